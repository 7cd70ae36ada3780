//! Versions of dialplans, and the ways that calls took through them.

use jiff::Timestamp;

use super::sql::{Row, args};
use super::tx::Tx;
use super::{Db, StoreError};
use crate::domain::id::UserId;

/// A version without its text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlanVersionRow {
    pub id: i64,
    /// Of the plan.
    pub name: String,
    pub revision: String,
    /// `None`: changed by hand in the folder.
    pub author: Option<UserId>,
    pub at: Timestamp,
    /// What the author says about it.
    pub note: String,
}

#[derive(Clone, Copy, Debug)]
pub struct NewPlanVersion<'a> {
    pub name: &'a str,
    pub revision: &'a str,
    pub text: &'a str,
    pub author: Option<UserId>,
    pub at: Timestamp,
    pub note: &'a str,
}

/// The way of a call that has ended.
#[derive(Clone, Debug)]
pub struct WalkRow {
    pub id: i64,
    pub ended_at: Timestamp,
    pub revision: String,
    /// JSON: names of nodes.
    pub walk: String,
}

impl Db {
    /// The newest first.
    pub async fn plan_versions(&self, name: &str, limit: i64) -> Result<Vec<PlanVersionRow>, StoreError> {
        let sql = "SELECT id, name, revision, author_id, at, note FROM plan_version WHERE name = $1 \
             ORDER BY id DESC LIMIT $2";
        self.all(sql, args![name, limit]).await?.iter().map(version).collect()
    }

    /// With its text.
    pub async fn plan_version(&self, id: i64) -> Result<Option<(PlanVersionRow, String)>, StoreError> {
        let sql = "SELECT id, name, revision, author_id, at, note, words FROM plan_version WHERE id = $1";
        let Some(row) = self.optional(sql, args![id]).await? else { return Ok(None) };
        Ok(Some((version(&row)?, row.get(6)?)))
    }

    /// Calls that ended in `from..until`, after the call `after` where several ended in one instant.
    pub async fn walks(
        &self,
        from: Timestamp,
        after: i64,
        until: Timestamp,
        limit: i64,
    ) -> Result<Vec<WalkRow>, StoreError> {
        let sql = "SELECT id, ended_at, plan_revision, walk FROM interaction WHERE walk IS NOT NULL \
             AND plan_revision IS NOT NULL AND ended_at >= $1 AND ended_at < $3 AND (ended_at > $1 OR id > $2) \
             ORDER BY ended_at, id LIMIT $4";
        let read = |row: &Row| {
            Ok(WalkRow { id: row.get(0)?, ended_at: row.get(1)?, revision: row.get(2)?, walk: row.get(3)? })
        };
        self.all(sql, args![from, after, until, limit]).await?.iter().map(read).collect()
    }
}

impl Tx<'_> {
    pub async fn latest_plan_version(&mut self, name: &str) -> Result<Option<PlanVersionRow>, StoreError> {
        let sql = "SELECT id, name, revision, author_id, at, note FROM plan_version WHERE name = $1 \
             ORDER BY id DESC LIMIT 1";
        self.optional(sql, args![name]).await?.as_ref().map(version).transpose()
    }

    pub async fn insert_plan_version(&mut self, plan: &NewPlanVersion<'_>) -> Result<(), StoreError> {
        let sql = "INSERT INTO plan_version (name, revision, words, author_id, at, note) \
             VALUES ($1, $2, $3, $4, $5, $6)";
        let values = args![plan.name, plan.revision, plan.text, plan.author, plan.at, plan.note];
        self.execute(sql, values).await.map(drop)
    }

    pub async fn sign_plan_version(&mut self, id: i64, author: UserId, note: &str) -> Result<(), StoreError> {
        let sql = "UPDATE plan_version SET author_id = $2, note = $3 WHERE id = $1";
        self.execute(sql, args![id, author, note]).await.map(drop)
    }
}

fn version(row: &Row) -> Result<PlanVersionRow, StoreError> {
    Ok(PlanVersionRow {
        id: row.get(0)?,
        name: row.get(1)?,
        revision: row.get(2)?,
        author: row.get(3)?,
        at: row.get(4)?,
        note: row.get(5)?,
    })
}
