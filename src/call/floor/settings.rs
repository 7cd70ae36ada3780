//! Queues and operators change while people wait; who waits, pauses and figures stay.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use super::figures::Queue;
use super::operator::{Operator, Pause};
use super::{Exit, Floor};
use crate::domain::operator::{OperatorFigures, OperatorSettings};
use crate::domain::queue::{FloorKept, QueueFigures, QueueKept, QueueSettings};

impl Floor {
    /// All queues there are. Callers of a queue that is no more go to the one behind it, or back to their plan.
    pub fn set_queues(&mut self, queues: Vec<QueueSettings>, now: Instant) {
        let mut former = std::mem::take(&mut self.queues);
        for settings in queues {
            let queue = match former.remove(&settings.key) {
                Some(mut known) => {
                    known.settings = settings;
                    known
                }
                None => Queue::new(settings),
            };
            self.queues.insert(queue.settings.key.clone(), queue);
        }
        self.reannounce(now);
        self.empty(&former, now);
        self.settle(now);
    }

    /// All operators there are. A conversation of somebody who is none any more goes on.
    pub fn set_operators(&mut self, operators: Vec<OperatorSettings>, now: Instant) {
        let mut listed = BTreeMap::new();
        for settings in operators {
            listed.insert(settings.user, settings);
        }
        let missing: Vec<_> =
            self.operators.keys().filter(|user| !listed.contains_key(user)).copied().collect();
        for user in missing {
            self.withdraw(user, now);
            match self.operators.get_mut(&user) {
                Some(operator) if operator.is_talking() => operator.gone = true,
                _ => {
                    self.operators.remove(&user);
                }
            }
            self.changed.insert(user);
        }
        for (user, settings) in listed {
            let operator = self.operators.entry(user).or_insert_with(|| Operator::new(settings.clone(), now));
            operator.settings = settings;
            operator.gone = false;
            self.note(user, now);
        }
        self.settle(now);
    }

    /// What a restart must not forget.
    pub fn keep(&self, now: Instant) -> FloorKept {
        let operators = self.operators.values().map(|operator| operator.keep(now)).collect();
        let queues = self
            .queues
            .iter()
            .map(|(key, queue)| QueueKept { key: key.clone(), today: queue.figures })
            .collect();
        FloorKept { operators, queues }
    }

    /// After a start, once queues and operators are set.
    pub fn restore(&mut self, kept: FloorKept, now: Instant) {
        let ago = |since: Duration| now.checked_sub(since).unwrap_or(now);
        for kept in kept.operators {
            if let Some(operator) = self.operators.get_mut(&kept.user) {
                operator.paused =
                    kept.paused.map(|pause| Pause { reason: pause.reason, since: ago(pause.since) });
                operator.idle_since = ago(kept.idle);
                operator.today = kept.today;
            }
            self.note(kept.user, now);
        }
        for kept in kept.queues {
            if let Some(queue) = self.queues.get_mut(&kept.key) {
                queue.figures = kept.today;
            }
        }
        self.settle(now);
    }

    /// Midnight: the figures of the day begin anew.
    pub fn new_day(&mut self) {
        for queue in self.queues.values_mut() {
            queue.figures = QueueFigures::default();
        }
        for (user, operator) in &mut self.operators {
            operator.today = OperatorFigures::default();
            self.changed.insert(*user);
        }
    }

    /// Announcements switched on or off.
    fn reannounce(&mut self, now: Instant) {
        for caller in self.calls.values_mut().filter(|caller| caller.is_waiting() && caller.is_on_line()) {
            let every = self.queues.get(&caller.queue).and_then(|queue| queue.settings.announce_every);
            caller.announcement = every.map(|every| caller.announcement.unwrap_or(now + every));
        }
    }

    fn empty(&mut self, removed: &BTreeMap<String, Queue>, now: Instant) {
        let stranded: Vec<(u64, Option<String>)> = self
            .calls
            .iter()
            .filter(|(_, caller)| caller.is_waiting())
            .filter_map(|(call, caller)| Some((*call, removed.get(&caller.queue)?.settings.overflow.clone())))
            .collect();
        for (call, other) in stranded {
            match other.filter(|other| self.queues.contains_key(other)) {
                Some(other) => self.move_to(call, other),
                None => self.exit(call, Exit::Overflow, now),
            }
        }
    }
}
