//! `GET /cases/{id}/timeline`.

use axum::Json;
use axum::extract::rejection::{PathRejection, QueryRejection};
use axum::extract::{Path, Query, State};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::dto::EntryDto;
use super::problem::ApiError;
use super::token::Client;
use crate::actions::audit::What;
use crate::domain::id::{CaseEventId, CaseId};
use crate::domain::timeline::Visibility;
use crate::store::event::TimelineFilter;
use crate::web::state::App;

const DEFAULT_LIMIT: u32 = 100;
const LIMIT_MAX: u32 = 1_000;

#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct TimelineQuery {
    /// Kinds of entries with commas between, for example `note,text_received`.
    kind: Option<String>,
    /// `public` or `internal`.
    #[param(value_type = Option<String>)]
    visibility: Option<Visibility>,
    /// Log-in name of the user who did it.
    user: Option<String>,
    /// Name of the token that did it.
    token: Option<String>,
    /// RFC 3339; entries from then on.
    #[param(value_type = Option<String>, format = DateTime)]
    from: Option<Timestamp>,
    /// RFC 3339; entries before.
    #[param(value_type = Option<String>, format = DateTime)]
    until: Option<Timestamp>,
    /// `next_before` of the page before: earlier entries.
    before: Option<i64>,
    /// At most 1000.
    limit: Option<u32>,
}

/// The latest entries that the filter is about, oldest first.
#[derive(Debug, Serialize, ToSchema)]
pub struct TimelinePageDto {
    pub entries: Vec<EntryDto>,
    /// Give it back as `before` for earlier entries; absent when there are none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_before: Option<i64>,
}

#[utoipa::path(get, path = "/cases/{id}/timeline", tag = "cases",
    params(("id" = i64, Path, description = "`id` of a case"), TimelineQuery), responses(
    (status = 200, body = TimelinePageDto),
    (status = 400, description = "A filter that cannot be read"),
))]
pub async fn show(
    State(app): State<App>,
    client: Client,
    id: Result<Path<i64>, PathRejection>,
    query: Result<Query<TimelineQuery>, QueryRejection>,
) -> Result<Json<TimelinePageDto>, ApiError> {
    let Path(id) = id.map_err(|_| ApiError::NotFound)?;
    let Query(query) = query.map_err(|e| ApiError::BadRequest(e.body_text()))?;
    let directory = app.db.directory();
    let user = match &query.user {
        None => None,
        Some(login) => {
            let known = directory.user_by_login(login).map(|user| user.id);
            Some(known.ok_or_else(|| ApiError::BadRequest(format!("no user {login:?}")))?)
        }
    };
    let limit = query.limit.unwrap_or(DEFAULT_LIMIT).clamp(1, LIMIT_MAX);
    let kinds = query.kind.as_deref().unwrap_or_default().split(',').map(str::trim);
    let filter = TimelineFilter {
        kinds: kinds.filter(|kind| !kind.is_empty()).map(str::to_owned).collect(),
        visibility: query.visibility,
        user,
        token: query.token,
        from: query.from,
        until: query.until,
        before: query.before.map(CaseEventId),
    };
    let case = app.db.case_row(CaseId(id)).await?.ok_or(ApiError::NotFound)?;
    let actor = client.actor();
    app.actions.may_read_row(&actor, &case.facts(), &[])?;
    app.actions.viewed(&actor, What::CaseViewed, CaseId(id)).await?;
    let entries = app.db.timeline_of(CaseId(id), &filter, limit).await?;
    let full = u32::try_from(entries.len()).is_ok_and(|count| count >= limit);
    Ok(Json(TimelinePageDto {
        next_before: entries.first().filter(|_| full).map(|entry| entry.id.0),
        entries: entries.iter().map(|entry| EntryDto::new(entry, &directory)).collect(),
    }))
}
