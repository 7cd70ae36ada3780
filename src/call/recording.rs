//! Where a call's recording stands. At most one runs at a time.

use std::time::Duration;

use crate::domain::id::RecordingId;

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) enum Recording {
    #[default]
    None,
    /// Its row is being written; not a sample is recorded before that.
    Registering(Wanted),
    Running {
        id: RecordingId,
        min: Duration,
    },
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Wanted {
    /// Relative to the data folder.
    pub path: String,
    pub max: Duration,
    pub min: Duration,
    pub silence: Option<Duration>,
}

impl Recording {
    pub(super) fn is_pending(&self) -> bool {
        *self != Self::None
    }
}
