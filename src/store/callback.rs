//! Promises to call back.

use jiff::Timestamp;

use super::sql::args;
use super::tx::Tx;
use super::{Db, StoreError};
use crate::domain::id::InteractionId;

/// One that is open.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OpenCallback {
    /// The contact in which it was promised.
    pub interaction: InteractionId,
    pub queue: String,
    pub number: String,
    pub language: String,
    pub tries: i64,
    /// Its place in the queue.
    pub joined_at: Timestamp,
    pub priority: i64,
    pub service: Option<String>,
}

/// More than a large city's calls of a day.
const MOST: i64 = 10_000;

impl Db {
    /// Oldest first.
    pub async fn open_callbacks(&self) -> Result<Vec<OpenCallback>, StoreError> {
        let sql = "SELECT interaction_id, queue, number, language, tries, joined_at, priority, service \
             FROM callback WHERE state = 'promised' ORDER BY promised_at LIMIT $1";
        let rows = self.all(sql, args![MOST]).await?;
        rows.iter()
            .map(|row| {
                Ok(OpenCallback {
                    interaction: row.get(0)?,
                    queue: row.get(1)?,
                    number: row.get(2)?,
                    language: row.get(3)?,
                    tries: row.get(4)?,
                    joined_at: row.get(5)?,
                    priority: row.get(6)?,
                    service: row.get(7)?,
                })
            })
            .collect()
    }
}

impl Tx<'_> {
    pub async fn promise_callback(
        &mut self,
        callback: &OpenCallback,
        at: Timestamp,
    ) -> Result<(), StoreError> {
        let sql = "INSERT INTO callback (interaction_id, queue, number, language, state, tries, promised_at, \
             joined_at, priority, service) \
             VALUES ($1, $2, $3, $4, 'promised', $5, $6, $7, $8, $9) ON CONFLICT (interaction_id) DO NOTHING";
        let OpenCallback { interaction, queue, number, language, tries, joined_at, priority, service } =
            callback;
        let values = args![
            *interaction,
            queue.as_str(),
            number.as_str(),
            language.as_str(),
            *tries,
            at,
            *joined_at,
            *priority,
            service.as_deref()
        ];
        self.execute(sql, values).await.map(drop)
    }

    /// The citizen did not answer; it stays promised.
    pub async fn callback_tried(&mut self, id: InteractionId) -> Result<(), StoreError> {
        let sql = "UPDATE callback SET tries = tries + 1 WHERE interaction_id = $1";
        self.execute(sql, args![id]).await.map(drop)
    }

    /// How often it was tried; `None` when it was settled before.
    pub async fn settle_callback(
        &mut self,
        id: InteractionId,
        state: &str,
        at: Timestamp,
    ) -> Result<Option<i64>, StoreError> {
        let sql = "UPDATE callback SET state = $2, settled_at = $3 \
             WHERE interaction_id = $1 AND state = 'promised' RETURNING tries";
        self.optional(sql, args![id, state, at]).await?.map(|row| row.get(0)).transpose()
    }
}
