//! Messages out, written straight into their bytes.

use std::fmt::Display;
use std::net::SocketAddr;
use std::sync::Arc;

use super::{Message, Method, NameAddr, Request, Response, Status, Via, parse};
use crate::protocol::sip::Flow;

/// A message being written. Ends with [`Builder::body`] or [`Builder::finish`].
#[derive(Debug)]
pub struct Builder {
    text: String,
}

/// What the client side of a transaction needs to know of a request. The transaction adds Via; ACK and CANCEL repeat the rest.
#[derive(Clone, Debug)]
pub struct OutRequest {
    pub method: Method,
    pub uri: String,
    pub route: Vec<String>,
    /// From and To as whole header values, with tags.
    pub from: String,
    pub to: String,
    pub call_id: String,
    pub cseq: u32,
    /// Contact and whatever else the request carries.
    pub headers: Vec<(&'static str, String)>,
    /// Content type and bytes.
    pub body: Option<(&'static str, Vec<u8>)>,
}

impl Request {
    /// Begins an answer (RFC 3261 §8.2.6.2): Via, From, To, Call-ID and CSeq are copied; To gets our tag.
    pub fn answer(&self, status: Status, source: SocketAddr, to_tag: &str) -> Builder {
        let mut out = Builder { text: String::with_capacity(600) };
        out.status_line(status);
        let mut vias = self.headers("Via");
        if let Some(first) = vias.next() {
            out.top_via(&self.via, first, source);
        }
        for via in vias {
            out.push("Via", via);
        }
        out.push("From", &self.from.raw);
        match &self.to.tag {
            // 100 carries no tag of ours; a request within a dialog has it already.
            None if status != Status::TRYING && !to_tag.is_empty() => {
                out.push("To", format_args!("{};tag={to_tag}", bracketed(&self.to)));
            }
            _ => out.push("To", &self.to.raw),
        }
        out.push("Call-ID", &self.call_id);
        out.push("CSeq", format_args!("{} {}", self.cseq, self.method.as_str()));
        out
    }

    /// Makes a request out of what we are about to send, for example to tell oneself what one asked for.
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        match parse(bytes).ok()? {
            Message::Request(request) => Some(request),
            Message::Response(_) => None,
        }
    }
}

impl OutRequest {
    /// With our Via on top.
    pub fn write(&self, flow: Flow, branch: &str) -> Arc<[u8]> {
        let mut out = self.start(&self.method, flow, branch, &self.to);
        for (name, value) in &self.headers {
            out.push(name, value);
        }
        match &self.body {
            Some((kind, body)) => out.body(kind, body),
            None => out.finish(),
        }
    }

    /// ACK for a final answer other than 2xx: same branch, To from the answer (RFC 3261 §17.1.1.3).
    pub fn write_ack(&self, flow: Flow, branch: &str, answer: &Response) -> Arc<[u8]> {
        self.start(&Method::Ack, flow, branch, &answer.to.raw).finish()
    }

    /// CANCEL: same branch, no tag in To (RFC 3261 §9.1).
    pub fn write_cancel(&self, flow: Flow, branch: &str) -> Arc<[u8]> {
        self.start(&Method::Cancel, flow, branch, &self.to).finish()
    }

    fn start(&self, method: &Method, flow: Flow, branch: &str, to: &str) -> Builder {
        let mut text = String::with_capacity(700);
        for part in [method.as_str(), " ", &self.uri, " SIP/2.0\r\n"] {
            text.push_str(part);
        }
        let mut out = Builder { text };
        out.push(
            "Via",
            format_args!("SIP/2.0/{} {};rport;branch={branch}", flow.transport.as_str(), flow.local),
        );
        for route in &self.route {
            out.push("Route", route);
        }
        // A request that goes on from one that came brings its own, so that a circle of exchanges ends (RFC 7332).
        if !self.headers.iter().any(|(name, _)| *name == "Max-Forwards") {
            out.push("Max-Forwards", 70);
        }
        out.push("From", &self.from);
        out.push("To", to);
        out.push("Call-ID", &self.call_id);
        out.push("CSeq", format_args!("{} {}", self.cseq, method.as_str()));
        out
    }
}

impl Builder {
    pub fn header(mut self, name: &str, value: impl Display) -> Self {
        self.push(name, value);
        self
    }

    /// 2xx and 18x repeat the route that was recorded (RFC 3261 §12.1.1).
    pub fn record_route_of(mut self, request: &Request) -> Self {
        for line in request.headers("Record-Route") {
            self.push("Record-Route", line);
        }
        self
    }

    pub fn body(mut self, content_type: &str, body: &[u8]) -> Arc<[u8]> {
        self.push("Content-Type", content_type);
        self.push("Content-Length", body.len());
        self.text.push_str("\r\n");
        let mut bytes = self.text.into_bytes();
        bytes.extend_from_slice(body);
        bytes.into()
    }

    pub fn finish(mut self) -> Arc<[u8]> {
        self.text.push_str("Content-Length: 0\r\n\r\n");
        self.text.into_bytes().into()
    }

    pub(super) fn refusal(status: Status) -> Self {
        let mut out = Self { text: String::with_capacity(400) };
        out.status_line(status);
        out
    }

    pub(super) fn top_via(&mut self, via: &Via, line: &str, source: SocketAddr) {
        let rest = Via::parse(line).and_then(|(_, rest)| rest);
        match rest {
            Some(rest) => self.push("Via", format_args!("{}, {rest}", via.answered(source))),
            None => self.push("Via", via.answered(source)),
        }
    }

    pub(super) fn push(&mut self, name: &str, value: impl Display) {
        use std::fmt::Write;
        // Writing into a String cannot fail.
        let _ = write!(self.text, "{name}: {value}\r\n");
    }

    fn status_line(&mut self, status: Status) {
        use std::fmt::Write;
        let _ = write!(self.text, "SIP/2.0 {status}\r\n");
    }
}

/// A parameter may only follow a bare URI that has none of its own; brackets make it unambiguous.
fn bracketed(address: &NameAddr) -> String {
    if address.raw.contains('<') { address.raw.clone() } else { format!("<{}>", address.raw) }
}
