//! Rows of cases are what their timelines add up to. That every story of the other files ends so is seen to by `both`.

use std::time::Duration;

use odziv::actions::call::{CallArrived, Direction};
use odziv::domain::case::{Channel, Status};
use odziv::domain::id::UserId;
use odziv::domain::timeline::Entry;

use super::{SYSTEM, World, both, by_hand, caller, each_store};

#[tokio::test]
async fn row_that_somebody_changed_by_hand_is_named_and_written_anew() {
    for (store, folder) in each_store() {
        let w = World::open(&store, folder.path()).await;
        let first = w.opened("m1", "0641234567", "Пукла цев").await;
        let second = w.opened("m2", "0641234568", "Нема струје").await;
        let version = w.detail(&second).await.case.version;
        w.actions.set_status(&SYSTEM, second.id, version, Status::InProgress).await.unwrap();
        assert_eq!(w.rebuilt(false).await, [""; 0]);

        let lie = "UPDATE case_file SET status = 'closed', summary = 'лаж' WHERE id = 2";
        by_hand(&store, folder.path(), lie).await.unwrap();
        let wrong = [format!(
            "{}: status is closed, its timeline says in_progress, summary is not what its timeline says",
            second.number
        )];
        assert_eq!(w.rebuilt(false).await, wrong);
        assert_eq!(w.rebuilt(false).await, wrong, "looking changes nothing");
        assert_eq!(w.rebuilt(true).await, wrong);
        assert_eq!(w.rebuilt(false).await, [""; 0]);
        assert_eq!(w.detail(&second).await.case.summary, "Нема струје");
        assert_eq!(w.detail(&first).await.case.summary, "Пукла цев");
        w.db.close().await;
    }
}

#[tokio::test]
async fn missed_call_stays_one_when_we_call_back_and_record_it() {
    both(async |w| {
        let call = w.journal("call-1", caller("0641234567")).await;
        let case = w.actions.finish_call(call, w.ended()).await.unwrap().unwrap();
        let back = CallArrived {
            direction: Direction::Out,
            called: "+381641234567".into(),
            ..w.arrived("back-1", caller("0112223333"))
        };
        let back = w.actions.journal_call(back).await.unwrap();
        let recording = w.actions.start_recording(back, "recordings/b.wav".into(), w.now()).await.unwrap();
        w.actions.finish_recording(recording, Some(Duration::from_secs(9))).await.unwrap();
        w.actions.finish_call(back, w.ended()).await.unwrap();
        let detail = w.detail(&case).await;
        assert_eq!(detail.case.channel, Channel::MissedCall);
        assert_eq!(detail.recordings.len(), 1);
    })
    .await;
}

#[tokio::test]
async fn answer_that_is_only_told_at_the_end_of_the_call_is_a_conversation() {
    both(async |w| {
        let call = w.journal("call-1", caller("0641234567")).await;
        let mut ended = w.ended();
        ended.story = vec![
            (w.now(), Entry::Queued { queue: "operators".into() }),
            (w.now(), Entry::AnsweredBy { user: UserId(1), wait_ms: 2_000 }),
        ];
        let case = w.actions.finish_call(call, ended).await.unwrap().unwrap();
        assert_eq!(w.detail(&case).await.case.channel, Channel::Call);
    })
    .await;
}
