//! The list of cases: newest first, filtered, searched, page by page.

use std::fmt;
use std::str::FromStr;

use jiff::Timestamp;
use sqlx::AssertSqlSafe;

use super::case::{CASE_ROW, CaseRow, case_row};
use super::sql::{Value, args};
use super::{Db, StoreError, search};
use crate::domain::case::{CaseNumber, Channel, Status};
use crate::domain::id::{CaseId, CategoryId, DepartmentId, PersonId, UserId};
use crate::domain::phone::PhoneNumber;

/// All that is given must hold.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CaseFilter {
    pub status: Option<Status>,
    pub channel: Option<Channel>,
    /// The category or one under it.
    pub category: Option<CategoryId>,
    pub department: Option<DepartmentId>,
    pub assignee: Option<Assignee>,
    /// Opened at or after.
    pub from: Option<Timestamp>,
    /// Opened before.
    pub until: Option<Timestamp>,
    pub number: Option<CaseNumber>,
    /// Cases of the person with this number.
    pub phone: Option<PhoneNumber>,
    pub person: Option<PersonId>,
    /// Words in either script, a telephone number in any notation, a case number or its beginning.
    pub q: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Assignee {
    User(UserId),
    Nobody,
}

/// Where a page ended. Written as `<microseconds>.<id>`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cursor {
    pub opened_at: Timestamp,
    pub id: CaseId,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CasePage {
    pub rows: Vec<CaseRow>,
    /// `None` on the last page.
    pub next: Option<Cursor>,
}

/// A page asks for no more than this.
pub const PAGE_MAX: u32 = 200;

/// A search with filters looks at no more than this many of the newest hits, so that a common word costs no more than a rare one.
const SEARCHED: i64 = 10_000;

impl Db {
    /// Newest first, after `after`.
    pub async fn case_list(
        &self,
        filter: &CaseFilter,
        after: Option<Cursor>,
        limit: u32,
    ) -> Result<CasePage, StoreError> {
        let limit = limit.clamp(1, PAGE_MAX);
        let query = filter.query(self, after, i64::from(limit) + 1);
        let Some((sql, values)) = query else { return Ok(CasePage { rows: Vec::new(), next: None }) };
        let rows = self.all(AssertSqlSafe(sql), values).await?;
        let mut rows: Vec<CaseRow> = rows.iter().map(case_row).collect::<Result<_, _>>()?;
        let more = rows.len() > limit as usize;
        rows.truncate(limit as usize);
        let next = rows.last().filter(|_| more).map(|last| Cursor { opened_at: last.opened_at, id: last.id });
        Ok(CasePage { rows, next })
    }

    /// How many cases are in each status, from maintained counters.
    pub async fn case_counts(&self) -> Result<Vec<(Status, i64)>, StoreError> {
        let rows = self.all("SELECT status, n FROM case_count", args![]).await?;
        let mut counts: Vec<(Status, i64)> =
            rows.iter().map(|row| Ok((row.get(0)?, row.get(1)?))).collect::<Result<_, StoreError>>()?;
        counts.sort_by_key(|(status, _)| Status::ALL.iter().position(|s| s == status));
        Ok(counts)
    }
}

impl CaseFilter {
    /// `None`: nothing can match. Every condition but the search's is served by an index that is in the order of the list.
    fn query(&self, db: &Db, after: Option<Cursor>, limit: i64) -> Option<(String, Vec<Value>)> {
        let mut values: Vec<Value> = Vec::new();
        let mut place = |value: Value| {
            values.push(value);
            format!("${}", values.len())
        };
        let mut conditions: Vec<String> = Vec::new();
        let search = match self.q.as_deref().map(search::terms) {
            Some(Some(terms)) => {
                Some(place(if db.is_postgres() { terms.tsquery() } else { terms.fts5() }.into()))
            }
            Some(None) if self.q.as_deref().is_some_and(|q| !q.trim().is_empty()) => return None,
            _ => None,
        };
        let mut equal = |column: &str, value: Option<Value>| {
            conditions.extend(value.map(|value| format!("{column} = {}", place(value))));
        };
        equal("c.status", self.status.map(Into::into));
        equal("c.channel", self.channel.map(Into::into));
        equal("c.department_id", self.department.map(Into::into));
        equal("c.person_id", self.person.map(Into::into));
        equal("c.number", self.number.as_ref().map(|number| number.as_str().into()));
        if let Some(Assignee::User(user)) = self.assignee {
            equal("c.assignee_id", Some(user.into()));
        }
        let directory = db.directory();
        match self.category.map(|id| (id, directory.category_branch(id))) {
            Some((id, branch)) if branch.len() > 1 && directory.category_root(id) == id => {
                equal("c.category_root_id", Some(id.into()));
            }
            Some((_, branch)) => {
                let list: Vec<String> = branch.iter().map(|id| id.to_string()).collect();
                match list.as_slice() {
                    [one] => conditions.push(format!("c.category_id = {one}")),
                    many => conditions.push(format!("c.category_id IN ({})", many.join(", "))),
                }
            }
            None => {}
        }
        if self.assignee == Some(Assignee::Nobody) {
            conditions.push("c.assignee_id IS NULL".into());
        }
        if let Some(from) = self.from {
            conditions.push(format!("c.opened_at >= {}", place(from.into())));
        }
        if let Some(until) = self.until {
            conditions.push(format!("c.opened_at < {}", place(until.into())));
        }
        if let Some(phone) = &self.phone {
            let phone = place(phone.as_str().into());
            conditions.push(format!(
                "c.person_id = (SELECT person_id FROM contact_point WHERE kind = 'phone' AND value = {phone})"
            ));
        }
        let sql = match search {
            Some(terms) => {
                let before = after.map(|cursor| place(cursor.id.into()));
                let hits = place(if conditions.is_empty() { limit } else { SEARCHED }.into());
                let found = found(db.is_postgres(), &terms, before.as_deref(), &hits);
                let limit = place(limit.into());
                let and = if conditions.is_empty() { "" } else { "WHERE " };
                format!(
                    "SELECT {CASE_ROW} FROM ({found}) s JOIN case_file c ON c.id = s.id \
                     LEFT JOIN person p ON p.id = c.person_id {and}{} ORDER BY c.id DESC LIMIT {limit}",
                    conditions.join(" AND ")
                )
            }
            None => {
                if let Some(cursor) = after {
                    let (at, id) = (place(cursor.opened_at.into()), place(cursor.id.into()));
                    conditions.push(format!("(c.opened_at, c.id) < ({at}, {id})"));
                }
                let limit = place(limit.into());
                let and = if conditions.is_empty() { "" } else { "WHERE " };
                format!(
                    "SELECT {CASE_ROW} FROM case_file c LEFT JOIN person p ON p.id = c.person_id \
                     {and}{} ORDER BY c.opened_at DESC, c.id DESC LIMIT {limit}",
                    conditions.join(" AND ")
                )
            }
        };
        Some((sql, values))
    }
}

/// The newest cases in which all the terms are; the one place besides the tables where the databases differ in words.
fn found(postgres: bool, terms: &str, before: Option<&str>, limit: &str) -> String {
    let (table, id, matches) = if postgres {
        ("case_search", "case_id", format!("words @@ {terms}::text::tsquery"))
    } else {
        ("case_fts", "rowid", format!("case_fts MATCH {terms}"))
    };
    let before = before.map(|before| format!(" AND {id} < {before}")).unwrap_or_default();
    format!("SELECT {id} AS id FROM {table} WHERE {matches}{before} ORDER BY {id} DESC LIMIT {limit}")
}

impl fmt::Display for Cursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.opened_at.as_microsecond(), self.id)
    }
}

/// A cursor that was not written by us.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a cursor")]
pub struct BadCursor;

impl FromStr for Cursor {
    type Err = BadCursor;

    fn from_str(text: &str) -> Result<Self, BadCursor> {
        let (at, id) = text.split_once('.').ok_or(BadCursor)?;
        let opened_at =
            at.parse().ok().and_then(|at| Timestamp::from_microsecond(at).ok()).ok_or(BadCursor)?;
        Ok(Self { opened_at, id: CaseId(id.parse().map_err(|_| BadCursor)?) })
    }
}
