//! What the peer sends: proven, then decrypted.

use super::transform::{self, LONGEST_TAG, Transform};
use super::{MasterKey, SrtpError};

/// Sources of a peer that are known at the same time; the one that was not heard for longest makes room. Only packets with a
/// right tag get here, so it is the peer itself who changes.
const MAX_SOURCES: usize = 8;
/// Packets that may be overtaken and still be taken (RFC 3711 §3.3.2 wants 64).
const WINDOW: u64 = 128;
/// SRTCP: header and source stay readable; the index with its E bit goes before the tag.
const RTCP_CLEAR: usize = 8;
const RTCP_INDEX: usize = 4;
const ENCRYPTED: u32 = 1 << 31;

#[derive(Debug)]
pub struct Unprotector {
    rtp: Transform,
    rtcp: Transform,
    tag_length: usize,
    mki_length: usize,
    rtp_sources: Vec<Source>,
    rtcp_sources: Vec<Source>,
}

/// What has come of one source: the highest index, and which ones below it.
#[derive(Clone, Copy, Debug)]
struct Source {
    ssrc: u32,
    highest: u64,
    /// Bit n: the packet n below the highest one.
    seen: u128,
}

impl Unprotector {
    pub fn new(key: &MasterKey) -> Self {
        Self {
            rtp: Transform::for_rtp(key),
            rtcp: Transform::for_rtcp(key),
            tag_length: key.suite().tag_length(),
            mki_length: key.mki_length(),
            rtp_sources: Vec::with_capacity(1),
            rtcp_sources: Vec::with_capacity(1),
        }
    }

    /// Proves and decrypts in place; returns the length of the RTP packet at the front. A packet that is refused is left as it was.
    pub fn unprotect(&mut self, packet: &mut [u8]) -> Result<usize, SrtpError> {
        let trailer = self.tag_length + self.mki_length;
        let length = packet.len().checked_sub(trailer).ok_or(SrtpError::Malformed)?;
        let (body, trailer) = packet.split_at_mut_checked(length).ok_or(SrtpError::Malformed)?;
        let header = transform::header_length(body).ok_or(SrtpError::Malformed)?;
        let (sequence, ssrc) = transform::sequence_and_source(body).ok_or(SrtpError::Malformed)?;
        let known = self.rtp_sources.iter().find(|source| source.ssrc == ssrc);
        let index = known.map_or(sequence.into(), |source| transform::guess_index(source.highest, sequence));
        if known.is_some_and(|source| source.has(index)) {
            return Err(SrtpError::Replayed);
        }
        let tag = self.rtp.tag(body, Some((index >> 16) as u32));
        let (wanted, given) = (tag.get(..self.tag_length), trailer.get(self.mki_length..));
        if !transform::is_equal(wanted.unwrap_or_default(), given.unwrap_or_default()) {
            return Err(SrtpError::Forged);
        }
        self.rtp.apply(ssrc, index, body.get_mut(header..).unwrap_or_default());
        note(&mut self.rtp_sources, ssrc, index);
        Ok(length)
    }

    #[cfg(test)]
    pub(super) fn rtp_sources_len(&self) -> usize {
        self.rtp_sources.len()
    }

    /// The same for RTCP (§3.4). What is not encrypted is proven all the same.
    pub fn unprotect_rtcp(&mut self, packet: &mut [u8]) -> Result<usize, SrtpError> {
        let trailer = LONGEST_TAG + self.mki_length;
        let signed = packet.len().checked_sub(trailer).ok_or(SrtpError::Malformed)?;
        let (body, trailer) = packet.split_at_mut_checked(signed).ok_or(SrtpError::Malformed)?;
        let length =
            signed.checked_sub(RTCP_INDEX).filter(|n| *n >= RTCP_CLEAR).ok_or(SrtpError::Malformed)?;
        let ssrc = transform::rtcp_source(body).ok_or(SrtpError::Malformed)?;
        let index = body.get(length..).and_then(|index| index.try_into().ok()).ok_or(SrtpError::Malformed)?;
        let flagged = u32::from_be_bytes(index);
        let index = u64::from(flagged & !ENCRYPTED);
        if self.rtcp_sources.iter().any(|source| source.ssrc == ssrc && source.has(index)) {
            return Err(SrtpError::Replayed);
        }
        let tag = self.rtcp.tag(body, None);
        if !transform::is_equal(&tag, trailer.get(self.mki_length..).unwrap_or_default()) {
            return Err(SrtpError::Forged);
        }
        if flagged & ENCRYPTED != 0 {
            self.rtcp.apply(ssrc, index, body.get_mut(RTCP_CLEAR..length).unwrap_or_default());
        }
        note(&mut self.rtcp_sources, ssrc, index);
        Ok(length)
    }
}

impl Source {
    /// Whether the packet of this index came before, or is too old to know.
    fn has(&self, index: u64) -> bool {
        match self.highest.checked_sub(index) {
            None => false,
            Some(behind) => behind >= WINDOW || self.seen >> behind & 1 == 1,
        }
    }

    fn note(&mut self, index: u64) {
        match self.highest.checked_sub(index) {
            Some(behind) if behind < WINDOW => self.seen |= 1 << behind,
            Some(_) => {}
            None => {
                let ahead = index - self.highest;
                self.seen = if ahead < WINDOW { self.seen << ahead } else { 0 } | 1;
                self.highest = index;
            }
        }
    }
}

/// The latest source stands last.
fn note(sources: &mut Vec<Source>, ssrc: u32, index: u64) {
    match sources.iter().position(|source| source.ssrc == ssrc) {
        Some(at) => {
            let last = sources.len().saturating_sub(1);
            sources.swap(at, last);
        }
        None => {
            if sources.len() >= MAX_SOURCES {
                sources.remove(0);
            }
            sources.push(Source { ssrc, highest: index, seen: 1 });
        }
    }
    if let Some(source) = sources.last_mut() {
        source.note(index);
    }
}
