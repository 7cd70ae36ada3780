//! Addresses: `"Name" <sip:user@host>;tag=x` (RFC 3261 §20.10) and the URIs inside.

use rsipstack::sip::uri::{Host, Param, Scheme, Uri as Parsed, parse_uri};

/// One value of From, To, Contact, P-Asserted-Identity.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NameAddr {
    /// The whole value as it stands on the wire: copied into answers and later requests.
    pub raw: String,
    pub display: Option<String>,
    /// Without the angle brackets.
    pub uri: String,
    pub tag: Option<String>,
}

impl NameAddr {
    pub fn parse(raw: &str) -> Option<Self> {
        let raw = raw.trim();
        let (display, uri, params) = match find_outside_quotes(raw, '<') {
            Some(open) => {
                let (before, after) = (raw.get(..open)?, raw.get(open + 1..)?);
                let (uri, params) = after.split_once('>')?;
                (unquote(before.trim()), uri, params)
            }
            // Without brackets what follows `;` belongs to the header, not to the URI (RFC 3261 §20).
            None => {
                let (uri, params) = raw.split_once(';').unwrap_or((raw, ""));
                (None, uri, params)
            }
        };
        let uri = uri.trim();
        uri.split_once(':')?;
        Some(Self {
            tag: param(params, "tag").map(str::to_owned),
            display,
            uri: uri.to_owned(),
            raw: raw.to_owned(),
        })
    }
}

/// What we need to know of a URI.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Uri(Parsed);

impl Uri {
    pub fn parse(text: &str) -> Option<Self> {
        parse_uri(text).ok().map(Self)
    }

    /// The part before `@`, unescaped; of a `tel:` URI the number (RFC 3966).
    pub fn user(&self) -> Option<String> {
        match (&self.0.scheme, &self.0.host_with_port.host) {
            (Some(Scheme::Other(scheme)), Host::Domain(number)) if scheme.eq_ignore_ascii_case("tel") => {
                Some(number.0.clone())
            }
            _ => self.0.user().map(unescape),
        }
    }

    pub fn is_sip(&self) -> bool {
        matches!(self.0.scheme, Some(Scheme::Sip | Scheme::Sips))
    }

    /// RFC 3323 §4.1.1.3: the caller has asked not to be named.
    fn is_anonymous(&self) -> bool {
        matches!(&self.0.host_with_port.host, Host::Domain(host) if host.0.eq_ignore_ascii_case("anonymous.invalid"))
    }

    /// Host and port when the host is an address and needs no DNS.
    pub fn address(&self) -> Option<std::net::SocketAddr> {
        let port = self.0.host_with_port.port.as_ref().map_or(5060, |port| port.0);
        match self.0.host_with_port.host {
            Host::IpAddr(ip) if self.is_sip() => Some(std::net::SocketAddr::new(ip, port)),
            _ => None,
        }
    }

    /// RFC 3261 §16.12.1.2: the next hop is a loose router.
    pub fn is_loose(&self) -> bool {
        self.0.params.iter().any(|param| matches!(param, Param::Lr))
            || self
                .0
                .params
                .iter()
                .any(|p| matches!(p, Param::Other(n, _) if n.value().eq_ignore_ascii_case("lr")))
    }
}

impl std::fmt::Display for Uri {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(f)
    }
}

/// Who calls, before anybody has judged whether it is a valid number.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CallerId {
    /// Digits with or without `+`, as the network sent them.
    Number(String),
    /// A name: an alphanumeric user part.
    Name(String),
    Hidden,
}

/// RFC 3325 §9.1 and RFC 3323 §4.1.1.3: an asserted number is believed before From; `anonymous` and Privacy hide.
pub(super) fn caller_id(
    private: bool,
    asserted: impl Iterator<Item = NameAddr>,
    from: &NameAddr,
) -> CallerId {
    if private {
        return CallerId::Hidden;
    }
    let mut names = Vec::new();
    for address in asserted.chain(std::iter::once(from.clone())) {
        let uri = Uri::parse(&address.uri);
        // RFC 3323 §4.1.1.3: whatever stands before it.
        if uri.as_ref().is_some_and(Uri::is_anonymous) {
            return CallerId::Hidden;
        }
        let user = uri.and_then(|uri| uri.user()).or_else(|| user_by_hand(&address.uri));
        match user.map(|user| classify(&user, context(&address.uri))) {
            Some(CallerId::Number(number)) => return CallerId::Number(number),
            Some(CallerId::Hidden) => return CallerId::Hidden,
            Some(name) => names.push(name),
            None => {}
        }
    }
    names.into_iter().next().unwrap_or(CallerId::Hidden)
}

/// Parameters of a telephone number before the `@` (RFC 3261 §19.1.6) are more than the library reads.
fn user_by_hand(uri: &str) -> Option<String> {
    let (_, rest) = uri.split_once(':')?;
    let (user, _) = rest.split_once('@')?;
    Some(unescape(user))
}

/// Where a local number belongs (RFC 3966 §5.1.5), when that is a number itself: `;phone-context=+38121`.
fn context(uri: &str) -> Option<String> {
    let lower = uri.to_ascii_lowercase();
    let value = lower.split(';').find_map(|part| part.strip_prefix("phone-context="))?;
    let value = unescape(value.split(['@', '>']).next().unwrap_or_default());
    let digits = value.strip_prefix('+')?;
    digits.bytes().all(|b| b.is_ascii_digit()).then_some(value)
}

fn classify(user: &str, context: Option<String>) -> CallerId {
    // `+381641234567;phone-context=...` and visual separators (RFC 3966 §5.1.1).
    let user = user.split(';').next().unwrap_or_default();
    let digits: String = user.chars().filter(|c| !matches!(c, '-' | '.' | '(' | ')' | ' ' | '/')).collect();
    let bare = digits.strip_prefix('+').unwrap_or(&digits);
    let hidden = ["anonymous", "unavailable", "unknown", "restricted", "private", "withheld"];
    match user {
        "" => CallerId::Hidden,
        _ if hidden.iter().any(|word| user.eq_ignore_ascii_case(word)) => CallerId::Hidden,
        _ if !bare.is_empty() && bare.bytes().all(|b| b.is_ascii_digit()) => match context {
            Some(context) if !digits.starts_with('+') => CallerId::Number(format!("{context}{digits}")),
            _ => CallerId::Number(digits),
        },
        name => CallerId::Name(name.chars().filter(|c| !c.is_control()).take(64).collect()),
    }
}

/// Values of a comma-separated header (RFC 3261 §7.3.1); commas in quotes and brackets do not separate.
pub fn split_list(line: &str) -> impl Iterator<Item = &str> {
    let mut rest = Some(line);
    std::iter::from_fn(move || {
        let current = rest?;
        let end = find_separator(current);
        let (value, next) = match end {
            Some(at) => (current.get(..at)?, current.get(at + 1..)),
            None => (current, None),
        };
        rest = next;
        Some(value.trim())
    })
    .filter(|value| !value.is_empty())
}

fn find_separator(text: &str) -> Option<usize> {
    let (mut quoted, mut escaped, mut depth) = (false, false, 0_u32);
    for (at, c) in text.char_indices() {
        match c {
            _ if escaped => escaped = false,
            '\\' if quoted => escaped = true,
            '"' => quoted = !quoted,
            '<' if !quoted => depth += 1,
            '>' if !quoted => depth = depth.saturating_sub(1),
            ',' if !quoted && depth == 0 => return Some(at),
            _ => {}
        }
    }
    None
}

fn find_outside_quotes(text: &str, wanted: char) -> Option<usize> {
    let (mut quoted, mut escaped) = (false, false);
    for (at, c) in text.char_indices() {
        match c {
            _ if escaped => escaped = false,
            '\\' if quoted => escaped = true,
            '"' => quoted = !quoted,
            c if c == wanted && !quoted => return Some(at),
            _ => {}
        }
    }
    None
}

/// The value of `;name=value` among header parameters.
fn param<'a>(params: &'a str, name: &str) -> Option<&'a str> {
    params.split(';').find_map(|param| {
        let (key, value) = param.split_once('=')?;
        key.trim().eq_ignore_ascii_case(name).then(|| value.trim())
    })
}

fn unquote(text: &str) -> Option<String> {
    let inner = text.strip_prefix('"').and_then(|t| t.strip_suffix('"'));
    let plain = match inner {
        Some(quoted) => quoted.replace("\\\"", "\"").replace("\\\\", "\\"),
        None => text.to_owned(),
    };
    (!plain.is_empty()).then_some(plain)
}

/// `%2B` to `+` (RFC 3261 §19.1.2).
pub(super) fn unescape(text: &str) -> String {
    if !text.contains('%') {
        return text.to_owned();
    }
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((&byte, tail)) = rest.split_first() {
        let decoded = (byte == b'%')
            .then(|| tail.get(..2).and_then(|hex| std::str::from_utf8(hex).ok()))
            .flatten()
            .and_then(|hex| u8::from_str_radix(hex, 16).ok());
        bytes.push(decoded.unwrap_or(byte));
        rest = if decoded.is_some() { tail.get(2..).unwrap_or_default() } else { tail };
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quoted_brackets_and_commas_do_not_confuse() {
        let address = NameAddr::parse(r#""A, \"<b>\"" <sip:a@b.example;lr>;x=1; TAG = t1"#).unwrap();
        assert_eq!(address.display.as_deref(), Some(r#"A, "<b>""#));
        assert_eq!(address.uri, "sip:a@b.example;lr");
        assert_eq!(address.tag.as_deref(), Some("t1"));
        let list: Vec<_> = split_list(r#""a,b" <sip:x,y@h>, <sip:z@h>,, "#).collect();
        assert_eq!(list, [r#""a,b" <sip:x,y@h>"#, "<sip:z@h>"]);
    }

    #[test]
    fn parameters_without_brackets_belong_to_the_header() {
        let address = NameAddr::parse("sip:a@b.example;tag=9").unwrap();
        assert_eq!((address.uri.as_str(), address.tag.as_deref()), ("sip:a@b.example", Some("9")));
    }

    #[test]
    fn callers_are_numbers_names_or_hidden() {
        let from = |text: &str| NameAddr::parse(text).unwrap();
        let caller = |private, asserted: &[&str], f| {
            caller_id(private, asserted.iter().map(|a| NameAddr::parse(a).unwrap()), &from(f))
        };
        let number = |n: &str| CallerId::Number(n.into());
        assert_eq!(caller(false, &["<tel:+381-64-1234567>"], "<sip:x@y>"), number("+381641234567"));
        assert_eq!(caller(false, &["<sip:%2B38164@gw;user=phone>"], "<sip:1@y>"), number("+38164"));
        assert_eq!(caller(false, &[], "\"N\" <sip:0641234567@gw>"), number("0641234567"));
        assert_eq!(caller(true, &["<tel:+38164>"], "<sip:1@y>"), CallerId::Hidden);
        assert_eq!(caller(false, &[], "<sip:anonymous@anonymous.invalid>"), CallerId::Hidden);
        assert_eq!(caller(false, &[], "<sip:@x>"), CallerId::Hidden);
        assert_eq!(caller(false, &[], "<sip:marko@x>"), CallerId::Name("marko".into()));
    }

    /// What trunks in the wild write; the numbers themselves are judged by the domain.
    #[test]
    fn notations_of_real_trunks_are_understood() {
        let from = |text: &str| caller_id(false, std::iter::empty(), &NameAddr::parse(text).unwrap());
        let number = |n: &str| CallerId::Number(n.into());
        assert_eq!(from("<sip:+381641234567@10.0.0.1;user=phone>;tag=1"), number("+381641234567"));
        assert_eq!(from("<sip:00381641234567@operator.example>"), number("00381641234567"));
        assert_eq!(from("\"021480000\" <sip:021480000@operator.example:5060>"), number("021480000"));
        assert_eq!(from("<tel:+381-21-480-000>"), number("+38121480000"));
        assert_eq!(from("<tel:480000;phone-context=+38121>"), number("+38121480000"));
        assert_eq!(
            from("<sip:480000;phone-context=+38121@operator.example;user=phone>"),
            number("+38121480000")
        );
        assert_eq!(from("<tel:19812;phone-context=operator.example>"), number("19812"));
        assert_eq!(from("<sip:+381641234567;npdi;rn=+38160@gw>"), number("+381641234567"));
        for hidden in [
            "\"Anonymous\" <sip:anonymous@anonymous.invalid>",
            "<sip:Anonymous@operator.example>",
            "<sip:unavailable@unknown.invalid>",
            "<sip:Restricted@operator.example>",
            "<sip:UNKNOWN@gw>",
            "<sip:operator.example>",
            "\"Anonymous\" <sip:c8oqz84zk7z@anonymous.invalid>",
        ] {
            assert_eq!(from(hidden), CallerId::Hidden, "{hidden}");
        }
    }
}
