//! What is kept of one person, and of those who were merged into them, besides the rows of their cases.

use jiff::Timestamp;
use serde::Serialize;
use serde_json::Value as Json;
use sqlx::AssertSqlSafe;

use super::person::GROUP;
use super::sql::args;
use super::{Db, StoreError};
use crate::domain::case::CaseNumber;
use crate::domain::id::{CaseId, PersonId};

/// Where somebody is reached, or was.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ContactPoint {
    /// `phone`, `email` or `address`.
    pub kind: String,
    pub value: String,
}

/// A case of somebody else that the person has a part in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Followed {
    pub number: CaseNumber,
    pub role: String,
}

/// What the person agreed to, or does not any more.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Agreed {
    pub kind: String,
    pub given: bool,
    pub how: String,
    pub at: Timestamp,
}

/// What somebody did to the person's card.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct CardEntry {
    pub at: Timestamp,
    pub kind: String,
    pub entry: Json,
}

/// Further ones of either are not in a report.
const MOST: i64 = 10_000;

impl Db {
    pub async fn contact_points(&self, person: PersonId) -> Result<Vec<ContactPoint>, StoreError> {
        let sql = format!(
            "SELECT kind, value FROM contact_point WHERE person_id IN ({GROUP}) UNION ALL \
             SELECT 'address', value FROM person_address WHERE person_id IN ({GROUP})"
        );
        let rows = self.all(AssertSqlSafe(sql), args![person]).await?;
        rows.iter().map(|row| Ok(ContactPoint { kind: row.get(0)?, value: row.get(1)? })).collect()
    }

    /// Oldest first.
    pub async fn person_cases(&self, person: PersonId, limit: usize) -> Result<Vec<CaseId>, StoreError> {
        let sql =
            format!("SELECT id FROM case_file WHERE person_id IN ({GROUP}) ORDER BY opened_at, id LIMIT $2");
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        self.all(AssertSqlSafe(sql), args![person, limit]).await?.iter().map(|row| row.get(0)).collect()
    }

    pub async fn followed_by(&self, person: PersonId) -> Result<Vec<Followed>, StoreError> {
        let sql = format!(
            "SELECT c.number, p.role FROM case_party p JOIN case_file c ON c.id = p.case_id \
             WHERE p.person_id IN ({GROUP}) ORDER BY c.opened_at, c.id LIMIT $2"
        );
        let rows = self.all(AssertSqlSafe(sql), args![person, MOST]).await?;
        rows.iter().map(|row| Ok(Followed { number: row.get(0)?, role: row.get(1)? })).collect()
    }

    pub async fn agreed(&self, person: PersonId) -> Result<Vec<Agreed>, StoreError> {
        let sql = format!(
            "SELECT kind, given, how, at FROM person_consent WHERE person_id IN ({GROUP}) ORDER BY kind, at"
        );
        let rows = self.all(AssertSqlSafe(sql), args![person]).await?;
        rows.iter()
            .map(|row| {
                Ok(Agreed { kind: row.get(0)?, given: row.get(1)?, how: row.get(2)?, at: row.get(3)? })
            })
            .collect()
    }

    /// Oldest first.
    pub async fn card_entries(&self, person: PersonId) -> Result<Vec<CardEntry>, StoreError> {
        let sql = format!(
            "SELECT at, kind, payload FROM person_event WHERE person_id IN ({GROUP}) ORDER BY id LIMIT $2"
        );
        let rows = self.all(AssertSqlSafe(sql), args![person, MOST]).await?;
        rows.iter()
            .map(|row| {
                let entry = serde_json::from_str(&row.get::<String>(2)?);
                let entry = entry.map_err(|e| StoreError::Corrupt(e.to_string()))?;
                Ok(CardEntry { at: row.get(0)?, kind: row.get(1)?, entry })
            })
            .collect()
    }
}
