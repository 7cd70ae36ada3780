//! Registered users and their passwords. Reads without the password: [`super::directory`].

use jiff::Timestamp;

use super::sql::args;
use super::tx::Tx;
use super::{Db, StoreError};
use crate::domain::id::{DepartmentId, RoleId, UserId};
use crate::domain::permission::Role;

#[derive(Clone, Debug)]
pub struct NewUserRow {
    pub login: String,
    pub name: String,
    /// The kind of work of the role.
    pub role: Role,
    pub role_id: RoleId,
    pub department: Option<DepartmentId>,
    /// PHC string.
    pub password_hash: String,
    pub at: Timestamp,
}

impl Db {
    /// Of an active user: id and PHC string.
    pub async fn password_hash(&self, login: &str) -> Result<Option<(UserId, String)>, StoreError> {
        let sql = "SELECT id, password_hash FROM user_account WHERE login = $1 AND active = 1";
        let Some(row) = self.optional(sql, args![login]).await? else { return Ok(None) };
        Ok(Some((row.get(0)?, row.get(1)?)))
    }
}

impl Tx<'_> {
    /// `None` when the login is taken.
    pub async fn insert_user(&mut self, user: &NewUserRow) -> Result<Option<UserId>, StoreError> {
        let sql = "INSERT INTO user_account (login, name, role, role_id, department_id, password_hash, created_at) \
             VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (login) DO NOTHING RETURNING id";
        let values = args![
            user.login.as_str(),
            user.name.as_str(),
            user.role,
            user.role_id,
            user.department,
            user.password_hash.as_str(),
            user.at
        ];
        self.optional(sql, values).await?.map(|row| row.get(0)).transpose()
    }

    pub async fn has_users(&mut self) -> Result<bool, StoreError> {
        Ok(self.optional("SELECT id FROM user_account LIMIT 1", args![]).await?.is_some())
    }

    /// Whether there is such a user.
    pub async fn set_password_hash(&mut self, id: UserId, hash: &str) -> Result<bool, StoreError> {
        let sql = "UPDATE user_account SET password_hash = $2 WHERE id = $1";
        Ok(self.execute(sql, args![id, hash]).await? > 0)
    }

    /// Whether there is such a user. `base`: the kind of work of the role.
    pub async fn set_user_role(
        &mut self,
        id: UserId,
        (role, base): (RoleId, Role),
        department: Option<DepartmentId>,
    ) -> Result<bool, StoreError> {
        let sql = "UPDATE user_account SET role_id = $2, role = $3, department_id = $4 WHERE id = $1";
        Ok(self.execute(sql, args![id, role, base, department]).await? > 0)
    }

    /// Users who can still log in and whose role is of this kind.
    pub async fn active_users_of(&mut self, base: Role) -> Result<Vec<UserId>, StoreError> {
        let sql = "SELECT u.id FROM user_account u JOIN role r ON r.id = u.role_id WHERE u.active = 1 AND r.base = $1";
        self.all(sql, args![base]).await?.iter().map(|row| row.get(0)).collect()
    }

    /// Whether there is such a user.
    pub async fn set_user_active(&mut self, id: UserId, active: bool) -> Result<bool, StoreError> {
        let sql = "UPDATE user_account SET active = $2 WHERE id = $1";
        Ok(self.execute(sql, args![id, active]).await? > 0)
    }
}
