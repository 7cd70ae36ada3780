//! Server-side sessions of the browser. What is in them is the web's business.

use jiff::Timestamp;

use super::{Db, StoreError};

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SessionRow {
    pub id: String,
    /// JSON.
    pub data: String,
    pub expires_at: Timestamp,
}

#[expect(unused_variables, clippy::todo, clippy::unused_async, reason = "the bodies follow within the hour")]
impl Db {
    /// `false` when the id is taken: the caller takes another one.
    pub async fn session_create(&self, session: SessionRow) -> Result<bool, StoreError> {
        todo!()
    }

    /// Writes it whether it was there or not.
    pub async fn session_save(&self, session: SessionRow) -> Result<(), StoreError> {
        todo!()
    }

    /// Only one that has not expired.
    pub async fn session_load(&self, id: &str, now: Timestamp) -> Result<Option<SessionRow>, StoreError> {
        todo!()
    }

    pub async fn session_delete(&self, id: &str) -> Result<(), StoreError> {
        todo!()
    }

    pub async fn sessions_expire(&self, now: Timestamp) -> Result<u64, StoreError> {
        todo!()
    }
}
