//! How a call ended, and how supervisors stepped into it.

use super::words::words;

words! {
    EndedBy {
        Caller = "caller",
        Plan = "plan",
        /// The caller's media stopped arriving, or the peer no longer answered.
        Silence = "silence",
        Failure = "failure",
        /// We were killed or stopped; found at the next start.
        Restart = "restart",
    }
}

words! {
    /// What a supervisor did with a call of others.
    Intervention {
        ListenedIn = "listened_in",
        /// Heard by the operator only.
        Whispered = "whispered",
        JoinedIn = "joined_in",
        HungUp = "hung_up",
        RecordingPaused = "recording_paused",
        RecordingResumed = "recording_resumed",
    }
}
