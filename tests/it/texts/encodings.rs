//! Long texts in every notation of SMPP, both ways, and an SMSC that takes less than its contract says.

use std::collections::HashSet;

use odziv::actions::delivery::SubmitResult;
use odziv::demo::smsc::{Faults, Options};
use odziv::domain::message::join_parts;
use odziv::protocol::smpp::pdu::{Address, Message, Optional};
use odziv::protocol::smpp::split::{Concatenation, split};
use odziv::protocol::smpp::text::DefaultAlphabet;

use super::journal::Journal;
use super::{Links, quick, smsc, within};

const CITIZEN: &str = "+381641234567";
const WORDS: &str = "Поштовани, у улици Вука Караџића пукла је цев 🚰 и вода тече низ пут већ сат времена. \
    Молимо вас да пошаљете екипу што пре, јер се улива у подрум зграде. Хвала вам!";

#[tokio::test]
async fn long_text_goes_out_in_every_notation() {
    for (how, ids) in [("udh", 3), ("udh16", 3), ("sar", 3), ("payload", 1)] {
        let (smsc, journal) = (smsc(quick()).await, Journal::new());
        let links = Links::start(smsc.address(), &format!("concatenation = '{how}'"), journal.clone());
        journal.queue(1, WORDS);
        journal.until(|inner| inner.submissions.len() == 1 && inner.reports.len() == ids).await;
        assert_eq!(smsc.received()[0].words, WORDS, "{how}");
        {
            let inner = journal.lock();
            let [SubmitResult::Accepted { message_ids, .. }] = inner.results()[..] else {
                panic!("{how}: {:?}", inner.results())
            };
            assert_eq!(message_ids.len(), ids, "{how}");
        }
        links.stop().await;
    }
}

#[tokio::test]
async fn long_text_comes_in_in_every_notation() {
    for how in [Concatenation::Udh, Concatenation::Udh16, Concatenation::Sar, Concatenation::Payload] {
        let (smsc, journal) = (smsc(quick()).await, Journal::new());
        let links = Links::start(smsc.address(), "", journal.clone());
        let parts = split(WORDS, 0x1234, DefaultAlphabet::Gsm7, how).unwrap();
        let mut messages: Vec<Message> = parts
            .into_iter()
            .map(|part| Message {
                source: Address::of(CITIZEN),
                destination: Address::of("1234"),
                esm_class: if part.udh { 0x40 } else { 0 },
                data_coding: part.data_coding,
                as_payload: part.payload,
                body: part.body,
                optional: Optional { sar: part.sar, ..Optional::default() },
                ..Message::default()
            })
            .collect();
        messages.reverse();
        within(smsc.deliver(messages)).await.unwrap();
        {
            let inner = journal.lock();
            let mut parts: Vec<_> = inner.received.iter().map(|text| &text.part).collect();
            parts.sort_by_key(|part| part.of.map(|of| of.index));
            assert_eq!(join_parts(parts.iter().map(|part| Some(part.units.as_slice()))), WORDS, "{how:?}");
        }
        links.stop().await;
    }
}

#[tokio::test]
async fn smsc_that_takes_twenty_a_second_gets_each_text_once_with_few_refusals() {
    let faults = Faults { takes_per_second: Some(20), ..Faults::default() };
    let (smsc, journal) = (smsc(Options { faults, receipt_after: None, ..quick() }).await, Journal::new());
    // Five times as fast as it is allowed.
    let config = super::link("test", smsc.address(), "window = 10\nmessages_per_second = 100");
    let links = Links::start_all(&config, journal.clone());
    (1..=80).for_each(|id| journal.queue(id, &format!("Predmet {id}")));
    journal.until(|inner| inner.submissions.len() == 80).await;
    assert!(journal.lock().results().iter().all(|result| matches!(result, SubmitResult::Accepted { .. })));
    let words: HashSet<String> = smsc.received().into_iter().map(|text| text.words).collect();
    assert_eq!((words.len(), smsc.received().len()), (80, 80));
    assert!(smsc.throttled() <= 60, "{} refusals for 80 texts", smsc.throttled());
    links.stop().await;
}
