//! The pages with everything on them.

use std::sync::Arc;

use askama::Template as _;

use super::ask::{AskView, ProgressView};
use super::citizen::CitizenPage;
use super::edit::EditPage;
use super::fields::Form;
use super::interview::{AnswerView, InterviewPage};
use super::preview::shown;
use super::recordings::{RecordingsPage, passages};
use super::show::{CellView, May, OpenView, QuestionView, ShowPage};
use super::words::reader;
use super::{SurveyRow, SurveysPage, VersionView};
use crate::domain::id::{SurveyId, SurveyVersionId};
use crate::domain::survey::condition::Condition;
use crate::domain::survey::interview::Interview;
use crate::domain::survey::keypad::Settings;
use crate::domain::survey::kind::{Choice as Offered, ScaleLabel};
use crate::domain::survey::questionnaire::{Branch, Ending, Target};
use crate::domain::survey::{
    Code, Kind, Mode, Position, Published, Question, Questionnaire, Refused, Test, Texts, VersionNumber,
    VersionState,
};
use crate::store::survey::SurveyVersion;
use crate::web::catalogue::samples::choices;
use crate::web::page::Page;
use crate::web::queues::form::Sent;

pub fn pages(page: &Page, words: &str) -> Vec<(&'static str, askama::Result<String>)> {
    let mut pages = vec![
        ("surveys/list.html", list(page, words)),
        ("surveys/edit.html", edit(page, words)),
        ("surveys/show.html", show(page, words)),
        ("surveys/recordings.html", recordings(page, words, true)),
        ("surveys/recordings.html", recordings(page, words, false)),
        ("surveys/interview.html", interview(page, words, false)),
        ("surveys/interview.html", interview(page, words, true)),
        ("surveys/citizen.html", citizen(page, words, true)),
        ("surveys/citizen.html", citizen(page, words, false)),
    ];
    pages.extend(super::results::samples::pages(page, words));
    for mode in Mode::ALL {
        pages.push(("surveys/preview.html", preview(page, words, *mode)));
    }
    pages
}

fn texts(words: &str) -> Texts {
    Texts { cyrillic: words.into(), latin: words.into(), english: words.into() }
}

/// One question of every kind, and what can be wrong with them.
fn questionnaire(words: &str) -> Questionnaire {
    let option = |code| Offered {
        code: Code(code),
        text: texts(words),
        recordings: Default::default(),
        exclusive: code == 3,
        fixed: true,
    };
    let options = || (1..=3).map(option).collect::<Vec<_>>();
    let label = |value| ScaleLabel { value, text: texts(words) };
    let kinds = [
        Kind::Single { options: options(), random: true },
        Kind::Multiple { options: options(), random: false, min: Some(1), max: Some(2) },
        Kind::Scale { from: 1, to: 5, labels: vec![label(1), label(9)] },
        Kind::Number { places: 1, min: Some(0_u16.into()), max: None, unit: texts(words) },
        Kind::Text { max_chars: 100 },
        Kind::Date { from: "2026-01-01".parse().ok(), to: None },
    ];
    let first = |is| Condition::Answer { of: "q0".into(), is };
    let deep = Condition::Any(vec![Condition::Not(Box::new(first(Test::Refuses))), first(Test::Answered)]);
    let both = Condition::All(vec![
        first(Test::Equals(1_u16.into())),
        first(Test::Between(1_u16.into(), 2_u16.into())),
    ]);
    let branch = |condition| Branch { condition, target: Target::End(Ending::ScreenedOut) };
    let question = |(at, kind)| Question {
        key: format!("q{at}").as_str().into(),
        text: texts(words),
        recordings: Default::default(),
        note: texts(words),
        kind,
        required: at == 0,
        may_not_know: true,
        may_refuse: true,
        branches: vec![branch(both.clone()), branch(deep.clone())],
        otherwise: (at == 2).then(|| Target::Question("nowhere".into())),
    };
    let example: Questionnaire =
        serde_json::from_str(include_str!("../../../config/surveys/example.json")).unwrap();
    let mut quotas = example.quotas;
    for group in quotas.iter_mut().flat_map(|q| &mut q.dimensions).flat_map(|d| &mut d.groups) {
        group.text = texts(words);
        group.attribute = None;
    }
    Questionnaire {
        title: texts(words),
        languages: example.languages,
        greeting: texts(words),
        thanks: texts(words),
        apology: texts(words),
        questions: (0..).zip(kinds).map(question).collect(),
        quotas,
        keypad: Some(Settings::default()),
        ..Questionnaire::default()
    }
}

fn version(words: &str) -> SurveyVersion {
    let at = jiff::Timestamp::UNIX_EPOCH;
    SurveyVersion {
        id: SurveyVersionId(3),
        survey: SurveyId(7),
        number: Some(VersionNumber(2)),
        state: VersionState::Published,
        questionnaire: questionnaire(words),
        created_at: at,
        updated_at: at,
        published_by: None,
        published_at: Some(at),
    }
}

fn asked(page: &Page, words: &str) -> Interview {
    let published = Published::stored(VersionNumber(2), questionnaire(words));
    Interview::start(Arc::new(published), reader(page), 1)
}

/// Each kind of question as it is asked.
fn asks(page: &Page, words: &str) -> Vec<AskView> {
    let interview = asked(page, words);
    let sent = Sent::new(vec![("answer".into(), words.into())]);
    let questions = interview.questionnaire().questions.iter();
    questions
        .map(|q| AskView::of(page, q, (&interview, true)).with_problem(page, Refused::Missing, &sent))
        .collect()
}

fn version_row(words: &str) -> VersionView {
    VersionView {
        id: 3,
        name: words.into(),
        state: VersionState::Published,
        state_label: words.into(),
        when: words.into(),
        interviews: words.into(),
    }
}

fn list(page: &Page, words: &str) -> askama::Result<String> {
    let row = SurveyRow {
        id: 7,
        name: words.into(),
        state: VersionState::Draft,
        state_label: words.into(),
        changed: words.into(),
        machine: words.into(),
    };
    SurveysPage { page, rows: vec![row], older: Some("/surveys".into()), may_make: true }.render()
}

fn edit(page: &Page, words: &str) -> askama::Result<String> {
    EditPage {
        page,
        id: 7,
        version: 4,
        draft: 3,
        name: words.into(),
        told: vec![words.into()],
        form: Form::of(page, &questionnaire(words)),
        checked: words.into(),
        versions: vec![version_row(words)],
    }
    .render()
}

fn show(page: &Page, words: &str) -> askama::Result<String> {
    let question = QuestionView {
        key: words.into(),
        text: words.into(),
        kind: words.into(),
        note: words.into(),
        options: choices(words),
        branches: vec![words.into()],
        differs: words.into(),
    };
    ShowPage {
        page,
        id: 7,
        seen: 4,
        name: words.into(),
        version: version_row(words),
        languages: choices(words),
        questions: vec![question],
        gone: words.into(),
        cells: vec![CellView { said: words.into(), done: words.into() }],
        open: vec![OpenView { id: 5, said: words.into() }],
        versions: vec![version_row(words)],
        may: May { begin: true, copy: true, retire: true, restore: true, export: true, results: true },
    }
    .render()
}

fn recordings(page: &Page, words: &str, may_change: bool) -> askama::Result<String> {
    let mut passages = passages(page, &questionnaire(words));
    for (passage, is_recorded) in passages.iter_mut().zip([true, false].into_iter().cycle()) {
        passage.tongues.iter_mut().for_each(|tongue| tongue.is_recorded = is_recorded);
    }
    let told = vec![words.into()];
    let (name, of) = (words.into(), words.into());
    RecordingsPage { page, id: 7, version: 3, name, of, told, may_change, passages }.render()
}

fn interview(page: &Page, words: &str, over: bool) -> askama::Result<String> {
    // One page cannot have them all: the last kind is on it, the others are rendered for their sake.
    let mut asks = asks(page, words);
    for ask in asks.drain(..5) {
        CitizenPage { ask: Some(ask), ..CitizenPage::of(page, words, None) }.render()?;
    }
    InterviewPage {
        page,
        id: 5,
        survey: 7,
        version: 3,
        title: words.into(),
        contact: words.into(),
        person: Some(9),
        problems: vec![words.into()],
        progress: ProgressView { said: words.into(), answered: 2, all: 6 },
        greeting: words.into(),
        ask: asks.pop().filter(|_| !over),
        over: if over { words.into() } else { String::new() },
        farewell: words.into(),
        back: Some("q1".into()),
        languages: choices(words),
        language: "en",
        answers: vec![AnswerView { key: words.into(), question: words.into(), said: words.into() }],
        may_begin: true,
        dial: Some(crate::web::dialer::desk::OnTheLine {
            attempt: 1,
            campaign: words.into(),
            contact: crate::web::dialer::samples::contact(words),
            open: true,
            talks: over,
            own: true,
        }),
        desk: over,
    }
    .render()
}

fn citizen(page: &Page, words: &str, asks: bool) -> askama::Result<String> {
    let interview = asked(page, words);
    let Position::Question(question) = interview.position() else { return Ok(String::new()) };
    let ask = AskView::of(page, question, (&interview, false));
    CitizenPage {
        title: words.into(),
        greeting: words.into(),
        ask: asks.then_some(ask),
        farewell: words.into(),
        back: Some(words.into()),
        ..CitizenPage::of(page, words, None)
    }
    .render()
}

fn preview(page: &Page, words: &str, mode: Mode) -> askama::Result<String> {
    shown(page, &version(words), mode, &asked(page, words)).render()
}
