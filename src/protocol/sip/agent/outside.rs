//! Requests outside of any dialog: what we ask (OPTIONS, REGISTER), and what we are asked and do not decide here.

use std::sync::Arc;
use std::time::Instant;

use super::{Agent, Credentials, Event, RequestId, TimedOut, contact};
use crate::protocol::sip::Flow;
use crate::protocol::sip::message::{Method, OutRequest, Response, Status};
use crate::protocol::sip::transaction::{ClientId, Full, ServerId};

impl Agent {
    /// A request with a Call-ID, tag and Contact of its own, for [`Agent::request`]. `from` and `to` are URIs.
    pub fn compose(&mut self, method: Method, uri: &str, from: &str, to: &str, flow: Flow) -> OutRequest {
        OutRequest {
            method,
            uri: uri.to_owned(),
            route: Vec::new(),
            from: format!("<{from}>;tag={}", self.token()),
            to: format!("<{to}>"),
            call_id: format!("{}@{}", self.token(), flow.local.ip()),
            cseq: 1,
            headers: vec![("Contact", contact(flow))],
            body: None,
        }
    }

    /// Asks, outside of any dialog. [`Event::Reply`] follows: the final answer, or that none came in 32 s.
    /// With credentials a 401 or 407 is answered; the Reply is then what came of that.
    pub fn request(
        &mut self,
        request: OutRequest,
        credentials: Option<Credentials>,
        flow: Flow,
        now: Instant,
    ) -> Result<RequestId, Full> {
        let _ = credentials;
        let branch = self.branch();
        let client = self.transactions.request(request, branch, flow, now)?;
        self.last_id += 1;
        self.outside.insert(client, RequestId(self.last_id));
        Ok(RequestId(self.last_id))
    }

    /// Answers [`Event::Request`] with a message that [`crate::protocol::sip::message::Request::answer`] began.
    pub fn respond(&mut self, id: ServerId, status: Status, answer: Arc<[u8]>, now: Instant) {
        self.transactions.answer(id, status, answer, now);
    }

    /// Whether the response was to a request of ours outside of dialogs.
    pub(super) fn replied(&mut self, client: ClientId, response: Result<Box<Response>, TimedOut>) {
        if response.as_ref().is_ok_and(|response| response.status.is_provisional()) {
            return;
        }
        if let Some(request) = self.outside.remove(&client) {
            self.events.push_back(Event::Reply { request, response });
        }
    }
}
