//! A call becomes a case.

use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;

use super::call_case::{self, adopt, tell};
use super::case_state::{asked_only, survey_entries};
use super::open::append;
use super::seed::OTHER;
use super::{ActionError, Actions, News, Shared, notify};
pub use crate::domain::call::{Direction, EndedBy};
use crate::domain::caller::Caller;
use crate::domain::case::{CaseRef, Channel};
use crate::domain::id::{CaseId, InteractionId, OutboxId, RecordingId, UserId};
use crate::domain::phone::PhoneNumber;
use crate::domain::timeline::Entry;
use crate::store::interaction::{CallEnd, Interaction, NewCall};
use crate::store::{Tx, Work};

/// What is known when the INVITE arrives.
#[derive(Clone, Debug)]
pub struct CallArrived {
    /// Unique for the call, the same on replay: Call-ID and From tag.
    pub external_id: String,
    pub direction: Direction,
    /// Who placed it.
    pub operator: Option<UserId>,
    pub caller: Caller,
    /// The municipal number that was dialled, as the trunk sent it.
    pub called: String,
    pub at: Timestamp,
    /// Revision of the dialplan that the call is pinned to.
    pub plan_revision: String,
}

#[derive(Clone, Debug)]
pub struct CallEnded {
    pub at: Timestamp,
    pub answered_at: Option<Timestamp>,
    pub by: EndedBy,
    /// Names of the dialplan nodes that the call walked through.
    pub walk: Vec<String>,
    /// What happened and is not on a timeline yet.
    pub story: Vec<(Timestamp, Entry)>,
}

impl Actions {
    /// Committed before the caller is answered. Idempotent by `external_id`.
    pub async fn journal_call(&self, call: CallArrived) -> Result<InteractionId, ActionError> {
        self.shared.db.write(JournalCall { shared: Arc::clone(&self.shared), call }).await
    }

    /// The dialplan's `case` node: opens the call's case in a category (by its key), or moves the call's case there.
    pub async fn open_call_case(
        &self,
        call: InteractionId,
        category: &str,
        at: Timestamp,
    ) -> Result<CaseRef, ActionError> {
        let work = OpenCallCase { shared: Arc::clone(&self.shared), call, category: category.to_owned(), at };
        let done = self.shared.db.write(work).await?;
        Ok(self.tell(done))
    }

    /// Before the first sample is written. `path` is relative to the data folder.
    pub async fn start_recording(
        &self,
        call: InteractionId,
        path: String,
        at: Timestamp,
    ) -> Result<RecordingId, ActionError> {
        self.shared.db.write(StartRecording { call, path, at }).await
    }

    /// `None` when what was recorded is shorter than the plan's minimum: the recording is dropped from the case.
    pub async fn finish_recording(
        &self,
        recording: RecordingId,
        length: Option<Duration>,
    ) -> Result<(), ActionError> {
        let at = self.clock.now();
        let shared = Arc::clone(&self.shared);
        let case = self.shared.db.write(FinishRecording { shared, recording, length, at }).await?;
        if let Some(case) = case {
            self.changed(case);
        }
        Ok(())
    }

    /// The dialplan's `sms` node: a text to the caller by template. `None` when there is no number to write to.
    /// Asked again for the same call and template, it is the same text.
    pub async fn send_call_text(
        &self,
        call: InteractionId,
        template: &str,
    ) -> Result<Option<OutboxId>, ActionError> {
        let (shared, at) = (Arc::clone(&self.shared), self.clock.now());
        let work = SendCallText { shared, call, template: template.to_owned(), at };
        let Some((outbox, done)) = self.shared.db.write(work).await? else { return Ok(None) };
        self.tell(done);
        self.shared.outbox.notify_one();
        Ok(Some(outbox))
    }

    /// An operator talks with the caller: the case is opened, so that it has its number while they talk. Calls that were not
    /// made to the municipality open none.
    pub async fn answer_call(
        &self,
        call: InteractionId,
        story: Vec<(Timestamp, Entry)>,
        at: Timestamp,
    ) -> Result<Option<CaseRef>, ActionError> {
        let work = AnswerCall { shared: Arc::clone(&self.shared), call, story, at };
        Ok(self.shared.db.write(work).await?.map(|done| self.tell(done)))
    }

    /// Something that belongs on the timeline of the call's case; nothing when it has none.
    pub async fn note_call(
        &self,
        call: InteractionId,
        entry: Entry,
        at: Timestamp,
    ) -> Result<(), ActionError> {
        let shared = Arc::clone(&self.shared);
        if let Some(case) = self.shared.db.write(NoteCall { shared, call, entry, at }).await? {
            self.changed(case);
        }
        Ok(())
    }

    /// Every journaled call ends here exactly once; a call to the municipality without a case gets one. Idempotent.
    pub async fn finish_call(
        &self,
        call: InteractionId,
        end: CallEnded,
    ) -> Result<Option<CaseRef>, ActionError> {
        let work = FinishCall { shared: Arc::clone(&self.shared), call, end, recordings: Vec::new() };
        Ok(self.shared.db.write(work).await?.map(|done| self.tell(done)))
    }

    pub(super) fn tell(&self, done: CallCase) -> CaseRef {
        match done.news {
            Some(News::Opened) => self.opened(done.case.id),
            Some(News::Changed) => self.changed(done.case.id),
            None => {}
        }
        done.case
    }
}

/// The call's case, and whether pages should hear of it.
pub(super) struct CallCase {
    case: CaseRef,
    news: Option<News>,
}

struct JournalCall {
    shared: Arc<Shared>,
    call: CallArrived,
}

impl Work for JournalCall {
    type Out = InteractionId;
    type Error = ActionError;

    async fn run(&self, tx: &mut Tx<'_>) -> Result<InteractionId, ActionError> {
        let Self { shared, call } = self;
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
        Ok(tx.journal_call(&new).await?)
    }
}

struct OpenCallCase {
    shared: Arc<Shared>,
    call: InteractionId,
    category: String,
    at: Timestamp,
}

impl Work for OpenCallCase {
    type Out = CallCase;
    type Error = ActionError;

    async fn run(&self, tx: &mut Tx<'_>) -> Result<CallCase, ActionError> {
        let call = tx.interaction(self.call).await?.ok_or(ActionError::NotFound)?;
        let directory = self.shared.db.directory();
        let category = self.shared.category(&directory, &self.category)?;
        let Some(existing) = &call.case else {
            let begun =
                call_case::begin(&self.shared, tx, self.call, &call, Channel::Call, category, self.at)
                    .await?;
            let case = begun.written(tx, self.call, self.at).await?;
            return Ok(CallCase { case, news: Some(News::Opened) });
        };
        let case = existing.case.clone();
        if existing.category == category.id {
            return Ok(CallCase { case, news: None });
        }
        let mut entries = vec![Entry::CategoryChanged { from: existing.category, to: category.id }];
        if existing.department != category.department {
            entries.push(Entry::DepartmentChanged { from: existing.department, to: category.department });
        }
        if existing.channel == Channel::MissedCall {
            entries.push(Entry::ChannelChanged { from: existing.channel, to: Channel::Call });
        }
        call_case::enter(&self.shared, tx, &case, self.at, &entries).await?;
        Ok(CallCase { case, news: Some(News::Changed) })
    }
}

struct StartRecording {
    call: InteractionId,
    path: String,
    at: Timestamp,
}

impl Work for StartRecording {
    type Out = RecordingId;
    type Error = ActionError;

    async fn run(&self, tx: &mut Tx<'_>) -> Result<RecordingId, ActionError> {
        Ok(tx.insert_recording(self.call, &self.path, self.at).await?)
    }
}

struct FinishRecording {
    shared: Arc<Shared>,
    recording: RecordingId,
    length: Option<Duration>,
    at: Timestamp,
}

impl Work for FinishRecording {
    /// The case that changed.
    type Out = Option<CaseId>;
    type Error = ActionError;

    async fn run(&self, tx: &mut Tx<'_>) -> Result<Option<CaseId>, ActionError> {
        let Some(call) = tx.end_recording(self.recording, self.length.map(milliseconds)).await? else {
            return Ok(None);
        };
        if self.length.is_none() {
            return Ok(None);
        }
        let Some(Interaction { direction, case: Some(case), .. }) = tx.interaction(call).await? else {
            return Ok(None);
        };
        let channel = (direction == Direction::In).then_some(case.channel);
        adopt(&self.shared, tx, call, &case.case, channel, self.at).await?;
        Ok(Some(case.case.id))
    }
}

struct SendCallText {
    shared: Arc<Shared>,
    call: InteractionId,
    template: String,
    at: Timestamp,
}

impl Work for SendCallText {
    type Out = Option<(OutboxId, CallCase)>;
    type Error = ActionError;

    async fn run(&self, tx: &mut Tx<'_>) -> Result<Self::Out, ActionError> {
        let call = tx.interaction(self.call).await?.ok_or(ActionError::NotFound)?;
        let Caller::Number(number) = &call.caller else { return Ok(None) };
        let (case, news) = match &call.case {
            Some(existing) => (existing.case.clone(), News::Changed),
            // The notice names the case, so it is opened now, and not when the call ends.
            None => {
                let begun =
                    call_case::begin_uncategorised(&self.shared, tx, self.call, &call, self.at).await?;
                (begun.written(tx, self.call, self.at).await?, News::Opened)
            }
        };
        if let Some(outbox) = tx.queued_for(self.call, &self.template).await? {
            return Ok(Some((outbox, CallCase { case, news: None })));
        }
        let notice = (self.template.as_str(), notify::LATIN);
        let (outbox, entry) = self.shared.queue_notice(tx, &case, self.call, notice, number, self.at).await?;
        append(tx, &case, self.at, &[entry]).await?;
        Ok(Some((outbox, CallCase { case, news: Some(news) })))
    }
}

pub(super) struct FinishCall {
    pub(super) shared: Arc<Shared>,
    pub(super) call: InteractionId,
    pub(super) end: CallEnded,
    /// Recordings that nobody closed, with the length found on disk.
    pub(super) recordings: Vec<(RecordingId, Option<Duration>)>,
}

impl Work for FinishCall {
    type Out = Option<CallCase>;
    type Error = ActionError;

    async fn run(&self, tx: &mut Tx<'_>) -> Result<Option<CallCase>, ActionError> {
        let (shared, at) = (&self.shared, self.end.at);
        for (recording, length) in &self.recordings {
            tx.end_recording(*recording, length.map(milliseconds)).await?;
        }
        let call = tx.interaction(self.call).await?.ok_or(ActionError::NotFound)?;
        if !call.open {
            let case = call.case.map(|existing| CallCase { case: existing.case, news: None });
            return Ok(case);
        }
        let walk = serde_json::to_string(&self.end.walk).unwrap_or_default();
        let end = CallEnd { at, answered_at: self.end.answered_at, by: self.end.by.as_str(), walk: &walk };
        if call.direction != Direction::In {
            return self.placed(tx, &call, &end).await;
        }
        // All that is said of the end, written with one statement.
        let mut entries: Vec<(Timestamp, Entry)> = Vec::new();
        let (case, channel, news) = match &call.case {
            Some(existing) => {
                adopt(shared, tx, self.call, &existing.case, Some(existing.channel), at).await?;
                (existing.case.clone(), Some(existing.channel), News::Changed)
            }
            // Who only asked for the state of a case belongs to that case.
            None => match asked_only(tx, self.call).await? {
                Some(case) => (case, None, News::Changed),
                None => {
                    let begun = call_case::begin_uncategorised(shared, tx, self.call, &call, at).await?;
                    entries.extend(begun.entries.into_iter().map(|entry| (at, entry)));
                    (begun.case, Some(begun.channel), News::Opened)
                }
            },
        };
        tx.end_call(self.call, Some(case.id), &end).await?;
        entries.extend(self.end.story.iter().cloned());
        entries.extend(survey_entries(tx, self.call).await?.into_iter().map(|entry| (at, entry)));
        let ended = Entry::CallEnded {
            interaction: self.call,
            by: self.end.by.as_str().into(),
            length_ms: self.length(),
            walk: self.end.walk.clone(),
        };
        entries.push((at, ended));
        tell(shared, tx, &case, channel, &entries).await?;
        Ok(Some(CallCase { case, news: Some(news) }))
    }
}

impl FinishCall {
    /// A call that an operator made belongs to the citizen's case, when there is one.
    async fn placed(
        &self,
        tx: &mut Tx<'_>,
        call: &Interaction,
        end: &CallEnd<'_>,
    ) -> Result<Option<CallCase>, ActionError> {
        let message = tx.message_of_call(self.call).await?;
        let case = match (&call.case, call.direction) {
            (Some(existing), _) => Some(existing.case.clone()),
            // A message to many is not about the case that somebody happens to have.
            (None, _) if message.is_some() => message.and_then(|message| message.case),
            (None, Direction::Out) => self.open_case_of(tx, &call.called).await?,
            (None, _) => None,
        };
        tx.end_call(self.call, case.as_ref().map(|case| case.id), end).await?;
        let Some(case) = case else { return Ok(None) };
        tx.set_interaction_case(self.call, case.id).await?;
        adopt(&self.shared, tx, self.call, &case, None, end.at).await?;
        let entry = Entry::CalledOut {
            interaction: self.call,
            by: call.operator,
            to: call.called.clone(),
            length_ms: self.length(),
        };
        tell(&self.shared, tx, &case, None, &self.end.story).await?;
        append(tx, &case, end.at, &[entry]).await?;
        Ok(Some(CallCase { case, news: Some(News::Changed) }))
    }

    async fn open_case_of(&self, tx: &mut Tx<'_>, number: &str) -> Result<Option<CaseRef>, ActionError> {
        let Ok(number) = PhoneNumber::parse(number, &self.shared.cases.country) else { return Ok(None) };
        let known = tx.known_by_phone(&number, Timestamp::UNIX_EPOCH).await?;
        Ok(known.and_then(|known| known.open_case))
    }

    fn length(&self) -> Option<i64> {
        let passed = |from| Duration::try_from(self.end.at.duration_since(from)).ok();
        self.end.answered_at.and_then(passed).map(milliseconds)
    }
}

struct AnswerCall {
    shared: Arc<Shared>,
    call: InteractionId,
    story: Vec<(Timestamp, Entry)>,
    at: Timestamp,
}

impl Work for AnswerCall {
    type Out = Option<CallCase>;
    type Error = ActionError;

    async fn run(&self, tx: &mut Tx<'_>) -> Result<Option<CallCase>, ActionError> {
        let call = tx.interaction(self.call).await?.ok_or(ActionError::NotFound)?;
        let operator = self.story.iter().rev().find_map(|(_, entry)| match entry {
            Entry::AnsweredBy { user, .. } => Some(*user),
            _ => None,
        });
        if let Some(operator) = operator.filter(|_| call.direction == Direction::In) {
            tx.set_interaction_operator(self.call, operator).await?;
        }
        let (case, channel, news) = match (&call.case, call.direction) {
            (Some(existing), _) => (existing.case.clone(), existing.channel, News::Changed),
            (None, Direction::In) => {
                let directory = self.shared.db.directory();
                let category = self.shared.category(&directory, OTHER)?;
                let channel = Channel::Call;
                let begun =
                    call_case::begin(&self.shared, tx, self.call, &call, channel, category, self.at).await?;
                (begun.written(tx, self.call, self.at).await?, channel, News::Opened)
            }
            (None, _) => return Ok(None),
        };
        tell(&self.shared, tx, &case, Some(channel), &self.story).await?;
        Ok(Some(CallCase { case, news: Some(news) }))
    }
}

struct NoteCall {
    shared: Arc<Shared>,
    call: InteractionId,
    entry: Entry,
    at: Timestamp,
}

impl Work for NoteCall {
    type Out = Option<CaseId>;
    type Error = ActionError;

    async fn run(&self, tx: &mut Tx<'_>) -> Result<Option<CaseId>, ActionError> {
        let call = tx.interaction(self.call).await?.ok_or(ActionError::NotFound)?;
        if let (Entry::AnsweredBy { user, .. }, Direction::In) = (&self.entry, call.direction) {
            tx.set_interaction_operator(self.call, *user).await?;
        }
        let Some(existing) = call.case else { return Ok(None) };
        let entry = std::slice::from_ref(&self.entry);
        if existing.channel == Channel::MissedCall {
            call_case::enter(&self.shared, tx, &existing.case, self.at, entry).await?;
        } else {
            append(tx, &existing.case, self.at, entry).await?;
        }
        Ok(Some(existing.case.id))
    }
}

fn milliseconds(length: Duration) -> i64 {
    i64::try_from(length.as_millis()).unwrap_or(i64::MAX)
}
