//! One notation for the municipality's own numbers, so that a plan finds its calls however the trunk writes them.

/// Numbers without a country code belong to Serbia (ITU-T E.164 country code, national and international prefix).
const COUNTRY_CODE: &str = "381";
const INTERNATIONAL_PREFIX: &str = "00";
const NATIONAL_PREFIX: &str = "0";

/// E.164 has at most 15 digits. Shorter than 7 is a short code, valid only inside the country.
const E164_DIGITS: std::ops::RangeInclusive<usize> = 7..=15;
const SHORT_CODE_DIGITS: std::ops::RangeInclusive<usize> = 3..=6;

/// `+381...` for whatever stands for a number: `0038121480000`, `021/480-000`, `381 21 480000`, `sip:+38121480000@host`,
/// `tel:...;phone-context=...`. Short codes and names stay as they are.
pub fn normalize(written: &str) -> String {
    let user = user_part(written);
    let compact: String = user.chars().filter(|c| !matches!(c, ' ' | '-' | '/' | '.' | '(' | ')')).collect();
    let (plus, digits) = match compact.strip_prefix('+') {
        Some(digits) => (true, digits),
        None => (false, compact.as_str()),
    };
    if digits.is_empty() || !digits.bytes().all(|b| b.is_ascii_digit()) {
        return user.to_owned();
    }
    if plus {
        return compact;
    }
    if let Some(international) = digits.strip_prefix(INTERNATIONAL_PREFIX) {
        return format!("+{international}");
    }
    if SHORT_CODE_DIGITS.contains(&digits.len()) {
        return digits.to_owned();
    }
    match digits.strip_prefix(NATIONAL_PREFIX) {
        Some(national) => format!("+{COUNTRY_CODE}{national}"),
        None if digits.starts_with(COUNTRY_CODE) => format!("+{digits}"),
        None => digits.to_owned(),
    }
}

/// Whether a plan may claim it: E.164 with its plus sign, or a short code.
pub fn is_claimable(number: &str) -> bool {
    let (digits, lengths) = match number.strip_prefix('+') {
        Some(digits) => (digits, E164_DIGITS),
        None => (number, SHORT_CODE_DIGITS),
    };
    digits.bytes().all(|b| b.is_ascii_digit())
        && lengths.contains(&digits.len())
        && (lengths == SHORT_CODE_DIGITS || !digits.starts_with('0'))
}

/// Between the scheme and the host or the parameters of a SIP or tel URI (RFC 3261 §19.1, RFC 3966).
fn user_part(written: &str) -> &str {
    let rest = written.trim();
    let rest = ["sips:", "sip:", "tel:"].iter().find_map(|scheme| rest.strip_prefix(scheme)).unwrap_or(rest);
    rest.split(['@', ';']).next().unwrap_or(rest)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_number_in_every_notation_is_one_number() {
        for written in [
            "+38121480000",
            "0038121480000",
            "021480000",
            "021/480-000",
            "021 480 000",
            "(021) 480.000",
            "38121480000",
            "sip:+38121480000@198.51.100.7:5060;user=phone",
            "sips:021480000@host",
            "tel:+381-21-480-000;phone-context=+381",
        ] {
            assert_eq!(normalize(written), "+38121480000", "{written}");
        }
    }

    #[test]
    fn short_codes_and_names_stay() {
        assert_eq!(normalize("19850"), "19850");
        assert_eq!(normalize("info"), "info");
        assert_eq!(normalize(""), "");
    }

    #[test]
    fn only_e164_and_short_codes_can_be_claimed() {
        for good in ["+38121480000", "19850", "112"] {
            assert!(is_claimable(good), "{good}");
        }
        for bad in ["021480000", "+0381214800", "+38121", "+3812148000012345", "12", "abc", "", "+"] {
            assert!(!is_claimable(bad), "{bad}");
        }
    }
}
