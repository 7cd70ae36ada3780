//! The parts of a mail: its text, and what is attached. `mail-parser` finds where parts begin and end; their octets are decoded here, because
//! what senders say about charsets is often wrong.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::panic::{AssertUnwindSafe, catch_unwind};

use mail_parser::decoders::base64::base64_decode;
use mail_parser::decoders::html::html_to_text;
use mail_parser::decoders::quoted_printable::quoted_printable_decode;
use mail_parser::{ContentType, Encoding, Message, MessageParser, MessagePart, MimeHeaders, PartType};

use super::headers::{Headers, end_of_head, one_line};
use super::{Attachment, encoded_word, tnef};
use crate::protocol::charset;

/// A citizen sends some photographs; a mail with ten thousand parts keeps the first of them.
pub(super) const MOST_ATTACHMENTS: usize = 50;
/// Characters of text that are kept: forty pages.
pub(super) const MOST_TEXT: usize = 100_000;
/// Characters of a file's name.
const LONGEST_NAME: usize = 150;
/// Octets that the parser may look at: it looks for the end of each multipart in all that follows, so many multiparts in a big mail would keep
/// it busy for hours. An ordinary mail of 25 MB with twenty of them is far below.
const MOST_WORK: usize = 4_000_000_000;
/// A field about one part is some hundred octets; the time to read it grows with the square of its parameters.
const LONGEST_PART_FIELD: usize = 8 * 1024;

#[derive(Debug, Default)]
pub(super) struct Body {
    pub text: String,
    /// Of an HTML mail: what the software marked as the mail that is answered.
    pub history: String,
    pub attachments: Vec<Attachment>,
    pub left_out: usize,
    /// The machine-readable part of a report (RFC 3464).
    pub status: Option<Vec<u8>>,
    /// That of a complaint (RFC 5965).
    pub feedback: Option<Vec<u8>>,
    /// The mail that a report is about, or its head.
    pub returned: Option<Headers>,
}

impl Body {
    /// A file; or those that Outlook put into one.
    fn attach(&mut self, attachment: Attachment) {
        let is_tnef = attachment.declared.eq_ignore_ascii_case("application/ms-tnef")
            || attachment.declared.eq_ignore_ascii_case("application/vnd.ms-tnef")
            || attachment.name.eq_ignore_ascii_case("winmail.dat");
        let inside = if is_tnef { tnef::files(&attachment.bytes) } else { Vec::new() };
        if inside.is_empty() {
            self.attachments.push(attachment);
            return;
        }
        for file in inside {
            if self.attachments.len() == MOST_ATTACHMENTS {
                self.left_out += 1;
                continue;
            }
            self.attachments.push(Attachment {
                name: one_line(&file.name),
                declared: "application/octet-stream".into(),
                bytes: file.bytes,
                inline: false,
            });
        }
    }
}

pub(super) fn read(raw: &[u8]) -> Body {
    if too_much_work(raw) {
        return unread(raw);
    }
    let neutral = without_nesting(raw);
    // The parser says of itself that it never panics. Should it, one mail is shown as it came, and the next one is read.
    let read = catch_unwind(AssertUnwindSafe(|| {
        MessageParser::new().parse(&neutral).map(|message| of_message(raw, &message))
    }));
    match read {
        Ok(Some(body)) => body,
        Ok(None) | Err(_) => unread(raw),
    }
}

/// Text as far as it goes, and the whole as a file.
fn unread(raw: &[u8]) -> Body {
    let start = end_of_head(raw);
    let body = raw.get(start..).unwrap_or_default();
    let text = charset::decode(body.get(..MOST_TEXT).unwrap_or(body), None);
    let whole = Attachment {
        name: "message.eml".into(),
        declared: "message/rfc822".into(),
        bytes: raw.to_vec(),
        inline: false,
    };
    let attachments = if body.len() > MOST_TEXT { vec![whole] } else { Vec::new() };
    Body { text: limited(text), attachments, ..Body::default() }
}

fn too_much_work(raw: &[u8]) -> bool {
    let boundaries = count(raw, b"boundary");
    if boundaries > 3 && boundaries.saturating_mul(raw.len()) > MOST_WORK {
        return true;
    }
    let mut length = None;
    for line in raw.split_inclusive(|b| *b == b'\n') {
        let folded = matches!(line.first(), Some(b' ' | b'\t'));
        length = match length {
            Some(so_far) if folded => Some(so_far + line.len()),
            _ => starts_with(line, b"content-").then_some(line.len()),
        };
        if length.is_some_and(|length| length > LONGEST_PART_FIELD) {
            return true;
        }
    }
    false
}

/// A mail within a mail is a file for us. The parser would read it too, one within the other, and take them apart again by a recursion as deep
/// as the sender likes; so it does not see that they are mails. Every octet keeps its place.
fn without_nesting(raw: &[u8]) -> Vec<u8> {
    let mut neutral = raw.to_vec();
    for (word, other) in NESTING {
        for at in places(raw, word) {
            if let Some(place) = neutral.get_mut(at..at + word.len()) {
                place.copy_from_slice(other);
            }
        }
    }
    neutral
}

/// Subtypes of `message/...` and `multipart/...` that hold mails, and what the parser sees instead.
const NESTING: [(&[u8; 6], &[u8; 6]); 3] =
    [(b"rfc822", b"x-r822"), (b"global", b"x-glob"), (b"digest", b"x-dgst")];

fn count(raw: &[u8], word: &[u8]) -> usize {
    places(raw, word).count()
}

/// Where `word`, in small letters, stands in whatever letters.
fn places<'r>(raw: &'r [u8], word: &'r [u8]) -> impl Iterator<Item = usize> + 'r {
    let first = word.first().copied().unwrap_or_default();
    raw.iter().enumerate().filter_map(move |(at, byte)| {
        (byte.to_ascii_lowercase() == first && starts_with(raw.get(at..)?, word)).then_some(at)
    })
}

fn starts_with(text: &[u8], word: &[u8]) -> bool {
    text.get(..word.len()).is_some_and(|start| start.eq_ignore_ascii_case(word))
}

fn of_message(raw: &[u8], message: &Message<'_>) -> Body {
    let mut body = Body::default();
    let mut files: BTreeSet<u32> = message.attachments.iter().copied().collect();
    for id in &message.text_body {
        let Some(part) = message.part(*id) else { continue };
        match &part.body {
            PartType::Text(_) => add(&mut body.text, &text_of(raw, part)),
            PartType::Html(_) => {
                let html = text_of(raw, part);
                let (own, quoted) = html.split_at(start_of_quote(&html));
                add(&mut body.text, &html_to_text(own));
                add(&mut body.history, &html_to_text(quoted));
            }
            _ => {
                files.insert(*id);
            }
        }
    }
    for id in files {
        let Some(part) = message.part(id) else { continue };
        if let Some(status) = part.content_type().filter(|t| is_status(t)) {
            let _ = status;
            body.status.get_or_insert_with(|| octets(raw, part).into_owned());
        } else if part.content_type().is_some_and(is_feedback) {
            body.feedback.get_or_insert_with(|| octets(raw, part).into_owned());
        } else if is_returned(part) {
            body.returned.get_or_insert_with(|| Headers::of(&octets(raw, part)));
        }
        if body.attachments.len() == MOST_ATTACHMENTS {
            body.left_out += 1;
        } else if let Some(attachment) = attachment(raw, part) {
            body.attach(attachment);
        }
    }
    body.text = limited(body.text);
    body.history = limited(body.history);
    body
}

fn add(text: &mut String, more: &str) {
    if !text.is_empty() && !more.trim().is_empty() {
        text.push_str("\n\n");
    }
    text.push_str(more.trim_end());
}

/// The first [`MOST_TEXT`] characters; line ends are `\n`, and what no page shows is gone.
fn limited(text: String) -> String {
    let shown = |c: &char| !c.is_control() || matches!(c, '\n' | '\t');
    let text: String =
        text.replace("\r\n", "\n").replace('\r', "\n").chars().filter(shown).take(MOST_TEXT).collect();
    text.trim().to_owned()
}

fn is_status(kind: &ContentType<'_>) -> bool {
    let subtype = kind.subtype().unwrap_or_default();
    kind.ctype().eq_ignore_ascii_case("message") && subtype.to_ascii_lowercase().ends_with("delivery-status")
}

fn is_feedback(kind: &ContentType<'_>) -> bool {
    let subtype = kind.subtype().unwrap_or_default();
    kind.ctype().eq_ignore_ascii_case("message") && subtype.eq_ignore_ascii_case("feedback-report")
}

fn is_returned(part: &MessagePart<'_>) -> bool {
    declared(part).is_some_and(|declared| {
        matches!(
            declared.as_str(),
            "message/rfc822" | "text/rfc822-headers" | "message/rfc822-headers" | "message/global"
        )
    })
}

/// `type/subtype` in small letters, as the sender wrote it.
fn declared(part: &MessagePart<'_>) -> Option<String> {
    let kind = part.content_type()?;
    let mut subtype = kind.subtype().unwrap_or_default().to_ascii_lowercase();
    for (word, other) in NESTING {
        if let (Ok(word), Ok(other)) = (std::str::from_utf8(word), std::str::from_utf8(other)) {
            subtype = subtype.replace(other, word);
        }
    }
    Some(format!("{}/{subtype}", kind.ctype().to_ascii_lowercase()))
}

/// Without its transfer encoding.
fn octets<'r>(raw: &'r [u8], part: &MessagePart<'_>) -> Cow<'r, [u8]> {
    let encoded = raw.get(part.offset_body as usize..part.offset_end as usize).unwrap_or_default();
    let decoded = match part.encoding {
        Encoding::None => None,
        Encoding::Base64 => base64_decode(encoded),
        Encoding::QuotedPrintable => quoted_printable_decode(encoded),
    };
    decoded.map_or(Cow::Borrowed(encoded), Cow::Owned)
}

fn text_of(raw: &[u8], part: &MessagePart<'_>) -> String {
    let charset = part.content_type().and_then(|kind| kind.attribute("charset"));
    charset::decode(&octets(raw, part), charset)
}

/// Where the answered mail begins in an HTML mail, by the marks of those who write most of them.
fn start_of_quote(html: &str) -> usize {
    const MARKS: [&str; 7] = [
        "<blockquote",
        "<div class=\"gmail_quote",
        "<div class=gmail_quote",
        "<div id=\"appendonsend",
        "<div id=\"divrplyfwdmsg",
        "<div class=\"moz-cite-prefix",
        "<div class=\"yahoo_quoted",
    ];
    let small = html.to_ascii_lowercase();
    MARKS.iter().filter_map(|mark| small.find(mark)).min().unwrap_or(html.len())
}

fn attachment(raw: &[u8], part: &MessagePart<'_>) -> Option<Attachment> {
    let declared = declared(part).unwrap_or_else(|| "text/plain".to_owned());
    if matches!(part.body, PartType::Multipart(_)) {
        return None;
    }
    let bytes = octets(raw, part).into_owned();
    let mut name = file_name(&name(raw, part));
    if name.is_empty() && declared == "message/rfc822" {
        name = "message.eml".to_owned();
    }
    if bytes.is_empty() && name.is_empty() {
        return None;
    }
    let disposed = part.content_disposition().map(|d| d.is_inline());
    let inline = disposed.unwrap_or(matches!(part.body, PartType::InlineBinary(_)))
        || disposed.is_none() && part.content_id().is_some();
    Some(Attachment { name, declared, bytes, inline })
}

/// What the file is called. `mail-parser` reads what RFC 2231 says; names in raw octets or in the words of RFC 2047, which are not allowed
/// here and very common, are read from the field itself.
fn name(raw: &[u8], part: &MessagePart<'_>) -> String {
    let parsed = part.attachment_name().unwrap_or_default();
    if !parsed.is_empty() && !parsed.contains('\u{fffd}') && !parsed.contains("=?") {
        let words = part.headers.iter().filter(|h| is_about_part(h.name.as_str()));
        let mut fields = words.filter_map(|h| raw.get(h.offset_start as usize..h.offset_end as usize));
        if !fields.any(|field| count(field, b"=?") > 0) {
            return parsed.to_owned();
        }
    }
    let fields = part.headers.iter().filter(|h| is_about_part(h.name.as_str()));
    let written = fields
        .filter_map(|h| raw.get(h.offset_start as usize..h.offset_end as usize))
        .find_map(|field| parameter(&charset::decode(field, None)));
    written
        .map(|name| encoded_word::decode(&name))
        .filter(|name| !name.is_empty())
        .unwrap_or(parsed.to_owned())
}

fn is_about_part(name: &str) -> bool {
    name.eq_ignore_ascii_case("content-disposition") || name.eq_ignore_ascii_case("content-type")
}

/// The value of `filename=` or `name=`, with or without quotes.
fn parameter(field: &str) -> Option<String> {
    let small = field.to_ascii_lowercase();
    let at = ["filename=", "name="].iter().find_map(|key| small.find(key).map(|at| at + key.len()))?;
    let value = field.get(at..)?;
    let value = match value.strip_prefix('"') {
        Some(quoted) => quoted.split('"').next().unwrap_or_default(),
        None => value.split([';', '\n', '\r']).next().unwrap_or_default(),
    };
    Some(value.trim().to_owned())
}

/// Without folders, and nothing that a file system minds.
fn file_name(name: &str) -> String {
    let last = one_line(name);
    let last = last.rsplit(['/', '\\']).next().unwrap_or_default();
    let clean: String =
        last.chars().filter(|c| !matches!(c, '"' | '<' | '>' | '|' | ':' | '*' | '?')).collect();
    let clean = clean.trim().trim_start_matches('.');
    match clean.char_indices().nth(LONGEST_NAME) {
        // The end says what kind of file it is.
        Some((cut, _)) => match clean.rsplit_once('.').filter(|(_, end)| end.len() <= 5) {
            Some((_, end)) => format!("{}….{end}", clean.get(..cut).unwrap_or_default()),
            None => clean.get(..cut).unwrap_or_default().to_owned(),
        },
        None => clean.to_owned(),
    }
}
