//! What the peer asks for.

use std::sync::Arc;
use std::time::Instant;

use super::leg::{Invited, Leg, Reoffer, Stage, Up};
use super::offers::fingerprint;
use super::session::{MIN_SE_S, SessionTimer, Terms, TooSmall};
use super::{Agent, DialogId, Event, MAX_DIALOGS, accepted, leg_key, stateless_tag};
use crate::protocol::sip::Flow;
use crate::protocol::sip::message::{Builder, Method, Request, Status};
use crate::protocol::sip::transaction::ServerId;

/// Seconds after which a peer whose re-INVITEs crossed may try again (RFC 3261 §14.2 asks for 0 to 10).
const REINVITE_RETRY_S: u32 = 2;

/// Extensions that a peer may insist on: RFC 3891, RFC 4028, RFC 4488.
const KNOWN: [&str; 3] = ["replaces", "timer", "norefersub"];

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
                    .header("Accept-Language", "sr, en")
                    .header("Supported", super::SUPPORTED);
                self.transactions.answer(id, Status::OK, answer.finish(), now);
            }
            (None, Method::Register) => self.events.push_back(Event::Request { id, request, flow }),
            // RFC 3515 §2.4.2 lets REFER make a dialog of its own; nobody is transferred who is not in a call with us.
            (None, Method::Refer) => self.say(id, &request, flow, Status::FORBIDDEN, now),
            // BYE, INFO and UPDATE exist only within a dialog; NOTIFY only within a subscription.
            (None, _) => self.say(id, &request, flow, Status::NO_SUCH_DIALOG, now),
        }
    }

    /// An ACK for a 2xx. Others ended with their transaction. It is matched by its dialog alone, wherever it comes from.
    pub(super) fn acknowledged(&mut self, ack: Request, flow: Flow, now: Instant) {
        let Some(id) = self.find(&ack) else { return };
        let Some(Leg { stage: Stage::Up(up), .. }) = self.legs.get_mut(&id) else { return };
        if up.dialog.remote_tag != ack.from.tag {
            return;
        }
        // Some peers count the ACK for the first 2xx wrongly. It is believed where nothing depends on which one it acknowledges.
        let fits = |cseq: u32, first: bool, offered: bool| cseq == ack.cseq || (first && !offered);
        let matched = up.unacknowledged.take_if(|w| fits(w.cseq, w.first, w.offered));
        let Some(waiting) = matched else { return };
        if up.leaving {
            return self.say_bye(id, false, now);
        }
        up.dialog.heard_on(flow);
        if waiting.offered {
            up.heard = fingerprint(&ack.body);
        }
        let body = if waiting.offered { ack.body } else { Vec::new() };
        self.events.push_back(Event::Acknowledged { dialog: DialogId(id), body });
        self.offer_next(id, now);
        self.arm(id, now);
    }

    /// Another INVITE, or media and requests for half a minute, show that the peer has our 2xx.
    pub(super) fn acknowledged_by_implication(&mut self, id: u64, now: Instant) {
        let Some(Leg { stage: Stage::Up(up), .. }) = self.legs.get_mut(&id) else { return };
        if up.unacknowledged.take_if(|waiting| !waiting.offered).is_none() {
            return;
        }
        if up.leaving {
            return self.say_bye(id, false, now);
        }
        self.events.push_back(Event::Acknowledged { dialog: DialogId(id), body: Vec::new() });
        self.arm(id, now);
    }

    pub(super) fn cancelled(&mut self, transaction: ServerId, now: Instant) {
        let Some(&id) = self.by_server.get(&transaction) else { return };
        match self.legs.get(&id).map(|leg| &leg.stage) {
            Some(Stage::Invited(_)) => self.terminate_invite(id, now),
            // A re-INVITE can be taken back too: the session stays as it was (§14.1).
            Some(Stage::Up(_)) => self.refuse_offer(DialogId(id), Status::REQUEST_TERMINATED, now),
            _ => {}
        }
    }

    fn invited(&mut self, transaction: ServerId, request: Box<Request>, flow: Flow, now: Instant) {
        if self.legs.len() >= MAX_DIALOGS {
            return self.say(transaction, &request, flow, Status::SERVICE_UNAVAILABLE, now);
        }
        let Ok(terms) = self.terms_or_refuse(transaction, &request, flow, now) else { return };
        let trying = request.answer(Status::TRYING, flow.remote, "").finish();
        self.transactions.answer(transaction, Status::TRYING, trying, now);
        let tag = self.token();
        let invite = Arc::new(*request);
        let invited =
            Invited { invite: invite.clone(), transaction, tag: tag.clone(), flow, said: None, terms };
        let id = self.remember(&invite.call_id, &tag, Stage::Invited(Box::new(invited)), None);
        self.by_server.insert(transaction, id);
        self.events.push_back(Event::Invited { dialog: DialogId(id), invite, flow });
    }

    fn requested_within(&mut self, transaction: ServerId, request: Box<Request>, flow: Flow, now: Instant) {
        let Some(id) = self.find(&request) else {
            return self.say(transaction, &request, flow, Status::NO_SUCH_DIALOG, now);
        };
        let Some(leg) = self.legs.get_mut(&id) else { return };
        match &mut leg.stage {
            Stage::Invited(invited) if request.from.tag == invited.invite.from.tag => {
                self.requested_early(id, transaction, &request, flow, now);
            }
            // We never heard its 2xx, and it has stopped to wait for our ACK.
            Stage::Inviting(inviting)
                if request.method == Method::Bye
                    && request.from.tag.as_ref().is_some_and(|tag| inviting.early.contains(tag)) =>
            {
                self.say(transaction, &request, flow, Status::OK, now);
                self.not_answered(id, now);
            }
            // Our BYE and the peer's crossed.
            Stage::Leaving(_) if request.method == Method::Bye => {
                self.say(transaction, &request, flow, Status::OK, now);
            }
            Stage::Up(up) => match up.dialog.admit(&request) {
                Err(status) => self.say(transaction, &request, flow, status, now),
                Ok(()) => {
                    up.dialog.heard_on(flow);
                    match request.method {
                        Method::Bye => {}
                        // §14.1: it would not ask again without our answer.
                        Method::Invite => self.acknowledged_by_implication(id, now),
                        // It may not have our 2xx yet, but it is there.
                        _ => self.seems_alive(DialogId(id)),
                    }
                    // It was waited for only to say BYE.
                    if !matches!(self.legs.get(&id), Some(Leg { stage: Stage::Up(_), .. })) {
                        return self.say(transaction, &request, flow, Status::NO_SUCH_DIALOG, now);
                    }
                    self.requested_while_up(id, transaction, request, flow, now);
                    self.arm(id, now);
                }
            },
            Stage::Invited(_) | Stage::Inviting(_) | Stage::Leaving(_) => {
                self.say(transaction, &request, flow, Status::NO_SUCH_DIALOG, now);
            }
        }
    }

    /// From a caller whom we have not answered.
    fn requested_early(
        &mut self,
        id: u64,
        transaction: ServerId,
        request: &Request,
        flow: Flow,
        now: Instant,
    ) {
        match request.method {
            Method::Bye => {
                self.say(transaction, request, flow, Status::OK, now);
                self.terminate_invite(id, now);
            }
            // RFC 3311 §5.2: its first offer is not answered yet.
            Method::Update if !request.body.is_empty() => {
                self.say(transaction, request, flow, Status::REQUEST_PENDING, now);
            }
            Method::Update => {
                let answer = accepted(request, "", None, flow).finish();
                self.transactions.answer(transaction, Status::OK, answer, now);
            }
            Method::Info => {
                self.say(transaction, request, flow, Status::OK, now);
                if let Some(digit) = info_digit(request) {
                    self.events.push_back(Event::Digit { dialog: DialogId(id), digit });
                }
            }
            Method::Options => self.say(transaction, request, flow, Status::OK, now),
            // §14.2: an INVITE within the dialog while the first is open.
            Method::Invite => self.say_wait(transaction, request, flow, now),
            _ => self.say(transaction, request, flow, Status::NO_SUCH_DIALOG, now),
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
                self.left(id, now);
            }
            Method::Invite | Method::Update => self.reoffered(id, transaction, request, flow, now),
            Method::Refer => self.referred(id, transaction, request, flow, now),
            Method::Info => {
                self.say(transaction, &request, flow, Status::OK, now);
                if let Some(digit) = info_digit(&request) {
                    self.events.push_back(Event::Digit { dialog, digit });
                }
            }
            // RFC 6665 §4.1.3: we hold no subscription.
            Method::Notify => self.say(transaction, &request, flow, Status::NO_SUCH_DIALOG, now),
            _ => self.say(transaction, &request, flow, Status::OK, now),
        }
    }

    /// The peer said BYE.
    fn left(&mut self, id: u64, now: Instant) {
        self.refuse_open_refer(id, Status::NO_SUCH_DIALOG, now);
        let Some(Leg { stage: Stage::Up(up), .. }) = self.legs.get_mut(&id) else { return };
        let was_leaving = up.leaving;
        // §15.1.2: what is still pending gets 487.
        if let Some(reoffer) = up.reoffer.take() {
            self.by_server.remove(&reoffer.transaction);
            let Reoffer { request, transaction, flow, .. } = reoffer;
            self.say(transaction, &request, flow, Status::REQUEST_TERMINATED, now);
        }
        self.forget(id, now);
        let dialog = DialogId(id);
        self.events.push_back(if was_leaving { Event::Ended { dialog } } else { Event::HungUp { dialog } });
    }

    fn reoffered(&mut self, id: u64, transaction: ServerId, request: Box<Request>, flow: Flow, now: Instant) {
        let Ok(terms) = self.terms_or_refuse(transaction, &request, flow, now) else { return };
        let Some(Leg { stage: Stage::Up(up), .. }) = self.legs.get_mut(&id) else { return };
        let only_refreshes = request.method == Method::Update && request.body.is_empty();
        match crossing(up).filter(|_| !only_refreshes) {
            Some(Status::SERVER_ERROR) => return self.say_wait(transaction, &request, flow, now),
            Some(status) => return self.say(transaction, &request, flow, status, now),
            None => {}
        }
        up.dialog.refresh_target(request.contact());
        up.updates |= request.allows(&Method::Update);
        // The same again says only that the peer is there: the answer is the same too.
        let repeated = !request.body.is_empty() && up.answers && fingerprint(&request.body) == up.heard;
        if only_refreshes {
            // RFC 4028 §9: every refresh agrees anew.
            up.timer = terms.map(|terms| SessionTimer::start(terms, false, now));
            let answer = accepted(&request, "", terms, flow).finish();
            return self.transactions.answer(transaction, Status::OK, answer, now);
        }
        if request.method == Method::Invite {
            let trying = request.answer(Status::TRYING, flow.remote, "").finish();
            self.transactions.answer(transaction, Status::TRYING, trying, now);
        }
        if request.method == Method::Invite {
            self.by_server.insert(transaction, id);
        }
        let (offer, sdp) = (request.body.clone(), up.sdp.clone());
        up.reoffer = Some(Reoffer { request, transaction, flow, terms });
        if repeated {
            return self.accept_offer(DialogId(id), &sdp, now);
        }
        self.events.push_back(Event::Reoffered { dialog: DialogId(id), offer });
    }

    /// RFC 4028 §9.
    fn terms_or_refuse(
        &mut self,
        transaction: ServerId,
        request: &Request,
        flow: Flow,
        now: Instant,
    ) -> Result<Option<Terms>, TooSmall> {
        let terms = Terms::answer(request);
        if terms.is_err() {
            let status = Status::SESSION_INTERVAL_TOO_SMALL;
            let answer = request.answer(status, flow.remote, &stateless_tag(request));
            self.transactions.answer(transaction, status, answer.header("Min-SE", MIN_SE_S).finish(), now);
        }
        terms
    }

    /// 487 to the INVITE, because of CANCEL or BYE.
    fn terminate_invite(&mut self, id: u64, now: Instant) {
        if let Some(Leg { stage: Stage::Invited(_), .. }) = self.legs.get(&id) {
            self.reject(DialogId(id), Status::REQUEST_TERMINATED, None, now);
            self.events.push_back(Event::Cancelled { dialog: DialogId(id) });
        }
    }

    fn find(&self, request: &Request) -> Option<u64> {
        let tag = request.to.tag.as_deref()?;
        self.by_key.get(&leg_key(&request.call_id, tag)).copied()
    }

    pub(super) fn say(&mut self, id: ServerId, request: &Request, flow: Flow, status: Status, now: Instant) {
        let answer = request.answer(status, flow.remote, &stateless_tag(request));
        self.transactions.answer(id, status, answer.finish(), now);
    }

    /// §14.2: another of the peer's offers is open.
    fn say_wait(&mut self, id: ServerId, request: &Request, flow: Flow, now: Instant) {
        let answer = request.answer(Status::SERVER_ERROR, flow.remote, &stateless_tag(request));
        let answer = answer.header("Retry-After", REINVITE_RETRY_S).finish();
        self.transactions.answer(id, Status::SERVER_ERROR, answer, now);
    }
}

fn refuse_before_work(request: &Request, flow: Flow) -> Option<(Status, Builder)> {
    let answer = |status| request.answer(status, flow.remote, &stateless_tag(request));
    let status = match request.method {
        Method::Invite
        | Method::Bye
        | Method::Options
        | Method::Info
        | Method::Update
        | Method::Refer
        | Method::Register => None,
        // RFC 6665 §4.2.1.1: we publish no state; what stands in a REFER's subscription is asked for by REFER alone.
        Method::Subscribe => return Some((Status::BAD_EVENT, answer(Status::BAD_EVENT))),
        Method::Notify if !is_event(request, "refer") => {
            return Some((Status::BAD_EVENT, answer(Status::BAD_EVENT)));
        }
        Method::Notify => None,
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
    // RFC 7332: a call that goes in circles through exchanges like us. Who asks whether we are there may use up its last hop (§11).
    if request.max_forwards() == Some(0) && request.to.tag.is_none() && request.method != Method::Options {
        return Some((Status::TOO_MANY_HOPS, answer(Status::TOO_MANY_HOPS)));
    }
    // §8.2.2.3
    let known = |option: &str| KNOWN.iter().any(|known| known.eq_ignore_ascii_case(option));
    let unsupported: Vec<&str> = request.required().filter(|option| !known(option)).collect();
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
    // RFC 3891 §3: exactly one, with both tags.
    let replaces = request.headers("Replaces").count();
    if request.method == Method::Invite && (replaces > 1 || replaces == 1 && request.replaces().is_none()) {
        return Some((Status::BAD_REQUEST, answer(Status::BAD_REQUEST)));
    }
    None
}

fn is_event(request: &Request, package: &str) -> bool {
    let event = request.header("Event").and_then(|event| event.split(';').next()).unwrap_or_default();
    event.trim().eq_ignore_ascii_case(package)
}

/// Whether an offer must wait: §14.2, RFC 3311 §5.2 and RFC 6337 §2.3.
fn crossing(up: &Up) -> Option<Status> {
    if up.reoffer.is_some() {
        return Some(Status::SERVER_ERROR);
    }
    // Our offer is out: in a re-INVITE, or in a 2xx whose answer comes with the ACK.
    let asking = up.asking.as_ref().is_some_and(|asking| asking.asked.request.body.is_some());
    let offered = up.unacknowledged.as_ref().is_some_and(|waiting| waiting.offered);
    (asking || offered).then_some(Status::REQUEST_PENDING)
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
