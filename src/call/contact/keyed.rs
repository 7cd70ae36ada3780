//! The part of a contact in which a survey is asked by keys: the machine of `domain/survey/keypad` says what is played and what keys mean. What follows an
//! answer is done once the answer is committed, so that whoever hears the next question has given the one before for good.

use std::time::{Duration, Instant};

use jiff::Timestamp;

use super::flow::{Contact, Script, Stage};
use super::{Output, Work};
use crate::dialplan::machine::Event;
use crate::domain::call::EndedBy;
use crate::domain::survey::Interview;
use crate::domain::survey::keypad::{Begin, Call, Input, Outcome, Output as Wanted, Stored};

/// Silence: who has just answered needs a moment to bring the telephone to the ear.
const PAUSE: &str = "pause";

/// Committing takes milliseconds. Somebody who hears nothing for so long is thanked and let go; what they answered is kept as soon as it can be.
const STORE_PATIENCE: Duration = Duration::from_secs(10);

/// Keys that are pressed meanwhile, by people who know the survey.
const MOST_AHEAD: usize = 16;

/// A survey on the telephone.
#[derive(Debug)]
pub struct Keyed {
    call: Call,
    opening: Vec<Wanted>,
    /// What is done when answers are committed, and the keys that were pressed meanwhile.
    held: Option<(Vec<Wanted>, Vec<char>)>,
    /// How it ended was said.
    told: bool,
}

impl Keyed {
    /// What a call is journaled with in place of the revision of a plan.
    pub const NAME: &str = "@survey";

    /// A new interview, or one that goes on where an earlier call was cut off.
    pub fn new(interview: Interview) -> Self {
        let (call, opening) = Call::start(interview);
        Self { call, opening, held: None, told: false }
    }

    /// Of the prompts that it plays.
    pub fn language(&self) -> &'static str {
        self.call.tongue().as_str()
    }

    fn begin(&self) -> Begin {
        let interview = self.call.interview();
        Begin { language: interview.language(), seed: interview.seed() }
    }

    /// Once.
    fn ends(&mut self, outcome: Option<Outcome>) -> Option<Work> {
        let outcome = outcome.filter(|_| !self.told)?;
        self.told = true;
        Some(Work::SurveyOver { begin: self.begin(), outcome })
    }
}

impl Contact {
    /// Whoever was called hears who calls, and why.
    pub(super) fn open_survey(&mut self, now: Instant, at: Timestamp, out: &mut Vec<Output>) {
        let Some(keyed) = self.keyed() else { return };
        let opening = std::mem::take(&mut keyed.opening);
        self.carry_survey(opening, now, at, out);
    }

    /// What a plan would be told.
    pub(super) fn survey_event(&mut self, event: &Event, now: Instant, at: Timestamp, out: &mut Vec<Output>) {
        let Some(keyed) = self.keyed() else { return };
        let outputs = match (event, &mut keyed.held) {
            (Event::Digit(key), Some((_, ahead))) => {
                if ahead.len() < MOST_AHEAD {
                    ahead.push(*key);
                }
                return;
            }
            (Event::TimedOut, Some((then, _))) => {
                let then = std::mem::take(then);
                keyed.held = None;
                instead(keyed.call.break_off(), then)
            }
            (_, Some(_)) => return,
            (Event::Digit(key), None) => keyed.call.handle(Input::Key(*key)),
            (Event::Played, None) => keyed.call.handle(Input::Played),
            (Event::TimedOut, None) => keyed.call.handle(Input::Silence),
            (_, None) => return,
        };
        self.carry_survey(outputs, now, at, out);
    }

    /// The store has the answers, or does not want them.
    pub(super) fn answers_stored(
        &mut self,
        stored: Stored,
        now: Instant,
        at: Timestamp,
        out: &mut Vec<Output>,
    ) {
        if self.stage != Stage::Talking {
            return;
        }
        let Some(keyed) = self.keyed() else { return };
        let Some((then, ahead)) = keyed.held.take() else { return };
        let next = match stored {
            Stored::Kept => then,
            Stored::OverQuota => instead(keyed.call.over_quota(), then),
            Stored::Refused => instead(keyed.call.break_off(), then),
        };
        self.plan_timer = None;
        self.carry_survey(next, now, at, out);
        for key in ahead {
            self.survey_event(&Event::Digit(key), now, at, out);
        }
    }

    /// The line is gone. What we did ourselves is nobody's hang-up.
    pub(super) fn survey_over(&mut self, by: EndedBy, out: &mut Vec<Output>) {
        if self.answered_at.is_none() {
            return;
        }
        let Some(keyed) = self.keyed() else { return };
        let hung_up = matches!(by, EndedBy::OtherSide | EndedBy::Silence).then_some(Outcome::HungUp);
        let outcome = keyed.call.ending().or(hung_up);
        out.extend(keyed.ends(outcome).map(Output::Store));
    }

    fn carry_survey(&mut self, wanted: Vec<Wanted>, now: Instant, at: Timestamp, out: &mut Vec<Output>) {
        let (mut answers, mut then) = (Vec::new(), Vec::new());
        for wanted in wanted {
            match wanted {
                Wanted::Keep { question, answer } => answers.push((question, answer)),
                wanted if answers.is_empty() => self.do_survey(wanted, now, at, out),
                wanted => then.push(wanted),
            }
        }
        let Some(keyed) = self.keyed() else { return };
        if answers.is_empty() {
            // Before the goodbye is over: who hangs up now takes nothing of it away.
            let ending = keyed.call.ending();
            return out.extend(keyed.ends(ending).map(Output::Store));
        }
        keyed.held = Some((then, Vec::new()));
        let begin = keyed.begin();
        self.plan_timer = Some(now + STORE_PATIENCE);
        self.store(Work::SurveyAnswers { begin, answers }, out);
    }

    fn do_survey(&mut self, wanted: Wanted, now: Instant, at: Timestamp, out: &mut Vec<Output>) {
        match wanted {
            Wanted::Play(pieces) => {
                let Some(language) = self.keyed().map(|keyed| keyed.language().to_owned()) else { return };
                let pauses = if self.play_tag == 0 { 2 } else { 0 };
                let pauses = std::iter::repeat_n(PAUSE.to_owned(), pauses);
                let prompts = pauses.chain(pieces.iter().map(|piece| piece.key())).collect();
                self.play_tag = self.play_tag.wrapping_add(1);
                out.push(Output::Play { tag: self.play_tag, prompts, language });
            }
            Wanted::StopPlaying => {
                self.play_tag = self.play_tag.wrapping_add(1);
                out.push(Output::StopPlaying);
            }
            Wanted::StartTimer(after) => self.plan_timer = Some(now + after),
            Wanted::StopTimer => self.plan_timer = None,
            // Kept where all are.
            Wanted::Keep { .. } => {}
            Wanted::End(_) => self.hang_up(EndedBy::Plan, now, at, out),
        }
    }

    fn keyed(&mut self) -> Option<&mut Keyed> {
        match &mut self.script {
            Script::Survey { keyed, .. } => Some(keyed),
            Script::Plan { .. } | Script::Direct { .. } | Script::Announcement { .. } => None,
        }
    }
}

/// Whoever has said all is thanked as ever.
fn instead(other: Vec<Wanted>, then: Vec<Wanted>) -> Vec<Wanted> {
    if other.is_empty() { then } else { other }
}

#[cfg(test)]
mod tests;
