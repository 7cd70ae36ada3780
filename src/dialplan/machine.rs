//! The interpreter: events in, actions out. The server, the simulator and the tests of a plan run this same code.

use std::time::Duration;

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
    /// The disk or the media engine failed the recording: the plan goes on.
    RecordingFailed,
}

/// What the plan wants of the call. Done in order; the plan is told of what ends by an [`Event`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Action {
    /// Prompt keys, joined without a gap. `until_digit`: a digit stops them.
    Play {
        prompts: Vec<String>,
        language: String,
        until_digit: bool,
    },
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
    Hangup,
}
