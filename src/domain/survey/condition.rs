//! Conditions over answers that were given before.

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::answer::Answer;
use super::decimal::Decimal;
use super::kind::Code;
use super::questionnaire::QuestionKey;

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Condition {
    All(Vec<Condition>),
    Any(Vec<Condition>),
    Not(Box<Condition>),
    Answer { of: QuestionKey, is: Test },
}

/// What is asked of one answer. Who gave none, does not know or refuses fits no comparison.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Test {
    Equals(Operand),
    OneOf(Vec<Operand>),
    /// Of a multiple question.
    Contains(Code),
    GreaterThan(Operand),
    LessThan(Operand),
    /// Both ends included.
    Between(Operand, Operand),
    /// It says something about what was asked.
    Answered,
    /// Not asked, passed over, not known or refused.
    NotAnswered,
    DoesNotKnow,
    Refuses,
}

/// What answers are compared with: the code of an option, a point of a scale and a number are numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Operand {
    Date(Date),
    Number(Decimal),
}

/// Nested deeper, nobody understands it.
pub const MOST_DEPTH: usize = 6;
/// Tests in one condition.
pub const MOST_TESTS: usize = 50;

/// What is known of the answer to a question.
#[derive(Clone, Copy, Debug)]
pub enum Known<'a> {
    Answer(&'a Answer),
    /// There is none, and there will be none before the condition is asked for.
    None,
    /// It may still be given.
    Open,
}

impl Condition {
    /// Kleene's logic of three values (1938); `None`: that depends on answers that may still be given.
    pub fn holds<'a>(&self, known: &dyn Fn(&QuestionKey) -> Known<'a>) -> Option<bool> {
        match self {
            Self::All(all) => every(all, known, false),
            Self::Any(any) => every(any, known, true),
            Self::Not(not) => not.holds(known).map(|holds| !holds),
            Self::Answer { of, is } => match known(of) {
                Known::Answer(answer) => Some(is.fits(Some(answer))),
                Known::None => Some(is.fits(None)),
                Known::Open => None,
            },
        }
    }

    /// Every test in it, with the question that it is about.
    pub fn tests(&self) -> Vec<(&QuestionKey, &Test)> {
        match self {
            Self::All(parts) | Self::Any(parts) => parts.iter().flat_map(Self::tests).collect(),
            Self::Not(not) => not.tests(),
            Self::Answer { of, is } => vec![(of, is)],
        }
    }

    /// How deep it is nested: 1 for a single test.
    pub fn depth(&self) -> usize {
        match self {
            Self::All(parts) | Self::Any(parts) => 1 + parts.iter().map(Self::depth).max().unwrap_or(0),
            Self::Not(not) => 1 + not.depth(),
            Self::Answer { .. } => 1,
        }
    }
}

/// `decides`: the value of one part that is the value of the whole.
fn every<'a>(parts: &[Condition], known: &dyn Fn(&QuestionKey) -> Known<'a>, decides: bool) -> Option<bool> {
    let mut is_open = false;
    for part in parts {
        match part.holds(known) {
            Some(value) if value == decides => return Some(decides),
            Some(_) => {}
            None => is_open = true,
        }
    }
    if is_open { None } else { Some(!decides) }
}

impl Test {
    pub fn fits(&self, answer: Option<&Answer>) -> bool {
        let value = answer.and_then(Answer::operand);
        match self {
            Self::Equals(wanted) => value == Some(*wanted),
            Self::OneOf(wanted) => value.is_some_and(|value| wanted.contains(&value)),
            Self::Contains(code) => matches!(answer, Some(Answer::Many(codes)) if codes.contains(code)),
            Self::GreaterThan(bound) => value.is_some_and(|value| bound.is_below(value)),
            Self::LessThan(bound) => value.is_some_and(|value| value.is_below(*bound)),
            Self::Between(from, to) => {
                value.is_some_and(|v| (*from == v || from.is_below(v)) && (v == *to || v.is_below(*to)))
            }
            Self::Answered => answer.is_some_and(Answer::is_substantive),
            Self::NotAnswered => !answer.is_some_and(Answer::is_substantive),
            Self::DoesNotKnow => answer == Some(&Answer::DoesNotKnow),
            Self::Refuses => answer == Some(&Answer::Refuses),
        }
    }

    /// What it compares with.
    pub fn operands(&self) -> Vec<Operand> {
        match self {
            Self::Equals(operand) | Self::GreaterThan(operand) | Self::LessThan(operand) => vec![*operand],
            Self::OneOf(operands) => operands.clone(),
            Self::Between(from, to) => vec![*from, *to],
            Self::Contains(code) => vec![Operand::Number(code.0.into())],
            Self::Answered | Self::NotAnswered | Self::DoesNotKnow | Self::Refuses => Vec::new(),
        }
    }
}

impl Operand {
    /// A date is neither above nor below a number.
    fn is_below(self, other: Self) -> bool {
        match (self, other) {
            (Self::Number(a), Self::Number(b)) => a < b,
            (Self::Date(a), Self::Date(b)) => a < b,
            _ => false,
        }
    }
}

impl From<u16> for Operand {
    fn from(number: u16) -> Self {
        Self::Number(number.into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(key: &str, is: Test) -> Condition {
        Condition::Answer { of: key.into(), is }
    }

    #[test]
    fn every_comparison_means_what_it_says() {
        let day = |text: &str| Operand::Date(text.parse().unwrap());
        let many = Answer::Many([Code(1), Code(3)].into());
        for (test, answer, fits) in [
            (Test::Equals(2_u16.into()), Answer::One(Code(2)), true),
            (Test::OneOf(vec![1_u16.into(), 3_u16.into()]), Answer::Point(2), false),
            (Test::Contains(Code(3)), many.clone(), true),
            (Test::Contains(Code(2)), many, false),
            (Test::GreaterThan(3_u16.into()), Answer::Point(3), false),
            (Test::LessThan(3_u16.into()), Answer::Number("2,9".parse().unwrap()), true),
            (Test::Between(18_u16.into(), 34_u16.into()), Answer::Number(34_u16.into()), true),
            (
                Test::Between(day("2026-01-01"), day("2026-01-31")),
                Answer::Date("2026-02-01".parse().unwrap()),
                false,
            ),
            (Test::GreaterThan(day("2026-01-01")), Answer::Number(9_u16.into()), false),
            (Test::Answered, Answer::Refuses, false),
            (Test::NotAnswered, Answer::Nothing, true),
            (Test::Refuses, Answer::Refuses, true),
            (Test::LessThan(3_u16.into()), Answer::DoesNotKnow, false),
        ] {
            assert_eq!(test.fits(Some(&answer)), fits, "{test:?} {answer:?}");
        }
        assert!(Test::NotAnswered.fits(None) && !Test::Equals(0_u16.into()).fits(None));
    }

    #[test]
    fn what_is_decided_already_does_not_wait_for_later_answers() {
        let yes = Answer::One(Code(1));
        let known = |key: &QuestionKey| match key.0.as_str() {
            "a" => Known::Answer(&yes),
            "b" => Known::None,
            _ => Known::Open,
        };
        let (a, b, c) = (of("a", Test::Answered), of("b", Test::Answered), of("c", Test::Answered));
        assert_eq!(Condition::Any(vec![c.clone(), a.clone()]).holds(&known), Some(true));
        assert_eq!(Condition::All(vec![c.clone(), b]).holds(&known), Some(false));
        assert_eq!(Condition::All(vec![c.clone(), a]).holds(&known), None);
        assert_eq!(Condition::Not(Box::new(c)).holds(&known), None);
    }

    #[test]
    fn it_is_written_as_plain_json() {
        let json = r#"{"all":[{"answer":{"of":"age","is":{"between":[18,"34.5"]}}},{"not":{"answer":{"of":"day","is":{"equals":"2026-11-23"}}}}]}"#;
        let condition: Condition = serde_json::from_str(json).unwrap();
        assert_eq!(serde_json::to_string(&condition).unwrap(), json);
        assert_eq!((condition.depth(), condition.tests().len()), (3, 2));
    }
}
