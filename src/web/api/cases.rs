//! `GET /cases`, `GET /cases/{id}`.

use axum::Json;
use axum::extract::rejection::{PathRejection, QueryRejection};
use axum::extract::{Path, Query, State};
use serde::Deserialize;
use utoipa::IntoParams;

use super::dto::{CaseDetailDto, CaseDto, CasePageDto};
use super::problem::ApiError;
use super::token::Client;
use crate::domain::case::{CaseNumber, Channel, Status};
use crate::domain::id::CaseId;
use crate::domain::permission::Right;
use crate::domain::phone::PhoneNumber;
use crate::store::case_list::{CaseFilter, Cursor, PAGE_MAX};
use crate::web::cases::filter::Due;
use crate::web::state::App;

const DEFAULT_LIMIT: u32 = 50;

#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ListQuery {
    /// `new`, `forwarded`, `in_progress`, `answered`, `closed`, `reopened`.
    #[param(value_type = Option<String>)]
    status: Option<Status>,
    /// `call`, `voicemail`, `missed_call`, `sms`, `email`, `web`, `document`.
    #[param(value_type = Option<String>)]
    channel: Option<Channel>,
    /// Key of a category; those under it are found too.
    category: Option<String>,
    /// A case number as it is written, or the caller's telephone number in any notation.
    number: Option<String>,
    /// The caller's telephone number in any notation.
    phone: Option<String>,
    /// `overdue`, `today` or `soon` (the three days after today). The list is then in the order of due dates.
    #[param(value_type = Option<String>)]
    due: Option<Due>,
    /// Words in either script, with or without diacritics.
    q: Option<String>,
    /// `next_cursor` of the page before.
    cursor: Option<String>,
    /// At most 200.
    limit: Option<u32>,
}

#[utoipa::path(get, path = "/cases", tag = "cases", params(ListQuery), responses(
    (status = 200, body = CasePageDto),
    (status = 400, description = "A filter that cannot be read"),
    (status = 403, description = "The token's role may not read cases"),
))]
pub async fn list(
    State(app): State<App>,
    client: Client,
    query: Result<Query<ListQuery>, QueryRejection>,
) -> Result<Json<CasePageDto>, ApiError> {
    app.actions.allow(&client.actor(), Right::ReadCases)?;
    let Query(query) = query.map_err(|e| ApiError::BadRequest(e.body_text()))?;
    let directory = app.db.directory();
    let limit = query.limit.unwrap_or(DEFAULT_LIMIT).clamp(1, PAGE_MAX);
    let after = query.cursor.as_deref().map(str::parse::<Cursor>).transpose();
    let after = after.map_err(|e| ApiError::BadRequest(format!("cursor: {e}")))?;
    let category = match &query.category {
        None => None,
        Some(key) => {
            let known = directory.category_by_key(key).map(|c| c.id);
            Some(known.ok_or_else(|| ApiError::BadRequest(format!("no category {key:?}")))?)
        }
    };
    let (number, phone) = number_or_phone(&app, query.number, query.phone)?;
    let filter = CaseFilter {
        status: query.status,
        channel: query.channel,
        category,
        number,
        phone,
        due: query.due.map(|due| due.window(app.clock.now(), &app.time_zone)),
        q: query.q.filter(|q| !q.trim().is_empty()),
        reach: app.actions.reach(&client.actor()),
        ..CaseFilter::default()
    };
    app.actions.list_viewed(&client.actor(), "cases").await?;
    let page = app.db.case_list(&filter, after, limit).await?;
    Ok(Json(CasePageDto {
        cases: page.rows.iter().map(|row| CaseDto::new(row, &directory)).collect(),
        next_cursor: page.next.map(|cursor| cursor.to_string()),
    }))
}

/// `number` is a case number, unless it reads as a telephone number.
fn number_or_phone(
    app: &App,
    number: Option<String>,
    phone: Option<String>,
) -> Result<(Option<CaseNumber>, Option<PhoneNumber>), ApiError> {
    let parse = |text: &str| PhoneNumber::parse(text, &app.country);
    let phone =
        phone.map(|p| parse(&p).map_err(|_| ApiError::BadRequest(format!("{p:?} is no telephone number"))));
    let phone = phone.transpose()?;
    Ok(match number {
        Some(number) if phone.is_none() => match parse(&number) {
            Ok(phone) => (None, Some(phone)),
            Err(_) => (Some(CaseNumber(number.trim().to_owned())), None),
        },
        number => (number.map(|n| CaseNumber(n.trim().to_owned())), phone),
    })
}

#[utoipa::path(get, path = "/cases/{id}", tag = "cases", params(("id" = i64, Path, description = "`id` of a case")), responses(
    (status = 200, body = CaseDetailDto),
))]
pub async fn show(
    State(app): State<App>,
    client: Client,
    id: Result<Path<i64>, PathRejection>,
) -> Result<Json<CaseDetailDto>, ApiError> {
    let Path(id) = id.map_err(|_| ApiError::NotFound)?;
    let detail = app.actions.read_case(&client.actor(), CaseId(id)).await?;
    Ok(Json(CaseDetailDto::new(&detail, &app.db.directory())))
}
