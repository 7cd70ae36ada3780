//! The audit, for who may read it: who did what to what, filtered, and as a table for other programs.

pub mod query;
#[cfg(test)]
pub mod samples;
pub mod view;

use axum::extract::{Query as UrlQuery, State};
use axum::response::Response;

use query::Query;
use view::{EntryView, Words};

use super::auth::SignedIn;
use super::cases::view::{Choice, Viewer};
use super::error::WebError;
use super::page::{Page, html};
use super::state::App;
use crate::actions::audit::{SubjectKind, What, WhoKind};
use crate::domain::permission::Right;

/// On one page.
const ROWS: u32 = 100;

#[derive(askama::Template)]
#[template(path = "audit/list.html")]
pub struct AuditPage<'a> {
    pub page: &'a Page,
    pub query: Query,
    pub people: Vec<Choice>,
    pub deeds: Vec<Choice>,
    pub kinds: Vec<Choice>,
    pub entries: Vec<EntryView>,
    /// Address of the next page.
    pub next: Option<String>,
    /// As files: CSV, and a workbook.
    pub export: Option<(String, String)>,
    /// What to write down: number and digest of the last entry.
    pub head: String,
}

pub async fn list(
    State(app): State<App>,
    signed_in: SignedIn,
    UrlQuery(query): UrlQuery<Query>,
) -> Result<Response, WebError> {
    let page = &signed_in.page;
    let filter = query.filter(&app, page).await?;
    let rows = app.actions.audit_page(&signed_in.actor(), &filter, query.before(), ROWS).await?;
    let head = app.actions.audit_head().await?;
    let directory = app.db.directory();
    let viewer = Viewer { locale: &page.locale, directory: &directory };
    let last = rows.last().filter(|_| rows.len() >= ROWS as usize).map(|row| row.link.id);
    let words = Words::of(&app, viewer, &rows).await?;
    html(AuditPage {
        page,
        people: people(page, viewer, &query.who),
        deeds: choices(What::ALL.iter().map(|what| what.as_str()), page, "audit-what", &query.what),
        kinds: choices(SubjectKind::ALL.iter().map(|k| k.as_str()), page, "audit-subject", &query.kind),
        entries: rows.iter().map(|row| words.entry(row)).collect(),
        next: last.map(|last| query.address("/audit", Some(last))),
        export: page.may(Right::Export).then(|| (query.export("csv"), query.export("xlsx"))),
        head: view::head(&head),
        query,
    })
}

fn people(page: &Page, viewer: Viewer<'_>, chosen: &str) -> Vec<Choice> {
    let mut people = viewer.users(chosen.strip_prefix("user:").unwrap_or_default());
    for person in &mut people {
        person.value = format!("user:{}", person.value);
    }
    let others = [WhoKind::Token, WhoKind::Program, WhoKind::Unknown];
    people.extend(others.iter().map(|kind| Choice {
        value: kind.as_str().to_owned(),
        label: page.word("audit-who", kind.as_str()),
        chosen: kind.as_str() == chosen,
    }));
    people
}

fn choices<'w>(words: impl Iterator<Item = &'w str>, page: &Page, group: &str, chosen: &str) -> Vec<Choice> {
    let choice =
        |word: &str| Choice { value: word.to_owned(), label: page.word(group, word), chosen: word == chosen };
    let mut choices: Vec<Choice> = words.map(choice).collect();
    choices.sort_by_key(|choice| crate::domain::script::alphabetical(&choice.label));
    choices
}
