//! What happens to operators: wrap-up, pauses, phones that disappear.

use super::*;

#[test]
fn no_call_comes_during_wrap_up_which_ends_by_itself_or_by_the_operator() {
    let mut hall = Hall::of(vec![queue("operators", &[ANA])], &[ANA]);
    hall.join(1);
    hall.answer(1, ANA);
    hall.join(2);
    assert_eq!(hall.end(ANA), []);
    assert_eq!(hall.state(ANA), OperatorState::WrapUp { left: Duration::from_secs(30) });
    assert_eq!(hall.pass(29), []);
    assert_eq!(rings(&hall.pass(1)), [(2, ANA)]);
    hall.answer(2, ANA);
    hall.join(3);
    hall.end(ANA);
    hall.floor.finish_wrap_up(ANA, hall.now);
    assert_eq!(rings(&hall.told()), [(3, ANA)]);
}

#[test]
fn pause_in_a_conversation_begins_after_it() {
    let mut hall = Hall::open();
    hall.join(1);
    hall.answer(1, ANA);
    hall.floor.pause(ANA, "meal", hall.now);
    assert_eq!(hall.state(ANA), OperatorState::Talking);
    assert_eq!(hall.floor.operator(ANA, hall.now).unwrap().paused.as_deref(), Some("meal"));
    hall.end(ANA);
    hall.pass(30);
    assert_eq!(hall.state(ANA), OperatorState::Paused { reason: "meal".into() });
}

#[test]
fn pause_while_ringing_passes_the_caller_on() {
    let mut hall = Hall::open();
    hall.join(1);
    hall.floor.pause(ANA, "break", hall.now);
    let told = hall.told();
    assert_eq!(told[0], withdrawn(1, ANA));
    assert_eq!(rings(&told), [(1, BORA)]);
    assert_eq!(hall.floor.operator(ANA, hall.now).unwrap().today.missed, 0);
}

#[test]
fn operator_in_a_call_of_their_own_is_not_rung() {
    let mut hall = Hall::of(vec![queue("operators", &[ANA])], &[ANA]);
    hall.floor.busy(ANA, true, hall.now);
    assert_eq!(hall.state(ANA), OperatorState::Busy);
    assert_eq!(hall.join(1), []);
    hall.floor.busy(ANA, false, hall.now);
    assert_eq!(rings(&hall.told()), [(1, ANA)]);
    hall.floor.busy(ANA, true, hall.now);
    assert_eq!(hall.told(), [withdrawn(1, ANA)]);
}

#[test]
fn operator_whose_phone_disappears_while_it_rings_is_passed_over() {
    let mut hall = Hall::open();
    hall.join(1);
    hall.floor.reachable(ANA, false, hall.now);
    let told = hall.told();
    assert_eq!(told[0], withdrawn(1, ANA));
    assert_eq!(rings(&told), [(1, BORA)]);
}

#[test]
fn operator_whose_phone_disappears_while_they_talk_is_freed_when_the_call_ends() {
    let mut hall = Hall::of(vec![queue("operators", &[ANA])], &[ANA]);
    hall.join(1);
    hall.answer(1, ANA);
    hall.floor.reachable(ANA, false, hall.now);
    assert_eq!(hall.state(ANA), OperatorState::Talking);
    assert_eq!(hall.join(2), [], "who talks is there");
    hall.end(ANA);
    assert_eq!(exits(&hall.pass(60)), [(2, Exit::NoAgents)]);
    assert_eq!(hall.state(ANA), OperatorState::Offline);
    hall.floor.reachable(ANA, true, hall.now);
    assert_eq!(rings(&hall.join(3)), [(3, ANA)]);
}
