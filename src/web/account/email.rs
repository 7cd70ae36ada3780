//! The address by which colleagues hear of their cases: set, confirmed by a code that is sent there, and what of it they want to hear.

use axum::Form;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use serde::Deserialize;
use tower_sessions::Session;

use super::shown;
use crate::actions::ActionError;
use crate::domain::alert::Alerts;
use crate::domain::id::UserId;
use crate::store::alert::UserEmail;
use crate::web::auth::SignedIn;
use crate::web::cases::view::Choice;
use crate::web::error::WebError;
use crate::web::page::Page;
use crate::web::state::App;

#[derive(Debug, Default)]
pub struct EmailView {
    /// Empty: none is known.
    pub address: String,
    pub confirmed: bool,
    /// A code was sent that was not typed yet.
    pub waits: bool,
    /// What the mail server of the address said when it took nothing.
    pub failed: String,
    pub alerts: Vec<Choice>,
}

impl EmailView {
    pub fn new(page: &Page, email: Option<&UserEmail>) -> Self {
        let Some(email) = email else { return Self::default() };
        let choice = |alerts: &Alerts| Choice {
            value: alerts.as_str().to_owned(),
            label: page.word("alerts", alerts.as_str()),
            chosen: *alerts == email.alerts,
        };
        Self {
            address: email.address.as_str().to_owned(),
            confirmed: email.confirmed_at.is_some(),
            waits: email.confirmed_at.is_none() && email.code.is_some(),
            failed: email.failed.clone().unwrap_or_default(),
            alerts: Alerts::ALL.iter().map(choice).collect(),
        }
    }

    /// Where it stands, in a word or two.
    pub fn state(&self, page: &Page) -> String {
        page.say(match (self.confirmed, self.waits) {
            (true, _) => "email-confirmed",
            (false, true) => "email-waits",
            (false, false) => "email-failed",
        })
    }
}

#[derive(Deserialize)]
pub struct AddressForm {
    #[serde(default)]
    address: String,
}

#[derive(Deserialize)]
pub struct CodeForm {
    code: String,
}

#[derive(Deserialize)]
pub struct AlertsForm {
    alerts: String,
}

pub async fn set(
    State(app): State<App>,
    signed_in: SignedIn,
    session: Session,
    Form(form): Form<AddressForm>,
) -> Result<Response, WebError> {
    let done = app.actions.set_user_email(&signed_in.actor(), signed_in.user.id, &form.address).await;
    answered(&app, &signed_in, &session, done.map(|()| true), "email-refused").await
}

pub async fn confirm(
    State(app): State<App>,
    signed_in: SignedIn,
    session: Session,
    Form(form): Form<CodeForm>,
) -> Result<Response, WebError> {
    let done = app.actions.confirm_user_email(&signed_in.actor(), &form.code).await;
    answered(&app, &signed_in, &session, done, "email-code-wrong").await
}

pub async fn set_alerts(
    State(app): State<App>,
    signed_in: SignedIn,
    session: Session,
    Form(form): Form<AlertsForm>,
) -> Result<Response, WebError> {
    let Ok(alerts) = form.alerts.parse::<Alerts>() else {
        return answered(&app, &signed_in, &session, Ok(false), "email-refused").await;
    };
    let done = app.actions.set_user_alerts(&signed_in.actor(), alerts).await;
    answered(&app, &signed_in, &session, done.map(|()| true), "email-refused").await
}

pub async fn remove(
    State(app): State<App>,
    signed_in: SignedIn,
    session: Session,
) -> Result<Response, WebError> {
    let done = app.actions.remove_user_email(&signed_in.actor(), signed_in.user.id).await;
    answered(&app, &signed_in, &session, done.map(|()| true), "email-refused").await
}

/// Of somebody else: an empty address takes the one of now away.
pub async fn set_of(
    State(app): State<App>,
    signed_in: SignedIn,
    Path(id): Path<i64>,
    Form(form): Form<AddressForm>,
) -> Result<Response, WebError> {
    let (actor, user) = (signed_in.actor(), UserId(id));
    let done = match form.address.trim() {
        "" => app.actions.remove_user_email(&actor, user).await,
        address => app.actions.set_user_email(&actor, user, address).await,
    };
    match done {
        Ok(()) => Ok(Redirect::to("/users").into_response()),
        Err(ActionError::Invalid(_)) => {
            crate::web::admin::users::refused(&app, &signed_in, signed_in.page.say("email-refused")).await
        }
        Err(other) => Err(other.into()),
    }
}

async fn answered(
    app: &App,
    signed_in: &SignedIn,
    session: &Session,
    done: Result<bool, ActionError>,
    problem: &str,
) -> Result<Response, WebError> {
    match done {
        Ok(true) => Ok(Redirect::to("/me?saved=1#email").into_response()),
        Ok(false) | Err(ActionError::Invalid(_)) => {
            let problem = Some(signed_in.page.say(problem));
            let page = shown(app, signed_in, session, None, problem).await?;
            Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response())
        }
        Err(other) => Err(other.into()),
    }
}
