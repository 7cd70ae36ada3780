//! SMPP 3.4 (*Short Message Peer-to-Peer Protocol Specification v3.4*, issue 1.2), as an ESME: transceiver, transmitter or receiver.
//!
//! A stream of octets is cut into frames by [`frame`], a frame becomes a [`pdu`], [`session`] decides what it means and what
//! is answered. What a message says is read by [`text`] (alphabets of [`gsm7`], parts of long texts) and by [`receipt`];
//! [`split`] is the way back. [`throttle`] and [`backoff`] decide when to send and when to connect again.

pub mod backoff;
pub mod frame;
pub mod gsm7;
pub mod pdu;
pub mod receipt;
mod salvage;
pub mod septets;
pub mod session;
pub mod split;
pub mod status;
pub mod text;
pub mod throttle;
mod ucs2;
