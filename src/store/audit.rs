//! The audit's rows: added at the very end of the transaction whose change they tell, read for its page, and walked along to prove it.

use std::collections::HashMap;

use jiff::{SignedDuration, Timestamp};
use sqlx::AssertSqlSafe;

use super::sql::{Row, Value, args, pieces, places};
use super::tx::{Connection, Tx};
use super::{Db, StoreError};
use crate::domain::audit::digest::{Link, detail_digest};
use crate::domain::audit::{AuditEntry, SubjectKind, What, WhoKind};

/// One entry as its row has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuditRow {
    pub link: Link,
    /// With its salt; `None` when it was erased.
    pub detail: Option<(String, Vec<u8>)>,
    /// Key of the erasure.
    pub erasure: Option<String>,
}

/// Where the chain ends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuditHead {
    pub id: i64,
    pub digest: Vec<u8>,
    /// Entries of timelines up to this one are sealed.
    pub sealed_to: i64,
}

/// What the page of the audit looks for; all of it together.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AuditFilter {
    pub who: Option<(WhoKind, Option<String>)>,
    pub what: Option<What>,
    pub subject: Option<(SubjectKind, Option<String>)>,
    pub from: Option<Timestamp>,
    /// Not included.
    pub until: Option<Timestamp>,
    /// One a minute, which hide what people did.
    pub without_seals: bool,
}

/// Between the moment that an entry tells and its place in the chain: a work that waits longer for others has long been refused.
const LONGEST_WAIT: SignedDuration = SignedDuration::from_mins(10);

const ROW: &str =
    "id, at, who_kind, who, what, subject_kind, subject, detail_digest, digest, detail, salt, erasure";

impl Tx<'_> {
    /// Comes into the chain when the work is done, with everything else that it wrote or not at all. Whoever writes to the chain
    /// waits for the one before: so it is done last.
    pub fn audit(&mut self, entry: AuditEntry) {
        self.audits.push(entry);
    }

    /// Nobody else seals until the end of the transaction. Whether the timelines are sealed up to `after`, as the one who
    /// asks thinks.
    pub async fn seal_from(&mut self, after: i64, to: i64) -> Result<bool, StoreError> {
        let sql = "UPDATE audit_head SET sealed_to = $2 WHERE one = 1 AND sealed_to = $1";
        Ok(self.execute(sql, args![after, to]).await? > 0)
    }

    pub(super) async fn write_audits(&mut self) -> Result<(), StoreError> {
        let audits = std::mem::take(&mut self.audits);
        let done = chain(self.connection(), audits).await;
        self.noticed(done)
    }
}

/// Adds to the chain, inside the transaction.
pub(super) async fn chain(
    connection: &mut Connection<'_>,
    audits: Vec<AuditEntry>,
) -> Result<(), StoreError> {
    if audits.is_empty() {
        return Ok(());
    }
    let lock = if matches!(connection, Connection::Postgres(_)) { " FOR UPDATE" } else { "" };
    let sql = format!("SELECT id, digest FROM audit_head WHERE one = 1{lock}");
    let head = connection.all(AssertSqlSafe(sql), args![]).await?;
    let head = head.first().ok_or_else(|| StoreError::Corrupt("the audit has no head".into()))?;
    let (mut id, mut digest): (i64, Vec<u8>) = (head.get(0)?, head.get(1)?);
    let mut rows = Vec::with_capacity(audits.len());
    for audit in audits {
        id += 1;
        let row = linked(audit, id, &digest)?;
        digest.clone_from(&row.0.digest);
        rows.push(row);
    }
    for piece in pieces(&rows) {
        let mut values = Vec::with_capacity(piece.len() * 11);
        for (link, detail, salt) in piece {
            values.extend(args![
                link.id,
                link.at,
                link.who_kind.as_str(),
                link.who.as_str(),
                link.what.as_str(),
                link.subject_kind.as_str(),
                link.subject.as_str(),
                link.detail_digest.clone(),
                link.digest.clone(),
                detail.as_str(),
                salt.to_vec(),
            ]);
        }
        let sql = format!(
            "INSERT INTO audit (id, at, who_kind, who, what, subject_kind, subject, detail_digest, digest, detail, salt) \
             VALUES {}",
            places(piece.len(), 11)
        );
        connection.execute(AssertSqlSafe(sql), values).await?;
    }
    let sql = "UPDATE audit_head SET id = $1, digest = $2 WHERE one = 1";
    connection.execute(sql, args![id, digest]).await.map(drop)
}

fn linked(audit: AuditEntry, id: i64, previous: &[u8]) -> Result<(Link, String, [u8; 16]), StoreError> {
    // PostgreSQL takes no NUL in a text, and the digest is of what is stored.
    let stored = |text: String| text.replace('\0', "");
    let detail = serde_json::to_string(&audit.detail).map_err(|e| StoreError::Corrupt(e.to_string()))?;
    let salt: [u8; 16] = rand::random();
    let mut link = Link {
        id,
        at: audit.at.as_microsecond(),
        who_kind: audit.who.kind.as_str().to_owned(),
        who: stored(audit.who.id),
        what: audit.what.as_str().to_owned(),
        subject_kind: audit.subject.kind.as_str().to_owned(),
        subject: stored(audit.subject.id),
        detail_digest: detail_digest(&salt, &detail).to_vec(),
        digest: Vec::new(),
    };
    link.digest = link.digest_after(previous, id).to_vec();
    Ok((link, detail, salt))
}

impl Db {
    pub async fn audit_head(&self) -> Result<AuditHead, StoreError> {
        let sql = "SELECT id, digest, sealed_to FROM audit_head WHERE one = 1";
        let row = self.optional(sql, args![]).await?;
        let row = row.ok_or_else(|| StoreError::Corrupt("the audit has no head".into()))?;
        Ok(AuditHead { id: row.get(0)?, digest: row.get(1)?, sealed_to: row.get(2)? })
    }

    /// The next entries behind `after`, in their order.
    pub async fn audit_after(&self, after: i64, limit: i64) -> Result<Vec<AuditRow>, StoreError> {
        let sql = format!("SELECT {ROW} FROM audit WHERE id > $1 ORDER BY id LIMIT $2");
        self.all(AssertSqlSafe(sql), args![after, limit]).await?.iter().map(audit_row).collect()
    }

    /// The latest before `before` that the filter is about, latest first.
    pub async fn audit_page(
        &self,
        filter: &AuditFilter,
        before: Option<i64>,
        limit: u32,
    ) -> Result<Vec<AuditRow>, StoreError> {
        let (mut conditions, mut values) = conditions(filter);
        if let Some(from) = filter.from {
            // Ids follow the clock but for the time that a work waited for the chain: the first shortly before the period bounds the walk
            // along any other index.
            let sql = "SELECT id FROM audit WHERE at >= $1 ORDER BY at, id LIMIT 1";
            let bound = from.saturating_sub(LONGEST_WAIT).unwrap_or(from);
            let Some(first) = self.optional(sql, args![bound]).await? else { return Ok(Vec::new()) };
            values.push(Value::Int(Some(first.get(0)?)));
            conditions.push(format!("id >= ${}", values.len()));
        }
        if let Some(before) = before {
            values.push(before.into());
            conditions.push(format!("id < ${}", values.len()));
        }
        values.push(i64::from(limit).into());
        let place = values.len();
        let only = if conditions.is_empty() { "1 = 1".to_owned() } else { conditions.join(" AND ") };
        let sql = format!("SELECT {ROW} FROM audit WHERE {only} ORDER BY id DESC LIMIT ${place}");
        self.all(AssertSqlSafe(sql), values).await?.iter().map(audit_row).collect()
    }

    /// Details of erasures by their keys.
    pub(crate) async fn erasures(
        &self,
        keys: &[String],
    ) -> Result<HashMap<String, (i64, String)>, StoreError> {
        let mut found = HashMap::with_capacity(keys.len());
        for piece in pieces(keys) {
            let list: Vec<String> = (1..=piece.len()).map(|place| format!("${place}")).collect();
            let sql = format!(
                "SELECT subject, id, detail FROM audit WHERE subject_kind = 'erasure' AND subject IN ({}) \
                 AND what = 'erased' AND detail IS NOT NULL",
                list.join(",")
            );
            let values = piece.iter().map(|key| key.as_str().into()).collect();
            for row in self.all(AssertSqlSafe(sql), values).await? {
                found.insert(row.get(0)?, (row.get(1)?, row.get(2)?));
            }
        }
        Ok(found)
    }
}

fn conditions(filter: &AuditFilter) -> (Vec<String>, Vec<Value>) {
    let mut conditions = Vec::new();
    let mut values: Vec<Value> = Vec::new();
    let mut is = |column: &str, how: &str, value: Value| {
        values.push(value);
        conditions.push(format!("{column} {how} ${}", values.len()));
    };
    if let Some((kind, who)) = &filter.who {
        is("who_kind", "=", kind.as_str().into());
        if let Some(who) = who {
            is("who", "=", who.as_str().into());
        }
    }
    if let Some(what) = filter.what {
        is("what", "=", what.as_str().into());
    }
    if filter.without_seals {
        is("what", "<>", What::Sealed.as_str().into());
    }
    if let Some((kind, subject)) = &filter.subject {
        is("subject_kind", "=", kind.as_str().into());
        if let Some(subject) = subject {
            is("subject", "=", subject.as_str().into());
        }
    }
    if let Some(from) = filter.from {
        is("at", ">=", from.into());
    }
    if let Some(until) = filter.until {
        is("at", "<", until.into());
    }
    (conditions, values)
}

fn audit_row(row: &Row) -> Result<AuditRow, StoreError> {
    let mut r = row.reader();
    let link = Link {
        id: r.next()?,
        at: r.next()?,
        who_kind: r.next()?,
        who: r.next()?,
        what: r.next()?,
        subject_kind: r.next()?,
        subject: r.next()?,
        detail_digest: r.next()?,
        digest: r.next()?,
    };
    let detail: Option<String> = r.next()?;
    let salt: Option<Vec<u8>> = r.next()?;
    Ok(AuditRow { link, detail: detail.zip(salt), erasure: r.next()? })
}
