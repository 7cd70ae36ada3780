//! Two operators answer the same caller: one talks, the other is freed, and the phone says that somebody else took the call.

use std::time::Duration;

use odziv::call::switch::{LegEvent, LegKey};
use odziv::domain::id::UserId;
use odziv::domain::operator::OperatorState as State;
use odziv::domain::queue::Strategy;
use odziv::domain::timeline::Entry;
use odziv::telephony::handle::OperatorState;

use super::office::Office;
use super::softphone::Stage;
use super::voice;
use super::world::{ANA, BORA, CECA, World};

fn state(world: &World, user: UserId) -> State {
    world.switch.floor.operators(world.now).into_iter().find(|operator| operator.user == user).unwrap().state
}

/// All that ring, in every order of answering, each answer before or after what the earlier one caused has happened.
#[test]
fn whoever_answers_first_talks_in_every_order_of_answers() {
    let people = [ANA, BORA, CECA];
    let orders = [[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]];
    for order in orders {
        for pauses in 0..4_u32 {
            let mut world = World::with(|queue| queue.strategy = Strategy::RingAll);
            let citizen = world.citizen().unwrap();
            world.deliver_all();
            let legs: Vec<LegKey> = people.iter().map(|user| world.operator_line(*user).unwrap()).collect();
            for (turn, who) in order.iter().enumerate() {
                // One that was told already does not answer any more.
                if world.lines.contains_key(&legs[*who]) {
                    world.tell(legs[*who], LegEvent::Answered);
                }
                if pauses >> turn & 1 == 1 {
                    world.deliver_all();
                    world.pass(Duration::from_millis(1));
                }
            }
            world.deliver_all();
            let winner = people[order[0]];
            assert!(world.talk(citizen, legs[order[0]]), "{order:?} {pauses}: {:#?}", world.log);
            assert_eq!(state(&world, winner), State::Talking);
            for other in people.iter().filter(|user| **user != winner) {
                assert_eq!(state(&world, *other), State::Ready, "{order:?} {pauses}");
                assert!(world.operator_line(*other).is_none(), "told");
            }
            world.assert_nothing_is_left();
        }
    }
}

/// Over real sockets both 200 are on the wire before the server has read either: it has answered two dialogs with one caller.
#[tokio::test(flavor = "multi_thread")]
async fn of_two_answers_at_the_same_instant_one_is_bridged_and_the_other_ended() {
    let office = Office::with(|choice| {
        choice.strategy = Strategy::RingAll;
        choice.wrap_up = Duration::ZERO;
    })
    .await;
    let (ana, bora) = office.desks().await;
    for round in 0..6 {
        let (citizen, call) = office.citizen(super::softphone::Quirks::default()).await;
        let (at_ana, at_bora) = (ana.rung().await, bora.rung().await);
        let both = [(&ana, at_ana, voice::ANA), (&bora, at_bora, voice::BORA)];
        let first = round % 2;
        both[first].0.answer(both[first].1);
        both[1 - first].0.answer(both[1 - first].1);
        let freed = async {
            tokio::select! {
                _ = ana.over(at_ana) => 0,
                _ = bora.over(at_bora) => 1,
            }
        };
        let loser = freed.await;
        let (winner, taken, tone) = both[1 - loser];
        citizen.hears(call, tone).await;
        winner.hears(taken, voice::CITIZEN).await;
        assert_eq!(winner.stage(taken), Stage::Up);
        let freed = office.people[loser].user;
        office.until_state(freed, |state| *state == OperatorState::Ready).await;
        citizen.hang_up(call);
        winner.over(taken).await;
        office.until_quiet().await;
        for person in &office.people {
            office.until_state(person.user, |state| *state == OperatorState::Ready).await;
        }
    }
    let cases = office.cases().await;
    let answered = |entry: &Entry| matches!(entry, Entry::AnsweredBy { .. });
    let entries = cases.iter().flat_map(|case| &case.timeline).filter(|entry| answered(&entry.entry));
    assert_eq!(entries.count(), 6, "each call was answered by one");
    office.server.end().await;
}

/// One that is still ringing is told by CANCEL, with the reason that keeps it from listing a missed call (RFC 3326).
#[tokio::test(flavor = "multi_thread")]
async fn phone_that_still_rings_hears_that_somebody_else_answered() {
    let office = Office::with(|choice| choice.strategy = Strategy::RingAll).await;
    let (ana, bora) = office.desks().await;
    let (citizen, call) = office.citizen(super::softphone::Quirks::default()).await;
    let (at_ana, at_bora) = (ana.rung().await, bora.rung().await);
    bora.answer(at_bora);
    assert_eq!(ana.over(at_ana).await, 487);
    ana.until_call("told why", at_ana, |call| call.elsewhere).await;
    office.until_state(office.ana(), |state| *state == OperatorState::Ready).await;
    citizen.hears(call, voice::BORA).await;
    citizen.hang_up(call);
    office.only_case().await;
    office.server.end().await;
}
