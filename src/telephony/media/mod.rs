//! The media engine: its own thread, one socket a leg. [`MediaHandle`] is all that others see of it.

mod arrival;
mod bridge;
mod courtesy;
mod engine;
mod handle;
mod inbox;
mod latch;
mod leg;
mod meters;
mod mixing;
mod player;
mod poll;
mod ports;
mod recorder;
mod recording;
mod samples;
mod schedule;
mod seats;
mod secure;
mod serve;
mod sys;
mod tap;
mod transmit;
mod voice;
mod wav;
mod writer;

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

pub use handle::{MediaError, MediaHandle};
pub use samples::Samples;
pub use wav::{salvage, wav_length};

use crate::domain::dialer::greeting::Verdict;
use crate::protocol::rtp::codec::Codec;
use crate::protocol::rtp::srtp::SrtpKeys;
use crate::protocol::sip::sdp::Agreed;

/// One leg of one call, unique for the life of the process.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct LegId(pub u64);

/// Legs that hear each other. Made by the first [`Command::Join`], gone with the last leg.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct BridgeId(pub u64);

/// What a leg does in its bridge.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// Hears all that talk, and is heard by all.
    Talk,
    /// Hears all that talk, and is heard by nobody: a supervisor who listens.
    Listen,
    /// Hears all that talk, and is heard by one leg only: a supervisor who prompts an operator.
    Whisper { to: LegId },
}

/// What the offer and our answer agreed on; made of it by `From<&sdp::Agreed>`.
#[derive(Clone, Debug)]
pub struct LegMedia {
    /// Where the SDP says media should go; the symmetric latch may learn better from the packets.
    pub remote: SocketAddr,
    pub codec: Codec,
    /// Its number, mostly the static one of RFC 3551.
    pub payload_type: u8,
    /// Payload type of telephone-event (RFC 4733), when agreed.
    pub dtmf_payload_type: Option<u8>,
    /// False while the peer holds the call (`recvonly`, `inactive`, `0.0.0.0`): nothing is sent and [`MediaEvent::Silent`]
    /// does not come.
    pub send: bool,
    /// Whether the peer should send; [`MediaEvent::NothingArrives`] comes only then.
    pub receive: bool,
    /// Keys of both directions when the media is SRTP.
    pub srtp: Option<SrtpKeys>,
    /// Where reports (RTCP) go.
    pub rtcp: Option<SocketAddr>,
    /// Reports come and go on the port of the media.
    pub mux: bool,
    /// Milliseconds of sound in our packets: 20, or 10 for a peer that takes no longer ones.
    pub packet_ms: u8,
}

impl LegMedia {
    /// Both ways, without keys: what most peers agree to, and what tests and load programs start from.
    pub fn plain(remote: SocketAddr, payload_type: u8, dtmf_payload_type: Option<u8>) -> Self {
        let codec = Codec::from_payload_type(payload_type).unwrap_or(Codec::Pcma);
        Self {
            remote,
            codec,
            payload_type,
            dtmf_payload_type,
            send: true,
            receive: true,
            srtp: None,
            rtcp: None,
            mux: false,
            packet_ms: 20,
        }
    }
}

impl From<&Agreed> for LegMedia {
    fn from(agreed: &Agreed) -> Self {
        Self {
            remote: agreed.remote,
            codec: agreed.codec,
            payload_type: agreed.payload_type,
            dtmf_payload_type: agreed.events,
            send: agreed.send,
            receive: agreed.receive,
            srtp: agreed.srtp.clone(),
            rtcp: agreed.rtcp,
            mux: agreed.mux,
            packet_ms: agreed.packet_ms,
        }
    }
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
    /// A WAV file of two channels at `path`: left what the leg says, right what it hears of its bridge, prompts and music not
    /// included. Without a beep; goes on through [`Command::Join`], [`Command::Part`], hold and music until
    /// [`Command::StopRecording`] or close. A leg has one recording at a time: another one ends it.
    RecordBridge {
        leg: LegId,
        path: PathBuf,
    },
    /// Silence in both channels meanwhile: sensitive data is being said. The length goes on.
    PauseRecording {
        leg: LegId,
        paused: bool,
    },
    StopRecording {
        leg: LegId,
    },
    /// From now on it is listened whether a person or a machine speaks; one [`MediaEvent::Greeted`] says it.
    HearGreeting {
        leg: LegId,
    },
    /// Into a bridge, out of another one if need be. The first of one bridge may wait alone.
    Join {
        leg: LegId,
        bridge: BridgeId,
        role: Role,
    },
    /// Out of its bridge.
    Part {
        leg: LegId,
    },
    /// What is heard, again and again, instead of the bridge; `None` ends it. A prompt goes before music.
    Music {
        leg: LegId,
        samples: Option<Samples>,
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
            | Self::RecordBridge { leg, .. }
            | Self::PauseRecording { leg, .. }
            | Self::Join { leg, .. }
            | Self::Part { leg }
            | Self::Music { leg, .. }
            | Self::StopRecording { leg }
            | Self::HearGreeting { leg }
            | Self::Close { leg } => leg,
        }
    }
}

#[derive(Clone, Debug, PartialEq)]
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
    /// Who has answered, as far as one can hear.
    Greeted {
        leg: LegId,
        by: Verdict,
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
    /// The first packet of the peer since [`Command::Open`] or [`Command::Update`]: it is there, whatever its signalling says.
    Heard {
        leg: LegId,
    },
    /// Nothing arrived for the configured time. Once, until something arrives again.
    Silent {
        leg: LegId,
    },
    /// Not a single packet in three seconds though the peer should send: its SDP says `signalled`, which a firewall or a private
    /// address may explain.
    NothingArrives {
        leg: LegId,
        signalled: SocketAddr,
    },
    /// After [`MediaEvent::NothingArrives`] something came after all.
    Arrives {
        leg: LegId,
        from: SocketAddr,
    },
    /// The leg is gone; what it counted.
    Closed {
        leg: LegId,
        counters: LegCounters,
    },
}

/// What a leg counted, for metrics and the timeline.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct LegCounters {
    pub received: u64,
    pub lost: u64,
    pub sent: u64,
    /// Packets that were not heard: of strangers, or not proven by SRTP.
    pub refused: u64,
    /// Of what arrives (RFC 3550 A.8).
    pub jitter: Duration,
    /// By the peer's RTCP, when it sent any.
    pub round_trip: Option<Duration>,
    /// Packets of ours that did not reach the peer, by its RTCP.
    pub lost_at_peer: Option<u64>,
    /// Mean opinion score of what arrives, 1.0 to 4.5, by the E-model; `None` when nothing arrived.
    pub mos: Option<f32>,
}
