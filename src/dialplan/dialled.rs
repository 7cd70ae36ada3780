//! The plan of a call of a dialling campaign: whoever answers waits, in quiet, as long as the campaign lets them; whoever is not taken in time hears at once who
//! called, and may say that they do not want to be called. Built in, and walked by the machine of all plans.
//!
//! ```text
//! wait --operator--> (talk) --> goodbye
//!      --nobody----> sorry --9--> opted_out
//!                          -----> goodbye
//! ```

use std::sync::Arc;
use std::time::Duration;

use super::machine::Walk;
use super::plan::{Claim, Hangup, Kind, Menu, Node, NodeId, Number, Plan, Question, Queue};

/// No file of `dialplans/` has such a name.
pub const NAME: &str = "@dialled";

/// Prompts that it plays. A municipality records the first with its own name.
pub const PROMPTS: [&str; 6] = [
    "announcement_intro",
    "dialled_sorry",
    "dialled_ask",
    "announcement_opted_out",
    "announcement_goodbye",
    PAUSE,
];

/// Silence: whoever has just answered says their name, and waits for somebody to answer to it.
const PAUSE: &str = "pause";

/// For finding the key on a telephone that is held to the ear.
const PATIENCE: Duration = Duration::from_secs(5);

const WAIT: NodeId = NodeId(0);
const SORRY: NodeId = NodeId(1);
const OPTED_OUT: NodeId = NodeId(2);
const GOODBYE: NodeId = NodeId(3);

/// How whoever answers waits.
#[derive(Clone, Debug)]
pub struct Waits<'a> {
    pub queue: &'a str,
    pub patience: Duration,
    pub priority: i32,
    pub record: bool,
}

pub fn plan(language: &str, waits: &Waits<'_>) -> Arc<Plan> {
    let node = |name: &str, kind| Node { name: name.to_owned(), kind };
    let wait = Queue {
        queue: waits.queue.to_owned(),
        max_wait: waits.patience,
        priority: waits.priority,
        service: None,
        music: Some(PAUSE.to_owned()),
        announce: false,
        record: waits.record,
        consent: None,
        keys: Vec::new(),
        timeout: SORRY,
        no_agents: SORRY,
        overflow: SORRY,
        after: Some(GOODBYE),
    };
    Arc::new(Plan {
        name: NAME.to_owned(),
        revision: NAME.to_owned(),
        language: language.to_owned(),
        numbers: vec![Number { claim: Claim::Any, start: WAIT, language: None }],
        calendars: Vec::new(),
        nodes: vec![
            node("wait", Kind::Queue(wait)),
            node("sorry", sorry()),
            node("opted_out", says("announcement_opted_out")),
            node("goodbye", says("announcement_goodbye")),
        ],
        tests: Vec::new(),
    })
}

/// Whether the citizen said that they do not want to be called.
pub fn is_opted_out(walk: &Walk) -> bool {
    walk.position() == Some(OPTED_OUT) && walk.plan().name == NAME
}

fn sorry() -> Kind {
    let prompts = ["announcement_intro", "dialled_sorry", "dialled_ask"];
    Kind::Menu(Menu {
        question: Question {
            prompts: prompts.iter().map(|&key| key.to_owned()).collect(),
            timeout: PATIENCE,
            tries: 1,
            invalid_prompt: PAUSE.to_owned(),
            no_input_prompt: PAUSE.to_owned(),
        },
        keys: vec![('9', OPTED_OUT)],
        otherwise: GOODBYE,
    })
}

fn says(prompt: &str) -> Kind {
    Kind::Hangup(Hangup { prompt: Some(prompt.to_owned()), no_case: None })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dialplan::machine::{Action, Event, QueueEnd};

    fn start() -> (Walk, Vec<Action>) {
        let waits = Waits { queue: "@dial-7", patience: Duration::from_secs(2), priority: 0, record: false };
        let noon = jiff::civil::date(2026, 3, 2).at(12, 0, 0, 0);
        Walk::start(plan("sr", &waits), "+381641234567", noon).unwrap()
    }

    fn played(actions: &[Action]) -> Vec<&str> {
        let keys = actions.iter().filter_map(|action| match action {
            Action::Play { prompts, .. } => Some(prompts),
            _ => None,
        });
        keys.flatten().map(String::as_str).collect()
    }

    #[test]
    fn who_answers_waits_in_quiet_as_long_as_the_campaign_says() {
        let (_, opening) = start();
        let [Action::Queue { queue, max_wait, music, announce: false, .. }] = opening.as_slice() else {
            panic!("{opening:?}")
        };
        assert_eq!((queue.as_str(), *max_wait), ("@dial-7", Duration::from_secs(2)));
        assert_eq!(music.as_deref(), Some(PAUSE));
    }

    #[test]
    fn who_is_not_taken_hears_at_once_who_called_and_may_opt_out() {
        for end in [QueueEnd::Timeout, QueueEnd::NoAgents, QueueEnd::Overflow] {
            let (mut walk, _) = start();
            let said = walk.handle(Event::QueueEnded(end));
            assert_eq!(played(&said), ["announcement_intro", "dialled_sorry", "dialled_ask"]);
            assert!(!is_opted_out(&walk));
            assert_eq!(played(&walk.handle(Event::Digit('9'))), ["announcement_opted_out"]);
            assert!(is_opted_out(&walk));
            assert_eq!(walk.handle(Event::Played), [Action::Hangup]);
        }
    }

    #[test]
    fn silence_ends_with_a_goodbye() {
        let (mut walk, _) = start();
        walk.handle(Event::QueueEnded(QueueEnd::Timeout));
        walk.handle(Event::Played);
        assert_eq!(played(&walk.handle(Event::TimedOut)), ["announcement_goodbye"]);
    }

    #[test]
    fn after_a_talk_they_hear_a_goodbye_and_no_question() {
        let (mut walk, _) = start();
        walk.handle(Event::Connected);
        assert_eq!(played(&walk.handle(Event::QueueEnded(QueueEnd::Finished))), ["announcement_goodbye"]);
    }
}
