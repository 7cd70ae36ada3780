//! What is known of each kind of entry: its name, its words, who may see it.

use super::{Entry, Visibility};
use crate::domain::mail::{MailKind, MailParty, MailPurpose};

impl Entry {
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Opened { .. } => "opened",
            Self::CallArrived { .. } => "call_arrived",
            Self::CallEnded { .. } => "call_ended",
            Self::Recorded { .. } => "recorded",
            Self::Queued { .. } => "queued",
            Self::LeftQueue { .. } => "left_queue",
            Self::AnsweredBy { .. } => "answered_by",
            Self::Transferred { .. } => "transferred",
            Self::TransferFailed { .. } => "transfer_failed",
            Self::Returned { .. } => "returned",
            Self::Joined { .. } => "joined",
            Self::Supervised { .. } => "supervised",
            Self::RecordingPaused { .. } => "recording_paused",
            Self::EndedByStaff { .. } => "ended_by_staff",
            Self::EndedBySpendCap => "ended_by_spend_cap",
            Self::CallbackPromised { .. } => "callback_promised",
            Self::CallbackKept { .. } => "callback_kept",
            Self::CallbackGivenUp { .. } => "callback_given_up",
            Self::CalledOut { .. } => "called_out",
            Self::TextReceived { .. } => "text_received",
            Self::TextQueued { .. } => "text_queued",
            Self::TextReported { .. } => "text_reported",
            Self::MailReceived { .. } => "mail_received",
            Self::MailPointsAt { .. } => "mail_points_at",
            Self::MailQueued { .. } => "mail_queued",
            Self::MailReported { .. } => "mail_reported",
            Self::Note { .. } => "note",
            Self::StatusChanged { .. } => "status_changed",
            Self::Assigned { .. } => "assigned",
            Self::ChannelChanged { .. } => "channel_changed",
            Self::CategoryChanged { .. } => "category_changed",
            Self::DepartmentChanged { .. } => "department_changed",
            Self::FileAdded { .. } => "file_added",
            Self::FileRemoved { .. } => "file_removed",
            Self::Answered { .. } => "answered",
            Self::Reopened { .. } => "reopened",
            Self::Forwarded { .. } => "forwarded",
            Self::SentBack { .. } => "sent_back",
            Self::PlaceChanged { .. } => "place_changed",
            Self::Replied { .. } => "replied",
            Self::NoticeMoved { .. } => "notice_moved",
            Self::Merged { .. } => "merged",
            Self::Absorbed { .. } => "absorbed",
            Self::Unmerged { .. } => "unmerged",
            Self::Released { .. } => "released",
            Self::SplitOff { .. } => "split_off",
            Self::SplitFrom { .. } => "split_from",
            Self::Linked { .. } => "linked",
            Self::Unlinked { .. } => "unlinked",
            Self::MacroUsed { .. } => "macro_used",
            Self::Watched { .. } => "watched",
            Self::Unwatched { .. } => "unwatched",
            Self::DeadlineSet { .. } => "deadline_set",
            Self::DeadlineMoved { .. } => "deadline_moved",
            Self::DeadlinePaused { .. } => "deadline_paused",
            Self::DeadlineResumed { .. } => "deadline_resumed",
            Self::DeadlineExtended { .. } => "deadline_extended",
            Self::DeadlineMet { .. } => "deadline_met",
            Self::DeadlineMissed { .. } => "deadline_missed",
            Self::DeadlineDropped { .. } => "deadline_dropped",
            Self::Escalated { .. } => "escalated",
            Self::Described { .. } => "described",
            Self::DocumentReceived { .. } => "document_received",
            Self::FollowerAdded { .. } => "follower_added",
            Self::StateTold { .. } => "state_told",
            Self::QuestionsAnswered { .. } => "questions_answered",
            Self::Erased { .. } => "erased",
            Self::Surveyed { .. } => "surveyed",
        }
    }

    /// Words that people wrote and later look for.
    pub fn words(&self) -> Option<&str> {
        match self {
            Self::TextReceived { words, .. }
            | Self::MailReceived { words, .. }
            | Self::Note { words }
            | Self::Described { words }
            | Self::Answered { words, .. }
            | Self::Replied { words, .. }
            | Self::DeadlinePaused { words, .. }
            | Self::DeadlineExtended { words, .. } => Some(words),
            _ => None,
        }
    }

    /// Whether it is something that the citizen sent us: a call, a message, a paper.
    pub fn is_sent_by_citizen(&self) -> bool {
        matches!(
            self,
            Self::CallArrived { .. }
                | Self::TextReceived { .. }
                | Self::MailReceived { party: MailParty::Citizen, .. }
        )
    }

    pub fn visibility(&self) -> Visibility {
        match self {
            Self::FileAdded { visibility, .. } => *visibility,
            // The number of a case that is somebody else's is not told.
            Self::SplitOff { same_citizen: false, .. } | Self::SplitFrom { same_citizen: false, .. } => {
                Visibility::Internal
            }
            // What institutions and officers write among themselves is not the citizen's, nor what a program answered.
            Self::MailReceived { party, mail, .. } => {
                let citizen = *party == MailParty::Citizen && *mail != MailKind::AutoReply;
                if citizen { Visibility::Public } else { Visibility::Internal }
            }
            Self::MailQueued {
                purpose:
                    MailPurpose::Forward
                    | MailPurpose::Alert
                    | MailPurpose::Alerts
                    | MailPurpose::Code
                    | MailPurpose::Campaign,
                ..
            } => Visibility::Internal,
            Self::Note { .. }
            | Self::MailPointsAt { .. }
            | Self::MailReported { .. }
            | Self::FileRemoved { .. }
            | Self::FollowerAdded { .. }
            | Self::Surveyed { .. }
            | Self::Erased { .. }
            | Self::Assigned { .. }
            | Self::CallEnded { .. }
            | Self::Queued { .. }
            | Self::AnsweredBy { .. }
            | Self::Transferred { .. }
            | Self::TransferFailed { .. }
            | Self::Returned { .. }
            | Self::Joined { .. }
            | Self::Supervised { .. }
            | Self::RecordingPaused { .. }
            | Self::EndedByStaff { .. }
            | Self::EndedBySpendCap
            | Self::ChannelChanged { .. }
            | Self::SentBack { .. }
            | Self::NoticeMoved { .. }
            | Self::Absorbed { .. }
            | Self::Released { .. }
            | Self::Linked { .. }
            | Self::Unlinked { .. }
            | Self::MacroUsed { .. }
            | Self::Watched { .. }
            | Self::Unwatched { .. }
            | Self::DeadlineMissed { .. }
            | Self::DeadlineDropped { .. }
            | Self::Escalated { .. }
            | Self::CallbackGivenUp { .. } => Visibility::Internal,
            _ => Visibility::Public,
        }
    }
}
