//! The list that is dialled.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp, civil};

use super::super::hours::{CallingHours, Times};
use super::super::outcome::Outcome;
use super::super::retry::{Attempt, Next, Rules};

/// Who may be dialled when. Lists without end have somebody new at any time.
#[derive(Debug)]
pub enum Contacts {
    Endless,
    List(Box<List>),
}

#[derive(Debug)]
pub struct List {
    rules: Rules,
    times: Times,
    /// Of the contact whose number it is.
    past: Vec<Vec<Attempt>>,
    waiting: BinaryHeap<Reverse<(Timestamp, usize)>>,
    open: usize,
}

impl Contacts {
    pub fn new(contacts: Option<u32>, rules: &Rules) -> Self {
        let Some(contacts) = contacts else { return Self::Endless };
        let hours = CallingHours {
            week: std::array::from_fn(|_| all_day()),
            quiet_on_holidays: false,
            ..CallingHours::default()
        };
        let (begin, count) = (day_start(0), contacts as usize);
        Self::List(Box::new(List {
            rules: rules.clone(),
            times: hours.times(Vec::new(), TimeZone::UTC),
            past: vec![Vec::new(); count],
            waiting: (0..count).map(|contact| Reverse((begin, contact))).collect(),
            open: count,
        }))
    }

    /// Whose turn it is.
    pub fn ready(&self, now: Timestamp) -> u32 {
        match self {
            Self::Endless => u32::MAX,
            // More than one is not worth counting: the decision is asked for again when some are dialled.
            Self::List(list) => list.waiting.peek().map_or(0, |Reverse((due, _))| u32::from(*due <= now)),
        }
    }

    pub fn take(&mut self) -> Option<usize> {
        match self {
            Self::Endless => Some(0),
            Self::List(list) => list.waiting.pop().map(|Reverse((_, contact))| contact),
        }
    }

    /// How many dials the contact has cost so far, if that is its end.
    pub fn ended(&mut self, contact: usize, outcome: Outcome, at: Timestamp) -> Option<usize> {
        let Self::List(list) = self else { return None };
        let past = list.past.get_mut(contact)?;
        past.push(Attempt { at, outcome });
        match list.rules.next(past, None, at, &list.times) {
            Next::NotBefore(due) => {
                list.waiting.push(Reverse((due, contact)));
                None
            }
            Next::Finished(_) => {
                list.open -= 1;
                Some(past.iter().filter(|attempt| attempt.outcome.counts()).count())
            }
        }
    }

    pub fn are_done(&self) -> bool {
        matches!(self, Self::List(list) if list.open == 0)
    }
}

/// The simulated days begin at nine.
pub fn day_start(day: u32) -> Timestamp {
    let first = civil::date(2026, 3, 2).at(9, 0, 0, 0).to_zoned(TimeZone::UTC).map(|zoned| zoned.timestamp());
    let days = SignedDuration::from_hours(24 * i64::from(day));
    first.unwrap_or_default().saturating_add(days).unwrap_or_default()
}

fn all_day() -> Vec<crate::domain::calendar::hours::Hours> {
    "09:00-20:00".parse().map(|hours| vec![hours]).unwrap_or_default()
}
