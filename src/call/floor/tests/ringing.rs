//! Who is rung, in which order.

use super::*;

#[test]
fn longest_idle_operator_is_rung_first() {
    let mut hall = Hall::open();
    hall.talk(1, ANA, 60);
    hall.talk(2, BORA, 60);
    assert_eq!(rings(&hall.join(3)), [(3, CECA)]);
    assert_eq!(rings(&hall.join(4)), [(4, ANA)]);
    assert_eq!(rings(&hall.join(5)), [(5, BORA)]);
    assert_eq!(hall.join(6), []);
}

#[test]
fn a_pause_does_not_make_an_operator_fresh_again() {
    let mut hall = Hall::open();
    hall.talk(1, ANA, 60);
    hall.talk(2, BORA, 60);
    hall.talk(3, CECA, 60);
    hall.floor.pause(ANA, "break", hall.now);
    hall.pass(600);
    hall.floor.ready(ANA, hall.now);
    assert_eq!(rings(&hall.join(4)), [(4, ANA)]);
}

#[test]
fn round_robin_goes_on_after_the_last_and_begins_again() {
    let mut hall = Hall::with(|queue| queue.strategy = Strategy::RoundRobin);
    for (call, operator) in [(1, ANA), (2, BORA), (3, CECA), (4, ANA)] {
        assert_eq!(rings(&hall.join(call)), [(call, operator)]);
        hall.floor.leave(call, Left::HungUp, hall.now);
        hall.told();
    }
}

#[test]
fn who_talked_least_today_is_rung_first() {
    let mut hall = Hall::with(|queue| queue.strategy = Strategy::LeastTalk);
    hall.talk(1, ANA, 300);
    hall.talk(2, BORA, 20);
    hall.talk(3, CECA, 60);
    assert_eq!(rings(&hall.join(4)), [(4, BORA)]);
    hall.floor.leave(4, Left::Plan, hall.now);
    hall.floor.new_day();
    hall.told();
    assert_eq!(rings(&hall.join(5)), [(5, ANA)]);
}

#[test]
fn ring_all_rings_everybody_and_frees_who_was_slower() {
    let mut hall = Hall::with(|queue| queue.strategy = Strategy::RingAll);
    assert_eq!(rings(&hall.join(1)), [(1, ANA), (1, BORA), (1, CECA)]);
    assert_eq!(hall.answer(1, BORA), [withdrawn(1, ANA), withdrawn(1, CECA)]);
    assert!(!hall.floor.answered(1, CECA, hall.now), "the second who answers is told that he is late");
    assert_eq!(hall.state(CECA), OperatorState::Ready);
    assert_eq!(hall.floor.operator(CECA, hall.now).unwrap().today.missed, 0);
    assert_eq!(rings(&hall.join(2)), [(2, ANA), (2, CECA)]);
}

#[test]
fn operator_who_becomes_free_joins_the_ringing_of_all() {
    let mut hall = Hall::with(|queue| queue.strategy = Strategy::RingAll);
    hall.floor.pause(CECA, "break", hall.now);
    assert_eq!(rings(&hall.join(1)), [(1, ANA), (1, BORA)]);
    hall.floor.ready(CECA, hall.now);
    assert_eq!(rings(&hall.told()), [(1, CECA)]);
}

#[test]
fn higher_priority_is_served_first_but_nobody_is_passed_over_for_ever() {
    let mut hall = Hall::of(vec![queue("operators", &[ANA])], &[ANA]);
    hall.join(1);
    hall.answer(1, ANA);
    hall.join(2);
    hall.pass(119);
    hall.join_as(Waiting { priority: 2, ..waiting(3) });
    assert_eq!(hall.floor.queue("operators", hall.now).unwrap().waiting[0].call, 3);
    hall.pass(2);
    hall.join_as(Waiting { priority: 2, ..waiting(4) });
    hall.floor.leave(3, Left::HungUp, hall.now);
    hall.end(ANA);
    hall.floor.finish_wrap_up(ANA, hall.now);
    assert_eq!(rings(&hall.told()), [(2, ANA)], "two minutes of waiting are worth two levels");
}

#[test]
fn caller_is_served_in_their_language_until_the_wait_is_too_long() {
    let mut hall = Hall::open();
    let speaks = |user, language: &str| OperatorSettings { languages: vec![language.into()], ..plain(user) };
    hall.floor.set_operators(vec![speaks(ANA, "sr"), speaks(BORA, "sr"), speaks(CECA, "en")], hall.now);
    hall.join(1);
    hall.answer(1, ANA);
    hall.floor.pause(CECA, "break", hall.now);
    assert_eq!(hall.join_as(Waiting { language: "en".into(), ..waiting(2) }), []);
    assert_eq!(rings(&hall.pass(59)), []);
    assert_eq!(rings(&hall.pass(1)), [(2, BORA)], "after a minute somebody is better than nobody");
}

#[test]
fn caller_of_a_service_is_served_by_who_knows_it() {
    let mut hall = Hall::with(|queue| queue.widen_after = None);
    let knows = |user, service: &str| OperatorSettings { services: vec![service.into()], ..plain(user) };
    hall.floor.set_operators(vec![knows(ANA, "water"), knows(BORA, "roads"), plain(CECA)], hall.now);
    hall.floor.pause(CECA, "break", hall.now);
    let roads = |call| Waiting { service: Some("roads".into()), ..waiting(call) };
    assert_eq!(rings(&hall.join_as(roads(1))), [(1, BORA)]);
    hall.answer(1, BORA);
    assert_eq!(hall.join_as(roads(2)), []);
    assert_eq!(hall.pass(3_600), [], "nobody else will do");
}

#[test]
fn second_line_is_rung_only_when_the_first_is_busy() {
    let mut hall = Hall::with(|queue| queue.members[0].penalty = 5);
    assert_eq!(rings(&hall.join(1)), [(1, BORA)]);
    assert_eq!(rings(&hall.join(2)), [(2, CECA)]);
    assert_eq!(rings(&hall.join(3)), [(3, ANA)]);
}

#[test]
fn missed_call_goes_to_the_next_and_the_third_in_a_row_pauses() {
    let mut hall = Hall::of(vec![queue("operators", &[ANA])], &[ANA]);
    assert_eq!(rings(&hall.join(1)), [(1, ANA)]);
    let told = hall.pass(20);
    assert_eq!(told, [withdrawn(1, ANA)]);
    assert_eq!(rings(&hall.pass(5)), [(1, ANA)], "after the rest");
    hall.floor.missed(1, ANA, Missed::Declined, hall.now);
    assert_eq!(rings(&hall.pass(5)), [(1, ANA)]);
    hall.pass(20);
    assert_eq!(hall.state(ANA), OperatorState::Paused { reason: PAUSE_MISSED.into() });
    assert_eq!(hall.floor.operator(ANA, hall.now).unwrap().today.missed, 3);
    assert_eq!(hall.pass(600), [], "the caller waits on");
    hall.floor.ready(ANA, hall.now);
    assert_eq!(rings(&hall.told()), [(1, ANA)]);
}

#[test]
fn phone_that_cannot_be_rung_does_not_pause_its_operator() {
    let mut hall = Hall::open();
    hall.join(1);
    for _ in 0..9 {
        let rung = hall.floor.ringing(1).unwrap();
        hall.floor.missed(1, rung[0], Missed::Unreachable, hall.now);
        hall.pass(10);
    }
    assert!([ANA, BORA, CECA].iter().all(|user| !matches!(hall.state(*user), OperatorState::Paused { .. })));
}
