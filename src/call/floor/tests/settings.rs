//! What a restart and a reload keep, and the figures of the day.

use super::*;

#[test]
fn place_is_kept_through_a_restart_and_not_counted_again() {
    let mut before = Hall::of(vec![queue("operators", &[ANA])], &[ANA]);
    before.join(1);
    before.answer(1, ANA);
    before.join_as(Waiting { priority: 3, service: Some("water".into()), ..waiting(2) });
    before.pass(90);
    let waits = before.floor.waits(2, before.now).unwrap();
    assert_eq!(
        (waits.since, waits.priority, waits.service.as_deref()),
        (Duration::from_secs(90), 3, Some("water"))
    );
    assert_eq!(before.floor.waits(1, before.now), None, "is being talked to");

    let mut after = Hall::of(vec![queue("operators", &[ANA])], &[ANA]);
    after.join(10);
    after.answer(10, ANA);
    let promise = |call| Waiting { callback: true, ..waiting(call) };
    let ago = |after: &Hall, seconds| after.now - Duration::from_secs(seconds);
    after.floor.join_again(promise(11), ago(&after, 30), after.now).unwrap();
    after.floor.join_again(promise(12), ago(&after, 90), after.now).unwrap();
    after.join(13);
    after.end(ANA);
    after.floor.finish_wrap_up(ANA, after.now);
    assert_eq!(rings(&after.told()), [(12, ANA)], "who waited longest");
    assert_eq!(after.floor.queue("operators", after.now).unwrap().today.offered, 2, "10 and 13");
}

#[test]
fn reload_keeps_callers_states_and_figures() {
    let mut hall = Hall::open();
    hall.join(1);
    hall.answer(1, ANA);
    hall.floor.pause(BORA, "meal", hall.now);
    hall.floor.pause(CECA, "meal", hall.now);
    hall.join(2);
    hall.pass(10);
    let renamed = QueueSettings { name: "Оператери".into(), ..queue("operators", &[ANA, BORA]) };
    hall.floor.set_queues(vec![renamed], hall.now);
    hall.floor.set_operators([ANA, BORA, CECA].map(plain).into(), hall.now);
    assert_eq!(hall.told(), []);
    let now = hall.floor.queue("operators", hall.now).unwrap();
    assert_eq!((now.waiting[0].waited, now.today.answered, now.paused), (Duration::from_secs(10), 1, 1));
    assert_eq!(now.longest_wait, Some(Duration::from_secs(10)));
    assert_eq!(hall.state(ANA), OperatorState::Talking);
}

#[test]
fn callers_of_a_removed_queue_go_to_the_one_behind_it_or_back() {
    let first = QueueSettings { overflow: Some("second".into()), ..queue("operators", &[ANA]) };
    let second = queue("second", &[BORA]);
    let mut hall = Hall::of(vec![first, second.clone()], &[ANA, BORA]);
    hall.join(1);
    hall.floor.set_queues(vec![second], hall.now);
    let told = hall.told();
    assert_eq!(rings(&told), []);
    hall.floor.set_queues(vec![], hall.now);
    let told = hall.told();
    assert_eq!((told[0].clone(), exits(&told)), (withdrawn(1, ANA), vec![(1, Exit::Overflow)]));
    assert_eq!(hall.state(ANA), OperatorState::Ready);
}

#[test]
fn removed_operator_finishes_the_conversation() {
    let mut hall = Hall::open();
    hall.join(1);
    hall.answer(1, ANA);
    hall.floor.set_operators(vec![plain(BORA)], hall.now);
    assert_eq!(hall.state(ANA), OperatorState::Talking);
    hall.end(ANA);
    assert_eq!(hall.floor.operator(ANA, hall.now), None);
    assert_eq!(rings(&hall.join(2)), [(2, BORA)]);
}

#[test]
fn restart_forgets_neither_pauses_nor_the_day() {
    let mut hall = Hall::open();
    hall.talk(1, ANA, 120);
    hall.floor.pause(BORA, "training", hall.now);
    hall.pass(60);
    let kept = hall.floor.keep(hall.now);
    let mut after = Hall::open();
    after.floor.restore(kept.clone(), after.now);
    assert_eq!(after.floor.keep(after.now), kept);
    assert_eq!(after.state(BORA), OperatorState::Paused { reason: "training".into() });
    let ana = after.floor.operator(ANA, after.now).unwrap();
    assert_eq!((ana.today.answered, ana.today.talked), (1, Duration::from_secs(120)));
    assert_eq!(rings(&after.join(2)), [(2, CECA)], "Ana talked last");
}

#[test]
fn answer_that_crosses_with_the_end_of_ringing_is_still_an_answer() {
    let mut hall = Hall::open();
    hall.join(1);
    hall.now += Duration::from_secs(20);
    hall.floor.handle_timeout(hall.now);
    assert_eq!(hall.floor.ringing(1), Some(vec![BORA]));
    assert!(hall.floor.answered(1, ANA, hall.now));
    assert_eq!(hall.told(), [], "nobody was told of Bora yet");
}

#[test]
fn attended_transfer_leaves_wrap_up_and_states_right() {
    let mut hall = Hall::open();
    hall.join(1);
    hall.answer(1, ANA);
    // Ana consults Bora, then hands the caller over.
    hall.floor.busy(BORA, true, hall.now);
    hall.end(ANA);
    assert_eq!(hall.state(ANA), OperatorState::WrapUp { left: Duration::from_secs(30) });
    assert_eq!(rings(&hall.join(2)), [(2, CECA)]);
    hall.floor.busy(BORA, false, hall.now);
    assert_eq!(hall.state(BORA), OperatorState::Ready);
}

#[test]
fn figures_of_the_day_add_up() {
    let mut hall = Hall::of(vec![queue("operators", &[ANA])], &[ANA]);
    hall.join(1);
    hall.pass(5);
    hall.answer(1, ANA);
    hall.join(2);
    hall.pass(10);
    hall.floor.leave(2, Left::HungUp, hall.now);
    hall.join_as(Waiting { max_wait: Some(Duration::from_secs(10)), ..waiting(3) });
    hall.pass(10);
    hall.join(4);
    hall.pass(40);
    hall.end(ANA);
    hall.floor.ready(ANA, hall.now);
    hall.answer(4, ANA);
    let today = hall.floor.queue("operators", hall.now).unwrap().today;
    assert_eq!((today.offered, today.answered, today.abandoned, today.sent_back), (4, 2, 1, 1));
    assert_eq!(today.answered_in_time, 1);
    assert_eq!(today.average_wait(), Some(Duration::from_millis(22_500)));
}
