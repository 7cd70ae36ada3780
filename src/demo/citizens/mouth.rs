//! What a citizen's telephone sends: a frame every 20 ms, of a voice, of a key, or of silence.

use std::collections::VecDeque;

use crate::protocol::rtp::FRAME;
use crate::protocol::rtp::dtmf::Sender;
use crate::protocol::rtp::g711::Law;
use crate::protocol::rtp::packet::{HEADER, Packet};

/// What we offered: PCMA and telephone-event.
const PCMA: u8 = 8;
const TELEPHONE_EVENT: u8 = 101;
/// A key is held for so many frames of 20 ms.
const PRESS_FRAMES: u16 = 6;
/// Between two keys, or a key and a word, a telephone falls silent for so many frames.
const PAUSE_FRAMES: usize = 5;

#[derive(Debug)]
pub struct Mouth {
    sequence: u16,
    timestamp: u32,
    ssrc: u32,
    turns: VecDeque<Turn>,
}

#[derive(Debug)]
enum Turn {
    /// A-law codes and how many of them were sent.
    Voice(Vec<u8>, usize),
    /// All packets of a key carry the timestamp of its start (RFC 4733 §2.3).
    Key(Sender, Option<u32>),
    Silence(usize),
}

impl Mouth {
    pub fn new(ssrc: u32) -> Self {
        Self { sequence: ssrc as u16, timestamp: ssrc.rotate_left(7), ssrc, turns: VecDeque::new() }
    }

    pub fn speak(&mut self, samples: &[i16]) {
        self.turns.push_back(Turn::Voice(Law::A.encode(samples), 0));
    }

    pub fn press(&mut self, digit: char) {
        if let Some(sender) = Sender::press(digit, PRESS_FRAMES) {
            self.turns.push_back(Turn::Key(sender, None));
            self.turns.push_back(Turn::Silence(PAUSE_FRAMES));
        }
    }

    /// Whether everything was said.
    pub fn is_silent(&self) -> bool {
        self.turns.is_empty()
    }

    /// The packet of the next 20 ms.
    pub fn next_packet(&mut self) -> Vec<u8> {
        let timestamp = self.timestamp;
        self.timestamp = timestamp.wrapping_add(FRAME as u32);
        loop {
            match self.turns.front_mut() {
                Some(Turn::Voice(codes, sent)) => {
                    let mut frame = [Law::A.silence(); FRAME];
                    let rest = codes.get(*sent..).unwrap_or_default();
                    if !rest.is_empty() {
                        let first = *sent == 0;
                        frame.iter_mut().zip(rest).for_each(|(to, code)| *to = *code);
                        *sent += FRAME;
                        return self.packet(PCMA, first, timestamp, &frame);
                    }
                }
                Some(Turn::Key(sender, start)) => {
                    let start = *start.get_or_insert(timestamp);
                    if let Some((payload, marker)) = sender.next() {
                        return self.packet(TELEPHONE_EVENT, marker, start, &payload);
                    }
                }
                Some(Turn::Silence(frames)) if *frames > 0 => {
                    *frames -= 1;
                    return self.packet(PCMA, false, timestamp, &[Law::A.silence(); FRAME]);
                }
                Some(Turn::Silence(_)) => {}
                None => return self.packet(PCMA, false, timestamp, &[Law::A.silence(); FRAME]),
            }
            self.turns.pop_front();
        }
    }

    fn packet(&mut self, payload_type: u8, marker: bool, timestamp: u32, payload: &[u8]) -> Vec<u8> {
        self.sequence = self.sequence.wrapping_add(1);
        let packet =
            Packet { payload_type, marker, sequence: self.sequence, timestamp, ssrc: self.ssrc, payload };
        let mut bytes = vec![0; HEADER + payload.len()];
        let length = packet.write(&mut bytes).unwrap_or_default();
        bytes.truncate(length);
        bytes
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::rtp::dtmf::Receiver;

    #[test]
    fn keys_and_words_follow_each_other_as_they_were_asked_for() {
        let mut mouth = Mouth::new(7);
        mouth.press('3');
        mouth.speak(&[8_000; 400]);
        mouth.press('#');
        let mut receiver = Receiver::default();
        let (mut digits, mut loud, mut sequences) = (String::new(), 0, Vec::new());
        for _ in 0..40 {
            let bytes = mouth.next_packet();
            let packet = Packet::parse(&bytes).unwrap();
            sequences.push(packet.sequence);
            if packet.payload_type == TELEPHONE_EVENT {
                digits.extend(receiver.receive(7, packet.timestamp, packet.marker, packet.payload));
            } else {
                loud += packet.payload.iter().filter(|code| **code != Law::A.silence()).count();
            }
        }
        assert_eq!(digits, "3#");
        assert_eq!(loud, 400);
        assert!(mouth.is_silent());
        assert!(sequences.windows(2).all(|pair| pair[1] == pair[0].wrapping_add(1)));
    }
}
