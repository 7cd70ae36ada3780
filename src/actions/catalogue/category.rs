//! Categories: the tree, who answers, and by which deadlines.

use serde_json::json;

use super::{CatalogueError, Field, Named, TREE, check_place, key_or_made, names};
use crate::actions::audit::What;
use crate::actions::seed::OTHER;
use crate::actions::{ActionError, Actions, Actor};
use crate::domain::id::{CategoryId, DepartmentId};
use crate::domain::permission::Right;
use crate::domain::routing::Route;
use crate::store::catalogue::CategoryFields;
use crate::store::directory::{Category, Directory};
use crate::store::{Tx, Work};

/// What a category is to be. Its questions are changed one by one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CategoryChange {
    pub name_sr: String,
    pub name_en: String,
    /// Classification mark; empty: the configured one.
    pub class: String,
    pub department: Option<DepartmentId>,
    pub parent: Option<CategoryId>,
    /// Key; empty: that of the category above.
    pub deadline_profile: String,
    pub active: bool,
    pub place: i64,
    /// Services of single areas.
    pub routes: Vec<Route>,
}

/// The largest cities work with two or three hundred; more is a mistake of a program, and all of them are kept in memory.
const MOST: usize = 1_000;

/// Two or three digits, and what municipalities put behind them.
const CLASS_CHARS: usize = 12;

impl From<&Category> for CategoryChange {
    fn from(now: &Category) -> Self {
        Self {
            name_sr: now.name_sr.clone(),
            name_en: now.name_en.clone(),
            class: now.class.clone(),
            department: now.department,
            parent: now.parent,
            deadline_profile: now.deadline_profile.clone().unwrap_or_default(),
            active: now.active,
            place: now.place,
            routes: now.routes.clone(),
        }
    }
}

impl Actions {
    /// `key` empty: made of the name.
    pub async fn add_category(
        &self,
        actor: &Actor,
        key: &str,
        change: CategoryChange,
    ) -> Result<CategoryId, CatalogueError> {
        self.shared.allow(actor, Right::ManageCatalogue)?;
        let directory = self.shared.db.directory();
        if directory.categories.len() >= MOST {
            return Err(CatalogueError::TooMany(MOST));
        }
        let (fields, routes) = fields(&directory, change, &self.shared.cases.default_class)?;
        let key = key_or_made(key, &fields.name_sr)?;
        let id = self.put_category(actor, PutCategory { id: None, key, fields, routes }).await?;
        self.shared.db.refresh_directory().await?;
        Ok(id)
    }

    /// Renames, moves, routes, retires, takes back into use.
    pub async fn change_category(
        &self,
        actor: &Actor,
        id: CategoryId,
        change: CategoryChange,
    ) -> Result<(), CatalogueError> {
        self.shared.allow(actor, Right::ManageCatalogue)?;
        let directory = self.shared.db.directory();
        let now = directory.category(id).ok_or(ActionError::NotFound)?;
        let (fields, routes) = fields(&directory, change, &self.shared.cases.default_class)?;
        if now.active && !fields.active {
            self.may_retire_category(&directory, now)?;
        }
        let key = now.key.clone();
        self.put_category(actor, PutCategory { id: Some(id), key, fields, routes }).await?;
        self.shared.db.refresh_directory().await?;
        self.settle_moved_categories().await?;
        Ok(())
    }

    async fn put_category(&self, actor: &Actor, work: PutCategory) -> Result<CategoryId, CatalogueError> {
        let told = json!({ "key": work.key, "new": work.id.is_none(), "active": work.fields.active });
        self.audited(actor, work, move |id| (What::CatalogueChanged, *id, told.clone())).await
    }

    /// Cases know the top of their category's branch. After a move all of them are told, in pieces, so that calls and texts get on
    /// in between. Goes on at the next start when the program ends meanwhile.
    pub(crate) async fn settle_moved_categories(&self) -> Result<(), ActionError> {
        while self.shared.db.write(SettleMoved { directory: self.shared.db.directory() }).await? {}
        Ok(())
    }

    fn may_retire_category(&self, directory: &Directory, now: &Category) -> Result<(), CatalogueError> {
        if now.key == OTHER {
            return Err(CatalogueError::Indispensable);
        }
        let plans = self.plans_naming(Named::Category, &now.key);
        if !plans.is_empty() {
            return Err(CatalogueError::InPlans(plans));
        }
        let under = directory.categories.iter().filter(|c| c.active && c.parent == Some(now.id));
        let needed: Vec<String> = under.map(|c| c.name_sr.clone()).collect();
        if needed.is_empty() { Ok(()) } else { Err(CatalogueError::Needed(needed)) }
    }
}

fn fields(
    directory: &Directory,
    change: CategoryChange,
    default_class: &str,
) -> Result<(CategoryFields, Vec<Route>), CatalogueError> {
    let (name_sr, name_en) = names(&change.name_sr, &change.name_en)?;
    let class = match change.class.trim() {
        "" => default_class,
        class if is_class(class) => class,
        _ => return Err(CatalogueError::Wrong(Field::Class)),
    };
    let works = |id: DepartmentId| directory.department(id).is_some_and(|d| d.active);
    if change.department.is_some_and(|id| !works(id)) {
        return Err(CatalogueError::Wrong(Field::Department));
    }
    let known = |route: &Route| works(route.department) && directory.areas.by_key(&route.area).is_some();
    let doubled = |route: &Route| change.routes.iter().filter(|other| other.area == route.area).count() > 1;
    if !change.routes.iter().all(|route| known(route) && !doubled(route)) {
        return Err(CatalogueError::Wrong(Field::Route));
    }
    let profile = change.deadline_profile.trim();
    if !profile.is_empty() && directory.deadline_profile(profile).is_none() {
        return Err(CatalogueError::Wrong(Field::DeadlineProfile));
    }
    let fields = CategoryFields {
        name_sr,
        name_en,
        class: class.to_owned(),
        department: change.department,
        parent: change.parent,
        deadline_profile: (!profile.is_empty()).then(|| profile.to_owned()),
        active: change.active,
        place: change.place,
    };
    Ok((fields, change.routes))
}

/// `400`, `352-1`, `07.2`: stands in front of the number of a case.
fn is_class(class: &str) -> bool {
    class.len() <= CLASS_CHARS
        && class.starts_with(|c: char| c.is_ascii_digit())
        && class.chars().all(|c| c.is_ascii_digit() || c == '-' || c == '.')
}

struct PutCategory {
    /// `None`: a new one.
    id: Option<CategoryId>,
    key: String,
    fields: CategoryFields,
    routes: Vec<Route>,
}

impl Work for PutCategory {
    type Out = CategoryId;
    type Error = CatalogueError;

    async fn run(&self, tx: &mut Tx<'_>) -> Result<CategoryId, CatalogueError> {
        tx.lock(TREE).await?;
        let parents = tx.category_parents().await?;
        check_place(&parents, self.id, self.fields.parent)?;
        let id = match self.id {
            Some(id) => {
                tx.update_category(id, &self.fields).await?;
                let before = parents.iter().find(|(known, _)| *known == id).and_then(|(_, parent)| *parent);
                if before != self.fields.parent {
                    tx.note_moved(&branch(&parents, id)).await?;
                }
                id
            }
            None => {
                let id = tx.insert_category(&self.key, &self.fields).await?;
                id.ok_or_else(|| CatalogueError::Taken(self.key.clone()))?
            }
        };
        tx.set_routes(id, &self.routes).await?;
        Ok(id)
    }
}

/// It and all under it.
fn branch(parents: &[(CategoryId, Option<CategoryId>)], top: CategoryId) -> Vec<CategoryId> {
    let mut branch = vec![top];
    let mut looked = 0;
    while let Some(above) = branch.get(looked).copied() {
        looked += 1;
        branch.extend(parents.iter().filter(|(_, parent)| *parent == Some(above)).map(|(id, _)| *id));
    }
    branch
}

struct SettleMoved {
    directory: std::sync::Arc<Directory>,
}

impl Work for SettleMoved {
    /// Whether there may be more.
    type Out = bool;
    type Error = ActionError;

    async fn run(&self, tx: &mut Tx<'_>) -> Result<bool, ActionError> {
        Ok(tx.settle_moved(|category| self.directory.category_root(category)).await?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn class_is_a_mark_of_digits() {
        for good in ["400", "07.2", "352-1"] {
            assert!(is_class(good), "{good}");
        }
        for bad in ["", "ab", "-1", "4 0", "1234567890123", "400/2026"] {
            assert!(!is_class(bad), "{bad}");
        }
    }
}
