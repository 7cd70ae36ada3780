//! When the office works. Kept in memory with the [`super::directory::Directory`]: a due date is computed while a call is answered.

use jiff::civil::Date;

use super::sql::args;
use super::tx::Tx;
use super::{Db, StoreError};
use crate::domain::calendar::hours::Hours;
use crate::domain::calendar::{Calendar, ClosedDay, Holidays, OpenDay, Week};

/// The one calendar that there is; the tables are ready for more.
const OFFICE: &str = "office";

#[derive(Clone, Debug, Default)]
pub struct Office {
    pub calendar: Calendar,
    /// Days with a rule of their own, by date.
    pub days: Vec<OwnDay>,
    /// Grows whenever a day may count differently.
    pub revision: i64,
    /// Grows with every change of the calendar or of a profile.
    pub changed: i64,
}

/// Closed when it has no hours.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OwnDay {
    pub date: Date,
    pub hours: Vec<Hours>,
    pub why: String,
}

impl Db {
    /// Whether what this process has in memory is older than what another one wrote.
    pub async fn office_changed(&self) -> Result<i64, StoreError> {
        let row = self.optional("SELECT changed FROM working_calendar WHERE key = $1", args![OFFICE]).await?;
        row.map_or(Ok(0), |row| row.get(0))
    }

    pub(super) async fn office(&self) -> Result<Office, StoreError> {
        let sql = "SELECT week, holidays, revision, changed FROM working_calendar WHERE key = $1";
        let Some(row) = self.optional(sql, args![OFFICE]).await? else { return Ok(Office::default()) };
        let week: Vec<Vec<Hours>> = read_json(&row.get::<String>(0)?)?;
        let mut calendar = Calendar::default();
        for (day, hours) in calendar.week.0.iter_mut().zip(week) {
            *day = hours;
        }
        calendar.holidays = if row.get::<String>(1)? == "rs" { Holidays::Serbia } else { Holidays::None };
        let sql = "SELECT date, hours, why FROM calendar_day WHERE calendar_key = $1 ORDER BY date";
        let mut days = Vec::new();
        for row in self.all(sql, args![OFFICE]).await? {
            let date = row.get::<String>(0)?.parse().map_err(corrupt)?;
            days.push(OwnDay { date, hours: read_json(&row.get::<String>(1)?)?, why: row.get(2)? });
        }
        for day in &days {
            if day.hours.is_empty() {
                calendar.closed.push(ClosedDay { date: day.date, why: day.why.clone() });
            } else {
                calendar.open.push(OpenDay { date: day.date, hours: day.hours.clone() });
            }
        }
        Ok(Office { calendar, days, revision: row.get(2)?, changed: row.get(3)? })
    }
}

impl Tx<'_> {
    pub async fn put_week(&mut self, week: &Week, holidays: Holidays) -> Result<(), StoreError> {
        let holidays = if holidays == Holidays::Serbia { "rs" } else { "none" };
        let sql = "UPDATE working_calendar SET week = $2, holidays = $3 WHERE key = $1";
        self.execute(sql, args![OFFICE, write_json(&week.0)?, holidays]).await.map(drop)
    }

    pub async fn put_own_day(&mut self, day: &OwnDay) -> Result<(), StoreError> {
        let sql = "INSERT INTO calendar_day (calendar_key, date, hours, why) VALUES ($1, $2, $3, $4) \
             ON CONFLICT (calendar_key, date) DO UPDATE SET hours = excluded.hours, why = excluded.why";
        let values = args![OFFICE, day.date.to_string(), write_json(&day.hours)?, day.why.as_str()];
        self.execute(sql, values).await.map(drop)
    }

    pub async fn remove_own_day(&mut self, date: Date) -> Result<bool, StoreError> {
        let sql = "DELETE FROM calendar_day WHERE calendar_key = $1 AND date = $2";
        Ok(self.execute(sql, args![OFFICE, date.to_string()]).await? > 0)
    }

    /// `days`: some of them may count differently now.
    pub async fn office_has_changed(&mut self, days: bool) -> Result<(), StoreError> {
        let sql =
            "UPDATE working_calendar SET changed = changed + 1, revision = revision + $2 WHERE key = $1";
        self.execute(sql, args![OFFICE, i64::from(days)]).await.map(drop)
    }
}

pub(super) fn read_json<T: serde::de::DeserializeOwned>(text: &str) -> Result<T, StoreError> {
    serde_json::from_str(text).map_err(corrupt)
}

pub(super) fn write_json<T: serde::Serialize>(value: &T) -> Result<String, StoreError> {
    serde_json::to_string(value).map_err(corrupt)
}

fn corrupt(error: impl ToString) -> StoreError {
    StoreError::Corrupt(error.to_string())
}
