//! `/surveys`: what is asked, in which versions, and what was answered.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::extract::{Asked, Named, Sent};
use super::problem::ApiError;
use super::token::Client;
use crate::actions::ActionError;
use crate::actions::survey::SurveyError;
use crate::actions::survey::interview::Asked as InterviewNow;
use crate::domain::id::{InterviewId, PersonId, SurveyId, SurveyVersionId};
use crate::domain::permission::Right;
use crate::domain::person::PersonLanguage;
use crate::domain::survey::check::{Problem, check};
use crate::domain::survey::interview::Early;
use crate::domain::survey::{Answer, Position, QuestionKey, Questionnaire};
use crate::store::interview::{Answers, InterviewRow};
use crate::store::survey::{Survey, SurveyVersion};
use crate::web::state::App;
use crate::web::surveys::recordings::forget_all;

#[derive(Debug, Serialize, ToSchema)]
pub struct SurveyDto {
    pub id: i64,
    /// Grows with every change; sent back with one.
    pub version: i64,
    pub name: String,
    /// Of its newest version: `draft`, `published` or `retired`.
    pub state: &'static str,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct SurveyVersionDto {
    pub id: i64,
    /// None: a draft.
    pub number: Option<u32>,
    pub state: &'static str,
    pub published_at: Option<String>,
    #[schema(value_type = Object)]
    pub questionnaire: Questionnaire,
    /// What is wrong with a draft, and what may not be meant: severity, place, reason, detail.
    #[schema(value_type = Vec<Object>)]
    pub problems: Vec<Problem>,
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SurveyDraftDto {
    pub name: String,
    /// As `config/surveys/example.json` has it.
    #[schema(value_type = Object)]
    pub questionnaire: Questionnaire,
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SeenSurvey {
    /// As it was read.
    version: i64,
}

/// What is done with a survey.
#[derive(Clone, Copy, Debug, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum SurveyStepWord {
    Publish,
    Retire,
    Restore,
    /// A draft with the questions of a version.
    Copy,
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SurveyStepBody {
    step: SurveyStepWord,
    /// Of the survey, as it was read.
    version: i64,
    /// `id` of the version; `publish` takes the draft.
    #[serde(default)]
    of: Option<i64>,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct InterviewDto {
    pub id: i64,
    /// `id` of the version.
    pub version: i64,
    pub person: Option<i64>,
    /// `operator`, `keypad` or `web`.
    pub mode: &'static str,
    pub language: &'static str,
    /// How it ended: `complete`, `screened_out`, `refused`, `over_quota`, `broken_off`.
    pub disposition: Option<&'static str>,
    pub started_at: String,
    pub changed_at: String,
    pub ended_at: Option<String>,
    /// By the keys of questions, such as `{"one": 2}`, `{"many": [1, 3]}`, `{"point": 4}`, `{"number": 34}`, `{"text": "…"}`,
    /// `{"date": "2026-11-23"}`, `"does_not_know"`, `"refuses"`, `"nothing"`.
    #[schema(value_type = Object)]
    pub answers: Answers,
    /// The key of the question at which it is; none at the end.
    pub at: Option<String>,
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewInterviewBody {
    /// `id` of a published version.
    version: i64,
    #[serde(default)]
    person: Option<i64>,
    /// `sr-Cyrl`, `sr-Latn` or `en`.
    #[schema(value_type = String)]
    language: PersonLanguage,
}

/// One thing that happens in an interview.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum InterviewStepBody {
    Answer {
        question: String,
        #[schema(value_type = Object)]
        answer: Answer,
    },
    Speak {
        #[schema(value_type = String)]
        language: PersonLanguage,
    },
    End {
        /// `refused`, `over_quota` or `broken_off`.
        #[schema(value_type = String)]
        why: Early,
    },
    /// From the end of the road.
    Close {},
}

#[derive(Debug, Default, Deserialize)]
pub struct After {
    #[serde(default)]
    after: i64,
}

const LISTED: u32 = 200;

#[utoipa::path(get, path = "/surveys", tag = "surveys", responses(
    (status = 200, description = "The latest changed first, at most 200", body = [SurveyDto]),
))]
pub async fn list(State(app): State<App>, client: Client) -> Result<Json<Vec<SurveyDto>>, ApiError> {
    app.actions.allow(&client.actor(), Right::ReadSurveys)?;
    Ok(Json(app.db.surveys(LISTED, None).await?.iter().map(dto).collect()))
}

#[utoipa::path(post, path = "/surveys", tag = "surveys", request_body = SurveyDraftDto, responses(
    (status = 201, description = "With a draft", body = SurveyDto), (status = 422, description = "Without a name, or too long"),
))]
pub async fn make(
    State(app): State<App>,
    client: Client,
    Sent(body): Sent<SurveyDraftDto>,
) -> Result<(StatusCode, Json<SurveyDto>), ApiError> {
    let made = app.actions.make_survey(&client.actor(), (&body.name, body.questionnaire)).await;
    Ok((StatusCode::CREATED, Json(of(&app, made.map_err(api)?).await?)))
}

#[utoipa::path(get, path = "/surveys/{id}", tag = "surveys",
    params(("id" = i64, Path, description = "`id` of a survey")), responses(
    (status = 200, body = SurveyDto), (status = 404, description = "No such survey"),
))]
pub async fn show(
    State(app): State<App>,
    client: Client,
    Named(id): Named<i64>,
) -> Result<Json<SurveyDto>, ApiError> {
    app.actions.allow(&client.actor(), Right::ReadSurveys)?;
    Ok(Json(of(&app, SurveyId(id)).await?))
}

#[utoipa::path(put, path = "/surveys/{id}", tag = "surveys", request_body = SurveyDraftDto,
    params(("id" = i64, Path, description = "`id` of a survey"), ("version" = i64, Query, description = "As it was read")), responses(
    (status = 200, description = "Its draft as it is now", body = SurveyDto),
    (status = 409, description = "Changed in the meantime, or there is no draft"), (status = 422, description = "Without a name, or too long"),
))]
pub async fn change(
    State(app): State<App>,
    client: Client,
    Named(id): Named<i64>,
    Asked(seen): Asked<SeenSurvey>,
    Sent(body): Sent<SurveyDraftDto>,
) -> Result<Json<SurveyDto>, ApiError> {
    let id = SurveyId(id);
    let draft = (body.name.as_str(), body.questionnaire);
    let changed = app.actions.change_survey_draft(&client.actor(), (id, seen.version), draft).await;
    forget_all(&app, changed.map_err(api)?).await;
    Ok(Json(of(&app, id).await?))
}

#[utoipa::path(delete, path = "/surveys/{id}", tag = "surveys",
    params(("id" = i64, Path, description = "`id` of a survey"), ("version" = i64, Query, description = "As it was read")), responses(
    (status = 204, description = "Its draft is gone, and the survey when that was all of it"),
    (status = 409, description = "Changed in the meantime, or there is no draft"),
))]
pub async fn remove(
    State(app): State<App>,
    client: Client,
    Named(id): Named<i64>,
    Asked(seen): Asked<SeenSurvey>,
) -> Result<StatusCode, ApiError> {
    let removed = app.actions.remove_survey_draft(&client.actor(), (SurveyId(id), seen.version)).await;
    forget_all(&app, removed.map_err(api)?.recordings).await;
    Ok(StatusCode::NO_CONTENT)
}

#[utoipa::path(post, path = "/surveys/{id}/steps", tag = "surveys", request_body = SurveyStepBody,
    params(("id" = i64, Path, description = "`id` of a survey")), responses(
    (status = 200, description = "As it is now", body = SurveyDto),
    (status = 409, description = "It cannot take this step now, or was changed in the meantime"),
    (status = 422, description = "The questions cannot be asked as they are"),
))]
pub async fn step(
    State(app): State<App>,
    client: Client,
    Named(id): Named<i64>,
    Sent(body): Sent<SurveyStepBody>,
) -> Result<Json<SurveyDto>, ApiError> {
    let (actions, actor, id) = (&app.actions, client.actor(), SurveyId(id));
    let seen = (id, body.version);
    let version = SurveyVersionId(body.of.unwrap_or_default());
    let done = match body.step {
        SurveyStepWord::Publish => actions.publish_survey(&actor, seen).await.map(drop),
        SurveyStepWord::Retire => actions.retire_survey_version(&actor, seen, version).await,
        SurveyStepWord::Restore => actions.restore_survey_version(&actor, seen, version).await,
        SurveyStepWord::Copy => actions.copy_survey_version(&actor, seen, version).await.map(drop),
    };
    done.map_err(api)?;
    Ok(Json(of(&app, id).await?))
}

#[utoipa::path(get, path = "/surveys/{id}/versions", tag = "surveys",
    params(("id" = i64, Path, description = "`id` of a survey")), responses((status = 200, description = "The newest first", body = [SurveyVersionDto])))]
pub async fn versions(
    State(app): State<App>,
    client: Client,
    Named(id): Named<i64>,
) -> Result<Json<Vec<SurveyVersionDto>>, ApiError> {
    app.actions.allow(&client.actor(), Right::ReadSurveys)?;
    Ok(Json(app.db.survey_versions(SurveyId(id)).await?.into_iter().map(version_dto).collect()))
}

#[utoipa::path(get, path = "/survey-versions/{id}/interviews", tag = "surveys",
    params(("id" = i64, Path, description = "`id` of a version"), ("after" = Option<i64>, Query, description = "`id` of the last interview of the page before")),
    responses((status = 200, description = "In the order in which they began, at most 200", body = [InterviewDto])))]
pub async fn interviews(
    State(app): State<App>,
    client: Client,
    Named(id): Named<i64>,
    Asked(after): Asked<After>,
) -> Result<Json<Vec<InterviewDto>>, ApiError> {
    app.actions.allow(&client.actor(), Right::ReadAnswers)?;
    app.actions.list_viewed(&client.actor(), "interviews").await?;
    let rows = app.db.interviews(SurveyVersionId(id), InterviewId(after.after), LISTED).await?;
    let ids: Vec<InterviewId> = rows.iter().map(|row| row.id).collect();
    let mut answers = app.db.answers_of(&ids).await?;
    let all = rows.into_iter().map(|row| {
        let answers = answers.remove(&row.id).unwrap_or_default();
        interview_dto(&row, answers, None)
    });
    Ok(Json(all.collect()))
}

#[utoipa::path(post, path = "/interviews", tag = "surveys", request_body = NewInterviewBody, responses(
    (status = 201, description = "At its first question", body = InterviewDto),
    (status = 404, description = "No such version"), (status = 409, description = "The version is not published"),
    (status = 422, description = "It is not asked in that language"),
))]
pub async fn begin(
    State(app): State<App>,
    client: Client,
    Sent(body): Sent<NewInterviewBody>,
) -> Result<(StatusCode, Json<InterviewDto>), ApiError> {
    let whom = (body.person.map(PersonId), body.language);
    let begun = app.actions.start_interview(&client.actor(), SurveyVersionId(body.version), whom).await;
    let asked = app.actions.interview(&client.actor(), begun.map_err(api)?).await.map_err(api)?;
    Ok((StatusCode::CREATED, Json(now(&asked))))
}

#[utoipa::path(get, path = "/interviews/{id}", tag = "surveys",
    params(("id" = i64, Path, description = "`id` of an interview")), responses(
    (status = 200, body = InterviewDto), (status = 404, description = "No such interview"),
))]
pub async fn interview(
    State(app): State<App>,
    client: Client,
    Named(id): Named<i64>,
) -> Result<Json<InterviewDto>, ApiError> {
    let asked = app.actions.interview(&client.actor(), InterviewId(id)).await.map_err(api)?;
    Ok(Json(now(&asked)))
}

#[utoipa::path(post, path = "/interviews/{id}/steps", tag = "surveys", request_body = InterviewStepBody,
    params(("id" = i64, Path, description = "`id` of an interview")), responses(
    (status = 200, description = "Kept; where it is now", body = InterviewDto),
    (status = 404, description = "No such interview"), (status = 422, description = "The answer is not taken, or a question is open"),
))]
pub async fn conduct(
    State(app): State<App>,
    client: Client,
    Named(id): Named<i64>,
    Sent(body): Sent<InterviewStepBody>,
) -> Result<Json<InterviewDto>, ApiError> {
    let (actions, actor, id) = (&app.actions, client.actor(), InterviewId(id));
    let done = match body {
        InterviewStepBody::Answer { question, answer } => {
            actions.answer_interview(&actor, id, (QuestionKey(question), answer)).await
        }
        InterviewStepBody::Speak { language } => actions.speak_in_interview(&actor, id, language).await,
        InterviewStepBody::End { why } => actions.end_interview(&actor, id, why).await,
        InterviewStepBody::Close {} => actions.close_interview(&actor, id).await,
    };
    Ok(Json(now(&done.map_err(api)?)))
}

async fn of(app: &App, id: SurveyId) -> Result<SurveyDto, ApiError> {
    Ok(dto(&app.db.survey(id).await?.ok_or(ApiError::NotFound)?))
}

fn dto(survey: &Survey) -> SurveyDto {
    SurveyDto {
        id: survey.id.0,
        version: survey.version,
        name: survey.name.clone(),
        state: survey.state.as_str(),
    }
}

fn version_dto(version: SurveyVersion) -> SurveyVersionDto {
    SurveyVersionDto {
        id: version.id.0,
        number: version.number.map(|number| number.0),
        state: version.state.as_str(),
        published_at: version.published_at.map(|at| at.to_string()),
        problems: if version.number.is_none() { check(&version.questionnaire) } else { Vec::new() },
        questionnaire: version.questionnaire,
    }
}

fn now(asked: &InterviewNow) -> InterviewDto {
    let at = match asked.interview.position() {
        Position::Question(question) => Some(question.key.0.clone()),
        Position::End(_) | Position::Over(_) => None,
    };
    let answers = asked.interview.answers().map(|(question, answer)| (question.key.clone(), answer.clone()));
    interview_dto(&asked.row, answers.collect(), at)
}

fn interview_dto(row: &InterviewRow, answers: Answers, at: Option<String>) -> InterviewDto {
    InterviewDto {
        id: row.id.0,
        version: row.version.0,
        person: row.person.map(|person| person.0),
        mode: row.mode.as_str(),
        language: row.language.as_str(),
        disposition: row.disposition.map(|disposition| disposition.as_str()),
        started_at: row.started_at.to_string(),
        changed_at: row.changed_at.to_string(),
        ended_at: row.ended_at.map(|at| at.to_string()),
        answers,
        at,
    }
}

pub(super) fn api(error: SurveyError) -> ApiError {
    match error {
        SurveyError::Action(error) => error.into(),
        SurveyError::NotNow { .. } | SurveyError::HasDraft => ActionError::Conflict.into(),
        SurveyError::NoPassage => ActionError::NotFound.into(),
        other => ActionError::Invalid(other.to_string()).into(),
    }
}
