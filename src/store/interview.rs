//! Interviews, their answers, and the places that they hold in quotas.

use std::collections::BTreeMap;

use jiff::Timestamp;
use sqlx::AssertSqlSafe;

use super::campaign::{json, parsed};
use super::sql::{Row, args, each, pieces};
use super::tx::Tx;
use super::{Db, StoreError};
use crate::domain::id::{
    DialAttemptId, DialContactId, InterviewId, PersonId, RecipientId, SurveyVersionId, UserId,
};
use crate::domain::person::PersonLanguage;
use crate::domain::survey::interview::{Disposition, Record};
use crate::domain::survey::quota::CellId;
use crate::domain::survey::quota::count::Standings;
use crate::domain::survey::{Answer, Mode, QuestionKey, VersionNumber};

#[derive(Clone, Debug)]
pub struct InterviewRow {
    pub id: InterviewId,
    pub version: SurveyVersionId,
    pub recipient: Option<RecipientId>,
    /// The last call in which it went on.
    pub attempt: Option<DialAttemptId>,
    pub person: Option<PersonId>,
    pub mode: Mode,
    pub operator: Option<UserId>,
    pub language: PersonLanguage,
    pub seed: u32,
    /// `None`: it may be resumed.
    pub disposition: Option<Disposition>,
    /// Questions on its road that have an answer.
    pub answered: i64,
    pub started_at: Timestamp,
    pub changed_at: Timestamp,
    pub ended_at: Option<Timestamp>,
}

/// Before it has its row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewInterview {
    pub version: SurveyVersionId,
    pub recipient: Option<RecipientId>,
    pub attempt: Option<DialAttemptId>,
    pub person: Option<PersonId>,
    pub mode: Mode,
    pub operator: Option<UserId>,
    pub language: PersonLanguage,
    pub seed: u32,
}

/// Answers by the key of their question.
pub type Answers = BTreeMap<QuestionKey, Answer>;

const COLUMNS: &str = "id, version_id, recipient_id, attempt_id, person_id, mode, operator_id, language, seed, disposition, answered, \
     started_at, changed_at, ended_at";

impl InterviewRow {
    pub fn record(&self, version: VersionNumber, answers: Answers) -> Record {
        Record { version, language: self.language, seed: self.seed, answers, ended: self.disposition }
    }
}

impl Db {
    pub async fn interview(&self, id: InterviewId) -> Result<Option<InterviewRow>, StoreError> {
        let sql = AssertSqlSafe(format!("SELECT {COLUMNS} FROM interview WHERE id = $1"));
        self.optional(sql, args![id]).await?.as_ref().map(interview).transpose()
    }

    /// By the link of a recipient, if they have begun.
    pub async fn interview_of_recipient(
        &self,
        recipient: RecipientId,
        version: SurveyVersionId,
    ) -> Result<Option<InterviewRow>, StoreError> {
        let sql = AssertSqlSafe(format!(
            "SELECT {COLUMNS} FROM interview WHERE recipient_id = $1 AND version_id = $2"
        ));
        self.optional(sql, args![recipient, version]).await?.as_ref().map(interview).transpose()
    }

    /// Of a version in the order in which they began, behind `after`.
    pub async fn interviews(
        &self,
        version: SurveyVersionId,
        after: InterviewId,
        limit: u32,
    ) -> Result<Vec<InterviewRow>, StoreError> {
        let sql = AssertSqlSafe(format!(
            "SELECT {COLUMNS} FROM interview WHERE version_id = $1 AND id > $2 ORDER BY id LIMIT $3"
        ));
        self.all(sql, args![version, after, i64::from(limit)]).await?.iter().map(interview).collect()
    }

    /// The latest first: what an operator goes on with.
    pub async fn open_interviews(
        &self,
        version: SurveyVersionId,
        limit: u32,
    ) -> Result<Vec<InterviewRow>, StoreError> {
        let sql = AssertSqlSafe(format!(
            "SELECT {COLUMNS} FROM interview WHERE version_id = $1 AND ended_at IS NULL AND mode = 'operator' \
             ORDER BY changed_at DESC, id DESC LIMIT $2"
        ));
        self.all(sql, args![version, i64::from(limit)]).await?.iter().map(interview).collect()
    }

    pub async fn interview_answers(&self, id: InterviewId) -> Result<Answers, StoreError> {
        let sql = "SELECT question, answer FROM interview_answer WHERE interview_id = $1";
        answers(&self.all(sql, args![id]).await?)
    }

    /// Of many; one that has none is not among them.
    pub async fn answers_of(
        &self,
        ids: &[InterviewId],
    ) -> Result<BTreeMap<InterviewId, Answers>, StoreError> {
        let mut all: BTreeMap<InterviewId, Answers> = BTreeMap::new();
        for piece in pieces(ids) {
            let sql = each(piece.len(), |key| {
                format!(
                    "SELECT interview_id, question, answer FROM interview_answer WHERE interview_id = {key}"
                )
            });
            let values = piece.iter().map(|id| super::sql::Value::from(*id)).collect();
            for row in self.all(AssertSqlSafe(sql), values).await? {
                let (id, question, answer): (InterviewId, String, String) =
                    (row.get(0)?, row.get(1)?, row.get(2)?);
                all.entry(id).or_default().insert(QuestionKey(question), parsed(&answer)?);
            }
        }
        Ok(all)
    }

    /// How the cells of a version stand.
    pub async fn survey_cells(
        &self,
        version: SurveyVersionId,
        now: Timestamp,
    ) -> Result<Standings, StoreError> {
        let done = self.all(DONE, args![version]).await?;
        let held = self.all(HELD, args![version, now, InterviewId(0)]).await?;
        Ok(Standings::new(cells(&done)?, cells(&held)?))
    }
}

const DONE: &str = "SELECT quota, cell, done FROM survey_cell WHERE version_id = $1";
const HELD: &str = "SELECT quota, cell, COUNT(*) FROM interview_hold WHERE version_id = $1 AND until > $2 AND interview_id <> $3 \
     GROUP BY quota, cell";

impl Tx<'_> {
    /// `None`: this recipient has one of this version already.
    pub async fn insert_interview(
        &mut self,
        new: &NewInterview,
        at: Timestamp,
    ) -> Result<Option<InterviewId>, StoreError> {
        let sql = "INSERT INTO interview (version_id, recipient_id, attempt_id, person_id, mode, operator_id, language, seed, started_at, changed_at) \
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $9) ON CONFLICT DO NOTHING";
        let values = args![
            new.version,
            new.recipient,
            new.attempt,
            new.person,
            new.mode,
            new.operator,
            new.language,
            i64::from(new.seed),
            at
        ];
        Ok(self.insert(sql, values).await?.map(InterviewId))
    }

    /// Under a lock until the end of the transaction.
    pub async fn interview(&mut self, id: InterviewId) -> Result<Option<InterviewRow>, StoreError> {
        let lock = if self.is_postgres() { " FOR UPDATE" } else { "" };
        let sql = AssertSqlSafe(format!("SELECT {COLUMNS} FROM interview WHERE id = $1{lock}"));
        self.optional(sql, args![id]).await?.as_ref().map(interview).transpose()
    }

    pub async fn interview_of_recipient(
        &mut self,
        recipient: RecipientId,
        version: SurveyVersionId,
    ) -> Result<Option<InterviewRow>, StoreError> {
        let lock = if self.is_postgres() { " FOR UPDATE" } else { "" };
        let sql = AssertSqlSafe(format!(
            "SELECT {COLUMNS} FROM interview WHERE recipient_id = $1 AND version_id = $2{lock}"
        ));
        self.optional(sql, args![recipient, version]).await?.as_ref().map(interview).transpose()
    }

    pub async fn interview_of_attempt(
        &mut self,
        attempt: DialAttemptId,
    ) -> Result<Option<InterviewRow>, StoreError> {
        let lock = if self.is_postgres() { " FOR UPDATE" } else { "" };
        let sql = AssertSqlSafe(format!("SELECT {COLUMNS} FROM interview WHERE attempt_id = $1{lock}"));
        self.optional(sql, args![attempt]).await?.as_ref().map(interview).transpose()
    }

    /// One that an earlier call with this contact left open.
    pub async fn open_interview_of_contact(
        &mut self,
        contact: DialContactId,
        version: SurveyVersionId,
    ) -> Result<Option<InterviewId>, StoreError> {
        let sql = "SELECT i.id FROM dial_attempt a JOIN interview i ON i.attempt_id = a.id \
             WHERE a.contact_id = $1 AND i.version_id = $2 AND i.ended_at IS NULL ORDER BY i.id DESC LIMIT 1";
        self.optional(sql, args![contact, version]).await?.map(|row| row.get(0)).transpose()
    }

    /// It goes on in another call.
    pub async fn interview_goes_on(
        &mut self,
        id: InterviewId,
        (attempt, operator): (DialAttemptId, Option<UserId>),
        at: Timestamp,
    ) -> Result<(), StoreError> {
        let sql = "UPDATE interview SET attempt_id = $2, operator_id = $3, changed_at = $4 WHERE id = $1";
        self.execute(sql, args![id, attempt, operator, at]).await.map(drop)
    }

    /// In which nobody said anything.
    pub async fn remove_empty_interview(&mut self, id: InterviewId) -> Result<bool, StoreError> {
        self.release_cells(id).await?;
        let sql = "DELETE FROM interview WHERE id = $1 \
             AND NOT EXISTS (SELECT 1 FROM interview_answer a WHERE a.interview_id = interview.id)";
        Ok(self.execute(sql, args![id]).await? == 1)
    }

    pub async fn interview_answers(&mut self, id: InterviewId) -> Result<Answers, StoreError> {
        let sql = "SELECT question, answer FROM interview_answer WHERE interview_id = $1";
        answers(&self.all(sql, args![id]).await?)
    }

    pub async fn put_interview_answer(
        &mut self,
        id: InterviewId,
        (question, answer): (&QuestionKey, &Answer),
        at: Timestamp,
    ) -> Result<(), StoreError> {
        let sql = "INSERT INTO interview_answer (interview_id, question, answer, set_aside, answered_at) VALUES ($1, $2, $3, 0, $4) \
             ON CONFLICT (interview_id, question) DO UPDATE SET answer = excluded.answer, set_aside = 0, answered_at = excluded.answered_at";
        self.execute(sql, args![id, question.0.as_str(), json(answer)?, at]).await.map(drop)
    }

    /// Whether the road of the interview leads past a question that was answered.
    pub async fn set_answer_aside(
        &mut self,
        id: InterviewId,
        question: &QuestionKey,
        aside: bool,
    ) -> Result<(), StoreError> {
        let sql = "UPDATE interview_answer SET set_aside = $3 WHERE interview_id = $1 AND question = $2 AND set_aside <> $3";
        self.execute(sql, args![id, question.0.as_str(), aside]).await.map(drop)
    }

    pub async fn remove_answers_aside(&mut self, id: InterviewId) -> Result<(), StoreError> {
        let sql = "DELETE FROM interview_answer WHERE interview_id = $1 AND set_aside = 1";
        self.execute(sql, args![id]).await.map(drop)
    }

    pub async fn interview_answered(
        &mut self,
        id: InterviewId,
        answered: usize,
        at: Timestamp,
    ) -> Result<(), StoreError> {
        let sql = "UPDATE interview SET answered = $2, changed_at = $3 WHERE id = $1";
        self.execute(sql, args![id, super::campaign::number(answered), at]).await.map(drop)
    }

    pub async fn interview_speaks(
        &mut self,
        id: InterviewId,
        language: PersonLanguage,
    ) -> Result<(), StoreError> {
        self.execute("UPDATE interview SET language = $2 WHERE id = $1", args![id, language]).await.map(drop)
    }

    pub async fn end_interview(
        &mut self,
        id: InterviewId,
        disposition: Disposition,
        at: Timestamp,
    ) -> Result<(), StoreError> {
        let sql = "UPDATE interview SET disposition = $2, changed_at = $3, ended_at = $3 WHERE id = $1 AND ended_at IS NULL";
        self.execute(sql, args![id, disposition, at]).await.map(drop)
    }

    /// What others fill and hold, without this interview.
    pub async fn survey_cells_without(
        &mut self,
        (version, interview): (SurveyVersionId, InterviewId),
        now: Timestamp,
    ) -> Result<Standings, StoreError> {
        let done = self.all(DONE, args![version]).await?;
        let held = self.all(HELD, args![version, now, interview]).await?;
        Ok(Standings::new(cells(&done)?, cells(&held)?))
    }

    /// In place of what it held before.
    pub async fn hold_cells(
        &mut self,
        (version, interview): (SurveyVersionId, InterviewId),
        cells: &[CellId],
        until: Timestamp,
    ) -> Result<(), StoreError> {
        self.release_cells(interview).await?;
        let sql = "INSERT INTO interview_hold (interview_id, version_id, quota, cell, until) VALUES ($1, $2, $3, $4, $5)";
        for cell in cells {
            let (quota, place) = places(*cell);
            self.execute(sql, args![interview, version, quota, place, until]).await?;
        }
        Ok(())
    }

    pub async fn release_cells(&mut self, interview: InterviewId) -> Result<(), StoreError> {
        self.execute("DELETE FROM interview_hold WHERE interview_id = $1", args![interview]).await.map(drop)
    }

    pub async fn fill_cells(&mut self, version: SurveyVersionId, cells: &[CellId]) -> Result<(), StoreError> {
        let sql = "INSERT INTO survey_cell (version_id, quota, cell, done) VALUES ($1, $2, $3, 1) \
             ON CONFLICT (version_id, quota, cell) DO UPDATE SET done = survey_cell.done + 1";
        for cell in cells {
            let (quota, place) = places(*cell);
            self.execute(sql, args![version, quota, place]).await?;
        }
        Ok(())
    }
}

fn places(cell: CellId) -> (i64, i64) {
    (super::campaign::number(cell.quota), super::campaign::number(cell.cell))
}

fn cells(rows: &[Row]) -> Result<Vec<(CellId, u32)>, StoreError> {
    let place = |n: i64| usize::try_from(n).unwrap_or(usize::MAX);
    let cell = |row: &Row| {
        let cell = CellId { quota: place(row.get(0)?), cell: place(row.get(1)?) };
        Ok((cell, u32::try_from(row.get::<i64>(2)?).unwrap_or(u32::MAX)))
    };
    rows.iter().map(cell).collect()
}

fn answers(rows: &[Row]) -> Result<Answers, StoreError> {
    rows.iter().map(|row| Ok((QuestionKey(row.get(0)?), parsed(&row.get::<String>(1)?)?))).collect()
}

fn interview(row: &Row) -> Result<InterviewRow, StoreError> {
    let mut r = row.reader();
    Ok(InterviewRow {
        id: r.next()?,
        version: r.next()?,
        recipient: r.next()?,
        attempt: r.next()?,
        person: r.next()?,
        mode: r.next()?,
        operator: r.next()?,
        language: r.next()?,
        seed: u32::try_from(r.next::<i64>()?).unwrap_or_default(),
        disposition: r.next()?,
        answered: r.next()?,
        started_at: r.next()?,
        changed_at: r.next()?,
        ended_at: r.next()?,
    })
}
