//! One bind to one SMSC as a pure state machine (SMPP 3.4 §2.2 and §2.7 to §2.9).
//!
//! Octets and time go in by [`Session::handle_octets`] and [`Session::handle_timeout`]; octets, events and the next
//! deadline come out by [`Session::poll_transmit`], [`Session::poll_event`] and [`Session::poll_timeout`]. It begins on
//! a fresh connection and ends with [`Event::Closed`]; before that, every submit that it was given has had its event.

mod queries;
mod submits;
#[cfg(test)]
mod tests;

use std::collections::{HashMap, VecDeque};
use std::time::{Duration, Instant};

use self::queries::Queries;
use self::submits::{Answer, Submits};
use super::frame::{BadLength, Frames};
use super::pdu::{self, Address, Bind, BindKind, Command, Message, Pdu, TooLong, Undecodable};
use super::status::Status;

/// Inbound messages whose acknowledgement is still owed. Real SMSCs keep windows of 1 to 50; one that floods is told
/// ESME_RMSGQFUL and delivers again later.
pub const MAX_UNACKNOWLEDGED: usize = 256;
const RESPONSE: u32 = 0x8000_0000;
/// alert_notification and outbind have no response (§4.12.1, §4.1.7).
const WITHOUT_RESPONSE: [u32; 2] = [0x0000_0102, 0x0000_000B];

#[derive(Clone, Debug)]
pub struct Settings {
    pub kind: BindKind,
    pub system_id: String,
    pub password: String,
    pub system_type: String,
    /// Unanswered submits at once.
    pub window: usize,
    pub per_second: u32,
    /// Silence after which we ask whether the other side is there.
    pub enquire_every: Duration,
    /// A request without an answer for so long means that the link is dead.
    pub response_timeout: Duration,
}

/// Names one submit; the caller's own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Key(pub u64);

/// Names one inbound message until it is acknowledged.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Token(u64);

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    Bound {
        system_id: String,
    },
    /// A text or a receipt. Nothing is answered until [`Session::acknowledge`].
    Message {
        token: Token,
        message: Message,
    },
    Accepted {
        key: Key,
        message_id: String,
    },
    Refused {
        key: Key,
        status: Status,
    },
    /// The link ended first. `written`: it may have reached the SMSC.
    Lost {
        key: Key,
        written: bool,
    },
    /// What the SMSC says of a message that we asked about (§5.2.28), and the network's own code.
    Queried {
        key: Key,
        state: u8,
        error: u8,
    },
    /// The SMSC answered the question with a refusal.
    NotQueried {
        key: Key,
        status: Status,
    },
    /// A message that makes no sense: answered, and the link lives on.
    Poison(Undecodable),
    /// The last event.
    Closed(Reason),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Reason {
    #[error("the bind was refused: {0}")]
    Refused(Status),
    #[error("no answer within the response time")]
    NoAnswer,
    #[error("the SMSC unbound")]
    PeerUnbound,
    #[error("unbound")]
    Unbound,
    #[error("the stream is damaged: {0}")]
    Damaged(#[from] BadLength),
    #[error("the connection was lost")]
    Disconnected,
}

#[derive(Debug)]
enum State {
    Binding {
        sequence: u32,
        until: Instant,
    },
    Bound,
    /// Nothing new goes out; what is on the wire is awaited, then unbind is sent.
    Draining {
        until: Instant,
    },
    Unbinding {
        until: Instant,
    },
    Closed,
}

#[derive(Debug)]
pub struct Session {
    settings: Settings,
    state: State,
    frames: Frames,
    sequence: u32,
    submits: Submits,
    queries: Queries,
    owed: HashMap<Token, Owed>,
    next_token: u64,
    last_heard: Instant,
    /// When the answer to our enquire_link must be there.
    enquiry: Option<Instant>,
    out: VecDeque<Vec<u8>>,
    events: VecDeque<Event>,
}

/// How an inbound message is acknowledged.
#[derive(Clone, Copy, Debug)]
struct Owed {
    sequence: u32,
    as_data_sm: bool,
}

impl Session {
    /// On a connection that was just made: the bind is the first thing to transmit.
    pub fn new(settings: Settings, now: Instant) -> Self {
        let submits = Submits::new(settings.window, settings.per_second, settings.response_timeout, now);
        let bind = Pdu::Bind(Bind {
            kind: settings.kind,
            system_id: settings.system_id.clone(),
            password: settings.password.clone(),
            system_type: settings.system_type.clone(),
        });
        let until = now + settings.response_timeout;
        let mut session = Self {
            settings,
            state: State::Binding { sequence: 1, until },
            frames: Frames::default(),
            sequence: 0,
            submits,
            queries: Queries::new(now),
            owed: HashMap::new(),
            next_token: 0,
            last_heard: now,
            enquiry: None,
            out: VecDeque::new(),
            events: VecDeque::new(),
        };
        session.request(bind);
        session
    }

    pub fn handle_octets(&mut self, octets: &[u8], now: Instant) {
        self.frames.push(octets);
        while !self.is_closed() {
            match self.frames.next_frame() {
                Ok(Some(frame)) => {
                    self.last_heard = now;
                    self.enquiry = None;
                    match pdu::decode(&frame) {
                        Ok(command) => self.handle(command, now),
                        // The link lives on: one bad message must not cost all the others.
                        Err(undecodable) => {
                            self.out.extend(undecodable.answer().and_then(|a| a.encode().ok()));
                            self.events.push_back(Event::Poison(undecodable));
                        }
                    }
                }
                Ok(None) => break,
                Err(bad) => {
                    self.answer(0, Status::INVALID_COMMAND_LENGTH, Pdu::GenericNack);
                    self.close(bad.into());
                }
            }
        }
        self.advance(now);
    }

    pub fn handle_timeout(&mut self, now: Instant) {
        let dead = match self.state {
            State::Binding { until, .. } | State::Draining { until } | State::Unbinding { until } => {
                now >= until
            }
            State::Bound => false,
            State::Closed => return,
        };
        self.queries.expire(now);
        if dead || self.submits.overdue(now) || self.enquiry.is_some_and(|until| now >= until) {
            return self.close(Reason::NoAnswer);
        }
        if matches!(self.state, State::Bound) && self.enquiry.is_none() && now >= self.enquire_at() {
            self.request(Pdu::EnquireLink);
            self.enquiry = Some(now + self.settings.response_timeout);
        }
        self.advance(now);
    }

    /// One whole PDU. What was taken from here counts as written.
    pub fn poll_transmit(&mut self) -> Option<Vec<u8>> {
        self.out.pop_front()
    }

    pub fn poll_event(&mut self) -> Option<Event> {
        self.events.pop_front()
    }

    pub fn poll_timeout(&self) -> Option<Instant> {
        let state = match self.state {
            State::Binding { until, .. } | State::Draining { until } | State::Unbinding { until } => until,
            State::Bound => self.enquiry.unwrap_or_else(|| self.enquire_at()),
            State::Closed => return None,
        };
        if !self.is_bound() {
            return Some(self.submits.deadline().map_or(state, |at| at.min(state)));
        }
        let queries = self.queries.wake_at(self.submits.none_wait(), self.submits.spare_at());
        [self.submits.wake_at(), queries].into_iter().flatten().chain([state]).min()
    }

    /// Submits that are welcome now; none by a receiver (§2.1.2).
    pub fn room(&self) -> usize {
        if self.is_bound() && self.settings.kind != BindKind::Receiver { self.submits.room() } else { 0 }
    }

    /// Since when the SMSC takes nothing, because it is too busy.
    pub fn refused_since(&self) -> Option<Instant> {
        self.submits.refused_since()
    }

    /// Takes back what was submitted under these keys, when nothing of it has left: all of it, or nothing.
    pub fn withdraw(&mut self, keys: &[Key]) -> bool {
        self.submits.withdraw(keys)
    }

    /// Whether questions may be asked: all earlier ones were, and this SMSC answers them.
    pub fn may_query(&self) -> bool {
        self.is_bound()
            && self.settings.kind != BindKind::Receiver
            && self.queries.are_of_use()
            && self.queries.are_done()
    }

    /// What became of a message that the SMSC took earlier? Asked behind the submits. There may be no answer.
    pub fn query(&mut self, key: Key, message_id: String, source: Address, now: Instant) {
        if self.is_bound() && self.queries.are_of_use() {
            self.queries.push(key, message_id, source);
            self.advance(now);
        }
    }

    /// Sent as window and rate allow. On a link that is not bound it is lost at once, unwritten.
    pub fn submit(&mut self, key: Key, message: Message, now: Instant) {
        if self.is_bound() {
            self.submits.push(key, message);
            self.advance(now);
        } else {
            self.events.push_back(Event::Lost { key, written: false });
        }
    }

    /// Answers an inbound message. False when the link that it came by cannot carry the answer any more.
    pub fn acknowledge(&mut self, token: Token, status: Status) -> bool {
        match self.owed.remove(&token) {
            Some(owed) if !self.is_closed() => {
                let pdu = if owed.as_data_sm { Pdu::DataSmResp } else { Pdu::DeliverSmResp };
                self.answer(owed.sequence, status, pdu);
                true
            }
            _ => false,
        }
    }

    /// Ends the bind in good order: what is on the wire gets its answer first.
    pub fn unbind(&mut self, now: Instant) {
        match self.state {
            State::Bound => {
                self.events.extend(self.submits.give_back());
                self.state = State::Draining { until: now + self.settings.response_timeout };
                self.advance(now);
            }
            State::Binding { .. } => self.close(Reason::Unbound),
            _ => {}
        }
    }

    /// The connection is gone.
    pub fn disconnected(&mut self) {
        self.close(Reason::Disconnected);
    }

    pub fn is_bound(&self) -> bool {
        matches!(self.state, State::Bound)
    }

    pub fn is_closed(&self) -> bool {
        matches!(self.state, State::Closed)
    }

    pub fn last_heard(&self) -> Instant {
        self.last_heard
    }

    fn handle(&mut self, command: Command, now: Instant) {
        match command.pdu {
            Pdu::BindResp { system_id, .. } => {
                self.bind_answered(command.sequence, command.status, system_id)
            }
            Pdu::GenericNack => match self.state {
                State::Binding { sequence, .. } if sequence == command.sequence => {
                    self.close(Reason::Refused(command.status));
                }
                _ => {
                    if !self.query_refused(command.sequence, command.status) {
                        self.submit_answered(command.sequence, command.status, String::new(), now);
                    }
                }
            },
            Pdu::QuerySmResp { .. } if !command.status.is_ok() => {
                self.query_refused(command.sequence, command.status);
            }
            Pdu::QuerySmResp { state, error, .. } => {
                if let Some(key) = self.queries.answered(command.sequence, command.status) {
                    self.events.push_back(Event::Queried { key, state, error });
                }
            }
            Pdu::SubmitSmResp { message_id } => {
                self.submit_answered(command.sequence, command.status, message_id, now);
            }
            Pdu::DeliverSm(message) => self.deliver(command.sequence, message, false),
            Pdu::DataSm(message) => self.deliver(command.sequence, message, true),
            Pdu::EnquireLink => self.answer(command.sequence, Status::OK, Pdu::EnquireLinkResp),
            Pdu::Unbind => {
                self.answer(command.sequence, Status::OK, Pdu::UnbindResp);
                self.close(Reason::PeerUnbound);
            }
            Pdu::UnbindResp if matches!(self.state, State::Unbinding { .. }) => self.close(Reason::Unbound),
            // Late, or to nothing that we asked.
            Pdu::EnquireLinkResp | Pdu::UnbindResp | Pdu::DeliverSmResp | Pdu::DataSmResp => {}
            Pdu::Other(id) if id & RESPONSE != 0 || WITHOUT_RESPONSE.contains(&id) => {}
            Pdu::Bind(_) | Pdu::SubmitSm(_) | Pdu::QuerySm { .. } | Pdu::Other(_) => {
                self.answer(command.sequence, Status::INVALID_COMMAND_ID, Pdu::GenericNack);
            }
        }
    }

    fn bind_answered(&mut self, answered: u32, status: Status, system_id: String) {
        match self.state {
            State::Binding { sequence, .. } if sequence == answered => {
                if status.is_ok() {
                    self.state = State::Bound;
                    self.events.push_back(Event::Bound { system_id });
                } else {
                    self.close(Reason::Refused(status));
                }
            }
            _ => {}
        }
    }

    /// Whether it was a question of ours.
    fn query_refused(&mut self, sequence: u32, status: Status) -> bool {
        let Some(key) = self.queries.answered(sequence, status) else { return false };
        self.events.push_back(Event::NotQueried { key, status });
        true
    }

    fn submit_answered(&mut self, sequence: u32, status: Status, message_id: String, now: Instant) {
        match self.submits.answered(sequence, status, now) {
            Some(Answer::Accepted(key)) => self.events.push_back(Event::Accepted { key, message_id }),
            Some(Answer::Refused(key)) => self.events.push_back(Event::Refused { key, status }),
            Some(Answer::Queued) | None => {}
        }
    }

    fn deliver(&mut self, sequence: u32, message: Message, as_data_sm: bool) {
        let refusal = match self.state {
            State::Bound | State::Draining { .. } if self.owed.len() < MAX_UNACKNOWLEDGED => None,
            State::Binding { .. } => Some(Status::INVALID_BIND_STATE),
            _ => Some(Status::QUEUE_FULL),
        };
        match refusal {
            None => {
                self.next_token += 1;
                let token = Token(self.next_token);
                self.owed.insert(token, Owed { sequence, as_data_sm });
                self.events.push_back(Event::Message { token, message });
            }
            Some(status) => {
                self.answer(sequence, status, if as_data_sm { Pdu::DataSmResp } else { Pdu::DeliverSmResp });
            }
        }
    }

    /// Whatever window, rate and state allow now.
    fn advance(&mut self, now: Instant) {
        if self.is_bound() {
            // Submits that always wait would take all of the rate.
            self.ask(now);
            while let Some((key, message)) = self.submits.next(now) {
                match Command::request(self.next_sequence(), Pdu::SubmitSm(message.clone())).encode() {
                    Ok(octets) => {
                        self.out.push_back(octets);
                        self.submits.sent(self.sequence, key, message, now);
                    }
                    Err(TooLong(field)) => {
                        let source = field == "source_addr";
                        let status =
                            if source { Status::INVALID_SOURCE } else { Status::INVALID_DESTINATION };
                        self.events.push_back(Event::Refused { key, status })
                    }
                }
            }
            self.ask(now);
        }
        if matches!(self.state, State::Draining { .. })
            && self.submits.on_the_wire() == 0
            && self.owed.is_empty()
        {
            self.request(Pdu::Unbind);
            self.state = State::Unbinding { until: now + self.settings.response_timeout };
        }
    }

    fn ask(&mut self, now: Instant) {
        if !self.submits.spare(now) {
            return;
        }
        if let Some((key, pdu)) = self.queries.next(self.submits.none_wait(), now)
            && let Ok(octets) = Command::request(self.next_sequence(), pdu).encode()
        {
            self.out.push_back(octets);
            self.submits.take(now);
            self.queries.sent(self.sequence, key, now + self.settings.response_timeout);
        }
    }

    fn close(&mut self, reason: Reason) {
        if !self.is_closed() {
            self.state = State::Closed;
            self.owed.clear();
            self.events.extend(self.submits.lose());
            self.events.push_back(Event::Closed(reason));
        }
    }

    fn enquire_at(&self) -> Instant {
        self.last_heard + self.settings.enquire_every
    }

    fn request(&mut self, pdu: Pdu) {
        let sequence = self.next_sequence();
        self.out.extend(Command::request(sequence, pdu).encode().ok());
    }

    fn answer(&mut self, sequence: u32, status: Status, pdu: Pdu) {
        self.out.extend(Command { status, sequence, pdu }.encode().ok());
    }

    /// 1 to 0x7FFFFFFF (§3.2), then from the beginning.
    fn next_sequence(&mut self) -> u32 {
        self.sequence = if self.sequence >= 0x7FFF_FFFF { 1 } else { self.sequence + 1 };
        self.sequence
    }
}
