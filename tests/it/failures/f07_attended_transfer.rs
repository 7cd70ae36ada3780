//! An operator holds the caller, asks a colleague, and puts the two together: the operator's wrap-up begins, the colleague is busy, and
//! what both were before is not lost.

use std::time::Duration;

use odziv::call::board::Order;
use odziv::call::switch::LegEvent;
use odziv::domain::id::UserId;
use odziv::domain::operator::OperatorState as State;
use odziv::domain::timeline::Entry;
use odziv::telephony::handle::OperatorState;

use super::office::Office;
use super::softphone::Quirks;
use super::voice;
use super::world::{ANA, BORA, CECA, World, extension};

fn state(world: &World, user: UserId) -> State {
    world.switch.floor.operators(world.now).into_iter().find(|operator| operator.user == user).unwrap().state
}

/// A citizen with Ana, who has put them through to Bora.
fn put_through(before: impl FnOnce(&mut World)) -> World {
    let mut world = World::new();
    let citizen = world.citizen().unwrap();
    world.deliver_all();
    let ana = world.operator_line(ANA).unwrap();
    world.tell(ana, LegEvent::Answered);
    world.deliver_all();
    world.tell(ana, LegEvent::Held(true));
    before(&mut world);
    let consult = world.dials(ANA, &extension(BORA)).unwrap();
    world.deliver_all();
    let bora = world.operator_line(BORA).unwrap();
    world.tell(bora, LegEvent::Answered);
    world.deliver_all();
    assert_eq!(state(&world, ANA), State::Talking, "a question to a colleague is part of the conversation");
    world.tell(ana, LegEvent::Referred { to: extension(BORA), replaces: Some(consult) });
    world.deliver_all();
    assert!(world.talk(citizen, bora), "{:#?}", world.log);
    assert_eq!(world.notified, [(ana, 200)]);
    world
}

#[test]
fn wrap_up_begins_with_the_transfer_lasts_its_time_and_keeps_calls_away() {
    let mut world = put_through(|_| {});
    world.phones(CECA, 0);
    assert!(matches!(state(&world, ANA), State::WrapUp { left } if left == Duration::from_secs(10)));
    assert_eq!(state(&world, BORA), State::Busy);
    // Somebody else calls: neither of the two is rung now.
    world.citizen();
    world.deliver_all();
    assert!(world.operator_line(ANA).is_none());
    world.pass(Duration::from_secs(9));
    assert!(matches!(state(&world, ANA), State::WrapUp { left } if left == Duration::from_secs(1)));
    world.pass(Duration::from_secs(1));
    world.deliver_all();
    assert_eq!(state(&world, ANA), State::Ringing, "after it the one who waits");
    assert_eq!(state(&world, BORA), State::Busy);
    world.assert_nothing_is_left();
}

#[test]
fn colleague_is_free_again_when_the_conversation_is_over() {
    let mut world = put_through(|_| {});
    let bora = world.operator_line(BORA).unwrap();
    world.tell(bora, LegEvent::Gone { lost: false });
    world.deliver_all();
    assert_eq!(state(&world, BORA), State::Ready);
    assert!(matches!(state(&world, ANA), State::WrapUp { .. }), "hers goes on");
    world.assert_nothing_is_left();
}

#[test]
fn pause_that_was_asked_for_in_between_stands_after_the_transfer() {
    let mut world = put_through(|world| {
        assert!(world.order(Order::Pause { operator: ANA, reason: "break".into() }));
    });
    world.pass(Duration::from_secs(60));
    assert_eq!(state(&world, ANA), State::Paused { reason: "break".into() });
    world.assert_nothing_is_left();
}

#[tokio::test(flavor = "multi_thread")]
async fn caller_held_by_one_operator_talks_with_the_other_over_real_phones() {
    let office = Office::open().await;
    let ana = office.desk(0, Quirks::default()).await;
    let ((citizen, call), taken) = office.talking(&ana).await;
    let bora = office.desk(1, Quirks::default()).await;
    ana.reinvite(taken, "sendonly");
    citizen.hears(call, voice::MUSIC).await;
    let consult = ana.dial(&office.extension(1));
    let asked = bora.rung().await;
    bora.answer(asked);
    ana.hears(consult, voice::BORA).await;
    bora.hears(asked, voice::ANA).await;
    citizen.hears(call, voice::MUSIC).await;

    ana.refer(taken, &office.extension(1), Some(consult));
    citizen.hears(call, voice::BORA).await;
    bora.hears(asked, voice::CITIZEN).await;
    ana.over(taken).await;
    ana.over(consult).await;
    ana.until_call("told", taken, |call| call.notified.last() == Some(&200)).await;
    office.until_state(office.ana(), |state| matches!(state, OperatorState::WrapUp { until: Some(_) })).await;
    office.until_state(office.bora(), |state| *state == OperatorState::Talking).await;
    bora.hang_up(asked);
    citizen.over(call).await;
    office.until_state(office.bora(), |state| *state == OperatorState::Ready).await;
    let case = office.only_case().await;
    let transfers = case.timeline.iter().filter(|entry| matches!(entry.entry, Entry::Transferred { .. }));
    assert_eq!(transfers.count(), 1);
    assert_eq!(case.recordings.len(), 1);
    office.server.end().await;
}
