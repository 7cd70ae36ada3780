//! The part of a contact in which a message is read to somebody whom we call: who answers, and what became of the message.

use std::time::Instant;

use jiff::Timestamp;

use super::flow::{Contact, Script, Stage};
use super::{Output, Work};
use crate::dialplan::announcement;
use crate::domain::announcement::{Reached, Refusal, Told};
use crate::domain::call::EndedBy;
use crate::domain::dialer::greeting::{self, Verdict};

impl Contact {
    /// Whoever was called has answered.
    pub(super) fn reached(&mut self, now: Instant, at: Timestamp, out: &mut Vec<Output>) {
        if self.stage == Stage::Calling {
            self.answered_at = Some(at);
            self.dial_answered(out);
            if self.hears_greeting() {
                self.stage = Stage::Answered { patience: now + greeting::LONGEST };
                return out.push(Output::HearGreeting);
            }
            self.talk(now, at, out);
        }
    }

    /// It is listened who has answered.
    pub fn is_greeted(&self) -> bool {
        matches!(self.stage, Stage::Answered { .. }) && self.hears_greeting()
    }

    /// Who has answered, as far as one can hear; what cannot be told in time is a person.
    pub(super) fn greeted(&mut self, by: Verdict, now: Instant, at: Timestamp, out: &mut Vec<Output>) {
        if !matches!(self.stage, Stage::Answered { .. }) || !self.hears_greeting() {
            return;
        }
        if self.dial_greeted(by, out) {
            return self.hang_up(EndedBy::Plan, now, at, out);
        }
        self.talk(now, at, out);
    }

    pub(super) fn not_reached(
        &mut self,
        refusal: Option<Refusal>,
        now: Instant,
        at: Timestamp,
        out: &mut Vec<Output>,
    ) {
        self.dial_failed(refusal.as_ref(), out);
        // Where an operator is on the line, the end of the dialling says what follows.
        if self.stage == Stage::Calling && self.is_called_alone() {
            let told = refusal.map_or(Told::by_us(Reached::NoAnswer), |refusal| refusal.told());
            self.keep(told, out);
            self.end(EndedBy::NotReached, now, at, out);
        }
    }

    /// Who hung up: the one who called us, or whom we called.
    pub(super) fn by_the_anchor(&self) -> EndedBy {
        match self.script {
            Script::Announcement { .. } | Script::Survey { .. } => EndedBy::OtherSide,
            Script::Plan { .. } | Script::Direct { .. } => EndedBy::Caller,
        }
    }

    /// Nobody of ours is on the line before they are.
    fn is_called_alone(&self) -> bool {
        matches!(self.script, Script::Announcement { .. } | Script::Survey { .. })
    }

    pub(super) fn keep_key(&mut self, out: &mut Vec<Output>) {
        if self.dialled.is_some() {
            return self.dial_key(out);
        }
        let reached = match &self.script {
            Script::Announcement { walk, .. } => announcement::reached(walk),
            Script::Plan { .. } | Script::Direct { .. } | Script::Survey { .. } => None,
        };
        if let Some(reached) = reached {
            self.keep(Told::by_us(reached), out);
        }
    }

    /// Nothing was known of it before the end.
    pub(super) fn keep_end(&mut self, by: EndedBy, out: &mut Vec<Output>) {
        if !matches!(self.script, Script::Announcement { .. }) {
            return;
        }
        let reached = match (self.answered_at, by) {
            (None, _) | (_, EndedBy::Restart) => Reached::Interrupted,
            (Some(_), _) => Reached::Unconfirmed,
        };
        self.keep(Told::by_us(reached), out);
    }

    /// Once, as soon as it is known.
    fn keep(&mut self, told: Told, out: &mut Vec<Output>) {
        if self.told.is_none() && self.dialled.is_none() {
            self.told = Some(told.clone());
            out.push(Output::Store(Work::Told(told)));
        }
    }
}
