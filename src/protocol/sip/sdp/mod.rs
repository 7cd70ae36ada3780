//! Media agreed by offer and answer (RFC 3264): one audio stream of G.711 or G.722 with telephone-events (RFC 4733), as RTP or as
//! SRTP with keys in the description (RFC 4568). Everything else is refused, in its order.

mod crypto;
mod stream;
mod write;

#[cfg(test)]
mod tests;

use std::net::{IpAddr, SocketAddr};

use sdp_types::Session;

pub use crypto::LocalKeys;

pub use crate::protocol::rtp::codec::Codec;
pub use crate::protocol::rtp::srtp::SrtpKeys;

/// What we call telephone-events when the offer is ours; the answerer keeps the number.
const OUR_EVENTS: u8 = 101;
/// Real offers have a handful; more is an attack on our answer's size.
const MAX_STREAMS: usize = 16;
/// A description fits into a datagram of its own; the longest real ones, with candidates for a browser, have a quarter of this.
const MAX_LENGTH: usize = 16 * 1024;

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SdpError {
    #[error("not a session description: {0}")]
    Unreadable(String),
    #[error("no audio stream that we can take")]
    NothingInCommon,
    #[error("audio only with an encryption that we cannot take")]
    NeedsEncryption,
    #[error("audio only without encryption, which we must have")]
    NotEncrypted,
}

/// Our side of a session.
#[derive(Clone, Debug)]
pub struct Local {
    pub address: IpAddr,
    pub port: u16,
    pub session: u64,
    /// Rises by one with every description that differs from the one before (RFC 3264 §8).
    pub version: u64,
    pub security: Security,
    /// What we want; the agreement is what both want. `SendOnly` puts the peer on hold.
    pub direction: Direction,
    /// Taken out of an offer when it is there; else the first of the offer that we know (RFC 3264 §6.1).
    pub prefer: Option<Codec>,
}

impl Local {
    /// Plain RTP both ways, in its first version.
    pub fn new(address: IpAddr, port: u16, session: u64) -> Self {
        Self {
            address,
            port,
            session,
            version: 1,
            security: Security::Plain,
            direction: Direction::SendReceive,
            prefer: None,
        }
    }
}

/// Whether a leg is encrypted. The keys stay the same for the life of a leg.
#[derive(Clone, Debug, Default)]
pub enum Security {
    /// RTP. Who wants SRTP only is refused.
    #[default]
    Plain,
    /// As the peer offers; our offers are as [`Wish::secure`] says.
    Optional(Box<LocalKeys>),
    /// SRTP. Who cannot is refused.
    Required(Box<LocalKeys>),
}

impl Security {
    fn keys(&self) -> Option<&LocalKeys> {
        match self {
            Self::Plain => None,
            Self::Optional(keys) | Self::Required(keys) => Some(keys),
        }
    }

    fn is_required(&self) -> bool {
        matches!(self, Self::Required(_))
    }
}

/// Of a stream, seen from us.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Direction {
    #[default]
    SendReceive,
    SendOnly,
    ReceiveOnly,
    Inactive,
}

impl Direction {
    pub fn sends(self) -> bool {
        matches!(self, Self::SendReceive | Self::SendOnly)
    }

    pub fn receives(self) -> bool {
        matches!(self, Self::SendReceive | Self::ReceiveOnly)
    }

    fn of(sends: bool, receives: bool) -> Self {
        match (sends, receives) {
            (true, true) => Self::SendReceive,
            (true, false) => Self::SendOnly,
            (false, true) => Self::ReceiveOnly,
            (false, false) => Self::Inactive,
        }
    }

    /// What one side may when the other side says `self`.
    fn reversed(self) -> Self {
        Self::of(self.receives(), self.sends())
    }

    fn and(self, other: Self) -> Self {
        Self::of(self.sends() && other.sends(), self.receives() && other.receives())
    }

    fn word(self) -> &'static str {
        match self {
            Self::SendReceive => "sendrecv",
            Self::SendOnly => "sendonly",
            Self::ReceiveOnly => "recvonly",
            Self::Inactive => "inactive",
        }
    }
}

/// What our offer should say.
#[derive(Clone, Copy, Debug, Default)]
pub struct Wish {
    /// Stands first; all others follow.
    pub first: Option<Codec>,
    /// SRTP; needs keys in [`Local::security`].
    pub secure: bool,
    /// With `secure`: RTP for a peer that has no SRTP. Our keys then stand in an offer of RTP, where such a peer passes them over.
    pub or_plain: bool,
    /// The payload type of telephone-events, when this session had one already (RFC 3264 §8.3.2: it keeps its meaning).
    pub events: Option<u8>,
}

/// What both sides agreed on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Agreed {
    /// Where our packets go. Unspecified while the peer does not want any.
    pub remote: SocketAddr,
    pub codec: Codec,
    /// Of the codec; not always its static number.
    pub payload_type: u8,
    pub events: Option<u8>,
    /// Whether we send: the peer wants to hear us (false on hold) and so do we.
    pub send: bool,
    /// Whether the peer sends.
    pub receive: bool,
    /// The peer holds the call, in whatever notation: it does not want to hear us.
    pub held: bool,
    pub srtp: Option<SrtpKeys>,
    /// Where our RTCP goes; the same as `remote` with `rtcp-mux` (RFC 5761), else one port on or what `a=rtcp` says (RFC 3605).
    pub rtcp: Option<SocketAddr>,
    /// RTP and RTCP share our port.
    pub mux: bool,
    /// Milliseconds of sound in our packets: 20, or 10 for a peer that takes no longer ones (`a=maxptime`).
    pub packet_ms: u8,
}

pub fn parse(bytes: &[u8]) -> Result<Session, SdpError> {
    if bytes.len() > MAX_LENGTH {
        return Err(SdpError::Unreadable("too long".into()));
    }
    let session = Session::parse(bytes).map_err(|error| SdpError::Unreadable(error.to_string()))?;
    if session.medias.len() > MAX_STREAMS {
        return Err(SdpError::Unreadable("too many streams".into()));
    }
    Ok(session)
}

/// Our answer to an offer: all its streams in their order, one taken (§6). Of streams that offer the same with and without
/// encryption the encrypted one is taken.
pub fn answer(offer: &[u8], local: &Local) -> Result<(Vec<u8>, Agreed), SdpError> {
    let session = parse(offer)?;
    let taken: Vec<_> = session.medias.iter().map(|media| stream::take(&session, media, local)).collect();
    let (chosen, agreed) = choose(taken)?;
    let mut out = write::head(local);
    for (index, media) in session.medias.iter().enumerate() {
        if index == chosen {
            write::answered(&mut out, local, media, &agreed);
        } else {
            write::refused(&mut out, media);
        }
    }
    Ok((out.into_bytes(), agreed.agreed))
}

/// Our offer.
pub fn offer(local: &Local, wish: &Wish) -> Vec<u8> {
    let mut out = write::head(local);
    write::offered(&mut out, local, wish);
    out.into_bytes()
}

/// What the peer made of our offer, which was made with the same `local` and `wish`.
pub fn accept(answer: &[u8], local: &Local, wish: &Wish) -> Result<Agreed, SdpError> {
    let session = parse(answer)?;
    let media = session.medias.first().ok_or(SdpError::NothingInCommon)?;
    stream::accept(&session, media, local, wish)
}

fn choose(taken: Vec<Result<stream::Taken, SdpError>>) -> Result<(usize, stream::Taken), SdpError> {
    let secure = taken.iter().position(|taken| taken.as_ref().is_ok_and(|taken| taken.agreed.srtp.is_some()));
    let chosen = secure.or_else(|| taken.iter().position(Result::is_ok));
    let mut reason = SdpError::NothingInCommon;
    for (index, taken) in taken.into_iter().enumerate() {
        match taken {
            Ok(taken) if chosen == Some(index) => return Ok((index, taken)),
            Ok(_) | Err(SdpError::NothingInCommon) => {}
            Err(error) => reason = error,
        }
    }
    Err(reason)
}
