//! Delivery reports and the texts they belong to.

use jiff::Timestamp;
use sqlx::AssertSqlSafe;

use super::StoreError;
use super::sql::{Reader, Row, args, pieces};
use super::tx::Tx;
use crate::domain::id::{CaseId, OutboxId};
use crate::domain::message::DeliveryState;
use crate::domain::phone::PhoneNumber;
use crate::domain::reconcile::Clues;

/// A part of one of our texts that a report may be about.
#[derive(Clone, Debug)]
pub struct ReportedPart {
    pub part: i64,
    pub text: OutboxId,
    pub case: Option<CaseId>,
    pub state: DeliveryState,
    pub message_key: String,
    /// Of the whole text: to whom it went, in how many parts, and what is known of it.
    pub recipient: String,
    pub parts: i64,
    pub text_state: DeliveryState,
}

/// A text of which it is not known whether the network has it.
#[derive(Clone, Debug)]
pub struct UncertainText {
    pub id: OutboxId,
    pub case: Option<CaseId>,
    pub words: String,
    pub parts: i64,
    /// Parts whose id is known.
    pub known: i64,
    pub sent_at: Timestamp,
}

/// A report that found no text yet.
#[derive(Clone, Debug)]
pub struct EarlyReport {
    pub id: i64,
    pub message_id: String,
    pub state: DeliveryState,
    pub error: Option<String>,
    pub at: Timestamp,
    pub clues: Clues,
}

/// Reports without a text are kept so long: an answer to a submit takes seconds, not days.
const KEPT_DAYS: i64 = 3;
/// Early reports that are looked at when submits are recorded.
const EARLY: i64 = 1_000;
/// Networks use an id again after a while; the latest parts are the ones meant.
const CANDIDATES: i64 = 8;

impl Tx<'_> {
    /// Parts with one of the keys, the latest first. Their texts are locked until the end of the transaction.
    pub async fn reported_parts(
        &mut self,
        link: &str,
        keys: &[String; 3],
    ) -> Result<Vec<ReportedPart>, StoreError> {
        let lock = if self.is_postgres() { "FOR UPDATE OF o" } else { "" };
        let sql = format!(
            "SELECT p.id, p.outbox_id, o.case_id, p.state, p.message_key, o.recipient, o.parts, o.state FROM outbox_part p \
             JOIN outbox o ON o.id = p.outbox_id WHERE p.message_key IN ($1, $2, $3) AND p.link = $4 \
             ORDER BY p.id DESC LIMIT {CANDIDATES} {lock}"
        );
        let [a, b, c] = keys;
        let rows = self.all(AssertSqlSafe(sql), args![a.as_str(), b.as_str(), c.as_str(), link]).await?;
        rows.iter().map(reported).collect()
    }

    /// The states of all parts of the text after this final one is written.
    pub async fn set_part_state(
        &mut self,
        part: i64,
        text: OutboxId,
        state: DeliveryState,
    ) -> Result<Vec<DeliveryState>, StoreError> {
        self.execute(
            "UPDATE outbox_part SET state = $2, silent_since = NULL WHERE id = $1",
            args![part, state],
        )
        .await?;
        let rows = self.all("SELECT state FROM outbox_part WHERE outbox_id = $1", args![text]).await?;
        rows.iter().map(|row| row.get(0)).collect()
    }

    pub async fn set_text_state(
        &mut self,
        text: OutboxId,
        state: DeliveryState,
        error: Option<&str>,
        at: Timestamp,
    ) -> Result<(), StoreError> {
        let sql = "UPDATE outbox SET state = $2, error = $3, updated_at = $4 WHERE id = $1";
        self.execute(sql, args![text, state, error, at]).await.map(drop)
    }

    /// `false` when the same report is kept already.
    pub async fn keep_report(
        &mut self,
        link: &str,
        key: &str,
        report: &EarlyReport,
    ) -> Result<bool, StoreError> {
        let sql =
            "SELECT id FROM delivery_report WHERE message_key = $1 AND link = $2 AND state = $3 LIMIT 1";
        if self.optional(sql, args![key, link, report.state]).await?.is_some() {
            return Ok(false);
        }
        let day = 86_400_000_000;
        let sql = "DELETE FROM delivery_report WHERE at < $1";
        self.execute(sql, args![report.at.as_microsecond() - KEPT_DAYS * day]).await?;
        let sql = "INSERT INTO delivery_report \
             (link, message_id, message_key, state, error, at, other_id, recipient, submitted, beginning, reference) \
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)";
        let clues = &report.clues;
        let mut values =
            args![link, report.message_id.as_str(), key, report.state, report.error.as_deref(), report.at];
        values.extend(args![
            clues.other_id.as_deref(),
            clues.numbers.first().map(PhoneNumber::as_str),
            clues.submitted.map(|at| at.to_string()),
            clues.beginning.as_deref(),
            clues.reference.map(i64::from)
        ]);
        self.execute(sql, values).await?;
        Ok(true)
    }

    /// The latest ones of the link.
    pub async fn early_reports(&mut self, link: &str) -> Result<Vec<EarlyReport>, StoreError> {
        let sql = "SELECT id, message_id, state, error, at, other_id, recipient, submitted, beginning, reference \
             FROM delivery_report WHERE link = $1 ORDER BY id DESC LIMIT $2";
        self.all(sql, args![link, EARLY]).await?.iter().map(early).collect()
    }

    /// Texts to this number that went by this SMSC and are uncertain, the latest first. Locked until the end of the transaction.
    pub async fn uncertain_texts_to(
        &mut self,
        smsc: &str,
        number: &PhoneNumber,
    ) -> Result<Vec<UncertainText>, StoreError> {
        let lock = if self.is_postgres() { "FOR UPDATE OF o" } else { "" };
        let sql = format!(
            "SELECT o.id, o.case_id, o.words, o.parts, o.sent_at, \
             (SELECT count(*) FROM outbox_part p WHERE p.outbox_id = o.id) FROM outbox o \
             WHERE o.state = 'uncertain' AND o.channel = 'sms' AND o.recipient = $1 AND o.smsc = $2 AND o.sent_at IS NOT NULL \
             ORDER BY o.id DESC LIMIT {CANDIDATES} {lock}"
        );
        let rows = self.all(AssertSqlSafe(sql), args![number.as_str(), smsc]).await?;
        rows.iter().map(uncertain).collect()
    }

    /// Whether a text to this number is on the wire, so that a receipt may be about that one.
    pub async fn is_sending_to(&mut self, number: &PhoneNumber) -> Result<bool, StoreError> {
        let sql =
            "SELECT 1 FROM outbox WHERE state = 'sending' AND channel = 'sms' AND recipient = $1 LIMIT 1";
        Ok(self.optional(sql, args![number.as_str()]).await?.is_some())
    }

    /// By which SMSC these uncertain texts went, and to whom.
    pub async fn ways_of_uncertain(
        &mut self,
        texts: &[OutboxId],
    ) -> Result<Vec<(String, PhoneNumber)>, StoreError> {
        let mut ways = Vec::new();
        for piece in pieces(texts) {
            let list: Vec<String> = (1..=piece.len()).map(|place| format!("${place}")).collect();
            let sql = format!(
                "SELECT DISTINCT smsc, recipient FROM outbox WHERE id IN ({}) AND state = 'uncertain' \
                 AND smsc IS NOT NULL AND channel = 'sms' AND recipient <> ''",
                list.join(",")
            );
            let values = piece.iter().map(|id| (*id).into()).collect();
            for row in self.all(AssertSqlSafe(sql), values).await? {
                ways.push((row.get(0)?, row.get(1)?));
            }
        }
        Ok(ways)
    }

    /// The id of a part that was not known, and what became of it. The states of all known parts of its text.
    pub async fn insert_reported_part(
        &mut self,
        text: OutboxId,
        smsc: &str,
        (message_id, key): (&str, &str),
        state: DeliveryState,
    ) -> Result<Vec<DeliveryState>, StoreError> {
        let sql = "INSERT INTO outbox_part (outbox_id, link, message_id, message_key, state) VALUES ($1, $2, $3, $4, $5)";
        self.execute(sql, args![text, smsc, message_id, key, state]).await?;
        let rows = self.all("SELECT state FROM outbox_part WHERE outbox_id = $1", args![text]).await?;
        rows.iter().map(|row| row.get(0)).collect()
    }

    pub async fn drop_report(&mut self, id: i64) -> Result<(), StoreError> {
        self.execute("DELETE FROM delivery_report WHERE id = $1", args![id]).await.map(drop)
    }
}

fn reported(row: &Row) -> Result<ReportedPart, StoreError> {
    let mut r = row.reader();
    Ok(ReportedPart {
        part: r.next()?,
        text: r.next()?,
        case: r.next()?,
        state: r.next()?,
        message_key: r.next()?,
        recipient: r.next()?,
        parts: r.next()?,
        text_state: r.next()?,
    })
}

fn uncertain(row: &Row) -> Result<UncertainText, StoreError> {
    let mut r = row.reader();
    Ok(UncertainText {
        id: r.next()?,
        case: r.next()?,
        words: r.next()?,
        parts: r.next()?,
        sent_at: r.next()?,
        known: r.next()?,
    })
}

fn early(row: &Row) -> Result<EarlyReport, StoreError> {
    let mut r = row.reader();
    Ok(EarlyReport {
        id: r.next()?,
        message_id: r.next()?,
        state: r.next()?,
        error: r.next()?,
        at: r.next()?,
        clues: clues(r)?,
    })
}

fn clues(mut r: Reader<'_>) -> Result<Clues, StoreError> {
    let (other_id, recipient): (Option<String>, Option<String>) = (r.next()?, r.next()?);
    let (submitted, beginning): (Option<String>, Option<String>) = (r.next()?, r.next()?);
    let reference: Option<i64> = r.next()?;
    Ok(Clues {
        other_id,
        numbers: recipient.and_then(|number| PhoneNumber::from_stored(&number)).into_iter().collect(),
        submitted: submitted.and_then(|at| at.parse().ok()),
        beginning,
        reference: reference.and_then(|number| u16::try_from(number).ok()),
    })
}
