//! Ringing people: their phones all at once, the trunks of a number one after another, until somebody answers.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use super::{CallKey, LegKey, Moment, Output, Switch, To, Why, Wish, leg};
use crate::call::board::Supervision;
use crate::call::contact;
use crate::call::floor::{Decision, Exit, Missed};
use crate::dialplan::machine::{DialEnd, DialTarget, QueueEnd};
use crate::dialplan::speech;
use crate::domain::announcement::Refusal;
use crate::domain::caller::Caller;
use crate::domain::id::UserId;
use crate::domain::outbound::{Route, TrunkId, Who};
use crate::domain::timeline::Entry;

/// Somebody who is being rung for a call.
#[derive(Debug)]
pub(super) struct Attempt {
    pub why: Ringing,
    pub legs: Vec<LegKey>,
    pub until: Option<Instant>,
    /// A number, and the trunks that were not tried yet.
    outside: Option<(Route, VecDeque<TrunkId>)>,
    /// The best that was heard so far, when nobody answers.
    end: DialEnd,
    /// The last refusal of a number outside.
    refusal: Option<Refusal>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Ringing {
    /// Whom the floor chose.
    Queue(UserId),
    /// Whom the plan or the caller wants.
    Dial,
    /// Whom we call ourselves, to read a message.
    Callee,
    /// Whom the caller is transferred to.
    Transfer,
    /// Who transferred the caller, and has to take them back.
    Recall(UserId),
    /// An operator's own phone, for a call that they ordered.
    Own(UserId),
    Supervise {
        by: UserId,
        mode: Supervision,
    },
}

/// An operator takes back a caller whose transfer failed, or the plan goes on.
const RECALL: Duration = Duration::from_secs(20);
/// Who ordered a call at the desk sits before their phone.
const OWN: Duration = Duration::from_secs(20);
/// Longer than that nobody lets it ring.
const LONGEST: Duration = Duration::from_secs(180);

impl Switch {
    pub(super) fn decided(&mut self, decision: Decision, m: Moment) {
        match decision {
            Decision::Ring { call, operator, .. } => self.ring_for_queue(call, operator, m),
            Decision::Withdraw { call, operator } => self.withdraw(call, operator, m),
            Decision::Announce { call, position, wait } => self.announce(CallKey(call), position, wait),
            Decision::Exit { call, exit } => {
                let key = CallKey(call);
                if !self.callbacks.is_promised(call) {
                    self.drop_attempts(key, Why::Normal, m);
                    self.queue_over(
                        key,
                        match exit {
                            Exit::Timeout => QueueEnd::Timeout,
                            Exit::NoAgents => QueueEnd::NoAgents,
                            Exit::Overflow => QueueEnd::Overflow,
                        },
                    );
                } else {
                    self.callback_exit(call);
                }
            }
            Decision::Changed(user) => self.out.push_back(Output::OperatorChanged(user)),
        }
    }

    fn ring_for_queue(&mut self, number: u64, operator: UserId, m: Moment) {
        let key = match self.callbacks.is_promised(number) {
            false => CallKey(number),
            true => match self.begin_callback(number, operator, m) {
                Some(key) => key,
                None => return self.floor.missed(number, operator, Missed::Unreachable, m.now),
            },
        };
        if let Some(leg) = self.idle_session(operator) {
            return self.give_to_session((number, key), operator, leg, m);
        }
        let phones = self.phones.get(&operator).cloned().unwrap_or_default();
        if phones.is_empty() {
            self.floor.missed(number, operator, Missed::Unreachable, m.now);
            return self.callback_missed(key);
        }
        let legs = phones.iter().map(|_| self.add_queue_leg(key, operator)).collect::<Vec<_>>();
        self.ring_phones(key, &phones, &legs);
        self.attempt(key, Ringing::Queue(operator), legs, None, None, m);
    }

    fn withdraw(&mut self, number: u64, operator: UserId, m: Moment) {
        let key = self.callbacks.call_of(number).unwrap_or(CallKey(number));
        let Some(call) = self.calls.get_mut(&key) else { return };
        let answered = !call.others.is_empty();
        let why = if answered { Why::Elsewhere } else { Why::Normal };
        let Some(at) = call.attempts.iter().position(|attempt| attempt.why == Ringing::Queue(operator))
        else {
            return;
        };
        let attempt = call.attempts.remove(at);
        for leg in attempt.legs {
            self.hang_up(leg, why, m);
        }
        self.callback_missed(key);
    }

    /// Rings whoever is meant, or says at once that nobody is.
    pub(super) fn dial(&mut self, key: CallKey, target: &DialTarget, timeout: Option<Duration>, m: Moment) {
        if let Err(end) = self.ring(key, Ringing::Dial, target, timeout, m) {
            if self.calls.get(&key).is_some_and(|call| call.errand.is_some()) {
                // The rules changed meanwhile.
                let refusal = Refusal { status: 503, reason: Some("no trunk was free".into()) };
                self.tell(key, contact::Input::NotReached(Some(refusal)));
            }
            self.dial_over(key, end);
        }
    }

    fn dial_over(&mut self, key: CallKey, end: DialEnd) {
        let Some(call) = self.calls.get_mut(&key) else { return };
        call.wish = Wish::None;
        if let Some(leg) = call.anchor {
            self.out.push_back(Output::Music { leg, music: None });
        }
        self.tell(key, contact::Input::DialEnded(end));
    }

    pub(super) fn ring(
        &mut self,
        key: CallKey,
        why: Ringing,
        target: &DialTarget,
        timeout: Option<Duration>,
        m: Moment,
    ) -> Result<(), DialEnd> {
        let until = m.now + timeout.unwrap_or(LONGEST).min(LONGEST);
        let users = match target {
            DialTarget::Operator(extension) => {
                vec![self.directory.by_extension(extension).ok_or(DialEnd::Failed)?]
            }
            DialTarget::Department(department) => {
                let free = |user: &&UserId| !self.engaged.contains_key(user);
                self.directory.of_department(department).iter().filter(free).copied().collect()
            }
            DialTarget::Number(number) => return self.ring_outside(key, why, number, until, m),
        };
        self.ring_people(key, why, &users, until, m)
    }

    fn ring_people(
        &mut self,
        key: CallKey,
        why: Ringing,
        users: &[UserId],
        until: Instant,
        m: Moment,
    ) -> Result<(), DialEnd> {
        let mut all = Vec::new();
        for user in users {
            let phones = self.phones.get(user).cloned().unwrap_or_default();
            let state = leg::State::Dialled { early: false };
            let legs: Vec<LegKey> =
                phones.iter().map(|_| self.add_leg(key, leg::Who::Operator(*user), state, m)).collect();
            self.ring_phones(key, &phones, &legs);
            all.extend(legs);
        }
        if all.is_empty() {
            return Err(DialEnd::NoAnswer);
        }
        self.attempt(key, why, all, Some(until), None, m);
        Ok(())
    }

    pub(super) fn ring_own(&mut self, key: CallKey, user: UserId, m: Moment) -> Result<(), DialEnd> {
        self.ring_people(key, Ringing::Own(user), &[user], m.now + OWN, m)
    }

    pub(super) fn recall(&mut self, key: CallKey, user: UserId, m: Moment) -> Result<(), DialEnd> {
        self.ring_people(key, Ringing::Recall(user), &[user], m.now + RECALL, m)
    }

    pub(super) fn ring_supervisor(
        &mut self,
        key: CallKey,
        by: UserId,
        mode: Supervision,
        m: Moment,
    ) -> Result<(), DialEnd> {
        self.ring_people(key, Ringing::Supervise { by, mode }, &[by], m.now + OWN, m)
    }

    fn ring_phones(&mut self, key: CallKey, phones: &[super::PhoneKey], legs: &[LegKey]) {
        let Some(call) = self.calls.get(&key) else { return };
        let (caller, like) = (self.shown(key), call.anchor);
        for (phone, leg) in phones.iter().zip(legs) {
            let to = To::Phone(*phone);
            self.out.push_back(Output::Dial { leg: *leg, to, caller: caller.clone(), like });
        }
    }

    /// Who the rung phone says is calling: the citizen, also of a call that an operator placed.
    fn shown(&self, key: CallKey) -> Caller {
        let Some(call) = self.calls.get(&key) else { return Caller::Hidden };
        match call.callback {
            Some(_) => Caller::Name(call.called.clone()),
            None => call.caller.clone(),
        }
    }

    fn ring_outside(
        &mut self,
        key: CallKey,
        why: Ringing,
        number: &str,
        until: Instant,
        m: Moment,
    ) -> Result<(), DialEnd> {
        let route = {
            let person = self.placed_by(key).and_then(|user| self.directory.person(user));
            let who = match person {
                Some(person) => Who::Person { role: person.role, login: &person.login },
                None => Who::System,
            };
            self.outbound.route(number, who, m.local.date()).map_err(|_| DialEnd::Failed)?
        };
        let trunks = route.trunks.iter().copied().collect();
        self.attempt(key, why.clone(), Vec::new(), Some(until), Some((route, trunks)), m);
        match self.next_trunk(key, &why, m) {
            true => Ok(()),
            false => {
                self.take_attempt(key, &why);
                Err(DialEnd::Failed)
            }
        }
    }

    /// The operator who pays for it with their rights.
    fn placed_by(&self, key: CallKey) -> Option<UserId> {
        let call = self.calls.get(&key)?;
        let of = |leg: &LegKey| self.legs.get(leg).and_then(|leg| leg.who.operator());
        // A campaign dials by its own rights, whoever serves it.
        if call.errand.is_some() && call.others.is_empty() && call.transfer.is_none() {
            return None;
        }
        if let Some(transfer) = &call.transfer {
            return transfer.by_user;
        }
        call.anchor.as_ref().and_then(of)
    }

    /// Tries the next trunk of a number. False: none is left.
    fn next_trunk(&mut self, key: CallKey, why: &Ringing, m: Moment) -> bool {
        loop {
            let Some(call) = self.calls.get_mut(&key) else { return false };
            let Some(attempt) = call.attempts.iter_mut().find(|attempt| attempt.why == *why) else {
                return false;
            };
            let Some((route, trunks)) = &mut attempt.outside else { return false };
            let Some(trunk) = trunks.pop_front() else { return false };
            let (route, like) = (route.clone(), call.anchor);
            let Some(ticket) = self.channel(key, trunk, &route, m) else { continue };
            let number = route.number;
            let state = leg::State::Dialled { early: false };
            let leg = self.add_leg(key, leg::Who::Outside, state, m);
            if let Some(leg) = self.legs.get_mut(&leg) {
                leg.ticket = Some(ticket);
            }
            let caller = self.shown_outside(key);
            let shown = self.calls.get(&key).and_then(|call| call.errand.as_ref()?.shown.clone());
            if let Some(call) = self.calls.get_mut(&key)
                && let Some(attempt) = call.attempts.iter_mut().find(|attempt| attempt.why == *why)
            {
                attempt.legs.push(leg);
            }
            self.out.push_back(Output::Dial { leg, to: To::Trunk { trunk, number, shown }, caller, like });
            return true;
        }
    }

    /// A citizen who is passed on is shown to the outside; an operator is shown as the municipality, which the trunk knows.
    fn shown_outside(&self, key: CallKey) -> Caller {
        match self.calls.get(&key) {
            Some(call) if call.direction == crate::call::board::Direction::In => call.caller.clone(),
            // Who reads a message to citizens does not hide.
            Some(call) if call.errand.is_some() => call.caller.clone(),
            _ => Caller::Hidden,
        }
    }

    fn attempt(
        &mut self,
        key: CallKey,
        why: Ringing,
        legs: Vec<LegKey>,
        until: Option<Instant>,
        outside: Option<(Route, VecDeque<TrunkId>)>,
        m: Moment,
    ) {
        if let Some(call) = self.calls.get_mut(&key) {
            call.attempts.push(Attempt { why, legs, until, outside, end: DialEnd::NoAnswer, refusal: None });
            call.stage_since = m.at;
        }
        self.arm(key, m);
    }

    pub(super) fn take_attempt(&mut self, key: CallKey, why: &Ringing) -> Option<Attempt> {
        let attempts = &mut self.calls.get_mut(&key)?.attempts;
        let at = attempts.iter().position(|attempt| attempt.why == *why)?;
        Some(attempts.remove(at))
    }

    /// Nobody is rung for this call any more.
    pub(super) fn drop_attempts(&mut self, key: CallKey, why: Why, m: Moment) {
        let Some(call) = self.calls.get_mut(&key) else { return };
        let callback = call.callback;
        for attempt in std::mem::take(&mut call.attempts) {
            for leg in attempt.legs {
                self.hang_up(leg, why, m);
            }
            // The floor knows a promise under a number of its own, which does not leave with this call.
            if let (Ringing::Queue(user), Some(number)) = (attempt.why, callback) {
                self.floor.missed(number, user, Missed::Unreachable, m.now);
            }
        }
    }

    /// Ringing that has lasted long enough ends.
    pub(super) fn attempts_due(&mut self, key: CallKey, m: Moment) {
        while let Some(attempt) = self.calls.get_mut(&key).and_then(|call| {
            let due = |attempt: &Attempt| attempt.until.is_some_and(|until| until <= m.now);
            let at = call.attempts.iter().position(due)?;
            Some(call.attempts.remove(at))
        }) {
            for leg in &attempt.legs {
                self.hang_up(*leg, Why::Normal, m);
            }
            self.nobody_answered(key, attempt.why, DialEnd::NoAnswer, None, m);
        }
    }

    pub(super) fn rings(&mut self, key: CallKey, leg: LegKey, early: bool, m: Moment) {
        if let Some(leg) = self.legs.get_mut(&leg)
            && let leg::State::Dialled { early: before } = &mut leg.state
        {
            *before |= early;
        }
        let Some(call) = self.calls.get(&key) else { return };
        if call.attempts.iter().any(|a| a.why == Ringing::Callee && a.legs.contains(&leg)) {
            return self.tell(key, contact::Input::Ringing);
        }
        let dialled = call.attempts.iter().any(|a| a.why == Ringing::Dial && a.legs.contains(&leg));
        if !dialled {
            return;
        }
        let anchor = call.anchor.and_then(|anchor| Some((anchor, self.legs.get_mut(&anchor)?)));
        match anchor {
            Some((anchor, state)) if early && matches!(state.state, leg::State::Offered { early: false }) => {
                state.state = leg::State::Offered { early: true };
                self.out.push_back(Output::Early { leg: anchor });
                self.join(key, anchor);
                self.join(key, leg);
            }
            Some((anchor, state)) if early && state.is_up() => {
                self.inbox.push_back((key, contact::Input::Ringing));
                self.out.push_back(Output::Music { leg: anchor, music: None });
                self.join(key, anchor);
                self.join(key, leg);
            }
            _ => self.tell(key, contact::Input::Ringing),
        }
        self.arm(key, m);
    }

    pub(super) fn answered(&mut self, key: CallKey, leg: LegKey, m: Moment) {
        let Some(call) = self.calls.get_mut(&key) else { return };
        let found = call.attempts.iter().position(|attempt| attempt.legs.contains(&leg));
        let Some(attempt) = found.map(|at| call.attempts.remove(at)) else {
            return self.hang_up(leg, Why::Normal, m);
        };
        for other in attempt.legs.into_iter().filter(|other| *other != leg) {
            self.hang_up(other, Why::Elsewhere, m);
        }
        match attempt.why {
            Ringing::Queue(user) => {
                let number = self.calls.get(&key).and_then(|call| call.callback).unwrap_or(key.0);
                if self.floor.answered(number, user, m.now) {
                    self.leg_up(leg, m);
                    self.queue_answered(key, leg, m);
                } else {
                    self.hang_up(leg, Why::Elsewhere, m);
                }
            }
            Ringing::Dial => {
                self.leg_up(leg, m);
                self.connect(key, leg, m);
            }
            Ringing::Callee => {
                self.leg_up(leg, m);
                self.callee_answered(key, leg, m);
            }
            Ringing::Transfer => {
                self.leg_up(leg, m);
                self.transferred(key, leg, m);
            }
            Ringing::Recall(user) => {
                self.leg_up(leg, m);
                self.note(key, Entry::Returned { to: user });
                self.connect(key, leg, m);
            }
            Ringing::Own(_) => {
                self.leg_up(leg, m);
                self.own_answered(key, leg, m);
            }
            Ringing::Supervise { by, mode } => {
                self.leg_up(leg, m);
                self.supervise_answered(key, leg, by, mode, m);
            }
        }
    }

    pub(super) fn refused(&mut self, key: CallKey, leg: LegKey, refusal: Refusal, m: Moment) {
        let status = refusal.status;
        self.forget_leg(leg, m);
        let Some(call) = self.calls.get_mut(&key) else { return };
        let Some(attempt) = call.attempts.iter_mut().find(|attempt| attempt.legs.contains(&leg)) else {
            return self.party_left(key, leg, true, m);
        };
        attempt.legs.retain(|other| *other != leg);
        // The most telling of all refusals: busy before silence, silence before failure.
        attempt.end = match (end_of(status), attempt.end) {
            (DialEnd::Busy, _) | (_, DialEnd::Busy) => DialEnd::Busy,
            (end, _) => end,
        };
        attempt.refusal = Some(refusal);
        let (why, alone, end) = (attempt.why.clone(), attempt.legs.is_empty(), attempt.end);
        if alone && !(tries_elsewhere(status) && self.next_trunk(key, &why, m)) {
            let refusal = self.take_attempt(key, &why).and_then(|attempt| attempt.refusal);
            if let Ringing::Queue(user) = why {
                let number = self.calls.get(&key).and_then(|call| call.callback).unwrap_or(key.0);
                let how = if tries_elsewhere(status) { Missed::Unreachable } else { Missed::Declined };
                self.floor.missed(number, user, how, m.now);
                self.callback_missed(key);
            } else {
                self.nobody_answered(key, why, end, refusal, m);
            }
        }
    }

    fn nobody_answered(
        &mut self,
        key: CallKey,
        why: Ringing,
        end: DialEnd,
        refusal: Option<Refusal>,
        m: Moment,
    ) {
        match why {
            // The floor has its own clock, and says what follows.
            Ringing::Queue(_) | Ringing::Supervise { .. } => {}
            Ringing::Dial => {
                if self.calls.get(&key).is_some_and(|call| call.errand.is_some()) {
                    self.tell(key, contact::Input::NotReached(refusal));
                }
                self.dial_over(key, end);
            }
            Ringing::Callee => self.tell(key, contact::Input::NotReached(refusal)),
            Ringing::Transfer => self.transfer_unanswered(key, end, m),
            Ringing::Recall(_) => self.given_up(key),
            Ringing::Own(_) => self.own_missed(key),
        }
        self.changed = true;
    }

    /// Position and expected wait, over the music.
    fn announce(&mut self, key: CallKey, position: u32, wait: Option<Duration>) {
        let Some(call) = self.calls.get(&key) else { return };
        let Wish::Queue { announce: true, .. } = call.wish else { return };
        let Some(leg) = call.anchor else { return };
        let language = call.language.clone();
        let mut prompts = speech::position(position, &language);
        prompts.extend(wait.into_iter().flat_map(|wait| speech::expected_wait(wait, &language)));
        self.out.push_back(Output::Play { leg, tag: ANNOUNCEMENT, prompts, language });
    }
}

/// Of prompts that no contact waits for.
pub(super) const ANNOUNCEMENT: u32 = u32::MAX;

/// Whether another trunk may do better: the fault is on the way, not with whom we call.
fn tries_elsewhere(status: u16) -> bool {
    matches!(status, 401 | 403 | 407 | 408 | 503 | 500..=599)
}

fn end_of(status: u16) -> DialEnd {
    match status {
        486 | 600 => DialEnd::Busy,
        408 | 480 | 487 | 603 => DialEnd::NoAnswer,
        _ => DialEnd::Failed,
    }
}
