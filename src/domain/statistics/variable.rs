//! What everybody answered to one question, or is: one of some categories, or a reason why there is no answer.

use std::cmp::Ordering;
use std::collections::BTreeMap;

/// Of one respondent. The numbers are places in the lists of the variable.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answer {
    Valid(u16),
    /// Did not know, did not want to say, was not asked.
    Missing(u16),
}

/// The respondents stand in the same order in every variable of a survey.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Variable {
    categories: Vec<String>,
    missing: Vec<String>,
    answers: Vec<Answer>,
}

/// Of one variable, with the reasons why there is no answer. What has more is no coded answer but an open one.
pub const MOST_CATEGORIES: usize = 10_000;
/// Of a survey. A town has fewer people.
pub const MOST_RESPONDENTS: usize = 2_000_000;

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadVariable {
    #[error("more than {MOST_CATEGORIES} different answers: these are open answers, not categories")]
    TooManyCategories,
    #[error("more than {MOST_RESPONDENTS} respondents")]
    TooManyRespondents,
    /// `respondent` from 0.
    #[error("the answer of respondent {} is none of the categories", .respondent + 1)]
    UnknownCategory { respondent: usize },
}

impl Variable {
    pub fn new(
        categories: Vec<String>,
        missing: Vec<String>,
        answers: Vec<Answer>,
    ) -> Result<Self, BadVariable> {
        if categories.len() + missing.len() > MOST_CATEGORIES {
            return Err(BadVariable::TooManyCategories);
        }
        if answers.len() > MOST_RESPONDENTS {
            return Err(BadVariable::TooManyRespondents);
        }
        let is_known = |answer: &Answer| match *answer {
            Answer::Valid(at) => usize::from(at) < categories.len(),
            Answer::Missing(at) => usize::from(at) < missing.len(),
        };
        if let Some(respondent) = answers.iter().position(|answer| !is_known(answer)) {
            return Err(BadVariable::UnknownCategory { respondent });
        }
        Ok(Self { categories, missing, answers })
    }

    /// From answers as they stand in a table. The categories are those that occur, numbers in their order before words in theirs. What stands in
    /// `missing`, and an empty answer, is none.
    pub fn of_words<'w>(
        words: impl IntoIterator<Item = &'w str>,
        missing: &[String],
    ) -> Result<Self, BadVariable> {
        let words: Vec<&str> = words.into_iter().collect();
        let mut places: BTreeMap<Sorted<'_>, u16> = BTreeMap::new();
        for word in words.iter().filter(|word| !is_missing(word, missing)) {
            places.insert(Sorted(word), 0);
            if places.len() + missing.len() >= MOST_CATEGORIES {
                return Err(BadVariable::TooManyCategories);
            }
        }
        for (place, at) in (0..).zip(places.values_mut()) {
            *at = place;
        }
        let reasons: Vec<String> =
            missing.iter().filter(|word| !word.is_empty()).cloned().chain([String::new()]).collect();
        let reason = |word: &str| {
            let at = reasons.iter().position(|reason| reason == word).unwrap_or_default();
            Answer::Missing(u16::try_from(at).unwrap_or_default())
        };
        let answer = |word: &&str| match places.get(&Sorted(word)) {
            Some(at) => Answer::Valid(*at),
            None => reason(word),
        };
        let answers = words.iter().map(answer).collect();
        let categories = places.keys().map(|sorted| sorted.0.to_owned()).collect();
        Self::new(categories, reasons, answers)
    }

    /// In the order in which they are shown.
    pub fn categories(&self) -> &[String] {
        &self.categories
    }

    /// The reasons why there is no answer.
    pub fn missing(&self) -> &[String] {
        &self.missing
    }

    pub fn answers(&self) -> &[Answer] {
        &self.answers
    }

    /// How many respondents there are.
    pub fn len(&self) -> usize {
        self.answers.len()
    }

    pub fn is_empty(&self) -> bool {
        self.answers.is_empty()
    }
}

fn is_missing(word: &str, missing: &[String]) -> bool {
    word.is_empty() || missing.iter().any(|reason| reason == word)
}

/// Numbers by their value, then words.
#[derive(Debug)]
struct Sorted<'w>(&'w str);

impl Ord for Sorted<'_> {
    fn cmp(&self, other: &Self) -> Ordering {
        let number = |word: &str| word.parse::<f64>().ok().filter(|number| number.is_finite());
        match (number(self.0), number(other.0)) {
            (Some(a), Some(b)) => a.total_cmp(&b).then_with(|| self.0.cmp(other.0)),
            (Some(_), None) => Ordering::Less,
            (None, Some(_)) => Ordering::Greater,
            (None, None) => self.0.cmp(other.0),
        }
    }
}

impl PartialOrd for Sorted<'_> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Sorted<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Sorted<'_> {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_of_a_table_become_categories_in_the_order_that_people_expect() {
        let words = ["10", "da", "9", "", "ne", "99", "9"];
        let variable = Variable::of_words(words, &["99".to_owned()]).unwrap();
        assert_eq!(variable.categories(), ["9", "10", "da", "ne"]);
        assert_eq!(variable.missing(), ["99", ""]);
        use Answer::{Missing, Valid};
        let expected = [Valid(1), Valid(2), Valid(0), Missing(1), Valid(3), Missing(0), Valid(0)];
        assert_eq!(variable.answers(), expected);
    }

    #[test]
    fn answers_without_a_category_and_open_answers_are_refused() {
        let refused = Variable::new(vec!["da".into()], vec![], vec![Answer::Valid(0), Answer::Missing(0)]);
        assert_eq!(refused, Err(BadVariable::UnknownCategory { respondent: 1 }));
        let open: Vec<String> = (0..MOST_CATEGORIES + 1).map(|n| format!("mišljenje {n}")).collect();
        let refused = Variable::of_words(open.iter().map(String::as_str), &[]);
        assert_eq!(refused, Err(BadVariable::TooManyCategories));
    }
}
