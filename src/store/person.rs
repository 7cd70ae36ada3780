//! Citizens and the points at which they are reached.
//!
//! A person that was merged into another keeps its row, its points and its cases; only `merged_into` leads to the survivor, for every
//! reader. So a merge is undone by taking that away again. A survivor is never merged itself: the way is one step long.

use jiff::Timestamp;
use serde::Serialize;

use super::search_index::Unindexed;
use super::sql::{Row, args};
use super::tx::Tx;
use super::{Db, StoreError};
use crate::domain::case::CaseRef;
use crate::domain::id::{CaseId, PersonId};
use crate::domain::person::{PersonLanguage, PointKind, TellBy};
use crate::domain::phone::PhoneNumber;
use crate::domain::script::search_key;
use crate::domain::search::{Query, name_keys, phone_keys};

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Person {
    pub id: PersonId,
    /// Empty when nobody wrote it down yet.
    pub name: String,
    /// The primary one.
    pub address: String,
    /// In which script and by which channel they want to be told; `None`: as they wrote.
    pub language: Option<PersonLanguage>,
    pub tell_by: Option<TellBy>,
    /// Those that reach somebody, the preferred one first; with those of people who were merged into this one.
    pub phones: Vec<PhoneNumber>,
    pub created_at: Timestamp,
    /// Grows with every change of the card.
    pub version: i64,
}

/// One row of the list of people.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct PersonRow {
    pub id: PersonId,
    pub name: String,
    pub address: String,
    /// The preferred ones; empty when there is none.
    pub phone: String,
    pub email: String,
    pub created_at: Timestamp,
}

/// A page of people asks for no more than this.
pub const PEOPLE_MAX: u32 = 100;

/// The people of whom one is: those with `merged_into` included. `$1` is the survivor.
pub(super) const GROUP: &str = "SELECT id FROM person WHERE id = $1 OR merged_into = $1";

const COLUMNS: &str = "p.id, p.name, p.address, p.language, p.tell_by, p.created_at, p.version";

/// A telephone number or address that is tried before others of its kind.
const PREFERRED: &str = "ORDER BY cp.is_primary DESC, cp.id LIMIT 1";

impl Db {
    /// Whoever the person was merged into, if anybody.
    pub async fn person(&self, id: PersonId) -> Result<Option<Person>, StoreError> {
        let sql = sqlx::AssertSqlSafe(format!(
            "SELECT {COLUMNS} FROM person o JOIN person p ON p.id = COALESCE(o.merged_into, o.id) WHERE o.id = $1"
        ));
        let Some(row) = self.optional(sql, args![id]).await? else { return Ok(None) };
        let mut person = person(&row)?;
        let sql = sqlx::AssertSqlSafe(format!(
            "SELECT value FROM contact_point WHERE person_id IN ({GROUP}) AND kind = 'phone' AND invalid_at IS NULL \
             ORDER BY is_primary DESC, id"
        ));
        let phones = self.all(sql, args![person.id]).await?;
        person.phones = phones.iter().map(|row| row.get(0)).collect::<Result<_, _>>()?;
        Ok(Some(person))
    }

    pub async fn person_by_phone(&self, phone: &PhoneNumber) -> Result<Option<Person>, StoreError> {
        self.person_by_point(PointKind::Phone, phone.as_str()).await
    }

    /// Whose telephone number or e-mail address it is.
    pub async fn person_by_point(&self, kind: PointKind, value: &str) -> Result<Option<Person>, StoreError> {
        match self.optional(BY_POINT, args![kind, value]).await? {
            Some(row) => self.person(row.get(0)?).await,
            None => Ok(None),
        }
    }

    /// All of whom a person is made.
    pub(super) async fn group_of(&self, person: PersonId) -> Result<Vec<PersonId>, StoreError> {
        let sql = "SELECT g.id FROM person o JOIN person g ON g.id = COALESCE(o.merged_into, o.id) OR \
             g.merged_into = COALESCE(o.merged_into, o.id) WHERE o.id = $1 ORDER BY g.id";
        self.all(sql, args![person]).await?.iter().map(|row| row.get(0)).collect()
    }

    /// Found by name, number, e-mail or address, the best first; without a query those with a name, newest first. After `after`,
    /// which only the plain list knows.
    pub async fn people(
        &self,
        query: Option<&Query>,
        phone: Option<&PhoneNumber>,
        after: Option<PersonId>,
        limit: u32,
    ) -> Result<Vec<PersonRow>, StoreError> {
        let limit = i64::from(limit.clamp(1, PEOPLE_MAX) + 1);
        let Some(query) = query else {
            let sql = "SELECT id FROM person WHERE name <> '' AND id < $1 AND merged_into IS NULL ORDER BY id DESC LIMIT $2";
            let after = after.unwrap_or(PersonId(i64::MAX));
            let ids = self.all(sql, args![after, limit]).await?;
            return self.person_rows(&ids.iter().map(|row| row.get(0)).collect::<Result<Vec<_>, _>>()?).await;
        };
        let mut ids = Vec::new();
        if let Some(phone) = phone {
            // Also somebody of whom nothing else is known.
            let known = self.optional(BY_POINT, args!["phone", phone.as_str()]).await?;
            ids.extend(known.map(|row| row.get::<PersonId>(0)).transpose()?);
        }
        for id in self.search_person_ids(query, limit).await? {
            if !ids.contains(&id) {
                ids.push(id);
            }
        }
        self.person_rows(&ids).await
    }

    /// In the order of the ids.
    pub async fn person_rows(&self, ids: &[PersonId]) -> Result<Vec<PersonRow>, StoreError> {
        let mut rows = Vec::with_capacity(ids.len());
        for piece in super::sql::pieces(ids) {
            let places: Vec<String> = (1..=piece.len()).map(|n| format!("${n}")).collect();
            let point = |kind: &str| {
                format!(
                    "(SELECT cp.value FROM contact_point cp WHERE cp.person_id = p.id AND cp.kind = '{kind}' \
                     AND cp.invalid_at IS NULL {PREFERRED})"
                )
            };
            let sql = format!(
                "SELECT p.id, p.name, p.address, {}, {}, p.created_at FROM person p WHERE p.id IN ({})",
                point("phone"),
                point("email"),
                places.join(",")
            );
            let values = piece.iter().map(|id| (*id).into()).collect();
            for row in self.all(sqlx::AssertSqlSafe(sql), values).await? {
                rows.push(person_row(&row)?);
            }
        }
        let place = |row: &PersonRow| ids.iter().position(|id| *id == row.id);
        rows.sort_by_key(place);
        Ok(rows)
    }

    /// People with a name and without keys: from before there were keys.
    pub async fn people_without_keys(
        &self,
        after: PersonId,
        limit: i64,
    ) -> Result<Vec<PersonId>, StoreError> {
        let sql = "SELECT id FROM person WHERE name <> '' AND keys = '' AND merged_into IS NULL AND id > $1 ORDER BY id LIMIT $2";
        self.all(sql, args![after, limit]).await?.iter().map(|row| row.get(0)).collect()
    }
}

pub(super) const BY_POINT: &str = "SELECT COALESCE(p.merged_into, p.id) FROM contact_point cp \
     JOIN person p ON p.id = cp.person_id WHERE cp.kind = $1 AND cp.value = $2";

fn person(row: &Row) -> Result<Person, StoreError> {
    let mut r = row.reader();
    Ok(Person {
        id: r.next()?,
        name: r.next()?,
        address: r.next()?,
        language: r.next()?,
        tell_by: r.next()?,
        created_at: r.next()?,
        version: r.next()?,
        phones: Vec::new(),
    })
}

fn person_row(row: &Row) -> Result<PersonRow, StoreError> {
    let mut r = row.reader();
    Ok(PersonRow {
        id: r.next()?,
        name: r.next()?,
        address: r.next()?,
        phone: r.next::<Option<String>>()?.unwrap_or_default(),
        email: r.next::<Option<String>>()?.unwrap_or_default(),
        created_at: r.next()?,
    })
}

/// Who writes from a number, and the case that goes on with them.
#[derive(Clone, Debug)]
pub struct Known {
    pub person: PersonId,
    pub name: String,
    pub open_case: Option<CaseRef>,
}

impl Tx<'_> {
    pub async fn person_by_phone(&mut self, phone: &PhoneNumber) -> Result<Option<PersonId>, StoreError> {
        self.person_by_point("phone", phone.as_str()).await
    }

    /// Whoever the owner was merged into.
    pub async fn person_by_point(&mut self, kind: &str, value: &str) -> Result<Option<PersonId>, StoreError> {
        self.optional(BY_POINT, args![kind, value]).await?.map(|row| row.get(0)).transpose()
    }

    /// With the latest case that is open and on which the citizen was last heard at `since` or later.
    pub async fn known_by_phone(
        &mut self,
        phone: &PhoneNumber,
        since: Timestamp,
    ) -> Result<Option<Known>, StoreError> {
        let sql = "SELECT p.id, p.name, c.id, c.number FROM contact_point cp JOIN person o ON o.id = cp.person_id \
             JOIN person p ON p.id = COALESCE(o.merged_into, o.id) \
             LEFT JOIN case_file c ON c.id = (SELECT k.id FROM case_file k \
             WHERE k.person_id IN (SELECT p.id UNION ALL SELECT g.id FROM person g WHERE g.merged_into = p.id) \
             AND k.status NOT IN ('answered', 'closed') AND k.contact_at >= $2 \
             ORDER BY k.opened_at DESC, k.id DESC LIMIT 1) \
             WHERE cp.kind = 'phone' AND cp.value = $1";
        let Some(row) = self.optional(sql, args![phone.as_str(), since]).await? else { return Ok(None) };
        let open_case = match row.get::<Option<CaseId>>(2)? {
            Some(id) => Some(CaseRef { id, number: row.get(3)? }),
            None => None,
        };
        Ok(Some(Known { person: row.get(0)?, name: row.get(1)?, open_case }))
    }

    /// Whoever the person was merged into, or the person.
    pub async fn survivor(&mut self, id: PersonId) -> Result<PersonId, StoreError> {
        let sql = "SELECT COALESCE(merged_into, id) FROM person WHERE id = $1";
        self.optional(sql, args![id]).await?.map_or(Ok(id), |row| row.get(0))
    }

    /// Somebody who called or wrote from a number for the first time.
    pub async fn insert_person(
        &mut self,
        name: &str,
        address: &str,
        phone: &PhoneNumber,
        at: Timestamp,
    ) -> Result<PersonId, StoreError> {
        let sql = "INSERT INTO person (name, address, created_at) VALUES ($1, $2, $3)";
        let id = PersonId(self.insert_one(sql, args![name, address, at]).await?);
        let sql = "INSERT INTO contact_point (person_id, kind, value) VALUES ($1, 'phone', $2)";
        self.execute(sql, args![id, phone.as_str()]).await?;
        if !address.is_empty() {
            self.set_primary_address(id, address).await?;
        }
        // Of whom only the number is known is found by the number: intake need not wait for an index.
        if !name.is_empty() || !address.is_empty() {
            self.index_person(id).await?;
        }
        Ok(id)
    }

    /// The person's cases are found by the name too.
    pub async fn name_person(&mut self, id: PersonId, name: &str, address: &str) -> Result<(), StoreError> {
        let sql = "UPDATE person SET name = $2, address = $3, version = version + 1 \
             WHERE id = $1 AND (name <> $2 OR address <> $3)";
        if self.execute(sql, args![id, name, address]).await? > 0 {
            self.set_primary_address(id, address).await?;
            self.index_person(id).await?;
        }
        Ok(())
    }

    /// The first address becomes this one.
    pub(super) async fn set_primary_address(
        &mut self,
        id: PersonId,
        address: &str,
    ) -> Result<(), StoreError> {
        self.execute(
            "UPDATE person_address SET is_primary = 0 WHERE person_id = $1 AND is_primary = 1",
            args![id],
        )
        .await?;
        if address.is_empty() {
            return Ok(());
        }
        let sql = "INSERT INTO person_address (person_id, value, is_primary) VALUES ($1, $2, 1) \
             ON CONFLICT (person_id, value) DO UPDATE SET is_primary = 1, invalid_at = NULL";
        self.execute(sql, args![id, address]).await.map(drop)
    }

    /// Brings what a person and their cases are found by up to date: after every change of a name, of a way to reach them, of who is
    /// merged with whom. `id`: the survivor, or somebody who was split off.
    pub async fn index_person(&mut self, id: PersonId) -> Result<(), StoreError> {
        let mut names = Vec::new();
        let mut keys = Vec::new();
        let sql = "SELECT name FROM person WHERE (id = $1 OR merged_into = $1) AND name <> '' ORDER BY id";
        for row in self.all(sql, args![id]).await? {
            names.push(name_keys(&row.get::<String>(0)?));
        }
        names.dedup();
        let who = names.join(" ");
        let sql = "SELECT cp.kind, cp.value FROM contact_point cp JOIN person p ON p.id = cp.person_id \
             WHERE p.id = $1 OR p.merged_into = $1 ORDER BY cp.id";
        for row in self.all(sql, args![id]).await? {
            let value: String = row.get(1)?;
            keys.push(match PhoneNumber::from_stored(&value) {
                Some(phone) => phone_keys(&phone),
                None => search_key(&value),
            });
        }
        let sql = "SELECT a.value FROM person_address a JOIN person p ON p.id = a.person_id \
             WHERE p.id = $1 OR p.merged_into = $1 ORDER BY a.id";
        let mut is_known_by_more = !who.is_empty();
        for row in self.all(sql, args![id]).await? {
            is_known_by_more = true;
            keys.push(search_key(&row.get::<String>(0)?));
        }
        is_known_by_more |= keys.len() > 1;
        let keys = if is_known_by_more {
            format!("{who} {}", keys.join(" ")).trim().to_owned()
        } else {
            String::new()
        };
        self.set_keys(id, &keys).await?;
        // Of those who were merged the survivor is found.
        for row in self.all("SELECT id FROM person WHERE merged_into = $1 AND keys <> ''", args![id]).await? {
            self.set_keys(row.get(0)?, "").await?;
        }
        let sql = "UPDATE case_search SET who = $2 WHERE who <> $2 AND case_id IN \
             (SELECT c.id FROM case_file c JOIN person p ON p.id = c.person_id WHERE p.id = $1 OR p.merged_into = $1) \
             RETURNING case_id";
        for row in self.all(sql, args![id, who]).await? {
            self.unindexed.push(Unindexed::case(row.get(0)?, true));
        }
        Ok(())
    }

    async fn set_keys(&mut self, id: PersonId, keys: &str) -> Result<(), StoreError> {
        let sql = "UPDATE person SET keys = $2 WHERE id = $1 AND keys <> $2";
        if self.execute(sql, args![id, keys]).await? > 0 {
            self.unindexed.push(Unindexed::person(id, true));
        }
        Ok(())
    }
}
