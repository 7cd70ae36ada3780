//! What a survey says on the telephone, passage by passage: read by the machine, or recorded by somebody with a voice. A draft is recorded; a version that
//! was published can only be listened to.

use axum::extract::{Multipart, Path, State};
use axum::http::StatusCode;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::response::{IntoResponse, Redirect, Response};

use super::edit::stored;
use super::words::{problems, reader, refusal, whole};
use super::{READ, version_view};
use crate::actions::survey::SurveyError;
use crate::actions::{ActionError, Actor};
use crate::domain::file::BlobHash;
use crate::domain::id::{SurveyId, SurveyVersionId};
use crate::domain::permission::Right;
use crate::domain::person::PersonLanguage;
use crate::domain::spoken::Tongue;
use crate::domain::survey::questionnaire::Recordings;
use crate::domain::survey::recorded::Passage;
use crate::domain::survey::version::{Deed, after};
use crate::domain::survey::{Questionnaire, Texts};
use crate::store::survey::{Survey, SurveyVersion};
use crate::telephony::handle::{Speech, SpeechError};
use crate::web::auth::SignedIn;
use crate::web::campaigns::recording::{forget, speech_words};
use crate::web::campaigns::sources::file;
use crate::web::error::WebError;
use crate::web::page::{Page, html};
use crate::web::state::App;

/// One language of a passage.
#[derive(Debug)]
pub struct TongueView {
    /// `sr`, `en`.
    pub code: &'static str,
    pub label: String,
    /// What is read where nothing is recorded.
    pub words: String,
    pub is_recorded: bool,
}

#[derive(Debug)]
pub struct PassageView {
    /// As addresses have it.
    pub name: String,
    pub label: String,
    pub is_option: bool,
    pub tongues: Vec<TongueView>,
}

#[derive(askama::Template)]
#[template(path = "surveys/recordings.html")]
pub struct RecordingsPage<'a> {
    pub page: &'a Page,
    pub id: i64,
    pub version: i64,
    pub name: String,
    /// "Version 3", "draft".
    pub of: String,
    /// Why something was not done.
    pub told: Vec<String>,
    pub may_change: bool,
    pub passages: Vec<PassageView>,
}

/// Why a file did not become a recording of a survey.
#[derive(Debug)]
pub enum NotTaken {
    /// No call can be made here.
    NoCalls,
    Speech(SpeechError),
    Survey(SurveyError),
}

pub async fn show(
    State(app): State<App>,
    signed_in: SignedIn,
    Path((id, version)): Path<(i64, i64)>,
) -> Result<Response, WebError> {
    signed_in.require(READ)?;
    let (survey, all) = stored(&app, SurveyId(id)).await?;
    let version = all.iter().find(|one| one.id.0 == version).ok_or(WebError::NotFound)?;
    html(shown(&app, &signed_in.page, (&survey, version), Vec::new()).await?)
}

pub async fn put(
    State(app): State<App>,
    signed_in: SignedIn,
    Path((id, passage, tongue)): Path<(i64, String, String)>,
    form: Multipart,
) -> Result<Response, WebError> {
    signed_in.require(Right::ManageSurveys)?;
    let (page, id) = (&signed_in.page, SurveyId(id));
    let place = place(&passage, &tongue).ok_or(WebError::NotFound)?;
    let (_, octets) = file(&app, form).await?;
    let (status, told) = match take(&app, &signed_in.actor(), id, (&place, octets)).await {
        Ok(()) => return Ok(back(&app, id, &place.0).await?.into_response()),
        Err(NotTaken::NoCalls) => (StatusCode::UNPROCESSABLE_ENTITY, vec![page.say("campaign-no-calls")]),
        Err(NotTaken::Speech(error)) => (StatusCode::UNPROCESSABLE_ENTITY, vec![speech_words(page, &error)?]),
        Err(NotTaken::Survey(error)) => (refusal(&error), problems(page, error)?),
    };
    let (survey, all) = stored(&app, id).await?;
    let version = all.first().ok_or(WebError::NotFound)?;
    let shown = html(shown(&app, page, (&survey, version), told).await?)?;
    Ok((status, shown).into_response())
}

pub async fn remove(
    State(app): State<App>,
    signed_in: SignedIn,
    Path((id, passage, tongue)): Path<(i64, String, String)>,
) -> Result<Response, WebError> {
    let id = SurveyId(id);
    let (passage, tongue) = place(&passage, &tongue).ok_or(WebError::NotFound)?;
    let actor = signed_in.actor();
    let removed = app.actions.change_survey_recording(&actor, id, (&passage, tongue), None).await;
    forget_all(&app, removed.map_err(|error| whole(&signed_in.page, error))?).await;
    Ok(back(&app, id, &passage).await?.into_response())
}

pub async fn sound(
    State(app): State<App>,
    signed_in: SignedIn,
    Path((id, version, passage, tongue)): Path<(i64, i64, String, String)>,
) -> Result<Response, WebError> {
    signed_in.require(READ)?;
    let version = app.db.survey_version(SurveyVersionId(version)).await?.ok_or(WebError::NotFound)?;
    if version.survey != SurveyId(id) {
        return Err(WebError::NotFound);
    }
    heard(&app, &version.questionnaire, (&passage, &tongue)).await.ok_or(WebError::NotFound)
}

/// The same for a program.
pub async fn take(
    app: &App,
    actor: &Actor,
    id: SurveyId,
    ((passage, tongue), octets): (&(Passage, Tongue), Vec<u8>),
) -> Result<(), NotTaken> {
    let speech = speech(app).ok_or(NotTaken::NoCalls)?;
    // Before anything is kept that nobody would remove.
    may_record(app, id, passage).await.map_err(NotTaken::Survey)?;
    let recorded = speech.take_recording(octets).await.map_err(NotTaken::Speech)?;
    let name: BlobHash = recorded.name.parse().map_err(|_| NotTaken::Speech(SpeechError::NoRecording))?;
    let changed = app.actions.change_survey_recording(actor, id, (passage, *tongue), Some(name)).await;
    forget_all(app, changed.map_err(NotTaken::Survey)?).await;
    Ok(())
}

/// `audio/wav`, as calls play it. `None`: nothing is recorded there.
pub async fn heard(
    app: &App,
    questionnaire: &Questionnaire,
    (passage, tongue): (&str, &str),
) -> Option<Response> {
    let (passage, tongue) = place(passage, tongue)?;
    let recording = questionnaire.recordings_of(&passage)?.of(tongue)?;
    let heard = speech(app)?.recording(recording.as_str()).await.ok()?;
    Some(([(CONTENT_TYPE, "audio/wav"), (CACHE_CONTROL, "private, max-age=300")], heard.wav).into_response())
}

pub fn place(passage: &str, tongue: &str) -> Option<(Passage, Tongue)> {
    Some((passage.parse().ok()?, tongue.parse().ok()?))
}

/// From the disk.
pub async fn forget_all(app: &App, unused: Vec<BlobHash>) {
    for recording in unused {
        forget(app, Some(recording)).await;
    }
}

async fn may_record(app: &App, id: SurveyId, passage: &Passage) -> Result<(), SurveyError> {
    let survey = app.db.survey(id).await?.ok_or(ActionError::NotFound)?;
    let versions = app.db.survey_versions(id).await?;
    let draft = versions.iter().find(|version| after(version.state, Deed::Change).is_some());
    let draft = draft.ok_or(SurveyError::NotNow { state: survey.state, deed: Deed::Change })?;
    draft.questionnaire.recordings_of(passage).map(drop).ok_or(SurveyError::NoPassage)
}

/// Keys of a draft may hold anything; its place in the page does not.
async fn back(app: &App, id: SurveyId, passage: &Passage) -> Result<Redirect, WebError> {
    let versions = app.db.survey_versions(id).await?;
    let draft = versions.first().ok_or(WebError::NotFound)?;
    let at = draft.questionnaire.passages().iter().position(|(of, ..)| of == passage).unwrap_or_default();
    Ok(Redirect::to(&format!("/surveys/{id}/versions/{}/recordings#p{at}", draft.id)))
}

async fn shown<'p>(
    app: &App,
    page: &'p Page,
    (survey, version): (&Survey, &SurveyVersion),
    told: Vec<String>,
) -> Result<RecordingsPage<'p>, WebError> {
    let counts = app.db.interview_counts(version.id).await?;
    let is_draft = after(version.state, Deed::Change).is_some();
    Ok(RecordingsPage {
        page,
        id: survey.id.0,
        version: version.id.0,
        name: survey.name.clone(),
        of: version_view(page, version, counts).name,
        told,
        may_change: is_draft && speech(app).is_some() && page.may(Right::ManageSurveys),
        passages: passages(page, &version.questionnaire),
    })
}

pub fn passages(page: &Page, questionnaire: &Questionnaire) -> Vec<PassageView> {
    let mut number = 0;
    let views = questionnaire.passages().into_iter().map(|(passage, texts, recordings)| {
        number += usize::from(matches!(passage, Passage::Question(_)));
        let words = || texts.in_language(reader(page)).into_owned();
        let label = match &passage {
            Passage::Greeting => page.say("survey-greeting"),
            Passage::Thanks => page.say("survey-thanks"),
            Passage::Apology => page.say("survey-apology"),
            Passage::Question(_) => format!("{number}. {}", words()),
            Passage::Option(..) => words(),
        };
        PassageView {
            name: passage.to_string(),
            label,
            is_option: matches!(passage, Passage::Option(..)),
            tongues: tongues(page, questionnaire, (texts, recordings)),
        }
    });
    views.collect()
}

/// Those in which the survey is asked.
fn tongues(
    page: &Page,
    questionnaire: &Questionnaire,
    (texts, recordings): (&Texts, &Recordings),
) -> Vec<TongueView> {
    let asked = |language: &PersonLanguage| questionnaire.languages.contains(language);
    let spoken = Tongue::ALL.iter().filter(|tongue| match tongue {
        Tongue::Serbian => asked(&PersonLanguage::SerbianCyrillic) || asked(&PersonLanguage::SerbianLatin),
        Tongue::English => asked(&PersonLanguage::English),
    });
    let view = |tongue: &Tongue| TongueView {
        code: tongue.as_str(),
        label: page.word("survey-tongue", tongue.as_str()),
        words: texts
            .in_language(match tongue {
                Tongue::Serbian if reader(page) == PersonLanguage::SerbianLatin => {
                    PersonLanguage::SerbianLatin
                }
                Tongue::Serbian => PersonLanguage::SerbianCyrillic,
                Tongue::English => PersonLanguage::English,
            })
            .into_owned(),
        is_recorded: recordings.of(*tongue).is_some(),
    };
    spoken.map(view).collect()
}

fn speech(app: &App) -> Option<&Speech> {
    app.telephony.as_ref()?.speech()
}
