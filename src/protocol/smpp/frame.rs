//! Octets of a stream into whole PDUs. Bounded: a length that no message can have ends the link instead of filling memory.

use bytes::{Buf, BytesMut};

use super::pdu::HEADER;

/// A `message_payload` may have 64 KiB in theory; no SMSC sends more than a few hundred octets, and a receipt with every
/// optional parameter stays under 2 KiB.
pub const MAX_PDU: usize = 16 * 1024;

/// After this the place of the next PDU in the stream is unknown: the link must be closed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("command_length {0} is impossible")]
pub struct BadLength(pub usize);

#[derive(Debug, Default)]
pub struct Frames {
    received: BytesMut,
}

impl Frames {
    pub fn push(&mut self, octets: &[u8]) {
        self.received.extend_from_slice(octets);
    }

    /// The next whole PDU with its length, if it is there.
    pub fn next_frame(&mut self) -> Result<Option<BytesMut>, BadLength> {
        let Some(&[a, b, c, d]) = self.received.get(..4) else { return Ok(None) };
        let length = u32::from_be_bytes([a, b, c, d]) as usize;
        if !(HEADER..=MAX_PDU).contains(&length) {
            return Err(BadLength(length));
        }
        if self.received.len() < length {
            self.received.reserve(length - self.received.len());
            return Ok(None);
        }
        Ok(Some(self.received.split_to(length)))
    }

    /// Octets that wait for the rest of their PDU.
    pub fn waiting(&self) -> usize {
        self.received.remaining()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::pdu::{Command, Pdu};
    use super::*;

    #[test]
    fn pdus_are_found_wherever_the_stream_is_cut() {
        let one = Command::request(1, Pdu::EnquireLink).encode().unwrap();
        let stream = one.repeat(3);
        for cut in 0..stream.len() {
            let mut frames = Frames::default();
            let mut found = 0;
            for piece in [&stream[..cut], &stream[cut..]] {
                frames.push(piece);
                while let Some(frame) = frames.next_frame().unwrap() {
                    assert_eq!(frame, one);
                    found += 1;
                }
            }
            assert_eq!((found, frames.waiting()), (3, 0));
        }
    }

    #[test]
    fn impossible_lengths_are_refused_before_anything_is_stored() {
        for length in [0, 15, 16 * 1024 + 1, u32::MAX] {
            let mut frames = Frames::default();
            frames.push(&length.to_be_bytes());
            assert_eq!(frames.next_frame(), Err(BadLength(length as usize)));
        }
    }

    proptest! {
        #[test]
        fn any_octets_are_survived(pieces in proptest::collection::vec(proptest::collection::vec(any::<u8>(), 0..50), 0..20)) {
            let mut frames = Frames::default();
            for piece in pieces {
                frames.push(&piece);
                while let Ok(Some(frame)) = frames.next_frame() {
                    let _ = super::super::pdu::decode(&frame);
                }
            }
        }
    }
}
