//! How much each source may say before it is even read. Those who have proved who they are may say a lot; all others together only
//! so much that a flood of them costs next to nothing.

use std::collections::HashMap;
use std::net::IpAddr;
use std::time::{Duration, Instant};

use crate::domain::network::source_of;

/// Messages a second of one stranger. A phone that registers needs two, one that also calls some more.
const STRANGER: Rate = Rate { per_second: 20.0, burst: 60.0 };
/// Of all strangers together: all phones of a town that come back after a power cut, and a few per cent of a core.
const STRANGERS: Rate = Rate { per_second: 2_000.0, burst: 4_000.0 };
/// Of an address with phones behind it, which may be a whole town hall: no phone comes near it.
const PROVEN: Rate = Rate { per_second: 20_000.0, burst: 20_000.0 };

/// Budgets of addresses that were not heard for one to two of these are forgotten; they are full again long before.
const GENERATION: Duration = Duration::from_secs(60);
/// Addresses in a generation. Beyond them newcomers share one budget: a flood from forged addresses is no reason to grow.
const MAX_SOURCES: usize = 16_384;

/// For so long after a right password an address counts as one of ours.
const PROVEN_FOR: Duration = Duration::from_secs(2 * 3600);
/// More than there can be bindings.
const MAX_PROVEN: usize = 65_536;

#[derive(Clone, Copy, Debug)]
struct Rate {
    per_second: f64,
    burst: f64,
}

#[derive(Clone, Debug)]
struct Bucket {
    tokens: f64,
    at: Instant,
    heard: u64,
    dropped: u64,
}

#[derive(Debug)]
pub(super) struct Sources {
    young: HashMap<IpAddr, Bucket>,
    old: HashMap<IpAddr, Bucket>,
    turned: Instant,
    strangers: Bucket,
    /// For those who found no place.
    crowd: Bucket,
    proven: HashMap<IpAddr, Proven>,
}

/// Somebody at this address answered a nonce that was sent to it with the right password.
#[derive(Clone, Copy, Debug)]
struct Proven {
    until: Instant,
    /// Our address towards it.
    local: IpAddr,
}

/// An address that says much.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Loud {
    pub source: IpAddr,
    pub heard: u64,
    pub dropped: u64,
    pub proven: bool,
}

impl Sources {
    pub fn new(now: Instant) -> Self {
        Self {
            young: HashMap::new(),
            old: HashMap::new(),
            turned: now,
            strangers: Bucket::full(STRANGERS, now),
            crowd: Bucket::full(STRANGERS, now),
            proven: HashMap::new(),
        }
    }

    /// Whether a message of this address may be read.
    pub fn may_speak(&mut self, address: IpAddr, now: Instant) -> bool {
        self.turn(now);
        let proven = self.is_proven(address, now);
        let rate = if proven { PROVEN } else { STRANGER };
        let key = source_of(address);
        if !self.young.contains_key(&key) {
            match self.old.remove(&key) {
                Some(bucket) => {
                    self.young.insert(key, bucket);
                }
                None if self.young.len() < MAX_SOURCES => {
                    self.young.insert(key, Bucket::full(rate, now));
                }
                None => {}
            }
        }
        let own = match self.young.get_mut(&key) {
            Some(bucket) => bucket.take(rate, now),
            None => self.crowd.take(STRANGERS, now),
        };
        let may = own && (proven || self.strangers.take(STRANGERS, now));
        if !may && let Some(bucket) = self.young.get_mut(&key) {
            bucket.dropped += 1;
        }
        may
    }

    pub fn is_proven(&self, address: IpAddr, now: Instant) -> bool {
        self.proven.get(&address.to_canonical()).is_some_and(|proven| now < proven.until)
    }

    /// Our address towards one that is proven.
    pub fn local(&self, address: IpAddr) -> Option<IpAddr> {
        self.proven.get(&address.to_canonical()).map(|proven| proven.local)
    }

    pub fn prove(&mut self, address: IpAddr, local: IpAddr, now: Instant) {
        if self.proven.len() >= MAX_PROVEN {
            self.proven.retain(|_, proven| now < proven.until);
        }
        if self.proven.len() < MAX_PROVEN {
            self.proven.insert(address.to_canonical(), Proven { until: now + PROVEN_FOR, local });
        }
    }

    /// The loudest of the last minute or two, strangers and ours.
    pub fn loudest(&self, most: usize, now: Instant) -> Vec<Loud> {
        let all = self.young.iter().chain(&self.old);
        let mut loud: Vec<(u64, IpAddr, u64)> =
            all.map(|(source, bucket)| (bucket.heard, *source, bucket.dropped)).collect();
        loud.sort_unstable_by(|a, b| b.cmp(a));
        loud.truncate(most);
        let view =
            |(heard, source, dropped)| Loud { source, heard, dropped, proven: self.is_proven(source, now) };
        loud.into_iter().map(view).collect()
    }

    fn turn(&mut self, now: Instant) {
        if now.saturating_duration_since(self.turned) >= GENERATION {
            self.old = std::mem::take(&mut self.young);
            self.turned = now;
        }
    }
}

impl Bucket {
    fn full(rate: Rate, now: Instant) -> Self {
        Self { tokens: rate.burst, at: now, heard: 0, dropped: 0 }
    }

    fn take(&mut self, rate: Rate, now: Instant) -> bool {
        let gained = now.saturating_duration_since(self.at).as_secs_f64() * rate.per_second;
        self.tokens = (self.tokens + gained).min(rate.burst);
        self.at = now;
        self.heard += 1;
        let may = self.tokens >= 1.0;
        if may {
            self.tokens -= 1.0;
        }
        may
    }
}

#[cfg(test)]
mod tests {
    use std::net::Ipv6Addr;

    use super::*;
    use crate::clock::Clock;

    fn ip(n: u32) -> IpAddr {
        IpAddr::V4(n.into())
    }

    fn let_in(sources: &mut Sources, address: IpAddr, per_second: u32, start: Instant) -> u32 {
        let times = (0..per_second * 10).map(|n| start + Duration::from_secs(10) * n / (per_second * 10));
        u32::try_from(times.filter(|now| sources.may_speak(address, *now)).count()).unwrap()
    }

    #[test]
    fn stranger_has_a_small_budget_and_a_proven_one_a_large_one() {
        let now = Clock::system().instant();
        let mut sources = Sources::new(now);
        assert!((258..=262).contains(&let_in(&mut sources, ip(1), 500, now)));
        sources.prove(ip(2), ip(9), now);
        assert_eq!(let_in(&mut sources, ip(2), 500, now), 5_000);
        assert_eq!(sources.local(ip(2)), Some(ip(9)));
        assert!(!sources.is_proven(ip(2), now + PROVEN_FOR));
    }

    #[test]
    fn flood_from_forged_addresses_is_bounded_and_leaves_ours_alone() {
        let now = Clock::system().instant();
        let mut sources = Sources::new(now);
        sources.prove(ip(7), ip(9), now);
        let mut let_in = 0;
        for n in 0..200_000_u32 {
            let at = now + Duration::from_secs(10) * n / 200_000;
            let_in += u32::from(sources.may_speak(ip(1_000 + n), at));
            assert!(n % 1_000 > 0 || sources.may_speak(ip(7), at));
        }
        assert!(let_in <= 24_100, "{let_in}");
        assert!(sources.young.len() <= MAX_SOURCES && sources.old.len() <= MAX_SOURCES);
    }

    #[test]
    fn addresses_of_one_ipv6_network_share_a_budget() {
        let now = Clock::system().instant();
        let mut sources = Sources::new(now);
        let address = |n: u16| IpAddr::V6(Ipv6Addr::new(0x2001, 0xdb8, 0, 1, 0, 0, 0, n));
        assert_eq!((0..1_000).filter(|n| sources.may_speak(address(*n), now)).count(), 60);
        assert_eq!(sources.loudest(5, now).len(), 1);
    }

    #[test]
    fn silent_sources_are_forgotten() {
        let now = Clock::system().instant();
        let mut sources = Sources::new(now);
        sources.may_speak(ip(1), now);
        sources.may_speak(ip(2), now + GENERATION);
        assert_eq!(sources.loudest(5, now).len(), 2);
        sources.may_speak(ip(2), now + GENERATION * 2);
        assert_eq!(sources.loudest(5, now).len(), 1);
    }
}
