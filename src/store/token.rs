//! Tokens of the REST API and the one-time set-up link. Only their SHA-256 is stored: who reads the database cannot use them.

use jiff::Timestamp;
use serde::Serialize;
use sqlx::AssertSqlSafe;

use super::sql::{Row, args};
use super::tx::Tx;
use super::{Db, StoreError};
use crate::domain::id::{RoleId, UserId};

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewToken {
    pub name: String,
    pub role: RoleId,
    /// As whom it acts where it matters whose a case is, and with whom it ends.
    pub owner: Option<UserId>,
    pub expires_at: Option<Timestamp>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct TokenRow {
    pub id: i64,
    pub name: String,
    pub created_at: Timestamp,
    pub role: RoleId,
    pub owner: Option<UserId>,
    pub expires_at: Option<Timestamp>,
    /// Within some minutes.
    pub used_at: Option<Timestamp>,
    pub revoked_at: Option<Timestamp>,
}

const COLUMNS: &str = "id, name, created_at, role_id, owner_id, expires_at, used_at, revoked_at";

/// A page shows no more of them, the newest.
const SHOWN: i64 = 500;

impl Db {
    pub async fn token_by_hash(&self, hash: &str) -> Result<Option<TokenRow>, StoreError> {
        let sql = AssertSqlSafe(format!("SELECT {COLUMNS} FROM api_token WHERE hash = $1"));
        self.optional(sql, args![hash]).await?.as_ref().map(token_row).transpose()
    }

    /// Newest first, those that no longer work too.
    pub async fn tokens(&self) -> Result<Vec<TokenRow>, StoreError> {
        let sql = AssertSqlSafe(format!("SELECT {COLUMNS} FROM api_token ORDER BY id DESC LIMIT $1"));
        self.all(sql, args![SHOWN]).await?.iter().map(token_row).collect()
    }

    pub async fn setup_link_exists(&self, hash: &str) -> Result<bool, StoreError> {
        Ok(self.optional("SELECT hash FROM setup_link WHERE hash = $1", args![hash]).await?.is_some())
    }
}

fn token_row(row: &Row) -> Result<TokenRow, StoreError> {
    let mut r = row.reader();
    Ok(TokenRow {
        id: r.next()?,
        name: r.next()?,
        created_at: r.next()?,
        role: r.next()?,
        owner: r.next()?,
        expires_at: r.next()?,
        used_at: r.next()?,
        revoked_at: r.next()?,
    })
}

impl Tx<'_> {
    pub async fn insert_token(
        &mut self,
        new: &NewToken,
        hash: &str,
        at: Timestamp,
    ) -> Result<(), StoreError> {
        let sql = "INSERT INTO api_token (name, hash, created_at, role_id, owner_id, expires_at) \
             VALUES ($1, $2, $3, $4, $5, $6)";
        let values = args![new.name.as_str(), hash, at, new.role, new.owner, new.expires_at];
        self.execute(sql, values).await.map(drop)
    }

    /// Its name, when there was one that was not revoked yet.
    pub async fn revoke_token(&mut self, id: i64, at: Timestamp) -> Result<Option<String>, StoreError> {
        let sql = "UPDATE api_token SET revoked_at = $2 WHERE id = $1 AND revoked_at IS NULL RETURNING name";
        self.optional(sql, args![id, at]).await?.map(|row| row.get(0)).transpose()
    }

    pub async fn token_used(&mut self, id: i64, at: Timestamp) -> Result<(), StoreError> {
        self.execute("UPDATE api_token SET used_at = $2 WHERE id = $1", args![id, at]).await.map(drop)
    }

    /// Former links no longer work.
    pub async fn replace_setup_link(&mut self, hash: &str, at: Timestamp) -> Result<(), StoreError> {
        self.execute("DELETE FROM setup_link", args![]).await?;
        self.execute("INSERT INTO setup_link (hash, created_at) VALUES ($1, $2)", args![hash, at])
            .await
            .map(drop)
    }

    /// Whether it was there: of two who come at once, one gets it.
    pub async fn take_setup_link(&mut self, hash: &str) -> Result<bool, StoreError> {
        Ok(self.execute("DELETE FROM setup_link WHERE hash = $1", args![hash]).await? > 0)
    }
}
