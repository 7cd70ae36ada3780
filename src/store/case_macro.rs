//! Macros: named sequences of acts on a case.

use jiff::Timestamp;
use serde::Serialize;
use sqlx::AssertSqlSafe;

use super::sql::{Row, args};
use super::tx::Tx;
use super::{Db, StoreError};
use crate::domain::case_macro::Act;
use crate::domain::id::{CaseEventId, CaseId, DepartmentId, MacroId};
use crate::domain::timeline::Entry;

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct CaseMacro {
    pub id: MacroId,
    /// In Serbian Cyrillic; Serbian Latin is made from it.
    pub name_sr: String,
    pub name_en: String,
    /// Whose officers see it; `None`: everybody.
    pub department: Option<DepartmentId>,
    pub acts: Vec<Act>,
    /// Offered to nobody any more.
    pub archived: bool,
    /// Grows with every change; a change wants it back.
    pub version: i64,
}

/// A list that is longer is searched by nobody.
pub const MOST_MACROS: i64 = 100;

const COLUMNS: &str = "id, name_sr, name_en, department_id, steps, archived, version";

impl Db {
    /// Also archived ones, in the order in which they were made.
    pub async fn macros(&self) -> Result<Vec<CaseMacro>, StoreError> {
        let sql = format!("SELECT {COLUMNS} FROM case_macro ORDER BY id LIMIT $1");
        self.all(AssertSqlSafe(sql), args![MOST_MACROS]).await?.iter().map(case_macro).collect()
    }

    pub async fn case_macro(&self, id: MacroId) -> Result<Option<CaseMacro>, StoreError> {
        let sql = format!("SELECT {COLUMNS} FROM case_macro WHERE id = $1");
        self.optional(AssertSqlSafe(sql), args![id]).await?.as_ref().map(case_macro).transpose()
    }
}

fn case_macro(row: &Row) -> Result<CaseMacro, StoreError> {
    let mut r = row.reader();
    Ok(CaseMacro {
        id: r.next()?,
        name_sr: r.next()?,
        name_en: r.next()?,
        department: r.next()?,
        acts: serde_json::from_str(&r.next::<String>()?).map_err(|e| StoreError::Corrupt(e.to_string()))?,
        archived: r.next()?,
        version: r.next()?,
    })
}

fn stored(acts: &[Act]) -> Result<String, StoreError> {
    serde_json::to_string(acts).map_err(|e| StoreError::Corrupt(e.to_string()))
}

impl Tx<'_> {
    pub async fn case_macro(&mut self, id: MacroId) -> Result<Option<CaseMacro>, StoreError> {
        let sql = format!("SELECT {COLUMNS} FROM case_macro WHERE id = $1");
        self.optional(AssertSqlSafe(sql), args![id]).await?.as_ref().map(case_macro).transpose()
    }

    pub async fn macros(&mut self) -> Result<Vec<CaseMacro>, StoreError> {
        let sql = format!("SELECT {COLUMNS} FROM case_macro ORDER BY id LIMIT $1");
        self.all(AssertSqlSafe(sql), args![MOST_MACROS]).await?.iter().map(case_macro).collect()
    }

    /// `id` and `version` of `new` are not looked at: they are given here.
    pub async fn insert_macro(&mut self, new: &CaseMacro, at: Timestamp) -> Result<MacroId, StoreError> {
        let sql = "INSERT INTO case_macro (name_sr, name_en, department_id, steps, archived, version, updated_at) \
             VALUES ($1, $2, $3, $4, $5, 1, $6)";
        let acts = stored(&new.acts)?;
        let values =
            args![new.name_sr.as_str(), new.name_en.as_str(), new.department, acts, new.archived, at];
        Ok(MacroId(self.insert_one(sql, values).await?))
    }

    /// `false`: the version is no longer the one that is stored.
    pub async fn update_macro(&mut self, new: &CaseMacro, at: Timestamp) -> Result<bool, StoreError> {
        let sql = "UPDATE case_macro SET name_sr = $3, name_en = $4, department_id = $5, steps = $6, archived = $7, \
             version = version + 1, updated_at = $8 WHERE id = $1 AND version = $2";
        let (acts, names) = (stored(&new.acts)?, (new.name_sr.as_str(), new.name_en.as_str()));
        let values = args![new.id, new.version, names.0, names.1, new.department, acts, new.archived, at];
        Ok(self.execute(sql, values).await? > 0)
    }

    /// What was appended to a case's timeline after an entry, oldest first.
    pub async fn entries_after(
        &mut self,
        case: CaseId,
        after: CaseEventId,
    ) -> Result<Vec<Entry>, StoreError> {
        let sql = "SELECT payload FROM case_event WHERE case_id = $1 AND id > $2 ORDER BY id";
        let rows = self.all(sql, args![case, after]).await?;
        let entry = |row: &Row| {
            serde_json::from_str(&row.get::<String>(0)?).map_err(|e| StoreError::Corrupt(e.to_string()))
        };
        rows.iter().map(entry).collect()
    }
}
