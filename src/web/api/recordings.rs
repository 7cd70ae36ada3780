//! `GET /recordings/{id}`.

use axum::extract::rejection::PathRejection;
use axum::extract::{Path, State};
use axum::http::HeaderMap;
use axum::response::Response;

use super::problem::ApiError;
use super::token::Client;
use crate::domain::id::RecordingId;
use crate::domain::permission::Right;
use crate::web::cases::recording;
use crate::web::error::WebError;
use crate::web::state::App;

#[utoipa::path(get, path = "/recordings/{id}", tag = "recordings",
    params(("id" = i64, Path, description = "`id` of a recording"), ("Range" = Option<String>, Header, description = "`bytes=...`")),
    responses(
    (status = 200, description = "8 kHz, 16 bit", body = Vec<u8>, content_type = "audio/wav"),
    (status = 206, description = "The range that was asked for", body = Vec<u8>, content_type = "audio/wav"),
    (status = 404, description = "No such recording"),
    (status = 416, description = "The range is outside of the recording"),
))]
pub async fn sound(
    State(app): State<App>,
    client: Client,
    id: Result<Path<i64>, PathRejection>,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    let Path(id) = id.map_err(|_| ApiError::NotFound)?;
    let row = app.db.recording(RecordingId(id)).await?.ok_or(ApiError::NotFound)?;
    let actor = client.actor();
    app.actions.allow(&actor, Right::ListenRecordings)?;
    app.actions.may_read_recording(&actor, &row).await?;
    recording::sound(&app, &actor, &row, &headers).await.map_err(|why| match why {
        WebError::NotFound => ApiError::NotFound,
        _ => ApiError::Unreadable,
    })
}
