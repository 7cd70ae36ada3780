//! Every row of a case built again from its timeline, and compared.

use std::collections::BTreeMap;

use jiff::Timestamp;
use sqlx::AssertSqlSafe;

use super::case_change::{FIELDS, changes, fields};
use super::directory::Directory;
use super::sql::{Row, Value, args};
use super::tx::Tx;
use super::{Db, StoreError};
use crate::domain::case::CaseNumber;
use crate::domain::id::{CaseId, CategoryId};
use crate::domain::projection::CaseFields;
use crate::domain::search::owner_keys;
use crate::domain::timeline::Entry;

/// Cases that are read at once: some thousand entries.
const AT_ONCE: i64 = 250;

/// A row that its timeline does not account for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    pub case: CaseId,
    pub number: CaseNumber,
    pub wrong: Wrong,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Wrong {
    /// Columns whose values differ, with what they are and what the timeline says.
    Columns(Vec<Column>),
    /// There is nothing to build from: no entries, or the first opens no case.
    Headless,
    /// An entry that cannot be read; why.
    Unreadable(String),
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Column {
    pub name: &'static str,
    /// `None` for columns that hold a citizen's words or number.
    pub values: Option<(String, String)>,
}

/// Never printed.
const PRIVATE: &[&str] = &["caller", "summary", "place"];

impl Db {
    /// The next cases after `after`, and which of them seem to differ: rows and timelines are read one after the other, so that
    /// one which changes meanwhile seems to differ too.
    pub async fn suspects(&self, after: CaseId) -> Result<Option<Suspects>, StoreError> {
        let sql = format!("{} WHERE id > $1 ORDER BY id LIMIT $2", select());
        let rows = self.all(AssertSqlSafe(sql), args![after, AT_ONCE]).await?;
        let rows: Vec<StoredCase> = rows.iter().map(stored_case).collect::<Result<_, _>>()?;
        let Some(last) = rows.last().map(|row| row.id) else { return Ok(None) };
        let sql = "SELECT case_id, at, payload FROM case_event WHERE case_id > $1 AND case_id <= $2 ORDER BY case_id, id";
        let mut timelines: BTreeMap<CaseId, Timeline> = BTreeMap::new();
        for row in self.all(sql, args![after, last]).await? {
            timelines.entry(row.get(0)?).or_default().push(&row, 1)?;
        }
        let directory = self.directory();
        let mut suspects = Vec::new();
        let checked = rows.len();
        for row in rows {
            let timeline = timelines.remove(&row.id).unwrap_or_default();
            if compare(&directory, &row, timeline).is_err() {
                suspects.push(row.id);
            }
        }
        Ok(Some(Suspects { last, checked, suspects }))
    }
}

#[derive(Clone, Debug)]
pub struct Suspects {
    pub last: CaseId,
    pub checked: usize,
    pub suspects: Vec<CaseId>,
}

impl Tx<'_> {
    /// What is wrong with the row, looked at while nobody else changes it; made right with `fix`, when the timeline can be read.
    pub async fn rebuild_case(
        &mut self,
        directory: &Directory,
        id: CaseId,
        fix: bool,
    ) -> Result<Option<Difference>, StoreError> {
        let lock = if self.is_postgres() { " FOR UPDATE" } else { "" };
        let sql = format!("{} WHERE id = $1{lock}", select());
        let Some(row) = self.optional(AssertSqlSafe(sql), args![id]).await? else { return Ok(None) };
        let row = stored_case(&row)?;
        let mut timeline = Timeline::default();
        let sql = "SELECT at, payload FROM case_event WHERE case_id = $1 ORDER BY id";
        for event in self.all(sql, args![id]).await? {
            timeline.push(&event, 0)?;
        }
        let number = row.fields.number.clone();
        let wrong = match compare(directory, &row, timeline) {
            Ok(()) => return Ok(None),
            Err(Differs::Columns(columns)) => {
                let wrong = columns.iter().map(|(name, is, becomes)| column(name, is, becomes)).collect();
                if fix {
                    let columns = columns.into_iter().filter(|(name, ..)| *name != OWNERS);
                    self.set_case_columns(id, columns.map(|(name, _, becomes)| (name, becomes)).collect())
                        .await?;
                    self.set_owner_keys(id).await?;
                }
                Wrong::Columns(wrong)
            }
            Err(Differs::Headless) => Wrong::Headless,
            Err(Differs::Unreadable(why)) => Wrong::Unreadable(why),
        };
        Ok(Some(Difference { case: id, number, wrong }))
    }
}

struct StoredCase {
    id: CaseId,
    category_root: CategoryId,
    owners: Option<String>,
    fields: CaseFields,
}

fn select() -> String {
    let owners = "(SELECT s.owners FROM case_search s WHERE s.case_id = case_file.id)";
    format!("SELECT {FIELDS}, category_root_id, id, {owners} FROM case_file")
}

fn stored_case(row: &Row) -> Result<StoredCase, StoreError> {
    let after_fields = FIELDS.split(',').count();
    Ok(StoredCase {
        fields: fields(row)?,
        category_root: row.get(after_fields)?,
        id: row.get(after_fields + 1)?,
        owners: row.get(after_fields + 2)?,
    })
}

#[derive(Default)]
struct Timeline {
    entries: Vec<(Timestamp, Entry)>,
    unreadable: Option<String>,
}

impl Timeline {
    fn push(&mut self, row: &Row, at: usize) -> Result<(), StoreError> {
        let payload: String = row.get(at + 1)?;
        match serde_json::from_str(&payload) {
            Ok(entry) => self.entries.push((row.get(at)?, entry)),
            Err(why) => self.unreadable = Some(why.to_string()),
        }
        Ok(())
    }
}

enum Differs {
    /// Name, what it is, what it should be.
    Columns(Vec<(&'static str, Value, Value)>),
    Headless,
    Unreadable(String),
}

fn compare(directory: &Directory, row: &StoredCase, timeline: Timeline) -> Result<(), Differs> {
    if let Some(why) = timeline.unreadable {
        return Err(Differs::Unreadable(why));
    }
    let entries = timeline.entries.iter().map(|(at, entry)| (*at, entry));
    let built = CaseFields::of_timeline(entries).ok_or(Differs::Headless)?;
    let becomes = changes(directory, &row.fields, &built);
    let is = changes(directory, &built, &row.fields);
    let mut columns: Vec<_> =
        is.into_iter().zip(becomes).map(|((name, is), (_, becomes))| (name, is, becomes)).collect();
    columns.retain(|(name, ..)| *name != ROOT);
    let root = directory.category_root(built.category);
    if root != row.category_root {
        columns.push((ROOT, row.category_root.into(), root.into()));
    }
    let owners = owner_keys(built.department, built.assignee, built.opened_by);
    if row.owners.as_ref() != Some(&owners) {
        columns.push((OWNERS, row.owners.clone().into(), owners.into()));
    }
    if columns.is_empty() { Ok(()) } else { Err(Differs::Columns(columns)) }
}

const ROOT: &str = "category_root_id";
/// Stands beside the row, with the search keys.
const OWNERS: &str = "owners";

fn column(name: &'static str, is: &Value, becomes: &Value) -> Column {
    let values = (!PRIVATE.contains(&name)).then(|| (shown(is), shown(becomes)));
    Column { name, values }
}

fn shown(value: &Value) -> String {
    match value {
        Value::Int(Some(number)) => number.to_string(),
        Value::Text(Some(text)) => text.clone(),
        Value::Int(None) | Value::Text(None) | Value::Bytes(_) => "nothing".to_owned(),
    }
}
