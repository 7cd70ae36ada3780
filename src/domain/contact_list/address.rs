//! Telephone numbers and e-mail addresses in a cell, in which people write one, two of them, or one with a remark.

use super::What;
use crate::domain::email::EmailAddress;
use crate::domain::phone::PhoneNumber;
use crate::domain::script::search_key;

#[derive(Debug, Default)]
pub(super) struct Phones {
    pub good: Vec<PhoneNumber>,
    pub fault: Option<What>,
}

#[derive(Debug, Default)]
pub(super) struct Emails {
    pub good: Vec<EmailAddress>,
    pub is_broken: bool,
}

/// A cell with more is a text.
const LONGEST: usize = 200;
/// Words that people put before, behind and between.
const REMARKS: [&str; 20] = [
    "tel", "telefon", "mob", "mobilni", "mobitel", "fix", "fiksni", "kuca", "kucni", "posao", "poslovni",
    "viber", "whatsapp", "kontakt", "phone", "mobile", "cell", "home", "work", "br",
];
/// Behind these stands an extension of a house, which is not dialled.
const EXTENSION: [&str; 5] = ["lok", "lokal", "loc", "ext", "interni"];

pub(super) fn phones(cell: &str, country: &str) -> Phones {
    let fault = |what| Phones { good: Vec::new(), fault: Some(what) };
    if cell.chars().count() > LONGEST {
        return fault(What::NotAPhone);
    }
    if let Some(power) = power_of_ten(cell) {
        return match power {
            Some(digits) => one(&digits, country)
                .map_or(fault(What::NotAPhone), |number| Phones { good: vec![number], fault: None }),
            None => fault(What::RoundedPhone),
        };
    }
    let Some(text) = without_remarks(cell) else { return fault(What::NotAPhone) };
    let mut good = split(&text, country);
    let fault = good.is_empty().then_some(What::NotAPhone);
    let mut seen = Vec::new();
    good.retain(|number| {
        let is_new = !seen.contains(number);
        seen.push(number.clone());
        is_new
    });
    Phones { good, fault }
}

pub(super) fn looks_like_phone(cell: &str, country: &str) -> bool {
    !phones(cell, country).good.is_empty()
}

fn one(text: &str, country: &str) -> Option<PhoneNumber> {
    // Two zeros and a plus sign, a zero in brackets behind the country code: `+381 (0)64 123 4567`.
    let text = text.trim().replace("(0)", "").replace("00+", "+").replace("++", "+");
    PhoneNumber::parse(&text, country).ok()
}

/// One number, or several where that is surely meant.
fn split(text: &str, country: &str) -> Vec<PhoneNumber> {
    if let Some(number) = one(text, country) {
        return vec![number];
    }
    // These stand in no number, so that one part may be wrong.
    const BETWEEN: [char; 5] = [',', ';', '\n', '|', '\\'];
    if text.contains(BETWEEN) {
        return text.split(BETWEEN).flat_map(|part| split(part, country)).collect();
    }
    // These do, so all parts must be numbers.
    for sign in [" / ", " - ", "/", "-", "  "] {
        let parts: Option<Vec<_>> = text.split(sign).map(|part| one(part, country)).collect();
        if let Some(numbers) = parts.filter(|numbers| numbers.len() > 1) {
            return numbers;
        }
    }
    let halves = |(at, sign): (usize, char)| {
        let (before, behind) = (text.get(..at)?, text.get(at + sign.len_utf8()..)?);
        Some(vec![one(before, country)?, one(behind, country)?])
    };
    text.char_indices().filter(|(_, c)| matches!(c, ' ' | '/')).find_map(halves).unwrap_or_default()
}

/// What is left without letters. `None`: words that we do not know stand there, so it may be anything.
fn without_remarks(cell: &str) -> Option<String> {
    let mut text = String::with_capacity(cell.len());
    let mut rest = cell;
    while let Some(first) = rest.chars().next() {
        if !first.is_alphabetic() {
            // A remark in brackets.
            let bracket = (first == '(').then(|| rest.split_once(')')).flatten();
            match bracket {
                Some((inside, behind)) if inside.chars().any(char::is_alphabetic) => rest = behind,
                _ => {
                    text.push(match first {
                        '–' | '—' | '‑' | '‐' | '−' => '-',
                        ':' | '\'' | '"' | '`' | '´' => ' ',
                        other => other,
                    });
                    rest = rest.get(first.len_utf8()..).unwrap_or_default();
                }
            }
            continue;
        }
        let end = rest.find(|c: char| !c.is_alphabetic()).unwrap_or(rest.len());
        let (word, behind) = rest.split_at(end);
        let key = search_key(word);
        match key.as_str() {
            "i" | "ili" | "and" | "or" | "a" | "te" => text.push(','),
            key if EXTENSION.contains(&key) => break,
            key if REMARKS.contains(&key) => text.push(' '),
            _ => return None,
        }
        rest = behind.strip_prefix('.').unwrap_or(behind);
    }
    let text = text.trim_matches(|c: char| c.is_whitespace() || ",;/.-|".contains(c));
    Some(text.to_owned())
}

/// `6,41234567E+08` as a spreadsheet shows it. `Some(None)`: digits were lost.
fn power_of_ten(cell: &str) -> Option<Option<String>> {
    let (mantissa, exponent) = cell.trim().split_once(['e', 'E'])?;
    let exponent: usize = exponent.strip_prefix('+').unwrap_or(exponent).parse().ok()?;
    let (whole, fraction) = mantissa.split_once(['.', ',']).unwrap_or((mantissa, ""));
    let are_digits = whole.len() == 1 && whole.chars().chain(fraction.chars()).all(|c| c.is_ascii_digit());
    if !are_digits || exponent > 20 {
        return None;
    }
    // Whoever writes seven digits writes all but the zeros at the end; a spreadsheet shows six, whatever comes behind them.
    let missing = exponent.checked_sub(fraction.len())?;
    let is_whole = missing == 0 || (fraction.len() >= 6 && missing <= 2);
    Some(is_whole.then(|| format!("{whole}{fraction}{}", "0".repeat(missing))))
}

pub(super) fn emails(cell: &str) -> Emails {
    let mut found = Emails::default();
    if cell.chars().count() > LONGEST {
        return Emails { good: Vec::new(), is_broken: true };
    }
    // `Ана Петровић <ana@example.rs>`
    let inside = cell.split_once('<').and_then(|(_, rest)| rest.split_once('>')).map(|(inside, _)| inside);
    let text = inside.unwrap_or(cell);
    if !text.contains('@') {
        return Emails { good: Vec::new(), is_broken: true };
    }
    let parts = text.split([',', ';', '\n', '|', '/']).flat_map(|part| {
        let part = part.trim();
        // Spaces between two addresses, but not within one.
        let many = part.matches('@').count() > 1;
        if many { part.split_whitespace().collect() } else { vec![part] }
    });
    for part in parts.filter(|part| !part.is_empty()) {
        let part = part.strip_prefix("mailto:").unwrap_or(part).trim_matches(['.', ':', '"', '\'']);
        match EmailAddress::parse(part) {
            Ok(address) if address.domain().contains('.') => {
                if !found.good.contains(&address) {
                    found.good.push(address);
                }
            }
            _ => found.is_broken = true,
        }
    }
    found
}
