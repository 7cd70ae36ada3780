//! Verbs on one case: where it stands, with whom it is, what its citizen is told. Every change names the version that the client read.

use axum::Json;
use axum::extract::rejection::{JsonRejection, PathRejection};
use axum::extract::{Path, State};
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::dto::CreatedDto;
use super::problem::ApiError;
use super::token::Client;
use crate::actions::audit::What;
use crate::actions::outcome::{NewAnswer, Settled};
use crate::domain::case::{Outcome, Status};
use crate::domain::id::{CaseId, NoticeId, UserId};
use crate::domain::link::LinkKind;
use crate::domain::notice::{ByHand, Way};
use crate::store::notice::Notice;
use crate::web::state::App;

type Body<T> = Result<Json<T>, JsonRejection>;
type Id = Result<Path<i64>, PathRejection>;

/// The version that the case has now.
#[derive(Debug, Serialize, ToSchema)]
pub struct VersionDto {
    #[schema(example = 7)]
    pub version: i64,
}

fn read<T>(id: Id, body: Body<T>) -> Result<(CaseId, T), ApiError> {
    let Path(id) = id.map_err(|_| ApiError::NotFound)?;
    let Json(body) = body.map_err(|e| ApiError::BadRequest(e.body_text()))?;
    Ok((CaseId(id), body))
}

pub(super) fn now(version: i64) -> Json<VersionDto> {
    Json(VersionDto { version })
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AnswerBody {
    version: i64,
    /// `resolved`, `unfounded`, `not_competent`, `duplicate`, `withdrawn`.
    #[schema(value_type = String, example = "resolved")]
    outcome: Outcome,
    /// For the citizen.
    #[serde(default)]
    words: String,
    /// Why nothing is said to the citizen, when `words` are empty.
    #[serde(default)]
    silence: String,
    /// For colleagues.
    #[serde(default)]
    note: String,
}

#[utoipa::path(post, path = "/cases/{id}/answer", tag = "cases", request_body = AnswerBody,
    params(("id" = i64, Path, description = "`id` of a case")), responses(
    (status = 200, description = "The case has its outcome, and the citizen is told", body = VersionDto),
    (status = 409, description = "Somebody else changed the case"),
    (status = 422, description = "Not from this status, or without words"),
))]
pub async fn answer(
    State(app): State<App>,
    client: Client,
    id: Id,
    body: Body<AnswerBody>,
) -> Result<Json<VersionDto>, ApiError> {
    let (case, body) = read(id, body)?;
    let AnswerBody { version, outcome, words, silence, note } = body;
    let answer = NewAnswer { outcome, words, silence, note };
    Ok(now(app.actions.answer_case(&client.actor(), case, version, answer).await?))
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct StatusBody {
    version: i64,
    /// `in_progress`, `new` or `closed`.
    #[schema(value_type = String, example = "in_progress")]
    status: Status,
}

#[utoipa::path(post, path = "/cases/{id}/status", tag = "cases", request_body = StatusBody,
    params(("id" = i64, Path, description = "`id` of a case")), responses(
    (status = 200, description = "Taken up, put back or closed", body = VersionDto),
    (status = 409, description = "Somebody else changed the case"),
    (status = 422, description = "Not from this status"),
))]
pub async fn status(
    State(app): State<App>,
    client: Client,
    id: Id,
    body: Body<StatusBody>,
) -> Result<Json<VersionDto>, ApiError> {
    let (case, body) = read(id, body)?;
    Ok(now(app.actions.set_status(&client.actor(), case, body.version, body.status).await?))
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ReasonBody {
    version: i64,
    #[schema(example = "Опет цури.")]
    reason: String,
}

#[utoipa::path(post, path = "/cases/{id}/reopen", tag = "cases", request_body = ReasonBody,
    params(("id" = i64, Path, description = "`id` of a case")), responses(
    (status = 200, description = "Open again, without an outcome", body = VersionDto),
    (status = 409, description = "Somebody else changed the case"),
    (status = 422, description = "It has not ended, or no reason is given"),
))]
pub async fn reopen(
    State(app): State<App>,
    client: Client,
    id: Id,
    body: Body<ReasonBody>,
) -> Result<Json<VersionDto>, ApiError> {
    let (case, body) = read(id, body)?;
    Ok(now(app.actions.reopen_case(&client.actor(), case, body.version, &body.reason).await?))
}

#[utoipa::path(post, path = "/cases/{id}/return", tag = "cases", request_body = ReasonBody,
    params(("id" = i64, Path, description = "`id` of a case")), responses(
    (status = 200, description = "With whoever forwarded it", body = VersionDto),
    (status = 409, description = "Somebody else changed the case"),
    (status = 422, description = "Nobody forwarded it, or no reason is given"),
))]
pub async fn send_back(
    State(app): State<App>,
    client: Client,
    id: Id,
    body: Body<ReasonBody>,
) -> Result<Json<VersionDto>, ApiError> {
    let (case, body) = read(id, body)?;
    Ok(now(app.actions.return_case(&client.actor(), case, body.version, &body.reason).await?))
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ForwardBody {
    version: i64,
    /// Key of a service or institution.
    #[schema(example = "water")]
    department: String,
    /// For colleagues there.
    #[serde(default)]
    note: String,
}

#[utoipa::path(post, path = "/cases/{id}/forward", tag = "cases", request_body = ForwardBody,
    params(("id" = i64, Path, description = "`id` of a case")), responses(
    (status = 200, description = "With the other service", body = VersionDto),
    (status = 409, description = "Somebody else changed the case"),
    (status = 422, description = "No such service, or not from this status"),
))]
pub async fn forward(
    State(app): State<App>,
    client: Client,
    id: Id,
    body: Body<ForwardBody>,
) -> Result<Json<VersionDto>, ApiError> {
    let (case, body) = read(id, body)?;
    let directory = app.db.directory();
    let to = directory.department_by_key(&body.department).map(|department| department.id);
    let to = to.ok_or_else(|| ApiError::BadRequest(format!("no service {:?}", body.department)))?;
    Ok(now(app.actions.forward_case(&client.actor(), case, body.version, to, &body.note).await?))
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AssignBody {
    version: i64,
    /// Log-in name; `null`: nobody.
    #[schema(example = "petar")]
    user: Option<String>,
}

#[utoipa::path(post, path = "/cases/{id}/assign", tag = "cases", request_body = AssignBody,
    params(("id" = i64, Path, description = "`id` of a case")), responses(
    (status = 200, body = VersionDto),
    (status = 409, description = "Somebody else changed the case"),
    (status = 422, description = "No such user"),
))]
pub async fn assign(
    State(app): State<App>,
    client: Client,
    id: Id,
    body: Body<AssignBody>,
) -> Result<Json<VersionDto>, ApiError> {
    let (case, body) = read(id, body)?;
    let user = body.user.map(|login| user_of(&app, &login)).transpose()?;
    Ok(now(app.actions.assign(&client.actor(), case, body.version, user).await?))
}

fn user_of(app: &App, login: &str) -> Result<UserId, ApiError> {
    let user = app.db.directory().user_by_login(login).map(|user| user.id);
    user.ok_or_else(|| ApiError::BadRequest(format!("no user {login:?}")))
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PlaceBody {
    version: i64,
    #[schema(example = "Његошева 5")]
    place: String,
}

#[utoipa::path(post, path = "/cases/{id}/place", tag = "cases", request_body = PlaceBody,
    params(("id" = i64, Path, description = "`id` of a case")), responses(
    (status = 200, body = VersionDto),
    (status = 409, description = "Somebody else changed the case"),
    (status = 422, description = "Too long"),
))]
pub async fn place(
    State(app): State<App>,
    client: Client,
    id: Id,
    body: Body<PlaceBody>,
) -> Result<Json<VersionDto>, ApiError> {
    let (case, body) = read(id, body)?;
    Ok(now(app.actions.set_place(&client.actor(), case, body.version, &body.place).await?))
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ReplyBody {
    words: String,
    /// `sms` or `email`: tried first. Left out: as the citizen chose.
    #[schema(value_type = Option<String>)]
    way: Option<Way>,
}

#[utoipa::path(post, path = "/cases/{id}/replies", tag = "cases", request_body = ReplyBody,
    params(("id" = i64, Path, description = "`id` of a case")), responses(
    (status = 201, description = "On its way; `id` is that of a notice", body = CreatedDto),
    (status = 422, description = "Empty, too long, or nobody can be reached"),
))]
pub async fn reply(
    State(app): State<App>,
    client: Client,
    id: Id,
    body: Body<ReplyBody>,
) -> Result<(StatusCode, Json<CreatedDto>), ApiError> {
    let (case, body) = read(id, body)?;
    let notice = app.actions.reply(&client.actor(), case, &body.words, body.way).await?;
    Ok((StatusCode::CREATED, Json(CreatedDto { id: notice.0 })))
}

/// Something that somebody is told, and where it stands.
#[derive(Debug, Serialize, ToSchema)]
pub struct NoticeDto {
    id: i64,
    /// `receipt`, `outcome` or `reply`.
    #[schema(example = "outcome")]
    purpose: &'static str,
    /// `telling`, `told`, `presumed`, `failed`, `by_hand`, `impossible` or `overtaken`.
    #[schema(example = "told")]
    state: &'static str,
    /// To somebody else than the one whose case it is.
    follower: bool,
    /// The channel that is tried, or that reached them.
    way: Option<&'static str>,
    created_at: String,
    updated_at: String,
}

impl From<&Notice> for NoticeDto {
    fn from(notice: &Notice) -> Self {
        Self {
            id: notice.id.0,
            purpose: notice.purpose.as_str(),
            state: notice.state.as_str(),
            follower: notice.follower,
            way: notice.ladder.get(notice.rung).map(|rung| rung.way.as_str()),
            created_at: notice.created_at.to_string(),
            updated_at: notice.updated_at.to_string(),
        }
    }
}

#[utoipa::path(get, path = "/cases/{id}/notices", tag = "cases",
    params(("id" = i64, Path, description = "`id` of a case")), responses(
    (status = 200, body = Vec<NoticeDto>),
))]
pub async fn notices(
    State(app): State<App>,
    client: Client,
    id: Id,
) -> Result<Json<Vec<NoticeDto>>, ApiError> {
    let Path(id) = id.map_err(|_| ApiError::NotFound)?;
    app.actions.may_read(&client.actor(), CaseId(id), &[]).await?;
    app.actions.viewed(&client.actor(), What::CaseViewed, CaseId(id)).await?;
    Ok(Json(app.db.notices(CaseId(id)).await?.iter().map(NoticeDto::from).collect()))
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SettleBody {
    /// `phone`, `post`, `counter` or `visit`: how somebody told them.
    #[schema(value_type = Option<String>)]
    told: Option<ByHand>,
    /// Why it cannot be done.
    impossible: Option<String>,
}

#[utoipa::path(post, path = "/cases/{id}/notices/{notice}/settle", tag = "cases", request_body = SettleBody,
    params(("id" = i64, Path, description = "`id` of a case"), ("notice" = i64, Path, description = "`id` of a notice")), responses(
    (status = 204, description = "Settled by a human"),
    (status = 404, description = "No such notice"),
    (status = 422, description = "It was settled already"),
))]
pub async fn settle(
    State(app): State<App>,
    client: Client,
    ids: Result<Path<(i64, i64)>, PathRejection>,
    body: Body<SettleBody>,
) -> Result<StatusCode, ApiError> {
    let Path((case, notice)) = ids.map_err(|_| ApiError::NotFound)?;
    let Json(body) = body.map_err(|e| ApiError::BadRequest(e.body_text()))?;
    let settled = match (body.told, body.impossible) {
        (Some(how), None) => Settled::Told(how),
        (None, Some(why)) => Settled::Impossible(why),
        _ => return Err(ApiError::BadRequest("either `told` or `impossible`".into())),
    };
    app.actions.settle_notice(&client.actor(), CaseId(case), NoticeId(notice), settled).await?;
    Ok(StatusCode::NO_CONTENT)
}

#[utoipa::path(put, path = "/cases/{id}/watchers/{login}", tag = "cases",
    params(("id" = i64, Path, description = "`id` of a case"), ("login" = String, Path, description = "Log-in name of a user")), responses(
    (status = 204, description = "Watches"),
))]
pub async fn watch(
    State(app): State<App>,
    client: Client,
    ids: Result<Path<(i64, String)>, PathRejection>,
) -> Result<StatusCode, ApiError> {
    let Path((case, login)) = ids.map_err(|_| ApiError::NotFound)?;
    let user = user_of(&app, &login)?;
    app.actions.watch(&client.actor(), CaseId(case), user).await?;
    Ok(StatusCode::NO_CONTENT)
}

#[utoipa::path(delete, path = "/cases/{id}/watchers/{login}", tag = "cases",
    params(("id" = i64, Path, description = "`id` of a case"), ("login" = String, Path, description = "Log-in name of a user")), responses(
    (status = 204, description = "Does not watch"),
))]
pub async fn unwatch(
    State(app): State<App>,
    client: Client,
    ids: Result<Path<(i64, String)>, PathRejection>,
) -> Result<StatusCode, ApiError> {
    let Path((case, login)) = ids.map_err(|_| ApiError::NotFound)?;
    let user = user_of(&app, &login)?;
    app.actions.unwatch(&client.actor(), CaseId(case), user).await?;
    Ok(StatusCode::NO_CONTENT)
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AnnulBody {
    version: i64,
    /// Why it should not have been opened.
    reason: String,
}

#[utoipa::path(post, path = "/cases/{id}/annul", tag = "cases", request_body = AnnulBody,
    params(("id" = i64, Path, description = "`id` of a case")), responses(
    (status = 200, description = "Closed as withdrawn; its number stays given, and nobody is told", body = VersionDto),
    (status = 409, description = "Somebody else changed the case"),
    (status = 422, description = "It has ended, or has parts, or there is no reason"),
))]
pub async fn annul(
    State(app): State<App>,
    client: Client,
    id: Id,
    body: Body<AnnulBody>,
) -> Result<Json<VersionDto>, ApiError> {
    let (case, body) = read(id, body)?;
    Ok(now(app.actions.annul_case(&client.actor(), case, body.version, &body.reason).await?))
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct MergeBody {
    version: i64,
    /// `id` of the case that this one becomes a part of.
    into: i64,
}

#[utoipa::path(post, path = "/cases/{id}/merge", tag = "cases", request_body = MergeBody,
    params(("id" = i64, Path, description = "`id` of a case")), responses(
    (status = 200, description = "A part of the other case", body = VersionDto),
    (status = 409, description = "Somebody else changed the case"),
    (status = 422, description = "One of the two has ended, or is a part already"),
))]
pub async fn merge(
    State(app): State<App>,
    client: Client,
    id: Id,
    body: Body<MergeBody>,
) -> Result<Json<VersionDto>, ApiError> {
    let (case, body) = read(id, body)?;
    Ok(now(app.actions.merge_cases(&client.actor(), case, body.version, CaseId(body.into)).await?))
}

#[utoipa::path(post, path = "/cases/{id}/unmerge", tag = "cases",
    params(("id" = i64, Path, description = "`id` of a case that is a part of another one")), responses(
    (status = 200, description = "As it was before it became a part", body = VersionDto),
    (status = 422, description = "It is a part of no case"),
))]
pub async fn unmerge(State(app): State<App>, client: Client, id: Id) -> Result<Json<VersionDto>, ApiError> {
    let Path(id) = id.map_err(|_| ApiError::NotFound)?;
    Ok(now(app.actions.unmerge_case(&client.actor(), CaseId(id)).await?))
}

fn tie(ids: Result<Path<(i64, String, i64)>, PathRejection>) -> Result<(CaseId, LinkKind, CaseId), ApiError> {
    let Path((case, kind, other)) = ids.map_err(|_| ApiError::NotFound)?;
    let kind = kind.parse().map_err(|_| ApiError::BadRequest(format!("no link {kind:?}")))?;
    Ok((CaseId(case), kind, CaseId(other)))
}

#[utoipa::path(put, path = "/cases/{id}/links/{kind}/{other}", tag = "cases",
    params(("id" = i64, Path, description = "`id` of a case"),
        ("kind" = String, Path, description = "`related`, `follows` or `duplicate_of`"),
        ("other" = i64, Path, description = "`id` of the other case")), responses(
    (status = 204, description = "Linked"),
    (status = 422, description = "With itself, or with too many"),
))]
pub async fn link(
    State(app): State<App>,
    client: Client,
    ids: Result<Path<(i64, String, i64)>, PathRejection>,
) -> Result<StatusCode, ApiError> {
    let (case, kind, other) = tie(ids)?;
    app.actions.link_cases(&client.actor(), case, other, kind).await?;
    Ok(StatusCode::NO_CONTENT)
}

#[utoipa::path(delete, path = "/cases/{id}/links/{kind}/{other}", tag = "cases",
    params(("id" = i64, Path, description = "`id` of a case"),
        ("kind" = String, Path, description = "`related`, `follows` or `duplicate_of`"),
        ("other" = i64, Path, description = "`id` of the other case")), responses(
    (status = 204, description = "Not linked"),
))]
pub async fn unlink(
    State(app): State<App>,
    client: Client,
    ids: Result<Path<(i64, String, i64)>, PathRejection>,
) -> Result<StatusCode, ApiError> {
    let (case, kind, other) = tie(ids)?;
    app.actions.unlink_cases(&client.actor(), case, other, kind).await?;
    Ok(StatusCode::NO_CONTENT)
}
