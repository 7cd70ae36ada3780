//! Whether a peer lives, by OPTIONS (RFC 3261 §11). Without sockets and clock.

use std::time::{Duration, Instant};

/// A peer that lives answers in a fraction of it.
const PATIENCE: Duration = Duration::from_secs(5);

/// A peer that is away is asked so often, so that its return is noticed within 10 s.
const PROBE: Duration = Duration::from_secs(4);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Life {
    /// Not asked yet.
    Unknown,
    Up,
    Down,
}

#[derive(Debug)]
pub struct Keepalive {
    every: Option<Duration>,
    life: Life,
    next: Next,
    round_trip: Option<Duration>,
}

#[derive(Clone, Copy, Debug)]
enum Next {
    Ask(Instant),
    Answer { asked: Instant },
}

impl Keepalive {
    /// `every`: none when nothing is to be asked; then the peer is taken for alive.
    pub fn new(every: Option<Duration>, now: Instant) -> Self {
        let life = if every.is_some() { Life::Unknown } else { Life::Up };
        Self { every, life, next: Next::Ask(now), round_trip: None }
    }

    pub fn life(&self) -> Life {
        self.life
    }

    /// Of the last answer.
    pub fn round_trip(&self) -> Option<Duration> {
        self.round_trip
    }

    pub fn next_timeout(&self) -> Option<Instant> {
        self.every?;
        Some(match self.next {
            Next::Ask(at) => at,
            Next::Answer { asked } => asked + PATIENCE,
        })
    }

    /// Whether to ask now. Until [`Keepalive::alive`] or [`Keepalive::dead`] it is not asked for again, except after the patience.
    pub fn poll(&mut self, now: Instant) -> bool {
        if self.every.is_none() {
            return false;
        }
        if matches!(self.next, Next::Answer { asked } if asked + PATIENCE <= now) {
            self.life = Life::Down;
            self.next = Next::Ask(now);
        }
        let due = matches!(self.next, Next::Ask(at) if at <= now);
        if due {
            self.next = Next::Answer { asked: now };
        }
        due
    }

    /// An answer came, whatever it says: 404 to OPTIONS is a sign of life. `true` when the peer was away before.
    pub fn alive(&mut self, now: Instant) -> bool {
        if let (Next::Answer { asked }, Some(every)) = (self.next, self.every) {
            self.round_trip = Some(now.saturating_duration_since(asked));
            self.next = Next::Ask(now + every);
        }
        std::mem::replace(&mut self.life, Life::Up) == Life::Down
    }

    /// No way to it, or it says that it is out of service.
    pub fn dead(&mut self, now: Instant) {
        if self.every.is_some() {
            self.life = Life::Down;
            self.round_trip = None;
            self.next = Next::Ask(now + PROBE);
        }
    }

    /// Another address: ask it now.
    pub fn ask_now(&mut self, now: Instant) {
        self.next = Next::Ask(now);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    #[expect(clippy::disallowed_methods, reason = "virtual time begins somewhere")]
    fn keepalive() -> (Keepalive, Instant) {
        let now = Instant::now();
        (Keepalive::new(Some(30 * SECOND), now), now)
    }

    #[test]
    fn living_peer_is_asked_at_its_interval() {
        let (mut keepalive, now) = keepalive();
        assert!(keepalive.poll(now) && !keepalive.poll(now));
        assert!(!keepalive.alive(now + SECOND), "it was not away");
        assert_eq!((keepalive.life(), keepalive.round_trip()), (Life::Up, Some(SECOND)));
        assert_eq!(keepalive.next_timeout(), Some(now + 31 * SECOND));
    }

    #[test]
    fn silent_peer_is_down_soon_and_its_return_noticed_within_ten_seconds() {
        let (mut keepalive, mut now) = keepalive();
        keepalive.poll(now);
        now += PATIENCE;
        assert!(keepalive.poll(now), "asked again at once");
        assert_eq!(keepalive.life(), Life::Down);
        keepalive.dead(now);
        assert!(keepalive.next_timeout().unwrap() <= now + 10 * SECOND);
        now += PROBE;
        assert!(keepalive.poll(now));
        assert!(keepalive.alive(now), "it is back");
    }

    #[test]
    fn peer_that_is_not_asked_is_taken_for_alive() {
        let (_, now) = keepalive();
        let mut keepalive = Keepalive::new(None, now);
        assert!(!keepalive.poll(now) && keepalive.next_timeout().is_none());
        keepalive.dead(now);
        assert_eq!(keepalive.life(), Life::Up);
    }
}
