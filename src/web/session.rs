//! Sessions of the browser, kept in the database: a restart logs nobody out, and a log-out is final.

use std::fmt;

use async_trait::async_trait;
use jiff::Timestamp;
use tower_sessions::SessionStore;
use tower_sessions::cookie::time::OffsetDateTime;
use tower_sessions::session::{Id, Record};
use tower_sessions::session_store::{Error, Result};

use super::state::App;
use crate::clock::Clock;
use crate::store::session::SessionRow;
use crate::store::{Db, StoreError};

/// An id is 128 random bits: even one collision means that the random numbers are not random.
const TRIES_FOR_A_FREE_ID: usize = 3;

#[derive(Clone)]
pub struct StoredSessions {
    db: Db,
    clock: Clock,
}

impl StoredSessions {
    pub fn new(app: &App) -> Self {
        Self { db: app.db.clone(), clock: app.clock.clone() }
    }
}

#[async_trait]
impl SessionStore for StoredSessions {
    async fn create(&self, record: &mut Record) -> Result<()> {
        for _ in 0..TRIES_FOR_A_FREE_ID {
            if self.db.session_create(row(record)?).await.map_err(backend)? {
                return Ok(());
            }
            record.id = Id::default();
        }
        Err(Error::Backend("no free session id".into()))
    }

    async fn save(&self, record: &Record) -> Result<()> {
        self.db.session_save(row(record)?).await.map_err(backend)
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

fn row(record: &Record) -> Result<SessionRow> {
    let data = serde_json::to_string(&record.data).map_err(|e| Error::Encode(e.to_string()))?;
    let expires_at = Timestamp::from_second(record.expiry_date.unix_timestamp())
        .map_err(|e| Error::Encode(e.to_string()))?;
    Ok(SessionRow { id: record.id.to_string(), data, expires_at })
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
