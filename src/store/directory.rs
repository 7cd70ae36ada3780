//! What changes rarely and is read with every row: categories, services and users. Kept in memory, whole.

use std::sync::{Arc, PoisonError};

use serde::Serialize;

use super::sql::{Row, args};
use super::{Db, StoreError};
use crate::domain::id::{CategoryId, DepartmentId, UserId};
use crate::domain::permission::Role;

/// A category tree is no deeper; so a circle made by hand does no harm.
const DEPTH: usize = 6;

#[derive(Clone, Debug, Default)]
pub struct Directory {
    /// In the order in which they are shown; parents before their children.
    pub categories: Vec<Category>,
    pub departments: Vec<Department>,
    pub users: Vec<User>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Category {
    pub id: CategoryId,
    /// What dialplans call it.
    pub key: String,
    /// In Serbian Cyrillic; Serbian Latin is made from it.
    pub name_sr: String,
    pub name_en: String,
    /// Classification mark, the first part of the case number.
    pub class: String,
    /// The service that answers.
    pub department: Option<DepartmentId>,
    pub parent: Option<CategoryId>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Department {
    pub id: DepartmentId,
    pub key: String,
    pub name_sr: String,
    pub name_en: String,
}

/// A registered user, without the password.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct User {
    pub id: UserId,
    pub login: String,
    pub name: String,
    pub role: Role,
    pub department: Option<DepartmentId>,
    /// A user who left keeps the name on what was done, and cannot log in.
    pub active: bool,
}

impl Directory {
    pub fn category(&self, id: CategoryId) -> Option<&Category> {
        self.categories.iter().find(|c| c.id == id)
    }

    pub fn category_by_key(&self, key: &str) -> Option<&Category> {
        self.categories.iter().find(|c| c.key == key)
    }

    /// The top of its branch.
    pub fn category_root(&self, id: CategoryId) -> CategoryId {
        let mut root = id;
        for _ in 0..DEPTH {
            match self.category(root).and_then(|c| c.parent) {
                Some(parent) => root = parent,
                None => break,
            }
        }
        root
    }

    /// It and all under it.
    pub fn category_branch(&self, id: CategoryId) -> Vec<CategoryId> {
        let mut branch = vec![id];
        for _ in 0..DEPTH {
            let under =
                |c: &&Category| !branch.contains(&c.id) && c.parent.is_some_and(|p| branch.contains(&p));
            let more: Vec<_> = self.categories.iter().filter(under).map(|c| c.id).collect();
            branch.extend(more);
        }
        branch
    }

    pub fn department(&self, id: DepartmentId) -> Option<&Department> {
        self.departments.iter().find(|d| d.id == id)
    }

    pub fn department_by_key(&self, key: &str) -> Option<&Department> {
        self.departments.iter().find(|d| d.key == key)
    }

    pub fn user(&self, id: UserId) -> Option<&User> {
        self.users.iter().find(|u| u.id == id)
    }

    pub fn user_by_login(&self, login: &str) -> Option<&User> {
        self.users.iter().find(|u| u.login == login)
    }
}

impl Db {
    /// As of the last change made through this process; cheap.
    pub fn directory(&self) -> Arc<Directory> {
        Arc::clone(&self.directory.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Reads it anew, after a change.
    pub async fn refresh_directory(&self) -> Result<(), StoreError> {
        let _alone = self.refreshing.lock().await;
        let directory = Directory {
            categories: self.categories().await?,
            departments: self.departments().await?,
            users: self.users().await?,
        };
        *self.directory.lock().unwrap_or_else(PoisonError::into_inner) = Arc::new(directory);
        Ok(())
    }

    async fn categories(&self) -> Result<Vec<Category>, StoreError> {
        let sql =
            "SELECT id, key, name_sr, name_en, class, department_id, parent_id FROM category ORDER BY id";
        let rows = self.all(sql, args![]).await?;
        let all: Vec<Category> = rows.iter().map(category).collect::<Result<_, _>>()?;
        let mut ordered = Vec::with_capacity(all.len());
        branch(&all, None, &mut ordered);
        Ok(ordered)
    }

    async fn departments(&self) -> Result<Vec<Department>, StoreError> {
        let rows = self.all("SELECT id, key, name_sr, name_en FROM department ORDER BY id", args![]).await?;
        let department = |row: &Row| {
            let mut r = row.reader();
            Ok(Department { id: r.next()?, key: r.next()?, name_sr: r.next()?, name_en: r.next()? })
        };
        rows.iter().map(department).collect()
    }

    async fn users(&self) -> Result<Vec<User>, StoreError> {
        let sql = "SELECT id, login, name, role, department_id, active FROM user_account ORDER BY name, id";
        self.all(sql, args![]).await?.iter().map(user).collect()
    }
}

fn category(row: &Row) -> Result<Category, StoreError> {
    let mut r = row.reader();
    Ok(Category {
        id: r.next()?,
        key: r.next()?,
        name_sr: r.next()?,
        name_en: r.next()?,
        class: r.next()?,
        department: r.next()?,
        parent: r.next()?,
    })
}

fn user(row: &Row) -> Result<User, StoreError> {
    let mut r = row.reader();
    Ok(User {
        id: r.next()?,
        login: r.next()?,
        name: r.next()?,
        role: r.next()?,
        department: r.next()?,
        active: r.next()?,
    })
}

/// A parent, then its children. The database holds no circles: a parent is always there before its child.
fn branch(all: &[Category], parent: Option<CategoryId>, ordered: &mut Vec<Category>) {
    for category in all.iter().filter(|c| c.parent == parent) {
        ordered.push(category.clone());
        branch(all, Some(category.id), ordered);
    }
}
