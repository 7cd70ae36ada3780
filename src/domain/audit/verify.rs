//! What was done to a chain that does not hold.

use super::digest::{Digest, GENESIS, Link};
use crate::domain::words::words;

words! {
    BreakKind {
        Changed = "changed",
        Removed = "removed",
        Inserted = "inserted",
        Reordered = "reordered",
        /// Entries are missing at the end.
        Cut = "cut",
    }
}

/// How far the chain holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verified {
    pub id: i64,
    pub digest: Vec<u8>,
}

impl Default for Verified {
    fn default() -> Self {
        Self { id: 0, digest: GENESIS.to_vec() }
    }
}

/// So many entries that were removed, with the others renumbered, are told from a change.
const RENUMBERED: i64 = 1_000;

impl Verified {
    /// Goes on to the next entry. `following`: what stands behind it, as much as is at hand, to tell what was done when it does not hold.
    pub fn step(&mut self, link: &Link, following: &[Link]) -> Result<(), (i64, BreakKind)> {
        let expected = self.id + 1;
        if link.id > expected {
            return Err((expected, BreakKind::Removed));
        }
        if link.digest != link.digest_after(&self.digest, expected) {
            return Err((expected, self.what_was_done(link, following)));
        }
        self.id = expected;
        self.digest.clone_from(&link.digest);
        Ok(())
    }

    /// At the end: what is noted of the last entry. A cut chain ends before it.
    pub fn end(&self, head: i64, digest: &[u8]) -> Result<(), (i64, BreakKind)> {
        if self.id < head {
            return Err((self.id + 1, BreakKind::Cut));
        }
        if self.id > head {
            return Err((head + 1, BreakKind::Inserted));
        }
        if self.digest != digest { Err((head, BreakKind::Changed)) } else { Ok(()) }
    }

    fn what_was_done(&self, link: &Link, following: &[Link]) -> BreakKind {
        let expected = self.id + 1;
        let holds = |link: &Link, previous: &[u8], id: i64| link.digest == digest(link, previous, id);
        // The one that belongs here stands further down: something came before it, or they changed places.
        if let Some(place) = following.iter().position(|later| holds(later, &self.digest, expected)) {
            let own = expected + 1 + i64::try_from(place).unwrap_or(i64::MAX - 1 - expected);
            let before = match place.checked_sub(1) {
                Some(before) => following.get(before),
                None => following.get(place),
            };
            let moved = before.is_some_and(|before| holds(link, &before.digest, own));
            return if moved { BreakKind::Reordered } else { BreakKind::Inserted };
        }
        // Those behind it hold under higher ids than they have: they moved up to close a gap.
        if let Some(next) = following.first()
            && (1..=RENUMBERED).any(|gap| holds(next, &link.digest, next.id + gap))
        {
            return BreakKind::Removed;
        }
        BreakKind::Changed
    }
}

fn digest(link: &Link, previous: &[u8], id: i64) -> Digest {
    link.digest_after(previous, id)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chain(length: i64) -> Vec<Link> {
        let mut previous = GENESIS.to_vec();
        (1..=length)
            .map(|id| {
                let mut link = Link {
                    id,
                    at: id * 10,
                    who_kind: "user".into(),
                    who: "1".into(),
                    what: "case_changed".into(),
                    subject_kind: "case".into(),
                    subject: id.to_string(),
                    detail_digest: vec![1; 32],
                    digest: Vec::new(),
                };
                link.digest = link.digest_after(&previous, id).to_vec();
                previous.clone_from(&link.digest);
                link
            })
            .collect()
    }

    fn verify(chain: &[Link]) -> Result<(), (i64, BreakKind)> {
        let mut verified = Verified::default();
        for (place, link) in chain.iter().enumerate() {
            verified.step(link, &chain[place + 1..])?;
        }
        let whole = self::chain(20);
        verified.end(20, &whole[19].digest)
    }

    fn renumber(chain: &mut [Link]) {
        for (link, id) in chain.iter_mut().zip(1..) {
            link.id = id;
        }
    }

    #[test]
    fn first_broken_entry_is_named_with_what_was_done_to_it() {
        assert_eq!(verify(&chain(20)), Ok(()));

        let mut changed = chain(20);
        changed[6].subject = "99".into();
        assert_eq!(verify(&changed), Err((7, BreakKind::Changed)));

        let mut removed = chain(20);
        removed.remove(6);
        assert_eq!(verify(&removed), Err((7, BreakKind::Removed)));
        renumber(&mut removed);
        assert_eq!(verify(&removed), Err((7, BreakKind::Removed)), "and the others moved up");

        let mut inserted = chain(20);
        inserted.insert(6, Link { what: "logged_in".into(), ..inserted[6].clone() });
        renumber(&mut inserted);
        assert_eq!(verify(&inserted), Err((7, BreakKind::Inserted)));

        for other in [7, 12] {
            let mut reordered = chain(20);
            reordered.swap(6, other);
            renumber(&mut reordered);
            assert_eq!(verify(&reordered), Err((7, BreakKind::Reordered)), "{other}");
        }

        assert_eq!(verify(&chain(20)[..18]), Err((19, BreakKind::Cut)));
        assert_eq!(verify(&chain(21)), Err((21, BreakKind::Inserted)), "behind the noted end");
    }

    #[test]
    fn entry_that_was_changed_with_its_digest_breaks_at_the_next() {
        let mut chain = chain(20);
        chain[6].subject = "99".into();
        let previous = chain[5].digest.clone();
        chain[6].digest = chain[6].digest_after(&previous, 7).to_vec();
        assert_eq!(verify(&chain), Err((8, BreakKind::Changed)));
    }
}
