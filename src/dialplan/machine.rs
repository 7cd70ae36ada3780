//! The interpreter: events in, actions out. The server, the simulator and the tests of a plan run this same code.

use std::sync::Arc;
use std::time::Duration;

use jiff::civil::DateTime;

use super::plan::{Kind, Menu, NodeId, Plan, Record};
use crate::domain::calendar::State as Hours;
use crate::domain::case_state::CaseState;

/// What the call tells the plan.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// All prompts of the last [`Action::Play`] were heard to the end.
    Played,
    /// One key, `0-9 * # A-D`.
    Digit(char),
    /// The timer of the last [`Action::StartTimer`] ran out.
    TimedOut,
    /// The recording ended: by `#`, by its limit, by silence.
    Recorded { length: Duration },
    /// The disk or the media engine failed the recording.
    RecordingFailed,
    /// Somebody answered the last [`Action::Queue`] or [`Action::Dial`]: keys belong to the conversation from now on.
    Connected,
    /// The last [`Action::Queue`] is over.
    QueueEnded(QueueEnd),
    /// The last [`Action::Dial`] is over.
    DialEnded(DialEnd),
    /// The conference is over for this caller, or cannot be held.
    ConferenceEnded,
    /// The answer to [`Action::LookUpCase`]. `None`: no such case, a wrong PIN, or too many guesses.
    CaseFound(Option<CaseState>),
    /// The answer to [`Action::RequestCallback`].
    CallbackAccepted(bool),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum QueueEnd {
    /// `max_wait` is over.
    Timeout,
    /// Nobody serves the queue now.
    NoAgents,
    /// The queue takes nobody more.
    Overflow,
    /// The conversation took place, and the operator has hung up.
    Finished,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum DialEnd {
    Busy,
    NoAnswer,
    /// Unknown, unreachable, not allowed.
    Failed,
    /// The conversation took place, and the other side has hung up.
    Finished,
}

/// What the plan wants of the call. Done in order; the plan is told of what ends by an [`Event`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Action {
    /// Prompt keys, joined without a gap. Replaces what is playing.
    Play {
        prompts: Vec<String>,
        language: String,
    },
    /// The caller pressed a key into a prompt. No [`Event::Played`] is expected for it any more.
    StopPlaying,
    /// Replaces a running timer.
    StartTimer(Duration),
    StopTimer,
    /// Starts with a beep. Ends by `#`, `max`, or `silence` without voice. Shorter than `min` counts as nothing said.
    Record {
        max: Duration,
        min: Duration,
        silence: Option<Duration>,
    },
    /// Category key. Done by the call while the walk goes on.
    OpenCase {
        category: String,
    },
    /// A text to the caller by template.
    SendText {
        template: String,
    },
    /// Wait for an operator and talk to one. Told of by [`Event::Connected`] and ended by [`Event::QueueEnded`].
    Queue {
        queue: String,
        max_wait: Duration,
        /// Higher comes first.
        priority: i32,
        service: Option<String>,
        language: String,
        /// Key of a prompt, heard in a loop.
        music: Option<String>,
        /// Whether position and expected wait are told.
        announce: bool,
        record: bool,
        /// Only these are of interest while the caller waits; each is told by an [`Event::Digit`].
        keys: Vec<char>,
    },
    /// The caller waits no longer, by a key. No [`Event::QueueEnded`] is expected any more.
    LeaveQueue,
    /// Call back, in the place of the queue that the caller has (no [`Action::LeaveQueue`] came before) or at its end. Answered by
    /// [`Event::CallbackAccepted`].
    RequestCallback {
        queue: String,
        /// As typed; `None`: the number that calls.
        number: Option<String>,
        language: String,
    },
    /// Ended by [`Event::DialEnded`].
    Dial {
        target: DialTarget,
        timeout: Duration,
        /// Key of a prompt, heard in a loop in place of the ringing tone.
        music: Option<String>,
        record: bool,
    },
    /// Ended by [`Event::ConferenceEnded`].
    Conference {
        room: String,
        record: bool,
    },
    /// State of a case by the digits of its number. Answered by [`Event::CaseFound`].
    LookUpCase {
        digits: String,
        pin: String,
    },
    /// Done by the call while the walk goes on.
    SurveyAnswer {
        survey: String,
        question: String,
        answer: char,
    },
    Hangup,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum DialTarget {
    /// By extension.
    Operator(String),
    /// By key: whoever of it is free.
    Department(String),
    /// As written in the plan; goes out by a trunk.
    Number(String),
}

/// Nodes entered without the caller pressing anything in between. The checker refuses plans that could go in circles; this
/// is for a plan that slipped through.
const MAX_NODES_WITHOUT_KEY: u32 = 64;

/// Nodes entered in one call, so that what is written to the call record stays small whatever the caller presses.
const MAX_NODES: usize = 1_000;

/// One call's way through a plan. Owns the plan's revision for as long as the call lasts.
#[derive(Clone, Debug)]
pub struct Walk {
    plan: Arc<Plan>,
    /// Local time at which the call began. Schedules ask for this moment, not for now: who reached us in working hours is
    /// not told in the middle of the call that we are closed.
    at: DateTime,
    language: String,
    path: Vec<NodeId>,
    nodes_without_key: u32,
    state: State,
}

/// What the walk waits for.
#[derive(Clone, Debug)]
enum State {
    Playing {
        next: NodeId,
    },
    /// The menu's prompt is heard; a key is taken at once.
    Offering {
        menu: NodeId,
        tries_left: u32,
    },
    /// The prompt is over and the timer runs.
    Choosing {
        menu: NodeId,
        tries_left: u32,
    },
    /// What to say is explained; `#` skips the explanation.
    Announcing {
        record: NodeId,
    },
    Recording {
        record: NodeId,
    },
    /// The last prompt before the end.
    Leaving,
    Over,
}

impl Walk {
    /// Begins at the node that the dialled number leads to. `None`: the number is not one of this plan.
    pub fn start(plan: Arc<Plan>, number: &str, at: DateTime) -> Option<(Self, Vec<Action>)> {
        let entry = plan.entry(number)?;
        let start = entry.start;
        let language = entry.language.clone().unwrap_or_else(|| plan.language.clone());
        let mut walk =
            Self { plan, at, language, path: Vec::new(), nodes_without_key: 0, state: State::Over };
        let mut actions = Vec::new();
        walk.enter(start, &mut actions);
        Some((walk, actions))
    }

    /// An event that the walk does not wait for (a key during a plain prompt, a timer that was stopped) changes nothing.
    pub fn handle(&mut self, event: Event) -> Vec<Action> {
        let mut actions = Vec::new();
        let plan = Arc::clone(&self.plan);
        match (&self.state, event) {
            (State::Playing { next }, Event::Played) => self.enter(*next, &mut actions),
            (&State::Offering { menu, tries_left }, Event::Played) => {
                if let Some(Kind::Menu(node)) = plan.node(menu).map(|n| &n.kind) {
                    self.state = State::Choosing { menu, tries_left };
                    actions.push(Action::StartTimer(node.timeout));
                }
            }
            (&State::Offering { menu, tries_left }, Event::Digit(key)) => {
                actions.push(Action::StopPlaying);
                self.choose(&plan, menu, tries_left, key, &mut actions);
            }
            (&State::Choosing { menu, tries_left }, Event::Digit(key)) => {
                actions.push(Action::StopTimer);
                self.choose(&plan, menu, tries_left, key, &mut actions);
            }
            (&State::Choosing { menu, tries_left }, Event::TimedOut) => {
                if let Some(Kind::Menu(node)) = plan.node(menu).map(|n| &n.kind) {
                    self.offer_again(menu, node, tries_left, &node.no_input_prompt, &mut actions);
                }
            }
            (&State::Announcing { record }, Event::Played) => self.record(&plan, record, &mut actions),
            (&State::Announcing { record }, Event::Digit('#')) => {
                actions.push(Action::StopPlaying);
                self.record(&plan, record, &mut actions);
            }
            (&State::Recording { record }, Event::Recorded { length }) => {
                if let Some(Kind::Record(node)) = plan.node(record).map(|n| &n.kind) {
                    self.enter(if length < node.min { node.empty } else { node.next }, &mut actions);
                }
            }
            (&State::Recording { record }, Event::RecordingFailed) => {
                if let Some(Kind::Record(node)) = plan.node(record).map(|n| &n.kind) {
                    self.enter(node.failed, &mut actions);
                }
            }
            (State::Leaving, Event::Played) => self.end(&mut actions),
            _ => {}
        }
        actions
    }

    /// Names of the nodes entered so far, in order.
    pub fn path(&self) -> Vec<String> {
        self.path.iter().filter_map(|id| self.plan.node(*id)).map(|node| node.name.clone()).collect()
    }

    /// The plan has asked to hang up; nothing more will come.
    pub fn is_over(&self) -> bool {
        matches!(self.state, State::Over)
    }

    pub fn plan(&self) -> &Arc<Plan> {
        &self.plan
    }

    /// The node in which the walk waits.
    pub fn position(&self) -> Option<NodeId> {
        self.path.last().copied()
    }

    /// Runs through nodes until one waits for the caller or the media.
    fn enter(&mut self, first: NodeId, actions: &mut Vec<Action>) {
        let plan = Arc::clone(&self.plan);
        let mut next = Some(first);
        while let Some(id) = next {
            self.nodes_without_key += 1;
            let Some(node) = plan.node(id) else { return self.end(actions) };
            if self.nodes_without_key > MAX_NODES_WITHOUT_KEY || self.path.len() >= MAX_NODES {
                return self.end(actions);
            }
            self.path.push(id);
            next = self.step(&plan, id, &node.kind, actions);
        }
    }

    /// Does one node. `Some`: the walk goes on there at once.
    fn step(&mut self, plan: &Plan, id: NodeId, kind: &Kind, actions: &mut Vec<Action>) -> Option<NodeId> {
        match kind {
            Kind::Schedule { calendar, open, closed, holiday } => {
                Some(match plan.calendar(*calendar).map(|c| c.state(self.at)) {
                    Some(Hours::Open) => *open,
                    Some(Hours::Holiday(_)) => *holiday,
                    Some(Hours::Closed) | None => *closed,
                })
            }
            Kind::Case { category, next } => {
                actions.push(Action::OpenCase { category: category.clone() });
                Some(*next)
            }
            Kind::Sms { template, next } => {
                actions.push(Action::SendText { template: template.clone() });
                Some(*next)
            }
            Kind::Language { language, next } => {
                self.language.clone_from(language);
                Some(*next)
            }
            Kind::Goto { next } => Some(*next),
            Kind::Play { prompts, next } => {
                self.play(prompts.clone(), actions);
                self.state = State::Playing { next: *next };
                None
            }
            Kind::Menu(menu) => {
                self.play(vec![menu.prompt.clone()], actions);
                self.state = State::Offering { menu: id, tries_left: menu.tries.saturating_sub(1) };
                None
            }
            Kind::Record(Record { prompt: Some(prompt), .. }) => {
                self.play(vec![prompt.clone()], actions);
                self.state = State::Announcing { record: id };
                None
            }
            Kind::Record(_) => {
                self.record(plan, id, actions);
                None
            }
            Kind::Hangup { prompt: Some(prompt) } => {
                self.play(vec![prompt.clone()], actions);
                self.state = State::Leaving;
                None
            }
            Kind::Hangup { prompt: None } => {
                self.end(actions);
                None
            }
        }
    }

    fn choose(&mut self, plan: &Plan, id: NodeId, tries_left: u32, key: char, actions: &mut Vec<Action>) {
        let Some(Kind::Menu(menu)) = plan.node(id).map(|n| &n.kind) else { return self.end(actions) };
        match menu.keys.iter().find(|(k, _)| *k == key) {
            Some((_, next)) => {
                self.nodes_without_key = 0;
                self.enter(*next, actions);
            }
            None => self.offer_again(id, menu, tries_left, &menu.invalid_prompt, actions),
        }
    }

    fn offer_again(
        &mut self,
        id: NodeId,
        menu: &Menu,
        tries_left: u32,
        complaint: &str,
        actions: &mut Vec<Action>,
    ) {
        match tries_left.checked_sub(1) {
            Some(tries_left) => {
                self.play(vec![complaint.to_owned(), menu.prompt.clone()], actions);
                self.state = State::Offering { menu: id, tries_left };
            }
            None => self.enter(menu.otherwise, actions),
        }
    }

    fn record(&mut self, plan: &Plan, id: NodeId, actions: &mut Vec<Action>) {
        let Some(Kind::Record(record)) = plan.node(id).map(|n| &n.kind) else { return self.end(actions) };
        actions.push(Action::Record { max: record.max, min: record.min, silence: record.silence });
        self.state = State::Recording { record: id };
    }

    fn play(&self, prompts: Vec<String>, actions: &mut Vec<Action>) {
        actions.push(Action::Play { prompts, language: self.language.clone() });
    }

    fn end(&mut self, actions: &mut Vec<Action>) {
        self.state = State::Over;
        actions.push(Action::Hangup);
    }
}

#[cfg(test)]
mod tests;
