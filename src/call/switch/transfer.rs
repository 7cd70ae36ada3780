//! Transfers: blind, attended (RFC 3515, RFC 3891, RFC 5589), their failure and the way back.

use super::ring::Ringing;
use super::{CallKey, LegKey, Moment, Music, Output, Switch, Why, Wish};
use crate::call::contact;
use crate::call::floor::Waiting;
use crate::dialplan::machine::{DialEnd, QueueEnd};
use crate::domain::id::UserId;
use crate::domain::timeline::Entry;

/// Under way: the remaining one hears ringing, the transferor is told how it goes.
#[derive(Debug)]
pub(super) struct Transfer {
    pub by: LegKey,
    pub by_user: Option<UserId>,
    pub to: String,
    /// Asked for by REFER, whose subscription wants NOTIFYs.
    referred: bool,
    /// The transferor has hung up and the transfer goes on.
    gone: bool,
}

/// How long the new one is rung.
const PATIENCE: std::time::Duration = std::time::Duration::from_secs(30);

const DECLINED: u16 = 603;

impl Switch {
    pub(super) fn referred(
        &mut self,
        key: CallKey,
        leg: LegKey,
        to: &str,
        replaces: Option<LegKey>,
        m: Moment,
    ) {
        if self.transferable(key, leg).is_none() {
            return self.out.push_back(Output::RefuseRefer { leg, status: DECLINED });
        }
        let Some(other) = replaces else {
            self.blind(key, leg, to, true, m);
            return;
        };
        match self.legs.get(&other).map(|leg| leg.call) {
            Some(call) if call != key => match self.transferable(call, other) {
                Some(_) => {
                    self.out.push_back(Output::AcceptRefer { leg });
                    self.out.push_back(Output::NotifyRefer { leg, status: 200 });
                    self.attended(key, leg, call, other, m);
                }
                // The second call still rings: whom it rings is rung for the first caller instead.
                None => {
                    let to = self.calls.get(&call).map(|call| call.called.clone()).unwrap_or_default();
                    self.let_go(other, false, m);
                    self.blind(key, leg, &to, true, m);
                }
            },
            _ => self.out.push_back(Output::RefuseRefer { leg, status: 481 }),
        }
    }

    /// The one who stays, when `leg` may transfer: two people talk, and nothing else is under way.
    fn transferable(&self, key: CallKey, leg: LegKey) -> Option<LegKey> {
        let call = self.calls.get(&key)?;
        let rest = self.partner(key, leg)?;
        let up = |leg: LegKey| self.legs.get(&leg).is_some_and(super::leg::Leg::is_up);
        (call.transfer.is_none() && !call.contact.is_ending() && up(leg) && up(rest)).then_some(rest)
    }

    pub(super) fn blind(&mut self, key: CallKey, by: LegKey, to: &str, referred: bool, m: Moment) -> bool {
        let Some(rest) = self.transferable(key, by) else {
            if referred {
                self.out.push_back(Output::RefuseRefer { leg: by, status: DECLINED });
            }
            return false;
        };
        let by_user = self.legs.get(&by).and_then(|leg| leg.who.operator());
        if self.is_queue(to, m) {
            if referred {
                self.out.push_back(Output::AcceptRefer { leg: by });
                self.out.push_back(Output::NotifyRefer { leg: by, status: 200 });
            }
            self.back_into_queue(key, (by, by_user), rest, to, m);
            return true;
        }
        if let Some(call) = self.calls.get_mut(&key) {
            call.transfer = Some(Transfer { by, by_user, to: to.to_owned(), referred, gone: false });
        }
        let target = self.target(to);
        if let Err(end) = self.ring(key, Ringing::Transfer, &target, Some(PATIENCE), m) {
            if let Some(call) = self.calls.get_mut(&key) {
                call.transfer = None;
            }
            if referred {
                self.out.push_back(Output::RefuseRefer { leg: by, status: status_of(end) });
            }
            return false;
        }
        if referred {
            self.out.push_back(Output::AcceptRefer { leg: by });
        }
        self.out.push_back(Output::Part { leg: by });
        self.out.push_back(Output::Part { leg: rest });
        self.out.push_back(Output::Music { leg: by, music: None });
        self.out.push_back(Output::Music { leg: rest, music: Some(Music::Ringback) });
        true
    }

    /// The new one has answered.
    pub(super) fn transferred(&mut self, key: CallKey, new: LegKey, m: Moment) {
        let Some(call) = self.calls.get_mut(&key) else { return };
        let Some(transfer) = call.transfer.take() else { return self.hang_up(new, Why::Normal, m) };
        let Transfer { by, by_user, to, referred, gone } = transfer;
        if referred && !gone {
            self.out.push_back(Output::NotifyRefer { leg: by, status: 200 });
        }
        self.step_out(key, by);
        if !gone {
            self.hang_up(by, Why::Normal, m);
        }
        self.note(key, Entry::Transferred { by: by_user, to });
        self.connect(key, new, m);
    }

    /// The transferor is no longer one of the call; who stays becomes its anchor if need be.
    fn step_out(&mut self, key: CallKey, by: LegKey) {
        let Some(call) = self.calls.get_mut(&key) else { return };
        call.others.retain(|other| *other != by);
        if call.anchor == Some(by) {
            call.anchor = (!call.others.is_empty()).then(|| call.others.remove(0));
        }
    }

    /// The transferor has hung up without waiting for the end.
    pub(super) fn transferor_left(&mut self, key: CallKey, leg: LegKey) {
        self.step_out(key, leg);
        if let Some(transfer) = self.calls.get_mut(&key).and_then(|call| call.transfer.as_mut()) {
            transfer.gone = true;
        }
    }

    /// The new one cannot be had: back to the transferor, or, when they are gone, to whom they were.
    pub(super) fn transfer_unanswered(&mut self, key: CallKey, end: DialEnd, m: Moment) {
        let Some(call) = self.calls.get_mut(&key) else { return };
        let Some(transfer) = call.transfer.take() else { return };
        self.transfer_failed(&transfer, status_of(end));
        self.note(key, Entry::TransferFailed { by: transfer.by_user, to: transfer.to.clone() });
        if !transfer.gone {
            return self.hear_each_other(key);
        }
        let back = transfer.by_user.and_then(|user| self.recall(key, user, m).ok());
        if back.is_none() {
            self.given_up(key);
        }
    }

    pub(super) fn transfer_failed(&mut self, transfer: &Transfer, status: u16) {
        if transfer.referred && !transfer.gone && self.legs.contains_key(&transfer.by) {
            self.out.push_back(Output::NotifyRefer { leg: transfer.by, status });
        }
    }

    /// Before we end the line of somebody who waits to hear how their transfer goes.
    pub(super) fn transferor_is_let_go(&mut self, key: CallKey, leg: LegKey) {
        let transfer = self.calls.get_mut(&key).and_then(|call| call.transfer.as_mut());
        if let Some(transfer) =
            transfer.filter(|transfer| transfer.by == leg && transfer.referred && !transfer.gone)
        {
            transfer.referred = false;
            self.out.push_back(Output::NotifyRefer { leg, status: 487 });
        }
    }

    /// Who was to be transferred has hung up.
    pub(super) fn transfer_is_moot(&mut self, key: CallKey, m: Moment) {
        let Some(transfer) = self.calls.get_mut(&key).and_then(|call| call.transfer.take()) else { return };
        self.transfer_failed(&transfer, 487);
        self.drop_attempts(key, Why::Normal, m);
    }

    /// Nobody takes the caller back: the plan goes on as after a queue or a number without answer.
    pub(super) fn given_up(&mut self, key: CallKey) {
        let Some(call) = self.calls.get_mut(&key) else { return };
        let wish = std::mem::replace(&mut call.wish, Wish::None);
        if let Some(leg) = call.anchor {
            self.out.push_back(Output::Music { leg, music: None });
        }
        self.tell(
            key,
            match wish {
                Wish::Queue { .. } => contact::Input::QueueEnded(QueueEnd::Timeout),
                _ => contact::Input::DialEnded(DialEnd::NoAnswer),
            },
        );
    }

    /// Back into a queue, at its end, with somebody who has waited before.
    fn back_into_queue(
        &mut self,
        key: CallKey,
        (by, by_user): (LegKey, Option<UserId>),
        rest: LegKey,
        queue: &str,
        m: Moment,
    ) {
        self.step_out(key, by);
        self.hang_up(by, Why::Normal, m);
        self.note(key, Entry::Transferred { by: by_user, to: queue.to_owned() });
        let Some(call) = self.calls.get_mut(&key) else { return };
        let language = call.language.clone();
        let music = Music::Prompt { key: super::HOLD_MUSIC.into(), language: language.clone() };
        call.wish = Wish::Queue { music: music.clone(), announce: true };
        call.stage_since = m.at;
        self.out.push_back(Output::Part { leg: rest });
        self.out.push_back(Output::Music { leg: rest, music: Some(music) });
        let waiting = Waiting {
            call: key.0,
            queue: queue.to_owned(),
            language,
            service: None,
            priority: 0,
            max_wait: None,
            callback: false,
        };
        if self.floor.join(waiting, m.now).is_err() {
            self.queue_over(key, QueueEnd::NoAgents);
        }
    }

    /// `a` talks in `first` and `b`, the same person, in `second`: their partners are put together, and they are let go.
    fn attended(&mut self, first: CallKey, a: LegKey, second: CallKey, b: LegKey, m: Moment) {
        use crate::call::board::Direction::{In, Internal, Out};
        let rank = |key: &CallKey| match self.calls.get(key).map(|call| call.direction) {
            Some(In) => 0,
            Some(Out) => 1,
            Some(Internal) | None => 2,
        };
        // The call in which a citizen waits goes on; the other one was for consultation.
        let (kept, leaver, ended, other) = match rank(&second) < rank(&first) {
            true => (second, b, first, a),
            false => (first, a, second, b),
        };
        let Some(moved) = self.partner(ended, other) else { return };
        let by_user = self.legs.get(&leaver).and_then(|leg| leg.who.operator());
        self.move_leg(moved, ended, kept);
        self.step_out(kept, leaver);
        self.hang_up(leaver, Why::Normal, m);
        self.hang_up(other, Why::Normal, m);
        self.end_consultation(ended);
        let to = self.name_of(moved);
        self.note(kept, Entry::Transferred { by: by_user, to });
        self.connect(kept, moved, m);
    }

    /// Three talk: the operator's two calls become one.
    pub(super) fn merge(&mut self, first: (CallKey, LegKey), second: (CallKey, LegKey), m: Moment) -> bool {
        let ((kept, stays), (ended, other)) = (first, second);
        let (Some(_), Some(moved)) = (self.partner(kept, stays), self.partner(ended, other)) else {
            return false;
        };
        self.move_leg(moved, ended, kept);
        self.hang_up(other, Why::Normal, m);
        self.end_consultation(ended);
        let to = self.name_of(moved);
        self.note(kept, Entry::Joined { to });
        self.connect(kept, moved, m);
        true
    }

    /// Out of its call, without a word to that call's contact.
    fn move_leg(&mut self, leg: LegKey, from: CallKey, to: CallKey) {
        if let Some(call) = self.calls.get_mut(&from) {
            call.others.retain(|other| *other != leg);
            if call.anchor == Some(leg) {
                call.anchor = None;
            }
            if call.recorded == Some(leg) {
                self.out.push_back(Output::StopRecording { leg });
            }
        }
        if let Some(leg) = self.legs.get_mut(&leg) {
            leg.call = to;
        }
    }

    /// Both its people are elsewhere now.
    fn end_consultation(&mut self, key: CallKey) {
        if let Some(call) = self.calls.get_mut(&key) {
            call.anchor = None;
            call.others.clear();
            call.wish = Wish::None;
        }
        self.tell(key, contact::Input::Joined);
    }

    fn name_of(&self, leg: LegKey) -> String {
        let user = self.legs.get(&leg).and_then(|leg| leg.who.operator());
        match user.and_then(|user| self.directory.person(user)) {
            Some(person) => person.extension.clone().unwrap_or_else(|| person.name.clone()),
            None => String::new(),
        }
    }
}

fn status_of(end: DialEnd) -> u16 {
    match end {
        DialEnd::Busy => 486,
        DialEnd::NoAnswer | DialEnd::Finished => 480,
        DialEnd::Failed => 404,
    }
}
