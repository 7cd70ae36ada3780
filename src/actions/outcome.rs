//! The end of a case, and its way back: answered with an outcome, closed, opened again.

use super::case::NOTE_MAX_CHARS;
use super::on_case::{OnCase, needed, sendable, written};
use super::telling::{Telling, Words};
use super::{ActionError, Actions, Actor};
use crate::domain::case::Outcome;
use crate::domain::flow::{Step, may_be_silent};
use crate::domain::id::{CaseId, NoticeId};
use crate::domain::notice::{ByHand, Purpose};
use crate::domain::permission::Right;
use crate::domain::script::search_key;
use crate::domain::timeline::Entry;
use crate::store::{Tx, Work};

/// What a citizen is told fits into some texts; a longer answer is a letter, and is attached.
pub const ANSWER_MAX_CHARS: usize = 2_000;
/// A reason is a sentence or two.
pub const REASON_MAX_CHARS: usize = 1_000;

#[derive(Clone, Debug)]
pub struct NewAnswer {
    pub outcome: Outcome,
    /// For the citizen.
    pub words: String,
    /// Why nothing is said to the citizen, when `words` are empty.
    pub silence: String,
    /// For colleagues; may be empty.
    pub note: String,
}

impl Actions {
    /// The citizen and the followers are told. The new version.
    pub async fn answer_case(
        &self,
        actor: &Actor,
        case: CaseId,
        version: i64,
        answer: NewAnswer,
    ) -> Result<i64, ActionError> {
        let answer = checked(&answer)?;
        let on = self.on(actor, case, Some(version));
        self.carried_out(AnswerCase { on, answer }, case).await
    }

    /// Only when the citizen was told the outcome, or cannot be. The new version.
    pub async fn close_case(&self, actor: &Actor, case: CaseId, version: i64) -> Result<i64, ActionError> {
        self.carried_out(CloseCase(self.on(actor, case, Some(version))), case).await
    }

    /// The outcome is gone with it, and what still was on its way to the citizen is stopped. The new version.
    pub async fn reopen_case(
        &self,
        actor: &Actor,
        case: CaseId,
        version: i64,
        reason: &str,
    ) -> Result<i64, ActionError> {
        let reason = needed(reason, "the reason", REASON_MAX_CHARS)?.to_owned();
        let on = self.on(actor, case, Some(version));
        self.carried_out(ReopenCase { on, reason }, case).await
    }

    /// Runs it, and tells pages and links of it.
    pub(super) async fn carried_out<W>(&self, work: W, case: CaseId) -> Result<W::Out, ActionError>
    where
        W: Work<Error = ActionError>,
    {
        let out = self.shared.db.write(work).await?;
        self.changed(case);
        self.shared.outbox.notify_one();
        self.shared.mails.notify_one();
        Ok(out)
    }
}

pub(super) fn checked(answer: &NewAnswer) -> Result<NewAnswer, ActionError> {
    let words = written(&answer.words, "an answer", ANSWER_MAX_CHARS)?;
    sendable(words)?;
    let silence = written(&answer.silence, "the reason", REASON_MAX_CHARS)?;
    if words.is_empty() && silence.is_empty() && !may_be_silent(answer.outcome) {
        return Err(ActionError::Invalid(
            "an answer has words for the citizen, or the reason why there are none".into(),
        ));
    }
    Ok(NewAnswer {
        outcome: answer.outcome,
        words: words.to_owned(),
        silence: silence.to_owned(),
        note: written(&answer.note, "a note", NOTE_MAX_CHARS)?.to_owned(),
    })
}

pub(super) struct AnswerCase {
    pub on: OnCase,
    pub answer: NewAnswer,
}

impl Work for AnswerCase {
    type Out = i64;
    type Error = ActionError;

    async fn run(&self, tx: &mut Tx<'_>) -> Result<i64, ActionError> {
        let Self { on, answer } = self;
        let mut case = on.step(tx, Step::Answer).await?;
        let mut entries = Vec::new();
        if !answer.note.is_empty() {
            entries.push(Entry::Note { words: answer.note.clone() });
        }
        let (outcome, words) = (answer.outcome, answer.words.clone());
        entries.push(Entry::Answered { from: case.status, outcome, words });
        on.enter(tx, &mut case, &entries).await?;
        tx.add_case_words(on.case, &search_key(&format!("{} {}", answer.words, answer.note))).await?;
        let words = match answer.words.as_str() {
            "" => Words::Silence(&answer.silence),
            words => Words::Say(words),
        };
        let told = Telling { case: on.case, purpose: Purpose::Outcome, words, first: None, at: on.at };
        let (entries, _) = on.shared.tell_all(tx, &case, &told).await?;
        on.shared.enter_by_itself(tx, (on.case, &mut case), on.at, entries).await?;
        Ok(case.version)
    }
}

struct CloseCase(OnCase);

impl Work for CloseCase {
    type Out = i64;
    type Error = ActionError;

    async fn run(&self, tx: &mut Tx<'_>) -> Result<i64, ActionError> {
        let Self(on) = self;
        let mut case = on.step(tx, Step::Close).await?;
        let closed = Entry::StatusChanged { from: case.status, to: Step::Close.to() };
        on.enter(tx, &mut case, &[closed]).await?;
        Ok(case.version)
    }
}

struct ReopenCase {
    on: OnCase,
    reason: String,
}

impl Work for ReopenCase {
    type Out = i64;
    type Error = ActionError;

    async fn run(&self, tx: &mut Tx<'_>) -> Result<i64, ActionError> {
        let Self { on, reason } = self;
        let mut case = on.step(tx, Step::Reopen).await?;
        let by = on.actor.by();
        let mut entries = on.shared.overtake(tx, on.case, Purpose::Outcome, (&by, on.at)).await?;
        entries.push(Entry::Reopened {
            from: case.status,
            outcome: case.outcome,
            told: case.told,
            reason: reason.clone(),
        });
        on.enter(tx, &mut case, &entries).await?;
        tx.add_case_words(on.case, &search_key(reason)).await?;
        Ok(case.version)
    }
}

/// How a human settled what the program could not.
#[derive(Clone, Debug)]
pub enum Settled {
    /// They told the citizen themselves.
    Told(ByHand),
    /// It cannot be done; the reason.
    Impossible(String),
}

impl Actions {
    /// A human did what no channel could. Once the citizen of an answered case is settled, the case closes by itself.
    pub async fn settle_notice(
        &self,
        actor: &Actor,
        case: CaseId,
        notice: NoticeId,
        settled: Settled,
    ) -> Result<(), ActionError> {
        let settled = match settled {
            Settled::Impossible(why) => {
                Settled::Impossible(needed(&why, "the reason", REASON_MAX_CHARS)?.to_owned())
            }
            told => told,
        };
        let on = self.on(actor, case, None);
        self.carried_out(SettleNotice { on, notice, settled }, case).await
    }
}

struct SettleNotice {
    on: OnCase,
    notice: NoticeId,
    settled: Settled,
}

impl Work for SettleNotice {
    type Out = ();
    type Error = ActionError;

    async fn run(&self, tx: &mut Tx<'_>) -> Result<(), ActionError> {
        let on = &self.on;
        let mut case = on.locked(tx, Right::TellByHand).await?;
        let entries = on.shared.settle(tx, on.case, self.notice, &self.settled, on.at).await?;
        on.enter(tx, &mut case, &entries).await?;
        on.shared.close_if_settled(tx, (on.case, &mut case), on.at).await
    }
}
