//! Where an operator of campaigns stands: on the line or not, and with whom.

use crate::domain::dialer::contact::State as Standing;
use crate::domain::id::UserId;
use crate::store::StoreError;
use crate::store::dial_attempt::DialAttempt;
use crate::store::dial_campaign::DialCampaign;
use crate::store::dial_contact::DialContact;
use crate::telephony::handle::{OperatorState, OperatorView, TelephonyHandle};
use crate::web::state::App;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// No phone is registered, or telephony does not run.
    NoPhone,
    /// Not on the line.
    Away,
    Waits,
    Paused,
    /// A contact is before them, not dialled.
    Looks,
    /// It rings.
    Dials,
    Talks,
    /// What the talk came to is said, and it still goes on.
    Parts,
    /// What came of the talk is to be said.
    WrapsUp,
}

impl Place {
    #[cfg(test)]
    pub const WORDS: [&str; 9] =
        ["no-phone", "away", "waits", "paused", "looks", "dials", "talks", "parts", "wraps-up"];

    pub fn word(self) -> &'static str {
        match self {
            Self::NoPhone => "no-phone",
            Self::Away => "away",
            Self::Waits => "waits",
            Self::Paused => "paused",
            Self::Looks => "looks",
            Self::Dials => "dials",
            Self::Talks => "talks",
            Self::Parts => "parts",
            Self::WrapsUp => "wraps-up",
        }
    }
}

/// All that the desk shows, and programs are told.
#[derive(Debug)]
pub struct Stand {
    pub place: Place,
    /// On the line.
    pub joined: bool,
    /// A talk goes on, which can be ended.
    pub talks: bool,
    /// Of which something is to be said.
    pub attempt: Option<DialAttempt>,
    /// The one before them, dialled or not.
    pub contact: Option<DialContact>,
    pub campaign: Option<DialCampaign>,
}

pub async fn stand(app: &App, me: UserId) -> Result<Stand, StoreError> {
    let board = app.telephony.as_ref().map(TelephonyHandle::board).unwrap_or_default();
    let own = board.operators.iter().find(|operator| operator.user == me);
    let attempt = app.db.dial_attempt_of(me).await?;
    let before = app.db.dial_contact_before(me).await?;
    let (place, contact) = match (&attempt, before) {
        (Some(attempt), _) => {
            let contact = app.db.dial_contact(attempt.contact).await?;
            let talks = contact.as_ref().is_some_and(|one| matches!(one.state, Standing::Talking { .. }));
            (if talks { Place::Talks } else { Place::WrapsUp }, contact)
        }
        (None, Some(contact)) => {
            let looks = contact.state == Standing::Preview;
            (if looks { Place::Looks } else { Place::Dials }, Some(contact))
        }
        (None, None) => (idle(own), None),
    };
    let campaign = match &contact {
        Some(contact) => app.db.dial_campaign(contact.campaign).await?,
        None => None,
    };
    let joined = own.is_some_and(|own| own.session);
    Ok(Stand { place, joined, talks: talks(own), attempt, contact, campaign })
}

pub fn talks(own: Option<&OperatorView>) -> bool {
    own.is_some_and(|own| own.session && own.state == OperatorState::Talking && own.call.is_some())
}

fn idle(own: Option<&OperatorView>) -> Place {
    match own {
        None => Place::NoPhone,
        Some(own) if !own.session && own.phones == 0 => Place::NoPhone,
        Some(own) if !own.session => Place::Away,
        Some(own) if own.state == OperatorState::Talking => Place::Parts,
        Some(own) if matches!(own.state, OperatorState::Paused { .. }) => Place::Paused,
        Some(_) => Place::Waits,
    }
}
