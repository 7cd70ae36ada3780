//! One case and its page.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::Serialize;
use sqlx::AssertSqlSafe;

use super::event::TimelineEntry;
use super::person::Person;
use super::recording::RecordingRow;
use super::search_index::Unindexed;
use super::sql::{Row, Value, args};
use super::tx::Tx;
use super::{Db, StoreError};
use crate::domain::case::{CaseNumber, Channel, Status};
use crate::domain::id::{CaseId, CategoryId, DepartmentId, OutboxId, PersonId, UserId};
use crate::domain::message::DeliveryState;

/// One row of the list, and the head of the case's page. Names of category, service and assignee: [`Db::directory`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct CaseRow {
    pub id: CaseId,
    pub number: CaseNumber,
    pub channel: Channel,
    pub status: Status,
    pub category: CategoryId,
    pub department: Option<DepartmentId>,
    pub assignee: Option<UserId>,
    pub person: Option<PersonId>,
    /// Of the person; empty when nobody wrote it down yet.
    pub person_name: String,
    /// The number or name that the contact came from; `None` when it was hidden.
    pub caller: Option<String>,
    /// The beginning of what the citizen wrote; empty for a call.
    pub summary: String,
    pub opened_at: Timestamp,
    pub updated_at: Timestamp,
    /// Grows with every change of status, assignee, category or service; verbs that change these want it back.
    pub version: i64,
}

/// All that the case's page shows.
#[derive(Clone, Debug)]
pub struct CaseDetail {
    pub case: CaseRow,
    pub person: Option<Person>,
    /// Oldest first.
    pub timeline: Vec<TimelineEntry>,
    /// Kept ones, oldest first.
    pub recordings: Vec<RecordingRow>,
    /// Texts to the citizen, oldest first.
    pub texts: Vec<TextRow>,
    /// The latest other cases of the person.
    pub others: Vec<CaseRow>,
    /// Names of the queues by their keys: the timeline has keys.
    pub queues: BTreeMap<String, String>,
}

/// One text to a citizen, with what became of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct TextRow {
    pub id: OutboxId,
    pub to: String,
    pub words: String,
    pub state: DeliveryState,
    pub error: Option<String>,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
}

/// The columns of a [`CaseRow`]; `c` is the case, `p` its person.
pub(super) const CASE_ROW: &str = "c.id, c.number, c.channel, c.status, c.category_id, c.department_id, c.assignee_id, \
     c.person_id, p.name, c.caller, c.summary, c.opened_at, c.updated_at, c.version";

/// The latest so many other cases of the person are on a case's page.
const OTHERS: i64 = 10;

impl Db {
    pub async fn case_row(&self, id: CaseId) -> Result<Option<CaseRow>, StoreError> {
        let sql = select("WHERE c.id = $1");
        self.optional(sql, args![id]).await?.as_ref().map(case_row).transpose()
    }

    pub async fn case_detail(&self, id: CaseId) -> Result<Option<CaseDetail>, StoreError> {
        let Some(case) = self.case_row(id).await? else { return Ok(None) };
        let person = match case.person {
            Some(person) => self.person(person).await?,
            None => None,
        };
        let others = match case.person {
            Some(person) => self.other_cases(person, id).await?,
            None => Vec::new(),
        };
        Ok(Some(CaseDetail {
            person,
            timeline: self.timeline(id).await?,
            recordings: self.case_recordings(id).await?,
            texts: self.case_texts(id).await?,
            others,
            queues: self.queue_names().await?,
            case,
        }))
    }

    pub async fn case_by_number(&self, number: &CaseNumber) -> Result<Option<CaseId>, StoreError> {
        let row = self.optional("SELECT id FROM case_file WHERE number = $1", args![number.as_str()]).await?;
        row.map(|row| row.get(0)).transpose()
    }

    async fn other_cases(&self, person: PersonId, than: CaseId) -> Result<Vec<CaseRow>, StoreError> {
        let sql =
            select("WHERE c.person_id = $1 AND c.id <> $2 ORDER BY c.opened_at DESC, c.id DESC LIMIT $3");
        self.all(sql, args![person, than, OTHERS]).await?.iter().map(case_row).collect()
    }

    async fn case_texts(&self, case: CaseId) -> Result<Vec<TextRow>, StoreError> {
        let sql = "SELECT id, recipient, words, state, error, created_at, updated_at FROM outbox WHERE case_id = $1 ORDER BY id";
        self.all(sql, args![case]).await?.iter().map(text_row).collect()
    }
}

fn select(rest: &str) -> AssertSqlSafe<String> {
    AssertSqlSafe(format!(
        "SELECT {CASE_ROW} FROM case_file c LEFT JOIN person p ON p.id = c.person_id {rest}"
    ))
}

pub(super) fn case_row(row: &Row) -> Result<CaseRow, StoreError> {
    let mut r = row.reader();
    Ok(CaseRow {
        id: r.next()?,
        number: r.next()?,
        channel: r.next()?,
        status: r.next()?,
        category: r.next()?,
        department: r.next()?,
        assignee: r.next()?,
        person: r.next()?,
        person_name: r.next::<Option<String>>()?.unwrap_or_default(),
        caller: r.next()?,
        summary: r.next()?,
        opened_at: r.next()?,
        updated_at: r.next()?,
        version: r.next()?,
    })
}

fn text_row(row: &Row) -> Result<TextRow, StoreError> {
    let mut r = row.reader();
    Ok(TextRow {
        id: r.next()?,
        to: r.next()?,
        words: r.next()?,
        state: r.next()?,
        error: r.next()?,
        created_at: r.next()?,
        updated_at: r.next()?,
    })
}

/// A case as it is opened.
#[derive(Clone, Debug)]
pub struct NewCase {
    pub number: CaseNumber,
    pub channel: Channel,
    pub category: CategoryId,
    pub category_root: CategoryId,
    pub department: Option<DepartmentId>,
    pub person: Option<PersonId>,
    pub caller: Option<String>,
    pub summary: String,
    pub at: Timestamp,
    /// Search keys, one space between.
    pub search: String,
}

/// The head of a case, as verbs need it before they change it.
#[derive(Clone, Debug)]
pub struct CaseHead {
    pub number: CaseNumber,
    pub channel: Channel,
    pub status: Status,
    pub category: CategoryId,
    pub department: Option<DepartmentId>,
    pub assignee: Option<UserId>,
    pub version: i64,
}

/// What a verb changes on the row; `None` stays as it is.
#[derive(Clone, Debug, Default)]
pub struct CaseChange {
    pub channel: Option<Channel>,
    pub status: Option<Status>,
    pub category: Option<(CategoryId, CategoryId)>,
    pub department: Option<Option<DepartmentId>>,
    pub assignee: Option<Option<UserId>>,
}

impl Tx<'_> {
    /// The next ordinal of the series. Taken as late as possible: others who open a case wait for this transaction.
    pub async fn next_ordinal(&mut self, class: &str, year: i16) -> Result<i64, StoreError> {
        if !self.is_postgres() {
            // Two plain statements cost its only writer less than one that could be undone alone.
            let sql = "UPDATE number_series SET last = last + 1 WHERE class = $1 AND year = $2";
            if self.execute(sql, args![class, i64::from(year)]).await? > 0 {
                let sql = "SELECT last FROM number_series WHERE class = $1 AND year = $2";
                return self.one(sql, args![class, i64::from(year)]).await?.get(0);
            }
        }
        let sql = "INSERT INTO number_series (class, year, last) VALUES ($1, $2, 1) \
             ON CONFLICT (class, year) DO UPDATE SET last = number_series.last + 1 RETURNING last";
        self.one(sql, args![class, i64::from(year)]).await?.get(0)
    }

    pub async fn insert_case(&mut self, case: &NewCase) -> Result<CaseId, StoreError> {
        let sql = "INSERT INTO case_file (number, channel, status, category_id, category_root_id, department_id, \
             person_id, caller, summary, opened_at, updated_at, contact_at) \
             VALUES ($1, $2, 'new', $3, $4, $5, $6, $7, $8, $9, $9, $9)";
        let values = args![
            case.number.as_str(),
            case.channel,
            case.category,
            case.category_root,
            case.department,
            case.person,
            case.caller.clone(),
            case.summary.as_str(),
            case.at,
        ];
        let id = CaseId(self.insert_one(sql, values).await?);
        let sql = "INSERT INTO case_search (case_id, body) VALUES ($1, $2)";
        self.execute(sql, args![id, case.search.as_str()]).await?;
        self.unindexed.push(Unindexed { case: id, known: false });
        Ok(id)
    }

    /// Locked until the end of the transaction.
    pub async fn case_head(&mut self, id: CaseId) -> Result<Option<CaseHead>, StoreError> {
        let sql = "SELECT number, channel, status, category_id, department_id, assignee_id, version FROM case_file WHERE id = $1";
        let row = if self.is_postgres() {
            self.optional(AssertSqlSafe(format!("{sql} FOR UPDATE")), args![id]).await?
        } else {
            self.optional(sql, args![id]).await?
        };
        let head = |row: Row| {
            let mut r = row.reader();
            Ok(CaseHead {
                number: r.next()?,
                channel: r.next()?,
                status: r.next()?,
                category: r.next()?,
                department: r.next()?,
                assignee: r.next()?,
                version: r.next()?,
            })
        };
        row.map(head).transpose()
    }

    /// The new version.
    pub async fn change_case(
        &mut self,
        id: CaseId,
        change: &CaseChange,
        at: Timestamp,
    ) -> Result<i64, StoreError> {
        let mut sets = String::from("updated_at = $2, version = version + 1");
        let mut values = args![id, at];
        let mut set = |column: &str, value: Value| {
            values.push(value);
            sets.push_str(&format!(", {column} = ${}", values.len()));
        };
        if let Some(channel) = change.channel {
            set("channel", channel.into());
        }
        if let Some(status) = change.status {
            set("status", status.into());
        }
        if let Some((category, root)) = change.category {
            set("category_id", category.into());
            set("category_root_id", root.into());
        }
        if let Some(department) = change.department {
            set("department_id", department.into());
        }
        if let Some(assignee) = change.assignee {
            set("assignee_id", assignee.into());
        }
        let sql = format!("UPDATE case_file SET {sets} WHERE id = $1 RETURNING version");
        self.one(AssertSqlSafe(sql), values).await?.get(0)
    }

    /// Something happened on the case that changes none of its fields.
    pub async fn touch_case(
        &mut self,
        id: CaseId,
        at: Timestamp,
        by_citizen: bool,
    ) -> Result<bool, StoreError> {
        let sql = if by_citizen {
            "UPDATE case_file SET updated_at = $2, contact_at = $2 WHERE id = $1"
        } else {
            "UPDATE case_file SET updated_at = $2 WHERE id = $1"
        };
        Ok(self.execute(sql, args![id, at]).await? > 0)
    }

    /// Search keys by which the case is found from now on too.
    pub async fn add_case_words(&mut self, id: CaseId, keys: &str) -> Result<(), StoreError> {
        if !keys.is_empty() {
            let sql = "UPDATE case_search SET body = body || ' ' || $2 WHERE case_id = $1";
            self.execute(sql, args![id, keys]).await?;
            self.unindexed.push(Unindexed { case: id, known: true });
        }
        Ok(())
    }
}
