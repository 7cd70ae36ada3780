//! Timelines: appended to, never changed.

use jiff::Timestamp;
use serde::Serialize;

use crate::domain::id::{CaseEventId, UserId};
use crate::domain::timeline::{Entry, Visibility};

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct TimelineEntry {
    pub id: CaseEventId,
    pub at: Timestamp,
    /// `None`: the citizen or the program itself; the entry tells which.
    pub actor: Option<UserId>,
    pub visibility: Visibility,
    pub entry: Entry,
}
