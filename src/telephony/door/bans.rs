//! Who is not listened to for a while: those who were seen to try passwords.
//!
//! Only failures of senders that proved to be at their address count (they answered a nonce that was sent there, or hold a
//! connection), so nobody can be banned by packets that others forge. A request without credentials, which is how every
//! registration begins, never counts.

use std::collections::HashMap;
use std::net::IpAddr;
use std::time::{Duration, Instant};

/// So many failures at one go, and out. A phone with a wrong password tries some times a minute and never gets there.
const TOLERANCE: f64 = 10.0;
/// Where a phone has registered rightly not long ago there are people who mistype, behind one address.
const TOLERANCE_PROVEN: f64 = 60.0;
/// One failure is forgotten in so long.
const FORGIVEN_EVERY: Duration = Duration::from_secs(20);
/// The first ban; each further one of the same address lasts twice as long.
const FIRST_BAN: Duration = Duration::from_secs(10 * 60);
const LONGEST_BAN: Duration = Duration::from_secs(24 * 3600);
/// Real addresses that really tried: a botnet of this size is beyond what bans are good for.
const MAX_BANS: usize = 10_000;
const MAX_SUSPECTS: usize = 10_000;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::telephony) enum Offence {
    WrongPassword,
    /// Guessing names is what scanners do first.
    UnknownPhone,
    /// A program that does nothing else, on a connection of its own.
    Scanner,
}

#[derive(Clone, Debug)]
pub(super) struct Ban {
    pub since: Instant,
    pub until: Instant,
    pub offence: Offence,
    /// Packets that were dropped because of it.
    pub dropped: u64,
    lasts: Duration,
}

#[derive(Debug, Default)]
pub(super) struct Bans {
    bans: HashMap<IpAddr, Ban>,
    suspects: HashMap<IpAddr, Suspect>,
}

#[derive(Debug)]
struct Suspect {
    failures: f64,
    at: Instant,
}

impl Offence {
    fn weight(self) -> f64 {
        match self {
            Self::WrongPassword => 1.0,
            Self::UnknownPhone => 2.0,
            Self::Scanner => TOLERANCE_PROVEN,
        }
    }

    pub fn as_str(self) -> &'static str {
        match self {
            Self::WrongPassword => "wrong_password",
            Self::UnknownPhone => "unknown_phone",
            Self::Scanner => "scanner",
        }
    }
}

impl Bans {
    pub fn is_banned(&mut self, address: IpAddr, now: Instant) -> bool {
        match self.bans.get_mut(&address.to_canonical()) {
            Some(ban) if now < ban.until => {
                ban.dropped += 1;
                true
            }
            _ => false,
        }
    }

    /// Whether the address is banned by it. `proven`: a phone there has shown its password not long ago.
    pub fn failed(&mut self, address: IpAddr, offence: Offence, proven: bool, now: Instant) -> bool {
        let address = address.to_canonical();
        if self.suspects.len() >= MAX_SUSPECTS && !self.suspects.contains_key(&address) {
            self.suspects.retain(|_, suspect| suspect.left(now) > 0.0);
            if self.suspects.len() >= MAX_SUSPECTS {
                return false;
            }
        }
        let suspect = self.suspects.entry(address).or_insert(Suspect { failures: 0.0, at: now });
        suspect.failures = suspect.left(now) + offence.weight();
        suspect.at = now;
        let tolerance = if proven { TOLERANCE_PROVEN } else { TOLERANCE };
        if suspect.failures < tolerance {
            return false;
        }
        self.suspects.remove(&address);
        self.ban(address, offence, now)
    }

    /// Of an address whose phone has just shown the right password: earlier mistakes were mistakes.
    pub fn succeeded(&mut self, address: IpAddr) {
        self.suspects.remove(&address.to_canonical());
    }

    /// `false` when it was not banned.
    pub fn lift(&mut self, address: IpAddr) -> bool {
        self.bans.remove(&address.to_canonical()).is_some()
    }

    pub fn current(&self, now: Instant) -> impl Iterator<Item = (IpAddr, &Ban)> {
        self.bans.iter().filter(move |(_, ban)| now < ban.until).map(|(address, ban)| (*address, ban))
    }

    fn ban(&mut self, address: IpAddr, offence: Offence, now: Instant) -> bool {
        // A ban that is over is kept for as long again: whoever comes back is a known offender.
        self.bans.retain(|_, ban| now < ban.until + ban.lasts);
        let lasts = self.bans.get(&address).map_or(FIRST_BAN, |ban| (ban.lasts * 2).min(LONGEST_BAN));
        if self.bans.len() >= MAX_BANS {
            return false;
        }
        self.bans.insert(address, Ban { since: now, until: now + lasts, offence, dropped: 0, lasts });
        true
    }
}

impl Suspect {
    fn left(&self, now: Instant) -> f64 {
        let forgiven = now.saturating_duration_since(self.at).as_secs_f64() / FORGIVEN_EVERY.as_secs_f64();
        (self.failures - forgiven).max(0.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::Clock;

    const HERE: IpAddr = IpAddr::V4(std::net::Ipv4Addr::new(198, 51, 100, 7));

    fn tries(bans: &mut Bans, count: usize, every: Duration, proven: bool, start: Instant) -> Option<usize> {
        (0..count).find(|n| {
            let now = start + every * u32::try_from(*n).unwrap();
            bans.failed(HERE, Offence::WrongPassword, proven, now)
        })
    }

    #[test]
    fn guessing_is_banned_and_a_phone_with_a_wrong_password_is_not() {
        let start = Clock::system().instant();
        assert_eq!(tries(&mut Bans::default(), 1_000, Duration::from_secs(1), false, start), Some(10));
        assert_eq!(tries(&mut Bans::default(), 10_000, Duration::from_secs(30), false, start), None);
        assert!(tries(&mut Bans::default(), 30, Duration::from_secs(1), true, start).is_none());
    }

    #[test]
    fn ban_ends_and_the_next_one_is_longer() {
        let mut bans = Bans::default();
        let start = Clock::system().instant();
        let banned =
            |bans: &mut Bans, now| (0..10).any(|_| bans.failed(HERE, Offence::WrongPassword, false, now));
        assert!(banned(&mut bans, start));
        assert!(bans.is_banned(HERE, start + FIRST_BAN - Duration::from_secs(1)));
        let free = start + FIRST_BAN;
        assert!(!bans.is_banned(HERE, free));
        assert!(banned(&mut bans, free));
        assert!(bans.is_banned(HERE, free + FIRST_BAN + Duration::from_secs(1)));
        assert!(bans.lift(HERE));
        assert!(!bans.is_banned(HERE, free));
    }

    #[test]
    fn success_wipes_mistakes_out() {
        let mut bans = Bans::default();
        let now = Clock::system().instant();
        for _ in 0..100 {
            assert!(!bans.failed(HERE, Offence::WrongPassword, false, now));
            bans.succeeded(HERE);
        }
    }

    #[test]
    fn memory_is_bounded() {
        let mut bans = Bans::default();
        let now = Clock::system().instant();
        for n in 0..30_000_u32 {
            let address = IpAddr::V4(n.into());
            bans.failed(address, Offence::WrongPassword, false, now);
            bans.failed(address, Offence::Scanner, false, now);
        }
        assert!(bans.bans.len() <= MAX_BANS && bans.suspects.len() <= MAX_SUSPECTS);
    }
}
