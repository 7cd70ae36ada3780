//! The roads: loops, questions to which none leads, conditions over what was not asked yet.

use std::collections::{BTreeMap, BTreeSet};

use super::super::questionnaire::{Ending, Questionnaire};
use super::super::road::Next;
use super::branches::Exits;
use super::{Found, Part, Place, Reason};

pub(super) fn check(questionnaire: &Questionnaire, exits: &Exits, found: &mut Found) {
    let of = |at: usize| exits.get(at).into_iter().flatten();
    let next = |at: usize| of(at).map(|(next, _)| *next).collect::<Vec<Next>>();
    let reached = questionnaire.reachable(0, next);
    let unreachable = (0..questionnaire.questions.len()).filter(|at| !reached.contains(at));
    for (at, question) in unreachable.filter_map(|at| Some((at, questionnaire.questions.get(at)?))) {
        found.error(Place::question(Part::Questions, at), Reason::Unreachable, &question.key);
    }
    let loops = loops(exits);
    for (place, to) in &loops {
        let key = questionnaire.questions.get(*to).map(|question| question.key.0.clone());
        found.error(*place, Reason::Loop, key.unwrap_or_default());
    }
    let completes = |at: &usize| of(*at).any(|(next, _)| *next == Next::End(Ending::Complete));
    if loops.is_empty() && !reached.is_empty() && !reached.iter().any(completes) {
        found.error(Place::of(Part::Questions), Reason::NeverComplete, "");
    }
    not_yet_asked(questionnaire, &reached, next, found);
}

/// The exits that lead back to a question on the way to them, and to which one.
fn loops(exits: &Exits) -> Vec<(Place, usize)> {
    let mut found = Vec::new();
    let mut done: BTreeSet<usize> = BTreeSet::new();
    let mut on_way: BTreeSet<usize> = BTreeSet::new();
    // Depth first; each question with how many of its exits were taken.
    let mut way: Vec<(usize, usize)> = vec![(0, 0)];
    on_way.insert(0);
    while let Some((at, taken)) = way.last_mut() {
        let exit = exits.get(*at).and_then(|exits| exits.get(*taken));
        *taken += 1;
        match exit {
            None => {
                on_way.remove(at);
                done.insert(*at);
                way.pop();
            }
            Some((Next::Question(to), place)) if on_way.contains(to) => found.push((*place, *to)),
            Some((Next::Question(to), _)) if !done.contains(to) => {
                on_way.insert(*to);
                way.push((*to, 0));
            }
            Some(_) => {}
        }
    }
    found
}

/// Conditions over questions that no road passes before.
fn not_yet_asked(
    questionnaire: &Questionnaire,
    reached: &BTreeSet<usize>,
    next: impl Fn(usize) -> Vec<Next>,
    found: &mut Found,
) {
    let mut behind: BTreeMap<usize, BTreeSet<usize>> = BTreeMap::new();
    for at in reached {
        let Some(question) = questionnaire.questions.get(*at) else { continue };
        for (item, branch) in question.branches.iter().enumerate() {
            let asked =
                branch.condition.tests().into_iter().filter_map(|(key, _)| questionnaire.position(key));
            for asked in asked.collect::<BTreeSet<usize>>() {
                let behind = behind.entry(asked).or_insert_with(|| questionnaire.reachable(asked, &next));
                if asked != *at && !(reached.contains(&asked) && behind.contains(at)) {
                    let key = questionnaire.questions.get(asked).map(|question| question.key.0.as_str());
                    let place = Place::question(Part::Branch, *at).item(item);
                    found.error(place, Reason::NotYetAsked, key.unwrap_or_default());
                }
            }
        }
    }
}
