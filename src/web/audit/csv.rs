//! The audit as a table that a spreadsheet opens: UTF-8 with its mark, semicolons, and no cell that begins a formula.

use axum::body::Body;
use axum::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use futures_util::stream;

use super::view::{EntryView, Words};
use crate::actions::audit::AuditFilter;
use crate::web::auth::SignedIn;
use crate::web::cases::view::Viewer;
use crate::web::error::WebError;
use crate::web::state::App;

/// Rows that a spreadsheet still opens with ease.
const MOST: usize = 200_000;
/// Rows that are read at once.
const AT_ONCE: u32 = 500;

struct Rows {
    app: App,
    signed_in: SignedIn,
    filter: AuditFilter,
    before: Option<i64>,
    sent: usize,
}

/// Read and sent piece by piece.
pub async fn response(app: &App, signed_in: &SignedIn, filter: AuditFilter) -> Result<Response, WebError> {
    let page = &signed_in.page;
    let heads = [
        page.say("audit-number"),
        page.say("audit-when"),
        page.say("audit-by"),
        page.say("audit-deed"),
        page.say("audit-of"),
        page.say("audit-detail"),
    ];
    let begin = format!("\u{feff}{}", line(heads.iter().map(String::as_str)));
    let rows = Rows { app: app.clone(), signed_in: signed_in.clone(), filter, before: None, sent: 0 };
    let rows = stream::unfold(Some(rows), async |rows| {
        let mut rows = rows?;
        match rows.piece().await {
            Ok(Some(text)) => Some((Ok(text), Some(rows))),
            Ok(None) => None,
            Err(error) => Some((Err(std::io::Error::other(error)), None)),
        }
    });
    let body = Body::from_stream(futures_util::StreamExt::chain(stream::iter([Ok(begin)]), rows));
    let headers = [
        (CONTENT_TYPE, "text/csv; charset=utf-8"),
        (CONTENT_DISPOSITION, "attachment; filename=\"audit.csv\""),
    ];
    Ok((headers, body).into_response())
}

impl Rows {
    async fn piece(&mut self) -> Result<Option<String>, WebError> {
        if self.sent >= MOST {
            return Ok(None);
        }
        let rows = self.app.db.audit_page(&self.filter, self.before, AT_ONCE).await?;
        let Some(last) = rows.last() else { return Ok(None) };
        self.before = Some(last.link.id);
        self.sent += rows.len();
        let directory = self.app.db.directory();
        let viewer = Viewer { locale: &self.signed_in.page.locale, directory: &directory };
        let words = Words::of(&self.app, viewer, &rows).await?;
        Ok(Some(rows.iter().map(|row| entry(&words.entry(row))).collect()))
    }
}

fn entry(entry: &EntryView) -> String {
    let id = entry.id.to_string();
    line(
        [&id, &entry.machine, &entry.who, &entry.what, &entry.subject, &entry.detail]
            .into_iter()
            .map(|s| s.as_str()),
    )
}

fn line<'c>(cells: impl Iterator<Item = &'c str>) -> String {
    let cells: Vec<String> = cells.map(cell).collect();
    format!("{}\r\n", cells.join(";"))
}

/// Quoted; what a spreadsheet would take for a formula begins with an apostrophe (OWASP, CSV injection).
fn cell(text: &str) -> String {
    let formula = text.starts_with(['=', '+', '-', '@', '\t', '\r']);
    format!("\"{}{}\"", if formula { "'" } else { "" }, text.replace('"', "\"\""))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cell_is_text_whatever_it_holds() {
        assert_eq!(line(["a;b", "=1+1", "\"x\"\n"].into_iter()), "\"a;b\";\"'=1+1\";\"\"\"x\"\"\n\"\r\n");
    }
}
