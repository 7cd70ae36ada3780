//! Two agents and the network between them, on virtual time.

mod auth;
mod calls;
mod offers;
mod outside;
mod refusals;
mod sessions;
mod simulation;
mod transfers;

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::net::SocketAddr;
use std::time::Duration;

use rand::Rng;

use super::*;

const CALLER: usize = 0;
const SERVER: usize = 1;
const SECOND: Duration = Duration::from_secs(1);

/// What the network does to packets.
#[derive(Clone, Copy, Default)]
struct Weather {
    lost: f64,
    doubled: f64,
    /// Up to so much later than the others, which reorders.
    jitter: Duration,
}

/// Arrival, order of sending, to whom, bytes.
type Packet = (Instant, u64, usize, Vec<u8>);

struct Net {
    agents: [Agent; 2],
    now: Instant,
    weather: Weather,
    random: StdRng,
    wire: BinaryHeap<Reverse<Packet>>,
    sent: u64,
    /// Swallows packets of one side that begin like this.
    swallow: Option<(usize, &'static str)>,
    /// Changes what one side sends.
    edit: Option<fn(usize, String) -> String>,
    events: [Vec<Event>; 2],
    /// First lines that arrived at, or left to, each side.
    arrived: [Vec<String>; 2],
    admission: Admission,
}

fn flow(of: usize, transport: Transport) -> Flow {
    let address = |side: usize| format!("192.0.2.{}:5060", side + 1).parse().unwrap();
    Flow { transport, local: address(of), remote: address(1 - of) }
}

impl Net {
    #[expect(clippy::disallowed_methods, reason = "the start of virtual time")]
    fn new(weather: Weather, seed: u8) -> Self {
        let now = Instant::now();
        Self {
            agents: [Agent::new([seed; 32]), Agent::new([seed ^ 0x55; 32])],
            now,
            weather,
            random: StdRng::from_seed([seed ^ 0xaa; 32]),
            wire: BinaryHeap::new(),
            sent: 0,
            swallow: None,
            edit: None,
            events: [Vec::new(), Vec::new()],
            arrived: [Vec::new(), Vec::new()],
            admission: Admission::Admit,
        }
    }

    fn calm() -> Self {
        Self::new(Weather::default(), 1)
    }

    fn call(&mut self) -> DialogId {
        let call = Outgoing {
            to: "sip:021480000@192.0.2.2".into(),
            from: "sip:+381641234567@192.0.2.1".into(),
            offer: b"offer".to_vec(),
            ..Outgoing::default()
        };
        self.agents[CALLER].invite(call, flow(CALLER, Transport::Udp), self.now).unwrap()
    }

    /// Lets packets fly and timers run for so long.
    fn run(&mut self, span: Duration) {
        let end = self.now + span;
        loop {
            self.flush();
            let arrival = self.wire.peek().map(|Reverse((at, ..))| *at);
            let timers = self.agents.iter().filter_map(Agent::poll_timeout);
            let Some(next) = arrival.into_iter().chain(timers).min().filter(|at| *at <= end) else { break };
            self.now = self.now.max(next);
            while let Some(Reverse((at, _, to, bytes))) =
                self.wire.peek().cloned().filter(|Reverse(p)| p.0 <= self.now)
            {
                self.wire.pop();
                assert!(at <= self.now);
                self.deliver(to, &bytes);
            }
            let now = self.now;
            self.agents.iter_mut().for_each(|agent| agent.handle_timeout(now));
        }
        self.now = end;
    }

    fn flush(&mut self) {
        for side in [CALLER, SERVER] {
            while let Some(transmit) = self.agents[side].poll_transmit() {
                let swallowed = self
                    .swallow
                    .is_some_and(|(who, start)| who == side && transmit.bytes.starts_with(start.as_bytes()));
                if swallowed || self.random.random_bool(self.weather.lost) {
                    continue;
                }
                let bytes = match self.edit {
                    Some(edit) => {
                        edit(side, String::from_utf8(transmit.bytes.to_vec()).unwrap()).into_bytes()
                    }
                    None => transmit.bytes.to_vec(),
                };
                let copies = if self.random.random_bool(self.weather.doubled) { 2 } else { 1 };
                for _ in 0..copies {
                    let late = self.weather.jitter.mul_f64(self.random.random::<f64>());
                    self.sent += 1;
                    let at = self.now + Duration::from_millis(10) + late;
                    self.wire.push(Reverse((at, self.sent, 1 - side, bytes.clone())));
                }
            }
            while let Some(event) = self.agents[side].poll_event() {
                self.events[side].push(event);
            }
        }
    }

    fn deliver(&mut self, to: usize, bytes: &[u8]) {
        let line = String::from_utf8_lossy(bytes).lines().next().unwrap_or_default().to_owned();
        self.arrived[to].push(line);
        let admission = self.admission;
        let _ = self.agents[to].receive(bytes, flow(to, Transport::Udp), self.now, &mut || admission);
        self.flush();
    }

    fn inject(&mut self, to: usize, text: &str) -> Vec<String> {
        let before = self.arrived[1 - to].len();
        self.deliver(to, text.as_bytes());
        self.run(Duration::from_millis(100));
        self.arrived[1 - to][before..].to_vec()
    }

    fn invited(&self) -> DialogId {
        let invited: Vec<_> = self.events[SERVER]
            .iter()
            .filter_map(|event| match event {
                Event::Invited { dialog, .. } => Some(*dialog),
                _ => None,
            })
            .collect();
        assert_eq!(invited.len(), 1, "exactly one call");
        invited[0]
    }

    fn count(&self, side: usize, wanted: fn(&Event) -> bool) -> usize {
        self.events[side].iter().filter(|event| wanted(event)).count()
    }

    fn arrivals(&self, side: usize, start: &str) -> usize {
        self.arrived[side].iter().filter(|line| line.starts_with(start)).count()
    }

    /// Everything must be forgotten once all timers have run.
    fn assert_forgotten(&mut self) {
        self.run(100 * SECOND);
        for agent in &self.agents {
            assert_eq!((agent.dialogs(), agent.transactions()), (0, 0));
            assert!(agent.by_client.is_empty() && agent.by_server.is_empty() && agent.by_key.is_empty());
        }
    }
}

fn answered() -> (Net, DialogId, DialogId) {
    let mut net = Net::calm();
    let caller = net.call();
    net.run(Duration::from_millis(50));
    let server = net.invited();
    let now = net.now;
    net.agents[SERVER].ring(server, now);
    net.agents[SERVER].answer(server, b"answer", now);
    net.run(SECOND);
    (net, caller, server)
}

/// A request within the call, as the caller would send it.
fn within(net: &Net, method: &str, cseq: u32, more: &str) -> String {
    let key = net.agents[SERVER].legs.values().next().map(|leg| leg.key.clone()).unwrap_or_default();
    let (call_id, to_tag) = key.split_once('|').unwrap_or(("gone", "gone"));
    let caller_key = net.agents[CALLER].legs.values().next().map(|leg| leg.key.clone()).unwrap();
    let from_tag = caller_key.split_once('|').unwrap().1;
    format!(
        "{method} sip:odziv@192.0.2.2:5060 SIP/2.0\r\nVia: SIP/2.0/UDP 192.0.2.1:5060;rport;branch=z9hG4bK{method}{cseq}\r\n\
         From: <sip:+381641234567@192.0.2.1>;tag={from_tag}\r\nTo: <sip:021480000@192.0.2.2>;tag={to_tag}\r\n\
         Call-ID: {call_id}\r\nCSeq: {cseq} {method}\r\nMax-Forwards: 70\r\n{more}"
    )
}
