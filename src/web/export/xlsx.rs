//! A workbook (ECMA-376). It is written row by row to a file without a name, which is then sent: a workbook has its directory at the end.

use std::fs::File;
use std::io::{Seek as _, SeekFrom};

use axum::body::Body;
use jiff::civil::DateTime;
use rust_xlsxwriter::{ExcelDateTime, Format, Workbook, XlsxError};
use tokio::sync::mpsc;
use tokio_util::io::ReaderStream;

use super::{Bounded, Cell, Pages};
use crate::web::error::WebError;

/// Pages that wait to be written: reading and writing go on side by side.
const WAITING: usize = 2;
/// Of a cell; a longer text is refused by spreadsheets.
const LONGEST: usize = 32_767;
/// Of a column, in characters: long texts wrap.
const WIDTH: f64 = 22.0;

pub async fn body<P: Pages>(heading: Vec<String>, mut pages: Bounded<P>) -> Result<Body, WebError> {
    let (rows, written) = mpsc::channel(WAITING);
    let writer = tokio::task::spawn_blocking(move || write(&heading, written));
    while let Some(page) = pages.next().await? {
        // Refused only by a writer that has failed, and says so below.
        if rows.send(page).await.is_err() {
            break;
        }
    }
    drop(rows);
    let file = writer.await.map_err(|e| WebError::Internal(e.to_string()))?;
    let file = file.map_err(|e| WebError::Internal(e.to_string()))?;
    Ok(Body::from_stream(ReaderStream::new(tokio::fs::File::from_std(file))))
}

fn write(heading: &[String], mut pages: mpsc::Receiver<Vec<Vec<Cell>>>) -> Result<File, XlsxError> {
    let mut workbook = Workbook::new();
    let (bold, date) = (Format::new().set_bold(), Format::new().set_num_format("yyyy-mm-dd hh:mm"));
    let day_only = Format::new().set_num_format("yyyy-mm-dd");
    let sheet = workbook.add_worksheet_with_constant_memory()?;
    for column in 0..heading.len() {
        sheet.set_column_width(u16::try_from(column).unwrap_or(u16::MAX), WIDTH)?;
    }
    sheet.set_freeze_panes(1, 0)?;
    for (column, words) in (0..).zip(heading) {
        sheet.write_string_with_format(0, column, words, &bold)?;
    }
    let mut at = 1;
    while let Some(rows) = pages.blocking_recv() {
        for row in rows {
            for (column, cell) in (0..).zip(&row) {
                match cell {
                    Cell::Text(words) => {
                        sheet.write_string(at, column, shortened(words))?;
                    }
                    Cell::Number(number) => {
                        sheet.write_number(at, column, *number)?;
                    }
                    Cell::Moment(moment) => {
                        sheet.write_datetime_with_format(at, column, &moment_of(*moment)?, &date)?;
                    }
                    Cell::Day(day) => {
                        let midnight = day.to_datetime(jiff::civil::Time::midnight());
                        sheet.write_datetime_with_format(at, column, &moment_of(midnight)?, &day_only)?;
                    }
                    Cell::Nothing => {}
                }
            }
            at += 1;
        }
    }
    let mut file = tempfile::tempfile()?;
    workbook.save_to_writer(&mut file)?;
    file.seek(SeekFrom::Start(0))?;
    Ok(file)
}

fn shortened(words: &str) -> &str {
    match words.char_indices().nth(LONGEST) {
        Some((end, _)) => words.get(..end).unwrap_or_default(),
        None => words,
    }
}

fn moment_of(at: DateTime) -> Result<ExcelDateTime, XlsxError> {
    let year = u16::try_from(at.year()).unwrap_or(1900);
    let (month, day) = (at.month().unsigned_abs(), at.day().unsigned_abs());
    let (hour, minute) = (u16::from(at.hour().unsigned_abs()), at.minute().unsigned_abs());
    ExcelDateTime::from_ymd(year, month, day)?.and_hms(hour, minute, f64::from(at.second()))
}
