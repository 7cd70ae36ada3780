//! 401 and 407 to what we ask.

use super::*;
use crate::protocol::sip::digest::{self, Algorithm, Challenge};

/// One agent, and a server that is played by hand.
struct Client {
    agent: Agent,
    now: Instant,
    events: Vec<Event>,
}

impl Client {
    fn calling(password: &str) -> Self {
        Self::calling_in(None, password)
    }

    fn calling_in(realm: Option<&str>, password: &str) -> Self {
        let mut client = Self { agent: Agent::new([3; 32]), now: Net::calm().now, events: Vec::new() };
        let call = Outgoing {
            to: "sip:021480000@192.0.2.2".into(),
            from: "sip:u1@192.0.2.2".into(),
            offer: b"offer".to_vec(),
            credentials: Some(Credentials {
                user: "u1".into(),
                password: password.into(),
                realm: realm.map(str::to_owned),
            }),
            ..Outgoing::default()
        };
        client.agent.invite(call, flow(CALLER, Transport::Udp), client.now).unwrap();
        client
    }

    /// What was sent, without ACKs.
    fn sent(&mut self) -> Vec<Request> {
        let mut sent = Vec::new();
        while let Some(transmit) = self.agent.poll_transmit() {
            sent.extend(Request::from_bytes(&transmit.bytes).filter(|request| request.method != Method::Ack));
        }
        sent
    }

    fn one(&mut self) -> Request {
        let mut sent = self.sent();
        assert_eq!(sent.len(), 1, "{sent:?}");
        sent.remove(0)
    }

    fn answer(&mut self, request: &Request, status: Status, headers: &[(&str, String)]) {
        let mut answer = request.answer(status, flow(CALLER, Transport::Udp).local, "server");
        for (name, value) in headers {
            answer = answer.header(name, value);
        }
        let bytes = answer.finish();
        self.agent.receive(&bytes, flow(CALLER, Transport::Udp), self.now, &mut || Admission::Admit).unwrap();
        self.events.extend(std::iter::from_fn(|| self.agent.poll_event()));
    }
}

fn challenge(nonce: &str, algorithm: Algorithm, stale: bool) -> String {
    let (realm, nonce) = ("odziv".to_owned(), nonce.to_owned());
    Challenge { realm, nonce, opaque: Some("o".into()), algorithm, qop_auth: true, stale }.write()
}

/// Nonce and count of a request whose password is right.
fn signed(request: &Request, header: &str) -> (String, u32) {
    let said = digest::Credentials::parse(request.header(header).unwrap()).unwrap();
    let secret = said.algorithm.secret("u1", "odziv", "secret");
    assert!(said.verify(&secret, request.method.as_str()), "{said:?}");
    assert_eq!(said.uri, request.uri.to_string());
    (said.nonce, said.qop.unwrap().count)
}

#[test]
fn call_proves_itself_and_goes_on_proving_itself() {
    for algorithm in [Algorithm::Md5, Algorithm::Sha256] {
        let mut client = Client::calling("secret");
        let first = client.one();
        assert_eq!(first.header("Authorization"), None);
        client.answer(
            &first,
            Status::UNAUTHORIZED,
            &[("WWW-Authenticate", challenge("n1", algorithm, false))],
        );
        let second = client.one();
        assert_eq!((second.cseq, &second.call_id, &second.from.tag), (2, &first.call_id, &first.from.tag));
        assert_eq!(signed(&second, "Authorization"), ("n1".into(), 1));
        client.answer(&second, Status::OK, &[("Contact", "<sip:021@192.0.2.2>".into())]);
        let Some(Event::Answered { dialog, .. }) = client.events.pop() else { panic!("not answered") };
        client.sent();
        client.agent.reoffer(dialog, b"hold", client.now);
        let hold = client.one();
        assert_eq!((hold.cseq, signed(&hold, "Authorization")), (3, ("n1".into(), 2)));
        client.answer(&hold, Status::UNAUTHORIZED, &[("WWW-Authenticate", challenge("n2", algorithm, true))]);
        let hold = client.one();
        assert_eq!((hold.cseq, signed(&hold, "Authorization")), (4, ("n2".into(), 1)));
        client.answer(&hold, Status::OK, &[]);
        client.sent();
        client.agent.hang_up(dialog, client.now);
        let bye = client.one();
        assert_eq!((bye.cseq, signed(&bye, "Authorization")), (5, ("n2".into(), 2)));
        client.answer(
            &bye,
            Status::PROXY_AUTHENTICATION_REQUIRED,
            &[("Proxy-Authenticate", challenge("p1", algorithm, false))],
        );
        let bye = client.one();
        assert_eq!((signed(&bye, "Authorization").1, signed(&bye, "Proxy-Authorization").1), (3, 1));
        client.answer(&bye, Status::OK, &[]);
        assert!(matches!(client.events.pop(), Some(Event::Ended { .. })));
    }
}

#[test]
fn proxy_and_server_behind_it_are_both_answered() {
    let mut client = Client::calling("secret");
    let first = client.one();
    client.answer(
        &first,
        Status::PROXY_AUTHENTICATION_REQUIRED,
        &[("Proxy-Authenticate", challenge("p", Algorithm::Md5, false))],
    );
    let second = client.one();
    client.answer(
        &second,
        Status::UNAUTHORIZED,
        &[("WWW-Authenticate", challenge("s", Algorithm::Sha256, false))],
    );
    let third = client.one();
    assert_eq!(signed(&third, "Proxy-Authorization"), ("p".into(), 2));
    assert_eq!(signed(&third, "Authorization"), ("s".into(), 1));
}

#[test]
fn wrong_password_ends_and_never_loops() {
    for stale in [false, true] {
        let mut client = Client::calling("wrong");
        let mut asked = 0;
        for nonce in 0..20 {
            let Some(request) = client.sent().pop() else { break };
            asked += 1;
            let challenge = challenge(&format!("n{nonce}"), Algorithm::Md5, stale);
            client.answer(&request, Status::UNAUTHORIZED, &[("WWW-Authenticate", challenge)]);
        }
        // A server that calls every nonce stale gets a few tries more.
        assert_eq!(asked, if stale { 4 } else { 2 });
        assert!(matches!(client.events.pop(), Some(Event::Rejected { status: Status(401), .. })));
        assert_eq!(client.agent.dialogs(), 0);
    }
}

#[test]
fn strongest_challenge_that_comes_first_is_taken_and_unknown_ones_are_passed_over() {
    let mut client = Client::calling("secret");
    let first = client.one();
    let unknown = "Digest realm=\"odziv\", nonce=\"x\", algorithm=SHA-512-256".to_owned();
    let headers = [
        ("WWW-Authenticate", unknown.clone()),
        ("WWW-Authenticate", challenge("sha", Algorithm::Sha256, false)),
        ("WWW-Authenticate", challenge("md5", Algorithm::Md5, false)),
    ];
    client.answer(&first, Status::UNAUTHORIZED, &headers);
    assert_eq!(signed(&client.one(), "Authorization").0, "sha");
    let mut client = Client::calling("secret");
    let first = client.one();
    client.answer(&first, Status::UNAUTHORIZED, &[("WWW-Authenticate", unknown)]);
    assert!(matches!(client.events.pop(), Some(Event::Rejected { status: Status(401), .. })));
}

#[test]
fn password_is_given_to_its_own_realm_only() {
    for (status, header) in [
        (Status::UNAUTHORIZED, "WWW-Authenticate"),
        (Status::PROXY_AUTHENTICATION_REQUIRED, "Proxy-Authenticate"),
    ] {
        let foreign = || challenge("f", Algorithm::Sha256, false).replace("odziv", "elsewhere");
        let mut client = Client::calling_in(Some("odziv"), "secret");
        let first = client.one();
        client.answer(&first, status, &[(header, foreign())]);
        assert!(client.sent().is_empty(), "nothing is proven to a stranger");
        assert!(matches!(client.events.pop(), Some(Event::Rejected { status: s, .. }) if s == status));

        let mut client = Client::calling_in(Some("odziv"), "secret");
        let first = client.one();
        let ours = challenge("n", Algorithm::Md5, false);
        client.answer(&first, status, &[(header, foreign()), (header, ours)]);
        let says =
            header.replace("WWW-Authenticate", "Authorization").replace("Authenticate", "Authorization");
        assert_eq!(signed(&client.one(), &says), ("n".into(), 1));
    }
}

#[test]
fn call_that_is_taken_back_while_it_is_asked_who_it_is_ends() {
    let mut client = Client::calling("secret");
    let first = client.one();
    client.agent.hang_up(DialogId(1), client.now);
    client.answer(
        &first,
        Status::UNAUTHORIZED,
        &[("WWW-Authenticate", challenge("n", Algorithm::Md5, false))],
    );
    assert!(matches!(client.events.pop(), Some(Event::Ended { .. })));
    assert!(client.sent().is_empty());
}

#[test]
fn password_is_never_shown() {
    let credentials = Credentials { user: "u1".into(), password: "secret".into(), realm: None };
    assert!(!format!("{credentials:?}").contains("secret"));
}

#[test]
fn registration_is_asked_again_with_the_answer() {
    let mut client = Client { agent: Agent::new([4; 32]), now: Net::calm().now, events: Vec::new() };
    let way = flow(CALLER, Transport::Udp);
    let register =
        client.agent.compose(Method::Register, "sip:192.0.2.2", "sip:u1@192.0.2.2", "sip:u1@192.0.2.2", way);
    let credentials = Credentials { user: "u1".into(), password: "secret".into(), realm: None };
    let id = client.agent.request(register, Some(credentials), way, client.now).unwrap();
    let first = client.one();
    client.answer(
        &first,
        Status::UNAUTHORIZED,
        &[("WWW-Authenticate", challenge("n", Algorithm::Sha256, false))],
    );
    let second = client.one();
    assert_eq!((second.cseq, signed(&second, "Authorization").1), (2, 1));
    client.answer(&second, Status::OK, &[("Expires", "300".into())]);
    let Some(Event::Reply { request, response: Ok(response) }) = client.events.pop() else {
        panic!("no reply")
    };
    assert_eq!((request, response.status, response.header("Expires")), (id, Status::OK, Some("300")));
}
