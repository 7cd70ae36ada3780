//! Phones of operators: what proves them, and where they were reached last.

use std::net::SocketAddr;

use jiff::Timestamp;

use super::sql::{Row, args};
use super::tx::Tx;
use super::{Db, StoreError};
use crate::domain::extension::Extension;
use crate::domain::id::{PhoneId, UserId};

/// A phone that may register.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PhoneRow {
    pub id: PhoneId,
    pub user: UserId,
    pub username: String,
    pub label: String,
    pub realm: String,
    pub ha1_md5: String,
    pub ha1_sha256: String,
    pub created_at: Timestamp,
    pub last_seen_at: Option<Timestamp>,
    /// Of its user.
    pub extension: Option<Extension>,
}

#[derive(Clone, Debug)]
pub struct NewPhoneRow {
    pub user: UserId,
    pub username: String,
    pub label: String,
    pub realm: String,
    pub ha1_md5: String,
    pub ha1_sha256: String,
    pub by: Option<UserId>,
    pub at: Timestamp,
}

/// Where a phone was reached by datagrams. Connections do not outlive the process, so they are not kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BindingRow {
    pub uri: String,
    pub instance: Option<String>,
    pub remote: SocketAddr,
    pub local: SocketAddr,
    pub call_id: String,
    pub cseq: u32,
    pub user_agent: Option<String>,
    pub expires_at: Timestamp,
}

const PHONE: &str = "SELECT p.id, p.user_id, p.username, p.label, p.realm, p.ha1_md5, p.ha1_sha256, p.created_at, \
     p.last_seen_at, e.extension FROM phone p JOIN user_account u ON u.id = p.user_id \
     LEFT JOIN user_extension e ON e.user_id = p.user_id WHERE p.revoked_at IS NULL AND u.active = 1";

impl Db {
    /// All that may register: not revoked, of active users. By user and age.
    pub async fn phones(&self) -> Result<Vec<PhoneRow>, StoreError> {
        let rows = self.all(format_sql(PHONE, " ORDER BY p.user_id, p.id"), args![]).await?;
        rows.iter().map(phone).collect()
    }

    pub async fn phones_of(&self, user: UserId) -> Result<Vec<PhoneRow>, StoreError> {
        let rows = self.all(format_sql(PHONE, " AND p.user_id = $1 ORDER BY p.id"), args![user]).await?;
        rows.iter().map(phone).collect()
    }

    pub async fn extensions(&self) -> Result<Vec<(UserId, Extension)>, StoreError> {
        let rows = self.all("SELECT user_id, extension FROM user_extension", args![]).await?;
        let pairs = rows.iter().map(|row| Ok((row.get(0)?, extension(row.get(1)?)?)));
        let pairs: Vec<(UserId, Option<Extension>)> = pairs.collect::<Result<_, StoreError>>()?;
        Ok(pairs.into_iter().filter_map(|(user, extension)| Some((user, extension?))).collect())
    }

    /// What still holds.
    pub async fn bindings(&self, now: Timestamp) -> Result<Vec<(PhoneId, BindingRow)>, StoreError> {
        let sql = "SELECT b.phone_id, b.uri, b.instance, b.remote, b.local, b.call_id, b.cseq, b.user_agent, b.expires_at \
             FROM phone_binding b JOIN phone p ON p.id = b.phone_id \
             WHERE p.revoked_at IS NULL AND b.expires_at > $1 ORDER BY b.id";
        self.all(sql, args![now]).await?.iter().map(binding).collect()
    }
}

impl Tx<'_> {
    /// `None` when the user name is taken.
    pub async fn insert_phone(&mut self, phone: &NewPhoneRow) -> Result<Option<PhoneId>, StoreError> {
        let sql = "INSERT INTO phone (user_id, username, label, realm, ha1_md5, ha1_sha256, created_at, created_by) \
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT (username) DO NOTHING RETURNING id";
        let values = args![
            phone.user,
            phone.username.as_str(),
            phone.label.as_str(),
            phone.realm.as_str(),
            phone.ha1_md5.as_str(),
            phone.ha1_sha256.as_str(),
            phone.at,
            phone.by
        ];
        self.optional(sql, values).await?.map(|row| row.get(0)).transpose()
    }

    pub async fn count_phones(&mut self, user: UserId) -> Result<i64, StoreError> {
        let sql = "SELECT COUNT(*) FROM phone WHERE user_id = $1 AND revoked_at IS NULL";
        self.optional(sql, args![user]).await?.map_or(Ok(0), |row| row.get(0))
    }

    /// Whose it was; `None` when there is no such phone any more.
    pub async fn revoke_phone(
        &mut self,
        id: PhoneId,
        by: Option<UserId>,
        at: Timestamp,
    ) -> Result<Option<UserId>, StoreError> {
        self.execute("DELETE FROM phone_binding WHERE phone_id = $1", args![id]).await?;
        let sql = "UPDATE phone SET revoked_at = $2, revoked_by = $3 WHERE id = $1 AND revoked_at IS NULL RETURNING user_id";
        self.optional(sql, args![id, at, by]).await?.map(|row| row.get(0)).transpose()
    }

    /// Of everybody, also of those who left.
    pub async fn taken_extensions(&mut self) -> Result<Vec<(UserId, Option<Extension>)>, StoreError> {
        let rows = self.all("SELECT user_id, extension FROM user_extension", args![]).await?;
        rows.iter().map(|row| Ok((row.get(0)?, extension(row.get(1)?)?))).collect()
    }

    /// `None`: no extension any more. `false` when another user has it.
    pub async fn set_extension(
        &mut self,
        user: UserId,
        extension: Option<&Extension>,
    ) -> Result<bool, StoreError> {
        self.execute("DELETE FROM user_extension WHERE user_id = $1", args![user]).await?;
        let Some(extension) = extension else { return Ok(true) };
        let sql = "INSERT INTO user_extension (user_id, extension) VALUES ($1, $2) ON CONFLICT (extension) DO NOTHING";
        Ok(self.execute(sql, args![user, extension.as_str()]).await? > 0)
    }

    /// Instead of what was there. Nothing when the phone is gone.
    pub async fn replace_bindings(
        &mut self,
        phone: PhoneId,
        bindings: &[BindingRow],
        at: Timestamp,
    ) -> Result<(), StoreError> {
        self.execute("DELETE FROM phone_binding WHERE phone_id = $1", args![phone]).await?;
        let sql = "UPDATE phone SET last_seen_at = $2 WHERE id = $1 AND revoked_at IS NULL";
        if self.execute(sql, args![phone, at]).await? == 0 {
            return Ok(());
        }
        for binding in bindings {
            let sql = "INSERT INTO phone_binding (phone_id, uri, instance, remote, local, call_id, cseq, user_agent, expires_at) \
                 VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)";
            let values = args![
                phone,
                binding.uri.as_str(),
                binding.instance.as_deref(),
                binding.remote.to_string(),
                binding.local.to_string(),
                binding.call_id.as_str(),
                i64::from(binding.cseq),
                binding.user_agent.as_deref(),
                binding.expires_at
            ];
            self.execute(sql, values).await?;
        }
        Ok(())
    }
}

fn format_sql(select: &str, rest: &str) -> sqlx::AssertSqlSafe<String> {
    sqlx::AssertSqlSafe(format!("{select}{rest}"))
}

fn phone(row: &Row) -> Result<PhoneRow, StoreError> {
    let mut row = row.reader();
    Ok(PhoneRow {
        id: row.next()?,
        user: row.next()?,
        username: row.next()?,
        label: row.next()?,
        realm: row.next()?,
        ha1_md5: row.next()?,
        ha1_sha256: row.next()?,
        created_at: row.next()?,
        last_seen_at: row.next()?,
        extension: extension(row.next()?)?,
    })
}

fn binding(row: &Row) -> Result<(PhoneId, BindingRow), StoreError> {
    let mut row = row.reader();
    let address =
        |text: String| text.parse().map_err(|_| StoreError::Corrupt("an address of a phone".into()));
    let phone = row.next()?;
    let binding = BindingRow {
        uri: row.next()?,
        instance: row.next()?,
        remote: address(row.next()?)?,
        local: address(row.next()?)?,
        call_id: row.next()?,
        cseq: u32::try_from(row.next::<i64>()?).unwrap_or_default(),
        user_agent: row.next()?,
        expires_at: row.next()?,
    };
    Ok((phone, binding))
}

fn extension(text: Option<String>) -> Result<Option<Extension>, StoreError> {
    let corrupt = || StoreError::Corrupt("an extension is no short number".into());
    text.map(|text| Extension::parse(&text).ok_or_else(corrupt)).transpose()
}
