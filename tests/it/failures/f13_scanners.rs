//! Programs that look for open exchanges, at five hundred messages a second, and people who dial what the municipality does not pay
//! for. Operators go on talking; who is merely challenged is not banned.

use std::net::SocketAddr;
use std::time::Duration;

use tokio::net::UdpSocket;

use super::office::Office;
use super::softphone::{Quirks, Softphone};
use super::voice;

const PER_SECOND: u32 = 500;

/// For so long.
const SECONDS: u32 = 3;

/// Forged senders: nobody can tell them apart by their address alone.
const SOURCES: u32 = 50;

/// A REGISTER or an INVITE of somebody who knows nobody here.
fn probe(number: u32, from: SocketAddr) -> String {
    let method = if number.is_multiple_of(2) { "REGISTER" } else { "INVITE" };
    let agent = ["friendly-scanner", "Asterisk PBX 18", "pplsip", "Zoiper"][number as usize / 2 % 4];
    let target = ["100", "00442012345678", "admin", "9011972592"][number as usize / 8 % 4];
    format!(
        "{method} sip:{target}@odziv SIP/2.0\r\nVia: SIP/2.0/UDP {from};branch=z9hG4bK{number}\r\n\
         From: <sip:{target}@odziv>;tag={number}\r\nTo: <sip:{target}@odziv>\r\nCall-ID: {number}\r\n\
         CSeq: 1 {method}\r\nMax-Forwards: 70\r\nContact: <sip:{target}@{from}>\r\nUser-Agent: {agent}\r\n\
         Content-Length: 0\r\n\r\n"
    )
}

/// All of it, at its pace.
async fn scan(server: SocketAddr) {
    let mut sockets = Vec::new();
    for source in 0..SOURCES {
        sockets.push(UdpSocket::bind(SocketAddr::from(([127, 0, 9, source as u8 + 1], 0))).await.unwrap());
    }
    let mut ticks = tokio::time::interval(Duration::from_millis(20));
    let mut number = 0;
    while number < PER_SECOND * SECONDS {
        ticks.tick().await;
        for _ in 0..PER_SECOND / 50 {
            let socket = &sockets[(number % SOURCES) as usize];
            let text = probe(number, socket.local_addr().unwrap());
            socket.send_to(text.as_bytes(), server).await.unwrap();
            number += 1;
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn operators_register_call_and_talk_without_loss_while_they_scan() {
    let office = Office::open().await;
    let (ana, bora) = office.desks().await;
    let ((first, first_call), by) = match either(&office, &ana, &bora).await {
        (talk, true) => (talk, &bora),
        (talk, false) => (talk, &ana),
    };
    let scanning = tokio::spawn(scan(office.server.address));
    let mut calls = 0;
    while !scanning.is_finished() {
        // The other operator registers anew, is rung for a new caller, and both are heard.
        by.register().await;
        let (citizen, call) = office.citizen(Quirks::default()).await;
        let taken = by.rung().await;
        by.answer(taken);
        citizen.hears(call, by.tone()).await;
        by.hears(taken, voice::CITIZEN).await;
        citizen.hang_up(call);
        by.over(taken).await;
        finish_wrap_up(&office).await;
        calls += 1;
    }
    scanning.await.unwrap();
    assert!(calls > 0);
    assert_eq!(first.voice(first_call).missing(), 0, "the first conversation lost nothing");
    first.hang_up(first_call);
    office.until_quiet().await;
    // Over UDP anybody may write anybody's address: nobody is banned for it. And nobody got in.
    assert!(office.server.handle.door().safety().bans.is_empty());
    assert_eq!(office.server.handle.accepted_calls(), 1 + calls);
    office.server.end().await;
}

type Talk = (Softphone, super::softphone::CallNo);

/// A citizen who talks with one of the two; whether it is the first.
async fn either(office: &Office, ana: &Softphone, bora: &Softphone) -> (Talk, bool) {
    let (citizen, call) = office.citizen(Quirks::default()).await;
    let by_ana = tokio::select! {
        taken = ana.rung() => { ana.answer(taken); true }
        taken = bora.rung() => { bora.answer(taken); false }
    };
    citizen.hears(call, if by_ana { voice::ANA } else { voice::BORA }).await;
    ((citizen, call), by_ana)
}

async fn finish_wrap_up(office: &Office) {
    use odziv::call::board::Order;
    for operator in [office.ana(), office.bora()] {
        let _ = office.server.handle.order(Order::FinishWrapUp { operator }).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn who_answers_the_challenge_is_never_banned_however_often_it_is_challenged() {
    let office = Office::open().await;
    let ana = office.desk(0, Quirks::default()).await;
    // Each of these begins without a password, is asked for it by 401, and gives it.
    for _ in 0..100 {
        ana.register().await;
    }
    let safety = office.server.handle.door().safety();
    assert!(safety.bans.is_empty(), "{safety:?}");
    let (citizen, call) = office.citizen(Quirks::default()).await;
    let taken = ana.rung().await;
    ana.answer(taken);
    citizen.hears(call, voice::ANA).await;
    citizen.hang_up(call);
    office.until_quiet().await;
    office.server.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn premium_and_foreign_numbers_are_refused_to_operators_and_everything_to_strangers() {
    let office = Office::with(|choice| choice.trunk_places_calls = true).await;
    let ana = office.desk(0, Quirks::default()).await;
    for premium in
        ["0900123456", "+381900123456", "00381900123456", "0041900123456", "+4312345678", "00442012345678"]
    {
        let call = ana.dial(premium);
        assert_eq!(ana.over(call).await, 403, "{premium}");
    }
    // A plain number goes out: the refusals above were not for want of a trunk.
    let trunk = office.trunk.as_ref().unwrap();
    let call = ana.dial("021555333");
    let rung = trunk.rung().await;
    trunk.answer(rung);
    ana.hears(call, trunk.tone()).await;
    ana.hang_up(call);
    trunk.over(rung).await;
    // Somebody who merely says to be an operator, and somebody who calls in by the trunk to get out again.
    let mut impostor = office.people[0].clone();
    impostor.password = "guessed".into();
    let address = office.server.address;
    let impostor = Softphone::at([127, 0, 0, 66], address, Some(impostor), voice::BORA, Quirks::default());
    let call = impostor.dial("021555333");
    assert_eq!(impostor.over(call).await, 403);
    let citizen = Softphone::at([127, 0, 0, 1], address, None, voice::CITIZEN, Quirks::default());
    for outside in ["021555333", "+38121555333", "0900123456"] {
        let call = citizen.dial(outside);
        assert_eq!(citizen.over(call).await, 404, "{outside}");
    }
    assert_eq!(trunk.came("INVITE"), 1, "one call went out in all");
    office.until_quiet().await;
    office.server.end().await;
}
