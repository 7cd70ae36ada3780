//! Deadlines of cases, and the times at which their clocks stood still.

use jiff::Timestamp;
use sqlx::AssertSqlSafe;

use super::calendar::{read_json, write_json};
use super::sql::{Row, args, places};
use super::tx::Tx;
use super::{Db, StoreError};
use crate::domain::deadline::alarm::Done;
use crate::domain::deadline::due::{Due, Pause};
use crate::domain::deadline::step::Step;
use crate::domain::deadline::{DeadlineState, PauseReason, Terms};
use crate::domain::id::{CaseId, DeadlineId};

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Deadline {
    pub id: DeadlineId,
    /// Key. Of one profile a case has one live deadline at most.
    pub profile: String,
    /// As the profile said when it began.
    pub terms: Terms,
    pub state: DeadlineState,
    pub started_at: Timestamp,
    /// While it is paused: as it was when the clock was stopped.
    pub due_at: Timestamp,
    pub explanation: Vec<Step>,
    /// In the unit of the terms.
    pub extended_by: u32,
    /// When its time was over without it being met.
    pub missed_at: Option<Timestamp>,
    pub ended_at: Option<Timestamp>,
    pub alarms: Done,
    /// The revision of the calendar by which it was computed.
    pub calendar: i64,
    /// The case became a part of another one: nobody is reminded, and nothing is met or missed, until it goes on by itself.
    pub rests: bool,
    /// Oldest first; the last may still be open.
    pub pauses: Vec<StoredPause>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredPause {
    pub from: Timestamp,
    /// `None`: the clock stands still.
    pub to: Option<Timestamp>,
    pub reason: PauseReason,
    pub words: String,
}

/// One that begins.
#[derive(Clone, Debug)]
pub struct NewDeadline {
    pub profile: String,
    pub terms: Terms,
    pub started_at: Timestamp,
    pub due: Due,
    pub calendar: i64,
}

impl Deadline {
    pub fn open_pause(&self) -> Option<&StoredPause> {
        self.pauses.last().filter(|pause| pause.to.is_none())
    }

    /// Those that are over.
    pub fn past_pauses(&self) -> Vec<Pause> {
        let past =
            |pause: &StoredPause| pause.to.map(|to| Pause { from: pause.from, to, reason: pause.reason });
        self.pauses.iter().filter_map(past).collect()
    }

    /// What may still be added, in the unit of the terms.
    pub fn may_extend_by(&self) -> u32 {
        self.terms.extend_by.unwrap_or(0).saturating_sub(self.extended_by)
    }

    /// While the clock stands nobody is told anything.
    fn next_at(&self) -> Option<Timestamp> {
        if self.rests || self.state != DeadlineState::Running {
            return None;
        }
        self.terms.next_alarm(self.started_at, self.due_at, self.alarms)
    }
}

const OF_CASE: &str = "SELECT id, profile, terms, state, started_at, due_at, explanation, extended_by, missed_at, \
     ended_at, alarms, calendar, rests FROM case_deadline WHERE case_id = $1 ORDER BY id";
const PAUSES: &str = "SELECT deadline_id, from_at, to_at, reason, words FROM deadline_pause \
     WHERE deadline_id IN (SELECT id FROM case_deadline WHERE case_id = $1) ORDER BY id";

impl Db {
    /// In the order in which they began.
    pub async fn case_deadlines(&self, case: CaseId) -> Result<Vec<Deadline>, StoreError> {
        let rows = self.all(OF_CASE, args![case]).await?;
        if rows.is_empty() {
            return Ok(Vec::new());
        }
        deadlines(&rows, &self.all(PAUSES, args![case]).await?)
    }
}

fn deadlines(rows: &[Row], pauses: &[Row]) -> Result<Vec<Deadline>, StoreError> {
    let mut found: Vec<Deadline> = rows.iter().map(deadline).collect::<Result<_, _>>()?;
    for row in pauses {
        let mut r = row.reader();
        let id: DeadlineId = r.next()?;
        let pause = StoredPause { from: r.next()?, to: r.next()?, reason: r.next()?, words: r.next()? };
        if let Some(deadline) = found.iter_mut().find(|deadline| deadline.id == id) {
            deadline.pauses.push(pause);
        }
    }
    Ok(found)
}

fn deadline(row: &Row) -> Result<Deadline, StoreError> {
    let mut r = row.reader();
    Ok(Deadline {
        id: r.next()?,
        profile: r.next()?,
        terms: read_json(&r.next::<String>()?)?,
        state: r.next()?,
        started_at: r.next()?,
        due_at: r.next()?,
        explanation: read_json(&r.next::<String>()?)?,
        extended_by: u32::try_from(r.next::<i64>()?).map_err(|e| StoreError::Corrupt(e.to_string()))?,
        missed_at: r.next()?,
        ended_at: r.next()?,
        alarms: Done(r.next()?),
        calendar: r.next()?,
        rests: r.next()?,
        pauses: Vec::new(),
    })
}

impl Tx<'_> {
    /// Of a case that this transaction has locked, in the order in which they began.
    pub async fn case_deadlines(&mut self, case: CaseId) -> Result<Vec<Deadline>, StoreError> {
        let rows = self.all(OF_CASE, args![case]).await?;
        if rows.is_empty() {
            return Ok(Vec::new());
        }
        deadlines(&rows, &self.all(PAUSES, args![case]).await?)
    }

    /// One statement for all of them: a case is opened while a call is answered.
    pub async fn begin_deadlines(&mut self, case: CaseId, begun: &[NewDeadline]) -> Result<(), StoreError> {
        if begun.is_empty() {
            return Ok(());
        }
        let mut values = Vec::with_capacity(begun.len() * 9);
        for new in begun {
            let next = new.terms.next_alarm(new.started_at, new.due.at, Done::default());
            values.extend(args![
                case,
                new.profile.as_str(),
                new.terms.goal,
                write_json(&new.terms)?,
                new.started_at,
                new.due.at,
                write_json(&new.due.explanation)?,
                next,
                new.calendar
            ]);
        }
        let places = places(begun.len(), 9).replace(")", ",'running')");
        let sql = format!(
            "INSERT INTO case_deadline (case_id, profile, goal, terms, started_at, due_at, explanation, next_at, calendar, \
             state) VALUES {places}"
        );
        self.execute(AssertSqlSafe(sql), values).await.map(drop)
    }

    /// All of it but its pauses.
    pub async fn put_deadline(&mut self, deadline: &Deadline) -> Result<(), StoreError> {
        let sql = "UPDATE case_deadline SET state = $2, due_at = $3, explanation = $4, extended_by = $5, missed_at = $6, \
             ended_at = $7, alarms = $8, next_at = $9, calendar = $10, rests = $11 WHERE id = $1";
        let values = args![
            deadline.id,
            deadline.state,
            deadline.due_at,
            write_json(&deadline.explanation)?,
            i64::from(deadline.extended_by),
            deadline.missed_at,
            deadline.ended_at,
            deadline.alarms.0,
            deadline.next_at(),
            deadline.calendar,
            deadline.rests
        ];
        self.execute(sql, values).await.map(drop)
    }

    pub async fn begin_pause(
        &mut self,
        deadline: DeadlineId,
        from: Timestamp,
        reason: PauseReason,
        words: &str,
    ) -> Result<(), StoreError> {
        let sql = "INSERT INTO deadline_pause (deadline_id, from_at, reason, words) VALUES ($1, $2, $3, $4)";
        self.execute(sql, args![deadline, from, reason, words]).await.map(drop)
    }

    pub async fn end_pause(&mut self, deadline: DeadlineId, to: Timestamp) -> Result<(), StoreError> {
        let sql = "UPDATE deadline_pause SET to_at = $2 WHERE deadline_id = $1 AND to_at IS NULL";
        self.execute(sql, args![deadline, to]).await.map(drop)
    }

    /// When the case got its outcome, the last time.
    pub async fn answered_at(&mut self, case: CaseId) -> Result<Option<Timestamp>, StoreError> {
        let sql = "SELECT max(at) FROM case_event WHERE case_id = $1 AND kind = 'answered'";
        self.one(sql, args![case]).await?.get(0)
    }

    /// Those whose next alarm has come, soonest first, with their cases; both locked. What somebody else works on is left out.
    pub async fn alarming_deadlines(
        &mut self,
        now: Timestamp,
        limit: i64,
    ) -> Result<Vec<(DeadlineId, CaseId)>, StoreError> {
        self.claim("d.next_at <= $1 ORDER BY d.next_at, d.id LIMIT $2", now.as_microsecond(), limit).await
    }

    /// Running ones that were computed by an older calendar.
    pub async fn outdated_deadlines(
        &mut self,
        revision: i64,
        limit: i64,
    ) -> Result<Vec<(DeadlineId, CaseId)>, StoreError> {
        let outdated = "d.state = 'running' AND d.calendar < $1 ORDER BY d.calendar, d.id LIMIT $2";
        self.claim(outdated, revision, limit).await
    }

    async fn claim(
        &mut self,
        which: &str,
        bound: i64,
        limit: i64,
    ) -> Result<Vec<(DeadlineId, CaseId)>, StoreError> {
        let lock = if self.is_postgres() { " FOR UPDATE SKIP LOCKED" } else { "" };
        let sql = format!(
            "SELECT d.id, d.case_id FROM case_deadline d JOIN case_file c ON c.id = d.case_id WHERE {which}{lock}"
        );
        let rows = self.all(AssertSqlSafe(sql), args![bound, limit]).await?;
        rows.iter().map(|row| Ok((row.get(0)?, row.get(1)?))).collect()
    }
}
