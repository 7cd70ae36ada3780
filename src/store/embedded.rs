//! The writing side of the embedded database.
//!
//! Statements run on the thread that asks for them. The pool of readers hands every statement to a thread of its own and back,
//! which is right for pages but cost more than the statements themselves when a case was opened: four fifths of a core's time
//! at 800 texts a second.

use std::path::Path;
use std::time::Duration;

use rusqlite::types::{ToSqlOutput, Value as Cell, ValueRef};
use rusqlite::{CachedStatement, Connection, ToSql};

use super::StoreError;
use super::sql::Value;

/// Statements that stay prepared; there are some eighty texts.
const STATEMENTS: usize = 256;

/// As the readers are opened; FULL: a commit that was answered survives a power cut; secure_delete: what is deleted is overwritten with
/// zeros, also on pages that nobody uses any more, which FAST leaves as they are. Some hundredths of what an insert costs.
const SETTINGS: &str = "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON; \
     PRAGMA temp_store = MEMORY; PRAGMA wal_autocheckpoint = 4096; PRAGMA journal_size_limit = 67108864; \
     PRAGMA cache_size = -32768; PRAGMA secure_delete = ON;";

/// Only somebody with a program of his own is ever in the way.
const BUSY: Duration = Duration::from_secs(5);

pub(super) fn open(file: &Path) -> Result<Connection, StoreError> {
    let connection = Connection::open(file)?;
    connection.busy_timeout(BUSY)?;
    connection.execute_batch(SETTINGS)?;
    connection.set_prepared_statement_cache_capacity(STATEMENTS);
    Ok(connection)
}

/// Brings the log into the file and cuts it to nothing. `false`: somebody reads what is in it, which is no reason to wait for him.
pub(super) fn empty_log(connection: &Connection) -> Result<bool, StoreError> {
    connection.busy_timeout(Duration::from_millis(200))?;
    let done = connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |row| row.get::<_, i64>(0));
    connection.busy_timeout(BUSY)?;
    Ok(done? == 0)
}

pub(super) fn execute(connection: &Connection, text: &str, args: &[Value]) -> Result<u64, StoreError> {
    let mut statement = prepare(connection, text, args)?;
    Ok(statement.raw_execute()? as u64)
}

pub(super) fn all(connection: &Connection, text: &str, args: &[Value]) -> Result<Vec<Vec<Cell>>, StoreError> {
    let mut statement = prepare(connection, text, args)?;
    let columns = statement.column_count();
    let mut rows = statement.raw_query();
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        found.push((0..columns).map(|column| row.get(column)).collect::<Result<_, _>>()?);
    }
    Ok(found)
}

/// `$2` is the second argument wherever it stands; to SQLite it is a name, numbered by its first appearance.
fn prepare<'c>(
    connection: &'c Connection,
    text: &str,
    args: &[Value],
) -> Result<CachedStatement<'c>, StoreError> {
    let mut statement = connection.prepare_cached(text)?;
    for place in 1..=statement.parameter_count() {
        let number = statement.parameter_name(place).and_then(|name| name.get(1..)?.parse::<usize>().ok());
        let value = number.and_then(|number| args.get(number.checked_sub(1)?));
        let value =
            value.ok_or_else(|| StoreError::Database(format!("no argument for a place of {text}")))?;
        statement.raw_bind_parameter(place, value)?;
    }
    Ok(statement)
}

impl ToSql for Value {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        let value = match self {
            Self::Int(number) => number.map_or(ValueRef::Null, ValueRef::Integer),
            Self::Text(text) => text.as_ref().map_or(ValueRef::Null, |text| ValueRef::Text(text.as_bytes())),
            Self::Bytes(bytes) => bytes.as_deref().map_or(ValueRef::Null, ValueRef::Blob),
        };
        Ok(ToSqlOutput::Borrowed(value))
    }
}

/// What a cell can be read as; `None` when it holds something else.
pub trait FromCell: Sized {
    fn from_cell(cell: &Cell) -> Option<Self>;
}

impl FromCell for i64 {
    fn from_cell(cell: &Cell) -> Option<Self> {
        if let Cell::Integer(number) = cell { Some(*number) } else { None }
    }
}

impl FromCell for String {
    fn from_cell(cell: &Cell) -> Option<Self> {
        if let Cell::Text(text) = cell { Some(text.clone()) } else { None }
    }
}

impl FromCell for Vec<u8> {
    fn from_cell(cell: &Cell) -> Option<Self> {
        if let Cell::Blob(bytes) = cell { Some(bytes.clone()) } else { None }
    }
}

impl<T: FromCell> FromCell for Option<T> {
    fn from_cell(cell: &Cell) -> Option<Self> {
        if matches!(cell, Cell::Null) { Some(None) } else { T::from_cell(cell).map(Some) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::sql::args;

    #[test]
    fn arguments_go_to_their_numbers_in_whatever_order_they_stand() {
        let connection = Connection::open_in_memory().unwrap();
        let args: Vec<Value> = args!["a", 7_i64];
        let rows = all(&connection, "SELECT $2, $1, $2", &args).unwrap();
        assert_eq!(rows, [[Cell::Integer(7), Cell::Text("a".into()), Cell::Integer(7)]]);
    }

    #[test]
    fn missing_argument_is_an_error_and_not_a_null() {
        let connection = Connection::open_in_memory().unwrap();
        let args: Vec<Value> = args!["a"];
        assert!(all(&connection, "SELECT $1, $2", &args).is_err());
    }
}
