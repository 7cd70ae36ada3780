//! Lists of cases that somebody wants to come back to: their own, and those that are shared with all.

use jiff::Timestamp;
use serde::Serialize;

use super::sql::{Row, args};
use super::tx::Tx;
use super::{Db, StoreError};
use crate::domain::id::{FilterId, UserId};

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct SavedFilter {
    pub id: FilterId,
    pub owner: UserId,
    pub name: String,
    /// The address of the list, without its path.
    pub query: String,
    pub shared: bool,
    /// Among those of its owner.
    pub place: i64,
}

/// Of one owner; more would not be found again.
pub const MOST_FILTERS: i64 = 30;
/// Shared ones that a list shows.
const SHOWN: i64 = 60;

const COLUMNS: &str = "id, owner_id, name, query, shared, place";

impl Db {
    /// One's own in their order, then those of others that are shared.
    pub async fn saved_filters(&self, user: UserId) -> Result<Vec<SavedFilter>, StoreError> {
        let sql =
            format!("SELECT {COLUMNS} FROM saved_filter WHERE owner_id = $1 ORDER BY place, id LIMIT $2");
        let mut rows = self.all(sqlx::AssertSqlSafe(sql), args![user, MOST_FILTERS]).await?;
        let sql = format!(
            "SELECT {COLUMNS} FROM saved_filter WHERE shared = 1 AND owner_id <> $1 ORDER BY place, id LIMIT $2"
        );
        rows.extend(self.all(sqlx::AssertSqlSafe(sql), args![user, SHOWN]).await?);
        rows.iter().map(saved_filter).collect()
    }

    pub async fn saved_filter(&self, id: FilterId) -> Result<Option<SavedFilter>, StoreError> {
        let sql = format!("SELECT {COLUMNS} FROM saved_filter WHERE id = $1");
        self.optional(sqlx::AssertSqlSafe(sql), args![id]).await?.as_ref().map(saved_filter).transpose()
    }
}

fn saved_filter(row: &Row) -> Result<SavedFilter, StoreError> {
    let mut r = row.reader();
    Ok(SavedFilter {
        id: r.next()?,
        owner: r.next()?,
        name: r.next()?,
        query: r.next()?,
        shared: r.next()?,
        place: r.next()?,
    })
}

impl Tx<'_> {
    pub async fn filter(&mut self, id: FilterId) -> Result<Option<SavedFilter>, StoreError> {
        let sql = format!("SELECT {COLUMNS} FROM saved_filter WHERE id = $1");
        self.optional(sqlx::AssertSqlSafe(sql), args![id]).await?.as_ref().map(saved_filter).transpose()
    }

    /// Of one owner, in their order.
    pub async fn own_filters(&mut self, owner: UserId) -> Result<Vec<SavedFilter>, StoreError> {
        let sql = format!("SELECT {COLUMNS} FROM saved_filter WHERE owner_id = $1 ORDER BY place, id");
        self.all(sqlx::AssertSqlSafe(sql), args![owner]).await?.iter().map(saved_filter).collect()
    }

    pub async fn insert_filter(
        &mut self,
        owner: UserId,
        (name, query, shared): (&str, &str, bool),
        place: i64,
        at: Timestamp,
    ) -> Result<FilterId, StoreError> {
        let sql = "INSERT INTO saved_filter (owner_id, name, query, shared, place, created_at) VALUES ($1, $2, $3, $4, $5, $6)";
        Ok(FilterId(self.insert_one(sql, args![owner, name, query, shared, place, at]).await?))
    }

    pub async fn update_filter(&mut self, filter: &SavedFilter) -> Result<(), StoreError> {
        let sql = "UPDATE saved_filter SET name = $2, query = $3, shared = $4, place = $5 WHERE id = $1";
        let values =
            args![filter.id, filter.name.as_str(), filter.query.as_str(), filter.shared, filter.place];
        self.execute(sql, values).await.map(drop)
    }

    pub async fn remove_filter(&mut self, id: FilterId) -> Result<(), StoreError> {
        self.execute("DELETE FROM saved_filter WHERE id = $1", args![id]).await.map(drop)
    }
}
