//! Comma-separated values (RFC 4180), with whatever separates them in truth.

mod charset;
mod delimiter;
mod lines;
mod rows;
mod split;

pub(super) use charset::is_utf16;
pub(super) use rows::Rows;

use encoding_rs::Encoding;

use super::{Form, SheetError};
use lines::Lines;

#[derive(Debug)]
pub(super) struct Text<'o> {
    octets: &'o [u8],
    encoding: &'static Encoding,
    delimiter: u8,
    /// Cells of the first row.
    width: usize,
}

impl<'o> Text<'o> {
    pub(super) fn open(octets: &'o [u8], file_name: &str) -> Result<Self, SheetError> {
        let (encoding, octets) = charset::of(octets);
        let found = delimiter::of(&mut Lines::new(octets, encoding), file_name).ok_or(SheetError::Empty)?;
        Ok(Self { octets, encoding, delimiter: found.delimiter, width: found.width })
    }

    pub(super) fn form(&self) -> Form {
        Form::Csv { delimiter: char::from(self.delimiter), charset: self.encoding.name() }
    }

    pub(super) fn rows(&self) -> Rows<'o> {
        Rows::new(Lines::new(self.octets, self.encoding), self.delimiter, self.width)
    }
}
