//! When messages may go out, and when the last one will have.

use jiff::civil::{DateTime, Time, Weekday};
use jiff::{SignedDuration, ToSpan as _};
use serde::{Deserialize, Serialize};

/// Local time. Nobody is woken by a notice about a street that is repaired.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SendingHours {
    /// Minutes of the day; `to` is not in it any more, and 1440 is the end of the day.
    pub from: u16,
    pub to: u16,
    /// Not on Saturdays and Sundays.
    #[serde(default)]
    pub weekdays: bool,
}

const DAY: u16 = 24 * 60;

impl Default for SendingHours {
    fn default() -> Self {
        Self { from: 8 * 60, to: 20 * 60, weekdays: false }
    }
}

impl SendingHours {
    pub const ALWAYS: Self = Self { from: 0, to: DAY, weekdays: false };

    pub fn is_valid(self) -> bool {
        self.from < self.to && self.to <= DAY
    }

    pub fn are_open(self, at: DateTime) -> bool {
        let minute = minute_of(at.time());
        self.is_day(at) && self.from <= minute && minute < self.to
    }

    /// The first moment from `at` on at which messages may go out.
    pub fn next_opening(self, at: DateTime) -> DateTime {
        if self.are_open(at) {
            return at;
        }
        let today = at.date().to_datetime(time_of(self.from));
        let mut day = if today > at { today } else { today.saturating_add(1.day()) };
        while !self.is_day(day) {
            day = day.saturating_add(1.day());
        }
        day
    }

    /// When `work` will be done that goes on in these hours only.
    pub fn end_of(self, from: DateTime, work: SignedDuration) -> Option<DateTime> {
        let mut at = self.next_opening(from);
        let mut left = work;
        // A campaign of years is a mistake in its pace.
        for _ in 0..1_000 {
            let closes = if self.to >= DAY {
                at.date().tomorrow().ok()?.to_datetime(Time::midnight())
            } else {
                at.date().to_datetime(time_of(self.to))
            };
            let open = closes.duration_since(at);
            if left <= open {
                return at.checked_add(left).ok();
            }
            left = left.saturating_sub(open);
            at = self.next_opening(closes);
        }
        None
    }

    fn is_day(self, at: DateTime) -> bool {
        !self.weekdays || !matches!(at.weekday(), Weekday::Saturday | Weekday::Sunday)
    }
}

fn minute_of(time: Time) -> u16 {
    u16::from(time.hour().unsigned_abs()) * 60 + u16::from(time.minute().unsigned_abs())
}

fn time_of(minute: u16) -> Time {
    let (hour, minute) = (i8::try_from(minute / 60), i8::try_from(minute % 60));
    hour.ok().zip(minute.ok()).and_then(|(h, m)| Time::new(h, m, 0, 0).ok()).unwrap_or(Time::midnight())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> DateTime {
        text.parse().unwrap()
    }

    #[test]
    fn messages_wait_for_the_morning_and_for_monday() {
        let day = SendingHours { from: 8 * 60, to: 20 * 60, weekdays: true };
        for (asked, opens) in [
            ("2026-11-23T07:59:59", "2026-11-23T08:00:00"),
            ("2026-11-23T08:00:00", "2026-11-23T08:00:00"),
            ("2026-11-23T20:00:00", "2026-11-24T08:00:00"),
            ("2026-11-27T21:00:00", "2026-11-30T08:00:00"),
        ] {
            assert_eq!(day.next_opening(at(asked)), at(opens), "{asked}");
        }
        assert_eq!(SendingHours::ALWAYS.next_opening(at("2026-11-28T03:00:00")), at("2026-11-28T03:00:00"));
    }

    #[test]
    fn the_forecast_leaves_out_the_nights() {
        let day = SendingHours::default();
        let end = |from: &str, hours| day.end_of(at(from), SignedDuration::from_hours(hours)).unwrap();
        assert_eq!(end("2026-11-23T10:00:00", 3), at("2026-11-23T13:00:00"));
        assert_eq!(end("2026-11-23T18:00:00", 3), at("2026-11-24T09:00:00"));
        assert_eq!(end("2026-11-23T22:00:00", 13), at("2026-11-25T09:00:00"));
        let always = SendingHours::ALWAYS.end_of(at("2026-11-23T18:00:00"), SignedDuration::from_hours(30));
        assert_eq!(always.unwrap(), at("2026-11-25T00:00:00"));
        assert_eq!(day.end_of(at("2026-11-23T10:00:00"), SignedDuration::from_hours(99_999)), None);
    }
}
