//! One transaction, and the work that is done in it.

use sqlx::sqlite::SqliteConnection;
use sqlx::{AssertSqlSafe, PgConnection, SqlSafeStr};

use super::search_index::Unindexed;
use super::sql::{self, Row, Value};
use super::webhook::Hooks;
use super::{StoreError, embedded};
use crate::domain::audit::AuditEntry;

/// What belongs together: all of it is committed, or nothing. It may run more than once (a collision, a neighbour in
/// the batch that failed) and so does nothing but read and write through `tx`: on the embedded database it must not wait for
/// anything else.
pub trait Work: Send + Sync + 'static {
    type Out: Send + 'static;
    type Error: From<StoreError> + Send + 'static;

    fn run(&self, tx: &mut Tx<'_>) -> impl Future<Output = Result<Self::Out, Self::Error>> + Send;
}

#[derive(Debug)]
pub struct Tx<'c> {
    connection: Connection<'c>,
    /// Who is told of what is appended to timelines.
    pub(super) hooks: &'c Hooks,
    /// A statement other than SELECT was run: a failure has something to undo.
    pub(super) wrote: bool,
    /// A statement met another transaction.
    pub(super) collided: bool,
    /// Cases whose search keys the index of the embedded database does not have yet.
    pub(super) unindexed: Vec<Unindexed>,
    /// What comes into the audit when the work is done.
    pub(super) audits: Vec<AuditEntry>,
}

#[derive(Debug)]
pub enum Connection<'c> {
    /// The writer of the embedded database; never waits.
    Embedded(&'c mut rusqlite::Connection),
    /// A reader of the embedded database.
    Sqlite(&'c mut SqliteConnection),
    Postgres(&'c mut PgConnection),
}

impl<'c> Tx<'c> {
    pub(super) fn new(connection: Connection<'c>, hooks: &'c Hooks) -> Self {
        Self { connection, hooks, wrote: false, collided: false, unindexed: Vec::new(), audits: Vec::new() }
    }

    pub(super) fn connection(&mut self) -> &mut Connection<'c> {
        &mut self.connection
    }

    /// For the few places where the databases differ.
    pub(super) fn is_postgres(&self) -> bool {
        matches!(self.connection, Connection::Postgres(_))
    }

    pub(super) async fn execute(
        &mut self,
        text: impl SqlSafeStr,
        args: Vec<Value>,
    ) -> Result<u64, StoreError> {
        self.wrote = true;
        let done = self.connection.execute(text, args).await;
        self.noticed(done)
    }

    pub(super) async fn all(
        &mut self,
        text: impl SqlSafeStr,
        args: Vec<Value>,
    ) -> Result<Vec<Row>, StoreError> {
        let text = text.into_sql_str();
        self.wrote |= !text.as_str().starts_with("SELECT");
        let rows = self.connection.all(text, args).await;
        self.noticed(rows)
    }

    /// The first row.
    pub(super) async fn optional(
        &mut self,
        text: impl SqlSafeStr,
        args: Vec<Value>,
    ) -> Result<Option<Row>, StoreError> {
        Ok(self.all(text, args).await?.into_iter().next())
    }

    /// For statements that always give a row.
    pub(super) async fn one(&mut self, text: impl SqlSafeStr, args: Vec<Value>) -> Result<Row, StoreError> {
        let row = self.optional(text, args).await?;
        row.ok_or_else(|| StoreError::Corrupt("a statement gave no row".into()))
    }

    /// Inserts; the id of the last row. `None`: an `ON CONFLICT DO NOTHING` met what is there already. `text` ends where a
    /// RETURNING clause would stand, which costs the embedded database a journal of its own for the statement.
    pub(super) async fn insert(&mut self, text: &str, args: Vec<Value>) -> Result<Option<i64>, StoreError> {
        self.wrote = true;
        let done = self.connection.insert(text, args).await;
        self.noticed(done)
    }

    /// For inserts that meet nothing.
    pub(super) async fn insert_one(&mut self, text: &str, args: Vec<Value>) -> Result<i64, StoreError> {
        let id = self.insert(text, args).await?;
        id.ok_or_else(|| StoreError::Corrupt("a row was not inserted".into()))
    }

    /// Until the end of the transaction nobody else goes on under the same name. The embedded database has one writer,
    /// who is alone anyway.
    pub async fn lock(&mut self, name: &str) -> Result<(), StoreError> {
        if self.is_postgres() {
            let sql = "SELECT 1 FROM pg_advisory_xact_lock(hashtextextended($1, 0))";
            self.connection.all(sql, vec![Value::from(name)]).await?;
        }
        Ok(())
    }

    pub(super) fn noticed<T>(&mut self, result: Result<T, StoreError>) -> Result<T, StoreError> {
        self.collided |= matches!(result, Err(StoreError::Collided(_)));
        result
    }
}

impl Connection<'_> {
    async fn insert(&mut self, text: &str, args: Vec<Value>) -> Result<Option<i64>, StoreError> {
        if let Self::Embedded(c) = self {
            return Ok((embedded::execute(c, text, &args)? > 0).then(|| c.last_insert_rowid()));
        }
        let rows = self.all(AssertSqlSafe(format!("{text} RETURNING id")), args).await?;
        rows.last().map(|row| row.get(0)).transpose()
    }

    pub(super) async fn execute(
        &mut self,
        text: impl SqlSafeStr,
        args: Vec<Value>,
    ) -> Result<u64, StoreError> {
        Ok(match self {
            Self::Embedded(c) => embedded::execute(c, text.into_sql_str().as_str(), &args)?,
            Self::Sqlite(c) => {
                sqlx::query_with(text, sql::sqlite(args)?).execute(&mut **c).await?.rows_affected()
            }
            Self::Postgres(c) => {
                sqlx::query_with(text, sql::postgres(args)?).execute(&mut **c).await?.rows_affected()
            }
        })
    }

    pub(super) async fn all(
        &mut self,
        text: impl SqlSafeStr,
        args: Vec<Value>,
    ) -> Result<Vec<Row>, StoreError> {
        Ok(match self {
            Self::Embedded(c) => {
                let rows = embedded::all(c, text.into_sql_str().as_str(), &args)?;
                rows.into_iter().map(Row::Embedded).collect()
            }
            Self::Sqlite(c) => {
                let rows = sqlx::query_with(text, sql::sqlite(args)?).fetch_all(&mut **c).await?;
                rows.into_iter().map(Row::Sqlite).collect()
            }
            Self::Postgres(c) => {
                let text = text.into_sql_str();
                // What is the best way to a word depends on the word: a search is planned each time.
                let is_search = text.as_str().contains("::tsquery");
                let query = sqlx::query_with(text, sql::postgres(args)?).persistent(!is_search);
                let rows = query.fetch_all(&mut **c).await?;
                rows.into_iter().map(Row::Postgres).collect()
            }
        })
    }
}
