//! What the user tells the agent to do with a call. Offers are in [`super::offers`], transfers in [`super::referral`].

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Instant;

use super::auth::Auth;
use super::leg::{Asked, Inviting, Leg, Said, Stage, Unacknowledged, Up};
use super::offers::fingerprint;
use super::responses::Refused;
use super::session::{MIN_SE_S, SessionTimer, Terms};
use super::{Agent, Asker, DialogId, MAX_DIALOGS, Outgoing, SUPPORTED, accepted, contact, leg_key};
use crate::protocol::sip::dialog::Dialog;
use crate::protocol::sip::message::{Method, OutRequest, Replaces, Status};
use crate::protocol::sip::transaction::{Full, reply_flow};
use crate::protocol::sip::{Flow, Transmit, Transport};

/// RFC 3326: phones that rang with others do not list the call as missed.
const ELSEWHERE: &str = "SIP;cause=200;text=\"Call completed elsewhere\"";

impl Agent {
    /// 180.
    pub fn ring(&mut self, dialog: DialogId, now: Instant) {
        self.provisional(dialog, Status::RINGING, None, now);
    }

    /// 183 with the SDP of what is to be heard before the answer. [`Agent::answer`] must then say the same (RFC 3261 §13.2.1).
    pub fn early(&mut self, dialog: DialogId, sdp: &[u8], now: Instant) {
        self.provisional(dialog, Status::SESSION_PROGRESS, Some(sdp), now);
    }

    fn provisional(&mut self, dialog: DialogId, status: Status, sdp: Option<&[u8]>, now: Instant) {
        let Some(Leg { stage: Stage::Invited(invited), .. }) = self.legs.get_mut(&dialog.0) else { return };
        let answer = invited
            .invite
            .answer(status, invited.flow.remote, &invited.tag)
            .record_route_of(&invited.invite)
            .header("Contact", contact(invited.flow))
            .header("Allow", Method::ALLOWED);
        let bytes = match sdp {
            Some(sdp) => answer.body("application/sdp", sdp),
            None => answer.finish(),
        };
        invited.said = Some(Said::new(status, bytes.clone(), now));
        self.transactions.answer(invited.transaction, status, bytes, now);
        self.arm(dialog.0, now);
    }

    /// 200 with our SDP: the answer, or to an INVITE without offer our offer.
    pub fn answer(&mut self, dialog: DialogId, sdp: &[u8], now: Instant) {
        let Some(leg) = self.legs.get_mut(&dialog.0) else { return };
        let Stage::Invited(invited) = &leg.stage else { return };
        let (invite, flow, transaction) = (&invited.invite, invited.flow, invited.transaction);
        let offered = invite.body.is_empty();
        let bytes = accepted(invite, &invited.tag, invited.terms, flow).body("application/sdp", sdp);
        let ok = Transmit { flow: reply_flow(invite, flow), bytes: bytes.clone() };
        let mut up = Up::new(Dialog::as_uas(invite, &invited.tag, flow));
        up.unacknowledged = Some(Unacknowledged::new(invite.cseq, true, offered, ok, now));
        up.timer = invited.terms.map(|terms| SessionTimer::start(terms, false, now));
        up.updates = invite.allows(&Method::Update);
        up.sdp = sdp.to_vec();
        up.heard = fingerprint(&invite.body);
        up.answers = !offered;
        leg.stage = Stage::Up(Box::new(up));
        self.by_server.remove(&transaction);
        self.transactions.answer(transaction, Status::OK, bytes, now);
        self.arm(dialog.0, now);
    }

    /// A final refusal of an INVITE that was not answered. The dialog is gone.
    pub fn reject(&mut self, dialog: DialogId, status: Status, retry_after_s: Option<u32>, now: Instant) {
        let Some(Leg { stage: Stage::Invited(invited), .. }) = self.legs.get(&dialog.0) else { return };
        let mut answer = invited.invite.answer(status, invited.flow.remote, &invited.tag);
        if let Some(seconds) = retry_after_s {
            answer = answer.header("Retry-After", seconds);
        }
        self.transactions.answer(invited.transaction, status, answer.finish(), now);
        self.forget(dialog.0, now);
    }

    /// As [`Agent::reject`], with words for people (§20.43).
    pub fn reject_because(&mut self, dialog: DialogId, status: Status, why: &str, now: Instant) {
        let Some(Leg { stage: Stage::Invited(invited), .. }) = self.legs.get(&dialog.0) else { return };
        let warning = format!("399 {} \"{why}\"", invited.flow.local);
        let answer = invited.invite.answer(status, invited.flow.remote, &invited.tag);
        let bytes = answer.header("Warning", warning).finish();
        self.transactions.answer(invited.transaction, status, bytes, now);
        self.forget(dialog.0, now);
    }

    /// Ends the dialog in whatever state it is: refuses, cancels or says BYE, when it must after the ACK.
    /// [`Event::Ended`](super::Event::Ended) follows, except after a refusal.
    pub fn hang_up(&mut self, dialog: DialogId, now: Instant) {
        self.leave_because(dialog, None, now);
    }

    /// As [`Agent::hang_up`] for a phone that rang while another one was answered: it will not show a missed call.
    pub fn answered_elsewhere(&mut self, dialog: DialogId, now: Instant) {
        self.leave_because(dialog, Some(ELSEWHERE), now);
    }

    fn leave_because(&mut self, dialog: DialogId, why: Option<&'static str>, now: Instant) {
        let Some(leg) = self.legs.get_mut(&dialog.0) else { return };
        match &mut leg.stage {
            Stage::Invited(_) => self.reject(dialog, Status::TEMPORARILY_UNAVAILABLE, None, now),
            Stage::Inviting(inviting) => {
                inviting.given_up = true;
                let client = inviting.asked.client;
                self.transactions.cancel_because(client, why, now);
            }
            Stage::Up(up) if up.unacknowledged.as_ref().is_some_and(|waiting| waiting.first) => {
                up.leaving = true;
            }
            Stage::Up(_) => self.say_bye(dialog.0, false, now),
            Stage::Leaving(_) => {}
        }
    }

    /// Places a call.
    pub fn invite(&mut self, call: Outgoing, flow: Flow, now: Instant) -> Result<DialogId, Full> {
        if self.legs.len() >= MAX_DIALOGS {
            return Err(Full);
        }
        let (tag, branch) = (self.token(), self.branch());
        let call_id = format!("{}@{}", self.token(), flow.local.ip());
        let display = call.display.map(|name| format!("\"{}\" ", plain_name(&name))).unwrap_or_default();
        let mut headers = call.headers;
        headers.push(("Contact", contact(flow)));
        headers.push(("Allow", Method::ALLOWED.to_owned()));
        headers.push(("Supported", SUPPORTED.to_owned()));
        headers.push(("Session-Expires", Terms::wish(0).write()));
        headers.push(("Min-SE", MIN_SE_S.to_string()));
        if let Some(replaces) = &call.replaces {
            headers.push(("Require", "replaces".to_owned()));
            headers.push(("Replaces", replaces.write()));
        }
        let request = Arc::new(OutRequest {
            method: Method::Invite,
            uri: call.uri.unwrap_or_else(|| call.to.clone()),
            route: call.route,
            from: format!("{display}<{}>;tag={tag}", call.from),
            to: format!("<{}>", call.to),
            call_id: call_id.clone(),
            cseq: 1,
            headers,
            body: (!call.offer.is_empty()).then_some(("application/sdp", call.offer)),
        });
        let client = self.transactions.request(request.clone(), branch, flow, now)?;
        let asked = Asked { request, client, flow, tries: 0 };
        let stage = Stage::Inviting(Box::new(Inviting::new(asked, now)));
        let auth = call.credentials.map(|credentials| Box::new(Auth::new(credentials)));
        let id = self.remember(&call_id, &tag, stage, auth);
        self.by_client.insert(client, Asker::Invite(id));
        self.arm(id, now);
        Ok(DialogId(id))
    }

    /// There is no connection to this peer, or none any more: calls of ours from which nothing was heard yet end as if it had answered
    /// 503 (§18.4, §8.1.3.1). One that was heard from may still be answered, on a connection that the peer opens (§18.2.2).
    pub fn unreachable(&mut self, transport: Transport, remote: SocketAddr, now: Instant) {
        let mut waiting: Vec<(u64, bool)> = self
            .legs
            .iter()
            .filter_map(|(id, leg)| {
                let Stage::Inviting(inviting) = &leg.stage else { return None };
                let Asked { flow, client, .. } = inviting.asked;
                let there = (flow.transport, flow.remote) == (transport, remote);
                (there && self.transactions.is_unheard(client)).then_some((*id, inviting.given_up))
            })
            .collect();
        waiting.sort_unstable();
        for (id, given_up) in waiting {
            self.refused(id, Refused::because(Status::SERVICE_UNAVAILABLE), given_up, now);
        }
    }

    /// The dialog that a Replaces names (RFC 3891 §3), in whatever state it is.
    pub fn find_dialog(&self, replaces: &Replaces) -> Option<DialogId> {
        let id = *self.by_key.get(&leg_key(&replaces.call_id, &replaces.to_tag))?;
        // A peer from before RFC 3261 has no tag, which is written as 0.
        let same = |tag: Option<&str>| tag.unwrap_or("0") == replaces.from_tag;
        let found = match &self.legs.get(&id)?.stage {
            Stage::Invited(invited) => same(invited.invite.from.tag.as_deref()),
            Stage::Inviting(inviting) => inviting.early.contains(&replaces.from_tag),
            Stage::Up(up) => same(up.dialog.remote_tag.as_deref()),
            Stage::Leaving(_) => false,
        };
        found.then_some(DialogId(id))
    }

    /// The peer is there, as its media shows: an ACK that never comes does not end the call (§13.3.1.4), but counts as come when
    /// nobody waits for it any more. Changes nothing when the ACK would carry the description of its media.
    pub fn seems_alive(&mut self, dialog: DialogId) {
        if let Some(Leg { stage: Stage::Up(up), .. }) = self.legs.get_mut(&dialog.0)
            && let Some(waiting) = &mut up.unacknowledged
        {
            waiting.alive = !waiting.offered;
        }
    }
}

/// A display name that can stand in quotes.
fn plain_name(name: &str) -> String {
    name.chars().filter(|c| !matches!(c, '"' | '\\') && !c.is_control()).collect()
}
