//! Entries of timelines as the seals of the audit see them.

use std::time::Duration;

use super::sql::{Row, Value, args};
use super::{Db, StoreError};
use crate::domain::audit::SealedFields;
use crate::domain::audit::digest::{Digest, leaf};
use crate::domain::id::{CaseEventId, CaseId};

/// One entry, with what it was digested to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SealedEntry {
    pub id: i64,
    pub case: CaseId,
    pub leaf: Digest,
    /// Of what is left of an erased entry: key of the erasure, digest of the entry as it stands now without a salt.
    pub erased: Option<(String, Digest)>,
}

/// Entries that are read at once: half a megabyte.
const AT_ONCE: i64 = 2_000;

/// A transaction that appends takes milliseconds; one that takes longer than these together is sealed a minute later.
const LOOKS: u32 = 100;
const BETWEEN_LOOKS: Duration = Duration::from_millis(20);

impl Db {
    /// The last entry up to which no other can come any more. `None`: transactions were open for too long to say.
    ///
    /// On PostgreSQL ids are given out before they are committed, and out of order: whoever holds an id up to the highest one that
    /// can be seen also holds the lock of a writer on the table, taken before it asked for the id. So those who
    /// hold one now are waited for; nobody waits for us (as `CREATE INDEX CONCURRENTLY` does it).
    pub async fn settled_entries(&self) -> Result<Option<i64>, StoreError> {
        let sql = "SELECT COALESCE(MAX(id), 0) FROM case_event";
        let last = self.optional(sql, args![]).await?.map_or(Ok(0), |row| row.get(0))?;
        if !self.is_postgres() {
            return Ok(Some(last));
        }
        let mut writers = self.entry_writers().await?;
        for _ in 0..LOOKS {
            if writers.is_empty() {
                return Ok(Some(last));
            }
            tokio::time::sleep(BETWEEN_LOOKS).await;
            let still = self.entry_writers().await?;
            writers.retain(|writer| still.contains(writer));
        }
        Ok(None)
    }

    async fn entry_writers(&self) -> Result<Vec<String>, StoreError> {
        let sql = "SELECT virtualtransaction FROM pg_locks WHERE locktype = 'relation' AND granted \
             AND relation = 'case_event'::regclass AND database = \
             (SELECT oid FROM pg_database WHERE datname = current_database()) AND mode = 'RowExclusiveLock'";
        self.all(sql, args![]).await?.iter().map(|row| row.get(0)).collect()
    }

    /// The next entries behind `after` up to `to`, in the order of their ids.
    pub async fn sealed_entries(&self, after: i64, to: i64) -> Result<Vec<SealedEntry>, StoreError> {
        let sql = "SELECT id, case_id, at, kind, actor_id, token, visibility, payload, salt, digest, erasure \
             FROM case_event WHERE id > $1 AND id <= $2 ORDER BY id LIMIT $3";
        self.all(sql, args![after, to, AT_ONCE]).await?.iter().map(sealed_entry).collect()
    }
}

fn sealed_entry(row: &Row) -> Result<SealedEntry, StoreError> {
    let mut r = row.reader();
    let (id, case, at): (i64, CaseId, i64) = (r.next()?, r.next()?, r.next()?);
    let (kind, actor, token): (String, Option<i64>, Option<String>) = (r.next()?, r.next()?, r.next()?);
    let (visibility, payload): (String, String) = (r.next()?, r.next()?);
    let (salt, digest, erasure): (Option<Vec<u8>>, Option<Vec<u8>>, Option<String>) =
        (r.next()?, r.next()?, r.next()?);
    let fields = SealedFields {
        id: CaseEventId(id),
        case,
        at,
        kind: &kind,
        actor,
        token: token.as_deref(),
        visibility: &visibility,
        payload: &payload,
    };
    let now = leaf(salt.as_deref().unwrap_or_default(), &fields);
    Ok(match erasure {
        None => SealedEntry { id, case, leaf: now, erased: None },
        Some(key) => {
            let former = digest.and_then(|digest| Digest::try_from(digest).ok());
            SealedEntry { id, case, leaf: former.unwrap_or(now), erased: Some((key, now)) }
        }
    })
}

/// The value of a salt for a new entry: 128 random bits, without which an erased entry's digest could be guessed.
pub(super) fn new_salt() -> Value {
    Value::from(rand::random::<[u8; 16]>().to_vec())
}
