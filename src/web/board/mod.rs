//! What goes on in telephony now: calls, operators, queues. For a wall, and for the supervisor who steps in.

pub mod orders;
pub mod view;

use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;

use self::view::{BoardView, Recording};
use crate::domain::permission::Right;
use crate::web::auth::SignedIn;
use crate::web::cases::view::Viewer;
use crate::web::client::is_partial;
use crate::web::error::WebError;
use crate::web::page::{Page, html};
use crate::web::state::App;

#[derive(askama::Template)]
#[template(path = "board/show.html")]
pub struct BoardPage<'a> {
    pub page: &'a Page,
    pub view: BoardView,
}

/// What the live page replaces.
#[derive(askama::Template)]
#[template(path = "board/_board.html")]
pub struct BoardPart<'a> {
    pub page: &'a Page,
    pub view: BoardView,
}

pub async fn show(
    State(app): State<App>,
    signed_in: SignedIn,
    headers: HeaderMap,
) -> Result<Response, WebError> {
    signed_in.require(Right::ReadBoard)?;
    app.actions.list_viewed(&signed_in.actor(), "board").await?;
    let page = &signed_in.page;
    let telephony = app.telephony.as_ref().ok_or(WebError::NotFound)?;
    let directory = app.db.directory();
    let viewer = Viewer { locale: &page.locale, directory: &directory };
    let reasons = app.db.pause_reasons().await?;
    let view = view::board(&telephony.board(), &viewer, &reasons, &signed_in.user, page.supervises());
    if is_partial(&headers) { html(BoardPart { page, view }) } else { html(BoardPage { page, view }) }
}
