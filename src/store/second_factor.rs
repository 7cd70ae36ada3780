//! Second factors of users and the codes for when they are lost.

use jiff::Timestamp;

use super::sql::{Value, args, places};
use super::tx::Tx;
use super::vault::{Sealed, second_factor_of};
use super::{Db, StoreError};
use crate::domain::id::UserId;

#[derive(Clone, PartialEq, Eq)]
pub struct SecondFactor {
    pub secret: Vec<u8>,
    /// A code was typed: it is asked for at every log-in.
    pub confirmed: bool,
    pub used_step: Option<i64>,
}

impl std::fmt::Debug for SecondFactor {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SecondFactor").field("confirmed", &self.confirmed).finish_non_exhaustive()
    }
}

impl Db {
    pub async fn second_factor(&self, user: UserId) -> Result<Option<SecondFactor>, StoreError> {
        let sql = "SELECT secret, confirmed, used_step FROM second_factor WHERE user_id = $1";
        let Some(row) = self.optional(sql, args![user]).await? else { return Ok(None) };
        let sealed: Vec<u8> = row.get(0)?;
        let secret = self.vault().unseal(&second_factor_of(user), &sealed)?;
        Ok(Some(SecondFactor { secret, confirmed: row.get(1)?, used_step: row.get(2)? }))
    }

    pub async fn recovery_codes_left(&self, user: UserId) -> Result<i64, StoreError> {
        let row = self.optional("SELECT count(*) FROM recovery_code WHERE user_id = $1", args![user]).await?;
        row.map_or(Ok(0), |row| row.get(0))
    }

    /// Who has one, and who has to choose a password.
    pub(super) async fn second_factors(&self) -> Result<Vec<UserId>, StoreError> {
        let sql = "SELECT user_id FROM second_factor WHERE confirmed = 1 ORDER BY user_id";
        self.all(sql, args![]).await?.iter().map(|row| row.get(0)).collect()
    }

    pub(super) async fn new_passwords(&self) -> Result<Vec<UserId>, StoreError> {
        let sql = "SELECT id FROM user_account WHERE must_change_password = 1 ORDER BY id";
        self.all(sql, args![]).await?.iter().map(|row| row.get(0)).collect()
    }
}

impl Tx<'_> {
    /// In the place of one that was not confirmed; a confirmed one stays. Whether it was written.
    pub async fn begin_second_factor(
        &mut self,
        user: UserId,
        secret: &Sealed,
        at: Timestamp,
    ) -> Result<bool, StoreError> {
        let sql = "INSERT INTO second_factor (user_id, secret, created_at) VALUES ($1, $2, $3) \
             ON CONFLICT (user_id) DO UPDATE SET secret = excluded.secret, created_at = excluded.created_at \
             WHERE second_factor.confirmed = 0";
        Ok(self.execute(sql, args![user, secret.bytes(), at]).await? > 0)
    }

    /// Whether the step was not used before: of two who type the same code one gets in.
    pub async fn use_second_factor(&mut self, user: UserId, step: i64) -> Result<bool, StoreError> {
        let sql = "UPDATE second_factor SET confirmed = 1, used_step = $2 \
             WHERE user_id = $1 AND (used_step IS NULL OR used_step < $2)";
        Ok(self.execute(sql, args![user, step]).await? > 0)
    }

    /// In the place of all that were left.
    pub async fn put_recovery_codes(&mut self, user: UserId, hashes: &[String]) -> Result<(), StoreError> {
        self.execute("DELETE FROM recovery_code WHERE user_id = $1", args![user]).await?;
        if hashes.is_empty() {
            return Ok(());
        }
        let sql = format!("INSERT INTO recovery_code (user_id, hash) VALUES {}", places(hashes.len(), 2));
        let values: Vec<Value> =
            hashes.iter().flat_map(|hash| [Value::from(user), Value::from(hash.as_str())]).collect();
        self.execute(sqlx::AssertSqlSafe(sql), values).await.map(drop)
    }

    /// Whether it was there: each works once.
    pub async fn take_recovery_code(&mut self, user: UserId, hash: &str) -> Result<bool, StoreError> {
        let sql = "DELETE FROM recovery_code WHERE user_id = $1 AND hash = $2";
        Ok(self.execute(sql, args![user, hash]).await? > 0)
    }

    pub async fn remove_second_factor(&mut self, user: UserId) -> Result<bool, StoreError> {
        self.execute("DELETE FROM recovery_code WHERE user_id = $1", args![user]).await?;
        Ok(self.execute("DELETE FROM second_factor WHERE user_id = $1", args![user]).await? > 0)
    }

    pub async fn set_must_change_password(&mut self, user: UserId, must: bool) -> Result<(), StoreError> {
        let sql = "UPDATE user_account SET must_change_password = $2 WHERE id = $1";
        self.execute(sql, args![user, must]).await.map(drop)
    }

    /// All sessions of a user but the one that is kept. How many.
    pub async fn end_sessions(&mut self, user: UserId, keep: Option<&str>) -> Result<u64, StoreError> {
        let sql = "DELETE FROM session WHERE user_id = $1 AND id <> $2";
        self.execute(sql, args![user, keep.unwrap_or_default()]).await
    }

    /// Whether there was such a session of the user. `mark`: the SHA-256 of its id, which is what pages know.
    pub async fn end_session(&mut self, user: UserId, id: &str) -> Result<bool, StoreError> {
        Ok(self.execute("DELETE FROM session WHERE user_id = $1 AND id = $2", args![user, id]).await? > 0)
    }
}
