//! What the calls of a campaign play instead of reading.

use axum::body::Bytes;
use axum::extract::State;
use axum::http::StatusCode;

use super::campaigns::api;
use super::extract::Named;
use super::problem::ApiError;
use super::token::Client;
use crate::domain::id::CampaignId;
use crate::domain::permission::Right;
use crate::web::campaigns::recording::{NotTaken, forget, take};
use crate::web::state::App;

#[utoipa::path(put, path = "/campaigns/{id}/recording", tag = "campaigns",
    request_body(content = Vec<u8>, description = "A WAV file of up to five minutes", content_type = "audio/wav"),
    params(("id" = i64, Path, description = "`id` of a draft")), responses(
    (status = 204, description = "Calls play it"), (status = 409, description = "No draft any more"),
    (status = 422, description = "No recording, or no call can be made here"),
))]
pub async fn put(
    State(app): State<App>,
    client: Client,
    Named(id): Named<i64>,
    octets: Bytes,
) -> Result<StatusCode, ApiError> {
    let actor = client.actor();
    app.actions.allow(&actor, Right::ManageCampaigns)?;
    let taken = take(&app, &actor, CampaignId(id), octets.to_vec()).await;
    taken.map_err(|error| match error {
        NotTaken::NoCalls => ApiError::Unfit("no calls can be made here: telephony is not set up".into()),
        NotTaken::Speech(error) => ApiError::Unfit(error.to_string()),
        NotTaken::Campaign(error) => api(error),
    })?;
    Ok(StatusCode::NO_CONTENT)
}

#[utoipa::path(delete, path = "/campaigns/{id}/recording", tag = "campaigns",
    params(("id" = i64, Path, description = "`id` of a draft")), responses(
    (status = 204, description = "Calls read the words"), (status = 409, description = "No draft any more"),
))]
pub async fn remove(
    State(app): State<App>,
    client: Client,
    Named(id): Named<i64>,
) -> Result<StatusCode, ApiError> {
    let removed = app.actions.change_campaign_recording(&client.actor(), CampaignId(id), None).await;
    forget(&app, removed.map_err(api)?).await;
    Ok(StatusCode::NO_CONTENT)
}
