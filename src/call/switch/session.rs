//! Operators who stay on the line. Their own phone is rung once; from then on whoever the floor gives them is joined to that line at once,
//! and afterwards the line goes back to where it waits (its *home*), with music in between: that the music ends is how they know that somebody is there.
//!
//! A session is no contact with anybody and is not journaled. Who is free, who is paused and who writes something down is the floor's business as ever.
//! Queues of dialling campaigns ([`Switch::set_dial_queues`]) have those of their people as members who have a session.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use super::leg::{Duty, State, Who};
use super::{CallKey, HOLD_MUSIC, LegEvent, LegKey, Moment, Music, Output, Switch, To, Why};
use crate::call::board::OrderRefused;
use crate::call::floor::Missed;
use crate::domain::caller::Caller;
use crate::domain::id::UserId;
use crate::domain::operator::OperatorState;
use crate::domain::queue::QueueSettings;

#[derive(Debug, Default)]
pub(super) struct Sessions {
    of: BTreeMap<UserId, Session>,
    /// Queues that administrators made.
    queues: Vec<QueueSettings>,
    /// Queues of campaigns, with everybody who may serve them as members.
    dial_queues: Vec<QueueSettings>,
}

#[derive(Debug)]
struct Session {
    /// Where its line is between calls; no call has this key.
    home: CallKey,
    line: Line,
}

#[derive(Debug)]
enum Line {
    Rung { legs: Vec<LegKey>, until: Instant },
    Open(LegKey),
}

/// Who joins sits before their phone.
const PATIENCE: Duration = Duration::from_secs(20);
/// A line without a call is not transferred.
const DECLINED: u16 = 603;

impl Sessions {
    pub(super) fn is_open(&self, user: UserId) -> bool {
        matches!(self.of.get(&user), Some(Session { line: Line::Open(_), .. }))
    }

    pub(super) fn next_timeout(&self) -> Option<Instant> {
        let rung = self.of.values().filter_map(|session| match &session.line {
            Line::Rung { until, .. } => Some(*until),
            Line::Open(_) => None,
        });
        rung.min()
    }

    pub(super) fn open(&self) -> impl Iterator<Item = UserId> {
        self.of.keys().copied().filter(|user| self.is_open(*user))
    }
}

impl Session {
    fn has(&self, leg: LegKey) -> bool {
        match &self.line {
            Line::Rung { legs, .. } => legs.contains(&leg),
            Line::Open(open) => *open == leg,
        }
    }
}

impl Switch {
    /// Queues that administrators made; those of campaigns are beside them.
    pub fn set_queues(&mut self, queues: Vec<QueueSettings>, m: Moment) {
        self.sessions.queues = queues;
        self.staff_queues(m);
    }

    /// Queues of dialling campaigns. Of their members those serve who have a session.
    pub fn set_dial_queues(&mut self, queues: Vec<QueueSettings>, m: Moment) {
        if self.sessions.dial_queues != queues {
            self.sessions.dial_queues = queues;
            self.staff_queues(m);
            self.settle(m);
        }
    }

    fn staff_queues(&mut self, m: Moment) {
        let mut all = self.sessions.queues.clone();
        for mut queue in self.sessions.dial_queues.iter().cloned() {
            queue.members.retain(|member| self.sessions.is_open(member.user));
            all.push(queue);
        }
        self.floor.set_queues(all, m.now);
        self.changed = true;
    }

    pub(super) fn join_session(&mut self, user: UserId, m: Moment) -> Result<(), OrderRefused> {
        let person = self.directory.person(user).ok_or(OrderRefused::NoSuchOperator)?;
        if self.stopping {
            return Err(OrderRefused::NotRunning);
        }
        if self.sessions.of.contains_key(&user) {
            return Ok(());
        }
        let phones = self.phones.get(&user).cloned().ok_or(OrderRefused::NoPhone)?;
        let caller = Caller::Name(person.extension.clone().unwrap_or_else(|| person.name.clone()));
        let state = self.floor.operator(user, m.now).ok_or(OrderRefused::NoSuchOperator)?.state;
        if matches!(state, OperatorState::Ringing | OperatorState::Talking | OperatorState::Busy) {
            return Err(OrderRefused::NotNow);
        }
        let home = CallKey(self.next_key());
        let state = State::Dialled { early: false };
        let legs: Vec<LegKey> =
            phones.iter().map(|_| self.add_leg(home, Who::Operator(user), state, m)).collect();
        for (phone, leg) in phones.iter().zip(&legs) {
            let to = To::Phone(*phone);
            self.out.push_back(Output::Dial { leg: *leg, to, caller: caller.clone(), like: None });
        }
        let line = Line::Rung { legs, until: m.now + PATIENCE };
        self.sessions.of.insert(user, Session { home, line });
        Ok(())
    }

    /// A talk that goes on is not cut off.
    pub(super) fn leave_session(&mut self, user: UserId, m: Moment) -> Result<(), OrderRefused> {
        let session = self.sessions.of.remove(&user).ok_or(OrderRefused::NotNow)?;
        let legs = match session.line {
            Line::Rung { legs, .. } => legs,
            Line::Open(leg) => vec![leg],
        };
        for leg in legs {
            if self.legs.get(&leg).is_some_and(|leg| leg.call == session.home) {
                self.hang_up(leg, Why::Normal, m);
            }
        }
        self.session_closed(user, m);
        Ok(())
    }

    pub(super) fn end_sessions(&mut self, m: Moment) {
        let users: Vec<UserId> = self.sessions.of.keys().copied().collect();
        for user in users {
            let _ = self.leave_session(user, m);
        }
    }

    /// Phones that were rung for long enough.
    pub(super) fn sessions_due(&mut self, m: Moment) {
        let due = |session: &Session| matches!(&session.line, Line::Rung { until, .. } if *until <= m.now);
        let users: Vec<UserId> =
            self.sessions.of.iter().filter(|(_, session)| due(session)).map(|(user, _)| *user).collect();
        for user in users {
            let _ = self.leave_session(user, m);
        }
    }

    /// The line of an operator who waits for a call.
    pub(super) fn idle_session(&self, user: UserId) -> Option<LegKey> {
        let session = self.sessions.of.get(&user)?;
        let Line::Open(leg) = session.line else { return None };
        self.legs.get(&leg).filter(|leg| leg.call == session.home && leg.duty == Duty::Session)?;
        Some(leg)
    }

    /// The floor gives them somebody: they talk at once.
    pub(super) fn give_to_session(
        &mut self,
        (number, key): (u64, CallKey),
        user: UserId,
        leg: LegKey,
        m: Moment,
    ) {
        if !self.floor.answered(number, user, m.now) {
            self.floor.missed(number, user, Missed::Unreachable, m.now);
            return self.callback_missed(key);
        }
        self.drop_attempts(key, Why::Elsewhere, m);
        self.move_session(leg, key, Duty::Queue);
        self.queue_answered(key, leg, m);
    }

    pub(super) fn move_session(&mut self, leg: LegKey, call: CallKey, duty: Duty) {
        if let Some(known) = self.legs.get_mut(&leg) {
            (known.call, known.duty) = (call, duty);
            self.out.push_back(Output::Music { leg, music: None });
        }
    }

    /// Instead of being hung up, a line with a session waits for the next call. False: it has none.
    pub(super) fn goes_home(&mut self, leg: LegKey, m: Moment) -> bool {
        let Some(known) = self.legs.get(&leg) else { return false };
        let Some(user) = known.who.operator() else { return false };
        let open = self
            .sessions
            .of
            .get(&user)
            .filter(|session| matches!(session.line, Line::Open(open) if open == leg));
        let Some(home) = open.map(|session| session.home).filter(|home| *home != known.call) else {
            return false;
        };
        let (call, duty) = (known.call, known.duty);
        self.transferor_is_let_go(call, leg);
        if let Some(known) = self.legs.get_mut(&leg) {
            (known.call, known.duty) = (home, Duty::Session);
        }
        self.out.push_back(Output::Part { leg });
        self.wait_with_music(leg);
        match duty {
            Duty::Queue => self.floor.ended(user, m.now),
            Duty::Own => self.disengage(user, m),
            Duty::Session => {}
        }
        true
    }

    fn wait_with_music(&mut self, leg: LegKey) {
        let language = self.directory.language().to_owned();
        let music = Some(Music::Prompt { key: HOLD_MUSIC.into(), language });
        self.out.push_back(Output::Music { leg, music });
    }

    /// Between calls, or not answered yet.
    pub(super) fn is_at_home(&self, leg: LegKey) -> bool {
        let Some(known) = self.legs.get(&leg) else { return false };
        let session = known.who.operator().and_then(|user| self.sessions.of.get(&user));
        session.is_some_and(|session| session.has(leg) && session.home == known.call)
    }

    pub(super) fn session_event(&mut self, leg: LegKey, event: LegEvent, m: Moment) {
        match event {
            LegEvent::Answered => self.session_answered(leg, m),
            LegEvent::Refused { .. } | LegEvent::Gone { .. } => drop(self.forget_leg(leg, m)),
            LegEvent::Silent => self.hang_up(leg, Why::Normal, m),
            LegEvent::Held(held) => {
                if let Some(leg) = self.legs.get_mut(&leg) {
                    leg.held = held;
                }
            }
            LegEvent::Referred { .. } => self.out.push_back(Output::RefuseRefer { leg, status: DECLINED }),
            LegEvent::Acknowledged
            | LegEvent::Ringing { .. }
            | LegEvent::Digit(_)
            | LegEvent::Played(_)
            | LegEvent::Greeted(_)
            | LegEvent::Warned(_) => {}
        }
    }

    fn session_answered(&mut self, leg: LegKey, m: Moment) {
        let Some(user) = self.legs.get(&leg).and_then(|leg| leg.who.operator()) else { return };
        let Some(session) = self.sessions.of.get_mut(&user) else { return };
        let before = std::mem::replace(&mut session.line, Line::Open(leg));
        if let Line::Rung { legs, .. } = before {
            for other in legs.into_iter().filter(|other| *other != leg) {
                self.hang_up(other, Why::Elsewhere, m);
            }
        }
        self.leg_up(leg, m);
        if let Some(known) = self.legs.get_mut(&leg) {
            known.duty = Duty::Session;
        }
        self.wait_with_music(leg);
        self.floor.reachable(user, true, m.now);
        self.staff_queues(m);
        self.disengage(user, m);
    }

    /// A line of theirs is gone.
    pub(super) fn session_lost(&mut self, user: UserId, leg: LegKey, m: Moment) {
        let Some(session) = self.sessions.of.get_mut(&user).filter(|session| session.has(leg)) else {
            return;
        };
        if let Line::Rung { legs, .. } = &mut session.line {
            legs.retain(|other| *other != leg);
            if !legs.is_empty() {
                return;
            }
        }
        self.sessions.of.remove(&user);
        self.session_closed(user, m);
    }

    fn session_closed(&mut self, user: UserId, m: Moment) {
        self.floor.reachable(user, self.phones.contains_key(&user), m.now);
        self.staff_queues(m);
    }
}
