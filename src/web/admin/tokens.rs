//! Tokens of the API: what they may, as whom, until when, and when they were last used.

use axum::Form;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use jiff::SignedDuration;
use serde::Deserialize;

use crate::actions::ActionError;
use crate::domain::id::UserId;
use crate::domain::permission::{Right, Role, RoleRules};
use crate::domain::script::alphabetical;
use crate::store::token::{NewToken, TokenRow};
use crate::web::auth::SignedIn;
use crate::web::cases::view::Choice;
use crate::web::error::WebError;
use crate::web::page::{Page, html};
use crate::web::rights::words::role_name;
use crate::web::state::App;

#[derive(Debug)]
pub struct TokenView {
    pub id: i64,
    pub name: String,
    pub role: String,
    pub owner: String,
    pub created: String,
    pub until: String,
    pub used: String,
    pub state: String,
    pub works: bool,
    pub revocable: bool,
}

#[derive(askama::Template)]
#[template(path = "admin/tokens.html")]
pub struct TokensPage<'a> {
    pub page: &'a Page,
    pub tokens: Vec<TokenView>,
    pub roles: Vec<Choice>,
    pub owners: Vec<Choice>,
    pub days: Vec<Choice>,
    /// The new one, this once.
    pub secret: Option<String>,
    pub problem: Option<String>,
}

#[derive(Deserialize)]
pub struct TokenForm {
    name: String,
    /// Key of a role.
    role: String,
    #[serde(default)]
    owner: String,
    #[serde(default)]
    days: String,
}

pub async fn list(State(app): State<App>, signed_in: SignedIn) -> Result<Response, WebError> {
    signed_in.require(Right::ManageTokens)?;
    shown(&app, &signed_in, None, None).await
}

pub async fn create(
    State(app): State<App>,
    signed_in: SignedIn,
    Form(form): Form<TokenForm>,
) -> Result<Response, WebError> {
    let page = &signed_in.page;
    let refused = async || {
        let problem = Some(page.say("token-invalid"));
        let shown = shown(&app, &signed_in, None, problem).await?;
        Ok::<_, WebError>((StatusCode::UNPROCESSABLE_ENTITY, shown).into_response())
    };
    let Some(role) = page.directory.roles.iter().find(|role| role.key == form.role) else {
        return refused().await;
    };
    let days = form.days.parse::<i64>().ok().filter(|days| (1..=3_650).contains(days));
    let end = days.map(|days| SignedDuration::from_hours(days * 24));
    let new = NewToken {
        name: form.name,
        role: role.id,
        owner: form.owner.parse().ok().map(UserId),
        expires_at: end.and_then(|end| app.clock.now().saturating_add(end).ok()),
    };
    match app.actions.create_token(&signed_in.actor(), new).await {
        Ok(secret) => shown(&app, &signed_in, Some(secret), None).await,
        Err(ActionError::Invalid(_)) => refused().await,
        Err(other) => Err(other.into()),
    }
}

pub async fn revoke(
    State(app): State<App>,
    signed_in: SignedIn,
    Path(id): Path<i64>,
) -> Result<Response, WebError> {
    app.actions.revoke_token(&signed_in.actor(), id).await?;
    Ok(Redirect::to("/tokens").into_response())
}

async fn shown(
    app: &App,
    signed_in: &SignedIn,
    secret: Option<String>,
    problem: Option<String>,
) -> Result<Response, WebError> {
    let page = &signed_in.page;
    let tokens = app.db.tokens().await?.iter().map(|row| view(page, row)).collect();
    html(TokensPage {
        page,
        tokens,
        roles: roles(page),
        owners: owners(page),
        days: days(page),
        secret,
        problem,
    })
}

/// Key of the word for it.
fn state_key(page: &Page, row: &TokenRow) -> &'static str {
    let over = row.expires_at.is_some_and(|end| end <= page.locale.now);
    let owner = row.owner.and_then(|id| page.directory.user(id));
    let left = owner.is_some_and(|owner| !owner.active);
    match (row.revoked_at, over || left) {
        (Some(_), _) => "token-revoked",
        (None, true) => "token-over",
        (None, false) => "token-works",
    }
}

pub fn state(page: &Page, row: &TokenRow) -> String {
    page.say(state_key(page, row))
}

fn view(page: &Page, row: &TokenRow) -> TokenView {
    let owner = row.owner.and_then(|id| page.directory.user(id));
    let state = state_key(page, row);
    TokenView {
        id: row.id,
        name: row.name.clone(),
        role: page.directory.role(row.role).map(|role| role_name(page, role)).unwrap_or_default(),
        owner: owner.map_or_else(|| page.say("token-nobody"), |owner| page.name(&owner.name, None)),
        created: page.moment(row.created_at),
        until: row.expires_at.map_or_else(|| page.say("token-for-good"), |end| page.moment(end)),
        used: row.used_at.map_or_else(|| page.say("token-never"), |at| page.moment(at)),
        state: page.say(state),
        works: state == "token-works",
        revocable: row.revoked_at.is_none(),
    }
}

/// No token is an administrator.
fn roles(page: &Page) -> Vec<Choice> {
    let offered = |role: &&RoleRules| role.base != Role::Administrator;
    page.directory
        .roles
        .iter()
        .filter(offered)
        .map(|role| Choice { value: role.key.clone(), label: role_name(page, role), chosen: false })
        .collect()
}

fn owners(page: &Page) -> Vec<Choice> {
    let mut owners: Vec<Choice> = page
        .directory
        .users
        .iter()
        .filter(|user| user.active)
        .map(|user| Choice { value: user.id.to_string(), label: page.name(&user.name, None), chosen: false })
        .collect();
    owners.sort_by_key(|owner| alphabetical(&owner.label));
    owners
}

fn days(page: &Page) -> Vec<Choice> {
    ["30", "90", "365", ""]
        .map(|days| Choice {
            value: days.into(),
            label: page.say(&format!("token-days-{}", if days.is_empty() { "none" } else { days })),
            chosen: days == "365",
        })
        .into()
}

#[cfg(test)]
pub mod samples {
    use askama::Template as _;

    use super::*;
    use crate::domain::id::RoleId;

    pub fn tokens(page: &Page, words: &str) -> askama::Result<String> {
        let row = TokenRow {
            id: 1,
            name: words.into(),
            created_at: page.locale.now,
            role: RoleId(4),
            owner: page.user.as_ref().map(|user| user.id),
            expires_at: Some(page.locale.now),
            used_at: None,
            revoked_at: None,
        };
        TokensPage {
            page,
            tokens: vec![view(page, &row)],
            roles: roles(page),
            owners: owners(page),
            days: days(page),
            secret: Some(words.into()),
            problem: Some(words.into()),
        }
        .render()
    }
}
