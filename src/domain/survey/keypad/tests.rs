//! Calls through the example, and any others, by keys.

use std::sync::Arc;

use proptest::prelude::*;

use super::super::super::file::BlobHash;
use super::super::kind::{Code, Kind};
use super::super::questionnaire::{Questionnaire, Recordings};
use super::super::samples::{
    Tape, example, multiple, number, published, question, questionnaire, scale, single, sound,
};
use super::super::texts::Texts;
use super::super::version::{Published, VersionNumber};
use super::*;

fn call_of(questionnaire: Questionnaire) -> Call {
    let version = Arc::new(Published::new(VersionNumber(1), questionnaire).unwrap());
    Call::start(Interview::start(version, PersonLanguage::SerbianCyrillic, 1)).0
}

/// A call about these questions, with the first one being asked.
fn call(mut questions: Vec<Question>) -> Call {
    questions.push(single("last", 2));
    let mut call = call_of(Questionnaire { keypad: Some(Settings::default()), ..questionnaire(questions) });
    call.handle(Input::Played);
    call
}

fn required(question: Question) -> Question {
    Question { required: true, ..question }
}

fn keys(call: &mut Call, keys: &str) -> Vec<Output> {
    keys.chars().flat_map(|key| call.handle(Input::Key(key))).collect()
}

/// What is kept of these keys for the question `q`.
fn kept(question: Question, typed: &str) -> Option<Answer> {
    let outputs = keys(&mut call(vec![question]), typed);
    outputs.into_iter().find_map(|output| match output {
        Output::Keep { answer, .. } => Some(answer),
        _ => None,
    })
}

fn phrases(outputs: &[Output]) -> Vec<Phrase> {
    let pieces = outputs.iter().filter_map(|output| match output {
        Output::Play(pieces) => Some(pieces),
        _ => None,
    });
    let phrase = |piece: &Piece| match piece {
        Piece::Phrase(phrase) => Some(*phrase),
        _ => None,
    };
    pieces.flatten().filter_map(phrase).collect()
}

#[test]
fn every_kind_is_answered_by_its_keys() {
    let number_of = |v: &str| Answer::Number(v.parse().unwrap());
    let decimal = || {
        question(
            "q",
            Kind::Number { places: 2, min: None, max: "99,99".parse().ok(), unit: Texts::default() },
        )
    };
    let day = || question("q", Kind::Date { from: None, to: None });
    for (question, typed, answer) in [
        (single("q", 3), "2", Some(Answer::One(Code(2)))),
        (single("q", 10), "0", Some(Answer::One(Code(10)))),
        (multiple("q", 5), "414#", Some(Answer::Many([Code(1), Code(4)].into()))),
        (multiple("q", 5), "41", None),
        (scale("q", 1, 5), "5", Some(Answer::Point(5))),
        (scale("q", 0, 9), "0", Some(Answer::Point(0))),
        (scale("q", -2, 2), "1", Some(Answer::Point(-2))),
        (scale("q", 0, 10), "10", Some(Answer::Point(10))),
        (scale("q", 0, 10), "1#", Some(Answer::Point(1))),
        (number("q", 0, 120), "34#", Some(number_of("34"))),
        (number("q", 0, 120), "101", Some(number_of("101"))),
        (decimal(), "3*5#", Some(number_of("3.5"))),
        (decimal(), "12*25", Some(number_of("12.25"))),
        (day(), "01022026", Some(Answer::Date("2026-02-01".parse().unwrap()))),
        (day(), "31022026", None),
        (single("q", 3), "#", Some(Answer::Nothing)),
        (required(single("q", 3)), "#", None),
    ] {
        assert_eq!(kept(question.clone(), typed), answer, "{typed} {:?}", question.kind);
    }
}

#[test]
fn ways_around_a_question_have_keys_where_they_are_offered() {
    let open = |question: Question| Question { may_not_know: true, may_refuse: true, ..required(question) };
    assert_eq!(kept(open(single("q", 3)), "0"), Some(Answer::DoesNotKnow));
    assert_eq!(kept(open(single("q", 3)), "#"), Some(Answer::Refuses));
    let age = Question { may_not_know: true, ..required(number("q", 0, 120)) };
    assert_eq!(kept(age, "#"), Some(Answer::DoesNotKnow), "0 is a number there");
}

#[test]
fn call_says_who_asks_then_the_question_with_its_keys() {
    let questions = vec![required(Question { may_not_know: true, ..single("q", 2) })];
    let of = Questionnaire { keypad: Some(Settings::default()), ..questionnaire(questions) };
    let interview = Interview::start(published(of), PersonLanguage::SerbianLatin, 1);
    let (mut call, opening) = Call::start(interview);
    let words = |text: &str| Piece::Words(text.into());
    let phrase = Piece::Phrase;
    assert_eq!(opening, [Output::Play(vec![words("Добар дан."), phrase(Phrase::OptOut('9'))])]);
    let asked = call.handle(Input::Played);
    let pieces = vec![
        words("Питање?"),
        words("Опција један."),
        phrase(Phrase::Press('1')),
        words("Опција два."),
        phrase(Phrase::Press('2')),
        phrase(Phrase::DoesNotKnow),
        phrase(Phrase::Star),
    ];
    assert_eq!(asked, [Output::Play(pieces)]);
    assert_eq!(call.handle(Input::Played), [Output::StartTimer(Duration::from_secs(7))]);
    let ended = call.handle(Input::Key('2'));
    assert_eq!(ended[0], Output::StopTimer);
    assert_eq!(ended[1], Output::Keep { question: "q".into(), answer: Answer::One(Code(2)) });
    assert_eq!(ended[2], Output::Play(vec![words("Хвала.")]));
    assert_eq!(call.handle(Input::Played), [Output::End(Outcome::Ended(Disposition::Complete))]);
    assert_eq!(call.handle(Input::Played), []);
}

#[test]
fn recording_is_played_in_place_of_words() {
    let hash = BlobHash::of(b"voice");
    let recordings = Recordings { serbian: Some(hash.clone()), english: None };
    let mut of = questionnaire(vec![Question { recordings, ..single("q", 2) }]);
    of.languages.push(PersonLanguage::English);
    for texts in [&mut of.title, &mut of.greeting, &mut of.thanks] {
        texts.english = "Words".into();
    }
    for (language, first) in [
        (PersonLanguage::SerbianLatin, Piece::Recording(hash)),
        (PersonLanguage::English, Piece::Words("Question?".into())),
    ] {
        let (mut call, _) = Call::start(Interview::start(published(of.clone()), language, 1));
        let outputs = call.handle(Input::Played);
        assert!(matches!(&outputs[0], Output::Play(pieces) if pieces[0] == first), "{outputs:?}");
    }
}

#[test]
fn options_are_keyed_in_the_order_in_which_they_are_heard() {
    let mut question = single("q", 4);
    if let Kind::Single { random, .. } = &mut question.kind {
        *random = true;
    }
    let offered: Vec<Code> = question.offered(1).iter().map(|option| option.code).collect();
    assert_ne!(offered, [Code(1), Code(2), Code(3), Code(4)], "another seed would be needed");
    assert_eq!(kept(question, "1"), Some(Answer::One(offered[0])));
}

#[test]
fn wrong_keys_are_told_and_after_some_the_question_is_passed_over() {
    let mut call = call(vec![single("q", 3)]);
    for _ in 0..2 {
        assert_eq!(phrases(&keys(&mut call, "7"))[0], Phrase::Wrong);
    }
    let outputs = keys(&mut call, "7");
    assert!(outputs.contains(&Output::Keep { question: "q".into(), answer: Answer::Nothing }));
}

#[test]
fn question_that_needs_an_answer_is_not_passed_over_but_ends_the_call() {
    let mut call = call(vec![required(single("q", 3))]);
    let mut outputs = Vec::new();
    for _ in 0..3 {
        call.handle(Input::Played);
        outputs = call.handle(Input::Silence);
    }
    assert_eq!(phrases(&outputs), [Phrase::GivenUp]);
    assert_eq!(call.handle(Input::Played), [Output::End(Outcome::GaveUp)]);
    assert_eq!(call.interview().record().ended, None, "another call may go on with it");
}

#[test]
fn a_line_on_which_no_key_was_ever_pressed_answers_nothing() {
    for (pressed, ended) in [(false, true), (true, false)] {
        let mut call = call(vec![single("q", 3)]);
        if pressed {
            keys(&mut call, "*");
        }
        let mut outputs = Vec::new();
        for _ in 0..3 {
            call.handle(Input::Played);
            outputs = call.handle(Input::Silence);
        }
        assert_eq!(phrases(&outputs).contains(&Phrase::GivenUp), ended);
        assert_eq!(outputs.iter().any(|output| matches!(output, Output::Keep { .. })), !ended);
    }
}

#[test]
fn silence_after_digits_ends_them() {
    let mut call = call(vec![number("q", 0, 120)]);
    assert_eq!(keys(&mut call, "4"), [Output::StopPlaying, Output::StartTimer(Duration::from_secs(4))]);
    assert_eq!(keys(&mut call, "2"), [Output::StopTimer, Output::StartTimer(Duration::from_secs(4))]);
    let outputs = call.handle(Input::Silence);
    assert_eq!(outputs[0], Output::Keep { question: "q".into(), answer: Answer::Number(42_u16.into()) });
}

#[test]
fn star_repeats_and_begins_digits_anew_but_not_for_ever() {
    let mut call = call(vec![number("q", 0, 120)]);
    keys(&mut call, "9*");
    let outputs = keys(&mut call, "42#");
    assert!(outputs.contains(&Output::Keep { question: "q".into(), answer: Answer::Number(42_u16.into()) }));
    let mut call = self::call(vec![required(single("q", 3))]);
    let said = phrases(&keys(&mut call, &"*".repeat(20)));
    assert_eq!(said.last(), Some(&Phrase::GivenUp));
}

#[test]
fn opt_out_key_ends_such_calls_where_it_is_no_answer() {
    for (question, opts_out) in
        [(single("q", 8), true), (single("q", 9), false), (number("q", 0, 120), false)]
    {
        let mut call = call(vec![question]);
        let outputs = keys(&mut call, "9");
        assert_eq!(phrases(&outputs).contains(&Phrase::OptedOut), opts_out);
        assert_eq!(call.interview().record().ended, opts_out.then_some(Disposition::Refused));
    }
    let mut greeted =
        call_of(Questionnaire { keypad: Some(Settings::default()), ..questionnaire(vec![single("q", 9)]) });
    assert_eq!(phrases(&greeted.handle(Input::Key('9'))), [Phrase::OptedOut]);
    assert_eq!(
        greeted.handle(Input::HungUp),
        [Output::End(Outcome::OptedOut)],
        "also of who does not wait for the words"
    );
}

#[test]
fn call_that_is_cut_off_keeps_its_answers_and_another_goes_on() {
    let version = published(example());
    let (mut call, _) = Call::start(Interview::start(Arc::clone(&version), PersonLanguage::English, 3));
    call.handle(Input::Played);
    keys(&mut call, "1242#");
    assert_eq!(call.interview().answers().count(), 3);
    assert_eq!(call.handle(Input::HungUp), [Output::End(Outcome::HungUp)]);
    let record = call.into_interview().record();
    let (mut again, _) = Call::start(Interview::resume(version, record).unwrap());
    again.handle(Input::Played);
    let Position::Question(question) = again.interview().position() else { panic!("it goes on") };
    assert_eq!(question.key.0, "contacted");
}

#[test]
fn example_is_answered_by_keys_and_its_text_questions_are_left_out() {
    let mut call = call_of(example());
    call.handle(Input::Played);
    // Yes, a man, 42, has turned to us, very bad; 7 for the refuse; the first problem that is heard, and no day.
    let outputs = keys(&mut call, "124#2");
    assert!(outputs.iter().any(|output| matches!(output, Output::Keep { .. })));
    let mut call = call_of(example());
    call.handle(Input::Played);
    keys(&mut call, "1242#117#");
    let none = call.interview().questionnaire().question(&"refuse_problems".into()).unwrap();
    let missed = none.offered(1).iter().position(|option| option.code == Code(1)).unwrap() + 1;
    keys(&mut call, &format!("{missed}##"));
    assert_eq!(call.handle(Input::Played), [Output::End(Outcome::Ended(Disposition::Complete))]);
    assert_eq!(call.interview().answers().count(), 10);
    assert_eq!(call.interview().kept(&"answer_why".into()), Some(&Answer::Nothing));
    assert_eq!(call.interview().kept(&"refuse_satisfaction".into()), Some(&Answer::Point(7)));
}

#[test]
fn full_quota_thanks_at_once() {
    let mut call = call_of(example());
    call.handle(Input::Played);
    keys(&mut call, "12");
    let outputs = call.over_quota();
    assert!(
        matches!(&outputs[1], Output::Play(pieces) if matches!(&pieces[0], Piece::Words(words) if words.contains("нису потребни")))
    );
    assert_eq!(call.handle(Input::Key('1')), []);
    assert_eq!(call.handle(Input::Played), [Output::End(Outcome::Ended(Disposition::OverQuota))]);
    assert_eq!(call.over_quota(), []);
}

#[test]
fn every_phrase_has_words_and_a_key_of_its_own_name() {
    let all = [
        Phrase::Press('0'),
        Phrase::PressFromTo(1, 5),
        Phrase::Several,
        Phrase::Number,
        Phrase::NumberFromTo(0, 10),
        Phrase::Comma,
        Phrase::Date,
        Phrase::DoesNotKnow,
        Phrase::Pass,
        Phrase::Star,
        Phrase::OptOut('9'),
        Phrase::OptedOut,
        Phrase::Wrong,
        Phrase::TooFew,
        Phrase::TooMany,
        Phrase::Exclusive,
        Phrase::OutOfBounds,
        Phrase::Unreadable,
        Phrase::Missing,
        Phrase::NoKey,
        Phrase::GivenUp,
    ];
    let keys: std::collections::BTreeSet<String> = all.iter().map(|phrase| phrase.key()).collect();
    assert_eq!(keys.len(), all.len());
    for phrase in all {
        for tongue in [Tongue::Serbian, Tongue::English] {
            assert!(!phrase.words(tongue).contains(|c: char| c.is_ascii_digit()), "{}", phrase.words(tongue));
        }
    }
    assert_eq!(Phrase::Press('1').words(Tongue::Serbian), "притисните један.");
    assert_eq!(Phrase::Press('2').words(Tongue::Serbian), "притисните два.");
    assert_eq!(
        Phrase::NumberFromTo(0, 10).words(Tongue::English),
        "Type a number from zero to ten, then press the hash key."
    );
    assert_eq!(Phrase::PressFromTo(1, 5).words(Tongue::Serbian), "Притисните тастер од један до пет.");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, max_global_rejects: 100_000, ..ProptestConfig::default() })]

    #[test]
    fn whatever_is_pressed_ends_once_and_keeps_what_was_answered(
        tape in prop::collection::vec(any::<u16>(), 300),
        inputs in prop::collection::vec(0..16_usize, 400),
    ) {
        let mut made = sound(&mut Tape(tape.iter()));
        made.keypad = Some(Settings::default());
        let Ok(version) = Published::new(VersionNumber(1), made) else {
            return Err(TestCaseError::reject("it cannot be keyed"));
        };
        let (mut call, opening) = Call::start(Interview::start(Arc::new(version), PersonLanguage::SerbianLatin, 9));
        let (mut is_playing, mut has_timer) = (true, false);
        let (mut kept, mut ends) = (std::collections::BTreeMap::new(), 0);
        prop_assert_eq!(opening.len(), 1);
        // What the shell can do at that moment, and silence at the end.
        let silence = std::iter::repeat_n(14, 2_000);
        for input in inputs.into_iter().chain(silence) {
            let input = match "0123456789*#".chars().nth(input) {
                Some(key) => Input::Key(key),
                None if is_playing => Input::Played,
                None if has_timer => Input::Silence,
                None => continue,
            };
            if input == Input::Played { is_playing = false }
            if input == Input::Silence { has_timer = false }
            for output in call.handle(input) {
                prop_assert_eq!(ends, 0, "nothing after the end");
                match output {
                    Output::Play(pieces) => { prop_assert!(!pieces.is_empty()); is_playing = true; has_timer = false }
                    Output::StopPlaying => { prop_assert!(is_playing); is_playing = false }
                    Output::StartTimer(_) => { prop_assert!(!is_playing); has_timer = true }
                    Output::StopTimer => has_timer = false,
                    Output::Keep { question, answer } => drop(kept.insert(question, answer)),
                    Output::End(_) => ends += 1,
                }
            }
        }
        prop_assert_eq!(ends, 1);
        let answers = call.interview().answers().map(|(q, answer)| (q.key.clone(), answer.clone())).collect();
        prop_assert_eq!(kept, answers);
    }
}
