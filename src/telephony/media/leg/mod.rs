//! One leg without its socket: packets and the clock in; packets, events and jobs for the writer out.

mod receive;
mod report;
mod send;

use std::path::PathBuf;
use std::time::{Duration, Instant};

use super::arrival::Arrival;
use super::latch::Latch;
use super::player::{Player, Purpose};
use super::recorder::Recorder;
use super::recording::Recording;
use super::samples::Samples;
use super::secure::Secure;
use super::tap::Tap;
use super::transmit::Transmit;
use super::voice::{Ear, Mouth};
use super::writer::{Job, RecordingId};
use super::{LegCounters, LegId, LegMedia, MediaEvent};
use crate::domain::dialer::greeting::Greeting;
use crate::protocol::rtp::codec::Codec;
use crate::protocol::rtp::dtmf;
use crate::protocol::rtp::jitter::{self, JitterBuffer};
use crate::protocol::rtp::mix::Frame;
use crate::protocol::rtp::quality::Network;
use crate::protocol::rtp::reception::Reception;
use crate::protocol::rtp::{FRAME_TIME, duration_of, samples_in};
pub(super) use receive::{Heard, Kind, LONGEST_PACKET, Scratch};
use report::Reports;
pub(super) use send::Sent;
use send::{Press, Rest};

/// Ends a recording.
const END_KEY: char = '#';

#[derive(Debug)]
pub(super) struct Leg {
    id: LegId,
    codec: Codec,
    payload_type: u8,
    dtmf_payload_type: Option<u8>,
    send: bool,
    /// The peer takes no packets of a whole frame.
    short: bool,
    /// What is to be sent after the first half of a frame.
    rest: Option<Rest>,
    latch: Latch,
    secure: Option<Box<Secure>>,
    transmit: Transmit,
    ear: Ear,
    mouth: Mouth,
    player: Option<Player>,
    music: Option<Player>,
    digits: dtmf::Receiver,
    press: Option<Press>,
    reception: Option<Reception>,
    reports: Reports,
    recorder: Option<Recorder>,
    /// It is not known yet who has answered.
    greeting: Option<Greeting>,
    /// What the peer says, for the mix that others hear.
    buffer: Option<Box<JitterBuffer>>,
    /// Somebody who hears this leg needs it decoded.
    wants_samples: bool,
    is_read_at_once: bool,
    opened: Instant,
    arrival: Arrival,
    /// Since when nothing has come, and whether that was told.
    last_heard: Instant,
    silent_after: Duration,
    told_silent: bool,
    /// Whether the first packet since it was opened or changed was told.
    told_heard: bool,
    /// Packets of strangers, and those that SRTP did not prove.
    refused: u64,
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
    /// `random`: for its reports.
    pub(super) fn open(
        id: LegId,
        media: &LegMedia,
        (transmit, random): (Transmit, u64),
        silent_after: Duration,
        now: Instant,
    ) -> Self {
        Self {
            id,
            codec: media.codec,
            payload_type: media.payload_type,
            dtmf_payload_type: media.dtmf_payload_type,
            send: media.send,
            short: is_short(media),
            rest: None,
            latch: Latch::new(media.remote),
            secure: Secure::update(None, media),
            reports: Reports::new(media, transmit.ssrc(), random, now),
            transmit,
            ear: Ear::default(),
            mouth: Mouth::default(),
            player: None,
            music: None,
            digits: dtmf::Receiver::default(),
            press: None,
            reception: None,
            recorder: None,
            greeting: None,
            buffer: None,
            wants_samples: false,
            is_read_at_once: false,
            opened: now,
            arrival: Arrival::new(media.receive, now),
            last_heard: now,
            silent_after,
            told_silent: false,
            told_heard: false,
            refused: 0,
        }
    }

    pub(super) fn hear_greeting(&mut self) {
        self.greeting = Some(Greeting::default());
    }

    pub(super) fn update(&mut self, media: &LegMedia, now: Instant) {
        self.codec = media.codec;
        self.payload_type = media.payload_type;
        self.dtmf_payload_type = media.dtmf_payload_type;
        self.send = media.send;
        self.short = is_short(media);
        self.arrival.update(media.receive, media.remote != self.latch.signalled(), now);
        self.latch.signal(media.remote);
        self.secure = Secure::update(self.secure.take(), media);
        self.reports.update(media);
        self.last_heard = now;
        self.told_heard = false;
    }

    pub(super) fn play(&mut self, tag: u32, samples: Vec<Samples>, now: Instant) {
        self.replace_player(Some(Player::new(Purpose::Prompt { tag }, samples)), now);
    }

    pub(super) fn stop_playing(&mut self, now: Instant) {
        self.replace_player(None, now);
    }

    /// Heard again and again where no prompt is, instead of the bridge.
    pub(super) fn music(&mut self, samples: Option<Samples>) {
        self.music = samples.map(|samples| Player::new(Purpose::Music, vec![samples]));
    }

    /// A recording that runs already is finished first.
    pub(super) fn record(&mut self, order: RecordOrder, beep: Samples, now: Instant, out: &mut Output) {
        self.stop_recording(now, out);
        let RecordOrder { id, path, max, silence } = order;
        let recording = Recording::new((id, self.id), path, (max, silence), &mut out.jobs);
        self.recorder = Some(Recorder::Voicemail(Box::new(recording)));
        self.player = Some(Player::new(Purpose::Beep, vec![beep]));
    }

    /// Both sides, in two channels.
    pub(super) fn record_bridge(&mut self, id: RecordingId, path: PathBuf, now: Instant, out: &mut Output) {
        self.stop_recording(now, out);
        let tap = Tap::new((id, self.id), path, now, &mut out.jobs);
        self.recorder = Some(Recorder::Bridge(Box::new(tap)));
    }

    pub(super) fn pause_recording(&mut self, paused: bool) {
        match &mut self.recorder {
            Some(Recorder::Bridge(tap)) => tap.pause(paused),
            Some(Recorder::Voicemail(recording)) => recording.pause(paused),
            None => {}
        }
    }

    pub(super) fn stop_recording(&mut self, now: Instant, out: &mut Output) {
        if let Some(recorder) = self.recorder.take() {
            recorder.finish(now, &mut out.jobs);
        }
        self.player.take_if(|player| player.purpose == Purpose::Beep);
    }

    /// The writer's queue is full.
    pub(super) fn abandon_recording(&mut self, out: &mut Output) {
        if let Some(recorder) = self.recorder.take() {
            recorder.abandon(&mut out.jobs);
        }
    }

    /// Its place in a bridge: whether others hear it in a mix, and whether somebody wants it decoded.
    pub(super) fn connect(&mut self, is_mixed: bool, wants_samples: bool) {
        self.wants_samples = wants_samples;
        if !is_mixed {
            self.buffer = None;
        } else if self.buffer.is_none() {
            self.buffer = Some(Box::default());
        }
    }

    /// Packets are read as they come from now on, or left to collect.
    pub(super) fn read_at_once(&mut self, at_once: bool) {
        self.is_read_at_once = at_once;
    }

    /// The next 20 ms of what the peer says, for the mix; false for silence.
    pub(super) fn voice(&mut self, now: Instant, frame: &mut Frame) -> bool {
        let now = self.time(now);
        self.buffer.as_mut().is_some_and(|buffer| buffer.take(now, frame) != jitter::Heard::Nothing)
    }

    /// Samples since the leg was opened.
    fn time(&self, now: Instant) -> u64 {
        samples_in(now.saturating_duration_since(self.opened))
    }

    pub(super) fn is_short(&self) -> bool {
        self.short
    }

    pub(super) fn codec(&self) -> Codec {
        self.codec
    }

    pub(super) fn is_bridge_recorded(&self) -> bool {
        matches!(self.recorder, Some(Recorder::Bridge(_)))
    }

    pub(super) fn close(mut self, now: Instant, out: &mut Output) {
        self.stop_recording(now, out);
        out.events.push(MediaEvent::Closed { leg: self.id, counters: self.counters() });
    }

    /// Looks at the clock: is the recording over, has the caller gone silent?
    pub(super) fn check(&mut self, now: Instant, out: &mut Output) {
        if self.recorder.as_mut().is_some_and(|recorder| recorder.is_over(now, &mut out.jobs)) {
            self.stop_recording(now, out);
        }
        if self.arrival.is_missing(now) {
            let signalled = self.latch.signalled();
            out.events.push(MediaEvent::NothingArrives { leg: self.id, signalled });
        }
        if !self.send || !self.arrival.is_expected() {
            // On hold a peer may send nothing for as long as it likes.
            self.last_heard = now;
        } else if !self.told_silent && now.saturating_duration_since(self.last_heard) >= self.silent_after {
            self.told_silent = true;
            out.events.push(MediaEvent::Silent { leg: self.id });
        }
    }

    /// True while nobody needs what arrives at once: the socket may collect some packets, which are then read together.
    pub(super) fn can_wait(&self) -> bool {
        self.player.is_none() && self.recorder.as_ref().is_some_and(Recorder::can_wait)
    }

    pub(super) fn is_recording(&self) -> bool {
        self.recorder.is_some()
    }

    fn counters(&self) -> LegCounters {
        let received = self.reception.as_ref().map_or(0, Reception::received);
        let lost = self.reception.as_ref().map_or(0, Reception::lost);
        let jitter = duration_of(self.reception.as_ref().map_or(0, Reception::jitter).into());
        let round_trip = self.reports.round_trip();
        let network = Network::counted(received, lost, jitter, round_trip);
        LegCounters {
            received,
            lost,
            sent: self.transmit.sent(),
            refused: self.refused,
            jitter,
            round_trip,
            lost_at_peer: self.reports.lost_at_peer(),
            mos: (received > 0).then(|| network.mos() as f32),
        }
    }
}

fn is_short(media: &LegMedia) -> bool {
    Duration::from_millis(media.packet_ms.into()) < FRAME_TIME
}

#[cfg(test)]
mod tests;
