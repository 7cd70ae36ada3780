//! Sessions of the browser, kept in the database: a restart logs nobody out, and a log-out is final.

use std::fmt;
use std::time::Duration;

use async_trait::async_trait;
use jiff::SignedDuration;
use tokio_util::sync::CancellationToken;
use tower_sessions::SessionStore;
use tower_sessions::cookie::time::OffsetDateTime;
use tower_sessions::session::{Id, Record};
use tower_sessions::session_store::{Error, Result};

use super::auth::SESSION_USER;
use super::state::App;
use crate::clock::Clock;
use crate::domain::id::UserId;
use crate::store::session::SessionRow;
use crate::store::{Db, StoreError};

/// An id is 128 random bits: even one collision means that the random numbers are not random.
const TRIES_FOR_A_FREE_ID: usize = 3;

/// Sessions that nobody ended by logging out; more often would not free anything worth it.
const FORGET_EVERY: Duration = Duration::from_secs(60 * 60);

/// Until `shutdown`: removes sessions that have ended.
pub async fn forget_expired(db: Db, clock: Clock, shutdown: CancellationToken) {
    loop {
        if let Err(why) = db.sessions_expire(clock.now()).await {
            tracing::warn!(%why, "ended sessions could not be removed; tried again within the hour");
        }
        tokio::select! {
            () = shutdown.cancelled() => return,
            () = tokio::time::sleep(FORGET_EVERY) => {}
        }
    }
}

#[derive(Clone)]
pub struct StoredSessions {
    db: Db,
    clock: Clock,
    idle: SignedDuration,
}

impl StoredSessions {
    pub fn new(app: &App) -> Self {
        let idle = SignedDuration::from_mins(app.config.session_minutes.into());
        Self { db: app.db.clone(), clock: app.clock.clone(), idle }
    }
}

#[async_trait]
impl SessionStore for StoredSessions {
    async fn create(&self, record: &mut Record) -> Result<()> {
        for _ in 0..TRIES_FOR_A_FREE_ID {
            if self.db.session_create(self.row(record)?).await.map_err(backend)? {
                return Ok(());
            }
            record.id = Id::default();
        }
        Err(Error::Backend("no free session id".into()))
    }

    async fn save(&self, record: &Record) -> Result<()> {
        self.db.session_save(self.row(record)?).await.map_err(backend)
    }

    async fn load(&self, id: &Id) -> Result<Option<Record>> {
        let found = self.db.session_load(&id.to_string(), self.clock.now()).await.map_err(backend)?;
        found.map(|row| record(*id, &row)).transpose()
    }

    async fn delete(&self, id: &Id) -> Result<()> {
        self.db.session_delete(&id.to_string()).await.map_err(backend)
    }
}

impl fmt::Debug for StoredSessions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("StoredSessions")
    }
}

impl StoredSessions {
    /// The end is counted on our own clock; that of the record comes from the machine's.
    fn row(&self, record: &Record) -> Result<SessionRow> {
        let data = serde_json::to_string(&record.data).map_err(|e| Error::Encode(e.to_string()))?;
        let now = self.clock.now();
        let expires_at = now.saturating_add(self.idle).unwrap_or(now);
        let user = record.data.get(SESSION_USER).and_then(serde_json::Value::as_i64).map(UserId);
        Ok(SessionRow { id: record.id.to_string(), data, user, expires_at })
    }
}

fn record(id: Id, row: &SessionRow) -> Result<Record> {
    let data = serde_json::from_str(&row.data).map_err(|e| Error::Decode(e.to_string()))?;
    let expiry_date = OffsetDateTime::from_unix_timestamp(row.expires_at.as_second())
        .map_err(|e| Error::Decode(e.to_string()))?;
    Ok(Record { id, data, expiry_date })
}

fn backend(error: StoreError) -> Error {
    Error::Backend(error.to_string())
}
