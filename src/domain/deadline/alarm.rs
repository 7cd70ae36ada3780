//! Who is told before and after the time is over, and that nobody is told the same thing twice.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::{MOST_STEPS, Terms};
use crate::domain::words::words;

words! {
    /// To whom an escalation goes.
    Addressee {
        /// Whoever works on the case; where nobody does, the officers of its service.
        Assignee = "assignee",
        /// The officers of the service that has it.
        Service = "service",
        Supervisors = "supervisors",
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Escalation {
    pub when: When,
    pub to: Addressee,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum When {
    /// When so many per cent of the time have passed.
    Share(u8),
    /// Hours before the time is over.
    Before(u32),
    /// Hours after it was over.
    After(u32),
}

/// A year: beyond it nobody waits for the step.
const MOST_HOURS: u32 = 24 * 366;

impl When {
    pub fn is_sane(self) -> bool {
        match self {
            Self::Share(percent) => (1..=99).contains(&percent),
            Self::Before(hours) => (1..=MOST_HOURS).contains(&hours),
            Self::After(hours) => hours <= MOST_HOURS,
        }
    }

    fn at(self, start: Timestamp, due: Timestamp) -> Timestamp {
        match self {
            Self::Share(percent) => {
                let share = due.duration_since(start) / 100 * i32::from(percent);
                start.checked_add(share).unwrap_or(due)
            }
            Self::Before(hours) => less_hours(due, hours),
            Self::After(hours) => due.checked_add(span(hours)).unwrap_or(Timestamp::MAX),
        }
    }
}

/// Something that somebody has to hear of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Alarm {
    /// It is about to be due.
    Warning,
    /// The time is over.
    Missed,
    /// A step of the terms, by its place there.
    Step(usize, Addressee),
}

/// Alarms that went off, as bits: the warning, the end, then each step.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Done(pub i64);

impl Alarm {
    fn bit(self) -> i64 {
        match self {
            Self::Warning => 1,
            Self::Missed => 2,
            Self::Step(place, _) => 4 << place.min(MOST_STEPS),
        }
    }
}

impl Done {
    pub fn has(self, alarm: Alarm) -> bool {
        self.0 & alarm.bit() != 0
    }

    pub fn with(self, alarm: Alarm) -> Self {
        Self(self.0 | alarm.bit())
    }
}

impl Terms {
    /// Each alarm with its time, in the order of time.
    pub fn alarms(&self, start: Timestamp, due: Timestamp) -> Vec<(Timestamp, Alarm)> {
        let warning = self.warn_hours.map(|hours| (less_hours(due, hours).max(start), Alarm::Warning));
        let steps = self.escalation.iter().take(MOST_STEPS).enumerate();
        let steps = steps.map(|(place, step)| (step.when.at(start, due), Alarm::Step(place, step.to)));
        let mut alarms: Vec<_> = warning.into_iter().chain([(due, Alarm::Missed)]).chain(steps).collect();
        alarms.sort_by_key(|(at, _)| *at);
        alarms
    }

    /// When the next alarm goes off of which nobody has heard.
    pub fn next_alarm(&self, start: Timestamp, due: Timestamp, done: Done) -> Option<Timestamp> {
        self.alarms(start, due).into_iter().find(|(_, alarm)| !done.has(*alarm)).map(|(at, _)| at)
    }

    /// What is still done after the due date changed: alarms that now lie ahead go off again.
    pub fn still_done(&self, start: Timestamp, due: Timestamp, done: Done, now: Timestamp) -> Done {
        let past = self.alarms(start, due).into_iter().filter(|(at, alarm)| *at <= now && done.has(*alarm));
        past.fold(Done::default(), |kept, (_, alarm)| kept.with(alarm))
    }
}

fn less_hours(at: Timestamp, hours: u32) -> Timestamp {
    at.checked_sub(span(hours)).unwrap_or(Timestamp::MIN)
}

fn span(hours: u32) -> SignedDuration {
    SignedDuration::from_hours(i64::from(hours))
}
