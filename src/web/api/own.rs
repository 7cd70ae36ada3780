//! What belongs to the user in whose name a token works: kept lists, and what waits for that user.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::dto::CreatedDto;
use super::extract::{Named, Sent};
use super::problem::ApiError;
use super::token::Client;
use crate::actions::saved_filter::FilterChange;
use crate::domain::id::{FilterId, TaskId, UserId};
use crate::domain::permission::Right;
use crate::store::task::TASKS_COUNTED;
use crate::web::cases::saved;
use crate::web::state::App;

#[derive(Debug, Serialize, ToSchema)]
pub struct FilterDto {
    id: i64,
    name: String,
    /// What stands behind the `?` of the list of cases.
    #[schema(example = "status=new,reopened&due=overdue")]
    query: String,
    shared: bool,
    /// Log-in name of whoever keeps it.
    owner: Option<String>,
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewFilterBody {
    name: String,
    /// What stands behind the `?` of the list of cases; what the list does not know is left out.
    #[schema(example = "status=new,reopened")]
    query: String,
    /// For all users; by a right of its own.
    #[serde(default)]
    shared: bool,
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct FilterBody {
    name: String,
    #[serde(default)]
    shared: bool,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct TaskDto {
    id: i64,
    case: i64,
    number: String,
    #[schema(example = "deadline_missed")]
    kind: &'static str,
    /// Which of several on the same case: for a deadline the key of its profile.
    subject: String,
    #[schema(value_type = Option<String>, format = DateTime)]
    due_at: Option<String>,
    #[schema(value_type = String, format = DateTime)]
    at: String,
}

/// Whose lists and tasks they are.
fn owner(client: &Client) -> Result<UserId, ApiError> {
    client.token.owner.ok_or_else(|| ApiError::Unfit("the token works in nobody's name".into()))
}

#[utoipa::path(get, path = "/filters", tag = "own", responses(
    (status = 200, description = "The user's own in their order, then those that others share", body = [FilterDto]),
    (status = 422, description = "The token works in nobody's name"),
))]
pub async fn filters(State(app): State<App>, client: Client) -> Result<Json<Vec<FilterDto>>, ApiError> {
    app.actions.allow(&client.actor(), Right::ReadCases)?;
    let directory = app.db.directory();
    let filters = app.db.saved_filters(owner(&client)?).await?;
    let filters = filters.into_iter().map(|filter| FilterDto {
        id: filter.id.0,
        name: filter.name,
        query: filter.query,
        shared: filter.shared,
        owner: directory.user(filter.owner).map(|user| user.login.clone()),
    });
    Ok(Json(filters.collect()))
}

#[utoipa::path(post, path = "/filters", tag = "own", request_body = NewFilterBody, responses(
    (status = 201, body = CreatedDto),
    (status = 403, description = "Without the right to share it"),
    (status = 422, description = "Without a name, too many, or the token works in nobody's name"),
))]
pub async fn keep_filter(
    State(app): State<App>,
    client: Client,
    Sent(body): Sent<NewFilterBody>,
) -> Result<(StatusCode, Json<CreatedDto>), ApiError> {
    let query = saved::plain(&body.query);
    let id = app.actions.save_filter(&client.actor(), &body.name, &query, body.shared).await?;
    Ok((StatusCode::CREATED, Json(CreatedDto { id: id.0 })))
}

#[utoipa::path(put, path = "/filters/{id}", tag = "own", request_body = FilterBody,
    params(("id" = i64, Path, description = "`id` of a kept list")), responses(
    (status = 204, description = "It has another name, or is shared"),
    (status = 404, description = "No such list of one's own"),
))]
pub async fn change_filter(
    State(app): State<App>,
    client: Client,
    Named(id): Named<i64>,
    Sent(body): Sent<FilterBody>,
) -> Result<StatusCode, ApiError> {
    let change = FilterChange::Rename { name: body.name, shared: body.shared };
    app.actions.change_filter(&client.actor(), FilterId(id), change).await?;
    Ok(StatusCode::NO_CONTENT)
}

#[utoipa::path(delete, path = "/filters/{id}", tag = "own",
    params(("id" = i64, Path, description = "`id` of a kept list")), responses(
    (status = 204, description = "It is no longer kept"),
    (status = 404, description = "No such list of one's own"),
))]
pub async fn drop_filter(
    State(app): State<App>,
    client: Client,
    Named(id): Named<i64>,
) -> Result<StatusCode, ApiError> {
    app.actions.change_filter(&client.actor(), FilterId(id), FilterChange::Remove).await?;
    Ok(StatusCode::NO_CONTENT)
}

#[utoipa::path(get, path = "/tasks", tag = "own", responses(
    (status = 200, description = "What waits for the user", body = [TaskDto]),
    (status = 422, description = "The token works in nobody's name"),
))]
pub async fn tasks(State(app): State<App>, client: Client) -> Result<Json<Vec<TaskDto>>, ApiError> {
    app.actions.allow(&client.actor(), Right::ReadCases)?;
    app.actions.list_viewed(&client.actor(), "tasks").await?;
    let reach = app.actions.reach(&client.actor());
    let tasks = app.db.open_tasks(owner(&client)?, &reach, TASKS_COUNTED).await?;
    let tasks = tasks.into_iter().map(|task| TaskDto {
        id: task.id.0,
        case: task.case.0,
        number: task.number.to_string(),
        kind: task.kind.as_str(),
        subject: task.subject,
        due_at: task.due_at.map(|at| at.to_string()),
        at: task.at.to_string(),
    });
    Ok(Json(tasks.collect()))
}

#[utoipa::path(post, path = "/tasks/{id}/finish", tag = "own",
    params(("id" = i64, Path, description = "`id` of a task")), responses(
    (status = 204, description = "It has been seen to"),
    (status = 404, description = "No such task of the user"),
))]
pub async fn finish_task(
    State(app): State<App>,
    client: Client,
    Named(id): Named<i64>,
) -> Result<StatusCode, ApiError> {
    app.actions.finish_task(&client.actor(), TaskId(id)).await?;
    Ok(StatusCode::NO_CONTENT)
}
