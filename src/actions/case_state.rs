//! The state of a case for a caller who knows its number and PIN; answers to a plan's questions.

use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use serde_json::json;

use super::audit::{AuditEntry, Subject, SubjectKind, What, Who};
use super::{ActionError, Actions, Actor, Shared};
use crate::domain::case::{CaseNumber, CaseRef};
use crate::domain::case_state::CaseState;
use crate::domain::id::{CaseId, InteractionId};
use crate::domain::permission::Right;
use crate::domain::timeline::{Answer, Entry};
use crate::store::case_pin::PinnedCase;
use crate::store::{Tx, Work};

/// So many wrong PINs lock a case for so long: of 10,000 PINs a machine tries 120 a day.
const WRONG_PINS: i64 = 5;
const LOCKED: Duration = Duration::from_secs(60 * 60);

/// Of a text that a plan or a caller gives us.
const LONGEST: usize = 64;

impl Actions {
    /// `None`: no such case, a wrong PIN, or a case that is locked after too many; the caller is not told which. The call is noted
    /// in the case that was found, and belongs there when it is about nothing else.
    pub async fn case_state(
        &self,
        call: InteractionId,
        digits: &str,
        pin: &str,
        at: Timestamp,
    ) -> Result<Option<CaseState>, ActionError> {
        if digits.len() > LONGEST || pin.len() > LONGEST {
            return Ok(None);
        }
        let shared = Arc::clone(&self.shared);
        let asked = AskedState { shared, call, digits: digits.to_owned(), pin: pin.to_owned(), at };
        let Some((case, state)) = self.shared.db.write(asked).await? else { return Ok(None) };
        self.changed(case);
        Ok(Some(state))
    }

    /// The case that a citizen follows on the page, by its number as it is written and its PIN. `None`: as for [`Actions::case_state`].
    pub async fn follow_case(&self, number: &CaseNumber, pin: &str) -> Result<Option<CaseId>, ActionError> {
        if number.as_str().len() > LONGEST || pin.len() > LONGEST || number.digits().is_empty() {
            return Ok(None);
        }
        let (number, pin, at) = (number.clone(), pin.to_owned(), self.clock.now());
        self.shared.db.write(FollowCase { number, pin, at }).await
    }

    /// A key pressed at a question of the plan. Comes onto the timeline with the end of the call.
    pub async fn survey_answer(
        &self,
        call: InteractionId,
        survey: &str,
        question: &str,
        answer: &str,
        at: Timestamp,
    ) -> Result<(), ActionError> {
        let short = |text: &str| -> String { text.chars().take(LONGEST).collect() };
        let answered =
            Answered { call, survey: short(survey), question: short(question), answer: short(answer), at };
        self.shared.db.write(answered).await
    }

    /// The PIN of a case, for staff to tell; a case from before there were PINs gets one now.
    pub async fn case_pin(&self, actor: &Actor, case: &CaseRef) -> Result<String, ActionError> {
        self.shared.allow(actor, Right::ReadCases)?;
        match self.shared.db.pin_of(case.id).await? {
            Some(pin) => Ok(pin),
            None => self.shared.db.write(GivePin(case.clone())).await,
        }
    }
}

/// Four digits, as letters of a bank have them.
pub(super) fn new_pin() -> String {
    format!("{:04}", rand::random_range(0..10_000))
}

/// The case whose state was told to a caller who left nothing else.
pub(super) async fn asked_only(tx: &mut Tx<'_>, call: InteractionId) -> Result<Option<CaseRef>, ActionError> {
    if tx.has_kept_recording(call).await? {
        return Ok(None);
    }
    Ok(tx.asked_case(call).await?)
}

/// What the caller answered, as entries for the timeline.
pub(super) async fn survey_entries(tx: &mut Tx<'_>, call: InteractionId) -> Result<Vec<Entry>, ActionError> {
    let mut entries: Vec<Entry> = Vec::new();
    for (survey, question, answer) in tx.survey_answers(call).await? {
        let answer = Answer { question, answer };
        match entries.last_mut() {
            Some(Entry::Surveyed { survey: last, answers }) if *last == survey => answers.push(answer),
            _ => entries.push(Entry::Surveyed { survey, answers: vec![answer] }),
        }
    }
    Ok(entries)
}

struct AskedState {
    shared: Arc<Shared>,
    call: InteractionId,
    digits: String,
    pin: String,
    at: Timestamp,
}

impl Work for AskedState {
    type Out = Option<(CaseId, CaseState)>;
    type Error = ActionError;

    async fn run(&self, tx: &mut Tx<'_>) -> Result<Self::Out, ActionError> {
        let asked = Asked { digits: &self.digits, pin: &self.pin, by: "telephone", at: self.at };
        let Some(found) = proven(tx, &asked).await? else { return Ok(None) };
        tx.set_asked_case(self.call, found.case.id).await?;
        super::open::append(tx, &found.case, self.at, &[Entry::StateTold { interaction: self.call }]).await?;
        let directory = self.shared.db.directory();
        let department = found.department.and_then(|id| directory.department(id));
        let department = department.map(|department| department.key.clone()).unwrap_or_default();
        Ok(Some((found.case.id, CaseState { status: found.status, department })))
    }
}

/// A number and a PIN, as somebody gave them.
struct Asked<'a> {
    digits: &'a str,
    pin: &'a str,
    /// For the audit: `telephone` or `page`.
    by: &'static str,
    at: Timestamp,
}

/// The case with these digits and this PIN. A wrong one is counted, on the telephone and on the page alike; each try is in the audit.
async fn proven(tx: &mut Tx<'_>, asked: &Asked<'_>) -> Result<Option<PinnedCase>, ActionError> {
    let Asked { digits, pin, at, .. } = *asked;
    let locked = |until: Option<Timestamp>| until.is_some_and(|until| until > at);
    let cases = tx.pinned_cases(digits).await?;
    let found = cases.iter().find(|case| !locked(case.locked_until) && case.pin == pin);
    for subject in followed(&cases, found) {
        let detail = json!({ "by": asked.by, "right": found.is_some() });
        tx.audit(AuditEntry { at, who: Who::unknown(), what: What::CaseFollowed, subject, detail });
    }
    let Some(found) = found else {
        for case in cases.iter().filter(|case| !locked(case.locked_until)) {
            let wrong = case.wrong + 1;
            let until = (wrong >= WRONG_PINS).then(|| at.saturating_add(LOCKED).unwrap_or(at));
            // Counting begins anew after the lock.
            tx.set_wrong_pins(case.case.id, if until.is_some() { 0 } else { wrong }, until).await?;
        }
        return Ok(None);
    };
    if found.wrong > 0 || found.locked_until.is_some() {
        tx.set_wrong_pins(found.case.id, 0, None).await?;
    }
    Ok(Some(found.clone()))
}

/// The case that was found; with a wrong PIN those that were tried, or none that there is.
fn followed(tried: &[PinnedCase], found: Option<&PinnedCase>) -> Vec<Subject> {
    match found {
        Some(found) => vec![found.case.id.into()],
        None if tried.is_empty() => vec![Subject::new(SubjectKind::Case, "unknown")],
        None => tried.iter().map(|case| case.case.id.into()).collect(),
    }
}

struct FollowCase {
    number: CaseNumber,
    pin: String,
    at: Timestamp,
}

impl Work for FollowCase {
    type Out = Option<CaseId>;
    type Error = ActionError;

    async fn run(&self, tx: &mut Tx<'_>) -> Result<Option<CaseId>, ActionError> {
        let digits = self.number.digits();
        let asked = Asked { digits: &digits, pin: &self.pin, by: "page", at: self.at };
        let found = proven(tx, &asked).await?;
        Ok(found.map(|found| found.case.id))
    }
}

struct GivePin(CaseRef);

impl Work for GivePin {
    type Out = String;
    type Error = ActionError;

    async fn run(&self, tx: &mut Tx<'_>) -> Result<String, ActionError> {
        Ok(tx.put_pin(&self.0, &new_pin()).await?)
    }
}

struct Answered {
    call: InteractionId,
    survey: String,
    question: String,
    answer: String,
    at: Timestamp,
}

impl Work for Answered {
    type Out = ();
    type Error = ActionError;

    async fn run(&self, tx: &mut Tx<'_>) -> Result<(), ActionError> {
        let answer = (self.survey.as_str(), self.question.as_str(), self.answer.as_str());
        Ok(tx.put_survey_answer(self.call, answer, self.at).await?)
    }
}
