//! Questions of which several answers may be chosen.

use std::collections::BTreeSet;

use serde::Serialize;

use super::frequency::Tally;
use super::percent;
use super::variable::{BadVariable, MOST_CATEGORIES, MOST_RESPONDENTS};
use super::weights::{BadWeights, Weights, each};

/// Who chose what.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ResponseSet {
    options: Vec<String>,
    chosen: Vec<Option<BTreeSet<u16>>>,
}

#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct OptionLine {
    pub label: String,
    pub tally: Tally,
    /// Of those who answered: together more than 100.
    pub percent_of_cases: Option<f64>,
    /// Of all that was chosen: together 100.
    pub percent_of_responses: Option<f64>,
}

#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct MultipleFrequencies {
    pub options: Vec<OptionLine>,
    /// Who answered.
    pub cases: Tally,
    /// What they chose, together.
    pub responses: Tally,
    pub missing: Tally,
}

impl ResponseSet {
    /// `chosen`: places in `options`, of each respondent. `None`: no answer; nothing chosen of what was read out is one.
    pub fn new(options: Vec<String>, chosen: Vec<Option<BTreeSet<u16>>>) -> Result<Self, BadVariable> {
        if options.len() > MOST_CATEGORIES {
            return Err(BadVariable::TooManyCategories);
        }
        if chosen.len() > MOST_RESPONDENTS {
            return Err(BadVariable::TooManyRespondents);
        }
        let is_known = |set: &BTreeSet<u16>| set.last().is_none_or(|at| usize::from(*at) < options.len());
        match chosen.iter().position(|set| !set.as_ref().is_none_or(is_known)) {
            Some(respondent) => Err(BadVariable::UnknownCategory { respondent }),
            None => Ok(Self { options, chosen }),
        }
    }

    /// How many respondents there are.
    pub fn len(&self) -> usize {
        self.chosen.len()
    }

    pub fn is_empty(&self) -> bool {
        self.chosen.is_empty()
    }

    pub fn frequencies(&self, weights: Option<&Weights>) -> Result<MultipleFrequencies, BadWeights> {
        let weights = each(weights, self.chosen.len())?;
        let mut tallies = vec![Tally::default(); self.options.len()];
        let [mut cases, mut responses, mut missing] = [Tally::default(); 3];
        for (chosen, weight) in self.chosen.iter().zip(weights) {
            let Some(chosen) = chosen else {
                missing.add(weight);
                continue;
            };
            cases.add(weight);
            for at in chosen {
                responses.add(weight);
                tallies.get_mut(usize::from(*at)).into_iter().for_each(|tally| tally.add(weight));
            }
        }
        let options = self.options.iter().zip(tallies).map(|(label, tally)| OptionLine {
            label: label.clone(),
            tally,
            percent_of_cases: percent(tally.weight, cases.weight),
            percent_of_responses: percent(tally.weight, responses.weight),
        });
        Ok(MultipleFrequencies { options: options.collect(), cases, responses, missing })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn per_cents_of_cases_may_be_more_than_a_hundred_together_and_of_responses_never() {
        let options = vec!["telefon".to_owned(), "pošta".to_owned(), "šalter".to_owned()];
        let chosen = [Some(vec![0, 1]), Some(vec![0]), Some(vec![]), None, Some(vec![0, 2])];
        let chosen = chosen.into_iter().map(|set| set.map(|set| set.into_iter().collect())).collect();
        let set = ResponseSet::new(options, chosen).unwrap();
        let found = set.frequencies(None).unwrap();
        let of_cases: Vec<_> = found.options.iter().filter_map(|line| line.percent_of_cases).collect();
        let of_responses: Vec<_> =
            found.options.iter().filter_map(|line| line.percent_of_responses).collect();
        assert_eq!(of_cases, [75.0, 25.0, 25.0]);
        assert_eq!(of_responses, [60.0, 20.0, 20.0]);
        assert_eq!((found.cases.n, found.responses.n, found.missing.n), (4, 5, 1));
    }

    #[test]
    fn options_that_there_are_not_are_refused() {
        let refused = ResponseSet::new(vec!["da".into()], vec![None, Some(BTreeSet::from([1]))]);
        assert_eq!(refused, Err(BadVariable::UnknownCategory { respondent: 1 }));
    }
}
