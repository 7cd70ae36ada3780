//! `POST /cases`, `POST /cases/{id}/followers`.

use std::collections::BTreeMap;

use axum::Json;
use axum::extract::rejection::{JsonRejection, PathRejection};
use axum::extract::{Path, State};
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::problem::ApiError;
use super::token::Client;
use crate::actions::file::NewFiles;
use crate::actions::register::RegisterError;
use crate::domain::case::Channel;
use crate::domain::id::{CaseId, PersonId};
use crate::domain::intake::{Document, EmailAddress, HandedIn, Intake, IntakePerson, TellBy};
use crate::domain::phone::PhoneNumber;
use crate::web::state::App;

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewCase {
    /// Chosen by you: the same key is the same case, however often it is sent.
    #[schema(example = "form-2026-11-23-0017")]
    idempotency_key: String,
    /// `web`, `email`, `document` or `visit`.
    #[schema(value_type = String, example = "web")]
    channel: Channel,
    /// Key of the category.
    #[schema(example = "water")]
    category: String,
    #[serde(default)]
    words: String,
    /// Where the problem is.
    #[serde(default)]
    #[schema(example = "Змај Јовина 12")]
    place: String,
    /// Absent: without a name.
    person: Option<NewPerson>,
    /// To the category's questions, by their keys.
    #[serde(default)]
    answers: BTreeMap<String, String>,
    /// `sr-Cyrl`, `sr-Latn` or `en`.
    language: Option<String>,
    /// `sms`, `email`, `post` or `none`.
    #[schema(value_type = Option<String>)]
    tell_by: Option<TellBy>,
    /// Of a paper.
    document: Option<NewDocument>,
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewPerson {
    /// Somebody who is known; then nothing else is needed.
    id: Option<i64>,
    #[serde(default)]
    name: String,
    #[serde(default)]
    address: String,
    /// In any notation.
    phone: Option<String>,
    email: Option<String>,
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewDocument {
    pages: Option<u32>,
    /// `2026-11-23`
    #[schema(value_type = Option<String>, format = Date)]
    dated: Option<jiff::civil::Date>,
    #[serde(default)]
    reference: String,
    /// `hand` or `post`.
    #[schema(value_type = String)]
    handed_in: HandedIn,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct RegisteredDto {
    pub id: i64,
    #[schema(example = "400-73/2026-02")]
    pub number: String,
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewFollower {
    /// `id` of a person.
    person: i64,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct FollowerDto {
    /// `false`: followed it before, or it is their own.
    pub added: bool,
}

#[utoipa::path(post, path = "/cases", tag = "cases", request_body = NewCase, responses(
    (status = 201, description = "Registered", body = RegisteredDto),
    (status = 200, description = "Was registered before under this key", body = RegisteredDto),
    (status = 422, description = "Fields that are missing or wrong, by their names"),
))]
pub async fn register(
    State(app): State<App>,
    client: Client,
    case: Result<Json<NewCase>, JsonRejection>,
) -> Result<(StatusCode, Json<RegisteredDto>), ApiError> {
    let Json(case) = case.map_err(|e| ApiError::BadRequest(e.body_text()))?;
    let intake = case.intake(&app)?;
    let registered = match app.actions.register_case(&client.actor(), intake, NewFiles::default()).await {
        Ok(registered) => registered,
        Err(RegisterError::Action(error)) => return Err(error.into()),
        Err(wrong @ RegisterError::Wrong { .. }) => return Err(ApiError::Unfit(wrong.to_string())),
    };
    let status = if registered.new { StatusCode::CREATED } else { StatusCode::OK };
    let case = registered.case;
    Ok((status, Json(RegisteredDto { id: case.id.0, number: case.number.to_string() })))
}

#[utoipa::path(post, path = "/cases/{id}/followers", tag = "cases", request_body = NewFollower,
    params(("id" = i64, Path, description = "`id` of a case")), responses(
    (status = 200, body = FollowerDto),
    (status = 404, description = "No such case or person"),
))]
pub async fn follow(
    State(app): State<App>,
    client: Client,
    id: Result<Path<i64>, PathRejection>,
    follower: Result<Json<NewFollower>, JsonRejection>,
) -> Result<Json<FollowerDto>, ApiError> {
    let Path(id) = id.map_err(|_| ApiError::NotFound)?;
    let Json(follower) = follower.map_err(|e| ApiError::BadRequest(e.body_text()))?;
    let added = app.actions.add_follower(&client.actor(), CaseId(id), PersonId(follower.person)).await?;
    Ok(Json(FollowerDto { added }))
}

impl NewCase {
    fn intake(self, app: &App) -> Result<Intake, ApiError> {
        let directory = app.db.directory();
        let category = directory.category_by_key(&self.category);
        let category =
            category.ok_or_else(|| ApiError::Unfit(format!("no category {:?}", self.category)))?.id;
        let asked = directory.questions(category);
        let mut answers = Vec::with_capacity(self.answers.len());
        for (key, answer) in self.answers {
            let question = asked.iter().find(|question| question.key == key);
            let question =
                question.ok_or_else(|| ApiError::Unfit(format!("the category does not ask {key:?}")))?;
            answers.push((question.id, answer));
        }
        let document = self.document.map(|document| Document {
            pages: document.pages,
            dated: document.dated,
            reference: document.reference,
            by: document.handed_in,
        });
        Ok(Intake {
            key: self.idempotency_key,
            channel: self.channel,
            person: self.person.map_or(Ok(IntakePerson::Anonymous), |person| person.person(app))?,
            category,
            answers,
            words: self.words,
            place: self.place,
            language: self.language,
            tell_by: self.tell_by,
            document,
        })
    }
}

impl NewPerson {
    fn person(self, app: &App) -> Result<IntakePerson, ApiError> {
        if let Some(id) = self.id {
            return Ok(IntakePerson::Known(PersonId(id)));
        }
        let phone = self.phone.as_deref().map(|text| PhoneNumber::parse(text, &app.country)).transpose();
        let phone = phone.map_err(|_| ApiError::Unfit("phone: not_a_phone".into()))?;
        let email = match self.email.as_deref() {
            Some(text) => {
                let email = EmailAddress::parse(text).ok();
                Some(email.ok_or_else(|| ApiError::Unfit("email: not_an_email".into()))?)
            }
            None => None,
        };
        Ok(IntakePerson::Named { name: self.name, address: self.address, phone, email })
    }
}
