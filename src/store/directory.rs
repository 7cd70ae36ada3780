//! What changes rarely and is read with every row: categories, services and users. Kept in memory, whole.

use std::sync::{Arc, PoisonError};

use serde::Serialize;

use super::alert::Mailbox;
use super::calendar::Office;
use super::sql::{Row, args};
use super::{Db, StoreError};
use crate::domain::area::Areas;
use crate::domain::deadline::{self, Profile};
use crate::domain::department::DepartmentKind;
use crate::domain::id::{CategoryId, DepartmentId, QuestionId, RoleId, UserId};
use crate::domain::permission::reach::Reach;
use crate::domain::permission::{Decision, OnCase, Right, Role, RoleRules, Who, decide};
use crate::domain::question::Question;
use crate::domain::routing::{self, Route, Routed};

/// Neither tree is deeper: verbs refuse it, and a circle made by hand does no harm.
pub const DEPTH: usize = 6;

#[derive(Clone, Debug, Default)]
pub struct Directory {
    /// In the order in which they are shown; parents before their children.
    pub categories: Vec<Category>,
    /// As categories are ordered.
    pub departments: Vec<Department>,
    pub users: Vec<User>,
    pub areas: Areas,
    /// With all their rules; those that the program brings first.
    pub roles: Vec<RoleRules>,
    /// Who logs in with a second factor.
    pub second_factors: Vec<UserId>,
    /// Addresses of users that they have confirmed.
    pub mailboxes: Vec<Mailbox>,
    /// Who has to choose a password: somebody else chose it.
    pub new_passwords: Vec<UserId>,
    /// Rules of deadlines, in the order in which they are shown.
    pub deadline_profiles: Vec<Profile>,
    /// When the office works.
    pub office: Office,
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
    /// Key of the profile of its deadlines; `None`: that of the category above, or the usual one.
    pub deadline_profile: Option<String>,
    /// Retired categories stay on their cases and are offered for no other.
    pub active: bool,
    /// Order among those of the same parent.
    pub place: i64,
    /// What is asked besides, in the order in which it is asked; also what is no longer asked.
    #[serde(skip)]
    pub questions: Vec<Question>,
    /// Services of single areas.
    #[serde(skip)]
    pub routes: Vec<Route>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Department {
    pub id: DepartmentId,
    pub key: String,
    pub name_sr: String,
    pub name_en: String,
    pub kind: DepartmentKind,
    pub parent: Option<DepartmentId>,
    /// Where what is forwarded is sent to.
    pub email: Option<String>,
    /// Retired ones stay on their cases and get no other.
    pub active: bool,
    /// Order among those of the same parent.
    pub place: i64,
}

/// A registered user, without the password.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct User {
    pub id: UserId,
    pub login: String,
    pub name: String,
    /// The kind of work of the role.
    pub role: Role,
    pub role_id: RoleId,
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

    /// It and those above it, up to the top of its branch.
    pub fn category_line(&self, id: CategoryId) -> Vec<&Category> {
        let above = |c: &&Category| c.parent.and_then(|parent| self.category(parent));
        std::iter::successors(self.category(id), above).take(DEPTH).collect()
    }

    /// What is asked for a category: the questions of those above it first.
    pub fn questions(&self, category: CategoryId) -> Vec<&Question> {
        let line = self.category_line(category);
        line.into_iter().rev().flat_map(|c| &c.questions).filter(|question| question.active).collect()
    }

    /// Also one that is no longer asked.
    pub fn question(&self, id: QuestionId) -> Option<&Question> {
        self.categories.iter().flat_map(|c| &c.questions).find(|question| question.id == id)
    }

    /// The service that gets a case of the category, with the problem in that area.
    pub fn route(&self, category: CategoryId, area: Option<&str>) -> Routed {
        let line = self.category_line(category);
        let steps = line.iter().map(|c| routing::Step {
            category: c.id,
            department: c.department,
            routes: &c.routes,
        });
        routing::route(steps, area, |id| self.department(id).is_some_and(|d| d.active))
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

    /// It and all under it.
    pub fn department_branch(&self, id: DepartmentId) -> Vec<DepartmentId> {
        let mut branch = vec![id];
        for _ in 0..DEPTH {
            let under =
                |d: &&Department| !branch.contains(&d.id) && d.parent.is_some_and(|p| branch.contains(&p));
            let more: Vec<_> = self.departments.iter().filter(under).map(|d| d.id).collect();
            branch.extend(more);
        }
        branch
    }

    pub fn deadline_profile(&self, key: &str) -> Option<&Profile> {
        self.deadline_profiles.iter().find(|profile| profile.key == key)
    }

    /// The profiles of a new case of a category: its own or that of a branch it is on, and those of every case.
    pub fn deadlines_of(&self, category: CategoryId) -> Vec<&Profile> {
        let mut own = Vec::new();
        let mut at = self.category(category);
        for _ in 0..DEPTH {
            let Some(category) = at else { break };
            own.extend(category.deadline_profile.as_deref());
            at = category.parent.and_then(|parent| self.category(parent));
        }
        deadline::chosen(&self.deadline_profiles, &own)
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

    pub fn role(&self, id: RoleId) -> Option<&RoleRules> {
        self.roles.iter().find(|role| role.id == id)
    }

    /// As the evaluator wants to know somebody: a user, or the owner of a token that acts with a role of its own. `None` when there
    /// is no such user or role.
    pub fn who(&self, user: Option<UserId>, role: Option<RoleId>) -> Option<Who<'_>> {
        let account = match user {
            Some(id) => Some(self.user(id)?),
            None => None,
        };
        let role = self.role(role.or(account.map(|user| user.role_id))?)?;
        let own = account.and_then(|user| user.department);
        Some(Who {
            user,
            active: account.is_none_or(|user| user.active),
            role,
            services: own.map(|own| self.department_branch(own)).unwrap_or_default(),
            tree: self.departments.iter().map(|d| (d.id, d.parent)).collect(),
        })
    }

    /// Whether somebody may do something, on a case or (about none in particular) at all; with the reason.
    pub fn decide(&self, user: UserId, right: Right, on: Option<&OnCase>) -> Decision {
        match self.who(Some(user), None) {
            Some(who) => decide(&who, right, on),
            None => Decision::unknown(right),
        }
    }

    /// The cases that a user may read.
    pub fn reach(&self, user: UserId) -> Reach {
        self.who(Some(user), None).map_or(Reach::NOTHING, |who| Reach::of(&who))
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
            areas: Areas::new(self.areas().await?),
            roles: self.roles().await?,
            second_factors: self.second_factors().await?,
            mailboxes: self.mailboxes().await?,
            new_passwords: self.new_passwords().await?,
            deadline_profiles: self.deadline_profiles().await?,
            office: self.office().await?,
        };
        *self.directory.lock().unwrap_or_else(PoisonError::into_inner) = Arc::new(directory);
        Ok(())
    }

    async fn categories(&self) -> Result<Vec<Category>, StoreError> {
        let sql = "SELECT id, key, name_sr, name_en, class, department_id, parent_id, deadline_profile, active, place \
             FROM category ORDER BY place, id";
        let rows = self.all(sql, args![]).await?;
        let mut all: Vec<Category> = rows.iter().map(category).collect::<Result<_, _>>()?;
        for question in self.questions().await? {
            if let Some(category) = all.iter_mut().find(|c| c.id == question.category) {
                category.questions.push(question);
            }
        }
        for (id, route) in self.routes().await? {
            if let Some(category) = all.iter_mut().find(|c| c.id == id) {
                category.routes.push(route);
            }
        }
        Ok(in_branches(all, |c| c.id, |c| c.parent))
    }

    async fn departments(&self) -> Result<Vec<Department>, StoreError> {
        let sql = "SELECT id, key, name_sr, name_en, kind, parent_id, email, active, place FROM department \
             ORDER BY place, id";
        let rows = self.all(sql, args![]).await?;
        let all: Vec<Department> = rows.iter().map(department).collect::<Result<_, _>>()?;
        Ok(in_branches(all, |d| d.id, |d| d.parent))
    }

    async fn users(&self) -> Result<Vec<User>, StoreError> {
        let sql = "SELECT u.id, u.login, u.name, r.base, r.id, u.department_id, u.active \
             FROM user_account u JOIN role r ON r.id = u.role_id ORDER BY u.name, u.id";
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
        deadline_profile: r.next()?,
        active: r.next()?,
        place: r.next()?,
        questions: Vec::new(),
        routes: Vec::new(),
    })
}

fn department(row: &Row) -> Result<Department, StoreError> {
    let mut r = row.reader();
    Ok(Department {
        id: r.next()?,
        key: r.next()?,
        name_sr: r.next()?,
        name_en: r.next()?,
        kind: r.next()?,
        parent: r.next()?,
        email: r.next()?,
        active: r.next()?,
        place: r.next()?,
    })
}

fn user(row: &Row) -> Result<User, StoreError> {
    let mut r = row.reader();
    Ok(User {
        id: r.next()?,
        login: r.next()?,
        name: r.next()?,
        role: r.next()?,
        role_id: r.next()?,
        department: r.next()?,
        active: r.next()?,
    })
}

/// A parent, then its children. What hangs in a circle, which only a hand in the database can make, comes behind.
fn in_branches<T: Clone, Id: Copy + PartialEq>(
    all: Vec<T>,
    id: impl Fn(&T) -> Id,
    parent: impl Fn(&T) -> Option<Id>,
) -> Vec<T> {
    fn branch<T: Clone, Id: Copy + PartialEq>(
        all: &[T],
        of: (&impl Fn(&T) -> Id, &impl Fn(&T) -> Option<Id>),
        under: Option<Id>,
        ordered: &mut Vec<T>,
    ) {
        for item in all.iter().filter(|item| of.1(item) == under) {
            ordered.push(item.clone());
            branch(all, of, Some(of.0(item)), ordered);
        }
    }
    let mut ordered: Vec<T> = Vec::with_capacity(all.len());
    branch(&all, (&id, &parent), None, &mut ordered);
    for item in all {
        if !ordered.iter().any(|known| id(known) == id(&item)) {
            ordered.push(item);
        }
    }
    ordered
}
