//! `/opt-outs`: who is not to be sent messages to many.

use axum::Json;
use axum::body::Body;
use axum::extract::State;
use axum::http::StatusCode;
use futures_util::StreamExt as _;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::extract::{Asked, Named, Sent};
use super::problem::ApiError;
use super::token::Client;
use crate::actions::audit::What;
use crate::actions::opt_out::{ImportAsked, Imported, OptOutAsked};
use crate::domain::id::{OptOutId, PersonId};
use crate::domain::opt_out::{OptOutChannel, OptOutMeans};
use crate::domain::permission::Right;
use crate::store::opt_out::{OptOut, OptOutFilter};
use crate::web::opt_outs::LIST;
use crate::web::opt_outs::import::numbers;
use crate::web::state::App;

#[derive(Debug, Serialize, ToSchema)]
pub struct OptOutDto {
    id: i64,
    /// `sms`, `email` or `voice`.
    channel: &'static str,
    /// E.164, or an e-mail address; `null`: it is erased.
    address: Option<String>,
    /// `text`, `link`, `email`, `telephone`, `paper`, `in_person`, `list`, `complaint` or `erasure`.
    means: &'static str,
    remark: String,
    #[schema(value_type = String, format = DateTime)]
    since: String,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct OptOutsDto {
    /// Latest first.
    opt_outs: Vec<OptOutDto>,
}

#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct OptOutsParams {
    /// `sms`, `email` or `voice`.
    channel: Option<String>,
    means: Option<String>,
    /// A number or an address.
    address: Option<String>,
    /// `id` of the last one of the page before.
    before: Option<i64>,
    /// At most 500.
    limit: Option<u32>,
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct OptOutBody {
    /// `sms`, `email` or `voice`.
    #[schema(value_type = String)]
    channel: OptOutChannel,
    /// In any notation.
    address: String,
    /// `telephone`, `paper`, `in_person`, `email` or `complaint`.
    #[schema(value_type = String)]
    means: OptOutMeans,
    #[serde(default)]
    remark: String,
}

#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ReasonParams {
    /// Why, for the audit.
    reason: String,
}

#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ImportParams {
    /// What numbers without a channel of their own are for: `sms`, `voice` or `both`.
    numbers: Option<String>,
    /// What list it is.
    #[serde(default)]
    remark: String,
    /// Only says what would be done.
    #[serde(default)]
    preview: bool,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct ImportDto {
    lines: u64,
    new: u64,
    /// There already, or twice in the list.
    known: u64,
    wrong: u64,
    /// The first hundred.
    errors: Vec<ImportErrorDto>,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct ImportErrorDto {
    line: u64,
    /// `no-address`, `other-channel` or `too-long`.
    why: String,
    /// How the line begins.
    words: String,
}

const DEFAULT: u32 = 100;
const MOST: u32 = 500;

impl OptOutDto {
    fn new(row: OptOut) -> Self {
        Self {
            id: row.id.0,
            channel: row.channel.as_str(),
            address: row.address,
            means: row.means.as_str(),
            remark: row.remark,
            since: row.at.to_string(),
        }
    }
}

#[utoipa::path(get, path = "/opt-outs", tag = "people", params(OptOutsParams), responses(
    (status = 200, body = OptOutsDto),
))]
pub async fn list(
    State(app): State<App>,
    client: Client,
    Asked(params): Asked<OptOutsParams>,
) -> Result<Json<OptOutsDto>, ApiError> {
    let actor = client.actor();
    app.actions.allow(&actor, Right::ReadPeople)?;
    let wrong = |what: &str| ApiError::BadRequest(format!("no such {what}"));
    let channel = params.channel.as_deref().map(str::parse::<OptOutChannel>).transpose();
    let means = params.means.as_deref().map(str::parse::<OptOutMeans>).transpose();
    let address = params.address.unwrap_or_default();
    let stored = [OptOutChannel::Sms, OptOutChannel::Email];
    let stored = stored.iter().find_map(|channel| channel.address(&address, &app.country));
    let filter = OptOutFilter {
        channel: channel.map_err(|_| wrong("channel"))?,
        means: means.map_err(|_| wrong("means"))?,
        begins: stored.unwrap_or(address),
    };
    let limit = params.limit.unwrap_or(DEFAULT).clamp(1, MOST);
    let rows = app.db.opt_outs(&filter, params.before.map(OptOutId), limit).await?;
    app.actions.list_viewed(&actor, LIST).await?;
    Ok(Json(OptOutsDto { opt_outs: rows.into_iter().map(OptOutDto::new).collect() }))
}

#[utoipa::path(get, path = "/people/{id}/opt-outs", tag = "people",
    params(("id" = i64, Path, description = "`id` of a person")), responses(
    (status = 200, description = "Of all their numbers and addresses", body = OptOutsDto),
    (status = 404, description = "No such person"),
))]
pub async fn of_person(
    State(app): State<App>,
    client: Client,
    Named(id): Named<i64>,
) -> Result<Json<OptOutsDto>, ApiError> {
    let actor = client.actor();
    app.actions.allow(&actor, Right::ReadPeople)?;
    let person = app.db.person(PersonId(id)).await?.ok_or(ApiError::NotFound)?;
    app.actions.viewed(&actor, What::PersonViewed, person.id).await?;
    let rows = app.db.opt_outs_of_person(person.id).await?;
    // Also of one that was erased before it came again.
    let known = |(address, row): (String, OptOut)| OptOutDto::new(OptOut { address: Some(address), ..row });
    Ok(Json(OptOutsDto { opt_outs: rows.into_iter().map(known).collect() }))
}

#[utoipa::path(post, path = "/opt-outs", tag = "people", request_body = OptOutBody, responses(
    (status = 201, description = "It stands in the register now"),
    (status = 200, description = "It stood there already, and stands there as it did"),
    (status = 422, description = "The address does not go with the channel"),
))]
pub async fn add(
    State(app): State<App>,
    client: Client,
    Sent(body): Sent<OptOutBody>,
) -> Result<StatusCode, ApiError> {
    let asked =
        OptOutAsked { channel: body.channel, address: body.address, means: body.means, remark: body.remark };
    let is_new = app.actions.opt_out(&client.actor(), asked).await?;
    Ok(if is_new { StatusCode::CREATED } else { StatusCode::OK })
}

#[utoipa::path(delete, path = "/opt-outs/{id}", tag = "people",
    params(("id" = i64, Path, description = "`id` of an entry of the register"), ReasonParams), responses(
    (status = 204, description = "Messages to many may go there again"),
    (status = 404, description = "No such entry"),
))]
pub async fn remove(
    State(app): State<App>,
    client: Client,
    Named(id): Named<i64>,
    Asked(params): Asked<ReasonParams>,
) -> Result<StatusCode, ApiError> {
    app.actions.opt_in(&client.actor(), OptOutId(id), &params.reason).await?;
    Ok(StatusCode::NO_CONTENT)
}

#[utoipa::path(post, path = "/opt-outs/import", tag = "people", params(ImportParams),
    request_body(content = String, content_type = "text/csv", description = "A number or an address on a line, or in the first column"),
    responses(
    (status = 200, description = "Lines that are wrong are left out", body = ImportDto),
    (status = 413, description = "Longer than a file may be"),
))]
pub async fn import(
    State(app): State<App>,
    client: Client,
    Asked(params): Asked<ImportParams>,
    body: Body,
) -> Result<Json<ImportDto>, ApiError> {
    let actor = client.actor();
    app.actions.allow(&actor, Right::ImportOptOuts)?;
    let mut file = app.actions.file_arrives().await?;
    let mut pieces = body.into_data_stream();
    while let Some(piece) = pieces.next().await {
        let piece = piece.map_err(|e| ApiError::BadRequest(e.to_string()))?;
        if file.size() + piece.len() as u64 > app.config.file_bytes() {
            return Err(ApiError::BadRequest(format!("a list has at most {} MB", app.config.max_file_mb)));
        }
        file.write(&piece).await.map_err(crate::actions::ActionError::from)?;
    }
    let kept = app.actions.keep_arrived(file, "opt-outs.csv", Some("text/csv")).await?;
    let asked = ImportAsked {
        file: kept.hash,
        numbers: numbers(params.numbers.as_deref().unwrap_or_default()),
        remark: params.remark,
    };
    let imported = if params.preview {
        app.actions.try_opt_out_import(&actor, &asked).await?
    } else {
        app.actions.import_opt_outs(&actor, &asked).await?
    };
    Ok(Json(dto(imported)))
}

fn dto(imported: Imported) -> ImportDto {
    let errors = imported.errors.into_iter().map(|error| ImportErrorDto {
        line: error.line,
        why: error.why,
        words: error.words,
    });
    ImportDto {
        lines: imported.lines,
        new: imported.new,
        known: imported.known,
        wrong: imported.wrong,
        errors: errors.collect(),
    }
}
