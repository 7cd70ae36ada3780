//! Services and categories, by their keys.

use super::StoreError;
use super::sql::args;
use super::tx::Tx;
use crate::domain::id::{CategoryId, DepartmentId};

impl Tx<'_> {
    pub async fn put_department(
        &mut self,
        key: &str,
        name_sr: &str,
        name_en: &str,
    ) -> Result<DepartmentId, StoreError> {
        let sql = "INSERT INTO department (key, name_sr, name_en) VALUES ($1, $2, $3) \
             ON CONFLICT (key) DO UPDATE SET name_sr = excluded.name_sr, name_en = excluded.name_en RETURNING id";
        self.one(sql, args![key, name_sr, name_en]).await?.get(0)
    }

    /// `department` and `parent` are keys; a key that names nothing gives none.
    pub async fn put_category(
        &mut self,
        key: &str,
        names: (&str, &str),
        class: &str,
        department: Option<&str>,
        parent: Option<&str>,
    ) -> Result<CategoryId, StoreError> {
        let sql = "INSERT INTO category (key, name_sr, name_en, class, department_id, parent_id) VALUES ($1, $2, $3, $4, \
             (SELECT id FROM department WHERE key = $5), (SELECT id FROM category WHERE key = $6)) \
             ON CONFLICT (key) DO UPDATE SET name_sr = excluded.name_sr, name_en = excluded.name_en, class = excluded.class, \
             department_id = excluded.department_id, parent_id = excluded.parent_id RETURNING id";
        self.one(sql, args![key, names.0, names.1, class, department, parent]).await?.get(0)
    }

    pub async fn has_categories(&mut self) -> Result<bool, StoreError> {
        Ok(self.optional("SELECT id FROM category LIMIT 1", args![]).await?.is_some())
    }
}
