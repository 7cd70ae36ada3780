//! What a case is made of.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::id::CaseId;
use super::words::words;

words! {
    /// How a contact reached the municipality.
    Channel {
        /// A call in which the caller left a case or a recording.
        Call = "call",
        /// A recording left out of hours or instead of an operator.
        Voicemail = "voicemail",
        /// A call that ended before the caller could say what it is about.
        MissedCall = "missed_call",
        Sms = "sms",
        Email = "email",
        Web = "web",
        Document = "document",
    }
}

words! {
    Status {
        New = "new",
        Forwarded = "forwarded",
        InProgress = "in_progress",
        Answered = "answered",
        Closed = "closed",
        Reopened = "reopened",
    }
}

impl Status {
    /// Whether work on the case goes on, so that a further contact of the same person belongs to it.
    pub fn is_open(self) -> bool {
        !matches!(self, Self::Answered | Self::Closed)
    }
}

/// The official number of a case as people write it, for example `400-73/2026-02`.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct CaseNumber(pub String);

impl fmt::Display for CaseNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// What a caller of an action gets back: enough to name the case to a citizen and to open it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct CaseRef {
    pub id: CaseId,
    pub number: CaseNumber,
}
