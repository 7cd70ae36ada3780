//! What a call and its plan say to each other.

use std::time::Duration;

use crate::domain::case_state::CaseState;

/// What the call tells the plan.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// All prompts of the last [`Action::Play`] were heard to the end.
    Played,
    /// One key, `0-9 * # A-D`.
    Digit(char),
    /// The timer of the last [`Action::StartTimer`] ran out.
    TimedOut,
    /// The recording ended: by `#`, by its limit, by silence.
    Recorded { length: Duration },
    /// The disk or the media engine failed the recording.
    RecordingFailed,
    /// Somebody answered the last [`Action::Queue`] or [`Action::Dial`]: keys belong to the conversation from now on.
    Connected,
    /// The last [`Action::Queue`] is over.
    QueueEnded(QueueEnd),
    /// The last [`Action::Dial`] is over.
    DialEnded(DialEnd),
    /// The conference is over for this caller, or cannot be held.
    ConferenceEnded,
    /// The answer to [`Action::LookUpCase`]. `None`: no such case, a wrong PIN, or too many guesses.
    CaseFound(Option<CaseState>),
    /// The answer to [`Action::RequestCallback`].
    CallbackAccepted(bool),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum QueueEnd {
    /// `max_wait` is over.
    Timeout,
    /// Nobody serves the queue now.
    NoAgents,
    /// The queue takes nobody more.
    Overflow,
    /// The conversation took place, and the operator has hung up.
    Finished,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum DialEnd {
    Busy,
    NoAnswer,
    /// Unknown, unreachable, not allowed.
    Failed,
    /// The conversation took place, and the other side has hung up.
    Finished,
}

/// What the plan wants of the call. Done in order; the plan is told of what ends by an [`Event`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Action {
    /// Prompt keys, joined without a gap. Replaces what is playing.
    Play {
        prompts: Vec<String>,
        language: String,
    },
    /// The caller pressed a key into a prompt. No [`Event::Played`] is expected for it any more.
    StopPlaying,
    /// Replaces a running timer.
    StartTimer(Duration),
    StopTimer,
    /// Starts with a beep. Ends by `#`, `max`, or `silence` without voice. Shorter than `min` counts as nothing said.
    Record {
        max: Duration,
        min: Duration,
        silence: Option<Duration>,
    },
    /// Category key. Done by the call while the walk goes on.
    OpenCase {
        category: String,
    },
    /// A text to the caller by template.
    SendText {
        template: String,
    },
    /// Wait for an operator and talk to one. Told of by [`Event::Connected`] and ended by [`Event::QueueEnded`].
    Queue {
        queue: String,
        max_wait: Duration,
        /// Higher comes first.
        priority: i32,
        service: Option<String>,
        language: String,
        /// Key of a prompt, heard in a loop.
        music: Option<String>,
        /// Whether position and expected wait are told.
        announce: bool,
        record: bool,
        /// Only these are of interest while the caller waits; each is told by an [`Event::Digit`].
        keys: Vec<char>,
    },
    /// The caller waits no longer, by a key. No [`Event::QueueEnded`] is expected any more.
    LeaveQueue,
    /// Call back, in the place of the queue that the caller has (no [`Action::LeaveQueue`] came before) or at its end. Answered by
    /// [`Event::CallbackAccepted`].
    RequestCallback {
        queue: String,
        /// As typed; `None`: the number that calls.
        number: Option<String>,
        language: String,
    },
    /// Ended by [`Event::DialEnded`].
    Dial {
        target: DialTarget,
        timeout: Duration,
        /// Key of a prompt, heard in a loop in place of the ringing tone.
        music: Option<String>,
        record: bool,
    },
    /// Ended by [`Event::ConferenceEnded`].
    Conference {
        room: String,
        record: bool,
    },
    /// State of a case by the digits of its number. Answered by [`Event::CaseFound`].
    LookUpCase {
        digits: String,
        pin: String,
    },
    /// Done by the call while the walk goes on.
    SurveyAnswer {
        survey: String,
        question: String,
        answer: char,
    },
    Hangup,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum DialTarget {
    /// By extension.
    Operator(String),
    /// By key: whoever of it is free.
    Department(String),
    /// As written in the plan; goes out by a trunk.
    Number(String),
}
