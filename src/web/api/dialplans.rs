//! `/dialplans`: the texts that answer calls, and their versions.

use axum::Json;
use axum::extract::State;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::extract::{Named, Sent};
use super::problem::ApiError;
use super::token::Client;
use crate::actions::ActionError;
use crate::dialplan::parse::revision;
use crate::domain::permission::Right;
use crate::telephony::plans::{Plans, is_good_name};
use crate::web::dialplans::edit::{self, Outcome};
use crate::web::error::WebError;
use crate::web::state::App;

#[derive(Debug, Serialize, ToSchema)]
pub struct PlanDto {
    #[schema(example = "main")]
    name: String,
    /// Of the text; give it back as `seen` when it is changed.
    revision: String,
    /// TOML.
    text: String,
    /// Whether calls are answered by this very text.
    in_force: bool,
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PlanBody {
    text: String,
    /// `revision` of the text that was changed; empty for a new plan.
    #[serde(default)]
    seen: String,
    /// Why.
    #[serde(default)]
    note: String,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct PlanVersionDto {
    id: i64,
    revision: String,
    /// Log-in name; `null`: by hand in the folder, or by a program.
    author: Option<String>,
    #[schema(value_type = String, format = DateTime)]
    at: String,
    note: String,
}

fn plans(app: &App) -> Result<Plans, ApiError> {
    app.plans.clone().ok_or(ApiError::NotFound)
}

#[utoipa::path(get, path = "/dialplans", tag = "telephony", responses(
    (status = 200, description = "As they are in the folder", body = [PlanDto]),
))]
pub async fn list(State(app): State<App>, client: Client) -> Result<Json<Vec<PlanDto>>, ApiError> {
    app.actions.allow(&client.actor(), Right::ManageDialplans)?;
    let handle = plans(&app)?;
    let files = tokio::task::spawn_blocking(move || {
        let files = handle.files()?;
        let dto =
            |source: crate::dialplan::check::Source| plan_dto(&handle, source.name().to_owned(), source.text);
        Ok::<_, crate::telephony::plans::PlansError>(files.into_iter().map(dto).collect())
    });
    let files = files.await.map_err(|_| ApiError::Unreadable)?;
    Ok(Json(files.map_err(|_| ApiError::Unreadable)?))
}

#[utoipa::path(get, path = "/dialplans/{name}", tag = "telephony",
    params(("name" = String, Path, description = "Of the plan")), responses(
    (status = 200, body = PlanDto),
    (status = 404, description = "No such plan"),
))]
pub async fn show(
    State(app): State<App>,
    client: Client,
    Named(name): Named<String>,
) -> Result<Json<PlanDto>, ApiError> {
    app.actions.allow(&client.actor(), Right::ManageDialplans)?;
    Ok(Json(now(&app, name).await?))
}

#[utoipa::path(put, path = "/dialplans/{name}", tag = "telephony", request_body = PlanBody,
    params(("name" = String, Path, description = "Small letters, digits, `-`, `_`")), responses(
    (status = 200, description = "It answers the next call", body = PlanDto),
    (status = 409, description = "The text is not the one that was changed"),
    (status = 422, description = "It has mistakes; the detail names them"),
))]
pub async fn put(
    State(app): State<App>,
    client: Client,
    Named(name): Named<String>,
    Sent(body): Sent<PlanBody>,
) -> Result<Json<PlanDto>, ApiError> {
    app.actions.allow(&client.actor(), Right::ManageDialplans)?;
    let handle = plans(&app)?;
    if !is_good_name(&name) {
        return Err(ApiError::Unfit("a plan is named with small letters, digits, - and _".into()));
    }
    let text = body.text.replace("\r\n", "\n");
    let put = edit::put_into_force(&app, &client.actor(), &name, &text, &body.seen, &body.note).await;
    match put.map_err(refused)? {
        Outcome::Saved | Outcome::Unchanged => Ok(Json(now(&app, name).await?)),
        Outcome::Conflict(_) => Err(ActionError::Conflict.into()),
        Outcome::Mistakes => {
            let found = tokio::task::spawn_blocking(move || handle.try_text(&name, &text).err());
            let found = found.await.map_err(|_| ApiError::Unreadable)?.unwrap_or_default();
            let lines: Vec<String> = found.iter().map(ToString::to_string).collect();
            Err(ApiError::Unfit(lines.join("\n")))
        }
        Outcome::Failed(_) => Err(ApiError::Unreadable),
    }
}

#[utoipa::path(get, path = "/dialplans/{name}/versions", tag = "telephony",
    params(("name" = String, Path, description = "Of the plan")), responses(
    (status = 200, description = "Texts that were in force, the latest first", body = [PlanVersionDto]),
))]
pub async fn versions(
    State(app): State<App>,
    client: Client,
    Named(name): Named<String>,
) -> Result<Json<Vec<PlanVersionDto>>, ApiError> {
    app.actions.allow(&client.actor(), Right::ManageDialplans)?;
    let directory = app.db.directory();
    let rows = app.db.plan_versions(&name, crate::web::dialplans::VERSIONS).await?;
    let rows = rows.into_iter().map(|row| PlanVersionDto {
        id: row.id,
        revision: row.revision,
        author: row.author.and_then(|id| directory.user(id)).map(|user| user.login.clone()),
        at: row.at.to_string(),
        note: row.note,
    });
    Ok(Json(rows.collect()))
}

#[utoipa::path(get, path = "/dialplans/{name}/versions/{id}", tag = "telephony",
    params(("name" = String, Path, description = "Of the plan"), ("id" = i64, Path, description = "Of the version")), responses(
    (status = 200, description = "As it was", body = PlanDto),
    (status = 404, description = "No such version"),
))]
pub async fn version(
    State(app): State<App>,
    client: Client,
    Named((name, id)): Named<(String, i64)>,
) -> Result<Json<PlanDto>, ApiError> {
    app.actions.allow(&client.actor(), Right::ManageDialplans)?;
    let handle = plans(&app)?;
    let found = app.db.plan_version(id).await?.filter(|(version, _)| version.name == name);
    let (_, text) = found.ok_or(ApiError::NotFound)?;
    Ok(Json(plan_dto(&handle, name, text)))
}

async fn now(app: &App, name: String) -> Result<PlanDto, ApiError> {
    let handle = plans(app)?;
    let found = tokio::task::spawn_blocking(move || {
        let found = handle.file(&name)?;
        Ok::<_, crate::telephony::plans::PlansError>(found.map(|file| plan_dto(&handle, name, file.text)))
    });
    let found = found.await.map_err(|_| ApiError::Unreadable)?;
    found.map_err(|_| ApiError::Unreadable)?.ok_or(ApiError::NotFound)
}

fn plan_dto(handle: &Plans, name: String, text: String) -> PlanDto {
    let in_force = handle.in_force(&name).is_some_and(|source| source.text == text);
    PlanDto { revision: revision(&text), name, text, in_force }
}

fn refused(error: WebError) -> ApiError {
    match error {
        WebError::NotFound => ApiError::NotFound,
        _ => ApiError::Unreadable,
    }
}
