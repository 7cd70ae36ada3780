//! What a walk waits for, for those who pretend to be the call: the simulator and the walk over all paths.

use std::hash::{Hash, Hasher};
use std::time::Duration;

use super::{Field, State, Walk, ask, typing};
use crate::dialplan::plan::{Check, Kind, NodeId};

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Waits {
    /// The end of a prompt; `#` skips it when it explains a recording.
    Prompt {
        skippable: bool,
    },
    /// One of these keys, or the timer once the prompt is `heard`.
    Key {
        keys: Vec<char>,
        heard: bool,
    },
    /// Digits. `good` is an example that is accepted, when one is known; `bad` is none.
    Digits {
        good: Option<String>,
        bad: String,
        terminator: char,
        heard: bool,
    },
    Recording {
        min: Duration,
        max: Duration,
    },
    Queue {
        keys: Vec<char>,
        max_wait: Duration,
    },
    Dial {
        timeout: Duration,
    },
    Conference,
    /// In conversation; the node says what ends it.
    Talk {
        in_queue: bool,
    },
    CaseLookUp,
    CallbackAnswer,
    Nothing,
}

impl Walk {
    pub fn waits(&self) -> Waits {
        match &self.state {
            State::Playing { .. } | State::Leaving => Waits::Prompt { skippable: false },
            State::Announcing { .. } => Waits::Prompt { skippable: true },
            State::Asking { node, step, heard, .. } => {
                Waits::Key { keys: ask::answers(&self.plan, *node, step), heard: *heard }
            }
            State::Typing { node, field, heard, .. } => self.digits(*node, field, *heard),
            State::Recording { record } => match self.kind(*record) {
                Some(Kind::Record(node)) => Waits::Recording { min: node.min, max: node.max },
                _ => Waits::Nothing,
            },
            State::Waiting { node } => match self.kind(*node) {
                Some(Kind::Queue(queue)) => Waits::Queue {
                    keys: queue.keys.iter().map(|(key, _)| *key).collect(),
                    max_wait: queue.max_wait,
                },
                Some(Kind::Dial(dial)) => Waits::Dial { timeout: dial.timeout },
                _ => Waits::Conference,
            },
            State::Talking { node } => match self.kind(*node) {
                Some(Kind::Conference(_)) => Waits::Conference,
                kind => Waits::Talk { in_queue: matches!(kind, Some(Kind::Queue(_))) },
            },
            State::LookingUp { .. } => Waits::CaseLookUp,
            State::Requesting { .. } => Waits::CallbackAnswer,
            State::Over => Waits::Nothing,
        }
    }

    /// Whether a place in a queue is kept, so that an operator may answer in the middle of anything.
    pub fn keeps_place(&self) -> bool {
        self.queued.is_some()
    }

    /// Nodes entered so far, in order.
    pub fn nodes(&self) -> &[NodeId] {
        &self.path
    }

    /// Some digits are typed, and more are waited for.
    pub fn is_typing(&self) -> bool {
        matches!(&self.state, State::Typing { typed, .. } if !typed.is_empty())
    }

    /// Hashes what decides how the call can go on, and not the way here: two walks that agree go on alike.
    pub fn hash_state(&self, hasher: &mut impl Hasher) {
        self.state.hash(hasher);
        self.position().hash(hasher);
        self.language.hash(hasher);
        self.inputs.hash(hasher);
        self.queued.hash(hasher);
        self.consent_heard.hash(hasher);
        self.lookups.hash(hasher);
        self.at.hash(hasher);
        self.caller.is_some().hash(hasher);
    }

    fn digits(&self, node: NodeId, field: &Field, heard: bool) -> Waits {
        let Some(blank) = typing::blank(&self.plan, node, field) else { return Waits::Nothing };
        let (good, bad) = match (field, self.kind(node)) {
            (Field::Input, Some(Kind::Input(input))) => {
                let bad = if *input.length.start() > 1 { "1" } else { "" };
                (example(&input.check, *input.length.start(), *input.length.end()), bad.to_owned())
            }
            (Field::RoomPin, Some(Kind::Conference(conference))) => {
                let pin = conference.pin.as_ref().map(|(pin, _)| pin.clone());
                let bad = if pin.as_deref() == Some("0") { "1" } else { "0" };
                (pin, bad.to_owned())
            }
            (Field::CallbackNumber, _) => (Some("0641234567".to_owned()), "12".to_owned()),
            (Field::CasePin { .. }, _) => (Some("1234".to_owned()), "1".to_owned()),
            _ => (Some("4001".to_owned()), String::new()),
        };
        Waits::Digits { good, bad, terminator: blank.terminator, heard }
    }
}

/// Digits that the check accepts.
fn example(check: &Check, shortest: usize, longest: usize) -> Option<String> {
    if let Check::Range(range) = check {
        // With zeros in front where that is the only way to the length.
        let digits = format!("{:0shortest$}", range.start());
        return (digits.len() <= longest).then_some(digits);
    }
    let body = "7".repeat(shortest.saturating_sub(2));
    (0..100)
        .map(|tail| format!("{body}{tail:02}"))
        .chain((0..10).map(|tail| tail.to_string()))
        .find(|digits| (shortest..=longest).contains(&digits.len()) && check.accepts(digits))
}
