//! How far each mailbox is read. Written in the transaction that journals the mail, so that neither is ahead of the other.

use jiff::Timestamp;

use super::sql::args;
use super::tx::Tx;
use super::{Db, StoreError};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MailboxState {
    /// The numbers below mean something only under the same validity (RFC 3501 §2.3.1.1).
    pub uid_validity: u32,
    pub last_uid: u32,
    pub updated_at: Timestamp,
}

impl Db {
    /// `None`: never read before.
    pub async fn mailbox_state(&self, name: &str) -> Result<Option<MailboxState>, StoreError> {
        let sql = "SELECT uid_validity, last_uid, updated_at FROM mailbox WHERE name = $1";
        let Some(row) = self.optional(sql, args![name]).await? else { return Ok(None) };
        let number = |at: usize| -> Result<u32, StoreError> {
            u32::try_from(row.get::<i64>(at)?).map_err(|_| StoreError::Corrupt("a UID has 32 bits".into()))
        };
        Ok(Some(MailboxState { uid_validity: number(0)?, last_uid: number(1)?, updated_at: row.get(2)? }))
    }
}

impl Db {
    /// Whether a contact of this `external_id` was committed.
    pub async fn is_journaled(&self, external_id: &str) -> Result<bool, StoreError> {
        let sql = "SELECT id FROM interaction WHERE external_id = $1";
        Ok(self.optional(sql, args![external_id]).await?.is_some())
    }
}

impl Tx<'_> {
    /// Forwards only, under one validity: of two nodes that read the same mailbox the slower does not set it back.
    pub async fn put_mailbox_state(
        &mut self,
        name: &str,
        (uid_validity, last_uid): (u32, u32),
        at: Timestamp,
    ) -> Result<(), StoreError> {
        let sql = "INSERT INTO mailbox (name, uid_validity, last_uid, updated_at) VALUES ($1, $2, $3, $4) \
             ON CONFLICT (name) DO UPDATE SET uid_validity = excluded.uid_validity, last_uid = excluded.last_uid, \
             updated_at = excluded.updated_at WHERE mailbox.uid_validity <> excluded.uid_validity \
             OR mailbox.last_uid < excluded.last_uid";
        let values = args![name, i64::from(uid_validity), i64::from(last_uid), at];
        self.execute(sql, values).await.map(drop)
    }
}
