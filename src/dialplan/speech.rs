//! Numbers, dates and states as a voice says them: keys of recorded pieces, joined without a gap.
//!
//! The pieces are prompts like all others, so a municipality can record them with its own voice.

mod english;
mod serbian;

use std::collections::BTreeSet;
use std::time::Duration;

use jiff::civil::{Date, Time};

use crate::domain::case_state::CaseState;
use crate::domain::words::words;

words! {
    /// How a text is read out.
    Manner {
        Number = "number",
        Digits = "digits",
        Date = "date",
        Time = "time",
        CaseNumber = "case_number",
        /// Whole dinars.
        Money = "money",
        Phone = "phone",
    }
}

words! {
    /// Of the thing that is counted.
    Gender {
        Masculine = "masculine",
        Feminine = "feminine",
        Neuter = "neuter",
    }
}

/// Larger numbers are read digit by digit: nobody follows them as words.
const LARGEST: u64 = 999_999_999;

/// A short silence between groups of digits.
const PAUSE: &str = "pause";

/// What is heard of a department that has no recording `department_<key>` of its own.
pub const ANY_DEPARTMENT: &str = "department_any";

/// What those who wait in a queue hear besides numbers.
pub const ANNOUNCEMENTS: [&str; 6] =
    ["queue_position", "queue_position_after", "queue_wait", "queue_wait_short", "minute_one", "minute_many"];

/// Nothing when the text is none of the kind: a caller is better told nothing than nonsense.
pub fn pieces(manner: Manner, gender: Gender, text: &str, language: &str) -> Vec<String> {
    let text = text.trim();
    match manner {
        Manner::Digits => digits(text),
        Manner::CaseNumber => case_number(text),
        Manner::Phone => phone(text),
        Manner::Number => match text.parse() {
            Ok(number) if number <= LARGEST => cardinal(number, gender, language),
            _ => digits(text),
        },
        Manner::Money => match text.parse() {
            Ok(amount) if amount <= LARGEST => money(amount, language),
            _ => Vec::new(),
        },
        Manner::Date => text.parse().map(|day| date(day, language)).unwrap_or_default(),
        Manner::Time => text.parse().map(|at| time(at, language)).unwrap_or_default(),
    }
}

/// Whether [`pieces`] finds something to say.
pub fn is_sayable(manner: Manner, text: &str) -> bool {
    !pieces(manner, Gender::Masculine, text, "sr").is_empty()
}

/// Every piece that may be heard, for the checker.
pub fn needed(manner: Manner, language: &str) -> BTreeSet<String> {
    let mut keys = BTreeSet::new();
    let mut add = |pieces: Vec<String>| keys.extend(pieces);
    let numbers = || (0..=120).chain((200..=900).step_by(100)).chain((1..=25).map(|n| n * 1_000));
    let numbers = || numbers().chain([1_000_000, 2_000_000, 5_000_000, 21_000_000]);
    match manner {
        Manner::Digits => add(digits("0123456789")),
        Manner::CaseNumber => add(case_number("0123456789-1/2")),
        Manner::Phone => add(phone("0123456789")),
        Manner::Number => {
            Gender::ALL.iter().for_each(|gender| numbers().for_each(|n| add(cardinal(n, *gender, language))));
        }
        Manner::Money => numbers().for_each(|n| add(money(n, language))),
        Manner::Date => {
            let mut day = jiff::civil::date(2000, 1, 1);
            for _ in 0..366 {
                add(date(day, language));
                day = day.tomorrow().unwrap_or(day);
            }
            (1901..=2099).for_each(|year| add(date(jiff::civil::date(year, 1, 1), language)));
        }
        Manner::Time => {
            let midnight = Time::midnight();
            (0..24 * 60).for_each(|minutes| {
                add(time(midnight.wrapping_add(jiff::Span::new().minutes(minutes)), language));
            });
        }
    }
    keys
}

/// "You are number three in line."
pub fn position(position: u32, language: &str) -> Vec<String> {
    let number = cardinal(position.into(), Gender::Masculine, language);
    joined([one("queue_position"), number, one("queue_position_after")])
}

/// "The expected wait is about two minutes."
pub fn expected_wait(wait: Duration, language: &str) -> Vec<String> {
    /// Whoever waits longer hears this much; a larger figure would be a guess.
    const LONGEST_MINUTES: u64 = 60;
    let minutes = ((wait.as_secs() + 30) / 60).min(LONGEST_MINUTES);
    if minutes == 0 {
        return one("queue_wait_short");
    }
    let word = if is_one(minutes, language) { "minute_one" } else { "minute_many" };
    joined([one("queue_wait"), cardinal(minutes, Gender::Masculine, language), one(word)])
}

/// "Your case is being worked on. It is with the waterworks."
pub fn case_state(state: &CaseState) -> Vec<String> {
    let mut keys = one(&format!("case_status_{}", state.status));
    if state.status.is_open() {
        keys.push("case_with".to_owned());
        keys.push(format!("department_{}", state.department));
    }
    keys
}

fn digits(text: &str) -> Vec<String> {
    text.chars().filter(char::is_ascii_digit).map(|digit| format!("digit_{digit}")).collect()
}

/// Digit by digit, as it is typed; the stroke is said, other separators are a pause. Letters are not spoken.
fn case_number(text: &str) -> Vec<String> {
    let mut keys: Vec<String> = Vec::new();
    for letter in text.chars() {
        let key = match letter {
            '0'..='9' => format!("digit_{letter}"),
            '/' => "stroke".to_owned(),
            _ => PAUSE.to_owned(),
        };
        let is_digit = letter.is_ascii_digit();
        if is_digit || keys.last().is_some_and(|last| last.starts_with("digit")) {
            keys.push(key);
        }
    }
    while keys.last().is_some_and(|last| !last.starts_with("digit")) {
        keys.pop();
    }
    keys
}

/// As it is dialled inside the country, in groups that can be written down.
fn phone(text: &str) -> Vec<String> {
    let national = match text.strip_prefix("+381").or_else(|| text.strip_prefix("00381")) {
        Some(rest) => format!("0{rest}"),
        None => text.replacen('+', "00", 1),
    };
    let all = digits(&national);
    let mut keys = Vec::new();
    for (index, digit) in all.iter().enumerate() {
        if matches!(index, 3 | 6 | 10) && index + 1 < all.len() {
            keys.push(PAUSE.to_owned());
        }
        keys.push(digit.clone());
    }
    keys
}

fn cardinal(number: u64, gender: Gender, language: &str) -> Vec<String> {
    match family(language) {
        Family::Serbian => serbian::cardinal(number, gender),
        Family::English => english::cardinal(number),
        Family::Other => digits(&number.to_string()),
    }
}

fn money(amount: u64, language: &str) -> Vec<String> {
    let word = if is_one(amount, language) { "dinar_one" } else { "dinar_many" };
    joined([cardinal(amount, Gender::Masculine, language), one(word)])
}

fn date(day: Date, language: &str) -> Vec<String> {
    let head = vec![format!("day_{}", day.day()), format!("month_{}", day.month())];
    let year = u64::try_from(day.year()).unwrap_or_default();
    let year = match family(language) {
        Family::Serbian => serbian::year(year),
        Family::English => english::year(year),
        Family::Other => digits(&year.to_string()),
    };
    joined([head, year])
}

fn time(at: Time, language: &str) -> Vec<String> {
    let part = |n: i8| u64::try_from(n).unwrap_or_default();
    let (hour, minute) = (part(at.hour()), part(at.minute()));
    match family(language) {
        Family::Serbian => serbian::time(hour, minute),
        Family::English => english::time(hour, minute),
        Family::Other => joined([digits(&hour.to_string()), one(PAUSE), digits(&format!("{minute:02}"))]),
    }
}

/// Whether the noun after the number is in the singular: 1, and in Serbian 21, 31, 101 too, but not 11.
fn is_one(number: u64, language: &str) -> bool {
    match family(language) {
        Family::Serbian => number % 10 == 1 && number % 100 != 11,
        Family::English | Family::Other => number == 1,
    }
}

enum Family {
    Serbian,
    English,
    Other,
}

/// `sr-Latn` is spoken like `sr`.
fn family(language: &str) -> Family {
    match language.split('-').next() {
        Some("sr") => Family::Serbian,
        Some("en") => Family::English,
        _ => Family::Other,
    }
}

fn one(key: &str) -> Vec<String> {
    vec![key.to_owned()]
}

fn joined<const N: usize>(parts: [Vec<String>; N]) -> Vec<String> {
    parts.into_iter().flatten().collect()
}

#[cfg(test)]
mod tests;
