//! Where somebody is logged in, and the end of it.

use axum::Form;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Redirect, Response};
use jiff::Timestamp;
use serde::Deserialize;
use sha2::{Digest, Sha256};
use tower_sessions::Session;

use crate::actions::second_factor::Sessions;
use crate::domain::id::UserId;
use crate::store::session::SessionRow;
use crate::web::auth::{SESSION_ADDRESS, SESSION_AGENT, SESSION_BEGAN, SESSION_SEEN, SignedIn};
use crate::web::error::WebError;
use crate::web::page::Page;
use crate::web::state::App;

#[derive(Debug)]
pub struct SessionView {
    /// Names it without being it: the id itself is what the cookie holds.
    pub mark: String,
    pub from: String,
    pub agent: String,
    pub began: String,
    pub seen: String,
    pub is_this: bool,
}

#[derive(Deserialize)]
pub struct EndForm {
    /// Empty: all but this one.
    #[serde(default)]
    mark: String,
}

/// One's own.
pub async fn end(
    State(app): State<App>,
    signed_in: SignedIn,
    session: Session,
    Form(form): Form<EndForm>,
) -> Result<Response, WebError> {
    let me = signed_in.user.id;
    let which = if form.mark.is_empty() {
        Sessions::AllBut(session.id().map(|id| id.to_string()))
    } else {
        let rows = app.actions.sessions(&signed_in.actor(), me).await?;
        let found = rows.into_iter().find(|row| mark(&row.id) == form.mark);
        Sessions::One(found.ok_or(WebError::NotFound)?.id)
    };
    app.actions.end_sessions(&signed_in.actor(), me, which).await?;
    Ok(Redirect::to("/me#sessions").into_response())
}

/// All of somebody else.
pub async fn end_of(
    State(app): State<App>,
    signed_in: SignedIn,
    Path(id): Path<i64>,
) -> Result<Response, WebError> {
    app.actions.end_sessions(&signed_in.actor(), UserId(id), Sessions::AllBut(None)).await?;
    Ok(Redirect::to("/users").into_response())
}

pub fn views(page: &Page, rows: &[SessionRow], own: Option<&str>) -> Vec<SessionView> {
    rows.iter().map(|row| view(page, row, own)).collect()
}

fn view(page: &Page, row: &SessionRow, own: Option<&str>) -> SessionView {
    let data: serde_json::Value = serde_json::from_str(&row.data).unwrap_or_default();
    let text = |key: &str| data.get(key).and_then(|v| v.as_str()).unwrap_or_default().to_owned();
    let at = |key: &str| {
        let second = data.get(key).and_then(serde_json::Value::as_i64);
        second.and_then(|s| Timestamp::from_second(s).ok()).map(|at| page.moment(at)).unwrap_or_default()
    };
    SessionView {
        mark: mark(&row.id),
        from: text(SESSION_ADDRESS),
        agent: text(SESSION_AGENT),
        began: at(SESSION_BEGAN),
        seen: at(SESSION_SEEN),
        is_this: own == Some(row.id.as_str()),
    }
}

fn mark(id: &str) -> String {
    Sha256::digest(id.as_bytes()).iter().take(12).map(|byte| format!("{byte:02x}")).collect()
}
