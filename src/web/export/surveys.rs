//! `GET /surveys/{id}/versions/{version}/export` and `…/codebook`: the answers of a version as a table for a statistics program, and what its columns
//! and codes mean. Missing answers are codes too, see `domain/survey/codebook`.

use std::sync::Arc;

use axum::extract::{Path, Query as UrlQuery, State};
use axum::response::Response;

use super::{Asked, Cell, Pages, send};
use crate::domain::id::{InterviewId, SurveyId, SurveyVersionId};
use crate::domain::permission::Right;
use crate::domain::survey::codebook::{Cell as Value, Codebook, Column, Missing};
use crate::domain::survey::{Interview, Published};
use crate::store::interview::{Answers, InterviewRow};
use crate::store::survey::SurveyVersion;
use crate::web::auth::SignedIn;
use crate::web::error::WebError;
use crate::web::page::Page;
use crate::web::state::App;
use crate::web::surveys::words::reader;

/// Interviews read at once.
const ROWS: u32 = 200;

struct Rows {
    app: App,
    page: Page,
    version: SurveyVersionId,
    published: Arc<Published>,
    codebook: Codebook,
    after: InterviewId,
}

struct Book {
    page: Page,
    columns: Vec<Column>,
}

pub async fn answers(
    State(app): State<App>,
    signed_in: SignedIn,
    Path((id, version)): Path<(i64, i64)>,
    UrlQuery(asked): UrlQuery<Asked>,
) -> Result<Response, WebError> {
    signed_in.require(Right::ReadAnswers)?;
    let version = of_survey(&app, (id, version)).await?;
    let codebook = Codebook::of(&version.questionnaire);
    // Names of columns are for programs: the same in every language.
    let own = ["interview", "mode", "language", "disposition", "started", "ended"].map(str::to_owned);
    let heading = own.into_iter().chain(codebook.header().map(str::to_owned)).collect();
    let pages = Rows {
        app: app.clone(),
        page: signed_in.page.clone(),
        version: version.id,
        published: Arc::new(version.asked()),
        codebook,
        after: InterviewId(0),
    };
    send(&app, &signed_in, ("answers", &told(&version)), asked.format, heading, pages).await
}

pub async fn codebook(
    State(app): State<App>,
    signed_in: SignedIn,
    Path((id, version)): Path<(i64, i64)>,
    UrlQuery(asked): UrlQuery<Asked>,
) -> Result<Response, WebError> {
    signed_in.require(Right::ReadAnswers)?;
    let version = of_survey(&app, (id, version)).await?;
    let page = signed_in.page.clone();
    let heading =
        ["survey-column", "survey-text", "survey-kind", "survey-measure", "survey-code", "survey-meaning"];
    let heading = heading.map(|key| page.say(key)).into();
    let columns = Codebook::of(&version.questionnaire).columns;
    let pages = Book { page, columns };
    send(&app, &signed_in, ("codebook", &told(&version)), asked.format, heading, pages).await
}

async fn of_survey(app: &App, (id, version): (i64, i64)) -> Result<SurveyVersion, WebError> {
    let version = app.db.survey_version(SurveyVersionId(version)).await?;
    version.filter(|version| version.survey == SurveyId(id)).ok_or(WebError::NotFound)
}

fn told(version: &SurveyVersion) -> String {
    format!("survey={}&version={}", version.survey, version.id)
}

impl Pages for Rows {
    async fn next(&mut self) -> Result<Vec<Vec<Cell>>, WebError> {
        let rows = self.app.db.interviews(self.version, self.after, ROWS).await?;
        self.after = rows.last().map_or(self.after, |row| row.id);
        let ids: Vec<InterviewId> = rows.iter().map(|row| row.id).collect();
        let mut answers = self.app.db.answers_of(&ids).await?;
        Ok(rows.iter().map(|row| self.cells(row, answers.remove(&row.id).unwrap_or_default())).collect())
    }
}

impl Rows {
    fn cells(&self, row: &InterviewRow, answers: Answers) -> Vec<Cell> {
        let own = [
            Cell::Number(row.id.0 as f64),
            Cell::text(row.mode.as_str()),
            Cell::text(row.language.as_str()),
            Cell::text(row.disposition.map_or("", |disposition| disposition.as_str())),
            Cell::moment(&self.page.locale, row.started_at),
            row.ended_at.map_or(Cell::Nothing, |at| Cell::moment(&self.page.locale, at)),
        ];
        let record = row.record(self.published.number(), answers);
        let values = match Interview::resume(Arc::clone(&self.published), record) {
            Ok(interview) => self.codebook.row(&interview),
            Err(_) => Vec::new(),
        };
        own.into_iter().chain(values.into_iter().map(cell)).collect()
    }
}

fn cell(value: Value) -> Cell {
    match value {
        Value::Empty => Cell::Nothing,
        Value::Code(code) => Cell::Number(code as f64),
        Value::Number(number) => Cell::Number(number.to_f64()),
        Value::Date(day) => Cell::Day(day),
        Value::Text(text) => Cell::text(text),
    }
}

impl Pages for Book {
    /// A line for each code of each column; one for a column without codes.
    async fn next(&mut self) -> Result<Vec<Vec<Cell>>, WebError> {
        let columns = std::mem::take(&mut self.columns);
        Ok(columns.iter().flat_map(|column| self.lines(column)).collect())
    }
}

impl Book {
    fn lines(&self, column: &Column) -> Vec<Vec<Cell>> {
        let (page, language) = (&self.page, reader(&self.page));
        let head = [
            Cell::text(column.name.as_str()),
            Cell::text(column.text.in_language(language)),
            Cell::text(page.word("survey-kind", column.kind.as_str())),
            Cell::text(page.word("survey-measure", column.measure.as_str())),
        ];
        let named =
            column.labels.iter().map(|label| (label.value, label.text.in_language(language).into_owned()));
        let missing = Missing::ALL
            .iter()
            .map(|missing| (column.missing.of(*missing), page.word("survey-missing", missing.as_str())));
        let line = |(code, meaning): (i64, String)| {
            head.iter().cloned().chain([Cell::Number(code as f64), Cell::text(meaning)]).collect()
        };
        named.chain(missing).map(line).collect()
    }
}
