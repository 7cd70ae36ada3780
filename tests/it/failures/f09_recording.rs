//! One recording from the first word to the last, whatever becomes of the call in between; and neither files without a row nor rows
//! without a file.

use std::path::Path;

use odziv::protocol::rtp::tone::dominant;
use odziv::store::case::CaseDetail;

use super::office::Office;
use super::softphone::Quirks;
use super::voice::{self, TONES};

/// A fifth of a second, in which a tone is known for certain.
const WINDOW: usize = 1_600;

/// The tones of both channels, window by window.
fn heard(folder: &Path, case: &CaseDetail) -> [Vec<Option<f64>>; 2] {
    assert_eq!(case.recordings.len(), 1, "{:#?}", case.recordings);
    let wav = hound::WavReader::open(folder.join(&case.recordings[0].path)).unwrap();
    assert_eq!(wav.spec().channels, 2);
    let samples: Vec<i16> = wav.into_samples().map(Result::unwrap).collect();
    let channel = |which: usize| {
        let samples: Vec<i16> = samples.iter().skip(which).step_by(2).copied().collect();
        samples.chunks_exact(WINDOW).map(|window| dominant(window, &TONES)).collect()
    };
    [channel(0), channel(1)]
}

/// The longest stretch in which this tone is not heard.
fn longest_gap(windows: &[Option<f64>], tone: f64) -> usize {
    windows.split(|heard| *heard == Some(tone)).map(<[_]>::len).max().unwrap_or(0)
}

/// Tones in their order, each once for as long as it lasts.
fn order(windows: &[Option<f64>]) -> Vec<f64> {
    let mut order: Vec<f64> = windows.iter().flatten().copied().collect();
    order.dedup();
    order
}

#[tokio::test(flavor = "multi_thread")]
async fn one_recording_goes_through_a_failed_transfer_a_return_and_a_transfer() {
    let office = Office::open().await;
    let ana = office.desk(0, Quirks::default()).await;
    let ((citizen, call), taken) = office.talking(&ana).await;
    let bora = office.desk(1, Quirks::default()).await;
    let to_bora = office.extension(1);
    let voice = citizen.voice(call);
    voice.until_packets(50).await;
    // Refused: the two talk on.
    ana.refer(taken, &to_bora, None);
    bora.refuse(bora.rung().await, 486);
    ana.until_call("told", taken, |call| call.notified.last() == Some(&486)).await;
    citizen.hears(call, voice::ANA).await;
    voice.until_packets(50).await;
    // Refused after Ana has left: she is rung again.
    ana.refer(taken, &to_bora, None);
    let asked = bora.rung().await;
    ana.hang_up(taken);
    bora.refuse(asked, 486);
    let again = ana.rung().await;
    ana.answer(again);
    citizen.hears(call, voice::ANA).await;
    voice.until_packets(50).await;
    // Taken.
    ana.refer(again, &to_bora, None);
    bora.answer(bora.rung().await);
    citizen.hears(call, voice::BORA).await;
    voice.until_packets(100).await;
    citizen.hang_up(call);

    let case = office.only_case().await;
    let [left, right] = heard(office.server.folder.path(), &case);
    let spoken = left.iter().filter(|tone| **tone == Some(voice::CITIZEN)).count();
    assert!(spoken * 10 >= left.len() * 8, "{left:?}");
    assert!(longest_gap(&left, voice::CITIZEN) <= 5, "the citizen is on it all the time: {left:?}");
    assert_eq!(order(&right), [voice::ANA, voice::BORA], "who was heard, in their order: {right:?}");
    assert_eq!(office.files(), [case.recordings[0].path.clone()]);
    office.server.end().await;
}

const VOICEMAIL: &str = r#"
schema = 1
language = "sr"

[number."+38121480000"]
start = "tell"

[node.tell.record]
prompt = "tell"
max_s = 30
min_s = 1
next = "end"

[node.end.hangup]
"#;

#[tokio::test(flavor = "multi_thread")]
async fn recording_in_which_nothing_was_said_leaves_no_file() {
    let office = Office::with(|choice| choice.plan = VOICEMAIL).await;
    let (citizen, call) = office.citizen(Quirks { mute: true, ..Quirks::default() }).await;
    citizen.up(call).await;
    until_file(&office).await;
    citizen.hang_up(call);
    let case = office.only_case().await;
    assert!(case.recordings.is_empty());
    assert_eq!(office.files(), [""; 0]);
    office.server.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn kill_in_a_conversation_keeps_what_was_said_up_to_the_last_second() {
    let office = Office::open().await;
    let ana = office.desk(0, Quirks::default()).await;
    let ((citizen, call), _taken) = office.talking(&ana).await;
    citizen.voice(call).until_packets(150).await;
    let office = office.crash().await;
    let case = office.only_case().await;
    let [left, _] = heard(office.server.folder.path(), &case);
    let length = case.recordings[0].length_ms.unwrap();
    assert!(length >= 2_000, "{length} ms of more than three seconds");
    assert!(left.iter().filter(|tone| **tone == Some(voice::CITIZEN)).count() >= 5, "{left:?}");
    assert_eq!(office.files(), [case.recordings[0].path.clone()]);
    office.server.end().await;
}

/// The row is written first, then the file: what a kill between the two leaves is a row without a file, or with an empty one.
#[tokio::test(flavor = "multi_thread")]
async fn kill_between_row_and_file_leaves_neither() {
    for left in [None, Some(0), Some(20), Some(44)] {
        let office = Office::open().await;
        let ana = office.desk(0, Quirks::default()).await;
        let _talk = office.talking(&ana).await;
        until_file(&office).await;
        let office = office
            .crash_after(|folder, files| {
                assert_eq!(files.len(), 1);
                let path = folder.join(&files[0]);
                match left {
                    None => std::fs::remove_file(path).unwrap(),
                    Some(length) => {
                        std::fs::OpenOptions::new().write(true).open(path).unwrap().set_len(length).unwrap();
                    }
                }
            })
            .await;
        let case = office.only_case().await;
        assert!(case.recordings.is_empty(), "{left:?}: {:#?}", case.recordings);
        assert_eq!(office.files(), [""; 0], "{left:?}");
        office.server.end().await;
    }
}

async fn until_file(office: &Office) {
    let there = async {
        while office.files().is_empty() {
            tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(super::softphone::PATIENCE, there).await.expect("no file");
}
