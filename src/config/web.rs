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
    /// The longest file, and the longest form with all its files, in megabytes of 1,048,576 bytes.
    pub max_file_mb: u32,
    pub max_upload_mb: u32,
}

impl Web {
    pub fn file_bytes(&self) -> u64 {
        u64::from(self.max_file_mb) * 1024 * 1024
    }

    pub fn upload_bytes(&self) -> usize {
        usize::try_from(self.max_upload_mb).unwrap_or(usize::MAX).saturating_mul(1024 * 1024)
    }

    pub(super) fn check(&self) -> Result<(), String> {
        if self.max_file_mb == 0 || self.max_upload_mb < self.max_file_mb || self.max_upload_mb > MOST_MB {
            return Err(format!("1 <= max_file_mb <= max_upload_mb <= {MOST_MB}"));
        }
        Ok(())
    }
}

/// A file is examined in memory.
const MOST_MB: u32 = 1_024;

impl Default for Web {
    fn default() -> Self {
        Self {
            listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 8080)),
            public_url: String::new(),
            language: "sr-Cyrl".into(),
            municipality: "Општина".into(),
            session_minutes: 12 * 60,
            max_file_mb: 25,
            max_upload_mb: 100,
        }
    }
}
