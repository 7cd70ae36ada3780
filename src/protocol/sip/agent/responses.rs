//! What the peer says to what we asked.

use std::time::Instant;

use super::leg::{Stage, Up};
use super::{Agent, DialogId, Event, TimedOut};
use crate::protocol::sip::dialog::Dialog;
use crate::protocol::sip::message::{Method, NameAddr, OutRequest, Response, Status, split_list};
use crate::protocol::sip::transaction::ClientId;
use crate::protocol::sip::{Flow, Transmit};

/// A redirection names a handful of places; more are no help.
const MAX_CONTACTS: usize = 8;

/// Why our INVITE came to nothing.
pub(super) struct Refused {
    status: Status,
    reason: Option<String>,
    retry_after_s: Option<u32>,
    contacts: Vec<String>,
}

impl Refused {
    fn because(status: Status) -> Self {
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

impl Agent {
    pub(super) fn responded(&mut self, client: ClientId, response: Response, flow: Flow, now: Instant) {
        let Some(&id) = self.by_client.get(&client) else {
            return self.replied(client, Ok(Box::new(response)));
        };
        let Some(leg) = self.legs.get_mut(&id) else { return };
        let dialog = DialogId(id);
        match &mut leg.stage {
            Stage::Inviting { .. } if response.status.is_provisional() => {
                if response.status != Status::TRYING {
                    let (status, body) = (response.status, response.body);
                    self.events.push_back(Event::Progress { dialog, status, body });
                }
            }
            Stage::Inviting { request, given_up, .. } if response.status.is_success() => {
                let (request, given_up) = (request.clone(), *given_up);
                self.established(id, request, client, response, flow, given_up, now);
            }
            Stage::Inviting { given_up, .. } => {
                let given_up = *given_up;
                self.refused(id, Refused::by(&response), given_up);
            }
            Stage::Up(_) => self.accepted_again(id, response, flow, now),
            Stage::Leaving { .. } if !response.status.is_provisional() => {
                self.by_client.remove(&client);
                self.end(id);
            }
            Stage::Leaving { .. } | Stage::Invited { .. } => {}
        }
    }

    pub(super) fn timed_out(&mut self, client: ClientId) {
        let Some(id) = self.by_client.remove(&client) else { return self.replied(client, Err(TimedOut)) };
        match self.legs.get(&id).map(|leg| &leg.stage) {
            Some(Stage::Inviting { given_up, .. }) => {
                let given_up = *given_up;
                self.refused(id, Refused::because(Status::REQUEST_TIMEOUT), given_up);
            }
            Some(Stage::Leaving { .. }) => self.end(id),
            _ => {}
        }
    }

    fn refused(&mut self, id: u64, refused: Refused, given_up: bool) {
        self.forget(id);
        let dialog = DialogId(id);
        self.events.push_back(if given_up {
            Event::Ended { dialog }
        } else {
            let Refused { status, reason, retry_after_s, contacts } = refused;
            Event::Rejected { dialog, status, reason, retry_after_s, contacts }
        });
    }

    #[expect(clippy::too_many_arguments, reason = "all of one response, used once")]
    fn established(
        &mut self,
        id: u64,
        request: Box<OutRequest>,
        client: ClientId,
        response: Response,
        flow: Flow,
        given_up: bool,
        now: Instant,
    ) {
        let Some(dialog) = Dialog::as_uac(&request, &response, flow) else {
            return self.refused(id, Refused::because(Status::BAD_REQUEST), given_up);
        };
        let ack = self.write_ack(&dialog, response.cseq);
        self.transactions.send(ack.clone());
        let mut up = Up::new(dialog);
        up.ack = Some(ack);
        up.invite = Some((request, client));
        if let Some(leg) = self.legs.get_mut(&id) {
            leg.stage = Stage::Up(Box::new(up));
        }
        match given_up {
            // The 2xx and our CANCEL crossed (§9.1): take the call and leave it.
            true => self.say_bye(id, false, now),
            false => self.events.push_back(Event::Answered { dialog: DialogId(id), body: response.body }),
        }
    }

    /// A 2xx came again: its ACK was lost, or the call was forked and somebody else took it too (§13.2.2.4).
    fn accepted_again(&mut self, id: u64, response: Response, flow: Flow, now: Instant) {
        if response.method != Method::Invite || !response.status.is_success() {
            return;
        }
        let Some(leg) = self.legs.get_mut(&id) else { return };
        let Stage::Up(up) = &mut leg.stage else { return };
        if up.dialog.remote_tag == response.to.tag {
            if let Some(ack) = &up.ack {
                self.transactions.send(ack.clone());
            }
            return;
        }
        let Some((request, _)) = &up.invite else { return };
        let Some(mut other) = Dialog::as_uac(request, &response, flow) else { return };
        let ack = self.write_ack(&other, response.cseq);
        self.transactions.send(ack);
        let (bye, flow) = other.request(Method::Bye);
        let branch = self.branch();
        // Without room the fork hears nothing more and ends by its own timers.
        let _ = self.transactions.request(bye, branch, flow, now);
    }

    fn write_ack(&mut self, dialog: &Dialog, cseq: u32) -> Transmit {
        let (ack, flow) = dialog.ack(cseq);
        Transmit { flow, bytes: ack.write(flow, &self.branch()) }
    }
}
