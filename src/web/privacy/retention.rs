//! For how long it is kept, by category; and what would go tonight.

use axum::Form;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use serde::Deserialize;

use crate::actions::retention::{MOST_DAYS, Rule, RuleError, WrongRule};
use crate::domain::permission::Right;
use crate::web::auth::SignedIn;
use crate::web::cases::view::{Choice, Viewer};
use crate::web::error::WebError;
use crate::web::page::{Page, html};
use crate::web::state::App;

#[derive(Debug)]
pub struct RuleView {
    /// Key of the category; empty: every other.
    pub category: String,
    pub name: String,
    pub keep_days: u32,
    pub recording_days: u32,
    pub legal_days: u32,
    pub basis: String,
}

#[derive(askama::Template)]
#[template(path = "privacy/retention.html")]
pub struct RetentionPage<'a> {
    pub page: &'a Page,
    pub rules: Vec<RuleView>,
    /// Categories without a rule of their own.
    pub others: Vec<Choice>,
    pub most_days: u32,
    /// What would go now: cases, recordings, requests.
    pub due: (String, String, String),
    pub problem: Option<String>,
}

#[derive(Debug, Deserialize)]
pub struct RuleForm {
    #[serde(default)]
    category: String,
    keep_days: String,
    recording_days: String,
    legal_days: String,
    #[serde(default)]
    basis: String,
}

#[derive(Debug, Deserialize)]
pub struct DropForm {
    category: String,
}

pub async fn show(State(app): State<App>, signed_in: SignedIn) -> Result<Response, WebError> {
    shown(&app, &signed_in, None).await
}

pub async fn save(
    State(app): State<App>,
    signed_in: SignedIn,
    Form(form): Form<RuleForm>,
) -> Result<Response, WebError> {
    // Before anything is said about the form.
    signed_in.require(Right::ErasePeople)?;
    let days = |text: &str| text.trim().parse::<u32>().ok();
    let read = (days(&form.keep_days), days(&form.recording_days), days(&form.legal_days));
    let (Some(keep_days), Some(recording_days), Some(legal_days)) = read else {
        return refused(&app, &signed_in, signed_in.page.say("retention-wrong-days")).await;
    };
    let rule = Rule { category: form.category, keep_days, recording_days, legal_days, basis: form.basis };
    match app.actions.put_retention_rule(&signed_in.actor(), rule).await {
        Ok(()) => Ok(Redirect::to("/retention").into_response()),
        Err(RuleError::Wrong(WrongRule::Days)) => {
            refused(&app, &signed_in, signed_in.page.say("retention-wrong-days")).await
        }
        Err(RuleError::Wrong(WrongRule::Basis)) => {
            refused(&app, &signed_in, signed_in.page.say("retention-wrong-basis")).await
        }
        Err(RuleError::Action(error)) => Err(error.into()),
    }
}

pub async fn remove(
    State(app): State<App>,
    signed_in: SignedIn,
    Form(form): Form<DropForm>,
) -> Result<Response, WebError> {
    app.actions.drop_retention_rule(&signed_in.actor(), &form.category).await?;
    Ok(Redirect::to("/retention").into_response())
}

async fn refused(app: &App, signed_in: &SignedIn, why: String) -> Result<Response, WebError> {
    let shown = shown(app, signed_in, Some(why)).await?;
    Ok((StatusCode::UNPROCESSABLE_ENTITY, shown).into_response())
}

async fn shown(app: &App, signed_in: &SignedIn, problem: Option<String>) -> Result<Response, WebError> {
    let page = &signed_in.page;
    let rules = app.actions.retention_rules(&signed_in.actor()).await?;
    let due = app.actions.retention_due(&signed_in.actor()).await?;
    let directory = app.db.directory();
    let viewer = Viewer { locale: &page.locale, directory: &directory };
    let free = |key: &str| rules.iter().all(|rule| rule.category != key);
    let others = directory.categories.iter().filter(|category| free(&category.key)).map(|category| Choice {
        value: category.key.clone(),
        label: viewer.category(category.id),
        chosen: false,
    });
    let others = others.collect();
    let name = |key: &str| match directory.category_by_key(key) {
        Some(category) => viewer.category(category.id),
        None if key.is_empty() => page.say("retention-others"),
        None => key.to_owned(),
    };
    let number = |count: usize| page.number(u64::try_from(count).unwrap_or(u64::MAX));
    html(RetentionPage {
        page,
        rules: rules
            .iter()
            .map(|rule| RuleView {
                name: name(&rule.category),
                category: rule.category.clone(),
                keep_days: rule.keep_days,
                recording_days: rule.recording_days,
                legal_days: rule.legal_days,
                basis: rule.basis.clone(),
            })
            .collect(),
        others,
        most_days: MOST_DAYS,
        due: (number(due.cases), number(due.recordings), number(due.requests)),
        problem,
    })
}
