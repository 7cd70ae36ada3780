//! One leg without its socket: packets and the clock in; packets, events and jobs for the writer out.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use super::latch::Latch;
use super::player::{Player, Purpose};
use super::recording::Recording;
use super::samples::Samples;
use super::transmit::Transmit;
use super::writer::{Job, RecordingId};
use super::{LegCounters, LegId, LegMedia, MediaEvent};
use crate::protocol::rtp::FRAME;
use crate::protocol::rtp::dtmf;
use crate::protocol::rtp::g711::Law;
use crate::protocol::rtp::packet::Packet;
use crate::protocol::rtp::reception::Reception;

/// Samples of the longest packet that is decoded, 180 ms; nobody sends G.711 in longer ones, and a datagram of Ethernet holds no more.
const LONGEST_PACKET: usize = 1_440;
/// Ends a recording.
const END_KEY: char = '#';

#[derive(Debug)]
pub(super) struct Leg {
    id: LegId,
    law: Law,
    dtmf_payload_type: Option<u8>,
    send: bool,
    latch: Latch,
    transmit: Transmit,
    player: Option<Player>,
    digits: dtmf::Receiver,
    reception: Option<Reception>,
    recording: Option<Box<Recording>>,
    /// Since when nothing has come, and whether that was told.
    last_heard: Instant,
    silent_after: Duration,
    told_silent: bool,
}

/// What comes out of a leg besides packets. One for all legs, emptied after each.
#[derive(Debug, Default)]
pub(super) struct Output {
    pub(super) events: Vec<MediaEvent>,
    pub(super) jobs: Vec<Job>,
}

/// What [`super::Command::Record`] asks for.
#[derive(Debug)]
pub(super) struct RecordOrder {
    pub(super) id: RecordingId,
    pub(super) path: PathBuf,
    pub(super) max: Duration,
    pub(super) silence: Option<Duration>,
}

impl Leg {
    pub(super) fn open(
        id: LegId,
        media: &LegMedia,
        transmit: Transmit,
        silent_after: Duration,
        now: Instant,
    ) -> Self {
        Self {
            id,
            law: law_of(media),
            dtmf_payload_type: media.dtmf_payload_type,
            send: media.send,
            latch: Latch::new(media.remote),
            transmit,
            player: None,
            digits: dtmf::Receiver::default(),
            reception: None,
            recording: None,
            last_heard: now,
            silent_after,
            told_silent: false,
        }
    }

    pub(super) fn update(&mut self, media: &LegMedia, now: Instant) {
        self.law = law_of(media);
        self.dtmf_payload_type = media.dtmf_payload_type;
        self.send = media.send;
        self.latch.signal(media.remote);
        self.last_heard = now;
    }

    pub(super) fn play(&mut self, tag: u32, samples: Vec<Samples>, now: Instant) {
        self.replace_player(Some(Player::new(Purpose::Prompt { tag }, samples)), now);
    }

    pub(super) fn stop_playing(&mut self, now: Instant) {
        self.replace_player(None, now);
    }

    /// A recording that runs already is finished first.
    pub(super) fn record(&mut self, order: RecordOrder, beep: Samples, now: Instant, out: &mut Output) {
        self.stop_recording(now, out);
        let RecordOrder { id, path, max, silence } = order;
        self.recording = Some(Box::new(Recording::new((id, self.id), path, (max, silence), &mut out.jobs)));
        self.player = Some(Player::new(Purpose::Beep, vec![beep]));
    }

    pub(super) fn stop_recording(&mut self, now: Instant, out: &mut Output) {
        if let Some(recording) = self.recording.take() {
            recording.finish(now, &mut out.jobs);
        }
        self.player.take_if(|player| player.purpose == Purpose::Beep);
    }

    /// The writer's queue is full.
    pub(super) fn abandon_recording(&mut self, out: &mut Output) {
        if let Some(recording) = self.recording.take() {
            recording.abandon(&mut out.jobs);
        }
    }

    pub(super) fn close(mut self, now: Instant, out: &mut Output) {
        self.stop_recording(now, out);
        out.events.push(MediaEvent::Closed { leg: self.id, counters: self.counters() });
    }

    /// One datagram. Anything may stand in it.
    pub(super) fn receive(&mut self, from: SocketAddr, datagram: &[u8], now: Instant, out: &mut Output) {
        let Some(packet) = Packet::parse(datagram) else { return };
        let is_digit = self.dtmf_payload_type == Some(packet.payload_type);
        let law = Law::from_payload_type(packet.payload_type).filter(|_| !is_digit);
        if !self.latch.accept(from, is_digit || law.is_some(), now) {
            return;
        }
        self.last_heard = now;
        self.told_silent = false;
        match &mut self.reception {
            Some(reception) => reception.receive(packet.ssrc, packet.sequence),
            None => self.reception = Some(Reception::new(packet.ssrc, packet.sequence)),
        }
        if is_digit {
            self.receive_digit(&packet, now, out);
        } else if let (Some(law), Some(recording)) = (law, &mut self.recording) {
            let mut decoded = [0; LONGEST_PACKET];
            let count = law.decode(packet.payload, &mut decoded);
            let samples = decoded.get(..count).unwrap_or_default();
            recording.place(packet.ssrc, packet.timestamp, samples, now, &mut out.jobs);
        }
    }

    /// The packet of this frame, written to `target`: its length and where it goes. `frame` counts 20 ms on the engine's grid.
    pub(super) fn frame(
        &mut self,
        frame: u64,
        now: Instant,
        target: &mut [u8],
        out: &mut Output,
    ) -> Option<(usize, SocketAddr)> {
        let mut codes = [self.law.silence(); FRAME];
        let played = self.player.as_mut().map(|player| player.next_frame(self.law, &mut codes));
        if played == Some(false) {
            self.end_playing(now, out);
        }
        if !self.send {
            return None;
        }
        let to = self.latch.target()?;
        let length = self.transmit.packet(frame, played == Some(true), self.law, &codes, target)?;
        Some((length, to))
    }

    /// Looks at the clock: is the recording over, has the caller gone silent?
    pub(super) fn check(&mut self, now: Instant, out: &mut Output) {
        if self.recording.as_mut().is_some_and(|recording| recording.is_over(now, &mut out.jobs)) {
            self.stop_recording(now, out);
        }
        if !self.send {
            // On hold a peer may send nothing for as long as it likes.
            self.last_heard = now;
        } else if !self.told_silent && now.saturating_duration_since(self.last_heard) >= self.silent_after {
            self.told_silent = true;
            out.events.push(MediaEvent::Silent { leg: self.id });
        }
    }

    /// True while nobody needs what arrives at once: the socket may collect some packets, which are then read together.
    pub(super) fn can_wait(&self) -> bool {
        self.player.is_none() && self.recording.as_ref().is_some_and(|recording| recording.can_wait())
    }

    pub(super) fn is_recording(&self) -> bool {
        self.recording.is_some()
    }

    fn counters(&self) -> LegCounters {
        LegCounters {
            received: self.reception.as_ref().map_or(0, Reception::received),
            lost: self.reception.as_ref().map_or(0, Reception::lost),
            sent: self.transmit.sent(),
        }
    }

    fn receive_digit(&mut self, packet: &Packet<'_>, now: Instant, out: &mut Output) {
        let heard = self.digits.receive(packet.ssrc, packet.timestamp, packet.marker, packet.payload);
        match heard {
            Some(END_KEY) if self.recording.is_some() => self.stop_recording(now, out),
            Some(digit) => out.events.push(MediaEvent::Digit { leg: self.id, digit }),
            None => {}
        }
    }

    fn end_playing(&mut self, now: Instant, out: &mut Output) {
        if let Some(Purpose::Prompt { tag }) = self.player.as_ref().map(|player| player.purpose) {
            out.events.push(MediaEvent::Played { leg: self.id, tag });
        }
        self.replace_player(None, now);
    }

    /// A beep that ends, in whatever way, begins its recording.
    fn replace_player(&mut self, player: Option<Player>, now: Instant) {
        let before = std::mem::replace(&mut self.player, player);
        if before.is_some_and(|player| player.purpose == Purpose::Beep)
            && let Some(recording) = &mut self.recording
        {
            recording.begin(now);
        }
    }
}

/// An answer of ours names no other payload type; should one come all the same, Europe's law is the better guess.
fn law_of(media: &LegMedia) -> Law {
    Law::from_payload_type(media.payload_type).unwrap_or(Law::A)
}
