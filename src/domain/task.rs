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
        /// Something happened on a case that they watch.
        Watched = "watched",
    }
}
