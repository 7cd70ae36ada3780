//! What we send: sequence numbers, timestamps, markers; and when to send silence.

use crate::protocol::rtp::FRAME;
use crate::protocol::rtp::g711::Law;
use crate::protocol::rtp::packet::Packet;

/// After a leg opens, 2 s of silence are sent when nothing plays: that opens the way through our NAT and lets the peer's latch close.
const OPENING: u64 = 100;
/// Later, one packet of silence every 2 s while nothing plays. NATs and peers' time-outs want no more (RFC 6263 §4.3 and §4.6 give
/// 15 s); a continuous stream would double the packets of a recording for nothing.
const KEEP_ALIVE: u64 = 100;

#[derive(Clone, Debug)]
pub(super) struct Transmit {
    ssrc: u32,
    sequence: u16,
    timestamp: u32,
    first_frame: u64,
    last_sent: Option<u64>,
    talking: bool,
    sent: u64,
}

impl Transmit {
    /// `random`: of which source, sequence number and timestamp are made (RFC 3550 §5.1). `frame`: the present one.
    pub(super) fn new(random: u128, frame: u64) -> Self {
        Self {
            ssrc: random as u32,
            sequence: (random >> 32) as u16,
            timestamp: (random >> 64) as u32,
            first_frame: frame,
            last_sent: None,
            talking: false,
            sent: 0,
        }
    }

    /// Writes the packet of a frame; `None` when none is due. `talk`: the codes are of a prompt, not silence.
    pub(super) fn packet(
        &mut self,
        frame: u64,
        talk: bool,
        law: Law,
        codes: &[u8; FRAME],
        target: &mut [u8],
    ) -> Option<usize> {
        let is_due = talk
            || frame.saturating_sub(self.first_frame) < OPENING
            || self.last_sent.is_none_or(|last| frame.saturating_sub(last) >= KEEP_ALIVE);
        // RFC 3551 §4.1: the marker stands on the first packet of talk after silence that was not sent.
        let marker = talk && !self.talking;
        self.talking = talk;
        if !is_due {
            return None;
        }
        let packet = Packet {
            payload_type: law.payload_type(),
            marker,
            sequence: self.sequence,
            timestamp: self
                .timestamp
                .wrapping_add((frame.saturating_sub(self.first_frame) as u32).wrapping_mul(FRAME as u32)),
            ssrc: self.ssrc,
            payload: codes,
        };
        let length = packet.write(target)?;
        self.sequence = self.sequence.wrapping_add(1);
        self.last_sent = Some(frame);
        self.sent += 1;
        Some(length)
    }

    pub(super) fn sent(&self) -> u64 {
        self.sent
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sent(talk: impl Fn(u64) -> bool, frames: u64) -> Vec<(u64, u16, u32, bool)> {
        let mut transmit = Transmit::new(u128::from(u32::MAX - 1_000) << 64 | 0xffff << 32 | 7, 50);
        let mut target = [0; 200];
        (50..50 + frames)
            .filter_map(|frame| {
                let length = transmit.packet(frame, talk(frame - 50), Law::A, &[0xd5; FRAME], &mut target)?;
                let packet = Packet::parse(&target[..length]).unwrap();
                assert_eq!((packet.ssrc, packet.payload_type, packet.payload.len()), (7, 8, FRAME));
                Some((frame - 50, packet.sequence, packet.timestamp, packet.marker))
            })
            .collect()
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
}
