//! Pure: one contact by telephone, from the first INVITE to the last writing. Whoever else takes part in the call, the contact
//! is journaled once, led through its plan, and finished once. Inputs and time go in, outputs come out; the switch does them.

mod announced;
mod conversation;
mod dialled;
mod flow;
mod keyed;
mod recording;
#[cfg(test)]
mod tests;

pub use dialled::Asked;
pub use flow::{Contact, Script, Setup};
pub use keyed::Keyed;

use std::time::Duration;

use jiff::Timestamp;

use crate::dialplan::machine::{DialEnd, DialTarget, QueueEnd};
use crate::domain::announcement::{Refusal, Told};
use crate::domain::call::EndedBy;
use crate::domain::case_state::CaseState;
use crate::domain::dialer::greeting::Verdict;
use crate::domain::dialer::progress::Progress;
use crate::domain::id::{InteractionId, RecordingId, UserId};
use crate::domain::survey::keypad::{Begin, Outcome, Stored};
use crate::domain::survey::{Answer, QuestionKey};
use crate::domain::timeline::Entry;

/// What happens to a contact.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Input {
    /// The contact is committed: the caller may be told that we are there.
    Journaled(InteractionId),
    /// The store takes no writes now.
    NotJournaled,
    /// The caller's ACK to our 200.
    Acknowledged,
    /// CANCEL or BYE.
    CallerLeft,
    /// Our 200 was never acknowledged, or the connection is gone.
    CallerLost,
    /// The prompts of [`Output::Play`] with this tag were heard to the end.
    Played(u32),
    Digit(char),
    /// The file of the running recording is complete.
    Recorded(Duration),
    RecordingFailed,
    /// Of [`Output::HearGreeting`].
    Greeted(Verdict),
    /// The caller's media no longer arrives.
    Silent,
    /// The answer to [`Work::RegisterRecording`].
    RecordingRegistered(RecordingId),
    /// The other side rings, or sends early media: a caller who was not answered hears it.
    Ringing,
    /// Somebody talks with the caller now: the first time, or after a transfer.
    Connected {
        by: Option<UserId>,
    },
    /// Whom we called ourselves has answered, and hears us.
    Reached,
    /// Nobody answered the call of an announcement; `None`: it rang to the end.
    NotReached(Option<Refusal>),
    /// Both ends of a conversation of [`Output::Enqueue`].
    QueueEnded(QueueEnd),
    /// Of [`Output::Dial`].
    DialEnded(DialEnd),
    /// Of [`Output::JoinConference`].
    ConferenceEnded,
    /// The answer to [`Work::LookUpCase`].
    CaseFound(Option<CaseState>),
    /// The answer to [`Work::SurveyAnswers`].
    AnswersStored(Stored),
    /// The answer to [`Output::RequestCallback`].
    CallbackAccepted(bool),
    /// For the timeline.
    Noted(Entry),
    /// A person in the call pauses what is being recorded, or lets it go on.
    PauseRecording {
        by: UserId,
        paused: bool,
    },
    /// A supervisor or an operator ends the call from the desk.
    EndedByStaff,
    /// Its people talk in another call now.
    Joined,
    /// The server stops: the call is ended like one that the plan ends.
    Stopping,
}

/// What the switch does for a contact, in this order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Output {
    /// 180.
    Ring,
    /// 200 with our SDP; media opens.
    Answer,
    /// 503 with Retry-After: the other side tries again, or elsewhere.
    Refuse,
    /// The final refusal of a caller who was never answered.
    Reject(DialEnd),
    /// BYE, or the final refusal if we have not answered.
    HangUp,
    Play {
        tag: u32,
        prompts: Vec<String>,
        language: String,
    },
    StopPlaying,
    /// Answered by [`Input::Greeted`], or not at all: whoever says nothing is waited for.
    HearGreeting,
    /// `path` is relative to the data folder.
    Record {
        path: String,
        max: Duration,
        silence: Option<Duration>,
    },
    /// Both sides of a conversation.
    RecordConversation {
        path: String,
    },
    PauseRecording(bool),
    StopRecording,
    /// The caller waits in a queue until [`Input::QueueEnded`].
    Enqueue(Enqueue),
    /// The plan goes on; whoever is being rung is let go.
    LeaveQueue,
    /// Answered by [`Input::CallbackAccepted`]. `number`: as typed; `None`: the one that calls.
    RequestCallback {
        queue: String,
        number: Option<String>,
    },
    /// Others are rung until [`Input::DialEnded`].
    Dial(Dial),
    JoinConference {
        room: String,
    },
    /// No more media. A recording that runs is completed and reported first.
    CloseMedia,
    /// For the store, one after another in this order.
    Store(Work),
    /// Nothing more will come of this contact.
    Over,
}

/// A caller enters a queue.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Enqueue {
    pub queue: String,
    pub max_wait: Option<Duration>,
    pub priority: i32,
    pub service: Option<String>,
    pub language: String,
    pub music: Option<String>,
    pub announce: bool,
}

/// Somebody is rung for the caller.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Dial {
    pub target: DialTarget,
    pub timeout: Duration,
    pub music: Option<String>,
    pub language: String,
}

/// What is to be written about a contact, or asked of the store.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Work {
    OpenCase {
        category: String,
    },
    /// An operator talks with the caller: the case is opened now, with what happened so far.
    Answered {
        story: Vec<(Timestamp, Entry)>,
    },
    /// Something that belongs on the timeline of a case that is open already.
    Note {
        at: Timestamp,
        entry: Entry,
    },
    /// Answered by [`Input::RecordingRegistered`] or [`Input::RecordingFailed`].
    RegisterRecording {
        path: String,
    },
    /// `None`: nothing worth keeping was said.
    FinishRecording {
        recording: RecordingId,
        length: Option<Duration>,
    },
    SendText {
        template: String,
    },
    /// Answered by [`Input::CaseFound`].
    LookUpCase {
        digits: String,
        pin: String,
    },
    SurveyAnswer {
        survey: String,
        question: String,
        answer: String,
    },
    /// Given by keys to the questions of a survey, one after another. Answered by [`Input::AnswersStored`].
    SurveyAnswers {
        begin: Begin,
        answers: Vec<(QuestionKey, Answer)>,
    },
    /// All was asked, or they hung up; said once.
    SurveyOver {
        begin: Begin,
        outcome: Outcome,
    },
    /// What became of the message that the call reads.
    Told(Told),
    /// How a call of a dialling campaign goes.
    Dialled(Progress),
    Finish {
        answered_at: Option<Timestamp>,
        by: EndedBy,
        walk: Vec<String>,
        /// What happened and is not written yet.
        story: Vec<(Timestamp, Entry)>,
    },
}
