//! `/areas/{key}`, `/areas/import`: parts of the municipality and their streets.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::catalogue::{AreaDto, area_dto};
use super::extract::{Named, Sent};
use super::problem::ApiError;
use super::token::Client;
use crate::actions::ActionError;
use crate::actions::catalogue::{AreaChange, CatalogueError, ImportError};
use crate::domain::area::{Side, Street};
use crate::web::state::App;

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AreaBody {
    /// In Serbian Cyrillic.
    name_sr: String,
    #[serde(default)]
    name_en: String,
    /// All of them: what is left out is no longer of the area.
    streets: Vec<StreetBody>,
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct StreetBody {
    name: String,
    /// The first and the last house; left out: from the beginning, to the end.
    from: Option<u32>,
    to: Option<u32>,
    /// `both`, `odd` or `even`.
    #[serde(default = "both")]
    #[schema(value_type = String)]
    side: Side,
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct TableBody {
    /// `area; street; houses` on a line.
    #[schema(example = "Центар; Дунавска; 1-31 непарни")]
    table: String,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct ImportedDto {
    areas: usize,
    streets: usize,
}

fn both() -> Side {
    Side::Both
}

#[utoipa::path(put, path = "/areas/{key}", tag = "catalogue", request_body = AreaBody,
    params(("key" = String, Path, description = "Small letters, digits, `-`, `_`")), responses(
    (status = 200, description = "As it is now", body = AreaDto),
    (status = 422, description = "Out of bounds"),
))]
pub async fn put(
    State(app): State<App>,
    client: Client,
    Named(key): Named<String>,
    Sent(body): Sent<AreaBody>,
) -> Result<Json<AreaDto>, ApiError> {
    let street = |street: StreetBody| Street {
        name: street.name,
        from: street.from,
        to: street.to,
        side: street.side,
    };
    let change = AreaChange {
        name_sr: body.name_sr,
        name_en: body.name_en,
        streets: body.streets.into_iter().map(street).collect(),
    };
    let key = app.actions.put_area(&client.actor(), &key, change).await.map_err(api)?;
    let directory = app.db.directory();
    let stored = directory.areas.all().iter().find(|area| area.key == key).ok_or(ApiError::NotFound)?;
    Ok(Json(area_dto(stored)))
}

#[utoipa::path(delete, path = "/areas/{key}", tag = "catalogue",
    params(("key" = String, Path, description = "Of the area")), responses(
    (status = 204, description = "It is gone; its cases stay as they are"),
    (status = 404, description = "No such area"),
))]
pub async fn remove(
    State(app): State<App>,
    client: Client,
    Named(key): Named<String>,
) -> Result<StatusCode, ApiError> {
    app.actions.remove_area(&client.actor(), &key).await.map_err(api)?;
    Ok(StatusCode::NO_CONTENT)
}

#[utoipa::path(post, path = "/areas/import", tag = "catalogue", request_body = TableBody, responses(
    (status = 200, description = "Areas that the table names have its streets; the others stay", body = ImportedDto),
    (status = 422, description = "A line that cannot be read; nothing was taken over"),
))]
pub async fn import(
    State(app): State<App>,
    client: Client,
    Sent(body): Sent<TableBody>,
) -> Result<Json<ImportedDto>, ApiError> {
    let imported = app.actions.import_areas(&client.actor(), &body.table).await;
    let imported = imported.map_err(|error| match error {
        ImportError::Catalogue(error) => api(error),
        wrong @ ImportError::Line(..) => ApiError::Unfit(wrong.to_string()),
    })?;
    Ok(Json(ImportedDto { areas: imported.areas, streets: imported.streets }))
}

fn api(error: CatalogueError) -> ApiError {
    match error {
        CatalogueError::Action(error) => error.into(),
        other => ActionError::Invalid(other.to_string()).into(),
    }
}
