//! A survey in its versions: a draft is changed at will, a published version never, a retired one is asked no more.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::super::words::words;
use super::check::{Problem, Severity, check};
use super::questionnaire::Questionnaire;

words! {
    VersionState {
        Draft = "draft",
        /// Frozen, with a number; it may be asked.
        Published = "published",
        /// Interviews that have begun are ended with it; none is begun.
        Retired = "retired",
    }
}

words! {
    /// What people do with a version.
    Deed {
        Change = "change",
        Publish = "publish",
        Retire = "retire",
        /// Asked again.
        Restore = "restore",
        Remove = "remove",
        /// A draft with the same questions.
        Copy = "copy",
        Begin = "begin",
        Resume = "resume",
    }
}

/// Of one survey: 1, 2, 3 ... in the order of publication.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct VersionNumber(pub u32);

/// A version that was checked and does not change any more. What is stored is read back without another check: rules that grow stricter must
/// not keep answers from being read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Published {
    number: VersionNumber,
    questionnaire: Questionnaire,
}

/// The state after it; `None`: that cannot be done now.
pub fn after(state: VersionState, deed: Deed) -> Option<VersionState> {
    use VersionState::*;
    match (state, deed) {
        (Draft, Deed::Change | Deed::Remove) => Some(Draft),
        (Draft, Deed::Publish) | (Retired, Deed::Restore) => Some(Published),
        (Published, Deed::Retire) => Some(Retired),
        (Published, Deed::Begin) => Some(Published),
        (Published | Retired, Deed::Resume) => Some(state),
        (_, Deed::Copy) => Some(state),
        _ => None,
    }
}

impl VersionNumber {
    /// A draft that is tried out.
    pub const PREVIEW: Self = Self(0);

    /// After the newest published one, if there is one.
    pub fn next(newest: Option<Self>) -> Self {
        Self(newest.map_or(0, |newest| newest.0).saturating_add(1))
    }
}

impl fmt::Display for VersionNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl Published {
    /// Freezes a draft. With errors it is refused with all that is wrong; warnings do not keep it back.
    pub fn new(number: VersionNumber, questionnaire: Questionnaire) -> Result<Self, Vec<Problem>> {
        let problems = check(&questionnaire);
        if problems.iter().any(|problem| problem.severity == Severity::Error) {
            return Err(problems);
        }
        Ok(Self { number, questionnaire })
    }

    /// As it was published, or a draft that somebody tries out ([`VersionNumber::PREVIEW`]); not checked again.
    pub fn stored(number: VersionNumber, questionnaire: Questionnaire) -> Self {
        Self { number, questionnaire }
    }

    pub fn number(&self) -> VersionNumber {
        self.number
    }

    pub fn questionnaire(&self) -> &Questionnaire {
        &self.questionnaire
    }
}

#[cfg(test)]
mod tests {
    use super::super::samples::example;
    use super::*;

    #[test]
    fn nothing_that_was_published_is_changed_or_removed() {
        for state in VersionState::ALL.iter().copied() {
            let is_draft = state == VersionState::Draft;
            for deed in [Deed::Change, Deed::Remove, Deed::Publish] {
                assert_eq!(after(state, deed).is_some(), is_draft, "{state} {deed}");
            }
            assert_eq!(after(state, Deed::Begin).is_some(), state == VersionState::Published, "{state}");
            assert_eq!(after(state, Deed::Resume).is_some(), !is_draft, "{state}");
        }
    }

    #[test]
    fn draft_with_errors_is_not_published() {
        let mut draft = example();
        draft.questions.clear();
        assert!(Published::new(VersionNumber(1), draft).is_err());
        assert_eq!(Published::new(VersionNumber::next(None), example()).unwrap().number(), VersionNumber(1));
    }
}
