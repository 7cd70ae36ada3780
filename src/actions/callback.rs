//! Promises to call back: kept through a restart, and seen on the case.

use jiff::Timestamp;

use super::open::append;
use super::{ActionError, Actions};
use crate::domain::id::{CaseId, InteractionId, UserId};
use crate::domain::timeline::Entry;
pub use crate::store::callback::OpenCallback;
use crate::store::{Tx, Work};

/// What became of a promise.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CallbackState {
    /// The citizen was reached.
    Kept { by: Option<UserId> },
    /// Nobody answered; it is tried again.
    Tried,
    /// Tried for the last time.
    GivenUp,
}

impl Actions {
    /// Idempotent.
    pub async fn promise_callback(&self, callback: OpenCallback, at: Timestamp) -> Result<(), ActionError> {
        self.shared.db.write(Promise { callback, at }).await
    }

    pub async fn callback_is(
        &self,
        interaction: InteractionId,
        state: CallbackState,
        at: Timestamp,
    ) -> Result<(), ActionError> {
        if let Some(case) = self.shared.db.write(Settle { interaction, state, at }).await? {
            self.changed(case);
        }
        Ok(())
    }

    /// Those that an earlier run of the program gave and did not keep.
    pub async fn open_callbacks(&self) -> Result<Vec<OpenCallback>, ActionError> {
        Ok(self.shared.db.open_callbacks().await?)
    }
}

struct Promise {
    callback: OpenCallback,
    at: Timestamp,
}

impl Work for Promise {
    type Out = ();
    type Error = ActionError;

    async fn run(&self, tx: &mut Tx<'_>) -> Result<(), ActionError> {
        Ok(tx.promise_callback(&self.callback, self.at).await?)
    }
}

struct Settle {
    interaction: InteractionId,
    state: CallbackState,
    at: Timestamp,
}

impl Work for Settle {
    type Out = Option<CaseId>;
    type Error = ActionError;

    async fn run(&self, tx: &mut Tx<'_>) -> Result<Option<CaseId>, ActionError> {
        let (state, at) = (self.state, self.at);
        let entry = match state {
            CallbackState::Tried => {
                tx.callback_tried(self.interaction).await?;
                return Ok(None);
            }
            CallbackState::Kept { by } => {
                let settled = tx.settle_callback(self.interaction, "kept", at).await?;
                settled.map(|_| Entry::CallbackKept { by })
            }
            CallbackState::GivenUp => {
                let settled = tx.settle_callback(self.interaction, "given_up", at).await?;
                settled
                    .map(|tries| Entry::CallbackGivenUp { tries: u32::try_from(tries).unwrap_or(u32::MAX) })
            }
        };
        let case = tx.interaction(self.interaction).await?.and_then(|call| call.case);
        let (Some(entry), Some(case)) = (entry, case) else { return Ok(None) };
        append(tx, &case.case, at, &[entry]).await?;
        Ok(Some(case.case.id))
    }
}
