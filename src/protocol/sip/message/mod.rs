//! One SIP message. What others see is parsed once and typed; the library that reads URIs stays behind this module.

mod address;
mod build;
mod headers;
mod method;
mod parse;
mod replaces;
mod status;
mod stream;
mod via;

pub use address::{CallerId, NameAddr, Uri, split_list};
pub use build::{Builder, OutRequest};
pub use method::Method;
pub use parse::{Malformed, Refusal, parse};
pub use replaces::{ReferTo, Replaces};
pub use status::Status;
pub use stream::{Frame, FrameError, Framer, MAX_MESSAGE};
pub use via::Via;

use headers::Headers;

#[derive(Clone, Debug)]
pub enum Message {
    Request(Request),
    Response(Response),
}

/// A request whose mandatory headers (RFC 3261 §8.1.1) are there and make sense.
#[derive(Clone, Debug)]
pub struct Request {
    pub method: Method,
    pub uri: Uri,
    /// The topmost one.
    pub via: Via,
    pub from: NameAddr,
    pub to: NameAddr,
    pub call_id: String,
    pub cseq: u32,
    pub body: Vec<u8>,
    headers: Headers,
}

#[derive(Clone, Debug)]
pub struct Response {
    pub status: Status,
    /// The topmost one: ours.
    pub via: Via,
    pub from: NameAddr,
    pub to: NameAddr,
    pub call_id: String,
    pub cseq: u32,
    /// Of the CSeq: the method that is answered.
    pub method: Method,
    pub body: Vec<u8>,
    headers: Headers,
}

impl Request {
    /// Values of all headers of that name, compact form included, in their order.
    pub fn headers<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.headers.values(name)
    }

    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.first(name)
    }

    /// Options that we must understand or refuse (RFC 3261 §8.2.2.3).
    pub fn required(&self) -> impl Iterator<Item = &str> {
        self.headers("Require").flat_map(|line| line.split(',')).map(str::trim).filter(|tag| !tag.is_empty())
    }

    /// Whether the peer takes requests of that method, as far as it says so (RFC 3261 §20.5).
    pub fn allows(&self, method: &Method) -> bool {
        lists(self.headers("Allow"), method.as_str())
    }

    /// Options that the sender understands.
    pub fn supports(&self, option: &str) -> bool {
        lists(self.headers("Supported").chain(self.headers("Require")), option)
    }

    pub fn max_forwards(&self) -> Option<u32> {
        self.header("Max-Forwards")?.trim().parse().ok()
    }

    pub fn contact(&self) -> Option<NameAddr> {
        first_address(self.header("Contact")?)
    }

    /// In the order in which a UAS keeps them as its route set (RFC 3261 §12.1.1).
    pub fn record_route(&self) -> Vec<String> {
        record_route(&self.headers)
    }

    /// Who calls, as the network says: P-Asserted-Identity (RFC 3325) before From, hidden when Privacy asks for it.
    pub fn caller(&self) -> CallerId {
        let private = self.headers("Privacy").any(|line| {
            line.split([';', ',']).any(|word| matches!(word.trim(), "id" | "user" | "header" | "full"))
        });
        let asserted = self.headers("P-Asserted-Identity").flat_map(split_list).filter_map(NameAddr::parse);
        address::caller_id(private, asserted, &self.from)
    }
}

impl Response {
    /// Whether the peer takes requests of that method, as far as it says so (RFC 3261 §20.5).
    pub fn allows(&self, method: &Method) -> bool {
        lists(self.headers("Allow"), method.as_str())
    }

    pub fn headers<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.headers.values(name)
    }

    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.first(name)
    }

    pub fn contact(&self) -> Option<NameAddr> {
        first_address(self.header("Contact")?)
    }

    /// Seconds to wait, without the comment that may follow them (RFC 3261 §20.33).
    pub fn retry_after_s(&self) -> Option<u32> {
        self.header("Retry-After")?.split([';', '(', ' ']).next()?.trim().parse().ok()
    }

    /// In the order of the header; a UAC reverses it (RFC 3261 §12.1.2).
    pub fn record_route(&self) -> Vec<String> {
        record_route(&self.headers)
    }
}

/// Whether a word stands in comma-separated lines.
fn lists<'a>(mut lines: impl Iterator<Item = &'a str>, word: &str) -> bool {
    lines.any(|line| line.split(',').any(|entry| entry.trim().eq_ignore_ascii_case(word)))
}

fn first_address(line: &str) -> Option<NameAddr> {
    split_list(line).next().and_then(NameAddr::parse)
}

fn record_route(headers: &Headers) -> Vec<String> {
    headers.values("Record-Route").flat_map(split_list).map(str::to_owned).collect()
}
