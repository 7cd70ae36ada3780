//! Requests outside of any dialog: what we ask (OPTIONS, REGISTER), and what we are asked and do not decide here.

use std::sync::Arc;
use std::time::Instant;

use super::auth::Auth;
use super::leg::Asked;
use super::{Agent, Asker, Credentials, Event, RequestId, TimedOut, contact};
use crate::protocol::sip::Flow;
use crate::protocol::sip::message::{Method, OutRequest, Response, Status};
use crate::protocol::sip::transaction::{ClientId, Full, ServerId};

#[derive(Debug)]
pub(super) struct Outside {
    asked: Asked,
    auth: Option<Box<Auth>>,
}

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
    /// With credentials a 401 or 407 is answered, with the next CSeq; the Reply is then what came of that.
    pub fn request(
        &mut self,
        request: OutRequest,
        credentials: Option<Credentials>,
        flow: Flow,
        now: Instant,
    ) -> Result<RequestId, Full> {
        let branch = self.branch();
        let request = Arc::new(request);
        let client = self.transactions.request(request.clone(), branch, flow, now)?;
        self.last_id += 1;
        let id = RequestId(self.last_id);
        let asked = Asked { request, client, flow, tries: 0 };
        let auth = credentials.map(|credentials| Box::new(Auth::new(credentials)));
        self.by_client.insert(client, Asker::Outside(id));
        self.outside.insert(id, Outside { asked, auth });
        Ok(id)
    }

    /// Answers [`Event::Request`] with a message that [`Request::answer`](crate::protocol::sip::message::Request::answer) began.
    pub fn respond(&mut self, id: ServerId, status: Status, answer: Arc<[u8]>, now: Instant) {
        self.transactions.answer(id, status, answer, now);
    }

    pub(super) fn replied(&mut self, id: RequestId, client: ClientId, response: Box<Response>, now: Instant) {
        if response.status.is_provisional() {
            return;
        }
        self.by_client.remove(&client);
        let Some(Outside { asked, mut auth }) = self.outside.remove(&id) else { return };
        let sensible =
            auth.as_mut().is_some_and(|auth| auth.challenged(&response, &asked.request, asked.tries));
        let cseq = asked.request.cseq + 1;
        let again =
            if sensible { self.ask_again(&asked, auth.as_deref_mut(), cseq, |_| {}, now).ok() } else { None };
        match again {
            Some(asked) => {
                self.by_client.insert(asked.client, Asker::Outside(id));
                self.outside.insert(id, Outside { asked, auth });
            }
            None => self.reply(id, Ok(response)),
        }
    }

    pub(super) fn reply(&mut self, request: RequestId, response: Result<Box<Response>, TimedOut>) {
        self.outside.remove(&request);
        self.events.push_back(Event::Reply { request, response });
    }
}
