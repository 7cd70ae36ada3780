//! Pure: one call, from the first INVITE to the last BYE. Inputs and time go in, outputs come out; the shell does them.

pub mod board;
pub mod floor;
mod flow;
mod recording;
#[cfg(test)]
mod tests;

pub use flow::{Call, Setup};

use std::time::Duration;

use jiff::Timestamp;

use crate::domain::call::EndedBy;
use crate::domain::id::{InteractionId, RecordingId};

/// What happens to a call.
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
    /// The caller's media no longer arrives.
    Silent,
    /// The answer to [`Output::RegisterRecording`].
    RecordingRegistered(RecordingId),
    /// The server stops: the call is ended like one that the plan ends.
    Stopping,
}

/// What the shell does for a call, in this order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Output {
    /// 180.
    Ring,
    /// 200 with our SDP; media opens.
    Answer,
    /// 503 with Retry-After: the other side tries again, or elsewhere.
    Refuse,
    /// BYE, or the final refusal if we have not answered.
    HangUp,
    Play {
        tag: u32,
        prompts: Vec<String>,
        language: String,
    },
    StopPlaying,
    /// `path` is relative to the data folder.
    Record {
        path: String,
        max: Duration,
        silence: Option<Duration>,
    },
    StopRecording,
    /// No more media. A recording that runs is completed and reported first.
    CloseMedia,
    /// For the store, one after another in this order.
    Store(Work),
    /// Nothing more will come of this call.
    Over,
}

/// What is to be written about a call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Work {
    OpenCase {
        category: String,
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
    Finish {
        answered_at: Option<Timestamp>,
        by: EndedBy,
        walk: Vec<String>,
    },
}
