//! Deadlines: by when the citizen is to be answered, computed so that everybody can follow how.
//!
//! A [`Profile`] is what the administrator writes down: a rule of law or a promise of the municipality. Its [`Terms`] go with the case
//! when a deadline of it begins, so that a later change of the profile does not change what was promised. [`due::compute`] says when
//! the time is over and why; [`alarm`] whom that concerns, and when.
//!
//! Days, months and free days are counted as the Law on General Administrative Procedure does (Закон о општем управном поступку,
//! Сл. гласник РС 18/2016, 95/2018, 2/2023, art. 80 and following): the day of the event does not count, the first day is the next one;
//! free days neither keep a deadline from beginning nor stop it; a deadline in months ends on the day of the same number, or on the last
//! day of a month that has no such day; when the last day is one on which the authority does not work, the next working day is the last.

pub mod alarm;
pub mod due;
pub mod step;
#[cfg(test)]
mod tests;

use serde::{Deserialize, Serialize};

use super::queue::is_key;
use super::words::words;
use alarm::Escalation;

words! {
    /// What has to have happened when the time is over.
    Goal {
        FirstAnswer = "first_answer",
        Outcome = "outcome",
    }
}

words! {
    /// What is counted.
    Unit {
        /// Hours of which those on days off do not count; a working day has all of its 24.
        WorkingDayHours = "working_day_hours",
        /// Hours, one after the other.
        Hours = "hours",
        Days = "days",
        WorkingDays = "working_days",
        Months = "months",
    }
}

words! {
    /// From when it is counted.
    Begin {
        Intake = "intake",
        /// What comes in out of hours counts as having come when the office opens again.
        Opening = "opening",
    }
}

words! {
    /// When the last day is no working day.
    LastDay {
        /// The next working day is the last.
        Moves = "moves",
        Stays = "stays",
    }
}

words! {
    /// Why the clock was stopped.
    PauseReason {
        /// The citizen was asked for something that cannot be done without.
        Citizen = "citizen",
        Institution = "institution",
        /// What another authority or a court has to decide first.
        PriorQuestion = "prior_question",
        /// Work that the weather does not allow.
        Weather = "weather",
        Other = "other",
    }
}

words! {
    /// Where the deadline of one case stands.
    DeadlineState {
        /// Also when its time is over.
        Running = "running",
        Paused = "paused",
        Met = "met",
        /// Done in the end, but too late.
        Missed = "missed",
        /// It no longer applies: the case is another one than it seemed.
        Dropped = "dropped",
    }
}

impl DeadlineState {
    /// Whether it is still to be met.
    pub fn is_live(self) -> bool {
        matches!(self, Self::Running | Self::Paused)
    }
}

/// What is counted, from when, to where, and who is told when. Kept with each deadline as it was when that began.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Terms {
    pub goal: Goal,
    pub unit: Unit,
    pub amount: u32,
    pub begin: Begin,
    pub last_day: LastDay,
    /// The law or decision that it follows from, in Serbian Cyrillic: `ЗУП, чл. 145`.
    pub source: String,
    /// By so many units it may be made longer, once or in pieces.
    #[serde(default)]
    pub extend_by: Option<u32>,
    /// The assignee is reminded so many hours before.
    #[serde(default)]
    pub warn_hours: Option<u32>,
    #[serde(default)]
    pub escalation: Vec<Escalation>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Profile {
    pub key: String,
    /// In Serbian Cyrillic.
    pub name_sr: String,
    pub name_en: String,
    /// Applies to every case whose category has no other profile for the same goal.
    pub everywhere: bool,
    /// Whether new cases get it.
    pub active: bool,
    pub terms: Terms,
}

/// What is wrong with a profile: the name of the field.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Wrong {
    #[error("key")]
    Key,
    #[error("name")]
    Name,
    #[error("source")]
    Source,
    #[error("amount")]
    Amount,
    #[error("extend-by")]
    ExtendBy,
    #[error("warn-hours")]
    WarnHours,
    #[error("escalation")]
    Escalation,
}

/// Years ahead are no deadline but a mistake of the keyboard.
const MOST_HOURS: u32 = 24 * 366;
const MOST_DAYS: u32 = 3 * 366;
const MOST_MONTHS: u32 = 36;
/// Each has a bit in [`alarm::Done`]; nobody is told more often than this.
pub const MOST_STEPS: usize = 6;
const NAME_CHARS: usize = 120;

impl Unit {
    pub fn most(self) -> u32 {
        match self {
            Self::WorkingDayHours | Self::Hours => MOST_HOURS,
            Self::Days | Self::WorkingDays => MOST_DAYS,
            Self::Months => MOST_MONTHS,
        }
    }

    /// Whether the time is over at the end of a day, and not at a minute of it.
    pub fn is_whole_days(self) -> bool {
        !matches!(self, Self::WorkingDayHours | Self::Hours)
    }
}

impl Profile {
    pub fn check(&self) -> Result<(), Wrong> {
        let named = |name: &str| (1..=NAME_CHARS).contains(&name.trim().chars().count());
        if !is_key(&self.key) {
            return Err(Wrong::Key);
        }
        if !named(&self.name_sr) || !named(&self.name_en) {
            return Err(Wrong::Name);
        }
        self.terms.check()
    }
}

impl Terms {
    pub fn check(&self) -> Result<(), Wrong> {
        let most = self.unit.most();
        if self.source.chars().count() > NAME_CHARS {
            return Err(Wrong::Source);
        }
        if !(1..=most).contains(&self.amount) {
            return Err(Wrong::Amount);
        }
        if self.extend_by.is_some_and(|by| !(1..=most).contains(&by)) {
            return Err(Wrong::ExtendBy);
        }
        if self.warn_hours.is_some_and(|hours| !(1..=MOST_HOURS).contains(&hours)) {
            return Err(Wrong::WarnHours);
        }
        if self.escalation.len() > MOST_STEPS || !self.escalation.iter().all(|step| step.when.is_sane()) {
            return Err(Wrong::Escalation);
        }
        Ok(())
    }
}

/// The profiles of a case: its category's own (the nearest in the tree comes first in `own`), and those that apply everywhere for
/// goals that the category says nothing about.
pub fn chosen<'p>(profiles: &'p [Profile], own: &[&str]) -> Vec<&'p Profile> {
    let mut found: Vec<&Profile> = Vec::new();
    let own = own.iter().filter_map(|key| profiles.iter().find(|profile| profile.key == *key));
    for profile in own.chain(profiles.iter().filter(|profile| profile.everywhere)) {
        if profile.active && found.iter().all(|other| other.terms.goal != profile.terms.goal) {
            found.push(profile);
        }
    }
    found
}
