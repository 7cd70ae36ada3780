//! The survey of a talk. It is opened once somebody is on the line, goes on where an earlier call left it, and when it ends it says what the talk came
//! to; what an operator says of the talk ends it in turn.

use jiff::Timestamp;

use super::super::survey::SurveyError;
use super::super::survey::interview::{Said, begin, take};
use super::super::{ActionError, Actions, Actor, Shared};
use super::DialError;
use super::follow::End;
use crate::domain::dialer::Outcome;
use crate::domain::dialer::contact::State;
use crate::domain::id::{DialAttemptId, InterviewId};
use crate::domain::permission::Right;
use crate::domain::person::PersonLanguage;
use crate::domain::survey::Mode;
use crate::domain::survey::interview::{Disposition, Early};
use crate::store::dial_attempt::DialAttempt;
use crate::store::interview::{InterviewRow, NewInterview};
use crate::store::{Tx, Work};

impl Actions {
    /// The interview of an attempt in which the actor talks with somebody, begun if there is none. `None`: the campaign asks nothing.
    pub async fn interview_of_dial(
        &self,
        actor: &Actor,
        attempt: DialAttemptId,
        language: PersonLanguage,
    ) -> Result<Option<InterviewId>, SurveyError> {
        self.shared.allow(actor, Right::ConductInterviews)?;
        let (actor, at) = (actor.clone(), self.clock.now());
        self.shared.db.write(Open { actor, attempt, language, seed: rand::random(), at }).await
    }
}

/// The interview of an attempt: the one that it has, one that an earlier call left open, or a new one. `None`: the campaign asks nothing.
pub(in crate::actions) async fn open(
    tx: &mut Tx<'_>,
    attempt: &DialAttempt,
    (mode, language, seed): (Mode, PersonLanguage, u32),
    at: Timestamp,
) -> Result<Option<InterviewId>, SurveyError> {
    if let Some(row) = tx.interview_of_attempt(attempt.id).await? {
        return Ok(Some(row.id));
    }
    let campaign = tx.dial_campaign_as_it_is(attempt.campaign).await?.ok_or(ActionError::NotFound)?;
    let contact = tx.dial_contact(attempt.contact).await?.ok_or(ActionError::NotFound)?;
    let Some(version) = campaign.survey_version else { return Ok(None) };
    if let Some(left) = tx.open_interview_of_contact(contact.id, version).await? {
        tx.interview_goes_on(left, (attempt.id, attempt.operator), at).await?;
        return Ok(Some(left));
    }
    let new = NewInterview {
        version,
        recipient: None,
        attempt: Some(attempt.id),
        person: contact.person,
        mode,
        operator: attempt.operator,
        language,
        seed,
    };
    begin(tx, &new, at).await
}

impl Shared {
    /// An interview that has ended says what its talk came to, unless somebody said it before.
    pub(in crate::actions) async fn dial_interview_ended(
        &self,
        tx: &mut Tx<'_>,
        row: &InterviewRow,
        at: Timestamp,
    ) -> Result<(), ActionError> {
        let (Some(id), Some(disposition)) = (row.attempt, row.disposition) else { return Ok(()) };
        let Some(attempt) = tx.dial_attempt(id).await? else { return Ok(()) };
        let Some(one) = tx.dial_contact(attempt.contact).await? else { return Ok(()) };
        let Some(campaign) = tx.dial_campaign_as_it_is(attempt.campaign).await? else { return Ok(()) };
        if !matches!(one.state, State::Talking { .. } | State::WrapUp { .. }) {
            return Ok(());
        }
        let outcome = match disposition {
            Disposition::Complete => Outcome::Completed,
            Disposition::ScreenedOut | Disposition::OverQuota => Outcome::Ineligible,
            Disposition::Refused => Outcome::Refused,
            Disposition::BrokenOff => Outcome::Partial,
        };
        let end = End { outcome, refusal: None, wished: None, made: true, at };
        self.end_dial(tx, &campaign, (one, &attempt), &end).await?;
        Ok(())
    }
}

/// What was said of a talk ends its interview, unless it is to go on another time.
pub(super) async fn said(
    tx: &mut Tx<'_>,
    attempt: DialAttemptId,
    outcome: Outcome,
    at: Timestamp,
) -> Result<(), DialError> {
    let Some(row) = tx.interview_of_attempt(attempt).await?.filter(|row| row.disposition.is_none()) else {
        return Ok(());
    };
    let said = match outcome {
        Outcome::Completed => Said::Close,
        Outcome::Refused | Outcome::OptedOut => Said::Early(Early::Refused),
        Outcome::Ineligible | Outcome::WrongNumber | Outcome::Machine => {
            if tx.remove_empty_interview(row.id).await? {
                return Ok(());
            }
            Said::Early(Early::BrokenOff)
        }
        // Another call may go on with it.
        _ => return Ok(()),
    };
    match take(tx, row, &said, at).await {
        Ok(_) => Ok(()),
        Err(SurveyError::Open) => Err(DialError::InterviewOpen),
        Err(SurveyError::Action(error)) => Err(error.into()),
        Err(other) => Err(ActionError::Refused(other.to_string()).into()),
    }
}

struct Open {
    actor: Actor,
    attempt: DialAttemptId,
    language: PersonLanguage,
    seed: u32,
    at: Timestamp,
}

impl Work for Open {
    type Out = Option<InterviewId>;
    type Error = SurveyError;

    async fn run(&self, tx: &mut Tx<'_>) -> Result<Option<InterviewId>, SurveyError> {
        let attempt = tx.dial_attempt(self.attempt).await?.ok_or(ActionError::NotFound)?;
        if self.actor.person().is_none()
            || attempt.operator != self.actor.person()
            || attempt.joined_at.is_none()
        {
            return Err(ActionError::NotFound.into());
        }
        open(tx, &attempt, (Mode::Operator, self.language, self.seed), self.at).await
    }
}
