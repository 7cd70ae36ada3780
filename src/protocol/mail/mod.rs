//! One e-mail: from octets to what a case needs of it. MIME itself is read by `mail-parser`; what software in the wild does wrong with
//! charsets, names and bounces is mended here, with Serbian in mind.
//!
//! [`read`] never fails: octets that are no mail at all are a mail without a sender whose words are what can be read.

mod body;
mod complaint;
pub mod dkim;
mod encoded_word;
mod headers;
mod kind;
mod report;
mod tnef;
mod words;

pub use self::complaint::Complaint;
pub use self::headers::Mailbox;
pub use self::kind::{Kind, LoopWhy};
pub use self::report::{Action, Recipient, Report};
pub use self::words::Words;

use self::headers::Headers;

/// Marks what we send: a mail that comes back with it was ours (an alias that points at ourselves, a forwarding rule).
pub const LOOP_HEADER: &str = "X-Odziv-Loop";

/// Every mail of ours has an id that begins so, see `domain::mail`.
pub(crate) const OUR_ID: &str = "odziv.";

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mail {
    /// Without its angle brackets.
    pub message_id: Option<String>,
    pub in_reply_to: Vec<String>,
    /// Oldest first, the last [`headers::MOST_IDS`].
    pub references: Vec<String>,
    pub from: Option<Mailbox>,
    /// Where the sender wants answers, when that is somewhere else.
    pub reply_to: Option<Mailbox>,
    pub to: Vec<Mailbox>,
    pub cc: Vec<Mailbox>,
    /// On one line; empty when there is none.
    pub subject: String,
    /// Seconds since 1970 UTC, as the sender's clock says.
    pub date: Option<i64>,
    pub words: Words,
    pub attachments: Vec<Attachment>,
    /// Parts beyond [`body::MOST_ATTACHMENTS`], which stay in the mailbox only.
    pub left_out: usize,
    pub kind: Kind,
    /// Where servers on the way say that it was to go, in small letters.
    pub delivered_to: Vec<String>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attachment {
    /// As the sender called it, on one line and without folders; may be empty.
    pub name: String,
    /// `image/jpeg`, as the sender says.
    pub declared: String,
    pub bytes: Vec<u8>,
    /// Shown within the text, such as the logo of a signature.
    pub inline: bool,
}

/// What tells our own mails from others.
#[derive(Clone, Copy, Debug)]
pub struct Own<'a> {
    /// Domain of our Message-IDs, in small letters.
    pub domain: &'a str,
    /// The address that we send from, in small letters.
    pub address: &'a str,
    /// That mails are returned to, with a token behind its first part; empty when there is none.
    pub return_address: &'a str,
}

pub fn read(raw: &[u8], own: Own<'_>) -> Mail {
    let headers = Headers::of(raw);
    let body = body::read(raw);
    let delivered_to = headers.delivered_to();
    let is_returned = is_return_path(&delivered_to, own.return_address);
    let kind = match complaint::read(&headers, &body) {
        Some(complaint) => Kind::Complaint(complaint),
        None => kind::of(&headers, own, report::read(&headers, &body, is_returned)),
    };
    Mail {
        message_id: headers.ids("message-id").pop(),
        in_reply_to: headers.ids("in-reply-to"),
        references: headers.ids("references"),
        from: headers.addresses("from").into_iter().next().or_else(|| headers.addresses("sender").pop()),
        reply_to: headers.addresses("reply-to").into_iter().next(),
        to: headers.addresses("to"),
        cc: headers.addresses("cc"),
        subject: headers.line("subject"),
        date: headers.date(),
        words: words::separate(&body.text, &body.history),
        attachments: body.attachments,
        left_out: body.left_out,
        kind,
        delivered_to,
    }
}

/// Whether one of them is the way back of a mail of ours, as far as its form says.
fn is_return_path(addresses: &[String], ours: &str) -> bool {
    let Some((local, domain)) = ours.rsplit_once('@') else { return false };
    let (local, domain) = (local.to_ascii_lowercase(), domain.to_ascii_lowercase());
    addresses.iter().filter_map(|address| address.rsplit_once('@')).any(|(theirs, at)| {
        at == domain && theirs.strip_prefix(local.as_str()).is_some_and(|token| token.starts_with('+'))
    })
}

/// Only the head of a mail that is too big to be fetched: a case that says so, with sender, subject and thread.
pub fn read_head(head: &[u8], own: Own<'_>) -> Mail {
    let end = headers::end_of_head(head);
    read(head.get(..end).unwrap_or(head), own)
}

#[cfg(test)]
mod tests;
