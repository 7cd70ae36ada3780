//! A case that was opened by mistake. Nothing is ever deleted: its number stays given, its timeline says who ended it and why, and it can
//! be opened again like any other.

use super::on_case::{OnCase, needed};
use super::outcome::REASON_MAX_CHARS;
use super::telling::{Telling, Words};
use super::{ActionError, Actions, Actor};
use crate::domain::case::{Outcome, Status};
use crate::domain::flow::Step;
use crate::domain::id::CaseId;
use crate::domain::notice::Purpose;
use crate::domain::permission::Right;
use crate::domain::timeline::Entry;
use crate::store::{Tx, Work};

impl Actions {
    /// It ends as withdrawn, without a word to the citizen. The new version.
    pub async fn annul_case(
        &self,
        actor: &Actor,
        case: CaseId,
        version: i64,
        reason: &str,
    ) -> Result<i64, ActionError> {
        let reason = needed(reason, "the reason", REASON_MAX_CHARS)?.to_owned();
        let on = self.on(actor, case, Some(version));
        self.carried_out(AnnulCase { on, reason }, case).await
    }
}

struct AnnulCase {
    on: OnCase,
    reason: String,
}

impl Work for AnnulCase {
    type Out = i64;
    type Error = ActionError;

    async fn run(&self, tx: &mut Tx<'_>) -> Result<i64, ActionError> {
        let Self { on, reason } = self;
        let mut case = on.locked(tx, Right::DeleteCase).await?;
        Step::Answer.check(&case)?;
        if !tx.parts(on.case).await?.is_empty() {
            let why = "other cases are parts of this one: separate them first, or nobody works on them";
            return Err(ActionError::Invalid(why.into()));
        }
        let outcome = Outcome::Withdrawn;
        let answered = Entry::Answered { from: case.status, outcome, words: String::new() };
        on.enter(tx, &mut case, &[answered]).await?;
        let (purpose, words) = (Purpose::Outcome, Words::Silence(reason));
        let told = Telling { case: on.case, purpose, words, first: None, at: on.at };
        let (mut entries, _) = on.shared.tell_all(tx, &case, &told).await?;
        // At once, however many days the municipality gives a citizen to object to an answer.
        entries.push(Entry::StatusChanged { from: Status::Answered, to: Status::Closed });
        on.enter(tx, &mut case, &entries).await?;
        Ok(case.version)
    }
}
