//! When citizens are called: hours of each weekday, quiet on holidays, and the parts of a day in which somebody may be at home.

use jiff::Timestamp;
use jiff::civil::{DateTime, Time};
use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};

use crate::domain::calendar::hours::Hours;
use crate::domain::calendar::{Calendar, ClosedDay, Holidays, State, Week};
use crate::domain::words::words;

words! {
    Part {
        Morning = "morning",
        Afternoon = "afternoon",
        Evening = "evening",
    }
}

/// As a campaign keeps it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct CallingHours {
    /// Monday first.
    pub week: [Vec<Hours>; 7],
    /// Nobody is called on public holidays.
    pub quiet_on_holidays: bool,
    /// Minute of the day at which the afternoon begins, and the evening.
    pub afternoon: u16,
    pub evening: u16,
}

/// With the time zone and the days on which the office is closed: what can be asked for a moment.
#[derive(Clone, Debug)]
pub struct Times {
    calendar: Calendar,
    zone: TimeZone,
    afternoon: Time,
    evening: Time,
}

/// A contact whose turn does not come within so many days has none.
const DAYS_LOOKED_AHEAD: u32 = 60;

impl Default for CallingHours {
    /// 9 to 20, Saturdays 10 to 18, no Sundays.
    fn default() -> Self {
        let hours = |text: &str| text.parse().map(|hours| vec![hours]).unwrap_or_default();
        let week =
            ["09:00-20:00", "09:00-20:00", "09:00-20:00", "09:00-20:00", "09:00-20:00", "10:00-18:00", ""];
        Self { week: week.map(hours), quiet_on_holidays: true, afternoon: 12 * 60, evening: 17 * 60 }
    }
}

impl CallingHours {
    pub fn times(&self, closed: Vec<ClosedDay>, zone: TimeZone) -> Times {
        let holidays = if self.quiet_on_holidays { Holidays::Serbia } else { Holidays::None };
        let week = Week(self.week.clone());
        Times {
            calendar: Calendar { week, holidays, closed, open: Vec::new() },
            zone,
            afternoon: time(self.afternoon),
            evening: time(self.evening.max(self.afternoon)),
        }
    }
}

impl Times {
    pub fn local(&self, at: Timestamp) -> DateTime {
        self.zone.to_datetime(at)
    }

    pub fn are_open(&self, at: Timestamp) -> bool {
        self.calendar.state(self.local(at)) == State::Open
    }

    pub fn part(&self, at: Timestamp) -> Part {
        self.part_of(self.local(at).time())
    }

    /// The first moment from `from` on at which somebody may be called and which `fits`: it is asked about beginnings, of hours and of parts of
    /// the day, and about `from` itself. `None`: not within two months.
    pub fn next(&self, from: Timestamp, fits: impl Fn(DateTime, Part) -> bool) -> Option<Timestamp> {
        let from = self.local(from);
        let mut date = from.date();
        for _ in 0..DAYS_LOOKED_AHEAD {
            let mut begins: Vec<DateTime> =
                self.calendar.hours_on(date).iter().map(|h| date.to_datetime(h.start())).collect();
            begins.extend([self.afternoon, self.evening].map(|time| date.to_datetime(time)));
            begins.push(from);
            begins.sort_unstable();
            let found = begins.into_iter().find(|at| {
                *at >= from
                    && at.date() == date
                    && self.calendar.state(*at) == State::Open
                    && fits(*at, self.part_of(at.time()))
            });
            if let Some(found) = found {
                return self.zone.to_timestamp(found).ok();
            }
            date = date.tomorrow().ok()?;
        }
        None
    }

    fn part_of(&self, time: Time) -> Part {
        if time >= self.evening {
            Part::Evening
        } else if time >= self.afternoon {
            Part::Afternoon
        } else {
            Part::Morning
        }
    }
}

fn time(minute: u16) -> Time {
    let part = |n: u16| i8::try_from(n).unwrap_or_default();
    Time::new(part(minute / 60), part(minute % 60), 0, 0).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn times() -> Times {
        CallingHours::default().times(Vec::new(), TimeZone::get("Europe/Belgrade").unwrap())
    }

    fn at(local: &str) -> Timestamp {
        local.parse::<DateTime>().unwrap().to_zoned(times().zone).unwrap().timestamp()
    }

    #[test]
    fn nobody_is_called_at_night_on_sundays_and_on_holidays() {
        for (asked, opens) in [
            ("2026-03-02T08:00", "2026-03-02T09:00"),
            ("2026-03-02T12:34", "2026-03-02T12:34"),
            ("2026-03-02T20:00", "2026-03-03T09:00"),
            ("2026-03-07T18:00", "2026-03-09T09:00"),
            ("2026-01-06T21:00", "2026-01-08T09:00"),
            // Summer time begins in this night.
            ("2026-03-28T19:00", "2026-03-30T09:00"),
        ] {
            assert_eq!(times().next(at(asked), |_, _| true), Some(at(opens)), "{asked}");
            assert!(times().are_open(at(opens)));
        }
        assert!(!times().are_open(at("2026-01-07T12:00")));
    }

    #[test]
    fn a_part_of_the_day_is_waited_for() {
        let next = |from, part| times().next(at(from), |_, p| p == part).unwrap();
        assert_eq!(next("2026-03-02T10:00", Part::Evening), at("2026-03-02T17:00"));
        assert_eq!(next("2026-03-02T13:00", Part::Morning), at("2026-03-03T09:00"));
        assert_eq!(next("2026-03-02T13:00", Part::Afternoon), at("2026-03-02T13:00"));
        assert_eq!(next("2026-03-06T20:30", Part::Evening), at("2026-03-07T17:00"));
    }

    #[test]
    fn a_campaign_without_hours_calls_nobody() {
        let never = CallingHours { week: Default::default(), ..CallingHours::default() };
        assert_eq!(never.times(Vec::new(), TimeZone::UTC).next(at("2026-03-02T10:00"), |_, _| true), None);
    }
}
