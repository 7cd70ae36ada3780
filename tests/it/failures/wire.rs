//! Two user agents, the network between them with an address translator if need be, and a clock that jumps from one event to the next.

use std::collections::VecDeque;
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use odziv::clock::Clock;
use odziv::protocol::sip::agent::{Admission, Agent, DialogId, Event, Outgoing};
use odziv::protocol::sip::{Flow, Transport};

pub const CALLER: usize = 0;
pub const SERVER: usize = 1;
pub const SECOND: Duration = Duration::from_secs(1);
pub const HOUR: Duration = Duration::from_secs(3_600);

const LATENCY: Duration = Duration::from_millis(20);

/// What happens to a message on its way: nothing, something, or it is lost.
pub type Way = Box<dyn FnMut(usize, &str) -> Option<String>>;

pub struct Wire {
    pub agents: [Agent; 2],
    pub now: Instant,
    pub events: [Vec<Event>; 2],
    /// First lines of what arrived at each side.
    pub arrived: [Vec<String>; 2],
    /// Whether what arrives is remembered.
    pub keeps: bool,
    pub way: Way,
    local: [SocketAddr; 2],
    /// As the other side sees it; what is sent anywhere else is lost.
    public: [SocketAddr; 2],
    flying: VecDeque<(Instant, usize, Vec<u8>)>,
}

impl Wire {
    pub fn new() -> Self {
        let public = ["192.0.2.1:5060".parse().unwrap(), "192.0.2.2:5060".parse().unwrap()];
        Self {
            agents: [Agent::new([1; 32]), Agent::new([2; 32])],
            now: Clock::test(jiff::Timestamp::UNIX_EPOCH).instant(),
            events: [Vec::new(), Vec::new()],
            arrived: [Vec::new(), Vec::new()],
            keeps: true,
            way: Box::new(|_, text| Some(text.to_owned())),
            local: public,
            public,
            flying: VecDeque::new(),
        }
    }

    /// The caller sits behind a translator of addresses: what it says of itself leads nowhere.
    pub fn with_nat() -> Self {
        let mut wire = Self::new();
        wire.local[CALLER] = "192.168.1.7:5060".parse().unwrap();
        wire.public[CALLER] = "203.0.113.77:40001".parse().unwrap();
        wire
    }

    fn flow(&self, side: usize) -> Flow {
        Flow { transport: Transport::Udp, local: self.local[side], remote: self.public[1 - side] }
    }

    pub fn invite(&mut self) -> DialogId {
        let call = Outgoing {
            to: "sip:021480000@192.0.2.2".into(),
            from: "sip:+381641234567@192.0.2.1".into(),
            offer: b"offer".to_vec(),
            ..Outgoing::default()
        };
        self.agents[CALLER].invite(call, self.flow(CALLER), self.now).unwrap()
    }

    /// A call that the server has answered; its side.
    pub fn answered(&mut self) -> (DialogId, DialogId) {
        let caller = self.invite();
        self.run(SECOND);
        let server = self.invited().expect("not invited");
        self.agents[SERVER].answer(server, b"answer", self.now);
        (caller, server)
    }

    /// The latest invitation.
    pub fn invited(&self) -> Option<DialogId> {
        self.events[SERVER].iter().rev().find_map(|event| match event {
            Event::Invited { dialog, .. } => Some(*dialog),
            _ => None,
        })
    }

    /// Messages fly and timers run for so long.
    pub fn run(&mut self, span: Duration) {
        let end = self.now + span;
        loop {
            self.send();
            let arrival = self.flying.front().map(|(at, ..)| *at);
            let timers = self.agents.iter().filter_map(Agent::poll_timeout);
            let Some(next) = arrival.into_iter().chain(timers).min().filter(|at| *at <= end) else { break };
            self.now = self.now.max(next);
            while self.flying.front().is_some_and(|(at, ..)| *at <= self.now) {
                let (_, to, bytes) = self.flying.pop_front().unwrap();
                self.receive(to, &bytes);
            }
            let now = self.now;
            self.agents.iter_mut().for_each(|agent| agent.handle_timeout(now));
        }
        self.now = end;
    }

    fn receive(&mut self, to: usize, bytes: &[u8]) {
        if self.keeps {
            let line = String::from_utf8_lossy(bytes).lines().next().unwrap_or_default().to_owned();
            self.arrived[to].push(line);
        }
        let flow = self.flow(to);
        let _ = self.agents[to].receive(bytes, flow, self.now, &mut || Admission::Admit);
    }

    fn send(&mut self) {
        for side in [CALLER, SERVER] {
            while let Some(transmit) = self.agents[side].poll_transmit() {
                let text = std::str::from_utf8(&transmit.bytes).unwrap();
                let Some(text) = (self.way)(side, text) else { continue };
                if transmit.flow.remote == self.public[1 - side] {
                    self.flying.push_back((self.now + LATENCY, 1 - side, text.into_bytes()));
                }
            }
            while let Some(event) = self.agents[side].poll_event() {
                self.events[side].push(event);
            }
        }
    }

    pub fn count(&self, side: usize, wanted: fn(&Event) -> bool) -> usize {
        self.events[side].iter().filter(|event| wanted(event)).count()
    }

    pub fn arrivals(&self, side: usize, start: &str) -> usize {
        self.arrived[side].iter().filter(|line| line.starts_with(start)).count()
    }

    /// Both sides have the call and nobody was told of an end.
    pub fn lives(&self) -> bool {
        let over = |event: &Event| {
            matches!(
                event,
                Event::HungUp { .. }
                    | Event::NeverAcknowledged { .. }
                    | Event::Ended { .. }
                    | Event::Rejected { .. }
            )
        };
        self.agents.iter().all(|agent| agent.dialogs() == 1) && !self.events.iter().flatten().any(over)
    }

    /// When the timers of the protocol are over nothing is left of any call.
    pub fn assert_forgotten(&mut self) {
        self.run(100 * SECOND);
        for agent in &self.agents {
            assert_eq!((agent.dialogs(), agent.transactions()), (0, 0));
        }
    }
}
