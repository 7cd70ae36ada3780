//! The two databases behind one face.

use std::path::Path;
use std::str::FromStr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use sqlx::postgres::{PgConnectOptions, PgPool, PgPoolOptions};
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePool, SqlitePoolOptions};
use sqlx::{ConnectOptions, Connection as _, SqlSafeStr};

use super::blobs::Blobs;
use super::directory::Directory;
use super::sql::{Row, Value, args};
use super::tx::{Connection, Tx, Work};
use super::vault::Vault;
use super::webhook::Hooks;
use super::writer::Writer;
use super::{StoreError, embedded, migrate};
use crate::config;

/// Cheap to clone.
#[derive(Clone, Debug)]
pub struct Db {
    pools: Pools,
    pub(super) directory: Arc<Mutex<Arc<Directory>>>,
    /// Whoever reads the directory later also puts it in its place later.
    pub(super) refreshing: Arc<tokio::sync::Mutex<()>>,
    pub(super) hooks: Arc<Hooks>,
    blobs: Blobs,
    vault: Vault,
}

#[derive(Clone, Debug)]
enum Pools {
    Sqlite { readers: SqlitePool, writer: Writer },
    Postgres(PgPool),
}

/// The file in the data folder.
const FILE: &str = "odziv.db";
/// Pages read at once from the embedded database; further ones wait a moment.
const READERS: u32 = 4;
/// Connections to PostgreSQL; its default limit is 100, and other nodes want some.
const CONNECTIONS: u32 = 20;
/// A page that gets no connection within this says so instead of hanging.
const ACQUIRE: Duration = Duration::from_secs(5);
/// How often a work is tried on PostgreSQL when others are in its way: each time somebody else got on, so it ends.
const TRIES: u32 = 20;

impl Db {
    /// Opens the configured database, `<data>/odziv.db` when none is, and brings its tables up to date.
    pub async fn open(config: &config::store::Store, data: &Path) -> Result<Self, StoreError> {
        let hooks = Arc::<Hooks>::default();
        let pools = if config.url.is_empty() {
            open_sqlite(&data.join(FILE), Arc::clone(&hooks)).await?
        } else {
            open_postgres(&config.url).await?
        };
        let (blobs, vault) = (Blobs::new(data), Vault::open(data)?);
        let db = Self { pools, directory: Arc::default(), refreshing: Arc::default(), hooks, blobs, vault };
        db.seal_secrets().await?;
        db.refresh_directory().await?;
        db.refresh_webhooks().await?;
        Ok(db)
    }

    /// The bytes of files, which are beside the database.
    pub fn blobs(&self) -> &Blobs {
        &self.blobs
    }

    /// Seals what a copy of the database must not give away.
    pub fn vault(&self) -> &Vault {
        &self.vault
    }

    /// Whether it answers now; for `/readyz`.
    pub async fn ping(&self) -> Result<(), StoreError> {
        self.all("SELECT 1 FROM case_count LIMIT 1", args![]).await.map(|_| ())
    }

    /// Finishes the works that wait, then closes; works that come later are refused.
    pub async fn close(&self) {
        match &self.pools {
            Pools::Sqlite { readers, writer } => {
                writer.close().await;
                readers.close().await;
            }
            Pools::Postgres(pool) => pool.close().await,
        }
    }

    /// Runs a work in a transaction and answers when it is on the disk.
    pub async fn write<W: Work>(&self, work: W) -> Result<W::Out, W::Error> {
        match &self.pools {
            Pools::Sqlite { writer, .. } => writer.write(work).await,
            // In a box: it is large, and what spawns a write copies its future several times.
            Pools::Postgres(pool) => Box::pin(write_postgres(pool, &self.hooks, &work)).await,
        }
    }

    /// The log of the embedded database, which has pages as they were before something was erased.
    pub(super) async fn empty_log(&self) -> Result<(), StoreError> {
        let Pools::Sqlite { writer, .. } = &self.pools else { return Ok(()) };
        if !writer.empty_log().await? {
            tracing::info!("the log of the database is read, and emptied another time");
        }
        Ok(())
    }

    /// Whether works that come together share a commit, so that it pays to let them come together.
    pub fn commits_together(&self) -> bool {
        matches!(self.pools, Pools::Sqlite { .. })
    }

    pub fn is_postgres(&self) -> bool {
        matches!(self.pools, Pools::Postgres(_))
    }

    pub(super) async fn all(&self, text: impl SqlSafeStr, args: Vec<Value>) -> Result<Vec<Row>, StoreError> {
        match &self.pools {
            Pools::Sqlite { readers, .. } => {
                let mut connection = readers.acquire().await?;
                Connection::Sqlite(&mut connection).all(text, args).await
            }
            Pools::Postgres(pool) => {
                let mut connection = pool.acquire().await?;
                Connection::Postgres(&mut connection).all(text, args).await
            }
        }
    }

    pub(super) async fn optional(
        &self,
        text: impl SqlSafeStr,
        args: Vec<Value>,
    ) -> Result<Option<Row>, StoreError> {
        Ok(self.all(text, args).await?.into_iter().next())
    }
}

async fn open_sqlite(file: &Path, hooks: Arc<Hooks>) -> Result<Pools, StoreError> {
    let options = SqliteConnectOptions::new()
        .filename(file)
        .journal_mode(SqliteJournalMode::Wal)
        .busy_timeout(Duration::from_secs(5))
        .statement_cache_capacity(256)
        .pragma("temp_store", "memory")
        // A logged statement could carry a citizen's words.
        .disable_statement_logging();
    let mut connection = embedded::open(file)?;
    migrate::migrate(Connection::Embedded(&mut connection)).await?;
    // Statistics for the planner, from samples: milliseconds at any size.
    connection.execute_batch("PRAGMA analysis_limit = 400; PRAGMA optimize = 0x10002")?;
    let writer = Writer::start(connection, hooks)?;
    let readers = SqlitePoolOptions::new()
        .max_connections(READERS)
        .acquire_timeout(ACQUIRE)
        .test_before_acquire(false)
        .idle_timeout(None)
        .max_lifetime(None)
        .connect_lazy_with(options.pragma("cache_size", "-8192").pragma("query_only", "on"));
    Ok(Pools::Sqlite { readers, writer })
}

async fn open_postgres(url: &str) -> Result<Pools, StoreError> {
    let options = PgConnectOptions::from_str(url)?
        .application_name("odziv")
        .statement_cache_capacity(256)
        // A logged statement could carry a citizen's words.
        .disable_statement_logging();
    let pool = PgPoolOptions::new()
        .max_connections(CONNECTIONS)
        .acquire_timeout(ACQUIRE)
        .test_before_acquire(false)
        .connect_with(options)
        .await?;
    let mut connection = pool.acquire().await?;
    migrate::migrate(Connection::Postgres(&mut connection)).await?;
    drop(connection);
    Ok(Pools::Postgres(pool))
}

async fn write_postgres<W: Work>(pool: &PgPool, hooks: &Hooks, work: &W) -> Result<W::Out, W::Error> {
    for attempt in 0..TRIES {
        let mut connection = pool.acquire().await.map_err(StoreError::from)?;
        let mut transaction = connection.begin().await.map_err(StoreError::from)?;
        let mut tx = Tx::new(Connection::Postgres(&mut transaction), hooks);
        let mut outcome = work.run(&mut tx).await;
        if outcome.is_ok()
            && let Err(error) = tx.write_audits().await
        {
            outcome = Err(error.into());
        }
        let collided = tx.collided;
        match outcome {
            Ok(out) => match transaction.commit().await.map_err(StoreError::from) {
                Ok(()) => return Ok(out),
                Err(StoreError::Collided(_)) => {}
                Err(error) => return Err(error.into()),
            },
            Err(error) => {
                transaction.rollback().await.map_err(StoreError::from)?;
                if !collided {
                    return Err(error);
                }
            }
        }
        metrics::counter!("odziv_store_collisions_total").increment(1);
        tokio::time::sleep(Duration::from_millis(rand::random_range(0..=u64::from(attempt) * 2))).await;
    }
    Err(StoreError::Unavailable("other transactions were in the way for too long".into()).into())
}
