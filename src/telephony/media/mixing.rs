//! Bridges in which somebody hears more than one: every 20 ms all voices are added up, and everybody gets the sum of all others.

use std::time::Instant;

use super::bridge::{Bridge, Member, hears};
use super::engine::{Engine, hand_over};
use super::schedule::TICKS_A_FRAME;
use super::seats::{Seat, Seats};
use super::{BridgeId, Role, serve};
use crate::protocol::rtp::FRAME;
use crate::protocol::rtp::mix::{Frame, Mix, add};

/// What is worked with for one bridge after the other.
#[derive(Debug, Default)]
pub(super) struct Mixing {
    /// Bridges in which somebody hears a mix.
    bridges: Vec<BridgeId>,
    /// Members and what they say in this frame.
    voices: Vec<(Member, Option<Frame>)>,
    talk: Mix,
}

impl Engine {
    /// The frame of every bridge whose tick this is.
    pub(super) fn mix(&mut self, phase: u64, frame: u64, now: Instant) {
        let mut mixing = std::mem::take(&mut self.mixing);
        for n in 0..mixing.bridges.len() {
            let due = mixing.bridges.get(n).filter(|id| id.0 % TICKS_A_FRAME == phase);
            let bridge = due.and_then(|id| self.bridges.get(id));
            if let Some(bridge) = bridge {
                mixing.listen(bridge, &mut self.seats, now);
                self.speak(&mut mixing, frame, now);
            }
        }
        self.mixing = mixing;
    }

    /// Everybody who hears a mix gets theirs.
    fn speak(&mut self, mixing: &mut Mixing, frame: u64, now: Instant) {
        for (member, own) in &mixing.voices {
            let Some(seat) = self.seats.at(member.slot) else { continue };
            let Seat { leg: Some(leg), hears_mix: true, .. } = seat else { continue };
            let heard = mixing.heard_by(*member, own.as_ref());
            let sent = leg.frame(frame, Some(&heard), now, &mut *self.packet, &mut self.output);
            hand_over(&mut self.output, Some(leg), &self.shared.queue, &mut self.waiting);
            self.meters.sent += serve::speak(self.shared.bound_to, seat, &mut *self.packet, sent);
        }
    }
}

impl Mixing {
    /// Whether somebody in this bridge hears a mix has perhaps changed.
    pub(super) fn note(&mut self, bridge: BridgeId, has_mix: bool) {
        self.bridges.retain(|known| *known != bridge);
        if has_mix {
            self.bridges.push(bridge);
        }
    }

    /// Takes 20 ms of everybody.
    fn listen(&mut self, bridge: &Bridge, seats: &mut Seats, now: Instant) {
        self.voices.clear();
        self.talk.clear();
        for member in bridge.members() {
            let mut frame = [0; FRAME];
            let leg = seats.at(member.slot).and_then(|seat| seat.leg.as_mut());
            let voice = leg.is_some_and(|leg| leg.voice(now, &mut frame)).then_some(frame);
            if let (Some(voice), Role::Talk) = (&voice, member.role) {
                self.talk.add(voice);
            }
            self.voices.push((*member, voice));
        }
    }

    fn heard_by(&self, member: Member, own: Option<&Frame>) -> Frame {
        let mut heard = [0; FRAME];
        match own {
            Some(own) if member.role == Role::Talk => self.talk.all_but(own, &mut heard),
            _ => self.talk.all(&mut heard),
        }
        for (other, voice) in &self.voices {
            if let (Role::Whisper { .. }, Some(voice)) = (other.role, voice)
                && hears(member, *other)
            {
                add(&mut heard, voice);
            }
        }
        heard
    }
}
