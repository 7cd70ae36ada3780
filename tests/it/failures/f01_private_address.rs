//! The description says 10.0.0.5, the packets come from elsewhere: they are answered where they come from. A second is fifty packets.

use odziv::telephony::handle::{Side, Warning};

use super::office::Office;
use super::softphone::Quirks;
use super::voice;

/// Packets of 20 ms in a second.
const SECOND: u64 = 50;

#[tokio::test(flavor = "multi_thread")]
async fn audio_flows_both_ways_within_a_second() {
    let office = Office::open().await;
    let private = |sdp_address| Quirks { sdp_address: Some(sdp_address), ..Quirks::default() };
    let ana = office.desk(0, private("192.168.44.2")).await;
    let (citizen, call) = office.citizen(private("10.0.0.5")).await;
    citizen.hears(call, voice::MUSIC).await;
    let taken = ana.rung().await;
    ana.answer(taken);
    citizen.hears(call, voice::ANA).await;
    ana.hears(taken, voice::CITIZEN).await;
    for voice in [citizen.voice(call), ana.voice(taken)] {
        let sent = voice.first_after().unwrap();
        assert!(sent <= SECOND, "the first packet came after {sent} of ours");
    }
    citizen.hang_up(call);
    ana.over(taken).await;
    office.only_case().await;
    office.server.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn one_who_is_never_heard_is_shown_with_the_address_that_explains_it() {
    let office = Office::open().await;
    let _ana = office.desk(0, Quirks::default()).await;
    let quirks = Quirks { sdp_address: Some("10.0.0.5"), mute: true, ..Quirks::default() };
    let (citizen, call) = office.citizen(quirks).await;
    let explained = |warning: &Option<Warning>| {
        matches!(warning, Some(Warning::NothingArrives { from: Side::Caller, address, private: true })
            if address.starts_with("10.0.0.5:"))
    };
    office.until("explained", |board| board.calls.iter().any(|call| explained(&call.warning))).await;
    citizen.voice(call).hold(false);
    office.until("heard", |board| board.calls.iter().all(|call| call.warning.is_none())).await;
    citizen.hears(call, voice::MUSIC).await;
    citizen.hang_up(call);
    office.only_case().await;
    office.server.end().await;
}
