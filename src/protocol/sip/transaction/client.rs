//! The client side of a transaction: RFC 3261 §17.1 with the Accepted state of RFC 6026 §7.2.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::protocol::sip::message::{Method, OutRequest, Response};
use crate::protocol::sip::{Flow, SIXTY_FOUR_T1, T1, T2, T4, Transmit};

#[derive(Debug)]
pub(super) struct Client {
    flow: Flow,
    branch: String,
    request: Arc<OutRequest>,
    state: State,
    cancel: Cancel,
    /// Why the CANCEL is sent, for its Reason header (RFC 3326).
    why: Option<&'static str>,
    /// Nobody waits for the answer any more.
    abandoned: bool,
}

#[derive(Debug)]
enum State {
    /// Nothing heard: repeated after T1, doubling (Timer A, or E up to T2), given up after 64 T1 (Timer B, F).
    Calling { bytes: Arc<[u8]>, repeat: Option<Repeat>, until: Instant },
    /// A provisional answer came. INVITE then waits without limit of its own, others go on repeating every T2.
    Proceeding { bytes: Arc<[u8]>, repeat: Option<Repeat>, until: Option<Instant> },
    /// INVITE answered with 2xx: further 2xx (forks, retransmissions) are passed up, each needs its ACK. Timer M.
    Accepted { until: Instant },
    /// INVITE refused: retransmitted answers get the ACK again (Timer D). Others: retransmissions are swallowed (Timer K).
    Completed { ack: Option<Arc<[u8]>>, until: Instant },
}

#[derive(Debug)]
struct Repeat {
    at: Instant,
    pause: Duration,
}

#[derive(Debug, PartialEq, Eq)]
enum Cancel {
    Unwanted,
    /// CANCEL must wait for a provisional answer (§9.1).
    Wanted,
    Sent,
}

/// What becomes of a response that matches.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Heard {
    /// Goes to the user of the transaction.
    Pass,
    /// Goes to the user, and a CANCEL that had to wait goes out.
    PassAndCancel,
    Swallow,
}

#[derive(Debug, PartialEq, Eq)]
pub(super) enum Tick {
    Alive,
    Over,
    /// Nobody answered.
    TimedOut,
}

impl Client {
    pub(super) fn start(
        request: Arc<OutRequest>,
        branch: String,
        flow: Flow,
        now: Instant,
        out: &mut VecDeque<Transmit>,
    ) -> Self {
        let bytes = request.write(flow, &branch);
        out.push_back(Transmit { flow, bytes: bytes.clone() });
        let repeat = (!flow.transport.is_reliable()).then(|| Repeat { at: now + T1, pause: T1 });
        let state = State::Calling { bytes, repeat, until: now + SIXTY_FOUR_T1 };
        Self { flow, branch, request, state, cancel: Cancel::Unwanted, why: None, abandoned: false }
    }

    pub(super) fn method(&self) -> &Method {
        &self.request.method
    }

    /// Wants the INVITE taken back. Gives the CANCEL to send, when it may already go.
    pub(super) fn cancel(&mut self, why: Option<&'static str>, now: Instant) -> Option<OutCancel> {
        self.why = self.why.or(why);
        match (&self.state, &self.cancel) {
            (State::Calling { .. }, Cancel::Unwanted) => {
                self.cancel = Cancel::Wanted;
                None
            }
            (State::Proceeding { .. }, Cancel::Unwanted | Cancel::Wanted) => Some(self.send_cancel(now)),
            _ => None,
        }
    }

    /// The CANCEL that had to wait for a first answer.
    pub(super) fn send_cancel(&mut self, now: Instant) -> OutCancel {
        self.cancel = Cancel::Sent;
        if let State::Proceeding { until, .. } = &mut self.state {
            // §9.1: without a final answer 64 T1 after the CANCEL the transaction counts as cancelled.
            *until = Some(now + SIXTY_FOUR_T1);
        }
        let sent = &*self.request;
        let request = OutRequest {
            method: Method::Cancel,
            uri: sent.uri.clone(),
            route: sent.route.clone(),
            from: sent.from.clone(),
            to: sent.to.clone(),
            call_id: sent.call_id.clone(),
            cseq: sent.cseq,
            headers: self.why.map(|why| ("Reason", why.to_owned())).into_iter().collect(),
            body: None,
        };
        OutCancel { request, branch: self.branch.clone(), flow: self.flow }
    }

    pub(super) fn is_unheard(&self) -> bool {
        matches!(self.state, State::Calling { .. })
    }

    /// Nobody waits for the answer any more: an INVITE that rings without end must not stay.
    pub(super) fn abandon(&mut self, now: Instant) {
        self.abandoned = true;
        if let State::Proceeding { until: until @ None, .. } = &mut self.state {
            *until = Some(now + SIXTY_FOUR_T1);
        }
    }

    pub(super) fn heard(&mut self, response: &Response, now: Instant, out: &mut VecDeque<Transmit>) -> Heard {
        let invite = *self.method() == Method::Invite;
        let reliable = self.flow.transport.is_reliable();
        match &mut self.state {
            State::Calling { .. } | State::Proceeding { .. } if response.status.is_provisional() => {
                self.proceed(invite, now);
                let waiting = self.cancel == Cancel::Wanted;
                if waiting { Heard::PassAndCancel } else { Heard::Pass }
            }
            State::Calling { .. } | State::Proceeding { .. } => {
                self.state = match (invite, response.status.is_success()) {
                    (true, true) => State::Accepted { until: now + SIXTY_FOUR_T1 },
                    (true, false) => {
                        let ack = self.request.write_ack(self.flow, &self.branch, response);
                        out.push_back(Transmit { flow: self.flow, bytes: ack.clone() });
                        State::Completed {
                            ack: Some(ack),
                            until: if reliable { now } else { now + SIXTY_FOUR_T1 },
                        }
                    }
                    (false, _) => {
                        State::Completed { ack: None, until: if reliable { now } else { now + T4 } }
                    }
                };
                Heard::Pass
            }
            State::Accepted { .. } if response.status.is_success() => Heard::Pass,
            State::Completed { ack: Some(ack), .. } if !response.status.is_provisional() => {
                out.push_back(Transmit { flow: self.flow, bytes: ack.clone() });
                Heard::Swallow
            }
            State::Accepted { .. } | State::Completed { .. } => Heard::Swallow,
        }
    }

    fn proceed(&mut self, invite: bool, now: Instant) {
        if let State::Calling { bytes, until, repeat } = &mut self.state {
            let repeat = repeat.take().filter(|_| !invite).map(|_| Repeat { at: now + T2, pause: T2 });
            let until = match invite {
                true => self.abandoned.then_some(now + SIXTY_FOUR_T1),
                false => Some(*until),
            };
            self.state = State::Proceeding { bytes: bytes.clone(), repeat, until };
        }
    }

    pub(super) fn due(&self) -> Option<Instant> {
        let earlier = |repeat: &Option<Repeat>, until: Option<Instant>| {
            [repeat.as_ref().map(|repeat| repeat.at), until].into_iter().flatten().min()
        };
        match &self.state {
            State::Calling { repeat, until, .. } => earlier(repeat, Some(*until)),
            State::Proceeding { repeat, until, .. } => earlier(repeat, *until),
            State::Accepted { until } | State::Completed { until, .. } => Some(*until),
        }
    }

    pub(super) fn tick(&mut self, now: Instant, out: &mut VecDeque<Transmit>) -> Tick {
        // Timer A doubles without end, Timer E up to T2.
        let longest = if *self.method() == Method::Invite { SIXTY_FOUR_T1 } else { T2 };
        let (until, repeat) = match &mut self.state {
            State::Accepted { until } | State::Completed { until, .. } => {
                return if *until <= now { Tick::Over } else { Tick::Alive };
            }
            State::Calling { bytes, repeat, until } => (Some(*until), repeat.as_mut().map(|r| (r, bytes))),
            State::Proceeding { bytes, repeat, until } => (*until, repeat.as_mut().map(|r| (r, bytes))),
        };
        if until.is_some_and(|until| until <= now) {
            return Tick::TimedOut;
        }
        if let Some((repeat, bytes)) = repeat.filter(|(repeat, _)| repeat.at <= now) {
            repeat.pause = (repeat.pause * 2).min(longest);
            repeat.at = now + repeat.pause;
            out.push_back(Transmit { flow: self.flow, bytes: bytes.clone() });
        }
        Tick::Alive
    }
}

/// A CANCEL shares the branch of its INVITE and is a transaction of its own.
#[derive(Debug)]
pub(super) struct OutCancel {
    pub(super) request: OutRequest,
    pub(super) branch: String,
    pub(super) flow: Flow,
}
