//! The plan of a call that reads a message: who calls, the message, and one question. It is built in and not written by
//! administrators, and walked by the same machine as theirs.
//!
//! ```text
//! message  --1--> confirmed     question  --1--> confirmed
//!          --2--> message                 --2--> message
//!          --9--> opted_out               --9--> opted_out
//!          -----> question                -----> unconfirmed
//! ```

use std::sync::Arc;
use std::time::Duration;

use super::machine::Walk;
use super::plan::{Claim, Hangup, Kind, Menu, Node, NodeId, Number, Plan, Question};
use crate::domain::announcement::Reached;

/// No file of `dialplans/` has such a name.
pub const NAME: &str = "@announcement";

/// Prompts that it plays besides the message. A municipality records the first with its own name.
pub const INTRODUCTION: &str = "announcement_intro";
pub const PROMPTS: [&str; 6] = [
    INTRODUCTION,
    "announcement_ask",
    "announcement_thanks",
    "announcement_opted_out",
    "announcement_goodbye",
    PAUSE,
];

const PAUSE: &str = "pause";

/// For finding the key on a telephone that is held to the ear.
const PATIENCE: Duration = Duration::from_secs(6);

const MESSAGE: NodeId = NodeId(0);
const QUESTION: NodeId = NodeId(1);
const CONFIRMED: NodeId = NodeId(2);
const OPTED_OUT: NodeId = NodeId(3);
const UNCONFIRMED: NodeId = NodeId(4);

/// `introduction` and `message`: keys of what is played in their place.
pub fn plan(language: &str, introduction: &str, message: &str) -> Arc<Plan> {
    let ask = "announcement_ask";
    // Who has just answered needs a moment to bring the telephone to the ear.
    let whole = [PAUSE, PAUSE, introduction, PAUSE, message, PAUSE, PAUSE, ask];
    let node = |name: &str, kind| Node { name: name.to_owned(), kind };
    Arc::new(Plan {
        name: NAME.to_owned(),
        revision: NAME.to_owned(),
        language: language.to_owned(),
        numbers: vec![Number { claim: Claim::Any, start: MESSAGE, language: None }],
        calendars: Vec::new(),
        nodes: vec![
            node("message", asks(&whole, QUESTION)),
            node("question", asks(&[ask], UNCONFIRMED)),
            node("confirmed", says("announcement_thanks")),
            node("opted_out", says("announcement_opted_out")),
            node("unconfirmed", says("announcement_goodbye")),
        ],
        tests: Vec::new(),
    })
}

/// What the way of a call says of how it ended; `None`: nothing yet.
pub fn reached(walk: &Walk) -> Option<Reached> {
    match walk.position()? {
        CONFIRMED => Some(Reached::Confirmed),
        OPTED_OUT => Some(Reached::OptedOut),
        UNCONFIRMED => Some(Reached::Unconfirmed),
        _ => None,
    }
}

/// Heard once; a key is taken at any time, and a wrong one is as good as none.
fn asks(prompts: &[&str], otherwise: NodeId) -> Kind {
    Kind::Menu(Menu {
        question: Question {
            prompts: prompts.iter().map(|&key| key.to_owned()).collect(),
            timeout: PATIENCE,
            tries: 1,
            invalid_prompt: PAUSE.to_owned(),
            no_input_prompt: PAUSE.to_owned(),
        },
        keys: vec![('1', CONFIRMED), ('2', MESSAGE), ('9', OPTED_OUT)],
        otherwise,
    })
}

fn says(prompt: &str) -> Kind {
    Kind::Hangup(Hangup { prompt: Some(prompt.to_owned()), no_case: None })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dialplan::machine::{Action, Event};

    fn start() -> (Walk, Vec<Action>) {
        Walk::start(
            plan("sr", INTRODUCTION, "@1"),
            "+381641234567",
            jiff::civil::date(2026, 3, 2).at(12, 0, 0, 0),
        )
        .unwrap()
    }

    fn played(actions: &[Action]) -> Vec<&str> {
        let keys = actions.iter().filter_map(|action| match action {
            Action::Play { prompts, .. } => Some(prompts),
            _ => None,
        });
        keys.flatten().map(String::as_str).filter(|key| *key != PAUSE).collect()
    }

    #[test]
    fn says_who_calls_then_the_message_then_asks() {
        let (walk, opening) = start();
        assert_eq!(played(&opening), [INTRODUCTION, "@1", "announcement_ask"]);
        assert_eq!(reached(&walk), None);
        assert!(
            opening.iter().all(|action| matches!(action, Action::Play { language, .. } if language == "sr"))
        );
    }

    #[test]
    fn key_confirms_at_any_time() {
        for before in [vec![], vec![Event::Played], vec![Event::Played, Event::TimedOut]] {
            let (mut walk, _) = start();
            before.into_iter().for_each(|event| drop(walk.handle(event)));
            let said = walk.handle(Event::Digit('1'));
            assert_eq!(played(&said), ["announcement_thanks"]);
            assert_eq!(reached(&walk), Some(Reached::Confirmed));
            assert_eq!(walk.handle(Event::Played), [Action::Hangup]);
        }
    }

    #[test]
    fn silence_is_asked_once_more_and_then_left_alone() {
        let (mut walk, _) = start();
        assert_eq!(walk.handle(Event::Played), [Action::StartTimer(PATIENCE)]);
        assert_eq!(played(&walk.handle(Event::TimedOut)), ["announcement_ask"]);
        assert_eq!(walk.handle(Event::Played), [Action::StartTimer(PATIENCE)]);
        assert_eq!(played(&walk.handle(Event::TimedOut)), ["announcement_goodbye"]);
        assert_eq!(reached(&walk), Some(Reached::Unconfirmed));
        assert_eq!(walk.handle(Event::Played), [Action::Hangup]);
    }

    #[test]
    fn two_reads_it_again_and_nine_ends_such_calls() {
        let (mut walk, _) = start();
        walk.handle(Event::Played);
        assert_eq!(played(&walk.handle(Event::Digit('2'))), [INTRODUCTION, "@1", "announcement_ask"]);
        assert_eq!(reached(&walk), None);
        assert_eq!(played(&walk.handle(Event::Digit('9'))), ["announcement_opted_out"]);
        assert_eq!(reached(&walk), Some(Reached::OptedOut));
    }

    #[test]
    fn other_key_is_asked_again_without_the_message() {
        let (mut walk, _) = start();
        assert_eq!(played(&walk.handle(Event::Digit('5'))), ["announcement_ask"]);
        assert_eq!(played(&walk.handle(Event::Digit('1'))), ["announcement_thanks"]);
    }
}
