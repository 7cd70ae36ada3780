//! Quotas: of whom how many are enough. A quota is a table of one or more dimensions (sex, sex by age), known by an answer or, before anybody
//! is called, by an attribute of the contact. [`count`] keeps the count.

pub mod count;
#[cfg(test)]
mod tests;

use serde::{Deserialize, Serialize};

use super::super::script::search_key;
use super::answer::Answer;
use super::condition::{Known, Test};
use super::decimal::Decimal;
use super::interview::{Interview, Standing};
use super::questionnaire::QuestionKey;
use super::texts::Texts;

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Quota {
    pub key: String,
    pub dimensions: Vec<Dimension>,
    /// A combination of groups without a cell is not limited.
    pub cells: Vec<Cell>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Dimension {
    pub key: String,
    /// An answer outweighs an attribute: the list may be old.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub question: Option<QuestionKey>,
    /// By its name in the list of contacts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub attribute: Option<String>,
    /// The first that fits.
    pub groups: Vec<Group>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Group {
    pub key: String,
    #[serde(default)]
    pub text: Texts,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub answer: Option<Test>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub attribute: Option<AttributeTest>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AttributeTest {
    /// One of them, blind to script, case and diacritics.
    Words(Vec<String>),
    /// Both ends included.
    Between(Decimal, Decimal),
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Cell {
    /// One of each dimension, in their order.
    pub groups: Vec<String>,
    pub most: u32,
}

/// A cell of the quotas of one version, by its places.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CellId {
    pub quota: usize,
    pub cell: usize,
}

pub const MOST_QUOTAS: usize = 10;
pub const MOST_DIMENSIONS: usize = 4;
pub const MOST_GROUPS: usize = 20;
pub const MOST_CELLS: usize = 400;

/// What is known of somebody when quotas are asked.
#[derive(Clone, Copy)]
pub struct Facts<'a> {
    /// `None`: nobody was asked anything yet.
    pub interview: Option<&'a [(&'a QuestionKey, Known<'a>)]>,
    /// Name and value, as the list of contacts has them.
    pub attributes: &'a [(String, String)],
}

/// Where somebody belongs in one quota.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Belongs {
    /// No cell of it limits them.
    Nowhere,
    To(usize),
    /// One of these; which one is not known yet.
    OneOf(Vec<usize>),
}

/// In one dimension.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Place<'q> {
    Group(&'q str),
    /// Known, and in no group.
    Outside,
    Open,
}

/// What an interview says of its questions, for [`Facts`].
pub fn known(interview: &Interview) -> Vec<(&QuestionKey, Known<'_>)> {
    let known = |standing| match standing {
        Standing::Answered(answer) => Known::Answer(answer),
        Standing::Passed => Known::None,
        Standing::Ahead => Known::Open,
    };
    interview.standings().into_iter().map(|(question, standing)| (&question.key, known(standing))).collect()
}

impl Quota {
    pub(super) fn belongs(&self, facts: Facts<'_>) -> Belongs {
        let places: Vec<Place<'_>> = self.dimensions.iter().map(|dimension| dimension.place(facts)).collect();
        if places.contains(&Place::Outside) {
            return Belongs::Nowhere;
        }
        let fits = |cell: &Cell| {
            cell.groups.iter().zip(&places).all(|(group, place)| match place {
                Place::Group(known) => group == known,
                Place::Outside | Place::Open => *place == Place::Open,
            })
        };
        let cells: Vec<usize> =
            (0..).zip(&self.cells).filter(|(_, cell)| fits(cell)).map(|(at, _)| at).collect();
        let open = || self.dimensions.iter().zip(&places).filter(|(_, place)| **place == Place::Open);
        let combinations = open().map(|(dimension, _)| dimension.groups.len()).product::<usize>();
        match cells.as_slice() {
            [cell] if open().next().is_none() => Belongs::To(*cell),
            // Some combination that is still possible has no limit.
            cells if cells.len() < combinations => Belongs::Nowhere,
            _ => Belongs::OneOf(cells),
        }
    }
}

impl Dimension {
    fn place(&self, facts: Facts<'_>) -> Place<'_> {
        let answer = self.answer(facts);
        if let Some(Known::Answer(answer)) = answer {
            return self.group(|group| group.answer.as_ref().is_some_and(|test| test.fits(Some(answer))));
        }
        let value = self.attribute.as_ref().and_then(|name| {
            facts.attributes.iter().find(|(known, _)| known == name).map(|(_, value)| value.trim())
        });
        match (value.filter(|value| !value.is_empty()), answer) {
            (Some(value), answer) => {
                match self.group(|group| group.attribute.as_ref().is_some_and(|test| test.fits(value))) {
                    // What the list says means nothing to us, and they are asked.
                    Place::Outside if matches!(answer, Some(Known::Open)) => Place::Open,
                    place => place,
                }
            }
            (None, Some(Known::Open)) => Place::Open,
            (None, _) => Place::Outside,
        }
    }

    fn group(&self, fits: impl Fn(&Group) -> bool) -> Place<'_> {
        let found = self.groups.iter().find(|group| fits(group));
        found.map_or(Place::Outside, |group| Place::Group(&group.key))
    }

    /// `None`: it is not asked about.
    fn answer<'a>(&self, facts: Facts<'a>) -> Option<Known<'a>> {
        let question = self.question.as_ref()?;
        let Some(interview) = facts.interview else { return Some(Known::Open) };
        let known = interview.iter().find(|(key, _)| *key == question).map(|(_, known)| *known);
        // Who does not know or refuses belongs where the list puts them.
        match known {
            Some(Known::Answer(answer)) if !answer.is_substantive() => Some(Known::None),
            known => Some(known.unwrap_or(Known::None)),
        }
    }
}

impl AttributeTest {
    pub fn fits(&self, value: &str) -> bool {
        match self {
            Self::Words(words) => {
                let key = search_key(value);
                words.iter().any(|word| search_key(word) == key)
            }
            Self::Between(from, to) => {
                value.parse::<Decimal>().is_ok_and(|number| (*from..=*to).contains(&number))
            }
        }
    }
}

impl std::fmt::Debug for Facts<'_> {
    /// Without what somebody said.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Facts").finish_non_exhaustive()
    }
}

/// Whether two groups may take the same answer.
pub(super) fn overlaps(a: &Group, b: &Group, answers: &[Option<Answer>]) -> bool {
    let fits = |group: &Group, answer: &Option<Answer>| {
        group.answer.as_ref().is_some_and(|test| test.fits(answer.as_ref()))
    };
    answers.iter().any(|answer| fits(a, answer) && fits(b, answer))
}
