//! Messages that are read in calls: claimed once, journaled before they are dialled, settled by what the call said.

use std::time::Duration;

use jiff::civil::time;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use odziv::actions::ActionError;
use odziv::actions::announcement::NewAnnouncement;
use odziv::actions::call::{CallArrived, CallEnded, EndedBy};
use odziv::domain::announcement::{Hours, Next, Reached, Refusal, Rules, Told};
use odziv::domain::call::Direction;
use odziv::domain::caller::Caller;
use odziv::domain::case::CaseRef;
use odziv::domain::id::{InteractionId, OutboxId};
use odziv::domain::message::DeliveryState;
use odziv::domain::phone::PhoneNumber;
use odziv::store::outbox_call::MessageProgress;

use super::{World, both};

fn rules() -> Rules {
    Rules {
        tries: 3,
        after_busy: SignedDuration::from_mins(15),
        after_no_answer: SignedDuration::from_mins(20),
        after_trouble: SignedDuration::from_mins(5),
        hours: Hours { from: time(0, 0, 0, 0), until: time(23, 59, 0, 0) },
        zone: TimeZone::UTC,
    }
}

fn announcement(to: &str, due: Timestamp) -> NewAnnouncement {
    NewAnnouncement {
        to: PhoneNumber::parse(to, "RS").unwrap(),
        words: "Сутра нема воде".into(),
        language: None,
        recording: None,
        sender: None,
        case: None,
        recipient: Some(1),
        due,
    }
}

async fn queued(w: &World, to: &str) -> OutboxId {
    w.actions.queue_call(announcement(to, w.now())).await.unwrap()
}

async fn claimed(w: &World) -> Vec<OutboxId> {
    w.actions.claim_calls(10).await.unwrap().iter().map(|call| call.id).collect()
}

async fn journaled(w: &World, id: &str, message: OutboxId) -> Result<InteractionId, ActionError> {
    let call = CallArrived {
        direction: Direction::Out,
        operator: None,
        external_id: id.into(),
        caller: Caller::Name(String::new()),
        called: "+381641234567".into(),
        at: w.now(),
        plan_revision: "@announcement".into(),
    };
    w.actions.journal_announcement(call, message).await
}

async fn progress(w: &World, message: OutboxId) -> MessageProgress {
    w.db.message_progress(message).await.unwrap().unwrap()
}

/// One whole call of a message that is claimed.
async fn called(w: &World, id: &str, message: OutboxId, told: Told) {
    assert_eq!(claimed(w).await, [message]);
    let call = journaled(w, id, message).await.unwrap();
    w.actions.call_told(call, &told, &rules(), w.now()).await.unwrap();
    finished(w, call).await;
}

async fn finished(w: &World, call: InteractionId) {
    let end = CallEnded {
        at: w.now(),
        answered_at: Some(w.now()),
        by: EndedBy::OtherSide,
        walk: vec!["message".into()],
        story: Vec::new(),
    };
    w.actions.finish_call(call, end).await.unwrap();
}

fn refused(status: u16, reason: &str) -> Told {
    Refusal { status, reason: Some(reason.into()) }.told()
}

#[tokio::test]
async fn message_is_claimed_once_and_confirmed_by_a_key() {
    both(async |w| {
        let message = queued(&w, "0641234567").await;
        assert_eq!(claimed(&w).await, [message]);
        assert!(claimed(&w).await.is_empty());
        assert_eq!(progress(&w, message).await.attempts, 0, "nothing was dialled yet");
        let call = journaled(&w, "c1", message).await.unwrap();
        assert_eq!(progress(&w, message).await.attempts, 1);
        let confirmed = Told::by_us(Reached::Confirmed);
        w.actions.call_told(call, &confirmed, &rules(), w.now()).await.unwrap();
        assert_eq!(progress(&w, message).await.state, DeliveryState::Delivered);
        // What comes late, or twice, changes nothing.
        w.actions.call_told(call, &Told::by_us(Reached::Unconfirmed), &rules(), w.now()).await.unwrap();
        finished(&w, call).await;
        let calls = w.db.calls_of_message(message).await.unwrap();
        assert_eq!((calls.len(), calls[0].told.clone()), (1, Some(confirmed)));
        assert_eq!(progress(&w, message).await.state, DeliveryState::Delivered);
    })
    .await;
}

#[tokio::test]
async fn what_is_about_a_case_is_called_first_and_nothing_before_its_time() {
    both(async |w| {
        let case = w.opened("t1", "0651111111", "Нема воде").await;
        let due = w.now() + Duration::from_secs(60);
        let later = w.actions.queue_call(announcement("0643333333", due)).await.unwrap();
        let many = queued(&w, "0642222222").await;
        let about =
            NewAnnouncement { case: Some(case.id), recipient: None, ..announcement("0651111111", w.now()) };
        let one = w.actions.queue_call(about).await.unwrap();
        assert_eq!(claimed(&w).await, [one, many]);
        w.clock.advance(Duration::from_secs(60));
        assert_eq!(claimed(&w).await, [later]);
    })
    .await;
}

#[tokio::test]
async fn number_is_called_again_after_its_pause_and_given_up_after_its_tries() {
    both(async |w| {
        let message = queued(&w, "0641234567").await;
        for (n, told) in [refused(486, "Busy Here"), Told::by_us(Reached::NoAnswer)].into_iter().enumerate() {
            called(&w, &format!("c{n}"), message, told).await;
            assert_eq!(progress(&w, message).await.state, DeliveryState::Queued);
            assert!(claimed(&w).await.is_empty(), "there is a pause");
            w.clock.advance(Duration::from_secs(20 * 60));
        }
        // Trouble on the way is no try.
        called(&w, "trouble", message, refused(503, "Service Unavailable")).await;
        w.clock.advance(Duration::from_secs(5 * 60));
        called(&w, "last", message, Told::by_us(Reached::Unconfirmed)).await;
        let end = progress(&w, message).await;
        assert_eq!((end.state, end.attempts), (DeliveryState::Undeliverable, 4));
        assert_eq!(end.error.as_deref(), Some("answered, but not confirmed, called 4 times"));
        let codes: Vec<Option<u16>> =
            w.db.calls_of_message(message)
                .await
                .unwrap()
                .into_iter()
                .map(|call| call.told.unwrap().code)
                .collect();
        assert_eq!(codes, [Some(486), None, Some(503), None]);
    })
    .await;
}

#[tokio::test]
async fn number_that_does_not_exist_is_given_up_at_once() {
    both(async |w| {
        let message = queued(&w, "0641234567").await;
        called(&w, "c1", message, refused(404, "Not Found")).await;
        let end = progress(&w, message).await;
        assert_eq!(end.state, DeliveryState::Undeliverable);
        assert_eq!(end.error.as_deref(), Some("no such number (404 Not Found)"));
    })
    .await;
}

#[tokio::test]
async fn message_that_was_not_dialled_goes_back_or_is_rejected() {
    both(async |w| {
        let message = queued(&w, "0641234567").await;
        assert_eq!(claimed(&w).await, [message]);
        w.actions.call_not_placed(message, Next::Again(w.now())).await.unwrap();
        assert_eq!(claimed(&w).await, [message]);
        let never = Next::Over(DeliveryState::Rejected, Some("premium numbers are not allowed".into()));
        w.actions.call_not_placed(message, never).await.unwrap();
        let end = progress(&w, message).await;
        assert_eq!((end.state, end.attempts), (DeliveryState::Rejected, 0));
    })
    .await;
}

/// The process dies while somebody listens: nobody knows whether they heard it, and they are not called again by a machine.
#[tokio::test]
async fn killed_in_the_middle_it_is_uncertain_and_never_called_again_by_itself() {
    both(async |w| {
        let dialled = queued(&w, "0641234567").await;
        let claimed_only = queued(&w, "0642222222").await;
        assert_eq!(claimed(&w).await, [dialled, claimed_only]);
        let call = journaled(&w, "c1", dialled).await.unwrap();
        w.actions.recover_calls(&|_| None).await.unwrap();
        assert_eq!(w.actions.recover_outbox().await.unwrap(), 2);
        for message in [dialled, claimed_only] {
            assert_eq!(progress(&w, message).await.state, DeliveryState::Uncertain);
        }
        w.clock.advance(Duration::from_secs(24 * 3_600));
        assert!(claimed(&w).await.is_empty());
        // What the dead process would have said comes too late.
        let calls = w.db.calls_of_message(dialled).await.unwrap();
        assert_eq!((calls[0].interaction, calls[0].told.clone()), (call, None));
    })
    .await;
}

#[tokio::test]
async fn message_that_was_settled_meanwhile_is_not_dialled() {
    both(async |w| {
        let message = queued(&w, "0641234567").await;
        assert!(matches!(journaled(&w, "c1", message).await, Err(ActionError::Conflict)), "not claimed");
        assert_eq!(claimed(&w).await, [message]);
        w.actions.recover_outbox().await.unwrap();
        assert!(matches!(journaled(&w, "c2", message).await, Err(ActionError::Conflict)));
        assert!(w.db.calls_of_message(message).await.unwrap().is_empty());
    })
    .await;
}

/// A message to many is not written on the timelines of all who have something open; one about a case stands there with its call.
#[tokio::test]
async fn call_stands_on_the_case_that_its_message_is_about_and_on_no_other() {
    both(async |w| {
        let case = w.opened("t1", "0641234567", "Нема воде").await;
        let kinds = async |case: &CaseRef| w.kinds(case).await;
        let before = kinds(&case).await;
        let many = queued(&w, "0641234567").await;
        called(&w, "c1", many, Told::by_us(Reached::Confirmed)).await;
        assert_eq!(kinds(&case).await, before);

        let about =
            NewAnnouncement { case: Some(case.id), recipient: None, ..announcement("0641234567", w.now()) };
        let message = w.actions.queue_call(about).await.unwrap();
        called(&w, "c2", message, Told::by_us(Reached::Confirmed)).await;
        assert_eq!(kinds(&case).await, format!("{before} text_reported called_out"));
    })
    .await;
}
