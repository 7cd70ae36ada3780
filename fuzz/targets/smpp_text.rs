//! Octets of a link: frames, PDUs, texts in every alphabet, receipts; and words to parts and back.
#![no_main]

use libfuzzer_sys::fuzz_target;
use odziv::protocol::smpp::frame::Frames;
use odziv::protocol::smpp::pdu::{self, Message, Optional, Pdu, Sar};
use odziv::protocol::smpp::split::Concatenation;
use odziv::protocol::smpp::text::DefaultAlphabet;
use odziv::protocol::smpp::{receipt, split, text};

fuzz_target!(|data: &[u8]| {
    let mut frames = Frames::default();
    for piece in data.chunks(37) {
        frames.push(piece);
        while let Ok(Some(frame)) = frames.next_frame() {
            match pdu::decode(&frame) {
                Ok(command) => {
                    let _ = command.encode();
                    if let Pdu::DeliverSm(message) = &command.pdu {
                        let _ = (text::read(message, DefaultAlphabet::Gsm7), receipt::read(message));
                    }
                }
                Err(undecodable) => {
                    let _ = undecodable.answer().map(|answer| answer.encode());
                }
            }
        }
    }

    if let [coding, esm_class, rest @ ..] = data {
        let message = Message {
            esm_class: *esm_class,
            data_coding: *coding,
            body: rest.to_vec(),
            optional: Optional {
                sar: (coding % 2 == 0).then_some(Sar { reference: 1, total: *esm_class, index: *coding }),
                ..Optional::default()
            },
            ..Message::default()
        };
        let read = text::read(&message, DefaultAlphabet::Gsm7);
        assert!(read.part.is_none_or(|part| part.index >= 1 && part.index <= part.total));
        let _ = receipt::read(&message);
    }

    // Words as citizens and officers write them. What consists of other scripts alone may be read as UCS-2 in the wrong order.
    let ours = |c: &char| matches!(c, '\n' | ' '..='~' | 'À'..='ž' | 'Ѐ'..='џ' | '€' | '😀'..='😿');
    let words: String = String::from_utf8_lossy(data).chars().filter(ours).collect();
    for how in [Concatenation::Udh, Concatenation::Udh16, Concatenation::Sar, Concatenation::Payload] {
        there_and_back(&words, how);
    }
});

fn there_and_back(words: &str, how: Concatenation) {
    let Ok(parts) = split::split(words, 9, DefaultAlphabet::Gsm7, how) else { return };
    assert_eq!(parts.len(), split::messages(words, DefaultAlphabet::Gsm7, how));
    let mut units = Vec::new();
    for part in parts {
        assert!(part.payload || part.body.len() <= 160, "{} octets", part.body.len());
        let message = Message {
            esm_class: if part.udh { 0x40 } else { 0 },
            data_coding: part.data_coding,
            body: part.body,
            optional: Optional { sar: part.sar, ..Optional::default() },
            ..Message::default()
        };
        units.extend(text::read(&message, DefaultAlphabet::Gsm7).units);
    }
    assert_eq!(String::from_utf16(&units).ok().as_deref(), Some(words), "a text came back different");
}
