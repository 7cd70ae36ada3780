//! What the peer asks for.

use std::sync::Arc;
use std::time::Instant;

use super::leg::{Reoffer, Stage, Up};
use super::{Agent, DialogId, Event, MAX_DIALOGS, leg_key};
use crate::protocol::sip::Flow;
use crate::protocol::sip::message::{Builder, Method, Request, Status};
use crate::protocol::sip::transaction::ServerId;

/// Seconds after which a peer whose re-INVITEs crossed may try again (RFC 3261 §14.2 asks for 0 to 10).
const REINVITE_RETRY_S: u32 = 2;

impl Agent {
    /// RFC 3261 §8.2, in its order: method, headers, content; then the dialog.
    pub(super) fn requested(&mut self, id: ServerId, request: Box<Request>, flow: Flow, now: Instant) {
        if let Some(refusal) = refuse_before_work(&request, flow) {
            let (status, answer) = refusal;
            self.transactions.answer(id, status, answer.finish(), now);
            return;
        }
        match (&request.to.tag, &request.method) {
            (Some(_), _) => self.requested_within(id, request, flow, now),
            (None, Method::Invite) => self.invited(id, request, flow, now),
            (None, Method::Options) => {
                let answer = request
                    .answer(Status::OK, flow.remote, &self.token())
                    .header("Allow", Method::ALLOWED)
                    .header("Accept", "application/sdp")
                    .header("Accept-Language", "sr, en");
                self.transactions.answer(id, Status::OK, answer.finish(), now);
            }
            (None, Method::Register) => self.events.push_back(Event::Request { id, request, flow }),
            // BYE, INFO and UPDATE exist only within a dialog.
            (None, _) => self.say(id, &request, flow, Status::NO_SUCH_DIALOG, now),
        }
    }

    /// An ACK for a 2xx. Others ended with their transaction.
    pub(super) fn acknowledged(&mut self, ack: Request, now: Instant) {
        let Some(id) = self.find(&ack) else { return };
        let Some(leg) = self.legs.get_mut(&id) else { return };
        let Stage::Up(up) = &mut leg.stage else { return };
        if up.dialog.remote_tag != ack.from.tag {
            return;
        }
        let Some(waiting) = up.unacknowledged.take_if(|waiting| waiting.cseq == ack.cseq) else { return };
        if up.leaving {
            return self.say_bye(id, false, now);
        }
        let body = if waiting.offered { ack.body } else { Vec::new() };
        self.events.push_back(Event::Acknowledged { dialog: DialogId(id), body });
    }

    pub(super) fn cancelled(&mut self, transaction: ServerId, now: Instant) {
        if let Some(&id) = self.by_server.get(&transaction) {
            self.terminate_invite(id, now);
        }
    }

    fn invited(&mut self, transaction: ServerId, request: Box<Request>, flow: Flow, now: Instant) {
        if self.legs.len() >= MAX_DIALOGS {
            return self.say(transaction, &request, flow, Status::SERVICE_UNAVAILABLE, now);
        }
        let trying = request.answer(Status::TRYING, flow.remote, "").finish();
        self.transactions.answer(transaction, Status::TRYING, trying, now);
        let tag = self.token();
        let invite = Arc::new(*request);
        let stage = Stage::Invited { invite: invite.clone(), transaction, tag: tag.clone(), flow };
        let id = self.remember(&invite.call_id, &tag, stage);
        self.by_server.insert(transaction, id);
        self.events.push_back(Event::Invited { dialog: DialogId(id), invite, flow });
    }

    fn requested_within(&mut self, transaction: ServerId, request: Box<Request>, flow: Flow, now: Instant) {
        let Some(id) = self.find(&request) else {
            return self.say(transaction, &request, flow, Status::NO_SUCH_DIALOG, now);
        };
        let Some(leg) = self.legs.get_mut(&id) else { return };
        match &mut leg.stage {
            Stage::Invited { invite, .. }
                if request.method == Method::Bye && request.from.tag == invite.from.tag =>
            {
                self.say(transaction, &request, flow, Status::OK, now);
                self.terminate_invite(id, now);
            }
            // Our BYE and the peer's crossed.
            Stage::Leaving { .. } if request.method == Method::Bye => {
                self.say(transaction, &request, flow, Status::OK, now);
            }
            Stage::Up(up) => match up.dialog.admit(&request) {
                Err(status) => self.say(transaction, &request, flow, status, now),
                Ok(()) => self.requested_while_up(id, transaction, request, flow, now),
            },
            Stage::Invited { .. } | Stage::Inviting { .. } | Stage::Leaving { .. } => {
                self.say(transaction, &request, flow, Status::NO_SUCH_DIALOG, now);
            }
        }
    }

    fn requested_while_up(
        &mut self,
        id: u64,
        transaction: ServerId,
        request: Box<Request>,
        flow: Flow,
        now: Instant,
    ) {
        let dialog = DialogId(id);
        match request.method {
            Method::Bye => {
                self.say(transaction, &request, flow, Status::OK, now);
                self.leave(id, now);
            }
            Method::Invite | Method::Update => self.reoffered(id, transaction, request, flow, now),
            Method::Info => {
                self.say(transaction, &request, flow, Status::OK, now);
                if let Some(digit) = info_digit(&request) {
                    self.events.push_back(Event::Digit { dialog, digit });
                }
            }
            _ => self.say(transaction, &request, flow, Status::OK, now),
        }
    }

    /// The peer said BYE.
    fn leave(&mut self, id: u64, now: Instant) {
        let Some(leg) = self.legs.get_mut(&id) else { return };
        if let Stage::Up(up) = &mut leg.stage {
            let was_leaving = up.leaving;
            // §15.1.2: what is still pending gets 487.
            if let Some(reoffer) = up.reoffer.take() {
                self.say(
                    reoffer.transaction,
                    &reoffer.request,
                    reoffer.flow,
                    Status::REQUEST_TERMINATED,
                    now,
                );
            }
            self.forget(id);
            let dialog = DialogId(id);
            self.events.push_back(if was_leaving {
                Event::Ended { dialog }
            } else {
                Event::HungUp { dialog }
            });
        }
    }

    fn reoffered(&mut self, id: u64, transaction: ServerId, request: Box<Request>, flow: Flow, now: Instant) {
        let Some(leg) = self.legs.get_mut(&id) else { return };
        let Stage::Up(up) = &mut leg.stage else { return };
        if let Some((status, retry)) = crossing(up) {
            let mut answer = request.answer(status, flow.remote, "");
            if retry {
                answer = answer.header("Retry-After", REINVITE_RETRY_S);
            }
            return self.transactions.answer(transaction, status, answer.finish(), now);
        }
        up.dialog.refresh_target(request.contact());
        if request.method == Method::Update && request.body.is_empty() {
            let answer = super::accepted(&request, "", flow).finish();
            return self.transactions.answer(transaction, Status::OK, answer, now);
        }
        if request.method == Method::Invite {
            let trying = request.answer(Status::TRYING, flow.remote, "").finish();
            self.transactions.answer(transaction, Status::TRYING, trying, now);
        }
        let offer = request.body.clone();
        up.reoffer = Some(Reoffer { request, transaction, flow });
        self.events.push_back(Event::Reoffered { dialog: DialogId(id), offer });
    }

    /// 487 to the INVITE, because of CANCEL or BYE.
    fn terminate_invite(&mut self, id: u64, now: Instant) {
        if let Some(leg) = self.legs.get(&id)
            && let Stage::Invited { .. } = leg.stage
        {
            self.reject(DialogId(id), Status::REQUEST_TERMINATED, None, now);
            self.events.push_back(Event::Cancelled { dialog: DialogId(id) });
        }
    }

    fn find(&self, request: &Request) -> Option<u64> {
        let tag = request.to.tag.as_deref()?;
        self.by_key.get(&leg_key(&request.call_id, tag)).copied()
    }

    fn say(&mut self, id: ServerId, request: &Request, flow: Flow, status: Status, now: Instant) {
        let answer = request.answer(status, flow.remote, &super::stateless_tag(request));
        self.transactions.answer(id, status, answer.finish(), now);
    }
}

fn refuse_before_work(request: &Request, flow: Flow) -> Option<(Status, Builder)> {
    let tag = super::stateless_tag(request);
    let answer = |status| request.answer(status, flow.remote, &tag);
    let status = match request.method {
        Method::Invite | Method::Bye | Method::Options | Method::Info | Method::Update | Method::Register => {
            None
        }
        Method::Unknown(_) => Some(Status::NOT_IMPLEMENTED),
        _ => Some(Status::METHOD_NOT_ALLOWED),
    };
    if let Some(status) = status {
        return Some((status, answer(status).header("Allow", Method::ALLOWED)));
    }
    // §8.2.2.1: a URI that cannot be a telephone number or a user.
    if !request.uri.is_sip() && request.uri.user().is_none() {
        return Some((Status(416), answer(Status(416))));
    }
    // §8.2.2.3: we know no extension that a peer could insist on.
    let unsupported: Vec<&str> = request.required().collect();
    if !unsupported.is_empty() {
        let status = Status::BAD_EXTENSION;
        return Some((status, answer(status).header("Unsupported", unsupported.join(", "))));
    }
    // §8.2.3
    if matches!(request.method, Method::Invite | Method::Update) && !request.body.is_empty() {
        let kind = request.header("Content-Type").unwrap_or("application/sdp");
        let kind = kind.split(';').next().unwrap_or_default().trim();
        if !kind.eq_ignore_ascii_case("application/sdp") {
            let status = Status::UNSUPPORTED_MEDIA_TYPE;
            return Some((status, answer(status).header("Accept", "application/sdp")));
        }
    }
    None
}

/// Whether an offer must wait: §14.2 and RFC 6337 §2.3. `true`: with Retry-After.
fn crossing(up: &Up) -> Option<(Status, bool)> {
    if up.reoffer.is_some() {
        return Some((Status::SERVER_ERROR, true));
    }
    // Our offer is out and its answer comes with the ACK.
    up.unacknowledged.as_ref().filter(|waiting| waiting.offered).map(|_| (Status::REQUEST_PENDING, false))
}

/// `Signal=5` of application/dtmf-relay, or the bare digit of application/dtmf.
fn info_digit(request: &Request) -> Option<char> {
    let kind = request.header("Content-Type")?.split(';').next()?.trim();
    let body = std::str::from_utf8(&request.body).ok()?;
    let signal = match kind {
        k if k.eq_ignore_ascii_case("application/dtmf-relay") => body.lines().find_map(|line| {
            let (name, value) = line.split_once('=')?;
            name.trim().eq_ignore_ascii_case("signal").then(|| value.trim())
        })?,
        k if k.eq_ignore_ascii_case("application/dtmf") => body.trim(),
        _ => return None,
    };
    match signal {
        "10" => Some('*'),
        "11" => Some('#'),
        _ => {
            let mut chars = signal.chars();
            let digit = chars.next()?.to_ascii_uppercase();
            (chars.next().is_none() && "0123456789*#ABCD".contains(digit)).then_some(digit)
        }
    }
}
