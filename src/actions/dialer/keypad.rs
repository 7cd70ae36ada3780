//! A survey that citizens answer by the keys of their telephone. The first answer begins their interview, or goes on with one that an earlier call left;
//! each is committed before the next question is played. When they hang up, what was answered stays, and the next attempt begins where they were.

use std::sync::Arc;

use jiff::Timestamp;

use super::super::survey::SurveyError;
use super::super::survey::interview::{Asked, Said, take};
use super::super::{ActionError, Actions, Shared};
use super::follow::End;
use super::interview::open;
use crate::domain::dialer::contact::State;
use crate::domain::dialer::{Mode as Dialling, Outcome};
use crate::domain::id::{DialAttemptId, DialContactId, InteractionId, SurveyVersionId};
use crate::domain::opt_out::OptOutMeans;
use crate::domain::survey::interview::Early;
use crate::domain::survey::keypad::{self, Begin, Stored};
use crate::domain::survey::version::Deed;
use crate::domain::survey::{Answer, Interview, Mode, QuestionKey};
use crate::store::dial_attempt::DialAttempt;
use crate::store::dial_campaign::DialCampaign;
use crate::store::interview::InterviewRow;
use crate::store::survey::SurveyVersion;
use crate::store::{StoreError, Tx, Work};

impl Actions {
    /// What whoever answers this attempt is asked: all of it, or what an earlier call left open. `None`: the campaign asks nothing by keys now.
    pub async fn interview_by_keys(&self, attempt: DialAttemptId) -> Result<Option<Interview>, SurveyError> {
        self.shared.db.write(Prepare { attempt, seed: rand::random() }).await
    }

    /// Answers of this call, in their order. Said again, they change nothing.
    pub async fn keep_keyed_answers(
        &self,
        call: InteractionId,
        begin: Begin,
        answers: &[(QuestionKey, Answer)],
        at: Timestamp,
    ) -> Result<Stored, ActionError> {
        let (shared, answers) = (Arc::clone(&self.shared), answers.to_vec());
        match self.shared.db.write(Keep { shared, call, begin, answers, at }).await {
            Ok(stored) => Ok(stored),
            Err(SurveyError::Action(error)) => Err(error),
            Err(why) => {
                tracing::warn!(%call, %why, "answers by keys are not taken");
                Ok(Stored::Refused)
            }
        }
    }

    /// How the survey of this call ended. Said again, it changes nothing.
    pub async fn keyed_survey_over(
        &self,
        call: InteractionId,
        begin: Begin,
        outcome: keypad::Outcome,
        at: Timestamp,
    ) -> Result<(), ActionError> {
        let shared = Arc::clone(&self.shared);
        let done = self.shared.db.write(Over { shared, call, begin, outcome, at }).await;
        done.map_err(|error| match error {
            SurveyError::Action(error) => error,
            other => ActionError::Invalid(other.to_string()),
        })
    }
}

/// The questions of a campaign that are asked by keys, if they may be asked now.
pub(super) async fn asked_by_keys(
    tx: &mut Tx<'_>,
    campaign: &DialCampaign,
) -> Result<Option<SurveyVersion>, StoreError> {
    if campaign.settings.mode != Dialling::Agentless {
        return Ok(None);
    }
    let Some(version) = campaign.survey_version else { return Ok(None) };
    let version = tx.survey_version(version).await?;
    Ok(version.filter(|version| fits(version, &campaign.settings.language)))
}

/// Whether a version may be asked by keys in that language.
pub(super) fn fits(version: &SurveyVersion, language: &str) -> bool {
    let may_begin = crate::domain::survey::version::after(version.state, Deed::Begin).is_some();
    let questionnaire = &version.questionnaire;
    may_begin && questionnaire.keypad.is_some() && keypad::language(questionnaire, language).is_some()
}

impl Shared {
    /// Nobody will go on with an interview by keys whose contact is done with.
    pub(super) async fn settle_keyed(
        &self,
        tx: &mut Tx<'_>,
        attempt: &DialAttempt,
        at: Timestamp,
    ) -> Result<(), SurveyError> {
        let Some(one) = tx.dial_contact(attempt.contact).await? else { return Ok(()) };
        let left = left_open(tx, attempt).await?.filter(|row| row.mode == Mode::Keypad);
        if let (State::Done { .. }, Some(row)) = (one.state, left) {
            take(tx, row, &Said::Early(Early::BrokenOff), at).await?;
        }
        Ok(())
    }
}

/// Whether a call brought an answer; questions that keys cannot answer are passed over without anybody.
pub(super) async fn said_something(tx: &mut Tx<'_>, attempt: &DialAttempt) -> Result<bool, StoreError> {
    let Some(row) = tx.interview_of_attempt(attempt.id).await? else { return Ok(false) };
    let answers = tx.interview_answers(row.id).await?;
    Ok(answers.values().any(|answer| *answer != Answer::Nothing))
}

/// The interview that a call has, or that an earlier one with the same contact left open.
async fn left_open(tx: &mut Tx<'_>, attempt: &DialAttempt) -> Result<Option<InterviewRow>, SurveyError> {
    if let Some(row) = tx.interview_of_attempt(attempt.id).await? {
        return Ok(Some(row).filter(|row| row.disposition.is_none()));
    }
    let campaign = tx.dial_campaign_as_it_is(attempt.campaign).await?;
    let Some(version) = campaign.and_then(|campaign| campaign.survey_version) else { return Ok(None) };
    left_by(tx, attempt.contact, version).await
}

async fn left_by(
    tx: &mut Tx<'_>,
    contact: DialContactId,
    version: SurveyVersionId,
) -> Result<Option<InterviewRow>, SurveyError> {
    match tx.open_interview_of_contact(contact, version).await? {
        Some(id) => Ok(tx.interview(id).await?),
        None => Ok(None),
    }
}

struct Prepare {
    attempt: DialAttemptId,
    seed: u32,
}

impl Work for Prepare {
    type Out = Option<Interview>;
    type Error = SurveyError;

    async fn run(&self, tx: &mut Tx<'_>) -> Result<Option<Interview>, SurveyError> {
        let attempt = tx.dial_attempt(self.attempt).await?.ok_or(ActionError::NotFound)?;
        let campaign = tx.dial_campaign_as_it_is(attempt.campaign).await?.ok_or(ActionError::NotFound)?;
        let Some(version) = asked_by_keys(tx, &campaign).await? else { return Ok(None) };
        let Some(language) = keypad::language(&version.questionnaire, &campaign.settings.language) else {
            return Ok(None);
        };
        let mut interview = match left_by(tx, attempt.contact, version.id).await? {
            Some(row) => {
                let answers = tx.interview_answers(row.id).await?;
                Asked::new(row, version, answers)?.interview
            }
            None => Interview::start(Arc::new(version.asked()), language, self.seed),
        };
        interview.speak(language);
        Ok(Some(interview))
    }
}

struct Keep {
    shared: Arc<Shared>,
    call: InteractionId,
    begin: Begin,
    answers: Vec<(QuestionKey, Answer)>,
    at: Timestamp,
}

impl Work for Keep {
    type Out = Stored;
    type Error = SurveyError;

    async fn run(&self, tx: &mut Tx<'_>) -> Result<Stored, SurveyError> {
        let Self { begin, at, .. } = self;
        let attempt = tx.dial_attempt_of_call(self.call).await?.ok_or(ActionError::NotFound)?;
        let how = (Mode::Keypad, begin.language, begin.seed);
        let id = open(tx, &attempt, how, *at).await?.ok_or(ActionError::NotFound)?;
        let mut row = tx.interview(id).await?.ok_or(ActionError::NotFound)?;
        for (question, answer) in &self.answers {
            if row.disposition.is_some() {
                break;
            }
            let said = Said::Answer(question.clone(), answer.clone());
            row = take(tx, row, &said, *at).await?.row;
        }
        if row.disposition.is_none() {
            return Ok(Stored::Kept);
        }
        self.shared.dial_interview_ended(tx, &row, *at).await?;
        Ok(Stored::OverQuota)
    }
}

struct Over {
    shared: Arc<Shared>,
    call: InteractionId,
    begin: Begin,
    outcome: keypad::Outcome,
    at: Timestamp,
}

impl Work for Over {
    type Out = ();
    type Error = SurveyError;

    async fn run(&self, tx: &mut Tx<'_>) -> Result<(), SurveyError> {
        let Some(attempt) = tx.dial_attempt_of_call(self.call).await? else { return Ok(()) };
        match self.outcome {
            keypad::Outcome::Ended(_) => self.close(tx, &attempt).await,
            keypad::Outcome::OptedOut => self.opt_out(tx, &attempt).await,
            keypad::Outcome::HungUp | keypad::Outcome::GaveUp => self.break_off(tx, &attempt).await,
        }
    }
}

impl Over {
    /// The answers say how it ended.
    async fn close(&self, tx: &mut Tx<'_>, attempt: &DialAttempt) -> Result<(), SurveyError> {
        let how = (Mode::Keypad, self.begin.language, self.begin.seed);
        let id = open(tx, attempt, how, self.at).await?.ok_or(ActionError::NotFound)?;
        let mut row = tx.interview(id).await?.ok_or(ActionError::NotFound)?;
        if row.disposition.is_none() {
            row = take(tx, row, &Said::Close, self.at).await?.row;
        }
        Ok(self.shared.dial_interview_ended(tx, &row, self.at).await?)
    }

    /// Do-not-call for good, besides what it means for this survey.
    async fn opt_out(&self, tx: &mut Tx<'_>, attempt: &DialAttempt) -> Result<(), SurveyError> {
        let Some(one) = tx.dial_contact(attempt.contact).await? else { return Ok(()) };
        self.end(tx, attempt, Outcome::OptedOut).await?;
        self.shared.dial_opt_out(tx, &one, OptOutMeans::Key, self.at).await?;
        if let Some(row) = left_open(tx, attempt).await? {
            take(tx, row, &Said::Early(Early::Refused), self.at).await?;
        }
        Ok(())
    }

    /// Whoever answered nothing in this call was not asked yet.
    async fn break_off(&self, tx: &mut Tx<'_>, attempt: &DialAttempt) -> Result<(), SurveyError> {
        let outcome = if said_something(tx, attempt).await? { Outcome::Partial } else { Outcome::HungUp };
        self.end(tx, attempt, outcome).await?;
        self.shared.settle_keyed(tx, attempt, self.at).await
    }

    async fn end(&self, tx: &mut Tx<'_>, attempt: &DialAttempt, outcome: Outcome) -> Result<(), SurveyError> {
        let Some(one) = tx.dial_contact(attempt.contact).await? else { return Ok(()) };
        let Some(campaign) = tx.dial_campaign_as_it_is(attempt.campaign).await? else { return Ok(()) };
        let end = End { outcome, refusal: None, wished: None, made: true, at: self.at };
        self.shared.end_dial(tx, &campaign, (one, attempt), &end).await?;
        Ok(())
    }
}
