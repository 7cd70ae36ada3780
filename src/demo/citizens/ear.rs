//! Hears when the voice at the other end has stopped: then a citizen presses a key or begins to speak.

use std::time::Duration;

/// Mean amplitude over which a frame is a voice or a beep and not the noise of a line.
const LOUD: u32 = 250;
/// A pause between two sentences is shorter than this.
const STOPPED_AFTER: Duration = Duration::from_millis(1_100);
/// A citizen who heard nothing at all begins anyway.
const HEARD_NOTHING: Duration = Duration::from_secs(4);
/// Nobody listens longer.
const LONGEST: Duration = Duration::from_secs(45);

/// The longest wait in a queue, with all that is heard on the way to it.
const LONGEST_WAIT: Duration = Duration::from_secs(360);

#[derive(Clone, Debug)]
pub struct Ear {
    longest: Duration,
    heard: bool,
    loud: bool,
    quiet: Duration,
    listened: Duration,
}

impl Default for Ear {
    fn default() -> Self {
        let none = Duration::ZERO;
        Self { longest: LONGEST, heard: false, loud: false, quiet: none, listened: none }
    }
}

impl Ear {
    /// Hears the music of a queue to its end; it has no pauses, people who answer have.
    pub fn patient() -> Self {
        Self { longest: LONGEST_WAIT, ..Self::default() }
    }

    pub fn hear(&mut self, samples: &[i16]) {
        let sum: u32 = samples.iter().map(|s| u32::from(s.unsigned_abs())).sum();
        self.loud |= sum > LOUD * samples.len() as u32;
    }

    /// After each `step` of time: whether the voice has stopped.
    pub fn stopped(&mut self, step: Duration) -> bool {
        self.listened += step;
        if std::mem::take(&mut self.loud) {
            self.heard = true;
            self.quiet = Duration::ZERO;
        } else {
            self.quiet += step;
        }
        let enough = if self.heard { STOPPED_AFTER } else { HEARD_NOTHING };
        self.quiet >= enough || self.listened >= self.longest
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const STEP: Duration = Duration::from_millis(20);

    fn until_stopped(ear: &mut Ear, mut sound: impl FnMut(usize) -> bool) -> Duration {
        for step in 0..10_000 {
            if sound(step) {
                ear.hear(&[3_000; 160]);
            }
            if ear.stopped(STEP) {
                return STEP * step as u32;
            }
        }
        panic!("never stopped")
    }

    #[test]
    fn pause_between_sentences_is_not_the_end() {
        // Two seconds of voice, half a second of pause, a second of voice.
        let end = until_stopped(&mut Ear::default(), |step| step < 100 || (125..175).contains(&step));
        assert!((Duration::from_millis(4_400)..Duration::from_millis(4_800)).contains(&end), "{end:?}");
    }

    #[test]
    fn silence_and_endless_voice_both_end() {
        assert!(until_stopped(&mut Ear::default(), |_| false) <= HEARD_NOTHING);
        assert!(until_stopped(&mut Ear::default(), |_| true) <= LONGEST);
    }

    #[test]
    fn music_is_heard_for_as_long_as_a_queue_lasts() {
        // Two minutes of music, then a greeting and its end.
        let end = until_stopped(&mut Ear::patient(), |step| step < 6_000 || (6_020..6_120).contains(&step));
        assert!((Duration::from_millis(123_300)..Duration::from_millis(123_700)).contains(&end), "{end:?}");
    }
}
