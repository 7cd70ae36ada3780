//! Symmetric RTP: where to send, and whom to listen to.
//!
//! An SDP often names a private address while the packets come from a public one (RFC 7362 calls the answer to this latching). So
//! we send where the SDP says until the first valid packet, then to its source; and only that source is heard, so that a stranger
//! who finds the port can neither speak into a recording nor take the call over.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

/// A latched source may be replaced after so long without a packet of it: longer than a hiccup, shorter than a citizen's patience.
const RELATCH_AFTER: Duration = Duration::from_secs(3);

#[derive(Clone, Debug)]
pub(super) struct Latch {
    signalled: SocketAddr,
    source: Option<Source>,
}

#[derive(Clone, Copy, Debug)]
struct Source {
    address: SocketAddr,
    heard: Instant,
}

impl Latch {
    pub(super) fn new(signalled: SocketAddr) -> Self {
        Self { signalled, source: None }
    }

    /// A re-INVITE: a changed address opens the latch again.
    pub(super) fn signal(&mut self, remote: SocketAddr) {
        if remote != self.signalled {
            *self = Self::new(remote);
        }
    }

    /// Whether to hear a packet. `valid`: RTP of a payload type that was agreed on; only such a packet may close the latch.
    pub(super) fn accept(&mut self, from: SocketAddr, valid: bool, now: Instant) -> bool {
        let heard = match self.source {
            Some(source) if source.address == from => true,
            None => valid,
            // The address that was signalled is always believed: after a re-INVITE a late packet of the old one may have come first.
            Some(source) => {
                let quiet = now.saturating_duration_since(source.heard) >= RELATCH_AFTER;
                valid && (from == self.signalled || quiet)
            }
        };
        if heard {
            self.source = Some(Source { address: from, heard: now });
        }
        heard
    }

    /// Where packets go; `None` when the SDP named no address and nothing has come.
    pub(super) fn target(&self) -> Option<SocketAddr> {
        let target = self.source.map_or(self.signalled, |source| source.address);
        (target.port() != 0 && !target.ip().is_unspecified()).then_some(target)
    }
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::*;
    use crate::clock::Clock;

    fn at(port: u16) -> SocketAddr {
        SocketAddr::from(([192, 0, 2, 1], port))
    }

    fn now() -> Instant {
        Clock::test(Timestamp::UNIX_EPOCH).instant()
    }

    #[test]
    fn sends_to_the_sdp_until_the_first_valid_packet() {
        let mut latch = Latch::new(at(1));
        assert_eq!(latch.target(), Some(at(1)));
        assert!(!latch.accept(at(2), false, now()));
        assert_eq!(latch.target(), Some(at(1)));
        assert!(latch.accept(at(2), true, now()));
        assert_eq!(latch.target(), Some(at(2)));
    }

    #[test]
    fn a_stranger_is_not_heard_while_the_source_speaks() {
        let (mut latch, start) = (Latch::new(at(1)), now());
        latch.accept(at(2), true, start);
        latch.accept(at(2), true, start + Duration::from_secs(10));
        assert!(!latch.accept(at(3), true, start + Duration::from_secs(12)));
        assert_eq!(latch.target(), Some(at(2)));
    }

    #[test]
    fn a_new_source_is_heard_once_the_old_one_is_silent() {
        let (mut latch, start) = (Latch::new(at(1)), now());
        latch.accept(at(2), true, start);
        assert!(latch.accept(at(3), true, start + RELATCH_AFTER));
        assert!(!latch.accept(at(2), true, start + RELATCH_AFTER));
    }

    #[test]
    fn the_signalled_address_wins_over_a_late_packet_of_the_old_one() {
        let (mut latch, start) = (Latch::new(at(1)), now());
        latch.accept(at(1), true, start);
        latch.signal(at(5));
        assert_eq!(latch.target(), Some(at(5)));
        assert!(latch.accept(at(1), true, start));
        assert!(latch.accept(at(5), true, start));
        assert!(!latch.accept(at(1), true, start));
    }

    #[test]
    fn an_unchanged_address_keeps_the_latch() {
        let mut latch = Latch::new(at(1));
        latch.accept(at(2), true, now());
        latch.signal(at(1));
        assert_eq!(latch.target(), Some(at(2)));
    }

    #[test]
    fn no_address_is_no_target() {
        assert_eq!(Latch::new(SocketAddr::from(([0, 0, 0, 0], 4_000))).target(), None);
        assert_eq!(Latch::new(at(0)).target(), None);
    }
}
