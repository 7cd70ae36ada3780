//! Messages that are read: to whom answers, to whom does not, and whatever happens in between.

use std::time::Duration;

use super::town::local;
use super::world::{State, Who, World, outbound};
use crate::call::board::{CallStage, Direction};
use crate::call::contact::Work;
use crate::call::floor::Floor;
use crate::call::switch::{Announcement, LegEvent, LegKey, NotPlaced, Switch};
use crate::dialplan::announcement::{INTRODUCTION, NAME, plan};
use crate::dialplan::machine::Walk;
use crate::domain::announcement::{Reached, Told};
use crate::domain::call::EndedBy;
use crate::domain::id::OutboxId;
use crate::domain::outbound::{Amount, Refused, RouteRefused, Tariff};

const NUMBER: &str = "+381641234567";
const RING: Duration = Duration::from_secs(30);

fn announcement(number: &str) -> Announcement {
    let plan = plan("sr", INTRODUCTION, "@message-7");
    let (walk, opening) = Walk::start(plan, number, local()).unwrap();
    Announcement {
        message: OutboxId(7),
        number: number.into(),
        shown: None,
        patience: RING,
        walk: Box::new(walk),
        opening,
    }
}

/// Dialled, and not answered yet.
fn ringing() -> (World, LegKey) {
    let mut world = World::new();
    let m = world.m();
    world.switch.place_announcement(announcement(NUMBER), m).unwrap();
    world.carry_out();
    assert!(world.outside_line().is_none(), "it is journaled before it is dialled");
    world.deliver_all();
    let line = world.outside_line().unwrap();
    assert_eq!(world.lines[&line].who, Who::Outside(NUMBER.into()));
    assert_eq!(world.lines[&line].state, State::Rung);
    (world, line)
}

/// Answered; what is owed of the prompts was not heard yet.
fn answered() -> (World, LegKey) {
    let (mut world, line) = ringing();
    world.tell(line, LegEvent::Ringing { early: false });
    world.tell(line, LegEvent::Answered);
    (world, line)
}

fn told(world: &World) -> Vec<Told> {
    let told = world.works.iter().filter_map(|(_, work)| match work {
        Work::Told(told) => Some(told.clone()),
        _ => None,
    });
    told.collect()
}

fn end(world: &World) -> EndedBy {
    let mut ends = world.works.iter().filter_map(|(_, work)| match work {
        Work::Finish { by, .. } => Some(*by),
        _ => None,
    });
    ends.next_back().unwrap()
}

#[track_caller]
fn assert_told(mut world: World, reached: Reached) -> World {
    world.assert_nothing_is_left();
    let all = told(&world);
    assert_eq!(all.iter().map(|told| told.reached).collect::<Vec<_>>(), [reached], "{:#?}", world.log);
    // What became of the message is written before the call is finished.
    let last = world.works.len() - 1;
    assert!(matches!(world.works[last].1, Work::Finish { .. }), "{:#?}", world.works);
    world
}

#[test]
fn key_confirms_and_is_written_before_the_goodbye_is_heard() {
    let (mut world, line) = answered();
    world.tell(line, LegEvent::Digit('1'));
    assert_eq!(told(&world), [Told::by_us(Reached::Confirmed)]);
    assert_eq!(world.switch.calls(), 1, "the thanks are being said");
    world.deliver_all();
    let world = assert_told(world, Reached::Confirmed);
    assert_eq!(end(&world), EndedBy::Plan);
}

#[test]
fn key_counts_also_when_the_citizen_hangs_up_at_once() {
    for (key, reached) in [('1', Reached::Confirmed), ('9', Reached::OptedOut)] {
        let (mut world, line) = answered();
        world.tell(line, LegEvent::Digit(key));
        world.tell(line, LegEvent::Gone { lost: false });
        let world = assert_told(world, reached);
        assert_eq!(end(&world), EndedBy::OtherSide);
    }
}

#[test]
fn machine_that_answers_hears_all_of_it_and_confirms_nothing() {
    let (mut world, _) = answered();
    for _ in 0..4 {
        world.deliver_all();
        world.pass(Duration::from_secs(10));
    }
    assert_told(world, Reached::Unconfirmed);
}

#[test]
fn who_hangs_up_in_the_message_has_not_confirmed_it() {
    let (mut world, line) = answered();
    world.tell(line, LegEvent::Gone { lost: true });
    let mut world = assert_told(world, Reached::Unconfirmed);
    world.deliver_all();
}

#[test]
fn telephone_that_rings_for_too_long_is_let_go() {
    let (mut world, _) = ringing();
    world.pass(RING);
    assert!(world.outside_line().is_none(), "nobody is rung for ever");
    let world = assert_told(world, Reached::NoAnswer);
    assert_eq!(end(&world), EndedBy::NotReached);
}

#[test]
fn refusal_is_kept_with_the_words_of_the_network() {
    let (mut world, line) = ringing();
    let reason = Some("Q.850;cause=1;text=\"Unallocated\"".to_owned());
    world.tell(line, LegEvent::Refused { status: 404, reason: reason.clone() });
    let world = assert_told(world, Reached::NoSuchNumber);
    assert_eq!(told(&world), [Told { reached: Reached::NoSuchNumber, code: Some(404), reason }]);
}

#[test]
fn trunk_that_fails_is_left_for_the_next_and_the_last_one_is_trouble() {
    let (mut world, line) = ringing();
    world.tell(line, LegEvent::Refused { status: 503, reason: None });
    let next = world.outside_line().expect("the second trunk is tried");
    world.tell(next, LegEvent::Refused { status: 500, reason: None });
    assert_told(world, Reached::Trouble);
}

#[test]
fn end_of_the_program_interrupts_and_confirms_nothing_by_itself() {
    for (answer, key, reached) in [
        (false, None, Reached::Interrupted),
        (true, None, Reached::Interrupted),
        (true, Some('1'), Reached::Confirmed),
    ] {
        let (mut world, line) = ringing();
        if answer {
            world.tell(line, LegEvent::Answered);
        }
        if let Some(key) = key {
            world.tell(line, LegEvent::Digit(key));
        }
        world.stop();
        let m = world.m();
        let refused = world.switch.place_announcement(announcement(NUMBER), m);
        assert_eq!(refused.unwrap_err(), NotPlaced::NotRunning);
        assert_told(world, reached);
    }
}

#[test]
fn store_that_takes_nothing_lets_nobody_be_called() {
    let mut world = World::new();
    world.store_is_down = true;
    let m = world.m();
    world.switch.place_announcement(announcement(NUMBER), m).unwrap();
    world.carry_out();
    world.assert_nothing_is_left();
    assert!(world.works.is_empty());
    assert!(world.log.iter().all(|line| !line.contains("Dial")), "{:#?}", world.log);
}

#[test]
fn rules_for_all_calls_hold_for_these_too() {
    let mut world = World::new();
    let m = world.m();
    let mut refused = |number: &str| world.switch.place_announcement(announcement(number), m).unwrap_err();
    assert_eq!(refused("+38190123456"), NotPlaced::Rules(RouteRefused::Premium));
    assert_eq!(refused("+4312345678"), NotPlaced::Rules(RouteRefused::International));
    assert_eq!(refused("112"), NotPlaced::Rules(RouteRefused::NotAllowed));
    assert_eq!(world.switch.calls(), 0);
    // Every trunk takes so many calls in a second and no more.
    let mut placed = 0;
    let full = loop {
        match world.switch.place_announcement(announcement(NUMBER), m) {
            Ok(_) => placed += 1,
            Err(why) => break why,
        }
        world.carry_out();
        world.deliver_all();
        assert!(placed < 1_000);
    };
    assert!(placed > 0);
    assert!(matches!(full, NotPlaced::Trunks(Refused::Rate | Refused::Channels)), "{full:?}");
    world.assert_nothing_is_left();
}

#[test]
fn money_of_the_day_is_asked_for_before_anything_is_written() {
    let tariff = Tariff { per_minute: Amount(10_000), per_call: Amount(0) };
    let mut world = World::new();
    world.switch = Switch::new(Floor::new(), outbound(tariff, Some(Amount(1_000))));
    let m = world.m();
    let refused = world.switch.place_announcement(announcement(NUMBER), m);
    assert_eq!(refused.unwrap_err(), NotPlaced::Rules(RouteRefused::SpendCap));
    assert!(world.journaled.is_empty());
}

#[test]
fn board_shows_what_it_is() {
    let (mut world, line) = ringing();
    let view = |world: &World| world.switch.board(world.m()).calls[0].clone();
    assert_eq!((view(&world).stage, view(&world).plan.as_deref()), (CallStage::Ringing, Some(NAME)));
    world.tell(line, LegEvent::Answered);
    let shown = view(&world);
    assert_eq!((shown.stage, shown.direction), (CallStage::Plan, Direction::Out));
    assert_eq!((shown.called.as_str(), shown.node.as_deref()), (NUMBER, Some("message")));
    world.assert_nothing_is_left();
}
