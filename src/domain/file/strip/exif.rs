//! The one thing of Exif that is needed to look at the picture: which way is up (tag 0x0112).

const ORIENTATION: u16 = 0x0112;
const SHORT: u16 = 3;
/// A directory of a camera has some dozens of entries.
const ENTRIES: u16 = 512;

/// 2 to 8 from a TIFF structure; `None` when it says nothing, says 1 (as it is), or cannot be read.
pub(super) fn orientation(tiff: &[u8]) -> Option<u8> {
    let big = match tiff.get(..4)? {
        b"MM\0*" => true,
        b"II*\0" => false,
        _ => return None,
    };
    let u16_at = |at: usize| {
        let raw: [u8; 2] = tiff.get(at..at.checked_add(2)?)?.try_into().ok()?;
        Some(if big { u16::from_be_bytes(raw) } else { u16::from_le_bytes(raw) })
    };
    let raw: [u8; 4] = tiff.get(4..8)?.try_into().ok()?;
    let start = if big { u32::from_be_bytes(raw) } else { u32::from_le_bytes(raw) };
    let start = usize::try_from(start).ok()?;
    for entry in 0..usize::from(u16_at(start)?.min(ENTRIES)) {
        let at = start.checked_add(2 + entry * 12)?;
        if u16_at(at)? == ORIENTATION {
            let value = (u16_at(at.checked_add(2)?)? == SHORT).then(|| u16_at(at + 8))??;
            return u8::try_from(value).ok().filter(|value| (2..=8).contains(value));
        }
    }
    None
}

/// A TIFF structure that says the way up and nothing else.
pub(super) fn minimal(orientation: u8) -> [u8; 26] {
    let mut tiff = *b"MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0\x01\0\0\0\0\0\0";
    if let Some(value) = tiff.get_mut(19) {
        *value = orientation;
    }
    tiff
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn way_up_is_read_in_both_orders_and_written_back() {
        assert_eq!(orientation(&minimal(6)), Some(6));
        assert_eq!(orientation(&minimal(1)), None);
        let little = b"II*\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0\x08\0\0\0\0\0\0\0";
        assert_eq!(orientation(little), Some(8));
        assert_eq!(orientation(b"II*\0\xff\xff\xff\xff"), None);
        assert_eq!(orientation(b""), None);
    }
}
