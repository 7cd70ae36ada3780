//! A text becomes a case, or an entry on the open case of the same number.

use jiff::Timestamp;

use super::{ActionError, Actions};
use crate::domain::caller::Caller;
use crate::domain::case::CaseRef;
use crate::domain::message::TextPart;

/// One `deliver_sm`, decoded.
#[derive(Clone, Debug)]
pub struct TextArrived {
    /// The same when the SMSC delivers the same message again: built from sender, recipient, reference, part and words
    /// (SMPP gives an inbound message no id of its own).
    pub external_id: String,
    /// The id under which the same delivery may have been journaled a little earlier, before a restart: when it is
    /// there, this text is a duplicate too. `None` when the link remembers for itself.
    pub former_id: Option<String>,
    pub sender: Caller,
    pub recipient: String,
    pub part: TextPart,
    pub at: Timestamp,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TextOutcome {
    /// A part of a long text; the others are awaited.
    Waiting,
    Opened(CaseRef),
    /// Added to the open case of the same number.
    Added(CaseRef),
    /// Was here already.
    Duplicate,
}

#[expect(unused_variables, clippy::todo, reason = "the bodies arrive with the store")]
impl Actions {
    /// Committed before the text is acknowledged. Idempotent by `external_id`. A new case queues its receipt in the same transaction.
    pub async fn receive_text(&self, text: TextArrived) -> Result<TextOutcome, ActionError> {
        todo!()
    }

    /// Long texts whose missing parts did not come within `config.cases.text_parts_wait` become cases with what is there. Returns how many.
    pub async fn assemble_overdue_texts(&self, now: Timestamp) -> Result<usize, ActionError> {
        todo!()
    }
}
