//! A mail of which only that it came could be written down: somebody has to look into the mailbox.

use std::sync::Arc;

use jiff::Timestamp;

use crate::actions::people_follow::administrators;
use crate::actions::{ActionError, Actions, Shared};
use crate::domain::id::CaseId;
use crate::domain::task::TaskKind;
use crate::store::task::NewTask;
use crate::store::{Tx, Work};

/// Subject of the task.
pub const UNSTORED: &str = "unstored";

impl Actions {
    /// Its case is there; administrators are told.
    pub async fn mail_is_not_stored(&self, case: CaseId) -> Result<(), ActionError> {
        let (shared, at) = (Arc::clone(&self.shared), self.clock.now());
        self.shared.db.write(Tell { shared, case, at }).await?;
        self.changed(case);
        Ok(())
    }
}

struct Tell {
    shared: Arc<Shared>,
    case: CaseId,
    at: Timestamp,
}

impl Work for Tell {
    type Out = ();
    type Error = ActionError;

    async fn run(&self, tx: &mut Tx<'_>) -> Result<(), ActionError> {
        for user in administrators(&self.shared.db.directory()) {
            let (kind, subject) = (TaskKind::MailFailed, UNSTORED);
            tx.add_task(&NewTask { user, case: self.case, kind, subject, at: self.at }).await?;
        }
        Ok(())
    }
}
