//! Who is still asked while cells fill up and others talk.

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use proptest::prelude::*;

use super::super::answer::Answer;
use super::super::interview::Early;
use super::super::kind::Code;
use super::super::samples::{example, published};
use super::super::version::Published;
use super::count::{Counter, Holder, Verdict};
use super::*;
use crate::domain::person::PersonLanguage;

const HOLD: SignedDuration = SignedDuration::from_mins(20);

fn at(minutes: i64) -> Timestamp {
    Timestamp::UNIX_EPOCH + SignedDuration::from_mins(minutes)
}

fn cell(cell: usize) -> CellId {
    CellId { quota: 0, cell }
}

/// The example, with so many for each cell: young, middle and old women, then men.
fn version(most: [u32; 6]) -> Arc<Published> {
    let mut questionnaire = example();
    for (cell, most) in questionnaire.quotas[0].cells.iter_mut().zip(most) {
        cell.most = most;
    }
    published(questionnaire)
}

fn interview(version: &Arc<Published>, sex: u16, age: Option<u16>) -> Interview {
    let mut interview = Interview::start(Arc::clone(version), PersonLanguage::SerbianCyrillic, 1);
    let answers =
        [Some(Answer::One(Code(1))), Some(Answer::One(Code(sex))), age.map(|age| Answer::Number(age.into()))];
    for answer in answers.into_iter().flatten() {
        interview.answer(answer).unwrap();
    }
    interview
}

fn hold(counter: &mut Counter, interview: &Interview, holder: i64, now: i64) -> Verdict {
    let known = known(interview);
    let facts = Facts { interview: Some(&known), attributes: &[] };
    counter.hold(&interview.questionnaire().quotas, Holder(holder), facts, at(now), HOLD)
}

fn complete(counter: &mut Counter, interview: &Interview, holder: i64) {
    let known = known(interview);
    let facts = Facts { interview: Some(&known), attributes: &[] };
    counter.complete(&interview.questionnaire().quotas, Holder(holder), facts);
}

fn contact(counter: &Counter, version: &Published, attributes: &[(&str, &str)]) -> Verdict {
    let attributes: Vec<(String, String)> =
        attributes.iter().map(|(name, value)| (name.to_string(), value.to_string())).collect();
    let facts = Facts { interview: None, attributes: &attributes };
    counter.standings(at(0)).verdict(&version.questionnaire().quotas, facts)
}

#[test]
fn men_are_thanked_before_their_age_is_asked_when_men_of_every_age_have_answered() {
    let version = version([9, 9, 9, 1, 1, 1]);
    let mut counter = Counter::new([(cell(3), 1), (cell(4), 1)]);
    assert_eq!(hold(&mut counter, &interview(&version, 2, None), 1, 0), Verdict::Open, "he may be old");
    assert_eq!(hold(&mut counter, &interview(&version, 2, Some(30)), 1, 0), Verdict::Full(cell(3)));
    let mut counter = Counter::new([(cell(3), 1), (cell(4), 1), (cell(5), 1)]);
    assert!(matches!(hold(&mut counter, &interview(&version, 2, None), 1, 0), Verdict::Full(_)));
    assert_eq!(hold(&mut counter, &interview(&version, 1, None), 2, 0), Verdict::Open);
}

#[test]
fn those_who_talk_at_once_do_not_fill_a_cell_twice_over() {
    let version = version([2; 6]);
    let mut counter = Counter::default();
    let young_woman = interview(&version, 1, Some(20));
    assert_eq!(hold(&mut counter, &young_woman, 1, 0), Verdict::Open);
    assert_eq!(hold(&mut counter, &young_woman, 2, 0), Verdict::Open);
    assert_eq!(hold(&mut counter, &young_woman, 3, 0), Verdict::FullForNow(cell(0)));
    assert_eq!(hold(&mut counter, &young_woman, 1, 5), Verdict::Open, "who has a place keeps it");
    complete(&mut counter, &young_woman, 1);
    complete(&mut counter, &young_woman, 2);
    assert_eq!(hold(&mut counter, &young_woman, 3, 6), Verdict::Full(cell(0)));
    assert_eq!(counter.standings(at(6)).done(cell(0)), 2);
}

#[test]
fn place_of_somebody_who_never_came_back_is_given_away_and_their_answers_count_all_the_same() {
    let version = version([1; 6]);
    let mut counter = Counter::default();
    let woman = interview(&version, 1, Some(40));
    assert_eq!(hold(&mut counter, &woman, 1, 0), Verdict::Open);
    assert_eq!(hold(&mut counter, &woman, 2, 19), Verdict::FullForNow(cell(1)));
    assert_eq!(hold(&mut counter, &woman, 2, 20), Verdict::Open);
    complete(&mut counter, &woman, 2);
    complete(&mut counter, &woman, 1);
    assert_eq!(counter.standings(at(30)).done(cell(1)), 2);
}

#[test]
fn hung_up_call_gives_its_place_back() {
    let version = version([1; 6]);
    let mut counter = Counter::default();
    let mut woman = interview(&version, 1, Some(40));
    assert_eq!(hold(&mut counter, &woman, 1, 0), Verdict::Open);
    woman.end_early(Early::BrokenOff);
    counter.release(Holder(1));
    assert_eq!(counter.standings(at(1)).held(cell(1)), 0);
}

#[test]
fn contacts_whose_cell_is_full_are_not_called() {
    let version = version([1; 6]);
    let mut counter = Counter::new([(cell(0), 1)]);
    let young_woman = [("sex", "Ženski"), ("age", "28")];
    assert_eq!(contact(&counter, &version, &young_woman), Verdict::Full(cell(0)));
    assert_eq!(contact(&counter, &version, &[("sex", "ж")]), Verdict::Open, "she may be older");
    assert_eq!(contact(&counter, &version, &[]), Verdict::Open);
    assert_eq!(contact(&counter, &version, &[("sex", "непознат"), ("age", "28")]), Verdict::Open);
    let young_man = [("sex", "м"), ("age", "20")];
    assert_eq!(hold(&mut counter, &interview(&version, 2, Some(20)), 1, 0), Verdict::Open);
    assert_eq!(
        contact(&counter, &version, &young_man),
        Verdict::FullForNow(cell(3)),
        "he may be called later"
    );
}

#[test]
fn who_says_nothing_of_it_is_not_limited() {
    let version = version([0; 6]);
    let mut counter = Counter::default();
    let mut silent = interview(&version, 1, None);
    silent.answer(Answer::Refuses).unwrap();
    assert_eq!(hold(&mut counter, &silent, 1, 0), Verdict::Open);
    complete(&mut counter, &silent, 1);
    assert!((0..6).all(|at| counter.standings(Timestamp::UNIX_EPOCH).done(cell(at)) == 0));
}

#[test]
fn survey_is_done_when_every_cell_is() {
    let version = version([1; 6]);
    let quotas = &version.questionnaire().quotas;
    let five = Counter::new((0..5).map(|at| (cell(at), 1)));
    assert!(!five.standings(at(0)).is_done(quotas));
    assert!(Counter::new((0..6).map(|at| (cell(at), 1))).standings(at(0)).is_done(quotas));
    assert!(!Counter::default().standings(at(0)).is_done(&[]), "without quotas it goes on");
}

proptest! {
    #[test]
    fn no_cell_is_overfilled_as_long_as_nobody_lets_their_place_run_out(
        people in prop::collection::vec((1..3_u16, 18..90_u16, 0..3_u8), 1..80),
    ) {
        let version = version([3; 6]);
        let mut counter = Counter::default();
        let mut talking: Vec<(i64, Interview)> = Vec::new();
        for (holder, (sex, age, leaves)) in (0..).zip(people) {
            let person = interview(&version, sex, Some(age));
            if hold(&mut counter, &person, holder, 0) == Verdict::Open {
                talking.push((holder, person));
            }
            if leaves == 0 && let Some((holder, person)) = talking.pop() {
                complete(&mut counter, &person, holder);
            }
            if leaves == 1 && let Some((holder, _)) = talking.pop() {
                counter.release(Holder(holder));
            }
        }
        talking.iter().for_each(|(holder, person)| complete(&mut counter, person, *holder));
        let standings = counter.standings(at(0));
        prop_assert!((0..6).all(|at| standings.done(cell(at)) <= 3 && standings.held(cell(at)) == 0));
    }
}
