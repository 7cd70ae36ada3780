//! SIP as a pure protocol: bytes and time in; bytes, events and the next time-out out.
//!
//! [`message`] reads and writes one message, [`transaction`] makes an unreliable network reliable (RFC 3261 §17), [`dialog`]
//! remembers whom we talk to (§12), and [`agent`] puts them together into what a call or a load generator wants: to be
//! invited, to answer, to invite, to hang up. [`sdp`] agrees on the media, [`digest`] proves who somebody is.

pub mod agent;
pub mod dialog;
pub mod digest;
pub mod keepalive;
pub mod message;
pub mod registrar;
pub mod registration;
pub mod sdp;
pub mod transaction;

use std::net::SocketAddr;
use std::sync::Arc;

/// RFC 3261 §17.1.1.1: an estimate of the round trip.
pub const T1: std::time::Duration = std::time::Duration::from_millis(500);
/// RFC 3261 §17.1.2.2: the longest pause between retransmissions.
pub const T2: std::time::Duration = std::time::Duration::from_secs(4);
/// RFC 3261 §17.1.2.2: the longest time that a message stays in the network.
pub const T4: std::time::Duration = std::time::Duration::from_secs(5);
/// Timers B, F, H, J, L, M and the life of an unacknowledged 2xx.
pub const SIXTY_FOUR_T1: std::time::Duration = std::time::Duration::from_secs(32);

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Transport {
    Udp,
    /// One connection per remote address, so that the address names the connection.
    Tcp,
    /// As [`Transport::Tcp`], inside TLS.
    Tls,
}

impl Transport {
    /// As Via writes it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Udp => "UDP",
            Self::Tcp => "TCP",
            Self::Tls => "TLS",
        }
    }

    pub fn is_reliable(self) -> bool {
        !matches!(self, Self::Udp)
    }
}

/// The way between us and one peer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Flow {
    pub transport: Transport,
    /// How the peer reaches us: what Via, Contact and SDP say.
    pub local: SocketAddr,
    pub remote: SocketAddr,
}

/// One message on its way out. Retransmissions share the bytes.
#[derive(Clone, Debug)]
pub struct Transmit {
    pub flow: Flow,
    pub bytes: Arc<[u8]>,
}
