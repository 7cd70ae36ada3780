//! Who writes on which case now, so that two do not answer the same citizen. Kept in memory: it is of no use after a restart, and
//! people at another node are not seen.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use tokio::sync::broadcast;

use crate::domain::id::{CaseId, UserId};

/// The page says so every ten seconds while somebody types; whose tab died is gone after this.
pub const GONE_AFTER: Duration = Duration::from_secs(25);
/// Cases on which somebody writes at once: more than a town hall has people.
const MOST: usize = 2_000;
/// Changes that a page may be behind.
const NEWS: usize = 256;

#[derive(Debug)]
pub struct Editors {
    now: Mutex<HashMap<(CaseId, UserId), Timestamp>>,
    changed: broadcast::Sender<CaseId>,
}

impl Default for Editors {
    fn default() -> Self {
        Self { now: Mutex::default(), changed: broadcast::channel(NEWS).0 }
    }
}

impl Editors {
    pub fn changes(&self) -> broadcast::Receiver<CaseId> {
        self.changed.subscribe()
    }

    /// Somebody writes. Whether they did not before, so that somebody must look whether they are gone.
    pub fn writes(&self, case: CaseId, user: UserId, at: Timestamp) -> bool {
        let mut now = self.now.lock().unwrap_or_else(PoisonError::into_inner);
        if now.len() >= MOST && !now.contains_key(&(case, user)) {
            return false;
        }
        let new = now.insert((case, user), at).is_none();
        drop(now);
        if new {
            self.tell(case);
        }
        new
    }

    pub fn stops(&self, case: CaseId, user: UserId) {
        let was = self.now.lock().unwrap_or_else(PoisonError::into_inner).remove(&(case, user)).is_some();
        if was {
            self.tell(case);
        }
    }

    /// Whether they still write; whose last sign is too old is forgotten.
    pub fn still(&self, case: CaseId, user: UserId, at: Timestamp) -> bool {
        let last = self.now.lock().unwrap_or_else(PoisonError::into_inner).get(&(case, user)).copied();
        let Some(last) = last else { return false };
        if is_fresh(last, at) {
            return true;
        }
        self.stops(case, user);
        false
    }

    /// Everybody but `me`.
    pub fn others(&self, case: CaseId, me: UserId, at: Timestamp) -> Vec<UserId> {
        let now = self.now.lock().unwrap_or_else(PoisonError::into_inner);
        let mut others: Vec<UserId> = now
            .iter()
            .filter(|((of, user), last)| *of == case && *user != me && is_fresh(**last, at))
            .map(|((_, user), _)| *user)
            .collect();
        others.sort();
        others
    }

    fn tell(&self, case: CaseId) {
        // No page looks on.
        let _ = self.changed.send(case);
    }
}

fn is_fresh(last: Timestamp, at: Timestamp) -> bool {
    let allowed = SignedDuration::try_from(GONE_AFTER).unwrap_or(SignedDuration::ZERO);
    last.duration_until(at) < allowed
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_writes_is_seen_by_the_others_until_silence() {
        let editors = Editors::default();
        let mut news = editors.changes();
        let start: Timestamp = "2026-11-22T10:00:00Z".parse().unwrap();
        let (case, ana, petar) = (CaseId(1), UserId(1), UserId(2));
        assert!(editors.writes(case, ana, start));
        assert!(!editors.writes(case, ana, start + SignedDuration::from_secs(10)));
        assert_eq!(news.try_recv().unwrap(), case);
        assert!(news.try_recv().is_err(), "news is that somebody began, not that they go on");
        let soon = start + SignedDuration::from_secs(34);
        assert_eq!(editors.others(case, petar, soon), [ana]);
        assert!(editors.others(case, ana, soon).is_empty());
        assert!(editors.others(CaseId(2), petar, soon).is_empty());
        assert!(editors.still(case, ana, soon));
        let late = start + SignedDuration::from_secs(35);
        assert!(editors.others(case, petar, late).is_empty());
        assert!(!editors.still(case, ana, late));
        assert_eq!(news.try_recv().unwrap(), case, "that they are gone is news");
    }
}
