//! What a listener hears instead of a packet that did not come: the last pitch period again and again, fading out. The idea of
//! G.711 appendix I, without its finer points.

use super::FRAME;
use super::mix::Frame;

/// What is remembered of the sound before: two frames.
const HISTORY: usize = 2 * FRAME;
/// Pitch periods of voices: 200 Hz down to 50 Hz, at 8 kHz.
const SHORTEST: usize = 40;
const LONGEST: usize = 160;
/// Stretch that is compared with what was one period before.
const COMPARED: usize = HISTORY - LONGEST;
/// After so many samples nothing is left: 60 ms, as appendix I.
const FADE: i32 = 3 * FRAME as i32;
/// Sound that comes back is blended in over 4 ms.
const BLEND: i32 = 32;

#[derive(Debug)]
pub struct Concealer {
    /// The sound before, with made-up samples at full strength, and room for the present frame.
    sound: [i16; HISTORY + FRAME],
    state: State,
}

#[derive(Clone, Copy, Debug)]
enum State {
    Whole,
    /// The period that is repeated, and how many samples were made up.
    Gap {
        period: usize,
        made: i32,
    },
    /// Comes back, so many samples ago.
    Back {
        period: usize,
        made: i32,
        since: i32,
    },
}

impl Default for Concealer {
    fn default() -> Self {
        Self { sound: [0; HISTORY + FRAME], state: State::Gap { period: LONGEST, made: FADE } }
    }
}

impl Concealer {
    /// A frame of which all came.
    pub fn heard(&mut self, frame: &mut Frame) {
        if matches!(self.state, State::Whole) {
            if let Some(present) = self.sound.get_mut(HISTORY..) {
                present.copy_from_slice(frame);
            }
            self.sound.copy_within(FRAME.., 0);
        } else {
            self.fill(frame, &[true; FRAME]);
        }
    }

    /// Makes up the samples that did not come.
    pub fn fill(&mut self, frame: &mut Frame, came: &[bool; FRAME]) {
        for (at, (sample, came)) in (HISTORY..).zip(frame.iter_mut().zip(came)) {
            let sound = if *came { self.real(at, sample) } else { self.made_up(at, sample) };
            if let Some(slot) = self.sound.get_mut(at) {
                *slot = sound;
            }
        }
        self.sound.copy_within(FRAME.., 0);
    }

    /// Nothing came for so long that nothing is made up any more.
    pub fn is_silent(&self) -> bool {
        matches!(self.state, State::Gap { made, .. } if made >= FADE)
    }

    /// A sample that came, blended with what would be made up when there was a gap before; returns what is remembered.
    fn real(&mut self, at: usize, sample: &mut i16) -> i16 {
        let (period, made, since) = match self.state {
            State::Whole => return *sample,
            State::Gap { period, made } => (period, made, 0),
            State::Back { period, made, since } => (period, made, since),
        };
        let (_, faded) = self.repeated(at, period, made);
        *sample = ((i32::from(faded) * (BLEND - since) + i32::from(*sample) * since) / BLEND) as i16;
        self.state = match since + 1 {
            BLEND.. => State::Whole,
            since => State::Back { period, made, since },
        };
        *sample
    }

    /// A sample that did not come; returns what is remembered.
    fn made_up(&mut self, at: usize, sample: &mut i16) -> i16 {
        let (period, made) = match self.state {
            State::Whole => (self.period(at), 0),
            State::Gap { period, made } | State::Back { period, made, .. } => (period, made),
        };
        let (full, faded) = self.repeated(at, period, made);
        self.state = State::Gap { period, made: made.saturating_add(1) };
        *sample = faded;
        full
    }

    /// What stands one period before, and its faded strength.
    fn repeated(&self, at: usize, period: usize, made: i32) -> (i16, i16) {
        let full = self.sound.get(at - period).copied().unwrap_or_default();
        (full, (i32::from(full) * (FADE - made).max(0) / FADE) as i16)
    }

    /// The shift by which the sound before a place is most like the sound before that.
    fn period(&self, at: usize) -> usize {
        let newest = self.sound.get(at - COMPARED..at).unwrap_or_default();
        let mut best = (LONGEST, 0.0);
        for shift in SHORTEST..=LONGEST {
            let before = self.sound.get(at - COMPARED - shift..at - shift).unwrap_or_default();
            let (mut together, mut energy) = (0.0_f32, 1.0_f32);
            for (new, old) in newest.iter().zip(before) {
                let (new, old) = (f32::from(*new), f32::from(*old));
                together += new * old;
                energy += old * old;
            }
            let likeness = together.max(0.0) / energy.sqrt();
            // A longer shift of the same likeness is a multiple of the period.
            if likeness > best.1 * 1.001 {
                best = (shift, likeness);
            }
        }
        best.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::rtp::tone;

    fn after_a_tone(frequency: f64) -> (Concealer, Frame) {
        let mut concealer = Concealer::default();
        let mut frame = [0; FRAME];
        for n in 0..3 {
            tone::sine(frequency, 0.5, n * FRAME as u64, &mut frame);
            concealer.heard(&mut frame);
        }
        (concealer, frame)
    }

    #[test]
    fn a_lost_frame_of_a_voice_goes_on_at_its_pitch() {
        for frequency in [90.0, 130.0, 210.0, 440.0] {
            let (mut concealer, last) = after_a_tone(frequency);
            let mut made = [0; FRAME];
            concealer.fill(&mut made, &[false; FRAME]);
            assert!(tone::share(&made, frequency) > 0.6, "{frequency}: {}", tone::share(&made, frequency));
            // No click where it begins: no step larger than the tone itself has, and a fourth.
            let steepest = last.windows(2).map(|pair| (pair[1] - pair[0]).abs()).max().unwrap();
            assert!((made[0] - last[FRAME - 1]).abs() <= steepest * 5 / 4 + 200, "{frequency}");
        }
    }

    #[test]
    fn a_long_gap_fades_into_silence() {
        let (mut concealer, _) = after_a_tone(200.0);
        let mut loudness = Vec::new();
        for _ in 0..4 {
            let mut made = [0; FRAME];
            concealer.fill(&mut made, &[false; FRAME]);
            loudness.push(tone::rms(&made));
        }
        assert!(loudness.is_sorted_by(|a, b| a > b), "{loudness:?}");
        assert!(loudness[3] < 1.0 && concealer.is_silent());
    }

    #[test]
    fn sound_that_comes_back_is_blended_in() {
        let (mut concealer, _) = after_a_tone(200.0);
        let mut made = [0; FRAME];
        concealer.fill(&mut made, &[false; FRAME]);
        let mut loud = [-20_000; FRAME];
        concealer.heard(&mut loud);
        assert!((loud[0] - made[FRAME - 1]).abs() < 4_000);
        assert_eq!(loud[BLEND as usize..], [-20_000; FRAME][BLEND as usize..]);
    }

    #[test]
    fn only_what_is_missing_is_made_up() {
        let (mut concealer, _) = after_a_tone(200.0);
        let mut came = [true; FRAME];
        came[100..].fill(false);
        let mut whole = [0; FRAME];
        tone::sine(200.0, 0.5, 3 * FRAME as u64, &mut whole);
        let mut frame = whole;
        frame[100..].fill(0);
        concealer.fill(&mut frame, &came);
        assert_eq!(frame[..100], whole[..100]);
        assert!(frame[100..].iter().zip(&whole[100..]).all(|(made, real)| (made - real).abs() < 2_500));
    }
}
