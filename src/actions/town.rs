//! What the municipality is made of: services, categories, citizens known beforehand. All of these may be called again.

use super::{ActionError, Actions};
use crate::domain::id::{CategoryId, DepartmentId, PersonId};
use crate::domain::phone::PhoneNumber;

#[derive(Clone, Debug)]
pub struct NewDepartment {
    pub key: String,
    pub name_sr: String,
    pub name_en: String,
}

#[derive(Clone, Debug)]
pub struct NewCategory {
    pub key: String,
    pub name_sr: String,
    pub name_en: String,
    /// Empty: the configured default class.
    pub class: String,
    /// Key.
    pub department: Option<String>,
    /// Key.
    pub parent: Option<String>,
}

#[derive(Clone, Debug)]
pub struct NewPerson {
    pub name: String,
    pub address: String,
    pub phone: PhoneNumber,
}

#[expect(unused_variables, clippy::todo, clippy::unused_async, reason = "the bodies follow within the hour")]
impl Actions {
    /// Adds or renames by key.
    pub async fn put_departments(
        &self,
        departments: Vec<NewDepartment>,
    ) -> Result<Vec<DepartmentId>, ActionError> {
        todo!()
    }

    /// Adds or changes by key. Parents come before their children.
    pub async fn put_categories(&self, categories: Vec<NewCategory>) -> Result<Vec<CategoryId>, ActionError> {
        todo!()
    }

    /// Adds people, or names the one who has the number already.
    pub async fn put_people(&self, people: Vec<NewPerson>) -> Result<Vec<PersonId>, ActionError> {
        todo!()
    }
}
