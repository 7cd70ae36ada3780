//! Where a contact's recording stands. At most one runs at a time.

use std::time::Duration;

use crate::dialplan::machine::Event;
use crate::domain::id::RecordingId;

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) enum Recording {
    #[default]
    None,
    /// Its row is being written; not a sample is recorded before that.
    Registering(Wanted),
    Running {
        id: RecordingId,
        what: What,
        /// The conversation is over and the plan goes on with this once the file is complete.
        then: Option<Event>,
    },
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Wanted {
    /// Relative to the data folder.
    pub path: String,
    pub what: What,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum What {
    /// The caller speaks, asked by the plan.
    Message { max: Duration, min: Duration, silence: Option<Duration> },
    /// Two people talk.
    Conversation { paused: bool },
}

impl What {
    /// Shorter is nothing worth keeping.
    pub(super) fn least(&self) -> Duration {
        match self {
            Self::Message { min, .. } => *min,
            Self::Conversation { .. } => Duration::ZERO,
        }
    }
}

impl Recording {
    pub(super) fn is_pending(&self) -> bool {
        *self != Self::None
    }
}
