//! What people do with a case. `version` is that of the row the user looked at: [`ActionError::Conflict`] when it is no longer true.

use std::sync::Arc;

use jiff::Timestamp;

use super::{ActionError, Actions, Actor, Shared};
use crate::domain::case::Status;
use crate::domain::id::{CaseEventId, CaseId, CategoryId, DepartmentId, UserId};
use crate::domain::permission::Right;
use crate::domain::script::search_key;
use crate::domain::timeline::Entry;
use crate::store::case::{CaseChange, CaseHead};
use crate::store::{Tx, Work};

/// A note is a paragraph or two, not a document.
pub const NOTE_MAX_CHARS: usize = 10_000;

impl Actions {
    pub async fn add_note(
        &self,
        actor: &Actor,
        case: CaseId,
        words: &str,
    ) -> Result<CaseEventId, ActionError> {
        actor.require(Right::AddNote)?;
        let words = words.trim();
        if words.is_empty() {
            return Err(ActionError::Invalid("a note has words".into()));
        }
        if words.chars().count() > NOTE_MAX_CHARS {
            return Err(ActionError::Invalid(format!("a note has at most {NOTE_MAX_CHARS} characters")));
        }
        let work = AddNote { actor: actor.clone(), case, words: words.to_owned(), at: self.clock.now() };
        let id = self.shared.db.write(work).await?;
        self.changed(case);
        Ok(id)
    }

    /// The new version.
    pub async fn set_status(
        &self,
        actor: &Actor,
        case: CaseId,
        version: i64,
        to: Status,
    ) -> Result<i64, ActionError> {
        actor.require(Right::ChangeStatus)?;
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
        actor.require(Right::Assign)?;
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
        actor.require(Right::Classify)?;
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
        actor.require(Right::Assign)?;
        self.change(actor, case, version, To::Department(to)).await
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

struct AddNote {
    actor: Actor,
    case: CaseId,
    words: String,
    at: Timestamp,
}

impl Work for AddNote {
    type Out = CaseEventId;
    type Error = ActionError;

    async fn run(&self, tx: &mut Tx<'_>) -> Result<CaseEventId, ActionError> {
        if !tx.touch_case(self.case, self.at, false).await? {
            return Err(ActionError::NotFound);
        }
        tx.add_case_words(self.case, &search_key(&self.words)).await?;
        let note = Entry::Note { words: self.words.clone() };
        tx.append(self.case, self.at, &self.actor.by(), &[note]).await?.ok_or(ActionError::NotFound)
    }
}

/// What a field of the case becomes.
#[derive(Clone, Copy, Debug)]
enum To {
    Status(Status),
    Assignee(Option<UserId>),
    Category(CategoryId),
    Department(Option<DepartmentId>),
}

struct ChangeCase {
    shared: Arc<Shared>,
    actor: Actor,
    case: CaseId,
    version: i64,
    to: To,
    at: Timestamp,
}

impl Work for ChangeCase {
    /// The new version; the old one when it was so already.
    type Out = i64;
    type Error = ActionError;

    async fn run(&self, tx: &mut Tx<'_>) -> Result<i64, ActionError> {
        let head = tx.case_head(self.case).await?.ok_or(ActionError::NotFound)?;
        if head.version != self.version {
            return Err(ActionError::Conflict);
        }
        let Some((change, entry)) = self.difference(&head)? else { return Ok(self.version) };
        let version = tx.change_case(self.case, &change, self.at).await?;
        tx.append(self.case, self.at, &self.actor.by(), &[entry]).await?;
        Ok(version)
    }
}

impl ChangeCase {
    /// `None` when the case is so already.
    fn difference(&self, head: &CaseHead) -> Result<Option<(CaseChange, Entry)>, ActionError> {
        let directory = self.shared.db.directory();
        let mut change = CaseChange::default();
        let (same, entry) = match self.to {
            To::Status(to) => {
                change.status = Some(to);
                (head.status == to, Entry::StatusChanged { from: head.status, to })
            }
            To::Assignee(to) => {
                if to.is_some_and(|to| !directory.user(to).is_some_and(|user| user.active)) {
                    return Err(ActionError::Invalid("there is no such user".into()));
                }
                change.assignee = Some(to);
                (head.assignee == to, Entry::Assigned { from: head.assignee, to })
            }
            To::Category(to) => {
                if directory.category(to).is_none() {
                    return Err(ActionError::Invalid("there is no such category".into()));
                }
                change.category = Some((to, directory.category_root(to)));
                (head.category == to, Entry::CategoryChanged { from: head.category, to })
            }
            To::Department(to) => {
                if to.is_some_and(|to| directory.department(to).is_none()) {
                    return Err(ActionError::Invalid("there is no such service".into()));
                }
                change.department = Some(to);
                (head.department == to, Entry::DepartmentChanged { from: head.department, to })
            }
        };
        Ok((!same).then_some((change, entry)))
    }
}
