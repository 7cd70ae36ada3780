//! `a=crypto` lines: SRTP keys in the description (RFC 4568). They are as secret as the way of the description is: SIP over TLS.

use base64::Engine;
use base64::alphabet;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use sdp_types::Media;

use crate::protocol::rtp::srtp::{MasterKey, Suite};

/// Our offers: what every phone has, and the stronger one. More lines would only make an INVITE too long for a datagram.
const OFFERED: [Suite; 2] = [Suite::Aes128Sha1_80, Suite::Aes256Sha1_80];
/// Lines of one stream that are read; phones have up to eight.
const MAX_LINES: usize = 16;
/// RFC 3711 §9.2: no key lasts longer.
const LONGEST_LIFETIME: u64 = 1 << 48;
/// RFC 4568 §6.1.
const LONGEST_MKI: u8 = 128;

/// 46 bytes are written with padding by some and without by others.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &alphabet::STANDARD,
    GeneralPurposeConfig::new()
        .with_decode_padding_mode(DecodePaddingMode::Indifferent)
        .with_decode_allow_trailing_bits(true),
);

/// Our keys of a leg, one for each suite, so that none is used with two.
#[derive(Clone, Debug)]
pub struct LocalKeys {
    keys: Vec<MasterKey>,
}

impl LocalKeys {
    /// Random bytes that [`Self::new`] wants.
    pub const RANDOM: usize = 152;

    /// From a cryptographic random source, fresh for every leg.
    pub fn new(random: &[u8; Self::RANDOM]) -> Self {
        let mut rest = random.as_slice();
        let keys = Suite::ALL.into_iter().filter_map(|suite| {
            let (keying, behind) = rest.split_at_checked(suite.keying_length())?;
            rest = behind;
            MasterKey::new(suite, keying)
        });
        Self { keys: keys.collect() }
    }

    pub(super) fn of(&self, suite: Suite) -> Option<MasterKey> {
        self.keys.iter().find(|key| key.suite() == suite).cloned()
    }

    /// Of our offers.
    pub(super) fn by_tag(&self, tag: u32) -> Option<MasterKey> {
        self.offered().find(|(ours, _)| *ours == tag).map(|(_, key)| key)
    }

    fn offered(&self) -> impl Iterator<Item = (u32, MasterKey)> {
        (1..).zip(OFFERED).filter_map(|(tag, suite)| Some((tag, self.of(suite)?)))
    }

    /// The lines of our offers.
    pub(super) fn lines(&self) -> impl Iterator<Item = String> {
        self.offered().map(|(tag, key)| line(tag, key.suite().name(), &key))
    }
}

/// A line of the peer that we can use.
#[derive(Clone, Debug)]
pub(super) struct Line {
    pub(super) tag: u32,
    /// As the peer wrote the suite.
    pub(super) name: String,
    pub(super) key: MasterKey,
}

/// Those lines that we can use, in their order. Unknown suites and session parameters make a line unusable, not the stream (§7.1.2).
pub(super) fn lines(media: &Media) -> impl Iterator<Item = Line> {
    media.get_attribute_values("crypto").take(MAX_LINES).flatten().filter_map(parse)
}

pub(super) fn line(tag: u32, name: &str, key: &MasterKey) -> String {
    format!("a=crypto:{tag} {name} inline:{}\r\n", BASE64.encode(key.keying()))
}

/// `1 AES_CM_128_HMAC_SHA1_80 inline:<base64>|2^20|1:4 WSH=128`
fn parse(value: &str) -> Option<Line> {
    let mut words = value.split_ascii_whitespace();
    let tag = words.next()?;
    // §9.1: one to nine digits.
    let tag = tag.parse().ok().filter(|_| tag.len() <= 9)?;
    let name = words.next()?;
    let suite = Suite::from_name(name)?;
    let key = key(suite, words.next()?)?;
    words.all(is_harmless).then(|| Line { tag, name: name.to_owned(), key })
}

/// One key. Several ones (§6.1 allows them with an MKI each) would change in the middle of a call; nobody sends them.
fn key(suite: Suite, parameters: &str) -> Option<MasterKey> {
    if parameters.contains(';') {
        return None;
    }
    let mut parts = parameters.strip_prefix("inline:")?.split('|');
    let keying = BASE64.decode(parts.next()?).ok()?;
    let mut key = MasterKey::new(suite, &keying)?;
    let mut parts = parts.peekable();
    // The lifetime is the sender's to keep; we see that it is one.
    if let Some(lifetime) = parts.next_if(|part| !part.contains(':')) {
        let packets = match lifetime.strip_prefix("2^") {
            Some(exponent) => 1_u64.checked_shl(exponent.parse().ok()?)?,
            None => lifetime.parse().ok()?,
        };
        if packets == 0 || packets > LONGEST_LIFETIME {
            return None;
        }
    }
    if let Some(mki) = parts.next() {
        let (value, length) = mki.split_once(':')?;
        let is_number = !value.is_empty() && value.bytes().all(|byte| byte.is_ascii_digit());
        let length = length.parse().ok().filter(|n| is_number && (1..=LONGEST_MKI).contains(n))?;
        key = key.with_mki(length);
    }
    parts.next().is_none().then_some(key)
}

/// A window size is a hint, a key derivation rate of nothing is none, and what begins with a dash may be ignored (§6.3).
fn is_harmless(parameter: &str) -> bool {
    parameter.starts_with("WSH=") || parameter.starts_with('-')
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: &str = "inline:WVNfX19zZW1jdGwgKCkgewkyMjA7fQp9CnVubGVz";

    fn parsed(rest: &str) -> Option<Line> {
        parse(&format!("1 AES_CM_128_HMAC_SHA1_80 {KEY}{rest}"))
    }

    #[test]
    fn the_line_of_rfc_4568_is_read() {
        let line = parsed("|2^20|1:4 FEC_ORDER=FEC_SRTP");
        assert!(line.is_none(), "FEC is not understood");
        let line = parsed("|2^20|1:4").unwrap();
        assert_eq!((line.tag, line.key.suite()), (1, Suite::Aes128Sha1_80));
        assert_eq!(line.key.keying(), b"YS___semctl () {\t220;}\n}\nunles");
        for rest in ["", "|2^48", "|1048576", "|1:4", " WSH=128", " -NEW=1", "|2^31 WSH=64"] {
            assert!(parsed(rest).is_some(), "{rest}");
        }
    }

    #[test]
    fn what_is_not_understood_makes_the_line_unusable() {
        for rest in [
            "|2^49",
            "|2^99",
            "|0",
            "|x",
            "|1:0",
            "|1:129",
            "|:4",
            "|x:4",
            "|2^20|1:4|5",
            " UNENCRYPTED_SRTP",
            " UNAUTHENTICATED_SRTP",
            " KDR=1",
            "A",
            "AAAA",
            ";inline:AAAA",
        ] {
            assert!(parsed(rest).is_none(), "{rest}");
        }
        for line in ["", "1", "x AES_CM_128_HMAC_SHA1_80 inline:AAAA", "1 F8_128_HMAC_SHA1_80 inline:AAAA"] {
            assert!(parse(line).is_none(), "{line}");
        }
        assert!(parse(&format!("1234567890 AES_CM_128_HMAC_SHA1_80 {KEY}")).is_none());
    }

    #[test]
    fn our_lines_are_read_by_us_with_and_without_padding() {
        let mut random = [0; LocalKeys::RANDOM];
        random.iter_mut().enumerate().for_each(|(n, byte)| *byte = n as u8);
        let keys = LocalKeys::new(&random);
        for (tag, text) in (1..).zip(keys.lines()) {
            let value = text.trim_end().strip_prefix("a=crypto:").unwrap();
            for value in [value, value.trim_end_matches('=')] {
                let line = parse(value).unwrap();
                assert_eq!((line.tag, Some(line.key)), (tag, keys.by_tag(tag)));
            }
        }
        assert_eq!(keys.by_tag(3), None);
        let mut all: Vec<_> = keys.keys.iter().map(|key| key.keying()).collect();
        all.dedup();
        assert_eq!(all.len(), Suite::ALL.len(), "a key of its own for every suite");
    }
}
