//! A workbook (ECMA-376): its first sheet with something in it, cell by cell. Hidden rows and columns count; of a formula its value.

use std::io::Cursor;

use calamine::{DataRef, ExcelDateTime, Reader as _, SheetVisible, Xlsx, XlsxCellReader, XlsxError};

use super::{MOST_COLUMNS, MOST_ROWS, Row, RowFault, SheetError, Unreadable, cell, row, unpacked};

type Octets<'o> = Cursor<&'o [u8]>;

pub(super) struct Workbook<'o> {
    book: Xlsx<Octets<'o>>,
    sheet: String,
}

impl<'o> Workbook<'o> {
    pub(super) fn open(octets: &'o [u8]) -> Result<Self, SheetError> {
        unpacked::check(octets)?;
        let mut book = Xlsx::new(Cursor::new(octets)).map_err(|why| error(&why))?;
        let mut sheets = book.sheets_metadata().to_vec();
        sheets.sort_by_key(|sheet| sheet.visible != SheetVisible::Visible);
        for sheet in sheets {
            // A sheet of charts is no list.
            if first_cell(&mut book, &sheet.name)? {
                return Ok(Self { book, sheet: sheet.name });
            }
        }
        Err(SheetError::Empty)
    }

    pub(super) fn name(&self) -> &str {
        &self.sheet
    }

    pub(super) fn rows(&mut self) -> Rows<'_, 'o> {
        let cells = self.book.worksheet_cells_reader(&self.sheet).ok();
        Rows { is_over: cells.is_none(), cells, next: None, broken: None, line: 0, count: 0 }
    }
}

/// Whether there is one.
fn first_cell(book: &mut Xlsx<Octets<'_>>, sheet: &str) -> Result<bool, SheetError> {
    let mut cells = match book.worksheet_cells_reader(sheet) {
        Ok(cells) => cells,
        Err(XlsxError::NotAWorksheet(_) | XlsxError::WorksheetNotFound(_)) => return Ok(false),
        Err(why) => return Err(error(&why)),
    };
    loop {
        match cells.next_cell() {
            Ok(Some(cell)) if words(cell.get_value()).is_empty() => {}
            Ok(found) => return Ok(found.is_some()),
            Err(why) => return Err(error(&why)),
        }
    }
}

fn error(why: &XlsxError) -> SheetError {
    if matches!(why, XlsxError::Password) { SheetError::Encrypted } else { SheetError::Broken }
}

pub(super) struct Rows<'w, 'o> {
    cells: Option<XlsxCellReader<'w, Octets<'o>>>,
    /// The first cell of the next row.
    next: Option<(u32, u32, String)>,
    broken: Option<Unreadable>,
    line: u32,
    count: u32,
    is_over: bool,
}

impl Rows<'_, '_> {
    /// Row and column from 0, and the words; empty ones are passed over. Rows that go back have been given out already.
    fn cell(&mut self) -> Result<Option<(u32, u32, String)>, Unreadable> {
        if let Some(what) = self.broken {
            return Err(what);
        }
        if let Some(cell) = self.next.take() {
            return Ok(Some(cell));
        }
        let Some(cells) = &mut self.cells else { return Ok(None) };
        loop {
            match cells.next_cell() {
                Ok(Some(cell)) => {
                    let words = words(cell.get_value());
                    if !words.is_empty() {
                        let (row, column) = cell.get_position();
                        return Ok(Some((row, column, words)));
                    }
                }
                Ok(None) => {
                    // Asked again it would look for another end.
                    self.cells = None;
                    return Ok(None);
                }
                Err(_) => return Err(Unreadable::BrokenOff),
            }
        }
    }

    fn read(&mut self) -> Result<Option<Result<Row, RowFault>>, Unreadable> {
        let Some((at, column, first)) = self.cell()? else { return Ok(None) };
        let line = at.saturating_add(1);
        if line <= self.line {
            return Err(Unreadable::BrokenOff);
        }
        self.line = line;
        let mut cells = Vec::new();
        let mut is_wide = false;
        let mut put = |column: u32, words: String| match usize::try_from(column) {
            Ok(column) if column < MOST_COLUMNS => {
                if cells.len() <= column {
                    cells.resize(column + 1, String::new());
                }
                if let Some(cell) = cells.get_mut(column) {
                    *cell = words;
                }
            }
            _ => is_wide = true,
        };
        put(column, first);
        loop {
            match self.cell() {
                Ok(Some(cell)) if cell.0 == at => put(cell.1, cell.2),
                Ok(next) => {
                    self.next = next;
                    break;
                }
                // Told after this row.
                Err(what) => {
                    self.broken = Some(what);
                    break;
                }
            }
        }
        if is_wide {
            return Ok(Some(Err(RowFault { line, what: Unreadable::TooManyColumns })));
        }
        Ok(row(line, cells))
    }
}

impl Iterator for Rows<'_, '_> {
    type Item = Result<Row, RowFault>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.is_over {
            return None;
        }
        let read = self.read();
        self.count += 1;
        let what = match read {
            Ok(read) if read.is_none() || self.count <= MOST_ROWS => {
                self.is_over = read.is_none();
                return read;
            }
            Ok(_) => Unreadable::TooManyRows,
            Err(what) => what,
        };
        self.is_over = true;
        Some(Err(RowFault { line: self.line.max(1), what }))
    }
}

fn words(value: &DataRef<'_>) -> String {
    match value {
        DataRef::Empty => String::new(),
        DataRef::String(text) => cell::plain(text),
        DataRef::SharedString(text) => cell::plain(text),
        DataRef::Int(number) => number.to_string(),
        DataRef::Float(number) => cell::number(*number),
        DataRef::Bool(is_true) => is_true.to_string(),
        DataRef::DateTime(at) => moment(at),
        DataRef::DateTimeIso(text) | DataRef::DurationIso(text) => cell::plain(text),
        DataRef::Error(error) => error.to_string(),
    }
}

/// As in ISO 8601; a time of the day without a day, and a day without a time, as such.
fn moment(at: &ExcelDateTime) -> String {
    if at.is_duration() {
        return cell::number(at.as_f64());
    }
    let (year, month, day, hour, minute, second, _) = at.to_ymd_hms_milli();
    let time = match second {
        0 => format!("{hour:02}:{minute:02}"),
        _ => format!("{hour:02}:{minute:02}:{second:02}"),
    };
    match (at.as_f64() < 1.0, time.as_str()) {
        (true, _) => time,
        (false, "00:00") => format!("{year:04}-{month:02}-{day:02}"),
        (false, _) => format!("{year:04}-{month:02}-{day:02} {time}"),
    }
}

impl std::fmt::Debug for Workbook<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Workbook").field("sheet", &self.sheet).finish_non_exhaustive()
    }
}

impl std::fmt::Debug for Rows<'_, '_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Rows").field("line", &self.line).finish_non_exhaustive()
    }
}
