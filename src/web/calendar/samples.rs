//! The page with everything on it.

use askama::Template;

use super::{CalendarPage, DayForm, DayView, WeekdayView, YearView};
use crate::web::page::Page;

pub fn show(page: &Page, hostile: &str) -> askama::Result<String> {
    let day = || DayView {
        date: "2027-05-04".into(),
        shown: "4.5.2027.".into(),
        weekday: hostile.into(),
        what: hostile.into(),
        hours: hostile.into(),
    };
    let closed = DayView { hours: String::new(), ..day() };
    CalendarPage {
        page,
        week: vec![WeekdayView { name: hostile.into(), field: "day-0".into(), hours: hostile.into() }],
        holidays: true,
        years: vec![YearView { year: 2027, days: vec![day()] }],
        own: vec![day(), closed],
        today: "2026-11-22".into(),
        typed: DayForm { date: hostile.into(), hours: hostile.into(), why: hostile.into() },
        problem: Some(hostile.into()),
    }
    .render()
}
