//! Calls that read a message. We call, by the rules that hold for everybody who calls out; whoever answers is led by a plan.

use std::time::Duration;

use super::{About, CallKey, LegKey, Moment, Switch, Why};
use crate::call::board::Direction;
use crate::call::contact::{self, Dial, Script};
use crate::dialplan::machine::{Action, DialTarget, Walk};
use crate::domain::announcement::Refusal;
use crate::domain::caller::Caller;
use crate::domain::id::OutboxId;
use crate::domain::outbound::{Refused, RouteRefused, Who};

use super::ring::Ringing;

/// A message that is to be read to somebody.
#[derive(Debug)]
pub struct Announcement {
    pub message: OutboxId,
    /// E.164.
    pub number: String,
    /// A number of ours that is shown in place of the trunk's.
    pub shown: Option<String>,
    /// It rings for so long.
    pub patience: Duration,
    pub walk: Box<Walk>,
    pub opening: Vec<Action>,
}

/// Nothing was dialled, and nothing was written.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotPlaced {
    /// By the rules for numbers.
    #[error("{0}")]
    Rules(RouteRefused),
    /// Every trunk has its limits.
    #[error("{0}")]
    Trunks(Refused),
    #[error("telephony does not run")]
    NotRunning,
}

/// What a call knows of the message that it reads.
#[derive(Debug)]
pub(super) struct Announces {
    pub message: OutboxId,
    pub shown: Option<String>,
}

impl Switch {
    /// Journals the call, then dials. What becomes of the message comes out as [`contact::Work::Told`].
    pub fn place_announcement(
        &mut self,
        announcement: Announcement,
        m: Moment,
    ) -> Result<CallKey, NotPlaced> {
        let Announcement { message, number, shown, patience, walk, opening } = announcement;
        if self.stopping {
            return Err(NotPlaced::NotRunning);
        }
        let route = self.outbound.route(&number, Who::System, m.local.date()).map_err(NotPlaced::Rules)?;
        // What everybody may always dial is for people in need.
        if route.emergency {
            return Err(NotPlaced::Rules(RouteRefused::NotAllowed));
        }
        self.outbound.admits(&route, m.now, m.local.date()).map_err(|why| match why {
            Refused::Spend => NotPlaced::Rules(RouteRefused::SpendCap),
            why => NotPlaced::Trunks(why),
        })?;
        let key = CallKey(self.next_key());
        let about = About {
            direction: Direction::Out,
            // Nobody in particular; the trunk shows the municipality's number.
            caller: Caller::Name(String::new()),
            called: route.number,
            operator: None,
            announces: Some(Announces { message, shown }),
        };
        let script = Script::Announcement { number, patience, walk, opening };
        self.begin_call(key, None, script, about, m);
        self.settle(m);
        Ok(key)
    }

    /// The call is journaled: the number is dialled.
    pub(super) fn call_out(&mut self, key: CallKey, dial: &Dial, m: Moment) {
        let DialTarget::Number(_) = &dial.target else { return };
        if self.ring(key, Ringing::Callee, &dial.target, Some(dial.timeout), m).is_err() {
            // The last channel, or the last of the money, went to somebody else while it was being written.
            let refusal = Refusal { status: 503, reason: Some("no trunk was free".into()) };
            self.tell(key, contact::Input::NotReached(Some(refusal)));
        }
    }

    pub(super) fn callee_answered(&mut self, key: CallKey, leg: LegKey, m: Moment) {
        let Some(call) = self.calls.get_mut(&key) else { return };
        if call.contact.is_ending() {
            return self.hang_up(leg, Why::Normal, m);
        }
        call.anchor = Some(leg);
        call.stage_since = m.at;
        self.tell(key, contact::Input::Reached);
    }
}
