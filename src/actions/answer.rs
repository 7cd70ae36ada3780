//! Answers to what is asked besides, by the category of a case.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::Timestamp;

use super::{ActionError, Actions, Actor, Shared};
use crate::domain::id::{CaseId, QuestionId};
use crate::domain::permission::Right;
use crate::domain::question::{Question, QuestionKind, Wrong, check};
use crate::domain::script::search_key;
use crate::domain::timeline::{Entry, QuestionAnswer};
use crate::store::directory::Directory;
use crate::store::{StoreError, Tx, Work};

/// Why answers were not taken. None of them is, when one is wrong.
#[derive(Debug, thiserror::Error)]
pub enum AnswerError {
    /// By question.
    #[error("some answers are missing or wrong")]
    Wrong(Vec<(QuestionId, Wrong)>),
    #[error(transparent)]
    Action(#[from] ActionError),
}

impl From<StoreError> for AnswerError {
    fn from(error: StoreError) -> Self {
        Self::Action(error.into())
    }
}

impl Actions {
    /// All answers to what is asked for the case's category, as they are to be; what was not sent is taken back. The new version.
    pub async fn answer_questions(
        &self,
        actor: &Actor,
        case: CaseId,
        version: i64,
        sent: Vec<(QuestionId, String)>,
    ) -> Result<i64, AnswerError> {
        let (shared, actor, at) = (Arc::clone(&self.shared), actor.clone(), self.clock.now());
        let new = self.shared.db.write(AnswerQuestions { shared, actor, case, version, sent, at }).await?;
        if new != version {
            self.changed(case);
        }
        Ok(new)
    }
}

struct AnswerQuestions {
    shared: Arc<Shared>,
    actor: Actor,
    case: CaseId,
    version: i64,
    sent: Vec<(QuestionId, String)>,
    at: Timestamp,
}

impl Work for AnswerQuestions {
    type Out = i64;
    type Error = AnswerError;

    async fn run(&self, tx: &mut Tx<'_>) -> Result<i64, AnswerError> {
        let mut case = tx.case_fields(self.case).await?.ok_or(ActionError::NotFound)?;
        self.shared.allow_on(&self.actor, Right::EditFacts, &case)?;
        if case.version != self.version {
            return Err(ActionError::Conflict.into());
        }
        let directory = self.shared.db.directory();
        let asked = directory.questions(case.category);
        let answers = check(&asked, &self.sent).map_err(AnswerError::Wrong)?;
        if let Some(entry) = put_answers(tx, self.case, &asked, &answers, self.at).await? {
            tx.enter(&directory, (self.case, &mut case), self.at, &self.actor.by(), &[entry]).await?;
        }
        Ok(case.version)
    }
}

/// Stores what differs from what is there; the entry about it, for the caller to append. `answers`: what
/// [`check`] gave for the questions that were asked.
pub(super) async fn put_answers(
    tx: &mut Tx<'_>,
    case: CaseId,
    asked: &[&Question],
    answers: &[(&Question, String)],
    at: Timestamp,
) -> Result<Option<Entry>, StoreError> {
    let known = tx.answers(case).await?;
    let mut changed = Vec::new();
    for question in asked {
        let new =
            answers.iter().find(|(of, _)| of.id == question.id).map_or("", |(_, answer)| answer.as_str());
        if known.get(&question.id).map_or("", String::as_str) == new {
            continue;
        }
        tx.put_answer(case, question.id, new, at).await?;
        let (id, key) = (question.id, question.key.clone());
        changed.push(QuestionAnswer { question: id, key, answer: new.to_owned() });
    }
    let words = changed.iter().filter(|answer| is_text(asked, answer.question));
    let keys = words.map(|answer| search_key(&answer.answer)).filter(|key| !key.is_empty());
    tx.add_case_words(case, &keys.collect::<Vec<_>>().join(" ")).await?;
    Ok((!changed.is_empty()).then_some(Entry::QuestionsAnswered { answers: changed }))
}

fn is_text(asked: &[&Question], id: QuestionId) -> bool {
    asked.iter().any(|question| question.id == id && question.kind == QuestionKind::Text)
}

/// Which of the questions that must be answered are not, by what is stored.
pub fn missing<'d>(
    directory: &'d Directory,
    category: crate::domain::id::CategoryId,
    answers: &BTreeMap<QuestionId, String>,
) -> Vec<&'d Question> {
    let asked = directory.questions(category).into_iter();
    asked.filter(|question| question.required && !answers.contains_key(&question.id)).collect()
}
