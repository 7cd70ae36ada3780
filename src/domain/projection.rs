//! The row of a case is what its timeline adds up to. Whatever changes a case is an [`Entry`]; this is the one place that says what
//! each of them changes, so that rows can be built again from timelines and compared (`odziv rebuild`).

use jiff::Timestamp;

use super::case::{CaseNumber, Channel, Outcome, Status, Told};
use super::id::{CaseId, CategoryId, DepartmentId, PersonId, UserId};
use super::mail::{MailKind, MailParty, MailPurpose};
use super::notice::{NoticeState, Purpose};
use super::timeline::Entry;

/// The fields of a case, as verbs need them before they change it and as they are stored afterwards.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CaseFields {
    pub number: CaseNumber,
    pub channel: Channel,
    pub status: Status,
    /// Of an answered or closed case.
    pub outcome: Option<Outcome>,
    pub told: Told,
    pub category: CategoryId,
    pub department: Option<DepartmentId>,
    pub assignee: Option<UserId>,
    /// Who opened it on behalf of somebody; `None`: the citizen did.
    pub opened_by: Option<UserId>,
    pub person: Option<PersonId>,
    /// The number, address or name that the contact came from; `None` when it was hidden.
    pub caller: Option<String>,
    /// The beginning of what the citizen wrote.
    pub summary: String,
    /// Where the problem is.
    pub place: String,
    /// Key of the area in which the place is; `None`: not known.
    pub area: Option<String>,
    /// The soonest running deadline.
    pub due_at: Option<Timestamp>,
    /// The case that this one became a part of.
    pub merged_into: Option<CaseId>,
    /// When what it kept of citizens was erased.
    pub erased_at: Option<Timestamp>,
    pub opened_at: Timestamp,
    pub updated_at: Timestamp,
    /// When the citizen last called or wrote.
    pub contact_at: Timestamp,
    /// One more with every entry that changes a field which people decide about.
    pub version: i64,
}

impl CaseFields {
    /// What a timeline begins with; `None` for any other entry than [`Entry::Opened`].
    pub fn opened(at: Timestamp, entry: &Entry) -> Option<Self> {
        let Entry::Opened {
            number,
            channel,
            category,
            department,
            person,
            caller,
            summary,
            place,
            area,
            by,
            deadlines,
        } = entry
        else {
            return None;
        };
        Some(Self {
            number: number.clone(),
            channel: *channel,
            status: Status::New,
            outcome: None,
            told: Told::No,
            category: *category,
            department: *department,
            assignee: None,
            opened_by: *by,
            person: *person,
            caller: caller.clone(),
            summary: summary.clone(),
            place: place.clone(),
            area: area.clone(),
            due_at: deadlines.iter().map(|deadline| deadline.due).min(),
            merged_into: None,
            erased_at: None,
            opened_at: at,
            updated_at: at,
            contact_at: at,
            version: 1,
        })
    }

    pub fn apply(&mut self, at: Timestamp, entry: &Entry) {
        // It keeps something of a citizen again, which must be erased again.
        if self.erased_at.is_some() && entry.erasable().is_some() {
            self.erased_at = None;
        }
        match entry {
            Entry::Note { .. }
            | Entry::FileAdded { .. }
            | Entry::FileRemoved { .. }
            | Entry::FollowerAdded { .. } => self.updated_at = at,
            Entry::TextReceived { .. } => {
                // What opened the case came at the same moment; a repeat changes nothing.
                self.updated_at = at;
                self.contact_at = at;
            }
            // A program that answers for somebody is no contact.
            Entry::MailReceived { mail: MailKind::AutoReply, .. } => {}
            Entry::MailReceived { party, .. } => {
                self.updated_at = at;
                if *party == MailParty::Citizen {
                    self.contact_at = at;
                }
            }
            Entry::MailQueued { purpose: MailPurpose::Reply | MailPurpose::Forward, .. } => {
                self.updated_at = at
            }
            // Something was said in a call that nobody answered. What we recorded when we called back is not that.
            Entry::Recorded { placed: false, .. } if self.channel == Channel::MissedCall => {
                self.decided(at, |case| case.channel = Channel::Voicemail);
            }
            // A caller who was taken for lost in the queue was answered after all.
            Entry::AnsweredBy { .. } if self.channel == Channel::MissedCall => {
                self.decided(at, |case| case.channel = Channel::Call);
            }
            Entry::QuestionsAnswered { .. } => self.decided(at, |_| {}),
            Entry::ChannelChanged { to, .. } => self.decided(at, |case| case.channel = *to),
            Entry::StatusChanged { to, .. } => self.decided(at, |case| case.status = *to),
            Entry::Assigned { to, .. } => self.decided(at, |case| case.assignee = *to),
            Entry::DeadlineSet { next_due, .. }
            | Entry::DeadlineMoved { next_due, .. }
            | Entry::DeadlineMet { next_due, .. }
            | Entry::DeadlineDropped { next_due, .. } => self.due_at = *next_due,
            Entry::DeadlinePaused { next_due, .. }
            | Entry::DeadlineResumed { next_due, .. }
            | Entry::DeadlineExtended { next_due, .. } => self.decided(at, |case| case.due_at = *next_due),
            Entry::CategoryChanged { to, .. } => self.decided(at, |case| case.category = *to),
            Entry::DepartmentChanged { to, .. } => self.decided(at, |case| case.department = *to),
            Entry::Erased { .. } => {
                self.caller = None;
                self.summary = String::new();
                self.place = String::new();
                self.erased_at = Some(at);
            }
            // Written out, so that a new entry does not compile until somebody has said here what it changes.
            Entry::Opened { .. }
            | Entry::CallArrived { .. }
            | Entry::CallEnded { .. }
            | Entry::Recorded { .. }
            | Entry::Queued { .. }
            | Entry::LeftQueue { .. }
            | Entry::AnsweredBy { .. }
            | Entry::Transferred { .. }
            | Entry::TransferFailed { .. }
            | Entry::Returned { .. }
            | Entry::Joined { .. }
            | Entry::Supervised { .. }
            | Entry::RecordingPaused { .. }
            | Entry::EndedByStaff { .. }
            | Entry::EndedBySpendCap
            | Entry::CallbackPromised { .. }
            | Entry::CallbackKept { .. }
            | Entry::CallbackGivenUp { .. }
            | Entry::CalledOut { .. }
            | Entry::Described { .. }
            | Entry::DocumentReceived { .. }
            | Entry::TextQueued { .. }
            | Entry::TextReported { .. }
            | Entry::DeadlineMissed { .. }
            | Entry::Escalated { .. }
            | Entry::MailPointsAt { .. }
            | Entry::MailQueued { .. }
            | Entry::MailReported { .. }
            | Entry::StateTold { .. }
            | Entry::Surveyed { .. }
            | Entry::Linked { .. }
            | Entry::Unlinked { .. }
            | Entry::MacroUsed { .. }
            | Entry::Watched { .. }
            | Entry::Unwatched { .. } => {}
            Entry::Answered { outcome, .. } => self.decided(at, |case| {
                case.status = Status::Answered;
                case.outcome = Some(*outcome);
                case.told = Told::Telling;
            }),
            Entry::Reopened { .. } => self.decided(at, |case| {
                case.erased_at = None;
                case.status = Status::Reopened;
                case.outcome = None;
                case.told = Told::No;
            }),
            Entry::Forwarded { to, .. } => self.decided(at, |case| {
                case.status = Status::Forwarded;
                case.department = Some(*to);
                case.assignee = None;
            }),
            Entry::SentBack { to, assignee, .. } => self.decided(at, |case| {
                case.status = if assignee.is_some() { Status::InProgress } else { Status::New };
                case.department = *to;
                case.assignee = *assignee;
            }),
            Entry::PlaceChanged { to, area, .. } => self.decided(at, |case| {
                case.place.clone_from(to);
                case.area.clone_from(area);
            }),
            Entry::Merged { into, rests, .. } => self.decided(at, |case| {
                case.merged_into = Some(*into);
                case.status = Status::Closed;
                case.outcome = Some(Outcome::Duplicate);
                // Its citizen is told what the other case comes to.
                case.told = Told::Telling;
                if *rests {
                    case.due_at = None;
                }
            }),
            Entry::Unmerged { status, outcome, told, next_due, .. } => self.decided(at, |case| {
                case.merged_into = None;
                case.status = *status;
                case.outcome = *outcome;
                case.told = *told;
                // Entries from before deadlines rested say nothing of them.
                if next_due.is_some() {
                    case.due_at = *next_due;
                }
            }),
            Entry::Absorbed { .. } | Entry::Released { .. } | Entry::SplitOff { .. } => self.updated_at = at,
            // With the opening, at the same moment.
            Entry::SplitFrom { .. } => {}
            Entry::Replied { .. } => self.updated_at = at,
            // What the network says changes nothing that people decide about: the version stays.
            Entry::NoticeMoved { purpose, follower, state, .. } => {
                if let Some(told) = told(*state).filter(|_| *purpose == Purpose::Outcome && !follower) {
                    self.told = told;
                    self.updated_at = at;
                }
            }
        }
    }

    /// What a whole timeline adds up to; `None` when it does not begin with the opening of a case.
    pub fn of_timeline<'e>(entries: impl IntoIterator<Item = (Timestamp, &'e Entry)>) -> Option<Self> {
        let mut entries = entries.into_iter();
        let (at, first) = entries.next()?;
        let mut case = Self::opened(at, first)?;
        for (at, entry) in entries {
            case.apply(at, entry);
        }
        Some(case)
    }

    fn decided(&mut self, at: Timestamp, change: impl FnOnce(&mut Self)) {
        change(self);
        self.updated_at = at;
        self.version += 1;
    }
}

/// `None`: the notice was overtaken by something else, which says itself what is true.
fn told(state: NoticeState) -> Option<Told> {
    Some(match state {
        NoticeState::Telling => Told::Telling,
        NoticeState::Told | NoticeState::Presumed | NoticeState::ByHand => Told::Told,
        NoticeState::Failed => Told::Failed,
        NoticeState::Impossible => Told::Impossible,
        NoticeState::Overtaken => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::id::{NoticeId, RecordingId};

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    fn opened(channel: Channel) -> CaseFields {
        let entry = Entry::Opened {
            number: CaseNumber("400-1/2026-01".into()),
            channel,
            category: CategoryId(5),
            department: Some(DepartmentId(2)),
            person: None,
            caller: None,
            summary: String::new(),
            place: String::new(),
            area: None,
            by: None,
            deadlines: Vec::new(),
        };
        CaseFields::opened(at(1), &entry).unwrap()
    }

    #[test]
    fn a_row_is_what_its_entries_add_up_to() {
        let mut case = opened(Channel::Sms);
        let timeline = [
            Entry::StatusChanged { from: Status::New, to: Status::InProgress },
            Entry::Assigned { from: None, to: Some(UserId(3)) },
            Entry::Note { words: "на терену".into() },
        ];
        for (second, entry) in (2..).zip(&timeline) {
            case.apply(at(second), entry);
        }
        assert_eq!((case.status, case.assignee, case.version), (Status::InProgress, Some(UserId(3)), 3));
        assert_eq!((case.updated_at, case.contact_at), (at(4), at(1)));
    }

    #[test]
    fn a_missed_call_in_which_something_was_said_is_a_voicemail() {
        let mut case = opened(Channel::MissedCall);
        case.apply(at(2), &Entry::Recorded { recording: RecordingId(1), length_ms: 900, placed: false });
        assert_eq!(case.channel, Channel::Voicemail);
        let mut called_back = opened(Channel::MissedCall);
        called_back
            .apply(at(2), &Entry::Recorded { recording: RecordingId(1), length_ms: 900, placed: true });
        assert_eq!(called_back.channel, Channel::MissedCall);
        let mut call = opened(Channel::Call);
        call.apply(at(2), &Entry::Recorded { recording: RecordingId(1), length_ms: 900, placed: false });
        assert_eq!((call.channel, call.version), (Channel::Call, 1));
    }

    #[test]
    fn an_answer_brings_its_outcome_and_a_reopening_takes_it_away() {
        let mut case = opened(Channel::Sms);
        let moved = |follower, state| Entry::NoticeMoved {
            notice: NoticeId(1),
            purpose: Purpose::Outcome,
            follower,
            state,
            way: None,
            by_hand: None,
            why: String::new(),
        };
        case.apply(
            at(2),
            &Entry::Answered { from: Status::New, outcome: Outcome::Resolved, words: "да".into() },
        );
        assert_eq!(
            (case.status, case.outcome, case.told),
            (Status::Answered, Some(Outcome::Resolved), Told::Telling)
        );
        case.apply(at(3), &moved(true, NoticeState::Failed));
        assert_eq!(case.told, Told::Telling, "a follower is not the one whose case it is");
        case.apply(at(4), &moved(false, NoticeState::Told));
        assert_eq!((case.told, case.version), (Told::Told, 2));
        let reopened = Entry::Reopened {
            from: case.status,
            outcome: case.outcome,
            told: case.told,
            reason: "опет".into(),
        };
        case.apply(at(5), &reopened);
        assert_eq!((case.status, case.outcome, case.told), (Status::Reopened, None, Told::No));
    }

    #[test]
    fn a_case_that_was_sent_back_is_again_with_who_had_it() {
        let mut case = opened(Channel::Call);
        let (from, to) = (Some(DepartmentId(2)), DepartmentId(3));
        case.apply(
            at(2),
            &Entry::Forwarded { from, to, assignee: Some(UserId(4)), status: Status::InProgress },
        );
        assert_eq!((case.status, case.department, case.assignee), (Status::Forwarded, Some(to), None));
        let back = Entry::SentBack {
            from: Some(to),
            to: from,
            assignee: Some(UserId(4)),
            status: Status::Forwarded,
            reason: "није наше".into(),
        };
        case.apply(at(3), &back);
        assert_eq!(
            (case.status, case.department, case.assignee),
            (Status::InProgress, from, Some(UserId(4)))
        );
    }
}
