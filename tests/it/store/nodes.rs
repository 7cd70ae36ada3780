//! Several nodes on one database: none takes the calls and messages of one that lives, and none stays in the hands of one that is gone.

use std::time::Duration;

use odziv::actions::ActionError;
use odziv::actions::mail::MailArrived;
use odziv::domain::case::Channel;
use odziv::domain::id::WebhookId;
use odziv::domain::mail::MailKind;
use odziv::domain::message::DeliveryState;
use odziv::domain::webhook::{Allowed, Event};
use odziv::store::webhook::DeliveryRow;

use super::mails::{ANA, letter, mail};
use super::{SYSTEM, World, by_hand, caller, each_store};

#[tokio::test]
async fn a_node_that_starts_leaves_alone_what_another_has_in_its_hands() {
    for (store, folder) in each_store() {
        let here = node(&store, folder.path(), "here").await;
        let there = node(&store, folder.path(), "there").await;
        let case = here.opened("t1", "0641234567", "Нема воде").await;
        assert_eq!(here.actions.claim_texts(10).await.unwrap().len(), 1);
        here.journal("c1", caller("0651111111")).await;
        let state = async || here.detail(&case).await.texts[0].state;

        assert_eq!(recovered(&there).await, (0, 0));
        assert_eq!(there.actions.take_up().await.unwrap(), 0);
        assert_eq!(state().await, DeliveryState::Sending);
        // It says that it lives, for longer than one that is gone would be waited for.
        for _ in 0..3 {
            for world in [&here, &there] {
                world.clock.advance(Duration::from_secs(240));
                world.actions.beat().await.unwrap();
            }
            assert_eq!(there.actions.take_up().await.unwrap(), 0);
        }
        there.clock.advance(Duration::from_secs(660));
        assert_eq!(there.actions.take_up().await.unwrap(), 2, "a call and a text of one that is gone");
        assert_eq!(state().await, DeliveryState::Uncertain);
        assert_eq!(there.actions.take_up().await.unwrap(), 0);
        here.db.close().await;
        there.db.close().await;
    }
}

#[tokio::test]
async fn a_node_that_starts_again_settles_what_it_left_at_once() {
    for (store, folder) in each_store() {
        let before = node(&store, folder.path(), "here").await;
        before.opened("t1", "0641234567", "Нема воде").await;
        before.actions.claim_texts(10).await.unwrap();
        before.journal("c1", caller("0651111111")).await;
        before.db.close().await;
        let after = node(&store, folder.path(), "here").await;
        assert_eq!(after.actions.take_up().await.unwrap(), 0, "its own are for its start");
        assert_eq!(recovered(&after).await, (1, 1));
        after.db.close().await;
    }
}

#[tokio::test]
async fn a_recording_waits_for_the_node_on_whose_disk_it_is() {
    for (store, folder) in each_store() {
        let before = node(&store, folder.path(), "here").await;
        let call = before.journal("c1", caller("0651111111")).await;
        before.actions.start_recording(call, "recordings/1.wav".into(), before.now()).await.unwrap();
        before.db.close().await;

        let there = node(&store, folder.path(), "there").await;
        there.clock.advance(Duration::from_secs(660));
        there.actions.beat().await.unwrap();
        assert_eq!(recovered(&there).await, (1, 0));
        let case = there.actions.finish_call(call, there.ended()).await.unwrap().unwrap();
        assert_eq!(there.detail(&case).await.case.channel, Channel::MissedCall);

        let after = node(&store, folder.path(), "here").await;
        let seven = |_: &str| Some(Duration::from_secs(7));
        assert_eq!(after.actions.recover_calls(&seven).await.unwrap(), 0, "it was ended");
        let detail = after.detail(&case).await;
        assert_eq!((detail.case.channel, detail.recordings.len()), (Channel::Voicemail, 1));
        assert_eq!(detail.recordings[0].length_ms, Some(7_000));
        after.db.close().await;
        there.db.close().await;
    }
}

#[tokio::test]
async fn what_the_database_refuses_is_told_from_a_database_that_is_away() {
    for (store, folder) in each_store() {
        let w = node(&store, folder.path(), "here").await;
        let refuse = "CREATE TRIGGER refuse BEFORE INSERT ON mail_received WHEN NEW.subject = 'зла' \
             BEGIN SELECT RAISE(ABORT, 'refused'); END";
        let check = "ALTER TABLE mail_received ADD CONSTRAINT refuse CHECK (subject <> 'зла')";
        let sql = if store.url.is_empty() { refuse } else { check };
        by_hand(&store, folder.path(), sql).await.unwrap();
        let bad = MailArrived {
            what: letter(MailKind::Ordinary, "рупа"),
            ..mail(&w, "m1", ANA, "зла", "рупа")
        };
        let refused = w.actions.receive_mail(bad, None).await;
        assert!(matches!(refused, Err(ActionError::Refused(_))), "{refused:?}");
        let good = w.actions.receive_mail(mail(&w, "m2", ANA, "добра", "рупа"), None).await;
        assert!(good.is_ok(), "{good:?}");
        w.db.close().await;
    }
}

#[tokio::test]
async fn a_node_that_does_not_know_that_a_webhook_is_gone_opens_cases_all_the_same() {
    for (store, folder) in each_store() {
        let (here, there) =
            (World::open(&store, folder.path()).await, World::open(&store, folder.path()).await);
        here.actions.allow_webhooks(Allowed { plain_http: true, private_addresses: true });
        let (id, _) = here
            .actions
            .add_webhook(&SYSTEM, "http://127.0.0.1:9/hook", vec![Event::CaseOpened])
            .await
            .unwrap();
        there.db.refresh_webhooks().await.unwrap();
        there.opened("1", "+381641111111", "Нема воде").await;
        assert_eq!(log(&here, id).await.len(), 1);
        here.actions.remove_webhook(&SYSTEM, id).await.unwrap();
        there.opened("2", "+381642222222", "Нема струје").await;
        assert!(log(&here, id).await.is_empty());
        assert!(here.db.webhook(id).await.unwrap().is_none());
        here.db.close().await;
        there.db.close().await;
    }
}

async fn log(w: &World, id: WebhookId) -> Vec<DeliveryRow> {
    w.db.webhook_deliveries(id, None, 100).await.unwrap()
}

async fn node(store: &odziv::config::store::Store, folder: &std::path::Path, id: &str) -> World {
    let world = World::open(store, folder).await;
    world.actions.be_node(id.into());
    world.actions.beat().await.unwrap();
    world
}

/// Calls and messages.
async fn recovered(w: &World) -> (usize, usize) {
    let calls = w.actions.recover_calls(&|_: &str| None).await.unwrap();
    (calls, w.actions.recover_outbox().await.unwrap())
}
