//! Lines of a text in any charset and with any ends, a piece of the octets at a time.

use encoding_rs::{Decoder, Encoding};

/// So many octets are decoded at once.
const PIECE: usize = 64 * 1024;
/// Of a line, in octets of UTF-8. A hundred columns of a few hundred characters each are less.
pub(super) const LONGEST: usize = 256 * 1024;

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Line {
    Words(String),
    TooLong,
}

pub(super) struct Lines<'o> {
    rest: &'o [u8],
    decoder: Decoder,
    is_decoded: bool,
    piece: String,
    at: usize,
    number: u32,
    after_return: bool,
}

impl<'o> Lines<'o> {
    pub(super) fn new(octets: &'o [u8], encoding: &'static Encoding) -> Self {
        Self {
            rest: octets,
            decoder: encoding.new_decoder_without_bom_handling(),
            is_decoded: false,
            piece: String::new(),
            at: 0,
            number: 0,
            after_return: false,
        }
    }

    /// The number of the line, from 1, and what it says.
    pub(super) fn next(&mut self) -> Option<(u32, Line)> {
        let mut line = Line::Words(String::new());
        let mut is_begun = false;
        loop {
            self.pass_end_of_return();
            let open = self.piece.get(self.at..).unwrap_or_default();
            if open.is_empty() {
                if self.decode() {
                    continue;
                }
                return is_begun.then(|| (self.counted(), line));
            }
            is_begun = true;
            let end = open.find(['\n', '\r']);
            push(&mut line, open.get(..end.unwrap_or(open.len())).unwrap_or_default());
            match end {
                Some(end) => {
                    self.after_return = open.as_bytes().get(end) == Some(&b'\r');
                    self.at += end + 1;
                    return Some((self.counted(), line));
                }
                None => self.at = self.piece.len(),
            }
        }
    }

    fn counted(&mut self) -> u32 {
        self.number = self.number.saturating_add(1);
        self.number
    }

    /// A return and a line feed are one end.
    fn pass_end_of_return(&mut self) {
        if let Some(next) = self.piece.as_bytes().get(self.at) {
            if self.after_return && *next == b'\n' {
                self.at += 1;
            }
            self.after_return = false;
        }
    }

    /// Whether there was more.
    fn decode(&mut self) -> bool {
        if self.is_decoded {
            return false;
        }
        let (piece, rest) = self.rest.split_at(self.rest.len().min(PIECE));
        self.is_decoded = rest.is_empty();
        self.rest = rest;
        self.piece.clear();
        self.at = 0;
        self.piece.reserve(self.decoder.max_utf8_buffer_length(piece.len()).unwrap_or(piece.len() * 3));
        let _ = self.decoder.decode_to_string(piece, &mut self.piece, self.is_decoded);
        true
    }
}

fn push(line: &mut Line, more: &str) {
    match line {
        Line::Words(words) if words.len() + more.len() <= LONGEST => words.push_str(more),
        _ => *line = Line::TooLong,
    }
}

impl std::fmt::Debug for Lines<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Lines").field("number", &self.number).finish_non_exhaustive()
    }
}
