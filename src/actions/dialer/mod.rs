//! The auto-dialler's verbs. People write a campaign and give it its contacts ([`draft`]) and let it take its steps ([`steps`]); the program claims who is next
//! ([`claim`]), hears what becomes of them ([`follow`]), opens the survey for whoever talks with them ([`interview`]), and keeps what they answer by keys
//! ([`keypad`]). What is right to do is said by `domain/dialer`; here it is locked, written and told.

pub mod claim;
pub mod draft;
pub mod follow;
pub mod interview;
pub mod keypad;
pub mod recover;
pub mod steps;

use jiff::Timestamp;
use serde_json::Value as Json;

use super::{ActionError, Actor, Shared};
use crate::domain::audit::What;
use crate::domain::dialer::campaign::{WrongSetting, after};
use crate::domain::dialer::hours::Times;
use crate::domain::dialer::{DialDeed, DialSettings, DialState};
use crate::domain::id::{DialCampaignId, UserId};
pub use crate::store::dial_campaign::DialCampaign;
use crate::store::{StoreError, Tx};

/// Why something was not done with a dialling campaign.
#[derive(Debug, thiserror::Error)]
pub enum DialError {
    #[error(transparent)]
    Action(#[from] ActionError),
    #[error("a campaign has a name of 1 to {NAME_CHARS} characters")]
    Name,
    #[error("the setting {0} is out of its bounds")]
    Setting(WrongSetting),
    #[error("only operators serve a campaign")]
    NotAnOperator,
    #[error("a campaign that is {state} cannot be changed so ({deed})")]
    NotNow { state: DialState, deed: DialDeed },
    #[error("no survey that is asked now")]
    Survey,
    #[error("there is nobody to call")]
    Nobody,
    #[error("a campaign has at most {MOST_CONTACTS} contacts")]
    TooMany,
    /// Of a contact: somebody else has it, or it is over.
    #[error("not possible with this contact now")]
    ContactElsewhere,
    #[error("this contact does not want to be called")]
    DoNotCall,
    #[error("nobody is called at this hour")]
    Closed,
    #[error("questions of the survey are open")]
    InterviewOpen,
    #[error("{0} is not what a talk comes to")]
    NoOutcomeOfATalk(crate::domain::dialer::Outcome),
}

impl From<StoreError> for DialError {
    fn from(error: StoreError) -> Self {
        Self::Action(error.into())
    }
}

pub const NAME_CHARS: usize = 120;
/// Of one city all its people.
pub const MOST_CONTACTS: i64 = 2_000_000;

impl Shared {
    /// When the contacts of a campaign may be called: its hours, without the days on which the office is closed.
    fn dial_times(&self, settings: &DialSettings) -> Times {
        settings.times(self.db.directory().office.calendar.closed.clone(), self.zone.clone())
    }
}

/// The campaign under a lock, if the deed can be done with it now, with the state that it has afterwards. `version`: what the person saw;
/// `None`: whatever it is.
async fn may(
    tx: &mut Tx<'_>,
    id: DialCampaignId,
    version: Option<i64>,
    deed: DialDeed,
) -> Result<(DialCampaign, DialState), DialError> {
    let campaign = tx.dial_campaign(id).await?.ok_or(ActionError::NotFound)?;
    if version.is_some_and(|version| version != campaign.version) {
        return Err(ActionError::Conflict.into());
    }
    let state = after(campaign.state, deed);
    let state = state.ok_or(DialError::NotNow { state: campaign.state, deed })?;
    Ok((campaign, state))
}

fn tell(tx: &mut Tx<'_>, actor: &Actor, id: DialCampaignId, said: Json, at: Timestamp) {
    if *actor != Actor::System {
        tx.audit(actor.audit(at, What::CampaignChanged, id, said));
    }
}

impl Shared {
    /// Whoever conducts calls of a campaign: one of its operators, in their own name. Besides the right, which the verb asks for.
    async fn serves(
        &self,
        tx: &mut Tx<'_>,
        actor: &Actor,
        campaign: DialCampaignId,
    ) -> Result<UserId, DialError> {
        let user = actor.person().ok_or(DialError::NotAnOperator)?;
        let directory = self.db.directory();
        let known = directory.users.iter().find(|known| known.id == user);
        let operators = tx.dial_operators(campaign).await?;
        let serves = operators.is_empty() || operators.contains(&user);
        match known.is_some_and(super::queue::is_operator) && serves {
            true => Ok(user),
            false => Err(DialError::NotAnOperator),
        }
    }
}
