//! `/surveys/{id}/preview`: a version is tried out, as an operator asks it, as a citizen reads it, or as the telephone says it. Nothing is kept:
//! what was answered goes through the page itself.

use std::sync::Arc;

use axum::Form;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde::Deserialize;

use super::ask::{AskView, ProgressView, given};
use super::edit::stored;
use super::words::reader;
use super::{READ, languages, mode_of};
use crate::domain::id::SurveyId;
use crate::domain::person::PersonLanguage;
use crate::domain::spoken::Tongue;
use crate::domain::survey::interview::{Disposition, Record};
use crate::domain::survey::keypad::{Call, Piece};
use crate::domain::survey::{Interview, Mode, Position, QuestionKey};
use crate::store::survey::SurveyVersion;
use crate::web::auth::SignedIn;
use crate::web::cases::view::Choice;
use crate::web::error::WebError;
use crate::web::page::{Page, html};
use crate::web::queues::form::Sent;
use crate::web::state::App;

/// What the telephone says of one question, or before and after all of them.
#[derive(Debug)]
pub struct PartView {
    pub key: String,
    pub pieces: Vec<String>,
}

#[derive(askama::Template)]
#[template(path = "surveys/preview.html")]
pub struct PreviewPage<'a> {
    pub page: &'a Page,
    pub id: i64,
    pub version: i64,
    pub title: String,
    pub mode: &'static str,
    pub ways: Vec<Choice>,
    pub languages: Vec<Choice>,
    pub language: &'static str,
    pub script: Vec<PartView>,
    pub progress: ProgressView,
    pub greeting: String,
    pub ask: Option<AskView>,
    pub may_go_back: bool,
    /// What was answered, as JSON.
    pub record: String,
    pub over: String,
    pub farewell: String,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Asked {
    /// `None`: the newest one.
    version: Option<i64>,
    mode: String,
    language: String,
}

/// The same order of options each time one looks.
const SEED: u32 = 1;

pub async fn show(
    State(app): State<App>,
    signed_in: SignedIn,
    Path(id): Path<i64>,
    Query(asked): Query<Asked>,
) -> Result<Response, WebError> {
    signed_in.require(READ)?;
    let version = chosen(&app, SurveyId(id), asked.version).await?;
    let offered = &version.questionnaire.languages;
    let wanted = asked.language.parse().unwrap_or_else(|_| reader(&signed_in.page));
    let language =
        if offered.contains(&wanted) { wanted } else { offered.first().copied().unwrap_or(wanted) };
    let interview = Interview::start(Arc::new(version.asked()), language, SEED);
    html(shown(&signed_in.page, &version, mode_of(&asked.mode), &interview))
}

pub async fn answer(
    State(app): State<App>,
    signed_in: SignedIn,
    Path(id): Path<i64>,
    Form(pairs): Form<Vec<(String, String)>>,
) -> Result<Response, WebError> {
    signed_in.require(READ)?;
    let (page, sent) = (&signed_in.page, Sent::new(pairs));
    let version = chosen(&app, SurveyId(id), sent.text("version").parse().ok()).await?;
    let mode = mode_of(sent.text("mode"));
    let unreadable = |_| WebError::Invalid("a preview that cannot be read".into());
    let record: Record = serde_json::from_str(sent.text("record")).map_err(unreadable)?;
    let interview = Interview::resume(Arc::new(version.asked()), record);
    // A draft was published in the meantime.
    let mut interview = interview.map_err(|_| WebError::Conflict)?;
    let key = QuestionKey(sent.text("question").to_owned());
    interview.go_to(&key);
    if sent.text("do") == "back" {
        interview.back();
        return html(shown(page, &version, mode, &interview));
    }
    let question = interview.questionnaire().question(&key).ok_or(WebError::NotFound)?;
    let done = given(question, &sent).and_then(|answer| interview.answer_to(&key, answer).map(drop));
    let mut view = shown(page, &version, mode, &interview);
    if let Err(why) = done {
        view.ask = view.ask.map(|ask| ask.with_problem(page, why, &sent));
        return Ok((StatusCode::UNPROCESSABLE_ENTITY, html(view)?).into_response());
    }
    html(view)
}

async fn chosen(app: &App, id: SurveyId, version: Option<i64>) -> Result<SurveyVersion, WebError> {
    let (_, all) = stored(app, id).await?;
    let found = match version {
        Some(version) => all.into_iter().find(|one| one.id.0 == version),
        None => all.into_iter().next(),
    };
    found.ok_or(WebError::NotFound)
}

pub fn shown<'p>(
    page: &'p Page,
    version: &SurveyVersion,
    mode: Mode,
    interview: &Interview,
) -> PreviewPage<'p> {
    let (of, language) = (interview.questionnaire(), interview.language());
    let way = |way: &Mode| Choice {
        value: way.as_str().to_owned(),
        label: page.word("survey-mode", way.as_str()),
        chosen: *way == mode,
    };
    let position = interview.position();
    let ask = match position {
        Position::Question(question) => {
            Some(AskView::of(page, question, (interview, mode == Mode::Operator)))
        }
        Position::End(_) | Position::Over(_) => None,
    };
    let ended = match position {
        Position::Question(_) => None,
        Position::End(ending) => Some(Disposition::from(ending)),
        Position::Over(disposition) => Some(disposition),
    };
    let is_first = interview.answers().next().is_none();
    let farewell = ended.map(|ended| of.farewell(ended == Disposition::Complete).0.in_language(language));
    PreviewPage {
        page,
        id: version.survey.0,
        version: version.id.0,
        title: of.title.in_language(reader(page)).into_owned(),
        mode: mode.as_str(),
        ways: Mode::ALL.iter().map(way).collect(),
        languages: languages(page, &of.languages, language),
        language: language.as_str(),
        script: if mode == Mode::Keypad { script(page, interview) } else { Vec::new() },
        progress: ProgressView::of(page, interview),
        greeting: if is_first { of.greeting.in_language(language).into_owned() } else { String::new() },
        ask,
        may_go_back: interview.clone().back(),
        record: serde_json::to_string(&interview.record()).unwrap_or_default(),
        over: ended.map(|ended| page.word("survey-disposition", ended.as_str())).unwrap_or_default(),
        farewell: farewell.unwrap_or_default().into_owned(),
    }
}

/// As it is heard; what is recorded is named, for there is nothing to read.
fn script(page: &Page, interview: &Interview) -> Vec<PartView> {
    if interview.questionnaire().keypad.is_none() {
        return Vec::new();
    }
    let (call, _) = Call::start(interview.clone());
    let tongue = call.tongue();
    let said = |piece: Piece| match piece {
        Piece::Recording(_) => page.say("survey-recording"),
        Piece::Words(words) => words,
        Piece::Phrase(phrase) => phrase.words(tongue),
    };
    let latin = tongue == Tongue::Serbian && interview.language() == PersonLanguage::SerbianLatin;
    let in_script = |words: String| {
        if latin { crate::domain::script::to_latin(&words) } else { words }
    };
    let part = |(key, pieces): (Option<QuestionKey>, Vec<Piece>)| PartView {
        key: key.map(|key| key.0).unwrap_or_default(),
        pieces: pieces.into_iter().map(said).map(in_script).collect(),
    };
    call.written_out().into_iter().map(part).collect()
}
