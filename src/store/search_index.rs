//! The index of search keys of the embedded database.
//!
//! FTS5 keeps what is new in memory until the transaction ends, or until a statement begins that could be undone alone: then it is
//! written out, as a segment of its own. With a trigger that was once for each case, a quarter of what it cost to open one. So works
//! only note which cases they wrote keys of, and the writer brings them into the index at the end of the batch.

use rusqlite::Connection;

use super::StoreError;
use super::embedded::{self, FromCell as _};
use super::sql::args;
use crate::domain::id::CaseId;

/// A case whose keys were written in this transaction. Ordered so that the opening of a case comes before its changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Unindexed {
    pub case: CaseId,
    /// Whether the index knows it from before.
    pub known: bool,
}

/// Inside the transaction that wrote the keys.
pub(super) fn bring_up_to_date(
    connection: &Connection,
    cases: &mut Vec<Unindexed>,
) -> Result<(), StoreError> {
    cases.sort_unstable();
    cases.dedup_by_key(|unindexed| unindexed.case);
    for Unindexed { case, known } in cases.drain(..) {
        let id = args![case];
        if known {
            embedded::execute(connection, "DELETE FROM case_fts WHERE rowid = $1", &id)?;
        }
        let body = embedded::all(connection, "SELECT body FROM case_search WHERE case_id = $1", &id)?;
        if let Some(body) = body.into_iter().next().and_then(|row| row.into_iter().next()) {
            let body = String::from_cell(&body)
                .ok_or_else(|| StoreError::Corrupt("search keys that are no text".into()))?;
            let sql = "INSERT INTO case_fts (rowid, body) VALUES ($1, $2)";
            let values = args![case, body];
            embedded::execute(connection, sql, &values)?;
        }
    }
    Ok(())
}
