//! Lists as files for a spreadsheet: the same rows that the list shows, for whoever may export, each export in the audit before its first
//! row is sent. Rows are read a page at a time, so that a list of any length costs the memory of one page.

pub mod audit;
pub mod cases;
pub mod csv;
pub mod lists;
pub mod opt_outs;
pub mod pdf;
pub mod people;
pub mod surveys;
pub mod users;
pub mod xlsx;

use std::future::Future;

use axum::body::Body;
use axum::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use futures_util::stream::{self, StreamExt as _};
use jiff::Timestamp;
use jiff::civil::{Date, DateTime};
use serde::Deserialize;
use serde_json::json;

use super::auth::SignedIn;
use super::error::WebError;
use super::i18n::Locale;
use super::state::App;
use crate::domain::permission::Right;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Format {
    Csv,
    Xlsx,
}

impl Format {
    fn ending(self) -> &'static str {
        match self {
            Self::Csv => "csv",
            Self::Xlsx => "xlsx",
        }
    }

    /// A sheet of a workbook has 1,048,576: one is for the heading, one says that the list goes on. A text goes on as long as the list does.
    fn most_rows(self) -> usize {
        match self {
            Self::Csv => usize::MAX,
            Self::Xlsx => 1_048_574,
        }
    }
}

/// What the audit says instead of the words that were searched for.
pub const SEARCHED: &str = "q=…";

#[derive(Clone, Debug, PartialEq)]
pub enum Cell {
    Text(String),
    /// A figure that programs reckon with.
    Number(f64),
    /// As the clocks of the place show it.
    Moment(DateTime),
    Day(Date),
    Nothing,
}

/// What stands in the address besides the filter of the list.
#[derive(Clone, Debug, Deserialize)]
pub struct Asked {
    pub format: Format,
}

/// A list that is read page by page.
pub trait Pages: Send + 'static {
    /// The next rows; an empty page is the end.
    fn next(&mut self) -> impl Future<Output = Result<Vec<Vec<Cell>>, WebError>> + Send;
}

impl Cell {
    pub fn text(text: impl Into<String>) -> Self {
        let text = text.into();
        if text.is_empty() { Self::Nothing } else { Self::Text(text) }
    }

    pub fn moment(locale: &Locale, at: Timestamp) -> Self {
        Self::Moment(at.to_zoned(locale.zone.clone()).datetime())
    }
}

/// Asks for the right, tells the audit and sends the file. `list`: the name of the file, and what the audit calls it; `filter`: what was
/// narrowed down, for the audit, without words that were searched for: they are names and numbers of citizens, and the audit keeps
/// what it has.
pub async fn send<P: Pages>(
    app: &App,
    signed_in: &SignedIn,
    (list, filter): (&str, &str),
    format: Format,
    heading: Vec<String>,
    pages: P,
) -> Result<Response, WebError> {
    signed_in.require(Right::Export)?;
    let detail = json!({ "format": format.ending(), "filter": filter });
    app.actions.exported(&signed_in.actor(), list, detail).await?;
    let rows = Bounded { pages, left: format.most_rows(), last: Some(signed_in.page.say("export-cut")) };
    let date = signed_in.page.locale.now.to_zoned(app.time_zone.clone()).date();
    let name = format!("{list}-{date}.{}", format.ending());
    let (kind, body) = match format {
        Format::Csv => ("text/csv; charset=utf-8", csv::body(heading, rows)),
        Format::Xlsx => (
            "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
            xlsx::body(heading, rows).await?,
        ),
    };
    let disposition = format!("attachment; filename=\"{name}\"");
    Ok(([(CONTENT_TYPE, kind), (CONTENT_DISPOSITION, disposition.as_str())], body).into_response())
}

/// No more than the format takes.
pub struct Bounded<P> {
    pages: P,
    left: usize,
    /// What the last row says when there were more.
    last: Option<String>,
}

impl<P: Pages> Bounded<P> {
    /// `None`: that was all.
    pub async fn next(&mut self) -> Result<Option<Vec<Vec<Cell>>>, WebError> {
        if self.left == 0 {
            return Ok(self.last.take().map(|last| vec![vec![Cell::Text(last)]]));
        }
        let mut rows = self.pages.next().await?;
        rows.truncate(self.left);
        self.left -= rows.len();
        Ok((!rows.is_empty()).then_some(rows))
    }
}

/// A stream of pieces of a file. A failure in the middle breaks the answer off, so that nobody takes a half for the whole.
fn pieces<P: Pages>(pages: Bounded<P>, first: Vec<u8>, write: fn(&[Vec<Cell>]) -> Vec<u8>) -> Body {
    let rest = stream::unfold(Some(pages), move |pages| async move {
        let mut pages = pages?;
        match pages.next().await {
            Ok(Some(rows)) => Some((Ok(write(&rows)), Some(pages))),
            Ok(None) => None,
            Err(why) => {
                tracing::error!(%why, "an export broke off");
                Some((Err(std::io::Error::other(why)), None))
            }
        }
    });
    // Whoever compresses it may ask once more after the end.
    Body::from_stream(stream::once(std::future::ready(Ok(first))).chain(rest).fuse())
}
