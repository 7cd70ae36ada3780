//! What people do with a case. `version` is that of the row the user looked at: [`ActionError::Conflict`] when it is no longer true.

use super::{ActionError, Actions, Actor};
use crate::domain::case::Status;
use crate::domain::id::{CaseEventId, CaseId, CategoryId, DepartmentId, UserId};

/// A note is a paragraph or two, not a document.
pub const NOTE_MAX_CHARS: usize = 10_000;

#[expect(unused_variables, clippy::todo, clippy::unused_async, reason = "the bodies follow within the hour")]
impl Actions {
    pub async fn add_note(
        &self,
        actor: &Actor,
        case: CaseId,
        words: &str,
    ) -> Result<CaseEventId, ActionError> {
        todo!()
    }

    /// The new version.
    pub async fn set_status(
        &self,
        actor: &Actor,
        case: CaseId,
        version: i64,
        to: Status,
    ) -> Result<i64, ActionError> {
        todo!()
    }

    /// The new version.
    pub async fn assign(
        &self,
        actor: &Actor,
        case: CaseId,
        version: i64,
        to: Option<UserId>,
    ) -> Result<i64, ActionError> {
        todo!()
    }

    /// The new version. The service stays: it may have been chosen by hand.
    pub async fn set_category(
        &self,
        actor: &Actor,
        case: CaseId,
        version: i64,
        to: CategoryId,
    ) -> Result<i64, ActionError> {
        todo!()
    }

    /// The new version.
    pub async fn set_department(
        &self,
        actor: &Actor,
        case: CaseId,
        version: i64,
        to: Option<DepartmentId>,
    ) -> Result<i64, ActionError> {
        todo!()
    }
}
