//! `POST /cases/{id}/mails`: to the citizen; `POST /cases/{id}/forwarded-mails`: to an institution or an officer, whose answer comes back.

use axum::Json;
use axum::extract::rejection::{JsonRejection, PathRejection};
use axum::extract::{Path, State};
use axum::http::StatusCode;
use serde::Deserialize;
use utoipa::ToSchema;

use super::dto::CreatedDto;
use super::problem::ApiError;
use super::token::Client;
use crate::actions::ActionError;
use crate::actions::mail::ForwardMail;
use crate::domain::email::EmailAddress;
use crate::domain::id::{AttachmentId, CaseId};
use crate::domain::mail::MailParty;
use crate::web::state::App;

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewMail {
    #[schema(example = "Поштовани, рупа је закрпљена.")]
    words: String,
    /// Files of the case that go with it, by their ids.
    #[serde(default)]
    files: Vec<i64>,
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewForwardedMail {
    #[schema(example = "vodovod@grad.rs")]
    to: String,
    /// `institution` or `officer`
    #[schema(example = "institution")]
    party: String,
    /// What is asked of them.
    #[schema(example = "Молимо за изјашњење у року од пет дана.")]
    note: String,
    #[serde(default)]
    files: Vec<i64>,
}

#[utoipa::path(post, path = "/cases/{id}/mails", tag = "cases", request_body = NewMail,
    params(("id" = i64, Path, description = "`id` of a case")), responses(
    (status = 201, description = "The e-mail to the citizen is on the timeline and on its way", body = CreatedDto),
    (status = 422, description = "No words, no known address, or no e-mail configured"),
))]
pub async fn reply(
    State(app): State<App>,
    client: Client,
    id: Result<Path<i64>, PathRejection>,
    mail: Result<Json<NewMail>, JsonRejection>,
) -> Result<(StatusCode, Json<CreatedDto>), ApiError> {
    let Path(id) = id.map_err(|_| ApiError::NotFound)?;
    let Json(mail) = mail.map_err(|e| ApiError::BadRequest(e.body_text()))?;
    let files = mail.files.into_iter().map(AttachmentId).collect();
    let entry = app.actions.reply_by_mail(&client.actor(), CaseId(id), &mail.words, files).await?;
    Ok((StatusCode::CREATED, Json(CreatedDto { id: entry.0 })))
}

#[utoipa::path(post, path = "/cases/{id}/forwarded-mails", tag = "cases", request_body = NewForwardedMail,
    params(("id" = i64, Path, description = "`id` of a case")), responses(
    (status = 201, description = "The facts of the case are on their way to somebody who may answer the mail", body = CreatedDto),
    (status = 422, description = "Not an address, no note, or no e-mail configured"),
))]
pub async fn forward(
    State(app): State<App>,
    client: Client,
    id: Result<Path<i64>, PathRejection>,
    mail: Result<Json<NewForwardedMail>, JsonRejection>,
) -> Result<(StatusCode, Json<CreatedDto>), ApiError> {
    let Path(id) = id.map_err(|_| ApiError::NotFound)?;
    let Json(mail) = mail.map_err(|e| ApiError::BadRequest(e.body_text()))?;
    let invalid = |why: String| ApiError::from(ActionError::Invalid(why));
    let forward = ForwardMail {
        to: EmailAddress::parse(&mail.to).map_err(|e| invalid(format!("to: {e}")))?,
        party: mail.party.parse::<MailParty>().map_err(|e| invalid(e.to_string()))?,
        note: mail.note,
        files: mail.files.into_iter().map(AttachmentId).collect(),
    };
    let entry = app.actions.forward_by_mail(&client.actor(), CaseId(id), forward).await?;
    Ok((StatusCode::CREATED, Json(CreatedDto { id: entry.0 })))
}
