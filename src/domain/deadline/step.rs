//! The explanation of a due date, as data: pages and letters put it into words, in three languages.

use std::fmt;

use jiff::civil::{Date, DateTime};
use serde::{Deserialize, Serialize};

use super::{PauseReason, Unit};
use crate::domain::calendar::{DayOff, NotWorking};

/// One step of the way from the contact to the due date, in the order in which they are told. Local time.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "step", rename_all = "snake_case")]
pub enum Step {
    /// The contact came, or the case was opened again.
    Received { at: DateTime },
    /// It came with another case, from which this one was split off: what the office does with a matter does not lengthen its time.
    SplitFrom { number: String },
    /// It came out of hours and counts from then on.
    BeginsAt { at: DateTime },
    /// What is counted.
    Rule { unit: Unit, amount: u32, source: String },
    /// It was made longer by so much.
    Extended { by: u32, total: u32 },
    /// The day of the event does not count: this is the first that does.
    FirstDay { date: Date },
    /// Days that did not count.
    NotCounted { days: Vec<FreeDay> },
    /// The clock stood still: `days` that did not count, or so many minutes.
    Paused { from: DateTime, to: DateTime, reason: PauseReason, lost: Lost },
    /// A day that counted had 23 or 25 hours.
    ClockChanged { date: Date, hours: i64 },
    /// The month has no day of this number.
    NoSuchDay { number: i8, date: Date },
    /// The last day was a free one.
    Moved { from: Date, to: Date, days: Vec<FreeDay> },
    /// The time is over. `whole_day`: with the end of this day.
    Due { at: DateTime, whole_day: bool },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Lost {
    Days(u32),
    Minutes(i64),
}

/// A day that did not count, and why.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FreeDay {
    pub date: Date,
    pub why: Why,
}

/// Holidays by their names then: the explanation does not change when the calendar does.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Why {
    /// The week has no hours on this day.
    Weekday,
    Holiday {
        sr: String,
        en: String,
    },
    /// Closed by the office, in its words.
    Own(String),
}

impl From<NotWorking> for Why {
    fn from(why: NotWorking) -> Self {
        match why {
            NotWorking::Weekday(_) => Self::Weekday,
            NotWorking::DayOff(DayOff::Public(holiday)) => {
                Self::Holiday { sr: holiday.name_sr(), en: holiday.name_en() }
            }
            NotWorking::DayOff(DayOff::Own(why)) => Self::Own(why),
        }
    }
}

/// Short, for logs and tests: `30 days; from 24.12.; ...`.
impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Received { at } => write!(f, "received {}", moment(*at)),
            Self::SplitFrom { number } => write!(f, "split from {number}"),
            Self::BeginsAt { at } => write!(f, "begins {}", moment(*at)),
            Self::Rule { unit, amount, .. } => write!(f, "{amount} {unit}"),
            Self::Extended { by, total } => write!(f, "extended by {by} to {total}"),
            Self::FirstDay { date } => write!(f, "first day {}", day(*date)),
            Self::NotCounted { days } => write!(f, "without {}", list(days)),
            Self::Paused { from, to, reason, lost } => {
                write!(f, "paused {} to {} ({reason}): ", moment(*from), moment(*to))?;
                match lost {
                    Lost::Days(days) => write!(f, "{days} days"),
                    Lost::Minutes(minutes) => write!(f, "{minutes} min"),
                }
            }
            Self::ClockChanged { date, hours } => write!(f, "{} has {hours} h", day(*date)),
            Self::NoSuchDay { number, date } => write!(f, "no day {number}: {}", day(*date)),
            Self::Moved { from, to, days } => {
                write!(f, "moved {} to {} over {}", day(*from), day(*to), list(days))
            }
            Self::Due { at, whole_day: true } => write!(f, "due {} whole", day(at.date())),
            Self::Due { at, whole_day: false } => write!(f, "due {}", moment(*at)),
        }
    }
}

fn list(days: &[FreeDay]) -> String {
    let one = |free: &FreeDay| match &free.why {
        Why::Weekday => format!("{}{}", free.date.strftime("%a"), day(free.date)),
        Why::Holiday { en, .. } => format!("{}[{en}]", day(free.date)),
        Why::Own(why) => format!("{}[{why}]", day(free.date)),
    };
    days.iter().map(one).collect::<Vec<_>>().join(" ")
}

fn day(date: Date) -> String {
    format!("{}.{}.", date.day(), date.month())
}

fn moment(at: DateTime) -> String {
    let seconds = if at.second() == 0 { String::new() } else { format!(":{:02}", at.second()) };
    format!("{} {:02}:{:02}{seconds}", day(at.date()), at.hour(), at.minute())
}
