//! `=?charset?B?...?=` (RFC 2047), also where software in the wild writes it wrongly: inside quotes, without spaces between two
//! words, with a character cut in half at the end of a word, with a charset that it is not, with raw spaces in a Q word.

use mail_parser::decoders::base64::base64_decode;

use crate::protocol::charset;

/// Words of one field. More is an attack.
const MOST_WORDS: usize = 2_000;
/// Beginnings of words that are none, in one field. With [`LONGEST_WORD`] they bound how long one field is looked through.
const MOST_FAILURES: usize = 500;
/// RFC 2047 §2 allows 75 octets; some software puts a whole subject into one word.
const LONGEST_WORD: usize = 2_000;
/// Of the name of a charset, with the language after it.
const LONGEST_CHARSET: usize = 60;

/// Stand for a decoded word while a field is taken apart; private use, so no mail has them after [`set_aside`] took them out.
const OPEN: char = '\u{f8f0}';
const CLOSE: char = '\u{f8f1}';

#[derive(Debug)]
enum Piece<'t> {
    Plain(&'t str),
    Word { charset: String, bytes: Vec<u8> },
}

/// The text with its words decoded.
pub(super) fn decode(text: &str) -> String {
    let mut decoded = String::with_capacity(text.len());
    for run in runs(text) {
        match run {
            Piece::Plain(plain) => decoded.push_str(plain),
            Piece::Word { charset, bytes } => decoded.push_str(&charset::decode(&bytes, Some(&charset))),
        }
    }
    decoded
}

/// The text with a mark for each run of words, and what they stand for.
pub(super) fn set_aside(text: &str) -> (String, Names) {
    let text = text.replace([OPEN, CLOSE], "");
    let (mut marked, mut names) = (String::with_capacity(text.len()), Names::default());
    for run in runs(&text) {
        match run {
            Piece::Plain(plain) => marked.push_str(plain),
            Piece::Word { charset, bytes } => {
                marked.push_str(&format!("{OPEN}{}{CLOSE}", names.0.len()));
                names.0.push(charset::decode(&bytes, Some(&charset)));
            }
        }
    }
    (marked, names)
}

#[derive(Debug, Default)]
pub(super) struct Names(Vec<String>);

impl Names {
    pub fn put_back(&self, text: &str) -> String {
        let mut whole = String::new();
        let mut rest = text;
        while let Some((before, after)) = rest.split_once(OPEN) {
            whole.push_str(before);
            let Some((index, tail)) = after.split_once(CLOSE) else { break };
            if let Some(name) = index.parse::<usize>().ok().and_then(|index| self.0.get(index)) {
                whole.push_str(name);
            }
            rest = tail;
        }
        whole.push_str(rest);
        whole
    }
}

/// Words that follow each other are one: the space between them is not there (RFC 2047 §6.2), and a character that one begins another
/// ends.
fn runs(text: &str) -> Vec<Piece<'_>> {
    let mut runs: Vec<Piece<'_>> = Vec::new();
    let mut rest = text;
    let (mut words, mut failures) = (0, 0);
    while words < MOST_WORDS
        && failures < MOST_FAILURES
        && let Some(start) = rest.find("=?")
    {
        let (before, from) = rest.split_at(start);
        match word(from) {
            Some((charset, bytes, after)) => {
                words += 1;
                let follows = matches!(runs.last(), Some(Piece::Word { .. })) && before.trim().is_empty();
                if !follows && !before.is_empty() {
                    runs.push(Piece::Plain(before));
                }
                match runs.last_mut() {
                    Some(Piece::Word { charset: known, bytes: so_far })
                        if follows && known.eq_ignore_ascii_case(charset) =>
                    {
                        so_far.extend(bytes);
                    }
                    _ => runs.push(Piece::Word { charset: charset.to_owned(), bytes }),
                }
                rest = after;
            }
            None => {
                failures += 1;
                let (plain, after) = rest.split_at(start + 2);
                runs.push(Piece::Plain(plain));
                rest = after;
            }
        }
    }
    if !rest.is_empty() {
        runs.push(Piece::Plain(rest));
    }
    runs
}

/// Charset, octets, and what follows. `text` begins with `=?`.
fn word(text: &str) -> Option<(&str, Vec<u8>, &str)> {
    let (charset, rest) = split_within(text.get(2..)?, "?", LONGEST_CHARSET)?;
    let (encoding, rest) = split_within(rest, "?", 1)?;
    // A `?=` may be the end of a word and an octet of a Q word that was not encoded: `?Q?Zasto?=?=`. The first one ends it.
    let (data, after) = split_within(rest, "?=", LONGEST_WORD)?;
    if charset.is_empty() || charset.contains(char::is_whitespace) {
        return None;
    }
    // RFC 2231 §5 puts a language after the charset.
    let charset = charset.split('*').next().unwrap_or(charset);
    let bytes = match encoding {
        "B" | "b" => base64(data),
        "Q" | "q" => quoted(data),
        _ => return None,
    };
    Some((charset, bytes, after))
}

/// Before and after the mark, which is looked for in the first `most` octets only and right behind them.
fn split_within<'t>(text: &'t str, mark: &str, most: usize) -> Option<(&'t str, &'t str)> {
    let end = text.floor_char_boundary(most.saturating_add(mark.len()));
    let at = text.get(..end)?.find(mark)?;
    Some((text.get(..at)?, text.get(at + mark.len()..)?))
}

/// Forgives missing padding and what does not belong.
fn base64(data: &str) -> Vec<u8> {
    let mut plain: Vec<u8> =
        data.bytes().filter(|b| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'/')).collect();
    if plain.len() % 4 == 1 {
        plain.pop();
    }
    while !plain.len().is_multiple_of(4) {
        plain.push(b'=');
    }
    base64_decode(&plain).unwrap_or_default()
}

/// RFC 2047 §4.2; an octet that is no hexadecimal number stays as it is.
fn quoted(data: &str) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(data.len());
    let mut rest = data.as_bytes();
    while let Some((first, tail)) = rest.split_first() {
        rest = tail;
        match (first, tail) {
            (b'_', _) => bytes.push(b' '),
            (b'=', [high, low, after @ ..]) => match (hex(*high), hex(*low)) {
                (Some(high), Some(low)) => {
                    bytes.push(high * 16 + low);
                    rest = after;
                }
                _ => bytes.push(b'='),
            },
            (other, _) => bytes.push(*other),
        }
    }
    bytes
}

fn hex(digit: u8) -> Option<u8> {
    char::from(digit).to_digit(16).and_then(|value| u8::try_from(value).ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn field_of_beginnings_without_ends_is_given_up_soon() {
        let hostile = "=?a?Q?x".repeat(9_000);
        assert_eq!(decode(&hostile), hostile);
        let long = format!("=?utf-8?Q?{}?= и даље", "a".repeat(LONGEST_WORD));
        assert!(decode(&long).starts_with("aaaa") && decode(&long).ends_with(" и даље"));
        let longer = format!("=?utf-8?Q?{}?=", "a".repeat(LONGEST_WORD + 1));
        assert_eq!(decode(&longer), longer);
    }

    #[test]
    fn words_are_decoded_also_where_they_are_written_wrongly() {
        for (text, means) in [
            ("=?utf-8?B?0KDRg9C/0LA=?=", "Рупа"),
            ("Re: =?UTF-8?Q?=D0=A0=D1=83=D0=BF=D0=B0?= 7", "Re: Рупа 7"),
            // Cut in the middle of a character.
            ("=?utf-8?B?0KDRg9C/0A==?= =?utf-8?B?sA==?=", "Рупа"),
            ("=?utf-8?Q?=D0=A0=D1?=  =?utf-8?Q?=83=D0=BF?==?utf-8?Q?=D0=B0?=", "Рупа"),
            // No padding, a raw space, a language, small letters.
            ("=?utf-8?b?0KDRg9C/0LA?=", "Рупа"),
            ("=?windows-1251?q?=D0=F3=EF=E0 na putu?=", "Рупа na putu"),
            ("=?iso-8859-2*sr?Q?=B9uma?=", "šuma"),
            // Said to be something else than it is.
            ("=?us-ascii?Q?=D0=A0=D1=83=D0=BF=D0=B0?=", "Рупа"),
            ("=?x-unknown?Q?=D0=A0=D1=83=D0=BF=D0=B0?=", "Рупа"),
            // Not words.
            ("a =? b", "a =? b"),
            ("=?utf-8?X?abc?=", "=?utf-8?X?abc?="),
            ("=?utf-8?Q?abc", "=?utf-8?Q?abc"),
        ] {
            assert_eq!(decode(text), means, "{text}");
        }
    }

    #[test]
    fn name_that_holds_an_address_stays_a_name() {
        let (text, names) = set_aside("\"=?utf-8?Q?a=40b=2Ec=2C_=22x=22?=\" <real@c.rs>");
        assert!(!text.contains("a@b.c"));
        assert_eq!(names.put_back(&text), "\"a@b.c, \"x\"\" <real@c.rs>");
    }
}
