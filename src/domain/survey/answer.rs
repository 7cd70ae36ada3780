//! An answer to one question, and whether the question takes it.

use std::collections::BTreeSet;

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::super::question::date;
use super::super::words::words;
use super::condition::Operand;
use super::decimal::Decimal;
use super::kind::{Code, Kind};
use super::questionnaire::Question;

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Answer {
    /// Of a single question.
    One(Code),
    /// Of a multiple one; at least one.
    Many(BTreeSet<Code>),
    /// Of a scale.
    Point(i16),
    Number(Decimal),
    Text(String),
    Date(Date),
    DoesNotKnow,
    Refuses,
    /// Asked, and passed over.
    Nothing,
}

words! {
    /// Why an answer is not taken.
    Refused {
        /// The question has to be answered.
        Missing = "missing",
        /// A number where a date is asked for, and the like.
        OtherKind = "other_kind",
        NoSuchOption = "no_such_option",
        TooFew = "too_few",
        TooMany = "too_many",
        /// "None of these" together with one of these.
        Exclusive = "exclusive",
        TooSmall = "too_small",
        TooLarge = "too_large",
        TooManyPlaces = "too_many_places",
        TooLong = "too_long",
        TooEarly = "too_early",
        TooLate = "too_late",
        /// "Does not know" or "refuses" where that is no answer.
        NotOffered = "not_offered",
        /// Cannot be read at all.
        Unreadable = "unreadable",
        /// The question is not on the road of this interview.
        NotAsked = "not_asked",
        /// The interview has ended.
        Over = "over",
    }
}

impl Answer {
    /// Whether it says something about what was asked.
    pub fn is_substantive(&self) -> bool {
        !matches!(self, Self::DoesNotKnow | Self::Refuses | Self::Nothing)
    }

    /// What it is compared by.
    pub(super) fn operand(&self) -> Option<Operand> {
        Some(match self {
            Self::One(code) => Operand::Number(code.0.into()),
            Self::Point(point) => Operand::Number((*point).into()),
            Self::Number(number) => Operand::Number(*number),
            Self::Date(date) => Operand::Date(*date),
            Self::Many(_) | Self::Text(_) | Self::DoesNotKnow | Self::Refuses | Self::Nothing => return None,
        })
    }
}

impl Question {
    /// The answer as it is kept, or why it will not do.
    pub fn accept(&self, answer: Answer) -> Result<Answer, Refused> {
        match (&self.kind, answer) {
            (_, Answer::DoesNotKnow) => self.offers(self.may_not_know, Answer::DoesNotKnow),
            (_, Answer::Refuses) => self.offers(self.may_refuse, Answer::Refuses),
            (_, Answer::Nothing) if self.required => Err(Refused::Missing),
            (_, Answer::Nothing) => Ok(Answer::Nothing),
            (Kind::Single { .. }, Answer::One(code)) => match self.kind.option(code) {
                Some(_) => Ok(Answer::One(code)),
                None => Err(Refused::NoSuchOption),
            },
            (Kind::Multiple { .. }, Answer::Many(codes)) if codes.is_empty() => self.accept(Answer::Nothing),
            (Kind::Multiple { min, max, .. }, Answer::Many(codes)) => {
                self.chosen(&codes, *min, *max).map(|()| Answer::Many(codes))
            }
            (Kind::Scale { from, to, .. }, Answer::Point(point)) => {
                within(&point, Some(from), Some(to), [Refused::TooSmall, Refused::TooLarge])?;
                Ok(Answer::Point(point))
            }
            (Kind::Number { places, min, max, .. }, Answer::Number(number)) => {
                within(&number, min.as_ref(), max.as_ref(), [Refused::TooSmall, Refused::TooLarge])?;
                if number.places() > *places {
                    Err(Refused::TooManyPlaces)
                } else {
                    Ok(Answer::Number(number))
                }
            }
            (Kind::Text { max_chars }, Answer::Text(text)) => match text.trim() {
                "" => self.accept(Answer::Nothing),
                text if text.chars().count() > usize::from(*max_chars) => Err(Refused::TooLong),
                text => Ok(Answer::Text(text.to_owned())),
            },
            (Kind::Date { from, to }, Answer::Date(day)) => {
                within(&day, from.as_ref(), to.as_ref(), [Refused::TooEarly, Refused::TooLate])?;
                Ok(Answer::Date(day))
            }
            _ => Err(Refused::OtherKind),
        }
    }

    /// Reads what somebody typed or a form sent; several codes of a multiple question with blanks or commas between. An empty text is no answer.
    pub fn read(&self, given: &str) -> Result<Answer, Refused> {
        let given = given.trim();
        if given.is_empty() {
            return self.accept(Answer::Nothing);
        }
        let code = |word: &str| word.parse().map(Code).map_err(|_| Refused::NoSuchOption);
        let answer = match &self.kind {
            Kind::Single { .. } => Answer::One(code(given)?),
            Kind::Multiple { .. } => {
                let words = given.split([' ', ',', ';']).filter(|word| !word.is_empty());
                Answer::Many(words.map(code).collect::<Result<_, _>>()?)
            }
            Kind::Scale { .. } => Answer::Point(given.parse().map_err(|_| Refused::Unreadable)?),
            Kind::Number { .. } => Answer::Number(given.parse().map_err(|_| Refused::Unreadable)?),
            Kind::Text { .. } => Answer::Text(given.to_owned()),
            Kind::Date { .. } => Answer::Date(date(given).ok_or(Refused::Unreadable)?),
        };
        self.accept(answer)
    }

    fn offers(&self, offered: bool, answer: Answer) -> Result<Answer, Refused> {
        if offered { Ok(answer) } else { Err(Refused::NotOffered) }
    }

    fn chosen(&self, codes: &BTreeSet<Code>, min: Option<u16>, max: Option<u16>) -> Result<(), Refused> {
        let options: Option<Vec<_>> = codes.iter().map(|code| self.kind.option(*code)).collect();
        let options = options.ok_or(Refused::NoSuchOption)?;
        if options.iter().any(|option| option.exclusive) {
            return if options.len() > 1 { Err(Refused::Exclusive) } else { Ok(()) };
        }
        if min.is_some_and(|min| options.len() < usize::from(min)) {
            return Err(Refused::TooFew);
        }
        if max.is_some_and(|max| options.len() > usize::from(max)) {
            return Err(Refused::TooMany);
        }
        Ok(())
    }
}

fn within<T: Ord>(
    value: &T,
    least: Option<&T>,
    most: Option<&T>,
    outside: [Refused; 2],
) -> Result<(), Refused> {
    let [below, above] = outside;
    if least.is_some_and(|least| value < least) {
        return Err(below);
    }
    if most.is_some_and(|most| value > most) {
        return Err(above);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::super::samples::{number, options, question, scale, single};
    use super::*;

    #[test]
    fn answers_are_read_as_people_type_them() {
        let multiple =
            question("m", Kind::Multiple { options: options(4), random: false, min: None, max: None });
        let codes = BTreeSet::from([Code(1), Code(3)]);
        assert_eq!(multiple.read(" 3, 1 "), Ok(Answer::Many(codes)));
        assert_eq!(number("n", 0, 120).read("034"), Ok(Answer::Number(34_u16.into())));
        let day = question("d", Kind::Date { from: None, to: "2026-12-31".parse().ok() });
        assert_eq!(day.read("1.2.2026."), Ok(Answer::Date("2026-02-01".parse().unwrap())));
        assert_eq!(day.read("1.2.2027."), Err(Refused::TooLate));
        assert_eq!(day.read("јуче"), Err(Refused::Unreadable));
        let text = question("t", Kind::Text { max_chars: 5 });
        assert_eq!(text.read("  добро "), Ok(Answer::Text("добро".into())));
        assert_eq!(text.read("одлично"), Err(Refused::TooLong));
    }

    #[test]
    fn none_of_these_goes_with_no_other_and_needs_no_company() {
        let mut options = options(4);
        options[3].exclusive = true;
        let question = question("m", Kind::Multiple { options, random: false, min: Some(2), max: Some(2) });
        assert_eq!(question.read("4"), Ok(Answer::Many([Code(4)].into())));
        assert_eq!(question.read("1 4"), Err(Refused::Exclusive));
        assert_eq!(question.read("1"), Err(Refused::TooFew));
        assert_eq!(question.read("1 2 3"), Err(Refused::TooMany));
        assert_eq!(question.read("1 9"), Err(Refused::NoSuchOption));
    }

    #[test]
    fn passing_over_and_declining_are_taken_only_where_they_are_offered() {
        let mut question = scale("s", 1, 5);
        assert_eq!(question.read(""), Ok(Answer::Nothing));
        assert_eq!(question.accept(Answer::DoesNotKnow), Err(Refused::NotOffered));
        question.required = true;
        question.may_not_know = true;
        assert_eq!(question.read(" "), Err(Refused::Missing));
        assert_eq!(question.accept(Answer::DoesNotKnow), Ok(Answer::DoesNotKnow));
        assert_eq!(question.accept(Answer::Refuses), Err(Refused::NotOffered));
        assert_eq!(question.accept(Answer::Point(6)), Err(Refused::TooLarge));
        assert_eq!(single("q", 2).accept(Answer::Point(1)), Err(Refused::OtherKind));
    }

    #[test]
    fn decimals_are_taken_up_to_the_places_that_are_asked_for() {
        let kind = Kind::Number { places: 1, min: "0.5".parse().ok(), max: None, unit: Default::default() };
        let question = question("n", kind);
        assert!(question.read("0,5").is_ok());
        assert_eq!(question.read("0,55"), Err(Refused::TooManyPlaces));
        assert_eq!(question.read("0,4"), Err(Refused::TooSmall));
    }
}
