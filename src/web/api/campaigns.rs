//! `/campaigns`: messages to many, the steps they take, whom they go to and who was reached.

use axum::Json;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::extract::{Asked, Named, Sent};
use super::problem::ApiError;
use super::token::Client;
use crate::actions::ActionError;
use crate::actions::campaign::CampaignError;
use crate::actions::campaign::by_hand::ByHand;
use crate::actions::campaign::draft::Draft;
use crate::actions::campaign::test::TestTo;
use crate::domain::campaign::consider::Candidate;
use crate::domain::campaign::hours::SendingHours;
use crate::domain::campaign::{Ladder, Message, RecipientState, Step};
use crate::domain::email::EmailAddress;
use crate::domain::id::{CampaignId, RecipientId, SegmentId, SourceId};
use crate::domain::permission::Right;
use crate::domain::phone::PhoneNumber;
use crate::store::campaign::Campaign;
use crate::store::campaign_recipient::{Attempt, Recipient};
use crate::store::campaign_source::{Source, SourceKind};
use crate::web::campaigns::recording::forget;
use crate::web::campaigns::sources::import_as;
use crate::web::state::App;

#[derive(Debug, Serialize, ToSchema)]
pub struct CampaignDto {
    pub id: i64,
    /// Grows with every change; sent back with a step.
    pub version: i64,
    /// `draft`, `preparing`, `prepared`, `approved`, `running`, `paused`, `finished`, `stopped`.
    pub state: &'static str,
    pub draft: DraftDto,
    /// Parts of all texts of the first step, once it is prepared.
    pub parts: i64,
    /// How many recipients are in which state.
    #[schema(value_type = std::collections::BTreeMap<String, i64>, example = json!({"reached": 812, "sending": 20}))]
    pub counts: std::collections::BTreeMap<&'static str, i64>,
    pub started_at: Option<String>,
    pub ended_at: Option<String>,
}

#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct DraftDto {
    pub name: String,
    /// By which channels, one after the other: `way` is `sms`, `email`, `voice` or `visit`; after `minutes` without proof of delivery the
    /// next one is tried.
    #[schema(value_type = Vec<Object>, example = json!([{"way": "sms", "minutes": 240}, {"way": "email", "minutes": 1440}]))]
    pub ladder: Vec<Step>,
    /// `text`, `subject`, `letter` and `speech`, each `{"sr": "…", "en": "…"}`, with fields such as `{name}`; `script`: `own`, `cyrillic`,
    /// `latin` or `plain_latin`. `recording` is only read here: it is put by `PUT …/recording`. `survey`: `id` of a
    /// published version, whose link the field `{survey}` becomes.
    #[schema(value_type = Object)]
    pub message: Message,
    /// Minutes of the local day in which messages may go out: `{"from": 480, "to": 1200, "weekdays": false}`.
    #[serde(default)]
    #[schema(value_type = Object)]
    pub hours: SendingHours,
    #[serde(default)]
    pub sender: Option<String>,
    #[serde(default)]
    pub per_minute: Option<u32>,
    /// RFC 3339; starts by itself then, once it is approved.
    #[serde(default)]
    pub start_at: Option<String>,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct SourceDto {
    pub id: i64,
    pub name: String,
    /// `segment` or `list`.
    pub kind: &'static str,
    /// Of a list: rows that are recipients, and what is to be said of rows.
    pub usable: Option<i64>,
    pub faulty: Option<i64>,
    /// Names of the list's own columns, for the words.
    pub fields: Vec<String>,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct RecipientDto {
    pub id: i64,
    pub person: Option<i64>,
    pub name: String,
    pub phone: Option<String>,
    pub email: Option<String>,
    pub address: String,
    pub state: &'static str,
    /// Why somebody was left out.
    pub why: Option<&'static str>,
    pub reached_by: Option<&'static str>,
    pub reached_at: Option<String>,
    pub attempts: Vec<AttemptDto>,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct AttemptDto {
    pub way: &'static str,
    pub to: String,
    pub state: &'static str,
    /// What the network said.
    pub error: Option<String>,
    pub at: String,
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Seen {
    /// As it was read.
    version: i64,
}

/// What a campaign is let do next.
#[derive(Clone, Copy, Debug, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum StepWord {
    Prepare,
    Revise,
    Approve,
    Start,
    Pause,
    Resume,
    Stop,
    LetGoOn,
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct StepBody {
    step: StepWord,
    /// As it was read; `pause`, `resume`, `stop` and `let_go_on` do not look at it.
    #[serde(default)]
    version: i64,
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SegmentOf {
    /// `id` of a kept segment.
    segment: i64,
}

#[derive(Debug, Deserialize)]
pub struct ListName {
    /// Of the file.
    name: String,
}

#[derive(Debug, Default, Deserialize)]
pub struct Narrowed {
    #[serde(default)]
    state: String,
    #[serde(default)]
    after: i64,
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct OutcomeBody {
    /// `told`, `not_found` or `again`.
    outcome: String,
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct TestBody {
    /// A telephone number or an e-mail address.
    to: String,
    /// Call the number instead of texting it.
    #[serde(default)]
    call: bool,
}

/// Recipients of one page.
const SHOWN: u32 = 200;
const LISTED: u32 = 200;

#[utoipa::path(get, path = "/campaigns", tag = "campaigns", responses(
    (status = 200, description = "The latest changed first, at most 200", body = [CampaignDto]),
))]
pub async fn list(State(app): State<App>, client: Client) -> Result<Json<Vec<CampaignDto>>, ApiError> {
    app.actions.allow(&client.actor(), Right::ReadCampaigns)?;
    let mut all = Vec::new();
    for campaign in app.db.campaigns(LISTED, None).await? {
        all.push(dto(&app, &campaign).await?);
    }
    Ok(Json(all))
}

#[utoipa::path(post, path = "/campaigns", tag = "campaigns", request_body = DraftDto, responses(
    (status = 201, description = "A draft", body = CampaignDto),
    (status = 422, description = "A ladder, hours or a sender that cannot be"),
))]
pub async fn make(
    State(app): State<App>,
    client: Client,
    Sent(body): Sent<DraftDto>,
) -> Result<(StatusCode, Json<CampaignDto>), ApiError> {
    let id = app.actions.make_campaign(&client.actor(), draft(body)?).await.map_err(api)?;
    Ok((StatusCode::CREATED, Json(of(&app, id).await?)))
}

#[utoipa::path(get, path = "/campaigns/{id}", tag = "campaigns",
    params(("id" = i64, Path, description = "`id` of a campaign")), responses(
    (status = 200, body = CampaignDto), (status = 404, description = "No such campaign"),
))]
pub async fn show(
    State(app): State<App>,
    client: Client,
    Named(id): Named<i64>,
) -> Result<Json<CampaignDto>, ApiError> {
    app.actions.allow(&client.actor(), Right::ReadCampaigns)?;
    Ok(Json(of(&app, CampaignId(id)).await?))
}

#[utoipa::path(put, path = "/campaigns/{id}", tag = "campaigns", request_body = DraftDto,
    params(("id" = i64, Path, description = "`id` of a campaign"), ("version" = i64, Query, description = "As it was read")), responses(
    (status = 200, description = "As it is now", body = CampaignDto),
    (status = 409, description = "Changed in the meantime, or no draft any more"),
    (status = 422, description = "A ladder, hours or a sender that cannot be"),
))]
pub async fn change(
    State(app): State<App>,
    client: Client,
    Named(id): Named<i64>,
    Asked(seen): Asked<Seen>,
    Sent(body): Sent<DraftDto>,
) -> Result<Json<CampaignDto>, ApiError> {
    let id = CampaignId(id);
    app.actions.change_campaign(&client.actor(), (id, seen.version), draft(body)?).await.map_err(api)?;
    Ok(Json(of(&app, id).await?))
}

#[utoipa::path(delete, path = "/campaigns/{id}", tag = "campaigns",
    params(("id" = i64, Path, description = "`id` of a draft")), responses(
    (status = 204, description = "It and its lists are gone"), (status = 409, description = "No draft any more"),
))]
pub async fn remove(
    State(app): State<App>,
    client: Client,
    Named(id): Named<i64>,
) -> Result<StatusCode, ApiError> {
    let removed = app.actions.remove_campaign(&client.actor(), CampaignId(id)).await;
    forget(&app, removed.map_err(api)?).await;
    Ok(StatusCode::NO_CONTENT)
}

#[utoipa::path(post, path = "/campaigns/{id}/steps", tag = "campaigns", request_body = StepBody,
    params(("id" = i64, Path, description = "`id` of a campaign")), responses(
    (status = 200, description = "As it is now", body = CampaignDto),
    (status = 409, description = "It cannot take this step now, or was changed in the meantime"),
    (status = 422, description = "Something keeps it from going out; said in words"),
))]
pub async fn step(
    State(app): State<App>,
    client: Client,
    Named(id): Named<i64>,
    Sent(body): Sent<StepBody>,
) -> Result<Json<CampaignDto>, ApiError> {
    let (actions, actor, id) = (&app.actions, client.actor(), CampaignId(id));
    let of = (id, body.version);
    let done = match body.step {
        StepWord::Prepare => actions.prepare_campaign(&actor, of).await,
        StepWord::Revise => actions.revise_campaign(&actor, of).await,
        StepWord::Approve => actions.approve_campaign(&actor, of).await,
        StepWord::Start => actions.start_campaign(&actor, of).await,
        StepWord::Pause => actions.pause_campaign(&actor, id).await,
        StepWord::Resume => actions.resume_campaign(&actor, id).await,
        StepWord::Stop => actions.stop_campaign(&actor, id).await,
        StepWord::LetGoOn => actions.let_uncertain_go_on(&actor, id).await.map(drop),
    };
    done.map_err(api)?;
    Ok(Json(self::of(&app, id).await?))
}

#[utoipa::path(get, path = "/campaigns/{id}/sources", tag = "campaigns",
    params(("id" = i64, Path, description = "`id` of a campaign")), responses((status = 200, body = [SourceDto])))]
pub async fn sources(
    State(app): State<App>,
    client: Client,
    Named(id): Named<i64>,
) -> Result<Json<Vec<SourceDto>>, ApiError> {
    app.actions.allow(&client.actor(), Right::ReadCampaigns)?;
    Ok(Json(app.db.campaign_sources(CampaignId(id)).await?.into_iter().map(source_dto).collect()))
}

#[utoipa::path(post, path = "/campaigns/{id}/lists", tag = "campaigns",
    request_body(content = Vec<u8>, description = "The file: CSV or XLSX", content_type = "application/octet-stream"),
    params(("id" = i64, Path, description = "`id` of a draft"), ("name" = String, Query, description = "Of the file")), responses(
    (status = 201, description = "With how many rows are recipients and what is wrong with others", body = SourceDto),
    (status = 409, description = "No draft any more"), (status = 422, description = "No list"),
))]
pub async fn add_list(
    State(app): State<App>,
    client: Client,
    Named(id): Named<i64>,
    Asked(list): Asked<ListName>,
    octets: Bytes,
) -> Result<(StatusCode, Json<SourceDto>), ApiError> {
    let (actor, id) = (client.actor(), CampaignId(id));
    let imported = import_as(&app, &actor, id, &list.name, octets.to_vec()).await.map_err(api)?;
    let (source, _) = imported.map_err(|error| ApiError::from(ActionError::Invalid(error.to_string())))?;
    Ok((StatusCode::CREATED, Json(source_of(&app, id, source).await?)))
}

#[utoipa::path(post, path = "/campaigns/{id}/segments", tag = "campaigns", request_body = SegmentOf,
    params(("id" = i64, Path, description = "`id` of a draft")), responses(
    (status = 201, description = "The segment as it is now", body = SourceDto),
    (status = 404, description = "No such campaign or segment"), (status = 409, description = "No draft any more"),
))]
pub async fn add_segment(
    State(app): State<App>,
    client: Client,
    Named(id): Named<i64>,
    Sent(body): Sent<SegmentOf>,
) -> Result<(StatusCode, Json<SourceDto>), ApiError> {
    let (actor, id) = (client.actor(), CampaignId(id));
    app.actions.allow(&actor, Right::ManageCampaigns)?;
    let kept = app.db.segment(SegmentId(body.segment)).await?.ok_or(ApiError::NotFound)?;
    let added = app.actions.add_segment_to_campaign(&actor, id, (&kept.name, &kept.rule)).await;
    Ok((StatusCode::CREATED, Json(source_of(&app, id, added.map_err(api)?).await?)))
}

#[utoipa::path(delete, path = "/campaigns/{id}/sources/{source}", tag = "campaigns",
    params(("id" = i64, Path, description = "`id` of a draft"), ("source" = i64, Path, description = "`id` of its list or segment")),
    responses((status = 204, description = "It is taken out"), (status = 404, description = "No such list or segment")))]
pub async fn remove_source(
    State(app): State<App>,
    client: Client,
    Named((id, source)): Named<(i64, i64)>,
) -> Result<StatusCode, ApiError> {
    app.actions.remove_source(&client.actor(), (CampaignId(id), SourceId(source))).await.map_err(api)?;
    Ok(StatusCode::NO_CONTENT)
}

#[utoipa::path(get, path = "/campaigns/{id}/recipients", tag = "campaigns",
    params(("id" = i64, Path, description = "`id` of a campaign"), ("state" = Option<String>, Query, description = "Only those in it"),
        ("after" = Option<i64>, Query, description = "`id` of the last one of the page before")), responses(
    (status = 200, description = "In the order in which they came, at most 200", body = [RecipientDto]),
))]
pub async fn recipients(
    State(app): State<App>,
    client: Client,
    Named(id): Named<i64>,
    Asked(narrowed): Asked<Narrowed>,
) -> Result<Json<Vec<RecipientDto>>, ApiError> {
    let actor = client.actor();
    app.actions.allow(&actor, Right::ReadCampaigns)?;
    let state: Option<RecipientState> = match narrowed.state.as_str() {
        "" => None,
        word => Some(word.parse().map_err(|_| ApiError::BadRequest(format!("no state {word:?}")))?),
    };
    let rows = app.db.recipients(CampaignId(id), state, RecipientId(narrowed.after), SHOWN).await?;
    let people: Vec<_> = rows.iter().filter_map(|one| one.who.person).collect();
    app.actions.list_viewed(&actor, "campaign-recipients").await?;
    app.actions.people_listed(&actor, "campaign-recipients", &people).await?;
    let attempts = app.db.attempts(&rows.iter().map(|one| one.id).collect::<Vec<_>>()).await?;
    Ok(Json(rows.iter().map(|one| recipient_dto(one, &attempts)).collect()))
}

#[utoipa::path(post, path = "/campaigns/{id}/recipients/{recipient}", tag = "campaigns", request_body = OutcomeBody,
    params(("id" = i64, Path, description = "`id` of a campaign"), ("recipient" = i64, Path, description = "`id` of one of its recipients")),
    responses((status = 204, description = "Written down"), (status = 404, description = "No such recipient"),
        (status = 422, description = "They are in no state in which that can be said")))]
pub async fn tell(
    State(app): State<App>,
    client: Client,
    Named((id, recipient)): Named<(i64, i64)>,
    Sent(body): Sent<OutcomeBody>,
) -> Result<StatusCode, ApiError> {
    let outcome = match body.outcome.as_str() {
        "told" => ByHand::Told,
        "not_found" => ByHand::NotFound,
        "again" => ByHand::Again,
        other => return Err(ApiError::BadRequest(format!("no outcome {other:?}"))),
    };
    let of = (CampaignId(id), RecipientId(recipient));
    app.actions.tell_recipient_by_hand(&client.actor(), of, outcome).await.map_err(api)?;
    Ok(StatusCode::NO_CONTENT)
}

#[utoipa::path(delete, path = "/campaigns/{id}/recipients/{recipient}", tag = "campaigns",
    params(("id" = i64, Path, description = "`id` of a campaign"), ("recipient" = i64, Path, description = "`id` of one who waits")),
    responses((status = 204, description = "They get nothing"), (status = 422, description = "They do not wait any more")))]
pub async fn take_out(
    State(app): State<App>,
    client: Client,
    Named((id, recipient)): Named<(i64, i64)>,
) -> Result<StatusCode, ApiError> {
    let of = (CampaignId(id), RecipientId(recipient));
    app.actions.take_recipient_out(&client.actor(), of).await.map_err(api)?;
    Ok(StatusCode::NO_CONTENT)
}

#[utoipa::path(post, path = "/campaigns/{id}/test", tag = "campaigns", request_body = TestBody,
    params(("id" = i64, Path, description = "`id` of a campaign")), responses(
    (status = 202, description = "It is on its way"), (status = 422, description = "Nowhere to send it, or words that cannot be filled"),
))]
pub async fn test(
    State(app): State<App>,
    client: Client,
    Named(id): Named<i64>,
    Sent(body): Sent<TestBody>,
) -> Result<StatusCode, ApiError> {
    let id = CampaignId(id);
    let nowhere = |error: &dyn std::fmt::Display| ApiError::from(ActionError::Invalid(error.to_string()));
    let to = if body.to.contains('@') {
        TestTo::Email(EmailAddress::parse(&body.to).map_err(|error| nowhere(&error))?)
    } else {
        let number = PhoneNumber::parse(&body.to, &app.country).map_err(|error| nowhere(&error))?;
        if body.call { TestTo::Call(number) } else { TestTo::Text(number) }
    };
    let first = app.db.recipients(id, None, RecipientId(0), 1).await?.into_iter().next();
    let who = first
        .map(|one| one.who)
        .unwrap_or_else(|| Candidate { name: "Ана".into(), ..Candidate::default() });
    app.actions.test_campaign(&client.actor(), id, (who, to)).await.map_err(api)?;
    Ok(StatusCode::ACCEPTED)
}

fn draft(body: DraftDto) -> Result<Draft, ApiError> {
    let invalid = |error: &dyn std::fmt::Display| ApiError::from(ActionError::Invalid(error.to_string()));
    let start_at =
        body.start_at.map(|at| at.parse().map_err(|error: jiff::Error| invalid(&error))).transpose()?;
    Ok(Draft {
        name: body.name,
        ladder: Ladder::new(body.ladder).map_err(|error| invalid(&error))?,
        message: body.message,
        hours: body.hours,
        sender: body.sender,
        per_minute: body.per_minute,
        start_at,
    })
}

/// What can be mended is said in words.
pub(super) fn api(error: CampaignError) -> ApiError {
    match error {
        CampaignError::Action(error) => error.into(),
        CampaignError::NotNow { .. } => ActionError::Conflict.into(),
        CampaignError::Words(mistakes) => {
            let said: Vec<String> =
                mistakes.iter().map(|(place, what)| format!("{place:?}: {what}")).collect();
            ActionError::Invalid(said.join("; ")).into()
        }
        other => ActionError::Invalid(other.to_string()).into(),
    }
}

async fn of(app: &App, id: CampaignId) -> Result<CampaignDto, ApiError> {
    let campaign = app.db.campaign(id).await?.ok_or(ApiError::NotFound)?;
    dto(app, &campaign).await
}

async fn source_of(app: &App, id: CampaignId, source: SourceId) -> Result<SourceDto, ApiError> {
    let sources = app.db.campaign_sources(id).await?;
    sources.into_iter().find(|one| one.id == source).map(source_dto).ok_or(ApiError::NotFound)
}

async fn dto(app: &App, campaign: &Campaign) -> Result<CampaignDto, ApiError> {
    let counts = app.db.campaign_counts(campaign.id).await?;
    let states = RecipientState::ALL.iter().map(|state| (state.as_str(), counts.of(*state)));
    let d = &campaign.draft;
    Ok(CampaignDto {
        id: campaign.id.0,
        version: campaign.version,
        state: campaign.state.as_str(),
        draft: DraftDto {
            name: d.name.clone(),
            ladder: d.ladder.steps().to_vec(),
            message: d.message.clone(),
            hours: d.hours,
            sender: d.sender.clone(),
            per_minute: d.per_minute,
            start_at: d.start_at.map(|at| at.to_string()),
        },
        parts: campaign.parts,
        counts: states.filter(|(_, n)| *n > 0).collect(),
        started_at: campaign.started_at.map(|at| at.to_string()),
        ended_at: campaign.ended_at.map(|at| at.to_string()),
    })
}

fn source_dto(source: Source) -> SourceDto {
    let (kind, usable, faulty, fields) = match source.kind {
        SourceKind::Segment(_) => ("segment", None, None, Vec::new()),
        SourceKind::List { fields, usable, faulty } => ("list", Some(usable), Some(faulty), fields),
    };
    SourceDto { id: source.id.0, name: source.name, kind, usable, faulty, fields }
}

fn recipient_dto(one: &Recipient, attempts: &[Attempt]) -> RecipientDto {
    let own = attempts.iter().filter(|attempt| attempt.recipient == one.id);
    RecipientDto {
        id: one.id.0,
        person: one.who.person.map(|id| id.0),
        name: one.who.name.clone(),
        phone: one.who.phone.clone(),
        email: one.who.email.clone(),
        address: one.who.address.clone(),
        state: one.state.as_str(),
        why: one.why.map(|why| why.as_str()),
        reached_by: one.reached_by.map(|way| way.as_str()),
        reached_at: one.reached_at.map(|at| at.to_string()),
        attempts: own.map(attempt_dto).collect(),
    }
}

fn attempt_dto(attempt: &Attempt) -> AttemptDto {
    AttemptDto {
        way: attempt.way.as_str(),
        to: attempt.to.clone(),
        state: attempt.state.as_str(),
        error: attempt.error.clone(),
        at: attempt.updated_at.to_string(),
    }
}
