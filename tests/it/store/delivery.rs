//! What goes out is written down at every step, and reports find their text.

use std::time::Duration;

use odziv::actions::delivery::{DeliveryReport, ReportOutcome, Submission, SubmitResult};
use odziv::domain::case::CaseRef;
use odziv::domain::id::OutboxId;
use odziv::domain::message::DeliveryState;

use super::{World, both};

#[tokio::test]
async fn text_is_claimed_once_and_its_report_is_on_the_timeline() {
    both(async |w| {
        let (case, text) = claimed(&w, "1").await;
        assert!(w.actions.claim_texts(10).await.unwrap().is_empty());
        assert_eq!(state(&w, &case).await, DeliveryState::Sending);
        accepted(&w, text, &["1A2B3C"]).await;
        assert_eq!(state(&w, &case).await, DeliveryState::Accepted);

        assert_eq!(
            report(&w, "1715004", DeliveryState::Accepted).await,
            ReportOutcome::Matched,
            "on its way"
        );
        assert_eq!(report(&w, "1715004", DeliveryState::Delivered).await, ReportOutcome::Matched);
        assert_eq!(report(&w, "001A2B3C", DeliveryState::Delivered).await, ReportOutcome::Duplicate);
        assert_eq!(state(&w, &case).await, DeliveryState::Delivered);
        assert_eq!(w.kinds(&case).await, "opened text_received text_queued text_reported");
    })
    .await;
}

#[tokio::test]
async fn report_that_overtakes_the_answer_to_its_submit_is_kept_for_it() {
    both(async |w| {
        let (case, text) = claimed(&w, "1").await;
        assert_eq!(report(&w, "77", DeliveryState::Delivered).await, ReportOutcome::Unmatched);
        assert_eq!(report(&w, "77", DeliveryState::Delivered).await, ReportOutcome::Duplicate);
        accepted(&w, text, &["4d"]).await;
        assert_eq!(state(&w, &case).await, DeliveryState::Delivered);
        assert_eq!(w.kinds(&case).await, "opened text_received text_queued text_reported");
    })
    .await;
}

#[tokio::test]
async fn long_text_is_delivered_when_all_its_parts_are() {
    both(async |w| {
        let (case, text) = claimed(&w, "1").await;
        accepted(&w, text, &["a1", "a2", "a3"]).await;
        for id in ["a3", "a1"] {
            assert_eq!(report(&w, id, DeliveryState::Delivered).await, ReportOutcome::Matched);
            assert_eq!(state(&w, &case).await, DeliveryState::Accepted);
        }
        assert_eq!(report(&w, "a2", DeliveryState::Delivered).await, ReportOutcome::Matched);
        assert_eq!(state(&w, &case).await, DeliveryState::Delivered);
    })
    .await;
}

#[tokio::test]
async fn very_id_is_preferred_to_another_notation() {
    both(async |w| {
        let (ten, first) = claimed(&w, "1").await;
        let (sixteen, second) = claimed(&w, "2").await;
        accepted(&w, first, &["10"]).await;
        accepted(&w, second, &["16"]).await;
        report(&w, "10", DeliveryState::Delivered).await;
        assert_eq!(state(&w, &ten).await, DeliveryState::Delivered);
        assert_eq!(state(&w, &sixteen).await, DeliveryState::Accepted);
    })
    .await;
}

#[tokio::test]
async fn refused_for_now_goes_back_and_refused_for_good_is_told() {
    both(async |w| {
        let (case, id) = claimed(&w, "1").await;
        let again = SubmitResult::TryAgain { after: Duration::from_secs(5) };
        submit(&w, id, again).await;
        assert!(w.actions.claim_texts(10).await.unwrap().is_empty(), "not due yet");
        w.clock.advance(Duration::from_secs(5));
        assert_eq!(w.actions.claim_texts(10).await.unwrap().len(), 1);
        submit(&w, id, SubmitResult::Rejected { code: 0xb, reason: "invalid destination".into() }).await;
        assert_eq!(state(&w, &case).await, DeliveryState::Rejected);
        assert_eq!(w.kinds(&case).await, "opened text_received text_queued text_reported");
    })
    .await;
}

#[tokio::test]
async fn text_that_was_on_the_wire_at_the_kill_is_uncertain_and_not_sent_again() {
    both(async |w| {
        let (case, _) = claimed(&w, "1").await;
        assert_eq!(w.actions.recover_outbox().await.unwrap(), 1);
        assert_eq!(w.actions.recover_outbox().await.unwrap(), 0);
        assert_eq!(state(&w, &case).await, DeliveryState::Uncertain);
        assert!(w.actions.claim_texts(10).await.unwrap().is_empty());
    })
    .await;
}

#[tokio::test]
async fn many_texts_are_claimed_by_several_at_once_each_by_one() {
    both(async |w| {
        for n in 0..60 {
            w.opened(&format!("t{n}"), &format!("0641234{n:03}"), "Nema vode").await;
        }
        let claims = (0..6).map(|_| {
            let actions = w.actions.clone();
            tokio::spawn(async move { actions.claim_texts(10).await.unwrap() })
        });
        let mut ids = Vec::new();
        for claim in claims.collect::<Vec<_>>() {
            ids.extend(claim.await.unwrap().into_iter().map(|text| text.id));
        }
        ids.extend(w.actions.claim_texts(60).await.unwrap().into_iter().map(|text| text.id));
        ids.sort();
        ids.dedup();
        assert_eq!(ids.len(), 60);
        let all = |id: &OutboxId| Submission {
            id: *id,
            result: SubmitResult::Accepted { link: "main".into(), message_ids: vec![format!("m{id}")] },
            at: w.now(),
        };
        w.actions.record_submissions(ids.iter().map(all).collect()).await.unwrap();
        for id in &ids {
            assert_eq!(report(&w, &format!("M{id}"), DeliveryState::Delivered).await, ReportOutcome::Matched);
        }
    })
    .await;
}

/// A case whose receipt is in the hands of the link.
async fn claimed(w: &World, id: &str) -> (CaseRef, OutboxId) {
    let case = w.opened(id, &format!("06412345{id}{id}"), "Nema vode").await;
    let texts = w.actions.claim_texts(10).await.unwrap();
    assert_eq!(texts.len(), 1);
    (case, texts.first().unwrap().id)
}

async fn accepted(w: &World, id: OutboxId, ids: &[&str]) {
    let message_ids = ids.iter().map(|id| (*id).to_owned()).collect();
    submit(w, id, SubmitResult::Accepted { link: "main".into(), message_ids }).await;
}

async fn submit(w: &World, id: OutboxId, result: SubmitResult) {
    w.actions.record_submissions(vec![Submission { id, result, at: w.now() }]).await.unwrap();
}

async fn report(w: &World, id: &str, state: DeliveryState) -> ReportOutcome {
    let report =
        DeliveryReport { link: "main".into(), message_id: id.into(), state, error: None, at: w.now() };
    w.actions.record_report(report).await.unwrap()
}

async fn state(w: &World, case: &CaseRef) -> DeliveryState {
    w.detail(case).await.texts.first().unwrap().state
}
