//! Which tone stands in a stretch of samples (Goertzel): how tests and benches know who is heard where.

use std::f64::consts::TAU;

use super::SAMPLE_RATE;

/// A tone that holds less of the power is not *the* tone of a stretch: another one of the same strength would leave it half.
const DOMINANT: f64 = 0.7;
/// RMS below which a stretch counts as quiet: about -60 dBm0.
const QUIET: f64 = 30.0;

/// Power of a sine of this frequency in the samples, as a share of all their power: 1 for that sine alone, 0 for anything else.
pub fn share(samples: &[i16], frequency: f64) -> f64 {
    let coefficient = 2.0 * (TAU * frequency / f64::from(SAMPLE_RATE)).cos();
    let (mut before, mut last, mut energy) = (0.0, 0.0, 0.0);
    for sample in samples {
        let sample = f64::from(*sample);
        energy += sample * sample;
        (before, last) = (last, sample + coefficient * last - before);
    }
    let power = last * last + before * before - coefficient * last * before;
    if energy == 0.0 { 0.0 } else { 2.0 * power / (energy * samples.len() as f64) }
}

/// The one of `candidates` that dominates the stretch; `None` for quiet, speech, noise and mixtures.
pub fn dominant(samples: &[i16], candidates: &[f64]) -> Option<f64> {
    if rms(samples) < QUIET {
        return None;
    }
    candidates.iter().copied().find(|frequency| share(samples, *frequency) > DOMINANT)
}

/// Root mean square of the samples.
pub fn rms(samples: &[i16]) -> f64 {
    let energy: f64 = samples.iter().map(|sample| f64::from(*sample).powi(2)).sum();
    (energy / samples.len().max(1) as f64).sqrt()
}

/// A sine, from sample number `from` on, so that frames join without a click. `level`: its peak, 0 to 1 of full scale.
pub fn sine(frequency: f64, level: f64, from: u64, target: &mut [i16]) {
    for (n, sample) in (from..).zip(target.iter_mut()) {
        // The phase in whole samples of a second keeps its precision however long the tone lasts.
        let turns = frequency * (n % u64::from(SAMPLE_RATE)) as f64 / f64::from(SAMPLE_RATE);
        let whole_seconds = frequency * (n / u64::from(SAMPLE_RATE)) as f64;
        *sample = ((TAU * (turns + whole_seconds.fract())).sin() * level * f64::from(i16::MAX)) as i16;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TONES: [f64; 4] = [440.0, 700.0, 1_000.0, 1_900.0];

    #[test]
    fn a_tone_is_found_among_others() {
        for tone in TONES {
            for level in [0.01, 0.3, 1.0] {
                let mut samples = [0; 400];
                sine(tone, level, 12_345, &mut samples);
                assert_eq!(dominant(&samples, &TONES), Some(tone), "{tone} at {level}");
            }
        }
    }

    #[test]
    fn frames_join_without_a_click() {
        let mut whole = [0; 800];
        sine(443.7, 0.5, 7_600, &mut whole);
        let mut pieces = [0; 800];
        for (n, piece) in pieces.chunks_mut(160).enumerate() {
            sine(443.7, 0.5, 7_600 + n as u64 * 160, piece);
        }
        assert_eq!(whole, pieces);
        assert!(whole.windows(2).all(|pair| (pair[0] - pair[1]).abs() < 6_500));
    }

    #[test]
    fn silence_noise_and_two_tones_are_no_tone() {
        assert_eq!(dominant(&[0; 400], &TONES), None);
        assert_eq!(dominant(&[], &TONES), None);
        let mut state = 1_u32;
        let noise: Vec<i16> = (0..400)
            .map(|_| {
                state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                (state >> 18) as i16 - 8_192
            })
            .collect();
        assert_eq!(dominant(&noise, &TONES), None);
        let (mut one, mut other) = ([0; 400], [0; 400]);
        sine(440.0, 0.4, 0, &mut one);
        sine(1_000.0, 0.4, 0, &mut other);
        let both: Vec<i16> = one.iter().zip(other).map(|(a, b)| a + b).collect();
        assert_eq!(dominant(&both, &TONES), None);
        assert!(share(&both, 440.0) > 0.4 && share(&both, 1_000.0) > 0.4);
    }
}
