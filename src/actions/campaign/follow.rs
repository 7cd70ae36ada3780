//! What becomes of recipients: by what the networks say, by silence, and when a step cannot be taken.

use jiff::{SignedDuration, Timestamp};

use super::super::{Actor, Shared};
use super::tell;
use crate::domain::campaign::recipient::{Move, heard};
use crate::domain::campaign::{CampaignState, Deed, RecipientState, Way};
use crate::domain::id::{CampaignId, OutboxId};
use crate::domain::message::DeliveryState;
use crate::store::campaign::{Campaign, Counts};
use crate::store::campaign_recipient::{Moved, Recipient};
use crate::store::{StoreError, Tx};

/// What a message says that was taken out of the queue before a link had it.
const WITHDRAWN: &str = "withdrawn";

impl Shared {
    /// The network said something of a message of a campaign. In the transaction that writes down what it said.
    pub(in crate::actions) async fn heard_of_recipient(
        &self,
        tx: &mut Tx<'_>,
        message: OutboxId,
        says: DeliveryState,
        at: Timestamp,
    ) -> Result<(), StoreError> {
        let Some((recipient, id, way)) = tx.recipient_of_message(message).await? else { return Ok(()) };
        let Some(campaign) = tx.campaign_as_it_is(id).await? else { return Ok(()) };
        let Some(of) = campaign.draft.ladder.rung_of(way) else { return Ok(()) };
        match heard(recipient.state, (recipient.rung, of), says) {
            Move::Stay => Ok(()),
            Move::To(state) => {
                // The message of a later step is not needed any more.
                if state == RecipientState::Reached && recipient.state == RecipientState::Sending {
                    tx.withdraw_messages_of(recipient.id, WITHDRAWN, at).await?;
                }
                // They stand on the step that reached them, so that the counts say by what people were reached.
                let rung = if state == RecipientState::Reached { of } else { recipient.rung };
                let reached = state.is_reached().then_some((way, at));
                let to = Moved { state, rung, why: recipient.why, due_at: at, reached };
                self.move_to(tx, campaign.id, &recipient, &to, at).await
            }
            Move::Next => self.go_on(tx, &campaign, std::slice::from_ref(&recipient), at).await,
        }
    }

    /// From where they stand to `state`, with how and when where that is success.
    pub(super) async fn place_recipient(
        &self,
        tx: &mut Tx<'_>,
        campaign: &Campaign,
        recipient: &Recipient,
        state: RecipientState,
        (way, at): (Way, Timestamp),
    ) -> Result<(), StoreError> {
        let reached = state.is_reached().then_some((way, at));
        let to = Moved { state, rung: recipient.rung, why: recipient.why, due_at: at, reached };
        self.move_to(tx, campaign.id, recipient, &to, at).await
    }

    /// The step failed, or was silent too long: the next that can be taken, people at last, or the end.
    pub(super) async fn go_on(
        &self,
        tx: &mut Tx<'_>,
        campaign: &Campaign,
        recipients: &[Recipient],
        at: Timestamp,
    ) -> Result<(), StoreError> {
        if recipients.is_empty() {
            return Ok(());
        }
        let who: Vec<_> = recipients.iter().map(|one| &one.who).collect();
        let refusals = self.refusals(tx, campaign, &who).await?;
        let invalid = self.invalid_among(tx, &who).await?;
        let mut waits = false;
        for one in recipients {
            let can = |way| {
                self.can_now(campaign, &one.who, way, (&refusals, &|value| invalid.contains(value))).is_ok()
            };
            let next = campaign.draft.ladder.next(one.rung + 1, can);
            let next = next.filter(|_| campaign.state != CampaignState::Stopped);
            let (state, rung) = match next {
                None => (RecipientState::Unreached, one.rung),
                Some(rung) if campaign.draft.ladder.step(rung).is_some_and(|step| step.way == Way::Visit) => {
                    (RecipientState::ByHand, rung)
                }
                Some(rung) => (RecipientState::Waiting, rung),
            };
            waits |= state == RecipientState::Waiting;
            let to = Moved { state, rung, why: one.why, due_at: at, reached: None };
            self.move_to(tx, campaign.id, one, &to, at).await?;
        }
        // A mail that came back when all seemed to be over.
        if waits && campaign.state == CampaignState::Finished {
            tx.move_campaign(campaign.id, CampaignState::Running, at).await?;
            tell(tx, &Actor::System, (campaign.id, Deed::Resume), ("", serde_json::Value::Null), at).await?;
        }
        Ok(())
    }

    pub(super) async fn move_to(
        &self,
        tx: &mut Tx<'_>,
        campaign: CampaignId,
        from: &Recipient,
        to: &Moved,
        at: Timestamp,
    ) -> Result<(), StoreError> {
        tx.move_recipient(from.id, to, at).await?;
        let mut counts = Counts::default();
        counts.add(from.state, from.rung, -1);
        counts.add(to.state, to.rung, 1);
        tx.change_campaign_counts(campaign, &counts).await
    }
}

/// When the time of a step is up.
pub(super) fn until(at: Timestamp, minutes: u32) -> Timestamp {
    at.saturating_add(SignedDuration::from_mins(minutes.into())).unwrap_or(Timestamp::MAX)
}
