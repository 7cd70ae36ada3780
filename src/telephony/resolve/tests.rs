//! Against a small DNS server on loopback, whose answers the tests change.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use hickory_resolver::proto::op::{Message, MessageType, OpCode, ResponseCode};
use hickory_resolver::proto::rr::rdata::A;
use hickory_resolver::proto::rr::{Name, RData, Record, RecordType};
use rand::SeedableRng;
use rand::rngs::StdRng;
use tokio::net::UdpSocket;

use super::*;

type Zone = Arc<Mutex<HashMap<(String, RecordType), Vec<RData>>>>;

/// Answers from the zone; an empty name means that it refuses to work.
async fn serve(socket: UdpSocket, zone: Zone) {
    let mut buffer = [0; 1_500];
    while let Ok((length, peer)) = socket.recv_from(&mut buffer).await {
        let Ok(question) = Message::from_vec(&buffer[..length]) else { continue };
        let query = question.queries()[0].clone();
        let mut answer = Message::new();
        answer.set_id(question.id()).set_message_type(MessageType::Response).set_op_code(OpCode::Query);
        answer.set_recursion_available(true).add_query(query.clone());
        let zone = zone.lock().unwrap().clone();
        let name = query.name().to_utf8();
        match zone.get(&(name.clone(), query.query_type())) {
            Some(found) => {
                for data in found {
                    answer.add_answer(Record::from_rdata(query.name().clone(), 1, data.clone()));
                }
            }
            None if zone.is_empty() => {
                answer.set_response_code(ResponseCode::ServFail);
            }
            None => {
                answer.set_response_code(ResponseCode::NXDomain);
            }
        }
        let _ = socket.send_to(&answer.to_vec().unwrap(), peer).await;
    }
}

async fn dns() -> (Resolver, Zone) {
    let socket = UdpSocket::bind("127.0.0.1:0").await.unwrap();
    let resolver = Resolver::asking(&[socket.local_addr().unwrap()], Clock::system());
    let zone = Zone::default();
    tokio::spawn(serve(socket, Arc::clone(&zone)));
    (resolver, zone)
}

fn put(zone: &Zone, name: &str, kind: RecordType, data: Vec<RData>) {
    zone.lock().unwrap().insert((name.to_owned(), kind), data);
}

fn a(last: u8) -> RData {
    RData::A(A::new(192, 0, 2, last))
}

fn srv(priority: u16, weight: u16, port: u16, target: &str) -> RData {
    RData::SRV(SRV::new(priority, weight, port, Name::from_utf8(target).unwrap()))
}

fn wanted(host: &str, port: Option<u16>, transport: Transport) -> Wanted {
    Wanted { trunk: 0, host: host.to_owned(), port, transport }
}

async fn targets(resolver: &Resolver, wanted: &Wanted) -> Vec<String> {
    let (targets, _) = resolver.look_up(wanted).await.unwrap();
    targets.iter().map(ToString::to_string).collect()
}

#[tokio::test]
async fn srv_is_followed_by_priority_and_a_port_does_without_it() {
    let (resolver, zone) = dns().await;
    put(&zone, "x.example.", RecordType::A, vec![a(9)]);
    let plain = wanted("x.example", None, Transport::Udp);
    assert_eq!(targets(&resolver, &plain).await, ["192.0.2.9:5060"], "no SRV");
    put(
        &zone,
        "_sip._udp.x.example.",
        RecordType::SRV,
        vec![
            srv(20, 0, 5080, "b.example."),
            srv(10, 5, 5070, "a.example."),
            srv(30, 0, 5090, "gone.example."),
        ],
    );
    put(&zone, "a.example.", RecordType::A, vec![a(2), a(1)]);
    put(&zone, "b.example.", RecordType::A, vec![a(3)]);
    assert_eq!(targets(&resolver, &plain).await, ["192.0.2.1:5070", "192.0.2.2:5070", "192.0.2.3:5080"]);
    let with_port = wanted("x.example", Some(5066), Transport::Udp);
    assert_eq!(targets(&resolver, &with_port).await, ["192.0.2.9:5066"]);
    put(&zone, "_sips._tcp.x.example.", RecordType::SRV, vec![srv(1, 1, 5061, "b.example.")]);
    assert_eq!(targets(&resolver, &wanted("x.example", None, Transport::Tls)).await, ["192.0.2.3:5061"]);
    assert_eq!(targets(&resolver, &wanted("x.example", None, Transport::Tcp)).await, ["192.0.2.9:5060"]);
}

#[tokio::test]
async fn addresses_and_names_of_the_hosts_file_need_no_server() {
    let (resolver, _) = dns().await;
    assert_eq!(targets(&resolver, &wanted("192.0.2.7", None, Transport::Tls)).await, ["192.0.2.7:5061"]);
    let local = targets(&resolver, &wanted("localhost", Some(5070), Transport::Udp)).await;
    assert_eq!(local.first().map(String::as_str), Some("127.0.0.1:5070"));
}

#[tokio::test]
async fn change_is_followed_and_a_failure_keeps_what_is_known() {
    let (resolver, zone) = dns().await;
    put(&zone, "x.example.", RecordType::A, vec![a(1)]);
    let (tell, mut told) = mpsc::channel(4);
    let (down, is_down) = watch::channel(false);
    let following =
        tokio::spawn(resolver.clone().follow(wanted("x.example", Some(5060), Transport::Udp), is_down, tell));
    let resolved =
        |last| Resolved { trunk: 0, targets: Ok(vec![SocketAddr::from(([192, 0, 2, last], 5060))]) };
    assert_eq!(told.recv().await, Some(resolved(1)));
    // A server that fails is asked and believed nothing; then the name has moved.
    zone.lock().unwrap().clear();
    assert!(resolver.look_up(&wanted("x.example", Some(5060), Transport::Udp)).await.is_err());
    down.send(true).unwrap();
    put(&zone, "x.example.", RecordType::A, vec![a(2)]);
    down.send(true).unwrap();
    assert_eq!(told.recv().await, Some(resolved(2)));
    drop(told);
    tokio::time::timeout(Duration::from_secs(20), following).await.unwrap().unwrap();
}

#[tokio::test]
async fn name_that_is_not_there_says_so() {
    let (resolver, zone) = dns().await;
    put(&zone, "other.example.", RecordType::A, vec![a(1)]);
    let (tell, mut told) = mpsc::channel(4);
    let (_down, is_down) = watch::channel(false);
    tokio::spawn(resolver.follow(wanted("x.example", None, Transport::Udp), is_down, tell));
    assert!(told.recv().await.unwrap().targets.is_err());
}

#[test]
fn equal_servers_are_chosen_by_weight() {
    let mut random = StdRng::from_seed([1; 32]);
    let servers = || {
        [(1, 90, 1), (1, 10, 2), (0, 0, 3)]
            .map(|(p, w, port)| SRV::new(p, w, port, Name::from_utf8("a.example.").unwrap()))
    };
    let mut first = [0; 2];
    for _ in 0..1_000 {
        let ports: Vec<u16> = in_order(servers().to_vec(), &mut random).iter().map(SRV::port).collect();
        assert_eq!(ports[0], 3, "the lowest priority comes first");
        first[usize::from(ports[1]) - 1] += 1;
    }
    assert!((850..950).contains(&first[0]), "{first:?}");
}
