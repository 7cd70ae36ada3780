//! Quotas: whether every cell can be known and filled.

use std::collections::BTreeSet;

use super::super::answer::Answer;
use super::super::questionnaire::{LABEL_CHARS, QuestionKey, Questionnaire};
use super::super::quota::{
    Dimension, MOST_CELLS, MOST_DIMENSIONS, MOST_GROUPS, MOST_QUOTAS, Quota, overlaps,
};
use super::branches::fits;
use super::possible::representatives;
use super::{Found, Part, Place, Reason};

pub(super) fn check(questionnaire: &Questionnaire, found: &mut Found) {
    let quotas = &questionnaire.quotas;
    if quotas.len() > MOST_QUOTAS {
        found.error(Place::of(Part::Quota), Reason::TooMany, MOST_QUOTAS);
    }
    for (at, quota) in quotas.iter().enumerate().take(MOST_QUOTAS) {
        let place = |part| Place::of(part).item(at);
        key(&quota.key, quotas.iter().take(at).map(|quota| &quota.key), place(Part::Quota), found);
        if quota.dimensions.len() > MOST_DIMENSIONS {
            found.error(place(Part::Dimension), Reason::TooMany, MOST_DIMENSIONS);
        }
        if quota.dimensions.is_empty() || quota.cells.is_empty() {
            found.error(place(Part::Quota), Reason::BadCell, &quota.key);
        }
        for (inner, dimension) in quota.dimensions.iter().enumerate() {
            let place = place(Part::Dimension).inner(inner);
            let before = quota.dimensions.iter().take(inner).map(|dimension| &dimension.key);
            key(&dimension.key, before, place, found);
            check_dimension(questionnaire, dimension, place, found);
        }
        cells(quota, place(Part::Cell), found);
    }
}

fn key<'k>(key: &String, mut before: impl Iterator<Item = &'k String>, place: Place, found: &mut Found) {
    if !QuestionKey(key.clone()).is_well_formed() {
        found.error(place, Reason::BadKey, key);
    }
    if before.any(|other| other == key) {
        found.error(place, Reason::TwiceKey, key);
    }
}

fn check_dimension(questionnaire: &Questionnaire, dimension: &Dimension, place: Place, found: &mut Found) {
    if dimension.question.is_none() && dimension.attribute.is_none() {
        found.error(place, Reason::NoSource, &dimension.key);
    }
    if dimension.groups.is_empty() || dimension.groups.len() > MOST_GROUPS {
        found.error(place, Reason::TooMany, MOST_GROUPS);
        return;
    }
    for (at, group) in dimension.groups.iter().enumerate() {
        key(&group.key, dimension.groups.iter().take(at).map(|group| &group.key), place, found);
        if group.text.longest() > LABEL_CHARS {
            found.error(place, Reason::LongText, LABEL_CHARS);
        }
        let lacks_answer = dimension.question.is_some() && group.answer.is_none();
        if lacks_answer || dimension.attribute.is_some() && group.attribute.is_none() {
            found.error(place, Reason::NoTest, &group.key);
        }
    }
    let Some(asked) = &dimension.question else { return };
    let Some(question) = questionnaire.question(asked) else {
        return found.error(place, Reason::NoSuchQuestion, asked);
    };
    let tests: Vec<_> = dimension.groups.iter().filter_map(|group| group.answer.as_ref()).collect();
    tests.iter().for_each(|test| fits(question, asked, test, place, found));
    let Some(answers) = representatives(question, &tests) else { return };
    let answers: Vec<Option<Answer>> = answers.into_iter().filter(Answer::is_substantive).map(Some).collect();
    for (at, group) in dimension.groups.iter().enumerate() {
        let before = dimension.groups.iter().take(at);
        if before.into_iter().any(|other| overlaps(other, group, &answers)) {
            found.warning(place, Reason::Overlap, &group.key);
        }
        let never = |test: &super::super::condition::Test| !answers.iter().any(|a| test.fits(a.as_ref()));
        if group.answer.as_ref().is_some_and(never) {
            found.error(place, Reason::NeverHolds, &group.key);
        }
    }
    if answers.iter().any(|answer| !tests.iter().any(|test| test.fits(answer.as_ref()))) {
        found.warning(place, Reason::Uncovered, &dimension.key);
    }
}

fn cells(quota: &Quota, place: Place, found: &mut Found) {
    if quota.cells.len() > MOST_CELLS {
        return found.error(place, Reason::TooMany, MOST_CELLS);
    }
    let mut seen = BTreeSet::new();
    for (inner, cell) in quota.cells.iter().enumerate() {
        let place = place.inner(inner);
        let known =
            |(group, dimension): (&String, &Dimension)| dimension.groups.iter().any(|g| g.key == *group);
        let fits = cell.groups.len() == quota.dimensions.len();
        if !fits || !cell.groups.iter().zip(&quota.dimensions).all(known) {
            found.error(place, Reason::BadCell, cell.groups.join(", "));
        }
        if !seen.insert(&cell.groups) {
            found.error(place, Reason::TwiceCell, cell.groups.join(", "));
        }
        if cell.most == 0 {
            found.warning(place, Reason::ClosedCell, cell.groups.join(", "));
        }
    }
}
