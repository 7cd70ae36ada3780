//! Does anything arrive at all? One-way audio is the commonest fault of a telephone network, and the one that nobody reports well.

use std::time::{Duration, Instant};

/// So long without a single packet of a peer that should send is told.
const TOLD_AFTER: Duration = Duration::from_secs(3);

/// The first packet of a peer, awaited anew after every change of what it should do.
#[derive(Clone, Copy, Debug)]
pub(super) enum Arrival {
    /// On hold it need not send.
    NotExpected,
    Awaited {
        since: Instant,
    },
    /// And that was told.
    Missing,
    Heard,
}

impl Arrival {
    pub(super) fn new(expected: bool, now: Instant) -> Self {
        if expected { Self::Awaited { since: now } } else { Self::NotExpected }
    }

    /// A re-INVITE: whether the peer should send now, and whether its address changed.
    pub(super) fn update(&mut self, expected: bool, moved: bool, now: Instant) {
        *self = match *self {
            Self::Heard if expected && !moved => Self::Heard,
            same @ (Self::Awaited { .. } | Self::Missing) if expected && !moved => same,
            _ => Self::new(expected, now),
        };
    }

    /// A packet came. True when its absence was told before. What comes on hold, unexpected, changes nothing.
    pub(super) fn heard(&mut self) -> bool {
        self.is_expected() && matches!(std::mem::replace(self, Self::Heard), Self::Missing)
    }

    pub(super) fn is_expected(&self) -> bool {
        !matches!(self, Self::NotExpected)
    }

    /// True once, when the absence is to be told.
    pub(super) fn is_missing(&mut self, now: Instant) -> bool {
        let Self::Awaited { since } = *self else { return false };
        let missing = now.saturating_duration_since(since) >= TOLD_AFTER;
        if missing {
            *self = Self::Missing;
        }
        missing
    }
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::*;
    use crate::clock::Clock;

    fn now() -> Instant {
        Clock::test(Timestamp::UNIX_EPOCH).instant()
    }

    #[test]
    fn absence_is_told_once_and_its_end_too() {
        let start = now();
        let mut arrival = Arrival::new(true, start);
        assert!(!arrival.is_missing(start + TOLD_AFTER / 2));
        assert!(arrival.is_missing(start + TOLD_AFTER));
        assert!(!arrival.is_missing(start + TOLD_AFTER * 9));
        assert!(arrival.heard());
        assert!(!arrival.heard());
        assert!(!arrival.is_missing(start + TOLD_AFTER * 99));
    }

    #[test]
    fn nothing_is_missed_on_hold_and_the_wait_begins_after_it() {
        let start = now();
        let mut arrival = Arrival::new(false, start);
        assert!(!arrival.is_missing(start + TOLD_AFTER * 9));
        arrival.update(true, false, start + TOLD_AFTER * 9);
        assert!(!arrival.is_missing(start + TOLD_AFTER * 9));
        assert!(arrival.is_missing(start + TOLD_AFTER * 10));
    }

    #[test]
    fn a_new_address_is_awaited_anew_and_an_unchanged_one_is_not() {
        let start = now();
        let mut arrival = Arrival::new(true, start);
        arrival.heard();
        arrival.update(true, false, start);
        assert!(!arrival.is_missing(start + TOLD_AFTER));
        arrival.update(true, true, start);
        assert!(arrival.is_missing(start + TOLD_AFTER));
    }
}
