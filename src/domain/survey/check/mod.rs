//! Everything that is wrong in a questionnaire, with its place: for an editor that shows it beside the field, and for publication, which an error
//! refuses.

mod branches;
mod content;
mod graph;
mod keypad;
mod possible;
mod quotas;
#[cfg(test)]
mod tests;

use serde::{Deserialize, Serialize};

#[cfg(test)]
pub(super) use possible::representatives;

use super::super::words::words;
use super::questionnaire::{MOST_QUESTIONS, Questionnaire};

words! {
    Severity {
        /// It cannot be published.
        Error = "error",
        /// It works, and is perhaps not what was meant.
        Warning = "warning",
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Problem {
    pub severity: Severity,
    pub place: Place,
    pub reason: Reason,
    /// The language, key, code or number that it is about; empty where the reason says all.
    pub detail: String,
}

/// Where it is. Questions and what belongs to them by their place in the list, from 0: keys may be missing or doubled.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Place {
    pub part: Part,
    pub question: Option<usize>,
    /// Which option, label, branch or quota.
    pub item: Option<usize>,
    /// Which dimension, group or cell of a quota.
    pub inner: Option<usize>,
}

words! {
    Part {
        Title = "title",
        Languages = "languages",
        Greeting = "greeting",
        Thanks = "thanks",
        Apology = "apology",
        Questions = "questions",
        Key = "key",
        Text = "text",
        Note = "note",
        Options = "options",
        Option = "option",
        Label = "label",
        Bounds = "bounds",
        Unit = "unit",
        Branch = "branch",
        Otherwise = "otherwise",
        Keypad = "keypad",
        Quota = "quota",
        Dimension = "dimension",
        Cell = "cell",
    }
}

words! {
    Reason {
        NoLanguage = "no_language",
        TwiceLanguage = "twice_language",
        NoQuestion = "no_question",
        TooMany = "too_many",
        EmptyText = "empty_text",
        /// Nothing in one of the languages: the detail.
        MissingText = "missing_text",
        LongText = "long_text",
        BadKey = "bad_key",
        TwiceKey = "twice_key",
        TooFewOptions = "too_few_options",
        BadCode = "bad_code",
        TwiceCode = "twice_code",
        /// Two options that read alike.
        TwiceOption = "twice_option",
        /// Only of a multiple question something can be exclusive.
        ExclusiveAlone = "exclusive_alone",
        ImpossibleBounds = "impossible_bounds",
        LabelOutside = "label_outside",
        TwiceLabel = "twice_label",
        /// Nobody is told what the ends of the scale mean.
        NamelessEnds = "nameless_ends",
        /// It has to be answered, and no answer will do.
        DeadEnd = "dead_end",
        NoSuchQuestion = "no_such_question",
        NoSuchCode = "no_such_code",
        /// The comparison does not fit the kind of the question.
        WrongComparison = "wrong_comparison",
        /// No road leads through that question before this one.
        NotYetAsked = "not_yet_asked",
        EmptyCondition = "empty_condition",
        DeepCondition = "deep_condition",
        NeverHolds = "never_holds",
        /// Nothing behind it is ever looked at.
        AlwaysHolds = "always_holds",
        /// Whenever it holds, one before it does.
        Shadowed = "shadowed",
        Loop = "loop",
        Unreachable = "unreachable",
        /// No road ends with a complete interview.
        NeverComplete = "never_complete",
        /// A text cannot be keyed, and the question has to be answered.
        KeypadText = "keypad_text",
        /// It is left out on the telephone.
        KeypadLeftOut = "keypad_left_out",
        KeypadOptions = "keypad_options",
        /// There is no key for the minus.
        KeypadNegative = "keypad_negative",
        /// Not every way of passing the question over has a key.
        KeypadPassing = "keypad_passing",
        BadOptOutKey = "bad_opt_out_key",
        BadLimit = "bad_limit",
        NoSource = "no_source",
        NoTest = "no_test",
        /// An answer that belongs to two groups is counted in the first.
        Overlap = "overlap",
        /// Answers that belong to no group are not limited.
        Uncovered = "uncovered",
        BadCell = "bad_cell",
        TwiceCell = "twice_cell",
        /// Nobody of that cell is asked.
        ClosedCell = "closed_cell",
    }
}

/// In the order of the questionnaire.
pub fn check(questionnaire: &Questionnaire) -> Vec<Problem> {
    let mut found = Found::default();
    if questionnaire.questions.len() > MOST_QUESTIONS {
        // Not looked at further: the checks below are made for less.
        found.error(Place::of(Part::Questions), Reason::TooMany, MOST_QUESTIONS);
        return found.0;
    }
    content::check(questionnaire, &mut found);
    let exits = branches::check(questionnaire, &mut found);
    graph::check(questionnaire, &exits, &mut found);
    keypad::check(questionnaire, &mut found);
    quotas::check(questionnaire, &mut found);
    found.0.sort_by_key(|problem| (problem.place.question.is_some(), problem.place.question));
    found.0
}

/// Whether it may be published.
pub fn is_sound(questionnaire: &Questionnaire) -> bool {
    check(questionnaire).iter().all(|problem| problem.severity != Severity::Error)
}

#[derive(Default)]
struct Found(Vec<Problem>);

impl Found {
    fn error(&mut self, place: Place, reason: Reason, detail: impl ToString) {
        self.add(Severity::Error, place, reason, detail);
    }

    fn warning(&mut self, place: Place, reason: Reason, detail: impl ToString) {
        self.add(Severity::Warning, place, reason, detail);
    }

    fn add(&mut self, severity: Severity, place: Place, reason: Reason, detail: impl ToString) {
        let detail = detail.to_string().chars().take(DETAIL_CHARS).collect();
        self.0.push(Problem { severity, place, reason, detail });
    }
}

/// What somebody wrote is repeated up to here.
const DETAIL_CHARS: usize = 80;

impl Place {
    fn of(part: Part) -> Self {
        Self { part, question: None, item: None, inner: None }
    }

    fn question(part: Part, question: usize) -> Self {
        Self { question: Some(question), ..Self::of(part) }
    }

    fn item(self, item: usize) -> Self {
        Self { item: Some(item), ..self }
    }

    fn inner(self, inner: usize) -> Self {
        Self { inner: Some(inner), ..self }
    }
}
