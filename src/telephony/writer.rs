//! What calls want written, done one after another for each call while the exchange goes on.

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use jiff::Timestamp;
use tokio::sync::mpsc;

use crate::actions::call::{CallArrived, CallEnded};
use crate::actions::callback::{CallbackState, OpenCallback};
use crate::actions::{ActionError, Actions};
use crate::call::contact::{Input, Work};
use crate::call::switch::{CallKey, CallbackNews};
use crate::clock::Clock;
use crate::domain::announcement::Rules;
use crate::domain::id::{DialAttemptId, InteractionId, OutboxId, RecordingId};
use crate::domain::operator::OperatorChange;
use crate::domain::queue::QueueKept;
use crate::domain::survey::keypad::Stored;

/// First pause after the store refused; doubled up to [`LONGEST_PAUSE`].
const FIRST_PAUSE: Duration = Duration::from_millis(100);
const LONGEST_PAUSE: Duration = Duration::from_secs(5);

/// Calls that ended are written together, so often. Nobody waits for them, and each page of the database that several of them
/// change is written once instead of once for each; if the process ends first, the journal has them. Where each has a transaction of
/// its own they would only stand in each other's way.
const BEAT: Duration = Duration::from_millis(50);

/// A caller waits for the row of a recording before the beep: no longer than this, then the plan goes on without.
const RECORDING_TRIES: u32 = 4;

/// Something was written, or could not be.
#[derive(Debug)]
pub(super) struct Written {
    pub call: CallKey,
    /// What the call is told, if it waits for it.
    pub input: Option<Input>,
}

/// Starts writing; the result comes through the channel. Every call has at most one writing under way, so the channel holds no more
/// than there are calls.
#[derive(Clone, Debug)]
pub(super) struct Writer {
    actions: Actions,
    /// Recordings lie below it.
    data: Arc<Path>,
    results: mpsc::Sender<Written>,
    /// By which numbers are called again.
    rules: Arc<Rules>,
    beats: Option<Beats>,
}

/// Moments at which what can wait is done, the same for all.
#[derive(Clone, Debug)]
struct Beats {
    clock: Clock,
    first: Instant,
}

impl Beats {
    async fn next(&self) {
        let passed = self.clock.instant().duration_since(self.first);
        let since_the_last = Duration::from_nanos((passed.as_nanos() % BEAT.as_nanos()) as u64);
        tokio::time::sleep(BEAT - since_the_last).await;
    }
}

impl Writer {
    pub fn new(
        actions: Actions,
        data: &Path,
        results: mpsc::Sender<Written>,
        rules: Rules,
        clock: Clock,
    ) -> Self {
        let beats = actions.db().commits_together().then(|| Beats { first: clock.instant(), clock });
        Self { actions, data: data.into(), results, rules: Arc::new(rules), beats }
    }

    /// Once, without trying again: a caller who cannot be journaled now is refused and tries again.
    pub fn journal(
        &self,
        call: CallKey,
        arrived: CallArrived,
        errand: (Option<OutboxId>, Option<DialAttemptId>),
    ) {
        let Self { actions, results, .. } = self.clone();
        tokio::spawn(async move {
            let journaled = match errand {
                (Some(message), _) => actions.journal_announcement(arrived, message).await,
                (None, Some(attempt)) => actions.journal_dial(arrived, attempt).await,
                (None, None) => actions.journal_call(arrived).await,
            };
            let input = match journaled {
                Ok(interaction) => Input::Journaled(interaction),
                Err(error) => {
                    metrics::counter!("odziv_telephony_not_journaled_total").increment(1);
                    tracing::error!(%error, "a call could not be journaled and is refused");
                    Input::NotJournaled
                }
            };
            let _ = results.send(Written { call, input: Some(input) }).await;
        });
    }

    pub fn write(&self, call: CallKey, interaction: InteractionId, work: Work, at: Timestamp) {
        let Self { actions, data, results, rules, beats } = self.clone();
        tokio::spawn(async move {
            if let (Work::Finish { .. }, Some(beats)) = (&work, &beats) {
                beats.next().await;
            }
            let input = match work {
                Work::Told(told) => {
                    let keep = || actions.call_told(interaction, &told, &rules, at);
                    persist(interaction, "say what became of its message", keep).await;
                    None
                }
                work => write(&actions, &data, interaction, work, at).await,
            };
            let _ = results.send(Written { call, input }).await;
        });
    }

    /// What an operator does now. Nobody waits for it; the next change says it anew.
    pub fn operator(&self, change: OperatorChange) {
        let actions = self.actions.clone();
        tokio::spawn(async move {
            if let Err(error) = actions.operator_changed(change).await {
                tracing::error!(%error, "the state of an operator could not be kept");
            }
        });
    }

    pub fn figures(&self, queues: Vec<QueueKept>) {
        let actions = self.actions.clone();
        tokio::spawn(async move {
            if let Err(error) = actions.save_queue_figures(queues).await {
                tracing::error!(%error, "the figures of the queues could not be kept");
            }
        });
    }

    /// What became of a promise to call back. Nobody waits for it.
    pub fn callback(&self, news: CallbackNews, at: Timestamp) {
        let actions = self.actions.clone();
        tokio::spawn(async move {
            match news {
                CallbackNews::Promised(promise) => {
                    let callback = OpenCallback {
                        interaction: promise.interaction,
                        queue: promise.queue,
                        number: promise.number,
                        language: promise.language,
                        tries: 0,
                        joined_at: promise.place.since,
                        priority: promise.place.priority.into(),
                        service: promise.place.service,
                    };
                    let keep = || actions.promise_callback(callback.clone(), at);
                    persist(callback.interaction, "promise a call back", keep).await;
                }
                CallbackNews::Tried { interaction } => {
                    settle(&actions, interaction, CallbackState::Tried, at).await;
                }
                CallbackNews::Kept { interaction, by } => {
                    settle(&actions, interaction, CallbackState::Kept { by }, at).await;
                }
                CallbackNews::GivenUp { interaction } => {
                    settle(&actions, interaction, CallbackState::GivenUp, at).await;
                }
            }
        });
    }
}

async fn settle(actions: &Actions, call: InteractionId, state: CallbackState, at: Timestamp) {
    persist(call, "settle a call back", || actions.callback_is(call, state, at)).await;
}

async fn write(
    actions: &Actions,
    data: &Path,
    call: InteractionId,
    work: Work,
    at: Timestamp,
) -> Option<Input> {
    match work {
        Work::OpenCase { category } => {
            persist(call, "open its case", || actions.open_call_case(call, &category, at)).await;
            None
        }
        Work::Answered { story } => {
            persist(call, "open its case", || actions.answer_call(call, story.clone(), at)).await;
            None
        }
        Work::Note { at, entry } => {
            persist(call, "write its timeline", || actions.note_call(call, entry.clone(), at)).await;
            None
        }
        Work::LookUpCase { digits, pin } => match actions.case_state(call, &digits, &pin, at).await {
            Ok(found) => Some(Input::CaseFound(found)),
            // The caller waits for the answer: somebody will look it up instead.
            Err(error) => {
                tracing::error!(%call, %error, "a case could not be looked up");
                Some(Input::CaseFound(None))
            }
        },
        Work::SurveyAnswer { survey, question, answer } => {
            let keep = || actions.survey_answer(call, &survey, &question, &answer, at);
            persist(call, "keep an answer", keep).await;
            None
        }
        Work::SurveyAnswers { begin, answers } => {
            let keep = || actions.keep_keyed_answers(call, begin, &answers, at);
            let stored = persist(call, "keep its answers", keep).await;
            Some(Input::AnswersStored(stored.unwrap_or(Stored::Refused)))
        }
        Work::SurveyOver { begin, outcome } => {
            let keep = || actions.keyed_survey_over(call, begin, outcome, at);
            persist(call, "say how its survey ended", keep).await;
            None
        }
        Work::RegisterRecording { path } => {
            for attempt in 0..RECORDING_TRIES {
                match actions.start_recording(call, path.clone(), at).await {
                    Ok(recording) => return Some(Input::RecordingRegistered(recording)),
                    Err(error) => {
                        tracing::error!(%call, %error, attempt, "a recording could not be registered");
                        tokio::time::sleep(FIRST_PAUSE).await;
                    }
                }
            }
            Some(Input::RecordingFailed)
        }
        Work::FinishRecording { recording, length } => {
            if length.is_none() {
                forget(actions, data, recording).await;
            }
            persist(call, "finish its recording", || actions.finish_recording(recording, length)).await;
            None
        }
        Work::SendText { template } => {
            persist(call, "queue its text", || actions.send_call_text(call, &template)).await;
            None
        }
        Work::Dialled(progress) => {
            let keep = || actions.dial_progress(call, &progress, at);
            persist(call, "say how its dialling goes", keep).await;
            None
        }
        // Written by whoever has the rules.
        Work::Told(_) => None,
        Work::Finish { answered_at, by, walk, story } => {
            let end = || CallEnded { at, answered_at, by, walk: walk.clone(), story: story.clone() };
            persist(call, "finish", || actions.finish_call(call, end())).await;
            None
        }
    }
}

/// Nothing was said: the file goes before its row is closed, so that a kill in between leaves a row without a file, which the next
/// start closes, and never a voice that nobody knows of.
async fn forget(actions: &Actions, data: &Path, recording: RecordingId) {
    let path = match actions.db().recording(recording).await {
        Ok(Some(row)) => data.join(row.path),
        Ok(None) => return,
        Err(error) => return tracing::error!(%recording, %error, "the file of a dropped recording stays"),
    };
    match tokio::fs::remove_file(&path).await {
        Ok(()) => {}
        // The call was over before the first sample.
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
        Err(error) => {
            tracing::error!(path = %path.display(), %error, "the file of a dropped recording stays");
        }
    }
}

/// Tries until the store takes it; `None`: it never will. Calls are refused while it does not, so no more than the calls of that moment wait here; if the
/// process ends first, the next start finishes them from the journal.
async fn persist<T, F>(call: InteractionId, what: &str, mut attempt: impl FnMut() -> F) -> Option<T>
where
    F: Future<Output = Result<T, ActionError>>,
{
    let mut pause = FIRST_PAUSE;
    loop {
        match attempt().await {
            Ok(done) => return Some(done),
            Err(ActionError::Unavailable(error) | ActionError::Refused(error)) => {
                tracing::error!(%call, %error, "a call could not {what} yet; trying again");
                tokio::time::sleep(pause).await;
                pause = (pause * 2).min(LONGEST_PAUSE);
            }
            // Trying again would not help: the journal keeps the contact.
            Err(error) => {
                metrics::counter!("odziv_telephony_write_errors_total").increment(1);
                tracing::error!(%call, %error, "a call could not {what}");
                return None;
            }
        }
    }
}
