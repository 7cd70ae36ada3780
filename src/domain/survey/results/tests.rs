use proptest::prelude::*;

use super::super::samples::{multiple, number, questionnaire, scale, single};
use super::super::{Code, Decimal};
use super::*;

fn question_text(key: &str) -> Question {
    super::super::samples::question(key, Kind::Text { max_chars: 200 })
}

fn asked() -> Questionnaire {
    questionnaire(vec![
        single("sex", 2),
        scale("content", 1, 5),
        multiple("means", 3),
        number("age", 0, 120),
        question_text("why"),
    ])
}

fn somebody(answers: &[(&str, Answer)]) -> Respondent {
    Respondent {
        answers: answers.iter().map(|(key, answer)| ((*key).into(), answer.clone())).collect(),
        mode: Mode::Operator,
        language: PersonLanguage::SerbianCyrillic,
        own: BTreeMap::new(),
    }
}

fn one(code: u16) -> Answer {
    Answer::One(Code(code))
}

fn of<'a>(questionnaire: &'a Questionnaire, respondents: &'a [Respondent]) -> Results<'a> {
    Results::new(questionnaire, respondents, PersonLanguage::English)
}

fn findings(results: &Results<'_>, key: &str) -> Findings {
    let question = results.questionnaire.question(&key.into()).unwrap();
    results.findings(question, None, Certainty::default()).unwrap()
}

#[test]
fn answers_are_counted_by_option_and_who_gave_none_is_kept_apart() {
    let questionnaire = asked();
    let answers = [one(1), one(2), one(1), Answer::Refuses, Answer::Nothing];
    let mut people: Vec<Respondent> = answers.map(|answer| somebody(&[("sex", answer)])).to_vec();
    people.push(somebody(&[]));
    let Findings::Categories { lines, intervals, numbers: None } =
        findings(&of(&questionnaire, &people), "sex")
    else {
        panic!("no categories")
    };
    let counts: Vec<(&str, u64)> =
        lines.valid.iter().chain(&lines.missing).map(|line| (line.label.as_str(), line.tally.n)).collect();
    assert_eq!(
        counts,
        [
            ("Option 1", 2),
            ("Option 2", 1),
            ("does_not_know", 0),
            ("refused", 1),
            ("not_asked", 1),
            ("no_answer", 1)
        ]
    );
    // Two of three: Wilson's interval (Newcombe 1998, by its formula) is 20.8 % to 93.9 %.
    let interval = intervals[0].unwrap();
    assert!((interval.low - 0.2077).abs() < 1e-3 && (interval.high - 0.9385).abs() < 1e-3, "{interval:?}");
}

#[test]
fn points_of_a_scale_are_categories_and_numbers() {
    let questionnaire = asked();
    let people = [1, 5, 3].map(|point| somebody(&[("content", Answer::Point(point))]));
    let Findings::Categories { lines, numbers: Some(numbers), .. } =
        findings(&of(&questionnaire, &people), "content")
    else {
        panic!("no scale")
    };
    assert_eq!(lines.valid.len(), 5);
    assert_eq!(lines.valid[2].cumulative_percent.map(f64::round), Some(67.0));
    assert_eq!((numbers.summary.mean, numbers.summary.median), (Some(3.0), Some(3.0)));
}

#[test]
fn of_several_answers_the_shares_are_of_people() {
    let questionnaire = asked();
    let many = |codes: &[u16]| Answer::Many(codes.iter().map(|code| Code(*code)).collect());
    let people =
        [many(&[1, 2]), many(&[1]), Answer::DoesNotKnow].map(|answer| somebody(&[("means", answer)]));
    let Findings::Several { lines, .. } = findings(&of(&questionnaire, &people), "means") else {
        panic!("one answer of each")
    };
    let shares: Vec<Option<f64>> = lines.options.iter().map(|line| line.percent_of_cases).collect();
    assert_eq!((shares, lines.missing.n), (vec![Some(100.0), Some(50.0), Some(0.0)], 1));
}

#[test]
fn open_answers_are_told_as_they_were_said() {
    let questionnaire = asked();
    let people = [somebody(&[]), somebody(&[("why", Answer::Text("Никад нема места.".into()))])];
    let expected =
        Findings::Open { answers: vec![(1, "Никад нема места.".into())], missing: 1 };
    assert_eq!(findings(&of(&questionnaire, &people), "why"), expected);
}

#[test]
fn two_questions_stand_beside_each_other_with_the_test_of_their_independence() {
    let questionnaire = asked();
    // Agresti, Categorical Data Analysis (2nd edition), table 3.11 collapsed by hand: [[20, 30], [40, 10]] has chi-square 50/3.
    let cells = [(1, 1, 20), (1, 5, 30), (2, 1, 40), (2, 5, 10)];
    let people: Vec<Respondent> = cells
        .iter()
        .flat_map(|(sex, content, n)| {
            vec![somebody(&[("sex", one(*sex)), ("content", Answer::Point(*content))]); *n]
        })
        .collect();
    let results = of(&questionnaire, &people);
    let table = results.table(&"question:sex".parse().unwrap(), &"question:content".parse().unwrap(), None);
    let table = table.unwrap();
    let test = table.independence.unwrap();
    assert!((test.chi_square - 50.0 / 3.0).abs() < 1e-9 && test.degrees_of_freedom == 1, "{test:?}");
    assert_eq!((table.rows.len(), table.columns.len(), table.left_out), (2, 2, 0));
}

#[test]
fn weights_bring_those_who_answered_to_what_is_known_and_leave_out_who_did_not_say() {
    let questionnaire = asked();
    let mut people = vec![somebody(&[("sex", one(1))]); 30];
    people.extend(vec![somebody(&[("sex", one(2))]); 10]);
    people.push(somebody(&[("sex", Answer::Refuses)]));
    let results = of(&questionnaire, &people);
    let known = [Known { attribute: Attribute::Question("sex".into()), totals: vec![52.0, 48.0] }];
    let weighted = results.weights(&known, None).unwrap();
    assert_eq!(weighted.left_out, 1);
    let question = questionnaire.question(&"sex".into()).unwrap();
    let found = results.findings(question, Some(&weighted.raked.weights), Certainty::default()).unwrap();
    let Findings::Categories { lines, .. } = found else { panic!("no categories") };
    let shares: Vec<f64> = lines.valid.iter().filter_map(|line| line.valid_percent).collect();
    assert!((shares[0] - 52.0).abs() < 1e-6 && (shares[1] - 48.0).abs() < 1e-6, "{shares:?}");
    assert!(lines.kish.design_effect > 1.0);
}

#[test]
fn sides_of_tables_are_named_and_read_back() {
    let questionnaire = asked();
    let mut person = somebody(&[]);
    person.own.insert("насеље: центар".into(), "Лиман".into());
    let people = [person];
    let results = of(&questionnaire, &people);
    let names: Vec<String> = results.attributes().iter().map(Attribute::to_string).collect();
    let expected = [
        "question:sex",
        "question:content",
        "option:means:1",
        "option:means:2",
        "option:means:3",
        "question:age",
        "mode",
        "language",
        "own:насеље: центар",
    ];
    assert_eq!(names, expected);
    for attribute in results.attributes() {
        assert_eq!(attribute.to_string().parse(), Ok(attribute.clone()));
        assert!(results.variable(&attribute).is_ok(), "{attribute}");
    }
    for wrong in ["", "sex", "option:means", "option:means:x", "answer:sex"] {
        assert_eq!(wrong.parse::<Attribute>(), Err(Unreadable));
    }
    assert_eq!(results.variable(&"question:why".parse().unwrap()), Err(NoVariable::NoCategories));
    assert_eq!(results.variable(&"option:means:9".parse().unwrap()), Err(NoVariable::Unknown));
}

proptest! {
    #[test]
    fn whatever_was_answered_everybody_is_counted_once(
        ages in proptest::collection::vec(proptest::option::of(0_i64..120), 0..80),
    ) {
        let questionnaire = asked();
        let answer = |age: &Option<i64>| match age {
            Some(age) => somebody(&[("age", Answer::Number(Decimal::whole(*age).unwrap()))]),
            None => somebody(&[("age", Answer::DoesNotKnow)]),
        };
        let people: Vec<Respondent> = ages.iter().map(answer).collect();
        let Findings::Numbers { numbers, groups } = findings(&of(&questionnaire, &people), "age") else {
            panic!("no numbers")
        };
        let counted: u64 = groups.valid.iter().chain(&groups.missing).map(|line| line.tally.n).sum();
        prop_assert_eq!(counted, people.len() as u64);
        prop_assert_eq!(numbers.summary.n + numbers.summary.missing, people.len() as u64);
    }
}
