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
        /// An e-mail that a server took and nobody returned: there is no better proof of it.
        Presumed = "presumed",
        Expired = "expired",
        Rejected = "rejected",
        Undeliverable = "undeliverable",
        /// The link or the process died between the wire and the answer: shown as such, never sent again by itself.
        Uncertain = "uncertain",
    }
}

/// What a mail server reports about a mail that it took.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Bounced {
    Failed,
    /// The server still tries.
    Delayed,
    Delivered,
    /// Handed to a server that reports nothing: it may arrive or not.
    Relayed,
}

/// The words of a long text from the UTF-16 units of its parts, in the order of the parts. `None` stands for a part that
/// never came and is shown as `[…]`. Half a surrogate pair that found no other half becomes U+FFFD.
pub fn join_parts<'a>(parts: impl IntoIterator<Item = Option<&'a [u16]>>) -> String {
    let mut units: Vec<u16> = Vec::new();
    for part in parts {
        match part {
            Some(part) => units.extend_from_slice(part),
            None => units.extend("[…]".encode_utf16()),
        }
    }
    // A NUL has no place in a text, and PostgreSQL refuses it.
    char::decode_utf16(units)
        .map(|c| c.unwrap_or(char::REPLACEMENT_CHARACTER))
        .filter(|c| *c != '\0')
        .collect()
}

impl DeliveryState {
    /// Whether nothing more is expected of the network.
    pub fn is_final(self) -> bool {
        matches!(self, Self::Delivered | Self::Expired | Self::Rejected | Self::Undeliverable)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn character_split_between_two_parts_survives() {
        let units: Vec<u16> = "вода 🚰 тече".encode_utf16().collect();
        for cut in 0..=units.len() {
            let (a, b) = units.split_at(cut);
            assert_eq!(join_parts([Some(a), Some(b)]), "вода 🚰 тече");
        }
    }

    #[test]
    fn missing_part_is_shown_and_half_a_character_is_not_lost_silently() {
        let units: Vec<u16> = "ab🚰".encode_utf16().collect();
        assert_eq!(join_parts([Some(&units[..3]), None]), "ab\u{fffd}[…]");
    }
}
