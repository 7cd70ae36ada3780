//! Surveys against a pretended shell: what is heard, what is stored before it, and a hang-up at every instant.

use std::sync::Arc;

use jiff::civil::datetime;
use proptest::prelude::*;

use super::super::{Asked, Input, Setup};
use super::*;
use crate::domain::announcement::Refusal;
use crate::domain::dialer::progress::Progress;
use crate::domain::id::InteractionId;
use crate::domain::person::PersonLanguage;
use crate::domain::survey::interview::Disposition;
use crate::domain::survey::keypad::Settings;
use crate::domain::survey::{Answer, Code, Published, QuestionKey, Questionnaire, VersionNumber};

const AT: Timestamp = Timestamp::UNIX_EPOCH;

struct World {
    call: Contact,
    now: Instant,
    done: Vec<Output>,
}

/// A call that was answered, and its greeting.
fn world() -> World {
    let mut world = dialled();
    world.tell(Input::Ringing);
    world.tell(Input::Reached);
    world
}

#[expect(clippy::disallowed_methods, reason = "the start of virtual time")]
fn dialled() -> World {
    let mut example: Questionnaire =
        serde_json::from_str(include_str!("../../../../config/surveys/example.json")).unwrap();
    example.keypad = Some(Settings::default());
    let version = Arc::new(Published::stored(VersionNumber(1), example));
    let interview = Interview::start(version, PersonLanguage::SerbianCyrillic, 7);
    let keyed = Box::new(Keyed::new(interview));
    let script = Script::Survey { number: "+381641".into(), patience: Duration::from_secs(30), keyed };
    let at = datetime(2026, 3, 2, 10, 0, 0, 0);
    let setup = Setup { script, ring: Duration::ZERO, at, asked: Some(Asked::ByKeys) };
    let now = Instant::now();
    let mut world = World { call: Contact::new(setup, now), now, done: Vec::new() };
    world.tell(Input::Journaled(InteractionId(7)));
    world
}

impl World {
    fn tell(&mut self, input: Input) {
        self.call.handle(input, self.now, AT, &mut self.done);
    }

    fn keys(&mut self, keys: &str) {
        keys.chars().for_each(|key| self.tell(Input::Digit(key)));
    }

    /// What plays now is heard to its end.
    fn heard(&mut self) {
        let tag = self.done.iter().rev().find_map(|output| match output {
            Output::Play { tag, .. } => Some(*tag),
            _ => None,
        });
        self.tell(Input::Played(tag.unwrap()));
    }

    fn wait(&mut self) {
        self.now = self.call.next_timeout().unwrap();
        self.call.handle_timeout(self.now, AT, &mut self.done);
    }

    fn stored(&mut self, stored: Stored) {
        self.tell(Input::AnswersStored(stored));
    }

    /// Into the survey: each of these answers is committed at once.
    fn answers(&mut self, keys: &str) {
        for key in keys.chars() {
            self.tell(Input::Digit(key));
            self.stored(Stored::Kept);
        }
    }

    fn plays(&self) -> Vec<String> {
        let plays = self.done.iter().filter_map(|output| match output {
            Output::Play { prompts, .. } => Some(prompts.join(" ")),
            _ => None,
        });
        plays.collect()
    }

    fn kept(&self) -> Vec<(QuestionKey, Answer)> {
        let kept = self.done.iter().filter_map(|output| match output {
            Output::Store(Work::SurveyAnswers { answers, .. }) => Some(answers.clone()),
            _ => None,
        });
        kept.flatten().collect()
    }

    fn outcomes(&self) -> Vec<Outcome> {
        let outcomes = self.done.iter().filter_map(|output| match output {
            Output::Store(Work::SurveyOver { outcome, .. }) => Some(*outcome),
            _ => None,
        });
        outcomes.collect()
    }

    fn progress(&self) -> Vec<Progress> {
        let progress = self.done.iter().filter_map(|output| match output {
            Output::Store(Work::Dialled(progress)) => Some(progress.clone()),
            _ => None,
        });
        progress.collect()
    }
}

const PARTED: [Progress; 4] =
    [Progress::Taken, Progress::Answered, Progress::Joined { by: None }, Progress::Parted { whole: false }];

#[test]
fn who_answers_hears_who_calls_and_how_to_opt_out_after_a_moment() {
    let world = world();
    let [greeting] = <[String; 1]>::try_from(world.plays()).unwrap();
    assert!(greeting.starts_with("pause pause @words:Добар дан."), "{greeting}");
    assert!(greeting.ends_with("@phrase:survey_opt_out_9"), "{greeting}");
}

#[test]
fn the_next_question_is_played_once_the_answer_is_committed() {
    let mut world = world();
    world.heard();
    assert!(world.plays().last().unwrap().contains("Да ли желите"));
    world.keys("1");
    assert_eq!(world.plays().len(), 2, "it is being written");
    assert_eq!(world.kept(), [("consent".into(), Answer::One(Code(1)))]);
    world.stored(Stored::Kept);
    assert!(world.plays().last().unwrap().contains("Пол?"));
}

#[test]
fn keys_of_whoever_is_faster_than_the_store_are_not_lost() {
    let mut world = world();
    world.heard();
    world.keys("12");
    assert_eq!(world.kept().len(), 1);
    world.stored(Stored::Kept);
    assert_eq!(world.kept()[1], ("sex".into(), Answer::One(Code(2))));
}

#[test]
fn who_does_not_want_to_take_part_is_thanked_and_that_is_said_before_the_goodbye_is_over() {
    let mut world = world();
    world.heard();
    world.answers("2");
    assert_eq!(world.outcomes(), [Outcome::Ended(Disposition::Refused)]);
    world.heard();
    assert_eq!(world.done.iter().filter(|output| **output == Output::HangUp).count(), 1);
    assert_eq!(world.progress().last(), Some(&Progress::Parted { whole: true }));
    assert_eq!(world.outcomes().len(), 1);
}

#[test]
fn who_hangs_up_in_the_middle_is_said_to_have_done_so_before_the_call_is_over() {
    let mut world = world();
    world.heard();
    world.answers("1");
    world.tell(Input::CallerLeft);
    assert_eq!(world.outcomes(), [Outcome::HungUp]);
    assert_eq!(world.progress(), PARTED);
    let place = |wanted: fn(&Work) -> bool| {
        world.done.iter().position(|output| matches!(output, Output::Store(work) if wanted(work))).unwrap()
    };
    let over = place(|work| matches!(work, Work::SurveyOver { .. }));
    assert!(over < place(|work| matches!(work, Work::Dialled(Progress::Parted { .. }))));
}

#[test]
fn who_hangs_up_on_the_last_answer_has_said_all() {
    let mut world = world();
    world.heard();
    world.keys("2");
    assert_eq!(world.outcomes(), []);
    world.tell(Input::CallerLeft);
    assert_eq!(world.outcomes(), [Outcome::Ended(Disposition::Refused)]);
}

#[test]
fn nine_in_the_greeting_ends_such_calls() {
    let mut world = world();
    world.keys("9");
    assert_eq!(world.outcomes(), [Outcome::OptedOut]);
    assert_eq!(world.plays().last().unwrap(), "@phrase:announcement_opted_out");
    world.heard();
    assert_eq!(world.progress().last(), Some(&Progress::Parted { whole: true }));
}

#[test]
fn of_whom_enough_were_asked_are_thanked_and_asked_nothing_more() {
    let mut world = world();
    world.heard();
    world.keys("1");
    world.stored(Stored::OverQuota);
    assert!(world.plays().last().unwrap().contains("нису потребни"));
    assert_eq!(world.outcomes(), [Outcome::Ended(Disposition::OverQuota)]);
}

#[test]
fn a_store_that_is_away_keeps_nobody_on_the_line() {
    let mut world = world();
    world.heard();
    world.keys("1");
    world.wait();
    assert_eq!(world.plays().last().unwrap(), "@phrase:survey_given_up");
    assert_eq!(world.outcomes(), [Outcome::GaveUp]);
    world.stored(Stored::Kept);
    assert_eq!(world.plays().len(), 3, "too late to go on");
    world.heard();
    assert_eq!(world.progress().last(), Some(&Progress::Parted { whole: true }));
}

#[test]
fn the_end_of_the_program_is_nobodys_hang_up() {
    let mut world = world();
    world.heard();
    world.answers("1");
    world.tell(Input::Stopping);
    assert_eq!(world.outcomes(), []);
    assert_eq!(world.progress(), PARTED);
}

#[test]
fn who_does_not_answer_is_asked_nothing() {
    let mut world = dialled();
    world.tell(Input::NotReached(Some(Refusal { status: 486, reason: None })));
    assert!(world.call.is_over());
    assert!(matches!(world.progress().as_slice(), [Progress::Ended(_)]));
    assert_eq!((world.plays().len(), world.outcomes().len()), (0, 0));
}

#[derive(Clone, Debug)]
enum Move {
    Key(char),
    Heard,
    Wait,
    Stored(Stored),
    Leave,
}

fn moves() -> impl Strategy<Value = Vec<Move>> {
    let key = prop::sample::select(vec!['0', '1', '2', '3', '5', '9', '#', '*']);
    let stored = prop::sample::select(vec![
        Stored::Kept,
        Stored::Kept,
        Stored::Kept,
        Stored::OverQuota,
        Stored::Refused,
    ]);
    let one = prop_oneof![
        8 => key.prop_map(Move::Key),
        6 => Just(Move::Heard),
        8 => stored.prop_map(Move::Stored),
        2 => Just(Move::Wait),
        1 => Just(Move::Leave),
    ];
    prop::collection::vec(one, 0..120)
}

proptest! {
    #[test]
    fn whatever_happens_nothing_is_asked_over_an_open_answer_and_the_end_is_said_once(moves in moves()) {
        let mut world = world();
        for wanted in moves {
            if world.call.is_over() {
                break;
            }
            let open = world.call.keyed().unwrap().held.is_some();
            let plays = world.plays().len();
            match wanted {
                Move::Key(key) => {
                    world.tell(Input::Digit(key));
                    prop_assert!(!open || world.plays().len() == plays, "asked before the answer was there");
                }
                Move::Heard => world.heard(),
                Move::Wait => world.wait(),
                Move::Stored(stored) => world.stored(stored),
                Move::Leave => world.tell(Input::CallerLeft),
            }
        }
        world.tell(Input::CallerLeft);
        prop_assert!(world.call.is_over());
        prop_assert_eq!(world.outcomes().len(), 1);
        let finished = |output: &&Output| matches!(output, Output::Store(Work::Finish { .. }));
        prop_assert_eq!(world.done.iter().filter(finished).count(), 1);
        let parted = |progress: &&Progress| matches!(progress, Progress::Parted { .. });
        prop_assert_eq!(world.progress().iter().filter(parted).count(), 1);
    }
}
