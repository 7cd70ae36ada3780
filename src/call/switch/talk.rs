//! People who talk: joined, held, parted; and what follows when one of them leaves.

use super::{
    Arrival, ArrivalRefused, CallKey, HOLD_MUSIC, LegKey, Moment, Music, Origin, Output, Role, Switch, Why,
    Wish, leg,
};
use crate::call::board::Direction;
use crate::call::contact::{self, Script};
use crate::dialplan::machine::{DialEnd, DialTarget, QueueEnd};
use crate::domain::announcement::Refusal;
use crate::domain::id::UserId;
use crate::domain::outbound::Who;
use crate::domain::timeline::Entry;

impl Switch {
    /// Somebody answered for the anchor of a call: from now on they hear each other.
    pub(super) fn connect(&mut self, key: CallKey, leg: LegKey, m: Moment) {
        let Some(call) = self.calls.get_mut(&key) else { return };
        if call.contact.is_ending() {
            return self.hang_up(leg, Why::Normal, m);
        }
        call.others.push(leg);
        call.stage_since = m.at;
        // Their place in the queue is no news any more, and would be heard instead of who answered.
        if let (Wish::Queue { announce: true, .. }, Some(anchor)) = (&call.wish, call.anchor) {
            self.out.push_back(Output::StopPlaying { leg: anchor });
        }
        let by = self.legs.get(&leg).and_then(|leg| leg.who.operator());
        self.hear_each_other(key);
        self.tell(key, contact::Input::Connected { by });
        self.callback_kept(key);
    }

    pub(super) fn queue_answered(&mut self, key: CallKey, leg: LegKey, m: Moment) {
        match self.calls.get(&key).is_some_and(|call| call.callback.is_some()) {
            true => self.own_answered(key, leg, m),
            false => self.connect(key, leg, m),
        }
    }

    /// An operator's own phone was answered for a call that they ordered, or that was promised.
    pub(super) fn own_answered(&mut self, key: CallKey, leg: LegKey, m: Moment) {
        let Some(call) = self.calls.get_mut(&key) else { return };
        if call.contact.is_ending() {
            return self.hang_up(leg, Why::Normal, m);
        }
        call.anchor = Some(leg);
        call.placed = true;
        if let Wish::DialLater { target, timeout } = call.wish.clone() {
            call.wish = Wish::Dial;
            self.out.push_back(Output::Music { leg, music: Some(Music::Ringback) });
            self.dial(key, &target, Some(timeout), m);
        }
    }

    /// Everybody who has media is in the bridge; who is held by the other hears music.
    pub(super) fn hear_each_other(&mut self, key: CallKey) {
        let Some(call) = self.calls.get(&key) else { return };
        if call.others.is_empty() {
            return;
        }
        for leg in call.anchor.into_iter().chain(call.others.clone()).collect::<Vec<_>>() {
            if self.legs.get(&leg).is_some_and(leg::Leg::has_media) {
                self.join(key, leg);
            }
        }
        self.hold_music(key);
    }

    pub(super) fn join(&mut self, key: CallKey, leg: LegKey) {
        self.out.push_back(Output::Join { leg, bridge: key.0, role: Role::Talk });
    }

    /// A peer holds its side, or takes it back.
    pub(super) fn holds(&mut self, key: CallKey, m: Moment) {
        if let Some(call) = self.calls.get_mut(&key) {
            call.stage_since = m.at;
            if call.others.is_empty() || call.transfer.is_some() {
                return;
            }
        }
        self.hold_music(key);
        self.changed = true;
    }

    /// With two people, the one whom the other holds hears music. In a larger round the others go on talking.
    fn hold_music(&mut self, key: CallKey) {
        let Some(call) = self.calls.get(&key) else { return };
        let parties: Vec<LegKey> = call.anchor.into_iter().chain(call.others.iter().copied()).collect();
        let music = Music::Prompt { key: HOLD_MUSIC.into(), language: call.language.clone() };
        for (at, leg) in parties.iter().enumerate() {
            if !self.legs.get(leg).is_some_and(leg::Leg::is_up) {
                continue;
            }
            let partner = parties.iter().enumerate().find(|(other, _)| *other != at).map(|(_, leg)| leg);
            let held = parties.len() == 2
                && partner.and_then(|partner| self.legs.get(partner)).is_some_and(|partner| partner.held);
            self.out.push_back(Output::Music { leg: *leg, music: held.then(|| music.clone()) });
        }
    }

    /// The peer of a leg is gone.
    pub(super) fn gone(&mut self, key: CallKey, leg: LegKey, lost: bool, m: Moment) {
        let ringing =
            self.calls.get(&key).is_some_and(|call| call.attempts.iter().any(|a| a.legs.contains(&leg)));
        match ringing {
            true => self.refused(key, leg, Refusal { status: 480, reason: None }, m),
            false => {
                self.forget_leg(leg, m);
                self.party_left(key, leg, lost, m);
            }
        }
    }

    /// The leg is forgotten already; what becomes of the others?
    pub(super) fn party_left(&mut self, key: CallKey, leg: LegKey, lost: bool, m: Moment) {
        let Some(call) = self.calls.get_mut(&key) else { return };
        call.listeners.retain(|listener| *listener != leg);
        call.warning = None;
        let transferring = call.transfer.as_ref().is_some_and(|transfer| transfer.by == leg);
        if transferring {
            return self.transferor_left(key, leg);
        }
        if call.anchor == Some(leg) {
            call.anchor = None;
            return self.tell(
                key,
                match lost {
                    true => contact::Input::CallerLost,
                    false => contact::Input::CallerLeft,
                },
            );
        }
        let before = call.others.len();
        call.others.retain(|other| *other != leg);
        if call.others.len() == before {
            return;
        }
        match call.others.is_empty() {
            true => {
                self.transfer_is_moot(key, m);
                self.finished(key, m);
            }
            false => self.hold_music(key),
        }
    }

    /// The conversation took place, and nobody is left whom the anchor could talk to.
    pub(super) fn finished(&mut self, key: CallKey, m: Moment) {
        let Some(call) = self.calls.get_mut(&key) else { return };
        let listeners = std::mem::take(&mut call.listeners);
        let wish = std::mem::replace(&mut call.wish, Wish::None);
        if let Some(leg) = call.anchor {
            self.out.push_back(Output::Music { leg, music: None });
            self.out.push_back(Output::Part { leg });
        }
        for leg in listeners {
            self.hang_up(leg, Why::Normal, m);
        }
        self.tell(
            key,
            match wish {
                Wish::Queue { .. } => contact::Input::QueueEnded(QueueEnd::Finished),
                _ => contact::Input::DialEnded(DialEnd::Finished),
            },
        );
        self.changed = true;
    }

    pub(super) fn note(&mut self, key: CallKey, entry: Entry) {
        self.tell(key, contact::Input::Noted(entry));
    }

    /// All who take part, supervisors not counted.
    pub(super) fn parties(&self, key: CallKey) -> Vec<LegKey> {
        self.calls
            .get(&key)
            .map(|call| call.anchor.into_iter().chain(call.others.iter().copied()).collect())
            .unwrap_or_default()
    }

    /// The one other who talks with `leg`, when there are just the two.
    pub(super) fn partner(&self, key: CallKey, leg: LegKey) -> Option<LegKey> {
        match self.parties(key).as_slice() {
            [a, b] if *a == leg => Some(*b),
            [a, b] if *b == leg => Some(*a),
            _ => None,
        }
    }

    /// What an operator's phone dialled.
    pub(super) fn dialled_by_operator(
        &self,
        user: UserId,
        called: &str,
        m: Moment,
    ) -> Result<(Script, Direction), ArrivalRefused> {
        let target = self.target(called);
        if let DialTarget::Number(number) = &target {
            let person = self.directory.person(user).ok_or(ArrivalRefused::Forbidden)?;
            let who = Who::Person { role: person.role, login: &person.login };
            self.outbound.route(number, who, m.local.date()).map_err(|error| {
                use crate::domain::outbound::RouteRefused;
                match error {
                    RouteRefused::NotANumber => ArrivalRefused::NotFound,
                    _ => ArrivalRefused::Forbidden,
                }
            })?;
            return Ok((Script::Direct { target, record: true, patience: None }, Direction::Out));
        }
        Ok((Script::Direct { target, record: false, patience: None }, Direction::Internal))
    }

    /// A colleague's extension, or a number outside.
    pub(super) fn target(&self, called: &str) -> DialTarget {
        match self.directory.by_extension(called) {
            Some(_) => DialTarget::Operator(called.to_owned()),
            None => DialTarget::Number(called.to_owned()),
        }
    }

    /// A phone of the house takes the place of a leg that is up (RFC 3891 §3).
    pub(super) fn replace(
        &mut self,
        old: LegKey,
        arrival: &Arrival,
        m: Moment,
    ) -> Result<(CallKey, LegKey), ArrivalRefused> {
        let Origin::Phone(user) = arrival.from else { return Err(ArrivalRefused::Forbidden) };
        let before = self.legs.get(&old).filter(|leg| leg.is_up() && leg.who.operator().is_some());
        let key = before.map(|leg| leg.call).ok_or(ArrivalRefused::NoSuchLeg)?;
        let leg = self.add_leg(key, leg::Who::Operator(user), leg::State::Offered { early: false }, m);
        let Some(call) = self.calls.get_mut(&key) else { return Err(ArrivalRefused::NoSuchLeg) };
        if call.anchor == Some(old) {
            call.anchor = Some(leg);
        }
        for other in call.others.iter_mut().filter(|other| **other == old) {
            *other = leg;
        }
        self.leg_up(leg, m);
        self.out.push_back(Output::Answer { leg });
        self.hang_up(old, Why::Normal, m);
        self.hear_each_other(key);
        self.tell(key, contact::Input::Connected { by: Some(user) });
        Ok((key, leg))
    }

    /// As if the peer had hung up by itself.
    pub(super) fn let_go(&mut self, leg: LegKey, lost: bool, m: Moment) {
        let Some(key) = self.legs.get(&leg).map(|leg| leg.call) else { return };
        self.hang_up(leg, Why::Normal, m);
        self.gone(key, leg, lost, m);
    }
}
