//! `GET /campaigns/{id}`: the page that fits its state: written, looked over, sent, proven.

use axum::extract::{Path, State};
use axum::response::Response;

use super::edit::{edited, may_write};
use super::look::{LookView, look, price};
use super::progress::{ProgressView, progress};
use super::{READ, state_label};
use crate::domain::campaign::recipient::Why;
use crate::domain::campaign::{CampaignState, Deed, RecipientState, Way};
use crate::domain::id::CampaignId;
use crate::domain::permission::Right;
use crate::store::campaign::{Campaign, CampaignEvent, Counts};
use crate::web::auth::SignedIn;
use crate::web::cases::view::Viewer;
use crate::web::error::WebError;
use crate::web::page::{Page, html};
use crate::web::state::App;

/// A line of the history.
#[derive(Debug)]
pub struct EventView {
    pub when: String,
    pub machine: String,
    pub who: String,
    pub what: String,
}

/// How many with a word, and the address of their list.
#[derive(Debug)]
pub struct Line {
    pub label: String,
    pub count: String,
    pub address: String,
}

/// What can be done with it now.
#[derive(Debug, Default)]
pub struct May {
    pub approve: bool,
    /// Somebody else has to: the reader wrote it.
    pub wrote: bool,
    pub start: bool,
    pub revise: bool,
    pub pause: bool,
    pub resume: bool,
    pub stop: bool,
    pub let_go_on: bool,
}

#[derive(askama::Template)]
#[template(path = "campaigns/show.html")]
pub struct CampaignPage<'a> {
    pub page: &'a Page,
    pub id: i64,
    pub version: i64,
    pub name: String,
    pub state: CampaignState,
    pub state_label: String,
    pub sources: Vec<String>,
    /// By which step they begin.
    pub begins: Vec<Line>,
    pub skipped: Vec<Line>,
    /// "4,812 parts, 12,030 RSD"; empty without texts.
    pub costs: String,
    /// The steps in a sentence each.
    pub steps: Vec<String>,
    pub hours: String,
    pub look: LookView,
    pub progress: ProgressView,
    pub events: Vec<EventView>,
    pub may: May,
}

pub async fn show(
    State(app): State<App>,
    signed_in: SignedIn,
    Path(id): Path<i64>,
) -> Result<Response, WebError> {
    signed_in.require(READ)?;
    let page = &signed_in.page;
    let campaign = app.db.campaign(CampaignId(id)).await?.ok_or(WebError::NotFound)?;
    if campaign.state == CampaignState::Draft && may_write(page) {
        return html(edited(&app, page, &campaign, &campaign.draft, Vec::new()).await?);
    }
    html(shown(&app, &signed_in, &campaign).await?)
}

async fn shown<'p>(
    app: &App,
    signed_in: &'p SignedIn,
    campaign: &Campaign,
) -> Result<CampaignPage<'p>, WebError> {
    let page = &signed_in.page;
    let counts = app.db.campaign_counts(campaign.id).await?;
    let events = app.db.campaign_events(campaign.id).await?;
    let sources = app.db.campaign_sources(campaign.id).await?;
    let skipped =
        if counts.of(RecipientState::Skipped) > 0 { app.db.skipped(campaign.id).await? } else { Vec::new() };
    let texts = campaign.draft.ladder.has(Way::Sms) && campaign.parts > 0;
    let me = signed_in.user.id;
    let wrote = events.iter().any(|event| {
        event.actor == Some(me) && event.token.is_none() && matches!(event.deed, Deed::Make | Deed::Change)
    });
    Ok(CampaignPage {
        page,
        id: campaign.id.0,
        version: campaign.version,
        name: campaign.draft.name.clone(),
        state: campaign.state,
        state_label: state_label(page, campaign.state),
        sources: sources.into_iter().map(|source| source.name).collect(),
        begins: begins(page, campaign, &counts),
        skipped: skipped.into_iter().map(|(why, n)| left_out(page, campaign, why, n)).collect(),
        costs: if texts { price(app, page, campaign.parts) } else { String::new() },
        steps: steps(page, campaign),
        hours: hours(page, campaign),
        look: look(app, page, campaign, &campaign.draft).await?,
        progress: progress(app, page, campaign, &counts).await?,
        may: may(page, campaign, &counts, wrote, app.campaigns.approval_above),
        events: events.iter().map(|event| event_view(page, event)).collect(),
    })
}

fn may(page: &Page, campaign: &Campaign, counts: &Counts, wrote: bool, above: u32) -> May {
    use CampaignState::*;
    let writes = may_write(page);
    let large = counts.of(RecipientState::Waiting) > i64::from(above);
    let approves = if large { page.may(Right::ApproveCampaigns) } else { writes };
    let prepared = campaign.state == Prepared && counts.of(RecipientState::Waiting) > 0;
    let uncertain = counts.of(RecipientState::Uncertain) + counts.of(RecipientState::Unknown) > 0;
    let further = campaign.draft.ladder.steps().len() > 1;
    May {
        approve: prepared && approves && !(large && wrote),
        wrote: prepared && large && wrote,
        start: writes && campaign.state == Approved,
        revise: writes && matches!(campaign.state, Preparing | Prepared | Approved),
        pause: writes && campaign.state == Running,
        resume: writes && campaign.state == Paused,
        stop: writes && matches!(campaign.state, Running | Paused),
        let_go_on: writes && uncertain && further && matches!(campaign.state, Running | Paused | Finished),
    }
}

fn begins(page: &Page, campaign: &Campaign, counts: &Counts) -> Vec<Line> {
    let steps = campaign.draft.ladder.steps().iter().enumerate();
    let line = |(rung, step): (usize, &crate::domain::campaign::Step)| {
        let n = counts.on(RecipientState::Waiting, rung);
        (n > 0).then(|| Line {
            label: page.word("campaign-begins", step.way.as_str()),
            count: page.number(n),
            address: format!("/campaigns/{}/recipients?state=waiting", campaign.id),
        })
    };
    steps.filter_map(line).collect()
}

fn left_out(page: &Page, campaign: &Campaign, why: Why, n: i64) -> Line {
    Line {
        label: page.word("campaign-why", why.as_str()),
        count: page.number(n),
        address: format!("/campaigns/{}/recipients?state=skipped", campaign.id),
    }
}

/// "Text message, then after 4 hours without proof of delivery".
fn steps(page: &Page, campaign: &Campaign) -> Vec<String> {
    let all = campaign.draft.ladder.steps();
    let said = |(at, step): (usize, &crate::domain::campaign::Step)| {
        let way = page.word("way", step.way.as_str());
        let last = at + 1 >= all.len();
        if step.way == Way::Visit || last {
            return way;
        }
        let limit = super::form::limit_words(page, step.minutes);
        page.with_values("campaign-step-then", &[("way", way), ("limit", limit)])
    };
    all.iter().enumerate().map(said).collect()
}

fn hours(page: &Page, campaign: &Campaign) -> String {
    let hours = campaign.draft.hours;
    let clock = |minute: u16| format!("{:02}:{:02}", minute / 60, minute % 60);
    let key = match (hours.from, hours.to, hours.weekdays) {
        (0, 1_440, false) => return page.say("campaign-any-time"),
        (_, _, true) => "campaign-hours-weekdays",
        (_, _, false) => "campaign-hours-days",
    };
    page.with_values(key, &[("from", clock(hours.from)), ("to", clock(hours.to))])
}

fn event_view(page: &Page, event: &CampaignEvent) -> EventView {
    let viewer = Viewer { locale: &page.locale, directory: &page.directory };
    let who = match (&event.token, event.actor) {
        (Some(token), _) => token.clone(),
        (None, Some(user)) => viewer.user(user),
        (None, None) => page.say("campaign-by-itself"),
    };
    let deed = page.word("campaign-deed", event.deed.as_str());
    let detail = event.detail.as_str();
    let what = if detail.is_empty() { deed } else { format!("{deed}: {detail}") };
    EventView { when: page.moment(event.at), machine: event.at.to_string(), who, what }
}
