//! What was erased leaves the file of the embedded database too (ZZPL art. 30): rows are overwritten when they go (`secure_delete`), the index of
//! search keys, which only notes that a row is gone, is written anew without it, and the log, which has pages as they were, is emptied.
//! PostgreSQL does the like by itself, when it vacuums and when it writes over its log.

use super::sql::args;
use super::tx::{Tx, Work};
use super::{Db, StoreError};

/// Pages of the index that are written in one go: some milliseconds of the only writer, so that calls get on in between.
const PAGES: i64 = 64;
/// An index of a million cases is written in so many goes; more is a mistake, and the next night goes on.
const MOST_STEPS: usize = 50_000;
/// Fewer rows were changed by a merge that found nothing to do (SQLite, FTS5, 6.8 "merge").
const DONE: i64 = 2;

impl Db {
    /// After rows were erased, when there is time.
    pub async fn overwrite_erased(&self) -> Result<(), StoreError> {
        if self.is_postgres() {
            return Ok(());
        }
        for index in ["case_fts", "person_fts"] {
            // A negative number begins to merge whatever there is, a positive one goes on with it.
            let mut pages = -PAGES;
            for _ in 0..MOST_STEPS {
                if !self.write(Merge { index, pages }).await? && pages > 0 {
                    break;
                }
                pages = PAGES;
            }
        }
        self.empty_log().await
    }
}

struct Merge {
    index: &'static str,
    pages: i64,
}

impl Work for Merge {
    /// Whether there was something to do.
    type Out = bool;
    type Error = StoreError;

    async fn run(&self, tx: &mut Tx<'_>) -> Result<bool, StoreError> {
        let changes = "SELECT total_changes()";
        let before: i64 = tx.one(changes, args![]).await?.get(0)?;
        let sql = format!("INSERT INTO {0} ({0}, rank) VALUES ('merge', $1)", self.index);
        tx.execute(sqlx::AssertSqlSafe(sql), args![self.pages]).await?;
        let after: i64 = tx.one(changes, args![]).await?.get(0)?;
        Ok(after - before >= DONE)
    }
}
