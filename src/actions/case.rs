//! What people do with a case. `version` is that of the row the user looked at: [`ActionError::Conflict`] when it is no longer true.

use std::sync::Arc;

use jiff::Timestamp;

use super::on_case::written;
use super::{ActionError, Actions, Actor, Shared};
use crate::domain::case::Status;
use crate::domain::flow::{Refused, Step};
use crate::domain::id::{CaseEventId, CaseId, CategoryId, DepartmentId, UserId};
use crate::domain::permission::Right;
use crate::domain::projection::CaseFields;
use crate::domain::script::search_key;
use crate::domain::timeline::Entry;
use crate::store::directory::Directory;
use crate::store::{Tx, Work};

/// A note is a paragraph or two, not a document.
pub const NOTE_MAX_CHARS: usize = 10_000;
/// Street, number, and how it is found.
pub const PLACE_MAX_CHARS: usize = 500;

impl Actions {
    pub async fn add_note(
        &self,
        actor: &Actor,
        case: CaseId,
        words: &str,
    ) -> Result<CaseEventId, ActionError> {
        let words = words.trim();
        if words.is_empty() {
            return Err(ActionError::Invalid("a note has words".into()));
        }
        if words.chars().count() > NOTE_MAX_CHARS {
            return Err(ActionError::Invalid(format!("a note has at most {NOTE_MAX_CHARS} characters")));
        }
        let (shared, actor) = (Arc::clone(&self.shared), actor.clone());
        let work = AddNote { shared, actor, case, words: words.to_owned(), at: self.clock.now() };
        let id = self.shared.db.write(work).await?;
        self.changed(case);
        Ok(id)
    }

    /// Takes up, puts back or closes; what needs more than a status has a verb of its own. The new version.
    pub async fn set_status(
        &self,
        actor: &Actor,
        case: CaseId,
        version: i64,
        to: Status,
    ) -> Result<i64, ActionError> {
        self.change(actor, case, version, To::Status(to)).await
    }

    /// The new version.
    pub async fn assign(
        &self,
        actor: &Actor,
        case: CaseId,
        version: i64,
        to: Option<UserId>,
    ) -> Result<i64, ActionError> {
        self.change(actor, case, version, To::Assignee(to)).await
    }

    /// The new version. The service stays: it may have been chosen by hand.
    pub async fn set_category(
        &self,
        actor: &Actor,
        case: CaseId,
        version: i64,
        to: CategoryId,
    ) -> Result<i64, ActionError> {
        self.change(actor, case, version, To::Category(to)).await
    }

    /// The new version.
    pub async fn set_department(
        &self,
        actor: &Actor,
        case: CaseId,
        version: i64,
        to: Option<DepartmentId>,
    ) -> Result<i64, ActionError> {
        self.change(actor, case, version, To::Department(to)).await
    }

    /// Where the problem is. The new version.
    pub async fn set_place(
        &self,
        actor: &Actor,
        case: CaseId,
        version: i64,
        to: &str,
    ) -> Result<i64, ActionError> {
        let to = written(to, "a place", PLACE_MAX_CHARS)?.to_owned();
        self.change(actor, case, version, To::Place(to)).await
    }

    async fn change(&self, actor: &Actor, case: CaseId, version: i64, to: To) -> Result<i64, ActionError> {
        let (shared, actor, at) = (Arc::clone(&self.shared), actor.clone(), self.clock.now());
        let new = self.shared.db.write(ChangeCase { shared, actor, case, version, to, at }).await?;
        if new != version {
            self.changed(case);
        }
        Ok(new)
    }
}

pub(super) struct AddNote {
    pub shared: Arc<Shared>,
    pub actor: Actor,
    pub case: CaseId,
    pub words: String,
    pub at: Timestamp,
}

impl Work for AddNote {
    type Out = CaseEventId;
    type Error = ActionError;

    async fn run(&self, tx: &mut Tx<'_>) -> Result<CaseEventId, ActionError> {
        let mut case = tx.case_fields(self.case).await?.ok_or(ActionError::NotFound)?;
        self.shared.allow_on(&self.actor, Right::AddNote, &case)?;
        tx.add_case_words(self.case, &search_key(&self.words)).await?;
        let note = Entry::Note { words: self.words.clone() };
        let directory = self.shared.db.directory();
        let id = tx.enter(&directory, (self.case, &mut case), self.at, &self.actor.by(), &[note]).await?;
        id.ok_or(ActionError::NotFound)
    }
}

/// What a field of the case becomes.
#[derive(Clone, Debug)]
pub(super) enum To {
    Status(Status),
    Assignee(Option<UserId>),
    Category(CategoryId),
    Department(Option<DepartmentId>),
    Place(String),
}

impl To {
    fn right(&self) -> Right {
        match self {
            Self::Status(to) => Step::of_change(*to).map_or(Right::ChangeStatus, Step::right),
            Self::Assignee(_) | Self::Department(_) => Right::Assign,
            Self::Category(_) => Right::Classify,
            Self::Place(_) => Right::EditFacts,
        }
    }
}

pub(super) struct ChangeCase {
    pub shared: Arc<Shared>,
    pub actor: Actor,
    pub case: CaseId,
    pub version: i64,
    pub to: To,
    pub at: Timestamp,
}

impl Work for ChangeCase {
    /// The new version; the old one when it was so already.
    type Out = i64;
    type Error = ActionError;

    async fn run(&self, tx: &mut Tx<'_>) -> Result<i64, ActionError> {
        let mut case = tx.case_fields(self.case).await?.ok_or(ActionError::NotFound)?;
        self.shared.allow_on(&self.actor, self.to.right(), &case)?;
        if case.version != self.version {
            return Err(ActionError::Conflict);
        }
        let directory = self.shared.db.directory();
        if let Some(entry) = self.difference(&directory, &case)? {
            if let To::Place(place) = &self.to {
                tx.add_case_words(self.case, &search_key(place)).await?;
            }
            let by = self.actor.by();
            self.shared.enter(tx, (self.case, &mut case), self.at, &by, &[entry]).await?;
        }
        Ok(case.version)
    }
}

impl ChangeCase {
    /// `None` when the case is so already.
    fn difference(&self, directory: &Directory, case: &CaseFields) -> Result<Option<Entry>, ActionError> {
        if case.merged_into.is_some() {
            return Err(Refused::Merged.into());
        }
        let (same, entry) = match self.to {
            To::Status(to) => {
                if case.status != to {
                    step_to(to)?.check(case)?;
                }
                (case.status == to, Entry::StatusChanged { from: case.status, to })
            }
            To::Place(ref to) => {
                let area = directory.areas.find(to).map(|found| found.area.key.clone());
                let entry = Entry::PlaceChanged { from: case.place.clone(), to: to.clone(), area };
                (case.place == *to, entry)
            }
            To::Assignee(to) => {
                if to.is_some_and(|to| !directory.user(to).is_some_and(|user| user.active)) {
                    return Err(ActionError::Invalid("there is no such user".into()));
                }
                (case.assignee == to, Entry::Assigned { from: case.assignee, to })
            }
            To::Category(to) => {
                if !directory.category(to).is_some_and(|category| category.active) {
                    return Err(ActionError::Invalid("there is no such category".into()));
                }
                (case.category == to, Entry::CategoryChanged { from: case.category, to })
            }
            To::Department(to) => {
                if to.is_some_and(|to| !directory.department(to).is_some_and(|service| service.active)) {
                    return Err(ActionError::Invalid("there is no such service".into()));
                }
                (case.department == to, Entry::DepartmentChanged { from: case.department, to })
            }
        };
        Ok((!same).then_some(entry))
    }
}

fn step_to(to: Status) -> Result<Step, ActionError> {
    let needs = match to {
        Status::Forwarded => "a case is forwarded to a service",
        Status::Answered => "an answer has an outcome and words for the citizen",
        _ => "a case is opened again for a reason",
    };
    Step::of_change(to).ok_or_else(|| ActionError::Invalid(needs.into()))
}
