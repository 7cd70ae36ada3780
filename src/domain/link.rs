//! How cases belong together.

use super::case::Status;
use super::projection::CaseFields;
use super::words::words;

words! {
    LinkKind {
        Related = "related",
        /// It came after the other and because of it.
        Follows = "follows",
        /// Of the same matter, by somebody else; each keeps its own life.
        DuplicateOf = "duplicate_of",
    }
}

/// Why two cases do not become one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotMerged {
    #[error("a case cannot become a part of itself")]
    Itself,
    #[error("the case is a part of another one already")]
    PartAlready,
    #[error("the other case became a part of a third one: merge into that one")]
    IntoPart,
    #[error("a case that has ended stays as it is; link it instead")]
    Ended,
    #[error("the other case has ended: open it again first, or link the two")]
    IntoEnded,
}

/// Whether work on a case goes on, so that it can take in another one or become a part of it.
fn goes_on(status: Status) -> bool {
    matches!(status, Status::New | Status::Forwarded | Status::InProgress | Status::Reopened)
}

/// Both as they are now.
pub fn may_merge(part: &CaseFields, whole: &CaseFields) -> Result<(), NotMerged> {
    if part.number == whole.number {
        return Err(NotMerged::Itself);
    }
    if part.merged_into.is_some() {
        return Err(NotMerged::PartAlready);
    }
    if whole.merged_into.is_some() {
        return Err(NotMerged::IntoPart);
    }
    if !goes_on(part.status) {
        return Err(NotMerged::Ended);
    }
    if !goes_on(whole.status) {
        return Err(NotMerged::IntoEnded);
    }
    Ok(())
}
