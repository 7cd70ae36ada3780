//! The topmost Via: where a response goes (RFC 3261 §18.2.2, RFC 3581) and what a transaction is known by (§17.2.3).

use std::net::{IpAddr, SocketAddr};

/// Branches of RFC 3261 begin with it; others come from before 2002 and are not unique.
pub const MAGIC_COOKIE: &str = "z9hG4bK";

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Via {
    /// The first value of the header as it stands on the wire.
    pub raw: String,
    /// `host[:port]`, in lower case.
    pub sent_by: String,
    port: Option<u16>,
    pub branch: Option<String>,
    /// The client asks for the answer where it sent from.
    pub rport: bool,
}

impl Via {
    /// Parses the first value of a Via header and gives back what follows it, if more values share the line.
    pub fn parse(line: &str) -> Option<(Self, Option<&str>)> {
        let mut values = super::split_list(line);
        let raw = values.next()?;
        let rest = values.next().map(|second| {
            let at = second.as_ptr() as usize - line.as_ptr() as usize;
            line.get(at..).unwrap_or(second)
        });
        let mut params = after_protocol(raw)?.split(';').map(str::trim);
        let sent_by = params.next()?.to_ascii_lowercase();
        let port = port_of(&sent_by)?;
        let (mut branch, mut rport) = (None, false);
        for param in params {
            let (name, value) = param.split_once('=').unwrap_or((param, ""));
            match name.trim() {
                name if name.eq_ignore_ascii_case("branch") && branch.is_none() => {
                    branch = Some(value.trim().to_owned()).filter(|branch| !branch.is_empty());
                }
                name if name.eq_ignore_ascii_case("rport") => rport = true,
                _ => {}
            }
        }
        Some((Self { raw: raw.to_owned(), sent_by, port, branch, rport }, rest))
    }

    pub fn has_magic_cookie(&self) -> bool {
        self.branch
            .as_deref()
            .and_then(|b| b.get(..MAGIC_COOKIE.len()))
            .is_some_and(|b| b.eq_ignore_ascii_case(MAGIC_COOKIE))
    }

    /// Where an answer over UDP goes. Over TCP it goes back on its connection.
    pub fn reply_address(&self, source: SocketAddr) -> SocketAddr {
        match self.rport {
            true => source,
            // RFC 3261 §18.2.2: the address that the packet came from, the port that the client listens on.
            false => SocketAddr::new(source.ip(), self.port.unwrap_or(5060)),
        }
    }

    /// The value as it stands in our answer: with `received` and `rport` (RFC 3581 §4).
    pub fn answered(&self, source: SocketAddr) -> String {
        // A socket for both families writes IPv4 as ::ffff:192.0.2.1, which the peer would not recognise.
        let source = SocketAddr::new(source.ip().to_canonical(), source.port());
        let differs = !self.host_is(source.ip());
        if !differs && !self.rport {
            return self.raw.clone();
        }
        let mut answered = match self.rport_span() {
            Some((start, end)) if self.rport => {
                let head = self.raw.get(..start).unwrap_or_default();
                let tail = self.raw.get(end..).unwrap_or_default();
                format!("{head};rport={}{tail}", source.port())
            }
            _ => self.raw.clone(),
        };
        answered.push_str(&format!(";received={}", source.ip()));
        answered
    }

    /// Whether the sender's own idea of its address is where its packet came from.
    pub fn is_from(&self, source: SocketAddr) -> bool {
        self.host_is(source.ip().to_canonical()) && self.port.unwrap_or(5060) == source.port()
    }

    fn host_is(&self, address: IpAddr) -> bool {
        let host = match self.port {
            Some(_) => self.sent_by.rsplit_once(':').map_or(self.sent_by.as_str(), |(host, _)| host),
            None => &self.sent_by,
        };
        host.trim_matches(['[', ']']).parse::<IpAddr>().is_ok_and(|host| host == address)
    }

    /// Where `;rport` or `;rport=value` stands.
    fn rport_span(&self) -> Option<(usize, usize)> {
        let lower = self.raw.to_ascii_lowercase();
        let start = lower.match_indices(";rport").map(|(at, _)| at).find(|at| {
            lower.get(at + 6..).is_none_or(|rest| rest.is_empty() || rest.starts_with([';', '=', ' ']))
        })?;
        let end = lower.get(start + 1..)?.find(';').map_or(lower.len(), |offset| start + 1 + offset);
        Some((start, end))
    }
}

/// What follows `SIP/2.0/UDP`, which may be written with spaces around its slashes (RFC 3261 §20.42).
fn after_protocol(raw: &str) -> Option<&str> {
    let (name, rest) = raw.split_once('/')?;
    let (version, rest) = rest.split_once('/')?;
    let rest = rest.trim_start();
    let (transport, rest) = rest.split_once([' ', '\t'])?;
    let sip = name.trim().eq_ignore_ascii_case("SIP") && version.trim() == "2.0" && !transport.is_empty();
    sip.then(|| rest.trim_start())
}

/// The port of `host[:port]`; `None` when it is no such thing.
fn port_of(sent_by: &str) -> Option<Option<u16>> {
    let (host, rest) = match sent_by.strip_prefix('[') {
        Some(inner) => inner.split_once(']')?,
        None => sent_by.split_at(sent_by.find(':').unwrap_or(sent_by.len())),
    };
    if host.trim().is_empty() || host.trim().contains(char::is_whitespace) {
        return None;
    }
    match rest.trim().strip_prefix(':') {
        Some(port) => port.trim().parse().ok().map(Some),
        None => rest.trim().is_empty().then_some(None),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn via(line: &str) -> Via {
        Via::parse(line).unwrap().0
    }

    #[test]
    fn answer_returns_to_the_source_when_rport_asks_for_it() {
        let source: SocketAddr = "198.51.100.7:40000".parse().unwrap();
        let via = via("SIP/2.0/UDP 10.0.0.5:5070;rport;branch=z9hG4bK1");
        assert_eq!(via.reply_address(source), source);
        assert_eq!(
            via.answered(source),
            "SIP/2.0/UDP 10.0.0.5:5070;rport=40000;branch=z9hG4bK1;received=198.51.100.7"
        );
    }

    #[test]
    fn answer_goes_to_the_port_of_sent_by_without_rport() {
        let source: SocketAddr = "198.51.100.7:40000".parse().unwrap();
        let via = via("SIP/2.0/UDP 198.51.100.7:5070;branch=z9hG4bK1");
        assert_eq!(via.reply_address(source), "198.51.100.7:5070".parse().unwrap());
        assert_eq!(via.answered(source), via.raw);
        assert!(via.has_magic_cookie());
    }

    #[test]
    fn ipv4_through_a_socket_for_both_families_is_written_as_ipv4() {
        let via = via("SIP/2.0/UDP 198.51.100.7:5070;rport;branch=z9hG4bK1");
        let answered = via.answered("[::ffff:198.51.100.7]:5070".parse().unwrap());
        assert_eq!(
            answered,
            "SIP/2.0/UDP 198.51.100.7:5070;rport=5070;branch=z9hG4bK1;received=198.51.100.7"
        );
    }

    #[test]
    fn spaces_and_addresses_of_both_families_are_read() {
        let spaced = via("SIP / 2.0 / UDP  first.example: 4000 ; ttl=16 ; branch=z9hG4bKa7c6a8 ;RPORT");
        assert_eq!(
            (spaced.port, spaced.branch.as_deref(), spaced.rport),
            (Some(4000), Some("z9hG4bKa7c6a8"), true)
        );
        assert_eq!(via("SIP/2.0/TLS [2001:DB8::9]:6050;branch=x").sent_by, "[2001:db8::9]:6050");
        assert_eq!(via("SIP/2.0/TLS [2001:DB8::9]").port, None);
        for broken in [
            "",
            "SIP/2.0",
            "SIP/2.0/UDP",
            "SIP/2.0/UDP ;branch=x",
            "SIP/2.0/UDP a:99999",
            "SIP/2.0/UDP a b;x",
            "X/2.0/UDP a",
        ] {
            assert!(Via::parse(broken).is_none(), "{broken}");
        }
    }

    #[test]
    fn second_value_of_a_line_is_kept() {
        let (first, rest) =
            Via::parse("SIP/2.0/UDP a.example;branch=z9hG4bKa , SIP/2.0/TCP b.example;branch=z9hG4bKb")
                .unwrap();
        assert_eq!(first.branch.as_deref(), Some("z9hG4bKa"));
        assert_eq!(rest, Some("SIP/2.0/TCP b.example;branch=z9hG4bKb"));
    }
}
