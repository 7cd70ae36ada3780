//! Questions for tests, and the example of `config/surveys`.

use std::sync::Arc;

use super::answer::Answer;
use super::check::{Part, Severity, check};
use super::condition::{Condition, Operand, Test};
use super::kind::{Choice, Code, Kind};
use super::questionnaire::{Branch, Ending, Question, Questionnaire, Recordings, Target};
use super::texts::Texts;
use super::version::{Published, VersionNumber};
use crate::domain::person::PersonLanguage;

/// `config/surveys/example.json`.
pub fn example() -> Questionnaire {
    serde_json::from_str(include_str!("../../../config/surveys/example.json")).unwrap()
}

pub fn published(questionnaire: Questionnaire) -> Arc<Published> {
    Arc::new(Published::new(VersionNumber(1), questionnaire).unwrap())
}

pub fn questionnaire(questions: Vec<Question>) -> Questionnaire {
    Questionnaire {
        title: Texts::new("Анкета", ""),
        languages: vec![PersonLanguage::SerbianCyrillic, PersonLanguage::SerbianLatin],
        greeting: Texts::new("Добар дан.", ""),
        thanks: Texts::new("Хвала.", ""),
        questions,
        ..Questionnaire::default()
    }
}

/// Not required, and with neither "does not know" nor "refuses".
pub fn question(key: &str, kind: Kind) -> Question {
    Question {
        key: key.into(),
        text: Texts::new("Питање?", "Question?"),
        recordings: Recordings::default(),
        note: Texts::default(),
        kind,
        required: false,
        may_not_know: false,
        may_refuse: false,
        branches: Vec::new(),
        otherwise: None,
    }
}

/// Codes from 1.
pub fn options(count: u16) -> Vec<Choice> {
    let option = |code| Choice {
        code: Code(code),
        text: Texts::new(&format!("Опција {code}"), &format!("Option {code}")),
        recordings: Recordings::default(),
        exclusive: false,
        fixed: false,
    };
    (1..=count).map(option).collect()
}

pub fn single(key: &str, count: u16) -> Question {
    question(key, Kind::Single { options: options(count), random: false })
}

pub fn multiple(key: &str, count: u16) -> Question {
    question(key, Kind::Multiple { options: options(count), random: false, min: None, max: None })
}

pub fn scale(key: &str, from: i16, to: i16) -> Question {
    question(key, Kind::Scale { from, to, labels: Vec::new() })
}

pub fn number(key: &str, min: u16, max: u16) -> Question {
    let (min, max) = (Some(min.into()), Some(max.into()));
    question(key, Kind::Number { places: 0, min, max, unit: Texts::default() })
}

/// Reads choices from random numbers, so that a questionnaire or a way through it is made of any of them.
pub struct Tape<'t>(pub std::slice::Iter<'t, u16>);

impl Tape<'_> {
    /// Below `bound`; 0 when the tape is at its end.
    pub fn below(&mut self, bound: usize) -> usize {
        usize::from(self.0.next().copied().unwrap_or(0)) % bound.max(1)
    }

    fn chance(&mut self, of_ten: usize) -> bool {
        self.below(10) < of_ten
    }
}

/// Questions of all kinds with branches, most of them forward; often unsound.
pub fn generated(tape: &mut Tape<'_>) -> Questionnaire {
    let count = 2 + tape.below(9);
    let mut questions: Vec<Question> = (0..count).map(|at| any_question(at, tape)).collect();
    for at in 0..count {
        for _ in 0..tape.below(3) {
            let condition = any_condition(&questions, at, tape, 2);
            let target = any_target(at, count, tape);
            questions[at].branches.push(Branch { condition, target });
        }
        if tape.chance(2) {
            questions[at].otherwise = Some(any_target(at, count, tape));
        }
    }
    questionnaire(questions)
}

/// As generated, without what the checker refuses.
pub fn sound(tape: &mut Tape<'_>) -> Questionnaire {
    let mut made = generated(tape);
    loop {
        let problems = check(&made);
        let Some(error) = problems.iter().find(|problem| problem.severity == Severity::Error) else {
            return made;
        };
        match (error.place.question, error.place.item) {
            (Some(at), Some(item)) => drop(made.questions[at].branches.remove(item)),
            (Some(at), None) if made.questions[at].otherwise.is_some() => made.questions[at].otherwise = None,
            (Some(at), None) if error.place.part != Part::Otherwise => drop(made.questions.remove(at)),
            // A loop is closed by going on to the next question, or nothing is ever complete.
            _ => {
                made.questions.iter_mut().for_each(|question| question.branches.clear());
                made.questions.iter_mut().for_each(|question| question.otherwise = None);
            }
        }
    }
}

fn any_question(at: usize, tape: &mut Tape<'_>) -> Question {
    let key = format!("q{at}");
    let mut question = match tape.below(7) {
        0 | 1 => single(&key, 2 + tape.below(4) as u16),
        2 => multiple(&key, 1 + tape.below(4) as u16),
        3 => scale(&key, tape.below(3) as i16 - 1, 2 + tape.below(9) as i16),
        4 => number(&key, 0, 3 + tape.below(100) as u16),
        5 => question(&key, Kind::Text { max_chars: 20 }),
        _ => question(&key, Kind::Date { from: None, to: "2030-01-01".parse().ok() }),
    };
    question.required = tape.chance(5);
    question.may_not_know = tape.chance(3);
    question.may_refuse = tape.chance(3);
    if let Kind::Multiple { options, random, .. } = &mut question.kind {
        options[0].exclusive = tape.chance(3);
        *random = tape.chance(5);
    }
    question
}

fn any_condition(questions: &[Question], at: usize, tape: &mut Tape<'_>, depth: usize) -> Condition {
    let part = |tape: &mut Tape<'_>| any_condition(questions, at, tape, depth - 1);
    match tape.below(8) {
        0 if depth > 0 => Condition::All(vec![part(tape), part(tape)]),
        1 if depth > 0 => Condition::Any(vec![part(tape), part(tape)]),
        2 if depth > 0 => Condition::Not(Box::new(part(tape))),
        _ => {
            // Mostly over what was asked before.
            let of = if tape.chance(9) { tape.below(at + 1) } else { tape.below(questions.len()) };
            Condition::Answer { of: questions[of].key.clone(), is: any_test(&questions[of], tape) }
        }
    }
}

fn any_test(question: &Question, tape: &mut Tape<'_>) -> Test {
    let number = |tape: &mut Tape<'_>| Operand::from(1 + tape.below(6) as u16);
    match &question.kind {
        _ if tape.chance(2) => Test::Answered,
        _ if tape.chance(2) => Test::NotAnswered,
        Kind::Single { options, .. } => Test::Equals(options[tape.below(options.len())].code.0.into()),
        Kind::Multiple { options, .. } => Test::Contains(options[tape.below(options.len())].code),
        Kind::Scale { .. } | Kind::Number { .. } => match tape.below(4) {
            0 => Test::LessThan(number(tape)),
            1 => Test::GreaterThan(number(tape)),
            2 => Test::OneOf(vec![number(tape), number(tape)]),
            _ => Test::Between(number(tape), number(tape)),
        },
        Kind::Date { .. } => Test::LessThan(Operand::Date("2026-01-01".parse().unwrap())),
        Kind::Text { .. } => Test::Answered,
    }
}

fn any_target(at: usize, count: usize, tape: &mut Tape<'_>) -> Target {
    match tape.below(10) {
        0 => Target::End(Ending::ScreenedOut),
        1 => Target::End(Ending::Complete),
        2 if tape.chance(3) => Target::Question(format!("q{}", tape.below(count)).as_str().into()),
        _ if at + 1 < count => {
            Target::Question(format!("q{}", at + 1 + tape.below(count - at - 1)).as_str().into())
        }
        _ => Target::End(Ending::Complete),
    }
}

/// One that the question takes.
pub fn any_answer(questionnaire: &Questionnaire, question: &Question, tape: &mut Tape<'_>) -> Answer {
    let branches = questionnaire.questions.iter().flat_map(|q| &q.branches);
    let tests = branches.flat_map(|branch| branch.condition.tests());
    let tests: Vec<&Test> = tests.filter(|(key, _)| **key == question.key).map(|(_, test)| test).collect();
    let mut answers = super::check::representatives(question, &tests).unwrap();
    answers.swap_remove(tape.below(answers.len()))
}
