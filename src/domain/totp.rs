//! The six digits of an authenticator (RFC 6238 on RFC 4226: HMAC-SHA-1, steps of 30 seconds), and the keys that it is set up with.

use ring::hmac;

/// RFC 6238, 5.2.
const STEP_S: i64 = 30;
/// A clock may be off by a step, and a code may be typed at the end of one (RFC 6238, 5.2: at most one backward).
const WINDOW: i64 = 1;
const DIGITS: u32 = 1_000_000;

/// RFC 4226, 4, R6: 160 bits.
pub const SECRET_BYTES: usize = 20;

/// The step whose code was typed; `None` for a wrong one, and for one that was used already (RFC 6238, 5.2: a code works once).
pub fn matching_step(secret: &[u8], typed: &str, at_s: i64, used: Option<i64>) -> Option<i64> {
    let typed: String = typed.chars().filter(char::is_ascii_digit).collect();
    if typed.len() != 6 {
        return None;
    }
    let now = at_s.div_euclid(STEP_S);
    (now - WINDOW..=now + WINDOW)
        .filter(|step| used.is_none_or(|used| *step > used))
        .find(|step| code(secret, *step).is_some_and(|code| code == typed))
}

/// The code of a step: seconds since 1970 divided by 30.
pub fn code(secret: &[u8], step: i64) -> Option<String> {
    let key = hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, secret);
    let digest = hmac::sign(&key, &step.to_be_bytes());
    // RFC 4226, 5.3: dynamic truncation.
    let digest = digest.as_ref();
    let offset = usize::from(digest.last()? & 0x0f);
    let bytes: [u8; 4] = digest.get(offset..offset + 4)?.try_into().ok()?;
    let number = u32::from_be_bytes(bytes) & 0x7fff_ffff;
    Some(format!("{:06}", number % DIGITS))
}

/// RFC 4648, 6, without padding: as authenticators want keys typed.
pub fn base32(bytes: &[u8]) -> String {
    const LETTERS: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
    let mut text = String::with_capacity(bytes.len().div_ceil(5) * 8);
    let (mut buffer, mut bits) = (0_u32, 0_u32);
    for byte in bytes {
        buffer = buffer << 8 | u32::from(*byte);
        bits += 8;
        while bits >= 5 {
            bits -= 5;
            text.push(letter(LETTERS, buffer >> bits));
        }
        buffer &= (1 << bits) - 1;
    }
    if bits > 0 {
        text.push(letter(LETTERS, buffer << (5 - bits)));
    }
    text
}

fn letter(letters: &[u8; 32], index: u32) -> char {
    letters.get((index & 31) as usize).map_or('A', |letter| char::from(*letter))
}

/// What the QR code says: the address that authenticators agree on (`otpauth://totp/...`).
pub fn address(issuer: &str, account: &str, secret: &[u8]) -> String {
    let encode = |text: &str| -> String {
        text.bytes()
            .map(|byte| match byte {
                b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' => char::from(byte).to_string(),
                other => format!("%{other:02X}"),
            })
            .collect()
    };
    let (issuer, account) = (encode(issuer), encode(account));
    format!("otpauth://totp/{issuer}:{account}?secret={}&issuer={issuer}", base32(secret))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 6238, appendix B, the last six of the eight digits.
    #[test]
    fn codes_are_those_of_the_standard() {
        let secret = b"12345678901234567890";
        for (at, expected) in [
            (59, "287082"),
            (1_111_111_109, "081804"),
            (1_111_111_111, "050471"),
            (1_234_567_890, "005924"),
            (2_000_000_000, "279037"),
            (20_000_000_000, "353130"),
        ] {
            assert_eq!(code(secret, at / STEP_S).unwrap(), expected, "{at}");
            assert_eq!(matching_step(secret, expected, at, None), Some(at / STEP_S));
        }
    }

    #[test]
    fn a_code_works_once_and_a_clock_may_be_off_by_a_step() {
        let secret = b"12345678901234567890";
        let at = 1_111_111_109;
        let step = at / STEP_S;
        let typed = "081 804";
        assert_eq!(matching_step(secret, typed, at + STEP_S, None), Some(step));
        assert_eq!(matching_step(secret, typed, at - STEP_S, None), Some(step));
        assert_eq!(matching_step(secret, typed, at + 2 * STEP_S, None), None);
        assert_eq!(matching_step(secret, typed, at, Some(step)), None, "used");
        assert_eq!(matching_step(secret, "081805", at, None), None);
        assert_eq!(matching_step(secret, "81804", at, None), None);
    }

    /// RFC 4648, 10.
    #[test]
    fn keys_are_written_in_base32() {
        for (bytes, text) in [
            ("", ""),
            ("f", "MY"),
            ("fo", "MZXQ"),
            ("foo", "MZXW6"),
            ("foob", "MZXW6YQ"),
            ("fooba", "MZXW6YTB"),
            ("foobar", "MZXW6YTBOI"),
        ] {
            assert_eq!(base32(bytes.as_bytes()), text);
        }
        let shown = address("Општина", "ana", b"foobar");
        assert!(
            shown.starts_with("otpauth://totp/%D0%9E") && shown.contains(":ana?secret=MZXW6YTBOI&issuer=")
        );
    }
}
