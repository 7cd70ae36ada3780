//! The part of a contact that a dialling campaign called: how far it has come, said as it happens, each thing once and in order.

use std::time::Duration;

use jiff::Timestamp;

use super::flow::{Contact, Script};
use super::{Output, Work};
use crate::dialplan::dialled;
use crate::dialplan::machine::QueueEnd;
use crate::domain::announcement::Refusal;
use crate::domain::call::EndedBy;
use crate::domain::dialer::greeting::Verdict;
use crate::domain::dialer::outcome::{Answered, Ended};
use crate::domain::dialer::progress::Progress;
use crate::domain::id::UserId;

/// By whom whoever answers is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Asked {
    ByOperator,
    /// By an operator, once a person is heard. `anyway`: also when a machine is, so that somebody says whether it was one.
    OncePerson {
        anyway: bool,
    },
    /// A plan asks, and takes keys.
    ByKeys,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Dialled {
    asked: Asked,
    stage: Stage,
    opted_out: bool,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Stage {
    /// `rang`: the network took the call.
    Calling {
        rang: bool,
    },
    /// By whom they are asked is not there yet.
    Answered,
    Joined,
    /// All was said.
    Over,
}

impl Dialled {
    pub(super) fn new(asked: Asked) -> Self {
        Self { asked, stage: Stage::Calling { rang: false }, opted_out: false }
    }
}

impl Contact {
    /// Whom we called has answered, or who called us was.
    pub fn is_answered(&self) -> bool {
        self.answered_at.is_some()
    }

    pub(super) fn dial_rings(&mut self, out: &mut Vec<Output>) {
        if let Some(Dialled { stage: stage @ Stage::Calling { rang: false }, .. }) = &mut self.dialled {
            *stage = Stage::Calling { rang: true };
            say(Progress::Taken, out);
        }
    }

    pub(super) fn dial_answered(&mut self, out: &mut Vec<Output>) {
        let Some(dialled) = &mut self.dialled else { return };
        if !matches!(dialled.stage, Stage::Calling { .. }) {
            return;
        }
        dialled.stage = Stage::Answered;
        say(Progress::Answered, out);
        if dialled.asked == Asked::ByKeys {
            dialled.stage = Stage::Joined;
            say(Progress::Joined { by: None }, out);
        }
    }

    /// Whether it is listened who has answered, before anybody is called to them.
    pub(super) fn hears_greeting(&self) -> bool {
        matches!(&self.dialled, Some(Dialled { asked: Asked::OncePerson { .. }, .. }))
    }

    /// True: nobody is called to them, and the line is put down.
    pub(super) fn dial_greeted(&mut self, by: Verdict, out: &mut Vec<Output>) -> bool {
        let Some(Dialled { asked: Asked::OncePerson { anyway }, stage: stage @ Stage::Answered, .. }) =
            &mut self.dialled
        else {
            return false;
        };
        say(Progress::Greeted(by), out);
        if by == Verdict::Person || *anyway {
            return false;
        }
        *stage = Stage::Over;
        say(Progress::Ended(Ended::Answered(Answered::Machine)), out);
        true
    }

    /// Somebody talks with them. The operator who looked at them before was there when they answered.
    pub(super) fn dial_joined(&mut self, by: Option<UserId>, out: &mut Vec<Output>) {
        self.dial_answered(out);
        if let Some(Dialled { stage: stage @ Stage::Answered, .. }) = &mut self.dialled {
            *stage = Stage::Joined;
            say(Progress::Joined { by }, out);
        }
    }

    /// They did not answer; `None`: it rang to the end.
    pub(super) fn dial_failed(&mut self, refusal: Option<&Refusal>, out: &mut Vec<Output>) {
        let Some(Dialled { stage, .. }) = &mut self.dialled else { return };
        let Stage::Calling { rang } = *stage else { return };
        *stage = Stage::Over;
        let ended =
            refusal.map_or(Ended::RangOut, |refusal| Ended::Refused { refusal: refusal.clone(), rang });
        say(Progress::Ended(ended), out);
    }

    /// Nobody came, or the talk is over.
    pub(super) fn dial_left_queue(&mut self, end: QueueEnd, out: &mut Vec<Output>) {
        match (&mut self.dialled, end) {
            (Some(Dialled { stage: stage @ Stage::Joined, .. }), QueueEnd::Finished) => {
                *stage = Stage::Over;
                say(Progress::Parted { whole: false }, out);
            }
            (Some(Dialled { stage: stage @ Stage::Answered, .. }), _) => {
                *stage = Stage::Over;
                say(Progress::abandoned(), out);
            }
            _ => {}
        }
    }

    pub(super) fn dial_key(&mut self, out: &mut Vec<Output>) {
        let wants = match &self.script {
            Script::Announcement { walk, .. } => dialled::is_opted_out(walk),
            Script::Plan { .. } | Script::Direct { .. } | Script::Survey { .. } => false,
        };
        if let Some(dialled) = self.dialled.as_mut().filter(|dialled| wants && !dialled.opted_out) {
            dialled.opted_out = true;
            say(Progress::OptedOut, out);
        }
    }

    /// The line is gone, whoever put it down.
    pub(super) fn dial_over(&mut self, by: EndedBy, at: Timestamp, out: &mut Vec<Output>) {
        let answered_at = self.answered_at;
        let Some(Dialled { stage, .. }) = &mut self.dialled else { return };
        let said = match (std::mem::replace(stage, Stage::Over), by) {
            (Stage::Over, _) => return,
            (Stage::Calling { .. }, _) => Progress::BrokenOff,
            (Stage::Answered, EndedBy::OtherSide | EndedBy::Silence) => {
                let since = answered_at.unwrap_or(at);
                let waited = Duration::try_from(at.duration_since(since)).unwrap_or_default();
                let after_ms = u64::try_from(waited.as_millis()).unwrap_or(u64::MAX);
                Progress::Ended(Ended::Answered(Answered::HungUp { after_ms }))
            }
            // Of our own doing: nobody spoke with them.
            (Stage::Answered, _) => Progress::abandoned(),
            (Stage::Joined, by) => Progress::Parted { whole: by == EndedBy::Plan },
        };
        say(said, out);
    }
}

fn say(progress: Progress, out: &mut Vec<Output>) {
    out.push(Output::Store(Work::Dialled(progress)));
}
