//! What a survey says on the telephone in place of words. A recording belongs to the questions of a version, and is published with them.

use axum::body::Bytes;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;

use super::extract::Named;
use super::problem::ApiError;
use super::surveys::api;
use super::token::Client;
use crate::domain::id::{SurveyId, SurveyVersionId};
use crate::domain::permission::Right;
use crate::web::state::App;
use crate::web::surveys::recordings::{NotTaken, forget_all, heard, place, take};

#[utoipa::path(get, path = "/survey-versions/{id}/recordings/{passage}/{language}", tag = "surveys",
    params(("id" = i64, Path, description = "`id` of a version"),
        ("passage" = String, Path, description = "`greeting`, `thanks`, `apology`, `question.<key>`, `option.<key>.<code>`"),
        ("language" = String, Path, description = "`sr` or `en`")), responses(
    (status = 200, description = "8 kHz, 16 bit", body = Vec<u8>, content_type = "audio/wav"),
    (status = 404, description = "Nothing is recorded there: the words are spoken"),
))]
pub async fn sound(
    State(app): State<App>,
    client: Client,
    Named((id, passage, language)): Named<(i64, String, String)>,
) -> Result<Response, ApiError> {
    app.actions.allow(&client.actor(), Right::ReadSurveys)?;
    let version = app.db.survey_version(SurveyVersionId(id)).await?.ok_or(ApiError::NotFound)?;
    heard(&app, &version.questionnaire, (&passage, &language)).await.ok_or(ApiError::NotFound)
}

#[utoipa::path(put, path = "/surveys/{id}/recordings/{passage}/{language}", tag = "surveys",
    request_body(content = Vec<u8>, description = "A WAV file of up to five minutes", content_type = "audio/wav"),
    params(("id" = i64, Path, description = "`id` of a survey with a draft"),
        ("passage" = String, Path, description = "`greeting`, `thanks`, `apology`, `question.<key>`, `option.<key>.<code>`"),
        ("language" = String, Path, description = "`sr` or `en`")), responses(
    (status = 204, description = "The draft plays it"), (status = 404, description = "No such passage"),
    (status = 409, description = "There is no draft"), (status = 422, description = "No recording, or no call can be made here"),
))]
pub async fn put(
    State(app): State<App>,
    client: Client,
    Named((id, passage, language)): Named<(i64, String, String)>,
    octets: Bytes,
) -> Result<StatusCode, ApiError> {
    let actor = client.actor();
    app.actions.allow(&actor, Right::ManageSurveys)?;
    let place = place(&passage, &language).ok_or(ApiError::NotFound)?;
    let taken = take(&app, &actor, SurveyId(id), (&place, octets.to_vec())).await;
    taken.map_err(|error| match error {
        NotTaken::NoCalls => ApiError::Unfit("no calls can be made here: telephony is not set up".into()),
        NotTaken::Speech(error) => ApiError::Unfit(error.to_string()),
        NotTaken::Survey(error) => api(error),
    })?;
    Ok(StatusCode::NO_CONTENT)
}

#[utoipa::path(delete, path = "/surveys/{id}/recordings/{passage}/{language}", tag = "surveys",
    params(("id" = i64, Path, description = "`id` of a survey with a draft"),
        ("passage" = String, Path, description = "`greeting`, `thanks`, `apology`, `question.<key>`, `option.<key>.<code>`"),
        ("language" = String, Path, description = "`sr` or `en`")), responses(
    (status = 204, description = "The words are spoken"), (status = 404, description = "No such passage"),
    (status = 409, description = "There is no draft"),
))]
pub async fn remove(
    State(app): State<App>,
    client: Client,
    Named((id, passage, language)): Named<(i64, String, String)>,
) -> Result<StatusCode, ApiError> {
    let (passage, tongue) = place(&passage, &language).ok_or(ApiError::NotFound)?;
    let actor = client.actor();
    let removed = app.actions.change_survey_recording(&actor, SurveyId(id), (&passage, tongue), None).await;
    forget_all(&app, removed.map_err(api)?).await;
    Ok(StatusCode::NO_CONTENT)
}
