//! In which charset a list is written: it does not say so, but its names do.

use encoding_rs::{Encoding, UTF_8, UTF_16BE, UTF_16LE};

use crate::protocol::charset::{guess, nearly_utf8};

/// So much of what is beyond ASCII is read for a guess. It may begin anywhere in the list.
const SAMPLE: usize = 8 * 1024;
/// What stands around such a letter helps to judge it.
const AROUND: usize = 16;
/// So much is looked at for the zeros of UTF-16.
const HEAD: usize = 4 * 1024;

/// The charset, and the octets behind a mark of it.
pub(super) fn of(octets: &[u8]) -> (&'static Encoding, &[u8]) {
    if let Some((encoding, mark)) = Encoding::for_bom(octets) {
        return (encoding, octets.get(mark..).unwrap_or_default());
    }
    if let Some(encoding) = utf16_without_mark(octets) {
        return (encoding, octets);
    }
    if std::str::from_utf8(octets).is_ok() {
        return (UTF_8, octets);
    }
    let sample = beyond_ascii(octets);
    (if nearly_utf8(&sample) { UTF_8 } else { guess(&sample) }, octets)
}

/// Whether zeros and other control characters in it are halves of letters.
pub(in crate::protocol::sheet) fn is_utf16(octets: &[u8]) -> bool {
    let mark = Encoding::for_bom(octets).map(|(encoding, _)| encoding);
    mark.or_else(|| utf16_without_mark(octets)).is_some_and(|encoding| encoding != UTF_8)
}

/// Digits, separators and ends of lines have a zero beside them, always on the same side.
fn utf16_without_mark(octets: &[u8]) -> Option<&'static Encoding> {
    let head = octets.get(..HEAD).unwrap_or(octets);
    let zeros = |first: usize| head.iter().skip(first).step_by(2).filter(|b| **b == 0).count();
    let enough = head.len() / 2 / 10;
    match (zeros(0), zeros(1)) {
        (0, little) if little > enough => Some(UTF_16LE),
        (big, 0) if big > enough => Some(UTF_16BE),
        _ => None,
    }
}

/// The surroundings of letters beyond ASCII, one after the other.
fn beyond_ascii(octets: &[u8]) -> Vec<u8> {
    let mut sample = Vec::with_capacity(SAMPLE);
    let mut rest = octets;
    while sample.len() < SAMPLE {
        let Some(at) = rest.iter().position(|b| !b.is_ascii()) else { break };
        let behind = rest.get(at..).unwrap_or_default();
        let end = behind.windows(AROUND).position(|octets| octets.is_ascii()).unwrap_or(behind.len());
        let piece = rest.get(at.saturating_sub(AROUND)..at + end).unwrap_or_default();
        sample.extend_from_slice(piece);
        sample.push(b'\n');
        rest = behind.get(end..).unwrap_or_default();
    }
    sample
}
