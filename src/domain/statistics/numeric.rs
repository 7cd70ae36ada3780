//! Answers that are numbers: their middle and their spread.

use serde::Serialize;

use super::weights::{BadWeights, Kish, KishSums, Weights, each};

#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Summary {
    /// Respondents with an answer and a weight above zero.
    pub n: u64,
    pub missing: u64,
    /// Of the weights of those with an answer.
    pub kish: Kish,
    pub mean: Option<f64>,
    /// Of the population, estimated: the root of n/(n-1) Σw(x-x̄)²/Σw.
    pub standard_deviation: Option<f64>,
    /// Of the mean, by linearisation: the root of n/(n-1) Σ(w(x-x̄)/Σw)²; without weights sd/√n.
    pub standard_error: Option<f64>,
    pub least: Option<f64>,
    /// Quartiles by definition 2 of Hyndman and Fan (The American Statistician 50, 1996): the inverse of the distribution function, and the middle
    /// of two neighbours where it is flat. It is the one that weights leave as it is when they are equal.
    pub lower_quartile: Option<f64>,
    pub median: Option<f64>,
    pub upper_quartile: Option<f64>,
    pub greatest: Option<f64>,
}

#[derive(Clone, Copy, Debug, PartialEq, thiserror::Error)]
pub enum BadNumbers {
    /// `respondent` from 0.
    #[error("the answer of respondent {} is no number", .respondent + 1)]
    NotANumber { respondent: usize },
    #[error(transparent)]
    Weights(#[from] BadWeights),
}

/// What is larger has squares that are no numbers any more.
const LARGEST: f64 = 1e100;

/// `answers`: of each respondent; `None`: no answer.
pub fn summary(answers: &[Option<f64>], weights: Option<&Weights>) -> Result<Summary, BadNumbers> {
    let is_bad =
        |answer: &Option<f64>| answer.is_some_and(|number| !number.is_finite() || number.abs() > LARGEST);
    if let Some(respondent) = answers.iter().position(is_bad) {
        return Err(BadNumbers::NotANumber { respondent });
    }
    let weights = each(weights, answers.len())?;
    let answered = answers.iter().zip(weights).filter_map(|(answer, weight)| Some(((*answer)?, weight)));
    let mut answered: Vec<(f64, f64)> = answered.filter(|(_, weight)| *weight > 0.0).collect();
    answered.sort_by(|(a, _), (b, _)| a.total_cmp(b));
    let mut kish = KishSums::default();
    answered.iter().for_each(|(_, weight)| kish.add(*weight));
    let spread = Spread::of(&answered);
    Ok(Summary {
        n: answered.len() as u64,
        missing: answers.iter().filter(|answer| answer.is_none()).count() as u64,
        kish: kish.result(),
        mean: spread.map(|spread| spread.mean),
        standard_deviation: spread.and_then(|spread| spread.deviation),
        standard_error: spread.and_then(|spread| spread.error),
        least: answered.first().map(|(number, _)| *number),
        lower_quartile: quantile(&answered, 0.25),
        median: quantile(&answered, 0.5),
        upper_quartile: quantile(&answered, 0.75),
        greatest: answered.last().map(|(number, _)| *number),
    })
}

#[derive(Clone, Copy, Debug)]
struct Spread {
    mean: f64,
    deviation: Option<f64>,
    error: Option<f64>,
}

impl Spread {
    /// In two passes, so that nothing cancels out.
    fn of(answered: &[(f64, f64)]) -> Option<Self> {
        let total: f64 = answered.iter().map(|(_, weight)| weight).sum();
        if answered.is_empty() {
            return None;
        }
        let n = answered.len() as f64;
        let mean = answered.iter().map(|(number, weight)| number * (weight / total)).sum::<f64>();
        let squares: f64 =
            answered.iter().map(|(number, weight)| weight / total * (number - mean).powi(2)).sum();
        let errors: f64 =
            answered.iter().map(|(number, weight)| (weight / total * (number - mean)).powi(2)).sum();
        let root = |sum: f64| (n > 1.0).then(|| (n / (n - 1.0) * sum).sqrt());
        Some(Self { mean, deviation: root(squares), error: root(errors) })
    }
}

/// Of sorted numbers with their weights.
fn quantile(sorted: &[(f64, f64)], share: f64) -> Option<f64> {
    // Sums of weights are not exact; weights that differ by less are nobody's.
    const SAME: f64 = 1e-12;
    let total: f64 = sorted.iter().map(|(_, weight)| weight).sum();
    let (wanted, same) = (share * total, SAME * total);
    let mut up_to_here = 0.0;
    let mut rest = sorted.iter();
    while let Some((number, weight)) = rest.next() {
        up_to_here += weight;
        if (up_to_here - wanted).abs() <= same {
            let next = rest.next().map_or(*number, |(next, _)| *next);
            return Some(0.5 * (number + next));
        }
        if up_to_here > wanted {
            return Some(*number);
        }
    }
    sorted.last().map(|(number, _)| *number)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn some(numbers: &[f64]) -> Vec<Option<f64>> {
        numbers.iter().copied().map(Some).collect()
    }

    /// Student's data on sleep (Biometrika 6, 1908, p. 20): the first drug.
    #[test]
    fn the_hours_of_sleep_that_student_counted() {
        let found = summary(&some(&[0.7, -1.6, -0.2, -1.2, -0.1, 3.4, 3.7, 0.8, 0.0, 2.0]), None).unwrap();
        assert!((found.mean.unwrap() - 0.75).abs() < 1e-12);
        assert!((found.standard_deviation.unwrap() - 1.789_010).abs() < 1e-6);
        assert!((found.standard_error.unwrap() - 0.565_735).abs() < 1e-6);
        assert_eq!((found.lower_quartile, found.upper_quartile), (Some(-0.2), Some(2.0)));
        assert!((found.median.unwrap() - 0.35).abs() < 1e-12);
        assert_eq!((found.least, found.greatest), (Some(-1.6), Some(3.7)));
    }

    #[test]
    fn a_whole_weight_counts_like_so_many_respondents_in_means_and_quartiles() {
        let weights = Weights::new(vec![1.0, 3.0, 2.0, 2.0]).unwrap();
        let weighted = summary(&some(&[5.0, 1.0, 2.0, 9.0]), Some(&weights)).unwrap();
        let repeated = summary(&some(&[5.0, 1.0, 1.0, 1.0, 2.0, 2.0, 9.0, 9.0]), None).unwrap();
        assert_eq!(weighted.mean, repeated.mean);
        assert_eq!(weighted.median, repeated.median);
        assert_eq!(weighted.lower_quartile, repeated.lower_quartile);
        assert_eq!(weighted.upper_quartile, repeated.upper_quartile);
        assert!(weighted.standard_error > repeated.standard_error);
    }

    #[test]
    fn of_nobody_nothing_is_known_and_of_one_no_spread() {
        let nobody = summary(&[None], None).unwrap();
        assert_eq!((nobody.n, nobody.missing, nobody.mean, nobody.median), (0, 1, None, None));
        let one = summary(&[Some(4.0)], None).unwrap();
        assert_eq!((one.mean, one.median, one.standard_deviation), (Some(4.0), Some(4.0), None));
    }

    #[test]
    fn what_is_no_number_is_refused_with_its_respondent() {
        for bad in [f64::NAN, f64::INFINITY, 1e200] {
            assert_eq!(summary(&[None, Some(bad)], None), Err(BadNumbers::NotANumber { respondent: 1 }));
        }
    }

    proptest::proptest! {
        #[test]
        fn equal_weights_change_nothing(numbers in proptest::collection::vec(-100.0_f64..100.0, 1..60), weight in 0.1_f64..50.0) {
            let weights = Weights::new(vec![weight; numbers.len()]).unwrap();
            let (with, without) = (summary(&some(&numbers), Some(&weights)).unwrap(), summary(&some(&numbers), None).unwrap());
            proptest::prop_assert_eq!(with.median, without.median);
            proptest::prop_assert_eq!(with.lower_quartile, without.lower_quartile);
            let near = |a: Option<f64>, b: Option<f64>| (a.unwrap_or(0.0) - b.unwrap_or(0.0)).abs() < 1e-9;
            proptest::prop_assert!(near(with.standard_error, without.standard_error) && near(with.mean, without.mean));
        }
    }
}
