//! An operator, as far as calls are concerned.

use std::time::{Duration, Instant};

use crate::domain::operator::{OperatorFigures, OperatorKept, OperatorSettings, OperatorState, PausedFor};

#[derive(Debug)]
pub(super) struct Operator {
    pub settings: OperatorSettings,
    pub work: Work,
    pub paused: Option<Pause>,
    /// Not rung again before.
    pub rest_until: Option<Instant>,
    /// When the last call was over, or was missed.
    pub idle_since: Instant,
    pub missed_in_row: u32,
    pub today: OperatorFigures,
    /// No operator any more; forgotten when the conversation is over.
    pub gone: bool,
    shown: OperatorState,
    pub shown_since: Instant,
}

#[derive(Debug, PartialEq, Eq)]
pub(super) enum Work {
    None,
    Ringing { call: u64 },
    Talking { call: u64, queue: String, since: Instant },
    WrapUp { queue: String, talked: Duration, since: Instant, until: Instant },
}

#[derive(Debug)]
pub(super) struct Pause {
    pub reason: String,
    pub since: Instant,
}

impl Operator {
    pub fn new(settings: OperatorSettings, now: Instant) -> Self {
        Self {
            settings,
            work: Work::None,
            paused: None,
            rest_until: None,
            idle_since: now,
            missed_in_row: 0,
            today: OperatorFigures::default(),
            gone: false,
            shown: OperatorState::Offline,
            shown_since: now,
        }
    }

    pub fn pause(&mut self, reason: String, now: Instant) {
        if self.paused.as_ref().is_none_or(|pause| pause.reason != reason) {
            self.paused = Some(Pause { reason, since: now });
        }
    }

    pub fn ready(&mut self) {
        self.paused = None;
        self.rest_until = None;
        self.missed_in_row = 0;
    }

    /// Behind those who have not been asked yet.
    pub fn rest(&mut self, until: Instant, now: Instant) {
        self.rest_until = Some(until);
        self.idle_since = now;
    }

    pub fn talk(&mut self, call: u64, queue: String, now: Instant) {
        self.work = Work::Talking { call, queue, since: now };
        self.missed_in_row = 0;
        self.rest_until = None;
        self.today.answered = self.today.answered.saturating_add(1);
    }

    /// From conversation to what is to be written about it.
    pub fn wrap_up(&mut self, longest: Duration, now: Instant) {
        if let Work::Talking { queue, since, .. } = &mut self.work {
            let talked = now.saturating_duration_since(*since);
            self.today.talked += talked;
            self.work =
                Work::WrapUp { queue: std::mem::take(queue), talked, since: now, until: now + longest };
        }
    }

    /// The queue of the last call, and how long it took in all.
    pub fn end_wrap_up(&mut self, now: Instant) -> Option<(String, Duration)> {
        let Work::WrapUp { queue, talked, since, .. } = &mut self.work else { return None };
        let handled = (std::mem::take(queue), *talked + now.saturating_duration_since(*since));
        self.work = Work::None;
        self.idle_since = now;
        Some(handled)
    }

    /// Has nothing to do and wants to; whether a phone is there, the floor knows.
    pub fn is_free(&self, now: Instant) -> bool {
        self.work == Work::None
            && self.paused.is_none()
            && !self.gone
            && self.rest_until.is_none_or(|until| until <= now)
    }

    /// What a restart must not forget.
    pub fn keep(&self, now: Instant) -> OperatorKept {
        OperatorKept {
            user: self.settings.user,
            paused: self.paused.as_ref().map(|pause| PausedFor {
                reason: pause.reason.clone(),
                since: now.saturating_duration_since(pause.since),
            }),
            idle: now.saturating_duration_since(self.idle_since),
            today: self.today,
        }
    }

    pub fn is_talking(&self) -> bool {
        matches!(self.work, Work::Talking { .. })
    }

    pub fn state(&self, reachable: bool, busy: bool, now: Instant) -> OperatorState {
        match (&self.work, &self.paused) {
            (Work::Talking { .. }, _) => OperatorState::Talking,
            (Work::Ringing { .. }, _) => OperatorState::Ringing,
            (Work::WrapUp { until, .. }, _) => {
                OperatorState::WrapUp { left: until.saturating_duration_since(now) }
            }
            (Work::None, _) if busy => OperatorState::Busy,
            (Work::None, _) if !reachable => OperatorState::Offline,
            (Work::None, Some(pause)) => OperatorState::Paused { reason: pause.reason.clone() },
            (Work::None, None) => OperatorState::Ready,
        }
    }

    /// Keeps in mind since when the state is what it is.
    pub fn note(&mut self, reachable: bool, busy: bool, now: Instant) {
        let state = self.state(reachable, busy, now);
        let same = match (&state, &self.shown) {
            (OperatorState::WrapUp { .. }, OperatorState::WrapUp { .. }) => true,
            (state, shown) => state == shown,
        };
        if !same {
            self.shown = state;
            self.shown_since = now;
        }
    }
}
