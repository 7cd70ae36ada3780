//! What goes out: claimed before the wire, recorded after it, reported later.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;

use super::node::Whose;
use super::report::{self, RecordReport};
use super::{ActionError, Actions, Shared, mail};
use crate::domain::id::{CaseId, OutboxId};
use crate::domain::message::DeliveryState;
use crate::domain::phone::PhoneNumber;
use crate::domain::reconcile::Clues;
use crate::domain::sender::TextPurpose;
use crate::domain::timeline::Entry;
use crate::store::event::By;
use crate::store::outbox::{AcceptedPart, ClaimedText};
pub use crate::store::outbox::{Claimer, SilentPart};
use crate::store::{Tx, Work};

#[derive(Clone, Debug)]
pub struct OutboundText {
    pub id: OutboxId,
    pub to: PhoneNumber,
    pub words: String,
    /// Whom it is from, where that is not the link's to say.
    pub sender: Option<String>,
    pub purpose: TextPurpose,
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
    /// One id per part, in the order of the parts. `link`: the SMSC that gave them.
    Accepted { link: String, message_ids: Vec<String> },
    /// Not sent, or refused for a passing reason (throttled, queue full): goes back to the queue.
    TryAgain { after: Duration },
    /// Refused for good; the SMPP command_status and its words.
    Rejected { code: u32, reason: String },
    /// Sent, but the link died before every part had its answer; the ids of those that had.
    Uncertain { link: String, message_ids: Vec<String> },
}

#[derive(Clone, Debug)]
pub struct DeliveryReport {
    /// The SMSC that it came from.
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

/// Whose texts of which nothing was heard are asked about.
#[derive(Clone, Debug)]
pub struct Asking {
    pub smsc: String,
    /// How long a text is left in peace; twice as long after each time that it was asked about.
    pub after: Duration,
    pub limit: u32,
}

/// With growing pauses these are more than a day from an hour on; a text that is silent for longer has no end that anybody knows.
const MOST_ASKED: u32 = 5;

/// A text that was put off, or queued by another node, is found by looking this often.
const LOOK_AGAIN: Duration = Duration::from_secs(1);

impl Actions {
    /// Up to `limit` due texts, now in state `sending`, committed. Oldest first. For who sends by one way only, in one message each.
    pub async fn claim_texts(&self, limit: u32) -> Result<Vec<OutboundText>, ActionError> {
        self.claim_texts_by(limit, Claimer { smsc: "main".into(), parts: |_| 1 }).await
    }

    /// The same, with what is to be known of them if the process dies before the network has answered.
    pub async fn claim_texts_by(
        &self,
        limit: u32,
        claimer: Claimer,
    ) -> Result<Vec<OutboundText>, ActionError> {
        let node = self.shared.node().to_owned();
        self.shared.db.write(ClaimTexts { limit, claimer, node, now: self.clock.now() }).await
    }

    /// Parts of which nothing was heard for long, to be asked about now: each a few times, by one link at a time.
    pub async fn silent_parts(&self, asking: Asking) -> Result<Vec<SilentPart>, ActionError> {
        self.shared.db.write(SilentParts { asking, now: self.clock.now() }).await
    }

    /// Writes what became of claimed texts, all in one transaction.
    pub async fn record_submissions(&self, results: Vec<Submission>) -> Result<(), ActionError> {
        if results.is_empty() {
            return Ok(());
        }
        let cases = self
            .shared
            .db
            .write(RecordSubmissions { shared: Arc::clone(&self.shared), results, now: self.clock.now() })
            .await?;
        if !cases.is_empty() {
            // A text that was refused may have made another one due.
            self.shared.outbox.notify_one();
        }
        self.changed_all(cases);
        Ok(())
    }

    /// Puts the state on the timeline. Committed before the report is acknowledged.
    pub async fn record_report(&self, report: DeliveryReport) -> Result<ReportOutcome, ActionError> {
        self.record_receipt(report, Clues::default()).await
    }

    /// The same, with what else the receipt says: so that an id that means two texts, or none, is not taken for the wrong one.
    pub async fn record_receipt(
        &self,
        report: DeliveryReport,
        clues: Clues,
    ) -> Result<ReportOutcome, ActionError> {
        let shared = Arc::clone(&self.shared);
        let heard = self.shared.db.write(RecordReport { shared, report, clues }).await?;
        if heard.ended {
            self.shared.outbox.notify_one();
        }
        self.changed_all(heard.case.into_iter().collect());
        Ok(heard.outcome)
    }

    /// At start: texts and e-mails that this node, or one that is gone, had in state `sending` become `uncertain`. Returns how many.
    pub async fn recover_outbox(&self) -> Result<usize, ActionError> {
        Ok(self.recover_outbox_of(Whose::Own).await? + self.recover_outbox_of(Whose::Gone).await?)
    }

    pub(super) async fn recover_outbox_of(&self, whose: Whose) -> Result<usize, ActionError> {
        let mut recovered = 0;
        loop {
            let (shared, now) = (Arc::clone(&self.shared), self.clock.now());
            let cases = self.shared.db.write(RecoverOutbox { shared, whose, now }).await?;
            if cases.is_empty() {
                return Ok(recovered);
            }
            recovered += cases.len();
            self.changed_all(cases.into_iter().flatten().collect());
        }
    }

    /// Resolves when there may be something to claim.
    pub async fn outbox_changed(&self) {
        let _ = tokio::time::timeout(LOOK_AGAIN, self.shared.outbox.notified()).await;
    }

    fn changed_all(&self, mut cases: Vec<CaseId>) {
        cases.dedup();
        cases.into_iter().for_each(|case| self.changed(case));
    }
}

struct ClaimTexts {
    limit: u32,
    claimer: Claimer,
    node: String,
    now: Timestamp,
}

impl Work for ClaimTexts {
    type Out = Vec<OutboundText>;
    type Error = ActionError;

    async fn run(&self, tx: &mut Tx<'_>) -> Result<Vec<OutboundText>, ActionError> {
        let texts = tx.claim_texts(self.limit, &self.claimer, (&self.node, self.now)).await?;
        let text = |t: ClaimedText| OutboundText {
            id: t.id,
            to: t.to,
            words: t.words,
            sender: t.sender,
            purpose: t.purpose,
        };
        Ok(texts.into_iter().map(text).collect())
    }
}

struct SilentParts {
    asking: Asking,
    now: Timestamp,
}

impl Work for SilentParts {
    type Out = Vec<SilentPart>;
    type Error = ActionError;

    async fn run(&self, tx: &mut Tx<'_>) -> Result<Vec<SilentPart>, ActionError> {
        let Asking { smsc, after, limit } = &self.asking;
        let mut found = Vec::new();
        // Those of the last turn first, or what is asked about now would have its next turn at once.
        for asked in (0..MOST_ASKED).rev() {
            let room = i64::from(*limit) - i64::try_from(found.len()).unwrap_or(i64::MAX);
            if room <= 0 {
                break;
            }
            let pause = after.saturating_mul(1 << asked);
            let before = self.now.saturating_sub(pause).unwrap_or(Timestamp::MIN);
            let turn = (i64::from(asked), asked + 1 == MOST_ASKED);
            found.extend(tx.silent_parts(smsc, turn, (before, self.now), room).await?);
        }
        Ok(found)
    }
}

struct RecordSubmissions {
    shared: Arc<Shared>,
    results: Vec<Submission>,
    now: Timestamp,
}

impl Work for RecordSubmissions {
    /// Cases whose timelines changed.
    type Out = Vec<CaseId>;
    type Error = ActionError;

    async fn run(&self, tx: &mut Tx<'_>) -> Result<Vec<CaseId>, ActionError> {
        let mut cases = self.accepted(tx).await?;
        cases.extend(self.unfinished(tx).await?);
        Ok(cases)
    }
}

impl RecordSubmissions {
    async fn accepted(&self, tx: &mut Tx<'_>) -> Result<Vec<CaseId>, ActionError> {
        let mut texts = Vec::new();
        let mut parts = Vec::new();
        for submission in &self.results {
            if let SubmitResult::Accepted { link, message_ids } = &submission.result {
                texts.push(submission.id);
                parts.extend(accepted_parts(submission.id, link, message_ids));
            }
        }
        if texts.is_empty() {
            return Ok(Vec::new());
        }
        tx.settle_texts(&texts, DeliveryState::Accepted, None, self.now).await?;
        tx.insert_accepted_parts(&parts, self.now).await?;
        self.early_reports(tx, &parts).await
    }

    /// Reports that overtook the answer to their submit.
    async fn early_reports(
        &self,
        tx: &mut Tx<'_>,
        parts: &[AcceptedPart<'_>],
    ) -> Result<Vec<CaseId>, ActionError> {
        let mut by_link: HashMap<&str, Vec<&str>> = HashMap::new();
        for part in parts {
            by_link.entry(part.link).or_default().push(&part.message_key);
        }
        let mut cases = Vec::new();
        for (link, keys) in by_link {
            for early in tx.early_reports(link).await? {
                let meant = report::keys(&early.message_id);
                if keys.iter().any(|key| meant.iter().any(|meant| meant == key)) {
                    cases.extend(report::again(&self.shared, tx, link, early).await?);
                }
            }
        }
        Ok(cases)
    }

    async fn unfinished(&self, tx: &mut Tx<'_>) -> Result<Vec<CaseId>, ActionError> {
        let mut cases = Vec::new();
        for submission in &self.results {
            let (state, error) = match &submission.result {
                SubmitResult::Accepted { .. } => continue,
                SubmitResult::TryAgain { after } => {
                    let due = submission.at.saturating_add(*after).unwrap_or(submission.at);
                    tx.requeue_text(submission.id, due, self.now).await?;
                    continue;
                }
                SubmitResult::Rejected { code, reason } => {
                    (DeliveryState::Rejected, Some(format!("{code:#x} {reason}")))
                }
                SubmitResult::Uncertain { .. } => (DeliveryState::Uncertain, None),
            };
            let settled = tx.settle_texts(&[submission.id], state, error.as_deref(), self.now).await?;
            cases.extend(told(&self.shared, tx, settled, state, error.as_deref(), submission.at).await?);
            if let SubmitResult::Uncertain { link, message_ids } = &submission.result {
                let parts: Vec<_> = accepted_parts(submission.id, link, message_ids).collect();
                tx.insert_accepted_parts(&parts, self.now).await?;
                cases.extend(self.early_reports(tx, &parts).await?);
                cases.extend(report::reconcile(&self.shared, tx, &[submission.id]).await?);
            }
        }
        Ok(cases)
    }
}

fn accepted_parts<'a>(
    text: OutboxId,
    link: &'a str,
    message_ids: &'a [String],
) -> impl Iterator<Item = AcceptedPart<'a>> {
    message_ids.iter().map(move |message_id| AcceptedPart {
        text,
        link,
        message_id,
        message_key: report::key(message_id),
    })
}

struct RecoverOutbox {
    shared: Arc<Shared>,
    whose: Whose,
    now: Timestamp,
}

impl Work for RecoverOutbox {
    /// One for each text: its case.
    type Out = Vec<Option<CaseId>>;
    type Error = ActionError;

    async fn run(&self, tx: &mut Tx<'_>) -> Result<Self::Out, ActionError> {
        let found = tx.uncertain_texts(&self.shared.left(self.whose, self.now), self.now).await?;
        let cases = found.iter().map(|(_, case, _)| *case).collect();
        let (mails, texts): (Vec<_>, Vec<_>) =
            found.into_iter().partition(|(.., channel)| channel == "email");
        // Calls of unknown end are texts in this: nobody knows whether the message was heard, and it is not read again by itself.
        let without_channel = |list: Vec<(OutboxId, Option<CaseId>, String)>| {
            list.into_iter().map(|(id, case, _)| (id, case)).collect::<Vec<_>>()
        };
        let ids: Vec<OutboxId> = texts.iter().map(|(id, ..)| *id).collect();
        told(&self.shared, tx, without_channel(texts), DeliveryState::Uncertain, None, self.now).await?;
        // Receipts may have come before the process died.
        report::reconcile(&self.shared, tx, &ids).await?;
        mail::told(&self.shared, tx, without_channel(mails), DeliveryState::Uncertain, None, self.now)
            .await?;
        Ok(cases)
    }
}

/// Puts a text's state on its case's timeline, and lets the notice that it carried go on.
pub(super) async fn told(
    shared: &Shared,
    tx: &mut Tx<'_>,
    texts: Vec<(OutboxId, Option<CaseId>)>,
    state: DeliveryState,
    error: Option<&str>,
    at: Timestamp,
) -> Result<Vec<CaseId>, ActionError> {
    let ids: Vec<OutboxId> = texts.iter().map(|(outbox, _)| *outbox).collect();
    let entry = |(outbox, case): (OutboxId, Option<CaseId>)| {
        Some((case?, Entry::TextReported { outbox, state, error: error.map(str::to_owned) }))
    };
    let entries: Vec<(CaseId, Entry)> = texts.into_iter().filter_map(entry).collect();
    let rows: Vec<_> = entries.iter().map(|(case, entry)| (*case, at, By::default(), entry)).collect();
    tx.append_all(&rows).await?;
    for text in ids {
        shared.heard(tx, text, state, at).await?;
    }
    Ok(entries.into_iter().map(|(case, _)| case).collect())
}
