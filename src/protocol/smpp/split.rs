//! A text as the parts that are sent: GSM 7-bit when all of it fits that alphabet, else UCS-2.
//!
//! A part holds 140 octets (3GPP TS 23.040 §9.2.3.24): 160 septets or 70 UTF-16 units; 153 or 67 behind the header that
//! joins the parts, 152 or 66 behind the one with a reference of 16 bits. Most SMSCs take septets unpacked, so a body here is up to
//! 160 octets long. An SMSC that makes the parts itself is given the text in one piece.

use super::pdu::Sar;
use super::text::DefaultAlphabet;
use super::{gsm7, septets};

const SINGLE_SEPTETS: usize = 160;
const SINGLE_UNITS: usize = 70;
/// The count of parts is one octet.
const MAX_PARTS: usize = 255;

const DATA_CODING_DEFAULT: u8 = 0;
const DATA_CODING_UCS2: u8 = 8;

/// How the SMSC is told which parts are one text.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Concatenation {
    /// A user data header with a reference of 8 bits: every telephone and nearly every SMSC.
    #[default]
    Udh,
    /// A reference of 16 bits, for those who send many long texts to one number.
    Udh16,
    /// The optional parameters of SMPP 3.4 §5.3.2.22-24; the SMSC makes headers of them.
    Sar,
    /// The whole text as `message_payload`; the SMSC makes the parts.
    Payload,
}

impl Concatenation {
    /// Septets and UTF-16 units of a part behind its header.
    fn room(self) -> (usize, usize) {
        match self {
            Self::Udh16 => (152, 66),
            Self::Udh | Self::Sar | Self::Payload => (153, 67),
        }
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outgoing {
    pub data_coding: u8,
    /// The body begins with a user data header (esm_class bit 6).
    pub udh: bool,
    pub sar: Option<Sar>,
    /// It goes as `message_payload`.
    pub payload: bool,
    pub body: Vec<u8>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SplitError {
    #[error("the text is empty")]
    Empty,
    #[error("the text needs more than {MAX_PARTS} parts")]
    TooLong,
}

/// `reference` joins the parts of one text at the phone: take the next one for every text to the same number.
pub fn split(
    words: &str,
    reference: u16,
    default: DefaultAlphabet,
    how: Concatenation,
) -> Result<Vec<Outgoing>, SplitError> {
    if words.is_empty() {
        return Err(SplitError::Empty);
    }
    let (septets, units) = how.room();
    let (data_coding, bodies) = match default_alphabet(words, default) {
        Some(characters) => (DATA_CODING_DEFAULT, pack(&characters, SINGLE_SEPTETS, septets)),
        None => (DATA_CODING_UCS2, pack(&ucs2(words), SINGLE_UNITS, units)),
    };
    let total = u8::try_from(bodies.len()).map_err(|_| SplitError::TooLong)?;
    let packed = data_coding == DATA_CODING_DEFAULT && default == DefaultAlphabet::Gsm7Packed;
    let written = |body: Vec<u8>, header: usize| if packed { septets::pack(&body, header) } else { body };
    let plain = |body| Outgoing { data_coding, udh: false, sar: None, payload: false, body };
    if total == 1 {
        return Ok(bodies.into_iter().map(|body| plain(written(body, 0))).collect());
    }
    if how == Concatenation::Payload {
        return Ok(vec![Outgoing { payload: true, ..plain(written(bodies.concat(), 0)) }]);
    }
    let part = |(body, index): (Vec<u8>, u8)| {
        let [high, low] = reference.to_be_bytes();
        let header: &[u8] = match how {
            Concatenation::Udh => &[5, 0, 3, low, total, index],
            Concatenation::Udh16 => &[6, 8, 4, high, low, total, index],
            Concatenation::Sar | Concatenation::Payload => &[],
        };
        let sar = (how == Concatenation::Sar).then_some(Sar { reference, total, index });
        Outgoing { udh: !header.is_empty(), sar, ..plain([header, &written(body, header.len())].concat()) }
    };
    Ok(bodies.into_iter().zip(1..=total).map(part).collect())
}

/// How many messages the SMSC is given for it, without making them; at least one.
pub fn messages(words: &str, default: DefaultAlphabet, how: Concatenation) -> usize {
    // A character is at most two septets or two units of UTF-16, and never takes more of these than its octets here.
    if how == Concatenation::Payload || words.len() <= SINGLE_UNITS {
        return 1;
    }
    split(words, 0, default, how).map_or(1, |parts| parts.len())
}

/// A character that must not be cut: its octets on the wire and what it takes of a part.
#[derive(Clone, Debug)]
struct Whole {
    octets: Vec<u8>,
    cost: usize,
}

fn default_alphabet(words: &str, default: DefaultAlphabet) -> Option<Vec<Whole>> {
    words
        .chars()
        .map(|character| {
            let septets = gsm7::encode(character)?;
            let mut octets = Vec::with_capacity(2);
            match default {
                DefaultAlphabet::Gsm7 | DefaultAlphabet::Gsm7Packed => septets.write(&mut octets),
                // The SMSC turns Latin-1 into septets itself, so both must know the character.
                DefaultAlphabet::Latin1 => octets.push(u8::try_from(u32::from(character)).ok()?),
            }
            Some(Whole { octets, cost: septets.count() })
        })
        .collect()
}

fn ucs2(words: &str) -> Vec<Whole> {
    words
        .chars()
        .map(|character| {
            let mut units = [0; 2];
            let units = character.encode_utf16(&mut units);
            Whole { octets: units.iter().flat_map(|unit| unit.to_be_bytes()).collect(), cost: units.len() }
        })
        .collect()
}

fn pack(characters: &[Whole], single: usize, part: usize) -> Vec<Vec<u8>> {
    let whole: usize = characters.iter().map(|character| character.cost).sum();
    let room = if whole <= single { single } else { part };
    let mut bodies = vec![Vec::new()];
    let mut used = 0;
    for character in characters {
        if used + character.cost > room {
            bodies.push(Vec::new());
            used = 0;
        }
        used += character.cost;
        if let Some(body) = bodies.last_mut() {
            body.extend(&character.octets);
        }
    }
    bodies
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::pdu::{Message, Optional};
    use super::super::text::{Part, read};
    use super::*;

    fn parts(words: &str) -> Vec<Outgoing> {
        split(words, 7, DefaultAlphabet::Gsm7, Concatenation::Udh).unwrap()
    }

    #[test]
    fn lengths_are_those_of_the_standard() {
        for (words, expected) in [
            ("a".repeat(160), 1),
            ("a".repeat(161), 2),
            ("a".repeat(306), 2),
            ("a".repeat(307), 3),
            ("ш".repeat(70), 1),
            ("ш".repeat(71), 2),
            ("ш".repeat(134), 2),
            ("ш".repeat(200), 3),
            ("€".repeat(80), 1),
            ("€".repeat(81), 2),
            ("😀".repeat(35), 1),
            ("😀".repeat(36), 2),
        ] {
            assert_eq!(parts(&words).len(), expected, "{words}");
        }
    }

    #[test]
    fn one_cyrillic_letter_makes_it_ucs2() {
        assert_eq!(parts("Predmet 73")[0].data_coding, 0);
        assert_eq!(parts("Predmet 73 ш")[0].data_coding, 8);
        assert_eq!(parts("čekamo")[0].data_coding, 8);
    }

    #[test]
    fn pairs_are_not_cut() {
        // 153 is odd and an escape takes two; 67 is odd and a surrogate pair takes two.
        let escapes = parts(&"€".repeat(100));
        assert!(escapes[0].body.len() == 6 + 152 && escapes[1].body[6] == gsm7::ESCAPE);
        let emoji = parts(&"😀".repeat(40));
        assert!(emoji[0].body.len() == 6 + 2 * 66 && emoji[1].body[6] == 0xD8);
    }

    #[test]
    fn nothing_and_too_much_are_refused() {
        let split = |words: &str| split(words, 0, DefaultAlphabet::Gsm7, Concatenation::Udh);
        assert_eq!(split(""), Err(SplitError::Empty));
        assert_eq!(split(&"ш".repeat(67 * 255 + 1)), Err(SplitError::TooLong));
        assert_eq!(split(&"ш".repeat(67 * 255)).unwrap().len(), 255);
    }

    #[test]
    fn latin1_default_sends_latin1_octets() {
        let split = |words: &str| split(words, 0, DefaultAlphabet::Latin1, Concatenation::Udh);
        let sent = split("a@é").unwrap();
        assert_eq!((sent[0].data_coding, sent[0].body.as_slice()), (0, &[b'a', b'@', 0xE9][..]));
        assert_eq!(split("€").unwrap()[0].data_coding, 8);
    }

    #[test]
    fn sixteen_bits_of_reference_take_an_octet_more() {
        let sent = split(&"a".repeat(305), 0x1234, DefaultAlphabet::Gsm7, Concatenation::Udh16).unwrap();
        assert_eq!(sent.len(), 3, "152 a part");
        assert_eq!(sent[1].body[..7], [6, 8, 4, 0x12, 0x34, 3, 2]);
    }

    #[test]
    fn payload_is_the_whole_text_and_a_short_one_stays_short() {
        let how = Concatenation::Payload;
        let long = split(&"a".repeat(200), 1, DefaultAlphabet::Gsm7, how).unwrap();
        assert_eq!((long.len(), long[0].payload, long[0].body.len()), (1, true, 200));
        let short = split(&"a".repeat(160), 1, DefaultAlphabet::Gsm7, how).unwrap();
        assert!(!short[0].payload);
    }

    /// Another reckoning: how many parts a text needs, from its letters and the standard alone, without making any.
    fn parts_by_the_book(words: &str, header_octets: usize) -> usize {
        const ONE: &str = "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà";
        const TWO: &str = "^{}\\[~]|€\u{c}";
        let is_gsm = words.chars().all(|c| ONE.contains(c) || TWO.contains(c));
        let costs: Vec<usize> = words
            .chars()
            .map(|c| match is_gsm {
                true => 1 + usize::from(TWO.contains(c)),
                false => 1 + usize::from(c as u32 > 0xFFFF),
            })
            .collect();
        // 140 octets are 1120 bits; the header is filled up to a whole septet or unit.
        let bits = if is_gsm { 7 } else { 16 };
        let (single, part) = (1120 / bits, (1120 - 8 * header_octets) / bits);
        if costs.iter().sum::<usize>() <= single {
            return 1;
        }
        let (mut parts, mut left) = (0, 0);
        for cost in costs {
            if left < cost {
                parts += 1;
                left = part;
            }
            left -= cost;
        }
        parts
    }

    proptest! {
        #[test]
        fn any_text_comes_back_whole_in_as_many_parts_as_the_book_says(
            words in "([a-zA-Z€\\[ ]{0,400}|[а-шa-z😀-😄]{0,300}|[a-z€ ]{150,165}|[ш😀]{60,75}|[ -~À-žα-ωЀ-џ€]{0,200})",
            reference in any::<u16>(),
            how in prop_oneof![Just(Concatenation::Udh), Just(Concatenation::Udh16), Just(Concatenation::Sar), Just(Concatenation::Payload)],
            alphabet in prop_oneof![Just(DefaultAlphabet::Gsm7), Just(DefaultAlphabet::Gsm7Packed)],
        ) {
            // Packed, an `@` at the end cannot be told from bits that are left over.
            let words = if alphabet == DefaultAlphabet::Gsm7 { words } else { words.replace('@', "a") };
            prop_assume!(!words.is_empty());
            let sent = split(&words, reference, alphabet, how).unwrap();
            let total = sent.len();
            prop_assert_eq!(messages(&words, alphabet, how), total);
            let header = if how == Concatenation::Udh16 { 7 } else { 6 };
            let expected = if how == Concatenation::Payload { 1 } else { parts_by_the_book(&words, header) };
            prop_assert_eq!(total, expected);
            let mut units = Vec::new();
            for (index, part) in sent.into_iter().enumerate() {
                let most = if alphabet == DefaultAlphabet::Gsm7 { 160 } else { 140 };
                prop_assert!(part.payload || part.body.len() <= most);
                let message = Message {
                    esm_class: if part.udh { 0x40 } else { 0 },
                    data_coding: part.data_coding,
                    body: part.body,
                    optional: Optional { sar: part.sar, ..Optional::default() },
                    ..Message::default()
                };
                let text = read(&message, alphabet);
                let of_8_bits = how == Concatenation::Udh;
                let expected = (total > 1).then_some(Part {
                    reference: if of_8_bits { reference & 0xFF } else { reference },
                    total: u8::try_from(total).unwrap(),
                    index: u8::try_from(index + 1).unwrap(),
                });
                prop_assert_eq!(text.part, expected);
                units.extend(text.units);
            }
            prop_assert_eq!(String::from_utf16(&units).unwrap(), words);
        }
    }
}
