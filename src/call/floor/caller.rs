//! A call in a queue.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use super::Waiting;
use crate::domain::id::UserId;

#[derive(Debug)]
pub(super) struct Caller {
    pub waiting: Waiting,
    /// Where it waits: the queue that it joined, or the one that took it over.
    pub queue: String,
    pub joined: Instant,
    pub stage: Stage,
    pub overflowed: bool,
    /// Since when nobody is there who could answer.
    pub nobody_since: Option<Instant>,
    pub announcement: Option<Instant>,
}

#[derive(Debug)]
pub(super) enum Stage {
    /// Who is being rung, and until when.
    Waiting {
        ringing: BTreeMap<UserId, Instant>,
    },
    Talking(UserId),
}

/// A position is told once it is clear that nobody answers at once.
const FIRST_ANNOUNCEMENT: Duration = Duration::from_secs(4);

/// Beyond, a priority is a slip of the pen.
const HIGHEST_PRIORITY: i32 = 1_000;

impl Caller {
    pub fn new(waiting: Waiting, queue: String, announce_every: Option<Duration>, now: Instant) -> Self {
        let announcement = announce_every.filter(|_| !waiting.callback).map(|_| now + FIRST_ANNOUNCEMENT);
        let stage = Stage::Waiting { ringing: BTreeMap::new() };
        Self { waiting, queue, joined: now, stage, overflowed: false, nobody_since: None, announcement }
    }

    pub fn is_waiting(&self) -> bool {
        matches!(self.stage, Stage::Waiting { .. })
    }

    /// Waits, and no phone rings for it.
    pub fn is_idle(&self) -> bool {
        matches!(&self.stage, Stage::Waiting { ringing } if ringing.is_empty())
    }

    pub fn is_on_line(&self) -> bool {
        !self.waiting.callback
    }

    pub fn hang_on_without_line(&mut self) {
        self.waiting.callback = true;
        self.announcement = None;
        self.nobody_since = None;
    }

    pub fn waited(&self, now: Instant) -> Duration {
        now.saturating_duration_since(self.joined)
    }

    /// The smaller of the plan's and the queue's patience. A promise to call back has no end.
    pub fn deadline(&self, max_wait: Option<Duration>) -> Option<Instant> {
        if self.waiting.callback {
            return None;
        }
        let patience = [self.waiting.max_wait, max_wait].into_iter().flatten().min()?;
        self.joined.checked_add(patience)
    }

    /// Thousandths of a level of priority; waiting counts as `ageing` says.
    pub fn score(&self, ageing: Option<Duration>, now: Instant) -> i64 {
        let level = i64::from(self.waiting.priority.clamp(-HIGHEST_PRIORITY, HIGHEST_PRIORITY)) * 1_000;
        let aged = ageing.filter(|step| !step.is_zero()).map_or(0, |step| {
            let thousandths = self.waited(now).as_millis() * 1_000 / step.as_millis().max(1);
            i64::try_from(thousandths).unwrap_or(i64::MAX / 2)
        });
        level.saturating_add(aged)
    }
}
