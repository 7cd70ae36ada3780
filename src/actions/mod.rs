//! Verbs. They own transactions, rights checks and the audit; shells and pages call them and nothing else to change anything.

pub mod call;
pub mod delivery;
pub mod text;

use std::sync::Arc;

/// A small handle, cheap to clone, that every shell holds.
#[derive(Clone, Debug)]
pub struct Actions {
    // Database, clock, case settings, news (a tokio broadcast of changed cases), outbox wake-up (a tokio Notify).
    _inner: Arc<()>,
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
