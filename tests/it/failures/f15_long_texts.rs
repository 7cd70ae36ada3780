//! Long Cyrillic texts travel in parts of 67 letters; a network reorders, doubles and loses them, and phones cut where they like. Links
//! may be dead without saying so, and answers late.

use std::time::{Duration, Instant};

use jiff::SignedDuration;
use odziv::clock::Clock;
use odziv::demo::smsc::{Faults, Options, SmscHandle};
use odziv::domain::message::DeliveryState;
use odziv::domain::timeline::Entry;
use odziv::messaging::handle::LinkState;
use odziv::protocol::smpp::pdu::{self, Address, BindKind, Command, Message, Pdu};
use odziv::protocol::smpp::session::{Event, Key, Reason, Session, Settings};
use odziv::protocol::smpp::status::Status;

use crate::texts::cases::Town;
use crate::texts::{Links, quick, smsc, within};

/// Letters of a part, of a text that has several (3GPP TS 23.040): 140 octets less a header of 6, two for each.
const PART: usize = 67;

/// Three parts.
fn long_words() -> String {
    let words: String = (100..).map_while(|n| (n < 200).then(|| format!("квар број {n}, "))).collect();
    words.chars().take(190).collect()
}

/// The parts of a text as a phone sends them that counts in units of sixteen bits and cuts wherever a part is full.
fn parts_of(smsc: &SmscHandle, from: &str, words: &str) -> Vec<Message> {
    let units: Vec<u16> = words.encode_utf16().collect();
    let pieces: Vec<&[u16]> = units.chunks(PART).collect();
    // The headers of a text with as many parts, and our own pieces behind them.
    let filler: String = "ж".repeat(units.len());
    let mut parts = smsc.parts(from, "1234", &filler).unwrap();
    assert_eq!(parts.len(), pieces.len());
    for (part, piece) in parts.iter_mut().zip(pieces) {
        let header = usize::from(part.body[0]) + 1;
        part.body.truncate(header);
        part.body.extend(piece.iter().flat_map(|unit| unit.to_be_bytes()));
    }
    parts
}

/// What the cases say was received: words, and whether they are all there.
async fn received(town: &Town) -> Vec<(String, bool)> {
    let mut texts = Vec::new();
    for case in town.cases().await {
        for entry in town.timeline(case).await {
            if let Entry::TextReceived { words, whole, .. } = entry {
                texts.push((words, whole));
            }
        }
    }
    texts
}

#[tokio::test]
async fn parts_in_every_order_and_doubled_are_one_case_with_the_very_words() {
    let town = Town::new().await;
    let smsc = smsc(Options { receipt_after: None, ..quick() }).await;
    let links = Links::start(smsc.address(), "", town.actions.clone());
    let words = long_words();
    let orders = [[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]];
    let mut citizens = 0;
    for order in orders {
        // Each part a second time: right behind itself, and when all is over.
        for doubled in 0..3 {
            let from = format!("+3816412345{citizens:02}");
            citizens += 1;
            let parts = parts_of(&smsc, &from, &words);
            assert_eq!(parts.len(), 3);
            let mut sent: Vec<Message> = order.iter().map(|at| parts[*at].clone()).collect();
            sent.insert(doubled + 1, sent[doubled].clone());
            sent.push(parts[order[doubled]].clone());
            for part in sent {
                within(smsc.deliver(vec![part])).await.unwrap();
            }
        }
    }
    links.stop().await;
    assert_eq!(received(&town).await, vec![(words, true); citizens]);
    assert_eq!(town.cases().await.len(), citizens);
}

#[tokio::test]
async fn letters_outside_of_the_basic_plane_that_were_cut_in_two_are_whole_again() {
    // Two units for each tap: of the first part's 67 the last is half a tap.
    let words: String = "🚰🚱вода".chars().cycle().take(150).collect();
    let units: Vec<u16> = words.encode_utf16().collect();
    assert!(String::from_utf16(&units[..PART]).is_err(), "the cut must hurt");
    let town = Town::new().await;
    let smsc = smsc(Options { receipt_after: None, ..quick() }).await;
    let links = Links::start(smsc.address(), "", town.actions.clone());
    let mut parts = parts_of(&smsc, "+381641234567", &words);
    parts.reverse();
    parts.push(parts[1].clone());
    within(smsc.deliver(parts)).await.unwrap();
    links.stop().await;
    assert_eq!(received(&town).await, [(words, true)]);
}

#[tokio::test]
async fn text_whose_part_is_lost_is_one_case_that_says_so_and_takes_the_part_when_it_comes() {
    for lost in 0..3 {
        let town = Town::new().await;
        let smsc = smsc(Options { receipt_after: None, ..quick() }).await;
        let links = Links::start(smsc.address(), "", town.actions.clone());
        let words = long_words();
        let mut parts = parts_of(&smsc, "+381641234567", &words);
        let late = parts.remove(lost);
        within(smsc.deliver(parts)).await.unwrap();
        assert_eq!(received(&town).await, [], "the others are awaited");
        let much_later = Clock::system().now() + SignedDuration::from_hours(1);
        assert_eq!(town.actions.assemble_overdue_texts(much_later).await.unwrap(), 1);
        assert_eq!(town.actions.assemble_overdue_texts(much_later).await.unwrap(), 0, "once");
        let texts = received(&town).await;
        let [(there, false)] = &texts[..] else { panic!("{texts:?}") };
        for (at, piece) in words.chars().collect::<Vec<char>>().chunks(PART).enumerate() {
            let piece: String = piece.iter().collect();
            assert_eq!(there.contains(&piece), at != lost, "part {at} of {there}");
        }
        // After hours the network finds the part: the words are not lost, and there is still one case.
        within(smsc.deliver(vec![late])).await.unwrap();
        let even_later = much_later + SignedDuration::from_hours(1);
        town.actions.assemble_overdue_texts(even_later).await.unwrap();
        links.stop().await;
        assert_eq!(town.cases().await.len(), 1);
        let all: String = received(&town).await.into_iter().map(|(words, _)| words).collect();
        let piece: String = words.chars().skip(lost * PART).take(PART).collect();
        assert!(all.contains(&piece), "part {lost} in {all}");
    }
}

const ENQUIRE: Duration = Duration::from_secs(30);
const RESPONSE: Duration = Duration::from_secs(10);

/// A bind on virtual time, and what it put on the wire.
struct Bind {
    session: Session,
    now: Instant,
    wire: Vec<Command>,
    events: Vec<Event>,
}

impl Bind {
    fn bound(window: usize) -> Self {
        let now = Clock::test(jiff::Timestamp::UNIX_EPOCH).instant();
        let settings = Settings {
            kind: BindKind::Transceiver,
            system_id: "odziv".into(),
            password: "secret".into(),
            system_type: String::new(),
            window,
            per_second: 1_000,
            enquire_every: ENQUIRE,
            response_timeout: RESPONSE,
        };
        let mut bind =
            Self { session: Session::new(settings, now), now, wire: Vec::new(), events: Vec::new() };
        bind.collect();
        let response = Pdu::BindResp { kind: BindKind::Transceiver, system_id: "smsc".into() };
        bind.receive(bind.wire[0].sequence, response);
        assert!(bind.session.is_bound());
        bind
    }

    fn collect(&mut self) {
        while let Some(octets) = self.session.poll_transmit() {
            self.wire.push(pdu::decode(&octets).unwrap());
        }
        while let Some(event) = self.session.poll_event() {
            self.events.push(event);
        }
    }

    fn receive(&mut self, sequence: u32, pdu: Pdu) {
        let octets = Command { status: Status::OK, sequence, pdu }.encode().unwrap();
        self.session.handle_octets(&octets, self.now);
        self.collect();
    }

    fn submit(&mut self, key: u64) {
        let body = format!("Predmet {key}").into_bytes();
        let message = Message { destination: Address::of("+381641234567"), body, ..Message::default() };
        self.session.submit(Key(key), message, self.now);
        self.collect();
    }

    fn pass(&mut self, time: Duration) {
        let end = self.now + time;
        while let Some(at) = self.session.poll_timeout().filter(|at| *at <= end) {
            self.now = at.max(self.now);
            self.session.handle_timeout(self.now);
            self.collect();
        }
        self.now = end;
    }

    /// What was submitted, by its words.
    fn submitted(&self) -> Vec<String> {
        let bodies = self.wire.iter().filter_map(|command| match &command.pdu {
            Pdu::SubmitSm(message) => Some(String::from_utf8(message.body.clone()).unwrap()),
            _ => None,
        });
        bodies.collect()
    }
}

#[test]
fn half_open_link_is_noticed_although_nothing_is_to_be_sent() {
    let mut bind = Bind::bound(10);
    bind.pass(ENQUIRE);
    assert_eq!(bind.wire.last().map(|command| &command.pdu), Some(&Pdu::EnquireLink));
    assert!(bind.session.is_bound());
    bind.pass(RESPONSE);
    assert!(bind.events.contains(&Event::Closed(Reason::NoAnswer)), "{:?}", bind.events);
}

#[test]
fn answers_that_are_as_slow_as_allowed_never_make_us_send_twice() {
    let mut bind = Bind::bound(5);
    for key in 0..50 {
        bind.submit(key);
    }
    let mut answered = 0;
    while answered < 50 {
        // Nearly too late, each of them.
        bind.pass(RESPONSE - Duration::from_millis(1));
        let waiting: Vec<u32> = bind
            .wire
            .iter()
            .filter(|command| matches!(command.pdu, Pdu::SubmitSm(_)))
            .skip(answered)
            .map(|command| command.sequence)
            .collect();
        assert!(!waiting.is_empty() && waiting.len() <= 5);
        for sequence in waiting {
            answered += 1;
            bind.receive(sequence, Pdu::SubmitSmResp { message_id: answered.to_string() });
        }
    }
    let words: Vec<String> = (0..50).map(|key| format!("Predmet {key}")).collect();
    assert_eq!(bind.submitted(), words, "each once, in their order");
    assert!(bind.session.is_bound());
}

#[test]
fn answer_that_is_too_slow_makes_a_text_uncertain_and_is_no_reason_to_send_it_again() {
    let mut bind = Bind::bound(5);
    bind.submit(1);
    bind.pass(RESPONSE);
    assert!(bind.events.contains(&Event::Lost { key: Key(1), written: true }), "{:?}", bind.events);
    let sequence = bind.wire.last().unwrap().sequence;
    bind.receive(sequence, Pdu::SubmitSmResp { message_id: "1".into() });
    bind.pass(100 * RESPONSE);
    assert_eq!(bind.submitted().len(), 1);
    let ends = bind.events.iter().filter(|event| !matches!(event, Event::Bound { .. } | Event::Closed(_)));
    assert_eq!(ends.count(), 1, "{:?}", bind.events);
}

/// Over a real connection, with the real store: the SMSC takes everything and says nothing.
#[tokio::test]
async fn smsc_that_fell_silent_is_left_for_a_new_link_and_what_it_may_have_is_not_sent_again() {
    let mut town = Town::new().await;
    let smsc = smsc(quick()).await;
    let more = "window = 1\nresponse_timeout_s = 1\nenquire_link_s = 1\nreconnect_max_s = 1";
    let links = Links::start(smsc.address(), more, town.actions.clone());
    within(smsc.wait_bound()).await;
    // Half open: no texts at all, and yet it is noticed.
    smsc.set_faults(Faults { silent: true, ..Faults::default() });
    within(async {
        while links.status().state == LinkState::Bound {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    })
    .await;
    smsc.set_faults(Faults::default());
    within(smsc.send_text("+381641234567", "1234", "Нема воде")).await.unwrap();
    let delivered =
        |entry: &Entry| matches!(entry, Entry::TextReported { state: DeliveryState::Delivered, .. });
    town.until(|timeline| timeline.iter().any(delivered)).await;
    assert_eq!(smsc.received().len(), 1);
    links.stop().await;
}
