//! What share of the dials is answered, in a world in which it moves.

use serde::{Deserialize, Serialize};

/// How many dials the estimates look back, about.
const LONG: f64 = 120.0;
const SHORT: f64 = 25.0;
/// So many dials of the beginning are believed to be answered as `BEGINNING` says.
const BEGINNING: f64 = 0.4;
const BEGINNING_WEIGHT: f64 = 4.0;
/// The short estimate counts when it is so many of its standard deviations above the long one: then it has jumped.
const JUMP: f64 = 1.5;

/// Two moving averages. A rate that falls wastes a little time, one that rises unseen makes citizens wait for nobody.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub struct AnswerRate {
    dials: f64,
    long: f64,
    short: f64,
}

impl Default for AnswerRate {
    fn default() -> Self {
        Self { dials: BEGINNING_WEIGHT, long: BEGINNING, short: BEGINNING }
    }
}

impl AnswerRate {
    pub fn observe(&mut self, answered: bool) {
        self.dials = (self.dials + 1.0).min(LONG);
        let seen = if answered { 1.0 } else { 0.0 };
        self.long += (seen - self.long) / self.dials;
        self.short += (seen - self.short) / self.dials.min(SHORT);
        // Fallen or risen far: the long one has nothing to say of it any more.
        if (self.short - self.long).abs() > 2.0 * JUMP * self.noise() {
            self.long = self.short;
            self.dials = self.dials.min(SHORT);
        }
    }

    pub fn share(&self) -> f64 {
        let share = if self.short > self.long + JUMP * self.noise() { self.short } else { self.long };
        share.clamp(0.01, 0.99)
    }

    /// Standard deviation of the short average.
    fn noise(&self) -> f64 {
        let p = self.long.clamp(0.05, 0.95);
        (p * (1.0 - p) / (2.0 * SHORT)).sqrt()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// One of every `n` dials is answered.
    fn watch(rate: &mut AnswerRate, dials: u32, n: u32) {
        (0..dials).for_each(|dial| rate.observe(dial % n == 0));
    }

    #[test]
    fn a_jump_upwards_is_believed_within_some_dials() {
        let mut rate = AnswerRate::default();
        watch(&mut rate, 500, 5);
        assert!((rate.share() - 0.2).abs() < 0.05, "{}", rate.share());
        watch(&mut rate, 20, 1);
        assert!(rate.share() > 0.5, "{}", rate.share());
    }

    #[test]
    fn a_jump_downwards_is_believed_too() {
        let mut rate = AnswerRate::default();
        watch(&mut rate, 500, 2);
        watch(&mut rate, 60, 10);
        assert!(rate.share() < 0.25, "{}", rate.share());
    }

    #[test]
    fn it_is_never_certain() {
        let mut rate = AnswerRate::default();
        (0..1_000).for_each(|_| rate.observe(false));
        assert!(rate.share() >= 0.01);
        (0..1_000).for_each(|_| rate.observe(true));
        assert!(rate.share() <= 0.99);
    }
}
