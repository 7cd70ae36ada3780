//! What happens by itself as time goes by.

use std::time::{Duration, Instant};

use super::caller::{Caller, Stage};
use super::operator::Work;
use super::{Decision, Exit, Floor, Missed};
use crate::domain::id::UserId;

/// A phone that registers anew is away for seconds; callers are not sent off for that.
const NOBODY_GRACE: Duration = Duration::from_secs(15);

impl Floor {
    pub fn next_timeout(&self) -> Option<Instant> {
        // What is due and still stands waits for something else to happen.
        let later = |at: &Instant| self.settled.is_none_or(|settled| *at > settled);
        let calls = self.calls.values().flat_map(|caller| self.timers_of(caller)).flatten();
        let operators = self.operators.values().filter_map(|operator| match &operator.work {
            Work::WrapUp { until, .. } => Some(*until),
            Work::None => operator.rest_until.filter(|_| operator.paused.is_none()).filter(later),
            Work::Ringing { .. } | Work::Talking { .. } => None,
        });
        calls.chain(operators).min()
    }

    pub fn handle_timeout(&mut self, now: Instant) {
        self.end_ringing(now);
        self.end_wrap_ups(now);
        self.settle(now);
        self.announce(now);
    }

    /// Callers who have waited too long, for whom nobody is there, or whom another queue takes.
    pub(super) fn send_back(&mut self, now: Instant) {
        for call in self.in_order(|caller| caller.is_idle() && caller.is_on_line(), now) {
            let Some(caller) = self.calls.get(&call) else { continue };
            let Some(queue) = self.queues.get(&caller.queue) else { continue };
            if self.is_past_deadline(caller, now) {
                self.exit(call, Exit::Timeout, now);
                continue;
            }
            let moved = (!caller.overflowed
                && queue.settings.overflow_after.is_some_and(|after| caller.waited(now) >= after))
            .then(|| self.overflow_of(queue, caller))
            .flatten()
            .map(|other| other.settings.key.clone());
            if let Some(other) = moved {
                self.move_to(call, other);
                continue;
            }
            let attended = self.is_attended(queue, caller);
            let Some(caller) = self.calls.get_mut(&call) else { continue };
            if attended {
                caller.nobody_since = None;
            } else if *caller.nobody_since.get_or_insert(now) + NOBODY_GRACE <= now {
                self.exit(call, Exit::NoAgents, now);
            }
        }
    }

    pub(super) fn is_past_deadline(&self, caller: &Caller, now: Instant) -> bool {
        let max_wait = self.queues.get(&caller.queue).and_then(|queue| queue.settings.max_wait);
        caller.deadline(max_wait).is_some_and(|deadline| deadline <= now)
    }

    pub(super) fn exit(&mut self, call: u64, exit: Exit, now: Instant) {
        let Some(caller) = self.stop_waiting(call, now) else { return };
        if let Some(queue) = self.queues.get_mut(&caller.queue) {
            queue.figures.sent_back += 1;
        }
        self.decisions.push_back(Decision::Exit { call, exit });
    }

    /// Keeps the time that it has waited, and is moved no further.
    pub(super) fn move_to(&mut self, call: u64, other: String) {
        let Some(caller) = self.calls.get_mut(&call) else { return };
        if let Some(queue) = self.queues.get_mut(&other) {
            queue.figures.offered += 1;
        }
        let former = std::mem::replace(&mut caller.queue, other);
        caller.overflowed = true;
        caller.nobody_since = None;
        if let Some(queue) = self.queues.get_mut(&former) {
            queue.figures.sent_back += 1;
        }
    }

    fn timers_of(&self, caller: &Caller) -> [Option<Instant>; 6] {
        let Stage::Waiting { ringing } = &caller.stage else { return [None; 6] };
        let Some(queue) = self.queues.get(&caller.queue) else { return [None; 6] };
        let later = |at: &Instant| self.settled.is_none_or(|settled| *at > settled);
        let idle = ringing.is_empty();
        let settings = &queue.settings;
        let overflow = settings.overflow_after.filter(|_| !caller.overflowed && caller.is_on_line());
        [
            ringing.values().min().copied(),
            caller.announcement,
            caller.deadline(settings.max_wait).filter(|_| idle),
            caller.nobody_since.map(|since| since + NOBODY_GRACE).filter(|_| idle),
            overflow.map(|after| caller.joined + after).filter(later).filter(|_| idle),
            settings.widen_after.map(|after| caller.joined + after).filter(later),
        ]
    }

    fn end_ringing(&mut self, now: Instant) {
        let over: Vec<(u64, UserId)> = self
            .calls
            .iter()
            .filter_map(|(call, caller)| match &caller.stage {
                Stage::Waiting { ringing } => Some((*call, ringing)),
                Stage::Talking(_) => None,
            })
            .flat_map(|(call, ringing)| {
                ringing.iter().map(move |(operator, until)| (call, *operator, *until))
            })
            .filter(|(_, _, until)| *until <= now)
            .map(|(call, operator, _)| (call, operator))
            .collect();
        for (call, operator) in over {
            self.count_missed(call, operator, Missed::NoAnswer, now);
            self.tell_withdrawn(call, operator);
        }
    }

    fn end_wrap_ups(&mut self, now: Instant) {
        let over = |work: &Work| matches!(work, Work::WrapUp { until, .. } if *until <= now);
        let users: Vec<UserId> = self
            .operators
            .iter()
            .filter(|(_, operator)| over(&operator.work))
            .map(|(user, _)| *user)
            .collect();
        for user in users {
            self.end_wrap_up(user, now);
            self.note(user, now);
        }
    }

    fn announce(&mut self, now: Instant) {
        let due: Vec<u64> = self
            .calls
            .iter()
            .filter(|(_, caller)| caller.is_waiting() && caller.announcement.is_some_and(|at| at <= now))
            .map(|(call, _)| *call)
            .collect();
        for call in due {
            let Some((position, wait)) = self.standing(call, now) else { continue };
            let Some(caller) = self.calls.get_mut(&call) else { continue };
            let Some(queue) = self.queues.get(&caller.queue) else { continue };
            caller.announcement = queue.settings.announce_every.map(|every| now + every);
            let wait = wait.filter(|_| queue.settings.announce_wait);
            self.decisions.push_back(Decision::Announce { call, position, wait });
        }
    }
}
