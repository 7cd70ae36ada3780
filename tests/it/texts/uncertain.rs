//! What is not known of a text is found out: by receipts and by asking; and what stays unknown is not sent again.

use odziv::demo::smsc::{Faults, Ids, Options};
use odziv::domain::message::DeliveryState;
use odziv::domain::timeline::Entry;

use super::cases::Town;
use super::{Links, quick, smsc, within};

const CITIZEN: &str = "+381641234567";

fn states(timeline: &[Entry]) -> Vec<DeliveryState> {
    let state = |entry: &Entry| match entry {
        Entry::TextReported { state, .. } => Some(*state),
        _ => None,
    };
    timeline.iter().filter_map(state).collect()
}

#[tokio::test]
async fn text_whose_answer_was_lost_is_found_by_its_receipt() {
    for ids in [Ids::Decimal, Ids::Uuid] {
        let mut town = Town::new().await;
        let faults = Faults { take_and_drop_every: Some(1), ..Faults::default() };
        let smsc = smsc(Options { ids, faults, ..quick() }).await;
        let links = Links::start(smsc.address(), "", town.actions.clone());
        within(smsc.send_text(CITIZEN, "1234", "Nema vode")).await.unwrap();
        town.until(|timeline| states(timeline).contains(&DeliveryState::Uncertain)).await;
        smsc.set_faults(Faults::default());
        let timeline = town.until(|timeline| states(timeline).contains(&DeliveryState::Delivered)).await;
        assert_eq!(states(&timeline), [DeliveryState::Uncertain, DeliveryState::Delivered], "{ids:?}");
        assert_eq!(smsc.submits(), 1, "it was not sent again");
        links.stop().await;
    }
}

#[tokio::test]
async fn text_without_a_receipt_is_asked_about() {
    let mut town = Town::new().await;
    let faults = Faults { forget_receipt_every: Some(1), ..Faults::default() };
    let smsc = smsc(Options { faults, ..quick() }).await;
    let links = Links::start(smsc.address(), "query_after_s = 1", town.actions.clone());
    within(smsc.send_text(CITIZEN, "1234", "Nema vode")).await.unwrap();
    let timeline = town.until(|timeline| !states(timeline).is_empty()).await;
    assert_eq!(states(&timeline), [DeliveryState::Delivered]);
    assert_eq!((smsc.queries(), smsc.submits()), (1, 1));
    links.stop().await;
}

#[tokio::test]
async fn failure_that_is_learned_by_asking_says_why() {
    let mut town = Town::new().await;
    let faults = Faults { forget_receipt_every: Some(1), undeliverable_every: Some(1), ..Faults::default() };
    let smsc = smsc(Options { faults, ..quick() }).await;
    let links = Links::start(smsc.address(), "query_after_s = 1", town.actions.clone());
    within(smsc.send_text(CITIZEN, "1234", "Nema vode")).await.unwrap();
    let timeline = town.until(|timeline| !states(timeline).is_empty()).await;
    let why = timeline.iter().find_map(|entry| match entry {
        Entry::TextReported { state: DeliveryState::Undeliverable, error, .. } => error.clone(),
        _ => None,
    });
    assert_eq!(why.as_deref(), Some("027"));
    links.stop().await;
}
