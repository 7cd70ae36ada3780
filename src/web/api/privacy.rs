//! `/people/{id}/report`, `/people/{id}/erasure`, `/retention`, `/audit`: what is kept of citizens, for how long, and who looked at it.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::http::header::CACHE_CONTROL;
use axum::response::{IntoResponse, Response};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::{IntoParams, ToSchema};

use super::extract::{Asked, Named, Sent};
use super::problem::ApiError;
use super::token::Client;
use crate::actions::audit::{AuditFilter, SubjectKind, What, WhoKind};
use crate::actions::erase::Erasure;
use crate::actions::retention::RuleError;
use crate::domain::id::PersonId;
use crate::domain::retention::{Postponed, Rule};
use crate::store::audit::AuditRow;
use crate::web::state::App;

#[derive(Debug, Serialize, ToSchema)]
pub struct ErasureDto {
    /// Numbers of cases of which nothing of the person is left.
    erased: Vec<String>,
    postponed: Vec<PostponedDto>,
    /// Nothing is left anywhere.
    done: bool,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct PostponedDto {
    number: String,
    /// Why it stays for now and goes later by itself: `open`, `legal` or `under_way`.
    why: &'static str,
    /// How long the law wants it kept, and which law.
    until: Option<String>,
    basis: Option<String>,
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ErasureBody {
    /// For the audit: who asked, by what.
    reason: String,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct RetentionDto {
    rules: Vec<RuleDto>,
    /// What would go now.
    due_cases: usize,
    due_recordings: usize,
    due_requests: usize,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct RuleDto {
    /// Key of the category; `null`: every other.
    category: Option<String>,
    #[serde(flatten)]
    rule: RuleBody,
}

#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RuleBody {
    /// Days after its last change for which a closed case keeps what it knows of citizens.
    keep_days: u32,
    recording_days: u32,
    /// Days for which the law wants it kept, whatever a citizen asks for.
    legal_days: u32,
    /// Which law.
    #[serde(default)]
    basis: String,
}

#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct AuditParams {
    /// `user`, `token`, `program` or `unknown`; with the id of a user or the name of a token: `user:7`.
    who: Option<String>,
    /// What was done, as entries have it.
    what: Option<String>,
    /// To what: `case`, `person`, `user` ...
    kind: Option<String>,
    /// Its id or key; with `kind`.
    subject: Option<String>,
    /// RFC 3339.
    #[param(value_type = Option<String>)]
    from: Option<Timestamp>,
    /// Not included.
    #[param(value_type = Option<String>)]
    until: Option<Timestamp>,
    /// Number of the last entry of the page before.
    before: Option<i64>,
    /// At most 200.
    limit: Option<u32>,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct AuditEntryDto {
    id: i64,
    #[schema(value_type = String, format = DateTime)]
    at: String,
    #[schema(example = "user")]
    who_kind: String,
    who: String,
    #[schema(example = "case_viewed")]
    what: String,
    subject_kind: String,
    subject: String,
    /// `null` when nothing was to be said, or it was erased.
    #[schema(value_type = Object)]
    detail: Value,
    erased: bool,
    /// Hexadecimal; over the entry and the digest before it.
    digest: String,
}

const AUDIT_DEFAULT: u32 = 100;
const AUDIT_MAX: u32 = 200;

#[utoipa::path(get, path = "/people/{id}/report", tag = "privacy",
    params(("id" = i64, Path, description = "`id` of a person")), responses(
    (status = 200, description = "Everything that is kept of the person (ZZPL art. 26, 36); written into the audit", body = Object),
    (status = 404, description = "No such person"),
))]
pub async fn report(
    State(app): State<App>,
    client: Client,
    Named(id): Named<i64>,
) -> Result<Response, ApiError> {
    let report = app.actions.person_report(&client.actor(), PersonId(id)).await?;
    Ok(([(CACHE_CONTROL, "no-store")], Json(report.json())).into_response())
}

#[utoipa::path(get, path = "/people/{id}/erasure", tag = "privacy",
    params(("id" = i64, Path, description = "`id` of a person")), responses(
    (status = 200, description = "What would become of a request now; nothing is changed", body = ErasureDto),
    (status = 404, description = "No such person"),
))]
pub async fn try_erasure(
    State(app): State<App>,
    client: Client,
    Named(id): Named<i64>,
) -> Result<Json<ErasureDto>, ApiError> {
    Ok(Json(app.actions.try_erasure(&client.actor(), PersonId(id)).await?.into()))
}

#[utoipa::path(post, path = "/people/{id}/erasure", tag = "privacy", request_body = ErasureBody,
    params(("id" = i64, Path, description = "`id` of a person")), responses(
    (status = 200, description = "What may go is gone", body = ErasureDto),
    (status = 404, description = "No such person"),
    (status = 422, description = "Without a reason"),
))]
pub async fn erase(
    State(app): State<App>,
    client: Client,
    Named(id): Named<i64>,
    Sent(body): Sent<ErasureBody>,
) -> Result<Json<ErasureDto>, ApiError> {
    Ok(Json(app.actions.erase_person(&client.actor(), PersonId(id), &body.reason).await?.into()))
}

#[utoipa::path(get, path = "/retention", tag = "privacy", responses(
    (status = 200, body = RetentionDto),
))]
pub async fn retention(State(app): State<App>, client: Client) -> Result<Json<RetentionDto>, ApiError> {
    let actor = client.actor();
    let rules = app.actions.retention_rules(&actor).await?;
    let due = app.actions.retention_due(&actor).await?;
    let rules = rules.into_iter().map(|rule| RuleDto {
        category: (!rule.category.is_empty()).then_some(rule.category),
        rule: RuleBody {
            keep_days: rule.keep_days,
            recording_days: rule.recording_days,
            legal_days: rule.legal_days,
            basis: rule.basis,
        },
    });
    Ok(Json(RetentionDto {
        rules: rules.collect(),
        due_cases: due.cases,
        due_recordings: due.recordings,
        due_requests: due.requests,
    }))
}

#[utoipa::path(put, path = "/retention", tag = "privacy", request_body = RuleBody, responses(
    (status = 204, description = "The rule of all categories without one of their own"),
    (status = 422, description = "It contradicts itself"),
))]
pub async fn put_usual_rule(
    State(app): State<App>,
    client: Client,
    Sent(body): Sent<RuleBody>,
) -> Result<StatusCode, ApiError> {
    put(&app, &client, String::new(), body).await
}

#[utoipa::path(put, path = "/retention/{category}", tag = "privacy", request_body = RuleBody,
    params(("category" = String, Path, description = "Key of a category")), responses(
    (status = 204, description = "The category has this rule"),
    (status = 422, description = "It contradicts itself, or there is no such category"),
))]
pub async fn put_rule(
    State(app): State<App>,
    client: Client,
    Named(category): Named<String>,
    Sent(body): Sent<RuleBody>,
) -> Result<StatusCode, ApiError> {
    put(&app, &client, category, body).await
}

async fn put(app: &App, client: &Client, category: String, body: RuleBody) -> Result<StatusCode, ApiError> {
    let RuleBody { keep_days, recording_days, legal_days, basis } = body;
    let rule = Rule { category, keep_days, recording_days, legal_days, basis };
    app.actions.put_retention_rule(&client.actor(), rule).await.map_err(|error| match error {
        RuleError::Action(error) => ApiError::Action(error),
        wrong @ RuleError::Wrong(_) => ApiError::Unfit(wrong.to_string()),
    })?;
    Ok(StatusCode::NO_CONTENT)
}

#[utoipa::path(delete, path = "/retention/{category}", tag = "privacy",
    params(("category" = String, Path, description = "Key of a category")), responses(
    (status = 204, description = "The category is like all others"),
    (status = 404, description = "It has no rule of its own"),
))]
pub async fn drop_rule(
    State(app): State<App>,
    client: Client,
    Named(category): Named<String>,
) -> Result<StatusCode, ApiError> {
    app.actions.drop_retention_rule(&client.actor(), &category).await?;
    Ok(StatusCode::NO_CONTENT)
}

#[utoipa::path(get, path = "/audit", tag = "privacy", params(AuditParams), responses(
    (status = 200, description = "The latest first; that it was read is written down too", body = [AuditEntryDto]),
    (status = 400, description = "A filter that cannot be read"),
))]
pub async fn audit(
    State(app): State<App>,
    client: Client,
    Asked(params): Asked<AuditParams>,
) -> Result<Json<Vec<AuditEntryDto>>, ApiError> {
    let limit = params.limit.unwrap_or(AUDIT_DEFAULT).clamp(1, AUDIT_MAX);
    let before = params.before;
    let rows = app.actions.audit_page(&client.actor(), &filter(params)?, before, limit).await?;
    Ok(Json(rows.into_iter().map(AuditEntryDto::from).collect()))
}

fn filter(params: AuditParams) -> Result<AuditFilter, ApiError> {
    let bad = |what: &str, word: &str| ApiError::BadRequest(format!("{what}: {word:?} is not known"));
    let who = match params.who.as_deref() {
        None => None,
        Some(who) => {
            let (kind, id) =
                who.split_once(':').map_or((who, None), |(kind, id)| (kind, Some(id.to_owned())));
            Some((kind.parse::<WhoKind>().map_err(|_| bad("who", who))?, id))
        }
    };
    let what = match params.what.as_deref() {
        None => None,
        Some(what) => Some(what.parse::<What>().map_err(|_| bad("what", what))?),
    };
    let subject = match (params.kind.as_deref(), params.subject) {
        (Some(kind), subject) => Some((kind.parse::<SubjectKind>().map_err(|_| bad("kind", kind))?, subject)),
        (None, Some(_)) => return Err(ApiError::BadRequest("subject: say its kind too".into())),
        (None, None) => None,
    };
    let (from, until) = (params.from, params.until);
    Ok(AuditFilter { who, what, subject, from, until, without_seals: what.is_none() })
}

impl From<AuditRow> for AuditEntryDto {
    fn from(row: AuditRow) -> Self {
        let detail = row.detail.and_then(|(detail, _)| serde_json::from_str(&detail).ok());
        let link = row.link;
        Self {
            id: link.id,
            at: Timestamp::from_microsecond(link.at).unwrap_or(Timestamp::UNIX_EPOCH).to_string(),
            who_kind: link.who_kind,
            who: link.who,
            what: link.what,
            subject_kind: link.subject_kind,
            subject: link.subject,
            detail: detail.unwrap_or_default(),
            erased: row.erasure.is_some(),
            digest: link.digest.iter().map(|byte| format!("{byte:02x}")).collect(),
        }
    }
}

impl From<Erasure> for ErasureDto {
    fn from(erasure: Erasure) -> Self {
        let postponed = erasure.postponed.into_iter().map(|(number, why)| {
            let (why, until, basis) = match why {
                Postponed::Open => ("open", None, None),
                Postponed::UnderWay => ("under_way", None, None),
                Postponed::Legal { until, basis } => ("legal", Some(until.to_string()), Some(basis)),
            };
            PostponedDto { number: number.to_string(), why, until, basis }
        });
        Self {
            erased: erasure.erased.iter().map(ToString::to_string).collect(),
            postponed: postponed.collect(),
            done: erasure.done,
        }
    }
}
