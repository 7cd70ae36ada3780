//! What dialogs and media report, told to the switch.

use super::exchange::{Exchange, LEAST_VOICE};
use super::lines::Digits;
use super::media::{Command, LegId, MediaEvent};
use crate::call::board::Warning;
use crate::call::contact;
use crate::call::switch::{LegEvent, LegKey, Why};
use crate::protocol::sip::agent::{DialogId, Event, Refer};
use crate::protocol::sip::message::{Status, Uri};
use crate::protocol::sip::sdp;

impl Exchange {
    /// A dialog's own news. Invitations and requests outside of dialogs are not among them.
    pub(super) fn dialog_event(&mut self, event: Event) {
        match event {
            Event::Cancelled { dialog } | Event::HungUp { dialog } => self.dialog_gone(dialog, false),
            Event::NeverAcknowledged { dialog } => self.dialog_gone(dialog, true),
            Event::Acknowledged { dialog, body } => self.acknowledged(dialog, &body),
            Event::Reoffered { dialog, offer } => self.reoffered(dialog, &offer),
            Event::ReofferAnswered { dialog, body } => {
                if let Some(leg) = self.lines.of_dialog(dialog) {
                    self.agree(leg, &body);
                }
            }
            Event::ReofferRefused { dialog, status } => {
                tracing::debug!(
                    dialog = dialog.0,
                    status = status.0,
                    "our new offer was refused; the old one holds"
                );
            }
            Event::Referred { dialog, refer } => self.referred(dialog, refer),
            Event::Digit { dialog, digit } => {
                if let Some(leg) = self.lines.of_dialog(dialog) {
                    self.digit(leg, digit, Digits::Info);
                }
            }
            Event::Progress { dialog, status, body } => self.progress(dialog, status, &body),
            Event::Answered { dialog, body } => self.answered(dialog, &body),
            Event::Rejected { dialog, status, reason, .. } => {
                if let Some(leg) = self.lines.of_dialog(dialog) {
                    self.close(leg);
                    let reason = reason.or_else(|| Some(status.reason().to_owned()));
                    self.tell(leg, LegEvent::Refused { status: status.0, reason });
                }
            }
            // The last words of a dialog that we ended change nothing any more.
            Event::Ended { .. } | Event::Invited { .. } | Event::Reply { .. } | Event::Request { .. } => {}
        }
    }

    pub(super) fn media_event(&mut self, event: MediaEvent) {
        match event {
            MediaEvent::Played { leg, tag } => self.tell_by_media(leg, LegEvent::Played(tag)),
            MediaEvent::Digit { leg, digit } => {
                if let Some(leg) = self.lines.of_media(leg) {
                    self.digit(leg, digit, Digits::Media);
                }
            }
            MediaEvent::Recorded { leg, length, voice } => {
                let kept = if voice < LEAST_VOICE { std::time::Duration::ZERO } else { length };
                self.recorded(leg, contact::Input::Recorded(kept));
            }
            MediaEvent::RecordingFailed { leg, reason } => {
                metrics::counter!("odziv_telephony_recordings_failed_total").increment(1);
                tracing::error!(reason, "a recording failed");
                self.recorded(leg, contact::Input::RecordingFailed);
            }
            MediaEvent::Heard { leg } => {
                let line = self.lines.of_media(leg).and_then(|leg| self.lines.get(leg));
                if let Some(dialog) = line.map(|line| line.dialog) {
                    self.agent.seems_alive(dialog);
                }
            }
            MediaEvent::Greeted { leg, by } => self.tell_by_media(leg, LegEvent::Greeted(by)),
            MediaEvent::Silent { leg } => self.tell_by_media(leg, LegEvent::Silent),
            MediaEvent::NothingArrives { leg, signalled } => {
                metrics::counter!("odziv_telephony_one_way_audio_total").increment(1);
                tracing::warn!(%signalled, "the peer's packets do not arrive; this is where its SDP says it is");
                if let Some(key) = self.lines.of_media(leg)
                    && let Some(line) = self.lines.get(key)
                {
                    let warning: Warning = line.nothing_arrives(signalled);
                    self.tell(key, LegEvent::Warned(Some(warning)));
                }
            }
            MediaEvent::Arrives { leg, from } => {
                tracing::info!(%from, "the peer's packets arrive after all");
                self.tell_by_media(leg, LegEvent::Warned(None));
            }
            MediaEvent::Closed { leg, counters } => {
                tracing::debug!(leg = leg.0, ?counters, "media closed");
            }
        }
    }

    /// Hands an event to the switch and does what it wants.
    pub(super) fn tell(&mut self, leg: LegKey, event: LegEvent) {
        let m = self.moment();
        self.switch.leg(leg, event, m);
        self.carry_out();
    }

    fn tell_by_media(&mut self, media: LegId, event: LegEvent) {
        if let Some(leg) = self.lines.of_media(media) {
            self.tell(leg, event);
        }
    }

    fn recorded(&mut self, media: LegId, input: contact::Input) {
        if let Some(call) = self.lines.recorded(media) {
            let m = self.moment();
            self.switch.contact(call, input, m);
            self.carry_out();
        }
    }

    fn digit(&mut self, leg: LegKey, digit: char, way: Digits) {
        if self.lines.get_mut(leg).is_some_and(|line| line.takes_digit(way)) {
            self.tell(leg, LegEvent::Digit(digit));
        }
    }

    fn dialog_gone(&mut self, dialog: DialogId, lost: bool) {
        if let Some(leg) = self.lines.of_dialog(dialog) {
            self.close(leg);
            self.tell(leg, LegEvent::Gone { lost });
        }
    }

    /// The caller has our 200; to an INVITE without an offer the ACK brings the answer to ours.
    fn acknowledged(&mut self, dialog: DialogId, body: &[u8]) {
        let Some(leg) = self.lines.of_dialog(dialog) else { return };
        if self.lines.get(leg).is_some_and(|line| line.agreed.is_none()) && !self.agree(leg, body) {
            tracing::info!("the answer in an ACK does not fit our offer");
            self.agent.hang_up(dialog, self.parts.clock.instant());
            return self.dialog_gone(dialog, true);
        }
        self.tell(leg, LegEvent::Acknowledged);
    }

    /// Somebody whom we call is being rung, perhaps with sound.
    fn progress(&mut self, dialog: DialogId, status: Status, body: &[u8]) {
        let Some(leg) = self.lines.of_dialog(dialog) else { return };
        let early = !body.is_empty() && self.agree(leg, body);
        if early || status == Status::RINGING {
            self.tell(leg, LegEvent::Ringing { early });
        }
    }

    fn answered(&mut self, dialog: DialogId, body: &[u8]) {
        let Some(leg) = self.lines.of_dialog(dialog) else { return };
        // A 200 without a description after one in a 183 repeats it (RFC 3261 §13.2.1).
        let known = body.is_empty() && self.lines.get(leg).is_some_and(|line| line.agreed.is_some());
        if !known && !self.agree(leg, body) {
            tracing::info!("an answer that does not fit our offer");
            self.agent.hang_up(dialog, self.parts.clock.instant());
            self.close(leg);
            return self.tell(leg, LegEvent::Refused { status: Status::NOT_ACCEPTABLE_HERE.0, reason: None });
        }
        self.tell(leg, LegEvent::Answered);
    }

    /// The peer's answer to our offer; media opens or follows.
    fn agree(&mut self, leg: LegKey, answer: &[u8]) -> bool {
        let Some(line) = self.lines.get_mut(leg) else { return false };
        match sdp::accept(answer, &line.local, &line.wish) {
            Ok(agreed) => {
                let held = agreed.held;
                let before = line.agreed.replace(agreed).is_some_and(|agreed| agreed.held);
                self.open(leg);
                if held != before {
                    self.tell(leg, LegEvent::Held(held));
                }
                true
            }
            Err(error) => {
                tracing::info!(%error, "an answer that does not fit our offer");
                false
            }
        }
    }

    /// Hold, resume, another address or codec (RFC 3264 §8).
    fn reoffered(&mut self, dialog: DialogId, offer: &[u8]) {
        let now = self.parts.clock.instant();
        let Some(leg) = self.lines.of_dialog(dialog) else {
            return self.agent.refuse_offer(dialog, Status::NO_SUCH_DIALOG, now);
        };
        let Some(line) = self.lines.get_mut(leg) else { return };
        if offer.is_empty() {
            // Asked for our offer: what we said before still holds.
            let sdp = line.sdp.clone();
            return self.agent.accept_offer(dialog, &sdp, now);
        }
        match sdp::answer(offer, &line.local) {
            Ok((sdp, agreed)) => {
                // RFC 3264 §8: a changed description has the next version.
                line.local.version += 1;
                let held = agreed.held;
                let before = line.agreed.replace(agreed).is_some_and(|agreed| agreed.held);
                line.sdp.clone_from(&sdp);
                self.agent.accept_offer(dialog, &sdp, now);
                self.open(leg);
                if held != before {
                    self.tell(leg, LegEvent::Held(held));
                }
            }
            Err(_) => self.agent.refuse_offer(dialog, Status::NOT_ACCEPTABLE_HERE, now),
        }
    }

    fn referred(&mut self, dialog: DialogId, refer: Refer) {
        let now = self.parts.clock.instant();
        let leg = self.lines.of_dialog(dialog);
        let to = Uri::parse(&refer.target).and_then(|uri| uri.user());
        let (Some(leg), Some(to)) = (leg, to) else {
            return self.agent.refuse_refer(dialog, Status::BAD_REQUEST, now);
        };
        let replaces = match &refer.replaces {
            None => None,
            Some(replaces) => {
                match self.agent.find_dialog(replaces).and_then(|dialog| self.lines.of_dialog(dialog)) {
                    Some(leg) => Some(leg),
                    None => return self.agent.refuse_refer(dialog, Status::NO_SUCH_DIALOG, now),
                }
            }
        };
        self.tell(leg, LegEvent::Referred { to, replaces });
    }

    /// Media as agreed, for the first time or anew.
    pub(super) fn open(&mut self, leg: LegKey) {
        let Some(line) = self.lines.get_mut(leg) else { return };
        let Some(media) = line.leg_media() else { return };
        let leg = line.media;
        self.parts.media.send(match std::mem::replace(&mut line.open, true) {
            false => Command::Open { leg, media },
            true => Command::Update { leg, media },
        });
    }

    /// The line is no more; what it recorded is completed.
    pub(super) fn close(&mut self, leg: LegKey) {
        if let Some(line) = self.lines.remove(leg) {
            self.parts.media.send(Command::Close { leg: line.media });
        }
    }

    pub(super) fn hang_up(&mut self, leg: LegKey, why: Why) {
        if let Some(dialog) = self.lines.get(leg).map(|line| line.dialog) {
            let now = self.parts.clock.instant();
            match why {
                Why::Normal => self.agent.hang_up(dialog, now),
                Why::Elsewhere => self.agent.answered_elsewhere(dialog, now),
            }
        }
        self.close(leg);
    }
}
