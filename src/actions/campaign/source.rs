//! Whom a campaign goes to.

use jiff::Timestamp;
use serde_json::json;

use super::super::{ActionError, Actions, Actor};
use super::{CampaignError, MOST_RECIPIENTS, MOST_SOURCES, may, tell};
use crate::domain::campaign::consider::Candidate;
use crate::domain::campaign::segment::Segment;
use crate::domain::campaign::{Deed, RecipientState};
use crate::domain::id::{CampaignId, SourceId};
use crate::domain::permission::Right;
use crate::store::campaign_recipient::NewRecipient;
pub use crate::store::campaign_source::{FaultRow, Source, SourceKind};
use crate::store::{Tx, Work};

/// Faults of one list that are kept; of more the number is known.
const MOST_FAULTS: i64 = 10_000;
/// Rows that go in one transaction.
const REMOVE_AT_ONCE: u32 = 2_000;

impl Actions {
    /// The segment as it is now: what becomes of the kept one later changes no campaign.
    pub async fn add_segment_to_campaign(
        &self,
        actor: &Actor,
        id: CampaignId,
        (name, segment): (&str, &Segment),
    ) -> Result<SourceId, CampaignError> {
        self.shared.allow(actor, Right::ManageCampaigns)?;
        segment.check()?;
        let new = New::Segment(segment.clone());
        self.shared
            .db
            .write(Add { actor: actor.clone(), id, name: name.to_owned(), new, at: self.clock.now() })
            .await
    }

    /// A list of which no row is there yet. `fields`: its columns beyond those that every recipient has.
    pub async fn begin_list(
        &self,
        actor: &Actor,
        id: CampaignId,
        (name, fields): (&str, Vec<String>),
    ) -> Result<SourceId, CampaignError> {
        self.shared.allow(actor, Right::ManageCampaigns)?;
        let new = New::List(fields);
        self.shared
            .db
            .write(Add { actor: actor.clone(), id, name: name.to_owned(), new, at: self.clock.now() })
            .await
    }

    /// Some more rows of it.
    pub async fn fill_list(
        &self,
        actor: &Actor,
        (id, source): (CampaignId, SourceId),
        (rows, faults): (Vec<Candidate>, Vec<FaultRow>),
    ) -> Result<(), CampaignError> {
        self.shared.allow(actor, Right::ManageCampaigns)?;
        self.shared.db.write(Fill { id, source, rows, faults, at: self.clock.now() }).await
    }

    /// All its rows are there.
    pub async fn finish_list(
        &self,
        actor: &Actor,
        (id, source): (CampaignId, SourceId),
    ) -> Result<Source, CampaignError> {
        self.shared.allow(actor, Right::ManageCampaigns)?;
        self.shared.db.write(Finish { actor: actor.clone(), id, source, at: self.clock.now() }).await
    }

    /// A list or a segment is taken out of a draft.
    pub async fn remove_source(
        &self,
        actor: &Actor,
        (id, source): (CampaignId, SourceId),
    ) -> Result<(), CampaignError> {
        self.shared.allow(actor, Right::ManageCampaigns)?;
        let actor = actor.clone();
        while self.shared.db.write(Remove { actor: actor.clone(), id, source, at: self.clock.now() }).await? {
        }
        Ok(())
    }
}

enum New {
    Segment(Segment),
    List(Vec<String>),
}

struct Add {
    actor: Actor,
    id: CampaignId,
    name: String,
    new: New,
    at: Timestamp,
}

impl Work for Add {
    type Out = SourceId;
    type Error = CampaignError;

    async fn run(&self, tx: &mut Tx<'_>) -> Result<SourceId, CampaignError> {
        may(tx, self.id, None, Deed::Change).await?;
        if tx.campaign_sources(self.id).await?.len() >= MOST_SOURCES {
            return Err(CampaignError::TooManySources);
        }
        let source = match &self.new {
            New::Segment(segment) => {
                tx.insert_segment_source(self.id, (&self.name, segment), self.at).await?
            }
            New::List(fields) => tx.insert_list_source(self.id, (&self.name, fields), self.at).await?,
        };
        tx.touch_campaign(self.id, self.at).await?;
        let said = json!({ "source": self.name });
        tell(tx, &self.actor, (self.id, Deed::Change), (&self.name, said), self.at).await?;
        Ok(source)
    }
}

struct Fill {
    id: CampaignId,
    source: SourceId,
    rows: Vec<Candidate>,
    faults: Vec<FaultRow>,
    at: Timestamp,
}

/// The list, of a campaign that is being written.
async fn list(tx: &mut Tx<'_>, id: CampaignId, source: SourceId) -> Result<Source, CampaignError> {
    may(tx, id, None, Deed::Change).await?;
    let sources = tx.campaign_sources(id).await?;
    Ok(sources.into_iter().find(|one| one.id == source).ok_or(ActionError::NotFound)?)
}

impl Work for Fill {
    type Out = ();
    type Error = CampaignError;

    async fn run(&self, tx: &mut Tx<'_>) -> Result<(), CampaignError> {
        let source = list(tx, self.id, self.source).await?;
        let SourceKind::List { usable, faulty, .. } = source.kind else {
            return Err(ActionError::NotFound.into());
        };
        if usable > MOST_RECIPIENTS {
            return Err(CampaignError::TooMany(MOST_RECIPIENTS));
        }
        let listed = |who: &Candidate| NewRecipient {
            who: who.clone(),
            state: RecipientState::Listed,
            rung: 0,
            why: None,
        };
        let rows: Vec<NewRecipient> = self.rows.iter().map(listed).collect();
        tx.insert_recipients((self.id, self.source), &rows, self.at).await?;
        let room = usize::try_from((MOST_FAULTS - faulty).max(0)).unwrap_or(0);
        let kept = self.faults.get(..room.min(self.faults.len())).unwrap_or_default();
        tx.insert_faults(self.source, kept).await?;
        tx.count_list(self.source, rows.len(), self.faults.len()).await?;
        Ok(())
    }
}

struct Finish {
    actor: Actor,
    id: CampaignId,
    source: SourceId,
    at: Timestamp,
}

impl Work for Finish {
    type Out = Source;
    type Error = CampaignError;

    async fn run(&self, tx: &mut Tx<'_>) -> Result<Source, CampaignError> {
        let source = list(tx, self.id, self.source).await?;
        tx.place_source(self.source, 0, false).await?;
        tx.touch_campaign(self.id, self.at).await?;
        if let SourceKind::List { usable, faulty, .. } = &source.kind {
            let said = json!({ "list": source.name, "usable": usable, "faulty": faulty });
            let detail = format!("{} ({usable})", source.name);
            tell(tx, &self.actor, (self.id, Deed::Change), (&detail, said), self.at).await?;
        }
        Ok(Source { place: 0, ..source })
    }
}

struct Remove {
    actor: Actor,
    id: CampaignId,
    source: SourceId,
    at: Timestamp,
}

impl Work for Remove {
    type Out = bool;
    type Error = CampaignError;

    async fn run(&self, tx: &mut Tx<'_>) -> Result<bool, CampaignError> {
        let source = list(tx, self.id, self.source).await?;
        if tx.remove_source(self.source, REMOVE_AT_ONCE).await? {
            return Ok(true);
        }
        tx.touch_campaign(self.id, self.at).await?;
        let said = json!({ "source": source.name, "removed": true });
        tell(tx, &self.actor, (self.id, Deed::Change), (&source.name, said), self.at).await?;
        Ok(false)
    }
}
