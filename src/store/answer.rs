//! What was answered to the questions of a case's category.

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::sql::args;
use super::tx::Tx;
use super::{Db, StoreError};
use crate::domain::id::{CaseId, QuestionId};

impl Db {
    /// As they hold now; also answers to questions of an earlier category.
    pub async fn answers(&self, case: CaseId) -> Result<BTreeMap<QuestionId, String>, StoreError> {
        let sql = "SELECT question_id, answer FROM case_answer WHERE case_id = $1";
        let rows = self.all(sql, args![case]).await?;
        rows.iter().map(|row| Ok((row.get(0)?, row.get(1)?))).collect()
    }
}

impl Tx<'_> {
    pub async fn answers(&mut self, case: CaseId) -> Result<BTreeMap<QuestionId, String>, StoreError> {
        let sql = "SELECT question_id, answer FROM case_answer WHERE case_id = $1";
        let rows = self.all(sql, args![case]).await?;
        rows.iter().map(|row| Ok((row.get(0)?, row.get(1)?))).collect()
    }

    /// An empty answer takes an earlier one back.
    pub async fn put_answer(
        &mut self,
        case: CaseId,
        question: QuestionId,
        answer: &str,
        at: Timestamp,
    ) -> Result<(), StoreError> {
        if answer.is_empty() {
            let sql = "DELETE FROM case_answer WHERE case_id = $1 AND question_id = $2";
            self.execute(sql, args![case, question]).await?;
            return Ok(());
        }
        let sql = "INSERT INTO case_answer (case_id, question_id, answer, answered_at) VALUES ($1, $2, $3, $4) \
             ON CONFLICT (case_id, question_id) DO UPDATE SET answer = excluded.answer, answered_at = excluded.answered_at";
        self.execute(sql, args![case, question, answer, at]).await?;
        Ok(())
    }
}
