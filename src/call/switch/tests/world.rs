//! The pretended shell. It keeps the rules that the real one keeps, and holds the switch to its own. The failures of
//! `tests/it/failures` are tried on it too.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::time::{Duration, Instant};

use jiff::Timestamp;

use super::town::{self, local, plan};
pub use super::town::{extension, outbound};
use odziv::call::contact::{Input as ContactInput, Work};
use odziv::call::floor::Floor;
use odziv::call::switch::*;
use odziv::dialplan::machine::Walk;
use odziv::domain::call::Direction;
use odziv::domain::caller::Caller;
use odziv::domain::id::{InteractionId, RecordingId, UserId};
use odziv::domain::operator::OperatorSettings;
use odziv::domain::outbound::{Tariff, TrunkId};
use odziv::domain::queue::QueueSettings;
use odziv::domain::survey::keypad::Stored;

pub const NUMBER: &str = "+38121480000";
pub const ANA: UserId = UserId(1);
pub const BORA: UserId = UserId(2);
pub const CECA: UserId = UserId(3);
pub const OPERATORS: [UserId; 3] = [ANA, BORA, CECA];

/// A line as the other side sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    pub who: Who,
    pub state: State,
    /// REFER was accepted and no final NOTIFY has come.
    pub referring: bool,
    pub hears: Hears,
    /// In a bridge, by its number.
    pub bridge: Option<u64>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Who {
    Citizen,
    Phone(UserId),
    Outside(String),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// They called, and hear ringing at most.
    Calling,
    /// We call them.
    Rung,
    Up,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Hears {
    Nothing,
    Music,
}

/// What was not delivered yet. Each source keeps its own order.
#[derive(Clone, Debug)]
pub enum Owed {
    Leg(LegKey, LegEvent),
    Contact(CallKey, ContactInput),
}

#[derive(Debug)]
pub struct World {
    pub switch: Switch,
    pub now: Instant,
    start: Instant,
    pub lines: BTreeMap<LegKey, Line>,
    pub owed: VecDeque<Owed>,
    ended: BTreeSet<LegKey>,
    recordings: BTreeMap<LegKey, CallKey>,
    /// Interactions and how often each was finished.
    pub journaled: BTreeMap<InteractionId, (Direction, u32)>,
    calls: BTreeMap<CallKey, Option<InteractionId>>,
    pub over: BTreeSet<CallKey>,
    pub works: Vec<(InteractionId, Work)>,
    pub notified: Vec<(LegKey, u16)>,
    pub promised: BTreeSet<InteractionId>,
    /// All that were ever given.
    pub promises: Vec<Promise>,
    next_interaction: i64,
    /// A store that takes nothing.
    pub store_is_down: bool,
    /// Lines are dialogs of a real agent, which wants to know what was asked for; `None`: they are only pretended.
    pub wire: Option<Vec<Output>>,
    pub log: Vec<String>,
}

impl World {
    pub fn new() -> Self {
        Self::with(|_| {})
    }

    pub fn with(set: impl FnOnce(&mut QueueSettings)) -> Self {
        #[expect(clippy::disallowed_methods, reason = "some moment from which virtual time runs")]
        let now = Instant::now();
        let mut queue = town::queue();
        set(&mut queue);
        let switch = Switch::new(Floor::new(), outbound(Tariff::default(), None));
        let mut world = Self {
            switch,
            now,
            start: now,
            lines: BTreeMap::new(),
            owed: VecDeque::new(),
            ended: BTreeSet::new(),
            recordings: BTreeMap::new(),
            journaled: BTreeMap::new(),
            calls: BTreeMap::new(),
            over: BTreeSet::new(),
            works: Vec::new(),
            notified: Vec::new(),
            promised: BTreeSet::new(),
            promises: Vec::new(),
            next_interaction: 0,
            store_is_down: false,
            wire: None,
            log: Vec::new(),
        };
        world.people(vec![queue], &OPERATORS);
        for user in OPERATORS {
            world.phones(user, 1);
        }
        world
    }

    /// Who works here is read, for the first time or anew.
    pub fn people(&mut self, queues: Vec<QueueSettings>, operators: &[UserId]) {
        let m = self.m();
        let plain = |user: &UserId| OperatorSettings { user: *user, languages: vec![], services: vec![] };
        self.switch.floor.set_operators(operators.iter().map(plain).collect(), m.now);
        self.switch.set_queues(queues, m);
        self.switch.set_directory(town::directory(operators));
        self.switch.refresh(m);
        self.carry_out();
    }

    /// Another clock, before anything has happened.
    pub fn begin_at(&mut self, now: Instant) {
        (self.now, self.start) = (now, now);
    }

    pub fn m(&self) -> Moment {
        let passed = self.now - self.start;
        let at = Timestamp::UNIX_EPOCH + passed;
        Moment { now: self.now, at, local: local() }
    }

    /// So many phones of this operator are registered.
    pub fn phones(&mut self, user: UserId, count: u64) {
        let phones = (0..count).map(|n| PhoneKey(user.0 as u64 * 10 + n)).collect();
        let m = self.m();
        self.switch.set_phones(user, phones, m);
        self.carry_out();
    }

    /// A citizen calls the municipality.
    pub fn citizen(&mut self) -> Option<LegKey> {
        let (walk, opening) = Walk::start_for(plan(), NUMBER, Some("+381641234567"), local()).unwrap();
        let arrival = Arrival {
            from: Origin::Trunk(TrunkId(0)),
            caller: Caller::Number(odziv::domain::phone::PhoneNumber::parse("0641234567", "RS").unwrap()),
            called: NUMBER.into(),
            plan: Some((Box::new(walk), opening)),
            replaces: None,
        };
        self.arrive(arrival, Who::Citizen)
    }

    /// An operator's phone dials.
    pub fn dials(&mut self, user: UserId, called: &str) -> Option<LegKey> {
        let arrival = Arrival {
            from: Origin::Phone(user),
            caller: Caller::Name(extension(user)),
            called: called.into(),
            plan: None,
            replaces: None,
        };
        self.arrive(arrival, Who::Phone(user))
    }

    /// An operator's phone calls in the place of a line that is there.
    pub fn takes_over(&mut self, user: UserId, replaces: LegKey) -> Option<LegKey> {
        let arrival = Arrival {
            from: Origin::Phone(user),
            caller: Caller::Name(extension(user)),
            called: String::new(),
            plan: None,
            replaces: Some(replaces),
        };
        self.arrive(arrival, Who::Phone(user))
    }

    fn arrive(&mut self, arrival: Arrival, who: Who) -> Option<LegKey> {
        let m = self.m();
        let (_, leg) = self.switch.arrived(arrival, m).ok()?;
        self.line(leg, who, State::Calling);
        self.carry_out();
        Some(leg)
    }

    fn line(&mut self, leg: LegKey, who: Who, state: State) {
        let line = Line { who, state, referring: false, hears: Hears::Nothing, bridge: None };
        assert!(self.lines.insert(leg, line).is_none(), "{leg:?} twice");
    }

    /// Something happens on a line.
    pub fn tell(&mut self, leg: LegKey, event: LegEvent) {
        self.log.push(format!("{leg:?} {event:?}"));
        if matches!(event, LegEvent::Refused { .. } | LegEvent::Gone { .. }) {
            self.end_line(leg);
        } else if event == LegEvent::Answered
            && let Some(line) = self.lines.get_mut(&leg)
        {
            line.state = State::Up;
        }
        let m = self.m();
        self.switch.leg(leg, event, m);
        self.carry_out();
    }

    pub fn order(&mut self, order: odziv::call::board::Order) -> bool {
        self.log.push(format!("{order:?}"));
        let m = self.m();
        let done = self.switch.order(order, m).is_ok();
        self.carry_out();
        done
    }

    /// The program is told to end.
    pub fn stop(&mut self) {
        let m = self.m();
        self.switch.stop(m);
        self.carry_out();
    }

    /// What is owed comes, one thing at a time. False: nothing was owed.
    pub fn deliver(&mut self, at: usize) -> bool {
        let Some(owed) = self.owed.remove(at) else { return false };
        match owed {
            Owed::Leg(leg, event) => {
                if self.lines.contains_key(&leg) {
                    self.tell(leg, event);
                }
            }
            Owed::Contact(call, input) => {
                self.log.push(format!("{call:?} {input:?}"));
                let m = self.m();
                self.switch.contact(call, input, m);
                self.carry_out();
            }
        }
        true
    }

    pub fn deliver_all(&mut self) {
        while self.deliver(0) {}
    }

    /// Until the next deadline, at most so long.
    pub fn pass(&mut self, most: Duration) {
        let end = self.now + most;
        while let Some(due) = self.switch.next_timeout().filter(|due| *due <= end) {
            self.now = self.now.max(due);
            let m = self.m();
            self.switch.handle_timeout(m);
            self.carry_out();
        }
        self.now = end;
    }

    pub fn operator_line(&self, user: UserId) -> Option<LegKey> {
        self.lines.iter().find(|(_, line)| line.who == Who::Phone(user)).map(|(leg, _)| *leg)
    }

    pub fn outside_line(&self) -> Option<LegKey> {
        self.lines.iter().find(|(_, line)| matches!(line.who, Who::Outside(_))).map(|(leg, _)| *leg)
    }

    /// Whether these two, and nobody else, hear each other.
    pub fn talk(&self, a: LegKey, b: LegKey) -> bool {
        let (Some(one), Some(other)) = (self.lines.get(&a), self.lines.get(&b)) else { return false };
        let hear = |line: &Line| line.hears == Hears::Nothing && line.state == State::Up;
        one.bridge.is_some()
            && one.bridge == other.bridge
            && hear(one)
            && hear(other)
            && self.lines.values().filter(|line| line.bridge == one.bridge).count() == 2
    }

    fn end_line(&mut self, leg: LegKey) {
        assert!(self.ended.insert(leg), "{leg:?} ends twice: {:#?}", self.log);
        assert!(self.lines.remove(&leg).is_some(), "{leg:?} is not there: {:#?}", self.log);
        self.owed.retain(|owed| !matches!(owed, Owed::Leg(of, _) if *of == leg));
        self.complete(leg);
    }

    /// The file of a line's recording is complete.
    fn complete(&mut self, leg: LegKey) {
        if let Some(call) = self.recordings.remove(&leg) {
            self.owed.push_back(Owed::Contact(call, ContactInput::Recorded(Duration::from_secs(5))));
        }
    }

    pub fn carry_out(&mut self) {
        while let Some(output) = self.switch.poll() {
            self.log.push(format!("    {output:?}"));
            if let Some(wire) = &mut self.wire {
                wire.push(output.clone());
            }
            self.carry_out_one(output);
        }
    }

    fn known(&mut self, leg: LegKey) -> &mut Line {
        let Some(line) = self.lines.get_mut(&leg) else { panic!("{leg:?} is not there: {:#?}", self.log) };
        line
    }

    fn carry_out_one(&mut self, output: Output) {
        match output {
            Output::Journal { call, journal } => self.journal(call, journal),
            Output::Store { call, interaction, work, .. } => self.store(call, interaction, work),
            Output::Over { call } => assert!(self.over.insert(call), "{call:?} is over twice"),
            Output::Ring { leg } | Output::Early { leg } => {
                assert_eq!(self.known(leg).state, State::Calling);
            }
            Output::Answer { leg } => {
                let line = self.known(leg);
                assert_eq!(line.state, State::Calling);
                line.state = State::Up;
                if self.wire.is_none() {
                    self.owed.push_back(Owed::Leg(leg, LegEvent::Acknowledged));
                }
            }
            Output::Reject { leg, .. } => {
                let state = self.known(leg).state;
                assert_eq!(state, State::Calling, "{:#?}", self.log);
                self.end_line(leg);
            }
            Output::HangUp { leg, .. } => {
                let state = self.known(leg).state;
                assert_ne!(state, State::Calling, "{leg:?} {:#?}", self.log);
                let referring = self.known(leg).referring;
                assert!(!referring, "a transferor is never told: {:#?}", self.log);
                self.end_line(leg);
            }
            Output::Dial { leg, to, .. } => {
                let who = match to {
                    To::Phone(phone) => Who::Phone(UserId(phone.0 as i64 / 10)),
                    To::Trunk { number, .. } => Who::Outside(number),
                };
                self.line(leg, who, State::Rung);
            }
            Output::Join { leg, bridge, .. } => self.known(leg).bridge = Some(bridge),
            Output::Part { leg } => self.known(leg).bridge = None,
            Output::Music { leg, music } => {
                self.known(leg).hears = if music.is_some() { Hears::Music } else { Hears::Nothing };
            }
            Output::Play { leg, tag, .. } => {
                self.known(leg);
                self.owed.push_back(Owed::Leg(leg, LegEvent::Played(tag)));
            }
            Output::StopPlaying { leg } | Output::HearGreeting { leg } => drop(self.known(leg)),
            Output::Record { call, leg, .. } | Output::RecordConversation { call, leg, .. } => {
                self.known(leg);
                self.complete(leg);
                self.recordings.insert(leg, call);
            }
            Output::StopRecording { leg } => self.complete(leg),
            Output::PauseRecording { .. } | Output::OperatorChanged(_) => {}
            Output::AcceptRefer { leg } => self.known(leg).referring = true,
            // A real phone that did not want to hear how it goes may ask again before the end.
            Output::RefuseRefer { leg, .. } => assert!(self.wire.is_some() || !self.known(leg).referring),
            Output::NotifyRefer { leg, status } => {
                let referring = std::mem::take(&mut self.known(leg).referring);
                assert!(referring, "{:#?}", self.log);
                self.notified.push((leg, status));
            }
            Output::Callback(news) => {
                match news {
                    CallbackNews::Promised(promise) => {
                        self.promised.insert(promise.interaction);
                        self.promises.push(promise);
                    }
                    CallbackNews::Tried { .. } => {}
                    CallbackNews::Kept { interaction, .. } | CallbackNews::GivenUp { interaction } => {
                        assert!(self.promised.remove(&interaction), "settled twice");
                    }
                };
            }
        }
    }

    fn journal(&mut self, call: CallKey, journal: Journal) {
        assert!(self.calls.insert(call, None).is_none(), "journaled twice");
        if self.store_is_down {
            return self.owed.push_back(Owed::Contact(call, ContactInput::NotJournaled));
        }
        self.next_interaction += 1;
        let interaction = InteractionId(self.next_interaction);
        self.calls.insert(call, Some(interaction));
        self.journaled.insert(interaction, (journal.direction, 0));
        self.owed.push_back(Owed::Contact(call, ContactInput::Journaled(interaction)));
    }

    fn store(&mut self, call: CallKey, interaction: InteractionId, work: Work) {
        assert_eq!(self.calls.get(&call), Some(&Some(interaction)));
        assert!(!self.over.contains(&call), "written after the end: {work:?}");
        match &work {
            Work::RegisterRecording { .. } => {
                let id = RecordingId(self.works.len() as i64);
                self.owed.push_back(Owed::Contact(call, ContactInput::RecordingRegistered(id)));
            }
            Work::LookUpCase { .. } => {
                self.owed.push_back(Owed::Contact(call, ContactInput::CaseFound(None)));
            }
            Work::SurveyAnswers { .. } => {
                self.owed.push_back(Owed::Contact(call, ContactInput::AnswersStored(Stored::Kept)));
            }
            Work::Finish { .. } => {
                let (_, finished) = self.journaled.get_mut(&interaction).unwrap();
                *finished += 1;
                assert_eq!(*finished, 1, "{interaction} is finished twice: {:#?}", self.log);
            }
            _ => {}
        }
        self.works.push((interaction, work));
    }

    /// Everybody goes home: lines end, what is owed comes, time goes by. Then nothing may be left.
    pub fn assert_nothing_is_left(&mut self) {
        for _ in 0..40 {
            self.deliver_all();
            let legs: Vec<LegKey> = self.lines.keys().copied().collect();
            for leg in legs {
                match self.lines.get(&leg).map(|line| line.state) {
                    Some(State::Rung) => self.tell(leg, LegEvent::Refused { status: 480, reason: None }),
                    Some(_) => self.tell(leg, LegEvent::Gone { lost: false }),
                    None => {}
                }
                self.deliver_all();
            }
            if self.lines.is_empty() && self.owed.is_empty() && self.switch.calls() == 0 {
                break;
            }
            self.pass(Duration::from_secs(60));
        }
        // Promises to call back ring operators as long as there are any.
        for user in OPERATORS {
            self.phones(user, 0);
        }
        self.deliver_all();
        self.pass(Duration::from_secs(60));
        self.deliver_all();
        assert!(self.lines.is_empty(), "orphans {:#?}\n{:#?}", self.lines, self.log);
        assert_eq!(self.switch.legs(), 0, "{:#?}", self.log);
        assert_eq!(self.switch.calls(), 0, "{:#?}", self.log);
        for (interaction, (_, finished)) in &self.journaled {
            assert_eq!(*finished, 1, "{interaction} was not finished: {:#?}", self.log);
        }
        for trunk in [TrunkId(0), TrunkId(1)] {
            assert_eq!(self.switch.outbound.channels(trunk), 0, "a channel leaks: {:#?}", self.log);
        }
        for operator in self.switch.floor.operators(self.now) {
            use odziv::domain::operator::OperatorState::{Busy, Ringing, Talking};
            let stuck = matches!(operator.state, Ringing | Talking | Busy);
            assert!(!stuck, "{operator:?} is stuck: {:#?}", self.log);
        }
    }
}
