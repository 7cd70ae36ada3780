//! When the office works: the week, public holidays of this year and the next, and days of its own.

#[cfg(test)]
pub mod samples;

use axum::Form;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use jiff::civil::{Date, Weekday, date};
use serde::Deserialize;

use crate::actions::ActionError;
use crate::domain::calendar::hours::Hours;
use crate::domain::calendar::{Holidays, Week, holidays};
use crate::domain::permission::Right;
use crate::store::calendar::OwnDay;
use crate::web::auth::SignedIn;
use crate::web::deadlines::explain::{date_of, weekday};
use crate::web::error::WebError;
use crate::web::page::{Page, html};
use crate::web::queues::form::Sent;
use crate::web::state::App;

/// One line of a list of days.
#[derive(Debug)]
pub struct DayView {
    /// ISO, for forms.
    pub date: String,
    pub shown: String,
    pub weekday: String,
    pub what: String,
    /// Of a working day of its own.
    pub hours: String,
}

#[derive(Debug)]
pub struct WeekdayView {
    pub name: String,
    pub field: String,
    pub hours: String,
}

#[derive(Debug)]
pub struct YearView {
    pub year: i16,
    pub days: Vec<DayView>,
}

#[derive(askama::Template)]
#[template(path = "calendar/show.html")]
pub struct CalendarPage<'a> {
    pub page: &'a Page,
    pub week: Vec<WeekdayView>,
    pub holidays: bool,
    pub years: Vec<YearView>,
    pub own: Vec<DayView>,
    pub today: String,
    pub typed: DayForm,
    pub problem: Option<String>,
}

/// Empty hours: closed.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct DayForm {
    pub date: String,
    pub hours: String,
    pub why: String,
}

pub async fn show(State(app): State<App>, signed_in: SignedIn) -> Result<Response, WebError> {
    signed_in.require(Right::ManageCalendar)?;
    let office = &app.db.directory().office;
    let week = office.calendar.week.0.iter().map(|hours| written(hours)).collect();
    shown(&app, &signed_in, week, DayForm::default(), None)
}

pub async fn save_week(
    State(app): State<App>,
    signed_in: SignedIn,
    Form(pairs): Form<Vec<(String, String)>>,
) -> Result<Response, WebError> {
    signed_in.require(Right::ManageCalendar)?;
    let sent = Sent::new(pairs);
    let typed: Vec<String> = (0..7).map(|day| sent.text(&field(day)).to_owned()).collect();
    let mut week = Week::default();
    for (hours, text) in week.0.iter_mut().zip(&typed) {
        match read_hours(text) {
            Ok(read) => *hours = read,
            Err(wrong) => {
                let problem = signed_in.page.with("calendar-hours-wrong", "hours", wrong);
                return refused(&app, &signed_in, typed, DayForm::default(), problem);
            }
        }
    }
    let holidays = if sent.is_ticked("holidays") { Holidays::Serbia } else { Holidays::None };
    match app.actions.set_working_week(&signed_in.actor(), week, holidays).await {
        Ok(()) => Ok(Redirect::to("/calendar").into_response()),
        Err(ActionError::Invalid(_)) => {
            let problem = signed_in.page.say("calendar-week-wrong");
            refused(&app, &signed_in, typed, DayForm::default(), problem)
        }
        Err(other) => Err(other.into()),
    }
}

pub async fn put_day(
    State(app): State<App>,
    signed_in: SignedIn,
    Form(form): Form<DayForm>,
) -> Result<Response, WebError> {
    signed_in.require(Right::ManageCalendar)?;
    let week: Vec<String> = app.db.directory().office.calendar.week.0.iter().map(|h| written(h)).collect();
    let Ok(date) = form.date.parse::<Date>() else {
        let problem = signed_in.page.say("calendar-date-wrong");
        return refused(&app, &signed_in, week, form, problem);
    };
    let hours = match read_hours(&form.hours) {
        Ok(hours) => hours,
        Err(wrong) => {
            let problem = signed_in.page.with("calendar-hours-wrong", "hours", wrong);
            return refused(&app, &signed_in, week, form, problem);
        }
    };
    let day = OwnDay { date, hours, why: form.why.clone() };
    match app.actions.put_own_day(&signed_in.actor(), day).await {
        Ok(()) => Ok(Redirect::to("/calendar#own").into_response()),
        Err(ActionError::Invalid(_)) => {
            let problem = signed_in.page.say("calendar-day-wrong");
            refused(&app, &signed_in, week, form, problem)
        }
        Err(other) => Err(other.into()),
    }
}

pub async fn remove_day(
    State(app): State<App>,
    signed_in: SignedIn,
    Form(form): Form<DayForm>,
) -> Result<Response, WebError> {
    signed_in.require(Right::ManageCalendar)?;
    let date = form.date.parse().map_err(|_| WebError::NotFound)?;
    app.actions.remove_own_day(&signed_in.actor(), date).await?;
    Ok(Redirect::to("/calendar#own").into_response())
}

fn refused(
    app: &App,
    signed_in: &SignedIn,
    week: Vec<String>,
    typed: DayForm,
    problem: String,
) -> Result<Response, WebError> {
    let page = shown(app, signed_in, week, typed, Some(problem))?;
    Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response())
}

fn shown(
    app: &App,
    signed_in: &SignedIn,
    week: Vec<String>,
    typed: DayForm,
    problem: Option<String>,
) -> Result<Response, WebError> {
    let page = &signed_in.page;
    let directory = app.db.directory();
    let office = &directory.office;
    let today = page.now.to_zoned(page.zone.clone()).date();
    let has_holidays = office.calendar.holidays == Holidays::Serbia;
    let days = (0_i8..7).filter_map(|offset| Weekday::from_monday_zero_offset(offset).ok());
    let week = days.zip(week).zip(0..).map(|((day, hours), place)| WeekdayView {
        name: weekday(page, day),
        field: field(place),
        hours,
    });
    let years = [today.year(), today.year().saturating_add(1)];
    html(CalendarPage {
        page,
        week: week.collect(),
        holidays: has_holidays,
        years: if has_holidays { years.map(|year| holidays_of(page, year)).into() } else { Vec::new() },
        own: office.days.iter().map(|day| own_day(page, day)).collect(),
        today: today.to_string(),
        typed,
        problem,
    })
}

/// The name of the form's field of a day, Monday first.
fn field(day: usize) -> String {
    format!("day-{day}")
}

/// `07:30-15:30`, several with a comma between; nothing: closed. The error is what is no hours.
fn read_hours(text: &str) -> Result<Vec<Hours>, String> {
    let parts = text.split([',', ';']).map(str::trim).filter(|part| !part.is_empty());
    parts.map(|part| part.replace('–', "-").parse().map_err(|_| part.to_owned())).collect()
}

fn written(hours: &[Hours]) -> String {
    hours.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
}

fn holidays_of(page: &Page, year: i16) -> YearView {
    let mut days = Vec::new();
    let mut day = date(year, 1, 1);
    while day.year() == year {
        if let Some(holiday) = holidays::serbia(day) {
            let what = page.name(&holiday.name_sr(), Some(&holiday.name_en()));
            days.push(DayView { what, ..day_view(page, day) });
        }
        let Ok(next) = day.tomorrow() else { break };
        day = next;
    }
    YearView { year, days }
}

fn own_day(page: &Page, day: &OwnDay) -> DayView {
    DayView { what: page.name(&day.why, None), hours: written(&day.hours), ..day_view(page, day.date) }
}

fn day_view(page: &Page, day: Date) -> DayView {
    DayView {
        date: day.to_string(),
        shown: date_of(page, day),
        weekday: weekday(page, day.weekday()),
        what: String::new(),
        hours: String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hours_are_read_as_people_write_them() {
        let read = |text| read_hours(text).map(|hours| written(&hours));
        assert_eq!(read("07:30-15:30").unwrap(), "07:30-15:30");
        assert_eq!(read(" 8:00 – 12:00 ; 13:00-17:00,").unwrap(), "08:00-12:00, 13:00-17:00");
        assert_eq!(read("").unwrap(), "");
        assert_eq!(read("8-16").unwrap_err(), "8-16");
    }
}
