//! How far a figure of a sample may be from that of the town.
//!
//! Shares have Wilson's interval (Journal of the American Statistical Association 22, 1927) unless somebody asks for the textbook's: it keeps what
//! it promises also for small groups and for rare answers, never leaves 0..1 and is no point when nobody or everybody said so (Brown, Cai &
//! DasGupta, Statistical Science 16, 2001; Newcombe, Statistics in Medicine 17, 1998).

use serde::Serialize;

use super::distribution::{normal, student};

/// How often intervals made so hold the true figure.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
#[serde(transparent)]
pub struct Level(f64);

impl Level {
    pub const USUAL: Self = Self(0.95);

    /// From 50 to 99.99 per cent.
    pub fn of_percent(percent: f64) -> Result<Self, BadSample> {
        if (50.0..=99.99).contains(&percent) { Ok(Self(percent / 100.0)) } else { Err(BadSample::Level) }
    }

    fn z(self) -> f64 {
        normal::quantile(0.5 + 0.5 * self.0)
    }
}

/// Whom a figure rests on.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Sample {
    n: f64,
    design_effect: f64,
    population: Option<f64>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadSample {
    #[error("a level is from 50 to 99.99 per cent")]
    Level,
    #[error("nobody was asked")]
    Nobody,
    #[error("more were asked than there are")]
    LargerThanPopulation,
    #[error("a design effect is a number above zero")]
    DesignEffect,
    #[error("a share is between 0 and 1")]
    Share,
    #[error("a margin of error is above 0 and below one half")]
    Margin,
}

/// From `low` to `high`; `margin` is half of what is between them.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Interval {
    pub low: f64,
    pub high: f64,
    pub margin: f64,
}

impl Sample {
    /// `design_effect`: by so much the variance is larger than of a simple sample of so many, 1 without weights.
    /// `population`: how many there are; without it, so many that it does not matter.
    pub fn new(n: u64, design_effect: f64, population: Option<u64>) -> Result<Self, BadSample> {
        if n == 0 {
            return Err(BadSample::Nobody);
        }
        if !(design_effect > 0.0 && design_effect.is_finite()) {
            return Err(BadSample::DesignEffect);
        }
        if population.is_some_and(|population| population < n) {
            return Err(BadSample::LargerThanPopulation);
        }
        Ok(Self { n: n as f64, design_effect, population: population.map(|population| population as f64) })
    }

    pub fn simple(n: u64) -> Result<Self, BadSample> {
        Self::new(n, 1.0, None)
    }

    /// What the variance is multiplied by because a part of the town was asked and is known: (N - n)/(N - 1) (Cochran, Sampling Techniques,
    /// 3rd edition, §2.6).
    fn left_unknown(&self) -> f64 {
        match self.population {
            Some(population) if population > 1.0 => (population - self.n) / (population - 1.0),
            Some(_) => 0.0,
            None => 1.0,
        }
    }

    /// So many of an endless town, simply drawn, would tell as much. Endless when everybody was asked.
    fn effective_n(&self) -> f64 {
        self.n / (self.design_effect * self.left_unknown())
    }
}

/// Wilson's, of a share.
pub fn wilson(share: f64, sample: &Sample, level: Level) -> Result<Interval, BadSample> {
    let (n, z) = (known_share(share, sample)?, level.z());
    if n == f64::INFINITY {
        return Ok(interval(share, share));
    }
    let square = z * z / n;
    let middle = (share + 0.5 * square) / (1.0 + square);
    let margin = z / (1.0 + square) * (share * (1.0 - share) / n + 0.25 * square / n).sqrt();
    // Exactly, where rounding would leave a trace.
    let low = if share == 0.0 { 0.0 } else { (middle - margin).max(0.0) };
    let high = if share == 1.0 { 1.0 } else { (middle + margin).min(1.0) };
    Ok(interval(low, high))
}

/// The textbook's p ± z √(p(1-p)/n), cut at 0 and 1 (its `margin` is not).
pub fn normal_approximation(share: f64, sample: &Sample, level: Level) -> Result<Interval, BadSample> {
    let n = known_share(share, sample)?;
    let margin = level.z() * (share * (1.0 - share) / n).sqrt();
    Ok(Interval { low: (share - margin).max(0.0), high: (share + margin).min(1.0), margin })
}

/// Of a mean, by Student's t with n - 1 degrees of freedom. `standard_error` has the weights in it already, as that of
/// [`Summary`](super::numeric::Summary) has; the design effect of the sample is not used. Of one respondent there is none.
pub fn mean(mean: f64, standard_error: f64, sample: &Sample, level: Level) -> Option<Interval> {
    let t = (sample.n > 1.0).then(|| student::quantile(0.5 + 0.5 * level.0, sample.n - 1.0))?;
    let margin = t * standard_error * sample.left_unknown().sqrt();
    Some(Interval { low: mean - margin, high: mean + margin, margin })
}

/// How many interviews a margin of error needs, by the normal approximation and for the share that needs most, one half (Cochran, §4.4).
pub fn interviews_needed(
    margin: f64,
    design_effect: f64,
    population: Option<u64>,
    level: Level,
) -> Result<u64, BadSample> {
    if !(margin > 0.0 && margin < 0.5) {
        return Err(BadSample::Margin);
    }
    if !(design_effect > 0.0 && design_effect.is_finite()) {
        return Err(BadSample::DesignEffect);
    }
    let of_endless = design_effect * (level.z() / (2.0 * margin)).powi(2);
    let needed = match population {
        None => of_endless,
        Some(0) => return Err(BadSample::Nobody),
        Some(population) => {
            let population = population as f64;
            (of_endless * population / (of_endless + population - 1.0)).min(population)
        }
    };
    Ok(needed.ceil() as u64)
}

fn known_share(share: f64, sample: &Sample) -> Result<f64, BadSample> {
    if (0.0..=1.0).contains(&share) { Ok(sample.effective_n()) } else { Err(BadSample::Share) }
}

fn interval(low: f64, high: f64) -> Interval {
    Interval { low, high, margin: 0.5 * (high - low) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rounded(interval: Interval) -> (f64, f64) {
        let four = |x: f64| (x * 1e4).round() / 1e4;
        (four(interval.low), four(interval.high))
    }

    /// Newcombe (1998), Statistics in Medicine 17, 857-872, table I: methods 1 (normal) and 3 (Wilson).
    #[test]
    fn intervals_are_those_of_newcombe() {
        let of = |r: f64, n: u64| wilson(r / n as f64, &Sample::simple(n).unwrap(), Level::USUAL).unwrap();
        assert_eq!(rounded(of(81.0, 263)), (0.2553, 0.3662));
        assert_eq!(rounded(of(15.0, 148)), (0.0624, 0.1605));
        assert_eq!(rounded(of(0.0, 20)), (0.0, 0.1611));
        assert_eq!(rounded(of(1.0, 29)), (0.0061, 0.1718));
        let textbook = normal_approximation(81.0 / 263.0, &Sample::simple(263).unwrap(), Level::USUAL);
        assert_eq!(rounded(textbook.unwrap()), (0.2522, 0.3638));
    }

    #[test]
    fn a_thousand_interviews_have_three_points_and_everybody_none() {
        let thousand = Sample::simple(1_000).unwrap();
        let margin = normal_approximation(0.5, &thousand, Level::USUAL).unwrap().margin;
        assert!((margin - 0.030_990).abs() < 1e-6);
        let half_of_town = Sample::new(1_000, 1.0, Some(2_000)).unwrap();
        let smaller = normal_approximation(0.5, &half_of_town, Level::USUAL).unwrap().margin;
        assert!((smaller / margin - (1_000.0_f64 / 1_999.0).sqrt()).abs() < 1e-12);
        let everybody = Sample::new(1_000, 1.4, Some(1_000)).unwrap();
        assert_eq!(rounded(wilson(0.3, &everybody, Level::USUAL).unwrap()), (0.3, 0.3));
        assert_eq!(normal_approximation(0.3, &everybody, Level::USUAL).unwrap().margin, 0.0);
        assert_eq!(Sample::new(11, 1.0, Some(10)), Err(BadSample::LargerThanPopulation));
    }

    #[test]
    fn a_design_effect_of_two_is_half_the_interviews() {
        let with = Sample::new(800, 2.0, None).unwrap();
        let without = Sample::simple(400).unwrap();
        assert_eq!(wilson(0.2, &with, Level::USUAL), wilson(0.2, &without, Level::USUAL));
    }

    /// Student's sleepers again, with the interval that R's `t.test` gives.
    #[test]
    fn means_of_few_are_as_unsure_as_student_found() {
        let found = mean(0.75, 0.565_734_5, &Sample::simple(10).unwrap(), Level::USUAL).unwrap();
        assert_eq!(rounded(found), (-0.5298, 2.0298));
        assert_eq!(mean(0.75, 0.0, &Sample::simple(1).unwrap(), Level::USUAL), None);
    }

    /// Five points need 385 interviews and three need 1,068 (1,067.07), as every table of sample sizes has it.
    #[test]
    fn plans_need_as_many_interviews_as_textbooks_say() {
        let usual = |margin, population| interviews_needed(margin, 1.0, population, Level::USUAL).unwrap();
        assert_eq!((usual(0.05, None), usual(0.03, None), usual(0.05, Some(10_000))), (385, 1_068, 370));
        assert_eq!(usual(0.05, Some(1)), 1);
        assert_eq!(interviews_needed(0.0, 1.0, None, Level::USUAL), Err(BadSample::Margin));
    }

    #[test]
    fn levels_and_shares_that_are_none_are_refused() {
        assert_eq!(Level::of_percent(95.0), Ok(Level::USUAL));
        assert_eq!(Level::of_percent(100.0), Err(BadSample::Level));
        let sample = Sample::simple(5).unwrap();
        assert_eq!(wilson(f64::NAN, &sample, Level::USUAL), Err(BadSample::Share));
        assert_eq!(Sample::new(5, f64::NAN, None), Err(BadSample::DesignEffect));
    }

    proptest::proptest! {
        #[test]
        fn wilson_holds_the_share_and_stays_a_share(share in 0.0_f64..=1.0, n in 1_u64..100_000, deff in 0.5_f64..5.0) {
            let found = wilson(share, &Sample::new(n, deff, None).unwrap(), Level::USUAL).unwrap();
            proptest::prop_assert!(0.0 <= found.low && found.low <= share && share <= found.high && found.high <= 1.0);
        }
    }
}
