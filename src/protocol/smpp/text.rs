//! What a message says: its alphabet (SMPP 3.4 §5.2.19) and, when it is a part of a long text, which one.

use super::pdu::{Message, Sar};
use super::{gsm7, septets, ucs2};

/// What the SMSC means by data_coding 0.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum DefaultAlphabet {
    #[default]
    Gsm7,
    /// Eight septets in seven octets.
    Gsm7Packed,
    Latin1,
}

/// One text, or one part of a long one, as UTF-16 code units: a surrogate pair that the sender's phone cut in two is whole
/// again when the parts are joined.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Text {
    pub units: Vec<u16>,
    pub part: Option<Part>,
}

/// Which part of which long text: 3GPP TS 23.040 §9.2.3.24.1 and .8, or the SAR parameters of SMPP 3.4 §5.3.2.22-24.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Part {
    pub reference: u16,
    pub total: u8,
    /// From 1.
    pub index: u8,
}

/// Never fails: a citizen's text that cannot be read is shown as its octets, not dropped.
pub fn read(message: &Message, default: DefaultAlphabet) -> Text {
    let header = if message.has_udh() { Header::read(&message.body) } else { None };
    let (body, udh_part) = match header {
        Some(header) => (header.rest, header.part),
        None => (message.body.as_slice(), None),
    };
    let part = udh_part.or_else(|| message.optional.sar.and_then(sar));
    let units = if message.has_udh() && header.is_none() && !message.body.is_empty() {
        // A header that contradicts its own length: no telling where the text begins.
        octets_shown(&message.body)
    } else {
        let before = message.body.len() - body.len();
        decode((body, before), message.data_coding, default)
    };
    Text { units, part }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Alphabet {
    Gsm7,
    Gsm7Packed,
    Latin1,
    /// ISO 8859-5.
    Cyrillic,
    Ucs2,
    Octets,
}

/// `before`: octets of the header before the body.
fn decode((body, before): (&[u8], usize), data_coding: u8, default: DefaultAlphabet) -> Vec<u16> {
    match alphabet(data_coding, default) {
        Alphabet::Gsm7 => gsm7::decode(body).encode_utf16().collect(),
        Alphabet::Gsm7Packed => gsm7::decode(&septets::unpack(body, before)).encode_utf16().collect(),
        Alphabet::Latin1 => body.iter().map(|octet| u16::from(*octet)).collect(),
        Alphabet::Cyrillic => body.iter().map(|octet| iso_8859_5(*octet)).collect(),
        Alphabet::Ucs2 => ucs2::units(body),
        // "8-bit binary" is also what some send as UTF-8 or ASCII.
        Alphabet::Octets => match ucs2::as_utf8(body) {
            Some(words) => words.encode_utf16().collect(),
            None => octets_shown(body),
        },
    }
}

/// SMPP's own values up to 0x0F; above, the coding groups of 3GPP TS 23.038 §4, which SMSCs pass through.
fn alphabet(data_coding: u8, default: DefaultAlphabet) -> Alphabet {
    let gsm7 = match default {
        DefaultAlphabet::Gsm7Packed => Alphabet::Gsm7Packed,
        DefaultAlphabet::Gsm7 | DefaultAlphabet::Latin1 => Alphabet::Gsm7,
    };
    let general = |bits: u8| match (bits >> 2) & 0b11 {
        0 => gsm7,
        2 => Alphabet::Ucs2,
        _ => Alphabet::Octets,
    };
    match data_coding {
        0 => match default {
            DefaultAlphabet::Gsm7 | DefaultAlphabet::Gsm7Packed => gsm7,
            DefaultAlphabet::Latin1 => Alphabet::Latin1,
        },
        // IA5 is ASCII, and Latin-1 is its superset.
        1 | 3 => Alphabet::Latin1,
        6 => Alphabet::Cyrillic,
        8 => Alphabet::Ucs2,
        2 | 4 | 5 | 7 | 9..=15 => Alphabet::Octets,
        16..=127 => general(data_coding),
        // Message waiting: 110x in the default alphabet, 1110 in UCS-2. 1111: bit 2 says 8-bit data.
        0xC0..=0xDF => gsm7,
        0xE0..=0xEF => Alphabet::Ucs2,
        0xF0..=0xFF if data_coding & 0b100 == 0 => gsm7,
        _ => Alphabet::Octets,
    }
}

fn iso_8859_5(octet: u8) -> u16 {
    match octet {
        0..=0xA0 | 0xAD => u16::from(octet),
        0xF0 => 0x2116,
        0xFD => 0x00A7,
        _ => u16::from(octet) + 0x0360,
    }
}

fn octets_shown(body: &[u8]) -> Vec<u16> {
    let octets: Vec<String> = body.iter().map(|octet| format!("{octet:02X}")).collect();
    format!("[0x {}]", octets.join(" ")).encode_utf16().collect()
}

fn sar(sar: Sar) -> Option<Part> {
    part(sar.reference, sar.total, sar.index)
}

/// Values that contradict each other are ignored (3GPP TS 23.040 §9.2.3.24.1), and so is a "long" text of one part.
fn part(reference: u16, total: u8, index: u8) -> Option<Part> {
    (total > 1 && (1..=total).contains(&index)).then_some(Part { reference, total, index })
}

/// The user data header before the text (3GPP TS 23.040 §9.2.3.24).
#[derive(Clone, Copy, Debug)]
struct Header<'a> {
    part: Option<Part>,
    rest: &'a [u8],
}

impl<'a> Header<'a> {
    /// `None` when it is longer than the message or its elements are longer than it.
    fn read(body: &'a [u8]) -> Option<Self> {
        let (length, after) = body.split_first()?;
        let (mut elements, rest) = after.split_at_checked(usize::from(*length))?;
        let mut found = None;
        while let [id, length, more @ ..] = elements {
            let (value, next) = more.split_at_checked(usize::from(*length))?;
            match (id, value) {
                (0x00, [reference, total, index]) => found = part(u16::from(*reference), *total, *index),
                (0x08, [high, low, total, index]) => {
                    found = part(u16::from_be_bytes([*high, *low]), *total, *index);
                }
                _ => {}
            }
            elements = next;
        }
        Some(Self { part: found, rest })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn message(esm_class: u8, data_coding: u8, body: &[u8]) -> Message {
        Message { esm_class, data_coding, body: body.to_vec(), ..Message::default() }
    }

    fn words(text: &Text) -> String {
        String::from_utf16(&text.units).unwrap()
    }

    #[test]
    fn each_alphabet_is_read() {
        let cases: [(u8, &[u8], &str); 16] = [
            (0, b"Voda \x00", "Voda @"),
            (1, b"Voda @", "Voda @"),
            (3, b"caf\xE9", "café"),
            (6, &[0xA2, 0xE8, 0xF0], "Ђш№"),
            (8, &[0x04, 0x02, 0x04, 0x48], "Ђш"),
            (0xF1, b"\x00", "@"),
            (0x18, &[0x04, 0x02], "Ђ"),
            (4, &[0xDE, 0xAD], "[0x DE AD]"),
            (2, "Нема воде".as_bytes(), "Нема воде"),
            (10, &[0x01, 0xFF], "[0x 01 FF]"),
            (0xF5, b"Voda", "Voda"),
            (0xF0, b"Voda \x00", "Voda @"),
            (0x11, b"\x00", "@"),
            (8, &[0xFF, 0xFE, 0x02, 0x04, 0x48, 0x04], "Ђш"),
            (8, &[0xD8, 0x3D, 0xDE, 0x00], "😀"),
            (0xE0, &[0x04, 0x02], "Ђ"),
        ];
        for (coding, body, expected) in cases {
            let text = read(&message(0, coding, body), DefaultAlphabet::Gsm7);
            assert_eq!(words(&text), expected, "data_coding {coding}");
            assert_eq!(text.part, None);
        }
    }

    #[test]
    fn default_alphabet_is_what_the_smsc_says() {
        assert_eq!(words(&read(&message(0, 0, b"@"), DefaultAlphabet::Latin1)), "@");
        assert_eq!(words(&read(&message(0, 0, b"@"), DefaultAlphabet::Gsm7)), "¡");
    }

    #[test]
    fn packed_septets_are_read_where_the_smsc_sends_them() {
        let packed = DefaultAlphabet::Gsm7Packed;
        let hello = [0xE8, 0x32, 0x9B, 0xFD, 0x46, 0x97, 0xD9, 0xEC, 0x37];
        for coding in [0, 0xF1] {
            assert_eq!(words(&read(&message(0, coding, &hello), packed)), "hellohello");
        }
        let part = read(&message(0x40, 0, &[5, 0, 3, 42, 2, 1, 0xC2]), packed);
        assert_eq!((words(&part).as_str(), part.part.map(|part| part.index)), ("a", Some(1)));
        assert_eq!(words(&read(&message(0, 8, &[0x04, 0x02]), packed)), "Ђ");
    }

    #[test]
    fn parts_are_named_by_short_and_long_references_and_by_sar() {
        let short = read(&message(0x40, 0, b"\x05\x00\x03\x2A\x03\x02abc"), DefaultAlphabet::Gsm7);
        assert_eq!(short.part, Some(Part { reference: 42, total: 3, index: 2 }));
        assert_eq!(words(&short), "abc");
        // Another element first, as phones with a national language table write it.
        let long = message(0x40, 8, b"\x09\x24\x01\x00\x08\x04\x12\x34\x02\x01\x00a");
        let long = read(&long, DefaultAlphabet::Gsm7);
        assert_eq!(long.part, Some(Part { reference: 0x1234, total: 2, index: 1 }));
        assert_eq!(words(&long), "a");
        let mut sar = message(0, 0, b"abc");
        sar.optional.sar = Some(Sar { reference: 7, total: 2, index: 2 });
        assert_eq!(read(&sar, DefaultAlphabet::Gsm7).part, Some(Part { reference: 7, total: 2, index: 2 }));
    }

    #[test]
    fn contradictory_part_numbers_are_ignored() {
        for numbers in [[9, 2, 3], [9, 2, 0], [9, 0, 0], [9, 1, 1]] {
            let mut body = b"\x05\x00\x03".to_vec();
            body.extend(numbers);
            body.extend(b"abc");
            let text = read(&message(0x40, 0, &body), DefaultAlphabet::Gsm7);
            assert_eq!((text.part, words(&text).as_str()), (None, "abc"));
        }
    }

    #[test]
    fn broken_header_shows_the_octets() {
        let text = read(&message(0x40, 0, &[0x20, 0x00, 0x03]), DefaultAlphabet::Gsm7);
        assert_eq!(words(&text), "[0x 20 00 03]");
    }

    #[test]
    fn surrogates_cut_in_two_survive() {
        let first = read(&message(0, 8, &[0xD8, 0x3D]), DefaultAlphabet::Gsm7);
        let second = read(&message(0, 8, &[0xDE, 0x00]), DefaultAlphabet::Gsm7);
        assert_eq!(String::from_utf16(&[first.units, second.units].concat()).unwrap(), "😀");
    }

    proptest! {
        #[test]
        fn anything_is_read(esm in any::<u8>(), coding in any::<u8>(), body in proptest::collection::vec(any::<u8>(), 0..300)) {
            read(&message(esm, coding, &body), DefaultAlphabet::Gsm7);
        }
    }
}
