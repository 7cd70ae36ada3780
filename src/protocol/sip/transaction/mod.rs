//! The transaction layer (RFC 3261 §17): what is lost is sent again, what comes twice is seen once.
//!
//! Fed with parsed messages and the time; gives [`Transmit`]s, [`Event`]s and the next time-out. Also answers CANCEL, which
//! concerns a transaction rather than a dialog (§9.2).

mod client;
mod server;
#[cfg(test)]
mod tests;
pub mod timers;

use std::collections::{HashMap, VecDeque};
use std::hash::{BuildHasher, RandomState};
use std::sync::Arc;
use std::time::Instant;

use super::message::{Message, Method, OutRequest, Request, Response, Status};
use super::{Flow, Transmit, Transport};
use client::{Client, Heard};
use server::Server;
use timers::{Armed, Timers};

/// At 3,000 calls a second two transactions a call live for 32 s after their answer: 192,000. Beyond this bound new requests are
/// dropped, and the peer's retransmissions ask again.
pub const MAX_TRANSACTIONS: usize = 262_144;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct ServerId(u64);

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct ClientId(u64);

/// What the user of the layer hears.
#[derive(Debug)]
pub enum Event {
    /// A new request. Must be answered by [`Transactions::answer`].
    Request { id: ServerId, request: Box<Request>, flow: Flow },
    /// ACK for a 2xx: belongs to a dialog, not to a transaction.
    Ack { request: Box<Request>, flow: Flow },
    /// The INVITE was taken back while it had no final answer. CANCEL is answered already; the INVITE wants its 487.
    Cancelled { id: ServerId },
    /// A provisional or final answer; more than one 2xx may come to an INVITE.
    Response { id: ClientId, response: Box<Response>, flow: Flow },
    /// No final answer came in time: as if 408 had come (§8.1.3.1).
    TimedOut { id: ClientId },
}

/// All transactions of one user agent.
#[derive(Debug)]
pub struct Transactions {
    limit: usize,
    by_key: HashMap<Box<str>, u64>,
    /// INVITEs by what does not change when a proxy forks them (§8.2.2.2), as a keyed hash: nobody can aim at a collision.
    by_origin: HashMap<u64, u64>,
    origins: RandomState,
    live: HashMap<u64, Entry>,
    timers: Timers,
    last_id: u64,
    transmits: VecDeque<Transmit>,
    events: VecDeque<Event>,
}

#[derive(Debug)]
struct Entry {
    key: Box<str>,
    side: Side,
    armed: Armed,
    origin: Option<u64>,
}

#[derive(Debug)]
enum Side {
    Server(Server),
    Client(Box<Client>),
}

/// No room for another transaction.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the transaction table is full")]
pub struct Full;

impl Default for Transactions {
    fn default() -> Self {
        Self::bounded(MAX_TRANSACTIONS)
    }
}

impl Transactions {
    /// Holds at most so many transactions at once.
    pub fn bounded(limit: usize) -> Self {
        Self {
            limit,
            by_key: HashMap::new(),
            by_origin: HashMap::new(),
            origins: RandomState::new(),
            live: HashMap::new(),
            timers: Timers::default(),
            last_id: 0,
            transmits: VecDeque::new(),
            events: VecDeque::new(),
        }
    }

    /// Whether the request is known already, so that an admission control counts only new ones.
    pub fn knows(&self, request: &Request) -> bool {
        self.by_key.contains_key(server_key(request).as_str())
    }

    pub fn receive(&mut self, message: Message, flow: Flow, now: Instant) {
        match message {
            Message::Request(request) => self.receive_request(request, flow, now),
            Message::Response(response) => self.receive_response(response, flow, now),
        }
    }

    /// Sends an answer. Ignored when a final one went out before, or the transaction is gone.
    pub fn answer(&mut self, id: ServerId, status: Status, bytes: std::sync::Arc<[u8]>, now: Instant) {
        if let Some(Entry { side: Side::Server(server), .. }) = self.live.get_mut(&id.0) {
            server.answer(status, bytes, now, &mut self.transmits);
            self.after(id.0, now);
        }
    }

    /// Starts a client transaction; `branch` is unique and begins with the magic cookie.
    pub fn request(
        &mut self,
        request: impl Into<Arc<OutRequest>>,
        branch: String,
        flow: Flow,
        now: Instant,
    ) -> Result<ClientId, Full> {
        let request = request.into();
        let key = client_key(&branch, &request.method);
        let client = Client::start(request, branch, flow, now, &mut self.transmits);
        let id = self.insert(key, Side::Client(Box::new(client)))?;
        self.after(id, now);
        Ok(ClientId(id))
    }

    /// Takes an INVITE back, now or as soon as a provisional answer allows it (§9.1).
    pub fn cancel(&mut self, id: ClientId, now: Instant) {
        self.cancel_because(id, None, now);
    }

    /// As [`Transactions::cancel`]; `why` is what the Reason header says (RFC 3326).
    pub fn cancel_because(&mut self, id: ClientId, why: Option<&'static str>, now: Instant) {
        if let Some(Entry { side: Side::Client(client), .. }) = self.live.get_mut(&id.0)
            && let Some(cancel) = client.cancel(why, now)
        {
            self.start_cancel(cancel, now);
            self.after(id.0, now);
        }
    }

    /// Nobody waits for the answer any more.
    pub fn abandon(&mut self, id: ClientId, now: Instant) {
        if let Some(Entry { side: Side::Client(client), .. }) = self.live.get_mut(&id.0) {
            client.abandon(now);
            self.after(id.0, now);
        }
    }

    /// Whether nothing has come back yet.
    pub fn is_unheard(&self, id: ClientId) -> bool {
        matches!(self.live.get(&id.0), Some(Entry { side: Side::Client(client), .. }) if client.is_unheard())
    }

    /// Something that needs no transaction: a 2xx or its ACK, a stateless answer.
    pub fn send(&mut self, transmit: Transmit) {
        self.transmits.push_back(transmit);
    }

    pub fn poll_transmit(&mut self) -> Option<Transmit> {
        self.transmits.pop_front()
    }

    pub fn poll_event(&mut self) -> Option<Event> {
        self.events.pop_front()
    }

    pub fn poll_timeout(&self) -> Option<Instant> {
        self.timers.next()
    }

    pub fn handle_timeout(&mut self, now: Instant) {
        while let Some(id) = self.timers.pop(now) {
            let Some(entry) = self.live.get_mut(&id) else { continue };
            entry.armed.popped(now);
            match &mut entry.side {
                Side::Server(server) => match server.tick(now, &mut self.transmits) {
                    server::Tick::Alive => self.after(id, now),
                    server::Tick::Over | server::Tick::Unacknowledged => self.remove(id),
                },
                Side::Client(client) => match client.tick(now, &mut self.transmits) {
                    client::Tick::Alive => self.after(id, now),
                    client::Tick::Over => self.remove(id),
                    client::Tick::TimedOut => {
                        self.remove(id);
                        self.events.push_back(Event::TimedOut { id: ClientId(id) });
                    }
                },
            }
        }
    }

    pub fn len(&self) -> usize {
        self.live.len()
    }

    pub fn is_empty(&self) -> bool {
        self.live.is_empty()
    }

    fn receive_request(&mut self, request: Request, flow: Flow, now: Instant) {
        let key = server_key(&request);
        let known = self.by_key.get(key.as_str()).copied();
        match (&request.method, known) {
            (Method::Ack, known) => {
                // §17.2.1: an ACK within the transaction ends the repeating of a refusal; one for a 2xx has its own branch, but
                // RFC 2543 peers and some others reuse it, so an ACK that ends nothing goes on to the dialog.
                if let Some(id) = known
                    && let Some(Entry { side: Side::Server(server), .. }) = self.live.get_mut(&id)
                {
                    server.acknowledged(now);
                    self.after(id, now);
                }
                self.events.push_back(Event::Ack { request: Box::new(request), flow });
            }
            (_, Some(id)) => {
                if let Some(Entry { side: Side::Server(server), .. }) = self.live.get(&id) {
                    server.repeated(&mut self.transmits);
                }
            }
            (method, None) => {
                let invite = *method == Method::Invite;
                let server = Server::new(reply_flow(&request, flow), invite, now);
                let Ok(id) = self.insert(key, Side::Server(server)) else { return };
                self.after(id, now);
                match method {
                    Method::Cancel => self.receive_cancel(id, &request, flow, now),
                    Method::Invite if self.is_merged(id, &request) => {
                        let status = Status::LOOP_DETECTED;
                        let answer = request.answer(status, flow.remote, &format!("m{id:x}")).finish();
                        self.answer(ServerId(id), status, answer, now);
                    }
                    _ => {
                        let request = Box::new(request);
                        self.events.push_back(Event::Request { id: ServerId(id), request, flow });
                    }
                }
            }
        }
    }

    /// §8.2.2.2: the same INVITE by two ways, because a proxy before us forked it. Remembers those that are the first.
    fn is_merged(&mut self, id: u64, request: &Request) -> bool {
        if request.to.tag.is_some() {
            return false;
        }
        let origin = self.origins.hash_one((&request.call_id, &request.from.tag, request.cseq));
        let first = self.by_origin.get(&origin).and_then(|first| self.live.get(first));
        if matches!(first, Some(Entry { side: Side::Server(server), .. }) if server.is_under_way()) {
            return true;
        }
        self.by_origin.insert(origin, id);
        if let Some(entry) = self.live.get_mut(&id) {
            entry.origin = Some(origin);
        }
        false
    }

    /// §9.2: 200 when the INVITE is known, whatever its state; it is ended only while it has no final answer. Otherwise 481.
    fn receive_cancel(&mut self, id: u64, request: &Request, flow: Flow, now: Instant) {
        let invite = self.by_key.get(key_as(request, &Method::Invite).as_str()).copied();
        let status = if invite.is_some() { Status::OK } else { Status::NO_SUCH_DIALOG };
        let tag = format!("c{id:x}");
        self.answer(ServerId(id), status, request.answer(status, flow.remote, &tag).finish(), now);
        if let Some(invite) = invite
            && let Some(Entry { side: Side::Server(server), .. }) = self.live.get(&invite)
            && server.is_open()
        {
            self.events.push_back(Event::Cancelled { id: ServerId(invite) });
        }
    }

    fn receive_response(&mut self, response: Response, flow: Flow, now: Instant) {
        let Some(branch) = response.via.branch.as_deref() else { return };
        let Some(&id) = self.by_key.get(client_key(branch, &response.method).as_str()) else { return };
        let Some(Entry { side: Side::Client(client), .. }) = self.live.get_mut(&id) else { return };
        let heard = client.heard(&response, now, &mut self.transmits);
        let cancel = (heard == Heard::PassAndCancel).then(|| client.send_cancel(now));
        if heard != Heard::Swallow {
            self.events.push_back(Event::Response { id: ClientId(id), response: Box::new(response), flow });
        }
        self.after(id, now);
        if let Some(cancel) = cancel {
            self.start_cancel(cancel, now);
        }
    }

    fn start_cancel(&mut self, cancel: client::OutCancel, now: Instant) {
        let key = client_key(&cancel.branch, &Method::Cancel);
        let client =
            Client::start(cancel.request.into(), cancel.branch, cancel.flow, now, &mut self.transmits);
        // Without room for it the CANCEL has still been sent once.
        if let Ok(id) = self.insert(key, Side::Client(Box::new(client))) {
            self.after(id, now);
        }
    }

    fn insert(&mut self, key: String, side: Side) -> Result<u64, Full> {
        if self.live.len() >= self.limit {
            return Err(Full);
        }
        self.last_id += 1;
        let key: Box<str> = key.into();
        self.by_key.insert(key.clone(), self.last_id);
        self.live.insert(self.last_id, Entry { key, side, armed: Armed::default(), origin: None });
        Ok(self.last_id)
    }

    /// A transaction over a reliable transport ends at once; any other gets its next deadline.
    fn after(&mut self, id: u64, now: Instant) {
        let Some(entry) = self.live.get_mut(&id) else { return };
        let due = match &entry.side {
            Side::Server(server) => server.due(),
            Side::Client(client) => client.due(),
        };
        match due {
            Some(due) if due <= now => self.remove(id),
            due => self.timers.arm(id, &mut entry.armed, due),
        }
    }

    fn remove(&mut self, id: u64) {
        if let Some(entry) = self.live.remove(&id) {
            self.by_key.remove(&entry.key);
            if let Some(origin) = entry.origin
                && self.by_origin.get(&origin) == Some(&id)
            {
                self.by_origin.remove(&origin);
            }
        }
    }
}

/// §18.2.2: over TCP on the same connection, over UDP where Via says.
pub fn reply_flow(request: &Request, flow: Flow) -> Flow {
    match flow.transport {
        Transport::Tcp | Transport::Tls => flow,
        Transport::Udp => Flow { remote: request.via.reply_address(flow.remote), ..flow },
    }
}

/// §17.2.3: branch, sent-by and method; an ACK is looked for under its INVITE.
fn server_key(request: &Request) -> String {
    match request.method {
        Method::Ack => key_as(request, &Method::Invite),
        _ => key_as(request, &request.method),
    }
}

fn key_as(request: &Request, method: &Method) -> String {
    let via = &request.via;
    match &via.branch {
        Some(branch) if via.has_magic_cookie() => format!("s{branch}|{}|{}", via.sent_by, method.as_str()),
        // RFC 2543: no unique branch, so what names the request instead; without the To tag, which an ACK has and its INVITE has not.
        _ => format!(
            "o{}|{}|{}|{}|{}",
            request.call_id,
            request.from.tag.as_deref().unwrap_or_default(),
            request.cseq,
            via.raw,
            method.as_str()
        ),
    }
}

/// §17.1.3
fn client_key(branch: &str, method: &Method) -> String {
    format!("c{branch}|{}", method.as_str())
}
