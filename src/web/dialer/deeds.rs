//! What is done with a dialling campaign by a button: started, paused, resumed, stopped.

use axum::Form;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Redirect, Response};
use serde::Deserialize;

use super::whole;
use crate::actions::dialer::DialError;
use crate::domain::id::DialCampaignId;
use crate::web::auth::SignedIn;
use crate::web::error::WebError;
use crate::web::state::App;

#[derive(Debug, Deserialize)]
pub struct Seen {
    /// The campaign as the page showed it.
    version: i64,
}

pub async fn start(
    State(app): State<App>,
    signed_in: SignedIn,
    Path(id): Path<i64>,
    Form(seen): Form<Seen>,
) -> Result<Response, WebError> {
    let id = DialCampaignId(id);
    let done = app.actions.start_dial_campaign(&signed_in.actor(), (id, seen.version)).await;
    back(&signed_in, id, done)
}

pub async fn pause(
    State(app): State<App>,
    signed_in: SignedIn,
    Path(id): Path<i64>,
) -> Result<Response, WebError> {
    let id = DialCampaignId(id);
    back(&signed_in, id, app.actions.pause_dial_campaign(&signed_in.actor(), id).await)
}

pub async fn resume(
    State(app): State<App>,
    signed_in: SignedIn,
    Path(id): Path<i64>,
) -> Result<Response, WebError> {
    let id = DialCampaignId(id);
    back(&signed_in, id, app.actions.resume_dial_campaign(&signed_in.actor(), id).await)
}

pub async fn stop(
    State(app): State<App>,
    signed_in: SignedIn,
    Path(id): Path<i64>,
) -> Result<Response, WebError> {
    let id = DialCampaignId(id);
    back(&signed_in, id, app.actions.stop_dial_campaign(&signed_in.actor(), id).await)
}

fn back(signed_in: &SignedIn, id: DialCampaignId, done: Result<(), DialError>) -> Result<Response, WebError> {
    done.map_err(|error| whole(&signed_in.page, error))?;
    Ok(Redirect::to(&format!("/dialer/{id}")).into_response())
}
