//! A message of a campaign to oneself or a colleague, before anybody else gets it.

use std::sync::Arc;

use jiff::Timestamp;
use serde_json::json;

use super::super::{Actions, Actor, Shared};
use super::{CampaignError, may, tell};
use crate::domain::campaign::consider::Candidate;
use crate::domain::campaign::message::Rendered;
use crate::domain::campaign::{Deed, Way};
use crate::domain::email::EmailAddress;
use crate::domain::file::BlobHash;
use crate::domain::id::{CampaignId, CaseId, OutboxId};
use crate::domain::mail::{MailPurpose, OurMail};
use crate::domain::permission::Right;
use crate::domain::phone::PhoneNumber;
use crate::store::campaign_message::TestMessage;
use crate::store::{Tx, Work};

/// Where a test goes.
#[derive(Clone, Debug)]
pub enum TestTo {
    Text(PhoneNumber),
    Email(EmailAddress),
    Call(PhoneNumber),
}

impl Actions {
    /// The words as `who` would get them. It goes at once, whatever the hours.
    pub async fn test_campaign(
        &self,
        actor: &Actor,
        id: CampaignId,
        (who, to): (Candidate, TestTo),
    ) -> Result<OutboxId, CampaignError> {
        self.shared.allow(actor, Right::ManageCampaigns)?;
        let (shared, actor, now) = (Arc::clone(&self.shared), actor.clone(), self.clock.now());
        let way = to.way();
        if !self.shared.sends_by(way) {
            return Err(CampaignError::NoWay(way.as_str()));
        }
        let outbox = self.shared.db.write(Test { shared, actor, id, who, to, now }).await?;
        self.shared.outbox.notify_one();
        self.shared.mails.notify_one();
        Ok(outbox)
    }
}

impl TestTo {
    fn way(&self) -> Way {
        match self {
            Self::Text(_) => Way::Sms,
            Self::Email(_) => Way::Email,
            Self::Call(_) => Way::Voice,
        }
    }

    fn address(&self) -> &str {
        match self {
            Self::Text(number) | Self::Call(number) => number.as_str(),
            Self::Email(address) => address.as_str(),
        }
    }
}

struct Test {
    shared: Arc<Shared>,
    actor: Actor,
    id: CampaignId,
    who: Candidate,
    to: TestTo,
    now: Timestamp,
}

impl Work for Test {
    type Out = OutboxId;
    type Error = CampaignError;

    async fn run(&self, tx: &mut Tx<'_>) -> Result<OutboxId, CampaignError> {
        let (campaign, _) = may(tx, self.id, None, Deed::Test).await?;
        let (way, draft) = (self.to.way(), &campaign.draft);
        let value = |field: &str| self.who.value_in(field, self.shared.town());
        let recording = draft.message.recording_for(way);
        let said = match draft.message.render(way, self.who.language, value) {
            Err(_) if recording.is_some() => Rendered::default(),
            said => {
                said.map_err(|why| super::ActionError::Invalid(format!("the words cannot be filled: {why}")))?
            }
        };
        if said.words.is_empty() && recording.is_none() {
            return Err(CampaignError::Words(vec![(
                draft.message.words_of(way).0,
                crate::domain::campaign::message::Mistake::Empty,
            )]));
        }
        let purpose = (way == Way::Email).then_some(MailPurpose::Campaign);
        let message = TestMessage {
            way,
            purpose,
            to: self.to.address(),
            subject: &said.subject,
            words: &said.words,
            sender: draft.sender.as_deref(),
            recording: recording.map(BlobHash::as_str),
        };
        let outbox = tx.queue_test_message(&message, self.now).await?;
        if way == Way::Email {
            let ours = OurMail { case: CaseId(0), outbox, random: rand::random() };
            tx.name_mail(outbox, &ours.id(&self.shared.mail.own_domain())).await?;
        }
        let said = json!({ "test": way });
        tell(tx, &self.actor, (self.id, Deed::Test), (way.as_str(), said), self.now).await?;
        Ok(outbox)
    }
}
