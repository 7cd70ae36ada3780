//! Recordings of calls; the sound itself is a file in the data folder.

use jiff::Timestamp;
use serde::Serialize;

use super::{Db, StoreError};
use crate::domain::id::{CaseId, InteractionId, RecordingId};

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct RecordingRow {
    pub id: RecordingId,
    pub interaction: InteractionId,
    pub case: Option<CaseId>,
    /// Relative to the data folder.
    pub path: String,
    pub started_at: Timestamp,
    /// `None` while it runs.
    pub length_ms: Option<i64>,
}

#[expect(unused_variables, clippy::todo, clippy::unused_async, reason = "the bodies follow within the hour")]
impl Db {
    /// `None` also for one that was dropped.
    pub async fn recording(&self, id: RecordingId) -> Result<Option<RecordingRow>, StoreError> {
        todo!()
    }
}
