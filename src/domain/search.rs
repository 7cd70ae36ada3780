//! Search: the keys under which cases and people are found, and what somebody typed into the search box.
//!
//! Keys are words of [`search_key`]. Some stand there a second time with a mark, so that a hit in a name is told from one in what
//! somebody wrote, and comes before it. Marks are letters for private use, which [`search_key`] lets nobody type.

use std::fmt;
use std::str::FromStr;

use super::id::{CaseId, DepartmentId, UserId};
use super::phone::PhoneNumber;
use super::script::search_key;
use super::words::words;

/// Between and around the pieces of a case's number: a beginning that ends with it ends with a whole piece.
const NUMBER: char = '\u{e000}';
/// Before a whole telephone number.
const PHONE: char = '\u{e001}';
/// Before each word of a name.
const NAME: char = '\u{e002}';
/// Before and behind keys of entries that are another case's.
const TAKEN: char = '\u{e003}';
/// Before the id of the service that has the case.
const SERVICE: char = '\u{e004}';
/// Before the id of whoever it is assigned to, and of whoever opened it.
const OWNER: char = '\u{e005}';

/// Further words narrow nothing down.
const WORDS: usize = 8;
/// A shorter run of digits is a word, not a number in some notation.
const NUMBER_DIGITS: usize = 6;
/// A run of digits that is no longer is a house number: many a case number begins with it, and nobody means those.
const HOUSE_DIGITS: usize = 3;

words! {
    /// Why something was found; those that come first stand first.
    Rank {
        Number = "number",
        Phone = "phone",
        Name = "name",
        Words = "words",
    }
}

/// A case number in its pieces, in one piece as a query for a number is, and marked.
pub fn number_keys(number: &str) -> String {
    let key = search_key(number);
    format!("{} {key} {}", key.replace(' ', ""), marked_number(key.split(' ')))
}

/// In the ways in which people look for it.
pub fn phone_keys(phone: &PhoneNumber) -> String {
    let forms = phone.search_forms();
    let marked: Vec<String> = forms.iter().take(2).map(|form| format!("{PHONE}{form}")).collect();
    format!("{} {}", forms.join(" "), marked.join(" "))
}

/// Empty for an empty name.
pub fn name_keys(name: &str) -> String {
    let key = search_key(name);
    if key.is_empty() {
        return key;
    }
    let marked: Vec<String> = key.split(' ').map(|word| format!("{NAME}{word}")).collect();
    format!("{key} {}", marked.join(" "))
}

pub fn service_key(service: DepartmentId) -> String {
    format!("{SERVICE}{service}")
}

pub fn owner_key(user: UserId) -> String {
    format!("{OWNER}{user}")
}

/// Whose work a case is: who sees only some cases searches among those alone.
pub fn owner_keys(
    service: Option<DepartmentId>,
    assignee: Option<UserId>,
    opened_by: Option<UserId>,
) -> String {
    let opened_by = opened_by.filter(|by| assignee != Some(*by));
    let owners = [assignee, opened_by].into_iter().flatten().map(owner_key);
    service.map(service_key).into_iter().chain(owners).collect::<Vec<_>>().join(" ")
}

/// Keys of words that are on the case `from`, by which a case that was split off from it is found too; empty when there are none.
pub fn taken_keys(from: CaseId, keys: &str) -> String {
    if keys.is_empty() { String::new() } else { format!("{TAKEN}{from} {keys} {TAKEN}{TAKEN}") }
}

/// What is left of the keys of a case when those that it took from the case `from` are gone.
pub fn without_taken(body: &str, from: CaseId) -> String {
    let (begin, end) = (format!("{TAKEN}{from} "), format!(" {TAKEN}{TAKEN}"));
    let (mut left, mut rest) = (String::with_capacity(body.len()), body);
    while let Some((before, taken)) = rest.split_once(&begin) {
        left.push_str(before);
        // Keys hold no marks, so that the end is that of this piece.
        rest = taken.split_once(&end).map_or("", |(_, behind)| behind);
    }
    left.push_str(rest);
    left
}

fn marked_number<'w>(pieces: impl Iterator<Item = &'w str>) -> String {
    pieces.fold(NUMBER.to_string(), |mut number, piece| {
        number.push_str(piece);
        number.push(NUMBER);
        number
    })
}

/// A query that has something in it to look for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Query {
    /// What every hit has a word for each of, by the beginnings of the words.
    words: Vec<String>,
    number: Option<String>,
    phone: Option<String>,
}

/// One key that must be there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Term {
    /// As it is.
    Whole(String),
    /// As the beginning of one.
    Beginning(String),
    /// As it is, or with one letter behind it: 14, 14a.
    House(String),
}

impl Term {
    fn of_word(word: &str) -> Self {
        let is_house = word.len() <= HOUSE_DIGITS && word.bytes().all(|b| b.is_ascii_digit());
        if is_house { Self::House(word.to_owned()) } else { Self::Beginning(word.to_owned()) }
    }
}

impl Query {
    /// `None` when there is no letter and no digit in it. What reads like a telephone or a case number is one run of digits,
    /// for each is stored as one run too.
    pub fn parse(q: &str) -> Option<Self> {
        let key = search_key(q);
        let pieces: Vec<&str> = key.split(' ').filter(|piece| !piece.is_empty()).collect();
        let has_digit = pieces.iter().any(|piece| piece.contains(|c: char| c.is_ascii_digit()));
        let number = (pieces.len() > 1 && pieces.len() <= WORDS && has_digit)
            .then(|| marked_number(pieces.iter().copied()));
        let digits = pieces.concat();
        if digits.len() >= NUMBER_DIGITS && digits.bytes().all(|b| b.is_ascii_digit()) {
            // 00381… is stored without the zeros; 0641… is stored as it is dialled too.
            let digits = digits.strip_prefix("00").unwrap_or(&digits).to_owned();
            let phone = Some(format!("{PHONE}{digits}"));
            return Some(Self { words: vec![digits], number, phone });
        }
        let words: Vec<String> = pieces.into_iter().take(WORDS).map(str::to_owned).collect();
        (!words.is_empty()).then_some(Self { words, number, phone: None })
    }

    /// The keys of a hit of this rank; `None` when nothing can be one.
    pub fn terms(&self, rank: Rank) -> Option<Vec<Term>> {
        match rank {
            Rank::Number => self.number.clone().map(|key| vec![Term::Beginning(key)]),
            Rank::Phone => self.phone.clone().map(|key| vec![Term::Whole(key)]),
            Rank::Name if self.words.iter().any(|word| word.starts_with(|c: char| c.is_ascii_digit())) => {
                // A name has no numbers.
                None
            }
            Rank::Name => {
                Some(self.words.iter().map(|word| Term::Beginning(format!("{NAME}{word}"))).collect())
            }
            Rank::Words => Some(self.words.iter().map(|word| Term::of_word(word)).collect()),
        }
    }

    /// What to look for in a text that was found.
    pub fn words(&self) -> &[String] {
        &self.words
    }

    /// A run of digits: a telephone number, or a case number without its signs.
    pub fn is_digits(&self) -> bool {
        self.phone.is_some()
    }
}

/// Where a page of hits ended. Written as `<rank>.<id>`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    pub rank: Rank,
    pub id: i64,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.rank, self.id)
    }
}

/// A place that was not written by us.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a place in the hits")]
pub struct BadPlace;

impl FromStr for Place {
    type Err = BadPlace;

    fn from_str(text: &str) -> Result<Self, BadPlace> {
        let (rank, id) = text.split_once('.').ok_or(BadPlace)?;
        Ok(Self { rank: rank.parse().map_err(|_| BadPlace)?, id: id.parse().map_err(|_| BadPlace)? })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keys(q: &str, rank: Rank) -> Option<Vec<String>> {
        let terms = Query::parse(q).unwrap().terms(rank)?;
        let written = |term| match term {
            Term::Whole(key) => key,
            Term::Beginning(key) => key + "*",
            Term::House(key) => key + "?",
        };
        Some(terms.into_iter().map(written).collect())
    }

    #[test]
    fn keys_that_were_taken_from_a_case_go_with_it() {
        let (one, two) = (taken_keys(CaseId(1), "pukla cev"), taken_keys(CaseId(12), "ne svetli"));
        let body = format!("400 74 {one} {two} svetiljka");
        assert_eq!(without_taken(&body, CaseId(1)), format!("400 74  {two} svetiljka"));
        assert_eq!(without_taken(&body, CaseId(12)), format!("400 74 {one}  svetiljka"));
        assert_eq!(without_taken(&body, CaseId(2)), body);
        assert_eq!(taken_keys(CaseId(1), ""), "");
    }

    #[test]
    fn words_are_found_by_their_beginning_and_names_are_told_from_them() {
        assert_eq!(keys("Пукла цев", Rank::Words).unwrap(), ["pukla*", "cev*"]);
        assert_eq!(keys("Пукла цев", Rank::Name).unwrap(), ["\u{e002}pukla*", "\u{e002}cev*"]);
        assert_eq!((keys("Пукла цев", Rank::Number), keys("Пукла цев", Rank::Phone)), (None, None));
    }

    #[test]
    fn number_in_any_notation_is_one_run_of_digits() {
        for (q, digits) in [
            ("064/123-45-67", "0641234567"),
            ("00381641234567", "381641234567"),
            ("+381 64 123 4567", "381641234567"),
            ("400-73/2026", "400732026"),
        ] {
            assert_eq!(keys(q, Rank::Words).unwrap(), [format!("{digits}*")]);
            assert_eq!(keys(q, Rank::Phone).unwrap(), [format!("\u{e001}{digits}")]);
        }
        assert_eq!(keys("400-73", Rank::Words).unwrap(), ["400?", "73?"]);
    }

    #[test]
    fn house_number_is_not_the_beginning_of_others() {
        assert_eq!(keys("Дунавска 14", Rank::Words).unwrap(), ["dunavska*", "14?"]);
        assert_eq!(keys("14a 2026 b", Rank::Words).unwrap(), ["14a*", "2026*", "b*"]);
    }

    #[test]
    fn keys_say_whose_work_a_case_is() {
        let (service, ana, marko) = (DepartmentId(111), UserId(7), UserId(8));
        assert_eq!(owner_keys(None, None, None), "");
        assert_eq!(owner_keys(Some(service), Some(ana), Some(marko)), "\u{e004}111 \u{e005}7 \u{e005}8");
        assert_eq!(owner_keys(Some(service), Some(ana), Some(ana)), "\u{e004}111 \u{e005}7");
        assert_eq!(keys("\u{e004}111", Rank::Words).unwrap(), ["111?"]);
    }

    #[test]
    fn case_number_is_found_by_whole_pieces() {
        let stored = number_keys("400-73/2026-02");
        let found = |q| {
            let key = keys(q, Rank::Number).unwrap().concat();
            stored.split(' ').any(|word| word.starts_with(key.trim_end_matches('*')))
        };
        assert!(found("400-73") && found("400 73/2026") && found("400-73/2026-02"));
        assert!(!found("400-7") && !found("40-073") && !found("73/2026"));
        assert!(stored.starts_with("40073202602 400 73 2026 02 "));
    }

    #[test]
    fn nothing_to_look_for_and_nothing_to_inject() {
        assert_eq!(Query::parse(" -- '\"* "), None);
        assert_eq!(keys("a\" OR \u{e002}b*", Rank::Words).unwrap(), ["a*", "or*", "b*"]);
        assert_eq!(name_keys(" . "), "");
        assert_eq!(name_keys("Љиљана Ђ."), "ljiljana dj \u{e002}ljiljana \u{e002}dj");
    }

    #[test]
    fn place_comes_back() {
        let place = Place { rank: Rank::Name, id: 73 };
        assert_eq!(place.to_string().parse(), Ok(place));
        assert_eq!("name".parse::<Place>(), Err(BadPlace));
        assert_eq!("x.1".parse::<Place>(), Err(BadPlace));
    }
}
