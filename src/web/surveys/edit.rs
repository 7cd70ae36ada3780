//! `/surveys/{id}` while there is a draft: the questions as cards. Every button sends the whole form, which is saved first.

use axum::Form;
use axum::extract::{Multipart, Path, State};
use axum::response::{IntoResponse, Redirect, Response};
use serde::Deserialize;

use super::change::{change, new_questionnaire};
use super::fields::Form as Drawn;
use super::form::{Typed, typed};
use super::recordings::forget_all;
use super::words::{placed, problems, refusal, whole};
use super::{VersionView, versions};
use crate::actions::ActionError;
use crate::actions::survey::SurveyError;
use crate::domain::id::{SurveyId, SurveyVersionId};
use crate::domain::survey::Texts;
use crate::domain::survey::check::Severity;
use crate::store::survey::{Survey, SurveyVersion};
use crate::web::auth::SignedIn;
use crate::web::error::WebError;
use crate::web::i18n::{Language, Locale};
use crate::web::page::{Page, html};
use crate::web::queues::form::Sent;
use crate::web::state::App;

#[derive(askama::Template)]
#[template(path = "surveys/edit.html")]
pub struct EditPage<'a> {
    pub page: &'a Page,
    pub id: i64,
    pub version: i64,
    /// Of the draft.
    pub draft: i64,
    pub name: String,
    /// Why something was not done.
    pub told: Vec<String>,
    pub form: Drawn,
    /// "2 errors, 3 warnings".
    pub checked: String,
    pub versions: Vec<VersionView>,
}

#[derive(Debug, Deserialize)]
pub struct Seen {
    #[serde(default)]
    version: i64,
}

/// Fields of the largest survey, and their octets.
const MOST_FIELDS: usize = 60_000;
const MOST_BYTES: usize = 4_000_000;

pub async fn create(State(app): State<App>, signed_in: SignedIn) -> Result<Response, WebError> {
    let page = &signed_in.page;
    let say = |language, key| Locale { language, ..page.locale.clone() }.say(key);
    let texts = |key| Texts::new(&say(Language::SerbianCyrillic, key), &say(Language::English, key));
    let questionnaire = new_questionnaire(texts("survey-new-name"), texts("survey-thank-you"));
    let name = page.say("survey-new-name");
    let made = app.actions.make_survey(&signed_in.actor(), (&name, questionnaire)).await;
    let id = made.map_err(|error| whole(page, error))?;
    Ok(Redirect::to(&format!("/surveys/{id}")).into_response())
}

pub async fn save(
    State(app): State<App>,
    signed_in: SignedIn,
    Path(id): Path<i64>,
    form: Multipart,
) -> Result<Response, WebError> {
    let (id, page) = (SurveyId(id), &signed_in.page);
    signed_in.require(crate::domain::permission::Right::ManageSurveys)?;
    let sent = received(form).await?;
    let seen = sent.text("version").parse().map_err(|_| WebError::Invalid("no version".into()))?;
    let (survey, all) = stored(&app, id).await?;
    let Some(draft) = all.iter().find(|version| version.number.is_none()) else {
        return Err(WebError::Conflict);
    };
    let mut typed = typed(&sent, &draft.questionnaire);
    let deed = sent.text("do");
    let place = match deed.split_once(':') {
        Some(("save", at)) => format!("q{at}"),
        _ => change(&mut typed.questionnaire, deed),
    };
    if !typed.faults.is_empty() {
        let faults = typed.faults.iter().map(|fault| page.with("survey-fault", "fault", fault)).collect();
        let shown = edited(&app, page, &survey, &all, (typed, faults)).await?;
        return Ok((axum::http::StatusCode::UNPROCESSABLE_ENTITY, html(shown)?).into_response());
    }
    match saved(&app, &signed_in, (id, seen), (&typed, deed)).await {
        Ok(()) if deed == "preview" => Ok(Redirect::to(&format!("/surveys/{id}/preview")).into_response()),
        Ok(()) => Ok(Redirect::to(&format!("/surveys/{id}#{place}")).into_response()),
        Err(error) => {
            let status = refusal(&error);
            let mut told = Vec::new();
            if let SurveyError::Problems(found) = &error {
                let errors = found.iter().filter(|problem| problem.severity == Severity::Error);
                told.extend(errors.map(|problem| placed(page, problem)));
            }
            let mut said = problems(page, error)?;
            said.extend(told);
            // What was saved before it was refused has another version now.
            let (survey, all) = stored(&app, id).await?;
            let survey =
                Survey { version: if status.as_u16() == 409 { seen } else { survey.version }, ..survey };
            let shown = edited(&app, page, &survey, &all, (typed, said)).await?;
            Ok((status, html(shown)?).into_response())
        }
    }
}

async fn saved(
    app: &App,
    signed_in: &SignedIn,
    (id, seen): (SurveyId, i64),
    (typed, deed): (&Typed, &str),
) -> Result<(), SurveyError> {
    let actor = signed_in.actor();
    let draft = (typed.name.as_str(), typed.questionnaire.clone());
    let unused = app.actions.change_survey_draft(&actor, (id, seen), draft).await?;
    forget_all(app, unused).await;
    if deed == "publish" {
        let now = app.db.survey(id).await?.ok_or(ActionError::NotFound)?;
        app.actions.publish_survey(&actor, (id, now.version)).await?;
    }
    Ok(())
}

pub async fn stored(app: &App, id: SurveyId) -> Result<(Survey, Vec<SurveyVersion>), WebError> {
    let survey = app.db.survey(id).await?.ok_or(WebError::NotFound)?;
    Ok((survey, app.db.survey_versions(id).await?))
}

pub async fn edited<'p>(
    app: &App,
    page: &'p Page,
    survey: &Survey,
    all: &[SurveyVersion],
    (typed, told): (Typed, Vec<String>),
) -> Result<EditPage<'p>, WebError> {
    let form = Drawn::of(page, &typed.questionnaire);
    let count = |n: usize| i64::try_from(n).unwrap_or(i64::MAX);
    let checked = [
        page.count("survey-errors", count(form.errors)),
        page.count("survey-warnings", count(form.warnings)),
    ];
    Ok(EditPage {
        page,
        id: survey.id.0,
        version: survey.version,
        draft: all.first().map_or(0, |draft| draft.id.0),
        name: typed.name,
        told,
        form,
        checked: checked.join(", "),
        versions: versions(app, page, all).await?,
    })
}

pub async fn remove(
    State(app): State<App>,
    signed_in: SignedIn,
    Path(id): Path<i64>,
    Form(seen): Form<Seen>,
) -> Result<Response, WebError> {
    let of = (SurveyId(id), seen.version);
    let gone = app.actions.remove_survey_draft(&signed_in.actor(), of).await;
    let gone = gone.map_err(|error| whole(&signed_in.page, error))?;
    forget_all(&app, gone.recordings).await;
    let next = if gone.survey { "/surveys".to_owned() } else { format!("/surveys/{id}") };
    Ok(Redirect::to(&next).into_response())
}

pub async fn copy(
    State(app): State<App>,
    signed_in: SignedIn,
    Path((id, version)): Path<(i64, i64)>,
    Form(seen): Form<Seen>,
) -> Result<Response, WebError> {
    let (of, version) = ((SurveyId(id), seen.version), SurveyVersionId(version));
    let made = app.actions.copy_survey_version(&signed_in.actor(), of, version).await;
    made.map_err(|error| whole(&signed_in.page, error))?;
    Ok(Redirect::to(&format!("/surveys/{id}")).into_response())
}

pub async fn retire(
    State(app): State<App>,
    signed_in: SignedIn,
    Path((id, version)): Path<(i64, i64)>,
    Form(seen): Form<Seen>,
) -> Result<Response, WebError> {
    let (of, of_version) = ((SurveyId(id), seen.version), SurveyVersionId(version));
    let done = app.actions.retire_survey_version(&signed_in.actor(), of, of_version).await;
    done.map_err(|error| whole(&signed_in.page, error))?;
    Ok(Redirect::to(&format!("/surveys/{id}/versions/{version}")).into_response())
}

pub async fn restore(
    State(app): State<App>,
    signed_in: SignedIn,
    Path((id, version)): Path<(i64, i64)>,
    Form(seen): Form<Seen>,
) -> Result<Response, WebError> {
    let (of, of_version) = ((SurveyId(id), seen.version), SurveyVersionId(version));
    let done = app.actions.restore_survey_version(&signed_in.actor(), of, of_version).await;
    done.map_err(|error| whole(&signed_in.page, error))?;
    Ok(Redirect::to(&format!("/surveys/{id}/versions/{version}")).into_response())
}

/// A form in parts: as names and values it would be six times as long, and longer than other forms may be.
async fn received(mut form: Multipart) -> Result<Sent, WebError> {
    let broken = |error: axum::extract::multipart::MultipartError| WebError::Invalid(error.to_string());
    let (mut pairs, mut bytes) = (Vec::new(), 0_usize);
    while let Some(field) = form.next_field().await.map_err(broken)? {
        let name = field.name().unwrap_or_default().to_owned();
        let value = field.text().await.map_err(broken)?;
        bytes = bytes.saturating_add(name.len()).saturating_add(value.len());
        if pairs.len() >= MOST_FIELDS || bytes > MOST_BYTES {
            return Err(WebError::Invalid("a form of too many fields".into()));
        }
        pairs.push((name, value));
    }
    Ok(Sent::new(pairs))
}
