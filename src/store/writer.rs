//! The one writer of the embedded database, with group commit.
//!
//! SQLite takes one writer at a time, and a durable commit waits for the disk. So works queue up while the disk is busy,
//! and all that queued is committed at once. Works run without savepoints, which cost as much as two statements each;
//! only when one of them fails after it has written is the batch undone and run again, each work in a savepoint of its own.

use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;

use futures_util::FutureExt as _;
use rusqlite::Connection as Database;
use tokio::sync::{mpsc, oneshot};

use super::search_index::{self, Unindexed};
use super::tx::{Connection, Tx, Work};
use super::webhook::Hooks;
use super::{StoreError, audit, embedded};
use crate::domain::audit::AuditEntry;

/// Works that may wait. At 3,000 a second it is what came in during 2 s of a stalled disk; later ones are refused, so
/// that the network keeps them for us.
const QUEUE: usize = 6_000;
/// Works in one commit: about 20 ms, so that the first does not wait long for the last.
const BATCH: usize = 256;

/// Where works are queued. A thread of its own takes them, for the database never lets it wait for anything but the disk.
#[derive(Clone, Debug)]
pub(super) struct Writer {
    queue: mpsc::Sender<Item>,
    thread: Arc<Mutex<Option<JoinHandle<()>>>>,
}

enum Item {
    Work(Box<dyn Queued>),
    /// When the works before it are committed.
    EmptyLog(oneshot::Sender<Result<bool, StoreError>>),
    /// Nothing that comes later is taken.
    Close,
}

impl Writer {
    pub(super) fn start(database: Database, hooks: Arc<Hooks>) -> Result<Self, StoreError> {
        let (queue, items) = mpsc::channel(QUEUE);
        let thread = std::thread::Builder::new()
            .name("odziv-writer".into())
            .spawn(move || write(database, &hooks, items))
            .map_err(|error| StoreError::Unavailable(error.to_string()))?;
        Ok(Self { queue, thread: Arc::new(Mutex::new(Some(thread))) })
    }

    /// Takes no more works, finishes those that wait and closes the connection.
    pub(super) async fn close(&self) {
        let _ = self.queue.send(Item::Close).await;
        let thread = self.thread.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(thread) = thread {
            let _ = tokio::task::spawn_blocking(move || thread.join()).await;
        }
    }

    /// Whether nothing is left in the log.
    pub(super) async fn empty_log(&self) -> Result<bool, StoreError> {
        let (reply, answer) = oneshot::channel();
        let gone = || StoreError::Unavailable("the writer has gone".into());
        self.queue.send(Item::EmptyLog(reply)).await.map_err(|_| gone())?;
        answer.await.map_err(|_| gone())?
    }

    pub(super) async fn write<W: Work>(&self, work: W) -> Result<W::Out, W::Error> {
        let (reply, answer) = oneshot::channel();
        let queued = Box::new(Waiting { work, outcome: None, reply });
        self.queue.try_send(Item::Work(queued)).map_err(|refused| {
            let why = match refused {
                mpsc::error::TrySendError::Full(_) => "too many writes are waiting",
                mpsc::error::TrySendError::Closed(_) => "the database is closed",
            };
            StoreError::Unavailable(why.into())
        })?;
        answer.await.map_err(|_| StoreError::Unavailable("the writer has gone".into()))?
    }
}

fn write(mut database: Database, hooks: &Hooks, mut items: mpsc::Receiver<Item>) {
    let mut received = Vec::with_capacity(BATCH);
    let mut batch = Vec::with_capacity(BATCH);
    let mut logs = Vec::new();
    while items.blocking_recv_many(&mut received, BATCH) > 0 {
        for item in received.drain(..) {
            match item {
                Item::Work(work) => batch.push(work),
                Item::EmptyLog(reply) => logs.push(reply),
                Item::Close => items.close(),
            }
        }
        if !batch.is_empty() {
            write_batch(&mut database, hooks, &mut batch);
        }
        for reply in logs.drain(..) {
            // Nobody waits any more: it is done all the same.
            let _ = reply.send(embedded::empty_log(&database));
        }
    }
    if let Err((_, error)) = database.close() {
        tracing::warn!(%error, "the database did not close");
    }
}

fn write_batch(database: &mut Database, hooks: &Hooks, batch: &mut Vec<Box<dyn Queued>>) {
    metrics::histogram!("odziv_store_batch_works").record(batch.len() as f64);
    let committed = commit(database, hooks, batch);
    if let Err(error) = &committed {
        tracing::error!(%error, works = batch.len(), "a batch of writes was not committed");
        let _ = database.execute_batch("ROLLBACK");
    }
    for work in batch.drain(..) {
        work.answer(committed.as_ref().err().map(ToString::to_string));
    }
}

fn commit(database: &mut Database, hooks: &Hooks, batch: &mut [Box<dyn Queued>]) -> Result<(), StoreError> {
    let mut left = Left::default();
    if !together(database, hooks, batch, &mut left)? {
        database.execute_batch("ROLLBACK")?;
        left = Left::default();
        apart(database, hooks, batch, &mut left)?;
    }
    search_index::bring_up_to_date(database, &mut left.unindexed)?;
    // Every statement is done when it returns.
    let chained = audit::chain(&mut Connection::Embedded(database), left.audits).now_or_never();
    chained.unwrap_or_else(|| Err(StoreError::Database("the audit waited for something".into())))?;
    Ok(database.execute_batch("COMMIT")?)
}

/// What the works of a batch leave to be done at its end.
#[derive(Default)]
struct Left {
    unindexed: Vec<Unindexed>,
    audits: Vec<AuditEntry>,
}

impl Left {
    fn take(&mut self, tx: &mut Tx<'_>) {
        self.unindexed.append(&mut tx.unindexed);
        self.audits.append(&mut tx.audits);
    }
}

/// Whether all went well, so that the batch can be committed.
fn together(
    database: &mut Database,
    hooks: &Hooks,
    batch: &mut [Box<dyn Queued>],
    left: &mut Left,
) -> Result<bool, StoreError> {
    database.execute_batch("BEGIN IMMEDIATE")?;
    for work in batch {
        let mut tx = Tx::new(Connection::Embedded(database), hooks);
        if work.run(&mut tx) {
            left.take(&mut tx);
        } else if tx.wrote {
            return Ok(false);
        }
    }
    Ok(true)
}

fn apart(
    database: &mut Database,
    hooks: &Hooks,
    batch: &mut [Box<dyn Queued>],
    left: &mut Left,
) -> Result<(), StoreError> {
    database.execute_batch("BEGIN IMMEDIATE")?;
    for work in batch {
        database.execute_batch("SAVEPOINT work")?;
        let mut tx = Tx::new(Connection::Embedded(database), hooks);
        if work.run(&mut tx) {
            left.take(&mut tx);
        } else {
            database.execute_batch("ROLLBACK TO work")?;
        }
        database.execute_batch("RELEASE work")?;
    }
    Ok(())
}

/// A work with the one who waits for it, without its types.
trait Queued: Send {
    /// Whether it went well.
    fn run(&mut self, tx: &mut Tx<'_>) -> bool;
    /// Called once, after the commit; `failed`: it did not take place.
    fn answer(self: Box<Self>, failed: Option<String>);
}

struct Waiting<W: Work> {
    work: W,
    outcome: Option<Result<W::Out, W::Error>>,
    reply: oneshot::Sender<Result<W::Out, W::Error>>,
}

impl<W: Work> Queued for Waiting<W> {
    fn run(&mut self, tx: &mut Tx<'_>) -> bool {
        // Every statement is done when it returns, so the work is done at its first poll.
        let done = self.work.run(tx).now_or_never();
        let waited = || {
            Err(StoreError::Database("a work waited for something else than its statements".into()).into())
        };
        let outcome = done.unwrap_or_else(waited);
        let well = outcome.is_ok();
        self.outcome = Some(outcome);
        well
    }

    fn answer(self: Box<Self>, failed: Option<String>) {
        let outcome = match (failed, self.outcome) {
            (None, Some(outcome)) => outcome,
            // Its own failure says more than that of the batch.
            (Some(_), Some(Err(own))) => Err(own),
            (failed, _) => Err(StoreError::Unavailable(failed.unwrap_or_default()).into()),
        };
        // Nobody waits any more: the work is done all the same.
        let _ = self.reply.send(outcome);
    }
}
