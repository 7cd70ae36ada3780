use super::*;
use crate::protocol::sip::digest::Credentials;
use crate::protocol::sip::message::{Message, Request, parse};
use crate::protocol::sip::{Flow, Transport};

const SECOND: Duration = Duration::from_secs(1);

/// A registration and the registrar that the test plays, on virtual time.
struct World {
    registration: Registration,
    now: Instant,
}

impl World {
    #[expect(clippy::disallowed_methods, reason = "virtual time begins somewhere")]
    fn new(change: impl FnOnce(&mut Settings)) -> Self {
        let mut settings = Settings {
            registrar: "operator.example".into(),
            address: "sip:38121480000@operator.example".into(),
            auth_username: "38121480000".into(),
            password: "secret".into(),
            realm: None,
            expires: 600 * SECOND,
        };
        change(&mut settings);
        let now = Instant::now();
        Self {
            registration: Registration::new(settings, "sip:38121480000@192.0.2.1:5060", [7; 32], now),
            now,
        }
    }

    /// What it sends now, as the registrar reads it.
    fn sent(&mut self) -> Option<Request> {
        let request = self.registration.poll(self.now)?;
        let flow = Flow {
            transport: Transport::Udp,
            local: "192.0.2.1:5060".parse().unwrap(),
            remote: "192.0.2.9:5060".parse().unwrap(),
        };
        Some(Request::from_bytes(&request.write(flow, "z9hG4bKb")).unwrap())
    }

    /// Waits until it sends; says how long that took.
    fn wait(&mut self) -> (Duration, Request) {
        let start = self.now;
        for _ in 0..1_000 {
            if let Some(request) = self.sent() {
                return (self.now - start, request);
            }
            self.now = self.registration.next_timeout().expect("it never tries again").max(self.now);
        }
        panic!("it waits for ever");
    }

    fn reply(&mut self, request: &Request, status: u16, headers: &[(&str, &str)]) {
        let mut answer = request.answer(Status(status), "192.0.2.9:5060".parse().unwrap(), "t");
        for (name, value) in headers {
            answer = answer.header(name, value);
        }
        let Ok(Message::Response(response)) = parse(&answer.finish()) else { panic!("no response") };
        self.registration.answered(&response, self.now);
    }

    fn challenge(&mut self, request: &Request, nonce: &str, more: &str) {
        let header = format!("Digest realm=\"operator.example\", nonce=\"{nonce}\", qop=\"auth\"{more}");
        self.reply(request, 401, &[("WWW-Authenticate", &header)]);
    }

    fn registered(&self) -> bool {
        self.registration.is_registered(self.now)
    }
}

fn proof(request: &Request) -> Option<Credentials> {
    Credentials::parse(request.header("Authorization")?)
}

fn contact(request: &Request) -> String {
    request.header("Contact").unwrap().to_owned()
}

#[test]
fn cold_start_registers_at_once_and_follows_the_granted_time() {
    let mut world = World::new(|_| ());
    let first = world.sent().unwrap();
    assert_eq!(first.method, Method::Register);
    assert_eq!(contact(&first), "<sip:38121480000@192.0.2.1:5060>;expires=600");
    world.reply(
        &first,
        200,
        &[("Contact", "<sip:38121480000@192.0.2.1:5060>;q=1;expires=100"), ("Expires", "3600")],
    );
    assert!(world.registered());
    let (waited, again) = world.wait();
    assert!((70 * SECOND..=85 * SECOND).contains(&waited), "{waited:?}");
    assert_eq!((again.call_id, again.cseq), (first.call_id, first.cseq + 1));
}

#[test]
fn grant_is_read_from_the_expires_header_when_our_contact_is_not_listed() {
    let mut world = World::new(|_| ());
    let first = world.sent().unwrap();
    world.reply(&first, 200, &[("Contact", "<sip:other@192.0.2.77>;expires=5"), ("Expires", "60")]);
    let (waited, _) = world.wait();
    assert!((42 * SECOND..=51 * SECOND).contains(&waited), "{waited:?}");
}

#[test]
fn challenge_is_answered_once_and_its_nonce_used_again() {
    let mut world = World::new(|_| ());
    let first = world.sent().unwrap();
    assert!(proof(&first).is_none());
    world.challenge(&first, "n1", "");
    let second = world.sent().unwrap();
    let answer = proof(&second).unwrap();
    let secret = Algorithm::Md5.secret("38121480000", "operator.example", "secret");
    assert!(answer.verify(&secret, "REGISTER") && answer.nonce == "n1");
    world.reply(&second, 200, &[("Expires", "600")]);
    let (_, third) = world.wait();
    let answer = proof(&third).unwrap();
    assert_eq!((answer.nonce.as_str(), answer.qop.unwrap().count), ("n1", 2));
    world.challenge(&third, "n2", ", stale=true");
    let fourth = world.sent().unwrap();
    assert_eq!(proof(&fourth).unwrap().nonce, "n2", "a stale nonce is replaced at once");
    world.reply(&fourth, 200, &[]);
    assert!(world.registered());
}

#[test]
fn server_that_replaces_nonces_without_saying_stale_is_followed() {
    let mut world = World::new(|_| ());
    let first = world.sent().unwrap();
    world.challenge(&first, "n1", "");
    let second = world.sent().unwrap();
    world.reply(&second, 200, &[("Expires", "600")]);
    let (_, third) = world.wait();
    world.challenge(&third, "n2", "");
    let fourth = world.sent().unwrap();
    assert_eq!(proof(&fourth).unwrap().nonce, "n2");
}

#[test]
fn strongest_challenge_is_answered_and_a_foreign_realm_learns_nothing() {
    let mut world = World::new(|settings| settings.realm = Some("operator.example".into()));
    let first = world.sent().unwrap();
    world.reply(
        &first,
        401,
        &[
            ("WWW-Authenticate", "Digest realm=\"operator.example\", nonce=\"a\", algorithm=MD5"),
            ("WWW-Authenticate", "Digest realm=\"operator.example\", nonce=\"b\", algorithm=SHA-256"),
        ],
    );
    let second = world.sent().unwrap();
    assert_eq!(proof(&second).unwrap().algorithm, Algorithm::Sha256);
    world.reply(&second, 401, &[("WWW-Authenticate", "Digest realm=\"evil.example\", nonce=\"c\"")]);
    assert_eq!(
        *world.registration.state(),
        State::Failed { why: Failure::OtherRealm("evil.example".into()) }
    );
}

#[test]
fn wrong_password_is_said_and_not_insisted_on() {
    let mut world = World::new(|_| ());
    let first = world.sent().unwrap();
    world.challenge(&first, "n1", "");
    let second = world.sent().unwrap();
    world.challenge(&second, "n2", "");
    assert_eq!(*world.registration.state(), State::Failed { why: Failure::WrongPassword });
    let (waited, _) = world.wait();
    assert!(waited >= 60 * SECOND, "{waited:?}");
}

#[test]
fn interval_too_brief_is_lengthened_as_asked() {
    let mut world = World::new(|_| ());
    let first = world.sent().unwrap();
    world.reply(&first, 423, &[("Min-Expires", "1800")]);
    let second = world.sent().unwrap();
    assert!(contact(&second).ends_with(";expires=1800"));
    world.reply(&second, 423, &[("Min-Expires", "1800")]);
    assert!(world.sent().is_none(), "the same demand twice is a fault and waits");
}

#[test]
fn server_that_returns_is_registered_with_within_ten_seconds() {
    for seed in 0..50 {
        let mut world = World::new(|_| ());
        world.registration.random = StdRng::from_seed([seed; 32]);
        // Away for a long time: nothing is answered, or the port is closed.
        for round in 0..20 {
            let _ = world.wait();
            if round % 3 == 0 {
                world.registration.unanswered(Failure::ConnectionLost, world.now);
            }
        }
        assert!(!world.registered());
        // It returns at the worst moment: just after an attempt went out, which the transaction layer repeats every 4 s at most.
        let (waited, attempt) = world.wait();
        assert!(waited <= PATIENCE + LONGEST_WAIT.mul_f64(1.25));
        world.registration.unanswered(Failure::ConnectionLost, world.now);
        let (waited, attempt_after) = world.wait();
        assert!(waited <= 10 * SECOND && attempt_after.cseq == attempt.cseq + 1, "{waited:?}");
        world.reply(&attempt_after, 200, &[]);
        assert!(world.registered());
    }
}

#[test]
fn binding_is_believed_until_it_expires_though_the_server_is_silent() {
    let mut world = World::new(|_| ());
    let first = world.sent().unwrap();
    world.reply(&first, 200, &[("Expires", "100")]);
    let (_, _) = world.wait();
    let (_, _) = world.wait();
    assert!(world.registered(), "one lost refresh is not the end");
    for _ in 0..10 {
        let _ = world.wait();
    }
    assert!(!world.registered());
    assert_eq!(*world.registration.state(), State::Failed { why: Failure::NoAnswer });
}

#[test]
fn retry_after_is_followed() {
    let mut world = World::new(|_| ());
    let first = world.sent().unwrap();
    world.reply(&first, 503, &[("Retry-After", "17 (restarting)")]);
    assert_eq!(world.wait().0, 17 * SECOND);
}

#[test]
fn registrar_that_may_have_forgotten_us_is_asked_at_once() {
    let mut world = World::new(|_| ());
    let first = world.sent().unwrap();
    world.reply(&first, 200, &[("Expires", "600")]);
    world.now += 30 * SECOND;
    assert!(world.sent().is_none());
    world.registration.refresh(world.now);
    assert!(world.sent().is_some());
    world.registration.refresh(world.now);
    assert!(world.sent().is_none(), "one is under way");
}

#[test]
fn new_address_is_registered_and_the_old_one_taken_back() {
    let mut world = World::new(|_| ());
    let first = world.sent().unwrap();
    world.reply(&first, 200, &[("Expires", "600")]);
    world.registration.moved("sip:38121480000@192.0.2.1:5060", world.now);
    assert!(world.sent().is_none(), "nothing changed");
    world.registration.moved("sip:38121480000@198.51.100.4:5060", world.now);
    let second = world.sent().unwrap();
    let contacts: Vec<_> = second.headers("Contact").collect();
    assert_eq!(
        contacts,
        ["<sip:38121480000@198.51.100.4:5060>;expires=600", "<sip:38121480000@192.0.2.1:5060>;expires=0"]
    );
}

#[test]
fn binding_is_taken_back_at_the_end() {
    let mut world = World::new(|_| ());
    let first = world.sent().unwrap();
    world.challenge(&first, "n1", "");
    let second = world.sent().unwrap();
    world.reply(&second, 200, &[("Expires", "600")]);
    world.registration.stop(world.now);
    assert!(!world.registration.is_over());
    let last = world.sent().unwrap();
    assert!(contact(&last).ends_with(";expires=0") && proof(&last).is_some());
    world.reply(&last, 200, &[]);
    assert!(world.registration.is_over() && world.registration.next_timeout().is_none());
}

#[test]
fn end_before_the_first_grant_says_nothing() {
    let mut world = World::new(|_| ());
    let _ = world.sent();
    world.registration.stop(world.now);
    assert!(world.registration.is_over() && world.sent().is_none());
}
