//! The probability that one who answers finds nobody free.
//!
//! Whether each busy operator is free by some moment, and whether each call in flight is answered by then, are taken as independent trials of different
//! probability; how many of them succeed is distributed as Poisson's binomial, which is built trial by trial.

/// How many of some trials succeed: the probability of each number. The last one is "so many or more".
#[derive(Clone, Debug)]
struct Successes {
    of: Vec<f64>,
    most: usize,
    /// Where the next distribution is written.
    spare: Vec<f64>,
}

impl Successes {
    fn up_to(most: usize) -> Self {
        let mut of = Vec::with_capacity(most + 2);
        of.push(1.0);
        Self { of, most, spare: Vec::with_capacity(most + 2) }
    }

    fn add(&mut self, probability: f64) {
        let (hit, miss) = (probability, 1.0 - probability);
        self.spare.clear();
        self.spare.push(self.of.first().copied().unwrap_or_default() * miss);
        let pairs = self.of.iter().zip(self.of.iter().skip(1));
        self.spare.extend(pairs.map(|(fewer, same)| same * miss + fewer * hit));
        let one_more = self.of.last().copied().unwrap_or_default() * hit;
        if self.of.len() <= self.most {
            self.spare.push(one_more);
        } else if let Some(or_more) = self.spare.last_mut() {
            *or_more += one_more;
        }
        std::mem::swap(&mut self.of, &mut self.spare);
    }
}

/// One moment at which a call that is dialled now may be answered.
#[derive(Clone, Debug)]
pub(super) struct Moment {
    /// Answers of other calls by then.
    answers: Successes,
    /// The probability that at most so many operators are free by then, those that are free now included.
    at_most_free: Vec<f64>,
}

impl Moment {
    /// `frees`: for each busy operator, the probability to be free by then.
    pub fn new(idle: usize, frees: &[f64]) -> Self {
        // More than that are never free together: six standard deviations (each variance is less than its mean) leave out less than a millionth.
        let mean: f64 = frees.iter().sum();
        let most = frees.len().min((mean + 6.0 * mean.sqrt() + 3.0) as usize);
        let mut freed = Successes::up_to(most);
        frees.iter().for_each(|probability| freed.add(*probability));
        let mut sum = 0.0;
        let running = freed.of.iter().map(|share| {
            sum += share;
            sum
        });
        let at_most_free = std::iter::repeat_n(0.0, idle).chain(running).collect();
        Self { answers: Successes::up_to(idle + most), at_most_free }
    }

    /// One more call, which is answered by then with this probability.
    pub fn add_call(&mut self, probability: f64) {
        self.answers.add(probability);
    }

    /// P(answers of others >= free operators).
    pub fn risk(&self) -> f64 {
        self.answers.of.iter().zip(&self.at_most_free).map(|(answers, at_most)| answers * at_most).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn choose(n: u32, k: u32) -> f64 {
        (0..k).map(|i| f64::from(n - i) / f64::from(i + 1)).product()
    }

    #[test]
    fn equal_trials_are_the_binomial_distribution() {
        let mut successes = Successes::up_to(10);
        (0..10).for_each(|_| successes.add(0.3));
        for (k, share) in (0..).zip(&successes.of) {
            let binomial = choose(10, k) * 0.3_f64.powi(k as i32) * 0.7_f64.powi(10 - k as i32);
            assert!((share - binomial).abs() < 1e-12, "{k}");
        }
    }

    #[test]
    fn more_than_can_be_told_apart_are_kept_together() {
        let mut successes = Successes::up_to(2);
        (0..10).for_each(|_| successes.add(0.5));
        assert!((successes.of.iter().sum::<f64>() - 1.0).abs() < 1e-12);
        assert!((successes.of[2] - (1.0 - 11.0 / 1024.0)).abs() < 1e-12);
    }

    #[test]
    fn nobody_is_at_risk_while_there_are_fewer_calls_than_free_operators() {
        let mut moment = Moment::new(3, &[0.0, 0.5]);
        moment.add_call(1.0);
        moment.add_call(1.0);
        assert_eq!(moment.risk(), 0.0);
        moment.add_call(1.0);
        assert!((moment.risk() - 0.5).abs() < 1e-12, "the fourth is lucky if the operator gets free");
        moment.add_call(1.0);
        assert_eq!(moment.risk(), 1.0);
    }

    #[test]
    fn without_operators_every_answer_is_lost() {
        assert_eq!(Moment::new(0, &[]).risk(), 1.0);
    }
}
