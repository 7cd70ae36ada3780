//! Operators: what they can, whether they take calls, and what their day brought.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::id::UserId;

/// The reason of a pause that the queue itself set, after missed calls.
pub const PAUSE_MISSED: &str = "missed";

/// What is known of an operator beforehand.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OperatorSettings {
    pub user: UserId,
    /// Languages in which they serve, as plans name them. Empty: any.
    pub languages: Vec<String>,
    /// Keys of the services that they know. Empty: any.
    pub services: Vec<String>,
}

/// What an operator does now, as far as calls are concerned.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum OperatorState {
    /// No phone is registered.
    Offline,
    Ready,
    Ringing,
    /// With a caller of a queue.
    Talking,
    /// In a call of their own.
    Busy,
    /// `left`: until it ends by itself.
    WrapUp {
        left: Duration,
    },
    /// The key of a reason.
    Paused {
        reason: String,
    },
}

/// What an operator has done since midnight.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct OperatorFigures {
    pub answered: u32,
    pub missed: u32,
    pub talked: Duration,
}

/// What survives a restart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OperatorKept {
    pub user: UserId,
    pub paused: Option<PausedFor>,
    /// Since the last call.
    pub idle: Duration,
    pub today: OperatorFigures,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PausedFor {
    pub reason: String,
    pub since: Duration,
}

/// An operator does something else now, or has other figures.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OperatorChange {
    pub kept: OperatorKept,
    pub state: OperatorState,
    /// For how long it has been so.
    pub since: Duration,
}

impl OperatorState {
    /// The word for it, and the reason of a pause.
    pub fn word(&self) -> (&'static str, Option<&str>) {
        match self {
            Self::Offline => ("offline", None),
            Self::Ready => ("ready", None),
            Self::Ringing => ("ringing", None),
            Self::Talking => ("talking", None),
            Self::Busy => ("busy", None),
            Self::WrapUp { .. } => ("wrap_up", None),
            Self::Paused { reason } => ("paused", Some(reason)),
        }
    }
}
