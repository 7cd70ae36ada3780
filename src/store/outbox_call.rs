//! Messages that are read out in a call, and the calls that were placed for them.

use jiff::Timestamp;
use sqlx::AssertSqlSafe;

use super::sql::args;
use super::tx::Tx;
use super::{Db, StoreError};
use crate::domain::announcement::{Calls, Reached, Told};
use crate::domain::case::CaseRef;
use crate::domain::id::{CaseId, InteractionId, OutboxId};
use crate::domain::message::DeliveryState;
use crate::domain::phone::PhoneNumber;

#[derive(Clone, Debug)]
pub struct NewOutboxCall<'a> {
    pub to: &'a PhoneNumber,
    pub words: &'a str,
    /// `None`: as the words are.
    pub language: Option<&'a str>,
    /// The name of what is played in place of the words.
    pub recording: Option<&'a str>,
    /// A number of ours that is shown in place of the trunk's.
    pub sender: Option<&'a str>,
    pub case: Option<CaseId>,
    pub recipient: Option<i64>,
    /// 0: about a case. 1: one of many.
    pub urgency: i64,
    pub due: Timestamp,
    pub at: Timestamp,
}

#[derive(Clone, Debug)]
pub struct ClaimedCall {
    pub id: OutboxId,
    pub to: PhoneNumber,
    pub words: String,
    pub language: Option<String>,
    pub recording: Option<String>,
    pub sender: Option<String>,
}

/// The message that a call reads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReadMessage {
    pub id: OutboxId,
    pub case: Option<CaseRef>,
}

/// One call of a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlacedCall {
    pub interaction: InteractionId,
    pub at: Timestamp,
    /// `None`: it has not ended, or nobody knows.
    pub told: Option<Told>,
}

/// How far a message to be read is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MessageProgress {
    pub state: DeliveryState,
    /// Why it was not delivered, in words.
    pub error: Option<String>,
    /// Not called before.
    pub due: Timestamp,
    /// Calls that were placed.
    pub attempts: i64,
}

impl Db {
    pub async fn message_progress(&self, message: OutboxId) -> Result<Option<MessageProgress>, StoreError> {
        let sql = "SELECT state, error, due_at, attempts FROM outbox WHERE id = $1";
        let Some(row) = self.optional(sql, args![message]).await? else { return Ok(None) };
        let progress = MessageProgress {
            state: row.get(0)?,
            error: row.get(1)?,
            due: row.get(2)?,
            attempts: row.get(3)?,
        };
        Ok(Some(progress))
    }

    /// All calls that were placed for a message, oldest first.
    pub async fn calls_of_message(&self, message: OutboxId) -> Result<Vec<PlacedCall>, StoreError> {
        let sql = "SELECT interaction_id, at, result, code, reason FROM outbox_call WHERE outbox_id = $1 ORDER BY id";
        let rows = self.all(sql, args![message]).await?;
        let call = |row: &super::sql::Row| {
            let code = row.get::<Option<i64>>(3)?.and_then(|code| u16::try_from(code).ok());
            let reason = row.get(4)?;
            let told = row.get::<Option<Reached>>(2)?.map(|reached| Told { reached, code, reason });
            Ok(PlacedCall { interaction: row.get(0)?, at: row.get(1)?, told })
        };
        rows.iter().map(call).collect()
    }
}

impl Tx<'_> {
    pub async fn queue_call(&mut self, call: &NewOutboxCall<'_>) -> Result<OutboxId, StoreError> {
        let sql = "INSERT INTO outbox (channel, recipient, words, language, recording, sender, case_id, recipient_id, \
             urgency, state, due_at, created_at, updated_at) \
             VALUES ('voice', $1, $2, $3, $4, $5, $6, $7, $8, 'queued', $9, $10, $10)";
        let values = args![
            call.to.as_str(),
            call.words,
            call.language,
            call.recording,
            call.sender,
            call.case,
            call.recipient,
            call.urgency,
            call.due,
            call.at
        ];
        Ok(OutboxId(self.insert_one(sql, values).await?))
    }

    /// Due messages, now in state `sending`; what is about a case before what goes to many, then oldest first. Several nodes may ask
    /// at once: each message goes to one.
    pub async fn claim_calls(
        &mut self,
        limit: u32,
        (node, now): (&str, Timestamp),
    ) -> Result<Vec<ClaimedCall>, StoreError> {
        let skip = if self.is_postgres() { "FOR UPDATE SKIP LOCKED" } else { "" };
        let sql = format!(
            "UPDATE outbox SET state = 'sending', updated_at = $1, node = $3 WHERE id IN \
             (SELECT id FROM outbox WHERE state = 'queued' AND channel = 'voice' AND due_at <= $1 \
             ORDER BY urgency, due_at, id LIMIT $2 {skip}) \
             RETURNING urgency, due_at, id, recipient, words, language, recording, sender"
        );
        let rows = self.all(AssertSqlSafe(sql), args![now, i64::from(limit), node]).await?;
        let mut calls = Vec::with_capacity(rows.len());
        for row in &rows {
            let place: (i64, Timestamp) = (row.get(0)?, row.get(1)?);
            let call = ClaimedCall {
                id: row.get(2)?,
                to: row.get(3)?,
                words: row.get(4)?,
                language: row.get(5)?,
                recording: row.get(6)?,
                sender: row.get(7)?,
            };
            calls.push((place, call));
        }
        calls.sort_by_key(|(place, call)| (*place, call.id));
        Ok(calls.into_iter().map(|(_, call)| call).collect())
    }

    /// Before it is dialled. `false`: the message is not to be sent any more.
    pub async fn insert_call(
        &mut self,
        message: OutboxId,
        call: InteractionId,
        at: Timestamp,
    ) -> Result<bool, StoreError> {
        let sql = "INSERT INTO outbox_call (outbox_id, interaction_id, at) \
             SELECT id, $2, $3 FROM outbox WHERE id = $1 AND channel = 'voice' AND state = 'sending'";
        if self.execute(sql, args![message, call, at]).await? == 0 {
            return Ok(false);
        }
        // Only what was really placed is an attempt.
        self.execute("UPDATE outbox SET attempts = attempts + 1 WHERE id = $1", args![message]).await?;
        Ok(true)
    }

    /// The message that a call reads, locked until the end of the transaction.
    /// The number or address that a message goes to; `None` when it was erased.
    pub async fn message_address(&mut self, message: OutboxId) -> Result<Option<String>, StoreError> {
        let sql = "SELECT recipient FROM outbox WHERE id = $1 AND recipient <> ''";
        self.optional(sql, args![message]).await?.map(|row| row.get(0)).transpose()
    }

    pub async fn message_of_call(&mut self, call: InteractionId) -> Result<Option<ReadMessage>, StoreError> {
        let sql = "SELECT o.id, f.id, f.number FROM outbox_call c JOIN outbox o ON o.id = c.outbox_id \
             LEFT JOIN case_file f ON f.id = o.case_id WHERE c.interaction_id = $1";
        let row = if self.is_postgres() {
            self.optional(AssertSqlSafe(format!("{sql} FOR UPDATE OF o")), args![call]).await?
        } else {
            self.optional(sql, args![call]).await?
        };
        row.map(|row| {
            let case = row.get::<Option<CaseId>>(1)?;
            let case = case.map(|id| Ok::<_, StoreError>(CaseRef { id, number: row.get(2)? })).transpose()?;
            Ok(ReadMessage { id: row.get(0)?, case })
        })
        .transpose()
    }

    /// How a call ended, said once. `false`: it was said before.
    pub async fn end_message_call(&mut self, call: InteractionId, told: &Told) -> Result<bool, StoreError> {
        let sql = "UPDATE outbox_call SET result = $2, code = $3, reason = $4 \
             WHERE interaction_id = $1 AND result IS NULL";
        let code = told.code.map(i64::from);
        Ok(self.execute(sql, args![call, told.reached, code, told.reason.as_deref()]).await? > 0)
    }

    /// Calls of a message of which it is known how they ended.
    pub async fn count_calls(&mut self, message: OutboxId) -> Result<Calls, StoreError> {
        let sql = "SELECT result, count(*) FROM outbox_call WHERE outbox_id = $1 AND result IS NOT NULL GROUP BY result";
        let mut calls = Calls::default();
        for row in self.all(sql, args![message]).await? {
            let count = u32::try_from(row.get::<i64>(1)?).unwrap_or(u32::MAX);
            match row.get::<Reached>(0)?.counts() {
                true => calls.counted = calls.counted.saturating_add(count),
                false => calls.others = calls.others.saturating_add(count),
            }
        }
        Ok(calls)
    }
}
