//! The seal: one entry of the audit for all entries of timelines since the seal before.
//!
//! Its digest is taken over the digests of all of them in their order. Beside it stand four bytes of each, by which the one that was
//! changed, removed or inserted is named; they alone prove nothing, the digest does.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use super::digest::{Digest, hex};
use super::verify::BreakKind;

/// Entries in one seal: 350 kB of detail at most, and as many as a busy quarter of an hour leaves.
pub const MOST: usize = 65_536;

/// Of each digest, to name the entry.
const CHECK: usize = 4;

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Seal {
    /// Ids of entries after this one, up to `to`.
    pub after: i64,
    pub to: i64,
    /// Those that there were: first and last id of each run.
    pub ids: Vec<[i64; 2]>,
    /// Base64 of four bytes for each.
    pub checks: String,
    pub digest: String,
}

#[derive(Debug)]
pub struct Sealing {
    after: i64,
    last: i64,
    count: usize,
    ids: Vec<[i64; 2]>,
    checks: Vec<u8>,
    hash: Sha256,
}

impl Sealing {
    pub fn after(after: i64) -> Self {
        Self { after, last: after, count: 0, ids: Vec::new(), checks: Vec::new(), hash: Sha256::new() }
    }

    /// In the order of their ids.
    pub fn add(&mut self, id: i64, leaf: &Digest) {
        match self.ids.last_mut() {
            Some([_, last]) if *last + 1 == id => *last = id,
            _ => self.ids.push([id, id]),
        }
        self.checks.extend(leaf.iter().take(CHECK));
        self.hash.update(leaf);
        self.last = id;
        self.count += 1;
    }

    pub fn is_full(&self) -> bool {
        self.count >= MOST
    }

    pub fn count(&self) -> usize {
        self.count
    }

    pub fn last(&self) -> i64 {
        self.last
    }

    /// `to`: no entry up to it can come any more.
    pub fn done(self, to: i64) -> Seal {
        Seal {
            after: self.after,
            to,
            ids: self.ids,
            checks: STANDARD_NO_PAD.encode(self.checks),
            digest: hex(&self.hash.finalize()),
        }
    }
}

/// Compares the entries that are there with those that were sealed.
#[derive(Debug)]
pub struct SealCheck<'s> {
    seal: &'s Seal,
    checks: Vec<u8>,
    /// Run and id that come next.
    run: usize,
    next: Option<i64>,
    place: usize,
    hash: Sha256,
}

impl<'s> SealCheck<'s> {
    pub fn new(seal: &'s Seal) -> Self {
        let checks = STANDARD_NO_PAD.decode(&seal.checks).unwrap_or_default();
        let next = seal.ids.first().map(|[first, _]| *first);
        Self { seal, checks, run: 0, next, place: 0, hash: Sha256::new() }
    }

    /// The next entry that is there, in the order of ids. The first that is not as it was sealed, and what was done to it.
    pub fn entry(&mut self, id: i64, leaf: &Digest) -> Result<(), (i64, BreakKind)> {
        match self.next {
            Some(expected) if expected < id => return Err((expected, BreakKind::Removed)),
            Some(expected) if expected == id => {}
            _ => return Err((id, BreakKind::Inserted)),
        }
        let check = self.checks.get(self.place * CHECK..(self.place + 1) * CHECK);
        if check != leaf.get(..CHECK) {
            return Err((id, BreakKind::Changed));
        }
        self.hash.update(leaf);
        self.place += 1;
        self.step(id);
        Ok(())
    }

    /// All that is there was given.
    pub fn end(self) -> Result<(), (i64, BreakKind)> {
        if let Some(missing) = self.next {
            return Err((missing, BreakKind::Removed));
        }
        // Four bytes that agree where the whole does not: the id of the first cannot be told, the range can.
        if hex(&self.hash.finalize()) != self.seal.digest {
            return Err((self.seal.after + 1, BreakKind::Changed));
        }
        Ok(())
    }

    fn step(&mut self, id: i64) {
        let within = self.seal.ids.get(self.run).is_some_and(|[_, last]| id < *last);
        if within {
            self.next = Some(id + 1);
        } else {
            self.run += 1;
            self.next = self.seal.ids.get(self.run).map(|[first, _]| *first);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn leaf(id: i64) -> Digest {
        let mut leaf = [7; 32];
        leaf[..8].copy_from_slice(&id.to_le_bytes());
        leaf
    }

    /// 11, 12, 15, 16, 17.
    fn seal() -> Seal {
        let mut sealing = Sealing::after(10);
        [11, 12, 15, 16, 17].into_iter().for_each(|id| sealing.add(id, &leaf(id)));
        sealing.done(18)
    }

    fn check(ids: &[i64]) -> Result<(), (i64, BreakKind)> {
        let seal = seal();
        let mut check = SealCheck::new(&seal);
        for id in ids {
            check.entry(*id, &leaf(*id))?;
        }
        check.end()
    }

    #[test]
    fn first_entry_that_is_not_as_it_was_sealed_is_named() {
        assert_eq!(seal().ids, [[11, 12], [15, 17]]);
        assert_eq!(check(&[11, 12, 15, 16, 17]), Ok(()));
        assert_eq!(check(&[12, 15, 16, 17]), Err((11, BreakKind::Removed)));
        assert_eq!(check(&[11, 12, 15, 16]), Err((17, BreakKind::Removed)));
        assert_eq!(check(&[11, 12, 13, 15, 16, 17]), Err((13, BreakKind::Inserted)));
        assert_eq!(check(&[11, 12, 15, 16, 17, 18]), Err((18, BreakKind::Inserted)));
        assert_eq!(check(&[]), Err((11, BreakKind::Removed)));
        let seal = seal();
        let mut check = SealCheck::new(&seal);
        check.entry(11, &leaf(11)).unwrap();
        assert_eq!(check.entry(12, &leaf(99)), Err((12, BreakKind::Changed)));
    }

    #[test]
    fn entry_that_agrees_in_four_bytes_alone_breaks_the_seal_all_the_same() {
        let seal = seal();
        let mut check = SealCheck::new(&seal);
        for id in [11, 12, 15, 16, 17] {
            let mut leaf = leaf(id);
            leaf[31] ^= u8::from(id == 15);
            check.entry(id, &leaf).unwrap();
        }
        assert_eq!(check.end(), Err((11, BreakKind::Changed)));
    }
}
