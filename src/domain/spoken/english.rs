//! English, as spoken in Britain.

use super::shape::{Shape, Token};
use super::{Said, Speaks};

pub(super) struct English;

const UNITS: [&str; 20] = [
    "zero",
    "one",
    "two",
    "three",
    "four",
    "five",
    "six",
    "seven",
    "eight",
    "nine",
    "ten",
    "eleven",
    "twelve",
    "thirteen",
    "fourteen",
    "fifteen",
    "sixteen",
    "seventeen",
    "eighteen",
    "nineteen",
];
const TENS: [&str; 10] =
    ["", "", "twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"];
const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];
const ORDINALS: [&str; 31] = [
    "first",
    "second",
    "third",
    "fourth",
    "fifth",
    "sixth",
    "seventh",
    "eighth",
    "ninth",
    "tenth",
    "eleventh",
    "twelfth",
    "thirteenth",
    "fourteenth",
    "fifteenth",
    "sixteenth",
    "seventeenth",
    "eighteenth",
    "nineteenth",
    "twentieth",
    "twenty-first",
    "twenty-second",
    "twenty-third",
    "twenty-fourth",
    "twenty-fifth",
    "twenty-sixth",
    "twenty-seventh",
    "twenty-eighth",
    "twenty-ninth",
    "thirtieth",
    "thirty-first",
];

/// Behind a number: one, and several.
const COUNTED: [(&str, &str, &str); 12] = [
    ("h", "hour", "hours"),
    ("min", "minute", "minutes"),
    ("rsd", "dinar", "dinars"),
    ("din", "dinar", "dinars"),
    ("eur", "euro", "euros"),
    ("km", "kilometre", "kilometres"),
    ("m", "metre", "metres"),
    ("m2", "square metre", "square metres"),
    ("m²", "square metre", "square metres"),
    ("kg", "kilogram", "kilograms"),
    ("l", "litre", "litres"),
    ("°c", "degree", "degrees"),
];

const SHORT: [(&str, &str); 24] = [
    ("st", "street"),
    ("no", "number"),
    ("nos", "numbers"),
    ("ave", "avenue"),
    ("blvd", "boulevard"),
    ("sq", "square"),
    ("tel", "telephone"),
    ("approx", "approximately"),
    ("dept", "department"),
    ("e.g", "for example"),
    ("i.e", "that is"),
    ("etc", "and so on"),
    ("dr", "doctor"),
    ("mr", "mister"),
    ("mrs", "missis"),
    ("ms", "miz"),
    ("prof", "professor"),
    ("incl", "including"),
    ("max", "at most"),
    ("min", "at least"),
    ("sms", "S M S"),
    ("pin", "pin"),
    ("%", "percent"),
    ("&", "and"),
];

impl Speaks for English {
    fn said(&self, shape: &Shape, next: Option<&Token<'_>>) -> Said {
        let plain = Said::plain;
        match shape {
            Shape::Number(number) | Shape::Ordinal(number) => number_said(*number, next),
            Shape::Decimal(whole, fraction) => {
                let words = format!("{} point {}", cardinal(*whole), digits(fraction));
                match next.and_then(|next| unit(next.core)) {
                    Some((_, many)) => Said { words: format!("{words} {many}"), takes_stop: true, takes: 1 },
                    None => plain(words),
                }
            }
            Shape::Suffixed(number, suffix) => plain(suffixed(*number, suffix)),
            Shape::Fraction(a, b) => plain(format!("{} stroke {}", cardinal(*a), cardinal(*b))),
            Shape::Range(from, until) => {
                let until = number_said(*until, next);
                Said { words: format!("{} to {}", cardinal(*from), until.words), ..until }
            }
            Shape::Date { day, month, year } => {
                let month = pick(&MONTHS, month - 1);
                let date = format!("the {} of {month}", pick(&ORDINALS, day - 1));
                plain(year.map_or(date.clone(), |year| format!("{date} {}", year_said(year))))
            }
            Shape::Time { hour, minute } => plain(time(*hour, *minute)),
            Shape::TimeRange(from, until) => {
                plain(format!("{} to {}", time(from.0, from.1), time(until.0, until.1)))
            }
            Shape::CaseNumber(number) => plain(digits(number)),
            Shape::Phone(groups) => {
                plain(groups.iter().map(|group| digits(group)).collect::<Vec<_>>().join(", "))
            }
            Shape::Word | Shape::Link => plain(String::new()),
        }
    }

    fn abbreviation(&self, core: &str, full_stop: bool, next: Option<&Token<'_>>) -> Option<String> {
        let lower = core.to_lowercase();
        // "No." before a number is one, elsewhere the word; a pin and a minute are no abbreviations without their stop.
        let counts = next.is_some_and(|next| next.core.starts_with(|c: char| c.is_ascii_digit()));
        match (lower.as_str(), full_stop) {
            ("no" | "nos" | "min" | "max", _) if !counts => return None,
            ("st" | "ave" | "sq" | "incl" | "etc" | "e.g" | "i.e" | "no" | "nos" | "min" | "max", false) => {
                return None;
            }
            _ => {}
        }
        SHORT.iter().find(|(short, _)| *short == lower).map(|(_, words)| (*words).to_owned())
    }

    /// A speech program of this language spells capitals by itself.
    fn letter(&self, _letter: char) -> Option<&'static str> {
        None
    }

    fn sign(&self, sign: char) -> Option<&'static str> {
        Some(match sign {
            '.' => "dot",
            '@' => "at",
            '/' => "slash",
            '-' => "dash",
            '_' => "underscore",
            _ => return None,
        })
    }
}

fn number_said(number: u64, next: Option<&Token<'_>>) -> Said {
    match next.and_then(|next| unit(next.core)) {
        Some((one, many)) => {
            let words = format!("{} {}", cardinal(number), if number == 1 { one } else { many });
            Said { words, takes_stop: true, takes: 1 }
        }
        None => Said::plain(cardinal(number)),
    }
}

/// `15th`, `20%`, `5km`, `5a`.
fn suffixed(number: u64, suffix: &str) -> String {
    match (suffix, unit(suffix)) {
        ("st" | "nd" | "rd" | "th", _) if (1..=31).contains(&number) => {
            pick(&ORDINALS, number - 1).to_owned()
        }
        ("%", _) => format!("{} percent", cardinal(number)),
        (_, Some((one, many))) => format!("{} {}", cardinal(number), if number == 1 { one } else { many }),
        _ => format!("{} {}", cardinal(number), suffix.trim_start_matches('-')),
    }
}

/// `twenty-one thousand two hundred and thirty-two`.
fn cardinal(number: u64) -> String {
    let (millions, thousands, rest) = (number / 1_000_000, number / 1_000 % 1_000, number % 1_000);
    let mut words: Vec<String> = Vec::new();
    for (count, unit) in [(millions, "million"), (thousands, "thousand")] {
        if count > 0 {
            words.push(format!("{} {unit}", below_thousand(count)));
        }
    }
    match (rest, words.is_empty()) {
        (0, false) => {}
        (1..=99, false) => words.push(format!("and {}", below_thousand(rest))),
        _ => words.push(below_thousand(rest)),
    }
    words.join(" ")
}

fn below_thousand(number: u64) -> String {
    let (hundreds, rest) = (number / 100, number % 100);
    let rest_said = match (rest / 10, rest % 10) {
        (0 | 1, _) => pick(&UNITS, rest).to_owned(),
        (tens, 0) => pick(&TENS, tens).to_owned(),
        (tens, units) => format!("{}-{}", pick(&TENS, tens), pick(&UNITS, units)),
    };
    match (hundreds, rest) {
        (0, _) => rest_said,
        (_, 0) => format!("{} hundred", pick(&UNITS, hundreds)),
        _ => format!("{} hundred and {rest_said}", pick(&UNITS, hundreds)),
    }
}

/// `twenty twenty-six`.
fn year_said(year: u64) -> String {
    match (year / 100, year % 100) {
        (20, 0..=9) | (_, 0) => cardinal(year),
        (century, rest @ 1..=9) => format!("{} oh {}", below_thousand(century), below_thousand(rest)),
        (century, rest) => format!("{} {}", below_thousand(century), below_thousand(rest)),
    }
}

/// `two thirty p.m.`
fn time(hour: u64, minute: u64) -> String {
    let half = if hour % 24 < 12 { "a.m." } else { "p.m." };
    let hour = if hour.is_multiple_of(12) { 12 } else { hour % 12 };
    match minute {
        0 => format!("{} {half}", cardinal(hour)),
        1..=9 => format!("{} oh {} {half}", cardinal(hour), cardinal(minute)),
        _ => format!("{} {} {half}", cardinal(hour), cardinal(minute)),
    }
}

fn unit(core: &str) -> Option<(&'static str, &'static str)> {
    let lower = core.to_lowercase();
    COUNTED.iter().find(|(name, _, _)| *name == lower).map(|(_, one, many)| (*one, *many))
}

fn digits(text: &str) -> String {
    let mut said = String::new();
    for letter in text.chars() {
        match letter {
            '/' => said.push_str(" stroke"),
            '+' => said.push_str(" plus"),
            digit => match digit.to_digit(10) {
                Some(digit) => {
                    said.push(' ');
                    said.push_str(pick(&UNITS, digit.into()));
                }
                None => said.push(','),
            },
        }
    }
    said.trim().to_owned()
}

fn pick(list: &[&'static str], at: u64) -> &'static str {
    usize::try_from(at).ok().and_then(|at| list.get(at)).copied().unwrap_or_default()
}
