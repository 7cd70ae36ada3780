//! What a version has found out so far, while it runs and afterwards: every question with its chart, a table of any two things, weighted to what is
//! known of the town. It says the same on paper.

mod asked;
mod lines;
#[cfg(test)]
pub mod samples;
mod table;
mod weigh;

use std::collections::BTreeMap;

use axum::extract::{Path, RawQuery, State};
use axum::response::Response;

use self::asked::respondents;
use self::lines::{QuestionResult, question_result};
use self::table::{TableView, side, table_view};
use self::weigh::{MarginView, Weighing, margin_view, weighing};
use super::edit::stored;
use super::words::reader;
use super::{VersionView, version_view};
use crate::actions::Actor;
use crate::domain::id::SurveyId;
use crate::domain::permission::Right;
use crate::domain::statistics::weights::Weights;
use crate::domain::survey::VersionState;
use crate::domain::survey::results::{Attribute, Certainty, Results};
use crate::web::auth::SignedIn;
use crate::web::cases::view::Choice;
use crate::web::error::WebError;
use crate::web::page::{Page, html};
use crate::web::state::App;

/// Up to so many interviews the page counts anew while it is open.
const LIVE: usize = 5_000;

#[derive(Debug, Default)]
pub struct ResultsView {
    /// "98 complete interviews, 4 broken off".
    pub basis: String,
    /// The weights in a sentence, or why there are none; empty without.
    pub weighted: String,
    pub weights_failed: bool,
    pub questions: Vec<QuestionResult>,
    pub table: Option<TableView>,
    /// Where the page asks again by itself; empty when nothing changes any more.
    pub again: String,
}

#[derive(askama::Template)]
#[template(path = "surveys/results.html")]
pub struct ResultsPage<'a> {
    pub page: &'a Page,
    pub id: i64,
    pub name: String,
    pub version: VersionView,
    /// Interviews that were broken off are in it too.
    pub all: bool,
    pub population: String,
    pub rows: Vec<Choice>,
    pub columns: Vec<Choice>,
    pub margins: Vec<Choice>,
    pub known: Vec<MarginView>,
    pub results: ResultsView,
}

#[derive(askama::Template)]
#[template(path = "surveys/_results.html")]
pub struct ResultsPart<'a> {
    pub page: &'a Page,
    pub results: ResultsView,
}

/// What was asked for in the address, where a name may stand several times.
#[derive(Debug, Default)]
pub struct Query(BTreeMap<String, Vec<String>>);

impl Query {
    fn read(raw: Option<&str>) -> Self {
        let mut all: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for (name, value) in url::form_urlencoded::parse(raw.unwrap_or_default().as_bytes()) {
            all.entry(name.into_owned()).or_default().push(value.into_owned());
        }
        Self(all)
    }

    fn all(&self, name: &str) -> &[String] {
        self.0.get(name).map_or(&[], Vec::as_slice)
    }

    fn one(&self, name: &str) -> &str {
        self.all(name).first().map_or("", String::as_str)
    }
}

pub async fn show(
    State(app): State<App>,
    signed_in: SignedIn,
    Path((id, version)): Path<(i64, i64)>,
    RawQuery(raw): RawQuery,
    headers: axum::http::HeaderMap,
) -> Result<Response, WebError> {
    signed_in.require(Right::ReadAnswers)?;
    let page = &signed_in.page;
    let (survey, all) = stored(&app, SurveyId(id)).await?;
    let version = all.iter().find(|one| one.id.0 == version).ok_or(WebError::NotFound)?;
    told(&app, &signed_in.actor()).await?;
    let query = Query::read(raw.as_deref());
    let broken_off = query.one("all") == "1";
    let asked = respondents(&app, version, broken_off).await?;
    let results = Results::new(&version.questionnaire, &asked.respondents, reader(page));
    let attributes = results.attributes();
    let weighed = weighing(page, &results, &query);
    let mut view = view(page, (&results, &version.questionnaire.questions), &weighed, &query);
    view.basis = page.with_values(
        "results-basis",
        &[("complete", page.number(asked.complete)), ("broken", page.number(asked.broken_off))],
    );
    if version.state == VersionState::Published && asked.respondents.len() <= LIVE {
        let raw = raw.unwrap_or_default();
        view.again = format!("/surveys/{id}/versions/{}/results?{raw}", version.id);
    }
    if headers.contains_key("hx-request") {
        return html(ResultsPart { page, results: view });
    }
    let choices = |chosen: &str| -> Vec<Choice> {
        attributes.iter().map(|one| choice(page, &results, one, chosen == one.to_string())).collect()
    };
    let categories = |one: &&Attribute| !matches!(one, Attribute::Mode | Attribute::Option(..));
    let margins = query.all("margin");
    let counts = app.db.interview_counts(version.id).await?;
    html(ResultsPage {
        page,
        id,
        name: survey.name.clone(),
        version: version_view(page, version, counts),
        all: broken_off,
        population: query.one("population").to_owned(),
        rows: choices(query.one("row")),
        columns: choices(query.one("column")),
        margins: attributes
            .iter()
            .filter(categories)
            .map(|one| choice(page, &results, one, margins.contains(&one.to_string())))
            .collect(),
        known: attributes
            .iter()
            .filter(|one| margins.contains(&one.to_string()))
            .filter_map(|one| margin_view(page, &results, one, &query))
            .collect(),
        results: view,
    })
}

/// Open answers may say who somebody is.
async fn told(app: &App, actor: &Actor) -> Result<(), WebError> {
    Ok(app.actions.list_viewed(actor, "survey-results").await?)
}

fn view(
    page: &Page,
    (results, questions): (&Results<'_>, &[crate::domain::survey::Question]),
    weighed: &Weighing,
    query: &Query,
) -> ResultsView {
    let weights: Option<&Weights> = weighed.weights.as_ref();
    let population = query.one("population").trim().replace(['.', ' '], "").parse().ok();
    let certainty = Certainty { population, ..Certainty::default() };
    let sides = query.one("row").parse().ok().zip(query.one("column").parse().ok());
    ResultsView {
        basis: String::new(),
        weighted: weighed.said.clone(),
        weights_failed: weighed.failed,
        questions: questions
            .iter()
            .map(|question| question_result(page, results, question, (weights, certainty)))
            .collect(),
        table: sides.map(|(row, column)| table_view(page, results, (&row, &column), weights)),
        again: String::new(),
    }
}

fn choice(page: &Page, results: &Results<'_>, one: &Attribute, chosen: bool) -> Choice {
    Choice { value: one.to_string(), label: side(page, results, one), chosen }
}
