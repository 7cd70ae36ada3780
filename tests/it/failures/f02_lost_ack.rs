//! Our 200 must be acknowledged (RFC 3261 §13.3.1.4), and requests within a call go to the peer's Contact (§12.2.1.1). Both go wrong
//! behind NAT and on bad lines, and calls then end after half a minute.

use std::time::Duration;

use odziv::protocol::sip::agent::Event;
use odziv::protocol::sip::message::Method;

use super::office::Office;
use super::softphone::{Quirks, Stage};
use super::voice;
use super::wire::{CALLER, SECOND, SERVER, Wire};

/// The call must have outlived every timer of the transaction.
const WHILE: Duration = Duration::from_secs(40);

fn acknowledged(wire: &Wire) -> usize {
    wire.count(SERVER, |event| matches!(event, Event::Acknowledged { .. }))
}

#[test]
fn call_whose_first_acks_are_lost_is_alive_after_forty_seconds() {
    for lost in [1, 2, 5] {
        let mut wire = Wire::new();
        let mut swallowed = 0;
        wire.way = Box::new(move |side, text| {
            let lose = side == CALLER && text.starts_with("ACK") && swallowed < lost;
            swallowed += u32::from(lose);
            (!lose).then(|| text.to_owned())
        });
        wire.answered();
        wire.run(WHILE);
        assert!(wire.lives(), "{lost} lost");
        assert_eq!(acknowledged(&wire), 1);
        assert_eq!(
            wire.arrivals(CALLER, "SIP/2.0 200") as u32,
            lost + 1,
            "asked for until it came, and no more"
        );
    }
}

#[test]
fn call_that_is_never_acknowledged_lives_when_it_is_heard_and_ends_when_it_is_not() {
    for heard in [true, false] {
        let mut wire = Wire::new();
        wire.way = Box::new(|_, text| (!text.starts_with("ACK")).then(|| text.to_owned()));
        let (_, server) = wire.answered();
        wire.run(SECOND);
        if heard {
            wire.agents[SERVER].seems_alive(server);
        }
        wire.run(WHILE);
        assert_eq!(wire.lives(), heard);
        assert_eq!(acknowledged(&wire), usize::from(heard));
        let left = wire.count(SERVER, |event| matches!(event, Event::NeverAcknowledged { .. }));
        assert_eq!(left, usize::from(!heard));
        // Whoever is still there can be left in good order, and nothing of it remains.
        let now = wire.now;
        wire.agents[SERVER].hang_up(server, now);
        wire.run(SECOND);
        assert_eq!(wire.count(CALLER, |event| matches!(event, Event::HungUp { .. })), 1);
        wire.assert_forgotten();
    }
}

#[test]
fn caller_behind_nat_with_a_private_contact_is_reached_for_the_whole_call() {
    let mut wire = Wire::with_nat();
    let (_, server) = wire.answered();
    wire.run(WHILE);
    assert!(wire.lives());
    assert_eq!(acknowledged(&wire), 1);
    // In the middle of the call, by us: a re-INVITE; at the end: BYE. Both get there.
    let now = wire.now;
    wire.agents[SERVER].reoffer(server, b"another", now);
    wire.run(SECOND);
    assert_eq!(wire.count(CALLER, |event| matches!(event, Event::Reoffered { .. })), 1);
    let Some(Event::Reoffered { dialog, .. }) = wire.events[CALLER].last() else { panic!("not asked") };
    let (dialog, now) = (*dialog, wire.now);
    wire.agents[CALLER].accept_offer(dialog, b"fine", now);
    wire.run(WHILE);
    assert!(wire.lives());
    let now = wire.now;
    wire.agents[SERVER].hang_up(server, now);
    wire.run(SECOND);
    assert_eq!(wire.count(CALLER, |event| matches!(event, Event::HungUp { .. })), 1);
    wire.assert_forgotten();
}

/// Over real sockets: our 200 comes again and again, the second ACK ends that, and both are heard.
#[tokio::test(flavor = "multi_thread")]
async fn caller_whose_first_ack_is_lost_and_whose_contact_is_private_talks() {
    let office = Office::open().await;
    let ana = office.desk(0, Quirks { behind_nat: Some("192.168.44.2:5060"), ..Quirks::default() }).await;
    let quirks = Quirks { behind_nat: Some("10.0.0.5:5060"), lost_acks: 1, ..Quirks::default() };
    let (citizen, call) = office.citizen(quirks).await;
    let taken = ana.rung().await;
    ana.answer(taken);
    citizen.hears(call, voice::ANA).await;
    ana.hears(taken, voice::CITIZEN).await;
    citizen.until_call("asked again", call, |call| !call.answers.is_empty()).await;
    assert!(citizen.came("SIP/2.0 200") >= 2);
    assert_eq!((citizen.stage(call), ana.stage(taken)), (Stage::Up, Stage::Up));
    // Our BYE finds the citizen although Contact leads nowhere.
    ana.hang_up(taken);
    citizen.over(call).await;
    office.only_case().await;
    office.server.end().await;
}

/// Our 200 is repeated at half a second, then after one, two and every four seconds, for 32 s: so often in all.
const COPIES: usize = 11;

/// Half a minute and more, in which the copies of our 200 tell the time.
const LONG: Duration = Duration::from_secs(60);

/// Over real sockets too: no ACK ever gets through, and the two talk on, since the caller is heard.
#[tokio::test(flavor = "multi_thread")]
async fn caller_who_is_heard_and_whose_acks_are_all_lost_talks_on() {
    let office = Office::open().await;
    let ana = office.desk(0, Quirks::default()).await;
    let (citizen, call) = office.citizen(Quirks { lost_acks: u32::MAX, ..Quirks::default() }).await;
    let taken = ana.rung().await;
    ana.answer(taken);
    citizen.hears(call, voice::ANA).await;
    let copies = citizen.until_came("SIP/2.0 200", COPIES);
    tokio::time::timeout(LONG, copies).await.expect("the server has given up asking");
    // The 32 s end half a second after the last copy.
    citizen.voice(call).until_packets(100).await;
    assert_eq!((citizen.stage(call), ana.stage(taken)), (Stage::Up, Stage::Up));
    citizen.hears(call, voice::ANA).await;
    ana.hears(taken, voice::CITIZEN).await;
    citizen.info(call, "application/dtmf", "1");
    citizen.until_call("known", call, |call| call.answers.contains(&(Method::Info, 200))).await;
    ana.hang_up(taken);
    citizen.over(call).await;
    office.only_case().await;
    office.server.end().await;
}
