//! `[sip]`: where we listen, and the trunks ([`super::trunk`]).

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::PathBuf;

use serde::Deserialize;

pub use super::trunk::{Assert, FromUser, NumberForm, Srtp, Transport, Trunk};

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Sip {
    /// UDP and TCP.
    pub listen: SocketAddr,
    /// TLS. `None`: phones and trunks cannot connect to us by TLS; trunks that we connect to still may ask for it.
    pub tls_listen: Option<SocketAddr>,
    /// PEM files. `None`: a self-signed certificate is made in the data folder.
    pub tls_certificate: Option<PathBuf>,
    pub tls_key: Option<PathBuf>,
    /// What Contact and SDP say when the machine stands behind NAT. Empty: the address that reaches the peer.
    pub external_address: Option<IpAddr>,
    /// Who is asked where the servers of trunks are: many operators publish them in their own DNS only. Empty: the name servers of
    /// the system.
    pub name_servers: Vec<SocketAddr>,
    /// What phones are told to connect to, a name or an address. Empty: `external_address`, or the host of the page that they are
    /// added on.
    pub domain: String,
    /// Part of what is kept of phones' passwords: when it changes, every phone needs a new one.
    pub realm: String,
    /// Calls at once; further ones get `503` with `Retry-After`.
    pub max_calls: u32,
    /// New calls per second over which further ones are refused early and cheaply.
    pub max_calls_per_second: u32,
    /// Seconds in `Retry-After`.
    pub retry_after_s: u32,
    /// A caller hears ringing for so long before we answer. 0: answered at once.
    pub ring_ms: u32,
    pub trunk: Vec<Trunk>,
}

impl Default for Sip {
    fn default() -> Self {
        Self {
            listen: SocketAddr::from((Ipv4Addr::UNSPECIFIED, 5060)),
            tls_listen: None,
            tls_certificate: None,
            tls_key: None,
            external_address: None,
            name_servers: Vec::new(),
            domain: String::new(),
            realm: "odziv".into(),
            max_calls: 4_000,
            max_calls_per_second: 3_000,
            retry_after_s: 5,
            ring_ms: 0,
            trunk: Vec::new(),
        }
    }
}

impl Sip {
    pub(super) fn check(&self) -> Result<(), String> {
        if self.max_calls == 0 || self.max_calls_per_second == 0 {
            return Err("max_calls and max_calls_per_second must be at least 1".into());
        }
        let plain = |text: &str| text.chars().all(|c| c.is_ascii_alphanumeric() || ".-_:[]".contains(c));
        if self.realm.is_empty() || !plain(&self.realm) || !plain(&self.domain) {
            return Err(
                "realm and domain have letters, digits, '.' and '-' only, and realm is not empty".into()
            );
        }
        if self.tls_certificate.is_some() != self.tls_key.is_some() {
            return Err("tls_certificate and tls_key belong together: give both or neither".into());
        }
        let mut peers = Vec::new();
        for (index, trunk) in self.trunk.iter().enumerate() {
            trunk.check()?;
            if self.trunk.iter().take(index).any(|other| other.name == trunk.name) {
                return Err(format!("two trunks are called {}", trunk.name));
            }
            for peer in &trunk.peers {
                if peers.contains(&peer.to_canonical()) {
                    return Err(format!("{peer} is a peer of two trunks; whose calls are they?"));
                }
                peers.push(peer.to_canonical());
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str) -> Result<(), String> {
        toml::from_str::<Sip>(text).map_err(|e| e.to_string())?.check()
    }

    #[test]
    fn trunk_by_address_needs_nothing_else() {
        assert_eq!(check("[[trunk]]\nname = \"a\"\npeers = [\"192.0.2.7\"]"), Ok(()));
    }

    #[test]
    fn trunk_that_registers_is_whole() {
        let whole = "[[trunk]]\nname = \"a\"\nserver = \"sip.example.rs\"\ntransport = \"tls\"\nsrtp = \"required\"\n\
                     username = \"38121480000\"\npassword = \"p\"\nregister = true\nnumber = \"+38121480000\"";
        assert_eq!(check(whole), Ok(()));
    }

    #[test]
    fn mistakes_are_said_in_words() {
        for (text, words) in [
            ("[[trunk]]\nname = \"a\"", "`peers`"),
            ("[[trunk]]\nname = \"\"\npeers = [\"192.0.2.7\"]", "needs a name"),
            ("[[trunk]]\nname = \"a\"\nserver = \"sip:x.example\"", "server"),
            ("[[trunk]]\nname = \"a\"\nserver = \"x.example:sip\"", "server"),
            ("[[trunk]]\nname = \"a\"\nserver = \"x.example\"\nregister = true", "username"),
            ("[[trunk]]\nname = \"a\"\npeers = [\"192.0.2.7\"]\nregister = true", "server"),
            ("[[trunk]]\nname = \"a\"\nserver = \"x\"\nnumber = \"021480\"", "+"),
            ("[[trunk]]\nname = \"a\"\nserver = \"x\"\nsrtp = \"required\"", "tls"),
            ("[[trunk]]\nname = \"a\"\nserver = \"x\"\ntls_pin = \"abc\"", "tls_pin"),
            ("[[trunk]]\nname = \"a\"\nserver = \"x\"\nexpires_s = 5", "expires_s"),
            (
                "[[trunk]]\nname = \"a\"\nserver = \"x\"\n[[trunk]]\nname = \"a\"\nserver = \"y\"",
                "two trunks",
            ),
            (
                "[[trunk]]\nname = \"a\"\npeers = [\"192.0.2.7\"]\n[[trunk]]\nname = \"b\"\npeers = [\"192.0.2.7\"]",
                "two trunks",
            ),
            ("tls_key = \"k.pem\"", "both"),
        ] {
            let error = check(text).unwrap_err();
            assert!(error.contains(words), "{text}: {error}");
        }
    }
}
