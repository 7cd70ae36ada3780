//! How often a log-in may be tried.

use std::net::IpAddr;
use std::num::NonZeroU32;
use std::time::{Duration, Instant};

use governor::clock::Clock as _;
use governor::middleware::NoOpMiddleware;
use governor::state::keyed::DefaultKeyedStateStore;
use governor::{Quota, RateLimiter};

use crate::clock::Clock;
use crate::domain::network::source_of;

/// An office behind one address logs in at seven in the morning; a guesser needs thousands of tries.
const TRIES_PER_ADDRESS: Tries = Tries { at_once: nonzero(30), then_every: Duration::from_secs(4) };
/// A person mistypes a few times; slower than an attack that spreads over many addresses.
const TRIES_PER_USER: Tries = Tries { at_once: nonzero(8), then_every: Duration::from_secs(20) };
/// A family follows a few cases; whoever tries PINs is stopped here before the cases are locked.
const FOLLOWED_PER_ADDRESS: Tries = Tries { at_once: nonzero(20), then_every: Duration::from_secs(15) };
/// A provider of mail follows the links of many readers from a few addresses, and a list is read in one morning; a guesser gets nowhere anyway.
const UNSUBSCRIBED_PER_ADDRESS: Tries =
    Tries { at_once: nonzero(300), then_every: Duration::from_millis(200) };
/// A house behind one address answers its surveys, each page of them a try; a telephone network has thousands behind a few.
const ANSWERED_PER_ADDRESS: Tries = Tries { at_once: nonzero(300), then_every: Duration::from_millis(200) };
/// Beyond so many remembered keys, those that have recovered are forgotten: memory stays bounded by the rate of tries.
const REMEMBERED_KEYS: usize = 10_000;

type Limiter<K> = RateLimiter<K, DefaultKeyedStateStore<K>, Ticks, NoOpMiddleware<Instant>>;

#[derive(Debug)]
pub struct Guard {
    addresses: Limiter<IpAddr>,
    users: Limiter<String>,
    followers: Limiter<IpAddr>,
    unsubscribers: Limiter<IpAddr>,
    answerers: Limiter<IpAddr>,
    clock: Ticks,
}

/// Too many tries; how long until the next one is allowed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TooMany {
    pub wait: Duration,
}

impl Guard {
    pub fn new(clock: Clock) -> Self {
        let clock = Ticks(clock);
        Self {
            addresses: RateLimiter::dashmap_with_clock(TRIES_PER_ADDRESS.quota(), clock.clone()),
            users: RateLimiter::dashmap_with_clock(TRIES_PER_USER.quota(), clock.clone()),
            followers: RateLimiter::dashmap_with_clock(FOLLOWED_PER_ADDRESS.quota(), clock.clone()),
            unsubscribers: RateLimiter::dashmap_with_clock(UNSUBSCRIBED_PER_ADDRESS.quota(), clock.clone()),
            answerers: RateLimiter::dashmap_with_clock(ANSWERED_PER_ADDRESS.quota(), clock.clone()),
            clock,
        }
    }

    /// Counts one try. The name is counted whether or not such a user exists, so that the answer tells nothing.
    pub fn log_in(&self, address: IpAddr, name: &str) -> Result<(), TooMany> {
        let now = self.clock.now();
        forget_recovered(&self.addresses);
        forget_recovered(&self.users);
        let refused = |until: governor::NotUntil<Instant>| TooMany { wait: until.wait_time_from(now) };
        self.addresses.check_key(&source_of(address)).map_err(refused)?;
        self.users.check_key(&name.trim().to_lowercase().chars().take(64).collect()).map_err(refused)
    }

    /// Counts one try of somebody who is logged in, at the password or at a code.
    pub fn check(&self, name: &str) -> Result<(), TooMany> {
        let now = self.clock.now();
        let refused = |until: governor::NotUntil<Instant>| TooMany { wait: until.wait_time_from(now) };
        self.users.check_key(&name.to_owned()).map_err(refused)
    }
}

impl Guard {
    /// Counts one link of a mail that was followed, right or wrong.
    pub fn unsubscribe(&self, address: IpAddr) -> Result<(), TooMany> {
        let now = self.clock.now();
        forget_recovered(&self.unsubscribers);
        self.unsubscribers
            .check_key(&source_of(address))
            .map_err(|until| TooMany { wait: until.wait_time_from(now) })
    }

    /// Counts one page of a survey that was opened or sent by a link, right or wrong.
    pub fn answer_survey(&self, address: IpAddr) -> Result<(), TooMany> {
        let now = self.clock.now();
        forget_recovered(&self.answerers);
        self.answerers
            .check_key(&source_of(address))
            .map_err(|until| TooMany { wait: until.wait_time_from(now) })
    }

    /// Counts one look at a case with a PIN, right or wrong.
    pub fn follow(&self, address: IpAddr) -> Result<(), TooMany> {
        let now = self.clock.now();
        forget_recovered(&self.followers);
        self.followers
            .check_key(&source_of(address))
            .map_err(|until| TooMany { wait: until.wait_time_from(now) })
    }
}

fn forget_recovered<K: std::hash::Hash + Eq + Clone>(limiter: &Limiter<K>) {
    if limiter.len() > REMEMBERED_KEYS {
        limiter.retain_recent();
    }
}

struct Tries {
    at_once: NonZeroU32,
    then_every: Duration,
}

impl Tries {
    fn quota(&self) -> Quota {
        let quota = Quota::with_period(self.then_every).unwrap_or(Quota::per_minute(self.at_once));
        quota.allow_burst(self.at_once)
    }
}

const fn nonzero(count: u32) -> NonZeroU32 {
    NonZeroU32::MIN.saturating_add(count - 1)
}

/// The program's clock for the limiter, so that tests move its time.
#[derive(Clone, Debug)]
struct Ticks(Clock);

impl governor::clock::Clock for Ticks {
    type Instant = Instant;

    fn now(&self) -> Instant {
        self.0.instant()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn guessing_a_password_is_slowed_down_and_forgiven_with_time() {
        let clock = Clock::test("2026-11-22T07:00:00Z".parse().unwrap());
        let guard = Guard::new(clock.clone());
        let address = IpAddr::from([192, 0, 2, 1]);
        for _ in 0..8 {
            guard.log_in(address, "mira").unwrap();
        }
        let refused = guard.log_in(address, " MIRA ").unwrap_err();
        assert!(refused.wait <= Duration::from_secs(20));
        guard.log_in(address, "jovan").unwrap();
        clock.advance(Duration::from_secs(20));
        guard.log_in(address, "mira").unwrap();
    }

    #[test]
    fn one_address_cannot_try_many_names() {
        let guard = Guard::new(Clock::test("2026-11-22T07:00:00Z".parse().unwrap()));
        let address = IpAddr::from([192, 0, 2, 1]);
        let tried = (0..100).take_while(|n| guard.log_in(address, &format!("user{n}")).is_ok()).count();
        assert_eq!(tried, 30);
        guard.log_in(IpAddr::from([192, 0, 2, 2]), "another").unwrap();
    }

    #[test]
    fn a_whole_network_of_addresses_is_one_that_tries() {
        let guard = Guard::new(Clock::test("2026-11-22T07:00:00Z".parse().unwrap()));
        let address = |n: u16| IpAddr::from([0x2001, 0xdb8, 1, 2, 0, 0, 0, n]);
        let names = (0..100).take_while(|n| guard.log_in(address(*n), &format!("user{n}")).is_ok()).count();
        assert_eq!(names, 30);
        assert_eq!((0..100).take_while(|n| guard.follow(address(*n)).is_ok()).count(), 20);
        guard.follow(IpAddr::from([0x2001, 0xdb8, 1, 3, 0, 0, 0, 1])).unwrap();
    }
}
