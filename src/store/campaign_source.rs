//! Whom a campaign goes to: segments as they were chosen, and imported lists with what is wrong in them.

use jiff::Timestamp;
use sqlx::AssertSqlSafe;

use super::campaign::{json, number, parsed};
use super::sql::{Row, args, pieces, places};
use super::tx::Tx;
use super::{Db, StoreError};
use crate::domain::campaign::segment::Segment;
use crate::domain::id::{CampaignId, SourceId};

#[derive(Clone, Debug)]
pub struct Source {
    pub id: SourceId,
    pub campaign: CampaignId,
    /// Of the segment or of the file.
    pub name: String,
    pub kind: SourceKind,
    /// How far a segment is read: the last person.
    pub place: i64,
    /// All of it stands among the recipients.
    pub done: bool,
    pub created_at: Timestamp,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SourceKind {
    Segment(Segment),
    /// Names of its columns beyond those that every recipient has.
    List {
        fields: Vec<String>,
        usable: i64,
        faulty: i64,
    },
}

/// One row of a list that cannot be used, or not as it is. `fault`: JSON.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FaultRow {
    pub line: u32,
    pub fault: String,
}

/// Places of a source that is not read yet: a list of which not all rows came; recipients of an earlier preparation that have to go first.
pub const READING: i64 = -2;
pub const TO_CLEAR: i64 = -1;

const COLUMNS: &str = "id, campaign_id, name, segment, columns, usable, faulty, place, done, created_at";

impl Db {
    pub async fn campaign_sources(&self, id: CampaignId) -> Result<Vec<Source>, StoreError> {
        let sql = format!("SELECT {COLUMNS} FROM campaign_source WHERE campaign_id = $1 ORDER BY id");
        self.all(AssertSqlSafe(sql), args![id]).await?.iter().map(source).collect()
    }

    /// In the order of the file, those after `after`.
    pub async fn campaign_faults(
        &self,
        source: SourceId,
        after: i64,
        limit: u32,
    ) -> Result<Vec<(i64, FaultRow)>, StoreError> {
        let sql = "SELECT id, line, fault FROM campaign_fault WHERE source_id = $1 AND id > $2 ORDER BY id LIMIT $3";
        let rows = self.all(sql, args![source, after, i64::from(limit)]).await?;
        let fault = |row: &Row| {
            let line = u32::try_from(row.get::<i64>(1)?).unwrap_or(u32::MAX);
            Ok((row.get(0)?, FaultRow { line, fault: row.get(2)? }))
        };
        rows.iter().map(fault).collect()
    }
}

impl Tx<'_> {
    pub async fn campaign_sources(&mut self, id: CampaignId) -> Result<Vec<Source>, StoreError> {
        let sql = format!("SELECT {COLUMNS} FROM campaign_source WHERE campaign_id = $1 ORDER BY id");
        self.all(AssertSqlSafe(sql), args![id]).await?.iter().map(source).collect()
    }

    pub async fn insert_segment_source(
        &mut self,
        campaign: CampaignId,
        (name, segment): (&str, &Segment),
        at: Timestamp,
    ) -> Result<SourceId, StoreError> {
        let sql =
            "INSERT INTO campaign_source (campaign_id, name, segment, created_at) VALUES ($1, $2, $3, $4)";
        Ok(SourceId(self.insert_one(sql, args![campaign, name, json(segment)?, at]).await?))
    }

    /// Its rows come after it; when all are there, [`Tx::place_source`] says so.
    pub async fn insert_list_source(
        &mut self,
        campaign: CampaignId,
        (name, fields): (&str, &[String]),
        at: Timestamp,
    ) -> Result<SourceId, StoreError> {
        let sql = "INSERT INTO campaign_source (campaign_id, name, columns, place, created_at) VALUES ($1, $2, $3, $4, $5)";
        Ok(SourceId(self.insert_one(sql, args![campaign, name, json(&fields)?, READING, at]).await?))
    }

    pub async fn count_list(
        &mut self,
        source: SourceId,
        usable: usize,
        faulty: usize,
    ) -> Result<(), StoreError> {
        let sql = "UPDATE campaign_source SET usable = usable + $2, faulty = faulty + $3 WHERE id = $1";
        self.execute(sql, args![source, number(usable), number(faulty)]).await.map(drop)
    }

    pub async fn insert_faults(&mut self, source: SourceId, faults: &[FaultRow]) -> Result<(), StoreError> {
        for piece in pieces(faults) {
            let sql = format!(
                "INSERT INTO campaign_fault (source_id, line, fault) VALUES {}",
                places(piece.len(), 3)
            );
            let mut values = Vec::with_capacity(piece.len() * 3);
            for fault in piece {
                values.extend(args![source, i64::from(fault.line), fault.fault.as_str()]);
            }
            self.execute(AssertSqlSafe(sql), values).await?;
        }
        Ok(())
    }

    pub async fn place_source(&mut self, source: SourceId, place: i64, done: bool) -> Result<(), StoreError> {
        let sql = "UPDATE campaign_source SET place = $2, done = $3 WHERE id = $1";
        self.execute(sql, args![source, place, done]).await.map(drop)
    }

    /// All of them: read from the beginning, or after what is there has gone.
    pub async fn rewind_sources(&mut self, campaign: CampaignId, place: i64) -> Result<(), StoreError> {
        let sql = "UPDATE campaign_source SET place = $2, done = 0 WHERE campaign_id = $1";
        self.execute(sql, args![campaign, place]).await.map(drop)
    }

    /// Up to `limit` faults and recipients of it; whether there may be more. At last the source itself.
    pub async fn remove_source(&mut self, source: SourceId, limit: u32) -> Result<bool, StoreError> {
        for (table, key) in [("campaign_fault", "source_id"), ("campaign_recipient", "source_id")] {
            let sql = format!(
                "DELETE FROM {table} WHERE id IN (SELECT id FROM {table} WHERE {key} = $1 ORDER BY id LIMIT $2)"
            );
            if self.execute(AssertSqlSafe(sql), args![source, i64::from(limit)]).await? > 0 {
                return Ok(true);
            }
        }
        self.execute("DELETE FROM campaign_source WHERE id = $1", args![source]).await?;
        Ok(false)
    }
}

fn source(row: &Row) -> Result<Source, StoreError> {
    let mut r = row.reader();
    let (id, campaign, name) = (r.next()?, r.next()?, r.next()?);
    let (segment, columns): (Option<String>, Option<String>) = (r.next()?, r.next()?);
    let (usable, faulty) = (r.next()?, r.next()?);
    let kind = match segment {
        Some(segment) => SourceKind::Segment(parsed(&segment)?),
        None => SourceKind::List { fields: parsed(columns.as_deref().unwrap_or("[]"))?, usable, faulty },
    };
    Ok(Source { id, campaign, name, kind, place: r.next()?, done: r.next()?, created_at: r.next()? })
}
