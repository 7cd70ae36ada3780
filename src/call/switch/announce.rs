//! Calls that read a message. We call, by the rules that hold for everybody who calls out; whoever answers is led by a plan.

use std::time::Duration;

use super::{About, CallKey, LegKey, Moment, Switch, Why};
use crate::call::board::Direction;
use crate::call::contact::{self, Dial, Script};
use crate::dialplan::machine::{Action, DialTarget, Walk};
use crate::domain::announcement::Refusal;
use crate::domain::caller::Caller;
use crate::domain::id::{DialAttemptId, OutboxId};
use crate::domain::outbound::{Refused, Route, RouteRefused, Ticket, TrunkId, Who};

use super::dialled::Dialled;
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
    /// The operator who looks at a contact is not on the line.
    #[error("no line to the operator")]
    NoLine,
}

/// Why we call somebody by ourselves.
#[derive(Debug)]
pub(super) struct Errand {
    pub what: What,
    /// A number of ours that is shown in place of the trunk's.
    pub shown: Option<String>,
    /// The channel on which it is dialled, taken before it was journaled: however many are placed together, each of them has one.
    pub channel: Option<Ticket>,
}

#[derive(Debug)]
pub(super) enum What {
    /// It is read to them.
    Message(OutboxId),
    /// A campaign calls its contacts.
    Dial(Dialled),
}

impl Errand {
    pub(super) fn message(&self) -> Option<OutboxId> {
        match &self.what {
            What::Message(message) => Some(*message),
            What::Dial(_) => None,
        }
    }

    pub(super) fn dialled(&self) -> Option<&Dialled> {
        match &self.what {
            What::Message(_) => None,
            What::Dial(dialled) => Some(dialled),
        }
    }

    pub(super) fn attempt(&self) -> Option<DialAttemptId> {
        self.dialled().map(|dialled| dialled.attempt)
    }

    /// What the contact says of it besides.
    pub(super) fn asked(&self) -> Option<contact::Asked> {
        self.dialled().map(|dialled| dialled.asked)
    }

    /// Nobody of ours is on the line before the citizen is.
    fn is_alone(&self) -> bool {
        self.dialled().is_none_or(|dialled| dialled.operator.is_none())
    }
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
        let (route, channel) = self.take_channel(&number, m)?;
        let key = CallKey(self.next_key());
        let errand = Errand { what: What::Message(message), shown, channel: Some(channel) };
        let about = About {
            direction: Direction::Out,
            // Nobody in particular; the trunk shows the municipality's number.
            caller: Caller::Name(String::new()),
            called: route.number,
            operator: None,
            errand: Some(errand),
        };
        let script = Script::Announcement { number, patience, walk, opening };
        self.begin_call(key, None, script, about, m);
        self.settle(m);
        Ok(key)
    }

    /// By the rules for whoever calls out by themselves. The channel is that of the first trunk that has one.
    pub(super) fn take_channel(&mut self, number: &str, m: Moment) -> Result<(Route, Ticket), NotPlaced> {
        let route = self.outbound.route(number, Who::System, m.local.date()).map_err(NotPlaced::Rules)?;
        // What everybody may always dial is for people in need.
        if route.emergency {
            return Err(NotPlaced::Rules(RouteRefused::NotAllowed));
        }
        let mut refused = Refused::Down;
        for trunk in &route.trunks {
            match self.outbound.begin(*trunk, &route, m.now, m.local.date()) {
                Ok(channel) => return Ok((route, channel)),
                Err(why) => refused = why,
            }
        }
        Err(match refused {
            Refused::Spend => NotPlaced::Rules(RouteRefused::SpendCap),
            why => NotPlaced::Trunks(why),
        })
    }

    /// A channel of this trunk for the call: the one that was taken for it, or, where another trunk is tried after it, a new one.
    pub(super) fn channel(
        &mut self,
        key: CallKey,
        trunk: TrunkId,
        route: &Route,
        m: Moment,
    ) -> Option<Ticket> {
        let errand = self.calls.get_mut(&key).and_then(|call| call.errand.as_mut());
        if let Some(channel) = errand.map(|errand| &mut errand.channel).filter(|channel| channel.is_some()) {
            return channel.take_if(|channel| channel.trunk == trunk);
        }
        self.outbound.begin(trunk, route, m.now, m.local.date()).ok()
    }

    /// Whether the contact's number is dialled before anybody of ours is there.
    pub(super) fn calls_out(&self, key: CallKey) -> bool {
        self.calls.get(&key).and_then(|call| call.errand.as_ref()).is_some_and(Errand::is_alone)
    }

    /// The call is journaled: the number is dialled.
    pub(super) fn call_out(&mut self, key: CallKey, dial: &Dial, m: Moment) {
        let DialTarget::Number(_) = &dial.target else { return };
        if self.ring(key, Ringing::Callee, &dial.target, Some(dial.timeout), m).is_err() {
            // The rules changed while it was being written.
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
