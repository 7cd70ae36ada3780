//! What the switch wants, done: with dialogs, media, store.

use super::exchange::Exchange;
use super::lines::Line;
use super::media::{BridgeId, Command, LegId, Role, Samples};
use crate::actions::call::CallArrived;
use crate::call::board::Side;
use crate::call::contact;
use crate::call::switch::{self, CallKey, Journal, LegEvent, LegKey, Music, Output, To};
use crate::domain::caller::Caller;
use crate::protocol::sip::Flow;
use crate::protocol::sip::agent::Outgoing;
use crate::protocol::sip::message::Status;
use crate::protocol::sip::sdp::{self, Wish};

impl Exchange {
    /// Until the switch wants nothing more.
    pub(super) fn carry_out(&mut self) {
        while let Some(output) = self.switch.poll() {
            self.carry_out_one(output);
        }
    }

    fn carry_out_one(&mut self, output: Output) {
        let now = self.parts.clock.instant();
        match output {
            Output::Journal { call, journal } => self.journal(call, journal),
            Output::Store { call, interaction, work, at } => {
                self.dial_calls.wrote(call, &work, now);
                self.ledger.store(call, interaction, work, at);
            }
            Output::Over { call } => self.call_over(call),
            Output::Ring { leg } => {
                if let Some(line) = self.lines.get(leg) {
                    self.agent.ring(line.dialog, now);
                }
            }
            Output::Early { leg } => {
                if let Some(line) = self.lines.get(leg) {
                    let (dialog, sdp) = (line.dialog, line.sdp.clone());
                    self.agent.early(dialog, &sdp, now);
                    self.open(leg);
                }
            }
            Output::Answer { leg } => {
                if let Some(line) = self.lines.get(leg) {
                    let (dialog, sdp) = (line.dialog, line.sdp.clone());
                    self.agent.answer(dialog, &sdp, now);
                    self.open(leg);
                }
            }
            Output::Reject { leg, status, retry } => {
                if let Some(line) = self.lines.get(leg) {
                    let retry_after_s = retry.then_some(self.parts.config.retry_after_s);
                    self.agent.reject(line.dialog, Status(status), retry_after_s, now);
                }
                self.close(leg);
            }
            Output::HangUp { leg, why } => self.hang_up(leg, why),
            Output::Dial { leg, to, caller, like } => self.dial_leg(leg, to, &caller, like),
            Output::AcceptRefer { leg } => {
                if let Some(line) = self.lines.get(leg) {
                    self.agent.accept_refer(line.dialog, now);
                }
            }
            Output::RefuseRefer { leg, status } => {
                if let Some(line) = self.lines.get(leg) {
                    self.agent.refuse_refer(line.dialog, Status(status), now);
                }
            }
            Output::NotifyRefer { leg, status } => {
                if let Some(line) = self.lines.get(leg) {
                    self.agent.notify_refer(line.dialog, Status(status), now);
                }
            }
            Output::OperatorChanged(user) => {
                self.operators_changed.insert(user);
            }
            Output::Callback(news) => self.writer.callback(news, self.parts.clock.now()),
            media => self.media_output(media),
        }
    }

    fn media_output(&mut self, output: Output) {
        let of = |leg: LegKey| self.lines.media(leg);
        let command = match output {
            Output::Join { leg, bridge, role } => {
                let role = match role {
                    switch::Role::Talk => Some(Role::Talk),
                    switch::Role::Listen => Some(Role::Listen),
                    switch::Role::Whisper { to } => of(to).map(|to| Role::Whisper { to }),
                };
                of(leg).zip(role).map(|(leg, role)| Command::Join { leg, bridge: BridgeId(bridge), role })
            }
            Output::Part { leg } => of(leg).map(|leg| Command::Part { leg }),
            Output::Music { leg, music } => {
                let samples = music.and_then(|music| self.music(&music));
                of(leg).map(|leg| Command::Music { leg, samples })
            }
            Output::Play { leg, tag, prompts, language } => {
                return self.play(leg, tag, &prompts, &language);
            }
            Output::StopPlaying { leg } => of(leg).map(|leg| Command::StopPlaying { leg }),
            Output::Record { call, leg, path, max, silence } => {
                let path = self.parts.data.join(path);
                self.recording(call, leg).map(|leg| Command::Record { leg, path, max, silence })
            }
            Output::RecordConversation { call, leg, path } => {
                let path = self.parts.data.join(path);
                self.recording(call, leg).map(|leg| Command::RecordBridge { leg, path })
            }
            Output::PauseRecording { leg, paused } => {
                of(leg).map(|leg| Command::PauseRecording { leg, paused })
            }
            Output::HearGreeting { leg } => of(leg).map(|leg| Command::HearGreeting { leg }),
            Output::StopRecording { leg } => of(leg).map(|leg| Command::StopRecording { leg }),
            _ => None,
        };
        if let Some(command) = command {
            self.parts.media.send(command);
        }
    }

    fn recording(&mut self, call: CallKey, leg: LegKey) -> Option<LegId> {
        let media = self.lines.media(leg)?;
        self.lines.records(media, call);
        Some(media)
    }

    fn play(&mut self, leg: LegKey, tag: u32, prompts: &[String], language: &str) {
        let Some(media) = self.lines.media(leg) else { return };
        let samples: Vec<_> = prompts.iter().filter_map(|key| self.sound(language, key)).collect();
        if samples.is_empty() {
            tracing::error!(?prompts, language, "no such prompt; the plan goes on without it");
            let m = self.moment();
            return self.switch.leg(leg, LegEvent::Played(tag), m);
        }
        self.parts.media.send(Command::Play { leg: media, tag, samples });
    }

    fn sound(&self, language: &str, key: &str) -> Option<Samples> {
        let own = self.announcing.sound(key).or_else(|| self.dial_calls.sound(language, key));
        own.or_else(|| self.parts.prompts.get(language, key))
    }

    fn music(&self, music: &Music) -> Option<Samples> {
        match music {
            Music::Prompt { key, language } => {
                let samples = self.parts.prompts.get(language, key);
                if samples.is_none() {
                    tracing::error!(key, language, "no such music; callers hear silence");
                }
                samples
            }
            Music::Ringback => Some(self.ringback.clone()),
        }
    }

    fn journal(&mut self, call: CallKey, journal: Journal) {
        let external_id = match self.external.remove(&call) {
            Some(id) => id,
            // A call of our own has no INVITE that could come again.
            None => format!("own;{:016x}", rand::random::<u64>()),
        };
        let arrived = CallArrived {
            external_id,
            direction: journal.direction,
            operator: journal.operator,
            caller: journal.caller,
            called: journal.called,
            at: self.parts.clock.now(),
            plan_revision: journal.plan_revision,
        };
        self.ledger.journal(call, arrived, (journal.message, journal.attempt));
        self.count_calls();
    }

    fn call_over(&mut self, call: CallKey) {
        self.external.remove(&call);
        self.announcing.over(call);
        self.dial_calls.over(call);
        self.ledger.over(call);
        self.count_calls();
    }

    pub(super) fn count_calls(&self) {
        self.handle.set_live(self.ledger.len());
        metrics::gauge!("odziv_telephony_calls_live").set(self.ledger.len() as f64);
        metrics::gauge!("odziv_telephony_legs_live").set(self.lines.len() as f64);
    }

    /// A new leg of ours. What goes wrong on the way is told as a refusal.
    fn dial_leg(&mut self, leg: LegKey, to: To, caller: &Caller, like: Option<LegKey>) {
        if let Err(status) = self.try_dial(leg, to, caller, like) {
            let m = self.moment();
            self.switch.leg(leg, LegEvent::Refused { status: status.0, reason: None }, m);
        }
    }

    fn try_dial(&mut self, leg: LegKey, to: To, caller: &Caller, like: Option<LegKey>) -> Result<(), Status> {
        let now = self.parts.clock.instant();
        let needs_srtp = matches!(to, To::Trunk { trunk, .. } if self.trunks.needs_srtp(trunk));
        let is_trunk = matches!(to, To::Trunk { .. });
        let (mut outgoing, flow, secure, side) = self.addressed(to, caller)?;
        // What `srtp = "optional"` says.
        let or_plain = is_trunk && secure && !needs_srtp;
        let (media, port) = self.reserve().map_err(|refusal| refusal.status)?;
        let mut local = self.local(flow, port, media, needs_srtp);
        let first = like.and_then(|like| self.lines.get(like)).and_then(Line::codec);
        let wish = Wish { first, secure, or_plain, events: None };
        let offer = sdp::offer(&local, &wish);
        local.version += 1;
        outgoing.offer.clone_from(&offer);
        let Ok(dialog) = self.agent.invite(outgoing, flow, now) else {
            self.parts.media.send(Command::Close { leg: media });
            return Err(Status::SERVICE_UNAVAILABLE);
        };
        let mut line = Line::new(dialog, media, local, side);
        line.offered = true;
        line.wish = wish;
        line.sdp = offer;
        self.lines.insert(leg, line);
        Ok(())
    }

    /// The INVITE for a phone of ours or for a trunk, and whether it is asked for SRTP.
    fn addressed(&self, to: To, caller: &Caller) -> Result<(Outgoing, Flow, bool, Side), Status> {
        match to {
            To::Phone(phone) => {
                let (outgoing, flow) = self.door.outgoing(phone.0, caller).ok_or(Status::NOT_FOUND)?;
                let secure = flow.transport == crate::protocol::sip::Transport::Tls;
                Ok((outgoing, flow, secure, Side::Operator))
            }
            To::Trunk { trunk, number, shown } => {
                let (outgoing, flow, secure) = self
                    .trunks
                    .outgoing(&self.switch.outbound, trunk, &number, (caller, shown.as_deref()))
                    .ok_or(Status::SERVICE_UNAVAILABLE)?;
                Ok((outgoing, flow, secure, Side::Caller))
            }
        }
    }

    /// The store answered, or gave up.
    pub(super) fn was_written(&mut self, call: CallKey, input: Option<contact::Input>) {
        if let Some(contact::Input::Journaled(_)) = &input {
            self.announcing.journaled(call);
            self.dial_calls.journaled(call);
        }
        self.ledger.was_written(call);
        if let Some(input) = input {
            let m = self.moment();
            self.switch.contact(call, input, m);
            self.carry_out();
        }
        self.count_calls();
    }
}
