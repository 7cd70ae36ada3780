//! The steps that people let a campaign take: prepared, approved, started, paused, stopped.

use std::sync::Arc;

use jiff::Timestamp;
use serde_json::json;

use super::super::{Actions, Actor, Shared};
use super::{CampaignError, may, tell};
use crate::domain::campaign::{CampaignState, Deed, RecipientState};
use crate::domain::id::CampaignId;
use crate::domain::permission::Right;
use crate::domain::survey::VersionState;
use crate::store::campaign::Campaign;
use crate::store::campaign_source::TO_CLEAR;
use crate::store::{Tx, Work};

/// Recipients that go on in one transaction.
const GO_ON_AT_ONCE: u32 = 500;

impl Actions {
    /// Its recipients are put together; when that is done it waits for approval.
    pub async fn prepare_campaign(&self, actor: &Actor, of: (CampaignId, i64)) -> Result<(), CampaignError> {
        self.campaign_step(actor, of, Deed::Prepare).await
    }

    /// Back to the draft.
    pub async fn revise_campaign(&self, actor: &Actor, of: (CampaignId, i64)) -> Result<(), CampaignError> {
        self.campaign_step(actor, of, Deed::Revise).await
    }

    /// By somebody who did not write it, when it goes to more people than the configuration lets one person decide about.
    pub async fn approve_campaign(&self, actor: &Actor, of: (CampaignId, i64)) -> Result<(), CampaignError> {
        self.campaign_step(actor, of, Deed::Approve).await
    }

    pub async fn start_campaign(&self, actor: &Actor, of: (CampaignId, i64)) -> Result<(), CampaignError> {
        self.campaign_step(actor, of, Deed::Start).await
    }

    /// Nothing more is handed over; what a network has already is heard of.
    pub async fn pause_campaign(&self, actor: &Actor, id: CampaignId) -> Result<(), CampaignError> {
        self.campaign_step_now(actor, id, Deed::Pause).await
    }

    pub async fn resume_campaign(&self, actor: &Actor, id: CampaignId) -> Result<(), CampaignError> {
        self.campaign_step_now(actor, id, Deed::Resume).await
    }

    /// For good.
    pub async fn stop_campaign(&self, actor: &Actor, id: CampaignId) -> Result<(), CampaignError> {
        self.campaign_step_now(actor, id, Deed::Stop).await
    }

    /// Those of whom nobody knows whether they were reached are tried by the next step of their ladder. How many.
    pub async fn let_uncertain_go_on(&self, actor: &Actor, id: CampaignId) -> Result<usize, CampaignError> {
        self.campaign_step_now(actor, id, Deed::LetGoOn).await?;
        let mut gone_on = 0;
        loop {
            let (shared, now) = (Arc::clone(&self.shared), self.clock.now());
            let some = self.shared.db.write(GoOn { shared, id, now }).await?;
            if some == 0 {
                return Ok(gone_on);
            }
            gone_on += some;
        }
    }

    async fn campaign_step(
        &self,
        actor: &Actor,
        (id, version): (CampaignId, i64),
        deed: Deed,
    ) -> Result<(), CampaignError> {
        let (shared, now) = (Arc::clone(&self.shared), self.clock.now());
        self.shared
            .db
            .write(TakeStep { shared, actor: actor.clone(), id, version: Some(version), deed, now })
            .await
    }

    async fn campaign_step_now(
        &self,
        actor: &Actor,
        id: CampaignId,
        deed: Deed,
    ) -> Result<(), CampaignError> {
        let (shared, now) = (Arc::clone(&self.shared), self.clock.now());
        self.shared.db.write(TakeStep { shared, actor: actor.clone(), id, version: None, deed, now }).await
    }
}

pub(super) struct TakeStep {
    pub shared: Arc<Shared>,
    pub actor: Actor,
    pub id: CampaignId,
    pub version: Option<i64>,
    pub deed: Deed,
    pub now: Timestamp,
}

impl Work for TakeStep {
    type Out = ();
    type Error = CampaignError;

    async fn run(&self, tx: &mut Tx<'_>) -> Result<(), CampaignError> {
        if self.deed != Deed::Approve {
            self.shared.allow(&self.actor, Right::ManageCampaigns)?;
        }
        let (campaign, to) = may(tx, self.id, self.version, self.deed).await?;
        match self.deed {
            Deed::Prepare => {
                self.shared.ready(&campaign.draft, &tx.campaign_sources(self.id).await?)?;
                asks_something(tx, &campaign).await?;
                tx.rewind_sources(self.id, TO_CLEAR).await?;
            }
            Deed::Approve => self.approve(tx, &campaign).await?,
            Deed::Revise => tx.set_approved(self.id, None).await?,
            _ => {}
        }
        if to != campaign.state {
            tx.move_campaign(self.id, to, self.now).await?;
        }
        let said = json!({ "deed": self.deed });
        tell(tx, &self.actor, (self.id, self.deed), ("", said), self.now).await?;
        Ok(())
    }
}

/// A survey that was retired meanwhile would greet everybody with nothing.
async fn asks_something(tx: &mut Tx<'_>, campaign: &Campaign) -> Result<(), CampaignError> {
    let Some(version) = campaign.draft.message.survey else { return Ok(()) };
    let version = tx.survey_version(version).await?;
    let is_asked = version.is_some_and(|version| version.state == VersionState::Published);
    if is_asked { Ok(()) } else { Err(CampaignError::SurveyOver) }
}

impl TakeStep {
    async fn approve(&self, tx: &mut Tx<'_>, campaign: &Campaign) -> Result<(), CampaignError> {
        let waiting = tx.campaign_counts(campaign.id).await?.of(RecipientState::Waiting);
        if waiting == 0 {
            return Err(CampaignError::Nobody);
        }
        if waiting > i64::from(self.shared.campaigns().approval_above) {
            self.shared.allow(&self.actor, Right::ApproveCampaigns)?;
            let token = match &self.actor {
                Actor::Token { name, .. } => Some(name.as_str()),
                Actor::User { .. } | Actor::System => None,
            };
            if tx.is_an_author(campaign.id, (self.actor.person(), token)).await? {
                return Err(CampaignError::OwnApproval);
            }
        } else {
            self.shared.allow(&self.actor, Right::ManageCampaigns)?;
        }
        Ok(tx.set_approved(campaign.id, self.actor.person()).await?)
    }
}

struct GoOn {
    shared: Arc<Shared>,
    id: CampaignId,
    now: Timestamp,
}

impl Work for GoOn {
    type Out = usize;
    type Error = CampaignError;

    async fn run(&self, tx: &mut Tx<'_>) -> Result<usize, CampaignError> {
        let Some(campaign) = tx.campaign(self.id).await? else { return Ok(0) };
        if !matches!(campaign.state, CampaignState::Running | CampaignState::Paused) {
            return Ok(0);
        }
        // Behind the last step there is nothing: those stay what they are.
        let last = campaign.draft.ladder.steps().len().saturating_sub(1);
        let mut uncertain =
            tx.recipients_before(self.id, (RecipientState::Uncertain, last), GO_ON_AT_ONCE).await?;
        uncertain
            .extend(tx.recipients_before(self.id, (RecipientState::Unknown, last), GO_ON_AT_ONCE).await?);
        self.shared.go_on(tx, &campaign, &uncertain, self.now).await?;
        Ok(uncertain.len())
    }
}
