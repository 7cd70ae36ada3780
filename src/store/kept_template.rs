//! Templates that people write with.

use jiff::Timestamp;
use serde::Serialize;
use sqlx::AssertSqlSafe;

use super::sql::{Row, args};
use super::tx::Tx;
use super::{Db, StoreError};
use crate::domain::id::{DepartmentId, TemplateId};
use crate::domain::kept_template::TemplateKind;

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct KeptTemplate {
    pub id: TemplateId,
    /// In Serbian Cyrillic; Serbian Latin is made from it.
    pub name_sr: String,
    pub name_en: String,
    pub kind: TemplateKind,
    /// Whose officers see it; `None`: everybody.
    pub department: Option<DepartmentId>,
    /// With fields such as `{number}`. In Serbian Cyrillic; Serbian Latin is made from it.
    pub words_sr: String,
    /// Empty: citizens who read English get the Serbian ones.
    pub words_en: String,
    /// Offered to nobody any more.
    pub archived: bool,
    /// Grows with every change; a change wants it back.
    pub version: i64,
}

/// A list that is longer is searched by nobody.
pub const MOST_TEMPLATES: i64 = 300;

const COLUMNS: &str = "id, name_sr, name_en, kind, department_id, words_sr, words_en, archived, version";

impl Db {
    /// Also archived ones, in the order in which they were made.
    pub async fn kept_templates(&self) -> Result<Vec<KeptTemplate>, StoreError> {
        let sql = format!("SELECT {COLUMNS} FROM kept_template ORDER BY id LIMIT $1");
        self.all(AssertSqlSafe(sql), args![MOST_TEMPLATES]).await?.iter().map(template).collect()
    }

    pub async fn kept_template(&self, id: TemplateId) -> Result<Option<KeptTemplate>, StoreError> {
        let sql = format!("SELECT {COLUMNS} FROM kept_template WHERE id = $1");
        self.optional(AssertSqlSafe(sql), args![id]).await?.as_ref().map(template).transpose()
    }
}

fn template(row: &Row) -> Result<KeptTemplate, StoreError> {
    let mut r = row.reader();
    Ok(KeptTemplate {
        id: r.next()?,
        name_sr: r.next()?,
        name_en: r.next()?,
        kind: r.next()?,
        department: r.next()?,
        words_sr: r.next()?,
        words_en: r.next()?,
        archived: r.next()?,
        version: r.next()?,
    })
}

impl Tx<'_> {
    pub async fn kept_template(&mut self, id: TemplateId) -> Result<Option<KeptTemplate>, StoreError> {
        let sql = format!("SELECT {COLUMNS} FROM kept_template WHERE id = $1");
        self.optional(AssertSqlSafe(sql), args![id]).await?.as_ref().map(template).transpose()
    }

    pub async fn count_templates(&mut self) -> Result<i64, StoreError> {
        self.one("SELECT count(*) FROM kept_template", args![]).await?.get(0)
    }

    /// `id` and `version` of `new` are not looked at: they are given here.
    pub async fn insert_template(
        &mut self,
        new: &KeptTemplate,
        at: Timestamp,
    ) -> Result<TemplateId, StoreError> {
        let sql = "INSERT INTO kept_template (name_sr, name_en, kind, department_id, words_sr, words_en, archived, \
             version, updated_at) VALUES ($1, $2, $3, $4, $5, $6, $7, 1, $8)";
        let values = args![
            new.name_sr.as_str(),
            new.name_en.as_str(),
            new.kind,
            new.department,
            new.words_sr.as_str(),
            new.words_en.as_str(),
            new.archived,
            at
        ];
        Ok(TemplateId(self.insert_one(sql, values).await?))
    }

    /// `false`: the version is no longer the one that is stored.
    pub async fn update_template(&mut self, new: &KeptTemplate, at: Timestamp) -> Result<bool, StoreError> {
        let sql = "UPDATE kept_template SET name_sr = $3, name_en = $4, kind = $5, department_id = $6, words_sr = $7, \
             words_en = $8, archived = $9, version = version + 1, updated_at = $10 WHERE id = $1 AND version = $2";
        let values = args![
            new.id,
            new.version,
            new.name_sr.as_str(),
            new.name_en.as_str(),
            new.kind,
            new.department,
            new.words_sr.as_str(),
            new.words_en.as_str(),
            new.archived,
            at
        ];
        Ok(self.execute(sql, values).await? > 0)
    }
}
