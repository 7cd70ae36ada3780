//! `/u/{token}`: the link at the end of a mail to many. Looking at it changes nothing, for many programs look at every link of a mail; the button
//! does, and so does the program of the reader by itself (RFC 8058). It says the same to everybody, so that nobody learns who is known here.

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::http::header::{CACHE_CONTROL, RETRY_AFTER};
use axum::response::{IntoResponse, Response};

use crate::web::auth::Visitor;
use crate::web::client::ClientAddress;
use crate::web::error::WebError;
use crate::web::page::{Page, html};
use crate::web::state::App;

#[derive(askama::Template)]
#[template(path = "opt_outs/unsubscribe.html")]
pub struct UnsubscribePage<'a> {
    pub page: &'a Page,
    pub token: &'a str,
    pub done: bool,
    pub too_many: bool,
}

pub async fn show(Visitor { page }: Visitor, Path(token): Path<String>) -> Result<Response, WebError> {
    let shown = html(UnsubscribePage { page: &page, token: &token, done: false, too_many: false })?;
    Ok(([(CACHE_CONTROL, "no-store")], shown).into_response())
}

/// What stands in the body is not asked for: the token is the word of whoever got the mail.
pub async fn unsubscribe(
    State(app): State<App>,
    Visitor { page }: Visitor,
    ClientAddress(address): ClientAddress,
    Path(token): Path<String>,
) -> Result<Response, WebError> {
    if let Err(too_many) = app.guard().unsubscribe(address) {
        tracing::warn!(%address, "too many links of mails are followed from one address");
        let shown = html(UnsubscribePage { page: &page, token: &token, done: false, too_many: true })?;
        let wait = (too_many.wait.as_secs() + 1).to_string();
        return Ok((StatusCode::TOO_MANY_REQUESTS, [(RETRY_AFTER, wait)], shown).into_response());
    }
    app.actions.unsubscribe(&token).await?;
    let shown = html(UnsubscribePage { page: &page, token: &token, done: true, too_many: false })?;
    Ok(([(CACHE_CONTROL, "no-store")], shown).into_response())
}
