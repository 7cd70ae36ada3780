//! The link against an SMSC that shares no line with us: the server of the `smpp34` crate.

use std::net::{IpAddr, Ipv4Addr, TcpListener};
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use odziv::actions::delivery::SubmitResult;
use odziv::domain::message::DeliveryState;
use smpp34::server::ESME;
use smpp34::{
    SmppConnectionInformation, SmppServer, SmppServerListener, TlvTag, bind_transceiver,
    bind_transceiver_resp, submit_sm, submit_sm_resp,
};
use tokio::sync::Notify;

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
