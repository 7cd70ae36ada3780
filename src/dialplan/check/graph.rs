//! The shape of a plan: every node can be reached, every call ends, and nobody who was asked something leaves without a case.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use crate::dialplan::parse::{Outline, Parsed};
use crate::dialplan::plan::{Kind, NodeId, Plan};
use crate::dialplan::problem::Problem;

pub(super) fn check(parsed: &mut Parsed) {
    let mut problems = unreachable(&parsed.outline);
    // The ways through a plan are known only when every node is.
    if let Some(plan) = &parsed.plan {
        problems.extend(loops(plan, &parsed.outline));
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
            let message = format!("no call can reach node \"{}\"", node.name.value);
            Problem::new(node.name.span.clone(), message).help("lead an exit here, or remove it")
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
    let exits: BTreeSet<NodeId> = match plan.node(id).map(|node| &node.kind) {
        Some(Kind::Menu(menu)) => [menu.otherwise].into(),
        Some(kind) => kind.exits().into_iter().map(|(_, exit)| exit).collect(),
        None => BTreeSet::new(),
    };
    exits.into_iter().collect()
}

fn circle_problem(circle: &[NodeId], outline: &Outline) -> Problem {
    let span =
        circle.first().and_then(|id| outline.nodes.get(id.0)).map_or(0..0, |node| node.name.span.clone());
    Problem::new(span, "a caller who presses no key goes in a circle for ever")
        .help("lead one of its exits to a hangup node")
        .note(names(circle, outline))
}

/// Every call becomes a case when it ends, if only a missed call. But who was asked something must not leave as one: a way
/// through a menu, whatever key was pressed or none, has to pass a `case` or a `record` node before it ends.
fn ends_without_case(plan: &Plan, outline: &Outline) -> Vec<Problem> {
    /// Where a call is, and whether it was asked something on the way.
    type At = (NodeId, bool);
    let mut came_from: BTreeMap<At, Option<At>> = BTreeMap::new();
    let mut open: VecDeque<(At, Option<At>)> =
        plan.numbers.iter().map(|number| ((number.start, false), None)).collect();
    let mut problems = Vec::new();
    // Breadth first, so that the way shown is a shortest one.
    while let Some((at, from)) = open.pop_front() {
        if came_from.contains_key(&at) {
            continue;
        }
        came_from.insert(at, from);
        let (id, asked) = at;
        match plan.node(id).map(|node| &node.kind) {
            Some(Kind::Case { .. } | Kind::Record(_)) | None => {}
            Some(Kind::Hangup { .. }) if asked => {
                let mut way: Vec<NodeId> =
                    std::iter::successors(Some(at), |at| came_from.get(at).copied().flatten())
                        .map(|(node, _)| node)
                        .collect();
                way.reverse();
                let span = outline.nodes.get(id.0).map_or(0..0, |node| node.name.span.clone());
                problems.push(
                    Problem::new(
                        span,
                        "a caller who was asked something can come to this end without a case",
                    )
                    .help("put a case or record node on the way")
                    .note(names(&way, outline)),
                );
            }
            Some(kind) => {
                let asked = asked || matches!(kind, Kind::Menu(_));
                open.extend(kind.exits().into_iter().map(|(_, exit)| ((exit, asked), Some(at))));
            }
        }
    }
    problems
}

fn names(way: &[NodeId], outline: &Outline) -> String {
    let names: Vec<&str> =
        way.iter().filter_map(|id| outline.nodes.get(id.0)).map(|node| node.name.value.as_str()).collect();
    names.join(" → ")
}
