use tokio::sync::watch;

use super::*;
use crate::config;
use crate::config::sip::{Assert, FromUser, NumberForm, Trunk};
use crate::domain::caller::Caller;
use crate::domain::outbound::{Refused, Who};
use crate::domain::phone::PhoneNumber;
use crate::protocol::sip::Transport;
use crate::protocol::sip::message::{Message, Status, parse};
use crate::telephony::tariffs;

fn trunk(change: impl FnOnce(&mut Trunk)) -> Trunk {
    let mut trunk = Trunk::by_address("operator", Vec::new());
    trunk.server = Some("127.0.0.9".into());
    trunk.username = Some("tel480".into());
    trunk.password = Some("secret".into());
    trunk.number = Some("+38121480000".into());
    change(&mut trunk);
    trunk
}

/// Without store and DNS.
fn trunks(list: Vec<Trunk>) -> (Trunks, Outbound, Agent, Instant) {
    let clock = Clock::test("2026-11-22T12:00:00Z".parse().unwrap());
    let now = clock.instant();
    let config = Sip { trunk: list, ..Sip::default() };
    let peers = Peers::new(&config, "127.0.0.1:5060".parse().unwrap(), None);
    let zone = TimeZone::UTC;
    let day = clock.now().to_zoned(zone.clone()).date();
    let lines: Vec<Line> =
        config.trunk.iter().map(|trunk| Line::new(trunk.clone(), &peers, now).unwrap()).collect();
    let handle = TelephonyHandle::default();
    handle.set_trunks(lines.iter().map(Line::status).collect());
    let outbound = tariffs::outbound(&config::outbound::Outbound::default(), &config, day, &[]);
    let mut trunks = Trunks {
        lines,
        account: Account::nowhere(),
        asked: HashMap::new(),
        peers,
        handle,
        clock: clock.clone(),
        zone,
        looked: now,
        published: now,
    };
    let (tell, _) = mpsc::channel(1);
    trunks.follow_names(&[], &clock, &tell);
    (trunks, outbound, Agent::new([3; 32]), now)
}

/// What goes out now: first line and target.
fn sent(
    trunks: &mut Trunks,
    outbound: &mut Outbound,
    agent: &mut Agent,
    now: Instant,
) -> Vec<(String, String)> {
    agent.handle_timeout(now);
    while let Some(event) = agent.poll_event() {
        if let crate::protocol::sip::agent::Event::Reply { request, response } = event {
            trunks.replied(request, &response, now);
        }
    }
    trunks.work(agent, outbound, now);
    std::iter::from_fn(|| agent.poll_transmit())
        .map(|transmit| {
            let text = String::from_utf8_lossy(&transmit.bytes).into_owned();
            (text, transmit.flow.remote.to_string())
        })
        .collect()
}

/// The server answers everything that was sent to it.
fn answer(agent: &mut Agent, sent: &[(String, String)], status: u16, now: Instant) {
    for (text, remote) in sent {
        let Ok(Message::Request(request)) = parse(text.as_bytes()) else { panic!("{text}") };
        let remote: std::net::SocketAddr = remote.parse().unwrap();
        let bytes = request.answer(Status(status), remote, "t").finish();
        let flow = crate::protocol::sip::Flow {
            transport: Transport::Udp,
            local: "127.0.0.1:5060".parse().unwrap(),
            remote,
        };
        agent.receive(&bytes, flow, now, &mut || crate::protocol::sip::agent::Admission::Admit).unwrap();
    }
}

fn outgoing(trunk: Trunk, dialled: &str, caller: Option<&Caller>) -> (String, String, Vec<String>) {
    let (trunks, outbound, ..) = trunks(vec![trunk]);
    let route = outbound.route(dialled, Who::System, trunks.day()).unwrap();
    let extension = Caller::Name("12".into());
    let caller = caller.unwrap_or(&extension);
    let (call, flow, secure) = trunks.outgoing(&outbound, TrunkId(0), &route.number, (caller, None)).unwrap();
    assert!(!secure);
    assert_eq!(flow.remote.ip().to_string(), "127.0.0.9");
    assert_eq!(call.credentials.map(|c| c.user).as_deref(), Some("tel480"));
    let headers = call.headers.iter().map(|(name, value)| format!("{name}: {value}")).collect();
    (call.uri.unwrap(), call.from, headers)
}

#[test]
fn call_out_says_our_number_in_the_notation_of_the_trunk() {
    let (uri, from, headers) = outgoing(trunk(|_| ()), "064/123-45-67", None);
    assert_eq!(uri, "sip:+381641234567@127.0.0.9;user=phone");
    assert_eq!(from, "sip:+38121480000@127.0.0.9;user=phone");
    assert_eq!(headers, ["P-Asserted-Identity: <sip:+38121480000@127.0.0.9;user=phone>"]);
    let old = trunk(|trunk| {
        trunk.number_form = NumberForm::National;
        trunk.from = FromUser::Username;
        trunk.assert = Assert::Rpid;
        trunk.user_phone = false;
        trunk.domain = Some("operator.example".into());
    });
    let (uri, from, headers) = outgoing(old, "+381641234567", None);
    assert_eq!(uri, "sip:0641234567@operator.example");
    assert_eq!(from, "sip:tel480@operator.example");
    assert_eq!(
        headers,
        ["Remote-Party-ID: <sip:021480000@operator.example>;party=calling;screen=yes;privacy=off"]
    );
}

#[test]
fn forwarded_caller_is_shown_only_where_the_trunk_allows_it() {
    let caller = Caller::Number(PhoneNumber::parse("+381601112222", "RS").unwrap());
    let (_, from, _) = outgoing(trunk(|_| ()), "021480000", Some(&caller));
    assert_eq!(from, "sip:+38121480000@127.0.0.9;user=phone");
    let (_, from, _) = outgoing(trunk(|trunk| trunk.show_caller = true), "021480000", Some(&caller));
    assert_eq!(from, "sip:+381601112222@127.0.0.9;user=phone");
    let (_, from, headers) =
        outgoing(trunk(|trunk| trunk.show_caller = true), "021480000", Some(&Caller::Hidden));
    assert_eq!(from, "sip:anonymous@anonymous.invalid");
    assert_eq!(headers, ["P-Asserted-Identity: <sip:+38121480000@127.0.0.9;user=phone>", "Privacy: id"]);
}

#[test]
fn number_that_was_dialled_is_found_behind_our_contact() {
    let (trunks, ..) = trunks(vec![trunk(|_| ())]);
    let called = |uri: &str, to: &str, more: &str| {
        let text = format!(
            "INVITE {uri} SIP/2.0\r\nVia: SIP/2.0/UDP 127.0.0.9;branch=z9hG4bKx\r\nFrom: <sip:a@b>;tag=f\r\n\
             To: {to}\r\nCall-ID: c\r\nCSeq: 1 INVITE\r\n{more}\r\n"
        );
        trunks.called(TrunkId(0), &Request::from_bytes(text.as_bytes()).unwrap())
    };
    assert_eq!(called("sip:021480001@127.0.0.1", "<sip:021480000@x>", ""), "021480001");
    assert_eq!(called("sip:tel480@127.0.0.1", "<sip:+38121480002@x>", ""), "+38121480002");
    assert_eq!(called("sip:tel480@127.0.0.1", "<tel:+38121480002>", ""), "+38121480002");
    let party = "P-Called-Party-ID: <sip:021480003@x>\r\n";
    assert_eq!(called("sip:tel480@127.0.0.1", "<sip:021480000@x>", party), "021480003");
    assert_eq!(called("sip:tel480@127.0.0.1", "<sip:tel480@x>", ""), "+38121480000");
}

#[test]
fn trunk_registers_and_asks_and_is_up_when_both_are_answered() {
    let (mut trunks, mut outbound, mut agent, now) = trunks(vec![trunk(|trunk| trunk.register = true)]);
    let first = sent(&mut trunks, &mut outbound, &mut agent, now);
    let lines: Vec<&str> = first.iter().filter_map(|(text, _)| text.split(' ').next()).collect();
    assert_eq!(lines, ["REGISTER", "OPTIONS"]);
    assert!(first[0].0.contains("Contact: <sip:tel480@127.0.0.1:5060>;expires=600"), "{}", first[0].0);
    assert_eq!(trunks.lines[0].state(now), TrunkState::Trying);
    answer(&mut agent, &first, 200, now);
    sent(&mut trunks, &mut outbound, &mut agent, now);
    assert_eq!(trunks.lines[0].state(now), TrunkState::Registered);
    let soon = now + PUBLISH;
    sent(&mut trunks, &mut outbound, &mut agent, soon);
    let status = &trunks.handle.trunks()[0];
    assert_eq!((status.state, status.registered_until.is_some()), (TrunkState::Registered, true));
    trunks.stop(soon);
    assert!(!trunks.is_over());
    let last = sent(&mut trunks, &mut outbound, &mut agent, soon);
    assert!(last[0].0.starts_with("REGISTER") && last[0].0.contains("expires=0"), "{last:?}");
    answer(&mut agent, &last, 200, soon);
    sent(&mut trunks, &mut outbound, &mut agent, soon);
    assert!(trunks.is_over());
}

#[test]
fn silent_server_is_left_for_the_next_one_and_its_return_noticed() {
    let (mut trunks, mut outbound, mut agent, mut now) = trunks(vec![trunk(|_| ())]);
    let targets = ["127.0.0.8:5060", "127.0.0.9:5060"].map(|t| t.parse().unwrap()).to_vec();
    trunks.resolved(Resolved { trunk: 0, targets: Ok(targets) }, now);
    assert!(trunks.peers.get("127.0.0.8".parse().unwrap()).is_some(), "its server may call in");
    let current = trunks.lines[0].target().unwrap().to_string();
    assert_eq!(current, "127.0.0.9:5060", "the one in use stays");
    sent(&mut trunks, &mut outbound, &mut agent, now);
    for _ in 0..7 {
        now += Duration::from_secs(1);
        sent(&mut trunks, &mut outbound, &mut agent, now);
    }
    assert_eq!(trunks.lines[0].target().unwrap().to_string(), "127.0.0.8:5060");
    assert_eq!(trunks.lines[0].state(now), TrunkState::Down);
    let day = trunks.day();
    let route = outbound.route("021480000", Who::System, day).unwrap();
    assert_eq!(outbound.begin(TrunkId(0), &route, now, day).unwrap_err(), Refused::Down);
    let mut down: watch::Receiver<bool> = trunks.lines[0].down();
    assert!(*down.borrow_and_update());
    let start = now;
    loop {
        now += Duration::from_millis(500);
        let asked = sent(&mut trunks, &mut outbound, &mut agent, now);
        answer(&mut agent, &asked, 200, now);
        sent(&mut trunks, &mut outbound, &mut agent, now);
        if trunks.lines[0].is_up(now) {
            break;
        }
        assert!(now < start + Duration::from_secs(10));
    }
    let ticket = outbound.begin(TrunkId(0), &route, now, day).unwrap();
    outbound.end(ticket, Duration::ZERO);
}
