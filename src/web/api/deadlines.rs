//! `POST /cases/{id}/deadlines/{deadline}/pause`, `/resume`, `/extend`.

use axum::Json;
use axum::extract::rejection::{JsonRejection, PathRejection};
use axum::extract::{Path, State};
use serde::Deserialize;
use utoipa::ToSchema;

use super::dto::DeadlineDto;
use super::problem::ApiError;
use super::token::Client;
use crate::domain::deadline::PauseReason;
use crate::domain::id::{CaseId, DeadlineId};
use crate::web::state::App;

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewPause {
    /// `citizen`, `institution`, `prior_question`, `weather`, `other`.
    #[schema(value_type = String, example = "citizen")]
    reason: PauseReason,
    #[serde(default)]
    #[schema(example = "Тражена фотографија.")]
    words: String,
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewExtension {
    /// In the unit of the rule, at most `may_extend_by`.
    #[schema(example = 25)]
    by: u32,
    #[schema(example = "Велики број докумената.")]
    words: String,
}

type Ids = Result<Path<(i64, i64)>, PathRejection>;

#[utoipa::path(post, path = "/cases/{id}/deadlines/{deadline}/pause", tag = "cases", request_body = NewPause,
    params(("id" = i64, Path, description = "`id` of a case"), ("deadline" = i64, Path, description = "`id` of a deadline of it")), responses(
    (status = 200, description = "The clock stands still", body = DeadlineDto),
    (status = 404, description = "No such case or deadline"),
    (status = 422, description = "It does not run, or its time is over"),
))]
pub async fn pause(
    State(app): State<App>,
    client: Client,
    ids: Ids,
    pause: Result<Json<NewPause>, JsonRejection>,
) -> Result<Json<DeadlineDto>, ApiError> {
    let (case, deadline) = read(ids)?;
    let Json(pause) = pause.map_err(|e| ApiError::BadRequest(e.body_text()))?;
    app.actions.pause_deadline(&client.actor(), case, deadline, pause.reason, &pause.words).await?;
    answer(&app, case, deadline).await
}

#[utoipa::path(post, path = "/cases/{id}/deadlines/{deadline}/resume", tag = "cases",
    params(("id" = i64, Path, description = "`id` of a case"), ("deadline" = i64, Path, description = "`id` of a deadline of it")), responses(
    (status = 200, description = "It runs, and is due later by the time for which it stood", body = DeadlineDto),
    (status = 404, description = "No such case or deadline"),
    (status = 422, description = "It is not paused"),
))]
pub async fn resume(State(app): State<App>, client: Client, ids: Ids) -> Result<Json<DeadlineDto>, ApiError> {
    let (case, deadline) = read(ids)?;
    app.actions.resume_deadline(&client.actor(), case, deadline).await?;
    answer(&app, case, deadline).await
}

#[utoipa::path(post, path = "/cases/{id}/deadlines/{deadline}/extend", tag = "cases", request_body = NewExtension,
    params(("id" = i64, Path, description = "`id` of a case"), ("deadline" = i64, Path, description = "`id` of a deadline of it")), responses(
    (status = 200, description = "It is due later", body = DeadlineDto),
    (status = 404, description = "No such case or deadline"),
    (status = 422, description = "More than its profile allows, or without a reason"),
))]
pub async fn extend(
    State(app): State<App>,
    client: Client,
    ids: Ids,
    extension: Result<Json<NewExtension>, JsonRejection>,
) -> Result<Json<DeadlineDto>, ApiError> {
    let (case, deadline) = read(ids)?;
    let Json(extension) = extension.map_err(|e| ApiError::BadRequest(e.body_text()))?;
    app.actions.extend_deadline(&client.actor(), case, deadline, extension.by, &extension.words).await?;
    answer(&app, case, deadline).await
}

fn read(ids: Ids) -> Result<(CaseId, DeadlineId), ApiError> {
    let Path((case, deadline)) = ids.map_err(|_| ApiError::NotFound)?;
    Ok((CaseId(case), DeadlineId(deadline)))
}

async fn answer(app: &App, case: CaseId, deadline: DeadlineId) -> Result<Json<DeadlineDto>, ApiError> {
    let all = app.db.case_deadlines(case).await?;
    let own = all.iter().find(|own| own.id == deadline).ok_or(ApiError::NotFound)?;
    Ok(Json(DeadlineDto::new(own)))
}
