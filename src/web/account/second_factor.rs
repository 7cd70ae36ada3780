//! Setting up the authenticator: a QR code, the first code typed, and the codes for when it is lost.

use axum::Form;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use serde::Deserialize;
use tower_sessions::Session;

use super::shown;
use crate::actions::ActionError;
use crate::domain::id::UserId;
use crate::web::admin::phones::{QrView, qr};
use crate::web::auth::SignedIn;
use crate::web::error::WebError;
use crate::web::page::{Page, html};
use crate::web::state::App;

#[derive(askama::Template)]
#[template(path = "account/second_factor.html")]
pub struct SecondFactorPage<'a> {
    pub page: &'a Page,
    pub qr: Option<QrView>,
    pub secret: String,
    /// Shown this once, when the second factor is set up.
    pub codes: Vec<String>,
    pub problem: Option<String>,
}

#[derive(Deserialize)]
pub struct CodeForm {
    code: String,
}

pub async fn show(State(app): State<App>, signed_in: SignedIn) -> Result<Response, WebError> {
    set_up(&app, &signed_in, None).await
}

pub async fn confirm(
    State(app): State<App>,
    signed_in: SignedIn,
    Form(form): Form<CodeForm>,
) -> Result<Response, WebError> {
    match app.actions.confirm_second_factor(&signed_in.actor(), &form.code).await {
        Ok(codes) => {
            let page = &signed_in.page;
            html(SecondFactorPage { page, qr: None, secret: String::new(), codes, problem: None })
        }
        Err(ActionError::Invalid(_)) => {
            let problem = signed_in.page.say("second-factor-wrong");
            let page = set_up(&app, &signed_in, Some(problem)).await?;
            Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response())
        }
        Err(ActionError::Conflict) => Ok(Redirect::to("/me").into_response()),
        Err(other) => Err(other.into()),
    }
}

/// With a code of now, so that a page that was left open is not enough.
pub async fn remove(
    State(app): State<App>,
    signed_in: SignedIn,
    session: Session,
    Form(form): Form<CodeForm>,
) -> Result<Response, WebError> {
    let (page, user) = (&signed_in.page, signed_in.user.id);
    let refused = async |problem: String| {
        let page = shown(&app, &signed_in, &session, None, Some(problem)).await?;
        Ok::<_, WebError>((StatusCode::UNPROCESSABLE_ENTITY, page).into_response())
    };
    if app.guard().check(&signed_in.user.login).is_err() {
        return refused(page.say("login-too-many")).await;
    }
    if !app.actions.second_factor_is_right(user, &form.code).await? {
        return refused(page.say("second-factor-wrong")).await;
    }
    app.actions.remove_second_factor(&signed_in.actor(), user).await?;
    Ok(Redirect::to("/me?saved=1").into_response())
}

/// Of somebody whose telephone is lost.
pub async fn remove_of(
    State(app): State<App>,
    signed_in: SignedIn,
    Path(id): Path<i64>,
) -> Result<Response, WebError> {
    app.actions.remove_second_factor(&signed_in.actor(), UserId(id)).await?;
    Ok(Redirect::to("/users").into_response())
}

async fn set_up(app: &App, signed_in: &SignedIn, problem: Option<String>) -> Result<Response, WebError> {
    let page = &signed_in.page;
    let issuer = if page.municipality.is_empty() { "Odziv" } else { &page.municipality };
    let new = match app.actions.begin_second_factor(&signed_in.actor(), issuer).await {
        Ok(new) => new,
        Err(ActionError::Conflict) => return Ok(Redirect::to("/me").into_response()),
        Err(other) => return Err(other.into()),
    };
    let qr = qr(&new.address);
    html(SecondFactorPage { page, qr, secret: new.secret, codes: Vec::new(), problem })
}

#[cfg(test)]
pub mod samples {
    use askama::Template as _;

    use super::*;

    pub fn second_factor(page: &Page, words: &str, done: bool) -> askama::Result<String> {
        let codes = if done { vec![words.to_owned()] } else { Vec::new() };
        SecondFactorPage { page, qr: qr("x"), secret: words.into(), codes, problem: Some(words.into()) }
            .render()
    }
}
