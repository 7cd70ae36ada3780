//! Networks of all kinds, simulated: who sends when, what arrives when, and what is heard.

use proptest::prelude::*;

use super::*;
use crate::protocol::rtp::tone;

const TONE: f64 = 440.0;
const MS: f64 = 8.0;

/// A packet on its way; times in samples of the receiver's clock.
#[derive(Clone, Copy, Debug)]
struct Sent {
    ssrc: u32,
    timestamp: u32,
    marker: bool,
    /// Number of its first sample in the sender's sound.
    sample: u64,
    length: usize,
    arrival: f64,
}

/// Packets of 20 ms by a perfect clock; the network says how long each takes, `None` for a lost one.
fn stream(count: u64, mut delay: impl FnMut(u64) -> Option<f64>) -> Vec<Sent> {
    (0..count)
        .filter_map(|n| {
            let arrival = n as f64 * 160.0 + 1_000.0 + delay(n)?;
            Some(Sent {
                ssrc: 1,
                timestamp: (n as u32).wrapping_mul(160).wrapping_add(u32::MAX - 40_000),
                marker: n == 0,
                sample: n * 160,
                length: 160,
                arrival,
            })
        })
        .collect()
}

struct Played {
    sound: Vec<i16>,
    heard: Vec<Heard>,
    counters: Counters,
    delay_ms: u64,
}

impl Played {
    fn concealed(&self) -> usize {
        self.heard.iter().filter(|heard| **heard == Heard::Concealed).count()
    }

    /// Stretches of 50 ms, from a moment on, that are not the tone. Played a little faster or slower it still counts.
    fn broken(&self, from_s: usize) -> usize {
        self.sound[from_s * 8_000..].chunks(400).filter(|chunk| tone::share(chunk, TONE) < 0.7).count()
    }
}

/// Plays to the end of what was sent and not further. All speak the tone.
fn play(mut packets: Vec<Sent>) -> Played {
    packets.sort_by(|a, b| a.arrival.total_cmp(&b.arrival));
    let end = packets.last().map_or(0.0, |last| last.arrival) as u64;
    let mut buffer = JitterBuffer::default();
    let mut played =
        Played { sound: Vec::new(), heard: Vec::new(), counters: Counters::default(), delay_ms: 0 };
    let mut packets = packets.into_iter().peekable();
    let mut now = 0;
    while now < end {
        while let Some(packet) = packets.next_if(|packet| packet.arrival <= now as f64) {
            let mut samples = vec![0; packet.length];
            tone::sine(TONE, 0.3, packet.sample, &mut samples);
            buffer.put(packet.ssrc, packet.timestamp, packet.marker, &samples, packet.arrival as u64);
        }
        let mut frame = [0; FRAME];
        played.heard.push(buffer.take(now, &mut frame));
        played.sound.extend(frame);
        now += 160;
    }
    played.counters = buffer.counters();
    played.delay_ms = buffer.delay() / 8;
    played
}

/// Reproducible numbers from 0 to 1.
fn random(seed: u32) -> impl FnMut() -> f64 {
    let mut state = seed;
    move || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        f64::from(state >> 8) / f64::from(1 << 24)
    }
}

#[test]
fn an_even_stream_is_played_without_a_fault_and_with_little_delay() {
    let played = play(stream(500, |_| Some(30.0 * MS)));
    assert_eq!((played.concealed(), played.counters.late), (0, 0));
    assert_eq!(played.broken(1), 0);
    assert!(played.delay_ms <= 30, "{}", played.delay_ms);
}

#[test]
fn jitter_is_evened_out_by_as_much_delay_as_it_needs() {
    for jitter_ms in [10.0, 40.0, 100.0] {
        let mut random = random(7);
        let played = play(stream(1_500, |_| Some(random() * jitter_ms * MS)));
        let concealed = played.heard[250..].iter().filter(|heard| **heard == Heard::Concealed).count();
        assert!(concealed <= 25, "{jitter_ms} ms: {concealed} of 1,250 made up");
        let delay = played.delay_ms as f64;
        assert!((jitter_ms * 0.8..jitter_ms + 30.0).contains(&delay), "{jitter_ms} ms of jitter: {delay} ms");
    }
}

#[test]
fn a_single_straggler_does_not_delay_the_call() {
    let played = play(stream(600, |n| Some(if n == 300 { 250.0 * MS } else { 10.0 * MS })));
    assert!(played.delay_ms <= 30, "{}", played.delay_ms);
    assert!(played.concealed() <= 2, "{}", played.concealed());
    assert_eq!(played.counters.late, 1);
}

#[test]
fn lost_packets_are_made_up_one_by_one() {
    let mut random = random(3);
    let mut lost = 0;
    let played = play(stream(1_000, |_| {
        if random() < 0.05 {
            lost += 1;
            return None;
        }
        Some(20.0 * MS)
    }));
    assert!(
        (lost..=2 * lost + 2).contains(&played.concealed()),
        "{lost} lost, {} made up",
        played.concealed()
    );
    // The tone goes on through nearly all of it.
    assert!(played.broken(1) <= 4, "{}", played.broken(1));
}

#[test]
fn doubled_and_reordered_packets_are_in_their_place() {
    let mut packets = stream(400, |n| Some(if n % 3 == 1 { 45.0 * MS } else { 10.0 * MS }));
    let doubles: Vec<Sent> =
        packets.iter().map(|sent| Sent { arrival: sent.arrival + 30.0, ..*sent }).collect();
    packets.extend(doubles);
    let played = play(packets);
    assert_eq!(played.broken(1), 0);
    assert!(played.concealed() <= 3);
}

#[test]
fn clocks_that_drift_apart_are_followed_without_a_gap() {
    for ppm in [-200.0, -100.0, 100.0, 200.0] {
        // Ten minutes: 60 or 120 ms apart at the end.
        let mut packets = stream(30_000, |_| Some(20.0 * MS));
        packets.iter_mut().for_each(|sent| sent.arrival += sent.sample as f64 * ppm / 1e6);
        let played = play(packets);
        assert!(played.concealed() <= 2, "{ppm} ppm: {} made up", played.concealed());
        assert_eq!(played.broken(1), 0, "{ppm} ppm");
        assert!(played.delay_ms <= 35, "{ppm} ppm: {} ms", played.delay_ms);
    }
}

#[test]
fn a_route_that_becomes_slower_costs_a_moment_and_one_that_becomes_faster_nothing() {
    let slower = play(stream(1_500, |n| Some(if n < 500 { 20.0 } else { 120.0 } * MS)));
    assert!(slower.concealed() <= 8, "{}", slower.concealed());
    assert_eq!(slower.broken(15), 0);
    assert!(slower.delay_ms <= 35, "{}", slower.delay_ms);
    let faster = play(stream(1_500, |n| Some(if n < 500 { 120.0 } else { 20.0 } * MS)));
    assert!(faster.concealed() <= 1, "{}", faster.concealed());
    assert!(faster.delay_ms <= 35, "{}", faster.delay_ms);
}

#[test]
fn a_sender_that_is_quiet_in_pauses_comes_back_at_once() {
    // Talk of a second, pause of a second, with timestamps that go on, or that stand still in the pause.
    for stands_still in [false, true] {
        let mut packets = stream(1_000, |n| (n / 50 % 2 == 0).then_some(15.0 * MS));
        for sent in &mut packets {
            let n = sent.sample / 160;
            sent.marker = n % 50 == 0;
            if stands_still {
                sent.timestamp = sent.timestamp.wrapping_sub((n / 100 * 50 * 160) as u32);
            }
        }
        let played = play(packets);
        let sound = played.heard.iter().filter(|heard| **heard == Heard::Sound).count();
        assert!(sound >= 485, "{stands_still}: {sound} of 500 frames heard");
        let pauses = played.heard.iter().filter(|heard| **heard == Heard::Nothing).count();
        assert!(pauses > 400, "{stands_still}: {pauses}");
        assert!(played.delay_ms <= 60, "{stands_still}: {}", played.delay_ms);
    }
}

#[test]
fn a_new_source_and_a_new_clock_are_heard_on() {
    let mut packets = stream(600, |_| Some(15.0 * MS));
    for sent in &mut packets {
        match sent.sample / 160 {
            200..400 => (sent.ssrc, sent.timestamp) = (2, sent.timestamp.wrapping_add(77_777_777)),
            // The same source counts anew without a word.
            400.. => (sent.ssrc, sent.timestamp) = (2, sent.timestamp.wrapping_mul(1).wrapping_add(5)),
            _ => {}
        }
    }
    let played = play(packets);
    assert_eq!(played.counters.restarts, 2);
    assert!(played.concealed() <= 8, "{}", played.concealed());
    assert!(played.broken(1) <= 6, "{}", played.broken(1));
}

#[test]
fn one_nonsensical_timestamp_changes_nothing() {
    let mut packets = stream(300, |_| Some(15.0 * MS));
    packets[150].timestamp = 12_345;
    let played = play(packets);
    assert_eq!(played.counters.restarts, 0);
    assert!(played.concealed() <= 2);
}

#[test]
fn packets_of_any_length_are_played() {
    for length in [80_u64, 240, 320, 480] {
        let packets = (0..400).map(|n| Sent {
            ssrc: 1,
            timestamp: (n * length) as u32,
            marker: n == 0,
            sample: n * length,
            length: length as usize,
            arrival: (n * length + length) as f64,
        });
        let played = play(packets.collect());
        let made_up = played.heard[50..].iter().filter(|heard| **heard != Heard::Sound).count();
        assert!(made_up <= 6, "{length}: {made_up}");
    }
}

proptest! {
    /// Whatever comes, nothing panics, memory is what it was, and frames come out.
    #[test]
    fn nothing_that_arrives_harms_the_buffer(
        packets in proptest::collection::vec(
            (0_u32..3, prop_oneof![any::<u32>(), 0_u32..20_000], any::<bool>(), 0_usize..1_500, 0_u64..500), 0..200)
    ) {
        let mut buffer = JitterBuffer::default();
        let mut now = 0;
        for (ssrc, timestamp, marker, length, wait) in packets {
            now += wait;
            buffer.put(ssrc, timestamp, marker, &vec![1_000; length], now);
            let mut frame = [0; FRAME];
            buffer.take(now, &mut frame);
            prop_assert!(buffer.end - buffer.next <= CAPACITY as i64);
        }
        // And afterwards it is as good as new.
        for n in 0..200_u32 {
            now += 160;
            buffer.put(9, n * 160, false, &[2_000; 160], now);
            let mut frame = [0; FRAME];
            let heard = buffer.take(now, &mut frame);
            if n > 150 {
                prop_assert_eq!(heard, Heard::Sound);
            }
        }
    }
}
