//! Writes what became of our texts, in batches, whether the link is up or not. What was learned from the SMSC must not be
//! lost to a database that is busy for a moment, so it is tried until it is written.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use tokio::sync::mpsc;
use tokio_util::task::TaskTracker;

use super::verbs::TextVerbs;
use crate::actions::ActionError;
use crate::actions::delivery::Submission;

/// One transaction's worth.
const BATCH: usize = 500;
/// Texts claimed but not written: beyond this the link claims no more, so that a database that does not take writes
/// bounds what is uncertain.
pub(super) const MOST_UNWRITTEN: usize = 2_000;
const RETRY_AFTER: Duration = Duration::from_secs(1);
/// At the end, when nobody is left to wait for: then they stay `sending` and become `uncertain` at the next start.
const LAST_ATTEMPTS: u32 = 5;

/// After so many refusals in a row something in the batch is the reason.
const REFUSALS: u32 = 10;

#[derive(Debug)]
pub(super) struct Recorder {
    queue: mpsc::UnboundedSender<Submission>,
    unwritten: Arc<AtomicUsize>,
}

pub(super) fn start<V: TextVerbs>(verbs: V, tasks: &TaskTracker) -> Recorder {
    // Bounded by the claims: there is one result for one claimed text, and claims stop at MOST_UNWRITTEN.
    let (queue, results) = mpsc::unbounded_channel();
    let unwritten = Arc::new(AtomicUsize::new(0));
    tasks.spawn(run(verbs, results, Arc::clone(&unwritten)));
    Recorder { queue, unwritten }
}

impl Recorder {
    pub(super) fn record(&self, submission: Submission) {
        self.unwritten.fetch_add(1, Ordering::Relaxed);
        if self.queue.send(submission).is_err() {
            tracing::error!("the recorder of texts has ended before its link");
        }
    }

    pub(super) fn unwritten(&self) -> usize {
        self.unwritten.load(Ordering::Relaxed)
    }
}

async fn run<V: TextVerbs>(
    verbs: V,
    mut results: mpsc::UnboundedReceiver<Submission>,
    unwritten: Arc<AtomicUsize>,
) {
    let mut batch = Vec::with_capacity(BATCH);
    while results.recv_many(&mut batch, BATCH).await > 0 {
        let count = batch.len();
        write(&verbs, std::mem::take(&mut batch), &results).await;
        unwritten.fetch_sub(count, Ordering::Relaxed);
    }
}

async fn write<V: TextVerbs>(
    verbs: &V,
    batch: Vec<Submission>,
    results: &mpsc::UnboundedReceiver<Submission>,
) {
    let (mut last_attempts, mut refused) = (0, 0);
    loop {
        match verbs.record_submissions(batch.clone()).await {
            Ok(()) => return,
            Err(error @ (ActionError::Unavailable(_) | ActionError::Conflict)) => {
                tracing::error!(%error, texts = batch.len(), "what became of texts could not be written; trying again");
            }
            // What the database refuses in its state of the moment it may take a little later.
            Err(error @ ActionError::Refused(_)) if refused < REFUSALS => {
                refused += 1;
                tracing::error!(%error, texts = batch.len(), "what became of texts was refused; trying again");
            }
            // It will not be written however often it is tried. Alone, so that it keeps nothing else from being written.
            Err(error) if batch.len() == 1 => {
                tracing::error!(%error, "what became of a text cannot be written: it is uncertain from the next start on");
                return;
            }
            Err(error) => {
                tracing::error!(%error, texts = batch.len(), "what became of texts cannot be written together; one by one");
                for one in batch {
                    Box::pin(write(verbs, vec![one], results)).await;
                }
                return;
            }
        }
        if results.is_closed() || results.sender_strong_count() == 0 {
            last_attempts += 1;
            if last_attempts >= LAST_ATTEMPTS {
                return;
            }
        }
        tokio::time::sleep(RETRY_AFTER).await;
    }
}
