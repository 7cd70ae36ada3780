//! Reports of a leg (RTCP): what of ours arrives at the peer, and how long it takes.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use jiff::Timestamp;

use super::{Leg, Sent};
use crate::protocol::rtp::rtcp::{self, Rtcp};
use crate::telephony::media::LegMedia;

#[derive(Debug)]
pub(super) struct Reports {
    rtcp: Rtcp,
    /// By the SDP.
    signalled: Option<SocketAddr>,
    mux: bool,
    /// Where the peer's reports come from: behind a NAT that is the way to it.
    source: Option<SocketAddr>,
}

impl Reports {
    pub(super) fn new(media: &LegMedia, ssrc: u32, random: u64, now: Instant) -> Self {
        let rtcp = Rtcp::new(ssrc, random, now);
        Self { rtcp, signalled: media.rtcp, mux: media.mux, source: None }
    }

    pub(super) fn update(&mut self, media: &LegMedia) {
        if self.signalled != media.rtcp {
            (self.signalled, self.source) = (media.rtcp, None);
        }
    }

    pub(super) fn round_trip(&self) -> Option<Duration> {
        self.rtcp.round_trip()
    }

    pub(super) fn lost_at_peer(&self) -> Option<u64> {
        self.rtcp.told().map(|told| told.lost.into())
    }
}

impl Leg {
    /// A report of the peer's, of the peer's host unless SRTP proves it. Anything may stand in it.
    pub(in super::super) fn receive_report(&mut self, from: SocketAddr, bytes: &mut [u8], now: Instant) {
        let length = match &mut self.secure {
            Some(secure) => secure.unprotect_report(bytes).ok(),
            None => Some(bytes.len()).filter(|_| self.latch.knows(from)),
        };
        let plain = length.and_then(|length| bytes.get(..length));
        if plain.is_some_and(|plain| self.reports.rtcp.receive(plain, now).is_some()) {
            self.reports.source = Some(from);
        }
    }

    /// True about every five seconds.
    pub(in super::super) fn is_report_due(&self, now: Instant) -> bool {
        now >= self.reports.rtcp.next_timeout()
    }

    /// Writes our report.
    pub(in super::super) fn report(
        &mut self,
        frame: u64,
        at: Timestamp,
        now: Instant,
        target: &mut [u8],
    ) -> Option<Sent> {
        let sent = rtcp::Sent {
            packets: self.transmit.sent(),
            octets: self.transmit.octets(),
            timestamp: self.transmit.present(frame),
        };
        let length = self.reports.rtcp.write(sent, self.reception.as_mut(), at, now, target)?;
        let length = match &mut self.secure {
            Some(secure) => secure.protect_report(target, length).ok()?,
            None => length,
        };
        Some((length, self.report_target()?))
    }

    fn report_target(&self) -> Option<SocketAddr> {
        let media = self.latch.target()?;
        if self.reports.mux {
            return Some(media);
        }
        let signalled = self
            .reports
            .signalled
            .unwrap_or_else(|| SocketAddr::new(media.ip(), self.latch.signalled().port().saturating_add(1)));
        // The host of the SDP may be one that only the peer's own network knows.
        Some(self.reports.source.unwrap_or_else(|| SocketAddr::new(media.ip(), signalled.port())))
    }
}
