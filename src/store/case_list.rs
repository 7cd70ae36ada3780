//! The list of cases: newest first, filtered, searched, page by page.

use std::fmt;
use std::str::FromStr;

use jiff::Timestamp;
use sqlx::AssertSqlSafe;

use super::case::{CASE_ROW, CaseRow, PERSON_OF_CASE, case_row};
use super::directory::Directory;
use super::query::{Arm, Query};
use super::sql::{Row, Value, args};
use super::{Db, StoreError, search};
use crate::domain::case::{CaseNumber, Channel, Outcome, Status, Told};
use crate::domain::id::{CaseId, CategoryId, DepartmentId, PersonId, UserId};
use crate::domain::permission::reach::Reach;
use crate::domain::phone::PhoneNumber;
use crate::domain::search::{Query as SearchQuery, service_key};
use crate::domain::words::words;

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
    /// The soonest running deadline. The list is then in its order, soonest first.
    pub due: Option<DueWindow>,
    /// In any of these; none: in any status.
    pub statuses: Vec<Status>,
    pub outcome: Option<Outcome>,
    /// How far the citizen knows of it.
    pub told: Option<Told>,
    pub order: Order,
    /// Cases of one of these; made of `phone` and `person` by the list itself.
    pub people: Option<Vec<PersonId>>,
    /// Words in either script, a telephone number in any notation, a case number or its beginning.
    pub q: Option<String>,
    /// Only what somebody may read, see [`super::reach`].
    pub reach: Reach,
}

words! {
    /// What stands first.
    #[derive(Default)]
    Order {
        /// Opened last.
        #[default]
        Newest = "newest",
        /// Due soonest; only what is due at all.
        Due = "due",
        /// Changed last.
        Updated = "updated",
    }
}

impl Order {
    /// The column, what comes behind in it, and its direction.
    fn column(self) -> (&'static str, &'static str, &'static str) {
        match self {
            Self::Newest => ("opened_at", "<", "DESC"),
            Self::Due => ("due_at", ">", "ASC"),
            Self::Updated => ("updated_at", "<", "DESC"),
        }
    }
}

/// Between two moments; without either: whatever is due at all.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct DueWindow {
    /// Due at or after.
    pub from: Option<Timestamp>,
    /// Due before.
    pub until: Option<Timestamp>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Assignee {
    User(UserId),
    Nobody,
}

/// Where a page ended. Written as `<microseconds>.<id>`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cursor {
    /// When the last case was opened; of a list in another order: when it is due, or was changed.
    pub at: Timestamp,
    pub id: CaseId,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CasePage {
    pub rows: Vec<CaseRow>,
    /// `None` on the last page.
    pub next: Option<Cursor>,
}

/// How many cases of one service are in one status; a maintained counter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Tally {
    pub service: Option<DepartmentId>,
    pub status: Status,
    pub n: i64,
}

/// A page asks for no more than this.
pub const PAGE_MAX: u32 = 200;

/// A search with filters looks at no more than this many of the newest hits on the embedded database, so that a common word costs no more
/// than a rare one.
pub(super) const SEARCHED: i64 = 10_000;

impl Db {
    /// Newest first, after `after`.
    pub async fn case_list(
        &self,
        filter: &CaseFilter,
        after: Option<Cursor>,
        limit: u32,
    ) -> Result<CasePage, StoreError> {
        let limit = limit.clamp(1, PAGE_MAX);
        let (sql, values) = self.resolved(filter).await?.query(self, after, i64::from(limit) + 1);
        let rows = self.all(AssertSqlSafe(sql), values).await?;
        let mut rows: Vec<CaseRow> = rows.iter().map(case_row).collect::<Result<_, _>>()?;
        let more = rows.len() > limit as usize;
        rows.truncate(limit as usize);
        let at = |row: &CaseRow| match filter.order() {
            Order::Due => row.due_at.unwrap_or(row.opened_at),
            Order::Updated => row.updated_at,
            Order::Newest => row.opened_at,
        };
        let next = rows.last().filter(|_| more).map(|last| Cursor { at: at(last), id: last.id });
        Ok(CasePage { rows, next })
    }

    /// How the embedded database goes about [`Db::case_list`]: for the test that looks for scans.
    pub async fn explain_list(
        &self,
        filter: &CaseFilter,
        after: Option<Cursor>,
    ) -> Result<Vec<String>, StoreError> {
        let (sql, values) = self.resolved(filter).await?.query(self, after, 51);
        let rows = self.all(AssertSqlSafe(format!("EXPLAIN QUERY PLAN {sql}")), values).await?;
        rows.iter().map(|row| row.get(3)).collect()
    }

    /// With the people who are meant by a number or a person: also those who were merged.
    pub(super) async fn resolved(&self, filter: &CaseFilter) -> Result<CaseFilter, StoreError> {
        let mut filter = filter.clone();
        let named = match &filter.phone {
            Some(phone) => Some(self.person_by_phone(phone).await?.map(|person| person.id)),
            None => filter.person.map(Some),
        };
        filter.people = match named {
            Some(Some(person)) => Some(self.group_of(person).await?),
            Some(None) => Some(Vec::new()),
            None => None,
        };
        Ok(filter)
    }

    /// How many cases are in each status, from maintained counters.
    pub async fn case_counts(&self) -> Result<Vec<(Status, i64)>, StoreError> {
        let mut counts: Vec<(Status, i64)> = Status::ALL.iter().map(|status| (*status, 0)).collect();
        for Tally { status, n, .. } in self.tallies().await? {
            if let Some(count) = counts.iter_mut().find(|(known, _)| *known == status) {
                count.1 += n;
            }
        }
        Ok(counts)
    }

    pub(super) async fn tallies(&self) -> Result<Vec<Tally>, StoreError> {
        let rows = self.all("SELECT department_id, status, n FROM case_count WHERE n > 0", args![]).await?;
        let tally = |row: &Row| {
            let service = Some(row.get(0)?).filter(|id: &DepartmentId| id.0 != 0);
            Ok(Tally { service, status: row.get(1)?, n: row.get(2)? })
        };
        rows.iter().map(tally).collect()
    }
}

/// A list is put together of no more lists than this.
const MOST_ARMS: usize = 64;

impl Db {
    /// How many cases are in a list, no further than [`DUE_COUNTED`]; of a search, no further than a page.
    pub async fn case_count(&self, filter: &CaseFilter) -> Result<i64, StoreError> {
        let filter = self.resolved(filter).await?;
        if filter.is_search() {
            let found = self.case_list(&filter, None, PAGE_MAX).await?;
            return Ok(i64::try_from(found.rows.len()).unwrap_or(i64::MAX));
        }
        let (sql, values) = filter.counted(&self.directory(), DUE_COUNTED);
        self.optional(AssertSqlSafe(sql), values).await?.map_or(Ok(0), |row| row.get(0))
    }
}

/// More than this are not counted: nobody reads the difference.
pub const DUE_COUNTED: i64 = 1_000;

impl Db {
    /// How many cases that may be read are due in each window, up to [`DUE_COUNTED`] each.
    pub async fn due_counts(&self, windows: &[DueWindow], reach: &Reach) -> Result<Vec<i64>, StoreError> {
        let mut counts = Vec::with_capacity(windows.len());
        for window in windows {
            let filter = CaseFilter { due: Some(*window), reach: reach.clone(), ..CaseFilter::default() };
            let (sql, values) = filter.count(DUE_COUNTED, self.is_postgres());
            let row = self.optional(AssertSqlSafe(sql), values).await?;
            counts.push(row.map_or(Ok(0), |row| row.get(0))?);
        }
        Ok(counts)
    }
}

impl CaseFilter {
    /// A search is in the order in which it finds.
    fn order(&self) -> Order {
        if self.is_search() {
            Order::Newest
        } else if self.due.is_some() {
            Order::Due
        } else {
            self.order
        }
    }

    fn is_search(&self) -> bool {
        self.q.as_deref().and_then(SearchQuery::parse).is_some()
    }

    /// Every condition but the search's is served by an index that is in the order of the list.
    fn query(&self, db: &Db, after: Option<Cursor>, limit: i64) -> (String, Vec<Value>) {
        let mut query = Query::default();
        // A search for nothing finds everything.
        let expression = self.q.as_deref().and_then(|q| search::anywhere(db.is_postgres(), q));
        let columns = format!("SELECT {CASE_ROW} FROM");
        let sql = match expression {
            Some((among, expression)) => {
                let expression = query.place(self.of_owners(db.is_postgres(), expression));
                let looked_at = self.narrowed(&mut query, &db.directory(), limit);
                let before = after.map(|cursor| query.place(cursor.id));
                let (also, limit) = (query.also(), query.place(limit));
                let hits = search::Hits {
                    among,
                    expression: &expression,
                    before: before.as_deref(),
                    also: &also,
                    looked_at: &looked_at,
                    limit: &limit,
                };
                let hits = hits.sql(db.is_postgres());
                format!(
                    "{columns} ({hits}) s JOIN case_file c ON c.id = s.id {PERSON_OF_CASE} ORDER BY c.id DESC"
                )
            }
            None => {
                self.conditions(&mut query, &db.directory());
                let (column, later, order) = self.order().column();
                if self.order() == Order::Due && self.due.is_none() {
                    query.conditions.push("c.due_at IS NOT NULL".into());
                }
                if let Some(cursor) = after {
                    let (at, id) = (query.place(cursor.at), query.place(cursor.id));
                    query.conditions.push(format!("(c.{column}, c.id) {later} ({at}, {id})"));
                }
                let limit = query.place(limit);
                let sorted = format!("ORDER BY c.{column} {order}, c.id {order}");
                match self.arms(&mut query, db.is_postgres()) {
                    Some(arms) => {
                        let arm = |arm: &Arm| query.arm(arm, column, &format!("{sorted} LIMIT {limit}"));
                        let found = arms.iter().map(arm).collect::<Vec<_>>().join(" UNION ");
                        // Whose cases they are is looked up for those of the page alone.
                        let found = format!(
                            "SELECT id FROM ({found}) u ORDER BY at {order}, id {order} LIMIT {limit}"
                        );
                        format!(
                            "{columns} ({found}) s JOIN case_file c ON c.id = s.id {PERSON_OF_CASE} {sorted}"
                        )
                    }
                    None => {
                        self.readable(&mut query);
                        let wanted = query.wanted();
                        format!("{columns} case_file c {PERSON_OF_CASE} {wanted} {sorted} LIMIT {limit}")
                    }
                }
            }
        };
        (sql, query.values)
    }

    /// Conditions whose lists, put together, are the list: each of them is in the order of an index. `None` when one look does as well.
    fn arms(&self, query: &mut Query, postgres: bool) -> Option<Vec<Arm>> {
        let states: Vec<String> = match self.statuses.as_slice() {
            [] | [_] => Vec::new(),
            several => several.iter().map(|status| format!("c.status = {}", query.place(*status))).collect(),
        };
        let readable = self.reach.arms(query, postgres);
        if states.is_empty() {
            return readable;
        }
        let each = match readable {
            Some(readable) if readable.len() * states.len() <= MOST_ARMS => readable,
            _ => {
                let condition = self.reach.condition(query);
                vec![Arm::new(condition.unwrap_or_else(|| "1 = 1".into()))]
            }
        };
        let in_state = |arm: &Arm, state: &String| Arm {
            condition: format!("{} AND {}", arm.beside(state), arm.condition),
            leads: arm.leads,
        };
        Some(each.iter().flat_map(|arm| states.iter().map(move |state| in_state(arm, state))).collect())
    }

    /// How many there are, no further than `most`; of a search none are counted.
    fn counted(&self, directory: &Directory, most: i64) -> (String, Vec<Value>) {
        let mut query = Query::default();
        self.conditions(&mut query, directory);
        self.states(&mut query);
        self.readable(&mut query);
        let limit = query.place(most);
        let wanted = query.wanted();
        (
            format!("SELECT count(*) FROM (SELECT c.id FROM case_file c {wanted} LIMIT {limit}) d"),
            query.values,
        )
    }

    /// Several, where no order is asked for.
    pub(super) fn states(&self, query: &mut Query) {
        if let [_, _, ..] = self.statuses.as_slice() {
            let states: Vec<String> = self.statuses.iter().map(|status| query.place(*status)).collect();
            query.conditions.push(format!("c.status IN ({})", states.join(", ")));
        }
    }

    /// What the index is asked for, so that it gives hits of those services and people only whose cases are wanted.
    pub(super) fn of_owners(&self, postgres: bool, expression: String) -> String {
        let service = self.department.map(|service| search::whole(postgres, &service_key(service)));
        let mut all = vec![format!("({expression})")];
        all.extend(service.into_iter().chain(self.reach.searched(postgres)));
        all.join(search::and(postgres))
    }

    /// The conditions of a search, and the place of how many hits are looked at: no more than wanted where every hit of the index is.
    pub(super) fn narrowed(&self, query: &mut Query, directory: &Directory, limit: i64) -> String {
        self.conditions(query, directory);
        self.states(query);
        let looked_at = if query.is_empty() && self.reach.is_by_owner() { limit } else { SEARCHED };
        self.readable(query);
        query.place(looked_at)
    }

    /// Counts in the order of due dates, no further than `most`.
    fn count(&self, most: i64, postgres: bool) -> (String, Vec<Value>) {
        let mut query = Query::default();
        self.fields(&mut query);
        let limit = query.place(most);
        let found = match self.reach.arms(&mut query, postgres) {
            Some(arms) => {
                let order = format!("ORDER BY c.due_at, c.id LIMIT {limit}");
                let arms: Vec<String> = arms.iter().map(|arm| query.arm(arm, "due_at", &order)).collect();
                format!("SELECT id FROM ({}) u LIMIT {limit}", arms.join(" UNION "))
            }
            None => {
                self.readable(&mut query);
                format!("SELECT c.id FROM case_file c {} LIMIT {limit}", query.wanted())
            }
        };
        (format!("SELECT count(*) FROM ({found}) d"), query.values)
    }

    /// All but the search and what may be read.
    pub(super) fn conditions(&self, query: &mut Query, directory: &Directory) {
        self.fields(query);
        self.category(query, directory);
    }

    /// Only what somebody may read, looked at case by case.
    pub(super) fn readable(&self, query: &mut Query) {
        if let Some(readable) = self.reach.condition(query) {
            query.conditions.push(readable);
        }
    }

    fn fields(&self, query: &mut Query) {
        query.compare("c.status =", self.status);
        if let [only] = self.statuses.as_slice() {
            query.compare("c.status =", Some(*only));
        }
        query.compare("c.outcome =", self.outcome);
        if let Some(told) = self.told {
            // With the words of the index.
            query.conditions.push(if told == Told::No {
                "c.told = 'no'".into()
            } else {
                "c.told <> 'no'".into()
            });
            query.compare("c.told =", Some(told));
        }
        query.compare("c.channel =", self.channel);
        query.compare("c.department_id =", self.department);
        query.compare("c.number =", self.number.as_ref().map(CaseNumber::as_str));
        query.compare("c.opened_at >=", self.from);
        query.compare("c.opened_at <", self.until);
        if let Some(due) = self.due {
            query.conditions.push("c.due_at IS NOT NULL".into());
            query.compare("c.due_at >=", due.from);
            query.compare("c.due_at <", due.until);
        }
        match self.assignee {
            Some(Assignee::User(user)) => query.compare("c.assignee_id =", Some(user)),
            Some(Assignee::Nobody) => query.conditions.push("c.assignee_id IS NULL".into()),
            None => {}
        }
        match self.people.as_deref() {
            None => {}
            Some([]) => query.conditions.push("1 = 0".into()),
            // As a rule nobody was merged, and the index is in the order of the list.
            Some([person]) => query.compare("c.person_id =", Some(*person)),
            Some(people) => {
                let places: Vec<String> = people.iter().map(|person| query.place(*person)).collect();
                query.conditions.push(format!("c.person_id IN ({})", places.join(", ")));
            }
        }
    }

    /// A leaf and the top of a branch have an index of their own; what is between them is rare.
    fn category(&self, query: &mut Query, directory: &Directory) {
        let Some(id) = self.category else { return };
        let branch = directory.category_branch(id);
        if branch.len() == 1 {
            query.compare("c.category_id =", Some(id));
        } else if directory.category_root(id) == id {
            query.compare("c.category_root_id =", Some(id));
        } else {
            let places: Vec<String> = branch.into_iter().map(|id| query.place(id)).collect();
            query.conditions.push(format!("c.category_id IN ({})", places.join(", ")));
        }
    }
}

impl fmt::Display for Cursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.at.as_microsecond(), self.id)
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
        let at = at.parse().ok().and_then(|at| Timestamp::from_microsecond(at).ok()).ok_or(BadCursor)?;
        Ok(Self { at, id: CaseId(id.parse().map_err(|_| BadCursor)?) })
    }
}
