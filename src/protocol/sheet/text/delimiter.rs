//! What separates the cells of a list: whatever makes its lines alike.

use super::lines::{Line, Lines};
use super::split::{Split, Splitter};

/// In the order in which equals are preferred: a Serbian spreadsheet writes semicolons, and commas stand in addresses.
const CANDIDATES: [u8; 4] = [b';', b'\t', b'|', b','];
/// Lines with something in them that are compared.
const SAMPLE: usize = 60;

pub(super) struct Found {
    pub delimiter: u8,
    /// Cells of the first row.
    pub width: usize,
}

/// What a spreadsheet is told in the first line, which is no row then: `sep=;`.
pub(super) fn said(line: &str) -> Option<u8> {
    let said = line.trim_matches([' ', '"']);
    let (word, sign) = said.split_at_checked(4)?;
    let [sign] = sign.as_bytes() else { return (word == "sep=" && sign == "\\t").then_some(b'\t') };
    word.eq_ignore_ascii_case("sep=")
        .then_some(*sign)
        .filter(|sign| sign.is_ascii_punctuation() || *sign == b'\t')
}

/// `None`: there is nothing to read.
pub(super) fn of(lines: &mut Lines<'_>, file_name: &str) -> Option<Found> {
    let mut sample = Vec::new();
    let mut named = None;
    let mut is_empty = true;
    while let Some((number, line)) = lines.next() {
        is_empty &= matches!(&line, Line::Words(words) if words.trim().is_empty());
        let Line::Words(words) = line else { continue };
        if number == 1 && named.is_none() {
            named = said(&words);
            if named.is_some() {
                continue;
            }
        }
        if !words.trim().is_empty() {
            sample.push(words);
        }
        if sample.len() == SAMPLE {
            break;
        }
    }
    let ending = file_name.rsplit('.').next().unwrap_or_default().to_ascii_lowercase();
    let named = named.or((ending == "tsv" || ending == "tab").then_some(b'\t'));
    if sample.is_empty() && is_empty {
        return None;
    }
    let delimiter = named.unwrap_or_else(|| best(&sample));
    let width = sample.first().map_or(1, |first| width(&mut Splitter::new(delimiter), first).unwrap_or(1));
    Some(Found { delimiter, width })
}

/// The one with which most lines have as many cells as the first; of equals the one that makes the most of them.
fn best(sample: &[String]) -> u8 {
    let mut best = (0, 0, CANDIDATES[0]);
    for delimiter in CANDIDATES {
        let mut splitter = Splitter::new(delimiter);
        let mut widths = sample.iter().filter_map(|line| width(&mut splitter, line));
        let Some(first) = widths.next().filter(|first| *first > 1) else { continue };
        let alike = 1 + widths.filter(|width| *width == first).count();
        if (alike, first) > (best.0, best.1) {
            best = (alike, first, delimiter);
        }
    }
    best.2
}

/// `None`: it goes on in the next line.
fn width(splitter: &mut Splitter, line: &str) -> Option<usize> {
    match splitter.split(line) {
        Split::Cells(cells) => Some(cells.len()),
        Split::Open | Split::TooMany => None,
    }
}
