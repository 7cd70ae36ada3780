//! Texts to citizens, by key and language.

use super::sql::args;
use super::tx::Tx;
use super::{Db, StoreError};

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Template {
    /// What dialplans call it.
    pub key: String,
    /// `sr-Cyrl`, `sr-Latn` or `en`.
    pub language: String,
    /// With places such as `{number}`.
    pub words: String,
}

impl Db {
    pub async fn templates(&self) -> Result<Vec<Template>, StoreError> {
        let rows =
            self.all("SELECT key, language, words FROM template ORDER BY key, language", args![]).await?;
        let template = |row: &super::sql::Row| {
            Ok(Template { key: row.get(0)?, language: row.get(1)?, words: row.get(2)? })
        };
        rows.iter().map(template).collect()
    }
}

impl Tx<'_> {
    /// Leaves one that is there as the municipality wrote it.
    pub async fn seed_template(&mut self, template: &Template) -> Result<(), StoreError> {
        let sql = "INSERT INTO template (key, language, words) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING";
        let values = args![template.key.as_str(), template.language.as_str(), template.words.as_str()];
        self.execute(sql, values).await.map(drop)
    }
}
