//! Users who are told of what happens on a case.

use jiff::Timestamp;

use super::sql::args;
use super::tx::Tx;
use super::{Db, StoreError};
use crate::domain::id::{CaseId, UserId};

/// A case that half the town hall watches; more are refused.
pub const MOST_WATCHERS: i64 = 50;

impl Db {
    pub async fn watchers(&self, case: CaseId) -> Result<Vec<UserId>, StoreError> {
        self.all(WATCHERS, args![case]).await?.iter().map(|row| row.get(0)).collect()
    }
}

const WATCHERS: &str = "SELECT user_id FROM case_watcher WHERE case_id = $1 ORDER BY since, user_id";

impl Tx<'_> {
    pub async fn watchers(&mut self, case: CaseId) -> Result<Vec<UserId>, StoreError> {
        self.all(WATCHERS, args![case]).await?.iter().map(|row| row.get(0)).collect()
    }

    /// Whether they did not watch before.
    pub async fn watch(&mut self, case: CaseId, user: UserId, at: Timestamp) -> Result<bool, StoreError> {
        let sql =
            "INSERT INTO case_watcher (case_id, user_id, since) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING";
        Ok(self.execute(sql, args![case, user, at]).await? > 0)
    }

    /// Whether they watched.
    pub async fn unwatch(&mut self, case: CaseId, user: UserId) -> Result<bool, StoreError> {
        let sql = "DELETE FROM case_watcher WHERE case_id = $1 AND user_id = $2";
        Ok(self.execute(sql, args![case, user]).await? > 0)
    }
}
