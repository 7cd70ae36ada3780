//! Numbers of the municipality are reached only while the trunk knows where we are.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use hickory_resolver::proto::op::{Message as Dns, MessageType, OpCode, ResponseCode};
use hickory_resolver::proto::rr::rdata::{A, SRV};
use hickory_resolver::proto::rr::{Name, RData, Record, RecordType};
use odziv::clock::Clock;
use odziv::config::sip::Trunk;
use odziv::protocol::sip::agent::{Admission, Agent, Event, RequestId};
use odziv::protocol::sip::message::{Request, Status};
use odziv::protocol::sip::registration::{Failure, Registration, Settings};
use odziv::protocol::sip::{Flow, Transport};
use odziv::telephony::handle::TrunkState;
use tokio::net::UdpSocket;

use super::wire::{HOUR, SECOND};
use crate::calls::trunks::{Registrar, USER};
use crate::calls::{NUMBER, Server};

/// What is promised.
const BACK_WITHIN: Duration = Duration::from_secs(10);

/// What a registrar says to a REGISTER that comes so long after the start; `None`: it is not there.
type Says = Box<dyn FnMut(Duration) -> Option<(u16, &'static str, String)>>;

/// A registration, the agent that sends and repeats it, and its registrar, on virtual time.
struct Virtual {
    registration: Registration,
    agent: Agent,
    start: Instant,
    now: Instant,
    says: Says,
    /// The REGISTER whose answer counts.
    current: Option<RequestId>,
    /// When a REGISTER or its repetition came.
    asked: Vec<Duration>,
    /// Until when the registrar knows us.
    bound: Option<Instant>,
    lapses: usize,
}

impl Virtual {
    fn new(says: Says) -> Self {
        let now = Clock::test(jiff::Timestamp::UNIX_EPOCH).instant();
        let settings = Settings {
            registrar: "operator.example".into(),
            address: format!("sip:{USER}@operator.example"),
            auth_username: USER.into(),
            password: "secret".into(),
            realm: None,
            expires: 600 * SECOND,
        };
        Self {
            registration: Registration::new(settings, &format!("sip:{USER}@192.0.2.1:5060"), [5; 32], now),
            agent: Agent::new([6; 32]),
            start: now,
            now,
            says,
            current: None,
            asked: Vec::new(),
            bound: None,
            lapses: 0,
        }
    }

    fn flow() -> Flow {
        let (local, remote) = ("192.0.2.1:5060".parse().unwrap(), "192.0.2.9:5060".parse().unwrap());
        Flow { transport: Transport::Udp, local, remote }
    }

    fn run(&mut self, span: Duration) {
        let end = self.now + span;
        loop {
            let due = [self.registration.next_timeout(), self.agent.poll_timeout()];
            let Some(due) = due.into_iter().flatten().min().filter(|due| *due <= end) else { break };
            self.now = self.now.max(due);
            self.agent.handle_timeout(self.now);
            if let Some(register) = self.registration.poll(self.now) {
                self.current = self.agent.request(register, None, Self::flow(), self.now).ok();
            }
            self.exchange();
        }
        self.now = end;
    }

    /// What was sent reaches the registrar, and its answer us.
    fn exchange(&mut self) {
        while let Some(transmit) = self.agent.poll_transmit() {
            self.register(&transmit.bytes);
        }
        while let Some(event) = self.agent.poll_event() {
            if let Event::Reply { request, response } = event
                && self.current == Some(request)
            {
                match response {
                    Ok(response) => self.registration.answered(&response, self.now),
                    Err(_) => self.registration.unanswered(Failure::NoAnswer, self.now),
                }
            }
        }
    }

    fn register(&mut self, bytes: &[u8]) {
        let at = self.now - self.start;
        self.asked.push(at);
        let Some((status, header, value)) = (self.says)(at) else { return };
        let request = Request::from_bytes(bytes).unwrap();
        let answer = request.answer(Status(status), Self::flow().local, "t").header(header, &value).finish();
        if status == 200 {
            self.lapses += usize::from(self.bound.is_some_and(|bound| bound < self.now));
            self.bound = Some(self.now + Duration::from_secs(value.parse().unwrap()));
        }
        self.agent.receive(&answer, Self::flow(), self.now, &mut || Admission::Admit).unwrap();
    }
}

#[test]
fn registrar_that_is_not_there_at_a_cold_start_has_us_within_ten_seconds_of_its_return() {
    // It comes back at any phase of the pauses between attempts.
    for step in 0..240 {
        let back = Duration::from_secs(90) + Duration::from_millis(250) * step;
        let says: Says = Box::new(move |at| (at >= back).then(|| (200, "Expires", "600".to_owned())));
        let mut trunk = Virtual::new(says);
        trunk.run(back);
        assert!(!trunk.registration.is_registered(trunk.now) || trunk.asked.last() == Some(&back));
        trunk.run(BACK_WITHIN);
        assert!(trunk.registration.is_registered(trunk.now), "back at {back:?}, asked at {:?}", trunk.asked);
        assert!(trunk.asked.len() < 150, "and it is not asked all the time: {}", trunk.asked.len());
    }
}

#[test]
fn what_is_granted_counts_whatever_was_asked() {
    for granted in [30_u64, 60, 120, 600, 3_600, 7_200] {
        let mut trunk = Virtual::new(Box::new(move |_| Some((200, "Expires", granted.to_string()))));
        trunk.run(6 * HOUR);
        assert_eq!(trunk.lapses, 0, "{granted} s");
        assert!(trunk.registration.is_registered(trunk.now));
        let most = 6 * 3_600 * 10 / (granted * 7) + 1;
        assert!(trunk.asked.len() as u64 <= most, "{granted} s: asked {} times", trunk.asked.len());
    }
    // One that grants something else each time.
    let mut grants = [60_u64, 3_600, 45, 600, 90].into_iter().cycle();
    let mut trunk = Virtual::new(Box::new(move |_| Some((200, "Expires", grants.next()?.to_string()))));
    trunk.run(6 * HOUR);
    assert_eq!(trunk.lapses, 0);
}

#[test]
fn interval_under_the_least_is_asked_again_with_the_least_at_once() {
    let mut answered = false;
    let says: Says = Box::new(move |_| match std::mem::replace(&mut answered, true) {
        false => Some((423, "Min-Expires", "1800".to_owned())),
        true => Some((200, "Expires", "1800".to_owned())),
    });
    let mut trunk = Virtual::new(says);
    trunk.run(SECOND);
    assert_eq!(trunk.asked, [Duration::ZERO, Duration::ZERO]);
    assert!(trunk.registration.is_registered(trunk.now));
}

/// What the name servers of the operator say now. Empty: they refuse to work.
type Zone = Arc<Mutex<HashMap<(String, RecordType), RData>>>;

/// Over real sockets: neither DNS nor registrar are there at the start; then the operator moves to another machine.
#[tokio::test(flavor = "multi_thread")]
async fn server_that_is_found_late_and_then_moves_is_registered_with_where_it_is() {
    let (names, zone) = name_server().await;
    let first = Registrar::at("127.0.0.31:0".parse().unwrap()).await;
    let port = first.socket.local_addr().unwrap().port();
    let second = Registrar::at(SocketAddr::from(([127, 0, 0, 32], port))).await;
    let server = Server::start(|sip| {
        let mut trunk = Trunk::by_address("operator", Vec::new());
        trunk.server = Some("operator.test".into());
        trunk.username = Some(USER.into());
        trunk.password = Some("secret".into());
        trunk.register = true;
        trunk.number = Some(NUMBER.into());
        (sip.name_servers, sip.trunk) = (vec![names], vec![trunk]);
    })
    .await;
    let lost = async {
        while server.handle.trunks()[0].state != TrunkState::Down {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(crate::calls::phone::PATIENCE, lost).await.expect("nobody noticed");
    let service = SRV::new(1, 1, port, Name::from_utf8("sip.operator.test.").unwrap());
    publish(&zone, "_sip._udp.operator.test.", RData::SRV(service));
    publish(&zone, "sip.operator.test.", RData::A(A::new(127, 0, 0, 31)));
    first.register("600").await;
    first.until(&server, TrunkState::Registered).await;

    publish(&zone, "sip.operator.test.", RData::A(A::new(127, 0, 0, 32)));
    drop(first);
    second.register("600").await;
    let status = second.until(&server, TrunkState::Registered).await;
    assert_eq!(status.current, Some(format!("127.0.0.32:{port}")));
    server.stop.cancel();
    second.register("0").await;
    server.end().await;
}

fn publish(zone: &Zone, name: &str, data: RData) {
    zone.lock().unwrap().insert((name.to_owned(), data.record_type()), data);
}

async fn name_server() -> (SocketAddr, Zone) {
    let socket = UdpSocket::bind("127.0.0.1:0").await.unwrap();
    let (address, zone) = (socket.local_addr().unwrap(), Zone::default());
    tokio::spawn(answer_questions(socket, Arc::clone(&zone)));
    (address, zone)
}

async fn answer_questions(socket: UdpSocket, zone: Zone) {
    let mut buffer = [0; 1_500];
    while let Ok((length, peer)) = socket.recv_from(&mut buffer).await {
        let Ok(question) = Dns::from_vec(&buffer[..length]) else { continue };
        let query = question.queries()[0].clone();
        let mut answer = Dns::new();
        answer.set_id(question.id()).set_message_type(MessageType::Response).set_op_code(OpCode::Query);
        answer.set_recursion_available(true).add_query(query.clone());
        let known = zone.lock().unwrap().clone();
        match known.get(&(query.name().to_utf8(), query.query_type())) {
            Some(data) => {
                answer.add_answer(Record::from_rdata(query.name().clone(), 1, data.clone()));
            }
            None if known.is_empty() => drop(answer.set_response_code(ResponseCode::ServFail)),
            None => drop(answer.set_response_code(ResponseCode::NXDomain)),
        }
        let _ = socket.send_to(&answer.to_vec().unwrap(), peer).await;
    }
}
