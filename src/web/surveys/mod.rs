//! Surveys: the list, the editor of a draft, its preview, the versions, and the pages on which somebody is asked.

pub mod ask;
pub mod change;
pub mod citizen;
pub mod edit;
pub mod fields;
pub mod form;
pub mod interview;
pub mod preview;
mod quotas;
pub mod recordings;
pub mod results;
#[cfg(test)]
pub mod samples;
pub mod show;
pub mod words;

use axum::extract::{Query, State};
use axum::response::Response;
use jiff::Timestamp;
use serde::Deserialize;

use crate::domain::id::{SurveyId, SurveyVersionId};
use crate::domain::permission::Right;
use crate::domain::person::PersonLanguage;
use crate::domain::survey::{VersionNumber, VersionState};
use crate::store::survey::{InterviewCounts, SurveyVersion};
use crate::web::auth::SignedIn;
use crate::web::cases::view::Choice;
use crate::web::error::WebError;
use crate::web::page::{Page, html};
use crate::web::state::App;

pub const READ: Right = Right::ReadSurveys;
/// Surveys on one page of the list.
const SHOWN: u32 = 50;

/// One line of the list.
#[derive(Debug)]
pub struct SurveyRow {
    pub id: i64,
    pub name: String,
    pub state: VersionState,
    pub state_label: String,
    pub changed: String,
    pub machine: String,
}

#[derive(askama::Template)]
#[template(path = "surveys/list.html")]
pub struct SurveysPage<'a> {
    pub page: &'a Page,
    pub rows: Vec<SurveyRow>,
    /// The address of older ones.
    pub older: Option<String>,
    pub may_make: bool,
}

/// A version beside others.
#[derive(Debug)]
pub struct VersionView {
    pub id: i64,
    /// "Version 3", "draft".
    pub name: String,
    pub state: VersionState,
    pub state_label: String,
    pub when: String,
    /// "120 interviews, 98 complete"; empty without any.
    pub interviews: String,
}

#[derive(Debug, Default, Deserialize)]
pub struct Older {
    before: Option<i64>,
    id: Option<i64>,
}

pub async fn list(
    State(app): State<App>,
    signed_in: SignedIn,
    Query(older): Query<Older>,
) -> Result<Response, WebError> {
    signed_in.require(READ)?;
    let page = &signed_in.page;
    let after = older.before.and_then(|at| Timestamp::from_microsecond(at).ok()).zip(older.id.map(SurveyId));
    let surveys = app.db.surveys(SHOWN, after).await?;
    let full = surveys.len() >= usize::try_from(SHOWN).unwrap_or(usize::MAX);
    let last = surveys.last().filter(|_| full);
    let older = last.map(|one| format!("/surveys?before={}&id={}", one.updated_at.as_microsecond(), one.id));
    let row = |survey: &crate::store::survey::Survey| SurveyRow {
        id: survey.id.0,
        name: survey.name.clone(),
        state: survey.state,
        state_label: words::state_label(page, survey.state),
        changed: page.short(survey.updated_at),
        machine: survey.updated_at.to_string(),
    };
    let rows = surveys.iter().map(row).collect();
    html(SurveysPage { page, rows, older, may_make: page.may(Right::ManageSurveys) })
}

pub fn version_view(page: &Page, version: &SurveyVersion, counts: InterviewCounts) -> VersionView {
    let when = version.published_at.unwrap_or(version.updated_at);
    let said = [("all", page.number(counts.all())), ("complete", page.number(counts.complete))];
    VersionView {
        id: version.id.0,
        name: match version.number {
            Some(number) => page.with("survey-version", "number", number),
            None => page.say("survey-draft"),
        },
        state: version.state,
        state_label: words::state_label(page, version.state),
        when: page.short(when),
        interviews: if counts.all() > 0 {
            page.with_values("survey-interviews-of", &said)
        } else {
            String::new()
        },
    }
}

/// The newest first, with how many were asked each.
pub async fn versions(app: &App, page: &Page, of: &[SurveyVersion]) -> Result<Vec<VersionView>, WebError> {
    let mut views = Vec::with_capacity(of.len());
    for version in of {
        views.push(version_view(page, version, app.db.interview_counts(version.id).await?));
    }
    Ok(views)
}

/// The languages in which it is asked.
pub fn languages(page: &Page, offered: &[PersonLanguage], chosen: PersonLanguage) -> Vec<Choice> {
    let choice = |language: &PersonLanguage| Choice {
        value: language.as_str().to_owned(),
        label: page.word("survey-language", &language.as_str().to_lowercase()),
        chosen: *language == chosen,
    };
    offered.iter().map(choice).collect()
}

/// Versions that may be asked now.
pub async fn published(
    app: &App,
    page: &Page,
    chosen: Option<SurveyVersionId>,
) -> Result<Vec<Choice>, WebError> {
    let choice = |(name, id, number): (String, SurveyVersionId, VersionNumber)| Choice {
        value: id.to_string(),
        label: format!("{name}, {}", page.with("survey-version", "number", number)),
        chosen: chosen == Some(id),
    };
    Ok(app.db.published_surveys().await?.into_iter().map(choice).collect())
}

pub fn mode_of(word: &str) -> crate::domain::survey::Mode {
    word.parse().unwrap_or(crate::domain::survey::Mode::Operator)
}
