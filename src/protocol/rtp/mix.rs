//! Sums of frames for a conference: everybody hears all but themselves.

use super::FRAME;

/// A frame at 8 kHz.
pub type Frame = [i16; FRAME];

/// The sum of what the talkers say, kept wider than a sample, so that one talker can be taken out again exactly.
#[derive(Clone, Debug)]
pub struct Mix {
    sum: [i32; FRAME],
}

impl Default for Mix {
    fn default() -> Self {
        Self { sum: [0; FRAME] }
    }
}

impl Mix {
    pub fn clear(&mut self) {
        self.sum = [0; FRAME];
    }

    pub fn add(&mut self, frame: &Frame) {
        for (sum, sample) in self.sum.iter_mut().zip(frame) {
            // 65,536 talkers fit; a bridge has a handful.
            *sum = sum.saturating_add(i32::from(*sample));
        }
    }

    /// What everybody hears who does not talk.
    pub fn all(&self, target: &mut Frame) {
        for (target, sum) in target.iter_mut().zip(&self.sum) {
            *target = saturated(*sum);
        }
    }

    /// What a talker hears: all but `own`, which must have been added.
    pub fn all_but(&self, own: &Frame, target: &mut Frame) {
        for ((target, sum), own) in target.iter_mut().zip(&self.sum).zip(own) {
            *target = saturated(*sum - i32::from(*own));
        }
    }
}

/// Adds one frame to another in place: a whisper over a conversation.
pub fn add(target: &mut Frame, other: &Frame) {
    for (target, other) in target.iter_mut().zip(other) {
        *target = target.saturating_add(*other);
    }
}

fn saturated(sum: i32) -> i16 {
    sum.clamp(i32::from(i16::MIN), i32::from(i16::MAX)) as i16
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everybody_hears_all_but_themselves() {
        let voices = [[100; FRAME], [-30; FRAME], [7; FRAME]];
        let mut mix = Mix::default();
        voices.iter().for_each(|voice| mix.add(voice));
        let mut heard = [0; FRAME];
        for (voice, wanted) in voices.iter().zip([-23, 107, 70]) {
            mix.all_but(voice, &mut heard);
            assert_eq!(heard, [wanted; FRAME]);
        }
        mix.all(&mut heard);
        assert_eq!(heard, [77; FRAME]);
        mix.clear();
        mix.all(&mut heard);
        assert_eq!(heard, [0; FRAME]);
    }

    #[test]
    fn loud_voices_saturate_and_do_not_wrap_around() {
        let mut mix = Mix::default();
        let loud = [30_000; FRAME];
        (0..4).for_each(|_| mix.add(&loud));
        let mut heard = [0; FRAME];
        mix.all_but(&loud, &mut heard);
        assert_eq!(heard, [i16::MAX; FRAME]);
        // Exact again once the others are quiet: nothing was lost by saturation.
        let mut two = Mix::default();
        two.add(&loud);
        two.add(&[10_000; FRAME]);
        two.all_but(&loud, &mut heard);
        assert_eq!(heard, [10_000; FRAME]);
        let mut target = [-30_000; FRAME];
        add(&mut target, &[-10_000; FRAME]);
        assert_eq!(target, [i16::MIN; FRAME]);
    }
}
