//! What a dialled call says of itself while it goes on, and what that means for its contact.

use super::contact::Event;
use super::greeting::Verdict;
use super::outcome::{Answered, Ended, Outcome};
use super::retry::Next;
use crate::domain::id::UserId;

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Progress {
    /// It rings there: the network took the call.
    Taken,
    Answered,
    /// A person or a machine, as far as one can hear.
    Greeted(Verdict),
    /// `None`: a plan asks by keys.
    Joined {
        by: Option<UserId>,
    },
    /// Key 9, in what is said to whoever was abandoned or is asked by keys.
    OptedOut,
    /// The talk is over; what came of it is still to be said. `whole`: a plan came to its end.
    Parted {
        whole: bool,
    },
    /// It came to no talk.
    Ended(Ended),
    /// The program stops, or the campaign was stopped: before it was answered.
    BrokenOff,
}

impl Progress {
    /// `None`: it has an outcome, see [`Self::outcome`].
    pub fn event(&self) -> Option<Event> {
        match self {
            Self::Taken => Some(Event::Taken),
            Self::Answered => Some(Event::Answered),
            Self::Joined { .. } => Some(Event::Joined),
            Self::OptedOut => Some(Event::DoNotCall),
            Self::Parted { .. } => Some(Event::HungUp),
            Self::Greeted(_) | Self::Ended(_) | Self::BrokenOff => None,
        }
    }

    pub fn outcome(&self) -> Option<Outcome> {
        match self {
            Self::Ended(ended) => Some(Outcome::of(ended)),
            Self::BrokenOff => Some(Outcome::Interrupted),
            Self::OptedOut => Some(Outcome::OptedOut),
            Self::Taken | Self::Answered | Self::Greeted(_) | Self::Joined { .. } | Self::Parted { .. } => {
                None
            }
        }
    }

    /// With what the network said.
    pub fn refusal(&self) -> Option<&crate::domain::announcement::Refusal> {
        match self {
            Self::Ended(Ended::Refused { refusal, .. }) => Some(refusal),
            _ => None,
        }
    }

    /// Nobody was free for whoever answered.
    pub fn abandoned() -> Self {
        Self::Ended(Ended::Answered(Answered::Abandoned))
    }

    pub fn ends_with(outcome: Outcome, next: Next) -> Event {
        Event::Ended { outcome, next }
    }
}
