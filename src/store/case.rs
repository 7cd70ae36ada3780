//! One case and its page.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::Serialize;
use sqlx::AssertSqlSafe;

use super::attachment::AttachmentRow;
use super::deadline::Deadline;
use super::event::TimelineEntry;
use super::person::Person;
use super::recording::RecordingRow;
use super::search_index::Unindexed;
use super::sql::{Row, args, pieces};
use super::taken::TakenFrom;
use super::tx::Tx;
use super::{Db, StoreError};
use crate::domain::case::{CaseNumber, CaseRef, Channel, Outcome, Status, Told};
use crate::domain::id::{CaseId, CategoryId, DepartmentId, OutboxId, PersonId, UserId};
use crate::domain::message::DeliveryState;
use crate::domain::permission::OnCase;
use crate::domain::projection::CaseFields;
use crate::domain::search::owner_keys;
use crate::domain::timeline::Entry;

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
    /// Who opened it on behalf of somebody; `None`: the citizen did.
    pub opened_by: Option<UserId>,
    pub person: Option<PersonId>,
    /// Of the person; empty when nobody wrote it down yet.
    pub person_name: String,
    /// The number or name that the contact came from; `None` when it was hidden.
    pub caller: Option<String>,
    /// The beginning of what the citizen wrote; empty for a call.
    pub summary: String,
    /// Where the problem is, in the citizen's words; empty when nobody said.
    pub place: String,
    pub outcome: Option<Outcome>,
    pub told: Told,
    /// The soonest running deadline.
    pub due_at: Option<Timestamp>,
    /// The case that this one became a part of.
    pub merged_into: Option<CaseId>,
    pub opened_at: Timestamp,
    pub updated_at: Timestamp,
    /// Grows with everything that people decide about the case; verbs that change it want it back.
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
    /// In the order in which they began.
    pub deadlines: Vec<Deadline>,
    /// Cases that became parts of this one, with their entries on the timeline.
    pub parts: Vec<CaseRow>,
    /// So many parts more, of which the reader may see nothing.
    pub parts_unread: i64,
    /// Names of the queues by their keys: the timeline has keys.
    pub queues: BTreeMap<String, String>,
    /// Oldest first, without those that were removed.
    pub files: Vec<AttachmentRow>,
    /// Cases from which this one was split off, whose entries it shows.
    pub taken: Vec<TakenFrom>,
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

/// Joins `p`, the person of the case `c`: whoever the person was merged into.
pub(super) const PERSON_OF_CASE: &str = "LEFT JOIN person o ON o.id = c.person_id \
     LEFT JOIN person p ON p.id = COALESCE(o.merged_into, o.id)";

/// The columns of a [`CaseRow`]; `c` is the case, `p` its person.
pub(super) const CASE_ROW: &str = "c.id, c.number, c.channel, c.status, c.category_id, c.department_id, c.assignee_id, \
     c.opened_by, p.id, p.name, c.caller, c.summary, c.place, c.outcome, c.told, c.due_at, c.merged_into, c.opened_at, \
     c.updated_at, c.version";

/// The latest so many other cases of the person are on a case's page.
const OTHERS: i64 = 10;

impl CaseRow {
    /// What rules may ask about it.
    pub fn facts(&self) -> OnCase {
        OnCase {
            service: self.department,
            status: self.status,
            assignee: self.assignee,
            opened_by: self.opened_by,
        }
    }
}

impl Db {
    pub async fn case_row(&self, id: CaseId) -> Result<Option<CaseRow>, StoreError> {
        let sql = select("WHERE c.id = $1");
        self.optional(sql, args![id]).await?.as_ref().map(case_row).transpose()
    }

    /// All of it, with the entries, recordings and texts of the cases that became parts of it, whoever asks: for people see
    /// `Actions::read_case`.
    pub async fn case_detail(&self, id: CaseId) -> Result<Option<CaseDetail>, StoreError> {
        self.case_detail_for(id, &|_| true).await
    }

    /// `None` also for a case that `may_read` says no to. Of parts and of the person's other cases that it says no to, nothing is given: they
    /// may be of a service whose cases the reader does not see.
    pub async fn case_detail_for(
        &self,
        id: CaseId,
        may_read: &(dyn Fn(&OnCase) -> bool + Sync),
    ) -> Result<Option<CaseDetail>, StoreError> {
        let detail = self.case_alone(id).await?.filter(|detail| may_read(&detail.case.facts()));
        let Some(mut detail) = detail else { return Ok(None) };
        detail.others.retain(|other| may_read(&other.facts()));
        let all = self.parts(id).await?;
        let (read, unread): (Vec<_>, Vec<_>) = all.into_iter().partition(|part| may_read(&part.facts()));
        detail.parts = read;
        detail.parts_unread = i64::try_from(unread.len()).unwrap_or(i64::MAX);
        if !detail.parts.is_empty() {
            // A hundred at most: each question is asked of all of them at once.
            let parts: Vec<CaseId> = detail.parts.iter().map(|part| part.id).collect();
            detail.timeline.extend(self.timelines(&parts).await?);
            detail.recordings.extend(self.recordings_of(&parts).await?);
            detail.texts.extend(self.sent_texts(&parts).await?);
        }
        for split in split_off(&detail.timeline).into_iter().filter(|split| *split != id) {
            self.show_taken(&mut detail, split).await?;
        }
        if !detail.parts.is_empty() {
            in_order(&mut detail);
        }
        Ok(Some(detail))
    }

    /// What `split`, the case or a part of it, took from the case that it comes from.
    async fn show_taken(&self, detail: &mut CaseDetail, split: CaseId) -> Result<(), StoreError> {
        let taken = self.taken(split).await?;
        detail.timeline.extend(taken.entries);
        detail.recordings.extend(taken.recordings);
        detail.taken.extend(taken.from);
        in_order(detail);
        Ok(())
    }

    /// Without its parts, which are cases of other citizens.
    pub async fn case_alone(&self, id: CaseId) -> Result<Option<CaseDetail>, StoreError> {
        let Some(case) = self.case_row(id).await? else { return Ok(None) };
        let person = match case.person {
            Some(person) => self.person(person).await?,
            None => None,
        };
        let others = match case.person {
            Some(person) => self.other_cases(person, id).await?,
            None => Vec::new(),
        };
        let mut detail = CaseDetail {
            person,
            timeline: self.timeline(id).await?,
            recordings: self.recordings_of(&[id]).await?,
            texts: self.sent_texts(&[id]).await?,
            others,
            deadlines: self.case_deadlines(id).await?,
            parts: Vec::new(),
            parts_unread: 0,
            queues: self.queue_names().await?,
            files: self.case_attachments(id).await?,
            taken: Vec::new(),
            case,
        };
        if !split_off(&detail.timeline).is_empty() {
            self.show_taken(&mut detail, id).await?;
            detail.files.extend(self.taken_attachments(id).await?);
        }
        Ok(Some(detail))
    }

    pub async fn case_by_number(&self, number: &CaseNumber) -> Result<Option<CaseId>, StoreError> {
        let row = self.optional("SELECT id FROM case_file WHERE number = $1", args![number.as_str()]).await?;
        row.map(|row| row.get(0)).transpose()
    }

    pub async fn case_numbers(&self, ids: &[CaseId]) -> Result<Vec<CaseRef>, StoreError> {
        let mut found = Vec::with_capacity(ids.len());
        for piece in pieces(ids) {
            let places: Vec<String> = (1..=piece.len()).map(|place| format!("${place}")).collect();
            let sql = format!("SELECT id, number FROM case_file WHERE id IN ({})", places.join(","));
            let values = piece.iter().map(|id| (*id).into()).collect();
            for row in self.all(AssertSqlSafe(sql), values).await? {
                found.push(CaseRef { id: row.get(0)?, number: row.get(1)? });
            }
        }
        Ok(found)
    }

    async fn other_cases(&self, person: PersonId, than: CaseId) -> Result<Vec<CaseRow>, StoreError> {
        let sql = select(
            "WHERE c.person_id IN (SELECT id FROM person WHERE id = $1 OR merged_into = $1) AND c.id <> $2 \
             ORDER BY c.opened_at DESC, c.id DESC LIMIT $3",
        );
        self.all(sql, args![person, than, OTHERS]).await?.iter().map(case_row).collect()
    }

    /// Case by case, oldest first.
    async fn sent_texts(&self, cases: &[CaseId]) -> Result<Vec<TextRow>, StoreError> {
        let mut texts = Vec::new();
        for piece in pieces(cases) {
            let places: Vec<String> = (1..=piece.len()).map(|place| format!("${place}")).collect();
            // `+ 0`: in the order of the index of cases, not of all that was ever sent.
            let sql = format!(
                "SELECT id, recipient, words, state, error, created_at, updated_at FROM outbox WHERE case_id IN ({}) \
                 ORDER BY case_id, id + 0",
                places.join(",")
            );
            let cases = piece.iter().map(|case| (*case).into()).collect();
            for row in self.all(AssertSqlSafe(sql), cases).await? {
                texts.push(text_row(&row)?);
            }
        }
        Ok(texts)
    }
}

/// Those of the cases on a timeline that began within another one.
fn split_off(timeline: &[TimelineEntry]) -> Vec<CaseId> {
    let is_split = |entry: &&TimelineEntry| matches!(entry.entry, Entry::SplitFrom { .. });
    timeline.iter().filter(is_split).map(|entry| entry.case).collect()
}

/// Nothing is shown twice, also where a case and what was split off from it are one again.
fn in_order(detail: &mut CaseDetail) {
    detail.timeline.sort_by_key(|entry| (entry.at, entry.id));
    detail.timeline.dedup_by_key(|entry| entry.id);
    detail.recordings.sort_by_key(|recording| recording.id);
    detail.recordings.dedup_by_key(|recording| recording.id);
    let (id, parts) = (detail.case.id, &detail.parts);
    detail.taken.retain(|from| from.case.id != id && parts.iter().all(|part| part.id != from.case.id));
}

fn select(rest: &str) -> AssertSqlSafe<String> {
    AssertSqlSafe(format!("SELECT {CASE_ROW} FROM case_file c {PERSON_OF_CASE} {rest}"))
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
        opened_by: r.next()?,
        person: r.next()?,
        person_name: r.next::<Option<String>>()?.unwrap_or_default(),
        caller: r.next()?,
        summary: r.next()?,
        place: r.next()?,
        outcome: r.next()?,
        told: r.next()?,
        due_at: r.next()?,
        merged_into: r.next()?,
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

    /// `case` as its first entry tells it; `root`: the top of its category's branch; `search`: search keys, one space between: of the
    /// case itself, and of whose it is.
    pub async fn insert_case(
        &mut self,
        case: &CaseFields,
        root: CategoryId,
        search: (&str, &str),
    ) -> Result<CaseId, StoreError> {
        let sql = "INSERT INTO case_file (number, channel, status, category_id, category_root_id, department_id, \
             person_id, caller, summary, place, area, opened_at, updated_at, contact_at, opened_by, due_at) \
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $12, $12, $13, $14)";
        let values = args![
            case.number.as_str(),
            case.channel,
            case.status,
            case.category,
            root,
            case.department,
            case.person,
            case.caller.clone(),
            case.summary.as_str(),
            case.place.as_str(),
            case.area.as_deref(),
            case.opened_at,
            case.opened_by,
            case.due_at,
        ];
        let id = CaseId(self.insert_one(sql, values).await?);
        let owners = owner_keys(case.department, case.assignee, case.opened_by);
        let sql = "INSERT INTO case_search (case_id, body, who, owners) VALUES ($1, $2, $3, $4)";
        self.execute(sql, args![id, search.0, search.1, owners]).await?;
        self.unindexed.push(Unindexed::case(id, false));
        Ok(id)
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
            self.unindexed.push(Unindexed::case(id, true));
        }
        Ok(())
    }
}
