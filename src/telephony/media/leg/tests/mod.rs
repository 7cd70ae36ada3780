mod relay;

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;
use std::net::SocketAddr;

use jiff::Timestamp;
use proptest::prelude::*;

use super::*;
use crate::clock::Clock;
use crate::domain::dialer::greeting::Verdict;
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
fn who_answers_is_told_by_the_greeting_once() {
    for (words, by) in [(30, Verdict::Person), (150, Verdict::Machine)] {
        let mut stage = Stage::new();
        stage.leg.hear_greeting();
        stage.speak(20, 0);
        stage.speak(words, 5_000);
        stage.speak(100, 0);
        stage.told(&[MediaEvent::Greeted { leg: ID, by }]);
    }
    let mut unasked = Stage::new();
    unasked.speak(200, 5_000);
    unasked.told(&[]);
}

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
