//! How a case moves from intake to its end: which step leads from where to where, and the right that it needs. Pages offer what is
//! possible here, verbs refuse what is not.

use super::case::{Outcome, Status, Told};
use super::id::{DepartmentId, UserId};
use super::permission::Right;
use super::projection::CaseFields;
use super::timeline::Entry;
use super::words::words;

words! {
    /// What can be done about where a case stands.
    Step {
        /// Somebody works on it.
        TakeUp = "take_up",
        /// Nobody works on it for now.
        PutBack = "put_back",
        /// To another service or institution.
        Forward = "forward",
        /// To whoever forwarded it.
        SendBack = "send_back",
        /// With an outcome, and words for the citizen.
        Answer = "answer",
        Close = "close",
        Reopen = "reopen",
    }
}

/// Why a step cannot be taken. The key of its words in the locales: [`Refused::key`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    #[error("a case that is {status} cannot be: {step}")]
    NotFrom { step: Step, status: Status },
    #[error("the citizen was not told the outcome yet, so the case cannot be closed")]
    NotTold,
    #[error("the case became a part of another one, where work on it goes on")]
    Merged,
    #[error("nobody forwarded the case, so there is nobody to return it to")]
    NeverForwarded,
    #[error("what the case kept of citizens is erased, so nobody writes on it unless it is opened again")]
    Erased,
}

impl Step {
    pub fn right(self) -> Right {
        match self {
            Self::TakeUp | Self::PutBack => Right::ChangeStatus,
            Self::Forward => Right::Forward,
            Self::SendBack => Right::Return,
            Self::Answer => Right::Answer,
            Self::Close => Right::Close,
            Self::Reopen => Right::Reopen,
        }
    }

    /// The table of transitions.
    pub fn from(self) -> &'static [Status] {
        use Status::*;
        match self {
            Self::TakeUp => &[New, Forwarded, Reopened],
            Self::PutBack => &[InProgress],
            // A case that waits at one service can be sent on to the next.
            Self::Forward | Self::Answer => &[New, Forwarded, InProgress, Reopened],
            Self::SendBack => &[Forwarded, InProgress],
            Self::Close => &[Answered],
            Self::Reopen => &[Answered, Closed],
        }
    }

    pub fn to(self) -> Status {
        match self {
            Self::TakeUp => Status::InProgress,
            Self::PutBack | Self::SendBack => Status::New,
            Self::Forward => Status::Forwarded,
            Self::Answer => Status::Answered,
            Self::Close => Status::Closed,
            Self::Reopen => Status::Reopened,
        }
    }

    /// The step that a bare change of status stands for; answering, forwarding and reopening need more than a status.
    pub fn of_change(to: Status) -> Option<Self> {
        match to {
            Status::InProgress => Some(Self::TakeUp),
            Status::New => Some(Self::PutBack),
            Status::Closed => Some(Self::Close),
            Status::Forwarded | Status::Answered | Status::Reopened => None,
        }
    }

    /// Whether a case that is so may take this step.
    pub fn check(self, case: &CaseFields) -> Result<(), Refused> {
        self.check_at(case.status, case.told, case.merged_into.is_some())
    }

    pub fn check_at(self, status: Status, told: Told, merged: bool) -> Result<(), Refused> {
        if merged {
            return Err(Refused::Merged);
        }
        if !self.from().contains(&status) {
            return Err(Refused::NotFrom { step: self, status });
        }
        // A case is not closed while its citizen is neither told nor impossible to tell.
        if self == Self::Close && !told.is_settled() {
            return Err(Refused::NotTold);
        }
        Ok(())
    }
}

impl Refused {
    pub fn key(self) -> &'static str {
        match self {
            Self::NotFrom { .. } => "refused-status",
            Self::NotTold => "refused-not-told",
            Self::Merged => "refused-merged",
            Self::NeverForwarded => "refused-never-forwarded",
            Self::Erased => "refused-erased",
        }
    }
}

/// Whether a case that ends so may do without words for the citizen: a duplicate is answered on the other case.
pub fn may_be_silent(outcome: Outcome) -> bool {
    matches!(outcome, Outcome::Duplicate | Outcome::Withdrawn)
}

/// Where a case was before it was forwarded the last time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Whence {
    pub department: Option<DepartmentId>,
    pub assignee: Option<UserId>,
}

/// From the entries of a timeline, oldest first. What was sent back is no longer away.
pub fn whence<'e>(timeline: impl IntoIterator<Item = &'e Entry>) -> Option<Whence> {
    let mut way = Vec::new();
    for entry in timeline {
        match entry {
            Entry::Forwarded { from, assignee, .. } => {
                way.push(Whence { department: *from, assignee: *assignee });
            }
            Entry::SentBack { .. } => {
                way.pop();
            }
            _ => {}
        }
    }
    way.pop()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn allowed(step: Step, status: Status) -> bool {
        step.check_at(status, Told::Told, false).is_ok()
    }

    #[test]
    fn every_status_is_reached_and_left() {
        for status in Status::ALL {
            assert!(Step::ALL.iter().any(|step| step.to() == *status), "{status}");
            assert!(Step::ALL.iter().any(|step| allowed(*step, *status)), "{status}");
        }
    }

    #[test]
    fn an_ended_case_is_only_closed_or_opened_again() {
        let of = |status| Step::ALL.iter().filter(|s| allowed(**s, status)).copied().collect::<Vec<_>>();
        assert_eq!(of(Status::Answered), [Step::Close, Step::Reopen]);
        assert_eq!(of(Status::Closed), [Step::Reopen]);
        assert_eq!(of(Status::New), [Step::TakeUp, Step::Forward, Step::Answer]);
    }

    #[test]
    fn a_case_is_not_closed_before_its_citizen_is_told() {
        for told in Told::ALL {
            let closed = Step::Close.check_at(Status::Answered, *told, false);
            assert_eq!(closed.is_ok(), told.is_settled(), "{told}");
        }
    }

    #[test]
    fn a_part_of_another_case_goes_nowhere_by_itself() {
        for step in Step::ALL {
            for status in Status::ALL {
                assert_eq!(step.check_at(*status, Told::Told, true), Err(Refused::Merged));
            }
        }
    }

    #[test]
    fn a_case_goes_back_the_way_it_came() {
        let forwarded = |from: i64, to: i64| Entry::Forwarded {
            from: Some(DepartmentId(from)),
            to: DepartmentId(to),
            assignee: Some(UserId(from)),
            status: Status::New,
        };
        let back = |from: i64, to: i64| Entry::SentBack {
            from: Some(DepartmentId(from)),
            to: Some(DepartmentId(to)),
            assignee: Some(UserId(to)),
            status: Status::Forwarded,
            reason: "није наше".into(),
        };
        let at = |whence: Option<Whence>| whence.and_then(|w| w.department).map(|d| d.0);
        assert_eq!(whence([]), None);
        assert_eq!(at(whence(&[forwarded(1, 2), forwarded(2, 3)])), Some(2));
        assert_eq!(at(whence(&[forwarded(1, 2), forwarded(2, 3), back(3, 2)])), Some(1));
        assert_eq!(whence(&[forwarded(1, 2), back(2, 1)]), None);
    }
}
