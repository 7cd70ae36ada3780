//! What leaves on a leg: prompts, music, the mix and silence at their time, packets of others as they come, digits.

use std::net::SocketAddr;
use std::time::Instant;

use super::receive::{Heard, Kind, LONGEST_PACKET};
use super::{Leg, Output};
use crate::protocol::rtp::FRAME;
use crate::protocol::rtp::g711::Law;
use crate::protocol::rtp::mix::Frame;
use crate::protocol::rtp::packet::Packet;
use crate::telephony::media::MediaEvent;
use crate::telephony::media::player::{Player, Purpose};
use crate::telephony::media::recorder::Recorder;
use crate::telephony::media::tap::Channel;
use crate::telephony::media::transmit::Header;
use crate::telephony::media::voice;

/// Where a packet goes, and how long it is.
pub(in super::super) type Sent = (usize, SocketAddr);

/// A press that passes from one leg to another among own packets: its start there and here.
#[derive(Clone, Copy, Debug)]
pub(super) struct Press {
    ssrc: u32,
    theirs: u32,
    ours: u32,
}

/// The second half of a frame.
#[derive(Clone, Copy, Debug)]
pub(super) struct Rest {
    header: Header,
    codes: [u8; HALF],
}

const HALF: usize = FRAME / 2;

/// What is sent in a frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Sound {
    Prompt,
    Mix,
    Silence,
}

impl Leg {
    /// The packet of this frame, written to `target`. `frame` counts 20 ms on the engine's grid; `mix`: what is heard of the bridge.
    pub(in super::super) fn frame(
        &mut self,
        frame: u64,
        mix: Option<&Frame>,
        now: Instant,
        target: &mut [u8],
        out: &mut Output,
    ) -> Option<Sent> {
        let mut codes = [0; FRAME];
        let law = self.codec.law().unwrap_or(Law::A);
        let played = self.player.as_mut().map(|player| player.next_frame(law, &mut codes));
        if played == Some(false) {
            self.end_playing(now, out);
        }
        let is_heard = played == Some(true)
            || played.is_none() && self.music.as_mut().is_some_and(|music| music.next_frame(law, &mut codes));
        if !self.send {
            return None;
        }
        let to = self.latch.target()?;
        let sound = match mix {
            _ if is_heard => Sound::Prompt,
            Some(_) => Sound::Mix,
            None => Sound::Silence,
        };
        let header = self.transmit.own(frame, sound != Sound::Silence)?;
        match (sound, mix) {
            (Sound::Mix, Some(mix)) => {
                self.mouth.encode(self.codec, mix, &mut codes);
                self.tap_right(header, mix, now, out);
            }
            (Sound::Prompt, _) if self.codec.law().is_some() => {}
            (Sound::Prompt, _) => {
                let mut samples = [0; FRAME];
                law.decode(&codes, &mut samples);
                self.mouth.encode(self.codec, &samples, &mut codes);
            }
            _ => self.mouth.silence(self.codec, &mut codes),
        }
        let codes = match codes.split_first_chunk::<HALF>() {
            Some((first, second)) if self.short => {
                let header = self.transmit.second_half(header);
                self.rest = second.try_into().ok().map(|codes| Rest { header, codes });
                first.as_slice()
            }
            _ => codes.as_slice(),
        };
        let length = header.write(self.payload_type, codes, target)?;
        Some((self.protect(target, length)?, to))
    }

    /// To be asked after [`Self::frame`]: what of it a peer gets that takes no longer packets.
    pub(in super::super) fn second_half(&mut self, target: &mut [u8]) -> Option<Sent> {
        let Rest { header, codes } = self.rest.take()?;
        let to = self.latch.target()?;
        let length = header.write(self.payload_type, &codes, target)?;
        Some((self.protect(target, length)?, to))
    }

    /// A packet that another leg has heard, as this one's peer hears it. A prompt or music goes before it.
    pub(in super::super) fn relay(
        &mut self,
        heard: &Heard<'_>,
        frame: u64,
        now: Instant,
        target: &mut [u8],
        out: &mut Output,
    ) -> Option<Sent> {
        if !self.send || self.player.is_some() || self.music.is_some() {
            return None;
        }
        let to = self.latch.target()?;
        let packet = &heard.packet;
        let payload_type = match heard.kind {
            Kind::Voice(_) => Some(self.payload_type),
            Kind::Digit => self.dtmf_payload_type,
            Kind::Other => None,
        };
        let Some(payload_type) = payload_type else {
            self.transmit.passed_over(packet);
            return None;
        };
        let header = self.transmit.relayed(packet, frame)?;
        let length = match heard.kind {
            Kind::Voice(codec) if codec != self.codec => {
                let mut codes = [0; LONGEST_PACKET];
                let count = match (codec.law(), self.codec.law()) {
                    (Some(from), Some(to)) => voice::recode(from, to, packet.payload, &mut codes),
                    _ => self.mouth.encode(self.codec, heard.samples, &mut codes),
                };
                header.write(payload_type, codes.get(..count)?, target)?
            }
            _ => header.write(payload_type, packet.payload, target)?,
        };
        if !heard.samples.is_empty() {
            self.tap_right(header, heard.samples, now, out);
        }
        Some((self.protect(target, length)?, to))
    }

    /// A keypad event of another leg while this one hears a mix.
    pub(in super::super) fn pass_digit(
        &mut self,
        packet: &Packet<'_>,
        frame: u64,
        target: &mut [u8],
    ) -> Option<Sent> {
        if !self.send || self.player.is_some() || self.music.is_some() {
            return None;
        }
        let (to, payload_type) = (self.latch.target()?, self.dtmf_payload_type?);
        let known = self.press.filter(|press| press.ssrc == packet.ssrc && press.theirs == packet.timestamp);
        let press = known.unwrap_or_else(|| Press {
            ssrc: packet.ssrc,
            theirs: packet.timestamp,
            ours: self.transmit.present(frame),
        });
        self.press = Some(press);
        let header = self.transmit.event(known.is_none(), press.ours);
        let length = header.write(payload_type, packet.payload, target)?;
        Some((self.protect(target, length)?, to))
    }

    fn tap_right(&mut self, header: Header, samples: &[i16], now: Instant, out: &mut Output) {
        if let Some(Recorder::Bridge(tap)) = &mut self.recorder {
            let place = (header.ssrc, header.timestamp);
            tap.place(Channel::Right, place, samples, now, &mut out.jobs);
        }
    }

    fn protect(&mut self, target: &mut [u8], length: usize) -> Option<usize> {
        match &mut self.secure {
            Some(secure) => secure.protect(target, length).ok(),
            None => Some(length),
        }
    }

    fn end_playing(&mut self, now: Instant, out: &mut Output) {
        if let Some(Purpose::Prompt { tag }) = self.player.as_ref().map(|player| player.purpose) {
            out.events.push(MediaEvent::Played { leg: self.id, tag });
        }
        self.replace_player(None, now);
    }

    /// A beep that ends, in whatever way, begins its recording.
    pub(super) fn replace_player(&mut self, player: Option<Player>, now: Instant) {
        let before = std::mem::replace(&mut self.player, player);
        if before.is_some_and(|player| player.purpose == Purpose::Beep)
            && let Some(Recorder::Voicemail(recording)) = &mut self.recorder
        {
            recording.begin(now);
        }
    }
}
