//! What a dial came to.

use crate::domain::announcement::{Reached, Refusal};
use crate::domain::words::words;

words! {
    Outcome {
        Completed = "completed",
        /// Some questions were answered.
        Partial = "partial",
        /// They agreed to be called at another time.
        Callback = "callback",
        Refused = "refused",
        /// Not to be called any more, by key or in words.
        OptedOut = "opted_out",
        /// Not one of those who are asked: too young, or their quota is full.
        Ineligible = "ineligible",
        WrongNumber = "wrong_number",
        Machine = "machine",
        /// By whoever answered, before a word was said.
        HungUp = "hung_up",
        /// Answered, and no operator in time.
        Abandoned = "abandoned",
        NoAnswer = "no_answer",
        Busy = "busy",
        /// By whom was called, or by their telephone.
        Declined = "declined",
        NoSuchNumber = "no_such_number",
        /// On the way there; it says nothing of whom we wanted.
        Trouble = "trouble",
        /// The program died meanwhile: it may have been dialled, and may have been heard.
        Interrupted = "interrupted",
        /// By rules of our own: do-not-call, a number that is not allowed.
        Blocked = "blocked",
    }
}

/// How a dial ended, as the network and the clock say it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ended {
    Refused {
        refusal: Refusal,
        /// It rang before (a 180 or 183 was seen).
        rang: bool,
    },
    /// For the whole ring time.
    RangOut,
    Answered(Answered),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answered {
    /// They hung up so many milliseconds after they answered, before anybody spoke with them.
    HungUp { after_ms: u64 },
    /// We gave up: nobody was free in time.
    Abandoned,
    /// By the detection, where it is on.
    Machine,
    /// An operator or the keys say what came of it.
    Talked(Outcome),
}

/// Whoever is gone so soon did not wait for an operator: it was a reflex, or a machine.
pub const HUNG_UP_WITHIN_MS: u64 = 1_000;

impl Outcome {
    pub fn of(ended: &Ended) -> Self {
        match ended {
            Ended::RangOut => Self::NoAnswer,
            Ended::Refused { refusal, rang } => Self::of_refusal(refusal, *rang),
            Ended::Answered(Answered::HungUp { after_ms }) if *after_ms <= HUNG_UP_WITHIN_MS => Self::HungUp,
            // They waited, and for nothing: it is our doing, whoever was first to hang up.
            Ended::Answered(Answered::HungUp { .. } | Answered::Abandoned) => Self::Abandoned,
            Ended::Answered(Answered::Machine) => Self::Machine,
            Ended::Answered(Answered::Talked(outcome)) => *outcome,
        }
    }

    /// A 408 of a telephone that rang is one that nobody took; without ringing it is the trunk that got no answer (RFC 3261 §21.4.9).
    fn of_refusal(refusal: &Refusal, rang: bool) -> Self {
        match refusal.reached() {
            Reached::Busy => Self::Busy,
            Reached::Declined => Self::Declined,
            Reached::NoSuchNumber => Self::NoSuchNumber,
            Reached::NoAnswer => Self::NoAnswer,
            _ if rang && refusal.status == 408 => Self::NoAnswer,
            _ => Self::Trouble,
        }
    }

    /// Whether it counts as an attempt: what the network or we refused was none.
    pub fn counts(self) -> bool {
        !matches!(self, Self::Trouble | Self::Blocked)
    }

    /// Somebody or something answered, and an operator was wanted.
    pub fn is_answer(self) -> bool {
        !matches!(
            self,
            Self::NoAnswer
                | Self::Busy
                | Self::Declined
                | Self::NoSuchNumber
                | Self::Trouble
                | Self::Interrupted
                | Self::Blocked
        )
    }

    /// The number reached nobody who could be asked, and may at another time.
    pub fn is_absence(self) -> bool {
        matches!(self, Self::NoAnswer | Self::Machine | Self::HungUp | Self::Busy)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(status: u16, reason: &str, rang: bool) -> Outcome {
        let reason = (!reason.is_empty()).then(|| reason.to_owned());
        Outcome::of(&Ended::Refused { refusal: Refusal { status, reason }, rang })
    }

    #[test]
    fn network_says_what_became_of_a_dial() {
        for (status, outcome) in [
            (486, Outcome::Busy),
            (600, Outcome::Busy),
            (404, Outcome::NoSuchNumber),
            (410, Outcome::NoSuchNumber),
            (484, Outcome::NoSuchNumber),
            (604, Outcome::NoSuchNumber),
            (480, Outcome::NoAnswer),
            (603, Outcome::Declined),
            (500, Outcome::Trouble),
            (503, Outcome::Trouble),
            (403, Outcome::Trouble),
        ] {
            assert_eq!(refused(status, "", false), outcome, "{status}");
        }
        assert_eq!(refused(503, "Q.850;cause=17", false), Outcome::Busy, "a gateway knows better");
    }

    #[test]
    fn timeout_of_a_telephone_that_rang_is_an_attempt_and_one_of_the_trunk_is_none() {
        assert_eq!(refused(408, "", true), Outcome::NoAnswer);
        assert_eq!(refused(408, "", false), Outcome::Trouble);
        assert!(Outcome::NoAnswer.counts() && !Outcome::Trouble.counts());
        assert_eq!(Outcome::of(&Ended::RangOut), Outcome::NoAnswer);
    }

    #[test]
    fn whoever_waited_and_gave_up_was_abandoned() {
        let hung_up = |after_ms| Outcome::of(&Ended::Answered(Answered::HungUp { after_ms }));
        assert_eq!(hung_up(900), Outcome::HungUp);
        assert_eq!(hung_up(1_500), Outcome::Abandoned);
        assert_eq!(Outcome::of(&Ended::Answered(Answered::Abandoned)), Outcome::Abandoned);
    }

    #[test]
    fn answers_are_what_operators_are_wanted_for() {
        let answers = Outcome::ALL.iter().filter(|outcome| outcome.is_answer()).count();
        assert_eq!(answers, 10);
        assert!(Outcome::Machine.is_answer() && !Outcome::Busy.is_answer());
    }
}
