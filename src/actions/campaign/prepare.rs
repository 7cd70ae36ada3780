//! Puts the recipients of a campaign together: some hundred at a time, each looked at before it is one.

use std::sync::Arc;

use jiff::Timestamp;

use super::super::{Actor, Shared};
use super::{CampaignError, MOST_RECIPIENTS, tell};
use crate::domain::campaign::{CampaignState, Deed, RecipientState};
use crate::domain::id::CampaignId;
use crate::store::campaign::{Campaign, Counts};
use crate::store::campaign_recipient::NewRecipient;
use crate::store::campaign_source::{Source, SourceKind, TO_CLEAR};
use crate::store::segment::{Chosen, SegmentScope};
use crate::store::{StoreError, Tx, Work};

/// People looked at in one transaction: some tens of milliseconds, so that no contact waits long.
const AT_ONCE: u32 = 500;
const CLEAR_AT_ONCE: u32 = 2_000;

/// One piece of the work. Whether there is more.
pub(super) struct PrepareSome {
    pub shared: Arc<Shared>,
    pub id: CampaignId,
    pub now: Timestamp,
}

impl Work for PrepareSome {
    type Out = bool;
    type Error = CampaignError;

    async fn run(&self, tx: &mut Tx<'_>) -> Result<bool, CampaignError> {
        let Some(campaign) = tx.campaign(self.id).await? else { return Ok(false) };
        if campaign.state != CampaignState::Preparing {
            return Ok(false);
        }
        let sources = tx.campaign_sources(self.id).await?;
        if sources.iter().any(|source| source.place == TO_CLEAR) {
            if !tx.unprepare(self.id, CLEAR_AT_ONCE, self.now).await? {
                tx.clear_campaign_counts(self.id).await?;
                tx.clear_campaign_parts(self.id).await?;
                tx.rewind_sources(self.id, 0).await?;
            }
            return Ok(true);
        }
        match sources.into_iter().find(|source| !source.done) {
            Some(source) => self.some_of(tx, &campaign, source).await?,
            None => return self.finished(tx).await,
        }
        Ok(true)
    }
}

impl PrepareSome {
    async fn some_of(
        &self,
        tx: &mut Tx<'_>,
        campaign: &Campaign,
        source: Source,
    ) -> Result<(), CampaignError> {
        match &source.kind {
            SourceKind::List { .. } => self.some_of_list(tx, campaign, &source).await,
            SourceKind::Segment(segment) => {
                let scope = self.shared.scope(segment);
                let page = tx.chosen(segment, &scope, source.place, AT_ONCE).await?;
                let (judged, parts) = self.shared.judge(tx, campaign, page.people).await?;
                tx.insert_recipients((campaign.id, source.id), &judged, self.now).await?;
                self.count(tx, campaign.id, &judged, parts).await?;
                let place = page.next.unwrap_or(source.place);
                Ok(tx.place_source(source.id, place, page.next.is_none()).await?)
            }
        }
    }

    async fn some_of_list(
        &self,
        tx: &mut Tx<'_>,
        campaign: &Campaign,
        source: &Source,
    ) -> Result<(), CampaignError> {
        let rows = tx.listed((campaign.id, source.id), source.place, AT_ONCE).await?;
        let ids: Vec<_> = rows.iter().map(|row| row.id).collect();
        let candidates = rows.into_iter().map(|row| Chosen { who: row.who, silent: false }).collect();
        let (judged, parts) = self.shared.judge(tx, campaign, candidates).await?;
        for (id, new) in ids.iter().zip(&judged) {
            tx.settle_listed(*id, new, self.now).await?;
        }
        self.count(tx, campaign.id, &judged, parts).await?;
        let done = ids.len() < usize::try_from(AT_ONCE).unwrap_or(usize::MAX);
        let place = ids.last().map_or(source.place, |id| id.0);
        Ok(tx.place_source(source.id, place, done).await?)
    }

    async fn count(
        &self,
        tx: &mut Tx<'_>,
        id: CampaignId,
        judged: &[NewRecipient],
        parts: i64,
    ) -> Result<(), CampaignError> {
        let mut counts = Counts::default();
        for one in judged {
            counts.add(one.state, one.rung, 1);
        }
        tx.change_campaign_counts(id, &counts).await?;
        if parts > 0 {
            tx.add_campaign_parts(id, parts).await?;
        }
        if tx.campaign_counts(id).await?.total() > MOST_RECIPIENTS {
            return Err(CampaignError::TooMany(MOST_RECIPIENTS));
        }
        Ok(())
    }

    async fn finished(&self, tx: &mut Tx<'_>) -> Result<bool, CampaignError> {
        let waiting = tx.campaign_counts(self.id).await?.of(RecipientState::Waiting);
        tx.move_campaign(self.id, CampaignState::Prepared, self.now).await?;
        let said = serde_json::Value::Null;
        tell(tx, &Actor::System, (self.id, Deed::Prepare), (&waiting.to_string(), said), self.now).await?;
        Ok(false)
    }
}

/// Something keeps it from being prepared: back to whoever writes it, with the reason.
pub(super) struct Unprepared {
    pub id: CampaignId,
    pub why: String,
    pub now: Timestamp,
}

impl Work for Unprepared {
    type Out = ();
    type Error = StoreError;

    async fn run(&self, tx: &mut Tx<'_>) -> Result<(), StoreError> {
        tx.move_campaign(self.id, CampaignState::Draft, self.now).await?;
        tell(tx, &Actor::System, (self.id, Deed::Revise), (&self.why, serde_json::Value::Null), self.now)
            .await
    }
}

impl Shared {
    /// The categories of a segment with all below them.
    pub(in crate::actions) fn scope(
        &self,
        segment: &crate::domain::campaign::segment::Segment,
    ) -> SegmentScope {
        let directory = self.db.directory();
        let mut all: Vec<i64> = segment.categories.iter().map(|id| id.0).collect();
        let mut at = 0;
        while let Some(above) = all.get(at).copied() {
            let below =
                directory.categories.iter().filter(|one| one.parent.is_some_and(|parent| parent.0 == above));
            for one in below {
                if !all.contains(&one.id.0) {
                    all.push(one.id.0);
                }
            }
            at += 1;
        }
        SegmentScope { categories: all, zone: self.zone.clone() }
    }
}
