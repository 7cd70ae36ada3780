//! Other media while the call goes on: ours and the peer's offers, their crossing, and the refreshes of the session timer.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::time::{Duration, Instant};

use rand::Rng;

use super::leg::{Asked, Asking, Leg, Stage, Unacknowledged, Why};
use super::session::{SessionTimer, Terms, read_min_se};
use super::{Agent, Asker, DialogId, Event, SUPPORTED, accepted, contact};
use crate::protocol::sip::message::{Method, Response, Status};
use crate::protocol::sip::transaction::{ClientId, reply_flow};
use crate::protocol::sip::{Flow, Transmit};

/// Peers that refuse an offer so often because theirs is under way will refuse it again.
const MAX_GLARES: u8 = 8;

/// 422 asked for a longer interval so often; it will never be long enough.
const MAX_TRIES: u8 = 3;

/// A peer that works on a re-INVITE says so again within that time, or is gone. People are not asked for re-INVITEs.
const REINVITE_PATIENCE: Duration = Duration::from_secs(60);

/// The longest Retry-After for which an offer waits; whoever wants us to wait longer has refused it.
const LONGEST_RETRY_S: u32 = 10;

impl Agent {
    /// Offers other media in a call. [`Event::ReofferAnswered`] or [`Event::ReofferRefused`] follows. An offer that crosses the
    /// peer's is tried again (§14.1); one that waits for another to end is replaced by the next, of which alone then is told.
    pub fn reoffer(&mut self, dialog: DialogId, sdp: &[u8], now: Instant) {
        let Some(Leg { stage: Stage::Up(up), .. }) = self.legs.get_mut(&dialog.0) else { return };
        if up.leaving {
            return;
        }
        up.wanted = Some(sdp.to_vec());
        self.offer_next(dialog.0, now);
        self.arm(dialog.0, now);
    }

    /// Answers [`Event::Reoffered`] with our SDP.
    pub fn accept_offer(&mut self, dialog: DialogId, sdp: &[u8], now: Instant) {
        let Some(Leg { stage: Stage::Up(up), .. }) = self.legs.get_mut(&dialog.0) else { return };
        let Some(reoffer) = up.reoffer.take() else { return };
        self.by_server.remove(&reoffer.transaction);
        let request = &reoffer.request;
        let bytes = accepted(request, "", reoffer.terms, reoffer.flow).body("application/sdp", sdp);
        up.timer = reoffer.terms.map(|terms| SessionTimer::start(terms, false, now));
        up.sdp = sdp.to_vec();
        up.heard = fingerprint(&request.body);
        up.answers = !request.body.is_empty();
        if request.method == Method::Invite {
            let ok = Transmit { flow: reply_flow(request, reoffer.flow), bytes: bytes.clone() };
            let offered = request.body.is_empty();
            let mut waiting = Unacknowledged::new(request.cseq, false, offered, ok, now);
            waiting.alive = up.acks_are_lost && !offered;
            up.unacknowledged = Some(waiting);
        }
        self.transactions.answer(reoffer.transaction, Status::OK, bytes, now);
        self.offer_next(dialog.0, now);
        self.arm(dialog.0, now);
    }

    /// Answers [`Event::Reoffered`] with a refusal; the call goes on as it was (§14.2).
    pub fn refuse_offer(&mut self, dialog: DialogId, status: Status, now: Instant) {
        let Some(Leg { stage: Stage::Up(up), .. }) = self.legs.get_mut(&dialog.0) else { return };
        let Some(reoffer) = up.reoffer.take() else { return };
        self.by_server.remove(&reoffer.transaction);
        let bytes = reoffer.request.answer(status, reoffer.flow.remote, "").finish();
        self.transactions.answer(reoffer.transaction, status, bytes, now);
        self.offer_next(dialog.0, now);
        self.arm(dialog.0, now);
    }

    /// Sends what waits, if its time has come: the user's offer, or a refresh.
    pub(super) fn offer_next(&mut self, id: u64, now: Instant) {
        let Some(Leg { stage: Stage::Up(up), .. }) = self.legs.get_mut(&id) else { return };
        if !up.may_offer(now) {
            return;
        }
        up.not_before = None;
        let (why, method, body) = match up.wanted.take() {
            Some(sdp) => (Why::Offer(sdp.clone()), Method::Invite, Some(sdp)),
            None if up.updates => (Why::Refresh, Method::Update, None),
            None => (Why::Refresh, Method::Invite, Some(up.sdp.clone())),
        };
        let (_, flow) = up.dialog.ack(0);
        let mut headers = vec![("Contact", contact(flow)), ("Allow", Method::ALLOWED.to_owned())];
        headers.push(("Supported", SUPPORTED.to_owned()));
        if let Some(timer) = &up.timer {
            headers.push(("Session-Expires", timer.terms(up.min_se_s).write()));
            headers.push(("Min-SE", up.min_se_s.max(super::session::MIN_SE_S).to_string()));
        }
        let body = body.map(|sdp| ("application/sdp", sdp));
        match self.ask(id, method, headers, body, now) {
            Some(asked) => self.asking(id, asked, why),
            None => self.offer_refused(id, why, Status::SERVICE_UNAVAILABLE, now),
        }
    }

    fn asking(&mut self, id: u64, asked: Asked, why: Why) {
        self.by_client.insert(asked.client, Asker::Offer(id));
        if let Some(Leg { stage: Stage::Up(up), .. }) = self.legs.get_mut(&id) {
            up.asking = Some(Asking { asked, why, until: None });
        }
    }

    pub(super) fn offer_answered(
        &mut self,
        id: u64,
        client: ClientId,
        response: Box<Response>,
        flow: Flow,
        now: Instant,
    ) {
        let Some(Leg { stage: Stage::Up(up), .. }) = self.legs.get_mut(&id) else { return };
        // A 2xx came again: its ACK was lost.
        if let Some((_, ack)) = up.acks.iter().find(|(of, _)| *of == client) {
            let ack = ack.clone();
            return self.transactions.send(ack);
        }
        let Some(asking) = up.asking.as_mut().filter(|asking| asking.asked.client == client) else { return };
        if response.status.is_provisional() {
            if asking.asked.request.method == Method::Invite {
                asking.until = Some(now + REINVITE_PATIENCE);
            }
            return self.arm(id, now);
        }
        let Some(Asking { asked, why, .. }) = up.asking.take() else { return };
        if response.status.is_success() {
            self.offer_accepted(id, &asked, why, response, flow, now);
        } else {
            self.by_client.remove(&client);
            self.offer_not_accepted(id, asked, why, &response, now);
        }
        self.offer_next(id, now);
        self.arm(id, now);
    }

    fn offer_accepted(
        &mut self,
        id: u64,
        asked: &Asked,
        why: Why,
        response: Box<Response>,
        flow: Flow,
        now: Instant,
    ) {
        let branch = self.branch();
        let Some(Leg { stage: Stage::Up(up), .. }) = self.legs.get_mut(&id) else { return };
        up.dialog.heard_on(flow);
        up.dialog.refresh_target(response.contact());
        up.glares = 0;
        up.timer = Terms::answered(&response).map(|terms| SessionTimer::start(terms, true, now));
        up.updates |= response.allows(&Method::Update);
        let heard = fingerprint(&response.body);
        let news = match why {
            Why::Offer(sdp) => {
                up.sdp = sdp;
                up.answers = false;
                true
            }
            // The peer used our repetition to say something new about itself.
            Why::Refresh => !response.body.is_empty() && heard != up.heard,
        };
        if !response.body.is_empty() {
            up.heard = heard;
        }
        if asked.request.method == Method::Invite {
            let (ack, flow) = up.dialog.ack(asked.request.cseq);
            let ack = Transmit { flow, bytes: ack.write(flow, &branch) };
            let old = up.keep_ack(asked.client, ack.clone());
            self.transactions.send(ack);
            self.forget_clients(old.as_slice(), now);
        } else {
            self.by_client.remove(&asked.client);
        }
        if news {
            let body = response.body;
            self.events.push_back(Event::ReofferAnswered { dialog: DialogId(id), body });
        }
    }

    fn offer_not_accepted(&mut self, id: u64, asked: Asked, why: Why, response: &Response, now: Instant) {
        match response.status {
            // §12.2.1.2: the peer has forgotten the call, or cannot be reached.
            Status::NO_SUCH_DIALOG | Status::REQUEST_TIMEOUT => self.lost(id, now),
            Status::UNAUTHORIZED | Status::PROXY_AUTHENTICATION_REQUIRED => {
                match self.sign_again(id, &asked, response, now) {
                    Some(asked) => self.asking(id, asked, why),
                    None => self.offer_refused(id, why, response.status, now),
                }
            }
            Status::SESSION_INTERVAL_TOO_SMALL if asked.tries < MAX_TRIES => {
                let least = response.header("Min-SE").and_then(read_min_se).unwrap_or(0);
                let Some(Leg { stage: Stage::Up(up), .. }) = self.legs.get_mut(&id) else { return };
                if least <= up.min_se_s {
                    return self.offer_refused(id, why, response.status, now);
                }
                up.min_se_s = least;
                self.offer_waits(id, why, now);
            }
            Status::REQUEST_PENDING => {
                let pause = self.glare_pause(id);
                self.offer_crossed(id, why, response.status, now + pause);
            }
            Status::SERVER_ERROR if response.retry_after_s().is_some_and(|s| s <= LONGEST_RETRY_S) => {
                let pause = Duration::from_secs(response.retry_after_s().unwrap_or(0).into());
                self.offer_crossed(id, why, response.status, now + pause.max(Duration::from_millis(500)));
            }
            status => {
                let Some(Leg { stage: Stage::Up(up), .. }) = self.legs.get_mut(&id) else { return };
                if asked.request.method == Method::Update {
                    // It said that it takes UPDATE and does not; its session is refreshed by re-INVITE at once.
                    up.updates = false;
                    return;
                }
                self.offer_refused(id, why, status, now);
            }
        }
    }

    /// Offers crossed: ours waits, unless the user wants something newer by now.
    fn offer_crossed(&mut self, id: u64, why: Why, status: Status, not_before: Instant) {
        let Some(Leg { stage: Stage::Up(up), .. }) = self.legs.get_mut(&id) else { return };
        up.glares = up.glares.saturating_add(1);
        if up.glares > MAX_GLARES {
            up.glares = 0;
            return self.offer_refused(id, why, status, not_before);
        }
        up.not_before = Some(not_before);
        if let Why::Offer(sdp) = why {
            up.wanted.get_or_insert(sdp);
        }
    }

    /// To be tried again at once.
    fn offer_waits(&mut self, id: u64, why: Why, now: Instant) {
        let Some(Leg { stage: Stage::Up(up), .. }) = self.legs.get_mut(&id) else { return };
        up.not_before = Some(now);
        if let Why::Offer(sdp) = why {
            up.wanted.get_or_insert(sdp);
        }
    }

    fn offer_refused(&mut self, id: u64, why: Why, status: Status, now: Instant) {
        let Some(Leg { stage: Stage::Up(up), .. }) = self.legs.get_mut(&id) else { return };
        // Whatever it was that failed, the session's own refresh comes later.
        if let Some(timer) = &mut up.timer {
            timer.try_again(now);
        }
        if let Why::Offer(_) = why {
            self.events.push_back(Event::ReofferRefused { dialog: DialogId(id), status });
        }
    }

    /// §14.1: 2.1 to 4 s for the one who made the Call-ID, up to 2 s for the other, so that they do not cross again.
    fn glare_pause(&mut self, id: u64) -> Duration {
        let ours = match self.legs.get(&id) {
            Some(Leg { stage: Stage::Up(up), .. }) => up.we_called,
            _ => false,
        };
        let steps =
            if ours { self.random.random_range(210..=400) } else { self.random.random_range(0..=200) };
        Duration::from_millis(10) * steps
    }
}

/// To see whether a description is a new one without keeping it.
pub(super) fn fingerprint(body: &[u8]) -> u64 {
    let mut hasher = DefaultHasher::new();
    body.hash(&mut hasher);
    hasher.finish()
}
