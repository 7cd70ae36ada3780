//! The door on virtual time: bytes in, decisions out.

use proptest::prelude::*;

use super::*;
use crate::actions::phone::Phone;
use crate::clock::Clock;
use crate::config::sip::{Sip, Trunk};
use crate::protocol::sip::digest::Challenge;
use crate::protocol::sip::message::Response;
use crate::protocol::sip::registrar::guard::Secrets;

const PASSWORD: &str = "k7fm-2q9x-abcd-efgh";
const TRUNK: &str = "203.0.113.1:5060";
const PHONE: &str = "198.51.100.7:40000";

struct Scene {
    door: Door,
    agent: Agent,
    now: Instant,
    cseq: u32,
    transport: Transport,
}

impl Scene {
    fn new() -> Self {
        let now = Clock::system().instant();
        let config = Sip {
            trunk: vec![Trunk {
                peers: vec!["203.0.113.1".parse().unwrap()],
                ..toml::from_str("name = \"operator\"").unwrap()
            }],
            ..Sip::default()
        };
        let bound: SocketAddr = "127.0.0.1:5060".parse().unwrap();
        let guard = Guard::new("odziv", [1; 32], now, Clock::system().now());
        let mut door = Door::new(Peers::new(&config, bound, None), bound, guard, Clerk::idle(), now);
        let phones = vec![phone(1, 10, "mira-aaaa"), phone(2, 20, "ana-bbbb")];
        let directory = Directory::new(phones, vec![(UserId(10), "201".into())], "odziv");
        door.open(directory, Vec::new(), now, Clock::system().now());
        Self { door, agent: Agent::new([1; 32]), now, cseq: 0, transport: Transport::Udp }
    }

    fn send(&mut self, from: &str, text: &str) -> Decision {
        let remote = from.parse().unwrap();
        let flow = Flow { transport: self.transport, local: "127.0.0.1:5060".parse().unwrap(), remote };
        self.door.decide(text.as_bytes(), flow, &self.agent, self.now)
    }

    fn request(&mut self, method: &str, user: &str, headers: &str) -> String {
        self.cseq += 1;
        let cseq = self.cseq;
        format!(
            "{method} sip:odziv SIP/2.0\r\nVia: SIP/2.0/UDP 10.0.0.5:5062;rport;branch=z9hG4bK{cseq}\r\n\
             From: <sip:{user}@odziv>;tag=f\r\nTo: <sip:{user}@odziv>\r\nCall-ID: {method}\r\nCSeq: {cseq} {method}\r\n\
             Max-Forwards: 70\r\nContact: <sip:{user}@10.0.0.5:5062>;expires=600\r\n{headers}Content-Length: 0\r\n\r\n"
        )
    }

    /// Without credentials, then with them.
    fn with_password(
        &mut self,
        from: &str,
        method: &str,
        to: &str,
        username: &str,
        password: &str,
    ) -> Decision {
        // Nonces are named after the moment that they were made in.
        self.now += Duration::from_millis(1);
        let first = self.request(method, to, "");
        let challenge = self.send(from, &first);
        let header = authorization(&challenge, method, username, password);
        let second = self.request(method, to, &header);
        self.send(from, &second)
    }

    fn register(&mut self, from: &str, username: &str, password: &str) -> u16 {
        status(&self.with_password(from, "REGISTER", username, username, password))
    }
}

fn phone(id: i64, user: i64, username: &str) -> Phone {
    let secrets = Secrets::new(username, "odziv", PASSWORD);
    Phone {
        id: PhoneId(id),
        user: UserId(user),
        username: username.into(),
        label: String::new(),
        realm: "odziv".into(),
        ha1_md5: secrets.md5,
        ha1_sha256: secrets.sha256,
        created_at: jiff::Timestamp::UNIX_EPOCH,
        last_seen_at: None,
        extension: None,
    }
}

fn answered(decision: &Decision) -> Response {
    let Decision::Answer(transmit) = decision else { panic!("no answer: {decision:?}") };
    let Ok(Message::Response(response)) = parse(&transmit.bytes) else { panic!("no response") };
    response
}

fn status(decision: &Decision) -> u16 {
    match decision {
        Decision::Answer(_) => answered(decision).status.0,
        _ => 0,
    }
}

fn origin(decision: Decision) -> Option<Origin> {
    match decision {
        Decision::Pass(_, _, origin) => origin,
        other => panic!("not let in: {other:?}"),
    }
}

fn authorization(challenge: &Decision, method: &str, username: &str, password: &str) -> String {
    let response = answered(challenge);
    let line = response
        .header("WWW-Authenticate")
        .or_else(|| response.header("Proxy-Authenticate"))
        .unwrap_or_else(|| panic!("no challenge in {:?}", response.status));
    let answer = Challenge::parse(line).unwrap().answer(username, password, method, "sip:odziv", "c", 1);
    format!("Authorization: {}\r\n", answer.write())
}

#[test]
fn phone_registers_with_its_password_and_is_reached_on_the_way_that_it_came() {
    let mut scene = Scene::new();
    let done = scene.with_password(PHONE, "REGISTER", "mira-aaaa", "mira-aaaa", PASSWORD);
    let response = answered(&done);
    assert_eq!(response.status, Status::OK);
    assert_eq!(response.header("Contact"), Some("<sip:mira-aaaa@10.0.0.5:5062>;expires=600"));
    let (user, places) = scene.door.poll_moved().unwrap();
    assert_eq!((user, places.len()), (UserId(10), 1));
    let (call, flow) = scene.door.outgoing(places[0], &Caller::Name("Мира".into())).unwrap();
    assert_eq!(call.uri.as_deref(), Some("sip:mira-aaaa@10.0.0.5:5062"));
    assert_eq!((call.to.as_str(), call.from.as_str()), ("sip:mira-aaaa@odziv", "sip:odziv@127.0.0.1:5060"));
    assert_eq!(flow.remote, PHONE.parse().unwrap());
    assert!(scene.door.outgoing(99, &Caller::Hidden).is_none());
    assert_eq!(scene.door.directory.extension(UserId(10)), Some("201"));
}

#[test]
fn better_algorithm_is_offered_first() {
    let mut scene = Scene::new();
    let text = scene.request("REGISTER", "mira-aaaa", "");
    let response = answered(&scene.send(PHONE, &text));
    let offered: Vec<_> = response
        .headers("WWW-Authenticate")
        .map(|line| Challenge::parse(line).unwrap().algorithm.as_str())
        .collect();
    assert_eq!(offered, ["SHA-256", "MD5"]);
}

#[test]
fn phone_may_only_be_registered_under_its_own_name() {
    let mut scene = Scene::new();
    let done = scene.with_password(PHONE, "REGISTER", "ana-bbbb", "mira-aaaa", PASSWORD);
    assert_eq!(status(&done), 403);
    assert_eq!(scene.door.poll_moved(), None);
}

#[test]
fn call_of_a_phone_is_its_own_whatever_from_says() {
    let mut scene = Scene::new();
    let decision = scene.with_password(PHONE, "INVITE", "ana-bbbb", "mira-aaaa", PASSWORD);
    let expected = Origin::Phone { phone: PhoneId(1), user: UserId(10), extension: "201".into() };
    assert_eq!(origin(decision), Some(expected));
}

#[test]
fn stranger_is_challenged_and_never_let_in() {
    let mut scene = Scene::new();
    let text = scene.request("INVITE", "38121480000", "");
    assert_eq!(status(&scene.send("192.0.2.66:5060", &text)), 407);
    let wrong = scene.with_password("192.0.2.66:5060", "INVITE", "mira-aaaa", "mira-aaaa", "guess");
    assert_eq!(status(&wrong), 403);
    for method in ["OPTIONS", "BYE"] {
        let text = scene
            .request(method, "x", "")
            .replace("<sip:x@odziv>\r\nCall-ID", "<sip:x@odziv>;tag=t\r\nCall-ID");
        assert!(matches!(scene.send("192.0.2.66:5060", &text), Decision::Done), "{method}");
    }
}

#[test]
fn trunk_is_known_by_its_address_and_a_phone_beside_it_by_its_way() {
    let mut scene = Scene::new();
    let text = scene.request("INVITE", "38121480000", "");
    assert_eq!(origin(scene.send(TRUNK, &text)), Some(Origin::Trunk(0)));
    let beside = "203.0.113.1:41000";
    assert_eq!(scene.register(beside, "mira-aaaa", PASSWORD), 200);
    let text = scene.request("INVITE", "38121480000", "");
    assert_eq!(status(&scene.send(beside, &text)), 407);
    let text = scene.request("INVITE", "38121480000", "");
    assert_eq!(origin(scene.send(TRUNK, &text)), Some(Origin::Trunk(0)));
}

#[test]
fn guesser_is_banned_and_one_who_mistypes_is_not() {
    let mut scene = Scene::new();
    assert_eq!(scene.register(PHONE, "mira-aaaa", "typo"), 403);
    assert_eq!(scene.register(PHONE, "mira-aaaa", PASSWORD), 200);
    let guesser = "192.0.2.66:5060";
    let tries = (0..50).take_while(|_| {
        let text = scene.request("REGISTER", "mira-aaaa", "");
        let challenge = scene.send(guesser, &text);
        if matches!(challenge, Decision::Done) {
            return false;
        }
        let header = authorization(&challenge, "REGISTER", "mira-aaaa", "guess");
        let text = scene.request("REGISTER", "mira-aaaa", &header);
        scene.send(guesser, &text);
        true
    });
    assert_eq!(tries.count(), 10);
    assert_eq!(scene.door.bans.current(scene.now).count(), 1);
    assert_eq!(scene.register(PHONE, "mira-aaaa", PASSWORD), 200);
}

#[test]
fn requests_without_credentials_never_ban() {
    let mut scene = Scene::new();
    for _ in 0..10_000 {
        scene.now += Duration::from_millis(100);
        let text = scene.request("REGISTER", "mira-aaaa", "");
        assert_eq!(status(&scene.send(PHONE, &text)), 401);
    }
    assert_eq!(scene.door.bans.current(scene.now).count(), 0);
}

#[test]
fn forged_packets_cannot_get_a_phone_banned_or_starve_it() {
    let mut scene = Scene::new();
    assert_eq!(scene.register(PHONE, "mira-aaaa", PASSWORD), 200);
    // Wrong answers to a nonce that was sent elsewhere, under the address of the phone.
    let text = scene.request("REGISTER", "mira-aaaa", "");
    let challenge = scene.send("192.0.2.66:5060", &text);
    for n in 0..5_000 {
        scene.now += Duration::from_millis(2);
        let header = authorization(&challenge, "REGISTER", "mira-aaaa", "guess");
        let text = scene.request("REGISTER", "mira-aaaa", &header);
        assert_ne!(status(&scene.send(PHONE, &text)), 403);
        let stranger = format!("192.0.{}.{}:5060", n / 250, n % 250);
        let text = scene.request("INVITE", "900", "");
        scene.send(&stranger, &text);
    }
    assert_eq!(scene.door.bans.current(scene.now).count(), 0);
    assert_eq!(scene.register(PHONE, "mira-aaaa", PASSWORD), 200);
}

#[test]
fn scanner_over_udp_gets_silence_and_over_a_connection_a_ban() {
    let mut scene = Scene::new();
    let text = scene.request("REGISTER", "100", "User-Agent: friendly-scanner\r\n");
    assert!(matches!(scene.send("192.0.2.66:5060", &text), Decision::Done));
    assert_eq!(scene.door.bans.current(scene.now).count(), 0);
    scene.transport = Transport::Tcp;
    assert!(matches!(scene.send("192.0.2.66:5060", &text), Decision::Done));
    assert_eq!(scene.door.bans.current(scene.now).count(), 1);
    assert!(!scene.door.connected(
        Transport::Tcp,
        "192.0.2.66:6000".parse().unwrap(),
        "127.0.0.1:5060".parse().unwrap(),
        scene.now
    ));
}

#[test]
fn repeated_register_is_answered_again_and_a_replayed_one_is_stale() {
    let mut scene = Scene::new();
    let first = scene.request("REGISTER", "mira-aaaa", "");
    let challenge = scene.send(PHONE, &first);
    let header = authorization(&challenge, "REGISTER", "mira-aaaa", PASSWORD);
    let second = scene.request("REGISTER", "mira-aaaa", &header);
    assert_eq!(status(&scene.send(PHONE, &second)), 200);
    assert_eq!(status(&scene.send(PHONE, &second)), 200);
    let replay = scene.request("REGISTER", "mira-aaaa", &header);
    let response = answered(&scene.send(PHONE, &replay));
    assert_eq!(response.status, Status(401));
    assert!(response.header("WWW-Authenticate").unwrap().contains("stale=true"));
}

#[test]
fn brief_registration_is_told_the_minimum() {
    let mut scene = Scene::new();
    let first = scene.request("REGISTER", "mira-aaaa", "");
    let challenge = scene.send(PHONE, &first);
    let header = authorization(&challenge, "REGISTER", "mira-aaaa", PASSWORD);
    let second = scene.request("REGISTER", "mira-aaaa", &header).replace("expires=600", "expires=5");
    let response = answered(&scene.send(PHONE, &second));
    assert_eq!((response.status, response.header("Min-Expires")), (Status(423), Some("60")));
}

#[test]
fn revoked_phone_is_gone_at_once() {
    let mut scene = Scene::new();
    assert_eq!(scene.register(PHONE, "mira-aaaa", PASSWORD), 200);
    assert_eq!(scene.door.poll_moved().map(|(_, places)| places.len()), Some(1));
    let directory = Directory::new(vec![phone(2, 20, "ana-bbbb")], Vec::new(), "odziv");
    scene.door.heard(DoorEvent::Directory(Box::new(directory)));
    assert_eq!(scene.door.poll_moved(), Some((UserId(10), Vec::new())));
    assert_eq!(scene.register(PHONE, "mira-aaaa", PASSWORD), 403);
}

#[test]
fn stranger_with_a_connection_must_show_a_password_in_time() {
    let mut scene = Scene::new();
    let local = "127.0.0.1:5060".parse().unwrap();
    let remote = |port: u16| SocketAddr::from(([192, 0, 2, 66], port));
    for port in 0..30 {
        assert_eq!(scene.door.connected(Transport::Tcp, remote(port), local, scene.now), port < 20);
    }
    let desk = Desk::default();
    let at = Clock::system().now();
    assert!(scene.door.handle_timeout(scene.now, at, &desk).is_empty());
    scene.now += MANNERS + HOUSEKEEPING;
    assert_eq!(scene.door.handle_timeout(scene.now, at, &desk).len(), 20);
}

#[test]
fn pages_see_who_is_registered_and_who_is_loud() {
    let mut scene = Scene::new();
    scene.register(PHONE, "mira-aaaa", PASSWORD);
    let desk = Desk::default();
    scene.door.handle_timeout(scene.now + HOUSEKEEPING, Clock::system().now(), &desk);
    let registrations = desk.registrations();
    assert_eq!((registrations.len(), registrations[0].phone, registrations[0].nat), (1, PhoneId(1), true));
    let safety = desk.safety();
    assert_eq!((safety.counts.registrations, safety.counts.challenges), (1, 1));
    assert!(safety.sources[0].proven);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// Whatever a stranger puts together, it is not let in as anybody and nothing is registered.
    #[test]
    fn strangers_are_never_anybody(
        method in "(REGISTER|INVITE|OPTIONS|SUBSCRIBE|MESSAGE|BYE|ACK|CANCEL|NOTIFY|[A-Z]{1,8})",
        user in "[a-z0-9%;@<>\"-]{0,12}",
        contact in "(\\*|<sip:[a-z0-9@.:;=]{0,20}>(;expires=[0-9]{0,12})?|[ -~]{0,30})",
        credentials in "(Authorization: Digest username=\"(mira-aaaa|x)\", realm=\"odziv\", nonce=\"[0-9a-f]{0,48}\", \
            uri=\"sip:odziv\", response=\"[0-9a-f]{0,64}\"(, qop=auth, nc=[0-9a-f]{0,8}, cnonce=\"c\")?(, algorithm=(MD5|SHA-256))?\r\n)?",
        expires in "(Expires: [0-9a-z-]{0,12}\r\n)?",
    ) {
        let mut scene = Scene::new();
        let text = scene
            .request(&method, &user, &format!("{credentials}{expires}"))
            .replace("Contact: <", &format!("Contact: {contact}\r\nX: <"));
        if let Decision::Pass(_, _, origin) = scene.send("192.0.2.66:5060", &text) {
            prop_assert_eq!(origin, None);
        }
        prop_assert!(scene.door.registrar.is_empty());
    }
}
