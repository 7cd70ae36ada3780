//! How long what is kept of citizens stays, and why it may not go sooner (ZZPL art. 5 para. 1 item 5; art. 30 para. 5: the right to erasure ends
//! where the law wants it kept).

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use super::case::Status;

/// Of one category, or of all that have none of their own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rule {
    /// Key of the category; empty: every other.
    pub category: String,
    /// Days after its last change for which a closed case keeps what it knows of citizens.
    pub keep_days: u32,
    /// Days for which recordings of closed cases are kept.
    pub recording_days: u32,
    /// Days after its last change for which the law wants a closed case kept, whatever a citizen asks for.
    pub legal_days: u32,
    /// Which law.
    pub basis: String,
}

/// A hundred years: longer is a mistake of the hand.
pub const MOST_DAYS: u32 = 36_500;

/// A field that is out of its bounds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WrongRule {
    /// More than a hundred years, or recordings or the law longer than the case itself.
    Days,
    /// A legal period says which law.
    Basis,
}

impl Rule {
    pub fn check(&self) -> Result<(), WrongRule> {
        let longest = self.recording_days.max(self.legal_days);
        if self.keep_days > MOST_DAYS || longest > self.keep_days {
            return Err(WrongRule::Days);
        }
        if self.legal_days > 0 && self.basis.trim().is_empty() {
            return Err(WrongRule::Basis);
        }
        Ok(())
    }

    /// When a closed case that was last changed at `changed` loses what it knows of citizens.
    pub fn ends(&self, changed: Timestamp) -> Timestamp {
        after(changed, self.keep_days)
    }

    /// Whether it may go now because somebody asks for it.
    pub fn may_erase(&self, status: Status, changed: Timestamp, now: Timestamp) -> Result<(), Postponed> {
        if status != Status::Closed {
            return Err(Postponed::Open);
        }
        let until = after(changed, self.legal_days);
        if until > now { Err(Postponed::Legal { until, basis: self.basis.clone() }) } else { Ok(()) }
    }
}

/// Why a case is not erased yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Postponed {
    /// It is still worked on, for the one who asks (ZZPL art. 12 para. 1 item 5).
    Open,
    Legal {
        until: Timestamp,
        basis: String,
    },
    /// A message to the citizen is on its way.
    UnderWay,
}

impl Postponed {
    /// When it is worth trying again.
    pub fn again(&self, now: Timestamp) -> Timestamp {
        match self {
            Self::Legal { until, .. } => *until,
            Self::Open | Self::UnderWay => after(now, 1),
        }
    }
}

fn after(at: Timestamp, days: u32) -> Timestamp {
    at.saturating_add(SignedDuration::from_hours(i64::from(days) * 24)).unwrap_or(Timestamp::MAX)
}

/// `now` so many days ago.
pub fn before(now: Timestamp, days: u32) -> Timestamp {
    now.saturating_sub(Duration::from_secs(u64::from(days) * 86_400)).unwrap_or(Timestamp::MIN)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rule() -> Rule {
        Rule {
            category: String::new(),
            keep_days: 30,
            recording_days: 10,
            legal_days: 20,
            basis: "Закон о архивској грађи".into(),
        }
    }

    fn day(day: i64) -> Timestamp {
        Timestamp::from_second(day * 86_400).unwrap()
    }

    #[test]
    fn what_the_law_wants_kept_waits_and_says_until_when() {
        let changed = day(100);
        assert_eq!(rule().may_erase(Status::Answered, changed, day(200)), Err(Postponed::Open));
        let legal = Postponed::Legal { until: day(120), basis: rule().basis };
        assert_eq!(rule().may_erase(Status::Closed, changed, day(119)), Err(legal.clone()));
        assert_eq!(legal.again(day(119)), day(120));
        assert_eq!(rule().may_erase(Status::Closed, changed, day(120)), Ok(()));
        assert_eq!(rule().ends(changed), day(130));
    }

    #[test]
    fn rule_that_contradicts_itself_is_refused() {
        assert_eq!(rule().check(), Ok(()));
        assert_eq!(Rule { legal_days: 31, ..rule() }.check(), Err(WrongRule::Days));
        assert_eq!(Rule { recording_days: 31, ..rule() }.check(), Err(WrongRule::Days));
        assert_eq!(Rule { keep_days: MOST_DAYS + 1, ..rule() }.check(), Err(WrongRule::Days));
        assert_eq!(Rule { basis: " ".into(), ..rule() }.check(), Err(WrongRule::Basis));
        assert_eq!(Rule { basis: String::new(), legal_days: 0, ..rule() }.check(), Ok(()));
    }
}
