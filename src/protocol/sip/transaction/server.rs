//! The server side of a transaction: RFC 3261 §17.2 with the Accepted state of RFC 6026 §7.1.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::protocol::sip::message::Status;
use crate::protocol::sip::{Flow, SIXTY_FOUR_T1, T1, T2, T4, Transmit};

#[derive(Debug)]
pub(super) struct Server {
    /// Where answers go.
    flow: Flow,
    invite: bool,
    state: State,
}

#[derive(Debug)]
enum State {
    /// No final answer yet. A retransmitted request gets the last provisional one.
    /// A request other than INVITE cannot wait longer than its client does (Timer F there).
    Proceeding { last: Option<Arc<[u8]>>, until: Option<Instant> },
    /// A 2xx was sent. The dialog repeats it until ACK (§13.3.1.4); we only swallow retransmitted INVITEs. Timer L.
    Accepted { until: Instant },
    /// A final answer was sent; to INVITE it is repeated until ACK (Timer G, H), otherwise kept for retransmissions (Timer J).
    Completed { answer: Arc<[u8]>, repeat: Option<Repeat>, until: Instant },
    /// ACK arrived; more of them may follow. Timer I.
    Confirmed { until: Instant },
}

#[derive(Debug)]
struct Repeat {
    at: Instant,
    pause: Duration,
}

/// What the clock did to a transaction.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Tick {
    Alive,
    Over,
    /// Timer H: the final answer was never acknowledged.
    Unacknowledged,
}

impl Server {
    pub(super) fn new(flow: Flow, invite: bool, now: Instant) -> Self {
        let until = (!invite).then(|| now + SIXTY_FOUR_T1);
        Self { flow, invite, state: State::Proceeding { last: None, until } }
    }

    /// Still without a final answer.
    pub(super) fn is_open(&self) -> bool {
        matches!(self.state, State::Proceeding { .. })
    }

    /// Without a final answer, or with one that made a dialog: a copy of its request that came another way is no new request.
    pub(super) fn is_under_way(&self) -> bool {
        matches!(self.state, State::Proceeding { .. } | State::Accepted { .. })
    }

    pub(super) fn answer(
        &mut self,
        status: Status,
        bytes: Arc<[u8]>,
        now: Instant,
        out: &mut VecDeque<Transmit>,
    ) {
        if !self.is_open() {
            return;
        }
        self.send(&bytes, out);
        let waits = match &self.state {
            State::Proceeding { until, .. } => *until,
            _ => None,
        };
        let reliable = self.flow.transport.is_reliable();
        self.state = match (status.is_provisional(), self.invite) {
            (true, _) => State::Proceeding { last: Some(bytes), until: waits },
            (false, true) if status.is_success() => State::Accepted { until: now + SIXTY_FOUR_T1 },
            (false, true) => State::Completed {
                answer: bytes,
                repeat: (!reliable).then(|| Repeat { at: now + T1, pause: T1 }),
                until: now + SIXTY_FOUR_T1,
            },
            (false, false) => State::Completed {
                answer: bytes,
                repeat: None,
                until: if reliable { now } else { now + SIXTY_FOUR_T1 },
            },
        };
    }

    /// The same request once more.
    pub(super) fn repeated(&self, out: &mut VecDeque<Transmit>) {
        match &self.state {
            State::Proceeding { last: Some(answer), .. } | State::Completed { answer, .. } => {
                self.send(answer, out)
            }
            State::Proceeding { last: None, .. } | State::Accepted { .. } | State::Confirmed { .. } => {}
        }
    }

    /// ACK for an answer other than 2xx (it carries the branch of its INVITE). Timer I.
    pub(super) fn acknowledged(&mut self, now: Instant) {
        if let (true, State::Completed { .. }) = (self.invite, &self.state) {
            let until = if self.flow.transport.is_reliable() { now } else { now + T4 };
            self.state = State::Confirmed { until };
        }
    }

    pub(super) fn due(&self) -> Option<Instant> {
        match &self.state {
            State::Proceeding { until, .. } => *until,
            State::Accepted { until } | State::Confirmed { until } => Some(*until),
            State::Completed { repeat, until, .. } => {
                Some(repeat.as_ref().map_or(*until, |repeat| repeat.at.min(*until)))
            }
        }
    }

    pub(super) fn tick(&mut self, now: Instant, out: &mut VecDeque<Transmit>) -> Tick {
        match &mut self.state {
            State::Accepted { until }
            | State::Confirmed { until }
            | State::Proceeding { until: Some(until), .. }
                if *until <= now =>
            {
                Tick::Over
            }
            State::Completed { until, .. } if *until <= now => {
                if self.invite {
                    Tick::Unacknowledged
                } else {
                    Tick::Over
                }
            }
            State::Completed { answer, repeat: Some(repeat), .. } if repeat.at <= now => {
                repeat.pause = (repeat.pause * 2).min(T2);
                repeat.at = now + repeat.pause;
                out.push_back(Transmit { flow: self.flow, bytes: answer.clone() });
                Tick::Alive
            }
            _ => Tick::Alive,
        }
    }

    fn send(&self, bytes: &Arc<[u8]>, out: &mut VecDeque<Transmit>) {
        out.push_back(Transmit { flow: self.flow, bytes: bytes.clone() });
    }
}
