//! How full the cells are, with interviews that are in progress.
//!
//! An interview holds its cells from the moment at which they are known, for a limited time that every answer renews: so a cell is not filled
//! twice over by those who talk at once, and one who never comes back does not keep a place.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};

use super::{Belongs, CellId, Facts, Quota};

/// Whoever holds a place: the row of an interview.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Holder(pub i64);

/// Complete interviews and held places of one version.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Counter {
    done: BTreeMap<CellId, u32>,
    held: BTreeMap<Holder, Hold>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Hold {
    cells: Vec<CellId>,
    until: Timestamp,
}

/// What a quota says of somebody.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    Open,
    /// Others who talk now may fill it; somebody who is not yet called can wait for that.
    FullForNow(CellId),
    /// Complete interviews alone fill it.
    Full(CellId),
}

/// How the cells stand at one moment: to be asked about many contacts.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Standings {
    done: BTreeMap<CellId, u32>,
    held: BTreeMap<CellId, u32>,
}

/// A survey has hundreds of interviews at once. Whatever asks for more is a fault, and waits.
const MOST_HOLDERS: usize = 10_000;

impl Counter {
    /// From what the complete interviews of the version add up to.
    pub fn new(done: impl IntoIterator<Item = (CellId, u32)>) -> Self {
        Self { done: done.into_iter().collect(), held: BTreeMap::new() }
    }

    /// For contacts that nobody has called yet, and for showing.
    pub fn standings(&self, now: Timestamp) -> Standings {
        self.standings_without(None, now)
    }

    /// After every answer: takes or renews the places that are known by now, or says which cell is full. What was held before
    /// stays then, until [`Counter::release`].
    pub fn hold(
        &mut self,
        quotas: &[Quota],
        holder: Holder,
        facts: Facts<'_>,
        now: Timestamp,
        time: SignedDuration,
    ) -> Verdict {
        self.held.retain(|_, hold| hold.until > now);
        // Who holds a place already is not asked whether there is one.
        let verdict = self.standings_without(Some(holder), now).verdict(quotas, facts);
        if verdict != Verdict::Open {
            return verdict;
        }
        let cells = cells(quotas, facts);
        match cells.first() {
            None => drop(self.held.remove(&holder)),
            Some(first) if self.held.len() >= MOST_HOLDERS && !self.held.contains_key(&holder) => {
                return Verdict::FullForNow(*first);
            }
            Some(_) => {
                let until = now.saturating_add(time).unwrap_or(Timestamp::MAX);
                self.held.insert(holder, Hold { cells, until });
            }
        }
        Verdict::Open
    }

    /// The interview is complete. It counts even where its place was given away meanwhile: what was answered is not thrown away, and the cell then
    /// has one more than it wanted.
    pub fn complete(&mut self, quotas: &[Quota], holder: Holder, facts: Facts<'_>) {
        self.held.remove(&holder);
        for cell in cells(quotas, facts) {
            let done = self.done.entry(cell).or_default();
            *done = done.saturating_add(1);
        }
    }

    /// It ended in any other way.
    pub fn release(&mut self, holder: Holder) {
        self.held.remove(&holder);
    }

    fn standings_without(&self, holder: Option<Holder>, now: Timestamp) -> Standings {
        let mut held: BTreeMap<CellId, u32> = BTreeMap::new();
        for (_, hold) in self.held.iter().filter(|(of, hold)| Some(**of) != holder && hold.until > now) {
            for cell in &hold.cells {
                *held.entry(*cell).or_default() += 1;
            }
        }
        Standings { done: self.done.clone(), held }
    }
}

impl Standings {
    /// From what a database has added up.
    pub fn new(
        done: impl IntoIterator<Item = (CellId, u32)>,
        held: impl IntoIterator<Item = (CellId, u32)>,
    ) -> Self {
        Self { done: done.into_iter().collect(), held: held.into_iter().collect() }
    }

    pub fn done(&self, cell: CellId) -> u32 {
        self.done.get(&cell).copied().unwrap_or_default()
    }

    pub fn held(&self, cell: CellId) -> u32 {
        self.held.get(&cell).copied().unwrap_or_default()
    }

    /// Full as soon as every cell is full to which they can still belong: men are thanked before their age is asked when enough men of every age
    /// have answered.
    pub fn verdict(&self, quotas: &[Quota], facts: Facts<'_>) -> Verdict {
        let mut verdict = Verdict::Open;
        for (at, quota) in quotas.iter().enumerate() {
            let cells = match quota.belongs(facts) {
                Belongs::Nowhere => continue,
                Belongs::To(cell) => vec![cell],
                Belongs::OneOf(cells) => cells,
            };
            match self.of_cells(at, quota, &cells) {
                Verdict::Open => {}
                full @ Verdict::Full(_) => return full,
                for_now @ Verdict::FullForNow(_) => verdict = for_now,
            }
        }
        verdict
    }

    /// Every cell that is given has its target.
    pub fn is_done(&self, quotas: &[Quota]) -> bool {
        let cells = quotas.iter().enumerate().flat_map(|(quota, of)| {
            (0..).zip(&of.cells).map(move |(cell, wants)| (CellId { quota, cell }, wants.most))
        });
        let mut cells = cells.peekable();
        cells.peek().is_some() && cells.all(|(cell, most)| self.done(cell) >= most)
    }

    fn of_cells(&self, at: usize, quota: &Quota, cells: &[usize]) -> Verdict {
        let mut verdict = Verdict::Open;
        for cell in cells {
            let id = CellId { quota: at, cell: *cell };
            let most = quota.cells.get(*cell).map_or(0, |cell| cell.most);
            if self.done(id) >= most {
                if verdict == Verdict::Open {
                    verdict = Verdict::Full(id);
                }
            } else if self.done(id).saturating_add(self.held(id)) >= most {
                verdict = Verdict::FullForNow(id);
            } else {
                return Verdict::Open;
            }
        }
        verdict
    }
}

/// The cells to which somebody is known to belong.
pub fn cells(quotas: &[Quota], facts: Facts<'_>) -> Vec<CellId> {
    let belongs = quotas.iter().enumerate().map(|(quota, of)| (quota, of.belongs(facts)));
    let known = belongs.filter_map(|(quota, belongs)| match belongs {
        Belongs::To(cell) => Some(CellId { quota, cell }),
        Belongs::Nowhere | Belongs::OneOf(_) => None,
    });
    known.collect()
}
