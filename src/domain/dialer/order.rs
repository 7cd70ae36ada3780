//! Who is next. Contacts whose turn has not come wait by their time; those whose turn it is stand in one line by [`Rank`], so that the next one is the first
//! entry of an index whatever the size of the list:
//!
//! - waiting: `(campaign, not_before)`; whose time has come is given a rank, a hundred at once, those first who were promised it;
//! - in line: `(campaign, rank)`, smallest first.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// One number to be kept in a column and indexed; the smaller goes first. From the highest bits on: an appointment, priority, attempts,
/// the time since which it is due, chance.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Rank(i64);

/// What decides about the place in the line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Turn {
    /// They named the time: a promise goes before everything.
    pub appointment: bool,
    /// 0 is usual; higher goes first.
    pub priority: i8,
    /// Those that counted. Fewer go first: everybody is tried once before somebody is tried twice.
    pub attempts: u32,
    pub due: Timestamp,
    /// Any number, drawn once for a contact: a list in the order of its streets would ask one street in the morning and another in the evening.
    pub salt: u64,
}

const ATTEMPTS_BITS: u32 = 5;
const DUE_BITS: u32 = 25;
const SALT_BITS: u32 = 24;
/// Who is due at times closer than this takes turns by chance.
const DUE_STEP: i64 = 15 * 60;

impl Rank {
    pub fn of(turn: &Turn) -> Self {
        let class = u64::from(!turn.appointment);
        let priority = u64::from(i8::MAX.abs_diff(turn.priority));
        let attempts = u64::from(turn.attempts).min((1 << ATTEMPTS_BITS) - 1);
        let quarter = turn.due.as_second().div_euclid(DUE_STEP).max(0).unsigned_abs();
        let due = quarter.min((1 << DUE_BITS) - 1);
        let salt = turn.salt & ((1 << SALT_BITS) - 1);
        let bits = [(8, priority), (ATTEMPTS_BITS, attempts), (DUE_BITS, due), (SALT_BITS, salt)]
            .into_iter()
            .fold(class, |bits, (width, value)| bits << width | value);
        // 63 bits: the sign stays free.
        Self(i64::try_from(bits).unwrap_or(i64::MAX))
    }

    pub fn column(self) -> i64 {
        self.0
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn turn() -> Turn {
        let due = "2026-03-02T09:00:00Z".parse().unwrap();
        Turn { appointment: false, priority: 0, attempts: 1, due, salt: 7 }
    }

    #[test]
    fn promises_go_first_then_priority_then_fewer_attempts_then_who_waits_longer() {
        let hour_later = "2026-03-02T10:00:00Z".parse().unwrap();
        let line = [
            Turn { appointment: true, priority: -5, attempts: 3, ..turn() },
            Turn { priority: 9, attempts: 2, ..turn() },
            Turn { attempts: 0, due: hour_later, ..turn() },
            turn(),
            Turn { salt: 8, ..turn() },
            Turn { due: hour_later, salt: 0, ..turn() },
            Turn { priority: -1, attempts: 0, ..turn() },
        ];
        assert!(line.windows(2).all(|pair| Rank::of(&pair[0]) < Rank::of(&pair[1])));
    }

    proptest! {
        #[test]
        fn rank_orders_as_its_parts_do(
            a in (any::<bool>(), any::<i8>(), 0_u32..31, 0_i64..4_000_000_000, any::<u64>()),
            b in (any::<bool>(), any::<i8>(), 0_u32..31, 0_i64..4_000_000_000, any::<u64>()),
        ) {
            let turn = |(appointment, priority, attempts, due, salt)| Turn {
                appointment, priority, attempts, due: Timestamp::from_second(due).unwrap(), salt,
            };
            let parts = |t: &Turn| (!t.appointment, -i16::from(t.priority), t.attempts, t.due.as_second() / DUE_STEP, t.salt & 0xff_ffff);
            let (a, b) = (turn(a), turn(b));
            prop_assert_eq!(Rank::of(&a).cmp(&Rank::of(&b)), parts(&a).cmp(&parts(&b)));
            prop_assert!(Rank::of(&a).column() >= 0);
        }
    }
}
