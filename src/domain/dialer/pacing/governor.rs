//! How much risk is taken: so much that the day and the last hour come out at the target, and never so much that the day could end over the cap.

use std::collections::VecDeque;

use serde::{Deserialize, Serialize};

use super::super::accounting::Tally;

/// Each live answer moves what was learnt by so much.
const LEARNS: f64 = 0.004;
/// How strongly the day and the hour pull when they are off the target.
const DAY_PULLS: f64 = 2.0;
const HOUR_PULLS: f64 = 0.7;
/// What is steered for, of the target: chance is to leave most days below it.
const AIM: f64 = 0.96;
/// Abandoned calls that are chance.
const CHANCE: f64 = 2.0;
/// Risk of the call that is dialled last, when nothing is known.
const BEGINNING: f64 = 0.08;
const LEAST: f64 = 0.001;
const MOST: f64 = 0.6;
/// Of the budget up to the cap, so many abandoned calls are kept for what nobody foresees: operators who all go at once.
const KEPT_BACK: f64 = 1.5;
/// With so many abandoned calls to spare, the cap is not felt.
const AT_EASE: f64 = 3.0;

/// The last hour is kept in pieces of so many seconds.
const PIECE: f64 = 300.0;
const PIECES: usize = 12;

/// Shares of the live answers.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct AbandonLimits {
    pub target: f64,
    /// Of a day, whatever happens.
    pub cap: f64,
}

impl Default for AbandonLimits {
    fn default() -> Self {
        Self { target: 0.025, cap: 0.03 }
    }
}

#[derive(Clone, Debug, Default)]
pub(super) struct Governor {
    day: Tally,
    /// The twenty-nine days before this one.
    month: Tally,
    /// By the number of the piece, the oldest first.
    hour: VecDeque<(i64, Tally)>,
}

/// The risk that was right so far, as its logarithm.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct UsualRisk(f64);

impl Default for UsualRisk {
    fn default() -> Self {
        Self(BEGINNING.ln())
    }
}

impl Governor {
    /// What is known of the day so far and of the days before, at its beginning or after a restart.
    pub fn set_day(&mut self, day: Tally, month: Tally) {
        (self.day, self.month) = (day, month);
        self.hour.clear();
    }

    pub fn day(&self) -> Tally {
        self.day
    }

    pub fn answered(&mut self, usual: &mut UsualRisk, limits: &AbandonLimits, abandoned: bool, now: f64) {
        let piece = (now / PIECE) as i64;
        if self.hour.back().is_none_or(|(number, _)| *number != piece) {
            self.hour.push_back((piece, Tally::default()));
            while self.hour.len() > PIECES {
                self.hour.pop_front();
            }
        }
        self.day.count(abandoned);
        if let Some((_, tally)) = self.hour.back_mut() {
            tally.count(abandoned);
        }
        let target = self.target(limits).max(0.001);
        let lost = if abandoned { 1.0 } else { 0.0 };
        usual.0 = (usual.0 + LEARNS * (target - lost) / target).clamp(LEAST.ln(), MOST.ln());
    }

    /// The largest acceptable P(other answers >= free operators) for one more call. `None`: nobody is to be risked.
    pub fn risk(&self, usual: UsualRisk, limits: &AbandonLimits, now: f64) -> Option<f64> {
        let spare = limits.cap * self.day.live() - self.day.abandoned() - KEPT_BACK;
        if spare <= 0.0 {
            return None;
        }
        let target = self.target(limits);
        let oldest = (now / PIECE) as i64 - PIECES as i64;
        let mut hour = Tally::default();
        self.hour.iter().filter(|(piece, _)| *piece > oldest).for_each(|(_, tally)| hour.add(tally));
        let pull = DAY_PULLS * off(target, &self.day) + HOUR_PULLS * off(target, &hour);
        let risk = (usual.0 + pull).exp().clamp(LEAST, MOST);
        Some(risk * (spare / AT_EASE).min(1.0))
    }

    /// Whether somebody may be risked without any idea of how likely it is that they are abandoned: below the target only.
    pub fn has_budget(&self, limits: &AbandonLimits) -> bool {
        self.day.abandoned() + KEPT_BACK <= self.target(limits) * self.day.live()
    }

    /// A month over the target is made good by the days that follow.
    fn target(&self, limits: &AbandonLimits) -> f64 {
        let over = (self.month.rate() - limits.target).max(0.0);
        (limits.target - over).max(limits.target / 2.0).min(limits.cap) * AIM
    }
}

/// By how much more could have been abandoned: 0 on target, below it up to 1, over it less than 0.
fn off(target: f64, tally: &Tally) -> f64 {
    let right = target * tally.live();
    ((right - tally.abandoned()) / (right + CHANCE)).max(-3.0)
}
