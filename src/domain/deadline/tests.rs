//! When deadlines end and how that is explained, over every kind of day of the Serbian year.

use jiff::Timestamp;
use jiff::civil::{DateTime, date};
use jiff::tz::TimeZone;

use super::alarm::{Addressee, Alarm, Done, Escalation, When};
use super::due::{Endless, Pause, compute};
use super::*;
use crate::domain::calendar::{Calendar, ClosedDay, Holidays, OpenDay, Week};

fn office() -> Calendar {
    let mut week = Week::default();
    for day in week.0.iter_mut().take(5) {
        day.push("07:30-15:30".parse().unwrap());
    }
    Calendar { week, holidays: Holidays::Serbia, ..Calendar::default() }
}

fn belgrade() -> TimeZone {
    TimeZone::get("Europe/Belgrade").unwrap()
}

/// `30 days`, `48 hours stays`, `48 working_day_hours opening`: what is not said is counted from the intake and moves to a working day.
fn terms(text: &str) -> Terms {
    let mut words = text.split(' ');
    let amount = words.next().unwrap().parse().unwrap();
    let unit = words.next().unwrap().parse().unwrap();
    let has = |word: &str| text.split(' ').any(|w| w == word);
    Terms {
        goal: Goal::Outcome,
        unit,
        amount,
        begin: if has("opening") { Begin::Opening } else { Begin::Intake },
        last_day: if has("stays") { LastDay::Stays } else { LastDay::Moves },
        source: String::new(),
        extend_by: None,
        warn_hours: None,
        escalation: Vec::new(),
    }
}

fn local(text: &str) -> Timestamp {
    let at: DateTime = text.parse().unwrap();
    at.to_zoned(belgrade()).unwrap().timestamp()
}

fn pause(from: &str, to: &str) -> Pause {
    Pause { from: local(from), to: local(to), reason: PauseReason::Citizen }
}

/// The explanation after the receipt and the rule, which every row states itself.
fn explained(calendar: &Calendar, rule: &str, received: &str, pauses: &[Pause], extended: u32) -> String {
    let due = compute(&terms(rule), local(received), calendar, &belgrade(), pauses, extended).unwrap();
    let steps: Vec<String> = due.explanation.iter().map(ToString::to_string).collect();
    let [first, rest @ ..] = steps.as_slice() else { panic!("no explanation") };
    assert!(first.starts_with("received "), "{first}");
    let rest = rest.iter().filter(|step| !step.starts_with(rule.split(' ').next().unwrap()));
    rest.cloned().collect::<Vec<_>>().join("; ")
}

const EASTER_2027: &str = "30.4.[Orthodox Good Friday] 1.5.[Labour Day] 2.5.[Labour Day] 3.5.[Orthodox Easter Monday] \
     4.5.[Labour Day (in place of Sunday)]";

/// Rule, local moment of the contact, explanation. `EASTER` stands for the free days of Easter 2027.
const TABLE: &[(&str, &str, &str)] = &[
    // The promise of the service: 48 hours counted on working days.
    ("48 working_day_hours opening", "2026-11-23T10:00", "due 25.11. 10:00"),
    ("48 working_day_hours opening", "2026-11-20T14:00", "without Sat21.11. Sun22.11.; due 24.11. 14:00"),
    ("48 working_day_hours opening", "2026-11-20T20:00", "begins 23.11. 07:30; due 25.11. 07:30"),
    ("48 working_day_hours opening", "2026-11-21T03:00", "begins 23.11. 07:30; due 25.11. 07:30"),
    ("48 working_day_hours opening", "2026-11-23T05:00", "begins 23.11. 07:30; due 25.11. 07:30"),
    ("48 working_day_hours opening", "2026-11-23T15:30", "begins 24.11. 07:30; due 26.11. 07:30"),
    ("48 working_day_hours", "2026-11-20T20:00", "without Sat21.11. Sun22.11.; due 24.11. 20:00"),
    ("48 working_day_hours", "2026-11-21T03:00", "without Sat21.11. Sun22.11.; due 25.11. 00:00"),
    ("72 working_day_hours opening", "2026-11-23T10:00", "due 26.11. 10:00"),
    // New Year and Christmas.
    (
        "48 working_day_hours opening",
        "2026-12-31T10:00",
        "without 1.1.[New Year] 2.1.[New Year] Sun3.1.; due 5.1. 10:00",
    ),
    ("48 working_day_hours opening", "2027-01-01T00:30", "begins 4.1. 07:30; due 6.1. 07:30"),
    (
        "48 working_day_hours opening",
        "2027-01-06T12:00",
        "without 7.1.[Orthodox Christmas] Sat9.1. Sun10.1.; due 11.1. 12:00",
    ),
    // Easter 2027 meets the second of May, so the fourth is free too.
    ("48 working_day_hours opening", "2027-04-29T09:00", "without EASTER; due 6.5. 09:00"),
    ("72 working_day_hours opening", "2027-04-29T09:00", "without EASTER; due 7.5. 09:00"),
    ("48 working_day_hours opening", "2027-05-02T12:00", "begins 5.5. 07:30; due 7.5. 07:30"),
    // Summer time: a change on a day that does not count is not seen, on one that does it is.
    ("48 working_day_hours opening", "2027-03-26T14:00", "without Sat27.3. Sun28.3.; due 30.3. 14:00"),
    ("48 working_day_hours opening", "2027-10-29T14:00", "without Sat30.10. Sun31.10.; due 2.11. 14:00"),
    ("48 hours stays", "2027-03-27T10:00", "28.3. has 23 h; due 29.3. 11:00"),
    ("48 hours stays", "2027-10-30T10:00", "31.10. has 25 h; due 1.11. 09:00"),
    ("30 days", "2027-03-10T10:00", "first day 11.3.; due 9.4. whole"),
    ("30 days", "2027-10-10T10:00", "first day 11.10.; due 9.11. whole"),
    // Hours one after the other: a breach of personal data, urgent information.
    ("72 hours stays", "2027-01-01T10:00", "due 4.1. 10:00"),
    ("48 hours stays", "2026-11-26T10:00", "due 28.11. 10:00"),
    ("48 hours", "2026-11-26T10:00", "moved 28.11. to 30.11. over Sat28.11. Sun29.11.; due 30.11. whole"),
    // Days: the day of the event does not count, the last must be a working day.
    ("1 days", "2026-11-23T23:59:59", "first day 24.11.; due 24.11. whole"),
    ("30 days", "2026-12-01T10:00", "first day 2.12.; due 31.12. whole"),
    (
        "30 days",
        "2026-12-02T10:00",
        "first day 3.12.; moved 1.1. to 4.1. over 1.1.[New Year] 2.1.[New Year] Sun3.1.; due 4.1. whole",
    ),
    (
        "30 days",
        "2026-12-08T10:00",
        "first day 9.12.; moved 7.1. to 8.1. over 7.1.[Orthodox Christmas]; due 8.1. whole",
    ),
    ("15 days", "2026-12-24T10:00", "first day 25.12.; due 8.1. whole"),
    ("60 days", "2026-11-23T10:00", "first day 24.11.; due 22.1. whole"),
    ("15 days", "2027-04-15T10:00", "first day 16.4.; moved 30.4. to 5.5. over EASTER; due 5.5. whole"),
    ("15 days", "2027-04-20T10:00", "first day 21.4.; due 5.5. whole"),
    (
        "15 days",
        "2026-03-26T10:00",
        "first day 27.3.; moved 10.4. to 14.4. over 10.4.[Orthodox Good Friday] 11.4.[Orthodox Holy Saturday] \
         12.4.[Orthodox Easter] 13.4.[Orthodox Easter Monday]; due 14.4. whole",
    ),
    (
        "15 days",
        "2027-01-31T10:00",
        "first day 1.2.; moved 15.2. to 17.2. over 15.2.[Statehood Day] 16.2.[Statehood Day]; due 17.2. whole",
    ),
    (
        "15 days",
        "2026-01-31T10:00",
        "first day 1.2.; moved 15.2. to 18.2. over 15.2.[Statehood Day] 16.2.[Statehood Day] \
         17.2.[Statehood Day (in place of Sunday)]; due 18.2. whole",
    ),
    (
        "15 days",
        "2026-10-27T10:00",
        "first day 28.10.; moved 11.11. to 12.11. over 11.11.[Armistice Day]; due 12.11. whole",
    ),
    (
        "15 days",
        "2029-10-27T10:00",
        "first day 28.10.; moved 11.11. to 13.11. over 11.11.[Armistice Day] \
         12.11.[Armistice Day (in place of Sunday)]; due 13.11. whole",
    ),
    (
        "10 days",
        "2027-12-23T10:00",
        "first day 24.12.; moved 2.1. to 4.1. over 2.1.[New Year] 3.1.[New Year (in place of Sunday)]; due 4.1. whole",
    ),
    (
        "15 days",
        "2026-11-06T10:00",
        "first day 7.11.; moved 21.11. to 23.11. over Sat21.11. Sun22.11.; due 23.11. whole",
    ),
    ("15 days stays", "2026-11-06T10:00", "first day 7.11.; due 21.11. whole"),
    ("15 days opening", "2026-11-21T12:00", "begins 23.11. 07:30; first day 24.11.; due 8.12. whole"),
    ("15 days", "2028-02-20T10:00", "first day 21.2.; due 6.3. whole"),
    // Working days.
    ("5 working_days", "2026-12-24T10:00", "first day 25.12.; without Sat26.12. Sun27.12.; due 31.12. whole"),
    (
        "5 working_days",
        "2026-12-28T10:00",
        "first day 29.12.; without 1.1.[New Year] 2.1.[New Year] Sun3.1.; due 5.1. whole",
    ),
    ("3 working_days", "2027-04-29T10:00", "first day 30.4.; without EASTER; due 7.5. whole"),
    // Months end on the day of the same number, or on the last that there is.
    ("1 months", "2026-11-23T10:00", "due 23.12. whole"),
    ("1 months", "2027-01-31T10:00", "no day 31: 28.2.; moved 28.2. to 1.3. over Sun28.2.; due 1.3. whole"),
    ("1 months", "2028-01-30T10:00", "no day 30: 29.2.; due 29.2. whole"),
    ("2 months", "2026-11-07T10:00", "moved 7.1. to 8.1. over 7.1.[Orthodox Christmas]; due 8.1. whole"),
    ("12 months", "2028-02-29T10:00", "no day 29: 28.2.; due 28.2. whole"),
];

#[test]
fn every_kind_of_day_is_counted_and_explained() {
    let office = office();
    for (rule, received, expected) in TABLE {
        let expected = expected.replace("EASTER", EASTER_2027);
        assert_eq!(explained(&office, rule, received, &[], 0), expected, "{rule} from {received}");
    }
    assert!(TABLE.len() >= 40);
}

#[test]
fn pauses_stop_the_clock() {
    let office = office();
    let day = [pause("2026-11-23T12:00", "2026-11-24T12:00")];
    let weekend = [pause("2026-11-20T16:00", "2026-11-23T08:00")];
    let long = [pause("2026-11-12T10:00", "2026-11-16T09:00")];
    let one_day = [pause("2026-11-12T10:00", "2026-11-12T15:00")];
    let week = [pause("2026-12-01T10:00", "2026-12-08T10:00")];
    let over_weekend = [pause("2026-11-26T12:00", "2026-11-30T09:00")];
    let two = [long[0], pause("2026-11-18T08:00", "2026-11-20T08:00")];
    let late = [pause("2026-12-30T10:00", "2026-12-31T10:00")];
    let first_day = [pause("2026-11-09T12:00", "2026-11-11T09:00")];
    let holidays = [pause("2026-12-31T12:00", "2027-01-04T10:00")];
    // On the day to which the last one moved over Easter.
    let moved_to = [pause("2027-05-05T09:00", "2027-05-10T08:00")];
    let until_saturday = [pause("2027-05-05T09:00", "2027-05-08T10:00")];
    let within_easter = [pause("2027-05-01T09:00", "2027-05-03T10:00")];
    let out_of_easter = [pause("2027-05-02T09:00", "2027-05-07T10:00")];
    let same_day = [pause("2027-05-05T09:00", "2027-05-05T14:00")];
    let again = [moved_to[0], pause("2027-05-10T12:00", "2027-05-12T08:00")];
    let after_the_hour = [pause("2026-11-25T16:00", "2026-11-27T08:00")];
    let on_monday = [pause("2026-11-30T12:00", "2026-12-02T10:00")];
    let rows: &[(&str, &str, &[Pause], &str)] = &[
        (
            "48 working_day_hours",
            "2026-11-23T10:00",
            &day,
            "paused 23.11. 12:00 to 24.11. 12:00 (citizen): 1440 min; due 26.11. 10:00",
        ),
        (
            "48 working_day_hours",
            "2026-11-20T14:00",
            &weekend,
            "without Sat21.11. Sun22.11.; paused 20.11. 16:00 to 23.11. 08:00 (citizen): 960 min; due 25.11. 06:00",
        ),
        (
            "48 working_day_hours",
            "2026-12-31T10:00",
            &holidays,
            "without 1.1.[New Year] 2.1.[New Year] Sun3.1.; paused 31.12. 12:00 to 4.1. 10:00 (citizen): 1320 min; \
             due 6.1. 08:00",
        ),
        (
            "15 days",
            "2026-11-09T10:00",
            &long,
            "first day 10.11.; paused 12.11. 10:00 to 16.11. 09:00 (citizen): 4 days; \
             moved 28.11. to 30.11. over Sat28.11. Sun29.11.; due 30.11. whole",
        ),
        (
            "15 days",
            "2026-11-09T10:00",
            &two,
            "first day 10.11.; paused 12.11. 10:00 to 16.11. 09:00 (citizen): 4 days; \
             paused 18.11. 08:00 to 20.11. 08:00 (citizen): 2 days; due 30.11. whole",
        ),
        (
            "15 days",
            "2026-11-09T10:00",
            &one_day,
            "first day 10.11.; paused 12.11. 10:00 to 12.11. 15:00 (citizen): 0 days; due 24.11. whole",
        ),
        (
            "15 days",
            "2026-11-09T10:00",
            &first_day,
            "first day 10.11.; paused 9.11. 12:00 to 11.11. 09:00 (citizen): 1 days; due 25.11. whole",
        ),
        ("15 days", "2026-11-09T10:00", &late, "first day 10.11.; due 24.11. whole"),
        (
            "15 days",
            "2027-04-15T10:00",
            &moved_to,
            "first day 16.4.; moved 30.4. to 5.5. over EASTER; \
             paused 5.5. 09:00 to 10.5. 08:00 (citizen): 5 days; due 10.5. whole",
        ),
        (
            "15 days",
            "2027-04-15T10:00",
            &until_saturday,
            "first day 16.4.; moved 30.4. to 5.5. over EASTER; \
             paused 5.5. 09:00 to 8.5. 10:00 (citizen): 3 days; moved 8.5. to 10.5. over Sat8.5. Sun9.5.; due 10.5. whole",
        ),
        (
            "15 days",
            "2027-04-15T10:00",
            &within_easter,
            "first day 16.4.; moved 30.4. to 5.5. over EASTER; due 5.5. whole",
        ),
        (
            "15 days",
            "2027-04-15T10:00",
            &out_of_easter,
            "first day 16.4.; moved 30.4. to 5.5. over EASTER; \
             paused 2.5. 09:00 to 7.5. 10:00 (citizen): 2 days; due 7.5. whole",
        ),
        (
            "15 days",
            "2027-04-15T10:00",
            &same_day,
            "first day 16.4.; moved 30.4. to 5.5. over EASTER; due 5.5. whole",
        ),
        (
            "15 days",
            "2027-04-15T10:00",
            &again,
            "first day 16.4.; moved 30.4. to 5.5. over EASTER; \
             paused 5.5. 09:00 to 10.5. 08:00 (citizen): 5 days; \
             paused 10.5. 12:00 to 12.5. 08:00 (citizen): 2 days; due 12.5. whole",
        ),
        ("15 days stays", "2027-04-15T10:00", &moved_to, "first day 16.4.; due 30.4. whole"),
        (
            "1 months",
            "2027-03-30T10:00",
            &moved_to,
            "moved 30.4. to 5.5. over EASTER; paused 5.5. 09:00 to 10.5. 08:00 (citizen): 5 days; due 10.5. whole",
        ),
        (
            "48 hours",
            "2026-11-26T10:00",
            &on_monday,
            "moved 28.11. to 30.11. over Sat28.11. Sun29.11.; \
             paused 30.11. 12:00 to 2.12. 10:00 (citizen): 2 days; due 2.12. whole",
        ),
        ("48 hours", "2026-11-23T10:00", &after_the_hour, "due 25.11. 10:00"),
        (
            "1 months",
            "2026-11-23T10:00",
            &week,
            "paused 1.12. 10:00 to 8.12. 10:00 (citizen): 7 days; due 30.12. whole",
        ),
        (
            "5 working_days",
            "2026-11-23T10:00",
            &over_weekend,
            "first day 24.11.; without Sat28.11. Sun29.11.; \
             paused 26.11. 12:00 to 30.11. 09:00 (citizen): 2 days; due 2.12. whole",
        ),
    ];
    for (rule, received, pauses, expected) in rows {
        let expected = expected.replace("EASTER", EASTER_2027);
        assert_eq!(explained(&office, rule, received, pauses, 0), expected, "{rule} from {received}");
    }
}

#[test]
fn an_extension_counts_from_the_same_beginning() {
    let office = office();
    let information = explained(&office, "15 days", "2026-11-23T10:00", &[], 25);
    assert_eq!(
        information,
        "extended by 25 to 40; first day 24.11.; moved 2.1. to 4.1. over 2.1.[New Year] Sun3.1.; due 4.1. whole"
    );
    let personal_data = explained(&office, "30 days", "2026-11-23T10:00", &[], 60);
    assert_eq!(
        personal_data,
        "extended by 60 to 90; first day 24.11.; moved 21.2. to 22.2. over Sun21.2.; due 22.2. whole"
    );
}

#[test]
fn days_of_the_office_itself_count_as_it_says() {
    let mut office = office();
    office.closed.push(ClosedDay { date: date(2026, 11, 25), why: "слава".into() });
    office.open.push(OpenDay { date: date(2026, 11, 28), hours: vec!["08:00-12:00".parse().unwrap()] });
    let promise = explained(&office, "48 working_day_hours opening", "2026-11-24T10:00", &[], 0);
    assert_eq!(promise, "without 25.11.[слава]; due 27.11. 10:00");
    let over_a_working_saturday =
        explained(&office, "48 working_day_hours opening", "2026-11-27T10:00", &[], 0);
    assert_eq!(over_a_working_saturday, "without Sun29.11.; due 30.11. 10:00");
    let out_of_hours = explained(&office, "48 working_day_hours opening", "2026-11-28T07:00", &[], 0);
    assert_eq!(out_of_hours, "begins 28.11. 08:00; without Sun29.11.; due 1.12. 08:00");
}

#[test]
fn what_is_counted_in_days_is_over_with_the_day() {
    let zone = belgrade();
    let due = compute(&terms("1 days"), local("2026-11-23T10:00"), &office(), &zone, &[], 0).unwrap();
    assert_eq!(due.at, "2026-11-24T22:59:59.999999Z".parse::<Timestamp>().unwrap());
    let step = due.explanation.last().unwrap();
    assert!(matches!(step, step::Step::Due { whole_day: true, .. }));
    let stored = serde_json::to_string(&due.explanation).unwrap();
    assert_eq!(serde_json::from_str::<Vec<step::Step>>(&stored).unwrap(), due.explanation);
}

#[test]
fn an_office_that_never_works_has_no_due_date() {
    let never = Calendar::default();
    for rule in ["48 working_day_hours", "5 working_days", "15 days", "1 months", "48 hours opening"] {
        let due = compute(&terms(rule), local("2026-11-23T10:00"), &never, &belgrade(), &[], 0);
        assert_eq!(due, Err(Endless), "{rule}");
    }
    let stays = compute(&terms("48 hours stays"), local("2026-11-23T10:00"), &never, &belgrade(), &[], 0);
    assert!(stays.is_ok());
}

fn at(hour: i64) -> Timestamp {
    Timestamp::from_second(hour * 3_600).unwrap()
}

fn watched() -> Terms {
    let step = |when, to| Escalation { when, to };
    Terms {
        warn_hours: Some(8),
        escalation: vec![
            step(When::Share(50), Addressee::Assignee),
            step(When::Before(2), Addressee::Service),
            step(When::After(24), Addressee::Supervisors),
        ],
        ..terms("48 hours stays")
    }
}

#[test]
fn alarms_go_off_in_the_order_of_time_and_once() {
    let terms = watched();
    let alarms = terms.alarms(at(0), at(48));
    let expected = [
        (at(24), Alarm::Step(0, Addressee::Assignee)),
        (at(40), Alarm::Warning),
        (at(46), Alarm::Step(1, Addressee::Service)),
        (at(48), Alarm::Missed),
        (at(72), Alarm::Step(2, Addressee::Supervisors)),
    ];
    assert_eq!(alarms, expected);
    let mut done = Done::default();
    for (time, alarm) in expected {
        assert_eq!(terms.next_alarm(at(0), at(48), done), Some(time));
        done = done.with(alarm);
    }
    assert_eq!(terms.next_alarm(at(0), at(48), done), None);
}

#[test]
fn alarms_that_lie_ahead_again_go_off_again() {
    let terms = watched();
    let all = terms.alarms(at(0), at(48)).into_iter().fold(Done::default(), |done, (_, a)| done.with(a));
    // Made longer by two days at hour 73: what was to be said half-way has been said.
    let kept = terms.still_done(at(0), at(96), all, at(73));
    assert!(kept.has(Alarm::Step(0, Addressee::Assignee)));
    assert!(!kept.has(Alarm::Warning) && !kept.has(Alarm::Missed));
    assert_eq!(terms.next_alarm(at(0), at(96), kept), Some(at(88)));
}

#[test]
fn a_warning_longer_than_the_time_itself_comes_at_the_beginning() {
    let terms = Terms { warn_hours: Some(100), ..terms("48 hours stays") };
    assert_eq!(terms.alarms(at(0), at(48)).first(), Some(&(at(0), Alarm::Warning)));
}

fn profile(key: &str, goal: Goal, everywhere: bool) -> Profile {
    Profile {
        key: key.into(),
        name_sr: key.into(),
        name_en: key.into(),
        everywhere,
        active: true,
        terms: Terms { goal, ..terms("15 days") },
    }
}

#[test]
fn a_category_has_its_own_deadline_and_those_of_every_case_for_other_goals() {
    let profiles = [
        profile("promise", Goal::FirstAnswer, true),
        profile("general", Goal::Outcome, true),
        profile("information", Goal::Outcome, false),
        Profile { active: false, ..profile("old", Goal::Outcome, false) },
    ];
    let keys = |own: &[&str]| chosen(&profiles, own).iter().map(|p| p.key.as_str()).collect::<Vec<_>>();
    assert_eq!(keys(&[]), ["promise", "general"]);
    assert_eq!(keys(&["information"]), ["information", "promise"]);
    assert_eq!(keys(&["old", "nothing"]), ["promise", "general"]);
}

#[test]
fn a_profile_out_of_its_bounds_names_the_field() {
    let good = profile("promise", Goal::FirstAnswer, true);
    assert_eq!(good.check(), Ok(()));
    let with = |change: fn(&mut Profile)| {
        let mut bad = good.clone();
        change(&mut bad);
        bad.check()
    };
    assert_eq!(with(|p| p.key = "Промиза".into()), Err(Wrong::Key));
    assert_eq!(with(|p| p.name_en = " ".into()), Err(Wrong::Name));
    assert_eq!(with(|p| p.terms.amount = 0), Err(Wrong::Amount));
    assert_eq!(with(|p| p.terms.amount = 100_000), Err(Wrong::Amount));
    assert_eq!(with(|p| p.terms.extend_by = Some(0)), Err(Wrong::ExtendBy));
    assert_eq!(with(|p| p.terms.warn_hours = Some(0)), Err(Wrong::WarnHours));
    let step = Escalation { when: When::Share(100), to: Addressee::Assignee };
    assert_eq!(
        {
            let mut bad = good.clone();
            bad.terms.escalation.push(step);
            bad.check()
        },
        Err(Wrong::Escalation)
    );
}
