//! What the network lets us dial: free channels less those that inbound calls keep, calls per second, and a rest after it refused.

use serde::{Deserialize, Serialize};

/// The first rest after a refusal, and the longest, in seconds.
const FIRST_REST: f64 = 0.5;
const LONGEST_REST: f64 = 30.0;
/// So many rests without a call that was taken in between are short: a network that refuses some calls takes others.
const SHORT_RESTS: u32 = 3;
/// Calls that find out whether a long rest is over.
const PROBES: u32 = 2;
/// Of a Retry-After (RFC 3261 §20.33): a campaign does not wait for hours because of a header.
const LONGEST_ASKED: f64 = 300.0;
/// Calls that may go at once, in seconds of the rate.
const BURST: f64 = 1.0;

#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct TrunkLimits {
    /// Channels that inbound calls keep: a campaign never makes a citizen hear busy.
    pub reserved: u32,
    pub calls_per_second: f64,
}

impl Default for TrunkLimits {
    fn default() -> Self {
        Self { reserved: 2, calls_per_second: 10.0 }
    }
}

/// What is left of the rate, and whether the network wants to be left alone.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Trunk {
    /// Calls that may go now.
    tokens: f64,
    filled: Option<f64>,
    /// In which nothing was taken.
    rests: u32,
    rests_until: f64,
}

impl Trunk {
    /// The network refused a call with something that says nothing of who was called: 503, 5xx, 408 (RFC 3261 §21.5). Rests get longer while nothing is taken;
    /// refusals of calls that were under way together are one.
    pub fn refused(&mut self, now: f64, retry_after: Option<f64>) {
        if now >= self.rests_until {
            self.rests = self.rests.saturating_add(1);
            let doubled = self.rests.saturating_sub(SHORT_RESTS).min(16);
            self.rests_until = now + (FIRST_REST * 2.0_f64.powf(f64::from(doubled))).min(LONGEST_REST);
        }
        if let Some(asked) = retry_after {
            self.rests_until = self.rests_until.max(now + asked.clamp(0.0, LONGEST_ASKED));
        }
    }

    /// It took a call: the next refusal is another trouble.
    pub fn took(&mut self) {
        self.rests = 0;
    }

    pub fn rests(&self, now: f64) -> bool {
        now < self.rests_until
    }

    /// How many may be dialled now.
    pub fn room(&mut self, limits: &TrunkLimits, free_channels: u32, now: f64) -> u32 {
        let rate = limits.calls_per_second.max(0.0);
        let most = (rate * BURST).max(1.0);
        let since = self.filled.map_or(BURST, |at| (now - at).max(0.0));
        self.tokens = (self.tokens + since * rate).min(most);
        self.filled = Some(now);
        if self.rests(now) {
            return 0;
        }
        let at_once = if self.rests > SHORT_RESTS { PROBES } else { u32::MAX };
        free_channels.saturating_sub(limits.reserved).min(self.tokens as u32).min(at_once)
    }

    pub fn dialled(&mut self, calls: u32) {
        self.tokens -= f64::from(calls);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIMITS: TrunkLimits = TrunkLimits { reserved: 2, calls_per_second: 4.0 };

    #[test]
    fn inbound_keeps_its_channels() {
        let mut trunk = Trunk::default();
        assert_eq!(trunk.room(&LIMITS, 3, 0.0), 1);
        assert_eq!(trunk.room(&LIMITS, 2, 1.0), 0);
        assert_eq!(trunk.room(&LIMITS, 0, 2.0), 0);
    }

    #[test]
    fn no_more_calls_in_a_second_than_agreed() {
        let (mut trunk, mut dialled) = (Trunk::default(), 0);
        for half in 0..20 {
            let room = trunk.room(&LIMITS, 100, f64::from(half) * 0.5);
            trunk.dialled(room);
            dialled += room;
        }
        assert!((40..=44).contains(&dialled), "{dialled} in ten seconds");
    }

    #[test]
    fn a_network_that_refuses_is_left_alone_longer_each_time_and_then_asked_carefully() {
        let mut trunk = Trunk::default();
        let mut now = 0.0;
        for rest in [0.5, 0.5, 0.5, 1.0, 2.0, 4.0, 8.0, 16.0, 30.0, 30.0] {
            trunk.refused(now, None);
            trunk.refused(now + 0.1, None); // of the same breath
            assert_eq!(trunk.room(&LIMITS, 100, now + rest - 0.01), 0, "rests for {rest} s");
            now += rest;
            assert!(trunk.room(&LIMITS, 100, now) > 0);
        }
        assert_eq!(trunk.room(&LIMITS, 100, now), PROBES);
        trunk.refused(now, Some(60.0));
        assert!(trunk.rests(now + 59.0) && !trunk.rests(now + 60.0), "it said when");
    }

    #[test]
    fn it_is_trusted_again_when_it_takes_a_call() {
        let mut trunk = Trunk::default();
        for n in 0..5 {
            trunk.refused(f64::from(n) * 100.0, None);
        }
        trunk.took();
        assert_eq!(trunk.room(&LIMITS, 100, 510.0), 4);
        trunk.refused(511.0, None);
        assert!(!trunk.rests(511.5), "the first rest again");
    }
}
