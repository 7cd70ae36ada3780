//! When the next message may go out: never over the contract's messages per second, and slower while the SMSC asks for it.

use std::time::{Duration, Instant};

/// First pause after ESME_RTHROTTLED or ESME_RMSGQFUL; it doubles with every further one.
const FIRST_PAUSE: Duration = Duration::from_millis(500);
/// A minute without a message is as long as an SMSC's measure of the rate can be.
const LONGEST_PAUSE: Duration = Duration::from_secs(60);
/// What is left of the rate after a refusal, in percent.
const LOWERED_TO: u32 = 70;
/// By how much the rate grows in a second without a refusal, in percent: a quarter of a minute from a third to the whole.
const GROWS_BY: u32 = 8;
/// One message in ten seconds, in thousandths of a second's.
const LEAST_RATE: u32 = 100;

/// A virtual-scheduling rate limiter (GCRA, ITU-T I.371): in no second more than `per_second` messages.
///
/// A small burst keeps a fast link from waking up for every message; the rate behind it is lowered by the same amount, so
/// that burst and rate together stay within the contract. An SMSC that refuses at less than its contract finds the rate that it
/// takes: lower at once, higher little by little.
#[derive(Clone, Debug)]
pub struct Throttle {
    /// Thousandths of messages per second: in the contract, and at present.
    contract: u32,
    rate: u32,
    raised_at: Instant,
    interval: Duration,
    burst: u32,
    /// When the next message is due in theory; behind `now` as much as burst is unused.
    due: Instant,
    paused_until: Instant,
    pause: Duration,
    /// The first refusal since a message was taken.
    refused_since: Option<Instant>,
}

impl Throttle {
    pub fn new(per_second: u32, now: Instant) -> Self {
        let contract = per_second.max(1).saturating_mul(1_000);
        let (interval, burst) = spaced(contract);
        Self {
            contract,
            rate: contract,
            raised_at: now,
            interval,
            burst,
            due: now,
            paused_until: now,
            pause: FIRST_PAUSE,
            refused_since: None,
        }
    }

    /// Messages that may go out now.
    pub fn available(&self, now: Instant) -> u32 {
        if now < self.paused_until {
            return 0;
        }
        let debt = self.due.saturating_duration_since(now);
        let limit = self.interval * self.burst;
        let free = limit.saturating_sub(debt).as_nanos() / self.interval.as_nanos().max(1);
        u32::try_from(free).unwrap_or(self.burst)
    }

    /// One message goes out.
    pub fn take(&mut self, now: Instant) {
        self.due = self.due.max(now) + self.interval;
    }

    /// When [`Throttle::available`] will be at least one; `now` or earlier when it is.
    pub fn ready_at(&self) -> Instant {
        let first_of_burst = self.due.checked_sub(self.interval * (self.burst - 1)).unwrap_or(self.due);
        first_of_burst.max(self.paused_until)
    }

    /// The SMSC said that it is too fast.
    pub fn slow_down(&mut self, now: Instant) {
        self.refused_since.get_or_insert(now);
        // Several messages are on the wire when the first refusal comes: they count as one.
        if now >= self.paused_until {
            self.paused_until = now + self.pause;
            self.pause = (self.pause * 2).min(LONGEST_PAUSE);
            self.raised_at = self.paused_until;
            self.set_rate(f64::from(self.rate) * f64::from(LOWERED_TO) / 100.0);
        }
    }

    /// The SMSC takes messages again.
    pub fn recovered(&mut self, now: Instant) {
        self.pause = FIRST_PAUSE;
        self.refused_since = None;
        let waited = now.saturating_duration_since(self.raised_at).as_secs();
        if waited > 0 && self.rate < self.contract {
            let grown = 1.0 + f64::from(GROWS_BY) / 100.0;
            self.set_rate(f64::from(self.rate) * grown.powf(waited.min(LONGEST_PAUSE.as_secs()) as f64));
            self.raised_at = now;
        }
    }

    /// Since when it takes nothing, because it is too busy.
    pub fn refused_since(&self) -> Option<Instant> {
        self.refused_since
    }

    fn set_rate(&mut self, rate: f64) {
        // Saturates, and is within bounds after that.
        self.rate = (rate as u32).clamp(LEAST_RATE, self.contract);
        (self.interval, self.burst) = spaced(self.rate);
    }
}

/// Between two messages, and how many may go at once, at this rate in thousandths.
fn spaced(rate: u32) -> (Duration, u32) {
    let burst = (rate / 50_000).max(1);
    let behind = rate.saturating_sub((burst - 1) * 1_000).max(1);
    // Rounded up, or the sum of a second's roundings would let one too many out.
    (Duration::from_secs(1_000) / behind + Duration::from_nanos(1), burst)
}

#[cfg(test)]
#[expect(clippy::disallowed_methods, reason = "only as a point to count from")]
mod tests {
    use super::*;

    /// Sends as fast as it may for some seconds; the times in ms.
    fn run(per_second: u32, seconds: u64) -> Vec<Duration> {
        let start = Instant::now();
        let mut throttle = Throttle::new(per_second, start);
        let mut sent = Vec::new();
        let mut now = start;
        while now < start + Duration::from_secs(seconds) {
            while throttle.available(now) > 0 {
                throttle.take(now);
                sent.push(now - start);
            }
            assert!(throttle.ready_at() > now, "it must make progress");
            now = throttle.ready_at();
        }
        sent
    }

    #[test]
    fn no_second_holds_more_than_the_contract() {
        for per_second in [1, 2, 7, 50, 99, 1_000, 10_000] {
            let sent = run(per_second, 3);
            for window in sent.windows(per_second as usize + 1) {
                let span = window[per_second as usize] - window[0];
                assert!(span >= Duration::from_secs(1), "{span:?} at {per_second}/s");
            }
            assert!(sent.len() >= (per_second as usize * 3) * 95 / 100, "{} at {per_second}/s", sent.len());
        }
    }

    #[test]
    fn refusals_lengthen_the_pause_and_success_ends_it() {
        let start = Instant::now();
        let mut throttle = Throttle::new(100, start);
        throttle.slow_down(start);
        throttle.slow_down(start);
        assert_eq!(throttle.ready_at(), start + FIRST_PAUSE);
        assert_eq!(throttle.available(start + FIRST_PAUSE / 2), 0);
        let again = start + FIRST_PAUSE;
        assert!(throttle.available(again) > 0);
        throttle.slow_down(again);
        assert_eq!(throttle.ready_at(), again + FIRST_PAUSE * 2);
        throttle.recovered(start);
        let later = again + FIRST_PAUSE * 2;
        throttle.slow_down(later);
        assert_eq!(throttle.ready_at(), later + FIRST_PAUSE);
    }

    /// An SMSC that takes so many in each second and refuses what is more; what it took in each second, and how often it refused.
    fn against(takes: u32, contract: u32, seconds: u64) -> (Vec<u32>, Vec<u32>) {
        let start = Instant::now();
        let mut throttle = Throttle::new(contract, start);
        let mut taken = vec![0; seconds as usize];
        let mut refused = vec![0; seconds as usize];
        let mut now = start;
        while now < start + Duration::from_secs(seconds) {
            let second = (now - start).as_secs() as usize;
            while throttle.available(now) > 0 {
                throttle.take(now);
                if taken[second] < takes {
                    taken[second] += 1;
                    throttle.recovered(now);
                } else {
                    refused[second] += 1;
                    throttle.slow_down(now);
                }
            }
            now = throttle.ready_at().max(now + Duration::from_nanos(1));
        }
        (taken, refused)
    }

    #[test]
    fn rate_finds_what_the_smsc_takes_with_few_refusals() {
        for (takes, contract) in [(10, 100), (20, 50), (5, 1_000), (1, 10)] {
            let (taken, refused) = against(takes, contract, 120);
            let sum = |of: &[u32]| of[20..].iter().sum::<u32>();
            assert!(sum(&taken) >= takes * 100 / 2, "{takes} of {contract}: {} in 100 s", sum(&taken));
            assert!(sum(&refused) <= 60, "{takes} of {contract}: {} refused in 100 s", sum(&refused));
        }
    }

    #[test]
    fn rate_recovers_to_the_contract() {
        let start = Instant::now();
        let mut throttle = Throttle::new(100, start);
        let mut now = start;
        for _ in 0..6 {
            throttle.slow_down(now);
            now = throttle.ready_at();
        }
        assert!(throttle.rate < 15_000);
        for second in 1..60 {
            throttle.recovered(now + Duration::from_secs(second));
        }
        assert_eq!(throttle.rate, 100_000);
    }

    #[test]
    fn refusals_are_counted_from_the_first_until_a_message_is_taken() {
        let start = Instant::now();
        let mut throttle = Throttle::new(100, start);
        throttle.slow_down(start);
        throttle.slow_down(start + FIRST_PAUSE);
        assert_eq!(throttle.refused_since(), Some(start));
        throttle.recovered(start + FIRST_PAUSE);
        assert_eq!(throttle.refused_since(), None);
    }
}
