//! How the row of a case changes: by entries of its timeline, and by nothing else.

use jiff::Timestamp;
use sqlx::AssertSqlSafe;

use super::StoreError;
use super::directory::Directory;
use super::event::By;
use super::search_index::Unindexed;
use super::sql::{Row, Value, args};
use super::tx::Tx;
use crate::domain::id::{CaseEventId, CaseId};
use crate::domain::projection::CaseFields;
use crate::domain::search::owner_keys;
use crate::domain::timeline::Entry;

/// The columns of [`CaseFields`], in the order in which [`fields`] reads them.
pub(super) const FIELDS: &str = "number, channel, status, outcome, told, category_id, department_id, assignee_id, opened_by, person_id, \
     caller, summary, place, area, due_at, merged_into, erased_at, opened_at, updated_at, contact_at, version";

impl Tx<'_> {
    /// Locked until the end of the transaction.
    pub async fn case_fields(&mut self, id: CaseId) -> Result<Option<CaseFields>, StoreError> {
        let lock = if self.is_postgres() { " FOR UPDATE" } else { "" };
        let sql = format!("SELECT {FIELDS} FROM case_file WHERE id = $1{lock}");
        self.optional(AssertSqlSafe(sql), args![id]).await?.as_ref().map(fields).transpose()
    }

    /// Appends the entries and changes the row as they say. `case` is what [`Tx::case_fields`] gave in this transaction, and
    /// what is stored afterwards. The id of the last entry.
    pub async fn enter(
        &mut self,
        directory: &Directory,
        (id, case): (CaseId, &mut CaseFields),
        at: Timestamp,
        by: &By,
        entries: &[Entry],
    ) -> Result<Option<CaseEventId>, StoreError> {
        let before = case.clone();
        for entry in entries {
            case.apply(at, entry);
        }
        self.set_case_columns(id, changes(directory, &before, case)).await?;
        self.append(id, at, by, entries).await
    }

    pub(super) async fn set_case_columns(
        &mut self,
        id: CaseId,
        changes: Vec<(&'static str, Value)>,
    ) -> Result<(), StoreError> {
        if changes.is_empty() {
            return Ok(());
        }
        let other_owners = changes.iter().any(|(column, _)| OWNERS.contains(column));
        let mut values = args![id];
        let mut sets = Vec::with_capacity(changes.len());
        for (column, value) in changes {
            values.push(value);
            sets.push(format!("{column} = ${}", values.len()));
        }
        let sql = format!("UPDATE case_file SET {} WHERE id = $1", sets.join(", "));
        self.execute(AssertSqlSafe(sql), values).await?;
        if other_owners { self.set_owner_keys(id).await } else { Ok(()) }
    }

    /// As the row says.
    pub(super) async fn set_owner_keys(&mut self, id: CaseId) -> Result<(), StoreError> {
        let sql = "SELECT department_id, assignee_id, opened_by FROM case_file WHERE id = $1";
        let Some(row) = self.optional(sql, args![id]).await? else { return Ok(()) };
        let keys = owner_keys(row.get(0)?, row.get(1)?, row.get(2)?);
        let sql = "UPDATE case_search SET owners = $2 WHERE case_id = $1 AND owners <> $2";
        if self.execute(sql, args![id, keys]).await? > 0 {
            self.unindexed.push(Unindexed::case(id, true));
        }
        Ok(())
    }
}

/// Columns that say whose work a case is, of those that change.
const OWNERS: [&str; 2] = ["department_id", "assignee_id"];

/// Columns that differ, with what they become.
pub(super) fn changes(
    directory: &Directory,
    before: &CaseFields,
    after: &CaseFields,
) -> Vec<(&'static str, Value)> {
    let mut changes = Vec::new();
    macro_rules! changed {
        ($($column:literal = $field:ident),+ $(,)?) => {$(
            if before.$field != after.$field {
                changes.push(($column, Value::from(after.$field.clone())));
            }
        )+};
    }
    changed![
        "number" = number,
        "channel" = channel,
        "status" = status,
        "outcome" = outcome,
        "told" = told,
        "category_id" = category,
        "department_id" = department,
        "assignee_id" = assignee,
        "person_id" = person,
        "caller" = caller,
        "summary" = summary,
        "place" = place,
        "area" = area,
        "due_at" = due_at,
        "merged_into" = merged_into,
        "erased_at" = erased_at,
        "opened_at" = opened_at,
        "updated_at" = updated_at,
        "contact_at" = contact_at,
        "version" = version,
    ];
    if before.category != after.category {
        changes.push(("category_root_id", directory.category_root(after.category).into()));
    }
    changes
}

pub(super) fn fields(row: &Row) -> Result<CaseFields, StoreError> {
    let mut r = row.reader();
    Ok(CaseFields {
        number: r.next()?,
        channel: r.next()?,
        status: r.next()?,
        outcome: r.next()?,
        told: r.next()?,
        category: r.next()?,
        department: r.next()?,
        assignee: r.next()?,
        opened_by: r.next()?,
        person: r.next()?,
        caller: r.next()?,
        summary: r.next()?,
        place: r.next()?,
        area: r.next()?,
        due_at: r.next()?,
        merged_into: r.next()?,
        erased_at: r.next()?,
        opened_at: r.next()?,
        updated_at: r.next()?,
        contact_at: r.next()?,
        version: r.next()?,
    })
}
