//! Verbs. They own transactions, rights checks and the audit; shells and pages call them and nothing else to change anything.

pub mod call;
pub mod case;
pub mod delivery;
pub mod text;
pub mod town;
pub mod user;

use std::sync::Arc;

use jiff::Timestamp;
use tokio::sync::broadcast;

use crate::clock::Clock;
use crate::config;
use crate::domain::id::{CaseId, UserId};
use crate::domain::permission::Role;
use crate::store::Db;

/// A small handle, cheap to clone, that every shell holds.
#[derive(Clone, Debug)]
pub struct Actions {
    // Database, clock, case settings, news (a tokio broadcast of changed cases), outbox wake-up (a tokio Notify).
    _inner: Arc<()>,
}

/// Who asks for it. Pages and the API name somebody; telephony and texts are the program itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Actor {
    User {
        id: UserId,
        role: Role,
    },
    /// A bearer token of the REST API; its name.
    Token(String),
    System,
}

/// A case was opened or changed. Sent after the commit; who lags reads the case anew.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CaseNews {
    pub case: CaseId,
    pub what: News,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum News {
    Opened,
    Changed,
}

/// Why an action was not carried out. Knows its HTTP answer in `web/error`, its SIP answer in `call`, its SMPP answer in `messaging`.
#[derive(Debug, thiserror::Error)]
pub enum ActionError {
    #[error("not found")]
    NotFound,
    /// Somebody else changed the case since it was read.
    #[error("changed by somebody else in the meantime")]
    Conflict,
    #[error("not allowed: {0}")]
    Forbidden(String),
    #[error("{0}")]
    Invalid(String),
    /// The database does not take writes now: the contact must be refused so that the other side tries again.
    #[error("the store is unavailable: {0}")]
    Unavailable(String),
}

#[expect(unused_variables, clippy::todo, clippy::unused_async, reason = "the bodies follow within the hour")]
impl Actions {
    /// Seeds an empty database with the categories, services and templates that the shipped dialplan needs.
    pub async fn new(db: Db, clock: Clock, cases: config::cases::Cases) -> Result<Self, ActionError> {
        todo!()
    }

    pub fn db(&self) -> &Db {
        todo!()
    }

    pub fn news(&self) -> broadcast::Receiver<CaseNews> {
        todo!()
    }

    /// The same verbs as if it were `now`: for imports of what happened before.
    pub fn at(&self, now: Timestamp) -> Self {
        todo!()
    }
}
