//! Texts of which it is not known whether the network has them, and texts of which nothing is heard.

use std::time::Duration;

use jiff::Timestamp;
use odziv::actions::delivery::{
    Asking, Claimer, DeliveryReport, ReportOutcome, SilentPart, Submission, SubmitResult,
};
use odziv::domain::case::CaseRef;
use odziv::domain::id::{CaseId, OutboxId};
use odziv::domain::message::DeliveryState::{self, Accepted, Delivered, Uncertain, Undeliverable};
use odziv::domain::phone::PhoneNumber;
use odziv::domain::reconcile::{Clues, reference};
use odziv::store::outbox::NewOutboxText;
use odziv::store::{StoreError, Tx, Work};

use super::{World, both};

const NUMBER: &str = "0641234511";

#[tokio::test]
async fn receipt_of_an_unknown_id_is_that_of_the_only_uncertain_text_that_it_fits() {
    both(async |w| {
        let (case, text) = claimed(&w, "1", NUMBER, 1).await;
        w.actions.recover_outbox().await.unwrap();
        let stranger = receipt(&w, "7", Delivered, clues(&w, "0649999999")).await;
        assert_eq!(stranger, ReportOutcome::Unmatched, "of another telephone");
        let old = Clues { submitted: "2020-01-01T10:00:00".parse().ok(), ..clues(&w, NUMBER) };
        assert_eq!(receipt(&w, "8", Delivered, old).await, ReportOutcome::Unmatched, "of another time");
        let other = Clues { beginning: Some("Glasajte".into()), ..clues(&w, NUMBER) };
        assert_eq!(receipt(&w, "9", Delivered, other).await, ReportOutcome::Unmatched, "of other words");
        let of_another = Clues { reference: Some(reference(text.0) + 1), ..clues(&w, NUMBER) };
        assert_eq!(receipt(&w, "10", Delivered, of_another).await, ReportOutcome::Unmatched);
        assert_eq!(state(&w, &case).await, Uncertain);

        assert_eq!(receipt(&w, "77", Delivered, clues(&w, NUMBER)).await, ReportOutcome::Matched);
        assert_eq!(state(&w, &case).await, Delivered);
        assert_eq!(receipt(&w, "77", Delivered, clues(&w, NUMBER)).await, ReportOutcome::Duplicate);
        assert_eq!(w.kinds(&case).await, "opened text_received text_queued text_reported text_reported");
        assert!(w.actions.claim_texts(10).await.unwrap().is_empty());
    })
    .await;
}

#[tokio::test]
async fn of_two_uncertain_texts_to_one_number_nobody_knows_which_is_meant() {
    both(async |w| {
        let (first, _) = claimed(&w, "1", NUMBER, 1).await;
        // The answer to the case is the second text to the same number.
        let second = again_to(&w, &first).await;
        w.actions.recover_outbox().await.unwrap();
        assert_eq!(receipt(&w, "77", Delivered, clues(&w, NUMBER)).await, ReportOutcome::Unmatched);
        // A reference of ours tells them apart.
        let named = Clues { reference: Some(reference(second.0)), ..clues(&w, NUMBER) };
        assert_eq!(receipt(&w, "78", Delivered, named).await, ReportOutcome::Matched);
        let states: Vec<_> = w.detail(&first).await.texts.iter().map(|text| (text.id, text.state)).collect();
        assert_eq!(states.iter().filter(|(_, state)| *state == Delivered).count(), 1);
        assert!(states.contains(&(second, Delivered)));
    })
    .await;
}

#[tokio::test]
async fn receipt_may_be_about_a_text_that_is_on_the_wire_now() {
    both(async |w| {
        let (case, first) = claimed(&w, "1", NUMBER, 1).await;
        let link = "main".to_owned();
        submit(&w, first, SubmitResult::Uncertain { link, message_ids: vec![] }).await;
        let second = again_to(&w, &case).await;
        assert_eq!(receipt(&w, "77", Delivered, clues(&w, NUMBER)).await, ReportOutcome::Unmatched);
        accepted(&w, second, &["77"]).await;
        let texts = w.detail(&case).await.texts;
        let of = |id| texts.iter().find(|text| text.id == id).unwrap().state;
        assert_eq!((of(first), of(second)), (Uncertain, Delivered));
    })
    .await;
}

#[tokio::test]
async fn receipt_that_came_before_the_process_died_is_found_again() {
    both(async |w| {
        let (case, _) = claimed(&w, "1", NUMBER, 1).await;
        assert_eq!(receipt(&w, "77", Undeliverable, clues(&w, NUMBER)).await, ReportOutcome::Unmatched);
        w.actions.recover_outbox().await.unwrap();
        assert_eq!(state(&w, &case).await, Undeliverable);
    })
    .await;
}

#[tokio::test]
async fn parts_whose_answer_was_known_are_kept_and_the_text_is_delivered_when_the_rest_is_found() {
    both(async |w| {
        let (case, text) = claimed(&w, "1", NUMBER, 3).await;
        let ids = ["a1", "a2"].map(str::to_owned).to_vec();
        submit(&w, text, SubmitResult::Uncertain { link: "main".into(), message_ids: ids }).await;
        assert_eq!(state(&w, &case).await, Uncertain);
        let mut asked: Vec<_> = silent(&w, 0).await.into_iter().map(|part| part.message_id).collect();
        asked.sort();
        assert_eq!(asked, ["a1", "a2"]);
        for id in ["a1", "a3", "a2"] {
            assert_eq!(state(&w, &case).await, Uncertain);
            assert_eq!(receipt(&w, id, Delivered, clues(&w, NUMBER)).await, ReportOutcome::Matched, "{id}");
        }
        assert_eq!(state(&w, &case).await, Delivered);
        assert_eq!(receipt(&w, "a4", Delivered, clues(&w, NUMBER)).await, ReportOutcome::Unmatched);
    })
    .await;
}

#[tokio::test]
async fn failed_part_of_an_uncertain_text_is_enough() {
    both(async |w| {
        let (case, text) = claimed(&w, "1", NUMBER, 2).await;
        let message_ids = vec!["a1".to_owned()];
        submit(&w, text, SubmitResult::Uncertain { link: "main".into(), message_ids }).await;
        receipt(&w, "a1", Undeliverable, clues(&w, NUMBER)).await;
        assert_eq!(state(&w, &case).await, Undeliverable);
    })
    .await;
}

#[tokio::test]
async fn ids_that_look_alike_are_told_apart_by_the_telephone() {
    both(async |w| {
        // The SMSC answers in hexadecimal and reports in decimal: 0x10 is 16, 0x16 is 22.
        let (ten, first) = claimed(&w, "1", "0641234511", 1).await;
        let (sixteen, second) = claimed(&w, "2", "0641234522", 1).await;
        accepted(&w, second, &["16"]).await;
        // It overtakes the answer to its own submit, and is not about the other one.
        assert_eq!(receipt(&w, "16", Delivered, clues(&w, "0641234511")).await, ReportOutcome::Unmatched);
        assert_eq!(state(&w, &sixteen).await, Accepted);
        accepted(&w, first, &["10"]).await;
        assert_eq!(state(&w, &ten).await, Delivered);
        assert_eq!(receipt(&w, "22", Delivered, clues(&w, "0641234522")).await, ReportOutcome::Matched);
        assert_eq!(state(&w, &sixteen).await, Delivered);
    })
    .await;
}

#[tokio::test]
async fn same_report_again_is_not_one_about_an_id_that_looks_alike() {
    both(async |w| {
        let (_, first) = claimed(&w, "1", "0641234511", 1).await;
        let (sixteen, second) = claimed(&w, "2", "0641234522", 1).await;
        accepted(&w, first, &["10"]).await;
        accepted(&w, second, &["16"]).await;
        assert_eq!(receipt(&w, "10", Delivered, Clues::default()).await, ReportOutcome::Matched);
        assert_eq!(receipt(&w, "10", Delivered, Clues::default()).await, ReportOutcome::Duplicate);
        assert_eq!(state(&w, &sixteen).await, Accepted);
    })
    .await;
}

#[tokio::test]
async fn second_id_of_a_receipt_is_looked_for_too() {
    both(async |w| {
        let (case, text) = claimed(&w, "1", NUMBER, 1).await;
        accepted(&w, text, &["SMSC-77"]).await;
        let both = Clues { other_id: Some("smsc-77".into()), ..clues(&w, NUMBER) };
        assert_eq!(receipt(&w, "0815-unknown", Delivered, both).await, ReportOutcome::Matched);
        assert_eq!(state(&w, &case).await, Delivered);
    })
    .await;
}

#[tokio::test]
async fn silent_texts_are_asked_about_a_few_times_with_growing_pauses() {
    both(async |w| {
        let (_, text) = claimed(&w, "1", NUMBER, 1).await;
        accepted(&w, text, &["77"]).await;
        let hour = 3600;
        let mut asked = Vec::new();
        for hours in 0..100 {
            if !silent(&w, hour).await.is_empty() {
                asked.push(hours);
            }
            assert!(silent(&w, hour).await.is_empty(), "by one at a time");
            w.clock.advance(Duration::from_secs(hour));
        }
        assert_eq!(asked, [1, 3, 7, 15, 31]);
    })
    .await;
}

#[tokio::test]
async fn text_of_which_the_end_is_known_is_not_asked_about() {
    both(async |w| {
        let (_, text) = claimed(&w, "1", NUMBER, 1).await;
        accepted(&w, text, &["77"]).await;
        receipt(&w, "77", Delivered, clues(&w, NUMBER)).await;
        w.clock.advance(Duration::from_secs(7200));
        assert!(silent(&w, 3600).await.is_empty());
        assert!(silent_of(&w, "another", 0).await.is_empty());
    })
    .await;
}

/// A case whose receipt is in the hands of the link, in so many parts.
async fn claimed(w: &World, id: &str, number: &str, parts: usize) -> (CaseRef, OutboxId) {
    let case = w.opened(id, number, "Nema vode").await;
    (case, claim(w, parts).await)
}

async fn claim(w: &World, parts: usize) -> OutboxId {
    let count: fn(&str) -> usize = match parts {
        2 => |_| 2,
        3 => |_| 3,
        _ => |_| 1,
    };
    let claimer = Claimer { smsc: "main".into(), parts: count };
    let texts = w.actions.claim_texts_by(10, claimer).await.unwrap();
    assert_eq!(texts.len(), 1);
    texts.first().unwrap().id
}

/// One more text to the citizen of the case, claimed.
async fn again_to(w: &World, case: &CaseRef) -> OutboxId {
    w.db.write(OneMore { case: case.id, at: w.now() }).await.unwrap();
    claim(w, 1).await
}

struct OneMore {
    case: CaseId,
    at: Timestamp,
}

impl Work for OneMore {
    type Out = ();
    type Error = StoreError;

    async fn run(&self, tx: &mut Tx<'_>) -> Result<(), StoreError> {
        let text = NewOutboxText {
            case: self.case,
            interaction: None,
            template: "reply",
            to: &PhoneNumber::parse(NUMBER, "RS").unwrap(),
            words: "Predmet je primljen",
            at: self.at,
        };
        tx.queue_text(&text).await.map(drop)
    }
}

fn clues(w: &World, number: &str) -> Clues {
    let submitted = w.now().to_zoned(jiff::tz::TimeZone::UTC).datetime();
    Clues {
        numbers: vec![PhoneNumber::parse(number, "RS").unwrap()],
        submitted: Some(submitted),
        ..Clues::default()
    }
}

async fn receipt(w: &World, id: &str, state: DeliveryState, clues: Clues) -> ReportOutcome {
    let report =
        DeliveryReport { link: "main".into(), message_id: id.into(), state, error: None, at: w.now() };
    w.actions.record_receipt(report, clues).await.unwrap()
}

async fn silent(w: &World, after: u64) -> Vec<SilentPart> {
    silent_of(w, "main", after).await
}

async fn silent_of(w: &World, smsc: &str, after: u64) -> Vec<SilentPart> {
    let asking = Asking { smsc: smsc.into(), after: Duration::from_secs(after), limit: 10 };
    w.actions.silent_parts(asking).await.unwrap()
}

async fn accepted(w: &World, id: OutboxId, ids: &[&str]) {
    let message_ids = ids.iter().map(|id| (*id).to_owned()).collect();
    submit(w, id, SubmitResult::Accepted { link: "main".into(), message_ids }).await;
}

async fn submit(w: &World, id: OutboxId, result: SubmitResult) {
    w.actions.record_submissions(vec![Submission { id, result, at: w.now() }]).await.unwrap();
}

async fn state(w: &World, case: &CaseRef) -> DeliveryState {
    w.detail(case).await.texts.first().unwrap().state
}
