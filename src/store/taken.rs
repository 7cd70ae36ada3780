//! Entries of one case that another one, which was split off from it, is about too.

use sqlx::AssertSqlSafe;

use super::event::{ENTRY, TimelineEntry, entry};
use super::recording::{RecordingRow, recording_row};
use super::sql::{args, pieces, places};
use super::tx::Tx;
use super::{Db, StoreError};
use crate::domain::case::CaseRef;
use crate::domain::id::{AttachmentId, CaseEventId, CaseId, PersonId, RecordingId};
use crate::domain::split::MOST_TAKEN;
use crate::domain::timeline::Entry;

/// A file or a recording is looked for on so many cases that are about it too; nobody splits a letter further.
const MOST_CASES: i64 = 50;

/// What a case that was split off shows of the case that it comes from.
#[derive(Clone, Debug, Default)]
pub struct Taken {
    /// Oldest first; each names the case whose entry it is.
    pub entries: Vec<TimelineEntry>,
    pub recordings: Vec<RecordingRow>,
    /// Whose entries they are.
    pub from: Vec<TakenFrom>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TakenFrom {
    pub case: CaseRef,
    /// As it is on that case now.
    pub person: Option<PersonId>,
}

impl Db {
    pub async fn taken(&self, case: CaseId) -> Result<Taken, StoreError> {
        let sql = format!(
            "SELECT {ENTRY} FROM case_event WHERE id IN (SELECT event_id FROM case_taken WHERE case_id = $1) ORDER BY id LIMIT $2"
        );
        let most = i64::try_from(MOST_TAKEN).unwrap_or(i64::MAX);
        let rows = self.all(AssertSqlSafe(sql), args![case, most]).await?;
        let mut taken =
            Taken { entries: rows.iter().map(entry).collect::<Result<_, _>>()?, ..Taken::default() };
        if taken.entries.is_empty() {
            return Ok(taken);
        }
        let sql = "SELECT id, interaction_id, case_id, path, started_at, length_ms FROM recording \
             WHERE id IN (SELECT recording_id FROM case_taken WHERE case_id = $1) AND state = 'kept' ORDER BY id";
        taken.recordings =
            self.all(sql, args![case]).await?.iter().map(recording_row).collect::<Result<_, _>>()?;
        let sql = "SELECT c.id, c.number, COALESCE(p.merged_into, p.id) FROM case_file c LEFT JOIN person p ON p.id = c.person_id \
             WHERE c.id IN (SELECT from_id FROM case_taken WHERE case_id = $1) ORDER BY c.id";
        for row in self.all(sql, args![case]).await? {
            let reference = CaseRef { id: row.get(0)?, number: row.get(1)? };
            taken.from.push(TakenFrom { case: reference, person: row.get(2)? });
        }
        Ok(taken)
    }

    /// The cases that are about this file too, besides the one that it is on.
    pub async fn cases_with_file(&self, file: AttachmentId) -> Result<Vec<CaseId>, StoreError> {
        let sql = "SELECT case_id FROM case_taken WHERE attachment_id = $1 ORDER BY case_id LIMIT $2";
        self.all(sql, args![file, MOST_CASES]).await?.iter().map(|row| row.get(0)).collect()
    }

    /// The same for a recording.
    pub async fn cases_with_recording(&self, recording: RecordingId) -> Result<Vec<CaseId>, StoreError> {
        let sql = "SELECT case_id FROM case_taken WHERE recording_id = $1 ORDER BY case_id LIMIT $2";
        self.all(sql, args![recording, MOST_CASES]).await?.iter().map(|row| row.get(0)).collect()
    }
}

impl Tx<'_> {
    /// Those of `wanted` that are on the case, its own or taken by it, oldest first.
    pub async fn entries_on(
        &mut self,
        case: CaseId,
        wanted: &[CaseEventId],
    ) -> Result<Vec<TimelineEntry>, StoreError> {
        let mut found = Vec::with_capacity(wanted.len());
        for piece in pieces(wanted) {
            let among: Vec<String> = (2..2 + piece.len()).map(|place| format!("${place}")).collect();
            let sql = format!(
                "SELECT {ENTRY} FROM case_event WHERE id IN ({}) AND (case_id = $1 OR id IN \
                 (SELECT event_id FROM case_taken WHERE case_id = $1))",
                among.join(",")
            );
            let mut values = args![case];
            values.extend(piece.iter().map(|id| (*id).into()));
            for row in self.all(AssertSqlSafe(sql), values).await? {
                found.push(entry(&row)?);
            }
        }
        found.sort_by_key(|entry: &TimelineEntry| entry.id);
        Ok(found)
    }

    pub async fn put_taken(&mut self, case: CaseId, entries: &[TimelineEntry]) -> Result<(), StoreError> {
        for piece in pieces(entries) {
            let mut values = Vec::with_capacity(piece.len() * 5);
            for taken in piece {
                let (file, recording) = match &taken.entry {
                    Entry::FileAdded { file, .. } => (Some(*file), None),
                    Entry::Recorded { recording, .. } => (None, Some(*recording)),
                    _ => (None, None),
                };
                values.extend(args![case, taken.id, taken.case, file, recording]);
            }
            let sql = format!(
                "INSERT INTO case_taken (case_id, event_id, from_id, attachment_id, recording_id) VALUES {}",
                places(piece.len(), 5)
            );
            self.execute(AssertSqlSafe(sql), values).await?;
        }
        Ok(())
    }

    /// The cases that show something of this one.
    pub async fn takers(&mut self, case: CaseId) -> Result<Vec<CaseId>, StoreError> {
        let sql = "SELECT DISTINCT case_id FROM case_taken WHERE from_id = $1 ORDER BY case_id";
        self.all(sql, args![case]).await?.iter().map(|row| row.get(0)).collect()
    }

    /// Whether a case that is still worked on shows something of this one.
    pub async fn is_needed(&mut self, case: CaseId) -> Result<bool, StoreError> {
        let sql = "SELECT t.case_id FROM case_taken t JOIN case_file c ON c.id = t.case_id \
             WHERE t.from_id = $1 AND c.status <> 'closed' LIMIT 1";
        Ok(self.optional(sql, args![case]).await?.is_some())
    }

    /// The keys by which a case is found, as `change` makes them.
    pub async fn change_case_words(
        &mut self,
        case: CaseId,
        change: impl Fn(&str) -> String + Send,
    ) -> Result<(), StoreError> {
        let row = self.optional("SELECT body FROM case_search WHERE case_id = $1", args![case]).await?;
        let Some(row) = row else { return Ok(()) };
        let body: String = row.get(0)?;
        let changed = change(&body);
        if changed != body {
            let sql = "UPDATE case_search SET body = $2 WHERE case_id = $1";
            self.execute(sql, args![case, changed.as_str()]).await?;
            self.unindexed.push(super::search_index::Unindexed::case(case, true));
        }
        Ok(())
    }
}
