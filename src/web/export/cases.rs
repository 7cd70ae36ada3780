//! `GET /cases/export`: the list of cases as it is filtered.

use axum::extract::{Query as UrlQuery, State};
use axum::response::Response;

use super::{Asked, Cell, Pages, send};
use crate::domain::permission::Right;
use crate::store::case::CaseRow;
use crate::store::case_list::{CaseFilter, Cursor, PAGE_MAX};
use crate::web::auth::SignedIn;
use crate::web::cases::filter::Query;
use crate::web::cases::view::{Viewer, for_people};
use crate::web::error::WebError;
use crate::web::page::Page;
use crate::web::state::App;

struct Cases {
    app: App,
    page: Page,
    filter: CaseFilter,
    /// Where the page before ended; `None` after the last.
    after: Option<Option<Cursor>>,
}

pub async fn export(
    State(app): State<App>,
    signed_in: SignedIn,
    UrlQuery(asked): UrlQuery<Asked>,
    UrlQuery(query): UrlQuery<Query>,
) -> Result<Response, WebError> {
    signed_in.require(Right::ReadCases)?;
    let page = signed_in.page.clone();
    let filter = query.whole_filter(&page, signed_in.user.id, signed_in.reach());
    let heading = heading(&page);
    let told = query.for_audit();
    let pages = Cases { app: app.clone(), page, filter, after: Some(None) };
    send(&app, &signed_in, ("cases", &told), asked.format, heading, pages).await
}

fn heading(page: &Page) -> Vec<String> {
    vec![
        page.say("export-number"),
        page.say("channel"),
        page.say("status"),
        page.say("category"),
        page.say("department"),
        page.say("assignee"),
        page.say("person"),
        page.say("export-caller"),
        page.say("export-place"),
        page.say("export-summary"),
        page.say("export-outcome"),
        page.say("export-opened"),
        page.say("export-updated"),
        page.say("export-due"),
    ]
}

impl Pages for Cases {
    async fn next(&mut self) -> Result<Vec<Vec<Cell>>, WebError> {
        let Some(after) = self.after else { return Ok(Vec::new()) };
        let page = self.app.db.case_list(&self.filter, after, PAGE_MAX).await?;
        self.after = page.next.map(Some);
        let directory = self.app.db.directory();
        let viewer = Viewer { locale: &self.page.locale, directory: &directory };
        Ok(page.rows.iter().map(|row| cells(&viewer, row)).collect())
    }
}

fn cells(viewer: &Viewer<'_>, row: &CaseRow) -> Vec<Cell> {
    let locale = viewer.locale;
    vec![
        Cell::text(row.number.as_str()),
        Cell::text(viewer.channel(row.channel).label),
        Cell::text(viewer.status(row.status).label),
        Cell::text(viewer.category(row.category)),
        Cell::text(row.department.map(|d| viewer.department(d)).unwrap_or_default()),
        Cell::text(row.assignee.map(|u| viewer.user(u)).unwrap_or_default()),
        Cell::text(viewer.script(&row.person_name)),
        Cell::text(row.caller.as_deref().map(for_people).unwrap_or_default()),
        Cell::text(viewer.script(&row.place)),
        Cell::text(row.summary.as_str()),
        Cell::text(row.outcome.map(|outcome| locale.word("outcome", outcome.as_str())).unwrap_or_default()),
        Cell::moment(locale, row.opened_at),
        Cell::moment(locale, row.updated_at),
        row.due_at.map_or(Cell::Nothing, |at| Cell::moment(locale, at)),
    ]
}
