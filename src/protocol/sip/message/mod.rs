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

    /// Who calls, as the network says: P-Asserted-Identity (RFC 3325) before Remote-Party-ID, its forerunner, before From; hidden when
    /// Privacy asks for it.
    pub fn caller(&self) -> CallerId {
        let private = self.headers("Privacy").any(|line| {
            line.split([';', ',']).any(|word| matches!(word.trim(), "id" | "user" | "header" | "full"))
        });
        let party = |line: &&str| !has_param(line, "party", &["called"]);
        let older: Vec<&str> = self.headers("Remote-Party-ID").flat_map(split_list).filter(party).collect();
        let withheld = older.iter().any(|line| has_param(line, "privacy", &["full", "uri", "id"]));
        let asserted = self.headers("P-Asserted-Identity").flat_map(split_list).chain(older);
        address::caller_id(private || withheld, asserted.filter_map(NameAddr::parse), &self.from)
    }

    /// Whose call it was before it was forwarded to us, the last first: Diversion (RFC 5806) or History-Info (RFC 7044), as URIs.
    pub fn diverted_by(&self) -> Vec<String> {
        let diversion = self.headers("Diversion").flat_map(split_list);
        let found: Vec<String> = diversion.filter_map(|line| Some(NameAddr::parse(line)?.uri)).collect();
        if !found.is_empty() {
            return found;
        }
        // Entries are in order and the last one is us; those before it were targets of the same call.
        let mut history: Vec<String> = self
            .headers("History-Info")
            .flat_map(split_list)
            .filter_map(|line| Some(NameAddr::parse(line)?.uri))
            .collect();
        history.pop();
        history.reverse();
        history
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

/// Whether `;name=` has one of these values.
fn has_param(line: &str, name: &str, values: &[&str]) -> bool {
    let after = line.rsplit_once('>').map_or(line, |(_, after)| after);
    after.split(';').filter_map(|part| part.split_once('=')).any(|(key, value)| {
        key.trim().eq_ignore_ascii_case(name)
            && values.iter().any(|wanted| value.trim().trim_matches('"').eq_ignore_ascii_case(wanted))
    })
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

#[cfg(test)]
mod tests {
    use super::*;

    fn invite(more: &str) -> Request {
        let text = format!(
            "INVITE sip:021@192.0.2.1 SIP/2.0\r\nVia: SIP/2.0/UDP 192.0.2.2;branch=z9hG4bK1\r\n\
             From: <sip:anonymous@anonymous.invalid>;tag=f\r\nTo: <sip:021@192.0.2.1>\r\nCall-ID: id\r\n\
             CSeq: 5 INVITE\r\n{more}\r\n"
        );
        Request::from_bytes(text.as_bytes()).unwrap()
    }

    #[test]
    fn asserted_identity_is_believed_before_its_forerunner_and_privacy_hides_both() {
        let number = |n: &str| CallerId::Number(n.into());
        assert_eq!(invite("").caller(), CallerId::Hidden);
        let old = "Remote-Party-ID: <sip:021480001@gw>;party=calling;screen=yes;privacy=off\r\n";
        assert_eq!(invite(old).caller(), number("021480001"));
        let both = format!("{old}P-Asserted-Identity: <tel:+38121480002>\r\n");
        assert_eq!(invite(&both).caller(), number("+38121480002"));
        assert_eq!(invite(&format!("{both}Privacy: id\r\n")).caller(), CallerId::Hidden);
        assert_eq!(invite(&old.replace("off", "full")).caller(), CallerId::Hidden);
        assert_eq!(invite(&old.replace("calling", "called")).caller(), CallerId::Hidden);
    }

    #[test]
    fn forwarding_is_told_by_diversion_or_history() {
        assert!(invite("").diverted_by().is_empty());
        let diversion =
            "Diversion: <sip:021480001@gw>;reason=no-answer, <sip:021480002@gw>;reason=unconditional\r\n";
        assert_eq!(invite(diversion).diverted_by(), ["sip:021480001@gw", "sip:021480002@gw"]);
        let history = "History-Info: <sip:021480002@gw>;index=1, <sip:021480001@gw>;index=1.1, <sip:021@192.0.2.1>;index=1.1.1\r\n";
        assert_eq!(invite(history).diverted_by(), ["sip:021480001@gw", "sip:021480002@gw"]);
    }
}
