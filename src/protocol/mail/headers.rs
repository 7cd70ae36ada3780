//! The head of a mail: fields unfolded, words decoded, whoever wrote them and however.

use mail_parser::parsers::MessageStream;
use mail_parser::{Address, HeaderValue};

use super::encoded_word;
use crate::protocol::charset;

/// A mail has some thirty fields; what has a thousand is an attack or a mistake.
const MOST_FIELDS: usize = 1_000;
/// Of one field; a list of recipients may be long, everything else is short.
const LONGEST_FIELD: usize = 64 * 1024;
/// Ids of References that are looked up, the latest ones.
pub const MOST_IDS: usize = 30;
/// Recipients that are kept.
const MOST_ADDRESSES: usize = 100;
/// A mail has one `To` and one `Cc` (RFC 5322 §3.6); some software writes one for each recipient.
const MOST_ADDRESS_FIELDS: usize = 20;
/// RFC 5322 §2.1.1 allows 998 octets a line; a longer id is no id.
const LONGEST_ID: usize = 998;

/// Somebody who writes or is written to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mailbox {
    pub name: String,
    /// As written; nobody has checked that it is one.
    pub address: String,
}

/// Fields in their order: the name in small letters, the value unfolded but not decoded.
#[derive(Debug, Default)]
pub(super) struct Headers(Vec<(String, Vec<u8>)>);

/// Where the body begins: after the first empty line.
pub(super) fn end_of_head(raw: &[u8]) -> usize {
    let mut start = 0;
    for line in raw.split_inclusive(|b| *b == b'\n') {
        start += line.len();
        if line.iter().all(|b| matches!(b, b'\r' | b'\n')) {
            return start;
        }
    }
    raw.len()
}

impl Headers {
    /// The fields up to the first empty line.
    pub fn of(raw: &[u8]) -> Self {
        let mut fields: Vec<(String, Vec<u8>)> = Vec::new();
        for line in raw.split(|b| *b == b'\n') {
            let line = line.strip_suffix(b"\r").unwrap_or(line);
            if line.is_empty() {
                // Some software puts empty lines before the head.
                if fields.is_empty() { continue } else { break }
            }
            if matches!(line.first(), Some(b' ' | b'\t')) {
                if let Some((_, value)) = fields.last_mut()
                    && value.len() + line.len() < LONGEST_FIELD
                {
                    value.extend_from_slice(line);
                }
                continue;
            }
            let Some(colon) = line.iter().position(|b| *b == b':') else { continue };
            let (name, value) = line.split_at(colon);
            if fields.len() == MOST_FIELDS || name.len() > 100 {
                continue;
            }
            let name = String::from_utf8_lossy(name).trim().to_ascii_lowercase();
            let value = value.get(1..).unwrap_or_default();
            fields.push((name, value.get(..LONGEST_FIELD).unwrap_or(value).to_vec()));
        }
        Self(fields)
    }

    pub fn has(&self, name: &str) -> bool {
        self.raw(name).is_some()
    }

    pub fn count(&self, name: &str) -> usize {
        self.0.iter().filter(|(known, _)| known == name).count()
    }

    /// Names that begin so.
    pub fn has_prefix(&self, prefix: &str) -> bool {
        self.0.iter().any(|(name, _)| name.starts_with(prefix))
    }

    fn raw(&self, name: &str) -> Option<&[u8]> {
        self.0.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_slice())
    }

    /// Decoded, on one line; empty when there is none.
    pub fn line(&self, name: &str) -> String {
        self.raw(name)
            .map(|raw| one_line(&encoded_word::decode(&charset::decode(raw, None))))
            .unwrap_or_default()
    }

    /// The value in small letters without comments and parameters, for fields that hold a word.
    pub fn word(&self, name: &str) -> Option<String> {
        let text = String::from_utf8_lossy(self.raw(name)?).to_ascii_lowercase();
        let word = text.split([';', '(']).next().unwrap_or_default().trim();
        Some(word.to_owned())
    }

    /// Message ids without their brackets, in their order, the last [`MOST_IDS`].
    pub fn ids(&self, name: &str) -> Vec<String> {
        let Some(raw) = self.raw(name) else { return Vec::new() };
        let text = String::from_utf8_lossy(raw);
        let in_brackets: Vec<&str> =
            text.split('<').skip(1).filter_map(|piece| piece.split_once('>')).map(|(id, _)| id).collect();
        // Without brackets, which RFC 5322 §3.6.4 wants and some software forgets.
        let found = if in_brackets.is_empty() { text.split_whitespace().collect() } else { in_brackets };
        let mut ids: Vec<String> = found
            .into_iter()
            .map(|id| id.chars().filter(|c| !c.is_whitespace() && !c.is_control()).collect::<String>())
            .filter(|id| !id.is_empty() && id.len() <= LONGEST_ID)
            .collect();
        ids.drain(..ids.len().saturating_sub(MOST_IDS));
        ids
    }

    /// Of the fields of this name.
    pub fn addresses(&self, name: &str) -> Vec<Mailbox> {
        let fields = self.0.iter().filter(|(known, _)| known == name).take(MOST_ADDRESS_FIELDS);
        fields.flat_map(|(_, raw)| addresses(raw)).take(MOST_ADDRESSES).collect()
    }

    /// Addresses to which servers on the way say that they were to hand it (`Delivered-To` and its kin), and that of the addressee.
    pub fn delivered_to(&self) -> Vec<String> {
        const FIELDS: [&str; 6] =
            ["delivered-to", "x-original-to", "envelope-to", "x-envelope-to", "x-delivered-to", "to"];
        let all = FIELDS.iter().flat_map(|name| self.addresses(name));
        all.map(|mailbox| mailbox.address.to_ascii_lowercase()).take(MOST_ADDRESSES).collect()
    }

    pub fn date(&self) -> Option<i64> {
        let mut raw = self.raw("date")?.to_vec();
        raw.push(b'\n');
        match MessageStream::new(&raw).parse_date() {
            HeaderValue::DateTime(date) if date.is_valid() => Some(date.to_timestamp()),
            _ => None,
        }
    }
}

fn addresses(raw: &[u8]) -> Vec<Mailbox> {
    // Decoded words are put in only after the field was taken apart: a comma or an address in a name must not become another recipient.
    let (text, names) = encoded_word::set_aside(&charset::decode(raw, None));
    let text = format!("{text}\n");
    let HeaderValue::Address(found) = MessageStream::new(text.as_bytes()).parse_address() else {
        return Vec::new();
    };
    let list = match &found {
        Address::List(list) => list.iter().collect::<Vec<_>>(),
        Address::Group(groups) => groups.iter().flat_map(|group| &group.addresses).collect(),
    };
    list.into_iter()
        .filter_map(|each| {
            let address = each.address.as_deref().unwrap_or_default();
            let address: String = address.chars().filter(|c| !c.is_whitespace() && !c.is_control()).collect();
            let name = names.put_back(each.name.as_deref().unwrap_or_default());
            (!address.is_empty()).then(|| Mailbox { name: one_line(&name), address })
        })
        .collect()
}

/// Nothing that would break a line, or hide on it (control characters, marks of direction).
pub(super) fn one_line(text: &str) -> String {
    let hidden = |c: char| matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}');
    let clean: String =
        text.chars().filter(|c| !hidden(*c)).map(|c| if c.is_control() { ' ' } else { c }).collect();
    clean.split_whitespace().collect::<Vec<_>>().join(" ")
}
