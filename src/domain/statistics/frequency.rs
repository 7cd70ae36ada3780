//! How often each answer was given.

use serde::Serialize;

use super::percent;
use super::variable::{Answer, Variable};
use super::weights::{BadWeights, Kish, KishSums, Weights, each};

/// Some respondents: how many they are, and how much they weigh together.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct Tally {
    pub n: u64,
    /// Equal to `n` where there are no weights.
    pub weight: f64,
}

impl Tally {
    pub(super) fn add(&mut self, weight: f64) {
        self.n += 1;
        self.weight += weight;
    }
}

/// The per cents are of weights.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Line {
    pub label: String,
    pub tally: Tally,
    /// Of all respondents.
    pub percent: Option<f64>,
    /// Of those with an answer; none on the lines of those without.
    pub valid_percent: Option<f64>,
    /// Of those with an answer: this and all before it. Only of categories that have an order.
    pub cumulative_percent: Option<f64>,
}

#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Frequencies {
    /// All categories, in the order of the variable, also those that nobody chose.
    pub valid: Vec<Line>,
    /// The reasons of those without an answer.
    pub missing: Vec<Line>,
    pub with_answer: Tally,
    pub all: Tally,
    /// Of the weights of those with an answer: what margins of error need.
    pub kish: Kish,
}

/// `has_order`: the categories are steps of a scale, so that sums up to one of them mean something.
pub fn frequencies(
    variable: &Variable,
    weights: Option<&Weights>,
    has_order: bool,
) -> Result<Frequencies, BadWeights> {
    let weights = each(weights, variable.len())?;
    let mut valid = vec![Tally::default(); variable.categories().len()];
    let mut missing = vec![Tally::default(); variable.missing().len()];
    let (mut with_answer, mut all, mut kish) = (Tally::default(), Tally::default(), KishSums::default());
    for (answer, weight) in variable.answers().iter().zip(weights) {
        let tally = match *answer {
            Answer::Valid(at) => {
                with_answer.add(weight);
                kish.add(weight);
                valid.get_mut(usize::from(at))
            }
            Answer::Missing(at) => missing.get_mut(usize::from(at)),
        };
        tally.into_iter().for_each(|tally| tally.add(weight));
        all.add(weight);
    }
    let mut up_to_here = 0.0;
    let valid = variable.categories().iter().zip(valid).map(|(label, tally)| {
        up_to_here += tally.weight;
        Line {
            label: label.clone(),
            tally,
            percent: percent(tally.weight, all.weight),
            valid_percent: percent(tally.weight, with_answer.weight),
            cumulative_percent: percent(up_to_here, with_answer.weight).filter(|_| has_order),
        }
    });
    let missing = variable.missing().iter().zip(missing).map(|(label, tally)| Line {
        label: label.clone(),
        tally,
        percent: percent(tally.weight, all.weight),
        valid_percent: None,
        cumulative_percent: None,
    });
    let (valid, missing) = (valid.collect(), missing.collect());
    Ok(Frequencies { valid, missing, with_answer, all, kish: kish.result() })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn variable() -> Variable {
        let words = ["1", "2", "2", "3", "99", "", "2", "3"];
        Variable::of_words(words, &["99".to_owned()]).unwrap()
    }

    fn of(lines: &[Line], what: impl Fn(&Line) -> Option<f64>) -> Vec<Option<f64>> {
        lines.iter().map(what).collect()
    }

    #[test]
    fn those_without_an_answer_are_kept_apart() {
        let found = frequencies(&variable(), None, true).unwrap();
        assert_eq!(of(&found.valid, |l| l.percent), [Some(12.5), Some(37.5), Some(25.0)]);
        let sixth = 100.0 / 6.0;
        assert_eq!(of(&found.valid, |l| l.valid_percent), [Some(sixth), Some(50.0), Some(200.0 / 6.0)]);
        assert_eq!(of(&found.valid, |l| l.cumulative_percent), [Some(sixth), Some(400.0 / 6.0), Some(100.0)]);
        assert_eq!(of(&found.missing, |l| l.percent), [Some(12.5), Some(12.5)]);
        assert_eq!((found.with_answer.n, found.all.n), (6, 8));
        assert_eq!(found.missing.first().unwrap().valid_percent, None);
    }

    #[test]
    fn weights_change_shares_and_not_how_many_answered() {
        let weights = Weights::new(vec![3.0, 1.0, 1.0, 0.5, 9.0, 1.0, 0.0, 0.5]).unwrap();
        let found = frequencies(&variable(), Some(&weights), false).unwrap();
        assert_eq!(found.valid.iter().map(|l| l.tally.n).collect::<Vec<_>>(), [1, 3, 2]);
        assert_eq!(of(&found.valid, |l| l.valid_percent), [Some(50.0), Some(200.0 / 6.0), Some(100.0 / 6.0)]);
        assert_eq!(of(&found.valid, |l| l.cumulative_percent), [None; 3]);
        assert_eq!(found.all.weight, 16.0);
        assert_eq!(found.kish.effective_n, 36.0 / 11.5);
        let too_few = Weights::new(vec![1.0]).unwrap();
        assert!(frequencies(&variable(), Some(&too_few), false).is_err());
    }

    #[test]
    fn of_nobody_there_are_no_per_cents() {
        let nobody = Variable::new(vec!["да".into()], vec![], vec![]).unwrap();
        let found = frequencies(&nobody, None, true).unwrap();
        assert_eq!(of(&found.valid, |l| l.percent.or(l.valid_percent).or(l.cumulative_percent)), [None]);
    }
}
