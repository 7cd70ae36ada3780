//! Serbian: nouns after 2, 3 and 4 differ from those after 5, 1 and 2 have genders, and the year of a date is an ordinal.

use super::{Gender, joined, one};

/// `dvadeset jedna hiljada dvesta trideset dva`.
pub(super) fn cardinal(number: u64, gender: Gender) -> Vec<String> {
    let (millions, thousands, rest) = (number / 1_000_000, number / 1_000 % 1_000, number % 1_000);
    let mut keys = Vec::new();
    if millions > 0 {
        if millions > 1 {
            keys.extend(below_thousand(millions, Gender::Masculine));
        }
        let singular = millions % 10 == 1 && millions % 100 != 11;
        keys.push(if singular { "num_million_one" } else { "num_million_many" }.to_owned());
    }
    match thousands {
        0 => {}
        1 => keys.push("num_thousand_one".to_owned()),
        _ => {
            // Hiljada is feminine: dve hiljade, dvadeset jedna hiljada.
            keys.extend(below_thousand(thousands, Gender::Feminine));
            keys.push(if is_few(thousands) { "num_thousand_few" } else { "num_thousand_many" }.to_owned());
        }
    }
    if rest > 0 || keys.is_empty() {
        keys.extend(below_thousand(rest, gender));
    }
    keys
}

/// The genitive of a date: `dve hiljade dvadeset šeste godine`.
pub(super) fn year(year: u64) -> Vec<String> {
    let century = match year {
        2001..=2099 => vec!["num_2_f".to_owned(), "num_thousand_few".to_owned()],
        1901..=1999 => vec!["num_thousand_one".to_owned(), "num_900".to_owned()],
        _ => return joined([cardinal(year, Gender::Feminine), one("year")]),
    };
    let rest = year % 100;
    let ordinal = match rest {
        0..=20 => vec![format!("year_{rest}")],
        _ if rest.is_multiple_of(10) => vec![format!("year_{rest}")],
        _ => vec![format!("num_{}", rest / 10 * 10), format!("year_{}", rest % 10)],
    };
    joined([century, ordinal, one("year")])
}

/// `sedam sati i trideset minuta`.
pub(super) fn time(hour: u64, minute: u64) -> Vec<String> {
    let hour_word = match hour {
        1 | 21 => "hour_one",
        _ if is_few(hour) => "hour_few",
        _ => "hour_many",
    };
    let hours = joined([cardinal(hour, Gender::Masculine), one(hour_word)]);
    if minute == 0 {
        return hours;
    }
    let minute_word = if minute % 10 == 1 && minute != 11 { "minute_one" } else { "minute_many" };
    joined([hours, one("and"), cardinal(minute, Gender::Masculine), one(minute_word)])
}

fn below_thousand(number: u64, gender: Gender) -> Vec<String> {
    let (hundreds, rest) = (number / 100, number % 100);
    let mut keys = Vec::new();
    if hundreds > 0 {
        keys.push(format!("num_{}", hundreds * 100));
    }
    let (tens, units) = if rest < 20 { (0, rest) } else { (rest / 10, rest % 10) };
    if tens > 0 {
        keys.push(format!("num_{}", tens * 10));
    }
    if units > 0 || keys.is_empty() {
        keys.push(match (units, gender) {
            (1 | 2, Gender::Feminine) => format!("num_{units}_f"),
            (1, Gender::Neuter) => "num_1_n".to_owned(),
            _ => format!("num_{units}"),
        });
    }
    keys
}

/// 2, 3, 4, 22, 23 ... but not 12, 13, 14.
fn is_few(number: u64) -> bool {
    matches!(number % 10, 2..=4) && !matches!(number % 100, 12..=14)
}
