//! What a citizen hears of a case by its number and PIN.

use super::case::Status;

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct CaseState {
    pub status: Status,
    /// Key of the department that has it.
    pub department: String,
}
