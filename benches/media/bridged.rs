//! Calls between two and more: what arrives of what was sent, and what a packet costs the engine.

use std::net::{SocketAddr, UdpSocket};
use std::sync::atomic::Ordering;
use std::time::Duration;

use odziv::clock::Clock;
use odziv::telephony::media::{BridgeId, Command, LegMedia, MediaEvent, Role};

use crate::bare::Bare;
use crate::{Bench, Callers, Cpu, HOME, drain, wait_until};

/// What the calls are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A-law on both sides.
    Relay,
    /// And both channels of every call into a file.
    Recorded,
    /// A-law and mu-law.
    Laws,
    /// A-law and G.722.
    Wide,
    /// Three in each bridge, A-law.
    Three,
}

impl Kind {
    pub const ALL: [Self; 5] = [Self::Relay, Self::Recorded, Self::Laws, Self::Wide, Self::Three];

    fn legs(self) -> usize {
        if self == Self::Three { 3 } else { 2 }
    }

    /// Payload type of a leg by its number in the call.
    fn payload_type(self, leg: usize) -> u8 {
        match (self, leg) {
            (Self::Laws, 1) => 0,
            (Self::Wide, 1) => 9,
            _ => 8,
        }
    }
}

/// What was counted and what it cost.
#[derive(Clone, Copy, Debug, Default)]
pub struct Figures {
    sent: u64,
    arrived: u64,
    cpu: f64,
    late: Duration,
}

impl Figures {
    /// Processor time for one packet, in microseconds.
    fn cost(&self, passed: f64) -> f64 {
        self.cpu * passed * 1e6 / self.arrived.max(1) as f64
    }
}

/// The peers: a socket for each place in a call, on which all calls' legs of that place live.
struct Peers {
    sockets: Vec<UdpSocket>,
    callers: Vec<Callers>,
}

impl Peers {
    fn new(legs: usize) -> Self {
        let sockets: Vec<UdpSocket> = (0..legs)
            .map(|_| {
                let socket = UdpSocket::bind((HOME, 0)).unwrap();
                socket.set_nonblocking(true).unwrap();
                socket2::SockRef::from(&socket).set_recv_buffer_size(64 << 20).unwrap();
                socket
            })
            .collect();
        Self { sockets, callers: Vec::new() }
    }

    fn addresses(&self) -> Vec<SocketAddr> {
        self.sockets.iter().map(|socket| socket.local_addr().unwrap()).collect()
    }

    /// Sends for so many frames and counts; the first second is not counted.
    fn run(&mut self, seconds: u32, thread: &str, payload_type: impl Fn(usize) -> u8) -> (Figures, f64) {
        const WARM_UP: u32 = 50;
        let clock = Clock::system();
        let start = clock.instant();
        let mut figures = Figures::default();
        let mut before = (Cpu::of(thread), start);
        let frames = WARM_UP + seconds * 50;
        for frame in 0..frames {
            if frame == WARM_UP {
                self.sockets.iter().for_each(|socket| while drain(socket) > 0 {});
                self.callers.iter_mut().for_each(|callers| callers.sent = 0);
                before = (Cpu::of(thread), clock.instant());
                figures = Figures::default();
            }
            // Spread over the frame, as calls are: a part every millisecond.
            for part in 0..20 {
                let time = start + Duration::from_millis(u64::from(frame * 20 + part));
                figures.late = figures.late.max(wait_until(&clock, time));
                for (n, callers) in self.callers.iter_mut().enumerate() {
                    callers.send_part(frame, part as usize, 20, payload_type(n));
                }
                figures.arrived += self.sockets.iter().map(drain_all).sum::<u64>();
            }
        }
        let passed = clock.instant().duration_since(before.1).as_secs_f64();
        figures.cpu = (Cpu::of(thread) - before.0).as_secs_f64() / passed;
        // What is still under way.
        for _ in 0..20 {
            wait_until(&clock, clock.instant() + Duration::from_millis(5));
            figures.arrived += self.sockets.iter().map(drain_all).sum::<u64>();
        }
        figures.sent = self.callers.iter().map(|callers| callers.sent).sum();
        (figures, passed)
    }
}

fn drain_all(socket: &UdpSocket) -> u64 {
    std::iter::repeat_with(|| drain(socket)).take_while(|count| *count > 0).sum()
}

/// The engine with so many calls; what a packet costs it.
pub fn engine(kind: Kind, calls: usize, seconds: u32, folder: &std::path::Path) -> f64 {
    let legs = kind.legs();
    let mut bench = Bench::start(calls * legs);
    let mut peers = Peers::new(legs);
    let addresses = peers.addresses();
    for (n, (leg, _)) in bench.legs.iter().enumerate() {
        let (call, place) = (n / legs, n % legs);
        let media = LegMedia::plain(addresses[place], kind.payload_type(place), Some(101));
        bench.media.send(Command::Open { leg: *leg, media });
        let bridge = BridgeId(call as u64);
        bench.media.send(Command::Join { leg: *leg, bridge, role: Role::Talk });
        if kind == Kind::Recorded && place == 0 {
            let path = folder.join(format!("{call}.wav"));
            bench.media.send(Command::RecordBridge { leg: *leg, path });
        }
    }
    for (place, socket) in peers.sockets.iter().enumerate() {
        let ports = bench.legs.iter().skip(place).step_by(legs).map(|(_, port)| *port);
        peers.callers.push(Callers::new(socket.try_clone().unwrap(), ports));
    }
    let (figures, passed) = peers.run(seconds, "media", |place| kind.payload_type(place));
    let writer = Cpu::of("media-writer").as_secs_f64();
    bench.close();
    while let Ok(event) = bench.events.try_recv() {
        assert!(!matches!(event, MediaEvent::RecordingFailed { .. }), "{event:?}");
    }
    let _ = std::fs::remove_dir_all(folder);
    let name = format!("{kind:?}").to_lowercase();
    tell(&name, calls, &figures, passed);
    if kind == Kind::Recorded {
        println!("         writer {writer:.2} s in all");
    }
    figures.cost(passed)
}

/// The bare loop with so many calls.
pub fn bare(calls: usize, seconds: u32) -> f64 {
    let mut peers = Peers::new(2);
    let addresses = peers.addresses();
    let bare = Bare::start(calls, [addresses[0], addresses[1]]);
    for (place, socket) in peers.sockets.iter().enumerate() {
        let ports = bare.ports.iter().skip(place).step_by(2).copied();
        peers.callers.push(Callers::new(socket.try_clone().unwrap(), ports));
    }
    let (figures, passed) = peers.run(seconds, "bare", |_| 8);
    let relayed = bare.relayed.load(Ordering::Relaxed);
    bare.stop();
    tell("bare", calls, &figures, passed);
    assert!(relayed > 0);
    figures.cost(passed)
}

fn tell(name: &str, calls: usize, figures: &Figures, passed: f64) {
    let Figures { sent, arrived, cpu, late } = figures;
    println!(
        "{name:<9}{calls:>6} calls: sent {sent}, arrived {arrived} ({:+.3} %), {:.0} packets/s out; {:.1} % of a core, \
         {:.2} us a packet; load late by {late:?} at most",
        (*arrived as f64 / (*sent).max(1) as f64 - 1.0) * 100.0,
        *arrived as f64 / passed,
        cpu * 100.0,
        figures.cost(passed),
    );
}
