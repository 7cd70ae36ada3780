//! First start: the one-time link makes the first administrator.

use axum::Form;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use serde::Deserialize;
use tower_sessions::Session;

use super::auth::{self, Visitor};
use super::client::ClientAddress;
use super::error::WebError;
use super::page::{Page, html};
use super::state::App;
use crate::actions::ActionError;
use crate::actions::user::{NewUser, PASSWORD_MIN_CHARS};
use crate::domain::permission::Role;

#[derive(askama::Template)]
#[template(path = "setup.html")]
pub struct SetupPage<'a> {
    pub page: &'a Page,
    pub name: &'a str,
    pub login: &'a str,
    pub problem: Option<String>,
    pub password_min: usize,
}

#[derive(Deserialize)]
pub struct SetupForm {
    name: String,
    login: String,
    password: String,
    again: String,
}

pub async fn show(
    State(app): State<App>,
    Visitor { page }: Visitor,
    Path(secret): Path<String>,
) -> Result<Response, WebError> {
    if !app.actions.setup_link_open(&secret).await? {
        return Err(WebError::NotFound);
    }
    html(SetupPage { page: &page, name: "", login: "", problem: None, password_min: PASSWORD_MIN_CHARS })
}

pub async fn create(
    State(app): State<App>,
    Visitor { page }: Visitor,
    ClientAddress(address): ClientAddress,
    from: auth::From,
    session: Session,
    Path(secret): Path<String>,
    Form(form): Form<SetupForm>,
) -> Result<Response, WebError> {
    app.guard().log_in(address, "/setup").map_err(|too_many| WebError::TooMany { wait: too_many.wait })?;
    let refused = |problem: String| {
        let password_min = PASSWORD_MIN_CHARS;
        let shown = html(SetupPage {
            page: &page,
            name: &form.name,
            login: &form.login,
            problem: Some(problem),
            password_min,
        })?;
        Ok::<_, WebError>((StatusCode::UNPROCESSABLE_ENTITY, shown).into_response())
    };
    if form.password != form.again {
        return refused(page.say("password-differs"));
    }
    if form.password.chars().count() < PASSWORD_MIN_CHARS {
        return refused(page.count("password-short", i64::try_from(PASSWORD_MIN_CHARS).unwrap_or(i64::MAX)));
    }
    let user = NewUser {
        login: form.login.trim().to_lowercase(),
        name: form.name.trim().to_owned(),
        role: Role::Administrator,
        department: None,
        password: form.password.clone(),
    };
    match app.actions.use_setup_link(&secret, user).await {
        Ok(user) => {
            auth::begin(&app, &session, user, &from).await?;
            Ok(Redirect::to("/").into_response())
        }
        Err(ActionError::Invalid(_)) => refused(page.say("user-invalid")),
        Err(other) => Err(other.into()),
    }
}
