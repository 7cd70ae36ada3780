//! By which channels a recipient is tried, one after the other, and how long each has.

use serde::{Deserialize, Serialize};

use super::super::words::words;

words! {
    Way {
        Sms = "sms",
        Email = "email",
        /// A call that reads the message and asks for a key.
        Voice = "voice",
        /// People go there or write a letter: the recipient comes on a list.
        Visit = "visit",
    }
}

/// One rung of the ladder.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Step {
    pub way: Way,
    /// Without proof of delivery after so long the next step is taken.
    pub minutes: u32,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Ladder(Vec<Step>);

/// Networks take minutes for a text to a telephone that is switched on.
pub const LEAST_MINUTES: u32 = 5;
/// A week.
pub const MOST_MINUTES: u32 = 7 * 24 * 60;

#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadLadder {
    #[error("a campaign needs one channel at least")]
    Empty,
    #[error("a channel is tried once")]
    Twice,
    #[error("people are the last step")]
    VisitNotLast,
    #[error("a message alone goes to people on a list: choose another channel before it")]
    VisitOnly,
    #[error("a step has from {LEAST_MINUTES} minutes to a week")]
    Minutes,
}

impl Ladder {
    pub fn new(steps: Vec<Step>) -> Result<Self, BadLadder> {
        let Some((last, before)) = steps.split_last() else { return Err(BadLadder::Empty) };
        if steps.iter().any(|a| steps.iter().filter(|b| a.way == b.way).count() > 1) {
            return Err(BadLadder::Twice);
        }
        if before.iter().any(|step| step.way == Way::Visit) {
            return Err(BadLadder::VisitNotLast);
        }
        if before.is_empty() && last.way == Way::Visit {
            return Err(BadLadder::VisitOnly);
        }
        let fits =
            |step: &Step| step.way == Way::Visit || (LEAST_MINUTES..=MOST_MINUTES).contains(&step.minutes);
        if !steps.iter().all(fits) {
            return Err(BadLadder::Minutes);
        }
        Ok(Self(steps))
    }

    pub fn steps(&self) -> &[Step] {
        &self.0
    }

    pub fn step(&self, rung: usize) -> Option<Step> {
        self.0.get(rung).copied()
    }

    pub fn rung_of(&self, way: Way) -> Option<usize> {
        self.0.iter().position(|step| step.way == way)
    }

    pub fn has(&self, way: Way) -> bool {
        self.rung_of(way).is_some()
    }

    /// The first step from `from` on that can be taken. People can always be asked.
    pub fn next(&self, from: usize, can: impl Fn(Way) -> bool) -> Option<usize> {
        let rest = self.0.iter().enumerate().skip(from);
        rest.filter(|(_, step)| step.way == Way::Visit || can(step.way)).map(|(rung, _)| rung).next()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn step(way: Way) -> Step {
        Step { way, minutes: 60 }
    }

    #[test]
    fn ladders_that_make_no_sense_are_refused_with_words() {
        let ladder = |ways: &[Way]| Ladder::new(ways.iter().copied().map(step).collect());
        assert_eq!(ladder(&[]), Err(BadLadder::Empty));
        assert_eq!(ladder(&[Way::Sms, Way::Sms]), Err(BadLadder::Twice));
        assert_eq!(ladder(&[Way::Sms, Way::Visit, Way::Email]), Err(BadLadder::VisitNotLast));
        assert_eq!(ladder(&[Way::Visit]), Err(BadLadder::VisitOnly));
        assert_eq!(Ladder::new(vec![Step { way: Way::Sms, minutes: 4 }]), Err(BadLadder::Minutes));
        assert!(ladder(&[Way::Voice, Way::Sms, Way::Email, Way::Visit]).is_ok());
    }

    #[test]
    fn a_step_without_an_address_is_passed_over_and_people_are_never() {
        let ladder = Ladder::new(vec![step(Way::Sms), step(Way::Email), step(Way::Visit)]).unwrap();
        assert_eq!(ladder.next(0, |way| way == Way::Email), Some(1));
        assert_eq!(ladder.next(0, |_| false), Some(2));
        assert_eq!(ladder.next(3, |_| true), None);
    }
}
