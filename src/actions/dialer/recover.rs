//! What a process that died left of the calls of dialling campaigns. What may have been dialled is shown as such and not dialled again for the same
//! attempt; what surely was counts.

use std::sync::Arc;

use jiff::Timestamp;

use super::super::node::Whose;
use super::super::survey::SurveyError;
use super::super::{ActionError, Actions, Shared};
use super::follow::End;
use crate::domain::dialer::contact::Left;
use crate::store::{Tx, Work};

const RECOVERED_AT_ONCE: i64 = 200;

impl Actions {
    /// At start, before anything is dialled: attempts that this node, or one that is gone, left behind. How many.
    pub async fn recover_dials(&self) -> Result<usize, ActionError> {
        Ok(self.recover_dials_of(Whose::Own).await? + self.recover_dials_of(Whose::Gone).await?)
    }

    pub(in crate::actions) async fn recover_dials_of(&self, whose: Whose) -> Result<usize, ActionError> {
        let mut recovered = 0;
        loop {
            let (shared, now) = (Arc::clone(&self.shared), self.clock.now());
            let some = self.shared.db.write(Recover { shared, whose, now }).await?;
            if some == 0 {
                return Ok(recovered);
            }
            recovered += some;
        }
    }
}

struct Recover {
    shared: Arc<Shared>,
    whose: Whose,
    now: Timestamp,
}

impl Work for Recover {
    type Out = usize;
    type Error = ActionError;

    async fn run(&self, tx: &mut Tx<'_>) -> Result<usize, ActionError> {
        let left = tx.dial_attempts_left(&self.shared.left(self.whose, self.now), RECOVERED_AT_ONCE).await?;
        let mut settled = 0;
        for attempt in &left {
            let Some(one) = tx.dial_contact(attempt.contact).await? else { continue };
            let Some(campaign) = tx.dial_campaign_as_it_is(attempt.campaign).await? else { continue };
            let Left::Attempt { outcome, made, .. } = one.state.left_behind() else { continue };
            let at = attempt.parted_at.or(attempt.joined_at).or(attempt.answered_at).or(attempt.taken_at);
            let end =
                End { outcome, refusal: None, wished: None, made, at: at.unwrap_or(attempt.claimed_at) };
            settled += usize::from(self.shared.end_dial(tx, &campaign, (one, attempt), &end).await?);
            self.shared.settle_keyed(tx, attempt, self.now).await.map_err(|error| match error {
                SurveyError::Action(error) => error,
                other => ActionError::Refused(other.to_string()),
            })?;
        }
        Ok(settled)
    }
}
