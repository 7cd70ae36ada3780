//! Rows of a text: a cell in quotation marks may go over several lines, and a mark that nobody closes must not take the list with it.

use std::collections::VecDeque;

use super::delimiter;
use super::lines::{Line, Lines};
use super::split::{Split, Splitter};
use crate::protocol::sheet::{MOST_ROWS, Row, RowFault, Unreadable, row};

/// A cell of more lines, or more octets, is a mark that was never closed.
const MOST_LINES: usize = 20;
const LONGEST: usize = 16 * 1024;

#[derive(Debug)]
pub(in crate::protocol::sheet) struct Rows<'o> {
    lines: Lines<'o>,
    /// Read in the hope that they belong to a cell, and then they did not.
    again: VecDeque<(u32, Line)>,
    splitter: Splitter,
    width: usize,
    count: u32,
    is_over: bool,
}

impl<'o> Rows<'o> {
    pub(super) fn new(lines: Lines<'o>, delimiter: u8, width: usize) -> Self {
        let splitter = Splitter::new(delimiter);
        Self { lines, again: VecDeque::new(), splitter, width, count: 0, is_over: false }
    }

    fn line(&mut self) -> Option<(u32, Line)> {
        self.again.pop_front().or_else(|| self.lines.next())
    }

    fn read(&mut self, number: u32, line: Line) -> Option<Result<Row, RowFault>> {
        let fault = |what| Some(Err(RowFault { line: number, what }));
        let Line::Words(words) = line else { return fault(Unreadable::TooLong) };
        if words.trim().is_empty() || (number == 1 && delimiter::said(&words).is_some()) {
            return None;
        }
        match self.splitter.split(&words) {
            Split::Cells(cells) => row(number, cells),
            Split::TooMany => fault(Unreadable::TooManyColumns),
            Split::Open => match self.joined(&words).or_else(|| self.unquoted(&words)) {
                Some(cells) => row(number, cells),
                None => fault(Unreadable::BrokenQuotes),
            },
        }
    }

    /// The record with the lines that it goes on in. `None`: it does not, and they will be read on their own.
    fn joined(&mut self, first: &str) -> Option<Vec<String>> {
        let mut record = first.to_owned();
        let mut taken = Vec::new();
        for nth in 0..MOST_LINES {
            let Some((number, line)) = self.line() else { break };
            taken.push((number, line.clone()));
            let Line::Words(words) = line else { break };
            // Where both lines are whole rows by themselves, the mark is a mistake.
            if nth == 0 && self.is_whole(first) && self.is_whole(&words) {
                break;
            }
            if record.len() + words.len() > LONGEST {
                break;
            }
            record.push('\n');
            record.push_str(&words);
            if let Split::Cells(cells) = self.splitter.split(&record) {
                return Some(cells);
            }
        }
        for line in taken.into_iter().rev() {
            self.again.push_front(line);
        }
        None
    }

    fn is_whole(&mut self, line: &str) -> bool {
        self.width > 1
            && matches!(self.splitter.split_unquoted(line), Split::Cells(cells) if cells.len() >= self.width)
    }

    /// With the broken mark as a letter, where that makes a row like the others.
    fn unquoted(&mut self, line: &str) -> Option<Vec<String>> {
        match self.splitter.split_unquoted(line) {
            Split::Cells(cells) if cells.len() == self.width => Some(cells),
            _ => None,
        }
    }
}

impl Iterator for Rows<'_> {
    type Item = Result<Row, RowFault>;

    fn next(&mut self) -> Option<Self::Item> {
        while !self.is_over {
            let (number, line) = self.line()?;
            let Some(read) = self.read(number, line) else { continue };
            self.count += 1;
            if self.count > MOST_ROWS {
                self.is_over = true;
                return Some(Err(RowFault { line: number, what: Unreadable::TooManyRows }));
            }
            return Some(read);
        }
        None
    }
}
