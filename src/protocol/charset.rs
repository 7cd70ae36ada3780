//! Octets to text, of mails and of lists. What the sender says is believed where it can be true; else the text is what reads best as Serbian.

use encoding_rs::{Encoding, ISO_8859_2, ISO_8859_5, UTF_8, WINDOWS_1250, WINDOWS_1251, WINDOWS_1252};
use mail_parser::decoders::charsets::map::charset_decoder;

/// What Serbian words without a true charset are written in. The first of equals wins.
const GUESSES: [&Encoding; 5] = [WINDOWS_1250, WINDOWS_1251, ISO_8859_2, ISO_8859_5, WINDOWS_1252];

/// So much of a text is looked at for a guess.
const SAMPLE: usize = 8 * 1024;

/// Never fails; what cannot be read is U+FFFD. Line ends stay as they are.
pub(super) fn decode(bytes: &[u8], declared: Option<&str>) -> String {
    let declared = declared.map(|label| label.trim().trim_matches(['"', '\'']).to_ascii_lowercase());
    if bytes.is_ascii() {
        return decode_ascii(bytes, declared.as_deref());
    }
    if let Some((encoding, _)) = Encoding::for_bom(bytes) {
        return encoding.decode(bytes).0.into_owned();
    }
    // Text that happens to be UTF-8 with more than ASCII in it is UTF-8, whatever it is said to be.
    if let Ok(text) = std::str::from_utf8(bytes) {
        return text.to_owned();
    }
    let encoding = declared.as_deref().and_then(|label| Encoding::for_label(label.as_bytes()));
    match encoding {
        // A character cut in half at the end, in a text that is UTF-8 otherwise.
        Some(encoding) if encoding == UTF_8 && nearly_utf8(bytes) => UTF_8.decode(bytes).0.into_owned(),
        None if nearly_utf8(bytes) => UTF_8.decode(bytes).0.into_owned(),
        Some(encoding) if encoding != UTF_8 && !is_single_byte(encoding) => {
            encoding.decode(bytes).0.into_owned()
        }
        Some(encoding) if encoding != UTF_8 => better_of(encoding, bytes),
        _ => match declared.as_deref().and_then(|label| charset_decoder(label.as_bytes())) {
            // Charsets that only `mail-parser` knows (code pages of DOS, UTF-7).
            Some(decoder) if encoding.is_none() => decoder(bytes),
            _ => guess(bytes).decode_without_bom_handling(bytes).0.into_owned(),
        },
    }
}

/// Some charsets write other letters in ASCII octets.
fn decode_ascii(bytes: &[u8], declared: Option<&str>) -> String {
    let label = declared.unwrap_or_default();
    if label.starts_with("utf-7") || label.starts_with("iso-2022-") || label.starts_with("hz-") {
        if label == "iso-2022-jp" {
            return encoding_rs::ISO_2022_JP.decode(bytes).0.into_owned();
        }
        if let Some(decoder) = charset_decoder(label.as_bytes()) {
            return decoder(bytes);
        }
    }
    String::from_utf8_lossy(bytes).into_owned()
}

fn is_single_byte(encoding: &'static Encoding) -> bool {
    encoding.is_single_byte()
}

/// At most one broken character in a hundred octets.
pub(super) fn nearly_utf8(bytes: &[u8]) -> bool {
    let (mut rest, mut broken) = (bytes.get(..SAMPLE).unwrap_or(bytes), 0);
    let mut letters = 0;
    while let Err(error) = std::str::from_utf8(rest) {
        let (good, bad) = rest.split_at(error.valid_up_to());
        letters += good.iter().filter(|b| !b.is_ascii()).count();
        broken += 1;
        rest = bad.get(error.error_len().unwrap_or(bad.len())..).unwrap_or_default();
    }
    letters += rest.iter().filter(|b| !b.is_ascii()).count();
    broken * 8 <= letters
}

/// The declared one, unless the text reads much better as another: Western charsets are the default of software that does not know
/// what it writes, and windows-125x is often called by the name of the ISO charset that is nearly the same.
fn better_of(declared: &'static Encoding, bytes: &[u8]) -> String {
    let guessed = guess(bytes);
    let (said, other) = (score(declared, bytes), score(guessed, bytes));
    let encoding = if other > said && (declared == WINDOWS_1252 || said < 0) { guessed } else { declared };
    encoding.decode_without_bom_handling(bytes).0.into_owned()
}

/// What reads best as Serbian, of charsets with one octet for a letter.
pub(super) fn guess(bytes: &[u8]) -> &'static Encoding {
    let mut best = (WINDOWS_1250, i64::MIN);
    for encoding in GUESSES {
        let score = score(encoding, bytes);
        if score > best.1 {
            best = (encoding, score);
        }
    }
    best.0
}

/// How much like Serbian it reads. Only what is beyond ASCII counts, and where it stands.
fn score(encoding: &'static Encoding, bytes: &[u8]) -> i64 {
    let sample = bytes.get(..SAMPLE).unwrap_or(bytes);
    let (text, _) = encoding.decode_without_bom_handling(sample);
    let mut score = 0;
    let mut before = ' ';
    for c in text.chars() {
        if !c.is_ascii() {
            score += letter(c);
            // Small letters are followed by small letters, Cyrillic by Cyrillic.
            if before.is_alphabetic() && c.is_alphabetic() {
                score -= i64::from(before.is_lowercase() && c.is_uppercase()) * 3;
                score -= i64::from(is_cyrillic(before) != is_cyrillic(c)) * 3;
            }
        } else if is_cyrillic(before) && c.is_ascii_alphabetic() {
            score -= 3;
        }
        before = c;
    }
    score
}

fn letter(c: char) -> i64 {
    match c {
        'а' | 'е' | 'и' | 'о' | 'у' | 'н' | 'р' | 'с' | 'т' | 'в' | 'к' | 'л' | 'м' | 'д' | 'п' => {
            3
        }
        'ј' | 'з' | 'г' | 'б' | 'ч' | 'ж' | 'ш' | 'ц' | 'х' | 'ћ' | 'ђ' | 'њ' | 'љ' | 'џ' | 'ф' => {
            2
        }
        'š' | 'đ' | 'č' | 'ć' | 'ž' => 3,
        'Š' | 'Đ' | 'Č' | 'Ć' | 'Ž' => 2,
        'А'..='Я' | 'Ј' | 'Љ' | 'Њ' | 'Ђ' | 'Ћ' | 'Џ' => 1,
        '„' | '“' | '”' | '–' | '’' | '‘' | '…' | '\u{a0}' | '€' | '§' | '°' | '—' | '•' | '«' | '»' => {
            0
        }
        '\u{80}'..='\u{9f}' => -10,
        '\u{fffd}' => -10,
        // Letters of other languages: possible in a name, not in a text.
        _ if c.is_alphabetic() => -1,
        _ => -2,
    }
}

fn is_cyrillic(c: char) -> bool {
    matches!(c, '\u{400}'..='\u{4ff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    const CYRILLIC: &str = "Поштовани, у улици Вука Караџића број 7 пукла је цев. Хвала, Ђорђе Љубић";
    const LATIN: &str = "Poštovani, u ulici Đure Đakovića pukla je cev i već satima curi. Žarko Čolić";

    fn bytes(text: &str, encoding: &'static Encoding) -> Vec<u8> {
        let (bytes, _, broken) = encoding.encode(text);
        assert!(!broken);
        bytes.into_owned()
    }

    #[test]
    fn serbian_is_read_whatever_it_is_said_to_be() {
        let wrong =
            [None, Some("utf-8"), Some("us-ascii"), Some("iso-8859-1"), Some("x-nonsense"), Some("\"\"")];
        for declared in wrong {
            for encoding in [WINDOWS_1251, ISO_8859_5, UTF_8] {
                let read = decode(&bytes(CYRILLIC, encoding), declared);
                assert_eq!(read, CYRILLIC, "{} as {declared:?}", encoding.name());
            }
            for encoding in [WINDOWS_1250, ISO_8859_2, UTF_8] {
                let read = decode(&bytes(LATIN, encoding), declared);
                assert_eq!(read, LATIN, "{} as {declared:?}", encoding.name());
            }
        }
    }

    #[test]
    fn what_is_said_is_believed_when_it_can_be_true() {
        let german = "Grüße aus Österreich, die Straße ist naß";
        assert_eq!(decode(&bytes(german, WINDOWS_1252), Some("iso-8859-1")), german);
        assert_eq!(decode(&bytes("Привет", encoding_rs::KOI8_R), Some("KOI8-R")), "Привет");
        assert_eq!(decode("你好".as_bytes(), Some("gbk")), "你好");
        assert_eq!(decode(&encoding_rs::GBK.encode("你好").0, Some("gb2312")), "你好");
        assert_eq!(decode(b"+BB8EQAQ4- x", Some("UTF-7")), "При x");
    }

    #[test]
    fn windows_under_the_name_of_iso_is_read() {
        assert_eq!(decode(&bytes(LATIN, WINDOWS_1250), Some("iso-8859-2")), LATIN);
        assert_eq!(decode(&bytes(CYRILLIC, WINDOWS_1251), Some("iso-8859-5")), CYRILLIC);
    }

    #[test]
    fn text_cut_in_a_character_stays_what_it_is() {
        let cut = &CYRILLIC.as_bytes()[..CYRILLIC.len() - 1];
        for declared in [None, Some("utf-8")] {
            let read = decode(cut, declared);
            assert!(read.starts_with("Поштовани, у улици") && read.ends_with('\u{fffd}'), "{read}");
        }
    }

    #[test]
    fn one_word_is_enough_for_a_guess() {
        assert_eq!(decode(&bytes("šuma", WINDOWS_1250), None), "šuma");
        assert_eq!(decode(&bytes("Рупа", WINDOWS_1251), None), "Рупа");
        assert_eq!(decode(&bytes("čekam", ISO_8859_2), Some("utf-8")), "čekam");
    }
}
