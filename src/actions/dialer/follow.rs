//! What becomes of contacts that were dialled: each thing as it happens, in order, and at the end what the rules make of it.

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use serde_json::json;

use super::super::{ActionError, Actions, Actor, Shared};
use super::keypad::said_something;
use super::{DialError, tell};
use crate::domain::announcement::Refusal;
use crate::domain::dialer::accounting::{Answer, Tally};
use crate::domain::dialer::contact::{Event, State};
use crate::domain::dialer::greeting::{CONTROL, Verdict};
use crate::domain::dialer::progress::Progress;
use crate::domain::dialer::retry::{Next, Reason};
use crate::domain::dialer::{DialState, Mode, Outcome};
use crate::domain::id::{DialAttemptId, InteractionId};
use crate::domain::opt_out::{OptOutChannel, OptOutMeans};
use crate::domain::permission::Right;
use crate::store::dial_attempt::{DialAttempt, Mark};
use crate::store::dial_campaign::DialCampaign;
use crate::store::dial_contact::DialContact;
use crate::store::{StoreError, Tx, Work};

/// What an operator may say of a talk.
const OF_A_TALK: [Outcome; 8] = [
    Outcome::Completed,
    Outcome::Partial,
    Outcome::Callback,
    Outcome::Refused,
    Outcome::OptedOut,
    Outcome::Ineligible,
    Outcome::WrongNumber,
    Outcome::Machine,
];

/// A talk of which nobody says what came of it is taken for one that was broken off.
const UNSAID: SignedDuration = SignedDuration::from_mins(60);
/// Whoever looks at a contact for longer has gone.
const LOOKED_AT: SignedDuration = SignedDuration::from_mins(30);
const UNSAID_AT_ONCE: i64 = 100;

impl Actions {
    /// How a call goes. Said again, it changes nothing.
    pub async fn dial_progress(
        &self,
        call: InteractionId,
        progress: &Progress,
        at: Timestamp,
    ) -> Result<(), ActionError> {
        let shared = Arc::clone(&self.shared);
        self.shared.db.write(Heard { shared, call, progress: progress.clone(), at }).await
    }

    /// What an operator says of a talk, while it goes on or afterwards. `wished`: the time at which they want to be called.
    pub async fn set_dial_outcome(
        &self,
        actor: &Actor,
        attempt: DialAttemptId,
        outcome: Outcome,
        wished: Option<Timestamp>,
    ) -> Result<(), DialError> {
        self.shared.allow(actor, Right::ReadCases)?;
        let (shared, at) = (Arc::clone(&self.shared), self.clock.now());
        let work = Say { shared, actor: actor.clone(), attempt, outcome, wished, at };
        self.shared.db.write(work).await
    }

    /// A claimed contact whose number our own rules do not let be dialled.
    pub async fn block_dial(&self, attempt: DialAttemptId) -> Result<(), DialError> {
        let (shared, at) = (Arc::clone(&self.shared), self.clock.now());
        self.shared.db.write(Block { shared, attempt, at }).await
    }

    /// Talks of which nobody has said anything, contacts at which nobody looks any more: what is left lying is not forgotten. How many.
    pub async fn settle_left_dials(&self) -> Result<usize, DialError> {
        let (shared, now) = (Arc::clone(&self.shared), self.clock.now());
        self.shared.db.write(SettleLeft { shared, now }).await
    }
}

/// How an attempt ends.
pub(super) struct End<'a> {
    pub outcome: Outcome,
    pub refusal: Option<&'a Refusal>,
    pub wished: Option<Timestamp>,
    /// The network took it, as far as is known.
    pub made: bool,
    pub at: Timestamp,
}

impl Shared {
    /// The outcome goes on the attempt, and its contact where the rules want it. False: it had one.
    pub(super) async fn end_dial(
        &self,
        tx: &mut Tx<'_>,
        campaign: &DialCampaign,
        (mut one, attempt): (DialContact, &DialAttempt),
        end: &End<'_>,
    ) -> Result<bool, StoreError> {
        if !tx.end_dial_attempt(attempt.id, (end.outcome, end.refusal), end.made, end.at).await? {
            return Ok(false);
        }
        match end.outcome {
            Outcome::Abandoned => {
                self.book(tx, campaign, &Tally { abandoned: 1, ..Tally::default() }, end.at).await?
            }
            Outcome::Machine if attempt.joined_at.is_some() => {
                self.book(tx, campaign, &Tally { machines: 1, ..Tally::default() }, end.at).await?;
            }
            _ => {}
        }
        if attempt.greeted_by == Some(Verdict::Machine)
            && attempt.joined_at.is_some()
            && !matches!(end.outcome, Outcome::Machine)
        {
            // It stands for those who were hung up on unheard.
            let unheard = u64::try_from(CONTROL - 1).unwrap_or_default();
            let mistaken = Tally { abandoned: unheard, mistaken: unheard, ..Tally::default() };
            self.book(tx, campaign, &mistaken, end.at).await?;
        }
        // The contact may be done with already, or be in another attempt.
        if one.state.attempt() != Some(attempt.number) {
            return Ok(true);
        }
        let past = tx.dialled_before(one.id).await?;
        let times = self.dial_times(&campaign.settings);
        let next = match campaign.settings.retry.next(&past, end.wished, end.at, &times) {
            // Whatever was under way when it was stopped was the last of it.
            Next::NotBefore(_) if campaign.state == DialState::Stopped => Next::Finished(Reason::Withdrawn),
            next => next,
        };
        let Ok(step) = one.state.step(Event::Ended { outcome: end.outcome, next }, one.last_attempt) else {
            return Ok(true);
        };
        one.attempts += u32::from(step.made && end.made);
        (one.state, one.operator, one.last_outcome) = (step.state, None, Some(end.outcome));
        tx.put_dial_contact(&one, end.wished.is_some(), end.at).await?;
        Ok(true)
    }

    async fn book(
        &self,
        tx: &mut Tx<'_>,
        campaign: &DialCampaign,
        tally: &Tally,
        at: Timestamp,
    ) -> Result<(), StoreError> {
        let day = at.to_zoned(self.zone.clone()).date();
        tx.count_dialled(campaign.id, day, tally).await
    }

    /// For good, by key or in words; whatever is still queued for this number is asked about when its turn comes.
    pub(super) async fn dial_opt_out(
        &self,
        tx: &mut Tx<'_>,
        one: &DialContact,
        means: OptOutMeans,
        at: Timestamp,
    ) -> Result<(), ActionError> {
        if let Some(phone) = &one.phone {
            self.opted_out_by_citizen(tx, (OptOutChannel::Voice, phone), means, at).await?;
            for mut other in tx.dial_contacts_of(phone).await? {
                // What is under way somewhere ends there; what waits does not begin.
                if matches!(other.state, State::Waiting { .. } | State::Preview)
                    && let Ok(step) = other.state.step(Event::DoNotCall, other.last_attempt)
                {
                    (other.state, other.operator) = (step.state, None);
                    tx.put_dial_contact(&other, false, at).await?;
                }
            }
        }
        Ok(())
    }
}

struct Heard {
    shared: Arc<Shared>,
    call: InteractionId,
    progress: Progress,
    at: Timestamp,
}

impl Work for Heard {
    type Out = ();
    type Error = ActionError;

    async fn run(&self, tx: &mut Tx<'_>) -> Result<(), ActionError> {
        let Some(attempt) = tx.dial_attempt_of_call(self.call).await? else { return Ok(()) };
        let Some(one) = tx.dial_contact(attempt.contact).await? else { return Ok(()) };
        let Some(campaign) = tx.dial_campaign_as_it_is(attempt.campaign).await? else { return Ok(()) };
        match &self.progress {
            Progress::Taken => self.mark(tx, (one, &attempt), Mark::Taken, Event::Taken).await?,
            Progress::Answered => self.mark(tx, (one, &attempt), Mark::Answered, Event::Answered).await?,
            Progress::Greeted(by) => tx.greeted_dial_attempt(attempt.id, *by, self.at).await?,
            Progress::Joined { .. } => {
                if attempt.joined_at.is_none() {
                    self.joined(tx, &campaign, &attempt).await?;
                }
                self.mark(tx, (one, &attempt), Mark::Joined, Event::Joined).await?;
            }
            Progress::Parted { .. } => {
                self.mark(tx, (one.clone(), &attempt), Mark::Parted, Event::HungUp).await?;
                if campaign.settings.mode == Mode::Agentless && attempt.operator.is_none() {
                    // What the survey came to was said before, unless the call was ended by us.
                    let said = said_something(tx, &attempt).await?;
                    let outcome = if said { Outcome::Partial } else { Outcome::Interrupted };
                    self.end(tx, &campaign, &attempt, outcome).await?;
                }
            }
            Progress::OptedOut => {
                self.shared.dial_opt_out(tx, &one, OptOutMeans::Key, self.at).await?;
                self.out_of_all(tx, one).await?;
            }
            Progress::Ended(_) | Progress::BrokenOff => {
                let Some(outcome) = self.progress.outcome() else { return Ok(()) };
                self.end(tx, &campaign, &attempt, outcome).await?;
            }
        }
        Ok(())
    }
}

impl Heard {
    /// A moment of the attempt, and where its contact stands then.
    async fn mark(
        &self,
        tx: &mut Tx<'_>,
        (mut one, attempt): (DialContact, &DialAttempt),
        mark: Mark,
        event: Event,
    ) -> Result<(), ActionError> {
        let by = match &self.progress {
            Progress::Joined { by } => *by,
            _ => None,
        };
        tx.mark_dial_attempt(attempt.id, mark, (by, self.at)).await?;
        // Its outcome may have been said while they talked.
        if one.state.attempt() != Some(attempt.number) {
            return Ok(());
        }
        if let Ok(step) = one.state.step(event, one.last_attempt) {
            one.attempts += u32::from(step.made);
            one.state = step.state;
            one.operator = by.or(attempt.operator);
            tx.put_dial_contact(&one, one.appointment, self.at).await?;
        }
        Ok(())
    }

    /// An operator who came too late counts as none.
    async fn joined(
        &self,
        tx: &mut Tx<'_>,
        campaign: &DialCampaign,
        attempt: &DialAttempt,
    ) -> Result<(), ActionError> {
        let answered = attempt.answered_at.unwrap_or(self.at);
        let answer = Answer { at: answered, greeting_start: None, greeting_end: attempt.greeted_at };
        let mut tally = Tally::default();
        tally.count(campaign.settings.abandon_rule().is_abandoned(&answer, Some(self.at)));
        Ok(self.shared.book(tx, campaign, &tally, self.at).await?)
    }

    async fn end(
        &self,
        tx: &mut Tx<'_>,
        campaign: &DialCampaign,
        attempt: &DialAttempt,
        outcome: Outcome,
    ) -> Result<(), ActionError> {
        let Some(one) = tx.dial_contact(attempt.contact).await? else { return Ok(()) };
        // Broken off before the network said a word: nobody knows whether it was dialled.
        let made = attempt.made || (outcome.counts() && outcome != Outcome::Interrupted);
        let end = End { outcome, refusal: self.progress.refusal(), wished: None, made, at: self.at };
        self.shared.end_dial(tx, campaign, (one, attempt), &end).await?;
        Ok(())
    }

    async fn out_of_all(&self, tx: &mut Tx<'_>, one: DialContact) -> Result<(), ActionError> {
        let Some(mut one) = tx.dial_contact(one.id).await? else { return Ok(()) };
        if let Ok(step) = one.state.step(Event::DoNotCall, one.last_attempt) {
            (one.state, one.operator) = (step.state, None);
            tx.put_dial_contact(&one, false, self.at).await?;
        }
        Ok(())
    }
}

struct Say {
    shared: Arc<Shared>,
    actor: Actor,
    attempt: DialAttemptId,
    outcome: Outcome,
    wished: Option<Timestamp>,
    at: Timestamp,
}

impl Work for Say {
    type Out = ();
    type Error = DialError;

    async fn run(&self, tx: &mut Tx<'_>) -> Result<(), DialError> {
        let Self { shared, actor, outcome, .. } = self;
        if !OF_A_TALK.contains(outcome) {
            return Err(DialError::NoOutcomeOfATalk(*outcome));
        }
        let attempt = tx.dial_attempt(self.attempt).await?.ok_or(ActionError::NotFound)?;
        if actor.person().is_none() || attempt.operator != actor.person() {
            shared.allow(actor, Right::Supervise)?;
        }
        let one = tx.dial_contact(attempt.contact).await?.ok_or(ActionError::NotFound)?;
        let talks = matches!(one.state, State::Talking { .. } | State::WrapUp { .. });
        if !talks || one.state.attempt() != Some(attempt.number) {
            return Err(DialError::ContactElsewhere);
        }
        let campaign = tx.dial_campaign_as_it_is(attempt.campaign).await?.ok_or(ActionError::NotFound)?;
        if *outcome == Outcome::OptedOut {
            shared.dial_opt_out(tx, &one, OptOutMeans::Telephone, self.at).await?;
        }
        super::interview::said(tx, attempt.id, *outcome, self.at).await?;
        let wished = self.wished.filter(|_| *outcome == Outcome::Callback);
        let end = End { outcome: *outcome, refusal: None, wished, made: true, at: self.at };
        shared.end_dial(tx, &campaign, (one, &attempt), &end).await?;
        let said = json!({ "contact": attempt.contact, "attempt": attempt.number, "outcome": outcome });
        tell(tx, actor, attempt.campaign, said, self.at);
        Ok(())
    }
}

struct SettleLeft {
    shared: Arc<Shared>,
    now: Timestamp,
}

impl Work for SettleLeft {
    type Out = usize;
    type Error = DialError;

    async fn run(&self, tx: &mut Tx<'_>) -> Result<usize, DialError> {
        let before = |span| self.now.saturating_sub(span).unwrap_or(Timestamp::MIN);
        let left = tx.dial_attempts_unsaid(before(UNSAID), UNSAID_AT_ONCE).await?;
        for attempt in &left {
            let Some(one) = tx.dial_contact(attempt.contact).await? else { continue };
            let Some(campaign) = tx.dial_campaign_as_it_is(attempt.campaign).await? else { continue };
            let end =
                End { outcome: Outcome::Partial, refusal: None, wished: None, made: true, at: self.now };
            self.shared.end_dial(tx, &campaign, (one, attempt), &end).await?;
        }
        let shown = tx.take_back_shown(before(LOOKED_AT), self.now).await?;
        Ok(left.len() + usize::try_from(shown).unwrap_or_default())
    }
}

struct Block {
    shared: Arc<Shared>,
    attempt: DialAttemptId,
    at: Timestamp,
}

impl Work for Block {
    type Out = ();
    type Error = DialError;

    async fn run(&self, tx: &mut Tx<'_>) -> Result<(), DialError> {
        let Some(attempt) = tx.dial_attempt(self.attempt).await? else { return Ok(()) };
        let Some(one) = tx.dial_contact(attempt.contact).await? else { return Ok(()) };
        let Some(campaign) = tx.dial_campaign_as_it_is(attempt.campaign).await? else { return Ok(()) };
        let end = End { outcome: Outcome::Blocked, refusal: None, wished: None, made: false, at: self.at };
        self.shared.end_dial(tx, &campaign, (one, &attempt), &end).await?;
        Ok(())
    }
}
