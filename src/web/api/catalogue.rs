//! `/services`, `/categories`, `/areas`: what the municipality is made of and is asked about.

use axum::Json;
use axum::extract::rejection::{JsonRejection, PathRejection};
use axum::extract::{Path, State};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::problem::ApiError;
use super::token::Client;
use crate::actions::ActionError;
use crate::actions::catalogue::{CatalogueError, CategoryChange, DepartmentChange, QuestionChange};
use crate::domain::area::{Area, Street};
use crate::domain::department::DepartmentKind;
use crate::domain::question::{Question, QuestionKind, QuestionOption};
use crate::domain::routing::Route;
use crate::store::directory::{Category, Department, Directory};
use crate::web::state::App;

#[derive(Debug, Serialize, ToSchema)]
pub struct ServiceDto {
    #[schema(example = "water")]
    pub key: String,
    #[serde(flatten)]
    pub fields: ServiceFields,
}

/// A service of the municipality, or another institution.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ServiceFields {
    /// In Serbian Cyrillic.
    #[schema(example = "ЈКП Водовод и канализација")]
    pub name_sr: String,
    #[serde(default)]
    pub name_en: String,
    /// `service` or `institution`.
    #[serde(default = "service")]
    #[schema(value_type = String)]
    pub kind: DepartmentKind,
    /// Key of the service above it.
    #[serde(default)]
    pub parent: Option<String>,
    /// Where what is forwarded to it is sent.
    #[serde(default)]
    pub email: Option<String>,
    /// A retired one stays on its cases and gets no others.
    #[serde(default = "yes")]
    pub active: bool,
    /// Order among those of the same parent.
    #[serde(default)]
    pub place: i64,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct CategoryDto {
    #[schema(example = "water-burst")]
    pub key: String,
    #[serde(flatten)]
    pub fields: CategoryFields,
    /// What is asked besides; those of the categories above are asked too.
    pub questions: Vec<QuestionDto>,
}

#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CategoryFields {
    /// In Serbian Cyrillic.
    #[schema(example = "Пукла цев")]
    pub name_sr: String,
    #[serde(default)]
    pub name_en: String,
    /// Classification mark; empty: the configured one.
    #[serde(default)]
    pub class: String,
    /// Key of the service that answers; `null`: that of the category above.
    #[serde(default)]
    pub service: Option<String>,
    /// Key of the category above it.
    #[serde(default)]
    pub parent: Option<String>,
    /// Key of the profile of its deadlines; `null`: that of the category above.
    #[serde(default)]
    pub deadline_profile: Option<String>,
    #[serde(default = "yes")]
    pub active: bool,
    #[serde(default)]
    pub place: i64,
    /// Services of single areas.
    #[serde(default)]
    pub routes: Vec<RouteDto>,
}

#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RouteDto {
    /// Key.
    pub area: String,
    /// Key.
    pub service: String,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct QuestionDto {
    /// By which answers are given.
    pub id: i64,
    #[schema(example = "depth")]
    pub key: String,
    #[serde(flatten)]
    pub fields: QuestionFields,
}

#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct QuestionFields {
    pub name_sr: String,
    #[serde(default)]
    pub name_en: String,
    /// `text`, `number`, `date`, `yes_no` or `choice`. Does not change afterwards.
    #[schema(value_type = String)]
    pub kind: QuestionKind,
    #[serde(default)]
    pub required: bool,
    /// Of a choice. Those that are left out are retired.
    #[serde(default)]
    pub options: Vec<OptionDto>,
    #[serde(default = "yes")]
    pub active: bool,
    #[serde(default)]
    pub place: i64,
}

#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct OptionDto {
    /// Empty for a new one: made of the name.
    #[serde(default)]
    pub key: String,
    pub name_sr: String,
    #[serde(default)]
    pub name_en: String,
    #[serde(default)]
    pub retired: bool,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct AreaDto {
    pub key: String,
    pub name_sr: String,
    pub name_en: String,
    pub streets: Vec<StreetDto>,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct StreetDto {
    pub name: String,
    pub from: Option<u32>,
    pub to: Option<u32>,
    /// `both`, `odd` or `even`.
    pub side: &'static str,
}

fn service() -> DepartmentKind {
    DepartmentKind::Service
}

fn yes() -> bool {
    true
}

#[utoipa::path(get, path = "/services", tag = "catalogue", responses(
    (status = 200, description = "Parents before what is under them", body = [ServiceDto]),
))]
pub async fn services(State(app): State<App>, _: Client) -> Json<Vec<ServiceDto>> {
    let directory = app.db.directory();
    Json(directory.departments.iter().map(|department| service_dto(&directory, department)).collect())
}

#[utoipa::path(put, path = "/services/{key}", tag = "catalogue", request_body = ServiceFields,
    params(("key" = String, Path, description = "Small letters, digits, `-`, `_`")), responses(
    (status = 200, description = "As it is now", body = ServiceDto),
    (status = 422, description = "Out of bounds, or still needed"),
))]
pub async fn put_service(
    State(app): State<App>,
    client: Client,
    key: Result<Path<String>, PathRejection>,
    fields: Result<Json<ServiceFields>, JsonRejection>,
) -> Result<Json<ServiceDto>, ApiError> {
    let Path(key) = key.map_err(|_| ApiError::NotFound)?;
    let Json(fields) = fields.map_err(|e| ApiError::BadRequest(e.body_text()))?;
    let directory = app.db.directory();
    let parent = department(&directory, fields.parent.as_deref())?;
    let change = DepartmentChange {
        name_sr: fields.name_sr,
        name_en: fields.name_en,
        kind: fields.kind,
        parent,
        email: fields.email.unwrap_or_default(),
        active: fields.active,
        place: fields.place,
    };
    match directory.department_by_key(&key) {
        Some(known) => {
            app.actions.change_department(&client.actor(), known.id, change).await.map_err(api)?;
        }
        None => {
            app.actions.add_department(&client.actor(), &key, change).await.map_err(api)?;
        }
    }
    let directory = app.db.directory();
    let stored = directory.department_by_key(&key).ok_or(ApiError::NotFound)?;
    Ok(Json(service_dto(&directory, stored)))
}

#[utoipa::path(get, path = "/categories", tag = "catalogue", responses(
    (status = 200, description = "Parents before what is under them", body = [CategoryDto]),
))]
pub async fn categories(State(app): State<App>, _: Client) -> Json<Vec<CategoryDto>> {
    let directory = app.db.directory();
    Json(directory.categories.iter().map(|category| category_dto(&directory, category)).collect())
}

#[utoipa::path(put, path = "/categories/{key}", tag = "catalogue", request_body = CategoryFields,
    params(("key" = String, Path, description = "Small letters, digits, `-`, `_`")), responses(
    (status = 200, description = "As it is now", body = CategoryDto),
    (status = 422, description = "Out of bounds, or still needed"),
))]
pub async fn put_category(
    State(app): State<App>,
    client: Client,
    key: Result<Path<String>, PathRejection>,
    fields: Result<Json<CategoryFields>, JsonRejection>,
) -> Result<Json<CategoryDto>, ApiError> {
    let Path(key) = key.map_err(|_| ApiError::NotFound)?;
    let Json(fields) = fields.map_err(|e| ApiError::BadRequest(e.body_text()))?;
    let directory = app.db.directory();
    let change = category_change(&directory, fields)?;
    match directory.category_by_key(&key) {
        Some(known) => {
            app.actions.change_category(&client.actor(), known.id, change).await.map_err(api)?;
        }
        None => {
            app.actions.add_category(&client.actor(), &key, change).await.map_err(api)?;
        }
    }
    category_now(&app, &key)
}

#[utoipa::path(put, path = "/categories/{key}/questions/{question}", tag = "catalogue", request_body = QuestionFields,
    params(("key" = String, Path, description = "Of the category"), ("question" = String, Path, description = "Key of the question")),
    responses(
    (status = 200, description = "The category as it is now", body = CategoryDto),
    (status = 404, description = "No such category"),
    (status = 422, description = "Out of bounds"),
))]
pub async fn put_question(
    State(app): State<App>,
    client: Client,
    keys: Result<Path<(String, String)>, PathRejection>,
    fields: Result<Json<QuestionFields>, JsonRejection>,
) -> Result<Json<CategoryDto>, ApiError> {
    let Path((key, question)) = keys.map_err(|_| ApiError::NotFound)?;
    let Json(fields) = fields.map_err(|e| ApiError::BadRequest(e.body_text()))?;
    let directory = app.db.directory();
    let category = directory.category_by_key(&key).ok_or(ApiError::NotFound)?;
    let options = fields.options.into_iter().filter(|option| !option.retired).map(|option| QuestionOption {
        key: option.key,
        name_sr: option.name_sr,
        name_en: option.name_en,
        retired: false,
    });
    let change = QuestionChange {
        name_sr: fields.name_sr,
        name_en: fields.name_en,
        kind: fields.kind,
        required: fields.required,
        options: options.collect(),
        active: fields.active,
        place: fields.place,
    };
    app.actions.put_question(&client.actor(), category.id, &question, change).await.map_err(api)?;
    category_now(&app, &key)
}

#[utoipa::path(get, path = "/areas", tag = "catalogue", responses(
    (status = 200, body = [AreaDto]),
))]
pub async fn areas(State(app): State<App>, _: Client) -> Json<Vec<AreaDto>> {
    let directory = app.db.directory();
    Json(directory.areas.all().iter().map(area_dto).collect())
}

pub fn area_dto(area: &Area) -> AreaDto {
    let street = |street: &Street| StreetDto {
        name: street.name.clone(),
        from: street.from,
        to: street.to,
        side: street.side.as_str(),
    };
    AreaDto {
        key: area.key.clone(),
        name_sr: area.name_sr.clone(),
        name_en: area.name_en.clone(),
        streets: area.streets.iter().map(street).collect(),
    }
}

fn category_now(app: &App, key: &str) -> Result<Json<CategoryDto>, ApiError> {
    let directory = app.db.directory();
    let stored = directory.category_by_key(key).ok_or(ApiError::NotFound)?;
    Ok(Json(category_dto(&directory, stored)))
}

fn category_change(directory: &Directory, fields: CategoryFields) -> Result<CategoryChange, ApiError> {
    let parent = match fields.parent.as_deref() {
        None => None,
        Some(key) => Some(directory.category_by_key(key).ok_or_else(|| unknown("category", key))?.id),
    };
    let mut routes = Vec::with_capacity(fields.routes.len());
    for RouteDto { area, service } in fields.routes {
        let found = directory.department_by_key(&service).ok_or_else(|| unknown("service", &service))?;
        routes.push(Route { area, department: found.id });
    }
    Ok(CategoryChange {
        name_sr: fields.name_sr,
        name_en: fields.name_en,
        class: fields.class,
        department: department(directory, fields.service.as_deref())?,
        parent,
        deadline_profile: fields.deadline_profile.unwrap_or_default(),
        active: fields.active,
        place: fields.place,
        routes,
    })
}

fn department(
    directory: &Directory,
    key: Option<&str>,
) -> Result<Option<crate::domain::id::DepartmentId>, ApiError> {
    let Some(key) = key else { return Ok(None) };
    Ok(Some(directory.department_by_key(key).ok_or_else(|| unknown("service", key))?.id))
}

fn unknown(what: &str, key: &str) -> ApiError {
    ApiError::Action(ActionError::Invalid(format!("there is no {what} {key:?}")))
}

fn api(error: CatalogueError) -> ApiError {
    match error {
        CatalogueError::Action(error) => error.into(),
        other => ActionError::Invalid(other.to_string()).into(),
    }
}

fn service_dto(directory: &Directory, department: &Department) -> ServiceDto {
    let parent = department.parent.and_then(|id| directory.department(id)).map(|d| d.key.clone());
    ServiceDto {
        key: department.key.clone(),
        fields: ServiceFields {
            name_sr: department.name_sr.clone(),
            name_en: department.name_en.clone(),
            kind: department.kind,
            parent,
            email: department.email.clone(),
            active: department.active,
            place: department.place,
        },
    }
}

fn category_dto(directory: &Directory, category: &Category) -> CategoryDto {
    let service = |id| directory.department(id).map(|d| d.key.clone());
    let routes = category.routes.iter();
    CategoryDto {
        key: category.key.clone(),
        fields: CategoryFields {
            name_sr: category.name_sr.clone(),
            name_en: category.name_en.clone(),
            class: category.class.clone(),
            service: category.department.and_then(service),
            parent: category.parent.and_then(|id| directory.category(id)).map(|c| c.key.clone()),
            deadline_profile: category.deadline_profile.clone(),
            active: category.active,
            place: category.place,
            routes: routes
                .filter_map(|r| Some(RouteDto { area: r.area.clone(), service: service(r.department)? }))
                .collect(),
        },
        questions: category.questions.iter().zip(1..).map(question_dto).collect(),
    }
}

fn question_dto((question, place): (&Question, i64)) -> QuestionDto {
    let option = |option: &QuestionOption| OptionDto {
        key: option.key.clone(),
        name_sr: option.name_sr.clone(),
        name_en: option.name_en.clone(),
        retired: option.retired,
    };
    QuestionDto {
        id: question.id.0,
        key: question.key.clone(),
        fields: QuestionFields {
            name_sr: question.name_sr.clone(),
            name_en: question.name_en.clone(),
            kind: question.kind,
            required: question.required,
            options: question.options.iter().map(option).collect(),
            active: question.active,
            place,
        },
    }
}
