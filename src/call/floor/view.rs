//! Queues and operators as pages and wallboards show them.

use std::time::{Duration, Instant};

use super::Floor;
use super::caller::Stage;
use super::figures::expected;
use super::operator::Work;
use crate::domain::id::UserId;
use crate::domain::operator::{OperatorChange, OperatorFigures, OperatorState};
use crate::domain::queue::QueueFigures;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct QueueNow {
    pub key: String,
    pub name: String,
    /// In the order in which they will be served.
    pub waiting: Vec<WaitingNow>,
    pub ready: u32,
    pub ringing: u32,
    pub talking: u32,
    pub wrap_up: u32,
    pub paused: u32,
    pub today: QueueFigures,
    /// Of those who wait on the line.
    pub longest_wait: Option<Duration>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WaitingNow {
    pub call: u64,
    /// From 1.
    pub position: u32,
    pub waited: Duration,
    pub expected: Option<Duration>,
    pub callback: bool,
    pub ringing: Vec<UserId>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OperatorNow {
    pub user: UserId,
    pub state: OperatorState,
    /// For how long it has been so.
    pub since: Duration,
    /// The reason of a pause that begins or goes on, whatever else the operator does now.
    pub paused: Option<String>,
    /// The call of a queue in which they talk, or for which they are rung.
    pub call: Option<u64>,
    pub queues: Vec<String>,
    pub today: OperatorFigures,
}

impl Floor {
    pub fn queues(&self, now: Instant) -> Vec<QueueNow> {
        self.queues.keys().filter_map(|key| self.queue(key, now)).collect()
    }

    pub fn queue(&self, key: &str, now: Instant) -> Option<QueueNow> {
        let queue = self.queues.get(key)?;
        let waiting = self.waiting(key, now);
        let mut shown = QueueNow {
            key: key.to_owned(),
            name: queue.settings.name.clone(),
            longest_wait: waiting.iter().filter(|w| !w.callback).map(|w| w.waited).max(),
            waiting,
            ready: 0,
            ringing: 0,
            talking: 0,
            wrap_up: 0,
            paused: 0,
            today: queue.figures,
        };
        for member in &queue.settings.members {
            match self.state(member.user, now) {
                Some(OperatorState::Ready) => shown.ready += 1,
                Some(OperatorState::Ringing) => shown.ringing += 1,
                Some(OperatorState::Talking | OperatorState::Busy) => shown.talking += 1,
                Some(OperatorState::WrapUp { .. }) => shown.wrap_up += 1,
                Some(OperatorState::Paused { .. }) => shown.paused += 1,
                Some(OperatorState::Offline) | None => {}
            }
        }
        Some(shown)
    }

    pub fn operators(&self, now: Instant) -> Vec<OperatorNow> {
        self.operators.keys().filter_map(|user| self.operator(*user, now)).collect()
    }

    pub fn operator(&self, user: UserId, now: Instant) -> Option<OperatorNow> {
        let operator = self.operators.get(&user)?;
        let member = |queue: &&super::figures::Queue| queue.settings.members.iter().any(|m| m.user == user);
        Some(OperatorNow {
            user,
            state: self.state(user, now)?,
            since: now.saturating_duration_since(operator.shown_since),
            paused: operator.paused.as_ref().map(|pause| pause.reason.clone()),
            call: match operator.work {
                Work::Ringing { call } | Work::Talking { call, .. } => Some(call),
                Work::None | Work::WrapUp { .. } => None,
            },
            queues: self.queues.values().filter(member).map(|queue| queue.settings.key.clone()).collect(),
            today: operator.today,
        })
    }

    /// For the store, after [`super::Decision::Changed`].
    pub fn change(&self, user: UserId, now: Instant) -> Option<OperatorChange> {
        let operator = self.operators.get(&user)?;
        let since = now.saturating_duration_since(operator.shown_since);
        Some(OperatorChange { kept: operator.keep(now), state: self.state(user, now)?, since })
    }

    /// Whether the call waits, and who is rung for it.
    pub fn ringing(&self, call: u64) -> Option<Vec<UserId>> {
        match &self.calls.get(&call)?.stage {
            Stage::Waiting { ringing } => Some(ringing.keys().copied().collect()),
            Stage::Talking(_) => None,
        }
    }

    fn waiting(&self, key: &str, now: Instant) -> Vec<WaitingNow> {
        let order = self.in_order(|caller| caller.is_waiting() && caller.queue == key, now);
        let positions = 1_u32..;
        let turn = self.turn(key);
        order
            .into_iter()
            .zip(positions)
            .filter_map(|(call, position)| {
                let caller = self.calls.get(&call)?;
                Some(WaitingNow {
                    call,
                    position,
                    waited: caller.waited(now),
                    expected: expected(turn, position),
                    callback: caller.waiting.callback,
                    ringing: self.rung_for(call),
                })
            })
            .collect()
    }

    fn state(&self, user: UserId, now: Instant) -> Option<OperatorState> {
        let (reachable, busy) = (self.reachable.contains(&user), self.busy.contains(&user));
        Some(self.operators.get(&user)?.state(reachable, busy, now))
    }
}
