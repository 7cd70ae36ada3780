//! `/users`, `/phones`: who may log in, and with which telephones they work.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::http::header::CACHE_CONTROL;
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::dto::CreatedDto;
use super::extract::{Named, Sent};
use super::problem::ApiError;
use super::token::Client;
use crate::actions::second_factor::Sessions;
use crate::actions::user::NewUser;
use crate::domain::id::{DepartmentId, PhoneId, RoleId, UserId};
use crate::domain::permission::{Right, Role};
use crate::store::directory::{Directory, User};
use crate::web::state::App;

#[derive(Debug, Serialize, ToSchema)]
pub struct UserDto {
    id: i64,
    login: String,
    name: String,
    /// Key of the role.
    role: Option<String>,
    /// Key of the service.
    department: Option<String>,
    active: bool,
    /// Logs in with a second factor.
    second_factor: bool,
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewUserBody {
    login: String,
    name: String,
    /// Key of a role.
    role: String,
    /// Key of a service.
    department: Option<String>,
    /// Changed at the first log-in.
    password: String,
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct UserBody {
    /// Key of a role.
    role: String,
    /// Key of a service; `null`: none.
    department: Option<String>,
    active: bool,
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PasswordBody {
    password: String,
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct EmailBody {
    #[schema(example = "mira@example.rs")]
    email: String,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct PhoneDto {
    id: i64,
    label: String,
    username: String,
    extension: Option<String>,
    #[schema(value_type = String, format = DateTime)]
    added_at: String,
    last_seen_at: Option<String>,
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PhoneBody {
    /// What people call it.
    label: String,
}

/// Shown once: only hashes are kept.
#[derive(Serialize, ToSchema)]
pub struct NewPhoneDto {
    id: i64,
    username: String,
    password: String,
    realm: String,
    extension: Option<String>,
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ExtensionBody {
    /// `null`: none any more.
    #[schema(example = "201")]
    extension: Option<String>,
}

#[utoipa::path(get, path = "/users", tag = "users", responses(
    (status = 200, body = [UserDto]),
))]
pub async fn list(State(app): State<App>, client: Client) -> Result<Json<Vec<UserDto>>, ApiError> {
    app.actions.allow(&client.actor(), Right::ManageUsers)?;
    let directory = app.db.directory();
    Ok(Json(directory.users.iter().map(|user| user_dto(&directory, user)).collect()))
}

#[utoipa::path(post, path = "/users", tag = "users", request_body = NewUserBody, responses(
    (status = 201, body = CreatedDto),
    (status = 400, description = "No such role or service"),
    (status = 403, description = "Not allowed; only administrators make administrators"),
    (status = 422, description = "A log-in that is taken, or a weak password"),
))]
pub async fn add(
    State(app): State<App>,
    client: Client,
    Sent(body): Sent<NewUserBody>,
) -> Result<(StatusCode, Json<CreatedDto>), ApiError> {
    let directory = app.db.directory();
    let role = role(&directory, &body.role)?;
    let department = department(&directory, body.department.as_deref())?;
    let user = NewUser {
        login: body.login,
        name: body.name,
        role: Role::Officer,
        department,
        password: body.password,
    };
    let id = app.actions.create_user_of(&client.actor(), user, role).await?;
    Ok((StatusCode::CREATED, Json(CreatedDto { id: id.0 })))
}

#[utoipa::path(put, path = "/users/{id}", tag = "users", request_body = UserBody,
    params(("id" = i64, Path, description = "`id` of a user")), responses(
    (status = 200, description = "As it is now", body = UserDto),
    (status = 400, description = "No such role or service"),
    (status = 404, description = "No such user"),
    (status = 422, description = "One administrator stays"),
))]
pub async fn put(
    State(app): State<App>,
    client: Client,
    Named(id): Named<i64>,
    Sent(body): Sent<UserBody>,
) -> Result<Json<UserDto>, ApiError> {
    let (actor, id) = (client.actor(), UserId(id));
    app.actions.allow(&actor, Right::ManageUsers)?;
    let directory = app.db.directory();
    let known = directory.user(id).ok_or(ApiError::NotFound)?;
    let (role, department) =
        (role(&directory, &body.role)?, department(&directory, body.department.as_deref())?);
    if (known.role_id, known.department) != (role, department) {
        app.actions.set_user_role(&actor, id, role, department).await?;
    }
    if known.active != body.active {
        app.actions.set_user_active(&actor, id, body.active).await?;
    }
    let directory = app.db.directory();
    Ok(Json(user_dto(&directory, directory.user(id).ok_or(ApiError::NotFound)?)))
}

#[utoipa::path(put, path = "/users/{id}/password", tag = "users", request_body = PasswordBody,
    params(("id" = i64, Path, description = "`id` of a user")), responses(
    (status = 204, description = "Until the next log-in, which asks for another; all sessions ended"),
    (status = 404, description = "No such user"),
    (status = 422, description = "Too weak"),
))]
pub async fn set_password(
    State(app): State<App>,
    client: Client,
    Named(id): Named<i64>,
    Sent(body): Sent<PasswordBody>,
) -> Result<StatusCode, ApiError> {
    app.actions.set_password(&client.actor(), UserId(id), &body.password).await?;
    Ok(StatusCode::NO_CONTENT)
}

#[utoipa::path(delete, path = "/users/{id}/second-factor", tag = "users",
    params(("id" = i64, Path, description = "`id` of a user")), responses(
    (status = 204, description = "The telephone was lost, and the codes with it"),
    (status = 404, description = "There was none"),
))]
pub async fn remove_second_factor(
    State(app): State<App>,
    client: Client,
    Named(id): Named<i64>,
) -> Result<StatusCode, ApiError> {
    app.actions.remove_second_factor(&client.actor(), UserId(id)).await?;
    Ok(StatusCode::NO_CONTENT)
}

#[utoipa::path(delete, path = "/users/{id}/sessions", tag = "users",
    params(("id" = i64, Path, description = "`id` of a user")), responses(
    (status = 204, description = "Logged in nowhere any more"),
))]
pub async fn end_sessions(
    State(app): State<App>,
    client: Client,
    Named(id): Named<i64>,
) -> Result<StatusCode, ApiError> {
    app.actions.end_sessions(&client.actor(), UserId(id), Sessions::AllBut(None)).await?;
    Ok(StatusCode::NO_CONTENT)
}

#[utoipa::path(put, path = "/users/{id}/email", tag = "users", request_body = EmailBody,
    params(("id" = i64, Path, description = "`id` of a user")), responses(
    (status = 204, description = "A code is sent there; until the user types it nothing else is"),
    (status = 404, description = "No such user"),
    (status = 422, description = "No address, or somebody else's"),
))]
pub async fn set_email(
    State(app): State<App>,
    client: Client,
    Named(id): Named<i64>,
    Sent(body): Sent<EmailBody>,
) -> Result<StatusCode, ApiError> {
    app.actions.set_user_email(&client.actor(), UserId(id), &body.email).await?;
    Ok(StatusCode::NO_CONTENT)
}

#[utoipa::path(delete, path = "/users/{id}/email", tag = "users",
    params(("id" = i64, Path, description = "`id` of a user")), responses(
    (status = 204, description = "Mails from there are nobody's answers any more"),
    (status = 404, description = "There was none"),
))]
pub async fn remove_email(
    State(app): State<App>,
    client: Client,
    Named(id): Named<i64>,
) -> Result<StatusCode, ApiError> {
    app.actions.remove_user_email(&client.actor(), UserId(id)).await?;
    Ok(StatusCode::NO_CONTENT)
}

#[utoipa::path(get, path = "/users/{id}/phones", tag = "users",
    params(("id" = i64, Path, description = "`id` of a user")), responses(
    (status = 200, body = [PhoneDto]),
))]
pub async fn phones(
    State(app): State<App>,
    client: Client,
    Named(id): Named<i64>,
) -> Result<Json<Vec<PhoneDto>>, ApiError> {
    app.actions.allow(&client.actor(), Right::ManageUsers)?;
    let phones = app.db.phones_of(UserId(id)).await?.into_iter().map(|phone| PhoneDto {
        id: phone.id.0,
        label: phone.label,
        username: phone.username,
        extension: phone.extension.map(|extension| extension.as_str().to_owned()),
        added_at: phone.created_at.to_string(),
        last_seen_at: phone.last_seen_at.map(|at| at.to_string()),
    });
    Ok(Json(phones.collect()))
}

#[utoipa::path(post, path = "/users/{id}/phones", tag = "users", request_body = PhoneBody,
    params(("id" = i64, Path, description = "`id` of a user")), responses(
    (status = 201, description = "With its password, this once", body = NewPhoneDto),
    (status = 404, description = "No such user"),
))]
pub async fn add_phone(
    State(app): State<App>,
    client: Client,
    Named(id): Named<i64>,
    Sent(body): Sent<PhoneBody>,
) -> Result<Response, ApiError> {
    let phone = app.actions.add_phone(&client.actor(), UserId(id), &body.label, &app.phones.realm).await?;
    let phone = NewPhoneDto {
        id: phone.id.0,
        username: phone.username,
        password: phone.password,
        realm: phone.realm,
        extension: phone.extension.map(|extension| extension.as_str().to_owned()),
    };
    Ok((StatusCode::CREATED, [(CACHE_CONTROL, "no-store")], Json(phone)).into_response())
}

#[utoipa::path(delete, path = "/phones/{id}", tag = "users",
    params(("id" = i64, Path, description = "`id` of a phone")), responses(
    (status = 204, description = "It can no longer register or call"),
    (status = 404, description = "No such phone"),
))]
pub async fn revoke_phone(
    State(app): State<App>,
    client: Client,
    Named(id): Named<i64>,
) -> Result<StatusCode, ApiError> {
    app.actions.revoke_phone(&client.actor(), PhoneId(id)).await?;
    Ok(StatusCode::NO_CONTENT)
}

#[utoipa::path(put, path = "/users/{id}/extension", tag = "users", request_body = ExtensionBody,
    params(("id" = i64, Path, description = "`id` of a user")), responses(
    (status = 204, description = "By which colleagues call them"),
    (status = 422, description = "Not 2 to 6 digits, or somebody else's"),
))]
pub async fn set_extension(
    State(app): State<App>,
    client: Client,
    Named(id): Named<i64>,
    Sent(body): Sent<ExtensionBody>,
) -> Result<StatusCode, ApiError> {
    let extension = body.extension.unwrap_or_default();
    app.actions.set_extension(&client.actor(), UserId(id), &extension).await?;
    Ok(StatusCode::NO_CONTENT)
}

fn role(directory: &Directory, key: &str) -> Result<RoleId, ApiError> {
    let known = directory.roles.iter().find(|role| role.key == key).map(|role| role.id);
    known.ok_or_else(|| ApiError::BadRequest(format!("no role {key:?}")))
}

fn department(directory: &Directory, key: Option<&str>) -> Result<Option<DepartmentId>, ApiError> {
    let Some(key) = key else { return Ok(None) };
    let known = directory.department_by_key(key).map(|department| department.id);
    Ok(Some(known.ok_or_else(|| ApiError::BadRequest(format!("no service {key:?}")))?))
}

fn user_dto(directory: &Directory, user: &User) -> UserDto {
    UserDto {
        id: user.id.0,
        login: user.login.clone(),
        name: user.name.clone(),
        role: directory.role(user.role_id).map(|role| role.key.clone()),
        department: user.department.and_then(|id| directory.department(id)).map(|d| d.key.clone()),
        active: user.active,
        second_factor: directory.second_factors.contains(&user.id),
    }
}
