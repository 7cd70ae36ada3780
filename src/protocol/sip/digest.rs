//! Digest access authentication (RFC 7616, RFC 8760 for SIP): computed by a client, verified by a server. `qop=auth` only.

use std::fmt::Write;

use sha2::Digest as _;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Algorithm {
    Md5,
    Sha256,
}

/// What a server asks (`WWW-Authenticate`, `Proxy-Authenticate`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Challenge {
    pub realm: String,
    pub nonce: String,
    pub opaque: Option<String>,
    pub algorithm: Algorithm,
    /// Whether `qop=auth` is offered; without it the older form of RFC 2069 is spoken.
    pub qop_auth: bool,
    /// The password was right, only the nonce was old.
    pub stale: bool,
}

/// What a client answers (`Authorization`, `Proxy-Authorization`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Credentials {
    pub username: String,
    pub realm: String,
    pub nonce: String,
    pub uri: String,
    pub response: String,
    pub algorithm: Algorithm,
    pub opaque: Option<String>,
    /// Client nonce and count, with `qop=auth`.
    pub qop: Option<Qop>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Qop {
    pub cnonce: String,
    /// Eight hex digits on the wire.
    pub count: u32,
}

impl Algorithm {
    fn parse(word: &str) -> Option<Self> {
        match word {
            w if w.eq_ignore_ascii_case("MD5") => Some(Self::Md5),
            w if w.eq_ignore_ascii_case("SHA-256") => Some(Self::Sha256),
            _ => None,
        }
    }

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Md5 => "MD5",
            Self::Sha256 => "SHA-256",
        }
    }

    fn hex(self, text: &str) -> String {
        match self {
            Self::Md5 => hex(&md5::Md5::digest(text)),
            Self::Sha256 => hex(&sha2::Sha256::digest(text)),
        }
    }

    /// H(A1): all that a server has to keep of a password (RFC 7616 §3.4.2).
    pub fn secret(self, username: &str, realm: &str, password: &str) -> String {
        self.hex(&format!("{username}:{realm}:{password}"))
    }
}

impl Challenge {
    /// `None` when it is no digest challenge, or one in an algorithm that we do not speak.
    pub fn parse(header: &str) -> Option<Self> {
        let mut challenge = Self {
            realm: String::new(),
            nonce: String::new(),
            opaque: None,
            algorithm: Algorithm::Md5,
            qop_auth: false,
            stale: false,
        };
        for (name, value) in fields(header)? {
            match name.as_str() {
                "realm" => challenge.realm = value,
                "nonce" => challenge.nonce = value,
                "opaque" => challenge.opaque = Some(value),
                "algorithm" => challenge.algorithm = Algorithm::parse(&value)?,
                "qop" => challenge.qop_auth = value.split(',').any(|q| q.trim().eq_ignore_ascii_case("auth")),
                "stale" => challenge.stale = value.eq_ignore_ascii_case("true"),
                _ => {}
            }
        }
        (!challenge.nonce.is_empty()).then_some(challenge)
    }

    pub fn write(&self) -> String {
        let mut out = format!("Digest realm=\"{}\", nonce=\"{}\"", quoted(&self.realm), quoted(&self.nonce));
        if let Some(opaque) = &self.opaque {
            let _ = write!(out, ", opaque=\"{}\"", quoted(opaque));
        }
        let _ = write!(out, ", algorithm={}", self.algorithm.as_str());
        out.push_str(if self.qop_auth { ", qop=\"auth\"" } else { "" });
        out.push_str(if self.stale { ", stale=true" } else { "" });
        out
    }

    /// The client's answer. `cnonce` is random and `count` counts the uses of the nonce from 1.
    pub fn answer(
        &self,
        username: &str,
        password: &str,
        method: &str,
        uri: &str,
        cnonce: &str,
        count: u32,
    ) -> Credentials {
        let mut credentials = Credentials {
            username: username.to_owned(),
            realm: self.realm.clone(),
            nonce: self.nonce.clone(),
            uri: uri.to_owned(),
            response: String::new(),
            algorithm: self.algorithm,
            opaque: self.opaque.clone(),
            qop: self.qop_auth.then(|| Qop { cnonce: cnonce.to_owned(), count }),
        };
        credentials.response =
            credentials.expected(&self.algorithm.secret(username, &self.realm, password), method);
        credentials
    }
}

impl Credentials {
    pub fn parse(header: &str) -> Option<Self> {
        let mut found = Self {
            username: String::new(),
            realm: String::new(),
            nonce: String::new(),
            uri: String::new(),
            response: String::new(),
            algorithm: Algorithm::Md5,
            opaque: None,
            qop: None,
        };
        let (mut qop, mut cnonce, mut count) = (false, None, None);
        for (name, value) in fields(header)? {
            match name.as_str() {
                "username" => found.username = value,
                "realm" => found.realm = value,
                "nonce" => found.nonce = value,
                "uri" => found.uri = value,
                "response" => found.response = value.to_ascii_lowercase(),
                "algorithm" => found.algorithm = Algorithm::parse(&value)?,
                "opaque" => found.opaque = Some(value),
                // `auth-int` would cover the body; we never offer it.
                "qop" => qop = value.eq_ignore_ascii_case("auth").then_some(true)?,
                "cnonce" => cnonce = Some(value),
                "nc" => count = u32::from_str_radix(&value, 16).ok(),
                _ => {}
            }
        }
        if qop {
            found.qop = Some(Qop { cnonce: cnonce?, count: count? });
        }
        // RFC 7616 §3.4: hex digits. Anything else is no answer to a challenge, but a quote gone astray.
        let is_hex = found.response.bytes().all(|b| b.is_ascii_hexdigit());
        (is_hex && !found.response.is_empty() && !found.nonce.is_empty()).then_some(found)
    }

    pub fn write(&self) -> String {
        let mut out = format!(
            "Digest username=\"{}\", realm=\"{}\", nonce=\"{}\", uri=\"{}\", response=\"{}\", algorithm={}",
            quoted(&self.username),
            quoted(&self.realm),
            quoted(&self.nonce),
            quoted(&self.uri),
            self.response,
            self.algorithm.as_str()
        );
        if let Some(opaque) = &self.opaque {
            let _ = write!(out, ", opaque=\"{}\"", quoted(opaque));
        }
        if let Some(qop) = &self.qop {
            let _ = write!(out, ", qop=auth, cnonce=\"{}\", nc={:08x}", quoted(&qop.cnonce), qop.count);
        }
        out
    }

    /// Whether the client knows the password behind `secret` (see [`Algorithm::secret`]). Whether nonce, realm and URI are
    /// those that were asked for is for the caller to compare. The time taken does not depend on where the answers differ.
    pub fn verify(&self, secret: &str, method: &str) -> bool {
        let expected = self.expected(secret, method);
        expected.len() == self.response.len()
            && expected.bytes().zip(self.response.bytes()).fold(0, |differ, (a, b)| differ | (a ^ b)) == 0
    }

    /// RFC 7616 §3.4.1.
    fn expected(&self, secret: &str, method: &str) -> String {
        let request = self.algorithm.hex(&format!("{method}:{}", self.uri));
        match &self.qop {
            Some(Qop { cnonce, count }) => {
                let text = format!("{secret}:{}:{count:08x}:{cnonce}:auth:{request}", self.nonce);
                self.algorithm.hex(&text)
            }
            None => self.algorithm.hex(&format!("{secret}:{}:{request}", self.nonce)),
        }
    }
}

/// `Digest name="value", name=value`, names in lower case. `None` for another scheme.
fn fields(header: &str) -> Option<Vec<(String, String)>> {
    let (scheme, rest) = header.trim().split_once(char::is_whitespace)?;
    if !scheme.eq_ignore_ascii_case("Digest") {
        return None;
    }
    let pairs = super::message::split_list(rest).filter_map(|field| {
        let (name, value) = field.split_once('=')?;
        let value = value.trim();
        let plain = match value.strip_prefix('"').and_then(|v| v.strip_suffix('"')) {
            Some(inner) => inner.replace("\\\"", "\"").replace("\\\\", "\\"),
            None => value.to_owned(),
        };
        Some((name.trim().to_ascii_lowercase(), plain))
    });
    Some(pairs.collect())
}

fn quoted(text: &str) -> String {
    text.replace('\\', "\\\\").replace('"', "\\\"").replace(['\r', '\n'], "")
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut out, byte| {
        let _ = write!(out, "{byte:02x}");
        out
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 7616 §3.9.1.
    fn challenge(algorithm: Algorithm) -> Challenge {
        Challenge {
            realm: "http-auth@example.org".into(),
            nonce: "7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v".into(),
            opaque: Some("FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS".into()),
            algorithm,
            qop_auth: true,
            stale: false,
        }
    }

    fn answer(algorithm: Algorithm) -> Credentials {
        challenge(algorithm).answer(
            "Mufasa",
            "Circle of Life",
            "GET",
            "/dir/index.html",
            "f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ",
            1,
        )
    }

    #[test]
    fn answers_are_those_of_the_rfc() {
        assert_eq!(answer(Algorithm::Md5).response, "8ca523f5e9506fed4657c9700eebdbec");
        assert_eq!(
            answer(Algorithm::Sha256).response,
            "753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1"
        );
    }

    #[test]
    fn answer_without_qop_is_that_of_rfc_2069() {
        let old = Challenge { qop_auth: false, ..challenge(Algorithm::Md5) };
        let answer = old.answer("Mufasa", "Circle of Life", "GET", "/dir/index.html", "", 1);
        assert!(answer.qop.is_none() && answer.verify(&secret(Algorithm::Md5, "Circle of Life"), "GET"));
    }

    fn secret(algorithm: Algorithm, password: &str) -> String {
        algorithm.secret("Mufasa", "http-auth@example.org", password)
    }

    #[test]
    fn what_is_written_is_read_and_verified() {
        for algorithm in [Algorithm::Md5, Algorithm::Sha256] {
            assert_eq!(Challenge::parse(&challenge(algorithm).write()), Some(challenge(algorithm)));
            let read = Credentials::parse(&answer(algorithm).write()).unwrap();
            assert_eq!(read, answer(algorithm));
            assert!(read.verify(&secret(algorithm, "Circle of Life"), "GET"));
            assert!(!read.verify(&secret(algorithm, "Circle of Life"), "REGISTER"));
            assert!(!read.verify(&secret(algorithm, "circle of life"), "GET"));
        }
    }

    #[test]
    fn other_schemes_and_algorithms_are_no_challenge() {
        assert_eq!(Challenge::parse("Basic realm=\"x\""), None);
        assert_eq!(Challenge::parse("Digest realm=\"x\", nonce=\"n\", algorithm=SHA-512-256"), None);
        assert_eq!(
            Credentials::parse("Digest username=\"a\", nonce=\"n\", response=\"0\", qop=auth-int"),
            None
        );
        assert_eq!(Credentials::parse(""), None);
        // A quote that nobody closed takes what follows with it.
        assert_eq!(
            Credentials::parse("Digest username=\"a\", nonce=\"n\", response=\"00ff, algorithm=MD5"),
            None
        );
    }
}
