//! The list: newest first, filtered by its address, page by page, live.

use axum::extract::{Query as UrlQuery, State};
use axum::http::HeaderMap;
use axum::response::Response;

use super::filter::{Due, Query};
use super::saved::{self, SavedView};
use super::view::{Choice, RowView, Viewer};
use crate::domain::case::{Outcome, Status, Told};
use crate::domain::permission::Right;
use crate::domain::permission::reach::Reach;
use crate::store::case_list::{DUE_COUNTED, Order};
use crate::web::auth::SignedIn;
use crate::web::client::is_partial;
use crate::web::error::WebError;
use crate::web::page::{Page, html};
use crate::web::state::App;

/// Two screens of a large monitor.
const ROWS: u32 = 50;

#[derive(Debug)]
pub struct ListView {
    pub query: Query,
    pub tabs: Vec<Tab>,
    /// Overdue, today, soon.
    pub dues: Vec<DueTab>,
    /// Lists that are kept; not with a further page.
    pub saved: Option<SavedView>,
    pub rows: Vec<RowView>,
    /// Address of the page after this one.
    pub more: Option<String>,
}

/// One status above the list, with how many cases are in it.
#[derive(Debug)]
pub struct Tab {
    /// Empty for all.
    pub word: &'static str,
    pub label: String,
    pub address: String,
    pub count: i64,
    pub chosen: bool,
}

/// One window of due dates above the list, with how many cases are in it.
#[derive(Debug)]
pub struct DueTab {
    pub word: &'static str,
    pub label: String,
    pub address: String,
    /// As it is shown: beyond a thousand nobody counts.
    pub count: String,
    pub is_none: bool,
    pub chosen: bool,
}

#[derive(Debug)]
pub struct Filters {
    pub channels: Vec<Choice>,
    pub categories: Vec<Choice>,
    pub departments: Vec<Choice>,
    pub users: Vec<Choice>,
    pub outcomes: Vec<Choice>,
    pub told: Vec<Choice>,
    pub orders: Vec<Choice>,
}

#[derive(askama::Template)]
#[template(path = "cases/list.html")]
pub struct ListPage<'a> {
    pub page: &'a Page,
    pub filters: Filters,
    pub list: ListView,
}

#[derive(askama::Template)]
#[template(path = "cases/_list.html")]
pub struct ListPart<'a> {
    pub page: &'a Page,
    pub list: ListView,
}

#[derive(askama::Template)]
#[template(path = "cases/_rows.html")]
pub struct RowsPart<'a> {
    pub page: &'a Page,
    pub list: ListView,
}

pub async fn show(
    State(app): State<App>,
    signed_in: SignedIn,
    UrlQuery(query): UrlQuery<Query>,
    headers: HeaderMap,
) -> Result<Response, WebError> {
    signed_in.require(Right::ReadCases)?;
    app.actions.list_viewed(&signed_in.actor(), "cases").await?;
    let reach = signed_in.reach();
    let SignedIn { page, user } = signed_in;
    let directory = app.db.directory();
    let viewer = Viewer { locale: &page.locale, directory: &directory };
    let filter = query.whole_filter(&page, user.id, reach.clone());
    let cases = app.db.case_list(&filter, query.cursor(), ROWS).await?;
    let more = cases.next.map(|cursor| query.next(cursor));
    let rows = cases.rows.iter().map(|row| viewer.row(row)).collect();
    let is_next_page = !query.after.is_empty();
    if is_partial(&headers) && is_next_page {
        return html(RowsPart {
            page: &page,
            list: ListView { query, tabs: Vec::new(), dues: Vec::new(), saved: None, rows, more },
        });
    }
    let tabs = tabs(&page, &query, &app.db.case_counts_in(&reach).await?);
    let filters = Filters {
        channels: viewer.channels(&query.channel),
        categories: viewer.categories(&query.category),
        departments: viewer.departments(&query.department),
        users: viewer.users(&query.assignee),
        outcomes: words(&page, "outcome", Outcome::ALL, Outcome::as_str, &query.outcome),
        told: words(&page, "told", Told::ALL, Told::as_str, &query.told),
        orders: words(&page, "order", Order::ALL, Order::as_str, &query.order),
    };
    let dues = dues(&app, &page, &query, &reach).await?;
    let saved = Some(saved::load(&app, &page, &query, user.id).await?);
    let list = ListView { query, tabs, dues, saved, rows, more };
    if is_partial(&headers) {
        html(ListPart { page: &page, list })
    } else {
        html(ListPage { page: &page, filters, list })
    }
}

/// The words of an enum as choices.
fn words<T: Copy>(
    page: &Page,
    group: &str,
    all: &[T],
    word: fn(T) -> &'static str,
    chosen: &str,
) -> Vec<Choice> {
    let choice = |value: &T| {
        let word = word(*value);
        Choice { value: word.into(), label: page.word(group, word), chosen: word == chosen }
    };
    all.iter().map(choice).collect()
}

async fn dues(app: &App, page: &Page, query: &Query, reach: &Reach) -> Result<Vec<DueTab>, WebError> {
    let windows: Vec<_> = Due::ALL.iter().map(|due| due.window(page.now, &page.zone)).collect();
    let counts = app.db.due_counts(&windows, reach).await?;
    let tab = |(due, count): (&Due, i64)| DueTab {
        word: due.as_str(),
        label: page.word("dues", due.as_str()),
        address: query.due_in(*due),
        count: if count < DUE_COUNTED { page.number(count) } else { format!("{}+", page.number(count - 1)) },
        is_none: count == 0,
        chosen: query.due == due.as_str(),
    };
    Ok(Due::ALL.iter().zip(counts).map(tab).collect())
}

fn tabs(page: &Page, query: &Query, counts: &[(Status, i64)]) -> Vec<Tab> {
    let count = |status| counts.iter().find(|(s, _)| *s == status).map_or(0, |(_, n)| *n);
    let all = Tab {
        word: "",
        label: page.say("list-all"),
        address: query.in_status(None),
        count: counts.iter().map(|(_, n)| n).sum(),
        chosen: query.status.is_empty(),
    };
    let each = Status::ALL.iter().map(|status| Tab {
        word: status.as_str(),
        label: page.word("statuses", status.as_str()),
        address: query.in_status(Some(*status)),
        count: count(*status),
        chosen: query.status == status.as_str(),
    });
    std::iter::once(all).chain(each).collect()
}
