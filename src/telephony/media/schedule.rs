//! When to do what: an absolute grid of ticks, so that lateness never adds up to drift.

use std::time::{Duration, Instant};

/// Legs are spread over the ticks of a frame, so that packets leave evenly and not in one burst every 20 ms.
pub(super) const TICKS_A_FRAME: u64 = 4;
pub(super) const TICK: Duration = Duration::from_millis(5);
pub(super) const TICKS_A_SECOND: u32 = 200;
/// After a stall, so many missed ticks are made up for; older ones are skipped, because a peer's jitter buffer could not hold them.
const CATCH_UP: u64 = 20;

#[derive(Clone, Debug)]
pub(super) struct Schedule {
    start: Instant,
    next: u64,
}

/// A tick that is due.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Due {
    pub(super) tick: u64,
    pub(super) late: Duration,
}

impl Schedule {
    pub(super) fn new(start: Instant) -> Self {
        Self { start, next: 0 }
    }

    /// The next tick when its time has come. Call again until `None`.
    pub(super) fn due(&mut self, now: Instant) -> Option<Due> {
        let current = self.current(now);
        if self.next > current {
            return None;
        }
        self.next = self.next.max(current.saturating_sub(CATCH_UP));
        let due = Due { tick: self.next, late: now.saturating_duration_since(self.time_of(self.next)) };
        self.next += 1;
        Some(due)
    }

    /// How long until the next tick.
    pub(super) fn wait(&self, now: Instant) -> Duration {
        self.time_of(self.next).saturating_duration_since(now)
    }

    /// The frame of the present moment.
    pub(super) fn frame(&self, now: Instant) -> u64 {
        frame_of(self.current(now))
    }

    /// After a rest without legs: what passed meanwhile was not missed.
    pub(super) fn resume(&mut self, now: Instant) {
        self.next = self.next.max(self.current(now) + 1);
    }

    fn current(&self, now: Instant) -> u64 {
        let passed = now.saturating_duration_since(self.start).as_micros() / TICK.as_micros();
        u64::try_from(passed).unwrap_or(u64::MAX)
    }

    fn time_of(&self, tick: u64) -> Instant {
        self.start + Duration::from_micros(tick.saturating_mul(TICK.as_micros() as u64))
    }
}

/// The frame of a tick; each leg has its own tick within the frame.
pub(super) fn frame_of(tick: u64) -> u64 {
    tick / TICKS_A_FRAME
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::*;
    use crate::clock::Clock;

    fn ticks(schedule: &mut Schedule, now: Instant) -> Vec<u64> {
        std::iter::from_fn(|| schedule.due(now)).map(|due| due.tick).collect()
    }

    #[test]
    fn late_wake_ups_do_not_add_up() {
        let clock = Clock::test(Timestamp::UNIX_EPOCH);
        let mut schedule = Schedule::new(clock.instant());
        let mut count = 0;
        for n in 0..2_000_u64 {
            clock.advance(schedule.wait(clock.instant()) + Duration::from_micros(n % 7 * 700));
            count += ticks(&mut schedule, clock.instant()).len() as u64;
        }
        let passed = clock.instant().duration_since(schedule.start);
        assert_eq!(count, (passed.as_micros() / TICK.as_micros()) as u64 + 1);
    }

    #[test]
    fn a_short_stall_is_made_up_for_and_a_long_one_is_skipped() {
        let start = Clock::test(Timestamp::UNIX_EPOCH).instant();
        let mut schedule = Schedule::new(start);
        assert_eq!(ticks(&mut schedule, start), [0]);
        assert_eq!(ticks(&mut schedule, start + TICK * 4), [1, 2, 3, 4]);
        assert_eq!(ticks(&mut schedule, start + TICK * 1_000), (980..=1_000).collect::<Vec<_>>());
    }

    #[test]
    fn a_rest_is_not_lateness() {
        let start = Clock::test(Timestamp::UNIX_EPOCH).instant();
        let mut schedule = Schedule::new(start);
        schedule.resume(start + TICK * 500);
        assert_eq!(ticks(&mut schedule, start + TICK * 500), [] as [u64; 0]);
        assert_eq!(schedule.wait(start + TICK * 500), TICK);
    }
}
