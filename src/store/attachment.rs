//! Files of cases: rows here, bytes in [`super::blobs`].

use jiff::Timestamp;
use serde::Serialize;
use sqlx::AssertSqlSafe;

use super::sql::{Row, Value, args, pieces};
use super::tx::{Tx, Work};
use super::{Db, StoreError};
use crate::domain::file::{BlobHash, Danger, FileKind, FileName, Kept};
use crate::domain::id::{AttachmentId, CaseId, InteractionId, UserId};
use crate::domain::timeline::Visibility;

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct AttachmentRow {
    pub id: AttachmentId,
    pub case: Option<CaseId>,
    pub interaction: Option<InteractionId>,
    pub hash: BlobHash,
    pub size: i64,
    pub kind: FileKind,
    pub name: FileName,
    /// As the sender said; compare `kind`.
    pub declared_type: Option<String>,
    /// Hidden data were taken out of the picture.
    pub stripped: bool,
    /// The sender's type or the name says something else than `kind`.
    pub mismatch: bool,
    /// Why it is locked away.
    pub danger: Option<Danger>,
    pub visibility: Visibility,
    /// `None`: the citizen, or the program.
    pub added_by: Option<UserId>,
    pub added_at: Timestamp,
}

const COLUMNS: &str = "a.id, a.case_id, a.interaction_id, a.sha256, b.size, b.kind, a.name, a.declared_type, a.stripped, a.mismatch, \
     a.danger, a.visibility, a.added_by, a.added_at FROM attachment a JOIN blob b ON b.sha256 = a.sha256";

/// A page shows no more files of one case, the first ones; a case with more is an archive.
const FILES: i64 = 1_000;

impl Db {
    /// `None` also for one that was removed.
    pub async fn attachment(&self, id: AttachmentId) -> Result<Option<AttachmentRow>, StoreError> {
        let sql = format!("SELECT {COLUMNS} WHERE a.id = $1 AND a.removed_at IS NULL");
        self.optional(AssertSqlSafe(sql), args![id]).await?.as_ref().map(attachment).transpose()
    }

    /// Oldest first.
    pub async fn case_attachments(&self, case: CaseId) -> Result<Vec<AttachmentRow>, StoreError> {
        let sql =
            format!("SELECT {COLUMNS} WHERE a.case_id = $1 AND a.removed_at IS NULL ORDER BY a.id LIMIT $2");
        self.all(AssertSqlSafe(sql), args![case, FILES]).await?.iter().map(attachment).collect()
    }

    /// Of cases from which this one was split off, and which it is about too.
    pub async fn taken_attachments(&self, case: CaseId) -> Result<Vec<AttachmentRow>, StoreError> {
        let sql = format!(
            "SELECT {COLUMNS} WHERE a.id IN (SELECT attachment_id FROM case_taken WHERE case_id = $1) \
             AND a.removed_at IS NULL ORDER BY a.id LIMIT $2"
        );
        self.all(AssertSqlSafe(sql), args![case, FILES]).await?.iter().map(attachment).collect()
    }

    /// Bytes that nothing refers to, gone a day after they came; a 256th part of the folder at each call. How many.
    pub async fn sweep_blobs(&self, folder: u8, now: Timestamp) -> Result<usize, StoreError> {
        self.blobs().clear_arriving(now).await?;
        let mut removed = 0;
        for piece in pieces(&self.blobs().old(folder, now).await?) {
            let known = self.referred_to(piece).await?;
            let unknown = piece.iter().filter(|hash| !known.contains(hash)).cloned().collect();
            removed += self.blobs().remove(unknown, now).await?;
        }
        Ok(removed)
    }

    async fn referred_to(&self, hashes: &[BlobHash]) -> Result<Vec<BlobHash>, StoreError> {
        let places: Vec<String> = (1..=hashes.len()).map(|place| format!("${place}")).collect();
        let sql =
            format!("SELECT sha256 FROM blob WHERE sha256 IN ({}) AND dropped_at IS NULL", places.join(", "));
        let values = hashes.iter().map(|hash| Value::from(hash.as_str())).collect();
        self.all(AssertSqlSafe(sql), values).await?.iter().map(|row| row.get(0)).collect()
    }

    /// Files of forms that were never sent. How many.
    pub async fn forget_uploads(&self, before: Timestamp, now: Timestamp) -> Result<usize, StoreError> {
        self.write(ForgetUploads { before, now }).await
    }
}

fn attachment(row: &Row) -> Result<AttachmentRow, StoreError> {
    let mut r = row.reader();
    Ok(AttachmentRow {
        id: r.next()?,
        case: r.next()?,
        interaction: r.next()?,
        hash: r.next()?,
        size: r.next()?,
        kind: r.next()?,
        name: r.next()?,
        declared_type: r.next()?,
        stripped: r.next()?,
        mismatch: r.next()?,
        danger: r.next()?,
        visibility: r.next()?,
        added_by: r.next()?,
        added_at: r.next()?,
    })
}

/// A file as it is put on a case, or on the contact that brought it.
#[derive(Clone, Copy, Debug)]
pub struct NewAttachment<'a> {
    pub case: Option<CaseId>,
    pub interaction: Option<InteractionId>,
    pub file: &'a Kept,
    pub visibility: Visibility,
    pub by: Option<UserId>,
    pub at: Timestamp,
}

impl Tx<'_> {
    /// `file` was kept less than a day ago: older bytes without a row are swept.
    pub async fn attach(&mut self, new: &NewAttachment<'_>) -> Result<AttachmentId, StoreError> {
        let file = new.file;
        self.refer_to(file, new.at).await?;
        let sql = "INSERT INTO attachment (case_id, interaction_id, sha256, name, declared_type, stripped, mismatch, danger, \
             visibility, added_by, added_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)";
        let values = args![
            new.case,
            new.interaction,
            file.hash.as_str(),
            file.name.as_str(),
            file.declared_type.as_deref(),
            file.stripped,
            file.mismatch,
            file.danger,
            new.visibility,
            new.by,
            new.at
        ];
        Ok(AttachmentId(self.insert_one(sql, values).await?))
    }

    /// The row stays, without its bytes. The case that it was on, and its name; `None` when there is no such file any more.
    pub async fn remove_attachment(
        &mut self,
        id: AttachmentId,
        at: Timestamp,
    ) -> Result<Option<(Option<CaseId>, FileName)>, StoreError> {
        let sql = "UPDATE attachment SET removed_at = $2 WHERE id = $1 AND removed_at IS NULL \
             RETURNING case_id, name, sha256";
        let Some(row) = self.optional(sql, args![id, at]).await? else { return Ok(None) };
        self.drop_unreferred(&row.get(2)?, at).await?;
        Ok(Some((row.get(0)?, row.get(1)?)))
    }

    /// On which case it is, before that is locked; files never move but with their case.
    pub async fn attachment_case(&mut self, id: AttachmentId) -> Result<Option<CaseId>, StoreError> {
        let sql = "SELECT case_id FROM attachment WHERE id = $1 AND removed_at IS NULL";
        Ok(self.optional(sql, args![id]).await?.map(|row| row.get(0)).transpose()?.flatten())
    }

    /// A file that waits for its form.
    pub async fn insert_upload(
        &mut self,
        token: &str,
        user: UserId,
        file: &Kept,
        at: Timestamp,
    ) -> Result<(), StoreError> {
        self.refer_to(file, at).await?;
        let sql = "INSERT INTO upload (token, user_id, sha256, name, declared_type, stripped, mismatch, created_at) \
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8)";
        let values = args![
            token,
            user,
            file.hash.as_str(),
            file.name.as_str(),
            file.declared_type.as_deref(),
            file.stripped,
            file.mismatch,
            at
        ];
        self.execute(sql, values).await.map(drop)
    }

    /// How many files of this user wait.
    pub async fn uploads_waiting(&mut self, user: UserId) -> Result<i64, StoreError> {
        self.one("SELECT count(*) FROM upload WHERE user_id = $1", args![user]).await?.get(0)
    }

    /// Takes a waiting file out: it goes where the form says, or nowhere. `None`: it is somebody else's, or was forgotten.
    pub async fn take_upload(&mut self, token: &str, user: UserId) -> Result<Option<Kept>, StoreError> {
        let sql = "SELECT u.sha256, b.size, b.kind, u.name, u.declared_type, u.stripped, u.mismatch FROM upload u \
             JOIN blob b ON b.sha256 = u.sha256 WHERE u.token = $1 AND u.user_id = $2";
        let Some(row) = self.optional(sql, args![token, user]).await? else { return Ok(None) };
        if self.execute("DELETE FROM upload WHERE token = $1", args![token]).await? == 0 {
            return Ok(None);
        }
        waiting(&row).map(Some)
    }

    /// Notes that nothing refers to these bytes any more, if nothing does; the sweep takes them then.
    pub async fn drop_unreferred(&mut self, hash: &BlobHash, at: Timestamp) -> Result<(), StoreError> {
        if self.is_postgres() {
            // Somebody may be about to refer to them: after this he has done so, and is seen, or waits for us.
            self.all("SELECT 1 FROM blob WHERE sha256 = $1 FOR UPDATE", args![hash.as_str()]).await?;
        }
        let sql = "UPDATE blob SET dropped_at = $2 WHERE sha256 = $1 \
             AND NOT EXISTS (SELECT 1 FROM attachment WHERE sha256 = $1 AND removed_at IS NULL) \
             AND NOT EXISTS (SELECT 1 FROM upload WHERE sha256 = $1)";
        self.execute(sql, args![hash.as_str(), at]).await.map(drop)
    }

    async fn refer_to(&mut self, file: &Kept, at: Timestamp) -> Result<(), StoreError> {
        let sql = "INSERT INTO blob (sha256, size, kind, created_at) VALUES ($1, $2, $3, $4) \
             ON CONFLICT (sha256) DO UPDATE SET dropped_at = NULL";
        self.execute(sql, args![file.hash.as_str(), file.size, file.kind, at]).await.map(drop)
    }
}

fn waiting(row: &Row) -> Result<Kept, StoreError> {
    let mut r = row.reader();
    Ok(Kept {
        hash: r.next()?,
        size: r.next()?,
        kind: r.next()?,
        name: r.next()?,
        declared_type: r.next()?,
        stripped: r.next()?,
        mismatch: r.next()?,
        // What is dangerous is refused before it waits.
        danger: None,
    })
}

struct ForgetUploads {
    before: Timestamp,
    now: Timestamp,
}

/// Forgotten in one transaction; the rest in the next.
const FORGOTTEN_AT_ONCE: i64 = 200;

impl Work for ForgetUploads {
    type Out = usize;
    type Error = StoreError;

    async fn run(&self, tx: &mut Tx<'_>) -> Result<usize, StoreError> {
        let sql = "SELECT token, sha256 FROM upload WHERE created_at < $1 ORDER BY created_at LIMIT $2";
        let rows = tx.all(sql, args![self.before, FORGOTTEN_AT_ONCE]).await?;
        for row in &rows {
            tx.execute("DELETE FROM upload WHERE token = $1", args![row.get::<String>(0)?]).await?;
            tx.drop_unreferred(&row.get(1)?, self.now).await?;
        }
        Ok(rows.len())
    }
}
