//! Recordings of calls; the sound itself is a file in the data folder.

use jiff::Timestamp;
use serde::Serialize;
use sqlx::AssertSqlSafe;

use super::sql::{Row, args, pieces};
use super::tx::Tx;
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

/// A kept recording, one that runs, or one in which nothing was said.
pub(super) const KEPT: &str = "kept";

impl Db {
    /// `None` also for one that was dropped.
    pub async fn recording(&self, id: RecordingId) -> Result<Option<RecordingRow>, StoreError> {
        let sql = "SELECT id, interaction_id, case_id, path, started_at, length_ms FROM recording \
             WHERE id = $1 AND state <> 'dropped'";
        self.optional(sql, args![id]).await?.as_ref().map(recording_row).transpose()
    }

    /// Running recordings of calls of this node that another node ended, with their paths.
    pub async fn left_recordings(
        &self,
        node: &str,
        after: RecordingId,
        limit: i64,
    ) -> Result<Vec<(RecordingId, String)>, StoreError> {
        let sql = "SELECT r.id, r.path FROM recording r JOIN interaction i ON i.id = r.interaction_id \
             WHERE r.state = 'running' AND r.id > $2 AND i.state = 'ended' AND i.node = $1 ORDER BY r.id LIMIT $3";
        let rows = self.all(sql, args![node, after, limit]).await?;
        rows.iter().map(|row| Ok((row.get(0)?, row.get(1)?))).collect()
    }

    /// Case by case, oldest first.
    pub(super) async fn recordings_of(&self, cases: &[CaseId]) -> Result<Vec<RecordingRow>, StoreError> {
        let mut recordings = Vec::new();
        for piece in pieces(cases) {
            let places: Vec<String> = (1..=piece.len()).map(|place| format!("${place}")).collect();
            let sql = format!(
                "SELECT id, interaction_id, case_id, path, started_at, length_ms FROM recording \
                 WHERE case_id IN ({}) AND state = 'kept' ORDER BY case_id, id + 0",
                places.join(",")
            );
            let cases = piece.iter().map(|case| (*case).into()).collect();
            for row in self.all(AssertSqlSafe(sql), cases).await? {
                recordings.push(recording_row(&row)?);
            }
        }
        Ok(recordings)
    }
}

pub(super) fn recording_row(row: &Row) -> Result<RecordingRow, StoreError> {
    let mut r = row.reader();
    Ok(RecordingRow {
        id: r.next()?,
        interaction: r.next()?,
        case: r.next()?,
        path: r.next()?,
        started_at: r.next()?,
        length_ms: r.next()?,
    })
}

impl Tx<'_> {
    pub async fn insert_recording(
        &mut self,
        interaction: InteractionId,
        path: &str,
        at: Timestamp,
    ) -> Result<RecordingId, StoreError> {
        let sql =
            "INSERT INTO recording (interaction_id, path, state, started_at) VALUES ($1, $2, 'running', $3)";
        Ok(RecordingId(self.insert_one(sql, args![interaction, path, at]).await?))
    }

    /// The call it belongs to; `None` when it had ended before. `length_ms`: `None` drops it.
    pub async fn end_recording(
        &mut self,
        id: RecordingId,
        length_ms: Option<i64>,
    ) -> Result<Option<InteractionId>, StoreError> {
        let sql = "UPDATE recording SET state = $2, length_ms = $3 WHERE id = $1 AND state = 'running' RETURNING interaction_id";
        let state = if length_ms.is_some() { KEPT } else { "dropped" };
        self.optional(sql, args![id, state, length_ms]).await?.map(|row| row.get(0)).transpose()
    }

    /// Puts the call's kept recordings on the case: those that were not on one yet, with their lengths.
    pub async fn adopt_recordings(
        &mut self,
        interaction: InteractionId,
        case: CaseId,
    ) -> Result<Vec<(RecordingId, i64)>, StoreError> {
        let sql = "UPDATE recording SET case_id = $2 WHERE interaction_id = $1 AND state = 'kept' AND case_id IS NULL \
             RETURNING id, length_ms";
        let rows = self.all(sql, args![interaction, case]).await?;
        rows.iter().map(|row| Ok((row.get(0)?, row.get::<Option<i64>>(1)?.unwrap_or_default()))).collect()
    }

    /// Whether anything was said on the call.
    pub async fn has_kept_recording(&mut self, interaction: InteractionId) -> Result<bool, StoreError> {
        let sql = "SELECT id FROM recording WHERE interaction_id = $1 AND state = 'kept' LIMIT 1";
        Ok(self.optional(sql, args![interaction]).await?.is_some())
    }

    /// Recordings of a call that still run: id and path.
    pub async fn running_recordings(
        &mut self,
        interaction: InteractionId,
    ) -> Result<Vec<(RecordingId, String)>, StoreError> {
        let sql =
            "SELECT id, path FROM recording WHERE interaction_id = $1 AND state = 'running' ORDER BY id";
        let rows = self.all(sql, args![interaction]).await?;
        rows.iter().map(|row| Ok((row.get(0)?, row.get(1)?))).collect()
    }
}
