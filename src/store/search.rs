//! What somebody typed into the search box, as a query of either database.

use crate::domain::script::search_key;

/// The beginning of every word must be there; or, when it reads like a telephone or case number, its digits in one piece.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Terms {
    words: Vec<String>,
    digits: Option<String>,
}

/// Further words narrow nothing down.
const WORDS: usize = 8;
/// A shorter run of digits is a word, not a number in some notation.
const NUMBER_DIGITS: usize = 6;

/// `None` when there is no letter and no digit in it.
pub(super) fn terms(q: &str) -> Option<Terms> {
    let key = search_key(q);
    let words: Vec<String> =
        key.split(' ').filter(|w| !w.is_empty()).take(WORDS).map(str::to_owned).collect();
    let all_digits: String = key.chars().filter(|c| *c != ' ').collect();
    let number = all_digits.len() >= NUMBER_DIGITS && all_digits.bytes().all(|b| b.is_ascii_digit());
    // 00381… is stored without the zeros; 0641… has a form of its own.
    let digits = number.then(|| all_digits.strip_prefix("00").unwrap_or(&all_digits).to_owned());
    (!words.is_empty()).then_some(Terms { words, digits })
}

impl Terms {
    /// SQLite's FTS5: `("voda"* AND "064"*) OR "064…"*`
    pub(super) fn fts5(&self) -> String {
        self.write(|word| format!("\"{word}\"*"), " AND ", " OR ")
    }

    /// PostgreSQL: `('voda':* & '064':*) | '064…':*`
    pub(super) fn tsquery(&self) -> String {
        self.write(|word| format!("'{word}':*"), " & ", " | ")
    }

    /// Words hold letters and digits only, so that nothing in them needs an escape.
    fn write(&self, prefix: impl Fn(&str) -> String, and: &str, or: &str) -> String {
        let words: Vec<String> = self.words.iter().map(|word| prefix(word)).collect();
        let words = words.join(and);
        match &self.digits {
            Some(digits) => format!("({words}){or}{}", prefix(digits)),
            None => words,
        }
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
    fn number_in_any_notation_is_one_run_of_digits_too() {
        assert_eq!(
            terms("064/123-45-67").unwrap().fts5(),
            "(\"064\"* AND \"123\"* AND \"45\"* AND \"67\"*) OR \"0641234567\"*"
        );
        assert_eq!(terms("00381641234567").unwrap().digits.as_deref(), Some("381641234567"));
        assert_eq!(terms("400-73").unwrap().digits, None);
    }

    #[test]
    fn nothing_to_look_for_and_nothing_to_inject() {
        assert_eq!(terms(" -- '\"* "), None);
        assert_eq!(terms("a\" OR b*").unwrap().fts5(), "\"a\"* AND \"or\"* AND \"b\"*");
    }
}
