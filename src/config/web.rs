//! `[web]`

use std::net::{Ipv4Addr, SocketAddr};

use serde::Deserialize;

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Web {
    pub listen: SocketAddr,
    /// The address that people type, when a reverse proxy with TLS stands in front: `https://odziv.example.rs`.
    /// Cookies are marked `Secure` when it begins with `https`.
    pub public_url: String,
    /// `sr-Cyrl`, `sr-Latn` or `en`: for people who have not chosen.
    pub language: String,
    /// Shown in the header and on documents.
    pub municipality: String,
    /// A session ends after this many minutes without a click.
    pub session_minutes: u32,
}

impl Default for Web {
    fn default() -> Self {
        Self {
            listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 8080)),
            public_url: String::new(),
            language: "sr-Cyrl".into(),
            municipality: "Општина".into(),
            session_minutes: 12 * 60,
        }
    }
}
