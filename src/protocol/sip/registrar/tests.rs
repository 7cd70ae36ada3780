//! The registrar on virtual time.

use super::*;
use crate::protocol::sip::message::{Message, parse};

const MIRA: PhoneKey = 1;

struct Scene {
    registrar: Registrar,
    now: Instant,
    flow: Flow,
    cseq: u32,
}

impl Scene {
    fn new() -> Self {
        let flow = flow(Transport::Udp, "198.51.100.7:40000");
        #[expect(clippy::disallowed_methods, reason = "some moment from which virtual time runs")]
        let now = Instant::now();
        Self { registrar: Registrar::default(), now, flow, cseq: 0 }
    }

    fn register(&mut self, headers: &str) -> Result<(), Refused> {
        self.cseq += 1;
        self.register_as("call", self.cseq, headers)
    }

    fn register_as(&mut self, call_id: &str, cseq: u32, headers: &str) -> Result<(), Refused> {
        self.registrar.register(MIRA, &request(call_id, cseq, headers), self.flow, self.now)
    }

    fn uris(&self) -> Vec<&str> {
        self.registrar.bound(MIRA).map(|binding| binding.uri.as_str()).collect()
    }

    fn wait(&mut self, duration: Duration) {
        let end = self.now + duration;
        while let Some(due) = self.registrar.poll_timeout().filter(|due| *due <= end) {
            self.now = self.now.max(due);
            self.registrar.handle_timeout(self.now);
        }
        self.now = end;
    }

    /// Whether somebody heard of a change, and that it was told once.
    fn moved(&mut self) -> bool {
        let moved: Vec<_> = std::iter::from_fn(|| self.registrar.poll_moved()).collect();
        assert!(moved.is_empty() || moved == [MIRA], "{moved:?}");
        !moved.is_empty()
    }
}

fn flow(transport: Transport, remote: &str) -> Flow {
    Flow { transport, local: "192.0.2.1:5060".parse().unwrap(), remote: remote.parse().unwrap() }
}

fn request(call_id: &str, cseq: u32, headers: &str) -> Request {
    let text = format!(
        "REGISTER sip:odziv SIP/2.0\r\nVia: SIP/2.0/UDP 10.0.0.5;rport;branch=z9hG4bK{cseq}\r\nFrom: <sip:mira@odziv>;tag=1\r\n\
         To: <sip:mira@odziv>\r\nCall-ID: {call_id}\r\nCSeq: {cseq} REGISTER\r\n{headers}\r\n"
    );
    Request::from_bytes(text.as_bytes()).unwrap()
}

fn answer(probe: &Transmit) -> Response {
    let request = Request::from_bytes(&probe.bytes).unwrap();
    let bytes = request.answer(Status(405), probe.flow.local, "t").finish();
    let Ok(Message::Response(response)) = parse(&bytes) else { panic!("no response") };
    response
}

#[test]
fn contacts_come_refresh_and_go() {
    let mut scene = Scene::new();
    scene
        .register("Contact: <sip:a@10.0.0.5:5060>;expires=120, <sip:b@10.0.0.6>\r\nExpires: 60\r\n")
        .unwrap();
    assert_eq!(scene.uris(), ["sip:b@10.0.0.6", "sip:a@10.0.0.5:5060"]);
    scene.wait(Duration::from_secs(61));
    assert_eq!(scene.uris(), ["sip:a@10.0.0.5:5060"]);
    scene.register("Contact: <sip:a@10.0.0.5:5060>;expires=120\r\n").unwrap();
    scene.wait(Duration::from_secs(119));
    assert_eq!(scene.uris().len(), 1);
    scene.register("").unwrap();
    assert_eq!(scene.uris().len(), 1, "a fetch changes nothing");
    scene.register("Contact: <sip:a@10.0.0.5:5060>;expires=0\r\n").unwrap();
    assert!(scene.uris().is_empty());
    assert!(scene.moved());
    assert!(
        scene.registrar.is_empty()
            && scene.registrar.by_way.is_empty()
            && scene.registrar.by_phone.is_empty()
    );
}

#[test]
fn star_removes_everything_and_only_with_expires_zero() {
    let mut scene = Scene::new();
    scene.register("Contact: <sip:a@10.0.0.5>, <sip:b@10.0.0.5>\r\n").unwrap();
    assert_eq!(scene.register("Contact: *\r\nExpires: 60\r\n"), Err(Refused::BadContact));
    assert_eq!(scene.register("Contact: *\r\n"), Err(Refused::BadContact));
    assert_eq!(scene.register("Contact: *, <sip:a@b>\r\nExpires: 0\r\n"), Err(Refused::BadContact));
    assert_eq!(scene.uris().len(), 2);
    scene.register("Contact: *\r\nExpires: 0\r\n").unwrap();
    assert!(scene.uris().is_empty());
}

#[test]
fn brief_expiry_is_refused_and_a_long_one_is_cut() {
    let mut scene = Scene::new();
    assert_eq!(scene.register("Contact: <sip:a@10.0.0.5>;expires=59\r\n"), Err(Refused::TooBrief));
    scene.register("Contact: <sip:a@10.0.0.5>;expires=4294967296\r\n").unwrap();
    let granted = scene.registrar.bound(MIRA).next().unwrap().expires_at - scene.now;
    assert_eq!(granted, MAX_EXPIRES);
}

#[test]
fn late_request_changes_nothing_but_a_repeated_one_is_no_mistake() {
    let mut scene = Scene::new();
    scene.register_as("a", 5, "Contact: <sip:a@10.0.0.5>\r\n").unwrap();
    assert_eq!(
        scene.register_as("a", 4, "Contact: <sip:a@10.0.0.5>;expires=0\r\n"),
        Err(Refused::OutOfOrder)
    );
    assert_eq!(scene.register_as("a", 4, "Contact: *\r\nExpires: 0\r\n"), Err(Refused::OutOfOrder));
    scene.register_as("a", 5, "Contact: <sip:a@10.0.0.5>\r\n").unwrap();
    // A phone that started anew counts from the beginning under another Call-ID.
    scene.register_as("b", 1, "Contact: <sip:a@10.0.0.5>\r\n").unwrap();
    assert_eq!(scene.uris().len(), 1);
}

#[test]
fn phone_that_moves_replaces_its_binding_by_its_instance() {
    let mut scene = Scene::new();
    let contact =
        |host: &str| format!("Contact: <sip:a@{host}>;+sip.instance=\"<urn:uuid:1>\";expires=600\r\n");
    scene.register(&contact("10.0.0.5:1111")).unwrap();
    scene.flow = flow(Transport::Tcp, "203.0.113.9:2222");
    scene.register(&contact("10.9.9.9:2222")).unwrap();
    let binding = scene.registrar.bound(MIRA).next().unwrap();
    assert_eq!((binding.uri.as_str(), binding.flow), ("sip:a@10.9.9.9:2222", scene.flow));
    assert_eq!(scene.registrar.len(), 1);
    assert!(binding.behind_nat());
    assert!(scene.moved());
    assert!(scene.registrar.on_way(&scene.flow).is_some());
    assert!(scene.registrar.on_way(&flow(Transport::Udp, "198.51.100.7:40000")).is_none());
}

#[test]
fn contacts_of_a_phone_are_bounded_and_the_oldest_goes() {
    let mut scene = Scene::new();
    for n in 0..MAX_CONTACTS + 5 {
        scene.register(&format!("Contact: <sip:a@10.0.0.5:{}>\r\n", 1000 + n)).unwrap();
    }
    assert_eq!(scene.uris().len(), MAX_CONTACTS);
    assert_eq!(scene.uris().last(), Some(&"sip:a@10.0.0.5:1005"));
}

#[test]
fn closed_connection_takes_its_bindings_with_it() {
    let mut scene = Scene::new();
    scene.flow = flow(Transport::Tcp, "198.51.100.7:5555");
    scene.register("Contact: <sip:a@10.0.0.5>\r\n").unwrap();
    scene.registrar.closed(Transport::Udp, scene.flow.remote);
    assert_eq!(scene.uris().len(), 1);
    scene.registrar.closed(Transport::Tcp, scene.flow.remote);
    assert!(scene.uris().is_empty());
    assert!(scene.moved());
}

#[test]
fn probes_keep_the_hole_open_and_show_who_is_gone() {
    let mut scene = Scene::new();
    scene.register("Contact: <sip:a@10.0.0.5>;expires=3600\r\n").unwrap();
    for _ in 0..10 {
        scene.wait(PROBE_UDP);
        let probe = scene.registrar.poll_transmit().unwrap();
        assert_eq!(probe.flow, scene.flow);
        assert!(scene.registrar.answered(&answer(&probe)), "any answer counts");
        assert!(scene.registrar.poll_transmit().is_none());
    }
    scene.wait(PROBE_UDP * (MAX_MISSED + 2));
    assert!(scene.uris().is_empty());
    assert!(scene.moved());
}

#[test]
fn phone_that_never_answers_probes_stays_until_it_expires() {
    let mut scene = Scene::new();
    scene.register("Contact: <sip:a@10.0.0.5>;expires=600\r\n").unwrap();
    scene.wait(Duration::from_secs(599));
    assert_eq!(scene.uris().len(), 1);
    scene.wait(Duration::from_secs(2));
    assert!(scene.uris().is_empty());
}

#[test]
fn answers_to_others_are_not_taken() {
    let mut scene = Scene::new();
    scene.register("Contact: <sip:a@10.0.0.5>\r\n").unwrap();
    scene.wait(PROBE_UDP);
    let probe = scene.registrar.poll_transmit().unwrap();
    let mut response = answer(&probe);
    response.via.branch = Some("z9hG4bK77".into());
    assert!(!scene.registrar.answered(&response));
}

#[test]
fn refresh_is_written_down_only_when_what_is_written_runs_out() {
    let mut scene = Scene::new();
    scene.register("Contact: <sip:a@10.0.0.5>;expires=600\r\n").unwrap();
    assert_eq!(scene.registrar.take_dirty(10).len(), 1);
    for _ in 0..4 {
        scene.wait(Duration::from_secs(60));
        scene.register("Contact: <sip:a@10.0.0.5>;expires=600\r\n").unwrap();
    }
    assert!(scene.registrar.take_dirty(10).is_empty());
    scene.wait(Duration::from_secs(100));
    scene.register("Contact: <sip:a@10.0.0.5>;expires=600\r\n").unwrap();
    assert_eq!(scene.registrar.take_dirty(10).len(), 1);
    scene.register("Contact: *\r\nExpires: 0\r\n").unwrap();
    assert_eq!(scene.registrar.take_dirty(10), [(MIRA, Vec::new())]);
}

#[test]
fn restart_finds_phones_and_probes_them() {
    let mut scene = Scene::new();
    scene.register("Contact: <sip:a@10.0.0.5>;expires=600\r\n").unwrap();
    let (_, bindings) = scene.registrar.take_dirty(1).remove(0);
    let mut again = Scene { registrar: Registrar::default(), ..scene };
    bindings.into_iter().for_each(|binding| again.registrar.restore(binding, again.now));
    assert_eq!((again.uris().len(), again.moved()), (1, true));
    again.wait(Duration::from_secs(12));
    assert!(again.registrar.poll_transmit().is_some());
}

#[test]
fn contacts_that_could_do_harm_are_refused() {
    let mut scene = Scene::new();
    for contact in ["<tel:+381>", "<sip:a@b\tc>", "garbage", "<http://x>"] {
        assert_eq!(scene.register(&format!("Contact: {contact}\r\n")), Err(Refused::BadContact), "{contact}");
    }
    let long = format!("Contact: <sip:{}@10.0.0.5>\r\n", "a".repeat(600));
    assert_eq!(scene.register(&long), Err(Refused::BadContact));
}
