//! The lines of a message's head: one copy of the text, and where names and values stand in it.

use std::ops::Range;

/// A head has a dozen lines or two; RFC 3261 sets no bound, and MAX_MESSAGE bounds all of them together.
const USUAL_LINES: usize = 20;

#[derive(Clone, Debug, Default)]
pub(super) struct Headers {
    text: String,
    lines: Vec<Line>,
}

/// Offsets into the text. `u32` reaches further than any message is long.
#[derive(Clone, Copy, Debug)]
struct Line {
    name: (u32, u32),
    value: (u32, u32),
}

impl Headers {
    /// The head without its start line. Lines without a colon are passed over, folded ones are joined (RFC 3261 §7.3.1).
    pub(super) fn parse(head: &str) -> Self {
        let text = if is_folded(head) { unfolded(head) } else { head.to_owned() };
        let mut lines = Vec::with_capacity(USUAL_LINES);
        let mut start = 0;
        for piece in text.split_inclusive('\n') {
            let range = start..start + piece.trim_end_matches(['\n', '\r']).len();
            start += piece.len();
            lines.extend(Line::find(&text, range));
        }
        Self { text, lines }
    }

    /// Names, compact ones in full, and values, in their order.
    pub(super) fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.lines.iter().map(|line| (in_full(self.at(line.name)), self.at(line.value)))
    }

    pub(super) fn values<'a>(&'a self, wanted: &'a str) -> impl Iterator<Item = &'a str> {
        self.iter().filter(move |(name, _)| name.eq_ignore_ascii_case(wanted)).map(|(_, value)| value)
    }

    pub(super) fn first(&self, wanted: &str) -> Option<&str> {
        self.iter().find(|(name, _)| name.eq_ignore_ascii_case(wanted)).map(|(_, value)| value)
    }

    fn at(&self, (start, end): (u32, u32)) -> &str {
        self.text.get(start as usize..end as usize).unwrap_or_default()
    }
}

impl Line {
    fn find(text: &str, range: Range<usize>) -> Option<Self> {
        let line = text.get(range.clone())?;
        let colon = line.find(':')?;
        let (name, value) = (line.get(..colon)?, line.get(colon + 1..)?);
        let place = |part: &str, start: usize| {
            let before = part.len() - part.trim_start().len();
            let from = range.start + start + before;
            Some((u32::try_from(from).ok()?, u32::try_from(from + part.trim().len()).ok()?))
        };
        Some(Self { name: place(name, 0)?, value: place(value, colon + 1)? })
    }
}

fn is_folded(head: &str) -> bool {
    head.as_bytes().windows(2).any(|two| matches!(two, [b'\n', b' ' | b'\t']))
}

fn unfolded(head: &str) -> String {
    let mut text = String::with_capacity(head.len());
    for line in head.lines() {
        if line.starts_with([' ', '\t']) {
            text.push(' ');
            text.push_str(line.trim());
        } else {
            if !text.is_empty() {
                text.push('\n');
            }
            text.push_str(line);
        }
    }
    text
}

/// RFC 3261 §7.3.3 and the registry that followed it.
fn in_full(name: &str) -> &str {
    let [letter] = name.as_bytes() else { return name };
    match letter.to_ascii_lowercase() {
        b'b' => "Referred-By",
        b'c' => "Content-Type",
        b'e' => "Content-Encoding",
        b'f' => "From",
        b'i' => "Call-ID",
        b'k' => "Supported",
        b'l' => "Content-Length",
        b'm' => "Contact",
        b'o' => "Event",
        b'r' => "Refer-To",
        b's' => "Subject",
        b't' => "To",
        b'u' => "Allow-Events",
        b'v' => "Via",
        b'x' => "Session-Expires",
        _ => name,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_found_folded_compact_and_spaced() {
        let headers = Headers::parse("v: a\r\nSUBJECT :  x\r\n\ty \r\nnonsense\r\nVia:b\r\nEmpty:\r\n: c");
        assert_eq!(headers.values("Via").collect::<Vec<_>>(), ["a", "b"]);
        assert_eq!(headers.first("Subject"), Some("x y"));
        assert_eq!((headers.first("Empty"), headers.first("nonsense")), (Some(""), None));
        assert_eq!(Headers::parse("").first("Via"), None);
        assert_eq!(Headers::parse("\r\n x: y\r\nž: ћ").first("ž"), Some("ћ"));
    }
}
