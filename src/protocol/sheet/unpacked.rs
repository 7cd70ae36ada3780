//! What a workbook is when it is unpacked, found out by unpacking it once without keeping anything: what an archive says of its own size is
//! not to be trusted.

use std::io::{Cursor, Read};

use zip::ZipArchive;

use super::SheetError;

/// Of all parts together. A million rows of ten columns are half of it.
const MOST_OCTETS: u64 = 1024 * 1024 * 1024;
/// Real tables are packed to a twentieth, bombs to a thousandth. Small ones may be anything.
const MOST_PACKED: u64 = 150;
const SMALL: u64 = 32 * 1024 * 1024;
/// Of each part that is kept in memory, and that is every part but the sheets.
const MOST_KEPT: u64 = 128 * 1024 * 1024;
/// A piece of text or a tag; longer ones would be kept in memory as they are read.
const LONGEST_PIECE: usize = 4 * 1024 * 1024;
const MOST_PARTS: usize = 10_000;
/// Of different texts. Room for them is made before they are read, by a number that the file says.
const MOST_TEXTS: usize = 10_000_000;
const SAID: &[u8] = b"uniqueCount";

pub(super) fn check(octets: &[u8]) -> Result<(), SheetError> {
    let mut archive = ZipArchive::new(Cursor::new(octets)).map_err(|_| SheetError::Broken)?;
    if archive.len() > MOST_PARTS {
        return Err(SheetError::TooLarge);
    }
    let packed = octets.len() as u64;
    let mut left = MOST_OCTETS.min(packed.saturating_mul(MOST_PACKED).max(SMALL));
    for index in 0..archive.len() {
        let mut part = archive.by_index(index).map_err(|_| SheetError::Broken)?;
        let name = part.name().map_err(|_| SheetError::Broken)?.to_ascii_lowercase();
        let is_streamed = name.contains("worksheets/");
        let is_xml = name.ends_with(".xml") || name.ends_with(".rels");
        let most = if is_streamed { left } else { left.min(MOST_KEPT) };
        let mut seen = Seen::default();
        let size = seen.all(&mut part, most, is_xml)?;
        left -= size;
    }
    Ok(())
}

#[derive(Default)]
struct Seen {
    /// Octets since the last tag began.
    piece: usize,
    /// The end of what was read before, in which a word may have begun.
    tail: Vec<u8>,
}

impl Seen {
    /// How many octets there were.
    fn all(&mut self, part: &mut impl Read, most: u64, is_xml: bool) -> Result<u64, SheetError> {
        let mut buffer = vec![0; 64 * 1024];
        let mut size = 0;
        loop {
            let read = part.read(&mut buffer).map_err(|_| SheetError::Broken)?;
            let octets = buffer.get(..read).unwrap_or_default();
            if octets.is_empty() {
                return Ok(size);
            }
            size += read as u64;
            if size > most {
                return Err(SheetError::TooLarge);
            }
            if is_xml {
                self.look(octets)?;
            }
        }
    }

    fn look(&mut self, octets: &[u8]) -> Result<(), SheetError> {
        // No octet of XML is zero but in UTF-16, which no spreadsheet writes and in which nothing would be found here.
        if memchr::memchr(0, octets).is_some() {
            return Err(SheetError::Broken);
        }
        self.piece = match memchr::memrchr(b'<', octets) {
            Some(at) => octets.len() - at,
            None => self.piece + octets.len(),
        };
        if self.piece > LONGEST_PIECE {
            return Err(SheetError::TooLarge);
        }
        let mut both = std::mem::take(&mut self.tail);
        both.extend_from_slice(octets);
        for at in memchr::memmem::find_iter(&both, SAID) {
            let said = both.get(at + SAID.len()..).unwrap_or_default();
            let digits = said.iter().skip_while(|b| {
                matches!(b, b' ' | b'=' | b'"' | b'\'' | b'\t' | b'\n' | b'\r' | b'+' | b'0')
            });
            let digits = digits.take_while(|b| b.is_ascii_digit()).count();
            if digits > MOST_TEXTS.ilog10() as usize {
                return Err(SheetError::TooLarge);
            }
        }
        const KEPT: usize = 128;
        self.tail = both.split_off(both.len().saturating_sub(KEPT));
        Ok(())
    }
}
