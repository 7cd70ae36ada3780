//! Symmetric RTP: where to send, and whom to listen to.
//!
//! An SDP often names a private address while the packets come from a public one (RFC 7362 calls the answer to this latching). So
//! we send where the SDP says until the first valid packet, then to its source; and only that source is heard, so that a stranger
//! who finds the port can neither speak into a recording nor take the call over. A source moves only by what a stranger cannot
//! give: the address that was signalled, a packet that SRTP has authenticated, or, when the source has been silent, its own host
//! or its own synchronisation source, whose 32 random bits only those know who hear the stream.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

/// A latched source may move after so long without a packet of it: longer than a hiccup, shorter than a citizen's patience.
const RELATCH_AFTER: Duration = Duration::from_secs(3);

#[derive(Clone, Debug)]
pub(super) struct Latch {
    signalled: SocketAddr,
    source: Option<Source>,
}

#[derive(Clone, Copy, Debug)]
struct Source {
    address: SocketAddr,
    ssrc: u32,
    heard: Instant,
}

/// What speaks for a packet besides where it comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Proof {
    /// Of no payload type that was agreed on: never moves a latch.
    None,
    /// RTP of a payload type that was agreed on.
    Plain,
    /// SRTP that the keys of the call have authenticated.
    Authenticated,
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

    /// Whether to hear a packet.
    pub(super) fn accept(&mut self, from: SocketAddr, ssrc: u32, proof: Proof, now: Instant) -> bool {
        let heard = match &self.source {
            Some(source) if source.address == from => true,
            _ if proof == Proof::None => false,
            _ if proof == Proof::Authenticated => true,
            None => true,
            // The address that was signalled is always believed: after a re-INVITE a late packet of the old one may have come first.
            Some(source) => {
                let quiet = now.saturating_duration_since(source.heard) >= RELATCH_AFTER;
                let is_same = from.ip() == source.address.ip() || ssrc == source.ssrc;
                from == self.signalled || quiet && is_same
            }
        };
        if heard {
            self.source = Some(Source { address: from, ssrc, heard: now });
        }
        heard
    }

    /// Where packets go; `None` when the SDP named no address and nothing has come.
    pub(super) fn target(&self) -> Option<SocketAddr> {
        let target = self.source.map_or(self.signalled, |source| source.address);
        (target.port() != 0 && !target.ip().is_unspecified()).then_some(target)
    }

    /// Where the SDP says.
    pub(super) fn signalled(&self) -> SocketAddr {
        self.signalled
    }

    /// The host that is heard, for what comes beside the stream: RTCP.
    pub(super) fn knows(&self, from: SocketAddr) -> bool {
        self.target().is_some_and(|target| target.ip() == from.ip())
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
        assert!(!latch.accept(at(2), 7, Proof::None, now()));
        assert_eq!(latch.target(), Some(at(1)));
        assert!(latch.accept(at(2), 7, Proof::Plain, now()));
        assert_eq!(latch.target(), Some(at(2)));
    }

    #[test]
    fn a_stranger_is_not_heard_while_the_source_speaks() {
        let (mut latch, start) = (Latch::new(at(1)), now());
        latch.accept(at(2), 7, Proof::Plain, start);
        latch.accept(at(2), 7, Proof::Plain, start + Duration::from_secs(10));
        assert!(!latch.accept(at(3), 7, Proof::Plain, start + Duration::from_secs(12)));
        assert_eq!(latch.target(), Some(at(2)));
    }

    #[test]
    fn a_new_port_of_the_same_host_is_heard_once_the_old_one_is_silent() {
        let (mut latch, start) = (Latch::new(at(1)), now());
        latch.accept(at(2), 7, Proof::Plain, start);
        assert!(latch.accept(at(3), 8, Proof::Plain, start + RELATCH_AFTER));
        assert!(!latch.accept(at(2), 7, Proof::Plain, start + RELATCH_AFTER));
    }

    #[test]
    fn another_host_is_not_heard_however_long_the_source_is_silent() {
        let (mut latch, start) = (Latch::new(at(1)), now());
        let stranger = SocketAddr::from(([198, 51, 100, 9], 2));
        latch.accept(at(2), 7, Proof::Plain, start);
        assert!(!latch.accept(stranger, 8, Proof::Plain, start + RELATCH_AFTER * 100));
        assert_eq!(latch.target(), Some(at(2)));
    }

    #[test]
    fn a_phone_that_changes_its_network_is_known_by_its_stream() {
        let (mut latch, start) = (Latch::new(at(1)), now());
        let mobile = SocketAddr::from(([198, 51, 100, 9], 2));
        latch.accept(at(2), 7, Proof::Plain, start);
        assert!(!latch.accept(mobile, 7, Proof::Plain, start + RELATCH_AFTER / 2));
        assert!(latch.accept(mobile, 7, Proof::Plain, start + RELATCH_AFTER));
        assert_eq!(latch.target(), Some(mobile));
    }

    #[test]
    fn an_authenticated_packet_moves_the_latch_at_once() {
        let (mut latch, start) = (Latch::new(at(1)), now());
        let mobile = SocketAddr::from(([198, 51, 100, 9], 2));
        latch.accept(at(2), 7, Proof::Authenticated, start);
        assert!(latch.accept(mobile, 9, Proof::Authenticated, start));
        assert_eq!(latch.target(), Some(mobile));
    }

    #[test]
    fn the_signalled_address_wins_over_a_late_packet_of_the_old_one() {
        let (mut latch, start) = (Latch::new(at(1)), now());
        latch.accept(at(1), 7, Proof::Plain, start);
        latch.signal(at(5));
        assert_eq!(latch.target(), Some(at(5)));
        assert!(latch.accept(at(1), 7, Proof::Plain, start));
        assert!(latch.accept(at(5), 7, Proof::Plain, start));
        assert!(!latch.accept(at(1), 7, Proof::Plain, start));
    }

    #[test]
    fn an_unchanged_address_keeps_the_latch() {
        let mut latch = Latch::new(at(1));
        latch.accept(at(2), 7, Proof::Plain, now());
        latch.signal(at(1));
        assert_eq!(latch.target(), Some(at(2)));
    }

    #[test]
    fn no_address_is_no_target() {
        assert_eq!(Latch::new(SocketAddr::from(([0, 0, 0, 0], 4_000))).target(), None);
        assert_eq!(Latch::new(at(0)).target(), None);
    }
}
