//! Templates that people write with: words with fields such as `{number}`, which the case fills. The syntax is that of
//! [`super::template`]; here it is strict, because somebody is there to be told of a mistake.
//!
//! What the case does not have becomes a gap, `[[address]]`, for the writer to fill. Words with a gap are not sent.

use super::words::words;

words! {
    /// What a template is for.
    TemplateKind {
        /// A text to the citizen.
        Text = "text",
        Email = "email",
        /// What a case is answered with.
        Answer = "answer",
        /// For colleagues.
        Note = "note",
        /// On paper.
        Letter = "letter",
    }
}

words! {
    /// What a template can leave to the case, by the names of the syntax.
    Field {
        Number = "number",
        Citizen = "citizen",
        Category = "category",
        /// With which the case is now.
        Service = "service",
        Opened = "opened",
        /// The soonest running deadline.
        Due = "due",
        /// Where the problem is.
        Address = "address",
        /// Who writes.
        Officer = "officer",
        /// What the case was last answered with.
        Answer = "answer",
        Municipality = "municipality",
        Today = "today",
    }
}

/// What cannot be kept, and where in the words it is; both from 1.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("line {line}, character {column}: {what}")]
pub struct Misspelt {
    pub what: Misspelling,
    pub line: usize,
    pub column: usize,
}

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Misspelling {
    #[error("there is no field {{{0}}}")]
    Unknown(String),
    #[error("a brace that is not closed")]
    Unclosed,
    /// It would never be sent.
    #[error("a gap is no words of a template")]
    Gap,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Piece<'w> {
    Words(&'w str),
    Field(Field),
}

/// What a case has for the fields.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Values(Vec<(Field, String)>);

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Filled {
    pub words: String,
    /// Each once, in the order of the words.
    pub gaps: Vec<Field>,
}

const GAP_OPENS: &str = "[[";
const GAP_CLOSES: &str = "]]";
/// A gap is named in a few words; what is longer was written by somebody who likes brackets.
const GAP_CHARS: usize = 60;
/// No name of a field is longer, in any language that somebody may try.
pub(super) const NAME_CHARS: usize = 40;

/// The longest words of a kind: those of the verb that says them.
pub fn most_chars(kind: TemplateKind) -> usize {
    match kind {
        TemplateKind::Text | TemplateKind::Email | TemplateKind::Answer => 2_000,
        TemplateKind::Note | TemplateKind::Letter => 10_000,
    }
}

/// The words apart, or the first mistake in them.
pub fn parse(words: &str) -> Result<Vec<Piece<'_>>, Misspelt> {
    let at = |rest: &str, what| {
        let before = words.get(..words.len() - rest.len()).unwrap_or_default();
        let line = before.matches('\n').count() + 1;
        let column = before.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
        Misspelt { what, line, column }
    };
    if let Some((place, _)) = gaps(words).next() {
        return Err(at(words.get(place..).unwrap_or_default(), Misspelling::Gap));
    }
    let mut pieces = Vec::new();
    let mut rest = words;
    while let Some(opens) = rest.find('{') {
        let (before, from) = rest.split_at(opens);
        let name = from.get(1..).and_then(|inside| inside.split_once('}')).map(|(name, _)| name);
        let closed = |name: &&str| !name.contains(['{', '\n']) && name.chars().count() <= NAME_CHARS;
        let name = name.filter(closed).ok_or_else(|| at(from, Misspelling::Unclosed))?;
        let field = name.trim().parse::<Field>();
        let field = field.map_err(|_| at(from, Misspelling::Unknown(name.trim().to_owned())))?;
        if !before.is_empty() {
            pieces.push(Piece::Words(before));
        }
        pieces.push(Piece::Field(field));
        rest = from.get(name.len() + 2..).unwrap_or_default();
    }
    if !rest.is_empty() {
        pieces.push(Piece::Words(rest));
    }
    Ok(pieces)
}

/// The fields filled, and gaps where there is nothing to fill them with. `label`: what the gap of a field is called.
pub fn fill(words: &str, values: &Values, label: impl Fn(Field) -> String) -> Result<Filled, Misspelt> {
    let mut filled = Filled::default();
    for piece in parse(words)? {
        match piece {
            Piece::Words(words) => filled.words.push_str(words),
            Piece::Field(field) => match values.get(field) {
                Some(value) => filled.words.push_str(value),
                None => {
                    filled.words.push_str(&format!("{GAP_OPENS}{}{GAP_CLOSES}", label(field)));
                    if !filled.gaps.contains(&field) {
                        filled.gaps.push(field);
                    }
                }
            },
        }
    }
    Ok(filled)
}

/// What somebody still has to fill before the words can be sent, as the gap calls it.
pub fn first_gap(words: &str) -> Option<&str> {
    gaps(words).next().map(|(_, name)| name)
}

/// Where each begins, and its name.
fn gaps(words: &str) -> impl Iterator<Item = (usize, &str)> {
    words.match_indices(GAP_OPENS).filter_map(|(at, opens)| {
        let (name, _) = words.get(at + opens.len()..)?.split_once(GAP_CLOSES)?;
        let fits = !name.trim().is_empty() && !name.contains('\n') && name.chars().count() <= GAP_CHARS;
        fits.then_some((at, name))
    })
}

impl Values {
    /// Empty words are none.
    pub fn put(&mut self, field: Field, value: impl Into<String>) {
        let value = value.into().trim().to_owned();
        self.0.retain(|(known, _)| *known != field);
        if !value.is_empty() {
            self.0.push((field, value));
        }
    }

    pub fn get(&self, field: Field) -> Option<&str> {
        self.0.iter().find(|(known, _)| *known == field).map(|(_, value)| value.as_str())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn label(field: Field) -> String {
        field.as_str().to_owned()
    }

    fn values() -> Values {
        let mut values = Values::default();
        values.put(Field::Number, "400-1/2026-01");
        values.put(Field::Citizen, " {number} ");
        values.put(Field::Address, "  ");
        values
    }

    #[test]
    fn fields_are_filled_and_what_the_case_has_not_is_a_gap() {
        let filled = fill("Предмет { number }, {address}; {address}.", &values(), label).unwrap();
        assert_eq!(filled.words, "Предмет 400-1/2026-01, [[address]]; [[address]].");
        assert_eq!(filled.gaps, [Field::Address]);
        assert_eq!(first_gap(&filled.words), Some("address"));
    }

    #[test]
    fn a_filled_value_is_not_filled_again() {
        assert_eq!(fill("{citizen}", &values(), label).unwrap().words, "{number}");
    }

    #[test]
    fn an_unknown_field_is_named_with_its_place() {
        let wrong = parse("Поштовани,\nпредмет {broj} је").unwrap_err();
        assert_eq!(wrong, Misspelt { what: Misspelling::Unknown("broj".into()), line: 2, column: 9 });
        assert_eq!(parse("{").unwrap_err().what, Misspelling::Unclosed);
        assert_eq!(parse("{number\n}").unwrap_err().what, Misspelling::Unclosed);
        assert_eq!(parse("{number {due}").unwrap_err().column, 1);
        assert_eq!(
            parse("а [[адреса]]").unwrap_err(),
            Misspelt { what: Misspelling::Gap, line: 1, column: 3 }
        );
        assert!(parse("a } b").is_ok());
    }

    #[test]
    fn brackets_that_are_no_gap_may_be_sent() {
        for words in ["[a]", "[[", "[[ ]]", "[[a\nb]]", "a ]] b [["] {
            assert_eq!(first_gap(words), None, "{words}");
        }
    }

    proptest! {
        #[test]
        fn whatever_is_typed_is_refused_or_kept_whole(words in "[a-z{}\\[\\]\nшч ]{0,40}|(\\{(number|due|adr)\\}| ){0,5}") {
            if let Ok(pieces) = parse(&words) {
                let again: String = pieces.iter().map(|piece| match piece {
                    Piece::Words(words) => (*words).to_owned(),
                    Piece::Field(field) => format!("{{{field}}}"),
                }).collect();
                prop_assert_eq!(again.replace(' ', ""), words.replace(' ', ""));
            }
        }
    }
}
