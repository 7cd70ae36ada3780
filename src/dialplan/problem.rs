//! What is wrong with a plan, said so that the administrator can put it right: place, line, caret, suggestion.

use std::fmt;
use std::ops::Range;

use super::phrase::Phrase;

/// Bytes of the text.
pub type Span = Range<usize>;

/// Something wrong at a place of one text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    pub span: Span,
    pub message: Phrase,
    /// What to do about it, for example `did you mean "menu"?`.
    pub help: Option<Phrase>,
    /// Further lines below the caret.
    pub notes: Vec<Phrase>,
}

impl Problem {
    pub fn new(span: Span, message: Phrase) -> Self {
        Self { span, message, help: None, notes: Vec::new() }
    }

    pub fn help(mut self, help: Phrase) -> Self {
        self.help = Some(help);
        self
    }

    pub fn note(mut self, note: Phrase) -> Self {
        self.notes.push(note);
        self
    }

    /// Names the known word that is nearest to the one written, or all of them when none is near.
    pub fn suggest<'a>(self, written: &str, known: impl IntoIterator<Item = &'a str>) -> Self {
        let known: Vec<&str> = known.into_iter().collect();
        match nearest(written, known.iter().copied()) {
            Some(word) => self.help(Phrase::did_you_mean(word)),
            None if known.is_empty() => self,
            None => self.help(Phrase::known_are(listed(&known))),
        }
    }
}

/// A problem with its file and line. Its `Display` is what `odziv check` prints.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    pub file: String,
    /// From 1; columns count characters.
    pub line: usize,
    pub column: usize,
    /// The whole line, without its end.
    pub text: String,
    /// Characters under which carets stand.
    pub width: usize,
    pub problem: Problem,
}

impl Finding {
    pub fn new(file: &str, source: &str, problem: Problem) -> Self {
        let place = Place::of(source, &problem.span);
        let line_start = place.line_start;
        let start = floor(source, problem.span.start);
        let rest = source.get(line_start..).unwrap_or_default();
        let text = rest.lines().next().unwrap_or_default();
        let end = floor(source, problem.span.end.max(start)).min(line_start + text.len());
        let width = source.get(start..end).map_or(1, |s| s.chars().count()).max(1);
        Self {
            file: file.to_owned(),
            line: place.line,
            column: place.column,
            text: text.to_owned(),
            width,
            problem,
        }
    }

    /// `file:line:column`, which editors make a link of.
    pub fn place(&self) -> String {
        format!("{}:{}:{}", self.file, self.line, self.column)
    }
}

/// Where a span begins, as people count: from 1, columns in characters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    pub line: usize,
    pub column: usize,
    /// Bytes before the line.
    line_start: usize,
}

impl Place {
    pub fn of(source: &str, span: &Span) -> Self {
        let start = floor(source, span.start);
        let line_start = source.get(..start).and_then(|s| s.rfind('\n')).map_or(0, |at| at + 1);
        let before = source.get(line_start..start).unwrap_or_default();
        Self {
            line: source.get(..line_start).unwrap_or_default().matches('\n').count() + 1,
            column: before.chars().count() + 1,
            line_start,
        }
    }

    pub fn within(&self, file: &str) -> String {
        format!("{file}:{}:{}", self.line, self.column)
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let number = self.line.to_string();
        let margin = " ".repeat(number.len());
        // Tabs are kept so that the caret stands under its character in any editor.
        let indent: String =
            self.text.chars().take(self.column - 1).map(|c| if c == '\t' { '\t' } else { ' ' }).collect();
        writeln!(f, "{}: {}", self.place(), self.problem.message)?;
        writeln!(f, "{margin} |")?;
        writeln!(f, "{number} | {}", self.text)?;
        write!(f, "{margin} | {indent}{}", "^".repeat(self.width))?;
        match &self.problem.help {
            Some(help) => writeln!(f, " {help}")?,
            None => writeln!(f)?,
        }
        for note in &self.problem.notes {
            writeln!(f, "{margin} = {note}")?;
        }
        Ok(())
    }
}

/// The known word that a slip of the fingers could have turned into the written one.
pub fn nearest<'a>(written: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let allowed = (written.chars().count() / 3).max(1);
    known
        .into_iter()
        .map(|word| (distance(written, word), word))
        .filter(|(distance, _)| *distance <= allowed)
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, word)| word)
}

pub fn listed(words: &[&str]) -> String {
    /// A suggestion is read, not searched.
    const MOST: usize = 20;
    let mut shown = words.iter().take(MOST).copied().collect::<Vec<_>>().join(", ");
    if words.len() > MOST {
        shown.push_str(", ...");
    }
    shown
}

/// Optimal string alignment: letters missing, added, changed or swapped with their neighbour.
fn distance(a: &str, b: &str) -> usize {
    /// Longer words are not names of nodes; bounds the work on hostile text.
    const LONGEST: usize = 64;
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    if a.len() > LONGEST || b.len() > LONGEST {
        return usize::MAX;
    }
    let at = |row: &[usize], i: usize| row.get(i).copied().unwrap_or(usize::MAX / 2);
    let mut before_last: Vec<usize> = Vec::new();
    let mut last: Vec<usize> = (0..=b.len()).collect();
    for (i, ca) in a.iter().enumerate() {
        let mut row = vec![i + 1];
        for (j, cb) in b.iter().enumerate() {
            let cost = usize::from(ca != cb);
            let mut best = (at(&last, j + 1) + 1).min(at(&row, j) + 1).min(at(&last, j) + cost);
            let swapped = i > 0 && j > 0 && a.get(i - 1) == Some(cb) && b.get(j - 1) == Some(ca);
            if swapped {
                best = best.min(at(&before_last, j - 1) + 1);
            }
            row.push(best);
        }
        before_last = std::mem::replace(&mut last, row);
    }
    at(&last, b.len())
}

/// The nearest boundary of a character at or before `at`.
fn floor(text: &str, at: usize) -> usize {
    let mut at = at.min(text.len());
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    at
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_finding_shows_place_line_caret_and_suggestion() {
        let source = "schema = 1\nstart = \"menuu\"\n";
        let problem = Problem::new(19..26, Phrase::no_node("menuu")).suggest("menuu", ["hours", "menu"]);
        let shown = Finding::new("dialplans/main.toml", source, problem).to_string();
        assert_eq!(
            shown,
            "dialplans/main.toml:2:9: there is no node \"menuu\"\n  |\n2 | start = \"menuu\"\n  |         ^^^^^^^ did you mean \"menu\"?\n"
        );
    }

    #[test]
    fn columns_count_characters_and_tabs_stay() {
        let source = "\tи = 1";
        let finding = Finding::new("f", source, Problem::new(6..7, Phrase::no_date()));
        assert_eq!((finding.line, finding.column), (1, 6));
        assert!(finding.to_string().contains("| \t    ^"), "{finding}");
    }

    #[test]
    fn any_span_on_any_text_is_shown_without_panic() {
        for source in ["", "\n", "а\nб\r\nв", "abc"] {
            for start in 0..10 {
                for end in 0..10 {
                    let span = Span { start, end };
                    let _ = Finding::new("f", source, Problem::new(span, Phrase::no_date())).to_string();
                }
            }
        }
    }

    #[test]
    fn slips_of_the_fingers_are_guessed() {
        let known = ["menu", "hours", "leave_message"];
        assert_eq!(nearest("mneu", known), Some("menu"));
        assert_eq!(nearest("hour", known), Some("hours"));
        assert_eq!(nearest("leave_mesage", known), Some("leave_message"));
        assert_eq!(nearest("operators", known), None);
    }
}
