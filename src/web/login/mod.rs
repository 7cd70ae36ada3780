//! Log-in, log-out, choice of language.

use axum::Form;
use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use axum_extra::extract::CookieJar;
use serde::Deserialize;
use tower_sessions::Session;

use super::auth::{self, LANGUAGE_COOKIE, Visitor, local_path, store_error};
use super::client::ClientAddress;
use super::error::{WebError, percent};
use super::i18n::Language;
use super::page::{Page, html};
use super::state::App;

#[derive(askama::Template)]
#[template(path = "login.html")]
pub struct LoginPage<'a> {
    pub page: &'a Page,
    pub next: &'a str,
    pub name: &'a str,
    pub problem: Option<String>,
}

#[derive(Debug, Default, Deserialize)]
pub struct Next {
    next: Option<String>,
}

#[derive(Deserialize)]
pub struct LoginForm {
    name: String,
    password: String,
    next: Option<String>,
}

#[derive(Debug, Deserialize)]
pub struct LanguageForm {
    language: String,
    next: Option<String>,
}

pub async fn show(Visitor { page }: Visitor, Query(query): Query<Next>) -> Result<Response, WebError> {
    let next = local_path(query.next.as_deref());
    if page.user.is_some() {
        return Ok(Redirect::to(next).into_response());
    }
    html(LoginPage { page: &page, next, name: "", problem: None })
}

pub async fn log_in(
    State(app): State<App>,
    Visitor { page }: Visitor,
    ClientAddress(address): ClientAddress,
    from: auth::From,
    session: Session,
    Form(form): Form<LoginForm>,
) -> Result<Response, WebError> {
    let next = local_path(form.next.as_deref());
    let refused = |status: StatusCode, problem: String| {
        let shown = html(LoginPage { page: &page, next, name: &form.name, problem: Some(problem) })?;
        Ok::<_, WebError>((status, shown).into_response())
    };
    if let Err(too_many) = app.guard().log_in(address, &form.name) {
        tracing::warn!(%address, "too many tries to log in");
        let mut response = refused(StatusCode::TOO_MANY_REQUESTS, page.say("login-too-many"))?;
        let wait = too_many.wait.as_secs() + 1;
        response.headers_mut().insert(axum::http::header::RETRY_AFTER, wait.into());
        return Ok(response);
    }
    // A name that does not exist takes as long as a wrong password: the action sees to that.
    let Some(user) = app.actions.verify_login(&form.name, &form.password).await? else {
        app.actions.login_failed(&form.name, &address.to_string()).await?;
        metrics::counter!("odziv_web_logins_total", "result" => "refused").increment(1);
        return refused(StatusCode::UNPROCESSABLE_ENTITY, page.say("login-wrong"));
    };
    metrics::counter!("odziv_web_logins_total", "result" => "accepted").increment(1);
    // Not from memory: another node may have set it up a moment ago.
    if app.db.second_factor(user.id).await?.is_some_and(|known| known.confirmed) {
        auth::begin_half(&app, &session, user.id).await?;
        return Ok(Redirect::to(&format!("/login/code?next={}", percent(next))).into_response());
    }
    app.actions.logged_in(user.id, &address.to_string()).await?;
    auth::begin(&app, &session, user.id, &from).await?;
    Ok(Redirect::to(next).into_response())
}

#[derive(askama::Template)]
#[template(path = "login_code.html")]
pub struct CodePage<'a> {
    pub page: &'a Page,
    pub next: &'a str,
    pub problem: Option<String>,
}

#[derive(Deserialize)]
pub struct CodeForm {
    code: String,
    next: Option<String>,
}

pub async fn show_code(
    State(app): State<App>,
    Visitor { page }: Visitor,
    session: Session,
    Query(query): Query<Next>,
) -> Result<Response, WebError> {
    if auth::half(&app, &session).await?.is_none() {
        return Ok(Redirect::to("/login").into_response());
    }
    html(CodePage { page: &page, next: local_path(query.next.as_deref()), problem: None })
}

/// The second factor. As many tries as for the password.
pub async fn give_code(
    State(app): State<App>,
    Visitor { page }: Visitor,
    from: auth::From,
    session: Session,
    Form(form): Form<CodeForm>,
) -> Result<Response, WebError> {
    let Some(user) = auth::half(&app, &session).await? else {
        return Ok(Redirect::to("/login").into_response());
    };
    let next = local_path(form.next.as_deref());
    let refused = |status: StatusCode, problem: String| {
        let shown = html(CodePage { page: &page, next, problem: Some(problem) })?;
        Ok::<_, WebError>((status, shown).into_response())
    };
    if app.guard().check(&user.login).is_err() {
        return refused(StatusCode::TOO_MANY_REQUESTS, page.say("login-too-many"));
    }
    if !app.actions.second_factor_is_right(user.id, &form.code).await? {
        app.actions.login_failed(&user.login, &from.address).await?;
        return refused(StatusCode::UNPROCESSABLE_ENTITY, page.say("second-factor-wrong"));
    }
    app.actions.logged_in(user.id, &from.address).await?;
    auth::begin(&app, &session, user.id, &from).await?;
    Ok(Redirect::to(next).into_response())
}

pub async fn log_out(
    State(app): State<App>,
    Visitor { page }: Visitor,
    session: Session,
) -> Result<Redirect, WebError> {
    if let Some(user) = &page.user {
        app.actions.logged_out(user.id).await?;
    }
    session.flush().await.map_err(store_error)?;
    Ok(Redirect::to("/login"))
}

/// A year's cookie; people choose once.
pub async fn choose_language(
    State(app): State<App>,
    jar: CookieJar,
    Form(form): Form<LanguageForm>,
) -> Result<(CookieJar, Redirect), WebError> {
    let language = Language::from_code(&form.language).ok_or(WebError::NotFound)?;
    let cookie = auth::lasting(&app, LANGUAGE_COOKIE, language.code().to_owned());
    Ok((jar.add(cookie), Redirect::to(local_path(form.next.as_deref()))))
}
