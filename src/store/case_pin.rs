//! PINs of cases, for citizens who ask by telephone; and what callers answered to a plan's questions.

use jiff::Timestamp;

use super::sql::args;
use super::tx::Tx;
use super::{Db, StoreError};
use crate::domain::case::{CaseNumber, CaseRef, Status};
use crate::domain::id::{CaseId, DepartmentId, InteractionId};

/// Cases whose numbers have the same digits: `400-73/2026` and `40-073/2026`. More are not looked at.
const SAME_DIGITS: i64 = 20;

#[derive(Clone, Debug)]
pub struct PinnedCase {
    pub case: CaseRef,
    pub status: Status,
    pub department: Option<DepartmentId>,
    pub pin: String,
    pub wrong: i64,
    pub locked_until: Option<Timestamp>,
}

impl Db {
    pub async fn pin_of(&self, case: CaseId) -> Result<Option<String>, StoreError> {
        let sql = "SELECT pin FROM case_pin WHERE case_id = $1";
        self.optional(sql, args![case]).await?.map(|row| row.get(0)).transpose()
    }
}

impl Tx<'_> {
    /// The PIN that the case has from now on: this one, or the one that it had before.
    pub async fn put_pin(&mut self, case: &CaseRef, pin: &str) -> Result<String, StoreError> {
        let sql = "INSERT INTO case_pin (case_id, digits, pin) VALUES ($1, $2, $3) ON CONFLICT (case_id) DO NOTHING";
        let digits = case.number.digits();
        if self.execute(sql, args![case.id, digits.as_str(), pin]).await? > 0 {
            return Ok(pin.to_owned());
        }
        self.one("SELECT pin FROM case_pin WHERE case_id = $1", args![case.id]).await?.get(0)
    }

    /// Locked until the end of the transaction, so that of many wrong PINs at once each is counted.
    pub async fn pinned_cases(&mut self, digits: &str) -> Result<Vec<PinnedCase>, StoreError> {
        let lock = if self.is_postgres() { " FOR UPDATE OF p" } else { "" };
        let sql = format!(
            "SELECT c.id, c.number, c.status, c.department_id, p.pin, p.wrong, p.locked_until FROM case_pin p \
             JOIN case_file c ON c.id = p.case_id WHERE p.digits = $1 ORDER BY c.id DESC LIMIT $2{lock}"
        );
        let rows = self.all(sqlx::AssertSqlSafe(sql), args![digits, SAME_DIGITS]).await?;
        rows.iter()
            .map(|row| {
                Ok(PinnedCase {
                    case: CaseRef { id: row.get(0)?, number: row.get::<CaseNumber>(1)? },
                    status: row.get(2)?,
                    department: row.get(3)?,
                    pin: row.get(4)?,
                    wrong: row.get(5)?,
                    locked_until: row.get(6)?,
                })
            })
            .collect()
    }

    pub async fn set_wrong_pins(
        &mut self,
        case: CaseId,
        wrong: i64,
        locked_until: Option<Timestamp>,
    ) -> Result<(), StoreError> {
        let sql = "UPDATE case_pin SET wrong = $2, locked_until = $3 WHERE case_id = $1";
        self.execute(sql, args![case, wrong, locked_until]).await.map(drop)
    }

    pub async fn set_asked_case(&mut self, call: InteractionId, case: CaseId) -> Result<(), StoreError> {
        let sql = "UPDATE interaction SET asked_case_id = $2 WHERE id = $1";
        self.execute(sql, args![call, case]).await.map(drop)
    }

    pub async fn asked_case(&mut self, call: InteractionId) -> Result<Option<CaseRef>, StoreError> {
        let sql = "SELECT c.id, c.number FROM interaction i JOIN case_file c ON c.id = i.asked_case_id WHERE i.id = $1";
        let row = self.optional(sql, args![call]).await?;
        row.map(|row| Ok(CaseRef { id: row.get(0)?, number: row.get::<CaseNumber>(1)? })).transpose()
    }

    /// The last answer to a question counts.
    pub async fn put_survey_answer(
        &mut self,
        call: InteractionId,
        (survey, question, answer): (&str, &str, &str),
        at: Timestamp,
    ) -> Result<(), StoreError> {
        let sql = "INSERT INTO survey_answer (interaction_id, survey, question, answer, at) VALUES ($1, $2, $3, $4, $5) \
             ON CONFLICT (interaction_id, survey, question) DO UPDATE SET answer = excluded.answer, at = excluded.at";
        self.execute(sql, args![call, survey, question, answer, at]).await.map(drop)
    }

    /// Survey, question, answer; in the order in which they were given.
    pub async fn survey_answers(
        &mut self,
        call: InteractionId,
    ) -> Result<Vec<(String, String, String)>, StoreError> {
        let sql = "SELECT survey, question, answer FROM survey_answer WHERE interaction_id = $1 ORDER BY id LIMIT 100";
        let rows = self.all(sql, args![call]).await?;
        rows.iter().map(|row| Ok((row.get(0)?, row.get(1)?, row.get(2)?))).collect()
    }
}
