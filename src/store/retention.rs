//! Rules of retention, requests for erasure that wait, and what their time is up for.

use jiff::Timestamp;

use super::sql::{Row, args};
use super::tx::Tx;
use super::{Db, StoreError};
use crate::domain::id::{CategoryId, PersonId, RecordingId, UserId};
use crate::domain::retention::Rule;

/// A request for erasure that something postponed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ErasureRequest {
    pub person: PersonId,
    pub asked_at: Timestamp,
    pub asked_by: Option<UserId>,
    pub reason: String,
    pub next_at: Timestamp,
}

/// A kept recording and whose rule it is under.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AgedRecording {
    pub id: RecordingId,
    pub started_at: Timestamp,
    /// `None`: of a contact without a case.
    pub category: Option<CategoryId>,
    /// Of a case that is closed, or of none.
    pub may_go: bool,
}

impl Db {
    /// That of all other categories first.
    pub async fn retention_rules(&self) -> Result<Vec<Rule>, StoreError> {
        let sql = "SELECT category, keep_days, recording_days, legal_days, basis FROM retention_rule ORDER BY category";
        self.all(sql, args![]).await?.iter().map(rule).collect()
    }

    pub async fn due_erasures(&self, now: Timestamp, limit: i64) -> Result<Vec<ErasureRequest>, StoreError> {
        let sql = "SELECT person_id, asked_at, asked_by, reason, next_at FROM erasure_request \
             WHERE done_at IS NULL AND next_at <= $1 ORDER BY next_at LIMIT $2";
        self.all(sql, args![now, limit]).await?.iter().map(request).collect()
    }

    pub async fn erasure_request(&self, person: PersonId) -> Result<Option<ErasureRequest>, StoreError> {
        let sql = "SELECT person_id, asked_at, asked_by, reason, next_at FROM erasure_request \
             WHERE person_id = $1 AND done_at IS NULL";
        self.optional(sql, args![person]).await?.as_ref().map(request).transpose()
    }

    /// Kept recordings that began before `before`, oldest first; behind `after`.
    pub async fn aged_recordings(
        &self,
        before: Timestamp,
        after: (Timestamp, RecordingId),
        limit: i64,
    ) -> Result<Vec<AgedRecording>, StoreError> {
        let sql = "SELECT r.id, r.started_at, c.category_id, c.status FROM recording r \
             LEFT JOIN case_file c ON c.id = r.case_id \
             WHERE r.state = 'kept' AND r.started_at < $1 AND (r.started_at > $2 OR (r.started_at = $2 AND r.id > $3)) \
             ORDER BY r.started_at, r.id LIMIT $4";
        let rows = self.all(sql, args![before, after.0, after.1, limit]).await?;
        rows.iter()
            .map(|row| {
                let status: Option<String> = row.get(3)?;
                Ok(AgedRecording {
                    id: row.get(0)?,
                    started_at: row.get(1)?,
                    category: row.get(2)?,
                    may_go: status.is_none_or(|status| status == "closed"),
                })
            })
            .collect()
    }
}

fn rule(row: &Row) -> Result<Rule, StoreError> {
    let days = |at: usize| row.get::<i64>(at).map(|days| u32::try_from(days).unwrap_or(u32::MAX));
    Ok(Rule {
        category: row.get(0)?,
        keep_days: days(1)?,
        recording_days: days(2)?,
        legal_days: days(3)?,
        basis: row.get(4)?,
    })
}

fn request(row: &Row) -> Result<ErasureRequest, StoreError> {
    let mut r = row.reader();
    Ok(ErasureRequest {
        person: r.next()?,
        asked_at: r.next()?,
        asked_by: r.next()?,
        reason: r.next()?,
        next_at: r.next()?,
    })
}

impl Tx<'_> {
    pub async fn put_retention_rule(&mut self, rule: &Rule) -> Result<(), StoreError> {
        let sql = "INSERT INTO retention_rule (category, keep_days, recording_days, legal_days, basis) \
             VALUES ($1, $2, $3, $4, $5) ON CONFLICT (category) DO UPDATE SET keep_days = excluded.keep_days, \
             recording_days = excluded.recording_days, legal_days = excluded.legal_days, basis = excluded.basis";
        let days = |days: u32| i64::from(days);
        let values = args![
            rule.category.as_str(),
            days(rule.keep_days),
            days(rule.recording_days),
            days(rule.legal_days),
            rule.basis.as_str()
        ];
        self.execute(sql, values).await.map(drop)
    }

    /// The category is again like every other.
    pub async fn drop_retention_rule(&mut self, category: &str) -> Result<bool, StoreError> {
        let sql = "DELETE FROM retention_rule WHERE category = $1 AND category <> ''";
        Ok(self.execute(sql, args![category]).await? > 0)
    }

    /// Asked for again, the first reason and day stay.
    pub async fn put_erasure_request(&mut self, request: &ErasureRequest) -> Result<(), StoreError> {
        let sql = "INSERT INTO erasure_request (person_id, asked_at, asked_by, reason, next_at) \
             VALUES ($1, $2, $3, $4, $5) ON CONFLICT (person_id) DO UPDATE SET next_at = excluded.next_at, \
             asked_at = CASE WHEN erasure_request.done_at IS NULL THEN erasure_request.asked_at ELSE excluded.asked_at END, \
             asked_by = CASE WHEN erasure_request.done_at IS NULL THEN erasure_request.asked_by ELSE excluded.asked_by END, \
             reason = CASE WHEN erasure_request.done_at IS NULL THEN erasure_request.reason ELSE excluded.reason END, \
             done_at = NULL";
        let ErasureRequest { person, asked_at, asked_by, reason, next_at } = request;
        let values = args![*person, *asked_at, *asked_by, reason.as_str(), *next_at];
        self.execute(sql, values).await.map(drop)
    }

    /// Parts of long texts are kept so that one which is delivered again is known; after `before` none is. Of the oldest `limit`.
    pub async fn drop_old_parts(&mut self, before: Timestamp, limit: i64) -> Result<u64, StoreError> {
        let sql = "DELETE FROM message_part WHERE joined = 1 AND arrived_at < $1 AND id IN \
             (SELECT id FROM message_part ORDER BY id LIMIT $2)";
        self.execute(sql, args![before, limit]).await
    }
}
