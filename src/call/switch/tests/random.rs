//! Large scenarios at random: whatever people, phones, trunks and store do and in whatever order, nobody is left over.

use std::time::Duration;

use rand::Rng;
use rand::seq::IteratorRandom;

use super::town;
use super::world::{OPERATORS, State, Who, World, extension};
use crate::call::board::{Order, Supervision};
use crate::call::switch::{LegEvent, LegKey};
use crate::domain::id::UserId;
use crate::domain::queue::{QueueSettings, Strategy};

/// A day of so many steps; what happens in it, and in which order, `random` decides.
pub fn day(random: &mut impl Rng, steps: usize) {
    let mut world = World::with(|queue| queue.strategy = strategy(random));
    for _ in 0..steps {
        step(&mut world, random);
    }
    world.store_is_down = false;
    if random.random_bool(0.15) {
        world.stop();
    }
    world.assert_nothing_is_left();
}

fn step(world: &mut World, random: &mut impl Rng) {
    match random.random_range(0..100) {
        0..=9 => drop(world.citizen()),
        10..=14 => call_from_phone(world, random),
        15..=54 => {
            // The store, the network and media are independent of each other.
            let owed = world.owed.len();
            if owed > 0 {
                world.deliver(random.random_range(0..owed.min(4)));
            }
        }
        55..=84 => on_a_line(world, random),
        85..=88 => orders(world, random),
        89 => match random.random_range(0..3) {
            0 => reload(world, random),
            _ => {
                let user = OPERATORS[random.random_range(0..OPERATORS.len())];
                world.phones(user, random.random_range(0..3));
            }
        },
        90 => world.store_is_down = random.random_bool(0.3),
        _ => world.pass(Duration::from_millis(random.random_range(0..12_000))),
    }
}

/// Somebody changes queues and people while they work.
fn reload(world: &mut World, random: &mut impl Rng) {
    let operators: Vec<UserId> = OPERATORS.into_iter().filter(|_| random.random_bool(0.8)).collect();
    let mut queues = vec![town::queue(), QueueSettings::new("second", "Second")];
    for queue in &mut queues {
        queue.strategy = strategy(random);
        queue.members.retain(|_| random.random_bool(0.8));
        queue.max_waiting = random.random_range(0..4);
        queue.wrap_up = Duration::from_secs(random.random_range(0..20));
        queue.overflow = random.random_bool(0.3).then(|| "second".to_owned());
    }
    queues.retain(|_| random.random_bool(0.9));
    world.people(queues, &operators);
}

fn strategy(random: &mut impl Rng) -> Strategy {
    let all = [Strategy::LongestIdle, Strategy::RoundRobin, Strategy::RingAll, Strategy::LeastTalk];
    all[random.random_range(0..all.len())]
}

fn call_from_phone(world: &mut World, random: &mut impl Rng) {
    let user = OPERATORS[random.random_range(0..OPERATORS.len())];
    let called = ["101", "102", "103", "064555444", "0900123", "999", "operators"];
    world.dials(user, called[random.random_range(0..called.len())]);
}

fn on_a_line(world: &mut World, random: &mut impl Rng) {
    let Some((leg, line)) = world.lines.iter().choose(random) else { return };
    let (leg, state, who) = (*leg, line.state, line.who.clone());
    let event = match state {
        State::Rung => match random.random_range(0..10) {
            0..=4 => LegEvent::Answered,
            5 => LegEvent::Ringing { early: matches!(who, Who::Outside(_)) },
            6 => LegEvent::Ringing { early: false },
            7 => LegEvent::Refused { status: 486, reason: None },
            8 => LegEvent::Refused { status: 503, reason: None },
            _ => LegEvent::Refused { status: 480, reason: None },
        },
        State::Calling => match random.random_range(0..3) {
            0 => LegEvent::Gone { lost: false },
            _ => return,
        },
        State::Up => match random.random_range(0..12) {
            0 | 1 => LegEvent::Gone { lost: random.random_bool(0.2) },
            2 => LegEvent::Silent,
            3 | 4 => LegEvent::Held(random.random_bool(0.5)),
            5 => LegEvent::Digit('1'),
            6..=8 => refer(world, leg, random),
            _ => return,
        },
    };
    if matches!(event, LegEvent::Referred { .. }) && world.lines.get(&leg).is_some_and(|line| line.referring)
    {
        return;
    }
    if matches!(event, LegEvent::Silent) {
        // What the engine says; the line itself is still there until we end it.
        return world.tell(leg, event);
    }
    world.tell(leg, event);
}

fn refer(world: &World, leg: LegKey, random: &mut impl Rng) -> LegEvent {
    let own = |other: &&LegKey| {
        **other != leg
            && world.lines.get(*other).map(|line| &line.who) == world.lines.get(&leg).map(|line| &line.who)
    };
    let replaces = match random.random_bool(0.5) {
        true => world.lines.keys().filter(own).choose(random).copied(),
        false => None,
    };
    let to = match random.random_range(0..4) {
        0 => "064777888".to_owned(),
        1 => "operators".to_owned(),
        _ => extension(OPERATORS[random.random_range(0..OPERATORS.len())]),
    };
    LegEvent::Referred { to, replaces }
}

fn orders(world: &mut World, random: &mut impl Rng) {
    let user = OPERATORS[random.random_range(0..OPERATORS.len())];
    let call = world.switch.board(world.m()).calls.iter().choose(random).map_or(0, |call| call.call);
    let mode = [Supervision::Listen, Supervision::Whisper, Supervision::Barge][random.random_range(0..3)];
    let order = match random.random_range(0..9) {
        0 => Order::Pause { operator: user, reason: "break".into() },
        1 => Order::Ready { operator: user },
        2 => Order::FinishWrapUp { operator: user },
        3 => Order::Supervise { call, by: user, mode },
        4 => Order::Place { operator: user, number: "064111222".into() },
        5 => Order::HangUp { call, by: user },
        6 => Order::PauseRecording { call, by: user, paused: random.random_bool(0.5) },
        7 => Order::Transfer { call, by: user, to: "102".into() },
        _ => Order::Merge { operator: user },
    };
    world.order(order);
}

#[cfg(test)]
mod tests {
    use rand::SeedableRng;
    use rand::rngs::StdRng;

    /// So many days of a small municipality; more with ODZIV_SEEDS.
    const SEEDS: u64 = 150;
    const STEPS: usize = 220;

    #[test]
    fn whatever_happens_nobody_is_stuck_and_nothing_is_left() {
        let seeds = std::env::var("ODZIV_SEEDS").ok().and_then(|text| text.parse().ok()).unwrap_or(SEEDS);
        for seed in 0..seeds {
            let day = || super::day(&mut StdRng::seed_from_u64(seed), STEPS);
            if let Err(panic) = std::panic::catch_unwind(day) {
                eprintln!("seed {seed}");
                std::panic::resume_unwind(panic);
            }
        }
    }
}
