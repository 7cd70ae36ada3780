//! What the municipality is made of: services, categories, citizens known beforehand. All of these may be called again.

use jiff::Timestamp;

use super::{ActionError, Actions};
use crate::domain::id::{CategoryId, DepartmentId, PersonId};
use crate::domain::phone::PhoneNumber;
use crate::store::{Tx, Work};

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

impl Actions {
    /// Adds or renames by key.
    pub async fn put_departments(
        &self,
        departments: Vec<NewDepartment>,
    ) -> Result<Vec<DepartmentId>, ActionError> {
        let ids = self.shared.db.write(PutDepartments(departments)).await?;
        self.shared.db.refresh_directory().await?;
        Ok(ids)
    }

    /// Adds or changes by key. Parents come before their children.
    pub async fn put_categories(&self, categories: Vec<NewCategory>) -> Result<Vec<CategoryId>, ActionError> {
        let default_class = self.shared.cases.default_class.clone();
        let ids = self.shared.db.write(PutCategories { categories, default_class }).await?;
        self.shared.db.refresh_directory().await?;
        Ok(ids)
    }

    /// Adds people, or names the one who has the number already.
    pub async fn put_people(&self, people: Vec<NewPerson>) -> Result<Vec<PersonId>, ActionError> {
        self.shared.db.write(PutPeople { people, at: self.clock.now() }).await
    }
}

struct PutDepartments(Vec<NewDepartment>);

impl Work for PutDepartments {
    type Out = Vec<DepartmentId>;
    type Error = ActionError;

    async fn run(&self, tx: &mut Tx<'_>) -> Result<Vec<DepartmentId>, ActionError> {
        let mut ids = Vec::with_capacity(self.0.len());
        for department in &self.0 {
            ids.push(tx.put_department(&department.key, &department.name_sr, &department.name_en).await?);
        }
        Ok(ids)
    }
}

struct PutCategories {
    categories: Vec<NewCategory>,
    default_class: String,
}

impl Work for PutCategories {
    type Out = Vec<CategoryId>;
    type Error = ActionError;

    async fn run(&self, tx: &mut Tx<'_>) -> Result<Vec<CategoryId>, ActionError> {
        let mut ids = Vec::with_capacity(self.categories.len());
        for category in &self.categories {
            let class = if category.class.is_empty() { &self.default_class } else { &category.class };
            let names = (category.name_sr.as_str(), category.name_en.as_str());
            let (department, parent) = (category.department.as_deref(), category.parent.as_deref());
            ids.push(tx.put_category(&category.key, names, class, department, parent).await?);
        }
        Ok(ids)
    }
}

struct PutPeople {
    people: Vec<NewPerson>,
    at: Timestamp,
}

impl Work for PutPeople {
    type Out = Vec<PersonId>;
    type Error = ActionError;

    async fn run(&self, tx: &mut Tx<'_>) -> Result<Vec<PersonId>, ActionError> {
        let mut ids = Vec::with_capacity(self.people.len());
        for person in &self.people {
            let id = match tx.person_by_phone(&person.phone).await? {
                Some(id) => {
                    tx.name_person(id, &person.name, &person.address).await?;
                    id
                }
                None => tx.insert_person(&person.name, &person.address, &person.phone, self.at).await?,
            };
            ids.push(id);
        }
        Ok(ids)
    }
}
