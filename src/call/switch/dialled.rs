//! Contacts of dialling campaigns that are called. Like a call that reads a message it is journaled before it is dialled; whoever answers waits in
//! the queue of the campaign for an operator's session, or is joined with the operator who looked at them before.

use std::time::Duration;

use jiff::Timestamp;

use super::announce::{Errand, What};
use super::leg::Duty;
use super::{About, CallKey, Moment, NotPlaced, Switch};
use crate::call::board::{Direction, OperatorState};
use crate::call::contact::{self, Asked, Keyed, Script};
use crate::dialplan::machine::{Action, DialTarget, Walk};
use crate::domain::caller::Caller;
use crate::domain::dialer::greeting::CONTROL;
use crate::domain::id::{DialAttemptId, DialCampaignId, UserId};

/// A contact that is to be called now.
#[derive(Debug)]
pub struct Dialling {
    pub attempt: DialAttemptId,
    pub campaign: DialCampaignId,
    /// E.164.
    pub number: String,
    /// A number of ours that is shown in place of the trunk's.
    pub shown: Option<String>,
    /// It rings for so long.
    pub patience: Duration,
    /// Whoever answers is listened to first: nobody is called to a machine.
    pub hears: bool,
    pub lead: Lead,
}

/// What becomes of whoever answers.
#[derive(Debug)]
pub enum Lead {
    /// Led by a plan into the queue of the campaign.
    Plan { walk: Box<Walk>, opening: Vec<Action> },
    /// Asked the questions of a survey, by keys.
    Survey(Box<Keyed>),
    /// Talks with this operator, who looked at the contact before and waits on their line.
    Operator { user: UserId, record: bool },
}

/// What a call knows of the contact that it calls.
#[derive(Debug)]
pub(super) struct Dialled {
    pub attempt: DialAttemptId,
    pub campaign: DialCampaignId,
    pub operator: Option<UserId>,
    pub asked: Asked,
}

/// How campaigns stand, for whoever decides how many to dial.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DialView {
    pub calls: Vec<DialNow>,
    /// Operators with a session, what they do, since when, and the queue for which they talk.
    pub operators: Vec<(UserId, OperatorState, Timestamp, Option<DialCampaignId>)>,
    /// Calls of all kinds by trunk that could be begun now; `None`: no limit.
    pub free_channels: Option<u32>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DialNow {
    pub attempt: DialAttemptId,
    pub campaign: DialCampaignId,
    pub since: Timestamp,
    pub stage: DialNowStage,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DialNowStage {
    /// Nobody answered yet.
    Ringing,
    /// Answered, and no operator yet.
    Waiting,
    Talking,
    /// Hears that nobody was free, or is at the end.
    Over,
}

/// Of those who are taken for machines one of so many is joined with an operator all the same, who says whether it is one.
fn is_control(attempt: DialAttemptId) -> bool {
    attempt.0 % CONTROL == 0
}

impl Switch {
    /// Journals the call, then dials. How it goes comes out as [`contact::Work::Dialled`].
    pub fn place_dial(&mut self, dialling: Dialling, m: Moment) -> Result<CallKey, NotPlaced> {
        let Dialling { attempt, campaign, number, shown, patience, hears, lead } = dialling;
        if self.stopping {
            return Err(NotPlaced::NotRunning);
        }
        let line = match lead {
            Lead::Operator { user, .. } => Some((user, self.idle_session(user).ok_or(NotPlaced::NoLine)?)),
            Lead::Plan { .. } | Lead::Survey(_) => None,
        };
        let (route, channel) = self.take_channel(&number, m)?;
        let (operator, script, asked) = match lead {
            Lead::Plan { walk, opening } => {
                let asked = match hears {
                    true => Asked::OncePerson { anyway: is_control(attempt) },
                    false => Asked::ByOperator,
                };
                (None, Script::Announcement { number, patience, walk, opening }, asked)
            }
            Lead::Survey(keyed) => (None, Script::Survey { number, patience, keyed }, Asked::ByKeys),
            Lead::Operator { user, record } => {
                let target = DialTarget::Number(number);
                (Some(user), Script::Direct { target, record, patience: Some(patience) }, Asked::ByOperator)
            }
        };
        let key = CallKey(self.next_key());
        let dialled = Dialled { attempt, campaign, operator, asked };
        let about = About {
            direction: Direction::Out,
            // Nobody in particular; the trunk shows the municipality's number.
            caller: Caller::Name(String::new()),
            called: route.number,
            operator,
            errand: Some(Errand { what: What::Dial(dialled), shown, channel: Some(channel) }),
        };
        self.begin_call(key, None, script, about, m);
        if let Some((user, leg)) = line {
            self.engage(user, m);
            self.move_session(leg, key, Duty::Own);
            if let Some(call) = self.calls.get_mut(&key) {
                call.anchor = Some(leg);
                call.placed = true;
            }
        }
        self.settle(m);
        Ok(key)
    }

    /// Calls of a campaign, or of one attempt, that nobody has answered are ended.
    pub fn break_off(&mut self, (campaign, attempt): (DialCampaignId, Option<DialAttemptId>), m: Moment) {
        let meant = |dialled: &Dialled| {
            dialled.campaign == campaign && attempt.is_none_or(|attempt| attempt == dialled.attempt)
        };
        let keys: Vec<CallKey> = self
            .calls
            .iter()
            .filter(|(_, call)| call.errand.as_ref().and_then(Errand::dialled).is_some_and(meant))
            .filter(|(_, call)| !call.contact.is_answered())
            .map(|(key, _)| *key)
            .collect();
        for key in keys {
            self.tell(key, contact::Input::EndedByStaff);
        }
        self.settle(m);
    }

    pub fn dial_view(&self, m: Moment) -> DialView {
        let mut calls: Vec<DialNow> = self
            .calls
            .values()
            .filter_map(|call| {
                let dialled = call.errand.as_ref()?.dialled()?;
                let stage = if call.contact.is_ending() {
                    DialNowStage::Over
                } else if !call.contact.is_answered() {
                    DialNowStage::Ringing
                } else if call.contact.is_talking() || dialled.asked == Asked::ByKeys {
                    DialNowStage::Talking
                } else if call.contact.queue().is_some() || call.contact.is_greeted() {
                    DialNowStage::Waiting
                } else {
                    DialNowStage::Over
                };
                let (attempt, campaign) = (dialled.attempt, dialled.campaign);
                Some(DialNow { attempt, campaign, since: call.stage_since, stage })
            })
            .collect();
        calls.sort_unstable_by_key(|call| call.attempt);
        let operators = self.sessions.open().filter_map(|user| self.session_view(user, m)).collect();
        DialView { calls, operators, free_channels: self.outbound.free_channels() }
    }

    fn session_view(
        &self,
        user: UserId,
        m: Moment,
    ) -> Option<(UserId, OperatorState, Timestamp, Option<DialCampaignId>)> {
        let view = self.operator_view(self.floor.operator(user, m.now)?, m);
        let call = view.call.and_then(|call| self.calls.get(&CallKey(call)));
        let campaign = call.and_then(|call| call.errand.as_ref()?.dialled()).map(|dialled| dialled.campaign);
        Some((user, view.state, view.since, campaign))
    }
}
