//! Under overload calls are refused early and cheaply, so that those that were accepted stay good.

use std::time::{Duration, Instant};

use crate::config::sip::Sip;

/// A bucket of new calls that refills evenly, and a ceiling of calls at once.
#[derive(Debug)]
pub(super) struct Admission {
    max_calls: usize,
    per_second: f64,
    tokens: f64,
    refilled: Instant,
    /// How many reads in a row ended with more waiting in the socket.
    full_reads: u32,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Refused {
    TooManyCalls,
    TooFast,
    /// More arrives than is read: what waits in the socket grows old there.
    NetworkBehind,
    /// The store does not keep up: callers would wait in silence for their journal.
    StoreBehind,
    Stopping,
}

impl Refused {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::TooManyCalls => "too_many_calls",
            Self::TooFast => "too_fast",
            Self::NetworkBehind => "network_behind",
            Self::StoreBehind => "store_behind",
            Self::Stopping => "stopping",
        }
    }
}

/// A quarter of a second's calls may come at once: trunks send in bursts.
const BURST: Duration = Duration::from_millis(250);

/// Calls that wait for their journal: what the store commits in well under a second. More would only wait longer.
const MOST_JOURNALING: usize = 1_000;

/// A burst of trunks is read in a few goes; when it goes on, new calls are refused so that those that are up can be ended.
const MOST_FULL_READS: u32 = 4;

impl Admission {
    pub fn new(config: &Sip, now: Instant) -> Self {
        let per_second = f64::from(config.max_calls_per_second);
        Self {
            max_calls: config.max_calls as usize,
            per_second,
            tokens: per_second,
            refilled: now,
            full_reads: 0,
        }
    }

    /// After each read of the socket; `full`: it was left with more in it.
    pub fn read(&mut self, full: bool) {
        self.full_reads = if full { self.full_reads.saturating_add(1) } else { 0 };
    }

    /// `calls` at once, `journaling` of them not yet written down.
    pub fn admit(&mut self, calls: usize, journaling: usize, now: Instant) -> Result<(), Refused> {
        if calls >= self.max_calls {
            return Err(Refused::TooManyCalls);
        }
        if self.full_reads >= MOST_FULL_READS {
            return Err(Refused::NetworkBehind);
        }
        if journaling >= MOST_JOURNALING {
            return Err(Refused::StoreBehind);
        }
        let most = (self.per_second * BURST.as_secs_f64()).max(1.0);
        let gained = now.saturating_duration_since(self.refilled).as_secs_f64() * self.per_second;
        self.tokens = (self.tokens + gained).min(most);
        self.refilled = now;
        if self.tokens < 1.0 {
            return Err(Refused::TooFast);
        }
        self.tokens -= 1.0;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::Clock;

    #[test]
    fn calls_over_the_rate_are_refused_and_the_rate_is_reached() {
        let config = Sip { max_calls_per_second: 100, max_calls: 1_000_000, ..Sip::default() };
        let start = Clock::system().instant();
        let mut admission = Admission::new(&config, start);
        let admitted = (0..10_000u64)
            .filter(|n| admission.admit(0, 0, start + Duration::from_millis(n / 2)).is_ok())
            .count();
        // 5 s of 2,000 calls a second: 100 a second and the first burst.
        assert!((500..=526).contains(&admitted), "{admitted}");
    }

    #[test]
    fn calls_are_refused_while_the_socket_is_never_empty() {
        let now = Clock::system().instant();
        let mut admission = Admission::new(&Sip::default(), now);
        for _ in 0..MOST_FULL_READS {
            assert_eq!(admission.admit(0, 0, now), Ok(()));
            admission.read(true);
        }
        assert_eq!(admission.admit(0, 0, now), Err(Refused::NetworkBehind));
        admission.read(false);
        assert_eq!(admission.admit(0, 0, now), Ok(()));
    }

    #[test]
    fn calls_at_once_have_a_ceiling() {
        let config = Sip { max_calls: 2, ..Sip::default() };
        let now = Clock::system().instant();
        let mut admission = Admission::new(&config, now);
        assert_eq!(admission.admit(1, 0, now), Ok(()));
        assert_eq!(admission.admit(2, 0, now), Err(Refused::TooManyCalls));
        assert_eq!(admission.admit(1, MOST_JOURNALING, now), Err(Refused::StoreBehind));
    }
}
