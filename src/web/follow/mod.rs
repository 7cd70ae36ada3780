//! Where a citizen sees how far a case is, with its number and PIN: what is public of it, and nobody's name.

use axum::Form;
use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde::Deserialize;

use super::auth::Visitor;
use super::cases::timeline::Body;
use super::cases::view::{Labelled, Viewer};
use super::client::ClientAddress;
use super::error::WebError;
use super::page::{Page, html};
use super::state::App;
use crate::domain::case::CaseNumber;
use crate::domain::timeline::{Entry, Visibility};
use crate::store::case::CaseDetail;

#[derive(Debug)]
pub struct Followed {
    pub number: String,
    pub status: Labelled,
    pub category: String,
    pub department: String,
    pub due: String,
    pub entries: Vec<Happened>,
}

#[derive(Debug)]
pub struct Happened {
    pub when: String,
    pub machine: String,
    pub title: String,
    pub detail: String,
}

#[derive(askama::Template)]
#[template(path = "follow/show.html")]
pub struct FollowPage<'a> {
    pub page: &'a Page,
    pub number: &'a str,
    pub case: Option<Followed>,
    pub problem: Option<String>,
}

#[derive(Debug, Default, Deserialize)]
pub struct Asked {
    #[serde(default)]
    number: String,
}

#[derive(Deserialize)]
pub struct FollowForm {
    number: String,
    pin: String,
}

pub async fn show(Visitor { page }: Visitor, Query(asked): Query<Asked>) -> Result<Response, WebError> {
    html(FollowPage { page: &page, number: &asked.number, case: None, problem: None })
}

/// The answer is the page itself: the PIN stands in no address, and nothing is kept of it.
pub async fn follow(
    State(app): State<App>,
    Visitor { page }: Visitor,
    ClientAddress(address): ClientAddress,
    Form(form): Form<FollowForm>,
) -> Result<Response, WebError> {
    let again = |status: StatusCode, problem: String| {
        let shown =
            html(FollowPage { page: &page, number: &form.number, case: None, problem: Some(problem) })?;
        Ok::<_, WebError>((status, shown).into_response())
    };
    if let Err(too_many) = app.guard().follow(address) {
        tracing::warn!(%address, "too many tries to follow a case");
        let mut response = again(StatusCode::TOO_MANY_REQUESTS, page.say("follow-too-many"))?;
        let wait = too_many.wait.as_secs() + 1;
        response.headers_mut().insert(axum::http::header::RETRY_AFTER, wait.into());
        return Ok(response);
    }
    let number = CaseNumber(form.number.trim().to_owned());
    let Some(id) = app.actions.follow_case(&number, form.pin.trim()).await? else {
        return again(StatusCode::UNPROCESSABLE_ENTITY, page.say("follow-wrong"));
    };
    let detail = app.db.case_detail(id).await?.ok_or(WebError::NotFound)?;
    let directory = app.db.directory();
    let case = followed(&Viewer { locale: &page.locale, directory: &directory }, &detail);
    html(FollowPage { page: &page, number: "", case: Some(case), problem: None })
}

fn followed(viewer: &Viewer<'_>, detail: &CaseDetail) -> Followed {
    let row = &detail.case;
    let mut public = detail.clone();
    public.timeline.retain(|entry| entry.visibility == Visibility::Public && is_the_citizens(&entry.entry));
    let happened = |entry: super::cases::timeline::EntryView| Happened {
        when: entry.whole,
        machine: entry.machine,
        title: entry.title,
        detail: match entry.body {
            Body::Detail(detail) | Body::Words(detail) => detail,
            Body::Text { words, .. } => words,
            Body::Change { from, to } => format!("{from} → {to}"),
            Body::File(file) => file.name,
            _ => String::new(),
        },
    };
    Followed {
        number: row.number.to_string(),
        status: viewer.status(row.status),
        category: viewer.category(row.category),
        department: row.department.map(|d| viewer.department(d)).unwrap_or_default(),
        due: row.due_at.map(|at| viewer.locale.moment(at)).unwrap_or_default(),
        entries: viewer.timeline(&public).into_iter().map(happened).collect(),
    }
}

/// What a citizen understands and what names nobody who works here; a new kind of entry is shown when it is put on this list.
fn is_the_citizens(entry: &Entry) -> bool {
    matches!(
        entry,
        Entry::Opened { .. }
            | Entry::Described { .. }
            | Entry::DocumentReceived { .. }
            | Entry::FileAdded { .. }
            | Entry::TextReceived { .. }
            | Entry::TextQueued { .. }
            | Entry::CallArrived { .. }
            | Entry::StatusChanged { .. }
            | Entry::CategoryChanged { .. }
            | Entry::DepartmentChanged { .. }
    )
}

#[cfg(test)]
pub mod samples {
    use askama::Template as _;

    use super::*;

    pub fn asked(page: &Page, words: &str) -> askama::Result<String> {
        FollowPage { page, number: words, case: None, problem: Some(words.into()) }.render()
    }

    pub fn found(page: &Page, words: &str) -> askama::Result<String> {
        let entry =
            Happened { when: "14:05".into(), machine: "x".into(), title: words.into(), detail: words.into() };
        let case = Followed {
            number: words.into(),
            status: Labelled { word: "new", label: words.into() },
            category: words.into(),
            department: words.into(),
            due: words.into(),
            entries: vec![entry],
        };
        FollowPage { page, number: "", case: Some(case), problem: None }.render()
    }
}
