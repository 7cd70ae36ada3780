//! A text as the parts that are sent: GSM 7-bit when all of it fits that alphabet, else UCS-2.
//!
//! A part holds 140 octets (3GPP TS 23.040 §9.2.3.24): 160 septets or 70 UTF-16 units; 153 or 67 behind the header that
//! joins the parts. SMPP carries septets unpacked, so a body here is up to 160 octets long.

use super::gsm7;
use super::text::DefaultAlphabet;

const SINGLE_SEPTETS: usize = 160;
const PART_SEPTETS: usize = 153;
const SINGLE_UNITS: usize = 70;
const PART_UNITS: usize = 67;
/// The count of parts is one octet.
const MAX_PARTS: usize = 255;

const DATA_CODING_DEFAULT: u8 = 0;
const DATA_CODING_UCS2: u8 = 8;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outgoing {
    pub data_coding: u8,
    /// The body begins with a user data header (esm_class bit 6).
    pub udh: bool,
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
pub fn split(words: &str, reference: u8, default: DefaultAlphabet) -> Result<Vec<Outgoing>, SplitError> {
    if words.is_empty() {
        return Err(SplitError::Empty);
    }
    let (data_coding, bodies) = match default_alphabet(words, default) {
        Some(characters) => (DATA_CODING_DEFAULT, pack(&characters, SINGLE_SEPTETS, PART_SEPTETS)),
        None => (DATA_CODING_UCS2, pack(&ucs2(words), SINGLE_UNITS, PART_UNITS)),
    };
    let total = u8::try_from(bodies.len()).map_err(|_| SplitError::TooLong)?;
    if total == 1 {
        return Ok(bodies.into_iter().map(|body| Outgoing { data_coding, udh: false, body }).collect());
    }
    Ok(bodies
        .into_iter()
        .zip(1..=total)
        .map(|(body, index)| {
            let mut with_header = vec![5, 0, 3, reference, total, index];
            with_header.extend(body);
            Outgoing { data_coding, udh: true, body: with_header }
        })
        .collect())
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
                DefaultAlphabet::Gsm7 => septets.write(&mut octets),
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

    use super::super::pdu::Message;
    use super::super::text::{Part, read};
    use super::*;

    fn parts(words: &str) -> Vec<Outgoing> {
        split(words, 7, DefaultAlphabet::Gsm7).unwrap()
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
        assert_eq!(split("", 0, DefaultAlphabet::Gsm7), Err(SplitError::Empty));
        assert_eq!(split(&"ш".repeat(67 * 255 + 1), 0, DefaultAlphabet::Gsm7), Err(SplitError::TooLong));
        assert_eq!(split(&"ш".repeat(67 * 255), 0, DefaultAlphabet::Gsm7).unwrap().len(), 255);
    }

    #[test]
    fn latin1_default_sends_latin1_octets() {
        let sent = split("a@é", 0, DefaultAlphabet::Latin1).unwrap();
        assert_eq!((sent[0].data_coding, sent[0].body.as_slice()), (0, &[b'a', b'@', 0xE9][..]));
        assert_eq!(split("€", 0, DefaultAlphabet::Latin1).unwrap()[0].data_coding, 8);
    }

    proptest! {
        #[test]
        fn any_text_comes_back_whole(words in "([a-zA-Z€\\[ ]{0,400}|[а-шa-z😀-😄]{0,300})", reference in any::<u8>()) {
            prop_assume!(!words.is_empty());
            let sent = split(&words, reference, DefaultAlphabet::Gsm7).unwrap();
            let total = sent.len();
            let mut units = Vec::new();
            for (index, part) in sent.into_iter().enumerate() {
                prop_assert!(part.body.len() <= 160);
                let message = Message {
                    esm_class: if part.udh { 0x40 } else { 0 },
                    data_coding: part.data_coding,
                    body: part.body,
                    ..Message::default()
                };
                let text = read(&message, DefaultAlphabet::Gsm7);
                let expected = (total > 1).then_some(Part {
                    reference: u16::from(reference),
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
