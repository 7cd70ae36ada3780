//! What somebody on the telephone does, one thing after another, and where they are in it. Pure: a step is 20 ms.

use std::collections::VecDeque;
use std::time::Duration;

use super::ear::Ear;
use super::mouth::Mouth;
use crate::demo::voices::Words;
use crate::protocol::rtp::g711::Law;
use crate::protocol::rtp::packet::Packet;
use crate::protocol::rtp::{FRAME_TIME, samples_in};

/// Samples of the longest packet that G.711 comes in.
const LONGEST_PACKET: usize = 320;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Act {
    /// Listens for so long.
    Listen(Duration),
    /// Listens until the voice at the other end has stopped.
    HearOut,
    /// As [`Act::HearOut`], through the music of a queue.
    AwaitAnswer,
    Press(char),
    Speak(Words),
    /// The first part of it, cut off in the middle.
    SpeakPart(Words, Duration),
}

#[derive(Debug)]
pub struct Acts {
    rest: VecDeque<Act>,
    doing: Doing,
}

#[derive(Debug)]
enum Doing {
    Listening(Duration),
    HearingOut(Ear),
    Talking,
    Finished,
}

impl Acts {
    pub fn new(acts: impl IntoIterator<Item = Act>) -> Self {
        Self { rest: acts.into_iter().collect(), doing: Doing::Listening(Duration::ZERO) }
    }

    pub fn hear(&mut self, datagram: &[u8]) {
        if let (Doing::HearingOut(ear), Some(packet)) = (&mut self.doing, Packet::parse(datagram))
            && let Some(law) = Law::from_payload_type(packet.payload_type)
        {
            let mut samples = [0i16; LONGEST_PACKET];
            let length = law.decode(packet.payload, &mut samples);
            ear.hear(samples.get(..length).unwrap_or_default());
        }
    }

    /// 20 ms of it. True when there is nothing left to do.
    pub fn step(&mut self, mouth: &mut Mouth) -> bool {
        let over = match &mut self.doing {
            Doing::Listening(left) => {
                *left = left.saturating_sub(FRAME_TIME);
                left.is_zero()
            }
            Doing::HearingOut(ear) => ear.stopped(FRAME_TIME),
            Doing::Talking => mouth.is_silent(),
            Doing::Finished => true,
        };
        if over {
            self.doing = self.rest.pop_front().map_or(Doing::Finished, |act| begin(act, mouth));
        }
        matches!(self.doing, Doing::Finished)
    }
}

fn begin(act: Act, mouth: &mut Mouth) -> Doing {
    match act {
        Act::Listen(time) => return Doing::Listening(time),
        Act::HearOut => return Doing::HearingOut(Ear::default()),
        Act::AwaitAnswer => return Doing::HearingOut(Ear::patient()),
        Act::Press(digit) => mouth.press(digit),
        Act::Speak(words) => mouth.speak(&words.samples().unwrap_or_default()),
        Act::SpeakPart(words, time) => {
            let mut part = words.samples().unwrap_or_default();
            part.truncate(samples_in(time) as usize);
            mouth.speak(&part);
        }
    }
    Doing::Talking
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::demo::voices::Speaker;

    /// Lets both talk with each other until one has nothing left to do; returns after how many steps.
    fn talk(first: &mut (Acts, Mouth), second: &mut (Acts, Mouth)) -> usize {
        for step in 0..100_000 {
            let over = first.0.step(&mut first.1) | second.0.step(&mut second.1);
            let (one, other) = (first.1.next_packet(), second.1.next_packet());
            first.0.hear(&other);
            second.0.hear(&one);
            if over {
                return step;
            }
        }
        panic!("they never stop")
    }

    #[test]
    fn two_people_take_turns_and_come_to_an_end() {
        let turns = |words: &[Words]| -> Vec<Act> {
            words.iter().flat_map(|words| [Act::Speak(*words), Act::HearOut]).collect()
        };
        let greeting = Act::Listen(Duration::from_millis(500));
        let desk = std::iter::once(greeting).chain(turns(&Speaker::Man.at_the_desk()));
        let citizen = std::iter::once(Act::AwaitAnswer).chain(turns(&Speaker::Woman.replies()));
        let (mut desk, mut citizen) = ((Acts::new(desk), Mouth::new(1)), (Acts::new(citizen), Mouth::new(2)));
        let steps = talk(&mut desk, &mut citizen);
        // Longer than all that was said one after the other, shorter than if anybody had waited in vain.
        let said = Speaker::Man.at_the_desk().into_iter().chain(Speaker::Woman.replies());
        let spoken: usize = said.map(|words| words.samples().unwrap().len() / 160).sum();
        assert!(steps > spoken && steps < spoken + 500, "{steps} steps, {spoken} of them spoken");
    }
}
