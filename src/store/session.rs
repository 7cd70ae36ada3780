//! Server-side sessions of the browser. What is in them is the web's business.

use jiff::Timestamp;

use super::sql::{Row, args};
use super::tx::{Tx, Work};
use super::{Db, StoreError};
use crate::domain::id::UserId;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SessionRow {
    pub id: String,
    /// JSON.
    pub data: String,
    /// Who is logged in with it.
    pub user: Option<UserId>,
    pub expires_at: Timestamp,
}

impl Db {
    /// `false` when the id is taken: the caller takes another one.
    pub async fn session_create(&self, session: SessionRow) -> Result<bool, StoreError> {
        self.write(Write::Create(session)).await.map(|rows| rows > 0)
    }

    /// One that was ended in the meantime stays ended: a slow request that began before does not bring it back.
    pub async fn session_save(&self, session: SessionRow) -> Result<(), StoreError> {
        self.write(Write::Save(session)).await.map(drop)
    }

    /// Only one that has not expired.
    pub async fn session_load(&self, id: &str, now: Timestamp) -> Result<Option<SessionRow>, StoreError> {
        let sql = "SELECT id, data, user_id, expires_at FROM session WHERE id = $1 AND expires_at > $2";
        self.optional(sql, args![id, now]).await?.as_ref().map(session_row).transpose()
    }

    /// Where somebody is logged in, the one that lasts longest first.
    pub async fn sessions_of(&self, user: UserId, now: Timestamp) -> Result<Vec<SessionRow>, StoreError> {
        let sql = "SELECT id, data, user_id, expires_at FROM session WHERE user_id = $1 AND expires_at > $2 \
             ORDER BY expires_at DESC, id LIMIT $3";
        self.all(sql, args![user, now, SHOWN]).await?.iter().map(session_row).collect()
    }

    pub async fn session_delete(&self, id: &str) -> Result<(), StoreError> {
        self.write(Write::Delete(id.to_owned())).await.map(drop)
    }

    /// How many were deleted.
    pub async fn sessions_expire(&self, now: Timestamp) -> Result<u64, StoreError> {
        self.write(Write::Expire(now)).await
    }
}

/// Nobody is logged in at more places at once.
const SHOWN: i64 = 100;

fn session_row(row: &Row) -> Result<SessionRow, StoreError> {
    Ok(SessionRow { id: row.get(0)?, data: row.get(1)?, user: row.get(2)?, expires_at: row.get(3)? })
}

#[derive(Debug)]
enum Write {
    Create(SessionRow),
    Save(SessionRow),
    Delete(String),
    Expire(Timestamp),
}

impl Work for Write {
    /// Rows written.
    type Out = u64;
    type Error = StoreError;

    async fn run(&self, tx: &mut Tx<'_>) -> Result<u64, StoreError> {
        match self {
            Self::Create(s) => {
                let sql = "INSERT INTO session (id, data, user_id, expires_at) VALUES ($1, $2, $3, $4) ON CONFLICT (id) DO NOTHING";
                tx.execute(sql, args![s.id.as_str(), s.data.as_str(), s.user, s.expires_at]).await
            }
            Self::Save(s) => {
                let sql = "UPDATE session SET data = $2, user_id = $3, expires_at = $4 WHERE id = $1";
                tx.execute(sql, args![s.id.as_str(), s.data.as_str(), s.user, s.expires_at]).await
            }
            Self::Delete(id) => tx.execute("DELETE FROM session WHERE id = $1", args![id.as_str()]).await,
            Self::Expire(now) => tx.execute("DELETE FROM session WHERE expires_at <= $1", args![*now]).await,
        }
    }
}
