//! The media of one call: a tone out, every 20 ms; what comes in is kept and judged by its tone. G.711 A-law.

use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, Mutex, MutexGuard};

use odziv::protocol::rtp::dtmf::Event;
use odziv::protocol::rtp::g711::Law;
use odziv::protocol::rtp::packet::Packet;
use odziv::protocol::rtp::tone::{dominant, sine};
use odziv::protocol::rtp::{FRAME, FRAME_TIME};
use tokio::net::UdpSocket;
use tokio::sync::watch;
use tokio::time::{MissedTickBehavior, interval};

pub const CITIZEN: f64 = 400.0;
pub const ANA: f64 = 700.0;
pub const BORA: f64 = 1_100.0;
pub const MUSIC: f64 = 1_900.0;
pub const TONES: [f64; 4] = [CITIZEN, ANA, BORA, MUSIC];

/// A fifth of a second: so much of one tone is no accident.
const CERTAIN: usize = 10 * FRAME;

pub struct Voice {
    socket: UdpSocket,
    /// The same, for whoever does not wait.
    sender: std::net::UdpSocket,
    state: Mutex<State>,
    changed: watch::Sender<()>,
}

#[derive(Default)]
struct State {
    target: Option<SocketAddr>,
    tone: f64,
    frames: u64,
    sequence: u16,
    heard: Vec<i16>,
    /// Packets that came, and how many had been sent when the first one did.
    packets: u64,
    first_after: Option<u64>,
    /// Packets that are missing between those that came.
    missing: u64,
    newest: Option<u16>,
    speaking: bool,
    held: bool,
    over: bool,
}

impl Voice {
    pub fn at(ip: IpAddr, tone: f64) -> Self {
        let sender = std::net::UdpSocket::bind((ip, 0)).unwrap();
        sender.set_nonblocking(true).unwrap();
        let socket = UdpSocket::from_std(sender.try_clone().unwrap()).unwrap();
        let state = State { tone, sequence: rand::random(), ..State::default() };
        Self { socket, sender, state: Mutex::new(state), changed: watch::Sender::new(()) }
    }

    pub fn port(&self) -> u16 {
        self.socket.local_addr().unwrap().port()
    }

    pub fn send_to(&self, target: Option<SocketAddr>) {
        let mut state = self.lock();
        state.target = target.or(state.target);
    }

    /// Nothing goes out while the call is held both ways.
    pub fn hold(&self, held: bool) {
        self.lock().held = held;
    }

    pub fn stop(&self) {
        self.lock().over = true;
        self.changed.send_replace(());
    }

    /// From now on, until the call is over.
    pub fn speak(self: Arc<Self>, mute: bool) {
        if !std::mem::replace(&mut self.lock().speaking, true) {
            self.lock().held = mute;
            tokio::spawn(self.clone().talk());
            tokio::spawn(self.listen());
        }
    }

    pub fn missing(&self) -> u64 {
        self.lock().missing
    }

    fn packets(&self) -> u64 {
        self.lock().packets
    }

    /// How many frames had been sent when the first packet came.
    pub fn first_after(&self) -> Option<u64> {
        self.lock().first_after
    }

    /// The one tone of the last fifth of a second.
    pub fn tone(&self) -> Option<f64> {
        let state = self.lock();
        let newest = state.heard.len().checked_sub(CERTAIN)?;
        dominant(&state.heard[newest..], &TONES)
    }

    pub async fn until_tone(&self, tone: f64) {
        let mut changed = self.changed.subscribe();
        while self.tone() != Some(tone) {
            changed.changed().await.unwrap();
        }
    }

    /// After so many more packets.
    pub async fn until_packets(&self, more: u64) {
        let mut changed = self.changed.subscribe();
        let wanted = self.packets() + more;
        while self.packets() < wanted {
            changed.changed().await.unwrap();
        }
    }

    /// Packets of telephone-events: what each says of its marker, and at which timestamp after now its press began.
    pub fn press(&self, packets: &[(bool, u32, Event)]) {
        let start = (self.lock().frames * FRAME as u64) as u32;
        for (marker, after, event) in packets {
            self.send(101, *marker, start.wrapping_add(*after), &event.bytes());
        }
        // The next press begins later than the last packet of this one.
        let length = packets.iter().map(|(_, after, event)| after + u32::from(event.duration)).max();
        self.lock().frames += u64::from(length.unwrap_or(0)) / FRAME as u64 + 1;
    }

    fn send(&self, payload_type: u8, marker: bool, timestamp: u32, payload: &[u8]) {
        let mut state = self.lock();
        let Some(target) = state.target else { return };
        let sequence = state.sequence;
        state.sequence = sequence.wrapping_add(1);
        let ssrc = state.tone as u32;
        drop(state);
        let mut bytes = [0; 400];
        let packet = Packet { payload_type, marker, sequence, timestamp, ssrc, payload };
        let length = packet.write(&mut bytes).unwrap();
        // A full buffer loses a packet, as networks do.
        let _ = self.sender.send_to(&bytes[..length], target);
    }

    async fn talk(self: Arc<Self>) {
        let mut ticks = interval(FRAME_TIME);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Skip);
        loop {
            ticks.tick().await;
            let (frames, tone, held) = {
                let state = self.lock();
                if state.over {
                    return;
                }
                (state.frames, state.tone, state.held)
            };
            if !held {
                let mut samples = [0; FRAME];
                sine(tone, 0.3, frames * FRAME as u64, &mut samples);
                self.send(8, frames == 0, (frames * FRAME as u64) as u32, &Law::A.encode(&samples));
            }
            self.lock().frames += 1;
        }
    }

    async fn listen(self: Arc<Self>) {
        let (mut buffer, mut changed) = ([0; 2_048], self.changed.subscribe());
        loop {
            tokio::select! {
                received = self.socket.recv_from(&mut buffer) => match received {
                    Ok((length, _)) => self.hear(&buffer[..length]),
                    Err(_) => return,
                },
                _ = changed.changed() => if self.lock().over { return },
            }
        }
    }

    fn hear(&self, bytes: &[u8]) {
        let Some(packet) = Packet::parse(bytes).filter(|packet| packet.payload_type == 8) else { return };
        let mut samples = vec![0; packet.payload.len()];
        Law::A.decode(packet.payload, &mut samples);
        {
            let mut state = self.lock();
            state.packets += 1;
            let expected = state.newest.map_or(packet.sequence, |newest| newest.wrapping_add(1));
            state.missing += u64::from(packet.sequence.wrapping_sub(expected));
            state.newest = Some(packet.sequence);
            let frames = state.frames;
            state.first_after.get_or_insert(frames);
            state.heard.extend(samples);
        }
        self.changed.send_replace(());
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap()
    }
}
