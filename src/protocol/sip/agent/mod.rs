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
mod outside;
mod requests;
mod responses;
#[cfg(test)]
mod tests;
mod types;

use std::collections::{HashMap, VecDeque};
use std::time::Instant;

use rand::rngs::StdRng;
use rand::{RngCore, SeedableRng};

use super::dialog::Dialog;
use super::message::{Malformed, Message, Method, OutRequest, Refusal, Replaces, Request, Status, parse};
use super::transaction::timers::{Armed, Timers};
use super::transaction::{self, ClientId, Full, ServerId, Transactions, reply_flow};
use super::{Flow, Transmit, Transport};
use leg::{Leg, Stage, Unacknowledged, Up};
pub use types::{Admission, Credentials, DialogId, Event, Outgoing, Refer, RequestId, TimedOut};

/// More dialogs at once than any configuration allows calls; reached only by a fault.
pub const MAX_DIALOGS: usize = 65_536;

#[derive(Debug)]
pub struct Agent {
    transactions: Transactions,
    legs: HashMap<u64, Leg>,
    by_key: HashMap<Box<str>, u64>,
    by_server: HashMap<ServerId, u64>,
    by_client: HashMap<ClientId, u64>,
    outside: HashMap<ClientId, RequestId>,
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
                    self.send_stateless(refuse_overloaded(request, flow, retry_after_s));
                    return Ok(());
                }
                self.receive_message(message, flow, now);
                Ok(())
            }
            Err(malformed) => {
                if let Malformed::Refused(refusal) = &malformed {
                    self.send_stateless(refuse_malformed(refusal, flow));
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

    /// 180.
    pub fn ring(&mut self, dialog: DialogId, now: Instant) {
        self.provisional(dialog, Status::RINGING, None, now);
    }

    /// 183 with the SDP of what is to be heard before the answer. [`Agent::answer`] must then say the same (RFC 3261 §13.2.1).
    pub fn early(&mut self, dialog: DialogId, sdp: &[u8], now: Instant) {
        self.provisional(dialog, Status::SESSION_PROGRESS, Some(sdp), now);
    }

    fn provisional(&mut self, dialog: DialogId, status: Status, sdp: Option<&[u8]>, now: Instant) {
        if let Some(Leg { stage: Stage::Invited { invite, transaction, tag, flow }, .. }) =
            self.legs.get(&dialog.0)
        {
            let answer = invite
                .answer(status, flow.remote, tag)
                .record_route_of(invite)
                .header("Contact", contact(*flow));
            let answer = match sdp {
                Some(sdp) => answer.body("application/sdp", sdp),
                None => answer.finish(),
            };
            self.transactions.answer(*transaction, status, answer, now);
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
        if let Some(replaces) = &call.replaces {
            headers.push(("Require", "replaces".to_owned()));
            headers.push(("Replaces", replaces.write()));
        }
        let request = OutRequest {
            method: Method::Invite,
            uri: call.uri.unwrap_or_else(|| call.to.clone()),
            route: call.route,
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

    /// Offers other media in a call. [`Event::ReofferAnswered`] or [`Event::ReofferRefused`] follows. An offer that crosses the
    /// peer's is tried again; one that waits for another of ours is replaced by the next.
    pub fn reoffer(&mut self, dialog: DialogId, sdp: &[u8], now: Instant) {
        let _ = (dialog, sdp, now);
    }

    /// Says that we try what [`Event::Referred`] asks: 202, and NOTIFY with 100.
    pub fn accept_refer(&mut self, dialog: DialogId, now: Instant) {
        let _ = (dialog, now);
    }

    /// Refuses [`Event::Referred`].
    pub fn refuse_refer(&mut self, dialog: DialogId, status: Status, now: Instant) {
        let _ = (dialog, status, now);
    }

    /// How far the call is that the peer asked for; a final status is the last that it hears.
    pub fn notify_refer(&mut self, dialog: DialogId, status: Status, now: Instant) {
        let _ = (dialog, status, now);
    }

    /// The dialog that a Replaces names (RFC 3891 §3), in whatever state it is.
    pub fn find_dialog(&self, replaces: &Replaces) -> Option<DialogId> {
        let id = *self.by_key.get(&leg_key(&replaces.call_id, &replaces.to_tag))?;
        let remote = match &self.legs.get(&id)?.stage {
            Stage::Invited { invite, .. } => invite.from.tag.as_deref(),
            Stage::Up(up) => up.dialog.remote_tag.as_deref(),
            Stage::Inviting { .. } | Stage::Leaving { .. } => return None,
        };
        // A peer from before RFC 3261 has no tag, which is written as 0.
        (remote.unwrap_or("0") == replaces.from_tag).then_some(DialogId(id))
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
        Transport::Tls => format!("<sip:odziv@{};transport=tls>", flow.local),
    }
}

fn leg_key(call_id: &str, tag: &str) -> Box<str> {
    format!("{call_id}|{tag}").into()
}
