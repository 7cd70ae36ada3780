//! `/board`, `/board/calls/{call}`, `/safety`: who calls now, stepping in, and who is turned away.

use std::net::IpAddr;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use utoipa::ToSchema;

use super::extract::{Named, Sent};
use super::problem::ApiError;
use super::token::Client;
use crate::domain::id::UserId;
use crate::domain::permission::Right;
use crate::telephony::handle::TelephonyHandle;
use crate::web::board::orders::{Intervention, order_for};
use crate::web::state::App;

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct OrderBody {
    /// `listened_in`, `whispered`, `joined_in` (the phone of the user rings in whose name the token works), `hung_up`,
    /// `recording_paused` or `recording_resumed`.
    #[schema(value_type = String, example = "recording_paused")]
    what: Intervention,
}

fn telephony(app: &App) -> Result<&TelephonyHandle, ApiError> {
    app.telephony.as_ref().ok_or(ApiError::NotFound)
}

fn person(client: &Client) -> Result<UserId, ApiError> {
    client.token.owner.ok_or_else(|| ApiError::Unfit("the token works in nobody's name".into()))
}

#[utoipa::path(get, path = "/board", tag = "telephony", responses(
    (status = 200, description = "Calls, operators and queues of this moment", body = Object),
    (status = 404, description = "Telephony does not run"),
))]
pub async fn board(State(app): State<App>, client: Client) -> Result<Response, ApiError> {
    app.actions.allow(&client.actor(), Right::ReadBoard)?;
    app.actions.list_viewed(&client.actor(), "board").await?;
    Ok(Json(&*telephony(&app)?.board()).into_response())
}

#[utoipa::path(post, path = "/board/calls/{call}", tag = "telephony", request_body = OrderBody,
    params(("call" = u64, Path, description = "`call` of the board")), responses(
    (status = 202, description = "It is done, and on the case's timeline"),
    (status = 422, description = "Not possible now, or the token works in nobody's name"),
))]
pub async fn order(
    State(app): State<App>,
    client: Client,
    Named(call): Named<u64>,
    Sent(body): Sent<OrderBody>,
) -> Result<StatusCode, ApiError> {
    app.actions.allow(&client.actor(), Right::Supervise)?;
    let order = order_for(body.what, call, person(&client)?);
    tracing::info!(call, token = client.token.id, what = ?body.what, "a program steps in");
    telephony(&app)?.order(order).await.map_err(|refused| ApiError::Unfit(refused.to_string()))?;
    Ok(StatusCode::ACCEPTED)
}

#[utoipa::path(get, path = "/safety", tag = "telephony", responses(
    (status = 200, description = "Bans, the loudest sources, what was turned away", body = Object),
    (status = 404, description = "Telephony does not run"),
))]
pub async fn safety(State(app): State<App>, client: Client) -> Result<Response, ApiError> {
    app.actions.allow(&client.actor(), Right::ManageSettings)?;
    Ok(Json(telephony(&app)?.door().safety()).into_response())
}

#[utoipa::path(delete, path = "/safety/bans/{address}", tag = "telephony",
    params(("address" = String, Path, description = "An IP address")), responses(
    (status = 204, description = "It is heard again"),
    (status = 404, description = "No address, or telephony does not run"),
    (status = 422, description = "The token works in nobody's name"),
))]
pub async fn lift(
    State(app): State<App>,
    client: Client,
    Named(address): Named<IpAddr>,
) -> Result<StatusCode, ApiError> {
    app.actions.allow(&client.actor(), Right::ManageSettings)?;
    telephony(&app)?.door().lift_ban(address, person(&client)?).await;
    Ok(StatusCode::NO_CONTENT)
}
