//! The signalling of one outgoing call, over the transaction core: invite, hang up, be hung up on. Pure; `phone` has the socket.

use std::net::SocketAddr;
use std::time::Instant;

use crate::protocol::sip::message::{Method, OutRequest, Response, Status, parse};
use crate::protocol::sip::transaction::{ClientId, Event, Transactions};
use crate::protocol::sip::{Flow, Transmit};

/// INVITE, CANCEL, BYE, what the server asks, and room for what a broken server might repeat.
const TRANSACTIONS: usize = 16;

/// Who calls whom. `id` makes tags, branches and the Call-ID and is unique for the call.
#[derive(Clone, Debug)]
pub struct Invitation {
    pub id: String,
    /// `None` hides it (RFC 3323, RFC 3325).
    pub number: Option<String>,
    pub called: &'static str,
    /// Where we say that we are heard.
    pub media: SocketAddr,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CallState {
    Calling,
    Ringing,
    /// Media goes to this address.
    Talking(SocketAddr),
    Over(End),
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum End {
    /// Hung up by us.
    Left,
    /// Hung up by the other side.
    Finished,
    Refused(Status),
    NoAnswer,
}

#[derive(Debug)]
pub struct Uac {
    transactions: Transactions,
    flow: Flow,
    invitation: Invitation,
    state: CallState,
    leaving: bool,
    invite: Option<ClientId>,
    /// To with its tag, remote target and route, once answered (RFC 3261 §12.1.2).
    dialog: Option<(String, String, Vec<String>)>,
    acks: u32,
}

impl Uac {
    pub fn invite(flow: Flow, invitation: Invitation, now: Instant) -> Self {
        let mut uac = Self {
            transactions: Transactions::bounded(TRANSACTIONS),
            flow,
            invitation,
            state: CallState::Calling,
            leaving: false,
            invite: None,
            dialog: None,
            acks: 0,
        };
        let mut request = uac.request(Method::Invite, 1);
        let local = flow.local;
        request.headers.push(("Contact", format!("<sip:citizen@{local}>")));
        if let Some(number) = &uac.invitation.number {
            request.headers.push(("P-Asserted-Identity", format!("<sip:{number}@{}>", local.ip())));
        } else {
            request.headers.push(("Privacy", "id".to_owned()));
        }
        request.body = Some(("application/sdp", offer(uac.invitation.media).into_bytes()));
        let branch = uac.branch("i");
        uac.invite = uac.transactions.request(request, branch, flow, now).ok();
        uac
    }

    pub fn state(&self) -> &CallState {
        &self.state
    }

    /// CANCEL before the answer, BYE after it.
    pub fn hang_up(&mut self, now: Instant) {
        if std::mem::replace(&mut self.leaving, true) {
            return;
        }
        match (&self.state, self.invite) {
            (CallState::Calling | CallState::Ringing, Some(invite)) => self.transactions.cancel(invite, now),
            (CallState::Talking(_), _) => self.bye(now),
            _ => {}
        }
    }

    pub fn receive(&mut self, bytes: &[u8], now: Instant) {
        if let Ok(message) = parse(bytes) {
            self.transactions.receive(message, self.flow, now);
            self.digest_events(now);
        }
    }

    pub fn handle_timeout(&mut self, now: Instant) {
        self.transactions.handle_timeout(now);
        self.digest_events(now);
    }

    pub fn poll_transmit(&mut self) -> Option<Transmit> {
        self.transactions.poll_transmit()
    }

    fn digest_events(&mut self, now: Instant) {
        while let Some(event) = self.transactions.poll_event() {
            match event {
                Event::Response { id, response, .. } if Some(id) == self.invite => {
                    self.answered(&response, now)
                }
                // Our BYE was answered.
                Event::Response { response, .. } if response.method == Method::Bye => {
                    self.end(End::Left);
                }
                Event::TimedOut { id } => {
                    self.end(if Some(id) == self.invite { End::NoAnswer } else { End::Left });
                }
                Event::Request { id, request, flow } => {
                    let status = match request.method {
                        Method::Bye | Method::Options => Status::OK,
                        _ => Status::NOT_IMPLEMENTED,
                    };
                    let answer = request.answer(status, flow.remote, "").finish();
                    self.transactions.answer(id, status, answer, now);
                    if request.method == Method::Bye {
                        self.end(End::Finished);
                    }
                }
                Event::Response { .. } | Event::Ack { .. } | Event::Cancelled { .. } => {}
            }
        }
    }

    fn answered(&mut self, response: &Response, now: Instant) {
        if response.status.is_provisional() {
            if response.status == Status::RINGING {
                self.state = CallState::Ringing;
            }
        } else if response.status.is_success() {
            // Every 2xx gets an ACK, the repeated ones too (RFC 3261 §13.2.2.4).
            let target = response.contact().map_or_else(|| self.target(), |contact| contact.uri);
            let mut route = response.record_route();
            route.reverse();
            let first = self.dialog.is_none();
            self.dialog = Some((response.to.raw.clone(), target, route));
            self.ack();
            if first {
                match media_address(&response.body) {
                    Some(media) => self.state = CallState::Talking(media),
                    None => self.leaving = true,
                }
                // The citizen hung up while this answer was under way.
                if self.leaving {
                    self.bye(now);
                }
            }
        } else {
            let end = if self.leaving { End::Left } else { End::Refused(response.status) };
            self.end(end);
        }
    }

    fn end(&mut self, end: End) {
        if !matches!(self.state, CallState::Over(_)) {
            self.state = CallState::Over(end);
        }
    }

    fn ack(&mut self) {
        self.acks += 1;
        let ack = self.request(Method::Ack, 1);
        let branch = self.branch(&format!("a{}", self.acks));
        let bytes = ack.write(self.flow, &branch);
        self.transactions.send(Transmit { flow: self.flow, bytes });
    }

    fn bye(&mut self, now: Instant) {
        let bye = self.request(Method::Bye, 2);
        let branch = self.branch("b");
        if self.transactions.request(bye, branch, self.flow, now).is_err() {
            self.end(End::Left);
        }
    }

    fn request(&self, method: Method, cseq: u32) -> OutRequest {
        let Invitation { id, number, .. } = &self.invitation;
        let from = match number {
            Some(number) => format!("<sip:{number}@{}>;tag=f{id}", self.flow.local),
            None => format!("\"Anonymous\" <sip:anonymous@anonymous.invalid>;tag=f{id}"),
        };
        let dialog = self.dialog.clone();
        let (to, uri, route) =
            dialog.unwrap_or_else(|| (format!("<{}>", self.target()), self.target(), Vec::new()));
        OutRequest {
            method,
            uri,
            route,
            from,
            to,
            call_id: format!("{id}@{}", self.flow.local.ip()),
            cseq,
            headers: Vec::new(),
            body: None,
        }
    }

    fn target(&self) -> String {
        format!("sip:{}@{}", self.invitation.called, self.flow.remote)
    }

    fn branch(&self, kind: &str) -> String {
        format!("z9hG4bK{kind}{}", self.invitation.id)
    }
}

fn offer(media: SocketAddr) -> String {
    let (ip, port) = (media.ip(), media.port());
    format!(
        "v=0\r\no=- 1 1 IN IP4 {ip}\r\ns=-\r\nc=IN IP4 {ip}\r\nt=0 0\r\nm=audio {port} RTP/AVP 8 101\r\n\
         a=rtpmap:8 PCMA/8000\r\na=rtpmap:101 telephone-event/8000\r\na=fmtp:101 0-15\r\na=ptime:20\r\na=sendrecv\r\n"
    )
}

fn media_address(body: &[u8]) -> Option<SocketAddr> {
    let session = sdp_types::Session::parse(body).ok()?;
    let audio = session.medias.iter().find(|media| media.media == "audio" && media.port != 0)?;
    let connection = audio.connections.first().or(session.connection.as_ref())?;
    Some(SocketAddr::new(connection.connection_address.parse().ok()?, audio.port))
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::protocol::sip::Transport;
    use crate::protocol::sip::message::Request;

    const SERVER: &str = "127.0.0.1:5070";

    fn caller(number: Option<&str>, now: Instant) -> (Uac, Request) {
        let flow = Flow {
            transport: Transport::Udp,
            local: "127.0.0.1:9000".parse().unwrap(),
            remote: SERVER.parse().unwrap(),
        };
        let invitation = Invitation {
            id: "1".into(),
            number: number.map(str::to_owned),
            called: "+38121480000",
            media: "127.0.0.1:4000".parse().unwrap(),
        };
        let mut uac = Uac::invite(flow, invitation, now);
        let invite = Request::from_bytes(&uac.poll_transmit().unwrap().bytes).unwrap();
        (uac, invite)
    }

    fn method_of(bytes: &[u8]) -> Option<Method> {
        Request::from_bytes(bytes).map(|request| request.method)
    }

    fn answer(uac: &mut Uac, invite: &Request, status: Status, now: Instant) {
        let answer = invite.answer(status, "127.0.0.1:9000".parse().unwrap(), "server");
        let answer = answer.header("Contact", format!("<sip:{SERVER}>"));
        let sdp = "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio 20000 RTP/AVP 8 101\r\n";
        uac.receive(&answer.body("application/sdp", sdp.as_bytes()), now);
    }

    #[test]
    fn answered_call_is_acknowledged_each_time_and_ended_by_bye() {
        let now = crate::clock::Clock::system().instant();
        let (mut uac, invite) = caller(Some("+381641234567"), now);
        answer(&mut uac, &invite, Status::RINGING, now);
        assert_eq!(uac.state(), &CallState::Ringing);
        for _ in 0..2 {
            answer(&mut uac, &invite, Status::OK, now);
            assert_eq!(method_of(&uac.poll_transmit().unwrap().bytes), Some(Method::Ack));
        }
        assert_eq!(uac.state(), &CallState::Talking("127.0.0.1:20000".parse().unwrap()));
        uac.hang_up(now);
        let bye = Request::from_bytes(&uac.poll_transmit().unwrap().bytes).unwrap();
        assert_eq!((bye.method.clone(), bye.to.tag.as_deref()), (Method::Bye, Some("server")));
        uac.receive(&bye.answer(Status::OK, "127.0.0.1:9000".parse().unwrap(), "").finish(), now);
        assert_eq!(uac.state(), &CallState::Over(End::Left));
    }

    #[test]
    fn call_given_up_while_ringing_is_cancelled_and_one_that_was_answered_meanwhile_gets_bye() {
        let now = crate::clock::Clock::system().instant();
        let (mut uac, invite) = caller(None, now);
        assert!(matches!(invite.caller(), crate::protocol::sip::message::CallerId::Hidden));
        answer(&mut uac, &invite, Status::RINGING, now);
        uac.hang_up(now);
        assert_eq!(method_of(&uac.poll_transmit().unwrap().bytes), Some(Method::Cancel));
        // The 200 crossed the CANCEL on its way.
        answer(&mut uac, &invite, Status::OK, now);
        assert_eq!(method_of(&uac.poll_transmit().unwrap().bytes), Some(Method::Ack));
        assert_eq!(method_of(&uac.poll_transmit().unwrap().bytes), Some(Method::Bye));
    }

    #[test]
    fn silent_server_ends_the_call() {
        let start = crate::clock::Clock::system().instant();
        let (mut uac, _) = caller(None, start);
        for second in 0..40 {
            uac.handle_timeout(start + Duration::from_secs(second));
        }
        assert_eq!(uac.state(), &CallState::Over(End::NoAnswer));
    }
}
