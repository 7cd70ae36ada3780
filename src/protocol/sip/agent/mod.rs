//! A SIP user agent without sockets and clock: invited, it tells; told to answer, invite or hang up, it does.
//!
//! ```text
//! receive(bytes, flow, now) ┐                    ┌ poll_transmit -> bytes for a flow
//! answer, hang_up, invite.. ├──> [ Agent ] ──────┤ poll_event    -> what happened
//! handle_timeout(now)       ┘                    └ poll_timeout  -> when to call again
//! ```
//!
//! What the protocol decides is decided here: repetitions, CSeq order, CANCEL and BYE in every state, offers that cross, session
//! timers, the answers to 401, 407 and 422, and the refusals 400, 405, 415, 416, 420, 422, 481, 482, 483, 489, 491, 500, 501, 505.
//! What a call decides is asked for by an [`Event`].
//!
//! Reliable provisional answers (RFC 3262) are not spoken: a peer that requires `100rel` gets 420, one that merely supports it gets
//! ordinary ones, and our INVITE does not offer it.

mod auth;
mod commands;
mod leg;
mod offers;
mod outside;
mod referral;
mod requests;
mod responses;
mod session;
#[cfg(all(fuzzing, not(test)))]
pub mod tests;
#[cfg(test)]
pub(crate) mod tests;
mod types;

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;
use std::time::Instant;

use rand::rngs::StdRng;
use rand::{RngCore, SeedableRng};

use super::message::{
    Builder, Malformed, Message, Method, OutRequest, Refusal, Request, Response, Status, parse,
};
use super::transaction::timers::{Armed, Timers};
use super::transaction::{self, ClientId, Full, ServerId, Transactions, reply_flow};
use super::{Flow, Transmit, Transport};
use auth::Auth;
use leg::{Asked, Leaving, Leg, Stage};
use session::Terms;
pub use types::{Admission, Credentials, DialogId, Event, Outgoing, Refer, RequestId, TimedOut};

/// More dialogs at once than any configuration allows calls; reached only by a fault.
pub const MAX_DIALOGS: usize = 65_536;

/// Extensions that we speak.
const SUPPORTED: &str = "replaces, timer";

#[derive(Debug)]
pub struct Agent {
    transactions: Transactions,
    legs: HashMap<u64, Leg>,
    by_key: HashMap<Box<str>, u64>,
    by_server: HashMap<ServerId, u64>,
    by_client: HashMap<ClientId, Asker>,
    outside: HashMap<RequestId, outside::Outside>,
    timers: Timers,
    last_id: u64,
    events: VecDeque<Event>,
    random: StdRng,
}

/// Who waits for the answer of a client transaction.
#[derive(Clone, Copy, Debug)]
enum Asker {
    Invite(u64),
    /// A re-INVITE or UPDATE.
    Offer(u64),
    Notify(u64),
    Bye(u64),
    Outside(RequestId),
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
            outside: HashMap::new(),
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
                if let Message::Request(request) = &message
                    && self.is_new_call(request)
                    && let Admission::Overloaded { retry_after_s } = admission()
                {
                    self.transactions.send(refuse_overloaded(request, flow, retry_after_s));
                    return Ok(());
                }
                self.receive_message(message, flow, now);
                Ok(())
            }
            Err(malformed) => {
                if let Malformed::Refused(refusal) = &malformed {
                    self.transactions.send(refuse_malformed(refusal, flow));
                }
                Err(malformed)
            }
        }
    }

    /// As [`Agent::receive`], for one who has looked at the message first and lets it pass.
    pub fn receive_message(&mut self, message: Message, flow: Flow, now: Instant) {
        self.transactions.receive(message, flow, now);
        self.work(now);
    }

    /// Whether a request was seen before: it gets the same answer again and costs nothing.
    pub fn knows(&self, request: &Request) -> bool {
        self.transactions.knows(request)
    }

    /// Whether it is an INVITE that would become a new call.
    pub fn is_new_call(&self, request: &Request) -> bool {
        request.method == Method::Invite && request.to.tag.is_none() && !self.knows(request)
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
            self.tick(id, now);
            self.arm(id, now);
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
                transaction::Event::Ack { request, flow } => self.acknowledged(*request, flow, now),
                transaction::Event::Cancelled { id } => self.cancelled(id, now),
                transaction::Event::Response { id, response, flow } => {
                    self.responded(id, response, flow, now)
                }
                transaction::Event::TimedOut { id } => self.timed_out(id, now),
            }
        }
    }

    /// The time of a leg has come.
    fn tick(&mut self, id: u64, now: Instant) {
        let Some(leg) = self.legs.get_mut(&id) else { return };
        match &mut leg.stage {
            Stage::Invited(invited) => {
                if let Some(said) = invited.said.as_mut().filter(|said| said.again <= now) {
                    let (transaction, status, bytes) = (invited.transaction, said.status, said.bytes.clone());
                    *said = leg::Said::new(status, bytes.clone(), now);
                    self.transactions.answer(transaction, status, bytes, now);
                }
            }
            Stage::Up(up) => {
                if let Some(waiting) = &mut up.unacknowledged {
                    if waiting.until <= now {
                        let alive = waiting.alive;
                        up.acks_are_lost |= alive;
                        return match alive {
                            true => self.acknowledged_by_implication(id, now),
                            false => self.never_acknowledged(id, now),
                        };
                    }
                    if let Some(again) = waiting.repeat(now) {
                        self.transactions.send(again);
                    }
                }
                if up.timer.is_some_and(|timer| timer.expires_at() <= now)
                    || up.asking.as_ref().is_some_and(|asking| asking.until.is_some_and(|until| until <= now))
                {
                    return self.lost(id, now);
                }
                self.offer_next(id, now);
            }
            Stage::Inviting(inviting) if inviting.until <= now => {
                let client = inviting.asked.client;
                self.transactions.cancel(client, now);
                self.not_answered(id, now);
            }
            Stage::Inviting(_) | Stage::Leaving(_) => {}
        }
    }

    /// §13.3.1.4.
    fn never_acknowledged(&mut self, id: u64, now: Instant) {
        let Some(Leg { stage: Stage::Up(up), .. }) = self.legs.get_mut(&id) else { return };
        up.unacknowledged = None;
        // Whoever wanted to leave hears `Ended` when the BYE is through.
        let told = !up.leaving;
        if told {
            self.events.push_back(Event::NeverAcknowledged { dialog: DialogId(id) });
        }
        self.say_bye(id, told, now);
    }

    /// The peer does not know the call any more, or does not answer: as if it had hung up, but it may still hear our BYE.
    fn lost(&mut self, id: u64, now: Instant) {
        let Some(Leg { stage: Stage::Up(up), .. }) = self.legs.get(&id) else { return };
        let told = !up.leaving;
        if told {
            self.events.push_back(Event::HungUp { dialog: DialogId(id) });
        }
        self.say_bye(id, told, now);
    }

    fn say_bye(&mut self, id: u64, told: bool, now: Instant) {
        self.last_notify(id, now);
        let Some(leg) = self.legs.get_mut(&id) else { return };
        let waited = leg.clients();
        let Stage::Up(up) = &mut leg.stage else { return };
        if let Some(reoffer) = up.reoffer.take() {
            self.by_server.remove(&reoffer.transaction);
            let answer = reoffer.request.answer(Status::REQUEST_TERMINATED, reoffer.flow.remote, "").finish();
            self.transactions.answer(reoffer.transaction, Status::REQUEST_TERMINATED, answer, now);
        }
        self.refuse_open_refer(id, Status::NO_SUCH_DIALOG, now);
        self.forget_clients(&waited, now);
        match self.ask(id, Method::Bye, Vec::new(), None, now) {
            Some(bye) => {
                self.by_client.insert(bye.client, Asker::Bye(id));
                if let Some(leg) = self.legs.get_mut(&id) {
                    leg.stage = Stage::Leaving(Box::new(Leaving { told, bye }));
                }
            }
            None => {
                self.forget(id, now);
                if !told {
                    self.events.push_back(Event::Ended { dialog: DialogId(id) });
                }
            }
        }
    }

    /// The BYE is through, or will never be.
    fn end(&mut self, id: u64, now: Instant) {
        let told = match self.legs.get(&id) {
            Some(Leg { stage: Stage::Leaving(leaving), .. }) => leaving.told,
            _ => false,
        };
        self.forget(id, now);
        if !told {
            self.events.push_back(Event::Ended { dialog: DialogId(id) });
        }
    }

    /// A request within a dialog that is up. `None` when the table of transactions is full.
    fn ask(
        &mut self,
        id: u64,
        method: Method,
        headers: Vec<(&'static str, String)>,
        body: Option<(&'static str, Vec<u8>)>,
        now: Instant,
    ) -> Option<Asked> {
        let (branch, cnonce) = (self.branch(), self.token());
        let leg = self.legs.get_mut(&id)?;
        let Stage::Up(up) = &mut leg.stage else { return None };
        let (mut request, flow) = up.dialog.request(method);
        request.headers = headers;
        request.body = body;
        if let Some(auth) = &mut leg.auth {
            auth.sign(&mut request, &cnonce);
        }
        let request = Arc::new(request);
        let client = self.transactions.request(request.clone(), branch, flow, now).ok()?;
        Some(Asked { request, client, flow, tries: 0 })
    }

    /// Sends a request again with the next CSeq, changed; the old transaction is done with.
    fn ask_again(
        &mut self,
        asked: &Asked,
        auth: Option<&mut Auth>,
        cseq: u32,
        change: impl FnOnce(&mut OutRequest),
        now: Instant,
    ) -> Result<Asked, Full> {
        let mut request = (*asked.request).clone();
        request.cseq = cseq;
        change(&mut request);
        if let Some(auth) = auth {
            auth.sign(&mut request, &self.token());
        }
        let (request, branch, flow) = (Arc::new(request), self.branch(), asked.flow);
        let client = self.transactions.request(request.clone(), branch, flow, now)?;
        Ok(Asked { request, client, flow, tries: asked.tries + 1 })
    }

    /// Answers a 401 or 407 within a dialog, when that makes sense.
    fn sign_again(&mut self, id: u64, asked: &Asked, response: &Response, now: Instant) -> Option<Asked> {
        let leg = self.legs.get_mut(&id)?;
        let mut auth = leg.auth.take()?;
        let cseq = match &mut leg.stage {
            Stage::Up(up) => up.dialog.next_cseq(),
            _ => asked.request.cseq + 1,
        };
        let again = match auth.challenged(response, &asked.request, asked.tries) {
            true => self.ask_again(asked, Some(&mut auth), cseq, |_| {}, now).ok(),
            false => None,
        };
        if let Some(leg) = self.legs.get_mut(&id) {
            leg.auth = Some(auth);
        }
        again
    }

    fn remember(&mut self, call_id: &str, tag: &str, stage: Stage, auth: Option<Box<Auth>>) -> u64 {
        self.last_id += 1;
        let key = leg_key(call_id, tag);
        self.by_key.insert(key.clone(), self.last_id);
        self.legs.insert(self.last_id, Leg { key, stage, auth, armed: Armed::default() });
        self.last_id
    }

    fn forget(&mut self, id: u64, now: Instant) {
        let Some(leg) = self.legs.remove(&id) else { return };
        self.by_key.remove(&leg.key);
        self.forget_clients(&leg.clients(), now);
        let server = match &leg.stage {
            Stage::Invited(invited) => Some(invited.transaction),
            Stage::Up(up) => up.reoffer.as_ref().map(|reoffer| reoffer.transaction),
            Stage::Inviting(_) | Stage::Leaving(_) => None,
        };
        if let Some(server) = server {
            self.by_server.remove(&server);
        }
    }

    fn forget_clients(&mut self, clients: &[ClientId], now: Instant) {
        for client in clients {
            self.by_client.remove(client);
            self.transactions.abandon(*client, now);
        }
    }

    fn arm(&mut self, id: u64, now: Instant) {
        if let Some(leg) = self.legs.get_mut(&id) {
            let due = leg.due(now);
            self.timers.arm(id, &mut leg.armed, due);
        }
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

/// What a broken request is told.
pub fn refuse_malformed(refusal: &Refusal, flow: Flow) -> Transmit {
    let remote = match flow.transport {
        Transport::Tcp | Transport::Tls => flow.remote,
        Transport::Udp => refusal.via.reply_address(flow.remote),
    };
    Transmit { flow: Flow { remote, ..flow }, bytes: refusal.answer(flow.remote) }
}

/// `503` with Retry-After, without keeping anything.
pub fn refuse_overloaded(request: &Request, flow: Flow, retry_after_s: u32) -> Transmit {
    let answer = request.answer(Status::SERVICE_UNAVAILABLE, flow.remote, &stateless_tag(request));
    Transmit { flow: reply_flow(request, flow), bytes: answer.header("Retry-After", retry_after_s).finish() }
}

fn stateless_tag(request: &Request) -> String {
    use std::hash::{DefaultHasher, Hash, Hasher};
    let mut hasher = DefaultHasher::new();
    (&request.call_id, &request.via.branch).hash(&mut hasher);
    format!("{:016x}", hasher.finish())
}

fn accepted(request: &Request, tag: &str, terms: Option<Terms>, flow: Flow) -> Builder {
    let answer = request
        .answer(Status::OK, flow.remote, tag)
        .record_route_of(request)
        .header("Contact", contact(flow))
        .header("Allow", Method::ALLOWED)
        .header("Supported", SUPPORTED);
    match terms {
        Some(terms) => terms.add(answer),
        None => answer,
    }
}

/// Where requests within the dialog reach us.
fn contact(flow: Flow) -> String {
    match flow.transport {
        Transport::Udp => format!("<sip:odziv@{}>", flow.local),
        Transport::Tcp => format!("<sip:odziv@{};transport=tcp>", flow.local),
        Transport::Tls => format!("<sip:odziv@{};transport=tls>", flow.local),
    }
}

fn leg_key(call_id: &str, tag: &str) -> Box<str> {
    let mut key = String::with_capacity(call_id.len() + tag.len() + 1);
    for part in [call_id, "|", tag] {
        key.push_str(part);
    }
    key.into()
}
