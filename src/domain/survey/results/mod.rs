//! What the answers of a version say: each question by itself, any two things beside each other, weighted to what is known of the town.
//!
//! ```text
//! respondents --variable--> statistics --> what a page draws
//!           └--weights (known margins)--┘
//! ```

mod groups;
#[cfg(test)]
mod tests;
mod variable;
mod weights;

pub use variable::{Attribute, NoVariable, Unreadable};
pub use weights::{Known, NotWeighted, Weighted};

use std::collections::{BTreeMap, BTreeSet};

use super::super::person::PersonLanguage;
use super::super::statistics::crosstab::{Crosstab, CrosstabError, crosstab};
use super::super::statistics::frequency::{Frequencies, frequencies};
use super::super::statistics::margin_of_error::{Interval, Level, Sample, mean, wilson};
use super::super::statistics::multiple_response::{MultipleFrequencies, ResponseSet};
use super::super::statistics::numeric::{Summary, summary};
use super::super::statistics::variable::MOST_RESPONDENTS;
use super::super::statistics::weights::{Kish, Weights};
use super::answer::Answer;
use super::interview::Mode;
use super::kind::{Choice, Kind};
use super::questionnaire::{Question, QuestionKey, Questionnaire};

/// One who was asked.
#[derive(Clone, Debug, PartialEq)]
pub struct Respondent {
    pub answers: BTreeMap<QuestionKey, Answer>,
    pub mode: Mode,
    pub language: PersonLanguage,
    /// What was known before: columns of a list, an area.
    pub own: BTreeMap<String, String>,
}

/// All who were asked by one version. Words are those of `language`.
#[derive(Clone, Copy, Debug)]
pub struct Results<'a> {
    questionnaire: &'a Questionnaire,
    respondents: &'a [Respondent],
    language: PersonLanguage,
}

/// How sure the figures are said to be.
#[derive(Clone, Copy, Debug)]
pub struct Certainty {
    pub level: Level,
    /// Of how many those who were asked were drawn; `None`: of very many.
    pub population: Option<u64>,
}

/// What is said of a question. Intervals stand in the order of the lines that they belong to.
#[derive(Clone, Debug, PartialEq)]
pub enum Findings {
    Categories {
        lines: Frequencies,
        intervals: Vec<Option<Interval>>,
        /// Of a scale, whose points are numbers too.
        numbers: Option<Numbers>,
    },
    /// Several answers of each.
    Several {
        lines: MultipleFrequencies,
        intervals: Vec<Option<Interval>>,
    },
    Numbers {
        numbers: Numbers,
        groups: Frequencies,
    },
    Dates {
        groups: Frequencies,
    },
    /// In their order, with the place of whoever said it.
    Open {
        answers: Vec<(usize, String)>,
        missing: u64,
    },
}

#[derive(Clone, Debug, PartialEq)]
pub struct Numbers {
    pub summary: Summary,
    /// In which the mean of all is.
    pub mean: Option<Interval>,
}

/// Why nothing can be said of a question.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum NoFindings {
    #[error(transparent)]
    Variable(#[from] NoVariable),
    #[error("the weights are not those of these respondents")]
    Weights,
}

/// Why two things are not set beside each other.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum NoTable {
    #[error(transparent)]
    Variable(#[from] NoVariable),
    #[error(transparent)]
    Crosstab(#[from] CrosstabError),
}

impl Default for Certainty {
    fn default() -> Self {
        Self { level: Level::USUAL, population: None }
    }
}

impl<'a> Results<'a> {
    /// No more respondents than the statistics take; the rest is left out.
    pub fn new(
        questionnaire: &'a Questionnaire,
        respondents: &'a [Respondent],
        language: PersonLanguage,
    ) -> Self {
        let respondents = respondents.get(..MOST_RESPONDENTS).unwrap_or(respondents);
        Self { questionnaire, respondents, language }
    }

    pub fn question(&self, key: &QuestionKey) -> Option<&'a Question> {
        self.questionnaire.question(key)
    }

    pub fn respondents(&self) -> usize {
        self.respondents.len()
    }

    /// Everything that can be a side of a table, in the order of the questions.
    pub fn attributes(&self) -> Vec<Attribute> {
        let of_question = |question: &Question| -> Vec<Attribute> {
            let key = &question.key;
            match &question.kind {
                Kind::Multiple { options, .. } => {
                    options.iter().map(|option| Attribute::Option(key.clone(), option.code)).collect()
                }
                Kind::Text { .. } => Vec::new(),
                _ => vec![Attribute::Question(key.clone())],
            }
        };
        let own: BTreeSet<&String> = self.respondents.iter().flat_map(|one| one.own.keys()).collect();
        let known = [Attribute::Mode, Attribute::Language].into_iter();
        let known = known.chain(own.into_iter().cloned().map(Attribute::Own));
        self.questionnaire.questions.iter().flat_map(of_question).chain(known).collect()
    }

    pub fn findings(
        &self,
        question: &Question,
        weights: Option<&Weights>,
        certainty: Certainty,
    ) -> Result<Findings, NoFindings> {
        let of = Attribute::Question(question.key.clone());
        Ok(match &question.kind {
            Kind::Single { .. } | Kind::Scale { .. } => {
                let has_order = matches!(question.kind, Kind::Scale { .. });
                let lines = frequencies(&self.variable(&of)?, weights, has_order);
                let lines = lines.map_err(|_| NoFindings::Weights)?;
                let shares = lines.valid.iter().map(|line| line.valid_percent);
                let intervals = intervals(shares, lines.with_answer.n, lines.kish, certainty);
                let numbers =
                    if has_order { Some(self.numbers(question, weights, certainty)?) } else { None };
                Findings::Categories { lines, intervals, numbers }
            }
            Kind::Multiple { options, .. } => {
                let lines = self.several(question, options, weights)?;
                let kish = self.kish_of(question, weights);
                let shares = lines.options.iter().map(|line| line.percent_of_cases);
                let intervals = intervals(shares, lines.cases.n, kish, certainty);
                Findings::Several { lines, intervals }
            }
            Kind::Number { .. } => {
                let groups = frequencies(&self.variable(&of)?, weights, true);
                let groups = groups.map_err(|_| NoFindings::Weights)?;
                Findings::Numbers { numbers: self.numbers(question, weights, certainty)?, groups }
            }
            Kind::Date { .. } => {
                let groups = frequencies(&self.variable(&of)?, weights, true);
                Findings::Dates { groups: groups.map_err(|_| NoFindings::Weights)? }
            }
            Kind::Text { .. } => self.open(question),
        })
    }

    /// Two things beside each other.
    pub fn table(
        &self,
        rows: &Attribute,
        columns: &Attribute,
        weights: Option<&Weights>,
    ) -> Result<Crosstab, NoTable> {
        Ok(crosstab(&self.variable(rows)?, &self.variable(columns)?, weights)?)
    }

    fn answer_of<'r>(&self, respondent: &'r Respondent, question: &Question) -> Option<&'r Answer> {
        respondent.answers.get(&question.key)
    }

    fn numbers(
        &self,
        question: &Question,
        weights: Option<&Weights>,
        certainty: Certainty,
    ) -> Result<Numbers, NoFindings> {
        let number = |respondent: &Respondent| match self.answer_of(respondent, question)? {
            Answer::Point(point) => Some(f64::from(*point)),
            Answer::Number(number) => Some(number.to_f64()),
            _ => None,
        };
        let answers: Vec<Option<f64>> = self.respondents.iter().map(number).collect();
        let summary = summary(&answers, weights).map_err(|_| NoFindings::Weights)?;
        let sample = Sample::new(summary.n, summary.kish.design_effect, certainty.population).ok();
        let middle = summary.mean.zip(summary.standard_error).zip(sample);
        let mean = middle.and_then(|((middle, error), sample)| mean(middle, error, &sample, certainty.level));
        Ok(Numbers { summary, mean })
    }

    fn several(
        &self,
        question: &Question,
        options: &[Choice],
        weights: Option<&Weights>,
    ) -> Result<MultipleFrequencies, NoFindings> {
        let place = |code| options.iter().position(|option| option.code == code);
        let chosen = |respondent: &Respondent| match self.answer_of(respondent, question)? {
            Answer::Many(codes) => {
                Some(codes.iter().filter_map(|code| u16::try_from(place(*code)?).ok()).collect())
            }
            _ => None,
        };
        let chosen = self.respondents.iter().map(chosen).collect();
        let set = ResponseSet::new(options.iter().map(|option| self.words(&option.text)).collect(), chosen);
        let set = set.map_err(NoVariable::from)?;
        set.frequencies(weights).map_err(|_| NoFindings::Weights)
    }

    /// Of those who answered it.
    fn kish_of(&self, question: &Question, weights: Option<&Weights>) -> Kish {
        let all = self.respondents.iter().enumerate();
        let answered =
            all.filter(|(_, one)| self.answer_of(one, question).is_some_and(Answer::is_substantive));
        let weight = |at: usize| weights.map_or(Some(1.0), |weights| weights.values().get(at).copied());
        let own: Vec<f64> = answered.filter_map(|(at, _)| weight(at)).collect();
        Weights::new(own).map_or(Kish { design_effect: 1.0, effective_n: 0.0 }, |weights| weights.kish())
    }

    fn open(&self, question: &Question) -> Findings {
        let said = |(at, respondent): (usize, &Respondent)| match self.answer_of(respondent, question)? {
            Answer::Text(text) => Some((at, text.clone())),
            _ => None,
        };
        let answers: Vec<(usize, String)> = self.respondents.iter().enumerate().filter_map(said).collect();
        let missing = (self.respondents.len() - answers.len()) as u64;
        Findings::Open { answers, missing }
    }
}

/// Of shares in per cent. `None` where nobody answered.
fn intervals(
    shares: impl Iterator<Item = Option<f64>>,
    n: u64,
    kish: Kish,
    certainty: Certainty,
) -> Vec<Option<Interval>> {
    let sample = Sample::new(n, kish.design_effect, certainty.population).ok();
    let interval = |share: Option<f64>| {
        let share = (share? / 100.0).clamp(0.0, 1.0);
        wilson(share, sample.as_ref()?, certainty.level).ok()
    };
    shares.map(interval).collect()
}
