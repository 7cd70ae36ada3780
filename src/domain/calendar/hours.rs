//! A stretch of working time within one day.

use std::fmt;
use std::str::FromStr;

use jiff::civil::Time;
use serde::{Deserialize, Serialize};

/// From the first minute up to, not including, the last. Never over midnight; `24:00` is the end of the day.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Hours {
    from: u16,
    to: u16,
}

const DAY: u16 = 24 * 60;

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum HoursError {
    #[error("{0:?} are not hours; write them as \"07:30-15:30\"")]
    Format(String),
    #[error(
        "{0:?} ends before it begins; hours over midnight are two: until 24:00, and from 00:00 of the next day"
    )]
    Backwards(String),
}

impl Hours {
    pub fn contain(self, time: Time) -> bool {
        let minute =
            u16::try_from(i32::from(time.hour()) * 60 + i32::from(time.minute())).unwrap_or_default();
        (self.from..self.to).contains(&minute)
    }

    /// The first minute.
    pub fn start(self) -> Time {
        let part = |n: u16| i8::try_from(n).unwrap_or_default();
        Time::new(part(self.from / 60), part(self.from % 60), 0, 0).unwrap_or_default()
    }

    pub fn overlap(self, other: Self) -> bool {
        self.from < other.to && other.from < self.to
    }
}

impl FromStr for Hours {
    type Err = HoursError;

    fn from_str(text: &str) -> Result<Self, HoursError> {
        let wrong = || HoursError::Format(text.to_owned());
        let (from, to) = text.split_once('-').ok_or_else(wrong)?;
        let from = minute(from).ok_or_else(wrong)?;
        let to = minute(to).ok_or_else(wrong)?;
        if from >= to { Err(HoursError::Backwards(text.to_owned())) } else { Ok(Self { from, to }) }
    }
}

impl TryFrom<String> for Hours {
    type Error = HoursError;

    fn try_from(text: String) -> Result<Self, HoursError> {
        text.parse()
    }
}

impl From<Hours> for String {
    fn from(hours: Hours) -> Self {
        hours.to_string()
    }
}

impl fmt::Display for Hours {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (from, to) = (self.from, self.to);
        write!(f, "{:02}:{:02}-{:02}:{:02}", from / 60, from % 60, to / 60, to % 60)
    }
}

fn minute(text: &str) -> Option<u16> {
    let (hour, minute) = text.trim().split_once(':')?;
    let digits = |s: &str| s.len() <= 2 && !s.is_empty() && s.bytes().all(|b| b.is_ascii_digit());
    if !digits(hour) || minute.len() != 2 || !digits(minute) {
        return None;
    }
    let (hour, minute): (u16, u16) = (hour.parse().ok()?, minute.parse().ok()?);
    let total = hour * 60 + minute;
    (minute < 60 && total <= DAY).then_some(total)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hours_are_read_and_written() {
        for (text, shown) in [
            ("07:30-15:30", "07:30-15:30"),
            ("7:30-15:30", "07:30-15:30"),
            ("00:00-24:00", "00:00-24:00"),
            ("08:00 - 12:00", "08:00-12:00"),
        ] {
            assert_eq!(text.parse::<Hours>().unwrap().to_string(), shown);
        }
    }

    #[test]
    fn what_is_no_hours_is_refused() {
        for bad in
            ["", "7-15", "07:30", "07:60-08:00", "24:01-25:00", "07:3-08:00", "+7:30-08:00", "a:00-b:00"]
        {
            assert!(matches!(bad.parse::<Hours>(), Err(HoursError::Format(_))), "{bad}");
        }
        for bad in ["22:00-06:00", "08:00-08:00"] {
            assert!(matches!(bad.parse::<Hours>(), Err(HoursError::Backwards(_))), "{bad}");
        }
    }

    #[test]
    fn touching_hours_do_not_overlap() {
        let hours = |text: &str| text.parse::<Hours>().unwrap();
        assert!(!hours("08:00-12:00").overlap(hours("12:00-16:00")));
        assert!(hours("08:00-12:01").overlap(hours("12:00-16:00")));
        assert!(hours("08:00-16:00").overlap(hours("09:00-10:00")));
    }
}
