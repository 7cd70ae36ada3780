//! Bytes to a message, and what becomes of bytes that are none.

use std::net::SocketAddr;
use std::sync::Arc;

use super::headers::Headers;
use super::{Builder, Message, Method, NameAddr, Request, Response, Status, Uri, Via};

/// RFC 3261 §8.1.1.5: CSeq stays below 2^31.
const MAX_CSEQ: u32 = 1 << 31;

/// Why bytes are not a message that can be worked on.
#[derive(Clone, Debug)]
pub enum Malformed {
    /// Line ends, zeros or nothing: peers send them to keep a NAT open.
    KeepAlive,
    /// Cannot be answered, or must not be: an ACK, a response, no usable Via.
    Noise(&'static str),
    /// A broken request that can be told so.
    Refused(Box<Refusal>),
}

/// The answer to a broken request: whatever could be read of it is copied.
#[derive(Clone, Debug)]
pub struct Refusal {
    pub status: Status,
    pub why: &'static str,
    pub via: Via,
    headers: Headers,
}

impl Refusal {
    pub fn answer(&self, source: SocketAddr) -> Arc<[u8]> {
        let mut out = Builder::refusal(self.status);
        let mut first = true;
        for (name, value) in self.headers.iter() {
            let is = |wanted: &str| name.eq_ignore_ascii_case(wanted);
            if is("Via") && std::mem::take(&mut first) {
                out.top_via(&self.via, value, source);
            } else if ["Via", "From", "To", "Call-ID", "CSeq"].into_iter().any(is) {
                out.push(name, value);
            }
        }
        out.header("Warning", format_args!("399 odziv \"{}\"", self.why)).finish()
    }
}

/// One datagram, or one frame of a stream.
pub fn parse(bytes: &[u8]) -> Result<Message, Malformed> {
    let padding = bytes.iter().take_while(|byte| matches!(byte, b'\r' | b'\n' | 0)).count();
    let bytes = bytes.get(padding..).unwrap_or_default();
    if bytes.is_empty() {
        return Err(Malformed::KeepAlive);
    }
    let end =
        bytes.windows(4).position(|four| four == b"\r\n\r\n").ok_or(Malformed::Noise("no empty line"))?;
    let (head, rest) = bytes.split_at(end);
    let body = rest.get(4..).unwrap_or_default();
    // Old exchanges write names in the code page of their country; what is no UTF-8 in the head is replaced.
    let head = String::from_utf8_lossy(head);
    let (line, lines) = head.split_once('\n').unwrap_or((&head, ""));
    let line = line.trim_end_matches('\r');
    match line.get(..4).is_some_and(|start| start.eq_ignore_ascii_case("SIP/")) {
        true => response_of(line, lines, body),
        false => request_of(line, lines, body),
    }
}

fn request_of(line: &str, lines: &str, body: &[u8]) -> Result<Message, Malformed> {
    let (method, after) = line.split_once([' ', '\t']).ok_or(Malformed::Noise("no request line"))?;
    let (uri, version) = after.trim().rsplit_once([' ', '\t']).ok_or(Malformed::Noise("no request line"))?;
    if !version.get(..4).is_some_and(|start| start.eq_ignore_ascii_case("SIP/")) || !is_token(method) {
        return Err(Malformed::Noise("no request line"));
    }
    let (method, headers) = (Method::parse(method), Headers::parse(lines));
    if !version.eq_ignore_ascii_case("SIP/2.0") {
        return refuse(&method, headers, Status::VERSION_NOT_SUPPORTED, "SIP version");
    }
    let uri = uri.trim();
    let Some(uri) = Some(uri).filter(|uri| !uri.contains(char::is_whitespace)).and_then(Uri::parse) else {
        return refuse(&method, headers, Status::BAD_REQUEST, "Request-URI");
    };
    let common = match Common::read(&headers, body) {
        Ok(common) => common,
        Err(why) => return refuse(&method, headers, Status::BAD_REQUEST, why),
    };
    if common.method != method {
        return refuse(&method, headers, Status::BAD_REQUEST, "CSeq names another method");
    }
    Ok(Message::Request(Request {
        method,
        uri,
        via: common.via,
        from: common.from,
        to: common.to,
        call_id: common.call_id,
        cseq: common.cseq,
        body: common.body,
        headers,
    }))
}

fn response_of(line: &str, lines: &str, body: &[u8]) -> Result<Message, Malformed> {
    let mut words = line.split([' ', '\t']);
    let version = words.next().unwrap_or_default();
    let status = words.next().and_then(|code| code.parse().ok()).map(Status);
    let status = status
        .filter(|status| (100..700).contains(&status.0) && version.eq_ignore_ascii_case("SIP/2.0"))
        .ok_or(Malformed::Noise("no status line"))?;
    let headers = Headers::parse(lines);
    let common = Common::read(&headers, body).map_err(Malformed::Noise)?;
    Ok(Message::Response(Response {
        status,
        via: common.via,
        from: common.from,
        to: common.to,
        call_id: common.call_id,
        cseq: common.cseq,
        method: common.method,
        body: common.body,
        headers,
    }))
}

fn refuse(
    method: &Method,
    headers: Headers,
    status: Status,
    why: &'static str,
) -> Result<Message, Malformed> {
    match headers.first("Via").and_then(Via::parse) {
        // An ACK is never answered (RFC 3261 §17).
        Some((via, _)) if *method != Method::Ack => {
            Err(Malformed::Refused(Box::new(Refusal { status, why, via, headers })))
        }
        _ => Err(Malformed::Noise(why)),
    }
}

/// What requests and responses both must have.
struct Common {
    via: Via,
    from: NameAddr,
    to: NameAddr,
    call_id: String,
    cseq: u32,
    method: Method,
    body: Vec<u8>,
}

impl Common {
    fn read(headers: &Headers, body: &[u8]) -> Result<Self, &'static str> {
        let (mut via, mut from, mut to, mut call_id, mut cseq, mut length) =
            (None, None, None, None, None, None);
        for (name, value) in headers.iter() {
            // Told apart by their length first: most lines of a head are none of these.
            match name.len() {
                2 if name.eq_ignore_ascii_case("To") => once(&mut to, value, "two To headers")?,
                3 if name.eq_ignore_ascii_case("Via") => via = via.or(Some(value)),
                4 if name.eq_ignore_ascii_case("From") => once(&mut from, value, "two From headers")?,
                4 if name.eq_ignore_ascii_case("CSeq") => once(&mut cseq, value, "two CSeq headers")?,
                7 if name.eq_ignore_ascii_case("Call-ID") => {
                    once(&mut call_id, value, "two Call-ID headers")?;
                }
                14 if name.eq_ignore_ascii_case("Content-Length") => {
                    once(&mut length, value, "two Content-Length headers")?;
                }
                _ => {}
            }
        }
        let (via, _) = via.and_then(Via::parse).ok_or("Via")?;
        let (cseq, method) = read_cseq(cseq.ok_or("no CSeq")?).ok_or("CSeq")?;
        Ok(Self {
            via,
            from: from.and_then(NameAddr::parse).ok_or("From")?,
            to: to.and_then(NameAddr::parse).ok_or("To")?,
            call_id: call_id.map(str::trim).filter(|id| !id.is_empty()).ok_or("Call-ID")?.to_owned(),
            cseq,
            method,
            body: read_body(body, length)?.to_vec(),
        })
    }
}

fn once<'a>(slot: &mut Option<&'a str>, value: &'a str, twice: &'static str) -> Result<(), &'static str> {
    match slot.replace(value) {
        None => Ok(()),
        Some(_) => Err(twice),
    }
}

fn read_cseq(value: &str) -> Option<(u32, Method)> {
    let (number, method) = value.trim().split_once(char::is_whitespace)?;
    let number = number.parse::<u32>().ok().filter(|number| *number < MAX_CSEQ)?;
    Some((number, Method::parse(method.trim())))
}

/// RFC 3261 §18.3: Content-Length bytes, or in a datagram without it all that is there.
fn read_body<'a>(rest: &'a [u8], length: Option<&str>) -> Result<&'a [u8], &'static str> {
    match length.map(|value| value.trim().parse::<usize>()) {
        None => Ok(rest),
        Some(Ok(length)) => rest.get(..length).ok_or("body shorter than Content-Length"),
        Some(Err(_)) => Err("Content-Length"),
    }
}

/// RFC 3261 §25.1, `token`.
fn is_token(word: &str) -> bool {
    !word.is_empty() && word.bytes().all(|b| b.is_ascii_alphanumeric() || b"-.!%*_+`'~".contains(&b))
}

#[cfg(test)]
mod tests {
    use super::*;

    const REST: &str = "Via: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bKx\r\nFrom: <sip:a@b>;tag=1\r\nTo: <sip:c@d>\r\n\
                        Call-ID: id\r\nMax-Forwards: 70\r\n";

    fn message(line: &str, more: &str) -> Result<Message, Malformed> {
        parse(format!("{line}\r\n{REST}{more}").as_bytes())
    }

    fn refused(result: Result<Message, Malformed>) -> u16 {
        match result {
            Err(Malformed::Refused(refusal)) => {
                let answer = refusal.answer("192.0.2.9:5060".parse().unwrap());
                let text = std::str::from_utf8(&answer).unwrap();
                assert!(text.contains("received=192.0.2.9") && text.contains("Call-ID: id"), "{text}");
                refusal.status.0
            }
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn mandatory_headers_are_read_once() {
        let Ok(Message::Request(request)) =
            message("INVITE sip:%2B38121@host SIP/2.0", "CSeq: 7 INVITE\r\nContent-Length: 2\r\n\r\nabcd")
        else {
            panic!("not a request");
        };
        assert_eq!(
            (request.method.clone(), request.cseq, request.body.as_slice()),
            (Method::Invite, 7, b"ab".as_slice())
        );
        assert_eq!(request.uri.user().as_deref(), Some("+38121"));
    }

    #[test]
    fn body_without_length_reaches_to_the_end_of_the_datagram() {
        let Ok(Message::Request(request)) =
            message("INFO sip:a@host SIP/2.0", "CSeq: 7 INFO\r\n\r\nSignal=1")
        else {
            panic!("not a request");
        };
        assert_eq!(request.body, b"Signal=1");
    }

    #[test]
    fn name_in_an_old_code_page_loses_no_header() {
        // "Đorđe" in Windows-1250.
        let name =
            b"INVITE sip:a@b SIP/2.0\r\nP-Asserted-Identity: \"\xd0or\xf0e\" <tel:+38164>\r\n".as_slice();
        let bytes = [name, REST.as_bytes(), b"CSeq: 1 INVITE\r\n\r\n\xd0"].concat();
        let Ok(Message::Request(request)) = parse(&bytes) else { panic!("not a request") };
        assert_eq!(request.caller(), super::super::CallerId::Number("+38164".into()));
        assert_eq!(request.body, [0xd0]);
    }

    #[test]
    fn unknown_method_is_still_a_request() {
        let Ok(Message::Request(request)) =
            message("NEWMETHOD sip:a@host SIP/2.0", "CSeq: 7 NEWMETHOD\r\n\r\n")
        else {
            panic!("not a request");
        };
        assert_eq!(request.method, Method::Unknown("NEWMETHOD".into()));
        assert_eq!(request.uri.user().as_deref(), Some("a"));
    }

    #[test]
    fn broken_requests_are_told_so() {
        assert_eq!(refused(message("INVITE sip:a@b SIP/7.0", "CSeq: 1 INVITE\r\n\r\n")), 505);
        assert_eq!(refused(message("INVITE sip:a@b SIP/2.0", "CSeq: 1 BYE\r\n\r\n")), 400);
        assert_eq!(
            refused(message("INVITE sip:a@b SIP/2.0", "CSeq: 36893488147419103232 INVITE\r\n\r\n")),
            400
        );
        assert_eq!(
            refused(message("INVITE sip:a@b SIP/2.0", "CSeq: 1 INVITE\r\nTo: <sip:x@y>\r\n\r\n")),
            400
        );
        assert_eq!(refused(message("INVITE sip: SIP/2.0", "CSeq: 1 INVITE\r\n\r\n")), 400);
        assert_eq!(
            refused(message("INVITE sip:a@b SIP/2.0", "CSeq: 1 INVITE\r\nContent-Length: -9\r\n\r\n")),
            400
        );
        assert_eq!(
            refused(message("INVITE sip:a@b SIP/2.0", "CSeq: 1 INVITE\r\nContent-Length: 9\r\n\r\nabc")),
            400
        );
    }

    #[test]
    fn noise_is_met_with_silence() {
        for noise in
            ["x", "GET / HTTP/1.1\r\n\r\n", "SIP/2.0 200 OK\r\n\r\n", "ACK sip: SIP/2.0\r\nVia: x\r\n\r\n"]
        {
            assert!(matches!(parse(noise.as_bytes()), Err(Malformed::Noise(_))), "{noise}");
        }
        assert!(matches!(message("ACK sip:a@b SIP/2.0", "CSeq: 1 BYE\r\n\r\n"), Err(Malformed::Noise(_))));
        assert!(matches!(parse(b"\r\n\r\n"), Err(Malformed::KeepAlive)));
        assert!(matches!(parse(b"\0\0"), Err(Malformed::KeepAlive)));
    }
}
