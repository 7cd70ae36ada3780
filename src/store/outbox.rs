//! Texts on their way out. Every step is written down before the next is taken.

use std::collections::BTreeMap;

use jiff::Timestamp;
use sqlx::AssertSqlSafe;

use super::StoreError;
use super::node::Left;
use super::sql::{LONGEST_LIST, Row, args, pieces, places};
use super::tx::Tx;
use crate::domain::id::{CaseId, InteractionId, OutboxId};
use crate::domain::message::DeliveryState;
use crate::domain::phone::PhoneNumber;
use crate::domain::sender::TextPurpose;

#[derive(Clone, Debug)]
pub struct NewOutboxText<'a> {
    pub case: CaseId,
    pub interaction: Option<InteractionId>,
    pub template: &'a str,
    pub to: &'a PhoneNumber,
    pub words: &'a str,
    pub at: Timestamp,
}

#[derive(Clone, Debug)]
pub struct ClaimedText {
    pub id: OutboxId,
    pub to: PhoneNumber,
    pub words: String,
    /// Whom it is from, where that is not the link's to say.
    pub sender: Option<String>,
    pub purpose: TextPurpose,
}

/// Who claims: by which SMSC the texts go, and how many messages one takes there.
#[derive(Clone, Debug)]
pub struct Claimer {
    pub smsc: String,
    pub parts: fn(&str) -> usize,
}

/// A part that the network accepted and of which nothing was heard.
#[derive(Clone, Debug)]
pub struct SilentPart {
    pub message_id: String,
    pub sender: Option<String>,
    pub purpose: TextPurpose,
}

/// One part that the network accepted.
#[derive(Clone, Debug)]
pub struct AcceptedPart<'a> {
    pub text: OutboxId,
    pub link: &'a str,
    pub message_id: &'a str,
    pub message_key: String,
}

impl Tx<'_> {
    pub async fn queue_text(&mut self, text: &NewOutboxText<'_>) -> Result<OutboxId, StoreError> {
        let sql = "INSERT INTO outbox \
             (case_id, interaction_id, template, recipient, words, state, due_at, created_at, updated_at) \
             VALUES ($1, $2, $3, $4, $5, 'queued', $6, $6, $6)";
        let values = args![text.case, text.interaction, text.template, text.to.as_str(), text.words, text.at];
        Ok(OutboxId(self.insert_one(sql, values).await?))
    }

    /// The text that was queued for this contact by this template before.
    pub async fn queued_for(
        &mut self,
        interaction: InteractionId,
        template: &str,
    ) -> Result<Option<OutboxId>, StoreError> {
        let sql = "SELECT id FROM outbox WHERE interaction_id = $1 AND template = $2 LIMIT 1";
        self.optional(sql, args![interaction, template]).await?.map(|row| row.get(0)).transpose()
    }

    /// Due texts, now in state `sending`; what is about a case before what goes to many, then oldest first. Several nodes may ask at once: each text goes to one.
    pub async fn claim_texts(
        &mut self,
        limit: u32,
        claimer: &Claimer,
        (node, now): (&str, Timestamp),
    ) -> Result<Vec<ClaimedText>, StoreError> {
        let skip = if self.is_postgres() { "FOR UPDATE SKIP LOCKED" } else { "" };
        let sql = format!(
            "UPDATE outbox SET state = 'sending', attempts = attempts + 1, updated_at = $1, sent_at = $1, node = $3, \
             smsc = $4, parts = 1 WHERE id IN \
             (SELECT id FROM outbox WHERE state = 'queued' AND channel = 'sms' AND due_at <= $1 \
             ORDER BY urgency, due_at, id LIMIT $2 {skip}) \
             RETURNING id, recipient, words, sender, template, recipient_id"
        );
        let values = args![now, i64::from(limit), node, claimer.smsc.as_str()];
        let rows = self.all(AssertSqlSafe(sql), values).await?;
        let mut texts: Vec<ClaimedText> = rows.iter().map(claimed).collect::<Result<_, _>>()?;
        texts.sort_by_key(|text| text.id);
        self.note_parts(&texts, claimer).await?;
        Ok(texts)
    }

    /// How many messages the long ones are: one statement for each length, none for short ones.
    async fn note_parts(&mut self, texts: &[ClaimedText], claimer: &Claimer) -> Result<(), StoreError> {
        let mut by_parts: BTreeMap<usize, Vec<OutboxId>> = BTreeMap::new();
        for text in texts {
            let parts = (claimer.parts)(&text.words);
            if parts > 1 {
                by_parts.entry(parts).or_default().push(text.id);
            }
        }
        for (parts, ids) in by_parts {
            for piece in pieces(&ids) {
                let list: Vec<String> = (2..2 + piece.len()).map(|place| format!("${place}")).collect();
                let sql = format!("UPDATE outbox SET parts = $1 WHERE id IN ({})", list.join(","));
                let mut values = args![i64::try_from(parts).unwrap_or(i64::MAX)];
                values.extend(piece.iter().map(|id| (*id).into()));
                self.execute(AssertSqlSafe(sql), values).await?;
            }
        }
        Ok(())
    }

    /// From `sending` to `state`; those that were in another state stay. Each with its case.
    pub async fn settle_texts(
        &mut self,
        ids: &[OutboxId],
        state: DeliveryState,
        error: Option<&str>,
        at: Timestamp,
    ) -> Result<Vec<(OutboxId, Option<CaseId>)>, StoreError> {
        let mut settled = Vec::with_capacity(ids.len());
        for piece in pieces(ids) {
            let list: Vec<String> = (4..4 + piece.len()).map(|place| format!("${place}")).collect();
            let sql = format!(
                "UPDATE outbox SET state = $1, error = $2, updated_at = $3 WHERE id IN ({}) AND state = 'sending' \
                 RETURNING id, case_id",
                list.join(",")
            );
            let mut values = args![state, error, at];
            values.extend(piece.iter().map(|id| (*id).into()));
            for row in self.all(AssertSqlSafe(sql), values).await? {
                settled.push((row.get(0)?, row.get(1)?));
            }
        }
        Ok(settled)
    }

    /// Back to the queue, due at `due`.
    pub async fn requeue_text(
        &mut self,
        id: OutboxId,
        due: Timestamp,
        at: Timestamp,
    ) -> Result<(), StoreError> {
        let sql = "UPDATE outbox SET state = 'queued', due_at = $2, updated_at = $3 WHERE id = $1 AND state = 'sending'";
        self.execute(sql, args![id, due, at]).await.map(drop)
    }

    /// From now on something is expected to be heard of them.
    pub async fn insert_accepted_parts(
        &mut self,
        parts: &[AcceptedPart<'_>],
        at: Timestamp,
    ) -> Result<(), StoreError> {
        for piece in pieces(parts) {
            let sql = format!(
                "INSERT INTO outbox_part (outbox_id, link, message_id, message_key, state, silent_since) VALUES {}",
                places(piece.len(), 6)
            );
            let mut values = Vec::with_capacity(piece.len() * 6);
            for part in piece {
                values.extend(args![
                    part.text,
                    part.link,
                    part.message_id,
                    part.message_key.as_str(),
                    DeliveryState::Accepted,
                    at
                ]);
            }
            self.execute(AssertSqlSafe(sql), values).await?;
        }
        Ok(())
    }

    /// Parts that were asked about so often and are silent since before then; counted as asked now. `last`: not to be asked again.
    pub async fn silent_parts(
        &mut self,
        smsc: &str,
        (asked, last): (i64, bool),
        (before, now): (Timestamp, Timestamp),
        limit: i64,
    ) -> Result<Vec<SilentPart>, StoreError> {
        let skip = if self.is_postgres() { "FOR UPDATE SKIP LOCKED" } else { "" };
        let since = if last { None } else { Some(now) };
        let sql = format!(
            "UPDATE outbox_part SET asked = asked + 1, silent_since = $1 WHERE id IN \
             (SELECT id FROM outbox_part WHERE link = $2 AND asked = $3 AND silent_since <= $4 \
             ORDER BY silent_since LIMIT $5 {skip}) RETURNING outbox_id, message_id"
        );
        let rows = self.all(AssertSqlSafe(sql), args![since, smsc, asked, before, limit]).await?;
        let mut silent = Vec::with_capacity(rows.len());
        for row in &rows {
            let (text, message_id): (OutboxId, String) = (row.get(0)?, row.get(1)?);
            let sql = "SELECT sender, template, recipient_id FROM outbox WHERE id = $1";
            let Some(row) = self.optional(sql, args![text]).await? else { continue };
            silent.push(SilentPart {
                message_id,
                sender: row.get(0)?,
                purpose: purpose(row.get(1)?, row.get(2)?),
            });
        }
        Ok(silent)
    }

    /// Texts and e-mails that were on their way when their node died: nobody knows whether the network has them. Each with its channel.
    pub async fn uncertain_texts(
        &mut self,
        left: &Left<'_>,
        at: Timestamp,
    ) -> Result<Vec<(OutboxId, Option<CaseId>, String)>, StoreError> {
        let mut values = args![at];
        let left = left.condition("o", &mut values);
        let sql = format!(
            "UPDATE outbox SET state = 'uncertain', updated_at = $1 WHERE id IN \
             (SELECT o.id FROM outbox o WHERE o.state = 'sending' AND {left} ORDER BY o.id LIMIT {}) \
             RETURNING id, case_id, channel",
            LONGEST_LIST * 16
        );
        let rows = self.all(AssertSqlSafe(sql), values).await?;
        rows.iter().map(|row| Ok((row.get(0)?, row.get(1)?, row.get(2)?))).collect()
    }
}

fn claimed(row: &Row) -> Result<ClaimedText, StoreError> {
    Ok(ClaimedText {
        id: row.get(0)?,
        to: row.get(1)?,
        words: row.get(2)?,
        sender: row.get(3)?,
        purpose: purpose(row.get(4)?, row.get(5)?),
    })
}

fn purpose(template: Option<String>, campaign: Option<i64>) -> TextPurpose {
    TextPurpose::of(template.as_deref(), campaign.is_some())
}
