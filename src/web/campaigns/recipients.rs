//! Who was reached, when, by what, and who was not and why: the list, what people write down on it, and the same as files.

use axum::Form;
use axum::extract::{Path, Query, State};
use axum::response::{IntoResponse, Redirect, Response};
use serde::Deserialize;

use super::edit::may_write;
use super::{READ, whole};
use crate::actions::campaign::by_hand::ByHand;
use crate::domain::campaign::RecipientState;
use crate::domain::id::{CampaignId, PersonId, RecipientId};
use crate::store::campaign::Campaign;
use crate::store::campaign_recipient::{Attempt, Recipient};
use crate::web::auth::SignedIn;
use crate::web::cases::view::Choice;
use crate::web::error::WebError;
use crate::web::export::{Asked, Cell, Pages, send};
use crate::web::page::{Page, html};
use crate::web::state::App;

/// One message that went out for somebody.
#[derive(Debug)]
pub struct AttemptView {
    pub way: String,
    pub to: String,
    pub state: String,
    pub when: String,
    /// What the network said.
    pub error: String,
}

#[derive(Debug)]
pub struct RecipientView {
    pub id: i64,
    pub name: String,
    pub person: Option<PersonId>,
    pub phone: String,
    pub email: String,
    pub address: String,
    pub state: RecipientState,
    pub state_label: String,
    /// Why they were left out, or by what they were reached and when.
    pub detail: String,
    pub attempts: Vec<AttemptView>,
    pub may_tell: bool,
    pub may_take_out: bool,
}

#[derive(askama::Template)]
#[template(path = "campaigns/recipients.html")]
pub struct RecipientsPage<'a> {
    pub page: &'a Page,
    pub id: i64,
    pub name: String,
    /// States that somebody is in, with how many.
    pub states: Vec<Choice>,
    pub chosen: String,
    pub recipients: Vec<RecipientView>,
    pub next: Option<i64>,
    pub export: String,
    pub reads_people: bool,
}

#[derive(Debug, Default, Deserialize)]
pub struct Narrowed {
    #[serde(default)]
    state: String,
    after: Option<i64>,
}

const SHOWN: u32 = 50;
/// Rows of one page of a file.
const EXPORTED: u32 = 500;

pub async fn show(
    State(app): State<App>,
    signed_in: SignedIn,
    Path(id): Path<i64>,
    Query(narrowed): Query<Narrowed>,
) -> Result<Response, WebError> {
    signed_in.require(READ)?;
    let page = &signed_in.page;
    let campaign = app.db.campaign(CampaignId(id)).await?.ok_or(WebError::NotFound)?;
    let state: Option<RecipientState> = narrowed.state.parse().ok();
    let after = RecipientId(narrowed.after.unwrap_or(0));
    let rows = app.db.recipients(campaign.id, state, after, SHOWN).await?;
    told_of(&app, &signed_in, &rows).await?;
    let attempts = app.db.attempts(&rows.iter().map(|one| one.id).collect::<Vec<_>>()).await?;
    let counts = app.db.campaign_counts(campaign.id).await?;
    let choice = |state: &RecipientState| Choice {
        value: state.as_str().to_owned(),
        label: format!("{} {}", page.word("recipient-state", state.as_str()), page.number(counts.of(*state))),
        chosen: narrowed.state == state.as_str(),
    };
    let full = rows.len() >= usize::try_from(SHOWN).unwrap_or(usize::MAX);
    html(RecipientsPage {
        page,
        id,
        name: campaign.draft.name.clone(),
        states: RecipientState::ALL.iter().filter(|state| counts.of(**state) > 0).map(choice).collect(),
        chosen: state.map(|state| state.as_str().to_owned()).unwrap_or_default(),
        next: rows.last().filter(|_| full).map(|one| one.id.0),
        recipients: rows.iter().map(|one| view(page, &campaign, one, &attempts)).collect(),
        export: format!("/campaigns/{id}/recipients/export"),
        reads_people: page.reads_people(),
    })
}

/// Names and addresses of people stand on it.
async fn told_of(app: &App, signed_in: &SignedIn, rows: &[Recipient]) -> Result<(), WebError> {
    let people: Vec<PersonId> = rows.iter().filter_map(|one| one.who.person).collect();
    app.actions.list_viewed(&signed_in.actor(), "campaign-recipients").await?;
    app.actions.people_listed(&signed_in.actor(), "campaign-recipients", &people).await?;
    Ok(())
}

fn view(page: &Page, campaign: &Campaign, one: &Recipient, attempts: &[Attempt]) -> RecipientView {
    use RecipientState::*;
    let own = attempts.iter().filter(|attempt| attempt.recipient == one.id);
    let writes = may_write(page);
    RecipientView {
        id: one.id.0,
        name: page.locale.name(&one.who.name, None),
        person: one.who.person,
        phone: one.who.phone.clone().unwrap_or_default(),
        email: one.who.email.clone().unwrap_or_default(),
        address: one.who.address.clone(),
        state: one.state,
        state_label: page.word("recipient-state", one.state.as_str()),
        detail: detail(page, one),
        attempts: own.map(|attempt| attempt_view(page, attempt)).collect(),
        may_tell: writes && matches!(one.state, ByHand | Unreached | Unknown | Uncertain),
        may_take_out: writes && one.state == Waiting && !campaign.state.is_over(),
    }
}

fn detail(page: &Page, one: &Recipient) -> String {
    match (one.why, one.reached_by.zip(one.reached_at)) {
        (_, Some((way, at))) => {
            let said = [("way", page.word("way", way.as_str())), ("when", page.moment(at))];
            page.with_values("recipient-reached", &said)
        }
        (Some(why), None) => page.word("campaign-why", why.as_str()),
        (None, None) => String::new(),
    }
}

fn attempt_view(page: &Page, attempt: &Attempt) -> AttemptView {
    AttemptView {
        way: page.word("way", attempt.way.as_str()),
        to: attempt.to.clone(),
        state: page.word("delivery", attempt.state.as_str()),
        when: page.short(attempt.updated_at),
        error: attempt.error.clone().unwrap_or_default(),
    }
}

#[derive(Debug, Deserialize)]
pub struct Told {
    outcome: String,
    #[serde(default)]
    back: String,
}

pub async fn tell(
    State(app): State<App>,
    signed_in: SignedIn,
    Path((id, recipient)): Path<(i64, i64)>,
    Form(told): Form<Told>,
) -> Result<Response, WebError> {
    let (actor, of) = (signed_in.actor(), (CampaignId(id), RecipientId(recipient)));
    let done = match told.outcome.as_str() {
        "told" => app.actions.tell_recipient_by_hand(&actor, of, ByHand::Told).await,
        "not_found" => app.actions.tell_recipient_by_hand(&actor, of, ByHand::NotFound).await,
        "again" => app.actions.tell_recipient_by_hand(&actor, of, ByHand::Again).await,
        "take_out" => app.actions.take_recipient_out(&actor, of).await,
        _ => return Err(WebError::Invalid("no such outcome".into())),
    };
    done.map_err(|error| whole(&signed_in.page, error))?;
    let state: Option<RecipientState> = told.back.parse().ok();
    let back = state.map(|state| format!("?state={state}")).unwrap_or_default();
    Ok(Redirect::to(&format!("/campaigns/{id}/recipients{back}")).into_response())
}

/// The proof as a file for a spreadsheet: everybody, with every attempt.
pub async fn export(
    State(app): State<App>,
    signed_in: SignedIn,
    Path(id): Path<i64>,
    Query(narrowed): Query<Narrowed>,
    Query(asked): Query<Asked>,
) -> Result<Response, WebError> {
    signed_in.require(READ)?;
    let campaign = app.db.campaign(CampaignId(id)).await?.ok_or(WebError::NotFound)?;
    let page = signed_in.page.clone();
    let heading = HEADING.iter().map(|key| page.say(key)).collect();
    let state: Option<RecipientState> = narrowed.state.parse().ok();
    let filter = format!("campaign={id}&state={}", narrowed.state);
    let rows =
        Rows { app: app.clone(), page, campaign: campaign.id, state, after: RecipientId(0), ended: false };
    send(&app, &signed_in, ("campaign-recipients", &filter), asked.format, heading, rows).await
}

pub const HEADING: &[&str] = &[
    "recipient-number",
    "recipient-name",
    "recipient-phone",
    "recipient-email",
    "recipient-address",
    "recipient-outcome",
    "recipient-by",
    "recipient-when",
    "recipient-why",
    "recipient-attempts",
    "recipient-words",
];

struct Rows {
    app: App,
    page: Page,
    campaign: CampaignId,
    state: Option<RecipientState>,
    after: RecipientId,
    ended: bool,
}

impl Pages for Rows {
    async fn next(&mut self) -> Result<Vec<Vec<Cell>>, WebError> {
        if self.ended {
            return Ok(Vec::new());
        }
        let rows = self.app.db.recipients(self.campaign, self.state, self.after, EXPORTED).await?;
        let attempts = self.app.db.attempts(&rows.iter().map(|one| one.id).collect::<Vec<_>>()).await?;
        match rows.last() {
            Some(last) => self.after = last.id,
            None => self.ended = true,
        }
        Ok(rows.iter().map(|one| cells(&self.page, one, &attempts)).collect())
    }
}

pub fn cells(page: &Page, one: &Recipient, attempts: &[Attempt]) -> Vec<Cell> {
    let own: Vec<&Attempt> = attempts.iter().filter(|attempt| attempt.recipient == one.id).collect();
    let told: Vec<String> = own.iter().map(|attempt| attempt_words(page, attempt)).collect();
    vec![
        Cell::text(one.id.to_string()),
        Cell::text(one.who.name.as_str()),
        Cell::text(one.who.phone.as_deref().unwrap_or_default()),
        Cell::text(one.who.email.as_deref().unwrap_or_default()),
        Cell::text(one.who.address.as_str()),
        Cell::text(page.word("recipient-state", one.state.as_str())),
        Cell::text(one.reached_by.map(|way| page.word("way", way.as_str())).unwrap_or_default()),
        one.reached_at.map_or(Cell::Nothing, |at| Cell::moment(&page.locale, at)),
        Cell::text(one.why.map(|why| page.word("campaign-why", why.as_str())).unwrap_or_default()),
        Cell::text(told.join("; ")),
        Cell::text(own.last().map(|attempt| attempt.words.as_str()).unwrap_or_default()),
    ]
}

/// "SMS +381641234567 23 Nov 2026, 14:05: delivered (…)".
pub fn attempt_words(page: &Page, attempt: &Attempt) -> String {
    let view = attempt_view(page, attempt);
    let error = if view.error.is_empty() { String::new() } else { format!(" ({})", view.error) };
    format!("{} {} {}: {}{error}", view.way, view.to, page.moment(attempt.updated_at), view.state)
}
