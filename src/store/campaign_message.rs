//! Messages of campaigns in the outbox.

use jiff::Timestamp;
use sqlx::AssertSqlSafe;

use super::StoreError;
use super::sql::{args, pieces, places};
use super::tx::Tx;
use crate::domain::campaign::Way;
use crate::domain::email::EmailAddress;
use crate::domain::id::{CampaignId, OutboxId, RecipientId};
use crate::domain::mail::MailPurpose;

#[derive(Clone, Copy, Debug)]
pub struct NewMessage<'a> {
    pub recipient: RecipientId,
    pub to: &'a str,
    /// Of an e-mail.
    pub subject: &'a str,
    pub words: &'a str,
    /// In which a call reads them; `None`: as the words are.
    pub language: Option<&'a str>,
    /// Played in a call instead of the words.
    pub recording: Option<&'a str>,
}

/// Behind everything that is about a case.
const URGENCY: i64 = 1;
/// In the place of the fields of a recipient of whom nothing is kept any more: an empty list.
const FORGOTTEN: &str = "[]";

impl Tx<'_> {
    /// Texts, or calls.
    pub async fn queue_messages(
        &mut self,
        way: Way,
        messages: &[NewMessage<'_>],
        sender: Option<&str>,
        at: Timestamp,
    ) -> Result<(), StoreError> {
        const COLUMNS: usize = 12;
        for piece in pieces(messages) {
            let sql = format!(
                "INSERT INTO outbox (channel, recipient, words, state, due_at, created_at, updated_at, urgency, sender, recipient_id, \
                 language, recording) VALUES {}",
                places(piece.len(), COLUMNS)
            );
            let mut values = Vec::with_capacity(piece.len() * COLUMNS);
            for message in piece {
                let (to, words) = (message.to, message.words);
                values.extend(args![
                    way,
                    to,
                    words,
                    "queued",
                    at,
                    at,
                    at,
                    URGENCY,
                    sender,
                    message.recipient,
                    message.language,
                    message.recording
                ]);
            }
            self.execute(AssertSqlSafe(sql), values).await?;
        }
        Ok(())
    }

    /// Its Message-ID is set by [`Tx::name_mail`], which needs the row's id.
    pub async fn queue_campaign_mail(
        &mut self,
        message: &NewMessage<'_>,
        to: &EmailAddress,
        purpose: MailPurpose,
        at: Timestamp,
    ) -> Result<OutboxId, StoreError> {
        let sql = "INSERT INTO outbox (channel, purpose, recipient, subject, words, thread_ids, state, due_at, created_at, updated_at, \
             urgency, recipient_id) VALUES ('email', $1, $2, $3, $4, '', 'queued', $5, $5, $5, $6, $7)";
        let values =
            args![purpose, to.as_str(), message.subject, message.words, at, URGENCY, message.recipient];
        Ok(OutboxId(self.insert_one(sql, values).await?))
    }

    /// Takes what no link has taken yet out of the queue.
    pub async fn withdraw_messages_of(
        &mut self,
        recipient: RecipientId,
        why: &str,
        at: Timestamp,
    ) -> Result<u64, StoreError> {
        let sql = "UPDATE outbox SET state = 'rejected', error = $2, updated_at = $3 WHERE recipient_id = $1 AND state = 'queued'";
        self.execute(sql, args![recipient, why, at]).await
    }

    pub async fn attempts_of(&mut self, recipient: RecipientId) -> Result<i64, StoreError> {
        self.one("SELECT COUNT(*) FROM outbox WHERE recipient_id = $1", args![recipient]).await?.get(0)
    }
}

/// A message to see what the others would get: it is nobody's of the campaign, and does not wait behind them.
#[derive(Clone, Copy, Debug)]
pub struct TestMessage<'a> {
    pub way: Way,
    pub purpose: Option<MailPurpose>,
    pub to: &'a str,
    pub subject: &'a str,
    pub words: &'a str,
    pub sender: Option<&'a str>,
    pub recording: Option<&'a str>,
}

impl Tx<'_> {
    pub async fn queue_test_message(
        &mut self,
        message: &TestMessage<'_>,
        at: Timestamp,
    ) -> Result<OutboxId, StoreError> {
        let sql = "INSERT INTO outbox (channel, purpose, recipient, subject, words, thread_ids, state, due_at, created_at, updated_at, \
             sender, recording) VALUES ($1, $2, $3, $4, $5, '', 'queued', $6, $6, $6, $7, $8)";
        let TestMessage { way, purpose, to, subject, words, sender, recording } = *message;
        let values = args![way, purpose, to, subject, words, at, sender, recording];
        Ok(OutboxId(self.insert_one(sql, values).await?))
    }
}

impl Tx<'_> {
    /// A campaign that ended before `before` and whose recipients still have names.
    pub async fn campaign_to_forget(&mut self, before: Timestamp) -> Result<Option<CampaignId>, StoreError> {
        let sql = "SELECT id FROM campaign WHERE forgotten_at IS NULL AND ended_at IS NOT NULL AND ended_at < $1 \
             ORDER BY ended_at, id LIMIT 1";
        self.optional(sql, args![before]).await?.map(|row| row.get(0)).transpose()
    }

    /// Up to `limit` of its recipients with what went to them; whether there may be more.
    pub async fn forget_recipients_of(
        &mut self,
        campaign: CampaignId,
        limit: u32,
        at: Timestamp,
    ) -> Result<bool, StoreError> {
        let sql =
            "SELECT id FROM campaign_recipient WHERE campaign_id = $1 AND fields <> $3 ORDER BY id LIMIT $2";
        let rows = self.all(sql, args![campaign, i64::from(limit), FORGOTTEN]).await?;
        let ids: Vec<RecipientId> = rows.iter().map(|row| row.get(0)).collect::<Result<_, _>>()?;
        self.forget_these(&ids, at).await?;
        Ok(!ids.is_empty())
    }

    /// Nothing of them is left but where they stand.
    pub async fn forget_these(&mut self, ids: &[RecipientId], at: Timestamp) -> Result<(), StoreError> {
        for piece in pieces(ids) {
            let list: Vec<String> = (2..2 + piece.len()).map(|place| format!("${place}")).collect();
            let list = list.join(",");
            let values = |first: super::sql::Value| {
                let mut values = vec![first];
                values.extend(piece.iter().map(|id| (*id).into()));
                values
            };
            let sql = format!(
                "UPDATE outbox SET words = '', recipient = '', subject = NULL, updated_at = $1 WHERE recipient_id IN ({list})"
            );
            self.execute(AssertSqlSafe(sql), values(at.into())).await?;
            let sql = format!(
                "UPDATE campaign_recipient SET name = '', phone = NULL, email = NULL, address = '', fields = $1, person_id = NULL \
                 WHERE id IN ({list})"
            );
            self.execute(AssertSqlSafe(sql), values(FORGOTTEN.into())).await?;
        }
        Ok(())
    }

    pub async fn campaign_is_forgotten(&mut self, id: CampaignId, at: Timestamp) -> Result<(), StoreError> {
        self.execute("UPDATE campaign SET forgotten_at = $2 WHERE id = $1", args![id, at]).await?;
        let sql = "DELETE FROM campaign_fault WHERE source_id IN (SELECT id FROM campaign_source WHERE campaign_id = $1)";
        self.execute(sql, args![id]).await.map(drop)
    }
}
