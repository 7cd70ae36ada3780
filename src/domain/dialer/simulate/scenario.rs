//! The world that is simulated: whom we call, how long they talk, what the network and the operators do.

use super::super::pacing::Durations;
use super::dice::Dice;
use crate::domain::words::words;

words! {
    /// Days that a dialler has to get through.
    Scenario {
        /// The answer rate moves between its bounds.
        Base = "base",
        /// It jumps up and down, four times a day.
        Jump = "jump",
        /// Half of the operators leave together, twice a day for half an hour.
        Pause = "pause",
        /// The same mean of talk, and a tail of very long ones.
        LongTail = "long-tail",
        /// The trunk answers 503 to most calls, three times a day for twenty minutes.
        Trunk = "trunk",
        /// All of these together.
        Storm = "storm",
        /// A list that is over within some hours.
        SmallList = "small-list",
    }
}

/// How long something lasts, in seconds.
#[derive(Clone, Debug)]
pub enum Length {
    LogNormal {
        mean: f64,
        variation: f64,
    },
    /// As a campaign measured it.
    Measured(Durations),
}

impl Length {
    pub fn draw(&self, dice: &mut Dice) -> f64 {
        match self {
            Self::LogNormal { mean, variation } => dice.log_normal(*mean, *variation),
            Self::Measured(durations) => durations.quantile(dice.share()),
        }
    }

    pub fn mean(&self) -> f64 {
        match self {
            Self::LogNormal { mean, .. } => *mean,
            Self::Measured(durations) => durations.mean(),
        }
    }
}

/// What becomes of the dials that nobody answers, in shares of them; the rest rings to the end.
#[derive(Clone, Copy, Debug)]
pub struct Unanswered {
    pub busy: f64,
    pub no_such_number: f64,
    pub declined: f64,
}

/// What becomes of calls that are answered, in shares of them; the rest completes the survey.
#[derive(Clone, Copy, Debug)]
pub struct Answered {
    pub machine: f64,
    pub wrong_number: f64,
    pub refused: f64,
    pub callback: f64,
    /// Hangs up within a second.
    pub hung_up: f64,
}

impl Answered {
    /// What an operator needs for these, in seconds of talk.
    pub const MACHINE: f64 = 12.0;
    pub const WRONG_NUMBER: f64 = 15.0;
    pub const REFUSED: f64 = 25.0;
    pub const CALLBACK: f64 = 30.0;

    /// Mean talk of an interview, if all calls together are to have this mean.
    pub fn interview(&self, mean: f64) -> f64 {
        let short = self.machine * Self::MACHINE
            + self.wrong_number * Self::WRONG_NUMBER
            + self.refused * Self::REFUSED
            + self.callback * Self::CALLBACK;
        let left = 1.0 - self.machine - self.wrong_number - self.refused - self.callback - self.hung_up;
        ((mean - short) / left.max(0.05)).max(5.0)
    }
}

/// The share of dials that is answered, over the day.
#[derive(Clone, Debug)]
pub enum AnswerCurve {
    /// Up and down between two shares, each day differently.
    Moving { low: f64, high: f64 },
    /// Equal pieces of the day.
    Steps(Vec<f64>),
}

impl AnswerCurve {
    /// `part`: of the day, 0 to 1; `phase`: of this day.
    pub fn at(&self, part: f64, phase: f64) -> f64 {
        match self {
            Self::Moving { low, high } => {
                let wave = (std::f64::consts::TAU * (1.5 * part + phase)).sin();
                low + (high - low) * (0.5 + 0.5 * wave)
            }
            Self::Steps(shares) => {
                let piece = (part.clamp(0.0, 0.999_999) * shares.len() as f64) as usize;
                shares.get(piece).copied().unwrap_or(0.4)
            }
        }
    }
}
