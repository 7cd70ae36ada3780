//! What counts as abandoned, and the books of it.

use std::collections::BTreeMap;

use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp, ToSpan as _};
use serde::{Deserialize, Serialize};

use crate::domain::words::words;

/// Live answers: who was connected with an operator, and who was not in time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tally {
    pub connected: u64,
    pub abandoned: u64,
    /// Of the connected, machines, as the operators said.
    #[serde(default)]
    pub machines: u64,
    /// Of the abandoned, people whom the detection took for machines.
    #[serde(default)]
    pub mistaken: u64,
}

impl Tally {
    pub fn count(&mut self, abandoned: bool) {
        if abandoned { self.abandoned += 1 } else { self.connected += 1 }
    }

    /// An operator found a machine on the line.
    pub fn machine(&mut self) {
        self.machines += 1;
    }

    /// The detection hung up on somebody: they answered, and nobody spoke.
    pub fn mistaken_for_machine(&mut self) {
        self.abandoned += 1;
        self.mistaken += 1;
    }

    pub fn live(&self) -> f64 {
        self.connected as f64 + self.abandoned()
    }

    pub fn abandoned(&self) -> f64 {
        self.abandoned as f64
    }

    /// Abandoned / live answers, machines taken for people.
    pub fn rate(&self) -> f64 {
        if self.abandoned == 0 { 0.0 } else { self.abandoned() / self.live() }
    }

    /// As Ofcom counts (statement of policy on persistent misuse, 2010): without the machines, and without as large a share of the abandoned.
    pub fn uk_rate(&self) -> f64 {
        let people = self.connected.saturating_sub(self.machines);
        uk_rate(self.abandoned, people, self.machines)
    }

    pub fn add(&mut self, other: &Self) {
        self.connected += other.connected;
        self.abandoned += other.abandoned;
        self.machines += other.machines;
        self.mistaken += other.mistaken;
    }
}

/// D' = D (1 - AM / (AM + H)), rate = D' / (H + D'): `abandoned` is D, `people` (H) and `machines` (AM) were connected.
pub fn uk_rate(abandoned: u64, people: u64, machines: u64) -> f64 {
    let (d, h, am) = (abandoned as f64, people as f64, machines as f64);
    let by_people = if am + h > 0.0 { d * (1.0 - am / (am + h)) } else { d };
    if h + by_people > 0.0 { by_people / (h + by_people) } else { 0.0 }
}

words! {
    /// From when on the time counts in which an operator has to come.
    StartsAt {
        Connect = "connect",
        /// Whoever answers begins to speak.
        GreetingStart = "greeting_start",
        GreetingEnd = "greeting_end",
    }
}

/// When an answered call is an abandoned one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct AbandonRule {
    pub within_ms: u32,
    pub from: StartsAt,
}

impl Default for AbandonRule {
    /// Two seconds from the connection: stricter than those who count from the greeting (16 CFR 310.4(b)(4)), and needs no ear on the line.
    fn default() -> Self {
        Self { within_ms: 2_000, from: StartsAt::Connect }
    }
}

/// What is known of an answered call. Who hears no greeting knows no such moments.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Answer {
    pub at: Timestamp,
    pub greeting_start: Option<Timestamp>,
    pub greeting_end: Option<Timestamp>,
}

impl AbandonRule {
    /// An operator has to be there by then. A greeting that has not begun (or ended) starts no clock, except that nobody is kept in silence for longer
    /// than [`LONGEST_GREETING`].
    pub fn deadline(&self, answer: &Answer) -> Timestamp {
        let latest = later(answer.at, LONGEST_GREETING);
        let from = match self.from {
            StartsAt::Connect => answer.at,
            StartsAt::GreetingStart => answer.greeting_start.unwrap_or(latest),
            StartsAt::GreetingEnd => answer.greeting_end.unwrap_or(latest),
        };
        later(from.clamp(answer.at, latest), SignedDuration::from_millis(i64::from(self.within_ms)))
    }

    /// `connected`: when the operator was there, if one was.
    pub fn is_abandoned(&self, answer: &Answer, connected: Option<Timestamp>) -> bool {
        connected.is_none_or(|at| at > self.deadline(answer))
    }
}

/// Longer greetings are machines, or a line on which nothing is heard.
pub const LONGEST_GREETING: SignedDuration = SignedDuration::from_secs(5);

/// Seconds that a telephone rings, at the least and at the most: shorter is persistent misuse (Ofcom: 15 s; 16 CFR 310.4(b)(4)(ii)), longer reaches voicemail.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "u16", into = "u16")]
pub struct RingTime(u16);

impl RingTime {
    pub const LEAST: u16 = 15;
    pub const MOST: u16 = 120;

    pub fn seconds(self) -> u16 {
        self.0
    }
}

impl Default for RingTime {
    fn default() -> Self {
        Self(30)
    }
}

impl From<u16> for RingTime {
    fn from(seconds: u16) -> Self {
        Self(seconds.clamp(Self::LEAST, Self::MOST))
    }
}

impl From<RingTime> for u16 {
    fn from(ring: RingTime) -> Self {
        ring.0
    }
}

/// The books of a campaign, by local day. Thirty days are kept.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Books {
    days: BTreeMap<Date, Tally>,
}

/// The days over which regulators look back from one to the next, today included.
const KEPT_DAYS: i32 = 30;

impl Books {
    /// Of this day, to be written into.
    pub fn on(&mut self, day: Date) -> &mut Tally {
        let oldest = first_of_month(day);
        self.days.retain(|date, _| *date >= oldest);
        self.days.entry(day).or_default()
    }

    pub fn day(&self, day: Date) -> Tally {
        self.days.get(&day).copied().unwrap_or_default()
    }

    /// The thirty days that end with this one.
    pub fn month(&self, day: Date) -> Tally {
        let mut sum = self.before(day);
        sum.add(&self.day(day));
        sum
    }

    /// The twenty-nine days before it: what the pacing of the day begins with.
    pub fn before(&self, day: Date) -> Tally {
        let mut sum = Tally::default();
        self.days.range(first_of_month(day)..day).for_each(|(_, tally)| sum.add(tally));
        sum
    }
}

fn first_of_month(day: Date) -> Date {
    day.saturating_sub((KEPT_DAYS - 1).days())
}

fn later(at: Timestamp, by: SignedDuration) -> Timestamp {
    at.saturating_add(by).unwrap_or(at)
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    fn at(ms: i64) -> Timestamp {
        Timestamp::from_millisecond(1_800_000_000_000 + ms).unwrap()
    }

    fn answer(start: Option<i64>, end: Option<i64>) -> Answer {
        Answer { at: at(0), greeting_start: start.map(at), greeting_end: end.map(at) }
    }

    #[test]
    fn machines_are_left_out_as_in_the_worked_example() {
        assert!((uk_rate(29, 9, 7) - 0.6444).abs() < 0.00005);
        let tally = Tally { connected: 16, abandoned: 29, machines: 7, mistaken: 0 };
        assert!((tally.uk_rate() - 0.6444).abs() < 0.00005);
        assert!((tally.rate() - 29.0 / 45.0).abs() < 1e-12);
    }

    #[test]
    fn nothing_answered_is_no_rate() {
        assert_eq!((Tally::default().rate(), uk_rate(0, 0, 0), uk_rate(1, 0, 0)), (0.0, 0.0, 1.0));
    }

    #[test]
    fn whom_the_detection_hangs_up_on_is_abandoned() {
        let mut tally = Tally { connected: 99, ..Tally::default() };
        tally.mistaken_for_machine();
        assert_eq!((tally.abandoned, tally.mistaken, tally.rate()), (1, 1, 0.01));
    }

    #[test]
    fn an_operator_after_two_seconds_is_too_late() {
        let rule = AbandonRule::default();
        assert!(!rule.is_abandoned(&answer(None, None), Some(at(2_000))));
        assert!(rule.is_abandoned(&answer(None, None), Some(at(2_001))));
        assert!(rule.is_abandoned(&answer(None, None), None));
    }

    #[test]
    fn the_clock_may_begin_with_the_greeting_or_after_it() {
        let heard = answer(Some(600), Some(1_900));
        for (from, deadline) in
            [(StartsAt::Connect, 2_000), (StartsAt::GreetingStart, 2_600), (StartsAt::GreetingEnd, 3_900)]
        {
            assert_eq!(AbandonRule { within_ms: 2_000, from }.deadline(&heard), at(deadline));
        }
        let silent = AbandonRule { within_ms: 2_000, from: StartsAt::GreetingEnd };
        assert_eq!(silent.deadline(&answer(None, None)), at(7_000), "silence does not last for ever");
    }

    #[test]
    fn a_telephone_rings_long_enough_to_be_reached() {
        assert_eq!([3, 15, 40, 999].map(|s| RingTime::from(s).seconds()), [15, 15, 40, 120]);
    }

    #[test]
    fn thirty_days_are_summed_and_no_more_are_kept() {
        let mut books = Books::default();
        let mut day = date(2026, 1, 1);
        for n in 0..100_u64 {
            books.on(day).connected = n;
            day = day.tomorrow().unwrap();
        }
        let last = day.yesterday().unwrap();
        assert_eq!(books.month(last).connected, (70..100).sum::<u64>());
        assert_eq!(books.before(last).connected, (70..99).sum::<u64>());
        assert_eq!(books.days.len(), 30);
        let stored = serde_json::to_string(&books).unwrap();
        assert_eq!(serde_json::from_str::<Books>(&stored).unwrap(), books);
    }
}
