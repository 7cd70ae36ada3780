//! SRTP and SRTCP (RFC 3711; AES-256 of RFC 6188) with keys that came in the SDP (RFC 4568).
//!
//! [`Protector`] and [`Unprotector`] work in place in the caller's buffer and allocate nothing per packet. Authentication comes
//! first: what is forged or replayed changes nothing here. A re-offer with the same key goes on with the same context (its
//! rollover counter lives on); with a new key it begins anew, so compare [`SrtpKeys`] before making one.

mod keys;
mod receive;
mod send;
mod transform;

pub use keys::{MasterKey, SrtpKeys, Suite};
pub use receive::Unprotector;
pub use send::Protector;

/// How much longer a protected packet is at most than the plain one: SRTCP index and the tag of 80 bits.
pub const OVERHEAD: usize = 14;

#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SrtpError {
    #[error("too short or not RTP")]
    Malformed,
    #[error("no room for the tag")]
    NoRoom,
    #[error("the tag does not fit: forged, or another key")]
    Forged,
    #[error("came before, or is too old to know")]
    Replayed,
    #[error("more sources than a leg has")]
    TooManySources,
    #[error("the key has protected all that it may")]
    KeyUsedUp,
}

#[cfg(test)]
mod tests;
