//! How far a campaign has come, as it goes on: asked for again by the page every two seconds while it runs.

use axum::extract::{Path, State};
use axum::response::Response;
use jiff::{SignedDuration, Timestamp};

use super::{READ, meant, reached};
use crate::domain::campaign::{CampaignState, RecipientState, Way};
use crate::domain::id::CampaignId;
use crate::store::campaign::{Campaign, Counts};
use crate::web::auth::SignedIn;
use crate::web::error::WebError;
use crate::web::page::{Page, html};
use crate::web::state::App;

/// One state with how many are in it.
#[derive(Debug)]
pub struct StateLine {
    pub state: RecipientState,
    pub label: String,
    pub count: String,
    /// Where its part of the bar begins, and how long it is: of a hundred.
    pub from: String,
    pub share: String,
    pub address: String,
}

/// One step of the ladder.
#[derive(Debug)]
pub struct StepLine {
    pub way: String,
    pub waiting: String,
    pub sending: String,
}

#[derive(Debug)]
pub struct ProgressView {
    pub id: i64,
    pub state: CampaignState,
    /// It is asked for again by itself.
    pub lives: bool,
    pub all: String,
    pub reached: String,
    /// Of a hundred.
    pub percent: String,
    pub lines: Vec<StateLine>,
    pub steps: Vec<StepLine>,
    /// "120 in a minute".
    pub pace: String,
    /// When the last message will be out; or why that is not said.
    pub forecast: String,
}

#[derive(askama::Template)]
#[template(path = "campaigns/_progress.html")]
pub struct ProgressPart<'a> {
    pub page: &'a Page,
    pub progress: ProgressView,
}

/// Minutes by which the pace is reckoned.
const MINUTES: i64 = 10;

pub async fn show(
    State(app): State<App>,
    signed_in: SignedIn,
    Path(id): Path<i64>,
) -> Result<Response, WebError> {
    signed_in.require(READ)?;
    let page = &signed_in.page;
    let campaign = app.db.campaign(CampaignId(id)).await?.ok_or(WebError::NotFound)?;
    let counts = app.db.campaign_counts(campaign.id).await?;
    html(ProgressPart { page, progress: progress(&app, page, &campaign, &counts).await? })
}

/// In the order in which people want to know it.
const SHOWN: &[RecipientState] = &[
    RecipientState::Reached,
    RecipientState::Presumed,
    RecipientState::ToldByHand,
    RecipientState::Sending,
    RecipientState::Waiting,
    RecipientState::ByHand,
    RecipientState::Uncertain,
    RecipientState::Unknown,
    RecipientState::Unreached,
    RecipientState::Stopped,
];

pub async fn progress(
    app: &App,
    page: &Page,
    campaign: &Campaign,
    counts: &Counts,
) -> Result<ProgressView, WebError> {
    let (all, reached) = (meant(counts), reached(counts));
    let part = |n: i64| n as f64 * 100.0 / all.max(1) as f64;
    let mut before = 0;
    let mut line = |state: &RecipientState| {
        let (n, from) = (counts.of(*state), before);
        before += n;
        (n > 0).then(|| StateLine {
            state: *state,
            label: page.word("recipient-state", state.as_str()),
            count: page.number(n),
            from: format!("{:.2}", part(from)),
            share: format!("{:.2}", part(n)),
            address: format!("/campaigns/{}/recipients?state={state}", campaign.id),
        })
    };
    let steps = campaign.draft.ladder.steps().iter().enumerate().filter(|(_, step)| step.way != Way::Visit);
    let step = |(rung, step): (usize, &crate::domain::campaign::Step)| StepLine {
        way: page.word("way", step.way.as_str()),
        waiting: page.number(counts.on(RecipientState::Waiting, rung)),
        sending: page.number(counts.on(RecipientState::Sending, rung)),
    };
    let (pace, forecast) = pace(app, page, campaign, counts).await?;
    Ok(ProgressView {
        id: campaign.id.0,
        state: campaign.state,
        lives: matches!(
            campaign.state,
            CampaignState::Preparing | CampaignState::Running | CampaignState::Paused
        ) || counts.of(RecipientState::Sending) > 0,
        all: page.number(all),
        reached: page.number(reached),
        percent: page.number(reached * 100 / all.max(1)),
        lines: SHOWN.iter().filter_map(&mut line).collect(),
        steps: steps.map(step).collect(),
        pace,
        forecast,
    })
}

/// What has begun in the last minutes, and when the rest will have.
async fn pace(
    app: &App,
    page: &Page,
    campaign: &Campaign,
    counts: &Counts,
) -> Result<(String, String), WebError> {
    if campaign.state != CampaignState::Running {
        return Ok(Default::default());
    }
    let now = app.clock.now();
    let minute = now.as_second() / 60;
    let minutes = app.db.campaign_minutes(campaign.id, minute - MINUTES).await?;
    let begun: i64 = minutes.iter().map(|(_, n)| n).sum();
    let since = minutes.first().map_or(now, |(minute, _)| started(campaign, *minute));
    let seconds = now.duration_since(since).as_secs().max(1);
    let per_minute = begun * 60 / seconds;
    let waiting = counts.of(RecipientState::Waiting);
    let pace =
        if begun > 0 { page.with("campaign-pace", "pace", page.number(per_minute)) } else { String::new() };
    if waiting == 0 {
        return Ok((pace, page.say("campaign-all-out")));
    }
    let local = now.to_zoned(app.time_zone.clone()).datetime();
    if !campaign.draft.hours.are_open(local) {
        let opens = campaign.draft.hours.next_opening(local).to_zoned(app.time_zone.clone());
        let opens = opens.map(|at| page.moment(at.timestamp())).unwrap_or_default();
        return Ok((pace, page.with("campaign-waits-for", "when", opens)));
    }
    let rest = SignedDuration::from_secs(if begun > 0 { waiting * seconds / begun } else { 0 });
    let end = (begun > 0).then(|| campaign.draft.hours.end_of(local, rest)).flatten();
    let end = end.and_then(|at| at.to_zoned(app.time_zone.clone()).ok());
    let forecast = match end {
        Some(end) => page.with("campaign-forecast", "when", page.moment(end.timestamp())),
        None => page.say("campaign-no-forecast"),
    };
    Ok((pace, forecast))
}

/// The beginning of what the first minute counts.
fn started(campaign: &Campaign, minute: i64) -> Timestamp {
    let minute = Timestamp::from_second(minute * 60).unwrap_or(Timestamp::UNIX_EPOCH);
    campaign.started_at.map_or(minute, |started| started.max(minute))
}
