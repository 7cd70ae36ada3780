//! A plan as a picture: its nodes and exits, today's callers on the exits, and where callers are now.

use std::collections::BTreeMap;

use super::counts::Ways;
use super::layout::{self, Edge, Line, Point, Size};
use crate::dialplan::plan::{Claim, Exit, Plan};
use crate::web::cases::view::for_people;
use crate::web::page::Page;

/// The letters of the style sheet, wide enough for the widest words.
const LETTER: f64 = 8.1;
const SMALL_LETTER: f64 = 7.2;
const NODE_HEIGHT: f64 = 46.0;
const LABEL_HEIGHT: f64 = 22.0;
const MARGIN: f64 = 14.0;

#[derive(Clone, Debug)]
pub struct Graph {
    pub width: f64,
    pub height: f64,
    pub nodes: Vec<NodeView>,
    pub edges: Vec<EdgeView>,
}

#[derive(Clone, Debug)]
pub struct NodeView {
    pub name: String,
    /// As the plan writes it; picks the colour.
    pub kind: &'static str,
    pub label: String,
    pub x: f64,
    pub y: f64,
    pub width: f64,
    pub height: f64,
    /// Middle, for the letters.
    pub middle: f64,
    /// Callers who are here now.
    pub now: u64,
    pub right: f64,
}

#[derive(Clone, Debug)]
pub struct EdgeView {
    pub from: String,
    pub to: String,
    /// The exits, as the plan writes them.
    pub exits: String,
    /// Callers of today; empty when nobody went here.
    pub count: String,
    /// From 0 to 4: how thick.
    pub weight: u8,
    pub path: String,
    pub arrow: String,
    pub back: bool,
    pub label: Option<LabelView>,
}

#[derive(Clone, Debug)]
pub struct LabelView {
    pub x: f64,
    pub y: f64,
    pub left: f64,
    pub top: f64,
    pub width: f64,
}

/// Where the callers of a plan are and were.
#[derive(Clone, Debug, Default)]
pub struct Traffic {
    pub today: Ways,
    pub now: BTreeMap<String, u64>,
}

/// `None`: too large to be drawn.
pub fn draw(plan: &Plan, traffic: &Traffic, page: &Page) -> Option<Graph> {
    let mut nodes: Vec<NodeView> = plan.nodes.iter().map(|node| node_view(node, traffic, page)).collect();
    let mut edges: Vec<(usize, usize, EdgeView)> = Vec::new();
    for (from, node) in plan.nodes.iter().enumerate() {
        for Exit { name: exit, to, .. } in node.kind.exits() {
            // Exits to the same node are one line with several words.
            if let Some((.., edge)) = edges.iter_mut().find(|(f, t, _)| (*f, *t) == (from, to.0)) {
                edge.exits = format!("{}, {exit}", edge.exits);
                continue;
            }
            let target = plan.node(to).map(|node| node.name.clone()).unwrap_or_default();
            let count = traffic.today.steps.get(&(node.name.clone(), target.clone()));
            edges.push((from, to.0, edge_view(&node.name, target, exit, count, traffic)));
        }
    }
    for number in &plan.numbers {
        let label = match &number.claim {
            Claim::Exactly(number) => for_people(number),
            Claim::Any => page.say("plan-any-number"),
        };
        let start = plan.node(number.start).map(|node| node.name.clone()).unwrap_or_default();
        let count = traffic.today.starts.get(&start).filter(|_| plan.numbers.len() == 1);
        edges.push((nodes.len(), number.start.0, edge_view("", start, String::new(), count, traffic)));
        nodes.push(sized(NodeView { label, kind: "number", ..blank() }));
    }
    // `next` is the only way on: nothing to tell apart.
    for (from, _, edge) in &mut edges {
        let only = plan.nodes.get(*from).is_some_and(|node| node.kind.exits().len() == 1);
        if only {
            edge.exits.clear();
        }
    }
    place(nodes, edges)
}

fn place(mut nodes: Vec<NodeView>, edges: Vec<(usize, usize, EdgeView)>) -> Option<Graph> {
    let sizes: Vec<Size> = nodes.iter().map(|n| Size { width: n.width, height: n.height }).collect();
    let wanted: Vec<Edge> = edges
        .iter()
        .map(|(from, to, edge)| Edge {
            from: *from,
            to: *to,
            label: Size { width: label_width(edge), height: LABEL_HEIGHT },
        })
        .collect();
    let layout = layout::layout(&sizes, &wanted)?;
    for (node, at) in nodes.iter_mut().zip(&layout.nodes) {
        node.x = short(at.x - node.width / 2.0 + MARGIN);
        node.y = short(at.y - node.height / 2.0 + MARGIN);
        node.middle = short(at.x + MARGIN);
        node.right = short(node.x + node.width);
    }
    let edges = edges.into_iter().zip(&layout.edges).map(|((.., edge), line)| drawn(edge, line)).collect();
    Some(Graph {
        width: (layout.width + 2.0 * MARGIN).ceil(),
        height: (layout.height + 2.0 * MARGIN).ceil(),
        nodes,
        edges,
    })
}

fn drawn(mut edge: EdgeView, line: &Line) -> EdgeView {
    let points: Vec<Point> = line.points.iter().map(|p| Point { x: p.x + MARGIN, y: p.y + MARGIN }).collect();
    edge.back = line.back || line.circle;
    edge.path = if line.circle { circle(&points) } else { curve(&points) };
    edge.arrow = points.last().map_or_else(String::new, |end| {
        let (x, y) = (end.x, end.y);
        match (line.circle, line.back) {
            (true, _) => format!("M{x:.1} {y:.1}l8 -3v7z"),
            (_, true) => format!("M{x:.1} {y:.1}l-4 8h8z"),
            _ => format!("M{x:.1} {y:.1}l-4 -8h8z"),
        }
    });
    let width = label_width(&edge);
    edge.label = line.label.filter(|_| width > 2.0).map(|at| {
        let (x, y) = (at.x + MARGIN, at.y + MARGIN);
        let (left, top) = (short(x - width / 2.0), short(y - LABEL_HEIGHT / 2.0));
        LabelView { x: short(x), y: short(y + 4.5), left, top, width: short(width) }
    });
    edge
}

/// Tenths of a pixel are enough, and keep the page small.
fn short(place: f64) -> f64 {
    (place * 10.0).round() / 10.0
}

/// Through the points, always leaving and arriving upright.
fn curve(points: &[Point]) -> String {
    let mut path = points.first().map_or_else(String::new, |p| format!("M{:.1} {:.1}", p.x, p.y));
    for pair in points.windows(2) {
        if let [a, b] = pair {
            let middle = (a.y + b.y) / 2.0;
            path.push_str(&format!("C{:.1} {middle:.1} {:.1} {middle:.1} {:.1} {:.1}", a.x, b.x, b.x, b.y));
        }
    }
    path
}

fn circle(points: &[Point]) -> String {
    match points {
        [a, b] => format!(
            "M{:.1} {:.1}C{:.1} {:.1} {:.1} {:.1} {:.1} {:.1}",
            a.x,
            a.y,
            a.x + 40.0,
            a.y - 8.0,
            b.x + 40.0,
            b.y + 8.0,
            b.x,
            b.y
        ),
        _ => String::new(),
    }
}

fn node_view(node: &crate::dialplan::plan::Node, traffic: &Traffic, page: &Page) -> NodeView {
    let kind = node.kind.word();
    sized(NodeView {
        name: node.name.clone(),
        kind,
        label: page.word("node", kind),
        now: traffic.now.get(&node.name).copied().unwrap_or(0),
        ..blank()
    })
}

fn sized(node: NodeView) -> NodeView {
    let letters = |text: &str| text.chars().count() as f64;
    let width = (letters(&node.name) * LETTER).max(letters(&node.label) * SMALL_LETTER) + 28.0;
    let height = if node.name.is_empty() { 30.0 } else { NODE_HEIGHT };
    NodeView { width: short(width.max(72.0)), height, ..node }
}

fn blank() -> NodeView {
    NodeView {
        name: String::new(),
        kind: "",
        label: String::new(),
        x: 0.0,
        y: 0.0,
        width: 0.0,
        height: 0.0,
        middle: 0.0,
        now: 0,
        right: 0.0,
    }
}

fn edge_view(from: &str, to: String, exits: String, count: Option<&u64>, traffic: &Traffic) -> EdgeView {
    let count = count.copied().unwrap_or(0);
    let weight = match count * 10 / traffic.today.calls.max(1) {
        _ if count == 0 => 0,
        0 => 1,
        1..=2 => 2,
        3..=5 => 3,
        _ => 4,
    };
    EdgeView {
        from: from.to_owned(),
        to,
        exits,
        count: if count == 0 { String::new() } else { count.to_string() },
        weight,
        path: String::new(),
        arrow: String::new(),
        back: false,
        label: None,
    }
}

fn label_width(edge: &EdgeView) -> f64 {
    let letters = edge.exits.chars().count() + edge.count.chars().count();
    let gap = if edge.exits.is_empty() || edge.count.is_empty() { 0.0 } else { 8.0 };
    if letters == 0 { 2.0 } else { letters as f64 * SMALL_LETTER + gap + 12.0 }
}

/// Every kind that a plan may write; pages name them.
#[cfg(test)]
pub use crate::dialplan::parse::KINDS as WORDS;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dialplan::SHIPPED;
    use crate::dialplan::catalogue::Catalogue;
    use crate::dialplan::check::check_one;
    use crate::web::i18n::Language;
    use crate::web::samples::page;

    #[test]
    fn the_shipped_plan_is_drawn_with_todays_callers_on_its_exits() {
        let plan = check_one("main.toml", SHIPPED, &Catalogue::default()).unwrap();
        let start = plan.node(plan.numbers[0].start).unwrap();
        let Exit { name: exit, to: first, .. } = start.kind.exits().remove(0);
        let first = plan.node(first).unwrap().name.clone();
        let mut traffic = Traffic::default();
        traffic.today.calls = 7;
        traffic.today.steps.insert((start.name.clone(), first.clone()), 7);
        traffic.now.insert(first.clone(), 2);
        let graph = draw(&plan, &traffic, &page(Language::English)).unwrap();
        assert_eq!(graph.nodes.len(), plan.nodes.len() + plan.numbers.len());
        let edge = graph.edges.iter().find(|e| e.from == start.name && e.to == first).unwrap();
        assert!(edge.exits.contains(exit.as_str()), "{edge:?}");
        assert_eq!((edge.count.as_str(), edge.weight), ("7", 4));
        assert_eq!(graph.nodes.iter().find(|n| n.name == first).unwrap().now, 2);
        assert!(graph.nodes.iter().all(|n| n.right <= graph.width && n.y + n.height <= graph.height));
    }
}
