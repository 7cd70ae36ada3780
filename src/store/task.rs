//! What waits for whom. One case asks one person for the same thing once, until it is done.

use jiff::Timestamp;

use super::sql::{Row, args};
use super::tx::Tx;
use super::{Db, StoreError};
use crate::domain::case::CaseNumber;
use crate::domain::id::{CaseId, CategoryId, TaskId, UserId};
use crate::domain::task::TaskKind;

/// One that is open, with what names its case.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OpenTask {
    pub id: TaskId,
    pub case: CaseId,
    pub number: CaseNumber,
    pub category: CategoryId,
    pub summary: String,
    pub due_at: Option<Timestamp>,
    pub kind: TaskKind,
    /// Which of several on the same case: for a deadline its profile.
    pub subject: String,
    pub at: Timestamp,
}

#[derive(Clone, Debug)]
pub struct NewTask<'a> {
    pub user: UserId,
    pub case: CaseId,
    pub kind: TaskKind,
    pub subject: &'a str,
    pub at: Timestamp,
}

/// More than this are not counted: nobody reads the difference.
pub const TASKS_COUNTED: i64 = 100;

impl Db {
    /// Oldest first.
    pub async fn open_tasks(&self, user: UserId, limit: i64) -> Result<Vec<OpenTask>, StoreError> {
        let sql = "SELECT t.id, t.case_id, c.number, c.category_id, c.summary, c.due_at, t.kind, t.subject, t.at \
             FROM task t JOIN case_file c ON c.id = t.case_id \
             WHERE t.user_id = $1 AND t.done_at IS NULL ORDER BY t.at, t.id LIMIT $2";
        self.all(sql, args![user, limit]).await?.iter().map(task).collect()
    }

    /// Up to [`TASKS_COUNTED`].
    pub async fn task_count(&self, user: UserId) -> Result<i64, StoreError> {
        let sql =
            "SELECT count(*) FROM (SELECT 1 FROM task WHERE user_id = $1 AND done_at IS NULL LIMIT $2) t";
        let row = self.optional(sql, args![user, TASKS_COUNTED]).await?;
        row.map_or(Ok(0), |row| row.get(0))
    }
}

fn task(row: &Row) -> Result<OpenTask, StoreError> {
    let mut r = row.reader();
    Ok(OpenTask {
        id: r.next()?,
        case: r.next()?,
        number: r.next()?,
        category: r.next()?,
        summary: r.next()?,
        due_at: r.next()?,
        kind: r.next()?,
        subject: r.next()?,
        at: r.next()?,
    })
}

impl Tx<'_> {
    /// Unless it waits for them already.
    pub async fn add_task(&mut self, task: &NewTask<'_>) -> Result<(), StoreError> {
        let sql = "INSERT INTO task (user_id, case_id, kind, subject, at) VALUES ($1, $2, $3, $4, $5) \
             ON CONFLICT DO NOTHING";
        self.execute(sql, args![task.user, task.case, task.kind, task.subject, task.at]).await.map(drop)
    }

    /// Whatever of the kinds waits for anybody on the case about `subject` is done.
    pub async fn close_tasks(
        &mut self,
        case: CaseId,
        subject: &str,
        kinds: &[TaskKind],
        at: Timestamp,
    ) -> Result<(), StoreError> {
        for kind in kinds {
            let sql = "UPDATE task SET done_at = $4 \
                 WHERE case_id = $1 AND subject = $2 AND kind = $3 AND done_at IS NULL";
            self.execute(sql, args![case, subject, *kind, at]).await?;
        }
        Ok(())
    }

    /// What waits for `from` on the case waits for `to` from now on.
    pub async fn hand_over_tasks(
        &mut self,
        case: CaseId,
        (from, to): (UserId, UserId),
        kind: TaskKind,
        at: Timestamp,
    ) -> Result<(), StoreError> {
        let sql = "UPDATE task SET user_id = $3 WHERE case_id = $1 AND user_id = $2 AND kind = $4 AND done_at IS NULL \
             AND NOT EXISTS (SELECT 1 FROM task o WHERE o.case_id = $1 AND o.user_id = $3 AND o.kind = $4 \
             AND o.subject = task.subject AND o.done_at IS NULL)";
        self.execute(sql, args![case, from, to, kind]).await?;
        let sql = "UPDATE task SET done_at = $4 WHERE case_id = $1 AND user_id = $2 AND kind = $3 AND done_at IS NULL";
        self.execute(sql, args![case, from, kind, at]).await.map(drop)
    }

    /// Its case, unless it waits for somebody else or for nobody any more.
    pub async fn finish_task(
        &mut self,
        id: TaskId,
        user: UserId,
        at: Timestamp,
    ) -> Result<Option<CaseId>, StoreError> {
        let sql = "UPDATE task SET done_at = $3 WHERE id = $1 AND user_id = $2 AND done_at IS NULL RETURNING case_id";
        self.optional(sql, args![id, user, at]).await?.map(|row| row.get(0)).transpose()
    }
}
