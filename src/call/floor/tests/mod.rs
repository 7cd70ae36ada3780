//! What callers and operators go through. Virtual time throughout.

mod operators;
mod ringing;
mod settings;
mod simulation;
mod waiting;

use std::time::{Duration, Instant};

use super::*;
use crate::domain::operator::{OperatorSettings, OperatorState};
use crate::domain::queue::{Member, QueueSettings, Strategy};

const ANA: UserId = UserId(1);
const BORA: UserId = UserId(2);
const CECA: UserId = UserId(3);

/// A floor, a clock, and what the switch has been told since it last looked.
pub(super) struct Hall {
    pub floor: Floor,
    pub now: Instant,
}

impl Hall {
    /// One queue `operators` with Ana, Bora and Ceca, whose phones are registered.
    fn open() -> Self {
        Self::with(|_| {})
    }

    fn with(set: impl FnOnce(&mut QueueSettings)) -> Self {
        let mut settings = queue("operators", &[ANA, BORA, CECA]);
        set(&mut settings);
        let mut hall = Self::of(vec![settings], &[ANA, BORA, CECA]);
        hall.told();
        hall
    }

    pub fn of(queues: Vec<QueueSettings>, operators: &[UserId]) -> Self {
        #[expect(clippy::disallowed_methods, reason = "some moment from which virtual time runs")]
        let mut hall = Self { floor: Floor::new(), now: Instant::now() };
        hall.floor.set_operators(operators.iter().map(|user| plain(*user)).collect(), hall.now);
        hall.floor.set_queues(queues, hall.now);
        for user in operators {
            hall.floor.reachable(*user, true, hall.now);
        }
        hall
    }

    /// Everything decided since, but for changes of state.
    fn told(&mut self) -> Vec<Decision> {
        std::iter::from_fn(|| self.floor.poll()).filter(|d| !matches!(d, Decision::Changed(_))).collect()
    }

    fn join(&mut self, call: u64) -> Vec<Decision> {
        self.join_as(waiting(call))
    }

    fn join_as(&mut self, waiting: Waiting) -> Vec<Decision> {
        self.floor.join(waiting, self.now).unwrap();
        self.told()
    }

    /// Time goes by; what is due on the way happens when it is due.
    fn pass(&mut self, seconds: u64) -> Vec<Decision> {
        let end = self.now + Duration::from_secs(seconds);
        let mut told = Vec::new();
        while let Some(at) = self.floor.next_timeout().filter(|at| *at <= end) {
            self.now = self.now.max(at);
            self.floor.handle_timeout(self.now);
            told.extend(self.told());
        }
        self.now = end;
        told
    }

    fn answer(&mut self, call: u64, operator: UserId) -> Vec<Decision> {
        assert!(self.floor.answered(call, operator, self.now));
        self.told()
    }

    fn end(&mut self, operator: UserId) -> Vec<Decision> {
        self.floor.ended(operator, self.now);
        self.told()
    }

    /// A whole conversation of so many seconds, without wrap-up.
    fn talk(&mut self, call: u64, operator: UserId, seconds: u64) {
        self.join(call);
        self.answer(call, operator);
        self.pass(seconds);
        self.end(operator);
        self.floor.finish_wrap_up(operator, self.now);
        self.told();
    }

    fn state(&self, operator: UserId) -> OperatorState {
        self.floor.operator(operator, self.now).unwrap().state
    }
}

pub(super) fn queue(key: &str, members: &[UserId]) -> QueueSettings {
    let members = members.iter().map(|user| Member { user: *user, penalty: 0 }).collect();
    QueueSettings { members, announce_every: None, ..QueueSettings::new(key, key) }
}

fn plain(user: UserId) -> OperatorSettings {
    OperatorSettings { user, languages: Vec::new(), services: Vec::new() }
}

fn waiting(call: u64) -> Waiting {
    Waiting {
        call,
        queue: "operators".into(),
        language: "sr".into(),
        service: None,
        priority: 0,
        max_wait: None,
        callback: false,
    }
}

fn rings(decisions: &[Decision]) -> Vec<(u64, UserId)> {
    decisions
        .iter()
        .filter_map(|decision| match decision {
            Decision::Ring { call, operator, .. } => Some((*call, *operator)),
            _ => None,
        })
        .collect()
}

fn exits(decisions: &[Decision]) -> Vec<(u64, Exit)> {
    decisions
        .iter()
        .filter_map(|decision| match decision {
            Decision::Exit { call, exit } => Some((*call, *exit)),
            _ => None,
        })
        .collect()
}

fn withdrawn(call: u64, operator: UserId) -> Decision {
    Decision::Withdraw { call, operator }
}
