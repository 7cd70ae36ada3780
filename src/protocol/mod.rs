//! Pure: bytes to events and back. No sockets, no clock, nothing else of the crate.

pub mod mail;
pub mod rtp;
pub mod sip;
pub mod smpp;
