//! What verbs about one case have in common: who asks, which version they looked at, and the case as it is now, locked.

use std::sync::Arc;

use jiff::Timestamp;

use super::{ActionError, Actions, Actor, Shared};
use crate::domain::flow::Step;
use crate::domain::id::{CaseEventId, CaseId};
use crate::domain::kept_template::first_gap;
use crate::domain::permission::Right;
use crate::domain::projection::CaseFields;
use crate::domain::timeline::Entry;
use crate::store::Tx;

#[derive(Clone, Debug)]
pub(super) struct OnCase {
    pub shared: Arc<Shared>,
    pub actor: Actor,
    pub case: CaseId,
    /// That of the row the user looked at; `None`: what is done fits any.
    pub version: Option<i64>,
    pub at: Timestamp,
}

/// A case merged into a case merged into a case.
const MERGES: usize = 10;

impl Shared {
    /// The case that this one became a part of, where work goes on; itself when it is no part. Locked, as this one is.
    pub(super) async fn whole(
        &self,
        tx: &mut Tx<'_>,
        (id, case): (CaseId, CaseFields),
    ) -> Result<(CaseId, CaseFields), ActionError> {
        let (mut id, mut case) = (id, case);
        for _ in 0..MERGES {
            let Some(into) = case.merged_into else { break };
            id = into;
            case = tx.case_fields(id).await?.ok_or(ActionError::NotFound)?;
        }
        Ok((id, case))
    }
}

impl Actions {
    pub(super) fn on(&self, actor: &Actor, case: CaseId, version: Option<i64>) -> OnCase {
        let (shared, actor) = (Arc::clone(&self.shared), actor.clone());
        OnCase { shared, actor, case, version, at: self.clock.now() }
    }
}

impl OnCase {
    /// The case, locked until the end of the transaction.
    pub async fn locked(&self, tx: &mut Tx<'_>, right: Right) -> Result<CaseFields, ActionError> {
        let case = tx.case_fields(self.case).await?.ok_or(ActionError::NotFound)?;
        self.shared.allow_on(&self.actor, right, &case)?;
        if self.version.is_some_and(|version| version != case.version) {
            return Err(ActionError::Conflict);
        }
        Ok(case)
    }

    /// The same, when the case may take this step.
    pub async fn step(&self, tx: &mut Tx<'_>, step: Step) -> Result<CaseFields, ActionError> {
        let case = self.locked(tx, step.right()).await?;
        step.check(&case)?;
        Ok(case)
    }

    /// To another case that the verb changes too, locked like this one.
    pub async fn enter_other(
        &self,
        tx: &mut Tx<'_>,
        (id, case): (CaseId, &mut CaseFields),
        entries: &[Entry],
    ) -> Result<(), ActionError> {
        self.shared.enter(tx, (id, case), self.at, &self.actor.by(), entries).await.map(drop)
    }

    pub async fn enter(
        &self,
        tx: &mut Tx<'_>,
        case: &mut CaseFields,
        entries: &[Entry],
    ) -> Result<Option<CaseEventId>, ActionError> {
        self.shared.enter(tx, (self.case, case), self.at, &self.actor.by(), entries).await
    }
}

/// What people write, without the blanks around it.
pub(super) fn written<'w>(words: &'w str, what: &str, most: usize) -> Result<&'w str, ActionError> {
    let words = words.trim();
    if words.chars().count() > most {
        return Err(ActionError::Invalid(format!("{what} has at most {most} characters")));
    }
    Ok(words)
}

/// What is sent to somebody has no gap that a template left: [`ActionError::Invalid`] names it.
pub(super) fn sendable(words: &str) -> Result<(), ActionError> {
    match first_gap(words) {
        Some(gap) => Err(ActionError::Invalid(format!("the gap [[{gap}]] is not filled yet"))),
        None => Ok(()),
    }
}

/// The same, of something that may not be missing.
pub(super) fn needed<'w>(words: &'w str, what: &str, most: usize) -> Result<&'w str, ActionError> {
    let words = written(words, what, most)?;
    if words.is_empty() {
        return Err(ActionError::Invalid(format!("{what} has words")));
    }
    Ok(words)
}
