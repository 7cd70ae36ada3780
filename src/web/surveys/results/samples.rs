//! The page with everything on it.

use askama::Template as _;

use super::lines::{LineView, QuestionResult};
use super::table::{CellView, RowView, TableView};
use super::weigh::{MarginView, TotalView};
use super::{ResultsPage, ResultsPart, ResultsView};
use crate::domain::survey::VersionState;
use crate::web::catalogue::samples::choices;
use crate::web::page::Page;
use crate::web::surveys::VersionView;

pub fn pages(page: &Page, words: &str) -> Vec<(&'static str, askama::Result<String>)> {
    vec![
        ("surveys/results.html", whole(page, words)),
        ("surveys/_results.html", ResultsPart { page, results: results(words) }.render()),
    ]
}

fn line(words: &str) -> LineView {
    LineView {
        label: words.into(),
        count: words.into(),
        share: "50.00".into(),
        percent: words.into(),
        low: "40.00".into(),
        reach: "20.00".into(),
        interval: words.into(),
    }
}

fn results(words: &str) -> ResultsView {
    let question = QuestionResult {
        key: String::from("q1"),
        text: words.into(),
        kind: words.into(),
        answered: words.into(),
        lines: vec![line(words)],
        missing: vec![line(words)],
        numbers: vec![(words.into(), words.into())],
        open: vec![words.into()],
        more: words.into(),
        problem: words.into(),
    };
    let cell = CellView { percent: words.into(), count: words.into(), mark: "more" };
    let table = TableView {
        rows_are: words.into(),
        columns_are: words.into(),
        columns: vec![words.into()],
        rows: vec![RowView { label: words.into(), cells: vec![cell], count: words.into() }],
        counts: vec![words.into()],
        verdict: vec![words.into()],
        problem: String::new(),
    };
    ResultsView {
        basis: words.into(),
        weighted: words.into(),
        weights_failed: true,
        questions: vec![question],
        table: Some(table),
        again: "/surveys/1/versions/1/results".into(),
    }
}

fn whole(page: &Page, words: &str) -> askama::Result<String> {
    let version = VersionView {
        id: 1,
        name: words.into(),
        state: VersionState::Published,
        state_label: words.into(),
        when: words.into(),
        interviews: words.into(),
    };
    let total = TotalView { name: "total:mode:0".into(), label: words.into(), value: words.into() };
    let known = MarginView { label: words.into(), fields: vec![total] };
    ResultsPage {
        page,
        id: 1,
        name: words.into(),
        version,
        all: true,
        population: words.into(),
        rows: choices(words),
        columns: choices(words),
        margins: choices(words),
        known: vec![known],
        results: results(words),
    }
    .render()
}
