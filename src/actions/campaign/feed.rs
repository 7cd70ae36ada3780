//! Hands messages over: from recipients whose turn it is to the outbox, some hundred in a transaction, never far ahead of the links, so that a
//! pause is a pause.

use std::collections::HashSet;
use std::sync::Arc;

use jiff::Timestamp;

use super::super::Shared;
use super::follow::until;
use crate::domain::campaign::consider::Candidate;
use crate::domain::campaign::message::Rendered;
use crate::domain::campaign::recipient::{Move, time_is_up};
use crate::domain::campaign::{CampaignState, RecipientState, Way, Why};
use crate::domain::email::EmailAddress;
use crate::domain::file::BlobHash;
use crate::domain::id::{CampaignId, RecipientId};
use crate::domain::mail::{MailPurpose, OurMail};
use crate::domain::message::DeliveryState;
use crate::store::campaign::{Campaign, Counts};
use crate::store::campaign_message::NewMessage;
use crate::store::campaign_recipient::{Moved, Recipient};
use crate::store::{StoreError, Tx, Work};

/// The recipients of one step whose turn it is.
pub(super) struct Feed {
    pub shared: Arc<Shared>,
    pub id: CampaignId,
    pub rung: usize,
    pub limit: u32,
    pub now: Timestamp,
}

impl Work for Feed {
    /// How many were begun.
    type Out = usize;
    type Error = StoreError;

    async fn run(&self, tx: &mut Tx<'_>) -> Result<usize, StoreError> {
        // Under its lock, so that whoever pauses it finds all that was handed over before.
        let Some(campaign) = tx.campaign(self.id).await? else { return Ok(0) };
        let Some(step) = campaign.draft.ladder.step(self.rung) else { return Ok(0) };
        if campaign.state != CampaignState::Running {
            return Ok(0);
        }
        let turn = tx.waiting((self.id, self.rung), self.now, self.limit).await?;
        if step.way == Way::Visit {
            for one in &turn {
                self.shared
                    .place_recipient(tx, &campaign, one, RecipientState::ByHand, (step.way, self.now))
                    .await?;
            }
            return Ok(turn.len());
        }
        let (ready, not) = self.sorted(tx, &campaign, step.way, &turn).await?;
        for (one, why) in not {
            self.passed_over(tx, &campaign, one, why).await?;
        }
        let recording = campaign.draft.message.recording_for(step.way);
        let messages: Vec<NewMessage<'_>> =
            ready.iter().map(|(one, said)| message(one, step.way, (said, recording))).collect();
        match step.way {
            Way::Email => self.queue_mails(tx, &messages).await?,
            _ => tx.queue_messages(step.way, &messages, campaign.draft.sender.as_deref(), self.now).await?,
        }
        let ids: Vec<RecipientId> = ready.iter().map(|(one, _)| one.id).collect();
        tx.begin_recipients(&ids, until(self.now, step.minutes), self.now).await?;
        let begun = i64::try_from(ids.len()).unwrap_or(i64::MAX);
        let mut counts = Counts::default();
        counts.add(RecipientState::Waiting, self.rung, -begun);
        counts.add(RecipientState::Sending, self.rung, begun);
        tx.change_campaign_counts(self.id, &counts).await?;
        if !ids.is_empty() {
            tx.count_campaign_minute(self.id, self.now.as_second() / 60, ids.len()).await?;
        }
        Ok(turn.len())
    }
}

type Sorted<'r> = (Vec<(&'r Recipient, Rendered)>, Vec<(&'r Recipient, Why)>);

impl Feed {
    /// Looked at once more: between the preparation and this moment they may have said that they want no more.
    async fn sorted<'r>(
        &self,
        tx: &mut Tx<'_>,
        campaign: &Campaign,
        way: Way,
        turn: &'r [Recipient],
    ) -> Result<Sorted<'r>, StoreError> {
        let who: Vec<&Candidate> = turn.iter().map(|one| &one.who).collect();
        let refusals = self.shared.refusals(tx, campaign, &who).await?;
        let invalid = self.shared.invalid_among(tx, &who).await?;
        let (mut ready, mut not): Sorted<'r> = Default::default();
        for one in turn {
            let (dead, town) = (|value: &str| invalid.contains(value), self.shared.town());
            let said = self.shared.can_now(campaign, &one.who, way, (&refusals, &dead)).and_then(|()| {
                let value = |field: &str| one.who.value_in(field, town);
                match campaign.draft.message.render(way, one.who.language, value) {
                    // What is recorded needs no words.
                    Err(_) if campaign.draft.message.recording_for(way).is_some() => Ok(Rendered::default()),
                    said => said,
                }
            });
            match said {
                Ok(said) => ready.push((one, said)),
                Err(why) => not.push((one, why)),
            }
        }
        Ok((ready, not))
    }

    /// This step cannot be taken for them. Who does not want it by the first step, and has not been tried, is left out.
    async fn passed_over(
        &self,
        tx: &mut Tx<'_>,
        campaign: &Campaign,
        one: &Recipient,
        why: Why,
    ) -> Result<(), StoreError> {
        let one = Recipient { why: Some(why), ..one.clone() };
        self.shared.go_on(tx, campaign, std::slice::from_ref(&one), self.now).await?;
        let Some((_, now)) = tx.recipient(one.id).await? else { return Ok(()) };
        let untried = tx.attempts_of(one.id).await? == 0;
        let leaves = matches!(now.state, RecipientState::Unreached)
            || (now.state == RecipientState::ByHand && why == Why::OptedOut);
        if untried && leaves {
            let to = Moved {
                state: RecipientState::Skipped,
                rung: 0,
                why: Some(why),
                due_at: self.now,
                reached: None,
            };
            self.shared.move_to(tx, campaign.id, &now, &to, self.now).await?;
        }
        Ok(())
    }

    /// One by one: the name of a mail has the number of its row.
    async fn queue_mails(&self, tx: &mut Tx<'_>, messages: &[NewMessage<'_>]) -> Result<(), StoreError> {
        let domain = self.shared.mail.own_domain();
        for message in messages {
            let Some(to) = EmailAddress::from_stored(message.to) else { continue };
            let outbox = tx.queue_campaign_mail(message, &to, MailPurpose::Campaign, self.now).await?;
            let ours = OurMail { case: crate::domain::id::CaseId(0), outbox, random: rand::random() };
            tx.name_mail(outbox, &ours.id(&domain)).await?;
        }
        Ok(())
    }
}

fn message<'m>(
    one: &'m Recipient,
    way: Way,
    (said, recording): (&'m Rendered, Option<&'m BlobHash>),
) -> NewMessage<'m> {
    let to = match way {
        Way::Email => one.who.email.as_deref(),
        Way::Sms | Way::Voice | Way::Visit => one.who.phone.as_deref(),
    };
    NewMessage {
        recipient: one.id,
        to: to.unwrap_or_default(),
        subject: &said.subject,
        words: &said.words,
        language: said.language,
        recording: recording.map(BlobHash::as_str),
    }
}

/// Those of whom nothing was heard in the time of their step.
pub(super) struct Overdue {
    pub shared: Arc<Shared>,
    pub id: CampaignId,
    pub limit: u32,
    pub now: Timestamp,
}

/// A message that is between us and the network at this moment is looked at again after so many minutes.
const LOOK_AGAIN: u32 = 1;
/// What a message says that did not leave in the time of its step.
const TOO_LATE: &str = "time is up";

impl Work for Overdue {
    type Out = usize;
    type Error = StoreError;

    async fn run(&self, tx: &mut Tx<'_>) -> Result<usize, StoreError> {
        let Some(campaign) = tx.campaign_as_it_is(self.id).await? else { return Ok(0) };
        let overdue = tx.overdue_recipients(self.id, self.now, self.limit).await?;
        let ladder = &campaign.draft.ladder;
        for (one, message) in &overdue {
            let Some(step) = ladder.step(one.rung) else { continue };
            let last = one.rung + 1 >= ladder.steps().len();
            // Without a message there is nothing that could still arrive.
            let message = message.unwrap_or(DeliveryState::Rejected);
            let mut next = time_is_up(step.way, message, last);
            if next == Move::Next {
                let withdrawn = tx.withdraw_messages_of(one.id, TOO_LATE, self.now).await? > 0;
                // A link has taken it since it was looked at.
                if message == DeliveryState::Queued && !withdrawn {
                    next = Move::Stay;
                }
            }
            match next {
                Move::Stay => {
                    let due_at = until(self.now, LOOK_AGAIN);
                    let to = Moved { state: one.state, rung: one.rung, why: one.why, due_at, reached: None };
                    tx.move_recipient(one.id, &to, self.now).await?;
                }
                Move::To(state) => {
                    self.shared.place_recipient(tx, &campaign, one, state, (step.way, self.now)).await?
                }
                Move::Next => self.shared.go_on(tx, &campaign, std::slice::from_ref(one), self.now).await?,
            }
        }
        Ok(overdue.len())
    }
}

impl Shared {
    /// Addresses of theirs that are known to reach nobody.
    pub(super) async fn invalid_among(
        &self,
        tx: &mut Tx<'_>,
        who: &[&Candidate],
    ) -> Result<HashSet<String>, StoreError> {
        let addresses: Vec<String> =
            who.iter().flat_map(|one| [&one.phone, &one.email]).flatten().cloned().collect();
        let owners = tx.owners(&addresses).await?;
        Ok(owners.into_iter().filter(|(_, (_, invalid))| *invalid).map(|(address, _)| address).collect())
    }
}
