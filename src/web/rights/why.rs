//! "Why can X not do Y?": the evaluator that every verb asks, asked here, with its reason and what would have to change. Everybody may
//! ask about themselves; about others whoever manages rights.

use axum::extract::{Query, State};
use axum::response::Response;
use serde::Deserialize;

use super::rights;
use super::words::{reason, remedies, role_name};
use crate::domain::case::CaseNumber;
use crate::domain::id::{CaseId, UserId};
use crate::domain::permission::defaults::about;
use crate::domain::permission::{Decision, OnCase, Right, Who, decide};
use crate::domain::script::alphabetical;
use crate::store::case::CaseRow;
use crate::web::auth::SignedIn;
use crate::web::cases::view::Choice;
use crate::web::error::WebError;
use crate::web::page::{Page, html};
use crate::web::state::App;

#[derive(Debug, Default, Deserialize)]
pub struct Question {
    #[serde(default)]
    user: String,
    #[serde(default)]
    right: String,
    /// As it is written.
    #[serde(default)]
    number: String,
    /// From the page of a case.
    case: Option<i64>,
}

#[derive(Debug)]
pub struct Answer {
    pub right: String,
    pub allowed: bool,
    pub reason: String,
    pub remedies: Vec<String>,
}

#[derive(Debug)]
pub struct CaseView {
    pub id: i64,
    pub number: String,
    pub status: String,
    pub service: String,
    pub assignee: String,
}

#[derive(askama::Template)]
#[template(path = "rights/why.html")]
pub struct WhyPage<'a> {
    pub page: &'a Page,
    /// Whom one may ask about; empty: only oneself.
    pub users: Vec<Choice>,
    pub rights: Vec<Choice>,
    pub number: String,
    pub person: String,
    pub role: String,
    pub service: String,
    pub case: Option<CaseView>,
    pub answers: Vec<Answer>,
    pub problem: Option<String>,
}

pub async fn show(
    State(app): State<App>,
    signed_in: SignedIn,
    Query(question): Query<Question>,
) -> Result<Response, WebError> {
    let page = &signed_in.page;
    let asked = question.user.parse().ok().map(UserId).unwrap_or(signed_in.user.id);
    if asked != signed_in.user.id {
        signed_in.require(Right::ManageRights)?;
    }
    let case = found(&app, &question).await?;
    // Of a case that the asker may not read not even its existence is told.
    let case = case.filter(|case| page.may_on(Right::ReadCases, &case.facts()));
    let wanted = question.case.is_some() || !question.number.trim().is_empty();
    let problem = (wanted && case.is_none()).then(|| page.say("why-no-case"));
    let number = case.as_ref().map_or(question.number.clone(), |case| case.number.to_string());
    let right = question.right.parse::<Right>().ok();
    html(view(page, asked, right, case.as_ref(), number, problem).ok_or(WebError::NotFound)?)
}

async fn found(app: &App, question: &Question) -> Result<Option<CaseRow>, WebError> {
    let number = question.number.trim();
    let id = match question.case {
        Some(id) => Some(CaseId(id)),
        None if number.is_empty() => None,
        None => app.db.case_by_number(&CaseNumber(number.to_owned())).await?,
    };
    match id {
        Some(id) => Ok(app.db.case_row(id).await?),
        None => Ok(None),
    }
}

/// `None` when there is no such user.
fn view<'a>(
    page: &'a Page,
    asked: UserId,
    right: Option<Right>,
    case: Option<&CaseRow>,
    number: String,
    problem: Option<String>,
) -> Option<WhyPage<'a>> {
    let directory = &page.directory;
    let user = directory.user(asked)?;
    let who = directory.who(Some(asked), None)?;
    let name = |id| directory.department(id).map(|d| page.name(&d.name_sr, Some(&d.name_en)));
    let on = case.map(CaseRow::facts);
    let answers = match right {
        Some(right) => vec![answer(page, ask(&who, right, on.as_ref()))],
        None => rights()
            .filter(|right| on.is_none() || about(*right).on_case)
            .map(|right| answer(page, ask(&who, right, on.as_ref())))
            .collect(),
    };
    Some(WhyPage {
        page,
        users: users(page, asked),
        rights: rights_offered(page, right),
        number,
        person: page.name(&user.name, None),
        role: role_name(page, who.role),
        service: user.department.and_then(name).unwrap_or_else(|| page.say("why-whole")),
        case: case.map(|case| CaseView {
            id: case.id.0,
            number: case.number.to_string(),
            status: page.word("status", case.status.as_str()),
            service: case.department.and_then(name).unwrap_or_else(|| page.say("none")),
            assignee: case
                .assignee
                .and_then(|id| directory.user(id))
                .map_or_else(|| page.say("nobody"), |user| page.name(&user.name, None)),
        }),
        answers,
        problem,
    })
}

/// As a verb does: whoever may not read the case may do nothing on it.
pub fn ask(who: &Who<'_>, right: Right, on: Option<&OnCase>) -> Decision {
    let on = on.filter(|_| about(right).on_case);
    let read = decide(who, Right::ReadCases, on);
    if on.is_some() && !read.allowed { read } else { decide(who, right, on) }
}

fn answer(page: &Page, decision: Decision) -> Answer {
    Answer {
        right: page.word("right", decision.right.as_str()),
        allowed: decision.allowed,
        reason: reason(page, &decision),
        remedies: remedies(page, &decision),
    }
}

fn users(page: &Page, asked: UserId) -> Vec<Choice> {
    if !page.may(Right::ManageRights) {
        return Vec::new();
    }
    let mut users: Vec<Choice> = page
        .directory
        .users
        .iter()
        .map(|user| Choice {
            value: user.id.to_string(),
            label: page.name(&user.name, None),
            chosen: user.id == asked,
        })
        .collect();
    users.sort_by_key(|user| alphabetical(&user.label));
    users
}

fn rights_offered(page: &Page, chosen: Option<Right>) -> Vec<Choice> {
    rights()
        .map(|right| Choice {
            value: right.as_str().into(),
            label: page.word("right", right.as_str()),
            chosen: chosen == Some(right),
        })
        .collect()
}

#[cfg(test)]
pub mod samples {
    use askama::Template as _;

    use super::*;

    pub fn why(page: &Page, words: &str) -> askama::Result<String> {
        let user = page.user.as_ref().map_or(UserId(0), |user| user.id);
        let mut shown = view(page, user, None, None, words.into(), Some(words.into())).unwrap();
        shown.case = Some(CaseView {
            id: 1,
            number: words.into(),
            status: words.into(),
            service: words.into(),
            assignee: words.into(),
        });
        shown.answers.push(Answer {
            right: words.into(),
            allowed: false,
            reason: words.into(),
            remedies: vec![words.into()],
        });
        shown.render()
    }
}
