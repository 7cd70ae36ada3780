//! One RTP packet (RFC 3550 §5.1), over `rtp-rs`.

use rtp_rs::{RtpPacketBuilder, RtpReader, Seq};

/// Bytes of a header without contributing sources and extension, which is all that we write.
pub const HEADER: usize = RtpReader::MIN_HEADER_LEN;

/// Header fields and the payload, without padding.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Packet<'a> {
    pub payload_type: u8,
    pub marker: bool,
    pub sequence: u16,
    pub timestamp: u32,
    pub ssrc: u32,
    pub payload: &'a [u8],
}

impl<'a> Packet<'a> {
    /// `None` for anything that is not RTP version 2 with consistent lengths.
    pub fn parse(bytes: &'a [u8]) -> Option<Self> {
        let reader = RtpReader::new(bytes).ok()?;
        Some(Self {
            payload_type: reader.payload_type(),
            marker: reader.mark(),
            sequence: reader.sequence_number().into(),
            timestamp: reader.timestamp(),
            ssrc: reader.ssrc(),
            payload: reader.payload(),
        })
    }

    /// Writes the packet to the front of `target`; `None` when it does not fit or the payload type has more than seven bits.
    pub fn write(&self, target: &mut [u8]) -> Option<usize> {
        RtpPacketBuilder::new()
            .payload_type(self.payload_type)
            .marked(self.marker)
            .sequence(Seq::from(self.sequence))
            .timestamp(self.timestamp)
            .ssrc(self.ssrc)
            .payload(self.payload)
            .build_into(target)
            .ok()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn header_is_laid_out_as_in_rfc_3550() {
        let packet = Packet {
            payload_type: 8,
            marker: true,
            sequence: 0x1234,
            timestamp: 0x5678_9abc,
            ssrc: 0xdead_beef,
            payload: &[1, 2, 3],
        };
        let mut bytes = [0; 15];
        assert_eq!(packet.write(&mut bytes), Some(15));
        assert_eq!(bytes, [0x80, 0x88, 0x12, 0x34, 0x56, 0x78, 0x9a, 0xbc, 0xde, 0xad, 0xbe, 0xef, 1, 2, 3]);
        assert_eq!(Packet::parse(&bytes), Some(packet));
    }

    #[test]
    fn padding_extension_and_sources_are_not_payload() {
        let mut bytes = vec![0xb1, 0x00, 0, 1, 0, 0, 0, 2, 0, 0, 0, 3];
        bytes.extend([9; 4]); // one contributing source
        bytes.extend([0xbe, 0xde, 0, 1, 7, 7, 7, 7]); // an extension of one word
        bytes.extend([0x55, 0x56, 0, 0, 3]); // payload, then three bytes of padding
        assert_eq!(Packet::parse(&bytes).unwrap().payload, [0x55, 0x56]);
    }

    #[test]
    fn target_too_short_is_refused() {
        let packet =
            Packet { payload_type: 0, marker: false, sequence: 0, timestamp: 0, ssrc: 0, payload: &[0; 160] };
        assert_eq!(packet.write(&mut [0; 100]), None);
    }

    proptest! {
        #[test]
        fn garbage_never_panics(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            let _ = Packet::parse(&bytes);
        }

        #[test]
        fn almost_rtp_never_panics(first in 0x80u8..=0xbf, rest in proptest::collection::vec(any::<u8>(), 0..90)) {
            let mut bytes = vec![first];
            bytes.extend(rest);
            let _ = Packet::parse(&bytes);
        }
    }
}
