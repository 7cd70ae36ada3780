//! Addresses of users, and what waits to be told to them by e-mail.

use jiff::Timestamp;

use super::sql::{Row, args};
use super::tx::Tx;
use super::{Db, StoreError};
use crate::domain::alert::{AlertKind, Alerts};
use crate::domain::email::EmailAddress;
use crate::domain::id::{CaseId, UserId};
use crate::domain::mail::MailPurpose;
use crate::domain::timeline::Entry;

#[derive(Clone, PartialEq, Eq)]
pub struct UserEmail {
    pub user: UserId,
    pub address: EmailAddress,
    pub alerts: Alerts,
    /// `None`: nothing but the code is sent there.
    pub confirmed_at: Option<Timestamp>,
    /// Confirms the address when it is typed.
    pub code: Option<String>,
    pub code_at: Option<Timestamp>,
    /// Wrong ones since.
    pub tries: i64,
    /// Sent since then.
    pub codes: (i64, Timestamp),
    /// Why its mail server took nothing.
    pub failed: Option<String>,
}

impl std::fmt::Debug for UserEmail {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("UserEmail").field("user", &self.user).finish_non_exhaustive()
    }
}

/// Of those that are confirmed, for the directory.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mailbox {
    pub user: UserId,
    pub address: EmailAddress,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Alert {
    pub id: i64,
    pub case: CaseId,
    pub kind: AlertKind,
    pub at: Timestamp,
}

const COLUMNS: &str =
    "user_id, address, alerts, confirmed_at, code, code_at, tries, codes, codes_since, failed";

impl Db {
    pub async fn user_email(&self, user: UserId) -> Result<Option<UserEmail>, StoreError> {
        let sql = format!("SELECT {COLUMNS} FROM user_email WHERE user_id = $1");
        self.optional(sqlx::AssertSqlSafe(sql), args![user]).await?.as_ref().map(user_email).transpose()
    }

    /// Of all users.
    pub async fn user_emails(&self) -> Result<Vec<UserEmail>, StoreError> {
        let sql = format!("SELECT {COLUMNS} FROM user_email ORDER BY user_id");
        self.all(sqlx::AssertSqlSafe(sql), args![]).await?.iter().map(user_email).collect()
    }

    pub(super) async fn mailboxes(&self) -> Result<Vec<Mailbox>, StoreError> {
        let sql = "SELECT user_id, address FROM user_email WHERE confirmed_at IS NOT NULL ORDER BY user_id";
        let rows = self.all(sql, args![]).await?;
        rows.iter().map(|row| Ok(Mailbox { user: row.get(0)?, address: row.get(1)? })).collect()
    }

    /// Whom something waits for that may be sent now.
    pub async fn users_to_alert(&self, now: Timestamp, limit: i64) -> Result<Vec<UserId>, StoreError> {
        let sql = "SELECT e.user_id FROM user_email e WHERE e.confirmed_at IS NOT NULL AND e.rests_until <= $1 \
             AND EXISTS (SELECT 1 FROM alert a WHERE a.user_id = e.user_id) ORDER BY e.user_id LIMIT $2";
        self.all(sql, args![now, limit]).await?.iter().map(|row| row.get(0)).collect()
    }
}

impl Tx<'_> {
    pub async fn user_email(&mut self, user: UserId) -> Result<Option<UserEmail>, StoreError> {
        let sql = format!("SELECT {COLUMNS} FROM user_email WHERE user_id = $1");
        self.optional(sqlx::AssertSqlSafe(sql), args![user]).await?.as_ref().map(user_email).transpose()
    }

    /// Who has confirmed this address.
    pub async fn user_of_email(&mut self, address: &EmailAddress) -> Result<Option<UserId>, StoreError> {
        let sql = "SELECT user_id FROM user_email WHERE address = $1 AND confirmed_at IS NOT NULL";
        self.optional(sql, args![address.as_str()]).await?.map(|row| row.get(0)).transpose()
    }

    pub async fn put_user_email(&mut self, email: &UserEmail) -> Result<(), StoreError> {
        let sql = "INSERT INTO user_email (user_id, address, alerts, confirmed_at, code, code_at, tries, codes, codes_since, \
             failed, rests_until) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, 0) \
             ON CONFLICT (user_id) DO UPDATE SET address = excluded.address, alerts = excluded.alerts, \
             confirmed_at = excluded.confirmed_at, code = excluded.code, code_at = excluded.code_at, tries = excluded.tries, \
             codes = excluded.codes, codes_since = excluded.codes_since, failed = excluded.failed";
        let values = args![
            email.user,
            email.address.as_str(),
            email.alerts,
            email.confirmed_at,
            email.code.clone(),
            email.code_at,
            email.tries,
            email.codes.0,
            email.codes.1,
            email.failed.clone()
        ];
        self.execute(sql, values).await.map(drop)
    }

    pub async fn remove_user_email(&mut self, user: UserId) -> Result<(), StoreError> {
        self.execute("DELETE FROM user_email WHERE user_id = $1", args![user]).await.map(drop)
    }

    /// Nobody answers mails as an officer from there any more, and nothing waits for them.
    pub async fn forget_officer(&mut self, user: UserId, address: &EmailAddress) -> Result<(), StoreError> {
        let sql = "DELETE FROM mail_token WHERE address = $1 AND party = 'officer'";
        self.execute(sql, args![address.as_str()]).await?;
        self.drop_alerts(user, i64::MAX).await
    }

    /// The mail server of a user takes nothing for this address: it has to be confirmed again. Whether it was one.
    pub async fn user_email_failed(&mut self, address: &EmailAddress, why: &str) -> Result<bool, StoreError> {
        let sql = "UPDATE user_email SET confirmed_at = NULL, code = NULL, failed = $2 \
             WHERE address = $1 AND (confirmed_at IS NOT NULL OR code IS NOT NULL)";
        Ok(self.execute(sql, args![address.as_str(), why]).await? > 0)
    }

    /// Unless they do not want to hear of it, or have no address.
    pub async fn add_alert(
        &mut self,
        user: UserId,
        case: CaseId,
        kind: AlertKind,
        at: Timestamp,
    ) -> Result<(), StoreError> {
        // PostgreSQL does not guess the kind of an argument that only stands in a list.
        let sql = "INSERT INTO alert (user_id, case_id, kind, at) \
             SELECT e.user_id, CAST($2 AS BIGINT), CAST($3 AS TEXT), CAST($4 AS BIGINT) FROM user_email e \
             WHERE e.user_id = $1 AND e.confirmed_at IS NOT NULL AND e.alerts IN ($5, $6)";
        let values = args![user, case, kind, at, kind.wanted_by(), Alerts::Service];
        self.execute(sql, values).await.map(drop)
    }

    /// Oldest first, and how many there are.
    pub async fn waiting_alerts(
        &mut self,
        user: UserId,
        limit: i64,
    ) -> Result<(Vec<Alert>, i64), StoreError> {
        let sql = "SELECT id, case_id, kind, at FROM alert WHERE user_id = $1 ORDER BY id LIMIT $2";
        let rows = self.all(sql, args![user, limit]).await?;
        let alert = |row: &Row| -> Result<Alert, StoreError> {
            let mut r = row.reader();
            Ok(Alert { id: r.next()?, case: r.next()?, kind: r.next()?, at: r.next()? })
        };
        let alerts = rows.iter().map(alert).collect::<Result<_, _>>()?;
        let all = self.one("SELECT count(*) FROM alert WHERE user_id = $1", args![user]).await?.get(0)?;
        Ok((alerts, all))
    }

    /// Up to this one.
    pub async fn drop_alerts(&mut self, user: UserId, to: i64) -> Result<(), StoreError> {
        self.execute("DELETE FROM alert WHERE user_id = $1 AND id <= $2", args![user, to]).await.map(drop)
    }

    pub async fn rest_alerts(&mut self, user: UserId, until: Timestamp) -> Result<(), StoreError> {
        let sql = "UPDATE user_email SET rests_until = $2 WHERE user_id = $1";
        self.execute(sql, args![user, until]).await.map(drop)
    }

    /// How many mails of this purpose went or go to the address since then, and when the last one was written.
    pub async fn mails_since(
        &mut self,
        to: &EmailAddress,
        purpose: MailPurpose,
        since: Timestamp,
    ) -> Result<(i64, Option<Timestamp>), StoreError> {
        let sql = "SELECT count(*), max(created_at) FROM outbox WHERE channel = 'email' AND recipient = $1 \
             AND created_at >= $2 AND purpose = $3";
        let row = self.one(sql, args![to.as_str(), since, purpose]).await?;
        Ok((row.get(0)?, row.get(1)?))
    }

    /// What was noted on a case at that moment: the note that went along with what was done.
    pub async fn note_of(&mut self, case: CaseId, at: Timestamp) -> Result<String, StoreError> {
        let sql = "SELECT payload FROM case_event WHERE case_id = $1 AND kind = 'note' AND at = $2 ORDER BY id LIMIT 1";
        let Some(row) = self.optional(sql, args![case, at]).await? else { return Ok(String::new()) };
        let entry = serde_json::from_str::<Entry>(&row.get::<String>(0)?);
        let entry = entry.map_err(|e| StoreError::Corrupt(e.to_string()))?;
        Ok(entry.words().unwrap_or_default().to_owned())
    }
}

fn user_email(row: &Row) -> Result<UserEmail, StoreError> {
    let mut r = row.reader();
    Ok(UserEmail {
        user: r.next()?,
        address: r.next()?,
        alerts: r.next()?,
        confirmed_at: r.next()?,
        code: r.next()?,
        code_at: r.next()?,
        tries: r.next()?,
        codes: (r.next()?, r.next()?),
        failed: r.next()?,
    })
}
