//! Which conditions can hold at all, found by trying them.
//!
//! Comparisons cut the answers of a question into few pieces in which all of them say the same, so one answer of each piece stands for all: every
//! code, every point, both sides of every number that is compared with. All combinations of those are tried.

use std::collections::{BTreeMap, BTreeSet};

use jiff::ToSpan as _;
use jiff::civil::date;

use super::super::answer::Answer;
use super::super::condition::{Condition, Known, Operand, Test};
use super::super::decimal::Decimal;
use super::super::kind::{Choice, Code, Kind};
use super::super::questionnaire::{Question, QuestionKey, Questionnaire};

/// What can become of the branches of a question.
#[derive(Debug)]
pub(super) struct Outcome {
    pub branches: Vec<Possible>,
    /// Some answers fit no branch.
    pub otherwise: bool,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Possible {
    pub holds: bool,
    /// It holds, and none before it does.
    pub is_taken: bool,
    pub fails: bool,
}

/// Tests that are made for one question, so that a draft of any size is checked while somebody waits. What is not decided counts as possible.
const MOST_TRIES: usize = 50_000;
/// Of a multiple question, whose subsets are tried.
const MOST_CODES: usize = 8;

/// `None`: too many combinations, or a question that does not exist.
pub(super) fn outcome(questionnaire: &Questionnaire, own: &Question) -> Option<Outcome> {
    let mut tests: BTreeMap<&QuestionKey, Vec<&Test>> = BTreeMap::new();
    for (key, test) in own.branches.iter().flat_map(|branch| branch.condition.tests()) {
        tests.entry(key).or_default().push(test);
    }
    let count = tests.values().map(Vec::len).sum::<usize>();
    let mut answers: Vec<(&QuestionKey, Vec<Option<Answer>>)> = Vec::new();
    for (key, tests) in tests {
        let mut of = distinct(questionnaire.question(key)?, &tests)?;
        // Other questions may have been passed by on the way here.
        if *key != own.key && !of.iter().any(|answer| signature(&tests, answer) == signature(&tests, &None)) {
            of.push(None);
        }
        answers.push((key, of));
    }
    let combinations = answers.iter().try_fold(1_usize, |all, (_, of)| all.checked_mul(of.len()))?;
    if combinations.checked_mul(count)? > MOST_TRIES {
        return None;
    }
    let conditions: Vec<&Condition> = own.branches.iter().map(|branch| &branch.condition).collect();
    Some(tried(&conditions, &answers, combinations))
}

fn tried(
    conditions: &[&Condition],
    answers: &[(&QuestionKey, Vec<Option<Answer>>)],
    combinations: usize,
) -> Outcome {
    let mut outcome = Outcome { branches: vec![Possible::default(); conditions.len()], otherwise: false };
    for number in 0..combinations {
        let mut rest = number;
        let mut given: BTreeMap<&QuestionKey, &Answer> = BTreeMap::new();
        for (key, of) in answers {
            given.extend(of.get(rest % of.len()).and_then(Option::as_ref).map(|answer| (*key, answer)));
            rest /= of.len();
        }
        let known = |key: &QuestionKey| given.get(key).map_or(Known::None, |answer| Known::Answer(answer));
        let mut is_decided = false;
        for (condition, possible) in conditions.iter().zip(&mut outcome.branches) {
            let holds = condition.holds(&known).unwrap_or(false);
            possible.holds |= holds;
            possible.fails |= !holds;
            possible.is_taken |= holds && !is_decided;
            is_decided |= holds;
        }
        outcome.otherwise |= !is_decided;
    }
    outcome
}

/// One answer for each way in which the tests can turn out.
fn distinct(question: &Question, tests: &[&Test]) -> Option<Vec<Option<Answer>>> {
    let mut seen = BTreeSet::new();
    let mut answers: Vec<Option<Answer>> = representatives(question, tests)?.into_iter().map(Some).collect();
    answers.retain(|answer| seen.insert(signature(tests, answer)));
    Some(answers)
}

fn signature(tests: &[&Test], answer: &Option<Answer>) -> Vec<bool> {
    tests.iter().map(|test| test.fits(answer.as_ref())).collect()
}

/// Answers that the question takes, such that every other one fits the same tests as one of them. `None`: too many.
pub(in super::super) fn representatives(question: &Question, tests: &[&Test]) -> Option<Vec<Answer>> {
    let operands: Vec<Operand> = tests.iter().flat_map(|test| test.operands()).collect();
    let mut answers: Vec<Answer> = match &question.kind {
        Kind::Single { options, .. } => options.iter().map(|option| Answer::One(option.code)).collect(),
        Kind::Multiple { options, min, .. } => subsets(options, &operands, usize::from(min.unwrap_or(0)))?,
        Kind::Scale { from, to, .. } => (*from..=*to).map(Answer::Point).collect(),
        Kind::Number { places, min, max, .. } => {
            let step = Decimal::step(*places);
            let compared = operands.iter().filter_map(|operand| match operand {
                Operand::Number(number) => Some(*number),
                Operand::Date(_) => None,
            });
            let edges = compared.chain(*min).chain(*max).chain([Decimal::default()]);
            let near = edges.flat_map(|n| [n, n.saturating_sub(step), n.saturating_add(step)]);
            // A bound between two numbers that can be answered: those on both sides of it.
            near.flat_map(|n| [n, n.rounded(*places)]).map(Answer::Number).collect()
        }
        Kind::Text { .. } => vec![Answer::Text("a".to_owned())],
        Kind::Date { from, to } => {
            let compared = operands.iter().filter_map(|operand| match operand {
                Operand::Date(day) => Some(*day),
                Operand::Number(_) => None,
            });
            let edges = compared.chain(*from).chain(*to).chain([date(2000, 1, 1)]);
            let near = edges.flat_map(|day| [day, day.saturating_sub(1.day()), day.saturating_add(1.day())]);
            near.map(Answer::Date).collect()
        }
    };
    answers.extend([Answer::DoesNotKnow, Answer::Refuses, Answer::Nothing]);
    answers.retain(|answer| question.accept(answer.clone()).is_ok());
    Some(answers)
}

/// Every set of the codes that are asked for, filled up with others where more have to be chosen.
fn subsets(options: &[Choice], operands: &[Operand], least: usize) -> Option<Vec<Answer>> {
    let asked = |option: &Choice| operands.contains(&Operand::Number(option.code.0.into()));
    let (asked_for, others): (Vec<&Choice>, Vec<&Choice>) = options.iter().partition(|option| asked(option));
    if asked_for.len() > MOST_CODES {
        return None;
    }
    let fill: Vec<Code> =
        others.iter().filter(|option| !option.exclusive).map(|option| option.code).collect();
    let mut answers = Vec::new();
    for number in 0..1_u32 << asked_for.len() {
        let chosen = (0..).zip(&asked_for).filter(|(bit, _)| number >> bit & 1 == 1);
        let mut codes: BTreeSet<Code> = chosen.map(|(_, option)| option.code).collect();
        answers.push(Answer::Many(codes.clone()));
        let missing = least.max(1).saturating_sub(codes.len());
        codes.extend(fill.iter().take(missing));
        answers.push(Answer::Many(codes));
    }
    answers.extend(others.iter().map(|option| Answer::Many([option.code].into())));
    Some(answers)
}
