//! Messages to many: the list of campaigns, the page of each in whatever state it is, its recipients, its proof, and the segments.

pub mod deeds;
pub mod edit;
pub mod form;
pub mod look;
pub mod progress;
pub mod recipients;
pub mod recording;
pub mod report;
#[cfg(test)]
pub mod samples;
pub mod segments;
pub mod show;
pub mod sources;

use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::response::Response;
use jiff::Timestamp;
use serde::Deserialize;

use crate::actions::ActionError;
use crate::actions::campaign::CampaignError;
use crate::domain::campaign::ladder::BadLadder;
use crate::domain::campaign::message::{Mistake, Place};
use crate::domain::campaign::segment::BadSegment;
use crate::domain::campaign::{CampaignState, RecipientState};
use crate::domain::id::CampaignId;
use crate::domain::permission::Right;
use crate::store::campaign::{Campaign, Counts};
use crate::web::auth::SignedIn;
use crate::web::error::WebError;
use crate::web::page::{Page, html};
use crate::web::state::App;

pub const READ: Right = Right::ReadCampaigns;
/// Campaigns on one page of the list.
const SHOWN: u32 = 50;

/// One line of the list.
#[derive(Debug)]
pub struct CampaignRow {
    pub id: i64,
    pub name: String,
    pub state: CampaignState,
    pub state_label: String,
    pub changed: String,
    pub machine: String,
    /// "1,204 of 1,500 reached"; empty before it has begun.
    pub reached: String,
    /// Of a hundred.
    pub share: i64,
}

#[derive(askama::Template)]
#[template(path = "campaigns/list.html")]
pub struct CampaignsPage<'a> {
    pub page: &'a Page,
    pub rows: Vec<CampaignRow>,
    /// The address of older ones.
    pub older: Option<String>,
    pub may_make: bool,
}

#[derive(Debug, Default, Deserialize)]
pub struct Older {
    before: Option<i64>,
    id: Option<i64>,
}

pub async fn list(
    State(app): State<App>,
    signed_in: SignedIn,
    Query(older): Query<Older>,
) -> Result<Response, WebError> {
    signed_in.require(READ)?;
    let page = &signed_in.page;
    let after =
        older.before.and_then(|at| Timestamp::from_microsecond(at).ok()).zip(older.id.map(CampaignId));
    let campaigns = app.db.campaigns(SHOWN, after).await?;
    let mut rows = Vec::with_capacity(campaigns.len());
    for campaign in &campaigns {
        let counts = app.db.campaign_counts(campaign.id).await?;
        rows.push(row(page, campaign, &counts));
    }
    let full = campaigns.len() >= usize::try_from(SHOWN).unwrap_or(usize::MAX);
    let last = campaigns.last().filter(|_| full);
    html(CampaignsPage {
        page,
        rows,
        older: last.map(|one| format!("/campaigns?before={}&id={}", one.updated_at.as_microsecond(), one.id)),
        may_make: page.may(Right::ManageCampaigns),
    })
}

fn row(page: &Page, campaign: &Campaign, counts: &Counts) -> CampaignRow {
    let (reached, all) = (reached(counts), meant(counts));
    let said = [("reached", page.number(reached)), ("all", page.number(all))];
    CampaignRow {
        id: campaign.id.0,
        name: campaign.draft.name.clone(),
        state: campaign.state,
        state_label: state_label(page, campaign.state),
        changed: page.short(campaign.updated_at),
        machine: campaign.updated_at.to_string(),
        reached: if campaign.state.has_begun() {
            page.with_values("campaign-reached-of", &said)
        } else {
            String::new()
        },
        share: if all > 0 { reached * 100 / all } else { 0 },
    }
}

/// Those whom a campaign is meant for: without doubles and those who do not want it.
pub fn meant(counts: &Counts) -> i64 {
    counts.total() - counts.of(RecipientState::Skipped) - counts.of(RecipientState::Listed)
}

pub fn reached(counts: &Counts) -> i64 {
    RecipientState::ALL.iter().filter(|state| state.is_reached()).map(|state| counts.of(*state)).sum()
}

pub fn state_label(page: &Page, state: CampaignState) -> String {
    page.word("campaign-state", state.as_str())
}

/// What people can mend, in sentences. `Err`: nothing that the page can show.
pub fn problems(page: &Page, error: CampaignError) -> Result<Vec<String>, WebError> {
    let one = |key: &str| Ok(vec![page.say(key)]);
    match error {
        CampaignError::Name => one("campaign-bad-name"),
        CampaignError::Hours => one("campaign-bad-hours"),
        CampaignError::Pace => one("campaign-bad-pace"),
        CampaignError::Nobody => one("campaign-nobody"),
        CampaignError::OwnApproval => one("campaign-own-approval"),
        CampaignError::Sender(_) => one("campaign-bad-sender"),
        CampaignError::TooManySources => one("campaign-too-many-sources"),
        CampaignError::StillReading(name) => Ok(vec![page.with("campaign-still-reading", "name", name)]),
        CampaignError::TooMany(most) => Ok(vec![page.with("campaign-too-many", "most", page.number(most))]),
        CampaignError::NoWay(way) => Ok(vec![page.with("campaign-no-way", "way", page.word("way", way))]),
        CampaignError::NotNow { state, .. } => {
            Ok(vec![page.with("campaign-not-now", "state", state_label(page, state))])
        }
        CampaignError::Ladder(bad) => one(match bad {
            BadLadder::Empty => "campaign-ladder-empty",
            BadLadder::Twice => "campaign-ladder-twice",
            BadLadder::VisitNotLast => "campaign-ladder-visit",
            BadLadder::VisitOnly => "campaign-ladder-visit-only",
            BadLadder::Minutes => "campaign-ladder-minutes",
        }),
        CampaignError::Segment(bad) => one(match bad {
            BadSegment::TooMany => "segment-too-many",
            BadSegment::Period => "segment-period",
            BadSegment::Address => "segment-address-long",
        }),
        CampaignError::Words(mistakes) => {
            Ok(mistakes.into_iter().map(|found| mistake(page, found)).collect())
        }
        CampaignError::Action(other) => Err(other.into()),
    }
}

/// "Text: there is no field {ime}."
pub fn mistake(page: &Page, (place, mistake): (Place, Mistake)) -> String {
    let place = page.say(match place {
        Place::Text => "campaign-text",
        Place::Subject => "campaign-subject",
        Place::Letter => "campaign-letter",
        Place::Speech => "campaign-speech",
    });
    let what = match mistake {
        Mistake::Empty => page.say("campaign-words-empty"),
        Mistake::TooLong(most) => page.with("campaign-words-long", "most", most),
        Mistake::UnknownField(name) => page.with("campaign-words-field", "field", format!("{{{name}}}")),
        Mistake::Unclosed => page.say("campaign-words-brace"),
        Mistake::NotCyrillic => page.say("campaign-words-latin"),
    };
    format!("{place}: {what}")
}

/// With what status a page comes back that says why something was not done.
pub fn refusal(error: &CampaignError) -> StatusCode {
    match error {
        CampaignError::Action(ActionError::Conflict) | CampaignError::NotNow { .. } => StatusCode::CONFLICT,
        CampaignError::OwnApproval => StatusCode::FORBIDDEN,
        _ => StatusCode::UNPROCESSABLE_ENTITY,
    }
}

/// For addresses that have no page of their own to say it.
pub fn whole(page: &Page, error: CampaignError) -> WebError {
    match problems(page, error) {
        Ok(sentences) => WebError::Told(sentences.join(" ")),
        Err(error) => error,
    }
}
