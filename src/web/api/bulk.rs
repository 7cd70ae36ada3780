//! `POST /cases/bulk`: one change to many cases, looked over or carried out.

use axum::Json;
use axum::extract::State;
use axum::extract::rejection::JsonRejection;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::problem::ApiError;
use super::token::Client;
use crate::actions::bulk::{Change, Verdict};
use crate::domain::id::{CaseId, MacroId};
use crate::web::state::App;

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct BulkBody {
    /// `true`: nothing is changed, the answer says what would happen.
    #[serde(default)]
    preview: bool,
    /// `take_up`, `put_back`, `close`, `assign`, `forward`, `classify`, `note` or `macro`.
    #[schema(example = "assign")]
    action: String,
    /// At most 500.
    cases: Vec<BulkCase>,
    /// Log-in name, for `assign`; left out: nobody.
    user: Option<String>,
    /// Key of a service, for `forward`.
    department: Option<String>,
    /// Key of a category, for `classify`.
    category: Option<String>,
    /// Id of a macro, for `macro`.
    #[serde(rename = "macro")]
    used: Option<i64>,
    /// For `note`, and to go along with `forward`.
    #[serde(default)]
    note: String,
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct BulkCase {
    id: i64,
    version: i64,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct BulkResult {
    id: i64,
    /// Looked over: `will`, `already` or `no`; carried out: `done` or `no`.
    #[schema(example = "done")]
    state: &'static str,
    /// Why not.
    detail: Option<String>,
}

#[utoipa::path(post, path = "/cases/bulk", tag = "cases", request_body = BulkBody, responses(
    (status = 200, description = "One result for each case that the token may read", body = Vec<BulkResult>),
    (status = 400, description = "No such action, user, service or category"),
    (status = 403, description = "Without the right to change many cases"),
    (status = 422, description = "Too many cases"),
))]
pub async fn change(
    State(app): State<App>,
    client: Client,
    body: Result<Json<BulkBody>, JsonRejection>,
) -> Result<Json<Vec<BulkResult>>, ApiError> {
    let Json(body) = body.map_err(|e| ApiError::BadRequest(e.body_text()))?;
    let (actor, change) = (client.actor(), wanted(&app, &body)?);
    if body.preview {
        let cases: Vec<CaseId> = body.cases.iter().map(|case| CaseId(case.id)).collect();
        let previews = app.actions.preview_bulk(&actor, &cases, &change).await?;
        let results = previews.into_iter().map(|preview| {
            let (state, detail) = match preview.verdict {
                Verdict::Will => ("will", None),
                Verdict::Already => ("already", None),
                Verdict::Impossible(why) => ("no", Some(why.to_string())),
                Verdict::Forbidden(decision) => ("no", Some(decision.to_string())),
                Verdict::Stopped(stopped) => ("no", Some(format!("act {}: {}", stopped.at, stopped.why))),
            };
            BulkResult { id: preview.case.id.0, state, detail }
        });
        return Ok(Json(results.collect()));
    }
    let cases: Vec<(CaseId, i64)> = body.cases.iter().map(|case| (CaseId(case.id), case.version)).collect();
    let done = app.actions.carry_out_bulk(&actor, &cases, &change).await?;
    let results = done.into_iter().map(|done| match done.result {
        Ok(()) => BulkResult { id: done.case.0, state: "done", detail: None },
        Err(why) => BulkResult { id: done.case.0, state: "no", detail: Some(why.to_string()) },
    });
    Ok(Json(results.collect()))
}

fn wanted(app: &App, body: &BulkBody) -> Result<Change, ApiError> {
    let directory = app.db.directory();
    let unknown = |what: &str| ApiError::BadRequest(format!("no such {what}"));
    Ok(match body.action.as_str() {
        "take_up" => Change::TakeUp,
        "put_back" => Change::PutBack,
        "close" => Change::Close,
        "assign" => Change::Assign(match &body.user {
            Some(login) => Some(directory.user_by_login(login).ok_or_else(|| unknown("user"))?.id),
            None => None,
        }),
        "forward" => {
            let key = body.department.as_deref().unwrap_or_default();
            let to = directory.department_by_key(key).ok_or_else(|| unknown("service"))?.id;
            Change::Forward { to, note: body.note.clone() }
        }
        "classify" => {
            let key = body.category.as_deref().unwrap_or_default();
            Change::Classify(directory.category_by_key(key).ok_or_else(|| unknown("category"))?.id)
        }
        "macro" => Change::Macro(MacroId(body.used.ok_or_else(|| unknown("macro"))?)),
        "note" => Change::Note(body.note.clone()),
        _ => return Err(unknown("action")),
    })
}
