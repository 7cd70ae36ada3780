//! Hold, resume and other re-INVITEs in the middle of a call, over real sockets: who is held hears music, afterwards both hear each
//! other, however often and by whichever side.

use odziv::telephony::handle::CallStage;

use super::office::Office;
use super::softphone::{CallNo, Quirks, Softphone};
use super::voice;

async fn both_hear(citizen: (&Softphone, CallNo), operator: (&Softphone, CallNo)) {
    citizen.0.hears(citizen.1, operator.0.tone()).await;
    operator.0.hears(operator.1, citizen.0.tone()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_is_held_hears_music_and_afterwards_both_hear_each_other() {
    let office = Office::open().await;
    let ana = office.desk(0, Quirks::default()).await;
    let ((citizen, call), taken) = office.talking(&ana).await;
    // As phones hold: they send their own music, or nothing at all.
    for direction in ["sendonly", "inactive", "sendonly"] {
        ana.reinvite(taken, direction);
        citizen.hears(call, voice::MUSIC).await;
        office.until("held", |board| board.calls.iter().any(|call| call.stage == CallStage::Held)).await;
        ana.reinvite(taken, "sendrecv");
        both_hear((&citizen, call), (&ana, taken)).await;
        office
            .until("talking", |board| board.calls.iter().any(|call| call.stage == CallStage::Talking))
            .await;
    }
    // And the citizen, for whom somebody rings at the door.
    citizen.reinvite(call, "sendonly");
    ana.hears(taken, voice::MUSIC).await;
    citizen.reinvite(call, "sendrecv");
    both_hear((&citizen, call), (&ana, taken)).await;
    ana.hang_up(taken);
    citizen.over(call).await;
    let case = office.only_case().await;
    assert_eq!(case.recordings.len(), 1);
    office.server.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn re_invite_that_changes_nothing_changes_nothing() {
    let office = Office::open().await;
    let ana = office.desk(0, Quirks::default()).await;
    let ((citizen, call), taken) = office.talking(&ana).await;
    for count in 1..=5 {
        citizen.reinvite(call, "sendrecv");
        citizen.until_call("answered", call, |call| call.answers.len() == count).await;
        ana.reinvite(taken, "sendrecv");
        ana.until_call("answered", taken, |call| call.answers.len() == count).await;
        both_hear((&citizen, call), (&ana, taken)).await;
    }
    citizen.until_call("agreed", call, |call| call.answers.iter().all(|(_, status)| *status == 200)).await;
    citizen.hang_up(call);
    office.only_case().await;
    office.server.end().await;
}

/// Both at once: each hears music, and both hear each other only when both have resumed.
#[tokio::test(flavor = "multi_thread")]
async fn two_who_hold_each_other_find_each_other_again() {
    let office = Office::open().await;
    let ana = office.desk(0, Quirks::default()).await;
    let ((citizen, call), taken) = office.talking(&ana).await;
    ana.reinvite(taken, "sendonly");
    citizen.hears(call, voice::MUSIC).await;
    citizen.reinvite(call, "inactive");
    citizen.until_call("answered", call, |call| !call.answers.is_empty()).await;
    ana.reinvite(taken, "sendrecv");
    ana.hears(taken, voice::MUSIC).await;
    citizen.reinvite(call, "sendrecv");
    both_hear((&citizen, call), (&ana, taken)).await;
    citizen.hang_up(call);
    office.only_case().await;
    office.server.end().await;
}
