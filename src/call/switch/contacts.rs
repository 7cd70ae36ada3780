//! What contacts want, done with legs, queues and phones.

use std::time::Duration;

use super::{CallKey, HOLD_MUSIC, LegKey, Moment, Music, Output, Role, Switch, Why, Wish, leg};
use crate::call::contact::{self, Dial, Enqueue, Work};
use crate::call::floor::{JoinRefused, Left, Waiting};
use crate::dialplan::machine::{DialEnd, QueueEnd};

impl Switch {
    pub(super) fn carry_out(&mut self, key: CallKey, outputs: Vec<contact::Output>, m: Moment) {
        for output in outputs {
            self.carry_out_one(key, output, m);
        }
    }

    fn carry_out_one(&mut self, key: CallKey, output: contact::Output, m: Moment) {
        use contact::Output as Wanted;
        let anchor = self.calls.get(&key).and_then(|call| call.anchor);
        match output {
            Wanted::Store(work) => return self.store(key, work, m),
            Wanted::Enqueue(enqueue) => return self.enqueue(key, enqueue, m),
            Wanted::LeaveQueue => return self.leave_queue(key, m),
            Wanted::RequestCallback { queue, number } => {
                return self.promise_callback(key, queue, number, m);
            }
            Wanted::Dial(dial) => return self.dial_for(key, dial, m),
            Wanted::JoinConference { room } => return self.join_room(key, room, m),
            Wanted::CloseMedia => return self.end_call(key, m),
            Wanted::Over => return self.over(key, m),
            _ => {}
        }
        let Some(leg) = anchor else { return self.without_anchor(key, &output) };
        match output {
            // Whom we rang ourselves hears the ringing as music.
            Wanted::Ring if self.legs.get(&leg).is_some_and(leg::Leg::is_offered) => {
                self.out.push_back(Output::Ring { leg });
            }
            Wanted::Answer => self.answer(key, leg, m),
            Wanted::Refuse => self.reject(key, leg, 503, true, m),
            Wanted::Reject(why) => self.reject(key, leg, status_of(why), false, m),
            Wanted::HangUp => {
                if let Some(call) = self.calls.get_mut(&key) {
                    call.anchor = None;
                }
                self.hang_up(leg, Why::Normal, m);
                self.end_call(key, m);
            }
            Wanted::Play { tag, prompts, language } => {
                self.out.push_back(Output::Play { leg, tag, prompts, language });
            }
            Wanted::HearGreeting => self.out.push_back(Output::HearGreeting { leg }),
            Wanted::StopPlaying => self.out.push_back(Output::StopPlaying { leg }),
            Wanted::Record { path, max, silence } => {
                self.out.push_back(Output::Record { call: key, leg, path, max, silence });
            }
            Wanted::RecordConversation { path } => {
                let leg = self.recorded_leg(key).unwrap_or(leg);
                if let Some(call) = self.calls.get_mut(&key) {
                    call.recorded = Some(leg);
                }
                self.out.push_back(Output::RecordConversation { call: key, leg, path });
            }
            Wanted::PauseRecording(paused) => {
                let leg = self.calls.get(&key).and_then(|call| call.recorded).unwrap_or(leg);
                self.out.push_back(Output::PauseRecording { leg, paused });
            }
            Wanted::StopRecording => {
                let leg = self.calls.get_mut(&key).and_then(|call| call.recorded.take()).unwrap_or(leg);
                self.out.push_back(Output::StopRecording { leg });
            }
            _ => {}
        }
    }

    /// The caller is gone: what was asked for their ear is not done, and not waited for.
    fn without_anchor(&mut self, key: CallKey, output: &contact::Output) {
        match output {
            contact::Output::Record { .. } | contact::Output::RecordConversation { .. } => {
                self.tell(key, contact::Input::RecordingFailed);
            }
            contact::Output::StopRecording => {
                if let Some(leg) = self.calls.get_mut(&key).and_then(|call| call.recorded.take()) {
                    self.out.push_back(Output::StopRecording { leg });
                }
            }
            contact::Output::Play { tag, .. } => self.tell(key, contact::Input::Played(*tag)),
            _ => {}
        }
    }

    /// Whose line is recorded: the citizen's, so that it goes on when an operator leaves.
    fn recorded_leg(&self, key: CallKey) -> Option<LegKey> {
        let call = self.calls.get(&key)?;
        let of = |leg: &LegKey| self.legs.get(leg).is_some_and(|leg| leg.who.operator().is_none());
        call.anchor.iter().chain(&call.others).copied().find(of).or(call.anchor)
    }

    fn store(&mut self, key: CallKey, work: Work, m: Moment) {
        if let Some(interaction) = self.calls.get(&key).and_then(|call| call.interaction) {
            self.out.push_back(Output::Store { call: key, interaction, work, at: m.at });
        }
    }

    /// 200 to the caller. One whom we have called ourselves is there already.
    fn answer(&mut self, key: CallKey, leg: LegKey, m: Moment) {
        if self.legs.get(&leg).is_some_and(leg::Leg::is_up) {
            return self.tell(key, contact::Input::Acknowledged);
        }
        self.leg_up(leg, m);
        self.out.push_back(Output::Answer { leg });
        self.hear_each_other(key);
    }

    fn reject(&mut self, key: CallKey, leg: LegKey, status: u16, retry: bool, m: Moment) {
        if let Some(call) = self.calls.get_mut(&key) {
            call.anchor = None;
        }
        if !self.legs.get(&leg).is_some_and(leg::Leg::is_offered) {
            // Somebody whom we rang ourselves, for a number that did not answer.
            self.hang_up(leg, Why::Normal, m);
        } else if self.forget_leg(leg, m) {
            self.out.push_back(Output::Reject { leg, status, retry });
        }
        self.end_call(key, m);
    }

    fn enqueue(&mut self, key: CallKey, enqueue: Enqueue, m: Moment) {
        let Enqueue { queue, max_wait, priority, service, language, music, announce } = enqueue;
        let key_of_music = music.unwrap_or_else(|| HOLD_MUSIC.to_owned());
        let music = Music::Prompt { key: key_of_music, language: language.clone() };
        let Some(call) = self.calls.get_mut(&key) else { return };
        call.language.clone_from(&language);
        call.wish = Wish::Queue { music: music.clone(), announce };
        call.stage_since = m.at;
        if let Some(leg) = call.anchor {
            self.out.push_back(Output::Music { leg, music: Some(music) });
        }
        let waiting = Waiting { call: key.0, queue, language, service, priority, max_wait, callback: false };
        if let Err(refused) = self.floor.join(waiting, m.now) {
            self.queue_over(
                key,
                match refused {
                    JoinRefused::Full => QueueEnd::Overflow,
                    JoinRefused::Unknown | JoinRefused::NoAgents => QueueEnd::NoAgents,
                },
            );
        }
    }

    /// The plan goes on with a caller whom nobody in the queue has taken.
    pub(super) fn queue_over(&mut self, key: CallKey, end: QueueEnd) {
        let Some(call) = self.calls.get_mut(&key) else { return };
        call.wish = Wish::None;
        if let Some(leg) = call.anchor {
            self.out.push_back(Output::Music { leg, music: None });
        }
        self.tell(key, contact::Input::QueueEnded(end));
    }

    fn leave_queue(&mut self, key: CallKey, m: Moment) {
        self.floor.leave(key.0, Left::Plan, m.now);
        self.quiet(key, m);
    }

    /// Nobody is rung for the call any more, and its music ends.
    pub(super) fn quiet(&mut self, key: CallKey, m: Moment) {
        self.drop_attempts(key, Why::Normal, m);
        let Some(call) = self.calls.get_mut(&key) else { return };
        call.wish = Wish::None;
        if let Some(leg) = call.anchor {
            self.out.push_back(Output::Music { leg, music: None });
        }
    }

    fn dial_for(&mut self, key: CallKey, dial: Dial, m: Moment) {
        if self.calls_out(key) {
            return self.call_out(key, &dial, m);
        }
        let Some(call) = self.calls.get_mut(&key) else { return };
        call.stage_since = m.at;
        if !dial.language.is_empty() {
            call.language.clone_from(&dial.language);
        }
        let up = call.anchor.and_then(|leg| self.legs.get(&leg)).map(|leg| leg.state);
        match (up, call.anchor) {
            // A call that the operator ordered at the desk: their own phone comes first.
            (Some(leg::State::Dialled { .. }) | None, _) => {
                call.wish = Wish::DialLater { target: dial.target, timeout: dial.timeout };
            }
            (Some(state), Some(leg)) => {
                call.wish = Wish::Dial;
                if state == leg::State::Up {
                    let language = call.language.clone();
                    let music = dial.music.map_or(Music::Ringback, |key| Music::Prompt { key, language });
                    self.out.push_back(Output::Music { leg, music: Some(music) });
                }
                self.dial(key, &dial.target, Some(dial.timeout), m);
            }
            (Some(_), None) => {}
        }
    }

    fn join_room(&mut self, key: CallKey, room: String, m: Moment) {
        let Some(call) = self.calls.get_mut(&key) else { return };
        let Some(leg) = call.anchor else { return };
        call.wish = Wish::Conference { room: room.clone() };
        call.stage_since = m.at;
        let bridge = self.room_bridge(&room);
        let members = self.rooms.entry(room).or_default();
        members.push(key);
        let members = members.clone();
        self.out.push_back(Output::Join { leg, bridge, role: Role::Talk });
        self.room_music(&members);
    }

    /// Bridges of rooms are numbered apart from those of calls.
    fn room_bridge(&self, room: &str) -> u64 {
        use std::hash::{DefaultHasher, Hash, Hasher};
        let mut hasher = DefaultHasher::new();
        room.hash(&mut hasher);
        hasher.finish() | 1 << 63
    }

    /// Who is alone in a room hears music.
    fn room_music(&mut self, members: &[CallKey]) {
        let alone = members.len() == 1;
        for member in members {
            let Some(call) = self.calls.get(member) else { continue };
            if let Some(leg) = call.anchor {
                let music = Music::Prompt { key: HOLD_MUSIC.into(), language: call.language.clone() };
                self.out.push_back(Output::Music { leg, music: alone.then_some(music) });
            }
        }
    }

    pub(super) fn leave_room(&mut self, key: CallKey) {
        let Some(Wish::Conference { room }) = self.calls.get(&key).map(|call| call.wish.clone()) else {
            return;
        };
        let Some(members) = self.rooms.get_mut(&room) else { return };
        members.retain(|member| *member != key);
        let left = members.clone();
        if left.is_empty() {
            self.rooms.remove(&room);
        }
        self.room_music(&left);
    }

    /// The contact is at its end: everybody else in the call is let go.
    pub(super) fn end_call(&mut self, key: CallKey, m: Moment) {
        self.drop_attempts(key, Why::Normal, m);
        self.leave_room(key);
        let Some(call) = self.calls.get_mut(&key) else { return };
        call.wish = Wish::None;
        call.warning = None;
        let transfer = call.transfer.take();
        let rest = std::mem::take(&mut call.others).into_iter().chain(std::mem::take(&mut call.listeners));
        let legs: Vec<LegKey> = call.anchor.take().into_iter().chain(rest).collect();
        if let Some(transfer) = transfer {
            self.transfer_failed(&transfer, 487);
        }
        if !self.callbacks.is_promised(key.0) {
            self.floor.leave(key.0, Left::HungUp, m.now);
        }
        for leg in legs {
            self.hang_up(leg, Why::Normal, m);
        }
        self.changed = true;
    }

    fn over(&mut self, key: CallKey, m: Moment) {
        self.end_call(key, m);
        self.callback_over(key, m);
        // A call that was never dialled gives its channel back.
        if let Some(channel) = self.calls.remove(&key).and_then(|call| call.errand?.channel) {
            self.outbound.end(channel, Duration::ZERO);
        }
        self.out.push_back(Output::Over { call: key });
    }
}

/// What a phone shows for why its call did not come about.
fn status_of(why: DialEnd) -> u16 {
    match why {
        DialEnd::Busy => 486,
        DialEnd::NoAnswer => 480,
        DialEnd::Failed => 404,
        DialEnd::Finished => 480,
    }
}
