//! Small scenarios, all of their interleavings: every order in which a handful of things can happen.

use std::time::Duration;

use super::world::{ANA, State, Who, World, extension};
use crate::call::switch::{LegEvent, LegKey};
use crate::domain::id::UserId;

/// Plays a scenario again and again, each time with another sequence of choices, until all were made.
pub(super) fn all_choices(depth: usize, play: impl Fn(&mut Choices)) -> u64 {
    let mut choices = Choices { made: Vec::new(), at: 0, depth };
    let mut played = 0;
    loop {
        choices.at = 0;
        play(&mut choices);
        played += 1;
        // The next sequence: the last choice that has an alternative takes it.
        loop {
            match choices.made.pop() {
                None => return played,
                Some((choice, of)) if choice + 1 < of => {
                    choices.made.push((choice + 1, of));
                    break;
                }
                Some(_) => {}
            }
        }
    }
}

pub(super) struct Choices {
    made: Vec<(usize, usize)>,
    at: usize,
    depth: usize,
}

impl Choices {
    /// One of so many; `None` when the scenario is as long as it may be.
    fn choose(&mut self, of: usize) -> Option<usize> {
        if self.at >= self.depth {
            return None;
        }
        if self.at == self.made.len() {
            self.made.push((0, of));
        }
        let (choice, before) = self.made[self.at];
        assert_eq!(before, of, "the scenario is not the same every time");
        self.at += 1;
        Some(choice)
    }
}

/// All that can happen to a line now.
fn events(world: &World, leg: LegKey) -> Vec<LegEvent> {
    let Some(line) = world.lines.get(&leg) else { return vec![] };
    match (line.state, &line.who) {
        (State::Rung, _) => vec![LegEvent::Answered, LegEvent::Refused { status: 486, reason: None }],
        (State::Calling, _) => vec![LegEvent::Gone { lost: false }],
        (State::Up, Who::Phone(user)) if !line.referring => {
            let other = if *user == ANA { UserId(2) } else { ANA };
            let to = extension(other);
            vec![LegEvent::Gone { lost: false }, LegEvent::Referred { to, replaces: None }]
        }
        (State::Up, _) => vec![LegEvent::Gone { lost: false }],
    }
}

pub(super) fn play(choices: &mut Choices, begin: impl Fn(&mut World)) {
    let mut world = World::with(|queue| queue.strategy = crate::domain::queue::Strategy::RingAll);
    world.phones(UserId(3), 0);
    begin(&mut world);
    loop {
        let lines: Vec<LegKey> = world.lines.keys().copied().collect();
        let on_lines: Vec<(LegKey, LegEvent)> = lines
            .iter()
            .flat_map(|leg| events(&world, *leg).into_iter().map(|event| (*leg, event)))
            .collect();
        // What is owed, each in the order of its source; time; what people do.
        let owed = world.owed.len().min(2);
        let Some(choice) = choices.choose(owed + 1 + on_lines.len()) else { break };
        if choice < owed {
            world.deliver(choice);
        } else if choice == owed {
            world.pass(Duration::from_secs(21));
        } else if let Some((leg, event)) = on_lines.into_iter().nth(choice - owed - 1) {
            world.tell(leg, event);
        }
    }
    world.assert_nothing_is_left();
}

#[test]
fn a_caller_and_two_phones_that_ring_in_every_order() {
    let played = all_choices(5, |choices| {
        play(choices, |world| {
            world.citizen();
            world.deliver_all();
        })
    });
    assert!(played > 300, "{played}");
}

#[test]
fn hang_ups_answers_and_transfers_of_a_conversation_in_every_order() {
    let played = all_choices(6, |choices| {
        play(choices, |world| {
            world.citizen();
            world.deliver_all();
            let ana = world.operator_line(ANA).unwrap();
            world.tell(ana, LegEvent::Answered);
            world.deliver_all();
        })
    });
    assert!(played > 300, "{played}");
}
