//! What each kind of node holds, and where it leads.

use std::ops::RangeInclusive;
use std::time::Duration;

use super::{Kind, NodeId};
use crate::dialplan::machine::DialTarget;
use crate::dialplan::speech::{Gender, Manner};

/// How a caller is asked: how long, how often, and what is heard when it went wrong.
#[derive(Clone, Debug)]
pub struct Question {
    pub prompts: Vec<String>,
    /// Counted from the end of the prompt, or from the last digit.
    pub timeout: Duration,
    /// How often the prompt is heard before the exit for those who give no answer is taken.
    pub tries: u32,
    /// Heard before the prompt is repeated: after a wrong answer, after silence.
    pub invalid_prompt: String,
    pub no_input_prompt: String,
}

#[derive(Clone, Debug)]
pub struct Menu {
    pub question: Question,
    pub keys: Vec<(char, NodeId)>,
    pub otherwise: NodeId,
}

/// A choice of languages by key. Who presses nothing goes on in the language of before.
#[derive(Clone, Debug)]
pub struct LanguageMenu {
    pub question: Question,
    pub keys: Vec<(char, String)>,
    pub next: NodeId,
}

/// Something that is put together of recorded pieces.
#[derive(Clone, Debug)]
pub struct Say {
    /// Heard before and after it.
    pub before: Vec<String>,
    pub after: Vec<String>,
    pub source: Source,
    pub manner: Manner,
    pub gender: Gender,
    pub next: NodeId,
}

/// Where the thing to say comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Source {
    /// Written in the plan.
    Written(String),
    /// What the caller typed into the `input` node that stores under this name.
    Input(String),
    /// The moment in which the call began.
    Now,
    /// The number that calls.
    Caller,
}

#[derive(Clone, Debug)]
pub struct Record {
    pub prompt: Option<String>,
    pub max: Duration,
    pub min: Duration,
    pub silence: Option<Duration>,
    pub next: NodeId,
    /// Nothing was said.
    pub empty: NodeId,
    /// It could not be recorded: the disk is full, say.
    pub failed: NodeId,
}

/// State of a case by its number and PIN.
#[derive(Clone, Debug)]
pub struct CaseState {
    pub number: Question,
    pub pin: Question,
    /// Names of `input` nodes; then nothing is asked here.
    pub number_from: Option<String>,
    pub pin_from: Option<String>,
    pub tries: u32,
    pub found: NodeId,
    pub not_found: NodeId,
}

/// Digits that the caller types.
#[derive(Clone, Debug)]
pub struct Input {
    pub question: Question,
    /// Name under which `say`, `case_state` and `dial` find it.
    pub store: String,
    pub length: RangeInclusive<usize>,
    /// Ends the digits before the longest length is reached.
    pub terminator: char,
    pub check: Check,
    pub next: NodeId,
    pub failed: NodeId,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Check {
    None,
    /// ISO/IEC 7812-1 annex B: the last digit is the check digit.
    Luhn,
    /// ISO 7064 MOD 97-10, as in Serbian payment references: the whole number leaves 1.
    Mod97,
    Range(RangeInclusive<u64>),
}

#[derive(Clone, Debug)]
pub struct Queue {
    pub queue: String,
    pub max_wait: Duration,
    pub priority: i32,
    pub service: Option<String>,
    pub music: Option<String>,
    pub announce: bool,
    pub record: bool,
    /// Heard before a conversation that is recorded, once in a call.
    pub consent: Option<String>,
    /// Taken while the caller waits.
    pub keys: Vec<(char, NodeId)>,
    pub timeout: NodeId,
    pub no_agents: NodeId,
    pub overflow: NodeId,
    /// When the conversation is over and the operator has hung up; without it we hang up too.
    pub after: Option<NodeId>,
}

/// A promise to call back: at the number that calls, or at another one that the caller types.
#[derive(Clone, Debug)]
pub struct Callback {
    pub queue: String,
    /// "We call you back at the number".
    pub offer_prompt: String,
    /// "To confirm, press one; for another number, two; to go on without, star."
    pub confirm: Question,
    pub number: Question,
    pub accepted_prompt: String,
    pub next: NodeId,
    /// The caller does not want it after all.
    pub cancelled: NodeId,
    /// No number, or the queue calls nobody back.
    pub failed: NodeId,
}

#[derive(Clone, Debug)]
pub struct Dial {
    pub target: Target,
    pub timeout: Duration,
    pub music: Option<String>,
    pub record: bool,
    pub consent: Option<String>,
    pub busy: NodeId,
    pub no_answer: NodeId,
    pub failed: NodeId,
    pub after: Option<NodeId>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Target {
    Fixed(DialTarget),
    /// An operator's extension, as typed into the `input` node that stores under this name.
    OperatorFrom(String),
}

#[derive(Clone, Debug)]
pub struct Conference {
    pub room: String,
    pub record: bool,
    pub consent: Option<String>,
    /// Asked for before the caller is let in.
    pub pin: Option<(String, Question)>,
    pub wrong_pin: Option<NodeId>,
    /// When it is over; without it we hang up.
    pub next: Option<NodeId>,
}

/// Questions that are answered with one key each. Unanswered ones are passed over.
#[derive(Clone, Debug)]
pub struct Survey {
    pub name: String,
    pub questions: Vec<SurveyQuestion>,
    pub next: NodeId,
}

#[derive(Clone, Debug)]
pub struct SurveyQuestion {
    pub key: String,
    pub question: Question,
    /// Keys that count as an answer.
    pub answers: Vec<char>,
}

#[derive(Clone, Debug, Default)]
pub struct Hangup {
    pub prompt: Option<String>,
    /// Why this end may be reached without anything that makes a case. The contact is a missed call all the same.
    pub no_case: Option<String>,
}

/// One way out of a node.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Exit {
    /// As the plan writes it.
    pub name: String,
    pub to: NodeId,
    /// Only a caller who pressed something comes here.
    pub by_key: bool,
    /// Whoever goes this way has left something that is a case, or has talked to somebody.
    pub with_case: bool,
}

impl Exit {
    fn new(name: impl Into<String>, to: NodeId) -> Self {
        Self { name: name.into(), to, by_key: false, with_case: false }
    }

    fn by_key(mut self) -> Self {
        self.by_key = true;
        self
    }

    fn with_case(mut self) -> Self {
        self.with_case = true;
        self
    }
}

impl Kind {
    pub fn exits(&self) -> Vec<Exit> {
        let exit = |name: &str, to: &NodeId| Exit::new(name, *to);
        let keys = |keys: &[(char, NodeId)]| -> Vec<Exit> {
            keys.iter().map(|(key, to)| Exit::new(key.to_string(), *to).by_key()).collect()
        };
        match self {
            Self::Schedule { open, closed, holiday, .. } => {
                vec![exit("open", open), exit("closed", closed), exit("holiday", holiday)]
            }
            Self::Menu(menu) => {
                keys(&menu.keys).into_iter().chain([exit("otherwise", &menu.otherwise)]).collect()
            }
            Self::Record(node) => {
                let exits = [("next", &node.next), ("empty", &node.empty), ("failed", &node.failed)];
                exits.map(|(name, to)| exit(name, to).with_case()).into()
            }
            Self::Case { next, .. } => vec![exit("next", next).with_case()],
            Self::CaseState(node) => {
                vec![exit("found", &node.found).by_key().with_case(), exit("not_found", &node.not_found)]
            }
            Self::Input(node) => vec![exit("next", &node.next).by_key(), exit("failed", &node.failed)],
            Self::Queue(node) => queue_exits(node, keys(&node.keys)),
            Self::Callback(node) => vec![
                exit("next", &node.next).by_key().with_case(),
                exit("cancelled", &node.cancelled).by_key(),
                exit("failed", &node.failed),
            ],
            Self::Dial(node) => {
                let exits = [("busy", &node.busy), ("no_answer", &node.no_answer), ("failed", &node.failed)];
                let after = node.after.iter().map(|to| ("after", to));
                let mut exits: Vec<Exit> =
                    exits.into_iter().chain(after).map(|(name, to)| exit(name, to).with_case()).collect();
                // What was not typed is not dialled.
                if let (Target::OperatorFrom(_), Some(failed)) = (&node.target, exits.get_mut(2)) {
                    failed.with_case = false;
                }
                exits
            }
            Self::Conference(node) => {
                let wrong = node.wrong_pin.iter().map(|to| exit("wrong_pin", to));
                wrong.chain(node.next.iter().map(|to| exit("next", to).with_case())).collect()
            }
            Self::Play { next, .. }
            | Self::Say(Say { next, .. })
            | Self::Sms { next, .. }
            | Self::Language { next, .. }
            | Self::LanguageMenu(LanguageMenu { next, .. })
            | Self::Survey(Survey { next, .. })
            | Self::Goto { next } => vec![exit("next", next)],
            Self::Hangup(_) => Vec::new(),
        }
    }

    /// The word of the heading.
    pub fn word(&self) -> &'static str {
        match self {
            Self::Schedule { .. } => "schedule",
            Self::Menu(_) => "menu",
            Self::Play { .. } => "play",
            Self::Say(_) => "say",
            Self::Record(_) => "record",
            Self::Case { .. } => "case",
            Self::CaseState(_) => "case_state",
            Self::Sms { .. } => "sms",
            Self::Language { .. } | Self::LanguageMenu(_) => "language",
            Self::Input(_) => "input",
            Self::Queue(_) => "queue",
            Self::Callback(_) => "callback",
            Self::Dial(_) => "dial",
            Self::Conference(_) => "conference",
            Self::Survey(_) => "survey",
            Self::Goto { .. } => "goto",
            Self::Hangup(_) => "hangup",
        }
    }
}

fn queue_exits(node: &Queue, keys: Vec<Exit>) -> Vec<Exit> {
    let named = [("timeout", &node.timeout), ("no_agents", &node.no_agents), ("overflow", &node.overflow)];
    let named = named.into_iter().chain(node.after.iter().map(|to| ("after", to)));
    let named = named.map(|(name, to)| Exit::new(name, *to));
    keys.into_iter().chain(named).map(Exit::with_case).collect()
}
