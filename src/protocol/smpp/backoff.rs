//! When to connect again: from one second, doubling up to a limit, with jitter so that the links of a restarted machine
//! do not all come back in the same instant.

use std::time::Duration;

const FIRST: Duration = Duration::from_secs(1);

#[derive(Clone, Debug)]
pub struct Backoff {
    next: Duration,
    max: Duration,
}

impl Backoff {
    pub fn new(max: Duration) -> Self {
        Self { next: FIRST, max: max.max(FIRST) }
    }

    /// How long to wait before the next attempt. `random` is a fresh number in 0..1: the wait is 75 to 125 % of the step.
    pub fn wait(&mut self, random: f64) -> Duration {
        let step = self.next;
        self.next = (step * 2).min(self.max);
        step.mul_f64(0.75 + random.clamp(0.0, 1.0) / 2.0)
    }

    /// The link was bound.
    pub fn reset(&mut self) {
        self.next = FIRST;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_double_up_to_the_limit_and_start_again_after_success() {
        let mut backoff = Backoff::new(Duration::from_secs(5));
        let mut waits = || backoff.wait(0.5).as_secs();
        assert_eq!([waits(), waits(), waits(), waits(), waits()], [1, 2, 4, 5, 5]);
        backoff.reset();
        assert_eq!(backoff.wait(0.0), Duration::from_millis(750));
        assert_eq!(backoff.wait(1.0), Duration::from_millis(2500));
    }
}
