//! `/macros`: named sequences of acts, and what one does to a case.

use axum::Json;
use axum::extract::rejection::{JsonRejection, PathRejection, QueryRejection};
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::problem::ApiError;
use super::templates::{ArchiveBody, Which, api, department};
use super::token::Client;
use super::work::{VersionDto, now};
use crate::actions::audit::What;
use crate::actions::case_macro::{CaseMacro, MacroChange, MacroError};
use crate::domain::case::Outcome;
use crate::domain::case_macro::{Act, Assignee};
use crate::domain::deadline::PauseReason;
use crate::domain::id::{CaseId, MacroId, TemplateId};
use crate::domain::timeline::Entry;
use crate::web::state::App;

#[derive(Debug, Serialize, ToSchema)]
pub struct MacroDto {
    pub id: i64,
    pub version: i64,
    #[schema(example = "Преузми и обавести грађанина")]
    pub name_sr: String,
    pub name_en: String,
    /// Key of the service whose officers see it; `null`: everybody.
    pub department: Option<String>,
    /// In the order in which they are taken: all, or none.
    pub acts: Vec<ActDto>,
    pub archived: bool,
}

/// One act, with what it names.
#[derive(Clone, Debug, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct ActDto {
    /// `take_up`, `assign`, `classify`, `forward`, `note`, `reply`, `answer`, `watch`, `pause_deadlines`, `resume_deadlines`,
    /// `put_back` or `close`.
    #[schema(example = "assign")]
    act: String,
    /// For `assign`: a log-in name, or `@me` for whoever uses the macro; left out: nobody.
    #[serde(skip_serializing_if = "Option::is_none")]
    user: Option<String>,
    /// Key of a category, for `classify`.
    #[serde(skip_serializing_if = "Option::is_none")]
    category: Option<String>,
    /// Key of a service, for `forward`.
    #[serde(skip_serializing_if = "Option::is_none")]
    department: Option<String>,
    /// Id of the template that `note`, `reply` or `answer` says; `forward` may have one.
    #[serde(skip_serializing_if = "Option::is_none")]
    template: Option<i64>,
    /// For `answer`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    outcome: Option<Outcome>,
    /// For `pause_deadlines`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    reason: Option<PauseReason>,
    #[serde(skip_serializing_if = "String::is_empty")]
    words: String,
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct MacroFields {
    name_sr: String,
    #[serde(default)]
    name_en: String,
    department: Option<String>,
    acts: Vec<ActDto>,
}

#[derive(Debug, Deserialize, ToSchema)]
pub struct MacroBody {
    /// As it was read.
    version: i64,
    #[serde(flatten)]
    fields: MacroFields,
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct UseBody {
    /// Of the case, as it was read.
    version: i64,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct WouldDto {
    /// Of the case as it is now; using the macro wants it back.
    version: i64,
    /// Status that the case would have.
    #[schema(example = "in_progress")]
    status: &'static str,
    /// What would come onto the timeline, oldest first.
    #[schema(value_type = Vec<Object>)]
    entries: Vec<Entry>,
}

#[utoipa::path(get, path = "/macros", tag = "templates", params(Which), responses(
    (status = 200, description = "Those that the token is offered", body = [MacroDto]),
))]
pub async fn list(
    State(app): State<App>,
    client: Client,
    which: Result<Query<Which>, QueryRejection>,
) -> Result<Json<Vec<MacroDto>>, ApiError> {
    let Query(which) = which.map_err(|e| ApiError::BadRequest(e.body_text()))?;
    let actor = client.actor();
    let macros = if which.all {
        app.actions.may_manage_templates(&actor)?;
        app.db.macros().await?
    } else {
        app.actions.macros_for(&actor).await?
    };
    Ok(Json(macros.iter().map(|one| dto(&app, one)).collect()))
}

#[utoipa::path(post, path = "/macros", tag = "templates", request_body = MacroFields, responses(
    (status = 201, description = "As it is kept", body = MacroDto),
    (status = 400, description = "Not the JSON that is expected, or no such service, category or user"),
    (status = 422, description = "An act that is not complete"),
))]
pub async fn add(
    State(app): State<App>,
    client: Client,
    fields: Result<Json<MacroFields>, JsonRejection>,
) -> Result<(StatusCode, Json<MacroDto>), ApiError> {
    let Json(fields) = fields.map_err(|e| ApiError::BadRequest(e.body_text()))?;
    let change = change(&app, fields)?;
    let id = app.actions.add_macro(&client.actor(), change).await.map_err(api)?;
    Ok((StatusCode::CREATED, Json(stored(&app, id).await?)))
}

#[utoipa::path(put, path = "/macros/{id}", tag = "templates", request_body = MacroBody,
    params(("id" = i64, Path, description = "`id` of a macro")), responses(
    (status = 200, description = "As it is now", body = MacroDto),
    (status = 400, description = "Not the JSON that is expected, or no such service, category or user"),
    (status = 404, description = "No such macro"),
    (status = 409, description = "Somebody else changed it"),
    (status = 422, description = "An act that is not complete"),
))]
pub async fn put(
    State(app): State<App>,
    client: Client,
    id: Result<Path<i64>, PathRejection>,
    body: Result<Json<MacroBody>, JsonRejection>,
) -> Result<Json<MacroDto>, ApiError> {
    let Path(id) = id.map_err(|_| ApiError::NotFound)?;
    let Json(body) = body.map_err(|e| ApiError::BadRequest(e.body_text()))?;
    let (id, change) = (MacroId(id), change(&app, body.fields)?);
    app.actions.change_macro(&client.actor(), id, body.version, change).await.map_err(api)?;
    Ok(Json(stored(&app, id).await?))
}

#[utoipa::path(post, path = "/macros/{id}/archive", tag = "templates", request_body = ArchiveBody,
    params(("id" = i64, Path, description = "`id` of a macro")), responses(
    (status = 200, description = "As it is now", body = MacroDto),
    (status = 404, description = "No such macro"),
    (status = 409, description = "Somebody else changed it"),
))]
pub async fn archive(
    State(app): State<App>,
    client: Client,
    id: Result<Path<i64>, PathRejection>,
    body: Result<Json<ArchiveBody>, JsonRejection>,
) -> Result<Json<MacroDto>, ApiError> {
    let Path(id) = id.map_err(|_| ApiError::NotFound)?;
    let Json(body) = body.map_err(|e| ApiError::BadRequest(e.body_text()))?;
    let id = MacroId(id);
    app.actions.archive_macro(&client.actor(), id, body.version, body.archived).await.map_err(api)?;
    Ok(Json(stored(&app, id).await?))
}

#[utoipa::path(get, path = "/cases/{id}/macros/{macro}", tag = "templates",
    params(("id" = i64, Path, description = "`id` of a case"), ("macro" = i64, Path, description = "`id` of a macro")), responses(
    (status = 200, description = "What using it would do; nothing is changed", body = WouldDto),
    (status = 404, description = "No such case or macro"),
    (status = 422, description = "An act that cannot be taken: which, and why"),
))]
pub async fn look(
    State(app): State<App>,
    client: Client,
    ids: Result<Path<(i64, i64)>, PathRejection>,
) -> Result<Json<WouldDto>, ApiError> {
    let Path((case, used)) = ids.map_err(|_| ApiError::NotFound)?;
    let (actor, case) = (client.actor(), CaseId(case));
    let would = app.actions.try_macro(&actor, case, MacroId(used)).await.map_err(carried)?;
    app.actions.viewed(&actor, What::CaseViewed, case).await?;
    let status = would.case.status.as_str();
    Ok(Json(WouldDto { version: would.version, status, entries: would.entries }))
}

#[utoipa::path(post, path = "/cases/{id}/macros/{macro}", tag = "templates", request_body = UseBody,
    params(("id" = i64, Path, description = "`id` of a case"), ("macro" = i64, Path, description = "`id` of a macro")), responses(
    (status = 200, description = "All its acts were taken", body = VersionDto),
    (status = 404, description = "No such case or macro"),
    (status = 409, description = "Somebody else changed the case"),
    (status = 422, description = "An act that cannot be taken: which, and why; nothing was changed"),
))]
pub async fn carry_out(
    State(app): State<App>,
    client: Client,
    ids: Result<Path<(i64, i64)>, PathRejection>,
    body: Result<Json<UseBody>, JsonRejection>,
) -> Result<Json<VersionDto>, ApiError> {
    let Path((case, used)) = ids.map_err(|_| ApiError::NotFound)?;
    let Json(body) = body.map_err(|e| ApiError::BadRequest(e.body_text()))?;
    let used = app.actions.use_macro(&client.actor(), CaseId(case), body.version, MacroId(used)).await;
    Ok(now(used.map_err(carried)?))
}

fn carried(error: MacroError) -> ApiError {
    match error {
        MacroError::Action(error) => ApiError::Action(error),
        stopped => ApiError::Unfit(stopped.to_string()),
    }
}

async fn stored(app: &App, id: MacroId) -> Result<MacroDto, ApiError> {
    let stored = app.db.case_macro(id).await?.ok_or(ApiError::NotFound)?;
    Ok(dto(app, &stored))
}

fn dto(app: &App, one: &CaseMacro) -> MacroDto {
    let directory = app.db.directory();
    let department = one.department.and_then(|id| directory.department(id));
    MacroDto {
        id: one.id.0,
        version: one.version,
        name_sr: one.name_sr.clone(),
        name_en: one.name_en.clone(),
        department: department.map(|service| service.key.clone()),
        acts: one.acts.iter().map(|act| act_dto(app, act)).collect(),
        archived: one.archived,
    }
}

const ME: &str = "@me";

fn act_dto(app: &App, act: &Act) -> ActDto {
    let directory = app.db.directory();
    let mut dto =
        ActDto { act: act.word().to_owned(), template: act.template().map(|id| id.0), ..ActDto::default() };
    match act {
        Act::Classify { category } => dto.category = directory.category(*category).map(|c| c.key.clone()),
        Act::Forward { to, .. } => dto.department = directory.department(*to).map(|d| d.key.clone()),
        Act::Assign { to: Assignee::Me } => dto.user = Some(ME.to_owned()),
        Act::Assign { to: Assignee::User(id) } => dto.user = directory.user(*id).map(|u| u.login.clone()),
        Act::Answer { outcome, .. } => dto.outcome = Some(*outcome),
        Act::PauseDeadlines { reason, words } => {
            dto.reason = Some(*reason);
            dto.words = words.clone();
        }
        _ => {}
    }
    dto
}

fn change(app: &App, fields: MacroFields) -> Result<MacroChange, ApiError> {
    let act = |(at, dto): (usize, &ActDto)| {
        act(app, dto)?.ok_or_else(|| ApiError::Unfit(format!("act {} is not complete", at + 1)))
    };
    Ok(MacroChange {
        department: department(app, fields.department.as_deref())?,
        acts: fields.acts.iter().enumerate().map(act).collect::<Result<_, _>>()?,
        name_sr: fields.name_sr,
        name_en: fields.name_en,
    })
}

/// `None`: something that it needs is left out.
fn act(app: &App, dto: &ActDto) -> Result<Option<Act>, ApiError> {
    let directory = app.db.directory();
    let unknown = |what: &str, name: &str| ApiError::BadRequest(format!("no such {what}: {name:?}"));
    let template = dto.template.map(TemplateId);
    Ok(match dto.act.as_str() {
        "take_up" => Some(Act::TakeUp),
        "put_back" => Some(Act::PutBack),
        "close" => Some(Act::Close),
        "watch" => Some(Act::Watch),
        "resume_deadlines" => Some(Act::ResumeDeadlines),
        "classify" => match dto.category.as_deref() {
            Some(key) => {
                let category = directory.category_by_key(key).ok_or_else(|| unknown("category", key))?.id;
                Some(Act::Classify { category })
            }
            None => None,
        },
        "assign" => {
            let to = match dto.user.as_deref() {
                None => Assignee::Nobody,
                Some(ME) => Assignee::Me,
                Some(login) => {
                    let user = directory.user_by_login(login).ok_or_else(|| unknown("user", login))?;
                    Assignee::User(user.id)
                }
            };
            Some(Act::Assign { to })
        }
        "forward" => department(app, dto.department.as_deref())?.map(|to| Act::Forward { to, template }),
        "note" => template.map(|template| Act::Note { template }),
        "reply" => template.map(|template| Act::Reply { template }),
        "answer" => dto.outcome.zip(template).map(|(outcome, template)| Act::Answer { outcome, template }),
        "pause_deadlines" => {
            dto.reason.map(|reason| Act::PauseDeadlines { reason, words: dto.words.clone() })
        }
        other => return Err(unknown("act", other)),
    })
}
