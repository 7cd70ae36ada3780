//! The link against the built-in SMSC and its faults.

use std::collections::HashSet;

use odziv::actions::delivery::SubmitResult;
use odziv::demo::smsc::{DeliverError, Faults, Ids, Options};
use odziv::domain::caller::Caller;
use odziv::domain::message::DeliveryState;
use odziv::domain::phone::PhoneNumber;
use odziv::messaging::handle::LinkState;

use super::journal::Journal;
use super::{Links, quick, smsc, within};

const CITIZEN: &str = "+381641234567";

#[tokio::test]
async fn text_is_acknowledged_when_it_is_journaled() {
    let (smsc, journal) = (smsc(quick()).await, Journal::new());
    let links = Links::start(smsc.address(), "", journal.clone());
    within(smsc.send_text(CITIZEN, "1234", "Нема воде")).await.unwrap();
    {
        let inner = journal.lock();
        let text = &inner.received[0];
        assert_eq!(text.sender, Caller::Number(PhoneNumber::parse(CITIZEN, "RS").unwrap()));
        assert_eq!((text.recipient.as_str(), text.part.of), ("1234", None));
        assert_eq!(String::from_utf16(&text.part.units).unwrap(), "Нема воде");
    }
    let status = links.status();
    assert_eq!((status.state, status.received), (LinkState::Bound, 1));
    links.stop().await;
}

#[tokio::test]
async fn text_comes_again_while_the_journal_is_away_and_is_kept_once() {
    let (smsc, journal) = (smsc(quick()).await, Journal::new());
    journal.lock().unavailable = true;
    let links = Links::start(smsc.address(), "", journal.clone());
    let sending = tokio::spawn({
        let smsc = smsc.clone();
        async move { smsc.send_text(CITIZEN, "1234", "Rupa na putu").await }
    });
    journal.until(|inner| inner.refused >= 3).await;
    journal.lock().unavailable = false;
    within(sending).await.unwrap().unwrap();
    assert_eq!(journal.counts(), (1, 0));
    links.stop().await;
}

#[tokio::test]
async fn long_text_in_shuffled_and_doubled_parts_is_whole() {
    let (smsc, journal) = (smsc(quick()).await, Journal::new());
    let links = Links::start(smsc.address(), "", journal.clone());
    let words = "Пријављујем квар ".repeat(12);
    let mut parts = smsc.parts(CITIZEN, "1234", &words).unwrap();
    parts.rotate_left(1);
    parts.push(parts[0].clone());
    within(smsc.deliver(parts)).await.unwrap();
    links.stop().await;
    let inner = journal.lock();
    assert_eq!((inner.received.len(), inner.duplicates), (4, 1));
    let mut parts: Vec<_> =
        inner.received.iter().map(|text| (text.part.of.unwrap(), &text.part.units)).collect();
    parts.sort_by_key(|(of, _)| of.index);
    assert!(parts.iter().all(|(of, _)| of.total == 4 && of.reference == parts[0].0.reference));
    let units: Vec<u16> = parts.into_iter().flat_map(|(_, units)| units.clone()).collect();
    assert_eq!(String::from_utf16(&units).unwrap(), words);
}

#[tokio::test]
async fn text_delivered_twice_is_kept_once() {
    let faults = Faults { deliver_twice: true, ..Faults::default() };
    let (smsc, journal) = (smsc(Options { faults, ..quick() }).await, Journal::new());
    let links = Links::start(smsc.address(), "", journal.clone());
    within(smsc.send_text(CITIZEN, "1234", "Nema struje")).await.unwrap();
    assert_eq!(journal.counts(), (1, 1));
    links.stop().await;
}

#[tokio::test]
async fn texts_of_one_citizen_stay_in_order() {
    let (smsc, journal) = (smsc(quick()).await, Journal::new());
    let links = Links::start(smsc.address(), "", journal.clone());
    let texts =
        (0..20).flat_map(|number| smsc.parts(CITIZEN, "1234", &format!("{number:02}")).unwrap()).collect();
    within(smsc.deliver(texts)).await.unwrap();
    let words: Vec<String> =
        journal.lock().received.iter().map(|text| String::from_utf16(&text.part.units).unwrap()).collect();
    assert!(words.is_sorted() && words.len() == 20, "{words:?}");
    links.stop().await;
}

#[tokio::test]
async fn our_text_goes_out_and_its_receipt_comes_back_in_every_notation() {
    for (ids, answered, receipted) in [
        (Ids::Decimal, "1", "1"),
        (Ids::HexThenDecimal, "1", "1"),
        (Ids::Padded, "1", "0000000001"),
        (Ids::Uuid, "9e3779b9-5a3e-4c1d-9b7f-000000000001", "9e3779b9-5a3e-4c1d-9b7f-000000000001"),
    ] {
        let (smsc, journal) = (smsc(Options { ids, ..quick() }).await, Journal::new());
        let links = Links::start(smsc.address(), "", journal.clone());
        journal.queue(1, "Ваш предмет је 400-73/2026-01.");
        journal.until(|inner| inner.reports.len() == 1 && inner.submissions.len() == 1).await;
        {
            let inner = journal.lock();
            let accepted = SubmitResult::Accepted { link: "test".into(), message_ids: vec![answered.into()] };
            assert_eq!(inner.results(), [&accepted], "{ids:?}");
            let report = &inner.reports[0];
            assert_eq!(
                (report.message_id.as_str(), report.state),
                (receipted, DeliveryState::Delivered),
                "{ids:?}"
            );
        }
        assert_eq!(smsc.received()[0].words, "Ваш предмет је 400-73/2026-01.");
        assert_eq!(smsc.received()[0].to, "381641234567");
        links.stop().await;
    }
}

#[tokio::test]
async fn receipt_that_overtakes_the_answer_is_passed_on() {
    let faults = Faults { receipt_first: true, undeliverable_every: Some(1), ..Faults::default() };
    let (smsc, journal) = (smsc(Options { faults, ..quick() }).await, Journal::new());
    let links = Links::start(smsc.address(), "", journal.clone());
    journal.queue(1, "Predmet 73");
    journal.until(|inner| inner.reports.len() == 1 && inner.submissions.len() == 1).await;
    assert_eq!(journal.lock().reports[0].state, DeliveryState::Undeliverable);
    links.stop().await;
}

#[tokio::test]
async fn throttled_texts_all_arrive_once() {
    let faults = Faults { throttle_every: Some(10), ..Faults::default() };
    let (smsc, journal) = (smsc(Options { faults, receipt_after: None, ..quick() }).await, Journal::new());
    let links = Links::start(smsc.address(), "window = 5", journal.clone());
    (1..=25).for_each(|id| journal.queue(id, &format!("Predmet {id}")));
    journal.until(|inner| inner.submissions.len() == 25).await;
    assert!(journal.lock().results().iter().all(|result| matches!(result, SubmitResult::Accepted { .. })));
    let words: HashSet<String> = smsc.received().into_iter().map(|text| text.words).collect();
    assert_eq!((words.len(), smsc.received().len()), (25, 25));
    links.stop().await;
}

#[tokio::test]
async fn text_on_the_wire_of_a_lost_link_is_uncertain_and_the_next_goes_by_the_new_link() {
    let faults = Faults { drop_every: Some(1), ..Faults::default() };
    let (smsc, journal) = (smsc(Options { faults, ..quick() }).await, Journal::new());
    let links = Links::start(smsc.address(), "window = 1", journal.clone());
    within(smsc.wait_bound()).await;
    journal.queue(1, "Predmet 73");
    journal.until(|inner| inner.submissions.len() == 1).await;
    assert!(matches!(journal.lock().results()[..], [SubmitResult::Uncertain { .. }]));
    smsc.set_faults(Faults::default());
    journal.queue(2, "Predmet 74");
    journal.until(|inner| inner.submissions.len() == 2).await;
    assert!(matches!(journal.lock().results()[1], SubmitResult::Accepted { .. }));
    assert_eq!(smsc.received().len(), 1);
    links.stop().await;
}

#[tokio::test]
async fn silent_smsc_is_noticed_and_only_what_was_written_is_uncertain() {
    let (smsc, journal) = (smsc(quick()).await, Journal::new());
    let links = Links::start(smsc.address(), "window = 2\nresponse_timeout_s = 1", journal.clone());
    within(smsc.wait_bound()).await;
    smsc.set_faults(Faults { silent: true, ..Faults::default() });
    (1..=4).for_each(|id| journal.queue(id, "Predmet"));
    journal.until(|inner| inner.submissions.len() >= 4).await;
    {
        let inner = journal.lock();
        let uncertain =
            inner.results().iter().filter(|result| matches!(result, SubmitResult::Uncertain { .. })).count();
        let again =
            inner.results().iter().filter(|result| matches!(result, SubmitResult::TryAgain { .. })).count();
        assert_eq!((uncertain, again), (2, 2));
    }
    links.stop().await;
}

#[tokio::test]
async fn refused_credentials_are_shown() {
    let (smsc, journal) = (smsc(Options { password: "other".into(), ..quick() }).await, Journal::new());
    let links = Links::start(smsc.address(), "", journal.clone());
    within(async {
        while links.status().last_error.is_none() {
            tokio::task::yield_now().await;
        }
    })
    .await;
    let status = links.status();
    assert_eq!(status.state, LinkState::Refused);
    assert_eq!(status.last_error.unwrap(), "the bind was refused: invalid password (0x0E)");
    links.stop().await;
}

#[tokio::test]
async fn results_are_written_when_the_journal_is_back() {
    let (smsc, journal) = (smsc(quick()).await, Journal::new());
    let links = Links::start(smsc.address(), "", journal.clone());
    journal.queue(1, "Predmet 73");
    // Between the claim and the answer.
    journal.until(|inner| !inner.sending.is_empty()).await;
    journal.lock().unavailable = true;
    let refused = journal.lock().refused;
    let done = journal.lock().submissions.len();
    if done == 0 {
        journal.until(|inner| inner.refused > refused).await;
    }
    journal.lock().unavailable = false;
    journal.until(|inner| inner.submissions.len() == 1).await;
    links.stop().await;
}

#[tokio::test]
async fn stop_unbinds_after_the_last_answer_and_leaves_nothing_half_written() {
    let (smsc, journal) = (smsc(Options { receipt_after: None, ..quick() }).await, Journal::new());
    let links = Links::start(smsc.address(), "window = 3", journal.clone());
    (1..=50).for_each(|id| journal.queue(id, "Predmet"));
    journal.until(|inner| inner.submissions.len() >= 5).await;
    let handle = links.handle.clone();
    links.stop().await;
    let inner = journal.lock();
    assert!(inner.sending.is_empty());
    assert!(
        inner.results().iter().all(|r| !matches!(r, SubmitResult::Uncertain { .. })),
        "{:?}",
        inner.results()
    );
    assert_eq!(handle.links()[0].state, LinkState::Stopped);
}

#[tokio::test]
async fn smsc_says_when_nobody_takes_a_text() {
    let smsc = smsc(quick()).await;
    let sending = tokio::spawn({
        let smsc = smsc.clone();
        async move { smsc.send_text(CITIZEN, "1234", "Halo").await }
    });
    tokio::task::yield_now().await;
    smsc.stop();
    assert_eq!(within(sending).await.unwrap(), Err(DeliverError::GaveUp));
}
