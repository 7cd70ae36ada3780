//! Who must be looked at next. Entries are never removed, only outlived, so that arming costs a push and nothing scans.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::time::Instant;

/// Deadlines of things known by a number.
#[derive(Debug, Default)]
pub struct Timers {
    heap: BinaryHeap<Reverse<(Instant, u64)>>,
}

/// The deadline that a thing has in [`Timers`]. Most deadlines move later; then the old entry is waited for and renewed, so that a
/// thing has about one entry however often its deadline moves.
#[derive(Clone, Copy, Debug, Default)]
pub struct Armed(Option<Instant>);

impl Timers {
    /// Makes sure that `id` is looked at no later than `due`.
    pub fn arm(&mut self, id: u64, armed: &mut Armed, due: Option<Instant>) {
        let Some(due) = due else { return };
        if armed.0.is_none_or(|at| due < at) {
            armed.0 = Some(due);
            self.heap.push(Reverse((due, id)));
        }
    }

    pub fn next(&self) -> Option<Instant> {
        self.heap.peek().map(|Reverse((at, _))| *at)
    }

    /// One whose entry is due. The caller calls [`Armed::popped`], acts if its real deadline has come, and arms again.
    pub fn pop(&mut self, now: Instant) -> Option<u64> {
        let Reverse((at, id)) = *self.heap.peek()?;
        (at <= now).then(|| {
            self.heap.pop();
            id
        })
    }
}

impl Armed {
    pub fn popped(&mut self, now: Instant) {
        if self.0.is_some_and(|at| at <= now) {
            self.0 = None;
        }
    }
}
