//! Everything by which respondents can be told apart, as one category of each.

use std::fmt;
use std::str::FromStr;

use super::super::super::person::PersonLanguage;
use super::super::super::statistics::variable::{Answer as Coded, BadVariable, Variable};
use super::super::answer::Answer;
use super::super::codebook::Missing;
use super::super::interview::Mode;
use super::super::kind::{Code, Kind};
use super::super::questionnaire::{Question, QuestionKey};
use super::super::texts::Texts;
use super::groups::{days, numbers};
use super::{Respondent, Results};

/// What a side of a table, or a margin, is about.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Attribute {
    Question(QuestionKey),
    /// Whether it was chosen, of a question with several answers.
    Option(QuestionKey, Code),
    /// By operator, keypad or page.
    Mode,
    Language,
    /// A column of the list that they came with.
    Own(String),
}

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NoVariable {
    #[error("there is no such question in this version")]
    Unknown,
    #[error("its answers are words, and several of each: no categories")]
    NoCategories,
    #[error(transparent)]
    Bad(#[from] BadVariable),
}

/// Of an option: what its two categories are called.
const CHOSEN: [&str; 2] = ["chosen", "not_chosen"];
/// The list says nothing of somebody.
const UNKNOWN: &str = "unknown";

impl Attribute {
    /// Whether its categories are keys, to be put into words by whoever shows them, and what these begin with.
    pub fn words_of(&self) -> Option<&'static str> {
        match self {
            Self::Option(..) => Some("option"),
            Self::Mode => Some("mode"),
            Self::Language => Some("language"),
            Self::Question(_) | Self::Own(_) => None,
        }
    }
}

impl fmt::Display for Attribute {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Question(key) => write!(f, "question:{key}"),
            Self::Option(key, code) => write!(f, "option:{key}:{code}"),
            Self::Mode => f.write_str("mode"),
            Self::Language => f.write_str("language"),
            Self::Own(name) => write!(f, "own:{name}"),
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a question, an option, the mode, the language or a column of the list")]
pub struct Unreadable;

impl FromStr for Attribute {
    type Err = Unreadable;

    fn from_str(text: &str) -> Result<Self, Unreadable> {
        match text.split_once(':') {
            None if text == "mode" => Ok(Self::Mode),
            None if text == "language" => Ok(Self::Language),
            Some(("question", key)) => Ok(Self::Question(key.into())),
            Some(("own", name)) => Ok(Self::Own(name.to_owned())),
            Some(("option", rest)) => {
                let (key, code) = rest.split_once(':').ok_or(Unreadable)?;
                Ok(Self::Option(key.into(), Code(code.parse().map_err(|_| Unreadable)?)))
            }
            _ => Err(Unreadable),
        }
    }
}

impl Results<'_> {
    /// The reasons of those without an answer are named as in the code book.
    pub fn variable(&self, of: &Attribute) -> Result<Variable, NoVariable> {
        match of {
            Attribute::Question(key) => self.of_question(self.known(key)?),
            Attribute::Option(key, code) => self.of_option(self.known(key)?, *code),
            Attribute::Mode => {
                self.of_words(Mode::ALL.iter().map(|mode| mode.as_str()), |one| one.mode.as_str())
            }
            Attribute::Language => {
                let all = PersonLanguage::ALL.iter().map(|language| language.as_str());
                self.of_words(all, |one| one.language.as_str())
            }
            Attribute::Own(name) => {
                let words = self.respondents.iter().map(|one| one.own.get(name).map_or("", String::as_str));
                let found = Variable::of_words(words, &[])?;
                let categories = found.categories().to_vec();
                Ok(Variable::new(categories, vec![UNKNOWN.to_owned()], found.answers().to_vec())?)
            }
        }
    }

    pub(super) fn words(&self, texts: &Texts) -> String {
        texts.in_language(self.language).into_owned()
    }

    fn known(&self, key: &QuestionKey) -> Result<&Question, NoVariable> {
        self.questionnaire.question(key).ok_or(NoVariable::Unknown)
    }

    fn of_question(&self, question: &Question) -> Result<Variable, NoVariable> {
        let key = &question.key;
        match &question.kind {
            Kind::Single { options, .. } => {
                let labels = options.iter().map(|option| self.words(&option.text)).collect();
                self.coded(key, labels, |answer| match answer {
                    Answer::One(code) => options.iter().position(|option| option.code == *code),
                    _ => None,
                })
            }
            Kind::Scale { from, to, labels } => {
                let named = |point: i16| labels.iter().find(|label| label.value == point);
                let words = |point: i16| match named(point).map(|label| self.words(&label.text)) {
                    Some(text) if !text.is_empty() => format!("{point} {text}"),
                    _ => point.to_string(),
                };
                self.coded(key, (*from..=*to).map(words).collect(), |answer| match answer {
                    Answer::Point(point) => usize::try_from(i32::from(*point) - i32::from(*from)).ok(),
                    _ => None,
                })
            }
            Kind::Number { places, .. } => {
                let given = self.respondents.iter().filter_map(|one| match one.answers.get(key)? {
                    Answer::Number(number) => Some(*number),
                    _ => None,
                });
                let groups = numbers(given.collect(), *places);
                self.coded(key, groups.labels(), |answer| match answer {
                    Answer::Number(number) => groups.place(*number),
                    _ => None,
                })
            }
            Kind::Date { .. } => {
                let given = self.respondents.iter().filter_map(|one| match one.answers.get(key)? {
                    Answer::Date(day) => Some(*day),
                    _ => None,
                });
                let groups = days(given.collect());
                self.coded(key, groups.labels(), |answer| match answer {
                    Answer::Date(day) => groups.place(*day),
                    _ => None,
                })
            }
            Kind::Multiple { .. } | Kind::Text { .. } => Err(NoVariable::NoCategories),
        }
    }

    fn of_option(&self, question: &Question, code: Code) -> Result<Variable, NoVariable> {
        question.kind.option(code).ok_or(NoVariable::Unknown)?;
        let labels = CHOSEN.map(str::to_owned).to_vec();
        self.coded(&question.key, labels, |answer| match answer {
            Answer::Many(codes) => Some(usize::from(!codes.contains(&code))),
            _ => None,
        })
    }

    /// `place`: of an answer among the labels; `None`: it is none of them.
    fn coded(
        &self,
        key: &QuestionKey,
        labels: Vec<String>,
        place: impl Fn(&Answer) -> Option<usize>,
    ) -> Result<Variable, NoVariable> {
        let coded = |one: &Respondent| {
            let answer = one.answers.get(key);
            match answer.and_then(&place).and_then(|at| u16::try_from(at).ok()) {
                Some(at) => Coded::Valid(at),
                None => Coded::Missing(missing_place(answer)),
            }
        };
        let answers = self.respondents.iter().map(coded).collect();
        let reasons = Missing::ALL.iter().map(|missing| missing.as_str().to_owned()).collect();
        Ok(Variable::new(labels, reasons, answers)?)
    }

    fn of_words<'w>(
        &self,
        all: impl Iterator<Item = &'w str>,
        word: impl Fn(&Respondent) -> &'static str,
    ) -> Result<Variable, NoVariable> {
        let labels: Vec<String> = all.map(str::to_owned).collect();
        let coded = |one: &Respondent| {
            let own = word(one);
            let at = labels.iter().position(|label| label == own).unwrap_or_default();
            Coded::Valid(u16::try_from(at).unwrap_or_default())
        };
        let answers = self.respondents.iter().map(coded).collect();
        Ok(Variable::new(labels, Vec::new(), answers)?)
    }
}

fn missing_place(answer: Option<&Answer>) -> u16 {
    let why = match answer {
        Some(Answer::DoesNotKnow) => Missing::DoesNotKnow,
        Some(Answer::Refuses) => Missing::Refused,
        Some(_) => Missing::NoAnswer,
        None => Missing::NotAsked,
    };
    let at = Missing::ALL.iter().position(|missing| *missing == why).unwrap_or_default();
    u16::try_from(at).unwrap_or_default()
}
