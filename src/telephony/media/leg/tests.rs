use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;
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

/// Counts what a thread allocates.
struct Counting;

thread_local! {
    static ALLOCATED: Cell<u64> = const { Cell::new(0) };
}

#[global_allocator]
static COUNTING: Counting = Counting;

// SAFETY: everything is passed on to the allocator of the system.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        // A thread that ends has no counter any more.
        let _ = ALLOCATED.try_with(|count| count.set(count.get() + 1));
        // SAFETY: by the contract of this function.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        // SAFETY: by the contract of this function.
        unsafe { System.dealloc(pointer, layout) }
    }
}

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
        let leg = Leg::open(ID, &change(media()), (Transmit::new(9, 0), 4), silent_after, clock.instant());
        let peer = media().remote;
        Self { leg, out: Output::default(), clock, frame: 0, peer, sequence: 0, sent: Vec::new() }
    }

    /// One frame of 20 ms: perhaps a packet arrives, one is perhaps sent, the clock is looked at.
    fn step(&mut self, packet: Option<(u8, u32, &[u8])>) {
        let now = self.clock.instant();
        if let Some((payload_type, timestamp, payload)) = packet {
            let packet =
                Packet { payload_type, marker: false, sequence: self.sequence, timestamp, ssrc: 9, payload };
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
        if let Some((length, to)) = self.leg.second_half(&mut target) {
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
        let order =
            RecordOrder { id: RecordingId(1), path: "a.wav".into(), max: Duration::from_secs(max), silence };
        self.leg.record(order, beep(), self.clock.instant(), &mut self.out);
        // The beep, and the frame at which its end is noticed.
        self.quiet(6);
    }

    /// What was told besides whether anything arrives, which has tests of its own.
    fn told(&self, expected: &[MediaEvent]) {
        let is_arrival = |event: &&MediaEvent| {
            use MediaEvent::{Arrives, Heard, NothingArrives};
            matches!(event, NothingArrives { .. } | Arrives { .. } | Heard { .. })
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
    stage.told(&[MediaEvent::Played { leg: ID, tag: 7 }]);
    for (n, (at, _, bytes)) in stage.sent.iter().enumerate() {
        assert_eq!(*at, start + FRAME_TIME * n as u32);
        assert_eq!(Packet::parse(bytes).unwrap().timestamp, n as u32 * 160);
    }
    assert_eq!(stage.sent.len(), 3_000);
}

/// `a=maxptime:10`.
#[test]
fn a_peer_that_takes_short_packets_gets_the_same_sound_in_twice_as_many() {
    for payload_type in [8, 9] {
        let of = |packet_ms| {
            let remote = media().remote;
            let mut stage =
                Stage::with(|_| LegMedia { packet_ms, ..LegMedia::plain(remote, payload_type, None) });
            let samples: Vec<i16> = (0..8_000).map(|n| n * 3).collect();
            stage.leg.play(7, vec![Samples::new(&samples)], stage.clock.instant());
            stage.quiet(50);
            stage.sent.into_iter().map(|(_, _, bytes)| bytes).collect::<Vec<_>>()
        };
        let (whole, halves) = (of(20), of(10));
        let payload = |packets: &[Vec<u8>]| {
            packets
                .iter()
                .flat_map(|packet| Packet::parse(packet).unwrap().payload.to_vec())
                .collect::<Vec<u8>>()
        };
        assert_eq!((whole.len(), halves.len()), (50, 100));
        assert_eq!(payload(&whole), payload(&halves));
        for (n, packet) in halves.iter().enumerate() {
            let packet = Packet::parse(packet).unwrap();
            assert_eq!((packet.payload.len(), packet.marker), (80, n == 0));
            assert_eq!((packet.sequence, packet.timestamp), (n as u16, n as u32 * 80));
        }
    }
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
    stage.told(&[MediaEvent::Played { leg: ID, tag: 2 }]);
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
    stage.told(&[MediaEvent::Digit { leg: ID, digit: '5' }, MediaEvent::Digit { leg: ID, digit: '#' }]);
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

/// A call whose ACK is lost on the way lives by this, and so does one whose re-INVITE has none.
#[test]
fn the_first_packet_of_the_peer_is_told_and_the_first_after_every_change() {
    let mut stage = Stage::new();
    stage.quiet(10);
    assert!(stage.out.events.is_empty());
    stage.speak(50, 0);
    assert_eq!(stage.out.events, [MediaEvent::Heard { leg: ID }]);
    stage.leg.update(&media(), stage.clock.instant());
    stage.speak(50, 0);
    assert_eq!(stage.out.events, [MediaEvent::Heard { leg: ID }, MediaEvent::Heard { leg: ID }]);
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
    stage.told(&[]);
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
    let [.., MediaEvent::Closed { counters, .. }] = stage.out.events[..] else { panic!() };
    assert_eq!((counters.received, counters.lost, counters.sent), (11, 3, 11));
    assert!(counters.mos.unwrap() < 3.0, "{counters:?}");
}

/// Two legs that hear each other, without sockets.
struct Pair {
    one: Stage,
    other: Stage,
    frame: u64,
}

impl Pair {
    fn new(one: u8, other: u8, other_dtmf: Option<u8>) -> Self {
        let stage = |payload_type, dtmf| {
            let remote = media().remote;
            let mut stage = Stage::with(|_| LegMedia::plain(remote, payload_type, dtmf));
            stage.leg.connect(false, payload_type == 9 || one != other && other == 9);
            stage
        };
        Self { one: stage(one, Some(DTMF)), other: stage(other, other_dtmf), frame: 500 }
    }

    /// A packet to one leg; what the peer of the other gets.
    fn pass(&mut self, payload_type: u8, sequence: u16, timestamp: u32, payload: &[u8]) -> Option<Vec<u8>> {
        let now = self.one.clock.instant();
        let packet = Packet { payload_type, marker: false, sequence, timestamp, ssrc: 5, payload };
        let mut buffer = [0; 400];
        let length = packet.write(&mut buffer).unwrap();
        let datagram = Datagram { buffer: &mut buffer, length };
        let (mut scratch, mut target) = ([0; LONGEST_PACKET], [0; 400]);
        self.frame += 1;
        let heard = self.one.leg.receive(self.one.peer, datagram, &mut scratch, now, &mut self.one.out)?;
        let (length, _) = self.other.leg.relay(&heard, self.frame, now, &mut target, &mut self.other.out)?;
        Some(target[..length].to_vec())
    }

    fn voice(&mut self, n: u16) -> Option<Vec<u8>> {
        self.pass(8, n, u32::from(n) * 160, &[0x2a; FRAME])
    }
}

#[test]
fn a_relayed_packet_keeps_its_payload_and_gets_the_numbers_of_the_leg() {
    let mut pair = Pair::new(8, 8, Some(101));
    let first = pair.voice(1).unwrap();
    let second = pair.voice(2).unwrap();
    let (first, second) = (Packet::parse(&first).unwrap(), Packet::parse(&second).unwrap());
    assert_eq!((first.ssrc, first.payload, first.marker), (9, &[0x2a; FRAME][..], true));
    assert_eq!(second.sequence, first.sequence.wrapping_add(1));
    assert_eq!(second.timestamp, first.timestamp.wrapping_add(160));
    assert!(!second.marker);
}

#[test]
fn keys_pass_with_the_peers_number_or_leave_no_gap() {
    let mut pair = Pair::new(8, 8, Some(110));
    pair.voice(1).unwrap();
    let key = pair.pass(DTMF, 2, 160, &[5, 10, 0, 160]).unwrap();
    assert_eq!(Packet::parse(&key).unwrap().payload_type, 110);
    let mut pair = Pair::new(8, 8, None);
    let before = Packet::parse(&pair.voice(1).unwrap()).unwrap().sequence;
    assert_eq!(pair.pass(DTMF, 2, 160, &[5, 10, 0, 160]), None);
    let after = Packet::parse(&pair.voice(3).unwrap()).unwrap().sequence;
    assert_eq!(after, before.wrapping_add(1));
    pair.one.told(&[MediaEvent::Digit { leg: ID, digit: '5' }]);
}

/// RFC 3389: a phone that sends it unasked says that nobody speaks.
#[test]
fn comfort_noise_is_neither_heard_nor_passed_on_and_leaves_no_gap() {
    let mut pair = Pair::new(8, 8, None);
    let before = pair.voice(1).unwrap();
    assert_eq!(pair.pass(13, 2, 320, &[0x2a; 1]), None);
    let after = pair.voice(3).unwrap();
    let (before, after) = (Packet::parse(&before).unwrap(), Packet::parse(&after).unwrap());
    assert_eq!(after.sequence, before.sequence.wrapping_add(1));
    assert_eq!(after.timestamp, before.timestamp.wrapping_add(320));
    let mut recorded = Stage::new();
    recorded.record(60, None);
    (0..50).for_each(|n| recorded.step(Some((13, n * 160, &[0x10]))));
    recorded.leg.stop_recording(recorded.clock.instant(), &mut recorded.out);
    let (samples, voice) = recorded.written();
    assert!(samples.iter().all(|sample| *sample == 0) && voice == Some(Duration::ZERO));
    let counters = pair.one.leg.counters();
    assert_eq!((counters.received, counters.lost, counters.refused), (3, 0, 0));
}

#[test]
fn prompts_and_music_go_before_the_bridge_which_is_heard_again_by_itself() {
    let mut pair = Pair::new(8, 8, None);
    let now = pair.other.clock.instant();
    pair.voice(1).unwrap();
    pair.other.leg.play(1, vec![Samples::new(&[500; 320])], now);
    assert_eq!(pair.voice(2), None);
    pair.other.quiet(3);
    pair.other.told(&[MediaEvent::Played { leg: ID, tag: 1 }]);
    assert!(pair.voice(3).is_some());
    pair.other.leg.music(Some(Samples::new(&[500; 320])));
    assert_eq!(pair.voice(4), None);
    pair.other.leg.play(2, vec![Samples::new(&[900; 160])], now);
    pair.other.quiet(2);
    assert_eq!(pair.voice(5), None);
    pair.other.leg.music(None);
    assert!(pair.voice(6).is_some());
}

#[test]
fn nothing_is_relayed_to_a_peer_on_hold() {
    let mut pair = Pair::new(8, 8, None);
    let held = LegMedia { send: false, ..media() };
    pair.other.leg.update(&held, pair.other.clock.instant());
    assert_eq!(pair.voice(1), None);
    pair.other.leg.update(&media(), pair.other.clock.instant());
    assert!(pair.voice(2).is_some());
}

#[test]
fn reports_tell_the_round_trip_and_what_was_lost_at_the_peer() {
    let (mut near, mut far) = (Stage::new(), Stage::new());
    let under_way = Duration::from_millis(40);
    far.peer = near.peer;
    for frame in 0..50 * 30_u32 {
        // Every tenth packet of ours is lost.
        if frame % 10 != 0 {
            far.sequence = frame as u16;
            far.speak(1, 500);
        } else {
            far.quiet(1);
        }
        near.speak(1, 500);
        let (now, at) = (near.clock.instant(), near.clock.now());
        let mut bytes = [0; 400];
        // Each in frames of its own: a report is under way for two.
        for turn in [0, 3] {
            if frame % 4 == turn && near.leg.is_report_due(now) {
                let (length, target) = near.leg.report(frame.into(), at, now, &mut bytes).unwrap();
                assert_eq!(target.port(), media().remote.port() + 1);
                far.leg.receive_report(target, &mut bytes[..length], now + under_way);
            }
            std::mem::swap(&mut near, &mut far);
        }
    }
    let counters = near.leg.counters();
    // Delays are told in 65,536ths of a second (RFC 3550 §6.4.1).
    let round_trip = counters.round_trip.unwrap();
    assert!(round_trip.abs_diff(under_way * 2) < Duration::from_millis(1), "{round_trip:?}");
    assert!((100..=150).contains(&counters.lost_at_peer.unwrap()), "{counters:?}");
    assert!(near.leg.counters().mos > far.leg.counters().mos);
}

#[test]
fn reports_of_strangers_change_nothing() {
    let (mut near, mut far) = (Stage::new(), Stage::new());
    far.quiet(300);
    let mut bytes = [0; 400];
    let now = far.clock.instant();
    let (length, _) = far.leg.report(300, far.clock.now(), now, &mut bytes).unwrap();
    let stranger = SocketAddr::from(([198, 51, 100, 1], 7_001));
    near.leg.receive_report(stranger, &mut bytes[..length], now);
    let (_, target) = near.leg.report(300, near.clock.now(), now, &mut bytes).unwrap();
    assert_eq!(target, SocketAddr::new(media().remote.ip(), 7_001));
}

#[test]
fn a_packet_that_is_relayed_allocates_nothing() {
    for (one, other) in [(8, 8), (8, 0), (8, 9), (9, 8)] {
        let mut pair = Pair::new(one, other, Some(101));
        let mut relay = |n: u16| {
            let now = pair.one.clock.instant();
            let payload = [0x2a; FRAME];
            let (sequence, timestamp) = (n, u32::from(n) * 160);
            let packet =
                Packet { payload_type: one, marker: false, sequence, timestamp, ssrc: 5, payload: &payload };
            let mut buffer = [0; 400];
            let length = packet.write(&mut buffer).unwrap();
            let (mut scratch, mut target) = ([0; LONGEST_PACKET], [0; 400]);
            let before = ALLOCATED.with(Cell::get);
            let datagram = Datagram { buffer: &mut buffer, length };
            let heard =
                pair.one.leg.receive(pair.one.peer, datagram, &mut scratch, now, &mut pair.one.out).unwrap();
            pair.other.leg.relay(&heard, n.into(), now, &mut target, &mut pair.other.out).unwrap();
            ALLOCATED.with(Cell::get) - before
        };
        // The first one may: a codec is made when it is needed.
        relay(0);
        assert_eq!((1..200).map(relay).sum::<u64>(), 0, "{one} to {other}");
    }
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
