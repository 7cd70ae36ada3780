//! Parts of long texts, until all are there.

use jiff::Timestamp;
use sqlx::AssertSqlSafe;

use super::interaction::{caller, caller_columns};
use super::sql::{Row, args, pieces, places};
use super::tx::Tx;
use super::{Db, StoreError};
use crate::domain::caller::Caller;
use crate::domain::message::PartOf;

/// The parts of one long text have this in common.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PartGroup {
    pub sender: Caller,
    pub recipient: String,
    pub reference: u16,
    pub total: u8,
}

#[derive(Clone, Debug)]
pub struct WaitingPart {
    pub id: i64,
    pub external_id: String,
    pub index: u8,
    pub units: Vec<u16>,
    pub arrived_at: Timestamp,
}

impl Db {
    /// Groups whose first part has waited since `before`.
    pub async fn overdue_parts(&self, before: Timestamp, limit: i64) -> Result<Vec<PartGroup>, StoreError> {
        let sql = "SELECT caller_kind, sender, recipient, reference, total FROM message_part WHERE joined = 0 \
             GROUP BY caller_kind, sender, recipient, reference, total HAVING MIN(arrived_at) <= $1 \
             ORDER BY MIN(arrived_at) LIMIT $2";
        self.all(sql, args![before, limit]).await?.iter().map(group).collect()
    }
}

impl Tx<'_> {
    /// `false` when this part was delivered before.
    pub async fn insert_part(
        &mut self,
        external_id: &str,
        group: &PartGroup,
        index: u8,
        units: &[u16],
        at: Timestamp,
    ) -> Result<bool, StoreError> {
        let sql = "INSERT INTO message_part \
             (external_id, caller_kind, sender, recipient, reference, total, idx, units, arrived_at) \
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) ON CONFLICT (external_id) DO NOTHING";
        let (kind, sender) = caller_columns(&group.sender);
        let bytes: Vec<u8> = units.iter().flat_map(|unit| unit.to_be_bytes()).collect();
        let values = args![
            external_id,
            kind,
            sender.unwrap_or_default(),
            group.recipient.as_str(),
            i64::from(group.reference),
            i64::from(group.total),
            i64::from(index),
            bytes,
            at
        ];
        Ok(self.execute(sql, values).await? > 0)
    }

    /// Parts that were not joined yet, in their order.
    pub async fn waiting_parts(&mut self, group: &PartGroup) -> Result<Vec<WaitingPart>, StoreError> {
        let sql = "SELECT id, external_id, idx, units, arrived_at FROM message_part WHERE joined = 0 \
             AND caller_kind = $1 AND sender = $2 AND recipient = $3 AND reference = $4 AND total = $5 ORDER BY idx, id";
        let (kind, sender) = caller_columns(&group.sender);
        let values = args![
            kind,
            sender.unwrap_or_default(),
            group.recipient.as_str(),
            i64::from(group.reference),
            i64::from(group.total)
        ];
        self.all(sql, values).await?.iter().map(waiting).collect()
    }

    pub async fn parts_are_joined(&mut self, ids: &[i64]) -> Result<(), StoreError> {
        for piece in pieces(ids) {
            let sql = format!("UPDATE message_part SET joined = 1 WHERE id IN {}", places(1, piece.len()));
            self.execute(AssertSqlSafe(sql), piece.iter().map(|id| (*id).into()).collect()).await?;
        }
        Ok(())
    }
}

fn waiting(row: &Row) -> Result<WaitingPart, StoreError> {
    let mut r = row.reader();
    Ok(WaitingPart {
        id: r.next()?,
        external_id: r.next()?,
        index: small(r.next()?)?,
        units: r.next::<Vec<u8>>()?.as_chunks::<2>().0.iter().map(|pair| u16::from_be_bytes(*pair)).collect(),
        arrived_at: r.next()?,
    })
}

fn group(row: &Row) -> Result<PartGroup, StoreError> {
    Ok(PartGroup {
        sender: caller(&row.get::<String>(0)?, Some(row.get(1)?))?,
        recipient: row.get(2)?,
        reference: small(row.get(3)?)?,
        total: small(row.get(4)?)?,
    })
}

fn small<T: TryFrom<i64>>(number: i64) -> Result<T, StoreError> {
    T::try_from(number).map_err(|_| StoreError::Corrupt("a part's number is too large".into()))
}

impl PartGroup {
    pub fn new(sender: &Caller, recipient: &str, of: PartOf) -> Self {
        Self {
            sender: sender.clone(),
            recipient: recipient.to_owned(),
            reference: of.reference,
            total: of.total,
        }
    }
}
