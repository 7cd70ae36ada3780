//! RTCP (RFC 3550 §6): each side tells the other what it sent and what of it arrived. Out of that come loss as the peer sees it and
//! the round trip. One [`Rtcp`] for each leg; pure, and over a two-party session, so the interval needs no counting of members.

use std::time::{Duration, Instant};

use jiff::Timestamp;
use rtcp_types::prelude::*;
use rtcp_types::{
    Bye, Compound, Packet, ReceiverReport, ReportBlock, ReportBlockBuilder, Sdes, SdesChunk, SdesItem,
    SenderReport,
};

use super::reception::Reception;

/// RFC 3550 §6.2: five seconds, of which each interval is 0.5 to 1.5 (§6.3.1); the first one is half.
const INTERVAL: Duration = Duration::from_secs(5);
/// Sender reports that the peer may refer to: it answers the last one, or the one before when they cross.
const REMEMBERED: usize = 4;
/// Bytes of a compound packet that are read; ours have about 100, real ones less than 500.
const MAX_LENGTH: usize = 1_500;
/// A round trip longer than this is a clock gone wrong.
const MAX_ROUND_TRIP: Duration = Duration::from_secs(10);
/// Seconds from 1900 to 1970 (RFC 3550 §4).
const NTP_EPOCH: u64 = 2_208_988_800;
/// Packet types of RTCP (RFC 5761 §4): how a packet on a shared port is told from RTP.
const TYPES: std::ops::RangeInclusive<u8> = 192..=223;

/// Whether a datagram on a port that RTP and RTCP share is RTCP.
pub fn is_rtcp(datagram: &[u8]) -> bool {
    matches!(datagram, [first, kind, ..] if first >> 6 == 2 && TYPES.contains(kind))
}

/// What we have sent so far.
#[derive(Clone, Copy, Debug, Default)]
pub struct Sent {
    pub packets: u64,
    /// Of payload.
    pub octets: u64,
    /// RTP timestamp of the present moment.
    pub timestamp: u32,
}

/// What the peer says about our packets.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Told {
    /// Of 256, since its last report.
    pub fraction_lost: u8,
    pub lost: u32,
    pub jitter: Duration,
}

/// What a compound packet brought.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Received {
    Report,
    /// The peer's source has gone.
    Bye,
}

#[derive(Debug)]
pub struct Rtcp {
    ssrc: u32,
    cname: String,
    random: u32,
    next: Instant,
    is_first: bool,
    sent_before: u64,
    /// The middle 32 bits of the time in our last sender reports, and when they left.
    reports: [Option<(u32, Instant)>; REMEMBERED],
    written: usize,
    /// The same of the peer's last one.
    heard: Option<(u32, Instant)>,
    told: Option<Told>,
    round_trip: Option<Duration>,
}

impl Rtcp {
    /// `random`: spreads the reports of many legs over time, and makes a name that tells nothing (RFC 7022).
    pub fn new(ssrc: u32, random: u64, now: Instant) -> Self {
        let mut rtcp = Self {
            ssrc,
            cname: format!("{random:016x}"),
            random: (random as u32) | 1,
            next: now,
            is_first: true,
            sent_before: 0,
            reports: [None; REMEMBERED],
            written: 0,
            heard: None,
            told: None,
            round_trip: None,
        };
        rtcp.next = now + rtcp.interval();
        rtcp
    }

    /// When [`Self::write`] is due.
    pub fn next_timeout(&self) -> Instant {
        self.next
    }

    /// Writes the report that is due; `None` when the target is too short. A sender report when something was sent since the last
    /// one (§6.4), else a receiver report.
    pub fn write(
        &mut self,
        sent: Sent,
        reception: Option<&mut Reception>,
        at: Timestamp,
        now: Instant,
        target: &mut [u8],
    ) -> Option<usize> {
        let block = reception.map(|reception| self.block(reception, now));
        let is_sender = sent.packets > self.sent_before;
        let length = if is_sender {
            let ntp = ntp(at);
            let mut report = SenderReport::builder(self.ssrc)
                .ntp_timestamp(ntp)
                .rtp_timestamp(sent.timestamp)
                .packet_count(sent.packets as u32)
                .octet_count(sent.octets as u32);
            if let Some(block) = block {
                report = report.add_report_block(block);
            }
            let length =
                Compound::builder().add_packet(report).add_packet(self.name()).write_into(target).ok()?;
            if let Some(slot) = self.reports.get_mut(self.written % REMEMBERED) {
                *slot = Some((middle(ntp), now));
            }
            self.written += 1;
            length
        } else {
            let mut report = ReceiverReport::builder(self.ssrc);
            if let Some(block) = block {
                report = report.add_report_block(block);
            }
            Compound::builder().add_packet(report).add_packet(self.name()).write_into(target).ok()?
        };
        self.sent_before = sent.packets;
        self.is_first = false;
        self.next = now + self.interval();
        Some(length)
    }

    /// Writes the farewell of a leg that closes (§6.6).
    pub fn write_bye(&self, target: &mut [u8]) -> Option<usize> {
        let bye = Bye::builder().add_source(self.ssrc);
        let report = ReceiverReport::builder(self.ssrc);
        let packet = Compound::builder().add_packet(report).add_packet(self.name()).add_packet(bye);
        packet.write_into(target).ok()
    }

    /// Takes a compound packet of the peer; `None` for what is none. Reports about others than us are passed over.
    pub fn receive(&mut self, datagram: &[u8], now: Instant) -> Option<Received> {
        if datagram.len() > MAX_LENGTH {
            return None;
        }
        let mut received = None;
        for packet in Compound::parse(datagram).ok()? {
            match packet {
                Ok(Packet::Sr(report)) => {
                    self.heard = Some((middle(report.ntp_timestamp()), now));
                    report.report_blocks().for_each(|block| self.note(&block, now));
                    received = received.or(Some(Received::Report));
                }
                Ok(Packet::Rr(report)) => {
                    report.report_blocks().for_each(|block| self.note(&block, now));
                    received = received.or(Some(Received::Report));
                }
                Ok(Packet::Bye(_)) => received = Some(Received::Bye),
                // Names, feedback and what is not understood (§6.1: the rest counts all the same).
                Ok(_) => {}
                Err(_) => break,
            }
        }
        received
    }

    /// What the peer said last about our packets.
    pub fn told(&self) -> Option<Told> {
        self.told
    }

    /// There and back, without what the peer took to answer.
    pub fn round_trip(&self) -> Option<Duration> {
        self.round_trip
    }

    fn note(&mut self, block: &ReportBlock<'_>, now: Instant) {
        if block.ssrc() != self.ssrc {
            return;
        }
        let jitter = Duration::from_micros(u64::from(block.interarrival_jitter()) * 125);
        self.told =
            Some(Told { fraction_lost: block.fraction_lost(), lost: block.cumulative_lost(), jitter });
        // §6.4.1: the peer names our report that it heard last, and how long ago that was. The times of leaving are ours, so no
        // clock of the peer and no clock that is set meanwhile matters.
        let named = block.last_sender_report_timestamp();
        let left = self.reports.iter().flatten().find(|(report, _)| *report == named);
        if let Some((_, left)) = left {
            let held = from_fixed(block.delay_since_last_sender_report_timestamp());
            let round_trip = now.saturating_duration_since(*left).checked_sub(held);
            self.round_trip = round_trip.filter(|time| *time <= MAX_ROUND_TRIP).or(self.round_trip);
        }
    }

    fn block(&self, reception: &mut Reception, now: Instant) -> ReportBlockBuilder {
        let counted = reception.report();
        let (last, delay) = match self.heard {
            Some((report, at)) => (report, to_fixed(now.saturating_duration_since(at))),
            None => (0, 0),
        };
        ReportBlock::builder(counted.ssrc)
            .fraction_lost(counted.fraction_lost)
            // 24 bits, signed (§6.4.1).
            .cumulative_lost(counted.lost.min(0x7f_ffff) as u32)
            .extended_sequence_number(counted.highest)
            .interarrival_jitter(counted.jitter)
            .last_sender_report_timestamp(last)
            .delay_since_last_sender_report_timestamp(delay)
    }

    fn name(&self) -> rtcp_types::SdesBuilder<'_> {
        let name = SdesItem::builder(SdesItem::CNAME, &self.cname);
        Sdes::builder().add_chunk(SdesChunk::builder(self.ssrc).add_item(name))
    }

    fn interval(&mut self) -> Duration {
        // xorshift: enough to keep a thousand legs from speaking at once.
        self.random ^= self.random << 13;
        self.random ^= self.random >> 17;
        self.random ^= self.random << 5;
        let interval = if self.is_first { INTERVAL / 2 } else { INTERVAL };
        interval.mul_f64(0.5 + f64::from(self.random) / f64::from(u32::MAX))
    }
}

/// Seconds since 1900 in 32.32 bits.
fn ntp(at: Timestamp) -> u64 {
    let seconds = at.as_second().cast_unsigned().wrapping_add(NTP_EPOCH);
    let fraction = (u64::try_from(at.subsec_nanosecond()).unwrap_or_default() << 32) / 1_000_000_000;
    seconds << 32 | fraction
}

fn middle(ntp: u64) -> u32 {
    (ntp >> 16) as u32
}

/// 16.16 bits.
fn to_fixed(time: Duration) -> u32 {
    u32::try_from((time.as_micros() << 16) / 1_000_000).unwrap_or(u32::MAX)
}

fn from_fixed(time: u32) -> Duration {
    Duration::from_micros((u64::from(time) * 1_000_000) >> 16)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const MS: Duration = Duration::from_millis(1);

    fn start() -> (Instant, Timestamp) {
        #[expect(clippy::disallowed_methods, reason = "any instant will do to count from")]
        let now = Instant::now();
        (now, "2026-11-22T20:00:00.5Z".parse().unwrap())
    }

    fn sent(packets: u64) -> Sent {
        Sent { packets, octets: packets * 160, timestamp: 4_711 }
    }

    fn report(
        from: &mut Rtcp,
        sent: Sent,
        reception: Option<&mut Reception>,
        at: Timestamp,
        now: Instant,
    ) -> Vec<u8> {
        let mut target = [0; 300];
        let length = from.write(sent, reception, at, now, &mut target).unwrap();
        target[..length].to_vec()
    }

    #[test]
    fn a_sender_report_is_laid_out_as_in_rfc_3550() {
        let (now, at) = start();
        let mut rtcp = Rtcp::new(0x0102_0304, 5, now);
        let mut reception = Reception::new(9, 65_535);
        for sequence in [0, 1, 3] {
            reception.receive(9, sequence);
        }
        let bytes = report(&mut rtcp, sent(7), Some(&mut reception), at, now);
        assert_eq!(bytes[..8], [0x81, 200, 0, 12, 1, 2, 3, 4]);
        // 20:00:00.5 of that day since 1900.
        assert_eq!(bytes[8..16], [0xee, 0xad, 0xc8, 0x40, 0x80, 0, 0, 0]);
        assert_eq!(bytes[16..28], [0, 0, 0x12, 0x67, 0, 0, 0, 7, 0, 0, 4, 0x60]);
        // One of five lost: 51 of 256; highest number one turn and 3.
        assert_eq!(bytes[28..44], [0, 0, 0, 9, 51, 0, 0, 1, 0, 1, 0, 3, 0, 0, 0, 0]);
        assert_eq!(bytes[52..54], [0x81, 202]);
        assert!(is_rtcp(&bytes) && !is_rtcp(&[0x80, 0x88, 0, 0]) && !is_rtcp(&[0x80, 8]) && !is_rtcp(&[]));
    }

    #[test]
    fn loss_and_round_trip_are_told_by_the_peer() {
        let (now, at) = start();
        let (mut us, mut them) = (Rtcp::new(1, 5, now), Rtcp::new(2, 6, now));
        let mut theirs = Reception::new(1, 0);
        (1..100).filter(|n| n % 4 != 0).for_each(|n| theirs.receive(1, n));
        let ours = report(&mut us, sent(100), None, at, now);
        assert_eq!(them.receive(&ours, now + 40 * MS), Some(Received::Report));
        // They answer after two seconds; their clock is a day off.
        let off = at + jiff::SignedDuration::from_hours(24);
        let answer = report(&mut them, sent(50), Some(&mut theirs), off, now + 2_040 * MS);
        assert_eq!(us.receive(&answer, now + 2_110 * MS), Some(Received::Report));
        let round_trip = us.round_trip().unwrap();
        assert!((109 * MS..=111 * MS).contains(&round_trip), "{round_trip:?}");
        let told = us.told().unwrap();
        assert_eq!((told.lost, told.fraction_lost), (24, 61));
        assert_eq!(them.round_trip(), None);
    }

    #[test]
    fn the_share_lost_counts_since_the_last_report() {
        let (now, at) = start();
        let (mut us, mut them) = (Rtcp::new(1, 5, now), Rtcp::new(2, 6, now));
        let mut theirs = Reception::new(1, 0);
        for (range, lost) in [(1..100_u16, 2), (100..200, 1_000)] {
            range.filter(|n| n % lost != 0).for_each(|n| theirs.receive(1, n));
            let answer = report(&mut them, sent(0), Some(&mut theirs), at, now);
            us.receive(&answer, now);
        }
        assert_eq!(us.told().unwrap().fraction_lost, 0);
        assert_eq!(us.told().unwrap().lost, 49);
    }

    #[test]
    fn who_sent_nothing_since_sends_a_receiver_report() {
        let (now, at) = start();
        let mut rtcp = Rtcp::new(1, 5, now);
        assert_eq!(report(&mut rtcp, sent(0), None, at, now)[1], 201);
        assert_eq!(report(&mut rtcp, sent(3), None, at, now)[1], 200);
        assert_eq!(report(&mut rtcp, sent(3), None, at, now)[1], 201);
    }

    #[test]
    fn reports_are_spread_around_five_seconds() {
        let (start, at) = start();
        let mut all = Duration::ZERO;
        for leg in 0..200_u64 {
            let mut rtcp = Rtcp::new(1, leg.wrapping_mul(0x9e37_79b9_7f4a_7c15), start);
            let first = rtcp.next_timeout() - start;
            assert!((1_250 * MS..=3_750 * MS).contains(&first), "{first:?}");
            let now = rtcp.next_timeout();
            report(&mut rtcp, sent(1), None, at, now);
            let second = rtcp.next_timeout() - now;
            assert!((2_500 * MS..=7_500 * MS).contains(&second), "{second:?}");
            all += second;
        }
        assert!((4_500 * MS..=5_500 * MS).contains(&(all / 200)), "{:?}", all / 200);
    }

    #[test]
    fn a_farewell_is_understood() {
        let (now, _) = start();
        let mut target = [0; 200];
        let length = Rtcp::new(1, 5, now).write_bye(&mut target).unwrap();
        assert_eq!(Rtcp::new(2, 5, now).receive(&target[..length], now), Some(Received::Bye));
        assert_eq!(Rtcp::new(1, 5, now).write_bye(&mut [0; 10]), None);
    }

    #[test]
    fn nonsense_about_times_and_about_others_is_passed_over() {
        let (now, at) = start();
        let mut us = Rtcp::new(1, 5, now);
        report(&mut us, sent(1), None, at, now);
        for (ssrc, last, delay) in [(7, middle(ntp(at)), 0), (1, 12_345, 0), (1, middle(ntp(at)), u32::MAX)] {
            let block = ReportBlock::builder(ssrc)
                .last_sender_report_timestamp(last)
                .delay_since_last_sender_report_timestamp(delay);
            let mut target = [0; 100];
            let length = ReceiverReport::builder(2).add_report_block(block).write_into(&mut target).unwrap();
            us.receive(&target[..length], now + 50 * MS);
            assert_eq!(us.round_trip(), None);
        }
    }

    proptest! {
        #[test]
        fn garbage_never_panics(
            bytes in proptest::collection::vec(any::<u8>(), 0..200),
            kind in 195_u8..215,
            words in 0_u8..60,
        ) {
            let (now, _) = start();
            let mut rtcp = Rtcp::new(1, 5, now);
            rtcp.receive(&bytes, now);
            rtcp.receive(&[vec![0x81, kind, 0, words], bytes].concat(), now);
        }
    }
}
