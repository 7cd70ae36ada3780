//! What a telephone of these tests does by itself: reads what comes, answers it, proves who it is.

use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use odziv::protocol::sip::dialog::Dialog;
use odziv::protocol::sip::digest::Challenge;
use odziv::protocol::sip::message::{Message, Method, OutRequest, Request, Response, Status, parse};

use super::{Asked, Call, Softphone, Stage, State, target};
use crate::failures::voice::Voice;

impl Softphone {
    pub(super) fn ask_register(&self, challenged: Option<&Response>) {
        let account = self.0.account.as_ref().expect("a phone with an account");
        let mut state = self.lock();
        state.registers += 1;
        let uri = format!("sip:{}", account.realm);
        let mut headers = self.headers();
        headers.push(("Expires", "600".into()));
        headers.extend(challenged.map(|challenged| self.proof(challenged, "REGISTER", &uri)));
        let address = format!("<sip:{}@{}>", account.username, account.realm);
        let register = OutRequest {
            method: Method::Register,
            uri,
            route: Vec::new(),
            from: format!("{address};tag={}", self.token()),
            to: address,
            call_id: format!("register-{}", self.0.flow.local),
            cseq: state.registers,
            headers,
            body: None,
        };
        self.send(&register.write(self.0.flow, &self.branch()));
    }

    pub(super) fn proof(&self, challenged: &Response, method: &str, uri: &str) -> (&'static str, String) {
        let account = self.0.account.as_ref().expect("a phone with an account");
        let (asks, answers) = match challenged.status {
            Status(407) => ("Proxy-Authenticate", "Proxy-Authorization"),
            _ => ("WWW-Authenticate", "Authorization"),
        };
        let challenge = Challenge::parse(challenged.header(asks).unwrap()).unwrap();
        let answer = challenge.answer(&account.username, &account.password, method, uri, "c", 1);
        (answers, answer.write())
    }

    pub(super) fn headers(&self) -> Vec<(&'static str, String)> {
        let contact = format!("<sip:{}@{}>", self.0.user, self.0.flow.local);
        vec![("Contact", contact), ("Allow", "INVITE, ACK, BYE, CANCEL, INFO, NOTIFY, REFER".into())]
    }

    pub(super) fn describe(&self, voice: &Voice, direction: &str, version: u32) -> String {
        let local = self.0.address.ip();
        let address = self.0.quirks.sdp_address.map_or_else(|| local, |text| text.parse::<IpAddr>().unwrap());
        format!(
            "v=0\r\no=- 7 {version} IN IP4 {address}\r\ns=-\r\nc=IN IP4 {address}\r\nt=0 0\r\n\
             m=audio {} RTP/AVP 8 101\r\na=rtpmap:101 telephone-event/8000\r\na=fmtp:101 0-15\r\na={direction}\r\n",
            voice.port()
        )
    }

    pub(super) fn within(
        &self,
        call: &mut Call,
        method: Method,
        headers: Vec<(&'static str, String)>,
        body: Option<(&'static str, Vec<u8>)>,
    ) {
        let (mut request, _) = call.dialog.as_mut().expect("a call that is up").request(method);
        request.headers = headers;
        request.body = body;
        self.send(&request.write(self.0.flow, &self.branch()));
    }

    /// To the server only, whatever Contact or Route say: the phone stands behind a proxy of its own. One that was made before the
    /// server takes the first that speaks to it for the server.
    pub(super) fn send(&self, bytes: &[u8]) {
        let server = *self.0.server.get().unwrap_or(&self.0.flow.remote);
        self.0.sender.send_to(bytes, server).expect("a socket with room");
    }

    pub(super) fn token(&self) -> String {
        format!("{:016x}", rand::random::<u64>())
    }

    pub(super) fn branch(&self) -> String {
        let count = self.0.branches.fetch_add(1, Ordering::Relaxed);
        format!("z9hG4bK{:08x}{count}", rand::random::<u32>())
    }

    pub(super) async fn listen(self) {
        let mut buffer = vec![0; 65_535];
        loop {
            let Ok((length, from)) = self.0.socket.recv_from(&mut buffer).await else { return };
            self.0.server.get_or_init(|| from);
            if self.lock().gone {
                continue;
            }
            let Ok(message) = parse(&buffer[..length]) else { continue };
            let line =
                String::from_utf8_lossy(&buffer[..length]).lines().next().unwrap_or_default().to_owned();
            self.lock().came.push(line);
            match message {
                Message::Request(request) => self.asked(request),
                Message::Response(response) => self.answered(&response),
            }
            self.0.changed.send_replace(());
        }
    }

    fn asked(&self, request: Request) {
        let known = self.find(&request.call_id);
        if request.method == Method::Invite && known.is_none() {
            let voice = Arc::new(Voice::at(self.0.address.ip(), self.0.tone));
            let tag = self.token();
            self.send(&request.answer(Status::RINGING, self.0.flow.remote, &tag).finish());
            let call = Call::new(Asked::ByThem(Box::new(request)), Stage::Rung, tag, voice);
            return self.lock().calls.push(call);
        }
        let mut state = self.lock();
        let ok = |body: Option<String>| {
            let answer = request.answer(Status::OK, self.0.flow.remote, "x");
            let answer =
                self.headers().into_iter().fold(answer, |answer, (name, value)| answer.header(name, value));
            match body {
                Some(sdp) => answer.body("application/sdp", sdp.as_bytes()),
                None => answer.finish(),
            }
        };
        let Some(call) = known.and_then(|at| state.calls.get_mut(at)) else {
            // Keep-alives.
            return if request.method == Method::Options {
                self.send(&ok(None))
            };
        };
        call.came.push(request.method.clone());
        match request.method {
            Method::Ack => {}
            Method::Invite if request.to.tag.is_none() => {}
            Method::Invite => {
                call.voice.send_to(target(&request.body));
                let sdp = self.describe(&call.voice, call.direction, call.version);
                self.send(&ok(Some(sdp)));
            }
            Method::Cancel => {
                self.send(&ok(None));
                call.elsewhere = request.header("Reason").is_some_and(|why| why.contains("cause=200"));
                if call.stage == Stage::Rung
                    && let Asked::ByThem(invite) = &call.invite
                {
                    let status = Status::REQUEST_TERMINATED;
                    self.send(&invite.answer(status, self.0.flow.remote, &call.tag).finish());
                    call.end(status.0);
                }
            }
            Method::Bye => {
                self.send(&ok(None));
                call.end(0);
            }
            Method::Notify => {
                let body = String::from_utf8_lossy(&request.body).into_owned();
                call.notified.extend(body.split(' ').nth(1).and_then(|status| status.parse::<u16>().ok()));
                self.send(&ok(None));
            }
            _ => self.send(&ok(None)),
        }
    }

    fn answered(&self, response: &Response) {
        if response.method == Method::Register {
            if response.status == Status::UNAUTHORIZED {
                return self.ask_register(Some(response));
            }
            return self.lock().answers.push((Method::Register, response.clone()));
        }
        if response.status.is_provisional() {
            return;
        }
        let Some(at) = self.find(&response.call_id) else { return };
        let mut state = self.lock();
        let State { calls, acks_lost, .. } = &mut *state;
        let call = &mut calls[at];
        if response.method == Method::Invite && call.dialog.is_none() {
            return self.invite_answered(call, acks_lost, response);
        }
        if response.method == Method::Invite && response.status.is_success() {
            self.acknowledge(call, acks_lost, response.cseq);
            call.voice.send_to(target(&response.body));
        }
        call.answers.push((response.method.clone(), response.status.0));
    }

    fn invite_answered(&self, call: &mut Call, acks_lost: &mut u32, response: &Response) {
        let Asked::ByUs(invite, branch) = &mut call.invite else { return };
        if response.status.is_success() {
            call.dialog = Dialog::as_uac(invite, response, self.0.flow);
            call.stage = Stage::Up;
            call.voice.send_to(target(&response.body));
            self.acknowledge(call, acks_lost, response.cseq);
            return call.voice.clone().speak(self.0.quirks.mute);
        }
        self.send(&invite.write_ack(self.0.flow, branch, response));
        let asks = matches!(response.status, Status(401 | 407));
        if asks && !std::mem::replace(&mut call.signed, true) {
            let proof = self.proof(response, "INVITE", &invite.uri);
            invite.headers.push(proof);
            invite.cseq += 1;
            *branch = self.branch();
            return self.send(&invite.write(self.0.flow, branch));
        }
        call.end(response.status.0);
    }

    fn acknowledge(&self, call: &mut Call, acks_lost: &mut u32, cseq: u32) {
        if *acks_lost < self.0.quirks.lost_acks {
            *acks_lost += 1;
            return;
        }
        let Some(dialog) = &call.dialog else { return };
        let (ack, _) = dialog.ack(cseq);
        self.send(&ack.write(self.0.flow, &self.branch()));
    }

    fn find(&self, call_id: &str) -> Option<usize> {
        self.lock().calls.iter().position(|call| call.call_id() == call_id)
    }
}
