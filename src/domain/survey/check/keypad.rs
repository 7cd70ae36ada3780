//! Whether every question can be asked by the keys of a telephone, where the survey is meant for that.

use super::super::decimal::Decimal;
use super::super::keypad::Layout;
use super::super::kind::Kind;
use super::super::questionnaire::{Question, Questionnaire};
use super::{Found, Part, Place, Reason};

pub(super) fn check(questionnaire: &Questionnaire, found: &mut Found) {
    let Some(settings) = &questionnaire.keypad else { return };
    let whole = Place::of(Part::Keypad);
    // The star repeats, and the hash ends what is typed.
    if settings.opt_out.is_some_and(|key| !key.is_ascii_digit()) {
        found.error(whole, Reason::BadOptOutKey, settings.opt_out.unwrap_or_default());
    }
    if !settings.limits_are_sane() {
        found.error(whole, Reason::BadLimit, "");
    }
    for (at, question) in questionnaire.questions.iter().enumerate() {
        let place = Place::question(Part::Keypad, at);
        match Layout::of(question, 0, settings) {
            None => impossible(question, place, found),
            Some(layout) => possible(question, &layout, place, found),
        }
    }
}

/// A question without a keypad form is left out if that may be, and otherwise nobody gets past it.
fn impossible(question: &Question, place: Place, found: &mut Found) {
    if !question.required {
        return found.warning(place, Reason::KeypadLeftOut, &question.key);
    }
    let reason = match &question.kind {
        Kind::Text { .. } => Reason::KeypadText,
        Kind::Single { .. } | Kind::Multiple { .. } => Reason::KeypadOptions,
        Kind::Scale { .. } | Kind::Number { .. } | Kind::Date { .. } => Reason::KeypadNegative,
    };
    found.error(place, reason, &question.key);
}

fn possible(question: &Question, layout: &Layout, place: Place, found: &mut Found) {
    if let Kind::Number { min, .. } = &question.kind
        && min.is_none_or(|min| min < Decimal::default())
    {
        found.warning(place, Reason::KeypadNegative, &question.key);
    }
    let ways = usize::from(!question.required)
        + usize::from(question.may_not_know)
        + usize::from(question.may_refuse);
    if layout.passing() < ways.min(1) {
        found.error(place, Reason::KeypadPassing, &question.key);
    } else if layout.passing() < ways {
        found.warning(place, Reason::KeypadPassing, &question.key);
    }
}
