//! Serbian, in either script. What is put in is Cyrillic; a speech program reads both.

use super::serbian_numbers::{Counted, Gender, cardinal, of_day, of_year, ordinal};
use super::shape::{Shape, Token, is_year};
use super::{Said, Speaks};
use crate::domain::script::to_latin;

pub(super) struct Serbian;

const HOUR: Counted = counted("час", "часа", "часова", Gender::Masculine);
const MINUTE: Counted = counted("минут", "минута", "минута", Gender::Masculine);
const DINAR: Counted = counted("динар", "динара", "динара", Gender::Masculine);
const PARA: Counted = counted("пара", "паре", "пара", Gender::Feminine);

/// Behind a number, in Latin letters and small.
const COUNTED: [(&[&str], Counted); 12] = [
    (&["h", "čas.", "č"], HOUR),
    (&["min"], MINUTE),
    (&["din", "rsd"], DINAR),
    (&["eur", "€"], counted("евро", "евра", "евра", Gender::Masculine)),
    (&["km"], counted("километар", "километра", "километара", Gender::Masculine)),
    (&["m"], counted("метар", "метра", "метара", Gender::Masculine)),
    (&["m2", "m²"], counted("квадратни метар", "квадратна метра", "квадратних метара", Gender::Masculine)),
    (&["m3", "m³"], counted("кубни метар", "кубна метра", "кубних метара", Gender::Masculine)),
    (&["kg"], counted("килограм", "килограма", "килограма", Gender::Masculine)),
    (&["l"], counted("литар", "литра", "литара", Gender::Masculine)),
    (&["kwh"], counted("киловат-сат", "киловат-сата", "киловат-сати", Gender::Masculine)),
    (&["°c", "°"], counted("степен", "степена", "степени", Gender::Masculine)),
];

/// In Latin letters and small; with a full stop behind them, or not needing one.
const WITH_STOP: [(&str, &str); 36] = [
    ("ul", "улица"),
    ("br", "број"),
    ("bul", "булевар"),
    ("god", "године"),
    ("g", "године"),
    ("tel", "телефон"),
    ("tj", "то јест"),
    ("npr", "на пример"),
    ("itd", "и тако даље"),
    ("sl", "слично"),
    ("dr", "друго"),
    ("str", "страна"),
    ("prof", "професор"),
    ("inž", "инжењер"),
    ("dipl", "дипломирани"),
    ("sv", "свети"),
    ("st", "стан"),
    ("spr", "спрат"),
    ("opšt", "општина"),
    ("čas", "часова"),
    ("min", "минута"),
    ("din", "динара"),
    ("rsd", "динара"),
    ("mil", "милиона"),
    ("hilj", "хиљада"),
    ("pon", "понедељак"),
    ("uto", "уторак"),
    ("sre", "среда"),
    ("čet", "четвртак"),
    ("pet", "петак"),
    ("sub", "субота"),
    ("ned", "недеља"),
    ("čl", "члан"),
    ("sek", "секунди"),
    ("maks", "највише"),
    ("tač", "тачка"),
];

const WITHOUT_STOP: [(&str, &str); 24] = [
    ("jkp", "јавно комунално предузеће"),
    ("jp", "јавно предузеће"),
    ("mz", "месна заједница"),
    ("oš", "основна школа"),
    ("pu", "предшколска установа"),
    ("kc", "контакт центар"),
    ("pib", "порески идентификациони број"),
    ("jmbg", "јединствени матични број"),
    ("sms", "ес ем ес"),
    ("pin", "пин"),
    ("rs", "Република Србија"),
    ("rsd", "динара"),
    ("din", "динара"),
    ("e-mail", "имејл"),
    ("email", "имејл"),
    ("g-din", "господин"),
    ("g-đa", "госпођа"),
    ("dr", "доктор"),
    ("mr", "магистар"),
    ("%", "посто"),
    ("&", "и"),
    ("§", "параграф"),
    ("№", "број"),
    ("kwh", "киловат-сати"),
];

const MONTHS: [&str; 12] = [
    "јануара",
    "фебруара",
    "марта",
    "априла",
    "маја",
    "јуна",
    "јула",
    "августа",
    "септембра",
    "октобра",
    "новембра",
    "децембра",
];

const fn counted(one: &'static str, few: &'static str, many: &'static str, gender: Gender) -> Counted {
    Counted { one, few, many, gender }
}

impl Speaks for Serbian {
    fn said(&self, shape: &Shape, next: Option<&Token<'_>>) -> Said {
        let plain = Said::plain;
        match shape {
            Shape::Number(number) => number_said(*number, next),
            Shape::Ordinal(number) => ordinal_said(*number, next),
            Shape::Decimal(whole, fraction) => decimal(*whole, fraction, next),
            Shape::Suffixed(number, suffix) => plain(match unit(suffix) {
                Some(unit) => unit.count(*number),
                None if suffix == "%" => format!("{} посто", cardinal(*number, Gender::Masculine)),
                None => {
                    format!("{} {}", cardinal(*number, Gender::Masculine), suffix.trim_start_matches('-'))
                }
            }),
            Shape::Fraction(a, b) => {
                plain(format!("{} кроз {}", cardinal(*a, Gender::Masculine), cardinal(*b, Gender::Masculine)))
            }
            Shape::Range(from, until) => {
                let until = number_said(*until, next);
                let words = format!("{} до {}", cardinal(*from, Gender::Masculine), until.words);
                Said { words, ..until }
            }
            Shape::Date { day, month, year } => date(*day, *month, *year, next),
            Shape::Time { hour, minute } => after_time(time(*hour, *minute), next),
            Shape::TimeRange(from, until) => {
                after_time(format!("{} до {}", time(from.0, from.1), time(until.0, until.1)), next)
            }
            Shape::CaseNumber(number) => plain(digits(number)),
            Shape::Phone(groups) => {
                plain(groups.iter().map(|group| digits(group)).collect::<Vec<_>>().join(", "))
            }
            Shape::Word | Shape::Link => plain(String::new()),
        }
    }

    fn abbreviation(&self, core: &str, full_stop: bool, next: Option<&Token<'_>>) -> Option<String> {
        let latin = to_latin(core).to_lowercase();
        let find = |list: &[(&str, &str)]| {
            list.iter().find(|(short, _)| *short == latin).map(|(_, words)| (*words).to_owned())
        };
        // "др Петровић" is a doctor, "и др." is other things; "Тел." at the end of a sentence is a word.
        let names = next.is_some_and(|next| next.core.chars().next().is_some_and(char::is_uppercase));
        match (full_stop, latin.as_str()) {
            (true, "dr" | "mr") if names => find(&WITHOUT_STOP),
            (true, "g") if names => Some("господин".to_owned()),
            (false, "dr" | "mr") if !names => None,
            (true, _) => find(&WITH_STOP).or_else(|| find(&WITHOUT_STOP)),
            // What is short for something is written in capitals, or is no word at all.
            (false, "pu" | "rs" | "pin" | "mz" | "jp" | "kc") if core.chars().any(char::is_lowercase) => None,
            (false, _) => find(&WITHOUT_STOP),
        }
    }

    fn letter(&self, letter: char) -> Option<&'static str> {
        let latin = to_latin(&letter.to_string()).to_uppercase();
        Some(match latin.as_str() {
            "A" => "а",
            "B" => "бе",
            "C" => "це",
            "Č" | "Ć" => "че",
            "D" => "де",
            "DŽ" => "џе",
            "Đ" => "ђе",
            "E" => "е",
            "F" => "еф",
            "G" => "ге",
            "H" => "ха",
            "I" => "и",
            "J" => "је",
            "K" => "ка",
            "L" => "ел",
            "LJ" => "ље",
            "M" => "ем",
            "N" => "ен",
            "NJ" => "ње",
            "O" => "о",
            "P" => "пе",
            "R" => "ер",
            "S" => "ес",
            "Š" => "ша",
            "T" => "те",
            "U" => "у",
            "V" | "W" => "ве",
            "X" => "икс",
            "Y" => "ипсилон",
            "Z" => "зе",
            "Ž" => "же",
            _ => return None,
        })
    }

    fn sign(&self, sign: char) -> Option<&'static str> {
        Some(match sign {
            '.' => "тачка",
            '@' => "ет",
            '/' => "кроз",
            '-' => "цртица",
            '_' => "доња црта",
            _ => return None,
        })
    }
}

/// With what is counted, where that is a unit; else in the gender that the next word looks like.
fn number_said(number: u64, next: Option<&Token<'_>>) -> Said {
    match next.and_then(|next| unit(next.core)) {
        Some(unit) => Said { words: unit.count(number), takes_stop: true, takes: 1 },
        None => Said::plain(cardinal(number, gender_of_counted(number, next))),
    }
}

/// `2 улице`, `1 улица`, `1 место`.
fn gender_of_counted(number: u64, next: Option<&Token<'_>>) -> Gender {
    let last = next.and_then(|next| next.core.chars().next_back());
    match (number % 10, last) {
        _ if (11..=14).contains(&(number % 100)) => Gender::Masculine,
        (1, Some('а' | 'a')) | (2, Some('е' | 'e')) => Gender::Feminine,
        (1, Some('о' | 'o' | 'е' | 'e')) => Gender::Neuter,
        _ => Gender::Masculine,
    }
}

/// `5. спрат`; a number with a full stop at the end of a sentence is a number.
fn ordinal_said(number: u64, next: Option<&Token<'_>>) -> Said {
    if is_year(number) {
        return Said { words: of_year(number), takes_stop: next.is_some_and(is_lower), takes: 0 };
    }
    let Some(next) = next.filter(|next| is_lower(next)) else {
        return Said::plain(cardinal(number, Gender::Masculine));
    };
    let words = match to_latin(next.core).to_lowercase().as_str() {
        month if MONTHS.iter().any(|name| to_latin(name) == month) => of_day(number),
        _ => match next.core.chars().next_back() {
            Some('а' | 'a') => ordinal(number, Gender::Feminine),
            Some('о' | 'o' | 'е' | 'e') => ordinal(number, Gender::Neuter),
            _ => ordinal(number, Gender::Masculine),
        },
    };
    Said { words, takes_stop: true, takes: 0 }
}

fn is_lower(next: &Token<'_>) -> bool {
    next.core.starts_with(char::is_lowercase)
}

/// Money has its own small coin; other numbers are read with their comma.
fn decimal(whole: u64, fraction: &str, next: Option<&Token<'_>>) -> Said {
    let unit = next.and_then(|next| unit(next.core));
    let is_money = unit.is_some_and(|unit| unit.one == DINAR.one) && fraction.len() == 2;
    let cents: u64 = fraction.parse().unwrap_or(0);
    if is_money && cents == 0 {
        return Said { words: DINAR.count(whole), takes_stop: true, takes: 1 };
    }
    if is_money {
        let words = format!("{} и {}", DINAR.count(whole), PARA.count(cents));
        return Said { words, takes_stop: true, takes: 1 };
    }
    let words = format!("{} запета {}", cardinal(whole, Gender::Masculine), fraction_said(fraction));
    match unit {
        Some(unit) => Said { words: format!("{words} {}", unit.few), takes_stop: true, takes: 1 },
        None => Said::plain(words),
    }
}

fn fraction_said(fraction: &str) -> String {
    match fraction.parse() {
        Ok(number) if fraction.len() <= 2 && !fraction.starts_with('0') => {
            cardinal(number, Gender::Masculine)
        }
        _ => digits(fraction),
    }
}

/// `петнаестог марта две хиљаде двадесет шесте године`.
fn date(day: u64, month: u64, year: Option<u64>, next: Option<&Token<'_>>) -> Said {
    let name = usize::try_from(month - 1).ok().and_then(|at| MONTHS.get(at)).copied().unwrap_or_default();
    let words = format!("{} {name}", of_day(day));
    let Some(year) = year else { return Said { words, takes_stop: true, takes: 0 } };
    let says_year =
        |next: &Token<'_>| matches!(to_latin(next.core).to_lowercase().as_str(), "godine" | "god" | "g");
    let takes = usize::from(next.is_some_and(says_year));
    Said { words: format!("{words} {} године", of_year(year)), takes_stop: true, takes }
}

/// `четрнаест часова и тридесет минута`.
fn time(hour: u64, minute: u64) -> String {
    match minute {
        0 => HOUR.count(hour),
        _ => format!("{} и {}", HOUR.count(hour), MINUTE.count(minute)),
    }
}

/// "14:30 часова": the hours are said already.
fn after_time(words: String, next: Option<&Token<'_>>) -> Said {
    let says_hours = |next: &Token<'_>| {
        let word = to_latin(next.core).to_lowercase();
        matches!(word.as_str(), "h" | "č" | "čas" | "časova" | "časa" | "sati" | "sata")
    };
    Said { words, takes_stop: false, takes: usize::from(next.is_some_and(says_hours)) }
}

fn unit(core: &str) -> Option<Counted> {
    let latin = to_latin(core).to_lowercase();
    COUNTED.iter().find(|(names, _)| names.contains(&latin.as_str())).map(|(_, unit)| *unit)
}

/// One by one, with a breath between groups; the stroke is said.
fn digits(text: &str) -> String {
    let mut said = String::new();
    for letter in text.chars() {
        match letter {
            '/' => said.push_str(" кроз"),
            '+' => said.push_str(" плус"),
            digit => match digit.to_digit(10) {
                Some(digit) => {
                    said.push(' ');
                    said.push_str(&cardinal(digit.into(), Gender::Masculine));
                }
                None => said.push(','),
            },
        }
    }
    said.trim().to_owned()
}
