//! What people do about single recipients: those who came on their list, and those who are taken out.

use jiff::Timestamp;
use serde_json::json;

use std::sync::Arc;

use super::super::{ActionError, Actions, Actor, Shared};
use super::CampaignError;
use crate::domain::audit::What;
use crate::domain::campaign::{RecipientState, Way, Why};
use crate::domain::id::{CampaignId, RecipientId};
use crate::domain::permission::Right;
use crate::store::campaign_recipient::Moved;
use crate::store::{Tx, Work};

/// What became of somebody on the list of people.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ByHand {
    Told,
    NotFound,
    /// Written down by mistake: on the list again.
    Again,
}

impl Actions {
    pub async fn tell_recipient_by_hand(
        &self,
        actor: &Actor,
        of: (CampaignId, RecipientId),
        outcome: ByHand,
    ) -> Result<(), CampaignError> {
        let change = Change::ByHand(outcome);
        self.change_recipient(actor, of, change).await
    }

    /// Before it is their turn.
    pub async fn take_recipient_out(
        &self,
        actor: &Actor,
        of: (CampaignId, RecipientId),
    ) -> Result<(), CampaignError> {
        self.change_recipient(actor, of, Change::TakeOut).await
    }

    async fn change_recipient(
        &self,
        actor: &Actor,
        (campaign, recipient): (CampaignId, RecipientId),
        change: Change,
    ) -> Result<(), CampaignError> {
        self.shared.allow(actor, Right::ManageCampaigns)?;
        let (shared, actor, now) = (Arc::clone(&self.shared), actor.clone(), self.clock.now());
        self.shared.db.write(ChangeRecipient { shared, actor, campaign, recipient, change, now }).await
    }
}

#[derive(Clone, Copy)]
enum Change {
    ByHand(ByHand),
    TakeOut,
}

struct ChangeRecipient {
    shared: Arc<Shared>,
    actor: Actor,
    campaign: CampaignId,
    recipient: RecipientId,
    change: Change,
    now: Timestamp,
}

impl Work for ChangeRecipient {
    type Out = ();
    type Error = CampaignError;

    async fn run(&self, tx: &mut Tx<'_>) -> Result<(), CampaignError> {
        let found = tx.recipient(self.recipient).await?.filter(|(campaign, _)| *campaign == self.campaign);
        let (_, one) = found.ok_or(ActionError::NotFound)?;
        use RecipientState::*;
        let (state, why, word) = match (self.change, one.state) {
            (Change::ByHand(self::ByHand::Told), ByHand | Unreached | Unknown | Uncertain) => {
                (ToldByHand, one.why, "told")
            }
            (Change::ByHand(self::ByHand::NotFound), ByHand) => (Unreached, one.why, "not_found"),
            (Change::ByHand(self::ByHand::Again), ToldByHand | Unreached) => (ByHand, one.why, "again"),
            (Change::TakeOut, Waiting) => (Skipped, Some(Why::TakenOut), "taken_out"),
            _ => {
                return Err(ActionError::Invalid(format!(
                    "a recipient who is {} cannot be changed so",
                    one.state
                ))
                .into());
            }
        };
        let reached = (state == ToldByHand).then_some((Way::Visit, self.now));
        let to = Moved { state, rung: one.rung, why, due_at: self.now, reached };
        self.shared.move_to(tx, self.campaign, &one, &to, self.now).await?;
        let said = json!({ "recipient": self.recipient, "by_hand": word });
        tx.audit(self.actor.audit(self.now, What::CampaignChanged, self.campaign, said));
        Ok(())
    }
}
