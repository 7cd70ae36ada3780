//! The working calendar and the profiles of deadlines.

use jiff::Timestamp;
use jiff::civil::Date;

use super::super::{ActionError, Actions, Actor};
use crate::domain::calendar::hours::Hours;
use crate::domain::calendar::{Holidays, Week};
use crate::domain::deadline::due::{Due, compute};
use crate::domain::deadline::{Profile, Terms, Wrong};
use crate::domain::id::{CaseId, CategoryId, TaskId, UserId};
use crate::domain::permission::Right;
use crate::store::calendar::OwnDay;
use crate::store::{Tx, Work};

/// A city has a score of them; more is a mistake of a program.
const MOST_PROFILES: usize = 100;
/// Ten a year for as many years as a calendar is kept.
const MOST_OWN_DAYS: usize = 500;
const WHY_CHARS: usize = 120;

/// Why the calendar or a profile was not changed.
#[derive(Debug, thiserror::Error)]
pub enum SettingsError {
    #[error("the field {0} is wrong")]
    Wrong(Wrong),
    #[error(transparent)]
    Action(#[from] ActionError),
}

/// When a case of now would be due.
#[derive(Clone, Debug)]
pub struct Preview {
    pub profile: Profile,
    /// `None`: the calendar has no working day.
    pub due: Option<Due>,
}

impl Actions {
    /// Running deadlines are computed anew in the background.
    pub async fn set_working_week(
        &self,
        actor: &Actor,
        week: Week,
        holidays: Holidays,
    ) -> Result<(), ActionError> {
        if week.0.iter().all(Vec::is_empty) {
            return Err(ActionError::Invalid("an office works on one day of the week at least".into()));
        }
        if week.0.iter().any(|day| overlap(day)) {
            return Err(ActionError::Invalid("hours of a day do not overlap".into()));
        }
        self.change_settings(actor, Change::Week(week, holidays)).await
    }

    /// Adds a day with a rule of its own, or changes it; without hours it is closed.
    pub async fn put_own_day(&self, actor: &Actor, day: OwnDay) -> Result<(), ActionError> {
        let why = day.why.trim().chars().count();
        if overlap(&day.hours) {
            return Err(ActionError::Invalid("hours of a day do not overlap".into()));
        }
        if why > WHY_CHARS || (why == 0 && day.hours.is_empty()) {
            return Err(ActionError::Invalid("a day on which the office is closed says why".into()));
        }
        let known = &self.shared.db.directory().office.days;
        if known.len() >= MOST_OWN_DAYS && known.iter().all(|other| other.date != day.date) {
            return Err(ActionError::Invalid(format!("there are {MOST_OWN_DAYS} such days already")));
        }
        let day = OwnDay { why: day.why.trim().to_owned(), ..day };
        self.change_settings(actor, Change::Day(day)).await
    }

    pub async fn remove_own_day(&self, actor: &Actor, date: Date) -> Result<(), ActionError> {
        self.change_settings(actor, Change::RemoveDay(date)).await
    }

    /// Changes a profile by its key, or adds it when `new`. Deadlines that run keep the terms with which they began.
    pub async fn put_deadline_profile(
        &self,
        actor: &Actor,
        profile: Profile,
        new: bool,
    ) -> Result<(), SettingsError> {
        self.shared.allow(actor, Right::ManageCalendar)?;
        profile.check().map_err(SettingsError::Wrong)?;
        let directory = self.shared.db.directory();
        let exists = directory.deadline_profile(&profile.key).is_some();
        if new && exists {
            return Err(SettingsError::Wrong(Wrong::Key));
        }
        if !new && !exists {
            return Err(ActionError::NotFound.into());
        }
        if new && directory.deadline_profiles.len() >= MOST_PROFILES {
            return Err(ActionError::Invalid(format!("there are {MOST_PROFILES} profiles already")).into());
        }
        Ok(self.change_settings(actor, Change::Profile(Box::new(profile))).await?)
    }

    /// For cases that come from now on. `None`: only what applies everywhere.
    pub async fn set_category_deadline(
        &self,
        actor: &Actor,
        category: CategoryId,
        profile: Option<String>,
    ) -> Result<(), ActionError> {
        let directory = self.shared.db.directory();
        if directory.category(category).is_none() {
            return Err(ActionError::NotFound);
        }
        if profile.as_deref().is_some_and(|key| directory.deadline_profile(key).is_none()) {
            return Err(ActionError::Invalid("there is no such profile".into()));
        }
        self.change_settings(actor, Change::Category(category, profile)).await
    }

    /// When a case that came at `at` would be due by each profile, or by `terms` that are not stored.
    pub fn preview_deadlines(&self, at: Timestamp) -> Vec<Preview> {
        let directory = self.shared.db.directory();
        let preview = |profile: &Profile| {
            let due = self.preview_deadline(&profile.terms, at);
            Preview { profile: profile.clone(), due }
        };
        directory.deadline_profiles.iter().map(preview).collect()
    }

    pub fn preview_deadline(&self, terms: &Terms, at: Timestamp) -> Option<Due> {
        let directory = self.shared.db.directory();
        compute(terms, at, &directory.office.calendar, &self.shared.zone, &[], 0).ok()
    }

    /// What waited for the user has been seen to.
    pub async fn finish_task(&self, actor: &Actor, task: TaskId) -> Result<CaseId, ActionError> {
        // Nothing waits for a program that works in nobody's name.
        let user = actor.person().ok_or(ActionError::NotFound)?;
        let finish = Finish { task, user, at: self.clock.now() };
        self.shared.db.write(finish).await
    }

    async fn change_settings(&self, actor: &Actor, change: Change) -> Result<(), ActionError> {
        self.shared.allow(actor, Right::ManageCalendar)?;
        self.shared.db.write(change).await?;
        Ok(self.shared.db.refresh_directory().await?)
    }
}

fn overlap(day: &[Hours]) -> bool {
    let later = |place: usize| day.iter().skip(place + 1);
    day.iter().enumerate().any(|(place, hours)| later(place).any(|other| hours.overlap(*other)))
}

enum Change {
    Week(Week, Holidays),
    Day(OwnDay),
    RemoveDay(Date),
    Profile(Box<Profile>),
    Category(CategoryId, Option<String>),
}

impl Work for Change {
    type Out = ();
    type Error = ActionError;

    async fn run(&self, tx: &mut Tx<'_>) -> Result<(), ActionError> {
        let days = match self {
            Self::Week(week, holidays) => {
                tx.put_week(week, *holidays).await?;
                true
            }
            Self::Day(day) => {
                tx.put_own_day(day).await?;
                true
            }
            Self::RemoveDay(date) => {
                if !tx.remove_own_day(*date).await? {
                    return Err(ActionError::NotFound);
                }
                true
            }
            Self::Profile(profile) => {
                tx.put_deadline_profile(profile).await?;
                false
            }
            Self::Category(category, profile) => {
                tx.set_category_deadline(*category, profile.as_deref()).await?;
                false
            }
        };
        Ok(tx.office_has_changed(days).await?)
    }
}

struct Finish {
    task: TaskId,
    user: UserId,
    at: Timestamp,
}

impl Work for Finish {
    type Out = CaseId;
    type Error = ActionError;

    async fn run(&self, tx: &mut Tx<'_>) -> Result<CaseId, ActionError> {
        tx.finish_task(self.task, self.user, self.at).await?.ok_or(ActionError::NotFound)
    }
}
