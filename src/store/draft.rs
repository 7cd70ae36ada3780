//! What people write before they send it: one draft for each user, case and kind of words.

use jiff::Timestamp;

use super::sql::args;
use super::tx::Tx;
use super::{Db, StoreError};
use crate::domain::id::{CaseId, UserId};

impl Db {
    /// Mode and words.
    pub async fn drafts(&self, user: UserId, case: CaseId) -> Result<Vec<(String, String)>, StoreError> {
        let sql = "SELECT mode, words FROM case_draft WHERE user_id = $1 AND case_id = $2";
        let rows = self.all(sql, args![user, case]).await?;
        rows.iter().map(|row| Ok((row.get(0)?, row.get(1)?))).collect()
    }
}

impl Tx<'_> {
    /// Empty words: there is no draft any more.
    pub async fn put_draft(
        &mut self,
        (user, case, mode): (UserId, CaseId, &str),
        words: &str,
        at: Timestamp,
    ) -> Result<(), StoreError> {
        if words.is_empty() {
            let sql = "DELETE FROM case_draft WHERE user_id = $1 AND case_id = $2 AND mode = $3";
            return self.execute(sql, args![user, case, mode]).await.map(drop);
        }
        let sql = "INSERT INTO case_draft (user_id, case_id, mode, words, updated_at) VALUES ($1, $2, $3, $4, $5) \
             ON CONFLICT (user_id, case_id, mode) DO UPDATE SET words = $4, updated_at = $5";
        self.execute(sql, args![user, case, mode, words, at]).await.map(drop)
    }
}
