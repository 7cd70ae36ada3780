//! Citizens and the points at which they are reached.

use jiff::Timestamp;
use serde::Serialize;

use super::search_index::Unindexed;
use super::sql::args;
use super::tx::Tx;
use super::{Db, StoreError};
use crate::domain::case::CaseRef;
use crate::domain::id::{CaseId, PersonId};
use crate::domain::phone::PhoneNumber;
use crate::domain::script::search_key;

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Person {
    pub id: PersonId,
    /// Empty when nobody wrote it down yet.
    pub name: String,
    pub address: String,
    pub phones: Vec<PhoneNumber>,
    pub created_at: Timestamp,
}

impl Db {
    pub async fn person(&self, id: PersonId) -> Result<Option<Person>, StoreError> {
        let sql = "SELECT id, name, address, created_at FROM person WHERE id = $1";
        let Some(row) = self.optional(sql, args![id]).await? else { return Ok(None) };
        let sql = "SELECT value FROM contact_point WHERE person_id = $1 AND kind = 'phone' ORDER BY id";
        let phones = self.all(sql, args![id]).await?;
        let mut r = row.reader();
        Ok(Some(Person {
            id: r.next()?,
            name: r.next()?,
            address: r.next()?,
            created_at: r.next()?,
            phones: phones.iter().map(|row| row.get(0)).collect::<Result<_, _>>()?,
        }))
    }

    pub async fn person_by_phone(&self, phone: &PhoneNumber) -> Result<Option<Person>, StoreError> {
        match self.optional(BY_PHONE, args![phone.as_str()]).await? {
            Some(row) => self.person(row.get(0)?).await,
            None => Ok(None),
        }
    }
}

const BY_PHONE: &str = "SELECT person_id FROM contact_point WHERE kind = 'phone' AND value = $1";

/// Who writes from a number, and the case that goes on with them.
#[derive(Clone, Debug)]
pub struct Known {
    pub person: PersonId,
    pub name: String,
    pub open_case: Option<CaseRef>,
}

impl Tx<'_> {
    pub async fn person_by_phone(&mut self, phone: &PhoneNumber) -> Result<Option<PersonId>, StoreError> {
        self.optional(BY_PHONE, args![phone.as_str()]).await?.map(|row| row.get(0)).transpose()
    }

    /// With the latest case that is open and on which the citizen was last heard at `since` or later.
    pub async fn known_by_phone(
        &mut self,
        phone: &PhoneNumber,
        since: Timestamp,
    ) -> Result<Option<Known>, StoreError> {
        let sql = "SELECT p.id, p.name, c.id, c.number FROM contact_point cp JOIN person p ON p.id = cp.person_id \
             LEFT JOIN case_file c ON c.id = (SELECT o.id FROM case_file o WHERE o.person_id = p.id \
             AND o.status NOT IN ('answered', 'closed') AND o.contact_at >= $2 \
             ORDER BY o.opened_at DESC, o.id DESC LIMIT 1) \
             WHERE cp.kind = 'phone' AND cp.value = $1";
        let Some(row) = self.optional(sql, args![phone.as_str(), since]).await? else { return Ok(None) };
        let open_case = match row.get::<Option<CaseId>>(2)? {
            Some(id) => Some(CaseRef { id, number: row.get(3)? }),
            None => None,
        };
        Ok(Some(Known { person: row.get(0)?, name: row.get(1)?, open_case }))
    }

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
        Ok(id)
    }

    /// The person's cases are found by the name too.
    pub async fn name_person(&mut self, id: PersonId, name: &str, address: &str) -> Result<(), StoreError> {
        let sql = "UPDATE person SET name = $2, address = $3 WHERE id = $1 AND (name <> $2 OR address <> $3)";
        if self.execute(sql, args![id, name, address]).await? > 0 {
            let sql = "UPDATE case_search SET body = body || ' ' || $2 \
                 WHERE case_id IN (SELECT id FROM case_file WHERE person_id = $1) RETURNING case_id";
            for row in self.all(sql, args![id, search_key(name)]).await? {
                self.unindexed.push(Unindexed { case: row.get(0)?, known: true });
            }
        }
        Ok(())
    }
}
