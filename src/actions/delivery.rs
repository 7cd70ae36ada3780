//! What goes out: claimed before the wire, recorded after it, reported later.

use jiff::Timestamp;

use super::{ActionError, Actions};
use crate::domain::id::OutboxId;
use crate::domain::message::DeliveryState;
use crate::domain::phone::PhoneNumber;

#[derive(Clone, Debug)]
pub struct OutboundText {
    pub id: OutboxId,
    pub to: PhoneNumber,
    pub words: String,
}

/// What the link learned about one text that it had claimed.
#[derive(Clone, Debug)]
pub struct Submission {
    pub id: OutboxId,
    pub result: SubmitResult,
    pub at: Timestamp,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SubmitResult {
    /// One id per part, in the order of the parts.
    Accepted { link: String, message_ids: Vec<String> },
    /// Not sent, or refused for a passing reason (throttled, queue full): goes back to the queue.
    TryAgain { after: std::time::Duration },
    /// Refused for good; the SMPP command_status and its words.
    Rejected { code: u32, reason: String },
    /// Sent, but the link died before the answer.
    Uncertain,
}

#[derive(Clone, Debug)]
pub struct DeliveryReport {
    pub link: String,
    /// As the SMSC wrote it in the receipt; matching forgives hex/decimal/zero padding.
    pub message_id: String,
    pub state: DeliveryState,
    pub error: Option<String>,
    pub at: Timestamp,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReportOutcome {
    Matched,
    /// Kept: it may have overtaken the answer to its submit_sm.
    Unmatched,
    Duplicate,
}

#[expect(unused_variables, clippy::todo, reason = "the bodies arrive with the store")]
impl Actions {
    /// Up to `limit` due texts, now in state `sending`, committed. Oldest first.
    pub async fn claim_texts(&self, limit: u32) -> Result<Vec<OutboundText>, ActionError> {
        todo!()
    }

    /// Writes what became of claimed texts, all in one transaction.
    pub async fn record_submissions(&self, results: Vec<Submission>) -> Result<(), ActionError> {
        todo!()
    }

    /// Puts the state on the timeline. Committed before the report is acknowledged.
    pub async fn record_report(&self, report: DeliveryReport) -> Result<ReportOutcome, ActionError> {
        todo!()
    }

    /// At start: texts in state `sending` from before become `uncertain`. Returns how many.
    pub async fn recover_outbox(&self) -> Result<usize, ActionError> {
        todo!()
    }

    /// Resolves when there may be something to claim.
    pub async fn outbox_changed(&self) {
        todo!()
    }
}
