//! Media goes first on a busy machine, but not alone: when it wants most of a core, calls could no longer even be ended.

use std::time::{Duration, Instant};

/// Looked at once a second.
const WINDOW: Duration = Duration::from_secs(1);
/// Busier than this, media shares like everybody else.
const GREEDY: f64 = 0.65;
/// Less busy than this, it goes first again.
const MODEST: f64 = 0.4;

/// How much of the time is spent working, and what follows from it.
#[derive(Debug)]
pub(super) struct Courtesy {
    since: Instant,
    rested: Duration,
    first: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Change {
    GoFirst,
    Share,
}

impl Courtesy {
    /// Begins as one that goes first.
    pub(super) fn new(now: Instant) -> Self {
        Self { since: now, rested: Duration::ZERO, first: true }
    }

    /// The thread slept for so long and is awake at `now`.
    pub(super) fn rested(&mut self, slept: Duration, now: Instant) -> Option<Change> {
        self.rested += slept;
        let window = now.saturating_duration_since(self.since);
        if window < WINDOW {
            return None;
        }
        let busy = 1.0 - self.rested.as_secs_f64() / window.as_secs_f64();
        self.since = now;
        self.rested = Duration::ZERO;
        let change = match self.first {
            true if busy > GREEDY => Change::Share,
            false if busy < MODEST => Change::GoFirst,
            _ => return None,
        };
        self.first = change == Change::GoFirst;
        Some(change)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::Clock;

    /// Works `busy` of each 10 ms for two seconds; the changes.
    fn live(courtesy: &mut Courtesy, now: &mut Instant, busy: f64) -> Vec<Change> {
        let mut changes = Vec::new();
        for _ in 0..200 {
            *now += Duration::from_millis(10);
            changes.extend(courtesy.rested(Duration::from_secs_f64(0.01 * (1.0 - busy)), *now));
        }
        changes
    }

    #[test]
    fn media_that_wants_most_of_a_core_shares_until_it_wants_little() {
        let mut now = Clock::system().instant();
        let mut courtesy = Courtesy::new(now);
        assert_eq!(live(&mut courtesy, &mut now, 0.5), []);
        assert_eq!(live(&mut courtesy, &mut now, 0.9), [Change::Share]);
        assert_eq!(live(&mut courtesy, &mut now, 0.5), []);
        assert_eq!(live(&mut courtesy, &mut now, 0.2), [Change::GoFirst]);
    }
}
