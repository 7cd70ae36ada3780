//! When the next message may go out: never over the contract's messages per second, and slower while the SMSC asks for it.

use std::time::{Duration, Instant};

/// First pause after ESME_RTHROTTLED or ESME_RMSGQFUL; it doubles with every further one.
const FIRST_PAUSE: Duration = Duration::from_millis(500);
/// A minute without a message is as long as an SMSC's measure of the rate can be.
const LONGEST_PAUSE: Duration = Duration::from_secs(60);

/// A virtual-scheduling rate limiter (GCRA, ITU-T I.371): in no second more than `per_second` messages.
///
/// A small burst keeps a fast link from waking up for every message; the rate behind it is lowered by the same amount, so
/// that burst and rate together stay within the contract.
#[derive(Clone, Debug)]
pub struct Throttle {
    interval: Duration,
    burst: u32,
    /// When the next message is due in theory; behind `now` as much as burst is unused.
    due: Instant,
    paused_until: Instant,
    pause: Duration,
}

impl Throttle {
    pub fn new(per_second: u32, now: Instant) -> Self {
        let per_second = per_second.max(1);
        let burst = (per_second / 50).max(1);
        // Rounded up, or the sum of a second's roundings would let one too many out.
        let interval = Duration::from_secs(1) / (per_second - (burst - 1)) + Duration::from_nanos(1);
        Self { interval, burst, due: now, paused_until: now, pause: FIRST_PAUSE }
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
        // Several messages are on the wire when the first refusal comes: they count as one.
        if now >= self.paused_until {
            self.paused_until = now + self.pause;
            self.pause = (self.pause * 2).min(LONGEST_PAUSE);
        }
    }

    /// The SMSC takes messages again.
    pub fn recovered(&mut self) {
        self.pause = FIRST_PAUSE;
    }
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
        throttle.recovered();
        let later = again + FIRST_PAUSE * 2;
        throttle.slow_down(later);
        assert_eq!(throttle.ready_at(), later + FIRST_PAUSE);
    }
}
