//! G.722 (ITU-T G.722, 64 kbit/s) as telephone sound: 8 kHz in and out.
//!
//! G.722 codes two bands of 4 kHz each. What we join it with (G.711, prompts, the mixer) has only the lower one, so only that is
//! computed: our encoder says silence for the upper band, our decoder does not look at it. The quadrature filter of the codec then
//! is the resampling between 16 and 8 kHz. Two G.722 legs are relayed and keep their full sound.
//!
//! Names of steps and variables are those of the recommendation (§6.2).

use super::FRAME;

/// Codes of a frame of 20 ms; the RTP clock counts them (RFC 3551 §4.5.2).
pub type Codes = [u8; FRAME];
/// Upper band in our codes: the smallest positive difference, which stays at the floor of its scale.
const UPPER_SILENCE: u8 = 0xc0;

/// Decision levels of the 6-bit quantizer (table 15).
const Q6: [i32; 30] = [
    0, 35, 72, 110, 150, 190, 233, 276, 323, 370, 422, 473, 530, 587, 650, 714, 786, 858, 940, 1023, 1121,
    1219, 1339, 1458, 1612, 1765, 1980, 2195, 2557, 2919,
];
/// Codes of the intervals of negative and of positive differences (table 17).
const ILN: [u8; 31] = [
    0, 63, 62, 31, 30, 29, 28, 27, 26, 25, 24, 23, 22, 21, 20, 19, 18, 17, 16, 15, 14, 13, 12, 11, 10, 9, 8,
    7, 6, 5, 4,
];
const ILP: [u8; 31] = [
    0, 61, 60, 59, 58, 57, 56, 55, 54, 53, 52, 51, 50, 49, 48, 47, 46, 45, 44, 43, 42, 41, 40, 39, 38, 37,
    36, 35, 34, 33, 32,
];
/// Outputs of the inverse quantizers of 4 and of 6 bits (tables 18 and 21).
const QM4: [i32; 16] =
    [0, -20456, -12896, -8968, -6288, -4240, -2584, -1200, 20456, 12896, 8968, 6288, 4240, 2584, 1200, 0];
const QM6: [i32; 64] = [
    -136, -136, -136, -136, -24808, -21904, -19008, -16704, -14984, -13512, -12280, -11192, -10232, -9360,
    -8576, -7856, -7192, -6576, -6000, -5456, -4944, -4464, -4008, -3576, -3168, -2776, -2400, -2032, -1688,
    -1360, -1040, -728, 24808, 21904, 19008, 16704, 14984, 13512, 12280, 11192, 10232, 9360, 8576, 7856,
    7192, 6576, 6000, 5456, 4944, 4464, 4008, 3576, 3168, 2776, 2400, 2032, 1688, 1360, 1040, 728, 432, 136,
    -432, -136,
];
/// Multipliers of the logarithmic scale factor (table 19) for each 4-bit code.
const WL: [i32; 16] = [-60, 3042, 1198, 538, 334, 172, 58, -30, 3042, 1198, 538, 334, 172, 58, -30, -60];
/// The linear scale (table 20).
const ILB: [i32; 32] = [
    2048, 2093, 2139, 2186, 2233, 2282, 2332, 2383, 2435, 2489, 2543, 2599, 2656, 2714, 2774, 2834, 2896,
    2960, 3025, 3091, 3158, 3228, 3298, 3371, 3444, 3520, 3597, 3676, 3756, 3838, 3922, 4008,
];

/// One for each stream that we send.
#[derive(Clone, Debug, Default)]
pub struct Encoder {
    band: Band,
}

impl Encoder {
    /// Encodes as many samples as both slices have; returns how many.
    pub fn encode(&mut self, samples: &[i16], codes: &mut [u8]) -> usize {
        for (code, sample) in codes.iter_mut().zip(samples) {
            *code = UPPER_SILENCE | self.band.encode(i32::from(*sample) >> 1);
        }
        samples.len().min(codes.len())
    }
}

/// One for each stream that we receive.
#[derive(Clone, Debug, Default)]
pub struct Decoder {
    band: Band,
}

impl Decoder {
    /// Decodes as many codes as both slices have; returns how many.
    pub fn decode(&mut self, codes: &[u8], samples: &mut [i16]) -> usize {
        for (sample, code) in samples.iter_mut().zip(codes) {
            *sample = (self.band.decode(code & 0x3f) << 1) as i16;
        }
        samples.len().min(codes.len())
    }
}

/// The lower band: adaptive prediction with two poles and six zeros, and an adaptive quantizer.
#[derive(Clone, Debug)]
struct Band {
    /// Predicted signal, and its part of the zeros.
    s: i32,
    sz: i32,
    /// Coefficients and last reconstructed signals of the poles.
    a: [i32; 2],
    r: [i32; 2],
    p: [i32; 2],
    /// Coefficients and last differences of the zeros.
    b: [i32; 6],
    d: [i32; 6],
    /// Scale factor, logarithmic and linear.
    nb: i32,
    det: i32,
}

impl Default for Band {
    fn default() -> Self {
        Self { s: 0, sz: 0, a: [0; 2], r: [0; 2], p: [0; 2], b: [0; 6], d: [0; 6], nb: 0, det: 32 }
    }
}

impl Band {
    fn encode(&mut self, xl: i32) -> u8 {
        let el = saturated(xl - self.s);
        // QUANTL.
        let magnitude = if el >= 0 { el } else { -(el + 1) };
        let interval =
            Q6.iter().skip(1).position(|level| magnitude < (level * self.det) >> 12).unwrap_or(29) + 1;
        let code = at(if el < 0 { &ILN } else { &ILP }, interval);
        self.adapt(code);
        code
    }

    fn decode(&mut self, code: u8) -> i32 {
        let difference = (self.det * at(&QM6, code.into())) >> 15;
        let rl = (self.s + difference).clamp(-16_384, 16_383);
        self.adapt(code);
        rl
    }

    /// What encoder and decoder do alike, so that they stay in step: by the four upper bits of the code.
    fn adapt(&mut self, code: u8) {
        let code = usize::from(code >> 2);
        let d = (self.det * at(&QM4, code)) >> 15;
        // LOGSCL and SCALEL.
        self.nb = (((self.nb * 127) >> 7) + at(&WL, code)).clamp(0, 18_432);
        let linear = at(&ILB, (self.nb >> 6 & 31) as usize);
        let shift = 8 - (self.nb >> 11);
        self.det = if shift < 0 { linear << -shift } else { linear >> shift } << 2;
        self.predict(d);
    }

    fn predict(&mut self, d: i32) {
        let [a1, a2] = self.a;
        let (r, p) = (saturated(self.s + d), saturated(self.sz + d));
        let same = self.p.map(|before| (before < 0) == (p < 0));
        // UPPOL2.
        let wd = saturated(a1 << 2);
        let wd = if same[0] { (-wd).min(32_767) } else { wd };
        let a2 = (wd >> 7) + if same[1] { 128 } else { -128 } + ((a2 * 32_512) >> 15);
        let a2 = a2.clamp(-12_288, 12_288);
        // UPPOL1.
        let limit = 15_360 - a2;
        let a1 = (if same[0] { 192 } else { -192 } + ((a1 * 32_640) >> 15)).clamp(-limit, limit);
        self.a = [a1, a2];
        // UPZERO.
        let step = if d == 0 { 0 } else { 128 };
        for (b, before) in self.b.iter_mut().zip(&self.d) {
            let step = if (*before < 0) == (d < 0) { step } else { -step };
            *b = saturated(step + ((*b * 32_640) >> 15));
        }
        // DELAYA.
        self.d.rotate_right(1);
        self.d[0] = d;
        self.r = [r, self.r[0]];
        self.p = [p, self.p[0]];
        // FILTEP, FILTEZ, PREDIC.
        let filtered = |coefficient: i32, signal: i32| (coefficient * saturated(2 * signal)) >> 15;
        let sp = saturated(filtered(a1, self.r[0]) + filtered(a2, self.r[1]));
        self.sz = saturated(self.b.iter().zip(&self.d).map(|(b, d)| filtered(*b, *d)).sum());
        self.s = saturated(sp + self.sz);
    }
}

fn saturated(value: i32) -> i32 {
    value.clamp(-32_768, 32_767)
}

fn at<T: Copy + Default>(table: &[T], index: usize) -> T {
    table.get(index).copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use ezk_g722::libg722::{Bitrate, decoder, encoder};
    use proptest::prelude::*;

    use super::*;
    use crate::protocol::rtp::tone;

    fn there_and_back(samples: &[i16]) -> Vec<i16> {
        let (mut codes, mut back) = (vec![0; samples.len()], vec![0; samples.len()]);
        Encoder::default().encode(samples, &mut codes);
        Decoder::default().decode(&codes, &mut back);
        back
    }

    fn signal_to_noise(wanted: &[i16], got: &[i16]) -> f64 {
        let power = |samples: &mut dyn Iterator<Item = f64>| samples.map(|s| s * s).sum::<f64>();
        let signal = power(&mut wanted.iter().map(|s| f64::from(*s)));
        let noise = power(&mut wanted.iter().zip(got).map(|(a, b)| f64::from(*a) - f64::from(*b)));
        10.0 * (signal / noise.max(1.0)).log10()
    }

    #[test]
    fn tones_of_the_telephone_band_come_back_clean() {
        for frequency in [300.0, 700.0, 1_000.0, 2_000.0, 3_000.0, 3_400.0] {
            for level in [0.01, 0.1, 0.5] {
                let mut samples = [0; 8_000];
                tone::sine(frequency, level, 0, &mut samples);
                let snr = signal_to_noise(&samples[800..], &there_and_back(&samples)[800..]);
                let wanted = if level < 0.05 { 25.0 } else { 30.0 };
                assert!(snr > wanted, "{frequency} Hz at {level}: {snr} dB");
            }
        }
    }

    #[test]
    fn another_makers_wideband_tone_is_heard_at_its_level() {
        let wide: Vec<i16> = (0..16_000)
            .map(|n| ((f64::from(n) * 1_000.0 / 16_000.0 * std::f64::consts::TAU).sin() * 8_000.0) as i16)
            .collect();
        let codes = encoder::Encoder::new(Bitrate::Mode1_64000, false, false).encode(&wide);
        assert_eq!(codes.len(), 8_000);
        let mut heard = [0; 8_000];
        Decoder::default().decode(&codes, &mut heard);
        assert!(tone::share(&heard[800..], 1_000.0) > 0.99);
        let level = tone::rms(&heard[800..]) / (8_000.0 / 2_f64.sqrt());
        assert!((0.95..1.05).contains(&level), "{level}");
    }

    #[test]
    fn another_maker_hears_our_tone_in_wideband_and_nothing_above_it() {
        let mut samples = [0; 8_000];
        tone::sine(1_000.0, 0.25, 0, &mut samples);
        let mut codes = [0; 8_000];
        Encoder::default().encode(&samples, &mut codes);
        let wide = decoder::Decoder::new(Bitrate::Mode1_64000, false, false).decode(&codes);
        assert_eq!(wide.len(), 16_000);
        // 1,000 Hz at 16 kHz is 500 Hz to the meter, which counts at 8 kHz.
        assert!(tone::share(&wide[1_600..], 500.0) > 0.99);
        let level = tone::rms(&wide[1_600..]) / tone::rms(&samples[800..]);
        assert!((0.95..1.05).contains(&level), "{level}");
    }

    /// The other maker begins with another scale factor, which is forgotten after a while.
    #[test]
    fn decoded_samples_are_those_of_another_maker_bit_for_bit() {
        let mut samples = [0; 16_000];
        tone::sine(440.0, 0.4, 0, &mut samples[..8_000]);
        tone::sine(1_700.0, 0.02, 0, &mut samples[8_000..]);
        let mut codes = [0; 16_000];
        Encoder::default().encode(&samples, &mut codes);
        let theirs = decoder::Decoder::new(Bitrate::Mode1_64000, false, true).decode(&codes);
        let mut ours = [0; 16_000];
        Decoder::default().decode(&codes, &mut ours);
        assert_eq!(ours[4_000..], theirs[4_000..]);
    }

    #[test]
    fn silence_stays_silent() {
        assert!(there_and_back(&[0; 4_000])[200..].iter().all(|sample| sample.abs() <= 8));
    }

    proptest! {
        #[test]
        fn no_codes_and_no_samples_overflow(codes in proptest::collection::vec(any::<u8>(), 0..2_000),
            samples in proptest::collection::vec(any::<i16>(), 0..2_000)) {
            Decoder::default().decode(&codes, &mut vec![0; codes.len()]);
            Encoder::default().encode(&samples, &mut vec![0; samples.len()]);
        }
    }
}
