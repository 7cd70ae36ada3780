//! The media engine: its own thread, one socket a leg. [`MediaHandle`] is all that others see of it.

mod courtesy;
mod engine;
mod handle;
mod latch;
mod leg;
mod player;
mod ports;
mod recording;
mod samples;
mod schedule;
mod sys;
mod transmit;
mod wav;
mod writer;

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

pub use handle::{MediaError, MediaHandle};
pub use samples::Samples;
pub use wav::wav_length;

/// One leg of one call, unique for the life of the process.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct LegId(pub u64);

/// What the offer and our answer agreed on.
#[derive(Clone, Debug)]
pub struct LegMedia {
    /// Where the SDP says media should go; the symmetric latch may learn better from the packets.
    pub remote: SocketAddr,
    /// 8 = PCMA, 0 = PCMU (RFC 3551).
    pub payload_type: u8,
    /// Payload type of telephone-event (RFC 4733), when agreed.
    pub dtmf_payload_type: Option<u8>,
    /// False while the peer holds the call (`recvonly`, `inactive`, `0.0.0.0`): nothing is sent and [`MediaEvent::Silent`]
    /// does not come.
    pub send: bool,
}

/// What others ask of the engine. Never blocks; a leg that is gone is ignored.
#[derive(Clone, Debug)]
pub enum Command {
    Open {
        leg: LegId,
        media: LegMedia,
    },
    /// After a re-INVITE.
    Update {
        leg: LegId,
        media: LegMedia,
    },
    /// Replaces what is playing; pieces are joined without a gap. `tag` comes back in [`MediaEvent::Played`].
    Play {
        leg: LegId,
        tag: u32,
        samples: Vec<Samples>,
    },
    StopPlaying {
        leg: LegId,
    },
    /// A beep, then the caller into a WAV file at `path` (its folders are made). Ends by `#`, `max`, `silence`,
    /// [`Command::StopRecording`] or close; each of these brings one [`MediaEvent::Recorded`] or
    /// [`MediaEvent::RecordingFailed`], and the `#` no [`MediaEvent::Digit`].
    Record {
        leg: LegId,
        path: PathBuf,
        max: Duration,
        silence: Option<Duration>,
    },
    StopRecording {
        leg: LegId,
    },
    /// Needed for every reserved leg, opened or not: it gives the port back.
    Close {
        leg: LegId,
    },
}

impl Command {
    pub fn leg(&self) -> LegId {
        match *self {
            Self::Open { leg, .. }
            | Self::Update { leg, .. }
            | Self::Play { leg, .. }
            | Self::StopPlaying { leg }
            | Self::Record { leg, .. }
            | Self::StopRecording { leg }
            | Self::Close { leg } => leg,
        }
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum MediaEvent {
    /// The [`Command::Play`] of this tag was sent to its end. One that was replaced or stopped is not reported, but its event may
    /// have been under way already: compare the tag.
    Played {
        leg: LegId,
        tag: u32,
    },
    Digit {
        leg: LegId,
        digit: char,
    },
    /// The file is complete on disk. `voice`: how much of it was not silence. May come after [`MediaEvent::Closed`].
    Recorded {
        leg: LegId,
        length: Duration,
        voice: Duration,
    },
    RecordingFailed {
        leg: LegId,
        reason: String,
    },
    /// Nothing arrived for the configured time. Once, until something arrives again.
    Silent {
        leg: LegId,
    },
    /// The leg is gone; what it counted.
    Closed {
        leg: LegId,
        counters: LegCounters,
    },
}

/// What a leg counted, for metrics and the timeline.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct LegCounters {
    pub received: u64,
    pub lost: u64,
    pub sent: u64,
}
