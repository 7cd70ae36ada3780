//! What a case is made of.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::id::CaseId;
use super::template::fill;
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
        /// Somebody came and said it.
        Visit = "visit",
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

words! {
    /// How a case ended.
    Outcome {
        Resolved = "resolved",
        /// Looked into: there was nothing to do, or nothing wrong.
        Unfounded = "unfounded",
        /// Neither the municipality nor anybody that it forwards to decides about it.
        NotCompetent = "not_competent",
        Duplicate = "duplicate",
        /// By the citizen.
        Withdrawn = "withdrawn",
    }
}

words! {
    /// Whether the citizen knows the outcome. A case is not closed before they were told, or cannot be.
    Told {
        /// There is no outcome yet.
        No = "no",
        /// It is on its way.
        Telling = "telling",
        /// With proof of delivery, or by a human who said so.
        Told = "told",
        /// Every channel failed: a human is asked to.
        Failed = "failed",
        /// Nobody knows who it was or how to reach them, or they did not want to be told.
        Impossible = "impossible",
    }
}

impl Told {
    /// Whether the case may be closed.
    pub fn is_settled(self) -> bool {
        matches!(self, Self::Told | Self::Impossible)
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

impl CaseNumber {
    /// By the municipality's template, for example `{class}-{ordinal}/{year}-{unit}`. `year` is that of the local zone.
    pub fn from_template(template: &str, class: &str, ordinal: i64, year: i16, unit: &str) -> Self {
        let (ordinal, year) = (ordinal.to_string(), year.to_string());
        Self(fill(template, &[("class", class), ("ordinal", &ordinal), ("year", &year), ("unit", unit)]))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// As it is typed on a telephone.
    pub fn digits(&self) -> String {
        self.0.chars().filter(char::is_ascii_digit).collect()
    }
}

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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn number_follows_the_template() {
        let number = CaseNumber::from_template("{class}-{ordinal}/{year}-{unit}", "400", 73, 2026, "02");
        assert_eq!(number.as_str(), "400-73/2026-02");
        assert_eq!(number.digits(), "40073202602");
    }
}
