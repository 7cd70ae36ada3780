//! English, as spoken in Britain.

use super::{joined, one};

/// `twenty-one thousand two hundred and thirty-two`.
pub(super) fn cardinal(number: u64) -> Vec<String> {
    let (millions, thousands, rest) = (number / 1_000_000, number / 1_000 % 1_000, number % 1_000);
    let mut keys = Vec::new();
    for (count, word) in [(millions, "million"), (thousands, "thousand")] {
        match count {
            0 => {}
            1 => keys.push(format!("num_{word}_one")),
            _ => keys.extend(joined([below_thousand(count, false), one(&format!("num_{word}_many"))])),
        }
    }
    if rest > 0 || keys.is_empty() {
        let after_larger = !keys.is_empty() && rest < 100;
        keys.extend(below_thousand(rest, after_larger));
    }
    keys
}

/// `twenty twenty-six`, `two thousand and seven`.
pub(super) fn year(year: u64) -> Vec<String> {
    match (year, year % 100) {
        (2010..=2099, rest) => joined([one("num_20"), cardinal(rest)]),
        (1910..=1999, rest) => joined([one("num_19"), cardinal(rest)]),
        (1901..=1909, rest) => joined([one("num_19"), one("oh"), cardinal(rest)]),
        _ => cardinal(year),
    }
}

/// `three thirty p.m.`
pub(super) fn time(hour: u64, minute: u64) -> Vec<String> {
    let half = if hour < 12 { "am" } else { "pm" };
    let hour = if hour.is_multiple_of(12) { 12 } else { hour % 12 };
    let minutes = match minute {
        0 => Vec::new(),
        1..=9 => joined([one("oh"), cardinal(minute)]),
        _ => cardinal(minute),
    };
    joined([cardinal(hour), minutes, one(half)])
}

fn below_thousand(number: u64, after_larger: bool) -> Vec<String> {
    let (hundreds, rest) = (number / 100, number % 100);
    let mut keys = Vec::new();
    if hundreds > 0 {
        keys.push(format!("num_{}", hundreds * 100));
    }
    if rest > 0 || (hundreds == 0 && !after_larger) {
        if hundreds > 0 || after_larger {
            keys.push("and".to_owned());
        }
        let (tens, units) = if rest < 20 { (0, rest) } else { (rest / 10, rest % 10) };
        if tens > 0 {
            keys.push(format!("num_{}", tens * 10));
        }
        if units > 0 || tens == 0 {
            keys.push(format!("num_{units}"));
        }
    }
    keys
}
