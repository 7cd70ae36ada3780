//! What the peer says to what we asked.

use std::time::Instant;

use super::leg::{Asked, Inviting, Leg, Stage, Up};
use super::offers::fingerprint;
use super::session::{MIN_SE_S, SessionTimer, Terms, read_min_se};
use super::{Agent, Asker, DialogId, Event, TimedOut, leg_key};
use crate::protocol::sip::dialog::Dialog;
use crate::protocol::sip::message::{Method, NameAddr, OutRequest, Response, Status, split_list};
use crate::protocol::sip::transaction::ClientId;
use crate::protocol::sip::{Flow, Transmit};

/// A redirection names a handful of places; more are no help.
const MAX_CONTACTS: usize = 8;

/// More peers than ever ring at once for a forked call.
const MAX_FORKS: usize = 16;

/// 422 asked for a longer interval so often; it will never be long enough.
const MAX_TRIES: u8 = 3;

/// Why our INVITE came to nothing.
pub(super) struct Refused {
    status: Status,
    reason: Option<String>,
    retry_after_s: Option<u32>,
    contacts: Vec<String>,
}

impl Agent {
    pub(super) fn responded(&mut self, client: ClientId, response: Box<Response>, flow: Flow, now: Instant) {
        match self.by_client.get(&client).copied() {
            Some(Asker::Invite(id)) => self.invite_answered(id, client, response, flow, now),
            Some(Asker::Offer(id)) => self.offer_answered(id, client, response, flow, now),
            Some(Asker::Notify(id)) => {
                self.notified(id, client, &response, now);
                self.arm(id, now);
            }
            Some(Asker::Bye(id)) => self.bye_answered(id, client, &response, now),
            Some(Asker::Outside(request)) => self.replied(request, client, response, now),
            None => self.strayed(&response, flow, now),
        }
    }

    pub(super) fn timed_out(&mut self, client: ClientId, now: Instant) {
        let Some(asker) = self.by_client.remove(&client) else { return };
        match asker {
            Asker::Invite(id) => self.not_answered(id, now),
            // §14.1, §12.2.1.2: no answer within the dialog at all.
            Asker::Offer(id) => self.lost(id, now),
            Asker::Notify(id) => self.notify_next(id, false, now),
            Asker::Bye(id) => self.end(id, now),
            Asker::Outside(request) => self.reply(request, Err(TimedOut)),
        }
    }

    /// Our INVITE has no answer and will have none.
    pub(super) fn not_answered(&mut self, id: u64, now: Instant) {
        if let Some(Leg { stage: Stage::Inviting(inviting), .. }) = self.legs.get(&id) {
            let given_up = inviting.given_up;
            self.refused(id, Refused::because(Status::REQUEST_TIMEOUT), given_up, now);
        }
    }

    fn invite_answered(
        &mut self,
        id: u64,
        client: ClientId,
        response: Box<Response>,
        flow: Flow,
        now: Instant,
    ) {
        let Some(leg) = self.legs.get_mut(&id) else { return };
        match &mut leg.stage {
            Stage::Inviting(inviting) if response.status.is_provisional() => {
                if let Some(tag) = &response.to.tag
                    && inviting.early.len() < MAX_FORKS
                    && !inviting.early.contains(tag)
                {
                    inviting.early.push(tag.clone());
                }
                if response.status != Status::TRYING && !inviting.given_up {
                    let (dialog, status, body) = (DialogId(id), response.status, response.body);
                    self.events.push_back(Event::Progress { dialog, status, body });
                }
            }
            Stage::Inviting(_) if response.status.is_success() => {
                self.established(id, client, *response, flow, now);
            }
            Stage::Inviting(_) => self.not_established(id, client, &response, now),
            Stage::Up(_) => self.accepted_again(id, client, &response, flow, now),
            Stage::Leaving(_) | Stage::Invited(_) => {}
        }
    }

    fn established(&mut self, id: u64, client: ClientId, response: Response, flow: Flow, now: Instant) {
        let Some(Leg { stage: Stage::Inviting(inviting), .. }) = self.legs.get(&id) else { return };
        let (request, given_up) = (inviting.asked.request.clone(), inviting.given_up);
        let Some(dialog) = Dialog::as_uac(&request, &response, flow) else {
            return self.refused(id, Refused::because(Status::BAD_REQUEST), given_up, now);
        };
        let ack = self.write_ack(&dialog, response.cseq);
        self.transactions.send(ack.clone());
        let mut up = Up::new(dialog);
        up.acks.push_back((client, ack));
        up.timer = Terms::answered(&response).map(|terms| SessionTimer::start(terms, true, now));
        up.updates = response.allows(&Method::Update);
        up.sdp = request.body.as_ref().map(|(_, sdp)| sdp.clone()).unwrap_or_default();
        up.heard = fingerprint(&response.body);
        up.we_called = true;
        if let Some(leg) = self.legs.get_mut(&id) {
            leg.stage = Stage::Up(Box::new(up));
        }
        match given_up {
            // The 2xx and our CANCEL crossed (§9.1): take the call and leave it.
            true => self.say_bye(id, false, now),
            false => self.events.push_back(Event::Answered { dialog: DialogId(id), body: response.body }),
        }
        self.arm(id, now);
    }

    /// 401, 407 and 422 are answered by the same INVITE, changed; everything else is the end.
    fn not_established(&mut self, id: u64, client: ClientId, response: &Response, now: Instant) {
        let Some(leg) = self.legs.get_mut(&id) else { return };
        let mut auth = leg.auth.take();
        let Stage::Inviting(inviting) = &leg.stage else { return };
        let (asked, given_up) = (&inviting.asked, inviting.given_up);
        let signed = auth.as_mut().is_some_and(|auth| auth.challenged(response, &asked.request, asked.tries));
        let least = match response.status {
            Status::SESSION_INTERVAL_TOO_SMALL if asked.tries < MAX_TRIES => {
                response.header("Min-SE").and_then(read_min_se).filter(|least| *least > MIN_SE_S)
            }
            _ => None,
        };
        if given_up || !(signed || least.is_some()) {
            return self.refused(id, Refused::by(response), given_up, now);
        }
        let asked = Asked { request: asked.request.clone(), ..*asked };
        let cseq = asked.request.cseq + 1;
        let again = self.ask_again(
            &asked,
            auth.as_deref_mut(),
            cseq,
            |request| {
                if let Some(least) = least {
                    request.headers.retain(|(name, _)| *name != "Session-Expires" && *name != "Min-SE");
                    request.headers.push(("Session-Expires", Terms::wish(least).write()));
                    request.headers.push(("Min-SE", least.to_string()));
                }
            },
            now,
        );
        let Ok(asked) = again else { return self.refused(id, Refused::by(response), false, now) };
        self.by_client.remove(&client);
        self.by_client.insert(asked.client, Asker::Invite(id));
        if let Some(leg) = self.legs.get_mut(&id) {
            leg.auth = auth;
            leg.stage = Stage::Inviting(Box::new(Inviting::new(asked, now)));
        }
    }

    pub(super) fn refused(&mut self, id: u64, refused: Refused, given_up: bool, now: Instant) {
        self.forget(id, now);
        let dialog = DialogId(id);
        self.events.push_back(if given_up {
            Event::Ended { dialog }
        } else {
            let Refused { status, reason, retry_after_s, contacts } = refused;
            Event::Rejected { dialog, status, reason, retry_after_s, contacts }
        });
    }

    /// A 2xx came again: its ACK was lost, or the call was forked and somebody else took it too (§13.2.2.4).
    fn accepted_again(&mut self, id: u64, client: ClientId, response: &Response, flow: Flow, now: Instant) {
        if response.method != Method::Invite || !response.status.is_success() {
            return;
        }
        let Some(Leg { stage: Stage::Up(up), .. }) = self.legs.get_mut(&id) else { return };
        if up.dialog.remote_tag == response.to.tag {
            if let Some((_, ack)) = up.acks.iter().find(|(of, _)| *of == client) {
                let ack = ack.clone();
                self.transactions.send(ack);
            }
            return;
        }
        self.strayed(response, flow, now);
    }

    /// A 2xx to an INVITE that nobody waits for: the call was forked, or is over. It is acknowledged and left at once. All that is
    /// needed stands in the answer itself.
    fn strayed(&mut self, response: &Response, flow: Flow, now: Instant) {
        if response.method != Method::Invite || !response.status.is_success() {
            return;
        }
        // A late copy, in a call that goes on.
        let key = leg_key(&response.call_id, response.from.tag.as_deref().unwrap_or_default());
        let leg = self.by_key.get(&key).and_then(|id| self.legs.get(id));
        if let Some(Leg { stage: Stage::Up(up), .. }) = leg
            && up.dialog.remote_tag == response.to.tag
        {
            let (ack, flow) = up.dialog.ack(response.cseq);
            let bytes = ack.write(flow, &self.branch());
            return self.transactions.send(Transmit { flow, bytes });
        }
        let invite = OutRequest {
            method: Method::Invite,
            uri: response.to.uri.clone(),
            route: Vec::new(),
            from: response.from.raw.clone(),
            to: response.to.raw.clone(),
            call_id: response.call_id.clone(),
            cseq: response.cseq,
            headers: Vec::new(),
            body: None,
        };
        let Some(mut dialog) = Dialog::as_uac(&invite, response, flow) else { return };
        let ack = self.write_ack(&dialog, response.cseq);
        self.transactions.send(ack);
        let (bye, flow) = dialog.request(Method::Bye);
        let branch = self.branch();
        // Without room the fork hears nothing more and ends by its own timers.
        let _ = self.transactions.request(bye, branch, flow, now);
    }

    fn bye_answered(&mut self, id: u64, client: ClientId, response: &Response, now: Instant) {
        if response.status.is_provisional() {
            return;
        }
        self.by_client.remove(&client);
        let Some(Leg { stage: Stage::Leaving(leaving), .. }) = self.legs.get(&id) else { return };
        let asked = Asked { request: leaving.bye.request.clone(), ..leaving.bye };
        let Some(bye) = self.sign_again(id, &asked, response, now) else { return self.end(id, now) };
        self.by_client.insert(bye.client, Asker::Bye(id));
        if let Some(Leg { stage: Stage::Leaving(leaving), .. }) = self.legs.get_mut(&id) {
            leaving.bye = bye;
        }
    }

    fn write_ack(&mut self, dialog: &Dialog, cseq: u32) -> Transmit {
        let (ack, flow) = dialog.ack(cseq);
        Transmit { flow, bytes: ack.write(flow, &self.branch()) }
    }
}

impl Refused {
    pub(super) fn because(status: Status) -> Self {
        Self { status, reason: None, retry_after_s: None, contacts: Vec::new() }
    }

    fn by(response: &Response) -> Self {
        let contacts = match response.status.0 {
            300..400 => response
                .headers("Contact")
                .flat_map(split_list)
                .filter_map(NameAddr::parse)
                .map(|contact| contact.uri)
                .take(MAX_CONTACTS)
                .collect(),
            _ => Vec::new(),
        };
        Self {
            status: response.status,
            reason: response.header("Reason").map(str::to_owned),
            retry_after_s: response.retry_after_s(),
            contacts,
        }
    }
}
