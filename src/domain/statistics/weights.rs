//! How much each respondent counts.

use serde::Serialize;

/// One number for each respondent, in their order: none below zero, one above it at least. A respondent with a weight of zero counts for nothing.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(transparent)]
pub struct Weights(Vec<f64>);

#[derive(Clone, Copy, Debug, PartialEq, thiserror::Error)]
pub enum BadWeights {
    /// `respondent` from 0.
    #[error("the weight of respondent {} is no number from zero up to {LARGEST:e}", .respondent + 1)]
    NotAWeight { respondent: usize },
    #[error("no respondent has a weight above zero")]
    Nothing,
    #[error("{weights} weights for {respondents} respondents")]
    Lengths { weights: usize, respondents: usize },
}

/// Squares and sums of weights must stay numbers. A weight is at most the number of people on Earth for one respondent.
pub const LARGEST: f64 = 1e12;

impl Weights {
    pub fn new(weights: Vec<f64>) -> Result<Self, BadWeights> {
        if let Some(respondent) = weights.iter().position(|weight| !(0.0..=LARGEST).contains(weight)) {
            return Err(BadWeights::NotAWeight { respondent });
        }
        // Its square must not vanish either.
        if !weights.iter().any(|weight| *weight > 1.0 / LARGEST) {
            return Err(BadWeights::Nothing);
        }
        Ok(Self(weights))
    }

    pub fn values(&self) -> &[f64] {
        &self.0
    }

    pub fn len(&self) -> usize {
        self.0.len()
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub fn kish(&self) -> Kish {
        let mut kish = KishSums::default();
        self.0.iter().for_each(|weight| kish.add(*weight));
        kish.result()
    }
}

/// What weights cost in precision (Kish, Survey Sampling, 1965; Journal of Official Statistics 8, 1992).
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Kish {
    /// n Σw² / (Σw)², which is 1 + cv²: by so much variances are larger than without weights. Respondents with a weight of zero do not count.
    pub design_effect: f64,
    /// (Σw)² / Σw²: so many respondents without weights would tell as much.
    pub effective_n: f64,
}

/// Gathers what [`Kish`] needs, for a part of the respondents.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct KishSums {
    n: u32,
    sum: f64,
    squares: f64,
}

impl KishSums {
    pub fn add(&mut self, weight: f64) {
        if weight > 0.0 {
            self.n += 1;
            self.sum += weight;
            self.squares += weight * weight;
        }
    }

    /// Of nobody: no effect, and nobody.
    pub fn result(self) -> Kish {
        if self.squares <= 0.0 {
            return Kish { design_effect: 1.0, effective_n: 0.0 };
        }
        let effective_n = self.sum * self.sum / self.squares;
        Kish { design_effect: f64::from(self.n) / effective_n, effective_n }
    }
}

/// The weight of each respondent; 1 where there are none.
pub(super) fn each(weights: Option<&Weights>, respondents: usize) -> Result<Vec<f64>, BadWeights> {
    match weights {
        None => Ok(vec![1.0; respondents]),
        Some(weights) if weights.len() == respondents => Ok(weights.values().to_vec()),
        Some(weights) => Err(BadWeights::Lengths { weights: weights.len(), respondents }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn weights_that_are_none_are_refused_with_their_respondent() {
        for bad in [f64::NAN, f64::INFINITY, -0.1, 1e13] {
            let refused = Weights::new(vec![1.0, bad]).unwrap_err();
            assert!(matches!(refused, BadWeights::NotAWeight { respondent: 1 }));
            assert!(refused.to_string().starts_with("the weight of respondent 2 is no number"));
        }
        assert_eq!(Weights::new(vec![0.0, 0.0]), Err(BadWeights::Nothing));
        assert_eq!(Weights::new(vec![]), Err(BadWeights::Nothing));
    }

    #[test]
    fn equal_weights_cost_nothing_and_unequal_ones_their_variation() {
        let kish = |weights: &[f64]| Weights::new(weights.to_vec()).unwrap().kish();
        assert_eq!(kish(&[3.0; 4]), Kish { design_effect: 1.0, effective_n: 4.0 });
        // Mean 2, variance 1: cv² is a quarter.
        assert_eq!(kish(&[1.0, 3.0, 1.0, 3.0]), Kish { design_effect: 1.25, effective_n: 3.2 });
        assert_eq!(kish(&[1.0, 3.0, 1.0, 3.0, 0.0]).effective_n, 3.2);
    }
}
