//! A call becomes exactly one case, wherever it ends.

use std::time::Duration;

use odziv::domain::caller::Caller;
use odziv::domain::case::Channel;
use odziv::domain::timeline::Entry;

use super::{both, caller, phone};

#[tokio::test]
async fn call_with_category_and_recording_is_one_case() {
    both(async |w| {
        let call = w.journal("call-1", caller("0641234567")).await;
        let opened = w.actions.open_call_case(call, "water", w.now()).await.unwrap();
        assert_eq!(opened.number.as_str(), "400-1/2026-01");
        let recording = w.actions.start_recording(call, "recordings/1.wav".into(), w.now()).await.unwrap();
        assert_eq!(w.db.recording(recording).await.unwrap().unwrap().length_ms, None);
        w.actions.finish_recording(recording, Some(Duration::from_millis(4_200))).await.unwrap();
        let outbox = w.actions.send_call_text(call, "receipt").await.unwrap().unwrap();
        assert_eq!(
            w.actions.send_call_text(call, "receipt").await.unwrap(),
            Some(outbox),
            "asked twice, sent once"
        );
        assert_eq!(w.actions.finish_call(call, w.ended()).await.unwrap(), Some(opened.clone()));
        assert_eq!(
            w.actions.finish_call(call, w.ended()).await.unwrap(),
            Some(opened.clone()),
            "ended twice"
        );

        let detail = w.detail(&opened).await;
        assert_eq!(detail.case.channel, Channel::Call);
        assert_eq!(w.kinds(&opened).await, "opened call_arrived recorded text_queued call_ended");
        assert_eq!(detail.recordings.len(), 1);
        assert_eq!(detail.recordings[0].length_ms, Some(4_200));
        assert_eq!(detail.texts.len(), 1);
        assert!(detail.texts[0].words.contains("400-1/2026-01") && detail.texts[0].words.is_ascii());
        assert_eq!(detail.person.unwrap().phones, [phone("0641234567")]);
        let directory = w.db.directory();
        let category = directory.category(detail.case.category).unwrap();
        assert_eq!((category.key.as_str(), category.department), ("water", detail.case.department));
    })
    .await;
}

#[tokio::test]
async fn call_is_journaled_once_however_often_it_arrives() {
    both(async |w| {
        let first = w.journal("call-1", caller("0641234567")).await;
        assert_eq!(w.journal("call-1", caller("0641234567")).await, first);
        assert_ne!(w.journal("call-2", caller("0641234567")).await, first);
    })
    .await;
}

#[tokio::test]
async fn hang_up_without_a_word_is_a_missed_call() {
    both(async |w| {
        let call = w.journal("call-1", Caller::Hidden).await;
        let case = w.actions.finish_call(call, w.ended()).await.unwrap().unwrap();
        let detail = w.detail(&case).await;
        assert_eq!(detail.case.channel, Channel::MissedCall);
        assert!(detail.person.is_none() && detail.case.caller.is_none());
        assert_eq!(w.kinds(&case).await, "opened call_arrived call_ended");
        assert_eq!(w.actions.send_call_text(call, "receipt").await.unwrap(), None, "nobody to write to");
    })
    .await;
}

#[tokio::test]
async fn words_after_hours_are_a_voicemail_with_its_receipt() {
    both(async |w| {
        let call = w.journal("call-1", caller("0641234567")).await;
        let recording = w.actions.start_recording(call, "recordings/1.wav".into(), w.now()).await.unwrap();
        w.actions.finish_recording(recording, Some(Duration::from_secs(9))).await.unwrap();
        w.actions.send_call_text(call, "receipt").await.unwrap().unwrap();
        let case = w.actions.finish_call(call, w.ended()).await.unwrap().unwrap();
        assert_eq!(w.detail(&case).await.case.channel, Channel::Voicemail);
        assert_eq!(w.kinds(&case).await, "opened call_arrived recorded text_queued call_ended");
    })
    .await;
}

#[tokio::test]
async fn too_short_a_recording_is_dropped() {
    both(async |w| {
        let call = w.journal("call-1", caller("0641234567")).await;
        let recording = w.actions.start_recording(call, "recordings/1.wav".into(), w.now()).await.unwrap();
        w.actions.finish_recording(recording, None).await.unwrap();
        let case = w.actions.finish_call(call, w.ended()).await.unwrap().unwrap();
        let detail = w.detail(&case).await;
        assert_eq!(detail.case.channel, Channel::MissedCall);
        assert!(detail.recordings.is_empty());
        assert!(w.db.recording(recording).await.unwrap().is_none());
    })
    .await;
}

#[tokio::test]
async fn another_key_moves_the_case_and_opens_no_second_one() {
    both(async |w| {
        let call = w.journal("call-1", caller("0641234567")).await;
        let opened = w.actions.open_call_case(call, "water", w.now()).await.unwrap();
        let moved = w.actions.open_call_case(call, "roads", w.now()).await.unwrap();
        assert_eq!(opened, moved);
        assert_eq!(w.kinds(&opened).await, "opened call_arrived category_changed department_changed");
        let case = w.detail(&opened).await.case;
        let directory = w.db.directory();
        assert_eq!(case.category, directory.category_by_key("roads").unwrap().id);
        assert_eq!(case.department, directory.department_by_key("roads").map(|d| d.id));
        assert!(w.actions.open_call_case(call, "no such", w.now()).await.is_err());
    })
    .await;
}

#[tokio::test]
async fn calls_of_a_killed_process_are_finished_at_the_next_start() {
    both(async |w| {
        let silent = w.journal("silent", caller("0641234567")).await;
        let spoke = w.journal("spoke", caller("0647654321")).await;
        w.actions.start_recording(spoke, "recordings/2.wav".into(), w.now()).await.unwrap();
        let lost = w.journal("lost", caller("0640000000")).await;
        w.actions.open_call_case(lost, "waste", w.now()).await.unwrap();
        w.actions.start_recording(lost, "recordings/gone.wav".into(), w.now()).await.unwrap();
        let ended = w.journal("ended", Caller::Hidden).await;
        w.actions.finish_call(ended, w.ended()).await.unwrap();

        let length_of = |path: &str| path.ends_with("2.wav").then_some(Duration::from_secs(7));
        assert_eq!(w.actions.recover_calls(&length_of).await.unwrap(), 3);
        assert_eq!(w.actions.recover_calls(&length_of).await.unwrap(), 0);

        let channels = [(silent, Channel::MissedCall), (spoke, Channel::Voicemail), (lost, Channel::Call)];
        for (call, channel) in channels {
            let case = w.actions.finish_call(call, w.ended()).await.unwrap().unwrap();
            let detail = w.detail(&case).await;
            assert_eq!(detail.case.channel, channel);
            let ends = detail
                .timeline
                .iter()
                .filter(|e| matches!(&e.entry, Entry::CallEnded { by, .. } if by == "restart"));
            assert_eq!(ends.count(), 1);
        }
    })
    .await;
}
