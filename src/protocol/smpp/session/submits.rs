//! Our submits: the queue, the window, the rate.

use std::collections::{BTreeMap, HashMap, HashSet, VecDeque};
use std::time::{Duration, Instant};

use super::{Event, Key};
use crate::protocol::smpp::pdu::Message;
use crate::protocol::smpp::status::Status;
use crate::protocol::smpp::throttle::Throttle;

/// A message that the SMSC throttles so often is given back; the pauses between the attempts grow to a minute.
const MAX_ATTEMPTS: u32 = 20;

#[derive(Debug)]
pub(super) struct Submits {
    window: usize,
    per_second: u32,
    response_timeout: Duration,
    throttle: Throttle,
    /// In the order in which they came, which is kept when a throttled one comes back.
    queue: BTreeMap<u64, Submit>,
    next_ordinal: u64,
    in_flight: HashMap<u32, Submit>,
    /// The oldest first; those that were answered are skipped when their time comes.
    deadlines: VecDeque<(Instant, u32)>,
    /// The one that was just handed out by `next`.
    going: Option<(u64, u32)>,
}

#[derive(Debug)]
struct Submit {
    ordinal: u64,
    key: Key,
    message: Message,
    attempts: u32,
}

#[derive(Debug, PartialEq, Eq)]
pub(super) enum Answer {
    Accepted(Key),
    Refused(Key),
    /// Throttled: it stays with us.
    Queued,
}

impl Submits {
    pub(super) fn new(window: usize, per_second: u32, response_timeout: Duration, now: Instant) -> Self {
        Self {
            window,
            per_second,
            response_timeout,
            throttle: Throttle::new(per_second, now),
            queue: BTreeMap::new(),
            next_ordinal: 0,
            in_flight: HashMap::new(),
            deadlines: VecDeque::new(),
            going: None,
        }
    }

    /// One window on the wire and one behind it keep the wire busy; on a slow contract a quarter of a second's worth is
    /// enough. Not more: what is queued here when the process dies is uncertain.
    pub(super) fn room(&self) -> usize {
        let held = self.queue.len() + self.in_flight.len();
        let quarter = usize::try_from(self.per_second / 4).unwrap_or(usize::MAX).max(1);
        (2 * self.window).saturating_sub(held).min(quarter.saturating_sub(self.queue.len()))
    }

    pub(super) fn push(&mut self, key: Key, message: Message) {
        let ordinal = self.next_ordinal;
        self.next_ordinal += 1;
        self.queue.insert(ordinal, Submit { ordinal, key, message, attempts: 0 });
    }

    /// The next that may go out now; to be followed by [`Submits::sent`] unless it cannot be sent at all.
    pub(super) fn next(&mut self, now: Instant) -> Option<(Key, Message)> {
        if self.in_flight.len() >= self.window || self.throttle.available(now) == 0 {
            return None;
        }
        let (_, submit) = self.queue.pop_first()?;
        self.going = Some((submit.ordinal, submit.attempts));
        Some((submit.key, submit.message))
    }

    pub(super) fn sent(&mut self, sequence: u32, key: Key, message: Message, now: Instant) {
        let (ordinal, attempts) = self.going.take().unwrap_or_default();
        self.throttle.take(now);
        self.deadlines.push_back((now + self.response_timeout, sequence));
        self.in_flight.insert(sequence, Submit { ordinal, key, message, attempts: attempts + 1 });
    }

    /// `None`: nothing of ours, or too late.
    pub(super) fn answered(&mut self, sequence: u32, status: Status, now: Instant) -> Option<Answer> {
        let submit = self.in_flight.remove(&sequence)?;
        while self.deadlines.front().is_some_and(|(_, oldest)| !self.in_flight.contains_key(oldest)) {
            self.deadlines.pop_front();
        }
        if status.is_ok() {
            self.throttle.recovered(now);
            return Some(Answer::Accepted(submit.key));
        }
        if status.asks_to_wait() {
            self.throttle.slow_down(now);
            if submit.attempts < MAX_ATTEMPTS {
                self.queue.insert(submit.ordinal, submit);
                return Some(Answer::Queued);
            }
        }
        Some(Answer::Refused(submit.key))
    }

    pub(super) fn overdue(&self, now: Instant) -> bool {
        self.deadline().is_some_and(|at| now >= at)
    }

    pub(super) fn deadline(&self) -> Option<Instant> {
        self.deadlines.front().map(|(at, _)| *at)
    }

    /// The next deadline, or when the next of the queue may go out.
    pub(super) fn wake_at(&self) -> Option<Instant> {
        let sendable = !self.queue.is_empty() && self.in_flight.len() < self.window;
        let ready = sendable.then(|| self.throttle.ready_at());
        match (ready, self.deadline()) {
            (Some(ready), Some(deadline)) => Some(ready.min(deadline)),
            (ready, deadline) => ready.or(deadline),
        }
    }

    pub(super) fn on_the_wire(&self) -> usize {
        self.in_flight.len()
    }

    pub(super) fn none_wait(&self) -> bool {
        self.queue.is_empty()
    }

    /// Whether the rate has room for one more request.
    pub(super) fn spare(&self, now: Instant) -> bool {
        self.in_flight.len() < self.window && self.throttle.available(now) > 0
    }

    /// A request that is no submit counts as one.
    pub(super) fn take(&mut self, now: Instant) {
        self.throttle.take(now);
    }

    /// When the rate has room for one more request; `None` while the window is full.
    pub(super) fn spare_at(&self) -> Option<Instant> {
        (self.in_flight.len() < self.window).then(|| self.throttle.ready_at())
    }

    pub(super) fn refused_since(&self) -> Option<Instant> {
        self.throttle.refused_since()
    }

    /// Takes these out of the queue when all of them are in it. What was on the wire and throttled was refused.
    pub(super) fn withdraw(&mut self, keys: &[Key]) -> bool {
        let keys: HashSet<Key> = keys.iter().copied().collect();
        if self.queue.values().filter(|submit| keys.contains(&submit.key)).count() < keys.len() {
            return false;
        }
        self.queue.retain(|_, submit| !keys.contains(&submit.key));
        true
    }

    /// Empties the queue; nothing of it is on the wire.
    pub(super) fn give_back(&mut self) -> impl Iterator<Item = Event> + use<> {
        std::mem::take(&mut self.queue).into_values().map(|s| Event::Lost { key: s.key, written: false })
    }

    pub(super) fn lose(&mut self) -> impl Iterator<Item = Event> + use<> {
        self.deadlines.clear();
        let mut written: Vec<Key> = self.in_flight.drain().map(|(_, submit)| submit.key).collect();
        written.sort_unstable();
        written.into_iter().map(|key| Event::Lost { key, written: true }).chain(self.give_back())
    }
}
