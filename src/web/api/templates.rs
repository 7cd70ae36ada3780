//! `/templates`: words with fields that people write with, and what one says on a case.

use axum::Json;
use axum::extract::rejection::{JsonRejection, PathRejection, QueryRejection};
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::problem::ApiError;
use super::token::Client;
use crate::actions::audit::What;
use crate::actions::kept_template::{KeepError, KeptTemplate, TemplateChange};
use crate::domain::id::{CaseId, TemplateId};
use crate::domain::kept_template::{Field, TemplateKind};
use crate::web::state::App;

#[derive(Debug, Serialize, ToSchema)]
pub struct TemplateDto {
    pub id: i64,
    pub version: i64,
    #[schema(example = "Отклоњено на терену")]
    pub name_sr: String,
    pub name_en: String,
    /// `text`, `email`, `answer`, `note` or `letter`.
    #[schema(example = "answer")]
    pub kind: &'static str,
    /// Key of the service whose officers see it; `null`: everybody.
    pub department: Option<String>,
    /// In Serbian Cyrillic, with fields such as `{number}`.
    pub words_sr: String,
    pub words_en: String,
    pub archived: bool,
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct TemplateFields {
    name_sr: String,
    #[serde(default)]
    name_en: String,
    #[schema(value_type = String, example = "answer")]
    kind: TemplateKind,
    department: Option<String>,
    /// Fields: `{number}`, `{citizen}`, `{category}`, `{service}`, `{opened}`, `{due}`, `{address}`, `{officer}`, `{answer}`,
    /// `{municipality}`, `{today}`.
    #[schema(example = "Проблем на адреси {address} је отклоњен.")]
    words_sr: String,
    #[serde(default)]
    words_en: String,
}

#[derive(Debug, Deserialize, ToSchema)]
pub struct TemplateBody {
    /// As it was read.
    version: i64,
    #[serde(flatten)]
    fields: TemplateFields,
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ArchiveBody {
    /// As it was read.
    pub version: i64,
    /// `false`: back into use.
    pub archived: bool,
}

#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
pub struct Which {
    /// Also what is archived or another service's; needs the right to manage templates.
    #[serde(default)]
    pub all: bool,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct FilledDto {
    /// What the template is for.
    pub kind: &'static str,
    /// In the language of the case's citizen. A gap stands as `[[address]]`, and words with one are not sent.
    pub words: String,
    /// Fields that the case has nothing for.
    #[schema(value_type = Vec<String>, example = json!(["address"]))]
    pub gaps: Vec<Field>,
}

#[utoipa::path(get, path = "/templates", tag = "templates", params(Which), responses(
    (status = 200, description = "Those that the token is offered", body = [TemplateDto]),
))]
pub async fn list(
    State(app): State<App>,
    client: Client,
    which: Result<Query<Which>, QueryRejection>,
) -> Result<Json<Vec<TemplateDto>>, ApiError> {
    let Query(which) = which.map_err(|e| ApiError::BadRequest(e.body_text()))?;
    let actor = client.actor();
    let templates = if which.all {
        app.actions.may_manage_templates(&actor)?;
        app.db.kept_templates().await?
    } else {
        app.actions.templates_for(&actor).await?
    };
    Ok(Json(templates.iter().map(|one| dto(&app, one)).collect()))
}

#[utoipa::path(post, path = "/templates", tag = "templates", request_body = TemplateFields, responses(
    (status = 201, description = "As it is kept", body = TemplateDto),
    (status = 400, description = "Not the JSON that is expected, or no such service"),
    (status = 422, description = "An unknown field, with its place in the words; or too long"),
))]
pub async fn add(
    State(app): State<App>,
    client: Client,
    fields: Result<Json<TemplateFields>, JsonRejection>,
) -> Result<(StatusCode, Json<TemplateDto>), ApiError> {
    let Json(fields) = fields.map_err(|e| ApiError::BadRequest(e.body_text()))?;
    let change = change(&app, fields)?;
    let id = app.actions.add_template(&client.actor(), change).await.map_err(api)?;
    Ok((StatusCode::CREATED, Json(stored(&app, id).await?)))
}

#[utoipa::path(put, path = "/templates/{id}", tag = "templates", request_body = TemplateBody,
    params(("id" = i64, Path, description = "`id` of a template")), responses(
    (status = 200, description = "As it is now", body = TemplateDto),
    (status = 400, description = "Not the JSON that is expected, or no such service"),
    (status = 404, description = "No such template"),
    (status = 409, description = "Somebody else changed it"),
    (status = 422, description = "An unknown field, with its place in the words; or too long"),
))]
pub async fn put(
    State(app): State<App>,
    client: Client,
    id: Result<Path<i64>, PathRejection>,
    body: Result<Json<TemplateBody>, JsonRejection>,
) -> Result<Json<TemplateDto>, ApiError> {
    let Path(id) = id.map_err(|_| ApiError::NotFound)?;
    let Json(body) = body.map_err(|e| ApiError::BadRequest(e.body_text()))?;
    let (id, change) = (TemplateId(id), change(&app, body.fields)?);
    app.actions.change_template(&client.actor(), id, body.version, change).await.map_err(api)?;
    Ok(Json(stored(&app, id).await?))
}

#[utoipa::path(post, path = "/templates/{id}/archive", tag = "templates", request_body = ArchiveBody,
    params(("id" = i64, Path, description = "`id` of a template")), responses(
    (status = 200, description = "As it is now", body = TemplateDto),
    (status = 404, description = "No such template"),
    (status = 409, description = "Somebody else changed it"),
    (status = 422, description = "Macros need it"),
))]
pub async fn archive(
    State(app): State<App>,
    client: Client,
    id: Result<Path<i64>, PathRejection>,
    body: Result<Json<ArchiveBody>, JsonRejection>,
) -> Result<Json<TemplateDto>, ApiError> {
    let Path(id) = id.map_err(|_| ApiError::NotFound)?;
    let Json(body) = body.map_err(|e| ApiError::BadRequest(e.body_text()))?;
    let (id, actor) = (TemplateId(id), client.actor());
    app.actions.archive_template(&actor, id, body.version, body.archived).await.map_err(api)?;
    Ok(Json(stored(&app, id).await?))
}

#[utoipa::path(get, path = "/cases/{id}/templates/{template}", tag = "templates",
    params(("id" = i64, Path, description = "`id` of a case"), ("template" = i64, Path, description = "`id` of a template")), responses(
    (status = 200, description = "What it says on the case", body = FilledDto),
    (status = 404, description = "No such case or template"),
))]
pub async fn fill(
    State(app): State<App>,
    client: Client,
    ids: Result<Path<(i64, i64)>, PathRejection>,
) -> Result<Json<FilledDto>, ApiError> {
    let Path((case, template)) = ids.map_err(|_| ApiError::NotFound)?;
    let (case, template) = (CaseId(case), TemplateId(template));
    let filled = app.actions.fill_template(&client.actor(), case, template, Vec::new()).await?;
    app.actions.viewed(&client.actor(), What::CaseViewed, case).await?;
    Ok(Json(FilledDto { kind: filled.kind.as_str(), words: filled.words, gaps: filled.gaps }))
}

async fn stored(app: &App, id: TemplateId) -> Result<TemplateDto, ApiError> {
    let template = app.db.kept_template(id).await?.ok_or(ApiError::NotFound)?;
    Ok(dto(app, &template))
}

fn dto(app: &App, template: &KeptTemplate) -> TemplateDto {
    let directory = app.db.directory();
    let department = template.department.and_then(|id| directory.department(id));
    TemplateDto {
        id: template.id.0,
        version: template.version,
        name_sr: template.name_sr.clone(),
        name_en: template.name_en.clone(),
        kind: template.kind.as_str(),
        department: department.map(|service| service.key.clone()),
        words_sr: template.words_sr.clone(),
        words_en: template.words_en.clone(),
        archived: template.archived,
    }
}

fn change(app: &App, fields: TemplateFields) -> Result<TemplateChange, ApiError> {
    Ok(TemplateChange {
        department: department(app, fields.department.as_deref())?,
        name_sr: fields.name_sr,
        name_en: fields.name_en,
        kind: fields.kind,
        words_sr: fields.words_sr,
        words_en: fields.words_en,
    })
}

pub fn department(app: &App, key: Option<&str>) -> Result<Option<crate::domain::id::DepartmentId>, ApiError> {
    let Some(key) = key else { return Ok(None) };
    let directory = app.db.directory();
    let found = directory.department_by_key(key).map(|service| service.id);
    found.map(Some).ok_or_else(|| ApiError::BadRequest(format!("no such service: {key:?}")))
}

/// Of templates and of macros.
pub fn api(error: KeepError) -> ApiError {
    match error {
        KeepError::Action(error) => ApiError::Action(error),
        other => ApiError::Unfit(other.to_string()),
    }
}
