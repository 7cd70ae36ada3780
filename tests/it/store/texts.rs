//! A text becomes a case, or an entry on the open one.

use std::time::Duration;

use odziv::actions::text::{TextArrived, TextOutcome};
use odziv::domain::caller::Caller;
use odziv::domain::case::Channel;
use odziv::domain::message::{PartOf, TextPart};
use odziv::domain::timeline::Entry;

use super::{SYSTEM, World, both, phone, resolved};

#[tokio::test]
async fn text_opens_a_case_and_its_receipt_is_queued_with_it() {
    both(async |w| {
        let case = w.opened("t1", "0641234567", "Пукла је цев у Дунавској 5").await;
        let detail = w.detail(&case).await;
        assert_eq!(detail.case.channel, Channel::Sms);
        assert_eq!(detail.case.summary, "Пукла је цев у Дунавској 5");
        assert_eq!(w.kinds(&case).await, "opened text_received text_queued");
        assert_eq!(detail.texts.len(), 1);
        assert!(detail.texts[0].words.starts_with("Ваша пријава"), "in the script of the citizen");
        assert!(detail.texts[0].words.contains(case.number.as_str()));
    })
    .await;
}

#[tokio::test]
async fn same_text_again_is_a_duplicate() {
    both(async |w| {
        w.opened("t1", "0641234567", "Nema vode").await;
        let again = w.actions.receive_text(w.text("t1", "0641234567", "Nema vode")).await.unwrap();
        assert_eq!(again, TextOutcome::Duplicate);
        let renamed = TextArrived { former_id: Some("t1".into()), ..w.text("t2", "0641234567", "Nema vode") };
        assert_eq!(w.actions.receive_text(renamed).await.unwrap(), TextOutcome::Duplicate);
    })
    .await;
}

#[tokio::test]
async fn further_text_joins_the_open_case_within_the_window() {
    both(async |w| {
        let case = w.opened("t1", "0641234567", "Nema vode").await;
        w.clock.advance(Duration::from_secs(3_600));
        let more = w.actions.receive_text(w.text("t2", "+381641234567", "jos uvek")).await.unwrap();
        assert_eq!(more, TextOutcome::Added(case.clone()));
        assert_eq!(w.kinds(&case).await, "opened text_received text_queued text_received");
        assert!(matches!(
            w.actions.receive_text(w.text("t3", "0647654321", "Drugi gradjanin")).await.unwrap(),
            TextOutcome::Opened(_)
        ));

        w.clock.advance(Duration::from_secs(73 * 3_600));
        let late = w.actions.receive_text(w.text("t4", "0641234567", "opet")).await.unwrap();
        assert!(matches!(late, TextOutcome::Opened(_)), "after the window");
    })
    .await;
}

#[tokio::test]
async fn text_after_the_answer_opens_a_new_case() {
    both(async |w| {
        let case = w.opened("t1", "0641234567", "Nema vode").await;
        let version = w.detail(&case).await.case.version;
        w.actions.answer_case(&SYSTEM, case.id, version, resolved("Voda je tu.")).await.unwrap();
        let next = w.actions.receive_text(w.text("t2", "0641234567", "Nema struje")).await.unwrap();
        assert!(matches!(next, TextOutcome::Opened(_)));
    })
    .await;
}

#[tokio::test]
async fn sender_without_a_number_gets_a_case_but_no_receipt() {
    both(async |w| {
        let text =
            TextArrived { sender: Caller::Name("INFO".into()), ..w.text("t1", "0641234567", "obavestenje") };
        let TextOutcome::Opened(case) = w.actions.receive_text(text).await.unwrap() else { panic!() };
        let detail = w.detail(&case).await;
        assert_eq!(detail.case.caller.as_deref(), Some("INFO"));
        assert!(detail.texts.is_empty() && detail.person.is_none());
    })
    .await;
}

#[tokio::test]
async fn long_text_in_any_order_with_doubled_parts_is_one_case() {
    both(async |w| {
        // The surrogate pair is cut in two between the second and the third part.
        let words = format!("{}🚰{}", "ш".repeat(133), "ж".repeat(65));
        for (order, reference) in [([1, 2, 3], 1), ([3, 1, 2], 2), ([2, 3, 1], 3)] {
            let from = format!("06412345{reference}0");
            let mut outcome = TextOutcome::Waiting;
            for index in order {
                assert_eq!(outcome, TextOutcome::Waiting);
                outcome = w.actions.receive_text(part(&w, &from, &words, reference, index)).await.unwrap();
                let doubled =
                    w.actions.receive_text(part(&w, &from, &words, reference, index)).await.unwrap();
                assert_eq!(doubled, TextOutcome::Duplicate);
            }
            let TextOutcome::Opened(case) = outcome else { panic!("{outcome:?}") };
            assert_eq!(received(&w, &case).await, (words.clone(), true));
        }
    })
    .await;
}

#[tokio::test]
async fn long_text_that_never_comes_whole_is_a_case_in_the_end() {
    both(async |w| {
        let words = "а".repeat(200);
        for index in [1, 3] {
            w.actions.receive_text(part(&w, "0641234567", &words, 9, index)).await.unwrap();
        }
        assert_eq!(w.actions.assemble_overdue_texts(w.now()).await.unwrap(), 0);
        w.clock.advance(Duration::from_secs(301));
        assert_eq!(w.actions.assemble_overdue_texts(w.now()).await.unwrap(), 1);
        assert_eq!(w.actions.assemble_overdue_texts(w.now()).await.unwrap(), 0);
        let person = w.db.person_by_phone(&phone("0641234567")).await.unwrap().unwrap();
        let filter = odziv::store::case_list::CaseFilter { person: Some(person.id), ..Default::default() };
        let rows = w.db.case_list(&filter, None, 10).await.unwrap().rows;
        assert_eq!(rows.len(), 1);
        let case = odziv::domain::case::CaseRef { id: rows[0].id, number: rows[0].number.clone() };
        assert_eq!(received(&w, &case).await, (format!("{}[…]{}", "а".repeat(67), "а".repeat(66)), false));
    })
    .await;
}

fn part(w: &World, from: &str, words: &str, reference: u16, index: u8) -> TextArrived {
    let units: Vec<u16> = words.encode_utf16().collect();
    let units = units.chunks(67).nth(usize::from(index) - 1).unwrap().to_vec();
    let of = Some(PartOf { reference, total: 3, index });
    TextArrived { part: TextPart { units, of }, ..w.text(&format!("{from}-{reference}-{index}"), from, "") }
}

async fn received(w: &World, case: &odziv::domain::case::CaseRef) -> (String, bool) {
    let timeline = w.detail(case).await.timeline;
    timeline
        .into_iter()
        .find_map(|e| match e.entry {
            Entry::TextReceived { words, whole, .. } => Some((words, whole)),
            _ => None,
        })
        .unwrap()
}
