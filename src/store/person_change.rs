//! How the card of a person changes.

use jiff::Timestamp;

use super::StoreError;
use super::event::By;
use super::sql::args;
use super::tx::Tx;
use crate::domain::id::{PersonEventId, PersonId};
use crate::domain::person::{ConsentKind, ConsentMeans, Moved, PersonEntry, PersonFacts, Point, PointKind};

/// A person as verbs need it before they change it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PersonHead {
    pub facts: PersonFacts,
    pub version: i64,
    pub merged_into: Option<PersonId>,
    pub merged_by: Option<PersonEventId>,
}

impl Tx<'_> {
    /// Locked until the end of the transaction.
    pub async fn person_head(&mut self, id: PersonId) -> Result<Option<PersonHead>, StoreError> {
        let sql = "SELECT name, language, tell_by, version, merged_into, merged_by FROM person WHERE id = $1";
        let row = if self.is_postgres() {
            self.optional(sqlx::AssertSqlSafe(format!("{sql} FOR UPDATE")), args![id]).await?
        } else {
            self.optional(sql, args![id]).await?
        };
        let Some(row) = row else { return Ok(None) };
        let mut r = row.reader();
        let facts = PersonFacts { name: r.next()?, language: r.next()?, tell_by: r.next()? };
        Ok(Some(PersonHead { facts, version: r.next()?, merged_into: r.next()?, merged_by: r.next()? }))
    }

    /// Somebody who was written down by hand.
    pub async fn insert_card(&mut self, facts: &PersonFacts, at: Timestamp) -> Result<PersonId, StoreError> {
        let sql =
            "INSERT INTO person (name, address, language, tell_by, created_at) VALUES ($1, '', $2, $3, $4)";
        let values = args![facts.name.as_str(), facts.language, facts.tell_by, at];
        Ok(PersonId(self.insert_one(sql, values).await?))
    }

    pub async fn set_person_facts(&mut self, id: PersonId, facts: &PersonFacts) -> Result<(), StoreError> {
        let sql = "UPDATE person SET name = $2, language = $3, tell_by = $4 WHERE id = $1";
        self.execute(sql, args![id, facts.name.as_str(), facts.language, facts.tell_by]).await.map(drop)
    }

    /// The new version of the card.
    pub async fn bump_person(&mut self, id: PersonId) -> Result<i64, StoreError> {
        self.execute("UPDATE person SET version = version + 1 WHERE id = $1", args![id]).await?;
        self.one("SELECT version FROM person WHERE id = $1", args![id]).await?.get(0)
    }

    /// False when somebody has it already.
    pub async fn insert_point(&mut self, id: PersonId, point: &Point) -> Result<bool, StoreError> {
        let value = point.value.as_str();
        let done = if point.kind == PointKind::Address {
            let sql = "INSERT INTO person_address (person_id, value) VALUES ($1, $2) ON CONFLICT DO NOTHING";
            self.execute(sql, args![id, value]).await?
        } else {
            let sql = "INSERT INTO contact_point (person_id, kind, value) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING";
            self.execute(sql, args![id, point.kind, value]).await?
        };
        Ok(done > 0)
    }

    /// Of the person or of somebody who was merged into them. False when there is no such point.
    pub async fn remove_point(&mut self, id: PersonId, point: &Point) -> Result<bool, StoreError> {
        let (table, and) = of(point.kind);
        let sql = format!(
            "DELETE FROM {table} WHERE value = $2 {and} AND person_id IN (SELECT id FROM person WHERE id = $1 OR merged_into = $1)"
        );
        Ok(self.execute(sqlx::AssertSqlSafe(sql), point_args(id, point)).await? > 0)
    }

    pub async fn mark_point(
        &mut self,
        id: PersonId,
        point: &Point,
        invalid_at: Option<Timestamp>,
    ) -> Result<bool, StoreError> {
        let (table, and) = of(point.kind);
        // Why the network took it for invalid is past.
        let why = if point.kind == PointKind::Address { "" } else { ", invalid_why = NULL" };
        let mut values = point_args(id, point);
        values.push(invalid_at.into());
        let sql = format!(
            "UPDATE {table} SET invalid_at = ${}{why} WHERE value = $2 {and} \
             AND person_id IN (SELECT id FROM person WHERE id = $1 OR merged_into = $1)",
            values.len()
        );
        Ok(self.execute(sqlx::AssertSqlSafe(sql), values).await? > 0)
    }

    /// The first of its kind; a primary address is the address of the person.
    pub async fn prefer_point(&mut self, id: PersonId, point: &Point) -> Result<bool, StoreError> {
        let (table, and) = of(point.kind);
        let sql = format!(
            "UPDATE {table} SET is_primary = CASE WHEN value = $2 THEN 1 ELSE 0 END WHERE 1 = 1 {and} \
             AND person_id IN (SELECT id FROM person WHERE id = $1 OR merged_into = $1)"
        );
        let found = self.execute(sqlx::AssertSqlSafe(sql), point_args(id, point)).await? > 0;
        if found && point.kind == PointKind::Address {
            self.execute("UPDATE person SET address = $2 WHERE id = $1", args![id, point.value.as_str()])
                .await?;
        }
        Ok(found)
    }

    /// The address of the person is the preferred one that is left, if any.
    pub async fn refresh_address(&mut self, id: PersonId) -> Result<(), StoreError> {
        let sql = "UPDATE person SET address = COALESCE((SELECT value FROM person_address WHERE person_id = $1 \
             AND invalid_at IS NULL ORDER BY is_primary DESC, id LIMIT 1), '') WHERE id = $1";
        self.execute(sql, args![id]).await.map(drop)
    }

    pub async fn set_consent(
        &mut self,
        id: PersonId,
        (kind, given, means): (ConsentKind, bool, ConsentMeans),
        at: Timestamp,
    ) -> Result<(), StoreError> {
        let sql = "INSERT INTO person_consent (person_id, kind, given, how, at) VALUES ($1, $2, $3, $4, $5) \
             ON CONFLICT (person_id, kind) DO UPDATE SET given = excluded.given, how = excluded.how, at = excluded.at";
        self.execute(sql, args![id, kind, given, means, at]).await.map(drop)
    }

    /// How many ways to reach them there are.
    pub async fn standing_points(&mut self, id: PersonId) -> Result<i64, StoreError> {
        let sql = "SELECT (SELECT COUNT(*) FROM contact_point WHERE person_id = $1) + \
             (SELECT COUNT(*) FROM person_address WHERE person_id = $1)";
        self.one(sql, args![id]).await?.get(0)
    }

    /// Where a person and all who were merged into it stand now.
    pub async fn standing(&mut self, id: PersonId) -> Result<Vec<Moved>, StoreError> {
        let sql =
            "SELECT id, merged_into, merged_by FROM person WHERE id = $1 OR merged_into = $1 ORDER BY id";
        let rows = self.all(sql, args![id]).await?;
        let moved = |row: &super::sql::Row| {
            Ok(Moved { person: row.get(0)?, merged_into: row.get(1)?, merged_by: row.get(2)? })
        };
        rows.iter().map(moved).collect()
    }

    pub async fn move_person(&mut self, to: &Moved) -> Result<(), StoreError> {
        let sql = "UPDATE person SET merged_into = $2, merged_by = $3 WHERE id = $1";
        self.execute(sql, args![to.person, to.merged_into, to.merged_by]).await.map(drop)
    }

    pub async fn person_entry(
        &mut self,
        id: PersonEventId,
    ) -> Result<Option<(PersonId, PersonEntry)>, StoreError> {
        let sql = "SELECT person_id, payload FROM person_event WHERE id = $1";
        let Some(row) = self.optional(sql, args![id]).await? else { return Ok(None) };
        let entry =
            serde_json::from_str(&row.get::<String>(1)?).map_err(|e| StoreError::Corrupt(e.to_string()))?;
        Ok(Some((row.get(0)?, entry)))
    }

    pub async fn append_person(
        &mut self,
        id: PersonId,
        at: Timestamp,
        by: &By,
        entry: &PersonEntry,
    ) -> Result<PersonEventId, StoreError> {
        let payload = serde_json::to_string(entry).map_err(|e| StoreError::Corrupt(e.to_string()))?;
        let sql = "INSERT INTO person_event (person_id, at, kind, actor_id, token, payload) VALUES ($1, $2, $3, $4, $5, $6)";
        let values = args![id, at, entry.kind(), by.user, by.token.as_deref(), payload];
        Ok(PersonEventId(self.insert_one(sql, values).await?))
    }
}

/// The table of a kind, and what tells it from others there.
fn of(kind: PointKind) -> (&'static str, &'static str) {
    match kind {
        PointKind::Address => ("person_address", ""),
        PointKind::Phone | PointKind::Email => ("contact_point", "AND kind = $3"),
    }
}

fn point_args(id: PersonId, point: &Point) -> Vec<super::sql::Value> {
    match point.kind {
        PointKind::Address => args![id, point.value.as_str()],
        kind => args![id, point.value.as_str(), kind],
    }
}
