//! `/dialer`: campaigns that call their contacts, and what came of talks.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::extract::{Asked, Named, Sent};
use super::problem::ApiError;
use super::token::Client;
use crate::actions::ActionError;
use crate::actions::dialer::DialError;
use crate::actions::dialer::draft::DialDraft;
use crate::domain::contact_list::Contact;
use crate::domain::dialer::contact::{Stage, State as ContactState};
use crate::domain::dialer::greeting::Verdict;
use crate::domain::dialer::{DialSettings, Outcome};
use crate::domain::id::{DialAttemptId, DialCampaignId, DialContactId, SegmentId, SurveyVersionId, UserId};
use crate::domain::permission::Right;
use crate::domain::person::PersonLanguage;
use crate::domain::phone::PhoneNumber;
use crate::store::dial_attempt::DialAttempt;
use crate::store::dial_campaign::DialCampaign;
use crate::store::dial_contact::DialContact;
use crate::telephony::handle::{DialCall, TelephonyHandle};
use crate::web::state::App;

#[derive(Debug, Serialize, ToSchema)]
pub struct DialCampaignDto {
    pub id: i64,
    /// Grows with every change; sent back with `start` and a change.
    pub version: i64,
    /// `draft`, `running`, `paused`, `finished`, `stopped`.
    pub state: &'static str,
    pub draft: DialDraftDto,
    /// How many contacts are where: `waiting`, `preview`, `dialling`, `ringing`, `answered`, `talking`, `wrap_up`, and `done` with the reason
    /// behind a full stop.
    #[schema(value_type = std::collections::BTreeMap<String, i64>, example = json!({"waiting": 812, "done.completed": 20}))]
    pub contacts: std::collections::BTreeMap<String, i64>,
    /// Attempts by what came of them; `open`: not known yet.
    #[schema(value_type = std::collections::BTreeMap<String, i64>, example = json!({"completed": 20, "no_answer": 31}))]
    pub attempts: std::collections::BTreeMap<&'static str, i64>,
    /// Abandoned of the live answers: of today and of thirty days.
    pub abandoned_today: f64,
    pub abandoned_month: f64,
}

#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct DialDraftDto {
    pub name: String,
    /// `dialling` with `mode` (`preview`, `progressive`, `power` with `multiple`, `predictive`, `agentless`), `hours`, `ring`, `caller_id`,
    /// `retry`, `priority`, `wrap_up_s`, `hear_machines` and others; what is left out is as usual.
    #[serde(default)]
    #[schema(value_type = Object, example = json!({"dialling": {"mode": "progressive"}, "ring": 30}))]
    pub settings: DialSettings,
    #[serde(default)]
    pub survey_version: Option<i64>,
    /// Ids of the users who serve it; none: all operators.
    #[serde(default)]
    pub operators: Vec<i64>,
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewContactDto {
    #[serde(default)]
    name: String,
    /// In any notation.
    phone: String,
    /// Whatever else the interviewer should see.
    #[serde(default)]
    fields: std::collections::BTreeMap<String, String>,
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewContactsDto {
    contacts: Vec<NewContactDto>,
    /// Higher goes first.
    #[serde(default)]
    priority: i8,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct AddedDto {
    added: u64,
    /// Without a telephone number, or with one that stands there already.
    left_out: u64,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct DialContactDto {
    pub id: i64,
    pub campaign: i64,
    pub person: Option<i64>,
    pub name: String,
    pub phone: Option<String>,
    #[schema(value_type = Object)]
    pub fields: std::collections::BTreeMap<String, String>,
    pub state: &'static str,
    pub not_before: Option<String>,
    /// Why it is done.
    pub reason: Option<&'static str>,
    /// Attempts that were made.
    pub attempts: u32,
    pub last_outcome: Option<&'static str>,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct DialAttemptDto {
    pub id: i64,
    pub number: u32,
    pub at: String,
    pub answered_at: Option<String>,
    /// `person` or `machine`: what the greeting was taken for, where machines are told apart.
    pub greeted_by: Option<&'static str>,
    pub joined_at: Option<String>,
    pub ended_at: Option<String>,
    pub operator: Option<i64>,
    /// False: it may not have been dialled.
    pub made: bool,
    pub outcome: Option<&'static str>,
    /// SIP, and the words of the network.
    pub code: Option<u16>,
    pub reason: Option<String>,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct DialContactWhole {
    #[serde(flatten)]
    pub contact: DialContactDto,
    pub tried: Vec<DialAttemptDto>,
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SeenCampaign {
    /// As it was read.
    version: i64,
}

#[derive(Clone, Copy, Debug, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum DialStepWord {
    Start,
    Pause,
    Resume,
    Stop,
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct DialStepBody {
    step: DialStepWord,
    /// As it was read; only `start` looks at it.
    #[serde(default)]
    version: i64,
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NarrowedContacts {
    #[serde(default)]
    state: String,
    #[serde(default)]
    after: i64,
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SkipBody {
    /// RFC 3339.
    #[schema(value_type = String)]
    until: Timestamp,
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct DialOutcomeBody {
    /// `completed`, `partial`, `callback`, `refused`, `opted_out`, `ineligible`, `wrong_number` or `machine`.
    #[schema(value_type = String, example = "completed")]
    outcome: Outcome,
    /// Of `callback`, RFC 3339: when they want to be called.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    wished: Option<Timestamp>,
}

/// Contacts of one page, and campaigns of the list.
const SHOWN: u32 = 200;

#[utoipa::path(get, path = "/dialer/campaigns", tag = "campaigns", responses(
    (status = 200, description = "The latest changed first, at most 200", body = [DialCampaignDto]),
))]
pub async fn list(State(app): State<App>, client: Client) -> Result<Json<Vec<DialCampaignDto>>, ApiError> {
    app.actions.allow(&client.actor(), Right::ReadCampaigns)?;
    let mut all = Vec::new();
    for campaign in app.db.dial_campaigns(SHOWN).await? {
        all.push(dto(&app, campaign).await?);
    }
    Ok(Json(all))
}

#[utoipa::path(post, path = "/dialer/campaigns", tag = "campaigns", request_body = DialDraftDto, responses(
    (status = 201, description = "A draft", body = DialCampaignDto), (status = 422, description = "A setting that cannot be"),
))]
pub async fn make(
    State(app): State<App>,
    client: Client,
    Sent(body): Sent<DialDraftDto>,
) -> Result<(StatusCode, Json<DialCampaignDto>), ApiError> {
    let id = app.actions.make_dial_campaign(&client.actor(), draft(body)).await.map_err(api)?;
    Ok((StatusCode::CREATED, Json(of(&app, id).await?)))
}

#[utoipa::path(get, path = "/dialer/campaigns/{id}", tag = "campaigns",
    params(("id" = i64, Path, description = "`id` of a campaign")), responses(
    (status = 200, body = DialCampaignDto), (status = 404, description = "No such campaign"),
))]
pub async fn show(
    State(app): State<App>,
    client: Client,
    Named(id): Named<i64>,
) -> Result<Json<DialCampaignDto>, ApiError> {
    app.actions.allow(&client.actor(), Right::ReadCampaigns)?;
    Ok(Json(of(&app, DialCampaignId(id)).await?))
}

#[utoipa::path(put, path = "/dialer/campaigns/{id}", tag = "campaigns", request_body = DialDraftDto,
    params(("id" = i64, Path, description = "`id` of a campaign"), ("version" = i64, Query, description = "As it was read")), responses(
    (status = 200, description = "As it is now", body = DialCampaignDto),
    (status = 409, description = "Changed in the meantime, or it runs"), (status = 422, description = "A setting that cannot be"),
))]
pub async fn change(
    State(app): State<App>,
    client: Client,
    Named(id): Named<i64>,
    Asked(seen): Asked<SeenCampaign>,
    Sent(body): Sent<DialDraftDto>,
) -> Result<Json<DialCampaignDto>, ApiError> {
    let id = DialCampaignId(id);
    app.actions.change_dial_campaign(&client.actor(), (id, seen.version), draft(body)).await.map_err(api)?;
    Ok(Json(of(&app, id).await?))
}

#[utoipa::path(post, path = "/dialer/campaigns/{id}/steps", tag = "campaigns", request_body = DialStepBody,
    params(("id" = i64, Path, description = "`id` of a campaign")), responses(
    (status = 200, description = "As it is now", body = DialCampaignDto),
    (status = 409, description = "It cannot take this step now, or was changed in the meantime"),
))]
pub async fn step(
    State(app): State<App>,
    client: Client,
    Named(id): Named<i64>,
    Sent(body): Sent<DialStepBody>,
) -> Result<Json<DialCampaignDto>, ApiError> {
    let (actions, actor, id) = (&app.actions, client.actor(), DialCampaignId(id));
    let done = match body.step {
        DialStepWord::Start => actions.start_dial_campaign(&actor, (id, body.version)).await,
        DialStepWord::Pause => actions.pause_dial_campaign(&actor, id).await,
        DialStepWord::Resume => actions.resume_dial_campaign(&actor, id).await,
        DialStepWord::Stop => actions.stop_dial_campaign(&actor, id).await,
    };
    done.map_err(api)?;
    Ok(Json(of(&app, id).await?))
}

#[utoipa::path(get, path = "/dialer/campaigns/{id}/contacts", tag = "campaigns",
    params(("id" = i64, Path, description = "`id` of a campaign"), ("state" = Option<String>, Query, description = "Only those in it"),
        ("after" = Option<i64>, Query, description = "`id` of the last one of the page before")), responses(
    (status = 200, description = "In the order in which they came, at most 200", body = [DialContactDto]),
))]
pub async fn contacts(
    State(app): State<App>,
    client: Client,
    Named(id): Named<i64>,
    Asked(narrowed): Asked<NarrowedContacts>,
) -> Result<Json<Vec<DialContactDto>>, ApiError> {
    let actor = client.actor();
    app.actions.allow(&actor, Right::ReadCampaigns)?;
    let stage: Option<Stage> = match narrowed.state.as_str() {
        "" => None,
        word => Some(word.parse().map_err(|_| ApiError::BadRequest(format!("no state {word:?}")))?),
    };
    let after = DialContactId(narrowed.after);
    let rows = app.db.dial_contacts(DialCampaignId(id), stage, after, SHOWN).await?;
    let people: Vec<_> = rows.iter().filter_map(|one| one.person).collect();
    app.actions.list_viewed(&actor, "campaign-recipients").await?;
    app.actions.people_listed(&actor, "campaign-recipients", &people).await?;
    Ok(Json(rows.into_iter().map(contact_dto).collect()))
}

#[utoipa::path(post, path = "/dialer/campaigns/{id}/contacts", tag = "campaigns", request_body = NewContactsDto,
    params(("id" = i64, Path, description = "`id` of a campaign")), responses(
    (status = 201, description = "How many are new", body = AddedDto), (status = 409, description = "It is stopped"),
))]
pub async fn add_contacts(
    State(app): State<App>,
    client: Client,
    Named(id): Named<i64>,
    Sent(body): Sent<NewContactsDto>,
) -> Result<(StatusCode, Json<AddedDto>), ApiError> {
    let (id, country) = (DialCampaignId(id), app.country.clone());
    let contacts = (1..).zip(body.contacts).map(|(line, one)| Contact {
        line,
        name: one.name,
        phone: PhoneNumber::parse(&one.phone, &country).ok(),
        email: None,
        address: String::new(),
        language: None,
        fields: one.fields.into_iter().collect(),
    });
    let contacts = contacts.collect();
    let added = app.actions.add_dial_contacts(&client.actor(), id, contacts, body.priority).await;
    let added = added.map_err(api)?;
    Ok((StatusCode::CREATED, Json(AddedDto { added: added.added, left_out: added.left_out })))
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct DialSegmentBody {
    /// `id` of a segment.
    segment: i64,
}

#[utoipa::path(post, path = "/dialer/campaigns/{id}/segments", tag = "campaigns", request_body = DialSegmentBody,
    params(("id" = i64, Path, description = "`id` of a campaign")), responses(
    (status = 201, description = "Whoever it takes in now and has a telephone; how many are new", body = AddedDto),
    (status = 404, description = "No such campaign or segment"), (status = 409, description = "It is stopped"),
))]
pub async fn add_segment(
    State(app): State<App>,
    client: Client,
    Named(id): Named<i64>,
    Sent(body): Sent<DialSegmentBody>,
) -> Result<(StatusCode, Json<AddedDto>), ApiError> {
    let kept = app.db.segment(SegmentId(body.segment)).await?.ok_or(ApiError::NotFound)?;
    let added =
        app.actions.add_dial_segment(&client.actor(), DialCampaignId(id), &kept.rule).await.map_err(api)?;
    Ok((StatusCode::CREATED, Json(AddedDto { added: added.added, left_out: added.left_out })))
}

#[utoipa::path(post, path = "/dialer/campaigns/{id}/next", tag = "campaigns",
    params(("id" = i64, Path, description = "`id` of a campaign")), responses(
    (status = 200, description = "The contact to be looked at, the same one until it is dialled or skipped", body = DialContactWhole),
    (status = 404, description = "Nobody can be called now"), (status = 422, description = "The token works in nobody's name, or not for this campaign"),
))]
pub async fn next(
    State(app): State<App>,
    client: Client,
    Named(id): Named<i64>,
) -> Result<Json<DialContactWhole>, ApiError> {
    let actor = client.actor();
    let shown = app.actions.show_dial_contact(&actor, DialCampaignId(id)).await.map_err(api)?;
    let whole = whole(&app, shown.ok_or(ApiError::NotFound)?).await?;
    app.actions.list_viewed(&actor, "campaign-recipients").await?;
    Ok(Json(whole))
}

#[utoipa::path(get, path = "/dialer/contacts/{id}", tag = "campaigns",
    params(("id" = i64, Path, description = "`id` of a contact")), responses(
    (status = 200, body = DialContactWhole), (status = 404, description = "No such contact"),
))]
pub async fn contact(
    State(app): State<App>,
    client: Client,
    Named(id): Named<i64>,
) -> Result<Json<DialContactWhole>, ApiError> {
    let actor = client.actor();
    app.actions.allow(&actor, Right::ReadCampaigns)?;
    let whole = whole(&app, DialContactId(id)).await?;
    app.actions.list_viewed(&actor, "campaign-recipients").await?;
    Ok(Json(whole))
}

#[utoipa::path(post, path = "/dialer/contacts/{id}/dial", tag = "campaigns",
    params(("id" = i64, Path, description = "`id` of a contact, looked at or picked")), responses(
    (status = 202, description = "It is dialled, and joined with the operator's line"), (status = 404, description = "No such contact, or telephony does not run"),
    (status = 422, description = "Not now, or not this one; said in words"),
))]
pub async fn dial(
    State(app): State<App>,
    client: Client,
    Named(id): Named<i64>,
) -> Result<StatusCode, ApiError> {
    let telephony = telephony(&app)?;
    let claimed = app.actions.claim_dial_contact(&client.actor(), DialContactId(id)).await.map_err(api)?;
    let campaign = app.db.dial_campaign(claimed.campaign).await?.ok_or(ApiError::NotFound)?;
    let attempt = claimed.attempt;
    let call = DialCall { claimed, settings: campaign.settings, survey: None };
    if let Err(why) = telephony.dial_with_operator(call).await {
        app.actions.unclaim_dial(attempt, app.clock.now()).await.map_err(api)?;
        return Err(ApiError::Unfit(why.to_string()));
    }
    Ok(StatusCode::ACCEPTED)
}

#[utoipa::path(post, path = "/dialer/contacts/{id}/skip", tag = "campaigns", request_body = SkipBody,
    params(("id" = i64, Path, description = "`id` of the contact that one looks at")), responses(
    (status = 204, description = "Its turn comes again"), (status = 422, description = "One does not look at it"),
))]
pub async fn skip(
    State(app): State<App>,
    client: Client,
    Named(id): Named<i64>,
    Sent(body): Sent<SkipBody>,
) -> Result<StatusCode, ApiError> {
    app.actions.skip_dial_contact(&client.actor(), DialContactId(id), body.until).await.map_err(api)?;
    Ok(StatusCode::NO_CONTENT)
}

#[utoipa::path(post, path = "/dialer/attempts/{id}/outcome", tag = "campaigns", request_body = DialOutcomeBody,
    params(("id" = i64, Path, description = "`id` of an attempt in which somebody was talked with")), responses(
    (status = 204, description = "Written down"), (status = 422, description = "It was said, or there was no talk"),
))]
pub async fn outcome(
    State(app): State<App>,
    client: Client,
    Named(id): Named<i64>,
    Sent(body): Sent<DialOutcomeBody>,
) -> Result<StatusCode, ApiError> {
    let attempt = DialAttemptId(id);
    app.actions.set_dial_outcome(&client.actor(), attempt, body.outcome, body.wished).await.map_err(api)?;
    Ok(StatusCode::NO_CONTENT)
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct DialInterviewBody {
    /// One of those of the survey: `sr-Cyrl`, `sr-Latn` or `en`.
    #[schema(value_type = String, example = "sr-Cyrl")]
    language: PersonLanguage,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct DialInterviewDto {
    /// `id` for `/interviews`; none: the campaign asks nothing.
    interview: Option<i64>,
}

#[utoipa::path(post, path = "/dialer/attempts/{id}/interview", tag = "campaigns", request_body = DialInterviewBody,
    params(("id" = i64, Path, description = "`id` of an attempt in which one talks with somebody")), responses(
    (status = 200, description = "The survey of this talk, begun if it was not, or gone on with where an earlier call left it", body = DialInterviewDto),
    (status = 404, description = "No such attempt, or the talk is another's"), (status = 422, description = "The survey is not asked in this language"),
))]
pub async fn interview(
    State(app): State<App>,
    client: Client,
    Named(id): Named<i64>,
    Sent(body): Sent<DialInterviewBody>,
) -> Result<Json<DialInterviewDto>, ApiError> {
    let opened = app.actions.interview_of_dial(&client.actor(), DialAttemptId(id), body.language).await;
    let interview = opened.map_err(super::surveys::api)?.map(|interview| interview.0);
    Ok(Json(DialInterviewDto { interview }))
}

pub(super) fn telephony(app: &App) -> Result<&TelephonyHandle, ApiError> {
    app.telephony.as_ref().ok_or(ApiError::NotFound)
}

fn draft(body: DialDraftDto) -> DialDraft {
    DialDraft {
        name: body.name,
        settings: body.settings,
        survey_version: body.survey_version.map(SurveyVersionId),
        operators: body.operators.into_iter().map(UserId).collect(),
    }
}

/// What can be mended is said in words.
fn api(error: DialError) -> ApiError {
    match error {
        DialError::Action(error) => error.into(),
        DialError::NotNow { .. } => ActionError::Conflict.into(),
        other => ApiError::Unfit(other.to_string()),
    }
}

async fn of(app: &App, id: DialCampaignId) -> Result<DialCampaignDto, ApiError> {
    let campaign = app.db.dial_campaign(id).await?.ok_or(ApiError::NotFound)?;
    dto(app, campaign).await
}

async fn dto(app: &App, campaign: DialCampaign) -> Result<DialCampaignDto, ApiError> {
    let id = campaign.id;
    let counts = app.db.dial_counts(id).await?.into_iter().map(|((stage, reason), n)| match reason {
        Some(reason) => (format!("{stage}.{reason}"), n),
        None => (stage.to_owned(), n),
    });
    let outcomes = app.db.dial_outcomes(id).await?.into_iter();
    let books = app.db.dial_books(id).await?;
    let today = app.clock.now().to_zoned(app.time_zone.clone()).date();
    let operators = app.db.dial_operators(id).await?;
    Ok(DialCampaignDto {
        id: id.0,
        version: campaign.version,
        state: campaign.state.as_str(),
        draft: DialDraftDto {
            name: campaign.name,
            settings: campaign.settings,
            survey_version: campaign.survey_version.map(|version| version.0),
            operators: operators.into_iter().map(|user| user.0).collect(),
        },
        contacts: counts.collect(),
        attempts: outcomes.map(|(outcome, n)| (outcome.map_or("open", Outcome::as_str), n)).collect(),
        abandoned_today: books.day(today).rate(),
        abandoned_month: books.month(today).rate(),
    })
}

pub(super) async fn whole(app: &App, id: DialContactId) -> Result<DialContactWhole, ApiError> {
    let contact = app.db.dial_contact(id).await?.ok_or(ApiError::NotFound)?;
    let tried = app.db.dial_attempts(id).await?.into_iter().map(attempt_dto).collect();
    Ok(DialContactWhole { contact: contact_dto(contact), tried })
}

fn contact_dto(one: DialContact) -> DialContactDto {
    let (not_before, reason) = match one.state {
        ContactState::Waiting { not_before } => (Some(not_before.to_string()), None),
        ContactState::Done { reason } => (None, Some(reason.as_str())),
        _ => (None, None),
    };
    DialContactDto {
        id: one.id.0,
        campaign: one.campaign.0,
        person: one.person.map(|person| person.0),
        name: one.name,
        phone: one.phone,
        fields: one.fields.into_iter().collect(),
        state: one.state.stage().as_str(),
        not_before,
        reason,
        attempts: one.attempts,
        last_outcome: one.last_outcome.map(Outcome::as_str),
    }
}

fn attempt_dto(one: DialAttempt) -> DialAttemptDto {
    let at = |at: Option<Timestamp>| at.map(|at| at.to_string());
    DialAttemptDto {
        id: one.id.0,
        number: one.number,
        at: one.claimed_at.to_string(),
        answered_at: at(one.answered_at),
        greeted_by: one.greeted_by.map(Verdict::as_str),
        joined_at: at(one.joined_at),
        ended_at: at(one.ended_at),
        operator: one.operator.map(|user| user.0),
        made: one.made,
        outcome: one.outcome.map(Outcome::as_str),
        code: one.code,
        reason: one.reason,
    }
}
