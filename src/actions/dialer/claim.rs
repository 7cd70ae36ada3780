//! Who is called next. A contact is claimed for one attempt, with the row of it, before anything is dialled; hours, do-not-call and the rules for retries
//! are asked again then, because its turn may have come hours after it was reckoned.

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};

use super::super::call::CallArrived;
use super::super::{ActionError, Actions, Actor, Shared};
use super::DialError;
use super::keypad::asked_by_keys;
use crate::domain::dialer::contact::{Event, State};
use crate::domain::dialer::hours::Times;
use crate::domain::dialer::order::{Rank, Turn};
use crate::domain::dialer::retry::{Next, Reason};
use crate::domain::dialer::{DialState, Mode};
use crate::domain::id::{DialAttemptId, DialCampaignId, DialContactId, InteractionId, UserId};
use crate::domain::opt_out::OptOutChannel;
use crate::domain::permission::Right;
use crate::store::dial_campaign::DialCampaign;
use crate::store::dial_contact::{DUE, DialContact, PROMISED};
use crate::store::interaction::NewCall;
use crate::store::{StoreError, Tx, Work};

/// A contact that is to be dialled now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClaimedDial {
    pub attempt: DialAttemptId,
    pub contact: DialContactId,
    pub campaign: DialCampaignId,
    /// E.164.
    pub number: String,
    /// Who looked at it, and talks with them.
    pub operator: Option<UserId>,
}

/// Contacts whose turn has come and who are put in line at once: more than are dialled in a second.
const INTO_LINE: u32 = 100;
/// Looked at in one go, because some of them are not to be called after all.
const LOOKED_AT: u32 = 100;
/// The number is being called by another campaign.
const NUMBER_BUSY: SignedDuration = SignedDuration::from_mins(10);

impl Actions {
    /// Up to `limit` contacts of a running campaign, now *dialling*, committed.
    pub async fn claim_dials(
        &self,
        campaign: DialCampaignId,
        limit: u32,
    ) -> Result<Vec<ClaimedDial>, DialError> {
        let (shared, now) = (Arc::clone(&self.shared), self.clock.now());
        self.shared.db.write(Claim { shared, campaign, limit, now }).await
    }

    /// The next contact, for an operator to look at. The same one until it is dialled or skipped; `None`: nobody can be called now.
    pub async fn show_dial_contact(
        &self,
        actor: &Actor,
        campaign: DialCampaignId,
    ) -> Result<Option<DialContactId>, DialError> {
        self.shared.allow(actor, Right::ReadCases)?;
        let (shared, now) = (Arc::clone(&self.shared), self.clock.now());
        self.shared.db.write(Show { shared, actor: actor.clone(), campaign, now }).await
    }

    /// Not now: its turn comes again after `until`.
    pub async fn skip_dial_contact(
        &self,
        actor: &Actor,
        contact: DialContactId,
        until: Timestamp,
    ) -> Result<(), DialError> {
        self.shared.allow(actor, Right::ReadCases)?;
        let (shared, now) = (Arc::clone(&self.shared), self.clock.now());
        self.shared.db.write(Skip { shared, actor: actor.clone(), contact, until, now }).await
    }

    /// The contact that an operator looks at, or one that they picked by hand.
    pub async fn claim_dial_contact(
        &self,
        actor: &Actor,
        contact: DialContactId,
    ) -> Result<ClaimedDial, DialError> {
        self.shared.allow(actor, Right::ReadCases)?;
        let (shared, now) = (Arc::clone(&self.shared), self.clock.now());
        self.shared.db.write(ClaimOne { shared, actor: actor.clone(), contact, now }).await
    }

    /// Nothing was dialled and nothing journaled: as if it had not been claimed. Its turn comes again after `until`.
    pub async fn unclaim_dial(&self, attempt: DialAttemptId, until: Timestamp) -> Result<(), DialError> {
        self.shared.db.write(Unclaim { attempt, until, now: self.clock.now() }).await
    }

    /// The contact of the citizen with the municipality, and in which attempt; committed before the number is dialled. One that is not to be
    /// made any more is a conflict, and not dialled.
    pub async fn journal_dial(
        &self,
        call: CallArrived,
        attempt: DialAttemptId,
    ) -> Result<InteractionId, ActionError> {
        self.shared.db.write(Journal { shared: Arc::clone(&self.shared), call, attempt }).await
    }
}

/// Whether somebody may be dialled now, by the rules of the campaign and by their own wish.
enum Verdict {
    Now,
    Later(Timestamp),
    Never(Event),
    Over(State),
}

impl Shared {
    async fn dial_verdict(
        &self,
        tx: &mut Tx<'_>,
        (campaign, times): (&DialCampaign, &Times),
        one: &DialContact,
        now: Timestamp,
    ) -> Result<Verdict, StoreError> {
        let Some(phone) = one.phone.clone() else { return Ok(Verdict::Never(Event::Withdrawn)) };
        let numbers = [phone];
        if !tx.opted_out(self.db.vault(), OptOutChannel::Voice, &numbers).await?.is_empty() {
            return Ok(Verdict::Never(Event::DoNotCall));
        }
        let [phone] = &numbers;
        if tx.is_being_dialled(phone).await? {
            return Ok(Verdict::Later(now.saturating_add(NUMBER_BUSY).unwrap_or(now)));
        }
        let past = tx.dialled_before(one.id).await?;
        let wished = match one.state {
            State::Waiting { not_before } if one.appointment => Some(not_before),
            _ => None,
        };
        Ok(match campaign.settings.retry.allow(&past, wished, now, times) {
            Next::NotBefore(at) if at <= now => Verdict::Now,
            Next::NotBefore(at) => Verdict::Later(at),
            Next::Finished(reason) => Verdict::Over(State::Done { reason }),
        })
    }

    /// Committed as *dialling*, with the row of its attempt.
    async fn claim_dial(
        &self,
        tx: &mut Tx<'_>,
        mut one: DialContact,
        operator: Option<UserId>,
        now: Timestamp,
    ) -> Result<ClaimedDial, DialError> {
        let step = one.state.step(Event::Claimed, one.last_attempt);
        let step = step.map_err(|_| DialError::ContactElsewhere)?;
        let State::Dialling { attempt: number } = step.state else { return Err(DialError::ContactElsewhere) };
        let phone = one.phone.clone().ok_or(DialError::ContactElsewhere)?;
        (one.state, one.last_attempt, one.operator) = (step.state, number, operator);
        tx.put_dial_contact(&one, one.appointment, now).await?;
        let (campaign, contact) = (one.campaign, one.id);
        let attempt =
            tx.insert_dial_attempt((campaign, contact, number), (self.node(), operator), now).await?;
        Ok(ClaimedDial { attempt, contact, campaign, number: phone, operator })
    }
}

/// Who is not called now stands where the verdict puts them.
async fn put_off(
    tx: &mut Tx<'_>,
    mut one: DialContact,
    verdict: Verdict,
    now: Timestamp,
) -> Result<(), StoreError> {
    one.state = match verdict {
        Verdict::Now => return Ok(()),
        Verdict::Later(not_before) => State::Waiting { not_before },
        Verdict::Never(event) => one.state.step(event, one.last_attempt).map_or(one.state, |step| step.state),
        Verdict::Over(state) => state,
    };
    one.operator = None;
    tx.put_dial_contact(&one, one.appointment, now).await
}

/// Gives those whose turn has come their places in the line.
async fn line_up(tx: &mut Tx<'_>, campaign: DialCampaignId, now: Timestamp) -> Result<(), StoreError> {
    // Of very many who are due at once, those go first who were promised the time.
    for whose in [PROMISED, DUE] {
        for one in tx.dial_due(whose, (campaign, now), INTO_LINE).await? {
            tx.put_in_line(one.id, rank(&one, now)).await?;
        }
    }
    Ok(())
}

fn rank(one: &DialContact, now: Timestamp) -> Rank {
    let due = match one.state {
        State::Waiting { not_before } => not_before,
        _ => now,
    };
    let DialContact { appointment, priority, attempts, salt, .. } = *one;
    Rank::of(&Turn { appointment, priority, attempts, due, salt })
}

struct Claim {
    shared: Arc<Shared>,
    campaign: DialCampaignId,
    limit: u32,
    now: Timestamp,
}

impl Work for Claim {
    type Out = Vec<ClaimedDial>;
    type Error = DialError;

    async fn run(&self, tx: &mut Tx<'_>) -> Result<Vec<ClaimedDial>, DialError> {
        let campaign = tx.dial_campaign_as_it_is(self.campaign).await?;
        let Some(campaign) = campaign.filter(|campaign| campaign.state == DialState::Running) else {
            return Ok(Vec::new());
        };
        let times = self.shared.dial_times(&campaign.settings);
        if self.limit == 0 || !times.are_open(self.now) {
            return Ok(Vec::new());
        }
        // A survey that was retired meanwhile is asked of nobody.
        if campaign.settings.mode == Mode::Agentless && asked_by_keys(tx, &campaign).await?.is_none() {
            return Ok(Vec::new());
        }
        line_up(tx, self.campaign, self.now).await?;
        let mut claimed = Vec::new();
        for one in tx.dial_next(self.campaign, self.limit.saturating_mul(2).min(LOOKED_AT)).await? {
            if claimed.len() >= self.limit as usize {
                break;
            }
            match self.shared.dial_verdict(tx, (&campaign, &times), &one, self.now).await? {
                Verdict::Now => claimed.push(self.shared.claim_dial(tx, one, None, self.now).await?),
                verdict => put_off(tx, one, verdict, self.now).await?,
            }
        }
        Ok(claimed)
    }
}

struct Show {
    shared: Arc<Shared>,
    actor: Actor,
    campaign: DialCampaignId,
    now: Timestamp,
}

impl Work for Show {
    type Out = Option<DialContactId>;
    type Error = DialError;

    async fn run(&self, tx: &mut Tx<'_>) -> Result<Option<DialContactId>, DialError> {
        let user = self.shared.serves(tx, &self.actor, self.campaign).await?;
        let campaign = tx.dial_campaign_as_it_is(self.campaign).await?.ok_or(ActionError::NotFound)?;
        if let Some(shown) = tx.dial_shown_to(self.campaign, user).await? {
            return Ok(Some(shown));
        }
        let times = self.shared.dial_times(&campaign.settings);
        if campaign.state != DialState::Running || !times.are_open(self.now) {
            return Ok(None);
        }
        line_up(tx, self.campaign, self.now).await?;
        for mut one in tx.dial_next(self.campaign, LOOKED_AT).await? {
            match self.shared.dial_verdict(tx, (&campaign, &times), &one, self.now).await? {
                Verdict::Now => {
                    let step = one.state.step(Event::Shown, one.last_attempt);
                    one.state = step.map_err(|_| DialError::ContactElsewhere)?.state;
                    one.operator = Some(user);
                    tx.put_dial_contact(&one, one.appointment, self.now).await?;
                    return Ok(Some(one.id));
                }
                verdict => put_off(tx, one, verdict, self.now).await?,
            }
        }
        Ok(None)
    }
}

struct Skip {
    shared: Arc<Shared>,
    actor: Actor,
    contact: DialContactId,
    until: Timestamp,
    now: Timestamp,
}

impl Work for Skip {
    type Out = ();
    type Error = DialError;

    async fn run(&self, tx: &mut Tx<'_>) -> Result<(), DialError> {
        let mut one = tx.dial_contact(self.contact).await?.ok_or(ActionError::NotFound)?;
        let user = self.shared.serves(tx, &self.actor, one.campaign).await?;
        if one.operator != Some(user) {
            return Err(DialError::ContactElsewhere);
        }
        let step = one.state.step(Event::Skipped { until: self.until.max(self.now) }, one.last_attempt);
        one.state = step.map_err(|_| DialError::ContactElsewhere)?.state;
        one.operator = None;
        Ok(tx.put_dial_contact(&one, one.appointment, self.now).await?)
    }
}

struct ClaimOne {
    shared: Arc<Shared>,
    actor: Actor,
    contact: DialContactId,
    now: Timestamp,
}

impl Work for ClaimOne {
    type Out = ClaimedDial;
    type Error = DialError;

    async fn run(&self, tx: &mut Tx<'_>) -> Result<ClaimedDial, DialError> {
        let one = tx.dial_contact(self.contact).await?.ok_or(ActionError::NotFound)?;
        let user = self.shared.serves(tx, &self.actor, one.campaign).await?;
        let campaign = tx.dial_campaign_as_it_is(one.campaign).await?.ok_or(ActionError::NotFound)?;
        let free = match one.state {
            State::Preview => one.operator == Some(user),
            State::Waiting { .. } => true,
            _ => false,
        };
        if campaign.state != DialState::Running || !free {
            return Err(DialError::ContactElsewhere);
        }
        let times = self.shared.dial_times(&campaign.settings);
        if !times.are_open(self.now) {
            return Err(DialError::Closed);
        }
        match self.shared.dial_verdict(tx, (&campaign, &times), &one, self.now).await? {
            // A person decides to call sooner than the rules would.
            Verdict::Now | Verdict::Later(_)
                if !tx.is_being_dialled(one.phone.as_deref().unwrap_or_default()).await? =>
            {
                self.shared.claim_dial(tx, one, Some(user), self.now).await
            }
            Verdict::Never(_) => Err(DialError::DoNotCall),
            Verdict::Now | Verdict::Later(_) | Verdict::Over(_) => Err(DialError::ContactElsewhere),
        }
    }
}

struct Unclaim {
    attempt: DialAttemptId,
    until: Timestamp,
    now: Timestamp,
}

impl Work for Unclaim {
    type Out = ();
    type Error = DialError;

    async fn run(&self, tx: &mut Tx<'_>) -> Result<(), DialError> {
        let Some(attempt) = tx.dial_attempt(self.attempt).await? else { return Ok(()) };
        let Some(mut one) = tx.dial_contact(attempt.contact).await? else { return Ok(()) };
        if !tx.drop_dial_attempt(self.attempt).await? {
            return Ok(());
        }
        let campaign = tx.dial_campaign_as_it_is(attempt.campaign).await?;
        one.last_attempt = attempt.number.saturating_sub(1);
        if matches!(one.state, State::Dialling { .. }) {
            one.state = match campaign.is_some_and(|campaign| campaign.state == DialState::Stopped) {
                true => State::Done { reason: Reason::Withdrawn },
                false => State::Waiting { not_before: self.until },
            };
            one.operator = None;
        }
        Ok(tx.put_dial_contact(&one, one.appointment, self.now).await?)
    }
}

struct Journal {
    shared: Arc<Shared>,
    call: CallArrived,
    attempt: DialAttemptId,
}

impl Work for Journal {
    type Out = InteractionId;
    type Error = ActionError;

    async fn run(&self, tx: &mut Tx<'_>) -> Result<InteractionId, ActionError> {
        let Self { shared, call, attempt } = self;
        let new = NewCall {
            node: shared.node(),
            external_id: &call.external_id,
            direction: call.direction,
            operator: call.operator,
            caller: &call.caller,
            called: &call.called,
            at: call.at,
            plan_revision: &call.plan_revision,
        };
        let id = tx.journal_call(&new).await?;
        match tx.dial_attempt_is_call(*attempt, id).await? {
            true => Ok(id),
            false => Err(ActionError::Conflict),
        }
    }
}
