//! Tokens of the REST API and the one-time set-up link. Only their SHA-256 is stored: who reads the database cannot use them.

use jiff::Timestamp;
use serde::Serialize;

use super::sql::args;
use super::tx::Tx;
use super::{Db, StoreError};

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct TokenRow {
    pub id: i64,
    pub name: String,
    pub created_at: Timestamp,
}

impl Db {
    pub async fn token_by_hash(&self, hash: &str) -> Result<Option<TokenRow>, StoreError> {
        let sql = "SELECT id, name, created_at FROM api_token WHERE hash = $1";
        let Some(row) = self.optional(sql, args![hash]).await? else { return Ok(None) };
        Ok(Some(TokenRow { id: row.get(0)?, name: row.get(1)?, created_at: row.get(2)? }))
    }

    pub async fn setup_link_exists(&self, hash: &str) -> Result<bool, StoreError> {
        Ok(self.optional("SELECT hash FROM setup_link WHERE hash = $1", args![hash]).await?.is_some())
    }
}

impl Tx<'_> {
    pub async fn insert_token(&mut self, name: &str, hash: &str, at: Timestamp) -> Result<(), StoreError> {
        let sql = "INSERT INTO api_token (name, hash, created_at) VALUES ($1, $2, $3)";
        self.execute(sql, args![name, hash, at]).await.map(drop)
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
