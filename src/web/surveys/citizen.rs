//! `/s/{token}`: a survey by a link of one's own, one question a page, without a log-in and without a script. It says the same of every link that
//! leads nowhere, so that nobody learns who is known here.

use axum::Form;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::http::header::{CACHE_CONTROL, RETRY_AFTER};
use axum::response::{IntoResponse, Redirect, Response};
use serde::Deserialize;

use super::ask::{AskView, ProgressView, before, given};
use super::interview::next;
use super::words::reader;
use crate::actions::survey::SurveyError;
use crate::actions::survey::interview::Asked;
use crate::domain::person::PersonLanguage;
use crate::domain::survey::interview::Disposition;
use crate::domain::survey::{Position, QuestionKey};
use crate::web::auth::Visitor;
use crate::web::client::ClientAddress;
use crate::web::error::{WebError, percent};
use crate::web::page::{Page, html};
use crate::web::queues::form::Sent;
use crate::web::state::App;

#[derive(askama::Template)]
#[template(path = "surveys/citizen.html")]
pub struct CitizenPage<'a> {
    pub page: &'a Page,
    pub token: &'a str,
    /// Empty: there is nothing under this link.
    pub title: String,
    pub greeting: String,
    pub progress: ProgressView,
    pub ask: Option<AskView>,
    pub back: Option<String>,
    /// Once it has ended.
    pub farewell: String,
    pub too_many: bool,
}

#[derive(Debug, Default, Deserialize)]
pub struct At {
    #[serde(default)]
    q: String,
}

pub async fn show(
    State(app): State<App>,
    Visitor { page }: Visitor,
    ClientAddress(address): ClientAddress,
    Path(token): Path<String>,
    Query(at): Query<At>,
) -> Result<Response, WebError> {
    if let Err(too_many) = app.guard().answer_survey(address) {
        return slower(&page, &token, too_many.wait);
    }
    let mut asked = found(&app, &page, &token).await?;
    if let Some(asked) = &mut asked {
        asked.interview.go_to(&QuestionKey(at.q));
    }
    said(StatusCode::OK, CitizenPage::of(&page, &token, asked.as_ref()))
}

pub async fn answer(
    State(app): State<App>,
    Visitor { page }: Visitor,
    ClientAddress(address): ClientAddress,
    Path(token): Path<String>,
    Form(pairs): Form<Vec<(String, String)>>,
) -> Result<Response, WebError> {
    if let Err(too_many) = app.guard().answer_survey(address) {
        return slower(&page, &token, too_many.wait);
    }
    let sent = Sent::new(pairs);
    let key = QuestionKey(sent.text("question").to_owned());
    let Some(mut asked) = found(&app, &page, &token).await? else {
        return said(StatusCode::OK, CitizenPage::of(&page, &token, None));
    };
    let address = format!("/s/{token}");
    let Some(question) = asked.interview.questionnaire().question(&key) else {
        return Ok(Redirect::to(&address).into_response());
    };
    let language = asked.interview.language();
    let done = match given(question, &sent) {
        Ok(answer) => app.actions.answer_by_link(&token, language, (key.clone(), answer)).await,
        Err(why) => Err(SurveyError::Answer(why)),
    };
    match done {
        Ok(Some(asked)) => Ok(Redirect::to(&next(&address, &asked)).into_response()),
        Ok(None) => Ok(Redirect::to(&address).into_response()),
        Err(SurveyError::Answer(why)) if asked.interview.go_to(&key) || is_at(&asked, &key) => {
            let mut shown = CitizenPage::of(&page, &token, Some(&asked));
            shown.ask = shown.ask.map(|ask| ask.with_problem(&page, why, &sent));
            said(StatusCode::UNPROCESSABLE_ENTITY, shown)
        }
        // An older page: it goes on where it is.
        Err(SurveyError::Answer(_)) => Ok(Redirect::to(&address).into_response()),
        Err(other) => Err(super::words::whole(&page, other)),
    }
}

fn is_at(asked: &Asked, key: &QuestionKey) -> bool {
    matches!(asked.interview.position(), Position::Question(question) if question.key == *key)
}

/// In the language in which the reader reads the page, if it is asked in that.
async fn found(app: &App, page: &Page, token: &str) -> Result<Option<Asked>, WebError> {
    let found = app.actions.survey_by_link(token, reader(page)).await;
    let mut found = found.map_err(|error| super::words::whole(page, error))?;
    if let Some(asked) = &mut found {
        let offered = asked.interview.questionnaire().languages.clone();
        asked.interview.speak(nearest(reader(page), &offered));
    }
    Ok(found)
}

/// Of two scripts of one language the other is nearer than another language.
pub fn nearest(wanted: PersonLanguage, offered: &[PersonLanguage]) -> PersonLanguage {
    let order = match wanted {
        PersonLanguage::SerbianCyrillic => [wanted, PersonLanguage::SerbianLatin, PersonLanguage::English],
        PersonLanguage::SerbianLatin => [wanted, PersonLanguage::SerbianCyrillic, PersonLanguage::English],
        PersonLanguage::English => [wanted, PersonLanguage::SerbianLatin, PersonLanguage::SerbianCyrillic],
    };
    order.into_iter().find(|language| offered.contains(language)).unwrap_or(wanted)
}

impl<'a> CitizenPage<'a> {
    pub fn of(page: &'a Page, token: &'a str, asked: Option<&Asked>) -> Self {
        let mut shown = Self {
            page,
            token,
            title: String::new(),
            greeting: String::new(),
            progress: ProgressView::default(),
            ask: None,
            back: None,
            farewell: String::new(),
            too_many: false,
        };
        let Some(asked) = asked else { return shown };
        let interview = &asked.interview;
        let (questionnaire, language) = (interview.questionnaire(), interview.language());
        shown.title = questionnaire.title.in_language(language).into_owned();
        shown.progress = ProgressView::of(page, interview);
        let ended = match interview.position() {
            Position::Question(question) => {
                shown.ask = Some(AskView::of(page, question, (interview, false)));
                shown.back = before(interview).map(|key| percent(&key.0));
                if shown.back.is_none() {
                    shown.greeting = questionnaire.greeting.in_language(language).into_owned();
                }
                return shown;
            }
            Position::End(ending) => ending.into(),
            Position::Over(disposition) => disposition,
        };
        let farewell = questionnaire.farewell(ended == Disposition::Complete).0;
        shown.farewell = farewell.in_language(language).into_owned();
        if shown.farewell.is_empty() {
            shown.farewell = page.say("survey-thank-you");
        }
        shown
    }
}

fn slower(page: &Page, token: &str, wait: std::time::Duration) -> Result<Response, WebError> {
    let shown = html(CitizenPage { too_many: true, ..CitizenPage::of(page, token, None) })?;
    let wait = (wait.as_secs() + 1).to_string();
    Ok((StatusCode::TOO_MANY_REQUESTS, [(RETRY_AFTER, wait)], shown).into_response())
}

fn said(status: StatusCode, shown: CitizenPage<'_>) -> Result<Response, WebError> {
    let mut answer = (status, html(shown)?).into_response();
    answer.headers_mut().insert(CACHE_CONTROL, axum::http::HeaderValue::from_static("no-store"));
    Ok(answer)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn other_script_is_nearer_than_another_language() {
        use PersonLanguage::*;
        assert_eq!(nearest(SerbianLatin, &[SerbianCyrillic, English]), SerbianCyrillic);
        assert_eq!(nearest(English, &[SerbianCyrillic, SerbianLatin]), SerbianLatin);
        assert_eq!(nearest(English, &[SerbianCyrillic, English]), English);
    }
}
