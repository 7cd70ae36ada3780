//! Which mail the database refused, and how often: it is tried again on new connections, but not for ever.

use std::sync::{Mutex, PoisonError};

/// With the waits between connections, half a minute: longer than a database takes to come round.
const ENOUGH: u32 = 5;

/// Of the one mail that is tried now.
#[derive(Debug, Default)]
pub(super) struct Refused(Mutex<Option<((u32, u32), u32)>>);

impl Refused {
    /// Counts one more refusal; whether the mail was refused often enough to be the reason itself.
    pub fn is_enough(&self, uid_validity: u32, uid: u32) -> bool {
        let mut last = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let before = last.filter(|(mail, _)| *mail == (uid_validity, uid)).map_or(0, |(_, times)| times);
        let times = before.saturating_add(1);
        *last = Some(((uid_validity, uid), times));
        times >= ENOUGH
    }

    pub fn forget(&self) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_refusals_of_the_same_mail_in_a_row_count() {
        let refused = Refused::default();
        for _ in 1..ENOUGH {
            assert!(!refused.is_enough(7, 3));
        }
        assert!(!refused.is_enough(7, 4), "another mail");
        for _ in 1..ENOUGH {
            assert!(!refused.is_enough(7, 3));
        }
        assert!(refused.is_enough(7, 3));
        assert!(refused.is_enough(7, 3), "as long as nothing was stored");
        refused.forget();
        assert!(!refused.is_enough(7, 3));
    }
}
