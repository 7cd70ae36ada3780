//! One timeline per case: what happened, in the order in which it happened, never changed afterwards.

use serde::{Deserialize, Serialize};

use super::call::Intervention;
use super::case::{Channel, Status};
use super::id::{CategoryId, DepartmentId, InteractionId, OutboxId, RecordingId, UserId};
use super::message::DeliveryState;
use super::words::words;

words! {
    /// Who may see an entry.
    Visibility {
        /// Also the citizen.
        Public = "public",
        Internal = "internal",
    }
}

/// What one entry of a timeline says. Stored as JSON with its kind as a column of its own.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Entry {
    Opened {
        channel: Channel,
        category: CategoryId,
    },
    /// `caller` as the network named it; `None` when it hid itself.
    CallArrived {
        interaction: InteractionId,
        caller: Option<String>,
        called: String,
    },
    CallEnded {
        interaction: InteractionId,
        by: String,
        length_ms: Option<i64>,
        walk: Vec<String>,
    },
    Recorded {
        recording: RecordingId,
        length_ms: i64,
    },
    TextReceived {
        interaction: InteractionId,
        sender: Option<String>,
        words: String,
        whole: bool,
    },
    /// A text to the citizen was written and queued; its state is that of its outbox row.
    TextQueued {
        outbox: OutboxId,
        to: String,
        words: String,
    },
    /// What the network said about it in the end.
    TextReported {
        outbox: OutboxId,
        state: DeliveryState,
        error: Option<String>,
    },
    Note {
        words: String,
    },
    /// A supervisor listened in, took part, ended the call.
    Intervened {
        interaction: InteractionId,
        what: Intervention,
    },
    StatusChanged {
        from: Status,
        to: Status,
    },
    Assigned {
        from: Option<UserId>,
        to: Option<UserId>,
    },
    CategoryChanged {
        from: CategoryId,
        to: CategoryId,
    },
    DepartmentChanged {
        from: Option<DepartmentId>,
        to: Option<DepartmentId>,
    },
}

impl Entry {
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Opened { .. } => "opened",
            Self::CallArrived { .. } => "call_arrived",
            Self::CallEnded { .. } => "call_ended",
            Self::Recorded { .. } => "recorded",
            Self::TextReceived { .. } => "text_received",
            Self::TextQueued { .. } => "text_queued",
            Self::TextReported { .. } => "text_reported",
            Self::Note { .. } => "note",
            Self::Intervened { .. } => "intervened",
            Self::StatusChanged { .. } => "status_changed",
            Self::Assigned { .. } => "assigned",
            Self::CategoryChanged { .. } => "category_changed",
            Self::DepartmentChanged { .. } => "department_changed",
        }
    }

    /// Words that people wrote and later look for.
    pub fn words(&self) -> Option<&str> {
        match self {
            Self::TextReceived { words, .. } | Self::Note { words } => Some(words),
            _ => None,
        }
    }

    pub fn visibility(&self) -> Visibility {
        match self {
            Self::Note { .. } | Self::Assigned { .. } | Self::CallEnded { .. } | Self::Intervened { .. } => {
                Visibility::Internal
            }
            _ => Visibility::Public,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stored_entry_comes_back_and_names_its_kind() {
        let entry = Entry::Recorded { recording: RecordingId(7), length_ms: 4_200 };
        let stored = serde_json::to_value(&entry).unwrap();
        assert_eq!(stored["kind"], entry.kind());
        assert_eq!(serde_json::from_value::<Entry>(stored).unwrap(), entry);
    }
}
