//! `/interviews/{id}`: an operator asks one question after the other, with everything on the keyboard.

use axum::Form;
use axum::extract::{Path, Query, State};
use axum::response::{IntoResponse, Redirect, Response};
use serde::Deserialize;

use super::ask::{AskView, ProgressView, before, given, said};
use super::words::{problems, reader, refusal};
use crate::actions::survey::SurveyError;
use crate::actions::survey::interview::Asked;
use crate::domain::id::{InterviewId, PersonId, SurveyVersionId};
use crate::domain::permission::Right;
use crate::domain::person::PersonLanguage;
use crate::domain::survey::interview::{Disposition, Early};
use crate::domain::survey::{Position, QuestionKey, VersionState};
use crate::web::auth::SignedIn;
use crate::web::cases::view::Choice;
use crate::web::dialer::desk::OnTheLine;
use crate::web::error::{WebError, percent};
use crate::web::page::{Page, html};
use crate::web::queues::form::Sent;
use crate::web::state::App;

impl InterviewPage<'_> {
    /// All is said, and they are still on the line.
    fn hangs_up(&self) -> bool {
        self.dial.as_ref().is_some_and(|dial| dial.talks)
    }
}

/// One answer of the list.
#[derive(Debug)]
pub struct AnswerView {
    pub key: String,
    pub question: String,
    pub said: String,
}

#[derive(askama::Template)]
#[template(path = "surveys/interview.html")]
pub struct InterviewPage<'a> {
    pub page: &'a Page,
    pub id: i64,
    pub survey: i64,
    pub version: i64,
    pub title: String,
    pub contact: String,
    pub person: Option<i64>,
    pub problems: Vec<String>,
    pub progress: ProgressView,
    pub greeting: String,
    /// `None`: at the end, or over.
    pub ask: Option<AskView>,
    /// How it ended; empty while it goes on.
    pub over: String,
    pub farewell: String,
    pub back: Option<String>,
    pub languages: Vec<Choice>,
    pub language: &'static str,
    pub answers: Vec<AnswerView>,
    pub may_begin: bool,
    /// Whom a campaign has called.
    pub dial: Option<OnTheLine>,
    /// The way back leads to the desk.
    pub desk: bool,
}

#[derive(Debug, Default, Deserialize)]
pub struct At {
    /// A question that is looked at again.
    #[serde(default)]
    q: String,
}

#[derive(Debug, Deserialize)]
pub struct BeginForm {
    language: PersonLanguage,
    #[serde(default)]
    person: Option<i64>,
}

#[derive(Debug, Deserialize)]
pub struct WithForm {
    /// `id` of a version.
    survey: i64,
}

#[derive(Debug, Deserialize)]
pub struct EndForm {
    why: Early,
}

#[derive(Debug, Deserialize)]
pub struct SpeakForm {
    language: PersonLanguage,
    #[serde(default)]
    q: String,
}

pub async fn begin(
    State(app): State<App>,
    signed_in: SignedIn,
    Path((_, version)): Path<(i64, i64)>,
    Form(form): Form<BeginForm>,
) -> Result<Response, WebError> {
    let whom = (form.person.map(PersonId), form.language);
    let begun = app.actions.start_interview(&signed_in.actor(), SurveyVersionId(version), whom).await;
    let id = begun.map_err(|error| super::words::whole(&signed_in.page, error))?;
    Ok(Redirect::to(&format!("/interviews/{id}")).into_response())
}

/// From the card of somebody, in the language in which they want to be told.
pub async fn begin_with(
    State(app): State<App>,
    signed_in: SignedIn,
    Path(person): Path<i64>,
    Form(form): Form<WithForm>,
) -> Result<Response, WebError> {
    signed_in.require(Right::ConductInterviews)?;
    signed_in.require(Right::ReadPeople)?;
    let (page, version) = (&signed_in.page, SurveyVersionId(form.survey));
    let person = app.db.person(PersonId(person)).await?.ok_or(WebError::NotFound)?;
    let asked = app.db.survey_version(version).await?.ok_or(WebError::NotFound)?;
    let wanted = person.language.unwrap_or_else(|| reader(page));
    let language = super::citizen::nearest(wanted, &asked.questionnaire.languages);
    let begun = app.actions.start_interview(&signed_in.actor(), version, (Some(person.id), language)).await;
    let id = begun.map_err(|error| super::words::whole(page, error))?;
    Ok(Redirect::to(&format!("/interviews/{id}")).into_response())
}

pub async fn show(
    State(app): State<App>,
    signed_in: SignedIn,
    Path(id): Path<i64>,
    Query(at): Query<At>,
) -> Result<Response, WebError> {
    let asked = app.actions.interview(&signed_in.actor(), InterviewId(id)).await;
    let mut asked = asked.map_err(|error| super::words::whole(&signed_in.page, error))?;
    asked.interview.go_to(&QuestionKey(at.q));
    html(shown(&app, &signed_in, &asked).await?)
}

pub async fn answer(
    State(app): State<App>,
    signed_in: SignedIn,
    Path(id): Path<i64>,
    Form(pairs): Form<Vec<(String, String)>>,
) -> Result<Response, WebError> {
    let (sent, id, actor, page) = (Sent::new(pairs), InterviewId(id), signed_in.actor(), &signed_in.page);
    signed_in.require(Right::ConductInterviews)?;
    let key = QuestionKey(sent.text("question").to_owned());
    let asked = app.actions.interview(&actor, id).await;
    let mut asked = asked.map_err(|error| super::words::whole(page, error))?;
    let question = asked.interview.questionnaire().question(&key).ok_or(WebError::NotFound)?;
    let done = match given(question, &sent) {
        Ok(answer) => app.actions.answer_interview(&actor, id, (key.clone(), answer)).await,
        Err(why) => Err(SurveyError::Answer(why)),
    };
    match done {
        Ok(asked) => Ok(Redirect::to(&next(&format!("/interviews/{id}"), &asked)).into_response()),
        Err(error) => {
            let status = refusal(&error);
            asked.interview.go_to(&key);
            let why = match &error {
                SurveyError::Answer(why) => Some(*why),
                _ => None,
            };
            let told = problems(page, error)?;
            let mut shown = shown(&app, &signed_in, &asked).await?;
            match (why, shown.ask.take()) {
                (Some(why), Some(ask)) if ask.key == key.0 => {
                    shown.ask = Some(ask.with_problem(page, why, &sent));
                }
                (_, ask) => (shown.ask, shown.problems) = (ask, told),
            }
            Ok((status, html(shown)?).into_response())
        }
    }
}

/// Where to after an answer: the question that follows, when it was answered before.
pub fn next(address: &str, asked: &Asked) -> String {
    let mut forward = asked.interview.clone();
    forward.go_on();
    match asked.interview.position() {
        Position::Question(question) if forward.position() != asked.interview.position() => {
            format!("{address}?q={}", percent(&question.key.0))
        }
        _ => address.to_owned(),
    }
}

pub async fn close(
    State(app): State<App>,
    signed_in: SignedIn,
    Path(id): Path<i64>,
) -> Result<Response, WebError> {
    let done = app.actions.close_interview(&signed_in.actor(), InterviewId(id)).await;
    done.map_err(|error| super::words::whole(&signed_in.page, error))?;
    Ok(Redirect::to(&format!("/interviews/{id}")).into_response())
}

pub async fn end(
    State(app): State<App>,
    signed_in: SignedIn,
    Path(id): Path<i64>,
    Form(form): Form<EndForm>,
) -> Result<Response, WebError> {
    let done = app.actions.end_interview(&signed_in.actor(), InterviewId(id), form.why).await;
    done.map_err(|error| super::words::whole(&signed_in.page, error))?;
    Ok(Redirect::to(&format!("/interviews/{id}")).into_response())
}

pub async fn speak(
    State(app): State<App>,
    signed_in: SignedIn,
    Path(id): Path<i64>,
    Form(form): Form<SpeakForm>,
) -> Result<Response, WebError> {
    let done = app.actions.speak_in_interview(&signed_in.actor(), InterviewId(id), form.language).await;
    done.map_err(|error| super::words::whole(&signed_in.page, error))?;
    Ok(Redirect::to(&format!("/interviews/{id}?q={}", percent(&form.q))).into_response())
}

async fn shown<'p>(app: &App, signed_in: &'p SignedIn, asked: &Asked) -> Result<InterviewPage<'p>, WebError> {
    let (page, interview) = (&signed_in.page, &asked.interview);
    let questionnaire = interview.questionnaire();
    let language = interview.language();
    let person = match asked.row.person {
        Some(id) if page.reads_people() => app.db.person(id).await?,
        _ => None,
    };
    if let Some(person) = &person {
        app.actions.people_listed(&signed_in.actor(), "interview", &[person.id]).await?;
    }
    let dial = match asked.row.attempt {
        Some(attempt) => crate::web::dialer::desk::on_the_line(app, signed_in, attempt).await?,
        None => None,
    };
    let position = interview.position();
    let ask = match position {
        Position::Question(question) => Some(AskView::of(page, question, (interview, true))),
        Position::End(_) | Position::Over(_) => None,
    };
    let is_thanked = match position {
        Position::Question(_) => None,
        Position::End(ending) => Some(Disposition::from(ending) == Disposition::Complete),
        Position::Over(disposition) => Some(disposition == Disposition::Complete),
    };
    let farewell = is_thanked.map(|is_thanked| questionnaire.farewell(is_thanked).0);
    let is_first = interview.answers().next().is_none();
    let answer =
        |(question, answer): (&crate::domain::survey::Question, &crate::domain::survey::Answer)| AnswerView {
            key: question.key.0.clone(),
            question: question.text.in_language(reader(page)).into_owned(),
            said: said(page, question, answer, reader(page)),
        };
    Ok(InterviewPage {
        page,
        id: asked.row.id.0,
        survey: asked.version.survey.0,
        version: asked.version.id.0,
        title: questionnaire.title.in_language(reader(page)).into_owned(),
        contact: person.as_ref().map(|person| page.name(&person.name, None)).unwrap_or_default(),
        person: person.map(|person| person.id.0),
        problems: Vec::new(),
        progress: ProgressView::of(page, interview),
        greeting: if is_first {
            questionnaire.greeting.in_language(language).into_owned()
        } else {
            String::new()
        },
        ask,
        over: match position {
            Position::Over(disposition) => page.word("survey-disposition", disposition.as_str()),
            _ => String::new(),
        },
        farewell: farewell.map(|texts| texts.in_language(language).into_owned()).unwrap_or_default(),
        back: before(interview).map(|key| percent(&key.0)),
        languages: super::languages(page, &questionnaire.languages, language),
        language: language.as_str(),
        answers: interview.answers().map(answer).collect(),
        desk: dial.as_ref().is_some_and(|dial| dial.own),
        dial,
        may_begin: asked.version.state == VersionState::Published && page.may(Right::ConductInterviews),
    })
}
