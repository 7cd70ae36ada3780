//! Every path of a plan, walked by the production interpreter: proves that each ends, and ends with a case.
//!
//! Paths are without number, situations are not: two calls that wait for the same thing with the same tries left and the same
//! things typed go on alike, whatever lies behind them. So situations are walked, each once, and loops are folded.

mod words;

use std::collections::hash_map::DefaultHasher;
use std::collections::{BTreeMap, HashMap, HashSet, VecDeque};
use std::hash::{Hash, Hasher};
use std::rc::Rc;
use std::sync::Arc;

use jiff::civil::{DateTime, date};

use super::machine::{Action, DialEnd, Event, QueueEnd, Waits, Walk};
use super::plan::{Claim, Kind, NodeId, Plan};
use crate::domain::calendar::State as Hours;
use crate::domain::case::Status;
use crate::domain::case_state::CaseState;

/// A plan of a thousand nodes has fewer. Bounds memory to some hundred megabytes for a plan made to hurt.
const MAX_SITUATIONS: usize = 300_000;

/// Ways that are listed; nobody reads more. The proof does not depend on it.
const MAX_WAYS: usize = 2_000;
const MAX_LISTING_STEPS: usize = 50_000;

/// What the walk over all paths found.
#[derive(Clone, Debug)]
pub struct Explored {
    pub plan: String,
    /// Combinations of open, closed and holiday of the plan's calendars.
    pub moments: usize,
    pub situations: usize,
    pub steps: usize,
    /// Situations in which the plan has hung up. In all others the caller may do so.
    pub ends: usize,
    /// Names of the nodes of each way to an end, every loop once.
    pub ways: Vec<String>,
    pub more_ways: bool,
    pub offence: Option<Offence>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Offence {
    /// The plan ends the call, and nothing on the way was a case.
    NoCase {
        way: String,
    },
    /// A caller who presses nothing never comes to an end.
    NoEnd {
        way: String,
    },
    TooLarge,
}

/// Walks every path. Holidays are those of `year`.
pub fn explore(plan: &Arc<Plan>, year: i16) -> Explored {
    let moments = moments(plan, year);
    let mut explorer = Explorer { found: HashMap::new(), situations: Vec::new(), open: VecDeque::new() };
    let mut complete = true;
    for number in &plan.numbers {
        let called = match &number.claim {
            Claim::Exactly(number) => number.as_str(),
            Claim::Any => "any",
        };
        for at in &moments {
            for caller in [None, Some("+381601234567")] {
                if let Some((walk, actions)) = Walk::start_for(Arc::clone(plan), called, caller, *at) {
                    let entered = walk.nodes().to_vec();
                    complete &= explorer.arrive(None, entered, Call { walk, cased: makes_case(&actions) });
                }
            }
        }
    }
    while let Some((index, call)) = explorer.open.pop_front() {
        for choice in choices(&call.walk.waits(), call.walk.keeps_place()) {
            let by_key = choice.is_key();
            let next = call.after(&choice);
            let entered = next.walk.nodes().get(call.walk.nodes().len()..).unwrap_or_default().to_vec();
            complete &= explorer.arrive(Some((index, choice, by_key)), entered, next);
        }
        if !complete {
            break;
        }
    }
    explorer.report(plan, moments.len(), complete)
}

/// A call in one situation.
struct Call {
    walk: Walk,
    cased: bool,
}

/// What happens next.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Choice {
    Event(Event),
    /// Several keys, and the key that ends them if they are not complete by themselves.
    Typed(String, char),
}

struct Situation {
    /// From which one it was first reached, and how.
    from: Option<(usize, Choice)>,
    /// Nodes entered on that way.
    entered: Vec<NodeId>,
    /// Whether it is a good end.
    end: Option<bool>,
    to: Vec<Step>,
}

/// A way from one situation to another.
#[derive(PartialEq, Eq)]
struct Step {
    to: usize,
    /// Taken only by a caller who presses something.
    by_key: bool,
    entered: Vec<NodeId>,
}

struct Explorer {
    found: HashMap<u128, usize>,
    situations: Vec<Situation>,
    open: VecDeque<(usize, Call)>,
}

impl Explorer {
    /// `false`: there is no room for another situation.
    fn arrive(&mut self, from: Option<(usize, Choice, bool)>, entered: Vec<NodeId>, call: Call) -> bool {
        let key = call.key();
        let index = match self.found.get(&key) {
            Some(index) => *index,
            None if self.situations.len() >= MAX_SITUATIONS => return false,
            None => {
                let index = self.situations.len();
                let end = call.walk.is_over().then(|| call.ends_well());
                self.situations.push(Situation {
                    from: from.as_ref().map(|(index, choice, _)| (*index, choice.clone())),
                    entered: entered.clone(),
                    end,
                    to: Vec::new(),
                });
                self.found.insert(key, index);
                if end.is_none() {
                    self.open.push_back((index, call));
                }
                index
            }
        };
        if let Some((from, _, by_key)) = from
            && let Some(situation) = self.situations.get_mut(from)
        {
            let step = Step { to: index, by_key, entered };
            if !situation.to.contains(&step) {
                situation.to.push(step);
            }
        }
        true
    }

    fn report(&self, plan: &Plan, moments: usize, complete: bool) -> Explored {
        let without_case = self.situations.iter().position(|situation| situation.end == Some(false));
        let offence = if let Some(index) = without_case {
            Some(Offence::NoCase { way: self.way_to(plan, index) })
        } else if !complete {
            Some(Offence::TooLarge)
        } else {
            self.endless().map(|index| Offence::NoEnd { way: self.way_to(plan, index) })
        };
        let (ways, more_ways) = self.ways(plan);
        Explored {
            plan: plan.name.clone(),
            moments,
            situations: self.situations.len(),
            steps: self.situations.iter().map(|situation| situation.to.len()).sum(),
            ends: self.situations.iter().filter(|situation| situation.end.is_some()).count(),
            ways,
            more_ways,
            offence,
        }
    }

    /// A situation from which silence leads in a circle. Takes away, again and again, what leads only to ends.
    fn endless(&self) -> Option<usize> {
        let silent = |situation: &Situation| -> Vec<usize> {
            situation.to.iter().filter(|step| !step.by_key).map(|step| step.to).collect()
        };
        let mut before: Vec<Vec<usize>> = vec![Vec::new(); self.situations.len()];
        let mut left: Vec<usize> = Vec::with_capacity(self.situations.len());
        for (index, situation) in self.situations.iter().enumerate() {
            let to = silent(situation);
            left.push(to.len());
            for target in to {
                if let Some(sources) = before.get_mut(target) {
                    sources.push(index);
                }
            }
        }
        let mut done: Vec<usize> = Vec::new();
        for (index, situation) in self.situations.iter().enumerate() {
            // Whoever waits for something without a timer and is no end would wait for ever.
            if situation.end.is_some() {
                done.push(index);
            }
        }
        let mut ended: HashSet<usize> = done.iter().copied().collect();
        while let Some(index) = done.pop() {
            for source in before.get(index).into_iter().flatten() {
                let Some(count) = left.get_mut(*source) else { continue };
                *count = count.saturating_sub(1);
                if *count == 0 && ended.insert(*source) {
                    done.push(*source);
                }
            }
        }
        (0..self.situations.len()).find(|index| !ended.contains(index))
    }

    /// The nodes and what happened in them, on a shortest way.
    fn way_to(&self, plan: &Plan, index: usize) -> String {
        let mut steps: Vec<(&[NodeId], Option<&Choice>)> = Vec::new();
        let mut at = self.situations.get(index);
        while let Some(situation) = at {
            steps.push((&situation.entered, situation.from.as_ref().map(|(_, choice)| choice)));
            at = situation.from.as_ref().and_then(|(from, _)| self.situations.get(*from));
        }
        steps.reverse();
        let mut text = String::new();
        for (nodes, choice) in steps {
            if let Some(choice) = choice.map(Choice::to_string).filter(|words| !words.is_empty()) {
                text.push_str(&format!(" [{choice}]"));
            }
            for node in nodes.iter().filter_map(|id| plan.node(*id)) {
                if !text.is_empty() {
                    text.push_str(" → ");
                }
                text.push_str(&node.name);
            }
        }
        text
    }

    /// Distinct ways by their nodes, each loop once.
    fn ways(&self, plan: &Plan) -> (Vec<String>, bool) {
        let mut ways: BTreeMap<Vec<NodeId>, ()> = BTreeMap::new();
        let mut seen: HashSet<(u64, usize)> = HashSet::new();
        let starts = self.situations.iter().enumerate().filter(|(_, s)| s.from.is_none());
        let mut open: Vec<(usize, Option<Rc<Way>>)> =
            starts.filter_map(|(index, start)| Some((index, Way::on(None, &start.entered)?))).collect();
        let mut steps = 0;
        while let Some((index, way)) = open.pop() {
            steps += 1;
            if steps > MAX_LISTING_STEPS || ways.len() >= MAX_WAYS {
                return (names(&ways, plan), true);
            }
            let Some(situation) = self.situations.get(index) else { continue };
            if situation.end.is_some() {
                ways.insert(way.as_ref().map(|way| way.nodes()).unwrap_or_default(), ());
                continue;
            }
            for step in &situation.to {
                let Some(way) = Way::on(way.clone(), &step.entered) else { continue };
                let hash = way.as_ref().map_or(0, |way| way.hash);
                if seen.insert((hash, step.to)) {
                    open.push((step.to, way));
                }
            }
        }
        (names(&ways, plan), false)
    }
}

/// The nodes of a way, shared with all ways that begin like it.
struct Way {
    node: NodeId,
    hash: u64,
    before: Option<Rc<Way>>,
}

impl Way {
    /// The way with further nodes. `None`: a node is entered for the second time, and the loop is known.
    fn on(before: Option<Rc<Self>>, entered: &[NodeId]) -> Option<Option<Rc<Self>>> {
        let mut way = before;
        for node in entered {
            let mut back = std::iter::successors(way.as_ref(), |way| way.before.as_ref());
            if back.any(|way| way.node == *node) {
                return None;
            }
            let mut hasher = DefaultHasher::new();
            (way.as_ref().map(|way| way.hash), node).hash(&mut hasher);
            way = Some(Rc::new(Self { node: *node, hash: hasher.finish(), before: way }));
        }
        Some(way)
    }

    fn nodes(&self) -> Vec<NodeId> {
        let mut nodes: Vec<NodeId> =
            std::iter::successors(Some(self), |way| way.before.as_deref()).map(|way| way.node).collect();
        nodes.reverse();
        nodes
    }
}

fn names(ways: &BTreeMap<Vec<NodeId>, ()>, plan: &Plan) -> Vec<String> {
    let name = |id: &NodeId| plan.node(*id).map_or("", |node| node.name.as_str());
    ways.keys().map(|way| way.iter().map(name).collect::<Vec<_>>().join(" → ")).collect()
}

impl Call {
    fn after(&self, choice: &Choice) -> Self {
        let (mut walk, mut cased) = (self.walk.clone(), self.cased);
        let events: Vec<Event> = match choice {
            Choice::Event(event) => vec![event.clone()],
            Choice::Typed(digits, _) => digits.chars().map(Event::Digit).collect(),
        };
        for event in events {
            cased |= matches!(event, Event::CallbackAccepted(true) | Event::CaseFound(Some(_)));
            cased |= makes_case(&walk.handle(event));
        }
        if let Choice::Typed(digits, terminator) = choice
            && (digits.is_empty() || walk.is_typing())
        {
            cased |= makes_case(&walk.handle(Event::Digit(*terminator)));
        }
        Self { walk, cased }
    }

    /// Ended with a case, or where the plan says that none is needed.
    fn ends_well(&self) -> bool {
        let node = self.walk.position().and_then(|id| self.walk.plan().node(id));
        let exempt = matches!(node.map(|node| &node.kind), Some(Kind::Hangup(end)) if end.no_case.is_some());
        self.cased || exempt
    }

    /// 128 bits, so that two situations are not taken for one by accident.
    fn key(&self) -> u128 {
        let half = |salt: u8| {
            let mut hasher = DefaultHasher::new();
            salt.hash(&mut hasher);
            self.cased.hash(&mut hasher);
            self.walk.hash_state(&mut hasher);
            u128::from(hasher.finish())
        };
        half(1) << 64 | half(2)
    }
}

fn makes_case(actions: &[Action]) -> bool {
    actions.iter().any(|action| {
        matches!(
            action,
            Action::OpenCase { .. }
                | Action::Record { .. }
                | Action::Queue { .. }
                | Action::Dial { .. }
                | Action::Conference { .. }
        )
    })
}

/// Everything that can happen, but that the caller hangs up: that is possible anywhere, and makes a missed call at least.
fn choices(waits: &Waits, keeps_place: bool) -> Vec<Choice> {
    let mut events: Vec<Event> = Vec::new();
    let mut typed = Vec::new();
    let heard_or_not = |heard: bool| if heard { Event::TimedOut } else { Event::Played };
    match waits {
        Waits::Prompt { skippable } => {
            events.push(Event::Played);
            events.extend(skippable.then_some(Event::Digit('#')));
        }
        Waits::Key { keys, heard } => {
            events.push(heard_or_not(*heard));
            events.extend(keys.iter().map(|key| Event::Digit(*key)));
            events.extend("0123456789*#".chars().find(|key| !keys.contains(key)).map(Event::Digit));
        }
        Waits::Digits { good, bad, terminator, heard } => {
            events.push(heard_or_not(*heard));
            let texts = good.iter().chain([bad]);
            typed.extend(texts.map(|digits| Choice::Typed(digits.clone(), *terminator)));
        }
        Waits::Recording { min, .. } => {
            events.push(Event::Recorded { length: *min });
            events.push(Event::Recorded { length: std::time::Duration::ZERO });
            events.push(Event::RecordingFailed);
        }
        Waits::Queue { keys, .. } => {
            events.extend(keys.iter().map(|key| Event::Digit(*key)));
            let ends = [QueueEnd::Timeout, QueueEnd::NoAgents, QueueEnd::Overflow];
            events.extend(ends.map(Event::QueueEnded));
            events.push(Event::Connected);
        }
        Waits::Dial { .. } => {
            let ends = [DialEnd::Busy, DialEnd::NoAnswer, DialEnd::Failed];
            events.extend(ends.map(Event::DialEnded));
            events.push(Event::Connected);
        }
        Waits::Conference => events.push(Event::ConferenceEnded),
        Waits::Talk { in_queue: true } => events.push(Event::QueueEnded(QueueEnd::Finished)),
        Waits::Talk { in_queue: false } => events.push(Event::DialEnded(DialEnd::Finished)),
        Waits::CaseLookUp => {
            let state = CaseState { status: Status::New, department: "other".into() };
            events.extend([Event::CaseFound(Some(state)), Event::CaseFound(None)]);
        }
        Waits::CallbackAnswer => {
            events.extend([true, false].map(Event::CallbackAccepted));
        }
        Waits::Nothing => return Vec::new(),
    }
    if keeps_place {
        events.extend([Event::Connected, Event::QueueEnded(QueueEnd::Timeout)]);
    }
    events.into_iter().map(Choice::Event).chain(typed).collect()
}

/// One moment for every combination of states that the plan's calendars are in during the year.
fn moments(plan: &Plan, year: i16) -> Vec<DateTime> {
    let mut times = vec![jiff::civil::time(0, 0, 0, 0), jiff::civil::time(12, 0, 0, 0)];
    for calendar in &plan.calendars {
        let week = calendar.week.0.iter().flatten();
        let days = calendar.open.iter().flat_map(|day| &day.hours);
        times.extend(week.chain(days).map(|hours| hours.start()));
    }
    times.sort();
    times.dedup();
    let own_days = plan.calendars.iter().flat_map(|calendar| {
        calendar.open.iter().map(|day| day.date).chain(calendar.closed.iter().map(|day| day.date))
    });
    let first = date(year, 1, 1);
    let days = first.series(jiff::Span::new().days(1)).take(366).chain(own_days);
    let mut classes: BTreeMap<Vec<u8>, DateTime> = BTreeMap::new();
    for day in days {
        for time in &times {
            let at = day.to_datetime(*time);
            let class = plan.calendars.iter().map(|calendar| match calendar.state(at) {
                Hours::Open => 0,
                Hours::Closed => 1,
                Hours::Holiday(_) => 2,
            });
            classes.entry(class.collect()).or_insert(at);
        }
    }
    classes.into_values().collect()
}

impl Choice {
    fn is_key(&self) -> bool {
        matches!(self, Self::Typed(..) | Self::Event(Event::Digit(_)))
    }
}

#[cfg(test)]
mod tests;
