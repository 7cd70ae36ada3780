//! E-mail addresses. Stored in one form, so that a citizen who writes from `Ana@Example.RS` and from `ana@example.rs` is one.

use std::fmt;

use serde::{Deserialize, Serialize};

/// RFC 5321 §4.5.3.1: 64 octets before the `@`, 255 after it.
const LONGEST_LOCAL: usize = 64;
const LONGEST_DOMAIN: usize = 255;

/// In small letters, the domain in ASCII (RFC 5891). The part before the `@` may differ by capitals in theory (RFC 5321 §2.4); no
/// provider that people use does so.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct EmailAddress(String);

#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not an e-mail address")]
pub struct NoAddress;

impl EmailAddress {
    pub fn parse(text: &str) -> Result<Self, NoAddress> {
        let text = text.trim().trim_matches(['<', '>']);
        let (local, domain) = text.rsplit_once('@').ok_or(NoAddress)?;
        let local = local.to_lowercase();
        let domain = idna::domain_to_ascii(domain.trim_end_matches('.')).map_err(|_| NoAddress)?;
        let good = |c: char| {
            !c.is_whitespace()
                && !c.is_control()
                && !matches!(c, '<' | '>' | '(' | ')' | ',' | ';' | ':' | '"' | '\\' | '@')
        };
        if local.is_empty() || local.len() > LONGEST_LOCAL || !local.chars().all(good) {
            return Err(NoAddress);
        }
        let label = |l: &str| {
            !l.is_empty()
                && l.len() <= 63
                && l.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_'))
        };
        if domain.len() > LONGEST_DOMAIN || !domain.split('.').all(label) {
            return Err(NoAddress);
        }
        Ok(Self(format!("{local}@{domain}")))
    }

    /// What is in the database was parsed before.
    pub fn from_stored(text: &str) -> Option<Self> {
        text.contains('@').then(|| Self(text.to_owned()))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }

    pub fn local(&self) -> &str {
        self.0.rsplit_once('@').map_or("", |(local, _)| local)
    }

    pub fn domain(&self) -> &str {
        self.0.rsplit_once('@').map_or("", |(_, domain)| domain)
    }

    /// Whether nobody reads what is sent there.
    pub fn reads_nothing(&self) -> bool {
        const NAMES: [&str; 12] = [
            "noreply",
            "donotreply",
            "nereply",
            "neodgovaraj",
            "neodgovarajte",
            "mailerdaemon",
            "postmaster",
            "bounce",
            "bounces",
            "nobody",
            "automat",
            "daemon",
        ];
        let local = self.local().split('+').next().unwrap_or_default();
        let plain: String = local.chars().filter(|c| c.is_alphanumeric()).collect();
        NAMES.iter().any(|name| plain == *name)
            || plain.starts_with("noreply")
            || plain.starts_with("donotreply")
    }

    /// For logs: who it is stays unsaid.
    pub fn masked(&self) -> String {
        let first = self.0.chars().next().unwrap_or('?');
        format!("{first}…@{}", self.domain())
    }
}

impl fmt::Display for EmailAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_have_one_form() {
        for (written, stored) in [
            ("Ana.Petrovic@Example.RS", "ana.petrovic@example.rs"),
            (" <ana@example.rs> ", "ana@example.rs"),
            ("ana+komuna@example.rs.", "ana+komuna@example.rs"),
            ("ана@пример.срб", "ана@xn--e1afmkfd.xn--90a3ac"),
            ("root@localhost", "root@localhost"),
        ] {
            assert_eq!(EmailAddress::parse(written).unwrap().as_str(), stored);
        }
        for wrong in
            ["", "ana", "@example.rs", "ana@", "a b@c.rs", "a@b..rs", "a@b@c.rs", "a,b@c.rs", "a@b/c"]
        {
            assert!(EmailAddress::parse(wrong).is_err(), "{wrong}");
        }
        assert!(EmailAddress::parse(&format!("{}@b.rs", "a".repeat(65))).is_err());
    }

    #[test]
    fn addresses_that_nobody_reads_are_known() {
        let reads_nothing = |text: &str| EmailAddress::parse(text).unwrap().reads_nothing();
        assert!(
            reads_nothing("no-reply@x.rs")
                && reads_nothing("MAILER-DAEMON@x.rs")
                && reads_nothing("noreply-1@x.rs")
        );
        assert!(!reads_nothing("ana@noreply.rs") && !reads_nothing("bouncer@x.rs"));
    }
}
