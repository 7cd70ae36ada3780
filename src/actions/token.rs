//! Tokens of the REST API, and the one-time link that makes the first administrator.

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value as Json, json};

use super::audit::{Subject, SubjectKind, What};
use super::login::{new_secret, secret_hash};
use super::user::NewUser;
use super::{ActionError, Actions, Actor};
use crate::domain::id::UserId;
use crate::domain::permission::{Right, Role, RoleRules};
use crate::store::token::{NewToken, TokenRow};
use crate::store::user::NewUserRow;
use crate::store::{Tx, Work};

/// So that a leaked token is recognised for what it is.
const PREFIX: &str = "odziv_";

/// When a token was last used is written at most this often, so that reading through the API does not write the database.
const USED_EVERY: SignedDuration = SignedDuration::from_mins(5);

impl Actions {
    /// Of nobody, with the role of a supervisor, for good: what the command line gives.
    pub async fn add_token(&self, name: &str) -> Result<String, ActionError> {
        let role = RoleRules::seeded_id(Role::Supervisor);
        let new = NewToken { name: name.to_owned(), role, owner: None, expires_at: None };
        self.create_token(&Actor::System, new).await
    }

    /// The token itself is shown this once.
    pub async fn create_token(&self, actor: &Actor, new: NewToken) -> Result<String, ActionError> {
        let directory = self.shared.db.directory();
        self.shared.allow(actor, Right::ManageTokens)?;
        let role =
            directory.role(new.role).ok_or_else(|| ActionError::Invalid("there is no such role".into()))?;
        if role.base == Role::Administrator {
            // A program that may do everything is a key under the mat.
            return Err(ActionError::Invalid("no token is an administrator".into()));
        }
        if new.owner.is_some_and(|owner| !directory.user(owner).is_some_and(|user| user.active)) {
            return Err(ActionError::Invalid("there is no such user".into()));
        }
        let (name, now) = (new.name.trim(), self.clock.now());
        if name.is_empty() || name.chars().count() > 100 {
            return Err(ActionError::Invalid("a token has a name of 1 to 100 characters".into()));
        }
        if new.expires_at.is_some_and(|end| end <= now) {
            return Err(ActionError::Invalid("a token ends in the future".into()));
        }
        let token = format!("{PREFIX}{}", new_secret());
        let subject = Subject::new(SubjectKind::Token, name);
        let detail =
            json!({ "role": role.key, "owner": new.owner, "until": new.expires_at.map(|at| at.to_string()) });
        let says = move |_: &String| (What::TokenAdded, subject.clone(), detail.clone());
        let new = NewToken { name: name.to_owned(), ..new };
        self.audited(actor, ChangeToken::Add { new, hash: secret_hash(&token), at: now }, says).await?;
        Ok(token)
    }

    /// At once, and for good.
    pub async fn revoke_token(&self, actor: &Actor, id: i64) -> Result<(), ActionError> {
        self.shared.allow(actor, Right::ManageTokens)?;
        let says = |name: &String| (What::TokenRevoked, Subject::new(SubjectKind::Token, name), Json::Null);
        self.audited(actor, ChangeToken::Revoke { id, at: self.clock.now() }, says).await.map(drop)
    }

    /// `None` for a token that is unknown, revoked or over, and for one whose owner has left.
    pub async fn verify_token(&self, token: &str) -> Result<Option<TokenRow>, ActionError> {
        let now = self.clock.now();
        let Some(row) = self.shared.db.token_by_hash(&secret_hash(token)).await? else { return Ok(None) };
        let directory = self.shared.db.directory();
        let left = row.owner.is_some_and(|owner| !directory.user(owner).is_some_and(|user| user.active));
        if left || row.revoked_at.is_some() || row.expires_at.is_some_and(|end| end <= now) {
            return Ok(None);
        }
        if row.used_at.is_none_or(|used| now.duration_since(used) >= USED_EVERY) {
            self.shared.db.write(ChangeToken::Used { id: row.id, at: now }).await?;
        }
        Ok(Some(row))
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

enum ChangeToken {
    Add { new: NewToken, hash: String, at: Timestamp },
    Revoke { id: i64, at: Timestamp },
    Used { id: i64, at: Timestamp },
}

impl Work for ChangeToken {
    /// Its name.
    type Out = String;
    type Error = ActionError;

    async fn run(&self, tx: &mut Tx<'_>) -> Result<String, ActionError> {
        match self {
            Self::Add { new, hash, at } => {
                tx.insert_token(new, hash, *at).await?;
                Ok(new.name.clone())
            }
            Self::Revoke { id, at } => tx.revoke_token(*id, *at).await?.ok_or(ActionError::NotFound),
            Self::Used { id, at } => {
                tx.token_used(*id, *at).await?;
                Ok(String::new())
            }
        }
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
