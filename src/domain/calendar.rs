//! Working hours and days in local civil time. Summer time cannot disturb them: 07:30 on the wall is 07:30 whatever the offset.

pub mod holidays;
pub mod hours;

use jiff::civil::{Date, DateTime, Weekday};

use holidays::Holiday;
use hours::Hours;

/// When an office works. Days with an own rule (`closed`, `open`) come before holidays, holidays before the week.
#[derive(Clone, Debug, Default)]
pub struct Calendar {
    pub week: Week,
    pub holidays: Holidays,
    pub closed: Vec<ClosedDay>,
    pub open: Vec<OpenDay>,
}

/// Working hours of each day, Monday first.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Week(pub [Vec<Hours>; 7]);

/// Which public holidays count.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Holidays {
    #[default]
    None,
    /// The Republic of Serbia, computed for any year.
    Serbia,
}

/// A day on which the office is closed although the week says otherwise.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClosedDay {
    pub date: Date,
    pub why: String,
}

/// A day on which the office works by hours of its own: a working Saturday, a half day before New Year.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OpenDay {
    pub date: Date,
    pub hours: Vec<Hours>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum State {
    Open,
    /// Out of hours, or a day of the week without hours.
    Closed,
    /// A public holiday or a day closed by the office, at any hour of it.
    Holiday(DayOff),
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DayOff {
    Public(Holiday),
    Own(String),
}

/// Why a day does not count as a working day.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NotWorking {
    /// The week has no hours on this day.
    Weekday(Weekday),
    DayOff(DayOff),
}

/// An office that opens on one day of the year opens within this.
const DAYS_LOOKED_AHEAD: u32 = 367;

impl Calendar {
    pub fn state(&self, at: DateTime) -> State {
        let open = |hours: &[Hours]| hours.iter().any(|h| h.contain(at.time()));
        if let Some(day) = self.open.iter().find(|d| d.date == at.date()) {
            return if open(&day.hours) { State::Open } else { State::Closed };
        }
        if let Some(day_off) = self.day_off(at.date()) {
            return State::Holiday(day_off);
        }
        if open(self.week.on(at.weekday())) { State::Open } else { State::Closed }
    }

    /// Whether deadlines count the day, and if not, why not.
    pub fn is_working_day(&self, date: Date) -> Result<(), NotWorking> {
        if self.open.iter().any(|d| d.date == date && !d.hours.is_empty()) {
            return Ok(());
        }
        if let Some(day_off) = self.day_off(date) {
            return Err(NotWorking::DayOff(day_off));
        }
        if self.week.on(date.weekday()).is_empty() {
            return Err(NotWorking::Weekday(date.weekday()));
        }
        Ok(())
    }

    /// When the office opens next, at or after a moment at which it is closed. `None`: not within a year.
    pub fn next_opening(&self, after: DateTime) -> Option<DateTime> {
        let mut date = after.date();
        for _ in 0..DAYS_LOOKED_AHEAD {
            let starts = self.hours_on(date).iter().map(|hours| date.to_datetime(hours.start()));
            if let Some(opening) = starts.filter(|opening| *opening >= after).min() {
                return Some(opening);
            }
            date = date.tomorrow().ok()?;
        }
        None
    }

    /// None on a day that is no working day.
    pub fn hours_on(&self, date: Date) -> &[Hours] {
        if let Some(day) = self.open.iter().find(|day| day.date == date) {
            return &day.hours;
        }
        if self.day_off(date).is_some() { &[] } else { self.week.on(date.weekday()) }
    }

    fn day_off(&self, date: Date) -> Option<DayOff> {
        if let Some(day) = self.closed.iter().find(|d| d.date == date) {
            return Some(DayOff::Own(day.why.clone()));
        }
        match self.holidays {
            Holidays::None => None,
            Holidays::Serbia => holidays::serbia(date).map(DayOff::Public),
        }
    }
}

impl Week {
    pub fn on(&self, day: Weekday) -> &[Hours] {
        let index = usize::try_from(day.to_monday_zero_offset()).unwrap_or_default();
        self.0.get(index).map_or(&[], Vec::as_slice)
    }
}

impl DayOff {
    pub fn name_sr(&self) -> String {
        match self {
            Self::Public(holiday) => holiday.name_sr(),
            Self::Own(why) => why.clone(),
        }
    }

    pub fn name_en(&self) -> String {
        match self {
            Self::Public(holiday) => holiday.name_en(),
            Self::Own(why) => why.clone(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::holidays::Occasion;
    use super::*;
    use jiff::civil::{date, datetime};

    fn office() -> Calendar {
        let hours: Hours = "07:30-15:30".parse().unwrap();
        let mut week = Week::default();
        for day in week.0.iter_mut().take(5) {
            day.push(hours);
        }
        Calendar {
            week,
            holidays: Holidays::Serbia,
            closed: vec![ClosedDay { date: date(2026, 10, 8), why: "slava".into() }],
            open: vec![
                OpenDay { date: date(2026, 1, 10), hours: vec!["08:00-12:00".parse().unwrap()] },
                OpenDay { date: date(2026, 1, 2), hours: vec!["09:00-10:00".parse().unwrap()] },
            ],
        }
    }

    #[test]
    fn opens_and_closes_on_the_minute() {
        let office = office();
        let monday = |h, m, s| office.state(datetime(2026, 3, 2, h, m, s, 0));
        assert_eq!(monday(7, 29, 59), State::Closed);
        assert_eq!(monday(7, 30, 0), State::Open);
        assert_eq!(monday(15, 29, 59), State::Open);
        assert_eq!(monday(15, 30, 0), State::Closed);
        assert_eq!(office.state(datetime(2026, 3, 7, 10, 0, 0, 0)), State::Closed, "Saturday");
    }

    #[test]
    fn a_holiday_is_a_holiday_at_any_hour() {
        let office = office();
        for hour in [3, 10, 20] {
            let State::Holiday(day) = office.state(datetime(2026, 1, 7, hour, 0, 0, 0)) else {
                panic!("Christmas at {hour}")
            };
            assert_eq!(day.name_en(), "Orthodox Christmas");
        }
        assert_eq!(
            office.state(datetime(2026, 10, 8, 10, 0, 0, 0)),
            State::Holiday(DayOff::Own("slava".into()))
        );
    }

    #[test]
    fn an_extra_working_day_comes_before_week_and_holiday() {
        let office = office();
        assert_eq!(office.state(datetime(2026, 1, 10, 9, 0, 0, 0)), State::Open);
        assert_eq!(office.state(datetime(2026, 1, 10, 13, 0, 0, 0)), State::Closed);
        assert_eq!(office.state(datetime(2026, 1, 2, 9, 30, 0, 0)), State::Open);
    }

    #[test]
    fn a_day_that_does_not_count_says_why() {
        let office = office();
        assert_eq!(office.is_working_day(date(2026, 3, 2)), Ok(()));
        assert_eq!(office.is_working_day(date(2026, 1, 10)), Ok(()), "a working Saturday");
        assert_eq!(office.is_working_day(date(2026, 3, 7)), Err(NotWorking::Weekday(Weekday::Saturday)));
        assert!(matches!(
            office.is_working_day(date(2027, 5, 4)),
            Err(NotWorking::DayOff(DayOff::Public(Holiday { occasion: Occasion::LabourDay, .. })))
        ));
        assert_eq!(
            office.is_working_day(date(2026, 10, 8)),
            Err(NotWorking::DayOff(DayOff::Own("slava".into())))
        );
    }

    #[test]
    fn hours_hold_through_both_changes_of_summer_time() {
        let zone = jiff::tz::TimeZone::get("Europe/Belgrade").unwrap();
        let office = office();
        // 2026-03-29 and 2026-10-25: the offset changes over the weekend, the opening on the wall does not.
        for (utc, state) in [
            ("2026-03-27T06:30:00Z", State::Open),
            ("2026-03-30T05:30:00Z", State::Open),
            ("2026-03-30T05:29:00Z", State::Closed),
            ("2026-10-23T05:30:00Z", State::Open),
            ("2026-10-26T05:30:00Z", State::Closed),
            ("2026-10-26T06:30:00Z", State::Open),
        ] {
            let at: jiff::Timestamp = utc.parse().unwrap();
            assert_eq!(office.state(at.to_zoned(zone.clone()).datetime()), state, "{utc}");
        }
    }
}
