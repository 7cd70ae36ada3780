//! What waits for somebody.

use super::words::words;

words! {
    TaskKind {
        /// A deadline of a case of theirs is about to be over.
        DeadlineNear = "deadline_near",
        /// It is over.
        DeadlineMissed = "deadline_missed",
        /// Somebody else has not done it: it is passed up.
        Escalated = "escalated",
        /// No channel reached the citizen: a human is asked to.
        TellCitizen = "tell_citizen",
        /// An e-mail came to a case of theirs.
        Arrived = "arrived",
        /// An e-mail that somebody wrote on the case did not arrive.
        MailFailed = "mail_failed",
        /// Something happened on a case that they watch.
        Watched = "watched",
    }
}

impl TaskKind {
    /// Who is told this of a deadline knows those already.
    pub fn says_also(self) -> &'static [Self] {
        match self {
            Self::Escalated => &[Self::DeadlineMissed, Self::DeadlineNear],
            Self::DeadlineMissed => &[Self::DeadlineNear],
            Self::DeadlineNear | Self::TellCitizen | Self::Arrived | Self::MailFailed | Self::Watched => &[],
        }
    }
}
