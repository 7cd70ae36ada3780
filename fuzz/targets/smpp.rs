//! One bind to an SMSC: our submits and acknowledgements, its answers in any order and of any status, its own requests, raw octets,
//! silence and time. Every submit has exactly one end, nothing comes after `Closed`, and the window is kept.
#![no_main]

use std::collections::BTreeSet;
use std::sync::OnceLock;
use std::time::{Duration, Instant};

use libfuzzer_sys::fuzz_target;
use odziv::clock::Clock;
use odziv::protocol::smpp::pdu::{self, Address, BindKind, Command, Message, Pdu};
use odziv::protocol::smpp::session::{Event, Key, Session, Settings, Token};
use odziv::protocol::smpp::status::Status;

static START: OnceLock<Instant> = OnceLock::new();

const WINDOW: usize = 4;
const STEPS: usize = 300;

struct Link {
    session: Session,
    now: Instant,
    /// Requests of ours that were not answered.
    asked: Vec<Command>,
    tokens: Vec<Token>,
    pending: BTreeSet<u64>,
    submitted: u64,
    closed: bool,
    /// Octets of the input's own may have answered what this end did not.
    raw: bool,
}

fuzz_target!(|data: &[u8]| {
    let now = *START.get_or_init(|| Clock::system().instant());
    let settings = Settings {
        kind: BindKind::Transceiver,
        system_id: "odziv".into(),
        password: "secret".into(),
        system_type: String::new(),
        window: WINDOW,
        per_second: 20,
        enquire_every: Duration::from_secs(30),
        response_timeout: Duration::from_secs(10),
    };
    let mut link = Link {
        session: Session::new(settings, now),
        now,
        asked: Vec::new(),
        tokens: Vec::new(),
        pending: BTreeSet::new(),
        submitted: 0,
        closed: false,
        raw: false,
    };
    let mut steps = data;
    for _ in 0..STEPS {
        link.look();
        let [what, how, rest @ ..] = steps else { break };
        steps = link.step(*what, *how, rest);
    }
    link.end();
});

impl Link {
    fn step<'a>(&mut self, what: u8, how: u8, rest: &'a [u8]) -> &'a [u8] {
        match what % 8 {
            0 => self.submit(),
            1 | 2 => self.answer(how),
            3 => self.smsc_says(how),
            4 => {
                if !self.tokens.is_empty() {
                    let token = self.tokens.swap_remove(usize::from(how) % self.tokens.len());
                    let _ = self.session.acknowledge(token, Status(u32::from(how)));
                    assert!(!self.session.acknowledge(token, Status::OK), "acknowledged twice");
                }
            }
            5 => self.pass(Duration::from_millis(u64::from(how) * 120)),
            6 => {
                let (octets, rest) = rest.split_at(usize::from(how).min(rest.len()));
                self.raw = true;
                self.session.handle_octets(octets, self.now);
                return rest;
            }
            _ if how == 7 => self.session.unbind(self.now),
            _ if how == 9 => self.session.disconnected(),
            _ if how > 240 => {
                let source = Address { ton: 3, npi: 1, digits: "1234".into() };
                self.session.query(Key(u64::from(how)), how.to_string(), source, self.now);
            }
            _ => self.pass(Duration::from_secs(u64::from(how) / 4)),
        }
        rest
    }

    fn submit(&mut self) {
        self.submitted += 1;
        self.pending.insert(self.submitted);
        let destination = Address { ton: 1, npi: 1, digits: "381641234567".into() };
        let message = Message { destination, body: b"text".to_vec(), ..Message::default() };
        self.session.submit(Key(self.submitted), message, self.now);
    }

    /// The SMSC answers one of our requests, not always the oldest and not always well.
    fn answer(&mut self, how: u8) {
        if self.asked.is_empty() {
            return;
        }
        let asked = self.asked.remove(usize::from(how >> 4) % self.asked.len());
        const STATUSES: [u32; 8] = [0, 0, 0, 0, 0x58, 0x14, 0x0b, 0xff];
        let status = Status(STATUSES[usize::from(how & 7)]);
        let pdu = match &asked.pdu {
            _ if how & 8 != 0 && how & 7 == 7 => Pdu::GenericNack,
            Pdu::Bind(_) => Pdu::BindResp { kind: BindKind::Transceiver, system_id: "smsc".into() },
            Pdu::SubmitSm(_) => Pdu::SubmitSmResp { message_id: asked.sequence.to_string() },
            Pdu::EnquireLink => Pdu::EnquireLinkResp,
            Pdu::Unbind => Pdu::UnbindResp,
            Pdu::QuerySm { message_id, .. } => {
                Pdu::QuerySmResp { message_id: message_id.clone(), state: how % 10, error: how }
            }
            _ => return,
        };
        self.receive(Command { status, sequence: asked.sequence, pdu });
    }

    fn smsc_says(&mut self, how: u8) {
        let text =
            || Message { body: vec![b'a'; usize::from(how)], esm_class: how & 0x44, ..Message::default() };
        let pdu = match how % 6 {
            0 | 1 => Pdu::DeliverSm(text()),
            2 => Pdu::DataSm(text()),
            3 => Pdu::EnquireLink,
            4 if how > 200 => Pdu::Unbind,
            4 => Pdu::SubmitSm(text()),
            // A header alone, of any command.
            _ => {
                let header = [16, u32::from(how), 0, u32::from(how) + 1].map(u32::to_be_bytes);
                return self.session.handle_octets(header.as_flattened(), self.now);
            }
        };
        self.receive(Command { status: Status::OK, sequence: u32::from(how) + 1, pdu });
    }

    fn receive(&mut self, command: Command) {
        if let Ok(octets) = command.encode() {
            self.session.handle_octets(&octets, self.now);
        }
    }

    fn pass(&mut self, span: Duration) {
        let end = self.now + span;
        let mut wakes = 0;
        while let Some(due) = self.session.poll_timeout().filter(|due| *due <= end) {
            self.now = self.now.max(due);
            self.session.handle_timeout(self.now);
            self.look();
            wakes += 1;
            assert!(wakes < 10_000, "a deadline that does not move");
        }
        self.now = end;
    }

    /// What the session wants and tells.
    fn look(&mut self) {
        while let Some(octets) = self.session.poll_transmit() {
            let command = pdu::decode(&octets).expect("what we write can be read");
            if matches!(
                command.pdu,
                Pdu::Bind(_) | Pdu::SubmitSm(_) | Pdu::EnquireLink | Pdu::Unbind | Pdu::QuerySm { .. }
            ) {
                self.asked.push(command);
            }
            let queries = self.asked.iter().filter(|asked| matches!(asked.pdu, Pdu::QuerySm { .. })).count();
            assert!(self.raw || queries <= 1, "{queries} questions at once");
            let submits = self.asked.iter().filter(|asked| matches!(asked.pdu, Pdu::SubmitSm(_))).count();
            assert!(self.raw || submits <= WINDOW, "{submits} unanswered submits");
        }
        while let Some(event) = self.session.poll_event() {
            // What is given to a link that has ended comes back at once.
            assert!(
                !self.closed || matches!(event, Event::Lost { written: false, .. }),
                "{event:?} after the end"
            );
            match event {
                Event::Accepted { key, .. } | Event::Refused { key, .. } | Event::Lost { key, .. } => {
                    assert!(self.pending.remove(&key.0), "a submit that ended twice, or was never made");
                }
                Event::Message { token, .. } => self.tokens.push(token),
                Event::Closed(_) => {
                    self.closed = true;
                    assert!(self.session.is_closed());
                }
                Event::Bound { .. } | Event::Queried { .. } | Event::NotQueried { .. } | Event::Poison(_) => {}
            }
        }
        assert!(self.session.room() <= 2 * WINDOW);
    }

    fn end(mut self) {
        self.session.unbind(self.now);
        self.look();
        for _ in 0..4 {
            self.pass(Duration::from_secs(60));
        }
        self.session.disconnected();
        self.look();
        assert!(self.closed && self.session.poll_timeout().is_none());
        assert!(self.pending.is_empty(), "submits without an end: {:?}", self.pending);
    }
}
