//! What we send on a leg: one synchronisation source whose numbers never jump, whether the packets are our own or relayed.
//!
//! Own packets count time by the engine's grid. Relayed ones keep the distances of their source in sequence and time, so that the
//! peer sees loss, reordering and pauses as they are; only where the source changes is the distance fixed anew.

use crate::protocol::rtp::FRAME;
use crate::protocol::rtp::packet::Packet;

/// After a leg opens, 2 s of silence are sent when nothing plays: that opens the way through our NAT and lets the peer's latch close.
const OPENING: u64 = 100;
/// Later, one packet of silence every 2 s while nothing plays. NATs and peers' time-outs want no more (RFC 6263 §4.3 and §4.6 give
/// 15 s); a continuous stream would double the packets of a recording for nothing.
const KEEP_ALIVE: u64 = 100;
/// Silence of our own does not mix with a relayed stream until that has paused for so long, 200 ms.
const RELAY_PAUSE: u64 = 10;
/// A relayed sequence number that jumps further has restarted: MAX_DROPOUT and MAX_MISORDER of RFC 3550 A.1.
const MAX_DROPOUT: u16 = 3_000;
const MAX_MISORDER: u16 = 100;
/// Own timestamps go on where relayed ones ended when these are not further ahead of the grid than this, 2 s.
const MAX_AHEAD: u32 = 16_000;

#[derive(Clone, Debug)]
pub(super) struct Transmit {
    ssrc: u32,
    /// Of the next packet in order.
    sequence: u16,
    /// Of the first frame.
    timestamp: u32,
    first_frame: u64,
    last: Option<Last>,
    talking: bool,
    source: Source,
    sent: u64,
    /// Bytes of payload, as sender reports count them.
    octets: u64,
}

/// The newest packet that was sent.
#[derive(Clone, Copy, Debug)]
struct Last {
    frame: u64,
    timestamp: u32,
}

/// Where the last packet came from.
#[derive(Clone, Copy, Debug)]
enum Source {
    Own,
    Relayed {
        ssrc: u32,
        /// To be added to its numbers.
        sequence_shift: u16,
        timestamp_shift: u32,
        /// Numbers before this one were used by what was sent before.
        floor: u16,
        frame: u64,
    },
}

/// The header of a packet to be sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Header {
    pub(super) marker: bool,
    pub(super) sequence: u16,
    pub(super) timestamp: u32,
    pub(super) ssrc: u32,
}

impl Header {
    pub(super) fn write(self, payload_type: u8, payload: &[u8], target: &mut [u8]) -> Option<usize> {
        let Self { marker, sequence, timestamp, ssrc } = self;
        Packet { payload_type, marker, sequence, timestamp, ssrc, payload }.write(target)
    }
}

impl Transmit {
    /// `random`: of which source, sequence number and timestamp are made (RFC 3550 §5.1). `frame`: the present one.
    pub(super) fn new(random: u128, frame: u64) -> Self {
        Self {
            ssrc: random as u32,
            sequence: (random >> 32) as u16,
            timestamp: (random >> 64) as u32,
            first_frame: frame,
            last: None,
            talking: false,
            source: Source::Own,
            sent: 0,
            octets: 0,
        }
    }

    /// The header of an own packet in this frame; `None` when none is due. `talk`: it is a prompt or a mix, not silence.
    pub(super) fn own(&mut self, frame: u64, talk: bool) -> Option<Header> {
        // RFC 3551 §4.1: the marker stands on the first packet of talk after silence that was not sent.
        let marker = talk && !self.talking;
        if !talk && !self.silence_is_due(frame) {
            self.talking &= matches!(self.source, Source::Relayed { .. });
            return None;
        }
        let timestamp = self.own_timestamp(frame);
        self.talking = talk;
        self.source = Source::Own;
        let header = Header { marker, sequence: self.sequence, timestamp, ssrc: self.ssrc };
        self.sequence = self.sequence.wrapping_add(1);
        self.last = Some(Last { frame, timestamp });
        self.count(FRAME);
        Some(header)
    }

    /// The header of the second half of an own frame, after [`Self::own`] gave that of the first.
    pub(super) fn second_half(&mut self, first: Header) -> Header {
        let timestamp = first.timestamp.wrapping_add(FRAME as u32 / 2);
        let header = Header { marker: false, sequence: self.sequence, timestamp, ssrc: self.ssrc };
        self.sequence = self.sequence.wrapping_add(1);
        // Its bytes were counted with the frame.
        self.count(0);
        header
    }

    /// The header under which a packet of another leg goes out; `None` for one that comes too late to be told from what was sent
    /// since.
    pub(super) fn relayed(&mut self, packet: &Packet<'_>, frame: u64) -> Option<Header> {
        let (sequence_shift, timestamp_shift, floor, begins) = match self.source {
            Source::Relayed { ssrc, sequence_shift, timestamp_shift, floor, .. }
                if ssrc == packet.ssrc && self.follows(packet.sequence.wrapping_add(sequence_shift)) =>
            {
                (sequence_shift, timestamp_shift, floor, false)
            }
            _ => {
                let sequence_shift = self.sequence.wrapping_sub(packet.sequence);
                let timestamp_shift = self.own_timestamp(frame).wrapping_sub(packet.timestamp);
                (sequence_shift, timestamp_shift, self.sequence, true)
            }
        };
        let sequence = packet.sequence.wrapping_add(sequence_shift);
        // The floor matters while it is near: half a circle later every number looks old.
        let is_before_floor = (1..=MAX_MISORDER).contains(&floor.wrapping_sub(sequence));
        if is_before_floor && self.sequence.wrapping_sub(floor) <= MAX_MISORDER {
            return None;
        }
        let timestamp = packet.timestamp.wrapping_add(timestamp_shift);
        if self.sequence.wrapping_sub(sequence).cast_signed() <= 0 {
            self.sequence = sequence.wrapping_add(1);
            self.last = Some(Last { frame, timestamp });
        }
        self.source = Source::Relayed { ssrc: packet.ssrc, sequence_shift, timestamp_shift, floor, frame };
        self.talking = true;
        self.count(packet.payload.len());
        Some(Header { marker: packet.marker || begins, sequence, timestamp, ssrc: self.ssrc })
    }

    /// A packet of the relayed source is not passed on: the next one closes the gap, so that the peer counts no loss.
    pub(super) fn passed_over(&mut self, packet: &Packet<'_>) {
        if let Source::Relayed { ssrc, sequence_shift, .. } = &mut self.source
            && *ssrc == packet.ssrc
            && packet.sequence.wrapping_add(*sequence_shift) == self.sequence
        {
            *sequence_shift = sequence_shift.wrapping_sub(1);
        }
    }

    /// A keypad event among own packets, in sequence with them; `timestamp`: of the start of the press, from
    /// [`Self::present`].
    pub(super) fn event(&mut self, marker: bool, timestamp: u32) -> Header {
        let header = Header { marker, sequence: self.sequence, timestamp, ssrc: self.ssrc };
        self.sequence = self.sequence.wrapping_add(1);
        self.count(4);
        header
    }

    /// The time of a frame on this leg, for what only tells it.
    pub(super) fn present(&self, frame: u64) -> u32 {
        match self.last {
            Some(last) if last.frame >= frame => last.timestamp,
            _ => self.clone().own_timestamp(frame),
        }
    }

    /// The time of a frame that is sent: after what was sent.
    fn own_timestamp(&mut self, frame: u64) -> u32 {
        let frames = frame.saturating_sub(self.first_frame) as u32;
        let timestamp = self.timestamp.wrapping_add(frames.wrapping_mul(FRAME as u32));
        let Some(last) = self.last else { return timestamp };
        let step = timestamp.wrapping_sub(last.timestamp);
        let elapsed = frame.saturating_sub(last.frame).max(1) as u32;
        let longest = elapsed.saturating_mul(FRAME as u32).saturating_add(MAX_AHEAD);
        if (FRAME as u32..=longest).contains(&step) {
            return timestamp;
        }
        // The relayed source ran ahead of the grid, or its times came from nowhere: the grid moves.
        let moved = last.timestamp.wrapping_add(elapsed.wrapping_mul(FRAME as u32));
        self.timestamp = self.timestamp.wrapping_add(moved.wrapping_sub(timestamp));
        moved
    }

    pub(super) fn ssrc(&self) -> u32 {
        self.ssrc
    }

    pub(super) fn sent(&self) -> u64 {
        self.sent
    }

    pub(super) fn octets(&self) -> u64 {
        self.octets
    }

    /// Whether a relayed number continues what was relayed before.
    fn follows(&self, sequence: u16) -> bool {
        let step = sequence.wrapping_sub(self.sequence);
        !(MAX_DROPOUT..=u16::MAX - MAX_MISORDER).contains(&step)
    }

    fn silence_is_due(&self, frame: u64) -> bool {
        let since_last = self.last.map(|last| frame.saturating_sub(last.frame));
        if let Source::Relayed { frame: relayed, .. } = self.source
            && frame.saturating_sub(relayed) < RELAY_PAUSE
        {
            return false;
        }
        frame.saturating_sub(self.first_frame) < OPENING || since_last.is_none_or(|since| since >= KEEP_ALIVE)
    }

    fn count(&mut self, payload: usize) {
        self.sent += 1;
        self.octets += payload as u64;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Wraps around early in sequence and time.
    fn transmit() -> Transmit {
        Transmit::new(u128::from(u32::MAX - 1_000) << 64 | 0xffff << 32 | 7, 50)
    }

    fn sent(talk: impl Fn(u64) -> bool, frames: u64) -> Vec<(u64, u16, u32, bool)> {
        let mut transmit = transmit();
        (50..50 + frames)
            .filter_map(|frame| {
                let header = transmit.own(frame, talk(frame - 50))?;
                assert_eq!(header.ssrc, 7);
                Some((frame - 50, header.sequence, header.timestamp, header.marker))
            })
            .collect()
    }

    fn from_source(ssrc: u32, sequence: u16, timestamp: u32) -> Packet<'static> {
        Packet { payload_type: 8, marker: false, sequence, timestamp, ssrc, payload: &[0; FRAME] }
    }

    #[test]
    fn sequence_numbers_count_packets_and_timestamps_count_time() {
        let packets = sent(|frame| (300..320).contains(&frame) || frame >= 400, 500);
        for (n, (frame, sequence, timestamp, _)) in packets.iter().enumerate() {
            assert_eq!(*sequence, 0xffff_u16.wrapping_add(n as u16));
            assert_eq!(*timestamp, (u32::MAX - 1_000).wrapping_add(*frame as u32 * 160));
        }
    }

    #[test]
    fn markers_stand_where_talk_begins() {
        let packets = sent(|frame| (10..20).contains(&frame) || frame >= 400, 500);
        let marked: Vec<u64> = packets.iter().filter(|p| p.3).map(|p| p.0).collect();
        assert_eq!(marked, [10, 400]);
    }

    #[test]
    fn silence_is_sent_at_the_opening_and_then_now_and_then() {
        let frames: Vec<u64> = sent(|_| false, 500).iter().map(|p| p.0).collect();
        assert_eq!(frames[..100], (0..100).collect::<Vec<u64>>());
        assert_eq!(frames[100..], [199, 299, 399, 499]);
    }

    #[test]
    fn a_relayed_source_keeps_its_gaps_and_its_order() {
        let mut transmit = transmit();
        let sequences: Vec<u16> = [65_534_u16, 65_535, 1, 0, 5]
            .into_iter()
            .map(|n| {
                let steps = u32::from(n.wrapping_sub(65_534));
                let header = transmit.relayed(&from_source(9, n, steps * 160), 60).unwrap();
                assert_eq!(header.timestamp.wrapping_sub(u32::MAX - 1_000), 10 * 160 + steps * 160);
                assert_eq!(header.marker, n == 65_534);
                header.sequence
            })
            .collect();
        assert_eq!(sequences, [0xffff, 0, 2, 1, 6]);
    }

    #[test]
    fn from_own_to_relayed_and_back_numbers_go_on() {
        let mut transmit = transmit();
        let mut last: Option<Header> = None;
        for frame in 50..350 {
            let header = match frame / 50 {
                2 => transmit.relayed(&from_source(1, 900 + frame as u16, frame as u32 * 160), frame),
                // Another source, a fifth of a second ahead of the clock.
                4 => transmit.relayed(&from_source(2, frame as u16, 77 + frame as u32 * 160), frame),
                _ => transmit.own(frame, true),
            };
            let header = header.unwrap();
            if let Some(last) = last {
                assert_eq!(header.sequence, last.sequence.wrapping_add(1), "frame {frame}");
                assert_eq!(header.timestamp, last.timestamp.wrapping_add(160), "frame {frame}");
            }
            last = Some(header);
        }
    }

    #[test]
    fn times_from_nowhere_do_not_break_what_follows() {
        let mut transmit = transmit();
        transmit.relayed(&from_source(1, 1, 0), 60).unwrap();
        let wild = transmit.relayed(&from_source(1, 2, 0x9000_0000), 61).unwrap();
        let own = transmit.own(62, true).unwrap();
        assert_eq!(own.timestamp, wild.timestamp.wrapping_add(160));
        assert_eq!(transmit.own(63, true).unwrap().timestamp, own.timestamp.wrapping_add(160));
    }

    #[test]
    fn a_late_packet_of_before_a_prompt_does_not_repeat_a_number() {
        let mut transmit = transmit();
        transmit.relayed(&from_source(1, 10, 1_600), 60).unwrap();
        let own = transmit.own(61, true).unwrap();
        let next = transmit.relayed(&from_source(1, 14, 2_240), 62).unwrap();
        assert_eq!(next.sequence, own.sequence.wrapping_add(1));
        assert_eq!(transmit.relayed(&from_source(1, 13, 2_080), 62), None);
        assert_eq!(
            transmit.relayed(&from_source(1, 15, 2_400), 63).unwrap().sequence,
            own.sequence.wrapping_add(2)
        );
    }

    #[test]
    fn a_source_that_restarts_is_joined_on() {
        let mut transmit = transmit();
        let first = transmit.relayed(&from_source(1, 10, 1_600), 60).unwrap();
        let again = transmit.relayed(&from_source(1, 40_000, 9_999_999), 61).unwrap();
        assert_eq!(again.sequence, first.sequence.wrapping_add(1));
        assert_eq!(again.timestamp, first.timestamp.wrapping_add(160));
        assert!(again.marker);
    }

    #[test]
    fn what_is_not_passed_on_leaves_no_gap() {
        let mut transmit = transmit();
        let first = transmit.relayed(&from_source(1, 10, 1_600), 60).unwrap();
        transmit.passed_over(&from_source(1, 11, 1_760));
        let next = transmit.relayed(&from_source(1, 12, 1_920), 62).unwrap();
        assert_eq!(next.sequence, first.sequence.wrapping_add(1));
        assert_eq!(next.timestamp, first.timestamp.wrapping_add(320));
    }

    #[test]
    fn asking_for_the_time_does_not_move_it() {
        let mut transmit = transmit();
        let mut last = transmit.own(50, true).unwrap().timestamp;
        for frame in 51..100 {
            assert_eq!(transmit.present(frame - 1), last);
            assert_eq!(transmit.present(frame), last.wrapping_add(160));
            let next = transmit.own(frame, true).unwrap().timestamp;
            assert_eq!(next, last.wrapping_add(160));
            last = next;
        }
    }

    #[test]
    fn silence_does_not_mix_with_a_stream_that_is_relayed() {
        let mut transmit = transmit();
        for frame in 50..100 {
            transmit.relayed(&from_source(1, frame as u16, frame as u32 * 160), frame).unwrap();
            assert_eq!(transmit.own(frame, false), None);
        }
        assert_eq!((100..250).find(|frame| transmit.own(*frame, false).is_some()), Some(109));
    }
}
