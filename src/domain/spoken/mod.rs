//! Words that people read, written as a speech program reads them right: dates, times, numbers and abbreviations in words, case and
//! telephone numbers digit by digit.
//!
//! ```text
//! words -> tokens -> shape of each (date, time, number ...) -> said in the language
//! ```

mod english;
mod serbian;
mod serbian_numbers;
mod shape;
#[cfg(test)]
mod tests;

use self::shape::{Shape, Token, is_digits};
use super::words::words;

words! {
    /// What is spoken; Serbian in both scripts is one.
    Tongue {
        Serbian = "sr",
        English = "en",
    }
}

/// A message of a quarter of an hour. What is longer is no announcement, and is cut.
const LONGEST: usize = 12_000;

/// How one language says what is no plain word.
trait Speaks {
    fn said(&self, shape: &Shape, next: Option<&Token<'_>>) -> Said;
    /// An abbreviation, a title, a short name of an institution. `full_stop`: one is written behind it.
    fn abbreviation(&self, core: &str, full_stop: bool, next: Option<&Token<'_>>) -> Option<String>;
    /// The name of a letter, for abbreviations that are spelled.
    fn letter(&self, letter: char) -> Option<&'static str>;
    /// In addresses of the network.
    fn sign(&self, sign: char) -> Option<&'static str>;
}

/// What is said in place of a token.
struct Said {
    words: String,
    /// The full stop behind it belonged to it, and ends no sentence.
    takes_stop: bool,
    /// So many tokens behind it are said with it.
    takes: usize,
}

impl Tongue {
    /// The one that a person wants, else the one that the words are in.
    pub fn of(language: Option<&str>, words: &str) -> Self {
        match language.and_then(|language| language.split('-').next()) {
            Some("sr") => Self::Serbian,
            Some("en") => Self::English,
            _ => Self::of_words(words),
        }
    }

    /// Cyrillic and the letters of Serbian Latin decide; words without any of them by the small words that every sentence has.
    pub fn of_words(words: &str) -> Self {
        let is_serbian = |c: char| ('\u{400}'..='\u{45f}').contains(&c) || "čćšžđČĆŠŽĐ".contains(c);
        if words.chars().take(LONGEST).any(is_serbian) {
            return Self::Serbian;
        }
        const ENGLISH: [&str; 16] = [
            "the", "and", "of", "is", "are", "will", "be", "your", "you", "for", "from", "this", "with",
            "on", "has", "at",
        ];
        const SERBIAN: [&str; 16] =
            ["je", "i", "u", "na", "se", "da", "od", "za", "su", "ce", "vas", "vam", "iz", "sa", "ne", "do"];
        let lower = words.chars().take(LONGEST).collect::<String>().to_lowercase();
        let count = |list: &[&str]| {
            lower.split(|c: char| !c.is_alphanumeric()).filter(|word| list.contains(word)).count()
        };
        if count(&ENGLISH) > count(&SERBIAN) { Self::English } else { Self::Serbian }
    }

    fn speaks(self) -> &'static dyn Speaks {
        match self {
            Self::Serbian => &serbian::Serbian,
            Self::English => &english::English,
        }
    }
}

/// For a speech program of this tongue.
pub fn spoken(words: &str, tongue: Tongue) -> String {
    let speaks = tongue.speaks();
    let words: String = words.chars().take(LONGEST).collect();
    let mut said = String::with_capacity(words.len() * 2);
    for line in words.lines() {
        let tokens: Vec<Token<'_>> = line.split_whitespace().filter_map(Token::of).collect();
        let mut rest = tokens.as_slice();
        while let Some((token, after)) = rest.split_first() {
            let takes = say(speaks, tongue, token, after, &mut said);
            rest = after.get(takes..).unwrap_or_default();
        }
        // A line is a sentence, also without its full stop.
        if said.ends_with(|c: char| c.is_alphanumeric()) {
            said.push('.');
        }
    }
    said.trim().to_owned()
}

/// Says one token; how many behind it were said too.
fn say(
    speaks: &dyn Speaks,
    tongue: Tongue,
    token: &Token<'_>,
    after: &[Token<'_>],
    out: &mut String,
) -> usize {
    let (shape, joined) = Shape::of(token, after, tongue);
    let behind = after.get(joined..).unwrap_or_default();
    let last = joined.checked_sub(1).and_then(|at| after.get(at)).unwrap_or(token);
    let mut said = match &shape {
        Shape::Word => word(speaks, token, behind.first()),
        Shape::Link => Said::plain(link(speaks, token.core)),
        shape => speaks.said(shape, behind.first()),
    };
    if !out.is_empty() {
        out.push(' ');
    }
    out.push_str(&said.words);
    let last = said.takes.checked_sub(1).and_then(|at| behind.get(at)).unwrap_or(last);
    // "бр. 5" goes on; the same at the end of the line is the end of a sentence.
    let ends = behind.len() <= said.takes;
    said.takes_stop |= last.is_initial();
    for mark in last.tail.chars().filter(|c| ",.;:!?".contains(*c)) {
        if mark != '.' || !said.takes_stop || ends {
            if !out.ends_with('.') {
                out.push(mark);
            }
            break;
        }
    }
    joined + said.takes
}

fn word(speaks: &dyn Speaks, token: &Token<'_>, next: Option<&Token<'_>>) -> Said {
    let full_stop = token.tail.starts_with('.');
    if let Some(words) = speaks.abbreviation(token.core, full_stop, next) {
        return Said { words, takes_stop: full_stop, takes: 0 };
    }
    let spelled = shape::is_spelled(token.core).then(|| spell(speaks, token.core)).flatten();
    Said::plain(spelled.unwrap_or_else(|| shape::plain(token.core)))
}

/// `ПДВ`: the names of its letters.
fn spell(speaks: &dyn Speaks, core: &str) -> Option<String> {
    let names: Option<Vec<&str>> = core.chars().map(|letter| speaks.letter(letter)).collect();
    names.map(|names| names.join(" "))
}

/// `www.grad.rs`, `info@grad.rs`.
fn link(speaks: &dyn Speaks, core: &str) -> String {
    let core = core.split_once("://").map_or(core, |(_, rest)| rest).trim_end_matches('/');
    let mut said: Vec<String> = Vec::new();
    for piece in core.split_inclusive(|letter| speaks.sign(letter).is_some()) {
        let sign = piece.chars().next_back().and_then(|last| speaks.sign(last));
        let name = if sign.is_some() { piece.trim_end_matches(|c| speaks.sign(c).is_some()) } else { piece };
        // Endings and short names are known by their letters: `rs`, `www`.
        let short = name.chars().count() <= 3 && !is_digits(name);
        let spelled = short.then(|| spell(speaks, &name.to_uppercase())).flatten();
        said.push(spelled.unwrap_or_else(|| name.to_owned()));
        said.extend(sign.map(str::to_owned));
    }
    said.retain(|piece| !piece.is_empty());
    said.join(" ")
}

impl Said {
    fn plain(words: String) -> Self {
        Self { words, takes_stop: false, takes: 0 }
    }
}
