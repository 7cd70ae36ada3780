//! `/dialer/session`: the line of the operator in whose name the token works.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use serde::Serialize;
use utoipa::ToSchema;

use super::dialer::{DialContactWhole, telephony, whole};
use super::problem::ApiError;
use super::token::Client;
use crate::domain::id::UserId;
use crate::domain::permission::Right;
use crate::telephony::handle::Order;
use crate::web::dialer::place::stand;
use crate::web::state::App;

#[derive(Debug, Serialize, ToSchema)]
pub struct DialSessionDto {
    /// `no_phone`, `away`, `waits`, `paused`, `looks`, `dials`, `talks`, `parts`, `wraps_up`.
    pub state: String,
    /// On the line: calls come without ringing.
    pub joined: bool,
    /// `id` of the attempt of which something is to be said, during the talk and after it.
    pub attempt: Option<i64>,
    pub campaign: Option<i64>,
    /// `id` of the version that is asked.
    pub survey_version: Option<i64>,
    /// Whom they look at, call or talk with.
    pub contact: Option<DialContactWhole>,
}

#[utoipa::path(get, path = "/dialer/session", tag = "campaigns", responses(
    (status = 200, description = "Where the operator stands, and with whom", body = DialSessionDto),
    (status = 422, description = "The token works in nobody's name"),
))]
pub async fn session(State(app): State<App>, client: Client) -> Result<Json<DialSessionDto>, ApiError> {
    let stand = stand(&app, operator(&app, &client)?).await?;
    let contact = match stand.contact {
        Some(contact) => {
            let actor = client.actor();
            app.actions.list_viewed(&actor, "campaign-recipients").await?;
            app.actions.people_listed(&actor, "campaign-recipients", contact.person.as_slice()).await?;
            Some(whole(&app, contact.id).await?)
        }
        None => None,
    };
    Ok(Json(DialSessionDto {
        state: stand.place.word().replace('-', "_"),
        joined: stand.joined,
        attempt: stand.attempt.map(|attempt| attempt.id.0),
        campaign: stand.campaign.as_ref().map(|campaign| campaign.id.0),
        survey_version: stand.campaign.and_then(|campaign| campaign.survey_version).map(|version| version.0),
        contact,
    }))
}

#[utoipa::path(post, path = "/dialer/session", tag = "campaigns", responses(
    (status = 202, description = "The phone of the user rings in whose name the token works; once it is answered, calls come to it without ringing"),
    (status = 404, description = "Telephony does not run"), (status = 422, description = "Not possible now, or in nobody's name"),
))]
pub async fn join(State(app): State<App>, client: Client) -> Result<StatusCode, ApiError> {
    order(&app, &client, |operator| Order::JoinSession { operator }).await
}

#[utoipa::path(delete, path = "/dialer/session", tag = "campaigns", responses(
    (status = 202, description = "The line is let go; a talk goes on to its end"),
    (status = 404, description = "Telephony does not run"), (status = 422, description = "There is none, or in nobody's name"),
))]
pub async fn leave(State(app): State<App>, client: Client) -> Result<StatusCode, ApiError> {
    order(&app, &client, |operator| Order::LeaveSession { operator }).await
}

async fn order(
    app: &App,
    client: &Client,
    order: impl FnOnce(UserId) -> Order,
) -> Result<StatusCode, ApiError> {
    let operator = operator(app, client)?;
    let done = telephony(app)?.order(order(operator)).await;
    done.map_err(|refused| ApiError::Unfit(refused.to_string()))?;
    Ok(StatusCode::ACCEPTED)
}

fn operator(app: &App, client: &Client) -> Result<UserId, ApiError> {
    app.actions.allow(&client.actor(), Right::ReadCases)?;
    client.token.owner.ok_or_else(|| ApiError::Unfit("the token works in nobody's name".into()))
}
