//! Texts: the parts they arrive in and what becomes of those we send.

use super::words::words;

/// One text, or one part of a long one, as it left the link. The words are UTF-16 code units so that a character
/// split between two parts survives until the parts are joined.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TextPart {
    pub units: Vec<u16>,
    /// `None` when the text came whole.
    pub of: Option<PartOf>,
}

/// Which part of which long text (3GPP TS 23.040 §9.2.3.24.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct PartOf {
    pub reference: u16,
    pub total: u8,
    /// From 1.
    pub index: u8,
}

words! {
    /// The life of one outgoing message. Written before and after the wire.
    DeliveryState {
        Queued = "queued",
        /// Handed to the link; whether the network has it is not known until it answers.
        Sending = "sending",
        /// The network took it and gave it an id.
        Accepted = "accepted",
        Delivered = "delivered",
        Expired = "expired",
        Rejected = "rejected",
        Undeliverable = "undeliverable",
        /// The link or the process died between the wire and the answer: shown as such, never sent again by itself.
        Uncertain = "uncertain",
    }
}
