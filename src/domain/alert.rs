//! What colleagues hear of their cases by e-mail: which of it they want, and how much of it at once.

use jiff::{SignedDuration, Timestamp};

use super::id::{DepartmentId, UserId};
use super::projection::CaseFields;
use super::task::TaskKind;
use super::words::words;

words! {
    /// Why somebody hears of a case.
    AlertKind {
        /// It came to their service.
        Forwarded = "forwarded",
        /// It is theirs to do.
        Assigned = "assigned",
        DeadlineNear = "deadline_near",
        DeadlineMissed = "deadline_missed",
        Escalated = "escalated",
        /// No channel reached the citizen: a human is asked to.
        TellCitizen = "tell_citizen",
    }
}

words! {
    /// What of it somebody wants.
    Alerts {
        /// What comes to their service too.
        Service = "service",
        /// Only what is theirs to do.
        Own = "own",
        Nothing = "none",
    }
}

impl AlertKind {
    /// What waits for somebody on their page is worth a mail, but not every step of a case that they only watch.
    pub fn of_task(kind: TaskKind) -> Option<Self> {
        match kind {
            TaskKind::DeadlineNear => Some(Self::DeadlineNear),
            TaskKind::DeadlineMissed => Some(Self::DeadlineMissed),
            TaskKind::Escalated => Some(Self::Escalated),
            TaskKind::TellCitizen => Some(Self::TellCitizen),
            TaskKind::Watched | TaskKind::Arrived | TaskKind::MailFailed => None,
        }
    }

    /// The least that somebody must want to hear of it.
    pub fn wanted_by(self) -> Alerts {
        if self == Self::Forwarded { Alerts::Service } else { Alerts::Own }
    }

    /// Whether it is still so by the time that the mail is written: nobody is sent after what went on without them.
    pub fn holds(self, case: &CaseFields, user: UserId, service: Option<DepartmentId>) -> bool {
        match self {
            Self::Forwarded => {
                case.status.is_open() && case.department.is_some() && case.department == service
            }
            Self::Assigned => case.status.is_open() && case.assignee == Some(user),
            Self::DeadlineNear | Self::DeadlineMissed | Self::Escalated => case.status.is_open(),
            Self::TellCitizen => true,
        }
    }
}

/// Mails about single cases that one colleague gets in an hour. Each can be answered; more than these nobody reads one by one.
pub const LETTERS_PER_HOUR: usize = 10;
/// What comes beyond is told in one list, at most so often.
pub const BETWEEN_LISTS: SignedDuration = SignedDuration::from_hours(1);

/// How what waits for one colleague goes out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Posting {
    /// One mail for each case, which can be answered.
    Letters,
    /// All in one mail.
    List,
    /// Not before then.
    Rest(Timestamp),
}

/// `letters`: mails about single cases in the last hour. `listed`: when the last list went out.
pub fn posting(cases: usize, letters: usize, listed: Option<Timestamp>, now: Timestamp) -> Posting {
    if letters.saturating_add(cases) <= LETTERS_PER_HOUR {
        return Posting::Letters;
    }
    let again = listed.and_then(|at| at.checked_add(BETWEEN_LISTS).ok()).filter(|again| *again > now);
    again.map_or(Posting::List, Posting::Rest)
}

/// Digits of the code that confirms an address.
pub const CODE_DIGITS: usize = 8;

/// `random` in the digits of a code.
pub fn code(random: u64) -> String {
    let wrap = 10_u64.pow(8);
    format!("{:0width$}", random % wrap, width = CODE_DIGITS)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_flood_of_cases_is_one_mail_an_hour() {
        let now: Timestamp = "2026-11-23T10:00:00Z".parse().unwrap();
        let ago = |minutes| now - SignedDuration::from_mins(minutes);
        assert_eq!(posting(1, 0, None, now), Posting::Letters);
        assert_eq!(posting(10, 0, Some(ago(1)), now), Posting::Letters);
        assert_eq!(posting(1, 10, None, now), Posting::List);
        assert_eq!(posting(500, 0, None, now), Posting::List);
        assert_eq!(posting(500, 0, Some(ago(20)), now), Posting::Rest(ago(20) + BETWEEN_LISTS));
        assert_eq!(posting(500, 0, Some(ago(60)), now), Posting::List);
    }

    #[test]
    fn codes_have_all_their_digits() {
        assert_eq!((code(7).as_str(), code(u64::MAX).len()), ("00000007", CODE_DIGITS));
    }

    #[test]
    fn watching_a_case_fills_no_mailbox() {
        assert_eq!(AlertKind::of_task(TaskKind::Watched), None);
        assert_eq!(AlertKind::Forwarded.wanted_by(), Alerts::Service);
        assert_eq!(AlertKind::Escalated.wanted_by(), Alerts::Own);
    }
}
