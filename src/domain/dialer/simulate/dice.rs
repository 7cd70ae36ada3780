//! Chance that can be repeated: the same seed gives the same days on every machine and with every version of any library.

/// xoshiro256++ (Blackman and Vigna, 2019), seeded by splitmix64.
#[derive(Clone, Debug)]
pub struct Dice([u64; 4]);

impl Dice {
    pub fn new(seed: u64) -> Self {
        let mut state = seed;
        Self(std::array::from_fn(|_| {
            state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
            let mut z = state;
            z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
            z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
            z ^ (z >> 31)
        }))
    }

    pub fn bits(&mut self) -> u64 {
        let [a, b, c, d] = self.0;
        let out = a.wrapping_add(d).rotate_left(23).wrapping_add(a);
        let (moved, c, d) = (b << 17, c ^ a, d ^ b);
        self.0 = [a ^ d, b ^ c, c ^ moved, d.rotate_left(45)];
        out
    }

    /// Within 0 and 1, neither of them.
    pub fn share(&mut self) -> f64 {
        ((self.bits() >> 11) as f64 + 0.5) / (1_u64 << 53) as f64
    }

    pub fn chance(&mut self, probability: f64) -> bool {
        self.share() < probability
    }

    pub fn between(&mut self, from: f64, to: f64) -> f64 {
        from + (to - from) * self.share()
    }

    /// By its mean and its coefficient of variation.
    pub fn log_normal(&mut self, mean: f64, variation: f64) -> f64 {
        let variance = (1.0 + variation * variation).ln();
        (mean.max(1e-9).ln() - variance / 2.0 + variance.sqrt() * self.normal()).exp()
    }

    /// Box and Muller, 1958.
    fn normal(&mut self) -> f64 {
        (-2.0 * self.share().ln()).sqrt() * (std::f64::consts::TAU * self.share()).cos()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_the_published_generator() {
        // The reference implementation with the state 1, 2, 3, 4.
        let mut dice = Dice([1, 2, 3, 4]);
        let first: Vec<u64> = (0..5).map(|_| dice.bits()).collect();
        assert_eq!(
            first,
            [41_943_041, 58_720_359, 3_588_806_011_781_223, 3_591_011_842_654_386, 9_228_616_714_210_784_205]
        );
    }

    #[test]
    fn durations_have_the_mean_and_spread_that_was_asked_for() {
        let mut dice = Dice::new(1);
        let drawn: Vec<f64> = (0..200_000).map(|_| dice.log_normal(135.0, 0.5)).collect();
        let mean = drawn.iter().sum::<f64>() / drawn.len() as f64;
        let variance = drawn.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / drawn.len() as f64;
        assert!((mean - 135.0).abs() < 1.0, "{mean}");
        assert!((variance.sqrt() / mean - 0.5).abs() < 0.01);
    }
}
