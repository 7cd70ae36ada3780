//! A caller asks for the state of a case by number and PIN.

use std::time::Duration;

use odziv::actions::audit::{AuditFilter, What};
use odziv::domain::case::{CaseRef, Status};
use odziv::domain::case_state::CaseState;

use super::{World, both, caller};

async fn opened(w: &World) -> (CaseRef, String, String) {
    let call = w.journal("opening", caller("0641234567")).await;
    let case = w.actions.open_call_case(call, "water", w.now()).await.unwrap();
    w.actions.finish_call(call, w.ended()).await.unwrap();
    let pin = w.db.pin_of(case.id).await.unwrap().expect("every case has a PIN");
    let wrong = if pin == "0000" { "0001" } else { "0000" };
    (case, pin, wrong.to_owned())
}

#[tokio::test]
async fn number_and_pin_tell_the_state_and_the_call_belongs_to_that_case() {
    both(async |w| {
        let (case, pin, wrong) = opened(&w).await;
        let call = w.journal("asking", caller("0651111111")).await;
        let digits = case.number.digits();
        assert_eq!(w.actions.case_state(call, &digits, &wrong, w.now()).await.unwrap(), None);
        assert_eq!(w.actions.case_state(call, "999", &pin, w.now()).await.unwrap(), None);
        let state = w.actions.case_state(call, &digits, &pin, w.now()).await.unwrap();
        assert_eq!(state, Some(CaseState { status: Status::New, department: "water".into() }));
        assert_eq!(w.actions.finish_call(call, w.ended()).await.unwrap().as_ref(), Some(&case));
        assert_eq!(w.kinds(&case).await, "opened call_arrived call_ended state_told call_ended");
    })
    .await;
}

#[tokio::test]
async fn a_matter_of_its_own_is_a_case_of_its_own_although_a_state_was_asked_for() {
    both(async |w| {
        let (case, pin, _) = opened(&w).await;
        let call = w.journal("asking", caller("0651111111")).await;
        w.actions.case_state(call, &case.number.digits(), &pin, w.now()).await.unwrap().unwrap();
        let other = w.actions.open_call_case(call, "roads", w.now()).await.unwrap();
        assert_ne!(other, case);
        assert_eq!(w.actions.finish_call(call, w.ended()).await.unwrap(), Some(other));
    })
    .await;
}

#[tokio::test]
async fn wrong_pins_at_the_same_moment_are_each_counted_and_every_try_is_in_the_audit() {
    both(async |w| {
        let (case, pin, wrong) = opened(&w).await;
        let tries = (0..20).map(|_| {
            let (actions, number, wrong) = (w.actions.clone(), case.number.clone(), wrong.clone());
            tokio::spawn(async move { actions.follow_case(&number, &wrong).await.unwrap() })
        });
        for tried in tries.collect::<Vec<_>>() {
            assert_eq!(tried.await.unwrap(), None);
        }
        assert_eq!(
            w.actions.follow_case(&case.number, &pin).await.unwrap(),
            None,
            "locked by the first five"
        );
        w.clock.advance(Duration::from_secs(60 * 60 + 1));
        assert_eq!(w.actions.follow_case(&case.number, &pin).await.unwrap(), Some(case.id));
        let call = w.journal("asking", caller("0651111111")).await;
        assert_eq!(w.actions.case_state(call, "999", &pin, w.now()).await.unwrap(), None);

        let filter = AuditFilter { what: Some(What::CaseFollowed), ..AuditFilter::default() };
        let tries = w.db.audit_page(&filter, None, 50).await.unwrap();
        let told: Vec<_> = tries.iter().map(|row| (row.link.subject.as_str(), row.detail.as_ref())).collect();
        assert_eq!(told.len(), 23);
        let says = |detail: Option<&(String, Vec<u8>)>| detail.unwrap().0.clone();
        assert_eq!(told[0].0, "unknown");
        assert_eq!(says(told[0].1), r#"{"by":"telephone","right":false}"#);
        assert_eq!(told[1].0, case.id.to_string());
        assert_eq!(says(told[1].1), r#"{"by":"page","right":true}"#);
        assert_eq!(says(told[2].1), r#"{"by":"page","right":false}"#);
    })
    .await;
}

#[tokio::test]
async fn too_many_wrong_pins_lock_the_case_for_an_hour() {
    both(async |w| {
        let (case, pin, wrong) = opened(&w).await;
        let call = w.journal("guessing", caller("0651111111")).await;
        let digits = case.number.digits();
        for _ in 0..5 {
            assert_eq!(w.actions.case_state(call, &digits, &wrong, w.now()).await.unwrap(), None);
        }
        assert_eq!(w.actions.case_state(call, &digits, &pin, w.now()).await.unwrap(), None, "locked");
        let later = w.now() + Duration::from_secs(60 * 60 + 1);
        assert!(w.actions.case_state(call, &digits, &pin, later).await.unwrap().is_some());
        assert_eq!(w.actions.case_state(call, &"1".repeat(500), &pin, later).await.unwrap(), None);
    })
    .await;
}

#[tokio::test]
async fn answers_to_a_survey_come_onto_the_timeline_once() {
    both(async |w| {
        let call = w.journal("answering", caller("0641234567")).await;
        for (question, answer) in [("satisfied", "3"), ("satisfied", "5"), ("solved", "1")] {
            w.actions.survey_answer(call, "service", question, answer, w.now()).await.unwrap();
        }
        let case = w.actions.finish_call(call, w.ended()).await.unwrap().unwrap();
        assert_eq!(w.actions.finish_call(call, w.ended()).await.unwrap().as_ref(), Some(&case));
        assert_eq!(w.kinds(&case).await, "opened call_arrived surveyed call_ended");
    })
    .await;
}

#[tokio::test]
async fn the_receipt_names_the_pin() {
    both(async |w| {
        let call = w.journal("call", caller("0641234567")).await;
        let case = w.actions.open_call_case(call, "water", w.now()).await.unwrap();
        w.actions.send_call_text(call, "receipt").await.unwrap().unwrap();
        let pin = w.db.pin_of(case.id).await.unwrap().unwrap();
        let words = &w.detail(&case).await.texts[0].words;
        assert!(words.contains(&format!("PIN: {pin}")) && words.len() <= 160, "{words}");
    })
    .await;
}
