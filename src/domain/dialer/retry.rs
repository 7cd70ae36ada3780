//! Whether and when a contact is dialled again.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::hours::{Part, Times};
use super::outcome::Outcome;
use crate::domain::words::words;

/// What a campaign says of it. Every rule can be changed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Rules {
    /// Attempts in all, whatever came of them.
    pub attempts: u32,
    pub busy: Follow,
    pub no_answer: Follow,
    pub machine: Follow,
    pub hung_up: Follow,
    /// Never sooner than [`ABANDONED_REST`] by machine.
    pub abandoned: Follow,
    /// When they named no time.
    pub callback: Follow,
    pub partial: Follow,
    pub declined: Follow,
    pub refused: Follow,
    pub wrong_number: Follow,
    pub no_such_number: Follow,
    /// Costs no attempt.
    pub trouble: Follow,
    pub interrupted: Follow,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "then", rename_all = "snake_case")]
pub enum Follow {
    Finish,
    Again(Again),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Again {
    pub after_minutes: u32,
    /// Dials with this outcome in all, the first included.
    pub times: u32,
    /// In a part of the day in which there were fewer attempts than in others.
    #[serde(default)]
    pub other_part: bool,
    #[serde(default)]
    pub once_a_day: bool,
}

/// A dial that was made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Attempt {
    pub at: Timestamp,
    pub outcome: Outcome,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Next {
    NotBefore(Timestamp),
    Finished(Reason),
}

words! {
    /// Why a contact is finished.
    Reason {
        Completed = "completed",
        Refused = "refused",
        /// Do-not-call, at whatever time it was said.
        DoNotCall = "do_not_call",
        Ineligible = "ineligible",
        WrongNumber = "wrong_number",
        NoSuchNumber = "no_such_number",
        Declined = "declined",
        /// All attempts were made.
        Attempts = "attempts",
        /// The network never took the call.
        Trouble = "trouble",
        /// There are no hours left in which it could be called.
        NoTime = "no_time",
        /// By somebody who took it off, or with the campaign.
        Withdrawn = "withdrawn",
    }
}

/// Whoever was abandoned is not called by machine for so long (Ofcom, statement of policy on persistent misuse, 2010: 72 hours).
pub const ABANDONED_REST: SignedDuration = SignedDuration::from_hours(72);

const HOUR: u32 = 60;
const DAY: u32 = 24 * HOUR;

impl Default for Rules {
    fn default() -> Self {
        let again =
            |after_minutes, times| Again { after_minutes, times, other_part: false, once_a_day: false };
        let absent =
            |times| Follow::Again(Again { other_part: true, once_a_day: true, ..again(HOUR, times) });
        Self {
            attempts: 6,
            // And three times more.
            busy: Follow::Again(again(15, 4)),
            no_answer: absent(3),
            machine: absent(3),
            hung_up: absent(2),
            abandoned: Follow::Again(again(3 * DAY, 2)),
            callback: Follow::Again(again(HOUR, 5)),
            partial: Follow::Again(again(DAY, 2)),
            declined: Follow::Finish,
            refused: Follow::Finish,
            wrong_number: Follow::Finish,
            no_such_number: Follow::Finish,
            // More than that is no passing trouble.
            trouble: Follow::Again(again(5, 12)),
            interrupted: Follow::Again(again(30, 3)),
        }
    }
}

impl Rules {
    /// After the last of `past`; `wished` is the time that they named. Without attempts: as soon as the hours allow it.
    pub fn next(&self, past: &[Attempt], wished: Option<Timestamp>, now: Timestamp, times: &Times) -> Next {
        let Some(last) = past.last() else { return self.within(past, None, now, times) };
        let again = match self.follow(last.outcome) {
            Err(reason) => return Next::Finished(reason),
            Ok(Follow::Finish) => return Next::Finished(reason_of(last.outcome)),
            Ok(Follow::Again(again)) => again,
        };
        if count(past, |attempt| attempt.outcome == last.outcome) >= again.times
            || count(past, |attempt| attempt.outcome.counts()) >= self.attempts
        {
            return Next::Finished(reason_of(last.outcome));
        }
        let pause = SignedDuration::from_mins(i64::from(again.after_minutes));
        let wished = wished.filter(|_| last.outcome == Outcome::Callback);
        let from = wished.unwrap_or_else(|| later(last.at, pause)).max(now);
        let rule = if wished.is_some() { None } else { Some(again) };
        self.within(past, rule, from, times)
    }

    /// Whether the machine may dial it now: asked again when its turn has come, which may be hours after it was due.
    pub fn allow(&self, past: &[Attempt], wished: Option<Timestamp>, now: Timestamp, times: &Times) -> Next {
        match self.next(past, wished, now, times) {
            Next::NotBefore(at) if at <= now => Next::NotBefore(now),
            other => other,
        }
    }

    fn within(&self, past: &[Attempt], rule: Option<Again>, from: Timestamp, times: &Times) -> Next {
        let from = rested_after(past).map_or(from, |rested| rested.max(from));
        let Some(rule) = rule.filter(|rule| rule.other_part || rule.once_a_day) else {
            return times.next(from, |_, _| true).map_or(Next::Finished(Reason::NoTime), Next::NotBefore);
        };
        let counted = || past.iter().filter(|attempt| attempt.outcome.counts());
        let last_day =
            counted().next_back().map(|attempt| times.local(attempt.at).date()).filter(|_| rule.once_a_day);
        let tried = |part: Part| counted().filter(|attempt| times.part(attempt.at) == part).count();
        let mut shares: Vec<usize> = if rule.other_part {
            Part::ALL.iter().map(|part| tried(*part)).collect()
        } else {
            vec![usize::MAX]
        };
        shares.sort_unstable();
        shares.dedup();
        // Hours may leave out a part of the day: then the next best one.
        shares
            .into_iter()
            .find_map(|most| {
                times.next(from, |at, part| {
                    last_day.is_none_or(|day| at.date() > day) && (!rule.other_part || tried(part) <= most)
                })
            })
            .map_or(Next::Finished(Reason::NoTime), Next::NotBefore)
    }

    fn follow(&self, outcome: Outcome) -> Result<Follow, Reason> {
        Ok(match outcome {
            Outcome::Completed => return Err(Reason::Completed),
            Outcome::OptedOut | Outcome::Blocked => return Err(Reason::DoNotCall),
            Outcome::Ineligible => return Err(Reason::Ineligible),
            Outcome::Partial => self.partial,
            Outcome::Callback => self.callback,
            Outcome::Refused => self.refused,
            Outcome::WrongNumber => self.wrong_number,
            Outcome::Machine => self.machine,
            Outcome::HungUp => self.hung_up,
            Outcome::Abandoned => self.abandoned,
            Outcome::NoAnswer => self.no_answer,
            Outcome::Busy => self.busy,
            Outcome::Declined => self.declined,
            Outcome::NoSuchNumber => self.no_such_number,
            Outcome::Trouble => self.trouble,
            Outcome::Interrupted => self.interrupted,
        })
    }
}

/// When a contact that was abandoned may be called by machine again.
pub fn rested_after(past: &[Attempt]) -> Option<Timestamp> {
    let abandoned = past.iter().filter(|attempt| attempt.outcome == Outcome::Abandoned);
    abandoned.map(|attempt| later(attempt.at, ABANDONED_REST)).max()
}

fn reason_of(outcome: Outcome) -> Reason {
    match outcome {
        Outcome::Refused => Reason::Refused,
        Outcome::WrongNumber => Reason::WrongNumber,
        Outcome::NoSuchNumber => Reason::NoSuchNumber,
        Outcome::Declined => Reason::Declined,
        Outcome::Trouble => Reason::Trouble,
        _ => Reason::Attempts,
    }
}

fn count(past: &[Attempt], is: impl Fn(&Attempt) -> bool) -> u32 {
    u32::try_from(past.iter().filter(|attempt| is(attempt)).count()).unwrap_or(u32::MAX)
}

fn later(at: Timestamp, pause: SignedDuration) -> Timestamp {
    at.saturating_add(pause).unwrap_or(at)
}

#[cfg(test)]
mod tests {
    use jiff::civil::DateTime;
    use jiff::tz::TimeZone;
    use proptest::prelude::*;

    use super::super::hours::CallingHours;
    use super::*;

    fn zone() -> TimeZone {
        TimeZone::get("Europe/Belgrade").unwrap()
    }

    fn times() -> Times {
        CallingHours::default().times(Vec::new(), zone())
    }

    fn at(local: &str) -> Timestamp {
        local.parse::<DateTime>().unwrap().to_zoned(zone()).unwrap().timestamp()
    }

    fn past(attempts: &[(&str, Outcome)]) -> Vec<Attempt> {
        attempts.iter().map(|(local, outcome)| Attempt { at: at(local), outcome: *outcome }).collect()
    }

    /// Asked at the moment of the last attempt.
    fn next(attempts: &[(&str, Outcome)]) -> Next {
        let past = past(attempts);
        Rules::default().next(&past, None, past.last().unwrap().at, &times())
    }

    fn again(local: &str) -> Next {
        Next::NotBefore(at(local))
    }

    use Outcome::{Abandoned, Busy, NoAnswer, Trouble};

    #[test]
    fn a_new_contact_is_dialled_when_the_hours_allow_it() {
        let first = |now| Rules::default().next(&[], None, at(now), &times());
        assert_eq!(first("2026-03-02T10:00"), again("2026-03-02T10:00"));
        assert_eq!(first("2026-03-01T10:00"), again("2026-03-02T09:00"), "Sunday");
    }

    #[test]
    fn busy_is_dialled_again_after_a_quarter_of_an_hour_three_times() {
        let mut attempts = vec![("2026-03-02T10:00", Busy)];
        assert_eq!(next(&attempts), again("2026-03-02T10:15"));
        attempts.extend([("2026-03-02T10:15", Busy), ("2026-03-02T10:30", Busy)]);
        assert_eq!(next(&attempts), again("2026-03-02T10:45"));
        attempts.push(("2026-03-02T10:45", Busy));
        assert_eq!(next(&attempts), Next::Finished(Reason::Attempts));
        assert_eq!(next(&[("2026-03-02T19:50", Busy)]), again("2026-03-03T09:00"), "not at night");
    }

    #[test]
    fn who_does_not_answer_is_tried_on_another_day_in_another_part_of_it() {
        assert_eq!(next(&[("2026-03-02T10:00", NoAnswer)]), again("2026-03-03T12:00"));
        let twice = [("2026-03-02T10:00", NoAnswer), ("2026-03-03T12:00", NoAnswer)];
        assert_eq!(next(&twice), again("2026-03-04T17:00"));
        let thrice = [twice[0], twice[1], ("2026-03-04T17:00", NoAnswer)];
        assert_eq!(next(&thrice), Next::Finished(Reason::Attempts));
        assert_eq!(next(&[("2026-03-06T18:00", NoAnswer)]), again("2026-03-07T10:00"));
    }

    #[test]
    fn hours_without_an_evening_do_not_hold_up_a_contact() {
        let office = CallingHours {
            week: std::array::from_fn(|_| vec!["09:00-13:00".parse().unwrap()]),
            ..CallingHours::default()
        };
        let past = past(&[("2026-03-02T10:00", NoAnswer), ("2026-03-03T12:30", NoAnswer)]);
        let next = Rules::default().next(&past, None, past[1].at, &office.times(Vec::new(), zone()));
        assert_eq!(next, again("2026-03-04T09:00"));
    }

    #[test]
    fn trouble_in_the_network_costs_no_attempt_and_does_not_last_for_ever() {
        let mut attempts = vec![("2026-03-02T10:00", NoAnswer)];
        attempts.extend([("2026-03-03T12:00", Trouble); 11]);
        assert_eq!(next(&attempts), again("2026-03-03T12:05"));
        attempts.push(("2026-03-03T12:00", Trouble));
        assert_eq!(next(&attempts), Next::Finished(Reason::Trouble));
        let after =
            [("2026-03-02T10:00", NoAnswer), ("2026-03-03T12:00", Trouble), ("2026-03-03T12:05", NoAnswer)];
        assert_eq!(next(&after), again("2026-03-04T17:00"), "two attempts, one is left");
    }

    #[test]
    fn a_dead_number_a_refusal_and_an_answer_are_the_end() {
        for (outcome, reason) in [
            (Outcome::NoSuchNumber, Reason::NoSuchNumber),
            (Outcome::Declined, Reason::Declined),
            (Outcome::Refused, Reason::Refused),
            (Outcome::WrongNumber, Reason::WrongNumber),
            (Outcome::Completed, Reason::Completed),
            (Outcome::OptedOut, Reason::DoNotCall),
            (Outcome::Ineligible, Reason::Ineligible),
        ] {
            assert_eq!(next(&[("2026-03-02T10:00", outcome)]), Next::Finished(reason), "{outcome}");
        }
    }

    #[test]
    fn an_abandoned_citizen_rests_for_three_days_whatever_comes_after() {
        assert_eq!(next(&[("2026-03-02T10:00", Abandoned)]), again("2026-03-05T10:00"));
        // An operator dialled by hand meanwhile, and it was busy.
        let by_hand = [("2026-03-02T10:00", Abandoned), ("2026-03-02T11:00", Busy)];
        assert_eq!(next(&by_hand), again("2026-03-05T10:00"));
    }

    #[test]
    fn a_promised_time_is_kept() {
        let past = past(&[("2026-03-02T10:00", Outcome::Callback)]);
        let next = |wished| Rules::default().next(&past, wished, past[0].at, &times());
        assert_eq!(next(Some(at("2026-03-02T18:30"))), again("2026-03-02T18:30"));
        assert_eq!(next(Some(at("2026-03-08T12:00"))), again("2026-03-09T09:00"), "a Sunday");
        assert_eq!(next(None), again("2026-03-02T11:00"));
    }

    #[test]
    fn a_turn_that_came_too_late_in_the_day_is_put_off() {
        let past = past(&[("2026-03-02T10:00", NoAnswer)]);
        let allow = |now| Rules::default().allow(&past, None, at(now), &times());
        assert_eq!(allow("2026-03-03T13:00"), again("2026-03-03T13:00"));
        assert_eq!(allow("2026-03-04T10:00"), again("2026-03-04T12:00"), "the morning was tried");
        assert_eq!(allow("2026-03-03T20:10"), again("2026-03-04T12:00"));
    }

    #[test]
    fn every_rule_can_be_changed_and_what_is_not_said_is_usual() {
        let stored = r#"{"attempts": 2, "busy": {"then": "again", "after_minutes": 5, "times": 9}, "declined": {"then": "again", "after_minutes": 60, "times": 2}}"#;
        let rules: Rules = serde_json::from_str(stored).unwrap();
        assert_eq!(rules.no_answer, Rules::default().no_answer);
        let busy = past(&[("2026-03-02T10:00", Busy)]);
        assert_eq!(rules.next(&busy, None, busy[0].at, &times()), again("2026-03-02T10:05"));
        let twice = past(&[("2026-03-02T10:00", Busy), ("2026-03-02T10:05", Busy)]);
        assert_eq!(rules.next(&twice, None, twice[1].at, &times()), Next::Finished(Reason::Attempts));
        assert_eq!(serde_json::from_str::<Rules>(&serde_json::to_string(&rules).unwrap()).unwrap(), rules);
    }

    proptest! {
        #[test]
        fn whatever_happens_the_attempts_come_to_an_end_within_hours(
            outcomes in prop::collection::vec(prop::sample::select(Outcome::ALL), 200), start in 0_i64..30_000_000,
        ) {
            let (rules, times) = (Rules::default(), times());
            let mut now = Timestamp::from_second(1_772_000_000 + start).unwrap();
            let mut past: Vec<Attempt> = Vec::new();
            for outcome in outcomes {
                let Next::NotBefore(due) = rules.next(&past, None, now, &times) else { break };
                prop_assert!(due >= now && times.are_open(due));
                now = due;
                past.push(Attempt { at: now, outcome });
            }
            let counted = past.iter().filter(|attempt| attempt.outcome.counts()).count();
            prop_assert!(counted <= rules.attempts as usize && past.len() <= 18 + 12);
        }
    }
}
