//! The road through the questions: which were asked, which is next, and which may still come.

use std::collections::{BTreeMap, BTreeSet};

use super::answer::Answer;
use super::condition::{Condition, Known};
use super::questionnaire::{Ending, QuestionKey, Questionnaire, Target};

/// Where an answer leads. Questions by their place in the list.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Next {
    Question(usize),
    End(Ending),
}

/// The questions that were answered, in their order, and what comes then.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Road {
    pub asked: Vec<usize>,
    pub then: Next,
}

pub(super) type Answers = BTreeMap<QuestionKey, Answer>;

/// The fewest and the most questions that are left.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Left {
    pub shortest: usize,
    pub longest: usize,
}

impl Questionnaire {
    /// Follows the answers from the first question on. A condition sees only what was answered before on this very road.
    pub(super) fn road(&self, answers: &Answers) -> Road {
        let mut asked: Vec<usize> = Vec::new();
        let mut seen: BTreeMap<&QuestionKey, &Answer> = BTreeMap::new();
        let mut then = self.at(0);
        while let Next::Question(at) = then {
            let Some(question) = self.questions.get(at).filter(|q| !seen.contains_key(&q.key)) else {
                // A road that comes back to itself: a checked questionnaire has none, and others end here.
                return Road { asked, then: Next::End(Ending::Complete) };
            };
            let Some(answer) = answers.get(&question.key) else { break };
            asked.push(at);
            seen.insert(&question.key, answer);
            let known = |key: &QuestionKey| seen.get(key).map_or(Known::None, |answer| Known::Answer(answer));
            then = self.after(at, |condition| condition.holds(&known).unwrap_or(false));
        }
        Road { asked, then }
    }

    /// Every question from `from` on that these answers still leave possible, in no order.
    pub(super) fn ahead(&self, road: &Road, answers: &Answers) -> BTreeSet<usize> {
        let Next::Question(start) = road.then else { return BTreeSet::new() };
        let mut ahead = BTreeSet::new();
        let any: BTreeSet<usize> = self.reachable(start, |at| self.exits(at, |_| None));
        let mut waiting = vec![start];
        while let Some(at) = waiting.pop() {
            if !ahead.insert(at) {
                continue;
            }
            let exits = self.exits(at, |condition| condition.holds(&self.knowledge(road, answers, &any)));
            waiting.extend(exits.into_iter().filter_map(Next::question));
        }
        ahead
    }

    /// How far it is to the end at least and at most, with what these answers have decided.
    pub(super) fn left(&self, road: &Road, answers: &Answers) -> Left {
        let Next::Question(start) = road.then else { return Left { shortest: 0, longest: 0 } };
        let ahead = self.ahead(road, answers);
        let exits =
            |at: usize| self.exits(at, |condition| condition.holds(&self.knowledge(road, answers, &ahead)));
        let mut known: BTreeMap<usize, Left> = BTreeMap::new();
        let mut entered = BTreeSet::new();
        let mut waiting = vec![start];
        // Depth first: a question is summed up when all that follow it have been.
        while let Some(at) = waiting.last().copied() {
            let next: Vec<usize> = exits(at).into_iter().filter_map(Next::question).collect();
            if entered.insert(at) {
                waiting.extend(next.iter().filter(|next| !entered.contains(*next)));
                continue;
            }
            waiting.pop();
            let ends = exits(at).iter().any(|next| matches!(next, Next::End(_)));
            let of = |next: &usize| known.get(next).copied();
            let shortest = next.iter().filter_map(of).map(|left| left.shortest).min();
            let longest = next.iter().filter_map(of).map(|left| left.longest).max().unwrap_or(0);
            let shortest = if ends { 0 } else { shortest.unwrap_or(0) };
            known.insert(at, Left { shortest: shortest + 1, longest: longest + 1 });
        }
        known.get(&start).copied().unwrap_or(Left { shortest: 0, longest: 0 })
    }

    /// The exit that an answer takes; `holds` says which conditions do.
    pub(super) fn after(&self, at: usize, holds: impl Fn(&Condition) -> bool) -> Next {
        let Some(question) = self.questions.get(at) else { return Next::End(Ending::Complete) };
        match question.branches.iter().find(|branch| holds(&branch.condition)) {
            Some(branch) => self.target(&branch.target),
            None => self.otherwise(at),
        }
    }

    /// Every exit that is still possible; `holds` says `None` where that is not decided.
    pub(super) fn exits(&self, at: usize, holds: impl Fn(&Condition) -> Option<bool>) -> Vec<Next> {
        let mut exits = Vec::new();
        for branch in self.questions.get(at).into_iter().flat_map(|question| &question.branches) {
            match holds(&branch.condition) {
                Some(false) => {}
                None => exits.push(self.target(&branch.target)),
                Some(true) => {
                    exits.push(self.target(&branch.target));
                    return exits;
                }
            }
        }
        exits.push(self.otherwise(at));
        exits
    }

    /// Questions to which some way leads, `from` included.
    pub(super) fn reachable(&self, from: usize, exits: impl Fn(usize) -> Vec<Next>) -> BTreeSet<usize> {
        let mut found = BTreeSet::new();
        let mut waiting: Vec<usize> = self.questions.get(from).map(|_| from).into_iter().collect();
        while let Some(at) = waiting.pop() {
            if found.insert(at) {
                waiting.extend(exits(at).into_iter().filter_map(Next::question));
            }
        }
        found
    }

    pub(super) fn otherwise(&self, at: usize) -> Next {
        match self.questions.get(at).and_then(|question| question.otherwise.as_ref()) {
            Some(target) => self.target(target),
            None => self.at(at + 1),
        }
    }

    /// A target that does not exist is the end; the checker does not let it through.
    pub(super) fn target(&self, target: &Target) -> Next {
        match target {
            Target::End(ending) => Next::End(*ending),
            Target::Question(key) => self.position(key).map_or(Next::End(Ending::Complete), Next::Question),
        }
    }

    fn at(&self, at: usize) -> Next {
        if at < self.questions.len() { Next::Question(at) } else { Next::End(Ending::Complete) }
    }

    /// What can be said of answers on the rest of a road: given, still open, or never to be given.
    fn knowledge<'a>(
        &'a self,
        road: &'a Road,
        answers: &'a Answers,
        open: &'a BTreeSet<usize>,
    ) -> impl Fn(&QuestionKey) -> Known<'a> {
        move |key| match self.position(key) {
            Some(at) if road.asked.contains(&at) => answers.get(key).map_or(Known::None, Known::Answer),
            Some(at) if open.contains(&at) => Known::Open,
            _ => Known::None,
        }
    }
}

impl Next {
    pub fn question(self) -> Option<usize> {
        match self {
            Self::Question(at) => Some(at),
            Self::End(_) => None,
        }
    }
}
