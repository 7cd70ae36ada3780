//! `[[sip.trunk]]`: one way to and from the telephone network.

use std::net::IpAddr;
use std::path::PathBuf;

use serde::Deserialize;

pub use crate::domain::outbound::NumberForm;

/// By address (`peers`), by registration (`server`, `register`), or both. Whoever is in none of them is refused.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Trunk {
    pub name: String,
    /// Addresses from which its requests come, besides those that `server` resolves to.
    #[serde(default)]
    pub peers: Vec<IpAddr>,
    /// `host`, `host:port` or an address. A name without a port is looked up by SRV first (RFC 3263).
    #[serde(default)]
    pub server: Option<String>,
    #[serde(default)]
    pub transport: Transport,
    /// User part of our address at the trunk; also the name in its digest, unless `auth_username` says another.
    #[serde(default)]
    pub username: Option<String>,
    #[serde(default)]
    pub auth_username: Option<String>,
    #[serde(default)]
    pub password: Option<String>,
    /// The password is given to this realm only. Empty: to whatever realm the server names.
    #[serde(default)]
    pub realm: Option<String>,
    /// Domain of our address at the trunk. Empty: the host of `server`.
    #[serde(default)]
    pub domain: Option<String>,
    #[serde(default)]
    pub register: bool,
    /// What we ask for; what the server grants counts.
    #[serde(default = "expires")]
    pub expires_s: u32,
    /// OPTIONS so often, to see whether it lives. 0: never; then it is taken for alive until a call fails.
    #[serde(default = "keepalive")]
    pub keepalive_s: u32,
    /// Our number as the called see it, E.164. Empty: `username`.
    #[serde(default)]
    pub number: Option<String>,
    /// What stands in From: our number, or the name that the trunk knows us by.
    #[serde(default)]
    pub from: FromUser,
    /// In which header our number is asserted.
    #[serde(default)]
    pub assert: Assert,
    /// A forwarded caller's own number is shown instead of ours. Many operators refuse it.
    #[serde(default)]
    pub show_caller: bool,
    /// How numbers are written towards the trunk.
    #[serde(default)]
    pub number_form: NumberForm,
    /// `;user=phone` in the URIs (RFC 3261 §19.1.1).
    #[serde(default = "yes")]
    pub user_phone: bool,
    /// Calls at once, both ways. 0: no limit of the trunk's own.
    #[serde(default)]
    pub max_channels: u32,
    /// New calls that we place through it in a second.
    #[serde(default = "calls_per_second")]
    pub calls_per_second: u32,
    /// What calls out may cost in a day. 0: no limit of the trunk's own.
    #[serde(default)]
    pub daily_spend: f64,
    #[serde(default)]
    pub srtp: Srtp,
    /// PEM file with the authorities that we believe for this server. Empty: those of the system.
    #[serde(default)]
    pub tls_ca: Option<PathBuf>,
    /// SHA-256 of the server's certificate, in hex: this one is believed and no other.
    #[serde(default)]
    pub tls_pin: Option<String>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Transport {
    #[default]
    Udp,
    Tcp,
    Tls,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum FromUser {
    #[default]
    Number,
    Username,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Assert {
    /// P-Asserted-Identity: what operators that trust us want (RFC 3325 §9.1).
    #[default]
    Asserted,
    /// P-Preferred-Identity: a wish, for operators that do not (RFC 3325 §9.2).
    Preferred,
    /// Remote-Party-ID, for old exchanges.
    Rpid,
    None,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Srtp {
    #[default]
    Off,
    /// Offered, and taken when the peer has it.
    Optional,
    Required,
}

fn expires() -> u32 {
    600
}
fn keepalive() -> u32 {
    30
}
fn calls_per_second() -> u32 {
    5
}
fn yes() -> bool {
    true
}

/// RFC 3261 §10.2.1.1 knows no lower bound; below this the network would be busy with registering.
const LEAST_EXPIRES: u32 = 30;

impl Trunk {
    /// Who may call in by address, and nothing else.
    pub fn by_address(name: &str, peers: Vec<IpAddr>) -> Self {
        Self {
            name: name.to_owned(),
            peers,
            server: None,
            transport: Transport::Udp,
            username: None,
            auth_username: None,
            password: None,
            realm: None,
            domain: None,
            register: false,
            expires_s: expires(),
            keepalive_s: keepalive(),
            number: None,
            from: FromUser::Number,
            assert: Assert::Asserted,
            show_caller: false,
            number_form: NumberForm::Plus,
            user_phone: true,
            max_channels: 0,
            calls_per_second: calls_per_second(),
            daily_spend: 0.0,
            srtp: Srtp::Off,
            tls_ca: None,
            tls_pin: None,
        }
    }

    /// Host and port of `server`; `None` when it is neither.
    pub fn host_port(&self) -> Option<(String, Option<u16>)> {
        split_host(self.server.as_deref()?)
    }

    pub fn places_calls(&self) -> bool {
        self.server.is_some()
    }

    pub(super) fn check(&self) -> Result<(), String> {
        if self.name.is_empty() {
            return Err("a trunk needs a name".into());
        }
        let wrong = |what: &str| Err(format!("trunk {}: {what}", self.name));
        if self.peers.is_empty() && self.server.is_none() {
            return wrong("it needs at least one address under `peers`, or a `server`");
        }
        if self.server.is_some() && self.host_port().is_none() {
            return wrong(
                "server is a host name or an address, with or without a port: \"sip.example.rs:5060\"",
            );
        }
        if self.register && (self.server.is_none() || self.username.is_none() || self.password.is_none()) {
            return wrong("to register it needs a server, a username and a password");
        }
        if self.expires_s < LEAST_EXPIRES {
            return wrong("expires_s must be at least 30");
        }
        if self.calls_per_second == 0 {
            return wrong("calls_per_second must be at least 1");
        }
        if self.number.as_deref().is_some_and(|number| !is_e164(number)) {
            return wrong("number is written with its country code: \"+38121480000\"");
        }
        if !(self.daily_spend.is_finite() && self.daily_spend >= 0.0) {
            return wrong("daily_spend is an amount, or 0");
        }
        if self.srtp == Srtp::Required && self.transport != Transport::Tls {
            // RFC 4568 §8: the keys stand in the SDP for everybody to read.
            return wrong(
                "srtp = \"required\" protects nothing without transport = \"tls\", which hides its keys",
            );
        }
        let hex = |pin: &str| pin.len() == 64 && pin.bytes().all(|b| b.is_ascii_hexdigit());
        if self.tls_pin.as_deref().is_some_and(|pin| !hex(&pin.replace(':', ""))) {
            return wrong("tls_pin is the SHA-256 of the certificate: 64 hex digits");
        }
        Ok(())
    }
}

/// `host`, `host:port`, `192.0.2.1:5060`, `2001:db8::1`, `[2001:db8::1]:5060`.
fn split_host(server: &str) -> Option<(String, Option<u16>)> {
    if server.parse::<IpAddr>().is_ok() {
        return Some((server.to_owned(), None));
    }
    if let Some(rest) = server.strip_prefix('[') {
        let (host, port) = rest.split_once(']')?;
        host.parse::<std::net::Ipv6Addr>().ok()?;
        let port = match port {
            "" => None,
            port => Some(port.strip_prefix(':')?.parse().ok().filter(|p| *p != 0)?),
        };
        return Some((host.to_owned(), port));
    }
    let (host, port) = match server.split_once(':') {
        Some((host, port)) => (host, Some(port.parse().ok().filter(|p| *p != 0)?)),
        None => (server, None),
    };
    let name = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '.' | '_');
    (!host.is_empty() && host.len() <= 253 && host.chars().all(name)).then(|| (host.to_owned(), port))
}

pub(super) fn is_e164(number: &str) -> bool {
    number
        .strip_prefix('+')
        .is_some_and(|n| (6..=15).contains(&n.len()) && n.bytes().all(|b| b.is_ascii_digit()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn servers_are_names_or_addresses_with_or_without_a_port() {
        let host = |host: &str, port| Some((host.to_owned(), port));
        assert_eq!(split_host("sip.example.rs"), host("sip.example.rs", None));
        assert_eq!(split_host("sip.example.rs:5070"), host("sip.example.rs", Some(5070)));
        assert_eq!(split_host("192.0.2.1:5060"), host("192.0.2.1", Some(5060)));
        assert_eq!(split_host("2001:db8::1"), host("2001:db8::1", None));
        assert_eq!(split_host("[2001:db8::1]:5061"), host("2001:db8::1", Some(5061)));
        for wrong in ["", "sip:x", "a b", "x:0", "x:99999", "[::1", "x:5060:5060"] {
            assert_eq!(split_host(wrong), None, "{wrong}");
        }
    }
}
