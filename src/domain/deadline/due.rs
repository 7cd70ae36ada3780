//! When the time is over, and how one gets there.

use jiff::civil::{Date, DateTime};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp, ToSpan};

use super::step::{FreeDay, Lost, Step, Why};
use super::{Begin, LastDay, PauseReason, Terms, Unit};
use crate::domain::calendar::{Calendar, State};

/// The clock stood still.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pause {
    pub from: Timestamp,
    pub to: Timestamp,
    pub reason: PauseReason,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Due {
    /// The last microsecond of a day for what is counted in days.
    pub at: Timestamp,
    pub explanation: Vec<Step>,
}

impl Due {
    /// With a step that says whose contact it is that is counted from: after the one that says when that was.
    pub fn told_from(mut self, origin: Step) -> Self {
        self.explanation.insert(self.explanation.len().min(1), origin);
        self
    }
}

/// A calendar by which the time would never be over.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the working calendar has no working day within ten years")]
pub struct Endless;

/// Days that are looked through: more than the longest deadline on a calendar with one working day a week.
const MOST_DAYS: u32 = 10 * 366;

/// The finest that instants are stored with.
const MICROSECOND: SignedDuration = SignedDuration::from_micros(1);

/// Where a deadline of `terms` ends that began with a contact at `start`, by the calendar and the local time of the office. `pauses`
/// are over and one after the other; `extended_by` is in the unit of the terms.
pub fn compute(
    terms: &Terms,
    start: Timestamp,
    calendar: &Calendar,
    zone: &TimeZone,
    pauses: &[Pause],
    extended_by: u32,
) -> Result<Due, Endless> {
    let mut count = Count { terms, calendar, zone, pauses, steps: Vec::new() };
    let total = terms.amount.saturating_add(extended_by);
    let begin = count.begin(start)?;
    let source = terms.source.clone();
    count.steps.push(Step::Rule { unit: terms.unit, amount: terms.amount, source });
    if extended_by > 0 {
        count.steps.push(Step::Extended { by: extended_by, total });
    }
    let at = match terms.unit {
        Unit::WorkingDayHours | Unit::Hours => count.hours(begin, total)?,
        Unit::Days | Unit::WorkingDays => count.days(begin, total)?,
        Unit::Months => count.months(begin, total)?,
    };
    Ok(Due { at, explanation: count.steps })
}

struct Count<'a> {
    terms: &'a Terms,
    calendar: &'a Calendar,
    zone: &'a TimeZone,
    pauses: &'a [Pause],
    steps: Vec<Step>,
}

impl Count<'_> {
    /// From when it is counted.
    fn begin(&mut self, start: Timestamp) -> Result<Timestamp, Endless> {
        let received = self.local(start);
        self.steps.push(Step::Received { at: whole_seconds(received) });
        if self.terms.begin == Begin::Intake || self.calendar.state(received) == State::Open {
            return Ok(start);
        }
        let opening = self.calendar.next_opening(received).ok_or(Endless)?;
        let at = self.instant(opening)?;
        self.steps.push(Step::BeginsAt { at: opening });
        Ok(at)
    }

    fn hours(&mut self, begin: Timestamp, amount: u32) -> Result<Timestamp, Endless> {
        let mut left = SignedDuration::from_hours(i64::from(amount));
        let (mut at, mut skipped, mut changed) = (begin, Vec::new(), Vec::new());
        for _ in 0..MOST_DAYS {
            let date = self.local(at).date();
            let tomorrow = self.start_of(next(date)?)?;
            match self.counts(date) {
                Err(why) => skipped.push(FreeDay { date, why }),
                Ok(()) => {
                    let end = self.after(at, left, tomorrow);
                    self.note_change(date, at, end.unwrap_or(tomorrow), &mut changed)?;
                    if let Some(end) = end {
                        self.not_counted(skipped);
                        self.steps.append(&mut changed);
                        self.tell_pauses(begin, end, Self::minutes_lost)?;
                        return self.end_at(end);
                    }
                    left -= tomorrow.duration_since(at) - self.paused(at, tomorrow);
                }
            }
            at = tomorrow;
        }
        Err(Endless)
    }

    /// Where `left` of running time after `from` ends, unless that is not before the day is over.
    fn after(&self, from: Timestamp, left: SignedDuration, until: Timestamp) -> Option<Timestamp> {
        let (mut at, mut left) = (from, left);
        for pause in self.pauses.iter().filter(|pause| pause.to > from && pause.from < until) {
            let running = pause.from.duration_since(at);
            // What ends at the moment of the pause has ended.
            if running >= left {
                break;
            }
            left -= running.max(SignedDuration::ZERO);
            at = at.max(pause.to);
        }
        let end = at.checked_add(left).ok()?;
        (end <= until).then_some(end)
    }

    /// How much of the stretch the clock stood still.
    fn paused(&self, from: Timestamp, to: Timestamp) -> SignedDuration {
        let overlap = |pause: &Pause| pause.to.min(to).duration_since(pause.from.max(from));
        self.pauses.iter().map(overlap).filter(SignedDuration::is_positive).fold(SignedDuration::ZERO, add)
    }

    fn days(&mut self, begin: Timestamp, amount: u32) -> Result<Timestamp, Endless> {
        let (mut date, mut left, mut skipped) = (self.local(begin).date(), amount, Vec::new());
        self.steps.push(Step::FirstDay { date: next(date)? });
        for _ in 0..MOST_DAYS {
            date = next(date)?;
            let counts = self.counts(date);
            if let Err(why) = counts {
                skipped.push(FreeDay { date, why });
            } else if !self.is_paused_at_end_of(date)? {
                left -= 1;
            }
            if left == 0 {
                self.not_counted(skipped);
                return self.end_of(begin, date);
            }
        }
        Err(Endless)
    }

    fn months(&mut self, begin: Timestamp, amount: u32) -> Result<Timestamp, Endless> {
        let first = self.local(begin).date();
        let mut last = first.checked_add(i64::from(amount).months()).map_err(|_| Endless)?;
        if last.day() != first.day() {
            self.steps.push(Step::NoSuchDay { number: first.day(), date: last });
        }
        let mut date = first;
        for _ in 0..MOST_DAYS {
            if date >= last {
                return self.end_of(begin, last);
            }
            date = next(date)?;
            if self.is_paused_at_end_of(date)? {
                last = next(last)?;
            }
        }
        Err(Endless)
    }

    /// The end of the last day, which is another one when it is free.
    fn end_of(&mut self, begin: Timestamp, last: Date) -> Result<Timestamp, Endless> {
        let end = self.last_moment(last)?;
        self.tell_pauses(begin, end, Self::days_lost)?;
        let last = self.moved(last)?;
        let end = self.last_moment(last)?;
        self.steps.push(Step::Due { at: last.at(23, 59, 0, 0), whole_day: true });
        Ok(end)
    }

    /// Days that would have counted, were it not for the pause.
    fn days_lost(&self, pause: &Pause, begin: Timestamp) -> Result<Lost, Endless> {
        let mut date = self.local(pause.from).date().max(next(self.local(begin).date())?);
        let mut days = 0;
        while self.stands_at(pause, self.start_of(next(date)?)?) {
            days += u32::from(self.counts(date).is_ok());
            date = next(date)?;
        }
        Ok(Lost::Days(days))
    }

    /// Time of days that count, during the pause.
    fn minutes_lost(&self, pause: &Pause, begin: Timestamp) -> Result<Lost, Endless> {
        let (mut at, mut lost) = (pause.from.max(begin), SignedDuration::ZERO);
        while at < pause.to {
            let date = self.local(at).date();
            let until = self.start_of(next(date)?)?.min(pause.to);
            if self.counts(date).is_ok() {
                lost += until.duration_since(at);
            }
            at = until;
        }
        Ok(Lost::Minutes(lost.as_mins()))
    }

    fn end_at(&mut self, end: Timestamp) -> Result<Timestamp, Endless> {
        let local = self.local(end);
        // What begins later on that day, a pause too, does not change it any more.
        if self.terms.last_day == LastDay::Stays || self.calendar.is_working_day(local.date()).is_ok() {
            self.steps.push(Step::Due { at: whole_seconds(local), whole_day: false });
            return Ok(end);
        }
        let last = self.moved(local.date())?;
        // With the last hour of the working day to which it moved.
        self.steps.push(Step::Due { at: last.at(23, 59, 0, 0), whole_day: true });
        self.last_moment(last)
    }

    /// The last day, or the one after it that is a working day and at whose end the clock runs: a day to which the last one moved passes
    /// no more than another while the clock stands still.
    fn moved(&mut self, last: Date) -> Result<Date, Endless> {
        let mut date = last;
        // Each round is behind one more of the pauses.
        for _ in 0..=self.pauses.len() {
            let working = self.next_working_day(date)?;
            date = self.past_pauses(working)?;
            if date == working {
                return Ok(date);
            }
            let eve = self.start_of(working)?.checked_sub(MICROSECOND).map_err(|_| Endless)?;
            let end = self.last_moment(date)?;
            self.tell_pauses(eve, end, Self::days_lost)?;
        }
        Err(Endless)
    }

    fn past_pauses(&self, day: Date) -> Result<Date, Endless> {
        let mut date = day;
        while self.is_paused_at_end_of(date)? {
            date = next(date)?;
        }
        Ok(date)
    }

    fn next_working_day(&mut self, last: Date) -> Result<Date, Endless> {
        if self.terms.last_day == LastDay::Stays {
            return Ok(last);
        }
        let (mut date, mut days) = (last, Vec::new());
        for _ in 0..MOST_DAYS {
            match self.calendar.is_working_day(date) {
                Err(why) => days.push(FreeDay { date, why: why.into() }),
                Ok(()) if date == last => return Ok(last),
                Ok(()) => {
                    self.steps.push(Step::Moved { from: last, to: date, days });
                    return Ok(date);
                }
            }
            date = next(date)?;
        }
        Err(Endless)
    }

    /// Whether the unit counts the day at all.
    fn counts(&self, date: Date) -> Result<(), Why> {
        match self.terms.unit {
            Unit::WorkingDayHours | Unit::WorkingDays => {
                self.calendar.is_working_day(date).map_err(Why::from)
            }
            Unit::Hours | Unit::Days | Unit::Months => Ok(()),
        }
    }

    /// A day on which the clock stands still when it ends has not passed.
    fn is_paused_at_end_of(&self, date: Date) -> Result<bool, Endless> {
        let end = self.start_of(next(date)?)?;
        Ok(self.pauses.iter().any(|pause| self.stands_at(pause, end)))
    }

    fn stands_at(&self, pause: &Pause, at: Timestamp) -> bool {
        pause.from < at && at <= pause.to
    }

    fn not_counted(&mut self, days: Vec<FreeDay>) {
        if !days.is_empty() {
            self.steps.push(Step::NotCounted { days });
        }
    }

    fn tell_pauses(
        &mut self,
        begin: Timestamp,
        end: Timestamp,
        lost: impl Fn(&Self, &Pause, Timestamp) -> Result<Lost, Endless>,
    ) -> Result<(), Endless> {
        for pause in self.pauses.iter().filter(|pause| pause.to > begin && pause.from < end) {
            let lost = lost(self, pause, begin)?;
            let (from, to) = (whole_seconds(self.local(pause.from)), whole_seconds(self.local(pause.to)));
            self.steps.push(Step::Paused { from, to, reason: pause.reason, lost });
        }
        Ok(())
    }

    /// An hour more or less on a day that counts is seen in the hour at which it ends.
    fn note_change(
        &self,
        date: Date,
        from: Timestamp,
        to: Timestamp,
        changed: &mut Vec<Step>,
    ) -> Result<(), Endless> {
        let offset = |at: Timestamp| self.zone.to_offset(at);
        if offset(from) != offset(to) {
            let day = self.start_of(next(date)?)?.duration_since(self.start_of(date)?);
            changed.push(Step::ClockChanged { date, hours: day.as_hours() });
        }
        Ok(())
    }

    fn last_moment(&self, date: Date) -> Result<Timestamp, Endless> {
        self.start_of(next(date)?)?.checked_sub(MICROSECOND).map_err(|_| Endless)
    }

    fn start_of(&self, date: Date) -> Result<Timestamp, Endless> {
        self.instant(date.at(0, 0, 0, 0))
    }

    fn instant(&self, local: DateTime) -> Result<Timestamp, Endless> {
        self.zone.to_timestamp(local).map_err(|_| Endless)
    }

    fn local(&self, at: Timestamp) -> DateTime {
        self.zone.to_datetime(at)
    }
}

fn add(a: SignedDuration, b: SignedDuration) -> SignedDuration {
    a.saturating_add(b)
}

fn next(date: Date) -> Result<Date, Endless> {
    date.tomorrow().map_err(|_| Endless)
}

/// Microseconds explain nothing.
fn whole_seconds(at: DateTime) -> DateTime {
    at.with().subsec_nanosecond(0).build().unwrap_or(at)
}
