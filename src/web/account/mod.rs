//! One's own account: the password, the second factor, and where one is logged in.

pub mod email;
pub mod second_factor;
pub mod sessions;

use axum::Form;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use serde::Deserialize;
use tower_sessions::Session;

use self::email::EmailView;
use self::sessions::SessionView;
use crate::actions::ActionError;
use crate::actions::second_factor::Sessions;
use crate::actions::user::PASSWORD_MIN_CHARS;
use crate::web::auth::SignedIn;
use crate::web::error::WebError;
use crate::web::page::{Duty, Page, html};
use crate::web::state::App;

#[derive(askama::Template)]
#[template(path = "account/show.html")]
pub struct AccountPage<'a> {
    pub page: &'a Page,
    pub name: String,
    pub login: String,
    pub role: String,
    /// Somebody else chose the password, or the role wants a second factor: first of all this.
    pub must: Option<String>,
    pub has_second_factor: bool,
    pub needs_second_factor: bool,
    pub codes_left: String,
    pub email: EmailView,
    /// There is a mail server.
    pub sends_mail: bool,
    pub sessions: Vec<SessionView>,
    pub password_min: usize,
    pub notice: Option<String>,
    pub problem: Option<String>,
}

#[derive(Deserialize)]
pub struct PasswordForm {
    now: String,
    password: String,
    again: String,
}

pub async fn show(
    State(app): State<App>,
    signed_in: SignedIn,
    session: Session,
) -> Result<Response, WebError> {
    let notice = signed_in.page.here.contains("saved=1").then(|| signed_in.page.say("account-saved"));
    shown(&app, &signed_in, &session, notice, None).await
}

pub async fn set_password(
    State(app): State<App>,
    signed_in: SignedIn,
    session: Session,
    Form(form): Form<PasswordForm>,
) -> Result<Response, WebError> {
    let page = &signed_in.page;
    let refused = async |problem: String| {
        let page = shown(&app, &signed_in, &session, None, Some(problem)).await?;
        Ok::<_, WebError>((StatusCode::UNPROCESSABLE_ENTITY, page).into_response())
    };
    // A page that was left open must not be enough to take the account over.
    if app.guard().check(&signed_in.user.login).is_err() {
        return refused(page.say("login-too-many")).await;
    }
    if app.actions.verify_login(&signed_in.user.login, &form.now).await?.is_none() {
        return refused(page.say("account-wrong-password")).await;
    }
    if form.password != form.again {
        return refused(page.say("account-not-again")).await;
    }
    match app.actions.set_password(&signed_in.actor(), signed_in.user.id, &form.password).await {
        Ok(()) => {}
        Err(ActionError::Invalid(_)) => return refused(page.say("password-rules")).await,
        Err(other) => return Err(other.into()),
    }
    // Whoever knew the old one is out.
    let keep = session.id().map(|id| id.to_string());
    let others = Sessions::AllBut(keep);
    app.actions.end_sessions(&signed_in.actor(), signed_in.user.id, others).await?;
    Ok(Redirect::to("/me?saved=1").into_response())
}

pub(super) async fn shown(
    app: &App,
    signed_in: &SignedIn,
    session: &Session,
    notice: Option<String>,
    problem: Option<String>,
) -> Result<Response, WebError> {
    let (page, user) = (&signed_in.page, &signed_in.user);
    let has_second_factor = page.directory.second_factors.contains(&user.id);
    let left = if has_second_factor { app.db.recovery_codes_left(user.id).await? } else { 0 };
    let rows = app.actions.sessions(&signed_in.actor(), user.id).await?;
    let own = session.id().map(|id| id.to_string());
    html(AccountPage {
        page,
        name: page.name(&user.name, None),
        login: user.login.clone(),
        role: page.role_name(),
        must: page.duty().map(|duty| match duty {
            Duty::Password => page.say("account-must-password"),
            Duty::SecondFactor => page.say("account-must-second-factor"),
        }),
        has_second_factor,
        needs_second_factor: page.directory.role(user.role_id).is_some_and(|role| role.needs_second_factor),
        codes_left: page.count("account-codes-left", left),
        email: EmailView::new(page, app.db.user_email(user.id).await?.as_ref()),
        sends_mail: app.actions.sends_mail(),
        sessions: sessions::views(page, &rows, own.as_deref()),
        password_min: PASSWORD_MIN_CHARS,
        notice,
        problem,
    })
}

#[cfg(test)]
pub mod samples {
    use askama::Template as _;

    use super::*;

    pub fn account(page: &Page, words: &str, has_second_factor: bool) -> askama::Result<String> {
        AccountPage {
            page,
            name: words.into(),
            login: words.into(),
            role: words.into(),
            must: Some(words.into()),
            has_second_factor,
            needs_second_factor: true,
            codes_left: words.into(),
            email: EmailView {
                address: words.into(),
                confirmed: has_second_factor,
                waits: !has_second_factor,
                failed: words.into(),
                alerts: Vec::new(),
            },
            sends_mail: true,
            sessions: vec![SessionView {
                mark: "abc".into(),
                from: words.into(),
                agent: words.into(),
                began: words.into(),
                seen: words.into(),
                is_this: false,
            }],
            password_min: 10,
            notice: Some(words.into()),
            problem: Some(words.into()),
        }
        .render()
    }
}
