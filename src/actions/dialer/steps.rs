//! The steps that a dialling campaign takes: started, paused, resumed, stopped, and finished by itself.

use std::sync::Arc;

use jiff::Timestamp;
use serde_json::json;

use super::super::{ActionError, Actions, Actor, Shared};
use super::{DialError, may, tell};
use crate::domain::dialer::DialDeed;
use crate::domain::dialer::pacing::Learnt;
use crate::domain::id::DialCampaignId;
use crate::domain::permission::Right;
use crate::store::{Tx, Work};

/// Contacts that are taken off the list in one transaction.
const WITHDRAWN_AT_ONCE: u32 = 2_000;

impl Actions {
    pub async fn start_dial_campaign(
        &self,
        actor: &Actor,
        (id, version): (DialCampaignId, i64),
    ) -> Result<(), DialError> {
        self.dial_step(actor, (id, Some(version)), DialDeed::Start).await
    }

    /// Nothing new is dialled; calls that are under way go on.
    pub async fn pause_dial_campaign(&self, actor: &Actor, id: DialCampaignId) -> Result<(), DialError> {
        self.dial_step(actor, (id, None), DialDeed::Pause).await
    }

    pub async fn resume_dial_campaign(&self, actor: &Actor, id: DialCampaignId) -> Result<(), DialError> {
        self.dial_step(actor, (id, None), DialDeed::Resume).await
    }

    /// For good: whoever waits is taken off the list. What rings is ended by whoever dials.
    pub async fn stop_dial_campaign(&self, actor: &Actor, id: DialCampaignId) -> Result<(), DialError> {
        self.dial_step(actor, (id, None), DialDeed::Stop).await?;
        while self.shared.db.write(WithdrawSome { id, at: self.clock.now() }).await? > 0 {}
        Ok(())
    }

    /// By itself: nobody is left who could be called. False: somebody is.
    pub async fn finish_dial_campaign(&self, id: DialCampaignId) -> Result<bool, DialError> {
        if self.shared.db.dial_is_open(id).await? {
            return Ok(false);
        }
        match self.dial_step(&Actor::System, (id, None), DialDeed::Finish).await {
            Err(DialError::NotNow { .. }) => Ok(false),
            done => done.map(|()| true),
        }
    }

    /// What its pacing has learnt.
    pub async fn keep_dial_learnt(&self, id: DialCampaignId, learnt: Learnt) -> Result<(), DialError> {
        self.shared.db.write(Learn { id, learnt }).await
    }

    async fn dial_step(
        &self,
        actor: &Actor,
        (id, version): (DialCampaignId, Option<i64>),
        deed: DialDeed,
    ) -> Result<(), DialError> {
        let (shared, at) = (Arc::clone(&self.shared), self.clock.now());
        self.shared.db.write(TakeStep { shared, actor: actor.clone(), id, version, deed, at }).await
    }
}

struct TakeStep {
    shared: Arc<Shared>,
    actor: Actor,
    id: DialCampaignId,
    version: Option<i64>,
    deed: DialDeed,
    at: Timestamp,
}

impl Work for TakeStep {
    type Out = ();
    type Error = DialError;

    async fn run(&self, tx: &mut Tx<'_>) -> Result<(), DialError> {
        self.shared.allow(&self.actor, Right::ManageCampaigns)?;
        let (campaign, to) = may(tx, self.id, self.version, self.deed).await?;
        if self.deed == DialDeed::Start && !tx.has_dial_contacts(self.id).await? {
            return Err(DialError::Nobody);
        }
        if to != campaign.state {
            tx.move_dial_campaign(self.id, to, self.at).await?;
        }
        tell(tx, &self.actor, self.id, json!({ "deed": self.deed }), self.at);
        Ok(())
    }
}

struct WithdrawSome {
    id: DialCampaignId,
    at: Timestamp,
}

impl Work for WithdrawSome {
    type Out = u64;
    type Error = ActionError;

    async fn run(&self, tx: &mut Tx<'_>) -> Result<u64, ActionError> {
        Ok(tx.withdraw_waiting(self.id, WITHDRAWN_AT_ONCE, self.at).await?)
    }
}

struct Learn {
    id: DialCampaignId,
    learnt: Learnt,
}

impl Work for Learn {
    type Out = ();
    type Error = DialError;

    async fn run(&self, tx: &mut Tx<'_>) -> Result<(), DialError> {
        Ok(tx.keep_dial_learnt(self.id, &self.learnt).await?)
    }
}
