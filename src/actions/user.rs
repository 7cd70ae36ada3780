//! Users and their passwords.

use serde_json::{Value as Json, json};

use super::audit::What;
use super::{ActionError, Actions, Actor};
use crate::domain::id::{DepartmentId, RoleId, UserId};
use crate::domain::password::weakness;
use crate::domain::permission::{Role, RoleRules};
use crate::store::directory::User;
use crate::store::user::NewUserRow;
use crate::store::{Tx, Work};

#[derive(Clone)]
pub struct NewUser {
    /// Small letters, digits, `.`, `-`, `_`; unique.
    pub login: String,
    pub name: String,
    pub role: Role,
    pub department: Option<DepartmentId>,
    pub password: String,
}

pub const PASSWORD_MIN_CHARS: usize = 10;

/// Longer ones are no safer, and each costs a hash.
const PASSWORD_MAX_CHARS: usize = 200;

impl Actions {
    pub async fn create_user(&self, actor: &Actor, user: NewUser) -> Result<UserId, ActionError> {
        let role = RoleRules::seeded_id(user.role);
        self.create_user_of(actor, user, role).await
    }

    /// With a role that may have been added here. The kind in `user` is ignored: it is the role's.
    pub async fn create_user_of(
        &self,
        actor: &Actor,
        user: NewUser,
        role: RoleId,
    ) -> Result<UserId, ActionError> {
        let base = self.base_of(role)?;
        self.shared.allow_account(actor, None, Some(base))?;
        let user = self.prepared(NewUser { role: base, ..user }).await?;
        let user = NewUserRow { role_id: role, ..user };
        let told = json!({ "login": user.login, "role": user.role, "role_id": role });
        let says = move |id: &UserId| (What::UserAdded, *id, told.clone());
        let id = self
            .audited(actor, ChangeUser::Create { by_other: !matches!(actor, Actor::System), user }, says)
            .await?;
        self.shared.db.refresh_directory().await?;
        self.queues_changed();
        Ok(id)
    }

    /// Another role, and another service. Nobody changes the own role, and one administrator stays.
    pub async fn set_user_role(
        &self,
        actor: &Actor,
        user: UserId,
        role: RoleId,
        department: Option<DepartmentId>,
    ) -> Result<(), ActionError> {
        let base = self.base_of(role)?;
        self.shared.allow_account(actor, Some(user), Some(base))?;
        let directory = self.shared.db.directory();
        let now = directory.user(user).ok_or(ActionError::NotFound)?;
        if matches!(actor, Actor::User { id, .. } if *id == user) && now.role_id != role {
            return Err(ActionError::Invalid("nobody changes the own role".into()));
        }
        if department.is_some_and(|id| directory.department(id).is_none()) {
            return Err(ActionError::Invalid("there is no such service".into()));
        }
        let says =
            move |id: &UserId| (What::UserChanged, *id, json!({ "role": role, "department": department }));
        self.audited(actor, ChangeUser::Role { user, role, base, department }, says).await?;
        self.shared.db.refresh_directory().await?;
        self.queues_changed();
        Ok(())
    }

    fn base_of(&self, role: RoleId) -> Result<Role, ActionError> {
        let directory = self.shared.db.directory();
        let known = directory.role(role).map(|role| role.base);
        known.ok_or_else(|| ActionError::Invalid("there is no such role".into()))
    }

    /// One's own, or anybody's with the right to manage users.
    pub async fn set_password(&self, actor: &Actor, user: UserId, password: &str) -> Result<(), ActionError> {
        if !matches!(actor, Actor::User { id, .. } if *id == user) {
            self.shared.allow_account(actor, Some(user), None)?;
        }
        let directory = self.shared.db.directory();
        let known = directory.user(user).ok_or(ActionError::NotFound)?;
        check_password(password, &known.login)?;
        let hash = self.shared.passwords.hash(password.to_owned()).await?;
        let says = |id: &UserId| (What::PasswordSet, *id, Json::Null);
        self.audited(actor, ChangeUser::Password { user, hash, by_other: by_other(actor, user) }, says)
            .await?;
        Ok(self.shared.db.refresh_directory().await?)
    }

    pub async fn set_user_active(
        &self,
        actor: &Actor,
        user: UserId,
        active: bool,
    ) -> Result<(), ActionError> {
        self.shared.allow_account(actor, Some(user), None)?;
        if matches!(actor, Actor::User { id, .. } if *id == user) && !active {
            return Err(ActionError::Invalid("nobody shuts himself out".into()));
        }
        let says = move |id: &UserId| (What::UserChanged, *id, json!({ "active": active }));
        self.audited(actor, ChangeUser::Active(user, active), says).await?;
        self.shared.db.refresh_directory().await?;
        // Whoever left has no phones any more.
        self.shared.phones.changed();
        self.queues_changed();
        Ok(())
    }

    /// `None` for a wrong password, an unknown or an inactive user alike, and as slowly.
    pub async fn verify_login(&self, login: &str, password: &str) -> Result<Option<User>, ActionError> {
        if password.chars().count() > PASSWORD_MAX_CHARS {
            return Ok(None);
        }
        let known = self.shared.db.password_hash(&login.trim().to_lowercase()).await?;
        let (id, hash) = known.unzip();
        let right = self.shared.passwords.is_right(password.to_owned(), hash).await?;
        let Some(id) = id.filter(|_| right) else { return Ok(None) };
        if let Some(user) = self.shared.db.directory().user(id) {
            return Ok(Some(user.clone()));
        }
        // Added from the command line while this server runs.
        self.shared.db.refresh_directory().await?;
        Ok(self.shared.db.directory().user(id).cloned())
    }

    /// Checked, with the password hashed.
    pub(super) async fn prepared(&self, user: NewUser) -> Result<NewUserRow, ActionError> {
        let login = user.login.trim().to_lowercase();
        let form = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || ".-_".contains(c);
        if login.is_empty() || login.len() > 60 || !login.chars().all(form) {
            return Err(ActionError::Invalid(
                "a login has 1 to 60 of: small letters, digits, '.', '-', '_'".into(),
            ));
        }
        let name = user.name.trim();
        if name.is_empty() || name.chars().count() > 200 {
            return Err(ActionError::Invalid("a user has a name of 1 to 200 characters".into()));
        }
        check_password(&user.password, &login)?;
        Ok(NewUserRow {
            login,
            name: name.to_owned(),
            role: user.role,
            role_id: RoleRules::seeded_id(user.role),
            department: user.department,
            password_hash: self.shared.passwords.hash(user.password).await?,
            at: self.clock.now(),
        })
    }
}

fn check_password(password: &str, login: &str) -> Result<(), ActionError> {
    let length = password.chars().count();
    let weakness = weakness(password, login);
    if let Some(weakness) = weakness {
        return Err(ActionError::Invalid(weakness.into()));
    }
    if (PASSWORD_MIN_CHARS..=PASSWORD_MAX_CHARS).contains(&length) {
        return Ok(());
    }
    Err(ActionError::Invalid(format!(
        "a password has {PASSWORD_MIN_CHARS} to {PASSWORD_MAX_CHARS} characters"
    )))
}

/// A password that somebody else chose is known to two.
fn by_other(actor: &Actor, user: UserId) -> bool {
    match actor {
        Actor::User { id, .. } => *id != user,
        Actor::Token { .. } => true,
        // Whoever has the command line has the database.
        Actor::System => false,
    }
}

enum ChangeUser {
    /// `by_other`: whoever chose the password is not who will use it, and it is changed at the first log-in.
    Create {
        user: NewUserRow,
        by_other: bool,
    },
    Password {
        user: UserId,
        hash: String,
        by_other: bool,
    },
    Active(UserId, bool),
    Role {
        user: UserId,
        role: RoleId,
        base: Role,
        department: Option<DepartmentId>,
    },
}

impl Work for ChangeUser {
    type Out = UserId;
    type Error = ActionError;

    async fn run(&self, tx: &mut Tx<'_>) -> Result<UserId, ActionError> {
        // Of two administrators who demote each other at once one is refused.
        tx.lock("rights").await?;
        let had_administrators = !tx.active_users_of(Role::Administrator).await?.is_empty();
        let (id, found) = match self {
            Self::Create { user, by_other } => {
                let taken = || ActionError::Invalid(format!("the login {} is taken", user.login));
                let id = tx.insert_user(user).await?.ok_or_else(taken)?;
                tx.set_must_change_password(id, *by_other).await?;
                (id, true)
            }
            Self::Password { user, hash, by_other } => {
                tx.set_must_change_password(*user, *by_other).await?;
                if *by_other {
                    tx.end_sessions(*user, None).await?;
                }
                (*user, tx.set_password_hash(*user, hash).await?)
            }
            Self::Active(id, active) => (*id, tx.set_user_active(*id, *active).await?),
            Self::Role { user, role, base, department } => {
                (*user, tx.set_user_role(*user, (*role, *base), *department).await?)
            }
        };
        if had_administrators && tx.active_users_of(Role::Administrator).await?.is_empty() {
            return Err(ActionError::Invalid("one administrator stays".into()));
        }
        tx.rights_changed().await?;
        if found { Ok(id) } else { Err(ActionError::NotFound) }
    }
}

impl std::fmt::Debug for NewUser {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("NewUser")
            .field("login", &self.login)
            .field("role", &self.role)
            .finish_non_exhaustive()
    }
}
