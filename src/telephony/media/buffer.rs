//! What a peer says, kept until its bridge mixes it.

use std::collections::VecDeque;
use std::time::Instant;

use crate::protocol::rtp::FRAME;
use crate::protocol::rtp::mix::Frame;
use crate::protocol::rtp::packet::Packet;

/// Samples that wait before the first frame is given, 40 ms, and at most, 200 ms.
const BEGIN: usize = 320;
const MOST: usize = 1_600;

#[derive(Debug, Default)]
pub(super) struct Buffer {
    samples: VecDeque<i16>,
    is_running: bool,
}

impl Buffer {
    pub(super) fn push(&mut self, _packet: &Packet<'_>, samples: &[i16], _now: Instant) {
        self.samples.extend(samples);
        let excess = self.samples.len().saturating_sub(MOST);
        self.samples.drain(..excess);
    }

    /// The next 20 ms; false for silence.
    pub(super) fn pull(&mut self, _now: Instant, frame: &mut Frame) -> bool {
        self.is_running = self.samples.len() >= if self.is_running { FRAME } else { BEGIN };
        if self.is_running {
            let samples = self.samples.drain(..FRAME);
            frame.iter_mut().zip(samples).for_each(|(target, sample)| *target = sample);
        }
        self.is_running
    }
}
