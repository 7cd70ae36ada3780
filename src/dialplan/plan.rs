//! A plan that is ready to run: every name resolved, every exit leads somewhere. Made only by [`super::check`].

mod node;

use std::sync::Arc;

use jiff::civil::DateTime;

pub use self::node::{
    Callback, CaseState, Check, Conference, Dial, Exit, Hangup, Input, LanguageMenu, Menu, Question, Queue,
    Record, Say, Source, Survey, SurveyQuestion, Target,
};
use crate::domain::calendar::Calendar;

/// One file of `dialplans/`, resolved. A call keeps the `Arc` it started with, so a reload never moves it.
#[derive(Debug)]
pub struct Plan {
    /// Name of the file, without folder and ending.
    pub name: String,
    /// First 12 hex digits of the SHA-256 of the text: what a call was walked through, written to its record.
    pub revision: String,
    /// Folder of `sounds/` in which a call starts.
    pub language: String,
    pub numbers: Vec<Number>,
    pub calendars: Vec<Calendar>,
    pub nodes: Vec<Node>,
    pub tests: Vec<PlanTest>,
}

/// A municipal number that leads into the plan.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Number {
    pub claim: Claim,
    pub start: NodeId,
    /// Overrides the plan's language for this number.
    pub language: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Claim {
    /// As [`super::number::normalize`] writes it.
    Exactly(String),
    /// `[number.any]`: every number that no plan claims exactly.
    Any,
}

/// Index into [`Plan::nodes`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct NodeId(pub usize);

/// Index into [`Plan::calendars`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct CalendarId(pub usize);

#[derive(Clone, Debug)]
pub struct Node {
    pub name: String,
    pub kind: Kind,
}

#[derive(Clone, Debug)]
pub enum Kind {
    Schedule { calendar: CalendarId, open: NodeId, closed: NodeId, holiday: NodeId },
    Menu(Menu),
    Play { prompts: Vec<String>, next: NodeId },
    Say(Say),
    Record(Record),
    Case { category: String, next: NodeId },
    CaseState(CaseState),
    Sms { template: String, next: NodeId },
    Language { language: String, next: NodeId },
    LanguageMenu(LanguageMenu),
    Input(Input),
    Queue(Queue),
    Callback(Callback),
    Dial(Dial),
    Conference(Conference),
    Survey(Survey),
    Goto { next: NodeId },
    Hangup(Hangup),
}
/// A `[[test]]` block.
#[derive(Clone, Debug)]
pub struct PlanTest {
    pub name: String,
    /// `None`: the first number of the plan.
    pub number: Option<String>,
    /// Local time.
    pub at: DateTime,
    pub keys: super::script::Script,
    pub expect: Vec<String>,
}

impl Plan {
    pub fn node(&self, id: NodeId) -> Option<&Node> {
        self.nodes.get(id.0)
    }

    pub fn calendar(&self, id: CalendarId) -> Option<&Calendar> {
        self.calendars.get(id.0)
    }

    /// What to dial when nobody says which number.
    pub fn first_number(&self) -> Option<String> {
        self.numbers.first().map(|number| match &number.claim {
            Claim::Exactly(number) => number.clone(),
            Claim::Any => "any".to_owned(),
        })
    }

    /// The entry for a number in any notation, or the entry for any number.
    pub fn entry(&self, called: &str) -> Option<&Number> {
        let called = super::number::normalize(called);
        self.numbers
            .iter()
            .find(|n| matches!(&n.claim, Claim::Exactly(number) if *number == called))
            .or_else(|| self.numbers.iter().find(|n| n.claim == Claim::Any))
    }
}

/// Plans with the numbers that lead into them, as a call finds them.
#[derive(Debug, Default)]
pub struct PlanSet {
    plans: Vec<Arc<Plan>>,
}

impl PlanSet {
    /// The caller has checked that no number is claimed twice.
    pub fn new(plans: Vec<Arc<Plan>>) -> Self {
        Self { plans }
    }

    pub fn plans(&self) -> &[Arc<Plan>] {
        &self.plans
    }

    /// The plan of a dialled number in any notation: `+38121480000`, `0038121480000`, `021/480-000`, `sip:+381...@host`.
    pub fn by_number(&self, called: &str) -> Option<Arc<Plan>> {
        let called = Claim::Exactly(super::number::normalize(called));
        let claimed_by =
            |claim: &Claim| self.plans.iter().find(|plan| plan.numbers.iter().any(|n| n.claim == *claim));
        claimed_by(&called).or_else(|| claimed_by(&Claim::Any)).cloned()
    }
}
