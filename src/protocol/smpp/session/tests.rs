//! The session on virtual time, against an SMSC of a few lines.
#![expect(clippy::disallowed_methods, reason = "only as a point to count from")]

use super::*;
use crate::protocol::smpp::pdu::Address;

const ENQUIRE: Duration = Duration::from_secs(30);
const TIMEOUT: Duration = Duration::from_secs(10);

struct World {
    session: Session,
    now: Instant,
}

impl World {
    fn new(window: usize, per_second: u32) -> Self {
        let now = Instant::now();
        Self::of(BindKind::Transceiver, window, per_second, now)
    }

    fn of(kind: BindKind, window: usize, per_second: u32, now: Instant) -> Self {
        let settings = Settings {
            kind,
            system_id: "odziv".into(),
            password: "secret".into(),
            system_type: String::new(),
            window,
            per_second,
            enquire_every: ENQUIRE,
            response_timeout: TIMEOUT,
        };
        Self { session: Session::new(settings, now), now }
    }

    fn bound(window: usize, per_second: u32) -> Self {
        let mut world = Self::new(window, per_second);
        let bind = world.sent();
        assert!(matches!(&bind[0].pdu, Pdu::Bind(bind) if bind.kind == BindKind::Transceiver));
        world.answer(
            &bind[0],
            Status::OK,
            Pdu::BindResp { kind: BindKind::Transceiver, system_id: "smsc".into() },
        );
        assert_eq!(world.events(), [Event::Bound { system_id: "smsc".into() }]);
        world
    }

    fn sent(&mut self) -> Vec<Command> {
        std::iter::from_fn(|| self.session.poll_transmit())
            .map(|octets| pdu::decode(&octets).unwrap())
            .collect()
    }

    fn events(&mut self) -> Vec<Event> {
        std::iter::from_fn(|| self.session.poll_event()).collect()
    }

    fn receive(&mut self, status: Status, sequence: u32, pdu: Pdu) {
        self.session.handle_octets(&Command { status, sequence, pdu }.encode().unwrap(), self.now);
    }

    fn answer(&mut self, to: &Command, status: Status, pdu: Pdu) {
        self.receive(status, to.sequence, pdu);
    }

    fn accept(&mut self, submit: &Command, id: &str) {
        self.answer(submit, Status::OK, Pdu::SubmitSmResp { message_id: id.into() });
    }

    fn submit(&mut self, key: u64) {
        self.session.submit(Key(key), text(), self.now);
    }

    /// Lets time pass, waking the session whenever it wants to be.
    fn pass(&mut self, time: Duration) {
        let end = self.now + time;
        while let Some(at) = self.session.poll_timeout().filter(|at| *at <= end) {
            assert!(at >= self.now || self.session.poll_timeout() != Some(at), "time must not stand still");
            self.now = at.max(self.now);
            self.session.handle_timeout(self.now);
        }
        self.now = end;
    }
}

fn text() -> Message {
    Message { destination: Address::of("+381641234567"), body: b"Predmet 73".to_vec(), ..Message::default() }
}

#[test]
fn receiver_binds_as_one_and_submits_nothing() {
    let mut world = World::of(BindKind::Receiver, 10, 100, Instant::now());
    let bind = world.sent();
    assert!(matches!(&bind[0].pdu, Pdu::Bind(bind) if bind.kind == BindKind::Receiver));
    world.answer(&bind[0], Status::OK, Pdu::BindResp { kind: BindKind::Receiver, system_id: "x".into() });
    assert!(world.session.is_bound() && !world.session.may_query());
    assert_eq!(world.session.room(), 0);
    world.receive(Status::OK, 41, Pdu::DeliverSm(text()));
    assert!(world.events().iter().any(|event| matches!(event, Event::Message { .. })));
}

#[test]
fn refused_bind_says_why_and_ends() {
    let mut world = World::new(10, 100);
    let bind = world.sent();
    world.answer(
        &bind[0],
        Status::INVALID_PASSWORD,
        Pdu::BindResp { kind: BindKind::Transceiver, system_id: String::new() },
    );
    assert_eq!(world.events(), [Event::Closed(Reason::Refused(Status::INVALID_PASSWORD))]);
    assert!(world.session.is_closed() && world.session.poll_timeout().is_none());
}

#[test]
fn unanswered_bind_times_out() {
    let mut world = World::new(10, 100);
    world.pass(TIMEOUT);
    assert_eq!(world.events(), [Event::Closed(Reason::NoAnswer)]);
}

#[test]
fn window_is_kept_and_answers_may_come_in_any_order() {
    let mut world = World::bound(2, 1_000);
    for key in 1..=4 {
        world.submit(key);
    }
    let first = world.sent();
    assert_eq!(first.len(), 2);
    world.accept(&first[1], "b");
    assert_eq!(world.events(), [Event::Accepted { key: Key(2), message_id: "b".into() }]);
    let second = world.sent();
    assert_eq!(second.len(), 1);
    world.accept(&first[0], "a");
    world.accept(&second[0], "c");
    let third = world.sent();
    world.answer(&third[0], Status::SUBMIT_FAILED, Pdu::SubmitSmResp { message_id: String::new() });
    assert_eq!(
        world.events(),
        [
            Event::Accepted { key: Key(1), message_id: "a".into() },
            Event::Accepted { key: Key(3), message_id: "c".into() },
            Event::Refused { key: Key(4), status: Status::SUBMIT_FAILED },
        ]
    );
}

#[test]
fn room_is_bounded_by_window_and_by_rate() {
    assert_eq!(World::bound(10, 1_000).session.room(), 20);
    assert_eq!(World::bound(10, 8).session.room(), 2);
    assert_eq!(World::bound(10, 1).session.room(), 1);
    assert_eq!(World::new(10, 100).session.room(), 0);
    let mut world = World::bound(2, 1_000);
    (0..4).for_each(|key| world.submit(key));
    assert_eq!(world.session.room(), 0);
}

#[test]
fn rate_of_the_contract_is_never_exceeded() {
    let mut world = World::bound(1_000, 20);
    (0..50).for_each(|key| world.submit(key));
    let mut total = 0;
    for _ in 0..2 {
        world.pass(Duration::from_millis(999));
        let sent = world.sent();
        assert!(sent.len() <= 20, "{}", sent.len());
        total += sent.len();
        for submit in &sent {
            world.accept(submit, "x");
        }
        world.pass(Duration::from_millis(1));
    }
    assert!(total >= 38, "{total}");
}

#[test]
fn throttled_message_is_sent_again_after_a_pause_in_its_old_place() {
    let mut world = World::bound(2, 1_000);
    (1..=3).for_each(|key| world.submit(key));
    let sent = world.sent();
    for submit in &sent {
        world.answer(submit, Status::THROTTLED, Pdu::SubmitSmResp { message_id: String::new() });
    }
    assert_eq!((world.events(), world.sent().len()), (vec![], 0));
    world.pass(Duration::from_millis(499));
    assert_eq!(world.sent().len(), 0);
    world.pass(Duration::from_millis(10));
    let again = world.sent();
    world.accept(&again[0], "a");
    world.accept(&again[1], "b");
    assert_eq!(
        world.events(),
        [
            Event::Accepted { key: Key(1), message_id: "a".into() },
            Event::Accepted { key: Key(2), message_id: "b".into() },
        ]
    );
}

#[test]
fn endless_throttling_gives_the_message_back() {
    let mut world = World::bound(1, 1_000);
    world.submit(1);
    for _ in 0..20 {
        for submit in world.sent() {
            world.answer(&submit, Status::QUEUE_FULL, Pdu::SubmitSmResp { message_id: String::new() });
        }
        world.pass(Duration::from_secs(61));
        for enquiry in world.sent() {
            match enquiry.pdu {
                Pdu::EnquireLink => world.answer(&enquiry, Status::OK, Pdu::EnquireLinkResp),
                _ => world.answer(
                    &enquiry,
                    Status::QUEUE_FULL,
                    Pdu::SubmitSmResp { message_id: String::new() },
                ),
            }
        }
    }
    let events = world.events();
    assert!(
        events.contains(&Event::Refused { key: Key(1), status: Status::QUEUE_FULL })
            || events.contains(&Event::Closed(Reason::NoAnswer)),
        "{events:?}"
    );
}

#[test]
fn silence_is_asked_about_and_then_the_link_is_dead() {
    let mut world = World::bound(10, 100);
    world.pass(ENQUIRE - Duration::from_secs(1));
    assert_eq!(world.sent(), []);
    world.pass(Duration::from_secs(1));
    let enquiry = world.sent();
    assert_eq!(enquiry[0].pdu, Pdu::EnquireLink);
    world.answer(&enquiry[0], Status::OK, Pdu::EnquireLinkResp);
    world.pass(ENQUIRE);
    assert_eq!(world.sent()[0].pdu, Pdu::EnquireLink);
    world.pass(TIMEOUT);
    assert_eq!(world.events(), [Event::Closed(Reason::NoAnswer)]);
}

#[test]
fn enquiry_of_the_smsc_is_answered() {
    let mut world = World::bound(10, 100);
    world.receive(Status::OK, 5, Pdu::EnquireLink);
    assert_eq!(world.sent(), [Command { status: Status::OK, sequence: 5, pdu: Pdu::EnquireLinkResp }]);
}

#[test]
fn slow_answer_ends_the_link_and_what_was_written_is_uncertain() {
    let mut world = World::bound(1, 100);
    world.submit(1);
    world.submit(2);
    world.sent();
    world.pass(TIMEOUT);
    assert_eq!(
        world.events(),
        [
            Event::Lost { key: Key(1), written: true },
            Event::Lost { key: Key(2), written: false },
            Event::Closed(Reason::NoAnswer),
        ]
    );
    world.submit(3);
    assert_eq!(world.events(), [Event::Lost { key: Key(3), written: false }]);
}

#[test]
fn late_and_unknown_answers_are_ignored() {
    let mut world = World::bound(10, 100);
    world.submit(1);
    let submit = world.sent();
    world.accept(&submit[0], "a");
    world.events();
    world.accept(&submit[0], "again");
    world.receive(Status::OK, 999, Pdu::SubmitSmResp { message_id: "x".into() });
    world.receive(Status::OK, 999, Pdu::EnquireLinkResp);
    world.receive(Status::SYSTEM_ERROR, 999, Pdu::GenericNack);
    assert_eq!((world.events(), world.sent()), (vec![], vec![]));
}

#[test]
fn generic_nack_refuses_the_submit_that_it_names() {
    let mut world = World::bound(10, 100);
    world.submit(1);
    let submit = world.sent();
    world.answer(&submit[0], Status::INVALID_COMMAND_LENGTH, Pdu::GenericNack);
    assert_eq!(world.events(), [Event::Refused { key: Key(1), status: Status::INVALID_COMMAND_LENGTH }]);
}

#[test]
fn text_is_acknowledged_only_when_told() {
    let mut world = World::bound(10, 100);
    world.receive(Status::OK, 41, Pdu::DeliverSm(text()));
    let [Event::Message { token, .. }] = world.events()[..] else { panic!("a message") };
    assert_eq!(world.sent(), []);
    assert!(world.session.acknowledge(token, Status::SYSTEM_ERROR));
    assert_eq!(
        world.sent(),
        [Command { status: Status::SYSTEM_ERROR, sequence: 41, pdu: Pdu::DeliverSmResp }]
    );
    assert!(!world.session.acknowledge(token, Status::OK), "once is enough");
}

#[test]
fn flood_of_texts_is_bounded_and_told_to_wait() {
    let mut world = World::bound(10, 100);
    for sequence in 0..MAX_UNACKNOWLEDGED as u32 + 1 {
        world.receive(Status::OK, sequence, Pdu::DeliverSm(text()));
    }
    assert_eq!(world.events().len(), MAX_UNACKNOWLEDGED);
    assert_eq!(
        world.sent(),
        [Command {
            status: Status::QUEUE_FULL,
            sequence: MAX_UNACKNOWLEDGED as u32,
            pdu: Pdu::DeliverSmResp
        }]
    );
}

#[test]
fn poisoned_message_is_refused_for_good_and_the_link_lives() {
    let mut world = World::bound(10, 100);
    let poison = [0, 0, 0, 18, 0, 0, 0, 5, 0, 0, 0, 0, 0, 0, 0, 3, b'x', b'y'];
    world.session.handle_octets(&poison, world.now);
    assert_eq!(
        world.sent(),
        [Command { status: Status::PERMANENT_ERROR, sequence: 3, pdu: Pdu::DeliverSmResp }]
    );
    assert!(
        matches!(&world.events()[..], [Event::Poison(poison)] if poison.command_id == 5),
        "it is told of"
    );
    world.receive(Status::OK, 4, Pdu::EnquireLink);
    assert_eq!(world.sent().len(), 1);
}

fn asked(world: &mut World, key: u64) {
    world.session.query(Key(key), format!("id{key}"), Address::of("1234"), world.now);
}

#[test]
fn questions_are_asked_one_at_a_time_behind_the_submits() {
    let mut world = World::bound(1, 1_000);
    (1..=2).for_each(|key| world.submit(key));
    asked(&mut world, 7);
    asked(&mut world, 8);
    let first = world.sent();
    assert!(matches!(first[..], [Command { pdu: Pdu::SubmitSm(_), .. }]), "{first:?}");
    world.accept(&first[0], "a");
    let second = world.sent();
    assert!(matches!(second[..], [Command { pdu: Pdu::SubmitSm(_), .. }]), "{second:?}");
    world.accept(&second[0], "b");
    let question = world.sent();
    assert!(
        matches!(&question[..], [Command { pdu: Pdu::QuerySm { message_id, .. }, .. }] if message_id == "id7")
    );
    assert!(!world.session.may_query());
    world.events();
    world.answer(&question[0], Status::OK, Pdu::QuerySmResp { message_id: "id7".into(), state: 2, error: 0 });
    assert_eq!(world.events(), [Event::Queried { key: Key(7), state: 2, error: 0 }]);
    let question = world.sent();
    world.answer(
        &question[0],
        Status::INVALID_MESSAGE_ID,
        Pdu::QuerySmResp { message_id: String::new(), state: 0, error: 0 },
    );
    assert_eq!(world.events(), [Event::NotQueried { key: Key(8), status: Status::INVALID_MESSAGE_ID }]);
    assert!(world.session.may_query());
}

#[test]
fn questions_go_between_endless_submits_once_a_second() {
    let mut world = World::bound(5, 10);
    (1..=100).for_each(|key| world.submit(key));
    (1..=100).for_each(|key| asked(&mut world, key));
    let mut questions = 0;
    for _ in 0..50 {
        world.pass(Duration::from_millis(100));
        for command in world.sent() {
            match command.pdu {
                Pdu::SubmitSm(_) => world.accept(&command, "x"),
                Pdu::QuerySm { .. } => {
                    questions += 1;
                    world.answer(
                        &command,
                        Status::OK,
                        Pdu::QuerySmResp { message_id: "x".into(), state: 1, error: 0 },
                    );
                }
                _ => {}
            }
        }
    }
    assert!((3..=6).contains(&questions), "{questions} in 5 s");
}

#[test]
fn smsc_that_knows_no_questions_is_not_asked_again_and_the_link_lives() {
    for silent in [false, true] {
        let mut world = World::bound(10, 100);
        asked(&mut world, 1);
        asked(&mut world, 2);
        let question = world.sent();
        assert_eq!(question.len(), 1);
        if silent {
            world.pass(TIMEOUT);
        } else {
            world.answer(&question[0], Status::INVALID_COMMAND_ID, Pdu::GenericNack);
        }
        assert!(world.session.is_bound() && !world.session.may_query());
        assert_eq!(world.sent(), []);
        asked(&mut world, 3);
        assert_eq!(world.sent(), []);
    }
}

#[test]
fn what_waits_is_taken_back_whole_or_not_at_all() {
    let mut world = World::bound(1, 1_000);
    (1..=3).for_each(|key| world.submit(key));
    assert!(!world.session.withdraw(&[Key(1), Key(2)]), "the first is on the wire");
    assert!(world.session.withdraw(&[Key(2), Key(3)]));
    let sent = world.sent();
    world.answer(&sent[0], Status::THROTTLED, Pdu::SubmitSmResp { message_id: String::new() });
    assert_eq!(world.session.refused_since(), Some(world.now));
    assert!(world.session.withdraw(&[Key(1)]), "refused, so that it is with us again");
    world.pass(Duration::from_secs(5));
    assert_eq!((world.sent(), world.events()), (vec![], vec![]));
}

#[test]
fn sender_that_fits_no_field_is_refused_here() {
    let mut world = World::bound(10, 100);
    world.session.submit(Key(1), Message { source: Address::of(&"1".repeat(40)), ..text() }, world.now);
    assert_eq!(world.events(), [Event::Refused { key: Key(1), status: Status::INVALID_SOURCE }]);
}

#[test]
fn impossible_length_ends_the_link() {
    let mut world = World::bound(10, 100);
    world.session.handle_octets(&[0xFF; 16], world.now);
    assert_eq!(world.sent()[0].pdu, Pdu::GenericNack);
    assert_eq!(world.events(), [Event::Closed(Reason::Damaged(BadLength(0xFFFF_FFFF)))]);
}

#[test]
fn unbind_waits_for_what_is_on_the_wire() {
    let mut world = World::bound(1, 100);
    world.submit(1);
    world.submit(2);
    let submit = world.sent();
    world.session.unbind(world.now);
    assert_eq!(world.events(), [Event::Lost { key: Key(2), written: false }]);
    assert_eq!(world.sent(), []);
    world.accept(&submit[0], "a");
    let unbind = world.sent();
    assert_eq!(unbind[0].pdu, Pdu::Unbind);
    world.answer(&unbind[0], Status::OK, Pdu::UnbindResp);
    assert_eq!(
        world.events(),
        [Event::Accepted { key: Key(1), message_id: "a".into() }, Event::Closed(Reason::Unbound)]
    );
}

#[test]
fn unbind_of_the_smsc_is_answered() {
    let mut world = World::bound(10, 100);
    world.submit(1);
    world.sent();
    world.receive(Status::OK, 9, Pdu::Unbind);
    assert_eq!(world.sent(), [Command { status: Status::OK, sequence: 9, pdu: Pdu::UnbindResp }]);
    assert_eq!(
        world.events(),
        [Event::Lost { key: Key(1), written: true }, Event::Closed(Reason::PeerUnbound)]
    );
}

#[test]
fn unknown_request_is_refused_and_an_alert_is_not_answered() {
    let mut world = World::bound(10, 100);
    let request = |id: u32| [[0, 0, 0, 16], id.to_be_bytes(), [0; 4], [0, 0, 0, 7]].concat();
    world.session.handle_octets(&request(0x0000_0777), world.now);
    assert_eq!(world.sent()[0].status, Status::INVALID_COMMAND_ID);
    world.session.handle_octets(&request(0x8000_0777), world.now);
    assert_eq!(world.sent(), []);
}

#[test]
fn destination_that_fits_no_field_is_refused_here() {
    let mut world = World::bound(10, 100);
    world.session.submit(Key(1), Message { destination: Address::of(&"1".repeat(40)), ..text() }, world.now);
    assert_eq!(world.events(), [Event::Refused { key: Key(1), status: Status::INVALID_DESTINATION }]);
}

mod any_octets {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn are_survived(pieces in proptest::collection::vec(proptest::collection::vec(any::<u8>(), 0..60), 0..10)) {
            let mut world = World::bound(2, 10);
            world.submit(1);
            for piece in pieces {
                world.session.handle_octets(&piece, world.now);
                world.pass(Duration::from_secs(1));
            }
        }

        /// Well-framed rubbish behind a valid command id.
        #[test]
        fn in_frames_are_survived(id in 0u32..0x20, response in any::<bool>(), body in proptest::collection::vec(any::<u8>(), 0..120)) {
            let mut world = World::bound(2, 10);
            world.submit(1);
            let id = if response { id | RESPONSE } else { id };
            let length = u32::try_from(16 + body.len()).unwrap();
            let frame = [&length.to_be_bytes()[..], &id.to_be_bytes(), &[0; 4], &[0, 0, 0, 2], &body].concat();
            world.session.handle_octets(&frame, world.now);
            world.sent();
            world.pass(Duration::from_secs(60));
        }
    }
}
