//! Lists as people keep them: the octets of a CSV file or a workbook (ECMA-376) in, rows of cells out, in memory that does not grow with
//! the list. What a cell holds is somebody else's business; here it is only text.

mod cell;
mod kind;
#[cfg(test)]
mod tests;
mod text;
mod unpacked;
mod workbook;

use kind::Kind;
use text::Text;
use workbook::Workbook;

/// Of one file. A workbook has 1,048,576 at most.
pub const MOST_ROWS: u32 = 1_000_000;
/// Of one row, without empty ones at its end.
pub const MOST_COLUMNS: usize = 100;

/// One row that has something in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// Where a person finds it, from 1: the line of a text, the number of the row in a workbook.
    pub line: u32,
    /// Without spaces around them and without empty ones at the end.
    pub cells: Vec<String>,
}

/// Why a line is no row. What comes behind it is read, except after [`Unreadable::TooManyRows`] and [`Unreadable::BrokenOff`]; of the latter the
/// row before may lack its last cells.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {what}")]
pub struct RowFault {
    pub line: u32,
    pub what: Unreadable,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unreadable {
    #[error("longer than any row of people")]
    TooLong,
    #[error("more than {MOST_COLUMNS} columns")]
    TooManyColumns,
    #[error("a quotation mark that is not closed")]
    BrokenQuotes,
    #[error("more than {MOST_ROWS} rows")]
    TooManyRows,
    #[error("the file is broken from here on")]
    BrokenOff,
}

/// Why a file is no list at all.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SheetError {
    #[error("nothing is in it")]
    Empty,
    #[error("it is protected by a password")]
    Encrypted,
    #[error("a workbook of Excel before 2007 (.xls) or in its binary form (.xlsb)")]
    OldWorkbook,
    #[error("a workbook of OpenDocument (.ods)")]
    OpenDocument,
    #[error("neither CSV nor a workbook")]
    NotASheet,
    #[error("the workbook is broken")]
    Broken,
    /// Perhaps on purpose.
    #[error("the workbook is too large when it is unpacked")]
    TooLarge,
}

/// How the file was understood, to be shown to whoever sent it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Form {
    Csv {
        delimiter: char,
        charset: &'static str,
    },
    /// `sheet`: the first that has something in it; those that are hidden come last.
    Workbook {
        sheet: String,
    },
}

#[derive(Debug)]
pub struct Sheet<'o>(Inner<'o>);

#[derive(Debug)]
enum Inner<'o> {
    Text(Text<'o>),
    Workbook(Box<Workbook<'o>>),
}

#[derive(Debug)]
pub struct Rows<'s, 'o>(RowsInner<'s, 'o>);

#[derive(Debug)]
enum RowsInner<'s, 'o> {
    Text(Box<text::Rows<'o>>),
    Workbook(Box<workbook::Rows<'s, 'o>>),
}

impl<'o> Sheet<'o> {
    /// `file_name` only helps where the octets leave a doubt.
    pub fn open(octets: &'o [u8], file_name: &str) -> Result<Self, SheetError> {
        match kind::of(octets)? {
            Kind::Text => Ok(Self(Inner::Text(Text::open(octets, file_name)?))),
            Kind::Workbook => Ok(Self(Inner::Workbook(Box::new(Workbook::open(octets)?)))),
        }
    }

    pub fn form(&self) -> Form {
        match &self.0 {
            Inner::Text(text) => text.form(),
            Inner::Workbook(workbook) => Form::Workbook { sheet: workbook.name().to_owned() },
        }
    }

    /// From the first one, each time.
    pub fn rows(&mut self) -> Rows<'_, 'o> {
        match &mut self.0 {
            Inner::Text(text) => Rows(RowsInner::Text(Box::new(text.rows()))),
            Inner::Workbook(workbook) => Rows(RowsInner::Workbook(Box::new(workbook.rows()))),
        }
    }
}

impl Iterator for Rows<'_, '_> {
    type Item = Result<Row, RowFault>;

    fn next(&mut self) -> Option<Self::Item> {
        match &mut self.0 {
            RowsInner::Text(rows) => rows.next(),
            RowsInner::Workbook(rows) => rows.next(),
        }
    }
}

/// The cells as a row, if they are one: empty ones at the end are none, and neither is a row without any.
fn row(line: u32, mut cells: Vec<String>) -> Option<Result<Row, RowFault>> {
    let last = cells.iter().rposition(|cell| !cell.is_empty())?;
    if last >= MOST_COLUMNS {
        return Some(Err(RowFault { line, what: Unreadable::TooManyColumns }));
    }
    cells.truncate(last + 1);
    Some(Ok(Row { line, cells }))
}
