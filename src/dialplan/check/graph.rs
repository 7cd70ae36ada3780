//! The shape of a plan: every node can be reached, every call ends, and none ends without a case by the plan's own doing.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use crate::dialplan::machine::MAX_NODES_WITHOUT_KEY;
use crate::dialplan::parse::{Outline, Parsed};
use crate::dialplan::phrase::Phrase;
use crate::dialplan::plan::{Kind, NodeId, Plan};
use crate::dialplan::problem::Problem;

pub(super) fn check(parsed: &mut Parsed) {
    let mut problems = unreachable(&parsed.outline);
    // The ways through a plan are known only when every node is.
    if let Some(plan) = &parsed.plan {
        let circles = loops(plan, &parsed.outline);
        if circles.is_empty() {
            problems.extend(too_long(plan, &parsed.outline));
        }
        problems.extend(circles);
        problems.extend(ends_without_case(plan, &parsed.outline));
    }
    parsed.problems.extend(problems);
}

fn unreachable(outline: &Outline) -> Vec<Problem> {
    if outline.starts.is_empty() {
        return Vec::new(); // A mistake in the numbers, told already; all nodes would be listed.
    }
    let mut reached: BTreeSet<NodeId> = outline.starts.iter().copied().collect();
    let mut open: Vec<NodeId> = outline.starts.clone();
    while let Some(id) = open.pop() {
        let exits = outline.nodes.get(id.0).map(|node| node.exits.as_slice()).unwrap_or_default();
        open.extend(exits.iter().copied().filter(|exit| reached.insert(*exit)));
    }
    let nodes = outline.nodes.iter().enumerate();
    nodes
        .filter(|(id, _)| !reached.contains(&NodeId(*id)))
        .map(|(_, node)| {
            let message = Phrase::unreachable(&node.name.value);
            Problem::new(node.name.span.clone(), message).help(Phrase::lead_here())
        })
        .collect()
}

/// A caller who presses nothing must come to an end: no circle without a key. That a recording was made does not count as
/// a key, or a dead line would be recorded for ever.
fn loops(plan: &Plan, outline: &Outline) -> Vec<Problem> {
    let mut done = BTreeSet::new();
    let mut problems = Vec::new();
    for start in (0..plan.nodes.len()).map(NodeId) {
        // Depth first with the way here on a stack of (node, exits still to follow).
        let mut way: Vec<(NodeId, Vec<NodeId>)> = Vec::new();
        let mut next = Some(start);
        loop {
            if let Some(id) = next.take().filter(|id| !done.contains(id)) {
                if let Some(begin) = way.iter().position(|(on_way, _)| *on_way == id) {
                    let circle: Vec<NodeId> =
                        way.iter().skip(begin).map(|(node, _)| *node).chain([id]).collect();
                    problems.push(circle_problem(&circle, outline));
                } else {
                    way.push((id, exits_without_key(plan, id)));
                }
            }
            match way.last_mut() {
                None => break,
                Some((_, exits)) => match exits.pop() {
                    Some(exit) => next = Some(exit),
                    None => done.extend(way.pop().map(|(id, _)| id)),
                },
            }
        }
    }
    problems
}

/// Each once, whatever the exits are called.
fn exits_without_key(plan: &Plan, id: NodeId) -> Vec<NodeId> {
    let exits = plan.node(id).map(|node| node.kind.exits()).unwrap_or_default();
    let exits: BTreeSet<NodeId> = exits.into_iter().filter(|exit| !exit.by_key).map(|exit| exit.to).collect();
    exits.into_iter().collect()
}

/// The interpreter gives up after so many nodes without a key; a plan has to end before. Only asked of plans without circles.
fn too_long(plan: &Plan, outline: &Outline) -> Vec<Problem> {
    // Longest way without a key that begins at a node, found depth first; `None`: on the way down.
    let mut longest: BTreeMap<NodeId, Option<u32>> = BTreeMap::new();
    for start in (0..plan.nodes.len()).map(NodeId) {
        let mut open = vec![start];
        while let Some(id) = open.last().copied() {
            let exits = exits_without_key(plan, id);
            let unknown: Vec<NodeId> =
                exits.iter().filter(|exit| !longest.contains_key(exit)).copied().collect();
            if matches!(longest.get(&id), Some(Some(_))) || unknown.is_empty() {
                let below = exits.iter().filter_map(|exit| longest.get(exit).copied().flatten()).max();
                longest.insert(id, Some(1 + below.unwrap_or(0)));
                open.pop();
            } else {
                open.extend(unknown);
            }
        }
    }
    let worst =
        longest.iter().filter_map(|(id, length)| Some((*id, (*length)?))).max_by_key(|(_, length)| *length);
    let too_long = worst.filter(|(_, length)| *length > MAX_NODES_WITHOUT_KEY);
    too_long
        .map(|(id, length)| {
            let span = outline.nodes.get(id.0).map_or(0..0, |node| node.name.span.clone());
            let message = Phrase::too_far(length, MAX_NODES_WITHOUT_KEY);
            Problem::new(span, message).help(Phrase::ask_in_between())
        })
        .into_iter()
        .collect()
}

fn circle_problem(circle: &[NodeId], outline: &Outline) -> Problem {
    let span =
        circle.first().and_then(|id| outline.nodes.get(id.0)).map_or(0..0, |node| node.name.span.clone());
    Problem::new(span, Phrase::circle())
        .help(Phrase::lead_to_hangup())
        .note(Phrase::way(names(circle, outline)))
}

/// Every call becomes a case when it ends, if only a missed call. That is for callers who hang up; a plan must not lead there by
/// itself: every way to its end passes something that makes a case or leads to somebody, or the end says `no_case = "why"`.
fn ends_without_case(plan: &Plan, outline: &Outline) -> Vec<Problem> {
    let mut came_from: BTreeMap<NodeId, Option<NodeId>> = BTreeMap::new();
    let mut open: VecDeque<(NodeId, Option<NodeId>)> =
        plan.numbers.iter().map(|number| (number.start, None)).collect();
    let mut problems = Vec::new();
    // Breadth first, so that the way shown is a shortest one. Ways end where there is a case.
    while let Some((id, from)) = open.pop_front() {
        if came_from.contains_key(&id) {
            continue;
        }
        came_from.insert(id, from);
        match plan.node(id).map(|node| &node.kind) {
            Some(Kind::Hangup(hangup)) if hangup.no_case.is_none() => {
                let mut way: Vec<NodeId> =
                    std::iter::successors(Some(id), |id| came_from.get(id).copied().flatten()).collect();
                way.reverse();
                let span = outline.nodes.get(id.0).map_or(0..0, |node| node.name.span.clone());
                problems.push(
                    Problem::new(span, Phrase::ends_without_case())
                        .help(Phrase::case_on_the_way())
                        .note(Phrase::way(names(&way, outline))),
                );
            }
            Some(kind) => {
                let exits = kind.exits().into_iter().filter(|exit| !exit.with_case);
                open.extend(exits.map(|exit| (exit.to, Some(id))));
            }
            None => {}
        }
    }
    problems
}

fn names(way: &[NodeId], outline: &Outline) -> String {
    let names: Vec<&str> =
        way.iter().filter_map(|id| outline.nodes.get(id.0)).map(|node| node.name.value.as_str()).collect();
    names.join(" → ")
}
