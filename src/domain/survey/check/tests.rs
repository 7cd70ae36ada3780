//! Each thing that can be wrong, made wrong in a questionnaire that is right.

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::super::answer::Answer;
use super::super::condition::{Condition, Known, Operand, Test};
use super::super::keypad::Settings;
use super::super::kind::{Code, Kind, ScaleLabel};
use super::super::questionnaire::{Branch, Ending, Question, QuestionKey, Target};
use super::super::samples::{
    Tape, any_answer, example, generated, multiple, number, options, question, questionnaire, scale, single,
};
use super::super::texts::Texts;
use super::*;
use crate::domain::person::PersonLanguage;

fn found(questions: Vec<Question>) -> Vec<(Severity, Reason, String)> {
    let problems = check(&questionnaire(questions));
    problems.into_iter().map(|problem| (problem.severity, problem.reason, problem.detail)).collect()
}

fn errors(questions: Vec<Question>) -> Vec<Reason> {
    let errors = found(questions).into_iter().filter(|(severity, ..)| *severity == Severity::Error);
    errors.map(|(_, reason, _)| reason).collect()
}

fn of(key: &str, is: Test) -> Condition {
    Condition::Answer { of: key.into(), is }
}

fn branch(condition: Condition, to: &str) -> Branch {
    Branch { condition, target: to_question(to) }
}

fn to_question(key: &str) -> Target {
    Target::Question(key.into())
}

/// Three single questions in a row.
fn three() -> Vec<Question> {
    vec![single("a", 3), single("b", 3), single("c", 3)]
}

#[test]
fn the_example_is_sound_and_says_what_is_left_out_on_the_telephone() {
    let problems = check(&example());
    assert!(problems.iter().all(|problem| problem.severity == Severity::Warning), "{problems:?}");
    let said: Vec<_> = problems.iter().map(|problem| (problem.reason, problem.detail.as_str())).collect();
    assert_eq!(
        said,
        [
            (Reason::Uncovered, "age"),
            (Reason::KeypadLeftOut, "answer_why"),
            (Reason::KeypadPassing, "last_missed"),
            (Reason::KeypadLeftOut, "improve"),
        ]
    );
}

#[test]
fn words_are_there_in_every_language_that_is_asked_in() {
    let mut questions = three();
    questions[0].text = Texts { latin: "Pitanje?".into(), ..Texts::default() };
    questions[1].text = Texts::default();
    questions[2].text.cyrillic = "а".repeat(3_000);
    assert_eq!(errors(questions.clone()), [Reason::MissingText, Reason::EmptyText, Reason::LongText]);
    assert_eq!(found(questions)[0].2, "sr-Cyrl");
    let mut in_english = questionnaire(three());
    in_english.languages.push(PersonLanguage::English);
    let missing = check(&in_english);
    let parts: Vec<Part> = missing.iter().map(|problem| problem.place.part).collect();
    assert_eq!(parts, [Part::Title, Part::Greeting, Part::Thanks]);
}

#[test]
fn keys_and_codes_are_well_formed_and_each_is_there_once() {
    let mut questions = three();
    questions[0].key = "Питање 1".into();
    questions[2].key = "b".into();
    let mut doubled = options(3);
    doubled[1].code = Code(1);
    doubled[2].code = Code(0);
    questions[1].kind = Kind::Single { options: doubled, random: false };
    assert_eq!(errors(questions), [Reason::BadKey, Reason::TwiceCode, Reason::BadCode, Reason::TwiceKey]);
}

#[test]
fn bounds_that_nobody_can_keep_are_named() {
    let multiple =
        |count, min, max| question("q", Kind::Multiple { options: options(count), random: false, min, max });
    let number = |places, min: &str, max: &str| {
        let kind =
            Kind::Number { places, min: min.parse().ok(), max: max.parse().ok(), unit: Texts::default() };
        question("q", kind)
    };
    for wrong in [
        multiple(3, Some(4), None),
        multiple(3, Some(2), Some(1)),
        multiple(3, None, Some(0)),
        scale("q", 5, 5),
        number(0, "5", "4"),
        number(0, "0,5", "4"),
        question("q", Kind::Text { max_chars: 0 }),
        question("q", Kind::Date { from: "2026-02-01".parse().ok(), to: "2026-01-01".parse().ok() }),
    ] {
        assert!(errors(vec![wrong.clone()]).contains(&Reason::ImpossibleBounds), "{wrong:?}");
    }
    let mut required = multiple(3, Some(4), None);
    required.required = true;
    assert!(errors(vec![required]).contains(&Reason::DeadEnd));
    assert_eq!(errors(vec![single("q", 1)]), [Reason::TooFewOptions]);
    let label = |value| ScaleLabel { value, text: Texts::new("Крај", "End") };
    let labels = vec![label(1), label(1), label(9)];
    let labelled = question("q", Kind::Scale { from: 1, to: 5, labels });
    assert_eq!(errors(vec![labelled]), [Reason::TwiceLabel, Reason::LabelOutside]);
}

#[test]
fn conditions_ask_what_can_be_answered() {
    let ask = |questions: Vec<Question>, condition| {
        let mut questions = questions;
        questions.push(single("last", 2));
        let at = questions.len() - 2;
        questions[at].branches.push(branch(condition, "last"));
        errors(questions)
    };
    let day = Operand::Date("2026-01-01".parse().unwrap());
    for (question, test, reason) in [
        (single("q", 3), Test::Equals(4_u16.into()), Reason::NoSuchCode),
        (single("q", 3), Test::LessThan(2_u16.into()), Reason::WrongComparison),
        (single("q", 3), Test::Contains(Code(1)), Reason::WrongComparison),
        (multiple("q", 3), Test::Contains(Code(4)), Reason::NoSuchCode),
        (multiple("q", 3), Test::Equals(1_u16.into()), Reason::WrongComparison),
        (number("q", 0, 9), Test::Equals(day), Reason::WrongComparison),
        (
            question("q", Kind::Date { from: None, to: None }),
            Test::Equals(1_u16.into()),
            Reason::WrongComparison,
        ),
        (question("q", Kind::Text { max_chars: 9 }), Test::Equals(1_u16.into()), Reason::WrongComparison),
        (single("q", 3), Test::DoesNotKnow, Reason::WrongComparison),
        (single("q", 3), Test::OneOf(Vec::new()), Reason::EmptyCondition),
    ] {
        let reasons = ask(vec![question], of("q", test.clone()));
        assert!(reasons.contains(&reason), "{test:?}: {reasons:?}");
    }
    assert!(ask(vec![single("q", 2)], of("gone", Test::Answered)).contains(&Reason::NoSuchQuestion));
    let deep = (0..8).fold(of("q", Test::Answered), |inner, _| Condition::Not(Box::new(inner)));
    assert!(ask(vec![single("q", 2)], deep).contains(&Reason::DeepCondition));
}

#[test]
fn conditions_that_never_or_always_hold_are_found() {
    let outcome = |own: Question, conditions: Vec<Condition>| {
        let mut own = own;
        own.branches = conditions.into_iter().map(|condition| branch(condition, "z")).collect();
        own.otherwise = Some(to_question("z"));
        found(vec![own, single("z", 2)]).into_iter().map(|(_, reason, _)| reason).collect::<Vec<_>>()
    };
    let equals = |code: u16| of("q", Test::Equals(code.into()));
    let required = |question: Question| Question { required: true, ..question };
    let age = || required(number("q", 0, 120));
    let less = |than: u16| of("q", Test::LessThan(than.into()));
    assert_eq!(
        outcome(single("q", 3), vec![Condition::All(vec![equals(1), equals(2)])]),
        [Reason::NeverHolds]
    );
    assert_eq!(outcome(age(), vec![of("q", Test::GreaterThan(120_u16.into()))]), [Reason::NeverHolds]);
    assert_eq!(
        outcome(age(), vec![of("q", Test::Between(30_u16.into(), 20_u16.into()))]),
        [Reason::NeverHolds]
    );
    assert_eq!(outcome(age(), vec![less(18), less(10)]), [Reason::Shadowed]);
    assert_eq!(outcome(age(), vec![less(18), Condition::Not(Box::new(less(18)))]), []);
    assert_eq!(outcome(age(), vec![of("q", Test::Answered)]), [Reason::AlwaysHolds]);
    assert_eq!(outcome(number("q", 0, 120), vec![of("q", Test::Answered)]), [], "it may be passed over");
    let mut none = options(3);
    none[2].exclusive = true;
    let kind = Kind::Multiple { options: none, random: false, min: None, max: None };
    let both = Condition::All(vec![of("q", Test::Contains(Code(1))), of("q", Test::Contains(Code(3)))]);
    assert_eq!(outcome(question("q", kind), vec![both]), [Reason::NeverHolds]);
}

#[test]
fn loops_and_questions_to_which_no_road_leads_are_found() {
    let mut looped = three();
    looped[2].branches.push(branch(of("c", Test::Equals(1_u16.into())), "b"));
    assert_eq!(errors(looped.clone()), [Reason::Loop]);
    let problem = &check(&questionnaire(looped))[0];
    assert_eq!(
        (problem.place.question, problem.place.item, problem.detail.as_str()),
        (Some(2), Some(0), "b")
    );

    let mut skipped = three();
    skipped[0].otherwise = Some(to_question("c"));
    assert_eq!(errors(skipped), [Reason::Unreachable]);

    // To a question that stands before it in the list, and is asked after it: no loop.
    let mut crossed = three();
    crossed[0].otherwise = Some(to_question("c"));
    crossed[2].otherwise = Some(to_question("b"));
    crossed[1].otherwise = Some(Target::End(Ending::Complete));
    assert_eq!(errors(crossed), []);

    let mut dismissed = three();
    dismissed[0].otherwise = Some(Target::End(Ending::ScreenedOut));
    let reasons = errors(dismissed);
    assert!(reasons.contains(&Reason::NeverComplete) && reasons.contains(&Reason::Unreachable));
    assert_eq!(errors(Vec::new()), [Reason::NoQuestion]);
}

#[test]
fn condition_over_what_was_not_asked_before_is_found() {
    let mut early = three();
    early[0].branches.push(branch(of("b", Test::Equals(1_u16.into())), "c"));
    assert_eq!(errors(early), [Reason::NotYetAsked]);
    // On some road is enough.
    let mut sometimes = three();
    sometimes.push(single("d", 2));
    sometimes[0].branches.push(branch(of("a", Test::Equals(1_u16.into())), "c"));
    sometimes[2].branches.push(branch(of("b", Test::Equals(1_u16.into())), "d"));
    assert_eq!(errors(sometimes), []);
}

#[test]
fn what_has_no_keys_is_found_only_where_the_telephone_is_meant() {
    let required = |question: Question| Question { required: true, ..question };
    let long = required(single("long", 11));
    let text = required(question("text", Kind::Text { max_chars: 9 }));
    let below = required(question("below", Kind::Scale { from: -10, to: 10, labels: Vec::new() }));
    let mut asked = questionnaire(vec![text, long, below, single("ten", 10), required(single("nine", 9))]);
    assert!(is_sound(&asked));
    asked.keypad = Some(Settings::default());
    let reasons = |asked: &Questionnaire| {
        let errors = check(asked).into_iter().filter(|problem| problem.severity == Severity::Error);
        errors.map(|problem| problem.reason).collect::<Vec<_>>()
    };
    assert_eq!(reasons(&asked), [Reason::KeypadText, Reason::KeypadOptions, Reason::KeypadNegative]);
    asked.questions.drain(..3);
    assert_eq!(reasons(&asked), []);
    asked.keypad = Some(Settings { opt_out: Some('*'), wrong_keys: 9, ..Settings::default() });
    assert_eq!(reasons(&asked), [Reason::BadOptOutKey, Reason::BadLimit]);
}

#[test]
fn quotas_that_cannot_be_counted_are_found() {
    let reasons = |by: &dyn Fn(&mut Questionnaire)| {
        let mut changed = example();
        changed.keypad = None;
        by(&mut changed);
        check(&changed)
            .into_iter()
            .map(|problem| problem.reason)
            .filter(|r| *r != Reason::Uncovered)
            .collect::<Vec<_>>()
    };
    let cell = |at: usize, by: &dyn Fn(&mut super::super::quota::Cell)| {
        reasons(&|changed| by(&mut changed.quotas[0].cells[at]))
    };
    assert_eq!(reasons(&|_| {}), []);
    assert_eq!(cell(0, &|cell| cell.groups[0] = "children".into()), [Reason::BadCell]);
    assert_eq!(cell(1, &|cell| cell.groups[1] = "young".into()), [Reason::TwiceCell]);
    assert_eq!(cell(1, &|cell| cell.most = 0), [Reason::ClosedCell]);
    let dimension = |by: &dyn Fn(&mut super::super::quota::Dimension)| {
        reasons(&|changed| by(&mut changed.quotas[0].dimensions[1]))
    };
    let age = |of: &mut super::super::quota::Dimension, test| of.groups[0].answer = Some(test);
    assert_eq!(dimension(&|of| of.question = Some("gone".into())), [Reason::NoSuchQuestion]);
    assert_eq!(dimension(&|of| age(of, Test::Between(18_u16.into(), 40_u16.into()))), [Reason::Overlap]);
    assert_eq!(dimension(&|of| age(of, Test::GreaterThan(120_u16.into()))), [Reason::NeverHolds]);
    assert_eq!(
        dimension(&|of| age(of, Test::Contains(Code(1)))),
        [Reason::WrongComparison, Reason::NeverHolds]
    );
    assert_eq!(dimension(&|of| of.groups[0].answer = None), [Reason::NoTest]);
    assert_eq!(dimension(&|of| (of.question, of.attribute) = (None, None)), [Reason::NoSource]);
}

#[test]
fn sizes_are_bounded() {
    let many = (0..=MOST_QUESTIONS).map(|at| single(&format!("q{at}"), 2)).collect();
    assert_eq!(errors(many), [Reason::TooMany]);
    assert_eq!(errors(vec![single("q", 101)]), [Reason::TooMany]);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, ..ProptestConfig::default() })]

    /// What the checker says of branches is compared with walks through any questionnaire, sound or not.
    #[test]
    fn branch_that_is_said_to_be_dead_is_never_taken(tape in prop::collection::vec(any::<u16>(), 250)) {
        let mut tape = Tape(tape.iter());
        let questionnaire = generated(&mut tape);
        let problems = check(&questionnaire);
        let is_dead = |question: usize, item: usize| problems.iter().any(|problem| {
            matches!(problem.reason, Reason::NeverHolds | Reason::Shadowed)
                && (problem.place.question, problem.place.item) == (Some(question), Some(item))
        });
        let mut given: BTreeMap<QuestionKey, Answer> = BTreeMap::new();
        for question in &questionnaire.questions {
            let answer = any_answer(&questionnaire, question, &mut tape);
            given.insert(question.key.clone(), answer);
        }
        let road = questionnaire.road(&given);
        for at in &road.asked {
            let seen: Vec<&QuestionKey> =
                road.asked.iter().take_while(|asked| *asked != at).chain([at]).map(|at| &questionnaire.questions[*at].key).collect();
            let known = |key: &QuestionKey| match seen.contains(&key) {
                true => Known::Answer(&given[key]),
                false => Known::None,
            };
            let branches = &questionnaire.questions[*at].branches;
            let taken = branches.iter().position(|branch| branch.condition.holds(&known) == Some(true));
            prop_assert!(taken.is_none_or(|item| !is_dead(*at, item)));
        }
    }

    #[test]
    fn sound_questionnaires_survive_being_stored(tape in prop::collection::vec(any::<u16>(), 150)) {
        let questionnaire = generated(&mut Tape(tape.iter()));
        let json = serde_json::to_string(&questionnaire).unwrap();
        prop_assert_eq!(serde_json::from_str::<Questionnaire>(&json).unwrap(), questionnaire);
    }
}
