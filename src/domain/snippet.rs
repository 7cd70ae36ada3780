//! The part of a text in which something was found, with what was found marked.

use super::script::search_key;

/// Characters before the first and behind the last mark: about a line of a page.
const BEFORE: usize = 50;
const LENGTH: usize = 180;
/// Nobody reads on behind so many marks.
const MARKS: usize = 12;
/// A longer text is looked at as far as this: a page of hits must not read whole documents.
const LOOKED_AT: usize = 20_000;

/// Fewer digits are in many numbers.
const DIGITS: usize = 5;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Piece {
    pub text: String,
    pub is_marked: bool,
}

/// The words of `text` that begin as one of `words` does; search keys both. `None` when there is none.
pub fn snippet(text: &str, words: &[String]) -> Option<Vec<Piece>> {
    let text = match text.char_indices().nth(LOOKED_AT) {
        Some((end, _)) => text.get(..end).unwrap_or_default(),
        None => text,
    };
    let marks = marks(text, words);
    let first = marks.first()?.0;
    let (from, to) = window(text, first);
    let mut pieces = Vec::new();
    let mut at = from;
    if from > 0 {
        push(&mut pieces, "…", false);
    }
    for (start, end) in marks.into_iter().filter(|(start, end)| *start >= from && *end <= to) {
        push(&mut pieces, text.get(at..start).unwrap_or_default(), false);
        push(&mut pieces, text.get(start..end).unwrap_or_default(), true);
        at = end;
    }
    push(&mut pieces, text.get(at..to).unwrap_or_default(), false);
    if to < text.len() {
        push(&mut pieces, "…", false);
    }
    Some(pieces)
}

/// Whether every word is in the text.
pub fn has_all(text: &str, words: &[String]) -> bool {
    words.iter().all(|word| !marks(text, std::slice::from_ref(word)).is_empty())
}

fn push(pieces: &mut Vec<Piece>, text: &str, is_marked: bool) {
    // On one line.
    let text: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    if !text.is_empty() {
        pieces.push(Piece { text, is_marked });
    }
}

/// Beginnings and ends in bytes, in their order.
fn marks(text: &str, words: &[String]) -> Vec<(usize, usize)> {
    let mut marks = Vec::new();
    for (start, end) in runs(text, is_of_word) {
        let key = search_key(text.get(start..end).unwrap_or_default());
        if words.iter().any(|word| key.starts_with(word.as_str())) {
            marks.push((start, end));
        }
    }
    let digits: Vec<&String> = words.iter().filter(|word| word.bytes().all(|b| b.is_ascii_digit())).collect();
    if marks.is_empty() && !digits.is_empty() {
        // A number that was written with signs in it.
        for (start, end) in runs(text, |c| c.is_ascii_digit() || "+-/(). \u{a0}".contains(c)) {
            let written = text.get(start..end).unwrap_or_default();
            let run: String = written.chars().filter(char::is_ascii_digit).collect();
            let home = |word: &str| word.trim_start_matches("381").trim_start_matches('0').to_owned();
            if digits.iter().map(|word| home(word)).any(|word| word.len() >= DIGITS && run.contains(&word)) {
                let before = written.len() - written.trim_start().len();
                marks.push((start + before, start + written.trim_end().len()));
            }
        }
    }
    marks.truncate(MARKS);
    marks
}

fn is_of_word(c: char) -> bool {
    c.is_alphanumeric() || unicode_normalization::char::is_combining_mark(c)
}

/// Longest runs of such characters.
fn runs(text: &str, of: impl Fn(char) -> bool) -> Vec<(usize, usize)> {
    let mut runs = Vec::new();
    let mut begun = None;
    for (at, c) in text.char_indices() {
        match (begun, of(c)) {
            (None, true) => begun = Some(at),
            (Some(start), false) => {
                runs.push((start, at));
                begun = None;
            }
            _ => {}
        }
    }
    runs.extend(begun.map(|start| (start, text.len())));
    runs
}

/// Around a mark, from a space to a space.
fn window(text: &str, first: usize) -> (usize, usize) {
    let head = text.get(..first).unwrap_or_default();
    let from = match head.char_indices().rev().nth(BEFORE) {
        None => 0,
        Some((at, _)) => {
            let space = head.get(at..).and_then(|rest| rest.find(char::is_whitespace));
            space.map_or(at, |space| at + space + 1).min(first)
        }
    };
    let from = (from..=first).find(|at| text.is_char_boundary(*at)).unwrap_or(first);
    let tail = text.get(from..).unwrap_or_default();
    let to = match tail.char_indices().nth(LENGTH) {
        None => text.len(),
        Some((end, _)) => {
            let cut = tail.get(..end).unwrap_or_default();
            let space = cut.rfind(char::is_whitespace).filter(|space| from + space > first);
            from + space.unwrap_or(end)
        }
    };
    (from, to)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::search::Query;

    fn shown(text: &str, q: &str) -> Option<String> {
        let pieces = snippet(text, Query::parse(q).unwrap().words())?;
        Some(pieces.into_iter().map(|p| if p.is_marked { format!("[{}]", p.text) } else { p.text }).collect())
    }

    #[test]
    fn words_are_marked_whatever_their_script() {
        assert_eq!(shown("Пукла је цев код Ђорђа", "Đorđ cev").unwrap(), "Пукла је [цев] код [Ђорђа]");
        assert_eq!(shown("Pukla je cev", "ЦЕВ").unwrap(), "Pukla je [cev]");
        assert_eq!(shown("Pukla je cev", "вода"), None);
    }

    #[test]
    fn number_is_marked_in_the_notation_in_which_it_was_written() {
        assert_eq!(
            shown("Зовите 064/123-45-67 сутра", "+381641234567").unwrap(),
            "Зовите [064/123-45-67] сутра"
        );
        assert_eq!(shown("Зовите 0641234567.", "064 1234567").unwrap(), "Зовите [0641234567].");
    }

    #[test]
    fn long_text_is_cut_at_words_around_the_first_mark() {
        let text = format!("{} цев {}", "ситно ".repeat(40), "после ".repeat(60));
        let shown = shown(&text, "cev").unwrap();
        assert!(
            shown.starts_with("…ситно") && shown.contains("[цев]") && shown.ends_with("после…"),
            "{shown}"
        );
        assert!(shown.chars().count() < 200);
    }

    #[test]
    fn any_text_can_be_cut_anywhere() {
        for n in 0..300 {
            let text = format!("{}цев{}", "ђ\u{301}\u{1f6b0} ".repeat(n), "љ".repeat(n));
            assert!(shown(&text, "cev").is_some(), "{n}");
        }
    }
}
