//! Nodes in which the caller talks to somebody: queue, dial, conference.

use std::sync::Arc;

use super::ask::exit_of;
use super::{Action, DialEnd, DialTarget, Event, QueueEnd, State, Then, Walk};
use crate::dialplan::plan::{Kind, NodeId, Plan, Queue, Target};

impl Walk {
    /// Begins it, after that it is recorded was said.
    pub(super) fn talk(&mut self, id: NodeId, actions: &mut Vec<Action>) {
        let plan = Arc::clone(&self.plan);
        let Some(kind) = plan.node(id).map(|node| &node.kind) else { return self.end(actions) };
        let consent = match kind {
            Kind::Queue(node) => node.consent.as_ref(),
            Kind::Dial(node) => node.consent.as_ref(),
            Kind::Conference(node) => node.consent.as_ref(),
            _ => None,
        };
        if let Some(prompt) = consent.filter(|_| !self.consent_heard) {
            self.consent_heard = true;
            self.play(vec![prompt.clone()], actions);
            self.state = State::Playing { then: Then::Talk(id) };
            return;
        }
        self.state = State::Waiting { node: id };
        actions.push(match kind {
            Kind::Queue(node) => self.queue(node),
            Kind::Dial(node) => match self.target(&node.target) {
                Some(target) => {
                    let (music, record) = (node.music.clone(), node.record);
                    Action::Dial { target, timeout: node.timeout, music, record }
                }
                // Nothing was typed that could be dialled.
                None => return self.enter(node.failed, actions),
            },
            Kind::Conference(node) => Action::Conference { room: node.room.clone(), record: node.record },
            _ => return self.end(actions),
        });
    }

    fn queue(&self, node: &Queue) -> Action {
        Action::Queue {
            queue: node.queue.clone(),
            max_wait: node.max_wait,
            priority: node.priority,
            service: node.service.clone(),
            language: self.language.clone(),
            music: node.music.clone(),
            announce: node.announce,
            record: node.record,
            keys: node.keys.iter().map(|(key, _)| *key).collect(),
        }
    }

    fn target(&self, target: &Target) -> Option<DialTarget> {
        match target {
            Target::Fixed(target) => Some(target.clone()),
            Target::OperatorFrom(name) => self.inputs.get(name).cloned().map(DialTarget::Operator),
        }
    }

    pub(super) fn key_while_waiting(&mut self, id: NodeId, key: char, actions: &mut Vec<Action>) {
        let Some(Kind::Queue(node)) = self.kind(id) else { return };
        if let Some(next) = exit_of(&node.keys, key) {
            self.nodes_without_key = 0;
            // The place is kept while a callback is talked over, and given up on the way to anything else.
            self.queued = Some(id);
            self.enter(next, actions);
        }
    }

    /// The place in the queue is kept only for a callback of the same queue.
    pub(super) fn give_up_place(&mut self, plan: &Plan, entered: &Kind, actions: &mut Vec<Action>) {
        let Some(queued) = self.queued else { return };
        let keeps = match (plan.node(queued).map(|n| &n.kind), entered) {
            (Some(Kind::Queue(queue)), Kind::Callback(callback)) => queue.queue == callback.queue,
            _ => false,
        };
        if !keeps {
            self.queued = None;
            actions.push(Action::LeaveQueue);
        }
    }

    pub(super) fn talk_event(&mut self, node: NodeId, event: Event, actions: &mut Vec<Action>) {
        let plan = Arc::clone(&self.plan);
        let next = match (plan.node(node).map(|n| &n.kind), event) {
            (Some(Kind::Queue(_) | Kind::Dial(_) | Kind::Conference(_)), Event::Connected) => {
                self.state = State::Talking { node };
                return;
            }
            (Some(Kind::Queue(queue)), Event::QueueEnded(end)) => match end {
                QueueEnd::Timeout => Some(queue.timeout),
                QueueEnd::NoAgents => Some(queue.no_agents),
                QueueEnd::Overflow => Some(queue.overflow),
                QueueEnd::Finished => queue.after,
            },
            (Some(Kind::Dial(dial)), Event::DialEnded(end)) => match end {
                DialEnd::Busy => Some(dial.busy),
                DialEnd::NoAnswer => Some(dial.no_answer),
                DialEnd::Failed => Some(dial.failed),
                DialEnd::Finished => dial.after,
            },
            (Some(Kind::Conference(conference)), Event::ConferenceEnded) => conference.next,
            _ => return,
        };
        match next {
            Some(next) => self.enter(next, actions),
            None => self.end(actions),
        }
    }

    /// The place that was kept: an operator is free before the callback is agreed on, or the place is lost.
    pub(super) fn place_changed(&mut self, event: Event, actions: &mut Vec<Action>) {
        let Some(node) = self.queued.take() else { return };
        if event != Event::Connected {
            return;
        }
        match self.state {
            State::Asking { heard: true, .. } | State::Typing { heard: true, .. } => {
                actions.push(Action::StopTimer);
            }
            State::Requesting { .. } => {}
            _ => actions.push(Action::StopPlaying),
        }
        self.state = State::Talking { node };
    }

    pub(super) fn callback_answered(&mut self, id: NodeId, accepted: bool, actions: &mut Vec<Action>) {
        let plan = Arc::clone(&self.plan);
        let Some(Kind::Callback(node)) = plan.node(id).map(|n| &n.kind) else { return self.end(actions) };
        if accepted {
            // The place goes on without the caller.
            self.queued = None;
            self.play(vec![node.accepted_prompt.clone()], actions);
            self.state = State::Playing { then: Then::Enter(node.next) };
        } else {
            self.enter(node.failed, actions);
        }
    }
}
