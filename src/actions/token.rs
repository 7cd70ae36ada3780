//! Tokens of the REST API, and the one-time link that makes the first administrator.

use jiff::Timestamp;
use serde_json::{Value as Json, json};

use super::audit::{Subject, SubjectKind, What};
use super::login::{new_secret, secret_hash};
use super::user::NewUser;
use super::{ActionError, Actions, Actor};
use crate::domain::id::UserId;
use crate::domain::permission::Role;
use crate::store::token::TokenRow;
use crate::store::user::NewUserRow;
use crate::store::{Tx, Work};

/// So that a leaked token is recognised for what it is.
const PREFIX: &str = "odziv_";

impl Actions {
    /// The token itself is shown this once.
    pub async fn add_token(&self, name: &str) -> Result<String, ActionError> {
        let name = name.trim();
        if name.is_empty() || name.chars().count() > 100 {
            return Err(ActionError::Invalid("a token has a name of 1 to 100 characters".into()));
        }
        let token = format!("{PREFIX}{}", new_secret());
        let work = AddToken { name: name.to_owned(), hash: secret_hash(&token), at: self.clock.now() };
        let subject = Subject::new(SubjectKind::Token, name);
        let says = move |(): &()| (What::TokenAdded, subject.clone(), Json::Null);
        self.audited(&Actor::System, work, says).await?;
        Ok(token)
    }

    pub async fn verify_token(&self, token: &str) -> Result<Option<TokenRow>, ActionError> {
        Ok(self.shared.db.token_by_hash(&secret_hash(token)).await?)
    }

    /// A fresh secret for `/setup/<secret>` while there is no user yet; the former one no longer works. `None` afterwards.
    pub async fn new_setup_link(&self) -> Result<Option<String>, ActionError> {
        let secret = new_secret();
        let work = NewSetupLink { hash: secret_hash(&secret), at: self.clock.now() };
        Ok(self.shared.db.write(work).await?.then_some(secret))
    }

    /// Whether the secret would be taken now.
    pub async fn setup_link_open(&self, secret: &str) -> Result<bool, ActionError> {
        Ok(self.shared.db.setup_link_exists(&secret_hash(secret)).await?)
    }

    /// Makes the first administrator, once. `NotFound` for a wrong or used secret. The role of `user` is ignored.
    pub async fn use_setup_link(&self, secret: &str, user: NewUser) -> Result<UserId, ActionError> {
        let hash = secret_hash(secret);
        if !self.shared.db.setup_link_exists(&hash).await? {
            return Err(ActionError::NotFound);
        }
        let user = NewUser { role: Role::Administrator, ..user };
        let user = self.prepared(user).await?;
        let told = json!({ "login": user.login, "role": user.role, "by": "setup link" });
        let says = move |id: &UserId| (What::UserAdded, *id, told.clone());
        let id = self.audited(&Actor::System, UseSetupLink { hash, user }, says).await?;
        self.shared.db.refresh_directory().await?;
        Ok(id)
    }
}

struct AddToken {
    name: String,
    hash: String,
    at: Timestamp,
}

impl Work for AddToken {
    type Out = ();
    type Error = ActionError;

    async fn run(&self, tx: &mut Tx<'_>) -> Result<(), ActionError> {
        Ok(tx.insert_token(&self.name, &self.hash, self.at).await?)
    }
}

struct NewSetupLink {
    hash: String,
    at: Timestamp,
}

impl Work for NewSetupLink {
    /// Whether there is one now.
    type Out = bool;
    type Error = ActionError;

    async fn run(&self, tx: &mut Tx<'_>) -> Result<bool, ActionError> {
        if tx.has_users().await? {
            return Ok(false);
        }
        tx.replace_setup_link(&self.hash, self.at).await?;
        Ok(true)
    }
}

struct UseSetupLink {
    hash: String,
    user: NewUserRow,
}

impl Work for UseSetupLink {
    type Out = UserId;
    type Error = ActionError;

    async fn run(&self, tx: &mut Tx<'_>) -> Result<UserId, ActionError> {
        if !tx.take_setup_link(&self.hash).await? {
            return Err(ActionError::NotFound);
        }
        tx.insert_user(&self.user).await?.ok_or(ActionError::NotFound)
    }
}
