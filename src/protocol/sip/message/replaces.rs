//! Taking the place of another call: the Replaces header (RFC 3891) and the address that REFER names (RFC 3515).

use super::{NameAddr, Request, address};

/// The dialog whose place a call is to take, as the one who is asked sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Replaces {
    pub call_id: String,
    /// The tag of the one who gets the header: our own, when it is sent to us.
    pub to_tag: String,
    pub from_tag: String,
    /// Only while that dialog is not answered yet.
    pub early_only: bool,
}

/// What a Refer-To header asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReferTo {
    /// The URI without the headers behind `?`.
    pub target: String,
    pub replaces: Option<Replaces>,
}

impl Replaces {
    /// `None` when a tag is missing: RFC 3891 §3 wants exactly one of each.
    pub fn parse(value: &str) -> Option<Self> {
        let (call_id, params) = value.trim().split_once(';')?;
        let once = |name: &str| {
            let mut found = params.split(';').filter_map(|param| {
                let (key, value) = param.split_once('=')?;
                key.trim().eq_ignore_ascii_case(name).then(|| value.trim().to_owned())
            });
            found.next().filter(|tag| !tag.is_empty() && found.next().is_none())
        };
        let call_id = call_id.trim();
        (!call_id.is_empty()).then_some(())?;
        Some(Self {
            call_id: call_id.to_owned(),
            to_tag: once("to-tag")?,
            from_tag: once("from-tag")?,
            early_only: params.split(';').any(|param| param.trim().eq_ignore_ascii_case("early-only")),
        })
    }

    pub fn write(&self) -> String {
        let early = if self.early_only { ";early-only" } else { "" };
        format!("{};to-tag={};from-tag={}{early}", self.call_id, self.to_tag, self.from_tag)
    }
}

impl ReferTo {
    /// The Replaces of an attended transfer stands escaped among the headers of the URI (RFC 3891 §4, RFC 5589 §7.1).
    pub fn parse(value: &str) -> Option<Self> {
        // Some phones leave the angle brackets out; then what follows `?` or `;` still belongs to the URI.
        let uri = match value.contains('<') {
            true => NameAddr::parse(value)?.uri,
            false => value.trim().to_owned(),
        };
        uri.split_once(':')?;
        let (target, headers) = uri.split_once('?').unwrap_or((&uri, ""));
        let replaces = headers.split('&').find_map(|header| {
            let (name, value) = header.split_once('=')?;
            name.trim().eq_ignore_ascii_case("Replaces").then(|| Replaces::parse(&address::unescape(value)))
        });
        match replaces {
            Some(None) => None,
            replaces => Some(Self { target: target.to_owned(), replaces: replaces.flatten() }),
        }
    }
}

impl Request {
    /// Whose place this INVITE wants to take. The agent refuses an INVITE whose Replaces makes no sense before anybody sees it.
    pub fn replaces(&self) -> Option<Replaces> {
        Replaces::parse(self.header("Replaces")?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn header_is_read_and_written() {
        let text = "98732@h.example;from-tag=r33th4x0r;to-tag=ff87ff";
        let replaces = Replaces::parse(text).unwrap();
        assert_eq!((replaces.to_tag.as_str(), replaces.from_tag.as_str()), ("ff87ff", "r33th4x0r"));
        assert_eq!(Replaces::parse(&replaces.write()), Some(replaces));
        assert!(Replaces::parse("a;to-tag=1;from-tag=2;early-only").unwrap().early_only);
        for broken in ["a", "a;to-tag=1", "a;to-tag=1;to-tag=2;from-tag=3", ";to-tag=1;from-tag=2"] {
            assert_eq!(Replaces::parse(broken), None, "{broken}");
        }
    }

    #[test]
    fn transfer_carries_the_dialog_escaped_in_the_uri() {
        let text =
            "<sip:12@h.example;transport=tcp?Replaces=a%40h%3Bto-tag%3Dx%3Bfrom-tag%3Dy&Require=replaces>";
        let refer = ReferTo::parse(text).unwrap();
        assert_eq!(refer.target, "sip:12@h.example;transport=tcp");
        let replaces = refer.replaces.unwrap();
        assert_eq!((replaces.call_id.as_str(), replaces.to_tag.as_str()), ("a@h", "x"));
        assert_eq!(
            ReferTo::parse("sip:12@h.example?Replaces=a%3Bto-tag%3Dx%3Bfrom-tag%3Dy").unwrap().target,
            "sip:12@h.example"
        );
        assert_eq!(
            ReferTo::parse("<tel:+38121480000>").unwrap(),
            ReferTo { target: "tel:+38121480000".into(), replaces: None }
        );
        assert_eq!(ReferTo::parse("<sip:12@h?Replaces=a%3Bto-tag%3Dx>"), None);
        assert_eq!(ReferTo::parse("nonsense"), None);
    }
}
