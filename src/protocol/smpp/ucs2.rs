//! UCS-2 as it really comes: in the order of SMPP (big endian), in the other one, with a mark of the order, or as something else
//! altogether. What is meant is taken only where no other reading makes sense.

/// UTF-16 code units of a message that says that it is in UCS-2.
pub fn units(body: &[u8]) -> Vec<u16> {
    match body {
        [0xFE, 0xFF, rest @ ..] => ordered(rest, u16::from_be_bytes),
        [0xFF, 0xFE, rest @ ..] => ordered(rest, u16::from_le_bytes),
        _ => without_mark(body),
    }
}

fn without_mark(body: &[u8]) -> Vec<u16> {
    let big = ordered(body, u16::from_be_bytes);
    // A lone last octet says nothing, and a unit may look usual by accident: " U" of ASCII is a mark of punctuation.
    let pairs = body.len() / 2;
    let usual = big.iter().take(pairs).filter(|unit| is_usual(**unit)).count();
    if usual * 2 >= pairs {
        return big;
    }
    let little = ordered(body, u16::from_le_bytes);
    let whole = body.len().is_multiple_of(2) && body.len() >= SURE_OCTETS;
    if whole && little.iter().all(|unit| is_usual(*unit)) {
        return little;
    }
    if body.len() >= SURE_TEXT
        && let Some(words) = as_utf8(body)
    {
        return words.encode_utf16().collect();
    }
    big
}

/// One character may be anything; two that both make sense in the other order only are no accident.
const SURE_OCTETS: usize = 4;
/// Ideographs whose octets are all letters of ASCII come by chance in twos and threes, not in a row of twelve octets.
const SURE_TEXT: usize = 12;

/// Latin with its accents, Cyrillic, punctuation and signs, and the halves of emoji: what citizens write here.
fn is_usual(unit: u16) -> bool {
    matches!(unit, 0x09 | 0x0A | 0x0D | 0x20..=0x7E | 0xA0..=0x024F | 0x0370..=0x052F | 0x2010..=0x205E | 0x20A0..=0x20C0 | 0x2600..=0x27BF | 0xD83C..=0xD83E | 0xDC00..=0xDFFF)
}

/// The octets as UTF-8, ASCII included, when they are that and what citizens write here: two octets of anything may be UTF-8.
pub fn as_utf8(body: &[u8]) -> Option<&str> {
    let words = std::str::from_utf8(body).ok()?;
    (!words.is_empty() && words.encode_utf16().all(is_usual)).then_some(words)
}

/// A lone last octet, which no UCS-2 has, is kept as a unit of its own.
fn ordered(body: &[u8], unit: fn([u8; 2]) -> u16) -> Vec<u16> {
    body.chunks(2)
        .map(|pair| match pair {
            [first, second] => unit([*first, *second]),
            [lone] => u16::from(*lone),
            _ => 0xFFFD,
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn octets(words: &str, of: fn(u16) -> [u8; 2]) -> Vec<u8> {
        words.encode_utf16().flat_map(of).collect()
    }

    fn read(body: &[u8]) -> String {
        String::from_utf16_lossy(&units(body))
    }

    #[test]
    fn either_order_is_read_with_its_mark_and_without() {
        for words in ["Нема воде у Улици липа", "Nema vode, čekam šest sati!", "Хвала 👍", "Ok 🙏🏽"]
        {
            let (big, little) = (octets(words, u16::to_be_bytes), octets(words, u16::to_le_bytes));
            for body in
                [&big, &little, &[&[0xFE, 0xFF][..], &big].concat(), &[&[0xFF, 0xFE][..], &little].concat()]
            {
                assert_eq!(read(body), words, "{body:02X?}");
            }
        }
    }

    #[test]
    fn octets_that_are_no_ucs2_at_all_are_read_as_what_they_are() {
        for words in ["Nema vode u ulici", "Nema vode u Ulici 5, U parku"] {
            assert_eq!(read(words.as_bytes()), words);
        }
        assert_eq!(read("Нема воде".as_bytes()), "Нема воде");
    }

    #[test]
    fn what_may_be_meant_is_left_as_it_is_said() {
        assert_eq!(read(&[0x4E, 0x00]), "一");
        assert_eq!(
            read("停水了吗".encode_utf16().flat_map(u16::to_be_bytes).collect::<Vec<u8>>().as_slice()),
            "停水了吗"
        );
        assert_eq!(units(&[0x04, 0x02, 0x41]), [0x0402, 0x41], "a lone octet is kept");
    }

    proptest! {
        #[test]
        fn words_of_citizens_are_read_in_the_order_that_the_standard_says(words in "[ -~čćšđžА-Яа-яђљњћџЂЈ–€😀-😿\n]{0,70}") {
            prop_assert_eq!(read(&octets(&words, u16::to_be_bytes)), words);
        }

        #[test]
        fn anything_is_survived(body in proptest::collection::vec(any::<u8>(), 0..200)) {
            units(&body);
        }
    }
}
