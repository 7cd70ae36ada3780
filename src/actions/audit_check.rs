//! The audit is proven: the chain entry by entry, and with each seal the timelines that it sealed. In bounded memory, beside a server
//! that goes on writing.

use std::collections::HashMap;

use super::audit::{AuditHead, AuditRow, What};
use super::{ActionError, Actions};
use crate::domain::audit::Erased;
use crate::domain::audit::digest::{Link, detail_digest, hex};
use crate::domain::audit::seal::{Seal, SealCheck};
pub use crate::domain::audit::verify::BreakKind;
use crate::domain::audit::verify::Verified;
use crate::domain::id::CaseId;
use crate::store::seal::SealedEntry;

/// Entries of the audit that are read at once; a seal among them has 350 kB at most.
const AT_ONCE: i64 = 200;
/// How far behind a broken entry is looked for the one that belongs in its place.
const FOLLOWING: i64 = 1_000;

/// What is asked of the chain.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Expected {
    /// The first entry to prove; those before it are taken as they are.
    pub from: Option<i64>,
    /// An end that was written down: id and digest in hexadecimal. The chain must still contain it.
    pub end: Option<(i64, String)>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Proof {
    /// Of the audit.
    pub entries: u64,
    /// Of timelines, under a seal.
    pub sealed: u64,
    /// Entries of timelines that came since the last seal.
    pub unsealed: u64,
    pub head: AuditHead,
    pub broken: Option<Broken>,
}

/// The first entry that is not as it was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Broken {
    pub place: Place,
    pub kind: BreakKind,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    Audit {
        entry: i64,
    },
    /// `case` of an entry that is there; `seal`: the entry of the audit that sealed it.
    Timeline {
        entry: i64,
        case: Option<CaseId>,
        seal: i64,
    },
}

impl Actions {
    pub async fn prove_audit(&self, expected: &Expected) -> Result<Proof, ActionError> {
        let mut walk = Walk::begin(self, expected).await?;
        let broken = walk.through(self, expected).await?.err();
        let head = self.shared.db.audit_head().await?;
        let last = self.shared.db.settled_entries().await?.unwrap_or(head.sealed_to);
        let unsealed = u64::try_from(last - head.sealed_to).unwrap_or_default();
        Ok(Proof { entries: walk.entries, sealed: walk.sealed, unsealed, head, broken })
    }
}

/// `Err`: the chain holds up to there.
type Step = Result<(), Broken>;

struct Walk {
    verified: Verified,
    entries: u64,
    sealed: u64,
    /// Timelines are sealed up to here; `None` before the first seal of a walk that begins in the middle.
    sealed_to: Option<i64>,
}

impl Walk {
    async fn begin(actions: &Actions, expected: &Expected) -> Result<Self, ActionError> {
        let mut walk = Self { verified: Verified::default(), entries: 0, sealed: 0, sealed_to: Some(0) };
        let Some(from) = expected.from.filter(|from| *from > 1) else { return Ok(walk) };
        let before = actions.shared.db.audit_after(from - 2, 1).await?;
        let before = before.into_iter().next().filter(|row| row.link.id == from - 1);
        let before =
            before.ok_or_else(|| ActionError::Invalid(format!("the audit has no entry {}", from - 1)))?;
        walk.verified = Verified { id: before.link.id, digest: before.link.digest };
        walk.sealed_to = None;
        Ok(walk)
    }

    async fn through(&mut self, actions: &Actions, expected: &Expected) -> Result<Step, ActionError> {
        let db = &actions.shared.db;
        let mut last = if self.verified.id == 0 { i64::MIN } else { self.verified.id };
        loop {
            let mut rows = db.audit_after(last, AT_ONCE).await?;
            if rows.is_empty() {
                let head = db.audit_head().await?;
                rows = db.audit_after(last, AT_ONCE).await?;
                if rows.is_empty() {
                    return Ok(self.end(&head, expected));
                }
            }
            last = rows.last().map_or(last, |row| row.link.id);
            let links: Vec<Link> = rows.iter().map(|row| row.link.clone()).collect();
            let erasures = Erasures::of(actions, rows.iter().filter_map(|row| row.erasure.as_ref())).await?;
            for (place, row) in rows.iter().enumerate() {
                if self.verified.step(&row.link, &[]).is_err() {
                    let mut following = links.get(place + 1..).unwrap_or_default().to_vec();
                    let further = db.audit_after(last, FOLLOWING).await?;
                    following.extend(further.into_iter().map(|row| row.link));
                    let broken = self.verified.step(&row.link, &following);
                    return Ok(broken.map_err(|(entry, kind)| audit(entry, kind)));
                }
                if let Err(broken) = self.entry(actions, row, &erasures, expected).await? {
                    return Ok(Err(broken));
                }
            }
        }
    }

    async fn entry(
        &mut self,
        actions: &Actions,
        row: &AuditRow,
        erasures: &Erasures,
        expected: &Expected,
    ) -> Result<Step, ActionError> {
        let id = row.link.id;
        let changed = Ok(Err(audit(id, BreakKind::Changed)));
        let noted = expected.end.as_ref().filter(|(end, _)| *end == id);
        if noted.is_some_and(|(_, digest)| !hex(&row.link.digest).eq_ignore_ascii_case(digest)) {
            return changed;
        }
        if !detail_holds(row, erasures) {
            return changed;
        }
        self.entries += 1;
        if row.link.what != What::Sealed.as_str() {
            return Ok(Ok(()));
        }
        let seal = row.detail.as_ref().and_then(|(detail, _)| serde_json::from_str::<Seal>(detail).ok());
        let Some(seal) = seal.filter(|seal| self.sealed_to.is_none_or(|to| to == seal.after)) else {
            return changed;
        };
        self.sealed_to = Some(seal.to);
        self.timelines(actions, id, &seal).await
    }

    async fn timelines(&mut self, actions: &Actions, entry: i64, seal: &Seal) -> Result<Step, ActionError> {
        let broken = |case: Option<CaseId>, (id, kind): (i64, BreakKind)| Broken {
            place: Place::Timeline { entry: id, case, seal: entry },
            kind,
        };
        let mut check = SealCheck::new(seal);
        let mut after = seal.after;
        loop {
            let events = actions.shared.db.sealed_entries(after, seal.to).await?;
            let Some(last) = events.last() else { break };
            after = last.id;
            let keys = events.iter().filter_map(|event| event.erased.as_ref().map(|(key, _)| key));
            let erasures = Erasures::of(actions, keys).await?;
            for event in events {
                if !erasures.allow(&event) {
                    return Ok(Err(broken(Some(event.case), (event.id, BreakKind::Changed))));
                }
                if let Err((id, kind)) = check.entry(event.id, &event.leaf) {
                    return Ok(Err(broken((id == event.id).then_some(event.case), (id, kind))));
                }
                self.sealed += 1;
            }
        }
        Ok(check.end().map_err(|wrong| broken(None, wrong)))
    }

    fn end(&self, head: &AuditHead, expected: &Expected) -> Step {
        let noted = expected.end.as_ref().map_or(0, |(end, _)| *end);
        if noted > self.verified.id {
            return Err(audit(self.verified.id + 1, BreakKind::Cut));
        }
        self.verified.end(head.id, &head.digest).map_err(|(entry, kind)| audit(entry, kind))?;
        match self.sealed_to {
            Some(to) if to != head.sealed_to => Err(audit(head.id, BreakKind::Changed)),
            _ => Ok(()),
        }
    }
}

fn audit(entry: i64, kind: BreakKind) -> Broken {
    Broken { place: Place::Audit { entry }, kind }
}

/// As it was written, or erased by an erasure of which the audit tells.
fn detail_holds(row: &AuditRow, erasures: &Erasures) -> bool {
    match (&row.detail, &row.erasure) {
        (Some((detail, salt)), None) => detail_digest(salt, detail)[..] == row.link.detail_digest[..],
        (None, Some(key)) => erasures.detail_of(key, row.link.id),
        _ => false,
    }
}

/// What was erased, as the audit tells it: by the key of the erasure.
struct Erasures(HashMap<String, Told>);

struct Told {
    /// The entry that tells it: later than what it tells of.
    entry: i64,
    /// Digests of entries of timelines as they were left.
    entries: HashMap<i64, String>,
    audit: Vec<i64>,
}

impl Erasures {
    async fn of<'k>(actions: &Actions, keys: impl Iterator<Item = &'k String>) -> Result<Self, ActionError> {
        let mut keys: Vec<String> = keys.cloned().collect();
        keys.sort_unstable();
        keys.dedup();
        let found = actions.shared.db.erasures(&keys).await?;
        let told = |(entry, detail): (i64, String)| {
            let erased: Erased = serde_json::from_str(&detail).ok()?;
            Some(Told { entry, entries: erased.entries.into_iter().collect(), audit: erased.audit })
        };
        Ok(Self(found.into_iter().filter_map(|(key, found)| Some((key, told(found)?))).collect()))
    }

    fn detail_of(&self, key: &str, entry: i64) -> bool {
        self.0.get(key).is_some_and(|told| told.entry > entry && told.audit.contains(&entry))
    }

    /// Of an erased entry only what the erasure left.
    fn allow(&self, event: &SealedEntry) -> bool {
        let Some((key, now)) = &event.erased else { return true };
        self.0.get(key).and_then(|told| told.entries.get(&event.id)).is_some_and(|told| *told == hex(now))
    }
}
