//! `/webhooks`: who is told, and the log of deliveries.

use axum::Json;
use axum::extract::rejection::{JsonRejection, PathRejection};
use axum::extract::{Path, State};
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::problem::ApiError;
use super::token::Client;
use crate::actions::ActionError;
use crate::actions::webhook::{WebhookError, WebhookRow};
use crate::domain::id::{WebhookDeliveryId, WebhookId};
use crate::domain::webhook::Event;
use crate::store::webhook::DeliveryRow;
use crate::web::state::App;

#[derive(Debug, Serialize, ToSchema)]
pub struct WebhookDto {
    pub id: i64,
    #[schema(example = "https://example.rs/odziv")]
    pub url: String,
    #[schema(example = json!(["case.opened", "case.closed"]))]
    pub events: Vec<&'static str>,
    /// `null`: it is told. Otherwise `stopped`, `unreachable` or `gone`.
    pub rests: Option<&'static str>,
    /// Nothing was accepted since then.
    pub failing_since: Option<String>,
    /// Only in the answer that made it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub secret: Option<String>,
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct WebhookFields {
    #[schema(example = "https://example.rs/odziv")]
    url: String,
    /// `case.opened`, `case.changed`, `case.answered`, `case.closed`, `case.reopened`, `contact.added`, `message.delivered`,
    /// `message.failed`.
    #[schema(value_type = Vec<String>)]
    events: Vec<Event>,
    /// Told nothing while `false`.
    #[serde(default = "yes")]
    active: bool,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct DeliveryDto {
    pub id: i64,
    /// The header `webhook-id`.
    pub message_id: String,
    pub event: &'static str,
    pub case: Option<i64>,
    pub at: String,
    /// `queued`, `delivered` or `failed`.
    pub state: &'static str,
    pub tries: i64,
    pub next_at: String,
    pub last_at: Option<String>,
    pub last_status: Option<i64>,
    pub last_error: Option<String>,
}

/// The newest deliveries that are shown.
const SHOWN: u32 = 100;

fn yes() -> bool {
    true
}

#[utoipa::path(get, path = "/webhooks", tag = "webhooks", responses(
    (status = 200, body = [WebhookDto]),
))]
pub async fn list(State(app): State<App>, client: Client) -> Result<Json<Vec<WebhookDto>>, ApiError> {
    app.actions.may_manage_webhooks(&client.actor())?;
    Ok(Json(app.db.webhooks().await?.iter().map(|webhook| dto(webhook, None)).collect()))
}

#[utoipa::path(post, path = "/webhooks", tag = "webhooks", request_body = WebhookFields, responses(
    (status = 201, description = "With its secret, this once", body = WebhookDto),
    (status = 422, description = "An address that may not be called"),
))]
pub async fn add(
    State(app): State<App>,
    client: Client,
    fields: Result<Json<WebhookFields>, JsonRejection>,
) -> Result<(StatusCode, Json<WebhookDto>), ApiError> {
    let Json(fields) = fields.map_err(|e| ApiError::BadRequest(e.body_text()))?;
    let added = app.actions.add_webhook(&client.actor(), &fields.url, fields.events).await;
    let (id, secret) = added.map_err(api)?;
    let stored = app.db.webhook(id).await?.ok_or(ApiError::NotFound)?;
    Ok((StatusCode::CREATED, Json(dto(&stored, Some(secret.0)))))
}

#[utoipa::path(put, path = "/webhooks/{id}", tag = "webhooks", request_body = WebhookFields,
    params(("id" = i64, Path, description = "`id` of a webhook")), responses(
    (status = 200, description = "As it is now", body = WebhookDto),
    (status = 404, description = "No such webhook"),
    (status = 422, description = "An address that may not be called"),
))]
pub async fn put(
    State(app): State<App>,
    client: Client,
    id: Result<Path<i64>, PathRejection>,
    fields: Result<Json<WebhookFields>, JsonRejection>,
) -> Result<Json<WebhookDto>, ApiError> {
    let Path(id) = id.map_err(|_| ApiError::NotFound)?;
    let Json(fields) = fields.map_err(|e| ApiError::BadRequest(e.body_text()))?;
    let id = WebhookId(id);
    let WebhookFields { url, events, active } = fields;
    app.actions.change_webhook(&client.actor(), id, &url, events, !active).await.map_err(api)?;
    let stored = app.db.webhook(id).await?.ok_or(ApiError::NotFound)?;
    Ok(Json(dto(&stored, None)))
}

#[utoipa::path(post, path = "/webhooks/{id}/secret", tag = "webhooks",
    params(("id" = i64, Path, description = "`id` of a webhook")), responses(
    (status = 200, description = "With its new secret, this once", body = WebhookDto),
    (status = 404, description = "No such webhook"),
))]
pub async fn renew(
    State(app): State<App>,
    client: Client,
    id: Result<Path<i64>, PathRejection>,
) -> Result<Json<WebhookDto>, ApiError> {
    let id = WebhookId(id.map_err(|_| ApiError::NotFound)?.0);
    let secret = app.actions.renew_webhook_secret(&client.actor(), id).await.map_err(api)?;
    let stored = app.db.webhook(id).await?.ok_or(ApiError::NotFound)?;
    Ok(Json(dto(&stored, Some(secret.0))))
}

#[utoipa::path(delete, path = "/webhooks/{id}", tag = "webhooks",
    params(("id" = i64, Path, description = "`id` of a webhook")), responses(
    (status = 204, description = "It and its log are gone"),
    (status = 404, description = "No such webhook"),
))]
pub async fn remove(
    State(app): State<App>,
    client: Client,
    id: Result<Path<i64>, PathRejection>,
) -> Result<StatusCode, ApiError> {
    let Path(id) = id.map_err(|_| ApiError::NotFound)?;
    app.actions.remove_webhook(&client.actor(), WebhookId(id)).await.map_err(api)?;
    Ok(StatusCode::NO_CONTENT)
}

#[utoipa::path(post, path = "/webhooks/{id}/test", tag = "webhooks",
    params(("id" = i64, Path, description = "`id` of a webhook")), responses(
    (status = 202, description = "A test is on its way"),
    (status = 404, description = "No such webhook"),
))]
pub async fn test(
    State(app): State<App>,
    client: Client,
    id: Result<Path<i64>, PathRejection>,
) -> Result<StatusCode, ApiError> {
    let Path(id) = id.map_err(|_| ApiError::NotFound)?;
    app.actions.test_webhook(&client.actor(), WebhookId(id)).await.map_err(api)?;
    Ok(StatusCode::ACCEPTED)
}

#[utoipa::path(get, path = "/webhooks/{id}/deliveries", tag = "webhooks",
    params(("id" = i64, Path, description = "`id` of a webhook")), responses(
    (status = 200, description = "The newest hundred, the newest first", body = [DeliveryDto]),
))]
pub async fn deliveries(
    State(app): State<App>,
    client: Client,
    id: Result<Path<i64>, PathRejection>,
) -> Result<Json<Vec<DeliveryDto>>, ApiError> {
    let Path(id) = id.map_err(|_| ApiError::NotFound)?;
    app.actions.may_manage_webhooks(&client.actor())?;
    let rows = app.db.webhook_deliveries(WebhookId(id), None, SHOWN).await?;
    Ok(Json(rows.iter().map(delivery_dto).collect()))
}

#[utoipa::path(post, path = "/webhooks/{id}/deliveries/{delivery}", tag = "webhooks",
    params(("id" = i64, Path, description = "`id` of a webhook"), ("delivery" = i64, Path, description = "`id` of a delivery")),
    responses(
    (status = 202, description = "It is sent again, under the same message id"),
    (status = 404, description = "No such delivery"),
))]
pub async fn again(
    State(app): State<App>,
    client: Client,
    ids: Result<Path<(i64, i64)>, PathRejection>,
) -> Result<StatusCode, ApiError> {
    let Path((id, delivery)) = ids.map_err(|_| ApiError::NotFound)?;
    let sent = app.actions.send_again(&client.actor(), WebhookId(id), WebhookDeliveryId(delivery)).await;
    sent.map_err(api)?;
    Ok(StatusCode::ACCEPTED)
}

fn api(error: WebhookError) -> ApiError {
    match error {
        WebhookError::Action(error) => error.into(),
        other => ActionError::Invalid(other.to_string()).into(),
    }
}

fn dto(webhook: &WebhookRow, secret: Option<String>) -> WebhookDto {
    WebhookDto {
        id: webhook.id.0,
        url: webhook.url.clone(),
        events: webhook.events.iter().map(|event| event.as_str()).collect(),
        rests: webhook.rests.map(|why| why.as_str()),
        failing_since: webhook.failing_since.map(|since| since.to_string()),
        secret,
    }
}

fn delivery_dto(row: &DeliveryRow) -> DeliveryDto {
    DeliveryDto {
        id: row.id.0,
        message_id: row.message_id.clone(),
        event: row.event.as_str(),
        case: row.case.map(|case| case.0),
        at: row.at.to_string(),
        state: row.state.as_str(),
        tries: row.tries,
        next_at: row.next_at.to_string(),
        last_at: row.last_at.map(|at| at.to_string()),
        last_status: row.last_status,
        last_error: row.last_error.clone(),
    }
}
