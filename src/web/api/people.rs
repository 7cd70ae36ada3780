//! People: their cards, what they sent, merges.

use axum::Json;
use axum::extract::rejection::{JsonRejection, PathRejection, QueryRejection};
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::dto::CreatedDto;
use super::problem::ApiError;
use super::token::Client;
use crate::actions::audit::What;
use crate::actions::person::PersonChange;
use crate::domain::id::{PersonEventId, PersonId};
use crate::domain::permission::Right;
use crate::domain::person::{
    ConsentKind, ConsentMeans, PersonFacts, PersonLanguage, Point, PointKind, TellBy,
};
use crate::domain::phone::PhoneNumber;
use crate::domain::search::Query as SearchQuery;
use crate::store::case_list::Cursor;
use crate::store::person::{PEOPLE_MAX, PersonRow};
use crate::store::person_card::{PersonCard, SentPage};
use crate::web::state::App;

pub(super) const DEFAULT_LIMIT: u32 = 20;

type Body<T> = Result<Json<T>, JsonRejection>;
type Id = Result<Path<i64>, PathRejection>;

#[derive(Debug, Serialize, ToSchema)]
pub struct PersonRowDto {
    id: i64,
    name: String,
    address: String,
    /// E.164; the preferred one.
    phone: String,
    email: String,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct PersonDto {
    id: i64,
    name: String,
    address: String,
    /// `sr-Cyrl`, `sr-Latn` or `en`; `null`: as they wrote.
    language: Option<&'static str>,
    /// `sms`, `email`, `post` or `none`; `null`: as they wrote.
    tell_by: Option<&'static str>,
    points: Vec<PointDto>,
    consents: Vec<ConsentDto>,
    merged: Vec<MergedDto>,
    /// What they sent, latest first.
    sent: Vec<SentDto>,
    /// Give it back as `cursor` for what belongs to older cases.
    #[serde(skip_serializing_if = "Option::is_none")]
    next_cursor: Option<String>,
    version: i64,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct PointDto {
    /// `phone`, `email` or `address`.
    kind: &'static str,
    value: String,
    is_primary: bool,
    /// Since when it is known to reach nobody.
    invalid_at: Option<String>,
    failure: Option<FailureDto>,
}

/// The last message that did not arrive.
#[derive(Debug, Serialize, ToSchema)]
pub struct FailureDto {
    at: String,
    #[schema(example = "undeliverable")]
    state: &'static str,
    why: Option<String>,
    case: Option<i64>,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct ConsentDto {
    /// `recording`, `text_notices`, `email_notices` or `surveys`.
    consent: &'static str,
    given: bool,
    /// `telephone`, `paper`, `email`, `text`, `web` or `in_person`.
    means: &'static str,
    at: String,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct MergedDto {
    person: i64,
    name: String,
    /// Give it back to undo the merge.
    merge: i64,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct SentDto {
    at: String,
    case: i64,
    case_number: String,
    /// Of the entry; that of the channel for a document or a form.
    #[schema(example = "text_received")]
    kind: &'static str,
    words: String,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct PeopleDto {
    people: Vec<PersonRowDto>,
}

#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct PeopleParams {
    /// Without it those who have a name, newest first.
    q: Option<String>,
    /// Id of the last one of the page before; only without `q`, and with the right to export.
    after: Option<i64>,
    /// At most 100.
    limit: Option<u32>,
}

#[utoipa::path(get, path = "/people", tag = "people", params(PeopleParams), responses(
    (status = 200, body = PeopleDto),
    (status = 403, description = "The token may not read people"),
))]
pub async fn list(
    State(app): State<App>,
    client: Client,
    params: Result<Query<PeopleParams>, QueryRejection>,
) -> Result<Json<PeopleDto>, ApiError> {
    let Query(params) = params.map_err(|e| ApiError::BadRequest(e.body_text()))?;
    app.actions.allow(&client.actor(), Right::ReadPeople)?;
    let q = params.q.unwrap_or_default();
    let query = SearchQuery::parse(&q);
    let phone = PhoneNumber::parse(&q, &app.country).ok();
    // Page after page it is the whole register: an export.
    if query.is_none() && params.after.is_some() {
        app.actions.allow(&client.actor(), Right::Export)?;
    }
    let limit = params.limit.unwrap_or(DEFAULT_LIMIT).clamp(1, PEOPLE_MAX);
    let mut people = app.db.people(query.as_ref(), phone.as_ref(), params.after.map(PersonId), limit).await?;
    people.truncate(limit as usize);
    told(&app, &client, "people", &people).await?;
    Ok(Json(PeopleDto { people: people.iter().map(PersonRowDto::new).collect() }))
}

/// The audit hears who was shown, before it is.
pub(super) async fn told(
    app: &App,
    client: &Client,
    list: &str,
    people: &[PersonRow],
) -> Result<(), ApiError> {
    let shown: Vec<PersonId> = people.iter().map(|person| person.id).collect();
    Ok(app.actions.people_listed(&client.actor(), list, &shown).await?)
}

#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct CardParams {
    /// `next_cursor` of the page before.
    cursor: Option<String>,
}

#[utoipa::path(get, path = "/people/{id}", tag = "people", params(("id" = i64, Path, description = "`id` of a person"), CardParams), responses(
    (status = 200, description = "The person, or whoever they were merged into", body = PersonDto),
    (status = 404, description = "No such person"),
))]
pub async fn show(
    State(app): State<App>,
    client: Client,
    id: Id,
    params: Result<Query<CardParams>, QueryRejection>,
) -> Result<Json<PersonDto>, ApiError> {
    let Path(id) = id.map_err(|_| ApiError::NotFound)?;
    let Query(params) = params.map_err(|e| ApiError::BadRequest(e.body_text()))?;
    app.actions.allow(&client.actor(), Right::ReadPeople)?;
    let after = params.cursor.as_deref().map(str::parse::<Cursor>).transpose();
    let after = after.map_err(|e| ApiError::BadRequest(format!("cursor: {e}")))?;
    let reach = app.actions.reach(&client.actor());
    let card = app.db.person_card(PersonId(id), &reach).await?.ok_or(ApiError::NotFound)?;
    let sent = app.db.sent_by(card.person.id, &reach, after).await?;
    app.actions.viewed(&client.actor(), What::PersonViewed, card.person.id).await?;
    Ok(Json(PersonDto::new(&card, &sent)))
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewPersonBody {
    #[serde(default)]
    name: String,
    #[schema(value_type = Option<String>, example = "sr-Latn")]
    language: Option<PersonLanguage>,
    #[schema(value_type = Option<String>, example = "sms")]
    tell_by: Option<TellBy>,
    #[serde(default)]
    points: Vec<PointBody>,
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PointBody {
    #[schema(value_type = String, example = "phone")]
    kind: PointKind,
    /// A telephone number in any notation.
    value: String,
}

#[utoipa::path(post, path = "/people", tag = "people", request_body = NewPersonBody, responses(
    (status = 201, description = "The person is written down", body = CreatedDto),
    (status = 422, description = "Neither name nor a way to be reached, or one that somebody else has"),
))]
pub async fn add(
    State(app): State<App>,
    client: Client,
    body: Body<NewPersonBody>,
) -> Result<(StatusCode, Json<CreatedDto>), ApiError> {
    let Json(body) = body.map_err(|e| ApiError::BadRequest(e.body_text()))?;
    let facts = PersonFacts { name: body.name, language: body.language, tell_by: body.tell_by };
    let points = body.points.into_iter().map(PointBody::point).collect();
    let id = app.actions.add_person(&client.actor(), facts, points).await?;
    Ok((StatusCode::CREATED, Json(CreatedDto { id: id.0 })))
}

/// What becomes of a card, and the version that the client read.
#[derive(Debug, Deserialize, ToSchema)]
pub struct ChangeBody {
    version: i64,
    #[serde(flatten)]
    change: ChangeKind,
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(tag = "change", rename_all = "snake_case")]
pub enum ChangeKind {
    Facts {
        name: String,
        #[schema(value_type = Option<String>)]
        language: Option<PersonLanguage>,
        #[schema(value_type = Option<String>)]
        tell_by: Option<TellBy>,
    },
    AddPoint(PointBody),
    RemovePoint(PointBody),
    /// It is tried before others of its kind.
    PreferPoint(PointBody),
    /// It reaches nobody, or does again.
    MarkPoint {
        #[schema(value_type = String)]
        kind: PointKind,
        value: String,
        valid: bool,
    },
    Consent {
        #[schema(value_type = String)]
        consent: ConsentKind,
        given: bool,
        #[schema(value_type = String)]
        means: ConsentMeans,
        #[serde(default)]
        remark: String,
    },
    Note {
        words: String,
    },
}

/// The version that the card has now.
#[derive(Debug, Serialize, ToSchema)]
pub struct CardVersionDto {
    version: i64,
}

#[utoipa::path(post, path = "/people/{id}/changes", tag = "people", request_body = ChangeBody,
    params(("id" = i64, Path, description = "`id` of a person")), responses(
    (status = 200, description = "The card is changed", body = CardVersionDto),
    (status = 409, description = "Somebody else changed the card"),
    (status = 422, description = "Not a number, or one that somebody else has"),
))]
pub async fn change(
    State(app): State<App>,
    client: Client,
    id: Id,
    body: Body<ChangeBody>,
) -> Result<Json<CardVersionDto>, ApiError> {
    let Path(id) = id.map_err(|_| ApiError::NotFound)?;
    let Json(body) = body.map_err(|e| ApiError::BadRequest(e.body_text()))?;
    let change = body.change.change();
    let version = app.actions.change_person(&client.actor(), PersonId(id), body.version, change).await?;
    Ok(Json(CardVersionDto { version }))
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct MergeBody {
    /// The other card of the same person.
    other: i64,
}

#[utoipa::path(post, path = "/people/{id}/merge", tag = "people", request_body = MergeBody,
    params(("id" = i64, Path, description = "`id` of the person who stays")), responses(
    (status = 201, description = "Both are one; `id` is that of the merge", body = CreatedDto),
    (status = 409, description = "One of them is merged already"),
))]
pub async fn merge(
    State(app): State<App>,
    client: Client,
    id: Id,
    body: Body<MergeBody>,
) -> Result<(StatusCode, Json<CreatedDto>), ApiError> {
    let Path(id) = id.map_err(|_| ApiError::NotFound)?;
    let Json(body) = body.map_err(|e| ApiError::BadRequest(e.body_text()))?;
    let merge = app.actions.merge_people(&client.actor(), PersonId(id), PersonId(body.other)).await?;
    Ok((StatusCode::CREATED, Json(CreatedDto { id: merge.0 })))
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SplitBody {
    /// `id` of the merge.
    merge: i64,
}

#[utoipa::path(post, path = "/people/{id}/split", tag = "people", request_body = SplitBody,
    params(("id" = i64, Path, description = "`id` of the person who stayed")), responses(
    (status = 204, description = "Both are what they were"),
    (status = 409, description = "It is undone already"),
))]
pub async fn split(
    State(app): State<App>,
    client: Client,
    id: Id,
    body: Body<SplitBody>,
) -> Result<StatusCode, ApiError> {
    let Path(id) = id.map_err(|_| ApiError::NotFound)?;
    let Json(body) = body.map_err(|e| ApiError::BadRequest(e.body_text()))?;
    app.actions.split_people(&client.actor(), PersonId(id), PersonEventId(body.merge)).await?;
    Ok(StatusCode::NO_CONTENT)
}

impl PointBody {
    fn point(self) -> Point {
        Point { kind: self.kind, value: self.value }
    }
}

impl ChangeKind {
    fn change(self) -> PersonChange {
        match self {
            Self::Facts { name, language, tell_by } => {
                PersonChange::Facts(PersonFacts { name, language, tell_by })
            }
            Self::AddPoint(point) => PersonChange::AddPoint(point.point()),
            Self::RemovePoint(point) => PersonChange::RemovePoint(point.point()),
            Self::PreferPoint(point) => PersonChange::PreferPoint(point.point()),
            Self::MarkPoint { kind, value, valid } => {
                PersonChange::MarkPoint { point: Point { kind, value }, valid }
            }
            Self::Consent { consent, given, means, remark } => {
                PersonChange::Consent { consent, given, means, remark }
            }
            Self::Note { words } => PersonChange::Note(words),
        }
    }
}

impl PersonRowDto {
    pub(super) fn new(row: &PersonRow) -> Self {
        Self {
            id: row.id.0,
            name: row.name.clone(),
            address: row.address.clone(),
            phone: row.phone.clone(),
            email: row.email.clone(),
        }
    }
}

impl PersonDto {
    fn new(card: &PersonCard, sent: &SentPage) -> Self {
        let person = &card.person;
        let point = |row: &crate::store::person_card::PointRow| PointDto {
            kind: row.point.kind.as_str(),
            value: row.point.value.clone(),
            is_primary: row.is_primary,
            invalid_at: row.invalid_at.map(|at| at.to_string()),
            failure: row.failure.as_ref().map(|failure| FailureDto {
                at: failure.at.to_string(),
                state: failure.state.as_str(),
                why: failure.why.clone(),
                case: failure.case.map(|case| case.0),
            }),
        };
        let consent = |row: &crate::store::person_card::ConsentRow| ConsentDto {
            consent: row.kind.as_str(),
            given: row.given,
            means: row.means.as_str(),
            at: row.at.to_string(),
        };
        let merged = |row: &crate::store::person_card::MergedRow| MergedDto {
            person: row.person.0,
            name: row.name.clone(),
            merge: row.merge.0,
        };
        Self {
            id: person.id.0,
            name: person.name.clone(),
            address: person.address.clone(),
            language: person.language.map(PersonLanguage::as_str),
            tell_by: person.tell_by.map(TellBy::as_str),
            points: card.points.iter().map(point).collect(),
            consents: card.consents.iter().map(consent).collect(),
            merged: card.merged.iter().map(merged).collect(),
            sent: sent.sent.iter().map(SentDto::new).collect(),
            next_cursor: sent.next.map(|cursor| cursor.to_string()),
            version: person.version,
        }
    }
}

impl SentDto {
    fn new(sent: &crate::store::person_card::Sent) -> Self {
        let words = sent.entry.as_ref().and_then(|entry| entry.words());
        Self {
            at: sent.at.to_string(),
            case: sent.case.id.0,
            case_number: sent.case.number.to_string(),
            kind: sent.entry.as_ref().map_or(sent.case.channel.as_str(), |entry| entry.kind()),
            words: words.unwrap_or(&sent.case.summary).to_owned(),
        }
    }
}
