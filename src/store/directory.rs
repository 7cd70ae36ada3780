//! What changes rarely and is read with every row: categories, services and users. Kept in memory, whole.

use std::sync::Arc;

use serde::Serialize;

use super::Db;
use crate::domain::id::{CategoryId, DepartmentId, UserId};
use crate::domain::permission::Role;

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

#[expect(clippy::todo, reason = "the bodies follow within the hour")]
impl Db {
    /// As of the last change made through this process; cheap.
    pub fn directory(&self) -> Arc<Directory> {
        todo!()
    }
}
