//! How long things last, as observed: ringing, talking, wrap-up. The newest weigh most, so that a morning does not decide about the evening.

use std::collections::VecDeque;

use serde::{Deserialize, Serialize};

/// So many are kept.
const KEPT: usize = 400;
/// So many samples later one weighs half.
const HALF_LIFE: f64 = 150.0;
/// Steps of the table that is looked up instead of the samples.
const STEPS: usize = 256;
/// The table ends at so many means; the few that last longer end as if they had no memory.
const LONGEST_IN_MEANS: f64 = 8.0;
/// What is not known weighs like so many samples of an exponential distribution of the same mean: beyond the longest sample there is no certainty.
const DOUBT: f64 = 1.0;
/// Longer is a clock that jumped.
const LONGEST: f64 = 6.0 * 3_600.0;

/// A bounded window of durations in seconds, and their survival.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(from = "VecDeque<f64>", into = "VecDeque<f64>")]
pub struct Durations {
    /// The oldest first.
    kept: VecDeque<f64>,
    mean: f64,
    step: f64,
    /// The share that lasts longer than so many steps.
    beyond: Vec<f64>,
}

impl Durations {
    /// Until something is observed, `mean` is believed.
    pub fn new(mean: f64) -> Self {
        let mut new = Self {
            kept: VecDeque::new(),
            mean: mean.max(0.1),
            step: 1.0,
            beyond: Vec::with_capacity(STEPS + 1),
        };
        new.tabulate();
        new
    }

    pub fn observe(&mut self, seconds: f64) {
        if !(0.0..=LONGEST).contains(&seconds) {
            return;
        }
        if self.kept.len() >= KEPT {
            self.kept.pop_front();
        }
        self.kept.push_back(seconds);
        self.tabulate();
    }

    pub fn count(&self) -> usize {
        self.kept.len()
    }

    pub fn mean(&self) -> f64 {
        self.mean
    }

    /// The share that lasts longer than `seconds`; never quite none.
    pub fn survival(&self, seconds: f64) -> f64 {
        let at = (seconds / self.step).max(0.0);
        // Saturates, which is what it should.
        let low = at as usize;
        match (self.beyond.get(low), self.beyond.get(low + 1)) {
            (Some(a), Some(b)) => a + (b - a) * (at - low as f64),
            _ => {
                let last = self.beyond.last().copied().unwrap_or(1.0);
                let over = seconds - self.step * STEPS as f64;
                (last * (-over / self.mean).exp()).max(f64::MIN_POSITIVE)
            }
        }
    }

    /// The probability that what has lasted `age` ends within `more` seconds.
    pub fn ends_within(&self, age: f64, more: f64) -> f64 {
        (1.0 - self.survival(age + more) / self.survival(age)).clamp(0.0, 1.0)
    }

    /// The duration that the share `q` does not exceed.
    pub fn quantile(&self, q: f64) -> f64 {
        let left = 1.0 - q;
        let step = self.beyond.partition_point(|share| *share > left);
        let (Some(before), Some(after)) = (self.beyond.get(step.wrapping_sub(1)), self.beyond.get(step))
        else {
            return self.step * step as f64;
        };
        let part = if before > after { (before - left) / (before - after) } else { 1.0 };
        self.step * (step as f64 - 1.0 + part)
    }

    fn tabulate(&mut self) {
        let fade = 0.5_f64.powf(1.0 / HALF_LIFE);
        let (mut weight, mut total, mut sum, mut longest) = (1.0, 0.0, 0.0, 0.0_f64);
        for seconds in self.kept.iter().rev() {
            total += weight;
            sum += weight * seconds;
            longest = longest.max(*seconds);
            weight *= fade;
        }
        if total > 0.0 {
            self.mean = (sum / total).max(0.1);
        } else {
            longest = self.mean;
        }
        self.step = (longest * 1.02).clamp(self.mean * 2.0, self.mean * LONGEST_IN_MEANS) / STEPS as f64;
        let mut ending = [0.0; STEPS];
        weight = 1.0;
        for seconds in self.kept.iter().rev() {
            if let Some(slot) = ending.get_mut((seconds / self.step) as usize) {
                *slot += weight;
            }
            weight *= fade;
        }
        let (each, all) = ((-self.step / self.mean).exp(), total + DOUBT);
        let (mut left, mut doubt) = (total, DOUBT);
        self.beyond.clear();
        self.beyond.push(1.0);
        for slot in ending {
            left -= slot;
            doubt *= each;
            self.beyond.push((left.max(0.0) + doubt) / all);
        }
    }
}

impl From<VecDeque<f64>> for Durations {
    fn from(mut kept: VecDeque<f64>) -> Self {
        kept.retain(|seconds| (0.0..=LONGEST).contains(seconds));
        kept.drain(..kept.len().saturating_sub(KEPT));
        let mut durations = Self { kept, ..Self::new(1.0) };
        durations.tabulate();
        durations
    }
}

impl From<Durations> for VecDeque<f64> {
    fn from(durations: Durations) -> Self {
        durations.kept
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(samples: impl IntoIterator<Item = f64>) -> Durations {
        let mut durations = Durations::new(10.0);
        samples.into_iter().for_each(|seconds| durations.observe(seconds));
        durations
    }

    #[test]
    fn what_has_lasted_long_is_judged_by_what_lasted_as_long() {
        // Half are over in 10 s, half take 100 s.
        let calls = of((0..200).map(|n| if n % 2 == 0 { 10.0 } else { 100.0 }));
        assert!((calls.ends_within(0.0, 20.0) - 0.5).abs() < 0.03);
        assert!(calls.ends_within(20.0, 20.0) < 0.03, "who talks for 20 s talks for 100");
        assert!(calls.ends_within(95.0, 10.0) > 0.9);
    }

    #[test]
    fn nothing_is_certain_beyond_the_longest_sample() {
        let calls = of(std::iter::repeat_n(60.0, 100));
        let left = calls.ends_within(300.0, 10.0);
        assert!((0.05..0.5).contains(&left), "{left}");
        assert!(calls.ends_within(1.0e9, 10.0).is_finite());
    }

    #[test]
    fn the_newest_outweigh_the_old_and_memory_is_bounded() {
        let calls = of((0..5_000).map(|n| if n < 4_600 { 10.0 } else { 50.0 }));
        assert_eq!(calls.count(), KEPT);
        assert!((calls.mean() - 50.0).abs() < 0.1);
        let turned = of((0..400).map(|n| if n < 200 { 10.0 } else { 50.0 }));
        assert!(turned.mean() > 35.0, "{}", turned.mean());
    }

    #[test]
    fn quantiles_lie_where_the_samples_do() {
        let rings = of((0..300).map(|n| 5.0 + f64::from(n % 10)));
        assert!((rings.quantile(0.5) - 10.0).abs() < 0.6, "{}", rings.quantile(0.5));
        assert!((rings.quantile(0.1) - 6.0).abs() < 0.6);
        assert!(rings.quantile(0.9) > rings.quantile(0.5));
    }

    #[test]
    fn nonsense_of_a_clock_is_no_sample() {
        let calls = of([f64::NAN, -1.0, f64::INFINITY, 1.0e6]);
        assert_eq!(calls.count(), 0);
    }

    #[test]
    fn what_was_learnt_survives_a_restart() {
        let calls = of((0..50).map(f64::from));
        let stored = serde_json::to_string(&calls).unwrap();
        let again: Durations = serde_json::from_str(&stored).unwrap();
        assert_eq!(again.mean(), calls.mean());
        assert_eq!(again.survival(12.5), calls.survival(12.5));
    }
}
