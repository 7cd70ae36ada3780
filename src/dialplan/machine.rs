//! The interpreter: events in, actions out. The server, the simulator and the tests of a plan run this same code.

mod ask;
mod event;
mod talk;
mod typing;
mod waits;

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::civil::DateTime;

pub use self::event::{Action, DialEnd, DialTarget, Event, QueueEnd};
pub use self::waits::Waits;
use super::plan::{Kind, NodeId, Plan, Record, Say, Source};
use super::speech;
use crate::domain::calendar::State as Hours;

/// Nodes entered without the caller pressing anything in between. The checker refuses plans with longer ways; this is for a
/// plan that slipped through.
pub(super) const MAX_NODES_WITHOUT_KEY: u32 = 64;

/// Nodes entered in one call, so that what is written to the call record stays small whatever the caller presses.
const MAX_NODES: usize = 1_000;

/// One call's way through a plan. Owns the plan's revision for as long as the call lasts.
#[derive(Clone, Debug)]
pub struct Walk {
    plan: Arc<Plan>,
    /// Local time at which the call began. Schedules ask for this moment, not for now: who reached us in working hours is
    /// not told in the middle of the call that we are closed.
    at: DateTime,
    /// The number that calls, if it is shown.
    caller: Option<String>,
    language: String,
    path: Vec<NodeId>,
    nodes_without_key: u32,
    /// What the caller typed, by the name of the `input` node's store.
    inputs: BTreeMap<String, String>,
    /// The queue node whose place the caller still has, while a callback from it is talked over.
    queued: Option<NodeId>,
    /// That the call is recorded is said once.
    consent_heard: bool,
    lookups: u32,
    state: State,
}

/// What the walk waits for.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum State {
    Playing {
        then: Then,
    },
    /// One key is asked for. Before the prompt is `heard` a key is taken at once; after it the timer runs.
    Asking {
        node: NodeId,
        step: Step,
        tries_left: u32,
        heard: bool,
    },
    /// Several digits are asked for.
    Typing {
        node: NodeId,
        field: Field,
        typed: String,
        tries_left: u32,
        heard: bool,
    },
    /// What to say is explained; `#` skips the explanation.
    Announcing {
        record: NodeId,
    },
    Recording {
        record: NodeId,
    },
    /// In a queue, or somebody is rung.
    Waiting {
        node: NodeId,
    },
    /// With an operator, a number or a conference.
    Talking {
        node: NodeId,
    },
    LookingUp {
        node: NodeId,
        tries_left: u32,
    },
    /// Whether we shall call back.
    Requesting {
        node: NodeId,
    },
    /// The last prompt before the end.
    Leaving,
    Over,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum Then {
    Enter(NodeId),
    /// That the conversation is recorded was said.
    Talk(NodeId),
}

/// Which question of a node.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum Step {
    Menu,
    Language,
    /// Whether to call back at this number; `None`: at the one that calls.
    Callback(Option<String>),
    /// Index of the question.
    Survey(usize),
}

/// Which digits of a node.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum Field {
    Input,
    CallbackNumber,
    CaseNumber,
    CasePin { digits: String },
    RoomPin,
}

impl Walk {
    /// Begins at the node that the dialled number leads to. `None`: the number is not one of this plan.
    pub fn start(plan: Arc<Plan>, number: &str, at: DateTime) -> Option<(Self, Vec<Action>)> {
        Self::start_for(plan, number, None, at)
    }

    /// As [`Walk::start`], for a caller whose number is known.
    pub fn start_for(
        plan: Arc<Plan>,
        number: &str,
        caller: Option<&str>,
        at: DateTime,
    ) -> Option<(Self, Vec<Action>)> {
        let entry = plan.entry(number)?;
        let start = entry.start;
        let language = entry.language.clone().unwrap_or_else(|| plan.language.clone());
        let mut walk = Self {
            plan,
            at,
            caller: caller.map(str::to_owned),
            language,
            path: Vec::new(),
            nodes_without_key: 0,
            inputs: BTreeMap::new(),
            queued: None,
            consent_heard: false,
            lookups: 0,
            state: State::Over,
        };
        let mut actions = Vec::new();
        walk.enter(start, &mut actions);
        Some((walk, actions))
    }

    /// An event that the walk does not wait for (a key during a plain prompt, a timer that was stopped) changes nothing.
    pub fn handle(&mut self, event: Event) -> Vec<Action> {
        let mut actions = Vec::new();
        let out = &mut actions;
        match (self.state.clone(), event) {
            (State::Playing { then: Then::Enter(next) }, Event::Played) => self.enter(next, out),
            (State::Playing { then: Then::Talk(node) }, Event::Played) => self.talk(node, out),
            (State::Asking { node, step, tries_left, heard }, event) if is_answer(&event) => {
                self.asked(node, step, tries_left, heard, event, out);
            }
            (State::Typing { node, field, typed, tries_left, heard }, event) if is_answer(&event) => {
                self.typed(node, field, typed, tries_left, heard, event, out);
            }
            (State::Announcing { record }, Event::Played) => self.record(record, out),
            (State::Announcing { record }, Event::Digit('#')) => {
                out.push(Action::StopPlaying);
                self.record(record, out);
            }
            (State::Recording { record }, Event::Recorded { length }) => {
                if let Some(Kind::Record(node)) = self.kind(record) {
                    let next = if length < node.min { node.empty } else { node.next };
                    self.enter(next, out);
                }
            }
            (State::Recording { record }, Event::RecordingFailed) => {
                if let Some(Kind::Record(node)) = self.kind(record) {
                    let failed = node.failed;
                    self.enter(failed, out);
                }
            }
            (State::Waiting { node }, Event::Digit(key)) => self.key_while_waiting(node, key, out),
            (State::Waiting { node } | State::Talking { node }, event) if is_of_talk(&event) => {
                self.talk_event(node, event, out);
            }
            (State::LookingUp { node, tries_left }, Event::CaseFound(found)) => {
                self.looked_up(node, tries_left, found, out);
            }
            (State::Requesting { node }, Event::CallbackAccepted(accepted)) => {
                self.callback_answered(node, accepted, out);
            }
            (_, event @ (Event::Connected | Event::QueueEnded(_))) => self.place_changed(event, out),
            (State::Leaving, Event::Played) => self.end(out),
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

    /// What is spoken now.
    pub fn language(&self) -> &str {
        &self.language
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
            self.give_up_place(&plan, &node.kind, actions);
            self.path.push(id);
            next = self.step(&plan, id, &node.kind, actions);
        }
    }

    /// Does one node. `Some`: the walk goes on there at once.
    fn step(&mut self, plan: &Plan, id: NodeId, kind: &Kind, actions: &mut Vec<Action>) -> Option<NodeId> {
        match kind {
            Kind::Schedule { calendar, open, closed, holiday } => {
                return Some(match plan.calendar(*calendar).map(|c| c.state(self.at)) {
                    Some(Hours::Open) => *open,
                    Some(Hours::Holiday(_)) => *holiday,
                    Some(Hours::Closed) | None => *closed,
                });
            }
            Kind::Case { category, next } => {
                actions.push(Action::OpenCase { category: category.clone() });
                return Some(*next);
            }
            Kind::Sms { template, next } => {
                actions.push(Action::SendText { template: template.clone() });
                return Some(*next);
            }
            Kind::Language { language, next } => {
                self.language.clone_from(language);
                return Some(*next);
            }
            Kind::Goto { next } => return Some(*next),
            Kind::Play { prompts, next } => return self.play_then(prompts.clone(), *next, actions),
            Kind::Say(node) => return self.play_then(self.said(node), node.next, actions),
            Kind::Menu(menu) => self.ask(id, Step::Menu, menu.question.tries, None, actions),
            Kind::LanguageMenu(menu) => self.ask(id, Step::Language, menu.question.tries, None, actions),
            Kind::Survey(node) => return self.ask_survey(id, node, 0, actions),
            Kind::Input(node) => self.ask_digits(id, Field::Input, node.question.tries, None, actions),
            Kind::CaseState(node) => return self.case_state(id, node, actions),
            Kind::Callback(node) => self.callback(id, node, actions),
            Kind::Queue(_) | Kind::Dial(_) => self.talk(id, actions),
            Kind::Conference(node) if node.pin.is_some() => {
                let tries = node.pin.as_ref().map_or(1, |(_, question)| question.tries);
                self.ask_digits(id, Field::RoomPin, tries, None, actions);
            }
            Kind::Conference(_) => self.talk(id, actions),
            Kind::Record(Record { prompt: Some(prompt), .. }) => {
                self.play(vec![prompt.clone()], actions);
                self.state = State::Announcing { record: id };
            }
            Kind::Record(_) => self.record(id, actions),
            Kind::Hangup(node) => match &node.prompt {
                Some(prompt) => {
                    self.play(vec![prompt.clone()], actions);
                    self.state = State::Leaving;
                }
                None => self.end(actions),
            },
        }
        None
    }

    fn said(&self, node: &Say) -> Vec<String> {
        let text = match &node.source {
            Source::Written(text) => Some(text.clone()),
            Source::Input(name) => self.inputs.get(name).cloned(),
            Source::Caller => self.caller.clone(),
            Source::Now if node.manner == speech::Manner::Date => Some(self.at.date().to_string()),
            Source::Now => Some(self.at.time().to_string()),
        };
        let said = text.map(|text| speech::pieces(node.manner, node.gender, &text, &self.language));
        let said = said.unwrap_or_default();
        node.before.iter().cloned().chain(said).chain(node.after.iter().cloned()).collect()
    }

    /// `Some`: nothing is to be heard.
    fn play_then(&mut self, prompts: Vec<String>, next: NodeId, actions: &mut Vec<Action>) -> Option<NodeId> {
        if prompts.is_empty() {
            return Some(next);
        }
        self.play(prompts, actions);
        self.state = State::Playing { then: Then::Enter(next) };
        None
    }

    fn record(&mut self, id: NodeId, actions: &mut Vec<Action>) {
        let plan = Arc::clone(&self.plan);
        let Some(Kind::Record(record)) = plan.node(id).map(|n| &n.kind) else { return self.end(actions) };
        actions.push(Action::Record { max: record.max, min: record.min, silence: record.silence });
        self.state = State::Recording { record: id };
    }

    fn play(&self, prompts: Vec<String>, actions: &mut Vec<Action>) {
        actions.push(Action::Play { prompts, language: self.language.clone() });
    }

    fn end(&mut self, actions: &mut Vec<Action>) {
        if self.queued.take().is_some() {
            actions.push(Action::LeaveQueue);
        }
        self.state = State::Over;
        actions.push(Action::Hangup);
    }

    fn kind(&self, id: NodeId) -> Option<&Kind> {
        self.plan.node(id).map(|node| &node.kind)
    }
}

/// What a question waits for.
fn is_answer(event: &Event) -> bool {
    matches!(event, Event::Played | Event::Digit(_) | Event::TimedOut)
}

fn is_of_talk(event: &Event) -> bool {
    matches!(event, Event::Connected | Event::QueueEnded(_) | Event::DialEnded(_) | Event::ConferenceEnded)
}

#[cfg(test)]
mod tests;
