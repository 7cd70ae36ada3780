//! Packets that come unevenly into frames that leave evenly. Only where sound is decoded: conversion, mixing, recording of a mix;
//! a relay passes packets on as they come.
//!
//! A sample's place is where its timestamp says, so reordering, doubles, pauses of a quiet sender and packets of any length need no
//! care. The buffer follows the fastest packets of the last seconds (which also is the drift of the clocks) and keeps as much
//! delay as all but the rarest stragglers need. It comes to another delay by playing a little faster or slower, quickly in
//! silence, and waits when it has run dry. What is missing is [concealed](super::conceal).
//!
//! Time is counted in samples of 8 kHz by the receiver's clock.

use super::conceal::Concealer;
use super::mix::Frame;
use super::{FRAME, SAMPLE_RATE};

/// Samples that are held at most: about a second. With [`STRAY`] it bounds what a sender can put here.
const CAPACITY: usize = 8_192;
/// A packet further off its time than half a second is not late or early but counted anew by its sender.
const STRAY: i64 = SAMPLE_RATE as i64 / 2;
/// A marker begins a talk spurt; what is further off then is the sender's clock, which some stop in silence (RFC 3551 §4.1).
const STRAY_AT_MARKER: i64 = 80 * PER_MS;
/// So many packets in a row that stray alike have a new clock; a single one is nonsense.
const STRAYS: u8 = 3;

const PER_MS: i64 = SAMPLE_RATE as i64 / 1_000;
/// Delay over the fastest packet. At least a frame, whose last sample comes 20 ms after its first one, and a little more because
/// threads are not punctual; at most what people still can talk over.
const LEAST_DELAY: i64 = 25 * PER_MS;
const FIRST_DELAY: i64 = 50 * PER_MS;
const MOST_DELAY: i64 = 300 * PER_MS;
/// Packets that are looked at for the delay: 2.5 s of the usual ones.
const WINDOW: usize = 128;
/// So many stragglers of a window may come too late.
const STRAGGLERS: usize = 1;
/// The delay is thought over again after so many packets.
const RETHINK: usize = 16;

/// Less than this off the wanted delay is left alone.
const SLACK: i64 = 5 * PER_MS;
/// Samples that a frame of voice gives or takes: 1 and 2.5 per cent, which nobody hears.
const GENTLE: i64 = 2;
const BRISK: i64 = 4;
const BRISK_FROM: i64 = 100 * PER_MS;
/// In silence a frame gives or takes so many.
const IN_SILENCE: i64 = FRAME as i64 / 2;
/// Peak below which a frame is silence for this purpose: -50 dB.
const SILENCE: u16 = 100;
/// Further off than this the buffer jumps: half of a second of stretched voice would be worse than a click.
const JUMP: i64 = 500 * PER_MS;

/// What a frame is made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Heard {
    Sound,
    /// All or a part of it had not come, and was made up.
    Concealed,
    /// Nothing has come for a while.
    Nothing,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counters {
    /// Packets that came after their time.
    pub late: u64,
    /// Frames with something made up.
    pub concealed: u64,
    /// Times that the sender counted anew.
    pub restarts: u64,
}

#[derive(Debug)]
pub struct JitterBuffer {
    samples: Box<[i16]>,
    present: Box<[bool]>,
    /// The place of the next sample that is played, and the place behind the last one that came.
    next: i64,
    end: i64,
    stream: Option<Stream>,
    delays: Delays,
    concealer: Concealer,
    counters: Counters,
}

/// How timestamps of the present sender become places.
#[derive(Clone, Copy, Debug)]
struct Stream {
    ssrc: u32,
    timestamp: u32,
    place: i64,
    strays: u8,
}

impl Default for JitterBuffer {
    fn default() -> Self {
        Self {
            samples: vec![0; CAPACITY].into(),
            present: vec![false; CAPACITY].into(),
            next: 0,
            end: 0,
            stream: None,
            delays: Delays::default(),
            concealer: Concealer::default(),
            counters: Counters::default(),
        }
    }
}

impl JitterBuffer {
    /// Takes the samples of a packet that arrived at `now`.
    pub fn put(&mut self, ssrc: u32, timestamp: u32, marker: bool, samples: &[i16], now: u64) {
        let now = now.cast_signed();
        let Some(place) = self.place(ssrc, timestamp, marker, now) else { return };
        self.delays.note(now - place);
        let behind = place + samples.len() as i64;
        if behind <= self.next {
            self.counters.late += 1;
            return;
        }
        for (place, sample) in (place..).zip(samples) {
            if place >= self.next && place < self.next + CAPACITY as i64 {
                self.set(place, *sample);
                self.end = self.end.max(place + 1);
            }
        }
    }

    /// The next 20 ms. To be called every 20 ms, with the time.
    pub fn take(&mut self, now: u64, frame: &mut Frame) -> Heard {
        if self.stream.is_none() {
            *frame = [0; FRAME];
            return Heard::Nothing;
        }
        let off = now.cast_signed() - self.delays.fastest() - self.delays.wanted - self.next;
        if off.abs() > JUMP || (self.concealer.is_silent() && self.next >= self.end) {
            self.go_to(self.next + off);
            return self.play(0, frame);
        }
        self.play(off, frame)
    }

    pub fn counters(&self) -> Counters {
        self.counters
    }

    /// How long a sample waits here, in samples.
    pub fn delay(&self) -> u64 {
        self.delays.wanted.unsigned_abs()
    }

    /// Forgets what it holds and whom it heard; the counters stay.
    pub fn clear(&mut self) {
        *self = Self { counters: self.counters, ..Self::default() };
    }

    /// `off`: how far the place that should be played by now is ahead.
    fn play(&mut self, off: i64, frame: &mut Frame) -> Heard {
        let mut came = [false; FRAME];
        for ((place, sample), came) in (self.next..).zip(frame.iter_mut()).zip(&mut came) {
            (*sample, *came) = self.get(place);
        }
        if came.iter().all(|came| *came) {
            self.concealer.heard(frame);
            let stretched = self.stretch(off, frame);
            self.go_to(self.next + stretched);
            return Heard::Sound;
        }
        let is_nothing = came.iter().all(|came| !came);
        let was_silent = self.concealer.is_silent();
        self.concealer.fill(frame, &came);
        if was_silent {
            // The first sound after silence begins where it begins.
            self.go_to(self.next + FRAME as i64);
            return if is_nothing { Heard::Nothing } else { Heard::Sound };
        }
        self.counters.concealed += 1;
        // Behind schedule there is time to wait for what is missing.
        let step = if is_nothing { (FRAME as i64 + off).clamp(0, FRAME as i64) } else { FRAME as i64 };
        self.go_to(self.next + step);
        Heard::Concealed
    }

    /// Plays some samples more or fewer in the time of the frame when the delay is not as wanted; returns how many were played.
    fn stretch(&self, off: i64, frame: &mut Frame) -> i64 {
        let length = FRAME as i64;
        if off.abs() <= SLACK {
            return length;
        }
        let most = if frame.iter().all(|sample| sample.unsigned_abs() < SILENCE) {
            IN_SILENCE
        } else if off.abs() > BRISK_FROM {
            BRISK
        } else {
            GENTLE
        };
        let played = length + off.clamp(-most, most);
        if played > length && !(self.next + length..self.next + played).all(|place| self.get(place).1) {
            return length;
        }
        // Linear interpolation, from the first to the last of the played samples.
        for (n, sample) in (0..).zip(frame.iter_mut()) {
            let at = n * (played - 1);
            let (whole, part) = (at / (length - 1), at % (length - 1));
            let (here, there) = (self.get(self.next + whole).0, self.get(self.next + whole + 1).0);
            let (here, there) = (i64::from(here), i64::from(if part == 0 { here } else { there }));
            *sample = (here + (there - here) * part / (length - 1)) as i16;
        }
        played
    }

    /// Moves on; what is passed is forgotten.
    fn go_to(&mut self, next: i64) {
        if next > self.next {
            for place in self.next..next.min(self.end) {
                self.forget(place);
            }
        }
        self.next = next;
        // Nothing stands further ahead than there is room for; after a step back it might.
        if self.end > next + CAPACITY as i64 {
            self.present.fill(false);
            self.end = next;
        }
    }

    /// `None` for a packet that makes no sense.
    fn place(&mut self, ssrc: u32, timestamp: u32, marker: bool, now: i64) -> Option<i64> {
        let Some(stream) = self.stream.as_mut().filter(|stream| stream.ssrc == ssrc) else {
            return Some(self.restart(ssrc, timestamp, now));
        };
        let step = timestamp.wrapping_sub(stream.timestamp).cast_signed();
        let place = stream.place + i64::from(step);
        let off = (now - self.delays.fastest() - place).abs();
        if marker && off > STRAY_AT_MARKER {
            return Some(self.restart(ssrc, timestamp, now));
        }
        if off > STRAY {
            stream.strays += 1;
            return (stream.strays >= STRAYS).then(|| self.restart(ssrc, timestamp, now));
        }
        stream.strays = 0;
        if step > 0 {
            (stream.timestamp, stream.place) = (timestamp, place);
        }
        Some(place)
    }

    /// A new sender or a new clock: this packet is as fast as the fastest, and stands behind all that is here.
    fn restart(&mut self, ssrc: u32, timestamp: u32, now: i64) -> i64 {
        let place = if self.stream.is_some() {
            self.counters.restarts += 1;
            (now - self.delays.fastest()).max(self.end)
        } else {
            self.next = now - FIRST_DELAY;
            self.end = self.next;
            now
        };
        self.stream = Some(Stream { ssrc, timestamp, place, strays: 0 });
        place
    }

    fn get(&self, place: i64) -> (i16, bool) {
        let at = index(place);
        match (self.samples.get(at), self.present.get(at)) {
            (Some(sample), Some(true)) if place < self.end => (*sample, true),
            _ => (0, false),
        }
    }

    fn set(&mut self, place: i64, sample: i16) {
        let at = index(place);
        if let (Some(slot), Some(present)) = (self.samples.get_mut(at), self.present.get_mut(at)) {
            (*slot, *present) = (sample, true);
        }
    }

    fn forget(&mut self, place: i64) {
        if let Some(present) = self.present.get_mut(index(place)) {
            *present = false;
        }
    }
}

fn index(place: i64) -> usize {
    place.rem_euclid(CAPACITY as i64) as usize
}

/// How long the last packets were under way, by two clocks that know nothing of each other: only differences count.
#[derive(Debug)]
struct Delays {
    last: [i64; WINDOW],
    count: usize,
    /// Over the fastest.
    wanted: i64,
}

impl Default for Delays {
    fn default() -> Self {
        Self { last: [0; WINDOW], count: 0, wanted: FIRST_DELAY }
    }
}

impl Delays {
    fn note(&mut self, delay: i64) {
        if let Some(slot) = self.last.get_mut(self.count % WINDOW) {
            *slot = delay;
        }
        self.count += 1;
        // A packet slower than all before wants more delay at once; less is thought over now and then.
        if delay - self.fastest() + LEAST_DELAY > self.wanted || self.count.is_multiple_of(RETHINK) {
            self.rethink();
        }
    }

    fn rethink(&mut self) {
        let mut last = self.last;
        let Some(known) = last.get_mut(..self.count.min(WINDOW)) else { return };
        let rank = known.len().saturating_sub(1 + STRAGGLERS);
        let (_, straggler, _) = known.select_nth_unstable(rank);
        let wanted = (*straggler - self.fastest() + LEAST_DELAY).clamp(LEAST_DELAY, MOST_DELAY);
        // Until the window has been filled once, the first guess stands, unless it is too little.
        self.wanted = if self.count < WINDOW { wanted.max(self.wanted) } else { wanted };
    }

    fn fastest(&self) -> i64 {
        self.last.iter().take(self.count).min().copied().unwrap_or_default()
    }
}

#[cfg(test)]
mod tests;
