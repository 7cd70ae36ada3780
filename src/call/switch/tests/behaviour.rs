//! What callers, operators and supervisors go through.

use std::time::Duration;

use super::world::{ANA, BORA, CECA, OPERATORS, Who, World, extension, outbound};
use crate::call::board::{CallStage, Order, Supervision};
use crate::call::contact::Work;
use crate::call::switch::{LegEvent, LegKey, Place, Promise};
use crate::domain::call::EndedBy;
use crate::domain::id::InteractionId;
use crate::domain::operator::OperatorState;
use crate::domain::outbound::{Amount, Tariff};
use crate::domain::timeline::Entry;

const FIRST: InteractionId = InteractionId(1);

/// A citizen who talks to Ana.
fn talking() -> (World, LegKey, LegKey) {
    let mut world = World::new();
    let (citizen, ana) = talk_to_ana(&mut world);
    (world, citizen, ana)
}

fn talk_to_ana(world: &mut World) -> (LegKey, LegKey) {
    let citizen = world.citizen().unwrap();
    world.deliver_all();
    let ana = world.operator_line(ANA).unwrap();
    world.tell(ana, LegEvent::Answered);
    world.deliver_all();
    assert!(world.talk(citizen, ana), "{:#?}", world.log);
    (citizen, ana)
}

fn entries(world: &World) -> Vec<Entry> {
    let mut all = Vec::new();
    for (_, work) in &world.works {
        match work {
            Work::Note { entry, .. } => all.push(entry.clone()),
            Work::Answered { story } | Work::Finish { story, .. } => {
                all.extend(story.iter().map(|(_, entry)| entry.clone()));
            }
            _ => {}
        }
    }
    all
}

fn recordings(world: &World) -> usize {
    world.works.iter().filter(|(_, work)| matches!(work, Work::RegisterRecording { .. })).count()
}

fn state(world: &World, user: crate::domain::id::UserId) -> OperatorState {
    world.switch.floor.operators(world.now).into_iter().find(|o| o.user == user).unwrap().state
}

#[test]
fn caller_waits_with_music_until_an_operator_answers() {
    let mut world = World::new();
    let citizen = world.citizen().unwrap();
    world.deliver_all();
    assert_eq!(world.lines[&citizen].hears, super::world::Hears::Music);
    let ana = world.operator_line(ANA).unwrap();
    world.tell(ana, LegEvent::Answered);
    assert!(world.talk(citizen, ana));
    world.assert_nothing_is_left();
}

#[test]
fn announcement_of_the_place_is_cut_off_when_an_operator_answers() {
    let mut world = World::new();
    let citizen = world.citizen().unwrap();
    world.deliver_all();
    world.pass(Duration::from_secs(5));
    let said = |world: &World, what: &str| {
        let of_citizen = format!("leg: {citizen:?}");
        world.log.iter().rposition(|line| line.contains(what) && line.contains(&of_citizen))
    };
    let announced = said(&world, "Play {").expect("the place is told");
    let ana = world.operator_line(ANA).unwrap();
    world.tell(ana, LegEvent::Answered);
    let (stopped, joined) = (said(&world, "StopPlaying"), said(&world, "Join"));
    assert!(Some(announced) < stopped && stopped < joined, "{:#?}", world.log);
    assert!(world.talk(citizen, ana));
}

#[test]
fn caller_who_leaves_the_queue_has_the_wait_on_the_timeline() {
    let mut world = World::new();
    let citizen = world.citizen().unwrap();
    world.deliver_all();
    world.pass(Duration::from_secs(7));
    world.tell(citizen, LegEvent::Gone { lost: false });
    world.deliver_all();
    let left = entries(&world).into_iter().find_map(|entry| match entry {
        Entry::LeftQueue { wait_ms, why, .. } => Some((wait_ms, why)),
        _ => None,
    });
    assert!(matches!(left, Some((7_000.., ref why)) if why == "hung_up"), "{left:?}");
    assert!(world.lines.is_empty(), "nobody rings any more");
    world.assert_nothing_is_left();
}

#[test]
fn two_operators_answer_together_one_is_bridged_and_the_other_is_freed() {
    let mut world = World::with(|queue| queue.strategy = crate::domain::queue::Strategy::RingAll);
    let citizen = world.citizen().unwrap();
    world.deliver_all();
    let (ana, bora) = (world.operator_line(ANA).unwrap(), world.operator_line(BORA).unwrap());
    world.tell(bora, LegEvent::Answered);
    // Her answer was on the way when ours to him went out.
    assert!(!world.lines.contains_key(&ana), "told that somebody else answered");
    world.deliver_all();
    assert!(world.talk(citizen, bora));
    assert_eq!(state(&world, ANA), OperatorState::Ready);
    assert_eq!(state(&world, BORA), OperatorState::Talking);
    world.assert_nothing_is_left();
}

#[test]
fn held_caller_hears_music_and_is_heard_again_after_it() {
    let (mut world, citizen, ana) = talking();
    world.tell(ana, LegEvent::Held(true));
    assert_eq!(world.lines[&citizen].hears, super::world::Hears::Music);
    assert_eq!(world.switch.board(world.m()).calls[0].stage, CallStage::Held);
    world.tell(ana, LegEvent::Held(false));
    assert!(world.talk(citizen, ana));
    world.assert_nothing_is_left();
}

#[test]
fn blind_transfer_rings_the_colleague_and_tells_the_transferor() {
    let (mut world, citizen, ana) = talking();
    world.tell(ana, LegEvent::Referred { to: extension(BORA), replaces: None });
    assert_eq!(world.lines[&citizen].hears, super::world::Hears::Music, "ringing");
    let bora = world.operator_line(BORA).unwrap();
    world.tell(bora, LegEvent::Answered);
    world.deliver_all();
    assert_eq!(world.notified, [(ana, 200)]);
    assert!(world.talk(citizen, bora), "{:#?}", world.log);
    assert!(!world.lines.contains_key(&ana));
    assert!(matches!(state(&world, ANA), OperatorState::WrapUp { .. }), "wrap-up begins with the transfer");
    assert_eq!(recordings(&world), 1, "one recording goes on");
    world.assert_nothing_is_left();
}

#[test]
fn failed_transfer_comes_back_to_the_transferor() {
    let (mut world, citizen, ana) = talking();
    world.tell(ana, LegEvent::Referred { to: extension(BORA), replaces: None });
    let bora = world.operator_line(BORA).unwrap();
    world.tell(bora, LegEvent::Refused { status: 486, reason: None });
    world.deliver_all();
    assert_eq!(world.notified, [(ana, 486)]);
    assert!(world.talk(citizen, ana));
    assert_eq!(recordings(&world), 1);
    world.assert_nothing_is_left();
}

#[test]
fn transferor_who_hung_up_is_rung_again_when_nobody_answers() {
    let (mut world, citizen, ana) = talking();
    world.tell(ana, LegEvent::Referred { to: extension(BORA), replaces: None });
    world.tell(ana, LegEvent::Gone { lost: false });
    world.pass(Duration::from_secs(31));
    world.deliver_all();
    let again = world.operator_line(ANA).unwrap();
    world.tell(again, LegEvent::Answered);
    world.deliver_all();
    assert!(world.talk(citizen, again));
    assert!(entries(&world).iter().any(|entry| matches!(entry, Entry::Returned { to } if *to == ANA)));
    world.assert_nothing_is_left();
}

#[test]
fn attended_transfer_joins_the_two_and_keeps_the_operators_state() {
    let (mut world, citizen, ana) = talking();
    world.tell(ana, LegEvent::Held(true));
    let consult = world.dials(ANA, &extension(BORA)).unwrap();
    world.deliver_all();
    let bora = world.operator_line(BORA).unwrap();
    world.tell(bora, LegEvent::Answered);
    world.deliver_all();
    assert!(world.talk(consult, bora), "{:#?}", world.log);
    world.tell(ana, LegEvent::Referred { to: extension(BORA), replaces: Some(consult) });
    world.deliver_all();
    assert_eq!(world.notified, [(ana, 200)]);
    assert!(world.talk(citizen, bora), "{:#?}", world.log);
    assert!(matches!(state(&world, ANA), OperatorState::WrapUp { .. }));
    assert_eq!(state(&world, BORA), OperatorState::Busy);
    assert_eq!(recordings(&world), 1, "the citizen's recording goes on");
    world.assert_nothing_is_left();
}

#[test]
fn number_that_is_refused_by_one_trunk_is_tried_by_the_next() {
    let mut world = World::new();
    let ana = world.dials(ANA, "064555444").unwrap();
    world.deliver_all();
    let first = world.outside_line().unwrap();
    world.tell(first, LegEvent::Refused { status: 503, reason: None });
    let second = world.outside_line().unwrap();
    world.tell(second, LegEvent::Ringing { early: true });
    world.tell(second, LegEvent::Answered);
    world.deliver_all();
    assert!(world.talk(ana, second), "{:#?}", world.log);
    world.assert_nothing_is_left();
}

#[test]
fn call_that_costs_ends_before_the_minute_that_cannot_be_paid_and_its_case_says_why() {
    let mut world = World::new();
    let tariff = Tariff { per_minute: Amount(10), per_call: Amount(0) };
    world.switch.outbound = outbound(tariff, Some(Amount(25)));
    let ana = world.dials(ANA, "064555444").unwrap();
    world.deliver_all();
    let outside = world.outside_line().unwrap();
    world.tell(outside, LegEvent::Answered);
    world.deliver_all();
    world.pass(Duration::from_secs(110));
    assert!(world.talk(ana, outside), "{:#?}", world.log);
    world.pass(Duration::from_secs(9));
    world.deliver_all();
    assert!(world.lines.is_empty(), "{:#?}", world.log);
    assert!(entries(&world).contains(&Entry::EndedBySpendCap), "{:#?}", world.log);
    assert_eq!(world.dials(ANA, "064555444"), None, "and no other is begun");
    world.assert_nothing_is_left();
}

#[test]
fn premium_number_is_refused() {
    let mut world = World::new();
    assert_eq!(world.dials(ANA, "0900123456"), None);
    assert_eq!(world.dials(ANA, "004312345678"), None, "and one abroad");
    world.assert_nothing_is_left();
}

#[test]
fn supervisor_listens_without_being_counted_and_leaves_without_harm() {
    let (mut world, citizen, ana) = talking();
    let call = world.switch.board(world.m()).calls[0].call;
    assert!(world.order(Order::Supervise { call, by: CECA, mode: Supervision::Listen }));
    let ceca = world.operator_line(CECA).unwrap();
    world.tell(ceca, LegEvent::Answered);
    world.deliver_all();
    assert!(
        entries(&world)
            .iter()
            .any(|e| matches!(e, Entry::Supervised { by, mode } if *by == CECA && mode == "listen"))
    );
    world.tell(ceca, LegEvent::Gone { lost: false });
    assert!(world.talk(citizen, ana));
    world.assert_nothing_is_left();
}

#[test]
fn three_talk_after_the_two_calls_of_an_operator_are_merged() {
    let (mut world, citizen, ana) = talking();
    let consult = world.dials(ANA, &extension(BORA)).unwrap();
    world.deliver_all();
    let bora = world.operator_line(BORA).unwrap();
    world.tell(bora, LegEvent::Answered);
    world.deliver_all();
    assert!(world.order(Order::Merge { operator: ANA }));
    world.deliver_all();
    assert!(!world.lines.contains_key(&consult));
    let bridge = world.lines[&citizen].bridge;
    assert!(
        bridge.is_some() && [ana, bora].iter().all(|leg| world.lines[leg].bridge == bridge),
        "{:#?}",
        world.log
    );
    assert_eq!(world.switch.board(world.m()).calls[0].stage, CallStage::Conference);
    world.tell(ana, LegEvent::Gone { lost: false });
    assert!(world.talk(citizen, bora));
    world.assert_nothing_is_left();
}

#[test]
fn promise_to_call_back_is_kept_when_an_operator_is_free() {
    let mut world = World::new();
    world.phones(BORA, 0);
    world.phones(CECA, 0);
    let citizen = world.citizen().unwrap();
    world.deliver_all();
    world.tell(citizen, LegEvent::Digit('1'));
    world.deliver_all();
    for _ in 0..10 {
        // "Shall we call you on this number? Press one."
        if world.lines.contains_key(&citizen) {
            world.tell(citizen, LegEvent::Digit('1'));
            world.deliver_all();
        }
    }
    assert_eq!(world.promised.len(), 1, "{:#?}", world.log);
    for _ in 0..30 {
        world.pass(Duration::from_secs(1));
        world.deliver_all();
    }
    let ana = world.operator_line(ANA).expect("rung for the promise");
    world.tell(ana, LegEvent::Answered);
    world.deliver_all();
    let called = world.outside_line().expect("the citizen is called");
    world.tell(called, LegEvent::Answered);
    world.deliver_all();
    assert!(world.talk(ana, called), "{:#?}", world.log);
    assert!(world.promised.is_empty(), "kept");
    world.assert_nothing_is_left();
}

/// Of a program that has ended since: who was promised first, and who had waited longer.
#[test]
fn promises_keep_their_places_through_a_restart() {
    let mut before = World::new();
    OPERATORS.iter().for_each(|user| before.phones(*user, 0));
    before.phones(ANA, 1);
    talk_to_ana(&mut before);
    let citizen = before.citizen().unwrap();
    before.deliver_all();
    before.pass(Duration::from_secs(40));
    while before.lines.contains_key(&citizen) {
        before.tell(citizen, LegEvent::Digit('1'));
        before.deliver_all();
    }
    let [promise] = &before.promises[..] else { panic!("{:#?}", before.log) };
    assert_eq!(promise.place.since, before.m().at - Duration::from_secs(40));

    let mut after = World::new();
    after.pass(Duration::from_secs(60));
    OPERATORS.iter().for_each(|user| after.phones(*user, 0));
    let number = |digits: &str| Promise { number: digits.into(), ..promise.clone() };
    let urgent = Place { priority: 5, since: after.m().at, service: None };
    let longer = Place { since: promise.place.since - Duration::from_secs(30), ..promise.place.clone() };
    let given = [
        number("064111111"),
        Promise { place: longer, ..number("064222222") },
        Promise { place: urgent, ..number("064333333") },
    ];
    let m = after.m();
    for (interaction, promise) in (100..).zip(given) {
        let interaction = InteractionId(interaction);
        after.promised.insert(interaction);
        after.switch.restore_callback(Promise { interaction, ..promise }, m);
    }
    let mut called = Vec::new();
    after.phones(ANA, 1);
    while !after.promised.is_empty() {
        let ana = after.operator_line(ANA).expect("rung for the next promise");
        after.tell(ana, LegEvent::Answered);
        after.deliver_all();
        let outside = after.outside_line().expect("the citizen is called");
        let Who::Outside(number) = after.lines[&outside].who.clone() else { panic!() };
        called.push(number);
        after.tell(outside, LegEvent::Answered);
        after.deliver_all();
        after.tell(outside, LegEvent::Gone { lost: false });
        after.deliver_all();
        // Her wrap-up, and a moment of the next ringing.
        after.pass(Duration::from_secs(11));
        after.deliver_all();
    }
    assert_eq!(called, ["+38164333333", "+38164222222", "+38164111111"]);
    after.assert_nothing_is_left();
}

#[test]
fn conversation_ends_as_the_one_who_hung_up_says() {
    let (mut world, _, ana) = talking();
    world.tell(ana, LegEvent::Gone { lost: false });
    world.deliver_all();
    let by = world.works.iter().find_map(|(id, work)| match work {
        Work::Finish { by, .. } if *id == FIRST => Some(*by),
        _ => None,
    });
    assert_eq!(by, Some(EndedBy::Plan), "{:#?}", world.log);
    world.assert_nothing_is_left();
}
