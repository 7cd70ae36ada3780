//! What a queue has seen, and what a caller may expect from it.

use std::collections::{BTreeSet, VecDeque};
use std::time::{Duration, Instant};

use super::Floor;
use super::caller::Caller;
use crate::domain::id::UserId;
use crate::domain::queue::{QueueFigures, QueueSettings};

#[derive(Debug)]
pub(super) struct Queue {
    pub settings: QueueSettings,
    /// Who was rung last.
    pub last: Option<UserId>,
    pub figures: QueueFigures,
    /// How long the last calls took: conversation and wrap-up.
    handled: VecDeque<Duration>,
}

/// As many of the last calls are what "now" means; a morning's storm is not judged by yesterday's calm.
const RECENT: usize = 20;

/// From fewer no expected wait is told: it would be a guess.
const ENOUGH: usize = 3;

impl Queue {
    pub fn new(settings: QueueSettings) -> Self {
        Self { settings, last: None, figures: QueueFigures::default(), handled: VecDeque::new() }
    }

    pub fn count_answer(&mut self, caller: &Caller, now: Instant) {
        let waited = caller.waited(now);
        if caller.is_on_line() {
            self.figures.answered += 1;
            self.figures.answered_in_time += u32::from(waited <= self.settings.promise);
            self.figures.waited += waited;
        } else {
            self.figures.called_back += 1;
        }
    }

    pub fn count_handled(&mut self, took: Duration) {
        if self.handled.len() == RECENT {
            self.handled.pop_front();
        }
        self.handled.push_back(took);
    }

    fn average_handling(&self) -> Option<Duration> {
        let count = u32::try_from(self.handled.len()).ok().filter(|_| self.handled.len() >= ENOUGH)?;
        self.handled.iter().sum::<Duration>().checked_div(count)
    }
}

impl Floor {
    /// The position of a waiting call, from 1, and how long it will probably wait still.
    pub(super) fn standing(&self, call: u64, now: Instant) -> Option<(u32, Option<Duration>)> {
        let queue = &self.calls.get(&call)?.queue;
        let order = self.in_order(|caller| caller.is_waiting() && caller.queue == *queue, now);
        let ahead = order.iter().position(|other| *other == call)?;
        let position = u32::try_from(ahead).ok()?.saturating_add(1);
        Some((position, expected(self.turn(queue), position)))
    }

    /// How often a caller of this queue is served: each operator on duty frees themselves once in an average call; those
    /// who serve other queues too are shared with the queues in which somebody waits. `None` when too few calls were
    /// seen or nobody is on duty.
    pub(super) fn turn(&self, key: &str) -> Option<Duration> {
        let queue = self.queues.get(key)?;
        let average = queue.average_handling()?;
        let crowded: BTreeSet<&str> = self
            .calls
            .values()
            .filter(|caller| caller.is_waiting())
            .map(|caller| caller.queue.as_str())
            .collect();
        let hands: f64 = queue
            .settings
            .members
            .iter()
            .filter(|member| self.is_on_duty(member.user))
            .map(|member| {
                let others = self.queues.values().filter(|other| {
                    other.settings.key != key
                        && crowded.contains(other.settings.key.as_str())
                        && other.settings.members.iter().any(|m| m.user == member.user)
                });
                1.0 / f64::from(u32::try_from(others.count()).unwrap_or(u32::MAX).saturating_add(1))
            })
            .sum();
        Duration::try_from_secs_f64(average.as_secs_f64() / hands).ok()
    }

    fn is_on_duty(&self, user: UserId) -> bool {
        self.operators.get(&user).is_some_and(|operator| {
            operator.paused.is_none() && (self.reachable.contains(&user) || operator.is_talking())
        })
    }
}

/// As many turns as there are callers up to this one.
pub(super) fn expected(turn: Option<Duration>, position: u32) -> Option<Duration> {
    turn?.checked_mul(position)
}
