//! `[media]`

use serde::Deserialize;

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Media {
    /// First and last UDP port for RTP; even ports of this range are used, the odd one above belongs to RTCP.
    pub port_min: u16,
    pub port_max: u16,
    /// A call without a packet for so long is ended.
    pub silent_after_s: u32,
    /// A port rests for so long before the next call gets it.
    pub quarantine_s: u32,
}

impl Default for Media {
    fn default() -> Self {
        Self { port_min: 20_000, port_max: 39_999, silent_after_s: 30, quarantine_s: 5 }
    }
}

impl Media {
    pub(super) fn check(&self) -> Result<(), String> {
        if self.port_min < 1024 || self.port_max <= self.port_min {
            return Err("port_min must be at least 1024 and below port_max".into());
        }
        Ok(())
    }
}
