//! The legs: who is on them, how far they are, and what ends with them.

use std::time::Instant;

use super::{CallKey, LegEvent, LegKey, Moment, Origin, Output, Switch, Why};
use crate::call::contact;
use crate::domain::announcement::Refusal;
use crate::domain::id::UserId;
use crate::domain::outbound::Ticket;

#[derive(Debug)]
pub(super) struct Leg {
    pub call: CallKey,
    pub who: Who,
    pub state: State,
    /// Of an operator: who knows that they are on it.
    pub duty: Duty,
    /// The peer holds us.
    pub held: bool,
    pub ticket: Option<Ticket>,
    pub up_since: Option<Instant>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Who {
    /// Came in by a trunk.
    Citizen,
    Operator(UserId),
    /// Reached by a trunk.
    Outside,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Duty {
    /// A call of their own: the floor is told that they are busy.
    Own,
    /// From a queue: the floor counts it.
    Queue,
    /// Waits for calls, and keeps them from nothing.
    Session,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum State {
    /// It called us and is not answered. `early`: it hears sound already.
    Offered {
        early: bool,
    },
    /// We call it.
    Dialled {
        early: bool,
    },
    Up,
}

impl Who {
    pub(super) fn arriving(origin: &Origin) -> Self {
        match origin {
            Origin::Trunk(_) => Self::Citizen,
            Origin::Phone(user) => Self::Operator(*user),
        }
    }

    pub(super) fn operator(self) -> Option<UserId> {
        match self {
            Self::Operator(user) => Some(user),
            Self::Citizen | Self::Outside => None,
        }
    }
}

impl Leg {
    pub(super) fn is_up(&self) -> bool {
        self.state == State::Up
    }

    pub(super) fn is_offered(&self) -> bool {
        matches!(self.state, State::Offered { .. })
    }

    pub(super) fn has_media(&self) -> bool {
        matches!(self.state, State::Up | State::Offered { early: true } | State::Dialled { early: true })
    }
}

impl Switch {
    /// An operator on it is busy from now on.
    pub(super) fn add_leg(&mut self, call: CallKey, who: Who, state: State, m: Moment) -> LegKey {
        let key = LegKey(self.next_key());
        let leg = Leg { call, who, state, duty: Duty::Own, held: false, ticket: None, up_since: None };
        self.legs.insert(key, leg);
        if let Some(user) = who.operator() {
            self.engage(user, m);
        }
        key
    }

    /// Like [`Self::add_leg`] for an operator whom the floor rings: it counts them itself.
    pub(super) fn add_queue_leg(&mut self, call: CallKey, user: UserId) -> LegKey {
        let key = LegKey(self.next_key());
        let state = State::Dialled { early: false };
        let leg = Leg {
            call,
            who: Who::Operator(user),
            state,
            duty: Duty::Queue,
            held: false,
            ticket: None,
            up_since: None,
        };
        self.legs.insert(key, leg);
        key
    }

    /// Ends a leg. What it was for is the caller's business.
    pub(super) fn hang_up(&mut self, leg: LegKey, why: Why, m: Moment) {
        if self.goes_home(leg, m) {
            return;
        }
        if let Some(call) = self.legs.get(&leg).map(|leg| leg.call) {
            self.transferor_is_let_go(call, leg);
        }
        let offered = self.legs.get(&leg).is_some_and(Leg::is_offered);
        if self.forget_leg(leg, m) {
            self.out.push_back(match offered {
                true => Output::Reject { leg, status: 480, retry: false },
                false => Output::HangUp { leg, why },
            });
        }
    }

    /// Frees what the leg held. False: it was gone already.
    pub(super) fn forget_leg(&mut self, key: LegKey, m: Moment) -> bool {
        let Some(leg) = self.legs.remove(&key) else { return false };
        if let Some(ticket) = leg.ticket {
            let talked = leg.up_since.map(|since| m.now.saturating_duration_since(since)).unwrap_or_default();
            self.outbound.end(ticket, talked);
        }
        if let Some(user) = leg.who.operator() {
            match leg.duty {
                Duty::Queue if leg.state == State::Up => self.floor.ended(user, m.now),
                Duty::Queue | Duty::Session => {}
                Duty::Own => self.disengage(user, m),
            }
            self.session_lost(user, key, m);
        }
        true
    }

    pub(super) fn leg_up(&mut self, key: LegKey, m: Moment) {
        if let Some(leg) = self.legs.get_mut(&key) {
            leg.state = State::Up;
            leg.up_since = Some(m.now);
            if let Some(ticket) = &leg.ticket {
                self.outbound.answered(ticket, m.now);
            }
        }
    }

    pub(super) fn leg_event(&mut self, key: LegKey, event: LegEvent, m: Moment) {
        if self.is_at_home(key) {
            return self.session_event(key, event, m);
        }
        let Some(leg) = self.legs.get_mut(&key) else { return };
        let call = leg.call;
        let is_anchor = self.calls.get(&call).is_some_and(|call| call.anchor == Some(key));
        match event {
            LegEvent::Acknowledged if is_anchor => self.tell(call, contact::Input::Acknowledged),
            LegEvent::Acknowledged => {}
            LegEvent::Ringing { early } => self.rings(call, key, early, m),
            LegEvent::Answered => self.answered(call, key, m),
            LegEvent::Refused { status, reason } => {
                self.refused(call, key, Refusal { status, reason }, m);
            }
            LegEvent::Gone { lost } => self.gone(call, key, lost, m),
            LegEvent::Held(held) => {
                leg.held = held;
                self.holds(call, m);
            }
            LegEvent::Digit(digit) if is_anchor => self.tell(call, contact::Input::Digit(digit)),
            LegEvent::Played(tag) if is_anchor => self.tell(call, contact::Input::Played(tag)),
            LegEvent::Digit(_) | LegEvent::Played(_) => {}
            LegEvent::Greeted(by) if is_anchor => self.tell(call, contact::Input::Greeted(by)),
            LegEvent::Greeted(_) => {}
            LegEvent::Silent if is_anchor => self.tell(call, contact::Input::Silent),
            LegEvent::Silent => self.let_go(key, true, m),
            LegEvent::Referred { to, replaces } => self.referred(call, key, &to, replaces, m),
            LegEvent::Warned(warning) => {
                if let Some(call) = self.calls.get_mut(&call) {
                    call.warning = warning;
                    self.changed = true;
                }
            }
        }
    }

    pub(super) fn engage(&mut self, user: UserId, m: Moment) {
        let legs = self.engaged.entry(user).or_default();
        *legs += 1;
        if *legs == 1 {
            self.floor.busy(user, true, m.now);
        }
    }

    pub(super) fn disengage(&mut self, user: UserId, m: Moment) {
        if let Some(legs) = self.engaged.get_mut(&user) {
            *legs = legs.saturating_sub(1);
            if *legs == 0 {
                self.engaged.remove(&user);
                self.floor.busy(user, false, m.now);
            }
        }
    }
}
