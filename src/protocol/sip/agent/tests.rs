//! Two agents and the network between them, on virtual time.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::time::Duration;

use rand::Rng;

use super::*;

const CALLER: usize = 0;
const SERVER: usize = 1;
const SECOND: Duration = Duration::from_secs(1);

/// What the network does to packets.
#[derive(Clone, Copy, Default)]
struct Weather {
    lost: f64,
    doubled: f64,
    /// Up to so much later than the others, which reorders.
    jitter: Duration,
}

/// Arrival, order of sending, to whom, bytes.
type Packet = (Instant, u64, usize, Vec<u8>);

struct Net {
    agents: [Agent; 2],
    now: Instant,
    weather: Weather,
    random: StdRng,
    wire: BinaryHeap<Reverse<Packet>>,
    sent: u64,
    /// Swallows packets of one side that begin like this.
    swallow: Option<(usize, &'static str)>,
    events: [Vec<Event>; 2],
    /// First lines that arrived at, or left to, each side.
    arrived: [Vec<String>; 2],
    admission: Admission,
}

fn flow(of: usize, transport: Transport) -> Flow {
    let address = |side: usize| format!("192.0.2.{}:5060", side + 1).parse().unwrap();
    Flow { transport, local: address(of), remote: address(1 - of) }
}

impl Net {
    #[expect(clippy::disallowed_methods, reason = "the start of virtual time")]
    fn new(weather: Weather, seed: u8) -> Self {
        let now = Instant::now();
        Self {
            agents: [Agent::new([seed; 32]), Agent::new([seed ^ 0x55; 32])],
            now,
            weather,
            random: StdRng::from_seed([seed ^ 0xaa; 32]),
            wire: BinaryHeap::new(),
            sent: 0,
            swallow: None,
            events: [Vec::new(), Vec::new()],
            arrived: [Vec::new(), Vec::new()],
            admission: Admission::Admit,
        }
    }

    fn calm() -> Self {
        Self::new(Weather::default(), 1)
    }

    fn call(&mut self) -> DialogId {
        let call = Outgoing {
            to: "sip:021480000@192.0.2.2".into(),
            from: "sip:+381641234567@192.0.2.1".into(),
            offer: b"offer".to_vec(),
            ..Outgoing::default()
        };
        self.agents[CALLER].invite(call, flow(CALLER, Transport::Udp), self.now).unwrap()
    }

    /// Lets packets fly and timers run for so long.
    fn run(&mut self, span: Duration) {
        let end = self.now + span;
        loop {
            self.flush();
            let arrival = self.wire.peek().map(|Reverse((at, ..))| *at);
            let timers = self.agents.iter().filter_map(Agent::poll_timeout);
            let Some(next) = arrival.into_iter().chain(timers).min().filter(|at| *at <= end) else { break };
            self.now = self.now.max(next);
            while let Some(Reverse((at, _, to, bytes))) =
                self.wire.peek().cloned().filter(|Reverse(p)| p.0 <= self.now)
            {
                self.wire.pop();
                assert!(at <= self.now);
                self.deliver(to, &bytes);
            }
            let now = self.now;
            self.agents.iter_mut().for_each(|agent| agent.handle_timeout(now));
        }
        self.now = end;
    }

    fn flush(&mut self) {
        for side in [CALLER, SERVER] {
            while let Some(transmit) = self.agents[side].poll_transmit() {
                let swallowed = self
                    .swallow
                    .is_some_and(|(who, start)| who == side && transmit.bytes.starts_with(start.as_bytes()));
                if swallowed || self.random.random_bool(self.weather.lost) {
                    continue;
                }
                let copies = if self.random.random_bool(self.weather.doubled) { 2 } else { 1 };
                for _ in 0..copies {
                    let late = self.weather.jitter.mul_f64(self.random.random::<f64>());
                    self.sent += 1;
                    let at = self.now + Duration::from_millis(10) + late;
                    self.wire.push(Reverse((at, self.sent, 1 - side, transmit.bytes.to_vec())));
                }
            }
            while let Some(event) = self.agents[side].poll_event() {
                self.events[side].push(event);
            }
        }
    }

    fn deliver(&mut self, to: usize, bytes: &[u8]) {
        let line = String::from_utf8_lossy(bytes).lines().next().unwrap_or_default().to_owned();
        self.arrived[to].push(line);
        let admission = self.admission;
        let _ = self.agents[to].receive(bytes, flow(to, Transport::Udp), self.now, &mut || admission);
        self.flush();
    }

    fn inject(&mut self, to: usize, text: &str) -> Vec<String> {
        let before = self.arrived[1 - to].len();
        self.deliver(to, text.as_bytes());
        self.run(Duration::from_millis(100));
        self.arrived[1 - to][before..].to_vec()
    }

    fn invited(&self) -> DialogId {
        let invited: Vec<_> = self.events[SERVER]
            .iter()
            .filter_map(|event| match event {
                Event::Invited { dialog, .. } => Some(*dialog),
                _ => None,
            })
            .collect();
        assert_eq!(invited.len(), 1, "exactly one call");
        invited[0]
    }

    fn count(&self, side: usize, wanted: fn(&Event) -> bool) -> usize {
        self.events[side].iter().filter(|event| wanted(event)).count()
    }

    fn arrivals(&self, side: usize, start: &str) -> usize {
        self.arrived[side].iter().filter(|line| line.starts_with(start)).count()
    }

    /// Everything must be forgotten once all timers have run.
    fn assert_forgotten(&mut self) {
        self.run(100 * SECOND);
        for agent in &self.agents {
            assert_eq!((agent.dialogs(), agent.transactions()), (0, 0));
            assert!(agent.by_client.is_empty() && agent.by_server.is_empty() && agent.by_key.is_empty());
        }
    }
}

fn answered() -> (Net, DialogId, DialogId) {
    let mut net = Net::calm();
    let caller = net.call();
    net.run(Duration::from_millis(50));
    let server = net.invited();
    let now = net.now;
    net.agents[SERVER].ring(server, now);
    net.agents[SERVER].answer(server, b"answer", now);
    net.run(SECOND);
    (net, caller, server)
}

#[test]
fn call_is_answered_and_hung_up_by_either_side() {
    for side in [CALLER, SERVER] {
        let (mut net, caller, server) = answered();
        assert_eq!(net.arrived[CALLER], ["SIP/2.0 100 Trying", "SIP/2.0 180 Ringing", "SIP/2.0 200 OK"]);
        assert!(
            net.events[CALLER].iter().any(|e| matches!(e, Event::Answered { body, .. } if body == b"answer"))
        );
        assert_eq!(net.count(SERVER, |e| matches!(e, Event::Acknowledged { .. })), 1);
        let now = net.now;
        net.agents[side].hang_up([caller, server][side], now);
        net.run(SECOND);
        assert_eq!(net.count(1 - side, |e| matches!(e, Event::HungUp { .. })), 1);
        assert_eq!(net.count(side, |e| matches!(e, Event::Ended { .. })), 1);
        net.assert_forgotten();
    }
}

#[test]
fn calls_survive_loss_doubling_and_reordering() {
    let weather = Weather { lost: 0.3, doubled: 0.3, jitter: Duration::from_millis(300) };
    for seed in 0..100 {
        let mut net = Net::new(weather, seed);
        let caller = net.call();
        net.run(10 * SECOND);
        let server = net.invited();
        let now = net.now;
        net.agents[SERVER].ring(server, now);
        net.agents[SERVER].answer(server, b"answer", now);
        net.run(20 * SECOND);
        assert_eq!(net.count(CALLER, |e| matches!(e, Event::Answered { .. })), 1, "seed {seed}");
        assert_eq!(net.count(SERVER, |e| matches!(e, Event::Acknowledged { .. })), 1, "seed {seed}");
        let now = net.now;
        net.agents[CALLER].hang_up(caller, now);
        net.run(31 * SECOND);
        assert_eq!(net.count(SERVER, |e| matches!(e, Event::HungUp { .. })), 1, "seed {seed}");
        net.assert_forgotten();
    }
}

#[test]
fn lost_ack_is_asked_for_until_it_comes_and_the_call_lives() {
    let mut net = Net::calm();
    net.swallow = Some((CALLER, "ACK"));
    net.call();
    net.run(SECOND);
    let (server, now) = (net.invited(), net.now);
    net.agents[SERVER].answer(server, b"answer", now);
    net.run(10 * SECOND);
    assert!(net.arrivals(CALLER, "SIP/2.0 200") >= 5);
    net.swallow = None;
    net.run(30 * SECOND);
    assert_eq!(net.count(SERVER, |e| matches!(e, Event::Acknowledged { .. })), 1);
    assert_eq!(net.count(CALLER, |e| matches!(e, Event::HungUp { .. })), 0);
}

#[test]
fn call_that_is_never_acknowledged_is_left_with_bye_after_32_seconds() {
    let mut net = Net::calm();
    net.swallow = Some((CALLER, "ACK"));
    net.call();
    net.run(SECOND);
    let (server, now) = (net.invited(), net.now);
    net.agents[SERVER].answer(server, b"answer", now);
    net.run(31 * SECOND);
    assert_eq!(net.count(SERVER, |e| matches!(e, Event::NeverAcknowledged { .. })), 0);
    net.run(2 * SECOND);
    assert_eq!(net.count(SERVER, |e| matches!(e, Event::NeverAcknowledged { .. })), 1);
    assert_eq!(net.count(CALLER, |e| matches!(e, Event::HungUp { .. })), 1);
    assert_eq!(net.count(SERVER, |e| matches!(e, Event::Ended { .. })), 0, "the last was said already");
    net.assert_forgotten();
}

#[test]
fn hanging_up_before_the_ack_waits_for_it() {
    let mut net = Net::calm();
    net.swallow = Some((CALLER, "ACK"));
    net.call();
    net.run(SECOND);
    let (server, now) = (net.invited(), net.now);
    net.agents[SERVER].answer(server, b"answer", now);
    net.agents[SERVER].hang_up(server, now);
    net.run(3 * SECOND);
    assert_eq!(net.arrivals(CALLER, "BYE"), 0);
    net.swallow = None;
    net.run(5 * SECOND);
    assert_eq!(net.count(CALLER, |e| matches!(e, Event::HungUp { .. })), 1);
    assert_eq!(net.count(SERVER, |e| matches!(e, Event::Ended { .. })), 1);
    net.assert_forgotten();
}

#[test]
fn cancel_races_the_answer_at_every_millisecond() {
    for answer_at in 0..60 {
        for cancel_at in (0..60).step_by(3) {
            let mut net = Net::calm();
            let caller = net.call();
            for at in 0..60 {
                let now = net.now;
                if at == cancel_at {
                    net.agents[CALLER].hang_up(caller, now);
                }
                if at == answer_at
                    && let Some(Event::Invited { dialog, .. }) =
                        net.events[SERVER].iter().find(|e| matches!(e, Event::Invited { .. }))
                {
                    let dialog = *dialog;
                    net.agents[SERVER].answer(dialog, b"answer", now);
                }
                net.run(Duration::from_millis(1));
            }
            net.run(SECOND);
            let ended = net.count(CALLER, |e| matches!(e, Event::Ended { .. } | Event::Rejected { .. }));
            assert_eq!(ended, 1, "answer {answer_at} cancel {cancel_at}");
            let over = net.count(SERVER, |e| matches!(e, Event::Cancelled { .. } | Event::HungUp { .. }));
            assert_eq!(over, 1, "answer {answer_at} cancel {cancel_at}");
            net.assert_forgotten();
        }
    }
}

#[test]
fn both_hang_up_at_once() {
    let (mut net, caller, server) = answered();
    let now = net.now;
    net.agents[CALLER].hang_up(caller, now);
    net.agents[SERVER].hang_up(server, now);
    net.run(SECOND);
    assert_eq!(net.count(CALLER, |e| matches!(e, Event::Ended { .. })), 1);
    assert_eq!(net.count(SERVER, |e| matches!(e, Event::Ended { .. })), 1);
    net.assert_forgotten();
}

#[test]
fn peer_that_disappears_frees_everything() {
    let (mut net, _, server) = answered();
    net.swallow = Some((CALLER, ""));
    let now = net.now;
    net.agents[SERVER].hang_up(server, now);
    net.run(33 * SECOND);
    assert_eq!(net.count(SERVER, |e| matches!(e, Event::Ended { .. })), 1);
    assert_eq!(net.agents[SERVER].dialogs(), 0);
}

#[test]
fn overload_is_refused_with_retry_after_and_leaves_nothing_behind() {
    let mut net = Net::calm();
    net.admission = Admission::Overloaded { retry_after_s: 7 };
    net.call();
    net.run(SECOND);
    assert_eq!(net.count(CALLER, |e| matches!(e, Event::Rejected { status: Status(503), .. })), 1);
    assert_eq!((net.agents[SERVER].dialogs(), net.agents[SERVER].transactions()), (0, 0));
    net.assert_forgotten();
}

/// A request within the call, as the caller would send it.
fn within(net: &Net, method: &str, cseq: u32, more: &str) -> String {
    let key = net.agents[SERVER].legs.values().next().map(|leg| leg.key.clone()).unwrap_or_default();
    let (call_id, to_tag) = key.split_once('|').unwrap_or(("gone", "gone"));
    let caller_key = net.agents[CALLER].legs.values().next().map(|leg| leg.key.clone()).unwrap();
    let from_tag = caller_key.split_once('|').unwrap().1;
    format!(
        "{method} sip:odziv@192.0.2.2:5060 SIP/2.0\r\nVia: SIP/2.0/UDP 192.0.2.1:5060;rport;branch=z9hG4bK{method}{cseq}\r\n\
         From: <sip:+381641234567@192.0.2.1>;tag={from_tag}\r\nTo: <sip:021480000@192.0.2.2>;tag={to_tag}\r\n\
         Call-ID: {call_id}\r\nCSeq: {cseq} {method}\r\nMax-Forwards: 70\r\n{more}"
    )
}

#[test]
fn hold_is_offered_answered_and_acknowledged() {
    let (mut net, _, server) = answered();
    let reinvite = within(&net, "INVITE", 2, "Content-Type: application/sdp\r\n\r\nhold");
    assert_eq!(net.inject(SERVER, &reinvite), ["SIP/2.0 100 Trying"]);
    assert!(
        net.events[SERVER].iter().any(|e| matches!(e, Event::Reoffered { offer, .. } if offer == b"hold"))
    );
    let crossing = within(&net, "INVITE", 3, "Content-Type: application/sdp\r\n\r\nagain");
    assert_eq!(net.inject(SERVER, &crossing), ["SIP/2.0 500 Server Internal Error"]);
    let now = net.now;
    net.agents[SERVER].accept_offer(server, b"held", now);
    net.run(3 * SECOND);
    assert!(net.arrivals(CALLER, "SIP/2.0 200") >= 3, "repeated until ACK");
    let ack = within(&net, "ACK", 2, "\r\n");
    net.inject(SERVER, &ack);
    let before = net.arrivals(CALLER, "SIP/2.0 200");
    net.run(60 * SECOND);
    assert_eq!(net.arrivals(CALLER, "SIP/2.0 200"), before);
}

#[test]
fn offer_while_ours_is_open_is_told_to_wait() {
    let mut net = Net::calm();
    let offerless = "INVITE sip:021@192.0.2.2 SIP/2.0\r\nVia: SIP/2.0/UDP 192.0.2.1;rport;branch=z9hG4bKx\r\n\
                     From: <sip:a@b>;tag=f\r\nTo: <sip:021@192.0.2.2>\r\nCall-ID: c\r\nCSeq: 1 INVITE\r\n\
                     Contact: <sip:a@192.0.2.1>\r\n\r\n";
    net.inject(SERVER, offerless);
    let (server, now) = (net.invited(), net.now);
    net.agents[SERVER].answer(server, b"our offer", now);
    net.run(Duration::from_millis(100));
    let key = net.agents[SERVER].legs.values().next().unwrap().key.clone();
    let tag = key.split_once('|').unwrap().1;
    let within = |method: &str, cseq: u32, body: &str| {
        format!(
            "{method} sip:odziv@192.0.2.2 SIP/2.0\r\nVia: SIP/2.0/UDP 192.0.2.1;rport;branch=z9hG4bK{method}{cseq}\r\n\
             From: <sip:a@b>;tag=f\r\nTo: <sip:021@192.0.2.2>;tag={tag}\r\nCall-ID: c\r\nCSeq: {cseq} {method}\r\n\
             Content-Type: application/sdp\r\n\r\n{body}"
        )
    };
    assert_eq!(net.inject(SERVER, &within("INVITE", 2, "x")), ["SIP/2.0 491 Request Pending"]);
    net.inject(SERVER, &within("ACK", 1, "their answer"));
    assert!(
        net.events[SERVER]
            .iter()
            .any(|e| matches!(e, Event::Acknowledged { body, .. } if body == b"their answer"))
    );
}

#[test]
fn keys_arrive_by_info_once() {
    let (mut net, ..) = answered();
    let info =
        within(&net, "INFO", 2, "Content-Type: application/dtmf-relay\r\n\r\nSignal= 5\r\nDuration=160\r\n");
    assert_eq!(net.inject(SERVER, &info), ["SIP/2.0 200 OK"]);
    assert_eq!(net.inject(SERVER, &info), ["SIP/2.0 200 OK"], "a retransmission gets the same answer");
    assert_eq!(net.count(SERVER, |e| matches!(e, Event::Digit { digit: '5', .. })), 1);
}

#[test]
fn refusals_say_what_is_wrong() {
    let (mut net, ..) = answered();
    let cases = [
        (within(&net, "OPTIONS", 2, "\r\n"), "SIP/2.0 200 OK"),
        (within(&net, "REFER", 3, "\r\n"), "SIP/2.0 405 Method Not Allowed"),
        (within(&net, "DANCE", 4, "\r\n"), "SIP/2.0 501 Not Implemented"),
        (within(&net, "UPDATE", 5, "\r\n"), "SIP/2.0 200 OK"),
        (within(&net, "UPDATE", 4, "\r\n"), "SIP/2.0 500 Server Internal Error"),
        (within(&net, "INVITE", 6, "Require: 100rel, timer\r\n\r\n"), "SIP/2.0 420 Bad Extension"),
        (
            within(&net, "INVITE", 7, "Content-Type: text/plain\r\n\r\nx"),
            "SIP/2.0 415 Unsupported Media Type",
        ),
        (
            within(&net, "BYE", 8, "\r\n").replace(";tag=", ";tag=x"),
            "SIP/2.0 481 Call/Transaction Does Not Exist",
        ),
        (
            within(&net, "INVITE", 9, "\r\n").replace("SIP/2.0\r", "SIP/3.0\r"),
            "SIP/2.0 505 Version Not Supported",
        ),
    ];
    for (request, expected) in cases {
        assert_eq!(net.inject(SERVER, &request), [expected], "{request}");
    }
    assert_eq!(net.agents[SERVER].dialogs(), 1, "the call goes on");
}

#[test]
fn bye_before_the_answer_ends_the_call_like_cancel() {
    let mut net = Net::calm();
    net.call();
    net.run(Duration::from_millis(50));
    let (server, now) = (net.invited(), net.now);
    net.agents[SERVER].ring(server, now);
    net.run(Duration::from_millis(50));
    let bye = within(&net, "BYE", 2, "\r\n");
    assert_eq!(net.inject(SERVER, &bye), ["SIP/2.0 200 OK", "SIP/2.0 487 Request Terminated"]);
    assert_eq!(net.count(SERVER, |e| matches!(e, Event::Cancelled { .. })), 1);
    net.assert_forgotten();
}

#[test]
fn second_taker_of_a_forked_call_is_acknowledged_and_left() {
    let mut net = Net::calm();
    net.call();
    net.run(Duration::from_millis(50));
    let Some(Event::Invited { dialog, invite, .. }) = net.events[SERVER].first() else {
        panic!("not invited")
    };
    let (dialog, invite, now) = (*dialog, invite.clone(), net.now);
    net.agents[SERVER].answer(dialog, b"answer", now);
    net.run(Duration::from_millis(100));
    let fork = invite.answer(Status::OK, flow(SERVER, Transport::Udp).remote, "other").finish();
    let fork = String::from_utf8(fork.to_vec()).unwrap();
    let said = net.inject(CALLER, &fork);
    assert!(
        said.iter().any(|l| l.starts_with("ACK")) && said.iter().any(|l| l.starts_with("BYE")),
        "{said:?}"
    );
    assert_eq!(net.agents[CALLER].dialogs(), 1);
}

/// Messages of RFC 4475 and their like, cut at every length and with every byte broken: never a panic, never a leak of dialogs.
#[test]
fn torture_does_not_break_the_agent() {
    let messages = [
        "INVITE sip:vivekg@chair-dnrc.example.com;unknownparam SIP/2.0\r\nTO :\r\n sip:vivekg@chair-dnrc.example.com ;   tag    = 1918181833n\r\nfrom   : \"J Rosenberg \\\\\\\"\"       <sip:jdrosen@example.com>\r\n  ;\r\n  tag = 98asjd8\r\nMaX-fOrWaRdS: 0068\r\nCall-ID: wsinv.ndaksdj@192.0.2.1\r\nContent-Length   : 150\r\ncseq: 0009\r\n  INVITE\r\nVia  : SIP  /   2.0\r\n /UDP\r\n    192.0.2.2;branch=390skdjuw\r\ns :\r\nNewFangledHeader:   newfangled value\r\n continued newfangled value\r\nUnknownHeaderWithUnusualValue: ;;,,;;,;\r\nContent-Type: application/sdp\r\nRoute:\r\n <sip:services.example.com;lr;unknownwith=value;unknown-no-value>\r\nv:  SIP  / 2.0  / TCP     spindle.example.com   ;\r\n  branch  =   z9hG4bK9ikj8  ,\r\n SIP  /    2.0   / UDP  192.168.255.111   ; branch=\r\n z9hG4bK30239\r\nm:\"Quoted string \\\"\\\"\" <sip:jdrosen@example.com> ; newparam =\r\n      newvalue ;\r\n  secondparam ; q = 0.33\r\n\r\nv=0\r\no=mhandley 29739 7272939 IN IP4 192.0.2.3\r\n",
        "!interesting-Method0123456789_*+`.%indeed'~ sip:1_unusual.URI~(to-be!sure)&isn't+it$/crazy?,/;;*:&it+has=1,weird!*pas$wo~d_too.(doesn't-it)@example.com SIP/2.0\r\nVia: SIP/2.0/TCP host1.example.com;branch=z9hG4bK-.!%66*_+`'~\r\nTo: \"BEL:\\\x07 NUL:\\\x00 DEL:\\\x7F\" <sip:1_unusual.URI~(to-be!sure)@example.com>\r\nFrom: token1~` token2'+_ token3*%!.- <sip:mundane@example.com>;fromParam''~+*_!.-%=\"\u{440}\u{430}\";tag=_token~1'+`*%!-.\r\nCall-ID: intmeth.word%ZK-!.*_+'@word`~)(><:\\/\"][?}{\r\nCSeq: 139122385 !interesting-Method0123456789_*+`.%indeed'~\r\nMax-Forwards: 255\r\nContent-Length: 0\r\n\r\n",
        "INVITE sip:sips%3Auser%40example.com@example.net SIP/2.0\r\nTo: sip:%75se%72@example.com\r\nFrom: <sip:I%20have%20spaces@example.net>;tag=938\r\nMax-Forwards: 87\r\ni: esc01.239409asdfakjkn23onasd0-3234\r\nCSeq: 234234 INVITE\r\nVia: SIP/2.0/UDP host5.example.net;branch=z9hG4bKkdjuw\r\nC: application/sdp\r\nContact:\r\n  <sip:cal%6Cer@host5.example.net;%6C%72;n%61me=v%61lue%25%34%31>\r\nl: 9\r\n\r\nv=0\r\no=x\r\n",
        "INVITE <sip:user@example.com> SIP/2.0\r\nTo: sip:user@example.com\r\nFrom: sip:caller@example.net;tag=39291\r\nMax-Forwards: 23\r\nCall-ID: lwsruri.asdfasdoeoi2323-asdfwrn23-asd834rk423\r\nCSeq: 2130706432 INVITE\r\nVia: SIP/2.0/UDP 192.0.2.1:5060;branch=z9hG4bKkdjuw2395\r\nContent-Length: 0\r\n\r\n",
        "INVITE sip:user@example.com; lr SIP/2.0\r\nTo: sip:user@example.com;tag=3xfe-9921883-z9f\r\nFrom: sip:caller@example.net;tag=231413434\r\nMax-Forwards: 5\r\nCall-ID: lwsruri.asdfasdoeoi2323\r\nCSeq: 2130706432 INVITE\r\nVia: SIP/2.0/UDP 192.0.2.1:5060;branch=z9hG4bKkdjuw2395\r\nContent-Length: 0\r\n\r\n",
        "OPTIONS sip:user@example.com SIP/2.0\r\nMax-Forwards: 99999999999\r\nVia: SIP/2.0/UDP 0.0.0.0:99999;branch=z9hG4bK;;;rport=x\r\nTo: \"Mr J. User <sip:j.user@example.com>\r\nFrom: sip:caller@example.net;tag=93334\r\nCall-ID: quotbal\r\nCSeq: 8 OPTIONS\r\nContact: *\r\nRecord-Route: ,<,>,\r\n\r\n",
        "SIP/2.0 4294967301 better not break the receiver\r\nVia: SIP/2.0/UDP 192.0.2.105;branch=z9hG4bK2398ndaoe\r\nCall-ID: bigcode.asdof3uj203asdnf3429uasdhfas3ehjasdfas9i\r\nCSeq: 353494 INVITE\r\nFrom: <sip:user@example.com>;tag=39ansfi3\r\nTo: <sip:user@edge.example.net>;tag=902jndnke3\r\n\r\n",
        "BYE sip:a@b SIP/2.0\r\nVia: SIP/2.0/UDP [2001:db8::9:1]:6050;received=[2001:db8::9:255];branch=z9hG4bKas3-111\r\nTo: x:y;tag=\r\nFrom: <<>>;tag=;tag=\r\nCall-ID: \r\nCSeq: 1 BYE\r\nRequire: ,,,\r\n\r\n",
    ];
    let mut net = Net::calm();
    let mut random = StdRng::from_seed([7; 32]);
    for text in messages {
        let bytes = text.as_bytes();
        for length in 0..=bytes.len() {
            net.deliver(SERVER, &bytes[..length]);
        }
        for _ in 0..2_000 {
            let mut broken = bytes.to_vec();
            for _ in 0..random.random_range(1..4) {
                let at = random.random_range(0..broken.len());
                broken[at] = random.random();
            }
            if let Ok(Message::Request(request)) = parse(&broken) {
                let _ = (request.caller(), request.record_route(), request.uri.user());
            }
            net.deliver(SERVER, &broken);
        }
    }
    net.flush();
    for event in std::mem::take(&mut net.events[SERVER]) {
        if let Event::Invited { dialog, .. } = event {
            net.agents[SERVER].hang_up(dialog, net.now);
        }
    }
    net.run(100 * SECOND);
    assert_eq!((net.agents[SERVER].dialogs(), net.agents[SERVER].transactions()), (0, 0));
}
