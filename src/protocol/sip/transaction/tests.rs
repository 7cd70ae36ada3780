use std::time::Duration;

use super::*;
use crate::protocol::sip::message::parse;

const SECOND: Duration = Duration::from_secs(1);

fn flow(transport: Transport) -> Flow {
    Flow { transport, local: "192.0.2.1:5060".parse().unwrap(), remote: "192.0.2.2:5060".parse().unwrap() }
}

fn request(method: &str, branch: &str) -> Request {
    let text = format!(
        "{method} sip:a@192.0.2.1 SIP/2.0\r\nVia: SIP/2.0/UDP 192.0.2.2:5060;branch={branch}\r\nFrom: <sip:b@c>;tag=f\r\n\
         To: <sip:a@192.0.2.1>\r\nCall-ID: id\r\nCSeq: 1 {method}\r\n\r\n"
    );
    Request::from_bytes(text.as_bytes()).unwrap()
}

/// One side and its clock.
struct Side {
    layer: Transactions,
    now: Instant,
    transport: Transport,
}

impl Side {
    #[expect(clippy::disallowed_methods, reason = "the start of virtual time")]
    fn new(transport: Transport) -> Self {
        Self { layer: Transactions::default(), now: Instant::now(), transport }
    }

    fn hear(&mut self, request: Request) {
        self.layer.receive(Message::Request(request), flow(self.transport), self.now);
    }

    fn hear_bytes(&mut self, bytes: &[u8]) {
        self.layer.receive(parse(bytes).unwrap(), flow(self.transport), self.now);
    }

    /// Runs to the end of `span`; gives first lines of what was sent, each with its second.
    fn run(&mut self, span: Duration) -> Vec<(f32, String)> {
        let (start, end) = (self.now, self.now + span);
        let mut sent = Vec::new();
        loop {
            while let Some(transmit) = self.layer.poll_transmit() {
                let line = String::from_utf8_lossy(&transmit.bytes).lines().next().unwrap().to_owned();
                sent.push(((self.now - start).as_secs_f32(), line));
            }
            match self.layer.poll_timeout().filter(|at| *at <= end) {
                Some(at) => {
                    self.now = at.max(self.now);
                    self.layer.handle_timeout(self.now);
                }
                None => break,
            }
        }
        self.now = end;
        sent
    }

    fn request_id(&mut self) -> (ServerId, Box<Request>) {
        match self.layer.poll_event() {
            Some(Event::Request { id, request, .. }) => (id, request),
            other => panic!("{other:?}"),
        }
    }

    fn answer(&mut self, id: ServerId, request: &Request, status: Status) {
        let bytes = request.answer(status, flow(self.transport).remote, "t").finish();
        self.layer.answer(id, status, bytes, self.now);
    }
}

fn out(method: Method) -> OutRequest {
    OutRequest {
        method,
        uri: "sip:a@192.0.2.2".into(),
        route: vec![],
        from: "<sip:me@192.0.2.1>;tag=m".into(),
        to: "<sip:a@192.0.2.2>".into(),
        call_id: "id".into(),
        cseq: 1,
        headers: vec![],
        body: None,
    }
}

/// An answer to what was last written by [`OutRequest::write`].
fn reply(method: Method, branch: &str, status: Status) -> Vec<u8> {
    let sent = Request::from_bytes(&out(method).write(flow(Transport::Udp), branch)).unwrap();
    sent.answer(status, flow(Transport::Udp).local, "them").finish().to_vec()
}

fn times(sent: &[(f32, String)]) -> Vec<f32> {
    sent.iter().map(|(at, _)| *at).collect()
}

#[test]
fn retransmitted_invite_gets_the_last_answer_and_is_seen_once() {
    let mut side = Side::new(Transport::Udp);
    side.hear(request("INVITE", "z9hG4bK1"));
    let (id, invite) = side.request_id();
    side.answer(id, &invite, Status::RINGING);
    side.hear(request("INVITE", "z9hG4bK1"));
    assert!(side.layer.poll_event().is_none());
    let sent = side.run(SECOND);
    assert_eq!(sent.iter().map(|s| s.1.as_str()).collect::<Vec<_>>(), ["SIP/2.0 180 Ringing"; 2]);
}

#[test]
fn refusal_is_repeated_until_acknowledged() {
    let mut side = Side::new(Transport::Udp);
    side.hear(request("INVITE", "z9hG4bK1"));
    let (id, invite) = side.request_id();
    side.answer(id, &invite, Status::NOT_FOUND);
    assert_eq!(times(&side.run(4 * SECOND)), [0.0, 0.5, 1.5, 3.5]);
    side.hear(request("ACK", "z9hG4bK1"));
    assert_eq!(times(&side.run(40 * SECOND)), [0.0_f32; 0]);
    assert!(side.layer.is_empty());
}

#[test]
fn refusal_that_nobody_acknowledges_is_given_up() {
    let mut side = Side::new(Transport::Udp);
    side.hear(request("INVITE", "z9hG4bK1"));
    let (id, invite) = side.request_id();
    side.answer(id, &invite, Status::NOT_FOUND);
    assert_eq!(times(&side.run(40 * SECOND)), [0.0, 0.5, 1.5, 3.5, 7.5, 11.5, 15.5, 19.5, 23.5, 27.5, 31.5]);
    assert!(side.layer.is_empty());
}

#[test]
fn accepted_invite_swallows_retransmissions() {
    let mut side = Side::new(Transport::Udp);
    side.hear(request("INVITE", "z9hG4bK1"));
    let (id, invite) = side.request_id();
    side.answer(id, &invite, Status::OK);
    side.run(SECOND);
    side.hear(request("INVITE", "z9hG4bK1"));
    assert!(side.run(SECOND).is_empty() && side.layer.poll_event().is_none());
    side.run(31 * SECOND);
    assert!(side.layer.is_empty());
}

#[test]
fn cancel_before_the_answer_reaches_the_user_and_after_it_does_not() {
    let mut side = Side::new(Transport::Udp);
    side.hear(request("INVITE", "z9hG4bK1"));
    let (id, invite) = side.request_id();
    side.hear(request("CANCEL", "z9hG4bK1"));
    assert!(matches!(side.layer.poll_event(), Some(Event::Cancelled { id: cancelled }) if cancelled == id));
    side.answer(id, &invite, Status::REQUEST_TERMINATED);
    side.hear(request("CANCEL", "z9hG4bK1"));
    assert!(side.layer.poll_event().is_none(), "a repeated CANCEL is swallowed");

    side.hear(request("INVITE", "z9hG4bK2"));
    let (id, invite) = side.request_id();
    side.answer(id, &invite, Status::OK);
    side.run(Duration::ZERO);
    side.hear(request("CANCEL", "z9hG4bK2"));
    assert!(side.layer.poll_event().is_none());
    assert_eq!(side.run(Duration::ZERO)[0].1, "SIP/2.0 200 OK");
    side.hear(request("CANCEL", "z9hG4bK3"));
    assert_eq!(side.run(Duration::ZERO)[0].1, "SIP/2.0 481 Call/Transaction Does Not Exist");
}

#[test]
fn request_of_an_old_peer_without_magic_cookie_is_matched() {
    let mut side = Side::new(Transport::Udp);
    side.hear(request("INVITE", "1"));
    let (id, invite) = side.request_id();
    side.answer(id, &invite, Status::NOT_FOUND);
    side.hear(request("INVITE", "1"));
    assert!(side.layer.poll_event().is_none());
    side.run(Duration::ZERO);
    side.hear(request("ACK", "1"));
    assert!(side.run(10 * SECOND).is_empty());
}

#[test]
fn invite_is_repeated_doubling_and_given_up() {
    let mut side = Side::new(Transport::Udp);
    let id =
        side.layer.request(out(Method::Invite), "z9hG4bKc".into(), flow(Transport::Udp), side.now).unwrap();
    assert_eq!(times(&side.run(40 * SECOND)), [0.0, 0.5, 1.5, 3.5, 7.5, 15.5, 31.5]);
    assert!(matches!(side.layer.poll_event(), Some(Event::TimedOut { id: lost }) if lost == id));
    assert!(side.layer.is_empty());
}

#[test]
fn other_requests_are_repeated_at_most_every_four_seconds() {
    let mut side = Side::new(Transport::Udp);
    side.layer.request(out(Method::Bye), "z9hG4bKc".into(), flow(Transport::Udp), side.now).unwrap();
    assert_eq!(times(&side.run(40 * SECOND)), [0.0, 0.5, 1.5, 3.5, 7.5, 11.5, 15.5, 19.5, 23.5, 27.5, 31.5]);
    assert!(matches!(side.layer.poll_event(), Some(Event::TimedOut { .. })));
}

#[test]
fn refusal_is_acknowledged_each_time_it_comes() {
    let mut side = Side::new(Transport::Udp);
    side.layer.request(out(Method::Invite), "z9hG4bKc".into(), flow(Transport::Udp), side.now).unwrap();
    side.run(Duration::ZERO);
    for times_heard in 0..3 {
        side.hear_bytes(&reply(Method::Invite, "z9hG4bKc", Status::BUSY_HERE));
        assert_eq!(side.layer.poll_event().is_some(), times_heard == 0);
        assert!(side.run(Duration::ZERO)[0].1.starts_with("ACK "));
    }
    side.run(33 * SECOND);
    assert!(side.layer.is_empty());
}

#[test]
fn cancel_waits_for_a_provisional_answer() {
    let mut side = Side::new(Transport::Udp);
    let id =
        side.layer.request(out(Method::Invite), "z9hG4bKc".into(), flow(Transport::Udp), side.now).unwrap();
    side.run(Duration::ZERO);
    side.layer.cancel(id, side.now);
    assert!(side.run(Duration::ZERO).is_empty());
    side.hear_bytes(&reply(Method::Invite, "z9hG4bKc", Status::RINGING));
    assert!(side.run(Duration::ZERO)[0].1.starts_with("CANCEL "));
    side.hear_bytes(&reply(Method::Cancel, "z9hG4bKc", Status::OK));
    side.hear_bytes(&reply(Method::Invite, "z9hG4bKc", Status::REQUEST_TERMINATED));
    assert!(side.run(Duration::ZERO)[0].1.starts_with("ACK "));
}

#[test]
fn reliable_transport_repeats_nothing_and_forgets_at_once() {
    let mut side = Side::new(Transport::Tcp);
    side.hear(request("BYE", "z9hG4bK1"));
    let (id, bye) = side.request_id();
    side.answer(id, &bye, Status::OK);
    side.run(Duration::ZERO);
    assert!(side.layer.is_empty());
    side.layer.request(out(Method::Invite), "z9hG4bKc".into(), flow(Transport::Tcp), side.now).unwrap();
    assert_eq!(times(&side.run(40 * SECOND)), [0.0]);
    assert!(matches!(side.layer.poll_event(), Some(Event::TimedOut { .. })));
}

#[test]
fn a_full_table_drops_and_stays_bounded() {
    let mut side = Side::new(Transport::Udp);
    side.layer = Transactions::bounded(100);
    for n in 0..110 {
        side.hear(request("OPTIONS", &format!("z9hG4bK{n}")));
    }
    assert_eq!(side.layer.len(), 100);
}
