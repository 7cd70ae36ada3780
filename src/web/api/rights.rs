//! `/roles`, `/rights/why`, `/tokens`: who may what, why, and which programs act for whom.

use std::collections::BTreeMap;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::http::header::CACHE_CONTROL;
use axum::response::{IntoResponse, Response};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::dto::CreatedDto;
use super::extract::{Asked, Named, Sent};
use super::problem::ApiError;
use super::token::Client;
use crate::domain::id::{CaseId, RoleId, UserId};
use crate::domain::permission::rule::Rule;
use crate::domain::permission::{Right, Role, RoleRules};
use crate::store::directory::Directory;
use crate::store::role::RoleHead;
use crate::store::token::{NewToken, TokenRow};
use crate::web::rights::why::ask;
use crate::web::state::App;

#[derive(Debug, Serialize, ToSchema)]
pub struct RoleDto {
    id: i64,
    key: String,
    /// Whose kind of work it is: `operator`, `officer`, `supervisor` or `administrator`.
    #[schema(value_type = String)]
    base: Role,
    name_sr: String,
    name_en: String,
    needs_second_factor: bool,
    /// By right; a right without rules is not allowed, and a rule that refuses beats all that allow.
    #[schema(value_type = Object)]
    rights: BTreeMap<&'static str, Vec<Rule>>,
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewRoleBody {
    /// `id` of the role whose rules it begins with.
    from: i64,
    /// Small letters, digits, `-`.
    key: String,
    name_sr: String,
    #[serde(default)]
    name_en: String,
    #[serde(default)]
    needs_second_factor: bool,
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RoleBody {
    name_sr: String,
    #[serde(default)]
    name_en: String,
    needs_second_factor: bool,
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RulesBody {
    /// `refuse`, `services` (`all`, `own` or `{"named": [ids]}`), `states`, `own`.
    #[schema(value_type = Vec<Object>, example = json!([{ "services": "all" }, { "refuse": true, "services": "all", "states": ["answered", "closed"] }]))]
    rules: Vec<Rule>,
}

#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct WhyParams {
    /// Log-in name.
    user: String,
    #[param(value_type = String)]
    right: Right,
    /// `id` of a case; without it about no case in particular.
    case: Option<i64>,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct WhyDto {
    allowed: bool,
    /// Key of the role that decided.
    role: String,
    reason: String,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct TokenDto {
    id: i64,
    name: String,
    role: Option<String>,
    /// Log-in name of the user in whose name it works.
    owner: Option<String>,
    #[schema(value_type = String, format = DateTime)]
    created_at: String,
    expires_at: Option<String>,
    used_at: Option<String>,
    revoked_at: Option<String>,
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewTokenBody {
    name: String,
    /// Key of a role; no administrator.
    role: String,
    /// Log-in name of the user in whose name it works, and with whom it ends.
    owner: Option<String>,
    #[schema(value_type = Option<String>, format = DateTime)]
    expires_at: Option<Timestamp>,
}

#[derive(Serialize, ToSchema)]
pub struct NewTokenDto {
    /// This once.
    token: String,
}

#[utoipa::path(get, path = "/roles", tag = "users", responses(
    (status = 200, body = [RoleDto]),
))]
pub async fn roles(State(app): State<App>, client: Client) -> Result<Json<Vec<RoleDto>>, ApiError> {
    app.actions.allow(&client.actor(), Right::ManageRights)?;
    Ok(Json(app.db.directory().roles.iter().map(role_dto).collect()))
}

#[utoipa::path(post, path = "/roles", tag = "users", request_body = NewRoleBody, responses(
    (status = 201, body = CreatedDto),
    (status = 404, description = "No such role to begin with"),
    (status = 422, description = "A key or a name that will not do"),
))]
pub async fn add_role(
    State(app): State<App>,
    client: Client,
    Sent(body): Sent<NewRoleBody>,
) -> Result<(StatusCode, Json<CreatedDto>), ApiError> {
    let NewRoleBody { from, key, name_sr, name_en, needs_second_factor } = body;
    let head = RoleHead { key, base: Role::Officer, name_sr, name_en, needs_second_factor };
    let id = app.actions.copy_role(&client.actor(), RoleId(from), head).await?;
    Ok((StatusCode::CREATED, Json(CreatedDto { id: id.0 })))
}

#[utoipa::path(put, path = "/roles/{id}", tag = "users", request_body = RoleBody,
    params(("id" = i64, Path, description = "`id` of a role")), responses(
    (status = 204, description = "It is called so"),
    (status = 404, description = "No such role"),
))]
pub async fn set_role(
    State(app): State<App>,
    client: Client,
    Named(id): Named<i64>,
    Sent(body): Sent<RoleBody>,
) -> Result<StatusCode, ApiError> {
    let actor = client.actor();
    app.actions.allow(&actor, Right::ManageRights)?;
    let directory = app.db.directory();
    let known = directory.role(RoleId(id)).ok_or(ApiError::NotFound)?;
    let RoleBody { name_sr, name_en, needs_second_factor } = body;
    let head = RoleHead { key: known.key.clone(), base: known.base, name_sr, name_en, needs_second_factor };
    app.actions.set_role(&actor, RoleId(id), head).await?;
    Ok(StatusCode::NO_CONTENT)
}

#[utoipa::path(delete, path = "/roles/{id}", tag = "users",
    params(("id" = i64, Path, description = "`id` of a role")), responses(
    (status = 204, description = "Nobody had it"),
    (status = 404, description = "No such role"),
    (status = 422, description = "The program brings it, or somebody has it"),
))]
pub async fn remove_role(
    State(app): State<App>,
    client: Client,
    Named(id): Named<i64>,
) -> Result<StatusCode, ApiError> {
    app.actions.remove_role(&client.actor(), RoleId(id)).await?;
    Ok(StatusCode::NO_CONTENT)
}

#[utoipa::path(put, path = "/roles/{id}/rights/{right}", tag = "users", request_body = RulesBody,
    params(("id" = i64, Path, description = "`id` of a role"), ("right" = String, Path, description = "Word of a right")), responses(
    (status = 204, description = "From the next request on"),
    (status = 404, description = "No such role or right"),
    (status = 422, description = "Too many rules, unknown services, or a right that administrators keep"),
))]
pub async fn set_rules(
    State(app): State<App>,
    client: Client,
    Named((id, right)): Named<(i64, Right)>,
    Sent(body): Sent<RulesBody>,
) -> Result<StatusCode, ApiError> {
    app.actions.set_rules(&client.actor(), vec![(RoleId(id), right, body.rules)]).await?;
    Ok(StatusCode::NO_CONTENT)
}

#[utoipa::path(get, path = "/rights/why", tag = "users", params(WhyParams), responses(
    (status = 200, description = "The answer that every verb would get, and its reason", body = WhyDto),
    (status = 404, description = "No such user or case"),
))]
pub async fn why(
    State(app): State<App>,
    client: Client,
    Asked(asked): Asked<WhyParams>,
) -> Result<Json<WhyDto>, ApiError> {
    let actor = client.actor();
    app.actions.allow(&actor, Right::ManageRights)?;
    let directory = app.db.directory();
    let user = directory.user_by_login(&asked.user).ok_or(ApiError::NotFound)?;
    let on = match asked.case {
        None => None,
        Some(id) => {
            let facts = app.db.case_row(CaseId(id)).await?.ok_or(ApiError::NotFound)?.facts();
            app.actions.may_read_row(&actor, &facts, &[])?;
            Some(facts)
        }
    };
    let who = directory.who(Some(user.id), None).ok_or(ApiError::NotFound)?;
    let decision = ask(&who, asked.right, on.as_ref());
    Ok(Json(WhyDto { allowed: decision.allowed, reason: decision.to_string(), role: decision.role }))
}

#[utoipa::path(get, path = "/tokens", tag = "users", responses(
    (status = 200, description = "The newest first, also those that are revoked", body = [TokenDto]),
))]
pub async fn tokens(State(app): State<App>, client: Client) -> Result<Json<Vec<TokenDto>>, ApiError> {
    app.actions.allow(&client.actor(), Right::ManageTokens)?;
    let directory = app.db.directory();
    let tokens = app.db.tokens().await?;
    Ok(Json(tokens.iter().map(|token| token_dto(&directory, token)).collect()))
}

#[utoipa::path(post, path = "/tokens", tag = "users", request_body = NewTokenBody, responses(
    (status = 201, description = "The token, this once", body = NewTokenDto),
    (status = 400, description = "No such role or user"),
    (status = 422, description = "Without a name, over already, or of an administrator"),
))]
pub async fn add_token(
    State(app): State<App>,
    client: Client,
    Sent(body): Sent<NewTokenBody>,
) -> Result<Response, ApiError> {
    let directory = app.db.directory();
    let role = directory.roles.iter().find(|role| role.key == body.role).map(|role| role.id);
    let role = role.ok_or_else(|| ApiError::BadRequest(format!("no role {:?}", body.role)))?;
    let owner: Option<UserId> = match body.owner.as_deref() {
        None => None,
        Some(login) => {
            let user = directory.user_by_login(login).map(|user| user.id);
            Some(user.ok_or_else(|| ApiError::BadRequest(format!("no user {login:?}")))?)
        }
    };
    let new = NewToken { name: body.name, role, owner, expires_at: body.expires_at };
    let token = app.actions.create_token(&client.actor(), new).await?;
    let answer = Json(NewTokenDto { token });
    Ok((StatusCode::CREATED, [(CACHE_CONTROL, "no-store")], answer).into_response())
}

#[utoipa::path(delete, path = "/tokens/{id}", tag = "users",
    params(("id" = i64, Path, description = "`id` of a token")), responses(
    (status = 204, description = "At once, and for good"),
    (status = 404, description = "No such token"),
))]
pub async fn revoke_token(
    State(app): State<App>,
    client: Client,
    Named(id): Named<i64>,
) -> Result<StatusCode, ApiError> {
    app.actions.revoke_token(&client.actor(), id).await?;
    Ok(StatusCode::NO_CONTENT)
}

fn role_dto(role: &RoleRules) -> RoleDto {
    RoleDto {
        id: role.id.0,
        key: role.key.clone(),
        base: role.base,
        name_sr: role.name_sr.clone(),
        name_en: role.name_en.clone(),
        needs_second_factor: role.needs_second_factor,
        rights: role.rules.iter().map(|(right, rules)| (right.as_str(), rules.clone())).collect(),
    }
}

fn token_dto(directory: &Directory, token: &TokenRow) -> TokenDto {
    let text = |at: Option<Timestamp>| at.map(|at| at.to_string());
    TokenDto {
        id: token.id,
        name: token.name.clone(),
        role: directory.role(token.role).map(|role| role.key.clone()),
        owner: token.owner.and_then(|id| directory.user(id)).map(|user| user.login.clone()),
        created_at: token.created_at.to_string(),
        expires_at: text(token.expires_at),
        used_at: text(token.used_at),
        revoked_at: text(token.revoked_at),
    }
}
