//! The GSM 7-bit default alphabet and its extension table (3GPP TS 23.038 §6.2.1), one septet an octet, as SMPP carries it.

/// Next septet is of the extension table.
pub const ESCAPE: u8 = 0x1B;

/// Septet to character. 0x1B is the escape and never looked up.
const BASIC: [char; 128] = [
    '@', '£', '$', '¥', 'è', 'é', 'ù', 'ì', 'ò', 'Ç', '\n', 'Ø', 'ø', '\r', 'Å', 'å', 'Δ', '_', 'Φ', 'Γ',
    'Λ', 'Ω', 'Π', 'Ψ', 'Σ', 'Θ', 'Ξ', '\u{A0}', 'Æ', 'æ', 'ß', 'É', ' ', '!', '"', '#', '¤', '%', '&', '\'',
    '(', ')', '*', '+', ',', '-', '.', '/', '0', '1', '2', '3', '4', '5', '6', '7', '8', '9', ':', ';', '<',
    '=', '>', '?', '¡', 'A', 'B', 'C', 'D', 'E', 'F', 'G', 'H', 'I', 'J', 'K', 'L', 'M', 'N', 'O', 'P', 'Q',
    'R', 'S', 'T', 'U', 'V', 'W', 'X', 'Y', 'Z', 'Ä', 'Ö', 'Ñ', 'Ü', '§', '¿', 'a', 'b', 'c', 'd', 'e', 'f',
    'g', 'h', 'i', 'j', 'k', 'l', 'm', 'n', 'o', 'p', 'q', 'r', 's', 't', 'u', 'v', 'w', 'x', 'y', 'z', 'ä',
    'ö', 'ñ', 'ü', 'à',
];

const EXTENSION: [(u8, char); 10] = [
    (0x0A, '\u{C}'),
    (0x14, '^'),
    (0x28, '{'),
    (0x29, '}'),
    (0x2F, '\\'),
    (0x3C, '['),
    (0x3D, '~'),
    (0x3E, ']'),
    (0x40, '|'),
    (0x65, '€'),
];

/// One character as septets: one of the basic table, or the escape and one of the extension table. `None`: not in the alphabet.
pub fn encode(character: char) -> Option<Septets> {
    if let Some(&(septet, _)) = EXTENSION.iter().find(|(_, c)| *c == character) {
        return Some(Septets::Escaped(septet));
    }
    let index = match character {
        // What nearly every text consists of, without a search.
        'A'..='Z' | 'a'..='z' | '0'..='9' | ' ' | '!' | '"' | '#' | '%'..='?' => character as usize,
        '\u{A0}' => return None,
        other => BASIC.iter().position(|c| *c == other)?,
    };
    u8::try_from(index).ok().map(Septets::Basic)
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Septets {
    Basic(u8),
    Escaped(u8),
}

impl Septets {
    /// How much of the 160 or 153 septets of a part it takes.
    pub fn count(self) -> usize {
        match self {
            Self::Basic(_) => 1,
            Self::Escaped(_) => 2,
        }
    }

    pub fn write(self, to: &mut Vec<u8>) {
        match self {
            Self::Basic(septet) => to.push(septet),
            Self::Escaped(septet) => to.extend([ESCAPE, septet]),
        }
    }
}

/// Never fails: an unknown escape shows the basic character (§6.2.1.1), and octets above 127, which are no septets,
/// are read as Latin-1, because that is what the SMSCs mean that send them.
pub fn decode(octets: &[u8]) -> String {
    let mut text = String::with_capacity(octets.len());
    let mut octets = octets.iter().copied();
    while let Some(octet) = octets.next() {
        if octet != ESCAPE {
            text.push(basic(octet));
            continue;
        }
        match octets.next() {
            None => {}
            // Reserved for a further table: shown as a space.
            Some(ESCAPE) => text.push(' '),
            Some(next) => text.push(extension(next).unwrap_or_else(|| basic(next))),
        }
    }
    text
}

fn basic(octet: u8) -> char {
    BASIC.get(usize::from(octet)).copied().unwrap_or(char::from(octet))
}

fn extension(octet: u8) -> Option<char> {
    EXTENSION.iter().find(|(septet, _)| *septet == octet).map(|(_, character)| *character)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn encoded(text: &str) -> Option<Vec<u8>> {
        let mut octets = Vec::new();
        for character in text.chars() {
            encode(character)?.write(&mut octets);
        }
        Some(octets)
    }

    #[test]
    fn every_septet_survives_the_way_there_and_back() {
        for septet in (0..128u8).filter(|s| *s != ESCAPE) {
            assert_eq!(encoded(&decode(&[septet])).unwrap(), [septet], "0x{septet:02x}");
        }
        for (septet, character) in EXTENSION {
            assert_eq!(decode(&[ESCAPE, septet]), character.to_string());
            assert_eq!(encode(character), Some(Septets::Escaped(septet)));
        }
    }

    #[test]
    fn known_text_is_the_octets_of_the_standard() {
        assert_eq!(encoded("@£_€[").unwrap(), [0x00, 0x01, 0x11, 0x1B, 0x65, 0x1B, 0x3C]);
        assert_eq!(decode(b"Rupa u ulici \x10\x1e"), "Rupa u ulici Δß");
    }

    #[test]
    fn serbian_letters_are_outside_of_the_alphabet() {
        for letter in "čćšžđЂшж`ç".chars() {
            assert_eq!(encode(letter), None, "{letter}");
        }
    }

    #[test]
    fn broken_escapes_do_not_lose_the_rest() {
        assert_eq!(decode(&[b'a', ESCAPE, b'b', b'c']), "abc");
        assert_eq!(decode(&[b'a', ESCAPE, ESCAPE, b'c']), "a c");
        assert_eq!(decode(&[b'a', ESCAPE]), "a");
        assert_eq!(decode(&[b'a', 0xE9]), "aé");
    }

    proptest! {
        #[test]
        fn anything_decodes(octets in proptest::collection::vec(any::<u8>(), 0..300)) {
            decode(&octets);
        }

        #[test]
        fn what_encodes_decodes_to_itself(text in "[ -~£€àäöñüßÉΔΩ\n]{0,200}") {
            if let Some(octets) = encoded(&text) {
                prop_assert_eq!(decode(&octets), text);
            }
        }
    }
}
