//! Is it the same text again, or the same words a second time?
//!
//! SMPP gives an inbound message no id, so a text that the SMSC delivers again, because it did not get our
//! acknowledgement, looks just like a citizen who sends the same words twice. What is known decides:
//!
//! 1. The same words within a minute are one text: the phone or the SMSC repeats, or somebody pressed twice.
//! 2. A part of a long text carries the phone's reference, so the same part is the same part for as long as we remember.
//! 3. Later, it depends on whether the SMSC had our acknowledgement. When it was given at once, on a connection that
//!    then stayed alive, the SMSC had it, and this is a new text. When it was late, was a refusal, or the connection
//!    broke around it, this is the redelivery.
//! 4. After a restart nothing is remembered: the same words within the current or the last ten minutes of the journal
//!    are the redelivery. A citizen who repeats the same words in these minutes has them on the case already.

use std::collections::{HashMap, VecDeque};
use std::time::{Duration, Instant};

use jiff::Timestamp;

const SAME_WITHIN: Duration = Duration::from_secs(60);
/// SMSCs wait 10 to 60 s for an answer; within this ours is never late.
const PROMPT: Duration = Duration::from_secs(5);
/// How long redeliveries are recognised. The retry schedules of SMSCs are dense in the first hours.
const REMEMBERED: Duration = Duration::from_secs(6 * 3600);
/// Some 3 MB. Beyond, the oldest are forgotten first.
const MOST_REMEMBERED: usize = 20_000;
const BUCKET_SECONDS: i64 = 600;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Fingerprint {
    pub hash: [u8; 16],
    pub of_part: bool,
}

/// Under which id a delivery is journaled.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Identity {
    pub external_id: String,
    pub former_id: Option<String>,
}

/// One connection, unique in the process.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct SessionId(pub u64);

#[derive(Debug, Default)]
pub(super) struct Redeliveries {
    seen: HashMap<Fingerprint, Seen>,
    order: VecDeque<(Instant, Fingerprint)>,
}

#[derive(Debug)]
struct Seen {
    external_id: String,
    occurrence: u32,
    received: Instant,
    knowledge: Knowledge,
}

#[derive(Clone, Copy, Debug)]
enum Knowledge {
    /// Not acknowledged, or refused, or late, or on a connection that broke: the SMSC may well deliver it again.
    MayComeAgain,
    /// Acknowledged promptly on a connection that is still up, as far as we know.
    Acknowledged { session: SessionId, at: Instant },
    /// The connection outlived the acknowledgement.
    Settled,
}

impl Redeliveries {
    pub(super) fn identify(&mut self, fingerprint: Fingerprint, now: Instant, at: Timestamp) -> Identity {
        self.forget_old(now);
        let occurrence = match self.seen.get(&fingerprint) {
            Some(seen) if seen.is_again(fingerprint, now) => {
                return Identity { external_id: seen.external_id.clone(), former_id: None };
            }
            Some(seen) => Some(seen.occurrence + 1),
            None => None,
        };
        let bucket = at.as_second().div_euclid(BUCKET_SECONDS);
        let identity = Identity {
            external_id: external_id(fingerprint, bucket, occurrence.unwrap_or(0)),
            former_id: occurrence.is_none().then(|| external_id(fingerprint, bucket - 1, 0)),
        };
        self.seen.insert(
            fingerprint,
            Seen {
                external_id: identity.external_id.clone(),
                occurrence: occurrence.unwrap_or(0),
                received: now,
                knowledge: Knowledge::MayComeAgain,
            },
        );
        self.order.push_back((now, fingerprint));
        identity
    }

    /// It is committed, and the acknowledgement is on its way by this session.
    pub(super) fn acknowledged(&mut self, fingerprint: Fingerprint, session: SessionId, now: Instant) {
        if let Some(seen) = self.seen.get_mut(&fingerprint)
            && now.saturating_duration_since(seen.received) < PROMPT
        {
            seen.knowledge = Knowledge::Acknowledged { session, at: now };
        }
    }

    /// The connection ended; the SMSC was last heard of then.
    pub(super) fn session_ended(&mut self, ended: SessionId, last_heard: Instant) {
        for seen in self.seen.values_mut() {
            if let Knowledge::Acknowledged { session, at } = seen.knowledge
                && session == ended
            {
                seen.knowledge =
                    if last_heard > at + PROMPT { Knowledge::Settled } else { Knowledge::MayComeAgain };
            }
        }
    }

    fn forget_old(&mut self, now: Instant) {
        while let Some((at, fingerprint)) = self.order.front().copied() {
            let old = now.saturating_duration_since(at) > REMEMBERED;
            if !old && self.order.len() < MOST_REMEMBERED {
                break;
            }
            self.order.pop_front();
            // A later occurrence has an entry of its own in `order`.
            if self.seen.get(&fingerprint).is_some_and(|seen| seen.received == at) {
                self.seen.remove(&fingerprint);
            }
        }
    }
}

impl Seen {
    fn is_again(&self, fingerprint: Fingerprint, now: Instant) -> bool {
        let near = now.saturating_duration_since(self.received) < SAME_WITHIN;
        near || fingerprint.of_part || matches!(self.knowledge, Knowledge::MayComeAgain)
    }
}

fn external_id(fingerprint: Fingerprint, bucket: i64, occurrence: u32) -> String {
    let hash: String = fingerprint.hash.iter().map(|octet| format!("{octet:02x}")).collect();
    format!("sms:{hash}:{bucket}:{occurrence}")
}

#[cfg(test)]
#[expect(clippy::disallowed_methods, reason = "only as a point to count from")]
mod tests {
    use super::*;

    const WORDS: Fingerprint = Fingerprint { hash: [7; 16], of_part: false };
    const PART: Fingerprint = Fingerprint { hash: [8; 16], of_part: true };
    const FIRST: SessionId = SessionId(1);

    struct World {
        seen: Redeliveries,
        now: Instant,
        at: Timestamp,
    }

    impl World {
        fn new() -> Self {
            let at = "2026-11-22T15:40:00Z".parse().unwrap();
            Self { seen: Redeliveries::default(), now: Instant::now(), at }
        }

        fn pass(&mut self, seconds: u64) {
            self.now += Duration::from_secs(seconds);
            self.at += Duration::from_secs(seconds);
        }

        fn comes(&mut self, fingerprint: Fingerprint) -> Identity {
            self.seen.identify(fingerprint, self.now, self.at)
        }

        fn comes_and_is_acknowledged(&mut self, fingerprint: Fingerprint) -> Identity {
            let identity = self.comes(fingerprint);
            self.seen.acknowledged(fingerprint, FIRST, self.now);
            identity
        }
    }

    #[test]
    fn same_words_within_a_minute_are_one_text() {
        let mut world = World::new();
        let first = world.comes_and_is_acknowledged(WORDS);
        world.pass(59);
        assert_eq!(world.comes(WORDS).external_id, first.external_id);
    }

    #[test]
    fn same_words_minutes_later_are_another_text() {
        let mut world = World::new();
        let first = world.comes_and_is_acknowledged(WORDS);
        world.pass(180);
        let second = world.comes_and_is_acknowledged(WORDS);
        assert_ne!(second.external_id, first.external_id);
        assert_eq!(second.former_id, None, "it would be taken for the first");
        world.pass(180);
        let third = world.comes(WORDS);
        assert!(third.external_id != first.external_id && third.external_id != second.external_id);
    }

    #[test]
    fn lost_acknowledgement_makes_it_a_redelivery() {
        let mut world = World::new();
        let first = world.comes_and_is_acknowledged(WORDS);
        world.seen.session_ended(FIRST, world.now);
        world.pass(1800);
        assert_eq!(world.comes(WORDS).external_id, first.external_id);
    }

    #[test]
    fn connection_that_outlived_the_acknowledgement_settles_it() {
        let mut world = World::new();
        let first = world.comes_and_is_acknowledged(WORDS);
        world.pass(30);
        world.seen.session_ended(FIRST, world.now);
        world.pass(300);
        assert_ne!(world.comes(WORDS).external_id, first.external_id);
    }

    #[test]
    fn refused_or_late_acknowledgement_makes_it_a_redelivery() {
        let mut world = World::new();
        let refused = world.comes(WORDS);
        world.pass(300);
        assert_eq!(world.comes(WORDS).external_id, refused.external_id);
        let late = world.comes(PART);
        world.pass(10);
        world.seen.acknowledged(PART, FIRST, world.now);
        world.pass(300);
        assert_eq!(world.comes(PART).external_id, late.external_id);
    }

    #[test]
    fn same_part_is_the_same_for_as_long_as_it_is_remembered() {
        let mut world = World::new();
        let first = world.comes_and_is_acknowledged(PART);
        world.pass(3600);
        assert_eq!(world.comes(PART).external_id, first.external_id);
        world.pass(6 * 3600);
        assert_ne!(world.comes(PART).external_id, first.external_id);
    }

    #[test]
    fn redelivery_after_a_restart_finds_the_id_in_the_journal() {
        let mut world = World::new();
        world.pass(599);
        let first = world.comes_and_is_acknowledged(WORDS);
        world.seen = Redeliveries::default();
        world.pass(2);
        let again = world.comes(WORDS);
        assert!(
            again.external_id == first.external_id || again.former_id.as_ref() == Some(&first.external_id)
        );
        world.seen = Redeliveries::default();
        world.pass(1200);
        let later = world.comes(WORDS);
        assert!(
            later.external_id != first.external_id && later.former_id.as_ref() != Some(&first.external_id)
        );
    }

    #[test]
    fn memory_is_bounded() {
        let mut world = World::new();
        for number in 0..MOST_REMEMBERED as u128 + 100 {
            world.comes(Fingerprint { hash: number.to_be_bytes(), of_part: false });
        }
        assert!(world.seen.seen.len() <= MOST_REMEMBERED && world.seen.order.len() <= MOST_REMEMBERED);
    }
}
