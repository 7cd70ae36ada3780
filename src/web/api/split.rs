//! A matter within a case becomes a case of its own, and a part of it again.

use axum::Json;
use axum::extract::rejection::{JsonRejection, PathRejection};
use axum::extract::{Path, State};
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::problem::ApiError;
use super::token::Client;
use crate::actions::ActionError;
use crate::actions::split::{NewSplit, Whose};
use crate::domain::id::{CaseEventId, CaseId, PersonId};
use crate::web::state::App;

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SplitBody {
    version: i64,
    /// Key of the new case's category.
    #[schema(example = "roads")]
    category: String,
    /// What the new case is about.
    #[schema(example = "Не светли улична расвета")]
    words: String,
    #[serde(default)]
    place: String,
    /// `id`s of entries of the timeline that the new case is about too: contacts, files, notes.
    entries: Vec<i64>,
    /// Whose case the new one is: `same` as now, `nobody`, or `other` with `person`.
    #[schema(example = "same")]
    #[serde(default = "same")]
    whose: String,
    person: Option<i64>,
}

fn same() -> String {
    "same".into()
}

#[derive(Debug, Serialize, ToSchema)]
pub struct SplitDto {
    /// Of the new case.
    id: i64,
    number: String,
    /// That the case has now from which it was split off.
    version: i64,
}

#[utoipa::path(post, path = "/cases/{id}/split", tag = "cases", request_body = SplitBody,
    params(("id" = i64, Path, description = "`id` of a case")), responses(
    (status = 201, description = "A case of its own, with deadlines counted from the citizen's contact", body = SplitDto),
    (status = 409, description = "Somebody else changed the case"),
    (status = 422, description = "Entries that stay with their case, or none"),
))]
pub async fn split(
    State(app): State<App>,
    client: Client,
    id: Result<Path<i64>, PathRejection>,
    body: Result<Json<SplitBody>, JsonRejection>,
) -> Result<(StatusCode, Json<SplitDto>), ApiError> {
    let Path(id) = id.map_err(|_| ApiError::NotFound)?;
    let Json(body) = body.map_err(|e| ApiError::BadRequest(e.body_text()))?;
    let directory = app.db.directory();
    let category = directory.category_by_key(&body.category).map(|category| category.id);
    let missing =
        || ApiError::Action(ActionError::Invalid(format!("there is no category {:?}", body.category)));
    let whose = match (body.whose.as_str(), body.person) {
        ("same", None) => Whose::Same,
        ("nobody", None) => Whose::Nobody,
        ("other", Some(person)) => Whose::Other(PersonId(person)),
        _ => return Err(ApiError::BadRequest("whose is same, nobody, or other with a person".into())),
    };
    let new = NewSplit {
        category: category.ok_or_else(missing)?,
        words: body.words,
        place: body.place,
        whose,
        entries: body.entries.into_iter().map(CaseEventId).collect(),
    };
    let split = app.actions.split_case(&client.actor(), CaseId(id), body.version, new).await?;
    let dto = SplitDto { id: split.case.id.0, number: split.case.number.to_string(), version: split.version };
    Ok((StatusCode::CREATED, Json(dto)))
}

#[derive(Debug, Serialize, ToSchema)]
pub struct UnsplitDto {
    /// `id` of the case that it is a part of now.
    part_of: i64,
}

#[utoipa::path(post, path = "/cases/{id}/unsplit", tag = "cases",
    params(("id" = i64, Path, description = "`id` of a case that was split off from another one")), responses(
    (status = 200, description = "A part of the case that it comes from", body = UnsplitDto),
    (status = 422, description = "It was not split off, or something was done on it that cannot be taken back"),
))]
pub async fn unsplit(
    State(app): State<App>,
    client: Client,
    id: Result<Path<i64>, PathRejection>,
) -> Result<Json<UnsplitDto>, ApiError> {
    let Path(id) = id.map_err(|_| ApiError::NotFound)?;
    let from = app.actions.unsplit_case(&client.actor(), CaseId(id)).await.map_err(ActionError::from)?;
    Ok(Json(UnsplitDto { part_of: from.0 }))
}
