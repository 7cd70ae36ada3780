//! What became of a text, told in whatever notation and order: it stands on the case, and once.

use std::collections::HashSet;

use odziv::actions::delivery::{DeliveryReport, ReportOutcome};
use odziv::demo::smsc::{Faults, Ids, Options};
use odziv::domain::id::CaseId;
use odziv::domain::message::DeliveryState;
use odziv::domain::timeline::Entry;

use crate::texts::cases::Town;
use crate::texts::{Links, quick, smsc, within};

/// Several at once, so that a receipt could find the wrong text.
const CITIZENS: usize = 9;

/// What the timeline of a case says of the ends of its texts.
async fn reported(town: &Town, case: CaseId) -> Vec<DeliveryState> {
    let timeline = town.timeline(case).await;
    let states = timeline.iter().filter_map(|entry| match entry {
        Entry::TextReported { state, .. } => Some(*state),
        _ => None,
    });
    states.collect()
}

/// Each citizen writes, each gets a receipt of ours, and the SMSC tells of each that it arrived.
async fn texts_and_their_reports(ids: Ids, faults: Faults) {
    let town = Town::new().await;
    let smsc = smsc(Options { ids, faults, ..quick() }).await;
    let links = Links::start(smsc.address(), "", town.actions.clone());
    for citizen in 0..CITIZENS {
        let number = format!("+38164123450{citizen}");
        within(smsc.send_text(&number, "1234", "Нема воде")).await.unwrap();
    }
    within(async {
        loop {
            let mut told = 0;
            for case in town.cases().await {
                told += usize::from(!reported(&town, case).await.is_empty());
            }
            if told == CITIZENS {
                return;
            }
            tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        }
    })
    .await;
    // What is under way gets through before the link ends: second reports of what is known already.
    links.stop().await;
    for case in town.cases().await {
        assert_eq!(reported(&town, case).await, [DeliveryState::Delivered], "{ids:?} {faults:?}");
    }
    assert_eq!(smsc.received().len(), CITIZENS, "and nothing was sent twice");
    let recipients: HashSet<String> = smsc.received().into_iter().map(|text| text.to).collect();
    assert_eq!(recipients.len(), CITIZENS);
}

#[tokio::test]
async fn receipt_is_matched_once_in_every_notation() {
    for ids in [Ids::Decimal, Ids::HexThenDecimal, Ids::Padded, Ids::Uuid] {
        texts_and_their_reports(ids, Faults::default()).await;
    }
}

#[tokio::test]
async fn receipt_that_comes_before_the_answer_to_its_submit_is_matched_once() {
    for ids in [Ids::Decimal, Ids::HexThenDecimal, Ids::Padded, Ids::Uuid] {
        texts_and_their_reports(ids, Faults { receipt_first: true, ..Faults::default() }).await;
    }
}

#[tokio::test]
async fn receipt_that_comes_twice_is_matched_once() {
    for ids in [Ids::Decimal, Ids::HexThenDecimal, Ids::Padded, Ids::Uuid] {
        texts_and_their_reports(ids, Faults { receipt_twice: true, ..Faults::default() }).await;
        let faults = Faults { receipt_first: true, receipt_twice: true, ..Faults::default() };
        texts_and_their_reports(ids, faults).await;
    }
}

#[tokio::test]
async fn receipt_of_a_text_that_nobody_sent_is_kept_from_every_case() {
    let mut town = Town::new().await;
    let smsc = smsc(Options { receipt_after: None, ..quick() }).await;
    let links = Links::start(smsc.address(), "", town.actions.clone());
    within(smsc.send_text("+381641234567", "1234", "Нема воде")).await.unwrap();
    town.until(|timeline| timeline.iter().any(|entry| matches!(entry, Entry::TextQueued { .. }))).await;
    within(async {
        while smsc.received().is_empty() {
            tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        }
    })
    .await;
    links.stop().await;
    let stray = |message_id: &str| DeliveryReport {
        link: "test".into(),
        message_id: message_id.into(),
        state: DeliveryState::Undeliverable,
        error: Some("069".into()),
        at: odziv::clock::Clock::system().now(),
    };
    for id in ["123456789", "0x75BCD15", "6ba7b810-9dad-11d1-80b4-00c04fd430c8", ""] {
        let outcome = town.actions.record_report(stray(id)).await.unwrap();
        assert_ne!(outcome, ReportOutcome::Matched, "{id}");
    }
    let cases = town.cases().await;
    assert_eq!(reported(&town, cases[0]).await, []);
}
