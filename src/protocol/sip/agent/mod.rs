//! A SIP user agent without sockets and clock: invited, it tells; told to answer, invite or hang up, it does.
//!
//! ```text
//! receive(bytes, flow, now) ┐                    ┌ poll_transmit -> bytes for a flow
//! answer, hang_up, invite.. ├──> [ Agent ] ──────┤ poll_event    -> what happened
//! handle_timeout(now)       ┘                    └ poll_timeout  -> when to call again
//! ```
//!
//! What the protocol decides is decided here: repetitions, CSeq order, CANCEL and BYE in every state, and the refusals 400, 405,
//! 415, 416, 420, 481, 491, 500, 501, 505. What a call decides is asked for by an [`Event`].

mod leg;
mod requests;
mod responses;
#[cfg(test)]
mod tests;

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;
use std::time::Instant;

use rand::rngs::StdRng;
use rand::{RngCore, SeedableRng};

use super::dialog::Dialog;
use super::message::{Malformed, Method, OutRequest, Request, Status, parse};
use super::transaction::timers::{Armed, Timers};
use super::transaction::{self, ClientId, Full, ServerId, Transactions, reply_flow};
use super::{Flow, Transmit, Transport};
use leg::{Leg, Stage, Unacknowledged, Up};

/// More dialogs at once than any configuration allows calls; reached only by a fault.
pub const MAX_DIALOGS: usize = 65_536;

/// One dialog, unique for the life of the agent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct DialogId(pub u64);

/// What happened. After an event marked *last* the dialog is gone.
#[derive(Debug)]
pub enum Event {
    /// A new call; `100 Trying` has gone out.
    Invited { dialog: DialogId, invite: Arc<Request>, flow: Flow },
    /// *Last.* The caller took the call back before it was answered; told `487`.
    Cancelled { dialog: DialogId },
    /// The caller has our 2xx. `body`: the SDP answer, when our 2xx carried the offer.
    Acknowledged { dialog: DialogId, body: Vec<u8> },
    /// *Last.* No ACK came for our 2xx; a BYE has gone out.
    NeverAcknowledged { dialog: DialogId },
    /// The peer wants other media: [`Agent::accept_offer`] or [`Agent::refuse_offer`]. Empty: it asks for our offer.
    Reoffered { dialog: DialogId, offer: Vec<u8> },
    /// A key by INFO.
    Digit { dialog: DialogId, digit: char },
    /// *Last.* The peer hung up.
    HungUp { dialog: DialogId },
    /// Our INVITE is being worked on.
    Progress { dialog: DialogId, status: Status },
    /// Our INVITE was accepted; the ACK has gone out.
    Answered { dialog: DialogId, body: Vec<u8> },
    /// *Last.* Our INVITE was refused, or nobody answered (408).
    Rejected { dialog: DialogId, status: Status },
    /// *Last.* What we ended is over at the peer too.
    Ended { dialog: DialogId },
}

/// What the admission control says to a new INVITE.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Admission {
    Admit,
    /// `503` with so many seconds in Retry-After, without keeping anything.
    Overloaded {
        retry_after_s: u32,
    },
}

/// A call that we place.
#[derive(Clone, Debug)]
pub struct Outgoing {
    /// Request-URI and To.
    pub to: String,
    /// From, as a URI.
    pub from: String,
    pub display: Option<String>,
    pub headers: Vec<(&'static str, String)>,
    pub offer: Vec<u8>,
}

#[derive(Debug)]
pub struct Agent {
    transactions: Transactions,
    legs: HashMap<u64, Leg>,
    by_key: HashMap<Box<str>, u64>,
    by_server: HashMap<ServerId, u64>,
    by_client: HashMap<ClientId, u64>,
    timers: Timers,
    last_id: u64,
    events: VecDeque<Event>,
    random: StdRng,
}

impl Agent {
    /// `seed` makes tags and branches that nobody can guess.
    pub fn new(seed: [u8; 32]) -> Self {
        Self {
            transactions: Transactions::default(),
            legs: HashMap::new(),
            by_key: HashMap::new(),
            by_server: HashMap::new(),
            by_client: HashMap::new(),
            timers: Timers::default(),
            last_id: 0,
            events: VecDeque::new(),
            random: StdRng::from_seed(seed),
        }
    }

    /// One datagram or one message of a stream. `admission` is asked once for each new call.
    pub fn receive(
        &mut self,
        bytes: &[u8],
        flow: Flow,
        now: Instant,
        admission: &mut dyn FnMut() -> Admission,
    ) -> Result<(), Malformed> {
        match parse(bytes) {
            Ok(message) => {
                if let super::message::Message::Request(request) = &message
                    && request.method == Method::Invite
                    && request.to.tag.is_none()
                    && !self.transactions.knows(request)
                    && let Admission::Overloaded { retry_after_s } = admission()
                {
                    self.send_stateless(overloaded(request, flow, retry_after_s));
                    return Ok(());
                }
                self.transactions.receive(message, flow, now);
                self.work(now);
                Ok(())
            }
            Err(Malformed::Refused(refusal)) => {
                let remote = match flow.transport {
                    Transport::Tcp => flow.remote,
                    Transport::Udp => refusal.via.reply_address(flow.remote),
                };
                let bytes = refusal.answer(flow.remote);
                self.send_stateless(Transmit { flow: Flow { remote, ..flow }, bytes });
                Err(Malformed::Refused(refusal))
            }
            Err(malformed) => Err(malformed),
        }
    }

    /// 180.
    pub fn ring(&mut self, dialog: DialogId, now: Instant) {
        if let Some(Leg { stage: Stage::Invited { invite, transaction, tag, flow }, .. }) =
            self.legs.get(&dialog.0)
        {
            let answer = invite
                .answer(Status::RINGING, flow.remote, tag)
                .record_route_of(invite)
                .header("Contact", contact(*flow));
            self.transactions.answer(*transaction, Status::RINGING, answer.finish(), now);
        }
    }

    /// 200 with our SDP: the answer, or to an INVITE without offer our offer.
    pub fn answer(&mut self, dialog: DialogId, sdp: &[u8], now: Instant) {
        let Some(leg) = self.legs.get_mut(&dialog.0) else { return };
        let Stage::Invited { invite, transaction, tag, flow } = &leg.stage else { return };
        let (transaction, offered) = (*transaction, invite.body.is_empty());
        let bytes = accepted(invite, tag, *flow).body("application/sdp", sdp);
        let ok = Transmit { flow: reply_flow(invite, *flow), bytes: bytes.clone() };
        let mut up = Up::new(Dialog::as_uas(invite, tag, *flow));
        up.unacknowledged = Some(Unacknowledged::new(invite.cseq, offered, ok, now));
        leg.stage = Stage::Up(Box::new(up));
        self.by_server.remove(&transaction);
        self.transactions.answer(transaction, Status::OK, bytes, now);
        self.arm(dialog.0);
    }

    /// A final refusal of an INVITE that was not answered. The dialog is gone.
    pub fn reject(&mut self, dialog: DialogId, status: Status, retry_after_s: Option<u32>, now: Instant) {
        if let Some(Leg { stage: Stage::Invited { invite, transaction, tag, flow }, .. }) =
            self.legs.get(&dialog.0)
        {
            let mut answer = invite.answer(status, flow.remote, tag);
            if let Some(seconds) = retry_after_s {
                answer = answer.header("Retry-After", seconds);
            }
            self.transactions.answer(*transaction, status, answer.finish(), now);
            self.forget(dialog.0);
        }
    }

    /// Ends the dialog in whatever state it is: refuses, cancels or says BYE, when it must after the ACK.
    /// [`Event::Ended`] follows, except after a refusal.
    pub fn hang_up(&mut self, dialog: DialogId, now: Instant) {
        let Some(leg) = self.legs.get_mut(&dialog.0) else { return };
        match &mut leg.stage {
            Stage::Invited { .. } => self.reject(dialog, Status::TEMPORARILY_UNAVAILABLE, None, now),
            Stage::Inviting { transaction, given_up, .. } => {
                *given_up = true;
                let transaction = *transaction;
                self.transactions.cancel(transaction, now);
            }
            Stage::Up(up) if up.unacknowledged.is_some() => up.leaving = true,
            Stage::Up(_) => self.say_bye(dialog.0, false, now),
            Stage::Leaving { .. } => {}
        }
    }

    /// Answers [`Event::Reoffered`] with our SDP.
    pub fn accept_offer(&mut self, dialog: DialogId, sdp: &[u8], now: Instant) {
        let Some(Leg { stage: Stage::Up(up), .. }) = self.legs.get_mut(&dialog.0) else { return };
        let Some(reoffer) = up.reoffer.take() else { return };
        let request = &reoffer.request;
        let bytes = accepted(request, "", reoffer.flow).body("application/sdp", sdp);
        if request.method == Method::Invite {
            let ok = Transmit { flow: reply_flow(request, reoffer.flow), bytes: bytes.clone() };
            up.unacknowledged = Some(Unacknowledged::new(request.cseq, request.body.is_empty(), ok, now));
        }
        self.transactions.answer(reoffer.transaction, Status::OK, bytes, now);
        self.arm(dialog.0);
    }

    /// Answers [`Event::Reoffered`] with a refusal; the call goes on as it was (§14.2).
    pub fn refuse_offer(&mut self, dialog: DialogId, status: Status, now: Instant) {
        let Some(Leg { stage: Stage::Up(up), .. }) = self.legs.get_mut(&dialog.0) else { return };
        let Some(reoffer) = up.reoffer.take() else { return };
        let bytes = reoffer.request.answer(status, reoffer.flow.remote, "").finish();
        self.transactions.answer(reoffer.transaction, status, bytes, now);
    }

    /// Places a call.
    pub fn invite(&mut self, call: Outgoing, flow: Flow, now: Instant) -> Result<DialogId, Full> {
        if self.legs.len() >= MAX_DIALOGS {
            return Err(Full);
        }
        let (tag, branch) = (self.token(), self.branch());
        let call_id = format!("{}@{}", self.token(), flow.local.ip());
        let display =
            call.display.map(|name| format!("\"{}\" ", name.replace(['"', '\\'], ""))).unwrap_or_default();
        let mut headers = call.headers;
        headers.push(("Contact", contact(flow)));
        headers.push(("Allow", Method::ALLOWED.to_owned()));
        let request = OutRequest {
            method: Method::Invite,
            uri: call.to.clone(),
            route: Vec::new(),
            from: format!("{display}<{}>;tag={tag}", call.from),
            to: format!("<{}>", call.to),
            call_id: call_id.clone(),
            cseq: 1,
            headers,
            body: Some(("application/sdp", call.offer)),
        };
        let transaction = self.transactions.request(request.clone(), branch, flow, now)?;
        let stage = Stage::Inviting { request: Box::new(request), transaction, given_up: false };
        let id = self.remember(&call_id, &tag, stage);
        self.by_client.insert(transaction, id);
        Ok(DialogId(id))
    }

    pub fn poll_transmit(&mut self) -> Option<Transmit> {
        self.transactions.poll_transmit()
    }

    pub fn poll_event(&mut self) -> Option<Event> {
        self.events.pop_front()
    }

    pub fn poll_timeout(&self) -> Option<Instant> {
        [self.transactions.poll_timeout(), self.timers.next()].into_iter().flatten().min()
    }

    pub fn handle_timeout(&mut self, now: Instant) {
        self.transactions.handle_timeout(now);
        self.work(now);
        while let Some(id) = self.timers.pop(now) {
            let Some(leg) = self.legs.get_mut(&id) else { continue };
            leg.armed.popped(now);
            if let Stage::Up(up) = &mut leg.stage
                && let Some(waiting) = &mut up.unacknowledged
            {
                if waiting.until <= now {
                    up.unacknowledged = None;
                    // Whoever wanted to leave hears `Ended` when the BYE is through.
                    let told = !up.leaving;
                    if told {
                        self.events.push_back(Event::NeverAcknowledged { dialog: DialogId(id) });
                    }
                    self.say_bye(id, told, now);
                    continue;
                }
                if let Some(again) = waiting.repeat(now) {
                    self.transactions.send(again);
                }
            }
            self.arm(id);
        }
    }

    pub fn dialogs(&self) -> usize {
        self.legs.len()
    }

    pub fn transactions(&self) -> usize {
        self.transactions.len()
    }

    fn work(&mut self, now: Instant) {
        while let Some(event) = self.transactions.poll_event() {
            match event {
                transaction::Event::Request { id, request, flow } => self.requested(id, request, flow, now),
                transaction::Event::Ack { request, .. } => self.acknowledged(*request, now),
                transaction::Event::Cancelled { id } => self.cancelled(id, now),
                transaction::Event::Response { id, response, flow } => {
                    self.responded(id, *response, flow, now)
                }
                transaction::Event::TimedOut { id } => self.timed_out(id),
            }
        }
    }

    fn say_bye(&mut self, id: u64, told: bool, now: Instant) {
        let branch = self.branch();
        let Some(leg) = self.legs.get_mut(&id) else { return };
        let Stage::Up(up) = &mut leg.stage else { return };
        let (bye, flow) = up.dialog.request(Method::Bye);
        let reoffer = up.reoffer.take();
        if let Some((_, invite)) = up.invite.take() {
            self.by_client.remove(&invite);
        }
        leg.stage = Stage::Leaving { told };
        if let Some(reoffer) = reoffer {
            let answer = reoffer.request.answer(Status::REQUEST_TERMINATED, reoffer.flow.remote, "").finish();
            self.transactions.answer(reoffer.transaction, Status::REQUEST_TERMINATED, answer, now);
        }
        match self.transactions.request(bye, branch, flow, now) {
            Ok(client) => {
                self.by_client.insert(client, id);
            }
            Err(Full) => self.end(id),
        }
    }

    /// The BYE is through, or will never be.
    fn end(&mut self, id: u64) {
        let told = matches!(self.legs.get(&id), Some(Leg { stage: Stage::Leaving { told: true }, .. }));
        self.forget(id);
        if !told {
            self.events.push_back(Event::Ended { dialog: DialogId(id) });
        }
    }

    fn remember(&mut self, call_id: &str, tag: &str, stage: Stage) -> u64 {
        self.last_id += 1;
        let key = leg_key(call_id, tag);
        self.by_key.insert(key.clone(), self.last_id);
        self.legs.insert(self.last_id, Leg { key, stage, armed: Armed::default() });
        self.last_id
    }

    fn forget(&mut self, id: u64) {
        let Some(leg) = self.legs.remove(&id) else { return };
        self.by_key.remove(&leg.key);
        match leg.stage {
            Stage::Invited { transaction, .. } => {
                self.by_server.remove(&transaction);
            }
            Stage::Inviting { transaction, .. } => {
                self.by_client.remove(&transaction);
            }
            Stage::Up(up) => {
                if let Some((_, transaction)) = up.invite {
                    self.by_client.remove(&transaction);
                }
            }
            Stage::Leaving { .. } => {}
        }
    }

    fn arm(&mut self, id: u64) {
        if let Some(leg) = self.legs.get_mut(&id) {
            let due = leg.due();
            self.timers.arm(id, &mut leg.armed, due);
        }
    }

    fn send_stateless(&mut self, transmit: Transmit) {
        self.transactions.send(transmit);
    }

    fn token(&mut self) -> String {
        format!("{:016x}", self.random.next_u64())
    }

    fn branch(&mut self) -> String {
        format!("z9hG4bK{:016x}", self.random.next_u64())
    }
}

/// An answer that costs nothing to give and leaves nothing behind (§8.2.7). Its To tag is the same for a repeated request.
pub fn refuse_stateless(request: &Request, flow: Flow, status: Status) -> Transmit {
    let bytes = request.answer(status, flow.remote, &stateless_tag(request)).finish();
    Transmit { flow: reply_flow(request, flow), bytes }
}

fn overloaded(request: &Request, flow: Flow, retry_after_s: u32) -> Transmit {
    let answer = request.answer(Status::SERVICE_UNAVAILABLE, flow.remote, &stateless_tag(request));
    Transmit { flow: reply_flow(request, flow), bytes: answer.header("Retry-After", retry_after_s).finish() }
}

fn stateless_tag(request: &Request) -> String {
    use std::hash::{DefaultHasher, Hash, Hasher};
    let mut hasher = DefaultHasher::new();
    (&request.call_id, &request.via.branch).hash(&mut hasher);
    format!("{:016x}", hasher.finish())
}

fn accepted(request: &Request, tag: &str, flow: Flow) -> super::message::Builder {
    request
        .answer(Status::OK, flow.remote, tag)
        .record_route_of(request)
        .header("Contact", contact(flow))
        .header("Allow", Method::ALLOWED)
}

/// Where requests within the dialog reach us.
fn contact(flow: Flow) -> String {
    match flow.transport {
        Transport::Udp => format!("<sip:odziv@{}>", flow.local),
        Transport::Tcp => format!("<sip:odziv@{};transport=tcp>", flow.local),
    }
}

fn leg_key(call_id: &str, tag: &str) -> Box<str> {
    format!("{call_id}|{tag}").into()
}
