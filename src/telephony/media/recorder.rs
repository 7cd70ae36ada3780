//! What a leg is recorded into: one file at a time, of one of two kinds.

use std::time::Instant;

use super::recording::Recording;
use super::tap::Tap;
use super::writer::Job;

#[derive(Debug)]
pub(super) enum Recorder {
    /// The caller alone, after a beep.
    Voicemail(Box<Recording>),
    /// The leg and what it hears.
    Bridge(Box<Tap>),
}

impl Recorder {
    /// Looks at the clock. True when the recording has come to its end.
    pub(super) fn is_over(&mut self, now: Instant, jobs: &mut Vec<Job>) -> bool {
        match self {
            Self::Voicemail(recording) => recording.is_over(now, jobs),
            Self::Bridge(tap) => tap.is_over(now, jobs),
        }
    }

    /// Whether packets may collect in the socket, to be read together.
    pub(super) fn can_wait(&self) -> bool {
        match self {
            Self::Voicemail(recording) => recording.can_wait(),
            Self::Bridge(_) => false,
        }
    }

    pub(super) fn finish(self, now: Instant, jobs: &mut Vec<Job>) {
        match self {
            Self::Voicemail(recording) => recording.finish(now, jobs),
            Self::Bridge(tap) => tap.finish(now, jobs),
        }
    }

    pub(super) fn abandon(self, jobs: &mut Vec<Job>) {
        match self {
            Self::Voicemail(recording) => recording.abandon(jobs),
            Self::Bridge(tap) => tap.abandon(jobs),
        }
    }
}
