//! `[mail]`

use serde::Deserialize;

/// One mailbox of the municipality: read by IMAP, answered by SMTP. Nothing of it is on while `address` is empty.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Mail {
    /// What we send from, and where answers go.
    pub address: String,
    /// Stands beside the address, and under what we write.
    pub name: String,
    /// Of our Message-IDs; empty: that of the address.
    pub domain: String,
    /// Receipts that one address gets in an hour; what comes beyond becomes cases without one.
    pub receipts_per_hour: u32,
    /// Bigger mails become a case that says so, with their head; they stay in the mailbox.
    pub max_message_mb: u32,
    /// A mail that a server does not take for now is tried for so long.
    pub give_up_days: u32,
    /// A mail that a server took and nobody returned for so long counts as told.
    pub presumed_after_h: u32,
    /// Where mails are returned to: `+` and a token are put behind its first part, so that a mail is known by the address to which it came back.
    /// Must come into the mailbox above. Empty: to `address`, without a token.
    pub return_address: String,
    pub imap: Option<Imap>,
    pub smtp: Option<Smtp>,
    pub dkim: Option<Dkim>,
    /// The address that people type (`[web] public_url`), for links in mails to colleagues; empty: no links.
    #[serde(skip)]
    pub pages: String,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Imap {
    pub host: String,
    #[serde(default = "imap_port")]
    pub port: u16,
    #[serde(default)]
    pub tls: Tls,
    /// PEM file of authorities that are believed; empty: those of the system.
    #[serde(default)]
    pub tls_ca: String,
    pub user: String,
    pub password: String,
    #[serde(default = "folder")]
    pub folder: String,
    /// Where mails go when their case is written; empty: they stay, marked as seen.
    #[serde(default)]
    pub done_folder: String,
    /// How often a server without IDLE is asked.
    #[serde(default = "poll")]
    pub poll_s: u32,
    /// No answer for so long: the connection is taken for dead.
    #[serde(default = "response")]
    pub response_timeout_s: u32,
    /// Reconnect with back-off: from 1 s up to this.
    #[serde(default = "reconnect")]
    pub reconnect_max_s: u32,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Smtp {
    pub host: String,
    #[serde(default = "smtp_port")]
    pub port: u16,
    #[serde(default = "starttls")]
    pub tls: Tls,
    #[serde(default)]
    pub tls_ca: String,
    /// Empty: the server asks for none.
    #[serde(default)]
    pub user: String,
    #[serde(default)]
    pub password: String,
    /// Connections at once.
    #[serde(default = "connections")]
    pub connections: u32,
    #[serde(default = "response")]
    pub response_timeout_s: u32,
    /// The server is asked to say when a mail has arrived, where it can (RFC 3461): the proof that a citizen was told.
    #[serde(default = "yes")]
    pub delivery_reports: bool,
    /// All connections together; 0: no limit.
    #[serde(default)]
    pub messages_per_second: u32,
    /// Domains that take no more than so much.
    #[serde(default)]
    pub domain: Vec<Domain>,
}

/// Mails are signed by the domain that they come from (RFC 6376).
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Dkim {
    /// The key stands in DNS under `<selector>._domainkey.<domain>`.
    pub selector: String,
    /// Empty: that of `address`.
    #[serde(default)]
    pub domain: String,
    /// PEM: RSA of 2048 bits or more, or Ed25519.
    pub key_file: String,
}

/// What one domain takes.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Domain {
    /// In small letters; `*`: every other.
    pub name: String,
    /// 0: no limit.
    #[serde(default)]
    pub per_minute: u32,
    /// At once; 0: no limit.
    #[serde(default)]
    pub connections: u32,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Tls {
    /// From the first octet (RFC 8314).
    #[default]
    Implicit,
    /// A plain greeting, then TLS; refused when the server does not offer it.
    Starttls,
    /// In the clear: only for a server on the same machine.
    None,
}

fn imap_port() -> u16 {
    993
}
fn smtp_port() -> u16 {
    587
}
fn starttls() -> Tls {
    Tls::Starttls
}
fn folder() -> String {
    "INBOX".into()
}
fn poll() -> u32 {
    30
}
fn response() -> u32 {
    60
}
fn reconnect() -> u32 {
    120
}
fn yes() -> bool {
    true
}
fn connections() -> u32 {
    2
}

impl Default for Mail {
    fn default() -> Self {
        Self {
            address: String::new(),
            name: String::new(),
            domain: String::new(),
            receipts_per_hour: 5,
            max_message_mb: 25,
            give_up_days: 3,
            presumed_after_h: 24,
            return_address: String::new(),
            imap: None,
            smtp: None,
            dkim: None,
            pages: String::new(),
        }
    }
}

/// A bigger mailbox message would fill the memory of a small machine: it is read whole.
const BIGGEST_MB: u32 = 200;

impl Mail {
    /// Of our Message-IDs, in small letters.
    pub fn own_domain(&self) -> String {
        let of_address = self.address.rsplit_once('@').map_or("", |(_, domain)| domain);
        let domain = if self.domain.is_empty() { of_address } else { &self.domain };
        domain.to_ascii_lowercase()
    }

    /// Of the address, or as it is said.
    pub fn signing_domain(&self) -> Option<String> {
        let dkim = self.dkim.as_ref()?;
        let of_address = self.address.rsplit_once('@').map_or("", |(_, domain)| domain);
        Some(if dkim.domain.is_empty() { of_address } else { &dkim.domain }.to_ascii_lowercase())
    }

    /// To one of our pages; empty when nobody said where they are.
    pub fn link(&self, path: &str) -> String {
        let pages = self.pages.trim_end_matches('/');
        if pages.is_empty() { String::new() } else { format!("{pages}{path}") }
    }

    /// Whether anything can be sent.
    pub fn sends(&self) -> bool {
        self.smtp.is_some()
    }

    pub(super) fn check(&self) -> Result<(), String> {
        if self.imap.is_none() && self.smtp.is_none() {
            return Ok(());
        }
        let domain = self.own_domain();
        let good_address = self.address.split_once('@').is_some_and(|(local, domain)| {
            !local.is_empty() && !domain.is_empty() && !self.address.contains(char::is_whitespace)
        });
        if !good_address {
            return Err(format!("address: {:?} is not an e-mail address", self.address));
        }
        if !domain.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '-')) {
            return Err(format!("domain: {domain:?} must be in ASCII, as it stands in Message-IDs"));
        }
        if self.name.contains(['\n', '\r']) {
            return Err("name: must be on one line".into());
        }
        if !(1..=BIGGEST_MB).contains(&self.max_message_mb) {
            return Err(format!("max_message_mb: from 1 to {BIGGEST_MB}"));
        }
        if self.give_up_days == 0 || self.presumed_after_h == 0 {
            return Err("give_up_days and presumed_after_h must be at least 1".into());
        }
        if !self.return_address.is_empty()
            && self.return_address.rsplit_once('@').is_none_or(|(local, domain)| {
                // RFC 5321 §4.5.3.1.1: with the token no more than 64.
                local.is_empty() || local.len() > 32 || domain.is_empty() || !self.return_address.is_ascii()
            })
        {
            return Err(format!(
                "return_address: {:?} is no address of at most 32 letters before the @",
                self.return_address
            ));
        }
        if let Some(dkim) = &self.dkim {
            dkim.check().map_err(|why| format!("dkim: {why}"))?;
        }
        if let Some(imap) = &self.imap {
            imap.check().map_err(|why| format!("imap: {why}"))?;
        }
        if let Some(smtp) = &self.smtp {
            smtp.check().map_err(|why| format!("smtp: {why}"))?;
        }
        Ok(())
    }
}

impl Imap {
    fn check(&self) -> Result<(), String> {
        if self.host.is_empty() || self.user.is_empty() || self.folder.is_empty() {
            return Err("host, user and folder are needed".into());
        }
        if self.done_folder == self.folder {
            return Err("done_folder must be another one than folder".into());
        }
        if self.poll_s == 0 || self.response_timeout_s == 0 || self.reconnect_max_s == 0 {
            return Err("the times must be at least 1".into());
        }
        in_the_clear(self.tls, &self.host)
    }
}

impl Dkim {
    fn check(&self) -> Result<(), String> {
        let good = |text: &str| {
            !text.is_empty()
                && text.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_'))
        };
        if !good(&self.selector) {
            return Err(format!("selector: {:?} is no name in DNS", self.selector));
        }
        if !self.domain.is_empty() && !good(&self.domain) {
            return Err(format!("domain: {:?} must be in ASCII", self.domain));
        }
        if self.key_file.is_empty() {
            return Err("key_file is needed".into());
        }
        Ok(())
    }
}

impl Smtp {
    fn check(&self) -> Result<(), String> {
        if self.host.is_empty() {
            return Err("host is needed".into());
        }
        if self.connections == 0 || self.response_timeout_s == 0 {
            return Err("connections and response_timeout_s must be at least 1".into());
        }
        for (at, domain) in self.domain.iter().enumerate() {
            let name = &domain.name;
            let good = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '.' | '-');
            if name != "*" && (name.is_empty() || !name.chars().all(good)) {
                return Err(format!("domain: {name:?} must be a domain in small ASCII letters, or \"*\""));
            }
            if self.domain.iter().skip(at + 1).any(|other| other.name == *name) {
                return Err(format!("domain: {name:?} stands there twice"));
            }
        }
        if self.user.is_empty() {
            return Ok(());
        }
        in_the_clear(self.tls, &self.host)
    }
}

/// A password and citizens' mails do not cross a network unencrypted.
fn in_the_clear(tls: Tls, host: &str) -> Result<(), String> {
    let here = matches!(host, "localhost" | "127.0.0.1" | "::1");
    if tls == Tls::None && !here {
        return Err("tls = \"none\" is only for a server on this machine".into());
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn checked(text: &str) -> Result<(), String> {
        toml::from_str::<Mail>(text).map_err(|e| e.to_string())?.check()
    }

    #[test]
    fn mistakes_are_named() {
        let smtp = "[smtp]\nhost = 'mx.rs'\n";
        assert_eq!(checked(""), Ok(()));
        assert_eq!(checked(&format!("address = 'a@grad.rs'\n{smtp}")), Ok(()));
        for (text, says) in [
            (smtp.to_owned(), "not an e-mail address"),
            (format!("address = 'a@град.срб'\n{smtp}"), "ASCII"),
            (format!("address = 'a@grad.rs'\nmax_message_mb = 0\n{smtp}"), "max_message_mb"),
            (format!("address = 'a@grad.rs'\nreturn_address = 'grad.rs'\n{smtp}"), "return_address"),
            (format!("address = 'a@grad.rs'\n{smtp}[dkim]\nselector = 'x y'\nkey_file = 'k'"), "selector"),
            (format!("address = 'a@grad.rs'\n{smtp}[[smtp.domain]]\nname = 'Gmail.com'"), "small"),
            (format!("address = 'a@grad.rs'\n{smtp}[[smtp.domain]]\nname = '*'\n[[smtp.domain]]\nname = '*'"), "twice"),
            ("address = 'a@grad.rs'\n[imap]\nhost = 'mx.rs'\nuser = 'u'\npassword = 'p'\ntls = 'none'".into(), "this machine"),
            ("address = 'a@grad.rs'\n[imap]\nhost = 'mx.rs'\nuser = 'u'\npassword = 'p'\ndone_folder = 'INBOX'".into(), "done_folder"),
            ("address = 'a@grad.rs'\n[imap]\nhost = 'mx.rs'\nuser = 'u'\npassword = 'p'\ntls = 'ssl'".into(), "ssl"),
        ] {
            let error = checked(&text).unwrap_err();
            assert!(error.contains(says), "{error}");
        }
    }
}
