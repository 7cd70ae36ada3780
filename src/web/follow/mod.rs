//! Where a citizen sees how far a case is, with its number and PIN: what is public of it, and nobody's name.

mod story;

use axum::Form;
use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde::Deserialize;

use super::auth::Visitor;
use super::cases::view::{Labelled, Viewer};
use super::client::ClientAddress;
use super::error::WebError;
use super::page::{Page, html};
use super::state::App;
use crate::domain::case::CaseNumber;
use crate::domain::id::CaseId;
use crate::store::case::{CaseDetail, CaseRow};
use crate::store::{Db, StoreError};

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
    let case = app.db.case_alone(id).await?.ok_or(WebError::NotFound)?;
    let whole = match whole_of(&app.db, &case.case).await? {
        Some(whole) => app.db.case_alone(whole).await?,
        None => None,
    };
    let addresses = match case.case.person {
        Some(person) => app.db.contact_points(person).await?.into_iter().map(|point| point.value).collect(),
        None => Vec::new(),
    };
    let directory = app.db.directory();
    let viewer = Viewer { locale: &page.locale, directory: &directory };
    let case = followed(&viewer, &case, whole.as_ref(), &addresses);
    html(FollowPage { page: &page, number: "", case: Some(case), problem: None })
}

/// A part of a part of a part is rare; more than this is a mistake in the data.
const DEEPEST: usize = 20;

/// The case that this one became a part of, directly or by others.
async fn whole_of(db: &Db, case: &CaseRow) -> Result<Option<CaseId>, StoreError> {
    let mut whole = case.merged_into;
    for _ in 0..DEEPEST {
        let Some(id) = whole else { break };
        match db.case_row(id).await?.and_then(|row| row.merged_into) {
            Some(further) => whole = Some(further),
            None => break,
        }
    }
    Ok(whole)
}

fn followed(
    viewer: &Viewer<'_>,
    own: &CaseDetail,
    whole: Option<&CaseDetail>,
    addresses: &[String],
) -> Followed {
    let row = whole.map_or(&own.case, |whole| &whole.case);
    Followed {
        number: own.case.number.to_string(),
        status: viewer.status(row.status),
        category: viewer.category(row.category),
        department: row.department.map(|d| viewer.department(d)).unwrap_or_default(),
        due: row.due_at.map(|at| viewer.locale.moment(at)).unwrap_or_default(),
        entries: story::story(viewer, own, whole, addresses),
    }
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
