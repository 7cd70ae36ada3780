use super::*;

fn there_and_back(pdu: Pdu) {
    let command = Command { status: Status::OK, sequence: 77, pdu };
    assert_eq!(decode(&command.encode().unwrap()).unwrap(), command);
}

fn text_from_citizen() -> Message {
    Message {
        source: Address::of("+381641234567"),
        destination: Address::of("1234"),
        esm_class: 0x40,
        data_coding: 8,
        body: vec![5, 0, 3, 1, 2, 1, 4, 0x12],
        ..Message::default()
    }
}

#[test]
fn every_pdu_that_we_use_survives_the_wire() {
    for kind in [BindKind::Transceiver, BindKind::Transmitter, BindKind::Receiver] {
        there_and_back(Pdu::Bind(Bind {
            kind,
            system_id: "odziv".into(),
            password: "secret".into(),
            system_type: "".into(),
        }));
        there_and_back(Pdu::BindResp { kind, system_id: "smsc".into() });
    }
    for plain in [Pdu::Unbind, Pdu::UnbindResp, Pdu::EnquireLink, Pdu::EnquireLinkResp, Pdu::GenericNack] {
        there_and_back(plain);
    }
    there_and_back(Pdu::SubmitSm(Message { registered_delivery: 1, ..text_from_citizen() }));
    there_and_back(Pdu::SubmitSmResp { message_id: "1A2B".into() });
    let optional = Optional {
        sar: Some(Sar { reference: 500, total: 3, index: 1 }),
        receipted_message_id: Some("77".into()),
        message_state: Some(2),
        user_message_reference: Some(0xBEEF),
    };
    there_and_back(Pdu::DeliverSm(Message { optional, esm_class: 4, ..text_from_citizen() }));
    let optional = Optional {
        sar: Some(Sar { reference: 500, total: 3, index: 1 }),
        user_message_reference: Some(7),
        ..Optional::default()
    };
    there_and_back(Pdu::SubmitSm(Message { optional, ..text_from_citizen() }));
    there_and_back(Pdu::QuerySm { message_id: "1A2B".into(), source: Address::of("GRAD") });
    there_and_back(Pdu::QuerySmResp { message_id: "1A2B".into(), state: 2, error: 27 });
    there_and_back(Pdu::DeliverSmResp);
    there_and_back(Pdu::DataSmResp);
}

#[test]
fn long_body_travels_as_payload() {
    there_and_back(Pdu::DeliverSm(Message { body: vec![b'a'; 1000], ..text_from_citizen() }));
    there_and_back(Pdu::DataSm(text_from_citizen()));
}

#[test]
fn short_body_travels_as_payload_when_it_is_asked_for() {
    let short = Pdu::SubmitSm(Message { as_payload: true, ..text_from_citizen() });
    let octets = Command::request(1, short).encode().unwrap();
    assert!(octets.windows(4).any(|tag| tag == [0x04, 0x24, 0, 8]), "message_payload of eight octets");
    let Pdu::SubmitSm(read) = decode(&octets).unwrap().pdu else { panic!("a submit_sm") };
    assert_eq!(read.body, text_from_citizen().body);
}

#[test]
fn answer_to_a_query_with_a_date_of_another_length_is_read() {
    let body = b"77\x002611221540\0\x02\x1b";
    let length = u32::try_from(HEADER + body.len()).unwrap();
    let octets =
        [&length.to_be_bytes()[..], &0x8000_0003u32.to_be_bytes(), &[0; 4], &[0, 0, 0, 9], body].concat();
    let expected = Pdu::QuerySmResp { message_id: "77".into(), state: 2, error: 27 };
    assert_eq!(decode(&octets).unwrap().pdu, expected);
}

#[test]
fn esm_class_keeps_every_bit() {
    for esm_class in 0..=255 {
        there_and_back(Pdu::DeliverSm(Message { esm_class, ..text_from_citizen() }));
    }
}

#[test]
fn refusal_without_a_body_is_understood() {
    let octets = [0, 0, 0, 16, 0x80, 0, 0, 4, 0, 0, 0, 0x58, 0, 0, 0, 9];
    let command = decode(&octets).unwrap();
    assert_eq!((command.status, command.sequence), (Status::THROTTLED, 9));
    assert_eq!(command.pdu, Pdu::SubmitSmResp { message_id: String::new() });
}

#[test]
fn text_with_a_field_out_of_the_letter_is_read_all_the_same() {
    // A schedule_delivery_time of three characters, a sender outside of ASCII, an id without its terminator.
    let mut body = b"\0\x05\0GRAD \x8A\0\x03\x0112345\0\0\0\0abc\0\0\0\0\0\0\x04Voda".to_vec();
    body.extend([0x00, 0x1E, 0x00, 0x02, b'4', b'2']);
    let mut octets = u32::try_from(16 + body.len()).unwrap().to_be_bytes().to_vec();
    octets.extend([0, 0, 0, 5, 0, 0, 0, 0, 0, 0, 0, 3]);
    octets.extend(body);
    let Pdu::DeliverSm(message) = decode(&octets).unwrap().pdu else { panic!("a deliver_sm") };
    assert_eq!((message.body.as_slice(), message.destination.digits.as_str()), (&b"Voda"[..], "12345"));
    assert_eq!(message.optional.receipted_message_id.as_deref(), Some("42"));
}

#[test]
fn what_cannot_be_read_is_refused_for_good() {
    let poison = [0, 0, 0, 18, 0, 0, 0, 5, 0, 0, 0, 0, 0, 0, 0, 3, b'x', b'y'];
    let answer = decode(&poison).unwrap_err().answer().unwrap();
    assert_eq!(answer, Command { status: Status::PERMANENT_ERROR, sequence: 3, pdu: Pdu::DeliverSmResp });
    let strange = [0, 0, 0, 18, 0, 0, 0, 4, 0, 0, 0, 0, 0, 0, 0, 3, b'x', b'y'];
    assert_eq!(decode(&strange).unwrap_err().answer().unwrap().pdu, Pdu::GenericNack);
}

#[test]
fn address_kinds_follow_the_notation() {
    assert_eq!(Address::of("+381641234567"), Address { ton: 1, npi: 1, digits: "381641234567".into() });
    assert_eq!(Address::of("1234"), Address { ton: 3, npi: 1, digits: "1234".into() });
    assert_eq!(Address::of("Grad"), Address { ton: 5, npi: 0, digits: "Grad".into() });
}

#[test]
fn value_beyond_its_field_is_an_error() {
    let message = Message { destination: Address::of(&"1".repeat(30)), ..text_from_citizen() };
    assert_eq!(Command::request(1, Pdu::SubmitSm(message)).encode(), Err(TooLong("destination_addr")));
}
