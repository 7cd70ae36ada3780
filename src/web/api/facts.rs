//! What is known about a case besides its work: category, service, answers to questions, its slip, files that do not belong to it; and
//! open cases that may be about the same.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::dto::CaseDto;
use super::extract::{Asked, Named, Sent};
use super::problem::ApiError;
use super::token::Client;
use super::work::VersionDto;
use crate::actions::ActionError;
use crate::actions::answer::AnswerError;
use crate::actions::audit::What;
use crate::domain::case::CaseRef;
use crate::domain::id::{AttachmentId, CaseId, PersonId};
use crate::domain::permission::Right;
use crate::store::similar::Report;
use crate::web::intake::slip;
use crate::web::state::App;

/// Of a field of a report that is compared with others: as the page has it.
const REPORT_CHARS: usize = 1_000;

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CategoryBody {
    version: i64,
    /// Key of a category.
    #[schema(example = "water-burst")]
    category: String,
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct DepartmentBody {
    version: i64,
    /// Key of a service; `null`: none.
    #[schema(example = "water")]
    department: Option<String>,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct AnswerDto {
    /// `id` of the question.
    question: i64,
    #[schema(example = "depth")]
    key: String,
    required: bool,
    /// `null`: not answered.
    answer: Option<String>,
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AnswersBody {
    version: i64,
    /// All of them, by the key of the question; what is left out is taken back.
    #[schema(value_type = Object, example = json!({ "depth": "12" }))]
    answers: std::collections::BTreeMap<String, String>,
}

/// What the citizen takes along.
#[derive(Debug, Serialize, ToSchema)]
pub struct SlipDto {
    number: String,
    /// With the number it opens the page on which the case is followed.
    pin: String,
    /// That page; `null` when the installation has no public address.
    address: Option<String>,
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RemovalBody {
    reason: String,
}

#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct SimilarParams {
    /// Key of a category.
    category: Option<String>,
    #[serde(default)]
    place: String,
    #[serde(default)]
    words: String,
    /// `id` of the person who reports it.
    person: Option<i64>,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct SimilarDto {
    case: CaseDto,
    /// The same person reported it.
    of_person: bool,
    followers: i64,
}

#[utoipa::path(post, path = "/cases/{id}/category", tag = "cases", request_body = CategoryBody,
    params(("id" = i64, Path, description = "`id` of a case")), responses(
    (status = 200, description = "Its deadlines follow the category; the service stays", body = VersionDto),
    (status = 400, description = "No such category"),
    (status = 409, description = "Somebody else changed the case"),
))]
pub async fn set_category(
    State(app): State<App>,
    client: Client,
    Named(id): Named<i64>,
    Sent(body): Sent<CategoryBody>,
) -> Result<Json<VersionDto>, ApiError> {
    let known = app.db.directory().category_by_key(&body.category).map(|category| category.id);
    let to = known.ok_or_else(|| ApiError::BadRequest(format!("no category {:?}", body.category)))?;
    let version = app.actions.set_category(&client.actor(), CaseId(id), body.version, to).await?;
    Ok(Json(VersionDto { version }))
}

#[utoipa::path(post, path = "/cases/{id}/department", tag = "cases", request_body = DepartmentBody,
    params(("id" = i64, Path, description = "`id` of a case")), responses(
    (status = 200, description = "It is with that service, without being forwarded", body = VersionDto),
    (status = 400, description = "No such service"),
    (status = 409, description = "Somebody else changed the case"),
))]
pub async fn set_department(
    State(app): State<App>,
    client: Client,
    Named(id): Named<i64>,
    Sent(body): Sent<DepartmentBody>,
) -> Result<Json<VersionDto>, ApiError> {
    let directory = app.db.directory();
    let to = match &body.department {
        None => None,
        Some(key) => {
            let known = directory.department_by_key(key).map(|department| department.id);
            Some(known.ok_or_else(|| ApiError::BadRequest(format!("no service {key:?}")))?)
        }
    };
    let version = app.actions.set_department(&client.actor(), CaseId(id), body.version, to).await?;
    Ok(Json(VersionDto { version }))
}

#[utoipa::path(get, path = "/cases/{id}/answers", tag = "cases",
    params(("id" = i64, Path, description = "`id` of a case")), responses(
    (status = 200, description = "What its category asks besides, with the answers", body = [AnswerDto]),
))]
pub async fn answers(
    State(app): State<App>,
    client: Client,
    Named(id): Named<i64>,
) -> Result<Json<Vec<AnswerDto>>, ApiError> {
    let actor = client.actor();
    let row = app.db.case_row(CaseId(id)).await?.ok_or(ApiError::NotFound)?;
    app.actions.may_read_row(&actor, &row.facts(), &[])?;
    let given = app.db.answers(CaseId(id)).await?;
    app.actions.viewed(&actor, What::CaseViewed, CaseId(id)).await?;
    let directory = app.db.directory();
    let questions = directory.questions(row.category).into_iter().map(|question| AnswerDto {
        question: question.id.0,
        key: question.key.clone(),
        required: question.required,
        answer: given.get(&question.id).cloned(),
    });
    Ok(Json(questions.collect()))
}

#[utoipa::path(put, path = "/cases/{id}/answers", tag = "cases", request_body = AnswersBody,
    params(("id" = i64, Path, description = "`id` of a case")), responses(
    (status = 200, body = VersionDto),
    (status = 409, description = "Somebody else changed the case"),
    (status = 422, description = "A question that is not asked, or an answer that does not fit it"),
))]
pub async fn answer_questions(
    State(app): State<App>,
    client: Client,
    Named(id): Named<i64>,
    Sent(body): Sent<AnswersBody>,
) -> Result<Json<VersionDto>, ApiError> {
    let actor = client.actor();
    let row = app.db.case_row(CaseId(id)).await?.ok_or(ApiError::NotFound)?;
    app.actions.may_read_row(&actor, &row.facts(), &[Right::EditFacts])?;
    let directory = app.db.directory();
    let questions = directory.questions(row.category);
    let mut sent = Vec::with_capacity(body.answers.len());
    for (key, answer) in body.answers {
        let question = questions.iter().find(|question| question.key == key);
        let question = question.ok_or_else(|| ApiError::Unfit(format!("{key:?} is not asked")))?;
        sent.push((question.id, answer));
    }
    let answered = app.actions.answer_questions(&actor, CaseId(id), body.version, sent).await;
    let version = answered.map_err(|error| match error {
        AnswerError::Action(error) => ApiError::Action(error),
        AnswerError::Wrong(wrong) => {
            let key = |id| directory.question(id).map_or("", |question| question.key.as_str());
            let wrong: Vec<String> =
                wrong.iter().map(|(question, why)| format!("{}: {why}", key(*question))).collect();
            ApiError::Unfit(wrong.join("; "))
        }
    })?;
    Ok(Json(VersionDto { version }))
}

#[utoipa::path(get, path = "/cases/{id}/slip", tag = "cases",
    params(("id" = i64, Path, description = "`id` of a case")), responses(
    (status = 200, description = "To be given to the citizen and to nobody else", body = SlipDto),
))]
pub async fn slip(
    State(app): State<App>,
    client: Client,
    Named(id): Named<i64>,
) -> Result<Json<SlipDto>, ApiError> {
    let actor = client.actor();
    let row = app.db.case_row(CaseId(id)).await?.ok_or(ApiError::NotFound)?;
    app.actions.may_read_row(&actor, &row.facts(), &[])?;
    app.actions.viewed(&actor, What::CaseViewed, CaseId(id)).await?;
    let case = CaseRef { id: row.id, number: row.number.clone() };
    let pin = app.actions.case_pin(&actor, &case).await?;
    let address = slip::address(&app.config.public_url, row.number.as_str());
    let address = (!address.is_empty()).then_some(address);
    Ok(Json(SlipDto { number: row.number.to_string(), pin, address }))
}

#[utoipa::path(get, path = "/similar-cases", tag = "cases", params(SimilarParams), responses(
    (status = 200, description = "Open ones that may be about the same, the likest first", body = [SimilarDto]),
    (status = 400, description = "No such category"),
))]
pub async fn similar(
    State(app): State<App>,
    client: Client,
    Asked(like): Asked<SimilarParams>,
) -> Result<Json<Vec<SimilarDto>>, ApiError> {
    let actor = client.actor();
    app.actions.allow(&actor, Right::OpenCase)?;
    let directory = app.db.directory();
    let category = match &like.category {
        None => None,
        Some(key) => {
            let known = directory.category_by_key(key).map(|category| category.id);
            Some(known.ok_or_else(|| ApiError::BadRequest(format!("no category {key:?}")))?)
        }
    };
    let short = |text: &str| text.chars().take(REPORT_CHARS).collect::<String>();
    let report = Report {
        category,
        place: short(&like.place),
        words: short(&like.words),
        person: like.person.map(PersonId),
    };
    app.actions.list_viewed(&actor, "similar").await?;
    let found = app.actions.similar_cases(&actor, &report).await?;
    let found = found.iter().map(|similar| SimilarDto {
        case: CaseDto::new(&similar.row, &directory),
        of_person: similar.of_person,
        followers: similar.followers,
    });
    Ok(Json(found.collect()))
}

#[utoipa::path(delete, path = "/files/{id}", tag = "files", request_body = RemovalBody,
    params(("id" = i64, Path, description = "`id` of a file")), responses(
    (status = 204, description = "It is no longer on the case; the timeline says who removed it and why"),
    (status = 404, description = "No such file"),
    (status = 422, description = "Without a reason"),
))]
pub async fn remove_file(
    State(app): State<App>,
    client: Client,
    Named(id): Named<i64>,
    Sent(body): Sent<RemovalBody>,
) -> Result<StatusCode, ApiError> {
    match app.actions.remove_file(&client.actor(), AttachmentId(id), &body.reason).await {
        Ok(_) => Ok(StatusCode::NO_CONTENT),
        Err(ActionError::Invalid(why)) => Err(ApiError::Unfit(why)),
        Err(other) => Err(other.into()),
    }
}
