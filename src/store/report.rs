//! Delivery reports and the texts they belong to.

use jiff::Timestamp;
use sqlx::AssertSqlSafe;

use super::StoreError;
use super::sql::{Row, args};
use super::tx::Tx;
use crate::domain::id::{CaseId, OutboxId};
use crate::domain::message::DeliveryState;

/// A part of one of our texts that a report may be about.
#[derive(Clone, Debug)]
pub struct ReportedPart {
    pub part: i64,
    pub text: OutboxId,
    pub case: Option<CaseId>,
    pub state: DeliveryState,
    pub message_key: String,
}

/// A report that found no text yet.
#[derive(Clone, Debug)]
pub struct EarlyReport {
    pub id: i64,
    pub message_id: String,
    pub state: DeliveryState,
    pub error: Option<String>,
    pub at: Timestamp,
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
            "SELECT p.id, p.outbox_id, o.case_id, p.state, p.message_key FROM outbox_part p \
             JOIN outbox o ON o.id = p.outbox_id WHERE p.message_key IN ($1, $2, $3) AND p.link = $4 \
             ORDER BY p.id DESC LIMIT {CANDIDATES} {lock}"
        );
        let [a, b, c] = keys;
        let rows = self.all(AssertSqlSafe(sql), args![a.as_str(), b.as_str(), c.as_str(), link]).await?;
        rows.iter().map(reported).collect()
    }

    /// The states of all parts of the text after this one's is written.
    pub async fn set_part_state(
        &mut self,
        part: i64,
        text: OutboxId,
        state: DeliveryState,
    ) -> Result<Vec<DeliveryState>, StoreError> {
        self.execute("UPDATE outbox_part SET state = $2 WHERE id = $1", args![part, state]).await?;
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
        let sql = "INSERT INTO delivery_report (link, message_id, message_key, state, error, at) \
             VALUES ($1, $2, $3, $4, $5, $6)";
        let values =
            args![link, report.message_id.as_str(), key, report.state, report.error.as_deref(), report.at];
        self.execute(sql, values).await?;
        Ok(true)
    }

    /// The latest ones of the link.
    pub async fn early_reports(&mut self, link: &str) -> Result<Vec<EarlyReport>, StoreError> {
        let sql = "SELECT id, message_id, state, error, at FROM delivery_report WHERE link = $1 ORDER BY id DESC LIMIT $2";
        self.all(sql, args![link, EARLY]).await?.iter().map(early).collect()
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
    })
}
