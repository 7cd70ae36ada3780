//! Mails on their way: claimed before the wire, settled after it, presumed to have arrived when nobody returns them.

use std::sync::Arc;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use super::bounce::wrong_address;
use crate::actions::{ActionError, Actions, Shared};
use crate::domain::email::EmailAddress;
use crate::domain::id::{AttachmentId, CaseId, OutboxId};
use crate::domain::mail::{MailPurpose, return_path};
use crate::domain::message::DeliveryState;
use crate::domain::timeline::Entry;
use crate::store::event::By;
use crate::store::mail::ClaimedMail;
use crate::store::{Tx, Work};

/// A mail that was put off, or queued by another node, is found by looking this often.
const LOOK_AGAIN: Duration = Duration::from_secs(1);
/// Presumed in one transaction; the rest follows in the next.
const PRESUMED_AT_ONCE: i64 = 200;

#[derive(Clone, Debug)]
pub struct OutboundMail {
    pub id: OutboxId,
    pub to: EmailAddress,
    pub subject: String,
    pub words: String,
    /// Without brackets, as the other ids.
    pub message_id: String,
    pub in_reply_to: Option<String>,
    pub references: Vec<String>,
    pub purpose: MailPurpose,
    pub files: Vec<AttachmentId>,
    /// This attempt included.
    pub attempts: i64,
    pub created_at: Timestamp,
}

/// What the mail server said about one mail that was claimed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MailSubmission {
    pub id: OutboxId,
    pub result: SubmitMail,
    pub at: Timestamp,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SubmitMail {
    /// `250`: the server has it.
    Accepted,
    /// Not sent, or refused for a passing reason (`4xx`): goes back to the queue.
    TryAgain { after: Duration },
    /// Not tried: its domain takes it then.
    PutOff { until: Timestamp },
    /// Refused for good (`5xx`), in the server's words.
    Rejected { reason: String },
    /// Tried for as long as the configuration says; the last reason.
    Expired { reason: String },
    /// The connection died after the mail, before the answer.
    Uncertain,
}

impl Actions {
    /// Up to `limit` due mails, now in state `sending`, committed. Oldest first.
    pub async fn claim_mails(&self, limit: u32) -> Result<Vec<OutboundMail>, ActionError> {
        let node = self.shared.node().to_owned();
        self.shared.db.write(ClaimMails { limit, node, now: self.clock.now() }).await
    }

    /// Writes what became of claimed mails, all in one transaction.
    pub async fn record_mails(&self, results: Vec<MailSubmission>) -> Result<(), ActionError> {
        if results.is_empty() {
            return Ok(());
        }
        let cases = self
            .shared
            .db
            .write(RecordMails { shared: Arc::clone(&self.shared), results, now: self.clock.now() })
            .await?;
        if !cases.is_empty() {
            // What failed may go another way now.
            self.shared.outbox.notify_one();
        }
        cases.into_iter().for_each(|case| self.changed(case));
        Ok(())
    }

    /// Where the mail is returned to when it cannot be delivered.
    pub fn return_path(&self, mail: OutboxId) -> String {
        let settings = &self.shared.mail;
        if settings.return_address.is_empty() {
            return settings.address.clone();
        }
        let mark = super::leave::return_mark(self.shared.db.vault(), mail);
        return_path(&settings.return_address, mail, &mark)
    }

    /// Mails that a server took long ago and nobody returned. Returns how many.
    pub async fn presume_mails(&self) -> Result<usize, ActionError> {
        let mut presumed = 0;
        loop {
            let work = PresumeMails { shared: Arc::clone(&self.shared), now: self.clock.now() };
            let cases = self.shared.db.write(work).await?;
            if cases.is_empty() {
                return Ok(presumed);
            }
            presumed += cases.len();
            cases.into_iter().flatten().for_each(|case| self.changed(case));
        }
    }

    /// Resolves when there may be a mail to claim.
    pub async fn mails_changed(&self) {
        let _ = tokio::time::timeout(LOOK_AGAIN, self.shared.mails.notified()).await;
    }
}

struct ClaimMails {
    limit: u32,
    node: String,
    now: Timestamp,
}

impl Work for ClaimMails {
    type Out = Vec<OutboundMail>;
    type Error = ActionError;

    async fn run(&self, tx: &mut Tx<'_>) -> Result<Vec<OutboundMail>, ActionError> {
        Ok(tx.claim_mails(self.limit, (&self.node, self.now)).await?.into_iter().map(outbound).collect())
    }
}

fn outbound(mail: ClaimedMail) -> OutboundMail {
    let files = mail.files.unwrap_or_default();
    OutboundMail {
        id: mail.id,
        to: mail.to,
        subject: mail.subject,
        words: mail.words,
        message_id: mail.message_id,
        in_reply_to: mail.in_reply_to,
        references: mail.thread,
        purpose: mail.purpose,
        files: files.split(',').filter_map(|id| id.parse().ok()).map(AttachmentId).collect(),
        attempts: mail.attempts,
        created_at: mail.created_at,
    }
}

struct RecordMails {
    shared: Arc<Shared>,
    results: Vec<MailSubmission>,
    now: Timestamp,
}

impl Work for RecordMails {
    /// Cases whose timelines changed.
    type Out = Vec<CaseId>;
    type Error = ActionError;

    async fn run(&self, tx: &mut Tx<'_>) -> Result<Vec<CaseId>, ActionError> {
        let mut cases = Vec::new();
        for submission in &self.results {
            let (state, error) = match &submission.result {
                SubmitMail::Accepted => (DeliveryState::Accepted, None),
                SubmitMail::TryAgain { after } => {
                    let due = submission.at.saturating_add(*after).unwrap_or(submission.at);
                    tx.requeue_text(submission.id, due, self.now).await?;
                    continue;
                }
                SubmitMail::PutOff { until } => {
                    tx.put_mail_off(submission.id, *until, self.now).await?;
                    continue;
                }
                SubmitMail::Rejected { reason } => (DeliveryState::Rejected, Some(reason.as_str())),
                SubmitMail::Expired { reason } => (DeliveryState::Expired, Some(reason.as_str())),
                SubmitMail::Uncertain => (DeliveryState::Uncertain, None),
            };
            let settled = tx.settle_texts(&[submission.id], state, error, self.now).await?;
            if state == DeliveryState::Rejected && !settled.is_empty() {
                wrong_address(tx, submission.id, error.unwrap_or_default(), submission.at).await?;
            }
            // That a server took it is on the mail; on the timeline stands only what went wrong, or the end.
            if state == DeliveryState::Accepted {
                cases.extend(settled.into_iter().filter_map(|(_, case)| case));
            } else {
                cases.extend(told(&self.shared, tx, settled, state, error, submission.at).await?);
            }
        }
        cases.sort_unstable();
        cases.dedup();
        Ok(cases)
    }
}

struct PresumeMails {
    shared: Arc<Shared>,
    now: Timestamp,
}

impl Work for PresumeMails {
    /// One for each mail: its case.
    type Out = Vec<Option<CaseId>>;
    type Error = ActionError;

    async fn run(&self, tx: &mut Tx<'_>) -> Result<Self::Out, ActionError> {
        let wait = SignedDuration::from_hours(self.shared.mail.presumed_after_h.into());
        let before = self.now.saturating_sub(wait).unwrap_or(Timestamp::MIN);
        let mails = tx.presume_mails(before, self.now, PRESUMED_AT_ONCE).await?;
        let cases = mails.iter().map(|(_, case)| *case).collect();
        told(&self.shared, tx, mails, DeliveryState::Presumed, None, self.now).await?;
        Ok(cases)
    }
}

/// Puts the state of mails on the timelines of their cases, and lets go on what they carried.
pub(in crate::actions) async fn told(
    shared: &Shared,
    tx: &mut Tx<'_>,
    mails: Vec<(OutboxId, Option<CaseId>)>,
    state: DeliveryState,
    error: Option<&str>,
    at: Timestamp,
) -> Result<Vec<CaseId>, ActionError> {
    let ids: Vec<OutboxId> = mails.iter().map(|(outbox, _)| *outbox).collect();
    let entry = |(outbox, case): (OutboxId, Option<CaseId>)| {
        Some((case?, Entry::MailReported { outbox, state, error: error.map(str::to_owned) }))
    };
    let entries: Vec<(CaseId, Entry)> = mails.into_iter().filter_map(entry).collect();
    let rows: Vec<_> = entries.iter().map(|(case, entry)| (*case, at, By::default(), entry)).collect();
    tx.append_all(&rows).await?;
    for mail in ids {
        shared.mail_settled(tx, mail, state, at).await?;
    }
    Ok(entries.into_iter().map(|(case, _)| case).collect())
}
