//! A call becomes a case.

use std::time::Duration;

use jiff::Timestamp;

use super::{ActionError, Actions};
pub use crate::domain::call::EndedBy;
use crate::domain::caller::Caller;
use crate::domain::case::CaseRef;
use crate::domain::id::{InteractionId, OutboxId, RecordingId};

/// What is known when the INVITE arrives.
#[derive(Clone, Debug)]
pub struct CallArrived {
    /// Unique for the call, the same on replay: Call-ID and From tag.
    pub external_id: String,
    pub caller: Caller,
    /// The municipal number that was dialled, as the trunk sent it.
    pub called: String,
    pub at: Timestamp,
    /// Revision of the dialplan that the call is pinned to.
    pub plan_revision: String,
}

#[derive(Clone, Debug)]
pub struct CallEnded {
    pub at: Timestamp,
    pub answered_at: Option<Timestamp>,
    pub by: EndedBy,
    /// Names of the dialplan nodes that the call walked through.
    pub walk: Vec<String>,
}

#[expect(unused_variables, clippy::todo, reason = "the bodies arrive with the store")]
impl Actions {
    /// Committed before the caller is answered. Idempotent by `external_id`.
    pub async fn journal_call(&self, call: CallArrived) -> Result<InteractionId, ActionError> {
        todo!()
    }

    /// The dialplan's `case` node: opens the call's case in a category (by its key), or moves the call's case there.
    pub async fn open_call_case(
        &self,
        call: InteractionId,
        category: &str,
        at: Timestamp,
    ) -> Result<CaseRef, ActionError> {
        todo!()
    }

    /// Before the first sample is written. `path` is relative to the data folder.
    pub async fn start_recording(
        &self,
        call: InteractionId,
        path: String,
        at: Timestamp,
    ) -> Result<RecordingId, ActionError> {
        todo!()
    }

    /// `None` when what was recorded is shorter than the plan's minimum: the recording is dropped from the case.
    pub async fn finish_recording(
        &self,
        recording: RecordingId,
        length: Option<Duration>,
    ) -> Result<(), ActionError> {
        todo!()
    }

    /// The dialplan's `sms` node: a text to the caller by template. `None` when there is no number to write to.
    pub async fn send_call_text(
        &self,
        call: InteractionId,
        template: &str,
    ) -> Result<Option<OutboxId>, ActionError> {
        todo!()
    }

    /// Every journaled call ends here exactly once; a call without a case gets one. Idempotent.
    pub async fn finish_call(&self, call: InteractionId, end: CallEnded) -> Result<CaseRef, ActionError> {
        todo!()
    }

    /// At start: calls that were open when the process died are finished, recordings closed with the length found on disk
    /// by `length_of` (path relative to the data folder). Returns how many.
    pub async fn recover_calls(
        &self,
        length_of: &(dyn Fn(&str) -> Option<Duration> + Sync),
    ) -> Result<usize, ActionError> {
        todo!()
    }
}
