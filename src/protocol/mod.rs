//! Pure: bytes to events and back. No sockets, no clock, nothing else of the crate.

mod charset;
pub mod mail;
pub mod rtp;
pub mod sheet;
pub mod sip;
pub mod smpp;
