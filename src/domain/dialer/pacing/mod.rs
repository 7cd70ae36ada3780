//! How many to dial now. Observations go in as they come, a decision comes out when it is asked for, twice a second; the same code runs in the
//! server and in the simulator.
//!
//! Times are seconds from any beginning that does not change.

mod answers;
mod durations;
mod governor;
mod risk;
#[cfg(test)]
mod tests;
mod trunk;

pub use answers::AnswerRate;
pub use durations::Durations;
pub use governor::{AbandonLimits, UsualRisk};
pub use trunk::TrunkLimits;

use serde::{Deserialize, Serialize};

use self::governor::Governor;
use self::risk::Moment;
use self::trunk::Trunk;
use super::accounting::Tally;
use super::mode::Mode;

/// Nothing is predicted from fewer handled calls and dials.
const SAMPLES_NEEDED: usize = 20;
/// Beliefs until there are samples, in seconds.
const USUAL_HANDLE: f64 = 120.0;
const USUAL_WRAP_UP: f64 = 20.0;
const USUAL_RING: f64 = 10.0;
const USUAL_UNANSWERED: f64 = 20.0;
/// When a call that is dialled now may be answered: the middles of fifths of the ring times.
const MOMENTS: [f64; 5] = [0.1, 0.3, 0.5, 0.7, 0.9];
/// Calls in flight for each operator at most: more is a list of dead numbers or a mistake.
const MOST_CALLS_EACH: usize = 8;

/// How a campaign dials.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Settings {
    pub mode: Mode,
    pub abandon: AbandonLimits,
    pub trunk: TrunkLimits,
    /// Who answered waits so long for an operator before the call counts as abandoned.
    pub patience: f64,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            mode: Mode::default(),
            abandon: AbandonLimits::default(),
            trunk: TrunkLimits::default(),
            patience: 2.0,
        }
    }
}

/// An operator of the campaign, and for how many seconds they have been what they are. Who is paused or talks with others is none.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Operator {
    Idle,
    /// Since the citizen was connected.
    Talking(f64),
    WrapUp(f64),
}

/// How things stand.
#[derive(Clone, Copy, Debug)]
pub struct View<'a> {
    pub operators: &'a [Operator],
    /// Calls that nobody answered yet: seconds since each was dialled.
    pub ringing: &'a [f64],
    /// Answered, and no operator yet.
    pub waiting: u32,
    /// Of the trunk, those reserved for inbound calls included.
    pub free_channels: u32,
    /// Contacts whose turn it is.
    pub contacts: u32,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Decision {
    pub dial: u32,
    /// Why not more.
    pub bound: Bound,
}

/// What kept the dialler from dialling more, for whoever wonders.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Bound {
    /// The operators dial themselves.
    Preview,
    Operators,
    Multiple,
    Risk,
    Channels,
    Contacts,
}

/// What a campaign learnt, and what it decides by it.
#[derive(Clone, Debug)]
pub struct Pacer {
    pub settings: Settings,
    learnt: Learnt,
    governor: Governor,
    trunk: Trunk,
}

/// Kept over a restart, so that a campaign does not begin again.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Learnt {
    /// From the connection to the end of the wrap-up.
    pub handle: Durations,
    pub wrap_up: Durations,
    /// Until the answer.
    pub answered: Durations,
    /// Until busy, a refusal, or the end of the ring time.
    pub unanswered: Durations,
    pub answers: AnswerRate,
    pub risk: UsualRisk,
}

impl Default for Learnt {
    fn default() -> Self {
        Self {
            handle: Durations::new(USUAL_HANDLE),
            wrap_up: Durations::new(USUAL_WRAP_UP),
            answered: Durations::new(USUAL_RING),
            unanswered: Durations::new(USUAL_UNANSWERED),
            answers: AnswerRate::default(),
            risk: UsualRisk::default(),
        }
    }
}

impl Pacer {
    pub fn new(settings: Settings, learnt: Learnt) -> Self {
        Self { settings, learnt, governor: Governor::default(), trunk: Trunk::default() }
    }

    pub fn learnt(&self) -> &Learnt {
        &self.learnt
    }

    /// At the beginning of a day, and after a restart in the middle of one: what the books say.
    pub fn set_day(&mut self, day: Tally, month: Tally) {
        self.governor.set_day(day, month);
    }

    pub fn day(&self) -> Tally {
        self.governor.day()
    }

    /// The network took the call: it rings, or is answered or refused by whoever is called.
    pub fn taken(&mut self) {
        self.trunk.took();
    }

    /// Somebody answered after `ring` seconds.
    pub fn answered(&mut self, ring: f64) {
        self.learnt.answered.observe(ring);
        self.learnt.answers.observe(true);
    }

    /// It rang in vain, was busy or refused by whoever was called.
    pub fn unanswered(&mut self, after: f64) {
        self.learnt.unanswered.observe(after);
        self.learnt.answers.observe(false);
    }

    /// The network did not take the call. It says nothing of those who are called.
    pub fn refused(&mut self, retry_after: Option<f64>, now: f64) {
        self.trunk.refused(now, retry_after);
    }

    /// Whoever answered talks with an operator.
    pub fn connected(&mut self, now: f64) {
        self.live_answer(false, now);
    }

    pub fn abandoned(&mut self, now: f64) {
        self.live_answer(true, now);
    }

    fn live_answer(&mut self, abandoned: bool, now: f64) {
        self.governor.answered(&mut self.learnt.risk, &self.settings.abandon, abandoned, now);
    }

    /// An operator is free again after so many seconds, the wrap-up included.
    pub fn handled(&mut self, seconds: f64, wrap_up: f64) {
        self.learnt.handle.observe(seconds);
        self.learnt.wrap_up.observe(wrap_up);
    }

    /// Whether so many calls are known that something can be predicted.
    pub fn has_samples(&self) -> bool {
        self.learnt.handle.count() >= SAMPLES_NEEDED && self.learnt.answered.count() >= SAMPLES_NEEDED
    }

    /// Of so many calls in flight, how many operators may be wanted.
    pub fn spoken_for(&self, in_flight: u32) -> u32 {
        let share = match self.settings.mode {
            Mode::Power { multiple } if self.governor.has_budget(&self.settings.abandon) => {
                1.0 / multiple.max(1.0)
            }
            Mode::Predictive if self.has_samples() => self.learnt.answers.share(),
            Mode::Agentless => 0.0,
            Mode::Preview | Mode::Progressive | Mode::Power { .. } | Mode::Predictive => 1.0,
        };
        (f64::from(in_flight) * share).ceil() as u32
    }

    pub fn decide(&mut self, view: &View<'_>, now: f64) -> Decision {
        let room = self.trunk.room(&self.settings.trunk, view.free_channels, now);
        let possible =
            if view.contacts < room { (view.contacts, Bound::Contacts) } else { (room, Bound::Channels) };
        let (dial, bound) = match possible {
            (0, bound) => (0, bound),
            (most, bound) => {
                let (wanted, wants) = self.wanted(view, most, now);
                if wanted <= most { (wanted, wants) } else { (most, bound) }
            }
        };
        self.trunk.dialled(dial);
        Decision { dial, bound }
    }

    /// By the mode; what is more than `most` need not be found out exactly.
    fn wanted(&self, view: &View<'_>, most: u32, now: f64) -> (u32, Bound) {
        let idle = view.operators.iter().filter(|operator| **operator == Operator::Idle).count();
        let in_flight = view.ringing.len() + view.waiting as usize;
        let up_to = |calls: usize| u32::try_from(calls.saturating_sub(in_flight)).unwrap_or(u32::MAX);
        let progressive = (up_to(idle), Bound::Operators);
        let abandon = &self.settings.abandon;
        match self.settings.mode {
            Mode::Preview => (0, Bound::Preview),
            Mode::Agentless => (u32::MAX, Bound::Channels),
            Mode::Progressive => progressive,
            Mode::Power { multiple } if self.governor.has_budget(abandon) => {
                (up_to((idle as f64 * multiple.clamp(1.0, MOST_CALLS_EACH as f64)) as usize), Bound::Multiple)
            }
            Mode::Power { .. } => progressive,
            Mode::Predictive if !self.has_samples() => progressive,
            Mode::Predictive => match self.governor.risk(self.learnt.risk, abandon, now) {
                None => progressive,
                Some(risk) => {
                    let most = up_to(view.operators.len() * MOST_CALLS_EACH).min(most.saturating_add(1));
                    (self.by_risk(view, idle, risk, most), Bound::Risk)
                }
            },
        }
    }

    /// One more while P(answers of others >= free operators) <= risk, on the average of the moments at which it may be answered.
    fn by_risk(&self, view: &View<'_>, idle: usize, risk: f64, most: u32) -> u32 {
        let Learnt { handle, wrap_up, answered, unanswered, .. } = &self.learnt;
        let share = self.learnt.answers.share();
        let busy: Vec<(&Durations, f64)> = view
            .operators
            .iter()
            .filter_map(|operator| match operator {
                Operator::Idle => None,
                Operator::Talking(seconds) => Some((handle, *seconds)),
                Operator::WrapUp(seconds) => Some((wrap_up, *seconds)),
            })
            .collect();
        // Of the calls that have rung for so long, the share that is answered at all is another one.
        let ringing: Vec<(f64, f64, f64)> = view
            .ringing
            .iter()
            .map(|age| {
                let alive = answered.survival(*age);
                (*age, alive, share / (share * alive + (1.0 - share) * unanswered.survival(*age)))
            })
            .collect();
        let mut moments: Vec<(Moment, f64)> = MOMENTS
            .iter()
            .map(|quantile| {
                let after = answered.quantile(*quantile);
                let by = after + self.settings.patience;
                let frees: Vec<f64> = busy.iter().map(|(lasts, age)| lasts.ends_within(*age, by)).collect();
                let mut moment = Moment::new(idle, &frees);
                (0..view.waiting).for_each(|_| moment.add_call(1.0));
                for (age, alive, of_answered) in &ringing {
                    moment.add_call((of_answered * (alive - answered.survival(age + after))).clamp(0.0, 1.0));
                }
                (moment, share * (1.0 - answered.survival(after)))
            })
            .collect();
        let mut calls = 0;
        while calls < most {
            let sum: f64 = moments.iter().map(|(moment, _)| moment.risk()).sum();
            if sum > risk * moments.len() as f64 {
                break;
            }
            calls += 1;
            moments.iter_mut().for_each(|(moment, answered)| moment.add_call(*answered));
        }
        calls
    }
}
