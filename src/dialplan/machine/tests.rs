//! Walks, event by event.

use jiff::civil::datetime;
use proptest::prelude::*;

use super::*;
use crate::dialplan::SHIPPED;
use crate::dialplan::catalogue::Catalogue;
use crate::dialplan::check::check_one;
use std::time::Duration;

use crate::dialplan::plan::{Claim, Hangup, Menu, Node, Number, Question};

const NUMBER: &str = "+38121480000";

fn plan(text: &str) -> Arc<Plan> {
    check_one("main.toml", text, &Catalogue::default())
        .unwrap_or_else(|f| panic!("{}", f.iter().map(ToString::to_string).collect::<String>()))
}

/// The shipped plan on a Monday at ten: the menu is heard.
fn in_menu() -> Walk {
    Walk::start(plan(SHIPPED), NUMBER, datetime(2026, 3, 2, 10, 0, 0, 0)).unwrap().0
}

fn play(prompts: &[&str]) -> Action {
    Action::Play { prompts: prompts.iter().map(|p| (*p).to_owned()).collect(), language: "sr".into() }
}

fn case(category: &str) -> Action {
    Action::OpenCase { category: category.into() }
}

fn queue() -> Action {
    Action::Queue {
        queue: "operators".into(),
        max_wait: Duration::from_secs(300),
        priority: 0,
        service: None,
        language: "sr".into(),
        music: Some("hold_music".into()),
        announce: true,
        record: false,
        keys: vec!['1'],
    }
}

const NO_AGENTS: Event = Event::QueueEnded(QueueEnd::NoAgents);

const RECORD: Action = Action::Record {
    max: Duration::from_secs(180),
    min: Duration::from_secs(2),
    silence: Some(Duration::from_secs(8)),
};

fn recorded(seconds: u64) -> Event {
    Event::Recorded { length: Duration::from_secs(seconds) }
}

#[test]
fn a_call_from_menu_to_goodbye() {
    let (mut walk, actions) =
        Walk::start(plan(SHIPPED), "021 480 000", datetime(2026, 3, 2, 10, 0, 0, 0)).unwrap();
    assert_eq!(actions, [play(&["main_menu"])]);
    assert_eq!(walk.handle(Event::Played), [Action::StartTimer(Duration::from_secs(6))]);
    assert_eq!(walk.handle(Event::Digit('2')), [Action::StopTimer, case("roads"), queue()]);
    assert_eq!(walk.handle(NO_AGENTS), [play(&["leave_message"])]);
    assert_eq!(walk.handle(Event::Played), [RECORD]);
    assert_eq!(
        walk.handle(recorded(10)),
        [Action::SendText { template: "receipt".into() }, play(&["thank_you"])]
    );
    assert_eq!(walk.handle(Event::Played), [play(&["goodbye"])]);
    assert!(!walk.is_over());
    assert_eq!(walk.handle(Event::Played), [Action::Hangup]);
    assert!(walk.is_over());
    assert_eq!(walk.path(), ["hours", "menu", "roads", "operators", "tell", "receipt", "thanks", "end"]);
}

#[test]
fn a_number_of_another_plan_starts_no_walk() {
    assert!(Walk::start(plan(SHIPPED), "+38121999999", datetime(2026, 3, 2, 10, 0, 0, 0)).is_none());
}

#[test]
fn a_key_into_the_prompt_is_taken_at_once() {
    let actions = in_menu().handle(Event::Digit('1'));
    assert_eq!(actions, [Action::StopPlaying, case("water"), queue()]);
}

#[test]
fn a_wrong_key_and_silence_each_cost_a_try() {
    let mut walk = in_menu();
    assert_eq!(walk.handle(Event::Digit('8')), [Action::StopPlaying, play(&["invalid_choice", "main_menu"])]);
    walk.handle(Event::Played);
    assert_eq!(walk.handle(Event::TimedOut), [play(&["no_input", "main_menu"])]);
    walk.handle(Event::Played);
    assert_eq!(walk.handle(Event::TimedOut), [queue()], "otherwise");
    assert_eq!(walk.path(), ["hours", "menu", "operators"]);
}

#[test]
fn what_is_not_waited_for_changes_nothing() {
    let mut walk = in_menu();
    for event in [Event::TimedOut, recorded(10), Event::RecordingFailed] {
        assert_eq!(walk.handle(event), []);
    }
    walk.handle(Event::Digit('1'));
    walk.handle(NO_AGENTS);
    for event in [Event::TimedOut, Event::Digit('5'), recorded(10)] {
        assert_eq!(walk.handle(event), [], "while the recording is announced");
    }
    walk.handle(Event::Played);
    for event in [Event::TimedOut, Event::Digit('5'), Event::Played] {
        assert_eq!(walk.handle(event), [], "while recording");
    }
}

#[test]
fn hash_skips_the_announcement_of_a_recording() {
    let mut walk = in_menu();
    walk.handle(Event::Digit('1'));
    walk.handle(NO_AGENTS);
    assert_eq!(walk.handle(Event::Digit('#')), [Action::StopPlaying, RECORD]);
}

#[test]
fn a_recording_that_failed_takes_the_exit_for_it() {
    let mut walk = in_menu();
    walk.handle(Event::Digit('1'));
    walk.handle(NO_AGENTS);
    walk.handle(Event::Played);
    assert_eq!(walk.handle(Event::RecordingFailed), [play(&["technical_difficulty"])]);
}

#[test]
fn nothing_said_takes_the_exit_for_it() {
    let (mut walk, actions) = Walk::start(plan(SHIPPED), NUMBER, datetime(2026, 1, 7, 10, 0, 0, 0)).unwrap();
    assert_eq!(actions, [play(&["closed"])]);
    walk.handle(Event::Played);
    walk.handle(Event::Played);
    assert_eq!(walk.handle(recorded(1)), [play(&["goodbye"])]);
    assert_eq!(walk.path(), ["hours", "night", "voicemail", "end"]);
}

#[test]
fn the_language_of_the_number_and_of_a_language_node_is_spoken() {
    let plan = plan(
        "schema = 1\n[number.any]\nstart = \"a\"\nlanguage = \"en\"\n[node.a.play]\nprompts = [\"x\", \"y\"]\nnext = \"b\"\n[node.b.language]\nlanguage = \"hu\"\nnext = \"c\"\n[node.c.goto]\nnext = \"d\"\n[node.d.hangup]\nprompt = \"z\"\nno_case = \"test\"\n",
    );
    let (mut walk, actions) = Walk::start(plan, "1234", datetime(2026, 1, 1, 0, 0, 0, 0)).unwrap();
    let play = |prompts: &[&str], language: &str| Action::Play {
        prompts: prompts.iter().map(|p| (*p).to_owned()).collect(),
        language: language.into(),
    };
    assert_eq!(actions, [play(&["x", "y"], "en")]);
    assert_eq!(walk.handle(Event::Played), [play(&["z"], "hu")]);
}

/// A plan that the checker would refuse.
fn unchecked(nodes: Vec<Kind>) -> Arc<Plan> {
    let node = |(id, kind): (usize, Kind)| Node { name: format!("n{id}"), kind };
    Arc::new(Plan {
        name: "unchecked".into(),
        revision: String::new(),
        language: "sr".into(),
        numbers: vec![Number { claim: Claim::Any, start: NodeId(0), language: None }],
        calendars: Vec::new(),
        nodes: nodes.into_iter().enumerate().map(node).collect(),
        tests: Vec::new(),
    })
}

#[test]
fn a_circle_that_the_checker_missed_ends_all_the_same() {
    let circle = unchecked(vec![Kind::Goto { next: NodeId(1) }, Kind::Goto { next: NodeId(0) }]);
    let (walk, actions) = Walk::start(circle, "1", datetime(2026, 1, 1, 0, 0, 0, 0)).unwrap();
    assert_eq!(actions, [Action::Hangup]);
    assert_eq!(walk.path().len(), 64);
}

#[test]
fn an_exit_into_nothing_and_a_missing_calendar_end_quietly() {
    let nowhere = unchecked(vec![Kind::Schedule {
        calendar: crate::dialplan::plan::CalendarId(7),
        open: NodeId(0),
        closed: NodeId(9),
        holiday: NodeId(0),
    }]);
    let (walk, actions) = Walk::start(nowhere, "1", datetime(2026, 1, 1, 0, 0, 0, 0)).unwrap();
    assert_eq!(actions, [Action::Hangup]);
    assert!(walk.is_over());
}

fn any_event() -> impl Strategy<Value = Event> {
    prop_oneof![
        Just(Event::Played),
        Just(Event::TimedOut),
        Just(Event::RecordingFailed),
        (0_u64..20).prop_map(recorded),
        prop::sample::select("0123456789*#ABCD".chars().collect::<Vec<_>>()).prop_map(Event::Digit),
    ]
}

fn any_kind() -> impl Strategy<Value = Kind> {
    let id = || (0_usize..12).prop_map(NodeId);
    prop_oneof![
        id().prop_map(|next| Kind::Goto { next }),
        id().prop_map(|next| Kind::Play { prompts: vec!["p".into()], next }),
        id().prop_map(|next| Kind::Case { category: "water".into(), next }),
        (id(), id(), id(), any::<bool>()).prop_map(|(next, empty, failed, announced)| Kind::Record(Record {
            prompt: announced.then(|| "p".to_owned()),
            max: Duration::from_secs(10),
            min: Duration::from_secs(2),
            silence: None,
            next,
            empty,
            failed,
        })),
        (id(), id(), 0_u32..4).prop_map(|(key, otherwise, tries)| Kind::Menu(Menu {
            question: Question {
                prompts: vec!["p".into()],
                timeout: Duration::from_secs(5),
                tries,
                invalid_prompt: "i".into(),
                no_input_prompt: "n".into(),
            },
            keys: vec![('1', key)],
            otherwise,
        })),
        any::<bool>().prop_map(|said| {
            Kind::Hangup(Hangup { prompt: said.then(|| "bye".to_owned()), no_case: None })
        }),
    ]
}

proptest! {
    #[test]
    fn whatever_happens_in_whatever_plan_the_walk_stays_bounded_and_hangs_up_once(
        nodes in prop::collection::vec(any_kind(), 1..10),
        events in prop::collection::vec(any_event(), 0..300),
    ) {
        let (mut walk, mut actions) =
            Walk::start(unchecked(nodes), "1", datetime(2026, 3, 2, 10, 0, 0, 0)).unwrap();
        let mut hangups = 0;
        for event in events {
            prop_assert!(actions.len() <= 2 + MAX_NODES_WITHOUT_KEY as usize);
            hangups += actions.iter().filter(|a| **a == Action::Hangup).count();
            prop_assert_eq!(hangups, usize::from(walk.is_over()));
            actions = walk.handle(event);
        }
        prop_assert!(walk.path().len() <= MAX_NODES);
    }

    /// The caller presses nothing, and everything that was begun ends: so does the walk.
    #[test]
    fn a_silent_caller_always_comes_to_an_end(nodes in prop::collection::vec(any_kind(), 1..10)) {
        let (mut walk, mut actions) =
            Walk::start(unchecked(nodes), "1", datetime(2026, 3, 2, 10, 0, 0, 0)).unwrap();
        for _ in 0..MAX_NODES_WITHOUT_KEY * 10 {
            let event = match actions.last() {
                Some(Action::Play { .. }) => Event::Played,
                Some(Action::StartTimer(_)) => Event::TimedOut,
                Some(Action::Record { .. }) => recorded(0),
                Some(Action::Hangup) => break,
                other => return Err(TestCaseError::fail(format!("waits for nothing after {other:?}"))),
            };
            actions = walk.handle(event);
        }
        prop_assert!(walk.is_over());
    }
}
