//! Places for the nodes and edges of a directed graph, in layers from top to bottom (Sugiyama's method): circles opened, layers by
//! longest path, crossings reduced by medians, then every layer placed as near to its neighbours as its widths allow.

mod layers;

use std::collections::BTreeMap;

use self::layers::{backwards, count, ranks, up_to};

/// A picture with more is no picture; the text is easier to read.
pub const MOST_NODES: usize = 200;
const MOST_EDGES: usize = 800;
/// Places in all layers together, those of bends counted: bounds the work on a plan made to be hard to draw.
const MOST_PLACES: usize = 8_000;
const SWEEPS: usize = 16;

const BETWEEN_NODES: f64 = 28.0;
const BETWEEN_BENDS: f64 = 14.0;
const LABEL_ROW: f64 = 26.0;
const BETWEEN_ROWS: f64 = 22.0;
/// How far a circle on one node goes out on its right.
const LOOP: f64 = 34.0;

#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Size {
    pub width: f64,
    pub height: f64,
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Point {
    pub x: f64,
    pub y: f64,
}

#[derive(Clone, Debug)]
pub struct Edge {
    pub from: usize,
    pub to: usize,
    /// Of its label.
    pub label: Size,
}

#[derive(Clone, Debug, Default)]
pub struct Layout {
    pub width: f64,
    pub height: f64,
    /// Middles, by node.
    pub nodes: Vec<Point>,
    pub edges: Vec<Line>,
}

/// From the border of one node to the border of the other.
#[derive(Clone, Debug, Default)]
pub struct Line {
    pub points: Vec<Point>,
    pub label: Option<Point>,
    /// Leads back up.
    pub back: bool,
    /// Leads to where it comes from.
    pub circle: bool,
}

/// `None`: too large to be drawn. Edges name nodes by their index; others are left out.
pub fn layout(nodes: &[Size], edges: &[Edge]) -> Option<Layout> {
    if nodes.len() > MOST_NODES || edges.len() > MOST_EDGES {
        return None;
    }
    let mut grid = Grid::new(nodes, edges)?;
    grid.order();
    grid.place();
    Some(grid.drawn())
}

/// A place in a layer: a node, or where an edge passes.
#[derive(Clone, Debug)]
struct Place {
    width: f64,
    height: f64,
    is_bend: bool,
    x: f64,
    up: Vec<usize>,
    down: Vec<usize>,
}

struct Grid<'g> {
    nodes: &'g [Size],
    edges: &'g [Edge],
    places: Vec<Place>,
    /// Indices into `places`, from left to right.
    layers: Vec<Vec<usize>>,
    /// The places of an edge from its upper end to its lower one; empty for a circle.
    ways: Vec<Vec<usize>>,
    backwards: Vec<bool>,
}

impl<'g> Grid<'g> {
    fn new(nodes: &'g [Size], edges: &'g [Edge]) -> Option<Self> {
        let backwards = backwards(nodes.len(), edges);
        let ranks = ranks(nodes.len(), edges, &backwards);
        let last = ranks.iter().copied().max().unwrap_or(0);
        let mut grid = Self {
            nodes,
            edges,
            places: Vec::new(),
            layers: vec![Vec::new(); last + 1],
            ways: Vec::new(),
            backwards,
        };
        for (size, rank) in nodes.iter().zip(&ranks) {
            grid.add(*rank, *size, false);
        }
        for (edge, back) in edges.iter().zip(grid.backwards.clone()) {
            let way = grid.way(edge, back, &ranks);
            grid.ways.push(way);
            if grid.places.len() > MOST_PLACES {
                return None;
            }
        }
        for way in &grid.ways {
            for pair in way.windows(2) {
                if let [upper, lower] = *pair {
                    if let Some(place) = grid.places.get_mut(upper) {
                        place.down.push(lower);
                    }
                    if let Some(place) = grid.places.get_mut(lower) {
                        place.up.push(upper);
                    }
                }
            }
        }
        Some(grid)
    }

    fn add(&mut self, rank: usize, size: Size, is_bend: bool) -> usize {
        let id = self.places.len();
        let (width, height) = (size.width, size.height);
        self.places.push(Place { width, height, is_bend, x: 0.0, up: Vec::new(), down: Vec::new() });
        if let Some(layer) = self.layers.get_mut(rank) {
            layer.push(id);
        }
        id
    }

    /// The label stands on the first bend after the node where the edge begins.
    fn way(&mut self, edge: &Edge, back: bool, ranks: &[usize]) -> Vec<usize> {
        let (top, bottom) = if back { (edge.to, edge.from) } else { (edge.from, edge.to) };
        let (Some(first), Some(last)) = (ranks.get(top).copied(), ranks.get(bottom).copied()) else {
            return Vec::new();
        };
        if top == bottom {
            return Vec::new();
        }
        let labelled = if back { last.saturating_sub(1) } else { first + 1 };
        let mut way = vec![top];
        for rank in first + 1..last {
            let size = if rank == labelled { edge.label } else { Size { width: 2.0, height: 0.0 } };
            way.push(self.add(rank, size, true));
        }
        way.push(bottom);
        way
    }

    fn order(&mut self) {
        let mut best = (self.crossings(), self.layers.clone());
        for sweep in 0..SWEEPS {
            let downwards = sweep % 2 == 0;
            let ranks: Vec<usize> = if downwards {
                (1..self.layers.len()).collect()
            } else {
                (0..self.layers.len().saturating_sub(1)).rev().collect()
            };
            for rank in ranks {
                self.sort_layer(rank, downwards);
            }
            let crossings = self.crossings();
            if crossings < best.0 {
                best = (crossings, self.layers.clone());
            }
        }
        self.layers = best.1;
    }

    /// Each place goes where its neighbours in the layer before are, on average.
    fn sort_layer(&mut self, rank: usize, downwards: bool) {
        let positions = self.positions();
        let Some(layer) = self.layers.get_mut(rank) else { return };
        let at = |place: &usize| {
            let own = positions.get(*place).copied().unwrap_or(0) as f64;
            let Some(place) = self.places.get(*place) else { return own };
            let neighbours = if downwards { &place.up } else { &place.down };
            let sum: usize = neighbours.iter().filter_map(|n| positions.get(*n)).sum();
            if neighbours.is_empty() { own } else { sum as f64 / neighbours.len() as f64 }
        };
        let mut keyed: Vec<(f64, usize)> = layer.iter().map(|place| (at(place), *place)).collect();
        keyed.sort_by(|a, b| a.0.total_cmp(&b.0));
        *layer = keyed.into_iter().map(|(_, place)| place).collect();
    }

    fn positions(&self) -> Vec<usize> {
        let mut positions = vec![0; self.places.len()];
        for layer in &self.layers {
            for (at, place) in layer.iter().enumerate() {
                if let Some(position) = positions.get_mut(*place) {
                    *position = at;
                }
            }
        }
        positions
    }

    /// Inversions between neighbouring layers, counted with a Fenwick tree.
    fn crossings(&self) -> usize {
        let positions = self.positions();
        let mut crossings = 0;
        for pair in self.layers.windows(2) {
            let [upper, lower] = pair else { continue };
            let mut tree = vec![0_usize; lower.len() + 1];
            let mut seen = 0;
            for place in upper {
                let Some(place) = self.places.get(*place) else { continue };
                let mut ends: Vec<usize> =
                    place.down.iter().filter_map(|p| positions.get(*p).copied()).collect();
                ends.sort_unstable();
                for end in &ends {
                    crossings += seen - up_to(&tree, end + 1);
                }
                for end in ends {
                    count(&mut tree, end + 1);
                    seen += 1;
                }
            }
        }
        crossings
    }

    fn place(&mut self) {
        for rank in 0..self.layers.len() {
            self.settle(rank, None);
        }
        for round in 0..SWEEPS {
            let downwards = round % 2 == 0;
            let last = self.layers.len();
            for step in 0..last {
                self.settle(if downwards { step } else { last - 1 - step }, Some(downwards));
            }
        }
        let leftmost = self.places.iter().map(|p| p.x - p.width / 2.0).fold(f64::INFINITY, f64::min);
        for place in &mut self.places {
            place.x -= if leftmost.is_finite() { leftmost } else { 0.0 };
        }
    }

    /// Puts the places of a layer as near as possible to where they want to be, in their order and with their distances:
    /// least squares under an order, solved exactly by pooling neighbours that are in each other's way.
    fn settle(&mut self, rank: usize, downwards: Option<bool>) {
        let Some(layer) = self.layers.get(rank) else { return };
        let mut offset = 0.0;
        let mut before: Option<&Place> = None;
        let mut wanted = Vec::with_capacity(layer.len());
        for id in layer {
            let Some(place) = self.places.get(*id) else { continue };
            if let Some(before) = before {
                let gap = if place.is_bend && before.is_bend { BETWEEN_BENDS } else { BETWEEN_NODES };
                offset += before.width / 2.0 + gap + place.width / 2.0;
            }
            before = Some(place);
            let target = downwards.map_or(0.0, |downwards| self.wanted(place, downwards));
            wanted.push((*id, offset, target - offset, if place.is_bend { 2.0 } else { 1.0 }));
        }
        let mut pools: Vec<(f64, f64, usize)> = Vec::new();
        for (_, _, target, weight) in &wanted {
            pools.push((*target, *weight, 1));
            while let [.., (a, wa, na), (b, wb, nb)] = pools.as_slice() {
                if a <= b {
                    break;
                }
                let merged = ((a * wa + b * wb) / (wa + wb), wa + wb, na + nb);
                pools.truncate(pools.len() - 2);
                pools.push(merged);
            }
        }
        let settled = pools.iter().flat_map(|(x, _, count)| std::iter::repeat_n(*x, *count));
        for ((id, offset, ..), x) in wanted.into_iter().zip(settled) {
            if let Some(place) = self.places.get_mut(id) {
                place.x = x + offset;
            }
        }
    }

    fn wanted(&self, place: &Place, downwards: bool) -> f64 {
        let (first, second) = if downwards { (&place.up, &place.down) } else { (&place.down, &place.up) };
        let neighbours = if first.is_empty() { second } else { first };
        let mut places: Vec<f64> =
            neighbours.iter().filter_map(|id| self.places.get(*id)).map(|p| p.x).collect();
        places.sort_by(f64::total_cmp);
        match (places.get(places.len().saturating_sub(1) / 2), places.get(places.len() / 2)) {
            (Some(a), Some(b)) => (a + b) / 2.0,
            _ => place.x,
        }
    }

    fn drawn(&self) -> Layout {
        let mut tops = Vec::with_capacity(self.layers.len());
        let mut y = 4.0;
        for (rank, layer) in self.layers.iter().enumerate() {
            let heights = layer.iter().filter_map(|id| self.places.get(*id)).map(|place| place.height);
            let least = if rank % 2 == 1 { LABEL_ROW } else { 0.0 };
            let height = heights.fold(least, f64::max);
            tops.push((y, height));
            y += height + BETWEEN_ROWS;
        }
        let mut points = vec![Point { x: 0.0, y: 0.0 }; self.places.len()];
        for (layer, (top, height)) in self.layers.iter().zip(&tops) {
            for id in layer {
                if let (Some(point), Some(place)) = (points.get_mut(*id), self.places.get(*id)) {
                    *point = Point { x: place.x, y: top + height / 2.0 };
                }
            }
        }
        let ports = self.ports();
        let edges = self.edges.iter().enumerate().map(|(index, _)| self.line(index, &points, &ports));
        let edges: Vec<Line> = edges.collect();
        let right = self.places.iter().map(|p| p.x + p.width / 2.0).fold(0.0, f64::max);
        let circles = edges.iter().filter(|line| line.circle).flat_map(|line| &line.points);
        let width = circles.map(|p| p.x + LOOP).fold(right, f64::max);
        points.truncate(self.nodes.len());
        Layout { width, height: y - BETWEEN_ROWS + 4.0, nodes: points, edges }
    }

    /// Where on the border of its nodes each edge begins and ends, so that edges do not lie on each other.
    fn ports(&self) -> BTreeMap<(usize, bool), f64> {
        let mut ports = BTreeMap::new();
        for id in 0..self.nodes.len() {
            for below in [false, true] {
                let mut met: Vec<(f64, usize)> = Vec::new();
                for (index, way) in self.ways.iter().enumerate() {
                    let (end, next) = if below {
                        (way.first(), way.get(1))
                    } else {
                        (way.last(), way.len().checked_sub(2).and_then(|at| way.get(at)))
                    };
                    if let (Some(end), Some(next)) = (end, next.and_then(|n| self.places.get(*n)))
                        && *end == id
                    {
                        met.push((next.x, index));
                    }
                }
                met.sort_by(|a, b| a.0.total_cmp(&b.0));
                let width = self.nodes.get(id).map_or(0.0, |size| size.width * 0.72);
                let step = (width / met.len().max(1) as f64).min(22.0);
                let middle = (met.len() as f64 - 1.0) / 2.0;
                for (at, (_, index)) in met.into_iter().enumerate() {
                    ports.insert((index, below), (at as f64 - middle) * step);
                }
            }
        }
        ports
    }

    fn line(&self, index: usize, points: &[Point], ports: &BTreeMap<(usize, bool), f64>) -> Line {
        let (Some(edge), Some(way)) = (self.edges.get(index), self.ways.get(index)) else {
            return Line::default();
        };
        let (Some(top), Some(bottom)) = (way.first(), way.last()) else { return self.circle(edge, points) };
        let back = self.backwards.get(index).copied().unwrap_or(false);
        let border = |id: &usize, below: bool| {
            let middle = points.get(*id).copied().unwrap_or(Point { x: 0.0, y: 0.0 });
            let half = self.nodes.get(*id).map_or(0.0, |size| size.height / 2.0);
            let port = ports.get(&(index, below)).copied().unwrap_or(0.0);
            Point { x: middle.x + port, y: if below { middle.y + half } else { middle.y - half } }
        };
        let bends: Vec<Point> = way
            .iter()
            .filter(|id| **id >= self.nodes.len())
            .filter_map(|id| points.get(*id).copied())
            .collect();
        let label = if back { bends.last() } else { bends.first() }.copied();
        let mut points: Vec<Point> =
            std::iter::once(border(top, true)).chain(bends).chain([border(bottom, false)]).collect();
        if back {
            points.reverse();
        }
        Line { points, label, back, circle: false }
    }

    fn circle(&self, edge: &Edge, points: &[Point]) -> Line {
        let (Some(middle), Some(size)) = (points.get(edge.from), self.nodes.get(edge.from)) else {
            return Line::default();
        };
        let x = middle.x + size.width / 2.0;
        let points = vec![Point { x, y: middle.y - 8.0 }, Point { x, y: middle.y + 8.0 }];
        let label = Some(Point { x: x + LOOP - 8.0, y: middle.y });
        Line { points, label, back: false, circle: true }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SIZE: Size = Size { width: 100.0, height: 40.0 };

    fn drawn(nodes: usize, edges: &[(usize, usize)]) -> Layout {
        let edges: Vec<Edge> = edges
            .iter()
            .map(|(from, to)| Edge { from: *from, to: *to, label: Size { width: 30.0, height: 20.0 } })
            .collect();
        layout(&vec![SIZE; nodes], &edges).unwrap()
    }

    fn nothing_overlaps(layout: &Layout) {
        for (index, a) in layout.nodes.iter().enumerate() {
            assert!(a.x >= SIZE.width / 2.0 - 0.01 && a.x <= layout.width - SIZE.width / 2.0 + 0.01);
            for b in &layout.nodes[index + 1..] {
                assert!(
                    (a.y - b.y).abs() >= SIZE.height || (a.x - b.x).abs() >= SIZE.width + 20.0,
                    "{a:?} {b:?}"
                );
            }
        }
    }

    #[test]
    fn a_menu_fans_out_below_its_start_and_comes_together_again() {
        let layout = drawn(6, &[(0, 1), (1, 2), (1, 3), (1, 4), (2, 5), (3, 5), (4, 5)]);
        nothing_overlaps(&layout);
        let at = |n: usize| layout.nodes[n];
        assert!(at(0).y < at(1).y && at(1).y < at(2).y && at(2).y < at(5).y);
        assert_eq!((at(2).y, at(2).y), (at(3).y, at(4).y));
        assert!((at(1).x - at(5).x).abs() < 1.0, "on one axis: {at:?}", at = (at(1), at(5)));
        assert!(layout.edges.iter().all(|line| line.label.is_some() && line.points.len() >= 3));
    }

    #[test]
    fn the_way_back_to_a_menu_is_drawn_upwards() {
        let layout = drawn(3, &[(0, 1), (1, 2), (2, 0), (1, 1)]);
        nothing_overlaps(&layout);
        let back = &layout.edges[2];
        assert!(back.back && back.points.first().unwrap().y > back.points.last().unwrap().y);
        assert!(layout.edges[3].circle);
    }

    #[test]
    fn edges_that_can_be_drawn_without_crossing_do_not_cross() {
        // 0 leads to 4 and 1 leads to 3, written crosswise.
        let edges: Vec<Edge> =
            [(2, 1), (2, 0), (0, 4), (1, 3)].map(|(from, to)| Edge { from, to, label: SIZE }).to_vec();
        let mut grid = Grid::new(&[SIZE; 5], &edges).unwrap();
        grid.order();
        assert_eq!(grid.crossings(), 0);
    }

    #[test]
    fn any_graph_is_drawn_or_refused_without_panic() {
        assert_eq!(drawn(0, &[]).nodes.len(), 0);
        assert_eq!(drawn(1, &[(0, 7), (9, 0)]).nodes.len(), 1);
        assert!(layout(&[SIZE; MOST_NODES + 1], &[]).is_none());
        let mut seed = 7_u64;
        let mut random = move |below: usize| {
            seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            (seed >> 33) as usize % below
        };
        for _ in 0..40 {
            let nodes = 1 + random(30);
            let edges: Vec<(usize, usize)> =
                (0..random(60)).map(|_| (random(nodes), random(nodes))).collect();
            nothing_overlaps(&drawn(nodes, &edges));
        }
    }
}
