//! `[smpp]`

use serde::Deserialize;

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Smpp {
    pub link: Vec<Link>,
}

/// One bind to one SMSC.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Link {
    pub name: String,
    /// `host:port`
    pub address: String,
    pub system_id: String,
    pub password: String,
    #[serde(default)]
    pub system_type: String,
    /// The number or name that our texts come from.
    pub sender: String,
    /// Unanswered submits at once.
    #[serde(default = "window")]
    pub window: u32,
    /// Messages per second; the SMSC's contract says it.
    #[serde(default = "throttle")]
    pub messages_per_second: u32,
    #[serde(default = "enquire")]
    pub enquire_link_s: u32,
    /// No answer for so long: the link is taken for dead.
    #[serde(default = "response")]
    pub response_timeout_s: u32,
    /// Reconnect with back-off: from 1 s up to this.
    #[serde(default = "reconnect")]
    pub reconnect_max_s: u32,
    /// What the SMSC means by data_coding 0, "the SMSC default alphabet".
    #[serde(default)]
    pub default_alphabet: Alphabet,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Alphabet {
    /// 3GPP TS 23.038, one septet an octet: nearly every SMSC.
    #[default]
    Gsm7,
    Latin1,
}

fn window() -> u32 {
    10
}
fn throttle() -> u32 {
    50
}
fn enquire() -> u32 {
    30
}
fn response() -> u32 {
    30
}
fn reconnect() -> u32 {
    60
}

impl Smpp {
    pub(super) fn check(&self) -> Result<(), String> {
        for link in &self.link {
            if link.name.is_empty() || link.address.is_empty() || link.sender.is_empty() {
                return Err("a link needs a name, an address and a sender".into());
            }
            // SMPP 3.4 §5.2.1 and §5.2.2: C-octet strings of 16 and 9 with their terminator.
            if link.system_id.len() > 15 || link.password.len() > 8 {
                return Err(format!(
                    "link {}: system_id holds at most 15 characters, password at most 8",
                    link.name
                ));
            }
            if link.window == 0
                || link.messages_per_second == 0
                || link.enquire_link_s == 0
                || link.response_timeout_s == 0
            {
                return Err(format!(
                    "link {}: window, messages_per_second and the times must be at least 1",
                    link.name
                ));
            }
        }
        Ok(())
    }
}
