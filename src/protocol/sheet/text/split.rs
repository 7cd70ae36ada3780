//! One record, which may go over several lines, into its cells.

use csv_core::{ReadRecordResult, Reader, ReaderBuilder};

use crate::protocol::sheet::cell;

/// More separators than this in a row are a mistake of the delimiter, not empty columns that a spreadsheet wrote.
const MOST_CELLS: usize = 16_384;

#[derive(Debug, PartialEq, Eq)]
pub(super) enum Split {
    Cells(Vec<String>),
    /// A quotation mark is open at the end.
    Open,
    TooMany,
}

#[derive(Debug)]
pub(super) struct Splitter {
    delimiter: u8,
    octets: Vec<u8>,
    ends: Vec<usize>,
}

impl Splitter {
    pub(super) fn new(delimiter: u8) -> Self {
        Self { delimiter, octets: vec![0; 1024], ends: vec![0; 32] }
    }

    pub(super) fn split(&mut self, record: &str) -> Split {
        let reader = ReaderBuilder::new().delimiter(self.delimiter).build();
        self.read(reader, record)
    }

    /// Quotation marks are letters like others; those at the ends of a cell go.
    pub(super) fn split_unquoted(&mut self, line: &str) -> Split {
        let reader = ReaderBuilder::new().delimiter(self.delimiter).quoting(false).build();
        match self.read(reader, line) {
            Split::Cells(cells) => {
                Split::Cells(cells.into_iter().map(|cell| cell.trim_matches('"').trim().to_owned()).collect())
            }
            other => other,
        }
    }

    fn read(&mut self, mut reader: Reader, record: &str) -> Split {
        let record = [record.as_bytes(), b"\n"].concat();
        let mut rest = record.as_slice();
        let (mut written, mut ended) = (0, 0);
        loop {
            let octets = self.octets.get_mut(written..).unwrap_or_default();
            let ends = self.ends.get_mut(ended..).unwrap_or_default();
            let (result, read, more, more_ends) = reader.read_record(rest, octets, ends);
            rest = rest.get(read..).unwrap_or_default();
            written += more;
            ended += more_ends;
            match result {
                ReadRecordResult::OutputFull => self.octets.resize(self.octets.len() * 2, 0),
                ReadRecordResult::OutputEndsFull if ended >= MOST_CELLS => return Split::TooMany,
                ReadRecordResult::OutputEndsFull => self.ends.resize(self.ends.len() * 2, 0),
                ReadRecordResult::InputEmpty => return Split::Open,
                ReadRecordResult::Record | ReadRecordResult::End => return Split::Cells(self.cells(ended)),
            }
        }
    }

    fn cells(&self, count: usize) -> Vec<String> {
        let mut from = 0;
        let cell = |end: &usize| {
            let octets = self.octets.get(from..*end).unwrap_or_default();
            from = *end;
            cell::plain(&String::from_utf8_lossy(octets))
        };
        self.ends.iter().take(count).map(cell).collect()
    }
}
