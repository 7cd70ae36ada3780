//! Two agents and the network between them.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::time::Duration;

use rand::Rng;

use super::super::*;
use crate::protocol::sip::message::Replaces;

pub const CALLER: usize = 0;
pub const SERVER: usize = 1;

/// What the network does to packets.
#[derive(Clone, Copy, Debug, Default)]
pub struct Weather {
    pub lost: f64,
    pub doubled: f64,
    /// Up to so much later than the others, which reorders.
    pub jitter: Duration,
}

/// Arrival, order of sending, to whom, bytes.
type Packet = (Instant, u64, usize, Vec<u8>);

pub struct Net {
    pub agents: [Agent; 2],
    pub now: Instant,
    pub weather: Weather,
    /// What the weather is made of, and who decides what users do.
    pub random: Box<dyn RngCore>,
    wire: BinaryHeap<Reverse<Packet>>,
    sent: u64,
    /// Swallows packets of one side that begin like this.
    pub swallow: Option<(usize, &'static str)>,
    /// Changes what one side sends.
    pub edit: Option<fn(usize, String) -> String>,
    pub events: [Vec<Event>; 2],
    /// First lines that arrived at, or left to, each side.
    pub arrived: [Vec<String>; 2],
    pub admission: Admission,
}

pub fn flow(of: usize, transport: Transport) -> Flow {
    let address = |side: usize| format!("192.0.2.{}:5060", side + 1).parse().unwrap();
    Flow { transport, local: address(of), remote: address(1 - of) }
}

impl std::fmt::Debug for Net {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Net").field("now", &self.now).field("weather", &self.weather).finish_non_exhaustive()
    }
}

impl Net {
    #[expect(clippy::disallowed_methods, reason = "the start of virtual time")]
    pub fn new(weather: Weather, seed: u8) -> Self {
        let now = Instant::now();
        Self {
            agents: [Agent::new([seed; 32]), Agent::new([seed ^ 0x55; 32])],
            now,
            weather,
            random: Box::new(StdRng::from_seed([seed ^ 0xaa; 32])),
            wire: BinaryHeap::new(),
            sent: 0,
            swallow: None,
            edit: None,
            events: [Vec::new(), Vec::new()],
            arrived: [Vec::new(), Vec::new()],
            admission: Admission::Admit,
        }
    }

    pub fn calm() -> Self {
        Self::new(Weather::default(), 1)
    }

    pub fn call(&mut self) -> DialogId {
        let call = Outgoing {
            to: "sip:021480000@192.0.2.2".into(),
            from: "sip:+381641234567@192.0.2.1".into(),
            offer: b"offer".to_vec(),
            ..Outgoing::default()
        };
        self.agents[CALLER].invite(call, flow(CALLER, Transport::Udp), self.now).unwrap()
    }

    /// What names a dialog of one side to the other: for the Replaces of an attended transfer.
    pub fn replaces(&self, side: usize, dialog: DialogId) -> Option<Replaces> {
        let leg = self.agents[side].legs.get(&dialog.0)?;
        let Stage::Up(up) = &leg.stage else { return None };
        let (call_id, own_tag) = leg.key.split_once('|')?;
        Some(Replaces {
            call_id: call_id.to_owned(),
            to_tag: up.dialog.remote_tag.clone()?,
            from_tag: own_tag.to_owned(),
            early_only: false,
        })
    }

    /// One side asks the other to call somebody in its place.
    pub fn refer(&mut self, side: usize, dialog: DialogId, to: &str, replaces: Option<Replaces>) {
        let headers = match replaces {
            Some(replaces) => {
                let escaped = replaces.write().replace(';', "%3B").replace('=', "%3D").replace('@', "%40");
                format!("?Replaces={escaped}")
            }
            None => String::new(),
        };
        let target = vec![("Refer-To", format!("<{to}{headers}>"))];
        let _ = self.agents[side].ask(dialog.0, Method::Refer, target, None, self.now);
    }

    /// Lets packets fly and timers run for so long.
    pub fn run(&mut self, span: Duration) {
        let end = self.now + span;
        loop {
            self.flush();
            let Some(next) = self.due().filter(|at| *at <= end) else { break };
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

    /// When the next packet arrives or the next timer runs out.
    pub fn due(&self) -> Option<Instant> {
        let arrival = self.wire.peek().map(|Reverse((at, ..))| *at);
        arrival.into_iter().chain(self.agents.iter().filter_map(Agent::poll_timeout)).min()
    }

    pub fn flush(&mut self) {
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

    pub fn deliver(&mut self, to: usize, bytes: &[u8]) {
        let line = String::from_utf8_lossy(bytes).lines().next().unwrap_or_default().to_owned();
        self.arrived[to].push(line);
        let admission = self.admission;
        let _ = self.agents[to].receive(bytes, flow(to, Transport::Udp), self.now, &mut || admission);
        self.flush();
    }

    pub fn inject(&mut self, to: usize, text: &str) -> Vec<String> {
        let before = self.arrived[1 - to].len();
        self.deliver(to, text.as_bytes());
        self.run(Duration::from_millis(100));
        self.arrived[1 - to][before..].to_vec()
    }

    pub fn invited(&self) -> DialogId {
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

    pub fn count(&self, side: usize, wanted: fn(&Event) -> bool) -> usize {
        self.events[side].iter().filter(|event| wanted(event)).count()
    }

    pub fn arrivals(&self, side: usize, start: &str) -> usize {
        self.arrived[side].iter().filter(|line| line.starts_with(start)).count()
    }

    /// Everything must be forgotten once all timers have run.
    pub fn assert_forgotten(&mut self) {
        self.run(100 * super::SECOND);
        for agent in &self.agents {
            assert_eq!((agent.dialogs(), agent.transactions()), (0, 0));
            assert!(agent.by_client.is_empty() && agent.by_server.is_empty() && agent.by_key.is_empty());
        }
    }
}
