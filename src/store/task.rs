//! What waits for whom. One case asks one person for the same thing once, until it is done.

use jiff::Timestamp;
use sqlx::AssertSqlSafe;

use super::query::Query;
use super::sql::{Row, args};
use super::tx::Tx;
use super::{Db, StoreError};
use crate::domain::alert::AlertKind;
use crate::domain::case::CaseNumber;
use crate::domain::id::{CaseId, CategoryId, TaskId, UserId};
use crate::domain::permission::reach::Reach;
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

/// The deadlines of a case that became a part of another one rest, and so do reminders of them.
const AWAKE: &str =
    "(c.merged_into IS NULL OR t.kind NOT IN ('deadline_near', 'deadline_missed', 'escalated'))";

/// Of several that one person has about one deadline the one is shown that says most; with it the others are done.
const SAYS_MOST: &str = "(t.kind NOT IN ('deadline_near', 'deadline_missed') OR NOT EXISTS (SELECT 1 FROM task s \
     WHERE s.user_id = t.user_id AND s.case_id = t.case_id AND s.subject = t.subject AND s.done_at IS NULL \
     AND (s.kind = 'escalated' OR s.kind = 'deadline_missed' AND t.kind = 'deadline_near')))";

/// More than this are not counted: nobody reads the difference.
pub const TASKS_COUNTED: i64 = 100;

impl Db {
    /// Oldest first. Of cases that the user reaches: one that went on to another service is no business of theirs any more.
    pub async fn open_tasks(
        &self,
        user: UserId,
        reach: &Reach,
        limit: i64,
    ) -> Result<Vec<OpenTask>, StoreError> {
        let mut query = Query::default();
        let from = open_of(user, reach, &mut query);
        let limit = query.place(limit);
        let sql = format!(
            "SELECT t.id, t.case_id, c.number, c.category_id, c.summary, c.due_at, t.kind, t.subject, t.at \
             {from} ORDER BY t.at, t.id LIMIT {limit}"
        );
        self.all(AssertSqlSafe(sql), query.values).await?.iter().map(task).collect()
    }

    /// What of these kinds waits on the case for anybody, with its subject.
    pub async fn waiting_on(
        &self,
        case: CaseId,
        kinds: [TaskKind; 2],
    ) -> Result<Vec<(TaskKind, String)>, StoreError> {
        let sql = "SELECT DISTINCT kind, subject FROM task WHERE case_id = $1 AND done_at IS NULL AND kind IN ($2, $3) \
             ORDER BY kind, subject";
        let [one, other] = kinds;
        let rows = self.all(sql, args![case, one, other]).await?;
        rows.iter().map(|row| Ok((row.get(0)?, row.get(1)?))).collect()
    }

    /// Up to [`TASKS_COUNTED`].
    pub async fn task_count(&self, user: UserId, reach: &Reach) -> Result<i64, StoreError> {
        let mut query = Query::default();
        let from = open_of(user, reach, &mut query);
        let limit = query.place(TASKS_COUNTED);
        let sql = format!("SELECT count(*) FROM (SELECT 1 {from} LIMIT {limit}) n");
        let row = self.optional(AssertSqlSafe(sql), query.values).await?;
        row.map_or(Ok(0), |row| row.get(0))
    }
}

fn open_of(user: UserId, reach: &Reach, query: &mut Query) -> String {
    let user = query.place(user);
    let readable = reach.condition(query).map(|c| format!(" AND {c}")).unwrap_or_default();
    format!(
        "FROM task t JOIN case_file c ON c.id = t.case_id WHERE t.user_id = {user} AND t.done_at IS NULL AND {AWAKE} AND {SAYS_MOST}{readable}"
    )
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
    /// Unless it waits for them already. Who wants to hear of it by e-mail does.
    pub async fn add_task(&mut self, task: &NewTask<'_>) -> Result<(), StoreError> {
        let sql = "INSERT INTO task (user_id, case_id, kind, subject, at) VALUES ($1, $2, $3, $4, $5) \
             ON CONFLICT DO NOTHING";
        let values = args![task.user, task.case, task.kind, task.subject, task.at];
        let is_new = self.execute(sql, values).await? > 0;
        if let Some(kind) = AlertKind::of_task(task.kind).filter(|_| is_new) {
            self.add_alert(task.user, task.case, kind, task.at).await?;
        }
        Ok(())
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

    /// What of these kinds waits for anybody on the case waits for `people`, and for nobody else. With nobody there it stays where it is:
    /// better the wrong desk than none.
    pub async fn hand_over_tasks(
        &mut self,
        case: CaseId,
        kinds: &[TaskKind],
        people: &[UserId],
        at: Timestamp,
    ) -> Result<(), StoreError> {
        if people.is_empty() {
            return Ok(());
        }
        let sql =
            "SELECT id, user_id, kind, subject FROM task WHERE case_id = $1 AND done_at IS NULL ORDER BY id";
        for row in self.all(sql, args![case]).await? {
            let (id, user, kind): (TaskId, UserId, TaskKind) = (row.get(0)?, row.get(1)?, row.get(2)?);
            if !kinds.contains(&kind) {
                continue;
            }
            let subject = row.get::<String>(3)?;
            for to in people {
                let task = NewTask { user: *to, case, kind, subject: &subject, at };
                self.add_task(&task).await?;
            }
            if !people.contains(&user) {
                let sql = "UPDATE task SET done_at = $2 WHERE id = $1";
                self.execute(sql, args![id, at]).await?;
            }
        }
        Ok(())
    }

    /// Its case, unless it waits for somebody else or for nobody any more.
    pub async fn finish_task(
        &mut self,
        id: TaskId,
        user: UserId,
        at: Timestamp,
    ) -> Result<Option<CaseId>, StoreError> {
        let sql = "UPDATE task SET done_at = $3 WHERE id = $1 AND user_id = $2 AND done_at IS NULL \
             RETURNING case_id, kind, subject";
        let Some(row) = self.optional(sql, args![id, user, at]).await? else { return Ok(None) };
        let (case, kind, subject): (CaseId, TaskKind, String) = (row.get(0)?, row.get(1)?, row.get(2)?);
        for also in kind.says_also() {
            let sql = "UPDATE task SET done_at = $5 WHERE user_id = $1 AND case_id = $2 AND kind = $3 AND subject = $4 \
                 AND done_at IS NULL";
            self.execute(sql, args![user, case, *also, subject.as_str(), at]).await?;
        }
        Ok(Some(case))
    }
}
