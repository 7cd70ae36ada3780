//! Roads through questionnaires: the example by hand, and any others at random.

use proptest::prelude::*;

use super::super::kind::Code;
use super::super::samples::{Tape, any_answer, example, published, sound};
use super::*;

fn begin(version: &Arc<Published>) -> Interview {
    Interview::start(Arc::clone(version), PersonLanguage::SerbianLatin, 7)
}

fn at(interview: &Interview) -> String {
    match interview.position() {
        Position::Question(question) => question.key.0.clone(),
        Position::End(ending) => format!("end: {ending}"),
        Position::Over(disposition) => format!("over: {disposition}"),
    }
}

/// Answers in a row, as they are typed; `?` does not know, `!` refuses.
fn say(interview: &mut Interview, answers: &[&str]) {
    for given in answers {
        let Position::Question(question) = interview.position() else { panic!("it is over") };
        let answer = match *given {
            "?" => Answer::DoesNotKnow,
            "!" => Answer::Refuses,
            given => question.read(given).unwrap(),
        };
        interview.answer(answer).unwrap();
    }
}

#[test]
fn answers_lead_along_their_branches_to_the_end() {
    let version = published(example());
    for (answers, reached) in [
        (vec!["2"], "end: refused"),
        (vec!["1", "2", "17"], "end: screened_out"),
        (vec!["1", "2", "40", "1"], "answer_satisfaction"),
        (vec!["1", "2", "40", "2"], "refuse_satisfaction"),
        (vec!["1", "!", "!", "1", "2"], "answer_why"),
        (vec!["1", "!", "!", "1", "?"], "refuse_satisfaction"),
        (vec!["1", "1", "40", "2", "10", "1 3"], "last_missed"),
        (vec!["1", "1", "40", "2", "10", "6", "Ништа"], "end: complete"),
    ] {
        let mut interview = begin(&version);
        say(&mut interview, &answers);
        assert_eq!(at(&interview), reached, "{answers:?}");
    }
}

#[test]
fn answer_that_will_not_do_is_refused_and_nothing_changes() {
    let version = published(example());
    let mut interview = begin(&version);
    let before = interview.clone();
    for (answer, why) in [
        (Answer::One(Code(9)), Refused::NoSuchOption),
        (Answer::Nothing, Refused::Missing),
        (Answer::Refuses, Refused::NotOffered),
        (Answer::Text("да".into()), Refused::OtherKind),
    ] {
        assert_eq!(interview.answer(answer), Err(why));
        assert_eq!(interview, before);
    }
    assert_eq!(interview.answer_to(&"improve".into(), Answer::Nothing), Err(Refused::NotAsked));
}

#[test]
fn changed_answer_leads_elsewhere_and_sets_aside_what_it_leads_past() {
    let version = published(example());
    let mut interview = begin(&version);
    say(&mut interview, &["1", "1", "40", "1", "1", "Чекао сам"]);
    assert_eq!(at(&interview), "refuse_satisfaction");
    assert!(interview.go_to(&"contacted".into()));
    say(&mut interview, &["2"]);
    assert_eq!(at(&interview), "refuse_satisfaction");
    assert_eq!(interview.answers().count(), 4);
    assert!(interview.kept(&"answer_why".into()).is_some(), "set aside, not lost");

    let mut back_again = interview.clone();
    back_again.answer_to(&"contacted".into(), Answer::One(Code(1))).unwrap();
    assert_eq!(at(&back_again), "answer_satisfaction", "what was said there is shown again");
    back_again.go_on();
    assert_eq!((at(&back_again), back_again.answers().count()), ("refuse_satisfaction".into(), 6));

    say(&mut interview, &["5", "6", ""]);
    assert_eq!(interview.close(), Some(Disposition::Complete));
    assert!(interview.kept(&"answer_why".into()).is_none(), "forgotten once it is complete");
}

#[test]
fn ended_interview_takes_nothing_more() {
    let version = published(example());
    let mut interview = begin(&version);
    say(&mut interview, &["1", "1"]);
    assert_eq!(interview.close(), None, "a question is open");
    interview.end_early(Early::OverQuota);
    assert_eq!(at(&interview), "over: over_quota");
    assert_eq!(interview.answer(Answer::Refuses), Err(Refused::Over));
    assert!(!interview.back() && !interview.go_to(&"consent".into()));
    interview.end_early(Early::BrokenOff);
    assert_eq!(interview.close(), Some(Disposition::OverQuota), "how it ended stays");
    assert_eq!(interview.answers().count(), 2);
}

#[test]
fn interview_is_resumed_where_it_was_cut_off_and_only_with_its_own_version() {
    let version = published(example());
    let mut interview = begin(&version);
    say(&mut interview, &["1", "1", "40"]);
    let json = serde_json::to_string(&interview.record()).unwrap();
    let record: Record = serde_json::from_str(&json).unwrap();
    let resumed = Interview::resume(Arc::clone(&version), record.clone()).unwrap();
    assert_eq!(resumed, interview);

    let second = Arc::new(Published::new(VersionNumber(2), example()).unwrap());
    assert_eq!(Interview::resume(second, record.clone()), Err(OtherVersion(VersionNumber(1))));

    let mut strange = record;
    strange.answers.insert("sex".into(), Answer::One(Code(7)));
    let resumed = Interview::resume(version, strange).unwrap();
    assert_eq!(at(&resumed), "sex", "what the version does not take is asked again");
}

#[test]
fn progress_knows_what_is_decided_already() {
    let version = published(example());
    let mut interview = begin(&version);
    assert_eq!(interview.progress(), Progress { answered: 0, shortest: 1, longest: 10 });
    say(&mut interview, &["1", "1", "40"]);
    assert_eq!(interview.progress(), Progress { answered: 3, shortest: 4, longest: 7 });
    say(&mut interview, &["2", "5", "6"]);
    assert_eq!(interview.progress(), Progress { answered: 6, shortest: 1, longest: 1 });
}

/// A questionnaire made of these numbers, and a way through it.
fn any_of(tape: &[u16]) -> (Arc<Published>, Tape<'_>) {
    let mut tape = Tape(tape.iter());
    (published(sound(&mut tape)), tape)
}

fn step(interview: &mut Interview, tape: &mut Tape<'_>) -> bool {
    let Position::Question(question) = interview.position() else { return false };
    let answer = any_answer(interview.questionnaire(), question, tape);
    interview.answer(answer).unwrap();
    true
}

fn tape() -> impl Strategy<Value = Vec<u16>> {
    prop::collection::vec(any::<u16>(), 300)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 500, ..ProptestConfig::default() })]

    #[test]
    fn any_answers_lead_to_an_end_within_the_progress_that_was_promised(tape in tape()) {
        let (version, mut tape) = any_of(&tape);
        let mut interview = begin(&version);
        let mut promised = Vec::new();
        loop {
            promised.push(interview.progress());
            let standings = interview.standings();
            if let Position::Question(question) = interview.position() {
                let own = standings.iter().find(|(known, _)| known.key == question.key).unwrap();
                prop_assert_eq!(own.1, Standing::Ahead);
            }
            let passed: Vec<QuestionKey> = standings
                .iter()
                .filter(|(_, standing)| *standing == Standing::Passed)
                .map(|(question, _)| question.key.clone())
                .collect();
            if !step(&mut interview, &mut tape) {
                break;
            }
            prop_assert!(promised.len() <= version.questionnaire().questions.len());
            prop_assert!(interview.answers().all(|(question, _)| !passed.contains(&question.key)));
        }
        let asked = interview.answers().count();
        for Progress { answered, shortest, longest } in promised {
            prop_assert!(answered + shortest <= asked && asked <= answered + longest);
        }
        prop_assert!(interview.close().is_some());
    }

    #[test]
    fn going_back_and_saying_the_same_changes_nothing(tape in tape(), steps in 1..8_usize, backs in 1..8_usize) {
        let (version, mut tape) = any_of(&tape);
        let mut interview = begin(&version);
        for _ in 0..steps {
            step(&mut interview, &mut tape);
        }
        let before = interview.clone();
        let backs = (0..backs).filter(|_| interview.back()).count();
        for _ in 0..backs {
            let Position::Question(question) = interview.position() else { panic!("back at a question") };
            let same = interview.kept(&question.key).cloned().unwrap();
            interview.answer(same).unwrap();
        }
        prop_assert_eq!(&interview, &before);
        let resumed = Interview::resume(version, interview.record()).unwrap();
        prop_assert_eq!(&resumed, &before);
    }

    #[test]
    fn change_of_mind_that_is_taken_back_changes_nothing(tape in tape(), steps in 1..8_usize, which in 0..8_usize) {
        let (version, mut tape) = any_of(&tape);
        let mut interview = begin(&version);
        for _ in 0..steps {
            step(&mut interview, &mut tape);
        }
        let before = interview.clone();
        let answered: Vec<(QuestionKey, Answer)> =
            interview.answers().map(|(question, answer)| (question.key.clone(), answer.clone())).collect();
        let (key, answer) = answered[which % answered.len()].clone();
        let question = version.questionnaire().question(&key).unwrap();
        let other = any_answer(version.questionnaire(), question, &mut tape);
        interview.answer_to(&key, other).unwrap();
        interview.answer_to(&key, answer).unwrap();
        interview.go_on();
        prop_assert_eq!(&interview, &before);
    }
}
