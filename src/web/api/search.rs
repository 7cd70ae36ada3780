//! The search over cases and people.

use axum::Json;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::dto::CaseDto;
use super::people::{DEFAULT_LIMIT, PersonRowDto, told};
use super::problem::ApiError;
use super::token::Client;
use crate::domain::permission::Right;
use crate::domain::phone::PhoneNumber;
use crate::domain::search::{Place, Query as SearchQuery};
use crate::store::case_list::CaseFilter;
use crate::store::search::{CaseHit, HITS_MAX};
use crate::web::state::App;

#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct SearchParams {
    /// A case number, a telephone number in any notation, a name, an address, words of any entry, in either script.
    q: String,
    /// `next_cursor` of the page before.
    cursor: Option<String>,
    /// At most 50.
    limit: Option<u32>,
}

/// The best first: of the number, of the telephone number, of the name, then of the words; each newest first.
#[derive(Debug, Serialize, ToSchema)]
pub struct HitsDto {
    cases: Vec<HitDto>,
    /// On the first page, to whom people may be shown.
    people: Vec<PersonRowDto>,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_cursor: Option<String>,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct HitDto {
    /// Why: `number`, `phone`, `name` or `words`.
    #[schema(example = "name")]
    rank: &'static str,
    case: CaseDto,
}

#[utoipa::path(get, path = "/search", tag = "people", params(SearchParams), responses(
    (status = 200, body = HitsDto),
    (status = 400, description = "A cursor that cannot be read"),
    (status = 403, description = "The token may not read cases"),
))]
pub async fn search(
    State(app): State<App>,
    client: Client,
    params: Result<Query<SearchParams>, QueryRejection>,
) -> Result<Json<HitsDto>, ApiError> {
    let Query(params) = params.map_err(|e| ApiError::BadRequest(e.body_text()))?;
    app.actions.allow(&client.actor(), Right::ReadCases)?;
    let after = params.cursor.as_deref().map(str::parse::<Place>).transpose();
    let after = after.map_err(|e| ApiError::BadRequest(format!("cursor: {e}")))?;
    let limit = params.limit.unwrap_or(DEFAULT_LIMIT).clamp(1, HITS_MAX);
    let Some(query) = SearchQuery::parse(&params.q) else {
        return Ok(Json(HitsDto { cases: Vec::new(), people: Vec::new(), next_cursor: None }));
    };
    let phone = PhoneNumber::parse(&params.q, &app.country).ok();
    let within = CaseFilter { reach: app.actions.reach(&client.actor()), ..CaseFilter::default() };
    let found = app.db.search_cases(&query, phone.as_ref(), &within, after, limit).await?;
    let mut people = Vec::new();
    if after.is_none() && app.actions.allow(&client.actor(), Right::ReadPeople).is_ok() {
        people = app.db.people(Some(&query), phone.as_ref(), None, limit).await?;
        people.truncate(limit as usize);
    }
    app.actions.list_viewed(&client.actor(), "search").await?;
    told(&app, &client, "search", &people).await?;
    let directory = app.db.directory();
    let hit = |hit: &CaseHit| HitDto { rank: hit.rank.as_str(), case: CaseDto::new(&hit.case, &directory) };
    Ok(Json(HitsDto {
        cases: found.hits.iter().map(hit).collect(),
        people: people.iter().map(PersonRowDto::new).collect(),
        next_cursor: found.next.map(|place| place.to_string()),
    }))
}
