//! Pure: whom to ring for whom. Callers wait in queues, operators take them; what happens goes in with its time, decisions come out.
//!
//! The switch rings the phones of an operator when told ([`Decision::Ring`]), says [`Floor::answered`] for the first who answers
//! and [`Floor::missed`] for who does not. Every call that joined ends in exactly one of: [`Floor::leave`], [`Floor::answered`],
//! [`Decision::Exit`]. After every input: all of [`Floor::poll`], then [`Floor::next_timeout`].

mod caller;
mod dispatch;
mod figures;
mod operator;
mod settings;
#[cfg(test)]
mod tests;
mod timers;
mod view;

pub use view::{OperatorNow, QueueNow, WaitingNow};

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::time::{Duration, Instant};

use self::caller::{Caller, Stage};
use self::figures::Queue;
use self::operator::{Operator, Work};
use crate::domain::id::UserId;
use crate::domain::operator::PAUSE_MISSED;

/// Everybody who waits, and everybody who may take them.
#[derive(Debug, Default)]
pub struct Floor {
    queues: BTreeMap<String, Queue>,
    operators: BTreeMap<UserId, Operator>,
    calls: BTreeMap<u64, Caller>,
    /// Kept apart from the operators: phones register before and after somebody is made an operator.
    reachable: BTreeSet<UserId>,
    busy: BTreeSet<UserId>,
    decisions: VecDeque<Decision>,
    /// Told once, however often they changed since the last poll.
    changed: BTreeSet<UserId>,
    /// When everything was last looked at.
    settled: Option<Instant>,
}

/// A call that is to wait.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Waiting {
    pub call: u64,
    pub queue: String,
    /// As plans name it, for example `sr`.
    pub language: String,
    /// The key of the service that the caller chose.
    pub service: Option<String>,
    /// Higher is served first.
    pub priority: i32,
    pub max_wait: Option<Duration>,
    /// Nobody is on the line: a promise to call back, taken up again after a restart.
    pub callback: bool,
}

/// Where a call stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Waits {
    /// In which it waits now: the one that it joined, or the one behind it.
    pub queue: String,
    /// So long ago it joined.
    pub since: Duration,
    pub priority: i32,
    pub service: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum JoinRefused {
    #[error("there is no such queue")]
    Unknown,
    #[error("no operator of the queue is there")]
    NoAgents,
    #[error("the queue is full")]
    Full,
}

/// Why a call leaves before somebody answered it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Left {
    /// Counted as abandoned.
    HungUp,
    /// Back to the plan: a key was pressed, the plan ended the wait.
    Plan,
}

/// Why an operator who was rung did not take the call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Missed {
    NoAnswer,
    Declined,
    /// The phone could not be rung: not the operator's fault, and not counted towards a pause.
    Unreachable,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Decision {
    /// Ring this operator for this call. After `timeout` the floor withdraws it by itself.
    Ring { call: u64, operator: UserId, timeout: Duration },
    /// Stop ringing; not the operator's fault.
    Withdraw { call: u64, operator: UserId },
    /// Tell the caller where they stand. `wait`: not known, or not to be told.
    Announce { call: u64, position: u32, wait: Option<Duration> },
    /// The call is out of the queue; its plan goes on at this exit.
    Exit { call: u64, exit: Exit },
    /// The state or the figures of this operator are different now.
    Changed(UserId),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exit {
    Timeout,
    NoAgents,
    /// The queue is no more, and no other takes its callers.
    Overflow,
}

/// An operator whose phone was not to be rung is left alone for this long: it may be registering anew.
const UNREACHABLE_REST: Duration = Duration::from_secs(10);

impl Floor {
    pub fn new() -> Self {
        Self::default()
    }

    /// The next decision; to be asked until there is none.
    pub fn poll(&mut self) -> Option<Decision> {
        self.decisions.pop_front().or_else(|| self.changed.pop_first().map(Decision::Changed))
    }

    /// The call waits. One that waits already is moved, and starts anew.
    pub fn join(&mut self, waiting: Waiting, now: Instant) -> Result<(), JoinRefused> {
        self.stop_waiting(waiting.call, now);
        let placed = self.place(&waiting, now);
        let counted = placed.as_ref().map_or(&waiting.queue, |queue| queue);
        if let Some(queue) = self.queues.get_mut(counted) {
            queue.figures.offered += 1;
            if placed.is_err() {
                queue.figures.sent_back += 1;
            }
        }
        self.take_in(waiting, placed?, now, now);
        Ok(())
    }

    /// The call waited since `since` and was away for a while, perhaps because of a restart. It is not counted once more.
    pub fn join_again(&mut self, waiting: Waiting, since: Instant, now: Instant) -> Result<(), JoinRefused> {
        self.stop_waiting(waiting.call, now);
        let queue = self.place(&waiting, now)?;
        self.take_in(waiting, queue, since, now);
        Ok(())
    }

    fn take_in(&mut self, waiting: Waiting, queue: String, since: Instant, now: Instant) {
        let every = self.queues.get(&queue).and_then(|queue| queue.settings.announce_every);
        let mut caller = Caller::new(waiting, queue, every, now);
        caller.joined = since;
        self.calls.insert(caller.waiting.call, caller);
        self.settle(now);
    }

    /// The place of a call that waits.
    pub fn waits(&self, call: u64, now: Instant) -> Option<Waits> {
        let caller = self.calls.get(&call).filter(|caller| caller.is_waiting())?;
        Some(Waits {
            queue: caller.queue.clone(),
            since: caller.waited(now),
            priority: caller.waiting.priority,
            service: caller.waiting.service.clone(),
        })
    }

    /// The call no longer waits. Nothing happens when it does not wait.
    pub fn leave(&mut self, call: u64, left: Left, now: Instant) {
        if let Some(caller) = self.stop_waiting(call, now)
            && let Some(queue) = self.queues.get_mut(&caller.queue)
        {
            match left {
                Left::HungUp => queue.figures.abandoned += 1,
                Left::Plan => queue.figures.sent_back += 1,
            }
        }
        self.settle(now);
    }

    /// The caller has hung up and is called back in their turn: [`Decision::Ring`] comes as for a call on the line.
    /// False: the call does not wait.
    pub fn into_callback(&mut self, call: u64) -> bool {
        match self.calls.get_mut(&call) {
            Some(caller) if caller.is_waiting() => {
                caller.hang_on_without_line();
                true
            }
            _ => false,
        }
    }

    /// The operator has answered and is bridged. False: somebody else was first, or the call is gone; hang up.
    pub fn answered(&mut self, call: u64, operator: UserId, now: Instant) -> bool {
        let waits = self.calls.get(&call).is_some_and(Caller::is_waiting);
        let works = self.operators.get(&operator).is_some_and(|o| matches!(o.work, Work::Talking { .. }));
        if !waits || works || !self.operators.contains_key(&operator) {
            return false;
        }
        // The answer was faster than the end of the ringing, or than its next try.
        self.decisions.retain(|decision| match decision {
            Decision::Ring { call: c, operator: o, .. } | Decision::Withdraw { call: c, operator: o } => {
                (*c, *o) != (call, operator)
            }
            Decision::Announce { call: c, .. } => *c != call,
            Decision::Exit { .. } | Decision::Changed(_) => true,
        });
        if self.ringing_for(operator) != Some(call) {
            self.withdraw(operator, now);
        }
        let others: Vec<UserId> =
            self.rung_for(call).into_iter().filter(|other| *other != operator).collect();
        for other in others {
            self.withdraw(other, now);
        }
        let Some(caller) = self.calls.get_mut(&call) else { return false };
        caller.stage = Stage::Talking(operator);
        let queue = caller.queue.clone();
        if let Some(queue) = self.queues.get_mut(&queue) {
            queue.count_answer(caller, now);
            queue.last = Some(operator);
        }
        self.end_wrap_up(operator, now);
        if let Some(operator) = self.operators.get_mut(&operator) {
            operator.talk(call, queue, now);
        }
        self.note(operator, now);
        self.settle(now);
        true
    }

    /// The conversation of a call of a queue is over for this operator, whoever ended it or took it over.
    pub fn ended(&mut self, operator: UserId, now: Instant) {
        let Some(Work::Talking { call, queue, .. }) = self.operators.get(&operator).map(|o| &o.work) else {
            return;
        };
        let (call, queue) = (*call, queue.clone());
        if self
            .calls
            .get(&call)
            .is_some_and(|caller| matches!(caller.stage, Stage::Talking(by) if by == operator))
        {
            self.calls.remove(&call);
        }
        let wrap_up = self.queues.get(&queue).map_or(Duration::ZERO, |queue| queue.settings.wrap_up);
        if let Some(known) = self.operators.get_mut(&operator) {
            known.wrap_up(wrap_up, now);
        }
        if wrap_up.is_zero() {
            self.end_wrap_up(operator, now);
        }
        if self.operators.get(&operator).is_some_and(|o| o.gone) {
            self.operators.remove(&operator);
        }
        self.note(operator, now);
        self.settle(now);
    }

    /// The operator was rung and did not take the call. Nothing happens when the floor no longer rings them.
    pub fn missed(&mut self, call: u64, operator: UserId, how: Missed, now: Instant) {
        if self.ringing_for(operator) == Some(call) {
            self.count_missed(call, operator, how, now);
            self.settle(now);
        }
    }

    /// A call of their own, not from a queue, begins or is over.
    pub fn busy(&mut self, operator: UserId, busy: bool, now: Instant) {
        let changed = if busy { self.busy.insert(operator) } else { self.busy.remove(&operator) };
        if changed {
            if busy {
                self.withdraw(operator, now);
            }
            self.note(operator, now);
            self.settle(now);
        }
    }

    /// Whether at least one phone of the operator is registered.
    pub fn reachable(&mut self, operator: UserId, reachable: bool, now: Instant) {
        let changed =
            if reachable { self.reachable.insert(operator) } else { self.reachable.remove(&operator) };
        if changed {
            if !reachable {
                self.withdraw(operator, now);
            }
            self.note(operator, now);
            self.settle(now);
        }
    }

    /// No more calls until [`Self::ready`]. A conversation goes on. False: not an operator.
    pub fn pause(&mut self, operator: UserId, reason: impl Into<String>, now: Instant) -> bool {
        let Some(known) = self.operators.get_mut(&operator) else { return false };
        known.pause(reason.into(), now);
        self.withdraw(operator, now);
        self.note(operator, now);
        self.settle(now);
        true
    }

    /// Takes calls again, and has nothing more to write about the last one. False: not an operator.
    pub fn ready(&mut self, operator: UserId, now: Instant) -> bool {
        let Some(known) = self.operators.get_mut(&operator) else { return false };
        known.ready();
        self.finish_wrap_up(operator, now)
    }

    /// Done with the last conversation; a pause remains a pause. False: not an operator.
    pub fn finish_wrap_up(&mut self, operator: UserId, now: Instant) -> bool {
        let known = self.operators.contains_key(&operator);
        self.end_wrap_up(operator, now);
        self.note(operator, now);
        self.settle(now);
        known
    }

    /// Ringing ends without an answer.
    fn count_missed(&mut self, call: u64, operator: UserId, how: Missed, now: Instant) {
        self.stop_ringing(operator);
        let settings = self
            .calls
            .get(&call)
            .and_then(|caller| self.queues.get(&caller.queue))
            .map(|queue| &queue.settings);
        let rest = settings.map_or(UNREACHABLE_REST, |settings| settings.rest);
        let limit = settings.and_then(|settings| settings.pause_after_missed);
        let Some(known) = self.operators.get_mut(&operator) else { return };
        match how {
            Missed::Unreachable => known.rest(now + rest.max(UNREACHABLE_REST), now),
            Missed::NoAnswer | Missed::Declined => {
                known.rest(now + rest, now);
                known.today.missed = known.today.missed.saturating_add(1);
                known.missed_in_row = known.missed_in_row.saturating_add(1);
                if limit.is_some_and(|limit| known.missed_in_row >= limit) {
                    known.pause(PAUSE_MISSED.to_owned(), now);
                }
            }
        }
        self.note(operator, now);
    }

    /// Out of the queue, and nobody rings for it any more. `None`: it did not wait.
    fn stop_waiting(&mut self, call: u64, now: Instant) -> Option<Caller> {
        if !self.calls.get(&call)?.is_waiting() {
            return None;
        }
        for operator in self.rung_for(call) {
            self.withdraw(operator, now);
        }
        self.decisions
            .retain(|decision| !matches!(decision, Decision::Announce { call: c, .. } if *c == call));
        self.calls.remove(&call)
    }

    /// Stops ringing this operator, if anybody rings them.
    fn withdraw(&mut self, operator: UserId, now: Instant) {
        if let Some(call) = self.stop_ringing(operator) {
            self.tell_withdrawn(call, operator);
            self.note(operator, now);
        }
    }

    /// A ringing of which nobody has heard yet is not mentioned at all.
    fn tell_withdrawn(&mut self, call: u64, operator: UserId) {
        let untold = |decision: &Decision| matches!(decision, Decision::Ring { call: c, operator: o, .. } if (*c, *o) == (call, operator));
        match self.decisions.iter().rposition(untold) {
            Some(at) => drop(self.decisions.remove(at)),
            None => self.decisions.push_back(Decision::Withdraw { call, operator }),
        }
    }

    fn stop_ringing(&mut self, operator: UserId) -> Option<u64> {
        let call = self.ringing_for(operator)?;
        if let Some(known) = self.operators.get_mut(&operator) {
            known.work = Work::None;
        }
        if let Some(Stage::Waiting { ringing }) = self.calls.get_mut(&call).map(|caller| &mut caller.stage) {
            ringing.remove(&operator);
        }
        Some(call)
    }

    fn ringing_for(&self, operator: UserId) -> Option<u64> {
        match self.operators.get(&operator)?.work {
            Work::Ringing { call } => Some(call),
            _ => None,
        }
    }

    fn rung_for(&self, call: u64) -> Vec<UserId> {
        match self.calls.get(&call).map(|caller| &caller.stage) {
            Some(Stage::Waiting { ringing }) => ringing.keys().copied().collect(),
            _ => Vec::new(),
        }
    }

    fn end_wrap_up(&mut self, operator: UserId, now: Instant) {
        if let Some(known) = self.operators.get_mut(&operator)
            && let Some((queue, handled)) = known.end_wrap_up(now)
            && let Some(queue) = self.queues.get_mut(&queue)
        {
            queue.count_handled(handled);
        }
    }

    /// Everybody who shows this operator's state will be told.
    fn note(&mut self, operator: UserId, now: Instant) {
        let (reachable, busy) = (self.reachable.contains(&operator), self.busy.contains(&operator));
        if let Some(known) = self.operators.get_mut(&operator) {
            known.note(reachable, busy, now);
            self.changed.insert(operator);
        }
    }

    /// Whoever can be served is served; whoever cannot is sent back.
    fn settle(&mut self, now: Instant) {
        self.settled = Some(now);
        self.send_back(now);
        self.dispatch(now);
    }
}
