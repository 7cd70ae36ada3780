//! Messages to many. People write a campaign ([`draft`]), choose whom it goes to ([`source`], [`segment`]) and let it take its steps
//! ([`steps`]); the program puts its recipients together ([`prepare`]), hands their messages over a few hundred at a time ([`feed`]) and
//! hears what became of each ([`follow`]). What goes out goes through the outbox, as everything else.

pub mod by_hand;
pub mod draft;
mod feed;
mod follow;
mod forget;
mod judge;
pub mod prepare;
pub mod segment;
pub mod source;
pub mod steps;
pub mod tend;
pub mod test;

use std::sync::LazyLock;

use jiff::Timestamp;
use serde_json::Value as Json;

use super::{ActionError, Actions, Actor, Shared};
use crate::domain::audit::What;
use crate::domain::campaign::ladder::BadLadder;
use crate::domain::campaign::message::{Mistake, Place};
use crate::domain::campaign::segment::BadSegment;
use crate::domain::campaign::state::after;
use crate::domain::campaign::{CampaignState, Deed};
use crate::domain::id::CampaignId;
use crate::store::campaign::Campaign;
use crate::store::{StoreError, Tx};

/// Why something was not done with a campaign.
#[derive(Debug, thiserror::Error)]
pub enum CampaignError {
    #[error(transparent)]
    Action(#[from] ActionError),
    #[error("a campaign has a name of 1 to {NAME_CHARS} characters")]
    Name,
    #[error(transparent)]
    Ladder(#[from] BadLadder),
    #[error(transparent)]
    Segment(#[from] BadSegment),
    #[error("the words cannot go out as they are")]
    Words(Vec<(Place, Mistake)>),
    #[error("the hours end before they begin")]
    Hours,
    #[error("the texts of a campaign may come from: {}", .0.join(", "))]
    Sender(Vec<String>),
    #[error("at least one recipient in a minute")]
    Pace,
    #[error("there is nobody to write to")]
    Nobody,
    #[error("the list {0:?} was not read to its end: take it out and import it again")]
    StillReading(String),
    #[error("no {0} can be sent: it is not configured")]
    NoWay(&'static str),
    #[error("the link to a survey needs the address of the pages, [web] public_url")]
    NoPages,
    #[error("the survey of the campaign is not asked any more")]
    SurveyOver,
    /// Of two people one writes it and the other looks at it.
    #[error("whoever wrote a campaign does not approve it")]
    OwnApproval,
    #[error("a campaign that is {state} cannot be changed so ({deed})")]
    NotNow { state: CampaignState, deed: Deed },
    #[error("a campaign has at most {MOST_SOURCES} lists and segments")]
    TooManySources,
    #[error("a campaign has at most {0} recipients")]
    TooMany(i64),
}

impl From<StoreError> for CampaignError {
    fn from(error: StoreError) -> Self {
        Self::Action(error.into())
    }
}

/// What the program can send by, and what the configuration says of campaigns.
#[derive(Clone, Debug)]
pub struct CampaignSettings {
    /// Numbers and names that texts may come from.
    pub senders: Vec<String>,
    /// There is a link to an SMSC; there is a trunk and something that speaks.
    pub texts: bool,
    pub calls: bool,
    pub approval_above: u32,
    pub keep_days: u32,
    /// Parts that a text takes.
    pub parts: fn(&str) -> usize,
}

impl Default for CampaignSettings {
    fn default() -> Self {
        let parts = |_: &str| 1;
        Self { senders: Vec::new(), texts: false, calls: false, approval_above: 0, keep_days: 365, parts }
    }
}

impl Actions {
    /// Said once, by `app`.
    pub fn run_campaigns(&self, settings: CampaignSettings) {
        let _ = self.shared.campaigns.set(settings);
    }
}

impl Shared {
    fn campaigns(&self) -> &CampaignSettings {
        static NOTHING: LazyLock<CampaignSettings> = LazyLock::new(CampaignSettings::default);
        self.campaigns.get().unwrap_or(&NOTHING)
    }
}

pub const NAME_CHARS: usize = 120;
pub const MOST_SOURCES: usize = 20;
/// Of one city all its people.
pub const MOST_RECIPIENTS: i64 = 2_000_000;

/// The campaign under a lock, if the deed can be done with it now, with the state that it has afterwards. `version`: what the person saw;
/// `None`: whatever it is.
async fn may(
    tx: &mut Tx<'_>,
    id: CampaignId,
    version: Option<i64>,
    deed: Deed,
) -> Result<(Campaign, CampaignState), CampaignError> {
    let campaign = tx.campaign(id).await?.ok_or(ActionError::NotFound)?;
    if version.is_some_and(|version| version != campaign.version) {
        return Err(ActionError::Conflict.into());
    }
    let state = after(campaign.state, deed);
    let state = state.ok_or(CampaignError::NotNow { state: campaign.state, deed })?;
    Ok((campaign, state))
}

/// On the campaign's history and in the audit.
async fn tell(
    tx: &mut Tx<'_>,
    actor: &Actor,
    (id, deed): (CampaignId, Deed),
    (detail, said): (&str, Json),
    at: Timestamp,
) -> Result<(), StoreError> {
    let token = match actor {
        Actor::Token { name, .. } => Some(name.as_str()),
        _ => None,
    };
    tx.add_campaign_event(id, (deed, detail), (actor.person(), token), at).await?;
    if *actor != Actor::System {
        tx.audit(actor.audit(at, What::CampaignChanged, id, said));
    }
    Ok(())
}
