//! What we ask about messages of which nothing was heard: one question at a time, behind the submits.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use super::Key;
use crate::protocol::smpp::pdu::{Address, Pdu};
use crate::protocol::smpp::status::Status;

/// While submits wait, one question in so long goes between them.
const EVERY: Duration = Duration::from_secs(1);

#[derive(Debug)]
pub(super) struct Queries {
    waiting: VecDeque<Query>,
    on_the_wire: Option<(u32, Key, Instant)>,
    asked_at: Instant,
    /// The SMSC does not know query_sm, or does not answer it: no use in asking again on this connection.
    useless: bool,
}

#[derive(Clone, Debug)]
struct Query {
    key: Key,
    message_id: String,
    source: Address,
}

impl Queries {
    pub(super) fn new(now: Instant) -> Self {
        Self { waiting: VecDeque::new(), on_the_wire: None, asked_at: now, useless: false }
    }

    pub(super) fn are_of_use(&self) -> bool {
        !self.useless
    }

    /// Whether all that was to be asked was asked.
    pub(super) fn are_done(&self) -> bool {
        self.waiting.is_empty() && self.on_the_wire.is_none()
    }

    pub(super) fn push(&mut self, key: Key, message_id: String, source: Address) {
        self.waiting.push_back(Query { key, message_id, source });
    }

    /// The next question, when it is its turn. `idle`: no submit waits.
    pub(super) fn next(&mut self, idle: bool, now: Instant) -> Option<(Key, Pdu)> {
        let turn = idle || now >= self.asked_at + EVERY;
        if self.on_the_wire.is_some() || !turn {
            return None;
        }
        let query = self.waiting.pop_front()?;
        self.asked_at = now;
        Some((query.key, Pdu::QuerySm { message_id: query.message_id, source: query.source }))
    }

    pub(super) fn sent(&mut self, sequence: u32, key: Key, until: Instant) {
        self.on_the_wire = Some((sequence, key, until));
    }

    /// Whose answer it is. `None`: of no question of ours.
    pub(super) fn answered(&mut self, sequence: u32, status: Status) -> Option<Key> {
        let (_, key, _) = self.on_the_wire.take_if(|(asked, ..)| *asked == sequence)?;
        if status == Status::INVALID_COMMAND_ID {
            self.give_up();
        }
        Some(key)
    }

    /// An SMSC that says nothing to a question may be alive all the same: the link stays.
    pub(super) fn expire(&mut self, now: Instant) {
        if self.on_the_wire.is_some_and(|(.., until)| now >= until) {
            self.give_up();
        }
    }

    /// When there is something to do: `spare` is when window and rate allow a request.
    pub(super) fn wake_at(&self, idle: bool, spare: Option<Instant>) -> Option<Instant> {
        match self.on_the_wire {
            Some((.., until)) => Some(until),
            None if self.waiting.is_empty() => None,
            None if idle => spare,
            None => Some(spare?.max(self.asked_at + EVERY)),
        }
    }

    fn give_up(&mut self) {
        self.useless = true;
        self.waiting.clear();
        self.on_the_wire = None;
    }
}
