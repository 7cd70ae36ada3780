//! What one leg hears leaves by another, and what both report.

use super::*;

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
