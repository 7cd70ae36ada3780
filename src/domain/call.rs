//! How a call ended.

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
