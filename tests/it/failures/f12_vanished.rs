//! A peer that is gone without a word is noticed, and eighteen thousand calls leave neither entries nor bytes behind.

use std::time::Duration;

use odziv::call::switch::LegEvent;
use odziv::config::media::Media;
use odziv::protocol::sip::agent::{DialogId, Event};
use odziv::protocol::sip::message::Status;
use odziv::telephony::handle::OperatorState;

use super::memory::held;
use super::office::Office;
use super::softphone::Quirks;
use super::wire::{CALLER, SECOND, SERVER, Wire};
use super::world::{ANA, World};

const CALLS: usize = 18_000;

/// What is held is looked at after every so many, the first time when tables have about the size that they need.
const STEP: usize = 2_000;

/// At once; the rest follow one after another.
const TOGETHER: usize = 100;

/// What one step may hold more than that before it: not a byte for each call. A table doubles now and then, by the chance of its hashes,
/// but not in every step.
const SLACK: isize = 1_000;

/// And all steps together: far less than an entry for each call would be.
const TABLES: isize = 64_000;

#[test]
fn eighteen_thousand_calls_leave_no_dialog_no_transaction_and_no_memory() {
    let mut wire = Wire::new();
    wire.keeps = false;
    let mut sizes = Vec::new();
    for round in 0..CALLS / TOGETHER {
        calls_together(&mut wire, round);
        // All timers of the protocol are over.
        wire.run(100 * SECOND);
        for (side, agent) in wire.agents.iter().enumerate() {
            assert_eq!((agent.dialogs(), agent.transactions()), (0, 0), "side {side}, round {round}");
        }
        forget(&mut wire);
        if (round + 1) % (STEP / TOGETHER) == 0 {
            sizes.push(held());
        }
    }
    let smallest = sizes.windows(2).map(|step| step[1] - step[0]).min();
    assert!(smallest < Some(SLACK), "more with every {STEP} calls: {sizes:?}");
    assert!(sizes[sizes.len() - 1] - sizes[0] < TABLES, "{sizes:?} bytes after every {STEP} calls");
}

/// Answered and hung up by either side, refused, taken back, never acknowledged, and gone in the middle.
fn calls_together(wire: &mut Wire, round: usize) {
    let callers: Vec<DialogId> = (0..TOGETHER).map(|_| wire.invite()).collect();
    wire.run(SECOND / 10);
    let invited: Vec<DialogId> = wire.events[SERVER]
        .iter()
        .filter_map(|event| match event {
            Event::Invited { dialog, .. } => Some(*dialog),
            _ => None,
        })
        .collect();
    assert_eq!(invited.len(), TOGETHER);
    let now = wire.now;
    for (at, (caller, server)) in callers.iter().zip(&invited).enumerate() {
        match at % 5 {
            0 => wire.agents[SERVER].reject(*server, Status::BUSY_HERE, None, now),
            1 => wire.agents[CALLER].hang_up(*caller, now),
            _ => {
                wire.agents[SERVER].ring(*server, now);
                wire.agents[SERVER].answer(*server, b"answer", now);
            }
        }
    }
    // In every fifth round the line is cut before the ACKs, or in the middle.
    match round % 5 {
        3 => wire.way = Box::new(|side, text| (side == SERVER).then(|| text.to_owned())),
        4 => {
            wire.run(SECOND);
            wire.way = Box::new(|_, _| None);
        }
        _ => {}
    }
    wire.run(SECOND);
    let now = wire.now;
    for (at, (caller, server)) in callers.iter().zip(&invited).enumerate() {
        match at % 2 {
            0 => wire.agents[CALLER].hang_up(*caller, now),
            _ => wire.agents[SERVER].hang_up(*server, now),
        }
    }
    // Those of the cut line end by their own timers.
    if round % 5 > 2 {
        let now = wire.now;
        for (caller, server) in callers.iter().zip(&invited) {
            wire.agents[CALLER].hang_up(*caller, now);
            wire.agents[SERVER].hang_up(*server, now);
        }
    }
}

fn forget(wire: &mut Wire) {
    wire.way = Box::new(|_, text| Some(text.to_owned()));
    wire.events.iter_mut().for_each(Vec::clear);
}

#[test]
fn switch_is_as_large_after_eighteen_thousand_calls_as_after_one_thousand() {
    let mut world = World::with(|queue| queue.wrap_up = Duration::ZERO);
    let mut sizes = Vec::new();
    for call in 1..=CALLS {
        let citizen = world.citizen().unwrap();
        world.deliver_all();
        let ana =
            world.operator_line(ANA).or_else(|| world.lines.keys().copied().find(|leg| *leg != citizen));
        match call % 4 {
            // Leaves while it rings.
            0 => world.tell(citizen, LegEvent::Gone { lost: false }),
            // The operator's phone is gone for good.
            1 => {
                let operator = ana.unwrap();
                world.tell(operator, LegEvent::Answered);
                world.deliver_all();
                world.tell(operator, LegEvent::Gone { lost: true });
            }
            _ => {
                world.tell(ana.unwrap(), LegEvent::Answered);
                world.deliver_all();
                world.pass(SECOND);
                world.tell(citizen, LegEvent::Gone { lost: call % 2 == 0 });
            }
        }
        world.deliver_all();
        world.pass(60 * SECOND);
        assert_eq!((world.switch.calls(), world.switch.legs()), (0, 0), "call {call}");
        // What the pretended shell remembers is its own affair.
        world.log.clear();
        world.works.clear();
        if call == 1_000 || call == CALLS {
            sizes.push(format!("{:?}", world.switch).len());
        }
    }
    // All that it knows, written out: numbers have more digits by now, entries must not be more.
    assert!(sizes[1] < sizes[0] + 500, "{sizes:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn phone_that_vanishes_in_a_call_frees_operator_ports_and_caller() {
    let media = |port_min: u16| Media {
        silent_after_s: 1,
        quarantine_s: 0,
        port_min,
        port_max: port_min + 3,
        ..Media::default()
    };
    for gone in ["citizen", "operator"] {
        let first = free_ports();
        let office = Office::with(|choice| choice.media = media(first)).await;
        let ana = office.desk(0, Quirks::default()).await;
        let ((citizen, call), taken) = office.talking(&ana).await;
        assert!(office.server.media.reserve().is_err(), "both ports are in use");
        if gone == "citizen" {
            citizen.vanish();
            ana.over(taken).await;
        } else {
            ana.vanish();
            citizen.over(call).await;
        }
        office.until_quiet().await;
        office.until_state(office.ana(), |state| matches!(state, OperatorState::WrapUp { .. })).await;
        let ports: Vec<_> = (0..2).map_while(|_| office.server.media.reserve().ok()).collect();
        assert_eq!(ports.len(), 2, "the {gone}'s port");
        office.only_case().await;
        office.server.end().await;
    }
}

/// The first of four ports in a row that nobody uses now.
fn free_ports() -> u16 {
    let is_free = |port: u16| std::net::UdpSocket::bind(("127.0.0.1", port)).is_ok();
    (60_000..65_000).step_by(8).find(|port| (*port..port + 4).all(is_free)).unwrap()
}
