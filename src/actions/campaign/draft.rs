//! Writing a campaign: what it says, by which ways, in which hours.

use jiff::Timestamp;
use serde_json::json;

use super::super::{Actions, Actor, Shared};
use super::{CampaignError, NAME_CHARS, may, tell};
use crate::domain::campaign::{Deed, Way};
use crate::domain::file::BlobHash;
use crate::domain::id::CampaignId;
use crate::domain::permission::Right;
pub use crate::store::campaign::{Campaign, Draft};
use crate::store::campaign_source::{READING, Source, SourceKind};
use crate::store::{Tx, Work};

/// Recipients that go with their draft in one transaction.
const REMOVE_AT_ONCE: u32 = 2_000;

impl Actions {
    pub async fn make_campaign(&self, actor: &Actor, draft: Draft) -> Result<CampaignId, CampaignError> {
        self.shared.allow(actor, Right::ManageCampaigns)?;
        let mut draft = self.checked_draft(draft)?;
        // It comes with its own verb.
        draft.message.recording = None;
        self.shared.db.write(Make { actor: actor.clone(), draft, at: self.clock.now() }).await
    }

    /// Words may be wrong yet: what must be right for its start is looked at when it is prepared.
    pub async fn change_campaign(
        &self,
        actor: &Actor,
        (id, version): (CampaignId, i64),
        draft: Draft,
    ) -> Result<(), CampaignError> {
        self.shared.allow(actor, Right::ManageCampaigns)?;
        let draft = self.checked_draft(draft)?;
        let at = self.clock.now();
        self.shared.db.write(Change { actor: actor.clone(), id, version, draft, at }).await
    }

    /// What calls play instead of reading; `None`: they read. Says which recording no campaign has any more.
    pub async fn change_campaign_recording(
        &self,
        actor: &Actor,
        id: CampaignId,
        recording: Option<BlobHash>,
    ) -> Result<Option<BlobHash>, CampaignError> {
        self.shared.allow(actor, Right::ManageCampaigns)?;
        self.shared.db.write(Record { actor: actor.clone(), id, recording, at: self.clock.now() }).await
    }

    /// A draft, with its lists. What was begun stays: it is the proof. Says which recording no campaign has any more.
    pub async fn remove_campaign(
        &self,
        actor: &Actor,
        id: CampaignId,
    ) -> Result<Option<BlobHash>, CampaignError> {
        self.shared.allow(actor, Right::ManageCampaigns)?;
        while self.shared.db.write(RemoveSome { id }).await? {}
        self.shared.db.write(Remove { actor: actor.clone(), id, at: self.clock.now() }).await
    }

    fn checked_draft(&self, draft: Draft) -> Result<Draft, CampaignError> {
        let name = draft.name.split_whitespace().collect::<Vec<_>>().join(" ");
        if name.is_empty() || name.chars().count() > NAME_CHARS {
            return Err(CampaignError::Name);
        }
        if !draft.hours.is_valid() {
            return Err(CampaignError::Hours);
        }
        if draft.per_minute == Some(0) {
            return Err(CampaignError::Pace);
        }
        let senders = &self.shared.campaigns().senders;
        if draft.sender.as_ref().is_some_and(|sender| !senders.contains(sender)) {
            return Err(CampaignError::Sender(senders.clone()));
        }
        Ok(Draft { name, ..draft })
    }
}

impl Shared {
    /// Everything that keeps the campaign from being sent, in the order in which people mend it.
    pub(super) fn ready(&self, draft: &Draft, sources: &[Source]) -> Result<(), CampaignError> {
        if sources.is_empty() {
            return Err(CampaignError::Nobody);
        }
        if let Some(reading) = sources.iter().find(|source| source.place == READING) {
            return Err(CampaignError::StillReading(reading.name.clone()));
        }
        let ways: Vec<Way> = draft.ladder.steps().iter().map(|step| step.way).collect();
        let lists = sources.iter().filter_map(|source| match &source.kind {
            SourceKind::List { fields, .. } => Some(fields),
            SourceKind::Segment(_) => None,
        });
        let own: Vec<&String> = lists.flatten().collect();
        if draft.message.survey.is_some() && self.mail.pages.is_empty() {
            return Err(CampaignError::NoPages);
        }
        let knows = |field: &str| {
            draft.message.fields().any(|known| known == field) || own.iter().any(|name| *name == field)
        };
        let mistakes = draft.message.mistakes(&ways, knows);
        if !mistakes.is_empty() {
            return Err(CampaignError::Words(mistakes));
        }
        for way in ways {
            if !self.sends_by(way) {
                return Err(CampaignError::NoWay(way.as_str()));
            }
        }
        Ok(())
    }
}

struct Make {
    actor: Actor,
    draft: Draft,
    at: Timestamp,
}

impl Work for Make {
    type Out = CampaignId;
    type Error = CampaignError;

    async fn run(&self, tx: &mut Tx<'_>) -> Result<CampaignId, CampaignError> {
        let id = tx.insert_campaign(&self.draft, self.actor.person(), self.at).await?;
        let said = json!({ "new": self.draft.name });
        tell(tx, &self.actor, (id, Deed::Make), ("", said), self.at).await?;
        Ok(id)
    }
}

struct Change {
    actor: Actor,
    id: CampaignId,
    version: i64,
    draft: Draft,
    at: Timestamp,
}

impl Work for Change {
    type Out = ();
    type Error = CampaignError;

    async fn run(&self, tx: &mut Tx<'_>) -> Result<(), CampaignError> {
        let (before, _) = may(tx, self.id, Some(self.version), Deed::Change).await?;
        let mut draft = self.draft.clone();
        draft.message.recording = before.draft.message.recording.clone();
        if before.draft == draft {
            return Ok(());
        }
        tx.put_campaign(self.id, &draft, self.at).await?;
        let said = json!({ "name": draft.name, "words": before.draft.message != draft.message });
        tell(tx, &self.actor, (self.id, Deed::Change), ("", said), self.at).await?;
        Ok(())
    }
}

struct Record {
    actor: Actor,
    id: CampaignId,
    recording: Option<BlobHash>,
    at: Timestamp,
}

impl Work for Record {
    type Out = Option<BlobHash>;
    type Error = CampaignError;

    async fn run(&self, tx: &mut Tx<'_>) -> Result<Option<BlobHash>, CampaignError> {
        let (before, _) = may(tx, self.id, None, Deed::Change).await?;
        let mut draft = before.draft;
        let old = std::mem::replace(&mut draft.message.recording, self.recording.clone());
        if old == self.recording {
            return Ok(None);
        }
        tx.put_campaign(self.id, &draft, self.at).await?;
        let said = json!({ "name": draft.name, "recording": self.recording });
        tell(tx, &self.actor, (self.id, Deed::Change), ("", said), self.at).await?;
        unused(tx, old).await
    }
}

/// The recording, if no campaign and no survey has it any more.
async fn unused(tx: &mut Tx<'_>, recording: Option<BlobHash>) -> Result<Option<BlobHash>, CampaignError> {
    let Some(recording) = recording else { return Ok(None) };
    let used = tx.is_recording_used(&recording).await?;
    Ok((!used).then_some(recording))
}

struct RemoveSome {
    id: CampaignId,
}

impl Work for RemoveSome {
    type Out = bool;
    type Error = CampaignError;

    async fn run(&self, tx: &mut Tx<'_>) -> Result<bool, CampaignError> {
        may(tx, self.id, None, Deed::Remove).await?;
        Ok(tx.remove_recipients(self.id, REMOVE_AT_ONCE).await?)
    }
}

struct Remove {
    actor: Actor,
    id: CampaignId,
    at: Timestamp,
}

impl Work for Remove {
    type Out = Option<BlobHash>;
    type Error = CampaignError;

    async fn run(&self, tx: &mut Tx<'_>) -> Result<Option<BlobHash>, CampaignError> {
        let (campaign, _) = may(tx, self.id, None, Deed::Remove).await?;
        tx.remove_campaign(self.id).await?;
        let said = json!({ "removed": campaign.draft.name });
        tx.audit(self.actor.audit(self.at, crate::domain::audit::What::CampaignChanged, self.id, said));
        unused(tx, campaign.draft.message.recording).await
    }
}

impl Shared {
    /// What a step of the ladder needs besides an address.
    pub(super) fn sends_by(&self, way: Way) -> bool {
        match way {
            Way::Sms => self.campaigns().texts,
            Way::Email => self.mail.sends(),
            Way::Voice => self.campaigns().calls,
            Way::Visit => true,
        }
    }
}
