//! The list of cases: newest first, filtered, searched, page by page.

use std::fmt;
use std::str::FromStr;

use jiff::Timestamp;

use super::case::CaseRow;
use super::{Db, StoreError};
use crate::domain::case::{CaseNumber, Channel, Status};
use crate::domain::id::{CaseId, CategoryId, DepartmentId, PersonId, UserId};
use crate::domain::phone::PhoneNumber;

/// All that is given must hold.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CaseFilter {
    pub status: Option<Status>,
    pub channel: Option<Channel>,
    /// The category or one under it.
    pub category: Option<CategoryId>,
    pub department: Option<DepartmentId>,
    pub assignee: Option<Assignee>,
    /// Opened at or after.
    pub from: Option<Timestamp>,
    /// Opened before.
    pub until: Option<Timestamp>,
    pub number: Option<CaseNumber>,
    /// Cases of the person with this number.
    pub phone: Option<PhoneNumber>,
    pub person: Option<PersonId>,
    /// Words in either script, a telephone number in any notation, a case number or its beginning.
    pub q: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Assignee {
    User(UserId),
    Nobody,
}

/// Where a page ended. Written as `<microseconds>.<id>`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cursor {
    pub opened_at: Timestamp,
    pub id: CaseId,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CasePage {
    pub rows: Vec<CaseRow>,
    /// `None` on the last page.
    pub next: Option<Cursor>,
}

/// A page asks for no more than this.
pub const PAGE_MAX: u32 = 200;

#[expect(unused_variables, clippy::todo, clippy::unused_async, reason = "the bodies follow within the hour")]
impl Db {
    /// Newest first, after `after`.
    pub async fn case_list(
        &self,
        filter: &CaseFilter,
        after: Option<Cursor>,
        limit: u32,
    ) -> Result<CasePage, StoreError> {
        todo!()
    }

    /// How many cases are in each status, from maintained counters.
    pub async fn case_counts(&self) -> Result<Vec<(Status, i64)>, StoreError> {
        todo!()
    }
}

impl fmt::Display for Cursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.opened_at.as_microsecond(), self.id)
    }
}

/// A cursor that was not written by us.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a cursor")]
pub struct BadCursor;

impl FromStr for Cursor {
    type Err = BadCursor;

    fn from_str(text: &str) -> Result<Self, BadCursor> {
        let (at, id) = text.split_once('.').ok_or(BadCursor)?;
        let opened_at =
            at.parse().ok().and_then(|at| Timestamp::from_microsecond(at).ok()).ok_or(BadCursor)?;
        Ok(Self { opened_at, id: CaseId(id.parse().map_err(|_| BadCursor)?) })
    }
}
