//! Messages out of a byte stream (RFC 3261 §18.3): headers up to an empty line, then Content-Length bytes.

use std::ops::Range;

/// No message we answer is longer; without a bound a peer could make us hold any amount.
pub const MAX_MESSAGE: usize = 64 * 1024;

/// Collects what a connection sends and cuts it into messages.
#[derive(Debug, Default)]
pub struct Framer {
    buffer: Vec<u8>,
    /// Taken already; removed when the buffer is next filled.
    used: usize,
}

#[derive(Debug, PartialEq, Eq)]
pub enum Frame<'a> {
    Message(&'a [u8]),
    /// A double CRLF between messages asks whether we are alive; the answer is one CRLF (RFC 5626 §4.4.1).
    Ping,
}

/// The stream cannot be cut any further: the connection is closed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FrameError {
    #[error("a message over TCP without Content-Length")]
    NoLength,
    #[error("a Content-Length that is no number")]
    BadLength,
    #[error("a message longer than {MAX_MESSAGE} bytes")]
    TooLong,
}

impl Framer {
    /// Adds what was read. The reader pauses when [`Framer::next`] finds no whole message in a full buffer, so this stays bounded.
    pub fn extend(&mut self, bytes: &[u8]) {
        self.buffer.drain(..self.used.min(self.buffer.len()));
        self.used = 0;
        self.buffer.extend_from_slice(bytes);
    }

    /// The next whole message; `None` until more has arrived.
    #[expect(clippy::should_implement_trait, reason = "lends its buffer, which an iterator cannot")]
    pub fn next(&mut self) -> Option<Result<Frame<'_>, FrameError>> {
        match self.cut() {
            Ok(Some(Cut::Message(range))) => Some(Ok(Frame::Message(self.buffer.get(range)?))),
            Ok(Some(Cut::Ping)) => Some(Ok(Frame::Ping)),
            Ok(None) => None,
            Err(error) => Some(Err(error)),
        }
    }

    fn cut(&mut self) -> Result<Option<Cut>, FrameError> {
        let rest = self.buffer.get(self.used..).unwrap_or_default();
        if rest.starts_with(b"\r\n\r\n") {
            self.used += 4;
            return Ok(Some(Cut::Ping));
        }
        // A single CRLF is the answer to our ping, or padding (RFC 3261 §7.5). `\r\n\r` may still become a ping.
        if rest.starts_with(b"\r\n") && rest.get(2).is_some_and(|byte| *byte != b'\r') {
            self.used += 2;
            return self.cut();
        }
        let Some(head) = rest.windows(4).position(|four| four == b"\r\n\r\n") else {
            return if rest.len() > MAX_MESSAGE { Err(FrameError::TooLong) } else { Ok(None) };
        };
        let length = content_length(rest.get(..head).unwrap_or_default())?;
        let total = head + 4 + length;
        match total {
            _ if total > MAX_MESSAGE => Err(FrameError::TooLong),
            _ if total > rest.len() => Ok(None),
            _ => {
                let range = self.used..self.used + total;
                self.used += total;
                Ok(Some(Cut::Message(range)))
            }
        }
    }
}

enum Cut {
    Message(Range<usize>),
    Ping,
}

fn content_length(head: &[u8]) -> Result<usize, FrameError> {
    for line in head.split(|byte| *byte == b'\n') {
        let Some(colon) = line.iter().position(|byte| *byte == b':') else { continue };
        let name = line.get(..colon).unwrap_or_default().trim_ascii();
        if name.eq_ignore_ascii_case(b"content-length") || name.eq_ignore_ascii_case(b"l") {
            let value = line.get(colon + 1..).unwrap_or_default().trim_ascii();
            return std::str::from_utf8(value)
                .ok()
                .and_then(|text| text.parse::<u32>().ok())
                .map(|length| length as usize)
                .ok_or(FrameError::BadLength);
        }
    }
    Err(FrameError::NoLength)
}

#[cfg(test)]
mod tests {
    use super::*;

    const ONE: &[u8] = b"OPTIONS sip:a SIP/2.0\r\nContent-Length: 3\r\n\r\nabc";

    #[test]
    fn messages_are_cut_whatever_the_pieces() {
        let stream = [b"\r\n".as_slice(), ONE, b"\r\n\r\n", ONE, ONE].concat();
        for piece in 1..stream.len() {
            let mut framer = Framer::default();
            let (mut messages, mut pings) = (0, 0);
            for bytes in stream.chunks(piece) {
                framer.extend(bytes);
                while let Some(frame) = framer.next() {
                    match frame.unwrap() {
                        Frame::Message(message) => {
                            assert_eq!(message, ONE);
                            messages += 1;
                        }
                        Frame::Ping => pings += 1,
                    }
                }
            }
            assert_eq!((messages, pings), (3, 1), "pieces of {piece}");
        }
    }

    #[test]
    fn endless_and_unmeasured_messages_end_the_connection() {
        let mut framer = Framer::default();
        framer.extend(b"OPTIONS sip:a SIP/2.0\r\nTo: x\r\n\r\n");
        assert_eq!(framer.next(), Some(Err(FrameError::NoLength)));
        let mut framer = Framer::default();
        framer.extend(b"OPTIONS sip:a SIP/2.0\r\nl: 99999999\r\n\r\n");
        assert_eq!(framer.next(), Some(Err(FrameError::TooLong)));
        let mut framer = Framer::default();
        framer.extend(b"OPTIONS sip:a SIP/2.0\r\nContent-Length: -1\r\n\r\n");
        assert_eq!(framer.next(), Some(Err(FrameError::BadLength)));
        let mut framer = Framer::default();
        framer.extend(&vec![b'x'; MAX_MESSAGE + 1]);
        assert_eq!(framer.next(), Some(Err(FrameError::TooLong)));
    }
}
