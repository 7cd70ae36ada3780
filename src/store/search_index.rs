//! The index of search keys of the embedded database.
//!
//! FTS5 keeps what is new in memory until the transaction ends, or until a statement begins that could be undone alone: then it is
//! written out, as a segment of its own. With a trigger that was once for each case, a quarter of what it cost to open one. So works
//! only note whose keys they wrote, and the writer brings them into the index at the end of the batch.

use rusqlite::Connection;

use super::StoreError;
use super::embedded::{self, FromCell as _};
use super::sql::{Value, args};
use crate::domain::id::{CaseId, PersonId};

/// Whose keys were written in this transaction. Ordered so that what is new comes before its changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Unindexed {
    id: i64,
    what: What,
    /// Whether the index knows it from before.
    known: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum What {
    Case,
    Person,
}

impl Unindexed {
    pub(super) fn case(id: CaseId, known: bool) -> Self {
        Self { id: id.0, what: What::Case, known }
    }

    pub(super) fn person(id: PersonId, known: bool) -> Self {
        Self { id: id.0, what: What::Person, known }
    }
}

impl What {
    /// What forgets, what reads the keys, and what takes them in.
    fn statements(self) -> (&'static str, &'static str, &'static str) {
        match self {
            Self::Case => (
                "DELETE FROM case_fts WHERE rowid = $1",
                "SELECT body || ' ' || who || ' ' || owners FROM case_search WHERE case_id = $1",
                "INSERT INTO case_fts (rowid, body) VALUES ($1, $2)",
            ),
            Self::Person => (
                "DELETE FROM person_fts WHERE rowid = $1",
                "SELECT keys FROM person WHERE id = $1 AND keys <> ''",
                "INSERT INTO person_fts (rowid, body) VALUES ($1, $2)",
            ),
        }
    }
}

/// Inside the transaction that wrote the keys.
pub(super) fn bring_up_to_date(
    connection: &Connection,
    changed: &mut Vec<Unindexed>,
) -> Result<(), StoreError> {
    changed.sort_unstable();
    changed.dedup_by_key(|unindexed| (unindexed.id, unindexed.what));
    for Unindexed { id, what, known } in changed.drain(..) {
        let (forget, read, take) = what.statements();
        let row = [Value::from(id)];
        if known {
            embedded::execute(connection, forget, &row)?;
        }
        let keys = embedded::all(connection, read, &row)?;
        if let Some(keys) = keys.into_iter().next().and_then(|row| row.into_iter().next()) {
            let keys = String::from_cell(&keys)
                .ok_or_else(|| StoreError::Corrupt("search keys that are no text".into()))?;
            let values = args![id, keys];
            embedded::execute(connection, take, &values)?;
        }
    }
    Ok(())
}
