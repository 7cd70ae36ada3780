//! Timelines: appended to, never changed.

use jiff::Timestamp;
use serde::Serialize;
use serde_json::json;
use sqlx::AssertSqlSafe;

use super::seal::new_salt;
use super::sql::{Row, Value, args, each, pieces, places};
use super::tx::Tx;
use super::{Db, StoreError};
use crate::domain::audit::{AuditEntry, What, Who};
use crate::domain::id::{CaseEventId, CaseId, UserId};
use crate::domain::timeline::{Entry, Visibility};

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct TimelineEntry {
    pub id: CaseEventId,
    /// A case shows the entries of its parts too.
    pub case: CaseId,
    pub at: Timestamp,
    /// `None`: the citizen or the program itself; the entry tells which.
    pub actor: Option<UserId>,
    /// Name of the API token that acted.
    pub token: Option<String>,
    pub visibility: Visibility,
    pub entry: Entry,
    /// What it said of citizens was erased.
    pub erased: bool,
}

/// A page shows no more entries of one case than this, the latest ones; a case that long is a campaign, not a case.
const ENTRIES: i64 = 2_000;

pub(super) const ENTRY: &str = "id, case_id, at, actor_id, token, visibility, payload, erasure";

impl Db {
    /// Oldest first.
    pub async fn timeline(&self, case: CaseId) -> Result<Vec<TimelineEntry>, StoreError> {
        self.timeline_of(case, &TimelineFilter::default(), u32::MAX).await
    }
}

impl Db {
    /// Of several cases, in the order of time.
    pub(super) async fn timelines(&self, cases: &[CaseId]) -> Result<Vec<TimelineEntry>, StoreError> {
        let mut entries: Vec<TimelineEntry> = Vec::new();
        for piece in pieces(cases) {
            let sql = each(piece.len(), |case| {
                format!(
                    "SELECT {ENTRY} FROM case_event WHERE case_id = {case} ORDER BY id DESC LIMIT {ENTRIES}"
                )
            });
            let cases = piece.iter().map(|case| (*case).into()).collect();
            for row in self.all(AssertSqlSafe(sql), cases).await? {
                entries.push(entry(&row)?);
            }
        }
        entries.sort_by_key(|entry| (entry.at, entry.id));
        Ok(entries)
    }
}

/// Entries of one case; all of it together.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TimelineFilter {
    /// Any of these; empty: every kind.
    pub kinds: Vec<String>,
    pub visibility: Option<Visibility>,
    /// Who did it.
    pub user: Option<UserId>,
    pub token: Option<String>,
    pub from: Option<Timestamp>,
    /// Not included.
    pub until: Option<Timestamp>,
    /// Only earlier entries: where the page before ended.
    pub before: Option<CaseEventId>,
}

impl Db {
    /// The latest `limit` that the filter is about, oldest first. Served by the index of the case's timeline.
    pub async fn timeline_of(
        &self,
        case: CaseId,
        filter: &TimelineFilter,
        limit: u32,
    ) -> Result<Vec<TimelineEntry>, StoreError> {
        let mut values = args![case];
        let mut sql = format!("SELECT {ENTRY} FROM case_event WHERE case_id = $1");
        let mut and = |condition: &str, value: Value| {
            values.push(value);
            sql.push_str(&format!(" AND {condition} ${}", values.len()));
        };
        if let Some(visibility) = filter.visibility {
            and("visibility =", visibility.into());
        }
        if let Some(user) = filter.user {
            and("actor_id =", user.into());
        }
        if let Some(token) = &filter.token {
            and("token =", token.as_str().into());
        }
        if let Some(from) = filter.from {
            and("at >=", from.into());
        }
        if let Some(until) = filter.until {
            and("at <", until.into());
        }
        if let Some(before) = filter.before {
            and("id <", before.into());
        }
        if !filter.kinds.is_empty() {
            let places: Vec<String> = filter
                .kinds
                .iter()
                .map(|kind| {
                    values.push(kind.as_str().into());
                    format!("${}", values.len())
                })
                .collect();
            sql.push_str(&format!(" AND kind IN ({})", places.join(",")));
        }
        values.push(i64::from(limit).min(ENTRIES).into());
        sql.push_str(&format!(" ORDER BY id DESC LIMIT ${}", values.len()));
        self.all(AssertSqlSafe(sql), values).await?.iter().rev().map(entry).collect()
    }
}

pub(super) fn entry(row: &Row) -> Result<TimelineEntry, StoreError> {
    let mut r = row.reader();
    Ok(TimelineEntry {
        id: r.next()?,
        case: r.next()?,
        at: r.next()?,
        actor: r.next()?,
        token: r.next()?,
        visibility: r.next()?,
        entry: serde_json::from_str(&r.next::<String>()?).map_err(|e| StoreError::Corrupt(e.to_string()))?,
        erased: r.next::<Option<String>>()?.is_some(),
    })
}

/// Who is written down as having done it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct By {
    pub user: Option<UserId>,
    pub token: Option<String>,
}

impl By {
    /// `None`: the citizen or the program itself.
    fn who(&self) -> Option<Who> {
        self.user.map(Who::user).or_else(|| self.token.as_deref().map(Who::token))
    }
}

impl Tx<'_> {
    /// The entries of these kinds, oldest first.
    pub async fn entries_of(&mut self, case: CaseId, kinds: &[&str]) -> Result<Vec<Entry>, StoreError> {
        let mut values = args![case];
        let places: Vec<String> = (2..2 + kinds.len()).map(|place| format!("${place}")).collect();
        values.extend(kinds.iter().map(|kind| (*kind).into()));
        let sql = format!(
            "SELECT payload FROM case_event WHERE case_id = $1 AND kind IN ({}) ORDER BY id",
            places.join(",")
        );
        let rows = self.all(sqlx::AssertSqlSafe(sql), values).await?;
        rows.iter()
            .map(|row| {
                serde_json::from_str(&row.get::<String>(0)?).map_err(|e| StoreError::Corrupt(e.to_string()))
            })
            .collect()
    }

    /// The user who made the latest entry of these kinds that a user made.
    pub async fn last_actor(&mut self, case: CaseId, kinds: &[&str]) -> Result<Option<UserId>, StoreError> {
        let mut values = args![case];
        let places: Vec<String> = (2..2 + kinds.len()).map(|place| format!("${place}")).collect();
        values.extend(kinds.iter().map(|kind| (*kind).into()));
        let sql = format!(
            "SELECT actor_id FROM case_event WHERE case_id = $1 AND actor_id IS NOT NULL AND kind IN ({}) \
             ORDER BY id DESC LIMIT 1",
            places.join(",")
        );
        let row = self.optional(AssertSqlSafe(sql), values).await?;
        row.map(|row| row.get(0)).transpose()
    }

    /// All of one case, oldest first, as they are locked with it.
    pub async fn own_entries(&mut self, case: CaseId) -> Result<Vec<Entry>, StoreError> {
        let sql = "SELECT payload FROM case_event WHERE case_id = $1 ORDER BY id";
        let rows = self.all(sql, args![case]).await?;
        let read = |row: &Row| {
            serde_json::from_str(&row.get::<String>(0)?).map_err(|e| StoreError::Corrupt(e.to_string()))
        };
        rows.iter().map(read).collect()
    }

    /// Appends to one case's timeline; the id of the last entry.
    pub async fn append(
        &mut self,
        case: CaseId,
        at: Timestamp,
        by: &By,
        entries: &[Entry],
    ) -> Result<Option<CaseEventId>, StoreError> {
        let entries: Vec<_> = entries.iter().map(|entry| (case, at, by.clone(), entry)).collect();
        self.append_all(&entries).await
    }

    /// Appends to the timelines of several cases with few statements.
    pub async fn append_all(
        &mut self,
        entries: &[(CaseId, Timestamp, By, &Entry)],
    ) -> Result<Option<CaseEventId>, StoreError> {
        if !self.hooks.is_empty() {
            self.tell_webhooks(entries).await?;
        }
        let mut last = None;
        for piece in pieces(entries) {
            let mut values = Vec::with_capacity(piece.len() * 8);
            for (case, at, by, entry) in piece {
                let payload = serde_json::to_string(entry).map_err(|e| StoreError::Corrupt(e.to_string()))?;
                values.extend(args![
                    *case,
                    *at,
                    entry.kind(),
                    by.user,
                    by.token.as_deref(),
                    entry.visibility(),
                    payload
                ]);
                values.push(new_salt());
            }
            let sql = format!(
                "INSERT INTO case_event (case_id, at, kind, actor_id, token, visibility, payload, salt) VALUES {}",
                places(piece.len(), 8)
            );
            last = self.insert(&sql, values).await?.map(CaseEventId);
        }
        self.audit_entries(entries);
        Ok(last)
    }

    /// What people and programs of others did comes into the audit too, by the kinds of its entries; a contact does not.
    fn audit_entries(&mut self, entries: &[(CaseId, Timestamp, By, &Entry)]) {
        let mut kinds: Vec<&str> = Vec::new();
        for (place, (case, at, by, entry)) in entries.iter().enumerate() {
            let Some(who) = by.who() else { continue };
            kinds.push(entry.kind());
            let goes_on =
                entries.get(place + 1).is_some_and(|(next, .., next_by, _)| next == case && next_by == by);
            if !goes_on {
                let detail = json!({ "entries": std::mem::take(&mut kinds) });
                let subject = (*case).into();
                self.audit(AuditEntry { at: *at, who, what: What::CaseChanged, subject, detail });
            }
        }
    }
}
