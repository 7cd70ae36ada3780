//! `/queues`, `/operators/{login}/skills`, `/pause-reasons`: who is rung for whom.

use std::time::Duration;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::extract::{Named, Sent};
use super::problem::ApiError;
use super::token::Client;
use crate::actions::queue::QueueError;
use crate::domain::permission::Right;
use crate::domain::queue::{Member, QueueSettings, Strategy};
use crate::store::directory::Directory;
use crate::store::queue::{PauseReason, QueueRow};
use crate::web::state::App;

#[derive(Debug, Serialize, ToSchema)]
pub struct QueueDto {
    #[schema(example = "operators")]
    key: String,
    #[serde(flatten)]
    queue: QueueBody,
}

/// Times are in seconds; `null`: never.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct QueueBody {
    name: String,
    /// `longest_idle`, `round_robin`, `ring_all`, `least_talk` ...
    #[schema(value_type = String)]
    strategy: Strategy,
    /// Every operator is in it.
    #[serde(default)]
    everyone: bool,
    #[serde(default)]
    members: Vec<MemberBody>,
    ring: u64,
    rest: u64,
    wrap_up: u64,
    pause_after_missed: Option<u32>,
    wait_while_paused: bool,
    max_waiting: u32,
    max_wait: Option<u64>,
    /// Key of the queue that takes whom this one has no room for.
    overflow: Option<String>,
    overflow_after: Option<u64>,
    ageing: Option<u64>,
    widen_after: Option<u64>,
    announce_every: Option<u64>,
    announce_wait: bool,
    promise: u64,
}

#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct MemberBody {
    /// Log-in name.
    user: String,
    /// Rung only when everybody with a smaller one is busy.
    #[serde(default)]
    penalty: u32,
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SkillsBody {
    /// As plans name them; none: any.
    languages: Vec<String>,
    /// Keys of services; none: any.
    services: Vec<String>,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct PauseReasonDto {
    key: String,
    #[serde(flatten)]
    reason: PauseReasonBody,
}

#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PauseReasonBody {
    name_sr: String,
    name_en: String,
    /// No longer offered.
    #[serde(default)]
    retired: bool,
}

#[utoipa::path(get, path = "/queues", tag = "telephony", responses(
    (status = 200, body = [QueueDto]),
))]
pub async fn list(State(app): State<App>, client: Client) -> Result<Json<Vec<QueueDto>>, ApiError> {
    app.actions.allow(&client.actor(), Right::ManageQueues)?;
    let directory = app.db.directory();
    let queues = app.db.queues().await?;
    Ok(Json(queues.into_iter().map(|row| queue_dto(&directory, row)).collect()))
}

#[utoipa::path(put, path = "/queues/{key}", tag = "telephony", request_body = QueueBody,
    params(("key" = String, Path, description = "Small letters, digits, `-`, `_`")), responses(
    (status = 204, description = "It is so for the next caller"),
    (status = 400, description = "No such user"),
    (status = 422, description = "A setting is out of its bounds"),
))]
pub async fn put(
    State(app): State<App>,
    client: Client,
    Named(key): Named<String>,
    Sent(body): Sent<QueueBody>,
) -> Result<StatusCode, ApiError> {
    app.actions.allow(&client.actor(), Right::ManageQueues)?;
    let is_new = app.db.queues().await?.iter().all(|queue| queue.settings.key != key);
    let queue = queue_row(&app.db.directory(), key, body)?;
    app.actions.put_queue(&client.actor(), queue, is_new).await.map_err(|error| match error {
        QueueError::Action(error) => ApiError::Action(error),
        wrong @ QueueError::Wrong(_) => ApiError::Unfit(wrong.to_string()),
    })?;
    Ok(StatusCode::NO_CONTENT)
}

#[utoipa::path(delete, path = "/queues/{key}", tag = "telephony",
    params(("key" = String, Path, description = "Of the queue")), responses(
    (status = 204, description = "Callers who wait in it go to the queue behind it, or back to their plan"),
    (status = 404, description = "No such queue"),
))]
pub async fn remove(
    State(app): State<App>,
    client: Client,
    Named(key): Named<String>,
) -> Result<StatusCode, ApiError> {
    app.actions.remove_queue(&client.actor(), &key).await?;
    Ok(StatusCode::NO_CONTENT)
}

#[utoipa::path(put, path = "/operators/{login}/skills", tag = "telephony", request_body = SkillsBody,
    params(("login" = String, Path, description = "Log-in name of a user")), responses(
    (status = 204, description = "It counts in every queue"),
    (status = 404, description = "No such user"),
))]
pub async fn set_skills(
    State(app): State<App>,
    client: Client,
    Named(login): Named<String>,
    Sent(body): Sent<SkillsBody>,
) -> Result<StatusCode, ApiError> {
    let user = app.db.directory().user_by_login(&login).map(|user| user.id).ok_or(ApiError::NotFound)?;
    app.actions.set_skills(&client.actor(), user, body.languages, body.services).await?;
    Ok(StatusCode::NO_CONTENT)
}

#[utoipa::path(get, path = "/pause-reasons", tag = "telephony", responses(
    (status = 200, body = [PauseReasonDto]),
))]
pub async fn pause_reasons(
    State(app): State<App>,
    client: Client,
) -> Result<Json<Vec<PauseReasonDto>>, ApiError> {
    app.actions.allow(&client.actor(), Right::ManageQueues)?;
    let reasons = app.db.pause_reasons().await?.into_iter().map(|reason| PauseReasonDto {
        key: reason.key,
        reason: PauseReasonBody { name_sr: reason.name_sr, name_en: reason.name_en, retired: reason.retired },
    });
    Ok(Json(reasons.collect()))
}

#[utoipa::path(put, path = "/pause-reasons/{key}", tag = "telephony", request_body = PauseReasonBody,
    params(("key" = String, Path, description = "Small letters, digits, `-`, `_`")), responses(
    (status = 204, description = "It is offered, or no longer"),
    (status = 422, description = "Without a name"),
))]
pub async fn put_pause_reason(
    State(app): State<App>,
    client: Client,
    Named(key): Named<String>,
    Sent(body): Sent<PauseReasonBody>,
) -> Result<StatusCode, ApiError> {
    let PauseReasonBody { name_sr, name_en, retired } = body;
    app.actions.put_pause_reason(&client.actor(), PauseReason { key, name_sr, name_en, retired }).await?;
    Ok(StatusCode::NO_CONTENT)
}

fn queue_row(directory: &Directory, key: String, body: QueueBody) -> Result<QueueRow, ApiError> {
    let mut members = Vec::with_capacity(body.members.len());
    for MemberBody { user, penalty } in body.members {
        let known = directory.user_by_login(&user).map(|user| user.id);
        let user = known.ok_or_else(|| ApiError::BadRequest(format!("no user {user:?}")))?;
        members.push(Member { user, penalty });
    }
    let seconds = Duration::from_secs;
    let settings = QueueSettings {
        key,
        name: body.name,
        strategy: body.strategy,
        members,
        ring: seconds(body.ring),
        rest: seconds(body.rest),
        wrap_up: seconds(body.wrap_up),
        pause_after_missed: body.pause_after_missed,
        wait_while_paused: body.wait_while_paused,
        max_waiting: body.max_waiting,
        max_wait: body.max_wait.map(seconds),
        overflow: body.overflow,
        overflow_after: body.overflow_after.map(seconds),
        ageing: body.ageing.map(seconds),
        widen_after: body.widen_after.map(seconds),
        announce_every: body.announce_every.map(seconds),
        announce_wait: body.announce_wait,
        promise: seconds(body.promise),
    };
    Ok(QueueRow { settings, everyone: body.everyone })
}

fn queue_dto(directory: &Directory, row: QueueRow) -> QueueDto {
    let settings = row.settings;
    let member = |member: &Member| {
        let user = directory.user(member.user)?.login.clone();
        Some(MemberBody { user, penalty: member.penalty })
    };
    let seconds = |time: Option<Duration>| time.map(|time| time.as_secs());
    QueueDto {
        queue: QueueBody {
            name: settings.name,
            strategy: settings.strategy,
            everyone: row.everyone,
            members: settings.members.iter().filter_map(member).collect(),
            ring: settings.ring.as_secs(),
            rest: settings.rest.as_secs(),
            wrap_up: settings.wrap_up.as_secs(),
            pause_after_missed: settings.pause_after_missed,
            wait_while_paused: settings.wait_while_paused,
            max_waiting: settings.max_waiting,
            max_wait: seconds(settings.max_wait),
            overflow: settings.overflow,
            overflow_after: seconds(settings.overflow_after),
            ageing: seconds(settings.ageing),
            widen_after: seconds(settings.widen_after),
            announce_every: seconds(settings.announce_every),
            announce_wait: settings.announce_wait,
            promise: settings.promise.as_secs(),
        },
        key: settings.key,
    }
}
