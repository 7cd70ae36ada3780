//! Days of a campaign in a moment, by the same pacing as in the server: for `odziv dialer simulate`, and for the preview of a campaign.

pub mod contacts;
pub mod dice;
pub mod figures;
pub mod scenario;
#[cfg(test)]
mod tests;
mod world;

pub use figures::{Day, Figures};
pub use scenario::Scenario;

use self::scenario::{AnswerCurve, Answered, Length, Unanswered};
use super::mode::Mode;
use super::pacing::{AbandonLimits, Settings, TrunkLimits};
use super::retry::Rules;

/// What is simulated.
#[derive(Clone, Debug)]
pub struct Setup {
    pub operators: usize,
    pub days: u32,
    /// Of dialling, each day.
    pub hours: f64,
    pub seed: u64,
    pub settings: Settings,
    pub channels: u32,
    /// Seconds.
    pub ring_time: f64,
    pub answers: AnswerCurve,
    pub answered: Answered,
    pub unanswered: Unanswered,
    pub ring: Length,
    /// Talk in an interview; short calls have lengths of their own.
    pub talk: Length,
    pub wrap_up: Length,
    /// `None`: a list without end.
    pub contacts: Option<u32>,
    pub rules: Rules,
    pub pauses: Vec<Pause>,
    pub refusals: Vec<Refusals>,
}

/// Half of the operators leave together: at once who is idle, the others after their call.
#[derive(Clone, Copy, Debug)]
pub struct Pause {
    /// Hours from the beginning of the day.
    pub at: f64,
    pub hours: f64,
}

/// A time in which the network refuses most calls.
#[derive(Clone, Copy, Debug)]
pub struct Refusals {
    pub at: f64,
    pub hours: f64,
    pub share: f64,
}

/// What the scenarios of the command line begin with.
#[derive(Clone, Copy, Debug)]
pub struct Basics {
    pub operators: usize,
    pub days: u32,
    pub seed: u64,
    pub mode: Mode,
    pub target: f64,
    /// Shares between which the answer rate moves.
    pub answer_rate: (f64, f64),
    /// Talk and wrap-up, in seconds.
    pub handle_time: f64,
}

impl Default for Basics {
    fn default() -> Self {
        Self {
            operators: 10,
            days: 40,
            seed: 1,
            mode: Mode::Predictive,
            target: AbandonLimits::default().target,
            answer_rate: (0.2, 0.6),
            handle_time: 135.0,
        }
    }
}

/// Of the handle time.
const WRAP_UP_SHARE: f64 = 0.15;

impl Setup {
    pub fn of(basics: &Basics, scenario: Scenario) -> Self {
        let (low, high) = basics.answer_rate;
        let answered =
            Answered { machine: 0.06, wrong_number: 0.04, refused: 0.15, callback: 0.05, hung_up: 0.02 };
        let wrap_up = basics.handle_time * WRAP_UP_SHARE;
        let interview = answered.interview(basics.handle_time - wrap_up);
        let mut setup = Self {
            operators: basics.operators,
            days: basics.days,
            hours: 8.0,
            seed: basics.seed,
            settings: Settings {
                mode: basics.mode,
                abandon: AbandonLimits { target: basics.target, ..AbandonLimits::default() },
                trunk: TrunkLimits::default(),
                ..Settings::default()
            },
            channels: u32::try_from(basics.operators * 6 + 10).unwrap_or(u32::MAX),
            ring_time: 30.0,
            answers: AnswerCurve::Moving { low, high },
            answered,
            unanswered: Unanswered { busy: 0.15, no_such_number: 0.08, declined: 0.07 },
            ring: Length::LogNormal { mean: 10.0, variation: 0.5 },
            talk: Length::LogNormal { mean: interview, variation: 0.5 },
            wrap_up: Length::LogNormal { mean: wrap_up, variation: 0.4 },
            contacts: None,
            rules: Rules::default(),
            pauses: Vec::new(),
            refusals: Vec::new(),
        };
        setup.disturb(scenario, low, high);
        setup
    }

    fn disturb(&mut self, scenario: Scenario, low: f64, high: f64) {
        let part = |share: f64| low + (high - low) * share;
        let jumps = || AnswerCurve::Steps([0.1, 1.0, 0.0, 0.9, 0.25].map(part).to_vec());
        let pauses = || [2.3, 5.6].map(|at| Pause { at, hours: 0.5 }).to_vec();
        let refusals = || [1.1, 3.9, 6.4].map(|at| Refusals { at, hours: 1.0 / 3.0, share: 0.7 }).to_vec();
        let long_tail = |talk: &Length| Length::LogNormal { mean: talk.mean(), variation: 1.8 };
        match scenario {
            Scenario::Base => {}
            Scenario::Jump => self.answers = jumps(),
            Scenario::Pause => self.pauses = pauses(),
            Scenario::LongTail => self.talk = long_tail(&self.talk),
            Scenario::Trunk => self.refusals = refusals(),
            Scenario::Storm => {
                self.answers = jumps();
                self.pauses = pauses();
                self.refusals = refusals();
                self.talk = long_tail(&self.talk);
            }
            // Less than a day's work, with its retries.
            Scenario::SmallList => self.contacts = u32::try_from(self.operators * 60).ok(),
        }
    }

    pub fn run(&self) -> Figures {
        world::World::new(self).run()
    }
}
