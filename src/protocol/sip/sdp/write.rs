//! The lines that we say.

use std::fmt::Write;

use sdp_types::{AddrType, Media};

use super::stream::Taken;
use super::{Codec, Local, OUR_EVENTS, Wish, crypto};

pub(super) fn head(local: &Local) -> String {
    let kind = if local.address.is_ipv4() { AddrType::Ip4 } else { AddrType::Ip6 };
    let (session, version, address) = (local.session, local.version, local.address);
    let mut out = String::with_capacity(600);
    let _ = write!(
        out,
        "v=0\r\no=- {session} {version} IN {kind} {address}\r\ns=-\r\nc=IN {kind} {address}\r\nt=0 0\r\n"
    );
    out
}

/// Port 0, and what was offered (RFC 3264 §6).
pub(super) fn refused(out: &mut String, media: &Media) {
    let _ = write!(out, "m={} 0 {} {}\r\n", media.media, media.proto, media.fmt);
}

/// With the transport, the payload types and the keys that were agreed on.
pub(super) fn answered(out: &mut String, local: &Local, media: &Media, taken: &Taken) {
    let agreed = &taken.agreed;
    let format = agreed.payload_type;
    let _ = write!(out, "m=audio {} {} {format}", local.port, media.proto);
    if let Some(events) = agreed.events {
        let _ = write!(out, " {events}");
    }
    out.push_str("\r\n");
    rtpmap(out, format, agreed.codec);
    if let Some(number) = agreed.events {
        events(out, number);
    }
    if let (Some(line), Some(keys)) = (&taken.crypto, &agreed.srtp) {
        out.push_str(&crypto::line(line.tag, &line.name, &keys.local));
    }
    if agreed.mux {
        out.push_str("a=rtcp-mux\r\n");
    }
    // Seen from us: what both want, but on hold by zeros we say that we listen.
    let direction = super::Direction::of(agreed.send, agreed.receive);
    let _ = write!(out, "a=ptime:{}\r\na={}\r\n", agreed.packet_ms, direction.word());
}

pub(super) fn offered(out: &mut String, local: &Local, wish: &Wish) {
    let keys = local.security.keys().filter(|_| wish.secure || local.security.is_required());
    let or_plain = wish.or_plain && !local.security.is_required();
    let profile = if keys.is_some() && !or_plain { "RTP/SAVP" } else { "RTP/AVP" };
    let number = wish.events.unwrap_or(OUR_EVENTS);
    let codecs = || {
        let rest = Codec::ALL.into_iter().filter(|codec| Some(*codec) != wish.first);
        wish.first.into_iter().chain(rest)
    };
    let _ = write!(out, "m=audio {} {profile}", local.port);
    for codec in codecs() {
        let _ = write!(out, " {}", codec.payload_type());
    }
    let _ = write!(out, " {number}\r\n");
    for codec in codecs() {
        rtpmap(out, codec.payload_type(), codec);
    }
    events(out, number);
    keys.into_iter().flat_map(|keys| keys.lines()).for_each(|line| out.push_str(&line));
    let _ = write!(out, "a=ptime:20\r\na={}\r\n", local.direction.word());
}

fn rtpmap(out: &mut String, format: u8, codec: Codec) {
    let _ = write!(out, "a=rtpmap:{format} {}\r\n", codec.rtpmap());
}

fn events(out: &mut String, format: u8) {
    let _ = write!(out, "a=rtpmap:{format} telephone-event/8000\r\na=fmtp:{format} 0-15\r\n");
}
