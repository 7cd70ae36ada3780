//! What somebody typed into the search box, as a query of either database.

use crate::domain::script::search_key;

/// What every hit has a word for each of, by the beginnings of the words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Terms(Vec<String>);

/// Further words narrow nothing down.
const WORDS: usize = 8;
/// A shorter run of digits is a word, not a number in some notation.
const NUMBER_DIGITS: usize = 6;

/// `None` when there is no letter and no digit in it. What reads like a telephone or a case number is one run of digits,
/// for each is stored as one run too.
pub(super) fn terms(q: &str) -> Option<Terms> {
    let key = search_key(q);
    let digits: String = key.chars().filter(|c| *c != ' ').collect();
    if digits.len() >= NUMBER_DIGITS && digits.bytes().all(|b| b.is_ascii_digit()) {
        // 00381… is stored without the zeros; 0641… is stored as it is dialled too.
        return Some(Terms(vec![digits.strip_prefix("00").unwrap_or(&digits).to_owned()]));
    }
    let words: Vec<String> =
        key.split(' ').filter(|w| !w.is_empty()).take(WORDS).map(str::to_owned).collect();
    (!words.is_empty()).then_some(Terms(words))
}

impl Terms {
    /// SQLite's FTS5: `"voda"* AND "dunav"*`
    pub(super) fn fts5(&self) -> String {
        self.write(|word| format!("\"{word}\"*"), " AND ")
    }

    /// PostgreSQL: `'voda':* & 'dunav':*`
    pub(super) fn tsquery(&self) -> String {
        self.write(|word| format!("'{word}':*"), " & ")
    }

    /// Words hold letters and digits only, so that nothing in them needs an escape.
    fn write(&self, prefix: impl Fn(&str) -> String, and: &str) -> String {
        self.0.iter().map(|word| prefix(word)).collect::<Vec<_>>().join(and)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_found_by_their_beginning() {
        assert_eq!(terms("Пукла цев").unwrap().fts5(), "\"pukla\"* AND \"cev\"*");
        assert_eq!(terms("Пукла цев").unwrap().tsquery(), "'pukla':* & 'cev':*");
    }

    #[test]
    fn number_in_any_notation_is_one_run_of_digits() {
        assert_eq!(terms("064/123-45-67").unwrap().fts5(), "\"0641234567\"*");
        assert_eq!(terms("00381641234567").unwrap().fts5(), "\"381641234567\"*");
        assert_eq!(terms("400-73/2026").unwrap().fts5(), "\"400732026\"*");
        assert_eq!(terms("400-73").unwrap().fts5(), "\"400\"* AND \"73\"*");
    }

    #[test]
    fn nothing_to_look_for_and_nothing_to_inject() {
        assert_eq!(terms(" -- '\"* "), None);
        assert_eq!(terms("a\" OR b*").unwrap().fts5(), "\"a\"* AND \"or\"* AND \"b\"*");
    }
}
