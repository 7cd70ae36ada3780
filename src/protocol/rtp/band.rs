//! Sound of any rate, brought to the telephone: 8 kHz, its band, one loudness.
//!
//! All of it is computed with room above full scale and made louder last: a filter's ringing would clip a voice that is at full scale already.

use std::f32::consts::PI;

use super::SAMPLE_RATE;

/// Rates that sound cards and speech programs have.
pub const RATES: std::ops::RangeInclusive<u32> = 8_000..=192_000;

/// The telephone's band (ITU-T G.712).
const LOWEST_HZ: f32 = 200.0;
const HIGHEST_HZ: f32 = 3_400.0;

/// Of the low-pass, on each side, in samples of the result.
const REACH: f32 = 16.0;

/// Below it is silence.
const SILENCE: f32 = 0.003;
/// Left of the silence at both ends: 50 ms.
const EDGE: usize = SAMPLE_RATE as usize / 20;
/// 5 ms, so that it neither begins nor ends with a click.
const FADE: usize = SAMPLE_RATE as usize / 200;

/// 3 dB below full scale leaves room for G.711.
const LOUDEST: f32 = 0.707;
/// What is so quiet that it had to be raised by more than this is noise. 20 dB.
const MOST_GAIN: f32 = 10.0;

/// `None`: there is nothing in it but silence. `rate` is one of [`RATES`]; samples are from -1 to 1.
pub fn to_telephone(samples: &[f32], rate: u32) -> Option<Vec<i16>> {
    let mut sound = without_rumble(resampled(samples, rate));
    trim(&mut sound)?;
    let peak = sound.iter().fold(0.0_f32, |peak, sample| peak.max(sample.abs()));
    let gain = (LOUDEST / peak).min(MOST_GAIN);
    let length = sound.len();
    let loud = sound.iter().enumerate().map(|(at, sample)| {
        let edge = (at.min(length - 1 - at) as f32 / FADE as f32).min(1.0);
        // Casting saturates.
        (sample * gain * edge * f32::from(i16::MAX)) as i16
    });
    Some(loud.collect())
}

/// By a windowed sinc, one set of weights for each phase that the two rates can have to each other.
fn resampled(samples: &[f32], rate: u32) -> Vec<f32> {
    let rate = rate.clamp(*RATES.start(), *RATES.end());
    let common = greatest_common(rate, SAMPLE_RATE);
    let (step, phases) = ((rate / common) as usize, (SAMPLE_RATE / common) as usize);
    let ratio = rate as f32 / SAMPLE_RATE as f32;
    let reach = (REACH * ratio).ceil() as usize;
    let cutoff = 2.0 * HIGHEST_HZ / rate as f32;
    let weights: Vec<Vec<f32>> = (0..phases)
        .map(|phase| {
            let offset = phase as f32 / phases as f32;
            let weight = |tap: usize| {
                let distance = tap as f32 - reach as f32 + 1.0 - offset;
                cutoff * sinc(cutoff * distance) * window(distance / reach as f32)
            };
            (0..2 * reach).map(weight).collect()
        })
        .collect();
    let count = samples.len().saturating_mul(phases) / step;
    let one = |at: usize| {
        let place = at * step;
        let first = place / phases + 1;
        let Some(weights) = weights.get(place % phases) else { return 0.0 };
        // The first weight belongs to the sample `reach - 1` before this place.
        let (skipped, from) = (reach.saturating_sub(first), first.saturating_sub(reach));
        let heard = samples.get(from..).unwrap_or_default();
        weights.iter().skip(skipped).zip(heard).map(|(weight, sample)| weight * sample).sum()
    };
    (0..count).map(one).collect()
}

fn sinc(x: f32) -> f32 {
    if x.abs() < 1e-6 { 1.0 } else { (PI * x).sin() / (PI * x) }
}

/// Hann; `x` from -1 to 1.
fn window(x: f32) -> f32 {
    if x.abs() >= 1.0 { 0.0 } else { 0.5 + 0.5 * (PI * x).cos() }
}

/// A high-pass of the second order (Butterworth, by the bilinear transform).
fn without_rumble(mut sound: Vec<f32>) -> Vec<f32> {
    let k = (PI * LOWEST_HZ / SAMPLE_RATE as f32).tan();
    let norm = 1.0 / (1.0 + std::f32::consts::SQRT_2 * k + k * k);
    let (b1, b2) = (2.0 * (k * k - 1.0) * norm, (1.0 - std::f32::consts::SQRT_2 * k + k * k) * norm);
    let (mut x1, mut x2, mut y1, mut y2) = (0.0, 0.0, 0.0, 0.0);
    for sample in &mut sound {
        let x = *sample;
        let y = norm * (x - 2.0 * x1 + x2) - b1 * y1 - b2 * y2;
        (x2, x1, y2, y1) = (x1, x, y1, y);
        *sample = y;
    }
    sound
}

/// Takes the silence off both ends.
fn trim(sound: &mut Vec<f32>) -> Option<()> {
    let loud = |sample: &f32| sample.abs() > SILENCE;
    let from = sound.iter().position(loud)?.saturating_sub(EDGE);
    let until = sound.iter().rposition(loud)?.saturating_add(EDGE);
    sound.truncate(until);
    sound.drain(..from.min(sound.len()));
    Some(())
}

fn greatest_common(a: u32, b: u32) -> u32 {
    if b == 0 { a } else { greatest_common(b, a % b) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tone(hertz: f32, rate: u32, seconds: f32, level: f32) -> Vec<f32> {
        let count = (rate as f32 * seconds) as usize;
        (0..count).map(|n| level * (2.0 * PI * hertz * n as f32 / rate as f32).sin()).collect()
    }

    /// How much of one frequency is in it, of full scale.
    fn level(sound: &[i16], hertz: f32) -> f32 {
        let (mut a, mut b) = (0.0_f32, 0.0_f32);
        for (n, sample) in sound.iter().enumerate() {
            let angle = 2.0 * PI * hertz * n as f32 / SAMPLE_RATE as f32;
            a += f32::from(*sample) * angle.cos();
            b += f32::from(*sample) * angle.sin();
        }
        2.0 * (a * a + b * b).sqrt() / sound.len() as f32 / f32::from(i16::MAX)
    }

    #[test]
    fn tone_keeps_its_pitch_and_length_from_every_rate() {
        for rate in [8_000, 11_025, 16_000, 22_050, 44_100, 48_000, 96_000, 22_051] {
            let sound = to_telephone(&tone(1_000.0, rate, 1.0, 0.3), rate).unwrap();
            assert!(sound.len().abs_diff(8_000) < 900, "{rate}: {}", sound.len());
            assert!(level(&sound, 1_000.0) > 0.6, "{rate}: {}", level(&sound, 1_000.0));
            assert!(level(&sound, 1_500.0) < 0.02, "{rate}");
        }
    }

    #[test]
    fn what_a_telephone_does_not_carry_does_not_come_back_as_something_else() {
        // 6 kHz would be heard as 2 kHz.
        let mut mixed = tone(1_000.0, 22_050, 1.0, 0.4);
        mixed.iter_mut().zip(tone(6_000.0, 22_050, 1.0, 0.4)).for_each(|(a, b)| *a += b);
        let sound = to_telephone(&mixed, 22_050).unwrap();
        assert!(level(&sound, 2_000.0) < 0.01, "{}", level(&sound, 2_000.0));
        assert!(level(&sound, 1_000.0) > 0.6);
    }

    #[test]
    fn loud_voice_does_not_clip_and_quiet_one_is_raised() {
        for loudness in [0.05, 1.0] {
            let sound = to_telephone(&tone(440.0, 44_100, 0.5, loudness), 44_100).unwrap();
            let peak = sound.iter().map(|s| s.unsigned_abs()).max().unwrap();
            let expected = if loudness < 0.1 { 15_000..=24_000 } else { 22_000..=24_000 };
            assert!(expected.contains(&peak), "{loudness}: {peak}");
        }
    }

    #[test]
    fn silence_is_nothing_and_is_taken_off_both_ends() {
        assert_eq!(to_telephone(&vec![0.0; 48_000], 48_000), None);
        assert_eq!(to_telephone(&[], 8_000), None);
        let silence = vec![0.0; 8_000];
        let whole = [silence.clone(), tone(700.0, 8_000, 1.0, 0.5), silence].concat();
        let sound = to_telephone(&whole, 8_000).unwrap();
        assert!((8_000..9_200).contains(&sound.len()), "{}", sound.len());
    }

    #[test]
    fn odd_input_is_no_trouble() {
        for samples in [vec![1.0], vec![f32::NAN; 100], vec![f32::INFINITY; 100], vec![-1.0; 3]] {
            for rate in [8_000, 192_000, 191_999] {
                let _ = to_telephone(&samples, rate);
            }
        }
    }
}
