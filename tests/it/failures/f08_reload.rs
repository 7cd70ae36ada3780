//! An administrator changes queue and plan while people wait, or the program is started anew: nobody loses their place, no pause ends.

use std::time::Duration;

use odziv::actions::Actor;
use odziv::call::board::Order;
use odziv::call::switch::{LegEvent, LegKey};
use odziv::domain::case::Channel;
use odziv::domain::operator::OperatorState as State;
use odziv::domain::queue::{Member, QueueSettings, Strategy};
use odziv::telephony::handle::{Board, OperatorState, WaitingView};

use super::office::Office;
use super::softphone::{CallNo, Quirks, Softphone, Stage};
use super::voice;
use super::world::{ANA, BORA, OPERATORS, World};

/// The same people at the same places since the same time; two clocks differ by nanoseconds.
fn assert_same(now: &[WaitingView], before: &[WaitingView]) {
    assert_eq!(now.len(), before.len());
    for (now, before) in now.iter().zip(before) {
        assert_eq!((now.call, now.position), (before.call, before.position));
        let apart = now.since.duration_since(before.since).abs();
        assert!(apart < jiff::SignedDuration::from_millis(5), "{apart}");
    }
}

fn places(board: &Board) -> Vec<WaitingView> {
    board.queues.iter().flat_map(|queue| queue.waiting.clone()).collect()
}

#[test]
fn callers_keep_their_place_operators_their_state_whatever_changes_in_the_queue() {
    let mut world = World::new();
    let talking = world.citizen().unwrap();
    world.deliver_all();
    let ana = world.operator_line(ANA).unwrap();
    world.tell(ana, LegEvent::Answered);
    world.deliver_all();
    for operator in &OPERATORS[1..] {
        assert!(world.order(Order::Pause { operator: *operator, reason: "break".into() }));
    }
    let waiting: Vec<LegKey> = (0..3)
        .map(|_| {
            world.pass(Duration::from_secs(3));
            let citizen = world.citizen().unwrap();
            world.deliver_all();
            citizen
        })
        .collect();
    let before = places(&world.switch.board(world.m()));
    assert_eq!(before.len(), 3);

    // Another name, another strategy, and the one who talks is no longer a member.
    let mut queue = QueueSettings::new("operators", "Пријемна канцеларија");
    queue.strategy = Strategy::LeastTalk;
    queue.members = vec![Member { user: BORA, penalty: 3 }];
    let m = world.m();
    world.switch.floor.set_queues(vec![queue], m.now);
    world.switch.refresh(m);
    world.phones(BORA, 1);
    world.deliver_all();

    let board = world.switch.board(world.m());
    assert_same(&places(&board), &before);
    assert_eq!(board.queues[0].name, "Пријемна канцеларија");
    assert!(world.talk(talking, ana), "and nobody is cut off");
    let state = |world: &World, user| {
        world
            .switch
            .floor
            .operators(world.now)
            .into_iter()
            .find(|operator| operator.user == user)
            .unwrap()
            .state
    };
    assert_eq!(state(&world, BORA), State::Paused { reason: "break".into() });
    assert!(world.order(Order::Ready { operator: BORA }));
    world.deliver_all();
    let bora = world.operator_line(BORA).expect("rung");
    world.tell(bora, LegEvent::Answered);
    world.deliver_all();
    assert!(world.talk(waiting[0], bora), "for who has waited longest");
    world.assert_nothing_is_left();
}

async fn pause_both(office: &Office) {
    for operator in [office.ana(), office.bora()] {
        let order = Order::Pause { operator, reason: "break".into() };
        office.server.handle.order(order).await.unwrap();
    }
}

/// One who waits, with music.
async fn waiting(office: &Office, place: usize) -> (Softphone, CallNo) {
    let (citizen, call) = office.citizen(Quirks::default()).await;
    office.until("waiting", |board| places(board).len() == place).await;
    citizen.hears(call, voice::MUSIC).await;
    (citizen, call)
}

#[tokio::test(flavor = "multi_thread")]
async fn rename_and_new_plan_leave_who_waits_where_they_are() {
    let office = Office::open().await;
    let (ana, _bora) = office.desks().await;
    pause_both(&office).await;
    let (first, first_call) = waiting(&office, 1).await;
    let (second, second_call) = waiting(&office, 2).await;
    let before = places(&office.server.handle.board());

    office.change_queue(|queue| (queue.name, queue.ring) = ("Пријем".into(), Duration::from_secs(30))).await;
    let plan = office.server.folder.path().join("dialplans/main.toml");
    let text = std::fs::read_to_string(&plan).unwrap().replace("max_wait_s = 600", "max_wait_s = 500");
    std::fs::write(&plan, text).unwrap();
    office.server.plans.reload().unwrap();
    office.until("renamed", |board| board.queues[0].name == "Пријем").await;

    assert_same(&places(&office.server.handle.board()), &before);
    let paused = |state: &OperatorState| *state == OperatorState::Paused { reason: "break".into() };
    office.until_state(office.ana(), paused).await;
    office.until_state(office.bora(), paused).await;
    for (citizen, call) in [(&first, first_call), (&second, second_call)] {
        citizen.voice(call).until_packets(20).await;
        citizen.hears(call, voice::MUSIC).await;
    }
    office.server.handle.order(Order::Ready { operator: office.ana() }).await.unwrap();
    let taken = ana.rung().await;
    ana.answer(taken);
    first.hears(first_call, voice::ANA).await;
    second.hang_up(second_call);
    first.hang_up(first_call);
    office.until_quiet().await;
    office.server.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn queue_that_is_replaced_by_another_hands_its_callers_on() {
    let office = Office::open().await;
    let (ana, _bora) = office.desks().await;
    pause_both(&office).await;
    let (citizen, call) = waiting(&office, 1).await;
    let before = places(&office.server.handle.board());

    let mut rows = office.server.actions.db().queues().await.unwrap();
    let mut row = rows.remove(0);
    (row.settings.key, row.settings.name) = ("front".into(), "Пријем".into());
    office.server.actions.put_queue(&Actor::System, row, true).await.unwrap();
    office.change_queue(|queue| queue.overflow = Some("front".into())).await;
    office.until("known", |board| board.queues.len() == 2).await;
    office.server.actions.remove_queue(&Actor::System, "operators").await.unwrap();
    let moved = |board: &Board| {
        board.queues.len() == 1 && board.queues[0].queue == "front" && board.queues[0].waiting.len() == 1
    };
    office.until("handed on", moved).await;
    assert_same(&places(&office.server.handle.board()), &before);
    citizen.hears(call, voice::MUSIC).await;
    office.server.handle.order(Order::Ready { operator: office.ana() }).await.unwrap();
    let taken = ana.rung().await;
    ana.answer(taken);
    citizen.hears(call, voice::ANA).await;
    citizen.hang_up(call);
    office.until_quiet().await;
    office.server.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn restart_forgets_neither_pauses_nor_phones_nor_figures_nor_who_waited() {
    let office = Office::with(|choice| choice.wrap_up = Duration::ZERO).await;
    let (ana, bora) = office.desks().await;
    let (citizen, call) = office.citizen(Quirks::default()).await;
    tokio::select! {
        taken = ana.rung() => ana.answer(taken),
        taken = bora.rung() => bora.answer(taken),
    }
    citizen.until_call("heard", call, |call| call.stage == Stage::Up).await;
    office.until("talking", |board| board.queues[0].today.answered == 1).await;
    citizen.hang_up(call);
    office.until_quiet().await;
    pause_both(&office).await;
    let (waits, waiting_call) = waiting(&office, 1).await;

    let (people, registers) = (office.people.clone(), ana.came("SIP/2.0 200"));
    let office = office.restart().await;
    waits.over(waiting_call).await;
    for person in &people {
        let paused = |state: &OperatorState| *state == OperatorState::Paused { reason: "break".into() };
        office.until_state(person.user, paused).await;
    }
    assert_eq!(ana.came("SIP/2.0 200"), registers, "nobody had to register anew");
    office.until("counted", |board| board.queues[0].today.answered == 1).await;
    // The one who waited is a missed call, and whoever calls now reaches the same phone.
    let missed = office.cases().await;
    assert!(missed.iter().any(|case| matches!(case.case.channel, Channel::Call | Channel::MissedCall)));
    office.server.handle.order(Order::Ready { operator: office.ana() }).await.unwrap();
    let (citizen, call) = office.citizen(Quirks::default()).await;
    let taken = ana.rung().await;
    ana.answer(taken);
    citizen.hears(call, voice::ANA).await;
    citizen.hang_up(call);
    office.until_quiet().await;
    office.server.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn kill_leaves_a_case_of_everybody_who_waited() {
    let office = Office::open().await;
    let (_ana, _bora) = office.desks().await;
    pause_both(&office).await;
    let _first = waiting(&office, 1).await;
    let _second = waiting(&office, 2).await;
    let office = office.crash().await;
    let cases = office.cases().await;
    let ended = cases
        .iter()
        .flat_map(|case| &case.timeline)
        .filter(|entry| matches!(entry.entry, odziv::domain::timeline::Entry::CallEnded { .. }));
    assert_eq!(ended.count(), 2, "{cases:#?}");
    office.server.end().await;
}
