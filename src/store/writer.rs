//! The one writer of the embedded database, with group commit.
//!
//! SQLite takes one writer at a time, and a durable commit waits for the disk. So works queue up while the disk is busy,
//! and all that queued is committed at once. Works run without savepoints, which cost as much as two statements each;
//! only when one of them fails after it has written is the batch undone and run again, each work in a savepoint of its own.

use std::sync::{Arc, Mutex, PoisonError};

use sqlx::sqlite::SqliteConnection;
use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use super::StoreError;
use super::tx::{Connection, Tx, Work};

/// Works that may wait. At 3,000 a second it is what came in during 2 s of a stalled disk; later ones are refused, so
/// that the network keeps them for us.
const QUEUE: usize = 6_000;
/// Works in one commit: about 50 ms, so that the first does not wait long for the last.
const BATCH: usize = 256;

/// Where works are queued.
#[derive(Clone, Debug)]
pub(super) struct Writer {
    queue: mpsc::Sender<Box<dyn Queued>>,
    closing: CancellationToken,
    task: Arc<Mutex<Option<JoinHandle<()>>>>,
}

impl Writer {
    pub(super) fn start(connection: SqliteConnection) -> Self {
        let (queue, works) = mpsc::channel(QUEUE);
        let closing = CancellationToken::new();
        let task = tokio::spawn(write(connection, works, closing.clone()));
        Self { queue, closing, task: Arc::new(Mutex::new(Some(task))) }
    }

    /// Takes no more works, finishes those that wait and closes the connection.
    pub(super) async fn close(&self) {
        self.closing.cancel();
        let task = self.task.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(task) = task {
            let _ = task.await;
        }
    }

    pub(super) async fn write<W: Work>(&self, work: W) -> Result<W::Out, W::Error> {
        let (reply, answer) = oneshot::channel();
        let queued = Box::new(Waiting { work, outcome: None, reply });
        self.queue.try_send(queued).map_err(|refused| {
            let why = match refused {
                mpsc::error::TrySendError::Full(_) => "too many writes are waiting",
                mpsc::error::TrySendError::Closed(_) => "the database is closed",
            };
            StoreError::Unavailable(why.into())
        })?;
        answer.await.map_err(|_| StoreError::Unavailable("the writer has gone".into()))?
    }
}

async fn write(
    mut connection: SqliteConnection,
    mut works: mpsc::Receiver<Box<dyn Queued>>,
    closing: CancellationToken,
) {
    let mut batch = Vec::with_capacity(BATCH);
    loop {
        let received = tokio::select! {
            received = works.recv_many(&mut batch, BATCH) => received,
            () = closing.cancelled(), if !works.is_closed() => {
                works.close();
                continue;
            }
        };
        if received == 0 {
            break;
        }
        metrics::histogram!("odziv_store_batch_works").record(batch.len() as f64);
        let committed = commit(&mut connection, &mut batch).await;
        if let Err(error) = &committed {
            tracing::error!(%error, works = batch.len(), "a batch of writes was not committed");
            let _ = run(&mut connection, "ROLLBACK").await;
        }
        for work in batch.drain(..) {
            work.answer(committed.as_ref().err().map(ToString::to_string));
        }
    }
    let _ = sqlx::Connection::close(connection).await;
}

async fn commit(connection: &mut SqliteConnection, batch: &mut [Box<dyn Queued>]) -> Result<(), StoreError> {
    if !together(connection, batch).await? {
        run(connection, "ROLLBACK").await?;
        apart(connection, batch).await?;
    }
    run(connection, "COMMIT").await
}

/// Whether all went well, so that the batch can be committed.
async fn together(
    connection: &mut SqliteConnection,
    batch: &mut [Box<dyn Queued>],
) -> Result<bool, StoreError> {
    run(connection, "BEGIN IMMEDIATE").await?;
    for work in batch {
        let mut tx = Tx::new(Connection::Sqlite(connection));
        if !work.run(&mut tx).await && tx.wrote {
            return Ok(false);
        }
    }
    Ok(true)
}

async fn apart(connection: &mut SqliteConnection, batch: &mut [Box<dyn Queued>]) -> Result<(), StoreError> {
    run(connection, "BEGIN IMMEDIATE").await?;
    for work in batch {
        run(connection, "SAVEPOINT work").await?;
        if !work.run(&mut Tx::new(Connection::Sqlite(connection))).await {
            run(connection, "ROLLBACK TO work").await?;
        }
        run(connection, "RELEASE work").await?;
    }
    Ok(())
}

async fn run(connection: &mut SqliteConnection, sql: &'static str) -> Result<(), StoreError> {
    sqlx::query(sql).execute(connection).await?;
    Ok(())
}

/// A work with the one who waits for it, without its types.
trait Queued: Send {
    /// Whether it went well.
    fn run<'a>(&'a mut self, tx: &'a mut Tx<'_>) -> Running<'a>;
    /// Called once, after the commit; `failed`: it did not take place.
    fn answer(self: Box<Self>, failed: Option<String>);
}

type Running<'a> = std::pin::Pin<Box<dyn Future<Output = bool> + Send + 'a>>;

struct Waiting<W: Work> {
    work: W,
    outcome: Option<Result<W::Out, W::Error>>,
    reply: oneshot::Sender<Result<W::Out, W::Error>>,
}

impl<W: Work> Queued for Waiting<W> {
    fn run<'a>(&'a mut self, tx: &'a mut Tx<'_>) -> Running<'a> {
        let (work, outcome) = (&self.work, &mut self.outcome);
        Box::pin(async move {
            let done = work.run(tx).await;
            let well = done.is_ok();
            *outcome = Some(done);
            well
        })
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
