//! One leg without its socket: packets and the clock in; packets, events and jobs for the writer out.

mod receive;
mod report;
mod send;

use std::path::PathBuf;
use std::time::{Duration, Instant};

use super::arrival::Arrival;
use super::buffer::Buffer;
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
use crate::protocol::rtp::codec::Codec;
use crate::protocol::rtp::dtmf;
use crate::protocol::rtp::duration_of;
use crate::protocol::rtp::mix::Frame;
use crate::protocol::rtp::quality::Network;
use crate::protocol::rtp::reception::Reception;
pub(super) use receive::{Heard, Kind, LONGEST_PACKET, Scratch};
use report::Reports;
use send::Press;
pub(super) use send::Sent;

/// Ends a recording.
const END_KEY: char = '#';

#[derive(Debug)]
pub(super) struct Leg {
    id: LegId,
    codec: Codec,
    payload_type: u8,
    dtmf_payload_type: Option<u8>,
    send: bool,
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
    /// What the peer says, for the mix that others hear.
    buffer: Option<Box<Buffer>>,
    /// Somebody who hears this leg needs it decoded.
    wants_samples: bool,
    is_read_at_once: bool,
    opened: Instant,
    arrival: Arrival,
    /// Since when nothing has come, and whether that was told.
    last_heard: Instant,
    silent_after: Duration,
    told_silent: bool,
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
    pub(super) fn open(
        id: LegId,
        media: &LegMedia,
        transmit: Transmit,
        silent_after: Duration,
        now: Instant,
    ) -> Self {
        Self {
            id,
            codec: media.codec,
            payload_type: media.payload_type,
            dtmf_payload_type: media.dtmf_payload_type,
            send: media.send,
            latch: Latch::new(media.remote),
            secure: Secure::update(None, media),
            reports: Reports::new(id, media, transmit.ssrc(), now),
            transmit,
            ear: Ear::default(),
            mouth: Mouth::default(),
            player: None,
            music: None,
            digits: dtmf::Receiver::default(),
            press: None,
            reception: None,
            recorder: None,
            buffer: None,
            wants_samples: false,
            is_read_at_once: false,
            opened: now,
            arrival: Arrival::new(media.receive, now),
            last_heard: now,
            silent_after,
            told_silent: false,
            refused: 0,
        }
    }

    pub(super) fn update(&mut self, media: &LegMedia, now: Instant) {
        self.codec = media.codec;
        self.payload_type = media.payload_type;
        self.dtmf_payload_type = media.dtmf_payload_type;
        self.send = media.send;
        self.arrival.update(media.receive, media.remote != self.latch.signalled(), now);
        self.latch.signal(media.remote);
        self.secure = Secure::update(self.secure.take(), media);
        self.reports.update(media);
        self.last_heard = now;
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
        self.buffer.as_mut().is_some_and(|buffer| buffer.pull(now, frame))
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

#[cfg(test)]
mod tests {
    use std::net::SocketAddr;

    use jiff::Timestamp;
    use proptest::prelude::*;

    use super::*;
    use crate::clock::Clock;
    use crate::protocol::rtp::g711::Law;
    use crate::protocol::rtp::packet::Packet;
    use crate::protocol::rtp::{FRAME, FRAME_TIME, SAMPLE_RATE};
    use crate::telephony::media::sys::Datagram;

    const ID: LegId = LegId(3);
    const DTMF: u8 = 96;

    /// A leg, its peer and a clock that both share.
    struct Stage {
        leg: Leg,
        out: Output,
        clock: Clock,
        frame: u64,
        peer: SocketAddr,
        sequence: u16,
        sent: Vec<(Instant, SocketAddr, Vec<u8>)>,
    }

    impl Stage {
        fn new() -> Self {
            Self::with(|media| media)
        }

        fn with(change: impl Fn(LegMedia) -> LegMedia) -> Self {
            let clock = Clock::test(Timestamp::UNIX_EPOCH);
            let silent_after = Duration::from_secs(30);
            let leg = Leg::open(ID, &change(media()), Transmit::new(9, 0), silent_after, clock.instant());
            let peer = media().remote;
            Self { leg, out: Output::default(), clock, frame: 0, peer, sequence: 0, sent: Vec::new() }
        }

        /// One frame of 20 ms: perhaps a packet arrives, one is perhaps sent, the clock is looked at.
        fn step(&mut self, packet: Option<(u8, u32, &[u8])>) {
            let now = self.clock.instant();
            if let Some((payload_type, timestamp, payload)) = packet {
                let packet = Packet {
                    payload_type,
                    marker: false,
                    sequence: self.sequence,
                    timestamp,
                    ssrc: 5,
                    payload,
                };
                let mut buffer = [0; 400];
                let length = packet.write(&mut buffer).unwrap();
                self.receive(&mut buffer, length);
                self.sequence += 1;
            }
            let mut target = [0; 200];
            let sent = self.leg.frame(self.frame, None, now, &mut target, &mut self.out);
            if let Some((length, to)) = sent {
                self.sent.push((now, to, target[..length].to_vec()));
            }
            self.leg.check(now, &mut self.out);
            self.frame += 1;
            self.clock.advance(FRAME_TIME);
        }

        fn receive(&mut self, buffer: &mut [u8], length: usize) {
            let datagram = Datagram { buffer, length };
            let mut scratch = [0; LONGEST_PACKET];
            self.leg.receive(self.peer, datagram, &mut scratch, self.clock.instant(), &mut self.out);
        }

        fn quiet(&mut self, frames: u32) {
            (0..frames).for_each(|_| self.step(None));
        }

        fn speak(&mut self, frames: u32, level: i16) {
            let codes = Law::A.encode(&[level; FRAME]);
            (0..frames).for_each(|_| self.step(Some((8, self.frame as u32 * FRAME as u32, &codes))));
        }

        fn press(&mut self, digit: char) {
            let start = self.frame as u32 * FRAME as u32;
            dtmf::Sender::press(digit, 5)
                .unwrap()
                .for_each(|(payload, _)| self.step(Some((DTMF, start, &payload))));
        }

        fn record(&mut self, max: u64, silence: Option<u64>) {
            let silence = silence.map(Duration::from_secs);
            let order = RecordOrder {
                id: RecordingId(1),
                path: "a.wav".into(),
                max: Duration::from_secs(max),
                silence,
            };
            self.leg.record(order, beep(), self.clock.instant(), &mut self.out);
            // The beep, and the frame at which its end is noticed.
            self.quiet(6);
        }

        /// What was told besides that nothing arrives, which has a test of its own.
        fn told(&self, expected: &[MediaEvent]) {
            let is_arrival = |event: &&MediaEvent| {
                matches!(event, MediaEvent::NothingArrives { .. } | MediaEvent::Arrives { .. })
            };
            let told: Vec<_> = self.out.events.iter().filter(|event| !is_arrival(event)).cloned().collect();
            assert_eq!(told, expected);
        }

        /// What the writer would put into the file; voice when it was finished.
        fn written(&self) -> (Vec<i16>, Option<Duration>) {
            let (mut all, mut finished) = (Vec::new(), None);
            for job in &self.out.jobs {
                match job {
                    Job::Append { samples, .. } => all.extend(samples),
                    Job::Finish { samples, voice, .. } => {
                        all.extend(samples);
                        finished = Some(*voice);
                    }
                    Job::Create { .. } | Job::Abandon { .. } => {}
                }
            }
            (all, finished)
        }
    }

    fn media() -> LegMedia {
        let remote = SocketAddr::from(([192, 0, 2, 7], 7_000));
        LegMedia::plain(remote, 8, Some(DTMF))
    }

    fn beep() -> Samples {
        Samples::tone(1_400.0, Duration::from_millis(100), 0.3)
    }

    fn seconds(samples: &[i16]) -> f64 {
        samples.len() as f64 / f64::from(SAMPLE_RATE)
    }

    #[test]
    fn a_prompt_of_a_minute_leaves_on_the_grid_without_drift() {
        let mut stage = Stage::new();
        let start = stage.clock.instant();
        stage.leg.play(7, vec![Samples::new(&vec![500; 8_000 * 60])], start);
        stage.speak(3_001, 0);
        assert_eq!(stage.out.events, [MediaEvent::Played { leg: ID, tag: 7 }]);
        for (n, (at, _, bytes)) in stage.sent.iter().enumerate() {
            assert_eq!(*at, start + FRAME_TIME * n as u32);
            assert_eq!(Packet::parse(bytes).unwrap().timestamp, n as u32 * 160);
        }
        assert_eq!(stage.sent.len(), 3_000);
    }

    #[test]
    fn a_replaced_or_stopped_prompt_is_not_reported() {
        let mut stage = Stage::new();
        let samples = || vec![Samples::new(&[500; 800])];
        stage.leg.play(1, samples(), stage.clock.instant());
        stage.quiet(2);
        stage.leg.play(2, samples(), stage.clock.instant());
        stage.quiet(20);
        stage.leg.play(3, samples(), stage.clock.instant());
        stage.leg.stop_playing(stage.clock.instant());
        stage.quiet(20);
        assert_eq!(stage.out.events, [MediaEvent::Played { leg: ID, tag: 2 }]);
    }

    #[test]
    fn a_recording_with_pauses_is_as_long_as_the_time_that_passed() {
        let mut stage = Stage::new();
        stage.record(60, None);
        stage.speak(100, 3_000);
        stage.quiet(250);
        stage.speak(100, 3_000);
        stage.quiet(50);
        stage.leg.stop_recording(stage.clock.instant(), &mut stage.out);
        let (samples, voice) = stage.written();
        assert!((seconds(&samples) - 10.0).abs() < 0.05, "{}", seconds(&samples));
        assert_eq!(voice, Some(Duration::from_secs(4)));
        assert_eq!(samples.iter().filter(|s| s.unsigned_abs() > 2_000).count(), 200 * FRAME);
    }

    #[test]
    fn hash_ends_a_recording_and_is_not_a_digit() {
        let mut stage = Stage::new();
        stage.record(60, None);
        stage.speak(50, 3_000);
        stage.press('5');
        stage.press('#');
        stage.press('#');
        assert!(stage.written().1.is_some());
        let digits: Vec<_> = stage.out.events.clone();
        assert_eq!(
            digits,
            [MediaEvent::Digit { leg: ID, digit: '5' }, MediaEvent::Digit { leg: ID, digit: '#' }]
        );
    }

    #[test]
    fn a_recording_ends_at_its_limit_to_the_sample() {
        let mut stage = Stage::new();
        stage.record(3, None);
        stage.speak(400, 3_000);
        assert_eq!(stage.written().0.len(), 24_000);
        assert!(!stage.leg.is_recording());
    }

    #[test]
    fn silence_ends_a_recording_and_noise_counts_as_silence() {
        for noise in [0, 100] {
            let mut stage = Stage::new();
            stage.record(60, Some(2));
            stage.speak(100, 3_000);
            stage.speak(90, noise);
            assert!(stage.leg.is_recording());
            stage.speak(20, noise);
            assert!(!stage.leg.is_recording());
            assert!((seconds(&stage.written().0) - 4.0).abs() < 0.05);
        }
    }

    #[test]
    fn a_sender_that_stops_altogether_does_not_delay_the_end_by_silence() {
        let mut stage = Stage::new();
        stage.record(60, Some(2));
        stage.quiet(105);
        assert!(!stage.leg.is_recording());
        assert!((seconds(&stage.written().0) - 2.0).abs() < 0.05);
    }

    #[test]
    fn chunks_reach_the_writer_while_the_caller_speaks() {
        let mut stage = Stage::new();
        stage.record(600, None);
        for n in 1..200_u32 {
            stage.speak(5, 3_000);
            let behind = f64::from(n) * 0.1 - seconds(&stage.written().0);
            assert!(behind < 0.85, "{behind} s would be lost by a kill");
        }
    }

    #[test]
    fn nothing_is_sent_on_hold_and_silence_is_not_told() {
        let mut stage = Stage::with(|media| LegMedia { send: false, ..media });
        stage.leg.play(1, vec![Samples::new(&[500; 800])], stage.clock.instant());
        stage.quiet(50 * 120);
        assert!(stage.sent.is_empty());
        stage.told(&[MediaEvent::Played { leg: ID, tag: 1 }]);
        stage.leg.update(&media(), stage.clock.instant());
        stage.quiet(50 * 31);
        assert_eq!(stage.out.events.last(), Some(&MediaEvent::Silent { leg: ID }));
    }

    #[test]
    fn silence_is_told_once_and_again_after_something_came() {
        let mut stage = Stage::new();
        stage.quiet(50 * 100);
        stage.speak(1, 0);
        stage.quiet(50 * 100);
        stage.told(&[MediaEvent::Silent { leg: ID }, MediaEvent::Silent { leg: ID }]);
    }

    #[test]
    fn a_stranger_is_neither_recorded_nor_heard() {
        let mut stage = Stage::new();
        stage.record(60, None);
        stage.speak(10, 3_000);
        let own = std::mem::replace(&mut stage.peer, SocketAddr::from(([198, 51, 100, 1], 1)));
        stage.press('9');
        stage.speak(10, 20_000);
        assert!(stage.sent.iter().all(|(_, to, _)| *to == own));
        stage.leg.stop_recording(stage.clock.instant(), &mut stage.out);
        assert!(stage.out.events.is_empty());
        assert!(stage.written().0.iter().all(|s| s.unsigned_abs() < 4_000));
    }

    #[test]
    fn both_laws_are_understood_whatever_was_agreed() {
        let mut stage = Stage::new();
        stage.record(60, None);
        let codes = Law::Mu.encode(&[3_000; FRAME]);
        (0..10).for_each(|n| stage.step(Some((0, n * 160, &codes))));
        stage.leg.stop_recording(stage.clock.instant(), &mut stage.out);
        let loud = stage.written().0.iter().filter(|s| (2_900..3_100).contains(*s)).count();
        assert_eq!(loud, 10 * FRAME);
    }

    #[test]
    fn closing_counts_what_was_lost() {
        let mut stage = Stage::new();
        stage.speak(10, 0);
        stage.sequence += 3;
        stage.speak(1, 0);
        stage.leg.close(stage.clock.instant(), &mut stage.out);
        let [MediaEvent::Closed { counters, .. }] = stage.out.events[..] else { panic!() };
        assert_eq!((counters.received, counters.lost, counters.sent), (11, 3, 11));
        assert!(counters.mos.unwrap() < 3.0, "{counters:?}");
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        /// Whatever arrives, nothing panics, and a recording grows no faster than the clock.
        #[test]
        fn no_datagram_harms_a_leg(
            datagrams in proptest::collection::vec(
                (prop_oneof![Just(0x80_u8), any::<u8>()], prop_oneof![Just(8_u8), Just(DTMF), any::<u8>()],
                 proptest::collection::vec(any::<u8>(), 0..60)),
                0..60,
            )
        ) {
            let mut stage = Stage::new();
            stage.record(60, None);
            let begun = stage.clock.instant();
            for (first, second, rest) in datagrams {
                let mut bytes = [vec![first, second], rest].concat();
                let length = bytes.len();
                stage.receive(&mut bytes, length);
                stage.quiet(1);
            }
            let passed = stage.clock.instant() - begun;
            stage.leg.stop_recording(stage.clock.instant(), &mut stage.out);
            prop_assert!(seconds(&stage.written().0) <= passed.as_secs_f64() + 2.3);
        }
    }
}
