//! Weights by which the respondents are together what is known of the town: so many women, so many of each age, so many of each part. Iterative
//! proportional fitting (Deming & Stephan, Annals of Mathematical Statistics 11, 1940): margin by margin, again and again, until all hold.

use serde::Serialize;

use super::variable::{Answer, Variable};
use super::weights::{BadWeights, Kish, Weights, each};

/// What is known of one variable.
#[derive(Clone, Copy, Debug)]
pub struct Margin<'m> {
    /// For errors.
    pub name: &'m str,
    pub variable: &'m Variable,
    /// In the order of the categories of the variable: how many there are in the town, or their per cents.
    pub totals: &'m [f64],
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Options {
    /// The margins hold when no share is further from what it should be. 1e-9 is a billionth of the town.
    pub tolerance: f64,
    pub most_rounds: u32,
    /// No weight above so many times the mean one: a few respondents must not speak for all. What is cut off goes to the others, and the margins
    /// are fitted again.
    pub largest_weight: Option<f64>,
}

impl Default for Options {
    fn default() -> Self {
        Self { tolerance: 1e-9, most_rounds: 1_000, largest_weight: None }
    }
}

#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Raked {
    /// With a mean of 1: they sum to the number of respondents (without those whose weight was zero before).
    pub weights: Weights,
    pub rounds: u32,
    /// How far the share that is furthest from its margin is.
    pub off_by: f64,
    /// Respondents whose weight is at the bound.
    pub trimmed: u64,
    pub kish: Kish,
}

#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum RakingError {
    #[error("there is no margin to bring the respondents to")]
    NoMargins,
    #[error("more than {MOST_MARGINS} margins")]
    TooManyMargins,
    #[error("{margin}: {totals} totals for {categories} categories")]
    Lengths { margin: String, totals: usize, categories: usize },
    #[error("{margin}: {respondents} respondents where there are others of {expected}")]
    Respondents { margin: String, respondents: usize, expected: usize },
    #[error("{margin}: the total of {category:?} is no number from zero up")]
    NotATotal { margin: String, category: String },
    #[error("{margin} has no totals above zero")]
    NothingToReach { margin: String },
    #[error(
        "the margins do not sum alike: {margin} to {sum}, {first} to {first_sum}; are they of the same people?"
    )]
    SumsDiffer { margin: String, sum: f64, first: String, first_sum: f64 },
    #[error(
        "{margin}: nobody answered {category:?}, which should have a part; join it with another category"
    )]
    NobodyAnswered { margin: String, category: String },
    #[error("{margin}: some answered {category:?}, of whom the margin has none")]
    NobodyExpected { margin: String, category: String },
    #[error("{margin}: {respondents} respondents have no answer; give them one or leave them out")]
    WithoutAnswer { margin: String, respondents: usize },
    #[error("the largest weight is a number of 1 or more, in times the mean")]
    Bound,
    #[error("a tolerance is above 0 and below one half")]
    Tolerance,
    #[error(
        "the margins were not reached in {rounds} rounds: {category:?} of {margin} is off by {off_by:.2e} of all; the \
         margins contradict each other among these respondents, or the largest weight is too small"
    )]
    NotReached { margin: String, category: String, off_by: f64, rounds: u32 },
    #[error(transparent)]
    Weights(#[from] BadWeights),
}

/// More would ask of a thousand respondents what they cannot tell.
pub const MOST_MARGINS: usize = 20;
/// By which the sums of margins may differ, of one: shares are rounded, and two registers are never of the same day.
const SUMS_DIFFER: f64 = 0.005;

/// `base`: weights that respondents have already, such as for the size of their household.
pub fn rake(margins: &[Margin<'_>], base: Option<&Weights>, options: &Options) -> Result<Raked, RakingError> {
    let respondents = margins.first().ok_or(RakingError::NoMargins)?.variable.len();
    if margins.len() > MOST_MARGINS {
        return Err(RakingError::TooManyMargins);
    }
    if !options.largest_weight.is_none_or(|bound| bound >= 1.0 && bound.is_finite()) {
        return Err(RakingError::Bound);
    }
    if !(options.tolerance > 0.0 && options.tolerance < 0.5) {
        return Err(RakingError::Tolerance);
    }
    let mut weights = each(base, respondents)?;
    let fits = margins.iter().map(|margin| Fit::new(margin, &weights)).collect::<Result<Vec<_>, _>>()?;
    check_sums(margins)?;
    let counted = weights.iter().filter(|weight| **weight > 0.0).count() as f64;
    let mut worst = Worst::default();
    for round in 1..=options.most_rounds {
        fits.iter().for_each(|fit| fit.scale(&mut weights));
        bring_to_mean(&mut weights, counted);
        let trimmed = options.largest_weight.map_or(0, |bound| trim(&mut weights, bound));
        if trimmed > 0 {
            bring_to_mean(&mut weights, counted);
        }
        worst = fits.iter().map(|fit| fit.worst(&weights)).fold(Worst::default(), Worst::or);
        if worst.off_by <= options.tolerance && is_bounded(&weights, options) {
            let weights = Weights::new(weights)?;
            let kish = weights.kish();
            return Ok(Raked { kish, weights, rounds: round, off_by: worst.off_by, trimmed });
        }
    }
    Err(RakingError::NotReached {
        margin: worst.margin,
        category: worst.category,
        off_by: worst.off_by,
        rounds: options.most_rounds,
    })
}

/// A margin, ready to be fitted.
#[derive(Debug)]
struct Fit<'m> {
    name: &'m str,
    variable: &'m Variable,
    /// Of each category; they sum to 1.
    shares: Vec<f64>,
}

#[derive(Debug, Default)]
struct Worst {
    margin: String,
    category: String,
    off_by: f64,
}

impl Worst {
    fn or(self, other: Self) -> Self {
        if other.off_by > self.off_by { other } else { self }
    }
}

impl<'m> Fit<'m> {
    fn new(margin: &Margin<'m>, weights: &[f64]) -> Result<Self, RakingError> {
        let Margin { name, variable, totals } = *margin;
        let margin = || name.to_owned();
        let categories = variable.categories();
        if totals.len() != categories.len() {
            return Err(RakingError::Lengths {
                margin: margin(),
                totals: totals.len(),
                categories: categories.len(),
            });
        }
        if variable.len() != weights.len() {
            let (respondents, expected) = (variable.len(), weights.len());
            return Err(RakingError::Respondents { margin: margin(), respondents, expected });
        }
        if let Some((category, _)) =
            categories.iter().zip(totals).find(|(_, total)| !(0.0..=1e15).contains(*total))
        {
            return Err(RakingError::NotATotal { margin: margin(), category: category.clone() });
        }
        let sum: f64 = totals.iter().sum();
        if sum <= 0.0 {
            return Err(RakingError::NothingToReach { margin: margin() });
        }
        let counted = || variable.answers().iter().zip(weights).filter(|(_, weight)| **weight > 0.0);
        let without = counted().filter(|(answer, _)| matches!(answer, Answer::Missing(_))).count();
        if without > 0 {
            return Err(RakingError::WithoutAnswer { margin: margin(), respondents: without });
        }
        let fit = Self { name, variable, shares: totals.iter().map(|total| total / sum).collect() };
        for ((category, share), reached) in categories.iter().zip(&fit.shares).zip(fit.sums(weights)) {
            match (*share > 0.0, reached > 0.0) {
                (true, false) => {
                    return Err(RakingError::NobodyAnswered { margin: margin(), category: category.clone() });
                }
                (false, true) => {
                    return Err(RakingError::NobodyExpected { margin: margin(), category: category.clone() });
                }
                _ => {}
            }
        }
        Ok(fit)
    }

    /// Of the weights in each category.
    fn sums(&self, weights: &[f64]) -> Vec<f64> {
        let mut sums = vec![0.0; self.shares.len()];
        for (answer, weight) in self.variable.answers().iter().zip(weights) {
            if let Answer::Valid(at) = answer
                && let Some(sum) = sums.get_mut(usize::from(*at))
            {
                *sum += weight;
            }
        }
        sums
    }

    fn scale(&self, weights: &mut [f64]) {
        let sums = self.sums(weights);
        let total: f64 = sums.iter().sum();
        let factors: Vec<f64> = self
            .shares
            .iter()
            .zip(sums)
            .map(|(share, sum)| if sum > 0.0 { share * total / sum } else { 0.0 })
            .collect();
        for (answer, weight) in self.variable.answers().iter().zip(weights) {
            if let Answer::Valid(at) = answer {
                *weight *= factors.get(usize::from(*at)).copied().unwrap_or(0.0);
            }
        }
    }

    /// The category that is furthest from its share.
    fn worst(&self, weights: &[f64]) -> Worst {
        let sums = self.sums(weights);
        let total: f64 = sums.iter().sum();
        let off = sums.iter().zip(&self.shares).map(|(sum, share)| (sum / total - share).abs());
        let furthest = self.variable.categories().iter().zip(off).max_by(|(_, a), (_, b)| a.total_cmp(b));
        furthest.map_or_else(Worst::default, |(category, off_by)| Worst {
            margin: self.name.to_owned(),
            category: category.clone(),
            off_by,
        })
    }
}

fn check_sums(margins: &[Margin<'_>]) -> Result<(), RakingError> {
    let sum = |margin: &Margin<'_>| margin.totals.iter().sum::<f64>();
    let Some((first, others)) = margins.split_first() else { return Ok(()) };
    let first_sum = sum(first);
    match others.iter().find(|other| (sum(other) / first_sum - 1.0).abs() > SUMS_DIFFER) {
        None => Ok(()),
        Some(other) => Err(RakingError::SumsDiffer {
            margin: other.name.to_owned(),
            sum: sum(other),
            first: first.name.to_owned(),
            first_sum,
        }),
    }
}

fn bring_to_mean(weights: &mut [f64], counted: f64) {
    let total: f64 = weights.iter().sum();
    if total > 0.0 {
        weights.iter_mut().for_each(|weight| *weight *= counted / total);
    }
}

/// How many were cut, or stand at the bound.
fn trim(weights: &mut [f64], bound: f64) -> u64 {
    let mut trimmed = 0;
    for weight in weights.iter_mut().filter(|weight| **weight >= bound) {
        *weight = bound;
        trimmed += 1;
    }
    trimmed
}

/// What is cut off makes the mean smaller, and all weights a little larger again.
fn is_bounded(weights: &[f64], options: &Options) -> bool {
    let Some(bound) = options.largest_weight else { return true };
    weights.iter().all(|weight| *weight <= bound * (1.0 + options.tolerance))
}

#[cfg(test)]
mod tests;
