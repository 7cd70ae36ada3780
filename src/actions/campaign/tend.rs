//! What is to be done with campaigns without anybody's doing: called again and again by `messaging/campaigns.rs`.

use std::sync::Arc;

use jiff::Timestamp;

use super::super::{Actions, Actor};
use super::feed::{Feed, Overdue};
use super::prepare::{PrepareSome, Unprepared};
use super::steps::TakeStep;
use super::{CampaignError, tell};
use crate::domain::campaign::{CampaignState, Deed, RecipientState, Way};
use crate::domain::id::CampaignId;
use crate::store::campaign::{Campaign, Counts};
use crate::store::{StoreError, Tx, Work};

/// Messages handed over in one transaction.
const AT_ONCE: u32 = 1_000;
/// Recipients whose time is up, or who are taken back, in one transaction.
const MOVED_AT_ONCE: u32 = 500;

/// Messages that may wait for their link: some tenths of a second of it, or one round of calls.
fn ahead(way: Way) -> u32 {
    match way {
        Way::Sms => 4_000,
        Way::Email => 500,
        Way::Voice => 20,
        Way::Visit => 0,
    }
}

impl Actions {
    /// Those of which something may be to be done.
    pub async fn campaigns_to_tend(&self) -> Result<Vec<Campaign>, CampaignError> {
        Ok(self.shared.db.campaigns_alive().await?)
    }

    /// One piece of what is to be done with it; whether there is more at once.
    pub async fn tend_campaign(&self, campaign: &Campaign) -> Result<bool, CampaignError> {
        let now = self.clock.now();
        match campaign.state {
            CampaignState::Preparing => self.tend_preparation(campaign.id, now).await,
            CampaignState::Approved => self.tend_start(campaign, now).await,
            CampaignState::Running => {
                let more = self.tend_overdue(campaign.id, now).await?;
                let open = campaign.draft.hours.are_open(now.to_zoned(self.shared.zone.clone()).datetime());
                let fed = if open {
                    self.tend_steps(campaign, now).await?
                } else {
                    self.take_back(campaign, now).await?
                };
                Ok(fed | more | self.tend_end(campaign, now).await?)
            }
            CampaignState::Paused => {
                Ok(self.take_back(campaign, now).await? | self.tend_overdue(campaign.id, now).await?)
            }
            CampaignState::Stopped => {
                let more = self.take_back(campaign, now).await? | self.tend_overdue(campaign.id, now).await?;
                Ok(more | self.shared.db.write(StopSome { id: campaign.id, now }).await?)
            }
            CampaignState::Draft | CampaignState::Prepared | CampaignState::Finished => Ok(false),
        }
    }

    async fn tend_preparation(&self, id: CampaignId, now: Timestamp) -> Result<bool, CampaignError> {
        let work = PrepareSome { shared: Arc::clone(&self.shared), id, now };
        match self.shared.db.write(work).await {
            // What the store says for the moment is tried again; anything else is for whoever wrote it.
            Err(why @ CampaignError::TooMany(_)) => {
                self.shared.db.write(Unprepared { id, why: why.to_string(), now }).await?;
                Ok(false)
            }
            done => done,
        }
    }

    /// At its time.
    async fn tend_start(&self, campaign: &Campaign, now: Timestamp) -> Result<bool, CampaignError> {
        if campaign.draft.start_at.is_none_or(|at| at > now) {
            return Ok(false);
        }
        let (shared, actor) = (Arc::clone(&self.shared), Actor::System);
        let step = TakeStep {
            shared,
            actor,
            id: campaign.id,
            version: Some(campaign.version),
            deed: Deed::Start,
            now,
        };
        match self.shared.db.write(step).await {
            // Somebody else was there in the meantime: looked at again.
            Err(CampaignError::NotNow { .. } | CampaignError::Action(super::ActionError::Conflict)) => {
                Ok(false)
            }
            done => done.map(|()| true),
        }
    }

    async fn tend_overdue(&self, id: CampaignId, now: Timestamp) -> Result<bool, CampaignError> {
        let work = Overdue { shared: Arc::clone(&self.shared), id, limit: MOVED_AT_ONCE, now };
        Ok(self.shared.db.write(work).await? == usize::try_from(MOVED_AT_ONCE).unwrap_or(usize::MAX))
    }

    /// Each step for itself: calls are slow, and texts do not wait for them.
    async fn tend_steps(&self, campaign: &Campaign, now: Timestamp) -> Result<bool, CampaignError> {
        let mut more = false;
        for (rung, step) in campaign.draft.ladder.steps().iter().enumerate() {
            let room = match step.way {
                Way::Visit => AT_ONCE,
                way => ahead(way).saturating_sub(self.shared.db.queued_to_many(way, ahead(way)).await?),
            };
            let pace = if rung == 0 { self.pace(campaign, now).await? } else { AT_ONCE };
            let limit = room.min(pace).min(AT_ONCE);
            if limit == 0 {
                continue;
            }
            let work = Feed { shared: Arc::clone(&self.shared), id: campaign.id, rung, limit, now };
            let begun = self.shared.db.write(work).await?;
            if begun > 0 {
                self.wake(step.way);
                more |= begun == usize::try_from(limit).unwrap_or(usize::MAX);
            }
        }
        Ok(more)
    }

    /// How many more may begin now by the pace that its author chose: evenly over each minute.
    async fn pace(&self, campaign: &Campaign, now: Timestamp) -> Result<u32, CampaignError> {
        let Some(per_minute) = campaign.draft.per_minute else { return Ok(AT_ONCE) };
        let (minute, second) = (now.as_second() / 60, now.as_second() % 60);
        let begun: i64 =
            self.shared.db.campaign_minutes(campaign.id, minute).await?.iter().map(|(_, n)| n).sum();
        let so_far = i64::from(per_minute) * (second + 1) / 60;
        Ok(u32::try_from((so_far.max(1) - begun).max(0)).unwrap_or(u32::MAX))
    }

    fn wake(&self, way: Way) {
        match way {
            Way::Sms => self.shared.outbox.notify_one(),
            Way::Email => self.shared.mails.notify_one(),
            Way::Voice => self.shared.calls.notify_one(),
            Way::Visit => {}
        }
    }

    /// What no link has taken yet waits with its recipients again.
    async fn take_back(&self, campaign: &Campaign, now: Timestamp) -> Result<bool, CampaignError> {
        let mut more = false;
        for step in campaign.draft.ladder.steps().iter().filter(|step| step.way != Way::Visit) {
            if self.shared.db.queued_to_many(step.way, 1).await? > 0 {
                let work = TakeBack { id: campaign.id, way: step.way, now };
                more |= self.shared.db.write(work).await?;
            }
        }
        Ok(more)
    }

    async fn tend_end(&self, campaign: &Campaign, now: Timestamp) -> Result<bool, CampaignError> {
        let counts = self.shared.db.campaign_counts(campaign.id).await?;
        if counts.of(RecipientState::Waiting) + counts.of(RecipientState::Sending) == 0 {
            self.shared.db.write(Finish { id: campaign.id, now }).await?;
        }
        Ok(false)
    }
}

struct TakeBack {
    id: CampaignId,
    way: Way,
    now: Timestamp,
}

impl Work for TakeBack {
    type Out = bool;
    type Error = StoreError;

    async fn run(&self, tx: &mut Tx<'_>) -> Result<bool, StoreError> {
        let moved = tx.take_back(self.id, (self.way, MOVED_AT_ONCE), self.now).await?;
        let mut counts = Counts::default();
        for ((_, rung), n) in &moved.0 {
            counts.add(RecipientState::Sending, *rung, -n);
            counts.add(RecipientState::Waiting, *rung, *n);
        }
        tx.change_campaign_counts(self.id, &counts).await?;
        Ok(moved.total() > 0)
    }
}

struct StopSome {
    id: CampaignId,
    now: Timestamp,
}

impl Work for StopSome {
    type Out = bool;
    type Error = StoreError;

    async fn run(&self, tx: &mut Tx<'_>) -> Result<bool, StoreError> {
        let moved = tx.stop_waiting(self.id, MOVED_AT_ONCE, self.now).await?;
        let mut counts = Counts::default();
        for ((_, rung), n) in &moved.0 {
            counts.add(RecipientState::Waiting, *rung, -n);
            counts.add(RecipientState::Stopped, *rung, *n);
        }
        tx.change_campaign_counts(self.id, &counts).await?;
        Ok(moved.total() > 0)
    }
}

struct Finish {
    id: CampaignId,
    now: Timestamp,
}

impl Work for Finish {
    type Out = ();
    type Error = StoreError;

    async fn run(&self, tx: &mut Tx<'_>) -> Result<(), StoreError> {
        let Some(campaign) = tx.campaign(self.id).await? else { return Ok(()) };
        let counts = tx.campaign_counts(self.id).await?;
        let under_way = counts.of(RecipientState::Waiting) + counts.of(RecipientState::Sending);
        if campaign.state != CampaignState::Running || under_way > 0 {
            return Ok(());
        }
        tx.move_campaign(self.id, CampaignState::Finished, self.now).await?;
        tell(tx, &Actor::System, (self.id, Deed::Finish), ("", serde_json::Value::Null), self.now).await
    }
}
