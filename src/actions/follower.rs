//! Somebody who reports what is known already becomes a follower of that case, and is told of its outcome with the one who came first.

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};

use super::{ActionError, Actions, Actor, Shared};
use crate::domain::id::{CaseId, PersonId};
use crate::domain::permission::Right;
use crate::domain::timeline::Entry;
use crate::store::similar::{Report, SimilarCase};
use crate::store::{Tx, Work};

/// What was reported longer ago and is still open is another story.
const LOOKED_BACK: SignedDuration = SignedDuration::from_hours(90 * 24);

/// In `case_party`.
const FOLLOWER: &str = "follower";

impl Actions {
    /// Open cases that may be about the same; few, the likest first.
    pub async fn similar_cases(
        &self,
        actor: &Actor,
        report: &Report,
    ) -> Result<Vec<SimilarCase>, ActionError> {
        self.shared.allow(actor, Right::ReadCases)?;
        let now = self.clock.now();
        let since = now.saturating_sub(LOOKED_BACK).unwrap_or(now);
        let mut similar = self.shared.db.similar_cases(report, since).await?;
        similar.retain(|similar| self.may_read_row(actor, &similar.row.facts(), &[]).is_ok());
        Ok(similar)
    }

    /// `false`: follows it already, or it is their own.
    pub async fn add_follower(
        &self,
        actor: &Actor,
        case: CaseId,
        person: PersonId,
    ) -> Result<bool, ActionError> {
        let (shared, actor, at) = (Arc::clone(&self.shared), actor.clone(), self.clock.now());
        let added = self.shared.db.write(AddFollower { shared, actor, case, person, at }).await?;
        if added {
            self.changed(case);
        }
        Ok(added)
    }
}

struct AddFollower {
    shared: Arc<Shared>,
    actor: Actor,
    case: CaseId,
    person: PersonId,
    at: Timestamp,
}

impl Work for AddFollower {
    type Out = bool;
    type Error = ActionError;

    async fn run(&self, tx: &mut Tx<'_>) -> Result<bool, ActionError> {
        let mut case = tx.case_fields(self.case).await?.ok_or(ActionError::NotFound)?;
        self.shared.allow_on(&self.actor, Right::AddFollower, &case)?;
        // The case says their name from now on: nobody learns it so who may not read the register.
        self.shared.allow(&self.actor, Right::ReadPeople)?;
        let (name, _) = tx.person_name(self.person).await?.ok_or(ActionError::NotFound)?;
        if case.person == Some(self.person)
            || !tx.insert_party(self.case, self.person, FOLLOWER, self.at).await?
        {
            return Ok(false);
        }
        let entry = Entry::FollowerAdded { person: self.person, name };
        let directory = self.shared.db.directory();
        tx.enter(&directory, (self.case, &mut case), self.at, &self.actor.by(), &[entry]).await?;
        Ok(true)
    }
}
