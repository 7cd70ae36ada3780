//! `GET /audit/export`: the audit as it is filtered.

use axum::extract::{Query as UrlQuery, State};
use axum::response::Response;

use super::{Asked, Cell, Pages, send};
use crate::actions::audit::AuditFilter;
use crate::domain::permission::Right;
use crate::web::audit::query::Query;
use crate::web::audit::view::Words;
use crate::web::auth::SignedIn;
use crate::web::cases::view::Viewer;
use crate::web::error::WebError;
use crate::web::page::Page;
use crate::web::state::App;

/// Rows that are read at once.
const AT_ONCE: u32 = 500;

struct Rows {
    app: App,
    page: Page,
    filter: AuditFilter,
    before: Option<i64>,
}

pub async fn export(
    State(app): State<App>,
    signed_in: SignedIn,
    UrlQuery(asked): UrlQuery<Asked>,
    UrlQuery(query): UrlQuery<Query>,
) -> Result<Response, WebError> {
    signed_in.require(Right::ReadAudit)?;
    let page = signed_in.page.clone();
    let filter = query.filter(&app, &page).await?;
    let heading = ["audit-number", "audit-when", "audit-by", "audit-deed", "audit-of", "audit-detail"];
    let heading = heading.map(|key| page.say(key)).into();
    let told = query.address("", None);
    let rows = Rows { app: app.clone(), page, filter, before: None };
    send(&app, &signed_in, ("audit", told.trim_start_matches('?')), asked.format, heading, rows).await
}

impl Pages for Rows {
    async fn next(&mut self) -> Result<Vec<Vec<Cell>>, WebError> {
        let rows = self.app.db.audit_page(&self.filter, self.before, AT_ONCE).await?;
        let Some(last) = rows.last() else { return Ok(Vec::new()) };
        self.before = Some(last.link.id);
        let directory = self.app.db.directory();
        let viewer = Viewer { locale: &self.page.locale, directory: &directory };
        let words = Words::of(&self.app, viewer, &rows).await?;
        let cells = rows.iter().map(|row| {
            let entry = words.entry(row);
            let at = jiff::Timestamp::from_microsecond(row.link.at).ok();
            vec![
                Cell::text(entry.id.to_string()),
                at.map_or(Cell::Nothing, |at| Cell::moment(&self.page.locale, at)),
                Cell::text(entry.who),
                Cell::text(entry.what),
                Cell::text(entry.subject),
                Cell::text(entry.detail),
            ]
        });
        Ok(cells.collect())
    }
}
