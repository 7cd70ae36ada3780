//! DKIM signatures (RFC 6376, Ed25519: RFC 8463) of mails that we made, relaxed/relaxed, over octets as they go onto the wire.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ring::rand::SystemRandom;
use ring::signature::{Ed25519KeyPair, KeyPair as _, RSA_PKCS1_SHA256, RsaKeyPair};
use sha2::{Digest as _, Sha256};

/// Signed where they are there. Each of the first stands in the list once more than in the mail, so that nobody adds another (RFC 6376 §8.15).
const ONCE_MORE: [&str; 6] = ["from", "to", "subject", "date", "message-id", "reply-to"];
const AS_THEY_ARE: [&str; 11] = [
    "cc",
    "in-reply-to",
    "references",
    "mime-version",
    "content-type",
    "content-transfer-encoding",
    "auto-submitted",
    "list-id",
    "list-unsubscribe",
    "list-unsubscribe-post",
    "precedence",
];
/// RFC 5322 §2.1.1: lines are cut before this.
const LINE: usize = 70;
/// RFC 8301 §3.2: shorter ones are not believed.
const SHORTEST_RSA_BITS: usize = 2_048;

/// The private key of a domain.
pub enum Key {
    Rsa(RsaKeyPair),
    Ed25519(Ed25519KeyPair),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum WrongKey {
    #[error("not a private key in PEM (PKCS#8 or PKCS#1)")]
    NoKey,
    #[error("neither an RSA nor an Ed25519 key")]
    OtherKey,
    #[error("RSA keys below {SHORTEST_RSA_BITS} bits are not believed by those who get mails")]
    Short,
}

/// Who signs: the key is found in DNS under `<selector>._domainkey.<domain>`.
#[derive(Debug)]
pub struct Signer {
    pub domain: String,
    pub selector: String,
    pub key: Key,
}

impl std::fmt::Debug for Key {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.algorithm())
    }
}

impl Key {
    pub fn of_pem(text: &str) -> Result<Self, WrongKey> {
        let (kind, der) = pem(text).ok_or(WrongKey::NoKey)?;
        let rsa = match kind {
            "RSA PRIVATE KEY" => RsaKeyPair::from_der(&der),
            "PRIVATE KEY" => match Ed25519KeyPair::from_pkcs8_maybe_unchecked(&der) {
                Ok(key) => return Ok(Self::Ed25519(key)),
                Err(_) => RsaKeyPair::from_pkcs8(&der),
            },
            _ => return Err(WrongKey::NoKey),
        };
        let key = rsa.map_err(|error| match error.to_string().as_str() {
            "TooSmall" => WrongKey::Short,
            _ => WrongKey::OtherKey,
        })?;
        if key.public().modulus_len() * 8 < SHORTEST_RSA_BITS {
            return Err(WrongKey::Short);
        }
        Ok(Self::Rsa(key))
    }

    pub fn algorithm(&self) -> &'static str {
        match self {
            Self::Rsa(_) => "rsa",
            Self::Ed25519(_) => "ed25519",
        }
    }

    /// What stands in DNS (RFC 6376 §3.6.1, RFC 8463 §4): of RSA a SubjectPublicKeyInfo, of Ed25519 the key alone.
    pub fn record(&self) -> String {
        let public = match self {
            Self::Rsa(key) => spki(key.public().as_ref()),
            Self::Ed25519(key) => key.public_key().as_ref().to_vec(),
        };
        format!("v=DKIM1; k={}; p={}", self.algorithm(), STANDARD.encode(public))
    }

    fn sign(&self, signed: &[u8]) -> Option<Vec<u8>> {
        match self {
            Self::Rsa(key) => {
                let mut signature = vec![0; key.public().modulus_len()];
                key.sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), signed, &mut signature).ok()?;
                Some(signature)
            }
            // Of the digest, not of the text (RFC 8463 §3).
            Self::Ed25519(key) => Some(key.sign(&Sha256::digest(signed)).as_ref().to_vec()),
        }
    }
}

impl Signer {
    /// The name of the record in DNS.
    pub fn record_name(&self) -> String {
        format!("{}._domainkey.{}", self.selector, self.domain)
    }

    /// The mail with its signature before it. `at`: seconds since 1970. A mail that has no end of its head goes out as it is.
    pub fn signed(&self, mail: Vec<u8>, at: i64) -> Vec<u8> {
        let Some(field) = self.field(&mail, at) else { return mail };
        let mut signed = field.into_bytes();
        signed.extend_from_slice(b"\r\n");
        signed.extend(mail);
        signed
    }

    fn field(&self, mail: &[u8], at: i64) -> Option<String> {
        let (head, body) = split(mail)?;
        let fields = fields(head);
        let names = names(&fields);
        let hash = STANDARD.encode(Sha256::digest(relaxed_body(body)));
        let mut field = format!(
            "DKIM-Signature: v=1; a={}-sha256; c=relaxed/relaxed; d={};\r\n\ts={}; q=dns/txt; t={at};\r\n\th=",
            self.key.algorithm(),
            self.domain,
            self.selector,
        );
        fold(&mut field, &names.join(":"), |c| c == ':');
        field.push_str(&format!(";\r\n\tbh={hash};\r\n\tb="));
        let signature = self.key.sign(&input(&fields, &names, field.as_bytes()))?;
        fold(&mut field, &STANDARD.encode(signature), |_| true);
        Some(field)
    }
}

/// What the signature is made of (RFC 6376 §3.7): the named fields from the last on, then the field of the signature itself, empty and without its end.
fn input(fields: &[(String, &[u8])], names: &[String], own: &[u8]) -> Vec<u8> {
    let mut left: Vec<&(String, &[u8])> = fields.iter().collect();
    let mut signed = Vec::new();
    for name in names {
        if let Some(at) = left.iter().rposition(|(known, _)| known == name) {
            signed.extend(relaxed_field(left.remove(at).1));
            signed.extend_from_slice(b"\r\n");
        }
    }
    signed.extend(relaxed_field(own));
    signed
}

fn names(fields: &[(String, &[u8])]) -> Vec<String> {
    let count = |name: &str| fields.iter().filter(|(known, _)| known == name).count();
    let mut names = Vec::new();
    for name in ONCE_MORE {
        names.extend(std::iter::repeat_n(name.to_owned(), count(name) + 1));
    }
    for name in AS_THEY_ARE {
        names.extend(std::iter::repeat_n(name.to_owned(), count(name)));
    }
    names
}

/// Head with the end of its last line, and body.
fn split(mail: &[u8]) -> Option<(&[u8], &[u8])> {
    let at = mail.windows(4).position(|window| window == b"\r\n\r\n")?;
    Some((mail.get(..at + 2)?, mail.get(at + 4..)?))
}

/// Names in small letters; each field with its folded lines.
fn fields(head: &[u8]) -> Vec<(String, &[u8])> {
    let mut fields = Vec::new();
    let mut rest = head;
    while !rest.is_empty() {
        let next = (1..rest.len()).find(|at| {
            rest.get(at.saturating_sub(1)) == Some(&b'\n') && !matches!(rest.get(*at), Some(b' ' | b'\t'))
        });
        let (field, further) = rest.split_at(next.unwrap_or(rest.len()));
        let name = field.split(|byte| *byte == b':').next().unwrap_or_default();
        fields.push((String::from_utf8_lossy(name).trim().to_ascii_lowercase(), field));
        rest = further;
    }
    fields
}

/// RFC 6376 §3.4.2, without the end of the line.
fn relaxed_field(field: &[u8]) -> Vec<u8> {
    let colon = field.iter().position(|byte| *byte == b':').unwrap_or(field.len());
    let (name, value) = field.split_at(colon);
    let mut relaxed = name.trim_ascii_end().to_ascii_lowercase();
    relaxed.push(b':');
    let words = value.get(1..).unwrap_or_default().split(|byte| matches!(byte, b' ' | b'\t' | b'\r' | b'\n'));
    for (index, word) in words.filter(|word| !word.is_empty()).enumerate() {
        if index > 0 {
            relaxed.push(b' ');
        }
        relaxed.extend_from_slice(word);
    }
    relaxed
}

/// RFC 6376 §3.4.4.
fn relaxed_body(body: &[u8]) -> Vec<u8> {
    let mut relaxed = Vec::with_capacity(body.len() + 2);
    let mut empty_lines = 0_usize;
    let body = body.strip_suffix(b"\r\n").unwrap_or(body);
    if body.is_empty() {
        return relaxed;
    }
    for line in body.split(|byte| *byte == b'\n') {
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        let end = line.iter().rposition(|byte| !matches!(byte, b' ' | b'\t')).map_or(0, |at| at + 1);
        if end == 0 {
            empty_lines += 1;
            continue;
        }
        relaxed.extend(std::iter::repeat_n(*b"\r\n", empty_lines).flatten());
        empty_lines = 0;
        let mut was_blank = false;
        for byte in line.get(..end).unwrap_or_default() {
            let is_blank = matches!(byte, b' ' | b'\t');
            match (is_blank, was_blank) {
                (true, true) => {}
                (true, false) => relaxed.push(b' '),
                (false, _) => relaxed.push(*byte),
            }
            was_blank = is_blank;
        }
        relaxed.extend_from_slice(b"\r\n");
    }
    relaxed
}

/// Onto further lines where `may` allows it.
fn fold(field: &mut String, text: &str, may: impl Fn(char) -> bool) {
    let mut length = field.rsplit('\n').next().map_or(0, str::len);
    for letter in text.chars() {
        field.push(letter);
        length += 1;
        if length >= LINE && may(letter) {
            field.push_str("\r\n\t ");
            length = 2;
        }
    }
    let end = field.trim_end().len();
    field.truncate(end);
}

/// Its kind and its octets.
fn pem(text: &str) -> Option<(&str, Vec<u8>)> {
    let (_, rest) = text.split_once("-----BEGIN ")?;
    let (kind, rest) = rest.split_once("-----")?;
    let (body, _) = rest.split_once("-----END ")?;
    let body: String = body.chars().filter(|c| !c.is_whitespace()).collect();
    Some((kind, STANDARD.decode(body).ok()?))
}

/// RFC 5280 §4.1: the RSAPublicKey with what it is before it.
fn spki(public: &[u8]) -> Vec<u8> {
    /// `rsaEncryption` with NULL.
    const RSA: [u8; 15] =
        [0x30, 0x0d, 0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01, 0x05, 0x00];
    let mut bits = vec![0];
    bits.extend_from_slice(public);
    let mut inner = RSA.to_vec();
    inner.extend(der(0x03, &bits));
    der(0x30, &inner)
}

fn der(tag: u8, content: &[u8]) -> Vec<u8> {
    let length = content.len().to_be_bytes();
    let length: Vec<u8> = length.into_iter().skip_while(|byte| *byte == 0).collect();
    let mut out = vec![tag];
    match length.as_slice() {
        [] => out.push(0),
        [short] if *short < 0x80 => out.push(*short),
        long => {
            out.push(0x80 | u8::try_from(long.len()).unwrap_or(8));
            out.extend_from_slice(long);
        }
    }
    out.extend_from_slice(content);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 8463, appendix A.
    const MAIL: &str = "From: Joe SixPack <joe@football.example.com>\r\nTo: Suzie Q <suzie@shopping.example.net>\r\n\
        Subject: Is dinner ready?\r\nDate: Fri, 11 Jul 2003 21:00:37 -0700 (PDT)\r\n\
        Message-ID: <20030712040037.46341.5F8J@football.example.com>\r\n\r\nHi.\r\n\r\n\
        We lost the game.  Are you hungry yet?\r\n\r\nJoe.\r\n";

    fn ed25519() -> Key {
        let seed = STANDARD.decode("nWGxne/9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A=").unwrap();
        Key::Ed25519(Ed25519KeyPair::from_seed_unchecked(&seed).unwrap())
    }

    #[test]
    fn signature_is_that_of_the_rfc() {
        let own = "DKIM-Signature: v=1; a=ed25519-sha256; c=relaxed/relaxed;\r\n d=football.example.com; i=@football.example.com;\r\n \
            q=dns/txt; s=brisbane; t=1528637909; h=from : to :\r\n subject : date : message-id : from : subject : date;\r\n \
            bh=2jUSOH9NhtVGCQWNr9BrIAPreKQjO6Sn7XIkfJVOzv8=;\r\n b=";
        let (head, body) = split(MAIL.as_bytes()).unwrap();
        let hash = STANDARD.encode(Sha256::digest(relaxed_body(body)));
        assert_eq!(hash, "2jUSOH9NhtVGCQWNr9BrIAPreKQjO6Sn7XIkfJVOzv8=");
        let names = ["from", "to", "subject", "date", "message-id", "from", "subject", "date"];
        let signed = input(&fields(head), &names.map(str::to_owned), own.as_bytes());
        let signature = STANDARD.encode(ed25519().sign(&signed).unwrap());
        assert_eq!(
            signature,
            "/gCrinpcQOoIfuHNQIbq4pgh9kyIK3AQUdt9OdqQehSwhEIug4D11BusFa3bT3FY5OsU7ZbnKELq+eXdp1Q1Dw=="
        );
        assert_eq!(ed25519().record(), "v=DKIM1; k=ed25519; p=11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=");
    }

    #[test]
    fn canonical_forms_are_those_of_rfc_6376() {
        assert_eq!(relaxed_field(b"A: X\r\n"), b"a:X");
        assert_eq!(relaxed_field(b"B : Y\t\r\n\tZ  \r\n"), b"b:Y Z");
        assert_eq!(relaxed_body(b" C \r\nD \t E\r\n\r\n\r\n"), b" C\r\nD E\r\n");
        assert_eq!(relaxed_body(b"\r\n\r\n"), b"");
        assert_eq!(relaxed_body(b""), b"");
        assert_eq!(relaxed_body(b"x"), b"x\r\n");
    }

    #[test]
    fn signed_mail_keeps_its_octets_behind_short_lines() {
        let signer = Signer { domain: "grad.rs".into(), selector: "odziv".into(), key: ed25519() };
        let signed = String::from_utf8(signer.signed(MAIL.into(), 1_528_637_909)).unwrap();
        assert!(signed.ends_with(MAIL));
        assert!(signed.starts_with("DKIM-Signature: v=1; a=ed25519-sha256;"));
        assert!(signed.split("\r\n").all(|line| line.len() <= 78), "{signed}");
        assert!(signed.contains("from:from:to:to:"), "no second From is added unseen: {signed}");
        assert_eq!(signer.record_name(), "odziv._domainkey.grad.rs");
        assert_eq!(signer.signed(b"no head".to_vec(), 0), b"no head");
    }

    #[test]
    fn keys_that_are_none_are_named() {
        assert_eq!(Key::of_pem("").unwrap_err(), WrongKey::NoKey);
        let other = "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n";
        assert_eq!(Key::of_pem(other).unwrap_err(), WrongKey::OtherKey);
    }
}
