//! A journal in memory that can be switched off.

use std::collections::{HashSet, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard};

use jiff::Timestamp;
use odziv::actions::ActionError;
use odziv::actions::delivery::{
    Asking, Claimer, DeliveryReport, OutboundText, ReportOutcome, SilentPart, Submission, SubmitResult,
};
use odziv::actions::text::{TextArrived, TextOutcome};
use odziv::domain::id::OutboxId;
use odziv::domain::phone::PhoneNumber;
use odziv::domain::reconcile::Clues;
use odziv::domain::sender::TextPurpose;
use odziv::messaging::TextVerbs;
use tokio::sync::{Notify, watch};

#[derive(Clone)]
pub struct Journal {
    inner: Arc<Mutex<Inner>>,
    changed: watch::Sender<()>,
    outbox: Arc<Notify>,
}

#[derive(Default)]
pub struct Inner {
    pub unavailable: bool,
    /// How often somebody was told that it is unavailable.
    pub refused: usize,
    pub received: Vec<TextArrived>,
    ids: HashSet<String>,
    pub duplicates: usize,
    queue: VecDeque<OutboundText>,
    /// Claimed and not yet recorded.
    pub sending: HashSet<OutboxId>,
    pub submissions: Vec<Submission>,
    pub reports: Vec<DeliveryReport>,
    pub clues: Vec<Clues>,
    /// What is to be asked about.
    pub silent: Vec<SilentPart>,
    /// By which SMSC each claim was.
    pub claims: Vec<String>,
}

impl Inner {
    fn available(&mut self) -> Result<(), ActionError> {
        if self.unavailable {
            self.refused += 1;
            return Err(ActionError::Unavailable("switched off".into()));
        }
        Ok(())
    }

    pub fn results(&self) -> Vec<&SubmitResult> {
        self.submissions.iter().map(|submission| &submission.result).collect()
    }
}

impl Journal {
    pub fn new() -> Self {
        Self { inner: Arc::default(), changed: watch::Sender::new(()), outbox: Arc::default() }
    }

    pub fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap()
    }

    /// Texts kept, and deliveries recognised as duplicates.
    pub fn counts(&self) -> (usize, usize) {
        let inner = self.lock();
        (inner.received.len(), inner.duplicates)
    }

    pub fn queue(&self, id: i64, words: &str) {
        let to = PhoneNumber::parse("+381641234567", "RS").unwrap();
        let (id, words) = (OutboxId(id), words.into());
        let text = OutboundText { id, to, words, sender: None, purpose: TextPurpose::Reply };
        self.lock().queue.push_back(text);
        self.outbox.notify_one();
    }

    /// Waits until `what` is true of it.
    pub async fn until(&self, what: impl Fn(&Inner) -> bool) {
        let mut changed = self.changed.subscribe();
        super::within(async {
            while !what(&self.lock()) {
                changed.changed().await.unwrap();
            }
        })
        .await;
    }

    fn change<T>(&self, change: impl FnOnce(&mut Inner) -> Result<T, ActionError>) -> Result<T, ActionError> {
        let result = change(&mut self.lock());
        self.changed.send_replace(());
        result
    }
}

impl TextVerbs for Journal {
    async fn receive_text(&self, text: TextArrived) -> Result<TextOutcome, ActionError> {
        self.change(|inner| {
            inner.available()?;
            let known = text.former_id.as_ref().is_some_and(|id| inner.ids.contains(id));
            if known || !inner.ids.insert(text.external_id.clone()) {
                inner.duplicates += 1;
                return Ok(TextOutcome::Duplicate);
            }
            inner.received.push(text);
            Ok(TextOutcome::Waiting)
        })
    }

    async fn assemble_overdue_texts(&self, _now: Timestamp) -> Result<usize, ActionError> {
        Ok(0)
    }

    async fn claim_texts(&self, limit: u32, claimer: Claimer) -> Result<Vec<OutboundText>, ActionError> {
        self.change(|inner| {
            inner.available()?;
            inner.claims.push(claimer.smsc);
            let count = inner.queue.len().min(limit as usize);
            let claimed: Vec<_> = inner.queue.drain(..count).collect();
            inner.sending.extend(claimed.iter().map(|text| text.id));
            Ok(claimed)
        })
    }

    async fn record_submissions(&self, results: Vec<Submission>) -> Result<(), ActionError> {
        self.change(|inner| {
            inner.available()?;
            for submission in results {
                assert!(inner.sending.remove(&submission.id), "recorded without a claim, or twice");
                inner.submissions.push(submission);
            }
            Ok(())
        })
    }

    async fn silent_parts(&self, _asking: Asking) -> Result<Vec<SilentPart>, ActionError> {
        self.change(|inner| Ok(std::mem::take(&mut inner.silent)))
    }

    async fn record_report(
        &self,
        report: DeliveryReport,
        clues: Clues,
    ) -> Result<ReportOutcome, ActionError> {
        self.change(|inner| {
            inner.available()?;
            inner.reports.push(report);
            inner.clues.push(clues);
            Ok(ReportOutcome::Matched)
        })
    }

    async fn outbox_changed(&self) {
        self.outbox.notified().await;
    }
}
