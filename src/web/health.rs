//! What the machines around us ask: does it live, may it be given work, what has it counted.

use axum::extract::State;
use axum::http::header::{AUTHORIZATION, CONTENT_TYPE};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};

use super::api::token;
use super::client::ClientAddress;
use super::state::{App, Part};

/// 503 with one line a reason while the database or a listener does not work.
pub async fn ready(State(app): State<App>) -> Response {
    let reasons = reasons(&app).await;
    if reasons.is_empty() {
        (StatusCode::OK, "ready\n").into_response()
    } else {
        (StatusCode::SERVICE_UNAVAILABLE, reasons.join("\n") + "\n").into_response()
    }
}

async fn reasons(app: &App) -> Vec<String> {
    let mut reasons = Vec::new();
    if let Err(why) = app.db.ping().await {
        reasons.push(format!("database: {why}"));
    }
    for (part, state) in app.health.parts() {
        if let Part::Down(why) = state {
            reasons.push(format!("{part}: {why}"));
        }
    }
    reasons
}

/// Prometheus text, for this machine and for holders of a token.
pub async fn metrics(
    State(app): State<App>,
    ClientAddress(address): ClientAddress,
    headers: HeaderMap,
) -> Response {
    let Some(handle) = &app.metrics else { return StatusCode::NOT_FOUND.into_response() };
    if !address.is_loopback() && token::verify(&app, headers.get(AUTHORIZATION)).await.is_err() {
        return StatusCode::FORBIDDEN.into_response();
    }
    ([(CONTENT_TYPE, "text/plain; version=0.0.4")], handle.render()).into_response()
}
