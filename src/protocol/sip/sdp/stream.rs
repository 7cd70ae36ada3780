//! One `m=` line of an offer or an answer: can we take it, and what is agreed on then.

use std::net::{IpAddr, SocketAddr};

use sdp_types::{Media, Session};

use super::crypto::{self, Line};
use super::{Agreed, Codec, Direction, Local, SdpError, Wish};
use crate::protocol::rtp::srtp::SrtpKeys;

/// The transport of a stream (RFC 3551, RFC 4585, RFC 3711, RFC 5124). DTLS-SRTP is not among them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Profile {
    Plain,
    Secure,
}

/// A stream of an offer that we take.
#[derive(Debug)]
pub(super) struct Taken {
    pub(super) agreed: Agreed,
    pub(super) crypto: Option<Line>,
}

/// What every stream has, whoever offered it.
struct Common {
    profile: Profile,
    remote: SocketAddr,
    /// What the peer says of itself.
    direction: Direction,
    /// RFC 2543 put a call on hold by an address of zeros (RFC 3264 §8.4).
    zeros: bool,
}

/// What we can agree on in one stream of an offer.
pub(super) fn take(session: &Session, media: &Media, local: &Local) -> Result<Taken, SdpError> {
    let common = common(session, media, local).ok_or(SdpError::NothingInCommon)?;
    let formats: Vec<(Codec, u8)> =
        formats(media).filter_map(|format| Some((codec_of(media, format)?, format))).collect();
    let preferred = formats.iter().find(|(codec, _)| Some(*codec) == local.prefer);
    let (codec, payload_type) = *preferred.or(formats.first()).ok_or(SdpError::NothingInCommon)?;
    let chosen = local.security.keys().and_then(|keys| {
        let line = crypto::lines(media).next()?;
        Some((SrtpKeys { local: keys.of(line.key.suite())?, remote: line.key.clone() }, line))
    });
    let (srtp, crypto) = chosen.unzip();
    check(common.profile, srtp.is_some(), local)?;
    let mut agreed = agree(session, media, local, &common, (codec, payload_type));
    agreed.srtp = srtp;
    Ok(Taken { agreed, crypto })
}

/// What the peer chose out of our offer.
pub(super) fn accept(
    session: &Session,
    media: &Media,
    local: &Local,
    wish: &Wish,
) -> Result<Agreed, SdpError> {
    let common = common(session, media, local).ok_or(SdpError::NothingInCommon)?;
    let chosen = formats(media).find_map(|format| Some((codec_of(media, format)?, format)));
    let chosen = chosen.ok_or(SdpError::NothingInCommon)?;
    let keys = local.security.keys().filter(|_| wish.secure || local.security.is_required());
    let srtp = keys.and_then(|keys| {
        let line = crypto::lines(media).next()?;
        // RFC 4568 §5.1.2: the tag says which of ours was taken, and its suite must be the same.
        let ours = keys.by_tag(line.tag).filter(|ours| ours.suite() == line.key.suite())?;
        Some(SrtpKeys { local: ours, remote: line.key })
    });
    let may_be_plain = wish.or_plain && !local.security.is_required();
    if keys.is_some() && srtp.is_none() && !may_be_plain {
        return Err(SdpError::NotEncrypted);
    }
    check(common.profile, srtp.is_some(), local)?;
    let mut agreed = agree(session, media, local, &common, chosen);
    agreed.srtp = srtp;
    Ok(agreed)
}

fn check(profile: Profile, is_encrypted: bool, local: &Local) -> Result<(), SdpError> {
    match profile {
        Profile::Secure if !is_encrypted => Err(SdpError::NeedsEncryption),
        Profile::Plain if !is_encrypted && local.security.is_required() => Err(SdpError::NotEncrypted),
        _ => Ok(()),
    }
}

fn common(session: &Session, media: &Media, local: &Local) -> Option<Common> {
    let profile = match media.proto.as_str() {
        "RTP/AVP" | "RTP/AVPF" => Profile::Plain,
        "RTP/SAVP" | "RTP/SAVPF" => Profile::Secure,
        _ => return None,
    };
    if media.media != "audio" || media.port == 0 {
        return None;
    }
    let address = media.connections.first().or(session.connection.as_ref())?.connection_address.as_str();
    let ip = ip(address)?;
    let zeros = ip.is_unspecified();
    if !zeros && !is_reachable(ip, local.address) {
        return None;
    }
    let remote = SocketAddr::new(ip, media.port);
    Some(Common { profile, remote, direction: direction(session, media), zeros })
}

fn agree(
    session: &Session,
    media: &Media,
    local: &Local,
    common: &Common,
    (codec, payload_type): (Codec, u8),
) -> Agreed {
    let wanted = common.direction.reversed();
    let both = wanted.and(local.direction);
    let mux = has(media, "rtcp-mux");
    let held = common.zeros || !wanted.sends();
    Agreed {
        remote: common.remote,
        codec,
        payload_type,
        events: formats(media).find(|format| is_events(media, *format)),
        send: both.sends() && !held,
        receive: both.receives(),
        held,
        srtp: None,
        rtcp: if mux { Some(common.remote) } else { rtcp(media, common.remote) },
        mux,
        packet_ms: packet_ms(session, media),
    }
}

/// Numbers of the formats in their order. 72 to 76 are what RTCP looks like (RFC 5761 §4), and nobody's payload type.
fn formats(media: &Media) -> impl Iterator<Item = u8> {
    media
        .fmt
        .split_ascii_whitespace()
        .filter_map(|format| format.parse().ok())
        .filter(|format| *format < 128 && !(72..=76).contains(format))
}

/// By its `a=rtpmap`; the static numbers of RFC 3551 need none.
fn codec_of(media: &Media, format: u8) -> Option<Codec> {
    match rtpmap(media, format) {
        Some(name) => Codec::from_rtpmap(name),
        None => Codec::from_payload_type(format),
    }
}

fn is_events(media: &Media, format: u8) -> bool {
    // Dynamic payload types only (RFC 3551 §6).
    format >= 96
        && rtpmap(media, format).is_some_and(|name| {
            name.strip_suffix("/1").unwrap_or(name).eq_ignore_ascii_case("telephone-event/8000")
        })
}

fn rtpmap(media: &Media, format: u8) -> Option<&str> {
    media.get_attribute_values("rtpmap").flatten().find_map(|map| {
        let (number, name) = map.trim().split_once(' ')?;
        (number.parse() == Ok(format)).then_some(name.trim())
    })
}

/// What the peer says that it does; the stream's own word goes before the session's (RFC 8866 §6.7).
fn direction(session: &Session, media: &Media) -> Direction {
    let words =
        media.attributes.iter().chain(&session.attributes).map(|attribute| attribute.attribute.as_str());
    words
        .filter_map(|word| match word {
            "sendrecv" => Some(Direction::SendReceive),
            "sendonly" => Some(Direction::SendOnly),
            "recvonly" => Some(Direction::ReceiveOnly),
            "inactive" => Some(Direction::Inactive),
            _ => None,
        })
        .next()
        .unwrap_or_default()
}

/// `None` for a host name: nobody in telephony says one, and a look-up would take time in the middle of a call.
fn ip(address: &str) -> Option<IpAddr> {
    address.split('/').next().and_then(|ip| ip.trim().parse().ok())
}

/// Whether packets from our address get there, and only to one host: nobody makes us shout at a network.
fn is_reachable(ip: IpAddr, ours: IpAddr) -> bool {
    let is_broadcast = matches!(ip, IpAddr::V4(v4) if v4.is_broadcast());
    ip.is_ipv4() == ours.is_ipv4() && !ip.is_multicast() && !is_broadcast
}

/// `a=rtcp:53020` or `a=rtcp:53020 IN IP4 192.0.2.1` (RFC 3605); without it the next port.
fn rtcp(media: &Media, remote: SocketAddr) -> Option<SocketAddr> {
    let Some(said) = media.get_first_attribute_value("rtcp").flatten() else {
        return Some(SocketAddr::new(remote.ip(), remote.port().checked_add(1)?));
    };
    let mut words = said.split_ascii_whitespace();
    let port = words.next()?.parse().ok().filter(|port| *port != 0)?;
    let ip = match words.nth(2) {
        Some(word) => ip(word).filter(|ip| is_reachable(*ip, remote.ip()))?,
        None => remote.ip(),
    };
    Some(SocketAddr::new(ip, port))
}

fn packet_ms(session: &Session, media: &Media) -> u8 {
    let said = media
        .attributes
        .iter()
        .chain(&session.attributes)
        .find(|attribute| attribute.attribute == "maxptime")
        .and_then(|attribute| attribute.value.as_deref()?.trim().parse::<f32>().ok());
    if said.is_some_and(|longest| (1.0..20.0).contains(&longest)) { 10 } else { 20 }
}

fn has(media: &Media, attribute: &str) -> bool {
    media.attributes.iter().any(|one| one.attribute == attribute)
}
