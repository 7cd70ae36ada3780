//! Reports on paper: A4, made to be printed, signed and kept (PDF/A-2u), with text that can be selected, searched and read aloud.
//!
//! Made by `krilla`, which writes what it is told and nothing else. `typst` would lay pages out by itself, for fifteen times as many crates; what
//! reports need of that is in this folder.

mod flow;
mod font;
mod ink;
mod paper;
#[cfg(test)]
mod tests;

use jiff::Zoned;

use flow::Flow;
use font::Fonts;
use ink::Ink;
use paper::Count;

/// Rows of tables up to which the document says what is a heading and what is a cell (tagged PDF), for who has it read aloud. Beyond it
/// the tags would be most of the file, and nobody listens to it.
const TAGGED_ROWS: usize = 5_000;

#[derive(Clone, Debug)]
pub struct Report {
    pub municipality: String,
    pub title: String,
    /// What it is about, such as the name of a campaign; may be empty.
    pub subtitle: String,
    /// Of its words: `sr-Cyrl`, `sr-Latn`, `en`.
    pub language: String,
    pub made: Made,
    pub blocks: Vec<Block>,
}

/// What the foot of every page says.
#[derive(Clone, Debug)]
pub struct Made {
    pub at: Zoned,
    /// When, by whom and with what, in words.
    pub words: String,
    /// What proves that the data are those, in words: `SHA-256 ...`.
    pub digest: String,
}

#[derive(Clone, Debug)]
pub enum Block {
    Heading(String),
    Paragraph(String),
    /// What is said about what, line by line.
    Facts(Vec<(String, String)>),
    Bars(Vec<Bar>),
    Table(Table),
}

/// A count, and its part of the whole as a bar.
#[derive(Clone, Debug)]
pub struct Bar {
    pub label: String,
    /// The count and what else is to be said, in words.
    pub value: String,
    /// From 0 to 1.
    pub part: f32,
    pub tone: Tone,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tone {
    Good,
    /// Good, as far as we know.
    Fair,
    Doubtful,
    Bad,
    /// Neither.
    Idle,
}

#[derive(Clone, Debug, Default)]
pub struct Table {
    pub columns: Vec<Column>,
    pub rows: Vec<Vec<String>>,
    /// What stands in its place when it has no rows.
    pub empty: String,
}

#[derive(Clone, Debug)]
pub struct Column {
    pub heading: String,
    /// Of the page, compared with the other columns.
    pub width: f32,
    pub side: Side,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    Start,
    /// For numbers.
    End,
}

#[derive(Debug, thiserror::Error)]
#[error("no PDF could be made: {0}")]
pub struct PdfError(String);

impl Column {
    pub fn new(heading: impl Into<String>, width: f32) -> Self {
        Self { heading: heading.into(), width, side: Side::Start }
    }

    pub fn number(heading: impl Into<String>, width: f32) -> Self {
        Self { heading: heading.into(), width, side: Side::End }
    }
}

/// The octets of the document. It takes seconds for tens of thousands of rows, so it is no work for a thread that serves others.
pub fn write(report: &Report) -> Result<Vec<u8>, PdfError> {
    let fonts = Fonts::load()?;
    // How many pages there are stands on the first of them, so they are counted before they are drawn.
    let mut count = Count::default();
    Flow::new(report, &fonts, &mut count, 0).run();
    let rows = |block: &Block| if let Block::Table(table) = block { table.rows.len() } else { 0 };
    let is_tagged = report.blocks.iter().map(rows).sum::<usize>() <= TAGGED_ROWS;
    let mut ink = Ink::new(&fonts, is_tagged)?;
    Flow::new(report, &fonts, &mut ink, count.pages).run();
    ink.finish(report)
}
