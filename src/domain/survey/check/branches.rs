//! Conditions: whether what they ask can be answered, and which branches can be taken.

use super::super::condition::{Condition, MOST_DEPTH, MOST_TESTS, Operand, Test};
use super::super::kind::{Code, Kind};
use super::super::questionnaire::{Question, QuestionKey, Questionnaire, Target};
use super::super::road::Next;
use super::possible;
use super::{Found, Part, Place, Reason};

/// Where each question can lead, with the place in it that says so.
pub(super) type Exits = Vec<Vec<(Next, Place)>>;

pub(super) fn check(questionnaire: &Questionnaire, found: &mut Found) -> Exits {
    let mut exits = Exits::new();
    for (at, question) in questionnaire.questions.iter().enumerate() {
        for (item, branch) in question.branches.iter().enumerate() {
            let place = Place::question(Part::Branch, at).item(item);
            target(questionnaire, &branch.target, place, found);
            condition(questionnaire, &branch.condition, place, found);
        }
        let otherwise = Place::question(Part::Otherwise, at);
        question.otherwise.iter().for_each(|to| target(questionnaire, to, otherwise, found));
        if possible::representatives(question, &[]).is_some_and(|answers| answers.is_empty()) {
            found.error(Place::question(Part::Bounds, at), Reason::DeadEnd, "");
        }
        exits.push(live(questionnaire, question, at, found));
    }
    exits
}

/// The exits that can be taken, and words about the others.
fn live(
    questionnaire: &Questionnaire,
    question: &Question,
    at: usize,
    found: &mut Found,
) -> Vec<(Next, Place)> {
    let branch = |item: usize| Place::question(Part::Branch, at).item(item);
    let otherwise = (questionnaire.otherwise(at), Place::question(Part::Otherwise, at));
    let targets = question.branches.iter().map(|branch| questionnaire.target(&branch.target));
    let Some(outcome) = possible::outcome(questionnaire, question) else {
        return (0..).zip(targets).map(|(item, next)| (next, branch(item))).chain([otherwise]).collect();
    };
    let mut exits = Vec::new();
    for ((item, next), possible) in (0..).zip(targets).zip(&outcome.branches) {
        let is_last = item + 1 == question.branches.len();
        if !possible.holds {
            found.error(branch(item), Reason::NeverHolds, "");
        } else if !possible.is_taken {
            found.warning(branch(item), Reason::Shadowed, "");
        } else if !possible.fails && (!is_last || question.otherwise.is_some()) {
            found.warning(branch(item), Reason::AlwaysHolds, "");
        }
        if possible.is_taken {
            exits.push((next, branch(item)));
        }
    }
    exits.extend(outcome.otherwise.then_some(otherwise));
    exits
}

fn target(questionnaire: &Questionnaire, target: &Target, place: Place, found: &mut Found) {
    if let Target::Question(key) = target
        && questionnaire.question(key).is_none()
    {
        found.error(place, Reason::NoSuchQuestion, key);
    }
}

fn condition(questionnaire: &Questionnaire, condition: &Condition, place: Place, found: &mut Found) {
    if condition.depth() > MOST_DEPTH {
        found.error(place, Reason::DeepCondition, MOST_DEPTH);
    }
    let tests = condition.tests();
    if tests.len() > MOST_TESTS {
        found.error(place, Reason::TooMany, MOST_TESTS);
    }
    if has_empty(condition) {
        found.error(place, Reason::EmptyCondition, "");
    }
    for (key, test) in tests {
        match questionnaire.question(key) {
            None => found.error(place, Reason::NoSuchQuestion, key),
            Some(question) => fits(question, key, test, place, found),
        }
    }
}

fn has_empty(condition: &Condition) -> bool {
    match condition {
        Condition::All(parts) | Condition::Any(parts) => parts.is_empty() || parts.iter().any(has_empty),
        Condition::Not(not) => has_empty(not),
        Condition::Answer { is, .. } => matches!(is, Test::OneOf(operands) if operands.is_empty()),
    }
}

/// Whether a test can be made of answers to that question.
pub(super) fn fits(question: &Question, key: &QuestionKey, test: &Test, place: Place, found: &mut Found) {
    let is_date = |operand: &Operand| matches!(operand, Operand::Date(_));
    let operands = test.operands();
    let compares = match (&question.kind, test) {
        (_, Test::Answered | Test::NotAnswered) => true,
        (_, Test::DoesNotKnow) => question.may_not_know,
        (_, Test::Refuses) => question.may_refuse,
        (Kind::Multiple { .. }, test) => matches!(test, Test::Contains(_)),
        (_, Test::Contains(_)) | (Kind::Text { .. }, _) => false,
        // Codes are names, not amounts.
        (Kind::Single { .. }, test) => {
            matches!(test, Test::Equals(_) | Test::OneOf(_)) && !operands.iter().any(is_date)
        }
        (Kind::Date { .. }, _) => operands.iter().all(is_date),
        (Kind::Scale { .. } | Kind::Number { .. }, _) => !operands.iter().any(is_date),
    };
    if !compares {
        return found.error(place, Reason::WrongComparison, key);
    }
    if matches!(question.kind, Kind::Single { .. } | Kind::Multiple { .. }) {
        for operand in operands {
            let Operand::Number(number) = operand else { continue };
            let code = number.as_whole().and_then(|number| u16::try_from(number).ok()).map(Code);
            if code.and_then(|code| question.kind.option(code)).is_none() {
                found.error(place, Reason::NoSuchCode, number);
            }
        }
    }
}
