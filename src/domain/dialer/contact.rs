//! Where a contact of a campaign stands, and where it goes from there.
//!
//! What is stored before the wire and after it: [`State::Dialling`] is committed before the number is dialled, [`State::Ringing`] when the network took the
//! call. So a process that dies leaves no doubt except between the two, and what is in doubt is neither dialled again for the same attempt nor counted as made.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::outcome::Outcome;
use super::retry::{Next, Reason};
use crate::domain::words::words;

words! {
    /// The word of a [`State`].
    Stage {
        Waiting = "waiting",
        Preview = "preview",
        Dialling = "dialling",
        Ringing = "ringing",
        Answered = "answered",
        Talking = "talking",
        WrapUp = "wrap_up",
        Done = "done",
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum State {
    Waiting {
        not_before: Timestamp,
    },
    /// An operator looks at it before it is dialled, or picked it by hand.
    Preview,
    /// Claimed for one attempt; whether it was dialled is not known yet.
    Dialling {
        attempt: u32,
    },
    Ringing {
        attempt: u32,
    },
    /// Answered, and no operator yet.
    Answered {
        attempt: u32,
    },
    /// With an operator, or answering by keys.
    Talking {
        attempt: u32,
    },
    /// The operator writes down what came of it.
    WrapUp {
        attempt: u32,
    },
    Done {
        reason: Reason,
    },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Event {
    /// Shown to an operator.
    Shown,
    /// They do not want it now.
    Skipped {
        until: Timestamp,
    },
    /// Claimed by the dialler, or dialled by the operator who looks at it.
    Claimed,
    /// The network took the call.
    Taken,
    Answered,
    Joined,
    /// The call is over, and its outcome still to be said.
    HungUp,
    /// What came of it, and what the rules make of that.
    Ended {
        outcome: Outcome,
        next: Next,
    },
    /// By key, in words, or in the register, at whatever time.
    DoNotCall,
    /// Taken off the list, or the campaign is over.
    Withdrawn,
}

/// What a step means for the counters and for those who carry it out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Step {
    pub state: State,
    /// One more attempt was made.
    pub made: bool,
    /// A call that is up has to be ended.
    pub hang_up: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a contact that is {state:?} cannot be {event:?}")]
pub struct NotPossible {
    pub state: State,
    pub event: Event,
}

/// What a process that died left behind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Left {
    /// Nothing to be put right.
    Untouched,
    /// The attempt is over with this outcome; the rules say what follows.
    Attempt {
        attempt: u32,
        outcome: Outcome,
        /// The network took it for sure. One that may not have been dialled is shown as uncertain: it keeps its number and its pause, and is not among those made.
        made: bool,
    },
}

impl State {
    /// `numbered` so far: an attempt that was not made keeps its number all the same, so that nobody is dialled twice for one.
    pub fn step(self, event: Event, numbered: u32) -> Result<Step, NotPossible> {
        use Event as E;
        let go = |state| Ok(Step { state, made: false, hang_up: false });
        match (self, event) {
            // A talk that went on after the wish not to be called again ends later than its contact.
            (Self::Done { .. }, E::DoNotCall | E::Withdrawn | E::HungUp | E::Ended { .. }) => go(self),
            (_, E::DoNotCall) => Ok(self.over(Reason::DoNotCall)),
            (_, E::Withdrawn) => Ok(self.over(Reason::Withdrawn)),
            (Self::Waiting { .. }, E::Shown) => go(Self::Preview),
            (Self::Preview, E::Skipped { until }) => go(Self::Waiting { not_before: until }),
            (Self::Waiting { .. } | Self::Preview, E::Claimed) => {
                go(Self::Dialling { attempt: numbered.saturating_add(1) })
            }
            (Self::Dialling { attempt }, E::Taken) => {
                Ok(Step { state: Self::Ringing { attempt }, made: true, hang_up: false })
            }
            // Some networks answer without ringing.
            (Self::Dialling { attempt }, E::Answered) => {
                Ok(Step { state: Self::Answered { attempt }, made: true, hang_up: false })
            }
            (Self::Ringing { attempt }, E::Answered) => go(Self::Answered { attempt }),
            (Self::Answered { attempt }, E::Joined) => go(Self::Talking { attempt }),
            (Self::Talking { attempt }, E::HungUp) => go(Self::WrapUp { attempt }),
            (Self::Dialling { .. }, E::Ended { outcome, next }) if !outcome.is_answer() => {
                Ok(Step { made: outcome.counts(), ..after(next) })
            }
            (
                Self::Ringing { .. } | Self::Answered { .. } | Self::Talking { .. } | Self::WrapUp { .. },
                E::Ended { next, .. },
            ) => Ok(after(next)),
            (state, event) => Err(NotPossible { state, event }),
        }
    }

    /// After a start, before anything is dialled. The outcome then goes through the rules like any other.
    pub fn left_behind(self) -> Left {
        let attempt = |attempt, outcome, made| Left::Attempt { attempt, outcome, made };
        match self {
            Self::Waiting { .. } | Self::Preview | Self::Done { .. } => Left::Untouched,
            Self::Dialling { attempt: n } => attempt(n, Outcome::Interrupted, false),
            Self::Ringing { attempt: n } => attempt(n, Outcome::Interrupted, true),
            // They heard nobody, and it was our doing.
            Self::Answered { attempt: n } => attempt(n, Outcome::Abandoned, true),
            // They talked; what was answered is kept.
            Self::Talking { attempt: n } | Self::WrapUp { attempt: n } => attempt(n, Outcome::Partial, true),
        }
    }

    pub fn stage(self) -> Stage {
        match self {
            Self::Waiting { .. } => Stage::Waiting,
            Self::Preview => Stage::Preview,
            Self::Dialling { .. } => Stage::Dialling,
            Self::Ringing { .. } => Stage::Ringing,
            Self::Answered { .. } => Stage::Answered,
            Self::Talking { .. } => Stage::Talking,
            Self::WrapUp { .. } => Stage::WrapUp,
            Self::Done { .. } => Stage::Done,
        }
    }

    /// The attempt that is under way.
    pub fn attempt(self) -> Option<u32> {
        match self {
            Self::Dialling { attempt }
            | Self::Ringing { attempt }
            | Self::Answered { attempt }
            | Self::Talking { attempt }
            | Self::WrapUp { attempt } => Some(attempt),
            Self::Waiting { .. } | Self::Preview | Self::Done { .. } => None,
        }
    }

    pub fn has_call(self) -> bool {
        matches!(
            self,
            Self::Dialling { .. } | Self::Ringing { .. } | Self::Answered { .. } | Self::Talking { .. }
        )
    }

    /// A talk is not cut off by the wish not to be called again; what rings is.
    fn over(self, reason: Reason) -> Step {
        let hang_up = self.has_call() && !matches!(self, Self::Talking { .. });
        Step { state: Self::Done { reason }, made: false, hang_up }
    }
}

fn after(next: Next) -> Step {
    let state = match next {
        Next::NotBefore(not_before) => State::Waiting { not_before },
        Next::Finished(reason) => State::Done { reason },
    };
    Step { state, made: false, hang_up: false }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const NOON: Timestamp = Timestamp::UNIX_EPOCH;
    const WAITING: State = State::Waiting { not_before: NOON };

    fn ended(outcome: Outcome) -> Event {
        Event::Ended { outcome, next: Next::NotBefore(NOON) }
    }

    /// Where it ends, and how many attempts were made on the way.
    fn walk(events: &[Event]) -> (State, u32) {
        events.iter().fold((WAITING, 0), |(state, made), event| {
            let step = state.step(*event, made).unwrap();
            (step.state, made + u32::from(step.made))
        })
    }

    #[test]
    fn an_interview_is_one_attempt() {
        let done = Event::Ended { outcome: Outcome::Completed, next: Next::Finished(Reason::Completed) };
        let events = [Event::Claimed, Event::Taken, Event::Answered, Event::Joined, Event::HungUp, done];
        assert_eq!(walk(&events), (State::Done { reason: Reason::Completed }, 1));
    }

    #[test]
    fn what_the_network_refuses_is_no_attempt_and_busy_is_one() {
        assert_eq!(walk(&[Event::Claimed, ended(Outcome::Trouble)]), (WAITING, 0));
        assert_eq!(walk(&[Event::Claimed, ended(Outcome::Busy)]), (WAITING, 1));
        assert_eq!(walk(&[Event::Claimed, Event::Taken, ended(Outcome::Busy)]), (WAITING, 1));
    }

    #[test]
    fn do_not_call_ends_everything_at_any_time() {
        for state in [
            WAITING,
            State::Preview,
            State::Dialling { attempt: 1 },
            State::Ringing { attempt: 1 },
            State::Answered { attempt: 1 },
            State::Talking { attempt: 1 },
            State::WrapUp { attempt: 1 },
        ] {
            let step = state.step(Event::DoNotCall, 1).unwrap();
            assert_eq!(step.state, State::Done { reason: Reason::DoNotCall });
            assert_eq!(step.hang_up, state.has_call() && state != State::Talking { attempt: 1 }, "{state:?}");
        }
    }

    #[test]
    fn a_contact_is_shown_and_skipped_without_an_attempt() {
        assert_eq!(walk(&[Event::Shown, Event::Skipped { until: NOON }]), (WAITING, 0));
        assert_eq!(walk(&[Event::Shown, Event::Claimed]), (State::Dialling { attempt: 1 }, 0));
    }

    #[test]
    fn after_a_kill_nothing_is_dialled_twice_for_one_attempt_and_nothing_counted_that_was_not_made() {
        let left = |outcome, made| Left::Attempt { attempt: 2, outcome, made };
        for (state, expected) in [
            (WAITING, Left::Untouched),
            (State::Preview, Left::Untouched),
            (State::Dialling { attempt: 2 }, left(Outcome::Interrupted, false)),
            (State::Ringing { attempt: 2 }, left(Outcome::Interrupted, true)),
            (State::Answered { attempt: 2 }, left(Outcome::Abandoned, true)),
            (State::Talking { attempt: 2 }, left(Outcome::Partial, true)),
            (State::Done { reason: Reason::Refused }, Left::Untouched),
        ] {
            assert_eq!(state.left_behind(), expected);
        }
    }

    fn events() -> impl Strategy<Value = Event> {
        prop_oneof![
            Just(Event::Shown),
            Just(Event::Skipped { until: NOON }),
            Just(Event::Claimed),
            Just(Event::Taken),
            Just(Event::Answered),
            Just(Event::Joined),
            Just(Event::HungUp),
            prop::sample::select(Outcome::ALL).prop_map(ended),
            Just(Event::DoNotCall),
            Just(Event::Withdrawn),
        ]
    }

    proptest! {
        #[test]
        fn in_any_order_of_events_there_is_at_most_one_attempt_for_each_claim(events in prop::collection::vec(events(), 0..60)) {
            let (mut state, mut made, mut claims) = (WAITING, 0, 0);
            for event in events {
                let Ok(step) = state.step(event, made) else { continue };
                claims += u32::from(event == Event::Claimed);
                made += u32::from(step.made);
                if let State::Done { .. } = state {
                    prop_assert_eq!(step.state, state, "what is done stays done");
                }
                state = step.state;
                prop_assert!(made <= claims);
            }
        }
    }
}
