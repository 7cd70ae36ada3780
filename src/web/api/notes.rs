//! `POST /cases/{id}/notes`.

use axum::Json;
use axum::extract::rejection::{JsonRejection, PathRejection};
use axum::extract::{Path, State};
use axum::http::StatusCode;
use serde::Deserialize;
use utoipa::ToSchema;

use super::dto::CreatedDto;
use super::problem::ApiError;
use super::token::Client;
use crate::domain::id::CaseId;
use crate::web::state::App;

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewNote {
    #[schema(example = "Екипа је на терену.")]
    words: String,
}

#[utoipa::path(post, path = "/cases/{id}/notes", tag = "cases", request_body = NewNote,
    params(("id" = i64, Path, description = "`id` of a case")), responses(
    (status = 201, description = "The note is on the timeline", body = CreatedDto),
    (status = 422, description = "Empty or too long"),
))]
pub async fn add(
    State(app): State<App>,
    client: Client,
    id: Result<Path<i64>, PathRejection>,
    note: Result<Json<NewNote>, JsonRejection>,
) -> Result<(StatusCode, Json<CreatedDto>), ApiError> {
    let Path(id) = id.map_err(|_| ApiError::NotFound)?;
    let Json(note) = note.map_err(|e| ApiError::BadRequest(e.body_text()))?;
    let entry = app.actions.add_note(&client.actor(), CaseId(id), note.words.trim()).await?;
    Ok((StatusCode::CREATED, Json(CreatedDto { id: entry.0 })))
}
