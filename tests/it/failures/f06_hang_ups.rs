//! Somebody hangs up, at every instant of offer, answer and transfer: no operator is stuck, no leg is left, no port leaks, and each call
//! is exactly one case. Small scenarios in every order, on virtual time; then days at random on the real server.
//!
//! `call/switch/tests` has more of the first kind, with everything that people and pages can do.

use std::time::Duration;

use odziv::call::switch::{LegEvent, LegKey};
use odziv::config::media::Media;
use odziv::domain::id::UserId;
use odziv::domain::queue::Strategy;
use odziv::domain::timeline::Entry;
use odziv::telephony::handle::OperatorState;
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};

use super::office::Office;
use super::softphone::{CallNo, Quirks, Softphone, Stage};
use super::world::{ANA, BORA, State, Who, World, extension};

/// A path through a scenario: at each step, which of so many things happened.
type Path = Vec<(usize, usize)>;

/// Plays a scenario along every path of this length. `play` is told which thing to let happen, and says of how many it was.
fn every_path(length: usize, mut play: impl FnMut(&mut dyn FnMut(usize) -> Option<usize>)) -> u64 {
    let (mut path, mut played): (Path, u64) = (Vec::new(), 0);
    loop {
        let mut at = 0;
        play(&mut |of| {
            if at == length {
                return None;
            }
            if at == path.len() {
                path.push((0, of));
            }
            assert_eq!(path[at].1, of, "the scenario is not the same every time");
            at += 1;
            Some(path[at - 1].0)
        });
        played += 1;
        // The last step with something left to try takes it; what came after begins anew.
        while path.last().is_some_and(|(taken, of)| taken + 1 == *of) {
            path.pop();
        }
        match path.last_mut() {
            Some((taken, _)) => *taken += 1,
            None => return played,
        }
    }
}

/// All that the people on a line can do now.
fn deeds(world: &World, leg: LegKey) -> Vec<LegEvent> {
    let Some(line) = world.lines.get(&leg) else { return Vec::new() };
    match (line.state, &line.who) {
        (State::Rung, _) => vec![LegEvent::Answered, LegEvent::Refused { status: 486, reason: None }],
        (State::Up, Who::Phone(user)) if !line.referring => {
            let to = extension(if *user == ANA { BORA } else { ANA });
            // The other call of the same phone, when there is one.
            let other = world.lines.iter().find(|(key, other)| **key != leg && other.who == line.who);
            let attended = other.map(|(key, _)| LegEvent::Referred { to: to.clone(), replaces: Some(*key) });
            let blind = LegEvent::Referred { to, replaces: None };
            [LegEvent::Gone { lost: false }, blind].into_iter().chain(attended).collect()
        }
        (State::Calling | State::Up, _) => vec![LegEvent::Gone { lost: false }],
    }
}

fn in_every_order(length: usize, begin: impl Fn(&mut World)) -> u64 {
    every_path(length, |choose| {
        let mut world = World::with(|queue| queue.strategy = Strategy::RingAll);
        // Two operators are enough for every race.
        world.phones(UserId(3), 0);
        begin(&mut world);
        loop {
            let legs: Vec<LegKey> = world.lines.keys().copied().collect();
            let deeds: Vec<(LegKey, LegEvent)> = legs
                .iter()
                .flat_map(|leg| deeds(&world, *leg).into_iter().map(|deed| (*leg, deed)))
                .collect();
            // What store and network owe comes in the order of its source; or time goes by; or somebody does something.
            let owed = world.owed.len().min(2);
            let Some(choice) = choose(owed + 1 + deeds.len()) else { break };
            if choice < owed {
                world.deliver(choice);
            } else if choice == owed {
                world.pass(Duration::from_secs(21));
            } else {
                let (leg, deed) = deeds[choice - owed - 1].clone();
                world.tell(leg, deed);
            }
        }
        // Neither lines nor calls nor channels of trunks, nobody rung or talking, one end for each call that was journaled.
        world.assert_nothing_is_left();
    })
}

#[test]
fn from_the_first_invite_to_the_answer_in_every_order() {
    let played = in_every_order(8, |world| {
        world.citizen();
    });
    assert!(played > 1_000, "{played}");
}

#[test]
fn while_two_phones_ring_and_another_caller_waits_in_every_order() {
    let played = in_every_order(5, |world| {
        world.citizen();
        world.citizen();
        world.deliver_all();
    });
    assert!(played > 1_000, "{played}");
}

#[test]
fn while_a_blind_transfer_rings_in_every_order() {
    let played = in_every_order(6, |world| {
        world.citizen();
        world.deliver_all();
        let ana = world.operator_line(ANA).unwrap();
        world.tell(ana, LegEvent::Answered);
        world.deliver_all();
        world.tell(ana, LegEvent::Referred { to: extension(BORA), replaces: None });
    });
    assert!(played > 1_000, "{played}");
}

#[test]
fn while_a_colleague_is_consulted_in_every_order() {
    let played = in_every_order(5, |world| {
        world.citizen();
        world.deliver_all();
        let ana = world.operator_line(ANA).unwrap();
        world.tell(ana, LegEvent::Answered);
        world.deliver_all();
        world.tell(ana, LegEvent::Held(true));
        world.dials(ANA, &extension(BORA));
        world.deliver_all();
    });
    assert!(played > 1_000, "{played}");
}

#[test]
fn while_an_operator_calls_a_number_outside_in_every_order() {
    let played = in_every_order(6, |world| {
        world.dials(ANA, "064555444");
        world.deliver_all();
        assert!(world.lines.values().any(|line| matches!(line.who, Who::Outside(_))));
    });
    assert!(played > 100, "{played}");
}

#[test]
fn while_the_program_ends_in_every_order() {
    let played = in_every_order(5, |world| {
        world.citizen();
        world.deliver_all();
        let ana = world.operator_line(ANA).unwrap();
        world.tell(ana, LegEvent::Answered);
        world.citizen();
        world.stop();
    });
    assert!(played > 10, "{played}");
}

/// Ports for eight legs and no more: one that leaks is missed at once.
const LEGS: u16 = 8;

/// Enough for every instant to be hit, as few as a test may take.
const CALLS: u32 = 40;

/// One citizen after another, each leaving at some instant, the operators answering, refusing and transferring as it comes.
#[tokio::test(flavor = "multi_thread")]
async fn at_random_instants_on_the_real_server_nothing_is_left() {
    let port_min = free_ports();
    let media = Media { port_min, port_max: port_min + 2 * LEGS - 1, quarantine_s: 0, ..Media::default() };
    let office = Office::with(|choice| {
        choice.media = media;
        choice.strategy = Strategy::RingAll;
        choice.wrap_up = Duration::ZERO;
    })
    .await;
    let (ana, bora) = office.desks().await;
    let random = &mut StdRng::seed_from_u64(6);
    for _ in 0..CALLS {
        let (citizen, call) = office.citizen(Quirks::default()).await;
        one_call(&office, (&citizen, call), [&ana, &bora], random).await;
        leave(&citizen, call).await;
    }
    office.until_quiet().await;
    for person in &office.people {
        office.until_state(person.user, |state| *state == OperatorState::Ready).await;
    }
    // All ports are free again.
    let ports: Vec<_> = (0..LEGS).map_while(|_| office.server.media.reserve().ok()).collect();
    assert_eq!(ports.len(), usize::from(LEGS), "a port leaks");
    // Each call arrived on one case and ended there once.
    let cases = office.cases().await;
    let entries: Vec<&Entry> =
        cases.iter().flat_map(|case| &case.timeline).map(|entry| &entry.entry).collect();
    let arrived = entries.iter().filter(|entry| matches!(entry, Entry::CallArrived { .. })).count();
    let ended = entries.iter().filter(|entry| matches!(entry, Entry::CallEnded { .. })).count();
    assert_eq!((arrived, ended), (CALLS as usize, CALLS as usize), "{entries:#?}");
    office.server.end().await;
}

async fn one_call(
    office: &Office,
    (citizen, call): (&Softphone, CallNo),
    [ana, bora]: [&Softphone; 2],
    random: &mut StdRng,
) {
    // At once, before anything was heard of us.
    if random.random_bool(0.2) {
        return;
    }
    citizen.up(call).await;
    let (at_ana, at_bora) = (ana.rung().await, bora.rung().await);
    match random.random_range(0..6) {
        // Hangs up while both ring, and one of them answers in the same instant.
        0 => {
            citizen.hang_up(call);
            ana.answer(at_ana);
        }
        1 => {
            ana.answer(at_ana);
            citizen.hang_up(call);
        }
        2 => {
            ana.refuse(at_ana, 486);
            bora.answer(at_bora);
            citizen.hears(call, bora.tone()).await;
            bora.hang_up(at_bora);
        }
        // Transferred, and gone while the new phone rings or has just answered.
        hang_up => {
            ana.answer(at_ana);
            citizen.hears(call, ana.tone()).await;
            bora.over(at_bora).await;
            ana.refer(at_ana, &office.extension(1), None);
            let again = bora.rung().await;
            match hang_up {
                3 => citizen.hang_up(call),
                4 => {
                    bora.answer(again);
                    citizen.hang_up(call);
                }
                _ => {
                    ana.hang_up(at_ana);
                    bora.answer(again);
                    citizen.hears(call, bora.tone()).await;
                }
            }
        }
    }
}

/// CANCEL, or BYE when our CANCEL met their answer.
async fn leave(phone: &Softphone, call: CallNo) {
    loop {
        match phone.stage(call) {
            Stage::Over(_) => return,
            Stage::Up => phone.hang_up(call),
            Stage::Calling | Stage::Rung => {
                phone.hang_up(call);
                phone.until_call("answered", call, |call| call.stage != Stage::Calling).await;
            }
        }
    }
}

/// The first of a row of ports that nobody uses now.
fn free_ports() -> u16 {
    let is_free = |port: u16| std::net::UdpSocket::bind(("127.0.0.1", port)).is_ok();
    (40_000..60_000).step_by(64).find(|port| (*port..port + 2 * LEGS).all(is_free)).unwrap()
}
