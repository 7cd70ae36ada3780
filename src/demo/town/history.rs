//! Months of past cases, so that the screens are full at first sight: each opened by a contact and worked on by people.

use jiff::civil::Weekday;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use rand::Rng;
use rand::rngs::StdRng;
use rand::seq::IndexedRandom;

use super::{Person, pick, problem, problems, services};
use crate::domain::case::Channel;

/// How far back the history goes.
const DAYS: i64 = 120;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PastCase {
    pub opened_at: Timestamp,
    pub channel: Channel,
    /// Index into the people of the town; `None` for a hidden number.
    pub person: Option<usize>,
    /// `None` when the caller did not get so far as to say it.
    pub category: Option<&'static str>,
    pub contact: PastContact,
    /// In the order in which they happened, none after the history's end.
    pub steps: Vec<Step>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PastContact {
    Text(String),
    /// A call with a recording: index into the voices of the demo.
    Spoken {
        voice: usize,
        talked: SignedDuration,
    },
    /// A call that ended before anything was said.
    HungUp {
        rang: SignedDuration,
    },
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    pub at: Timestamp,
    /// Log-in of who did it.
    pub by: &'static str,
    pub kind: StepKind,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum StepKind {
    Assigned(&'static str),
    Note(&'static str),
    /// To the service with this key.
    Forwarded(&'static str),
    TakenUp,
    /// Resolved, with these words to the citizen.
    Answered(&'static str),
}

pub(super) fn generate(
    rng: &mut StdRng,
    count: usize,
    people: &[Person],
    now: Timestamp,
    zone: &TimeZone,
) -> Vec<PastCase> {
    let mut history: Vec<PastCase> = (0..count)
        .map(|_| {
            let opened_at = opening(rng, now, zone);
            past_case(rng, people, opened_at, now)
        })
        .collect();
    history.sort_by_key(|case| case.opened_at);
    history
}

/// More in the last weeks than before, most of them in working hours, some at 3 a.m.
fn opening(rng: &mut StdRng, now: Timestamp, zone: &TimeZone) -> Timestamp {
    let back = rng.random::<f64>().powi(2);
    let day = now
        .to_zoned(zone.clone())
        .date()
        .saturating_sub(SignedDuration::from_hours(24 * (1.0 + back * (DAYS - 1) as f64) as i64));
    let weekend = matches!(day.weekday(), Weekday::Saturday | Weekday::Sunday);
    let hour =
        if weekend || rng.random_bool(0.25) { rng.random_range(0..24) } else { rng.random_range(7..16) };
    day.at(hour, rng.random_range(0..60), rng.random_range(0..60), 0)
        .to_zoned(zone.clone())
        .map_or(now, |zoned| zoned.timestamp())
}

fn past_case(rng: &mut StdRng, people: &[Person], opened_at: Timestamp, now: Timestamp) -> PastCase {
    let index = rng.random_range(0..people.len().max(1));
    let Some(home) = people.get(index) else { return hung_up(rng, opened_at, None) };
    let mut case = match rng.random_range(0..100) {
        0..45 => {
            let (category, words) = problem(rng, home);
            PastCase {
                opened_at,
                channel: Channel::Sms,
                person: Some(index),
                category: Some(category),
                contact: PastContact::Text(words),
                steps: Vec::new(),
            }
        }
        45..80 => spoken(rng, opened_at, Some(index)),
        80..85 => spoken(rng, opened_at, None),
        85..97 => hung_up(rng, opened_at, Some(index)),
        _ => hung_up(rng, opened_at, None),
    };
    case.steps = work(rng, &case, now);
    case
}

fn spoken(rng: &mut StdRng, opened_at: Timestamp, person: Option<usize>) -> PastCase {
    let voice = rng.random_range(0..crate::demo::voices::VOICES.len());
    let category = crate::demo::voices::VOICES.get(voice).map(|v| v.category);
    // Out of hours the caller reaches the voicemail, which does not ask for a category.
    let voicemail = rng.random_bool(0.3);
    PastCase {
        opened_at,
        channel: if voicemail { Channel::Voicemail } else { Channel::Call },
        person,
        category: if voicemail { None } else { category },
        contact: PastContact::Spoken { voice, talked: seconds(rng, 14..45) },
        steps: Vec::new(),
    }
}

fn hung_up(rng: &mut StdRng, opened_at: Timestamp, person: Option<usize>) -> PastCase {
    PastCase {
        opened_at,
        channel: Channel::MissedCall,
        person,
        category: None,
        contact: PastContact::HungUp { rang: seconds(rng, 1..20) },
        steps: Vec::new(),
    }
}

/// What people did with the case: the older it is, the further it went.
fn work(rng: &mut StdRng, case: &PastCase, now: Timestamp) -> Vec<Step> {
    let operator = pick(rng, &["jelena", "marko", "ana"]);
    let service = case.category.map_or("other", service_of);
    // Services without an officer of their own are answered for by the supervisor.
    let (officer, answers) = match service {
        "water" => ("petar", "petar"),
        "roads" => ("ljubica", "ljubica"),
        _ => (operator, "nada"),
    };
    let age_days = case.opened_at.duration_until(now).as_hours() / 24;
    let far = match age_days {
        0..2 => rng.random_range(0..3),
        2..10 => rng.random_range(1..6),
        10..30 => rng.random_range(3..7),
        _ => rng.random_range(5..7),
    };
    let answer = problems::ANSWERS.choose(rng).copied().unwrap_or_default();
    let note = problems::NOTES.choose(rng).copied().unwrap_or_default();
    let road = [
        (operator, StepKind::Forwarded(service)),
        (operator, StepKind::Assigned(officer)),
        (officer, StepKind::TakenUp),
        (officer, StepKind::Note(note)),
        (answers, StepKind::Answered(answer)),
        (answers, StepKind::Note("Грађанин је обавештен.")),
    ];
    let mut at = case.opened_at;
    let mut steps = Vec::new();
    for (by, kind) in road.into_iter().take(far) {
        at = at.saturating_add(seconds(rng, 120..40_000)).unwrap_or(at);
        if at >= now {
            break;
        }
        steps.push(Step { at, by, kind });
    }
    steps
}

fn service_of(category: &str) -> &'static str {
    services::CATEGORIES.iter().find(|c| c.key == category).map_or("other", |c| c.department)
}

fn seconds(rng: &mut StdRng, range: std::ops::Range<i64>) -> SignedDuration {
    SignedDuration::from_secs(rng.random_range(range))
}

#[cfg(test)]
mod tests {
    use super::super::Town;
    use super::*;

    #[test]
    fn history_lies_in_the_past_and_its_steps_follow_each_other() {
        let now: Timestamp = "2026-11-22T12:00:00Z".parse().unwrap();
        let town = Town::generate(3, now, &TimeZone::get("Europe/Belgrade").unwrap());
        for case in &town.history {
            assert!(case.opened_at < now);
            let mut last = case.opened_at;
            for step in &case.steps {
                assert!(step.at > last && step.at < now, "{case:?}");
                assert!(town.users.iter().any(|u| u.login == step.by), "{case:?}");
                last = step.at;
            }
        }
        for channel in [Channel::Sms, Channel::Call, Channel::Voicemail, Channel::MissedCall] {
            assert!(town.history.iter().filter(|c| c.channel == channel).count() > 10, "{channel}");
        }
        assert!(town.history.iter().any(|c| c.steps.is_empty()));
        assert!(town.history.iter().any(|c| c.person.is_none()));
    }
}
