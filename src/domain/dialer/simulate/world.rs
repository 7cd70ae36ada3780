//! Operators, telephones and a network, event by event.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, VecDeque};

use jiff::{SignedDuration, Timestamp};

use super::super::accounting::Tally;
use super::super::outcome::Outcome;
use super::super::pacing::{Learnt, Operator, Pacer, View};
use super::Setup;
use super::contacts::{Contacts, day_start};
use super::dice::Dice;
use super::figures::{Day, Figures};
use super::scenario::Answered;

/// The dialler decides so often, in milliseconds.
const TICK: u64 = 500;
const DAY: u64 = 24 * 3_600_000;
/// After the last dial of a day the operators end their calls, at most so long.
const LAST_CALLS: u64 = 2 * 3_600_000;
/// Seconds that somebody takes to hang up at once.
const REFLEX: (f64, f64) = (0.3, 1.0);
/// Seconds after which the network says that a number is busy, or does not exist, or that it takes no call.
const BUSY_AFTER: (f64, f64) = (1.5, 4.0);
const NO_SUCH_NUMBER_AFTER: (f64, f64) = (1.0, 3.0);
const DECLINED_AFTER: (f64, f64) = (4.0, 15.0);
const REFUSED_AFTER: (f64, f64) = (0.1, 0.4);
/// Until the other telephone rings.
const TAKEN_AFTER: (f64, f64) = (0.3, 0.9);

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Event {
    /// The network took a call.
    Taken,
    /// A call that rang comes to an answer, or to none.
    Rang(u64),
    /// Who answered hangs up at once.
    Reflex(u64),
    Impatient(u64),
    TalkOver(usize),
    WrapUpOver(usize),
    Leave,
    Return,
}

#[derive(Clone, Copy, Debug)]
struct Call {
    id: u64,
    contact: usize,
    dialled: u64,
    fate: Fate,
}

#[derive(Clone, Copy, Debug)]
enum Fate {
    Refused,
    Unanswered(Outcome),
    /// And so many seconds of talk.
    Answered(Outcome, f64),
}

/// An operator's chair; times are milliseconds.
#[derive(Clone, Copy, Debug)]
enum Seat {
    Idle { since: u64 },
    Talking { since: u64, contact: usize, outcome: Outcome },
    WrapUp { since: u64, connected: u64 },
    Away,
}

#[derive(Debug)]
pub(super) struct World<'a> {
    setup: &'a Setup,
    dice: Dice,
    pacer: Pacer,
    contacts: Contacts,
    seats: Vec<Seat>,
    /// Leave when they can.
    leaving: Vec<bool>,
    ringing: Vec<Call>,
    /// Answered, without an operator: since when.
    waiting: VecDeque<(Call, u64)>,
    events: BinaryHeap<Reverse<(u64, Event)>>,
    now: u64,
    /// Number, beginning and phase of the answer rate of this day.
    day: u32,
    began: u64,
    phase: f64,
    calls: u64,
    today: Day,
    figures: Figures,
}

impl<'a> World<'a> {
    pub fn new(setup: &'a Setup) -> Self {
        Self {
            dice: Dice::new(setup.seed),
            pacer: Pacer::new(setup.settings, Learnt::default()),
            contacts: Contacts::new(setup.contacts, &setup.rules),
            seats: vec![Seat::Away; setup.operators],
            leaving: vec![false; setup.operators],
            ringing: Vec::new(),
            waiting: VecDeque::new(),
            events: BinaryHeap::new(),
            now: 0,
            day: 0,
            began: 0,
            phase: 0.0,
            calls: 0,
            today: Day::default(),
            figures: Figures::default(),
            setup,
        }
    }

    pub fn run(mut self) -> Figures {
        for day in 0..self.setup.days {
            self.open(day);
            let closes = self.began + hours(self.setup.hours);
            while self.now < closes && !self.contacts.are_done() {
                self.dial();
                self.advance(self.now + TICK);
            }
            if self.contacts.are_done() {
                self.figures.list_over.get_or_insert((day, (self.now - self.began) as f64 / 3_600_000.0));
            }
            self.close(closes);
            if self.contacts.are_done() {
                break;
            }
        }
        self.figures
    }

    fn open(&mut self, day: u32) {
        self.day = day;
        self.began = u64::from(day) * DAY;
        self.now = self.began;
        // Of the day alone: whatever is compared meets the same days.
        self.phase = Dice::new(self.setup.seed.rotate_left(32) ^ u64::from(day)).share();
        self.pacer.set_day(Tally::default(), self.month());
        self.seats.fill(Seat::Idle { since: self.now });
        self.leaving.fill(false);
        for pause in &self.setup.pauses {
            self.events.push(Reverse((self.began + hours(pause.at), Event::Leave)));
            self.events.push(Reverse((self.began + hours(pause.at + pause.hours), Event::Return)));
        }
    }

    /// The twenty-nine days before this one.
    fn month(&self) -> Tally {
        let mut month = Tally::default();
        self.figures.days.iter().rev().take(29).for_each(|day| month.add(&day.tally));
        month
    }

    /// Calls that are up go on to their end; it is no working time any more.
    fn close(&mut self, closes: u64) {
        let worked = std::mem::take(&mut self.today);
        let (busy, present, idle, idles) = (worked.busy, worked.present, worked.idle, worked.idles);
        self.today = worked;
        self.advance(closes.max(self.now) + LAST_CALLS);
        self.events.clear();
        self.ringing.clear();
        self.waiting.clear();
        let day = std::mem::take(&mut self.today);
        self.figures.days.push(Day { busy, present, idle, idles, ..day });
    }

    fn dial(&mut self) {
        let operators: Vec<Operator> =
            self.seats.iter().enumerate().filter_map(|(seat, _)| self.seen(seat)).collect();
        loop {
            let ringing: Vec<f64> =
                self.ringing.iter().map(|call| self.seconds_since(call.dialled)).collect();
            let in_use = self.ringing.len() + self.waiting.len() + self.talking();
            let view = View {
                operators: &operators,
                ringing: &ringing,
                waiting: u32::try_from(self.waiting.len()).unwrap_or(u32::MAX),
                free_channels: self.setup.channels.saturating_sub(u32::try_from(in_use).unwrap_or(u32::MAX)),
                contacts: self.contacts.ready(self.time()),
            };
            let decision = self.pacer.decide(&view, seconds(self.now));
            for _ in 0..decision.dial {
                self.place();
            }
            // Of a list one is dialled at a time.
            if decision.dial == 0 || matches!(self.contacts, Contacts::Endless) {
                break;
            }
        }
    }

    /// Who is paused, or will be after this call, is not counted on.
    fn seen(&self, seat: usize) -> Option<Operator> {
        let leaves = self.leaving.get(seat).copied().unwrap_or_default();
        match self.seats.get(seat)? {
            _ if leaves => None,
            Seat::Idle { .. } => Some(Operator::Idle),
            Seat::Talking { since, .. } => Some(Operator::Talking(self.seconds_since(*since))),
            Seat::WrapUp { since, .. } => Some(Operator::WrapUp(self.seconds_since(*since))),
            Seat::Away => None,
        }
    }

    fn talking(&self) -> usize {
        self.seats.iter().filter(|seat| matches!(seat, Seat::Talking { .. })).count()
    }

    fn place(&mut self) {
        let Some(contact) = self.contacts.take() else { return };
        let (fate, after) = self.fate();
        self.calls += 1;
        self.today.dials += 1;
        let call = Call { id: self.calls, contact, dialled: self.now, fate };
        self.ringing.push(call);
        if !matches!(fate, Fate::Refused) {
            let taken = self.dice.between(TAKEN_AFTER.0, TAKEN_AFTER.1);
            self.later(taken, Event::Taken);
        }
        self.later(after, Event::Rang(call.id));
    }

    /// What becomes of a dial, and after how many seconds.
    fn fate(&mut self) -> (Fate, f64) {
        let hour = (self.now - self.began) as f64 / 3_600_000.0;
        let refusing = self.setup.refusals.iter().find(|r| (r.at..r.at + r.hours).contains(&hour));
        let dice = &mut self.dice;
        if refusing.is_some_and(|refusals| dice.chance(refusals.share)) {
            return (Fate::Refused, dice.between(REFUSED_AFTER.0, REFUSED_AFTER.1));
        }
        if dice.chance(self.setup.answers.at(hour / self.setup.hours, self.phase)) {
            let ring = self.setup.ring.draw(dice).clamp(1.0, self.setup.ring_time);
            let (outcome, talk) = self.interview();
            return (Fate::Answered(outcome, talk), ring);
        }
        let kinds = self.setup.unanswered;
        let drawn = dice.share();
        let (outcome, after) = if drawn < kinds.busy {
            (Outcome::Busy, dice.between(BUSY_AFTER.0, BUSY_AFTER.1))
        } else if drawn < kinds.busy + kinds.no_such_number {
            (Outcome::NoSuchNumber, dice.between(NO_SUCH_NUMBER_AFTER.0, NO_SUCH_NUMBER_AFTER.1))
        } else if drawn < kinds.busy + kinds.no_such_number + kinds.declined {
            (Outcome::Declined, dice.between(DECLINED_AFTER.0, DECLINED_AFTER.1))
        } else {
            (Outcome::NoAnswer, self.setup.ring_time)
        };
        (Fate::Unanswered(outcome), after)
    }

    fn interview(&mut self) -> (Outcome, f64) {
        let (kinds, dice) = (self.setup.answered, &mut self.dice);
        let mut drawn = dice.share();
        for (share, outcome, talk) in [
            (kinds.hung_up, Outcome::HungUp, 1.0),
            (kinds.machine, Outcome::Machine, Answered::MACHINE),
            (kinds.wrong_number, Outcome::WrongNumber, Answered::WRONG_NUMBER),
            (kinds.refused, Outcome::Refused, Answered::REFUSED),
            (kinds.callback, Outcome::Callback, Answered::CALLBACK),
        ] {
            if drawn < share {
                return (outcome, dice.log_normal(talk, 0.4));
            }
            drawn -= share;
        }
        (Outcome::Completed, self.setup.talk.draw(dice))
    }

    fn advance(&mut self, until: u64) {
        while let Some(Reverse((at, _))) = self.events.peek().filter(|Reverse((at, _))| *at <= until) {
            self.pass(*at);
            if let Some(Reverse((_, event))) = self.events.pop() {
                self.happen(event);
            }
        }
        self.pass(until);
    }

    /// Time goes by: who is busy meanwhile. Who is idle because no contact's turn has come has other work to do.
    fn pass(&mut self, at: u64) {
        let span = seconds(at - self.now);
        let has_work =
            !self.ringing.is_empty() || !self.waiting.is_empty() || self.contacts.ready(self.time()) > 0;
        for seat in &self.seats {
            match seat {
                Seat::Away => {}
                Seat::Idle { .. } if !has_work => {}
                Seat::Idle { .. } => self.today.present += span,
                Seat::Talking { .. } | Seat::WrapUp { .. } => {
                    self.today.present += span;
                    self.today.busy += span;
                }
            }
        }
        self.now = at;
    }

    fn happen(&mut self, event: Event) {
        match event {
            Event::Taken => self.pacer.taken(),
            Event::Rang(call) => self.rang(call),
            Event::Reflex(call) => {
                if let Some(call) = self.give_up(call) {
                    self.ended(call.contact, Outcome::HungUp);
                }
            }
            Event::Impatient(call) => {
                if let Some(call) = self.give_up(call) {
                    self.today.tally.count(true);
                    self.pacer.abandoned(seconds(self.now));
                    self.ended(call.contact, Outcome::Abandoned);
                }
            }
            Event::TalkOver(seat) => self.talk_over(seat),
            Event::WrapUpOver(seat) => self.wrap_up_over(seat),
            Event::Leave => self.leave(),
            Event::Return => self.come_back(),
        }
    }

    fn rang(&mut self, id: u64) {
        let Some(index) = self.ringing.iter().position(|call| call.id == id) else { return };
        let call = self.ringing.swap_remove(index);
        let rang = self.seconds_since(call.dialled);
        match call.fate {
            Fate::Refused => {
                self.today.refused += 1;
                self.pacer.refused(None, seconds(self.now));
                self.ended(call.contact, Outcome::Trouble);
            }
            Fate::Unanswered(outcome) => {
                self.pacer.unanswered(rang);
                self.ended(call.contact, outcome);
            }
            Fate::Answered(..) => {
                self.today.answered += 1;
                self.pacer.answered(rang);
                self.waiting.push_back((call, self.now));
                if let Some(seat) = self.longest_idle() {
                    self.connect(seat);
                    return;
                }
                let patience = self.setup.settings.patience;
                if matches!(call.fate, Fate::Answered(Outcome::HungUp, _)) {
                    let reflex = self.dice.between(REFLEX.0, REFLEX.1);
                    self.later(reflex.min(patience), Event::Reflex(id));
                } else {
                    self.later(patience, Event::Impatient(id));
                }
            }
        }
    }

    fn give_up(&mut self, id: u64) -> Option<Call> {
        let index = self.waiting.iter().position(|(call, _)| call.id == id)?;
        self.waiting.remove(index).map(|(call, _)| call)
    }

    fn longest_idle(&self) -> Option<usize> {
        let idle = self.seats.iter().enumerate().filter_map(|(seat, state)| match state {
            Seat::Idle { since } => Some((*since, seat)),
            _ => None,
        });
        idle.min().map(|(_, seat)| seat)
    }

    /// The first who waits, if somebody does.
    fn connect(&mut self, seat: usize) {
        let Some((call, answered)) = self.waiting.pop_front() else { return };
        let Fate::Answered(outcome, talk) = call.fate else { return };
        if let Some(Seat::Idle { since }) = self.seats.get(seat) {
            self.today.idle += self.seconds_since(*since);
            self.today.idles += 1;
        }
        self.today.delayed(self.seconds_since(answered));
        self.today.tally.count(false);
        self.pacer.connected(seconds(self.now));
        self.sit(seat, Seat::Talking { since: self.now, contact: call.contact, outcome });
        self.later(talk, Event::TalkOver(seat));
    }

    fn talk_over(&mut self, seat: usize) {
        let Some(Seat::Talking { since, contact, outcome }) = self.seats.get(seat).copied() else { return };
        if outcome == Outcome::Completed {
            self.today.completed += 1;
        }
        self.ended(contact, outcome);
        self.sit(seat, Seat::WrapUp { since: self.now, connected: since });
        let wrap_up = self.setup.wrap_up.draw(&mut self.dice);
        self.later(wrap_up, Event::WrapUpOver(seat));
    }

    fn wrap_up_over(&mut self, seat: usize) {
        let Some(Seat::WrapUp { since, connected }) = self.seats.get(seat).copied() else { return };
        self.pacer.handled(self.seconds_since(connected), self.seconds_since(since));
        self.seat_free(seat);
    }

    fn seat_free(&mut self, seat: usize) {
        if self.leaving.get(seat).copied().unwrap_or_default() {
            return self.sit(seat, Seat::Away);
        }
        self.sit(seat, Seat::Idle { since: self.now });
        self.connect(seat);
    }

    fn leave(&mut self) {
        let half = self.seats.len().div_ceil(2);
        for (seat, leaves) in self.leaving.iter_mut().enumerate().take(half) {
            *leaves = true;
            if let Some(state @ Seat::Idle { .. }) = self.seats.get_mut(seat) {
                *state = Seat::Away;
            }
        }
    }

    fn come_back(&mut self) {
        self.leaving.fill(false);
        for seat in 0..self.seats.len() {
            if matches!(self.seats.get(seat), Some(Seat::Away)) {
                self.seat_free(seat);
            }
        }
    }

    fn ended(&mut self, contact: usize, outcome: Outcome) {
        if let Some(attempts) = self.contacts.ended(contact, outcome, self.time()) {
            let slot = attempts.min(self.figures.attempts.len() - 1);
            if let Some(count) = self.figures.attempts.get_mut(slot) {
                *count += 1;
            }
        }
    }

    fn sit(&mut self, seat: usize, state: Seat) {
        if let Some(seat) = self.seats.get_mut(seat) {
            *seat = state;
        }
    }

    fn later(&mut self, after: f64, event: Event) {
        self.events.push(Reverse((self.now + (after * 1_000.0) as u64, event)));
    }

    fn seconds_since(&self, at: u64) -> f64 {
        seconds(self.now.saturating_sub(at))
    }

    /// On the calendar.
    fn time(&self) -> Timestamp {
        let since = SignedDuration::from_millis(i64::try_from(self.now - self.began).unwrap_or_default());
        day_start(self.day).saturating_add(since).unwrap_or_default()
    }
}

fn seconds(ms: u64) -> f64 {
    ms as f64 / 1_000.0
}

fn hours(hours: f64) -> u64 {
    (hours * 3_600_000.0) as u64
}
