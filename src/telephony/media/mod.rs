//! The media engine: its own thread, one socket a leg. [`MediaHandle`] is all that others see of it.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

/// One leg of one call, unique for the life of the process.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct LegId(pub u64);

/// 16-bit linear samples at 8 kHz, one channel.
pub type Samples = Arc<[i16]>;

/// What the offer and our answer agreed on.
#[derive(Clone, Debug)]
pub struct LegMedia {
    /// Where the SDP says media should go; the symmetric latch may learn better from the packets.
    pub remote: SocketAddr,
    /// 8 = PCMA, 0 = PCMU (RFC 3551).
    pub payload_type: u8,
    /// Payload type of telephone-event (RFC 4733), when agreed.
    pub dtmf_payload_type: Option<u8>,
    /// False while the peer holds the call (`recvonly`, `inactive`, `0.0.0.0`).
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
    /// Replaces what is playing.
    Play {
        leg: LegId,
        samples: Vec<Samples>,
    },
    StopPlaying {
        leg: LegId,
    },
    /// A beep, then the caller into a WAV file at `path`. Ends by `#`, `max`, `silence`, [`Command::StopRecording`] or close.
    Record {
        leg: LegId,
        path: PathBuf,
        max: Duration,
        silence: Option<Duration>,
    },
    StopRecording {
        leg: LegId,
    },
    Close {
        leg: LegId,
    },
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum MediaEvent {
    Played {
        leg: LegId,
    },
    Digit {
        leg: LegId,
        digit: char,
    },
    /// The file is complete on disk. `voice`: how much of it was not silence.
    Recorded {
        leg: LegId,
        length: Duration,
        voice: Duration,
    },
    RecordingFailed {
        leg: LegId,
        reason: String,
    },
    /// Nothing arrived for the configured time.
    Silent {
        leg: LegId,
    },
}

/// What a leg counted, for metrics and the timeline.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct LegCounters {
    pub received: u64,
    pub lost: u64,
    pub sent: u64,
}
