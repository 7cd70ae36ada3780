//! What arrives on a leg: proven, decrypted, counted, recorded, and told to whoever hears the leg.

use std::net::SocketAddr;
use std::time::Instant;

use super::{END_KEY, Leg, Output};
use crate::protocol::rtp::codec::Codec;
use crate::protocol::rtp::duration_of;
use crate::protocol::rtp::packet::Packet;
use crate::protocol::rtp::reception::Reception;
use crate::telephony::media::MediaEvent;
use crate::telephony::media::latch::Proof;
use crate::telephony::media::recorder::Recorder;
use crate::telephony::media::recording::is_voice;
use crate::telephony::media::sys::Datagram;
use crate::telephony::media::tap::Channel;

/// Samples of the longest packet that is decoded, 180 ms; nobody sends G.711 in longer ones, and a datagram of Ethernet holds no more.
pub(in super::super) const LONGEST_PACKET: usize = 1_440;

/// Where packets are decoded, one for all legs.
pub(in super::super) type Scratch = [i16; LONGEST_PACKET];

/// A packet that was taken.
#[derive(Debug)]
pub(in super::super) struct Heard<'a> {
    pub(in super::super) packet: Packet<'a>,
    pub(in super::super) kind: Kind,
    /// The decoded voice, when somebody wants it.
    pub(in super::super) samples: &'a [i16],
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in super::super) enum Kind {
    Voice(Codec),
    Digit,
    /// Comfort noise and whatever else nobody agreed on.
    Other,
}

impl Leg {
    /// One datagram. Anything may stand in it. Returns what those may hear who hear this leg.
    pub(in super::super) fn receive<'a>(
        &mut self,
        from: SocketAddr,
        datagram: Datagram<'a>,
        scratch: &'a mut Scratch,
        now: Instant,
        out: &mut Output,
    ) -> Option<Heard<'a>> {
        let Datagram { buffer, length } = datagram;
        if is_rtcp(buffer.get(..length)?) {
            self.receive_report(from, buffer.get_mut(..length)?, now);
            return None;
        }
        let (length, proof) = match &mut self.secure {
            Some(secure) => match secure.unprotect(buffer.get_mut(..length)?) {
                Ok(length) => (length, Proof::Authenticated),
                Err(_) => {
                    self.refused += 1;
                    return None;
                }
            },
            None => (length, Proof::Plain),
        };
        let packet = Packet::parse(buffer.get(..length)?)?;
        let kind = self.kind(packet.payload_type);
        let proof = if kind == Kind::Other { Proof::None } else { proof };
        if !self.latch.accept(from, packet.ssrc, proof, now) {
            self.refused += 1;
            return None;
        }
        self.count(from, &packet, kind, now, out);
        let samples = match kind {
            Kind::Voice(codec) => self.hear(codec, &packet, scratch, now, out),
            Kind::Digit => {
                self.receive_digit(&packet, now, out);
                &[]
            }
            Kind::Other => &[],
        };
        Some(Heard { packet, kind, samples })
    }

    fn kind(&self, payload_type: u8) -> Kind {
        if self.dtmf_payload_type == Some(payload_type) {
            Kind::Digit
        } else if payload_type == self.payload_type {
            Kind::Voice(self.codec)
        } else {
            // Some gateways change the law without a word. Static numbers cannot mean anything else.
            match Codec::from_payload_type(payload_type) {
                Some(codec @ (Codec::Pcma | Codec::Pcmu)) => Kind::Voice(codec),
                Some(Codec::G722) | None => Kind::Other,
            }
        }
    }

    fn count(&mut self, from: SocketAddr, packet: &Packet<'_>, kind: Kind, now: Instant, out: &mut Output) {
        let time = self.time(now) as u32;
        self.last_heard = now;
        self.told_silent = false;
        if !std::mem::replace(&mut self.told_heard, true) {
            out.events.push(MediaEvent::Heard { leg: self.id });
        }
        if self.arrival.heard() {
            out.events.push(MediaEvent::Arrives { leg: self.id, from });
        }
        let reception = match &mut self.reception {
            Some(reception) => {
                reception.receive(packet.ssrc, packet.sequence);
                reception
            }
            none => none.insert(Reception::new(packet.ssrc, packet.sequence)),
        };
        // A press keeps its timestamp, and packets that were left to collect came at no moment that means anything.
        if matches!(kind, Kind::Voice(_)) && self.is_read_at_once {
            reception.arrived(time, packet.timestamp);
        }
    }

    /// Decodes for whoever wants to know: the recording, the mix, a leg of another codec.
    fn hear<'a>(
        &mut self,
        codec: Codec,
        packet: &Packet<'_>,
        scratch: &'a mut Scratch,
        now: Instant,
        out: &mut Output,
    ) -> &'a [i16] {
        if !self.wants_samples && self.recorder.is_none() && self.buffer.is_none() && self.greeting.is_none()
        {
            return &[];
        }
        let time = self.time(now);
        let count = self.ear.decode(codec, packet.payload, scratch);
        let samples = scratch.get(..count).unwrap_or_default();
        match &mut self.recorder {
            Some(Recorder::Voicemail(recording)) => {
                recording.place(packet.ssrc, packet.timestamp, samples, now, &mut out.jobs);
            }
            Some(Recorder::Bridge(tap)) => {
                tap.place(Channel::Left, (packet.ssrc, packet.timestamp), samples, now, &mut out.jobs);
            }
            None => {}
        }
        if let Some(by) = self
            .greeting
            .as_mut()
            .and_then(|greeting| greeting.hear(is_voice(samples), duration_of(samples.len() as u64)))
        {
            self.greeting = None;
            out.events.push(MediaEvent::Greeted { leg: self.id, by });
        }
        if let Some(buffer) = &mut self.buffer {
            buffer.put(packet.ssrc, packet.timestamp, packet.marker, samples, time);
        }
        samples
    }

    fn receive_digit(&mut self, packet: &Packet<'_>, now: Instant, out: &mut Output) {
        let heard = self.digits.receive(packet.ssrc, packet.timestamp, packet.marker, packet.payload);
        match heard {
            Some(END_KEY) if matches!(self.recorder, Some(Recorder::Voicemail(_))) => {
                self.stop_recording(now, out);
            }
            Some(digit) => out.events.push(MediaEvent::Digit { leg: self.id, digit }),
            None => {}
        }
    }
}

/// RFC 5761 §4: packet types of RTCP on a port that both share.
fn is_rtcp(bytes: &[u8]) -> bool {
    bytes.get(1).is_some_and(|kind| (192..=223).contains(kind))
}
