//! Several links: the best one sends, another takes over; two that are one SMSC; TLS.

use std::collections::HashSet;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;

use odziv::actions::delivery::SubmitResult;
use odziv::demo::smsc::{Faults, Options};
use odziv::domain::message::DeliveryState;
use odziv::messaging::handle::{LinkState, LinkStatus};
use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use tokio::net::{TcpListener, TcpStream};

use super::journal::Journal;
use super::{Links, link, quick, smsc, within};

const CITIZEN: &str = "+381641234567";

fn all_bound(links: &[LinkStatus]) -> bool {
    links.iter().all(|link| link.state == LinkState::Bound)
}

#[tokio::test]
async fn second_link_stands_by_and_takes_over_while_the_first_is_away() {
    let (first, second, journal) = (smsc(quick()).await, smsc(quick()).await, Journal::new());
    let config = format!(
        "failover_after_s = 0\n{}{}",
        link("first", first.address(), ""),
        link("second", second.address(), "priority = 2")
    );
    let links = Links::start_all(&config, journal.clone());
    links.until(all_bound).await;
    // It says so when it next looks for texts.
    links.until(|links| !links[0].standing_by && links[1].standing_by).await;
    journal.queue(1, "Predmet 1");
    journal.until(|inner| inner.submissions.len() == 1).await;
    assert_eq!((first.received().len(), second.received().len()), (1, 0));

    first.stop();
    links.until(|links| links[0].state != LinkState::Bound).await;
    journal.queue(2, "Predmet 2");
    journal.until(|inner| inner.submissions.len() == 2).await;
    assert_eq!((first.received().len(), second.received().len()), (1, 1));
    links.until(|links| !links[1].standing_by).await;
    links.stop().await;
}

#[tokio::test]
async fn what_a_full_smsc_does_not_take_goes_out_by_the_next_once() {
    let full = Faults { full: true, ..Faults::default() };
    let first = smsc(Options { faults: full, ..quick() }).await;
    let (second, journal) = (smsc(quick()).await, Journal::new());
    let config = format!(
        "failover_after_s = 1\n{}{}",
        link("first", first.address(), "window = 5"),
        link("second", second.address(), "priority = 2")
    );
    let links = Links::start_all(&config, journal.clone());
    links.until(all_bound).await;
    (1..=20).for_each(|id| journal.queue(id, &format!("Predmet {id}")));
    // The journal does not queue again what comes back: those are the ones that would go out by the other link.
    let gone = |inner: &super::journal::Inner| inner.submissions.len() >= 19;
    journal.until(gone).await;
    let accepted: usize = second.received().len();
    let back = journal.lock().results().iter().filter(|r| matches!(r, SubmitResult::TryAgain { .. })).count();
    assert_eq!(
        (accepted + back, first.received().len()),
        (19, 0),
        "one stays, to see when the first takes texts again"
    );
    assert!(back > 0 && accepted > 0, "{back} came back, {accepted} went out");

    first.set_faults(Faults::default());
    journal.until(|inner| inner.submissions.len() == 20).await;
    assert_eq!(first.received().len(), 1);
    links.until(|links| links[1].standing_by).await;
    links.stop().await;
}

#[tokio::test]
async fn transmitter_and_receiver_of_one_smsc_are_one() {
    let (smsc, journal) = (smsc(quick()).await, Journal::new());
    let config = link("out", smsc.address(), "smsc = 'operator'\nbind = 'transmitter'")
        + &link("in", smsc.address(), "smsc = 'operator'\nbind = 'receiver'");
    let links = Links::start_all(&config, journal.clone());
    links.until(all_bound).await;
    journal.queue(1, "Predmet 73");
    journal.until(|inner| inner.submissions.len() == 1 && inner.reports.len() == 1).await;
    {
        let inner = journal.lock();
        let accepted = SubmitResult::Accepted { link: "operator".into(), message_ids: vec!["1".into()] };
        assert_eq!(inner.results(), [&accepted]);
        let report = &inner.reports[0];
        assert_eq!((report.link.as_str(), report.state), ("operator", DeliveryState::Delivered));
        assert_eq!(inner.claims.iter().collect::<HashSet<_>>().len(), 1);
    }
    within(smsc.send_text(CITIZEN, "1234", "Нема воде")).await.unwrap();
    links.until(|links| links[0].accepted == 1 && links[1].received == 1).await;
    links.stop().await;
}

/// A door that speaks TLS in front of the SMSC. Its address, and the file of its authority.
async fn behind_tls(smsc: SocketAddr, folder: &std::path::Path) -> (SocketAddr, String) {
    let names = ["localhost".to_owned(), "127.0.0.1".to_owned()];
    let issued = rcgen::generate_simple_self_signed(names).unwrap();
    let ca = folder.join("ca.pem");
    std::fs::write(&ca, issued.cert.pem()).unwrap();
    let key = PrivateKeyDer::from(PrivatePkcs8KeyDer::from(issued.signing_key.serialize_der()));
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = rustls::ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![issued.cert.der().clone()], key)
        .unwrap();
    let acceptor = tokio_rustls::TlsAcceptor::from(Arc::new(config));
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        while let Ok((outer, _)) = listener.accept().await {
            let acceptor = acceptor.clone();
            tokio::spawn(async move {
                let mut outer = acceptor.accept(outer).await.ok()?;
                let mut inner = TcpStream::connect(smsc).await.ok()?;
                tokio::io::copy_bidirectional(&mut outer, &mut inner).await.ok()
            });
        }
    });
    (address, ca.to_str().unwrap().to_owned())
}

#[tokio::test]
async fn texts_go_both_ways_through_tls() {
    let folder = tempfile::tempdir().unwrap();
    let (smsc, journal) = (smsc(quick()).await, Journal::new());
    let (address, ca) = behind_tls(smsc.address(), folder.path()).await;
    let config = link("test", address, &format!("tls = 'implicit'\ntls_ca = '{ca}'"));
    let links = Links::start_all(&config, journal.clone());
    within(smsc.send_text(CITIZEN, "1234", "Нема воде")).await.unwrap();
    (1..=30).for_each(|id| journal.queue(id, &format!("Предмет {id}")));
    journal.until(|inner| inner.submissions.len() == 30 && inner.reports.len() == 30).await;
    assert_eq!(smsc.received().len(), 30);
    links.stop().await;
}

#[tokio::test]
async fn smsc_whose_certificate_is_not_believed_is_told_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let (smsc, journal) = (smsc(quick()).await, Journal::new());
    let (address, _) = behind_tls(smsc.address(), folder.path()).await;
    let other = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    let ca = folder.path().join("other.pem");
    std::fs::write(&ca, other.cert.pem()).unwrap();
    let more = format!("tls = 'implicit'\ntls_ca = '{}'", ca.display());
    let links = Links::start_all(&link("test", address, &more), journal.clone());
    links.until(|links| links[0].last_error.is_some()).await;
    let error = links.status().last_error.unwrap();
    assert!(error.starts_with("TLS: ") && error.contains("certificate"), "{error}");
    assert_eq!(smsc.bound(), 0);
    links.stop().await;
}
