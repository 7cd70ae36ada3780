//! Services of the municipality and other institutions.

use serde_json::json;

use super::{CatalogueError, Field, Named, TREE, check_place, key_or_made, names};
use crate::actions::audit::What;
use crate::actions::{Actions, Actor};
use crate::domain::department::DepartmentKind;
use crate::domain::email::EmailAddress;
use crate::domain::id::DepartmentId;
use crate::domain::permission::Right;
use crate::store::catalogue::DepartmentFields;
use crate::store::directory::{Department, Directory};
use crate::store::{Tx, Work};

/// What a service is to be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DepartmentChange {
    pub name_sr: String,
    pub name_en: String,
    pub kind: DepartmentKind,
    pub parent: Option<DepartmentId>,
    /// Empty: none.
    pub email: String,
    pub active: bool,
    pub place: i64,
}

/// A city has some dozens; more is a mistake of a program, and all of them are kept in memory.
const MOST: usize = 500;

impl From<&Department> for DepartmentChange {
    fn from(now: &Department) -> Self {
        Self {
            name_sr: now.name_sr.clone(),
            name_en: now.name_en.clone(),
            kind: now.kind,
            parent: now.parent,
            email: now.email.clone().unwrap_or_default(),
            active: now.active,
            place: now.place,
        }
    }
}

impl Actions {
    /// `key` empty: made of the name.
    pub async fn add_department(
        &self,
        actor: &Actor,
        key: &str,
        change: DepartmentChange,
    ) -> Result<DepartmentId, CatalogueError> {
        self.shared.allow(actor, Right::ManageCatalogue)?;
        if self.shared.db.directory().departments.len() >= MOST {
            return Err(CatalogueError::TooMany(MOST));
        }
        let fields = fields(change)?;
        let key = key_or_made(key, &fields.name_sr)?;
        let id = self.put_department(actor, PutDepartment { id: None, key, fields }).await?;
        self.shared.db.refresh_directory().await?;
        Ok(id)
    }

    /// Renames, moves, retires, takes back into service.
    pub async fn change_department(
        &self,
        actor: &Actor,
        id: DepartmentId,
        change: DepartmentChange,
    ) -> Result<(), CatalogueError> {
        self.shared.allow(actor, Right::ManageCatalogue)?;
        let directory = self.shared.db.directory();
        let now = directory.department(id).ok_or(crate::actions::ActionError::NotFound)?;
        let fields = fields(change)?;
        if now.active && !fields.active {
            self.may_retire(&directory, now)?;
        }
        let key = now.key.clone();
        self.put_department(actor, PutDepartment { id: Some(id), key, fields }).await?;
        self.shared.db.refresh_directory().await?;
        Ok(())
    }

    async fn put_department(
        &self,
        actor: &Actor,
        work: PutDepartment,
    ) -> Result<DepartmentId, CatalogueError> {
        let told = json!({ "key": work.key, "new": work.id.is_none(), "active": work.fields.active });
        self.audited(actor, work, move |id| (What::CatalogueChanged, *id, told.clone())).await
    }

    fn may_retire(&self, directory: &Directory, now: &Department) -> Result<(), CatalogueError> {
        let plans = self.plans_naming(Named::Department, &now.key);
        if !plans.is_empty() {
            return Err(CatalogueError::InPlans(plans));
        }
        let under = directory.departments.iter().filter(|d| d.active && d.parent == Some(now.id));
        let led = directory.categories.iter().filter(|c| c.active).filter(|c| {
            c.department == Some(now.id) || c.routes.iter().any(|route| route.department == now.id)
        });
        let needed: Vec<String> =
            under.map(|d| d.name_sr.clone()).chain(led.map(|c| c.name_sr.clone())).collect();
        if needed.is_empty() { Ok(()) } else { Err(CatalogueError::Needed(needed)) }
    }
}

fn fields(change: DepartmentChange) -> Result<DepartmentFields, CatalogueError> {
    let (name_sr, name_en) = names(&change.name_sr, &change.name_en)?;
    let email = match change.email.trim() {
        "" => None,
        email => Some(EmailAddress::parse(email).map_err(|_| CatalogueError::Wrong(Field::Email))?),
    };
    let email = email.map(|email| email.as_str().to_owned());
    let DepartmentChange { kind, parent, active, place, .. } = change;
    Ok(DepartmentFields { name_sr, name_en, kind, parent, email, active, place })
}

struct PutDepartment {
    /// `None`: a new one.
    id: Option<DepartmentId>,
    key: String,
    fields: DepartmentFields,
}

impl Work for PutDepartment {
    type Out = DepartmentId;
    type Error = CatalogueError;

    async fn run(&self, tx: &mut Tx<'_>) -> Result<DepartmentId, CatalogueError> {
        tx.lock(TREE).await?;
        check_place(&tx.department_parents().await?, self.id, self.fields.parent)?;
        match self.id {
            Some(id) => {
                tx.update_department(id, &self.fields).await?;
                Ok(id)
            }
            None => {
                let id = tx.insert_department(&self.key, &self.fields).await?;
                id.ok_or_else(|| CatalogueError::Taken(self.key.clone()))
            }
        }
    }
}
