//! Datagrams and stream pieces into the whole user agent, with time passing between them. The input also says what the users do: answer,
//! refuse, call, offer, transfer, hang up, at any moment; and what a peer answers to what was sent last.
#![no_main]

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::OnceLock;
use std::time::{Duration, Instant};

use libfuzzer_sys::fuzz_target;
use odziv::clock::Clock;
use odziv::protocol::sip::agent::{Admission, Agent, Credentials, DialogId, Event, Outgoing};
use odziv::protocol::sip::message::{Framer, Method, ReferTo, Replaces, Request, Status, parse};
use odziv::protocol::sip::{Flow, Transport};

static START: OnceLock<Instant> = OnceLock::new();

/// Bodies of answers and offers of ours.
const SDP: &[u8] = b"v=0\r\n";

struct Fuzz {
    agent: Agent,
    now: Instant,
    flow: Flow,
    /// Everyone who was ever told of; most actions meet dialogs that are gone.
    dialogs: Vec<DialogId>,
    /// The last request that the agent sent: what a played peer answers.
    sent: Option<Request>,
}

fuzz_target!(|data: &[u8]| {
    let _ = parse(data);
    if let Ok(text) = std::str::from_utf8(data) {
        let _ = (ReferTo::parse(text), Replaces::parse(text));
    }
    let mut framer = Framer::default();
    for piece in data.chunks(61) {
        framer.extend(piece);
        while let Some(Ok(_)) = framer.next() {}
    }

    let flow = Flow { transport: Transport::Udp, local: address(1, 5060), remote: address(2, 5060) };
    let now = *START.get_or_init(|| Clock::system().instant());
    let mut fuzz = Fuzz { agent: Agent::new([7; 32]), now, flow, dialogs: Vec::new(), sent: None };
    for (turn, piece) in data.split(|byte| *byte == 0xff).enumerate().take(48) {
        fuzz.flow.transport = match turn % 7 {
            4 => Transport::Tcp,
            6 => Transport::Tls,
            _ => Transport::Udp,
        };
        fuzz.flow.remote = address(2, 5060 + (turn as u16 % 3));
        match piece.split_first() {
            // Letters begin messages.
            Some((action @ 0..32, rest)) => fuzz.act(*action, rest),
            Some((status @ 0x80..0xf0, rest)) => fuzz.reply(*status, rest),
            _ => {
                let _ = fuzz.agent.receive(piece, fuzz.flow, fuzz.now, &mut || Admission::Admit);
            }
        }
        let choice = piece.last().copied().unwrap_or_default();
        fuzz.listen(choice);
        fuzz.pass(Duration::from_millis(u64::from(choice) * 40));
    }
    fuzz.end();
});

impl Fuzz {
    /// What a user does to one of its dialogs.
    fn act(&mut self, action: u8, rest: &[u8]) {
        let which = rest.first().map_or(0, |byte| usize::from(*byte));
        let dialog = match self.dialogs.len() {
            0 => DialogId(u64::from(action)),
            count => self.dialogs[which % count],
        };
        let (agent, now) = (&mut self.agent, self.now);
        let status = Status(100 + u16::from(action) * 19);
        match action {
            0 | 1 => {
                let credentials = (action == 1).then(|| Credentials {
                    user: "u".to_owned(),
                    password: "p".to_owned(),
                    realm: None,
                });
                let call = Outgoing {
                    to: "sip:a@192.0.2.2".to_owned(),
                    from: "sip:b@192.0.2.1".to_owned(),
                    offer: SDP.to_vec(),
                    credentials,
                    ..Outgoing::default()
                };
                self.dialogs.extend(agent.invite(call, self.flow, now));
            }
            2 => agent.ring(dialog, now),
            3 => agent.early(dialog, SDP, now),
            4 | 5 => agent.answer(dialog, SDP, now),
            6 => agent.reject(dialog, Status::BUSY_HERE, Some(5), now),
            7 => agent.hang_up(dialog, now),
            8 => agent.answered_elsewhere(dialog, now),
            9..13 => agent.reoffer(dialog, &[action], now),
            13 => agent.accept_offer(dialog, SDP, now),
            14 => agent.refuse_offer(dialog, Status::NOT_ACCEPTABLE_HERE, now),
            15 => agent.accept_refer(dialog, now),
            16 => agent.refuse_refer(dialog, Status::DECLINE, now),
            17 => agent.seems_alive(dialog),
            18 => {
                let options = agent.compose(Method::Options, "sip:x@y", "sip:x@y", "sip:x@y", self.flow);
                let _ = agent.request(options, None, self.flow, now);
            }
            19 => self.pass(Duration::from_secs(900)),
            _ => agent.notify_refer(dialog, status, now),
        }
    }

    /// A peer answers the last request with a status and lines of the input's choosing.
    fn reply(&mut self, status: u8, rest: &[u8]) {
        let Some(request) = &self.sent else { return };
        const STATUSES: [u16; 14] = [100, 180, 183, 200, 200, 202, 302, 401, 407, 422, 481, 486, 491, 500];
        let status = Status(STATUSES[usize::from(status) % STATUSES.len()]);
        let mut answer = request.answer(status, self.flow.local, "peer");
        for line in String::from_utf8_lossy(rest).lines() {
            if let Some((name, value)) = line.split_once(':') {
                answer = answer.header(name, value);
            }
        }
        let bytes = answer.finish();
        let _ = self.agent.receive(&bytes, self.flow, self.now, &mut || Admission::Admit);
    }

    fn listen(&mut self, choice: u8) {
        while let Some(event) = self.agent.poll_event() {
            match event {
                Event::Invited { dialog, .. } => {
                    self.dialogs.push(dialog);
                    match choice % 4 {
                        0 => self.agent.answer(dialog, SDP, self.now),
                        1 => self.agent.reject(dialog, Status::BUSY_HERE, Some(5), self.now),
                        _ => {}
                    }
                }
                Event::Reoffered { dialog, .. } if choice % 3 == 0 => {
                    self.agent.accept_offer(dialog, SDP, self.now)
                }
                Event::Referred { dialog, .. } if choice % 3 != 0 => {
                    self.agent.accept_refer(dialog, self.now)
                }
                Event::Request { id, request, flow } if choice % 2 == 0 => {
                    let answer = request.answer(Status::OK, flow.remote, "t").finish();
                    self.agent.respond(id, Status::OK, answer, self.now);
                }
                _ => {}
            }
        }
        while let Some(transmit) = self.agent.poll_transmit() {
            assert!(!transmit.bytes.is_empty());
            self.sent =
                Request::from_bytes(&transmit.bytes).filter(|r| r.method != Method::Ack).or(self.sent.take());
        }
    }

    fn pass(&mut self, span: Duration) {
        self.now += span;
        self.agent.handle_timeout(self.now);
    }

    /// Whatever came: when the users leave and the network falls silent, everything ends.
    fn end(mut self) {
        for dialog in std::mem::take(&mut self.dialogs) {
            self.agent.hang_up(dialog, self.now);
        }
        for _ in 0..4_000 {
            while self.agent.poll_transmit().is_some() || self.agent.poll_event().is_some() {}
            let Some(due) = self.agent.poll_timeout() else { break };
            self.now = self.now.max(due);
            self.agent.handle_timeout(self.now);
        }
        assert_eq!(self.agent.transactions(), 0, "a transaction outlived every timer");
        assert_eq!(self.agent.dialogs(), 0, "a dialog outlived its user");
    }
}

fn address(host: u8, port: u16) -> SocketAddr {
    SocketAddr::from((Ipv4Addr::new(192, 0, 2, host), port))
}
