//! Which link sends, when there are several: the best that can. Pure: what the links know of themselves goes in.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

/// What a link says of itself.
#[derive(Clone, Copy, Debug)]
pub(super) struct Standing {
    /// 1 is the first.
    pub priority: u32,
    /// Not a receiver.
    pub sends: bool,
    /// Since when it cannot: it is not bound, or its SMSC is too busy to take anything. `None`: it can.
    pub unable_since: Option<Instant>,
}

/// Whether the link at `index` may take texts: when no better one is able to, or was a moment ago.
///
/// The moment keeps a link that is bound again in a second from changing the road of a thousand texts.
pub(super) fn may_send(links: &[Standing], index: usize, patience: Duration, now: Instant) -> bool {
    let Some(own) = links.get(index) else { return false };
    let able = |link: &Standing| {
        link.unable_since.is_none_or(|since| now.saturating_duration_since(since) < patience)
    };
    own.sends && !links.iter().any(|link| link.sends && link.priority < own.priority && able(link))
}

/// Whether the link at `index` cannot send and another one does instead.
pub(super) fn is_replaced(links: &[Standing], index: usize, patience: Duration, now: Instant) -> bool {
    let long = |link: &Standing| {
        link.unable_since.is_some_and(|since| now.saturating_duration_since(since) >= patience)
    };
    let other = |(at, link): (usize, &Standing)| at != index && link.sends && link.unable_since.is_none();
    links.get(index).is_some_and(long) && links.iter().enumerate().any(other)
}

/// The standings of all links, each of which writes its own.
#[derive(Clone, Debug)]
pub(super) struct Roster {
    links: Arc<Mutex<Vec<Standing>>>,
    patience: Duration,
}

impl Roster {
    pub fn new(patience: Duration) -> Self {
        Self { links: Arc::default(), patience }
    }

    /// Adds a link that is not bound yet; the index is its name from then on.
    pub fn add(&self, priority: u32, sends: bool, now: Instant) -> usize {
        let mut links = self.links.lock().unwrap_or_else(PoisonError::into_inner);
        links.push(Standing { priority, sends, unable_since: Some(now) });
        links.len() - 1
    }

    pub fn set(&self, index: usize, unable_since: Option<Instant>) {
        let mut links = self.links.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(link) = links.get_mut(index) {
            link.unable_since = unable_since;
        }
    }

    pub fn may_send(&self, index: usize, now: Instant) -> bool {
        may_send(&self.links.lock().unwrap_or_else(PoisonError::into_inner), index, self.patience, now)
    }

    pub fn is_replaced(&self, index: usize, now: Instant) -> bool {
        is_replaced(&self.links.lock().unwrap_or_else(PoisonError::into_inner), index, self.patience, now)
    }
}

#[cfg(test)]
#[expect(clippy::disallowed_methods, reason = "only as a point to count from")]
mod tests {
    use super::*;

    const PATIENCE: Duration = Duration::from_secs(10);

    /// Links by priority, and for how many seconds each has been unable.
    fn senders(links: &[(u32, Option<u64>)]) -> Vec<usize> {
        let now = Instant::now() + Duration::from_secs(3600);
        let standing = |&(priority, unable): &(u32, Option<u64>)| Standing {
            priority,
            sends: true,
            unable_since: unable.map(|seconds| now - Duration::from_secs(seconds)),
        };
        let standings: Vec<_> = links.iter().map(standing).collect();
        (0..links.len()).filter(|index| may_send(&standings, *index, PATIENCE, now)).collect()
    }

    #[test]
    fn best_link_sends_and_equal_ones_share() {
        assert_eq!(senders(&[(1, None), (2, None), (1, None), (3, None)]), [0, 2]);
        assert_eq!(senders(&[(5, None)]), [0], "the only one is the best");
    }

    #[test]
    fn next_takes_over_when_all_better_ones_cannot_for_long() {
        assert_eq!(senders(&[(1, Some(9)), (2, None)]), [0], "it may be back in a moment");
        assert_eq!(senders(&[(1, Some(10)), (2, None)]), [0, 1], "what is unable claims nothing by itself");
        assert_eq!(senders(&[(1, Some(60)), (1, None), (2, None)]), [0, 1]);
        assert_eq!(senders(&[(1, Some(60)), (2, Some(60)), (3, None)]), [0, 1, 2]);
        assert_eq!(senders(&[(1, Some(60)), (2, Some(3)), (3, None)]), [0, 1]);
    }

    #[test]
    fn receiver_neither_sends_nor_keeps_others_from_it() {
        let now = Instant::now();
        let links = [
            Standing { priority: 1, sends: false, unable_since: None },
            Standing { priority: 2, sends: true, unable_since: None },
        ];
        assert!(!may_send(&links, 0, PATIENCE, now) && may_send(&links, 1, PATIENCE, now));
    }

    #[test]
    fn link_is_replaced_only_when_another_one_can() {
        let now = Instant::now() + Duration::from_secs(3600);
        let long_ago = Some(now - Duration::from_secs(60));
        let link = |priority, unable_since| Standing { priority, sends: true, unable_since };
        assert!(is_replaced(&[link(1, long_ago), link(2, None)], 0, PATIENCE, now));
        assert!(!is_replaced(&[link(1, long_ago), link(2, long_ago)], 0, PATIENCE, now));
        assert!(!is_replaced(&[link(1, Some(now)), link(2, None)], 0, PATIENCE, now));
        assert!(!is_replaced(&[link(1, long_ago)], 0, PATIENCE, now));
    }
}
