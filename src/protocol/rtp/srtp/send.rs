//! What we send, protected.

use super::transform::{self, Transform};
use super::{MasterKey, SrtpError};

/// A leg has one source at a time and changes it a few times at most. A source that was forgotten would use its key stream twice,
/// so there is no forgetting, only this end.
const MAX_SOURCES: usize = 32;
/// RFC 3711 §9.2: a key is good for so many packets.
const LAST_INDEX: u64 = (1 << 48) - 1;
const LAST_RTCP_INDEX: u32 = (1 << 31) - 1;
/// RTCP: header and source stay readable.
const RTCP_CLEAR: usize = 8;
const ENCRYPTED: u32 = 1 << 31;

#[derive(Debug)]
pub struct Protector {
    rtp: Transform,
    rtcp: Transform,
    tag_length: usize,
    /// Source and the highest index that was sent of it.
    sources: Vec<(u32, u64)>,
    rtcp_index: u32,
}

impl Protector {
    pub fn new(key: &MasterKey) -> Self {
        Self {
            rtp: Transform::for_rtp(key),
            rtcp: Transform::for_rtcp(key),
            tag_length: key.suite().tag_length(),
            sources: Vec::with_capacity(1),
            rtcp_index: 0,
        }
    }

    /// Protects the RTP packet in the first `length` bytes of `buffer` in place; returns its new length. The buffer needs
    /// [`super::OVERHEAD`] bytes more.
    pub fn protect(&mut self, buffer: &mut [u8], length: usize) -> Result<usize, SrtpError> {
        let packet = buffer.get(..length).ok_or(SrtpError::NoRoom)?;
        let header = transform::header_length(packet).ok_or(SrtpError::Malformed)?;
        let (sequence, ssrc) = transform::sequence_and_source(packet).ok_or(SrtpError::Malformed)?;
        let (packet, room) = buffer.split_at_mut_checked(length).ok_or(SrtpError::NoRoom)?;
        let room = room.get_mut(..self.tag_length).ok_or(SrtpError::NoRoom)?;
        let index = self.index(ssrc, sequence)?;
        self.rtp.apply(ssrc, index, packet.get_mut(header..).unwrap_or_default());
        let tag = self.rtp.tag(packet, Some((index >> 16) as u32));
        room.iter_mut().zip(tag).for_each(|(byte, tag)| *byte = tag);
        Ok(length + self.tag_length)
    }

    /// The same for a compound RTCP packet (§3.4): it is encrypted, and its index goes behind it.
    pub fn protect_rtcp(&mut self, buffer: &mut [u8], length: usize) -> Result<usize, SrtpError> {
        let (packet, room) = buffer.split_at_mut_checked(length).ok_or(SrtpError::NoRoom)?;
        let ssrc = transform::rtcp_source(packet).ok_or(SrtpError::Malformed)?;
        if room.len() < super::OVERHEAD {
            return Err(SrtpError::NoRoom);
        }
        if self.rtcp_index >= LAST_RTCP_INDEX {
            return Err(SrtpError::KeyUsedUp);
        }
        self.rtcp_index += 1;
        self.rtcp.apply(ssrc, self.rtcp_index.into(), packet.get_mut(RTCP_CLEAR..).unwrap_or_default());
        let trailer = (ENCRYPTED | self.rtcp_index).to_be_bytes();
        room.iter_mut().zip(trailer).for_each(|(byte, index)| *byte = index);
        let signed = length + trailer.len();
        let tag = self.rtcp.tag(buffer.get(..signed).unwrap_or_default(), None);
        buffer.iter_mut().skip(signed).zip(tag).for_each(|(byte, tag)| *byte = tag);
        Ok(signed + tag.len())
    }

    fn index(&mut self, ssrc: u32, sequence: u16) -> Result<u64, SrtpError> {
        if let Some((_, highest)) = self.sources.iter_mut().find(|(source, _)| *source == ssrc) {
            let index = transform::guess_index(*highest, sequence);
            if index > LAST_INDEX {
                return Err(SrtpError::KeyUsedUp);
            }
            *highest = index.max(*highest);
            return Ok(index);
        }
        if self.sources.len() >= MAX_SOURCES {
            return Err(SrtpError::TooManySources);
        }
        self.sources.push((ssrc, sequence.into()));
        Ok(sequence.into())
    }
}
