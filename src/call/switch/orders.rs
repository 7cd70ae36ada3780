//! What people order at the desk or on the board. Whether they may was decided before.

use super::{About, CallKey, LegKey, Moment, Output, Role, Switch, Why, leg};
use crate::call::board::{Direction, Order, OrderRefused, Supervision};
use crate::call::contact::{self, Script};
use crate::dialplan::machine::DialTarget;
use crate::domain::caller::Caller;
use crate::domain::id::UserId;
use crate::domain::outbound::Who;
use crate::domain::timeline::Entry;

impl Switch {
    pub fn order(&mut self, order: Order, m: Moment) -> Result<(), OrderRefused> {
        let done = self.obey(order, m);
        self.settle(m);
        done
    }

    fn obey(&mut self, order: Order, m: Moment) -> Result<(), OrderRefused> {
        let operator = |known: bool| known.then_some(()).ok_or(OrderRefused::NoSuchOperator);
        match order {
            Order::Ready { operator: user } => operator(self.floor.ready(user, m.now)),
            Order::Pause { operator: user, reason } => operator(self.floor.pause(user, reason, m.now)),
            Order::FinishWrapUp { operator: user } => operator(self.floor.finish_wrap_up(user, m.now)),
            Order::Supervise { call, by, mode } => self.supervise(CallKey(call), by, mode, m),
            Order::Place { operator, number } => self.place(operator, &number, m),
            Order::HangUp { call, by } => {
                let key = self.known(call)?;
                self.note(key, Entry::EndedByStaff { by });
                self.tell(key, contact::Input::EndedByStaff);
                Ok(())
            }
            Order::PauseRecording { call, by, paused } => {
                let key = self.known(call)?;
                let recorded = self.calls.get(&key).is_some_and(|call| call.contact.is_talking());
                if !recorded {
                    return Err(OrderRefused::NotNow);
                }
                self.tell(key, contact::Input::PauseRecording { by, paused });
                Ok(())
            }
            Order::Transfer { call, by, to } => {
                let key = self.known(call)?;
                let leg =
                    self.leg_of(key, by).or_else(|| self.any_operator(key)).ok_or(OrderRefused::NotNow)?;
                self.blind(key, leg, &to, false, m).then_some(()).ok_or(OrderRefused::NotNow)
            }
            Order::Merge { operator } => self.merge_calls(operator, m),
            Order::JoinSession { operator } => self.join_session(operator, m),
            Order::LeaveSession { operator } => self.leave_session(operator, m),
        }
    }

    /// An operator's own phones ring; when they answer, the number is dialled.
    fn place(&mut self, user: UserId, number: &str, m: Moment) -> Result<(), OrderRefused> {
        let person = self.directory.person(user).ok_or(OrderRefused::NoSuchOperator)?;
        if !self.phones.contains_key(&user) {
            return Err(OrderRefused::NoPhone);
        }
        let target = self.target(number);
        let (direction, record) = match &target {
            DialTarget::Number(number) => {
                let who = Who::Person { role: person.role, login: &person.login };
                self.outbound.route(number, who, m.local.date()).map_err(|_| OrderRefused::NotAllowed)?;
                (Direction::Out, true)
            }
            DialTarget::Operator(_) | DialTarget::Department(_) => (Direction::Internal, false),
        };
        let caller = Caller::Name(person.extension.clone().unwrap_or_else(|| person.name.clone()));
        let about =
            About { direction, caller, called: number.to_owned(), operator: Some(user), errand: None };
        let key = CallKey(self.next_key());
        self.begin_call(key, None, Script::Direct { target, record, patience: None }, about, m);
        if self.ring_own(key, user, m).is_err() {
            self.own_missed(key);
            return Err(OrderRefused::NoPhone);
        }
        Ok(())
    }

    /// The operator did not take up their own phone.
    pub(super) fn own_missed(&mut self, key: CallKey) {
        self.tell(key, contact::Input::CallerLeft);
    }

    fn supervise(
        &mut self,
        key: CallKey,
        by: UserId,
        mode: Supervision,
        m: Moment,
    ) -> Result<(), OrderRefused> {
        let call = self.calls.get(&key).ok_or(OrderRefused::NoSuchCall)?;
        if call.others.is_empty() || call.contact.is_ending() {
            return Err(OrderRefused::NotNow);
        }
        // Another mode for somebody who listens already needs no ringing.
        if let Some(leg) = self.listener(key, by) {
            self.note(key, Entry::Supervised { by, mode: mode.as_str().into() });
            self.take_role(key, leg, mode);
            return Ok(());
        }
        if self.ring_supervisor(key, by, mode, m).is_err() {
            return Err(OrderRefused::NoPhone);
        }
        Ok(())
    }

    pub(super) fn supervise_answered(
        &mut self,
        key: CallKey,
        leg: LegKey,
        by: UserId,
        mode: Supervision,
        m: Moment,
    ) {
        let Some(call) = self.calls.get_mut(&key) else { return };
        if call.others.is_empty() || call.contact.is_ending() {
            return self.hang_up(leg, Why::Normal, m);
        }
        call.listeners.push(leg);
        self.note(key, Entry::Supervised { by, mode: mode.as_str().into() });
        self.take_role(key, leg, mode);
    }

    fn take_role(&mut self, key: CallKey, leg: LegKey, mode: Supervision) {
        let role = match mode {
            Supervision::Listen => Role::Listen,
            Supervision::Barge => Role::Talk,
            Supervision::Whisper => match self.any_operator(key) {
                Some(to) => Role::Whisper { to },
                None => Role::Listen,
            },
        };
        self.out.push_back(Output::Join { leg, bridge: key.0, role });
        self.changed = true;
    }

    fn merge_calls(&mut self, user: UserId, m: Moment) -> Result<(), OrderRefused> {
        let mut of_user: Vec<(CallKey, LegKey)> = self
            .legs
            .iter()
            .filter(|(_, leg)| {
                leg.who == leg::Who::Operator(user) && leg.is_up() && leg.duty != leg::Duty::Session
            })
            .map(|(key, leg)| (leg.call, *key))
            .collect();
        // The older call is the citizen's; the newer one was made to ask somebody.
        of_user.sort_unstable();
        match of_user.as_slice() {
            [first, second] if first.0 != second.0 => {
                self.merge(*first, *second, m).then_some(()).ok_or(OrderRefused::NotNow)
            }
            _ => Err(OrderRefused::NotNow),
        }
    }

    fn known(&self, call: u64) -> Result<CallKey, OrderRefused> {
        let key = CallKey(call);
        self.calls.contains_key(&key).then_some(key).ok_or(OrderRefused::NoSuchCall)
    }

    fn leg_of(&self, key: CallKey, user: UserId) -> Option<LegKey> {
        self.parties(key)
            .into_iter()
            .find(|leg| self.legs.get(leg).is_some_and(|leg| leg.who == leg::Who::Operator(user)))
    }

    fn listener(&self, key: CallKey, user: UserId) -> Option<LegKey> {
        let listeners = &self.calls.get(&key)?.listeners;
        listeners
            .iter()
            .copied()
            .find(|leg| self.legs.get(leg).is_some_and(|leg| leg.who == leg::Who::Operator(user)))
    }

    fn any_operator(&self, key: CallKey) -> Option<LegKey> {
        self.parties(key)
            .into_iter()
            .rev()
            .find(|leg| self.legs.get(leg).is_some_and(|leg| leg.who.operator().is_some()))
    }
}

impl Supervision {
    /// As the timeline names it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Listen => "listen",
            Self::Whisper => "whisper",
            Self::Barge => "barge",
        }
    }
}
