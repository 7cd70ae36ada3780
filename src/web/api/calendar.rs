//! `/calendar`, `/deadline-profiles`: when the office works, and by which rules deadlines are counted.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::extract::{Named, Sent};
use super::problem::ApiError;
use super::token::Client;
use crate::actions::deadline::SettingsError;
use crate::domain::calendar::hours::Hours;
use crate::domain::calendar::{Holidays, Week};
use crate::domain::deadline::{Profile, Terms};
use crate::domain::permission::Right;
use crate::store::calendar::OwnDay;
use crate::web::state::App;

#[derive(Debug, Serialize, ToSchema)]
pub struct CalendarDto {
    #[serde(flatten)]
    week: WeekBody,
    /// Days with a rule of their own.
    days: Vec<OwnDayDto>,
}

#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct WeekBody {
    /// Monday first; a day without hours is closed.
    #[schema(value_type = Vec<Vec<String>>, example = json!([["07:30-15:30"], ["07:30-15:30"], ["07:30-15:30"], ["07:30-15:30"], ["07:30-15:30"], [], []]))]
    week: [Vec<Hours>; 7],
    /// Whether the public holidays of Serbia are free.
    holidays: bool,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct OwnDayDto {
    #[schema(example = "2026-12-31")]
    date: String,
    #[serde(flatten)]
    day: OwnDayBody,
}

#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct OwnDayBody {
    /// None: closed.
    #[schema(value_type = Vec<String>, example = json!(["08:00-12:00"]))]
    #[serde(default)]
    hours: Vec<Hours>,
    why: String,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct ProfileDto {
    #[schema(example = "promise-48")]
    key: String,
    #[serde(flatten)]
    profile: ProfileBody,
}

#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ProfileBody {
    /// In Serbian Cyrillic.
    name_sr: String,
    #[serde(default)]
    name_en: String,
    /// Applies to every case whose category has no other profile for the same goal.
    #[serde(default)]
    everywhere: bool,
    #[serde(default = "yes")]
    active: bool,
    /// `goal`, `unit`, `amount`, `begin`, `last_day`, `source`, `extend_by`, `warn_hours`, `escalation`.
    #[schema(value_type = Object, example = json!({ "goal": "first_answer", "unit": "working_day_hours", "amount": 48, "begin": "intake", "last_day": "moves", "source": "Одлука" }))]
    terms: Terms,
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CategoryDeadlineBody {
    /// Key of a profile; `null`: that of the category above.
    profile: Option<String>,
}

fn yes() -> bool {
    true
}

#[utoipa::path(get, path = "/calendar", tag = "settings", responses(
    (status = 200, body = CalendarDto),
))]
pub async fn show(State(app): State<App>, client: Client) -> Result<Json<CalendarDto>, ApiError> {
    app.actions.allow(&client.actor(), Right::ManageCalendar)?;
    let directory = app.db.directory();
    let office = &directory.office;
    let days = office.days.iter().map(|day| OwnDayDto {
        date: day.date.to_string(),
        day: OwnDayBody { hours: day.hours.clone(), why: day.why.clone() },
    });
    Ok(Json(CalendarDto {
        week: WeekBody {
            week: office.calendar.week.0.clone(),
            holidays: office.calendar.holidays == Holidays::Serbia,
        },
        days: days.collect(),
    }))
}

#[utoipa::path(put, path = "/calendar", tag = "settings", request_body = WeekBody, responses(
    (status = 204, description = "Running deadlines are computed anew in the background"),
    (status = 422, description = "Hours of a day overlap, or no day works"),
))]
pub async fn put_week(
    State(app): State<App>,
    client: Client,
    Sent(body): Sent<WeekBody>,
) -> Result<StatusCode, ApiError> {
    let holidays = if body.holidays { Holidays::Serbia } else { Holidays::None };
    app.actions.set_working_week(&client.actor(), Week(body.week), holidays).await?;
    Ok(StatusCode::NO_CONTENT)
}

#[utoipa::path(put, path = "/calendar/days/{date}", tag = "settings", request_body = OwnDayBody,
    params(("date" = String, Path, description = "`2026-12-31`")), responses(
    (status = 204, description = "The day has a rule of its own"),
    (status = 422, description = "Without a reason, or hours that overlap"),
))]
pub async fn put_day(
    State(app): State<App>,
    client: Client,
    Named(date): Named<Date>,
    Sent(body): Sent<OwnDayBody>,
) -> Result<StatusCode, ApiError> {
    let day = OwnDay { date, hours: body.hours, why: body.why };
    app.actions.put_own_day(&client.actor(), day).await?;
    Ok(StatusCode::NO_CONTENT)
}

#[utoipa::path(delete, path = "/calendar/days/{date}", tag = "settings",
    params(("date" = String, Path, description = "`2026-12-31`")), responses(
    (status = 204, description = "The day is as the week and the holidays have it"),
    (status = 404, description = "It has no rule of its own"),
))]
pub async fn remove_day(
    State(app): State<App>,
    client: Client,
    Named(date): Named<Date>,
) -> Result<StatusCode, ApiError> {
    app.actions.remove_own_day(&client.actor(), date).await?;
    Ok(StatusCode::NO_CONTENT)
}

#[utoipa::path(get, path = "/deadline-profiles", tag = "settings", responses(
    (status = 200, body = [ProfileDto]),
))]
pub async fn profiles(State(app): State<App>, client: Client) -> Result<Json<Vec<ProfileDto>>, ApiError> {
    app.actions.allow(&client.actor(), Right::ManageCalendar)?;
    Ok(Json(app.db.directory().deadline_profiles.iter().map(profile_dto).collect()))
}

#[utoipa::path(put, path = "/deadline-profiles/{key}", tag = "settings", request_body = ProfileBody,
    params(("key" = String, Path, description = "Small letters, digits, `-`")), responses(
    (status = 200, description = "As it is now; deadlines that run keep the terms with which they began", body = ProfileDto),
    (status = 422, description = "Out of bounds"),
))]
pub async fn put_profile(
    State(app): State<App>,
    client: Client,
    Named(key): Named<String>,
    Sent(body): Sent<ProfileBody>,
) -> Result<Json<ProfileDto>, ApiError> {
    let ProfileBody { name_sr, name_en, everywhere, active, terms } = body;
    let is_new = app.db.directory().deadline_profile(&key).is_none();
    let profile = Profile { key: key.clone(), name_sr, name_en, everywhere, active, terms };
    let put = app.actions.put_deadline_profile(&client.actor(), profile, is_new).await;
    put.map_err(|error| match error {
        SettingsError::Wrong(wrong) => ApiError::Unfit(format!("the field {wrong} will not do")),
        SettingsError::Action(error) => ApiError::Action(error),
    })?;
    let directory = app.db.directory();
    Ok(Json(profile_dto(directory.deadline_profile(&key).ok_or(ApiError::NotFound)?)))
}

#[utoipa::path(put, path = "/categories/{key}/deadline", tag = "settings", request_body = CategoryDeadlineBody,
    params(("key" = String, Path, description = "Of the category")), responses(
    (status = 204, description = "For cases that come from now on"),
    (status = 404, description = "No such category"),
    (status = 422, description = "No such profile"),
))]
pub async fn set_category_deadline(
    State(app): State<App>,
    client: Client,
    Named(key): Named<String>,
    Sent(body): Sent<CategoryDeadlineBody>,
) -> Result<StatusCode, ApiError> {
    let category = app.db.directory().category_by_key(&key).map(|category| category.id);
    let category = category.ok_or(ApiError::NotFound)?;
    app.actions.set_category_deadline(&client.actor(), category, body.profile).await?;
    Ok(StatusCode::NO_CONTENT)
}

fn profile_dto(profile: &Profile) -> ProfileDto {
    ProfileDto {
        key: profile.key.clone(),
        profile: ProfileBody {
            name_sr: profile.name_sr.clone(),
            name_en: profile.name_en.clone(),
            everywhere: profile.everywhere,
            active: profile.active,
            terms: profile.terms.clone(),
        },
    }
}
