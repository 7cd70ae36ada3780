//! `[smpp]`

use std::collections::HashMap;

use serde::Deserialize;

use crate::domain::sender::{TextPurpose, check_sender};

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Smpp {
    /// A link of a lower priority takes over when the better ones could not send for so long.
    pub failover_after_s: u32,
    pub link: Vec<Link>,
}

impl Default for Smpp {
    fn default() -> Self {
        Self { failover_after_s: 10, link: Vec::new() }
    }
}

/// One bind to one SMSC.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Link {
    pub name: String,
    /// Links that lead to the same SMSC have the same: an id that one was given is reported by another. Empty: the link's own name.
    #[serde(default)]
    pub smsc: String,
    /// `host:port`
    pub address: String,
    #[serde(default)]
    pub tls: Tls,
    /// PEM file of authorities that are believed; empty: those of the system.
    #[serde(default)]
    pub tls_ca: String,
    #[serde(default)]
    pub bind: Bind,
    /// 1 is the first; equal ones share, others stand by.
    #[serde(default = "priority")]
    pub priority: u32,
    pub system_id: String,
    pub password: String,
    #[serde(default)]
    pub system_type: String,
    /// The number or name that our texts come from.
    pub sender: String,
    /// Where it depends on what a text is for.
    #[serde(default)]
    pub senders: HashMap<TextPurpose, String>,
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
    /// How the parts of long texts are told to be one.
    #[serde(default)]
    pub concatenation: Concatenation,
    /// A text of which nothing was heard for so long is asked about (query_sm); 0: never.
    #[serde(default = "query")]
    pub query_after_s: u32,
    /// Our texts carry a number that this SMSC repeats in its receipts.
    #[serde(default)]
    pub user_message_reference: bool,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Tls {
    #[default]
    None,
    /// From the first octet on.
    Implicit,
}

/// What the SMSC allows in one bind (SMPP 3.4 §2.1).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Bind {
    #[default]
    Transceiver,
    Transmitter,
    Receiver,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Concatenation {
    #[default]
    Udh,
    Udh16,
    Sar,
    Payload,
}

impl Link {
    /// The SMSC under which message ids are kept.
    pub fn smsc(&self) -> &str {
        if self.smsc.is_empty() { &self.name } else { &self.smsc }
    }

    /// Whom a text is from.
    pub fn sender_of(&self, purpose: TextPurpose) -> &str {
        self.senders.get(&purpose).unwrap_or(&self.sender)
    }

    /// Without the port.
    pub fn host(&self) -> &str {
        let host = self.address.rsplit_once(':').map_or(self.address.as_str(), |(host, _)| host);
        host.trim_start_matches('[').trim_end_matches(']')
    }
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Alphabet {
    /// 3GPP TS 23.038, one septet an octet: nearly every SMSC.
    #[default]
    Gsm7,
    /// The same, eight septets in seven octets.
    Gsm7Packed,
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
fn priority() -> u32 {
    1
}
fn query() -> u32 {
    3600
}

impl Smpp {
    pub(super) fn check(&self) -> Result<(), String> {
        for (index, link) in self.link.iter().enumerate() {
            let before = self.link.iter().take(index);
            if before.clone().any(|other| other.name == link.name) {
                return Err(format!("link {}: another one has this name", link.name));
            }
            link.check_senders()?;
            if link.priority == 0 {
                return Err(format!("link {}: the first priority is 1", link.name));
            }
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

impl Link {
    /// Telephones and SMSCs cut or refuse what is longer, each in its own way: nothing that should be found out by citizens.
    fn check_senders(&self) -> Result<(), String> {
        let of_purposes = self.senders.iter().map(|(purpose, sender)| (format!("senders.{purpose}"), sender));
        for (key, sender) in [("sender".to_owned(), &self.sender)].into_iter().chain(of_purposes) {
            check_sender(sender).map_err(|why| format!("link {}: {key} = {sender:?}: {why}", self.name))?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(more: &str) -> Result<(), String> {
        let link = "address='smsc.example:2775'\nsystem_id='a'\npassword='b'\n";
        let smpp: Smpp = toml::from_str(&format!("[[link]]\n{link}{more}")).map_err(|e| e.to_string())?;
        smpp.check()
    }

    #[test]
    fn senders_are_checked_and_the_error_says_which() {
        assert_eq!(check("name='a'\nsender='1234'\nsenders={campaign='GRAD', code='1212'}"), Ok(()));
        assert_eq!(
            check("name='a'\nsender='1234'\nsenders={campaign='GRAD BEOGRAD'}").unwrap_err(),
            "link a: senders.campaign = \"GRAD BEOGRAD\": a name has at most 11 characters"
        );
        assert!(check("name='a'\nsender='Град'").unwrap_err().contains("diacritics"));
        assert!(check("name='a'\nsender='1234'\nsenders={nonsense='GRAD'}").is_err());
    }

    #[test]
    fn links_have_names_of_their_own_and_may_share_an_smsc() {
        let two = |names: [&str; 2]| {
            let [first, second] = names;
            check(&format!(
                "name='{first}'\nsmsc='x'\nsender='1'\nbind='transmitter'\n[[link]]\nname='{second}'\nsmsc='x'\n\
                 address='[2001:db8::1]:2775'\nsystem_id='a'\npassword='b'\nsender='1'\nbind='receiver'"
            ))
        };
        assert_eq!(two(["out", "in"]), Ok(()));
        assert!(two(["out", "out"]).is_err());
    }

    #[test]
    fn host_is_the_address_without_its_port() {
        let smpp: Smpp = toml::from_str(
            "[[link]]\nname='a'\naddress='[2001:db8::1]:2775'\nsystem_id='a'\npassword='b'\nsender='1'",
        )
        .unwrap();
        assert_eq!(smpp.link[0].host(), "2001:db8::1");
        assert_eq!(smpp.link[0].smsc(), "a");
    }
}
