//! Whom a dialling campaign calls: the list with what became of everybody, people added from a file or a segment, and one who is picked by hand.

use axum::Form;
use axum::extract::{Multipart, Path, Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use serde::Deserialize;

use super::{READ, problem, refusal, whole};
use crate::actions::dialer::DialError;
use crate::actions::dialer::draft::Added;
use crate::domain::dialer::contact::{Stage, State as Standing};
use crate::domain::dialer::{DialState, Outcome};
use crate::domain::id::{DialCampaignId, DialContactId, PersonId, SegmentId};
use crate::domain::permission::Right;
use crate::store::dial_attempt::DialAttempt;
use crate::store::dial_contact::DialContact;
use crate::web::auth::SignedIn;
use crate::web::campaigns::sources::{FaultView, Said, fault_view, file, reading, sheet_words};
use crate::web::cases::view::{Choice, for_people};
use crate::web::error::WebError;
use crate::web::page::{Page, html};
use crate::web::state::App;

#[derive(Debug)]
pub struct AttemptView {
    pub when: String,
    pub machine: String,
    pub what: String,
    /// What the network said.
    pub reason: String,
}

#[derive(Debug)]
pub struct ContactView {
    pub id: i64,
    pub name: String,
    pub person: Option<i64>,
    pub phone: String,
    pub fields: Vec<(String, String)>,
    pub stage_label: String,
    /// Why it is done, or when its turn comes.
    pub detail: String,
    pub attempts: Vec<AttemptView>,
    pub may_call: bool,
}

#[derive(askama::Template)]
#[template(path = "dialer/contacts.html")]
pub struct ContactsPage<'a> {
    pub page: &'a Page,
    pub id: i64,
    pub name: String,
    pub stages: Vec<Choice>,
    pub chosen: String,
    pub contacts: Vec<ContactView>,
    pub next: Option<i64>,
}

#[derive(Debug, Default, Deserialize)]
pub struct Narrowed {
    #[serde(default)]
    state: String,
    after: Option<i64>,
}

const SHOWN: u32 = 50;

pub async fn show(
    State(app): State<App>,
    signed_in: SignedIn,
    Path(id): Path<i64>,
    Query(narrowed): Query<Narrowed>,
) -> Result<Response, WebError> {
    signed_in.require(READ)?;
    let page = &signed_in.page;
    let campaign = app.db.dial_campaign(DialCampaignId(id)).await?.ok_or(WebError::NotFound)?;
    let stage: Option<Stage> = narrowed.state.parse().ok();
    let after = DialContactId(narrowed.after.unwrap_or(0));
    let rows = app.db.dial_contacts(campaign.id, stage, after, SHOWN).await?;
    let people: Vec<PersonId> = rows.iter().filter_map(|one| one.person).collect();
    app.actions.list_viewed(&signed_in.actor(), "campaign-recipients").await?;
    app.actions.people_listed(&signed_in.actor(), "campaign-recipients", &people).await?;
    let counts = app.db.dial_counts(campaign.id).await?;
    let count = |stage: &Stage| {
        counts.iter().filter(|((word, _), _)| *word == stage.as_str()).map(|(_, n)| n).sum::<i64>()
    };
    let choice = |stage: &Stage| Choice {
        value: stage.as_str().to_owned(),
        label: format!("{} {}", page.word("dial-contact", stage.as_str()), page.number(count(stage))),
        chosen: narrowed.state == stage.as_str(),
    };
    let calls = campaign.state == DialState::Running && page.takes_calls();
    let mut contacts = Vec::with_capacity(rows.len());
    for one in &rows {
        let attempts = app.db.dial_attempts(one.id).await?;
        contacts.push(view(page, one, &attempts, calls));
    }
    let full = rows.len() >= usize::try_from(SHOWN).unwrap_or(usize::MAX);
    html(ContactsPage {
        page,
        id,
        name: campaign.name,
        stages: Stage::ALL.iter().filter(|stage| count(stage) > 0).map(choice).collect(),
        chosen: stage.map(|stage| stage.as_str().to_owned()).unwrap_or_default(),
        contacts,
        next: rows.last().filter(|_| full).map(|one| one.id.0),
    })
}

pub fn view(page: &Page, one: &DialContact, attempts: &[DialAttempt], calls: bool) -> ContactView {
    let detail = match one.state {
        Standing::Done { reason } => page.word("dial-reason", reason.as_str()),
        Standing::Waiting { not_before } if one.attempts > 0 || one.appointment => {
            page.with("dial-not-before", "when", page.moment(not_before))
        }
        _ => String::new(),
    };
    ContactView {
        id: one.id.0,
        name: page.name(&one.name, None),
        person: one.person.filter(|_| page.reads_people()).map(|person| person.0),
        phone: one.phone.as_deref().map(for_people).unwrap_or_default(),
        fields: one.fields.clone(),
        stage_label: page.word("dial-contact", one.state.stage().as_str()),
        detail,
        attempts: attempts.iter().map(|attempt| attempt_view(page, attempt)).collect(),
        may_call: calls && matches!(one.state, Standing::Waiting { .. }) && one.phone.is_some(),
    }
}

pub fn attempt_view(page: &Page, attempt: &DialAttempt) -> AttemptView {
    let what = match attempt.outcome {
        Some(outcome) => page.word("dial-outcome", Outcome::as_str(outcome)),
        None => page.say("dial-under-way"),
    };
    AttemptView {
        when: page.moment(attempt.claimed_at),
        machine: attempt.claimed_at.to_string(),
        what,
        reason: match (attempt.code, &attempt.reason) {
            (Some(code), Some(reason)) => format!("{code} {reason}"),
            (Some(code), None) => code.to_string(),
            _ => String::new(),
        },
    }
}

/// What became of a list that was added.
#[derive(askama::Template)]
#[template(path = "dialer/added.html")]
pub struct AddedPage<'a> {
    pub page: &'a Page,
    pub id: i64,
    pub campaign: String,
    pub name: String,
    pub added: String,
    pub left_out: String,
    pub faulty: String,
    pub faults: Vec<FaultView>,
    /// The file is no list.
    pub problem: String,
}

/// Faults that are shown; the others are counted.
const FAULTS: usize = 200;

pub async fn add_list(
    State(app): State<App>,
    signed_in: SignedIn,
    Path(id): Path<i64>,
    form: Multipart,
) -> Result<Response, WebError> {
    signed_in.require(Right::ManageCampaigns)?;
    let (page, id) = (&signed_in.page, DialCampaignId(id));
    let campaign = app.db.dial_campaign(id).await?.ok_or(WebError::NotFound)?;
    let (name, octets) = file(&app, form).await?;
    let mut shown = AddedPage {
        page,
        id: id.0,
        campaign: campaign.name,
        name: name.clone(),
        added: String::new(),
        left_out: String::new(),
        faulty: String::new(),
        faults: Vec::new(),
        problem: String::new(),
    };
    let (mut sum, mut faulty) = (Added::default(), 0_i64);
    let (reader, mut heard) = reading(&app, &name, octets);
    while let Some(said) = heard.recv().await {
        match said {
            Said::Broken(error) => shown.problem = sheet_words(page, error, &name),
            Said::Opened { .. } => {}
            Said::Rows { people, faults } => {
                faulty += i64::try_from(faults.len()).unwrap_or(i64::MAX);
                let room = FAULTS.saturating_sub(shown.faults.len());
                shown.faults.extend(faults.iter().take(room).map(|fault| fault_view(page, fault)));
                match app.actions.add_dial_contacts(&signed_in.actor(), id, people, 0).await {
                    Ok(added) => {
                        sum.added += added.added;
                        sum.left_out += added.left_out;
                    }
                    Err(error) => return refused(page, shown, error),
                }
            }
        }
    }
    reader.await.map_err(|error| crate::actions::ActionError::Unavailable(error.to_string()))?;
    let status = if shown.problem.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    let count = |n: u64| page.count("campaign-people", i64::try_from(n).unwrap_or(i64::MAX));
    (shown.added, shown.left_out) = (count(sum.added), count(sum.left_out));
    shown.faulty = page.count("campaign-faults", faulty);
    Ok((status, html(shown)?).into_response())
}

fn refused(page: &Page, mut shown: AddedPage<'_>, error: DialError) -> Result<Response, WebError> {
    let status = refusal(&error);
    shown.problem = problem(page, error)?;
    Ok((status, html(shown)?).into_response())
}

#[derive(Debug, Deserialize)]
pub struct Chosen {
    segment: i64,
}

pub async fn add_segment(
    State(app): State<App>,
    signed_in: SignedIn,
    Path(id): Path<i64>,
    Form(chosen): Form<Chosen>,
) -> Result<Response, WebError> {
    let kept = app.db.segment(SegmentId(chosen.segment)).await?.ok_or(WebError::NotFound)?;
    let added = app.actions.add_dial_segment(&signed_in.actor(), DialCampaignId(id), &kept.rule).await;
    added.map_err(|error| whole(&signed_in.page, error))?;
    Ok(Redirect::to(&format!("/dialer/{id}#who")).into_response())
}
