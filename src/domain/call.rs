//! Who called whom, how it ended, and how supervisors stepped into it.

use super::words::words;

words! {
    /// Who called whom.
    Direction {
        In = "in",
        Out = "out",
        /// Between two people of the house.
        Internal = "internal",
    }
}

words! {
    EndedBy {
        Caller = "caller",
        Plan = "plan",
        /// Whom the caller talked to.
        OtherSide = "other_side",
        /// Nobody was reached for a call that an operator placed.
        NotReached = "not_reached",
        /// Ended from the desk or the board.
        Staff = "staff",
        /// Became part of another call.
        Joined = "joined",
        /// The caller's media stopped arriving, or the peer no longer answered.
        Silence = "silence",
        Failure = "failure",
        /// We were killed or stopped; found at the next start.
        Restart = "restart",
    }
}
