//! Media agreed by offer and answer (RFC 3264): one stream of G.711 with telephone-events (RFC 4733), everything else refused.

use std::fmt::Write;
use std::net::{IpAddr, SocketAddr};

use sdp_types::{AddrType, Media, Session};

/// 8 and 0 of RFC 3551 table 4.
pub const PCMA: u8 = 8;
pub const PCMU: u8 = 0;
/// What we call telephone-events when the offer is ours; the answerer keeps the number.
const OUR_EVENTS: u8 = 101;
/// Real offers have a handful; more is an attack on our answer's size.
const MAX_STREAMS: usize = 16;

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SdpError {
    #[error("not a session description: {0}")]
    Unreadable(String),
    #[error("no audio stream that we can take")]
    NothingInCommon,
}

/// Our side of a session. `version` rises with every changed description (RFC 3264 §8).
#[derive(Clone, Copy, Debug)]
pub struct Local {
    pub address: IpAddr,
    pub port: u16,
    pub session: u64,
    pub version: u64,
}

/// What both sides agreed on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Agreed {
    /// Where our packets go. Unspecified while the peer does not want any.
    pub remote: SocketAddr,
    /// [`PCMA`] or [`PCMU`].
    pub payload_type: u8,
    pub events: Option<u8>,
    /// Whether the peer wants to hear us; false on hold.
    pub send: bool,
    /// Whether the peer sends.
    pub receive: bool,
}

pub fn parse(bytes: &[u8]) -> Result<Session, SdpError> {
    Session::parse(bytes).map_err(|error| SdpError::Unreadable(error.to_string()))
}

/// Our answer to an offer: all its streams in their order, one taken (§6).
pub fn answer(offer: &[u8], local: &Local) -> Result<(Vec<u8>, Agreed), SdpError> {
    let session = parse(offer)?;
    if session.medias.len() > MAX_STREAMS {
        return Err(SdpError::NothingInCommon);
    }
    let taken =
        session.medias.iter().enumerate().find_map(|(index, media)| Some((index, take(&session, media)?)));
    let (chosen, agreed) = taken.ok_or(SdpError::NothingInCommon)?;
    let mut out = head(local);
    for (index, media) in session.medias.iter().enumerate() {
        if index == chosen {
            stream(&mut out, local.port, &agreed);
        } else {
            let _ = write!(out, "m={} 0 {} {}\r\n", media.media, media.proto, media.fmt);
        }
    }
    Ok((out.into_bytes(), agreed))
}

/// Our offer: A-law first, as the network here speaks it.
pub fn offer(local: &Local) -> Vec<u8> {
    let mut out = head(local);
    let _ = write!(out, "m=audio {} RTP/AVP {PCMA} {PCMU} {OUR_EVENTS}\r\n", local.port);
    let _ = write!(out, "a=rtpmap:{PCMA} PCMA/8000\r\na=rtpmap:{PCMU} PCMU/8000\r\n");
    let _ = write!(out, "a=rtpmap:{OUR_EVENTS} telephone-event/8000\r\na=fmtp:{OUR_EVENTS} 0-15\r\n");
    out.push_str("a=ptime:20\r\na=sendrecv\r\n");
    out.into_bytes()
}

/// What the peer made of our offer.
pub fn accept(answer: &[u8]) -> Result<Agreed, SdpError> {
    let session = parse(answer)?;
    session.medias.first().and_then(|media| take(&session, media)).ok_or(SdpError::NothingInCommon)
}

/// What we can agree on in one stream of an offer or answer; `None` for a stream that we cannot take.
fn take(session: &Session, media: &Media) -> Option<Agreed> {
    if media.media != "audio" || !matches!(media.proto.as_str(), "RTP/AVP" | "RTP/AVPF") || media.port == 0 {
        return None;
    }
    let formats: Vec<u8> =
        media.fmt.split_ascii_whitespace().filter_map(|format| format.parse().ok()).collect();
    // §6.1: the answerer should use the first format of the offer that it knows.
    let payload_type = formats.iter().copied().find(|format| matches!(*format, PCMA | PCMU))?;
    let events = formats.iter().copied().find(|format| is_events(media, *format));
    let address = media.connections.first().or(session.connection.as_ref())?.connection_address.as_str();
    let ip = address.split('/').next().and_then(|ip| ip.parse::<IpAddr>().ok())?;
    let (their_send, their_receive) = direction(session, media);
    // RFC 2543 put a call on hold by this address (§8.4).
    let held = ip.is_unspecified();
    Some(Agreed {
        remote: SocketAddr::new(ip, media.port),
        payload_type,
        events,
        send: their_receive && !held,
        receive: their_send,
    })
}

fn is_events(media: &Media, format: u8) -> bool {
    // Dynamic payload types only (RFC 3551 §6).
    format >= 96
        && media.get_attribute_values("rtpmap").flatten().any(|map| {
            map.split_once(' ').is_some_and(|(number, name)| {
                number.trim().parse() == Ok(format)
                    && name.trim().eq_ignore_ascii_case("telephone-event/8000")
            })
        })
}

/// Whether the other side sends and receives; the stream's own word goes before the session's (RFC 8866 §6.7).
fn direction(session: &Session, media: &Media) -> (bool, bool) {
    let words =
        media.attributes.iter().chain(&session.attributes).map(|attribute| attribute.attribute.as_str());
    words
        .filter_map(|word| match word {
            "sendrecv" => Some((true, true)),
            "sendonly" => Some((true, false)),
            "recvonly" => Some((false, true)),
            "inactive" => Some((false, false)),
            _ => None,
        })
        .next()
        .unwrap_or((true, true))
}

fn head(local: &Local) -> String {
    let kind = if local.address.is_ipv4() { AddrType::Ip4 } else { AddrType::Ip6 };
    let (session, version, address) = (local.session, local.version, local.address);
    let mut out = String::with_capacity(300);
    let _ = write!(
        out,
        "v=0\r\no=- {session} {version} IN {kind} {address}\r\ns=-\r\nc=IN {kind} {address}\r\nt=0 0\r\n"
    );
    out
}

fn stream(out: &mut String, port: u16, agreed: &Agreed) {
    let codec = agreed.payload_type;
    let name = if codec == PCMA { "PCMA" } else { "PCMU" };
    let _ = match agreed.events {
        Some(events) => write!(
            out,
            "m=audio {port} RTP/AVP {codec} {events}\r\na=rtpmap:{codec} {name}/8000\r\n\
             a=rtpmap:{events} telephone-event/8000\r\na=fmtp:{events} 0-15\r\n"
        ),
        None => write!(out, "m=audio {port} RTP/AVP {codec}\r\na=rtpmap:{codec} {name}/8000\r\n"),
    };
    // Seen from us: we send when they receive.
    let direction = match (agreed.send, agreed.receive) {
        (true, true) => "sendrecv",
        (true, false) => "sendonly",
        (false, true) => "recvonly",
        (false, false) => "inactive",
    };
    let _ = write!(out, "a=ptime:20\r\na={direction}\r\n");
}

#[cfg(test)]
mod tests {
    use super::*;

    const LOCAL: Local = Local {
        address: IpAddr::V4(std::net::Ipv4Addr::new(192, 0, 2, 1)),
        port: 20_000,
        session: 7,
        version: 1,
    };

    fn offer_of(media: &str) -> Vec<u8> {
        format!("v=0\r\no=- 1 1 IN IP4 192.0.2.9\r\ns=-\r\nc=IN IP4 192.0.2.9\r\nt=0 0\r\n{media}")
            .into_bytes()
    }

    fn answered(media: &str) -> (String, Agreed) {
        let (answer, agreed) = answer(&offer_of(media), &LOCAL).unwrap();
        parse(&answer).unwrap();
        (String::from_utf8(answer).unwrap(), agreed)
    }

    #[test]
    fn first_known_codec_and_any_event_number_are_taken() {
        let (answer, agreed) = answered(
            "m=audio 4000 RTP/AVP 18 0 8 121 96\r\na=rtpmap:96 AMR/8000\r\na=rtpmap:121 Telephone-Event/8000\r\n",
        );
        assert_eq!(
            agreed,
            Agreed {
                remote: "192.0.2.9:4000".parse().unwrap(),
                payload_type: PCMU,
                events: Some(121),
                send: true,
                receive: true
            }
        );
        assert!(answer.contains("m=audio 20000 RTP/AVP 0 121\r\n"), "{answer}");
        assert!(answer.contains("a=ptime:20\r\na=sendrecv\r\n"));
    }

    #[test]
    fn every_stream_is_answered_in_its_order_and_others_are_refused() {
        let (answer, _) = answered(
            "m=video 5000 RTP/AVP 97\r\na=rtpmap:97 H264/90000\r\nm=audio 4000 RTP/AVP 8\r\nm=audio 4002 RTP/AVP 8\r\n",
        );
        let streams: Vec<_> = answer.lines().filter(|line| line.starts_with("m=")).collect();
        assert_eq!(streams, ["m=video 0 RTP/AVP 97", "m=audio 20000 RTP/AVP 8", "m=audio 0 RTP/AVP 8"]);
    }

    #[test]
    fn hold_is_understood_in_all_its_forms() {
        let cases = [
            ("a=sendonly\r\n", false, true, "a=recvonly"),
            ("a=inactive\r\n", false, false, "a=inactive"),
            ("a=recvonly\r\n", true, false, "a=sendonly"),
            ("c=IN IP4 0.0.0.0\r\n", false, true, "a=recvonly"),
        ];
        for (line, send, receive, ours) in cases {
            let (answer, agreed) = answered(&format!("m=audio 4000 RTP/AVP 8\r\n{line}"));
            assert_eq!((agreed.send, agreed.receive), (send, receive), "{line}");
            assert!(answer.contains(ours), "{answer}");
        }
    }

    #[test]
    fn nothing_in_common_is_said() {
        for media in [
            "m=audio 4000 RTP/AVP 18\r\n",
            "m=audio 0 RTP/AVP 8\r\n",
            "m=audio 4000 RTP/SAVP 8\r\n",
            "",
            "m=image 4000 udptl t38\r\n",
        ] {
            assert_eq!(answer(&offer_of(media), &LOCAL), Err(SdpError::NothingInCommon), "{media}");
        }
        assert!(matches!(answer(b"nonsense", &LOCAL), Err(SdpError::Unreadable(_))));
    }

    #[test]
    fn our_offer_is_accepted_by_our_answer() {
        let (theirs, at_them) = answer(&offer(&LOCAL), &Local { port: 30_000, ..LOCAL }).unwrap();
        let ours = accept(&theirs).unwrap();
        assert_eq!((ours.payload_type, ours.events, ours.remote.port()), (PCMA, Some(101), 30_000));
        assert_eq!((at_them.payload_type, at_them.events, at_them.remote.port()), (PCMA, Some(101), 20_000));
    }
}
