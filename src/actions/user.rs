//! Users, their passwords, tokens of the API, and the one-time link that makes the first administrator.

use super::{ActionError, Actions, Actor};
use crate::domain::id::{DepartmentId, UserId};
use crate::domain::permission::Role;
use crate::store::directory::User;
use crate::store::token::TokenRow;

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

#[expect(unused_variables, clippy::todo, clippy::unused_async, reason = "the bodies follow within the hour")]
impl Actions {
    pub async fn create_user(&self, actor: &Actor, user: NewUser) -> Result<UserId, ActionError> {
        todo!()
    }

    /// One's own, or anybody's with the right to manage users.
    pub async fn set_password(&self, actor: &Actor, user: UserId, password: &str) -> Result<(), ActionError> {
        todo!()
    }

    pub async fn set_user_active(
        &self,
        actor: &Actor,
        user: UserId,
        active: bool,
    ) -> Result<(), ActionError> {
        todo!()
    }

    /// `None` for a wrong password, an unknown or an inactive user alike, and as slowly.
    pub async fn verify_login(&self, login: &str, password: &str) -> Result<Option<User>, ActionError> {
        todo!()
    }

    /// The token itself is shown this once.
    pub async fn add_token(&self, name: &str) -> Result<String, ActionError> {
        todo!()
    }

    pub async fn verify_token(&self, token: &str) -> Result<Option<TokenRow>, ActionError> {
        todo!()
    }

    /// A fresh secret for `/setup/<secret>` while there is no user yet; the former one no longer works. `None` afterwards.
    pub async fn new_setup_link(&self) -> Result<Option<String>, ActionError> {
        todo!()
    }

    /// Whether the secret would be taken now.
    pub async fn setup_link_open(&self, secret: &str) -> Result<bool, ActionError> {
        todo!()
    }

    /// Makes the first administrator, once. `NotFound` for a wrong or used secret. The role of `user` is ignored.
    pub async fn use_setup_link(&self, secret: &str, user: NewUser) -> Result<UserId, ActionError> {
        todo!()
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
