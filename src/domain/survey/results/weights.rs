//! Weights by which those who answered are together what is known of the town.

use super::super::super::statistics::raking::{Margin, Options, Raked, RakingError, rake};
use super::super::super::statistics::variable::{Answer, Variable};
use super::super::super::statistics::weights::Weights;
use super::{Attribute, NoVariable, Results};

/// What is known of one thing.
#[derive(Clone, Debug, PartialEq)]
pub struct Known {
    pub attribute: Attribute,
    /// In the order of its categories: how many there are, or their per cents.
    pub totals: Vec<f64>,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Weighted {
    pub raked: Raked,
    /// Who lacks an answer to one of them weighs nothing.
    pub left_out: usize,
}

#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum NotWeighted {
    #[error(transparent)]
    Variable(#[from] NoVariable),
    #[error(transparent)]
    Raking(#[from] RakingError),
    #[error("nobody answered everything by which is weighted")]
    Nobody,
}

impl Results<'_> {
    pub fn weights(&self, known: &[Known], largest: Option<f64>) -> Result<Weighted, NotWeighted> {
        let sides: Vec<(String, Variable)> = known
            .iter()
            .map(|one| Ok((one.attribute.to_string(), self.variable(&one.attribute)?)))
            .collect::<Result<_, NoVariable>>()?;
        let complete = |at: usize| {
            sides.iter().all(|(_, side)| matches!(side.answers().get(at), Some(Answer::Valid(_))))
        };
        let base: Vec<f64> = (0..self.respondents()).map(|at| if complete(at) { 1.0 } else { 0.0 }).collect();
        let left_out = base.iter().filter(|weight| **weight == 0.0).count();
        let base = Weights::new(base).map_err(|_| NotWeighted::Nobody)?;
        let margins: Vec<Margin<'_>> = sides
            .iter()
            .zip(known)
            .map(|((name, variable), known)| Margin { name, variable, totals: &known.totals })
            .collect();
        let options = Options { largest_weight: largest, ..Options::default() };
        Ok(Weighted { raked: rake(&margins, Some(&base), &options)?, left_out })
    }
}
