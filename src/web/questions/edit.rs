//! The answers of one case, to be changed.

use std::collections::BTreeMap;

use axum::Form;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};

use super::{QuestionField, fields, sent};
use crate::actions::ActionError;
use crate::actions::answer::AnswerError;
use crate::actions::audit::What;
use crate::domain::id::{CaseId, QuestionId};
use crate::domain::permission::Right;
use crate::domain::question::Wrong;
use crate::web::auth::SignedIn;
use crate::web::cases::view::Viewer;
use crate::web::error::WebError;
use crate::web::page::{Page, html};
use crate::web::state::App;

#[derive(askama::Template)]
#[template(path = "questions/edit.html")]
pub struct AnswersPage<'a> {
    pub page: &'a Page,
    pub case: i64,
    pub number: String,
    pub category: String,
    pub version: i64,
    pub questions: Vec<QuestionField>,
    pub problem: Option<String>,
}

pub async fn show(
    State(app): State<App>,
    signed_in: SignedIn,
    Path(id): Path<i64>,
) -> Result<Response, WebError> {
    let values = app.db.answers(CaseId(id)).await?;
    shown(&app, &signed_in, CaseId(id), None, &values, Problem::None).await
}

pub async fn save(
    State(app): State<App>,
    signed_in: SignedIn,
    Path(id): Path<i64>,
    Form(pairs): Form<Vec<(String, String)>>,
) -> Result<Response, WebError> {
    let case = CaseId(id);
    let version = pairs.iter().find(|(name, _)| name == "version").and_then(|(_, v)| v.parse().ok());
    let version = version.ok_or_else(|| WebError::Invalid("a form names its version".into()))?;
    let given = sent(&pairs);
    let values: BTreeMap<QuestionId, String> = given.iter().cloned().collect();
    match app.actions.answer_questions(&signed_in.actor(), case, version, given).await {
        Ok(_) => Ok(Redirect::to(&format!("/cases/{id}")).into_response()),
        Err(AnswerError::Wrong(wrong)) => {
            let page = shown(&app, &signed_in, case, Some(version), &values, Problem::Wrong(&wrong)).await?;
            Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response())
        }
        // What was typed stays, and the next click saves it over what the other one did, which is on the timeline.
        Err(AnswerError::Action(ActionError::Conflict)) => {
            let page = shown(&app, &signed_in, case, None, &values, Problem::Stale).await?;
            Ok((StatusCode::CONFLICT, page).into_response())
        }
        Err(AnswerError::Action(other)) => Err(other.into()),
    }
}

enum Problem<'a> {
    None,
    Stale,
    Wrong(&'a [(QuestionId, Wrong)]),
}

async fn shown(
    app: &App,
    signed_in: &SignedIn,
    id: CaseId,
    version: Option<i64>,
    values: &BTreeMap<QuestionId, String>,
    problem: Problem<'_>,
) -> Result<Response, WebError> {
    let row = app.db.case_row(id).await?.ok_or(WebError::NotFound)?;
    signed_in.require_on(Right::EditFacts, &row.facts())?;
    app.actions.viewed(&signed_in.actor(), What::CaseViewed, id).await?;
    let directory = app.db.directory();
    let page = &signed_in.page;
    let viewer = Viewer { locale: &page.locale, directory: &directory };
    let wrong: &[_] = if let Problem::Wrong(wrong) = &problem { wrong } else { &[] };
    html(AnswersPage {
        page,
        case: id.0,
        number: row.number.to_string(),
        category: viewer.category(row.category),
        version: version.unwrap_or(row.version),
        questions: fields(&page.locale, &directory.questions(row.category), values, wrong),
        problem: match problem {
            Problem::None => None,
            Problem::Stale => Some(page.say("answers-stale")),
            Problem::Wrong(_) => Some(page.say("answers-wrong")),
        },
    })
}

#[cfg(test)]
pub fn sample(page: &Page, words: &str) -> askama::Result<String> {
    use askama::Template as _;
    AnswersPage {
        page,
        case: 1,
        number: words.into(),
        category: words.into(),
        version: 1,
        questions: super::samples::questions(words),
        problem: Some(words.into()),
    }
    .render()
}
