//! What an entry of a timeline keeps of citizens, and what is left of it without them.

use super::intake::Document;
use super::timeline::{Entry, QuestionAnswer};

impl Entry {
    /// What is left of it when it keeps something of a citizen; `None`: it keeps nothing, or nothing any more.
    pub fn erasable(&self) -> Option<Self> {
        self.without_citizen().filter(|left| left != self)
    }

    /// `None`: it keeps nothing of a citizen. Written out entry by entry, so that a new one does not compile until somebody has said here
    /// what of it is a citizen's. Staff and what they did stay.
    pub fn without_citizen(&self) -> Option<Self> {
        Some(match self.clone() {
            Self::Opened { number, channel, category, department, by, person, area, deadlines, .. } => Self::Opened {
                number,
                channel,
                category,
                department,
                by,
                person,
                caller: None,
                summary: String::new(),
                place: String::new(),
                area,
                deadlines,
            },
            Self::CallArrived { interaction, called, .. } => {
                Self::CallArrived { interaction, caller: None, called }
            }
            Self::CalledOut { interaction, by, length_ms, .. } => {
                Self::CalledOut { interaction, by, to: String::new(), length_ms }
            }
            Self::TextReceived { interaction, whole, .. } => {
                Self::TextReceived { interaction, sender: None, words: String::new(), whole }
            }
            Self::TextQueued { outbox, .. } => {
                Self::TextQueued { outbox, to: String::new(), words: String::new() }
            }
            Self::MailReceived { interaction, party, mail, left_out, .. } => Self::MailReceived {
                interaction,
                sender: None,
                name: String::new(),
                party,
                mail,
                subject: String::new(),
                words: String::new(),
                rest: String::new(),
                left_out,
            },
            Self::MailQueued { outbox, purpose, .. } => Self::MailQueued {
                outbox,
                to: String::new(),
                purpose,
                subject: String::new(),
                words: String::new(),
            },
            // Mail servers repeat the address.
            Self::MailReported { outbox, state, .. } => Self::MailReported { outbox, state, error: None },
            Self::DeadlinePaused { profile, reason, next_due, .. } => {
                Self::DeadlinePaused { profile, reason, words: String::new(), next_due }
            }
            Self::DeadlineExtended { profile, by, due, next_due, .. } => {
                Self::DeadlineExtended { profile, by, words: String::new(), due, next_due }
            }
            Self::DocumentReceived { document } => Self::DocumentReceived {
                document: Document { reference: String::new(), ..document },
            },
            Self::Described { .. } => Self::Described { words: String::new() },
            Self::FollowerAdded { person, .. } => Self::FollowerAdded { person, name: String::new() },
            Self::Note { .. } => Self::Note { words: String::new() },
            Self::Answered { from, outcome, .. } => Self::Answered { from, outcome, words: String::new() },
            Self::Reopened { from, outcome, told, .. } => {
                Self::Reopened { from, outcome, told, reason: String::new() }
            }
            Self::SentBack { from, to, assignee, status, .. } => {
                Self::SentBack { from, to, assignee, status, reason: String::new() }
            }
            Self::PlaceChanged { area, .. } => {
                Self::PlaceChanged { from: String::new(), to: String::new(), area }
            }
            Self::Replied { notice, .. } => Self::Replied { notice, words: String::new() },
            Self::NoticeMoved { notice, purpose, follower, state, way, by_hand, .. } => {
                Self::NoticeMoved { notice, purpose, follower, state, way, by_hand, why: String::new() }
            }
            // People name files after themselves.
            Self::FileAdded { file, kind, size, visibility, .. } => {
                Self::FileAdded { file, name: String::new(), kind, size, visibility }
            }
            Self::FileRemoved { file, .. } => {
                Self::FileRemoved { file, name: String::new(), reason: String::new() }
            }
            Self::QuestionsAnswered { answers } => {
                let without = |answer: QuestionAnswer| QuestionAnswer { answer: String::new(), ..answer };
                Self::QuestionsAnswered { answers: answers.into_iter().map(without).collect() }
            }
            Self::CallEnded { .. }
            | Self::Recorded { .. }
            | Self::Queued { .. }
            | Self::LeftQueue { .. }
            | Self::AnsweredBy { .. }
            | Self::Transferred { .. }
            | Self::TransferFailed { .. }
            | Self::Returned { .. }
            | Self::Joined { .. }
            | Self::Supervised { .. }
            | Self::RecordingPaused { .. }
            | Self::EndedByStaff { .. }
            | Self::EndedBySpendCap
            | Self::CallbackPromised { .. }
            | Self::CallbackKept { .. }
            | Self::CallbackGivenUp { .. }
            | Self::TextReported { .. }
            | Self::StatusChanged { .. }
            | Self::Assigned { .. }
            | Self::ChannelChanged { .. }
            | Self::CategoryChanged { .. }
            | Self::DepartmentChanged { .. }
            | Self::Forwarded { .. }
            | Self::MailPointsAt { .. }
            | Self::DeadlineSet { .. }
            | Self::DeadlineMoved { .. }
            | Self::DeadlineResumed { .. }
            | Self::DeadlineMet { .. }
            | Self::DeadlineMissed { .. }
            | Self::DeadlineDropped { .. }
            | Self::Escalated { .. }
            | Self::Merged { .. }
            | Self::Absorbed { .. }
            | Self::Unmerged { .. }
            | Self::Released { .. }
            | Self::SplitOff { .. }
            | Self::SplitFrom { .. }
            | Self::Linked { .. }
            | Self::Unlinked { .. }
            | Self::MacroUsed { .. }
            | Self::Watched { .. }
            | Self::Unwatched { .. }
            | Self::StateTold { .. }
            | Self::Erased { .. }
            // Keys that were pressed, by nobody once the call is nobody's.
            | Self::Surveyed { .. } => return None,
        })
    }
}
