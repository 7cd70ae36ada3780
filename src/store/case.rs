//! One case and its page.

use jiff::Timestamp;
use serde::Serialize;

use super::event::TimelineEntry;
use super::person::Person;
use super::recording::RecordingRow;
use super::{Db, StoreError};
use crate::domain::case::{CaseNumber, Channel, Status};
use crate::domain::id::{CaseId, CategoryId, DepartmentId, OutboxId, PersonId, UserId};
use crate::domain::message::DeliveryState;

/// One row of the list, and the head of the case's page. Names of category, service and assignee: [`Db::directory`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct CaseRow {
    pub id: CaseId,
    pub number: CaseNumber,
    pub channel: Channel,
    pub status: Status,
    pub category: CategoryId,
    pub department: Option<DepartmentId>,
    pub assignee: Option<UserId>,
    pub person: Option<PersonId>,
    /// Of the person; empty when nobody wrote it down yet.
    pub person_name: String,
    /// The number or name that the contact came from; `None` when it was hidden.
    pub caller: Option<String>,
    /// The beginning of what the citizen wrote; empty for a call.
    pub summary: String,
    pub opened_at: Timestamp,
    pub updated_at: Timestamp,
    /// Grows with every change of status, assignee, category or service; verbs that change these want it back.
    pub version: i64,
}

/// All that the case's page shows.
#[derive(Clone, Debug)]
pub struct CaseDetail {
    pub case: CaseRow,
    pub person: Option<Person>,
    /// Oldest first.
    pub timeline: Vec<TimelineEntry>,
    /// Kept ones, oldest first.
    pub recordings: Vec<RecordingRow>,
    /// Texts to the citizen, oldest first.
    pub texts: Vec<TextRow>,
    /// The latest other cases of the person.
    pub others: Vec<CaseRow>,
}

/// One text to a citizen, with what became of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct TextRow {
    pub id: OutboxId,
    pub to: String,
    pub words: String,
    pub state: DeliveryState,
    pub error: Option<String>,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
}

#[expect(unused_variables, clippy::todo, clippy::unused_async, reason = "the bodies follow within the hour")]
impl Db {
    pub async fn case_row(&self, id: CaseId) -> Result<Option<CaseRow>, StoreError> {
        todo!()
    }

    pub async fn case_detail(&self, id: CaseId) -> Result<Option<CaseDetail>, StoreError> {
        todo!()
    }

    pub async fn case_by_number(&self, number: &CaseNumber) -> Result<Option<CaseId>, StoreError> {
        todo!()
    }
}
