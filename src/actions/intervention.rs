//! A supervisor stepped into a call: on its case's timeline, whoever it was and whatever for.

use jiff::Timestamp;

use super::seed::OTHER;
use super::{ActionError, Actions, Actor};
use crate::domain::call::Intervention;
use crate::domain::id::{CaseId, InteractionId};
use crate::domain::permission::Right;
use crate::domain::timeline::Entry;
use crate::store::{Tx, Work};

impl Actions {
    /// A call that is no case yet becomes one: there has to be a timeline to write to.
    pub async fn record_intervention(
        &self,
        actor: &Actor,
        call: InteractionId,
        what: Intervention,
    ) -> Result<(), ActionError> {
        actor.require(Right::Supervise)?;
        let at = self.clock.now();
        let record = || RecordIntervention { actor: actor.clone(), call, what, at };
        let case = match self.shared.db.write(record()).await? {
            Some(case) => Some(case),
            None => {
                self.open_call_case(call, OTHER, at).await?;
                self.shared.db.write(record()).await?
            }
        };
        case.into_iter().for_each(|case| self.changed(case));
        Ok(())
    }
}

struct RecordIntervention {
    actor: Actor,
    call: InteractionId,
    what: Intervention,
    at: Timestamp,
}

impl Work for RecordIntervention {
    /// The case, when there is one.
    type Out = Option<CaseId>;
    type Error = ActionError;

    async fn run(&self, tx: &mut Tx<'_>) -> Result<Option<CaseId>, ActionError> {
        let call = tx.interaction(self.call).await?.ok_or(ActionError::NotFound)?;
        let Some(found) = call.case else { return Ok(None) };
        let entry = Entry::Intervened { interaction: self.call, what: self.what };
        tx.append(found.case.id, self.at, &self.actor.by(), &[entry]).await?;
        Ok(Some(found.case.id))
    }
}
