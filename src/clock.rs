//! The only place that asks the machine what time it is.
//!
//! Everything else takes time as an argument or asks a [`Clock`], so that tests run on a clock of their own.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use jiff::Timestamp;

/// Wall-clock time for what is stored and shown, monotonic time for timers.
#[derive(Clone, Debug)]
pub struct Clock(Kind);

#[derive(Clone, Debug)]
enum Kind {
    System,
    Test(Arc<Mutex<Frozen>>),
}

#[derive(Debug)]
struct Frozen {
    now: Timestamp,
    instant: Instant,
}

impl Clock {
    pub fn system() -> Self {
        Self(Kind::System)
    }

    /// A clock that stands still at `now` until [`Clock::advance`] moves it.
    pub fn test(now: Timestamp) -> Self {
        Self(Kind::Test(Arc::new(Mutex::new(Frozen { now, instant: machine_instant() }))))
    }

    /// UTC, truncated to microseconds: what PostgreSQL keeps, so that both databases return what was stored.
    pub fn now(&self) -> Timestamp {
        let now = match &self.0 {
            Kind::System => machine_now(),
            Kind::Test(frozen) => frozen.lock().unwrap_or_else(PoisonError::into_inner).now,
        };
        Timestamp::from_microsecond(now.as_microsecond()).unwrap_or(now)
    }

    /// Monotonic; for timers and durations only.
    pub fn instant(&self) -> Instant {
        match &self.0 {
            Kind::System => machine_instant(),
            Kind::Test(frozen) => frozen.lock().unwrap_or_else(PoisonError::into_inner).instant,
        }
    }

    /// Moves a test clock; a system clock cannot be moved and stays as it is.
    pub fn advance(&self, by: Duration) {
        if let Kind::Test(frozen) = &self.0 {
            let mut frozen = frozen.lock().unwrap_or_else(PoisonError::into_inner);
            frozen.instant += by;
            frozen.now = frozen
                .now
                .saturating_add(jiff::SignedDuration::try_from(by).unwrap_or_default())
                .unwrap_or(frozen.now);
        }
    }
}

#[expect(clippy::disallowed_methods, reason = "this is the one place that asks the machine")]
fn machine_now() -> Timestamp {
    Timestamp::now()
}

#[expect(clippy::disallowed_methods, reason = "this is the one place that asks the machine")]
fn machine_instant() -> Instant {
    Instant::now()
}
