//! The board: what goes on now.

use std::time::Duration;

use jiff::Timestamp;

use super::{Call, CallKey, Moment, Switch, Wish, leg};
use crate::call::board::{
    Board, CallStage, CallView, OperatorState, OperatorView, QueueToday, QueueView, RecordingView,
    WaitingView,
};
use crate::call::floor::{OperatorNow, QueueNow};
use crate::domain::caller::Caller;
use crate::domain::id::UserId;
use crate::domain::operator;

/// A page shows no more, and a board stays small.
const MOST_CALLS: usize = 1_000;

impl Switch {
    pub fn board(&self, m: Moment) -> Board {
        let mut calls: Vec<(&CallKey, &Call)> = self.calls.iter().collect();
        calls.sort_unstable_by_key(|(key, _)| **key);
        Board {
            at: m.at,
            calls: calls.into_iter().take(MOST_CALLS).map(|(key, call)| self.call_view(*key, call)).collect(),
            operators: self
                .floor
                .operators(m.now)
                .into_iter()
                .map(|now| self.operator_view(now, m))
                .collect(),
            queues: self.floor.queues(m.now).into_iter().map(|now| queue_view(now, m)).collect(),
        }
    }

    fn call_view(&self, key: CallKey, call: &Call) -> CallView {
        let walk = call.contact.walk();
        CallView {
            call: key.0,
            interaction: call.interaction,
            direction: call.direction,
            caller: match &call.caller {
                Caller::Number(number) => Some(number.as_str().to_owned()),
                Caller::Name(name) => Some(name.clone()),
                Caller::Email(address) => Some(address.as_str().to_owned()),
                Caller::Hidden => None,
            },
            called: call.called.clone(),
            since: call.since,
            stage: self.stage(call),
            stage_since: call.stage_since,
            plan: walk.map(|walk| walk.plan().name.clone()),
            node: walk.and_then(|walk| {
                let node = walk.position().and_then(|id| walk.plan().node(id));
                node.map(|node| node.name.clone())
            }),
            queue: call.contact.queue().map(str::to_owned),
            operators: self.operators_of(key, call),
            listeners: call.listeners.iter().filter_map(|leg| self.operator_on(*leg)).collect(),
            recording: match call.contact.recording_paused() {
                None => RecordingView::No,
                Some(false) => RecordingView::Running,
                Some(true) => RecordingView::Paused,
            },
            warning: call.warning.clone(),
        }
    }

    fn stage(&self, call: &Call) -> CallStage {
        let up = call.anchor.and_then(|leg| self.legs.get(&leg)).is_some_and(leg::Leg::is_up);
        if call.contact.is_ending() {
            CallStage::Ending
        } else if call.transfer.is_some() {
            CallStage::Transferring
        } else if !call.attempts.is_empty() && call.others.is_empty() {
            CallStage::Ringing
        } else if !call.others.is_empty() {
            let parties = call.anchor.iter().chain(&call.others);
            let held = parties.filter_map(|leg| self.legs.get(leg)).any(|leg| leg.held);
            match (call.others.len(), held) {
                (1, true) => CallStage::Held,
                (1, false) => CallStage::Talking,
                _ => CallStage::Conference,
            }
        } else {
            match (&call.wish, up) {
                (Wish::Queue { .. }, _) => CallStage::Waiting,
                (Wish::Conference { .. }, _) => CallStage::Conference,
                (_, true) => CallStage::Plan,
                (_, false) => CallStage::Arriving,
            }
        }
    }

    /// Who talks, or whoever is being rung.
    fn operators_of(&self, key: CallKey, call: &Call) -> Vec<UserId> {
        let talking: Vec<UserId> =
            self.parties(key).into_iter().filter_map(|leg| self.operator_on(leg)).collect();
        if !talking.is_empty() && !call.others.is_empty() {
            return talking;
        }
        let rung = call.attempts.iter().flat_map(|attempt| &attempt.legs);
        let mut all: Vec<UserId> =
            talking.into_iter().chain(rung.filter_map(|leg| self.operator_on(*leg))).collect();
        all.sort_unstable();
        all.dedup();
        all
    }

    fn operator_on(&self, leg: super::LegKey) -> Option<UserId> {
        self.legs.get(&leg).and_then(|leg| leg.who.operator())
    }

    pub(super) fn operator_view(&self, now: OperatorNow, m: Moment) -> OperatorView {
        let person = self.directory.person(now.user);
        let own = || {
            let own = |leg: &&leg::Leg| {
                leg.who == leg::Who::Operator(now.user) && self.calls.contains_key(&leg.call)
            };
            let mut legs = self.legs.values().filter(own);
            legs.next().map(|leg| leg.call.0)
        };
        OperatorView {
            user: now.user,
            name: person.map(|person| person.name.clone()).unwrap_or_default(),
            extension: person.and_then(|person| person.extension.clone()),
            state: state(&now.state, m),
            since: before(now.since, m),
            phones: self.phones.get(&now.user).map_or(0, |phones| phones.len() as u32),
            call: now.call.map(|call| self.callbacks.call_of(call).map_or(call, |key| key.0)).or_else(own),
            queues: now.queues,
            session: self.sessions.is_open(now.user),
        }
    }
}

fn state(state: &operator::OperatorState, m: Moment) -> OperatorState {
    use operator::OperatorState as Floor;
    match state {
        Floor::Offline => OperatorState::Offline,
        Floor::Ready => OperatorState::Ready,
        Floor::Ringing => OperatorState::Ringing,
        Floor::Talking | Floor::Busy => OperatorState::Talking,
        Floor::WrapUp { left } => OperatorState::WrapUp { until: m.at.checked_add(*left).ok() },
        Floor::Paused { reason } => OperatorState::Paused { reason: reason.clone() },
    }
}

fn queue_view(now: QueueNow, m: Moment) -> QueueView {
    let today = &now.today;
    QueueView {
        waiting: now
            .waiting
            .iter()
            .map(|waiting| WaitingView {
                call: waiting.call,
                position: waiting.position,
                since: before(waiting.waited, m),
                expected_s: waiting.expected.map(|wait| wait.as_secs() as u32),
                callback: waiting.callback,
                ringing: waiting.ringing.first().copied(),
            })
            .collect(),
        ready: now.ready,
        talking: now.talking,
        wrap_up: now.wrap_up,
        paused: now.paused,
        today: QueueToday {
            offered: today.offered,
            answered: today.answered,
            abandoned: today.abandoned,
            answered_in_time: today.answered_in_time,
            average_wait_s: today.average_wait().unwrap_or_default().as_secs() as u32,
        },
        queue: now.key,
        name: now.name,
    }
}

fn before(passed: Duration, m: Moment) -> Timestamp {
    m.at.checked_sub(passed).unwrap_or(m.at)
}
