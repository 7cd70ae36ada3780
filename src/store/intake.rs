//! Contacts that were written down by hand, and who brought them.

use jiff::Timestamp;

use super::StoreError;
use super::sql::args;
use super::tx::Tx;
use crate::domain::case::{CaseNumber, CaseRef, Channel};
use crate::domain::id::{CaseId, InteractionId, PersonId};
use crate::domain::phone::PhoneNumber;

impl Tx<'_> {
    /// `Err` in the inner place: it was written down before, and became this case.
    pub async fn journal_intake(
        &mut self,
        external_id: &str,
        channel: Channel,
        caller: Option<&str>,
        at: Timestamp,
    ) -> Result<Result<InteractionId, Option<CaseRef>>, StoreError> {
        let sql = "INSERT INTO interaction (external_id, channel, direction, state, caller_kind, caller, called, started_at) \
             VALUES ($1, $2, 'in', 'received', $3, $4, '', $5) ON CONFLICT (external_id) DO NOTHING";
        let kind = if caller.is_some() { "name" } else { "hidden" };
        if let Some(id) = self.insert(sql, args![external_id, channel, kind, caller, at]).await? {
            return Ok(Ok(InteractionId(id)));
        }
        let sql = "SELECT c.id, c.number FROM interaction i JOIN case_file c ON c.id = i.case_id WHERE i.external_id = $1";
        let row = self.optional(sql, args![external_id]).await?;
        let case = row.map(|row| {
            Ok::<_, StoreError>(CaseRef { id: row.get::<CaseId>(0)?, number: row.get::<CaseNumber>(1)? })
        });
        Ok(Err(case.transpose()?))
    }

    /// Name and first telephone number; `None`: there is no such person.
    pub async fn person_name(
        &mut self,
        id: PersonId,
    ) -> Result<Option<(String, Option<PhoneNumber>)>, StoreError> {
        let Some(row) = self.optional("SELECT name FROM person WHERE id = $1", args![id]).await? else {
            return Ok(None);
        };
        let sql =
            "SELECT value FROM contact_point WHERE person_id = $1 AND kind = 'phone' ORDER BY id LIMIT 1";
        let phone = self.optional(sql, args![id]).await?.map(|row| row.get::<PhoneNumber>(0)).transpose()?;
        Ok(Some((row.get(0)?, phone)))
    }

    /// Somebody of whom at least a name is known.
    pub async fn insert_named_person(
        &mut self,
        name: &str,
        address: &str,
        at: Timestamp,
    ) -> Result<PersonId, StoreError> {
        let sql = "INSERT INTO person (name, address, created_at) VALUES ($1, $2, $3)";
        let id = PersonId(self.insert_one(sql, args![name, address, at]).await?);
        if !address.is_empty() {
            self.set_primary_address(id, address).await?;
        }
        self.index_person(id).await?;
        Ok(id)
    }

    /// How they want to be told from now on; `None` stays as it is.
    pub async fn set_told_how(
        &mut self,
        person: PersonId,
        language: Option<&str>,
        tell_by: Option<&str>,
    ) -> Result<(), StoreError> {
        let sql = "UPDATE person SET language = COALESCE($2, language), tell_by = COALESCE($3, tell_by) WHERE id = $1";
        self.execute(sql, args![person, language, tell_by]).await.map(drop)
    }

    /// `false`: belonged to it already.
    pub async fn insert_party(
        &mut self,
        case: CaseId,
        person: PersonId,
        role: &str,
        at: Timestamp,
    ) -> Result<bool, StoreError> {
        let sql = "INSERT INTO case_party (case_id, person_id, role, added_at) VALUES ($1, $2, $3, $4) \
             ON CONFLICT (case_id, person_id) DO NOTHING";
        Ok(self.execute(sql, args![case, person, role, at]).await? > 0)
    }
}
