//! The code book of a version, and the answers of an interview as one row of a table: what a statistics program reads.
//!
//! Missing answers are negative codes, as in Understanding Society and other panel studies: -1 does not know, -2 refused, -8 not asked because
//! the road led past it, -9 asked and passed over. Where an answer could be such a number itself, the codes are longer: -91, -92, -98, -99, and
//! so on. A question that an interrupted interview did not come to is an empty cell, which those programs read as system missing.

use std::collections::BTreeSet;

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::super::words::words;
use super::answer::Answer;
use super::decimal::{Decimal, MOST};
use super::interview::{Interview, Standing};
use super::kind::{Code, Kind, KindName};
use super::questionnaire::{Question, QuestionKey, Questionnaire};
use super::texts::Texts;

/// The columns of a version, in the order of its questions.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Codebook {
    pub columns: Vec<Column>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Column {
    /// The key of its question; of a multiple one with `_` and the code of the option.
    pub name: String,
    pub question: QuestionKey,
    /// Of a multiple question: 1 if it was chosen, 0 if not.
    pub option: Option<Code>,
    pub text: Texts,
    pub kind: KindName,
    pub measure: Measure,
    pub unit: Texts,
    /// Of options and named points.
    pub labels: Vec<Label>,
    pub missing: MissingCodes,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Label {
    pub value: i64,
    pub text: Texts,
}

words! {
    /// The level of measurement, by Stevens (1946) as statistics programs name it.
    Measure {
        Nominal = "nominal",
        Ordinal = "ordinal",
        Scale = "scale",
        /// Text.
        None = "none",
    }
}

words! {
    Missing {
        DoesNotKnow = "does_not_know",
        Refused = "refused",
        /// The road led past it.
        NotAsked = "not_asked",
        /// Asked, and passed over.
        NoAnswer = "no_answer",
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MissingCodes {
    pub does_not_know: i64,
    pub refused: i64,
    pub not_asked: i64,
    pub no_answer: i64,
}

/// One value of a row.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Cell {
    /// The interview did not come to it.
    Empty,
    /// A code, a point, 0 or 1, or a code of what is missing.
    Code(i64),
    Number(Decimal),
    Date(Date),
    Text(String),
}

impl Codebook {
    pub fn of(questionnaire: &Questionnaire) -> Self {
        let mut names = BTreeSet::new();
        let mut columns: Vec<Column> = questionnaire.questions.iter().flat_map(columns).collect();
        for column in &mut columns {
            // `services_1` may be a question beside option 1 of `services`.
            while !names.insert(column.name.clone()) {
                column.name.push('_');
            }
        }
        Self { columns }
    }

    pub fn header(&self) -> impl Iterator<Item = &str> {
        self.columns.iter().map(|column| column.name.as_str())
    }

    /// What one interview answered, in the order of the columns.
    pub fn row(&self, interview: &Interview) -> Vec<Cell> {
        let standings = interview.standings();
        let cell = |column: &Column| {
            let standing = standings.iter().find(|(q, _)| q.key == column.question).map(|(_, of)| *of);
            match standing {
                Some(Standing::Answered(answer)) => column.cell(answer),
                Some(Standing::Ahead) => Cell::Empty,
                _ => Cell::Code(column.missing.of(Missing::NotAsked)),
            }
        };
        self.columns.iter().map(cell).collect()
    }
}

impl Column {
    /// The answer of its question.
    pub fn cell(&self, answer: &Answer) -> Cell {
        match answer {
            Answer::One(code) => Cell::Code(code.0.into()),
            Answer::Many(codes) => Cell::Code(self.option.is_some_and(|own| codes.contains(&own)).into()),
            Answer::Point(point) => Cell::Code((*point).into()),
            Answer::Number(number) => Cell::Number(*number),
            Answer::Text(text) => Cell::Text(text.clone()),
            Answer::Date(day) => Cell::Date(*day),
            Answer::DoesNotKnow => Cell::Code(self.missing.of(Missing::DoesNotKnow)),
            Answer::Refuses => Cell::Code(self.missing.of(Missing::Refused)),
            Answer::Nothing => Cell::Code(self.missing.of(Missing::NoAnswer)),
        }
    }

    /// What a cell of it says, if that has a name: of an option, of a point; missing codes are named by [`MissingCodes::meaning`].
    pub fn label(&self, value: i64) -> Option<&Texts> {
        self.labels.iter().find(|label| label.value == value).map(|label| &label.text)
    }
}

impl MissingCodes {
    pub fn of(&self, missing: Missing) -> i64 {
        match missing {
            Missing::DoesNotKnow => self.does_not_know,
            Missing::Refused => self.refused,
            Missing::NotAsked => self.not_asked,
            Missing::NoAnswer => self.no_answer,
        }
    }

    pub fn meaning(&self, value: i64) -> Option<Missing> {
        Missing::ALL.iter().copied().find(|missing| self.of(*missing) == value)
    }

    /// All below whatever may be answered.
    fn below(least: Decimal) -> Self {
        let least = least.rounded(0).as_whole().unwrap_or(-MOST);
        // 0, 90, 990 ...: as many nines as it takes.
        let mut nines: i64 = 0;
        while -nines > least {
            nines = nines * 10 + 90;
        }
        let code = |digit: i64| -(nines + digit);
        Self { does_not_know: code(1), refused: code(2), not_asked: code(8), no_answer: code(9) }
    }
}

fn columns(question: &Question) -> Vec<Column> {
    let least = match &question.kind {
        Kind::Scale { from, .. } => Decimal::from(*from).min(Decimal::default()),
        Kind::Number { min, .. } => min.unwrap_or(Decimal::LEAST).min(Decimal::default()),
        _ => Decimal::default(),
    };
    let options = question.kind.options().iter();
    let whole = Column {
        name: question.key.0.clone(),
        question: question.key.clone(),
        option: None,
        text: question.text.clone(),
        kind: question.kind.name(),
        measure: measure(&question.kind),
        unit: match &question.kind {
            Kind::Number { unit, .. } => unit.clone(),
            _ => Texts::default(),
        },
        labels: match &question.kind {
            Kind::Scale { labels, .. } => labels
                .iter()
                .map(|label| Label { value: label.value.into(), text: label.text.clone() })
                .collect(),
            _ => options
                .clone()
                .map(|option| Label { value: option.code.0.into(), text: option.text.clone() })
                .collect(),
        },
        missing: MissingCodes::below(least),
    };
    if !matches!(question.kind, Kind::Multiple { .. }) {
        return vec![whole];
    }
    let column = |code: Code, text: &Texts| Column {
        name: format!("{}_{code}", question.key),
        option: Some(code),
        labels: vec![Label { value: 1, text: text.clone() }],
        ..whole.clone()
    };
    options.map(|option| column(option.code, &option.text)).collect()
}

fn measure(kind: &Kind) -> Measure {
    match kind {
        Kind::Single { .. } | Kind::Multiple { .. } => Measure::Nominal,
        Kind::Scale { .. } => Measure::Ordinal,
        Kind::Number { .. } | Kind::Date { .. } => Measure::Scale,
        Kind::Text { .. } => Measure::None,
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::super::samples::{example, number, published, question, questionnaire};
    use super::super::version::Published;
    use super::*;
    use crate::domain::person::PersonLanguage;
    use crate::domain::survey::interview::Early;

    fn begin(version: &Arc<Published>) -> Interview {
        Interview::start(Arc::clone(version), PersonLanguage::SerbianCyrillic, 1)
    }

    fn shown(version: &Arc<Published>, interview: &Interview) -> Vec<String> {
        let cells = Codebook::of(version.questionnaire()).row(interview);
        let shown = cells.iter().map(|cell| match cell {
            Cell::Empty => String::new(),
            Cell::Code(code) => code.to_string(),
            Cell::Number(number) => number.to_string(),
            Cell::Date(day) => day.to_string(),
            Cell::Text(text) => text.clone(),
        });
        shown.collect()
    }

    #[test]
    fn multiple_question_is_a_column_for_each_option() {
        let book = Codebook::of(&example());
        let header: Vec<&str> = book.header().collect();
        assert_eq!(
            header,
            [
                "consent",
                "sex",
                "age",
                "contacted",
                "answer_satisfaction",
                "answer_why",
                "refuse_satisfaction",
                "refuse_problems_1",
                "refuse_problems_2",
                "refuse_problems_3",
                "refuse_problems_4",
                "refuse_problems_5",
                "refuse_problems_6",
                "last_missed",
                "improve",
            ]
        );
        let column = &book.columns[7];
        assert_eq!(column.label(1).unwrap().english, "The container was not emptied in time");
        assert_eq!((column.measure, book.columns[6].measure), (Measure::Nominal, Measure::Ordinal));
    }

    #[test]
    fn every_way_of_not_answering_has_its_code() {
        let version = published(example());
        let mut interview = begin(&version);
        for answer in [
            Answer::One(Code(1)),
            Answer::Refuses,
            Answer::Number(40_u16.into()),
            Answer::DoesNotKnow,
            Answer::Point(0),
            Answer::Many([Code(2), Code(3)].into()),
            Answer::Nothing,
        ] {
            interview.answer(answer).unwrap();
        }
        assert!(interview.close().is_some());
        let expected = ["1", "-2", "40", "-1", "-8", "-8", "0", "0", "1", "1", "0", "0", "0", "-8", "-9"];
        assert_eq!(shown(&version, &interview), expected);
    }

    #[test]
    fn what_an_interrupted_interview_did_not_come_to_is_empty() {
        let version = published(example());
        let mut interview = begin(&version);
        for answer in [Answer::One(Code(1)), Answer::One(Code(1)), Answer::Number(70_u16.into())] {
            interview.answer(answer).unwrap();
        }
        interview.answer(Answer::One(Code(2))).unwrap();
        interview.end_early(Early::BrokenOff);
        let shown = shown(&version, &interview);
        assert_eq!(shown[..8], ["1", "1", "70", "2", "-8", "-8", "", ""]);
        assert!(shown[8..].iter().all(String::is_empty));
    }

    #[test]
    fn missing_codes_are_none_of_the_answers() {
        let missing = |question: Question| Codebook::of(&questionnaire(vec![question])).columns[0].missing;
        assert_eq!(missing(number("q", 0, 9)).not_asked, -8);
        for (min, does_not_know, no_answer) in [
            ("-0,5", -91, -99),
            ("-20", -91, -99),
            ("-91", -991, -999),
            ("-999999999999", -9_999_999_999_991, -9_999_999_999_999),
        ] {
            let kind = Kind::Number { places: 1, min: min.parse().ok(), max: None, unit: Texts::default() };
            let missing = missing(question("q", kind));
            assert_eq!((missing.does_not_know, missing.no_answer), (does_not_know, no_answer), "{min}");
            assert_eq!(missing.meaning(no_answer), Some(Missing::NoAnswer));
        }
    }
}
