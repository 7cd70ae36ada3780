//! The link against an SMSC that shares no line with us: the server of the `smpp34` crate.

use std::collections::HashSet;
use std::net::{IpAddr, Ipv4Addr, TcpListener};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use odziv::actions::delivery::SubmitResult;
use odziv::domain::message::DeliveryState;
use smpp34::server::ESME;
use smpp34::{
    SmppConnectionInformation, SmppError, SmppServer, SmppServerListener, TlvTag, bind_transceiver,
    bind_transceiver_resp, query_sm, query_sm_resp, submit_sm, submit_sm_resp,
};
use tokio::sync::Notify;

use super::cases::Town;
use super::journal::Journal;
use super::{Links, within};

#[derive(Default)]
struct Other {
    esme: Mutex<Option<Arc<ESME>>>,
    bound: Notify,
    submits: Mutex<Vec<submit_sm>>,
}

impl Other {
    fn esme(&self) -> Arc<ESME> {
        self.esme.lock().unwrap().clone().unwrap()
    }
}

#[async_trait]
impl SmppServerListener for Other {
    async fn on_bind_transceiver(
        &self,
        bind: bind_transceiver,
        _: &SmppConnectionInformation,
        _: &String,
    ) -> bind_transceiver_resp {
        assert_eq!((bind.system_id.as_str(), bind.password.as_str()), ("odziv", "odziv"));
        bind.accept("other".into(), Some(0x34))
    }

    async fn on_esme_bound(&self, esme: ESME, _: &String) {
        *self.esme.lock().unwrap() = Some(Arc::new(esme));
        self.bound.notify_one();
    }

    async fn on_submit_sm(
        &self,
        submit: submit_sm,
        _: &SmppConnectionInformation,
        _: &String,
    ) -> submit_sm_resp {
        let id = {
            let mut submits = self.submits.lock().unwrap();
            submits.push(submit.clone());
            format!("id-{}", submits.len())
        };
        submit.accept(id)
    }
}

async fn start() -> (Arc<Other>, SmppServer, std::net::SocketAddr) {
    let free = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap().local_addr().unwrap();
    let other = Arc::new(Other::default());
    let mut server = SmppServer::new(IpAddr::V4(Ipv4Addr::LOCALHOST), free.port(), other.clone());
    server.start().await;
    (other, server, free)
}

#[tokio::test]
async fn text_goes_both_ways_and_the_receipt_is_read() {
    let (other, mut server, address) = start().await;
    let journal = Journal::new();
    let links = Links::start(address, "", journal.clone());
    within(other.bound.notified()).await;

    let cyrillic: Vec<u8> = "Нема воде".encode_utf16().flat_map(u16::to_be_bytes).collect();
    let answer = within(
        other
            .esme()
            .deliver_sm()
            .source_addr_ton(1)
            .source_addr("381641234567")
            .destination_addr("1234")
            .data_coding(8)
            .short_message(cyrillic)
            .send(),
    )
    .await
    .unwrap();
    assert_eq!(answer.command_status(), 0);
    assert_eq!(String::from_utf16(&journal.lock().received[0].part.units).unwrap(), "Нема воде");

    journal.queue(1, &"Ваш предмет ".repeat(10));
    journal.until(|inner| inner.submissions.len() == 1).await;
    let accepted =
        SubmitResult::Accepted { link: "test".into(), message_ids: vec!["id-1".into(), "id-2".into()] };
    assert_eq!(journal.lock().results(), [&accepted]);
    {
        let submits = other.submits.lock().unwrap();
        assert_eq!((submits.len(), submits[0].data_coding, submits[0].esm_class), (2, 8, 0x40));
        assert_eq!(
            (submits[0].registered_delivery, submits[0].destination_addr.as_str()),
            (1, "381641234567")
        );
        assert_eq!(submits[1].short_message[..3], [5, 0, 3]);
    }

    within(
        other
            .esme()
            .deliver_sm()
            .source_addr("381641234567")
            .destination_addr("1234")
            .esm_class(4)
            .short_message(b"id:id-1 stat:EXPIRED".to_vec())
            .tlv(TlvTag::ReceiptedMessageId, b"id-1\0".to_vec())
            .tlv(TlvTag::MessageStateTlv, [2])
            .send(),
    )
    .await
    .unwrap();
    {
        let inner = journal.lock();
        assert_eq!(
            (inner.reports[0].message_id.as_str(), inner.reports[0].state),
            ("id-1", DeliveryState::Delivered)
        );
    }
    links.stop().await;
    server.stop().await;
}

/// What texts come to when everything happens that SMSCs do.
const CITIZENS: usize = 40;

/// Throttles, unbinds in the middle, answers in hexadecimal and reports in decimal with zeros, before and after the answer, and
/// of some texts not at all.
#[derive(Default)]
struct Troubled {
    esme: Mutex<Option<Arc<ESME>>>,
    bound: Notify,
    seen: AtomicU64,
    taken: Mutex<Vec<String>>,
    questions: AtomicU64,
}

/// So that ids in hexadecimal are other ids in decimal.
const FIRST_ID: u64 = 0x0D;

impl Troubled {
    /// Delivered by whatever bind there is, again until it is acknowledged.
    async fn report(self: Arc<Self>, id: u64, to: String, late: bool) {
        if late {
            tokio::time::sleep(Duration::from_millis(300)).await;
        }
        let date = odziv::clock::Clock::system().now().strftime("%y%m%d%H%M").to_string();
        let text = format!(
            "id:{id:010} sub:001 dlvrd:001 submit date:{date} done date:{date} stat:DELIVRD err:000 text:"
        );
        loop {
            let esme = self.esme.lock().unwrap().clone();
            let (to, text) = (to.clone(), text.clone());
            // The crate panics when it writes to a link that is gone.
            let sent = tokio::spawn(async move {
                let receipt = esme?;
                let receipt =
                    receipt.deliver_sm().source_addr_ton(1).source_addr(to).destination_addr("1234");
                receipt.esm_class(4).short_message(text.into_bytes()).send().await.ok()
            });
            let answered = tokio::time::timeout(Duration::from_secs(1), sent).await;
            if answered
                .is_ok_and(|sent| sent.is_ok_and(|answer| answer.is_some_and(|a| a.command_status() == 0)))
            {
                return;
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    }
}

struct Door(Arc<Troubled>);

#[async_trait]
impl SmppServerListener for Door {
    async fn on_bind_transceiver(
        &self,
        bind: bind_transceiver,
        _: &SmppConnectionInformation,
        _: &String,
    ) -> bind_transceiver_resp {
        bind.accept("troubled".into(), Some(0x34))
    }

    async fn on_esme_bound(&self, esme: ESME, _: &String) {
        *self.0.esme.lock().unwrap() = Some(Arc::new(esme));
        self.0.bound.notify_one();
    }

    async fn on_esme_unbound(&self, _: &String) {
        *self.0.esme.lock().unwrap() = None;
    }

    async fn on_submit_sm(
        &self,
        submit: submit_sm,
        _: &SmppConnectionInformation,
        _: &String,
    ) -> submit_sm_resp {
        let seen = self.0.seen.fetch_add(1, Ordering::Relaxed) + 1;
        if seen.is_multiple_of(7) {
            return submit.reject(SmppError::ESME_RTHROTTLED);
        }
        let to = submit.destination_addr.clone();
        let id = {
            let mut taken = self.0.taken.lock().unwrap();
            taken.push(to.clone());
            FIRST_ID + taken.len() as u64
        };
        if id % 5 != 0 {
            tokio::spawn(Arc::clone(&self.0).report(id, to, id % 2 == 0));
            tokio::task::yield_now().await;
        }
        if seen == 20 {
            let esme = self.0.esme.lock().unwrap().clone();
            tokio::spawn(async move { esme.unwrap().send_unbind().await.map(drop) });
            tokio::task::yield_now().await;
        }
        submit.accept(format!("{id:X}"))
    }

    async fn on_query_sm(&self, query: query_sm, _: &SmppConnectionInformation, _: &String) -> query_sm_resp {
        self.0.questions.fetch_add(1, Ordering::Relaxed);
        let id = query.message_id.clone();
        query.accept(id, "261122154000000+".into(), 2, 0)
    }
}

#[tokio::test]
async fn each_text_goes_out_once_through_all_the_trouble_of_another_smsc_and_its_end_is_known() {
    let troubled = Arc::new(Troubled::default());
    let free = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap().local_addr().unwrap();
    let mut server =
        SmppServer::new(IpAddr::V4(Ipv4Addr::LOCALHOST), free.port(), Arc::new(Door(Arc::clone(&troubled))));
    server.start().await;
    let town = Town::new().await;
    for citizen in 0..CITIZENS {
        town.text(&format!("+3816412345{citizen:02}"), "Nema vode").await;
    }
    let links = Links::start(free, "window = 8\nquery_after_s = 1", town.actions.clone());
    within(troubled.bound.notified()).await;
    let mut delivered = 0;
    within(async {
        while delivered < CITIZENS {
            delivered = 0;
            for case in town.cases().await {
                let timeline = town.timeline(case).await;
                delivered += usize::from(super::cases::is_delivered(&timeline));
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    })
    .await;
    let taken = troubled.taken.lock().unwrap().clone();
    let recipients: HashSet<&String> = taken.iter().collect();
    assert_eq!((taken.len(), recipients.len()), (CITIZENS, CITIZENS), "none lost, none doubled");
    assert!(troubled.questions.load(Ordering::Relaxed) >= 1, "some were asked about");
    links.stop().await;
    server.stop().await;
}
