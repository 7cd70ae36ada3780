//! One live call: its pure machine, its leg, and what it waits for. Inputs come from all sides, outputs are done here.

use std::collections::VecDeque;
use std::time::Duration;

use jiff::Timestamp;

use super::door::Origin;
use super::exchange::{CallKey, Exchange};
use super::media::{Command, LegId, LegMedia};
use super::writer::Written;
use crate::actions::call::CallArrived;
use crate::call::{Call, Input, Output, Setup, Work};
use crate::dialplan::machine::Walk;
use crate::domain::caller::Caller;
use crate::domain::phone::PhoneNumber;
use crate::protocol::sip::Flow;
use crate::protocol::sip::agent::DialogId;
use crate::protocol::sip::message::{CallerId, Request, Status};
use crate::protocol::sip::sdp;
use crate::protocol::sip::transaction::timers::Armed;

#[derive(Debug)]
pub(super) struct Live {
    pub call: Call,
    pub armed: Armed,
    leg: LegId,
    /// What our 200 says.
    sdp: Vec<u8>,
    /// What was agreed on; `None` while our own offer waits for its answer.
    media: Option<LegMedia>,
    local: sdp::Local,
    digits: Digits,
    /// Written one after another, so that the case is there before its recording.
    queue: VecDeque<(Work, Timestamp)>,
    writing: bool,
    over: bool,
}

/// Some gateways send a key both as RFC 4733 and as INFO; the way of the first key is the way of the call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Digits {
    Unknown,
    Media,
    Info,
}

/// A plan asks for a handful of writings in a call; a plan in a loop is stopped here.
const MAX_QUEUE: usize = 1_024;

impl Exchange {
    /// A new call: who is called, is there a plan, can we talk; then it is journaled.
    pub(super) fn invited(&mut self, dialog: DialogId, invite: &Request, flow: Flow, origin: Origin) {
        let now = self.parts.clock.instant();
        let at = self.parts.clock.now();
        tracing::debug!(?origin, "a call arrives");
        match self.accept(invite, flow, at) {
            Ok((mut live, arrived)) => {
                self.handle.accepted();
                metrics::counter!("odziv_telephony_calls_total").increment(1);
                live.writing = true;
                self.by_leg.insert(live.leg, dialog.0);
                self.calls.insert(dialog.0, live);
                self.handle.set_live(self.calls.len());
                self.journaling += 1;
                self.writer.journal(dialog.0, arrived);
                self.arm(dialog.0);
            }
            Err((status, retry_after_s)) => {
                metrics::counter!("odziv_telephony_rejected_total", "status" => status.0.to_string())
                    .increment(1);
                tracing::info!(status = status.0, remote = %flow.remote, "a call is refused");
                self.agent.reject(dialog, status, retry_after_s, now);
            }
        }
    }

    fn accept(
        &mut self,
        invite: &Request,
        flow: Flow,
        at: Timestamp,
    ) -> Result<(Live, CallArrived), (Status, Option<u32>)> {
        let now = self.parts.clock.instant();
        let called = invite.uri.user().unwrap_or_default();
        let plan = self.parts.plans.current().by_number(&called).ok_or((Status::NOT_FOUND, None))?;
        let local_time = at.to_zoned(self.parts.zone.clone()).datetime();
        let revision = plan.revision.clone();
        let (walk, opening) = Walk::start(plan, &called, local_time).ok_or((Status::NOT_FOUND, None))?;
        // Media is agreed on before the contact is journaled: a call that we cannot hear is refused, so that its trunk may try
        // another way.
        let overloaded = (Status::SERVICE_UNAVAILABLE, Some(self.parts.config.retry_after_s));
        let (leg, port) = self.parts.media.reserve().map_err(|error| {
            tracing::error!(%error, "no port for a call's media");
            overloaded
        })?;
        let local = sdp::Local::new(flow.local.ip(), port, leg.0);
        let (sdp, media) = match invite.body.as_slice() {
            [] => (sdp::offer(&local, &sdp::Wish::default()), None),
            offer => match sdp::answer(offer, &local) {
                Ok((sdp, agreed)) => (sdp, Some(LegMedia::from(&agreed))),
                Err(error) => {
                    tracing::info!(%error, "an offer that we cannot answer");
                    self.parts.media.send(Command::Close { leg });
                    return Err((Status::NOT_ACCEPTABLE_HERE, None));
                }
            },
        };
        let ring = Duration::from_millis(self.parts.config.ring_ms.into());
        let call = Call::new(Setup { walk, opening, ring, at: local_time }, now);
        let arrived = CallArrived {
            external_id: external_id(invite),
            caller: caller(invite, &self.parts.country),
            called,
            at,
            plan_revision: revision,
        };
        let live = Live {
            call,
            armed: Armed::default(),
            leg,
            sdp,
            media,
            local,
            digits: Digits::Unknown,
            queue: VecDeque::new(),
            writing: false,
            over: false,
        };
        Ok((live, arrived))
    }

    /// The caller has our 200; to an INVITE without an offer the ACK brings the answer to ours.
    pub(super) fn acknowledged(&mut self, dialog: DialogId, body: &[u8]) {
        let key = dialog.0;
        if let Some(live) = self.calls.get_mut(&key)
            && live.media.is_none()
        {
            match sdp::accept(body, &live.local, &sdp::Wish::default()) {
                Ok(agreed) => {
                    live.media = Some(LegMedia::from(&agreed));
                    self.open_media(key);
                }
                Err(error) => {
                    tracing::info!(%error, "the answer in an ACK does not fit our offer");
                    self.agent.hang_up(dialog, self.parts.clock.instant());
                    return self.tell(key, Input::CallerLost);
                }
            }
        }
        self.tell(key, Input::Acknowledged);
    }

    /// Hold, resume, another address or codec (RFC 3264 §8).
    pub(super) fn reoffered(&mut self, dialog: DialogId, offer: &[u8]) {
        let now = self.parts.clock.instant();
        let Some(live) = self.calls.get_mut(&dialog.0) else {
            return self.agent.refuse_offer(dialog, Status::NO_SUCH_DIALOG, now);
        };
        if offer.is_empty() {
            // Asked for our offer: what we said before still holds.
            let sdp = live.sdp.clone();
            return self.agent.accept_offer(dialog, &sdp, now);
        }
        // RFC 3264 §8: a changed description has the next version.
        live.local.version += 1;
        match sdp::answer(offer, &live.local) {
            Ok((sdp, agreed)) => {
                let media = LegMedia::from(&agreed);
                live.sdp.clone_from(&sdp);
                live.media = Some(media.clone());
                self.parts.media.send(Command::Update { leg: live.leg, media });
                self.agent.accept_offer(dialog, &sdp, now);
            }
            Err(_) => self.agent.refuse_offer(dialog, Status::NOT_ACCEPTABLE_HERE, now),
        }
    }

    pub(super) fn info_digit(&mut self, dialog: DialogId, digit: char) {
        self.digit(dialog.0, digit, Digits::Info);
    }

    pub(super) fn media_digit(&mut self, leg: LegId, digit: char) {
        if let Some(&key) = self.by_leg.get(&leg) {
            self.digit(key, digit, Digits::Media);
        }
    }

    fn digit(&mut self, key: CallKey, digit: char, way: Digits) {
        let Some(live) = self.calls.get_mut(&key) else { return };
        if live.digits == Digits::Unknown {
            live.digits = way;
        }
        if live.digits == way {
            self.tell(key, Input::Digit(digit));
        }
    }

    /// Something was written, or could not be: the next writing starts.
    pub(super) fn was_written(&mut self, done: Written) {
        if matches!(done.input, Some(Input::Journaled(_) | Input::NotJournaled)) {
            self.journaling = self.journaling.saturating_sub(1);
        }
        if let Some(live) = self.calls.get_mut(&done.call) {
            live.writing = false;
        }
        if let Some(input) = done.input {
            self.tell(done.call, input);
        } else {
            self.go_on(done.call);
        }
    }

    /// Hands an input to a call and does what it wants.
    pub(super) fn tell(&mut self, key: CallKey, input: Input) {
        let (now, at) = (self.parts.clock.instant(), self.parts.clock.now());
        let mut inputs = VecDeque::from([input]);
        // A prompt that does not exist is heard out at once, which is an input of its own. The plan's own bound ends this.
        while let Some(input) = inputs.pop_front() {
            let Some(live) = self.calls.get_mut(&key) else { return };
            let mut outputs = Vec::new();
            live.call.handle(input, now, at, &mut outputs);
            for output in outputs {
                self.carry_out(key, output, at, &mut inputs);
            }
        }
        self.go_on(key);
    }

    /// The call's timer came.
    pub(super) fn tick(&mut self, key: CallKey) {
        let (now, at) = (self.parts.clock.instant(), self.parts.clock.now());
        let Some(live) = self.calls.get_mut(&key) else { return };
        let mut outputs = Vec::new();
        live.call.handle_timeout(now, at, &mut outputs);
        let mut inputs = VecDeque::new();
        for output in outputs {
            self.carry_out(key, output, at, &mut inputs);
        }
        match inputs.pop_front() {
            Some(input) => self.tell(key, input),
            None => self.go_on(key),
        }
    }

    fn carry_out(&mut self, key: CallKey, output: Output, at: Timestamp, inputs: &mut VecDeque<Input>) {
        let now = self.parts.clock.instant();
        let dialog = Self::dialog(key);
        let Some(live) = self.calls.get_mut(&key) else { return };
        let leg = live.leg;
        match output {
            Output::Ring => self.agent.ring(dialog, now),
            Output::Answer => {
                self.agent.answer(dialog, &live.sdp, now);
                self.open_media(key);
            }
            Output::Refuse => {
                let retry_after_s = Some(self.parts.config.retry_after_s);
                self.agent.reject(dialog, Status::SERVICE_UNAVAILABLE, retry_after_s, now);
            }
            Output::HangUp => self.agent.hang_up(dialog, now),
            Output::Play { tag, prompts, language } => {
                let samples: Vec<_> =
                    prompts.iter().filter_map(|key| self.parts.prompts.get(&language, key)).collect();
                if samples.is_empty() {
                    tracing::error!(?prompts, language, "no such prompt; the plan goes on without it");
                    inputs.push_back(Input::Played(tag));
                } else {
                    self.parts.media.send(Command::Play { leg, tag, samples });
                }
            }
            Output::StopPlaying => self.parts.media.send(Command::StopPlaying { leg }),
            Output::Record { path, max, silence } => {
                let path = self.parts.data.join(path);
                self.parts.media.send(Command::Record { leg, path, max, silence });
            }
            Output::StopRecording => self.parts.media.send(Command::StopRecording { leg }),
            Output::CloseMedia => {
                self.parts.media.send(Command::Close { leg });
            }
            Output::Store(work) => {
                if live.queue.len() < MAX_QUEUE {
                    live.queue.push_back((work, at));
                }
            }
            Output::Over => live.over = true,
        }
    }

    fn open_media(&mut self, key: CallKey) {
        if let Some(live) = self.calls.get_mut(&key)
            && let Some(media) = live.media.clone()
        {
            self.parts.media.send(Command::Open { leg: live.leg, media });
        }
    }

    /// Starts the next writing, forgets a call that is over and written, arms the timer of any other.
    fn go_on(&mut self, key: CallKey) {
        let Some(live) = self.calls.get_mut(&key) else { return };
        if !live.writing
            && let Some(interaction) = live.call.interaction()
            && let Some((work, at)) = live.queue.pop_front()
        {
            live.writing = true;
            self.writer.write(key, interaction, work, at);
        }
        if live.over && !live.writing && live.queue.is_empty() {
            self.forget(key);
        } else {
            self.arm(key);
        }
    }

    fn forget(&mut self, key: CallKey) {
        if let Some(live) = self.calls.remove(&key) {
            self.by_leg.remove(&live.leg);
            // A call that was never answered still holds its port.
            self.parts.media.send(Command::Close { leg: live.leg });
            self.handle.set_live(self.calls.len());
            metrics::gauge!("odziv_telephony_calls_live").set(self.calls.len() as f64);
        }
    }
}

/// RFC 3261 §12: Call-ID and From tag name a call among all calls, and are the same when the INVITE comes again.
fn external_id(invite: &Request) -> String {
    format!("{};{}", invite.call_id, invite.from.tag.as_deref().unwrap_or_default())
}

fn caller(invite: &Request, country: &str) -> Caller {
    match invite.caller() {
        CallerId::Hidden => Caller::Hidden,
        CallerId::Name(name) => Caller::Name(name),
        CallerId::Number(number) => match PhoneNumber::parse(&number, country) {
            Ok(phone) => Caller::Number(phone),
            Err(_) => Caller::Name(number),
        },
    }
}
