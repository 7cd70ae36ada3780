//! Why the database did not do it.

/// Knows whether the same work may succeed when it is tried again.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The queue of writes is full, the disk is full, the database is gone.
    #[error("the database does not answer: {0}")]
    Unavailable(String),
    /// Another transaction was in the way; the whole work may be tried again.
    #[error("another transaction was in the way: {0}")]
    Collided(String),
    /// A row that the program cannot have written.
    #[error("stored data cannot be read: {0}")]
    Corrupt(String),
    #[error("{0}")]
    Database(String),
}

/// PostgreSQL: serialization failure, deadlock; a unique key that another transaction took a moment ago, which the
/// work finds when it looks again.
const COLLISIONS: &[&str] = &["40001", "40P01", "23505"];
/// SQLite: full disk, I/O error, busy, locked, read-only, cannot open (primary result codes).
const SQLITE_AWAY: &[i64] = &[5, 6, 8, 10, 13, 14];
/// PostgreSQL classes: connection, resources, operator intervention (shutdown).
const POSTGRES_AWAY: &[&str] = &["08", "53", "57"];

impl From<rusqlite::Error> for StoreError {
    fn from(error: rusqlite::Error) -> Self {
        let words = error.to_string();
        match error.sqlite_error() {
            Some(error) if SQLITE_AWAY.contains(&i64::from(error.extended_code & 0xff)) => {
                Self::Unavailable(words)
            }
            _ => Self::Database(words),
        }
    }
}

impl From<sqlx::Error> for StoreError {
    fn from(error: sqlx::Error) -> Self {
        let words = error.to_string();
        match &error {
            sqlx::Error::Database(database) => {
                let code = database.code().unwrap_or_default();
                let primary = code.parse::<i64>().ok().filter(|_| code.len() < 5).map(|code| code & 0xff);
                if COLLISIONS.contains(&&*code) {
                    Self::Collided(words)
                } else if primary.is_some_and(|code| SQLITE_AWAY.contains(&code))
                    || code.get(..2).is_some_and(|class| code.len() == 5 && POSTGRES_AWAY.contains(&class))
                {
                    Self::Unavailable(words)
                } else {
                    Self::Database(words)
                }
            }
            sqlx::Error::Io(_)
            | sqlx::Error::Tls(_)
            | sqlx::Error::PoolTimedOut
            | sqlx::Error::PoolClosed
            | sqlx::Error::WorkerCrashed => Self::Unavailable(words),
            sqlx::Error::ColumnDecode { .. }
            | sqlx::Error::Decode(_)
            | sqlx::Error::ColumnIndexOutOfBounds { .. } => Self::Corrupt(words),
            _ => Self::Database(words),
        }
    }
}
