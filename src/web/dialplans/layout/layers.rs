//! Of the graph itself: which edges lead back up, how deep each node is, and a tree that counts crossings.

use super::Edge;

pub(super) fn up_to(tree: &[usize], mut at: usize) -> usize {
    let mut sum = 0;
    while at > 0 {
        sum += tree.get(at).copied().unwrap_or(0);
        at &= at - 1;
    }
    sum
}

pub(super) fn count(tree: &mut [usize], mut at: usize) {
    while let Some(cell) = tree.get_mut(at) {
        *cell += 1;
        at += at & at.wrapping_neg();
    }
}

/// Edges that would close a circle, found depth first from the first node on: turned around, the rest has none.
pub(super) fn backwards(nodes: usize, edges: &[Edge]) -> Vec<bool> {
    let mut leaving: Vec<Vec<usize>> = vec![Vec::new(); nodes];
    for (index, edge) in edges.iter().enumerate() {
        if let Some(list) = leaving.get_mut(edge.from) {
            list.push(index);
        }
    }
    let mut backwards = vec![false; edges.len()];
    // 0: not met, 1: on the way here, 2: done.
    let mut state = vec![0_u8; nodes];
    for start in 0..nodes {
        let mut way: Vec<(usize, usize)> = Vec::new();
        if state.get(start) == Some(&0) {
            way.push((start, 0));
        }
        while let Some((node, next)) = way.pop() {
            if let Some(state) = state.get_mut(node) {
                *state = 1;
            }
            let Some(index) = leaving.get(node).and_then(|list| list.get(next)).copied() else {
                if let Some(state) = state.get_mut(node) {
                    *state = 2;
                }
                continue;
            };
            way.push((node, next + 1));
            let Some(to) = edges.get(index).map(|edge| edge.to) else { continue };
            match state.get(to) {
                Some(0) => way.push((to, 0)),
                Some(1) => {
                    if let Some(back) = backwards.get_mut(index) {
                        *back = true;
                    }
                }
                _ => {}
            }
        }
    }
    backwards
}

/// Even layers for nodes, odd ones for labels: a node stands two below the lowest that leads to it.
pub(super) fn ranks(nodes: usize, edges: &[Edge], backwards: &[bool]) -> Vec<usize> {
    let mut ranks = vec![0; nodes];
    // Without circles the longest way has fewer steps than there are nodes.
    for _ in 0..nodes {
        let mut moved = false;
        for (edge, back) in edges.iter().zip(backwards) {
            let (top, bottom) = if *back { (edge.to, edge.from) } else { (edge.from, edge.to) };
            if top == bottom {
                continue;
            }
            let least = ranks.get(top).copied().unwrap_or(0) + 2;
            if let Some(rank) = ranks.get_mut(bottom)
                && *rank < least
            {
                *rank = least;
                moved = true;
            }
        }
        if !moved {
            break;
        }
    }
    ranks
}
