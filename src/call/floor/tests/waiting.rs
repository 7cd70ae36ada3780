//! Callers who wait: for how long, at which place, and where they go then.

use super::*;

#[test]
fn queue_without_operators_takes_nobody() {
    let mut hall = Hall::open();
    for user in [ANA, BORA, CECA] {
        hall.floor.reachable(user, false, hall.now);
    }
    assert_eq!(hall.floor.join(waiting(1), hall.now), Err(JoinRefused::NoAgents));
    let nowhere = Waiting { queue: "nowhere".into(), ..waiting(2) };
    assert_eq!(hall.floor.join(nowhere, hall.now), Err(JoinRefused::Unknown));
    let today = hall.floor.queue("operators", hall.now).unwrap().today;
    assert_eq!((today.offered, today.sent_back), (1, 1));
}

#[test]
fn callers_are_sent_back_when_the_last_operator_is_gone_for_good() {
    let mut hall = Hall::of(vec![queue("operators", &[ANA])], &[ANA]);
    hall.join(1);
    hall.floor.reachable(ANA, false, hall.now);
    assert_eq!(exits(&hall.pass(10)), []);
    hall.floor.reachable(ANA, true, hall.now);
    assert_eq!(rings(&hall.told()), [(1, ANA)], "the phone only registered anew");
    hall.floor.reachable(ANA, false, hall.now);
    assert_eq!(exits(&hall.pass(15)), [(1, Exit::NoAgents)]);
}

#[test]
fn whether_callers_wait_for_operators_on_a_break_is_a_setting() {
    let mut hall = Hall::with(|queue| queue.wait_while_paused = false);
    for user in [ANA, BORA, CECA] {
        hall.floor.pause(user, "meeting", hall.now);
    }
    assert_eq!(hall.floor.join(waiting(1), hall.now), Err(JoinRefused::NoAgents));
    let mut hall = Hall::open();
    for user in [ANA, BORA, CECA] {
        hall.floor.pause(user, "meeting", hall.now);
    }
    assert_eq!(hall.join(1), []);
    assert_eq!(hall.pass(600), []);
}

#[test]
fn who_has_waited_too_long_goes_back_to_the_plan() {
    let mut hall = Hall::of(vec![queue("operators", &[ANA])], &[ANA]);
    hall.talk(1, ANA, 1);
    hall.join(2);
    hall.answer(2, ANA);
    hall.join_as(Waiting { max_wait: Some(Duration::from_secs(180)), ..waiting(3) });
    assert_eq!(exits(&hall.pass(179)), []);
    assert_eq!(exits(&hall.pass(1)), [(3, Exit::Timeout)]);
}

#[test]
fn a_phone_that_rings_at_the_end_of_the_wait_may_still_be_answered() {
    let mut hall = Hall::of(vec![queue("operators", &[ANA])], &[ANA]);
    hall.join_as(Waiting { max_wait: Some(Duration::from_secs(10)), ..waiting(1) });
    assert_eq!(hall.pass(15), []);
    hall.answer(1, ANA);
    hall.end(ANA);
    hall.floor.ready(ANA, hall.now);
    hall.join_as(Waiting { max_wait: Some(Duration::from_secs(10)), ..waiting(2) });
    assert_eq!(exits(&hall.pass(20)), [(2, Exit::Timeout)]);
    assert_eq!(hall.pass(60), []);
}

#[test]
fn full_queue_sends_callers_on() {
    let small = QueueSettings { max_waiting: 1, ..queue("operators", &[ANA]) };
    let mut hall = Hall::of(vec![small.clone()], &[ANA, BORA]);
    hall.join(1);
    assert_eq!(hall.floor.join(waiting(2), hall.now), Err(JoinRefused::Full));
    let first = QueueSettings { overflow: Some("second".into()), ..small };
    hall.floor.set_queues(vec![first, queue("second", &[BORA])], hall.now);
    assert_eq!(rings(&hall.join(2)), [(2, BORA)]);
    assert_eq!(hall.floor.queue("second", hall.now).unwrap().waiting.len(), 1);
}

#[test]
fn caller_moves_to_the_queue_behind_after_a_while_and_keeps_their_wait() {
    let first = QueueSettings {
        overflow: Some("second".into()),
        overflow_after: Some(Duration::from_secs(60)),
        ..queue("operators", &[ANA])
    };
    let mut hall = Hall::of(vec![first, queue("second", &[BORA])], &[ANA, BORA]);
    hall.join(1);
    hall.answer(1, ANA);
    hall.join(2);
    assert_eq!(hall.pass(59), []);
    assert_eq!(rings(&hall.pass(1)), [(2, BORA)]);
    hall.answer(2, BORA);
    assert_eq!(
        hall.floor.queue("second", hall.now).unwrap().today.average_wait(),
        Some(Duration::from_secs(60))
    );
}

#[test]
fn position_is_told_and_the_wait_only_when_it_is_known() {
    let announced =
        QueueSettings { announce_every: Some(Duration::from_secs(45)), ..queue("operators", &[ANA]) };
    let mut hall = Hall::of(vec![announced], &[ANA]);
    hall.join(1);
    hall.answer(1, ANA);
    hall.join(2);
    hall.join(3);
    let announce = |call, position, wait: Option<u64>| Decision::Announce {
        call,
        position,
        wait: wait.map(Duration::from_secs),
    };
    assert_eq!(hall.pass(4), [announce(2, 1, None), announce(3, 2, None)]);
    hall.floor.leave(2, Left::HungUp, hall.now);
    assert_eq!(hall.pass(45), [announce(3, 1, None)]);
    hall.floor.leave(3, Left::HungUp, hall.now);
    hall.end(ANA);
    hall.floor.ready(ANA, hall.now);
    for call in 10..30 {
        hall.talk(call, ANA, 100);
    }
    hall.join(40);
    hall.answer(40, ANA);
    hall.join(41);
    hall.join(42);
    assert_eq!(hall.pass(4), [announce(41, 1, Some(100)), announce(42, 2, Some(200))]);
}

#[test]
fn caller_who_asks_to_be_called_back_keeps_their_place() {
    let mut hall = Hall::of(vec![queue("operators", &[ANA])], &[ANA]);
    hall.join(1);
    hall.answer(1, ANA);
    hall.join_as(Waiting { max_wait: Some(Duration::from_secs(60)), ..waiting(2) });
    hall.join(3);
    assert!(hall.floor.into_callback(2));
    hall.floor.reachable(ANA, false, hall.now);
    hall.end(ANA);
    assert_eq!(exits(&hall.pass(3_600)), [(3, Exit::NoAgents)], "a promise has no deadline");
    hall.floor.reachable(ANA, true, hall.now);
    assert_eq!(rings(&hall.told()), [(2, ANA)]);
    hall.answer(2, ANA);
    let today = hall.floor.queue("operators", hall.now).unwrap().today;
    assert_eq!((today.answered, today.called_back, today.average_wait()), (1, 1, Some(Duration::ZERO)));
    assert!(!hall.floor.into_callback(2));
}
