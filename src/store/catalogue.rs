//! Changes of the two trees: services and categories, with the questions and routes of a category.

use std::collections::BTreeMap;

use super::sql::{Row, args};
use super::tx::Tx;
use super::{Db, StoreError};
use crate::domain::department::DepartmentKind;
use crate::domain::id::{CategoryId, DepartmentId, QuestionId};
use crate::domain::question::{Question, QuestionKind, QuestionOption};
use crate::domain::routing::Route;

/// A service as it is to be. Its key never changes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DepartmentFields {
    pub name_sr: String,
    pub name_en: String,
    pub kind: DepartmentKind,
    pub parent: Option<DepartmentId>,
    pub email: Option<String>,
    pub active: bool,
    pub place: i64,
}

/// A category as it is to be. Its key never changes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CategoryFields {
    pub name_sr: String,
    pub name_en: String,
    /// Classification mark.
    pub class: String,
    pub department: Option<DepartmentId>,
    pub parent: Option<CategoryId>,
    pub deadline_profile: Option<String>,
    pub active: bool,
    pub place: i64,
}

/// A question as it is to be. Its key never changes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct QuestionFields {
    pub key: String,
    pub name_sr: String,
    pub name_en: String,
    pub kind: QuestionKind,
    pub required: bool,
    pub options: Vec<QuestionOption>,
    pub active: bool,
    pub place: i64,
}

/// So many cases of a moved category are written in one transaction, for which others wait.
const MOVED_AT_ONCE: i64 = 500;

impl Db {
    pub(super) async fn questions(&self) -> Result<Vec<Question>, StoreError> {
        let sql = "SELECT id, category_id, key, name_sr, name_en, kind, required, options, active FROM category_question \
             ORDER BY category_id, place, id";
        self.all(sql, args![]).await?.iter().map(question).collect()
    }

    pub(super) async fn routes(&self) -> Result<Vec<(CategoryId, Route)>, StoreError> {
        let sql = "SELECT category_id, area, department_id FROM category_route ORDER BY category_id, area";
        let route = |row: &Row| {
            let mut r = row.reader();
            Ok((r.next()?, Route { area: r.next()?, department: r.next()? }))
        };
        self.all(sql, args![]).await?.iter().map(route).collect()
    }

    /// How many cases each category has; for the page of categories.
    pub async fn cases_by_category(&self) -> Result<BTreeMap<CategoryId, i64>, StoreError> {
        let sql = "SELECT category_id, COUNT(*) FROM case_file GROUP BY category_id";
        let rows = self.all(sql, args![]).await?;
        rows.iter().map(|row| Ok((row.get(0)?, row.get(1)?))).collect()
    }
}

fn question(row: &Row) -> Result<Question, StoreError> {
    let mut r = row.reader();
    Ok(Question {
        id: r.next()?,
        category: r.next()?,
        key: r.next()?,
        name_sr: r.next()?,
        name_en: r.next()?,
        kind: r.next()?,
        required: r.next()?,
        options: serde_json::from_str(&r.next::<String>()?).map_err(corrupt)?,
        active: r.next()?,
    })
}

fn corrupt(error: serde_json::Error) -> StoreError {
    StoreError::Corrupt(error.to_string())
}

impl Tx<'_> {
    /// `None`: the key is taken.
    pub async fn insert_department(
        &mut self,
        key: &str,
        fields: &DepartmentFields,
    ) -> Result<Option<DepartmentId>, StoreError> {
        let sql = "INSERT INTO department (key, name_sr, name_en, kind, parent_id, email, active, place) \
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT (key) DO NOTHING";
        let mut values = args![key];
        values.extend(department_values(fields));
        Ok(self.insert(sql, values).await?.map(DepartmentId))
    }

    pub async fn update_department(
        &mut self,
        id: DepartmentId,
        fields: &DepartmentFields,
    ) -> Result<bool, StoreError> {
        let sql = "UPDATE department SET name_sr = $2, name_en = $3, kind = $4, parent_id = $5, email = $6, active = $7, \
             place = $8 WHERE id = $1";
        let mut values = args![id];
        values.extend(department_values(fields));
        Ok(self.execute(sql, values).await? > 0)
    }

    /// Every service with the one above it, as it is now.
    pub async fn department_parents(
        &mut self,
    ) -> Result<Vec<(DepartmentId, Option<DepartmentId>)>, StoreError> {
        let rows = self.all("SELECT id, parent_id FROM department", args![]).await?;
        rows.iter().map(|row| Ok((row.get(0)?, row.get(1)?))).collect()
    }

    /// `None`: the key is taken.
    pub async fn insert_category(
        &mut self,
        key: &str,
        fields: &CategoryFields,
    ) -> Result<Option<CategoryId>, StoreError> {
        let sql = "INSERT INTO category (key, name_sr, name_en, class, department_id, parent_id, deadline_profile, active, place) \
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) ON CONFLICT (key) DO NOTHING";
        let mut values = args![key];
        values.extend(category_values(fields));
        Ok(self.insert(sql, values).await?.map(CategoryId))
    }

    pub async fn update_category(
        &mut self,
        id: CategoryId,
        fields: &CategoryFields,
    ) -> Result<bool, StoreError> {
        let sql = "UPDATE category SET name_sr = $2, name_en = $3, class = $4, department_id = $5, parent_id = $6, \
             deadline_profile = $7, active = $8, place = $9 WHERE id = $1";
        let mut values = args![id];
        values.extend(category_values(fields));
        Ok(self.execute(sql, values).await? > 0)
    }

    /// Every category with the one above it, as it is now.
    pub async fn category_parents(&mut self) -> Result<Vec<(CategoryId, Option<CategoryId>)>, StoreError> {
        let rows = self.all("SELECT id, parent_id FROM category", args![]).await?;
        rows.iter().map(|row| Ok((row.get(0)?, row.get(1)?))).collect()
    }

    /// The branch hangs under another top now: see [`Tx::settle_moved`].
    pub async fn note_moved(&mut self, branch: &[CategoryId]) -> Result<(), StoreError> {
        for category in branch {
            let sql =
                "INSERT INTO category_moved (category_id) VALUES ($1) ON CONFLICT (category_id) DO NOTHING";
            self.execute(sql, args![*category]).await?;
        }
        Ok(())
    }

    /// Gives some cases of a moved category their new top; whether there may be more of them.
    pub async fn settle_moved(
        &mut self,
        root: impl Fn(CategoryId) -> CategoryId,
    ) -> Result<bool, StoreError> {
        let sql = "SELECT category_id FROM category_moved ORDER BY category_id LIMIT 1";
        let Some(row) = self.optional(sql, args![]).await? else { return Ok(false) };
        let category: CategoryId = row.get(0)?;
        let sql = "UPDATE case_file SET category_root_id = $2 WHERE id IN \
             (SELECT id FROM case_file WHERE category_id = $1 AND category_root_id <> $2 ORDER BY opened_at LIMIT $3)";
        let changed = self.execute(sql, args![category, root(category), MOVED_AT_ONCE]).await?;
        if changed == 0 {
            self.execute("DELETE FROM category_moved WHERE category_id = $1", args![category]).await?;
        }
        Ok(true)
    }

    /// Adds a question or changes it by its key.
    pub async fn put_question(
        &mut self,
        category: CategoryId,
        question: &QuestionFields,
    ) -> Result<QuestionId, StoreError> {
        let options = serde_json::to_string(&question.options).map_err(corrupt)?;
        let sql = "INSERT INTO category_question (category_id, key, name_sr, name_en, kind, required, options, active, place) \
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) ON CONFLICT (category_id, key) DO UPDATE SET \
             name_sr = excluded.name_sr, name_en = excluded.name_en, kind = excluded.kind, required = excluded.required, \
             options = excluded.options, active = excluded.active, place = excluded.place RETURNING id";
        let values = args![
            category,
            question.key.as_str(),
            question.name_sr.as_str(),
            question.name_en.as_str(),
            question.kind,
            question.required,
            options,
            question.active,
            question.place
        ];
        self.one(sql, values).await?.get(0)
    }

    /// Takes the place of all routes that the category had.
    pub async fn set_routes(&mut self, category: CategoryId, routes: &[Route]) -> Result<(), StoreError> {
        self.execute("DELETE FROM category_route WHERE category_id = $1", args![category]).await?;
        for route in routes {
            let sql = "INSERT INTO category_route (category_id, area, department_id) VALUES ($1, $2, $3)";
            self.execute(sql, args![category, route.area.as_str(), route.department]).await?;
        }
        Ok(())
    }
}

fn department_values(fields: &DepartmentFields) -> Vec<super::sql::Value> {
    args![
        fields.name_sr.as_str(),
        fields.name_en.as_str(),
        fields.kind,
        fields.parent,
        fields.email.as_deref(),
        fields.active,
        fields.place
    ]
}

fn category_values(fields: &CategoryFields) -> Vec<super::sql::Value> {
    args![
        fields.name_sr.as_str(),
        fields.name_en.as_str(),
        fields.class.as_str(),
        fields.department,
        fields.parent,
        fields.deadline_profile.as_deref(),
        fields.active,
        fields.place
    ]
}
