//! `[sip]`

use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use serde::Deserialize;

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Sip {
    /// UDP and TCP.
    pub listen: SocketAddr,
    /// What Contact and SDP say when the machine stands behind NAT. Empty: the address that reaches the peer.
    pub external_address: Option<IpAddr>,
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

/// A peer that may call in. Everybody else is refused.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Trunk {
    pub name: String,
    /// Addresses from which its requests come.
    pub peers: Vec<IpAddr>,
}

impl Default for Sip {
    fn default() -> Self {
        Self {
            listen: SocketAddr::from((Ipv4Addr::UNSPECIFIED, 5060)),
            external_address: None,
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
        for trunk in &self.trunk {
            if trunk.name.is_empty() || trunk.peers.is_empty() {
                return Err("a trunk needs a name and at least one address under `peers`".into());
            }
        }
        if self.max_calls == 0 || self.max_calls_per_second == 0 {
            return Err("max_calls and max_calls_per_second must be at least 1".into());
        }
        Ok(())
    }
}
