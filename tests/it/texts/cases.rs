//! The whole road: a citizen's text, the case, its receipt, the delivery report on the timeline.

use std::time::Duration;

use odziv::actions::Actions;
use odziv::actions::text::TextArrived;
use odziv::clock::Clock;
use odziv::config;
use odziv::demo::smsc::{Faults, Ids, Options};
use odziv::domain::caller::Caller;
use odziv::domain::id::CaseId;
use odziv::domain::message::{DeliveryState, TextPart};
use odziv::domain::phone::PhoneNumber;
use odziv::domain::timeline::Entry;
use odziv::store::Db;
use odziv::store::case_list::CaseFilter;
use tempfile::TempDir;
use tokio::sync::broadcast;

use super::{Links, quick, smsc, within};

const CITIZEN: &str = "+381641234567";

pub struct Town {
    pub actions: Actions,
    news: broadcast::Receiver<odziv::actions::CaseNews>,
    _folder: TempDir,
}

impl Town {
    pub async fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let db = Db::open(&config::store::Store::default(), folder.path()).await.unwrap();
        let actions = Actions::new(db, Clock::system(), config::cases::Cases::default()).await.unwrap();
        Self { news: actions.news(), actions, _folder: folder }
    }

    /// A citizen has written; the receipt waits for a link.
    pub async fn text(&self, number: &str, words: &str) {
        let text = TextArrived {
            external_id: format!("{number} {words}"),
            former_id: None,
            sender: Caller::Number(PhoneNumber::parse(number, "RS").unwrap()),
            recipient: "1234".into(),
            part: TextPart { units: words.encode_utf16().collect(), of: None },
            at: Clock::system().now(),
        };
        self.actions.receive_text(text).await.unwrap();
    }

    pub async fn cases(&self) -> Vec<CaseId> {
        let page = self.actions.db().case_list(&CaseFilter::default(), None, 200).await.unwrap();
        page.rows.into_iter().map(|row| row.id).collect()
    }

    pub async fn timeline(&self, case: CaseId) -> Vec<Entry> {
        self.actions.db().timeline(case).await.unwrap().into_iter().map(|entry| entry.entry).collect()
    }

    /// Waits until the timeline of the only case says what is asked for.
    pub async fn until(&mut self, what: impl Fn(&[Entry]) -> bool) -> Vec<Entry> {
        within(async {
            loop {
                if let [case] = self.cases().await[..] {
                    let timeline = self.timeline(case).await;
                    if what(&timeline) {
                        return timeline;
                    }
                }
                let _ = tokio::time::timeout(Duration::from_millis(200), self.news.recv()).await;
            }
        })
        .await
    }
}

pub fn is_delivered(timeline: &[Entry]) -> bool {
    timeline.iter().any(|entry| matches!(entry, Entry::TextReported { state: DeliveryState::Delivered, .. }))
}

#[tokio::test]
async fn long_cyrillic_text_in_shuffled_doubled_parts_is_one_case_with_a_delivered_receipt() {
    let mut town = Town::new().await;
    let smsc = smsc(Options { ids: Ids::HexThenDecimal, ..quick() }).await;
    let links = Links::start(smsc.address(), "", town.actions.clone());
    let words: String = "Пријављујем квар на водоводу у Улици липа 7. ".chars().cycle().take(200).collect();
    let mut parts = smsc.parts(CITIZEN, "1234", &words).unwrap();
    assert_eq!(parts.len(), 3);
    parts.reverse();
    parts.push(parts[1].clone());
    within(smsc.deliver(parts)).await.unwrap();

    let timeline = town.until(is_delivered).await;
    let received: Vec<&Entry> =
        timeline.iter().filter(|entry| matches!(entry, Entry::TextReceived { .. })).collect();
    assert!(
        matches!(&received[..], [Entry::TextReceived { words: got, whole: true, .. }] if *got == words),
        "{received:?}"
    );
    let receipts = smsc.received();
    assert_eq!(receipts.len(), 1);
    assert!(receipts[0].words.contains("400-"), "{}", receipts[0].words);
    links.stop().await;
}

#[tokio::test]
async fn receipt_goes_out_after_the_link_was_killed_and_comes_back() {
    let mut town = Town::new().await;
    let smsc = smsc(quick()).await;
    let links = Links::start(smsc.address(), "", town.actions.clone());
    within(smsc.wait_bound()).await;
    smsc.drop_links();
    // Delivered by the next link.
    within(smsc.send_text(CITIZEN, "1234", "Nema vode")).await.unwrap();
    town.until(is_delivered).await;
    assert_eq!(smsc.received().len(), 1);
    links.stop().await;
}

#[tokio::test]
async fn second_text_joins_the_open_case_and_a_repeated_delivery_does_not() {
    let mut town = Town::new().await;
    let faults = Faults { deliver_twice: true, receipt_twice: true, ..Faults::default() };
    let smsc = smsc(Options { faults, ..quick() }).await;
    let links = Links::start(smsc.address(), "", town.actions.clone());
    for words in ["Nema vode", "I dalje nema vode"] {
        within(smsc.send_text(CITIZEN, "1234", words)).await.unwrap();
    }
    let timeline = town.until(is_delivered).await;
    let texts = timeline.iter().filter(|entry| matches!(entry, Entry::TextReceived { .. })).count();
    assert_eq!(texts, 2, "{timeline:?}");
    links.stop().await;
}
