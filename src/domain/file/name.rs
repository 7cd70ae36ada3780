//! Names of files as people gave them, made safe to store, to show and to send.

use std::fmt;

use serde::{Deserialize, Serialize};
use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

use crate::domain::script::to_latin;

/// One name without a path, in the letters in which it was given.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "String", into = "String")]
pub struct FileName(String);

/// File systems take 255 bytes; room is left for what is put before or behind.
const LONGEST_BYTES: usize = 200;
/// An ending that is longer is part of the name.
const LONGEST_EXTENSION: usize = 10;
/// What is left of a name without one good letter.
const NAMELESS: &str = "file";
/// Names of devices, which Windows does not give to files.
const DEVICES: &[&str] =
    &["con", "prn", "aux", "nul", "com1", "com2", "com3", "com4", "lpt1", "lpt2", "lpt3"];

impl FileName {
    /// Never fails: a name is the sender's, and a bad one is no reason to refuse a file.
    pub fn new(given: &str) -> Self {
        let last = given.rsplit(['/', '\\']).find(|part| !part.trim().is_empty()).unwrap_or_default();
        // macOS sends letters apart from their marks.
        let clean: String = last.chars().filter(|c| !is_invisible(*c)).map(replaced).nfc().collect();
        let joined = clean.split_whitespace().collect::<Vec<_>>().join(" ");
        // Windows drops dots and spaces at the end, and Unix hides names that begin with a dot.
        let joined = joined.trim_start_matches(['.', ' ', '~']).trim_end_matches(['.', ' ']).to_owned();
        let stem = joined.split('.').next().unwrap_or_default().to_lowercase();
        let named = if joined.is_empty() {
            NAMELESS.to_owned()
        } else if DEVICES.contains(&stem.as_str()) {
            format!("_{joined}")
        } else {
            joined
        };
        Self(shortened(&named))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// In small letters, without the dot.
    pub fn extension(&self) -> Option<String> {
        let (stem, extension) = self.0.rsplit_once('.')?;
        let fits = !stem.is_empty() && (1..=LONGEST_EXTENSION).contains(&extension.len());
        (fits && extension.chars().all(|c| c.is_ascii_alphanumeric())).then(|| extension.to_ascii_lowercase())
    }
}

impl fmt::Display for FileName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl From<String> for FileName {
    fn from(given: String) -> Self {
        Self::new(&given)
    }
}

impl From<FileName> for String {
    fn from(name: FileName) -> Self {
        name.0
    }
}

/// RFC 6266 §4.1 with both forms: plain letters for old clients, and the name itself (RFC 8187).
pub fn content_disposition(name: &FileName, inline: bool) -> String {
    let kind = if inline { "inline" } else { "attachment" };
    let encoded = name.0.bytes().fold(String::new(), |mut out, byte| {
        // RFC 8187 §3.2.1, attr-char.
        if byte.is_ascii_alphanumeric() || b"!#$&+-.^_`|~".contains(&byte) {
            out.push(char::from(byte));
        } else {
            out.push_str(&format!("%{byte:02X}"));
        }
        out
    });
    format!("{kind}; filename=\"{}\"; filename*=UTF-8''{encoded}", plain(&name.0))
}

fn plain(name: &str) -> String {
    let mut plain = String::with_capacity(name.len());
    for letter in to_latin(name).chars().nfd().filter(|c| !is_combining_mark(*c)) {
        match letter {
            'đ' => plain.push_str("dj"),
            'Đ' => plain.push_str("Dj"),
            // A percent sign would be decoded by some.
            '"' | '\\' | '%' => plain.push('_'),
            ' '..='~' => plain.push(letter),
            _ => plain.push('_'),
        }
    }
    plain
}

/// Control characters, and those that turn the direction of writing: `slika\u{202e}gpj.exe` looks like `slikaexe.jpg`.
fn is_invisible(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}')
        || matches!(c, '\u{e0000}'..='\u{e007f}')
}

/// What some file systems do not take.
fn replaced(c: char) -> char {
    if matches!(c, '<' | '>' | ':' | '"' | '|' | '?' | '*') { '_' } else { c }
}

/// The ending stays: people and systems go by it.
fn shortened(name: &str) -> String {
    if name.len() <= LONGEST_BYTES {
        return name.to_owned();
    }
    let (stem, extension) = match name.rsplit_once('.') {
        Some((stem, extension)) if extension.len() <= LONGEST_EXTENSION => (stem, format!(".{extension}")),
        _ => (name, String::new()),
    };
    let room = LONGEST_BYTES - extension.len() - '…'.len_utf8();
    let end = (0..=room).rev().find(|at| stem.is_char_boundary(*at)).unwrap_or_default();
    format!("{}…{extension}", stem.get(..end).unwrap_or_default().trim_end())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn named(given: &str) -> String {
        FileName::new(given).to_string()
    }

    #[test]
    fn names_lose_paths_and_tricks_and_keep_their_letters() {
        assert_eq!(named("C:\\Users\\Мира\\Слика рупе.jpg"), "Слика рупе.jpg");
        assert_eq!(named("../../etc/passwd"), "passwd");
        assert_eq!(named("slika\u{202e}gpj.exe"), "slikagpj.exe");
        assert_eq!(named("a\r\nSet-Cookie: x.pdf"), "aSet-Cookie_ x.pdf");
        assert_eq!(named(".htaccess"), "htaccess");
        assert_eq!(named("извод .pdf. . "), "извод .pdf");
        assert_eq!(named("nul.txt"), "_nul.txt");
        assert_eq!(named("c\u{301}evapi.pdf"), "ćevapi.pdf");
        for nothing in ["", "  ", "///", "...", "\u{200b}", "\0"] {
            assert_eq!(named(nothing), "file", "{nothing:?}");
        }
    }

    #[test]
    fn long_name_keeps_its_ending() {
        let long = named(&format!("{}.pdf", "ш".repeat(500)));
        assert!(long.len() <= LONGEST_BYTES && long.ends_with("….pdf"), "{long}");
        assert_eq!(FileName::new(&long).as_str(), long, "a stored name is a good name");
    }

    #[test]
    fn name_is_sent_in_both_forms() {
        assert_eq!(
            content_disposition(&FileName::new("Жалба Ђорђа 100%.pdf"), false),
            "attachment; filename=\"Zalba Djordja 100_.pdf\"; filename*=UTF-8''%D0%96%D0%B0%D0%BB%D0%B1%D0%B0%20%D0%82%D0%BE%D1%80%D1%92%D0%B0%20100%25.pdf"
        );
        assert!(content_disposition(&FileName::new("a.png"), true).starts_with("inline; filename=\"a.png\""));
    }

    #[test]
    fn ending_is_short_and_plain() {
        let ending = |name: &str| FileName::new(name).extension();
        assert_eq!(ending("A.PDF").as_deref(), Some("pdf"));
        assert_eq!(ending("бр. 12 од 3. маја"), None);
        assert_eq!(ending("readme"), None);
    }
}
