//! Transfers that the peer asks for: REFER, and the NOTIFYs that tell how they go (RFC 3515, RFC 4488, RFC 5589).
//!
//! A peer that says BYE after its REFER was accepted wants to hear no more; its subscription ends with the dialog.

use std::time::Instant;

use super::leg::{Asked, Leg, Referral, Stage};
use super::{Agent, Asker, DialogId, Event, Refer, SUPPORTED, contact, stateless_tag};
use crate::protocol::sip::Flow;
use crate::protocol::sip::message::{Method, ReferTo, Request, Response, Status};
use crate::protocol::sip::transaction::{ClientId, ServerId};

/// What a NOTIFY says of how long the next may take, in seconds: longer than any phone rings.
const SUBSCRIPTION_S: u32 = 300;

impl Agent {
    /// Says that we try what [`Event::Referred`] asks: 202, and NOTIFY with 100.
    pub fn accept_refer(&mut self, dialog: DialogId, now: Instant) {
        let Some(Leg { stage: Stage::Up(up), .. }) = self.legs.get_mut(&dialog.0) else { return };
        let Some(Referral::Open { request, transaction, flow, id }) =
            up.referral.take_if(|referral| matches!(referral, Referral::Open { .. }))
        else {
            return;
        };
        let silent = wants_silence(&request);
        let answer = request
            .answer(Status::ACCEPTED, flow.remote, "")
            .header("Contact", contact(flow))
            .header("Supported", SUPPORTED);
        let answer = if silent { answer.header("Refer-Sub", "false") } else { answer };
        if !silent {
            up.referral = Some(Referral::Tried { id, underway: None, over: false, next: None });
        }
        self.transactions.answer(transaction, Status::ACCEPTED, answer.finish(), now);
        self.notify_refer(dialog, Status::TRYING, now);
    }

    /// Refuses [`Event::Referred`].
    pub fn refuse_refer(&mut self, dialog: DialogId, status: Status, now: Instant) {
        self.refuse_open_refer(dialog.0, status, now);
    }

    /// How far the call is that the peer asked for; a final status is the last that it hears.
    pub fn notify_refer(&mut self, dialog: DialogId, status: Status, now: Instant) {
        let Some(Leg { stage: Stage::Up(up), .. }) = self.legs.get_mut(&dialog.0) else { return };
        let Some(Referral::Tried { underway, over, next, .. }) = &mut up.referral else { return };
        if *over || next.is_some_and(|next| !next.is_provisional()) {
            return;
        }
        match underway {
            // One after another: over UDP a later one could arrive first and be refused by its CSeq.
            Some(_) => *next = Some(status),
            None => self.notify(dialog.0, status, now),
        }
    }

    pub(super) fn referred(
        &mut self,
        id: u64,
        transaction: ServerId,
        request: Box<Request>,
        flow: Flow,
        now: Instant,
    ) {
        // RFC 3515 §2.4.1: exactly one.
        let wanted = {
            let mut lines = request.headers("Refer-To");
            lines.next().and_then(ReferTo::parse).filter(|_| lines.next().is_none())
        };
        let Some(ReferTo { target, replaces }) = wanted else {
            return self.say(transaction, &request, flow, Status::BAD_REQUEST, now);
        };
        let Some(Leg { stage: Stage::Up(up), .. }) = self.legs.get_mut(&id) else { return };
        if up.referral.is_some() || up.leaving {
            return self.say(transaction, &request, flow, Status::REQUEST_PENDING, now);
        }
        up.refers = up.refers.saturating_add(1);
        // RFC 3515 §2.4.6: from the second on they are told apart by the CSeq of their REFER.
        let number = (up.refers > 1).then_some(request.cseq);
        let referred_by = request.header("Referred-By").map(str::to_owned);
        up.referral = Some(Referral::Open { request, transaction, flow, id: number });
        let refer = Refer { target, replaces, referred_by };
        self.events.push_back(Event::Referred { dialog: DialogId(id), refer });
    }

    pub(super) fn refuse_open_refer(&mut self, id: u64, status: Status, now: Instant) {
        let Some(Leg { stage: Stage::Up(up), .. }) = self.legs.get_mut(&id) else { return };
        let open = up.referral.take_if(|referral| matches!(referral, Referral::Open { .. }));
        if let Some(Referral::Open { request, transaction, flow, .. }) = open {
            let answer = request.answer(status, flow.remote, &stateless_tag(&request)).finish();
            self.transactions.answer(transaction, status, answer, now);
        }
    }

    /// A final status that waits for an earlier NOTIFY to be through goes out before our BYE.
    pub(super) fn last_notify(&mut self, id: u64, now: Instant) {
        let Some(Leg { stage: Stage::Up(up), .. }) = self.legs.get_mut(&id) else { return };
        if let Some(Referral::Tried { next, .. }) = &mut up.referral
            && let Some(status) = next.take_if(|next| !next.is_provisional())
        {
            self.notify(id, status, now);
        }
    }

    pub(super) fn notified(&mut self, id: u64, client: ClientId, response: &Response, now: Instant) {
        if response.status.is_provisional() {
            return;
        }
        self.by_client.remove(&client);
        let Some(Leg { stage: Stage::Up(up), .. }) = self.legs.get_mut(&id) else { return };
        let Some(Referral::Tried { underway, .. }) = &mut up.referral else { return };
        let Some(asked) = underway.take_if(|asked| asked.client == client) else { return };
        match self.sign_again(id, &asked, response, now) {
            Some(asked) => self.notifying(id, asked),
            None => self.notify_next(id, response.status.is_success(), now),
        }
    }

    /// Nobody answered a NOTIFY: nobody wants to know.
    pub(super) fn notify_next(&mut self, id: u64, heard: bool, now: Instant) {
        let Some(Leg { stage: Stage::Up(up), .. }) = self.legs.get_mut(&id) else { return };
        let Some(Referral::Tried { underway, over, next, .. }) = &mut up.referral else { return };
        *underway = None;
        if *over || !heard {
            up.referral = None;
            return;
        }
        if let Some(status) = next.take() {
            self.notify(id, status, now);
        }
    }

    fn notify(&mut self, id: u64, status: Status, now: Instant) {
        let Some(Leg { stage: Stage::Up(up), .. }) = self.legs.get_mut(&id) else { return };
        let (_, flow) = up.dialog.ack(0);
        let Some(Referral::Tried { id: number, over, .. }) = &mut up.referral else { return };
        *over = !status.is_provisional();
        let event = match number {
            Some(number) => format!("refer;id={number}"),
            None => "refer".to_owned(),
        };
        let state = match *over {
            true => "terminated;reason=noresource".to_owned(),
            false => format!("active;expires={SUBSCRIPTION_S}"),
        };
        let headers = vec![("Contact", contact(flow)), ("Event", event), ("Subscription-State", state)];
        let body = format!("SIP/2.0 {status}\r\n").into_bytes();
        let body = Some(("message/sipfrag;version=2.0", body));
        match self.ask(id, Method::Notify, headers, body, now) {
            Some(asked) => self.notifying(id, asked),
            None => self.notify_next(id, false, now),
        }
    }

    fn notifying(&mut self, id: u64, asked: Asked) {
        self.by_client.insert(asked.client, Asker::Notify(id));
        if let Some(Leg { stage: Stage::Up(up), .. }) = self.legs.get_mut(&id)
            && let Some(Referral::Tried { underway, .. }) = &mut up.referral
        {
            *underway = Some(asked);
        }
    }
}

/// RFC 4488 §4: the peer does not want to hear how it goes.
fn wants_silence(request: &Request) -> bool {
    request
        .header("Refer-Sub")
        .is_some_and(|value| value.split(';').next().unwrap_or_default().trim().eq_ignore_ascii_case("false"))
}
